//! The functions of templates: Docker's own (`json split join title lower upper pad truncate`) and Go's.

use serde_json::Value;

use super::eval::in_text;
use super::{Data, TemplateError};
use crate::ui::json;

const NAMES: [&str; 23] = [
    "json", "split", "join", "title", "lower", "upper", "pad", "truncate", "println", "print", "printf", "len",
    "index", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "slice",
];

/// Spaces that a template may ask for; a mistyped number must not fill the memory.
const WIDEST: usize = 10_000;

pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Go's idea of truth: what is not empty.
pub(super) fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Calls a function. Over headers, those that change a value leave it as it is.
pub(super) fn call(name: &str, arguments: &[Value], data: Data) -> Result<Value, TemplateError> {
    let changes = matches!(
        name,
        "json" | "split" | "join" | "title" | "lower" | "upper" | "pad" | "truncate" | "index" | "slice" | "len"
    );
    if data == Data::Headers && changes {
        let is_header = |value: &&Value| value.is_string();
        return Ok(arguments.iter().find(is_header).cloned().unwrap_or_default());
    }
    let result = match name {
        "json" | "print" | "println" | "printf" => printed(name, arguments),
        "split" | "join" | "title" | "lower" | "upper" | "pad" | "truncate" => worded(name, arguments),
        "len" | "index" | "slice" => taken(name, arguments),
        _ => decided(name, arguments),
    };
    result.map_err(|what| TemplateError::Call { function: name.to_owned(), what })
}

const WRONG_ARGUMENTS: &str = "wrong number or type of args";

/// What to print.
fn printed(name: &str, arguments: &[Value]) -> Result<Value, String> {
    match (name, arguments) {
        ("json", [value]) => Ok(json::line(value).into()),
        ("print", values) => Ok(values.iter().map(in_text).collect::<String>().into()),
        ("println", values) => Ok(format!("{}\n", values.iter().map(in_text).collect::<Vec<_>>().join(" ")).into()),
        ("printf", [format, values @ ..]) => printf(&in_text(format), values).map(Value::from),
        _ => Err(WRONG_ARGUMENTS.into()),
    }
}

/// Texts from texts.
fn worded(name: &str, arguments: &[Value]) -> Result<Value, String> {
    match (name, arguments) {
        ("split", [text, separator]) => {
            let (text, separator) = (in_text(text), in_text(separator));
            Ok(text.split(&separator).filter(|part| !separator.is_empty() || !part.is_empty()).collect())
        }
        ("join", [Value::Array(items), separator]) => {
            Ok(items.iter().map(in_text).collect::<Vec<_>>().join(&in_text(separator)).into())
        }
        ("join", [Value::Null, _]) => Ok("".into()),
        ("title", [text]) => Ok(title(&in_text(text)).into()),
        ("lower", [text]) => Ok(in_text(text).to_lowercase().into()),
        ("upper", [text]) => Ok(in_text(text).to_uppercase().into()),
        ("pad", [text, before, after]) => {
            let spaces = |value| count(value).filter(|n| *n <= WIDEST).map(|n| " ".repeat(n));
            let (before, after) = spaces(before).zip(spaces(after)).ok_or("wants two small numbers")?;
            let text = in_text(text);
            Ok(if text.is_empty() { text } else { format!("{before}{text}{after}") }.into())
        }
        ("truncate", [text, length]) => {
            let length = count(length).ok_or("wants a number")?;
            Ok(in_text(text).chars().take(length).collect::<String>().into())
        }
        _ => Err(WRONG_ARGUMENTS.into()),
    }
}

/// Parts of lists, maps and texts.
fn taken(name: &str, arguments: &[Value]) -> Result<Value, String> {
    match (name, arguments) {
        ("len", [value]) => Ok(length(value).ok_or("wants a text, a list or a map")?.into()),
        ("index", [value, keys @ ..]) => index(value, keys),
        ("slice", [value, bounds @ ..]) => slice(value, bounds).ok_or_else(|| "index out of range".into()),
        _ => Err(WRONG_ARGUMENTS.into()),
    }
}

