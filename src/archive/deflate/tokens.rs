//! What a stretch of the input became: sequences of literals and a repeat, and how often each symbol occurs in them.

use super::alphabet::{
    DISTANCE_EXTRA, DISTANCE_SYMBOLS, END, FIRST_LENGTH, LENGTH_EXTRA, LENGTH_SLOT, LONGEST, MAIN_SYMBOLS, NO_DISTANCE,
    NO_SLOT, SHORTEST, WINDOW, distance_slot,
};
use super::search::{CHUNK, FOUND};

/// The most literals that wait for their block. A power of two, like the next one, so that places need no check.
const MOST_LITERALS: usize = 128 * 1024;
/// The most sequences that wait for their block.
const MOST_SEQUENCES: usize = 32 * 1024;

/// Whether there is room for whatever so many bytes become. Each chunk may end with a sequence that has no repeat.
pub(super) const fn has_room(bytes: usize) -> bool {
    bytes <= MOST_LITERALS && bytes / FOUND + bytes / CHUNK < MOST_SEQUENCES
}

/// How many literals are copied at once.
pub(super) const COPIED: usize = 16;

/// Literals, and what is repeated behind them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    /// How many literals.
    pub(super) literals: u16,
    /// How long the repeat is; 0 where there is none.
    pub(super) length: u16,
    /// How far back it lies, less one; [`NO_DISTANCE`] where there is none.
    pub(super) distance: u16,
    /// The symbol of that distance.
    slot: u16,
}

impl Sequence {
    /// Literals and a repeat.
    #[inline(always)]
    pub(super) fn new(literals: usize, length: usize, distance: u16) -> Self {
        Self { literals: literals as u16, length: length as u16, distance, slot: distance_slot(distance) }
    }

    /// Literals alone.
    pub(super) fn of_literals(literals: usize) -> Self {
        Self::new(literals, 0, NO_DISTANCE)
    }

    /// The symbol of its distance; [`NO_SLOT`] where there is none.
    #[inline(always)]
    pub(super) fn slot(self) -> usize {
        usize::from(self.slot) & NO_SLOT
    }
}

/// Sequences and their literals, in the order of the input.
pub(super) struct Tokens {
    sequences: Box<[Sequence; MOST_SEQUENCES]>,
    sequence_count: usize,
    literals: Box<[u8; MOST_LITERALS + COPIED]>,
    literal_count: usize,
}

/// A place between two sequences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    sequences: usize,
    literals: usize,
}

impl Tokens {
    pub(super) fn new() -> Self {
        Self {
            sequences: Box::new([Sequence::default(); MOST_SEQUENCES]),
            sequence_count: 0,
            literals: Box::new([0; MOST_LITERALS + COPIED]),
            literal_count: 0,
        }
    }

    /// Adds literals, of which `get` gives the next [`COPIED`] from an offset on, whether there are as many or not: most are so
    /// few that a copy of any other length would take longer.
    #[inline(always)]
    pub(super) fn literals<'a>(&mut self, count: usize, get: impl Fn(usize) -> &'a [u8; COPIED]) {
        let mut copied = 0;
        loop {
            let at = (self.literal_count + copied) & (MOST_LITERALS - 1);
            self.literals[at..at + COPIED].copy_from_slice(get(copied));
            copied += COPIED;
            if copied >= count {
                break;
            }
        }
        self.literal_count += count;
    }

    /// Ends a sequence, whose literals have been added.
    #[inline(always)]
    pub(super) fn sequence(&mut self, sequence: Sequence) {
        self.sequences[self.sequence_count & (MOST_SEQUENCES - 1)] = sequence;
        self.sequence_count += 1;
    }

    /// The place behind all that there is.
    pub(super) fn mark(&self) -> Mark {
        Mark { sequences: self.sequence_count, literals: self.literal_count }
    }

    /// What stands before a place: sequences, and the literals of all of them.
    pub(super) fn before(&self, mark: Mark) -> (&[Sequence], &[u8]) {
        (&self.sequences[..mark.sequences], &self.literals[..mark.literals])
    }

    /// How often each symbol stands behind a place.
    pub(super) fn counts_behind(&self, mark: Mark) -> Counts {
        let sequences = &self.sequences[mark.sequences..self.sequence_count];
        Counts::of(sequences, &self.literals[mark.literals..self.literal_count])
    }

    /// Forgets what stands before a place.
    pub(super) fn drop_before(&mut self, mark: Mark) {
        self.sequences.copy_within(mark.sequences..self.sequence_count, 0);
        self.literals.copy_within(mark.literals..self.literal_count, 0);
        self.sequence_count -= mark.sequences;
        self.literal_count -= mark.literals;
    }
}

