//! Descriptors: how one piece of content points at another (image-spec descriptor.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, MediaType, Platform};

/// The annotation that names an entry of a layout's `index.json` (annotations.md; L-07).
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// containerd's and Docker's annotation for the full name of an image in an archive.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// What something is, how long it is, and what its bytes hash to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The type of the content.
    #[serde(rename = "mediaType")]
    pub media_type: MediaType,
    /// The digest of the content.
    pub digest: Digest,
    /// The length of the content in bytes.
    pub size: u64,
    /// Notes about the content, text to text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// For an entry of an index: the platform of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Whatever else the descriptor says (`urls`, `data`, `artifactType`, unknown members); kept when it is written again
    /// (L-14).
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Descriptor {
    /// A descriptor that says no more than it has to.
    pub fn new(media_type: MediaType, digest: Digest, size: u64) -> Self {
        Self { media_type, digest, size, annotations: BTreeMap::new(), platform: None, other: serde_json::Map::new() }
    }

    /// The descriptor of `bytes`.
    pub fn of(media_type: MediaType, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// Type, digest and size alone.
    pub fn bare(&self) -> Self {
        Self::new(self.media_type.clone(), self.digest, self.size)
    }

    /// Whether the descriptor belongs to an attestation, which is never chosen as a platform (T-11).
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|kind| kind == "attestation-manifest")
            || self.platform.as_ref().is_some_and(Platform::is_unknown)
    }

    /// The digest of the image that this attestation speaks of.
    pub fn attested(&self) -> Option<Digest> {
        self.annotations.get("vnd.docker.reference.digest")?.parse().ok()
    }

    /// Content embedded in the descriptor, when it is there and hashes to what the descriptor says (C-33).
    pub fn embedded(&self) -> Option<Vec<u8>> {
        use base64::Engine as _;
        let text = self.other.get("data")?.as_str()?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
        let mut hasher = super::Hasher::new(self.digest.algorithm());
        hasher.update(&bytes);
        (bytes.len() as u64 == self.size && hasher.finish() == self.digest).then_some(bytes)
    }
}

/// `"annotations": null` is written by some tools and means none.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_survive_being_written_again() {
        let text = r#"{"mediaType":"a/b","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0,"annotations":{"k":"v"},"platform":{"architecture":"amd64","os":"linux","os.features":["win32k"]},"x-mine":[1]}"#;
        let descriptor: Descriptor = serde_json::from_str(text).expect("parses");
        assert_eq!(serde_json::to_string(&descriptor).expect("serializes"), text);
    }

    #[test]
    fn embedded_data_counts_only_when_it_is_what_the_descriptor_says() {
        let mut descriptor = Descriptor::of(MediaType::new("a/b"), b"{}");
        assert_eq!(descriptor.embedded(), None);
        descriptor.other.insert("data".into(), "e30=".into());
        assert_eq!(descriptor.embedded().as_deref(), Some(&b"{}"[..]));
        descriptor.other.insert("data".into(), "W10=".into());
        assert_eq!(descriptor.embedded(), None);
    }

    #[test]
    fn negative_and_huge_sizes_are_refused() {
        for size in ["-1", "1e99", "18446744073709551616", "\"1\""] {
            let text = format!(r#"{{"mediaType":"a/b","digest":"{}","size":{size}}}"#, Digest::of(b""));
            assert!(serde_json::from_str::<Descriptor>(&text).is_err(), "{size}");
        }
    }
}
