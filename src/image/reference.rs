//! References: how people name images.
//!
//! The grammar and the habits are Docker's, because a script has to be able to swap `docker push` for `rpush push`: a first
//! component with a dot, a colon or an upper-case letter is a host, everything else lies on Docker Hub, where official images
//! live under `library/`. Written by hand, because compiling the regular expressions of the grammar would cost more
//! than the rest of rpush's start.

use std::fmt;
use std::str::FromStr;

use super::{Digest, ParseDigestError};

/// The host that a name without a host means.
pub const DOCKER_HUB: &str = "docker.io";

/// A registry's address: a name or an IP address, with a port or without.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// Docker Hub.
    pub fn docker_hub() -> Self {
        Self(DOCKER_HUB.to_owned())
    }

    /// The address as text: `localhost:5000`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is Docker Hub, which has its own address for the API and its own key for credentials.
    pub fn is_docker_hub(&self) -> bool {
        self.0 == DOCKER_HUB
    }

    /// The address that answers the registry API.
    pub fn api(&self) -> &str {
        if self.is_docker_hub() { "registry-1.docker.io" } else { &self.0 }
    }

    /// The name or address without the port, and without the brackets of an IPv6 address.
    pub fn name(&self) -> &str {
        match self.0.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => self.0.split(':').next().unwrap_or_default(),
        }
    }

    /// The port, when one is given.
    pub fn port(&self) -> Option<u16> {
        let after_name = self.0.rsplit_once(']').map_or(self.0.as_str(), |(_, rest)| rest);
        after_name.rsplit_once(':')?.1.parse().ok()
    }

    /// Whether the address can only be this machine, where HTTP without TLS gives nothing away.
    pub fn is_loopback(&self) -> bool {
        let name = self.name();
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Host {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if matches!(text, "index.docker.io" | "registry-1.docker.io") {
            return Ok(Self::docker_hub());
        }
        let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => {
                address.parse::<std::net::Ipv6Addr>().map_err(|_| ReferenceError::Format)?;
                (None, port.strip_prefix(':').map_or((!port.is_empty()).then_some(""), Some))
            }
            None => match text.split_once(':') {
                Some((name, port)) => (Some(name), Some(port)),
                None => (Some(text), None),
            },
        };
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
        match name.is_none_or(|name| name.split('.').all(is_label)) && port.is_none_or(is_port) {
            true => Ok(Self(text.to_owned())),
            false => Err(ReferenceError::Format),
        }
    }
}

/// The path of a repository on its host: `team/app`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RepositoryName {
    type Err = ReferenceError;

    /// C-01: components of lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between them.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > 255 {
            return Err(ReferenceError::TooLong);
        }
        match text.split('/').all(is_component) {
            true => Ok(Self(text.to_owned())),
            false => Err(ReferenceError::Format),
        }
    }
}

fn is_component(text: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    is_alphanumeric(first)
        && is_alphanumeric(last)
        && bytes.chunk_by(|a, b| is_alphanumeric(a) == is_alphanumeric(b)).all(|run| {
            is_alphanumeric(&run[0]) || matches!(run, b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-')
        })
}

/// A name for one image of a repository that can be moved to another image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// The tag that is meant when none is given.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    /// C-02.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let valid = (1..=128).contains(&text.len())
            && text.bytes().next().is_some_and(is_word)
            && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'));
        if valid { Ok(Self(text.to_owned())) } else { Err(ReferenceError::Format) }
    }
}

/// The name of an image: where it is, and which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The registry.
    pub host: Host,
    /// The repository.
    pub name: RepositoryName,
    /// The tag, when one was written.
    pub tag: Option<Tag>,
    /// The digest, when one was written. It decides; a tag beside it is only for people.
    pub digest: Option<Digest>,
}

impl Reference {
    /// The same repository with another tag.
    pub fn with_tag(&self, tag: Tag) -> Self {
        Self { tag: Some(tag), digest: None, ..self.clone() }
    }

    /// The same repository, by digest.
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// The same name with `:latest` when it has neither tag nor digest.
    pub fn or_latest(&self) -> Self {
        match (&self.tag, &self.digest) {
            (None, None) => self.with_tag(Tag::latest()),
            _ => self.clone(),
        }
    }

