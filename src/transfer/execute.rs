//! Moving what a plan says: probe everything at once, move what is missing, then the manifests wave by wave, the root and its
//! tags last. A tag can so never name something incomplete.
//!
//! Everything runs inside the one future of [`execute`]; dropping it stops everything.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{self, Either};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::ahead::Ahead;
use super::carrier::Carrier;
use super::plan::{Document, Plan};
use super::report::{PieceReport, Report};
use super::{Observer, Outcome};
use crate::content::{Error, Kept, Meter, Rank, Sink, Source, Standing, Streams};
use crate::image::{Descriptor, Digest, RepositoryName, Tag};

/// Blobs below this size (configs, mostly) don't wait for a stream: they cost a round trip, not bandwidth.
pub(super) const SMALL: u64 = 64 * 1024;

/// How long to wait for word of an image of which nothing is known, before its blobs are asked for as well. Next door the answer
/// comes sooner, and may save asking; far away a round trip is worth more than the questions.
const PATIENCE: Duration = Duration::from_millis(25);

/// Of an image with more blobs, these are not asked for before it is known to be missing.
const FEW: usize = 64;

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
    /// Blobs that were brought before.
    pub ahead: Ahead,
}

/// Moves what is missing.
pub async fn execute(transfer: Transfer<'_>) -> Result<Report, Error> {
    let run = Run::new(&transfer);
    let pieces = match run.look().await? {
        Found::Image { missing_tags } => run.name(&missing_tags).await?,
        Found::Pieces(probes) => run.everything(probes).await?,
    };
    Ok(Report { pieces, elapsed: transfer.ahead.since.elapsed() })
}

struct Run<'a> {
    transfer: &'a Transfer<'a>,
    carrier: Carrier<'a>,
    meters: HashMap<Digest, Meter>,
    /// What has gone ahead.
    ahead: HashSet<Digest>,
}

impl<'a> Run<'a> {
    fn new(transfer: &'a Transfer<'a>) -> Self {
        let (source, observer) = (transfer.source.clone(), transfer.observer.clone());
        let carrier = Carrier { source, sink: transfer.sink, observer };
        let ahead: HashSet<Digest> = transfer.ahead.pieces.iter().map(|piece| piece.descriptor.digest).collect();
        let others = transfer.plan.pieces().filter(|piece| !ahead.contains(&piece.digest));
        let meters = others.map(|descriptor| (descriptor.digest, carrier.announce(descriptor))).collect();
        Self { transfer, carrier, meters, ahead }
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
        let there = self.not_ahead(self.transfer.plan.pieces());
        let there = there.map(|descriptor| self.finished(descriptor, Outcome::Exists, started)).collect();
        Ok(with_latest(with_latest(there, again), self.transfer.ahead.pieces.clone()))
    }

    /// Asks for the image; for its blobs when it is not there, or before that is known, where the answer takes its time. What lacked
    /// one of its blobs had no image that is whole, and is not asked.
    async fn look(&self) -> Result<Found<'a>, Error> {
        let Transfer { plan, sink, tags, ahead, .. } = self.transfer;
        if ahead.has_moved_any(&plan.blobs) {
            return self.probe_all().await.map(Found::Pieces);
        }
        let mut standing = std::pin::pin!(sink.standing(&plan.root.descriptor, tags));
        let mut probes = std::pin::pin!(self.probe_all());
        let patience = match plan.blobs.len() <= FEW && sink.is_new_ground(&plan.root.descriptor).await {
            true => PATIENCE,
            false => Duration::MAX,
        };
        let (standing, early) = match tokio::time::timeout(patience, &mut standing).await {
            Ok(standing) => (standing?, None),
            Err(_) => match future::select(standing, &mut probes).await {
                Either::Left((standing, probes)) => match standing? {
                    // What is under way is awaited all the same: an upload may have begun of which nobody would hear.
                    Standing::Present { missing_tags } => {
                        let _ = probes.await;
                        return Ok(Found::Image { missing_tags });
                    }
                    Standing::Absent => (Standing::Absent, None),
                },
                Either::Right((probes, standing)) => (standing.await?, Some(probes?)),
            },
        };
        match (standing, early) {
            (Standing::Present { missing_tags }, _) => Ok(Found::Image { missing_tags }),
            (Standing::Absent, Some(probes)) => Ok(Found::Pieces(probes)),
            (Standing::Absent, None) => probes.await.map(Found::Pieces),
        }
    }

    async fn probe_all(&self) -> Result<Vec<Probe<'a>>, Error> {
        let blobs = self.not_ahead(&self.transfer.plan.blobs);
        let probes = futures_util::stream::iter(blobs).map(|blob| self.probe(blob));
        probes.buffer_unordered(self.transfer.limits.requests).try_collect().await
    }

    async fn everything(&self, probed: Vec<Probe<'a>>) -> Result<Vec<PieceReport>, Error> {
        let Limits { streams, requests } = self.transfer.limits;
        let plan = self.transfer.plan;
        let mut pieces = self.transfer.ahead.pieces.clone();
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

    async fn probe(&self, descriptor: &'a Descriptor) -> Result<Probe<'a>, Error> {
        let from = self.transfer.mounts.get(&descriptor.digest);
        let there = self.carrier.probe(descriptor, from, &self.meter(descriptor)).await?;
        Ok(there.map_or(Probe::Missing(descriptor), Probe::There))
    }

    async fn put_blobs(&self, blobs: Vec<&'a Descriptor>, at_once: usize) -> Result<Vec<PieceReport>, Error> {
        let streams = &Streams::new(at_once, blobs.len());
        let put = |descriptor: &'a Descriptor| async move {
            let (meter, _lane) = (self.meter(descriptor), streams.enter());
            self.carrier.bring(descriptor, &meter, Some(streams)).await
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
                self.meter(descriptor).add(descriptor.size);
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
        self.carrier.finished(descriptor, outcome, &self.meter(descriptor), started)
    }

    /// Those that have not gone ahead.
    fn not_ahead<'p>(
        &'p self,
        pieces: impl IntoIterator<Item = &'a Descriptor> + 'p,
    ) -> impl Iterator<Item = &'a Descriptor> + 'p {
        pieces.into_iter().filter(|piece| !self.ahead.contains(&piece.digest))
    }

    /// What counts a piece's bytes. One that went ahead and was lost is announced a second time.
    fn meter(&self, descriptor: &Descriptor) -> Meter {
        self.meters.get(&descriptor.digest).cloned().unwrap_or_else(|| self.carrier.announce(descriptor))
    }
}

/// What became of each piece in the end: one that was there may have had to be brought all the same.
fn with_latest(mut pieces: Vec<PieceReport>, later: Vec<PieceReport>) -> Vec<PieceReport> {
    let again: HashSet<_> = later.iter().map(|piece| piece.descriptor.digest).collect();
    pieces.retain(|piece| !again.contains(&piece.descriptor.digest));
    pieces.extend(later);
    pieces
}

/// What there is of the image.
enum Found<'a> {
    /// All of it; these tags do not name it.
    Image { missing_tags: Vec<Tag> },
    /// Some of its blobs, perhaps.
    Pieces(Vec<Probe<'a>>),
}

enum Probe<'a> {
    There(PieceReport),
    Missing(&'a Descriptor),
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
            ahead: Ahead::nothing(),
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
