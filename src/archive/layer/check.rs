//! A tar that is to become a layer, looked at while it goes by.
//!
//! Its bytes stay what they are, so the rules of archives can only be kept by refusing: names that lead out of the directory
//! into which somebody unpacks it, and what is no tar at all. Symbolic links may lead anywhere, and devices are what root file
//! systems have.

use std::io;

use tar::{EntryType, Header, PaxExtensions};

use super::super::error::Fault;
use super::super::tape::is_header;

const BLOCK: usize = 512;
/// The longest extended header that is read: a name or two, and attributes of the file.
const MAX_EXTENDED: u64 = 1024 * 1024;
/// The largest member: more than there are disks for, and far from where numbers end.
const MAX_SIZE: u64 = 1 << 60;

/// Follows the bytes of a tar, in pieces of any size.
#[derive(Debug, Default)]
pub(in crate::archive) struct Check {
    /// A header or an extended header that is being collected.
    collected: Vec<u8>,
    state: State,
    /// How many bytes have gone by.
    position: u64,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    fault: Option<Fault>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// Within a header.
    #[default]
    Header,
    /// Within an extended header of so many bytes.
    Extended { kind: EntryType, size: u64 },
    /// So many bytes are of no interest.
    Content(u64),
    /// Behind the end.
    End,
}

impl Check {
    /// Takes the next bytes. After an error, `finish` has what is wrong.
    pub(in crate::archive) fn see(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Header => self.collect(bytes, BLOCK as u64),
                State::Extended { size, .. } => self.collect(bytes, padded(size)),
                State::Content(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    self.state = State::Content(left - taken as u64);
                    taken
                }
                State::End => bytes.len(),
            };
            bytes = &bytes[taken..];
            self.position += taken as u64;
            if let Err(fault) = self.step() {
                self.fault = Some(fault);
                return Err(io::Error::other("it is not as a layer should be"));
            }
        }
        Ok(())
    }

    /// Why no more bytes were taken.
    pub(in crate::archive) fn take_fault(self) -> Option<Fault> {
        self.fault
    }

    /// What is wrong with all that went by, if anything is.
    pub(in crate::archive) fn finish(self) -> Result<(), Fault> {
        match (self.fault, self.state) {
            (Some(fault), _) => Err(fault),
            (None, State::Header) if self.position == 0 => Err(Fault::Empty),
            // Some writers leave out the end, which is two blocks of zeros.
            (None, State::End) => Ok(()),
            (None, State::Header) if self.collected.is_empty() => Ok(()),
            // The first header was not even whole.
            (None, State::Header) if self.position < BLOCK as u64 => Err(Fault::NotTar),
            _ => Err(Fault::Truncated),
        }
    }

    fn collect(&mut self, bytes: &[u8], size: u64) -> usize {
        let missing = usize::try_from(size).unwrap_or(usize::MAX) - self.collected.len();
        let taken = missing.min(bytes.len());
        self.collected.extend_from_slice(&bytes[..taken]);
        taken
    }

    /// Looks at what is complete now.
    fn step(&mut self) -> Result<(), Fault> {
        match self.state {
            State::Header if self.collected.len() == BLOCK => {
                let block = std::mem::take(&mut self.collected);
                self.header(&block)?;
            }
            State::Extended { kind, size } if self.collected.len() as u64 == padded(size) => {
                let mut bytes = std::mem::take(&mut self.collected);
                bytes.truncate(usize::try_from(size).unwrap_or(usize::MAX));
                self.extended(kind, bytes)?;
                self.state = State::Header;
            }
            State::Content(0) => self.state = State::Header,
            _ => {}
        }
        Ok(())
    }

    fn header(&mut self, block: &[u8]) -> Result<(), Fault> {
        if block.iter().all(|byte| *byte == 0) {
            self.state = State::End;
            return Ok(());
        }
        let at = self.position - BLOCK as u64;
        if !is_header(block) {
            return Err(if at == 0 { Fault::NotTar } else { Fault::Header(at) });
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        let kind = header.entry_type();
        let size = header.entry_size().ok().filter(|size| *size <= MAX_SIZE).ok_or(Fault::Header(at))?;
        self.state = match kind {
            EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader => {
                if size > MAX_EXTENDED {
                    let member = shown(&header.path_bytes());
                    return Err(Fault::Unsafe { member, what: "a description of more than one mebibyte" });
                }
                State::Extended { kind, size }
            }
            EntryType::XGlobalHeader => State::Content(padded(size)),
            _ => {
                self.member(&header)?;
                let has_bytes = !kind.is_dir() && !kind.is_symlink() && !kind.is_hard_link();
                let size = self.size.take().filter(|size| *size <= MAX_SIZE).unwrap_or(size);
                State::Content(if has_bytes { padded(size) } else { 0 })
            }
        };
        // What has no bytes is behind us already.
        match self.state {
            State::Content(0) => self.state = State::Header,
            State::Extended { kind, size: 0 } => {
                self.extended(kind, Vec::new())?;
                self.state = State::Header;
            }
            _ => {}
        }
        Ok(())
    }

    fn extended(&mut self, kind: EntryType, bytes: Vec<u8>) -> Result<(), Fault> {
        let until_zero = |bytes: Vec<u8>| bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        match kind {
            EntryType::GNULongName => self.name = Some(until_zero(bytes)),
            EntryType::GNULongLink => self.link = Some(until_zero(bytes)),
            _ => {
                for extension in PaxExtensions::new(&bytes) {
                    // What one reader passes over, another one understands.
                    let extension = extension.map_err(|_| Fault::Header(self.position))?;
                    let value = extension.value_bytes();
                    match extension.key_bytes() {
                        b"path" => self.name = Some(value.to_vec()),
                        b"linkpath" => self.link = Some(value.to_vec()),
                        b"size" => self.size = extension.value().ok().and_then(|value| value.parse().ok()),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn member(&mut self, header: &Header) -> Result<(), Fault> {
        let name = self.name.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let link = self.link.take().or_else(|| header.link_name_bytes().map(Into::into)).unwrap_or_default();
        let refuse = |what| Err(Fault::Unsafe { member: shown(&name), what });
        if leads_out(&name) {
            return refuse("a name that leads out of the archive");
        }
        match header.entry_type() {
            // Its target is a name in the archive, and whoever unpacks it opens that file.
            EntryType::Link if leads_out(&link) => refuse("a link to a name that leads out of the archive"),
            // Its framing differs from tool to tool.
            EntryType::GNUSparse => refuse("a sparse file"),
            _ => Ok(()),
        }
    }
}

/// Whether a name is absolute or goes up.
fn leads_out(name: &[u8]) -> bool {
    name.starts_with(b"/") || name.split(|byte| *byte == b'/').any(|component| component == b"..")
}

fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64)
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
