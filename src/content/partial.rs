//! A blob that is still coming in and is worth keeping if that breaks off: the next run goes on with it.
//!
//! The file is named after the digest that it is to have one day, and whoever writes it holds its lock. As long as it is one
//! piece from the beginning, its length says how much is there. When parts come out of order, which of them are there is
//! written down behind the place of the last byte, and is cut off in the end: one file, so that nothing can fall apart.
//! It is written after the bytes that it speaks of, so that a process that is killed has never said too much; a machine
//! that is switched off may have, and the digest of the whole tells.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::behind::Behind;
use super::blob_dir::PIECE;
use super::spans::Spans;
use crate::image::Descriptor;

/// Less than this is fetched again.
const WORTH_KEEPING: u64 = 1024 * 1024;

/// After how many bytes is written down what is there.
const NOTED_AFTER: u64 = 1024 * 1024;

/// What came of a blob.
pub(super) struct Partial {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    spans: Spans,
    /// Whether what is there is written down behind the end.
    is_listed: bool,
    /// How much came since.
    unlisted: u64,
    behind: Behind,
}

impl Partial {
    /// What is there of a blob. `None` when it is not worth it, or somebody else is at it.
    pub fn open(staging: &Path, blob: &Descriptor) -> io::Result<Option<Self>> {
        if blob.size < WORTH_KEEPING {
            return Ok(None);
        }
        fs::create_dir_all(staging)?;
        let digest = &blob.digest;
        let path = staging.join(format!("partial-{}-{}", digest.algorithm().name(), digest.hex()));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had the lock before may have made the file a blob.
        if !is_at(&file, &path) {
            return Ok(None);
        }
        let (size, length) = (blob.size, file.metadata()?.len());
        let (file, spans, behind) = (Arc::new(file), Spans::prefix_of(length), Behind::default());
        let mut partial = Self { path, file, size, spans, is_listed: false, unlisted: 0, behind };
        if length > size {
            partial.read_list()?;
        }
        Ok(Some(partial))
    }

    fn read_list(&mut self) -> io::Result<()> {
        let mut list = vec![0; Spans::LONGEST];
        let read = read_at(&self.file, &mut list, self.size)?;
        match Spans::decode(&list[..read], self.size) {
            Some(spans) => (self.spans, self.is_listed) = (spans, true),
            None => self.forget_after(0)?,
        }
        Ok(())
    }

    /// What is there.
    pub fn spans(&self) -> &Spans {
        &self.spans
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file, to be read.
    pub fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Puts bytes where they belong.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if !self.is_listed && offset != self.spans.prefix() {
            // The length will not tell any more.
            self.write_list()?;
        }
        for (piece, offset) in bytes.chunks(PIECE).zip((offset..).step_by(PIECE)) {
            write_all_at(&self.file, piece, offset)?;
        }
        self.behind.wrote(bytes.len(), &self.file);
        self.spans.add(offset..offset + bytes.len() as u64);
        self.unlisted += bytes.len() as u64;
        if self.is_listed && self.unlisted >= NOTED_AFTER {
            self.write_list()?;
        }
        Ok(())
    }

    /// Nothing is there from `offset` on.
    pub fn forget_after(&mut self, offset: u64) -> io::Result<()> {
        self.spans.cut(offset);
        self.is_listed = false;
        self.file.set_len(self.spans.prefix())
    }

    /// Writes down what is there, where the length does not tell.
    pub fn settle(&mut self) -> io::Result<()> {
        if self.is_listed { self.write_list() } else { Ok(()) }
    }

    fn write_list(&mut self) -> io::Result<()> {
        write_all_at(&self.file, &self.spans.encode(), self.size)?;
        (self.is_listed, self.unlisted) = (true, 0);
        Ok(())
    }

    /// It is whole: its file, and where that lies.
    pub fn finish(self) -> io::Result<(Arc<File>, PathBuf)> {
        if self.is_listed {
            self.file.set_len(self.size)?;
        }
        self.behind.finish()?;
        Ok((self.file, self.path))
    }

