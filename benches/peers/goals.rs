//! What rpush means to reach, held against what was measured.

use super::link::Shape;
use super::peers::Peer;
use super::results::{Results, Row};
use super::scenarios::NARROW;

const NEAR: Shape = Shape::DIRECT;
const FAR: Shape = Shape::of(100);

/// A goal, and what became of it.
#[derive(Debug)]
pub struct Goal {
    /// In words.
    pub words: String,
    /// What was measured; `None` when it was not.
    pub measured: Option<f64>,
    /// How that is written.
    pub unit: &'static str,
    /// The largest value that meets it.
    pub bound: f64,
}

impl Goal {
    /// Whether it is met, where it was measured.
    pub fn is_met(&self) -> Option<bool> {
        self.measured.map(|measured| measured <= self.bound)
    }
}

/// Makes goals of rows that may be missing.
struct Judge<'a> {
    results: &'a Results,
    goals: Vec<Goal>,
}

impl Judge<'_> {
    fn figure(&mut self, words: &str, unit: &'static str, bound: f64, measured: Option<f64>) {
        self.goals.push(Goal { words: words.to_owned(), measured, unit, bound });
    }

    /// A figure of one row.
    fn of(&mut self, words: &str, (id, link): (&str, Shape), bound: f64, ratio: impl Fn(&Row) -> Option<f64>) {
        let measured = self.results.row(id, link).and_then(ratio);
        self.figure(words, "×", bound, measured);
    }

    /// rpush's time as a part of a peer's.
    fn against(&mut self, words: &str, place: (&str, Shape), peer: Peer, bound: f64) {
        self.of(words, place, bound, |row| Some(row.wall(Peer::Rpush)? / row.wall(peer)?));
    }

    fn requests(&mut self, words: &str, id: &str, bound: f64) {
        let measured = self.results.row(id, NEAR).and_then(|row| row.cell(Peer::Rpush)?.requests());
        self.figure(words, "", bound, measured);
    }

    fn seconds(&mut self, words: &str, (id, link): (&str, Shape), bound: f64) {
        let measured = self.results.row(id, link).and_then(|row| row.wall(Peer::Rpush));
        self.figure(words, " s", bound, measured);
    }
}

/// All goals, in the order of the report.
pub fn judge(results: &Results) -> Vec<Goal> {
    let mut judge = Judge { results, goals: Vec::new() };
    pushes(&mut judge);
    archives(&mut judge, "push", "");
    archives(&mut judge, "real", "the real image: ");
    judge.requests("unchanged push again: requests", "push-again", 1.0);
    judge.requests("push under a new tag: requests", "push-new-tag", 2.0);
    judge.requests("new tag on the registry: requests", "retag", 2.0);
    judge.requests("unchanged pull again: requests", "pull-again", 1.0);
    judge.against("cold pull, against skopeo", ("pull", NEAR), Peer::Skopeo, 0.8);
    judge.against("cold pull at 100 ms, against skopeo", ("pull", FAR), Peer::Skopeo, 0.5);
    let words = "cold pull of a layer of 1 GiB at 50 Mbit/s a connection, against skopeo";
    judge.against(words, ("pull-large", NARROW), Peer::Skopeo, 0.25);
    let peaks = results.rows.iter().filter_map(|row| row.cell(Peer::Rpush)?.memory());
    let most = peaks.reduce(f64::max).map(|bytes| bytes / 1e6);
    judge.figure("peak memory in every row", " MB", 32.0, most);
    judge.goals
}

fn pushes(judge: &mut Judge<'_>) {
    let of_fastest = |row: &Row| Some(row.wall(Peer::Rpush)? / row.fastest_other()?.1);
    let cpu_of_curl = |row: &Row| Some(row.cpu(Peer::Rpush)? / row.cpu(Peer::Curl)?);
    judge.of("cold push from a layout, against the fastest of the others", ("push-layout", NEAR), 1.0, of_fastest);
    judge.of("cold push from a layout: processor time, against curl", ("push-layout", NEAR), 1.15, cpu_of_curl);
    judge.of("cold push of 2 GiB, against the fastest of the others", ("push-huge", NEAR), 1.0, of_fastest);
    judge.of("cold push of 2 GiB: processor time, against curl", ("push-huge", NEAR), 1.15, cpu_of_curl);
    for (id, what) in [("push-tiny", "32 KiB"), ("push-small", "512 KiB")] {
        judge.against(&format!("24 layers of {what} at 100 ms, against skopeo"), (id, FAR), Peer::Skopeo, 0.25);
        judge.seconds(&format!("24 layers of {what} at 100 ms"), (id, FAR), 0.6);
    }
}

/// What has to be compressed: of the image made here, and of a real one.
fn archives(judge: &mut Judge<'_>, set: &str, prefix: &str) {
    let ids = ["archive", "daemon", "second"].map(|step| format!("{set}-{step}"));
    let [archive, daemon, second] = &ids;
    if prefix.is_empty() || judge.results.row(archive, NEAR).is_some() {
        for (id, what) in [(archive, "of an archive"), (daemon, "from the daemon")] {
            let words = format!("{prefix}cold push {what}, against docker");
            judge.against(&words, (id, NEAR), Peer::Docker, 0.25);
            let words = format!("{prefix}cold push {what}, against skopeo from the same");
            judge.against(&words, (id, NEAR), Peer::Skopeo, 0.6);
        }
        let first = judge.results.row(archive, NEAR).and_then(|row| row.cpu(Peer::Rpush));
        let again = judge.results.row(second, NEAR).and_then(|row| row.cpu(Peer::Rpush));
        let words = format!(
            "{prefix}the same archive to a second registry compresses nothing: processor time, against its first push"
        );
        judge.figure(&words, "×", 0.25, again.zip(first).map(|(again, first)| again / first));
    }
}
