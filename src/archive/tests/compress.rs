//! Compressing: the same bytes always, and they come back.

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;

use super::super::compress::{BLOCK, Coder, Compression, CompressionError, compress};
use crate::image::{DiffId, Digest};

/// Some compressible and some not, the same on every machine.
fn sample(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut bytes = Vec::with_capacity(length + 64);
    while bytes.len() < length {
        match next() % 3 {
            0 => bytes.extend(next().to_le_bytes()),
            1 => bytes.extend(b"usr/lib/python3/dist-packages/"),
            _ => bytes.extend([0; 20]),
        }
    }
    bytes.truncate(length);
    bytes
}

/// Gives a few bytes at a time, never the same number.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 70_001 + 997;
        let length = self.1.min(buffer.len()).min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn compressed(mut input: impl Read, compression: Compression, threads: usize) -> (Vec<u8>, DiffId, u64) {
    let mut output = Vec::new();
    let threads = NonZeroUsize::new(threads).expect("some");
    let (diff_id, size) = compress(&mut input, &mut output, compression, threads).expect("compresses");
    (output, diff_id, size)
}

fn both() -> [Compression; 2] {
    [Coder::Gzip, Coder::Zstd].map(|coder| Compression::new(coder, None).expect("the usual level"))
}

fn unpack(coder: Coder, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coder {
        Coder::Gzip => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).map(drop),
        Coder::Zstd => zstd::stream::copy_decode(bytes, &mut plain),
    }
    .expect("unpacks");
    plain
}

#[test]
fn bytes_depend_neither_on_threads_nor_on_the_size_of_reads() {
    let input = sample(9 * BLOCK + 12_345);
    for compression in both() {
        let expected = compressed(input.as_slice(), compression, 1);
        assert_eq!(unpack(compression.coder(), &expected.0), input);
        assert_eq!((expected.1, expected.2), (DiffId(Digest::of(&input)), input.len() as u64));
        for threads in [1, 2, 3, 7] {
            assert!(compressed(Dribble(&input, 0), compression, threads) == expected, "{compression}, {threads}");
        }
    }
}

#[test]
fn every_length_around_the_blocks_comes_back() {
    for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK] {
        let input = sample(length);
        for compression in both() {
            let expected = compressed(input.as_slice(), compression, 1).0;
            assert_eq!(unpack(compression.coder(), &expected), input, "{compression}, {length}");
            assert!(compressed(input.as_slice(), compression, 3).0 == expected, "{compression}, {length}");
        }
    }
}

/// Another version of a coder that writes other bytes would change the digests of everybody's layers: whoever changes
/// these digests changes the number in [`Compression::key`] as well.
#[test]
fn golden_digests_of_compressed_bytes() {
    let input = sample(3 * BLOCK + 4321);
    assert_eq!(
        Digest::of(&input).to_string(),
        "sha256:7af43d7398892f642773332e8074f818a008d6303fb6c9ed8e357a7f7bbc0bd6"
    );
    let higher = Compression::new(Coder::Gzip, Some(4)).expect("a level");
    let [gzip, zstd] = both();
    for (compression, digest) in [higher, gzip, zstd].into_iter().zip([
        "sha256:7f484cfe599afedb599180359f237360d3fb13806426c75efda430135bba3509",
        "sha256:adb13d193b281c48a734ec0198c70754cd3d918bd995aac20816c35ed82da709",
        "sha256:2fc0c8dc67bfce1f48f84980460f226d00407222244e2ed49dfa6de36d96524f",
    ]) {
        assert_eq!(Digest::of(&compressed(input.as_slice(), compression, 2).0).to_string(), digest, "{compression}");
    }
}

#[test]
fn a_failing_reader_or_writer_ends_the_workers_and_is_told() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let (input, threads) = (sample(8 * BLOCK), NonZeroUsize::new(2).expect("two"));
    for compression in both() {
        let error = compress(&mut input.as_slice(), &mut Broken, compression, threads).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let mut input = input.as_slice().chain(Broken);
        let error = compress(&mut input, &mut io::sink(), compression, threads).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn levels_that_a_coder_does_not_have_are_refused() {
    for (coder, level) in [(Coder::Gzip, 0), (Coder::Gzip, 13), (Coder::Zstd, 0), (Coder::Zstd, 20), (Coder::Zstd, 259)]
    {
        assert_eq!(Compression::new(coder, Some(level)), Err(CompressionError::Level { coder, level }));
    }
    let error = Compression::new(Coder::Gzip, Some(13)).unwrap_err();
    assert_eq!(error.to_string(), "gzip has no level 13, only 1 to 12");
    assert_eq!(
        "brotli".parse::<Coder>().unwrap_err().to_string(),
        "unknown compression `brotli`, there are `gzip` and `zstd`"
    );
}

/// Bytes in which nothing repeats, the same on every machine.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// What cannot be compressed is stored, in a few bytes more than it has; what partly can is compressed. By both coders of gzip.
#[test]
fn what_is_compressed_already_is_stored() {
    for level in [2, 4] {
        is_stored_when_it_is_noise(Compression::new(Coder::Gzip, Some(level)).expect("a level"));
    }
}

#[track_caller]
fn is_stored_when_it_is_noise(gzip: Compression) {
    let (noise, text) = (noise(3 * BLOCK), sample(BLOCK));
    let stored = compressed(noise.as_slice(), gzip, 2).0;
    assert_eq!(unpack(Coder::Gzip, &stored), noise);
    assert!((noise.len()..noise.len() + noise.len() / 1000).contains(&stored.len()), "{}", stored.len());
    let mut mixed = noise[..BLOCK].to_vec();
    mixed[BLOCK / 2..].copy_from_slice(&text[BLOCK / 2..]);
    let packed = compressed(mixed.as_slice(), gzip, 2).0;
    assert_eq!(unpack(Coder::Gzip, &packed), mixed);
    assert!(packed.len() < BLOCK * 4 / 5, "{}", packed.len());
}
