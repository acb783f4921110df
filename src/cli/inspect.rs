//! `rpush inspect`: everything about an image, in Docker's JSON.

mod remote;

use clap::Args;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::failure::Failure;
use super::listed::{Listed, find};
use super::settings::RegistryArgs;
use crate::content::BlobDir;
use crate::image::{Digest, MAX_MANIFEST_SIZE, Platform, parse_value};
use crate::layout::{PlatformSummary, Summary};
use crate::ui::template::Template;
use crate::ui::{Console, json};

/// Show everything about images in the store, or on a registry, as JSON.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  rpush inspect localhost:5000/my-fancy-app:1.0.0
  rpush inspect --format '{{.Os}}/{{.Architecture}}' my-fancy-app:1.0.0
  rpush inspect --format '{{json .Config.Labels}}' 638de5dd79a6
  rpush inspect --remote --platform linux/arm64 docker.io/library/alpine:latest")]
pub struct InspectArgs {
    /// The images: names, or the first digits of ids; with `--remote`, names.
    #[arg(value_name = "IMAGE", required = true, add = super::complete::stored())]
    pub names: Vec<String>,
    /// How to print: `json`, or a template: `{{.Architecture}}`.
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// On the registry; nothing is stored, and no layer is fetched.
    #[arg(long)]
    pub remote: bool,
    /// With `--remote`, of an image for several platforms this one: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, value_name = "OS/ARCH", requires = "remote")]
    pub platform: Option<Platform>,
    /// What Docker takes beside images.
    #[arg(long = "type", hide = true, value_name = "TYPE", value_parser = ["image"])]
    pub kind: Option<String>,
    /// Docker's, for containers: the size of an image is always there.
    #[arg(short, long, hide = true)]
    pub size: bool,
    /// The options for the registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

impl InspectArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &InspectArgs, context: &Context) -> Result<(), Failure> {
    match args.remote {
        true => remote::run(args, context).await,
        false => context.inspect(args),
    }
}

/// Prints the images that are there, then tells which are not.
pub fn show(args: &InspectArgs, listed: &[Listed], blobs: &BlobDir, console: &Console) -> Result<(), Failure> {
    let find = |name: &String| find(name, listed).map(|one| describe(one, listed, blobs));
    print(args, args.names.iter().map(find).collect(), console)
}

/// Prints what was found, then tells what was not.
fn print(args: &InspectArgs, results: Vec<Result<Value, Failure>>, console: &Console) -> Result<(), Failure> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => found.push(one),
            Err(failure) => failures.push(failure),
        }
    }
    match args.format.as_deref().map(str::trim) {
        None | Some("") => console.data(&json::indented(&Value::Array(found))),
        Some("json") => found.iter().for_each(|one| console.data(&json::line(one))),
        Some(text) => {
            let template = Template::parse(text)?;
            for one in &found {
                console.data(&template.render(one)?);
            }
        }
    }
    let last = failures.pop();
    failures.iter().for_each(|failure| console.failure(failure));
    last.map_or(Ok(()), Err)
}

/// One image of the store.
fn describe(one: &Listed, listed: &[Listed], blobs: &BlobDir) -> Value {
    let summary = &one.summary;
    let config = summary.config.and_then(|digest| read(&digest, blobs)).unwrap_or_default();
    let same = || listed.iter().filter(|other| other.summary.id == summary.id);
    let references = || same().filter_map(|other| other.reference.as_ref());
    let tags = references().filter(|reference| reference.tag.is_some()).map(|reference| reference.familiar());
    let mut digests: Vec<_> =
        references().map(|reference| format!("{}@{}", reference.familiar_repository(), summary.id)).collect();
    digests.sort();
    digests.dedup();
    object(summary, &config, tags.collect(), digests, summary.platforms.iter().map(platform).collect())
}

/// An image as an object. What its config doesn't say is empty, not absent, so that templates work on every image.
fn object(
    summary: &Summary,
    config: &Map<String, Value>,
    tags: Vec<String>,
    digests: Vec<String>,
    platforms: Vec<Value>,
) -> Value {
    let text = |member: &str| config.get(member).and_then(Value::as_str).unwrap_or_default();
    json!({
        "Id": summary.id,
        "RepoTags": tags,
        "RepoDigests": digests,
        "Created": summary.created.as_deref().unwrap_or_default(),
        "Author": text("author"),
        "Architecture": text("architecture"),
        "Variant": text("variant"),
        "Os": text("os"),
        "OsVersion": text("os.version"),
        "Size": summary.size,
        "Config": config.get("config").cloned().unwrap_or_default(),
        "RootFS": {"Type": "layers", "Layers": config.get("rootfs").and_then(|rootfs| rootfs.get("diff_ids"))},
        "Descriptor": summary.root,
        "Platforms": platforms,
    })
}

fn platform(summary: &PlatformSummary) -> Value {
    let name = summary.platform.as_ref().map(|platform| platform.normalized().to_string());
    json!({"Platform": name, "Present": summary.present, "Digest": summary.manifest, "Size": summary.size})
}

/// A config as its author wrote it, with the members that rpush knows nothing of.
fn read(digest: &Digest, blobs: &BlobDir) -> Option<Map<String, Value>> {
    blobs.size(digest).filter(|size| *size <= MAX_MANIFEST_SIZE)?;
    members(&blobs.read_small(digest).ok()?)
}

fn members(bytes: &[u8]) -> Option<Map<String, Value>> {
    match parse_value(bytes) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
