//! How far a long walk through names is: one line on a terminal, redrawn in place; elsewhere a line every ten seconds, because
//! CI systems kill what is silent. There are too many names to tell of one by one, and no bytes to count.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{CALM, Mode, Show, lines};
use crate::ui::console::Console;
use crate::ui::json;

/// Counts, and shows the count now and then, until it is dropped.
pub struct Tally {
    console: Console,
    show: Show,
    what: &'static str,
    /// When to show the next count, and whether one was shown.
    next: Mutex<(Instant, bool)>,
}

impl Tally {
    /// Begins to count things that are called `what`.
    pub fn start(console: &Console, mode: Mode, what: &'static str) -> Self {
        let show = Show::of(console, mode);
        if let Show::Screen(screen) = &show {
            console.show_bars(screen.bars());
        }
        let first = match show {
            Show::Screen(_) => CALM,
            _ => pause(&show),
        };
        Self { console: console.clone(), show, what, next: Mutex::new((Instant::now() + first, false)) }
    }

    /// So many are done, of so many if that is known.
    pub fn at(&self, done: u64, total: Option<u64>) {
        self.at_time(done, total, Instant::now());
    }

    fn at_time(&self, done: u64, total: Option<u64>, now: Instant) {
        let mut guard = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, started) = &mut *guard;
        if now < *next {
            return;
        }
        *next = now + pause(&self.show);
        match &self.show {
            Show::Screen(screen) => screen.draw(&[self.words(done, total)]),
            Show::Lines => self.console.talk(&self.words(done, total)),
            Show::Json => {
                let event = json!({"event": "count", "of": self.what, "done": done, "total": total});
                if !std::mem::replace(started, true) {
                    self.console.talk(&json::line(&lines::start("count")));
                }
                self.console.talk(&json::line(&event));
            }
            Show::Nothing => {}
        }
    }

    fn words(&self, done: u64, total: Option<u64>) -> String {
        match total {
            Some(total) => format!("{done} of {total} {}", self.what),
            None => format!("{done} {} so far", self.what),
        }
    }
}

fn pause(show: &Show) -> Duration {
    match show {
        Show::Screen(_) => Duration::from_millis(100),
        Show::Json => Duration::from_secs(1),
        Show::Lines | Show::Nothing => Duration::from_secs(10),
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        if let Show::Screen(screen) = &self.show {
            screen.clear();
            self.console.drop_bars();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Talk;

    #[test]
    fn a_line_comes_now_and_then() {
        for (mode, expected) in [
            (Mode::Plain, "3 of 4 tags\n"),
            (
                Mode::Json,
                "{\"event\":\"start\",\"version\":1,\"operation\":\"count\"}\n{\"event\":\"count\",\"of\":\"tags\",\"done\":2,\"total\":null}\n{\"event\":\"count\",\"of\":\"tags\",\"done\":3,\"total\":4}\n",
            ),
            (Mode::None, ""),
        ] {
            let (console, written) = Console::in_memory(Talk::Aloud);
            let tally = Tally::start(&console, mode, "tags");
            let now = Instant::now();
            tally.at_time(1, None, now);
            tally.at_time(2, None, now + Duration::from_secs(2));
            tally.at_time(3, Some(4), now + Duration::from_secs(11));
            tally.at_time(4, Some(4), now + Duration::from_secs(11));
            assert_eq!(written.err(), expected, "{mode:?}");
        }
    }
}
