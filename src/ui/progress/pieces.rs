//! What is known of each piece of a transfer, and what that is in words: without a clock, a terminal or a thread, so that
//! every word can be tested.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::Direction;
use crate::content::Meter;
use crate::image::{Descriptor, Digest, Role};
use crate::transfer::{Event, Outcome, State};
use crate::ui::{age, size};

/// The rate is that of these last seconds: long enough to be calm, short enough to be true.
const WINDOW: Duration = Duration::from_secs(5);

/// Silence that a person should hear about.
const SILENCE: Duration = Duration::from_secs(3);

/// The pieces of a transfer, in the order in which they were announced.
pub(super) struct Pieces {
    direction: Direction,
    list: Vec<Piece>,
    positions: HashMap<Digest, usize>,
    samples: VecDeque<(Instant, u64)>,
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
}

impl Pieces {
    pub(super) fn new(direction: Direction, now: Instant) -> Self {
        let samples = VecDeque::from([(now, 0)]);
        Self { direction, list: Vec::new(), positions: HashMap::new(), samples, started: now, grew: now }
    }

    pub(super) fn all(&self) -> &[Piece] {
        &self.list
    }

    /// Takes an event; gives the piece whose words are others now.
    pub(super) fn take(&mut self, event: &Event, now: Instant) -> Option<&Piece> {
        match event {
            Event::Piece { descriptor, meter } => {
                let piece =
                    Piece { descriptor: descriptor.clone(), meter: meter.clone(), state: State::Waiting, since: now };
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
                (piece.state, piece.since, self.grew) = (state.clone(), now, now);
                Some(piece)
            }
            Event::Note(_) => None,
        }
    }

    /// Looks at the meters.
    pub(super) fn sample(&mut self, now: Instant) {
        let bytes = self.bytes();
        if self.samples.back().is_none_or(|(_, before)| *before != bytes) {
            self.grew = now;
        }
        while self.samples.len() > 1 && self.samples.front().is_some_and(|(then, _)| now - *then > WINDOW) {
            self.samples.pop_front();
        }
        self.samples.push_back((now, bytes));
    }

    /// Whether the transfer is busy with some piece.
    pub(super) fn is_busy(&self) -> bool {
        self.list.iter().any(Piece::is_busy)
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
        let (Some((begin, before)), Some((end, after))) = (self.samples.front(), self.samples.back()) else {
            return 0;
        };
        let seconds = (*end - *begin).as_secs_f64();
        if seconds > 0.0 { (after.saturating_sub(*before) as f64 / seconds) as u64 } else { 0 }
    }

    /// One line about everything: bytes, rate, time left, pieces, and what is waited for.
    pub(super) fn summary(&self, now: Instant) -> String {
        let (bytes, total, rate) = (self.bytes(), self.total(), self.rate());
        let mut parts = vec![format!("total: {}/{}", size::in_progress(bytes), size::in_progress(total))];
        let holdup = self.holdup(now);
        if rate > 0 && holdup.is_none() {
            parts.push(format!("{}/s", size::in_progress(rate)));
            if total > bytes {
                parts.push(format!("{} left", age::rough((total - bytes).div_ceil(rate))));
            }
        }
        parts.push(format!("{}/{} done", self.count(Piece::is_finished), self.list.len()));
        parts.extend(holdup);
        parts.join(", ")
    }

    /// One line about what was done; nothing when no byte had to move.
    pub(super) fn conclusion(&self, now: Instant) -> Option<String> {
        let (bytes, seconds) = (self.bytes(), (now - self.started).as_secs_f64());
        (bytes > 0).then(|| {
            let rate = (bytes as f64 / seconds.max(0.001)) as u64;
            format!("total: {} in {seconds:.1} s, {}/s", size::in_progress(bytes), size::in_progress(rate))
        })
    }

    /// What is waited for, when no bytes tell that all is well.
    fn holdup(&self, now: Instant) -> Option<String> {
        let silence = now - self.grew;
        if self.count(|piece| piece.state == State::Moving) > 0 {
            return (silence >= SILENCE).then(|| format!("no bytes for {}", age::rough(silence.as_secs())));
        }
        let mut committing = self.list.iter().filter(|piece| piece.state == State::Committing);
        match (committing.next(), committing.count()) {
            (Some(only), 0) => return Some(format!("waiting for confirmation of {}", only.short())),
            (Some(_), others) => return Some(format!("waiting for confirmation of {} pieces", others + 1)),
            (None, _) => {}
        }
        let wait = self.list.iter().filter_map(|piece| piece.until_retry(now)).min()?;
        Some(format!("next try in {wait} s"))
    }

    pub(super) fn count(&self, is_counted: impl Fn(&Piece) -> bool) -> usize {
        self.list.iter().filter(|piece| is_counted(piece)).count()
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }
}

impl Piece {
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

    fn is_busy(&self) -> bool {
        matches!(self.state, State::Moving | State::Committing | State::Retrying { .. })
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
            (State::Moving, Direction::Push) => "Pushing".into(),
            (State::Moving, Direction::Pull) => "Downloading".into(),
            (State::Moving, Direction::Load) => "Loading".into(),
            (State::Moving, Direction::Save) => "Saving".into(),
            (State::Moving, Direction::Check) => "Reading".into(),
            (State::Committing, Direction::Pull) => "Download complete".into(),
            (State::Committing, _) => "Committing".into(),
            (State::Retrying { cause, .. }, _) => {
                let seconds = self.until_retry(now).unwrap_or_default();
                format!("Retrying in {}: {}", age::rough(seconds), cause.replace('\n', " "))
            }
            (State::Finished(Outcome::Moved), Direction::Push) => "Pushed".into(),
            (State::Finished(Outcome::Moved), Direction::Pull) => "Pull complete".into(),
            (State::Finished(Outcome::Moved), Direction::Load) => "Loaded".into(),
            (State::Finished(Outcome::Moved), Direction::Save) => "Saved".into(),
            (State::Finished(Outcome::Moved), Direction::Check) => "Read".into(),
            (State::Finished(Outcome::Exists), Direction::Push) if is_layer => "Layer already exists".into(),
            (State::Finished(Outcome::Exists), _) => "Already exists".into(),
            (State::Finished(Outcome::Mounted(from)), _) => format!("Mounted from {from}"),
        }
    }
}