    /// The one spelling under which the store keeps an image: with host and with tag or digest.
    pub fn canonical(&self) -> Self {
        match self.digest {
            Some(digest) => self.with_digest(digest),
            None => self.or_latest(),
        }
    }

    /// The repository as people write it: without `docker.io/` and `library/`, where what is left means the same.
    pub fn familiar_repository(&self) -> String {
        let full = format!("{}/{}", self.host, self.name);
        if !self.host.is_docker_hub() {
            return full;
        }
        let name = self.name.as_str();
        let short = name.strip_prefix("library/").filter(|official| !official.contains('/')).unwrap_or(name);
        // `docker.io/registry.example/app` would look like another registry's.
        match short.parse::<Self>() {
            Ok(read) if read.host == self.host && read.name == self.name => short.to_owned(),
            _ => full,
        }
    }

    /// The whole name as people write it.
    pub fn familiar(&self) -> String {
        self.with_suffix(self.familiar_repository())
    }

    fn with_suffix(&self, mut text: String) -> String {
        if let Some(tag) = &self.tag {
            text = format!("{text}:{tag}");
        }
        if let Some(digest) = &self.digest {
            text = format!("{text}@{digest}");
        }
        text
    }
}

impl fmt::Display for Reference {
    /// The full name, with the host: what is stored and sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_suffix(format!("{}/{}", self.host, self.name)))
    }
}

/// Why a text is not a reference. The words are Docker's: scripts look for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It breaks the grammar.
    #[error("invalid reference format")]
    Format,
    /// It would be right in lower case.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    Uppercase(String),
    /// It has the form of an image's id.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
    /// C-03.
    #[error("repository name must not be more than 255 characters")]
    TooLong,
    /// The part after the `@` is not a digest.
    #[error(transparent)]
    Digest(#[from] ParseDigestError),
    /// It has the form of an address in a browser.
    #[error("invalid reference format: `{0}` has a scheme, and an image's name has none")]
    Scheme(String),
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(ReferenceError::Identifier(text.to_owned()));
        }
        if text.contains("://") {
            return Err(ReferenceError::Scheme(text.escape_default().to_string()));
        }
        let (host, rest) = split_host(text);
        let host = host.map_or_else(|| Ok(Host::docker_hub()), Host::from_str)?;
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        let path = match host.is_docker_hub() && !path.contains('/') {
            true => format!("library/{path}"),
            false => path.to_owned(),
        };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) && path.to_ascii_lowercase().split('/').all(is_component)
        {
            return Err(ReferenceError::Uppercase(path));
        }
        Ok(Self {
            host,
            name: path.parse()?,
            tag: tag.map(Tag::from_str).transpose()?,
            digest: digest.map(Digest::from_str).transpose()?,
        })
    }
}

