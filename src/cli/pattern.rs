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
    let (mut piece, mut at) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while at < part.len() {
        match pieces.get(piece) {
            Some(Piece::Many) => {
                last_star = Some((piece, at));
                piece += 1;
            }
            Some(one) if one.takes(part[at]) => (piece, at) = (piece + 1, at + 1),
            _ => match &mut last_star {
                Some((star, from)) => {
                    *from += 1;
                    (piece, at) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| matches!(piece, Piece::Many))
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
