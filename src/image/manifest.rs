//! Manifests: the documents that hold an image together.
//!
//! A manifest is read to learn what it points at and is then moved as the bytes it came as, never written again (C-31).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};

use super::{Descriptor, Digest, MediaType, Platform, Role};

/// The largest manifest that is read: what registries have to take (C-64), and a bound on what a hostile one can cost.
pub const MAX_MANIFEST_SIZE: u64 = 4 * 1024 * 1024;

/// How many entries a manifest may have. The largest images have a few hundred, and four mebibytes of the shortest ones there
/// can be would cost fifty in memory, several times over.
const MAX_ENTRIES: usize = 10_000;

/// A manifest or an index, as far as rpush has to understand it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The type to send it under: its own `mediaType`, else the one it was found under (C-60).
    pub media_type: MediaType,
    /// What it points at.
    pub kind: Kind,
    /// What it is about, when it is a signature, an attestation or the like. A weak link: not moved along.
    pub subject: Option<Descriptor>,
    /// What it is, when it is no container image.
    pub artifact_type: Option<MediaType>,
}

/// The two kinds of manifest.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A list of manifests, and sometimes of other things (C-69).
    Index(Vec<Descriptor>),
    /// An image or an artifact.
    Image {
        /// The config; artifact manifests of old have none.
        config: Option<Descriptor>,
        /// The layers, base first; for artifacts, the blobs.
        layers: Vec<Descriptor>,
    },
}

/// Why bytes are not a manifest that rpush moves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON, or not of a manifest's shape.
    #[error("not a manifest: {0}")]
    Malformed(String),
    /// Docker's manifest of before 2016, whose bytes don't hash to its digest.
    #[error("a schema 1 manifest, which nothing supports any more; push the image again with Docker 1.10 or newer")]
    Schema1,
    /// One document that some tools would read as an image and others as an index (CVE-2021-41190).
    #[error("a manifest that is an image and an index at the same time, refused because tools would disagree about it")]
    Ambiguous,
    /// The document says that it is something else than what it was stored or sent as (CVE-2021-41190).
    #[error("a manifest that says it is {own} but was given as {stated}")]
    OtherType {
        /// What it was stored or sent as.
        stated: MediaType,
        /// What it says of itself.
        own: MediaType,
    },
    /// Larger than [`MAX_MANIFEST_SIZE`].
    #[error("a manifest of {0} bytes, more than the 4 MiB that registries take")]
    TooLarge(u64),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: Option<u64>,
    media_type: Option<MediaType>,
    artifact_type: Option<MediaType>,
    config: Option<Descriptor>,
    layers: Option<Entries>,
    blobs: Option<Entries>,
    manifests: Option<Entries>,
    subject: Option<Descriptor>,
}

/// A list of no more than [`MAX_ENTRIES`] descriptors.
#[derive(Default)]
struct Entries(Vec<Descriptor>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Counting)
    }
}

struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of descriptors")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entries, A::Error> {
        let mut list = Vec::new();
        while let Some(descriptor) = items.next_element()? {
            if list.len() == MAX_ENTRIES {
                return Err(A::Error::custom(format!("it lists more than {MAX_ENTRIES} things")));
            }
            list.push(descriptor);
        }
        Ok(Entries(list))
    }
}

impl Manifest {
    /// Reads a manifest that was found under the type `stated`.
    pub fn parse(stated: &MediaType, bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() as u64 > MAX_MANIFEST_SIZE {
            return Err(ManifestError::TooLarge(bytes.len() as u64));
        }
        // Text as a whole, and not only where it is looked at.
        let text = std::str::from_utf8(bytes).map_err(|error| ManifestError::Malformed(error.to_string()))?;
        let document: Document =
            serde_json::from_str(text).map_err(|error| ManifestError::Malformed(error.to_string()))?;
        let own = document.media_type.filter(|own| !own.as_str().is_empty());
        let media_type = own.clone().unwrap_or_else(|| stated.clone());
        if document.schema_version == Some(1) || media_type.role() == Role::Schema1 {
            return Err(ManifestError::Schema1);
        }
        let lists = document.manifests.is_some();
        let holds = document.config.is_some() || document.layers.is_some() || document.blobs.is_some();
        if lists && holds {
            return Err(ManifestError::Ambiguous);
        }
        // What the sender called it and what it calls itself must lead every reader to the same kind.
        if let Some(own) = own.filter(|own| is_manifest(stated) && own.role() != stated.role()) {
            return Err(ManifestError::OtherType { stated: stated.clone(), own });
        }
        let is_index = match media_type.role() {
            Role::Index => true,
            Role::Manifest => false,
            _ => lists,
        };
        let media_type = match (is_manifest(&media_type), is_index) {
            (true, _) => media_type,
            (false, true) => MediaType::INDEX,
            (false, false) => MediaType::MANIFEST,
        };
        if (is_index && holds) || (!is_index && lists) {
            return Err(ManifestError::Ambiguous);
        }
        let kind = match is_index {
            true => Kind::Index(document.manifests.unwrap_or_default().0),
            false => Kind::Image {
                config: document.config,
                layers: match (document.layers.unwrap_or_default().0, document.blobs.unwrap_or_default().0) {
                    (layers, blobs) if blobs.is_empty() => layers,
                    (layers, blobs) => [layers, blobs].concat(),
                },
            },
        };
        Ok(Self { media_type, kind, subject: document.subject, artifact_type: document.artifact_type })
    }

