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
use super::jobs::{Job, jobs, typed_tag};
use super::{Context, CopyArgs, Failure};
use crate::archive;
use crate::cli::ci_summary::CiSummary;
use crate::cli::from_daemon;
use crate::cli::guard::{Guard, Held};
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
    /// The repository, when it is a registry's.
    pub repository: Option<String>,
    /// What was moved; of what needed no engine, nothing is known.
    pub report: Option<Report>,
    /// How many requests the registry was sent.
    pub requests: u64,
}

impl Delivered {
    /// What is printed.
    pub fn line(&self, format: Option<ResultFormat>, quiet: bool) -> String {
        let Self { root, label, name, report, requests, .. } = self;
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

    /// For the pipeline's next steps.
    pub fn add_to(&self, summary: &CiSummary) {
        let Self { root, name, repository, report, .. } = self;
        let (image, direction) = match repository {
            Some(repository) => (format!("{repository}@{}", root.digest), Direction::Push),
            None => (name.clone(), Direction::Save),
        };
        summary.add((name.clone(), image), root, direction, report.as_ref());
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

type Placed = (usize, Result<Delivered, Failure>);

/// Who brings it.
pub struct Courier<'a> {
    /// What.
    pub freight: &'a Freight,
    /// The registries.
    pub depots: &'a Depots,
    /// What was typed.
    pub args: &'a CopyArgs,
    /// What every command works with.
    pub context: &'a Context,
    /// Only one transfer can be shown at a time.
    pub is_alone: bool,
}

impl Courier<'_> {
    async fn to_host(&self, jobs: &[Job<'_>], typed: &[String]) -> Vec<Placed> {
        let (mut placed, mut neighbour) = (Vec::new(), None);
        for job in jobs {
            let result = match job.end {
                End::Registry(name) => {
                    let result = self.to_registry(job, name, neighbour.as_ref()).await;
                    if result.as_ref().is_ok_and(|placed| placed.iter().any(|(_, one)| one.is_ok())) {
                        neighbour.get_or_insert_with(|| name.name.clone());
                    }
                    result
                }
                _ => {
                    let at = job.positions()[0];
                    self.to_place(job.end, &typed[at]).await.map(|delivered| vec![(at, Ok(delivered))])
                }
            };
            match result {
                Ok(results) => placed.extend(results),
                Err(failure) => placed.push((job.positions()[0], Err(failure))),
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
    ) -> Result<Vec<Placed>, Failure> {
        self.context.console.talk(&format!("The copy goes to repository [{}]", name.familiar_repository()));
        let verify = self.context.settings.verify(self.args.verify);
        let repository = self.depots.repository(name);
        let repository = if verify.is_asked() { repository.hashing_all() } else { repository };
        let before = repository.requests_sent();
        let guard = Guard::of(&name.host, self.args.no_clobber, self.context);
        let (free, mut held) = guard.sort(&repository, job.tags(), &self.freight.root().digest).await?;
        let sink = guard.before(&repository);
        let limits = Limits::streams(self.context.settings.uploads(self.args.max_concurrent_uploads));
        let mut report = match free.is_empty() {
            true => None,
            false => self.only_named(&sink, name, &free).await?,
        };
        let items = if report.is_some() || free.is_empty() { &[] } else { &self.freight.items[..] };
        let mut plans = Vec::new();
        for (position, item) in items.iter().enumerate() {
            let own: Vec<Tag> = item.tag.clone().into_iter().collect();
            let tags = if position == 0 { &free } else { &own };
            let place: (&dyn Sink, Direction) = (&sink, Direction::Push);
            let (moved, plan) =
                self.bring(item, place, tags, limits, |plan| self.mounts(plan, name, neighbour)).await?;
            plans.push(plan);
            if position > 0 && moved.totals().moved == 0 {
                // It was there, and perhaps on no list.
                let referrer = Blob::new(item.root.clone(), self.freight.source.clone());
                repository.list_referrer(&item.root, &referrer.read_all(MAX_MANIFEST_SIZE).await?).await?;
            }
            report.get_or_insert(moved);
        }
        held.extend(sink.held());
        let put: Vec<Tag> = free.into_iter().filter(|tag| held.iter().all(|held| held.tag != *tag)).collect();
        if verify.is_asked() && !put.is_empty() {
            self.verify(plans, name, &put, (&repository, limits)).await?;
        }
        let requests = repository.requests_sent() - before;
        Ok(self.placed(job, name, (&guard, &held), report, requests))
    }

    /// Asks for all that was brought. Of an image that only got names there, nothing was planned.
    async fn verify(
        &self,
        mut plans: Vec<Plan>,
        name: &Reference,
        put: &[Tag],
        there: (&Repository, Limits),
    ) -> Result<(), Failure> {
        if plans.is_empty() {
            let Item { root, choice, .. } = &self.freight.items[0];
            plans.push(Plan::read(root, &self.freight.source, choice).await?);
        }
        let verify = self.context.settings.verify(self.args.verify);
        for (position, plan) in plans.iter().enumerate() {
            let tags = if position == 0 { put } else { &[] };
            verify.after(plan, name, tags, there, self.context).await?;
        }
        Ok(())
    }

    /// One result a tag that was typed, and one for each other tag that was left: of what refers to the image.
    fn placed(
        &self,
        job: &Job<'_>,
        name: &Reference,
        (guard, held): (&Guard, &[Held]),
        mut report: Option<Report>,
        requests: u64,
    ) -> Vec<Placed> {
        let typed = job.positions().iter().map(|position| {
            let tag = typed_tag(&self.args.destinations[*position]);
            if let Some(held) = held.iter().find(|held| held.tag == tag) {
                return (*position, Err(guard.failure(name, held)));
            }
            // The first has what was done.
            let first = report.take();
            let requests = if first.is_some() { requests } else { 0 };
            let (label, repository) = (tag.to_string(), Some(name.familiar_repository()));
            let (name, root) = (name.with_tag(tag).familiar(), self.freight.root().clone());
            (*position, Ok(Delivered { root, label, name, repository, report: first, requests }))
        });
        let mut placed: Vec<Placed> = typed.collect();
        let others = held.iter().filter(|held| !job.tags().contains(&held.tag));
        placed.extend(others.map(|held| (job.positions()[0], Err(guard.failure(name, held)))));
        placed
    }

    /// In the repository that it is in, an image only gets names.
    async fn only_named(&self, sink: &dyn Sink, name: &Reference, tags: &[Tag]) -> Result<Option<Report>, Failure> {
        if self.freight.home_on(&name.host).is_none_or(|home| home.name != name.name) {
            return Ok(None);
        }
        let (root, source) = (self.freight.root(), self.freight.source.clone());
        let bytes = Blob::new(root.clone(), source).read_all(MAX_MANIFEST_SIZE).await?;
        match sink.put_manifest(root, bytes, Rank::Root(tags)).await? {
            Kept::New | Kept::Before => Ok(Some(Report { pieces: Vec::new(), elapsed: Duration::ZERO })),
            Kept::Lacking { error, .. } => Err(error.into()),
        }
    }

    /// The repository on the same host that has all of it: the image's own, or an earlier destination.
    pub fn home_or<'n>(
        &'n self,
        name: &Reference,
        neighbour: Option<&'n RepositoryName>,
    ) -> Option<&'n RepositoryName> {
        self.freight.home_on(&name.host).map(|home| &home.name).or(neighbour)
    }

    /// From where each blob can be had there without its bytes.
    pub fn mounts(
        &self,
        plan: &Plan,
        name: &Reference,
        neighbour: Option<&RepositoryName>,
    ) -> Result<HashMap<Digest, RepositoryName>, Failure> {
        match self.home_or(name, neighbour) {
            Some(home) if *home == name.name => Ok(HashMap::new()),
            Some(home) => Ok(plan.blobs.iter().map(|blob| (blob.digest, home.clone())).collect()),
            None => push::mounts(plan, name, self.context),
        }
    }

    async fn bring(
        &self,
        item: &Item,
        (sink, direction): (&dyn Sink, Direction),
        tags: &[Tag],
        limits: Limits,
        mounts: impl Fn(&Plan) -> Result<HashMap<Digest, RepositoryName>, Failure>,
    ) -> Result<(Report, Plan), Failure> {
        let Freight { source, .. } = self.freight;
        let plan = Plan::read(&item.root, source, &item.choice).await?;
        for layer in &plan.foreign {
            let words = format!("layer {} may not be distributed and is not copied", layer.digest.short());
            self.context.console.warn(&words);
        }
        let progress = self.is_alone.then(|| self.context.progress(direction));
        let observer: Arc<dyn Observer> = match &progress {
            Some(progress) => progress.clone(),
            None => Arc::new(()),
        };
        let (source, mounts) = (source.clone(), mounts(&plan)?);
        let transfer = Transfer { plan: &plan, source, sink, tags, mounts, limits, observer, ahead: Ahead::nothing() };
        let report = execute(transfer).await;
        progress.iter().for_each(|progress| progress.finish());
        Ok((report?, plan))
    }

    /// To a place that is no registry.
    async fn to_place(&self, end: &End, typed: &str) -> Result<Delivered, Failure> {
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
        Ok(Delivered { root, label: name.clone(), name, repository: None, report, requests: 0 })
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
        let (report, _) = self.bring(first, (&shelf, Direction::Save), &tags, limits, |_| Ok(HashMap::new())).await?;
        for item in others {
            let tags: Vec<Tag> = item.tag.clone().into_iter().collect();
            self.bring(item, (&referrer()?, Direction::Save), &tags, limits, |_| Ok(HashMap::new())).await?;
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
