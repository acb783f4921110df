//! One block of DEFLATE (RFC 1951, section 3.2.3): in whichever of the three forms takes the fewest bits.

use std::ops::RangeInclusive;

use super::alphabet::{
    DISTANCE_BASE, DISTANCE_EXTRA, DISTANCE_SYMBOLS, END, FIRST_LENGTH, LENGTH_BASE, LENGTH_EXTRA, LENGTH_SLOT,
    LONGEST, MAIN_SYMBOLS, NO_DISTANCE, SHORTEST,
};
use super::bits::BitWriter;
use super::codes::Code;
use super::tokens::{Counts, Mark, Tokens};

/// The longest words of literals and lengths: four literals, or a repeat, then fit between two flushes.
const LONGEST_MAIN_WORD: usize = 14;
const LONGEST_DISTANCE_WORD: usize = 15;
/// The longest words of the code in which lengths of words are written.
const LONGEST_LENGTH_WORD: usize = 7;
/// The most bytes that can be stored in one block.
const MOST_STORED: usize = 0xffff;
/// How many literals are written between two flushes.
const FOUR: usize = 4;

/// Which block it is of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Others follow.
    Within,
    /// The last one.
    Last,
}

/// A code for everything in a block.
struct Codes {
    main: Code<MAIN_SYMBOLS>,
    distances: Code<DISTANCE_SYMBOLS>,
}

impl Codes {
    /// The one that needs no words about itself (RFC 1951, section 3.2.6).
    fn fixed() -> Self {
        // Two of its symbols mean nothing, and take words all the same.
        let mut lengths = [8; MAIN_SYMBOLS + 2];
        lengths[144..END].fill(9);
        lengths[END..280].fill(7);
        let Code { lengths, words } = Code::with(lengths);
        let main = Code {
            lengths: std::array::from_fn(|symbol| lengths[symbol]),
            words: std::array::from_fn(|symbol| words[symbol]),
        };
        Self { main, distances: Code::with([5; DISTANCE_SYMBOLS]) }
    }

    fn of(counts: &Counts) -> Self {
        Self {
            main: Code::of(&counts.main, LONGEST_MAIN_WORD),
            distances: Code::of(&counts.distances, LONGEST_DISTANCE_WORD),
        }
    }

    fn bits(&self, counts: &Counts) -> u64 {
        self.main.bits(&counts.main) + self.distances.bits(&counts.distances) + counts.extra_bits()
    }
}

/// How many bytes so many blocks take at most, together of so many bytes: what they take when all of them are stored.
pub(super) fn most_bytes(length: usize, blocks: usize) -> usize {
    length + 6 * (blocks + length / MOST_STORED)
}

/// Writes what stands before `mark`, which is what `bytes` became.
pub(super) fn write(
    writer: &mut BitWriter<'_>,
    place: Place,
    tokens: &Tokens,
    mark: Mark,
    counts: Counts,
    bytes: &[u8],
) {
    let counts = counts.with_end();
    let codes = Codes::of(&counts);
    let header = Header::of(&codes);
    let fixed = Codes::fixed();
    let (own_bits, fixed_bits) = (header.bits() + codes.bits(&counts), fixed.bits(&counts));
    // Beside these, each has three bits that say which it is; what is stored also goes on to a whole byte.
    let stored_bits = 8 * (bytes.len() + 4 * bytes.len().div_ceil(MOST_STORED).max(1)) as u64 + 7;
    let last = u64::from(place == Place::Last);
    if stored_bits < own_bits.min(fixed_bits) {
        return store(writer, last, bytes);
    }
    let codes = if fixed_bits <= own_bits {
        writer.add(last | 0b01 << 1, 3);
        fixed
    } else {
        writer.add(last | 0b10 << 1, 3);
        header.write(writer);
        codes
    };
    Words::of(&codes).write(writer, tokens, mark);
}

