//! Who fetches which part of a blob: stretches that are under way, and what is left for others. Pure bookkeeping; the bytes
//! are moved in `ranges.rs`.
//!
//! Stretches are taken from the front, one block after the other, so that what is there is mostly one piece from the
//! beginning: it can be hashed while it comes. When all is given out, the largest rest is shared.

use std::ops::Range;

use super::spans::Spans;

/// A mebibyte; tests have a smaller one, so that they need not move hundreds of them.
pub(super) const MIB: u64 = if cfg!(test) { 1024 } else { 1024 * 1024 };

/// How much is asked for at once, when several streams share a blob: enough that a round trip hardly counts, and little
/// enough that nobody is far ahead of the digest.
pub(super) const BLOCK: u64 = 32 * MIB;

/// What is under way of a blob, and what is there.
#[derive(Debug)]
pub(super) struct Stretches {
    size: u64,
    came: Spans,
    under_way: Vec<Stretch>,
    next: u64,
}

/// A stretch under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Stretch {
    ticket: Ticket,
    at: u64,
    end: u64,
    /// Somebody is asking for the rest of it already.
    is_wanted: bool,
}

/// A part of a stretch that somebody else has, and that may be had when the place gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    from: Ticket,
    /// The part.
    pub range: Range<u64>,
}

impl Stretches {
    /// Of `size` bytes, these are there.
    pub fn new(size: u64, came: Spans) -> Self {
        Self { size, came, under_way: Vec::new(), next: 0 }
    }

    /// How much has not come.
    pub fn left(&self) -> u64 {
        self.size - self.came.total()
    }

    /// How many are under way.
    pub fn count(&self) -> usize {
        self.under_way.len()
    }

    /// Takes the first bytes that nobody fetches, at most so many.
    pub fn take(&mut self, most: u64) -> Option<(Ticket, Range<u64>)> {
        let gap = self.free()?;
        let range = gap.start..gap.end.min(gap.start.saturating_add(most));
        Some((self.begin(range.clone()), range))
    }

    /// The first bytes that nobody fetches.
    fn free(&self) -> Option<Range<u64>> {
        let mut taken = self.came.clone();
        self.under_way.iter().for_each(|stretch| taken.add(stretch.at..stretch.end));
        taken.first_gap(self.size)
    }

    /// Whether there is something for one more, of which each part has so many bytes where it is shared.
    pub fn has_more(&self, least: u64) -> bool {
        let is_large = |stretch: &Stretch| !stretch.is_wanted && (stretch.end - stretch.at) / 2 >= least;
        self.free().is_some() || self.under_way.iter().any(is_large)
    }

    /// Everything that is not there from the first gap on: what came beyond is forgotten.
    pub fn take_all(&mut self) -> (Ticket, Range<u64>) {
        let range = self.came.prefix()..self.size;
        self.came.cut(range.start);
        (self.begin(range.clone()), range)
    }

