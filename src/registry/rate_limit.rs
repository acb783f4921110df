//! How much a registry still allows: Docker Hub counts pulls and says so in headers, and others count requests in the same form
//! (the drafts of the IETF's RateLimit fields). Who is told before it is used up can do something about it.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;

/// What is told ahead: windows of at least this length. A shorter one fills up again while rpush waits for its next try.
const LONG: Duration = Duration::from_secs(600);

/// What is allowed within a time, and what of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// What is allowed in all.
    pub limit: u64,
    /// What is left.
    pub remaining: Option<u64>,
    /// Within which time.
    pub window: Option<Duration>,
}

impl RateLimit {
    /// Reads `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 3;w=21600`. Nothing without a limit.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let header = |name: &str| headers.get(name)?.to_str().ok().and_then(quota);
        let (limit, window) = header("ratelimit-limit")?;
        let remaining = header("ratelimit-remaining");
        let window = window.or(remaining.and_then(|(_, window)| window));
        Some(Self { limit, remaining: remaining.map(|(remaining, _)| remaining), window })
    }

    /// Whether it is worth a word: when a tenth or less is left. That is ten pulls for nobody at Docker Hub and twenty for an
    /// account; and who has a larger allowance uses it up faster.
    pub fn is_low(&self) -> bool {
        self.window.is_some_and(|window| window >= LONG)
            && self.remaining.is_some_and(|remaining| remaining <= self.limit / 10)
    }
}

impl fmt::Display for RateLimit {
    /// `100 in 6 hours`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.limit)?;
        match self.window {
            Some(window) => write!(f, " in {}", span(window)),
            None => Ok(()),
        }
    }
}

/// A number, perhaps with its window; or a list that repeats the number with the window (draft 3: `100, 100;w=21600`).
fn quota(text: &str) -> Option<(u64, Option<Duration>)> {
    let mut items = text.split(',').filter_map(item);
    let first = items.next()?;
    let window = first.1.or_else(|| items.find(|other| other.0 == first.0).and_then(|other| other.1));
    Some((first.0, window))
}

fn item(text: &str) -> Option<(u64, Option<Duration>)> {
    let mut parts = text.split(';').map(str::trim);
    let number = parts.next()?.parse().ok()?;
    let window = parts.find_map(|part| part.strip_prefix("w=")).and_then(|seconds| seconds.trim().parse().ok());
    Some((number, window.filter(|seconds| *seconds > 0).map(Duration::from_secs)))
}

/// A time as people say it, in its largest whole unit.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) =
        units.into_iter().find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size)).unwrap_or((1, "second"));
    let count = seconds / size;
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(limit: &str, remaining: &str) -> Option<RateLimit> {
        let pairs = [("ratelimit-limit", limit), ("ratelimit-remaining", remaining)];
        let pairs = pairs.into_iter().filter(|(_, text)| !text.is_empty());
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).expect("a header");
        RateLimit::of(&pairs.map(|(name, text)| (name.parse().expect("a name"), value(text))).collect())
    }

    #[test]
    fn headers_are_read_in_all_their_forms() {
        for (limit, remaining, expected) in [
            ("100;w=21600", "3;w=21600", Some((100, Some(3), Some(21600)))),
            ("100 ; w=21600 ", " 3", Some((100, Some(3), Some(21600)))),
            ("100;policy=x;w=60", "0;w=60", Some((100, Some(0), Some(60)))),
            ("100, 100;w=60, 5000;w=3600", "99", Some((100, Some(99), Some(60)))),
            ("2000", "1999", Some((2000, Some(1999), None))),
            ("100", "3;w=60", Some((100, Some(3), Some(60)))),
            ("100;w=0", "", Some((100, None, None))),
            ("100;w=-1", "-3", Some((100, None, None))),
            ("100;w=", "many", Some((100, None, None))),
            ("18446744073709551615;w=18446744073709551615", "1", Some((u64::MAX, Some(1), Some(u64::MAX)))),
            ("18446744073709551616", "1", None),
            ("", "3;w=60", None),
            (";w=60", "3", None),
            ("100.5", "3", None),
            ("\"default\";q=100;w=60", "3", None),
            ("h\u{fc}ndert", "3", None),
        ] {
            let found = read(limit, remaining).map(|it| (it.limit, it.remaining, it.window.map(|it| it.as_secs())));
            assert_eq!(found, expected, "{limit:?} {remaining:?}");
        }
    }

    #[test]
    fn a_tenth_of_a_long_window_is_low() {
        for (limit, remaining, low) in [
            ("100;w=21600", "11", false),
            ("100;w=21600", "10", true),
            ("100;w=21600", "0", true),
            ("100;w=21600", "", false),
            ("200;w=21600", "20", true),
            ("100;w=60", "1", false),
            ("100", "1", false),
            ("18446744073709551614;w=21600", "18446744073709551614", false),
        ] {
            assert_eq!(read(limit, remaining).expect("a limit").is_low(), low, "{limit} {remaining}");
        }
    }

    #[test]
    fn a_limit_is_said_in_words() {
        for (limit, words) in [
            ("100;w=21600", "100 in 6 hours"),
            ("100;w=3600", "100 in 1 hour"),
            ("100;w=86400", "100 in 1 day"),
            ("100;w=5400", "100 in 90 minutes"),
            ("100;w=61", "100 in 61 seconds"),
            ("100", "100"),
        ] {
            assert_eq!(read(limit, "").expect("a limit").to_string(), words);
        }
    }
}
