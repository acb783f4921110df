//! Progress as lines that stay: for logs and pipes, and as JSON for programs.

use serde_json::{Value, json};

use super::Direction;
use super::pieces::{Piece, Pieces};
use crate::image::{Descriptor, Digest};
use crate::transfer::{Event, Outcome, State};

/// The version of the events: another one when a member changes its meaning or goes away.
const VERSION: u32 = 1;

/// The first event. `docs/events.md` documents them all.
pub(super) fn start(operation: &str) -> Value {
    json!({"event": "start", "version": VERSION, "operation": operation})
}

/// An event as an object; none of a state that is not news. `retries` is how often its piece was tried again.
pub(super) fn object(event: &Event, retries: Option<u32>, direction: Direction) -> Option<Value> {
    match event {
        Event::Piece { descriptor, .. } => Some(piece(descriptor)),
        Event::State { digest, state } => Some(changed(digest, state, retries?, direction)),
        Event::Note(text) => Some(json!({"event": "note", "text": text})),
    }
}

fn piece(descriptor: &Descriptor) -> Value {
    json!({
        "event": "piece",
        "digest": descriptor.digest,
        "mediaType": descriptor.media_type,
        "size": descriptor.size,
    })
}

fn changed(digest: &Digest, state: &State, retries: u32, direction: Direction) -> Value {
    let mut object = json!({"event": "state", "digest": digest});
    match state {
        State::Waiting => object["state"] = "waiting".into(),
        State::Moving => object["state"] = "moving".into(),
        State::Committing => object["state"] = "committing".into(),
        State::Retrying { after, cause } => {
            object["state"] = "retrying".into();
            object["afterSeconds"] = after.as_secs_f64().into();
            object["cause"] = cause.as_str().into();
            object["retry"] = retries.into();
        }
        State::Finished(outcome) => {
            object["state"] = "finished".into();
            object["outcome"] = match outcome {
                Outcome::Moved => direction.moved(),
                Outcome::Exists => "exists",
                Outcome::Mounted(_) => "mounted",
            }
            .into();
            if let Outcome::Mounted(from) = outcome {
                object["from"] = from.as_str().into();
            }
        }
    }
    object
}

/// How far the transfer is.
pub(super) fn bytes(pieces: &Pieces) -> Value {
    json!({
        "event": "bytes",
        "bytes": pieces.bytes(),
        "total": pieces.total(),
        "bytesPerSecond": pieces.rate(),
        "piecesDone": pieces.count(Piece::is_finished),
        "pieces": pieces.all().len(),
    })
}
