//! Reading every blob: on all cores, the largest first, so that the last one does not keep the others waiting.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::content::{BlobDir, Meter};
use crate::image::{Digest, Hasher};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;

/// More streams than this make a disk slower.
const MOST: usize = 8;

/// A blob that lies there.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name.
    pub digest: Digest,
    /// The length of the file.
    pub size: u64,
    /// Counts what was read of it.
    pub meter: Meter,
}

/// What happens while blobs are read.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// These will be read.
    All(&'a [Stored]),
    /// This one is being read.
    Begun(&'a Stored),
    /// This one was read.
    Read(&'a Stored),
}

/// What a blob turned out to be.
pub(super) enum Condition {
    Sound,
    Damaged(Digest),
    Unreadable(io::Error),
    /// It went away meanwhile, which others may do in a layout that is not rpush's alone.
    Gone,
}

/// Hashes everything. `None` when nobody wants to know any more.
pub(super) fn hash_all(
    blobs: &BlobDir,
    stored: &[Stored],
    cancel: &AtomicBool,
    watch: &(dyn Fn(Step<'_>) + Sync),
) -> Option<Vec<Condition>> {
    watch(Step::All(stored));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(stored.len()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = stored.get(at) else { return };
            watch(Step::Begun(one));
            let condition = condition(&blobs.path(&one.digest), one, cancel);
            watch(Step::Read(one));
            results.lock().expect("nobody panics while holding it").push((at, condition));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, |cores| cores.get()).min(MOST).min(stored.len()) {
            scope.spawn(work);
        }
    });
    if cancel.load(Ordering::Relaxed) {
        return None;
    }
    let mut results = results.into_inner().expect("nobody panicked while holding it");
    results.sort_unstable_by_key(|(at, _)| *at);
    Some(results.into_iter().map(|(_, condition)| condition).collect())
}

fn condition(path: &Path, one: &Stored, cancel: &AtomicBool) -> Condition {
    match hash(path, one, cancel) {
        Ok(found) if found == one.digest => Condition::Sound,
        Ok(found) => Condition::Damaged(found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Condition::Gone,
        Err(error) => Condition::Unreadable(error),
    }
}

fn hash(path: &Path, one: &Stored, cancel: &AtomicBool) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new(one.digest.algorithm());
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(_) if cancel.load(Ordering::Relaxed) => return Err(io::ErrorKind::Interrupted.into()),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                one.meter.add(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
