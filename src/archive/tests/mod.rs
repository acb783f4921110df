//! Archives made by hand, in and out. Each is read as a file, as a stream, and compressed: the result is the same.

mod compress;
mod docker;
mod export;
mod foretold;
mod hostile;
mod oci;
mod parts;

use std::cell::Cell;
use std::io::{Cursor, Write as _};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::intake::{Inflation, Intake};
use super::*;
use crate::content::BlobDir;
use crate::image::{Descriptor, Digest, Kind, Manifest, MediaType};

/// A tar that is being made.
struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// A tar with one file in it: what a layer looks like.
    fn layer(name: &str, bytes: &[u8]) -> Vec<u8> {
        Self::new().file(name, bytes).done()
    }

    fn file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.as_ref().len() as u64);
        header.set_mode(0o644);
        self.0.append_data(&mut header, name, bytes.as_ref()).expect("appends");
        self
    }

    /// A member with any name and of any kind, as only a hostile program writes it.
    fn odd(mut self, kind: tar::EntryType, name: &str, link: &str, bytes: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        self.0.append(&header, bytes).expect("appends");
        self
    }

    fn symlink(self, name: &str, target: &str) -> Self {
        self.odd(tar::EntryType::Symlink, name, target, b"")
    }

    /// A blob of a layout.
    fn blob(self, bytes: &[u8]) -> Self {
        self.file(&format!("blobs/sha256/{}", Digest::of(bytes).hex()), bytes)
    }

    fn done(self) -> Vec<u8> {
        self.0.into_inner().expect("finishes")
    }
}

/// A store of its own, and what was seen while importing into it.
struct Store {
    _root: TempDir,
    destination: Destination,
    seen: Mutex<Vec<Progress>>,
}

impl Store {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let blobs = BlobDir::new(root.path(), root.path().join("staging"));
        let destination = Destination {
            blobs,
            memo: MemoDir::new(root.path().join("memo"), root.path().join("staging")),
            compression: Compression::default(),
        };
        Self { _root: root, destination, seen: Mutex::default() }
    }

    fn run(&self, input: Input) -> Result<Vec<Imported>, Fault> {
        let observer = |progress| self.seen.lock().expect("whole").push(progress);
        import(input, &Wanted::All, &self.destination, &AtomicBool::new(false), &observer).map_err(
            |error| match error {
                Error::Import { fault, .. } | Error::Layer { fault, .. } | Error::Export(fault) => *fault,
            },
        )
    }

    /// Imports what may unpack to so many bytes beyond the ratio.
    fn within(&self, allowance: u64, bytes: &[u8], as_file: bool) -> Result<Vec<Imported>, Fault> {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("writes");
        let input = match as_file {
            true => Input::Path(file.path().to_owned()),
            false => Input::Stream { place: "a stream".to_owned(), reader: Box::new(Cursor::new(bytes.to_vec())) },
        };
        let (destination, cancel, inflation) =
            (&self.destination, &AtomicBool::new(false), Inflation::within(allowance));
        let (owner, plain, passing) = (Cell::new(Owner::Image), import::Plain::Kept, Owner::Unknown);
        let (wanted, observer) = (&Wanted::All, &|_| {});
        let (foretold, check) = (super::foretold::Foretold::default(), None);
        let intake =
            Intake { wanted, destination, cancel, observer, inflation, plain, passing, foretold, owner, check };
        import::take(input, &intake).map_err(|error| match error {
            Error::Import { fault, .. } | Error::Layer { fault, .. } | Error::Export(fault) => *fault,
        })
    }

    fn file(&self, bytes: &[u8]) -> Result<Vec<Imported>, Fault> {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("writes");
        self.run(Input::Path(file.path().to_owned()))
    }

    fn stream(&self, bytes: &[u8]) -> Result<Vec<Imported>, Fault> {
        let reader = Box::new(Cursor::new(bytes.to_vec()));
        self.run(Input::Stream { place: "standard input".to_owned(), reader })
    }

    fn read(&self, descriptor: &Descriptor) -> Vec<u8> {
        let bytes = std::fs::read(self.destination.blobs.path(&descriptor.digest)).expect("the blob is there");
        assert_eq!((Digest::of(&bytes), bytes.len() as u64), (descriptor.digest, descriptor.size));
        bytes
    }

    /// What was seen so far; forgotten afterwards.
    fn seen(&self) -> Vec<Progress> {
        std::mem::take(&mut self.seen.lock().expect("whole"))
    }

    fn blobs(&self) -> usize {
        self.destination.blobs.list().expect("lists").len()
    }

    /// How blobs of a type came, and how many bytes of the archive were read; forgotten afterwards.
    fn fates(&self, wanted: &MediaType) -> (Vec<Fate>, u64) {
        let (mut fates, mut bytes) = (Vec::new(), 0);
        for progress in self.seen() {
            match progress {
                Progress::Read(read) => bytes += read,
                Progress::Stored { descriptor, fate, .. } if descriptor.media_type == *wanted => fates.push(fate),
                Progress::Stored { .. } => {}
            }
        }
        (fates, bytes)
    }
}

fn layers_of(store: &Store, image: &Imported) -> (Descriptor, Vec<Descriptor>) {
    let manifest = Manifest::parse(&image.descriptor.media_type, &store.read(&image.descriptor)).expect("a manifest");
    match manifest.kind {
        Kind::Image { config: Some(config), layers } => (config, layers),
        kind => panic!("{kind:?}"),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    compress(&mut &*bytes, &mut out, Compression::default(), all_cores()).expect("compresses");
    out
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("compresses")
}

/// Imports the archive in every way, each into a store of its own, and gives one store when all agree.
fn every_way(bytes: &[u8]) -> (Store, Result<Vec<Imported>, String>) {
    let first = Store::new();
    let expected = first.file(bytes).map_err(|fault| fault.to_string());
    for (how, packed) in [("stream", bytes.to_vec()), ("gzip", gzip(bytes)), ("zstd", zstd(bytes))] {
        let store = Store::new();
        assert_eq!(store.stream(&packed).map_err(|fault| fault.to_string()), expected, "as a {how}");
    }
    (first, expected)
}

fn names(image: &Imported) -> Vec<String> {
    image.names.iter().map(ToString::to_string).collect()
}
