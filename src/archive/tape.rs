//! Walking over a tar, header by header.
//!
//! Nothing is unpacked: members are names with bytes. Names that could lead anywhere else than into the archive are refused,
//! links are names of other members (CVE-2014-9356, CVE-2014-9358, CVE-2021-21272, CVE-2021-29136), and what one archive can cost in
//! memory is bounded, which is why the headers are read here: the `tar` crate reads long names whole, however long.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

use tar::{EntryType, Header, PaxExtensions};

use super::error::Fault;

const BLOCK: u64 = 512;
/// The largest member: more than there are disks for, and far from where numbers end.
const MAX_SIZE: u64 = 1 << 60;
/// The longest extended header that is read: it holds a name or two.
const MAX_EXTENDED: u64 = 64 * 1024;
/// How many bytes of names are remembered for one archive; a thousand layers need less than one mebibyte.
const MAX_NAMES: usize = 16 * 1024 * 1024;
/// What a member costs beside its name, so that many short names count too.
const NAME_COST: usize = 128;

/// Something that is read in one direction, and may be able to skip without reading.
pub(super) trait Tape: Read {
    /// Goes on behind the next `bytes`.
    fn skip(&mut self, bytes: u64) -> io::Result<()>;
}

/// A file, in which skipping costs nothing.
pub(super) struct Reel {
    file: File,
    position: u64,
    length: u64,
}

impl Reel {
    /// The file from its beginning.
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        file.rewind()?;
        let length = file.metadata()?.len();
        Ok(Self { file, position: 0, length })
    }
}

impl Read for Reel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Tape for Reel {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.position = self.position.checked_add(bytes).filter(|end| *end <= self.length).ok_or(cut_off())?;
        self.file.seek(SeekFrom::Start(self.position)).map(drop)
    }
}

/// A stream, in which everything goes by.
pub(super) struct Stream<'a>(pub(super) &'a mut dyn BufRead);

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Tape for Stream<'_> {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match io::copy(&mut (&mut *self.0).take(bytes), &mut io::sink())? {
            skipped if skipped == bytes => Ok(()),
            _ => Err(cut_off()),
        }
    }
}

fn cut_off() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

/// A member of a tar.
#[derive(Debug)]
pub(super) struct Entry {
    /// The name, without `./` and leading slashes.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: EntryKind,
    /// Where its bytes begin.
    pub(super) offset: u64,
    /// How many there are.
    pub(super) size: u64,
}

/// What a member is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A file.
    File,
    /// Another name for the member with this one.
    Link(String),
    /// A link that leaves the archive, as it was written.
    Outside(String),
    /// A directory.
    Directory,
}

/// A walk over the members; reading gives the bytes of the one that was reached last.
pub(super) struct Walk<'a> {
    tape: &'a mut dyn Tape,
    position: u64,
    unread: u64,
    padding: u64,
    spent: usize,
    has_end: bool,
}

