//! What belongs to an image: everything that can be reached from its manifest, children first, as far as it is there.
//!
//! An index may lack the images of other platforms (Docker 29 saves only the one it has), and is then carried as it is. An
//! image may lack nothing.

use std::collections::HashSet;

use super::error::Fault;
use crate::image::{Descriptor, Digest, Kind, Manifest, Role};

/// How deep indexes lie in each other; in practice one level.
const MAX_DEPTH: usize = 8;
/// How many blobs one archive has at most.
const MAX_BLOBS: usize = 100_000;

/// A place where blobs are looked for.
pub(super) trait Pool {
    /// Whether the blob is there.
    fn has(&self, descriptor: &Descriptor) -> bool;
    /// The bytes of a manifest that is there, verified.
    fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Fault>;
}

/// Everything that was reached.
pub(super) struct Reach<'a> {
    pool: &'a dyn Pool,
    found: Vec<Descriptor>,
    seen: HashSet<Digest>,
    /// Below one root: what is not there, and which manifests therefore lack something. Each is looked at once, however often
    /// indexes name it.
    missing: Vec<Digest>,
    lacking: HashSet<Digest>,
}

/// Whether something has all that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Lacking,
}

impl<'a> Reach<'a> {
    /// Nothing yet.
    pub(super) fn new(pool: &'a dyn Pool) -> Self {
        Self { pool, found: Vec::new(), seen: HashSet::new(), missing: Vec::new(), lacking: HashSet::new() }
    }

    /// What was found, each once, children before what names them.
    pub(super) fn into_found(self) -> Vec<Descriptor> {
        self.found
    }

    /// Adds an image or an index.
    pub(super) fn add(&mut self, root: &Descriptor) -> Result<(), Fault> {
        self.missing.clear();
        self.lacking.clear();
        match self.visit(root, 0)? {
            State::Whole => Ok(()),
            State::Lacking => Err(Fault::Incomplete { image: root.digest, missing: std::mem::take(&mut self.missing) }),
        }
    }

    /// Adds a manifest with all below it, or nothing when something is missing.
    fn visit(&mut self, descriptor: &Descriptor, depth: usize) -> Result<State, Fault> {
        let digest = descriptor.digest;
        if self.seen.contains(&digest) {
            return Ok(State::Whole);
        }
        if self.lacking.contains(&digest) {
            return Ok(State::Lacking);
        }
        let state = match self.pool.has(descriptor) {
            true => self.look_into(descriptor, depth)?,
            false => self.miss(digest),
        };
        match state {
            State::Whole => self.push(descriptor),
            State::Lacking => drop(self.lacking.insert(digest)),
        }
        Ok(state)
    }

    fn look_into(&mut self, descriptor: &Descriptor, depth: usize) -> Result<State, Fault> {
        let refuse = |why: String| Fault::Malformed { member: descriptor.digest.to_string(), why };
        if depth > MAX_DEPTH {
            return Err(refuse(format!("indexes lie more than {MAX_DEPTH} deep in each other")));
        }
        if self.found.len() > MAX_BLOBS {
            return Err(refuse("more blobs than any image has".to_owned()));
        }
        let manifest = Manifest::parse(&descriptor.media_type, &self.pool.manifest(descriptor)?)
            .map_err(|fault| Fault::Manifest { digest: descriptor.digest, fault: Box::new(fault) })?;
        match &manifest.kind {
            Kind::Index(entries) => self.entries(entries, depth),
            Kind::Image { .. } => Ok(self.parts(&manifest)),
        }
    }

    /// The entries of an index, which lacks something only when none of them is whole.
    fn entries(&mut self, entries: &[Descriptor], depth: usize) -> Result<State, Fault> {
        let mut state = if entries.is_empty() { State::Whole } else { State::Lacking };
        for entry in entries {
            let entry_state = match entry.media_type.role() {
                Role::Index | Role::Manifest => self.visit(entry, depth + 1)?,
                _ => self.part(entry),
            };
            if entry_state == State::Whole && !entry.is_attestation() {
                state = State::Whole;
            }
        }
        Ok(state)
    }

