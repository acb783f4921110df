//! Whatever goes in comes out, by the word of decoders that somebody else wrote; and the same bytes always.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, GzDecoder};
use libdeflater::{CompressionLvl, Compressor, Decompressor};

use super::search::CHUNK;
use super::{Deflater, HEAD, MOST};

fn packed(deflater: &mut Deflater, input: &[u8]) -> Vec<u8> {
    // Not a byte more than was promised to be enough.
    let mut room = vec![0x55; Deflater::most(input.len())];
    let length = deflater.gzip(input, &mut room);
    room.truncate(length);
    room
}

#[track_caller]
fn comes_back(input: &[u8]) {
    let member = packed(&mut Deflater::new(), input);
    let mut plain = Vec::new();
    GzDecoder::new(member.as_slice()).read_to_end(&mut plain).expect("zlib-rs reads it");
    assert!(plain == input, "{} bytes became {}", input.len(), plain.len());
    let mut plain = vec![0; input.len()];
    let read = Decompressor::new().gzip_decompress(&member, &mut plain).expect("libdeflate reads it");
    assert!(read == input.len() && plain == input, "{} bytes", input.len());
}

/// How many bytes it becomes, beside the head and the tail.
fn size(input: &[u8]) -> usize {
    packed(&mut Deflater::new(), input).len() - HEAD.len() - 8
}

/// Bytes that look random, the same on every machine.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..)).take(length).collect()
}

/// Words, numbers and padding.
fn text(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 64);
    for number in 0_u64.. {
        if bytes.len() >= length {
            break;
        }
        match number * number % 7 {
            0..3 => bytes.extend(format!("usr/lib/python3/site-packages/module_{}.py\n", number * 31 % 97).bytes()),
            3 => bytes.extend([0; 40]),
            _ => bytes.extend(noise(3, number)),
        }
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn inputs_of_all_kinds_and_lengths_come_back() {
    let around = [CHUNK, 2 * CHUNK, 4 * CHUNK, MOST, 1 << 20].map(|length| [length - 1, length, length + 1]);
    for length in (0..40).chain([255, 258, 259, 300, 1000]).chain(around.into_iter().flatten()) {
        comes_back(&text(length));
        comes_back(&noise(length, 7));
        comes_back(&vec![0; length]);
        // The shortest periods, which repeat what is not written yet.
        comes_back(&b"ab".repeat(length / 2 + 1)[..length]);
        comes_back(&b"abc".repeat(length / 3 + 1)[..length]);
    }
}

/// Of one kind, so that no block ends before it has to.
#[test]
fn long_inputs_of_one_kind_come_back() {
    for seed in 0..20 {
        comes_back(&noise(1 << 19, seed).iter().map(|byte| byte & 63).collect::<Vec<_>>());
    }
    comes_back(&noise(1 << 17, 4).iter().flat_map(|byte| [b'a' + (byte & 15), b'x', b'y', b'z']).collect::<Vec<_>>());
}

/// What changes its kind in the middle of chunks and blocks.
#[test]
fn mixtures_come_back() {
    let mut mixed = Vec::new();
    for (at, length) in [100, 70_000, 3, 20_000, 9, 100_000, 40_000, 16_384, 1].into_iter().enumerate() {
        match at % 3 {
            0 => mixed.extend(text(length)),
            1 => mixed.extend(noise(length, at as u64)),
            _ => mixed.extend(vec![at as u8; length]),
        }
    }
    comes_back(&mixed);
    mixed.reverse();
    comes_back(&mixed);
}

#[test]
fn any_pieces_in_any_order_come_back() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut input: Vec<u8> = Vec::new();
        for _ in 0..random.usize(..20) {
            let length = random.usize(..5000);
            match random.u8(..6) {
                0 => input.extend(noise(length, random.u64(..))),
                1 => input.extend(vec![random.u8(..); length]),
                2 => input.extend(text(length)),
                // Of few letters, so that what repeats is short and everywhere.
                3 => input.extend(noise(length, random.u64(..)).iter().map(|byte| byte & 3)),
                _ => {
                    let from = random.usize(..=input.len());
                    input.extend_from_within(from..(from + length).min(input.len()));
                }
            }
        }
        comes_back(&input);
    }
}

