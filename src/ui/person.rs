//! The person at the terminal: lines to them and answers from them, as a trait, so that a conversation can be tested without
//! a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::ci::{self, Ci};
use super::printable;
use crate::credentials::Secret;

/// Somebody, or something, that reads and may answer.
pub trait Person {
    /// Whether there is somebody to answer.
    fn can_answer(&self) -> bool;

    /// Asks for something that may be seen. The answer has no line end.
    fn ask(&mut self, prompt: &str) -> io::Result<String>;

    /// Asks for something that must not be seen.
    fn ask_secretly(&mut self, prompt: &str) -> io::Result<Secret>;

    /// Gives a result: a line for standard output.
    fn give(&mut self, line: &str) -> io::Result<()>;

    /// Tells something: a line for standard error.
    fn tell(&mut self, line: &str) -> io::Result<()>;
}

/// Whoever is at this process's terminal.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Whether only results are wanted.
    pub quiet: bool,
}

impl Person for Terminal {
    fn can_answer(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        let mut out = io::stderr().lock();
        out.write_all(printable(prompt).as_bytes())?;
        out.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn ask_secretly(&mut self, prompt: &str) -> io::Result<Secret> {
        rpassword::prompt_password(printable(prompt)).map(Secret::from)
    }

    fn give(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{}", harmless(line))
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        writeln!(io::stderr().lock(), "{}", harmless(line))
    }
}

/// A line that moves no cursor and commands no CI system.
fn harmless(line: &str) -> String {
    let line = printable(line);
    if Ci::here() == Some(Ci::GitHub) { ci::defused(&line).into_owned() } else { line.into_owned() }
}