fn store(writer: &mut BitWriter<'_>, last: u64, bytes: &[u8]) {
    let mut parts = bytes.chunks(MOST_STORED).peekable();
    while let Some(part) = parts.next() {
        let is_last = last & u64::from(parts.peek().is_none());
        writer.add(is_last, 3);
        writer.align();
        let length = part.len() as u16;
        writer.bytes(&length.to_le_bytes());
        writer.bytes(&(!length).to_le_bytes());
        writer.bytes(part);
    }
}

/// What says which codes a block has (RFC 1951, section 3.2.7): the lengths of their words, in a code of their own.
struct Header {
    /// How many symbols of literals and lengths it speaks of.
    main: usize,
    /// How many distance symbols.
    distances: usize,
    /// What it says of them.
    terms: Vec<Term>,
    code: Code<19>,
    /// How many words of that code it speaks of.
    code_length: usize,
}

/// A length, or so many of the same, or so many of none.
#[derive(Clone, Copy)]
struct Term {
    symbol: u8,
    further: u8,
    bits: u8,
}

impl Term {
    const SAME: u8 = 16;
    const FEW_OF_NONE: u8 = 17;
    const MANY_OF_NONE: u8 = 18;

    /// Terms for `count` words of one length.
    fn run(terms: &mut Vec<Self>, length: u8, mut count: usize) {
        let once = Self { symbol: length, further: 0, bits: 0 };
        if length == 0 {
            Self::repeat(terms, &mut count, (Self::MANY_OF_NONE, 7), 11..=138);
            Self::repeat(terms, &mut count, (Self::FEW_OF_NONE, 3), 3..=10);
        } else {
            // Said once, and then how often it comes again.
            terms.push(once);
            count -= 1;
            Self::repeat(terms, &mut count, (Self::SAME, 2), 3..=6);
        }
        terms.extend(std::iter::repeat_n(once, count));
    }

    /// As many as can be said with this symbol, which means a number in that range.
    fn repeat(terms: &mut Vec<Self>, count: &mut usize, (symbol, bits): (u8, u8), range: RangeInclusive<usize>) {
        while *count >= *range.start() {
            let taken = (*count).min(*range.end());
            terms.push(Self { symbol, further: (taken - range.start()) as u8, bits });
            *count -= taken;
        }
    }
}

/// The order in which the words of a header's code are spoken of: those at the end are often not there.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

impl Header {
    fn of(codes: &Codes) -> Self {
        let used =
            |lengths: &[u8], least| lengths.iter().rposition(|length| *length > 0).map_or(least, |last| last + 1);
        let main = used(&codes.main.lengths, FIRST_LENGTH).max(FIRST_LENGTH);
        let distances = used(&codes.distances.lengths, 1);
        let lengths = [&codes.main.lengths[..main], &codes.distances.lengths[..distances]].concat();
        let mut terms = Vec::with_capacity(lengths.len());
        for run in lengths.chunk_by(|one, next| one == next) {
            Term::run(&mut terms, run[0], run.len());
        }
        let mut counts = [0; 19];
        terms.iter().for_each(|term| counts[usize::from(term.symbol)] += 1);
        let code = Code::of(&counts, LONGEST_LENGTH_WORD);
        let code_length =
            ORDER.iter().rposition(|symbol| code.lengths[*symbol] > 0).map_or(4, |last| (last + 1).max(4));
        Self { main, distances, terms, code, code_length }
    }

    fn bits(&self) -> u64 {
        let terms = self.terms.iter().map(|term| u64::from(self.code.lengths[usize::from(term.symbol)] + term.bits));
        14 + 3 * self.code_length as u64 + terms.sum::<u64>()
    }

