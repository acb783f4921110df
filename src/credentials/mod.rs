//! Who rpush is to a host: credentials from flags, the environment, the system's keyring, helpers, and the files of Docker and
//! Podman.
//!
//! A credential is looked up for exactly one host and sent to it alone (Docker's CVE-2021-41092 was a helper's trouble that
//! sent a private registry's password to Docker Hub). Trouble on the way to a credential is never the end: it becomes a
//! warning, and the next source is asked, because many pulls need no account at all. Trouble while storing or erasing
//! is an error, because then the person believes something that is not so.

mod chain;
mod docker_config;
mod environment;
mod error;
mod file_lock;
mod helper;
mod keyring;
mod place;
mod secret;

pub use chain::{Chain, Found};
pub use docker_config::DockerConfig;
pub use environment::Environment;
pub use error::{Error, HelperError, Origin};
pub use helper::{Helper, NOT_FOUND};
pub use keyring::{Entries, Keyring, KeyringError};
pub use place::{Place, Stored};
pub use secret::Secret;

use crate::image::Host;

/// What proves to a registry who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nobody.
    Anonymous,
    /// A name and a password, or a token that takes a password's place.
    Basic {
        /// The name of the account.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// A refresh token. It goes to the token server and never to the registry.
    IdentityToken(Secret),
    /// A token that the registry takes as it is.
    RegistryToken(Secret),
}

impl Credential {
    /// A name and a password.
    pub fn basic(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// Reads `USER:PASSWORD`. A password may contain colons, a name cannot (RFC 7617).
    pub fn from_pair(pair: &str) -> Result<Self, Error> {
        match pair.split_once(':') {
            Some((username, password)) if !username.is_empty() => Ok(Self::basic(username, password)),
            _ => Err(Error::NotAPair),
        }
    }

    /// The name of the account, where it is known.
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Basic { username, .. } => Some(username),
            _ => None,
        }
    }
}

/// The name under which Docker keeps a host's credential, in files and in helpers: the host, except for Docker Hub.
fn server_key(host: &Host) -> &str {
    if host.is_docker_hub() { "https://index.docker.io/v1/" } else { host.as_str() }
}

/// The host that a key of a file or a helper stands for: `https://r.example:5000/v1/` is `r.example:5000`. A key like
/// `r.example/team` stands for a namespace and not for its host.
fn key_host(key: &str) -> Option<Host> {
    let (scheme, rest) = match key.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, key),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_whole_host = scheme.is_some() || matches!(path.trim_end_matches('/'), "" | "v1" | "v2");
    host.parse().ok().filter(|_| is_whole_host)
}

#[cfg(test)]
pub(crate) use keyring::tests as prepared;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_split_at_the_first_colon_and_never_shown() {
        assert_eq!(Credential::from_pair("alice:a:b").expect("a pair"), Credential::basic("alice", "a:b"));
        for text in ["s3cret", ":s3cret", ""] {
            let error = Credential::from_pair(text).expect_err("not a pair");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    /// Docker's keys in their hostname form: `localhost` is not `localhost:5101`.
    #[test]
    fn keys_stand_for_hosts() {
        for (key, host) in [
            ("localhost:5101", Some("localhost:5101")),
            ("https://localhost:5101/v1/", Some("localhost:5101")),
            ("http://r.example", Some("r.example")),
            ("r.example/v2/", Some("r.example")),
            ("https://index.docker.io/v1/", Some("docker.io")),
            ("docker.io", Some("docker.io")),
            ("r.example/team", None),
            ("", None),
            ("https://", None),
        ] {
            assert_eq!(key_host(key).as_ref().map(Host::as_str), host, "{key}");
        }
    }
}
