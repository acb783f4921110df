//! `rpush pull`: from a registry into the store.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::content::{Overlay, Source};
use crate::daemon::Daemon;
use crate::image::{Descriptor, ImageConfig, Kind, Platform, Reference, Role};
use crate::layout::Shelf;
use crate::registry::{Mirrors, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Report, Transfer, execute};
use crate::ui::json as ui_json;
use crate::ui::progress::Direction;

use super::ci_summary::{CiArgs, CiSummary};
use super::context::{Context, for_each, parse_reference};
use super::failure::Failure;
use super::from_daemon;
use super::habits::ContentTrust;
use super::settings::{PlatformArg, RegistryArgs, ResultFormat};
use super::suggest;

/// Pull images from a registry into the store.
///
/// What the store has already is not fetched again, and everything that comes is held to its digest.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush pull localhost:5000/my-fancy-app:1.0.0
  rpush pull --platform linux/arm64 localhost:5000/my-fancy-app:1.0.0
  rpush pull -a localhost:5000/my-fancy-app
  rpush pull --to docker-daemon: localhost:5000/my-fancy-app:1.0.0")]
pub struct PullArgs {
    /// The images: `localhost:5000/my-fancy-app:1.0.0`; without a tag, `latest`.
    #[arg(required = true, value_name = "NAME[:TAG|@DIGEST]", add = super::complete::anywhere())]
    names: Vec<String>,
    /// Pull every tag of the repository.
    #[arg(short, long)]
    all_tags: bool,
    #[command(flatten)]
    platform: PlatformArg,
    /// Pull the images for all platforms.
    #[arg(long, conflicts_with = "platform")]
    all_platforms: bool,
    /// Give the images to this as well, once they are in the store: `docker-daemon:`, or `docker-daemon:NAME[:TAG]` for one
    /// image under another name.
    #[arg(long, value_name = "DESTINATION")]
    to: Option<String>,
    /// How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said.
    #[arg(long, value_name = "N", env = "RPUSH_MAX_CONCURRENT_DOWNLOADS", hide_env_values = true,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    max_concurrent_downloads: Option<u16>,
    /// Print an object an image in place of lines.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    ci: CiArgs,
    #[command(flatten)]
    _trust: ContentTrust,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl PullArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &PullArgs, context: &Context) -> Result<(), Failure> {
    let names = args.names.iter().map(|name| checked(name, args)).collect::<Result<Vec<_>, _>>()?;
    let destination = match &args.to {
        Some(text) => Some(to(text, &names, args).await?),
        None => None,
    };
    let (destination, summary) = (destination.as_ref(), args.ci.open("pull")?);
    let pull = |index: usize| pull_name(&names[index], destination, args, &summary, context);
    let result = for_each(&names, &context.console, pull).await;
    let written = summary.write();
    result.and(written)
}

/// Where `--to` says that the images go, too.
struct Destination {
    daemon: Daemon,
    name: Option<Reference>,
}

/// Reads what `--to` says. A daemon that is not there is found out before anything is pulled.
async fn to(text: &str, names: &[Reference], args: &PullArgs) -> Result<Destination, Failure> {
    let Some(name) = text.strip_prefix("docker-daemon:") else {
        return Err(Failure::usage(format!("rpush cannot write to `{text}`"))
            .hint("write `--to docker-daemon:`, or `--to docker-daemon:NAME:TAG`"));
    };
    let name = if name.is_empty() { None } else { Some(parse_reference(name)?.or_latest()) };
    let has_tag = |name: &Reference| name.digest.is_none();
    if name.is_some() && (names.len() > 1 || args.all_tags) {
        return Err(Failure::usage("several images cannot have one name in the Docker daemon")
            .hint("let each keep its own: `--to docker-daemon:`"));
    }
    if !name.as_ref().map_or_else(|| names.iter().all(has_tag), has_tag) {
        return Err(Failure::usage("an image needs a name with a tag in the Docker daemon")
            .hint("give it one: `--to docker-daemon:NAME:TAG`"));
    }
    Ok(Destination { daemon: from_daemon::reach().await?, name })
}

fn checked(text: &str, args: &PullArgs) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    if name.host.is_docker_hub() && name.name.as_str() == "library/scratch" {
        return Err(Failure::usage("'scratch' is a reserved name")
            .because("it stands for nothing at all, and no registry has it")
            .hint("make an image of nothing but your files: `rpush append --base scratch --layer DIR NAME:TAG`"));
    }
    if args.all_tags && (name.tag.is_some() || name.digest.is_some()) {
        return Err(Failure::usage("tag can't be used with --all-tags/-a")
            .hint(format!("leave out the tag: `rpush pull --all-tags {}`", name.familiar_repository())));
    }
    Ok(name)
}

async fn pull_name(
    name: &Reference,
    to: Option<&Destination>,
    args: &PullArgs,
    summary: &CiSummary,
    context: &Context,
) -> Result<(), Failure> {
    let repository = Arc::new(context.mirrored(name, &args.registry).await?);
    if !args.all_tags {
        if name.tag.is_none() && name.digest.is_none() {
            context.console.talk("Using default tag: latest");
        }
        return pull(&name.or_latest(), &repository, to, args, summary, context).await;
    }
    let tags = repository.home().every_tag().await?;
    if tags.is_empty() {
        return Err(Failure::not_found(format!("repository {} has no tags", name.familiar()))
            .hint(format!("what has no tag has a digest: `rpush pull {}@DIGEST`", name.familiar_repository())));
    }
    for_each(&tags, &context.console, |index| {
        let (name, repository) = (name.with_tag(tags[index].clone()), repository.clone());
        async move { pull(&name, &repository, to, args, summary, context).await }
    })
    .await
}

