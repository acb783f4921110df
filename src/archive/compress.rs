//! Compressing layers: on all cores, and with the same bytes on every machine.
//!
//! A compressed layer's digest is what registries know it by, so the bytes must depend on nothing but the layer and the
//! level: not on the number of cores, not on how the input happened to arrive. Gzip is therefore written as independent
//! members of one mebibyte each (a gzip file may have any number of them, and every reader of layers reads them); zstd by its
//! own pool with every choice fixed.
//!
//! Up to its second level, the usual one, gzip is rpush's own (`deflate`), above it libdeflate. A real image of 327 MB, on one
//! core: rpush's takes 1.25 s for 120.5 MB, which is less than skopeo's; libdeflate takes 1.36 s for 123.5 MB at its level 1,
//! 1.71 s for 118.5 MB at 2 (neither of which is used), and 2.0 s for 116.7 MB at 4.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use libdeflater::{CompressionLvl, Compressor};
use zstd::zstd_safe::CParameter;

use super::deflate::Deflater;
use super::tape::read_up_to;
use crate::image::{Algorithm, DiffId, Hasher, MediaType};

/// How much of the input one gzip member holds. Larger members hardly compress better; measured.
pub(super) const BLOCK: usize = 1024 * 1024;
/// What a member of what cannot be compressed takes.
const LONGEST_MEMBER: usize = BLOCK + 8 * 1024;
/// With how much room for input it begins; it doubles up to a block.
const SMALLEST_ROOM: usize = 64 * 1024;
/// What is looked at of a block, to see whether anything can be compressed in it.
const SAMPLE: usize = 8 * 1024;
/// Where the samples are: far from each other, and at none of the places where files begin.
const SAMPLES: [usize; 6] = [40_000, 200_000, 390_000, 590_000, 780_000, 1_000_000];
/// How much of the input one of zstd's workers takes at once. Zero would let another version of zstd choose otherwise.
const ZSTD_JOB: u32 = 4 * 1024 * 1024;
/// The part of the window that zstd's jobs share, likewise fixed (9 is all of it).
const ZSTD_OVERLAP: u32 = 6;

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coder {
    /// Gzip, which everything reads.
    Gzip,
    /// Zstandard: smaller and faster, read by registries and runtimes of the last years.
    Zstd,
}

impl Coder {
    /// The name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The highest level; the lowest is 1. Beyond zstd's 19 its memory grows out of proportion.
    fn highest(self) -> u8 {
        match self {
            Self::Gzip => 12,
            Self::Zstd => 19,
        }
    }

    /// The level with the best use of time, measured.
    fn usual(self) -> u8 {
        match self {
            Self::Gzip => 2,
            Self::Zstd => 3,
        }
    }
}

impl FromStr for Coder {
    type Err = CompressionError;

    fn from_str(text: &str) -> Result<Self, CompressionError> {
        match text {
            "gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(CompressionError::Unknown(text.to_owned())),
        }
    }
}

/// How layers are compressed: the coder and a level that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Compression {
    coder: Coder,
    level: u8,
}

/// Why there is no such compression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompressionError {
    /// Neither gzip nor zstd.
    #[error("unknown compression `{0}`, there are `gzip` and `zstd`")]
    Unknown(String),
    /// The coder has no such level.
    #[error("{} has no level {level}, only 1 to {}", .coder.name(), .coder.highest())]
    Level {
        /// The coder.
        coder: Coder,
        /// What was asked for.
        level: u32,
    },
}

impl Compression {
    /// The coder at a level, or at its usual one.
    pub fn new(coder: Coder, level: Option<u32>) -> Result<Self, CompressionError> {
        let level = level.unwrap_or(u32::from(coder.usual()));
        match u8::try_from(level) {
            Ok(fitting) if (1..=coder.highest()).contains(&fitting) => Ok(Self { coder, level: fitting }),
            _ => Err(CompressionError::Level { coder, level }),
        }
    }

    /// The coder.
    pub fn coder(self) -> Coder {
        self.coder
    }

    /// The type of a layer that is compressed so.
    pub fn media_type(self) -> MediaType {
        match self.coder {
            Coder::Gzip => MediaType::LAYER_GZIP,
            Coder::Zstd => MediaType::LAYER_ZSTD,
        }
    }

    /// A file name for everything that the bytes depend on. The last number changes when a layer would be compressed to
    /// other bytes than before.
    pub fn key(self) -> String {
        format!("{}-{}-3", self.coder.name(), self.level)
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self { coder: Coder::Gzip, level: Coder::Gzip.usual() }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} level {}", self.coder.name(), self.level)
    }
}

