//! Huffman codes of bounded length (RFC 1951, section 3.2.2), from how often each symbol occurs.

/// The most symbols that a code is made of.
const MOST_SYMBOLS: usize = 288;
/// The longest code word that DEFLATE can say.
const LONGEST_WORD: usize = 15;

/// A code: for each symbol its word, already in the order in which bits are written, and how long that is. A symbol that does
/// not occur has none.
pub(super) struct Code<const N: usize> {
    pub(super) lengths: [u8; N],
    pub(super) words: [u16; N],
}

impl<const N: usize> Code<N> {
    /// The code with which these symbols take the fewest bits, of words that are no longer than `limit`. There are always two words
    /// at least: some decoders refuse a code of one.
    pub(super) fn of(counts: &[u32; N], limit: usize) -> Self {
        let mut lengths = [0; N];
        // Counts and symbols in one number each: sorted by count, and of those by symbol, so that there is one order only.
        let mut leaves = [0_u64; MOST_SYMBOLS];
        let mut used = 0;
        for (symbol, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            leaves[used] = u64::from(*count) << 16 | symbol as u64;
            used += 1;
        }
        let symbol = |leaf: u64| (leaf & 0xffff) as usize;
        let leaves = &mut leaves[..used];
        leaves.sort_unstable();
        match leaves {
            [] => lengths[..2].fill(1),
            [only] => {
                lengths[symbol(*only)] = 1;
                lengths[usize::from(symbol(*only) == 0)] = 1;
            }
            _ => {
                let numbers = bounded(word_lengths(leaves), limit);
                let mut rarest_first = leaves.iter();
                for length in (1..=limit).rev() {
                    for leaf in rarest_first.by_ref().take(numbers[length] as usize) {
                        lengths[symbol(*leaf)] = length as u8;
                    }
                }
            }
        }
        Self::with(lengths)
    }

    /// The code whose words have these lengths; words of one length are in the order of their symbols.
    pub(super) fn with(lengths: [u8; N]) -> Self {
        let mut numbers = [0_u16; LONGEST_WORD + 1];
        lengths.iter().for_each(|length| numbers[usize::from(*length)] += 1);
        numbers[0] = 0;
        let mut next = [0_u16; LONGEST_WORD + 2];
        for length in 1..=LONGEST_WORD {
            next[length + 1] = (next[length] + numbers[length]) << 1;
        }
        let words = lengths.map(|length| {
            let word = next[usize::from(length)];
            next[usize::from(length)] += 1;
            // Words are written from their highest bit on, everything else from the lowest.
            word.reverse_bits().checked_shr(16 - u32::from(length)).unwrap_or(0)
        });
        Self { lengths, words }
    }

    /// How many bits these symbols take, without those that follow some of them.
    pub(super) fn bits(&self, counts: &[u32; N]) -> u64 {
        counts.iter().zip(self.lengths).map(|(count, length)| u64::from(*count) * u64::from(length)).sum()
    }
}

/// How many words there are of each length, when there is no bound: the tree is made in the place of the counts (Moffat and
/// Katajainen, In-place calculation of minimum-redundancy codes, 1995). There are two leaves at least, the rarest first.
fn word_lengths(leaves: &[u64]) -> [u32; 64] {
    let last = leaves.len() - 1;
    let mut tree = [0_u64; MOST_SYMBOLS];
    let tree = &mut tree[..=last];
    tree.iter_mut().zip(leaves).for_each(|(count, leaf)| *count = leaf >> 16);
    // Each inner node takes the two rarest of the leaves and inner nodes that have no parent yet, which becomes it.
    let (mut leaf, mut root) = (0, 0);
    for inner in 0..last {
        let mut sum = 0;
        for _ in 0..2 {
            let is_inner = root < inner && (leaf > last || tree[root] < tree[leaf]);
            if is_inner {
                sum += std::mem::replace(&mut tree[root], inner as u64);
                root += 1;
            } else {
                sum += tree[leaf];
                leaf += 1;
            }
        }
        tree[inner] = sum;
    }
    // From the root down, parents become depths.
    tree[last - 1] = 0;
    for inner in (0..last - 1).rev() {
        tree[inner] = tree[tree[inner] as usize] + 1;
    }
    // What is not an inner node at its depth is a leaf.
    let mut numbers = [0; 64];
    let (mut free, mut depth) = (1_usize, 0);
    let mut inner = last;
    while free > 0 {
        let here = tree[..inner].iter().rev().take_while(|of| **of == depth as u64).count();
        inner -= here;
        numbers[depth] = (free - here) as u32;
        free = 2 * here;
        depth += 1;
    }
    numbers
}

