//! `rpush images`: what is in the store, in the table that scripts know from Docker before its version 29.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::failure::Failure;
use super::filter::Filters;
use super::listed::Listed;
use crate::image::Digest;
use crate::layout::{PlatformSummary, Subject, Summary};
use crate::ui::table::{Align, Table};
use crate::ui::template::{Columns, Format};
use crate::ui::{Console, Talk, age, size};

const NONE: &str = "<none>";

/// List the images in the store.
///
/// An id is the digest of what a push sends, so it is the same here and on the registry.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  rpush images
  rpush images --digests localhost:5000/my-fancy-app
  rpush images --filter 'reference=localhost:5000/*' --filter until=24h
  rpush images --format '{{.Repository}}:{{.Tag}} {{.Size}}'
  rpush rmi $(rpush images -q localhost:5000/my-fancy-app)")]
pub struct ImagesArgs {
    /// Only this repository, or this name; `*` and `?` stand for anything but a slash.
    #[arg(value_name = "REPOSITORY[:TAG]", add = super::complete::stored())]
    pub name: Option<String>,
    /// All images: for scripts; the store hides none, so this changes nothing.
    #[arg(short, long)]
    pub all: bool,
    /// Show a column with digests.
    #[arg(long)]
    pub digests: bool,
    /// Show ids whole.
    #[arg(long)]
    pub no_trunc: bool,
    /// Only these: `reference=PATTERN`, `label=KEY[=VALUE]`, `label!=KEY[=VALUE]`, `dangling=true|false`,
    /// `before=IMAGE`, `since=IMAGE`, `until=TIME`.
    #[arg(short, long, value_name = "FILTER")]
    pub filter: Vec<String>,
    /// How to print: `table`, `table TEMPLATE`, `json`, `raw`, or a template: `{{.Repository}}:{{.Tag}}`.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Show the platforms of each image, and whether they are here.
    #[arg(long, conflicts_with_all = ["format", "digests"])]
    pub tree: bool,
}

const COLUMNS: Columns<'_> = Columns {
    headers: &[
        ("Repository", "REPOSITORY"),
        ("Tag", "TAG"),
        ("Digest", "DIGEST"),
        ("ID", "IMAGE ID"),
        ("CreatedSince", "CREATED"),
        ("CreatedAt", "CREATED AT"),
        ("Size", "SIZE"),
        ("SizeBytes", "SIZE"),
        ("VirtualSize", "SIZE"),
        ("Containers", "CONTAINERS"),
        ("SharedSize", "SHARED SIZE"),
        ("UniqueSize", "UNIQUE SIZE"),
        ("Platforms", "PLATFORMS"),
    ],
    table: "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
    raw: "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n\
          virtual_size: {{.Size}}\n",
};

const COLUMNS_WITH_DIGESTS: Columns<'_> =
    Columns { table: "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}", ..COLUMNS };

/// Prints what is wanted of `listed`. A quiet console gets ids alone, as with Docker's `-q`.
pub fn show(args: &ImagesArgs, listed: &[Listed], now: Timestamp, console: &Console) -> Result<(), Failure> {
    let mut filters = Filters::parse(&args.filter, listed, now)?;
    if let Some(name) = &args.name {
        filters.reference(name)?;
    }
    let mut wanted: Vec<_> = listed.iter().filter(|one| filters.accept(one)).collect();
    // Newest first; what doesn't say when it was made comes last.
    wanted.sort_by_cached_key(|one| (Reverse(one.created()), one.familiar()));
    let is_quiet = console.says() == Talk::Quiet;
    let lines = match (args.tree, &args.format) {
        (true, _) if is_quiet => {
            return Err(Failure::usage("`--quiet` is not supported with `--tree`")
                .hint("the ids alone: `rpush images --quiet`; they are in the tree too: `rpush images --tree`"));
        }
        (true, _) => tree(args, &wanted),
        (false, None) if is_quiet => ids(args, &wanted),
        (false, _) => formatted(args, &wanted, now)?,
    };
    // Written at once: a line at a time costs a call of the system each, of which there may be twenty thousand.
    if !lines.is_empty() {
        console.data(&lines.join("\n"));
    }
    Ok(())
}

