//! Holds the floors: reads every source file and fails on an import that points up or to a neighbour, and on writing to the
//! terminal past the one writer. A rule that nobody checks is a wish.

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The floor of each module. A module sees the floors below its own, and itself.
const FLOORS: [(&str, u8); 11] = [
    ("image", 0),
    ("content", 1),
    ("credentials", 1),
    ("registry", 2),
    ("layout", 2),
    ("archive", 2),
    ("daemon", 2),
    ("server", 2),
    ("transfer", 3),
    ("ui", 4),
    ("cli", 5),
];

/// The files that may write to the terminal.
const WRITERS: [&str; 2] = ["src/ui/console.rs", "src/ui/person.rs"];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

#[test]
fn imports_point_down_and_one_file_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(root);
    assert!(sources.len() > 50, "the sources are where they are looked for");
    let breaches: Vec<String> = sources
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(root.join(path)).expect("a source file can be read");
            breaches(path, &text)
        })
        .map(|breach| breach.to_string())
        .collect();
    assert!(breaches.is_empty(), "the house has cracks:\n{}", breaches.join("\n"));
}

/// Every source file, by its path within the project.
fn sources(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([PathBuf::from("src")]);
    while let Some(directory) = waiting.pop_front() {
        for entry in fs::read_dir(root.join(&directory)).expect("a source directory can be read") {
            let path = directory.join(entry.expect("an entry can be read").file_name());
            if root.join(&path).is_dir() {
                waiting.push_back(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.to_str().expect("source files have plain names").replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

struct Breach {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

fn breaches(path: &str, text: &str) -> Vec<Breach> {
    let tokens = tokens(text);
    let breach = |line, what| Breach { path: path.to_owned(), line, what };
    let mut found = Vec::new();
    if let Some(home) = module_of(path) {
        match floor(home) {
            None => found.push(breach(1, format!("`{home}` is no module of the house; give it a floor"))),
            Some(own) => found.extend(imports(path, &tokens).into_iter().filter_map(|import| {
                let why = fault(home, own, &import.module)?;
                Some(breach(import.line, format!("`{home}` uses `{}`: {why}", import.module)))
            })),
        }
    }
    if !WRITERS.contains(&path) {
        found.extend(writes(&tokens).into_iter().map(|(line, what)| {
            breach(line, format!("`{what}` reaches for the terminal, and only `{}` may", WRITERS.join("` and `")))
        }));
    }
    found
}

/// `src/image/digest.rs` and `src/image.rs` are `image`; the crate's own files are above all floors.
fn module_of(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("src/")?;
    match inner.split_once('/') {
        Some((directory, _)) => Some(directory),
        None if matches!(inner, "lib.rs" | "main.rs") => None,
        None => inner.strip_suffix(".rs"),
    }
}

/// Why a module may not use another.
fn fault(home: &str, own: u8, used: &str) -> Option<&'static str> {
    match floor(used) {
        _ if home == used => None,
        None => Some("no module of the house, and names of one's own do not go through the crate's root"),
        Some(other) if other < own => None,
        Some(other) if other == own => Some("a neighbour on the same floor"),
        Some(_) => Some("a floor above"),
    }
}

struct Import {
    line: usize,
    module: String,
}

/// Every module of the house that the code names, through `crate::` or through enough `super::` to get there.
fn imports(path: &str, tokens: &[Token<'_>]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut inline = InlineModules::default();
    let mut at = 0;
    while at < tokens.len() {
        inline.see(tokens, at);
        let is_super = tokens[at].text == "super";
        let after_root = match tokens[at].text {
            "crate" if at == 0 || tokens[at - 1].text != "::" => is_path(tokens, at).then_some(at + 2),
            "super" if at == 0 || tokens[at - 1].text != "::" => {
                let mut end = at;
                while tokens[end].text == "super" && is_path(tokens, end) {
                    end += 2;
                }
                ((end - at) / 2 == depth(path) + inline.depth()).then_some(end)
            }
            _ => None,
        };
        if let Some(after_root) = after_root {
            let names = first_names(tokens, after_root).into_iter();
            // A file under another module's `#[path]` is deeper than it lies; its `super` means its own.
            found.extend(names.filter(|import| !is_super || floor(&import.module).is_some()));
        }
        at += 1;
    }
    found
}

fn is_path(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.text == "::") && at + 2 < tokens.len()
}

/// How many modules a file is below the root of the crate.
fn depth(path: &str) -> usize {
    let parts = path.split('/').count() - 1;
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// What follows the root of a path: one name, or those at the beginning of each member of a group.
fn first_names(tokens: &[Token<'_>], at: usize) -> Vec<Import> {
    let import = |token: &Token<'_>| Import { line: token.line, module: token.text.to_owned() };
    if tokens[at].text != "{" {
        return vec![import(&tokens[at])];
    }
    let mut found = Vec::new();
    let mut depth = 0;
    let mut is_first = false;
    for token in &tokens[at..] {
        match token.text {
            "{" => {
                depth += 1;
                is_first = depth == 1;
            }
            "}" => depth -= 1,
            "," => is_first = depth == 1,
            _ if is_first => {
                found.push(import(token));
                is_first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// The modules within a file that are open at some place in it.
#[derive(Default)]
struct InlineModules {
    braces: usize,
    opened_at: Vec<usize>,
}

impl InlineModules {
    fn see(&mut self, tokens: &[Token<'_>], at: usize) {
        match tokens[at].text {
            "{" => {
                if at >= 2 && tokens[at - 2].text == "mod" {
                    self.opened_at.push(self.braces);
                }
                self.braces += 1;
            }
            "}" => {
                self.braces = self.braces.saturating_sub(1);
                if self.opened_at.last() == Some(&self.braces) {
                    self.opened_at.pop();
                }
            }
            _ => {}
        }
    }

    fn depth(&self) -> usize {
        self.opened_at.len()
    }
}

/// Every place that writes, or could: the macros, and the streams themselves. A child process's streams are methods.
fn writes<'a>(tokens: &[Token<'a>]) -> Vec<(usize, &'a str)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_write = |at: usize| match tokens[at].text {
        "print" | "println" | "eprint" | "eprintln" | "dbg" => text(at + 1) == "!",
        "stdout" | "stderr" => match at.checked_sub(1).map_or("", text) {
            "::" => true,
            "." | "fn" => false,
            // Imported: `use std::io::{stdout, …}` and the call.
            _ => text(at + 1) == "(" || is_in_io_group(tokens, at),
        },
        _ => false,
    };
    (0..tokens.len()).filter(|at| is_write(*at)).map(|at| (tokens[at].line, tokens[at].text)).collect()
}

/// Whether a name stands in the group of a `use …::io::{…}`.
fn is_in_io_group(tokens: &[Token<'_>], at: usize) -> bool {
    let open = tokens[..at].iter().rposition(|token| matches!(token.text, "{" | "}" | ";"));
    open.is_some_and(|open| open >= 2 && tokens[open].text == "{" && tokens[open - 2].text == "io")
}

struct Token<'a> {
    line: usize,
    text: &'a str,
}

/// The code as names, `::` and single characters: without comments, texts and characters, which may say anything.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let rest = &text[at..];
        let length = skipped(rest).unwrap_or_else(|| {
            let length = name_length(rest).max(if rest.starts_with("::") { 2 } else { 1 });
            let length = length.max(rest.chars().next().map_or(1, char::len_utf8));
            if !rest.starts_with(char::is_whitespace) {
                tokens.push(Token { line, text: &rest[..length] });
            }
            length
        });
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

fn name_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

/// The length of a comment, a text or a character at the beginning.
fn skipped(rest: &str) -> Option<usize> {
    let until = |start: usize, end: &str| rest[start..].find(end).map_or(rest.len(), |at| start + at + end.len());
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(until(2, "*/"));
    }
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c', 'r']).len();
    let literal = &rest[prefix..];
    let hashes = literal.len() - literal.trim_start_matches('#').len();
    if prefix <= 2 && rest[..prefix].contains('r') && literal[hashes..].starts_with('"') {
        return Some(until(prefix + hashes + 1, &format!("\"{}", "#".repeat(hashes))));
    }
    if prefix <= 1 && literal.starts_with('"') {
        return Some(prefix + quoted(literal, '"')?);
    }
    // `'a'` is a character, `'a` a lifetime.
    let mut inner = literal.strip_prefix('\'')?.chars();
    let (first, second) = (inner.next()?, inner.next()?);
    (prefix <= 1 && (first == '\\' || second == '\'')).then(|| quoted(literal, '\'')).flatten().map(|end| prefix + end)
}

/// The length of something in quotes, in which a backslash takes the next character with it.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The rules themselves, each broken once: what is not shown to fail may not check anything.
#[test]
fn every_rule_can_be_broken() {
    for (path, text, expected) in [
        ("src/image/digest.rs", "use crate::content::Blob;", Some("1: `image` uses `content`: a floor above")),
        (
            "src/content/mod.rs",
            "\nuse crate::{image::Digest, credentials::Secret};",
            Some("2: `content` uses `credentials`: a neighbour"),
        ),
        (
            "src/registry/auth/token.rs",
            "fn f() { let x = crate::layout::Layout::open(p); }",
            Some("1: `registry` uses `layout`: a neighbour"),
        ),
        (
            "src/server/mod.rs",
            "use crate::{\n image::{Digest, Tag},\n registry::{self, Registry},\n};",
            Some("3: `server` uses `registry`: a neighbour"),
        ),
        (
            "src/transfer/plan.rs",
            "#[cfg(test)]\nmod tests {\n use crate::ui::Console;\n}",
            Some("3: `transfer` uses `ui`: a floor above"),
        ),
        ("src/ui/table.rs", "use super::super::cli::Cli;", Some("1: `ui` uses `cli`: a floor above")),
        ("src/ui/mod.rs", "use super::cli::Cli;", Some("1: `ui` uses `cli`: a floor above")),
        (
            "src/ui/table.rs",
            "mod tests { use super::super::super::{image::Tag, cli}; }",
            Some("1: `ui` uses `cli`: a floor above"),
        ),
        ("src/image/tag.rs", "pub use crate::Everything;", Some("1: `image` uses `Everything`: no module")),
        ("src/helpers/mod.rs", "", Some("1: `helpers` is no module of the house")),
        ("src/cli/push.rs", "println!(\"x\");", Some("1: `println` reaches for the terminal")),
        ("src/cli/push.rs", "let out = std::io::stdout().lock();", Some("1: `stdout` reaches for the terminal")),
        ("src/main.rs", "use std::io::{Write, stderr};", Some("1: `stderr` reaches for the terminal")),
        ("src/cli/push.rs", "use crate::{image::Digest, layout, registry::Registry, ui};", None),
        ("src/ui/table.rs", "mod tests { use super::super::age; }", None),
        (
            "src/image/tag.rs",
            "// crate::cli\n/* crate::cli */ let a = \"crate::cli \\\" crate::ui\"; let b = r#\"crate::ui\"#; 'c'; '\\''",
            None,
        ),
        ("src/credentials/helper.rs", "command.stdout(Stdio::piped()).stderr(x); child.stdout.take()", None),
        ("src/ui/console.rs", "io::stdout()", None),
        ("src/lib.rs", "pub use crate::cli::main;", None),
    ] {
        let found: Vec<String> = breaches(path, text).iter().map(ToString::to_string).collect();
        match expected {
            None => assert!(found.is_empty(), "{text}: {found:?}"),
            Some(expected) => {
                assert_eq!(found.len(), 1, "{text}: {found:?}");
                assert!(found[0].starts_with(&format!("{path}:{expected}")), "{text}: {found:?}");
            }
        }
    }
}
