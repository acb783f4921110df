//! Blobs that go ahead of their image: each is brought as soon as it is there to be read, while the next ones are still being made.
//! So a layer is on its way while another is compressed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::sync::Semaphore;

use super::carrier::Carrier;
use super::execute::SMALL;
use super::report::PieceReport;
use super::{Limits, Observer, Outcome};
use crate::content::{Error, Sink, Source};
use crate::image::Descriptor;

/// What has gone ahead, for the [`Transfer`](super::Transfer) that follows.
#[derive(Debug)]
pub struct Ahead {
    pub(super) pieces: Vec<PieceReport>,
    pub(super) since: Instant,
}

impl Ahead {
    /// Nothing has.
    pub fn nothing() -> Self {
        Self { pieces: Vec::new(), since: Instant::now() }
    }

    /// Whether the place lacked one of these.
    pub(super) fn has_moved_any(&self, blobs: &[Descriptor]) -> bool {
        let moved = self.pieces.iter().filter(|piece| piece.outcome == Outcome::Moved);
        let moved: HashSet<_> = moved.map(|piece| piece.descriptor.digest).collect();
        blobs.iter().any(|blob| moved.contains(&blob.digest))
    }
}

/// Brings blobs as they come: large ones over as many streams as there may be, small ones beside them.
pub async fn go_ahead(
    blobs: impl Stream<Item = Descriptor>,
    source: Arc<dyn Source>,
    sink: &dyn Sink,
    limits: Limits,
    observer: Arc<dyn Observer>,
) -> Result<Ahead, Error> {
    let since = Instant::now();
    let (carrier, streams) = (&Carrier { source, sink, observer }, &Semaphore::new(limits.streams));
    let brought = blobs.map(|descriptor| async move {
        let meter = carrier.announce(&descriptor);
        if let Some(there) = carrier.probe(&descriptor, None, &meter).await? {
            return Ok(there);
        }
        let _stream = match descriptor.size {
            ..SMALL => None,
            SMALL.. => Some(streams.acquire().await.expect("nobody closes it")),
        };
        carrier.bring(&descriptor, &meter, None).await
    });
    let at_once = limits.streams.max(limits.requests);
    let pieces = brought.buffer_unordered(at_once).try_collect().await?;
    Ok(Ahead { pieces, since })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;

    use bytes::Bytes;
    use tokio::sync::mpsc;

    use super::*;
    use crate::content::{Blob, Claim, Kept, Memory, Meter, Rank, Reply, Standing};
    use crate::image::{MediaType, RepositoryName, Tag};
    use crate::transfer::{Choice, Plan, Transfer, execute};

    const LIMITS: Limits = Limits { streams: 2, requests: 2 };

    /// The first blob arrives while the second one is still to be made; what follows neither asks for them nor sends them again.
    #[tokio::test]
    async fn a_blob_is_brought_before_the_next_one_is_there() {
        let (here, there) = (Arc::new(Memory::new("here")), Memory::new("there"));
        let layers = ["one", "two"].map(|text| here.insert(MediaType::LAYER_GZIP, text));
        let config = here.insert(MediaType::CONFIG, "{}");
        let manifest = serde_json::json!({ "config": config, "layers": layers }).to_string();
        let root = here.insert(MediaType::MANIFEST, manifest);
        let (maker, mut made) = mpsc::unbounded_channel();
        let arriving = futures_util::stream::poll_fn(move |task| made.poll_recv(task));
        let source: Arc<dyn Source> = here.clone();
        let going = go_ahead(arriving, source.clone(), &there, LIMITS, Arc::new(()));
        let making = async {
            for layer in &layers {
                maker.send(layer.clone()).expect("somebody listens");
                let put = format!("put {}", layer.digest.short());
                while !there.journal().contains(&put) {
                    tokio::task::yield_now().await;
                }
            }
            drop(maker);
        };
        let (ahead, ()) = tokio::join!(going, making);
        let ahead = ahead.expect("brought");
        assert_eq!(
            ahead.pieces.iter().map(|piece| piece.outcome.clone()).collect::<Vec<_>>(),
            [Outcome::Moved, Outcome::Moved]
        );
        let asked = there.journal().len();
        let plan = Plan::read(&root, &source, &Choice::Everything).await.expect("a plan");
        let transfer = Transfer {
            plan: &plan,
            source,
            sink: &there,
            tags: &[Tag::latest()],
            mounts: Default::default(),
            limits: LIMITS,
            observer: Arc::new(()),
            ahead,
        };
        let report = execute(transfer).await.expect("pushed");
        assert_eq!((report.totals().moved, report.pieces.len()), (4, 4));
        let later = &there.journal()[asked..];
        assert!(!later.contains(&format!("has {}", root.digest.short())), "{later:?}");
        assert!(layers.iter().all(|layer| later.iter().all(|line| !line.contains(&layer.digest.short()))), "{later:?}");
        assert_eq!(there.tagged(&Tag::latest()), Some(root.digest));
    }

    /// A place that counts how many blobs are sent to it at once, small ones and others.
    struct Crowd<'a> {
        place: &'a Memory,
        now: [AtomicUsize; 2],
        most: [AtomicUsize; 2],
    }

    impl Sink for Crowd<'_> {
        fn place(&self) -> &str {
            "crowd"
        }
        fn standing<'a>(&'a self, root: &'a Descriptor, tags: &'a [Tag]) -> Reply<'a, Standing> {
            self.place.standing(root, tags)
        }
        fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool> {
            self.place.has(descriptor)
        }
        fn claim<'a>(&'a self, descriptor: &'a Descriptor, from: Option<&'a RepositoryName>) -> Reply<'a, Claim> {
            self.place.claim(descriptor, from)
        }
        fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()> {
            Box::pin(async move {
                let kind = usize::from(blob.descriptor().size >= SMALL);
                let now = self.now[kind].fetch_add(1, Relaxed) + 1;
                self.most[kind].fetch_max(now, Relaxed);
                tokio::task::yield_now().await;
                let put = self.place.put_blob(blob, meter).await;
                self.now[kind].fetch_sub(1, Relaxed);
                put
            })
        }
        fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept> {
            self.place.put_manifest(descriptor, bytes, rank)
        }
    }

    /// Large blobs have as many streams as there may be, and small ones go beside them.
    #[tokio::test]
    async fn small_blobs_do_not_wait_for_a_stream() {
        let (here, there) = (Arc::new(Memory::new("here")), Memory::new("there"));
        let sizes = [SMALL as usize, 10].into_iter().flat_map(|size| (0..6).map(move |n| vec![n; size]));
        let blobs: Vec<_> = sizes.map(|bytes| here.insert(MediaType::LAYER_GZIP, bytes)).collect();
        let crowd = Crowd { place: &there, now: Default::default(), most: Default::default() };
        let limits = Limits { streams: 2, requests: 12 };
        let ahead = go_ahead(futures_util::stream::iter(blobs), here, &crowd, limits, Arc::new(())).await;
        assert_eq!(ahead.expect("brought").pieces.len(), 12);
        assert_eq!(crowd.most.map(AtomicUsize::into_inner), [6, 2]);
    }

    /// What is there already is asked for, and not sent; then the image may be there too. So it may when another one's layer was sent.
    #[tokio::test]
    async fn what_is_there_is_not_sent() {
        let (here, there) = (Arc::new(Memory::new("here")), Memory::new("there"));
        let [blob, other] = ["one", "other"].map(|text| here.insert(MediaType::LAYER_GZIP, text));
        there.insert(MediaType::LAYER_GZIP, "one");
        let ahead = async |blobs: Vec<Descriptor>| {
            go_ahead(futures_util::stream::iter(blobs), here.clone(), &there, LIMITS, Arc::new(()))
                .await
                .expect("asked")
        };
        let asked = ahead(vec![blob.clone()]).await;
        assert_eq!(asked.pieces[0].outcome, Outcome::Exists);
        assert!(there.journal().iter().all(|line| !line.starts_with("put")));
        assert!(!asked.has_moved_any(std::slice::from_ref(&blob)));
        let asked = ahead(vec![blob.clone(), other.clone()]).await;
        assert!(!asked.has_moved_any(std::slice::from_ref(&blob)));
        assert!(asked.has_moved_any(&[blob, other]));
    }
}
