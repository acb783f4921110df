//! `rpush push`: from the store, a layout, an archive or a daemon to a registry.

mod ahead;
mod jobs;

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::image::{Descriptor, Digest, Host, Reference, RepositoryName, Tag};
use crate::registry::Registry;
use crate::transfer::{Limits, Outcome, Plan, Report, Transfer, execute};
use crate::ui::json as ui_json;
use crate::ui::progress::Direction;

use self::ahead::{Begun, Origin};
use self::jobs::{Job, of_one, of_store};
use super::ci_summary::CiArgs;
use super::completing::{Missing, only, whole};
use super::compressing::CompressionArgs;
use super::context::{Context, all, for_each, parse_reference};
use super::digest_file::DigestFile;
use super::failure::Failure;
use super::forecast::{Neighbours, Outlook};
use super::guard::Guard;
use super::habits::ContentTrust;
use super::locate::Arrivals;
use super::settings::{PlatformArg, RegistryArgs, ResultFormat};
use super::verify::Verify;

/// Push images to a registry.
///
/// An image that is not in the store is looked for in the Docker daemon, when one answers. What the registry has already is not
/// sent again. The tags are put last, so that they never name something incomplete.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush push localhost:5000/my-fancy-app:1.0.0
  rpush push --from my-fancy-app.tar localhost:5000/my-fancy-app:1.0.0
  rpush push --from docker-daemon:my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0.0
  docker save my-fancy-app:1.0.0 | rpush push --from - localhost:5000/my-fancy-app:1.0.0
  rpush push --dry-run localhost:5000/my-fancy-app:1.0.0
  rpush push --no-clobber localhost:5000/my-fancy-app:1.0.0
  rpush push -a localhost:5000/my-fancy-app")]
