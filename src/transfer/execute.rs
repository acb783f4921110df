//! Moving what a plan says: probe everything at once, move what is missing, then the manifests wave by wave, the root and its
//! tags last. A tag can so never name something incomplete.
//!
//! Everything runs inside the one future of [`execute`]; dropping it stops everything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::plan::{Document, Plan};
use super::report::{PieceReport, Report};
use super::{Event, Observer, Outcome, State};
use crate::content::{Blob, Claim, Error, Kept, Meter, Rank, Signal, Sink, Source, Standing, Streams};
use crate::image::{Descriptor, Digest, RepositoryName, Tag};

/// Blobs below this size (configs, mostly) don't wait for a stream: they cost a round trip, not bandwidth.
const SMALL: u64 = 64 * 1024;

/// How much may be under way at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Streams of bytes: `--max-concurrent-uploads`.
    pub streams: usize,
    /// Requests that carry no more than a few bytes.
    pub requests: usize,
}

impl Limits {
    /// As many streams as the user wants.
    pub fn streams(streams: usize) -> Self {
        Self { streams: streams.max(1), requests: 32 }
    }
}

/// A transfer: what, from where, to where, under which names.
pub struct Transfer<'a> {
    /// What has to be there in the end.
    pub plan: &'a Plan,
    /// Where the bytes are.
    pub source: Arc<dyn Source>,
    /// Where they go.
    pub sink: &'a dyn Sink,
    /// The tags to put on the root.
    pub tags: &'a [Tag],
    /// For blobs that are missing: the repository of the same host that may have them.
    pub mounts: HashMap<Digest, RepositoryName>,
    /// How much may be under way at once.
    pub limits: Limits,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
}

/// Moves what is missing.
pub async fn execute(transfer: Transfer<'_>) -> Result<Report, Error> {
    let started = Instant::now();
    let run = Run::new(&transfer);
    let pieces = match transfer.sink.standing(&transfer.plan.root.descriptor, transfer.tags).await? {
        Standing::Present { missing_tags } => run.name(&missing_tags).await?,
        Standing::Absent => run.everything().await?,
    };
    Ok(Report { pieces, elapsed: started.elapsed() })
}

struct Run<'a> {
    transfer: &'a Transfer<'a>,
    meters: HashMap<Digest, Meter>,
}

impl<'a> Run<'a> {
    fn new(transfer: &'a Transfer<'a>) -> Self {
        let mut meters = HashMap::new();
        for descriptor in transfer.plan.pieces() {
            let (observer, digest) = (transfer.observer.clone(), descriptor.digest);
            let meter = Meter::heard_by(move |signal| observer.see(Event::State { digest, state: state_of(signal) }));
            transfer.observer.see(Event::Piece { descriptor: descriptor.clone(), meter: meter.clone() });
            meters.insert(digest, meter);
        }
        Self { transfer, meters }
    }

    /// Everything is there; only names are missing.
    async fn name(&self, missing: &[Tag]) -> Result<Vec<PieceReport>, Error> {
        let started = Instant::now();
        let Plan { root, .. } = self.transfer.plan;
        let mut again = match missing {
            [] => Vec::new(),
            missing => self.put_manifest(root, Rank::Root(missing)).await?,
        };
        // What was there already is there, whatever became of its names.
        again.retain(|piece| piece.descriptor.digest != root.descriptor.digest);
        let pieces = self.transfer.plan.pieces();
        let there = pieces.map(|descriptor| self.finished(descriptor, Outcome::Exists, started)).collect();
        Ok(with_latest(there, again))
    }

    async fn everything(&self) -> Result<Vec<PieceReport>, Error> {
        let Limits { streams, requests } = self.transfer.limits;
        let plan = self.transfer.plan;
        let probed: Vec<_> = futures_util::stream::iter(&plan.blobs)
            .map(|blob| self.probe(blob))
            .buffer_unordered(requests)
            .try_collect()
            .await?;
        let mut pieces = Vec::new();
        let mut missing = Vec::new();
        for probe in probed {
            match probe {
                Probe::There(piece) => pieces.push(piece),
                Probe::Missing(descriptor) => missing.push(descriptor),
            }
        }
        // The largest first: a large one that begins last is what everybody waits for in the end.
        missing.sort_by_key(|descriptor| std::cmp::Reverse(descriptor.size));
        let (large, small): (Vec<_>, Vec<_>) = missing.into_iter().partition(|descriptor| descriptor.size >= SMALL);
        let (large, small) =
            futures_util::future::try_join(self.put_blobs(large, streams), self.put_blobs(small, requests)).await?;
        pieces.extend(large.into_iter().chain(small));
        for wave in &plan.waves {
            let put: Vec<_> = futures_util::stream::iter(wave)
                .map(|document| self.put_manifest(document, Rank::Child))
                .buffer_unordered(requests)
                .try_collect()
                .await?;
            pieces = with_latest(pieces, put.into_iter().flatten().collect());
        }
        let put = self.put_manifest(&plan.root, Rank::Root(self.transfer.tags)).await?;
        Ok(with_latest(pieces, put))
    }