    fn begin(&mut self, range: Range<u64>) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.under_way.push(Stretch { ticket, at: range.start, end: range.end, is_wanted: false });
        ticket
    }

    /// A part of the largest stretch under way, when there is one of which each half has so many bytes.
    pub fn share(&mut self, least: u64) -> Option<Share> {
        let free = self.under_way.iter_mut().filter(|stretch| !stretch.is_wanted);
        let largest = free.max_by_key(|stretch| stretch.end - stretch.at)?;
        let left = largest.end - largest.at;
        if left / 2 < least.max(1) {
            return None;
        }
        largest.is_wanted = true;
        let range = match left > 3 * BLOCK {
            true => largest.at + BLOCK..largest.at + 2 * BLOCK,
            false => largest.at + left / 2..largest.end,
        };
        Some(Share { from: largest.ticket, range })
    }

    /// The place gives it: the other one stops there. `None` when that one is past it by now.
    pub fn take_share(&mut self, share: &Share) -> Option<Ticket> {
        let from = self.find(share.from)?;
        from.is_wanted = false;
        if from.at >= share.range.start || from.end < share.range.end {
            return None;
        }
        from.end = share.range.start;
        Some(self.begin(share.range.clone()))
    }

    /// The place does not give it.
    pub fn leave_share(&mut self, share: &Share) {
        if let Some(from) = self.find(share.from) {
            from.is_wanted = false;
        }
    }

    /// So many bytes came for a stretch: where they belong, and how many of them.
    pub fn came(&mut self, ticket: Ticket, bytes: u64) -> Range<u64> {
        let Some(stretch) = self.find(ticket) else { return 0..0 };
        let range = stretch.at..stretch.end.min(stretch.at + bytes);
        stretch.at = range.end;
        self.came.add(range.clone());
        range
    }

    /// Whether a stretch has all its bytes.
    pub fn is_full(&mut self, ticket: Ticket) -> bool {
        self.find(ticket).is_none_or(|stretch| stretch.at >= stretch.end)
    }

    /// Nobody goes on with a stretch; what did not come of it is for others.
    pub fn close(&mut self, ticket: Ticket) {
        self.under_way.retain(|stretch| stretch.ticket != ticket);
    }

    fn find(&mut self, ticket: Ticket) -> Option<&mut Stretch> {
        self.under_way.iter_mut().find(|stretch| stretch.ticket == ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: u64 = 10 * BLOCK;

    #[test]
    fn blocks_are_taken_from_the_front() {
        let mut all = Stretches::new(100, Spans::prefix_of(10));
        let (first, range) = all.take(40).expect("some");
        assert_eq!(range, 10..50);
        assert_eq!(all.take(40).expect("more").1, 50..90);
        assert_eq!(all.take(40).expect("the rest").1, 90..100);
        assert_eq!((all.take(40), all.left(), all.count()), (None, 90, 3));
        assert_eq!(all.came(first, 30), 10..40);
        assert!(!all.is_full(first));
        assert_eq!(all.came(first, 30), 40..50, "what is too much is not taken");
        assert!(all.is_full(first));
        assert_eq!(all.left(), 50);
    }

    #[test]
    fn a_stretch_that_dies_is_gone_on_with_where_it_stopped() {
        let mut all = Stretches::new(100, Spans::default());
        let (first, _) = all.take(40).expect("some");
        all.take(40).expect("more");
        all.came(first, 25);
        all.close(first);
        assert_eq!(all.take(40).expect("what is missing").1, 25..40);
        assert_eq!(all.take(40).expect("what nobody had").1, 80..100);
    }

    #[test]
    fn a_stretch_without_end_gives_a_block_and_the_rest_is_free() {
        let mut all = Stretches::new(LARGE, Spans::default());
        let (first, range) = all.take(u64::MAX).expect("all");
        assert_eq!(range, 0..LARGE);
        all.came(first, 5);
        let share = all.share(1).expect("a share");
        assert_eq!(share.range, 5 + BLOCK..5 + 2 * BLOCK);
        assert_eq!((all.share(1), all.take(BLOCK)), (None, None), "one at a time, and nothing changed yet");
        all.take_share(&share).expect("taken");
        assert_eq!(all.take(BLOCK).expect("free").1, 5 + 2 * BLOCK..5 + 3 * BLOCK);
        assert_eq!(all.came(first, LARGE), 5..5 + BLOCK, "it ends where the other one begins");
    }

    #[test]
    fn in_the_end_the_largest_rest_is_halved() {
        let mut all = Stretches::new(100, Spans::default());
        let (first, _) = all.take(60).expect("some");
        let (second, _) = all.take(60).expect("more");
        all.came(first, 50);
        assert_eq!(all.share(21), None, "too little");
        let share = all.share(20).expect("a share");
        assert_eq!(share.range, 80..100);
        let third = all.take_share(&share).expect("taken");
        assert_eq!((all.came(second, 100), all.came(third, 100)), (60..80, 80..100));
    }

    #[test]
    fn who_was_faster_keeps_it() {
        let mut all = Stretches::new(100, Spans::default());
        let (first, _) = all.take(100).expect("all");
        let share = all.share(1).expect("a share");
        all.came(first, 50);
        assert_eq!((all.take_share(&share), all.count()), (None, 1));
        let share = all.share(1).expect("another one");
        all.leave_share(&share);
        assert!(all.share(1).is_some(), "it can be asked for again");
        all.close(first);
        assert_eq!(all.take_share(&share), None);
    }

    #[test]
    fn where_there_are_no_parts_what_came_beyond_is_forgotten() {
        let mut came = Spans::prefix_of(10);
        came.add(50..60);
        let mut all = Stretches::new(100, came);
        let (ticket, range) = all.take_all();
        assert_eq!((range, all.left()), (10..100, 90));
        assert_eq!(all.came(ticket, 90), 10..100);
    }
}
