//! Large blobs out of places that are slow, that break off, that give no parts, and that give damaged ones.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::content::{Class, Extent, Reply, Source, Streams};
use crate::image::{Descriptor, MediaType};

const SIZE: usize = 1536 * 1024;
const CHUNK: usize = 4 * 1024;

/// What becomes of the parts that are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Give,
    /// Nothing but the whole is given.
    Refuse,
    /// An error in place of an answer.
    Fail,
    /// So many bytes, and then an error.
    Break(usize),
    /// So many bytes, and then no more.
    EndAfter(usize),
}

/// A place far away: a stream gives a hundred of the tests' mebibytes a second, whatever the others do.
struct Slow {
    bytes: Bytes,
    given: Bytes,
    deed: Box<dyn Fn(usize) -> Deed + Send + Sync>,
    parts: AtomicUsize,
    wholes: AtomicUsize,
    busy: Arc<AtomicUsize>,
    peak: AtomicUsize,
    sent: Arc<AtomicUsize>,
}

struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Slow {
    fn new(deed: impl Fn(usize) -> Deed + Send + Sync + 'static) -> Self {
        let bytes: Bytes = (0..SIZE).map(|n| (n / 1024 % 251) as u8 ^ n as u8).collect();
        Self {
            given: bytes.clone(),
            bytes,
            deed: Box::new(deed),
            parts: AtomicUsize::new(0),
            wholes: AtomicUsize::new(0),
            busy: Arc::default(),
            peak: AtomicUsize::new(0),
            sent: Arc::default(),
        }
    }

    fn descriptor(&self) -> Descriptor {
        Descriptor::of(MediaType::LAYER, &self.bytes)
    }

    fn stream(&self, range: Range<u64>, last: Option<Result<usize, usize>>) -> ByteStream {
        let now = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        let (busy, sent) = (Busy(self.busy.clone()), self.sent.clone());
        let range = range.start as usize..range.end as usize;
        let end = match last {
            Some(Ok(most) | Err(most)) => range.end.min(range.start + most),
            None => range.end,
        };
        let bytes = self.given.slice(range.start..end);
        let chunks = futures_util::stream::unfold((bytes, busy, last), move |(mut bytes, busy, last)| {
            let sent = sent.clone();
            async move {
                if bytes.is_empty() {
                    let gone = Error::new(Class::Unreachable, "it broke off");
                    return matches!(last, Some(Err(_))).then(|| (Err(gone), (bytes, busy, None)));
                }
                tokio::time::sleep(Duration::from_millis(40)).await;
                let chunk = bytes.split_to(CHUNK.min(bytes.len()));
                sent.fetch_add(chunk.len(), Ordering::SeqCst);
                Some((Ok(chunk), (bytes, busy, last)))
            }
        });
        chunks.boxed()
    }
}

impl Source for Slow {
    fn place(&self) -> &str {
        "far away"
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        self.wholes.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(self.stream(extent.offset()..extent.end(), None)) })
    }

    fn read_part<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, Option<ByteStream>> {
        let number = self.parts.fetch_add(1, Ordering::SeqCst);
        let range = extent.offset()..extent.end();
        Box::pin(async move {
            Ok(match (self.deed)(number) {
                Deed::Give => Some(self.stream(range, None)),
                Deed::Refuse => None,
                Deed::Fail => return Err(Error::new(Class::Unreachable, "no answer")),
                Deed::Break(bytes) => Some(self.stream(range, Some(Err(bytes)))),
                Deed::EndAfter(bytes) => Some(self.stream(range, Some(Ok(bytes)))),
            })
        })
    }
}

/// The clock, which goes on when everybody has done what there was to do: also the thread that writes, which on a busy machine may
/// have to wait for its turn.
async fn clock(slow: &Slow, meter: &Meter) {
    /// How often the others are let go first, before what is not written is taken for what nobody will write.
    const PATIENCE: usize = 2000;
    let mut lost = 0;
    loop {
        tokio::time::advance(Duration::from_millis(5)).await;
        for _ in 0..PATIENCE {
            tokio::task::spawn_blocking(std::thread::yield_now).await.expect("it does nothing");
            if behind(slow, meter) <= lost {
                break;
            }
        }
        lost = behind(slow, meter);
    }
}

/// How much has been sent that is not written: it is on its way, or came twice.
fn behind(slow: &Slow, meter: &Meter) -> usize {
    slow.sent.load(Ordering::SeqCst).saturating_sub(meter.bytes() as usize)
}

fn partial(staging: &tempfile::TempDir, slow: &Slow) -> Partial {
    Partial::open(staging.path(), &slow.descriptor()).expect("opens").expect("a file")
}

/// Fetches it into a new file over so many streams; what there is in the end, and how long it took.
async fn run(slow: &Arc<Slow>, limit: usize) -> (Result<Vec<u8>, Error>, Duration) {
    let staging = tempfile::tempdir().expect("a directory");
    run_in(&staging, slow, limit).await
}

