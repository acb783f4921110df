//! Shows a transfer to whoever watches: bars on a terminal, a line for each change in a log, JSON for a program.
//!
//! On a terminal nothing is drawn in the first moments, so that what is quick does not flicker. Elsewhere every change of a
//! piece is exactly one line in Docker's words, because scripts look for them, and a line about everything comes every
//! ten seconds while something moves, because CI systems kill what is silent.
//!
//! The last line has the sums. In the logs of CI systems the lines of the pieces are folded.
//!
//! With `--progress json` each event is one object on one line of standard error; warnings and failures stay lines of text,
//! which begin with no brace. `docs/events.md` documents the events, and `docs/schemas/events.schema.json` has their shape.

mod frame;
mod glyphs;
mod lines;
mod pieces;
mod rate;
mod sums;
mod tally;
mod tty;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use tally::Tally;

use pieces::{Piece, Pieces};
use sums::Sums;
use tty::Screen;

use super::ci::Fold;
use super::console::{Console, Talk};
use super::json;
use crate::transfer::{Event, Observer, Report};

/// Before this much time nothing is drawn.
const CALM: Duration = Duration::from_millis(150);

/// How progress is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Bars on a terminal, lines elsewhere.
    Auto,
    /// Bars; lines, where there is no terminal to draw them on.
    Tty,
    /// A line for each change.
    Plain,
    /// A JSON object for each event.
    Json,
    /// Nothing but notes.
    None,
}

/// Which way the bytes go; the words depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To a registry.
    Push,
    /// From a registry into the store.
    Pull,
    /// From an archive into the store.
    Load,
    /// Into an archive.
    Save,
    /// Nowhere: what lies in the store is read.
    Check,
}

impl Direction {
    /// What it is called in events.
    fn operation(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Load => "load",
            Self::Save => "save",
            Self::Check => "check",
        }
    }

    /// What becomes of a piece whose bytes moved.
    fn moved(self) -> &'static str {
        match self {
            Self::Push => "uploaded",
            Self::Pull => "downloaded",
            Self::Load => "loaded",
            Self::Save => "saved",
            Self::Check => "read",
        }
    }

    /// What a piece does. Docker's words are kept, here and below: scripts look for them.
    fn moving(self) -> &'static str {
        match self {
            Self::Push => "Pushing",
            Self::Pull => "Downloading",
            Self::Load => "Loading",
            Self::Save => "Saving",
            Self::Check => "Reading",
        }
    }

    /// What a piece did.
    fn done(self) -> &'static str {
        match self {
            Self::Push => "Pushed",
            Self::Pull => "Pull complete",
            Self::Load => "Loaded",
            Self::Save => "Saved",
            Self::Check => "Read",
        }
    }

    /// The line under which its pieces are folded.
    fn title(self) -> &'static str {
        match self {
            Self::Push => "Pushing, piece by piece",
            Self::Pull => "Pulling, piece by piece",
            Self::Load => "Loading, piece by piece",
            Self::Save => "Saving, piece by piece",
            Self::Check => "Reading, piece by piece",
        }
    }
}

/// A report in the words with which a transfer ends: `3 uploaded 112 MB, 2 mounted, 5 already there; 1.8 s, 62 MB/s`. Nothing
/// when there was nothing to do.
pub fn sum_up(report: &Report, direction: Direction) -> Option<String> {
    Sums::of_report(report).words(direction, report.elapsed)
}

/// Shows one or more transfers, until it is finished or dropped.
pub struct Progress {
    shared: Arc<Shared>,
    ticker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    console: Console,
    show: Show,
    watched: Mutex<Watched>,
    over: Condvar,
}

enum Show {
    Screen(Screen),
    Lines,
    Json,
    Nothing,
}

impl Show {
    fn of(console: &Console, mode: Mode) -> Self {
        match mode {
            _ if console.says() == Talk::Quiet => Self::Nothing,
            Mode::None => Self::Nothing,
            Mode::Json => Self::Json,
            Mode::Auto if std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb") => Self::Lines,
            Mode::Auto | Mode::Tty if console.is_terminal() => Self::Screen(Screen::standard()),
            Mode::Auto | Mode::Tty | Mode::Plain => Self::Lines,
        }
    }
}

struct Watched {
    pieces: Pieces,
    is_over: bool,
    /// In the log of a CI system, where the lines of the pieces are folded.
    fold: Option<Fold>,
}

impl Progress {
    /// Begins to show what goes this way.
    pub fn start(console: &Console, mode: Mode, direction: Direction) -> Self {
        let progress = Self::with(console, Show::of(console, mode), direction);
        progress.start_ticking();
        progress
    }

