//! The engine: plan what an image consists of, probe what is there, move the rest, report.

mod event;

pub use event::{Event, Observer, Outcome, State};
