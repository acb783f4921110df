//! A repository's place in a layout: what is pulled goes there, and its tags become full names.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::{Layout, Lease};
use crate::content::{Blob, Claim, Error, Kept, Meter, Rank, Reply, Sink, Standing};
use crate::image::{Descriptor, Reference, RepositoryName, Tag};

/// Takes content for one repository into a layout. Nothing that came is collected as garbage while the shelf lives.
pub struct Shelf {
    layout: Arc<Layout>,
    repository: Reference,
    _lease: Lease,
}

impl Shelf {
    /// The shelf for the repository that `repository` names; its tag and digest don't matter.
    pub fn new(layout: Arc<Layout>, repository: Reference) -> Result<Self, Error> {
        let lease = layout.lease()?;
        Ok(Self { layout, repository, _lease: lease })
    }
}

impl Sink for Shelf {
    fn place(&self) -> &str {
        &self.layout.place
    }

    /// A layout may hold an index without all of its images, so that the root is here says nothing: each piece is asked for,
    /// which costs nothing here.
    fn standing<'a>(&'a self, _: &'a Descriptor, _: &'a [Tag]) -> Reply<'a, Standing> {
        async { Ok(Standing::Absent) }.boxed()
    }

    fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool> {
        async { Ok(self.layout.blobs.has(descriptor)) }.boxed()
    }

    fn claim<'a>(&'a self, descriptor: &'a Descriptor, _: Option<&'a RepositoryName>) -> Reply<'a, Claim> {
        async { Ok(if self.layout.blobs.has(descriptor) { Claim::There } else { Claim::Missing }) }.boxed()
    }

    fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()> {
        self.layout.blobs.put(blob, meter).boxed()
    }

    fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept> {
        async move {
            let kept = if self.layout.blobs.has(descriptor) { Kept::Before } else { Kept::New };
            self.layout.blobs.put_verified(&descriptor.digest, &bytes)?;
            let Rank::Root(tags) = rank else { return Ok(kept) };
            let names: Vec<_> = match tags {
                [] => vec![self.repository.with_digest(descriptor.digest)],
                tags => tags.iter().map(|tag| self.repository.with_tag(tag.clone())).collect(),
            };
            self.layout.name(descriptor, &names)?;
            Ok(kept)
        }
        .boxed()
    }
}
