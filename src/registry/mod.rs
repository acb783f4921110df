//! A registry, seen from the client.

pub mod auth;
