//! `rpush push`: from the store, a layout or an archive to a registry.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::BoolishValueParser;
use serde_json::json;

use crate::archive::{Coder, Compression};
use crate::content::{Advice, Class, Error, Source};
use crate::image::{Descriptor, Digest, Host, Kind, Reference, RepositoryName, Role, Tag};
use crate::layout::{Layout, summarize};
use crate::registry::{Purpose, Registry};
use crate::transfer::{Choice, Limits, Outcome, Plan, Report, Transfer, execute, read_manifest};
use crate::ui::progress::Direction;

use super::context::{Context, for_each, parse_reference};
use super::failure::Failure;
use super::locate::{From, Located};
use super::settings::{PlatformArg, RegistryArgs, ResultFormat, coders};

/// Push images to a registry.
///
/// What the registry has already is not sent again. The tags are put last, so that they never name something incomplete.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush push localhost:5000/my-fancy-app:1.0.0
  rpush push --from my-fancy-app.tar localhost:5000/my-fancy-app:1.0.0
  docker save my-fancy-app:1.0.0 | rpush push --from - localhost:5000/my-fancy-app:1.0.0
  rpush push -a localhost:5000/my-fancy-app")]
pub struct PushArgs {
    /// The images, with their registry: `localhost:5000/my-fancy-app:1.0.0`; without a tag, `latest`.
    #[arg(required = true, value_name = "NAME[:TAG]")]
    names: Vec<String>,
    /// Push from here and not from the store: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, a
    /// path, or `-` for an archive on standard input.
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
    /// Write the digests of what was pushed to this file, a line an image.
    #[arg(long, value_name = "FILE")]
    digest_file: Option<PathBuf>,
    /// Print an object a tag in place of the line with the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    /// How to compress the layers that are not compressed yet; `gzip` if nothing is said.
    #[arg(long, value_name = "CODER", value_parser = coders(), env = "RPUSH_COMPRESSION", hide_env_values = true)]
    compression: Option<Coder>,
    /// How hard to compress: 1 to 12 with gzip, 1 to 19 with zstd.
    #[arg(long, value_name = "N", env = "RPUSH_COMPRESSION_LEVEL", hide_env_values = true)]
    compression_level: Option<u32>,
    /// Hash again what is sent, also where the store knows that nobody has written to it since it was hashed.
    #[arg(long, env = "RPUSH_VERIFY", hide_env_values = true, value_name = "BOOL", hide_possible_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    verify: Option<bool>,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// One manifest to one repository, under one or several tags.
struct Job {
    located: Located,
    /// The repository's name; the tags are beside it.
    name: Reference,
    tags: Vec<Tag>,
}

impl Job {
    fn repository(&self) -> (Host, RepositoryName) {
        (self.name.host.clone(), self.name.name.clone())
    }
}

impl PushArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &PushArgs, context: &Context) -> Result<(), Failure> {
    let names = args.names.iter().map(|name| checked(name, args)).collect::<Result<Vec<_>, _>>()?;
    let compression = Compression::new(context.settings.coder(args.compression), args.compression_level)
        .map_err(|error| Failure::usage(error.to_string()))?;
    if let Some(path) = &args.digest_file {
        // Found out before anything is pushed.
        let open = std::fs::File::options().create(true).append(true).open(path);
        open.map_err(|error| Error::io("cannot write", path, error))?;
    }
    if context.settings.verify(args.verify) {
        context.store.blobs().doubt();
    }
    let jobs = match &args.from {
        Some(from) => {
            let located = context.locate(&From::parse(from)?, compression).await?;
            jobs_from(&located, &names)
        }
        None => jobs_of_store(&names, args.all_tags, context)?,
    };
    // One a repository and not one a host, because each repository may have an account of its own.
    let mut registries: HashMap<(Host, RepositoryName), Registry> = HashMap::new();
    for job in &jobs {
        let (host, name) = job.repository();
        if !registries.contains_key(&(host.clone(), name.clone())) {
            let registry = context.registry(&host, Some(&name), &args.registry).await?;
            registries.insert((host, name), registry);
        }
    }
    let digests = std::sync::Mutex::new(Vec::new());
    let result = for_each(&jobs, &context.console, |index| {
        let job = &jobs[index];
        let (registry, digests) = (&registries[&job.repository()], &digests);
        async move {
            let digest = push(job, registry, args, context).await?;
            digests.lock().expect("nobody panics while holding it").push(digest);
            Ok(())
        }
    })
    .await;
    if let Some(path) = &args.digest_file {
        let lines: String =
            digests.into_inner().expect("nobody panicked").iter().map(|digest| format!("{digest}\n")).collect();
        std::fs::write(path, lines).map_err(|error| Error::io("cannot write", path, error))?;
    }
    result
}

