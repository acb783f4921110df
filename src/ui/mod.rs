//! What people see: the only floor that writes to the terminal.

pub mod age;
pub mod ci;
mod console;
pub mod json;
mod log;
mod person;
pub mod progress;
pub mod size;
pub mod table;
pub mod template;

pub use console::{Console, Judgement, Talk, Written, printable};
pub use log::{LogLine, LogWriter};
pub use person::{Person, Terminal};