fn ids(args: &ImagesArgs, wanted: &[&Listed]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let new = wanted.iter().filter(|one| seen.insert(one.summary.id));
    new.map(|one| id(args, &one.summary.id)).collect()
}

fn formatted(args: &ImagesArgs, wanted: &[&Listed], now: Timestamp) -> Result<Vec<String>, Failure> {
    let columns = if args.digests { COLUMNS_WITH_DIGESTS } else { COLUMNS };
    let format = Format::parse(args.format.as_deref(), &columns)?;
    let mut list = format.begin(&columns)?;
    // An image that has ten names is described once.
    let mut described: HashMap<Digest, Value> = HashMap::new();
    for one in wanted {
        let new = || fields(args, &one.summary, one.created(), now);
        let fields = described.entry(one.summary.id).or_insert_with(new);
        let (repository, tag) = name(one);
        fields["Repository"] = repository.into();
        fields["Tag"] = tag.into();
        list.add(fields)?;
    }
    Ok(list.finish())
}

fn id(args: &ImagesArgs, digest: &Digest) -> String {
    if args.no_trunc { digest.to_string() } else { digest.short() }
}

/// Docker's fields, and what Docker leaves out: the size in bytes and the platforms.
fn fields(args: &ImagesArgs, summary: &Summary, created: Option<Timestamp>, now: Timestamp) -> Value {
    let platforms = summary.platforms.iter().filter(|platform| platform.present);
    let platforms = platforms.filter_map(|platform| Some(platform.platform.as_ref()?.normalized().to_string()));
    json!({
        "Containers": "N/A",
        "CreatedAt": age::at(created),
        "CreatedSince": age::since(created, now),
        "Digest": summary.id,
        "ID": id(args, &summary.id),
        "Platforms": platforms.collect::<Vec<_>>(),
        "Repository": NONE,
        "SharedSize": "N/A",
        "Size": size::in_list(summary.size),
        "SizeBytes": summary.size,
        "Tag": NONE,
        "UniqueSize": "N/A",
        "VirtualSize": size::in_list(summary.size),
    })
}

/// The columns of a name.
fn name(one: &Listed) -> (String, String) {
    let repository = one.reference.as_ref().map(|reference| reference.familiar_repository());
    let tag = one.reference.as_ref().and_then(|reference| reference.tag.as_ref().map(ToString::to_string));
    let none = || NONE.to_owned();
    (repository.unwrap_or_else(none), tag.or_else(|| one.selector.clone()).unwrap_or_else(none))
}

/// Each image with its platforms below.
fn tree(args: &ImagesArgs, wanted: &[&Listed]) -> Vec<String> {
    let alignment = [Align::Left, Align::Left, Align::Right];
    let mut table = Table::new(["IMAGE", "ID", "SIZE", "STATE"]).align(&alignment);
    for one in wanted {
        let summary = &one.summary;
        let here = summary.platforms.iter().filter(|platform| platform.present).count();
        let state = match here {
            here if here == summary.platforms.len() => "complete",
            0 => "missing",
            _ => "partial",
        };
        let name = one.familiar().unwrap_or_else(|| NONE.to_owned());
        table.row([name, id(args, &summary.id), size::in_list(summary.size), state.to_owned()]);
        if matches!(summary.subject, Subject::Artifact(_)) {
            continue;
        }
        let last = summary.platforms.len().saturating_sub(1);
        for (number, platform) in summary.platforms.iter().enumerate() {
            let branch = if number == last { "└─" } else { "├─" };
            table.row(platform_row(args, branch, platform));
        }
    }
    table.lines().collect()
}

fn platform_row(args: &ImagesArgs, branch: &str, platform: &PlatformSummary) -> [String; 4] {
    let name = platform.platform.as_ref().map_or_else(|| "unknown".to_owned(), |name| name.normalized().to_string());
    let state = if platform.present { "present" } else { "missing" };
    let size = if platform.size > 0 { size::in_list(platform.size) } else { "-".to_owned() };
    [format!("{branch} {name}"), id(args, &platform.manifest), size, state.to_owned()]
}

#[cfg(test)]
#[path = "images_tests.rs"]
mod tests;
