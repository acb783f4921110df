//! `--filter` of `images`: Docker's filters and their rules. Of several references one has to match, of everything else all.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use super::listed::{Listed, find};
use super::pattern::Pattern;

/// Which images are wanted.
#[derive(Debug, Default)]
pub struct Filters {
    references: Vec<Pattern>,
    others: Vec<Filter>,
}

#[derive(Debug)]
enum Filter {
    Dangling(bool),
    Label { key: String, value: Option<String> },
    NotLabel { key: String, value: Option<String> },
    Before(Timestamp),
    Since(Timestamp),
}

impl Filters {
    /// Reads the filters typed. Those that name an image look for it among `listed`.
    pub fn parse(typed: &[String], listed: &[Listed], now: Timestamp) -> Result<Self, Failure> {
        let mut filters = Self::default();
        for text in typed {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let invalid = || invalid(text);
            match name.trim() {
                "reference" => filters.reference(value)?,
                "dangling" => filters.others.push(match value {
                    "true" | "1" => Filter::Dangling(true),
                    "false" | "0" => Filter::Dangling(false),
                    _ => return Err(invalid()),
                }),
                "label" | "label!" if value.is_empty() => return Err(invalid()),
                "label" => {
                    let (key, value) = key_and_value(value);
                    filters.others.push(Filter::Label { key, value });
                }
                "label!" => {
                    let (key, value) = key_and_value(value);
                    filters.others.push(Filter::NotLabel { key, value });
                }
                "before" => filters.others.push(Filter::Before(created(value, listed)?)),
                "since" => filters.others.push(Filter::Since(created(value, listed)?)),
                "until" => filters.others.push(Filter::Before(time(value, now).ok_or_else(invalid)?)),
                unknown => return Err(unknown_filter(unknown)),
            }
        }
        Ok(filters)
    }

    /// Takes names that match this pattern too.
    pub fn reference(&mut self, pattern: &str) -> Result<(), Failure> {
        let pattern = Pattern::parse(pattern)?;
        self.references.push(pattern);
        Ok(())
    }

    /// Whether an image is wanted.
    pub fn accept(&self, one: &Listed) -> bool {
        let is_named = || self.references.iter().any(|pattern| is_named(one, pattern));
        self.others.iter().all(|filter| filter.accepts(one)) && (self.references.is_empty() || is_named())
    }
}

fn unknown_filter(name: &str) -> Failure {
    Failure::usage(format!("invalid filter '{name}'"))
        .hint("the filters are `dangling`, `label`, `label!`, `before`, `since`, `until` and `reference`")
}

/// A filter that exists, with a value that it does not take.
fn invalid(text: &str) -> Failure {
    let (name, example) = match text.split_once('=').map_or(text, |(name, _)| name).trim() {
        "dangling" => ("dangling", "`--filter dangling=true` or `--filter dangling=false`"),
        "until" => ("until", "`--filter until=24h` or `--filter until=2026-01-31`"),
        _ => ("label", "`--filter label=NAME` or `--filter label=NAME=VALUE`"),
    };
    Failure::usage(format!("invalid filter '{text}'")).hint(format!("`{name}` is written {example}"))
}

fn key_and_value(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// When the image that was named was made. One that doesn't say is older than all.
fn created(name: &str, listed: &[Listed]) -> Result<Timestamp, Failure> {
    Ok(find(name, listed)?.created().unwrap_or(Timestamp::MIN))
}

/// A pattern is for the repository or for the whole name, as people write them or in full.
fn is_named(one: &Listed, pattern: &Pattern) -> bool {
    let Some(reference) = &one.reference else {
        return one.selector.as_deref().is_some_and(|selector| pattern.matches(selector));
    };
    let full_repository = format!("{}/{}", reference.host, reference.name);
    let names = [reference.familiar(), reference.familiar_repository(), reference.to_string(), full_repository];
    names.iter().any(|name| pattern.matches(name))
}

impl Filter {
    fn accepts(&self, one: &Listed) -> bool {
        let has = |key: &String, value: &Option<String>| {
            let label = one.summary.labels.get(key);
            label.is_some_and(|label| value.as_ref().is_none_or(|value| value == label))
        };
        match self {
            Self::Dangling(wanted) => one.is_dangling() == *wanted,
            Self::Label { key, value } => has(key, value),
            Self::NotLabel { key, value } => !has(key, value),
            Self::Before(time) => one.created().unwrap_or(Timestamp::MIN) < *time,
            Self::Since(time) => one.created().unwrap_or(Timestamp::MIN) > *time,
        }
    }
}

/// A time (RFC 3339, in UTC when it doesn't say), a day, seconds since 1970, or how long ago: `24h`, `1h30m`.
fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Some(ago) = go_duration(text) {
        return now.checked_sub(ago).ok();
    }
    let in_utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<Date>().ok().filter(|_| text.len() == 10).and_then(|day| in_utc(day.into())))
        .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
}

/// Go's `1h30m5s`.
fn go_duration(text: &str) -> Option<SignedDuration> {
    let mut total = SignedDuration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (amount, after) = rest.split_at(digits);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let seconds = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        let seconds = amount.parse::<i64>().ok()?.checked_mul(seconds)?;
        total = total.checked_add(SignedDuration::from_secs(seconds))?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_of_dockers_forms() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().expect("a time");
        for (text, meant) in [
            ("2026-11-19T12:00:00Z", "2026-11-19T12:00:00Z"),
            ("2026-11-19T12:00:00+02:00", "2026-11-19T10:00:00Z"),
            ("2026-11-19T12:00:00", "2026-11-19T12:00:00Z"),
            ("2026-11-19", "2026-11-19T00:00:00Z"),
            ("24h", "2026-11-19T12:00:00Z"),
            ("1h30m", "2026-11-20T10:30:00Z"),
            ("1000000000", "2001-09-09T01:46:40Z"),
        ] {
            assert_eq!(time(text, now).map(|time| time.to_string()).as_deref(), Some(meant), "{text}");
        }
        for text in ["", "yesterday", "1x", "h", "9999999999999999999h"] {
            assert_eq!(time(text, now), None, "{text}");
        }
    }
}
