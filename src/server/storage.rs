//! Where the registry keeps everything: OCI layouts over one directory of blobs. What is on the disk is all there is,
//! so a registry that was killed goes on where it was.
//!
//! ```text
//! DIR/blobs/sha256/<hex>                        every blob and manifest, once
//! DIR/repositories/<name>/                      an OCI layout: oci-layout, index.json, blobs -> the directory above
//! DIR/repositories/<name>/_links/sha256/<hex>   an empty file: the repository may serve that blob
//! DIR/repositories/<name>/_referrers/...        the descriptor of each manifest that has a subject
//! DIR/uploads/<name>/_<id>                      uploads that are not finished
//! ```
//!
//! Everything here blocks on the disk and is called from threads that may.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use super::index::Index;
use super::index_cache::IndexCache;
use super::route::SessionId;
use crate::content::{BlobDir, Error, sync_directory};
use crate::image::{Descriptor, Digest, RepositoryName};

/// The directory of a registry.
pub(super) struct Storage {
    root: PathBuf,
    blobs: BlobDir,
    indexes: IndexCache,
    /// Held shared while a blob gets a name in a repository, exclusively while one that nobody names is removed.
    naming: RwLock<()>,
    /// Keeps a second server out of the directory.
    _lock: File,
}

/// The directory cannot be used.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Another server has it.
    InUse,
    /// It cannot be written.
    Disk(io::Error),
}

