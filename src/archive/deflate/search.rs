//! Finds what repeats: where in the last 32 KiB of the input the next bytes have stood before.
//!
//! Two tables say where the same four and the same seven bytes stood last. Two positions are looked at together, both tables
//! each, and the longest of the four repeats is taken, without a branch for any of them: a branch that nobody can foretell takes
//! longer than the work that it saves. The input is copied into a ring whose size is that of the positions in the tables, so
//! that a table's entry is already the place of the bytes, and is within the ring whatever it says.

use super::alphabet::{LONGEST, SHORTEST, WINDOW};
use super::tokens::{COPIED, Sequence, Tokens};

/// How much of the input is searched at a time. The ring has two behind it, that one, and the next.
pub(super) const CHUNK: usize = 16 * 1024;
const RING: usize = 1 << 16;
/// Behind the ring its first bytes come again, as many as may be read from one place.
const AGAIN: usize = 512;
/// How many bytes behind a place may be read, to tell how much repeats there.
const AHEAD: usize = LONGEST + 32;
const TABLE: usize = 1 << 16;

/// How many positions of what was repeated are remembered at its beginning, and at its end.
const ENDS: u16 = 6;

/// How many bytes are looked at when two places are compared first.
const LOOKED_AT: u32 = 8;
/// The shortest repeat that is found. Shorter ones save next to nothing.
pub(super) const FOUND: usize = 4;
/// Where an [`Offer`] has its length.
const LENGTH_AT: u32 = 17;
/// The bit of an [`Offer`] that is set for the first of two positions, so that it wins among equals.
const FIRST: u32 = 1 << 16;

type Ring = [u8; RING + AGAIN];
type Table = [u16; TABLE];

/// A repeat that was found, as one number, the best of which is the greatest: its length as far as it was looked at, whether it
/// begins at the first of two positions, and where from: the distance taken from 65536.
type Offer = u32;

pub(super) struct Search {
    ring: Box<Ring>,
    sevens: Box<Table>,
    fours: Box<Table>,
}

impl Search {
    pub(super) fn new() -> Self {
        let table = || Box::new([0; TABLE]);
        Self { ring: Box::new([0; RING + AGAIN]), sevens: table(), fours: table() }
    }

    /// Forgets everything, so that what is found depends on nothing that came before.
    pub(super) fn restart(&mut self) {
        // A place that is too far from each of the first 32 KiB; all others have something a window before them.
        const NOWHERE: u16 = WINDOW as u16 - 1;
        self.fours.fill(NOWHERE);
        self.sevens.fill(NOWHERE);
    }

