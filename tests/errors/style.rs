//! What a message has to be, as far as that can be told by looking at it: uv's style guide and ours. Whether it is also clear at
//! three in the morning is for people to judge; `docs/errors.md` has all of them on one page for that.

use super::sources::{Role, Text};

/// Words that are not ours to choose: Docker's, which scripts look for, and those of Docker's protocols. The beginning of each.
pub const DOCKERS: [&str; 20] = [
    "No such image: ",
    "invalid reference format",
    "invalid repository name ({0}), cannot specify 64-byte hexadecimal strings",
    "invalid filter '",
    "conflicting options: cannot specify both --password and --password-stdin",
    "the --password-stdin option requires --username to be set",
    "cowardly refusing to save to a terminal. Use the -o flag or redirect",
    "requested load from stdin, but stdin is empty",
    "tag can't be used with --all-tags/-a",
    "'scratch' is a reserved name",
    "cannot push a digest reference",
    "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
    "ambiguous reference: ",
    "manifest for {} not found: manifest unknown",
    "refusing to create a tag with a digest reference",
    "refusing to create an ambiguous tag using digest algorithm as name",
    "cannot perform an interactive login from a non-TTY device",
    "template parsing error: ",
    "no credentials ",
    "repository name must not be more than 255 characters",
];

/// Names begin as they are written.
const PROPER: [&str; 3] = ["TLS ", "Docker Hub ", "HTTP "];

/// A mistake in the configuration file, whose own words say what is valid, and whose hint comes from there too.
const PUT_TOGETHER: [&str; 1] = ["{}, line {}: {}"];

/// What says nothing, blames, or begs.
const EMPTY: [&str; 12] = [
    "failed to",
    "unable to",
    "error:",
    "please",
    "oops",
    "sorry",
    "illegal",
    "something went wrong",
    "unexpected",
    "unknown error",
    "bad request",
    "invalid",
];

/// What is wrong with a text, if anything is.
pub fn faults(text: &Text) -> Vec<&'static str> {
    let words = text.text.as_str();
    if text.is_part() {
        return Vec::new();
    }
    let is_dockers = DOCKERS.iter().any(|known| words.starts_with(known));
    let lower = words.to_lowercase();
    let begins_well =
        words.starts_with(|c: char| !c.is_uppercase()) || PROPER.iter().any(|name| words.starts_with(name));
    let mut faults = Vec::new();
    let mut check = |is_fault: bool, what: &'static str| {
        if is_fault {
            faults.push(what);
        }
    };
    check(!begins_well && !is_dockers, "does not begin in lower case");
    check(words.ends_with(['.', '!', ' ']), "has a full stop at its end");
    check(words.contains('\n'), "has more than one line");
    check(words.contains("?}"), "shows how Rust writes a value");
    check(!words.matches('`').count().is_multiple_of(2), "has a backtick without its other one");
    // Of Docker's words what we have put behind them is ours, and a few of them break the rules.
    let is_ours = !is_dockers || text.role == Role::Hint;
    check(is_ours && EMPTY.iter().any(|empty| lower.contains(empty)) && !says_what_is_valid(words), "has empty words");
    check(is_ours && has_other_marks(words), "has other marks than backticks round a value");
    check(is_ours && unmarked_option(words), "has an option without backticks");
    faults
}

/// "invalid" is enough where it is said what would be valid.
fn says_what_is_valid(words: &str) -> bool {
    [" like `", ": a ", "there are "].iter().any(|example| words.contains(example))
}

fn has_other_marks(words: &str) -> bool {
    words.split('`').step_by(2).any(|prose| prose.contains("'{") || prose.contains("\"{"))
}

fn unmarked_option(words: &str) -> bool {
    words.split('`').step_by(2).any(|prose| prose.split([' ', '(']).any(|word| word.starts_with("--")))
}

/// Whether it is said of words that make no sense, and neither a hint nor an example follows.
pub fn leaves_alone(text: &Text) -> bool {
    let words = &text.text;
    text.is_usage && !text.goes_on && !says_what_is_valid(words) && !PUT_TOGETHER.contains(&words.as_str())
}
