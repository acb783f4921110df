//! The image of a config and its layers, wherever these lie: as members of a tar, or each for itself. It has no manifest that a
//! registry would know, so one is made here, the same one for the same image always.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use super::Fate;
use super::error::Fault;
use super::intake::{Intake, Layer, Taken, Written, hold};
use crate::image::{Descriptor, DiffId, ImageConfig, MediaType, NewManifest};

/// So many layers are brought to the disk at a time, beside the one that is compressed.
const MOST_SETTLING: usize = 4;

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

/// A thread that brings a layer to the disk.
type Settling<'s> = ScopedJoinHandle<'s, Result<Layer, Fault>>;

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
        let names = names.iter().map(|name| self.layers.real_name(name)).collect::<Result<Vec<_>, Fault>>()?;
        let mut layers = Vec::with_capacity(names.len());
        for (name, diff_id) in names.iter().zip(diff_ids) {
            layers.push((self.layers.size(name)?, *name, diff_id));
        }
        layers.sort_by_key(|(size, ..)| Reverse(*size));
        std::thread::scope(|scope| {
            let mut settling = VecDeque::with_capacity(MOST_SETTLING);
            for (_, name, diff_id) in layers {
                if self.taken.contains_key(name) || settling.iter().any(|(other, _)| *other == name) {
                    continue;
                }
                match self.fetch(name, diff_id)? {
                    Taken::Settled(layer) => self.keep(name, layer),
                    Taken::Written(written) => match settler(scope) {
                        Some((thread, layer)) => {
                            layer.send(written).expect("a thread waits for it");
                            settling.push_back((name, thread));
                        }
                        None => self.keep(name, written.settle()?),
                    },
                }
                if settling.len() == MOST_SETTLING {
                    self.settle(&mut settling)?;
                }
            }
            while self.settle(&mut settling)? {}
            Ok::<_, Fault>(())
        })?;
        let layers = names.iter().zip(diff_ids).map(|(name, expected)| {
            let layer = &self.taken[*name];
            hold(name, expected, &layer.diff_id)?;
            Ok(layer.descriptor.clone())
        });
        layers.collect()
    }

    /// Waits for the first of the layers that are brought to the disk, if there is one.
    fn settle(&mut self, settling: &mut VecDeque<(&str, Settling<'_>)>) -> Result<bool, Fault> {
        let Some((name, thread)) = settling.pop_front() else { return Ok(false) };
        let layer = thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        self.keep(name, layer);
        Ok(true)
    }

    fn keep(&mut self, name: &str, layer: Layer) {
        self.taken.insert(name.to_owned(), layer);
    }

    /// Takes the layer with this name, which unpacks to `expected`.
    fn fetch(&self, name: &str, expected: &DiffId) -> Result<Taken<'a>, Fault> {
        if let Some(layer) = self.layers.taken(name)? {
            return Ok(Taken::Settled(layer));
        }
        // What is compressed already keeps its bytes, so only for the others is it enough to remember them.
        if !self.layers.is_packed(name)?
            && let Some(layer) = self.intake.recall(expected)
        {
            return Ok(Taken::Settled(layer));
        }
        self.intake.layer_of(name, expected, &mut self.layers.open(name)?)
    }
}

/// A thread that brings a layer to the disk as soon as it has it; none where this account may have no more of them.
fn settler<'s, 'a: 's>(scope: &'s Scope<'s, '_>) -> Option<(Settling<'s>, SyncSender<Written<'a>>)> {
    let (sender, layer) = sync_channel::<Written<'a>>(1);
    let thread = Builder::new().name("to-disk".to_owned());
    let settle = move || layer.recv().expect("it is sent at once").settle();
    Some((thread.spawn_scoped(scope, settle).ok()?, sender))
}
