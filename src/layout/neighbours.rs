//! Which repositories next door have a blob already: for mounts, which move no bytes.

use std::collections::{HashMap, HashSet};

use super::Layout;
use crate::content::Error;
use crate::image::{Descriptor, Digest, Reference, RepositoryName, Role};

impl Layout {
    /// For each of these blobs, another repository of the same host that has an image with it in this store: it was pulled from
    /// there, or pushed there, or soon will be. Host means host and port: another port is another registry.
    pub fn neighbours(
        &self,
        target: &Reference,
        wanted: &HashSet<Digest>,
    ) -> Result<HashMap<Digest, RepositoryName>, Error> {
        let mut found = HashMap::new();
        let mut seen = HashSet::new();
        for entry in self.entries()?.iter().rev() {
            let Some(name) = &entry.reference else { continue };
            if name.host == target.host && name.name != target.name {
                self.collect(&entry.descriptor, &name.name, wanted, &mut found, &mut seen);
            }
            if found.len() == wanted.len() {
                break;
            }
        }
        Ok(found)
    }

    fn collect(
        &self,
        descriptor: &Descriptor,
        name: &RepositoryName,
        wanted: &HashSet<Digest>,
        found: &mut HashMap<Digest, RepositoryName>,
        seen: &mut HashSet<Digest>,
    ) {
        if !seen.insert(descriptor.digest) {
            return;
        }
        let Ok(manifest) = self.manifest(descriptor) else { return };
        for child in manifest.children() {
            match child.media_type.role() {
                Role::Index | Role::Manifest => self.collect(child, name, wanted, found, seen),
                _ if wanted.contains(&child.digest) => {
                    found.entry(child.digest).or_insert_with(|| name.clone());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;

    #[test]
    fn only_repositories_of_the_same_host_and_port_are_next_door() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let layout = Layout::store(root.path());
        let layer = Descriptor::of(MediaType::LAYER_GZIP, b"layer");
        for name in ["localhost:5000/team/base:1", "localhost:5001/other:1", "localhost:5000/app:1"] {
            let manifest = serde_json::json!({ "layers": [layer], "annotations": { "of": name } }).to_string();
            layout.blobs().put_bytes(manifest.as_bytes()).expect("stored");
            let image = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
            layout.name(&image, &[name.parse().expect("a name")]).expect("named");
        }
        let wanted = HashSet::from([layer.digest, Digest::of(b"unknown")]);
        let neighbours = |target: &str| layout.neighbours(&target.parse().expect("a name"), &wanted).expect("found");
        assert_eq!(neighbours("localhost:5000/app:2")[&layer.digest].as_str(), "team/base");
        assert_eq!(neighbours("localhost:5001/new:1")[&layer.digest].as_str(), "other");
        assert!(neighbours("localhost:5002/new:1").is_empty());
    }
}
