//! The file and the digest of a blob that comes in parts. One thread puts the bytes where they belong, another one hashes
//! them in order as far as they are there: out of memory while they come in order, and else read back, which the system
//! still has in its cache. So neither the network nor the disk waits for the digest.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Meter;
use super::partial::{Partial, read_at};
use crate::image::Hasher;

/// How much is read back and hashed at once.
const CHUNK: usize = 256 * 1024;

/// How many chunks may wait for the disk.
const QUEUE: usize = 1;

/// How many chunks wait in memory for the digest; more of them are read back.
const IN_MEMORY: usize = 1;

/// What is to be done with the file.
pub(super) enum Order {
    /// These bytes belong there.
    Write(u64, Bytes),
    /// Nothing is there from here on.
    ForgetAfter(u64),
}

/// The two threads at work.
pub(super) struct Work {
    writing: JoinHandle<(Partial, io::Result<()>)>,
    hashing: JoinHandle<io::Result<Hasher>>,
}

/// Begins. What is there already is hashed meanwhile.
pub(super) fn begin(partial: Partial, hasher: Hasher, size: u64, meter: &Meter) -> (mpsc::Sender<Order>, Work) {
    let (sender, orders) = mpsc::channel(QUEUE);
    let trail = Arc::new(Trail::default());
    trail.wrote(partial.spans().prefix(), None);
    let (file, ahead, meter) = (partial.file(), trail.clone(), meter.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let mut partial = partial;
        let written = write(&mut partial, orders, &ahead, &meter).and_then(|()| partial.settle());
        ahead.end(partial.spans().prefix() == size);
        (partial, written)
    });
    let hashing = tokio::task::spawn_blocking(move || trail.follow(&file, hasher));
    (sender, Work { writing, hashing })
}

impl Work {
    /// Waits until all is done that was ordered; the senders are gone. The hash is that of the whole, if the whole is there.
    pub async fn end(self) -> (Partial, io::Result<Hasher>) {
        let (partial, written) = self.writing.await.expect("the writer does not panic");
        let hashed = self.hashing.await.expect("hashing does not panic");
        (partial, written.and(hashed))
    }
}

fn write(partial: &mut Partial, mut orders: mpsc::Receiver<Order>, ahead: &Trail, meter: &Meter) -> io::Result<()> {
    while let Some(order) = orders.blocking_recv() {
        match order {
            Order::Write(offset, chunk) => {
                partial.write(offset, &chunk)?;
                meter.add(chunk.len() as u64);
                ahead.wrote(partial.spans().prefix(), Some((offset, chunk)));
            }
            Order::ForgetAfter(offset) => {
                partial.forget_after(offset)?;
                meter.reset_to(partial.spans().total());
            }
        }
    }
    Ok(())
}

/// How far the file is written from the beginning, and hashed.
#[derive(Default)]
struct Trail {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    written: u64,
    /// Where the next bytes are hashed, those in memory aside.
    hashed: u64,
    in_memory: VecDeque<Bytes>,
    has_ended: bool,
    is_given_up: bool,
}

enum Step {
    Hash(Bytes),
    ReadBack(u64, usize),
}

impl Trail {
    /// So much is there from the beginning. The chunk is the one that was written last.
    fn wrote(&self, prefix: u64, chunk: Option<(u64, Bytes)>) {
        let mut state = self.state();
        let waiting: usize = state.in_memory.iter().map(Bytes::len).sum();
        let next = state.hashed + waiting as u64;
        state.written = prefix;
        if let Some((offset, chunk)) = chunk
            && offset == next
            && state.in_memory.len() < IN_MEMORY
        {
            state.in_memory.push_back(chunk);
        }
        self.changed.notify_one();
    }

    fn end(&self, is_whole: bool) {
        let mut state = self.state();
        (state.has_ended, state.is_given_up) = (true, !is_whole);
        self.changed.notify_one();
    }

    fn follow(&self, file: &File, mut hasher: Hasher) -> io::Result<Hasher> {
        let mut buffer = Vec::new();
        while let Some(step) = self.step() {
            match step {
                Step::Hash(chunk) => hasher.update(&chunk),
                Step::ReadBack(offset, length) => {
                    buffer.resize(CHUNK, 0);
                    let read = read_at(file, &mut buffer[..length], offset)?;
                    if read < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    hasher.update(&buffer[..length]);
                }
            }
        }
        Ok(hasher)
    }

    fn step(&self) -> Option<Step> {
        let mut state = self.state();
        loop {
            if state.is_given_up {
                return None;
            }
            if let Some(chunk) = state.in_memory.pop_front() {
                state.hashed += chunk.len() as u64;
                return Some(Step::Hash(chunk));
            }
            if state.written > state.hashed {
                let offset = state.hashed;
                let length = usize::try_from(state.written - offset).unwrap_or(CHUNK).min(CHUNK);
                state.hashed += length as u64;
                return Some(Step::ReadBack(offset, length));
            }
            if state.has_ended {
                return None;
            }
            state = self.changed.wait(state).expect("nobody panics while holding it");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}