async fn run_in(staging: &tempfile::TempDir, slow: &Arc<Slow>, limit: usize) -> (Result<Vec<u8>, Error>, Duration) {
    let (streams, begin) = (Streams::new(limit, 1), Instant::now());
    let _lane = streams.enter();
    let blob = Blob::new(slow.descriptor(), slow.clone()).among(streams);
    let (partial, meter) = (partial(staging, slow), Meter::default());
    let fetched = tokio::select! {
        fetched = fetch(&blob, partial, &meter) => fetched,
        () = clock(slow, &meter) => unreachable!("it never ends"),
    };
    let file = fetched.map_err(|(error, _)| error).map(|partial| {
        assert_eq!(meter.bytes(), SIZE as u64);
        std::fs::read(partial.finish().expect("finished").1).expect("a file")
    });
    assert!(slow.peak.load(Ordering::SeqCst) <= limit, "never more than the user wants");
    (file, begin.elapsed())
}

/// Percent of the blob that came over the wire.
fn percent(slow: &Slow) -> usize {
    slow.sent.load(Ordering::SeqCst) * 100 / SIZE
}

#[tokio::test(start_paused = true)]
async fn several_streams_are_used_where_each_is_slow() {
    let slow = Arc::new(Slow::new(|_| Deed::Give));
    let (alone, long) = run(&slow, 1).await;
    assert!(alone.expect("came") == slow.bytes);
    assert_eq!((slow.wholes.load(Ordering::SeqCst), slow.parts.load(Ordering::SeqCst)), (1, 0));
    let slow = Arc::new(Slow::new(|_| Deed::Give));
    let (together, short) = run(&slow, 5).await;
    assert!(together.expect("came") == slow.bytes);
    assert_eq!(slow.peak.load(Ordering::SeqCst), 5);
    assert!(short * 2 < long, "{short:?} and {long:?}");
    assert!(percent(&slow) <= 105, "{} %", percent(&slow));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_gives_only_the_whole_is_asked_once_and_loses_nothing() {
    let slow = Arc::new(Slow::new(|_| Deed::Refuse));
    let (all, _) = run(&slow, 5).await;
    assert!(all.expect("came") == slow.bytes);
    assert_eq!((slow.wholes.load(Ordering::SeqCst), slow.parts.load(Ordering::SeqCst)), (1, 1));
    assert_eq!((slow.peak.load(Ordering::SeqCst), percent(&slow)), (1, 100));
}

#[tokio::test(start_paused = true)]
async fn parts_that_die_are_gone_on_with() {
    for deed in [Deed::Fail, Deed::Break(0), Deed::Break(10_000), Deed::EndAfter(10_000)] {
        let slow = Arc::new(Slow::new(move |number| if number % 3 == 1 { deed } else { Deed::Give }));
        let (all, _) = run(&slow, 5).await;
        assert!(all.expect("came") == slow.bytes);
        assert!(slow.parts.load(Ordering::SeqCst) > 5);
        assert!(percent(&slow) <= 105, "{} %", percent(&slow));
    }
}

/// The whole is then asked for from the first gap on.
#[tokio::test(start_paused = true)]
async fn parts_that_are_not_given_any_more_are_not_asked_for_any_more() {
    for deed in [Deed::Refuse, Deed::EndAfter(0)] {
        let slow = Arc::new(Slow::new(move |number| if number < 4 { Deed::Give } else { deed }));
        let (all, _) = run(&slow, 5).await;
        assert!(all.expect("came") == slow.bytes);
        assert_eq!(slow.wholes.load(Ordering::SeqCst), 2);
        assert!(slow.parts.load(Ordering::SeqCst) <= 4 + 5);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_damaged_in_a_part_is_found() {
    let mut slow = Slow::new(|_| Deed::Give);
    let mut bytes = slow.bytes.to_vec();
    bytes[SIZE / 2] ^= 1;
    slow.given = bytes.into();
    let (all, _) = run(&Arc::new(slow), 5).await;
    assert_eq!(all.unwrap_err().class(), Class::Damaged);
}

#[tokio::test(start_paused = true)]
async fn what_came_in_parts_is_gone_on_with_in_the_next_run() {
    let (staging, slow) = (tempfile::tempdir().expect("a directory"), Arc::new(Slow::new(|_| Deed::Give)));
    let streams = Streams::new(5, 1);
    let _lane = streams.enter();
    let blob = Blob::new(slow.descriptor(), slow.clone()).among(streams);
    let (first, meter) = (partial(&staging, &slow), Meter::default());
    let stopped = async {
        while percent(&slow) < 70 {
            tokio::task::yield_now().await
        }
    };
    tokio::select! {
        _ = fetch(&blob, first, &meter) => unreachable!("it was stopped before the end"),
        () = clock(&slow, &meter) => unreachable!("it never ends"),
        () = stopped => {}
    }
    assert_eq!(slow.peak.load(Ordering::SeqCst), 5);
    // The writer has the lock until it has done what it was told.
    while Partial::open(staging.path(), &slow.descriptor()).expect("opens").is_none() {
        tokio::task::spawn_blocking(std::thread::yield_now).await.expect("it does nothing");
    }
    let (all, _) = run_in(&staging, &slow, 5).await;
    assert!(all.expect("came") == slow.bytes);
    assert!(percent(&slow) <= 110, "{} %", percent(&slow));
}
