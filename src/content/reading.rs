//! A file as a stream of chunks, at as little cost as a copy has.
//!
//! What the system has in memory already is taken at once; only what has to come from the disk is waited for on another
//! thread, because to hand over a chunk costs more than to copy it. The chunks that have been sent are filled again.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};

use super::{ByteStream, Error};

/// How much of a file is read and handed on at once. Below 64 KiB the calls cost more than the copying, above 512 KiB the
/// caches are missed; measured.
const CHUNK: usize = 256 * 1024;

/// How many chunks that are still under way are remembered.
const REMEMBERED: usize = 4;

/// The bytes of a file from an offset on.
pub(super) async fn stream_file(path: &Path, offset: u64) -> Result<ByteStream, Error> {
    let wanted = path.to_owned();
    let open = move || {
        let mut file = File::open(wanted)?;
        if offset > 0 {
            file.seek(io::SeekFrom::Start(offset))?;
        }
        Ok(file)
    };
    let file = blocking(open).await.map_err(|error| Error::io("cannot read", path, error))?;
    let reading = Reading { file, path: path.to_owned(), lent: VecDeque::new() };
    Ok(stream::try_unfold(reading, Reading::next).boxed())
}

struct Reading {
    file: File,
    path: PathBuf,
    /// The chunks that were handed on, the oldest first.
    lent: VecDeque<Bytes>,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let mut room = self.room();
        let read = match read_cached(&self.file, &mut room) {
            Some(read) => read,
            None => {
                let work = move || {
                    let read = read_waiting(&mut self.file, &mut room);
                    Ok((read, room, self))
                };
                let (read, filled, this) = blocking(work).await.expect("it gives the failure beside the rest");
                (room, self) = (filled, this);
                read
            }
        };
        let read = read.map_err(|error| Error::io("cannot read", &self.path, error))?;
        if read == 0 {
            return Ok(None);
        }
        let chunk = room.freeze();
        self.lent.push_back(chunk.clone());
        Ok(Some((chunk.slice(..read), self)))
    }

    /// A chunk that nobody has any more, or a new one.
    fn room(&mut self) -> BytesMut {
        let oldest = self.lent.pop_front().map(Bytes::try_into_mut);
        match oldest {
            Some(Ok(room)) => room,
            Some(Err(still_lent)) if self.lent.len() + 1 < REMEMBERED => {
                self.lent.push_front(still_lent);
                BytesMut::zeroed(CHUNK)
            }
            Some(Err(_)) | None => BytesMut::zeroed(CHUNK),
        }
    }
}

/// Reads what is in memory; `None` when that would mean to wait, or when the system cannot tell.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, room: &mut [u8]) -> Option<io::Result<usize>> {
    use rustix::io::{ReadWriteFlags, preadv2};
    /// From where the file stands.
    const HERE: u64 = u64::MAX;
    preadv2(file, &mut [io::IoSliceMut::new(room)], HERE, ReadWriteFlags::NOWAIT).ok().map(Ok)
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_: &File, _: &mut [u8]) -> Option<io::Result<usize>> {
    None
}

fn read_waiting(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.expect("work on files does not panic")
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let path = root.path().join("file");
        std::fs::write(&path, bytes).expect("written");
        (root, path)
    }

    fn bytes(count: u32) -> Vec<u8> {
        (0..count).flat_map(u32::to_le_bytes).collect()
    }

    #[tokio::test]
    async fn a_file_comes_whole_from_any_offset() {
        for count in [0, 1, CHUNK as u32 / 4, 1_000_003] {
            let expected = bytes(count);
            let (_root, path) = file(&expected);
            for offset in [0, expected.len() / 3, expected.len()] {
                let stream = stream_file(&path, offset as u64).await.expect("opens");
                assert!(stream.try_collect::<Vec<_>>().await.expect("reads").concat() == expected[offset..]);
            }
        }
    }

    /// A chunk that somebody still has is not written to.
    #[tokio::test]
    async fn what_is_held_stays_what_it_was() {
        let expected = bytes(2_000_000);
        let (_root, path) = file(&expected);
        let mut stream = stream_file(&path, 0).await.expect("opens");
        let (mut at, mut held) = (0, Vec::new());
        while let Some(chunk) = stream.try_next().await.expect("reads") {
            at += chunk.len();
            // Every third is held to the end, the others go at once.
            if held.len() * 3 * CHUNK < at {
                held.push((at, chunk));
            }
        }
        assert_eq!(at, expected.len());
        assert!(held.iter().all(|(end, chunk)| *chunk == expected[end - chunk.len()..*end]));
    }

    #[tokio::test]
    async fn what_is_not_there_is_said_with_its_path() {
        let (root, path) = file(b"");
        std::fs::remove_file(&path).expect("removed");
        let error = stream_file(&path, 0).await.err().expect("nothing there").to_string();
        assert!(error.contains(path.to_str().expect("text")), "{error}");
        let directory = stream_file(root.path(), 0).await.expect("a directory opens");
        assert!(directory.try_collect::<Vec<_>>().await.is_err());
    }
}