impl Storage {
    /// Opens a directory, new or not.
    pub(super) fn open(root: &Path) -> Result<Self, OpenError> {
        let staging = root.join("staging");
        let open = || {
            fs::create_dir_all(root)?;
            File::options().create(true).truncate(false).write(true).open(root.join("lock"))
        };
        let lock = open().map_err(OpenError::Disk)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse,
            TryLockError::Error(error) => OpenError::Disk(error),
        })?;
        // Files that an earlier process was killed over; the lock says that nobody writes them any more.
        let prepare = || {
            ignore_missing(fs::remove_dir_all(&staging))?;
            ["blobs/sha256", "blobs/sha512", "repositories", "uploads"]
                .iter()
                .try_for_each(|directory| fs::create_dir_all(root.join(directory)))
        };
        prepare().map_err(OpenError::Disk)?;
        let blobs = BlobDir::new(root, staging);
        Ok(Self { root: root.to_owned(), blobs, indexes: IndexCache::default(), naming: RwLock::new(()), _lock: lock })
    }

    /// The size of a blob that the repository may serve.
    pub(super) fn blob_size(&self, name: &RepositoryName, digest: &Digest) -> Option<u64> {
        self.link(name, digest).is_file().then(|| self.blobs.size(digest))?
    }

    /// Where the bytes of a blob are.
    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs.path(digest)
    }

    /// Makes a finished upload a blob of the repository. When another upload of the same blob was quicker, that one
    /// stays (R-28).
    pub(super) fn keep_upload(&self, name: &RepositoryName, file: &Path, digest: &Digest) -> Result<(), Error> {
        let _naming = self.naming();
        self.blobs.adopt(file, digest)?;
        self.write_link(name, digest)
    }

    /// Lets the repository serve a blob that another one has, or any of them; `false` when there is none (R-09).
    pub(super) fn mount(
        &self,
        name: &RepositoryName,
        digest: &Digest,
        from: Option<&RepositoryName>,
    ) -> Result<bool, Error> {
        let _naming = self.naming();
        let size = match from {
            Some(from) => self.blob_size(from, digest),
            None => self.blobs.size(digest),
        };
        match size {
            Some(_) => self.write_link(name, digest).map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes a blob out of the repository; `false` when it was not there.
    pub(super) fn unlink(&self, name: &RepositoryName, digest: &Digest) -> Result<bool, Error> {
        let link = self.link(name, digest);
        match fs::remove_file(&link) {
            Ok(()) => self.collect(digest).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("cannot remove", &link, error)),
        }
    }

    /// The manifests of a repository; `None` when there is no such repository.
    pub(super) fn index(&self, name: &RepositoryName) -> Result<Option<Arc<Index>>, Error> {
        self.indexes.read(&self.repository(name).join("index.json"))
    }

    /// The bytes of a manifest.
    pub(super) fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        self.blobs.read_small(digest)
    }

    /// Stores a manifest and then writes the changed index, so that a name never points at nothing. `change` sees the
    /// index as it is while nobody else can write it, and may refuse.
    pub(super) fn keep_manifest<E: From<Error>>(
        &self,
        name: &RepositoryName,
        manifest: (&Descriptor, &[u8]),
        referrer: Option<(&Digest, &Descriptor)>,
        change: impl FnOnce(&mut Index) -> Result<(), E>,
    ) -> Result<(), E> {
        let _naming = self.naming();
        self.change(name, |index| {
            change(index)?;
            self.blobs.put_verified(&manifest.0.digest, manifest.1)?;
            if let Some((subject, referrer)) = referrer {
                let text = serde_json::to_vec(referrer).expect("a descriptor is valid JSON");
                self.replace(&self.referrer(name, subject, &referrer.digest), &text)?;
            }
            Ok(())
        })
    }

    /// Changes the index of a repository while nobody else can.
    pub(super) fn change<T, E: From<Error>>(
        &self,
        name: &RepositoryName,
        change: impl FnOnce(&mut Index) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = self.lock(name)?;
        let mut index = self.index(name)?.map(Arc::unwrap_or_clone).unwrap_or_default();
        let result = change(&mut index)?;
        let text = serde_json::to_vec(&index).expect("an index is valid JSON");
        self.replace(&self.repository(name).join("index.json"), &text)?;
        Ok(result)
    }

    /// Forgets that a manifest refers to a subject.
    pub(super) fn forget_referrer(
        &self,
        name: &RepositoryName,
        subject: &Digest,
        digest: &Digest,
    ) -> Result<(), Error> {
        let path = self.referrer(name, subject, digest);
        ignore_missing(fs::remove_file(&path)).map_err(|error| Error::io("cannot remove", &path, error))
    }

    /// The manifests that refer to a subject, in the order of their digests. They may be gone by now.
    pub(super) fn referrers(&self, name: &RepositoryName, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
        let directory = self.referrers_directory(name, subject);
        let failed = |error| Error::io("cannot read", &directory, error);
        let entries = match fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let bytes = fs::read(entry.map_err(failed)?.path()).map_err(failed)?;
            found.extend(serde_json::from_slice::<Descriptor>(&bytes).ok());
        }
        found.sort_by_key(|referrer| referrer.digest);
        Ok(found)
    }

    /// Removes a blob or manifest that no repository names any more.
    pub(super) fn collect(&self, digest: &Digest) -> Result<(), Error> {
        let _naming = self.naming.write().expect("nobody panics while holding it");
        let mut named = false;
        self.walk(&self.root.join("repositories"), "", &mut |name| {
            named = named
                || self.link(name, digest).is_file()
                || self.index(name)?.is_some_and(|i| i.find(digest).is_some());
            Ok(())
        })?;
        if !named {
            self.blobs.remove(digest)?;
        }
        Ok(())
    }

    /// The names of repositories after `after`, sorted, at most `limit`; and whether there are more. Memory stays at
    /// `limit` names however many there are (CVE-2023-2253).
    pub(super) fn repositories(&self, after: &str, limit: usize) -> Result<(Vec<String>, bool), Error> {
        let mut first = BTreeSet::new();
        self.walk(&self.root.join("repositories"), "", &mut |name| {
            if name.as_str() > after && self.repository(name).join("index.json").is_file() {
                first.insert(name.to_string());
            }
            if first.len() > limit.saturating_add(1) {
                first.pop_last();
            }
            Ok(())
        })?;
        let more = first.len() > limit;
        Ok((first.into_iter().take(limit).collect(), more))
    }

    /// The file of an upload.
    pub(super) fn upload(&self, name: &RepositoryName, id: &SessionId) -> PathBuf {
        self.root.join("uploads").join(path_of(name)).join(format!("_{}", id.as_str()))
    }

    /// The directory of all uploads.
    pub(super) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    fn naming(&self) -> RwLockReadGuard<'_, ()> {
        self.naming.read().expect("nobody panics while holding it")
    }

    fn repository(&self, name: &RepositoryName) -> PathBuf {
        self.root.join("repositories").join(path_of(name))
    }

    fn link(&self, name: &RepositoryName, digest: &Digest) -> PathBuf {
        self.repository(name).join("_links").join(digest.algorithm().name()).join(digest.hex())
    }

    fn referrers_directory(&self, name: &RepositoryName, subject: &Digest) -> PathBuf {
        self.repository(name).join("_referrers").join(subject.algorithm().name()).join(subject.hex())
    }

    fn referrer(&self, name: &RepositoryName, subject: &Digest, digest: &Digest) -> PathBuf {
        let file = format!("{}-{}", digest.algorithm().name(), digest.hex());
        self.referrers_directory(name, subject).join(file)
    }

    fn write_link(&self, name: &RepositoryName, digest: &Digest) -> Result<(), Error> {
        let link = self.link(name, digest);
        if link.is_file() {
            return Ok(());
        }
        let directory = link.parent().expect("a link lies in its algorithm's directory");
        let write = || {
            fs::create_dir_all(directory)?;
            File::create(&link)?;
            sync_directory(directory)
        };
        write().map_err(|error| Error::io("cannot write", &link, error))
    }

    /// Makes the repository a layout and keeps every other writer out, those of other programs too if they know
    /// `index.json.lock` (L-15).
    fn lock(&self, name: &RepositoryName) -> Result<File, Error> {
        let directory = self.repository(name);
        let lock = || {
            fs::create_dir_all(&directory)?;
            let lock =
                File::options().create(true).truncate(false).write(true).open(directory.join("index.json.lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let lock = lock().map_err(|error| Error::io("cannot lock", &directory, error))?;
        if !directory.join("oci-layout").exists() {
            let blobs = directory.join("blobs");
            let up = "../".repeat(name.as_str().split('/').count() + 1);
            link_directory(&format!("{up}blobs"), &blobs).map_err(|error| Error::io("cannot write", &blobs, error))?;
            // Last, because it says that the rest is there.
            self.replace(&directory.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        }
        Ok(lock)
    }

    /// Writes a file at once and durably.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let directory = path.parent().expect("every file of a registry lies in a directory");
        let replace = || {
            fs::create_dir_all(self.blobs.staging())?;
            fs::create_dir_all(directory)?;
            let mut file = tempfile::Builder::new().prefix("file-").tempfile_in(self.blobs.staging())?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
            sync_directory(directory)
        };
        replace().map_err(|error| Error::io("cannot write", path, error))
    }

    /// Calls `see` with every repository that has a directory, parents included.
    fn walk(
        &self,
        directory: &Path,
        parent: &str,
        see: &mut impl FnMut(&RepositoryName) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error| Error::io("cannot list", directory, error);
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if !entry.file_type().map_err(failed)?.is_dir() {
                continue;
            }
            let file = entry.file_name();
            let Some(component) = file.to_str().map(|text| text.strip_suffix('_').unwrap_or(text)) else { continue };
            let name = if parent.is_empty() { component.to_owned() } else { format!("{parent}/{component}") };
            if let Ok(repository) = name.parse() {
                see(&repository)?;
                self.walk(&entry.path(), &name, see)?;
            }
        }
        Ok(())
    }
}

/// The directory of a repository below `repositories`. `a/blobs` lies within the layout of `a`, whose own files have
/// names that could be those of repositories; an underscore, which ends no name, tells them apart.
pub(super) fn path_of(name: &RepositoryName) -> PathBuf {
    let is_reserved = |part: &str| ["blobs", "index.json", "index.json.lock", "oci-layout"].contains(&part);
    name.as_str().split('/').map(|part| if is_reserved(part) { format!("{part}_") } else { part.to_owned() }).collect()
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Relative, so that the directory can be moved or mounted elsewhere.
#[cfg(unix)]
fn link_directory(target: &str, link: &Path) -> io::Result<()> {
    match std::os::unix::fs::symlink(target, link) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Links need a privilege on Windows. Without them repositories cannot be read as layouts, and all else works.
#[cfg(not(unix))]
fn link_directory(_: &str, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{MediaType, Tag};

    fn storage() -> (tempfile::TempDir, Storage) {
        let root = tempfile::tempdir().expect("a temporary directory");
        let storage = Storage::open(root.path()).expect("opens");
        (root, storage)
    }

    fn name(text: &str) -> RepositoryName {
        text.parse().expect("a name")
    }

    fn keep(storage: &Storage, repository: &str, text: &str) -> Descriptor {
        let manifest = Descriptor::of(MediaType::MANIFEST, text.as_bytes());
        let change = |index: &mut Index| -> Result<(), Error> {
            index.put(&manifest, &[Tag::latest()]);
            Ok(())
        };
        storage.keep_manifest(&name(repository), (&manifest, text.as_bytes()), None, change).expect("kept");
        manifest
    }

    /// Names of repositories that are also names of files in a layout.
    #[test]
    fn a_repository_below_another_never_meets_its_files() {
        let (root, storage) = storage();
        let names = ["a", "a/blobs", "a/blobs/sha256", "a/index.json", "a/oci-layout/x", "blobs", "a/index.json.lock"];
        for repository in names {
            keep(&storage, repository, repository);
        }
        for repository in names {
            let index = storage.index(&name(repository)).expect("reads").expect("exists");
            let digest = index.tagged(&Tag::latest()).expect("tagged").digest;
            assert_eq!(digest, Digest::of(repository.as_bytes()), "{repository}");
            let seen = storage.repository(&name(repository)).join("blobs/sha256").join(digest.hex());
            assert_eq!(fs::read(seen).expect("the layout has its blobs"), repository.as_bytes());
        }
        let mut sorted = names.map(str::to_owned).to_vec();
        sorted.sort();
        assert_eq!(storage.repositories("", 99).expect("lists"), (sorted.clone(), false));
        assert_eq!(storage.repositories("a", 2).expect("lists"), (sorted[1..3].to_vec(), true));
        assert_eq!(storage.repositories("", 0).expect("lists"), (vec![], true));
        drop(root);
    }

    #[test]
    fn a_blob_goes_when_the_last_repository_lets_it_go() {
        let (root, storage) = storage();
        let digest = Digest::of(b"abc");
        fs::write(root.path().join("upload"), b"abc").expect("written");
        storage.keep_upload(&name("a"), &root.path().join("upload"), &digest).expect("kept");
        assert!(!storage.mount(&name("c"), &digest, Some(&name("b"))).expect("tried"));
        assert!(storage.mount(&name("b"), &digest, Some(&name("a"))).expect("mounted"));
        assert!(storage.mount(&name("c"), &digest, None).expect("mounted"));
        for repository in ["a", "b", "c"] {
            assert_eq!(storage.blob_size(&name(repository), &digest), Some(3));
            assert!(storage.blob_path(&digest).is_file());
            assert!(storage.unlink(&name(repository), &digest).expect("unlinked"));
            assert_eq!(storage.blob_size(&name(repository), &digest), None);
        }
        assert!(!storage.blob_path(&digest).exists());
        assert!(!storage.mount(&name("c"), &digest, None).expect("tried"));
    }

    #[test]
    fn a_directory_has_one_server_and_is_found_again() {
        let (root, storage) = storage();
        let manifest = keep(&storage, "a", "text");
        assert!(matches!(Storage::open(root.path()), Err(OpenError::InUse)));
        drop(storage);
        let storage = Storage::open(root.path()).expect("opens again");
        assert_eq!(storage.manifest(&manifest.digest).expect("reads"), b"text");
        assert!(storage.index(&name("a")).expect("reads").is_some());
    }
}