/// The name, when it is one that can be pushed to.
fn checked(text: &str, args: &PushArgs) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    if name.digest.is_some() {
        return Err(Failure::usage("cannot push a digest reference").hint("push a tag: `rpush push HOST/NAME:TAG`"));
    }
    if args.all_tags && name.tag.is_some() {
        return Err(Failure::usage("tag can't be used with --all-tags/-a"));
    }
    // Nobody may push to docker.io/library: whoever types this forgot the registry's name.
    if name.host.is_docker_hub() && name.name.as_str().starts_with("library/") {
        let familiar = name.familiar();
        return Err(Failure::usage(format!("`{familiar}` has no registry in its name"))
            .because("it means docker.io/library, which nobody may push to")
            .hint(format!(
                "name it after your registry first: `rpush tag {familiar} localhost:5000/{familiar}`, then `rpush push localhost:5000/{familiar}`"
            )));
    }
    Ok(name)
}

/// One image under several names: the names in one repository share one transfer.
fn jobs_from(located: &Located, names: &[Reference]) -> Vec<Job> {
    let mut jobs = Jobs::default();
    for name in names {
        jobs.add(name, located.clone());
    }
    jobs.list
}

fn jobs_of_store(names: &[Reference], all_tags: bool, context: &Context) -> Result<Vec<Job>, Failure> {
    let lease = context.store.reading().map(Arc::new);
    let index = context.store.index()?;
    let mut jobs = Jobs::default();
    for name in names {
        let wanted: Vec<(Reference, Descriptor)> = match all_tags {
            true => index.tagged(name),
            false => {
                if name.tag.is_none() {
                    context.console.talk("Using default tag: latest");
                }
                let name = name.or_latest();
                let root = index.named(&name).ok_or_else(|| missing(&name.familiar(), all_tags, context))?;
                vec![(name, root)]
            }
        };
        if wanted.is_empty() {
            return Err(missing(&name.familiar_repository(), all_tags, context));
        }
        for (name, root) in wanted {
            let (source, root): (Arc<dyn Source>, _) = (context.store.clone(), root.bare());
            jobs.add(&name, Located { source, layout: context.store.clone(), root, _lease: lease.clone() });
        }
    }
    Ok(jobs.list)
}

/// Docker's words: scripts look for them.
fn missing(name: &str, all_tags: bool, context: &Context) -> Failure {
    let words = match all_tags {
        true => format!("An image does not exist locally with the tag: {name}"),
        false => format!("tag does not exist: {name}"),
    };
    let untagged = name.rsplit('/').next().unwrap_or(name);
    let candidate = context.store.find(untagged).ok().and_then(|found| found.name);
    let failure = Failure::not_found(words);
    match candidate {
        Some(other) => failure.hint(format!(
            "the store has `{other}`: `rpush tag {} {name}`",
            other.familiar(),
            other = other.familiar()
        )),
        None => failure.hint("`rpush images` lists what there is; `--from FILE` pushes what is not in the store"),
    }
}

/// The jobs, in the order of what was typed.
#[derive(Default)]
struct Jobs {
    list: Vec<Job>,
    /// Where in the list the job is that pushes a manifest to a repository. There may be thousands.
    places: HashMap<(Digest, Host, RepositoryName), usize>,
    tags: HashSet<(usize, Tag)>,
}

