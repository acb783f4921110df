//! Archives in Docker's own form (`docker save` before 25, `podman save`): a `manifest.json` that names a config and
//! uncompressed layers. They have no manifest and no digests that a registry would know, so both are made.

use std::io::Read;

use serde::Deserialize;

use super::error::Fault;
use super::intake::{Format, HEAD, Intake, Layer};
use super::members::Members;
use super::pieces::{Assembly, Layers};
use super::tape::{normal, read_up_to};
use super::wanted::Label;
use super::{Imported, oci};
use crate::image::Reference;

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
    let mut assembly = Assembly::of(members, intake);
    let mut imported = Vec::new();
    for entry in entries {
        let config = members.document(&member(&entry.config)?)?;
        let layers = entry.layers.as_deref().unwrap_or_default().iter().map(|layer| member(layer));
        let descriptor = assembly.image(&entry.config, &config, &layers.collect::<Result<Vec<_>, Fault>>()?)?;
        let image = Imported::of(&mut imported, descriptor);
        for tag in entry.repo_tags.unwrap_or_default() {
            let name = tag.parse::<Reference>().ok().map(|name| name.canonical());
            image.name(name, Some(tag));
        }
    }
    Ok(imported)
}

const MANIFEST: &str = "manifest.json";

/// The member that `manifest.json` means by a path.
fn member(path: &str) -> Result<String, Fault> {
    normal(&[], path).filter(|name| !name.is_empty()).ok_or_else(|| Fault::Missing(path.to_owned()))
}

impl Layers for Members<'_> {
    fn real_name<'a>(&'a self, name: &'a str) -> Result<&'a str, Fault> {
        Members::real_name(self, name)
    }

    fn size(&self, name: &str) -> Result<u64, Fault> {
        Members::size(self, name)
    }

    fn taken(&self, name: &str) -> Result<Option<Layer>, Fault> {
        Ok(self.layer(name)?.cloned())
    }

    fn is_packed(&self, name: &str) -> Result<bool, Fault> {
        let mut head = [0; HEAD];
        let length = read_up_to(&mut Members::open(self, name)?, &mut head)?;
        Ok(!matches!(Format::of(&head[..length]), Format::Tar | Format::Unknown))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + '_>, Fault> {
        Members::open(self, name)
    }
}
