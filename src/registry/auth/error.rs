//! Why there is no token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use crate::content::{self, Advice, Class};
use crate::image::Host;
use crate::registry::Trouble;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// the token server's address would give the credentials away.
    #[error("{registry} wants its credentials sent to {realm} without TLS, which is refused")]
    UnsafeRealm {
        /// The registry that asks for it.
        registry: Host,
        /// The token server.
        realm: String,
        /// The token server's host, where the user may say that it is to be told all the same: not when the registry itself
        /// was reached with TLS.
        allowable: Option<Host>,
    },
    /// The token server does not accept the credentials, or wants some.
    #[error("the token server {realm} does not let this account in to {registry}")]
    Denied {
        /// The registry.
        registry: Host,
        /// The token server.
        realm: String,
        /// What it said.
        source: Answer,
    },
    /// The token server said something else than yes or no.
    #[error("the token server {realm} of {registry} failed")]
    Failed {
        /// The registry.
        registry: Host,
        /// The token server.
        realm: String,
        /// When to come back, if it said so.
        retry_after: Option<Duration>,
        /// What it said.
        source: Answer,
    },
    /// The token server did not answer.
    #[error("cannot reach the token server {realm} of {registry}")]
    Unreachable {
        /// The registry.
        registry: Host,
        /// The token server.
        realm: String,
        /// What happened on the way.
        source: Trouble,
    },
    /// No connection can be made at all.
    #[error(transparent)]
    NoWay(content::Error),
    /// The answer has no token in it.
    #[error("the token server {realm} of {registry} gave an answer without a token: {why}")]
    Malformed {
        /// The registry.
        registry: Host,
        /// The token server.
        realm: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Error {
    /// Whether the same request may go well later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Failed { source, .. } => {
                source.status.is_server_error()
                    || matches!(
                        source.status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY
                    )
            }
            Self::Unreachable { source, .. } => matches!(
                source,
                Trouble::Refused
                    | Trouble::Dns(_)
                    | Trouble::Lookup(_)
                    | Trouble::Closed(_)
                    | Trouble::Timeout
                    | Trouble::Stalled(_)
                    | Trouble::Dragging(_)
            ),
            Self::UnsafeRealm { .. } | Self::NoWay(_) | Self::Denied { .. } | Self::Malformed { .. } => false,
        }
    }

    /// When the token server wants to be asked again, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Failed { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What sort of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Denied { .. } => Class::Denied,
            Self::Unreachable { .. } => Class::Unreachable,
            _ if self.is_passing() => Class::Unreachable,
            _ => Class::Failed,
        }
    }

    /// What would help.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Denied { registry, .. } => Some(Advice::LogIn(registry.clone())),
            Self::UnsafeRealm { realm, allowable, .. } => {
                Some(Advice::SecureRealm { realm: realm.clone(), allowable: allowable.clone() })
            }
            Self::Unreachable { realm, registry, source: Trouble::Refused | Trouble::Dns(_) } => {
                Some(Advice::StartTokenServer { realm: realm.clone(), registry: registry.clone() })
            }
            Self::Unreachable { realm, registry, source } => source.advice(&realm.parse().ok()?, registry),
            _ if self.is_passing() => self.retry_after().map(Advice::ComeBackIn),
            _ => None,
        }
    }
}

/// What a token server said in place of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Its own words, short; empty when there are none.
    pub text: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if self.text.is_empty() { Ok(()) } else { write!(f, ": {}", self.text) }
    }
}

impl std::error::Error for Answer {}

impl From<Error> for content::Error {
    fn from(error: Error) -> Self {
        Self::from(Arc::new(error))
    }
}

/// Several requests may have waited for one token in vain.
impl From<Arc<Error>> for content::Error {
    fn from(error: Arc<Error>) -> Self {
        let (class, advice) = (error.class(), error.advice());
        let error = Self::new(class, error);
        match advice {
            Some(advice) => error.advise(advice),
            None => error,
        }
    }
}
