//! What a registry's floor has to say to people while it works: it goes on, and something is still not as it should be. Facts
//! here, words for the terminal wherever the notes are received.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::image::Host;

/// Something that will surprise and does not stop.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Note {
    /// A file or directory of certificates that cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A mirror that is not asked any more.
    MirrorLeftOut {
        /// Which.
        mirror: String,
        /// Why.
        why: String,
    },
    /// The registry gives addresses with the wrong scheme or port of its own name, because the reverse proxy in front of it does
    /// not tell it how it was reached.
    WrongAddress {
        /// The registry.
        host: Host,
        /// How the addresses begin that it gives.
        given: String,
        /// How it is reached.
        used: String,
        /// The header that the proxy should set: `X-Forwarded-Proto: https`.
        header: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, why } => {
                write!(f, "{} cannot be read and is left out: {why}", path.display())
            }
            Self::MirrorLeftOut { mirror, why } => write!(f, "mirror {mirror} is left out: {why}"),
            Self::WrongAddress { host, given, used, header } => write!(
                f,
                "{host} gives addresses at {given}, where it is not; {used} is used in their place. Let the reverse proxy in front of it set `{header}`"
            ),
        }
    }
}

/// Where notes go: each once, however often it is made. Clones go to the same place.
#[derive(Clone, Default)]
pub struct Notes(Option<Arc<Inner>>);

struct Inner {
    said: Mutex<HashSet<Note>>,
    hear: Box<dyn Fn(&Note) + Send + Sync>,
}

impl Notes {
    /// Notes for a listener.
    pub fn to(hear: impl Fn(&Note) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Inner { said: Mutex::default(), hear: Box::new(hear) })))
    }

    /// Tells, unless the same was told before.
    pub fn tell(&self, note: Note) {
        let Some(inner) = &self.0 else { return };
        if inner.said.lock().expect("nobody panics while holding it").insert(note.clone()) {
            (inner.hear)(&note);
        }
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notes")
    }
}
