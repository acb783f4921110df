//! Progress seen from outside: every test sets the clock itself, and draws on a screen in memory.

mod screens;
mod terminal;

use std::time::{Duration, Instant};

use indicatif::ProgressDrawTarget;
use terminal::Terminal;

use super::glyphs::Glyphs;
use super::tty::{Room, Screen};
use super::{Direction, Mode, Progress, Show};
use crate::content::Meter;
use crate::image::{Descriptor, MediaType};
use crate::transfer::{Event, Observer as _, Outcome, State};
use crate::ui::ci::Ci;
use crate::ui::console::{Console, Talk};

const MB: u64 = 1_000_000;

/// A transfer of pieces with names instead of content.
struct Transfer {
    progress: Progress,
    begin: Instant,
    pieces: Vec<(Descriptor, Meter)>,
}

impl Transfer {
    fn of(progress: Progress, pieces: &[(MediaType, u64)]) -> Self {
        let begin = progress.shared.watched().pieces.started;
        let piece = |(number, (media_type, size)): (usize, &(MediaType, u64))| {
            let mut descriptor = Descriptor::of(media_type.clone(), format!("piece {number}").as_bytes());
            descriptor.size = *size;
            (descriptor, Meter::default())
        };
        let pieces: Vec<_> = pieces.iter().enumerate().map(piece).collect();
        for (descriptor, meter) in &pieces {
            progress.see(Event::Piece { descriptor: descriptor.clone(), meter: meter.clone() });
        }
        Self { progress, begin, pieces }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.begin + Duration::from_secs_f64(seconds)
    }

    fn state(&self, number: usize, state: State, seconds: f64) {
        let event = Event::State { digest: self.pieces[number].0.digest, state };
        self.progress.shared.see(&event, self.at(seconds));
    }

    fn moved(&self, number: usize, bytes: u64) {
        let meter = &self.pieces[number].1;
        meter.add(bytes - meter.bytes());
    }

    /// The end, at this time.
    fn end(&self, seconds: f64) {
        self.progress.shared.watched().is_over = true;
        self.progress.shared.conclude(self.at(seconds));
    }

    fn tick(&self, seconds: f64) {
        self.progress.shared.tick(self.at(seconds));
    }
}

fn retrying(seconds: u64, cause: &str) -> State {
    State::Retrying { after: Duration::from_secs(seconds), cause: cause.to_owned() }
}

fn three() -> [(MediaType, u64); 4] {
    [
        (MediaType::LAYER_GZIP, 6 * MB),
        (MediaType::LAYER_GZIP, 20_000),
        (MediaType::CONFIG, 1957),
        (MediaType::LAYER_GZIP, 50_000),
    ]
}

/// One of each state, and a retry twice.
fn run_through(transfer: &Transfer) {
    transfer.state(0, State::Moving, 0.1);
    transfer.state(0, State::Moving, 0.1);
    transfer.state(1, State::Finished(Outcome::Exists), 0.2);
    transfer.state(2, State::Finished(Outcome::Exists), 0.2);
    transfer.state(3, State::Finished(Outcome::Mounted("team/base".parse().expect("a name"))), 0.3);
    transfer.state(0, retrying(2, "502 Bad Gateway"), 1.0);
    transfer.state(0, retrying(2, "502 Bad Gateway"), 3.0);
    transfer.state(0, State::Moving, 5.0);
    transfer.moved(0, 3 * MB);
    transfer.tick(8.0);
    transfer.moved(0, 6 * MB);
    transfer.tick(10.0);
    transfer.state(0, State::Committing, 10.0);
    transfer.tick(14.0);
    transfer.progress.see(Event::Note("a note".into()));
    transfer.state(0, State::Finished(Outcome::Moved), 14.5);
    transfer.tick(20.0);
    transfer.end(20.0);
}