/// A bit, where parts of one count.
pub(super) const BIT: u64 = 1024;

/// How often each symbol occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counts {
    /// Literals, the end of the block, lengths.
    pub(super) main: [u32; MAIN_SYMBOLS],
    /// Distances.
    pub(super) distances: [u32; DISTANCE_SYMBOLS],
}

impl Counts {
    /// None of any.
    pub(super) const NONE: Self = Self { main: [0; MAIN_SYMBOLS], distances: [0; DISTANCE_SYMBOLS] };

    fn of(sequences: &[Sequence], literals: &[u8]) -> Self {
        let mut counts = Self::NONE;
        // Four tables in turn, because a count that was just written cannot be read again at once.
        let mut tables = [[0_u32; 256]; 4];
        let mut fours = literals.chunks_exact(4);
        for four in &mut fours {
            for (table, literal) in tables.iter_mut().zip(four) {
                table[usize::from(*literal)] += 1;
            }
        }
        fours.remainder().iter().for_each(|literal| tables[0][usize::from(*literal)] += 1);
        for literal in 0..256 {
            counts.main[literal] = tables.iter().map(|table| table[literal]).sum();
        }
        let (mut lengths, mut distances) = ([0_u32; 512], [0_u32; NO_SLOT + 1]);
        for sequence in sequences {
            lengths[usize::from(sequence.length) & 511] += 1;
            distances[sequence.slot()] += 1;
        }
        for (length, slot) in LENGTH_SLOT.iter().enumerate().skip(SHORTEST) {
            counts.main[FIRST_LENGTH + usize::from(*slot)] += lengths[length];
        }
        counts.distances.copy_from_slice(&distances[..DISTANCE_SYMBOLS]);
        counts
    }

    /// These and others.
    pub(super) fn and(&self, others: &Self) -> Self {
        let mut sums = self.clone();
        sums.main.iter_mut().zip(&others.main).for_each(|(sum, count)| *sum += count);
        sums.distances.iter_mut().zip(&others.distances).for_each(|(sum, count)| *sum += count);
        sums
    }

    /// With the one end that a block has.
    pub(super) fn with_end(mut self) -> Self {
        self.main[END] = 1;
        self
    }

    /// How many bits follow symbols, to say which length or distance of theirs is meant.
    pub(super) fn extra_bits(&self) -> u64 {
        let sum = |counts: &[u32], extra: &[u8]| -> u64 {
            counts.iter().zip(extra).map(|(count, bits)| u64::from(*count) * u64::from(*bits)).sum()
        };
        sum(&self.main[FIRST_LENGTH..], &LENGTH_EXTRA) + sum(&self.distances, &DISTANCE_EXTRA)
    }

    /// How long a repeat must be to take fewer bits than the literals in its place, in what follows something like this. Where there
    /// are few letters, a literal takes few bits, and what repeats by chance is longer.
    pub(super) fn shortest_worth(&self) -> usize {
        let literals = &self.main[..END];
        let different = literals.iter().filter(|count| **count > 0).count();
        // Of few literals, nothing can be told.
        match (literals.iter().sum::<u32>(), different) {
            (..2048, _) => 4,
            (_, ..=4) => 8,
            (_, ..=10) => 7,
            (_, ..=20) => 6,
            (_, ..=40) => 5,
            _ => 4,
        }
    }

    /// How many bits the symbols take at least, in units of [`BIT`]: what their frequencies say (their entropy), which a code
    /// comes close to.
    pub(super) fn information(&self) -> u64 {
        information(&self.main) + information(&self.distances)
    }
}

fn information(counts: &[u32]) -> u64 {
    let sum: u32 = counts.iter().sum();
    let each: u64 = counts.iter().map(|count| u64::from(*count) * logarithm(*count)).sum();
    u64::from(sum) * logarithm(sum) - each
}

