//! Patterns for names, as `images` takes them: Go's `path.Match`, in which `*` and `?` stop at a slash.

/// A pattern whose parts between slashes match one by one.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<Vec<Piece>>);

#[derive(Debug, Clone)]
enum Piece {
    Literal(char),
    Any,
    Many,
    /// Characters from the first to the last, or all others.
    Class {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

/// Why a text is not a pattern: Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern `{0}`")]
pub struct PatternError(String);

impl Pattern {
    /// Reads `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a character that means itself.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let parts = text.split('/').map(pieces);
        parts.collect::<Option<_>>().map(Self).ok_or_else(|| PatternError(text.escape_default().to_string()))
    }

    /// Whether all of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let parts: Vec<Vec<char>> = text.split('/').map(|part| part.chars().collect()).collect();
        self.0.len() == parts.len() && self.0.iter().zip(&parts).all(|(pieces, part)| part_matches(pieces, part))
    }
}

impl Pattern {
    /// How many `*`, `?` and `[a-z]` it has.
    pub fn wildcards(&self) -> usize {
        self.0.iter().flatten().filter(|piece| !matches!(piece, Piece::Literal(_))).count()
    }

    /// What each of those stands for in a text without slashes that matches.
    pub fn captures(&self, text: &str) -> Option<Vec<String>> {
        let [pieces] = &self.0[..] else { return None };
        let part: Vec<char> = text.chars().collect();
        let found = parts_of(pieces, &part)?;
        Some(found.into_iter().map(|(from, to)| part[from..to].iter().collect()).collect())
    }
}

fn pieces(part: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Many,
            '?' => Piece::Any,
            '\\' => Piece::Literal(chars.next()?),
            '[' => class(&mut chars)?,
            literal => Piece::Literal(literal),
        });
    }
    Some(pieces)
}

fn class(chars: &mut std::str::Chars<'_>) -> Option<Piece> {
    let is_negated = chars.as_str().starts_with('^');
    if is_negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        let first = match chars.next()? {
            ']' if ranges.is_empty() => return None,
            ']' => return Some(Piece::Class { ranges, is_negated }),
            '\\' => chars.next()?,
            c => c,
        };
        let last = match chars.as_str().strip_prefix('-') {
            Some(_) => {
                chars.next();
                chars.next().filter(|last| *last != ']')?
            }
            None => first,
        };
        ranges.push((first, last));
    }
}

/// Goes on from the last `*` whenever it gets stuck, so that it takes no longer than both lengths multiplied.
fn part_matches(pieces: &[Piece], part: &[char]) -> bool {
    parts_of(pieces, part).is_some()
}

/// From where to where each piece that is no literal has matched, in order: `*` as little as it can, the last one the rest.
fn parts_of(pieces: &[Piece], part: &[char]) -> Option<Vec<(usize, usize)>> {
    let (mut piece, mut at) = (0, 0);
    let mut found: Vec<(usize, usize)> = Vec::new();
    // Its piece, and how many others were found before it.
    let mut last_star: Option<(usize, usize)> = None;
    while at < part.len() {
        match pieces.get(piece) {
            Some(Piece::Many) => {
                last_star = Some((piece, found.len()));
                found.push((at, at));
                piece += 1;
            }
            Some(one) if one.takes(part[at]) => {
                if !matches!(one, Piece::Literal(_)) {
                    found.push((at, at + 1));
                }
                (piece, at) = (piece + 1, at + 1);
            }
            _ => {
                let (star, before) = last_star?;
                found.truncate(before + 1);
                found[before].1 += 1;
                (piece, at) = (star + 1, found[before].1);
            }
        }
    }
    let rest = &pieces[piece..];
    found.extend(rest.iter().map(|_| (at, at)));
    rest.iter().all(|piece| matches!(piece, Piece::Many)).then_some(found)
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::Any | Self::Many => true,
            Self::Class { ranges, is_negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *is_negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_what_go_matches() {
        for (pattern, text, matches) in [
            ("app", "app", true),
            ("app", "app:1", false),
            ("*", "app:1.0", true),
            ("*", "team/app", false),
            ("*/*", "team/app", true),
            ("localhost:5000/*", "localhost:5000/app:1", true),
            ("localhost:5000/*", "localhost:5000/team/app", false),
            ("a*b*c", "aXbXbYc", true),
            ("a*b*c", "aXbXbYcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("app:[1-3]", "app:2", true),
            ("app:[^1-3]", "app:2", false),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("*:latest", "app:latest", true),
            ("", "", true),
        ] {
            assert_eq!(Pattern::parse(pattern).expect("a pattern").matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn each_wildcard_stands_for_something() {
        for (pattern, text, captures) in [
            ("v1.*", "v1.2.3", Some(vec!["2.3"])),
            ("v1.*", "v1.", Some(vec![""])),
            ("v1.*", "v2.0", None),
            ("*", "x", Some(vec!["x"])),
            ("app", "app", Some(vec![])),
            ("v*-*", "v1-2-3", Some(vec!["1", "2-3"])),
            ("*-rc?", "1-rc-rc2", Some(vec!["1-rc", "2"])),
            ("a*b?c*", "aXbYbZcW", Some(vec!["XbY", "Z", "W"])),
            ("v[0-9].*", "v1.2", Some(vec!["1", "2"])),
            ("**", "ab", Some(vec!["", "ab"])),
            ("a**", "a", Some(vec!["", ""])),
            ("a?*", "a", None),
            ("a/*", "a/b", None),
        ] {
            let pattern_read = Pattern::parse(pattern).expect("a pattern");
            let found = pattern_read.captures(text);
            assert_eq!(
                found.as_deref(),
                captures.map(|c| c.into_iter().map(str::to_owned).collect::<Vec<_>>()).as_deref(),
                "{pattern} {text}"
            );
            assert!(found.is_none_or(|found| found.len() == pattern_read.wildcards()), "{pattern}");
        }
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[", "a[", "[]", "[a-", "[a-]", "a\\"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = Pattern::parse(&"*a".repeat(100)).expect("a pattern");
        assert!(!pattern.matches(&("a".repeat(5000) + "b")));
    }
}
