//! OCI image layouts (image-layout.md): rpush's own store, and the layouts of anyone else.
//!
//! The store is a layout that every other tool can read, and that any number of processes may change at once:
//!
//! - blobs and `index.json` appear whole, by rename ([`BlobDir`]);
//! - `index.json` changes under a lock on `index.json.lock`, the file that BuildKit locks too;
//! - whoever brings content in holds `rpush/transfers.lock` shared until a name reaches it, and garbage is collected only
//!   by who can have that lock alone: a blob that has just come and has no name yet is nobody's garbage.

mod fsck;
mod index;
mod lock;
mod lookup;
mod neighbours;
mod origins;
mod parallel;
mod reach;
mod shelf;
mod summary;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;

use crate::content::{Advice, Assurance, BlobDir, ByteStream, Class, Error, Extent, Reply, Source};
use crate::image::{Descriptor, Manifest, Reference, Role, entry_names};

use lock::{Held, Share};

pub use fsck::{Cure, Diagnosis, Examined, Fault, Finding, Handling, Step, Stored};
pub use index::Index;
pub use lookup::{Found, LookupError, Named, find};
pub use reach::{RemoveError, Removed};
pub use shelf::Shelf;
pub use summary::{PlatformSummary, Subject, Summary, SummaryError, summarize, summarize_all};

/// The contents of `oci-layout`; exactly this version, because several tools refuse every other one (L-01).
const OCI_LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// More than a list of a hundred thousand images has; a device in its place would not end.
const MAX_INDEX: u64 = 64 << 20;
/// The lock of who brings content in, and of who collects garbage.
const TRANSFERS: &str = "rpush/transfers.lock";

/// What the store has hashed.
const VERIFIED: &str = "rpush/verified";

/// An image layout.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
    blobs: BlobDir,
    place: String,
}

/// An image that a layout lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The root of the image.
    pub descriptor: Descriptor,
    /// Its full name, when it has one.
    pub reference: Option<Reference>,
    /// The text that selects it within its layout, when that is no full name.
    pub selector: Option<String>,
}

impl Entry {
    /// What an entry of `index.json` lists: one image, under each of its names.
    fn of(descriptor: &Descriptor) -> Vec<Self> {
        let listed = |reference, selector| Self { descriptor: descriptor.clone(), reference, selector };
        match entry_names(descriptor) {
            names if names.is_empty() => vec![listed(None, None)],
            names => names.into_iter().map(|name| listed(name.reference, name.selector)).collect(),
        }
    }
}

impl Layout {
    /// rpush's own store at `root`, which is made when something is first written to it.
    pub fn store(root: &Path) -> Self {
        let layout = Self::at(root, "the store".to_owned());
        Self { blobs: layout.blobs.recording(root.join(VERIFIED)), ..layout }
    }

