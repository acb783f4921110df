//! Which uploads are given up: those that nobody has touched for long, and sooner where there is no room for more.
//!
//! The files say it themselves, by the time of their last byte, so that it holds for uploads of earlier processes too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long an upload may lie untouched.
pub(super) const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long an upload may lie untouched in a repository that has no room for more.
pub(super) const LIFETIME_WHEN_FULL: Duration = Duration::from_secs(60 * 60);

/// Counts the uploads in a repository's directory. When there are too many, old ones are removed, and named.
pub(super) fn make_room(directory: &Path, limit: usize, now: SystemTime) -> (usize, Vec<PathBuf>) {
    let files = || fs::read_dir(directory).into_iter().flatten().flatten();
    // Directories below are those of other repositories.
    let is_upload = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    let found = files().filter(is_upload).take(limit).count();
    if found < limit {
        return (found, Vec::new());
    }
    let is_old = |entry: &fs::DirEntry| {
        let modified = entry.metadata().and_then(|file| file.modified());
        modified.is_ok_and(|time| now.duration_since(time).is_ok_and(|age| age > LIFETIME_WHEN_FULL))
    };
    let (old, young): (Vec<_>, Vec<_>) = files().filter(is_upload).partition(is_old);
    let expired: Vec<_> =
        old.into_iter().map(|entry| entry.path()).filter(|path| fs::remove_file(path).is_ok()).collect();
    (young.len(), expired)
}

/// Removes the old uploads of a directory and those below it, and the directories that became empty.
pub(super) fn expire_below(directory: &Path, now: SystemTime, expired: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let (entry, path) = entry.map(|entry| (entry.metadata(), entry.path()))?;
        let entry = entry?;
        if entry.is_dir() {
            expire_below(&path, now, expired)?;
            // Fails when it is not empty, as it should.
            let _ = fs::remove_dir(&path);
        } else if now.duration_since(entry.modified()?).is_ok_and(|age| age > LIFETIME) {
            fs::remove_file(&path)?;
            expired.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that was put back makes nothing old, and one that was put forward costs unfinished uploads alone: their clients
    /// begin again.
    #[test]
    fn a_clock_that_jumps_costs_nothing_that_is_finished() {
        let root = tempfile::tempdir().expect("a directory");
        let upload = root.path().join("upload");
        let now = SystemTime::now();
        for (jump, is_kept) in [(now - LIFETIME * 100, true), (now, true), (now + LIFETIME * 2, false)] {
            fs::write(&upload, "half").expect("written");
            let mut expired = Vec::new();
            expire_below(root.path(), jump, &mut expired).expect("looked through");
            assert_eq!((upload.exists(), expired.is_empty()), (is_kept, is_kept));
            fs::write(&upload, "half").expect("written");
            assert_eq!(make_room(root.path(), 1, jump).0, usize::from(is_kept));
        }
    }
}