    /// Is it there, or can it be taken from next door?
    async fn probe(&self, descriptor: &'a Descriptor) -> Result<Probe<'a>, Error> {
        let started = Instant::now();
        let from = self.transfer.mounts.get(&descriptor.digest);
        let outcome = match (self.transfer.sink.claim(descriptor, from).await?, from) {
            (Claim::There, _) => Outcome::Exists,
            (Claim::Mounted, Some(from)) => Outcome::Mounted(from.clone()),
            (Claim::Mounted | Claim::Missing, _) => {
                self.tell(descriptor, State::Waiting);
                return Ok(Probe::Missing(descriptor));
            }
        };
        Ok(Probe::There(self.finished(descriptor, outcome, started)))
    }

    async fn put_blobs(&self, blobs: Vec<&'a Descriptor>, at_once: usize) -> Result<Vec<PieceReport>, Error> {
        let streams = &Streams::new(at_once, blobs.len());
        let put = |descriptor: &'a Descriptor| async move {
            let started = Instant::now();
            self.tell(descriptor, State::Moving);
            let _lane = streams.enter();
            let blob = Blob::new(descriptor.clone(), self.transfer.source.clone()).among(streams.clone());
            let meter = &self.meters[&descriptor.digest];
            while let Err(error) = self.transfer.sink.put_blob(&blob, meter).await {
                if !blob.is_elsewhere(&error) {
                    return Err(error);
                }
                meter.signal(Signal::Retrying { after: Duration::ZERO, cause: error.to_string() });
                meter.reset_to(0);
            }
            Ok(self.finished(descriptor, Outcome::Moved, started))
        };
        futures_util::stream::iter(blobs).map(put).buffer_unordered(at_once).try_collect().await
    }

    /// Puts a manifest. A place may have lost what it said it had: a garbage collection came between, or a cache answers for
    /// a storage. What it names is then brought there, once.
    async fn put_manifest(&self, document: &Document, rank: Rank<'_>) -> Result<Vec<PieceReport>, Error> {
        let started = Instant::now();
        let Document { descriptor, bytes } = document;
        let mut pieces = Vec::new();
        let mut kept = self.transfer.sink.put_manifest(descriptor, bytes.clone(), rank).await?;
        if let Kept::Lacking { digests, error } = kept {
            tracing::debug!("{error}: bringing what is missing");
            pieces = self.bring_again(&digests, error).await?;
            kept = self.transfer.sink.put_manifest(descriptor, bytes.clone(), rank).await?;
        }
        let outcome = match kept {
            Kept::Before => Outcome::Exists,
            Kept::New => {
                self.meters[&descriptor.digest].add(descriptor.size);
                Outcome::Moved
            }
            Kept::Lacking { error, .. } => return Err(error),
        };
        pieces.push(self.finished(descriptor, outcome, started));
        Ok(pieces)
    }

    /// Brings what a place lacks, whatever it says when it is asked; all that it says it lacks, where it named nothing.
    async fn bring_again(&self, digests: &[Digest], error: Error) -> Result<Vec<PieceReport>, Error> {
        let Transfer { plan, sink, limits, .. } = self.transfer;
        let mut blobs = Vec::new();
        for blob in &plan.blobs {
            let is_lacking = match digests {
                [] => !sink.has(blob).await?,
                digests => digests.contains(&blob.digest),
            };
            if is_lacking {
                blobs.push(blob);
            }
        }
        let documents = plan.waves.iter().flatten().filter(|document| digests.contains(&document.descriptor.digest));
        let documents: Vec<_> = documents.collect();
        if blobs.is_empty() && documents.is_empty() {
            return Err(error);
        }
        let pieces = self.put_blobs(blobs, limits.streams).await?;
        for Document { descriptor, bytes } in documents {
            sink.put_manifest(descriptor, bytes.clone(), Rank::Child).await?;
        }
        Ok(pieces)
    }

    fn finished(&self, descriptor: &Descriptor, outcome: Outcome, started: Instant) -> PieceReport {
        self.tell(descriptor, State::Finished(outcome.clone()));
        let meter = &self.meters[&descriptor.digest];
        PieceReport {
            descriptor: descriptor.bare(),
            outcome,
            bytes_sent: meter.sent(),
            retries: meter.retries(),
            elapsed: started.elapsed(),
        }
    }

    fn tell(&self, descriptor: &Descriptor, state: State) {
        self.transfer.observer.see(Event::State { digest: descriptor.digest, state });
    }
}

/// What became of each piece in the end: one that was there may have had to be brought all the same.
fn with_latest(mut pieces: Vec<PieceReport>, later: Vec<PieceReport>) -> Vec<PieceReport> {
    pieces.retain(|piece| later.iter().all(|other| other.descriptor.digest != piece.descriptor.digest));
    pieces.extend(later);
    pieces
}

