//! What a repair does: it sets aside and makes anew, and removes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Cure;
use crate::content::{Error, sync_directory};
use crate::image::{Descriptor, Digest, MediaType, REF_NAME, Reference, entry_names};
use crate::layout::{Index, Layout};

/// How much of a broken `index.json` is searched for entries.
const SEARCHED: usize = 4 << 20;

impl Layout {
    /// Where damaged blobs are set aside.
    pub(super) fn quarantine_directory(&self) -> PathBuf {
        self.root.join("rpush/quarantine")
    }

    /// Whether a blob was set aside.
    pub(super) fn is_quarantined(&self, digest: &Digest) -> bool {
        self.quarantine_directory().join(quarantine_name(digest)).exists()
    }

    /// Sets a blob aside. Gives where it is now.
    pub(super) fn quarantine(&self, digest: &Digest) -> Result<PathBuf, Error> {
        let (from, directory) = (self.blobs.path(digest), self.quarantine_directory());
        let moved = || {
            fs::create_dir_all(&directory)?;
            let to = free_name(&directory, &quarantine_name(digest));
            fs::rename(&from, &to)?;
            sync_directory(&directory)?;
            Ok(to)
        };
        moved().map_err(|error| Error::io("cannot set aside", &from, error))
    }

    /// What can still be told of a broken `index.json`: the entries in it that are whole, and the manifests that are here.
    pub(super) fn salvaged(&self, roots: &[(Digest, MediaType, u64)]) -> Index {
        let bytes = fs::read(self.index_path()).unwrap_or_default();
        let mut index = Index::default();
        let mut known = BTreeSet::new();
        for entry in whole_entries(&bytes) {
            known.insert(entry.digest);
            for name in entry_names(&entry).into_iter().filter_map(|name| name.reference) {
                index.set(&name, &entry);
            }
        }
        for (digest, media_type, size) in roots.iter().filter(|(digest, ..)| !known.contains(digest)) {
            let name: Reference = "localhost/unnamed".parse().expect("it is a reference");
            let image = Descriptor::new(media_type.clone(), *digest, *size);
            index.set(&name.with_digest(*digest), &image);
        }
        index
    }

    /// Makes a new `index.json`, and keeps the broken one.
    pub(super) fn rebuild_index(&self, roots: &[(Digest, MediaType, u64)]) -> Result<(Index, Cure), Error> {
        let _lock = self.lock_index()?;
        let (path, index) = (self.index_path(), self.salvaged(roots));
        let mut aside = None;
        if path.exists() {
            let kept = free_numbered(&self.root, "index.json.damaged");
            fs::copy(&path, &kept).map_err(|error| Error::io("cannot write", &kept, error))?;
            aside = Some(kept);
        }
        self.replace(&path, &index.to_bytes())?;
        let images = index.entries().count();
        Ok((index, Cure::Rebuilt { aside, images }))
    }
}

fn quarantine_name(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().name(), digest.hex())
}

/// A name that nothing has yet: this one, or this one with a number.
fn free_name(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    if path.exists() { free_numbered(directory, name) } else { path }
}

/// The first of `NAME-1`, `NAME-2` that nothing has yet.
fn free_numbered(directory: &Path, name: &str) -> PathBuf {
    let mut paths = (1_u32..).map(|number| directory.join(format!("{name}-{number}")));
    paths.find(|path| !path.exists()).expect("numbers do not end")
}

/// The entries with a name in a text that is no JSON any more: cut off, or with rubbish in it.
fn whole_entries(bytes: &[u8]) -> Vec<Descriptor> {
    let bytes = &bytes[..bytes.len().min(SEARCHED)];
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'{') {
        at += next;
        let mut reading = serde_json::Deserializer::from_slice(&bytes[at..]).into_iter::<Descriptor>();
        match reading.next() {
            Some(Ok(entry)) => {
                at += reading.byte_offset();
                entries.push(entry);
            }
            _ => at += 1,
        }
    }
    entries.retain(|entry| entry.annotations.contains_key(REF_NAME));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_what_is_cut_off() {
        let mut index = Index::default();
        for name in ["app:1", "app:2", "app:3"] {
            index.set(&name.parse().expect("a name"), &Descriptor::of(MediaType::MANIFEST, name.as_bytes()));
        }
        let bytes = index.to_bytes();
        let digests = |bytes: &[u8]| whole_entries(bytes).iter().map(|entry| entry.digest).collect::<Vec<_>>();
        let all: Vec<_> = index.entries().map(|entry| entry.digest).collect();
        assert_eq!(digests(&bytes), all);
        assert_eq!(digests(&bytes[..bytes.len() - 10]), all[..2]);
        assert_eq!(digests(b"{{{{[[[\0\xff{\"mediaType\":\"x\"}"), []);
        let mut broken = bytes.clone();
        broken[20] = 0;
        assert_eq!(digests(&broken), all);
    }
}
