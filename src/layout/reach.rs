//! What is reachable from the names of a layout, and what is garbage.

use std::collections::HashSet;
use std::fs;

use super::parallel::in_parallel;
use super::{Entry, Index, Layout, LookupError};
use crate::content::Error;
use crate::image::{Descriptor, Digest, Manifest, Reference, Role};

/// What a removal did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The names that are gone.
    pub untagged: Vec<Reference>,
    /// The manifests that are gone, the root first.
    pub deleted: Vec<Digest>,
    /// How many bytes are free again.
    pub freed: u64,
    /// Content that nothing names stayed, because another process is bringing content in.
    pub postponed: bool,
}

impl Layout {
    /// Removes entries, which `choose` picks out of the list, and whatever nothing else reaches then.
    fn remove(&self, choose: impl FnOnce(&Index) -> Result<Vec<Entry>, RemoveError>) -> Result<Removed, RemoveError> {
        let alone = self.exclusive()?;
        let (gone, nameless, live) = self.update(|index| {
            let gone = choose(index)?;
            let described: Vec<_> = gone.iter().map(|entry| entry.descriptor.clone()).collect();
            index.remove(&described);
            let mut nameless = described;
            nameless.sort_by_key(|image| image.digest);
            nameless.dedup_by_key(|image| image.digest);
            nameless.retain(|image| index.entries_of(&image.digest).is_empty());
            // As long as it has a name, all of it is needed, and nobody has to look for who else needs it.
            let live = (alone.is_some() && !nameless.is_empty()).then(|| self.reachable(index).all);
            Ok::<_, RemoveError>((gone, nameless, live))
        })?;
        let mut removed = Removed {
            untagged: gone.into_iter().filter_map(|entry| entry.reference).collect(),
            postponed: live.is_none() && !nameless.is_empty(),
            ..Removed::default()
        };
        let Some(live) = live else { return Ok(removed) };
        let reached = self.descend(nameless);
        for digest in reached.manifests.iter().filter(|digest| !live.contains(digest)) {
            if self.blobs.size(digest).is_some() {
                removed.deleted.push(*digest);
            }
        }
        for digest in reached.all.iter().filter(|digest| !live.contains(digest)) {
            removed.freed += self.blobs.remove(digest)?;
        }
        Ok(removed)
    }

    /// Removes the image or the name that `text` means, by Docker's rules: a name goes, and with the last one the image; an id
    /// removes the image, unless it has several names and `force` is not given.
    pub fn remove_image(&self, text: &str, force: bool) -> Result<Removed, RemoveError> {
        self.remove(|index| {
            let found = self.find_in(text, index).map_err(RemoveError::Lookup)?;
            if found.name.is_none() && found.names.len() > 1 && !force {
                return Err(RemoveError::Conflict(found.descriptor.digest));
            }
            let goes = |entry: &&Entry| match &found.name {
                Some(name) => entry.reference.as_ref() == Some(name),
                None => entry.descriptor.digest == found.descriptor.digest,
            };
            let same = index.entries_of(&found.descriptor.digest);
            Ok(same.iter().flat_map(Entry::of).filter(|entry| goes(&entry)).collect())
        })
    }

    /// Removes every blob that no entry reaches and every file that an interrupted run left; `None` while another process is
    /// bringing content in.
    pub fn collect_garbage(&self) -> Result<Option<Removed>, Error> {
        let Some(_alone) = self.exclusive()? else { return Ok(None) };
        let live = self.update(|index| Ok::<_, Error>(self.reachable(index).all))?;
        let mut removed = Removed::default();
        for digest in self.blobs.list()?.into_iter().filter(|digest| !live.contains(digest)) {
            removed.freed += self.blobs.remove(&digest)?;
            removed.deleted.push(digest);
        }
        self.blobs.forget_removed();
        // Who only changes a name brings nothing in, and stages the new list under this lock.
        let _lock = self.lock_index()?;
        for file in fs::read_dir(self.blobs.staging()).into_iter().flatten().flatten() {
            removed.freed += file.metadata().map(|file| file.len()).unwrap_or_default();
            let _ = fs::remove_file(file.path());
        }
        Ok(Some(removed))
    }

    /// Everything that the entries of a list lead to.
    pub(super) fn reachable(&self, index: &Index) -> Reached {
        self.descend(index.entries().collect())
    }

