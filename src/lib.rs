#![doc = include_str!("../ARCHITECTURE.md")]

pub mod archive;
pub mod cli;
pub mod content;
pub mod credentials;
pub mod daemon;
pub mod image;
pub mod layout;
pub mod registry;
pub mod server;
pub mod transfer;
pub mod ui;
