//! A directory as a tar whose bytes depend on nothing but what is in it: not on where it lies, when it was made, by whom, or
//! in which order its files were written.
//!
//! - members are sorted by the bytes of their paths;
//! - every time is the one of the rules, and the owner too, unless it is to be kept;
//! - modes, symbolic links and the capabilities of programs are kept as they are, and the second name of a file is a hard link;
//! - names are bytes.
//!
//! The tar is never anywhere as a whole: it is made while it is read.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use super::Way;
use super::header::headers;
use crate::archive::error::Fault;

pub(super) const BLOCK: u64 = 512;
/// What members of a layer get whatever the files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The time of everything, in seconds since 1970.
    pub time: u64,
    /// Whose everything is.
    pub ownership: Ownership,
}

/// Whose the members of a layer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// This user's and this group's.
    Of {
        /// The user.
        user: u32,
        /// The group.
        group: u32,
    },
    /// The same as of the files.
    Kept,
}

/// What something in a directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Symlink(Vec<u8>),
    /// Another name of the member with this one.
    Link(Vec<u8>),
}

/// Something that becomes a member of the tar.
pub(super) struct Member {
    /// Its name in the image, without a slash at either end.
    pub(super) name: Vec<u8>,
    /// Where it lies; none for a directory on the way that only the image has.
    pub(super) path: Option<PathBuf>,
    pub(super) kind: Kind,
    pub(super) facts: Facts,
}

/// What is known of a file from the walk, to be compared with when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) user: u32,
    pub(super) group: u32,
    /// Which file it is, and when it was written to: nanoseconds too.
    identity: (u64, u64),
    written: (i64, i64),
    names: u64,
}

impl Facts {
    const ON_THE_WAY: Self =
        Self { size: 0, mode: 0o755, user: 0, group: 0, identity: (0, 0), written: (0, 0), names: 1 };

    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: found.len(),
            mode: found.mode() & 0o7777,
            user: found.uid(),
            group: found.gid(),
            identity: (found.dev(), found.ino()),
            written: (found.mtime(), found.mtime_nsec()),
            names: found.nlink(),
        }
    }

    /// Without modes and owners, what everybody may read and a program may be.
    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        Self { size: found.len(), ..Self::ON_THE_WAY }
    }
}

/// A tar that is made while it is read.
pub(super) struct Directory<'a> {
    rules: &'a Rules,
    members: std::vec::IntoIter<Member>,
    stage: Stage,
    fault: Option<Fault>,
}

/// What is being read.
enum Stage {
    /// Headers, and the file behind them; or padding, and nothing behind it.
    Bytes(Cursor<Vec<u8>>, Option<(PathBuf, Facts)>),
    /// A file, of which so much is left.
    File { path: PathBuf, file: File, facts: Facts, left: u64 },
    /// The end of the tar: two blocks of zeros.
    End(Cursor<Vec<u8>>),
}

impl<'a> Directory<'a> {
    /// Finds everything in a directory. Contents are read later.
    pub(super) fn walk(root: &Path, below: &str, way: Way, rules: &'a Rules) -> Result<Self, Fault> {
        if !fs::metadata(root).map_err(|cause| unreadable(root, cause))?.is_dir() {
            return Err(Fault::Special { path: root.to_owned(), what: "no directory" });
        }
        let mut members = if way == Way::Made { on_the_way(below) } else { Vec::new() };
        collect(root, below.as_bytes(), &mut members)?;
        members.sort_by(|one, other| one.name.cmp(&other.name));
        link_second_names(&mut members);
        let stage = Stage::Bytes(Cursor::default(), None);
        Ok(Self { rules, members: members.into_iter(), stage, fault: None })
    }

