//! `rpush inspect`: everything about an image, in Docker's JSON.

use clap::Args;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::listed::{Listed, find};
use crate::content::BlobDir;
use crate::image::{Digest, MAX_MANIFEST_SIZE, parse_value};
use crate::layout::PlatformSummary;
use crate::ui::template::Template;
use crate::ui::{Console, json};

/// Show everything about images in the store, as JSON.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  rpush inspect localhost:5000/my-fancy-app:1.0.0
  rpush inspect --format '{{.Os}}/{{.Architecture}}' my-fancy-app:1.0.0
  rpush inspect --format '{{json .Config.Labels}}' 638de5dd79a6")]
pub struct InspectArgs {
    /// The images: names, or the first digits of ids.
    #[arg(value_name = "IMAGE", required = true)]
    pub names: Vec<String>,
    /// How to print: `json`, or a template: `{{.Architecture}}`.
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Option<String>,
}

/// Prints the images that are there, then tells which are not.
pub fn show(args: &InspectArgs, listed: &[Listed], blobs: &BlobDir, console: &Console) -> Result<(), Failure> {
    let mut failures = Vec::new();
    let mut found = Vec::new();
    for name in &args.names {
        match find(name, listed) {
            Ok(one) => found.push(describe(one, listed, blobs)),
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

/// One image. What its config doesn't say is empty, not absent, so that templates work on every image.
fn describe(one: &Listed, listed: &[Listed], blobs: &BlobDir) -> Value {
    let summary = &one.summary;
    let config = summary.config.and_then(|digest| read(&digest, blobs)).unwrap_or_default();
    let text = |member: &str| config.get(member).and_then(Value::as_str).unwrap_or_default();
    let same = || listed.iter().filter(|other| other.summary.id == summary.id);
    let references = || same().filter_map(|other| other.reference.as_ref());
    let tags = references().filter(|reference| reference.tag.is_some()).map(|reference| reference.familiar());
    let mut digests: Vec<_> =
        references().map(|reference| format!("{}@{}", reference.familiar_repository(), summary.id)).collect();
    digests.sort();
    digests.dedup();
    json!({
        "Id": summary.id,
        "RepoTags": tags.collect::<Vec<_>>(),
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
        "Platforms": summary.platforms.iter().map(platform).collect::<Vec<_>>(),
    })
}

fn platform(summary: &PlatformSummary) -> Value {
    let name = summary.platform.as_ref().map(|platform| platform.normalized().to_string());
    json!({"Platform": name, "Present": summary.present, "Digest": summary.manifest, "Size": summary.size})
}

/// A config as its author wrote it, with the members that rpush knows nothing of.
fn read(digest: &Digest, blobs: &BlobDir) -> Option<Map<String, Value>> {
    blobs.size(digest).filter(|size| *size <= MAX_MANIFEST_SIZE)?;
    match parse_value(&blobs.read_small(digest).ok()?) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
