//! Which bytes of something are there: spans that neither touch nor overlap, in order.

use std::ops::Range;

/// How many spans are written down. More of them than there can be streams, so that only chance loses one.
const MOST: usize = 1024;

/// What a list of spans begins with.
const MAGIC: [u8; 8] = *b"spans 1\n";

/// Some bytes of a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Range<u64>>);

impl Spans {
    /// The first `end` bytes.
    pub fn prefix_of(end: u64) -> Self {
        let mut spans = Self::default();
        spans.add(0..end);
        spans
    }

    /// These are there too.
    pub fn add(&mut self, span: Range<u64>) {
        if span.is_empty() {
            return;
        }
        let first = self.0.partition_point(|other| other.end < span.start);
        let last = self.0.partition_point(|other| other.start <= span.end);
        let merged =
            self.0[first..last].iter().fold(span, |all, other| all.start.min(other.start)..all.end.max(other.end));
        self.0.splice(first..last, [merged]);
    }

    /// Nothing is there from `offset` on.
    pub fn cut(&mut self, offset: u64) {
        self.0.retain(|span| span.start < offset);
        if let Some(last) = self.0.last_mut() {
            last.end = last.end.min(offset);
        }
    }

    /// How much is there from the beginning without a gap.
    pub fn prefix(&self) -> u64 {
        self.0.first().filter(|first| first.start == 0).map_or(0, |first| first.end)
    }

    /// How much is there in all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|span| span.end - span.start).sum()
    }

    /// The first bytes of `size` that are missing.
    pub fn first_gap(&self, size: u64) -> Option<Range<u64>> {
        let begin = self.prefix();
        let next = self.0.iter().find(|span| span.start > begin).map_or(size, |span| span.start);
        (begin < size).then_some(begin..next.min(size))
    }

    /// In bytes, to be read again by another run.
    pub fn encode(&self) -> Vec<u8> {
        let kept = &self.0[..self.0.len().min(MOST)];
        let mut bytes = MAGIC.to_vec();
        bytes.extend((kept.len() as u64).to_le_bytes());
        bytes.extend(kept.iter().flat_map(|span| [span.start, span.end]).flat_map(u64::to_le_bytes));
        bytes
    }

    /// How many bytes are enough to read any list.
    pub const LONGEST: usize = MAGIC.len() + 8 + MOST * 16;

    /// The spans of something with `size` bytes, as they were written down; `None` when it was something else.
    pub fn decode(bytes: &[u8], size: u64) -> Option<Self> {
        let (words, _) = bytes.strip_prefix(&MAGIC)?.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let count = usize::try_from(words.next()?).ok().filter(|count| *count <= MOST)?;
        let (mut spans, mut behind) = (Vec::with_capacity(count), None);
        for _ in 0..count {
            let span = words.next()?..words.next()?;
            if span.is_empty() || span.end > size || behind.is_some_and(|behind| span.start <= behind) {
                return None;
            }
            behind = Some(span.end);
            spans.push(span);
        }
        Some(Self(spans))
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "a list of one span is one")]
mod tests {
    use super::*;

    fn spans(list: &[Range<u64>]) -> Spans {
        let mut spans = Spans::default();
        list.iter().for_each(|span| spans.add(span.clone()));
        spans
    }

    #[test]
    fn what_touches_becomes_one() {
        assert_eq!(spans(&[0..2, 4..6, 2..4]).0, [0..6]);
        assert_eq!(spans(&[4..6, 0..2]).0, [0..2, 4..6]);
        assert_eq!(spans(&[4..6, 0..2, 1..10]).0, [0..10]);
        assert_eq!(spans(&[4..6, 4..5, 5..5]).0, [4..6]);
    }

    #[test]
    fn gaps_are_found() {
        let some = spans(&[2..4, 6..8]);
        assert_eq!((some.prefix(), some.total(), some.first_gap(8)), (0, 4, Some(0..2)));
        let some = spans(&[0..4, 6..8]);
        assert_eq!((some.prefix(), some.first_gap(8)), (4, Some(4..6)));
        assert_eq!((spans(&[0..8]).first_gap(8), spans(&[]).first_gap(8)), (None, Some(0..8)));
        assert_eq!(spans(&[0..4]).first_gap(8), Some(4..8));
    }

    #[test]
    fn what_is_cut_is_gone() {
        let mut some = spans(&[0..4, 6..8]);
        some.cut(7);
        assert_eq!(some.0, [0..4, 6..7]);
        some.cut(6);
        assert_eq!(some, Spans::prefix_of(4));
        some.cut(0);
        assert_eq!(some, Spans::prefix_of(0));
    }

    #[test]
    fn they_are_read_as_they_were_written_and_nothing_else_is() {
        let some = spans(&[0..4, 6..8]);
        let mut bytes = some.encode();
        assert_eq!(Spans::decode(&bytes, 8), Some(some.clone()));
        bytes.extend([7; 100]);
        assert_eq!(Spans::decode(&bytes, 8), Some(some), "what an earlier, longer list left is no matter");
        assert_eq!(Spans::decode(&bytes, 7), None, "beyond the end");
        assert_eq!(Spans::decode(&bytes[..30], 8), None, "cut off");
        assert_eq!(Spans::decode(b"something else entirely", 8), None);
        let many = spans(&(0..2000).map(|n| n * 2..n * 2 + 1).collect::<Vec<_>>());
        assert!(many.encode().len() <= Spans::LONGEST);
        assert_eq!(Spans::decode(&many.encode(), 4000).expect("some of them").total(), MOST as u64);
    }
}
