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
    seen: HashSet<Digest>,
    found: Vec<Descriptor>,
}

impl<'a> Reach<'a> {
    /// Nothing yet.
    pub(super) fn new(pool: &'a dyn Pool) -> Self {
        Self { pool, seen: HashSet::new(), found: Vec::new() }
    }

    /// What was found, each once, children before what names them.
    pub(super) fn into_found(self) -> Vec<Descriptor> {
        self.found
    }

    /// Adds an image or an index.
    pub(super) fn add(&mut self, root: &Descriptor) -> Result<(), Fault> {
        match self.visit(root, 0)? {
            missing if missing.is_empty() => Ok(()),
            missing => Err(Fault::Incomplete { image: root.digest, missing }),
        }
    }

    /// Adds a manifest with all below it, or nothing when something is missing, which is told.
    fn visit(&mut self, descriptor: &Descriptor, depth: usize) -> Result<Vec<Digest>, Fault> {
        if self.seen.contains(&descriptor.digest) {
            return Ok(Vec::new());
        }
        if !self.pool.has(descriptor) {
            return Ok(vec![descriptor.digest]);
        }
        let refuse = |why: String| Fault::Malformed { member: descriptor.digest.to_string(), why };
        if depth > MAX_DEPTH {
            return Err(refuse(format!("indexes lie more than {MAX_DEPTH} deep in each other")));
        }
        let manifest = Manifest::parse(&descriptor.media_type, &self.pool.manifest(descriptor)?)
            .map_err(|fault| Fault::Manifest { digest: descriptor.digest, fault })?;
        let missing = match &manifest.kind {
            Kind::Index(entries) => self.entries(entries, depth)?,
            Kind::Image { .. } => self.parts(&manifest),
        };
        if self.found.len() > MAX_BLOBS {
            return Err(refuse("more blobs than any image has".to_owned()));
        }
        if missing.is_empty() {
            self.push(descriptor);
        }
        Ok(missing)
    }

    /// The entries of an index; what some of them lack is told only when none is whole.
    fn entries(&mut self, entries: &[Descriptor], depth: usize) -> Result<Vec<Digest>, Fault> {
        let mut missing = Vec::new();
        let mut any = entries.is_empty();
        for entry in entries {
            match entry.media_type.role() {
                Role::Index | Role::Manifest => {
                    let lacking = self.visit(entry, depth + 1)?;
                    any |= lacking.is_empty() && !entry.is_attestation();
                    missing.extend(lacking);
                }
                _ if self.pool.has(entry) => {
                    self.push(entry);
                    any = true;
                }
                _ => missing.push(entry.digest),
            }
        }
        Ok(if any { Vec::new() } else { missing })
    }

    /// Config and layers.
    fn parts(&mut self, manifest: &Manifest) -> Vec<Digest> {
        let is_elsewhere = |part: &&Descriptor| part.media_type.role() == Role::Foreign || part.embedded().is_some();
        let (present, absent): (Vec<_>, Vec<_>) = manifest.children().partition(|part| self.pool.has(part));
        let missing: Vec<_> = absent.into_iter().filter(|part| !is_elsewhere(part)).map(|part| part.digest).collect();
        if missing.is_empty() {
            present.into_iter().for_each(|part| self.push(part));
        }
        missing
    }

    fn push(&mut self, descriptor: &Descriptor) {
        if self.seen.insert(descriptor.digest) {
            self.found.push(descriptor.clone());
        }
    }
}
