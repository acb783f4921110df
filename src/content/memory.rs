//! A place in memory: a source and a sink without any input or output, for tests of the engine and for what is small.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};

use super::{Blob, ByteStream, Claim, Class, Error, Extent, Kept, Meter, Rank, Reply, Sink, Source, Standing};
use crate::image::{Descriptor, Digest, MediaType, RepositoryName, Tag};

/// Content in memory, with a journal of what was asked of it.
#[derive(Default)]
pub struct Memory {
    place: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    content: BTreeMap<Digest, Bytes>,
    tags: BTreeMap<Tag, Digest>,
    mountable: BTreeSet<Digest>,
    forgotten: BTreeSet<Digest>,
    journal: Vec<String>,
}

impl Memory {
    /// An empty place.
    pub fn new(place: &str) -> Self {
        Self { place: place.to_owned(), state: Mutex::default() }
    }

    /// Puts content there.
    pub fn insert(&self, media_type: MediaType, bytes: impl Into<Bytes>) -> Descriptor {
        let bytes = bytes.into();
        let descriptor = Descriptor::of(media_type, &bytes);
        self.state().content.insert(descriptor.digest, bytes);
        descriptor
    }

    /// Puts other bytes under a digest, as a broken disk or a hostile server would.
    pub fn corrupt(&self, digest: &Digest, bytes: impl Into<Bytes>) {
        self.state().content.insert(*digest, bytes.into());
    }

    /// Lets a blob be mounted from elsewhere.
    pub fn allow_mount(&self, digest: &Digest) {
        self.state().mountable.insert(*digest);
    }

    /// Lets a piece be missing that is said to be there, as after a garbage collection beside a cache.
    pub fn forget(&self, digest: &Digest) {
        self.state().forgotten.insert(*digest);
    }

    /// What a tag names.
    pub fn tagged(&self, tag: &Tag) -> Option<Digest> {
        self.state().tags.get(tag).copied()
    }

    /// The requests so far, in order: `has 0123456789ab`, `put 0123456789ab`, `tag 1.0.0`.
    pub fn journal(&self) -> Vec<String> {
        self.state().journal.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }

    fn note(&self, verb: &str, digest: &Digest) {
        self.state().journal.push(format!("{verb} {}", digest.short()));
    }
}

impl Source for Memory {
    fn place(&self) -> &str {
        &self.place
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        async move {
            let digest = &extent.descriptor().digest;
            self.note("read", digest);
            let bytes = self.state().content.get(digest).cloned();
            let Some(bytes) = bytes else {
                return Err(Error::new(Class::NotFound, format!("{} has no {digest}", self.place)));
            };
            let offset = usize::try_from(extent.offset()).unwrap_or(bytes.len()).min(bytes.len());
            Ok(futures_util::stream::iter([Ok(bytes.slice(offset..))]).boxed())
        }
        .boxed()
    }
}

impl Sink for Memory {
    fn place(&self) -> &str {
        &self.place
    }

    fn standing<'a>(&'a self, root: &'a Descriptor, tags: &'a [Tag]) -> Reply<'a, Standing> {
        async move {
            if !self.has(root).await? {
                return Ok(Standing::Absent);
            }
            let missing = tags.iter().filter(|tag| self.tagged(tag) != Some(root.digest));
            Ok(Standing::Present { missing_tags: missing.cloned().collect() })
        }
        .boxed()
    }

    fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool> {
        async move {
            self.note("has", &descriptor.digest);
            Ok(self.state().content.contains_key(&descriptor.digest))
        }
        .boxed()
    }

    fn claim<'a>(&'a self, descriptor: &'a Descriptor, from: Option<&'a RepositoryName>) -> Reply<'a, Claim> {
        async move {
            if self.has(descriptor).await? {
                return Ok(Claim::There);
            }
            match from.is_some() && self.state().mountable.contains(&descriptor.digest) {
                true => Ok(Claim::Mounted),
                false => Ok(Claim::Missing),
            }
        }
        .boxed()
    }

    fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()> {
        async move {
            let descriptor = blob.descriptor();
            self.note("put", &descriptor.digest);
            let bytes = blob.read_all(u64::MAX).await?;
            meter.add(bytes.len() as u64);
            let mut state = self.state();
            state.forgotten.remove(&descriptor.digest);
            state.content.insert(descriptor.digest, bytes);
            Ok(())
        }
        .boxed()
    }

    fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept> {
        async move {
            self.note("manifest", &descriptor.digest);
            let mut state = self.state();
            if !state.forgotten.is_empty() {
                let error = Error::new(Class::Failed, format!("{} lacks a blob", self.place));
                return Ok(Kept::Lacking { digests: state.forgotten.iter().copied().collect(), error });
            }
            let kept = if state.content.insert(descriptor.digest, bytes).is_some() { Kept::Before } else { Kept::New };
            if let Rank::Root(tags) = rank {
                for tag in tags {
                    state.journal.push(format!("tag {tag}"));
                    state.tags.insert(tag.clone(), descriptor.digest);
                }
            }
            Ok(kept)
        }
        .boxed()
    }
}