impl Jobs {
    /// Adds a name to the job that pushes the same manifest to the same repository, or makes a new one.
    fn add(&mut self, name: &Reference, located: Located) {
        let key = (located.root.digest, name.host.clone(), name.name.clone());
        let place = *self.places.entry(key).or_insert(self.list.len());
        if place == self.list.len() {
            self.list.push(Job { located, name: name.clone(), tags: Vec::new() });
        }
        let tag = name.tag.clone().unwrap_or_else(Tag::latest);
        if self.tags.insert((place, tag.clone())) {
            self.list[place].tags.push(tag);
        }
    }
}

async fn push(job: &Job, registry: &Registry, args: &PushArgs, context: &Context) -> Result<Digest, Failure> {
    let Job { located, name, tags } = job;
    context.console.talk(&format!("The push refers to repository [{}]", name.familiar_repository()));
    let root = match &args.platform.platform {
        Some(platform) => {
            let (_, manifest) = read_manifest(&located.root, &located.source).await?;
            match manifest.kind {
                Kind::Image { .. } => located.root.clone(),
                Kind::Index(_) => manifest
                    .choose(Some(platform))
                    .map_err(|error| {
                        let advice = Advice::ChoosePlatform(error.offered.clone());
                        Error::new(Class::NotFound, format!("{}: {error}", name.familiar())).advise(advice)
                    })?
                    .bare(),
            }
        }
        None => located.root.clone(),
    };
    refuse_incomplete(&root, &located.layout, name)?;
    let plan = Plan::read(&root, &located.source, &Choice::Everything).await?;
    for layer in &plan.foreign {
        let words = format!("layer {} may not be distributed and is not pushed", layer.digest.short());
        context.console.warn(&words);
    }
    let repository = registry.repository(&name.name, Purpose::Push);
    let requests_before = repository.requests_sent();
    let progress = context.progress(Direction::Push);
    let transfer = Transfer {
        plan: &plan,
        source: located.source.clone(),
        sink: &repository,
        tags,
        mounts: mounts(&plan, name, context)?,
        limits: Limits::streams(context.settings.uploads(args.max_concurrent_uploads)),
        observer: progress.clone(),
    };
    let report = execute(transfer).await;
    progress.finish();
    let report = report?;
    let requests = repository.requests_sent() - requests_before;
    show(job, &plan.root.descriptor, &report, requests, args, context);
    Ok(plan.root.descriptor.digest)
}

/// Half an index is not pushed as if it were the whole: whoever pulled one platform has to say so.
fn refuse_incomplete(root: &Descriptor, layout: &Layout, name: &Reference) -> Result<(), Failure> {
    if root.media_type.role() != Role::Index {
        return Ok(());
    }
    let platforms = summarize(root, layout.blobs())?.platforms;
    if platforms.iter().all(|platform| platform.present) {
        return Ok(());
    }
    let present: Vec<_> =
        platforms.iter().filter(|platform| platform.present).filter_map(|platform| platform.platform.clone()).collect();
    let words = format!(
        "{} has {} platforms, and {} of them are in the store",
        name.familiar(),
        platforms.len(),
        present.len()
    );
    Err(Error::new(Class::Failed, words).advise(Advice::CompletePlatforms { name: name.familiar(), present }).into())
}

/// For each blob, another repository of the same registry that has probably got it: one whose image is in the store.
fn mounts(plan: &Plan, name: &Reference, context: &Context) -> Result<HashMap<Digest, RepositoryName>, Failure> {
    let wanted = plan.blobs.iter().map(|blob| blob.digest).collect();
    Ok(context.store.neighbours(name, &wanted)?)
}

fn show(job: &Job, root: &Descriptor, report: &Report, requests: u64, args: &PushArgs, context: &Context) {
    let console = &context.console;
    for (position, tag) in job.tags.iter().enumerate() {
        let full = job.name.with_tag(tag.clone());
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
            console.data(&object.to_string());
        } else if context.settings.quiet {
            console.data(&format!("{}@{}", full.familiar(), root.digest));
        } else {
            console.data(&format!("{tag}: digest: {} size: {}", root.digest, root.size));
        }
    }
}

fn pieces(report: &Report) -> Vec<serde_json::Value> {
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
