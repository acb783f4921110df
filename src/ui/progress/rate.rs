//! How fast bytes go over the wire, over the last seconds: long enough to be calm, short enough to be true.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(5);

/// A rate, as far as it was looked at.
#[derive(Debug)]
pub(super) struct Rate(VecDeque<(Instant, u64)>);

impl Rate {
    /// From this moment, in which so many bytes had gone over the wire.
    pub(super) fn from(now: Instant, bytes: u64) -> Self {
        Self(VecDeque::from([(now, bytes)]))
    }

    /// So many have gone by now. Says whether they are others than before.
    pub(super) fn note(&mut self, now: Instant, bytes: u64) -> bool {
        let before = self.0.back().map(|(_, before)| *before);
        if before.is_some_and(|before| bytes < before) {
            // Who counts has begun anew.
            self.0.clear();
        }
        while self.0.len() > 1 && self.0.front().is_some_and(|(then, _)| now - *then > WINDOW) {
            self.0.pop_front();
        }
        self.0.push_back((now, bytes));
        before != Some(bytes)
    }

    /// Bytes a second.
    pub(super) fn per_second(&self) -> u64 {
        let (Some((begin, before)), Some((end, after))) = (self.0.front(), self.0.back()) else { return 0 };
        let seconds = (*end - *begin).as_secs_f64();
        if seconds > 0.0 { ((after - before) as f64 / seconds) as u64 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut rate = Rate::from(start, 0);
        assert_eq!(rate.per_second(), 0);
        assert!(rate.note(at(2), 100));
        assert_eq!(rate.per_second(), 50);
        assert!(!rate.note(at(8), 100) && rate.note(at(10), 300));
        assert_eq!(rate.per_second(), 100, "what was before the window does not count");
        assert!(rate.note(at(11), 50));
        assert_eq!(rate.per_second(), 0, "a count that went back is no rate");
        rate.note(at(12), 60);
        assert_eq!(rate.per_second(), 10);
    }
}