/// The host is what stands before the first slash, when it looks like one (`localhost`, a dot, a colon, an upper-case
/// letter): `nb-docker-reg/x` is a user's repository on Docker Hub.
fn split_host(text: &str) -> (Option<&str>, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn parse(text: &str) -> Result<Reference, ReferenceError> {
        text.parse()
    }

    /// The host rule, Docker Hub's short forms, tags against ports.
    #[test]
    fn names_mean_what_they_mean_to_docker() {
        for (written, meant) in [
            ("localhost:5000/my-fancy-app:1.0.0", "localhost:5000/my-fancy-app:1.0.0"),
            ("localhost:5000/my-fancy-app", "localhost:5000/my-fancy-app:latest"),
            ("ubuntu", "docker.io/library/ubuntu:latest"),
            ("ubuntu:v1", "docker.io/library/ubuntu:v1"),
            ("localhost", "docker.io/library/localhost:latest"),
            ("example.com", "docker.io/library/example.com:latest"),
            ("localhost/x", "localhost/x:latest"),
            ("user/app", "docker.io/user/app:latest"),
            ("nb-docker-reg/x", "docker.io/nb-docker-reg/x:latest"),
            ("UPPER/x", "UPPER/x:latest"),
            ("index.docker.io/ubuntu", "docker.io/library/ubuntu:latest"),
            ("docker.io/ubuntu", "docker.io/library/ubuntu:latest"),
            ("docker.io/user/app:2", "docker.io/user/app:2"),
            ("[::1]:5000/x:1", "[::1]:5000/x:1"),
            ("[2001:db8::1]/x", "[2001:db8::1]/x:latest"),
            ("r.example/a/b__c/d--e.f:T_1.-", "r.example/a/b__c/d--e.f:T_1.-"),
            ("x:a/b:1", "x:a/b:1"),
        ] {
            match parse(written) {
                Ok(reference) => assert_eq!(reference.canonical().to_string(), meant, "{written}"),
                Err(error) => assert_eq!((written, error), ("x:a/b:1", ReferenceError::Format)),
            }
        }
    }

    #[test]
    fn a_digest_decides_over_a_tag() {
        let reference = parse(&format!("r.example/app:1@{DIGEST}")).expect("a reference");
        assert_eq!(reference.canonical().to_string(), format!("r.example/app@{DIGEST}"));
        assert_eq!(reference.to_string(), format!("r.example/app:1@{DIGEST}"));
    }

    #[test]
    fn people_see_the_familiar_form() {
        for (written, familiar) in [
            ("docker.io/registry.example/app:1", "docker.io/registry.example/app:1"),
            ("docker.io/localhost/app", "docker.io/localhost/app"),
            ("docker.io/library/ubuntu:1", "ubuntu:1"),
            ("docker.io/user/app:1", "user/app:1"),
            ("localhost:5000/app:1", "localhost:5000/app:1"),
        ] {
            assert_eq!(parse(written).expect("a reference").familiar(), familiar);
        }
    }

    #[test]
    fn refuses_in_dockers_words() {
        let long = format!("localhost:5000/{}", "a".repeat(256));
        let long_tag = format!("a:{}", "a".repeat(129));
        let hex = "0".repeat(64);
        for (text, words) in [
            ("", "invalid reference format"),
            ("My-App:1", "invalid reference format: repository name (library/My-App) must be lowercase"),
            ("r.example/My/App", "invalid reference format: repository name (My/App) must be lowercase"),
            ("a:bad/tag", "invalid reference format"),
            ("a:.x", "invalid reference format"),
            ("a:", "invalid reference format"),
            ("a@", "invalid digest format: a digest is `sha256:` and 64 hexadecimal digits"),
            ("a@sha256:abc", "invalid digest format: a digest is `sha256:` and 64 hexadecimal digits"),
            ("a..b", "invalid reference format"),
            ("a___b", "invalid reference format"),
            ("_a", "invalid reference format"),
            ("a/", "invalid reference format"),
            ("/a", "invalid reference format"),
            ("a b", "invalid reference format"),
            ("a\u{1b}[31m", "invalid reference format"),
            ("r.example:99999/a", "invalid reference format"),
            ("r.example:/a", "invalid reference format"),
            ("[::1/a", "invalid reference format"),
            ("-r.example/a", "invalid reference format"),
            (&long, "repository name must not be more than 255 characters"),
            (&long_tag, "invalid reference format"),
            (
                "https://r.example/a",
                "invalid reference format: `https://r.example/a` has a scheme, and an image's name has none",
            ),
            (&hex, &format!("invalid repository name ({hex}), cannot specify 64-byte hexadecimal strings")),
        ] {
            assert_eq!(parse(text).map_err(|error| error.to_string()), Err(words.to_owned()), "{text}");
        }
    }

    #[test]
    fn hosts_know_their_parts() {
        let host = |text: &str| text.parse::<Host>().expect("a host");
        assert_eq!((host("[::1]:5000").name(), host("[::1]:5000").port()), ("::1", Some(5000)));
        assert_eq!((host("[::1]").name(), host("[::1]").port()), ("::1", None));
        assert_eq!((host("r.example:443").name(), host("r.example").port()), ("r.example", None));
        for (text, loopback) in [
            ("localhost:5000", true),
            ("127.9.9.9", true),
            ("[::1]:1", true),
            ("localhost.evil.example", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(host(text).is_loopback(), loopback, "{text}");
        }
    }
}
