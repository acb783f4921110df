//! What all commands share that make images: layers out of directories and tars, times that are the same in every run, and
//! documents in the store.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::archive::{
    self, Compression, Destination, MadeLayer, Material, Ownership, Progress, Rules, Way, make_layer,
};
use crate::content::Error;
use crate::image::{Change, Deed, Descriptor, Draft, MediaType, NewManifest, Platform, Reference};
use crate::transfer::Observer;
use crate::ui::json as ui_json;
use crate::ui::progress::Direction;

use super::compressing::CompressionArgs;
use super::context::Context;
use super::failure::Failure;
use super::locate::{Arrivals, CancelOnDrop};
use super::settings::ResultFormat;

/// The variable by which builds agree on a time (reproducible-builds.org).
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The options of commands that make layers.
#[derive(Debug, Args)]
pub struct MakingArgs {
    /// A change in the words of a Dockerfile: `CMD ["/app"]`, `ENV A=1`; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD,
    /// STOPSIGNAL, USER, VOLUME and WORKDIR.
    #[arg(short, long, value_name = "INSTRUCTION")]
    pub change: Vec<String>,
    /// A word about it, for the history of the image.
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// When the image was made: a time like `2026-01-31T12:00:00Z`, or `now`. If nothing is said, what `SOURCE_DATE_EPOCH` says,
    /// else 1970, so that the same content is the same image.
    #[arg(long, value_name = "TIME")]
    created: Option<String>,
    /// Whose the files of a directory are in the image; `0:0` if nothing is said.
    #[arg(long, value_name = "UID:GID")]
    owner: Option<String>,
    /// Let the files of a directory have the owners that they have here.
    #[arg(long, conflicts_with = "owner")]
    keep_owner: bool,
    #[command(flatten)]
    compression: CompressionArgs,
    /// Print an object in place of the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<ResultFormat>,
}

/// The options, understood.
pub struct Making {
    compression: Compression,
    rules: Rules,
    created: String,
    message: Option<String>,
    /// What is changed, in this order.
    pub changes: Vec<Change>,
}

impl MakingArgs {
    /// Understands the options, before anything is done.
    pub fn resolve(&self, context: &Context) -> Result<Making, Failure> {
        let compression = self.compression.resolve(context)?;
        let epoch = epoch(std::env::var(EPOCH).ok().as_deref())?;
        let ownership = match (&self.owner, self.keep_owner) {
            (_, true) => Ownership::Kept,
            (None, false) => Ownership::Of { user: 0, group: 0 },
            (Some(text), false) => owner(text)?,
        };
        let changes = self.change.iter().map(|text| text.parse::<Change>());
        Ok(Making {
            compression,
            rules: Rules { time: epoch, ownership },
            created: created(self.created.as_deref(), epoch)?,
            message: self.message.clone(),
            changes: changes.collect::<Result<_, _>>().map_err(|error| Failure::usage(error.to_string()))?,
        })
    }
}

/// Reads `SOURCE_DATE_EPOCH`. One that is no number is a mistake that would be found out much later.
fn epoch(text: Option<&str>) -> Result<u64, Failure> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(0) };
    let seconds = text.parse::<u64>().ok().filter(|seconds| timestamp(*seconds).is_some());
    seconds.ok_or_else(|| {
        Failure::usage(format!("{EPOCH} is `{text}`, which is not a number of seconds since 1970"))
            .hint(format!("the time of the last commit: `{EPOCH}=$(git log -1 --format=%ct)`"))
    })
}

fn timestamp(seconds: u64) -> Option<String> {
    Some(jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?.to_string())
}

fn created(text: Option<&str>, epoch: u64) -> Result<String, Failure> {
    match text {
        None => Ok(timestamp(epoch).expect("it was checked when it was read")),
        Some("now") => Ok(jiff::Timestamp::now().to_string()),
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(time.to_string()),
            Err(_) => Err(Failure::usage(format!("`{text}` is not a time"))
                .hint("write `--created 2026-01-31T12:00:00Z`, or `--created now`")),
        },
    }
}

fn owner(text: &str) -> Result<Ownership, Failure> {
    let parsed = text
        .split_once(':')
        .and_then(|(user, group)| Some(Ownership::Of { user: user.parse().ok()?, group: group.parse().ok()? }));
    parsed.ok_or_else(|| Failure::usage(format!("`{text}` is not a user and a group in numbers, like `1000:1000`")))
}

