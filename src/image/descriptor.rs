//! Descriptors: how one piece of content points at another (image-spec descriptor.md).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::{Digest, MediaType, Platform};

/// The annotation that names an entry of a layout's `index.json` (annotations.md; L-07).
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// containerd's and Docker's annotation for the full name of an image in an archive.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// How many values the unknown members of one descriptor may have. Known to exist are a list of addresses and a few texts.
const MAX_OTHER: usize = 1024;

/// What something is, how long it is, and what its bytes hash to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Descriptor {
    /// The type of the content.
    #[serde(rename = "mediaType")]
    pub media_type: MediaType,
    /// The digest of the content.
    pub digest: Digest,
    /// The length of the content in bytes.
    pub size: u64,
    /// Notes about the content, text to text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// For an entry of an index: the platform of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
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

    /// What is needed to move the content: type, digest, size, and the content itself when it is embedded.
    pub fn to_move(&self) -> Self {
        let data = self.other.get("data").map(|data| ("data".to_owned(), data.clone()));
        Self { other: data.into_iter().collect(), ..self.bare() }
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

/// Written by hand, because derived code takes members that it does not know into memory before it looks at them.
impl<'de> Deserialize<'de> for Descriptor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Descriptor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a descriptor")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Descriptor, A::Error> {
        let (mut media_type, mut digest, mut size, mut annotations, mut platform) = (None, None, None, None, None);
        let (mut other, bounded) = (serde_json::Map::new(), Bounded::new(MAX_OTHER));
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "mediaType" => once(&mut media_type, "mediaType", &mut members)?,
                "digest" => once(&mut digest, "digest", &mut members)?,
                "size" => once(&mut size, "size", &mut members)?,
                "annotations" => once(&mut annotations, "annotations", &mut members)?,
                "platform" => {
                    // It keeps what it does not know as well, and that counts too.
                    let value = members.next_value_seed(&bounded)?;
                    let read = Option::<Platform>::deserialize(value).map_err(A::Error::custom)?;
                    if platform.replace(read).is_some() {
                        return Err(A::Error::duplicate_field("platform"));
                    }
                }
                _ => drop(other.insert(name, members.next_value_seed(&bounded)?)),
            }
        }
        Ok(Descriptor {
            media_type: media_type.ok_or_else(|| A::Error::missing_field("mediaType"))?,
            digest: digest.ok_or_else(|| A::Error::missing_field("digest"))?,
            size: size.ok_or_else(|| A::Error::missing_field("size"))?,
            // `"annotations": null` is written by some tools and means none.
            annotations: annotations.flatten().unwrap_or_default(),
            platform: platform.flatten(),
            other,
        })
    }
}

/// Reads a member that comes once: tools disagree about which of two counts.
fn once<'de, T, A>(into: &mut Option<T>, name: &'static str, members: &mut A) -> Result<(), A::Error>
where
    T: Deserialize<'de>,
    A: MapAccess<'de>,
{
    match into.replace(members.next_value()?) {
        None => Ok(()),
        Some(_) => Err(A::Error::duplicate_field(name)),
    }
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
    fn members_that_come_twice_or_without_end_are_refused() {
        let with = |more: &str| {
            let digest = Digest::of(b"");
            let text = format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":0,{more}}}"#);
            serde_json::from_str::<Descriptor>(&text)
        };
        let read = with(r#""annotations":null,"platform":null,"urls":["https://a.example"]"#).expect("a descriptor");
        assert_eq!((read.annotations.len(), read.platform, read.other.len()), (0, None, 1));
        for member in ["\"size\":0".to_owned(), "\"annotations\":{},\"annotations\":null".to_owned()] {
            assert!(with(&member).expect_err(&member).to_string().contains("duplicate field"), "{member}");
        }
        let many = format!("\"x\":[{}0]", "0,".repeat(MAX_OTHER));
        assert!(with(&many).is_err_and(|error| error.to_string().starts_with("more members than anybody writes")));
        let platform = format!(r#""platform":{{"os":"linux","architecture":"amd64",{many}}}"#);
        assert!(with(&platform).is_err());
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
