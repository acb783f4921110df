//! `index.json`: the one file of a layout that is changed in place, and so the one that processes could lose each other's
//! work in.
//!
//! A change takes the lock, reads the file again, and puts a whole new file in its place. Entries and members that rpush does
//! not understand are carried over as they are (L-06, L-14).
//!
//! A store may have twenty thousand names, five megabytes of them, and a change concerns one: entries are kept as the text
//! they came as, and only those are understood in which a name that is looked for can stand at all.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::image::{Descriptor, Digest, MediaType, REF_NAME, Reference, entry_names};

/// The contents of `index.json`.
#[derive(Debug, Clone)]
pub struct Index {
    schema_version: u64,
    media_type: MediaType,
    manifests: Vec<Item>,
    other: Vec<(String, Box<RawValue>)>,
    /// Whether it is another than the one that was read.
    is_changed: bool,
}

/// One member of `manifests`, as it was written. A broken one must not make the others unreadable.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Item(Box<RawValue>);

impl Item {
    /// What it says; `None` when that is no descriptor.
    fn read(&self) -> Option<Descriptor> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// Whether a text could be in one of its strings: as it is, or written with escapes.
    fn may_have(&self, text: &str) -> bool {
        self.0.get().contains('\\') || self.0.get().contains(text)
    }

    /// Whether it could have this name. However a name is spelt, the last component of the repository stands in it whole,
    /// and a tag that has to be written stands behind it.
    fn may_be_called(&self, name: &Reference) -> bool {
        let text = self.0.get();
        let repository = name.name.as_str().rsplit('/').next().unwrap_or_default();
        let tag = name.tag.as_ref().map(|tag| tag.as_str()).filter(|tag| *tag != "latest" && name.digest.is_none());
        let is_it = |at: usize| {
            let before = text[..at].bytes().next_back();
            let rest = &text[at + repository.len()..];
            let ends = |rest: &str| rest.bytes().next().is_none_or(|next| !is_of_a_name(next));
            before.is_none_or(|before| before == b'/' || !is_of_a_name(before))
                && match tag {
                    Some(tag) => rest.strip_prefix(':').and_then(|rest| rest.strip_prefix(tag)).is_some_and(ends),
                    None => rest.starts_with(':') || rest.starts_with('@') || ends(rest),
                }
        };
        text.contains('\\') || text.match_indices(repository).any(|(at, _)| is_it(at))
    }
}

/// Whether a byte can be part of a reference.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/:@+".contains(&byte)
}

