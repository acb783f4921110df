//! What the entries of an `index.json` lead to, which of them needs what, and what is not there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::hashing::Condition;
use super::{Fault, Layout, label};
use crate::image::{Descriptor, Digest, Kind, MAX_MANIFEST_SIZE, Manifest, ManifestError, Role};
use crate::layout::{Entry, Index};

/// What is reached.
#[derive(Default)]
pub(super) struct Reached {
    /// The names of the images that need a blob, in the order of the list.
    needed: HashMap<Digest, BTreeSet<usize>>,
    labels: Vec<String>,
    /// What is wrong with what is reached, once for each blob.
    pub(super) faults: BTreeMap<Digest, Fault>,
}

impl Reached {
    /// Whether anything needs a blob.
    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.needed.contains_key(digest)
    }

    /// The images that need a blob.
    pub(super) fn names(&self, digest: &Digest) -> Vec<String> {
        let mut names: Vec<_> =
            self.needed.get(digest).into_iter().flatten().map(|entry| self.labels[*entry].clone()).collect();
        names.dedup();
        names
    }
}

impl Layout {
    /// Goes through everything that the entries lead to.
    pub(super) fn reach(&self, index: &Index, conditions: &HashMap<Digest, Condition>) -> Reached {
        let mut reached = Reached::default();
        // A root is walked once, whatever the number of its names.
        let mut walked: HashMap<Digest, HashSet<Digest>> = HashMap::new();
        for entry in index.entries() {
            for listed in Entry::of(&entry) {
                let number = reached.labels.len();
                reached.labels.push(label(&listed));
                let below = walked
                    .entry(entry.digest)
                    .or_insert_with(|| Walk { layout: self, conditions, faults: &mut reached.faults }.go(&entry));
                for digest in below.iter() {
                    reached.needed.entry(*digest).or_default().insert(number);
                }
            }
        }
        reached
    }
}

/// One walk down from a root.
struct Walk<'a> {
    layout: &'a Layout,
    conditions: &'a HashMap<Digest, Condition>,
    faults: &'a mut BTreeMap<Digest, Fault>,
}

impl Walk<'_> {
    /// Everything below a root, and the root.
    fn go(&mut self, root: &Descriptor) -> HashSet<Digest> {
        let mut seen = HashSet::new();
        let mut waiting = vec![(root.clone(), true)];
        while let Some((descriptor, is_root)) = waiting.pop() {
            if !seen.insert(descriptor.digest) || !self.is_here(&descriptor) {
                continue;
            }
            // What an entry names is looked into whatever its type says (L-06, L-21).
            if !is_root && !matches!(descriptor.media_type.role(), Role::Index | Role::Manifest) {
                continue;
            }
            match self.manifest(&descriptor) {
                Ok(manifest) => waiting.extend(self.wanted(&manifest).into_iter().map(|child| (child, false))),
                Err(_) if !matches!(descriptor.media_type.role(), Role::Index | Role::Manifest) => {}
                Err(why) => {
                    self.faults.insert(descriptor.digest, Fault::Manifest { digest: descriptor.digest, why });
                }
            }
        }
        seen
    }

    /// Whether a blob can be looked into; if not, and it should be, that is noted.
    fn is_here(&mut self, descriptor: &Descriptor) -> bool {
        let Descriptor { digest, size, .. } = *descriptor;
        match self.conditions.get(&digest) {
            Some(Condition::Sound) => {}
            // That is told of already.
            Some(Condition::Damaged(_) | Condition::Unreadable(_)) => return false,
            // It came after the list was made, or it is not here.
            Some(Condition::Gone) | None if self.layout.blobs.size(&digest).is_some() => {}
            Some(Condition::Gone) | None => {
                if descriptor.embedded().is_none() && descriptor.media_type.role() != Role::Foreign {
                    self.faults.insert(digest, Fault::Missing { digest, size });
                }
                return false;
            }
        }
        match self.layout.blobs.size(&digest) {
            Some(found) if found != size => {
                self.faults.insert(digest, Fault::Size { digest, stated: size, found });
            }
            _ => {}
        }
        true
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, ManifestError> {
        if let Some(size) = self.layout.blobs.size(&descriptor.digest).filter(|size| *size > MAX_MANIFEST_SIZE) {
            return Err(ManifestError::TooLarge(size));
        }
        let bytes = self.layout.blobs.read_small(&descriptor.digest);
        let bytes = bytes.map_err(|error| ManifestError::Malformed(error.to_string()))?;
        Manifest::parse(&descriptor.media_type, &bytes)
    }

    /// What has to be here of what a manifest points at. Of an index, a pull brings one platform: what was never brought is not
    /// missing, as long as there is something, and as long as it was not set aside (L-04).
    fn wanted(&self, manifest: &Manifest) -> Vec<Descriptor> {
        let is_here = |child: &&Descriptor| {
            self.conditions.contains_key(&child.digest)
                || self.layout.blobs.size(&child.digest).is_some()
                || self.layout.is_quarantined(&child.digest)
        };
        let here: Vec<_> = manifest.children().filter(is_here).cloned().collect();
        match manifest.kind {
            Kind::Index(_) if !here.is_empty() => here,
            _ => manifest.children().cloned().collect(),
        }
    }
}