    /// Config and layers.
    fn parts(&mut self, manifest: &Manifest) -> State {
        let is_elsewhere = |part: &&Descriptor| part.media_type.role() == Role::Foreign || part.embedded().is_some();
        let (present, absent): (Vec<_>, Vec<_>) = manifest.children().partition(|part| self.pool.has(part));
        let missing: Vec<_> = absent.into_iter().filter(|part| !is_elsewhere(part)).collect();
        if missing.is_empty() {
            present.into_iter().for_each(|part| self.push(part));
            return State::Whole;
        }
        for part in missing {
            self.miss(part.digest);
        }
        State::Lacking
    }

    /// Something that an index names and that is no manifest (C-69).
    fn part(&mut self, descriptor: &Descriptor) -> State {
        if !self.pool.has(descriptor) {
            return self.miss(descriptor.digest);
        }
        self.push(descriptor);
        State::Whole
    }

    fn miss(&mut self, digest: Digest) -> State {
        if self.missing.len() < MAX_BLOBS {
            self.missing.push(digest);
        }
        State::Lacking
    }

    fn push(&mut self, descriptor: &Descriptor) {
        if self.seen.insert(descriptor.digest) {
            self.found.push(descriptor.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashMap;

    use super::*;
    use crate::image::MediaType;

    /// Manifests in memory, which count how often they are read.
    #[derive(Default)]
    struct Destination(HashMap<Digest, String>, Cell<usize>);

    impl Destination {
        fn index(&mut self, entries: &[&Descriptor]) -> Descriptor {
            let text = serde_json::json!({ "manifests": entries }).to_string();
            let descriptor = Descriptor::of(MediaType::INDEX, text.as_bytes());
            self.0.insert(descriptor.digest, text);
            descriptor
        }
    }

    impl Pool for Destination {
        fn has(&self, descriptor: &Descriptor) -> bool {
            self.0.contains_key(&descriptor.digest)
        }

        fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Fault> {
            self.1.set(self.1.get() + 1);
            Ok(self.0[&descriptor.digest].clone().into_bytes())
        }
    }

    /// Indexes that name each other a hundred times on eight levels would be ten thousand million million visits.
    #[test]
    fn what_is_named_often_is_read_once() {
        for leaf in ["absent", "present"] {
            let mut destination = Destination::default();
            let mut root = match leaf {
                "present" => destination.index(&[]),
                _ => Descriptor::of(MediaType::MANIFEST, b"absent"),
            };
            for _ in 0..MAX_DEPTH {
                root = destination.index(&[&root; 100]);
            }
            let mut reach = Reach::new(&destination);
            assert_eq!(reach.add(&root).is_ok(), leaf == "present");
            assert_eq!(destination.1.get(), destination.0.len());
        }
    }

    #[test]
    fn indexes_lie_only_so_deep_in_each_other() {
        let mut destination = Destination::default();
        let mut root = destination.index(&[]);
        for _ in 0..=MAX_DEPTH {
            root = destination.index(&[&root]);
        }
        assert!(matches!(Reach::new(&destination).add(&root), Err(Fault::Malformed { .. })));
    }

    /// What one sparse index lacks is told again of another root that needs it.
    #[test]
    fn what_one_root_does_without_another_may_need() {
        let mut destination = Destination::default();
        let (here, there) = (destination.index(&[]), Descriptor::of(MediaType::MANIFEST, b"absent"));
        let (sparse, needy) = (destination.index(&[&here, &there]), destination.index(&[&there]));
        let mut reach = Reach::new(&destination);
        reach.add(&sparse).expect("one image is there");
        match reach.add(&needy) {
            Err(Fault::Incomplete { missing, .. }) => assert_eq!(missing, [there.digest]),
            other => panic!("{other:?}"),
        }
        let found: Vec<_> = reach.into_found().into_iter().map(|blob| blob.digest).collect();
        assert_eq!(found, [here.digest, sparse.digest]);
    }
}
