//! The members of an archive by name, with their bytes wherever those can be had again.
//!
//! A file is only scanned: its members are places in it. A stream goes by once: small members are kept in memory, blobs and
//! layers go into the store as they come by, recognised by their content, because the document that says what they are
//! may come last.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};

use super::error::Fault;
use super::import::Plain;
use super::intake::{Format, Intake, Layer, peek};
use super::tape::{Entry, EntryKind, Reel, Stream, Walk};
use super::{Fate, Owner};
use crate::image::{DiffId, Digest};

/// The largest document that is read, and the largest member that is kept of a stream.
pub(super) const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;
/// How much is kept of one stream altogether.
const MAX_KEPT: u64 = 16 * 1024 * 1024;
/// How many links are followed from one to the next.
const MAX_LINKS: usize = 16;
/// The documents that say what the archive is; kept whatever else there was.
const DOCUMENTS: [&str; 3] = ["index.json", "manifest.json", "oci-layout"];

/// Where the bytes of a member are.
enum Member {
    /// In the archive's file.
    Extent {
        offset: u64,
        size: u64,
    },
    /// In memory.
    Kept(Vec<u8>),
    /// In the store, under its own digest.
    Blob(Digest, u64, Fate),
    /// In the store, as a layer.
    Layer(Box<Layer>, u64),
    /// Gone by.
    Passed(u64),
    Link(String),
    Outside(String),
}

impl Member {
    fn size(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Extent { size, .. } | Self::Blob(_, size, _) | Self::Layer(_, size) | Self::Passed(size) => *size,
            Self::Link(_) | Self::Outside(_) => 0,
        }
    }
}

/// The members of one archive.
pub(super) struct Members<'a> {
    intake: &'a Intake<'a>,
    file: Option<File>,
    by_name: HashMap<String, Member>,
    has_end: bool,
}

impl<'a> Members<'a> {
    /// The members of a tar in a file.
    pub(super) fn scan(file: File, intake: &'a Intake<'a>) -> Result<Self, Fault> {
        let mut reel = Reel::new(file.try_clone()?)?;
        let mut walk = Walk::new(&mut reel);
        let mut members = Self { intake, file: Some(file), by_name: HashMap::new(), has_end: false };
        let mut doubles = Vec::new();
        while let Some(entry) = walk.advance()? {
            let Entry { name, kind, offset, size } = entry;
            let member = match kind {
                EntryKind::File => Member::Extent { offset, size },
                kind => match linked(kind) {
                    Some(link) => link,
                    None => continue,
                },
            };
            match members.by_name.contains_key(&name) {
                true => doubles.push((name, member)),
                false => drop(members.by_name.insert(name, member)),
            }
        }
        members.has_end = walk.has_end();
        for (name, member) in doubles {
            members.compare(&name, &members.by_name[&name], &member)?;
        }
        Ok(members)
    }

    /// The members of a tar that goes by once.
    pub(super) fn receive(stream: &mut Stream<'_>, intake: &'a Intake<'a>) -> Result<Self, Fault> {
        let mut walk = Walk::new(stream);
        intake.owner.set(intake.passing);
        let mut members = Self { intake, file: None, by_name: HashMap::new(), has_end: false };
        let mut kept = 0;
        while let Some(entry) = walk.advance()? {
            let Entry { name, kind, size, .. } = entry;
            let is_small = size <= MAX_DOCUMENT && (kept + size <= MAX_KEPT || DOCUMENTS.contains(&name.as_str()));
            let member = match kind {
                EntryKind::File if is_small => {
                    kept += size;
                    let mut bytes = Vec::new();
                    walk.read_to_end(&mut bytes)?;
                    Member::Kept(bytes)
                }
                // A second one need not be looked at: only its size is compared.
                EntryKind::File if members.by_name.contains_key(&name) => Member::Passed(size),
                EntryKind::File => members.take(&name, size, &mut walk)?,
                kind => match linked(kind) {
                    Some(link) => link,
                    None => continue,
                },
            };
            match members.by_name.get(&name) {
                Some(first) => members.compare(&name, first, &member)?,
                None => drop(members.by_name.insert(name, member)),
            }
        }
        members.has_end = walk.has_end();
        intake.owner.set(Owner::Image);
        Ok(members)
    }

    /// Whether the archive may have been cut off between two members.
    pub(super) fn may_be_cut_off(&self) -> bool {
        !self.has_end
    }

    /// Takes a large member while it goes by.
    fn take(&self, name: &str, size: u64, walk: &mut Walk<'_>) -> Result<Member, Fault> {
        if let Some(digest) = blob_digest(name) {
            return self.take_blob(name, &digest, size, walk);
        }
        let (format, mut bytes) = peek(walk)?;
        match format {
            Format::Gzip | Format::Zstd | Format::Tar => {
                let before = if format == Format::Tar { self.foretold_before(name) } else { None };
                let layer = match before {
                    Some(layer) => layer,
                    None => self.intake.layer(name, &mut bytes)?,
                };
                Ok(Member::Layer(Box::new(layer), size))
            }
            Format::Other(..) | Format::Unknown => Ok(Member::Passed(size)),
        }
    }

    /// What a layer that is known by its name, or by its parent's, was compressed to before; its bytes go by, and nobody looks at them.
    ///
    /// That it is this layer, the daemon has said: it was asked for the image whose layers it had listed. What is taken is a
    /// blob that came from this diff_id when it was compressed, in the memory of this store, and the diff_id is held to the
    /// config afterwards, as with any layer. So a daemon that lies gets an image of layers that are what its config says, and
    /// since nothing is remembered of what went by unread, it can say nothing about any other image.
    fn foretold_before(&self, name: &str) -> Option<Layer> {
        let layer = self.intake.recall(&self.intake.foretold.layer(name, |document| self.document(document).ok())?)?;
        tracing::info!("{name} is layer {}, which was compressed before", layer.diff_id);
        Some(layer)
    }

