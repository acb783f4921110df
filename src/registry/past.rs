//! What earlier runs wrote down of a registry, and what this one does for the next, by way of the caller: nobody else knows the
//! host and the journal.

use super::caller::Caller;
use super::journal::{Pushed, SelfMount};
use crate::image::{Digest, RepositoryName, Tag};

impl Caller {
    /// What was pushed to a repository, as far as it was written down.
    pub fn pushed(&self, name: &RepositoryName) -> Pushed {
        self.endurance.journal.as_ref().map(|journal| journal.pushed(&self.host, name)).unwrap_or_default()
    }

    /// These tags name `digest` there now.
    pub fn note_push(&self, name: &RepositoryName, tags: &[Tag], digest: &Digest) {
        let journal = self.endurance.journal.as_ref().filter(|_| !tags.is_empty());
        journal.iter().for_each(|journal| journal.note_push(&self.host, name, tags, digest));
    }

    /// What the registry is known to say to a mount from the repository itself.
    pub fn self_mount(&self) -> Option<SelfMount> {
        self.endurance.journal.as_ref().and_then(|journal| journal.self_mount(&self.host))
    }

    /// That is known now.
    pub fn note_self_mount(&self, found: SelfMount) {
        self.endurance.journal.iter().for_each(|journal| journal.note_self_mount(&self.host, found));
    }

    /// A body of this length was too large (413), which is written down. Whether a smaller one can be tried.
    pub fn body_was_too_large(&self, length: u64, least: u64) -> bool {
        let smaller = self.portions.too_large(length, least);
        if let (Some(bytes), Some(journal)) = (smaller, &self.endurance.journal) {
            journal.note_largest_body(&self.host, bytes);
        }
        smaller.is_some()
    }
}
