//! The terminal as indicatif draws on it. indicatif ends a line by filling it with spaces up to the last column, so that the next one
//! wraps: the `^C` of somebody who interrupts would begin a line that nobody counts, and a terminal that is made narrower would
//! wrap all of them. Here a line ends where its text ends.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::TermLike;

/// A terminal on which no line is filled.
#[derive(Debug)]
pub(super) struct Frame {
    terminal: Term,
    /// The line is full as far as indicatif knows: what follows begins another one.
    is_full: AtomicBool,
}

impl Frame {
    pub(super) fn on(terminal: Term) -> Self {
        Self { terminal, is_full: AtomicBool::new(false) }
    }

    /// Whatever comes next, it does not follow the line.
    fn leave_line(&self) -> bool {
        self.is_full.swap(false, Ordering::Relaxed)
    }
}

impl TermLike for Frame {
    fn width(&self) -> u16 {
        self.terminal.size().1
    }

    fn height(&self) -> u16 {
        self.terminal.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.leave_line();
        self.terminal.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.leave_line();
        self.terminal.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.terminal.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.leave_line();
        self.terminal.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if !text.is_empty() && text.bytes().all(|byte| byte == b' ') {
            self.is_full.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if self.leave_line() {
            self.terminal.write_line("")?;
        }
        self.terminal.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.leave_line();
        self.terminal.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.terminal.flush()
    }
}