/// As many threads as this machine runs at once.
pub fn all_cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Compresses `input` into `output` in one pass, and says what the input hashes to and how long it was. Memory is a few
/// mebibytes a thread, however long the input is.
pub fn compress(
    input: &mut dyn Read,
    output: &mut dyn Write,
    compression: Compression,
    threads: NonZeroUsize,
) -> io::Result<(DiffId, u64)> {
    let mut input = Blocks { input, hasher: Hasher::new(Algorithm::Sha256), size: 0 };
    match compression.coder {
        Coder::Gzip => gzip(&mut input, output, compression.level, threads)?,
        Coder::Zstd => zstd(&mut input, output, compression.level, threads)?,
    }
    Ok((DiffId(input.hasher.finish()), input.size))
}

/// The input in blocks of the same size, hashed on the way.
struct Blocks<'a> {
    input: &'a mut dyn Read,
    hasher: Hasher,
    size: u64,
}

impl Blocks<'_> {
    /// Fills `block`, whatever the size of single reads; it is left shorter than [`BLOCK`] only at the end.
    fn fill(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        let mut length = 0;
        // Most layers are small, so that a block begins small and grows.
        while length < BLOCK {
            let room = block.len().max(length * 2).clamp(SMALLEST_ROOM, BLOCK);
            if room == BLOCK {
                block.reserve_exact(LONGEST_MEMBER.saturating_sub(block.len()));
            }
            block.resize(room, 0);
            length += read_up_to(&mut *self.input, &mut block[length..])?;
            if length < block.len() {
                break;
            }
        }
        block.truncate(length);
        self.hasher.update(block);
        self.size += length as u64;
        Ok(())
    }
}

/// One member's way through a worker and back, in one buffer that is used again and again: the input on the way there, and
/// what it became on the way back.
type Block = Vec<u8>;

/// A block for whichever worker is free, and the way back for it alone, so that the order is kept without sorting.
type Job = (Block, SyncSender<Block>);

fn gzip(input: &mut Blocks<'_>, output: &mut dyn Write, level: u8, threads: NonZeroUsize) -> io::Result<()> {
    let mut first = Block::new();
    input.fill(&mut first)?;
    // Most layers are small, and threads would take longer to start than one member takes to compress.
    if first.len() < BLOCK || threads.get() == 1 {
        return gzip_here(input, output, level, first);
    }
    let (jobs, queue) = channel::<Job>();
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        let worker = || std::thread::Builder::new().spawn_scoped(scope, || work(&queue, level));
        // An account may not have as many threads as it wants.
        let workers = (0..threads.get()).map_while(|_| worker().ok()).count();
        if workers == 0 {
            return gzip_here(input, output, level, first);
        }
        // `jobs` goes with the call, also when it fails, and its end is the end of the workers.
        feed(input, output, jobs, first, workers * 2)
    })
}

fn gzip_here(input: &mut Blocks<'_>, output: &mut dyn Write, level: u8, mut block: Block) -> io::Result<()> {
    let mut packer = Packer::new(level);
    loop {
        let last = block.len() < BLOCK;
        packer.pack(&mut block);
        output.write_all(&block)?;
        if last {
            return Ok(());
        }
        input.fill(&mut block)?;
        if block.is_empty() {
            return Ok(());
        }
    }
}

/// Gives the blocks to the workers and writes what comes back in the order of the input, with at most `depth` under way.
fn feed(
    input: &mut Blocks<'_>,
    output: &mut dyn Write,
    jobs: Sender<Job>,
    first: Block,
    depth: usize,
) -> io::Result<()> {
    let mut under_way: VecDeque<Receiver<Block>> = VecDeque::with_capacity(depth);
    let mut next = Some(first);
    let mut spare = Block::new();
    loop {
        if let Some(block) = next.take() {
            let (back, result) = sync_channel(1);
            jobs.send((block, back)).map_err(|_| lost_worker())?;
            under_way.push_back(result);
        }
        if under_way.len() == depth {
            spare = collect(&mut under_way, output)?.unwrap_or_default();
        }
        input.fill(&mut spare)?;
        if spare.is_empty() {
            break;
        }
        next = Some(std::mem::take(&mut spare));
    }
    while collect(&mut under_way, output)?.is_some() {}
    Ok(())
}

