//! The words of a request target: parts of the path and parameters of the query, as types or as the refusal that
//! their error deserves.

use serde_json::json;

use super::error::{Code, Refusal};
use super::page::Page;
use super::route::{Pointer, Start};
use crate::image::{Algorithm, Digest, RepositoryName};

/// The parts of a path, decoded one by one.
pub(super) fn segments(path: &str) -> Result<Vec<String>, Refusal> {
    let decoded: Option<Vec<_>> = path.strip_prefix('/').and_then(|path| path.split('/').map(decode).collect());
    decoded.ok_or_else(|| Refusal::new(Code::NameInvalid, "the path is not valid percent-encoded UTF-8"))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, _) = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                let hex =
                    std::str::from_utf8(&hex).ok().filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
                (after, bytes.push(u8::from_str_radix(hex, 16).ok()?))
            }
            (b'%', _) => return None,
            (byte, after) => (after, bytes.push(*byte)),
        };
    }
    String::from_utf8(bytes).ok()
}

/// The name of a repository from the parts of a path.
pub(super) fn repository(segments: &[&str]) -> Result<RepositoryName, Refusal> {
    let name = segments.join("/");
    // Joining would heal a slash that was encoded within a part.
    let is_plain = segments.iter().all(|segment| !segment.contains('/'));
    let parsed = name.parse().ok().filter(|_| is_plain);
    parsed.ok_or_else(|| Refusal::new(Code::NameInvalid, "not a valid repository name").detail(json!({ "name": name })))
}

/// A digest, or why it is none.
pub(super) fn digest(text: &str) -> Result<Digest, Refusal> {
    text.parse().map_err(|error| Refusal::new(Code::DigestInvalid, error).detail(json!({ "digest": text })))
}

/// What is no valid tag names nothing, so it is not found (the specification wants 404, not 400).
pub(super) fn pointer(text: &str) -> Result<Pointer, Refusal> {
    if text.contains(':') {
        return digest(text).map(Pointer::Digest);
    }
    let unknown = |_| Refusal::new(Code::ManifestUnknown, "no such manifest").detail(json!({ "tag": text }));
    text.parse().map(Pointer::Tag).map_err(unknown)
}

/// The parameters, decoded, in their order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string.
    pub(super) fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Every value of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The wanted part of a list.
    pub(super) fn page(&self) -> Result<Page, Refusal> {
        Page::parse(self.get("n"), self.get("last"))
            .map_err(|_| Refusal::new(Code::Unsupported, "the parameter `n` is not a number"))
    }

    /// The wanted type of referrers. `+json` is often sent without encoding the plus, which then reads as a space;
    /// types have no spaces.
    pub(super) fn artifact_type(&self) -> Option<String> {
        self.get("artifactType").filter(|text| !text.is_empty()).map(|text| text.replace(' ', "+"))
    }

    /// How a blob is brought.
    pub(super) fn start(&self) -> Result<Start, Refusal> {
        if let Some(text) = self.get("mount") {
            let from = self.get("from").filter(|from| !from.is_empty());
            let from = from.map(|from| repository(&from.split('/').collect::<Vec<_>>())).transpose()?;
            return Ok(Start::Mount { digest: digest(text)?, from });
        }
        if let Some(text) = self.get("digest") {
            return Ok(Start::Whole(digest(text)?));
        }
        let algorithm = match self.get("digest-algorithm") {
            None => Algorithm::Sha256,
            Some(name) => Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
                Refusal::new(Code::Unsupported, "only sha256 and sha512 are supported")
                    .detail(json!({ "digest-algorithm": name }))
            })?,
        };
        Ok(Start::Session(algorithm))
    }
}