    /// What came is worth nothing.
    pub fn discard(self) {
        // What remains is hashed the next time, and found to be wrong.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => (bytes, offset) = (&bytes[written..], offset + written as u64),
        }
    }
    Ok(())
}

/// Reads as much as there is, at most what fits.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read_once_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_once_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
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
    use super::*;
    use crate::image::MediaType;

    fn blob() -> (Vec<u8>, Descriptor) {
        let bytes = vec![1; usize::try_from(2 * NOTED_AFTER).expect("small") + 1];
        let descriptor = Descriptor::of(MediaType::LAYER_GZIP, &bytes);
        (bytes, descriptor)
    }

    fn open(staging: &tempfile::TempDir, blob: &Descriptor) -> Option<Partial> {
        Partial::open(staging.path(), blob).expect("opens")
    }

    #[test]
    fn what_came_is_there_the_next_time() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob();
        let mut partial = open(&staging, &descriptor).expect("a file");
        partial.write(0, &bytes[..1000]).expect("written");
        assert!(open(&staging, &descriptor).is_none(), "somebody is at it");
        drop(partial);
        let partial = open(&staging, &descriptor).expect("a file");
        assert_eq!(*partial.spans(), Spans::prefix_of(1000));
    }

    /// A process that is killed says nothing more: what was written down has to be enough.
    #[test]
    fn parts_are_there_the_next_time_as_far_as_they_were_written_down() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob();
        let (size, half) = (descriptor.size, descriptor.size / 2);
        let begin = usize::try_from(half).expect("small");
        let mut partial = open(&staging, &descriptor).expect("a file");
        partial.write(0, &bytes[..1000]).expect("written");
        partial.write(half, &bytes[begin..begin + 1000]).expect("written");
        drop(partial);
        let mut partial = open(&staging, &descriptor).expect("a file");
        assert_eq!(*partial.spans(), Spans::prefix_of(1000), "it was told too little, and never too much");
        partial.write(half, &bytes[begin..]).expect("written");
        drop(partial);
        let mut partial = open(&staging, &descriptor).expect("a file");
        assert_eq!(partial.spans().total(), 1000 + size - half);
        partial.write(1000, &bytes[1000..begin]).expect("written");
        partial.settle().expect("written down");
        drop(partial);
        let partial = open(&staging, &descriptor).expect("a file");
        assert_eq!(*partial.spans(), Spans::prefix_of(size));
        let (_, path) = partial.finish().expect("finished");
        assert!(fs::read(path).expect("a file") == bytes, "nothing is behind the end");
    }

    #[test]
    fn what_is_forgotten_is_gone() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob();
        let mut partial = open(&staging, &descriptor).expect("a file");
        partial.write(0, &bytes[..1000]).expect("written");
        partial.write(5000, &bytes[5000..9000]).expect("written");
        partial.forget_after(500).expect("forgotten");
        drop(partial);
        assert_eq!(*open(&staging, &descriptor).expect("a file").spans(), Spans::prefix_of(500));
    }

    #[test]
    fn what_cannot_become_the_blob_is_thrown_away() {
        let staging = tempfile::tempdir().expect("a directory");
        let (bytes, descriptor) = blob();
        let partial = open(&staging, &descriptor).expect("a file");
        fs::write(&partial.path, [&bytes[..], b"x"].concat()).expect("written");
        drop(partial);
        assert_eq!(open(&staging, &descriptor).expect("a file").spans().total(), 0);
    }

    /// The file may have become a blob between opening and locking it, and then it is not to be touched.
    #[cfg(unix)]
    #[test]
    fn a_file_that_is_elsewhere_now_is_left_alone() {
        let staging = tempfile::tempdir().expect("a directory");
        let (_, descriptor) = blob();
        let partial = open(&staging, &descriptor).expect("a file");
        let path = partial.path.clone();
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