/// What extended headers say about the member behind them.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl<'a> Walk<'a> {
    /// A walk from the beginning.
    pub(super) fn new(tape: &'a mut dyn Tape) -> Self {
        Self { tape, position: 0, unread: 0, padding: 0, spent: 0, has_end: false }
    }

    /// The next member. What was left of the one before is skipped.
    pub(super) fn advance(&mut self) -> Result<Option<Entry>, Fault> {
        let mut extended = Extended::default();
        loop {
            self.finish_member()?;
            let Some(header) = self.header()? else { return Ok(None) };
            let kind = header.entry_type();
            let size = header.entry_size().ok().filter(|size| *size <= MAX_SIZE);
            let size = size.ok_or(Fault::Header(self.position - BLOCK))?;
            match kind {
                EntryType::GNULongName => extended.name = Some(self.extended(&header, size)?),
                EntryType::GNULongLink => extended.link = Some(self.extended(&header, size)?),
                EntryType::XHeader => {
                    let bytes = self.extended(&header, size)?;
                    extended.read(&bytes);
                }
                EntryType::XGlobalHeader => self.begin(size),
                _ => {
                    let has_bytes = !kind.is_dir() && !kind.is_symlink() && !kind.is_hard_link();
                    let size = if has_bytes { extended.size.unwrap_or(size).min(MAX_SIZE) } else { 0 };
                    self.begin(size);
                    return self.entry(&header, extended, size).map(Some);
                }
            }
        }
    }

    /// Whether the tar's own end was reached. Some writers leave it out, and it is missing when the archive was cut off.
    pub(super) fn has_end(&self) -> bool {
        self.has_end
    }

    fn begin(&mut self, size: u64) {
        self.unread = size;
        self.padding = size.wrapping_neg() % BLOCK;
    }

    fn finish_member(&mut self) -> Result<(), Fault> {
        let rest = self.unread + self.padding;
        if rest > 0 {
            self.tape.skip(rest)?;
        }
        self.position += rest;
        (self.unread, self.padding) = (0, 0);
        Ok(())
    }

    /// The next header; none at the end of the tar, which is a block of zeros, or the end of the file.
    fn header(&mut self) -> Result<Option<Header>, Fault> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let read = read_up_to(&mut *self.tape, block)?;
        match (self.position, read) {
            (0, 0) => return Err(Fault::Empty),
            (_, 0) => return Ok(None),
            (0, 1..512) => return Err(Fault::NotTar),
            (_, 1..512) => return Err(Fault::Truncated),
            _ if block.iter().all(|byte| *byte == 0) => {
                self.has_end = true;
                return Ok(None);
            }
            (0, _) if !is_header(block) => return Err(Fault::NotTar),
            _ if !is_header(block) => return Err(Fault::Header(self.position)),
            _ => {}
        }
        self.position += BLOCK;
        Ok(Some(header))
    }

    fn extended(&mut self, header: &Header, size: u64) -> Result<Vec<u8>, Fault> {
        if size > MAX_EXTENDED {
            let member = text(&header.path_bytes());
            return Err(Fault::Unsafe { member, what: "a name of more than 64 KiB" });
        }
        self.begin(size);
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn entry(&mut self, header: &Header, extended: Extended, size: u64) -> Result<Entry, Fault> {
        let written = text(&extended.name.unwrap_or_else(|| header.path_bytes().into_owned()));
        let refuse = |what| Err(Fault::Unsafe { member: written.clone(), what });
        let Some(name) = normal(&[], &written).filter(|_| !has_parent(&written)) else {
            return refuse("a name that leads out of the archive");
        };
        let link = || text(&extended.link.or_else(|| header.link_name_bytes().map(Into::into)).unwrap_or_default());
        let kind = match header.entry_type() {
            _ if extended.sparse => return refuse("a sparse file"),
            EntryType::GNUSparse => return refuse("a sparse file"),
            EntryType::Block | EntryType::Char | EntryType::Fifo => return refuse("a device"),
            EntryType::Directory => EntryKind::Directory,
            EntryType::Symlink => linked(parent(&name), link()),
            EntryType::Link => linked(Vec::new(), link()),
            _ if written.ends_with('/') => EntryKind::Directory,
            _ => EntryKind::File,
        };
        self.spent += NAME_COST + name.len();
        if let EntryKind::Link(target) | EntryKind::Outside(target) = &kind {
            self.spent += target.len();
        }
        match self.spent > MAX_NAMES {
            true => Err(Fault::TooMany),
            false => Ok(Entry { name, kind, offset: self.position, size }),
        }
    }
}

impl Read for Walk<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.unread).unwrap_or(usize::MAX).min(buffer.len());
        if length == 0 {
            return Ok(0);
        }
        let read = self.tape.read(&mut buffer[..length])?;
        if read == 0 {
            return Err(cut_off());
        }
        self.unread -= read as u64;
        self.position += read as u64;
        Ok(read)
    }
}

impl Extended {
    fn read(&mut self, bytes: &[u8]) {
        for extension in PaxExtensions::new(bytes).flatten() {
            let value = extension.value_bytes();
            match extension.key_bytes() {
                b"path" => self.name = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = extension.value().ok().and_then(|value| value.parse().ok()),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
    }
}

/// Whether a block is the header of a tar's member: its checksum is right.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Ok(bytes) = <&[u8; 512]>::try_from(block) else { return false };
    let sum = |range: std::ops::Range<usize>| bytes[range].iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let expected = sum(0..148) + 8 * u32::from(b' ') + sum(156..512);
    Header::from_byte_slice(bytes).cksum().is_ok_and(|written| written == expected)
}

/// Fills the buffer as far as there are bytes.
pub(super) fn read_up_to(input: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn has_parent(name: &str) -> bool {
    name.split('/').any(|component| component == "..")
}

fn parent(name: &str) -> Vec<&str> {
    let mut components: Vec<_> = name.split('/').collect();
    components.pop();
    components
}

fn linked(base: Vec<&str>, target: String) -> EntryKind {
    match normal(&base, &target) {
        Some(name) => EntryKind::Link(name),
        None => EntryKind::Outside(target),
    }
}

/// The name that `path` means when it is read in the directory `base`; none when it leads out of the archive. Absolute
/// paths begin at the archive's root.
pub(super) fn normal(base: &[&str], path: &str) -> Option<String> {
    let mut components = if path.starts_with('/') { Vec::new() } else { base.to_vec() };
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(components.pop()?),
            name => components.push(name),
        }
    }
    Some(components.join("/"))
}
