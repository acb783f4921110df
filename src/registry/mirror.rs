//! A mirror, as somebody configured it: where it is, how it is reached, and what it may be asked. A mirror is another registry
//! than the one whose content it has: nothing that is meant for that one goes to it.

use std::fmt;
use std::str::FromStr;

use super::certs_d::{Found, Scheme};
use super::proxy::ProxyAddress;
use super::transport::Access;
use crate::image::{Host, RepositoryName};

/// What a mirror may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted {
    /// Only for what is held to a digest that is known already.
    WithContent,
    /// Also which image a tag names, for which there is nothing but its word.
    WithTags,
}

/// A registry that has what another one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    pub(super) host: Host,
    pub(super) scheme: Option<Scheme>,
    /// Where its API is: `v2/`, or something before that.
    pub(super) root: String,
    /// What stands before the names of repositories there.
    pub(super) prefix: Option<RepositoryName>,
    pub(super) trusted: Trusted,
    /// The registry that it is to be told to stand for. Only where containerd's file names the mirror: registries that do not
    /// expect it are not told (C-14).
    pub(super) namespace: Option<Host>,
    /// What containerd's file says of its certificates.
    pub(super) found: Found,
    pub(super) proxy: Option<ProxyAddress>,
}

/// Why a text names no mirror.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not the address of a mirror, like `mirror.example:5000` or `https://mirror.example/prefix`")]
pub struct ParseMirrorError;

impl FromStr for Mirror {
    type Err = ParseMirrorError;

    /// As in the names of images: a host, and perhaps what goes before the repository's name there. A scheme may stand before it.
    fn from_str(text: &str) -> Result<Self, ParseMirrorError> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Some(Scheme::Http), rest),
            Some(("https", rest)) => (Some(Scheme::Https), rest),
            Some(_) => return Err(ParseMirrorError),
            None => (None, text),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, prefix) = rest.split_once('/').map_or((rest, None), |(host, prefix)| (host, Some(prefix)));
        let host = host.parse().map_err(|_| ParseMirrorError)?;
        let prefix = prefix.map(str::parse).transpose().map_err(|_| ParseMirrorError)?;
        Ok(Self { scheme, prefix, ..Self::at(host) })
    }
}

impl Mirror {
    pub(super) fn at(host: Host) -> Self {
        Self {
            host,
            scheme: None,
            root: "v2/".to_owned(),
            prefix: None,
            trusted: Trusted::WithTags,
            namespace: None,
            found: Found::default(),
            proxy: None,
        }
    }

    /// Whose account it wants, and whose section of the configuration it has.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether its address says that it has no TLS, on another machine than this one.
    pub fn is_open_to_eavesdroppers(&self) -> bool {
        self.scheme == Some(Scheme::Http) && !self.host.is_loopback()
    }

    /// What a repository is called there. `None` for a name that becomes too long.
    pub fn repository(&self, name: &RepositoryName) -> Option<RepositoryName> {
        match &self.prefix {
            Some(prefix) => format!("{prefix}/{name}").parse().ok(),
            None => Some(name.clone()),
        }
    }

    /// How it may be talked to: as its host, and as its address says.
    pub fn access(&self, host: Access) -> Access {
        Access {
            plain_http: self.scheme.as_ref().map_or(host.plain_http, |scheme| *scheme == Scheme::Http),
            proxy: self.proxy.clone().or(host.proxy),
            mirror: Some(self.clone()),
            ..host
        }
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        let root = self.root.trim_end_matches('/').trim_end_matches("v2").trim_end_matches('/');
        if !root.is_empty() {
            write!(f, "/{root}")?;
        }
        self.prefix.as_ref().map_or(Ok(()), |prefix| write!(f, "/{prefix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_a_host_with_a_prefix_and_perhaps_a_scheme() {
        for (text, shown, repository, open) in [
            ("mirror.example", "mirror.example", "app", false),
            ("mirror.example:5000", "mirror.example:5000", "app", false),
            ("https://mirror.example/", "mirror.example", "app", false),
            ("http://mirror.example:5000", "mirror.example:5000", "app", true),
            ("http://localhost:5000", "localhost:5000", "app", false),
            ("harbor.example/hub/team", "harbor.example/hub/team", "hub/team/app", false),
            ("https://[::1]:5000/hub", "[::1]:5000/hub", "hub/app", false),
        ] {
            let mirror: Mirror = text.parse().expect("a mirror");
            assert_eq!((mirror.to_string().as_str(), mirror.is_open_to_eavesdroppers()), (shown, open), "{text}");
            let name = mirror.repository(&"app".parse().expect("a name"));
            assert_eq!(name.map(|name| name.to_string()).as_deref(), Some(repository), "{text}");
        }
        for text in
            ["", "ftp://m.example", "http://", "alice:s3cr3t@m.example", "m.example/A", "m.example?x", "m.example//"]
        {
            assert_eq!(text.parse::<Mirror>(), Err(ParseMirrorError), "{text}");
        }
    }

    #[test]
    fn the_scheme_of_the_address_decides() {
        let plain = |text: &str, plain_http| {
            let mirror: Mirror = text.parse().expect("a mirror");
            mirror.access(Access { plain_http, ..Access::default() }).plain_http
        };
        assert!(plain("http://m.example", false));
        assert!(plain("m.example", true));
        assert!(!plain("https://m.example", true));
        assert!(!plain("m.example", false));
    }
}
