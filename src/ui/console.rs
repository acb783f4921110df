//! Lines on standard output (data) and standard error (talk): the only writer to the terminal.
//!
//! One writer, because three promises can only be kept in one place: a line never lands in the middle of a progress bar,
//! a reader that went away (`rpush images | head`) is no reason to panic, and no text from a registry, an archive or a
//! manifest can move the cursor, or command the CI system that reads the log.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;

use super::ci::{self, Ci, Fold};
use super::log::LogWriter;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How much is said beside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// Progress and notes.
    Aloud,
    /// Only warnings and failures.
    Quiet,
}

/// How well something is, for the colour of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// As it should be.
    Good,
    /// Not as it should be.
    Careful,
    /// It fails.
    Bad,
    /// Nobody knows.
    None,
}

/// Where lines go. Clones write to the same place.
#[derive(Clone)]
pub struct Console(Arc<Shared>);

struct Shared {
    talk: Talk,
    is_terminal: bool,
    ci: Option<Ci>,
    out: Mutex<Stdout>,
    err: Mutex<Stderr>,
    bars: Mutex<Option<MultiProgress>>,
}

/// Standard output, and why nothing more is written to it.
struct Stdout {
    to: Box<dyn Write + Send>,
    is_terminal: bool,
    is_coloured: bool,
    broken: Option<io::Error>,
}

/// Standard error: with colours, if those are wanted, and as it is.
struct Stderr {
    styled: Box<dyn Write + Send>,
    raw: Box<dyn Write + Send>,
}

