//! What people see: the only floor that writes to the terminal.

mod console;

pub use console::printable;
