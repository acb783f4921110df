//! The files of a layer, where they lie unpacked.
//!
//! Layers are made by strangers, and rpush may be root: a name leads to a regular file of the layer, of the size that was written
//! down, or nowhere.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags};

/// How much of a file is fetched from the disk before it is read: what the kernel itself reads ahead, as it comes.
const AHEAD: u64 = 128 << 10;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("its file `{0}` has no name")]
    Nameless(String),
    #[error("its file `{0}` is not the one that was stored")]
    Changed(String),
    #[error("its file `{name}` cannot be read: {cause}")]
    Unreadable { name: String, cause: io::Error },
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// The files of a layer.
pub(super) struct LayerFiles {
    /// Their directory.
    root: OwnedFd,
    /// The directory that the last file was in: most files follow another one of the same directory, and from there the way is
    /// short.
    last: Option<(PathBuf, OwnedFd)>,
}

/// A file of a layer, which has the size that it is to have.
pub(super) struct LayerFile {
    name: String,
    file: File,
    left: u64,
}

impl LayerFiles {
    /// Those below this directory.
    pub(super) fn below(directory: &Path) -> io::Result<Self> {
        let root = rustix::fs::open(directory, DIRECTORY, Mode::empty())?;
        Ok(Self { root, last: None })
    }

    /// Opens the file with this name, when it is one of the layer's, and has this size.
    pub(super) fn open(&mut self, name: &[u8], size: u64) -> io::Result<LayerFile> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let path = Path::new(OsStr::from_bytes(name));
        let (Some(parent), Some(file_name)) = (path.parent(), path.file_name()) else {
            return Err(Fault::Nameless(shown()).into());
        };
        let directory = self.directory(parent).map_err(|cause| unreadable(shown(), cause))?;
        match open_at(directory, Path::new(file_name)).map_err(|cause| unreadable(shown(), cause))? {
            (file, length) if length == size => Ok(LayerFile { name: shown(), file, left: size }),
            _ => Err(Fault::Changed(shown()).into()),
        }
    }

    /// A directory of the layer. A layer has symbolic links, also in place of directories: they are followed as in a container, for
    /// which the layer's directory is the root of everything.
    fn directory(&mut self, path: &Path) -> io::Result<&OwnedFd> {
        let last = self.last.take().filter(|(known, _)| known == path);
        let last = match last {
            Some(last) => last,
            None => {
                let path_here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
                let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
                let directory = rustix::fs::openat2(&self.root, path_here, DIRECTORY, Mode::empty(), inside)?;
                (path.to_owned(), directory)
            }
        };
        Ok(&self.last.insert(last).1)
    }
}

impl LayerFile {
    /// Lets its first bytes come from the disk while others are read. That is advice: nothing is wrong where it is not taken.
    pub(super) fn fetch(&self) {
        let _ = rustix::fs::fadvise(&self.file, 0, NonZeroU64::new(self.left.min(AHEAD)), Advice::WillNeed);
    }
}

