//! What can go wrong with a daemon: to find it, to reach it, and what it says itself.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use crate::content::{self, Advice, Class};

/// Where the daemon is cannot be found out.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// A way that rpush does not go.
    #[error("{origin} says `{address}`, and rpush does not speak `{scheme}://` to a Docker daemon")]
    Scheme {
        /// The way.
        scheme: String,
        /// Who says so.
        origin: String,
        /// The whole address.
        address: String,
    },
    /// No address at all.
    #[error("{origin} says `{address}`, which is no address of a Docker daemon, like `unix:///var/run/docker.sock`")]
    Malformed {
        /// What is said.
        address: String,
        /// Who says so.
        origin: String,
    },
    /// A context that is not there.
    #[error("there is no Docker context `{name}`, which {origin} names")]
    NoContext {
        /// Its name.
        name: String,
        /// Who says so.
        origin: String,
    },
    /// A context that cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A context that makes no sense.
    #[error("cannot understand {}", .path.display())]
    Syntax {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
}

/// A daemon does not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing listens there.
    #[error("there is no Docker daemon at `{place}`")]
    Absent {
        /// The daemon's address.
        place: String,
        /// Why.
        #[source]
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// The socket is there, and this account may not use it.
    #[error("this account may not talk to the Docker daemon at `{place}`")]
    Denied {
        /// The daemon's address.
        place: String,
        /// Why.
        #[source]
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// It does not answer in time.
    #[error("the Docker daemon at `{place}` does not answer")]
    Silent {
        /// The daemon's address.
        place: String,
    },
    /// The connection does not come about.
    #[error("cannot connect to the Docker daemon at `{place}`")]
    Unreached {
        /// The daemon's address.
        place: String,
        /// Why.
        #[source]
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// The connection broke off.
    #[error("the connection to the Docker daemon at `{place}` broke off")]
    Broken {
        /// The daemon's address.
        place: String,
        /// Why.
        #[source]
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// TLS cannot be spoken with these files.
    #[error("cannot use {} for the Docker daemon", .path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// It has no such image.
    #[error("No such image: {name}")]
    NoImage {
        /// The name that was asked for.
        name: String,
        /// The daemon's address.
        place: String,
    },
    /// It is from before images had digests.
    #[error("the Docker daemon at `{place}` is too old{}", version.as_ref().map(|v| format!(": its API is {v}")).unwrap_or_default())]
    TooOld {
        /// The daemon's address.
        place: String,
        /// The version of its API.
        version: Option<String>,
    },
    /// TLS is spoken there, and was not here.
    #[error("the Docker daemon at `{place}` wants TLS")]
    WantsTls {
        /// The address.
        place: String,
    },
    /// What answers is something else.
    #[error("what answers at `{place}` is no Docker daemon")]
    Stranger {
        /// The address.
        place: String,
    },
    /// It says no.
    #[error("the Docker daemon at `{place}` cannot {what} the image")]
    Refused {
        /// The daemon's address.
        place: String,
        /// What it was asked to do: `export`, `load`.
        what: &'static str,
        /// Its words.
        #[source]
        words: Words,
    },
}

/// What a daemon says of a failure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Words(pub(super) String);

impl Error {
    /// Nobody is there at all, which is no failure where nobody said that somebody was.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    fn class(&self) -> Class {
        match self {
            Self::Absent { .. } | Self::Silent { .. } | Self::Unreached { .. } | Self::Broken { .. } => {
                Class::Unreachable
            }
            Self::Denied { .. } => Class::Denied,
            Self::NoImage { .. } => Class::NotFound,
            _ => Class::Failed,
        }
    }

    fn advice(&self) -> Option<Advice> {
        Some(Advice::Type(match self {
            Self::Absent { .. } => {
                "start it (`sudo systemctl start docker`), or say where it is: `DOCKER_HOST=unix:///PATH`".to_owned()
            }
            Self::Silent { .. } => "is it well? `docker info` asks it too".to_owned(),
            Self::Denied { .. } => {
                "use `sudo`, or let this account use Docker from its next login on: `sudo usermod -aG docker $USER`"
                    .to_owned()
            }
            Self::Unreached { .. } | Self::Stranger { .. } => ADDRESS.to_owned(),
            Self::NoImage { place, .. } => format!("see what it has: `DOCKER_HOST={place} docker images`"),
            Self::WantsTls { .. } => {
                "say so, and where its authority and a certificate to show are: `DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=DIR`"
                    .to_owned()
            }
            Self::Broken { .. } => "its log says why: `journalctl -u docker`".to_owned(),
            Self::TooOld { .. } => {
                "images have digests since Docker 1.10: `docker version` tells which it is".to_owned()
            }
            _ => return None,
        }))
    }
}

/// What to look at when the address may be wrong.
const ADDRESS: &str = "is that its address? `DOCKER_HOST` names it, or else `docker context ls` shows it";

impl From<Error> for content::Error {
    fn from(error: Error) -> Self {
        let (class, advice) = (error.class(), error.advice());
        let error = Self::new(class, error);
        match advice {
            Some(advice) => error.advise(advice),
            None => error,
        }
    }
}

impl From<EndpointError> for content::Error {
    fn from(error: EndpointError) -> Self {
        let advice = match &error {
            EndpointError::Scheme { scheme, .. } if scheme == "ssh" => {
                "forward its socket, `ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST`, and name that: `DOCKER_HOST=unix:///tmp/docker.sock`"
            }
            EndpointError::Scheme { .. } => {
                "let the daemon listen on a port of this machine, and name that: `DOCKER_HOST=tcp://localhost:2375`"
            }
            _ => ADDRESS,
        };
        Self::new(Class::Failed, error).advise(Advice::Type(advice.to_owned()))
    }
}
