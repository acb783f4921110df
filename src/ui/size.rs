//! Sizes as Docker shows them: decimal units, a few significant digits.

const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// A size in three significant digits, as in lists: `6.02MB`.
pub fn in_list(bytes: u64) -> String {
    let (number, unit) = scaled(bytes, |number| {
        let before_point = format!("{number:.0}").len();
        format!("{number:.*}", 3_usize.saturating_sub(before_point))
    });
    format!("{number}{unit}")
}

/// A size for a line that changes many times a second, with one decimal so that its width hardly changes: `4.3 MB`.
pub fn in_progress(bytes: u64) -> String {
    let (number, unit) = scaled(bytes, |number| format!("{number:.1}"));
    format!("{number} {unit}")
}

/// The number in the unit that keeps it below a thousand *after* rounding: Docker prints 999,999 bytes as `1e+03kB`.
fn scaled(bytes: u64, round: impl Fn(f64) -> String) -> (String, &'static str) {
    let mut number = bytes as f64;
    let mut unit = 0;
    loop {
        let text = round(number);
        let is_too_long = text.split('.').next().is_some_and(|whole| whole.len() > 3);
        if is_too_long && unit + 1 < UNITS.len() {
            number /= 1000.0;
            unit += 1;
            continue;
        }
        let text = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        };
        return (text, UNITS[unit]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `docker images` prints them.
    #[test]
    fn lists_show_what_docker_shows() {
        for (bytes, text) in [
            (0, "0B"),
            (3, "3B"),
            (999, "999B"),
            (1_000, "1kB"),
            (1_024, "1.02kB"),
            (6_020_113, "6.02MB"),
            (12_100_000, "12.1MB"),
            (107_000_000, "107MB"),
            (999_999, "1MB"),
            (u64::MAX, "18.4EB"),
        ] {
            assert_eq!(in_list(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn progress_has_one_decimal() {
        for (bytes, text) in [(112, "112 B"), (4_326_000, "4.3 MB"), (6_000_000, "6 MB"), (999_960, "1 MB")] {
            assert_eq!(in_progress(bytes), text, "{bytes}");
        }
    }
}
