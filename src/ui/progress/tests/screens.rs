//! What a terminal shows in each state of a push, at every size that matters. The frames are in `screens/`, to be looked at:
//! `RPUSH_REWRITE=1 cargo test --lib ui::progress` writes them anew.

use std::path::PathBuf;

use super::*;

/// The states, in which a push of twelve pieces is one after the other.
const STATES: [&str; 7] = ["moving", "silent", "retrying", "again", "committing", "finished", "failed"];

/// A push of twelve pieces in that state.
fn frame(terminal: &Terminal, glyphs: Glyphs, state: &str) -> String {
    let (_, progress) = watch(terminal, glyphs, Direction::Push);
    let mut pieces = vec![(MediaType::CONFIG, 1957)];
    pieces.extend((1..12).map(|number| (MediaType::LAYER_GZIP, number * 10 * MB)));
    let transfer = Transfer::of(progress, &pieces);
    for number in 0..4 {
        transfer.state(number, State::Finished(Outcome::Exists), 0.1);
    }
    transfer.state(4, State::Finished(Outcome::Mounted("team/base".parse().expect("a name"))), 0.1);
    for number in 5..8 {
        transfer.state(number, State::Moving, 0.2);
        transfer.tick(0.2);
    }
    transfer.moved(5, 20 * MB);
    transfer.moved(6, 4_326_000);
    transfer.tick(3.0);
    match state {
        "moving" => {}
        "silent" => transfer.tick(15.0),
        "retrying" | "again" => {
            for number in [5, 7] {
                transfer.state(number, retrying(5, "502 Bad\nGateway \u{1b}[2J"), 4.0);
            }
            transfer.tick(5.5);
            if state == "again" {
                transfer.state(5, State::Moving, 9.0);
                transfer.moved(5, 30 * MB);
                transfer.tick(10.0);
            }
        }
        "failed" => {
            transfer.state(7, retrying(5, "502 Bad Gateway"), 4.0);
            transfer.end(5.0);
        }
        _ => {
            for number in 5..12 {
                transfer.state(number, State::Moving, 4.0);
                transfer.moved(number, number as u64 * 10 * MB);
                transfer.state(number, State::Committing, 12.0);
            }
            transfer.tick(20.0);
            if state == "finished" {
                (5..12).for_each(|number| transfer.state(number, State::Finished(Outcome::Moved), 21.0));
                transfer.end(22.0);
            }
        }
    }
    terminal.text()
}

/// Nothing wraps, the total is always there, and where pieces don't fit, what is finished is left out first.
#[test]
fn every_state_at_every_size_is_as_it_was_looked_at() {
    for (width, height, glyphs) in [
        (80, 24, Glyphs::Unicode),
        (80, 24, Glyphs::Ascii),
        (200, 50, Glyphs::Unicode),
        (40, 24, Glyphs::Ascii),
        (40, 8, Glyphs::Unicode),
    ] {
        let mut shown = String::new();
        for state in STATES {
            let text = frame(&Terminal::new(width, height), glyphs, state);
            // What stays may be longer than the terminal is wide: nothing is drawn over it.
            if !matches!(state, "finished" | "failed") {
                assert!(text.lines().all(|line| line.chars().count() < width), "{text}");
                assert!(text.lines().count() < height, "{text}");
            }
            shown.push_str(&format!("== {state}\n{text}\n\n"));
        }
        let kind = if glyphs == Glyphs::Unicode { "unicode" } else { "ascii" };
        let name = format!("src/ui/progress/tests/screens/{width}x{height}-{kind}.txt");
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&name);
        if std::env::var_os("RPUSH_REWRITE").is_some() {
            std::fs::write(&path, &shown).expect("written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, shown, "{name}: `RPUSH_REWRITE=1 cargo test --lib ui::progress` writes it anew");
    }
}

/// The next frame is drawn for the terminal as it is by then.
#[test]
fn a_terminal_that_changes_its_size_is_redrawn() {
    let terminal = Terminal::new(80, 24);
    let (_, progress) = watch(&terminal, Glyphs::Unicode, Direction::Push);
    let transfer = Transfer::of(progress, &three());
    transfer.state(0, State::Moving, 0.2);
    transfer.tick(0.3);
    transfer.moved(0, 4_326_000);
    transfer.tick(1.0);
    let wide = terminal.text();
    terminal.grid(|grid| grid.resize(50, 5));
    transfer.tick(1.1);
    insta::assert_snapshot!([wide, terminal.text()].join("\n\n"), @"
    774d817f2714: Pushing ━━━━━━━━━━━━╸───── 4.3 MB/6 MB, 5.4 MB/s, 1 s left
    6f0b18854c8b: Waiting
    320eced2f221: Waiting
    f80d989bb76f: Waiting
    ⠋ total: 4.3 MB/6.1 MB, 4.3 MB/s, 1 s left, 0/4 done

    774d817f2714: Pushing ━━━━━━━╸─── 4.3 MB/6 MB
    6f0b18854c8b: Waiting
    2 more, 0 of them done
    ⠙ 4.3 MB/6.1 MB, 3.9 MB/s, 1 s left, 0/4 done
    ");
}
