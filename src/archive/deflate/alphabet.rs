//! The symbols of DEFLATE (RFC 1951, section 3.2.5): literals, lengths and distances, and the bits that follow them.

/// The shortest repeat that has a symbol.
pub(super) const SHORTEST: usize = 3;
/// The longest repeat that has a symbol.
pub(super) const LONGEST: usize = 258;
/// How far back a repeat may lie.
pub(super) const WINDOW: usize = 32 * 1024;

/// Literals, the end of a block, and lengths. Two more have codes in the fixed form and no meaning.
pub(super) const MAIN_SYMBOLS: usize = 286;
/// What ends a block.
pub(super) const END: usize = 256;
/// The symbol of the shortest length.
pub(super) const FIRST_LENGTH: usize = 257;
/// Distances.
pub(super) const DISTANCE_SYMBOLS: usize = 30;
/// What stands where a sequence has no repeat: no symbol, and no bits.
pub(super) const NO_DISTANCE: u16 = u16::MAX;
/// The place of [`NO_DISTANCE`] in tables of distance symbols. Those have room for a power of two.
pub(super) const NO_SLOT: usize = 31;

/// The shortest length of each symbol.
pub(super) const LENGTH_BASE: [u16; 29] =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
/// How many bits say which of a symbol's lengths it is.
pub(super) const LENGTH_EXTRA: [u8; 29] =
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
/// The shortest distance of each symbol.
pub(super) const DISTANCE_BASE: [u16; DISTANCE_SYMBOLS] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
];
/// How many bits say which of a symbol's distances it is.
pub(super) const DISTANCE_EXTRA: [u8; DISTANCE_SYMBOLS] =
    [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

/// Which of the length symbols a length has, counted from the shortest.
pub(super) const LENGTH_SLOT: [u8; LONGEST + 1] = length_slots();
/// Which symbol a distance has, at the place that [`distance_slot`] computes.
const DISTANCE_SLOT: [u8; 1024] = distance_slots();

const fn length_slots() -> [u8; LONGEST + 1] {
    let mut slots = [0; LONGEST + 1];
    let (mut length, mut slot) = (SHORTEST, 0);
    while length <= LONGEST {
        if slot + 1 < LENGTH_BASE.len() && LENGTH_BASE[slot + 1] as usize <= length {
            slot += 1;
        }
        slots[length] = slot as u8;
        length += 1;
    }
    slots
}

/// Where a distance's symbol stands; the distance is one less than it is. From 257 on, a symbol's distances are multiples of 128.
const fn place(distance_less_one: u16) -> usize {
    match distance_less_one {
        near @ 0..256 => near as usize,
        far => 256 + (far >> 7) as usize,
    }
}

const fn distance_slots() -> [u8; 1024] {
    let mut slots = [NO_SLOT as u8; 1024];
    let (mut distance, mut slot) = (1, 0);
    while distance <= WINDOW {
        if slot + 1 < DISTANCE_SYMBOLS && DISTANCE_BASE[slot + 1] as usize <= distance {
            slot += 1;
        }
        slots[place((distance - 1) as u16)] = slot as u8;
        distance += 1;
    }
    slots
}

/// Which symbol a distance has, given one less than it is; [`NO_SLOT`] for [`NO_DISTANCE`].
#[inline(always)]
pub(super) fn distance_slot(distance_less_one: u16) -> u16 {
    u16::from(DISTANCE_SLOT[place(distance_less_one) & 1023])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_distance_is_within_what_its_symbol_says() {
        for (length, slot) in LENGTH_SLOT.iter().enumerate().skip(SHORTEST) {
            let slot = usize::from(*slot);
            let beyond = length - usize::from(LENGTH_BASE[slot]);
            assert!(beyond < 1 << LENGTH_EXTRA[slot], "{length}");
        }
        for distance in 1..=WINDOW {
            let slot = usize::from(distance_slot((distance - 1) as u16));
            let beyond = distance - usize::from(DISTANCE_BASE[slot]);
            assert!(beyond < 1 << DISTANCE_EXTRA[slot], "{distance}");
        }
        // 258 has a symbol of its own, without further bits.
        assert_eq!((LENGTH_SLOT[257], LENGTH_SLOT[258], usize::from(distance_slot(NO_DISTANCE))), (27, 28, NO_SLOT));
    }
}
