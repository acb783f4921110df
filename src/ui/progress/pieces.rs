//! What is known of each piece of a transfer, and what that is in words: without a clock, a terminal or a thread, so that
//! every word can be tested.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::Direction;
use super::rate::Rate;
use super::sums::Sums;
use crate::content::Meter;
use crate::image::{Descriptor, Digest, Role};
use crate::transfer::{Event, Outcome, State};
use crate::ui::{age, size};

/// Silence that a person should hear about.
const SILENCE: Duration = Duration::from_secs(3);

/// The pieces of a transfer, in the order in which they were announced.
pub(super) struct Pieces {
    direction: Direction,
    list: Vec<Piece>,
    positions: HashMap<Digest, usize>,
    rate: Rate,
    pub(super) started: Instant,
    grew: Instant,
}

/// One piece.
pub(super) struct Piece {
    descriptor: Descriptor,
    meter: Meter,
    pub(super) state: State,
    /// When it came into this state.
    since: Instant,
    rate: Rate,
    retries: u32,
}

/// How far a transfer is, in words.
pub(super) struct Overview {
    amount: String,
    rate: Option<String>,
    left: Option<String>,
    done: String,
    holdup: Option<String>,
}

impl Overview {
    /// All of it.
    pub(super) fn whole(&self) -> String {
        let Self { amount, rate, left, done, holdup } = self;
        let amount = format!("total: {amount}");
        joined(&[Some(&amount), rate.as_ref(), left.as_ref(), Some(done), holdup.as_ref()])
    }

    /// As much of it as there is room for: what a person waits for goes last.
    pub(super) fn within(&self, width: usize) -> String {
        let Self { amount, rate, left, done, holdup } = self;
        let (amount, rate, left, done, holdup) =
            (Some(amount), rate.as_ref(), left.as_ref(), Some(done), holdup.as_ref());
        let shorter = [
            joined(&[amount, rate, left, done, holdup]),
            joined(&[amount, rate, left, holdup]),
            joined(&[amount, left, holdup]),
            joined(&[amount, holdup]),
        ];
        let fits = |text: &String| text.chars().count() <= width;
        let least = || joined(&[holdup.or(amount)]);
        std::iter::once(self.whole()).chain(shorter).find(fits).unwrap_or_else(least)
    }
}

fn joined(parts: &[Option<&String>]) -> String {
    parts.iter().flatten().map(|part| part.as_str()).collect::<Vec<_>>().join(", ")
}

impl Pieces {
    pub(super) fn new(direction: Direction, now: Instant) -> Self {
        let (list, positions, rate) = (Vec::new(), HashMap::new(), Rate::from(now, 0));
        Self { direction, list, positions, rate, started: now, grew: now }
    }

    pub(super) fn all(&self) -> &[Piece] {
        &self.list
    }

    /// Takes an event; gives the piece whose words are others now.
    pub(super) fn take(&mut self, event: &Event, now: Instant) -> Option<&Piece> {
        match event {
            Event::Piece { descriptor, meter } => {
                let piece = Piece::new(descriptor, meter, now);
                match self.positions.get(&descriptor.digest) {
                    Some(position) => self.list[*position] = piece,
                    None => {
                        self.positions.insert(descriptor.digest, self.list.len());
                        self.list.push(piece);
                    }
                }
                None
            }
            Event::State { digest, state } => {
                let piece = &mut self.list[*self.positions.get(digest)?];
                // Each retry is news, even when it is for the same reason after the same time.
                if piece.state == *state && !matches!(state, State::Retrying { .. }) {
                    return None;
                }
                match state {
                    State::Retrying { .. } => piece.retries += 1,
                    State::Moving => piece.rate = Rate::from(now, piece.meter.sent()),
                    State::Waiting | State::Committing | State::Finished(_) => {}
                }
                (piece.state, piece.since, self.grew) = (state.clone(), now, now);
                Some(piece)
            }
            Event::Note(_) => None,
        }
    }

    /// Looks at the meters.
    pub(super) fn sample(&mut self, now: Instant) {
        if self.rate.note(now, self.list.iter().map(|piece| piece.meter.sent()).sum()) {
            self.grew = now;
        }
        for piece in self.list.iter_mut().filter(|piece| piece.state == State::Moving) {
            piece.rate.note(now, piece.meter.sent());
        }
    }

    /// Whether there is anything left to do, as far as that is known.
    pub(super) fn is_busy(&self) -> bool {
        !self.list.iter().all(Piece::is_finished)
    }

    /// The bytes that the other side has taken.
    pub(super) fn bytes(&self) -> u64 {
        self.list.iter().map(Piece::bytes).sum()
    }

    /// The bytes that there are to move, as far as that is known.
    pub(super) fn total(&self) -> u64 {
        self.list.iter().filter(|piece| !piece.is_there_without_moving()).map(|piece| piece.descriptor.size).sum()
    }

    /// Bytes a second.
    pub(super) fn rate(&self) -> u64 {
        self.rate.per_second()
    }

