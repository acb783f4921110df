//! A blob that is still coming in and is worth keeping if that breaks off: the next run goes on with it.
//!
//! The file is named after the digest that it is to have one day, and whoever writes it holds its lock. What an earlier
//! run left is hashed before it counts: the whole is verified as if it had come at once.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::image::{Descriptor, Hasher};

/// Less than this is fetched again.
const WORTH_KEEPING: u64 = 1024 * 1024;

/// How much is hashed at once.
const CHUNK: usize = 256 * 1024;

/// The beginning of a blob.
pub(super) struct Partial {
    path: PathBuf,
    file: File,
    hasher: Hasher,
    size: u64,
}

impl Partial {
    /// The beginning of a blob, as far as it is there. `None` when it is not worth it, or somebody else is at it.
    pub fn open(staging: &Path, blob: &Descriptor) -> io::Result<Option<Self>> {
        if blob.size < WORTH_KEEPING {
            return Ok(None);
        }
        fs::create_dir_all(staging)?;
        let digest = &blob.digest;
        let path = staging.join(format!("partial-{}-{}", digest.algorithm().name(), digest.hex()));
        let file = File::options().read(true).append(true).create(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had the lock before may have made the file a blob.
        if !is_at(&file, &path) {
            return Ok(None);
        }
        let mut partial = Self { path, file, hasher: Hasher::new(digest.algorithm()), size: 0 };
        partial.hash()?;
        let is_wrong =
            partial.size > blob.size || (partial.size == blob.size && partial.hasher.clone().finish() != blob.digest);
        if is_wrong {
            partial.file.set_len(0)?;
            (partial.hasher, partial.size) = (Hasher::new(digest.algorithm()), 0);
        }
        Ok(Some(partial))
    }

    fn hash(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        loop {
            match self.file.read(&mut buffer)? {
                0 => return Ok(()),
                read => {
                    self.hasher.update(&buffer[..read]);
                    self.size += read as u64;
                }
            }
        }
    }

    /// How much is there, and its hash.
    pub fn behind(&self) -> (u64, Hasher) {
        (self.size, self.hasher.clone())
    }

    /// Where the next bytes go.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What came is worth nothing.
    pub fn discard(self) {
        // What remains is hashed the next time, and found to be wrong.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (Ok(opened), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

/// Elsewhere a file that is open cannot be renamed by others.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::image::MediaType;

    fn blob(fill: u8) -> (Vec<u8>, Descriptor) {
        let bytes = vec![fill; usize::try_from(WORTH_KEEPING).expect("small") + 1];
        let descriptor = Descriptor::of(MediaType::LAYER_GZIP, &bytes);
        (bytes, descriptor)
    }

    fn open(staging: &tempfile::TempDir, blob: &Descriptor) -> Option<Partial> {
        Partial::open(staging.path(), blob).expect("opens")
    }

    #[test]
    fn what_came_is_there_the_next_time() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob(1);
        let mut partial = open(&staging, &descriptor).expect("a file");
        partial.file().write_all(&bytes[..1000]).expect("written");
        assert!(open(&staging, &descriptor).is_none(), "somebody is at it");
        drop(partial);
        let (size, mut hasher) = open(&staging, &descriptor).expect("a file").behind();
        assert_eq!(size, 1000);
        hasher.update(&bytes[1000..]);
        assert_eq!(hasher.finish(), descriptor.digest);
    }

    #[test]
    fn what_cannot_become_the_blob_is_thrown_away() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob(1);
        let (other, _) = blob(2);
        for (content, size) in [(&bytes[..], bytes.len() as u64), (&other[..], 0), (&[&bytes[..], b"x"].concat(), 0)] {
            let mut partial = open(&staging, &descriptor).expect("a file");
            partial.file().set_len(0).expect("cut");
            partial.file().write_all(content).expect("written");
            drop(partial);
            assert_eq!(open(&staging, &descriptor).expect("a file").behind().0, size);
        }
    }

    /// The file may have become a blob between opening and locking it, and then it is not to be touched.
    #[cfg(unix)]
    #[test]
    fn a_file_that_is_elsewhere_now_is_left_alone() {
        let staging = tempfile::tempdir().expect("a directory");
        let (_, descriptor) = blob(1);
        let partial = open(&staging, &descriptor).expect("a file");
        let path = partial.path().to_owned();
        fs::rename(&path, staging.path().join("blob")).expect("renamed");
        assert!(!is_at(&partial.file, &path));
        fs::write(&path, "").expect("another one");
        assert!(!is_at(&partial.file, &path));
    }

    #[test]
    fn what_is_small_is_not_kept() {
        let staging = tempfile::tempdir().expect("a directory");
        assert!(open(&staging, &Descriptor::of(MediaType::LAYER_GZIP, b"small")).is_none());
    }
}
