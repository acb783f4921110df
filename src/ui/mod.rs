//! What people see: the only floor that writes to the terminal.

pub mod age;
mod console;
pub mod json;
mod log;
pub mod progress;
pub mod size;
pub mod table;

pub use console::{Console, Talk, Written, printable};
pub use log::{LogLine, LogWriter};
