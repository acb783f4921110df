//! Which repositories next door have a blob already: for mounts, which move no bytes.

use std::collections::{HashMap, HashSet};

use super::parallel::in_parallel;
use super::{Entry, Layout};
use crate::content::Error;
use crate::image::{Descriptor, Digest, Reference, RepositoryName, Role};

/// How many images are looked into before it is asked whether all has been found.
const BATCH: usize = 256;

impl Layout {
    /// For each of these blobs, another repository of the same host that has an image with it in this store: it was pulled from
    /// there, or pushed there, or soon will be. Host means host and port: another port is another registry.
    pub fn neighbours(
        &self,
        target: &Reference,
        wanted: &HashSet<Digest>,
    ) -> Result<HashMap<Digest, RepositoryName>, Error> {
        let mut found = HashMap::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        let index = self.index()?;
        // Names on Docker Hub are those in which no host has to stand.
        let host = if target.host.is_docker_hub() { "" } else { target.host.as_str() };
        let named: Vec<_> = index.entries_with(host).flat_map(|entry| Entry::of(&entry)).collect();
        let mut seen = HashSet::new();
        // The newest first.
        let next_door = named.into_iter().rev().filter_map(|entry| Some((entry.reference?, entry.descriptor)));
        let next_door = next_door.filter(|(name, _)| name.host == target.host && name.name != target.name);
        let next_door: Vec<_> = next_door.filter(|(_, image)| seen.insert(image.digest)).collect();
        for batch in next_door.chunks(BATCH) {
            let hits = in_parallel(batch, |(name, image)| (name.name.clone(), self.among(image, wanted)));
            for (name, digests) in hits {
                for digest in digests {
                    found.entry(digest).or_insert_with(|| name.clone());
                }
            }
            if found.len() == wanted.len() {
                break;
            }
        }
        Ok(found)
    }

    /// Which of these blobs an image has.
    fn among(&self, image: &Descriptor, wanted: &HashSet<Digest>) -> Vec<Digest> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([image.digest]);
        let mut waiting = vec![image.bare()];
        while let Some(descriptor) = waiting.pop() {
            let Ok(manifest) = self.manifest(&descriptor) else { continue };
            for child in manifest.children().filter(|child| seen.insert(child.digest)) {
                match child.media_type.role() {
                    Role::Index | Role::Manifest => waiting.push(child.bare()),
                    _ if wanted.contains(&child.digest) => found.push(child.digest),
                    _ => {}
                }
            }
        }
        found
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
