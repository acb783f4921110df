//! Bringing what is copied to its destinations: to all hosts at the same time, to one of them one after the other, so that the
//! second repository there mounts what the first one has got.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::depots::Depots;
use super::ends::{ArchiveName, End};
use super::freight::{Freight, Item};
use super::{Context, CopyArgs, Failure};
use crate::archive;
use crate::cli::from_daemon;
use crate::cli::push;
use crate::cli::settings::ResultFormat;
use crate::content::{Blob, Error, Kept, Rank, Sink, publish_file};
use crate::image::{Descriptor, Digest, MAX_MANIFEST_SIZE, Reference, RepositoryName, Tag};
use crate::layout::{Layout, Shelf};
use crate::registry::Repository;
use crate::transfer::{Ahead, Limits, Observer, Plan, Report, Transfer, execute};
use crate::ui::json as ui_json;
use crate::ui::progress::Direction;

/// An image that is where it should be.
pub struct Delivered {
    /// The image.
    pub root: Descriptor,
    /// What is said of it: a tag, or the destination as it was typed.
    pub label: String,
    /// The full destination.
    pub name: String,
    /// What was moved; of what needed no engine, nothing is known.
    pub report: Option<Report>,
    /// How many requests the registry was sent.
    pub requests: u64,
}

impl Delivered {
    /// What is printed.
    pub fn line(&self, format: Option<ResultFormat>, quiet: bool) -> String {
        let Self { root, label, name, report, requests } = self;
        match format {
            Some(ResultFormat::Json) => {
                let mut totals = json!(report.as_ref().map(Report::totals).unwrap_or_default());
                totals["requests"] = json!(requests);
                totals["seconds"] = json!(report.as_ref().map_or(0.0, |report| report.elapsed.as_secs_f64()));
                ui_json::line(&json!({
                    "reference": name,
                    "digest": root.digest,
                    "size": root.size,
                    "mediaType": root.media_type,
                    "pieces": report.as_ref().map(push::pieces).unwrap_or_default(),
                    "totals": totals,
                }))
            }
            None if quiet => format!("{name}@{}", root.digest),
            None => format!("{label}: digest: {} size: {}", root.digest, root.size),
        }
    }
}

/// Brings it to all destinations, and goes on where one fails. The results are in the order of the destinations.
pub async fn to_all(
    freight: &Freight,
    ends: &[End],
    depots: &Depots,
    args: &CopyArgs,
    context: &Context,
) -> Vec<Result<Delivered, Failure>> {
    let jobs = jobs(ends);
    let courier = Courier { freight, depots, args, context, is_alone: jobs.len() == 1 };
    let mut hosts: Vec<Vec<Job<'_>>> = Vec::new();
    for job in jobs {
        let host = |job: &Job<'_>| job.end.registry().map(|name| name.host.clone());
        match hosts.iter_mut().find(|jobs| host(&job).is_some() && host(&jobs[0]) == host(&job)) {
            Some(jobs) => jobs.push(job),
            None => hosts.push(vec![job]),
        }
    }
    let courier = &courier;
    let delivered = join_all(hosts.iter().map(|jobs| courier.to_host(jobs, &args.destinations))).await;
    let mut delivered: Vec<_> = delivered.into_iter().flatten().collect();
    delivered.sort_by_key(|(position, _)| *position);
    delivered.into_iter().map(|(_, result)| result).collect()
}

/// One destination, or several tags of one repository.
struct Job<'a> {
    end: &'a End,
    positions: Vec<usize>,
    tags: Vec<Tag>,
}

fn jobs(ends: &[End]) -> Vec<Job<'_>> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (position, end) in ends.iter().enumerate() {
        let tag = end.registry().and_then(|name| name.tag.clone());
        let is_same = |job: &&mut Job<'_>| match (job.end.registry(), end.registry()) {
            (Some(one), Some(other)) => one.host == other.host && one.name == other.name,
            _ => false,
        };
        match jobs.iter_mut().find(is_same) {
            Some(job) => {
                job.positions.push(position);
                job.tags.extend(tag.filter(|tag| !job.tags.contains(tag)));
            }
            None => jobs.push(Job { end, positions: vec![position], tags: tag.into_iter().collect() }),
        }
    }
    jobs
}