pub struct PushArgs {
    /// The images, with their registry: `localhost:5000/my-fancy-app:1.0.0`; without a tag, `latest`.
    #[arg(required = true, value_name = "NAME[:TAG]", add = super::complete::stored())]
    names: Vec<String>,
    /// Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`,
    /// `docker-daemon:NAME[:TAG]`, a path, or `-` for an archive on standard input.
    #[arg(long, value_name = "SOURCE")]
    from: Option<String>,
    /// Push every tag that the store has of the repository.
    #[arg(short, long, conflicts_with = "from")]
    all_tags: bool,
    /// How many layers are uploaded at the same time; 5 if nothing is said.
    #[arg(long, value_name = "N", env = "RPUSH_MAX_CONCURRENT_UPLOADS", hide_env_values = true,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    max_concurrent_uploads: Option<u16>,
    #[command(flatten)]
    platform: PlatformArg,
    /// Push an index although images that it lists are neither here nor where it came from.
    #[arg(long, conflicts_with = "platform")]
    allow_missing: bool,
    /// Say what would be sent, mounted and named, and whether this account may push; and change nothing. The registry is asked, and
    /// an upload is begun and given up at once. An archive, or an image of the daemon, is brought into the store for it, where it
    /// has no name: the digests of layers that are not compressed yet are known only when they are.
    ///
    /// With `--format json`, the object of each tag has `reference`, `digest`, `size`, `mediaType`, `dryRun` (true), `tag` (put,
    /// move, unchanged, left), `was` (what a tag names that would move or be left), `pieces` (each with `digest`, `size`,
    /// `mediaType`, `outcome`: exists, mount, upload; and `from` where it would be mounted), `totals` (`toUpload`, `toMount`,
    /// `existing`, `bytesToUpload`, `bytesToMount`, `bytesExisting`), `mayWrite`, and `account` (null: none).
    #[arg(long)]
    dry_run: bool,
    /// Leave tags as they are that name something else, push all others, and fail. The registry is asked right before a tag is
    /// put: that is a check and no lock, and who pushes the same tag at the same moment may still come between.
    #[arg(long)]
    no_clobber: bool,
    /// Write the digests of what was pushed to this file, a line an image.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    digest_file: Option<PathBuf>,
    /// Print an object a tag in place of the line with the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    compression: CompressionArgs,
    /// Trust nothing: hash again what is sent, also where the store knows that it is unchanged, and ask the registry for every
    /// piece afterwards. `--verify=deep` reads every piece back and hashes it.
    #[arg(long, env = "RPUSH_VERIFY", hide_env_values = true, value_name = "true|false|deep", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    verify: Option<Verify>,
    #[command(flatten)]
    ci: CiArgs,
    #[command(flatten)]
    _trust: ContentTrust,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl PushArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

type Registries = HashMap<(Host, RepositoryName), Registry>;

/// Runs the command.
pub async fn run(args: &PushArgs, context: &Context) -> Result<(), Failure> {
    let names = args.names.iter().map(|name| checked(name, args)).collect::<Result<Vec<_>, _>>()?;
    let compression = args.compression.resolve(context)?;
    let digests = DigestFile::open(args.digest_file.as_deref())?;
    let summary = args.ci.open("push")?;
    let verify = context.settings.verify(args.verify);
    if verify.is_asked() {
        context.store.blobs().doubt();
    }
    let origin = Origin::find(args.from.as_deref(), args.all_tags, &names, context).await?;
    let limits = Limits::streams(context.settings.uploads(args.max_concurrent_uploads));
    let mut begun = None;
    let jobs = match &origin {
        Origin::Store(index) => of_store(index, &names, args.all_tags, compression, context).await?,
        origin if origin.goes_ahead(&names) && args.platform.platform.is_none() && !args.dry_run => {
            let registry = context.registry(&names[0].host, Some(&names[0].name), &args.registry).await?;
            let beginning = Begun::of(&names[0], &registry, verify.is_asked(), context);
            let (located, ahead) = beginning.with_layers_ahead(origin, compression, limits, context).await?;
            begun = Some(ahead);
            of_one(&located, &names)
        }
        Origin::From(from) => of_one(&context.locate(from, compression, Arrivals::Shown).await?, &names),
        Origin::Daemon(found) => of_one(&context.take(found, compression, Arrivals::Shown).await?, &names),
    };
    let registries = match begun {
        Some(_) => Registries::new(),
        None => registries(&jobs, args, context).await?,
    };
    let result = for_each(&jobs, &context.console, |index| {
        let job = &jobs[index];
        let begun = begun
            .take()
            .unwrap_or_else(|| Begun::of(&job.name, &registries[&job.repository()], verify.is_asked(), context));
        let (digests, summary) = (&digests, &summary);
        async move {
            let pushed = |tags: &[Tag], root: &Descriptor, report: &Report| {
                digests.add(&root.digest);
                for (position, tag) in tags.iter().enumerate() {
                    // Only the first of several tags moved anything.
                    let moved = (position == 0).then_some(report);
                    summary.add_named(&job.name.with_tag(tag.clone()), root, Direction::Push, moved);
                }
            };
            let failures = push(job, begun, limits, args, pushed, context).await?;
            all(failures, &context.console)
        }
    })
    .await;
    // What has failed before says more than that it cannot be written down.
    let written = digests.write().map_err(Failure::from).and(summary.write());
    result.and(written)
}

/// The registries of the jobs: one a repository and not one a host, because each repository may have an account of its own.
async fn registries(jobs: &[Job], args: &PushArgs, context: &Context) -> Result<Registries, Failure> {
    let mut registries = Registries::new();
    for job in jobs {
        let (host, name) = job.repository();
        if !registries.contains_key(&(host.clone(), name.clone())) {
            let registry = context.registry(&host, Some(&name), &args.registry).await?;
            registries.insert((host, name), registry);
        }
    }
    Ok(registries)
}

/// The name, when it is one that can be pushed to.
fn checked(text: &str, args: &PushArgs) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    if name.digest.is_some() {
        return Err(Failure::usage("cannot push a digest reference").hint("push a tag: `rpush push HOST/NAME:TAG`"));
    }
    if args.all_tags && name.tag.is_some() {
        return Err(Failure::usage("tag can't be used with --all-tags/-a")
            .hint(format!("leave out the tag: `rpush push --all-tags {}`", name.familiar_repository())));
    }
    has_registry(&name)?;
    Ok(name)
}

/// Nobody may push to docker.io/library: whoever types this forgot the registry's name.
pub(super) fn has_registry(name: &Reference) -> Result<(), Failure> {
    if name.host.is_docker_hub() && name.name.as_str().starts_with("library/") {
        let familiar = name.familiar();
        return Err(Failure::usage(format!("`{familiar}` has no registry in its name"))
            .because("it means docker.io/library, which nobody may push to")
            .hint(format!(
                "name it after your registry first: `rpush tag {familiar} localhost:5000/{familiar}`, then `rpush push localhost:5000/{familiar}`"
            )));
    }
    Ok(())
}

