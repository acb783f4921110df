//! What a store remembers of the blobs that it has hashed, so that a layer of a gigabyte is not hashed again each time that it
//! is sent.
//!
//! A line a blob: its digest, and size, times and inode of its file as they were when its bytes were right. As long as the file
//! has the same, nobody has written to it since. The file of lines is never the truth: it may be removed at any time, lines may
//! be lost or torn, and each that is missing costs one more hashing. What a disk does to a file by itself cannot be seen like
//! this; who receives the bytes verifies them too.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::image::Digest;

/// Blobs of less than this are hashed quicker than looked up.
const WORTH: u64 = 1 << 20;

/// How large the file of lines may become before it is begun anew: a hundred thousand lines.
const MOST: u64 = 16 << 20;

/// The record of one directory of blobs.
#[derive(Debug, Clone)]
pub struct Record(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Where a file can be made to ask the file system for the time.
    staging: PathBuf,
    /// Whether nothing is believed.
    is_doubted: AtomicBool,
    /// The lines, once they have been read.
    lines: Mutex<Option<HashMap<Digest, Stamp>>>,
}

/// What changes about a file when it is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    size: u64,
    modified: i128,
    changed: i128,
    inode: u64,
}

impl Stamp {
    #[cfg(unix)]
    fn of(file: &fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        file.is_file().then(|| Self {
            size: file.len(),
            modified: nanoseconds(file.mtime(), file.mtime_nsec()),
            changed: nanoseconds(file.ctime(), file.ctime_nsec()),
            inode: file.ino(),
        })
    }

    /// Elsewhere nothing says that a file is still the same one.
    #[cfg(not(unix))]
    fn of(_: &fs::Metadata) -> Option<Self> {
        None
    }

    fn at(path: &Path) -> Option<Self> {
        Self::of(&fs::metadata(path).ok()?).filter(|stamp| stamp.size >= WORTH)
    }

    fn parse(line: &str) -> Option<(Digest, Self)> {
        let mut words = line.split(' ');
        let digest = words.next()?.parse().ok()?;
        let [size, modified, changed, inode] = [words.next()?, words.next()?, words.next()?, words.next()?];
        let is_whole = words.next() == Some(".") && words.next().is_none();
        let stamp = Self {
            size: size.parse().ok()?,
            modified: modified.parse().ok()?,
            changed: changed.parse().ok()?,
            inode: inode.parse().ok()?,
        };
        is_whole.then_some((digest, stamp))
    }

    /// The stop at the end tells a whole line from a torn one, whose last number would be another.
    fn line(&self, digest: &Digest) -> String {
        let Self { size, modified, changed, inode } = self;
        format!("{digest} {size} {modified} {changed} {inode} .\n")
    }
}

impl Record {
    /// The record in a file, beside a directory on the same file system in which files may be made.
    pub fn at(path: PathBuf, staging: PathBuf) -> Self {
        Self(Arc::new(Shared { path, staging, is_doubted: AtomicBool::new(false), lines: Mutex::new(None) }))
    }

    /// Believes nothing any more in this run; what is hashed is still written down.
    pub fn doubt(&self) {
        self.0.is_doubted.store(true, Ordering::Relaxed);
    }

    /// Whether the blob in a file was right, and the file is what it was then.
    pub fn vouches_for(&self, digest: &Digest, path: &Path) -> bool {
        !self.0.is_doubted.load(Ordering::Relaxed)
            && Stamp::at(path).is_some_and(|stamp| self.lines().get(digest) == Some(&stamp))
    }

    /// What a file is before it is read, for [`Self::write_down`] afterwards. `None` when it is not worth it, or when it was written
    /// so short a time ago that the next writing could give it the same time: the file system's own clock has to have moved on,
    /// as Git wants it of its index.
    pub fn before_reading(&self, path: &Path) -> Option<Stamp> {
        let stamp = Stamp::at(path)?;
        // A store that another tool has written has no place for it yet.
        let make = || fs::create_dir_all(&self.0.staging).and_then(|()| tempfile::tempfile_in(&self.0.staging));
        let now = make().and_then(|file| file.metadata()).ok();
        (stamp.modified < Stamp::of(&now?)?.modified).then_some(stamp)
    }

