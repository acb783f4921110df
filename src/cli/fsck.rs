//! `rpush fsck`: is everything in the store that should be there, and is it what it should be?

use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::image::{Descriptor, MediaType};
use crate::layout::{Cure, Diagnosis, Examined, Fault, Finding, Handling, Step};
use crate::transfer::{Event, Observer, Outcome, State};
use crate::ui::progress::Direction;
use crate::ui::{Judgement, json as ui_json, size};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::locate::CancelOnDrop;
use super::settings::ResultFormat;

/// How many names a hint has at most.
const NAMES: usize = 5;

/// Verify everything in the store.
///
/// Every blob is read and held to its digest, and everything that an image needs is looked for. A line for each finding:
/// `damage`, with the images that it touches; `cured`, by this repair; or `note`, about which nothing has to be done. The exit code is 6 as long as
/// anything is damaged or missing. Without `--repair`, nothing is changed, and other
/// commands may run meanwhile.
///
/// With `--format json` there is one object: `blobs`, `bytes`, `images`, `damaged` (a number), `exitCode`, and `findings`, a
/// list of objects with `kind`, `damage`, `summary`, `digest`, `images` and `cure` (`quarantined`, `rewritten`, `rebuilt`).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush fsck
  rpush fsck --repair
  rpush fsck --format json")]
pub struct FsckArgs {
    /// Set damaged blobs aside, so that the next `pull` or `load` brings them anew, and make what can be made again. Nothing
    /// is removed.
    #[arg(long)]
    repair: bool,
    /// Print an object in place of the lines.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
}

/// Runs the command.
pub async fn run(args: &FsckArgs, context: &Context) -> Result<Exit, Failure> {
    let handling = if args.repair { Handling::Repair } else { Handling::Look };
    let progress = context.progress(Direction::Check);
    let cancel = CancelOnDrop::default();
    let (store, watcher, cancelled) = (context.store.clone(), progress.clone(), cancel.0.clone());
    let examining =
        tokio::task::spawn_blocking(move || store.examine(handling, &cancelled, &|step| show(&*watcher, step)));
    let examined = examining.await.expect("examining does not panic");
    progress.finish();
    match examined? {
        Examined::Done(diagnosis) => report(&diagnosis, args, context),
        Examined::InUse => Err(Failure::new(Exit::Failed, "the store is in use")
            .because("another rpush is bringing content in, or reading it")
            .hint("wait for it, then `rpush fsck --repair` again")),
        Examined::Cancelled => Err(Failure::new(Exit::Interrupted, "interrupted")),
    }
}

/// Tells the watcher what is read, as if each blob were a piece of a transfer.
fn show(watcher: &dyn Observer, step: Step<'_>) {
    let state = |digest, state| watcher.see(Event::State { digest, state });
    match step {
        Step::All(blobs) => {
            for blob in blobs {
                let descriptor = Descriptor::new(MediaType::OCTET_STREAM, blob.digest, blob.size);
                watcher.see(Event::Piece { descriptor, meter: blob.meter.clone() });
            }
        }
        Step::Begun(blob) => state(blob.digest, State::Moving),
        Step::Read(blob) => state(blob.digest, State::Finished(Outcome::Moved)),
    }
}

fn report(diagnosis: &Diagnosis, args: &FsckArgs, context: &Context) -> Result<Exit, Failure> {
    let root = context.store.root();
    let exit = if diagnosis.damaged() > 0 { Exit::Damaged } else { Exit::Done };
    match args.format {
        Some(ResultFormat::Json) => context.console.data(&ui_json::line(&object(diagnosis, root, exit))),
        None => {
            for finding in &diagnosis.findings {
                let (judgement, label) = match (finding.is_damage(), &finding.cure) {
                    (true, _) => (Judgement::Bad, "damage"),
                    (false, Some(_)) => (Judgement::Good, "cured"),
                    (false, None) => (Judgement::Careful, "note"),
                };
                context.console.judged(judgement, &format!("{label:<6} {}", line(finding, root)));
            }
            context.console.data(&total(diagnosis));
        }
    }
    match exit {
        Exit::Done => Ok(exit),
        _ => Err(failure(diagnosis, args)),
    }
}

