//! Taking layers and blobs out of an archive into the store: each in one pass, hashed on the way, compressed when it was
//! not, and stopped as soon as nobody wants it any more.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::error::{Bomb, Fault, Interrupted, Nonsense, is_about_content};
use super::foretold::Foretold;
use super::import::Plain;
use super::layer::Check;
use super::tape::{is_header, read_up_to};
use super::{Destination, Fate, Owner, Progress, Wanted, all_cores, compress};
use crate::content::{self, BlobWriter};
use crate::image::{Algorithm, Descriptor, DiffId, Digest, Hasher, MediaType};

/// How much is read at once.
pub(super) const CHUNK: usize = 256 * 1024;
/// How many first bytes tell what something is: a tar's first header.
pub(super) const HEAD: usize = 512;

/// Who is told what happens, from whichever thread it happens on.
pub(super) type Watcher<'a> = dyn Fn(Progress) + Sync + 'a;

/// Where an import puts things, whom it tells, and who may stop it.
pub(super) struct Intake<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) destination: &'a Destination,
    pub(super) cancel: &'a AtomicBool,
    pub(super) observer: &'a Watcher<'a>,
    pub(super) inflation: Inflation,
    pub(super) plain: Plain,
    /// Whose the blobs are that go by in a stream.
    pub(super) passing: Owner,
    /// Which members are which layers, known before they come by.
    pub(super) foretold: Foretold,
    /// Whose those are that are taken now.
    pub(super) owner: Cell<Owner>,
    /// Looks at what becomes a layer, where nobody else does: an archive of layers is believed what is in them.
    pub(super) check: Option<RefCell<Check>>,
}

/// How much an archive may unpack to. What is unpacked is only hashed, or compressed again, and never lies on a disk; but a
/// megabyte of zstd, or of gzip in gzip, can keep a machine busy for days.
///
/// One mebibyte of gzip unpacks to 1032 of zeros at most, so no ratio tells an honest layer of zeros from a bomb. Refused is
/// what is beyond that ratio and beyond any image's size, for the archive as a whole, whatever is packed in what.
pub(super) struct Inflation {
    read: Cell<u64>,
    unpacked: Cell<u64>,
    allowance: u64,
}

impl Inflation {
    /// More than any coder makes of a byte but zstd.
    const RATIO: u64 = 1100;
    /// What may be unpacked whatever the ratio: zeros in zstd are honest too, up to here.
    const ALLOWANCE: u64 = 16 << 30;

    pub(super) fn usual() -> Self {
        Self::within(Self::ALLOWANCE)
    }

    pub(super) fn within(allowance: u64) -> Self {
        Self { read: Cell::default(), unpacked: Cell::default(), allowance }
    }

    fn has_read(&self, bytes: usize) {
        self.read.set(self.read.get().saturating_add(bytes as u64));
    }

    fn has_unpacked(&self, bytes: usize) -> io::Result<()> {
        let unpacked = self.unpacked.get().saturating_add(bytes as u64);
        self.unpacked.set(unpacked);
        match unpacked > self.allowance.saturating_add(self.read.get().saturating_mul(Self::RATIO)) {
            true => Err(io::Error::other(Bomb(unpacked))),
            false => Ok(()),
        }
    }
}

/// Hashes what a layer unpacks to, as long as that is bearable.
struct Unpacked<'a> {
    hasher: &'a mut Hasher,
    intake: &'a Intake<'a>,
}

impl Write for Unpacked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.intake.inflation.has_unpacked(bytes.len())?;
        self.intake.see(bytes)?;
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A layer that is in the store.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) diff_id: DiffId,
    pub(super) descriptor: Descriptor,
}

/// A layer that was taken.
pub(super) enum Taken<'a> {
    Settled(Layer),
    Written(Written<'a>),
}

/// A layer that has been written to its end, and is in the store as soon as it is on the disk. Until then the next one can be
/// compressed: a disk takes its time, and no processor.
pub(super) struct Written<'a> {
    writer: BlobWriter,
    diff_id: DiffId,
    destination: &'a Destination,
    observer: &'a Watcher<'a>,
    owner: Owner,
}

impl Written<'_> {
    /// Gives the blob its name, remembers what it was, and tells of it.
    pub(super) fn settle(self) -> Result<Layer, Fault> {
        let Self { writer, diff_id, destination: Destination { memo, compression, .. }, observer, owner } = self;
        let (digest, size) = writer.finish()?;
        memo.remember(&diff_id, *compression, &digest, size);
        let layer = Layer { diff_id, descriptor: Descriptor::new(compression.media_type(), digest, size) };
        tell(observer, &layer.descriptor, Fate::Compressed, owner);
        Ok(layer)
    }
}

