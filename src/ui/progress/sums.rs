//! What a transfer came to: the sums for the line that it ends with, and for the event.

use std::time::Duration;

use serde_json::{Value, json};

use super::Direction;
use super::pieces::Piece;
use crate::transfer::{Outcome, Report, State};
use crate::ui::{age, size};

/// The sums over all pieces.
#[derive(Debug, Default)]
pub(super) struct Sums {
    moved: usize,
    existing: usize,
    mounted: usize,
    unfinished: usize,
    bytes_moved: u64,
    bytes_existing: u64,
    bytes_mounted: u64,
    /// Of what was moved, what was there from an earlier run.
    bytes_before: u64,
    /// What was taken of pieces that are not finished.
    bytes_unfinished: u64,
    retries: u32,
}

impl Sums {
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let mut sums = Self::default();
        for piece in pieces {
            let size = piece.descriptor().size;
            sums.retries += piece.retries();
            match &piece.state {
                State::Finished(Outcome::Moved) => {
                    sums.moved += 1;
                    sums.bytes_moved += size;
                    sums.bytes_before += piece.bytes_before();
                }
                State::Finished(Outcome::Exists) => {
                    sums.existing += 1;
                    sums.bytes_existing += size;
                }
                State::Finished(Outcome::Mounted(_)) => {
                    sums.mounted += 1;
                    sums.bytes_mounted += size;
                }
                State::Waiting | State::Moving | State::Committing | State::Retrying { .. } => {
                    sums.unfinished += 1;
                    sums.bytes_unfinished += piece.bytes();
                }
            }
        }
        sums
    }

    /// The same of what was reported.
    pub(super) fn of_report(report: &Report) -> Self {
        let totals = report.totals();
        let is_moved = |outcome: &Outcome| *outcome == Outcome::Moved;
        let moved = || report.pieces.iter().filter(|piece| is_moved(&piece.outcome));
        let before = moved().filter(|piece| piece.bytes_sent > 0);
        Self {
            moved: totals.moved,
            existing: totals.existing,
            mounted: totals.mounted,
            bytes_moved: moved().map(|piece| piece.descriptor.size).sum(),
            bytes_existing: totals.bytes_existing,
            bytes_mounted: totals.bytes_mounted,
            bytes_before: before.map(|piece| piece.descriptor.size.saturating_sub(piece.bytes_sent)).sum(),
            retries: totals.retries,
            ..Self::default()
        }
    }

    /// Bytes a second, over the whole time: those that went over the wire in this run.
    fn rate(&self, elapsed: Duration) -> u64 {
        let bytes = self.bytes_moved - self.bytes_before + self.bytes_unfinished;
        (bytes as f64 / elapsed.as_secs_f64().max(0.001)) as u64
    }

    /// `3 uploaded 112 MB, 2 mounted, 5 already there; 1.8 s, 62 MB/s`. Nothing when nothing was done: what failed at once is
    /// told of by the failure.
    pub(super) fn words(&self, direction: Direction, elapsed: Duration) -> Option<String> {
        let is_done = self.moved + self.existing + self.mounted > 0 || self.bytes_unfinished > 0;
        let mut parts = Vec::new();
        if self.moved > 0 {
            let earlier = match self.bytes_before {
                0 => String::new(),
                bytes => format!(" ({} of it by an earlier run)", size::in_progress(bytes)),
            };
            let bytes = size::in_progress(self.bytes_moved);
            parts.push(format!("{} {} {bytes}{earlier}", self.moved, direction.moved()));
        }
        for (count, words) in [(self.mounted, "mounted"), (self.existing, "already there")] {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        match self.unfinished {
            0 => {}
            count if self.bytes_unfinished > 0 => {
                parts.push(format!("{count} not done ({} taken)", size::in_progress(self.bytes_unfinished)));
            }
            count => parts.push(format!("{count} not done")),
        }
        match self.retries {
            0 => {}
            1 => parts.push("1 retry".into()),
            count => parts.push(format!("{count} retries")),
        }
        let rate = match self.rate(elapsed) {
            0 => String::new(),
            rate => format!(", {}/s", size::in_progress(rate)),
        };
        is_done.then(|| format!("{}; {}{rate}", parts.join(", "), time(elapsed)))
    }

    /// The event at the end.
    pub(super) fn object(&self, direction: Direction, elapsed: Duration) -> Value {
        json!({
            "event": "summary",
            "operation": direction.operation(),
            "moved": self.moved,
            "existing": self.existing,
            "mounted": self.mounted,
            "unfinished": self.unfinished,
            "bytesMoved": self.bytes_moved,
            "bytesExisting": self.bytes_existing,
            "bytesMounted": self.bytes_mounted,
            "bytesBefore": self.bytes_before,
            "retries": self.retries,
            "seconds": elapsed.as_secs_f64(),
            "bytesPerSecond": self.rate(elapsed),
        })
    }
}

fn time(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        seconds => age::rough(seconds),
    }
}