/// What a layer is made of, in words: `DIR`, `DIR=/PATH/IN/THE/IMAGE`, or a tar.
pub fn material(text: &str, way: Way) -> Result<Material, Failure> {
    let (path, below) = match text.rsplit_once('=') {
        Some((path, below)) if !Path::new(text).exists() => (PathBuf::from(path), Some(below)),
        _ => (PathBuf::from(text), None),
    };
    let found = std::fs::metadata(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    match (found.is_dir(), below) {
        (true, below) => Ok(Material::Directory { path, below: place(below.unwrap_or_default())?, way }),
        (false, None) => Ok(Material::Tar(path)),
        (false, Some(_)) => Err(Failure::usage(format!(
            "{} is no directory, and a tar says itself where its files lie",
            path.display()
        ))
        .hint(format!("leave out the place: `{}`", path.display()))),
    }
}

/// A place in the image, as a tar names it.
fn place(text: &str) -> Result<String, Failure> {
    let components: Vec<_> = text.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    match components.contains(&"..") {
        true => Err(Failure::usage(format!("`{text}` leads out of the image"))
            .hint("write a place without `..`: `DIR=/srv/app`")),
        false => Ok(components.join("/")),
    }
}

/// An image on its way: its config and its layers.
pub struct Work {
    /// The config.
    pub draft: Draft,
    /// The layers, base first.
    pub layers: Vec<Descriptor>,
}

impl Work {
    /// An image of nothing.
    pub fn scratch(platform: &Platform) -> Self {
        Self { draft: Draft::scratch(platform), layers: Vec::new() }
    }

    /// Puts a layer on top.
    pub fn add(&mut self, layer: &MadeLayer, created_by: &str, making: &Making) {
        self.draft.add_layer(&layer.diff_id, making.deed(created_by));
        self.layers.push(layer.descriptor.clone());
    }

    /// Writes down that something was done that brought no layer.
    pub fn note(&mut self, created_by: &str, making: &Making) {
        self.draft.add_deed(making.deed(created_by));
    }

    /// Makes the changes, and writes config and manifest into the store.
    pub fn finish(
        mut self,
        making: &Making,
        annotations: &[(String, String)],
        context: &Context,
    ) -> Result<Made, Failure> {
        making.changes.iter().for_each(|change| self.draft.apply(change));
        self.draft.set_created(&making.created);
        let config = context.put_document(MediaType::CONFIG, &self.draft.to_bytes())?;
        let mut manifest = NewManifest::of(config.clone(), self.layers.clone());
        manifest.annotations.extend(annotations.iter().cloned());
        let root = context.put_document(MediaType::MANIFEST, &manifest.to_bytes())?;
        Ok(Made { root, config, layers: self.layers })
    }
}

/// An image that was made and is in the store.
pub struct Made {
    /// The manifest.
    pub root: Descriptor,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

impl Made {
    /// Prints what was made.
    pub fn show(&self, name: &Reference, format: Option<ResultFormat>, context: &Context) {
        let console = &context.console;
        if format == Some(ResultFormat::Json) {
            let object = json!({
                "reference": name.to_string(),
                "digest": self.root.digest,
                "size": self.root.size,
                "mediaType": self.root.media_type,
                "config": self.config,
                "layers": self.layers,
            });
            return console.data(&ui_json::line(&object));
        }
        let layers = match self.layers.len() {
            1 => "1 layer".to_owned(),
            many => format!("{many} layers"),
        };
        console.talk(&format!("Made {}: {layers}", name.familiar()));
        console.data(&self.root.digest.to_string());
    }
}

impl Making {
    fn deed<'a>(&'a self, created_by: &'a str) -> Deed<'a> {
        Deed { created: &self.created, created_by, comment: self.message.as_deref() }
    }
}

impl Context {
    /// Makes layers, one after the other, each on all cores. The caller holds a lease.
    pub async fn make_layers(&self, materials: Vec<Material>, making: &Making) -> Result<Vec<MadeLayer>, Failure> {
        let progress = self.progress(Direction::Load);
        let destination =
            Destination { blobs: self.store.blobs().clone(), memo: self.memo(), compression: making.compression };
        let (cancel, rules, watcher) = (CancelOnDrop::default(), making.rules, progress.clone());
        let cancelled = cancel.0.clone();
        let working = tokio::task::spawn_blocking(move || {
            let watcher: &dyn Observer = &*watcher;
            let observer = |event: Progress| Arrivals::Shown.take(watcher, event);
            let make = |material| make_layer(material, &rules, &destination, &cancelled, &observer);
            materials.into_iter().map(make).collect::<Result<Vec<_>, archive::Error>>()
        });
        let made = working.await.expect("making layers does not panic");
        progress.finish();
        Ok(made.map_err(Error::from)?)
    }

    /// Writes a config, a manifest or an index into the store.
    pub fn put_document(&self, media_type: MediaType, bytes: &[u8]) -> Result<Descriptor, Failure> {
        let descriptor = Descriptor::of(media_type, bytes);
        self.store.blobs().put_verified(&descriptor.digest, bytes)?;
        Ok(descriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_from_the_environment_or_the_words_and_never_from_the_clock() {
        assert_eq!(created(None, epoch(None).expect("1970")).expect("a time"), "1970-01-01T00:00:00Z");
        assert_eq!(
            created(None, epoch(Some("1700000000")).expect("a number")).expect("a time"),
            "2023-11-14T22:13:20Z"
        );
        assert_eq!(created(Some("2026-01-31T13:00:00+01:00"), 0).expect("a time"), "2026-01-31T12:00:00Z");
        assert!(created(Some("yesterday"), 0).is_err());
        for wrong in ["now", "-1", "1.5", "99999999999999999999", "999999999999999"] {
            assert!(epoch(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_in_the_image_do_not_lead_out_of_it() {
        assert_eq!(place("/app/./x//").expect("a place"), "app/x");
        assert_eq!(place("/").expect("the root"), "");
        assert!(place("/app/../..").is_err());
        assert_eq!(owner("1000:50").expect("an owner"), Ownership::Of { user: 1000, group: 50 });
        assert!(owner("root").is_err() && owner("1:x").is_err() && owner("-1:0").is_err());
    }
}