impl Taken<'_> {
    /// The layer, when it is in the store.
    pub(super) fn settle(self) -> Result<Layer, Fault> {
        match self {
            Self::Settled(layer) => Ok(layer),
            Self::Written(written) => written.settle(),
        }
    }
}

fn tell(observer: &Watcher<'_>, descriptor: &Descriptor, fate: Fate, owner: Owner) {
    observer(Progress::Stored { descriptor: Box::new(descriptor.clone()), fate, owner });
}

/// What is known of a layer before it is read: its name, and what it should unpack to.
#[derive(Clone, Copy)]
struct Announced<'a> {
    member: &'a str,
    diff_id: Option<&'a DiffId>,
}

impl Announced<'_> {
    fn hold(&self, found: &DiffId) -> Result<(), Fault> {
        self.diff_id.map_or(Ok(()), |expected| hold(self.member, expected, found))
    }
}

/// Refuses a layer that is not what the config of its image says.
pub(super) fn hold(member: &str, expected: &DiffId, found: &DiffId) -> Result<(), Fault> {
    if found == expected {
        return Ok(());
    }
    let (expected, found) = (Box::new(*expected), Box::new(*found));
    Err(Fault::Layer { member: member.to_owned(), expected, found })
}

/// What some bytes are, told by the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Zstd,
    /// Compressed in a way that is not read: its name, and the program that undoes it.
    Other(&'static str, &'static str),
    Tar,
    Unknown,
}

impl Format {
    /// Content decides, never a file's name.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A frame that decoders skip; estargz's and pzstd's files begin with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz", "xz -d"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..] => Self::Other("bzip2", "bzip2 -d"),
            head if is_header(head) => Self::Tar,
            _ => Self::Unknown,
        }
    }
}

/// An input whose first bytes were looked at and come again.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// What `input` is, and all of it again.
pub(super) fn peek<R: Read>(mut input: R) -> io::Result<(Format, Peeked<R>)> {
    let mut head = vec![0; HEAD];
    let length = read_up_to(&mut input, &mut head)?;
    head.truncate(length);
    Ok((Format::of(&head), Cursor::new(head).chain(input)))
}