    /// Takes what is named by its digest.
    fn take_blob(&self, name: &str, digest: &Digest, size: u64, walk: &mut Walk<'_>) -> Result<Member, Fault> {
        if let Some(layer) = self.packed_before(digest) {
            return Ok(Member::Layer(Box::new(layer), size));
        }
        if self.intake.destination.blobs.size(digest) == Some(size) {
            return Ok(Member::Blob(*digest, size, Fate::Present));
        }
        let (format, mut bytes) = peek(walk)?;
        if self.intake.plain == Plain::Kept || format != Format::Tar {
            self.intake.blob(digest, &mut bytes)?;
            return Ok(Member::Blob(*digest, size, Fate::Copied));
        }
        let layer = self.intake.layer(name, &mut bytes)?;
        match layer.diff_id.0 == *digest {
            true => Ok(Member::Layer(Box::new(layer), size)),
            false => Err(Fault::Digest { expected: *digest, found: Box::new(layer.diff_id.0) }),
        }
    }

    /// What a layer that is not compressed, and is named by its digest, was compressed to before: it need not even be read.
    fn packed_before(&self, digest: &Digest) -> Option<Layer> {
        if self.intake.plain == Plain::Kept {
            return None;
        }
        self.intake.recall(&DiffId(*digest))
    }

    /// Two members of one name are the same one: tools disagree about which of them counts. What is large is a layer or a
    /// blob, whose hash is known from elsewhere.
    fn compare(&self, name: &str, first: &Member, second: &Member) -> Result<(), Fault> {
        let same = match (first, second) {
            (Member::Link(first), Member::Link(second)) => first == second,
            (Member::Link(_) | Member::Outside(_), _) | (_, Member::Link(_) | Member::Outside(_)) => false,
            _ if first.size() != second.size() => false,
            _ if first.size() > MAX_DOCUMENT => true,
            _ => match (self.bytes(name, first), self.bytes(name, second)) {
                (Ok(first), Ok(second)) => first == second,
                (Err(fault), _) | (_, Err(fault)) => return Err(fault),
            },
        };
        if same { Ok(()) } else { Err(Fault::Duplicate(name.to_owned())) }
    }

    /// Whether there is a member of this name, or a link to one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// A member's size.
    pub(super) fn size(&self, name: &str) -> Result<u64, Fault> {
        Ok(self.find(name)?.1.size())
    }

    /// The name behind all links.
    pub(super) fn real_name(&self, name: &str) -> Result<&str, Fault> {
        Ok(self.find(name)?.0)
    }

    /// The layer that a member became when it went by.
    pub(super) fn layer(&self, name: &str) -> Result<Option<&Layer>, Fault> {
        Ok(match self.find(name)?.1 {
            Member::Layer(layer, _) => Some(layer),
            _ => None,
        })
    }

    /// How a blob came into the store when it went by.
    pub(super) fn fate(&self, name: &str) -> Option<Fate> {
        match self.find(name).ok()?.1 {
            Member::Blob(_, _, fate) => Some(*fate),
            _ => None,
        }
    }

    /// A small member in memory.
    pub(super) fn document(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let (name, member) = self.find(name)?;
        self.bytes(name, member)
    }

    /// A member's bytes.
    pub(super) fn open(&self, name: &str) -> Result<Box<dyn Read + '_>, Fault> {
        let (name, member) = self.find(name)?;
        self.reader(name, member)
    }

    fn bytes(&self, name: &str, member: &Member) -> Result<Vec<u8>, Fault> {
        let size = member.size();
        if size > MAX_DOCUMENT {
            return Err(Fault::TooLarge { member: name.to_owned(), size, limit: MAX_DOCUMENT });
        }
        let mut bytes = Vec::new();
        self.reader(name, member)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn reader<'m>(&'m self, name: &str, member: &'m Member) -> Result<Box<dyn Read + 'm>, Fault> {
        match (member, self.file.as_ref()) {
            (Member::Extent { offset, size }, Some(mut file)) => {
                file.seek(SeekFrom::Start(*offset))?;
                Ok(Box::new(self.intake.watched(file.take(*size))))
            }
            (Member::Kept(bytes), _) => Ok(Box::new(bytes.as_slice())),
            (Member::Blob(digest, ..), _) => Ok(Box::new(File::open(self.intake.destination.blobs.path(digest))?)),
            _ => Err(Fault::Passed(name.to_owned())),
        }
    }

    /// The member behind all links, and its own name.
    fn find(&self, name: &str) -> Result<(&str, &Member), Fault> {
        let mut current = name;
        for _ in 0..MAX_LINKS {
            match self.by_name.get_key_value(current) {
                Some((_, Member::Link(target))) => current = target,
                Some((_, Member::Outside(target))) => return Err(dangling(name, target)),
                Some((name, member)) => return Ok((name, member)),
                None if current == name => return Err(Fault::Missing(name.to_owned())),
                None => return Err(dangling(name, current)),
            }
        }
        Err(dangling(name, current))
    }
}

fn dangling(member: &str, target: &str) -> Fault {
    Fault::Dangling { member: member.to_owned(), target: target.to_owned() }
}

fn linked(kind: EntryKind) -> Option<Member> {
    match kind {
        EntryKind::Link(target) => Some(Member::Link(target)),
        EntryKind::Outside(target) => Some(Member::Outside(target)),
        EntryKind::File | EntryKind::Directory => None,
    }
}

/// The member of a layout that holds a blob.
pub(super) fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// The blob that a member of a layout holds.
fn blob_digest(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}