/// The binary logarithm of a number in units of [`BIT`], and 0 for 0. Whole numbers, so that every machine has the same.
fn logarithm(number: u32) -> u64 {
    const FRACTIONS: [u16; 1 << STEPS] = fractions();
    let Some(whole) = number.checked_ilog2() else { return 0 };
    // The bits behind the highest one.
    let rest = (u64::from(number) << STEPS >> whole) as usize & ((1 << STEPS) - 1);
    u64::from(whole) * BIT + u64::from(FRACTIONS[rest])
}

const STEPS: u32 = 10;

/// The logarithms of 1 to 2, in so many steps.
const fn fractions() -> [u16; 1 << STEPS] {
    let mut fractions = [0; 1 << STEPS];
    let mut at = 0;
    while at < fractions.len() {
        // Squared again and again, with the point thirty bits from the right; each time that makes it more than 2, a bit is known.
        let (mut square, mut bit) = (((1 << STEPS) + at as u64) << (30 - STEPS), BIT as u16 / 2);
        while bit > 0 {
            square = (square * square) >> 30;
            if square >= 2 << 30 {
                square >>= 1;
                fractions[at] += bit;
            }
            bit /= 2;
        }
        at += 1;
    }
    fractions
}

const _: () = assert!(LONGEST < 512 && NO_DISTANCE as usize > WINDOW);

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(sequences: &[(&[u8], u16, u16)]) -> Tokens {
        let mut tokens = Tokens::new();
        for (literals, length, distance) in sequences {
            let mut padded = literals.to_vec();
            padded.resize(literals.len() + COPIED, 0);
            tokens.literals(literals.len(), |at| padded[at..at + COPIED].try_into().expect("as many"));
            tokens.sequence(Sequence::new(literals.len(), usize::from(*length), *distance));
        }
        tokens
    }

    #[test]
    fn symbols_are_counted_behind_a_mark_and_what_is_before_it_goes() {
        let first: (&[u8], u16, u16) = (b"abracadabra, said she", 7, 20);
        let second: (&[u8], u16, u16) = (b"aab", 258, 0);
        let mut both = tokens(&[first, second, (b"b", 0, NO_DISTANCE)]);
        let mark = tokens(&[first]).mark();
        let counts = both.counts_behind(mark);
        assert_eq!((counts.main[usize::from(b'a')], counts.main[usize::from(b'b')]), (2, 2));
        assert_eq!((counts.main[285], counts.main.iter().sum::<u32>()), (1, 5));
        assert_eq!((counts.distances[0], counts.distances.iter().sum::<u32>()), (1, 1));
        assert_eq!(both.counts_behind(Mark::default()), tokens(&[first]).counts_behind(Mark::default()).and(&counts));
        assert_eq!(counts.extra_bits(), 0);
        assert_eq!(tokens(&[(b"", 30, 24)]).counts_behind(Mark::default()).extra_bits(), 2 + 3);
        both.drop_before(mark);
        assert_eq!(both.counts_behind(Mark::default()), counts);
        let (sequences, literals) = both.before(both.mark());
        assert_eq!((sequences.len(), literals), (2, &b"aabb"[..]));
    }

    #[test]
    fn where_letters_are_few_only_long_repeats_are_worth_it() {
        let worth = |different: usize, each| {
            let mut counts = Counts::NONE;
            counts.main[..different].fill(each);
            counts.shortest_worth()
        };
        assert_eq!([4, 8, 16, 32, 64, 256].map(|different| worth(different, 1000)), [8, 7, 6, 5, 4, 4]);
        assert_eq!((worth(0, 0), worth(4, 100)), (4, 4));
    }

    #[test]
    fn information_is_close_to_what_the_frequencies_say() {
        for number in [1, 2, 3, 64, 65, 100, 1000, 65_535, 1 << 20, (1 << 20) + 4321] {
            let exact = f64::from(number).log2() * BIT as f64;
            assert!((logarithm(number) as f64 - exact).abs() < 2.5, "{number}");
        }
        assert_eq!(logarithm(0), 0);
        let mut counts = Counts::NONE;
        counts.main[..4].fill(256);
        assert_eq!(counts.information(), 4 * 256 * 2 * BIT);
    }
}