fn total(diagnosis: &Diagnosis) -> String {
    let Diagnosis { blobs, bytes, images, .. } = *diagnosis;
    let words = match diagnosis.damaged() {
        0 => "nothing is damaged".to_owned(),
        damaged => format!("{damaged} damaged or missing"),
    };
    format!("Total: {}, {} in {}: {words}", counted(images, "image"), size::in_list(bytes), counted(blobs, "blob"))
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// What to do about it.
fn failure(diagnosis: &Diagnosis, args: &FsckArgs) -> Failure {
    let damage = || diagnosis.findings.iter().filter(|finding| finding.is_damage());
    let mut names: Vec<&str> = damage().flat_map(|finding| &finding.images).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len() > NAMES;
    names.truncate(NAMES);
    let again = match names.is_empty() {
        true => None,
        false => Some(format!(
            "`rpush pull {}{}`, or `rpush load` for what did not come from a registry",
            names.join(" "),
            if more { " ..." } else { "" }
        )),
    };
    let is_curable = damage().any(|finding| finding.cure.is_none() && is_curable(&finding.fault));
    let hint = match (is_curable && !args.repair, again) {
        (true, None) => Some("set aside what is damaged: `rpush fsck --repair`".to_owned()),
        (true, Some(again)) => {
            Some(format!("set aside what is damaged: `rpush fsck --repair`, then bring it anew: {again}"))
        }
        (false, Some(again)) => Some(format!("bring it anew: {again}")),
        (false, None) => None,
    };
    let failure = Failure::new(Exit::Damaged, "the store is damaged");
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Whether `--repair` does something about it.
fn is_curable(fault: &Fault) -> bool {
    !matches!(fault, Fault::Missing { .. } | Fault::Size { .. } | Fault::Manifest { .. })
}

fn line(finding: &Finding, root: &Path) -> String {
    let mut line = summary(&finding.fault, root);
    match &finding.cure {
        None => {}
        Some(Cure::Quarantined(path)) => line += &format!("; it is in {} now", below(path, root)),
        Some(Cure::Rewritten) => line += "; written anew",
        Some(Cure::Rebuilt { aside: None, images }) => {
            line += &format!("; a new one lists {}", counted(*images, "image"));
        }
        Some(Cure::Rebuilt { aside: Some(path), images }) => {
            line +=
                &format!("; a new one lists {}, the old one is {} now", counted(*images, "image"), below(path, root));
        }
    }
    match finding.images.is_empty() {
        true => line,
        false => format!("{line}; needed by {}", finding.images.join(", ")),
    }
}

fn summary(fault: &Fault, root: &Path) -> String {
    match fault {
        Fault::Content { digest, found } => format!("{digest}: its bytes hash to {found}"),
        Fault::Unreadable { digest, why } => format!("{digest}: it cannot be read: {why}"),
        Fault::Missing { digest, size } => format!("{digest}: it is missing ({})", size::in_list(*size)),
        Fault::Size { digest, stated, found } => {
            format!("{digest}: it has {found} bytes, and what points at it says {stated}")
        }
        Fault::Manifest { digest, why } => format!("{digest}: it is {why}"),
        Fault::Entry { position } => format!("index.json: entry {position} is no descriptor"),
        Fault::NoIndex => "index.json: it is missing".to_owned(),
        Fault::BrokenIndex { why } => format!("index.json: it cannot be understood: {why}"),
        Fault::Marker { why } => format!("oci-layout: {why}"),
        Fault::NoBlob(path) => format!("{}: its name is no digest", below(path, root)),
        Fault::Unnamed(digest) => format!("{digest}: an image without a name"),
        Fault::Unneeded { blobs, bytes } => {
            format!(
                "{} of {} that no image needs; `rpush prune` frees them",
                size::in_list(*bytes),
                counted(*blobs, "blob")
            )
        }
        Fault::Leftovers { files, bytes } => format!(
            "{} in {} that interrupted commands left; the same command goes on with them, `rpush prune` removes them",
            size::in_list(*bytes),
            counted(*files, "file")
        ),
        Fault::Quarantine { directory, files, bytes } => format!(
            "{} in {} that a repair set aside in {}; they can be removed",
            size::in_list(*bytes),
            counted(*files, "file"),
            below(directory, root)
        ),
    }
}

/// A path within the store.
fn below(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn object(diagnosis: &Diagnosis, root: &Path, exit: Exit) -> serde_json::Value {
    let cure = |cure: &Cure| match cure {
        Cure::Quarantined(_) => "quarantined",
        Cure::Rewritten => "rewritten",
        Cure::Rebuilt { .. } => "rebuilt",
    };
    let finding = |finding: &Finding| {
        json!({
            "kind": finding.fault.name(), "damage": finding.is_damage(), "summary": summary(&finding.fault, root),
            "digest": finding.fault.digest(), "images": finding.images, "cure": finding.cure.as_ref().map(cure),
        })
    };
    json!({
        "blobs": diagnosis.blobs, "bytes": diagnosis.bytes, "images": diagnosis.images,
        "damaged": diagnosis.damaged(), "exitCode": exit as u8,
        "findings": diagnosis.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
