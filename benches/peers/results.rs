//! What was measured, and the questions that the report asks of it.

use super::link::{Shape, Traffic};
use super::peers::Peer;
use super::stage::Sample;

/// Everything of one run of this program.
#[derive(Debug, Default)]
pub struct Results {
    /// In the order of the scenarios.
    pub rows: Vec<Row>,
}

/// One scenario over one link.
#[derive(Debug)]
pub struct Row {
    /// The id of the scenario.
    pub id: &'static str,
    /// The title of its table.
    pub title: &'static str,
    /// The link.
    pub link: Shape,
    /// One for each peer.
    pub cells: Vec<Cell>,
}

/// One peer in one row.
#[derive(Debug)]
pub struct Cell {
    /// Who.
    pub peer: Peer,
    /// The runs so far.
    pub samples: Vec<Sample>,
    /// What went over the link in one of them.
    pub traffic: Option<Traffic>,
    /// Why there are no more runs.
    pub trouble: Option<String>,
}

/// The middle of several figures, and their bounds.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Cell {
    /// Nothing measured yet.
    pub fn new(peer: Peer) -> Self {
        Self { peer, samples: Vec::new(), traffic: None, trouble: None }
    }

    /// Of one figure of all runs.
    pub fn spread(&self, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        if self.trouble.is_some() || self.samples.is_empty() {
            return None;
        }
        let mut figures: Vec<f64> = self.samples.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        Some(Spread { median: figures[figures.len() / 2], least: figures[0], most: figures[figures.len() - 1] })
    }

    /// Seconds on the clock.
    pub fn wall(&self) -> Option<Spread> {
        self.spread(|sample| sample.cost.wall)
    }

    /// Seconds of processor time.
    pub fn cpu(&self) -> Option<Spread> {
        self.spread(|sample| sample.cost.cpu)
    }

    /// The largest memory in any run, in bytes.
    pub fn memory(&self) -> Option<f64> {
        self.spread(|sample| sample.cost.memory as f64).map(|spread| spread.most)
    }

    /// Requests.
    pub fn requests(&self) -> Option<f64> {
        self.spread(|sample| sample.requests as f64).map(|spread| spread.median)
    }
}

impl Row {
    /// A peer's cell.
    pub fn cell(&self, peer: Peer) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.peer == peer)
    }

    /// The median of a peer's time, in seconds.
    pub fn wall(&self, peer: Peer) -> Option<f64> {
        Some(self.cell(peer)?.wall()?.median)
    }

    /// The median of a peer's processor time, in seconds.
    pub fn cpu(&self, peer: Peer) -> Option<f64> {
        Some(self.cell(peer)?.cpu()?.median)
    }

    /// Who was the fastest of the others, and in how many seconds.
    pub fn fastest_other(&self) -> Option<(Peer, f64)> {
        let others = Peer::ALL.into_iter().filter(|peer| *peer != Peer::Rpush);
        let times = others.filter_map(|peer| Some((peer, self.wall(peer)?)));
        times.min_by(|one, other| one.1.total_cmp(&other.1))
    }
}

impl Results {
    /// A row, when it was measured.
    pub fn row(&self, id: &str, link: Shape) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id && row.link == link)
    }
}
