//! `index.json`: the one file of a layout that is changed in place, and so the one that processes could lose each other's
//! work in.
//!
//! A change takes the lock, reads the file again, and puts a whole new file in its place. Entries and members that rpush does
//! not understand are carried over as they are (L-06, L-14).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::image::{Descriptor, MediaType, REF_NAME, Reference, entry_names};

/// The contents of `index.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    #[serde(rename = "schemaVersion", default = "two")]
    schema_version: u64,
    #[serde(rename = "mediaType", default = "index_type")]
    media_type: MediaType,
    /// `null` is what Docker 25.0.0 wrote for none (L-02).
    #[serde(default, deserialize_with = "null_is_none")]
    manifests: Vec<Item>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// One member of `manifests`. A broken one must not make the others unreadable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Item {
    Entry(Box<Descriptor>),
    Unreadable(Value),
}

fn two() -> u64 {
    2
}

fn index_type() -> MediaType {
    MediaType::INDEX
}

fn null_is_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Item>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Default for Index {
    fn default() -> Self {
        Self { schema_version: 2, media_type: MediaType::INDEX, manifests: Vec::new(), other: Map::new() }
    }
}

impl Index {
    /// Reads the file's bytes.
    pub fn parse(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an index has text keys only")
    }

    /// The entries that could be read.
    pub fn entries(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter().filter_map(|item| match item {
            Item::Entry(descriptor) => Some(&**descriptor),
            Item::Unreadable(_) => None,
        })
    }

    /// The places in the list of those that could not be read.
    pub fn unreadable(&self) -> impl Iterator<Item = usize> {
        let members = self.manifests.iter().enumerate();
        members.filter(|(_, item)| matches!(item, Item::Unreadable(_))).map(|(position, _)| position)
    }

    /// What a name stands for. Two entries of one name are a fault of another tool's; the last one counts (L-09).
    pub fn named(&self, name: &Reference) -> Option<&Descriptor> {
        let name = name.canonical();
        self.entries().filter(|entry| is_called(entry, &name)).last()
    }

    /// Lets a name stand for an image. Its entry is replaced where it is, and further ones of the name go.
    pub fn set(&mut self, name: &Reference, image: &Descriptor) {
        let name = name.canonical();
        let mut entry = image.bare();
        entry.annotations.insert(REF_NAME.to_owned(), name.to_string());
        let is_named = |item: &Item| matches!(item, Item::Entry(entry) if is_called(entry, &name));
        let mut entry = Some(Item::Entry(Box::new(entry)));
        for item in self.manifests.iter_mut().filter(|item| is_named(item)) {
            if let Some(entry) = entry.take() {
                *item = entry;
            } else {
                *item = Item::Unreadable(Value::Null);
            }
        }
        self.manifests.retain(|item| *item != Item::Unreadable(Value::Null));
        self.manifests.extend(entry);
    }

    /// Removes the entries for which `is_gone` says so.
    pub fn remove(&mut self, is_gone: impl Fn(&Descriptor) -> bool) {
        self.manifests.retain(|item| !matches!(item, Item::Entry(entry) if is_gone(entry)));
    }
}

/// Whether the annotations of an entry amount to this name.
fn is_called(entry: &Descriptor, name: &Reference) -> bool {
    entry_names(entry).iter().any(|found| found.reference.as_ref() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::CONTAINERD_NAME;

    fn name(text: &str) -> Reference {
        text.parse().expect("a reference")
    }

    fn image(text: &str) -> Descriptor {
        Descriptor::of(MediaType::MANIFEST, text.as_bytes())
    }

    /// L-02, L-06, L-14: what other tools wrote is read, and survives a change by rpush.
    #[test]
    fn what_others_wrote_survives() {
        let digest = image("a").digest;
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"x/y","manifests":[{{"mediaType":"application/xml","digest":"{digest}","size":1,"urls":[]}},{{"digest":"rubbish"}}],"annotations":{{"k":"v"}}}}"#
        );
        let mut index = Index::parse(text.as_bytes()).expect("parses");
        assert_eq!(index.entries().count(), 1);
        index.set(&name("app:1"), &image("b"));
        index.remove(|entry| entry.digest == image("b").digest);
        assert_eq!(String::from_utf8(index.to_bytes()).expect("text"), text);
        assert_eq!(Index::parse(br#"{"manifests":null}"#).expect("parses").entries().count(), 0);
    }

    #[test]
    fn a_name_is_one_entry_and_moves_in_place() {
        let mut index = Index::default();
        for text in ["app:1", "app:2", "app:1"] {
            index.set(&name(text), &image(text));
        }
        index.set(&name("docker.io/library/app:1"), &image("moved"));
        let digests: Vec<_> = index.entries().map(|entry| entry.digest).collect();
        assert_eq!(digests, [image("moved").digest, image("app:2").digest]);
        assert_eq!(index.named(&name("app:1")).expect("named").digest, image("moved").digest);
    }

    /// L-09: the last of two entries counts, and a change leaves one.
    #[test]
    fn two_entries_of_one_name_become_one() {
        let mut index = Index::default();
        for text in ["old", "new"] {
            let mut entry = image(text);
            entry.annotations.insert(CONTAINERD_NAME.into(), "docker.io/library/app:1".into());
            entry.annotations.insert(REF_NAME.into(), "1".into());
            index.manifests.push(Item::Entry(Box::new(entry)));
        }
        assert_eq!(index.named(&name("app:1")).expect("named").digest, image("new").digest);
        index.set(&name("app:1"), &image("newest"));
        assert_eq!(index.entries().count(), 1);
    }
}