    fn write(&self, writer: &mut BitWriter<'_>) {
        writer.add((self.main - FIRST_LENGTH) as u64, 5);
        writer.add((self.distances - 1) as u64, 5);
        writer.add((self.code_length - 4) as u64, 4);
        writer.flush();
        for symbol in &ORDER[..self.code_length] {
            writer.add(u64::from(self.code.lengths[*symbol]), 3);
            writer.flush();
        }
        for Term { symbol, further, bits } in &self.terms {
            let symbol = usize::from(*symbol);
            writer.add(u64::from(self.code.words[symbol]), u32::from(self.code.lengths[symbol]));
            writer.add(u64::from(*further), u32::from(*bits));
            writer.flush();
        }
    }
}

/// Bits to write, and how many: the words of symbols, with what follows them where that is known.
struct Words {
    /// For each literal.
    literals: [u32; 256],
    /// For each length, with its further bits; none for 0, which is no repeat.
    lengths: [u32; 512],
    /// For each distance symbol.
    distances: [DistanceWord; 32],
    /// For the end.
    end: u32,
}

/// All that is to be written of a distance but which of the symbol's it is, in one number, because one is read faster than four:
/// the word, its length, that with the further bits, and the shortest distance less one.
#[derive(Clone, Copy)]
struct DistanceWord(u64);

impl DistanceWord {
    /// Of no distance: no bits.
    const NONE: Self = Self((NO_DISTANCE as u64) << 32);

    fn of(slot: usize, word: u16, bits: u8) -> Self {
        let (all, base) = (bits + DISTANCE_EXTRA[slot], DISTANCE_BASE[slot] - 1);
        Self(u64::from(word) | u64::from(bits) << 16 | u64::from(all) << 24 | u64::from(base) << 32)
    }

    /// The bits for a distance, and how many.
    #[inline(always)]
    fn for_distance(self, distance_less_one: u16) -> (u64, u32) {
        let further = u64::from(distance_less_one) - (self.0 >> 32);
        ((self.0 & 0xffff) | further << (self.0 >> 16 & 31), (self.0 >> 24 & 31) as u32)
    }
}

/// A word of so many bits. There are 24 for the word.
fn packed(word: u32, bits: u8) -> u32 {
    word | u32::from(bits) << 24
}

impl Words {
    fn of(codes: &Codes) -> Self {
        let Codes { main, distances } = codes;
        let literals = std::array::from_fn(|literal| packed(u32::from(main.words[literal]), main.lengths[literal]));
        let mut lengths = [0; 512];
        for length in SHORTEST..=LONGEST {
            let slot = usize::from(LENGTH_SLOT[length]);
            let (word, bits) = (main.words[FIRST_LENGTH + slot], main.lengths[FIRST_LENGTH + slot]);
            let further = (length - usize::from(LENGTH_BASE[slot])) as u32;
            lengths[length] = packed(u32::from(word) | further << bits, bits + LENGTH_EXTRA[slot]);
        }
        let distances = std::array::from_fn(|slot| match slot < DISTANCE_SYMBOLS {
            true => DistanceWord::of(slot, distances.words[slot], distances.lengths[slot]),
            false => DistanceWord::NONE,
        });
        let end = packed(u32::from(main.words[END]), main.lengths[END]);
        Self { literals, lengths, distances, end }
    }

    fn write(&self, writer: &mut BitWriter<'_>, tokens: &Tokens, mark: Mark) {
        let (sequences, mut literals) = tokens.before(mark);
        for sequence in sequences {
            let (own, others) = literals.split_at(usize::from(sequence.literals));
            for four in own.chunks(FOUR) {
                four.iter().for_each(|literal| add(writer, self.literals[usize::from(*literal)]));
                writer.flush();
            }
            literals = others;
            add(writer, self.lengths[usize::from(sequence.length) & 511]);
            let (distance, count) = self.distances[sequence.slot()].for_distance(sequence.distance);
            writer.add(distance, count);
            writer.flush();
        }
        add(writer, self.end);
        writer.flush();
    }
}

fn add(writer: &mut BitWriter<'_>, word: u32) {
    writer.add(u64::from(word & 0xff_ffff), word >> 24);
}
