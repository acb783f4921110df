//! What a piece in flight tells: how many bytes the other side has taken, and when something else than moving bytes happens
//! to it. Bytes are a counter, because they are too many to be told of one by one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Counts the bytes and the retries of one piece. Clones count together.
#[derive(Clone, Default)]
pub struct Meter(Arc<Inner>);

#[derive(Default)]
struct Inner {
    bytes: AtomicU64,
    sent: AtomicU64,
    retries: AtomicU32,
    listener: Option<Box<dyn Fn(Signal) + Send + Sync>>,
}

/// Something that happens to a piece in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Bytes begin to move.
    Moving,
    /// All bytes are there; the other side has not confirmed them yet.
    Committing,
    /// It failed, and is tried again.
    Retrying {
        /// When.
        after: Duration,
        /// Why.
        cause: String,
    },
}

impl Meter {
    /// A meter whose signals go to `listener`.
    pub fn heard_by(listener: impl Fn(Signal) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { listener: Some(Box::new(listener)), ..Inner::default() }))
    }

    /// Counts `bytes` more.
    pub fn add(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.0.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Goes back to `bytes`: a transfer that begins again, or resumes, has that much behind it.
    pub fn reset_to(&self, bytes: u64) {
        self.0.bytes.store(bytes, Ordering::Relaxed);
    }

    /// How much of the piece has been taken.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// How many bytes went over the wire for it, those of failed tries included.
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// How often it was tried again.
    pub fn retries(&self) -> u32 {
        self.0.retries.load(Ordering::Relaxed)
    }

    /// Tells of something.
    pub fn signal(&self, signal: Signal) {
        if matches!(signal, Signal::Retrying { .. }) {
            self.0.retries.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(listener) = &self.0.listener {
            listener(signal);
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("bytes", &self.bytes()).field("retries", &self.retries()).finish()
    }
}
