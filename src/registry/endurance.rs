//! How much a transfer may suffer before it is given up, how fast it may go, and what outlives it.

use std::time::Duration;

use super::journal::Journal;
use super::throttle::Throttle;

/// How often and how long to try.
#[derive(Debug, Clone)]
pub struct Endurance {
    /// How often a piece is tried again.
    pub retries: u32,
    /// How long a piece may go without progress, however often it is tried.
    pub patience: Duration,
    /// How long a connection may go without anything moving on it.
    pub stall: Duration,
    /// How fast content may move.
    pub throttle: Throttle,
    /// Where unfinished uploads are written down for the next run.
    pub journal: Option<Journal>,
}

impl Endurance {
    /// This many tries, and the usual patience.
    pub fn retries(retries: u32) -> Self {
        Self { retries, ..Self::default() }
    }
}

impl Default for Endurance {
    fn default() -> Self {
        let (patience, stall) = (Duration::from_secs(300), Duration::from_secs(30));
        Self { retries: 10, patience, stall, throttle: Throttle::default(), journal: None }
    }
}
