//! A large blob on its way into a file: over one stream, and over more of them where they are free and make it faster.
//!
//! It begins like any download, with all of it over one stream. What others fetch is known to come as a part before the
//! first one stops short of it, so that a place which gives nothing but the whole loses nothing by being asked.
//! Everything runs inside the future of [`fetch`]; what came when it is dropped is there the next time.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _, TryStreamExt as _};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, MissedTickBehavior};

use super::follower::{self, Order};
use super::partial::Partial;
use super::streams::Lane;
use super::stretches::{BLOCK, MIB, Share, Stretches, Ticket};
use super::{Blob, ByteStream, Error, Meter};
use crate::image::Hasher;

/// What is smaller, or has less left, is not worth another connection.
const WORTH_DIVIDING: u64 = 32 * MIB;

/// The smallest part that is taken from somebody in the end.
const LEAST: u64 = 4 * MIB;

/// What is done sooner is left alone.
const SOON: Duration = Duration::from_secs(2);

/// How often is looked whether another stream would help.
const TICK: Duration = Duration::from_millis(100);

/// Fetches what is missing of a blob, and verifies the whole. A failure gives back what there is.
pub(super) async fn fetch(blob: &Blob, partial: Partial, meter: &Meter) -> Result<Partial, (Error, Partial)> {
    let descriptor = blob.descriptor();
    let spans = partial.spans().clone();
    let left_then = descriptor.size - spans.total();
    meter.reset_to(spans.total());
    let hasher = Hasher::new(descriptor.digest.algorithm());
    let (orders, work) = follower::begin(partial, hasher, descriptor.size, meter);
    let crew = Crew {
        blob,
        orders,
        stretches: Mutex::new(Stretches::new(descriptor.size, spans)),
        is_whole_only: AtomicBool::new(false),
        begun: Instant::now(),
        left_then,
    };
    let fetched = crew.run().await;
    let (partial, hashed) = work.end().await;
    let hashed = hashed.map_err(|error| Error::io("cannot write to", partial.path(), error));
    // Why writing failed says more than that nothing could be handed over.
    let verified = match hashed {
        Err(error) => Err(error),
        Ok(hasher) => fetched.and_then(|()| blob.conclude(hasher)),
    };
    match verified {
        Ok(()) => Ok(partial),
        Err(error) => Err((error, partial)),
    }
}

/// All that work on one blob.
struct Crew<'a> {
    blob: &'a Blob,
    orders: Sender<Order>,
    stretches: Mutex<Stretches>,
    /// The place gives no parts.
    is_whole_only: AtomicBool,
    begun: Instant,
    left_then: u64,
}

/// What somebody is to fetch.
enum Task {
    /// All that is missing, without knowing whether there are parts.
    Rest(Ticket, u64),
    /// A part that nobody else fetches.
    Part(Ticket, Range<u64>),
    /// A part that somebody else has, if it comes.
    Share(Share),
}