    /// Why reading failed, when that is the directory's fault.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Reads what is left of this stage; nothing, when there is no more of it.
    fn read_stage(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        match &mut self.stage {
            Stage::Bytes(bytes, _) | Stage::End(bytes) => Ok(bytes.read(buffer)?),
            Stage::File { left: 0, .. } => Ok(0),
            Stage::File { path, file, left, .. } => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                let read = file.read(&mut buffer[..length]).map_err(|cause| unreadable(path, cause))?;
                if read == 0 && length > 0 {
                    return Err(Fault::Changed(path.clone()));
                }
                *left -= read as u64;
                Ok(read)
            }
        }
    }

    /// Goes on to what comes behind this stage.
    fn advance(&mut self) -> Result<(), Fault> {
        self.stage = match &mut self.stage {
            Stage::Bytes(_, next) => match next.take() {
                Some((path, facts)) => open(path, facts)?,
                None => match self.members.next() {
                    Some(member) => Stage::Bytes(Cursor::new(headers(&member, self.rules)?), member.content()),
                    None => Stage::End(Cursor::new(vec![0; 2 * BLOCK as usize])),
                },
            },
            Stage::File { path, file, facts, .. } => {
                let now = file.metadata().map(|found| Facts::of(&found)).map_err(|cause| unreadable(path, cause))?;
                if now != *facts {
                    return Err(Fault::Changed(path.clone()));
                }
                let padding = facts.size.wrapping_neg() % BLOCK;
                Stage::Bytes(Cursor::new(vec![0; usize::try_from(padding).unwrap_or_default()]), None)
            }
            Stage::End(_) => return Ok(()),
        };
        Ok(())
    }

    fn try_read(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        loop {
            let read = self.read_stage(buffer)?;
            if read > 0 || buffer.is_empty() || matches!(self.stage, Stage::End(_)) {
                return Ok(read);
            }
            self.advance()?;
        }
    }
}

impl Read for Directory<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read(buffer).map_err(|fault| {
            self.fault = Some(fault);
            io::Error::other("the directory cannot be read")
        })
    }
}

impl Member {
    /// The file whose bytes follow the header.
    fn content(&self) -> Option<(PathBuf, Facts)> {
        let path = self.path.clone().filter(|_| self.kind == Kind::File && self.facts.size > 0)?;
        Some((path, self.facts))
    }
}

/// The directories above the contents, which nobody else has.
fn on_the_way(below: &str) -> Vec<Member> {
    let ends = below.match_indices('/').map(|(at, _)| at).chain([below.len()]).filter(|end| *end > 0);
    let member = |end: usize| Member {
        name: below.as_bytes()[..end].to_vec(),
        path: None,
        kind: Kind::Directory,
        facts: Facts::ON_THE_WAY,
    };
    ends.map(member).collect()
}

/// Adds what is in a directory, however deep.
fn collect(root: &Path, below: &[u8], members: &mut Vec<Member>) -> Result<(), Fault> {
    let mut waiting = vec![(root.to_owned(), below.to_vec())];
    while let Some((directory, name)) = waiting.pop() {
        let entries = fs::read_dir(&directory).map_err(|cause| unreadable(&directory, cause))?;
        for entry in entries {
            let entry = entry.map_err(|cause| unreadable(&directory, cause))?;
            let path = entry.path();
            let found = fs::symlink_metadata(&path).map_err(|cause| unreadable(&path, cause))?;
            let mut name = name.clone();
            if !name.is_empty() {
                name.push(b'/');
            }
            name.extend_from_slice(entry.file_name().as_encoded_bytes());
            let kind = kind(&path, &found)?;
            if kind == Kind::Directory {
                waiting.push((path.clone(), name.clone()));
            }
            members.push(Member { name, path: Some(path), kind, facts: Facts::of(&found) });
        }
    }
    Ok(())
}

fn kind(path: &Path, found: &Metadata) -> Result<Kind, Fault> {
    let kind = found.file_type();
    if kind.is_dir() {
        return Ok(Kind::Directory);
    }
    if kind.is_file() {
        return Ok(Kind::File);
    }
    if kind.is_symlink() {
        let target = fs::read_link(path).map_err(|cause| unreadable(path, cause))?;
        return Ok(Kind::Symlink(target.into_os_string().into_encoded_bytes()));
    }
    Err(Fault::Special { path: path.to_owned(), what: "a device, a pipe or a socket, which is no content for a layer" })
}

/// What has several names becomes one file and links to it; in the order of the names, so that it is always the same one.
fn link_second_names(members: &mut [Member]) {
    let mut first: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
    for member in members.iter_mut().filter(|member| member.kind == Kind::File && member.facts.names > 1) {
        match first.get(&member.facts.identity) {
            Some(name) => member.kind = Kind::Link(name.clone()),
            None => drop(first.insert(member.facts.identity, member.name.clone())),
        }
    }
}

/// Opens a file of which the walk knows something, and which must still be the same.
fn open(path: PathBuf, facts: Facts) -> Result<Stage, Fault> {
    let file = File::open(&path).map_err(|cause| unreadable(&path, cause))?;
    let now = file.metadata().map(|found| Facts::of(&found)).map_err(|cause| unreadable(&path, cause))?;
    match now == facts {
        true => Ok(Stage::File { path, file, facts, left: facts.size }),
        false => Err(Fault::Changed(path)),
    }
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Fault {
    Fault::Unreadable { path: path.to_owned(), cause }
}
