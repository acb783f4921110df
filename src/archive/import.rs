//! Importing an archive: what it is, its content says; what is in it goes into the store, verified.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use flate2::bufread::MultiGzDecoder;

use super::error::{Error, Fault};
use super::foretold::Foretold;
use super::intake::{CHUNK, Format, Inflation, Intake, peek};
use super::members::Members;
use super::tape::Stream;
use super::wanted::Label;
use super::{Compression, MemoDir, Part, Wanted, docker, oci, parts};
use crate::content::BlobDir;
use crate::image::{Descriptor, DiffId, Reference};

/// An archive to import.
pub enum Input {
    /// A file, or whatever else has a path.
    Path(PathBuf),
    /// Bytes that come by once.
    Stream {
        /// Where from, in people's words: `standard input`.
        place: String,
        /// The bytes.
        reader: Box<dyn Read + Send>,
    },
    /// What a daemon exports. It comes by once too, and keeps no digest that anybody knows: since 25, Docker writes layouts of
    /// layers that are not compressed, with manifests that it makes for the occasion.
    Export {
        /// Where from, in people's words.
        place: String,
        /// The bytes.
        reader: Box<dyn Read + Send>,
        /// The layers of the image that it was asked for, base first, as far as it has told them.
        layers: Vec<DiffId>,
    },
    /// One image that is in no archive: its config, and layers that can be opened, however often.
    Parts {
        /// Where they lie, in people's words.
        place: String,
        /// The bytes of the config.
        config: Vec<u8>,
        /// The layers, base first.
        layers: Vec<Part>,
    },
}

/// What becomes of layers that are not compressed, in a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    /// They stay as they are, because somebody's manifest names them so.
    Kept,
    /// They are compressed, because the manifest is nobody's.
    Packed,
}

/// Where imported things go.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The blobs.
    pub blobs: BlobDir,
    /// What layers were compressed to before.
    pub memo: MemoDir,
    /// How layers are compressed that are not.
    pub compression: Compression,
}

/// An image of an archive. All that it needs is in the blobs now; an index may be sparse.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The manifest or index.
    pub descriptor: Descriptor,
    /// Its full names, in canonical spelling.
    pub names: Vec<Reference>,
    /// The texts by which it can be asked for in the archive: the names as written, and those that are only a tag.
    pub selectors: Vec<String>,
}

/// What happens during an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// So many more bytes of the archive were read.
    Read(u64),
    /// A blob is in the store.
    Stored {
        /// The blob or manifest.
        descriptor: Box<Descriptor>,
        /// How it came there.
        fate: Fate,
        /// Whose it is.
        owner: Owner,
    },
}

/// Whose a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An image's that is meant.
    Image,
    /// That is not known yet: it goes by in a stream, before the document that says it.
    Unknown,
}

/// How a blob came into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was there, and its bytes were not read.
    Present,
    /// As it was in the archive.
    Copied,
    /// Compressed on the way.
    Compressed,
}

impl Imported {
    /// The image with this manifest in the list: several entries may name one image.
    pub(super) fn of(list: &mut Vec<Self>, descriptor: Descriptor) -> &mut Self {
        let position = list.iter().position(|image| image.descriptor.digest == descriptor.digest);
        let position = position.unwrap_or_else(|| {
            list.push(Self { descriptor, names: Vec::new(), selectors: Vec::new() });
            list.len() - 1
        });
        &mut list[position]
    }

    pub(super) fn label(&self) -> Label {
        let Self { descriptor, names, selectors } = self;
        let (names, selectors) = (names.clone(), selectors.clone());
        Label { key: descriptor.digest.to_string(), names, selectors, digest: Some(descriptor.digest) }
    }

    /// Adds a name, once.
    pub(super) fn name(&mut self, name: Option<Reference>, selector: Option<String>) {
        let name = name.filter(|name| !self.names.contains(name));
        let selector = selector.filter(|selector| !self.selectors.contains(selector));
        self.names.extend(name);
        self.selectors.extend(selector);
    }
}

