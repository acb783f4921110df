//! What a sparse index names and the layout does not have: a tool that keeps the images of one platform leaves the index as it is.

use std::collections::HashSet;

use super::Layout;
use crate::image::{Descriptor, Digest, Kind, Manifest, Role};

impl Layout {
    /// The entries of indexes, at and below `root`, that are not here with all that they need.
    pub fn lacking(&self, root: &Descriptor) -> HashSet<Digest> {
        let (mut lacking, mut seen) = (HashSet::new(), HashSet::from([root.digest]));
        let mut waiting = vec![root.bare()];
        while let Some(descriptor) = waiting.pop() {
            let Some(Kind::Index(entries)) = self.read(&descriptor).map(|manifest| manifest.kind) else { continue };
            for entry in entries.into_iter().filter(|entry| seen.insert(entry.digest)) {
                if !self.has_parts(&entry) {
                    lacking.insert(entry.digest);
                } else if entry.media_type.role() == Role::Index {
                    waiting.push(entry.bare());
                }
            }
        }
        lacking
    }

    /// Whether it is here, and of an image config and layers as well. An index is looked into by itself.
    fn has_parts(&self, descriptor: &Descriptor) -> bool {
        if descriptor.media_type.role() != Role::Manifest {
            return self.has(descriptor);
        }
        self.read(descriptor).is_some_and(|manifest| manifest.children().all(|part| self.has(part)))
    }

    fn has(&self, descriptor: &Descriptor) -> bool {
        let is_elsewhere = descriptor.media_type.role() == Role::Foreign || descriptor.embedded().is_some();
        is_elsewhere || self.blobs.has(descriptor)
    }

    fn read(&self, descriptor: &Descriptor) -> Option<Manifest> {
        self.manifest(descriptor).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;
    use serde_json::{Value, json};

    #[test]
    fn what_is_not_here_is_found_at_every_level() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let layout = Layout::store(directory.path());
        let put = |media_type: MediaType, value: &Value| {
            let bytes = value.to_string().into_bytes();
            layout.blobs().put_bytes(&bytes).expect("stored");
            Descriptor::of(media_type, &bytes)
        };
        let absent = Descriptor::of(MediaType::LAYER, b"absent");
        let mut embedded = Descriptor::of(MediaType::CONFIG, b"{}");
        embedded.other.insert("data".into(), "e30=".into());
        let whole = put(MediaType::MANIFEST, &json!({ "config": embedded, "layers": [] }));
        let broken = put(MediaType::MANIFEST, &json!({ "layers": [absent] }));
        let nowhere = Descriptor::of(MediaType::MANIFEST, b"nowhere");
        let inner = put(MediaType::INDEX, &json!({ "manifests": [whole, nowhere] }));
        let root = put(MediaType::INDEX, &json!({ "manifests": [inner, broken, absent, whole] }));
        assert_eq!(layout.lacking(&root), HashSet::from([nowhere.digest, broken.digest, absent.digest]));
        assert!(layout.lacking(&whole).is_empty());
    }
}
