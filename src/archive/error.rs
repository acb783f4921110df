//! What can be wrong with an archive, in words that say which member it is about.

use std::io;
use std::path::PathBuf;

use crate::content::{self, Advice, Class};
use crate::image::{DiffId, Digest, ManifestError};

/// An archive that could not be imported or exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Importing failed.
    #[error("cannot import {place}")]
    Import {
        /// The archive in people's words.
        place: String,
        /// What is wrong with it.
        #[source]
        fault: Box<Fault>,
    },
    /// Exporting failed.
    #[error("cannot write the archive")]
    Export(#[source] Box<Fault>),
    /// Making a layer failed.
    #[error("cannot make a layer of {place}")]
    Layer {
        /// The directory or tar.
        place: String,
        /// What is wrong with it.
        #[source]
        fault: Box<Fault>,
    },
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing at all in it.
    #[error("it is empty")]
    Empty,
    /// The first bytes are none of a tar.
    #[error("it is not a tar archive, nor one compressed with gzip or zstd")]
    NotTar,
    /// Compressed in a way that rpush does not read.
    #[error("it is compressed with {coder}, which is not read")]
    Coder {
        /// The way.
        coder: &'static str,
        /// The program that undoes it.
        tool: &'static str,
    },
    /// A tar of something else.
    #[error("it is a tar archive, but of no image: it has neither `index.json` nor `manifest.json`")]
    NotAnImage,
    /// An image archive without images.
    #[error("it has no images")]
    NoImages,
    /// One was meant, and it has several.
    #[error("it has several images: {}", .0.join(", "))]
    Several(Vec<String>),
    /// The image that was asked for is not in it.
    #[error("the archive has {}", .offered.join(", "))]
    NoSuchImage {
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: Vec<String>,
    },
    /// It ends too early.
    #[error("it is cut off: it ends in the middle of its content")]
    Truncated,
    /// A header of the tar is not one.
    #[error("it is damaged at byte {0}, where a header of the tar should be")]
    Header(u64),
    /// A member that could lead out of an archive that somebody unpacks, or is no file.
    #[error("its member `{member}` is {what}, which no image archive has")]
    Unsafe {
        /// The member's name as it was written.
        member: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More names than any image has.
    #[error("it has more members than any image")]
    TooMany,
    /// Two members of one name that differ.
    #[error("it has two different members with the name `{0}`")]
    Duplicate(String),
    /// A member that is needed is not there.
    #[error("`{0}` is missing in it")]
    Missing(String),
    /// A link to something that is no member.
    #[error("its member `{member}` is a link to `{target}`, which is not in the archive")]
    Dangling {
        /// The link.
        member: String,
        /// Where it leads.
        target: String,
    },
    /// A document that is too large to be one.
    #[error("its member `{member}` has {size} bytes, more than the {limit} that are read at once")]
    TooLarge {
        /// The member.
        member: String,
        /// Its size.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
    /// A member that was not kept while the archive went by, and turned out to be needed.
    #[error("its member `{0}` is needed, but was too large to be kept while the archive streamed by")]
    Passed(String),
    /// A document that is not what it should be.
    #[error("its member `{member}` is not as it should be: {why}")]
    Malformed {
        /// The member.
        member: String,
        /// What is wrong.
        why: String,
    },
    /// A manifest in it is none.
    #[error("{digest} is {fault}")]
    Manifest {
        /// The manifest.
        digest: Digest,
        /// What is wrong.
        fault: Box<ManifestError>,
    },
    /// Blobs of an image are not there.
    #[error("the image {image} is incomplete: {}", missing_words(.missing))]
    Incomplete {
        /// The manifest.
        image: Digest,
        /// What it points at and is not there.
        missing: Vec<Digest>,
    },
    /// A blob has another size than its descriptor says.
    #[error("{digest} is damaged: it has {found} bytes instead of the {expected} of its descriptor")]
    Size {
        /// The blob.
        digest: Digest,
        /// The size in the descriptor.
        expected: u64,
        /// The size it has.
        found: u64,
    },
    /// A manifest hashes to something else than its name.
    #[error("{expected} is damaged: its bytes hash to {found}")]
    Digest {
        /// The digest in the descriptor.
        expected: Digest,
        /// The digest of the bytes.
        found: Box<Digest>,
    },
    /// The archive is compressed, and does not unpack.
    #[error("it is damaged: its compressed data makes no sense")]
    Corrupt(#[source] io::Error),
    /// A compressed layer does not unpack.
    #[error("the layer `{member}` is damaged: it does not unpack")]
    Unpack {
        /// The layer's member.
        member: String,
        /// What the decoder says.
        #[source]
        cause: io::Error,
    },
    /// It unpacks to more than any image of its size.
    #[error(
        "it unpacks to more than {0} bytes, which no image of its size does: it would keep this machine busy for nothing"
    )]
    Bomb(u64),
    /// A layer is not what the config says.
    #[error("the layer `{member}` is damaged: it unpacks to {found}, and the image's config says {expected}")]
    Layer {
        /// The layer's member.
        member: String,
        /// The diff_id in the config.
        expected: Box<DiffId>,
        /// What it hashes to.
        found: Box<DiffId>,
    },
    /// Something in a directory that no layer can have.
    #[error("`{}` is {what}", .path.display())]
    Special {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file of a directory that somebody wrote to meanwhile.
    #[error("`{}` changed while it was read", .0.display())]
    Changed(PathBuf),
    /// A file of a directory that cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Somebody wanted it to stop.
    #[error("interrupted")]
    Cancelled,
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    Io(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] content::Error),
}

/// Carried by the [`io::Error`] with which a cancelled reader fails.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(super) struct Interrupted;

/// Carried by the [`io::Error`] of a decoder that cannot make sense of its input.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Nonsense(pub(super) io::Error);

/// Carried by the [`io::Error`] with which unpacking ends that would have no end.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to more than {0} bytes")]
pub(super) struct Bomb(pub(super) u64);

/// Whether an error comes from what was read, and not from the system or from somebody who wanted to stop.
pub(super) fn is_about_content(error: &io::Error) -> bool {
    let is_ours = error.get_ref().is_some_and(|inner| inner.is::<Interrupted>() || inner.is::<Bomb>());
    error.raw_os_error().is_none() && !is_ours
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Truncated;
        }
        if let Some(Bomb(bytes)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Self::Bomb(*bytes);
        }
        match error.get_ref() {
            Some(inner) if inner.is::<Interrupted>() => Self::Cancelled,
            Some(inner) if inner.is::<Nonsense>() => Self::Corrupt(error),
            _ => Self::Io(error),
        }
    }
}

