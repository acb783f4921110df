//! What happens during a transfer, for whoever shows it. States are events; bytes are counted by a [`Meter`], because there
//! are too many of them.

use std::time::Duration;

use crate::content::Meter;
use crate::image::{Descriptor, Digest, RepositoryName};

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The transfer has this piece. All pieces are announced before the first one changes its state.
    Piece {
        /// The blob or manifest.
        descriptor: Descriptor,
        /// Counts its bytes as they are taken.
        meter: Meter,
    },
    /// A piece is in another state.
    State {
        /// Which piece.
        digest: Digest,
        /// What it does now.
        state: State,
    },
    /// Something a person should know and nothing depends on.
    Note(String),
}

/// What a piece does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// Its bytes are on the way.
    Moving,
    /// All bytes are there, and the other side has not confirmed them yet.
    Committing,
    /// Something went wrong, and it will be tried again.
    Retrying {
        /// When.
        after: Duration,
        /// What went wrong.
        cause: String,
    },
    /// It is there.
    Finished(Outcome),
}

/// How a piece came to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its bytes were moved.
    Moved,
    /// It was there already.
    Exists,
    /// The other side took it from another of its repositories.
    Mounted(RepositoryName),
}

/// Sees the events of a transfer.
pub trait Observer: Send + Sync {
    /// Takes an event. Called from within the transfer, so it must be quick.
    fn see(&self, event: Event);
}

/// Nobody watches.
impl Observer for () {
    fn see(&self, _: Event) {}
}
