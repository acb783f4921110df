//! Uploads that a run has begun and not ended, written down so that the next run goes on with them: after a kill, a lost
//! connection, a lost machine.
//!
//! A file an upload, with a line for each address that the registry gave; the last whole line counts, so that a write that
//! breaks off costs nothing. Whoever uses a file holds its lock: two runs must not write to one upload. An address is as
//! good as a key to the upload, so only the user can read the files.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Journal, create_private_directory, private};
use crate::image::{Digest, Host, RepositoryName};

/// Registries drop uploads that nobody goes on with; distribution after a week.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// More than the lines of the longest upload have.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// One upload.
#[derive(Debug)]
pub(in super::super) struct Entry {
    path: PathBuf,
    file: File,
}

/// A line: for whom it is, where it goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    upload: String,
    location: String,
}

impl Journal {
    /// The entry of an upload, and where it goes on when it was begun before. `None` when another run is at it, or when
    /// nothing can be written here.
    pub(in super::super) fn open(
        &self,
        host: &Host,
        name: &RepositoryName,
        blob: &Digest,
    ) -> Option<(Entry, Option<String>)> {
        let upload = format!("{host}/{name}@{blob}");
        match self.try_open(&upload) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::debug!("{}: {error}", self.uploads.display());
                None
            }
        }
    }

    fn try_open(&self, upload: &str) -> io::Result<Option<(Entry, Option<String>)>> {
        create_private_directory(&self.uploads)?;
        let path = self.uploads.join(Digest::of(upload.as_bytes()).hex());
        let mut file = private().read(true).append(true).create(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        // Whatever is not as it should be is as good as nothing.
        let is_text = (&mut file).take(MAX_SIZE).read_to_string(&mut text).is_ok();
        let whole = text.rfind('\n').filter(|_| is_text).map_or("", |end| &text[..end]);
        let last = whole.lines().last().and_then(|line| serde_json::from_str::<Line>(line).ok());
        let location = last.filter(|line| line.upload == upload).map(|line| line.location);
        if location.is_none() {
            file.set_len(0)?;
        }
        Ok(Some((Entry { path, file }, location)))
    }
}

/// Removes what no registry knows any more.
pub(super) fn expire(directory: &Path, now: SystemTime) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let age = now.duration_since(entry.metadata()?.modified()?).unwrap_or_default();
        if age > LIFETIME {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

impl Entry {
    /// Writes down where the upload goes on. It is not flushed to the disk: after a power failure an older line counts, and
    /// the registry knows better.
    pub fn write(&mut self, host: &Host, name: &RepositoryName, blob: &Digest, location: &str) {
        let line = Line { upload: format!("{host}/{name}@{blob}"), location: location.to_owned() };
        let mut text = serde_json::to_string(&line).expect("texts are JSON");
        text.push('\n');
        if let Err(error) = self.file.write_all(text.as_bytes()) {
            tracing::debug!("{}: {error}", self.path.display());
        }
    }

    /// Nothing is to be gone on with.
    pub fn clear(&mut self) {
        // What remains would lead to an upload that the registry does not know: a lost round trip.
        let _ = self.file.set_len(0);
    }

    /// The upload has ended.
    pub fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Setting {
        _root: tempfile::TempDir,
        journal: Journal,
        host: Host,
        name: RepositoryName,
        blob: Digest,
    }

    impl Setting {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a directory");
            let journal = Journal::at(root.path());
            let (host, name) = ("r.example".parse().expect("a host"), "app".parse().expect("a name"));
            Self { _root: root, journal, host, name, blob: Digest::of(b"blob") }
        }

        fn open(&self) -> Option<(Entry, Option<String>)> {
            self.journal.open(&self.host, &self.name, &self.blob)
        }

        fn write(&self, entry: &mut Entry, location: &str) {
            entry.write(&self.host, &self.name, &self.blob, location);
        }

        fn only_file(&self) -> PathBuf {
            let mut files = fs::read_dir(&self.journal.uploads).expect("a directory");
            files.next().expect("a file").expect("an entry").path()
        }
    }

    #[test]
    fn the_last_whole_line_counts() {
        let setting = Setting::new();
        let (mut entry, location) = setting.open().expect("opens");
        assert_eq!(location, None);
        setting.write(&mut entry, "/1");
        setting.write(&mut entry, "/2");
        entry.file.write_all(b"{\"upload\":\"r.exa").expect("writes");
        drop(entry);
        assert_eq!(setting.open().expect("opens").1.as_deref(), Some("/2"));
    }

    #[test]
    fn only_one_run_has_an_upload() {
        let setting = Setting::new();
        let (mut entry, _) = setting.open().expect("opens");
        setting.write(&mut entry, "/1");
        assert!(setting.open().is_none());
        entry.remove();
        assert_eq!(setting.open().expect("opens").1, None);
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        let setting = Setting::new();
        drop(setting.open());
        for text in ["rubbish\n", "{\"upload\":\"other@x\",\"location\":\"/1\"}\n", "\u{0}\u{0}\n"] {
            fs::write(setting.only_file(), text).expect("written");
            assert_eq!(setting.open().expect("opens").1, None, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let setting = Setting::new();
        let _entry = setting.open().expect("opens");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&setting.only_file()), mode(&setting.journal.uploads)), (0o600, 0o700));
    }

    #[test]
    fn what_is_old_goes() {
        let setting = Setting::new();
        drop(setting.open());
        expire(&setting.journal.uploads, SystemTime::now()).expect("expires");
        assert!(setting.only_file().exists());
        // A clock that was put back makes nothing old.
        expire(&setting.journal.uploads, SystemTime::UNIX_EPOCH).expect("expires");
        assert!(setting.only_file().exists());
        expire(&setting.journal.uploads, SystemTime::now() + LIFETIME + Duration::from_secs(1)).expect("expires");
        assert_eq!(fs::read_dir(&setting.journal.uploads).expect("there").count(), 0);
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let journal = Journal::at(file.path());
        let (host, name) = ("r.example".parse().expect("a host"), "app".parse().expect("a name"));
        assert!(journal.open(&host, &name, &Digest::of(b"blob")).is_none());
    }
}
