//! The words that are in the sources: every text of an error, of a failure and of a hint, found by reading them. Nobody has to
//! remember to add one to a list.

use std::fs;
use std::path::{Path, PathBuf};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What failed: `#[error("...")]`, `Failure::usage("...")`.
    What,
    /// Why: `.because("...")`.
    Because,
    /// What to type: `.hint("...")`.
    Hint,
}

/// A text, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub file: String,
    pub role: Role,
    pub text: String,
    /// Whether the sources say right behind it why, or what to type.
    pub goes_on: bool,
    /// Whether it is about words that make no sense.
    pub is_usage: bool,
}

impl Text {
    /// Whether it is a part of a text, or has nothing but what something else says.
    pub fn is_part(&self) -> bool {
        let words = &self.text;
        let is_hole = words.starts_with('{') && words.ends_with('}') && !words.contains(' ');
        is_hole || (self.role == Role::Hint && (!words.trim().contains(' ') || !words.contains(char::is_alphabetic)))
    }
}

/// What comes before a text, up to the bracket; and whether it is about words that make no sense.
const STARTS: [(&str, Role, bool); 8] = [
    ("#[error(", Role::What, false),
    ("Failure::usage(", Role::What, true),
    ("Failure::not_found(", Role::What, false),
    ("Failure::new(", Role::What, false),
    ("Self::usage(", Role::What, true),
    (".because(", Role::Because, false),
    (".hint(", Role::Hint, false),
    ("Advice::Type(", Role::Hint, false),
];

/// Every text of the sources, in the order of files and of lines.
pub fn texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let of = |path: &PathBuf| {
        let name = path.strip_prefix(root).expect("it is below").to_string_lossy().replace('\\', "/");
        of_source(&name, &fs::read_to_string(path).expect("a source can be read"))
    };
    files.iter().flat_map(of).collect()
}

/// Sources but for tests.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the directory is there").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        match path.is_dir() {
            true if name != "tests" => collect(&path, files),
            false if name.ends_with(".rs") && !name.ends_with("tests.rs") => files.push(path),
            _ => {}
        }
    }
}

/// The texts of one source.
pub fn of_source(file: &str, source: &str) -> Vec<Text> {
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let Masked { code, literals } = Masked::of(source);
    let mut found = Vec::new();
    for (start, role, is_usage) in STARTS {
        for (at, _) in code.match_indices(start) {
            let open = at + start.len() - 1;
            let Some(close) = matching(&code, open) else { continue };
            let within = literals.iter().filter(|(place, _)| (open..close).contains(place));
            // Of an error and a failure the first text is the words; a hint may be one of several.
            let most = if role == Role::Hint { usize::MAX } else { 1 };
            let behind = code[close + 1..].trim_start_matches([')', ' ', '\n']);
            let goes_on = behind.starts_with(".hint(") || behind.starts_with(".because(");
            let text = |(place, text): &(usize, String)| {
                (*place, Text { file: file.to_owned(), role, text: text.clone(), goes_on, is_usage })
            };
            found.extend(within.take(most).map(text));
        }
    }
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

/// The bracket that closes the one at `open`.
fn matching(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// A source without what stands in texts and comments, and the texts by themselves.
struct Masked {
    /// As long as the source, so that places in it are places there.
    code: String,
    literals: Vec<(usize, String)>,
}

impl Masked {
    fn of(source: &str) -> Self {
        let mut code = String::with_capacity(source.len());
        let mut literals = Vec::new();
        let mut rest = source;
        while let Some(first) = rest.chars().next() {
            let at = source.len() - rest.len();
            let length = match first {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '"' => {
                    let (length, text) = plain(rest);
                    literals.push((at, text));
                    length
                }
                'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => {
                    let (length, text) = raw(rest);
                    literals.push((at, text));
                    length
                }
                '\'' => character(rest),
                _ => {
                    code.push(first);
                    rest = &rest[first.len_utf8()..];
                    continue;
                }
            };
            code.push_str(&"_".repeat(length));
            rest = &rest[length..];
        }
        Self { code, literals }
    }
}

/// The length of a text with its quotation marks, and what it says.
fn plain(source: &str) -> (usize, String) {
    let (mut text, mut characters) = (String::new(), source.char_indices().skip(1).peekable());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (at + 1, text),
            '\\' => match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, '\n')) => while characters.next_if(|(_, next)| next.is_whitespace()).is_some() {},
                Some((_, other)) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    (source.len(), text)
}

/// The same of `r"..."` and `r#"..."#`.
fn raw(source: &str) -> (usize, String) {
    let hashes = source[1..].chars().take_while(|c| *c == '#').count();
    let (begin, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
    match source[begin..].find(&end) {
        Some(length) => (begin + length + end.len(), source[begin..begin + length].to_owned()),
        None => (source.len(), String::new()),
    }
}

/// The length of a character in quotation marks, or of the mark alone where it begins the name of a lifetime.
fn character(source: &str) -> usize {
    let rest = &source[1..];
    match rest.chars().next() {
        Some('\\') => rest[2..].find('\'').map_or(1, |end| end + 4),
        Some(one) if rest[one.len_utf8()..].starts_with('\'') => one.len_utf8() + 2,
        _ => 1,
    }
}
