//! Making layers: of a directory, of files that are a tar already, of a stream.
//!
//! A registry knows a layer by the hash of its bytes, so those must depend on nothing but what is in it: a directory's members
//! come sorted, with one time and one owner (`directory.rs`). A tar keeps its own bytes, whoever wrote it, and is held to the
//! rules of archives while it goes by (`check.rs`). Both then go through the same intake as the layers of an imported archive.

mod check;
mod directory;
mod header;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

pub(super) use check::Check;
pub use directory::{Ownership, Rules};

use super::error::{Error, Fault};
use super::foretold::Foretold;
use super::import::Plain;
use super::intake::{Format, Inflation, Intake, peek};
use super::{Destination, Owner, Progress, Wanted};
use crate::image::{Descriptor, DiffId};
use directory::Directory;

/// What a layer is made of.
pub enum Material {
    /// What is in a directory.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Where its contents lie in the image: names separated by slashes, none for the image's root.
        below: String,
        /// Whether the directories on the way there are put into the layer too.
        way: Way,
    },
    /// A tar in a file, perhaps compressed.
    Tar(PathBuf),
    /// A tar that comes by once.
    Stream {
        /// Where from, in people's words: `standard input`.
        place: String,
        /// The bytes.
        reader: Box<dyn Read + Send>,
    },
}

/// What becomes of the directories above those of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They are in the layer: nobody else has them.
    Made,
    /// They are left to the layers below, which may have them with other modes, or as links.
    Left,
}

/// A layer that was made and is in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeLayer {
    /// What it unpacks to.
    pub diff_id: DiffId,
    /// The blob.
    pub descriptor: Descriptor,
}

/// Makes a layer, and puts it into the store. Blocks until it is done, fails, or `cancel` becomes true; `observer` is told on the
/// way, from this thread.
pub fn make_layer(
    material: Material,
    rules: &Rules,
    into: &Destination,
    cancel: &AtomicBool,
    observer: &(dyn Fn(Progress) + Sync),
) -> Result<MadeLayer, Error> {
    let (wanted, inflation, owner) = (Wanted::All, Inflation::usual(), Cell::new(Owner::Image));
    let (plain, passing, foretold) = (Plain::Packed, Owner::Image, Foretold::default());
    let check = Some(RefCell::new(Check::default()));
    let intake = Intake {
        wanted: &wanted,
        destination: into,
        cancel,
        observer,
        inflation,
        plain,
        passing,
        foretold,
        owner,
        check,
    };
    let (place, made) = match material {
        Material::Directory { path, below, way } => (
            path.display().to_string(),
            Directory::walk(&path, &below, way, rules).and_then(|tar| of_directory(tar, &intake)),
        ),
        Material::Tar(path) => (
            path.display().to_string(),
            File::open(&path).map_err(Fault::from).and_then(|file| of_tar(&path.display().to_string(), file, &intake)),
        ),
        Material::Stream { place, reader } => {
            let made = of_tar(&place, reader, &intake);
            (place, made)
        }
    };
    made.map_err(|fault| Error::Layer { place, fault: Box::new(fault) })
}

fn of_directory(mut tar: Directory<'_>, intake: &Intake<'_>) -> Result<MadeLayer, Fault> {
    let result = intake.layer("", &mut intake.watched(&mut tar));
    // The tar knows better than the error of its reader what went wrong.
    if let Some(fault) = tar.take_fault() {
        return Err(fault);
    }
    result.map(MadeLayer::from)
}

fn of_tar(place: &str, input: impl Read, intake: &Intake<'_>) -> Result<MadeLayer, Fault> {
    let (format, mut input) = peek(intake.watched(input))?;
    if let Format::Other(coder, tool) = format {
        return Err(Fault::Coder { coder, tool });
    }
    let layer = intake.layer(place, &mut input).map_err(|fault| {
        // What is wrong with the tar is why it was not read on.
        intake.check.as_ref().and_then(|check| check.take().take_fault()).unwrap_or(fault)
    })?;
    // Whoever writes into the pipe should not be told that nobody reads any more.
    io::copy(&mut input, &mut io::sink())?;
    Ok(layer.into())
}

impl From<super::intake::Layer> for MadeLayer {
    fn from(layer: super::intake::Layer) -> Self {
        Self { diff_id: layer.diff_id, descriptor: layer.descriptor }
    }
}
