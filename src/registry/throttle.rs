//! A limit on how fast content moves, chosen by whoever shares the line with others: one for all that a process sends and fetches.
//!
//! Each piece takes the next place in a timetable and waits for it, so many streams share the rate in turns, and nobody wakes
//! before it is time. A wait is this side's and not the registry's: it happens where no timeout runs.

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

/// What was not used may be made up for, as long as it is no older than this.
const CREDIT: Duration = Duration::from_millis(200);

/// In how many pieces a second's bytes go at least: a registry that hears nothing for long hangs up.
const PIECES: u64 = 16;

/// No piece is smaller than this, however slow: each is a packet of its own.
const SMALLEST: u64 = 1024;

/// Bytes a second; none is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(u64);

/// Why a text is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write it in bytes a second, as `500K`, `5M` or `1G`; `0` is no limit")]
pub struct ParseRateError;

impl FromStr for Rate {
    type Err = ParseRateError;

    /// Reads what curl reads: digits, and `K`, `M` or `G` for 1024 to the power of one, two or three.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match text.as_bytes().last() {
            Some(b'k' | b'K') => (&text[..text.len() - 1], 1 << 10),
            Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
            Some(b'g' | b'G') => (&text[..text.len() - 1], 1 << 30),
            _ => (text, 1),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseRateError);
        }
        let number: u64 = digits.parse().map_err(|_| ParseRateError)?;
        number.checked_mul(unit).map(Self).ok_or(ParseRateError)
    }
}

/// Lets content pass at a rate. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Option<Arc<Timetable>>);

#[derive(Debug)]
struct Timetable {
    rate: u64,
    /// When the next piece may go.
    next: Mutex<Option<Instant>>,
}

impl Throttle {
    /// At this rate.
    pub fn at(rate: Rate) -> Self {
        Self((rate.0 > 0).then(|| Arc::new(Timetable { rate: rate.0, next: Mutex::default() })))
    }

    /// The largest piece that may go at once.
    pub(super) fn piece(&self) -> u64 {
        self.0.as_ref().map_or(u64::MAX, |table| (table.rate / PIECES).max(SMALLEST))
    }

    /// Waits until so many bytes may go.
    pub(super) async fn pass(&self, bytes: u64) {
        let Some(table) = &self.0 else { return };
        // A stream that is dropped while it waits leaves its place unused; that costs the others a moment, once.
        tokio::time::sleep_until(table.place_for(bytes)).await;
    }
}

impl Timetable {
    fn place_for(&self, bytes: u64) -> Instant {
        let now = Instant::now();
        let mut next = self.next.lock().expect("nobody panics while holding it");
        let earliest = now.checked_sub(CREDIT).unwrap_or(now);
        let place = next.map_or(now, |next| next.max(earliest));
        *next = Some(place + Duration::from_secs_f64(bytes as f64 / self.rate as f64));
        place
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    fn throttle(rate: &str) -> Throttle {
        Throttle::at(rate.parse().expect("a rate"))
    }

    #[test]
    fn a_rate_is_written_as_for_curl() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("500K", Some(512_000)),
            ("5m", Some(5 << 20)),
            ("1G", Some(1 << 30)),
            ("", None),
            ("M", None),
            ("-1", None),
            ("+1", None),
            ("5MB", None),
            ("1.5M", None),
            ("5 M", None),
            ("99999999999999G", None),
            ("5\u{212a}", None),
        ] {
            assert_eq!(text.parse().ok(), bytes.map(Rate), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_streams_together_keep_the_rate() {
        let (throttle, begin) = (throttle("100K"), Instant::now());
        let stream = async || {
            for _ in 0..50 {
                throttle.pass(1 << 12).await;
            }
            begin.elapsed()
        };
        // 5 times 200 KiB at 100 KiB a second, but for the last piece, which nobody waits after.
        let times = join_all((0..5).map(|_| stream())).await;
        let last = times.iter().max().expect("five");
        assert!((9.9..=10.01).contains(&last.as_secs_f64()), "{last:?}");
        // They take turns.
        assert!(times.iter().all(|time| last.saturating_sub(*time) < Duration::from_secs(1)), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_is_made_up_for_and_no_more_than_a_moment_of_it() {
        let (throttle, begin) = (throttle("10K"), Instant::now());
        throttle.pass(10 << 10).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        for _ in 0..3 {
            throttle.pass(5 << 10).await;
        }
        let since = begin.elapsed().as_millis();
        assert!((60_790..=60_810).contains(&since), "{since}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let begin = Instant::now();
        for throttle in [Throttle::default(), throttle("0")] {
            throttle.pass(u64::MAX).await;
            assert_eq!((begin.elapsed(), throttle.piece()), (Duration::ZERO, u64::MAX));
        }
    }
}
