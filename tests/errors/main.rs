//! Every error that rpush can give, found in the sources: each is held to the style that messages have here, each hint can be
//! typed, and all of them stand in `docs/errors.md`, to be read by a person.
//!
//! `RPUSH_REWRITE=1 cargo test --test errors` writes the lists of that page anew.

mod advice;
mod hints;
mod sources;
mod style;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rpush::cli::failure::Exit;

use self::sources::{Role, Text, of_source, texts};

#[test]
fn every_message_is_in_our_style() {
    let texts = texts();
    assert!(texts.len() > 300, "all of them are read, and not {}", texts.len());
    let bad = |text: &Text| {
        let faults = style::faults(text);
        (!faults.is_empty()).then(|| format!("{}: \"{}\" {}", text.file, text.text, faults.join(" and ")))
    };
    let bad: Vec<_> = texts.iter().filter_map(bad).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn words_that_make_no_sense_are_answered_with_some_that_do() {
    let bare = |text: &Text| text.role == Role::What && style::leaves_alone(text);
    let bare: Vec<_> = texts().into_iter().filter(bare).map(|text| format!("{}: {}", text.file, text.text)).collect();
    assert!(bare.is_empty(), "neither a hint nor an example: {bare:#?}");
}

/// Docker's words are on the list because they are used: what is gone from the sources goes from the list.
#[test]
fn dockers_words_are_in_use() {
    let texts = texts();
    for words in style::DOCKERS {
        assert!(texts.iter().any(|text| text.text.starts_with(words)), "nobody says \"{words}\" any more");
    }
}

#[test]
fn every_fact_about_what_helps_has_words() {
    let examples = advice::examples();
    let shown: BTreeSet<&str> = examples.iter().map(advice::name).collect();
    let known: Vec<String> = advice::names();
    assert!(known.len() > 30, "the sources are read");
    assert_eq!(shown, known.iter().map(String::as_str).collect(), "each has an example");
}

#[test]
fn what_hints_say_can_be_typed() {
    let of_sources = texts().into_iter().filter(|text| text.role == Role::Hint && !text.is_part());
    let of_sources = of_sources.map(|text| (text.file, text.text));
    let of_facts = advice::examples().into_iter().map(|one| (advice::name(&one).to_owned(), advice::hint(&one)));
    let mut wrong = Vec::new();
    for (place, hint) in of_sources.chain(of_facts) {
        for span in hints::spans(&hint) {
            wrong.extend(hints::check(span).err().map(|why| format!("{place}: {why}")));
        }
        if hints::spans(&hint).is_empty() && !hints::without_a_command(&hint) {
            wrong.push(format!("{place}: there is nothing to type in \"{hint}\""));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The checks above can fail.
#[test]
fn faults_are_found() {
    let source = r##"
        #[error("Failed to read `{0}.", .0)] // "no text"
        #[error(transparent)]
        fn f<'a>(c: char) { if c == '"' { Failure::usage(format!("bad (thing) \"{x}\"", x = 1)).hint("use `rpush psuh`") } }
        Failure::not_found("`--all` is gone")

#[cfg(test)]
mod tests { #[error("not read")] }"##;
    let found = of_source("src/a.rs", source);
    let words: Vec<&str> = found.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(words, ["Failed to read `{0}.", "bad (thing) \"{x}\"", "use `rpush psuh`", "`--all` is gone"]);
    assert_eq!(found.iter().map(|text| text.goes_on).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(style::faults(&found[0]).len(), 4, "{:?}", style::faults(&found[0]));
    assert_eq!(style::faults(&found[1]), ["has other marks than backticks round a value"]);
    assert!(style::faults(&found[3]).is_empty());
    for (span, is_known) in [
        ("rpush push localhost:5000/app:1", true),
        ("rpush psuh app", false),
        ("rpush push --no-such-option app", false),
        ("--platform linux/arm64", true),
        ("--platfrom linux/arm64", false),
        ("--no-such-option", false),
        ("RPUSH_STORE_IN", true),
        ("docker login", true),
        ("make install", false),
    ] {
        assert_eq!(hints::check(span).is_ok(), is_known, "{span}: {:?}", hints::check(span));
    }
}

#[test]
fn the_page_has_all_of_them() {
    hold("exit codes", &exit_codes());
    hold("hints", &hints_as_text());
    hold("messages", &messages());
}

fn exit_codes() -> String {
    let rows = Exit::ALL.iter().map(|exit| format!("| {} | {} |\n", *exit as u8, exit.meaning()));
    format!("| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

fn hints_as_text() -> String {
    let lines = advice::examples().into_iter().map(|one| format!("- {}\n", advice::hint(&one)));
    lines.collect()
}

fn messages() -> String {
    let (mut page, mut file) = (String::new(), String::new());
    for text in texts() {
        if text.is_part() {
            continue;
        }
        if text.file != file {
            let end = if file.is_empty() { "" } else { "```\n\n" };
            file = text.file;
            write!(page, "{end}`{file}`\n\n```text\n").expect("a text grows");
        }
        let label = match text.role {
            Role::What => "error:   ",
            Role::Because => "because: ",
            Role::Hint => "hint:    ",
        };
        writeln!(page, "{label}{}", text.text.replace('\n', " ")).expect("a text grows");
    }
    page + "```\n"
}

/// Compares a part of `docs/errors.md` with what it should be, or makes it so.
fn hold(part: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let (begin, end) = (format!("<!-- {part}: written by a test -->\n"), format!("<!-- end of {part} -->\n"));
    let page = fs::read_to_string(&path).expect("docs/errors.md");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("docs/errors.md has no {begin}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("docs/errors.md has no {end}"));
    let expected = format!("\n{expected}\n");
    if std::env::var_os("RPUSH_REWRITE").is_some() {
        fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).expect("written");
    } else {
        let rewrite = "`RPUSH_REWRITE=1 cargo test --test errors` writes it anew";
        assert!(found == expected, "the {part} in docs/errors.md are not those of the program; {rewrite}");
    }
}