impl Intake<'_> {
    /// A reader that stops when nobody wants it any more, and tells how far it is.
    pub(super) fn watched<'r>(&'r self, input: impl Read + 'r) -> impl Read + 'r {
        Watched { input, intake: self }
    }

    /// What a decoder gives, as long as that is bearable.
    pub(super) fn decoded<'r>(&'r self, decoder: impl Read + 'r) -> impl Read + 'r {
        Decoded { decoder, inflation: &self.inflation }
    }

    /// The layer with this diff_id, when it was compressed before and its blob is still there.
    pub(super) fn recall(&self, diff_id: &DiffId) -> Option<Layer> {
        let Destination { blobs, memo, compression } = self.destination;
        let (digest, size) = memo.recall(diff_id, *compression)?;
        let descriptor = Descriptor::new(compression.media_type(), digest, size);
        let layer = blobs.has(&descriptor).then_some(Layer { diff_id: *diff_id, descriptor })?;
        self.tell(&layer.descriptor, Fate::Present);
        Some(layer)
    }

    /// Takes a layer: compressed once when it is not, with its own bytes when it is. `member` is its name in the archive.
    pub(super) fn layer(&self, member: &str, input: &mut dyn Read) -> Result<Layer, Fault> {
        self.take(Announced { member, diff_id: None }, input)?.settle()
    }

    /// Takes a layer that unpacks to `diff_id`; of one that does not, nobody is told, and nothing is remembered.
    pub(super) fn layer_of(&self, member: &str, diff_id: &DiffId, input: &mut dyn Read) -> Result<Taken<'_>, Fault> {
        self.take(Announced { member, diff_id: Some(diff_id) }, input)
    }

    fn take(&self, announced: Announced<'_>, input: &mut dyn Read) -> Result<Taken<'_>, Fault> {
        let (format, mut input) = peek(input)?;
        match format {
            Format::Gzip => self.packed_layer(announced, &mut input, MediaType::LAYER_GZIP, |input, unpacked| {
                io::copy(&mut MultiGzDecoder::new(input), unpacked).map(drop)
            }),
            Format::Zstd => self.packed_layer(announced, &mut input, MediaType::LAYER_ZSTD, |input, unpacked| {
                zstd::stream::copy_decode(input, unpacked)
            }),
            Format::Other(coder, _) => {
                let why = format!("a layer compressed with {coder}, which is not read");
                Err(Fault::Malformed { member: announced.member.to_owned(), why })
            }
            Format::Tar | Format::Unknown => self.plain_layer(announced, &mut input).map(Taken::Written),
        }
    }

    fn plain_layer(&self, announced: Announced<'_>, input: &mut dyn Read) -> Result<Written<'_>, Fault> {
        let Destination { blobs, compression, .. } = self.destination;
        let mut writer = blobs.create(Algorithm::Sha256)?;
        let mut input = Seen { input, intake: self };
        let (diff_id, _) =
            compress(&mut input, &mut writer, *compression, all_cores()).map_err(|error| self.failed(error))?;
        self.seen()?;
        announced.hold(&diff_id)?;
        let Self { destination, observer, owner, .. } = self;
        Ok(Written { writer, diff_id, destination, observer, owner: owner.get() })
    }

    fn packed_layer(
        &self,
        announced: Announced<'_>,
        input: &mut dyn Read,
        media_type: MediaType,
        unpack: impl Fn(&mut dyn BufRead, &mut Unpacked<'_>) -> io::Result<()>,
    ) -> Result<Taken<'_>, Fault> {
        let mut tee = Tee { input, writer: self.destination.blobs.create(Algorithm::Sha256)? };
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut reader = BufReader::with_capacity(CHUNK, &mut tee);
        let mut unpacked = Unpacked { hasher: &mut hasher, intake: self };
        unpack(&mut reader, &mut unpacked).map_err(|cause| match is_about_content(&cause) {
            true => Fault::Unpack { member: announced.member.to_owned(), cause },
            false => self.failed(cause),
        })?;
        // What stands behind the compressed data belongs to the blob as well.
        io::copy(&mut reader, &mut io::sink()).map_err(|error| self.failed(error))?;
        self.seen()?;
        let diff_id = DiffId(hasher.finish());
        announced.hold(&diff_id)?;
        let (digest, size) = tee.writer.finish()?;
        let layer = Layer { diff_id, descriptor: Descriptor::new(media_type, digest, size) };
        self.tell(&layer.descriptor, Fate::Copied);
        Ok(Taken::Settled(layer))
    }

    /// Takes a blob under its own digest.
    pub(super) fn blob(&self, expected: &Digest, input: &mut dyn Read) -> Result<u64, Fault> {
        let mut writer = self.destination.blobs.create(expected.algorithm())?;
        let mut buffer = vec![0; CHUNK];
        loop {
            match read_up_to(input, &mut buffer)? {
                0 => return Ok(writer.finish_as(expected)?),
                read => writer.write_all(&buffer[..read]).map_err(|error| self.failed(error))?,
            }
        }
    }

    /// Looks at the next bytes of a layer, unpacked.
    fn see(&self, bytes: &[u8]) -> io::Result<()> {
        self.check.as_ref().map_or(Ok(()), |check| check.borrow_mut().see(bytes))
    }

    /// What is to be said of a layer when all of it was seen.
    fn seen(&self) -> Result<(), Fault> {
        self.check.as_ref().map_or(Ok(()), |check| check.take().finish())
    }

    /// Tells that a blob is in the store.
    pub(super) fn tell(&self, descriptor: &Descriptor, fate: Fate) {
        tell(self.observer, descriptor, fate, self.owner.get());
    }

    /// A failure on the way into the store. A full disk is the store's, everything else the archive's.
    fn failed(&self, error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                content::Error::io("cannot write to", self.destination.blobs.staging(), error).into()
            }
            _ => error.into(),
        }
    }
}

struct Watched<'a, R> {
    input: R,
    intake: &'a Intake<'a>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.intake.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other(Interrupted));
        }
        let read = self.input.read(buffer)?;
        self.intake.inflation.has_read(read);
        (self.intake.observer)(Progress::Read(read as u64));
        Ok(read)
    }
}

/// A layer that goes by, and is looked at.
struct Seen<'a> {
    input: &'a mut dyn Read,
    intake: &'a Intake<'a>,
}

impl Read for Seen<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.intake.see(&buffer[..read])?;
        Ok(read)
    }
}

/// A decoder, whose errors are told apart from those of its input.
struct Decoded<'a, R> {
    decoder: R,
    inflation: &'a Inflation,
}

impl<R: Read> Read for Decoded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
                if is_about_content(&error) =>
            {
                io::Error::new(io::ErrorKind::InvalidData, Nonsense(error))
            }
            _ => error,
        })?;
        self.inflation.has_unpacked(read)?;
        Ok(read)
    }
}

/// Writes down everything that is read.
struct Tee<'a> {
    input: &'a mut dyn Read,
    writer: BlobWriter,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.writer.write_all(&buffer[..read])?;
        Ok(read)
    }
}