type Placed = (usize, Result<Delivered, Failure>);

struct Courier<'a> {
    freight: &'a Freight,
    depots: &'a Depots,
    args: &'a CopyArgs,
    context: &'a Context,
    /// Only one transfer can be shown at a time.
    is_alone: bool,
}

impl Courier<'_> {
    async fn to_host(&self, jobs: &[Job<'_>], typed: &[String]) -> Vec<Placed> {
        let (mut placed, mut neighbour) = (Vec::new(), None);
        for job in jobs {
            let result = match job.end {
                End::Registry(name) => {
                    let result = self.to_registry(job, name, neighbour.as_ref()).await;
                    if result.is_ok() {
                        neighbour.get_or_insert_with(|| name.name.clone());
                    }
                    result
                }
                _ => self.to_place(job.end, &typed[job.positions[0]]).await,
            };
            match result {
                Ok(delivered) => {
                    placed.extend(delivered.into_iter().zip(&job.positions).map(|(one, at)| (*at, Ok(one))))
                }
                Err(failure) => placed.push((job.positions[0], Err(failure))),
            }
        }
        placed
    }

    /// Under all its tags. One result a tag that was typed, of which the first has what was done.
    async fn to_registry(
        &self,
        job: &Job<'_>,
        name: &Reference,
        neighbour: Option<&RepositoryName>,
    ) -> Result<Vec<Delivered>, Failure> {
        self.context.console.talk(&format!("The copy goes to repository [{}]", name.familiar_repository()));
        let repository = self.depots.repository(name);
        let before = repository.requests_sent();
        let limits = Limits::streams(self.context.settings.uploads(self.args.max_concurrent_uploads));
        let mut report = self.only_named(&repository, name, &job.tags).await?;
        let items = if report.is_some() { &[] } else { &self.freight.items[..] };
        for (position, item) in items.iter().enumerate() {
            let own: Vec<Tag> = item.tag.clone().into_iter().collect();
            let tags = if position == 0 { &job.tags } else { &own };
            let moved = self.bring(item, &repository, tags, limits, |plan| self.mounts(plan, name, neighbour)).await?;
            if position > 0 && moved.totals().moved == 0 {
                // It was there, and perhaps on no list.
                let referrer = Blob::new(item.root.clone(), self.freight.source.clone());
                repository.list_referrer(&item.root, &referrer.read_all(MAX_MANIFEST_SIZE).await?).await?;
            }
            report.get_or_insert(moved);
        }
        let requests = repository.requests_sent() - before;
        let tags = job.positions.iter().map(|position| self.args.destinations[*position].as_str());
        let mut report = report;
        Ok(tags
            .map(|typed| {
                let tag = typed_tag(typed);
                let full = name.with_tag(tag.clone()).familiar();
                let first = report.take();
                let requests = if first.is_some() { requests } else { 0 };
                Delivered {
                    root: self.freight.root().clone(),
                    label: tag.to_string(),
                    name: full,
                    report: first,
                    requests,
                }
            })
            .collect())
    }

    /// In the repository that it is in, an image only gets names.
    async fn only_named(
        &self,
        repository: &Repository,
        name: &Reference,
        tags: &[Tag],
    ) -> Result<Option<Report>, Failure> {
        if self.freight.home_on(&name.host).is_none_or(|home| home.name != name.name) {
            return Ok(None);
        }
        let (root, source) = (self.freight.root(), self.freight.source.clone());
        let bytes = Blob::new(root.clone(), source).read_all(MAX_MANIFEST_SIZE).await?;
        match repository.put_manifest(root, bytes, Rank::Root(tags)).await? {
            Kept::New | Kept::Before => Ok(Some(Report { pieces: Vec::new(), elapsed: Duration::ZERO })),
            Kept::Lacking { error, .. } => Err(error.into()),
        }
    }

    /// From where each blob can be had there without its bytes.
    fn mounts(
        &self,
        plan: &Plan,
        name: &Reference,
        neighbour: Option<&RepositoryName>,
    ) -> Result<HashMap<Digest, RepositoryName>, Failure> {
        let home = self.freight.home_on(&name.host).map(|home| &home.name).or(neighbour);
        match home {
            Some(home) if *home == name.name => Ok(HashMap::new()),
            Some(home) => Ok(plan.blobs.iter().map(|blob| (blob.digest, home.clone())).collect()),
            None => push::mounts(plan, name, self.context),
        }
    }

    async fn bring(
        &self,
        item: &Item,
        sink: &dyn Sink,
        tags: &[Tag],
        limits: Limits,
        mounts: impl Fn(&Plan) -> Result<HashMap<Digest, RepositoryName>, Failure>,
    ) -> Result<Report, Failure> {
        let Freight { source, .. } = self.freight;
        let plan = Plan::read(&item.root, source, &item.choice).await?;
        for layer in &plan.foreign {
            let words = format!("layer {} may not be distributed and is not copied", layer.digest.short());
            self.context.console.warn(&words);
        }
        let progress = self.is_alone.then(|| self.context.progress(Direction::Push));
        let observer: Arc<dyn Observer> = match &progress {
            Some(progress) => progress.clone(),
            None => Arc::new(()),
        };
        let (source, mounts) = (source.clone(), mounts(&plan)?);
        let transfer = Transfer { plan: &plan, source, sink, tags, mounts, limits, observer, ahead: Ahead::nothing() };
        let report = execute(transfer).await;
        progress.iter().for_each(|progress| progress.finish());
        Ok(report?)
    }

    /// To a place that is no registry.
    async fn to_place(&self, end: &End, typed: &str) -> Result<Vec<Delivered>, Failure> {
        let mut report = None;
        match end {
            End::Registry(_) => unreachable!("it has a way of its own"),
            End::Layout(path, text) => report = Some(self.to_layout(path, text.as_deref()).await?),
            End::Store(name) => report = Some(self.to_store(name.as_ref()).await?),
            End::Daemon(name) => self.to_daemon(name.as_ref()).await?,
            End::Archive(path, name) => self.to_file(path, name).await?,
            End::Stdout => {
                let console = self.context.console.clone();
                self.export(&ArchiveName::Same, move |write| {
                    let mut out = console.bytes();
                    write(&mut out)?;
                    out.flush().map_err(|error| Error::io("cannot write to", "standard output".as_ref(), error))
                })
                .await?;
            }
        }
        let root = self.freight.root().clone();
        let name = match end {
            End::Stdout => "standard output".to_owned(),
            End::Store(name) | End::Daemon(name) => self.named(name.as_ref())?.familiar(),
            _ => typed.to_owned(),
        };
        Ok(vec![Delivered { root, label: name.clone(), name, report, requests: 0 }])
    }

    /// The image, and what refers to it, each on a shelf of its own.
    async fn to_shelves(
        &self,
        layout: &Arc<Layout>,
        image: impl FnOnce() -> Result<(Shelf, Vec<Tag>), Failure>,
        referrer: impl Fn() -> Result<Shelf, Failure>,
    ) -> Result<Report, Failure> {
        let limits = Limits::streams(self.context.settings.downloads(self.args.max_concurrent_downloads));
        let _lease = layout.lease()?;
        let (shelf, tags) = image()?;
        let [first, others @ ..] = &self.freight.items[..] else { unreachable!("there is always an image") };
        let report = self.bring(first, &shelf, &tags, limits, |_| Ok(HashMap::new())).await?;
        for item in others {
            let tags: Vec<Tag> = item.tag.clone().into_iter().collect();
            self.bring(item, &referrer()?, &tags, limits, |_| Ok(HashMap::new())).await?;
        }
        Ok(report)
    }

    async fn to_layout(&self, path: &Path, text: Option<&str>) -> Result<Report, Failure> {
        let layout = Arc::new(Layout::new(path));
        let name = self.freight.name.as_ref().map(|name| name.canonical().to_string());
        let text = text.map(str::to_owned).or(name);
        let image = || Ok((Shelf::selected_by(layout.clone(), text)?, Vec::new()));
        self.to_shelves(&layout, image, || Ok(Shelf::selected_by(layout.clone(), None)?)).await
    }

    async fn to_store(&self, name: Option<&Reference>) -> Result<Report, Failure> {
        let (store, name) = (self.context.store.clone(), self.named(name)?);
        let tags = if name.digest.is_some() { Vec::new() } else { vec![name.tag.clone().unwrap_or_else(Tag::latest)] };
        let shelf = || Ok(Shelf::new(store.clone(), name.clone())?);
        self.to_shelves(&store, || Ok((shelf()?, tags)), shelf).await
    }

    async fn to_daemon(&self, name: Option<&Reference>) -> Result<(), Failure> {
        let name = self.named(name)?;
        if name.digest.is_some() {
            return Err(Failure::usage("an image needs a name with a tag in the Docker daemon")
                .hint("give it one: `docker-daemon:NAME:TAG`"));
        }
        if self.freight.items.len() > 1 {
            self.context.console.warn("the Docker daemon keeps no referrers: only the image goes there");
        }
        let layout = self.freight.layout.as_ref().expect("what becomes an archive lies in a layout");
        self.context.give_from(layout, &from_daemon::reach().await?, self.freight.root(), &name).await
    }

    /// The name that was typed for it, or else the one that it has.
    fn named(&self, typed: Option<&Reference>) -> Result<Reference, Failure> {
        typed.or(self.freight.name.as_ref()).cloned().ok_or_else(|| {
            Failure::usage("the image has no name where it comes from").hint("give it one: `store:NAME:TAG`")
        })
    }

    async fn to_file(&self, path: &Path, name: &ArchiveName) -> Result<(), Failure> {
        let path = path.to_owned();
        self.export(name, move |write| {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let failed = |error| Error::io("cannot write", &path, error);
            // The kind alone: the whole error names a file that nobody asked for.
            let file = tempfile::NamedTempFile::new_in(directory.unwrap_or(".".as_ref()));
            let mut file = file.map_err(|error| failed(error.kind().into()))?;
            write(&mut file)?;
            publish_file(file, &std::path::absolute(&path).map_err(failed)?).map_err(failed)
        })
        .await
    }

    /// Makes an archive, on a thread of its own.
    async fn export(
        &self,
        name: &ArchiveName,
        into: impl FnOnce(&dyn Fn(&mut dyn std::io::Write) -> Result<(), Error>) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Failure> {
        let layout = self.freight.layout.clone().expect("what becomes an archive lies in a layout");
        let known = self.freight.name.clone().filter(|name| name.tag.is_some());
        let (image, selector) = match name {
            ArchiveName::Same => (known.clone(), None),
            ArchiveName::Full(name) => (Some(name.as_ref().clone()), None),
            // What Docker reads has full names alone.
            ArchiveName::Text(text) => (text.parse().ok().filter(|_| text.contains([':', '/'])), Some(text.clone())),
        };
        let images: Vec<(Descriptor, Vec<Reference>)> = self
            .freight
            .items
            .iter()
            .enumerate()
            .map(|(position, item)| {
                let tagged =
                    item.tag.clone().zip(image.clone().or(known.clone())).map(|(tag, name)| name.with_tag(tag));
                let name = if position == 0 { image.clone() } else { tagged };
                (item.root.clone(), name.into_iter().collect())
            })
            .collect();
        let exporting = tokio::task::spawn_blocking(move || {
            into(&|out| Ok(archive::export_selected(out, &images, selector.as_deref(), layout.blobs())?))
        });
        Ok(exporting.await.expect("exporting does not panic")?)
    }
}

/// The tag of a destination as it was typed.
fn typed_tag(text: &str) -> Tag {
    let name = text.strip_prefix("docker://").unwrap_or(text).parse::<Reference>().ok();
    name.and_then(|name| name.tag).unwrap_or_else(Tag::latest)
}