    /// Everything it points at and cannot do without.
    pub fn children(&self) -> impl Iterator<Item = &Descriptor> {
        let (first, rest) = match &self.kind {
            Kind::Index(entries) => (None, entries),
            Kind::Image { config, layers } => (config.as_ref(), layers),
        };
        first.into_iter().chain(rest)
    }

    /// The entry of this index to take for `wanted`, or else for this machine (P-01..P-07).
    pub fn choose(&self, wanted: Option<&Platform>) -> Result<&Descriptor, NoPlatform> {
        let Kind::Index(entries) = &self.kind else {
            return Err(NoPlatform { wanted: None, offered: Vec::new() });
        };
        let offered = || entries.iter().filter(|entry| !entry.is_attestation());
        let candidates = match wanted {
            Some(platform) => vec![platform.clone()],
            None => Platform::of_this_machine().with_fallbacks(),
        };
        let exact = |platform: &Platform| {
            offered().find(|entry| entry.platform.as_ref().is_some_and(|offered| platform.accepts(offered)))
        };
        // One image without a platform is what nobody had to choose from.
        let only = || match offered().collect::<Vec<_>>()[..] {
            [only] if only.platform.is_none() => Some(only),
            _ => None,
        };
        candidates.iter().find_map(exact).or_else(only).ok_or_else(|| NoPlatform {
            wanted: Some(candidates[0].clone()),
            offered: offered().filter_map(|entry| entry.platform.clone()).collect(),
        })
    }

    /// The attestations that speak of one entry of this index, and travel with it (T-11).
    pub fn attestations_of(&self, image: Digest) -> impl Iterator<Item = &Descriptor> {
        let entries = match &self.kind {
            Kind::Index(entries) => entries.as_slice(),
            Kind::Image { .. } => &[],
        };
        entries.iter().filter(move |entry| entry.is_attestation() && entry.attested() == Some(image))
    }
}

fn is_manifest(media_type: &MediaType) -> bool {
    matches!(media_type.role(), Role::Index | Role::Manifest)
}

/// An index has no image for the platform.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("no image for {}{}", self.wanted_text(), self.offered_text())]
pub struct NoPlatform {
    /// What was asked for.
    pub wanted: Option<Platform>,
    /// What there is (P-07).
    pub offered: Vec<Platform>,
}

impl NoPlatform {
    fn wanted_text(&self) -> String {
        self.wanted.as_ref().map_or_else(|| "this platform".to_owned(), ToString::to_string)
    }