/// A layer's digest would depend on what its thread compressed before.
#[test]
fn a_member_depends_on_nothing_but_its_input() {
    let inputs = [text(100_001), noise(70_000, 3), text(33_000), b"ab".repeat(40_000), vec![1], vec![]];
    let alone: Vec<_> = inputs.iter().map(|input| packed(&mut Deflater::new(), input)).collect();
    let mut used = Deflater::new();
    for (input, expected) in inputs.iter().zip(&alone).rev().chain(inputs.iter().zip(&alone)) {
        assert!(packed(&mut used, input) == *expected, "{} bytes", input.len());
    }
    // What went on in another input does not go on here.
    let longer = noise(20_000, 6).iter().map(|byte| byte & 1).collect::<Vec<_>>();
    for end in longer.len() - 300..longer.len() {
        let (alone, _) = (packed(&mut Deflater::new(), &longer[..end]), packed(&mut used, &longer));
        assert!(packed(&mut used, &longer[..end]) == alone, "{end}");
    }
}

#[test]
fn each_form_of_a_block_is_taken_where_it_is_the_shortest() {
    let form = |input: &[u8]| packed(&mut Deflater::new(), input)[HEAD.len()] >> 1 & 0b11;
    assert_eq!(form(&noise(1000, 1)), 0b00);
    assert_eq!(form(b"hello, hello"), 0b01);
    assert_eq!(form(&text(10_000)), 0b10);
    // Nothing takes two bytes, noise its own length and five bytes for each 64 KiB.
    assert_eq!(size(b""), 2);
    let length = 1 << 20;
    assert!((length + 17 * 5..=length + 17 * 5 + 60).contains(&size(&noise(length, 9))), "{}", size(&noise(length, 9)));
}

/// One byte further back, and a repeat could not be written.
#[test]
fn the_whole_window_is_searched_and_no_more() {
    let repeated = noise(1000, 11);
    let with_distance = |distance: usize| {
        let between = noise(distance - repeated.len(), 12);
        size(&[&repeated[..], &between, &repeated].concat())
    };
    let noise_alone = |distance: usize| distance + repeated.len();
    assert!(with_distance(32 * 1024) < noise_alone(32 * 1024) - 900, "{}", with_distance(32 * 1024));
    assert!(with_distance(32 * 1024 + 1) > noise_alone(32 * 1024 + 1), "{}", with_distance(32 * 1024 + 1));
    // At the very beginning, too: the second byte may repeat the first.
    assert!(size(&[7; 1 << 16]) < 120, "{}", size(&[7; 1 << 16]));
}

/// Chunks that are not alike have codes of their own.
#[test]
fn blocks_end_where_the_input_changes() {
    let letters = |mask: u8, seed| -> Vec<u8> {
        noise(3 * CHUNK, seed).iter().map(|byte| if mask > 15 { byte & mask } else { b'a' + (byte & mask) }).collect()
    };
    let (few, many) = (letters(7, 1), letters(63, 2));
    let together = size(&[&few[..], &many].concat());
    assert!(together < size(&few) + size(&many) + 500, "{together}, {}, {}", size(&few), size(&many));
    // Three bits a letter, and six; in the first chunk, what repeats by chance is taken for more than it is.
    let least = few.len() * 3 / 8 + many.len() * 6 / 8;
    assert!(together < least + least / 25, "{together}, {least}");
}

/// What it was made for: smaller than libdeflate at its first level, and not much larger than at its second.
#[test]
fn it_is_as_small_as_others_of_its_speed() {
    let input = text(1 << 20);
    let library = |level| {
        let mut compressor = Compressor::new(CompressionLvl::new(level).expect("a level"));
        let mut room = vec![0; compressor.gzip_compress_bound(input.len())];
        compressor.gzip_compress(&input, &mut room).expect("room")
    };
    let own = packed(&mut Deflater::new(), &input).len();
    assert!(own < library(1) && own < library(2) + library(2) / 20, "{own}, {}, {}", library(1), library(2));
}

/// Only the last block says that it is, or a reader would stop early.
#[test]
fn what_stands_behind_a_member_is_not_read() {
    let input = [text(150_000), noise(90_000, 5)].concat();
    let mut member = packed(&mut Deflater::new(), &input);
    member.extend(b"behind");
    let mut decoder = DeflateDecoder::new(&member[HEAD.len()..]);
    assert_eq!(std::io::copy(&mut decoder, &mut std::io::sink()).expect("read"), input.len() as u64);
    assert_eq!(decoder.total_in() as usize, member.len() - HEAD.len() - 8 - b"behind".len());
}
