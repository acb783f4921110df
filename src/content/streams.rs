//! How many streams of bytes a transfer may have, and who has them. Blobs come first; streams that no blob needs may fetch
//! parts of the blobs that are left, as long as that makes the whole faster.
//!
//! More streams are tried while the rate grows with them, and given up where it does not: a disk, a processor or a line
//! that is full does not become faster by being asked more often.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

/// How long a change needs to show: a connection comes about, and finds its speed.
const SETTLE: Duration = Duration::from_millis(400);

/// How long the rate is measured.
const WINDOW: Duration = Duration::from_millis(600);

/// How long more streams are not tried after they were of no use; twice as long each time.
const HOLD: Duration = Duration::from_secs(5);

/// How much faster it has to become at least.
const WORTH: f64 = 0.1;

/// The streams of a transfer.
#[derive(Debug)]
pub struct Streams {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Blobs that have no stream yet.
    waiting: usize,
    busy: usize,
    growth: Growth,
}

/// A stream that is somebody's. It is given back when this is dropped.
#[derive(Debug)]
pub struct Lane {
    streams: Arc<Streams>,
    has_begun: AtomicBool,
}

impl Streams {
    /// So many streams at most, for so many blobs.
    pub fn new(limit: usize, blobs: usize) -> Arc<Self> {
        let state = State { waiting: blobs, busy: 0, growth: Growth::new(Instant::now()) };
        Arc::new(Self { limit, state: Mutex::new(state) })
    }

    /// The stream for a blob. Who calls this keeps the number of blobs that are under way within the limit.
    pub fn enter(self: &Arc<Self>) -> Lane {
        let mut state = self.state();
        state.waiting = state.waiting.saturating_sub(1);
        state.busy += 1;
        state.growth.changed(Instant::now());
        self.lane()
    }

    /// A stream for a part of a blob, where no blob needs it, and where it is worth trying.
    pub(super) fn spare(self: &Arc<Self>) -> Option<Lane> {
        let mut state = self.state();
        if state.waiting > 0 || state.busy >= self.limit {
            return None;
        }
        let (now, busy) = (Instant::now(), state.busy);
        if busy >= state.growth.consider(now, busy, self.limit) {
            return None;
        }
        state.busy += 1;
        state.growth.changed(now);
        Some(self.lane())
    }

    fn lane(self: &Arc<Self>) -> Lane {
        Lane { streams: self.clone(), has_begun: AtomicBool::new(false) }
    }

    /// Bytes came, over any stream.
    pub(super) fn came(&self, bytes: u64) {
        self.state().growth.bytes += bytes;
    }

