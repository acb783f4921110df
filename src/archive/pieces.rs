//! The image of a config and its layers, wherever these lie: as members of a tar, or each for itself. It has no manifest that a
//! registry would know, so one is made here, the same one for the same image always.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Read;

use super::Fate;
use super::error::Fault;
use super::intake::{Intake, Layer, hold};
use crate::image::{Descriptor, DiffId, ImageConfig, MediaType, NewManifest};

/// Where layers lie that have names.
pub(super) trait Layers {
    /// The one name of a layer that has several.
    fn real_name<'a>(&'a self, name: &'a str) -> Result<&'a str, Fault>;

    /// How large it is, more or less: the largest one is taken first.
    fn size(&self, name: &str) -> Result<u64, Fault>;

    /// The layer that it has become already.
    fn taken(&self, name: &str) -> Result<Option<Layer>, Fault>;

    /// Whether it is compressed, and has to keep its bytes.
    fn is_packed(&self, name: &str) -> Result<bool, Fault>;

    /// Its bytes.
    fn open(&self, name: &str) -> Result<Box<dyn Read + '_>, Fault>;
}

/// Images that are put together, each layer of which is taken once.
pub(super) struct Assembly<'a> {
    intake: &'a Intake<'a>,
    layers: &'a dyn Layers,
    taken: HashMap<String, Layer>,
}

impl<'a> Assembly<'a> {
    pub(super) fn of(layers: &'a dyn Layers, intake: &'a Intake<'a>) -> Self {
        Self { intake, layers, taken: HashMap::new() }
    }

    /// The image with this config, which is called `member`, and with the layers of these names, base first.
    pub(super) fn image(&mut self, member: &str, config: &[u8], names: &[String]) -> Result<Descriptor, Fault> {
        let refuse = |why: String| Fault::Malformed { member: member.to_owned(), why };
        let parsed = ImageConfig::parse(config).ok_or_else(|| refuse("it is no image config".to_owned()))?;
        let diff_ids = parsed.diff_ids();
        if names.len() != diff_ids.len() {
            return Err(refuse(format!("it has {} diff_ids for {} layers", diff_ids.len(), names.len())));
        }
        let descriptors = self.take_all(names, diff_ids)?;
        let config = self.put(MediaType::CONFIG, config)?;
        self.put(MediaType::MANIFEST, &NewManifest::of(config, descriptors).to_bytes())
    }

    fn put(&self, media_type: MediaType, bytes: &[u8]) -> Result<Descriptor, Fault> {
        let descriptor = Descriptor::of(media_type, bytes);
        self.intake.destination.blobs.put_verified(&descriptor.digest, bytes)?;
        self.intake.tell(&descriptor, Fate::Copied);
        Ok(descriptor)
    }

    /// The layers of an image, in its order. They are taken largest first: each goes up while the next one is compressed, and
    /// what is left to go up in the end, when nobody compresses any more, is small.
    fn take_all(&mut self, names: &[String], diff_ids: &[DiffId]) -> Result<Vec<Descriptor>, Fault> {
        let mut layers = Vec::with_capacity(names.len());
        for (position, (name, diff_id)) in names.iter().zip(diff_ids).enumerate() {
            layers.push((self.layers.size(name)?, position, name, diff_id));
        }
        layers.sort_by_key(|(size, ..)| Reverse(*size));
        let taken = layers.iter().map(|(_, position, name, diff_id)| Ok((*position, self.take(name, diff_id)?)));
        let mut taken = taken.collect::<Result<Vec<_>, Fault>>()?;
        taken.sort_by_key(|(position, _)| *position);
        Ok(taken.into_iter().map(|(_, descriptor)| descriptor).collect())
    }

    /// The layer with this name, which unpacks to `expected`.
    fn take(&mut self, name: &str, expected: &DiffId) -> Result<Descriptor, Fault> {
        let name = self.layers.real_name(name)?;
        let layer = match self.taken.get(name) {
            Some(layer) => layer.clone(),
            None => self.fetch(name, expected)?,
        };
        hold(name, expected, &layer.diff_id)?;
        let descriptor = layer.descriptor.clone();
        self.taken.insert(name.to_owned(), layer);
        Ok(descriptor)
    }

    fn fetch(&self, name: &str, expected: &DiffId) -> Result<Layer, Fault> {
        if let Some(layer) = self.layers.taken(name)? {
            return Ok(layer);
        }
        // What is compressed already keeps its bytes, so only for the others is it enough to remember them.
        if !self.layers.is_packed(name)?
            && let Some(layer) = self.intake.recall(expected)
        {
            return Ok(layer);
        }
        self.intake.layer_of(name, expected, &mut self.layers.open(name)?)
    }
}