/// The lines that scripts look for in Docker's output; what Docker lacks, totals and calm logs, is there too.
#[test]
fn a_log_has_one_line_a_change() {
    let (console, written) = Console::in_memory(Talk::Aloud);
    let progress = Progress::with(&console, Show::Lines, Direction::Push);
    run_through(&Transfer::of(progress, &three()));
    insta::assert_snapshot!(written.err(), @"
    774d817f2714: Pushing
    6f0b18854c8b: Layer already exists
    320eced2f221: Already exists
    f80d989bb76f: Mounted from team/base
    774d817f2714: Retrying in 2 s: 502 Bad Gateway
    774d817f2714: Retrying in 2 s: 502 Bad Gateway
    774d817f2714: Pushing
    total: 3 MB/6 MB, 375 kB/s, 8 s left, 3/4 done
    total: 6 MB/6 MB, 1.5 MB/s, 3/4 done
    774d817f2714: Committing
    total: 6 MB/6 MB, 3/4 done, registry is committing 6 MB
    a note
    774d817f2714: Pushed
    1 uploaded 6 MB, 1 mounted, 2 already there, 2 retries; 20.0 s, 300 kB/s
    ");
}

#[test]
fn a_pull_has_the_words_of_a_pull() {
    let (console, written) = Console::in_memory(Talk::Aloud);
    let transfer = Transfer::of(Progress::with(&console, Show::Lines, Direction::Pull), &three());
    transfer.state(0, State::Waiting, 0.0);
    transfer.state(0, State::Moving, 0.1);
    transfer.state(0, State::Committing, 0.2);
    transfer.state(0, State::Finished(Outcome::Moved), 0.3);
    transfer.state(1, State::Finished(Outcome::Exists), 0.3);
    insta::assert_snapshot!(written.err(), @"
    774d817f2714: Downloading
    774d817f2714: Download complete
    774d817f2714: Pull complete
    6f0b18854c8b: Already exists
    ");
}

#[test]
fn json_is_an_object_a_line() {
    let (console, written) = Console::in_memory(Talk::Aloud);
    let progress = Progress::with(&console, Show::Json, Direction::Push);
    run_through(&Transfer::of(progress, &three()));
    for line in written.err().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).expect("JSON").is_object());
    }
    insta::assert_snapshot!(written.err(), @r#"
    {"event":"start","version":1,"operation":"push"}
    {"event":"piece","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":6000000}
    {"event":"piece","digest":"sha256:6f0b18854c8bf1ba30eaf20d9c20f49eb164ef564fab4496649ab17dc51e69f0","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":20000}
    {"event":"piece","digest":"sha256:320eced2f22174e48aab979551b5d2cee5616adaabb1d4dcab271620acb41ffd","mediaType":"application/vnd.oci.image.config.v1+json","size":1957}
    {"event":"piece","digest":"sha256:f80d989bb76fab3adadcc9e0da9b238945965749f2e902b180d603eb82b1cdf3","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":50000}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"moving"}
    {"event":"state","digest":"sha256:6f0b18854c8bf1ba30eaf20d9c20f49eb164ef564fab4496649ab17dc51e69f0","state":"finished","outcome":"exists"}
    {"event":"state","digest":"sha256:320eced2f22174e48aab979551b5d2cee5616adaabb1d4dcab271620acb41ffd","state":"finished","outcome":"exists"}
    {"event":"state","digest":"sha256:f80d989bb76fab3adadcc9e0da9b238945965749f2e902b180d603eb82b1cdf3","state":"finished","outcome":"mounted","from":"team/base"}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"retrying","afterSeconds":2.0,"cause":"502 Bad Gateway","retry":1}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"retrying","afterSeconds":2.0,"cause":"502 Bad Gateway","retry":2}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"moving"}
    {"event":"bytes","bytes":3000000,"total":6000000,"bytesPerSecond":375000,"piecesDone":3,"pieces":4}
    {"event":"bytes","bytes":6000000,"total":6000000,"bytesPerSecond":1500000,"piecesDone":3,"pieces":4}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"committing"}
    {"event":"bytes","bytes":6000000,"total":6000000,"bytesPerSecond":0,"piecesDone":3,"pieces":4}
    {"event":"note","text":"a note"}
    {"event":"state","digest":"sha256:774d817f2714a913b6b931d20a6b7d905ce3d5eb66f6cc40693143285b4291ea","state":"finished","outcome":"uploaded"}
    {"event":"summary","operation":"push","moved":1,"existing":2,"mounted":1,"unfinished":0,"bytesMoved":6000000,"bytesExisting":21957,"bytesMounted":50000,"bytesBefore":0,"retries":2,"seconds":20.0,"bytesPerSecond":300000}
    "#);
}

#[test]
fn nothing_is_shown_when_nothing_is_wanted() {
    for (talk, mode) in [(Talk::Quiet, Mode::Plain), (Talk::Quiet, Mode::Json), (Talk::Quiet, Mode::Auto)] {
        let (console, written) = Console::in_memory(talk);
        run_through(&Transfer::of(Progress::start(&console, mode, Direction::Push), &three()));
        assert_eq!(written.err(), "");
    }
    let (console, written) = Console::in_memory(Talk::Aloud);
    run_through(&Transfer::of(Progress::start(&console, Mode::None, Direction::Push), &three()));
    assert_eq!(written.err(), "a note\n");
}

