//! Progress as lines that stay: for logs and pipes, and as JSON for programs.

use serde_json::{Value, json};

use super::Direction;
use super::pieces::{Piece, Pieces};
use crate::image::{Descriptor, Digest};
use crate::transfer::{Event, Outcome, State};

/// An event as an object. [`super`] documents them.
pub(super) fn object(event: &Event, direction: Direction) -> Value {
    match event {
        Event::Piece { descriptor, .. } => piece(descriptor),
        Event::State { digest, state } => changed(digest, state, direction),
        Event::Note(text) => json!({"event": "note", "text": text}),
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

fn changed(digest: &Digest, state: &State, direction: Direction) -> Value {
    let mut object = json!({"event": "state", "digest": digest});
    match state {
        State::Waiting => object["state"] = "waiting".into(),
        State::Moving => object["state"] = "moving".into(),
        State::Committing => object["state"] = "committing".into(),
        State::Retrying { after, cause } => {
            object["state"] = "retrying".into();
            object["afterSeconds"] = after.as_secs_f64().into();
            object["cause"] = cause.as_str().into();
        }
        State::Finished(outcome) => {
            object["state"] = "finished".into();
            object["outcome"] = match (outcome, direction) {
                (Outcome::Moved, Direction::Push) => "uploaded",
                (Outcome::Moved, Direction::Pull) => "downloaded",
                (Outcome::Moved, Direction::Load) => "loaded",
                (Outcome::Moved, Direction::Save) => "saved",
                (Outcome::Moved, Direction::Check) => "read",
                (Outcome::Exists, _) => "exists",
                (Outcome::Mounted(_), _) => "mounted",
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
