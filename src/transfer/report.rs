//! What a transfer did.

use std::time::Duration;

use serde::Serialize;

use super::Outcome;
use crate::image::Descriptor;

/// What became of each piece.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Every piece, in the order in which they ended.
    pub pieces: Vec<PieceReport>,
    /// How long the whole took.
    pub elapsed: Duration,
}

/// What became of one piece.
#[derive(Debug, Clone)]
pub struct PieceReport {
    /// The piece.
    pub descriptor: Descriptor,
    /// How it came to be there.
    pub outcome: Outcome,
    /// The bytes that went over the wire for it.
    pub bytes_sent: u64,
    /// How often it was tried again.
    pub retries: u32,
    /// How long it took.
    pub elapsed: Duration,
}

/// The sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Pieces whose bytes were moved.
    pub moved: usize,
    /// Pieces that were there already.
    pub existing: usize,
    /// Pieces that were mounted from another repository.
    pub mounted: usize,
    /// The bytes that went over the wire.
    pub bytes_sent: u64,
    /// The bytes that did not have to, because they were there.
    pub bytes_existing: u64,
    /// The bytes that did not have to, because they were mounted.
    pub bytes_mounted: u64,
    /// How often something was tried again.
    pub retries: u32,
}

impl Report {
    /// The sums over all pieces.
    pub fn totals(&self) -> Totals {
        self.pieces.iter().fold(Totals::default(), |mut totals, piece| {
            let size = piece.descriptor.size;
            match piece.outcome {
                Outcome::Moved => totals.moved += 1,
                Outcome::Exists => {
                    (totals.existing, totals.bytes_existing) = (totals.existing + 1, totals.bytes_existing + size)
                }
                Outcome::Mounted(_) => {
                    (totals.mounted, totals.bytes_mounted) = (totals.mounted + 1, totals.bytes_mounted + size)
                }
            }
            totals.bytes_sent += piece.bytes_sent;
            totals.retries += piece.retries;
            totals
        })
    }
}
