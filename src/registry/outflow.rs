//! A blob on its way out, as the bodies of one request or of several.
//!
//! The parts of a blob come from one stream as long as all goes well, so that it is read and hashed once. A body that dies
//! takes the stream with it, because the HTTP library may hold on to a body for a while after its request has failed: two
//! bodies must never read from one stream.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::Instant;

use super::throttle::Throttle;
use crate::content::{Blob, ByteStream, Error, Meter, Signal, Verifier};

/// The bytes of a blob, handed out part by part.
pub(super) struct Outflow<'a> {
    blob: &'a Blob,
    meter: &'a Meter,
    /// The stream, where it is, while no body has it.
    rest: Arc<Mutex<Option<Rest>>>,
    verifier: Verifier,
    throttle: Throttle,
}

/// An open stream that has been read up to a position.
struct Rest {
    stream: ByteStream,
    position: u64,
    /// What was read beyond the end of a part.
    ahead: Bytes,
}

impl<'a> Outflow<'a> {
    pub fn new(blob: &'a Blob, meter: &'a Meter, throttle: Throttle) -> Self {
        Self { blob, meter, rest: Arc::default(), verifier: Verifier::Promised, throttle }
    }

    /// Who takes the bytes is known to hash them.
    pub fn is_proven(&mut self) {
        self.verifier = Verifier::Proven;
    }

    /// The blob.
    pub fn blob(&self) -> &'a Blob {
        self.blob
    }

    /// Counts the bytes.
    pub fn meter(&self) -> &'a Meter {
        self.meter
    }

    /// The bytes from `offset` on, `length` of them.
    pub async fn part(
        &self,
        offset: u64,
        length: u64,
        pulse: &Pulse,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + 'static, Error> {
        let kept = self.kept().take().filter(|rest| rest.position == offset);
        let rest = match kept {
            Some(rest) => rest,
            None => {
                let stream = match offset {
                    0 => self.blob.open_to_verifier(self.verifier).await?,
                    _ => self.blob.open_tail(offset).await?,
                };
                Rest { stream, position: offset, ahead: Bytes::new() }
            }
        };
        self.meter.reset_to(offset);
        pulse.beat(Beat::Flowing);
        let body = Body {
            rest: Some(rest),
            remaining: length,
            size: self.blob.descriptor().size,
            meter: self.meter.clone(),
            pulse: pulse.clone(),
            home: self.rest.clone(),
            throttle: self.throttle.clone(),
        };
        Ok(stream::try_unfold(body, Body::next))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Rest>> {
        self.rest.lock().expect("nobody panics while holding it")
    }
}

/// The body of one request.
struct Body {
    rest: Option<Rest>,
    remaining: u64,
    size: u64,
    meter: Meter,
    pulse: Pulse,
    home: Arc<Mutex<Option<Rest>>>,
    throttle: Throttle,
}

impl Body {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        let Some(rest) = self.rest.as_mut().filter(|_| self.remaining > 0) else { return Ok(None) };
        self.pulse.beat(Beat::Starved);
        let mut chunk = match rest.ahead.is_empty() {
            false => std::mem::take(&mut rest.ahead),
            true => match rest.stream.next().await {
                Some(chunk) => chunk?,
                // The stream ends where the blob does, and says so itself when that is too early.
                None => return Ok(None),
            },
        };
        let most = self.remaining.min(self.throttle.piece());
        if chunk.len() as u64 > most {
            rest.ahead = chunk.split_off(usize::try_from(most).expect("less than a chunk"));
        }
        // As long as this side keeps the bytes back, the request is starved.
        self.throttle.pass(chunk.len() as u64).await;
        self.remaining -= chunk.len() as u64;
        rest.position += chunk.len() as u64;
        self.meter.add(chunk.len() as u64);
        let is_all = rest.position == self.size;
        self.pulse.beat(if self.remaining == 0 { Beat::Waiting } else { Beat::Flowing });
        if is_all {
            self.meter.signal(Signal::Committing);
        }
        if self.remaining == 0 {
            // Put back with the last bytes and not after them: nobody asks a body for more than its length.
            *self.home.lock().expect("nobody panics while holding it") = self.rest.take();
        }
        Ok(Some((chunk, self)))
    }
}

/// What a request waits for, and since when.
#[derive(Clone)]
pub(super) struct Pulse(Arc<Mutex<(Beat, Instant)>>);

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// The other side, to take more bytes.
    Flowing,
    /// This side, to have more bytes.
    Starved,
    /// The answer.
    Waiting,
}