impl Crew<'_> {
    async fn run(self) -> Result<(), Error> {
        let this = &self;
        let mut workers = FuturesUnordered::new();
        // What was left when the last of several failed: the next one may do better, if any of them did.
        let mut left_at_failure = None;
        let mut is_shared = false;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if workers.is_empty() {
                match this.begin().await {
                    Some(task) => workers.push(this.work(task, None)),
                    None => return Ok(()),
                }
            }
            tokio::select! {
                Some(ended) = workers.next() => match ended {
                    Ok(()) => {}
                    Err(error) => {
                        let left = this.stretches().left();
                        if workers.is_empty() && (!is_shared || left_at_failure.replace(left) == Some(left)) {
                            return Err(error);
                        }
                        tracing::debug!("{error}; another stream goes on with it");
                        this.blob.streams().inspect(|streams| streams.falter());
                    }
                },
                _ = tick.tick() => {
                    if let Some((task, lane)) = this.another(workers.len()) {
                        tracing::debug!("{} over {} streams", this.blob.descriptor().digest.short(), workers.len() + 1);
                        workers.push(this.work(task, Some(lane)));
                        is_shared = true;
                    }
                }
            }
        }
    }

    /// What the only one fetches; `None` when all is there, or cannot be written.
    async fn begin(&self) -> Option<Task> {
        if self.orders.is_closed() || self.stretches().left() == 0 {
            return None;
        }
        if self.is_whole_only.load(Ordering::Relaxed) {
            let (ticket, range) = self.stretches().take_all();
            self.orders.send(Order::ForgetAfter(range.start)).await.ok()?;
            return Some(Task::Rest(ticket, range.start));
        }
        let (ticket, range) = self.stretches().take(u64::MAX)?;
        Some(match range.end == self.blob.descriptor().size {
            true => Task::Rest(ticket, range.start),
            false => Task::Part(ticket, range),
        })
    }

    /// Something for one more, where that is worth a stream and there is one.
    fn another(&self, workers: usize) -> Option<(Task, Lane)> {
        let streams = self.blob.streams().filter(|_| !self.is_whole_only.load(Ordering::Relaxed))?;
        let left = self.stretches().left();
        let time_left = Duration::try_from_secs_f64(left as f64 / self.rate()).unwrap_or(Duration::MAX);
        if (workers == 1 && left <= WORTH_DIVIDING) || time_left < SOON {
            return None;
        }
        let least = self.least();
        if !self.stretches().has_more(least) {
            return None;
        }
        let lane = streams.spare()?;
        Some((self.task()?, lane))
    }

    /// Bytes in a second so far.
    fn rate(&self) -> f64 {
        (self.left_then - self.stretches().left()) as f64 / self.begun.elapsed().as_secs_f64().max(0.001)
    }

    /// The next part for somebody: one that nobody fetches, or in the end some of what is left of the slowest.
    fn task(&self) -> Option<Task> {
        let least = self.least();
        let mut stretches = self.stretches();
        if let Some((ticket, range)) = stretches.take(BLOCK) {
            return Some(Task::Part(ticket, range));
        }
        stretches.share(least).map(Task::Share)
    }

    /// The smallest part that is taken from somebody: half a second's work, or it is done before the other one has begun.
    fn least(&self) -> u64 {
        let each = self.rate() / self.stretches().count().max(1) as f64;
        LEAST.max((each / 2.0) as u64)
    }

    async fn work(&self, first: Task, lane: Option<Lane>) -> Result<(), Error> {
        let mut next = Some(first);
        while let Some(task) = next {
            let Some((ticket, stream)) = self.open(task).await? else { return Ok(()) };
            let carried = self.carry(ticket, stream, lane.as_ref()).await;
            self.stretches().close(ticket);
            carried?;
            let is_over = self.orders.is_closed() || self.is_whole_only.load(Ordering::Relaxed);
            if is_over || lane.as_ref().is_some_and(Lane::is_too_much) {
                return Ok(());
            }
            next = self.task();
        }
        Ok(())
    }

    /// The stream for a task; `None` when it is not needed any more, or not given.
    async fn open(&self, task: Task) -> Result<Option<(Ticket, ByteStream)>, Error> {
        let (ticket, opened) = match task {
            Task::Rest(ticket, offset) => (ticket, self.blob.open_tail(offset).await.map(Some)),
            Task::Part(ticket, range) => (ticket, self.blob.open_part(range).await),
            Task::Share(share) => {
                let opened = self.blob.open_part(share.range.clone()).await;
                match &opened {
                    Ok(Some(_)) => match self.stretches().take_share(&share) {
                        Some(ticket) => (ticket, opened),
                        None => return Ok(None),
                    },
                    _ => {
                        self.stretches().leave_share(&share);
                        return self.given(opened).map(|_| None);
                    }
                }
            }
        };
        let opened = self.given(opened);
        if !matches!(opened, Ok(Some(_))) {
            self.stretches().close(ticket);
        }
        Ok(opened?.map(|stream| (ticket, stream)))
    }

    /// Learns whether there are parts.
    fn given(&self, opened: Result<Option<ByteStream>, Error>) -> Result<Option<ByteStream>, Error> {
        if let Ok(None) = opened {
            self.is_whole_only.store(true, Ordering::Relaxed);
        }
        opened
    }

    /// Hands on what comes, until the stretch is full.
    async fn carry(&self, ticket: Ticket, mut stream: ByteStream, lane: Option<&Lane>) -> Result<(), Error> {
        let mut has_begun = false;
        while !self.stretches().is_full(ticket) {
            let Some(chunk) = stream.try_next().await? else { break };
            if chunk.is_empty() {
                continue;
            }
            if !std::mem::replace(&mut has_begun, true) {
                lane.inspect(|lane| lane.counts());
            }
            // A closed queue means that writing failed; the writer tells why.
            if !self.hand_on(ticket, chunk).await {
                return Ok(());
            }
        }
        if !has_begun && !self.stretches().is_full(ticket) {
            // It is said to be a part, and is nothing.
            self.is_whole_only.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn hand_on(&self, ticket: Ticket, chunk: Bytes) -> bool {
        let place = self.stretches().came(ticket, chunk.len() as u64);
        let wanted = place.end - place.start;
        self.blob.streams().inspect(|streams| streams.came(wanted));
        // What somebody else fetches by now is not written twice.
        let chunk = chunk.slice(..usize::try_from(wanted).expect("no more than the chunk"));
        self.orders.send(Order::Write(place.start, chunk)).await.is_ok()
    }

    fn stretches(&self) -> MutexGuard<'_, Stretches> {
        self.stretches.lock().expect("nobody panics while holding it")
    }
}

#[cfg(test)]
mod tests;