/// Truth and comparison.
fn decided(name: &str, arguments: &[Value]) -> Result<Value, String> {
    match (name, arguments) {
        ("not", [value]) => Ok(Value::Bool(!truth(value))),
        ("and", [first, rest @ ..]) => Ok(chosen(first, rest, |value| !truth(value))),
        ("or", [first, rest @ ..]) => Ok(chosen(first, rest, truth)),
        ("eq", [value, others @ ..]) if !others.is_empty() => Ok(others.contains(value).into()),
        ("ne", [one, other]) => Ok((one != other).into()),
        ("lt" | "le" | "gt" | "ge", [one, other]) => {
            let order = compare(one, other).ok_or("incompatible types for comparison")?;
            Ok(match name {
                "lt" => order.is_lt(),
                "le" => order.is_le(),
                "gt" => order.is_gt(),
                _ => order.is_ge(),
            }
            .into())
        }
        _ => Err(WRONG_ARGUMENTS.into()),
    }
}

fn count(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::Null => Some(0),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A map without the key has an empty value, as in Go; a list that is too short is an error.
fn index(value: &Value, keys: &[Value]) -> Result<Value, String> {
    let mut value = value;
    for key in keys {
        value = match (value, key) {
            (Value::Object(members), Value::String(key)) => {
                members.get(key).unwrap_or(const { &Value::String(String::new()) })
            }
            (Value::Array(items), key) => {
                let position = count(key).ok_or("wants a number for a list")?;
                items.get(position).ok_or_else(|| format!("index out of range: {position}"))?
            }
            (Value::Null, Value::String(_)) => const { &Value::String(String::new()) },
            (other, _) => return Err(format!("can't index {}", in_text(other))),
        };
    }
    Ok(value.clone())
}

fn slice(value: &Value, bounds: &[Value]) -> Option<Value> {
    let begin = bounds.first().map_or(Some(0), count)?;
    let end = bounds.get(1).map_or_else(|| length(value), count)?;
    match value {
        Value::String(text) => text.get(begin..end).map(Value::from),
        Value::Array(items) => items.get(begin..end).map(|items| items.to_vec().into()),
        _ => None,
    }
}

/// `and` gives the first argument that is false, `or` the first that is true; else the last.
fn chosen(first: &Value, rest: &[Value], is_chosen: impl Fn(&Value) -> bool) -> Value {
    let all = || std::iter::once(first).chain(rest);
    all().find(|value| is_chosen(value)).or_else(|| all().last()).cloned().unwrap_or_default()
}

fn compare(one: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

fn title(text: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let upper = std::mem::replace(&mut begins, !c.is_alphanumeric() && c != '_' && c != '\'');
        if upper { c.to_uppercase().collect::<String>() } else { c.to_string() }
    };
    text.chars().map(letter).collect()
}

/// `%s %v %d %q %t %%`, with a width, `-` for the left side, and `.N` for at most so many characters.
fn printf(format: &str, values: &[Value]) -> Result<String, String> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '.')).ok_or("%!(NOVERB)")?;
        let (flags, verb) = (&after[..end], after[end..].chars().next().unwrap_or_default());
        rest = &after[end + verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        let value = values.next().ok_or_else(|| format!("%!{verb}(MISSING)"))?;
        let text = match verb {
            's' | 'v' | 'd' | 't' => in_text(value),
            'q' => json::line(&in_text(value).into()),
            other => return Err(format!("cannot print with %{other}")),
        };
        let (is_left, flags) = flags.strip_prefix('-').map_or((false, flags), |flags| (true, flags));
        let (width, most) = flags.split_once('.').unwrap_or((flags, ""));
        let text: String = text.chars().take(most.parse().unwrap_or(usize::MAX)).collect();
        let width = width.parse().unwrap_or(0).min(WIDEST);
        out.push_str(&if is_left { format!("{text:<width$}") } else { format!("{text:>width$}") });
    }
    Ok(out + rest)
}
