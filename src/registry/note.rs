//! What a registry's floor has to say to people while it works: it goes on, and something is still not as it should be. Facts
//! here, words for the terminal wherever the notes are received.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::rate_limit::RateLimit;
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
    /// Little is left of what the registry allows.
    RateLimit {
        /// The registry.
        host: Host,
        /// What it allows.
        limit: RateLimit,
        /// Whether that is what it allows to nobody in particular.
        anonymous: bool,
    },
}

impl Note {
    /// What it is about: there is one note about a registry's limit, although the numbers in it change with every request.
    fn subject(&self) -> Self {
        match self {
            Self::RateLimit { host, .. } => {
                let limit = RateLimit { limit: 0, remaining: None, window: None };
                Self::RateLimit { host: host.clone(), limit, anonymous: false }
            }
            other => other.clone(),
        }
    }
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
            Self::RateLimit { host, limit, .. } => {
                // Docker Hub counts images, others every request.
                let what = if host.is_docker_hub() { "pulls" } else { "requests" };
                match limit.remaining {
                    Some(1) => write!(f, "{host} allows 1 more of {limit}"),
                    remaining => write!(f, "{host} allows {} more {what} of {limit}", remaining.unwrap_or_default()),
                }
            }
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
        if inner.said.lock().expect("nobody panics while holding it").insert(note.subject()) {
            (inner.hear)(&note);
        }
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notes")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_registrys_limit_is_told_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let notes = Notes::to(move |note| heard.lock().expect("not poisoned").push(note.to_string()));
        for (host, remaining) in [("docker.io", 3), ("docker.io", 2), ("r.example", 1)] {
            let host = host.parse().expect("a host");
            let window = Some(Duration::from_secs(21600));
            let limit = RateLimit { limit: 100, remaining: Some(remaining), window };
            notes.tell(Note::RateLimit { host, limit, anonymous: true });
        }
        let told = told.lock().expect("not poisoned");
        assert_eq!(
            *told,
            ["docker.io allows 3 more pulls of 100 in 6 hours", "r.example allows 1 more of 100 in 6 hours"]
        );
    }
}
