//! The seam: content comes from a [`Source`], goes into a [`Sink`], and travels as a [`Blob`].
//!
//! Registries and layouts are behind these two traits, and the transfer engine sees nothing else: push and pull are
//! pairings of one engine. Two promises hold here for everybody above and below:
//!
//! - **A blob can be opened again.** A [`Blob`] is a descriptor and the source that has it, never a one-shot reader, so
//!   every retry and every resume is possible.
//! - **Nothing arrives unverified.** A source is read through [`Blob`] alone ([`Extent`] has no other maker), and a blob's
//!   stream ends in an error when size or digest are not what the descriptor says. One stream is hashed at its end alone:
//!   [`Blob::open_to_verifier`], for registries, which take nothing under a digest that it has not got. What the source has
//!   hashed before and nobody has written to since is not hashed once more on the way there ([`Assurance`]). When such a blob
//!   is refused all the same, it is read and hashed here, to say which file is damaged.

mod behind;
mod blob;
mod blob_dir;
mod error;
mod follower;
mod memory;
mod meter;
mod overlay;
mod partial;
mod ranges;
mod reading;
mod record;
mod spans;
mod streams;
mod stretches;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

pub use blob::{Blob, Damage, Extent};
pub use blob_dir::{BlobDir, BlobWriter, publish_file, publish_new_file, sync_directory};
pub use error::{Advice, Class, Error};
pub use memory::Memory;
pub use meter::{Meter, Signal};
pub use overlay::Overlay;
pub use streams::{Lane, Streams};

use crate::image::{Descriptor, Digest, RepositoryName, Tag};

/// The answer of a place, in the future.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Bytes, piece by piece.
pub type ByteStream = BoxStream<'static, Result<Bytes, Error>>;

/// A place that content is read from.
pub trait Source: Send + Sync {
    /// The place in people's words: `localhost:5000/my-fancy-app`, `docker-archive.tar`.
    fn place(&self) -> &str;

    /// The bytes of something, from an offset on. Called by [`Blob`], which verifies them.
    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream>;

    /// The bytes of a part alone, which may end early; `None` when the place gives nothing but the whole.
    fn read_part<'a>(&'a self, _: Extent<'a>) -> Reply<'a, Option<ByteStream>> {
        Box::pin(async { Ok(None) })
    }

    /// Hears that what it gave is damaged ([`Class::Damaged`]), and says whether it will give it from elsewhere when it is asked
    /// again.
    fn distrust(&self, _: &Descriptor) -> bool {
        false
    }

    /// Whether it has verified something before.
    fn assurance(&self, _: &Descriptor) -> Assurance {
        Assurance::None
    }
}

/// How far it is known of a place that it verifies what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verifier {
    /// Its kind does.
    Proven,
    /// It should.
    Promised,
}

/// How far a source knows that what it has is what its descriptor says.
pub enum Assurance {
    /// Not at all.
    None,
    /// It was hashed, and nobody has written to it since.
    Verified,
    /// It was not hashed yet. Who reads it to the end, and finds it right, says so by this, and the next time it was.
    OnceRead(Box<dyn FnOnce() + Send>),
}

/// A place that content is written to.
pub trait Sink: Send + Sync {
    /// The place in people's words.
    fn place(&self) -> &str;

    /// Whether the place has the root manifest, and which of `tags` do not name it yet.
    fn standing<'a>(&'a self, root: &'a Descriptor, tags: &'a [Tag]) -> Reply<'a, Standing>;

    /// Whether so little is known of the place that the answer to the question for the root is not worth a long wait: everything
    /// may as well be asked for at once.
    fn is_new_ground<'a>(&'a self, _: &'a Descriptor) -> BoxFuture<'a, bool> {
        std::future::ready(false).boxed()
    }

    /// Whether the place has this content, whole.
    fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool>;

    /// Whether the place has a blob, or can have it from another repository of the same host without moving bytes.
    fn claim<'a>(&'a self, descriptor: &'a Descriptor, from: Option<&'a RepositoryName>) -> Reply<'a, Claim>;

    /// Stores a blob; the meter counts the bytes that the place has taken.
    fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()>;

    /// Stores a manifest. Everything it points at is there already.
    fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept>;
}

/// What a place already has of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not the root manifest; of what is below it nothing is known.
    Absent,
    /// The root manifest and so everything; these tags still name something else or nothing.
    Present {
        /// The tags that have to be put.
        missing_tags: Vec<Tag>,
    },
}

/// What became of the question for a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is there.
    There,
    /// It is there now, from the other repository.
    Mounted,
    /// Its bytes have to be moved.
    Missing,
}

/// What a place did with a manifest.
#[derive(Debug)]
pub enum Kept {
    /// It is new there, as far as can be told.
    New,
    /// It was there.
    Before,
    /// It was not taken, because something that it names is not there, whatever the place said when it was asked.
    Lacking {
        /// What is not there, as far as the place says so.
        digests: Vec<Digest>,
        /// The place's words.
        error: Error,
    },
}

/// Which manifest of an image it is.
#[derive(Debug, Clone, Copy)]
pub enum Rank<'a> {
    /// One that an index names.
    Child,
    /// The image itself, to be named by the tags; by its digest, when there are none.
    Root(&'a [Tag]),
}