    /// The blob in a file was right, and the file was this before it was read.
    pub fn write_down(&self, digest: &Digest, path: &Path, before: Stamp) {
        if Stamp::at(path) == Some(before) && self.lines().insert(*digest, before) != Some(before) {
            self.append(&before.line(digest));
        }
    }

    /// The blob in a file has just been written there, hashed on the way.
    pub fn was_written(&self, digest: &Digest, path: &Path) {
        if let Some(stamp) = self.before_reading(path) {
            self.write_down(digest, path, stamp);
        }
    }

    /// The blob is not right, whatever its file looks like.
    pub fn strike(&self, digest: &Digest) {
        if self.lines().remove(digest).is_some() {
            // A stamp that no file has.
            self.append(&Stamp { size: 0, modified: 0, changed: 0, inode: 0 }.line(digest));
        }
    }

    /// Forgets all blobs but these. To be called when nobody else is writing anything down.
    pub fn keep(&self, is_kept: impl Fn(&Digest) -> bool) -> io::Result<()> {
        let mut lines = self.lines();
        if lines.keys().all(&is_kept) {
            return Ok(());
        }
        lines.retain(|digest, _| is_kept(digest));
        let text = lines.iter().fold(String::new(), |mut text, (digest, stamp)| {
            let _ = write!(text, "{}", stamp.line(digest));
            text
        });
        let mut file = tempfile::NamedTempFile::new_in(&self.0.staging)?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.0.path).map(drop).map_err(|error| error.error)
    }

    /// One call of the system a line, so that processes do not write into each other's.
    fn append(&self, line: &str) {
        let append = || {
            let path = &self.0.path;
            if fs::metadata(path).is_ok_and(|file| file.len() > MOST) {
                fs::remove_file(path)?;
            }
            File::options().create(true).append(true).open(path)?.write_all(line.as_bytes())
        };
        if let Err(error) = append() {
            tracing::debug!("{}: {error}", self.0.path.display());
        }
    }

    /// The lines; the last one of a blob counts.
    fn lines(&self) -> LinesGuard<'_> {
        let mut lines = self.0.lines.lock().expect("nobody panics while holding it");
        if lines.is_none() {
            let mut text = Vec::new();
            let read = File::open(&self.0.path).and_then(|file| file.take(2 * MOST).read_to_end(&mut text));
            if let Err(error) = read.as_ref().map(drop).or_else(absent_is_empty) {
                tracing::debug!("{}: {error}", self.0.path.display());
            }
            *lines = Some(String::from_utf8_lossy(&text).lines().filter_map(Stamp::parse).collect());
        }
        LinesGuard(lines)
    }
}

fn absent_is_empty(error: &io::Error) -> Result<(), &io::Error> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The lines, which have been read.
struct LinesGuard<'a>(MutexGuard<'a, Option<HashMap<Digest, Stamp>>>);

impl std::ops::Deref for LinesGuard<'_> {
    type Target = HashMap<Digest, Stamp>;

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("the lines were read before they were lent")
    }
}