/// Imports the images of an archive that are meant. Blocks until it is done, fails, or `cancel` becomes true; `observer` is told on the
/// way, from several threads.
pub fn import(
    input: Input,
    wanted: &Wanted,
    into: &Destination,
    cancel: &AtomicBool,
    observer: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Imported>, Error> {
    let (plain, passing, foretold) = match &input {
        // A daemon exports what it was asked for.
        Input::Export { layers, .. } => (Plain::Packed, Owner::Image, Foretold::of(layers)),
        Input::Path(_) | Input::Stream { .. } => (Plain::Kept, Owner::Unknown, Foretold::default()),
        Input::Parts { .. } => (Plain::Packed, Owner::Image, Foretold::default()),
    };
    let (inflation, owner) = (Inflation::usual(), Cell::new(Owner::Image));
    let check = None;
    take(
        input,
        &Intake { wanted, destination: into, cancel, observer, inflation, plain, passing, foretold, owner, check },
    )
}

pub(super) fn take(input: Input, intake: &Intake<'_>) -> Result<Vec<Imported>, Error> {
    let (place, result) = match input {
        Input::Path(path) => (path.display().to_string(), open(path, intake)),
        Input::Stream { place, reader } | Input::Export { place, reader, .. } => (place, receive(reader, intake)),
        Input::Parts { place, config, layers } => (place, parts::import(&config, &layers, intake)),
    };
    result.map_err(|fault| Error::Import { place, fault: Box::new(fault) })
}

/// A tar in a regular file is scanned; anything else goes by once.
fn open(path: PathBuf, intake: &Intake<'_>) -> Result<Vec<Imported>, Fault> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return receive(file, intake);
    }
    match peek(&file)?.0 {
        Format::Tar => unpack(&Members::scan(file, intake)?, intake),
        _ => {
            io::Seek::rewind(&mut &file)?;
            receive(file, intake)
        }
    }
}

fn receive(input: impl Read, intake: &Intake<'_>) -> Result<Vec<Imported>, Fault> {
    let mut input = BufReader::with_capacity(CHUNK, intake.watched(input));
    let (format, input_again) = peek(&mut input)?;
    let imported = decoded(format, input_again, intake)?;
    // Whoever writes into the pipe should not be told that nobody reads any more. What comes behind a tar is nothing.
    io::copy(&mut input, &mut io::sink())?;
    Ok(imported)
}

fn decoded(format: Format, mut input: impl BufRead, intake: &Intake<'_>) -> Result<Vec<Imported>, Fault> {
    let walk = |input: &mut dyn BufRead| unpack(&Members::receive(&mut Stream(input), intake)?, intake);
    match format {
        Format::Gzip => walk(&mut BufReader::with_capacity(CHUNK, intake.decoded(MultiGzDecoder::new(input)))),
        Format::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            walk(&mut BufReader::with_capacity(CHUNK, intake.decoded(decoder)))
        }
        Format::Other(coder, tool) => Err(Fault::Coder { coder, tool }),
        Format::Tar | Format::Unknown => walk(&mut input),
    }
}

/// L-18: where both documents are, the one with the digests counts.
fn unpack(members: &Members<'_>, intake: &Intake<'_>) -> Result<Vec<Imported>, Fault> {
    let (is_layout, is_docker) = (members.has("index.json"), members.has("manifest.json"));
    let mut entries = if is_layout { oci::entries(members)? } else { Vec::new() };
    if is_docker && intake.plain == Plain::Packed && oci::is_plain(members, &entries) {
        entries.clear();
    }
    let imported = match (entries.is_empty(), is_layout, is_docker) {
        (false, ..) => oci::import(intake, members, entries)?,
        (true, _, true) => docker::import(intake, members)?,
        (true, true, false) => Vec::new(),
        (true, false, false) if members.may_be_cut_off() => return Err(Fault::Truncated),
        (true, false, false) => return Err(Fault::NotAnImage),
    };
    if imported.is_empty() {
        return Err(Fault::NoImages);
    }
    // Of some it shows only now whether they are meant.
    intake.wanted.among(imported, Imported::label)
}
