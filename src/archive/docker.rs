//! Archives in Docker's own form (`docker save` before 25, `podman save`): a `manifest.json` that names a config and
//! uncompressed layers. They have no manifest and no digests that a registry would know, so both are made here, the same ones for
//! the same archive always.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Deserialize;

use super::error::Fault;
use super::intake::{Format, HEAD, Intake, Layer};
use super::members::Members;
use super::tape::{normal, read_up_to};
use super::wanted::Label;
use super::{Fate, Imported, oci};
use crate::image::{Descriptor, DiffId, ImageConfig, MediaType, NewManifest, Reference};

/// One image of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

impl Entry {
    fn label(&self) -> Label {
        let selectors = self.repo_tags.clone().unwrap_or_default();
        let names = selectors.iter().filter_map(|tag| tag.parse::<Reference>().ok()).map(|name| name.canonical());
        Label { key: self.config.clone(), names: names.collect(), selectors, digest: None }
    }
}

/// Takes every image of the archive.
pub(super) fn import(intake: &Intake<'_>, members: &Members<'_>) -> Result<Vec<Imported>, Fault> {
    let entries: Option<Vec<Entry>> = oci::read(members, MANIFEST)?;
    let entries = intake.wanted.among(entries.unwrap_or_default(), Entry::label)?;
    let mut layers = Layers { intake, members, taken: HashMap::new() };
    let mut imported = Vec::new();
    for entry in entries {
        let descriptor = image(intake, members, &mut layers, &entry)?;
        let image = Imported::of(&mut imported, descriptor);
        for tag in entry.repo_tags.unwrap_or_default() {
            let name = tag.parse::<Reference>().ok().map(|name| name.canonical());
            image.name(name, Some(tag));
        }
    }
    Ok(imported)
}

const MANIFEST: &str = "manifest.json";

fn image(
    intake: &Intake<'_>,
    members: &Members<'_>,
    layers: &mut Layers<'_>,
    entry: &Entry,
) -> Result<Descriptor, Fault> {
    let config = members.document(&member(&entry.config)?)?;
    let refuse = |why: String| Fault::Malformed { member: entry.config.clone(), why };
    let parsed = ImageConfig::parse(&config).ok_or_else(|| refuse("it is no image config".to_owned()))?;
    let (names, diff_ids) = (entry.layers.as_deref().unwrap_or_default(), parsed.diff_ids());
    if names.len() != diff_ids.len() {
        return Err(refuse(format!("it has {} diff_ids for {} layers", diff_ids.len(), names.len())));
    }
    let descriptors = layers.take_all(names, diff_ids)?;
    let put = |media_type: MediaType, bytes: &[u8]| -> Result<Descriptor, Fault> {
        let descriptor = Descriptor::of(media_type, bytes);
        intake.destination.blobs.put_verified(&descriptor.digest, bytes)?;
        intake.tell(&descriptor, Fate::Copied);
        Ok(descriptor)
    };
    let config = put(MediaType::CONFIG, &config)?;
    put(MediaType::MANIFEST, &NewManifest::of(config, descriptors).to_bytes())
}

/// The member that `manifest.json` means by a path.
fn member(path: &str) -> Result<String, Fault> {
    normal(&[], path).filter(|name| !name.is_empty()).ok_or_else(|| Fault::Missing(path.to_owned()))
}

/// The layers of all images of the archive, each taken once.
struct Layers<'a> {
    intake: &'a Intake<'a>,
    members: &'a Members<'a>,
    taken: HashMap<String, Layer>,
}

impl Layers<'_> {
    /// The layers of an image, in its order. They are taken largest first: each goes up while the next one is compressed, and
    /// what is left to go up in the end, when nobody compresses any more, is small.
    fn take_all(&mut self, names: &[String], diff_ids: &[DiffId]) -> Result<Vec<Descriptor>, Fault> {
        let mut layers = Vec::with_capacity(names.len());
        for (position, (name, diff_id)) in names.iter().zip(diff_ids).enumerate() {
            let name = member(name)?;
            layers.push((self.members.size(&name)?, position, name, diff_id));
        }
        layers.sort_by_key(|(size, ..)| Reverse(*size));
        let taken = layers.iter().map(|(_, position, name, diff_id)| Ok((*position, self.take(name, diff_id)?)));
        let mut taken = taken.collect::<Result<Vec<_>, Fault>>()?;
        taken.sort_by_key(|(position, _)| *position);
        Ok(taken.into_iter().map(|(_, descriptor)| descriptor).collect())
    }

    /// The layer in the member `name`, which unpacks to `expected`.
    fn take(&mut self, name: &str, expected: &DiffId) -> Result<Descriptor, Fault> {
        let name = self.members.real_name(name)?;
        let layer = match self.taken.get(name) {
            Some(layer) => layer.clone(),
            None => self.fetch(name, expected)?,
        };
        if layer.diff_id != *expected {
            let (expected, found) = (Box::new(*expected), Box::new(layer.diff_id));
            return Err(Fault::Layer { member: name.to_owned(), expected, found });
        }
        let descriptor = layer.descriptor.clone();
        self.taken.insert(name.to_owned(), layer);
        Ok(descriptor)
    }

    fn fetch(&self, name: &str, expected: &DiffId) -> Result<Layer, Fault> {
        if let Some(layer) = self.members.layer(name)? {
            return Ok(layer.clone());
        }
        // What is compressed already keeps its bytes, so only for the others is it enough to remember them.
        if !self.is_packed(name)?
            && let Some(layer) = self.intake.recall(expected)
        {
            return Ok(layer);
        }
        self.intake.layer(name, &mut self.members.open(name)?)
    }

    fn is_packed(&self, name: &str) -> Result<bool, Fault> {
        let mut head = [0; HEAD];
        let length = read_up_to(&mut self.members.open(name)?, &mut head)?;
        Ok(!matches!(Format::of(&head[..length]), Format::Tar | Format::Unknown))
    }
}
