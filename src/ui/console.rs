//! Lines on standard output (data) and standard error (talk).

use std::borrow::Cow;

/// The text with control characters escaped, so that no registry, archive or manifest can move the cursor, change
/// colours or hide a line (the class of kubectl's CVE-2021-25743). Line ends stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_harmless = |c: char| !c.is_control() && !is_invisible(c) || c == '\n';
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if is_harmless(c) { c.to_string() } else { c.escape_default().to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Characters that turn the direction of text or take no room: they make a text look like another one.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    /// kubectl's CVE-2021-25743: control sequences from a server reach the terminal.
    #[test]
    fn cve_2021_25743_control_sequences_are_escaped() {
        assert_eq!(printable("plain, with ü and\nlines"), "plain, with ü and\nlines");
        assert_eq!(printable("\u{1b}[2Jgone\r\u{9b}1m\u{202e}x"), "\\u{1b}[2Jgone\\r\\u{9b}1m\\u{202e}x");
    }
}