enum Probe<'a> {
    There(PieceReport),
    Missing(&'a Descriptor),
}

fn state_of(signal: Signal) -> State {
    match signal {
        Signal::Moving => State::Moving,
        Signal::Committing => State::Committing,
        Signal::Retrying { after, cause } => State::Retrying { after, cause },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Class, Memory};
    use crate::image::MediaType;
    use crate::transfer::Choice;

    struct Image {
        source: Arc<Memory>,
        root: Descriptor,
        layers: Vec<Descriptor>,
    }

    fn image() -> Image {
        let source = Memory::new("here");
        let config = source.insert(MediaType::CONFIG, "{}");
        let layers: Vec<_> =
            [100_000, 300_000, 200_000].map(|size| source.insert(MediaType::LAYER_GZIP, vec![b'x'; size])).into();
        let manifest = serde_json::json!({ "config": config, "layers": layers }).to_string();
        let root = source.insert(MediaType::MANIFEST, manifest);
        Image { source: Arc::new(source), root, layers }
    }

    async fn push(image: &Image, sink: &Memory, mounts: &[&Descriptor]) -> Result<Report, Error> {
        let source: Arc<dyn Source> = image.source.clone();
        let plan = Plan::read(&image.root, &source, &Choice::Everything).await?;
        let from: RepositoryName = "other".parse().expect("a name");
        let transfer = Transfer {
            plan: &plan,
            source,
            sink,
            tags: &[Tag::latest()],
            mounts: mounts.iter().map(|descriptor| (descriptor.digest, from.clone())).collect(),
            limits: Limits::streams(1),
            observer: Arc::new(()),
        };
        execute(transfer).await
    }

    #[tokio::test]
    async fn blobs_go_before_the_manifest_and_the_largest_first() {
        let (image, sink) = (image(), Memory::new("there"));
        let report = push(&image, &sink, &[]).await.expect("pushed");
        let put: Vec<_> = sink.journal().into_iter().filter(|line| !line.starts_with("has")).collect();
        let [small, large, middle] = [0, 1, 2].map(|n| format!("put {}", image.layers[n].digest.short()));
        let position = |line: &String| put.iter().position(|other| other == line).expect("in the journal");
        assert!(position(&large) < position(&middle) && position(&middle) < position(&small));
        assert_eq!(put[put.len() - 2..], [format!("manifest {}", image.root.digest.short()), "tag latest".to_owned()]);
        let totals = report.totals();
        assert_eq!((totals.moved, totals.bytes_sent), (5, report.pieces.iter().map(|p| p.descriptor.size).sum()));
    }

    /// An image that is there costs one question; with a new name, one manifest more.
    #[tokio::test]
    async fn what_is_there_is_not_moved() {
        let (image, sink) = (image(), Memory::new("there"));
        push(&image, &sink, &[]).await.expect("pushed");
        let before = sink.journal().len();
        let report = push(&image, &sink, &[]).await.expect("pushed again");
        assert_eq!(sink.journal()[before..], [format!("has {}", image.root.digest.short())]);
        assert_eq!((report.totals().existing, report.totals().bytes_sent), (5, 0));
    }

    /// A registry may say that it has a blob, and find out that it has not when the manifest comes.
    #[tokio::test]
    async fn what_a_place_has_lost_is_brought_again() {
        let (image, sink) = (image(), Memory::new("there"));
        push(&image, &sink, &[]).await.expect("pushed");
        let tagged_anew = image.source.insert(MediaType::MANIFEST, {
            let layers = &image.layers;
            let config = image.source.insert(MediaType::CONFIG, "{}");
            serde_json::json!({ "config": config, "layers": layers, "annotations": { "a": "b" } }).to_string()
        });
        let image = Image { root: tagged_anew, ..image };
        sink.forget(&image.layers[1].digest);
        let report = push(&image, &sink, &[]).await.expect("pushed all the same");
        let totals = report.totals();
        assert_eq!((totals.existing, totals.moved, report.pieces.len()), (3, 2, 5));
        assert_eq!(sink.tagged(&Tag::latest()), Some(image.root.digest));
    }

    #[tokio::test]
    async fn what_is_next_door_is_mounted() {
        let (image, sink) = (image(), Memory::new("there"));
        sink.allow_mount(&image.layers[0].digest);
        let report = push(&image, &sink, &[&image.layers[0], &image.layers[1]]).await.expect("pushed");
        assert_eq!((report.totals().mounted, report.totals().moved), (1, 4));
    }

    /// C-41: a tag never names something incomplete.
    #[tokio::test]
    async fn a_failure_leaves_the_tag_alone() {
        let (image, sink) = (image(), Memory::new("there"));
        image.source.corrupt(&image.layers[2].digest, "damaged");
        let error = push(&image, &sink, &[]).await.unwrap_err();
        assert_eq!((error.class(), sink.tagged(&Tag::latest())), (Class::Damaged, None));
        assert!(!sink.journal().iter().any(|line| line.starts_with("manifest")));
    }
}