impl Pulse {
    /// Of a request that has no more to send than its head.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new((Beat::Waiting, Instant::now()))))
    }

    /// Something happened.
    pub fn beat(&self, beat: Beat) {
        *self.0.lock().expect("nobody panics while holding it") = (beat, Instant::now());
    }

    /// Ends when nothing has moved for `stall`, or when the answer has not come within `answer`.
    pub async fn stopped(&self, stall: Duration, answer: Option<Duration>) {
        loop {
            let (beat, since) = *self.0.lock().expect("nobody panics while holding it");
            let limit = match beat {
                Beat::Flowing => Some(stall),
                // Whoever brings the bytes has a limit of its own.
                Beat::Starved => None,
                Beat::Waiting => answer,
            };
            match limit {
                Some(limit) if since.elapsed() >= limit => return,
                Some(limit) => tokio::time::sleep_until(since + limit).await,
                None => tokio::time::sleep(stall).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::TryStreamExt as _;

    use super::*;
    use crate::content::Memory;
    use crate::image::MediaType;

    fn blob(memory: &Arc<Memory>) -> Blob {
        let descriptor = memory.insert(MediaType::LAYER_GZIP, "0123456789");
        Blob::new(descriptor, memory.clone())
    }

    async fn read(outflow: &Outflow<'_>, offset: u64, length: u64) -> Vec<u8> {
        let body = outflow.part(offset, length, &Pulse::new()).await.expect("opens");
        body.try_collect::<Vec<Bytes>>().await.expect("reads").concat()
    }

    #[tokio::test]
    async fn parts_in_a_row_are_read_once() {
        let memory = Arc::new(Memory::new("memory"));
        let (blob, meter) = (blob(&memory), Meter::default());
        let outflow = Outflow::new(&blob, &meter, Throttle::default());
        assert_eq!(read(&outflow, 0, 4).await, b"0123");
        assert_eq!(read(&outflow, 4, 6).await, b"456789");
        assert_eq!((memory.journal().len(), meter.bytes(), meter.sent()), (1, 10, 10));
    }

    /// A body that is dropped half-way is not the beginning of the next one.
    #[tokio::test]
    async fn what_was_dropped_half_way_is_read_again() {
        let memory = Arc::new(Memory::new("memory"));
        let (blob, meter) = (blob(&memory), Meter::default());
        let outflow = Outflow::new(&blob, &meter, Throttle::default());
        assert_eq!(read(&outflow, 0, 4).await, b"0123");
        drop(outflow.part(4, 4, &Pulse::new()).await.expect("opens"));
        assert_eq!(read(&outflow, 4, 4).await, b"4567");
        assert_eq!(read(&outflow, 2, 2).await, b"23");
        assert_eq!((memory.journal().len(), meter.bytes()), (3, 4));
    }

    /// What waits for its turn here waits for this side, and no timeout of the connection runs.
    #[tokio::test(start_paused = true)]
    async fn a_limit_on_the_rate_is_no_stall() {
        let memory = Arc::new(Memory::new("memory"));
        let blob = Blob::new(memory.insert(MediaType::LAYER_GZIP, vec![0; 8 << 10]), memory.clone());
        let (meter, throttle) = (Meter::default(), Throttle::at("1K".parse().expect("a rate")));
        let outflow = Outflow::new(&blob, &meter, throttle);
        let (stall, pulse, begin) = (Duration::from_millis(500), Pulse::new(), Instant::now());
        let body = outflow.part(0, 8 << 10, &pulse).await.expect("opens");
        tokio::select! {
            pieces = body.try_collect::<Vec<Bytes>>() => assert_eq!(pieces.expect("reads").len(), 8),
            () = pulse.stopped(stall, Some(stall)) => panic!("taken for a stall after {:?}", begin.elapsed()),
        }
        // The first piece goes at once, and after the last one nobody waits.
        assert_eq!(begin.elapsed().as_secs(), 7);
        assert_eq!(meter.bytes(), 8 << 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pulse_stops_when_nobody_takes_more_or_answers() {
        let (stall, pulse, begin) = (Duration::from_secs(30), Pulse::new(), Instant::now());
        pulse.stopped(stall, Some(Duration::from_secs(5))).await;
        assert_eq!(begin.elapsed().as_secs(), 5);
        pulse.beat(Beat::Flowing);
        pulse.stopped(stall, None).await;
        assert_eq!(begin.elapsed().as_secs(), 35);
    }

    /// A registry may take any time to commit, and a slow source is not the registry's fault.
    #[tokio::test(start_paused = true)]
    async fn a_pulse_waits_for_a_commit_and_for_the_source() {
        let stall = Duration::from_secs(30);
        for beat in [Beat::Waiting, Beat::Starved] {
            let pulse = Pulse::new();
            pulse.beat(beat);
            let waited = tokio::time::timeout(Duration::from_secs(86_400), pulse.stopped(stall, None)).await;
            assert!(waited.is_err(), "{beat:?}");
        }
    }
}