    /// An existing layout of anyone's.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let layout = Self::at(root, root.display().to_string());
        let marker = root.join("oci-layout");
        if let Err(error) = fs::metadata(&marker) {
            return Err(Error::io("not an OCI layout, because there is no", &marker, error));
        }
        Ok(layout)
    }

    /// A layout of anyone's, which is made when something is first written to it.
    pub fn new(root: &Path) -> Self {
        Self::at(root, root.display().to_string())
    }

    fn at(root: &Path, place: String) -> Self {
        let blobs = BlobDir::new(root, root.join("rpush/staging"));
        Self { root: root.to_owned(), blobs, place }
    }

    /// The directory of the layout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The blobs.
    pub fn blobs(&self) -> &BlobDir {
        &self.blobs
    }

    /// Where the memo of compressed layers is kept.
    pub fn memo(&self) -> PathBuf {
        self.root.join("rpush/memo")
    }

    /// Every image that is listed, in the order of the file.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.index()?.entries().flat_map(|entry| Entry::of(&entry)).collect())
    }

    /// The contents of `index.json`; empty, when there is no such file yet.
    pub fn index(&self) -> Result<Index, Error> {
        let path = self.index_path();
        match read_index(&path) {
            Ok(bytes) => Index::parse(&bytes).map_err(|cause| self.lost(IndexError::Broken { path, cause })),
            // Where it is gone from a layout, the images are still there, and must not be taken for garbage.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match self.root.join("oci-layout").exists() {
                true => Err(self.lost(IndexError::Missing { path })),
                false => Ok(Index::default()),
            },
            Err(error) => Err(Error::io("cannot read", &path, error)),
        }
    }

    fn lost(&self, error: IndexError) -> Error {
        Error::new(Class::Damaged, error).advise(Advice::Examine(self.root.clone()))
    }

    /// Changes `index.json` under its lock. What `change` sees is what is there, and nobody else changes it meanwhile.
    pub fn update<T, E: From<Error>>(&self, change: impl FnOnce(&mut Index) -> Result<T, E>) -> Result<T, E> {
        self.prepare()?;
        let _lock = self.lock_index()?;
        let mut index = self.index()?;
        let result = change(&mut index)?;
        if index.is_changed() || !self.index_path().exists() {
            self.replace(&self.index_path(), &index.to_bytes())?;
        }
        Ok(result)
    }

    /// Lets names stand for an image.
    pub fn name(&self, image: &Descriptor, names: &[Reference]) -> Result<(), Error> {
        self.update(|index| {
            names.iter().for_each(|name| index.set(name, image));
            Ok(())
        })
    }

    /// Lets names stand for the image that `source` means. The image is looked up under the lock, so that it cannot go away
    /// in between.
    pub fn tag(&self, source: &str, names: &[Reference]) -> Result<(), LookupError> {
        self.update(|index| {
            let found = self.find_in(source, index)?;
            names.iter().for_each(|name| index.set(name, &found.descriptor));
            Ok(())
        })
    }

    /// To be held while content comes in that has no name yet.
    pub fn lease(&self) -> Result<Lease, Error> {
        self.prepare()?;
        self.lock(TRANSFERS, Share::Shared).map(Lease)
    }

    /// To be held while content is read, so that it is not collected meanwhile. Where nothing can be locked, because nothing
    /// can be written, there is nothing that this account could do about it, and reading goes on without.
    pub fn reading(&self) -> Option<Lease> {
        let path = self.root.join(TRANSFERS);
        let file = open_lock(&path).or_else(|_| File::open(&path)).ok()?;
        lock::wait_for(&path, file, Share::Shared).ok().map(Lease)
    }

    /// To be held while garbage is collected; `None` while content comes in.
    fn exclusive(&self) -> Result<Option<Lease>, Error> {
        self.prepare()?;
        self.alone()
    }

    /// The same in a layout as it is: nothing is made that is missing.
    fn alone(&self) -> Result<Option<Lease>, Error> {
        let path = self.root.join(TRANSFERS);
        let file = open_lock(&path).map_err(|error| self.unwritable(error))?;
        let held = lock::try_alone(&path, file).map_err(|error| Error::io("cannot lock", &path, error))?;
        Ok(held.map(Lease))
    }

    /// Reads a manifest of this layout.
    pub fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, Error> {
        let bytes = self.blobs.read_small(&descriptor.digest)?;
        Manifest::parse(&descriptor.media_type, &bytes)
            .map_err(|error| Error::new(Class::Damaged, format!("{} in {} is {error}", descriptor.digest, self.place)))
    }

    /// Whether the image is here with everything it needs: all of it, or at least one platform of an index.
    pub fn is_complete(&self, descriptor: &Descriptor) -> bool {
        if !self.blobs.has(descriptor) {
            return descriptor.embedded().is_some() || descriptor.media_type.role() == Role::Foreign;
        }
        match descriptor.media_type.role() {
            Role::Index | Role::Manifest => {
                self.manifest(descriptor).is_ok_and(|manifest| manifest.children().all(|child| self.is_complete(child)))
            }
            _ => true,
        }
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    fn lock_index(&self) -> Result<Held, Error> {
        self.lock("index.json.lock", Share::Alone)
    }

    fn lock(&self, name: &str, share: Share) -> Result<Held, Error> {
        let path = self.root.join(name);
        let file = open_lock(&path).map_err(|error| self.unwritable(error))?;
        lock::wait_for(&path, file, share).map_err(|error| Error::io("cannot lock", &path, error))
    }

    /// Makes the directories and the marker of a layout, where they are missing.
    fn prepare(&self) -> Result<(), Error> {
        let marker = self.root.join("oci-layout");
        if marker.exists() && self.root.join("rpush").exists() {
            return Ok(());
        }
        for directory in ["blobs/sha256", "rpush/staging"] {
            fs::create_dir_all(self.root.join(directory)).map_err(|error| self.unwritable(error))?;
        }
        if marker.exists() {
            return Ok(());
        }
        // Nobody takes what is staged for left behind. The marker comes last: where it is, the rest is.
        let _lock = self.lock_index()?;
        if marker.exists() {
            return Ok(());
        }
        self.make_index()?;
        self.replace(&marker, OCI_LAYOUT.as_bytes())
    }

    /// Makes an empty `index.json` where there is none.
    fn make_index(&self) -> Result<(), Error> {
        let make = || {
            crate::content::sync_directory(&self.root.join("blobs"))?;
            let file = self.staged(&Index::default().to_bytes())?;
            match crate::content::publish_new_file(file, &self.index_path()) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            }
        };
        make().map_err(|error| self.unwritable(error))
    }

    /// A failure to write anything at all here.
    fn unwritable(&self, error: io::Error) -> Error {
        let is_refused = matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem);
        let error = Error::io("cannot write to the store at", &self.root, error);
        if is_refused { error.advise(Advice::OtherStore) } else { error }
    }

    /// Puts a file in the place of another, at once and durably (L-15).
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let replace = || crate::content::publish_file(self.staged(bytes)?, path);
        replace().map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => self.unwritable(error),
            _ => Error::io("cannot write", path, error),
        })
    }

    fn staged(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        fs::create_dir_all(self.blobs.staging())?;
        let mut file = tempfile::Builder::new().prefix("file-").tempfile_in(self.blobs.staging())?;
        file.write_all(bytes)?;
        Ok(file)
    }
}

fn read_index(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len().min(MAX_INDEX);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(MAX_INDEX + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_INDEX {
        true => Err(io::Error::new(io::ErrorKind::InvalidData, "larger than any list of images")),
        false => Ok(bytes),
    }
}

/// What may be wrong with the file in which everything is listed.
#[derive(Debug, thiserror::Error)]
enum IndexError {
    #[error("cannot understand {}", .path.display())]
    Broken {
        path: PathBuf,
        #[source]
        cause: serde_json::Error,
    },
    #[error("{} is missing", .path.display())]
    Missing { path: PathBuf },
}

fn open_lock(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}

/// Holds off the collection of garbage, until it is dropped.
#[derive(Debug)]
pub struct Lease(#[expect(dead_code, reason = "it is held, not used")] Held);

impl Source for Layout {
    fn place(&self) -> &str {
        &self.place
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        async move { self.blobs.read(&extent.descriptor().digest, extent.offset()).await }.boxed()
    }

    /// There is nobody else who has it; but what is damaged was verified once at most.
    fn distrust(&self, descriptor: &Descriptor) -> bool {
        self.blobs.distrust(&descriptor.digest);
        false
    }

    fn assurance(&self, descriptor: &Descriptor) -> Assurance {
        self.blobs.assurance(&descriptor.digest)
    }
}