impl std::ops::DerefMut for LinesGuard<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect("the lines were read before they were lent")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    struct Place {
        root: tempfile::TempDir,
        digest: Digest,
    }

    impl Place {
        fn new() -> Self {
            let place = Self { root: tempfile::tempdir().expect("a directory"), digest: Digest::of(b"blob") };
            fs::write(place.blob(), vec![7; WORTH as usize]).expect("written");
            place.age(60);
            place
        }

        fn blob(&self) -> PathBuf {
            self.root.path().join("blob")
        }

        fn record(&self) -> Record {
            Record::at(self.root.path().join("verified"), self.root.path().to_owned())
        }

        /// The blob was written so many seconds ago; to write that down changes the file once more.
        fn age(&self, seconds: u64) {
            let then = SystemTime::now() - Duration::from_secs(seconds);
            File::options().write(true).open(self.blob()).and_then(|file| file.set_modified(then)).expect("older");
        }

        /// Until the file system gives another time than that of the blob's last change.
        fn wait_for_the_clock(&self) {
            let changed = || Stamp::at(&self.blob()).expect("a file").changed;
            let now = || tempfile::tempfile_in(self.root.path()).and_then(|file| file.metadata()).expect("a file");
            while Stamp::of(&now()).expect("a file").changed <= changed() {}
        }

        fn vouches(&self) -> bool {
            self.record().vouches_for(&self.digest, &self.blob())
        }
    }

    #[test]
    fn what_was_written_down_holds_as_long_as_the_file_is_the_same() {
        let place = Place::new();
        assert!(!place.vouches());
        place.record().was_written(&place.digest, &place.blob());
        assert!(place.vouches(), "another process believes it too");
        place.age(50);
        assert!(!place.vouches(), "another time");
        place.record().was_written(&place.digest, &place.blob());
        assert!(place.vouches(), "the last line counts");
        let copy = place.root.path().join("copy");
        fs::copy(place.blob(), &copy).expect("copied");
        fs::rename(&copy, place.blob()).expect("renamed");
        place.age(60);
        assert!(!place.vouches(), "another file");
    }

    /// Size and time are those of before, and still it is seen: the time of the last change of them cannot be set.
    #[test]
    fn a_time_that_was_set_back_deceives_nobody() {
        let place = Place::new();
        place.record().was_written(&place.digest, &place.blob());
        let modified = fs::metadata(place.blob()).and_then(|file| file.modified()).expect("a time");
        place.wait_for_the_clock();
        fs::write(place.blob(), vec![8; WORTH as usize]).expect("written");
        File::options().write(true).open(place.blob()).and_then(|file| file.set_modified(modified)).expect("set back");
        assert!(!place.vouches());
    }

    /// What was written in the same tick of the clock in which it was read may be written once more in it.
    #[test]
    fn what_is_too_young_to_be_told_from_what_comes_next_is_not_written_down() {
        let place = Place::new();
        let ahead = SystemTime::now() + Duration::from_secs(3600);
        File::options().write(true).open(place.blob()).and_then(|file| file.set_modified(ahead)).expect("younger");
        assert_eq!(place.record().before_reading(&place.blob()), None);
    }

    #[test]
    fn what_changes_while_it_is_read_is_not_written_down() {
        let place = Place::new();
        let before = place.record().before_reading(&place.blob()).expect("old enough");
        place.age(30);
        place.record().write_down(&place.digest, &place.blob(), before);
        assert!(!place.vouches());
    }

    #[test]
    fn a_doubting_record_believes_nothing_and_still_learns() {
        let place = Place::new();
        let record = place.record();
        record.doubt();
        record.was_written(&place.digest, &place.blob());
        assert!(!record.vouches_for(&place.digest, &place.blob()));
        assert!(place.vouches());
        record.strike(&place.digest);
        assert!(!place.vouches(), "what turned out damaged is struck out");
    }

    #[test]
    fn torn_lines_and_rubbish_are_nothing() {
        let place = Place::new();
        place.record().was_written(&place.digest, &place.blob());
        let file = place.root.path().join("verified");
        let line = fs::read_to_string(&file).expect("a line");
        for cut in 1..line.len() - 1 {
            fs::write(&file, &line[..cut]).expect("written");
            assert!(!place.vouches(), "{}", &line[..cut]);
        }
        fs::write(&file, [b"\xff\x00 1 2 3\n", line.as_bytes(), b"sha256:x\n"].concat()).expect("written");
        assert!(place.vouches());
        fs::remove_file(&file).expect("removed");
        assert!(!place.vouches());
    }

    #[test]
    fn small_blobs_are_not_worth_a_line_and_what_is_gone_is_forgotten() {
        let place = Place::new();
        let record = place.record();
        record.was_written(&place.digest, &place.blob());
        record.keep(|_| true).expect("kept");
        assert!(place.vouches());
        record.keep(|_| false).expect("forgotten");
        assert_eq!(fs::read(place.root.path().join("verified")).expect("empty"), b"");
        fs::write(place.blob(), b"small").expect("written");
        place.age(60);
        assert_eq!(place.record().before_reading(&place.blob()), None);
    }
}
