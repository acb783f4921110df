//! What people see: the only floor that writes to the terminal.

mod console;
mod log;

pub use console::{Console, Talk, Written, printable};
pub use log::{LogLine, LogWriter};