    /// Goes down from entries, level by level, and reads each manifest once. What an entry names is looked into whatever its
    /// type says, because nothing that some tool could reach may be lost (L-21).
    fn descend(&self, entries: Vec<Descriptor>) -> Reached {
        let mut reached = Reached::default();
        let mut level = entries;
        level.retain(|entry| reached.all.insert(entry.digest));
        while !level.is_empty() {
            let read = in_parallel(&level, |descriptor| {
                let bytes = self.blobs.read_small(&descriptor.digest).ok()?;
                Manifest::parse(&descriptor.media_type, &bytes).ok()
            });
            let mut next = Vec::new();
            for (descriptor, manifest) in level.iter().zip(read) {
                let Some(manifest) = manifest else { continue };
                reached.manifests.push(descriptor.digest);
                for child in manifest.children().filter(|child| reached.all.insert(child.digest)) {
                    if matches!(child.media_type.role(), Role::Index | Role::Manifest) {
                        next.push(child.bare());
                    }
                }
            }
            level = next;
        }
        reached
    }
}

/// What can be reached.
#[derive(Default)]
pub(super) struct Reached {
    pub all: HashSet<Digest>,
    /// Those that are here and can be read, the roots first.
    pub manifests: Vec<Digest>,
}

/// Why an image was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// It was not found.
    #[error(transparent)]
    Lookup(LookupError),
    /// Docker's words: scripts look for them.
    #[error(
        "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
        .0.short()
    )]
    Conflict(Digest),
    /// The layout could not be read or written.
    #[error(transparent)]
    Store(#[from] Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;

    struct Store {
        _root: tempfile::TempDir,
        layout: Layout,
    }

    impl Store {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a temporary directory");
            Self { layout: Layout::store(root.path()), _root: root }
        }

        fn blob(&self, text: &str) -> Descriptor {
            self.layout.blobs().put_bytes(text.as_bytes()).expect("stored");
            Descriptor::of(MediaType::LAYER_GZIP, text.as_bytes())
        }

        fn image(&self, layers: &[&str], names: &[&str]) -> Descriptor {
            let layers: Vec<_> = layers.iter().map(|text| self.blob(text)).collect();
            let manifest = serde_json::json!({ "config": self.blob("{}"), "layers": layers }).to_string();
            self.layout.blobs().put_bytes(manifest.as_bytes()).expect("stored");
            let descriptor = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
            let names: Vec<Reference> = names.iter().map(|name| name.parse().expect("a name")).collect();
            self.layout.name(&descriptor, &names).expect("named");
            descriptor
        }

        fn has(&self, text: &str) -> bool {
            self.layout.blobs().size(&Digest::of(text.as_bytes())).is_some()
        }
    }

    #[test]
    fn the_last_name_takes_what_nothing_else_reaches() {
        let store = Store::new();
        let image = store.image(&["base", "own"], &["app:1", "app:2"]);
        store.image(&["base", "other"], &["other:1"]);
        let first = store.layout.remove_image("app:1", false).expect("removed");
        assert_eq!((first.untagged.len(), first.deleted.len(), first.freed), (1, 0, 0));
        let last = store.layout.remove_image("app:2", false).expect("removed");
        assert_eq!(last.deleted, [image.digest]);
        assert!(last.freed > 0 && !last.postponed);
        assert!(store.has("base") && store.has("other") && store.has("{}") && !store.has("own"));
    }

    #[test]
    fn an_id_with_several_names_has_to_be_forced() {
        let store = Store::new();
        let image = store.image(&["own"], &["app:1", "app:2"]);
        let id = image.digest.short();
        let error = store.layout.remove_image(&id, false).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("conflict: unable to delete {id} (must be forced) - image is referenced in multiple repositories")
        );
        assert_eq!(store.layout.remove_image(&id, true).expect("removed").untagged.len(), 2);
        assert!(store.layout.entries().expect("reads").is_empty() && !store.has("own"));
    }

    /// A blob that another process has just brought in has no name yet, and stays.
    #[test]
    fn nothing_is_collected_while_content_comes_in() {
        let store = Store::new();
        let lease = store.layout.lease().expect("leased");
        store.image(&["own"], &["app:1"]);
        store.blob("unnamed");
        assert!(store.layout.remove_image("app:1", false).expect("removed").postponed);
        assert_eq!(store.layout.collect_garbage().expect("asked"), None);
        assert!(store.has("own") && store.has("unnamed"));
        drop(lease);
        assert_eq!(store.layout.collect_garbage().expect("asked").expect("collected").deleted.len(), 4);
        assert!(!store.has("own") && !store.has("unnamed"));
    }

    /// L-06, L-21: what an entry of an unknown type reaches is live.
    #[test]
    fn entries_of_unknown_types_keep_what_they_reach() {
        let store = Store::new();
        let mut image = store.image(&["own"], &["app:1"]);
        image.media_type = MediaType::new("application/x-mine");
        store.layout.name(&image, &["app:1".parse().expect("a name")]).expect("named");
        assert!(store.layout.collect_garbage().expect("asked").expect("collected").deleted.is_empty());
        assert!(store.has("own"));
    }
}