/// The first, and how many more there are.
fn missing_words(missing: &[Digest]) -> String {
    match missing {
        [] => "some of its blobs are missing".to_owned(),
        [only] => format!("its blob {only} is missing"),
        [first, rest @ ..] => format!("its blob {first} is missing, and {} more", rest.len()),
    }
}

impl Fault {
    fn class(&self) -> Class {
        match self {
            Self::Truncated
            | Self::Header(_)
            | Self::Size { .. }
            | Self::Digest { .. }
            | Self::Corrupt(_)
            | Self::Unpack { .. }
            | Self::Layer { .. }
            | Self::Missing(_)
            | Self::Incomplete { .. }
            | Self::Dangling { .. } => Class::Damaged,
            Self::Io(error) | Self::Unreadable { cause: error, .. } if error.kind() == io::ErrorKind::NotFound => {
                Class::NotFound
            }
            Self::NoSuchImage { .. } => Class::NotFound,
            Self::Store(error) => error.class(),
            _ => Class::Failed,
        }
    }

    fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::Coder { tool, .. } => Advice::Type(format!("decompress it first, with `{tool}`")),
            Self::Passed(_) => Advice::GiveFile,
            Self::Special { .. } => Advice::Type(
                "remove it, or leave it out of a tar: `tar -cf layer.tar --exclude=FILE -C DIR .`".to_owned(),
            ),
            Self::Changed(_) => Advice::Type("the same command again, when nobody writes there".to_owned()),
            Self::Store(error) => error.advice()?.clone(),
            _ => return None,
        })
    }
}

impl From<Error> for content::Error {
    fn from(error: Error) -> Self {
        let (class, advice) = match &error {
            Error::Import { fault, .. } | Error::Layer { fault, .. } | Error::Export(fault) => {
                (fault.class(), fault.advice())
            }
        };
        let error = Self::new(class, error);
        match advice {
            Some(advice) => error.advise(advice),
            None => error,
        }
    }
}
