//! An image that lies in parts: a config that is at hand, and layers that are each opened when they are needed, and only then.

use std::collections::HashMap;
use std::io::{self, Read};

use super::Imported;
use super::error::Fault;
use super::intake::{Intake, Layer};
use super::pieces::{Assembly, Layers};
use crate::image::DiffId;

/// A layer that can be opened.
pub struct Part {
    /// What it unpacks to.
    pub diff_id: DiffId,
    /// How large it is, more or less.
    pub size: u64,
    /// Gives its bytes, as a tar that is not compressed.
    pub open: Box<Opener>,
}

/// Gives the bytes of a layer.
pub type Opener = dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send;

/// How the config is called where something is wrong with it.
const CONFIG: &str = "config";

/// Takes the image of this config and these layers, base first.
pub(super) fn import(config: &[u8], layers: &[Part], intake: &Intake<'_>) -> Result<Vec<Imported>, Fault> {
    let names: Vec<String> = layers.iter().map(|layer| layer.diff_id.to_string()).collect();
    let parts = Parts { by_name: names.iter().map(String::as_str).zip(layers).collect(), intake };
    let descriptor = Assembly::of(&parts, intake).image(CONFIG, config, &names)?;
    let mut imported = Vec::new();
    Imported::of(&mut imported, descriptor);
    intake.wanted.among(imported, Imported::label)
}

/// Layers, by the text of their diff_ids.
struct Parts<'a> {
    by_name: HashMap<&'a str, &'a Part>,
    intake: &'a Intake<'a>,
}

impl Parts<'_> {
    fn part(&self, name: &str) -> Result<&Part, Fault> {
        self.by_name.get(name).copied().ok_or_else(|| Fault::Missing(name.to_owned()))
    }
}

impl Layers for Parts<'_> {
    fn real_name<'a>(&'a self, name: &'a str) -> Result<&'a str, Fault> {
        Ok(name)
    }

    fn size(&self, name: &str) -> Result<u64, Fault> {
        Ok(self.part(name)?.size)
    }

    fn taken(&self, _: &str) -> Result<Option<Layer>, Fault> {
        Ok(None)
    }

    fn is_packed(&self, _: &str) -> Result<bool, Fault> {
        Ok(false)
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + '_>, Fault> {
        Ok(Box::new(self.intake.watched((self.part(name)?.open)()?)))
    }
}
