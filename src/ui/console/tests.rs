//! What reaches a terminal or a pipe, and what never does.

use super::*;

/// kubectl's CVE-2021-25743: control sequences from a server reach the terminal.
#[test]
fn cve_2021_25743_control_sequences_are_escaped() {
    assert_eq!(printable("plain, with ü and\nlines"), "plain, with ü and\nlines");
    assert_eq!(printable("\u{1b}[2Jgone\r\u{9b}1m\u{202e}x"), "\\u{1b}[2Jgone\\r\\u{9b}1m\\u{202e}x");
    let (console, written) = Console::in_memory(Talk::Aloud);
    console.data("a\tb\u{1b}[2J");
    console.talk("c\u{1b}[2J");
    console.warn("d\r");
    console.failure(&"error: e\u{8}");
    assert_eq!(written.out(), "a\tb\\u{1b}[2J\n");
    assert_eq!(written.err(), "c\\u{1b}[2J\nwarning: d\\r\nerror: e\\u{8}\n");
}

#[test]
fn quiet_silences_talk_and_nothing_else() {
    let (console, written) = Console::in_memory(Talk::Quiet);
    console.data("data");
    console.talk("talk");
    console.warn("careful");
    console.failure(&"error: it failed\nbecause: of this\n\nhint: `do that`");
    assert_eq!(written.out(), "data\n");
    insta::assert_snapshot!(written.err(), @r"
    warning: careful
    error: it failed
    because: of this

    hint: `do that`
    ");
}

/// Where GitHub reads the log, a failure is pinned to the run, and nothing else that is printed is a command.
#[test]
fn on_github_only_failures_are_commands() {
    let (console, written) = Console::in_log(Talk::Aloud, Some(Ci::GitHub));
    console.data("::set-env name=PATH::/evil");
    console.data("{\"label\":\"##[error]\"}");
    console.talk("::error::a");
    console.warn("##[error]b");
    console.failure(&"error: 50% of `app`\nbecause: ::error::c");
    insta::assert_snapshot!(written.out(), @r##"
    \u003a:set-env name=PATH::/evil
    {"label":"#\u0023[error]"}
    "##);
    insta::assert_snapshot!(written.err(), @r"
    \u003a:error::a
    warning: #\u0023[error]b
    error: 50% of `app`
    because: ::error::c
    ::error title=rpush::50%25 of `app`%0Abecause: ::error::c
    ");
    let (console, written) = Console::in_memory(Talk::Aloud);
    console.talk("::error::a");
    console.failure(&"error: b");
    assert_eq!(written.err(), "::error::a\nerror: b\n");
}

#[test]
fn only_labels_are_coloured() {
    let styled = with_labels("error: a\nbecause: b");
    assert_eq!(styled, "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m a\n\u{1b}[1mbecause:\u{1b}[0m b");
}

struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failing(kind: io::ErrorKind) -> Console {
    Console::with(Talk::Aloud, false, Box::new(Failing(kind)), Box::new(Failing(kind)))
}

/// `rpush images | head -1` ends quietly.
#[test]
fn a_reader_that_went_away_is_remembered_and_no_failure() {
    let console = failing(io::ErrorKind::BrokenPipe);
    assert!(!console.is_closed());
    console.data("first");
    console.talk("nobody listens here either");
    assert!(console.is_closed());
    assert!(console.close().is_ok() && console.is_closed());
}

/// `rpush images > /dev/full` must not look like success.
#[test]
fn a_full_disk_is_a_failure() {
    let console = failing(io::ErrorKind::StorageFull);
    console.data("first");
    assert!(!console.is_closed());
    assert_eq!(console.close().map_err(|error| error.kind()), Err(io::ErrorKind::StorageFull));
}
