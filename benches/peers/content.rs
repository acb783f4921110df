//! What is in the files of a layer: words, machine code and noise, of which gzip leaves a little more than half (of a Debian
//! root file system it leaves two fifths). The same seed gives the same bytes.

use std::io::{self, Read};
use std::sync::LazyLock;

/// What a file is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nature {
    /// Words, a few of them often and many of them rarely.
    Text,
    /// Instructions in the same manner, with operands between them.
    Code,
    /// What is compressed already.
    Noise,
}

impl Nature {
    /// Of the files of a layer: half are text, four tenths code, one tenth is noise.
    pub fn of_file(number: u64) -> Self {
        match number % 10 {
            0 | 2 | 4 | 6 | 8 => Self::Text,
            1 | 3 | 5 | 7 => Self::Code,
            _ => Self::Noise,
        }
    }
}

/// The same words for every file.
static WORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut random = fastrand::Rng::with_seed(100);
    let letters = b"eeeetttaaaooiinnsshhrrddlluucmwfgypbvk";
    let word = |random: &mut fastrand::Rng| {
        let mut word: Vec<u8> = (0..random.usize(1..10)).map(|_| letters[random.usize(..letters.len())]).collect();
        word.push(if random.u8(..8) == 0 { b'\n' } else { b' ' });
        word
    };
    (0..8192).map(|_| word(&mut random)).collect()
});

/// The same instructions for every file.
static INSTRUCTIONS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut random = fastrand::Rng::with_seed(200);
    (0..4096).map(|_| (0..random.usize(2..9)).map(|_| random.u8(..)).collect()).collect()
});

/// Bytes of a nature, without an end.
pub struct Content {
    nature: Nature,
    random: fastrand::Rng,
    /// What did not fit into the last buffer.
    rest: Vec<u8>,
}

impl Content {
    /// Begins with a seed.
    pub fn new(nature: Nature, seed: u64) -> Self {
        Self { nature, random: fastrand::Rng::with_seed(seed), rest: Vec::new() }
    }

    /// The next piece of text or code.
    fn next(&mut self, into: &mut Vec<u8>) {
        let pieces = if self.nature == Nature::Text { &*WORDS } else { &*INSTRUCTIONS };
        // The third power: the first eighth of the pieces is taken half of the time.
        let place = self.random.f64().powi(3);
        into.extend_from_slice(&pieces[(place * pieces.len() as f64) as usize]);
        if self.nature == Nature::Code && self.random.u8(..3) == 0 {
            into.push(self.random.u8(..));
        }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.nature == Nature::Noise {
            self.random.fill(buffer);
            return Ok(buffer.len());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        while bytes.len() < buffer.len() {
            self.next(&mut bytes);
        }
        self.rest = bytes.split_off(buffer.len());
        buffer.copy_from_slice(&bytes);
        Ok(buffer.len())
    }
}
