//! `rpush index`: an index of images for several platforms, made of those that were built for one each.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::content::Source;
use crate::image::{Descriptor, ImageConfig, Kind, Manifest, MediaType, NewIndex, Platform, Role};
use crate::registry::Purpose;
use crate::transfer::{Choice, read_manifest};
use crate::ui::json;
use crate::ui::table::{Align, Table};

use super::append::annotations;
use super::context::{Context, parse_reference};
use super::failure::{Exit, Failure};
use super::import::new_name;
use super::pull::missing;
use super::settings::{RegistryArgs, ResultFormat};

/// The commands under `rpush index`.
#[derive(Debug, Subcommand)]
pub enum IndexCommand {
    Create(CreateArgs),
    Ls(LsArgs),
}

/// Make an index in the store of images for one platform each.
///
/// An image says itself for which platform it is. The index lists them as they were typed; what an index among them lists, with its
/// attestations, comes in its place. Images that are not in the store are pulled into it first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush index create localhost:5000/my-fancy-app:1.0.0 my-fancy-app:1.0.0-amd64 my-fancy-app:1.0.0-arm64
  rpush index create --annotation org.opencontainers.image.version=1.0.0 my-fancy-app:1.0.0 638de5dd79a6 my-fancy-app:arm64")]
pub struct CreateArgs {
    /// The name of the index.
    #[arg(value_name = "NAME[:TAG]", add = super::complete::anywhere())]
    name: String,
    /// The images: names, or the first digits of ids.
    #[arg(value_name = "SOURCE", required = true, add = super::complete::stored())]
    sources: Vec<String>,
    /// An annotation of the index.
    #[arg(long, value_name = "NAME=VALUE")]
    annotation: Vec<String>,
    /// Print an object in place of the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Show what an index lists.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush index ls my-fancy-app:1.0.0
  rpush index ls --remote docker.io/library/alpine:latest")]
pub struct LsArgs {
    /// The index: a name, or the first digits of its id; with `--remote`, a name.
    #[arg(value_name = "NAME[:TAG]", add = super::complete::anywhere())]
    name: String,
    /// On the registry; nothing is stored.
    #[arg(long)]
    remote: bool,
    /// Print an object an image in place of the table.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl IndexCommand {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        match self {
            Self::Create(args) => &args.registry,
            Self::Ls(args) => &args.registry,
        }
    }
}

/// Runs the command.
pub async fn run(command: &IndexCommand, context: &Context) -> Result<(), Failure> {
    match command {
        IndexCommand::Create(args) => create(args, context).await,
        IndexCommand::Ls(args) => ls(args, context).await,
    }
}

async fn create(args: &CreateArgs, context: &Context) -> Result<(), Failure> {
    let name = new_name(&args.name)?;
    let annotations = annotations(&args.annotation)?;
    // Held until the index has a name, so that nothing of it is collected meanwhile.
    let _lease = context.store.lease()?;
    let mut entries: Vec<(&str, Descriptor)> = Vec::new();
    for source in &args.sources {
        let root = context.at_hand(source, &Choice::Everything, &args.registry).await?;
        for entry in context.entries_of(source, &root)? {
            refuse_double(&entries, source, &entry)?;
            entries.push((source, entry));
        }
    }
    let mut index = NewIndex::of(entries.into_iter().map(|(_, entry)| entry).collect());
    index.annotations.extend(annotations);
    let root = context.put_document(MediaType::INDEX, &index.to_bytes())?;
    context.store.name(&root, std::slice::from_ref(&name))?;
    if args.format == Some(ResultFormat::Json) {
        let object = json!({
            "reference": name.to_string(),
            "digest": root.digest,
            "size": root.size,
            "mediaType": root.media_type,
            "manifests": index.manifests,
        });
        context.console.data(&json::line(&object));
        return Ok(());
    }
    let platforms: Vec<_> = index.manifests.iter().filter_map(platform_of).map(|one| one.to_string()).collect();
    context.console.talk(&format!("Made {}: {}", name.familiar(), platforms.join(", ")));
    context.console.data(&root.digest.to_string());
    Ok(())
}

