//! Any layer comes back out of gzip at the usual level, and has the hash and the length that are told of it.

#![no_main]

use std::io::Read as _;
use std::num::NonZeroUsize;

use flate2::read::MultiGzDecoder;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rpush::archive::{Compression, compress};
use rpush::image::{DiffId, Digest};

/// What a layer is made of: blocks and chunks are larger than what a fuzzer comes up with.
#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    Bytes(&'a [u8]),
    /// These again and again.
    Period(&'a [u8], u16),
    /// What stood so far back.
    Again {
        distance: u16,
        length: u16,
    },
    /// Bytes in which nothing repeats, of as many letters as the mask leaves.
    Noise {
        seed: u64,
        mask: u8,
        length: u16,
    },
}

/// As much as makes several blocks, and not a second of work.
const LONGEST: usize = 400_000;

fn layer(pieces: &[Piece<'_>]) -> Vec<u8> {
    let mut layer: Vec<u8> = Vec::new();
    for piece in pieces {
        match *piece {
            Piece::Bytes(bytes) => layer.extend(bytes),
            Piece::Period(bytes, length) => layer.extend(bytes.iter().cycle().take(length.into())),
            Piece::Again { distance, length } => {
                let distance = usize::from(distance).min(layer.len());
                if distance > 0 {
                    (0..length).for_each(|_| layer.push(layer[layer.len() - distance]));
                }
            }
            Piece::Noise { seed, mask, length } => {
                let mut random = fastrand::Rng::with_seed(seed);
                layer.extend(std::iter::repeat_with(|| random.u8(..) & mask).take(length.into()));
            }
        }
    }
    layer.truncate(LONGEST);
    layer
}

fuzz_target!(|pieces: Vec<Piece<'_>>| {
    let layer = layer(&pieces);
    let mut packed = Vec::new();
    let told = compress(&mut layer.as_slice(), &mut packed, Compression::default(), NonZeroUsize::MIN).expect("memory");
    assert_eq!(told, (DiffId(Digest::of(&layer)), layer.len() as u64));
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut plain).expect("it is gzip");
    assert!(plain == layer, "{} bytes became {}", layer.len(), plain.len());
});