impl Default for Index {
    fn default() -> Self {
        let (manifests, other) = Default::default();
        Self { schema_version: 2, media_type: MediaType::INDEX, manifests, other, is_changed: false }
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

    /// Whether it is another than the one that was read.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The entries that could be read.
    pub fn entries(&self) -> impl Iterator<Item = Descriptor> {
        self.manifests.iter().filter_map(Item::read)
    }

    /// The entries in which a text stands that JSON does not have to escape, and perhaps a few others.
    pub(super) fn entries_with(&self, text: &str) -> impl Iterator<Item = Descriptor> {
        self.manifests.iter().filter(move |item| item.may_have(text)).filter_map(Item::read)
    }

    /// The entries for one image.
    pub(super) fn entries_of(&self, image: &Digest) -> Vec<Descriptor> {
        self.entries_with(&image.to_string()).filter(|entry| entry.digest == *image).collect()
    }

    /// The entries that could have a name of the repository of this one, and with its tag if it has one: all that do, and
    /// perhaps a few others.
    pub(super) fn entries_like(&self, name: &Reference) -> impl Iterator<Item = Descriptor> {
        self.manifests.iter().filter(move |item| item.may_be_called(name)).filter_map(Item::read)
    }

    /// The places in the list of those that could not be read.
    pub fn unreadable(&self) -> impl Iterator<Item = usize> {
        let members = self.manifests.iter().enumerate();
        members.filter(|(_, item)| item.read().is_none()).map(|(position, _)| position)
    }

    /// What a name stands for. Two entries of one name are a fault of another tool's; the last one counts (L-09).
    pub fn named(&self, name: &Reference) -> Option<Descriptor> {
        let name = name.canonical();
        self.entries_like(&name).filter(|entry| is_called(entry, &name)).last()
    }

    /// Every tag of the repository of a name, in the order of the list, with what it stands for: the last of several counts.
    pub fn tagged(&self, repository: &Reference) -> Vec<(Reference, Descriptor)> {
        let repository = Reference { tag: None, digest: None, ..repository.clone() };
        let mut tagged: Vec<(Reference, Descriptor)> = Vec::new();
        let mut places = HashMap::new();
        for entry in self.entries_like(&repository) {
            for name in entry_names(&entry).into_iter().filter_map(|name| name.reference) {
                let Some(tag) = name.tag.clone() else { continue };
                if (&name.host, &name.name) != (&repository.host, &repository.name) {
                    continue;
                }
                let place = *places.entry(tag).or_insert(tagged.len());
                match tagged.get_mut(place) {
                    Some(known) => known.1 = entry.clone(),
                    None => tagged.push((name, entry.clone())),
                }
            }
        }
        tagged
    }

    /// Lets a name stand for an image. Its entry is replaced where it is, and further ones of the name go.
    pub fn set(&mut self, name: &Reference, image: &Descriptor) {
        let name = name.canonical();
        let mut entry = image.bare();
        entry.annotations.insert(REF_NAME.to_owned(), name.to_string());
        let entry = Item(to_raw_value(&entry).expect("a descriptor has text keys only"));
        let is_named = |item: &Item| item.may_be_called(&name) && item.read().is_some_and(|one| is_called(&one, &name));
        let mut places = (0..self.manifests.len()).filter(|place| is_named(&self.manifests[*place]));
        let (first, further) = (places.next(), places.collect::<Vec<_>>());
        match first {
            Some(place) if self.manifests[place].0.get() == entry.0.get() && further.is_empty() => return,
            Some(place) => self.manifests[place] = entry,
            None => self.manifests.push(entry),
        }
        let mut place = 0;
        self.manifests.retain(|_| (further.binary_search(&place).is_err(), place += 1).0);
        self.is_changed = true;
    }

    /// Lets a text that need not be a full name select an image, as other tools write it; without a text, the image is listed, and
    /// that is all.
    pub fn set_text(&mut self, text: Option<&str>, image: &Descriptor) {
        let mut entry = image.bare();
        entry.annotations.extend(text.map(|text| (REF_NAME.to_owned(), text.to_owned())));
        let selects = |known: &Descriptor| match text {
            Some(text) => known.annotations.get(REF_NAME).is_some_and(|name| name == text),
            None => known.digest == image.digest,
        };
        let gone: Vec<_> = self.entries().filter(selects).collect();
        if gone == [entry.clone()] || (text.is_none() && !gone.is_empty()) {
            return;
        }
        self.remove(&gone);
        self.manifests.push(Item(to_raw_value(&entry).expect("a descriptor has text keys only")));
        self.is_changed = true;
    }

    /// Removes these entries.
    pub fn remove(&mut self, gone: &[Descriptor]) {
        let digests: BTreeSet<_> = gone.iter().map(|entry| entry.digest.to_string()).collect();
        let is_gone = |item: &Item| {
            digests.iter().any(|digest| item.may_have(digest)) && item.read().is_some_and(|entry| gone.contains(&entry))
        };
        let before = self.manifests.len();
        self.manifests.retain(|item| !is_gone(item));
        self.is_changed |= self.manifests.len() != before;
    }
}

/// Whether the annotations of an entry amount to this name.
fn is_called(entry: &Descriptor, name: &Reference) -> bool {
    entry_names(entry).iter().any(|found| found.reference.as_ref() == Some(name))
}

impl Serialize for Index {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemaVersion", &self.schema_version)?;
        map.serialize_entry("mediaType", &self.media_type)?;
        map.serialize_entry("manifests", &self.manifests)?;
        for (name, value) in &self.other {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Written by hand, because derived code that keeps unknown members takes everything apart first.
impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Index;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of images")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Index, A::Error> {
        let mut index = Index::default();
        let mut seen = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "schemaVersion" => index.schema_version = members.next_value()?,
                "mediaType" => index.media_type = members.next_value()?,
                // `null` is what Docker 25.0.0 wrote for none (L-02).
                "manifests" => index.manifests = members.next_value::<Option<_>>()?.unwrap_or_default(),
                _ => {
                    index.other.push((name, members.next_value()?));
                    continue;
                }
            }
            // Tools disagree about which of two counts.
            if seen.contains(&name) {
                return Err(A::Error::custom(format!("duplicate field `{name}`")));
            }
            seen.push(name);
        }
        Ok(index)
    }
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
        let added: Vec<_> = index.entries().filter(|entry| entry.digest == image("b").digest).collect();
        index.remove(&added);
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

    /// The spellings in which a name may stand in the file, and one that only looks like it.
    #[test]
    fn a_name_is_found_however_it_is_spelt() {
        for (annotations, wanted) in [
            (r#"{"org.opencontainers.image.ref.name":"app:1"}"#, "app:1"),
            (r#"{"org.opencontainers.image.ref.name":"docker.io\/library\/app:1"}"#, "app:1"),
            (r#"{"org.opencontainers.image.ref.name":"\u0061pp:1"}"#, "docker.io/library/app:1"),
            (r#"{"org.opencontainers.image.ref.name":"index.docker.io/library/app:1"}"#, "app:1"),
            (r#"{"io.containerd.image.name":"r.example/team/app"}"#, "r.example/team/app:latest"),
            (r#"{"org.opencontainers.image.ref.name":"x:2, r.example/app:1 ,y:3"}"#, "r.example/app:1"),
            (
                r#"{"org.opencontainers.image.ref.name":"latest","io.containerd.image.name":"r.example/app:latest"}"#,
                "r.example/app",
            ),
            (
                r#"{"org.opencontainers.image.ref.name":"1","io.containerd.image.name":"r.example/app:1"}"#,
                "r.example/app:1",
            ),
        ] {
            let (one, other) = (image("one").digest, image("other").digest);
            let entry = |digest, annotations: &str| {
                format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":1,"annotations":{annotations}}}"#)
            };
            let like = r#"{"org.opencontainers.image.ref.name":"r.example/myapp:1,r.example/app-1:1,app:10,app/x:1"}"#;
            let text = format!(r#"{{"manifests":[{},{}]}}"#, entry(one, annotations), entry(other, like));
            let index = Index::parse(text.as_bytes()).expect("parses");
            assert_eq!(index.named(&name(wanted)).expect(annotations).digest, one, "{annotations}");
            let mut changed = index.clone();
            changed.set(&name(wanted), &image("third"));
            assert_eq!(
                (changed.entries().count(), changed.named(&name(wanted)).expect("set").digest),
                (2, image("third").digest)
            );
            let tagged = index.tagged(&name(wanted));
            assert!(tagged.iter().any(|(tagged, entry)| *tagged == name(wanted).canonical() && entry.digest == one));
        }
    }

    /// A change that changes nothing writes nothing.
    /// Texts of other tools select one image each, and what has a name is not listed a second time without one.
    #[test]
    fn a_text_selects_one_image() {
        let (one, two) = (image("one"), image("two"));
        let mut index = Index::default();
        index.set_text(None, &one);
        index.set_text(Some("1.0"), &one);
        index.set_text(Some("1.0"), &two);
        index.set_text(None, &two);
        let text = |entry: &Descriptor| entry.annotations.get(REF_NAME).cloned();
        let listed: Vec<_> = index.entries().map(|entry| (entry.digest, text(&entry))).collect();
        assert_eq!(listed, [(one.digest, None), (two.digest, Some("1.0".to_owned()))]);
    }

    #[test]
    fn what_is_set_again_is_no_change() {
        let mut index = Index::default();
        index.set(&name("app:1"), &image("a"));
        assert!(index.is_changed());
        let mut read = Index::parse(&index.to_bytes()).expect("parses");
        read.set(&name("app:1"), &image("a"));
        read.remove(&[image("b")]);
        assert!(!read.is_changed());
        read.remove(&index.entries().collect::<Vec<_>>());
        assert!(read.is_changed() && read.entries().count() == 0);
    }

    /// Two of a member that every reader takes another one of are refused; nesting without end costs no stack.
    #[test]
    fn hostile_lists_are_refused_or_carried_over() {
        assert!(Index::parse(br#"{"manifests":[],"manifests":[]}"#).is_err());
        let deep = format!(r#"{{"manifests":[{}{}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let index = Index::parse(deep.as_bytes());
        assert!(index.is_err() || index.is_ok_and(|index| index.entries().count() == 0));
    }

    /// L-09: the last of two entries counts, and a change leaves one.
    #[test]
    fn two_entries_of_one_name_become_one() {
        let mut index = Index::default();
        for text in ["old", "new"] {
            let mut entry = image(text);
            entry.annotations.insert(CONTAINERD_NAME.into(), "docker.io/library/app:1".into());
            entry.annotations.insert(REF_NAME.into(), "1".into());
            index.manifests.push(Item(to_raw_value(&entry).expect("JSON")));
        }
        assert_eq!(index.named(&name("app:1")).expect("named").digest, image("new").digest);
        index.set(&name("app:1"), &image("newest"));
        assert_eq!(index.entries().count(), 1);
    }
}
