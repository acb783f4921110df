//! The picture for the README: the main rows as bars, each in relation to rpush. It has no background and takes its colours
//! from what the reader prefers, so that it can be read on light and on dark pages.

use std::fmt::Write as _;

use super::link::Shape;
use super::peers::Peer;
use super::results::{Results, Row};
use super::scenarios::NARROW;

/// The rows that are shown, with what is written beside them.
const SHOWN: [(&str, Shape, &str); 8] = [
    ("push-layout", Shape::DIRECT, "push, compressed layers"),
    ("push-archive", Shape::DIRECT, "push of an archive"),
    ("push-layout", Shape::of(100), "push, 100 ms"),
    ("push-tiny", Shape::of(100), "push, 24 layers, 100 ms"),
    ("push-again", Shape::of(100), "push again, 100 ms"),
    ("pull", Shape::DIRECT, "pull"),
    ("pull", Shape::of(100), "pull, 100 ms"),
    ("pull-large", NARROW, "pull of 1 GiB, narrow link"),
];

const WIDTH: f64 = 760.0;
const LEFT: f64 = 210.0;
const RIGHT: f64 = 110.0;
const BAR: f64 = 14.0;
const GAP: f64 = 12.0;
const TOP: f64 = 44.0;
/// Bars end here, and the number beside them says how long they would be.
const LONGEST: f64 = 8.0;

const STYLE: &str = "<style>\
text{font:12px system-ui,sans-serif;fill:#1f2328}.faint{fill:#656d76}.axis{stroke:#8c959f}\
.rpush{fill:#0969da}.skopeo{fill:#bf8700}.curl{fill:#8c959f}.docker{fill:#8250df}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#8d96a0}.axis{stroke:#6e7681}\
.rpush{fill:#4493f8}.skopeo{fill:#d29922}.curl{fill:#6e7681}.docker{fill:#ab7df8}}</style>\n";

/// The picture, of the rows that there are.
pub fn svg(results: &Results) -> String {
    let rows: Vec<(&Row, &str)> =
        SHOWN.iter().filter_map(|(id, link, words)| Some((results.row(id, *link)?, *words))).collect();
    let mut body = legend();
    let mut y = TOP;
    for (row, words) in rows {
        group(&mut body, row, words, &mut y);
    }
    let unit = (WIDTH - LEFT - RIGHT) / LONGEST;
    let one = LEFT + unit;
    let height = y;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Time of each program, divided by that of rpush\">\n{STYLE}{body}\
         <line class=\"axis\" stroke-dasharray=\"2 3\" x1=\"{one:.1}\" x2=\"{one:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\n</svg>\n",
        TOP - 8.0,
        height - 8.0
    )
}

fn legend() -> String {
    let mut text = format!(
        "<text class=\"faint\" x=\"{LEFT}\" y=\"14\">time, divided by rpush’s: shorter is faster; bars end at 8</text>\n"
    );
    for (number, peer) in (0_i32..).zip(Peer::ALL) {
        let x = LEFT + f64::from(number) * 80.0;
        let _ = writeln!(
            text,
            "<rect class=\"{0}\" x=\"{x}\" y=\"21\" width=\"10\" height=\"10\"/><text x=\"{1}\" y=\"30\">{0}</text>",
            peer.name(),
            x + 15.0
        );
    }
    text
}

fn group(text: &mut String, row: &Row, words: &str, y: &mut f64) {
    let Some(own) = row.wall(Peer::Rpush) else { return };
    let bars: Vec<(Peer, f64)> = Peer::ALL.into_iter().filter_map(|peer| Some((peer, row.wall(peer)?))).collect();
    let middle = *y + BAR * bars.len() as f64 / 2.0 + 4.0;
    let _ = writeln!(text, "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{words}</text>", LEFT - 10.0);
    for (peer, seconds) in bars {
        let ratio = seconds / own;
        let length = ratio.min(LONGEST) * (WIDTH - LEFT - RIGHT) / LONGEST;
        let name = peer.name();
        let _ = writeln!(
            text,
            "<rect class=\"{name}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{:.1}\"/>\
             <text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            BAR - 3.0,
            LEFT + length + 6.0,
            *y + BAR - 4.0,
            label(ratio, seconds)
        );
        *y += BAR;
    }
    *y += GAP;
}

/// The ratio, with the seconds.
fn label(ratio: f64, seconds: f64) -> String {
    let time = if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") };
    format!("{ratio:.2} · {time}")
}
