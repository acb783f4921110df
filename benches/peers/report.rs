//! The report: a table a scenario, in Markdown. Rows that rpush loses stay in, and are marked.

use std::fmt::Write as _;

use super::goals::Goal;
use super::peers::Peer;
use super::results::{Cell, Results, Row, Spread};

/// Slower than another by so much is a loss; below that it is the noise of the machine.
const NOISE: f64 = 1.05;

/// What the figures depend on.
pub struct Circumstances {
    /// Names and values: the machine, the programs, the date, the command.
    pub facts: Vec<(String, String)>,
    /// How many runs the medians are of.
    pub runs: usize,
}

const METHOD: &str = "\
Every push goes to a `docker-registry` that has just been started with an empty directory. The programs take turns: each
runs once, then each runs again. Every run has its own home, store and caches, except where the scenario is about what is
known already. rpush, skopeo and docker begin with plain HTTP as each of them does; rpush is given `--plain-http`, curl an
`http://` address. curl is the floor: it sends the requests that cannot be spared (begin all uploads, five bodies at a time,
the manifest) and verifies nothing.

The image has ten layers of 160 MiB in all, words and machine code and some noise, of which gzip leaves a little more
than half.
Layers of one large file, and many small ones, are noise. With `--image` there are rows of an image that somebody uses.

Links are made by a proxy in the benchmark: half the round trip in each direction, one round trip for a connection, and a
limit for each connection and direction where one is named. Docker is left out where it cannot have the image (more than 127
layers) or would unpack for minutes, skopeo where it would take minutes a run. At 0 ms there is no proxy; the bytes of such rows were counted in
a run of their own, which is not in the times. Requests are the lines in the registry's access log. Processor time is user
and system time of the client, and of the Docker daemon where that has a part in it; its ticks are of 10 ms. Memory is the
largest resident set of the client in any run, for docker that of its daemon.

";

/// The whole document.
pub fn markdown(results: &Results, goals: &[Goal], circumstances: &Circumstances) -> String {
    let mut text = "# Benchmarks\n\nMade by `cargo bench --bench peers`; do not edit. ".to_owned();
    text += "[CONTRIBUTING.md](CONTRIBUTING.md) says how to read and repeat it.\n\n| | |\n|---|---|\n";
    for (name, value) in &circumstances.facts {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let _ = write!(
        text,
        "\n## How it is measured\n\n{METHOD}Times are medians ({} runs), with the least and the most. The last column is \
         the time divided by rpush's: above 1, rpush is faster. Where another program is faster by more than {:.0} %, \
         its row says **rpush loses**.\n\n",
        circumstances.runs,
        (NOISE - 1.0) * 100.0
    );
    goals_table(&mut text, goals);
    let mut title = "";
    for row in &results.rows {
        if row.title != title {
            title = row.title;
            let _ = write!(text, "## {title}\n\n{HEAD}");
        }
        row_lines(&mut text, row);
        let next_is_another = results.rows.iter().skip_while(|other| !std::ptr::eq(*other, row)).nth(1);
        if next_is_another.is_none_or(|next| next.title != title) {
            text.push('\n');
        }
    }
    text
}

fn goals_table(text: &mut String, goals: &[Goal]) {
    *text += "## Goals\n\n| goal | at most | measured | |\n|---|--:|--:|---|\n";
    for goal in goals {
        let Goal { words, unit, bound, .. } = goal;
        let measured = goal.measured.map_or_else(|| "–".to_owned(), |measured| format!("{}{unit}", short(measured)));
        let verdict = match goal.is_met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        };
        let _ = writeln!(text, "| {words} | {}{unit} | {measured} | {verdict} |", short(*bound));
    }
    text.push('\n');
}

const HEAD: &str = "\
| link | program | time, s | least … most | processor, s | memory, MB | requests | connections | sent, MB | received, MB | ÷ rpush |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|:--|
";

fn row_lines(text: &mut String, row: &Row) {
    let own = row.wall(Peer::Rpush);
    for cell in &row.cells {
        let _ = write!(text, "| {} | {} | ", row.link.name(), cell.peer.name());
        if let Some(trouble) = &cell.trouble {
            let words = trouble.replace('|', "\\|").replace(['\n', '\r', '`'], " ");
            let _ = writeln!(text, "not available: {words} | | | | | | | | |");
            continue;
        }
        let _ = writeln!(text, "{} | {} |", figures(cell), ratio(cell, own));
    }
}

fn figures(cell: &Cell) -> String {
    let spread = |spread: Option<Spread>| match spread {
        Some(Spread { median, least, most }) => (seconds(median), format!("{} … {}", seconds(least), seconds(most))),
        None => ("–".to_owned(), String::new()),
    };
    let number = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let (wall, bounds) = spread(cell.wall());
    let (cpu, _) = spread(cell.cpu());
    let memory = number(cell.memory().map(|bytes| format!("{:.1}", bytes / 1e6)));
    let requests = number(cell.requests().map(|requests| format!("{requests:.0}")));
    let connections = number(cell.traffic.map(|traffic| traffic.connections.to_string()));
    let up = number(cell.traffic.map(|traffic| megabytes(traffic.up)));
    let down = number(cell.traffic.map(|traffic| megabytes(traffic.down)));
    format!("{wall} | {bounds} | {cpu} | {memory} | {requests} | {connections} | {up} | {down}")
}

fn ratio(cell: &Cell, own: Option<f64>) -> String {
    let Some((other, own)) = cell.wall().map(|spread| spread.median).zip(own) else { return "–".to_owned() };
    let lost = if own > other * NOISE { " **rpush loses**" } else { "" };
    format!("{:.2}{lost}", other / own)
}

fn seconds(value: f64) -> String {
    format!("{value:.3}")
}

fn megabytes(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        few if few < 1.0 => format!("{few:.4}"),
        many => format!("{many:.1}"),
    }
}

/// A figure with as many places as it needs.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