    /// Takes the chunk of `input` that begins at `at`, before the one in front of it is searched.
    pub(super) fn load(&mut self, input: &[u8], at: usize) {
        let end = input.len().min(at + CHUNK);
        self.put(at, &input[at..end]);
        if end == input.len() {
            // What is left there would be compared, and found to repeat or not.
            self.put(end, &[0; AHEAD]);
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        let at = at % RING;
        let (before, after) = bytes.split_at(bytes.len().min(RING - at));
        self.ring[at..at + before.len()].copy_from_slice(before);
        self.ring[..after.len()].copy_from_slice(after);
        self.ring.copy_within(..AGAIN, RING);
    }

    /// Searches from `at` to `stop` or a little further, in an input that ends at `end`, and says where it stopped. What is there and
    /// as much as a repeat may have behind it has been loaded. Repeats that are shorter than `worth` are not taken.
    pub(super) fn search(
        &mut self,
        mut at: usize,
        stop: usize,
        end: usize,
        worth: usize,
        tokens: &mut Tokens,
    ) -> usize {
        let Self { ring, sevens, fours } = self;
        let worth = (worth.clamp(FOUND, LOOKED_AT as usize) as u32) << LENGTH_AT;
        let mut first_literal = at;
        while at < stop {
            let here = at as u16;
            let first = offer(ring, here, sevens, fours) | FIRST;
            let best = first.max(offer(ring, here.wrapping_add(1), sevens, fours));
            if best < worth {
                // The longer nothing repeats, the less likely it is that something will.
                at += 2 + ((at - first_literal) >> 8);
                continue;
            }
            let begin = at + usize::from(best & FIRST == 0);
            let length = whole(ring, best, begin as u16).min(end.saturating_sub(begin));
            if length < SHORTEST {
                break;
            }
            let literals = begin - first_literal;
            tokens.literals(literals, |offset| sixteen(ring, (first_literal + offset) as u16));
            tokens.sequence(Sequence::new(literals, length, !(best as u16)));
            at = begin + length;
            first_literal = at;
            remember(ring, begin as u16, at as u16, sevens, fours);
        }
        // What nothing repeats behind is a sequence too.
        at = at.max(stop).min(end);
        let literals = at - first_literal;
        if literals > 0 {
            tokens.literals(literals, |offset| sixteen(ring, (first_literal + offset) as u16));
            tokens.sequence(Sequence::of_literals(literals));
        }
        at
    }
}

#[inline(always)]
fn eight(ring: &Ring, at: u16) -> u64 {
    let at = usize::from(at);
    u64::from_le_bytes(ring[at..at + 8].try_into().expect("eight bytes"))
}

#[inline(always)]
fn sixteen(ring: &Ring, at: u16) -> &[u8; COPIED] {
    let at = usize::from(at);
    ring[at..at + COPIED].try_into().expect("sixteen bytes")
}

#[inline(always)]
fn four_key(bytes: u64) -> usize {
    ((bytes as u32).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[inline(always)]
fn seven_key(bytes: u64) -> usize {
    ((bytes << 8).wrapping_mul(0x9e37_79b1_85eb_ca87) >> 48) as usize
}

/// The better of the two repeats that the tables know of at a position, which they know from now on.
#[inline(always)]
fn offer(ring: &Ring, here: u16, sevens: &mut Table, fours: &mut Table) -> Offer {
    let bytes = eight(ring, here);
    let (seven, four) = (&mut sevens[seven_key(bytes)], &mut fours[four_key(bytes)]);
    let (far, near) = (std::mem::replace(seven, here), std::mem::replace(four, here));
    compare(ring, bytes, here, far).max(compare(ring, bytes, here, near))
}

#[inline(always)]
fn compare(ring: &Ring, bytes: u64, here: u16, there: u16) -> Offer {
    let back = there.wrapping_sub(here);
    // Its highest bit says that the distance is one that can be written; else the first bit differs.
    let too_far = u64::from(back >> 15 ^ 1);
    let same = ((bytes ^ eight(ring, there)) | too_far).trailing_zeros() & !7;
    same << (LENGTH_AT - 3) | u32::from(back)
}

/// How long a repeat is that begins at `here`, in all.
#[inline(always)]
fn whole(ring: &Ring, best: Offer, here: u16) -> usize {
    let mut length = (best >> LENGTH_AT) as usize;
    if length < LOOKED_AT as usize {
        return length;
    }
    let there = here.wrapping_add(best as u16);
    while length < LONGEST {
        let (here, there) = (here.wrapping_add(length as u16), there.wrapping_add(length as u16));
        let differing = eight(ring, here) ^ eight(ring, there);
        if differing != 0 {
            length += (differing.trailing_zeros() >> 3) as usize;
            break;
        }
        length += 8;
    }
    length.min(LONGEST)
}

/// Remembers positions of what was repeated. That its first position or two are remembered already does no harm, and neither does
/// one that comes twice: to do as much for every length is faster than to do no more than has to be done.
#[inline(always)]
fn remember(ring: &Ring, begin: u16, end: u16, sevens: &mut Table, fours: &mut Table) {
    let mut note = |here: u16| {
        let bytes = eight(ring, here);
        sevens[seven_key(bytes)] = here;
        fours[four_key(bytes)] = here;
    };
    let length = end.wrapping_sub(begin);
    if length <= ENDS {
        (1..ENDS).for_each(|on| note(begin.wrapping_add(on.min(length - 1))));
    } else {
        (1..=ENDS).for_each(|on| note(begin.wrapping_add(on)));
        (1..=ENDS).rev().for_each(|back| note(end.wrapping_sub(back)));
    }
}
