//! Progress on a terminal: a line for each piece, redrawn in place, and one about everything below them.
//!
//! What the lines say is decided here; indicatif moves the cursor, and keeps other lines out.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Direction;
use super::frame::Frame;
use super::glyphs::Glyphs;
use super::pieces::{Piece, Pieces};
use crate::transfer::State;
use crate::ui::console::printable;
use crate::ui::{age, size};

/// The widest bar. A wider one says no more.
const WIDEST_BAR: usize = 40;
/// A narrower bar says nothing.
const NARROWEST_BAR: usize = 8;

/// Columns for the rate and the time left of a piece, which come before its bar where there is room for both.
const TAIL: usize = ", 999.9 kB/s, 59 s left".len();

/// A commit that takes longer than this has its time shown.
const PATIENCE: Duration = Duration::from_secs(2);

/// Room on the terminal, in characters, and which ones it knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) glyphs: Glyphs,
}

/// Lines that are redrawn in place.
pub(super) struct Screen {
    bars: MultiProgress,
    lines: ProgressBar,
    room: Box<dyn Fn() -> Room + Send + Sync>,
}

impl Screen {
    /// On standard error.
    pub(super) fn standard() -> Self {
        let terminal = ::console::Term::buffered_stderr();
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(Frame::on(terminal.clone())), 20);
        let glyphs = Glyphs::here();
        Self::new(target, move || {
            let (height, width) = terminal.size();
            Room { width: width.into(), height: height.into(), glyphs }
        })
    }

    pub(super) fn new(target: ProgressDrawTarget, room: impl Fn() -> Room + Send + Sync + 'static) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        let style = ProgressStyle::with_template("{msg}").expect("the template is well-formed");
        let lines = bars.add(ProgressBar::no_length().with_style(style));
        Self { bars, lines, room: Box::new(room) }
    }

    /// What has to keep out of other lines' way.
    pub(super) fn bars(&self) -> MultiProgress {
        self.bars.clone()
    }

    pub(super) fn room(&self) -> Room {
        (self.room)()
    }

    pub(super) fn draw(&self, lines: &[String]) {
        self.lines.set_message(lines.join("\n"));
    }

    pub(super) fn clear(&self) {
        self.lines.finish_and_clear();
    }
}

/// The lines while the transfer runs.
pub(super) fn live(pieces: &Pieces, room: Room, now: Instant) -> Vec<String> {
    let mut lines = listed(pieces, room, |piece| line(piece, pieces.direction(), room, now));
    let spinner = room.glyphs.spinner(now - pieces.started);
    let overview = pieces.overview(now).within(room.width.saturating_sub("/ ".len() + 1));
    lines.push(cut(&format!("{spinner} {overview}"), room.width));
    lines
}

/// The lines that stay when it is over.
pub(super) fn last(pieces: &Pieces, room: Room, now: Instant) -> Vec<String> {
    let mut lines = listed(pieces, room, |piece| cut(&final_words(piece, pieces.direction(), now), room.width));
    // No frame is drawn over it, so it may be longer than the terminal is wide.
    lines.extend(pieces.conclusion(now));
    lines
}

/// A line a piece. Where they don't all fit, the finished ones are left out first, then those that wait the longest.
fn listed(pieces: &Pieces, room: Room, line: impl Fn(&Piece) -> String) -> Vec<String> {
    let all = pieces.all();
    // One line is for the total, one for the cursor.
    let height = room.height.saturating_sub(2).max(1);
    let left_out = if all.len() > height { all.len() - height + 1 } else { 0 };
    let dispensable = |(position, piece): &(usize, &Piece)| match piece.state {
        State::Finished(_) => (0, *position),
        State::Waiting => (1, all.len() - position),
        _ => (2, all.len() - position),
    };
    let mut order: Vec<_> = all.iter().enumerate().collect();
    order.sort_by_key(dispensable);
    let folded = &order[..left_out];
    let mut shown = order[left_out..].to_vec();
    shown.sort_by_key(|(position, _)| *position);
    let mut lines: Vec<_> = shown.iter().map(|(_, piece)| line(piece)).collect();
    if left_out > 0 {
        let finished = folded.iter().filter(|(_, piece)| piece.is_finished()).count();
        let more = if lines.is_empty() { "pieces" } else { "more" };
        lines.push(cut(&format!("{left_out} {more}, {finished} of them done"), room.width));
    }
    lines
}

fn line(piece: &Piece, direction: Direction, room: Room, now: Instant) -> String {
    let text = format!("{}: {}", piece.short(), piece.words(direction, now));
    let size = size::in_progress(piece.descriptor().size);
    match piece.state {
        State::Moving => moving(piece, text, &size, room),
        State::Committing if direction == Direction::Push => {
            let age = piece.age(now);
            let waited = if age < PATIENCE { String::new() } else { format!(", {}", age::rough(age.as_secs())) };
            cut(&format!("{text} {size}{waited}"), room.width)
        }
        _ => cut(&text, room.width),
    }
}

/// A bar, the amount, rate and time left; as much of it as there is room for.
fn moving(piece: &Piece, mut text: String, size: &str, room: Room) -> String {
    if piece.retries() > 0 {
        text.push_str(&format!(", try {}", piece.retries() + 1));
    }
    let (bytes, whole) = (piece.bytes(), piece.descriptor().size);
    let amount = format!("{}/{size}", size::in_progress(bytes));
    let tail = match piece.rate() {
        0 => String::new(),
        rate => {
            let left = age::rough(whole.saturating_sub(bytes).div_ceil(rate));
            format!(", {}/s, {left} left", size::in_progress(rate))
        }
    };
    // The amount grows to `999.9 MB/` while it moves; the bar must not shrink with it.
    let longest = size.chars().count() + "/999.9 MB".len();
    let beside = room.width.saturating_sub(text.chars().count() + longest + 5);
    let (bar, tail) = match (beside.saturating_sub(TAIL), beside) {
        (width @ NARROWEST_BAR.., _) => (width, tail),
        (_, width @ NARROWEST_BAR..) => (width, String::new()),
        _ => {
            let fits = text.chars().count() + 1 + amount.chars().count() + tail.chars().count() < room.width;
            return cut(&format!("{text} {amount}{}", if fits { &tail } else { "" }), room.width);
        }
    };
    let share = if whole == 0 { 1.0 } else { bytes as f64 / whole as f64 };
    cut(&format!("{text} {} {amount}{tail}", room.glyphs.bar(share, bar.min(WIDEST_BAR))), room.width)
}

/// What stays of a piece. What is under way when all is over has failed, or was stopped because something else had.
fn final_words(piece: &Piece, direction: Direction, now: Instant) -> String {
    let amount = || format!("{}/{}", size::in_progress(piece.bytes()), size::in_progress(piece.descriptor().size));
    let words = match &piece.state {
        State::Finished(_) => piece.words(direction, now),
        State::Waiting => "Not begun".to_owned(),
        State::Moving => format!("Stopped at {}", amount()),
        State::Committing => "Not confirmed".to_owned(),
        State::Retrying { cause, .. } => format!("Stopped at {}: {}", amount(), cause.replace('\n', " ")),
    };
    format!("{}: {words}", piece.short())
}

/// One line of the terminal, without its last column, where some terminals begin the next line.
fn cut(text: &str, width: usize) -> String {
    printable(text).chars().take(width.saturating_sub(1)).collect()
}
