//! Two places as one: what the first has is read there, everything else from the second. So a pull reads what the store has
//! already without asking the registry.

use std::sync::Arc;

use super::{ByteStream, Extent, Reply, Source};
use crate::image::Descriptor;

/// A source in front of another one.
pub struct Overlay<H> {
    near: Arc<dyn Source>,
    far: Arc<dyn Source>,
    is_near: H,
}

impl<H: Fn(&Descriptor) -> bool + Send + Sync> Overlay<H> {
    /// Reads from `near` what `is_near` says is there, and all else from `far`.
    pub fn new(near: Arc<dyn Source>, far: Arc<dyn Source>, is_near: H) -> Self {
        Self { near, far, is_near }
    }
}

impl<H: Fn(&Descriptor) -> bool + Send + Sync> Source for Overlay<H> {
    fn place(&self) -> &str {
        self.far.place()
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        match (self.is_near)(extent.descriptor()) {
            true => self.near.read(extent),
            false => self.far.read(extent),
        }
    }

    fn read_part<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, Option<ByteStream>> {
        match (self.is_near)(extent.descriptor()) {
            true => self.near.read_part(extent),
            false => self.far.read_part(extent),
        }
    }

    fn distrust(&self, descriptor: &Descriptor) -> bool {
        !(self.is_near)(descriptor) && self.far.distrust(descriptor)
    }
}
