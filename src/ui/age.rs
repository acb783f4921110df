//! Times as Docker shows them: `3 months ago` for people, `2026-11-20 18:20:55 +0000 UTC` for those who look closer.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How long ago something was made, in the steps that Docker takes; `N/A` when nobody knows.
pub fn since(created: Option<Timestamp>, now: Timestamp) -> String {
    match created {
        Some(created) => format!("{} ago", in_words(now.as_second().saturating_sub(created.as_second()))),
        None => "N/A".to_owned(),
    }
}

/// The time itself, in UTC; `N/A` when nobody knows.
pub fn at(created: Option<Timestamp>) -> String {
    match created {
        Some(created) => created.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string(),
        None => "N/A".to_owned(),
    }
}

/// A duration for a line that changes: `8 s`, `2 min 5 s`, `1 h 20 min`.
pub fn rough(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The steps and the rounding are those of Docker's go-units: whole hours are rounded, everything else is cut.
fn in_words(seconds: i64) -> String {
    let hours = (seconds + 1800) / 3600;
    match seconds {
        ..1 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3600 => format!("{} minutes", seconds / 60),
        _ if hours == 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        _ if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", seconds / 3600 / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_dockers_words() {
        const HOUR: i64 = 3600;
        const DAY: i64 = 24 * HOUR;
        for (seconds, words) in [
            (-5, "Less than a second"),
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (119, "About a minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"),
            (HOUR, "About an hour"),
            (HOUR + 1799, "About an hour"),
            (HOUR + 1800, "2 hours"),
            (47 * HOUR, "47 hours"),
            (2 * DAY, "2 days"),
            (13 * DAY, "13 days"),
            (14 * DAY, "2 weeks"),
            (59 * DAY, "8 weeks"),
            (60 * DAY, "2 months"),
            (100 * DAY, "3 months"),
            (729 * DAY, "24 months"),
            (730 * DAY, "2 years"),
        ] {
            assert_eq!(in_words(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        let created: Timestamp = "2026-11-20T19:20:55.5+01:00".parse().expect("a time");
        assert_eq!(at(Some(created)), "2026-11-20 18:20:55 +0000 UTC");
        assert_eq!(since(Some(created), "2026-11-20T18:21:55Z".parse().expect("a time")), "About a minute ago");
        assert_eq!((at(None), since(None, created)), ("N/A".into(), "N/A".into()));
    }

    #[test]
    fn rough_times_are_short() {
        assert_eq!([8, 125, 4800].map(rough), ["8 s", "2 min 5 s", "1 h 20 min"]);
    }
}
