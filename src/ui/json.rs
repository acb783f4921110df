//! JSON text that a terminal shows as it is: every character that would do something else is written as `\uXXXX`, which
//! means the same to a parser.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::console::is_harmful;

/// A value on one line.
pub fn line(value: &Value) -> String {
    harmless(&value.to_string())
}

/// A value on many lines, indented by four spaces like Docker's.
pub fn indented(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    value.serialize(&mut serializer).expect("a JSON value can be written to memory");
    harmless(&String::from_utf8_lossy(&bytes))
}

/// Outside of strings, JSON has no such character but the line ends.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match is_harmful(c) && c != '\n' {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
            false => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_the_same_and_moves_no_cursor() {
        let value = serde_json::json!({"a": "\u{1b}[2J\u{9b}\u{202e}<none>\n"});
        let text = line(&value);
        assert_eq!(text, r#"{"a":"\u001b[2J\u009b\u202e<none>\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        assert_eq!(indented(&serde_json::json!([{"a": []}])), "[\n    {\n        \"a\": []\n    }\n]");
    }
}