/// Shortens words that are too long, at the cost of the longest of the others.
fn bounded(mut numbers: [u32; 64], limit: usize) -> [u32; 64] {
    numbers[limit] += numbers[limit + 1..].iter().sum::<u32>();
    numbers[limit + 1..].fill(0);
    // Each word takes a share of all that can be said with so many bits; together they may take it all and no more.
    let share = |length: usize| 1_u64 << (limit - length);
    let mut taken: u64 = (1..=limit).map(|length| u64::from(numbers[length]) * share(length)).sum();
    while taken > share(0) {
        // A word that is shorter becomes one bit longer, and makes room there for one that was too long.
        let shorter =
            (1..limit).rev().find(|length| numbers[*length] > 0).expect("not all words have the longest length");
        numbers[shorter] -= 1;
        numbers[shorter + 1] += 2;
        numbers[limit] -= 1;
        taken -= 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of the shares that words take: 1 when every sequence of bits means something.
    fn completeness<const N: usize>(code: &Code<N>) -> f64 {
        code.lengths.iter().filter(|length| **length > 0).map(|length| 0.5_f64.powi(i32::from(*length))).sum()
    }

    #[test]
    fn frequent_symbols_have_short_words() {
        let code = Code::of(&[5, 9, 12, 13, 16, 45, 0], 15);
        assert_eq!(code.lengths, [4, 4, 3, 3, 3, 1, 0]);
        assert_eq!(code.bits(&[5, 9, 12, 13, 16, 45, 0]), 224);
        // As RFC 1951 has it: words of one length count up, and go out highest bit first.
        let words = Code::with([3, 3, 3, 3, 3, 2, 4, 4]).words;
        let straight = [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111_u16];
        let expected: Vec<_> = straight.iter().zip([3, 3, 3, 3, 3, 2, 4, 4]).collect();
        for (word, (straight, length)) in words.iter().zip(expected) {
            assert_eq!(*word, straight.reverse_bits() >> (16 - length));
        }
    }

    #[test]
    fn no_code_has_fewer_than_two_words() {
        assert_eq!(Code::of(&[0, 0, 0], 15).lengths, [1, 1, 0]);
        assert_eq!(Code::of(&[7, 0, 0], 15).lengths, [1, 1, 0]);
        assert_eq!(Code::of(&[0, 0, 7], 15).lengths, [1, 0, 1]);
        assert_eq!(Code::of(&[0, 1, 7], 15).lengths, [0, 1, 1]);
    }

    /// Counts that grow as the Fibonacci numbers do make the deepest tree there is.
    #[test]
    fn words_are_no_longer_than_the_limit_and_the_code_stays_complete() {
        let mut counts = [1_u32; 30];
        (2..30).for_each(|at| counts[at] = counts[at - 1] + counts[at - 2]);
        for limit in [5, 7, 14, 15] {
            let code = Code::of(&counts, limit);
            assert_eq!(code.lengths.iter().max(), Some(&(limit as u8)), "{limit}");
            assert!((completeness(&code) - 1.0).abs() < 1e-9, "{limit}");
            assert!(code.lengths.is_sorted_by(|a, b| a >= b), "{limit}: {:?}", code.lengths);
        }
        let code = Code::of(&[1_u32; 286], 15);
        assert!((completeness(&code) - 1.0).abs() < 1e-9);
    }
}
