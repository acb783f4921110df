//! Byte ranges, in the two spellings of the specification: `bytes=a-b` asks for a part of a blob, `a-b` says
//! which part of an upload a chunk is.

use std::ops::RangeInclusive;

/// What part of a blob is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: no range, or one that is not understood, which counts as none (RFC 9110, 14.2).
    Whole,
    /// These bytes.
    Part(RangeInclusive<u64>),
    /// Nothing that the blob has.
    Unsatisfiable,
}

/// Reads a `Range` header for content of `size` bytes. Several ranges at once are answered with the whole.
pub(super) fn wanted(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let part = match (number(first), number(last), first.is_empty(), last.is_empty()) {
        (Some(first), Some(last), ..) => (first, last.min(size.saturating_sub(1))),
        (Some(first), None, _, true) => (first, size.saturating_sub(1)),
        (None, Some(0), true, _) => return Wanted::Unsatisfiable,
        (None, Some(length), true, _) => (size.saturating_sub(length), size.saturating_sub(1)),
        _ => return Wanted::Whole,
    };
    match part.0 <= part.1 && part.0 < size {
        true => Wanted::Part(part.0..=part.1),
        false => Wanted::Unsatisfiable,
    }
}

/// Reads the `Content-Range` of a chunk: first and last byte, without a unit; with `bytes ` it is understood too.
pub(super) fn chunk(header: &str) -> Option<RangeInclusive<u64>> {
    let text = header.trim();
    let text = text.strip_prefix("bytes ").unwrap_or(text);
    let (first, last) = text.split('/').next()?.split_once('-')?;
    let range = number(first)?..=number(last)?;
    (!range.is_empty() && *range.end() < u64::MAX).then_some(range)
}

/// Digits alone: Rust's own parser would take a `+`.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r03_ranges_of_a_blob() {
        for (header, expected) in [
            ("bytes=0-0", Wanted::Part(0..=0)),
            ("bytes=5-9", Wanted::Part(5..=9)),
            ("bytes=2000-", Wanted::Part(2000..=2047)),
            ("bytes=2000-99999", Wanted::Part(2000..=2047)),
            ("bytes=-48", Wanted::Part(2000..=2047)),
            ("bytes=-5000", Wanted::Part(0..=2047)),
            ("bytes=500-0", Wanted::Unsatisfiable),
            ("bytes=5000-10000", Wanted::Unsatisfiable),
            ("bytes=2048-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=18446744073709551616-", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(header, 2048), expected, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Unsatisfiable);
        assert_eq!(wanted("bytes=-1", 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn r05_ranges_of_a_chunk() {
        assert_eq!(chunk("0-9"), Some(0..=9));
        assert_eq!(chunk("bytes 10-19/20"), Some(10..=19));
        for text in ["", "-", "9-0", "0-", "-5", "a-b", "0-18446744073709551615", "0-1-2", "+0-1"] {
            assert_eq!(chunk(text), None, "{text}");
        }
    }
}
