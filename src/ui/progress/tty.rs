//! Progress on a terminal: a line for each piece, redrawn in place, and one about everything below them.
//!
//! What the lines say is decided here; indicatif moves the cursor, and keeps other lines out.

use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::pieces::{Piece, Pieces};
use crate::transfer::State;
use crate::ui::console::printable;
use crate::ui::size;

/// The widest bar. A wider one says no more.
const WIDEST_BAR: usize = 40;
/// A narrower bar says nothing.
const NARROWEST_BAR: usize = 8;

/// Room on the terminal, in characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) width: usize,
    pub(super) height: usize,
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
        let target = ProgressDrawTarget::term(terminal.clone(), 20);
        Self::new(target, move || {
            let (height, width) = terminal.size();
            Room { width: width.into(), height: height.into() }
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
    let mut lines = listed(pieces, room, now);
    lines.push(cut(&pieces.summary(now), room.width));
    lines
}

/// The lines that stay when it is over.
pub(super) fn last(pieces: &Pieces, room: Room, now: Instant) -> Vec<String> {
    let mut lines = listed(pieces, room, now);
    lines.extend(pieces.conclusion(now).map(|line| cut(&line, room.width)));
    lines
}

/// A line a piece. Where they don't all fit, the finished ones are left out first, then those that wait.
fn listed(pieces: &Pieces, room: Room, now: Instant) -> Vec<String> {
    let all = pieces.all();
    // One line is for the total, one for the cursor.
    let height = room.height.saturating_sub(2).max(1);
    let left_out = if all.len() > height { all.len() - height + 1 } else { 0 };
    let dispensable = |(_, piece): &(usize, &Piece)| match piece.state {
        State::Finished(_) => 0,
        State::Waiting => 1,
        _ => 2,
    };
    let mut order: Vec<_> = all.iter().enumerate().collect();
    order.sort_by_key(dispensable);
    let folded = &order[..left_out];
    let mut shown = order[left_out..].to_vec();
    shown.sort_by_key(|(position, _)| *position);
    let mut lines: Vec<_> = shown.iter().map(|(_, piece)| line(piece, pieces, room.width, now)).collect();
    if left_out > 0 {
        let finished = folded.iter().filter(|(_, piece)| piece.is_finished()).count();
        let more = if lines.is_empty() { "pieces" } else { "more" };
        lines.push(cut(&format!("{left_out} {more}, {finished} of them done"), room.width));
    }
    lines
}

fn line(piece: &Piece, pieces: &Pieces, width: usize, now: Instant) -> String {
    let text = format!("{}: {}", piece.short(), piece.words(pieces.direction(), now));
    if piece.state != State::Moving {
        return cut(&text, width);
    }
    let (bytes, size) = (piece.bytes(), piece.descriptor().size);
    let amount = format!("{}/{}", size::in_progress(bytes), size::in_progress(size));
    // The amount grows to `999.9 MB/` while it moves; the bar must not shrink with it.
    let longest = size::in_progress(size).chars().count() + "/999.9 MB".len();
    match width.saturating_sub(text.chars().count() + longest + 5).min(WIDEST_BAR) {
        room if room >= NARROWEST_BAR => cut(&format!("{text} {} {amount}", bar(bytes, size, room)), width),
        _ => cut(&format!("{text} {amount}"), width),
    }
}

/// `[=====>    ]`, with room for so many characters inside.
fn bar(bytes: u64, size: u64, room: usize) -> String {
    let share = if size == 0 { 1.0 } else { (bytes as f64 / size as f64).min(1.0) };
    let full = (share * room as f64) as usize;
    let head = if full < room { ">" } else { "" };
    format!("[{}{head}{}]", "=".repeat(full), " ".repeat(room - full - head.len()))
}

/// One line of the terminal, without its last column, where some terminals begin the next line.
fn cut(text: &str, width: usize) -> String {
    printable(text).chars().take(width.saturating_sub(1)).collect()
}
