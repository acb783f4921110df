//! The words of a template: text between actions, and tokens inside them.

use super::TemplateError;

/// A part of a template, with its position counted in characters from one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Action { tokens: Vec<Token>, position: usize },
}

/// What stands between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name: a function or a keyword.
    Word(String),
    /// `.A`, following on the token before when nothing is between them.
    Field {
        name: String,
        follows: bool,
    },
    /// A dot alone.
    Dot,
    /// `$` or `$name`.
    Variable(String),
    Text(String),
    Number(serde_json::Number),
    /// One of `( ) | , = :=`.
    Mark(&'static str),
}

/// Cuts a template into its parts; `{{-` and `-}}` take the white space next to them away, comments disappear.
pub(super) fn parts(template: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = template;
    let mut trims = false;
    loop {
        let (text, action) = match rest.split_once("{{") {
            Some((text, action)) => (text, Some(action)),
            None => (rest, None),
        };
        let text = if trims { text.trim_start() } else { text };
        let Some(action) = action else {
            parts.push(Part::Text(text.to_owned()));
            return Ok(parts);
        };
        let position = template[..template.len() - action.len()].chars().count() - 1;
        let unclosed = || TemplateError::Syntax { what: "unclosed action".into(), position };
        let end = end_of_action(action).ok_or_else(unclosed)?;
        let (inside, after) = (&action[..end], &action[end + 2..]);
        let (inside, trims_before) = match inside.strip_prefix('-') {
            Some(trimmed) if trimmed.starts_with(char::is_whitespace) => (trimmed, true),
            _ => (inside, false),
        };
        let (inside, trims_after) = match inside.strip_suffix('-') {
            Some(trimmed) if trimmed.ends_with(char::is_whitespace) => (trimmed, true),
            _ => (inside, false),
        };
        parts.push(Part::Text(if trims_before { text.trim_end() } else { text }.to_owned()));
        if !inside.trim().starts_with("/*") {
            parts.push(Part::Action { tokens: tokens(inside, position)?, position });
        }
        (rest, trims) = (after, trims_after);
    }
}

/// Where the `}}` is that is in no string.
fn end_of_action(action: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (position, c) in action.char_indices() {
        match quote {
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`') => quote = Some(c),
            None if action[position..].starts_with("}}") => return Some(position),
            None => {}
        }
    }
    None
}

fn tokens(inside: &str, position: usize) -> Result<Vec<Token>, TemplateError> {
    let mut tokens = Vec::new();
    let mut rest = inside.trim_start();
    let mut follows = false;
    while !rest.is_empty() {
        let (token, length) = token(rest, follows).map_err(|what| TemplateError::Syntax { what, position })?;
        tokens.push(token);
        let after = &rest[length..];
        rest = after.trim_start();
        follows = rest.len() == after.len();
    }
    Ok(tokens)
}

fn token(text: &str, follows: bool) -> Result<(Token, usize), String> {
    let name = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    if let Some(mark) = [":=", "(", ")", "|", ",", "="].into_iter().find(|mark| text.starts_with(mark)) {
        return Ok((Token::Mark(mark), mark.len()));
    }
    let first = text.chars().next().unwrap_or_default();
    match first {
        '.' => Ok(match name(&text[1..]) {
            0 => (Token::Dot, 1),
            length => (Token::Field { name: text[1..=length].to_owned(), follows }, length + 1),
        }),
        '$' => {
            let length = name(&text[1..]) + 1;
            Ok((Token::Variable(text[..length].to_owned()), length))
        }
        '`' => {
            let end = text[1..].find('`').ok_or("unterminated raw quoted string")?;
            Ok((Token::Text(text[1..=end].to_owned()), end + 2))
        }
        '"' => quoted(text),
        '0'..='9' | '-' | '+' => {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
            let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
            let number = text[..length].trim_start_matches('+').parse();
            Ok((Token::Number(number.map_err(|_| format!("bad number syntax: {}", &text[..length]))?), length))
        }
        c if c.is_alphabetic() || c == '_' => {
            let length = name(text);
            Ok((Token::Word(text[..length].to_owned()), length))
        }
        c => Err(format!("unexpected {c:?} in command")),
    }
}

/// A string in double quotes. Go's escapes are JSON's, as far as anybody types them.
fn quoted(text: &str) -> Result<(Token, usize), String> {
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let is_end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    });
    let length = end.ok_or("unterminated quoted string")? + 2;
    // A tab or a line end in the string was typed as an escape, and replaced before.
    let json = text[..length].replace('\t', "\\t").replace('\n', "\\n");
    let value = serde_json::from_str(&json).map_err(|_| format!("bad string syntax: {}", &text[..length]))?;
    Ok((Token::Text(value), length))
}