impl Console {
    /// Standard output and standard error. Colours appear only on a terminal, and as `NO_COLOR`, `CLICOLOR` and
    /// `CLICOLOR_FORCE` want it.
    pub fn standard(talk: Talk) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let err = anstream::AutoStream::auto(io::stderr());
        let err = Stderr { styled: Box::new(err), raw: Box::new(io::stderr()) };
        let console = Self::made(talk, is_terminal, Ci::here(), Box::new(io::stdout()), err);
        let mut out = lock(&console.0.out);
        out.is_terminal = io::stdout().is_terminal();
        out.is_coloured = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        drop(out);
        console
    }

    /// A console in memory, without colours, and what was written to it.
    pub fn in_memory(talk: Talk) -> (Self, Written) {
        Self::in_log(talk, None)
    }

    /// The same, where a CI system reads it.
    pub fn in_log(talk: Talk, ci: Option<Ci>) -> (Self, Written) {
        let written = Written::default();
        let raw: Box<dyn Write + Send> = Box::new(written.err.clone());
        let styled = Box::new(anstream::StripStream::new(Box::new(written.err.clone()) as Box<dyn Write + Send>));
        let console = Self::made(talk, false, ci, Box::new(written.out.clone()), Stderr { styled, raw });
        (console, written)
    }

    #[cfg(test)]
    pub(super) fn with(talk: Talk, is_terminal: bool, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let err = Stderr { styled: err, raw: Box::new(io::sink()) };
        Self::made(talk, is_terminal, None, out, err)
    }

    fn made(talk: Talk, is_terminal: bool, ci: Option<Ci>, out: Box<dyn Write + Send>, err: Stderr) -> Self {
        let out = Mutex::new(Stdout { to: out, is_terminal, is_coloured: false, broken: None });
        Self(Arc::new(Shared { talk, is_terminal, ci, out, err: Mutex::new(err), bars: Mutex::default() }))
    }

    /// How much is said.
    pub fn says(&self) -> Talk {
        self.0.talk
    }

    /// Whether standard error is a terminal, where bars can be drawn.
    pub fn is_terminal(&self) -> bool {
        self.0.is_terminal
    }

    /// A line of data, always written. Tabs and line ends stay, other control characters are escaped.
    pub fn data(&self, line: &str) {
        self.line(&escape(line, |c| matches!(c, '\n' | '\t')));
    }

    fn line(&self, line: &str) {
        let line = self.defused(line);
        let write = || {
            let mut out = lock(&self.0.out);
            if out.broken.is_none() {
                out.broken = out.to.write_all(format!("{line}\n").as_bytes()).err();
            }
        };
        // What goes into a file or a pipe is in nobody's way, and there may be a hundred thousand lines of it.
        match self.gives_to_terminal() {
            true => self.beside_bars(write),
            false => write(),
        }
    }

    /// A line of data that begins with a judgement, which is coloured on a terminal.
    pub fn judged(&self, judgement: Judgement, line: &str) {
        let style = match judgement {
            Judgement::Good => AnsiColor::Green.on_default(),
            Judgement::Careful => WARNING,
            Judgement::Bad => ERROR,
            Judgement::None => Style::new().dimmed(),
        };
        let line = printable(line);
        let (label, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let is_coloured = lock(&self.0.out).is_coloured;
        self.line(&if is_coloured { format!("{style}{label}{style:#} {rest}") } else { format!("{label} {rest}") });
    }

    /// How wide running text may be on standard output.
    pub fn columns(&self) -> usize {
        match self.gives_to_terminal() {
            true => usize::from(console::Term::stdout().size().1).clamp(40, 100),
            false => 100,
        }
    }

    /// Whether data goes to a terminal, where bytes that are no text would be a mess.
    pub fn gives_to_terminal(&self) -> bool {
        lock(&self.0.out).is_terminal
    }

    /// Standard output for data that is no lines, such as an archive. Nothing else is written there meanwhile.
    pub fn bytes(&self) -> impl Write + '_ {
        Bytes(lock(&self.0.out))
    }

    /// A line for people: what is done, what was assumed.
    pub fn talk(&self, line: &str) {
        if self.0.talk == Talk::Aloud {
            self.say(&printable(line));
        }
    }

    /// A line about something that will surprise.
    pub fn warn(&self, line: &str) {
        self.say(&format!("{WARNING}warning:{WARNING:#} {}", printable(line)));
    }

    /// Why a command did not do what it was told.
    pub fn failure(&self, failure: &impl fmt::Display) {
        let text = failure.to_string();
        let text = printable(&text);
        self.say(&with_labels(&text));
        if self.0.ci == Some(Ci::GitHub) {
            self.command(&ci::annotation(&text));
        }
    }

    /// For `tracing`: log lines that stay clear of the bars.
    pub fn log_writer(&self) -> LogWriter {
        LogWriter::new(self.clone())
    }

    /// Whether nobody reads standard output any more, so that going on would be for nothing.
    pub fn is_closed(&self) -> bool {
        lock(&self.0.out).broken.as_ref().is_some_and(is_closed_pipe)
    }

    /// Ends the output: an error is one that the reader did not cause by going away, such as a full disk.
    pub fn close(&self) -> io::Result<()> {
        let mut out = lock(&self.0.out);
        if out.broken.is_none() {
            out.broken = out.to.flush().err();
        }
        match out.broken.take() {
            Some(error) if !is_closed_pipe(&error) => Err(error),
            broken => {
                out.broken = broken;
                Ok(())
            }
        }
    }

    /// Writes a finished line to standard error. Nobody can be told when that fails, so nobody is.
    pub(super) fn say(&self, line: &str) {
        let line = self.defused(line);
        self.beside_bars(|| {
            let err = &mut lock(&self.0.err).styled;
            let _ = err.write_all(format!("{line}\n").as_bytes()).and_then(|()| err.flush());
        });
    }

    /// Lets a CI system fold the lines that follow, if one reads them.
    pub(super) fn open_fold(&self, title: &str) -> Option<Fold> {
        let (line, fold) = self.0.ci.filter(|_| self.0.talk == Talk::Aloud)?.fold(title);
        self.command(&line);
        Some(fold)
    }

    /// Ends that.
    pub(super) fn close_fold(&self, fold: Fold) {
        self.command(&fold.end());
    }

    /// A line for the CI system and not for people. Nothing in it comes from anywhere else, unless it is escaped.
    fn command(&self, line: &str) {
        let raw = &mut lock(&self.0.err).raw;
        let _ = raw.write_all(format!("{line}\n").as_bytes()).and_then(|()| raw.flush());
    }

    fn defused<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.0.ci {
            Some(Ci::GitHub) => ci::defused(text),
            Some(Ci::GitLab) | None => Cow::Borrowed(text),
        }
    }

    /// Keeps lines out of these bars.
    pub(super) fn show_bars(&self, bars: MultiProgress) {
        *lock(&self.0.bars) = Some(bars);
    }

    /// The bars are gone.
    pub(super) fn drop_bars(&self) {
        *lock(&self.0.bars) = None;
    }

    fn beside_bars(&self, write: impl FnOnce()) {
        let bars = lock(&self.0.bars).clone();
        match bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

struct Bytes<'a>(MutexGuard<'a, Stdout>);

impl Write for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.to.flush()
    }
}

fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Locks; a writer that panicked left whole lines behind, so there is nothing to mistrust.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first word of a failure's lines in colour; the text reads the same without.
fn with_labels(text: &str) -> String {
    let mut styled = String::with_capacity(text.len() + 32);
    for (number, line) in text.split('\n').enumerate() {
        let label = [("error:", ERROR), ("because:", Style::new().bold()), ("hint:", HINT)]
            .into_iter()
            .find_map(|(label, style)| line.strip_prefix(label).map(|rest| (label, style, rest)));
        let separator = if number > 0 { "\n" } else { "" };
        let _ = match label {
            Some((label, style, rest)) => write!(styled, "{separator}{style}{label}{style:#}{rest}"),
            None => write!(styled, "{separator}{line}"),
        };
    }
    styled
}

/// What a console in memory was told.
#[derive(Debug, Clone, Default)]
pub struct Written {
    out: Buffer,
    err: Buffer,
}

impl Written {
    /// Standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text with control characters escaped, so that no registry, archive or manifest can move the cursor, change
/// colours or hide a line (the class of kubectl's CVE-2021-25743). Line ends stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\n')
}

fn escape(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_harmless = |c: char| !is_harmful(c) || stays(c);
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if is_harmless(c) { c.to_string() } else { c.escape_default().to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Characters that do something to a terminal other than showing themselves: control characters, and those that turn the
/// direction of text or take no room and so make a text look like another one.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
