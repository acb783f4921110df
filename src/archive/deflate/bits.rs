//! Bits, packed into bytes from the lowest on (RFC 1951, section 3.1.1).

/// Writes bits into room that was measured beforehand.
pub(super) struct BitWriter<'a> {
    room: &'a mut [u8],
    length: usize,
    waiting: u64,
    count: u32,
}

/// How much room there must be behind the last byte: bits are written eight bytes at a time.
pub(super) const SLACK: usize = 8;

impl<'a> BitWriter<'a> {
    /// Writes at the beginning of `room`.
    pub(super) fn new(room: &'a mut [u8]) -> Self {
        Self { room, length: 0, waiting: 0, count: 0 }
    }

    /// Adds the lowest `count` bits of `bits`, all others of which are 0. Between two calls of [`flush`](Self::flush) there may be
    /// 57 of them.
    #[inline(always)]
    pub(super) fn add(&mut self, bits: u64, count: u32) {
        debug_assert!(bits >> count == 0 && self.count + count <= 64, "{bits:#x} is no {count} bits");
        self.waiting |= bits << self.count;
        self.count += count;
    }

    /// Writes the bytes that are whole.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        self.room[self.length..self.length + SLACK].copy_from_slice(&self.waiting.to_le_bytes());
        self.length += (self.count >> 3) as usize;
        self.waiting = self.waiting.checked_shr(self.count & !7).unwrap_or(0);
        self.count &= 7;
    }

    /// Fills up the last byte, and adds bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.align();
        self.room[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Fills up the last byte with zeros.
    pub(super) fn align(&mut self) {
        self.flush();
        self.count = self.count.next_multiple_of(8);
        self.flush();
    }

    /// How many bits there are.
    #[cfg(test)]
    pub(super) fn written(&self) -> usize {
        self.length * 8 + self.count as usize
    }

    /// How many bytes there are, the last one filled up.
    pub(super) fn finish(mut self) -> usize {
        self.align();
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_lowest_first_and_bytes_at_whole_bytes() {
        let mut room = [0; 32];
        let mut writer = BitWriter::new(&mut room);
        writer.add(0b1, 1);
        writer.add(0b10, 2);
        assert_eq!(writer.written(), 3);
        writer.bytes(b"x");
        writer.add(0x1ff, 9);
        writer.flush();
        writer.add((1 << 57) - 1, 57);
        writer.flush();
        let length = writer.finish();
        assert_eq!(length, 11);
        assert_eq!(room[..11], [0b101, b'x', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0b11]);
    }

    #[test]
    fn sixty_four_bits_at_once_leave_none() {
        let mut room = [0; 32];
        let mut writer = BitWriter::new(&mut room);
        writer.add(u64::MAX >> 1, 63);
        writer.add(1, 1);
        writer.flush();
        writer.add(0, 8);
        assert_eq!(writer.finish(), 9);
        assert_eq!(room[..9], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    }
}