#[test]
fn without_a_terminal_bars_become_lines() {
    for mode in [Mode::Auto, Mode::Tty] {
        let (console, _) = Console::in_memory(Talk::Aloud);
        let progress = Progress::start(&console, mode, Direction::Push);
        assert!(matches!(progress.shared.show, Show::Lines));
    }
}

/// Progress on a terminal, and a console that writes to the same.
fn watch(terminal: &Terminal, glyphs: Glyphs, direction: Direction) -> (Console, Progress) {
    let console = Console::with(Talk::Aloud, true, Box::new(terminal.clone()), Box::new(terminal.clone()));
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let same = terminal.clone();
    let room = move || same.grid(|grid| Room { width: grid.width, height: grid.height, glyphs });
    let progress = Progress::with(&console, Show::Screen(Screen::new(target, room)), direction);
    (console, progress)
}

#[test]
fn lines_stay_clear_of_the_bars() {
    let terminal = Terminal::new(80, 24);
    let (console, progress) = watch(&terminal, Glyphs::Ascii, Direction::Pull);
    let transfer = Transfer::of(progress, &three()[..2]);
    transfer.state(0, State::Moving, 0.0);
    transfer.moved(0, 3 * MB);
    transfer.tick(1.0);
    console.talk("talk");
    console.data("data");
    let during = terminal.text();
    transfer.moved(0, 6 * MB);
    transfer.state(0, State::Finished(Outcome::Moved), 1.5);
    transfer.state(1, State::Finished(Outcome::Exists), 1.5);
    transfer.tick(2.0);
    transfer.end(3.0);
    console.data("Digest: sha256:...");
    insta::assert_snapshot!([during, terminal.text()].join("\n\n"), @"
    talk
    data
    774d817f2714: Downloading [=======>      ] 3 MB/6 MB, 3 MB/s, 1 s left
    6f0b18854c8b: Waiting
    - total: 3 MB/6 MB, 3 MB/s, 2 s left, 0/2 done

    talk
    data
    774d817f2714: Pull complete
    6f0b18854c8b: Already exists
    1 downloaded 6 MB, 1 already there; 3.0 s, 2 MB/s
    Digest: sha256:...
    ");
}

/// Where GitHub or GitLab reads the log, the lines of the pieces are folded, and the sums are below the fold.
#[test]
fn the_log_of_a_ci_system_is_folded() {
    let (console, written) = Console::in_log(Talk::Aloud, Some(Ci::GitHub));
    let progress = Progress::with(&console, Show::Lines, Direction::Pull);
    let transfer = Transfer::of(progress, &three()[..2]);
    assert_eq!(written.err(), "", "there is nothing to fold yet");
    transfer.state(0, State::Moving, 0.1);
    transfer.moved(0, 6 * MB);
    transfer.state(0, State::Finished(Outcome::Moved), 0.3);
    transfer.state(1, State::Finished(Outcome::Exists), 0.3);
    transfer.end(2.0);
    insta::assert_snapshot!(written.err(), @"
    ::group::Pulling, piece by piece
    774d817f2714: Downloading
    774d817f2714: Pull complete
    6f0b18854c8b: Already exists
    ::endgroup::
    1 downloaded 6 MB, 1 already there; 2.0 s, 3 MB/s
    ");
    let (console, written) = Console::in_log(Talk::Quiet, Some(Ci::GitHub));
    run_through(&Transfer::of(Progress::start(&console, Mode::Plain, Direction::Push), &three()));
    assert_eq!(written.err(), "");
}

/// The sums are those of this run: what an earlier one had sent is no speed, and what failed at once was no transfer.
#[test]
fn the_last_line_tells_the_truth() {
    let (console, written) = Console::in_memory(Talk::Aloud);
    let transfer = Transfer::of(Progress::with(&console, Show::Lines, Direction::Push), &three()[..2]);
    transfer.state(0, State::Moving, 0.0);
    transfer.pieces[0].1.reset_to(4 * MB);
    transfer.tick(1.0);
    transfer.moved(0, 6 * MB);
    transfer.tick(2.0);
    transfer.state(0, State::Finished(Outcome::Moved), 2.0);
    transfer.end(2.0);
    let (console, failed) = Console::in_memory(Talk::Aloud);
    Transfer::of(Progress::with(&console, Show::Lines, Direction::Push), &three()).end(1.0);
    assert_eq!(failed.err(), "");
    insta::assert_snapshot!(written.err(), @"
    774d817f2714: Pushing
    total: 4 MB/6 MB, 0/2 done
    total: 6 MB/6 MB, 1 MB/s, 1 s left, 0/2 done
    774d817f2714: Pushed
    1 uploaded 6 MB (4 MB of it by an earlier run), 1 not done; 2.0 s, 1 MB/s
    ");
}