async fn pull(
    name: &Reference,
    repository: &Arc<Mirrors>,
    to: Option<&Destination>,
    args: &PullArgs,
    summary: &CiSummary,
    context: &Context,
) -> Result<(), Failure> {
    let label = name.tag.as_ref().map_or_else(|| name.familiar(), ToString::to_string);
    context.console.talk(&format!("{label}: Pulling from {}", name.name));
    let known = context.store.index()?.named(name).map(|entry| entry.digest);
    let choice = match args.all_platforms {
        true => Choice::Everything,
        false => Choice::Platform(args.platform.platform.clone()),
    };
    let (plan, report) = bring(name, repository, &choice, args.max_concurrent_downloads, context).await?;
    if let Some(warning) = other_platform(&plan, args, context) {
        context.console.warn(&format!("{}: {warning}", name.familiar()));
    }
    if let Some(Destination { daemon, name: other }) = to {
        context.give(daemon, &plan.root.descriptor, other.as_ref().unwrap_or(name)).await?;
    }
    // Blobs only: the manifests were read to know about them, and an index is the same whatever its platforms.
    let is_blob = |descriptor: &Descriptor| descriptor.media_type.role() == Role::Blob;
    let came = report.pieces.iter().any(|piece| is_blob(&piece.descriptor) && piece.bytes_sent > 0);
    show(name, &plan.root.descriptor, &report, came || known != Some(plan.root.descriptor.digest), args, context);
    summary.add_named(name, &plan.root.descriptor, Direction::Pull, Some(&report));
    Ok(())
}

/// Brings an image into the store, under its name.
pub(super) async fn bring(
    name: &Reference,
    repository: &Arc<Mirrors>,
    choice: &Choice,
    streams: Option<u16>,
    context: &Context,
) -> Result<(Plan, Report), Failure> {
    let Some(root) = repository.resolve(name).await? else { return Err(missing(name, repository.home()).await) };
    let store = context.store.clone();
    // Made before anything is looked for in the store, so that nothing that is found goes away meanwhile.
    let shelf = Shelf::new(store.clone(), name.clone())?;
    let has = store.clone();
    let source: Arc<dyn Source> =
        Arc::new(Overlay::new(store.clone(), repository.clone(), move |descriptor: &Descriptor| {
            has.blobs().has(descriptor)
        }));
    let plan = Plan::read(&root, &source, choice).await?;
    let progress = context.progress(Direction::Pull);
    let tags: Vec<_> = name.digest.is_none().then(|| name.tag.clone()).flatten().into_iter().collect();
    let transfer = Transfer {
        plan: &plan,
        source,
        sink: &shelf,
        tags: &tags,
        mounts: Default::default(),
        limits: Limits::streams(context.settings.downloads(streams)),
        observer: progress.clone(),
        ahead: Ahead::nothing(),
    };
    let report = execute(transfer).await;
    progress.finish();
    let report = report?;
    if root.media_type.role() == Role::Index && *choice != Choice::Everything {
        store.remember_origin(&root.digest, name);
    }
    Ok((plan, report))
}

/// The registry does not have it, or does not show it; in Docker's words.
pub(super) fn not_found(name: &Reference) -> Failure {
    Failure::not_found(format!("manifest for {} not found: manifest unknown", name.familiar()))
        .hint(format!("is the tag right, and does the registry let this account see it? `rpush login {}`", name.host))
}

/// How long a hint is waited for.
const HINT: Duration = Duration::from_secs(3);

/// The same with the tags that are most like the one that is not there, where the registry tells soon which there are.
pub(super) async fn missing(name: &Reference, repository: &Repository) -> Failure {
    let failure = not_found(name);
    if name.digest.is_some() {
        return failure;
    }
    match tokio::time::timeout(HINT, repository.some_tags()).await {
        Ok(Ok(tags)) => suggest::with_nearest_tag(failure, &name.or_latest(), tags),
        Ok(Err(_)) | Err(_) => failure,
    }
}

/// P-09: an image for another platform than was asked for is fine, and worth a word.
fn other_platform(plan: &Plan, args: &PullArgs, context: &Context) -> Option<String> {
    if args.all_platforms || plan.platform.is_some() {
        return None;
    }
    let manifest = context.store.manifest(&plan.root.descriptor).ok()?;
    let Kind::Image { config: Some(config), .. } = manifest.kind else { return None };
    if !config.media_type.is_image_config() {
        return None;
    }
    let actual = ImageConfig::parse(&context.store.blobs().read_small(&config.digest).ok()?)?.platform()?;
    let (wanted, fits) = match &args.platform.platform {
        Some(wanted) => (wanted.clone(), wanted.accepts(&actual)),
        None => {
            let here = Platform::of_this_machine();
            let fits = here.with_fallbacks().iter().any(|platform| platform.accepts(&actual));
            (here, fits)
        }
    };
    (!fits).then(|| format!("the image is for {actual}, not for {wanted}"))
}

fn show(name: &Reference, root: &Descriptor, report: &Report, is_new: bool, args: &PullArgs, context: &Context) {
    let console = &context.console;
    if args.format == Some(ResultFormat::Json) {
        let totals = report.totals();
        let object = json!({
            "reference": name.to_string(),
            "digest": root.digest,
            "size": root.size,
            "mediaType": root.media_type,
            "status": if is_new { "downloaded" } else { "current" },
            "bytesReceived": totals.bytes_sent,
            "retries": totals.retries,
            "seconds": report.elapsed.as_secs_f64(),
        });
        return console.data(&ui_json::line(&object));
    }
    if !context.settings.quiet {
        console.data(&format!("Digest: {}", root.digest));
        let status = if is_new { "Downloaded newer image for" } else { "Image is up to date for" };
        console.data(&format!("Status: {status} {}", name.familiar()));
    }
    console.data(&name.familiar());
}