impl Read for LayerFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if length == 0 {
            return Ok(0);
        }
        let read = self.file.read(&mut buffer[..length]).map_err(|cause| unreadable(self.name.clone(), cause))?;
        if read == 0 {
            return Err(Fault::Changed(self.name.clone()).into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn unreadable(name: String, cause: io::Error) -> io::Error {
    let kind = cause.kind();
    io::Error::new(kind, Fault::Unreadable { name, cause })
}

/// For directories, in which something is only looked up.
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// For files. What is looked at may be exchanged before it is opened; then the open is not to follow a link, and not to wait for
/// whoever writes to a pipe.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Opens a regular file, and says how long it was just before.
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    open_at(CWD, path)
}

/// Opens what is a regular file. In place of it there may be a link, a pipe that nobody writes to, or a device, which does
/// something when it is opened.
fn open_at(directory: impl AsFd, path: &Path) -> io::Result<(File, u64)> {
    let found = rustix::fs::statat(&directory, path, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let file = rustix::fs::openat(directory, path, FILE, Mode::empty())?;
    Ok((file.into(), found.st_size.unsigned_abs()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A pipe that nobody writes to.
    pub fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("every Unix has it");
        assert!(made.success());
    }

    fn read(files: &mut LayerFiles, name: &str, size: u64) -> Result<String, String> {
        let mut text = String::new();
        let read = files.open(name.as_bytes(), size).and_then(|mut file| file.read_to_string(&mut text));
        read.map(|_| text).map_err(|error| error.to_string())
    }

    fn opened(directory: &Path) -> LayerFiles {
        LayerFiles::below(directory).expect("it is there")
    }

    /// As root, rpush could read everything: the names of a layer lead nowhere but into it.
    #[test]
    fn names_lead_into_the_layer_or_nowhere() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (diff, elsewhere) = (directory.path().join("diff"), directory.path().join("diff-2"));
        for (path, text) in [(&diff, "layer!"), (&elsewhere, "secret")] {
            fs::create_dir_all(path.join("etc")).expect("made");
            fs::write(path.join("etc/shadow"), text).expect("written");
        }
        symlink(&elsewhere, diff.join("absolute")).expect("made");
        symlink("../diff-2/etc", diff.join("relative")).expect("made");
        symlink("etc", diff.join("inside")).expect("made");
        symlink(elsewhere.join("etc/shadow"), diff.join("file")).expect("made");
        symlink("etc/shadow", diff.join("near")).expect("made");
        symlink("/etc", diff.join("root")).expect("made");
        symlink("../../../etc", diff.join("up")).expect("made");
        let mut files = opened(&diff);
        let inside = ["etc/shadow", "/etc/shadow", "./etc//shadow", "inside/shadow", "root/shadow", "up/shadow"];
        for good in inside.into_iter().chain(["etc/../etc/shadow", "../etc/shadow"]) {
            assert_eq!(read(&mut files, good, 6), Ok("layer!".to_owned()), "{good}");
        }
        for name in ["../diff-2/etc/shadow", "absolute/etc/shadow", "relative/shadow"] {
            // A directory that was right for one file is not right for the next one.
            assert!(read(&mut files, "etc/shadow", 6).is_ok());
            let error = read(&mut files, name, 6).expect_err(name);
            assert!(error.starts_with(&format!("its file `{name}` cannot be read: No such file")), "{error}");
        }
        for name in ["etc/..", "..", "/", ""] {
            assert_eq!(read(&mut files, name, 6), Err(format!("its file `{name}` has no name")));
        }
        for name in ["file", "near", "etc"] {
            let words = format!("its file `{name}` cannot be read: not a regular file");
            assert_eq!(read(&mut files, name, 6), Err(words));
        }
    }

    /// Also what would be waited for.
    #[test]
    fn what_is_not_what_was_stored_is_not_read() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("file");
        fs::write(&path, "content").expect("written");
        pipe(&directory.path().join("pipe"));
        let mut files = opened(directory.path());
        assert_eq!(read(&mut files, "file", 7), Ok("content".to_owned()));
        for size in [6, 8, u64::MAX] {
            let words = "its file `file` is not the one that was stored".to_owned();
            assert_eq!(read(&mut files, "file", size), Err(words));
        }
        let words = "its file `pipe` cannot be read: not a regular file".to_owned();
        assert_eq!(read(&mut files, "pipe", 7), Err(words));
        for name in ["gone", "file/below", "a\0b"] {
            let error = read(&mut files, name, 7).expect_err(name);
            assert!(error.starts_with(&format!("its file `{name}` cannot be read: ")), "{error}");
        }
        // And what becomes shorter while it is read.
        let mut file = files.open(b"file", 7).expect("opened");
        fs::write(&path, "con").expect("written");
        let error = file.read_to_end(&mut Vec::new()).expect_err("it is cut off");
        assert_eq!(error.to_string(), "its file `file` is not the one that was stored");
        assert!(LayerFiles::below(&directory.path().join("nowhere")).is_err());
    }
}