/// Writes the oldest member under way and gives its buffers back.
fn collect(under_way: &mut VecDeque<Receiver<Block>>, output: &mut dyn Write) -> io::Result<Option<Block>> {
    let Some(oldest) = under_way.pop_front() else { return Ok(None) };
    let block = oldest.recv().map_err(|_| lost_worker())?;
    output.write_all(&block)?;
    Ok(Some(block))
}

fn lost_worker() -> io::Error {
    io::Error::other("a thread that compresses ended early")
}

/// A worker: compresses what comes until nothing comes any more.
fn work(queue: &Mutex<Receiver<Job>>, level: u8) {
    let mut packer = Packer::new(level);
    loop {
        // The lock is held while waiting: whoever has it gets the next block, the others wait for the lock instead.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((mut block, back)) = job else { return };
        packer.pack(&mut block);
        // Nobody takes the block any more when writing failed; then the queue ends too.
        let _ = back.send(block);
    }
}

/// Compresses members, each by itself.
struct Packer {
    coder: MemberCoder,
    /// Where members are written, and then copied from: there is one of these a thread, and a processor keeps it in its cache.
    room: Vec<u8>,
}

/// Who makes members at a level.
enum MemberCoder {
    Own(Box<Deflater>),
    Library(Library),
}

/// libdeflate at a level, and what it takes to store what cannot be compressed.
struct Library {
    level: Compressor,
    quick: Compressor,
    none: Compressor,
}

impl Packer {
    fn new(level: u8) -> Self {
        let coder = match level {
            // libdeflate's first level takes longer, for more bytes.
            ..=2 => MemberCoder::Own(Box::new(Deflater::new())),
            _ => MemberCoder::Library(Library::new(level)),
        };
        Self { coder, room: Vec::new() }
    }

    /// Makes a member of the block.
    fn pack(&mut self, block: &mut Block) {
        let length = match &mut self.coder {
            MemberCoder::Own(deflater) => deflater.gzip(block, make_room(&mut self.room, Deflater::most(block.len()))),
            MemberCoder::Library(library) => library.gzip(block, &mut self.room),
        };
        block.clear();
        block.extend_from_slice(&self.room[..length]);
    }
}

impl Library {
    fn new(level: u8) -> Self {
        let compressor = |level: u8| {
            let level = CompressionLvl::new(i32::from(level));
            Compressor::new(level.expect("the level was checked when the compression was made"))
        };
        Self { level: compressor(level), quick: compressor(1), none: compressor(0) }
    }

    fn gzip(&mut self, block: &[u8], room: &mut Vec<u8>) -> usize {
        let is_noise = self.is_noise(block, room);
        let compressor = if is_noise { &mut self.none } else { &mut self.level };
        let most = compressor.gzip_compress_bound(block.len());
        compressor.gzip_compress(block, make_room(room, most)).expect("the output has room for the worst case")
    }

    /// Whether a full block is of what is compressed already (wheels, jars, pictures): then it is stored, because a level that
    /// looks for what repeats works on it as long as on anything else, and finds nothing. Samples tell, the same for the same
    /// block.
    fn is_noise(&mut self, block: &[u8], room: &mut Vec<u8>) -> bool {
        if block.len() < BLOCK {
            return false;
        }
        let room = make_room(room, self.quick.deflate_compress_bound(SAMPLE));
        SAMPLES.iter().all(|at| {
            let length = self.quick.deflate_compress(&block[*at..at + SAMPLE], room);
            length.is_ok_and(|length| length > SAMPLE - SAMPLE / 50)
        })
    }
}

/// At least so much room. What is in it is not cleared, which would take as long as copying a block.
fn make_room(room: &mut Vec<u8>, length: usize) -> &mut [u8] {
    if room.len() < length {
        room.resize(length, 0);
    }
    room
}

fn zstd(input: &mut Blocks<'_>, output: &mut dyn Write, level: u8, threads: NonZeroUsize) -> io::Result<()> {
    let mut encoder = zstd::stream::write::Encoder::new(output, i32::from(level))?;
    // Always through the pool: without it zstd writes other bytes.
    encoder.multithread(u32::try_from(threads.get()).unwrap_or(u32::MAX).min(64))?;
    encoder.set_parameter(CParameter::JobSize(ZSTD_JOB))?;
    encoder.set_parameter(CParameter::OverlapSizeLog(ZSTD_OVERLAP))?;
    let mut block = Block::new();
    loop {
        input.fill(&mut block)?;
        if block.is_empty() {
            return encoder.finish().map(drop);
        }
        encoder.write_all(&block)?;
    }
}