    /// One line about everything: bytes, rate, time left, pieces, and what is waited for.
    pub(super) fn overview(&self, now: Instant) -> Overview {
        let (bytes, total, rate) = (self.bytes(), self.total(), self.rate());
        let holdup = self.holdup(now);
        let flows = rate > 0 && holdup.is_none();
        Overview {
            amount: format!("{}/{}", size::in_progress(bytes), size::in_progress(total)),
            rate: flows.then(|| format!("{}/s", size::in_progress(rate))),
            left: (flows && total > bytes).then(|| format!("{} left", age::rough((total - bytes).div_ceil(rate)))),
            done: format!("{}/{} done", self.count(Piece::is_finished), self.list.len()),
            holdup,
        }
    }

    /// One line about what was done; none when there was nothing to do.
    pub(super) fn conclusion(&self, now: Instant) -> Option<String> {
        self.sums().words(self.direction, now - self.started)
    }

    pub(super) fn sums(&self) -> Sums {
        Sums::of(&self.list)
    }

    /// What is waited for, when no bytes tell that all is well.
    fn holdup(&self, now: Instant) -> Option<String> {
        let silence = now - self.grew;
        let silent = |words: String| (silence >= SILENCE).then_some(words);
        if self.count(|piece| piece.state == State::Moving) > 0 {
            return silent(format!("no bytes for {}", age::rough(silence.as_secs())));
        }
        let committing = || self.list.iter().filter(|piece| piece.state == State::Committing);
        let bytes = size::in_progress(committing().map(|piece| piece.descriptor.size).sum());
        let who = match self.direction {
            Direction::Push => "registry is committing",
            Direction::Pull | Direction::Load | Direction::Save => "storing",
            Direction::Check => "checking",
        };
        match committing().count() {
            0 => {}
            1 => return Some(format!("{who} {bytes}")),
            several => return Some(format!("{who} {bytes} in {several} pieces")),
        }
        match self.list.iter().filter_map(|piece| piece.until_retry(now)).min() {
            Some(wait) => Some(format!("next try in {wait} s")),
            None => silent(format!("no answer for {}", age::rough(silence.as_secs()))),
        }
    }

    pub(super) fn count(&self, is_counted: impl Fn(&Piece) -> bool) -> usize {
        self.list.iter().filter(|piece| is_counted(piece)).count()
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }
}

impl Piece {
    fn new(descriptor: &Descriptor, meter: &Meter, now: Instant) -> Self {
        let rate = Rate::from(now, meter.sent());
        Self {
            descriptor: descriptor.clone(),
            meter: meter.clone(),
            state: State::Waiting,
            since: now,
            rate,
            retries: 0,
        }
    }

    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// How people know the piece.
    pub(super) fn short(&self) -> String {
        self.descriptor.digest.short()
    }

    /// The bytes that moved. What moved in vain, because the piece turned out to be there, does not count.
    pub(super) fn bytes(&self) -> u64 {
        match &self.state {
            State::Finished(Outcome::Moved) => self.descriptor.size,
            State::Finished(_) => 0,
            _ => self.meter.bytes().min(self.descriptor.size),
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished(_))
    }

    /// Of a piece that was moved, the bytes that were there from an earlier run. Where nobody counts what goes over the wire,
    /// such as from one directory to another, it was all of it.
    pub(super) fn bytes_before(&self) -> u64 {
        match self.meter.sent() {
            0 => 0,
            sent => self.descriptor.size.saturating_sub(sent),
        }
    }

    /// Bytes a second.
    pub(super) fn rate(&self) -> u64 {
        self.rate.per_second()
    }

    /// How often it was tried again.
    pub(super) fn retries(&self) -> u32 {
        self.retries
    }

    /// For how long it has been in its state.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now - self.since
    }

    fn is_there_without_moving(&self) -> bool {
        matches!(self.state, State::Finished(Outcome::Exists | Outcome::Mounted(_)))
    }

    /// How many seconds until the next try, rounded up: a wait of half a second is not none.
    fn until_retry(&self, now: Instant) -> Option<u64> {
        match self.state {
            State::Retrying { after, .. } => Some(after.saturating_sub(now - self.since).as_secs_f64().ceil() as u64),
            _ => None,
        }
    }

    /// The state in words. Docker's are kept: scripts look for them.
    pub(super) fn words(&self, direction: Direction, now: Instant) -> String {
        let is_layer = matches!(self.descriptor.media_type.role(), Role::Blob | Role::Foreign)
            && !self.descriptor.media_type.is_image_config();
        match (&self.state, direction) {
            (State::Waiting, _) => "Waiting".into(),
            (State::Moving, _) => direction.moving().into(),
            (State::Committing, Direction::Pull) => "Download complete".into(),
            (State::Committing, _) => "Committing".into(),
            (State::Retrying { cause, .. }, _) => {
                let seconds = self.until_retry(now).unwrap_or_default();
                format!("Retrying in {}: {}", age::rough(seconds), cause.replace('\n', " "))
            }
            (State::Finished(Outcome::Moved), _) => direction.done().into(),
            (State::Finished(Outcome::Exists), Direction::Push) if is_layer => "Layer already exists".into(),
            (State::Finished(Outcome::Exists), _) => "Already exists".into(),
            (State::Finished(Outcome::Mounted(from)), _) => format!("Mounted from {from}"),
        }
    }
}
