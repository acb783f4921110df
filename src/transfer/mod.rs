//! The engine: plan what an image consists of, probe what is there, move the rest, report.
//!
//! It sees places only as [`Source`](crate::content::Source) and [`Sink`](crate::content::Sink), so that push and
//! pull are the same few lines with the places exchanged.

mod ahead;
mod carrier;
mod event;
mod execute;
mod foretell;
mod plan;
mod report;

pub use ahead::{Ahead, go_ahead};
pub use event::{Event, Observer, Outcome, State};
pub use execute::{Limits, Transfer, execute};
pub use foretell::{Forecast, Mounts, Prospect, Sum};
pub use plan::{Choice, Document, Plan, read_manifest};
pub use report::{PieceReport, Report, Totals};