impl Context {
    /// What a source brings to an index: itself, or what it lists.
    fn entries_of(&self, source: &str, root: &Descriptor) -> Result<Vec<Descriptor>, Failure> {
        let manifest = self.store.manifest(root)?;
        let (config, artifact) = match manifest.kind {
            Kind::Index(entries) => return Ok(entries),
            Kind::Image { config, .. } => (config, manifest.artifact_type),
        };
        let is_config = |config: &Descriptor| config.media_type.is_image_config();
        let Some(config) = config.filter(|config| is_config(config) && artifact.is_none()) else {
            return Err(Failure::new(Exit::Failed, format!("{source} is no container image")));
        };
        let config = ImageConfig::parse(&self.store.blobs().read_small(&config.digest)?);
        let platform = config.and_then(|config| config.platform());
        let platform = platform
            .ok_or_else(|| Failure::new(Exit::Failed, format!("{source} does not say for which platform it is")))?;
        Ok(vec![Descriptor { media_type: manifest.media_type, platform: Some(platform), ..root.bare() }])
    }
}

/// Whoever pulls an index gets the first image of a platform, so that a second one would be there for nothing.
fn refuse_double(entries: &[(&str, Descriptor)], source: &str, entry: &Descriptor) -> Result<(), Failure> {
    let Some(platform) = platform_of(entry) else { return Ok(()) };
    match entries.iter().find(|(_, known)| platform_of(known).as_ref() == Some(&platform)) {
        None => Ok(()),
        Some((first, _)) => Err(Failure::usage(format!("{first} and {source} are both for {platform}"))
            .hint(format!("an index has one image for each platform: leave out `{first}` or `{source}`"))),
    }
}

/// The platform of an image in an index; attestations have none.
fn platform_of(entry: &Descriptor) -> Option<Platform> {
    entry.platform.as_ref().filter(|_| !entry.is_attestation()).map(Platform::normalized)
}

async fn ls(args: &LsArgs, context: &Context) -> Result<(), Failure> {
    let manifest = match args.remote {
        true => remote(args, context).await?,
        false => context.store.manifest(&context.store.find(&args.name)?.descriptor)?,
    };
    let Kind::Index(entries) = manifest.kind else {
        return Err(Failure::new(Exit::Failed, format!("{} is one image and no index", args.name)).hint(format!(
            "`rpush inspect {}{}`",
            if args.remote { "--remote " } else { "" },
            args.name
        )));
    };
    if args.format == Some(ResultFormat::Json) {
        entries.iter().for_each(|entry| context.console.data(&json::line(&json!(entry))));
        return Ok(());
    }
    let mut table = Table::new(["PLATFORM", "DIGEST", "SIZE", "TYPE"]).align(&[Align::Left, Align::Left, Align::Right]);
    for entry in &entries {
        let platform = platform_of(entry).map_or_else(|| "-".to_owned(), |platform| platform.to_string());
        table.row([&platform, &entry.digest.to_string(), &entry.size.to_string(), &kind_of(entry)]);
    }
    table.lines().for_each(|line| context.console.data(&line));
    Ok(())
}

async fn remote(args: &LsArgs, context: &Context) -> Result<Manifest, Failure> {
    let name = parse_reference(&args.name)?.or_latest();
    let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
    let repository = Arc::new(registry.repository(&name.name, Purpose::Pull));
    let Some(root) = repository.resolve(&name).await? else { return Err(missing(&name, &repository).await) };
    let source: Arc<dyn Source> = repository;
    Ok(read_manifest(&root, &source).await?.1)
}

/// What an entry is, in a word, or in the word of who made it.
fn kind_of(entry: &Descriptor) -> String {
    let artifact = entry.other.get("artifactType").and_then(|kind| kind.as_str());
    match (entry.is_attestation(), artifact, entry.media_type.role()) {
        (true, ..) => "attestation".to_owned(),
        (false, Some(artifact), _) => artifact.to_owned(),
        (false, None, Role::Index) => "index".to_owned(),
        (false, None, Role::Manifest) => "image".to_owned(),
        (false, None, _) => entry.media_type.to_string(),
    }
}
