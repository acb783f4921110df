//! The `index.json` files that were read last, so that a question about one tag does not mean reading two thousand.
//!
//! The file stays the truth, for other programs too: what is kept counts only as long as the file is the same by time,
//! size and inode. A file that was written a moment ago is not kept, because the next write could carry the same time.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::index::Index;
use crate::content::{Class, Error};

/// How much JSON may be kept as indexes, which take some five times as much: some twenty thousand tags.
const LIMIT: u64 = 4 * 1024 * 1024;

/// How old a file has to be: more than the steps in which file systems count time (4 ms on Linux, 2 s on FAT).
const SETTLED: Duration = Duration::from_secs(3);

/// The indexes that were read last.
#[derive(Default)]
pub(super) struct IndexCache(Mutex<HashMap<PathBuf, Kept>>);

struct Kept {
    stamp: Stamp,
    index: Arc<Index>,
}

/// What tells one content of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    size: u64,
    inode: u64,
}

impl IndexCache {
    /// The index in a file; `None` when there is no such file.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Arc<Index>>, Error> {
        match self.find(path) {
            Ok(index) => Ok(Some(index)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.kept().remove(path);
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Error::new(Class::Damaged, format!("{} is damaged: {error}", path.display())))
            }
            Err(error) => Err(Error::io("cannot read", path, error)),
        }
    }

    fn find(&self, path: &Path) -> io::Result<Arc<Index>> {
        let stamp = Stamp::of(&path.metadata()?)?;
        if let Some(kept) = self.kept().get(path).filter(|kept| kept.stamp == stamp) {
            return Ok(kept.index.clone());
        }
        let mut file = File::open(path)?;
        // Of the file that is read, which may be another one by now.
        let stamp = Stamp::of(&file.metadata()?)?;
        let is_settled = SystemTime::now().duration_since(stamp.modified).is_ok_and(|age| age > SETTLED);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let index = serde_json::from_slice::<Index>(&bytes);
        let index = Arc::new(index.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?);
        if is_settled {
            self.keep(path, Kept { stamp, index: index.clone() });
        }
        Ok(index)
    }

    fn keep(&self, path: &Path, new: Kept) {
        let mut kept = self.kept();
        kept.remove(path);
        if new.stamp.size > LIMIT {
            return;
        }
        let total: u64 = kept.values().map(|kept| kept.stamp.size).sum();
        if total + new.stamp.size > LIMIT {
            // Rare enough that nobody will miss an order of age.
            kept.clear();
        }
        kept.insert(path.to_owned(), new);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    fn of(file: &Metadata) -> io::Result<Self> {
        Ok(Self { modified: file.modified()?, size: file.len(), inode: inode(file) })
    }
}

#[cfg(unix)]
fn inode(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::image::{Descriptor, MediaType, Tag};

    fn write(path: &Path, tag: &str, age: Duration) {
        let mut index = Index::default();
        index.put(&Descriptor::of(MediaType::MANIFEST, b"x"), &[tag.parse::<Tag>().expect("a tag")]);
        fs::write(path, serde_json::to_vec(&index).expect("JSON")).expect("written");
        let file = File::options().write(true).open(path).expect("opens");
        file.set_modified(SystemTime::now() - age).expect("aged");
    }

    fn tags(cache: &IndexCache, path: &Path) -> Vec<String> {
        let index = cache.read(path).expect("reads").expect("is there");
        index.tags().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_file_is_read_once_until_anybody_changes_it() {
        let root = tempfile::tempdir().expect("a directory");
        let (path, cache) = (root.path().join("index.json"), IndexCache::default());
        assert!(cache.read(&path).expect("reads").is_none());
        write(&path, "one", Duration::from_secs(60));
        assert_eq!(tags(&cache, &path), ["one"]);
        let first = cache.read(&path).expect("reads").expect("is there");
        assert!(Arc::ptr_eq(&first, &cache.read(&path).expect("reads").expect("is there")));
        // The same size, and another time.
        write(&path, "two", Duration::from_secs(50));
        assert_eq!(tags(&cache, &path), ["two"]);
        fs::remove_file(&path).expect("removed");
        assert!(cache.read(&path).expect("reads").is_none() && cache.kept().is_empty());
        fs::write(&path, "{").expect("written");
        assert_eq!(cache.read(&path).map(|_| ()).unwrap_err().class(), Class::Damaged);
    }

    /// Two writes in one step of the clock look the same; so what is new is not kept.
    #[test]
    fn a_file_of_a_moment_ago_is_not_kept() {
        let root = tempfile::tempdir().expect("a directory");
        let (path, cache) = (root.path().join("index.json"), IndexCache::default());
        write(&path, "one", Duration::ZERO);
        assert_eq!(tags(&cache, &path), ["one"]);
        assert!(cache.kept().is_empty());
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let (cache, index) = (IndexCache::default(), Arc::new(Index::default()));
        let keep = |name: &str, size: u64| {
            let stamp = Stamp { modified: SystemTime::UNIX_EPOCH, size, inode: 0 };
            cache.keep(Path::new(name), Kept { stamp, index: index.clone() });
            cache.kept().len()
        };
        assert_eq!([keep("a", LIMIT / 2), keep("b", LIMIT / 2), keep("b", LIMIT / 2)], [1, 2, 2]);
        assert_eq!([keep("c", 1), keep("d", LIMIT + 1)], [1, 1]);
    }
}