    /// A part could not be had: not more streams than there are now.
    pub(super) fn falter(&self) {
        let mut state = self.state();
        let busy = state.busy;
        state.growth.give_up(busy.saturating_sub(1).max(1), Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

impl Lane {
    /// Bytes came. From the first ones on it shows what it is worth.
    pub(super) fn counts(&self) {
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            self.streams.state().growth.changed(Instant::now());
        }
    }

    /// Whether there are more streams than do any good.
    pub(super) fn is_too_much(&self) -> bool {
        let state = self.streams.state();
        state.busy > state.growth.allowed
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut state = self.streams.state();
        state.busy -= 1;
        state.growth.changed(Instant::now());
    }
}

/// What is known of the rate with more or fewer streams.
#[derive(Debug)]
struct Growth {
    /// How many streams are worth it, or are being tried.
    allowed: usize,
    bytes: u64,
    /// When the number of streams changed last.
    since: Instant,
    /// When measuring began, and how many bytes had come by then.
    mark: Option<(Instant, u64)>,
    /// How many streams there were before more were tried, and how fast they were.
    trial: Option<(usize, f64)>,
    not_before: Instant,
    hold: Duration,
}

impl Growth {
    fn new(now: Instant) -> Self {
        Self { allowed: 0, bytes: 0, since: now, mark: None, trial: None, not_before: now, hold: HOLD }
    }

    fn changed(&mut self, now: Instant) {
        (self.since, self.mark) = (now, None);
    }

    fn give_up(&mut self, allowed: usize, now: Instant) {
        (self.allowed, self.trial) = (allowed, None);
        self.not_before = now + self.hold;
        self.hold *= 2;
    }

    /// How many streams there may be now.
    fn consider(&mut self, now: Instant, busy: usize, limit: usize) -> usize {
        if let Some(rate) = self.rate(now) {
            self.mark = None;
            match self.trial {
                Some((from, before)) if busy > from => match rate >= before * (1.0 + worth(from, busy)) {
                    true => self.try_more(busy, rate, limit),
                    false => self.give_up(from, now),
                },
                _ if now >= self.not_before => self.try_more(busy, rate, limit),
                _ => {}
            }
        }
        self.allowed.min(limit)
    }

    /// Twice as many: slow lines get there soon, and the difference is easy to see.
    fn try_more(&mut self, busy: usize, rate: f64, limit: usize) {
        (self.trial, self.allowed) = (Some((busy, rate)), (busy * 2).min(limit));
    }

    /// Bytes in a second, when that is known.
    fn rate(&mut self, now: Instant) -> Option<f64> {
        if now.saturating_duration_since(self.since) < SETTLE {
            return None;
        }
        let (begin, bytes) = *self.mark.get_or_insert((now, self.bytes));
        let elapsed = now.saturating_duration_since(begin);
        (elapsed >= WINDOW).then(|| (self.bytes - bytes) as f64 / elapsed.as_secs_f64())
    }
}

/// How much faster it has to become with more streams: a tenth, or half of what there is to gain where that is less.
fn worth(from: usize, to: usize) -> f64 {
    let ideal = to as f64 / from.max(1) as f64 - 1.0;
    WORTH.min(ideal / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(100);

    /// Lets a transfer of one blob run for a while, in which the rate follows from the number of streams; gives how many there
    /// are in the end.
    async fn grow(limit: usize, seconds: u64, rate: impl Fn(usize) -> u64) -> usize {
        let streams = Streams::new(limit, 1);
        let mut lanes = vec![streams.enter()];
        for _ in 0..seconds * 10 {
            tokio::time::advance(TICK).await;
            streams.came(rate(lanes.len()) / 10);
            lanes.extend(streams.spare());
            assert!(lanes.len() <= limit, "never more than the user wants");
            if lanes.len() > 1 && lanes[1].is_too_much() {
                lanes.pop();
            }
        }
        lanes.len()
    }

    #[tokio::test(start_paused = true)]
    async fn it_grows_as_long_as_that_is_faster() {
        assert_eq!(grow(8, 10, |streams| streams as u64 * 6_000_000).await, 8);
        assert_eq!(grow(5, 10, |streams| streams as u64 * 6_000_000).await, 5);
        assert_eq!(grow(17, 12, |streams| streams as u64 * 6_000_000).await, 17, "the last step is a small one");
        assert_eq!(grow(1, 10, |streams| streams as u64 * 6_000_000).await, 1);
        assert_eq!(grow(16, 4, |streams| streams.min(4) as u64 * 6_000_000).await, 8, "tried");
        assert_eq!(grow(16, 6, |streams| streams.min(4) as u64 * 6_000_000).await, 4, "and given up");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_full_is_left_alone() {
        assert_eq!(grow(8, 4, |_| 500_000_000).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn blobs_come_first() {
        let streams = Streams::new(2, 3);
        let first = streams.enter();
        let second = streams.enter();
        tokio::time::advance(SETTLE).await;
        drop(first);
        for _ in 0..100 {
            tokio::time::advance(TICK).await;
            streams.came(1_000_000);
            assert!(streams.spare().is_none(), "a blob waits");
        }
        let third = streams.enter();
        drop(second);
        let mut spare = None;
        for _ in 0..100 {
            tokio::time::advance(TICK).await;
            streams.came(1_000_000);
            spare = spare.or_else(|| streams.spare());
        }
        assert!(spare.is_some() && streams.spare().is_none());
        drop(third);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_tried_again_soon() {
        let streams = Streams::new(8, 1);
        let _lane = streams.enter();
        let mut tried = 0;
        for _ in 0..300 {
            tokio::time::advance(TICK).await;
            streams.came(1_000_000);
            if streams.spare().is_some() {
                streams.falter();
                tried += 1;
            }
        }
        assert!((2..=3).contains(&tried), "{tried} times in half a minute");
    }
}
