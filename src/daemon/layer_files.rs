//! The files of a layer, where they lie unpacked.
//!
//! Layers are made by strangers, and rpush may be root: a name leads to a regular file of the layer, of the size that was written
//! down, or nowhere.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("its file `{0}` leads out of the layer")]
    Outside(String),
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
    /// The real path of their directory.
    root: PathBuf,
    /// The directory that the last file was in, and its real path: most files follow another one of the same directory.
    last: Option<(PathBuf, PathBuf)>,
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
        Ok(Self { root: fs::canonicalize(directory)?, last: None })
    }

    /// Opens the file with this name, when it is one of the layer's, and has this size.
    pub(super) fn open(&mut self, name: &[u8], size: u64) -> io::Result<LayerFile> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let path = below(name).ok_or_else(|| Fault::Outside(shown()))?;
        let (Some(parent), Some(file_name)) = (path.parent(), path.file_name()) else {
            return Err(Fault::Outside(shown()).into());
        };
        let real = self.real(parent).map_err(|cause| unreadable(shown(), cause))?;
        let real = real.ok_or_else(|| Fault::Outside(shown()))?.join(file_name);
        match open(&real).map_err(|cause| unreadable(shown(), cause))? {
            (file, length) if length == size => Ok(LayerFile { name: shown(), file, left: size }),
            _ => Err(Fault::Changed(shown()).into()),
        }
    }

    /// The real path of a directory of the layer; none when it leads out. A layer has symbolic links, also in place of
    /// directories, and those that are absolute mean the image's root and not this machine's.
    fn real(&mut self, directory: &Path) -> io::Result<Option<&Path>> {
        if self.last.as_ref().is_none_or(|(known, _)| known != directory) {
            let real = fs::canonicalize(self.root.join(directory))?;
            if !real.starts_with(&self.root) {
                return Ok(None);
            }
            self.last = Some((directory.to_owned(), real));
        }
        Ok(self.last.as_ref().map(|(_, real)| real.as_path()))
    }
}

impl Read for LayerFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read(&mut buffer[..length]).map_err(|cause| unreadable(self.name.clone(), cause))?;
        if read == 0 && length > 0 {
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

/// The path that a name of a member means below the directory of its layer; none when it would lead up.
fn below(name: &[u8]) -> Option<PathBuf> {
    let path = path_of(name)?;
    let mut below = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => below.push(part),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(below)
}

/// A name as a path.
#[cfg(unix)]
fn path_of(name: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(Path::new(std::ffi::OsStr::from_bytes(name)))
}

/// A name as a path, where names are texts.
#[cfg(not(unix))]
fn path_of(name: &[u8]) -> Option<&Path> {
    std::str::from_utf8(name).ok().map(Path::new)
}

/// Opens a regular file, and says how long it is. In place of it there may be a link, a pipe that nobody writes to, or a device, which does something
/// when it is opened; and what is looked at may be exchanged before it is.
pub(super) fn open(path: &Path) -> io::Result<(File, u64)> {
    let check = |found: Metadata| match found.is_file() {
        true => Ok(found.len()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    };
    check(fs::symlink_metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    let length = check(file.metadata()?)?;
    Ok((file, length))
}

#[cfg(all(test, unix))]
pub(super) mod tests {
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
        for path in [&diff, &elsewhere] {
            fs::create_dir_all(path.join("etc")).expect("made");
            fs::write(path.join("etc/shadow"), "secret").expect("written");
        }
        symlink(&elsewhere, diff.join("absolute")).expect("made");
        symlink("../diff-2/etc", diff.join("relative")).expect("made");
        symlink("etc", diff.join("inside")).expect("made");
        symlink(elsewhere.join("etc/shadow"), diff.join("file")).expect("made");
        symlink("etc/shadow", diff.join("near")).expect("made");
        let mut files = opened(&diff);
        for good in ["etc/shadow", "/etc/shadow", "./etc//shadow", "inside/shadow"] {
            assert_eq!(read(&mut files, good, 6), Ok("secret".to_owned()), "{good}");
        }
        let up = ["../diff-2/etc/shadow", "etc/../etc/shadow", "..", "/", ""];
        for name in up.into_iter().chain(["absolute/etc/shadow", "relative/shadow"]) {
            // A directory that was right for one file is not right for the next one.
            assert!(read(&mut files, "etc/shadow", 6).is_ok());
            let words = format!("its file `{name}` leads out of the layer");
            assert_eq!(read(&mut files, name, 6), Err(words));
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