    fn with(console: &Console, show: Show, direction: Direction) -> Self {
        if let Show::Screen(screen) = &show {
            console.show_bars(screen.bars());
        }
        if let Show::Json = show {
            console.talk(&json::line(&lines::start(direction.operation())));
        }
        let watched = Watched { pieces: Pieces::new(direction, Instant::now()), is_over: false, fold: None };
        let shared = Shared { console: console.clone(), show, watched: Mutex::new(watched), over: Condvar::new() };
        Self { shared: Arc::new(shared), ticker: Mutex::default() }
    }

    /// Starts the thread that looks at the meters. A thread, because it has to go on when the transfer is busy.
    fn start_ticking(&self) {
        let (first, then) = match self.shared.show {
            Show::Screen(_) => (CALM, Duration::from_millis(100)),
            Show::Lines => (Duration::from_secs(10), Duration::from_secs(10)),
            Show::Json => (Duration::from_secs(1), Duration::from_secs(1)),
            Show::Nothing => return,
        };
        let shared = Arc::clone(&self.shared);
        let ticker = std::thread::Builder::new().name("progress".into());
        // Without the thread the states are shown all the same.
        let ticker = ticker.spawn(move || {
            let mut pause = first;
            while shared.wait(pause) {
                shared.tick(Instant::now());
                pause = then;
            }
        });
        *self.ticker.lock().unwrap_or_else(PoisonError::into_inner) = ticker.ok();
    }

    /// Ends the display and leaves the terminal as it should be. Finishing again does nothing.
    pub fn finish(&self) {
        let was_over = std::mem::replace(&mut self.shared.watched().is_over, true);
        self.shared.over.notify_all();
        if was_over {
            return;
        }
        if let Some(ticker) = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A ticker that panicked has drawn its last frame, and that is all.
            let _ = ticker.join();
        }
        self.shared.conclude(Instant::now());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Observer for Progress {
    fn see(&self, event: Event) {
        self.shared.see(&event, Instant::now());
    }
}

impl Shared {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits; says whether there is anything left to show.
    fn wait(&self, pause: Duration) -> bool {
        let waited = self.over.wait_timeout_while(self.watched(), pause, |watched| !watched.is_over);
        !waited.unwrap_or_else(PoisonError::into_inner).0.is_over
    }

    fn see(&self, event: &Event, now: Instant) {
        let mut watched = self.watched();
        let Watched { pieces, fold, .. } = &mut *watched;
        let direction = pieces.direction();
        let changed = pieces.take(event, now);
        match (&self.show, event) {
            (Show::Json, event) => {
                let object = lines::object(event, changed.map(Piece::retries), direction);
                object.iter().for_each(|object| self.console.talk(&json::line(object)));
            }
            (_, Event::Note(text)) => self.console.talk(text),
            (Show::Lines, _) => {
                if let Some(piece) = changed {
                    if fold.is_none() {
                        *fold = self.console.open_fold(direction.title());
                    }
                    self.console.talk(&format!("{}: {}", piece.short(), piece.words(direction, now)));
                }
            }
            (Show::Screen(_) | Show::Nothing, _) => {}
        }
    }

    fn tick(&self, now: Instant) {
        let mut watched = self.watched();
        let pieces = &mut watched.pieces;
        pieces.sample(now);
        match &self.show {
            Show::Screen(screen) if !pieces.all().is_empty() => screen.draw(&tty::live(pieces, screen.room(), now)),
            Show::Lines if pieces.is_busy() => self.console.talk(&pieces.overview(now).whole()),
            Show::Json if pieces.is_busy() => self.console.talk(&json::line(&lines::bytes(pieces))),
            Show::Screen(_) | Show::Lines | Show::Json | Show::Nothing => {}
        }
    }

    fn conclude(&self, now: Instant) {
        let mut watched = self.watched();
        let fold = watched.fold.take();
        let pieces = &watched.pieces;
        match &self.show {
            Show::Screen(screen) => {
                screen.clear();
                self.console.drop_bars();
                tty::last(pieces, screen.room(), now).iter().for_each(|line| self.console.talk(line));
            }
            Show::Lines => {
                fold.into_iter().for_each(|fold| self.console.close_fold(fold));
                // Who loads or reads hears of the images themselves, and of nothing that took its time.
                if matches!(pieces.direction(), Direction::Push | Direction::Pull) {
                    pieces.conclusion(now).iter().for_each(|line| self.console.talk(line));
                }
            }
            Show::Json => {
                let summary = pieces.sums().object(pieces.direction(), now - pieces.started);
                self.console.talk(&json::line(&summary));
            }
            Show::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests;