    fn offered_text(&self) -> String {
        match self.offered.as_slice() {
            [] => String::new(),
            offered => {
                let names: Vec<_> = offered.iter().map(|platform| platform.normalized().to_string()).collect();
                format!(", only for {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(name: &str) -> String {
        format!(r#"{{"mediaType":"a/b","digest":"{}","size":{}}}"#, Digest::of(name.as_bytes()), name.len())
    }

    fn parse(stated: &MediaType, text: &str) -> Result<Manifest, ManifestError> {
        Manifest::parse(stated, text.as_bytes())
    }

    #[test]
    fn reads_images_indexes_and_artifacts() {
        let layer = descriptor("layer");
        let image =
            parse(&MediaType::MANIFEST, &format!(r#"{{"schemaVersion":2,"config":{layer},"layers":[{layer}]}}"#));
        assert_eq!(image.expect("an image").children().count(), 2);
        let index = parse(&MediaType::INDEX, r#"{"schemaVersion":2,"manifests":null}"#).expect("an index");
        assert!(matches!(index.kind, Kind::Index(entries) if entries.is_empty()));
        let artifact = MediaType::new("application/vnd.oci.artifact.manifest.v1+json");
        let artifact = parse(&artifact, &format!(r#"{{"blobs":[{layer}],"subject":{layer}}}"#)).expect("an artifact");
        assert_eq!(artifact.children().count(), 1);
        assert!(artifact.subject.is_some());
    }

    /// C-60: the manifest's own type goes on the wire, not the one in whatever pointed at it.
    #[test]
    fn its_own_media_type_wins_within_the_same_kind() {
        let text = format!(r#"{{"mediaType":"{}","config":{}}}"#, MediaType::DOCKER_MANIFEST, descriptor("c"));
        assert_eq!(parse(&MediaType::MANIFEST, &text).expect("an image").media_type, MediaType::DOCKER_MANIFEST);
    }

    /// CVE-2021-41190: no document that one tool reads as an image and another as an index.
    #[test]
    fn cve_2021_41190_two_faced_documents_are_refused() {
        let both = format!(r#"{{"schemaVersion":2,"layers":[],"manifests":[{}]}}"#, descriptor("m"));
        for stated in [MediaType::MANIFEST, MediaType::INDEX, MediaType::new("application/json")] {
            assert_eq!(parse(&stated, &both).unwrap_err(), ManifestError::Ambiguous);
        }
        let index = format!(r#"{{"mediaType":"{}","manifests":[]}}"#, MediaType::INDEX);
        assert!(matches!(parse(&MediaType::MANIFEST, &index), Err(ManifestError::OtherType { .. })));
        assert_eq!(parse(&MediaType::MANIFEST, r#"{"manifests":[]}"#).unwrap_err(), ManifestError::Ambiguous);
    }

    #[test]
    fn schema_1_duplicate_keys_and_trailing_data_are_refused() {
        assert_eq!(parse(&MediaType::MANIFEST, r#"{"schemaVersion":1}"#).unwrap_err(), ManifestError::Schema1);
        for text in [r#"{"layers":[],"layers":[]}"#, "{} {}", "[]", "", r#"{"layers":[{"size":1}]}"#] {
            assert!(matches!(parse(&MediaType::MANIFEST, text), Err(ManifestError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn lists_have_a_largest_length() {
        let list = |count: usize| {
            let entries = vec![descriptor("x"); count].join(",");
            parse(&MediaType::MANIFEST, &format!(r#"{{"layers":[{entries}]}}"#)).map(|read| read.children().count())
        };
        assert_eq!(list(MAX_ENTRIES), Ok(MAX_ENTRIES));
        let error = list(MAX_ENTRIES + 1).unwrap_err().to_string();
        assert!(error.starts_with("not a manifest: it lists more than 10000 things at line"), "{error}");
    }

    fn index_of(platforms: &[&str]) -> Manifest {
        let entries = platforms.iter().map(|text| {
            let mut entry = Descriptor::of(MediaType::MANIFEST, text.as_bytes());
            entry.platform = (!text.is_empty()).then(|| match *text {
                "unknown" => Platform::new("unknown", "unknown", None),
                text => text.parse().expect("a platform"),
            });
            entry
        });
        let kind = Kind::Index(entries.collect());
        Manifest { media_type: MediaType::INDEX, kind, subject: None, artifact_type: None }
    }

    #[test]
    fn the_first_matching_entry_is_chosen_and_never_an_attestation() {
        let wanted: Platform = "linux/arm64/v8".parse().expect("a platform");
        let index = index_of(&["unknown", "linux/amd64", "linux/arm64", "linux/arm64/v8"]);
        assert_eq!(index.choose(Some(&wanted)).expect("a match").digest, Digest::of(b"linux/arm64"));
        let error = index.choose(Some(&"linux/s390x".parse().expect("a platform"))).unwrap_err();
        assert_eq!(error.to_string(), "no image for linux/s390x, only for linux/amd64, linux/arm64, linux/arm64");
    }

    #[test]
    fn an_only_entry_without_a_platform_is_taken() {
        assert_eq!(index_of(&[""]).choose(None).expect("a match").digest, Digest::of(b""));
        assert!(index_of(&["", ""]).choose(None).is_err());
    }
}
