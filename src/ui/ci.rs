//! What the logs of CI systems understand: lines that fold, a failure that is pinned to the run, and, because they take their
//! commands from the very lines that a program prints, what must never get there out of a registry.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// `##[` for people and for readers of JSON.
const DEFUSED: &str = "#\\u0023[";

/// A CI system that reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    /// GitHub Actions, and what does as it does (Gitea, Forgejo).
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// Lines of a log that are folded, and how the fold ends.
#[derive(Debug)]
pub struct Fold {
    ci: Ci,
    name: String,
}

impl Ci {
    /// The one that this process runs in.
    pub fn here() -> Option<Self> {
        let is_true = |name| std::env::var_os(name).is_some_and(|value| value == "true");
        match () {
            () if is_true("GITHUB_ACTIONS") => Some(Self::GitHub),
            () if is_true("GITLAB_CI") => Some(Self::GitLab),
            () => None,
        }
    }

    /// Begins a fold: the line for the log, and what ends it.
    pub(super) fn fold(self, title: &str) -> (String, Fold) {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        // In one log there may be several runs, and several folds in each.
        let name = format!("rpush_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let line = match self {
            Self::GitHub => format!("::group::{title}"),
            Self::GitLab => format!("\u{1b}[0Ksection_start:{}:{name}[collapsed=true]\r\u{1b}[0K{title}", now()),
        };
        (line, Fold { ci: self, name })
    }
}

impl Fold {
    /// The line for the log.
    pub(super) fn end(self) -> String {
        match self.ci {
            Ci::GitHub => "::endgroup::".to_owned(),
            Ci::GitLab => format!("\u{1b}[0Ksection_end:{}:{}\r\u{1b}[0K", now(), self.name),
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// GitHub's command that pins a failure to the run. The text is data to it: what would end the line is escaped.
pub(super) fn annotation(failure: &str) -> String {
    let text = failure.strip_prefix("error: ").unwrap_or(failure);
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", DEFUSED);
    format!("::error title=rpush::{text}")
}

/// Text in which GitHub's runner finds no command. It takes one from a line that begins with `::`, spaces aside, and from `##[`
/// anywhere in it. The escape is that of JSON, where these can only be within a string, so that JSON stays what it was.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| line.trim_start().starts_with("::");
    if !text.contains("##[") && !text.split('\n').any(begins) {
        return Cow::Borrowed(text);
    }
    let defuse = |line: &str| match begins(line) {
        true => line.replacen(':', "\\u003a", 1),
        false => line.to_owned(),
    };
    Cow::Owned(text.split('\n').map(defuse).collect::<Vec<_>>().join("\n").replace("##[", DEFUSED))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CVE-2020-15228 and its like: a log line of somebody else's is a command to the runner.
    #[test]
    fn no_text_is_a_command() {
        for (text, expected) in [
            ("plain :: text", "plain :: text"),
            ("::set-output name=a::b", "\\u003a:set-output name=a::b"),
            (" \t::error::x", " \t\\u003a:error::x"),
            ("a\n::stop-commands::x\nb", "a\n\\u003a:stop-commands::x\nb"),
            ("a ##[add-path]/evil", "a #\\u0023[add-path]/evil"),
            ("###[x]", "##\\u0023[x]"),
            ("\u{a0}::error::x", "\u{a0}\\u003a:error::x"),
        ] {
            assert_eq!(defused(text), expected);
        }
        let value = serde_json::json!({"::": "##[error]::x", "\\": "\\##["});
        let text = value.to_string();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&defused(&text)).expect("JSON"), value);
        assert!(!defused(&text).contains("##["));
    }

    /// GitHub's rules: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.
    #[test]
    fn an_annotation_is_one_line() {
        let failure = "error: 100% broken\r\nbecause: ::error::x";
        assert_eq!(annotation(failure), "::error title=rpush::100%25 broken%0D%0Abecause: ::error::x");
    }

    #[test]
    fn folds_have_a_beginning_and_an_end() {
        let (line, fold) = Ci::GitHub.fold("Pushing");
        assert_eq!((line.as_str(), fold.end().as_str()), ("::group::Pushing", "::endgroup::"));
        let (line, fold) = Ci::GitLab.fold("Pushing");
        let name = fold.name.clone();
        assert!(line.starts_with("\u{1b}[0Ksection_start:"), "{line:?}");
        assert!(line.ends_with(&format!(":{name}[collapsed=true]\r\u{1b}[0KPushing")), "{line:?}");
        assert!(fold.end().ends_with(&format!(":{name}\r\u{1b}[0K")));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(name.chars().all(is_plain), "GitLab takes letters, numbers, `_`, `.` and `-`: {name}");
        assert_ne!(Ci::GitLab.fold("Pushing").1.name, name);
    }
}