/// Pushes one image, and gives what did not go with it: a failure for each tag that was left. `pushed` hears of the others.
async fn push(
    job: &Job,
    begun: Begun,
    limits: Limits,
    args: &PushArgs,
    pushed: impl FnOnce(&[Tag], &Descriptor, &Report),
    context: &Context,
) -> Result<Vec<Failure>, Failure> {
    let Job { located, name, tags } = job;
    let Begun { repository, requests_before, progress, ahead } = begun;
    let root = match &args.platform.platform {
        Some(platform) => only(platform, &located.root, &located.source, &name.familiar()).await?,
        None => located.root.clone(),
    };
    let missing = if args.allow_missing { Missing::Allowed } else { Missing::Completed };
    let whole = whole(&root, (&located.source, &located.layout), name, missing, &args.registry, context).await?;
    let plan = Plan::read(&root, &whole.source, &whole.choice).await?;
    let mut mounts = mounts(&plan, name, context)?;
    mounts.extend(whole.mounts(&plan, name));
    for layer in &plan.foreign {
        let words = format!("layer {} may not be distributed and is not pushed", layer.digest.short());
        context.console.warn(&words);
    }
    let guard = Guard::of(&name.host, args.no_clobber, context);
    if args.dry_run {
        progress.finish();
        let outlook = (&repository, guard);
        let outlook = Outlook::of(&plan, (name, tags), outlook, (mounts, Neighbours::Asked), limits).await?;
        outlook.tell(args.format, context);
        return Ok(outlook.failures());
    }
    let (free, mut held) = guard.sort(&repository, tags, &plan.root.descriptor.digest).await?;
    if free.is_empty() {
        progress.finish();
        return Ok(held.iter().map(|held| guard.failure(name, held)).collect());
    }
    let sink = guard.before(&repository);
    let transfer = Transfer {
        plan: &plan,
        source: whole.source.clone(),
        sink: &sink,
        tags: &free,
        mounts,
        limits,
        observer: progress.clone(),
        ahead,
    };
    let report = execute(transfer).await;
    progress.finish();
    let report = report?;
    let late = sink.held();
    let put: Vec<Tag> = free.into_iter().filter(|tag| late.iter().all(|held| held.tag != *tag)).collect();
    held.extend(late);
    let verify = context.settings.verify(args.verify);
    verify.after(&plan, name, &put, (&repository, limits), context).await?;
    let requests = repository.requests_sent() - requests_before;
    if !put.is_empty() {
        show((name, &put), &plan.root.descriptor, &report, requests, args, context);
        pushed(&put, &plan.root.descriptor, &report);
    }
    Ok(held.iter().map(|held| guard.failure(name, held)).collect())
}

/// For each blob, another repository of the same registry that has probably got it: one whose image is in the store.
pub(super) fn mounts(
    plan: &Plan,
    name: &Reference,
    context: &Context,
) -> Result<HashMap<Digest, RepositoryName>, Failure> {
    let wanted = plan.blobs.iter().map(|blob| blob.digest).collect();
    Ok(context.store.neighbours(name, &wanted)?)
}

fn show(
    (name, tags): (&Reference, &[Tag]),
    root: &Descriptor,
    report: &Report,
    requests: u64,
    args: &PushArgs,
    context: &Context,
) {
    let console = &context.console;
    for (position, tag) in tags.iter().enumerate() {
        let full = name.with_tag(tag.clone());
        if args.format == Some(ResultFormat::Json) {
            // Only the first of several tags moved anything.
            let pieces = if position == 0 { pieces(report) } else { Vec::new() };
            let totals = if position == 0 { report.totals() } else { Default::default() };
            let mut totals = json!(totals);
            totals["requests"] = json!(if position == 0 { requests } else { 0 });
            totals["seconds"] = json!(report.elapsed.as_secs_f64());
            let object = json!({
                "reference": full.to_string(),
                "digest": root.digest,
                "size": root.size,
                "mediaType": root.media_type,
                "pieces": pieces,
                "totals": totals,
            });
            console.data(&ui_json::line(&object));
        } else if context.settings.quiet {
            console.data(&format!("{}@{}", full.familiar(), root.digest));
        } else {
            console.data(&format!("{tag}: digest: {} size: {}", root.digest, root.size));
        }
    }
}

pub(super) fn pieces(report: &Report) -> Vec<serde_json::Value> {
    let piece = |piece: &crate::transfer::PieceReport| {
        let (outcome, from) = match &piece.outcome {
            Outcome::Moved => ("uploaded", None),
            Outcome::Exists => ("exists", None),
            Outcome::Mounted(from) => ("mounted", Some(from.to_string())),
        };
        let mut object = json!({
            "digest": piece.descriptor.digest,
            "size": piece.descriptor.size,
            "mediaType": piece.descriptor.media_type,
            "outcome": outcome,
            "bytesSent": piece.bytes_sent,
            "retries": piece.retries,
            "seconds": piece.elapsed.as_secs_f64(),
        });
        if let Some(from) = from {
            object["from"] = from.into();
        }
        object
    };
    report.pieces.iter().map(piece).collect()
}
