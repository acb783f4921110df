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
    label: Label,
    _lease: Lease,
}

/// What becomes of the root of what came.
enum Label {
    /// Its tags become full names of this repository.
    Repository(Box<Reference>),
    /// It is listed, and this selects it, if anything does; tags do when there are any.
    Text(Option<String>),
    /// It is not listed. Who holds the shelf knows it.
    Nothing,
}

impl Shelf {
    /// The shelf for the repository that `repository` names; its tag and digest don't matter.
    pub fn new(layout: Arc<Layout>, repository: Reference) -> Result<Self, Error> {
        Self::labelled(layout, Label::Repository(Box::new(repository)))
    }

    /// A shelf of anyone's layout, where a text selects what comes.
    pub fn selected_by(layout: Arc<Layout>, text: Option<String>) -> Result<Self, Error> {
        Self::labelled(layout, Label::Text(text))
    }

    /// A shelf for what is only on its way through.
    pub fn unlisted(layout: Arc<Layout>) -> Result<Self, Error> {
        Self::labelled(layout, Label::Nothing)
    }

    fn labelled(layout: Arc<Layout>, label: Label) -> Result<Self, Error> {
        let lease = layout.lease()?;
        Ok(Self { layout, label, _lease: lease })
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
            match (&self.label, tags) {
                (Label::Nothing, _) => {}
                (Label::Repository(repository), []) => {
                    self.layout.name(descriptor, &[repository.with_digest(descriptor.digest)])?;
                }
                (Label::Repository(repository), tags) => {
                    let names: Vec<_> = tags.iter().map(|tag| repository.with_tag(tag.clone())).collect();
                    self.layout.name(descriptor, &names)?;
                }
                (Label::Text(text), tags) => self.layout.update(|index| {
                    tags.iter().for_each(|tag| index.set_text(Some(tag.as_str()), descriptor));
                    if tags.is_empty() || text.is_some() {
                        index.set_text(text.as_deref(), descriptor);
                    }
                    Ok::<_, Error>(())
                })?,
            }
            Ok(kept)
        }
        .boxed()
    }
}
