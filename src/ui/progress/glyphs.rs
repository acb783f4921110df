//! What bars are drawn with: box-drawing characters where the terminal knows them, ASCII elsewhere.

use std::time::Duration;

/// A set of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyphs {
    Unicode,
    Ascii,
}

impl Glyphs {
    /// Those that this terminal can show.
    pub(super) fn here() -> Self {
        Self::told(|name| std::env::var(name).ok())
    }

    /// As the C library decides: the first of the three that says something. The console of Linux itself has no Braille.
    fn told(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).filter(|value| !value.is_empty());
        if said("TERM").is_some_and(|terminal| matches!(terminal.as_str(), "dumb" | "linux")) {
            return Self::Ascii;
        }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        // Windows has no locale in the environment; its newer terminal names itself there.
        let is_unicode = locale.contains("utf-8") || locale.contains("utf8") || said("WT_SESSION").is_some();
        if is_unicode { Self::Unicode } else { Self::Ascii }
    }

    /// A bar with room for so many characters inside.
    pub(super) fn bar(self, share: f64, room: usize) -> String {
        let full = (share.clamp(0.0, 1.0) * room as f64) as usize;
        let head = usize::from(full < room);
        let rest = room - full - head;
        match self {
            Self::Unicode => format!("{}{}{}", "━".repeat(full), "╸".repeat(head), "─".repeat(rest)),
            Self::Ascii => format!("[{}{}{}]", "=".repeat(full), ">".repeat(head), " ".repeat(rest)),
        }
    }

    /// What turns while something goes on, after so much time.
    pub(super) fn spinner(self, elapsed: Duration) -> char {
        let frames = match self {
            Self::Unicode => ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'].as_slice(),
            Self::Ascii => ['|', '/', '-', '\\'].as_slice(),
        };
        frames[(elapsed.as_millis() / 100) as usize % frames.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_what_a_terminal_can_show() {
        use Glyphs::{Ascii, Unicode};
        for (variables, expected) in [
            (&[][..], Ascii),
            (&[("LANG", "en_US.UTF-8")], Unicode),
            (&[("LANG", "C.utf8")], Unicode),
            (&[("LANG", "C")], Ascii),
            (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")], Ascii),
            (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "")], Unicode),
            (&[("LANG", "de_DE"), ("LC_CTYPE", "C.UTF-8")], Unicode),
            (&[("LANG", "C.UTF-8"), ("TERM", "dumb")], Ascii),
            (&[("LANG", "C.UTF-8"), ("TERM", "linux")], Ascii),
            (&[("WT_SESSION", "1")], Unicode),
        ] {
            let look =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Glyphs::told(look), expected, "{variables:?}");
        }
    }

    #[test]
    fn bars_have_one_width() {
        for (share, unicode, ascii) in [
            (0.0, "╸─────", "[>     ]"),
            (0.5, "━━━╸──", "[===>  ]"),
            (1.0, "━━━━━━", "[======]"),
            (7.0, "━━━━━━", "[======]"),
        ] {
            assert_eq!(
                (Glyphs::Unicode.bar(share, 6).as_str(), Glyphs::Ascii.bar(share, 6).as_str()),
                (unicode, ascii)
            );
        }
    }
}
