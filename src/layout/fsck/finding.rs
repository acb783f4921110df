//! What an examination of a layout finds: facts, of which the command line makes words.

use std::path::PathBuf;

use crate::image::{Digest, ManifestError};

/// Something that is not as it should be, or that is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub fault: Fault,
    /// The images that need what is touched, by the names that a person would type.
    pub images: Vec<String>,
    /// What was done about it.
    pub cure: Option<Cure>,
}

impl Finding {
    /// Whether something is lost or wrong as things stand now. The others are remarks.
    pub fn is_damage(&self) -> bool {
        match self.cure {
            Some(Cure::Rewritten | Cure::Rebuilt { .. }) => false,
            // Nothing is missing where nothing needs it.
            Some(Cure::Quarantined(_)) => !self.images.is_empty(),
            None => self.fault.is_damage(),
        }
    }
}

/// What is wrong with a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The bytes of a blob hash to something else than its name.
    Content {
        /// The name.
        digest: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// A blob cannot be read.
    Unreadable {
        /// The blob.
        digest: Digest,
        /// What the system says.
        why: String,
    },
    /// A blob that an image needs is not there.
    Missing {
        /// The blob.
        digest: Digest,
        /// How many bytes it should have.
        size: u64,
    },
    /// A blob is whole, and whatever points at it says another size.
    Size {
        /// The blob.
        digest: Digest,
        /// The size in the descriptor.
        stated: u64,
        /// The size of the file.
        found: u64,
    },
    /// A manifest is what its digest says, and is none.
    Manifest {
        /// The manifest.
        digest: Digest,
        /// Why it is none.
        why: ManifestError,
    },
    /// An entry of `index.json` is no descriptor.
    Entry {
        /// Its place in the list.
        position: usize,
    },
    /// `index.json` is not there, although there are images.
    NoIndex,
    /// `index.json` cannot be understood.
    BrokenIndex {
        /// Why.
        why: String,
    },
    /// `oci-layout` is not there, or is not of the version that others read (L-01).
    Marker {
        /// What is wrong with it.
        why: String,
    },
    /// A file among the blobs whose name is no digest.
    NoBlob(PathBuf),
    /// A manifest that no name leads to.
    Unnamed(Digest),
    /// Blobs that no image needs.
    Unneeded {
        /// How many.
        blobs: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// Files that runs left which were interrupted.
    Leftovers {
        /// How many.
        files: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// Files that an earlier repair set aside.
    Quarantine {
        /// Where they are.
        directory: PathBuf,
        /// How many.
        files: usize,
        /// Their bytes.
        bytes: u64,
    },
}

impl Fault {
    /// Whether something is lost or wrong. A single unreadable entry may be somebody else's, and is kept (L-06).
    fn is_damage(&self) -> bool {
        use Fault::{BrokenIndex, Content, Manifest, Marker, Missing, NoIndex, Size, Unreadable};
        matches!(
            self,
            Content { .. }
                | Unreadable { .. }
                | Missing { .. }
                | Size { .. }
                | Manifest { .. }
                | NoIndex
                | BrokenIndex { .. }
                | Marker { .. }
        )
    }

    /// What it is called in data.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Content { .. } => "content",
            Self::Unreadable { .. } => "unreadable",
            Self::Missing { .. } => "missing",
            Self::Size { .. } => "size",
            Self::Manifest { .. } => "manifest",
            Self::Entry { .. } => "entry",
            Self::NoIndex => "no-index",
            Self::BrokenIndex { .. } => "broken-index",
            Self::Marker { .. } => "marker",
            Self::NoBlob(_) => "no-blob",
            Self::Unnamed(_) => "unnamed",
            Self::Unneeded { .. } => "unneeded",
            Self::Leftovers { .. } => "leftovers",
            Self::Quarantine { .. } => "quarantine",
        }
    }

    /// The blob that it is about.
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Content { digest, .. }
            | Self::Unreadable { digest, .. }
            | Self::Missing { digest, .. }
            | Self::Size { digest, .. }
            | Self::Manifest { digest, .. }
            | Self::Unnamed(digest) => Some(digest),
            _ => None,
        }
    }
}

/// What a repair did. It removes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cure {
    /// The file was moved here, so that it is fetched anew.
    Quarantined(PathBuf),
    /// The file was written as it should be.
    Rewritten,
    /// A new `index.json` was made.
    Rebuilt {
        /// Where the old one is now, when there was one.
        aside: Option<PathBuf>,
        /// How many images it lists.
        images: usize,
    },
}

/// All that was found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// How many blobs were read.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many images `index.json` lists.
    pub images: usize,
    /// What was found: what is damaged first.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// How many findings are damage.
    pub fn damaged(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_damage()).count()
    }
}
