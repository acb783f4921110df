//! The `index.json` of a repository: which manifests it has and what they are tagged. The same file makes the
//! repository an OCI layout for every other tool.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::image::{Descriptor, Digest, MediaType, REF_NAME, Tag};

/// The entries of a repository: one a tag, and one without a name for a manifest that has no tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    schema_version: u64,
    #[serde(default = "index_type")]
    media_type: MediaType,
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    /// What other tools wrote there, kept (L-14).
    #[serde(flatten)]
    other: Map<String, Value>,
}

fn index_type() -> MediaType {
    MediaType::INDEX
}

impl Default for Index {
    fn default() -> Self {
        Self { schema_version: 2, media_type: MediaType::INDEX, manifests: Some(Vec::new()), other: Map::new() }
    }
}

impl Index {
    /// The manifest under a tag; of several the last counts (L-09).
    pub(super) fn tagged(&self, tag: &Tag) -> Option<&Descriptor> {
        self.entries().iter().rev().find(|entry| is_named(entry, tag))
    }

    /// A manifest by its digest.
    pub(super) fn find(&self, digest: &Digest) -> Option<&Descriptor> {
        self.entries().iter().find(|entry| entry.digest == *digest)
    }

    /// The tags, sorted. Names that other tools gave and that are no tags are left out.
    pub(super) fn tags(&self) -> Vec<&str> {
        let names = self.entries().iter().filter_map(|entry| entry.annotations.get(REF_NAME));
        let mut tags: Vec<_> = names.map(String::as_str).filter(|name| name.parse::<Tag>().is_ok()).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }

    /// Adds a manifest under these tags. Manifests that lose a tag stay reachable by their digest.
    pub(super) fn put(&mut self, manifest: &Descriptor, tags: &[Tag]) {
        for tag in tags {
            self.untag(tag);
        }
        let entries = self.manifests.get_or_insert_default();
        entries.retain(|entry| entry.digest != manifest.digest || entry.annotations.contains_key(REF_NAME));
        // The same bytes sent as another type are that type everywhere.
        for entry in entries.iter_mut().filter(|entry| entry.digest == manifest.digest) {
            entry.media_type = manifest.media_type.clone();
        }
        for tag in tags {
            let mut entry = manifest.bare();
            entry.annotations.insert(REF_NAME.to_owned(), tag.to_string());
            entries.push(entry);
        }
        if !entries.iter().any(|entry| entry.digest == manifest.digest) {
            entries.push(manifest.bare());
        }
    }

    /// Removes a tag, and says whether it was there (R-21: the manifest stays).
    pub(super) fn untag(&mut self, tag: &Tag) -> bool {
        let entries = self.manifests.get_or_insert_default();
        let (named, mut others): (Vec<_>, Vec<_>) = entries.drain(..).partition(|entry| is_named(entry, tag));
        for entry in &named {
            if !others.iter().any(|other| other.digest == entry.digest) {
                others.push(entry.bare());
            }
        }
        *entries = others;
        !named.is_empty()
    }

    /// Removes a manifest with its tags, and says whether it was there.
    pub(super) fn remove(&mut self, digest: &Digest) -> bool {
        let entries = self.manifests.get_or_insert_default();
        let before = entries.len();
        entries.retain(|entry| entry.digest != *digest);
        entries.len() < before
    }

    fn entries(&self) -> &[Descriptor] {
        self.manifests.as_deref().unwrap_or_default()
    }
}

fn is_named(entry: &Descriptor, tag: &Tag) -> bool {
    entry.annotations.get(REF_NAME).is_some_and(|name| name == tag.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        text.parse().expect("a tag")
    }

    fn manifest(text: &str) -> Descriptor {
        Descriptor::of(MediaType::MANIFEST, text.as_bytes())
    }

    #[test]
    fn a_manifest_that_loses_its_last_tag_stays_by_digest() {
        let mut index = Index::default();
        index.put(&manifest("one"), &[tag("a"), tag("b")]);
        index.put(&manifest("two"), &[tag("a")]);
        assert_eq!(index.tagged(&tag("a")).map(|entry| entry.digest), Some(manifest("two").digest));
        assert_eq!(index.entries().len(), 2);
        assert!(index.untag(&tag("b")) && !index.untag(&tag("b")));
        assert_eq!((index.tags(), index.entries().len()), (vec!["a"], 2));
        assert!(index.find(&manifest("one").digest).is_some_and(|entry| entry.annotations.is_empty()));
        index.put(&manifest("one"), &[tag("c")]);
        assert_eq!((index.tags(), index.entries().len()), (vec!["a", "c"], 2));
        assert!(index.remove(&manifest("one").digest) && !index.remove(&manifest("one").digest));
    }

    /// L-02, L-14: other tools' index files are read, and what they say of their own is kept.
    #[test]
    fn l14_unknown_members_and_foreign_names_are_kept() {
        let text = r#"{"schemaVersion":2,"manifests":null,"x-mine":{"a":1}}"#;
        let mut index: Index = serde_json::from_str(text).expect("parses");
        index.put(&manifest("one"), &[tag("a")]);
        let written = serde_json::to_value(&index).expect("serializes");
        assert_eq!((&written["x-mine"]["a"], &written["mediaType"]), (&1.into(), &MediaType::INDEX.as_str().into()));
        let mut foreign = manifest("two");
        foreign.annotations.insert(REF_NAME.into(), "localhost:5000/x:1".into());
        index.manifests.get_or_insert_default().push(foreign);
        assert_eq!(index.tags(), ["a"]);
    }
}
