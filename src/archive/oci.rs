//! Archives that are OCI layouts: every blob goes into the store as it is, under the digest that it has.

use std::io::Read as _;

use serde::Deserialize;

use super::error::Fault;
use super::intake::Intake;
use super::members::{Members, blob_name};
use super::reach::{Pool, Reach};
use super::wanted::Label;
use super::{Fate, Imported};
use crate::content::BlobDir;
use crate::image::{Descriptor, Hasher, MAX_MANIFEST_SIZE, Manifest, MediaType, Role, entry_names};

/// The document that lists the images of a layout. `"manifests": null` is written by Docker 25.0.0 (L-02).
#[derive(Deserialize)]
struct Index {
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Layout {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

/// The entries of `index.json`, which may be none.
pub(super) fn entries(members: &Members<'_>) -> Result<Vec<Descriptor>, Fault> {
    if members.has("oci-layout") {
        let layout: Layout = read(members, "oci-layout")?;
        if !layout.version.starts_with("1.") {
            let why = format!("a layout of version `{}`, only 1.0.0 is known", layout.version.escape_default());
            return Err(Fault::Malformed { member: "oci-layout".to_owned(), why });
        }
    }
    let index: Index = read(members, "index.json")?;
    Ok(index.manifests.unwrap_or_default())
}

/// A JSON document of the archive.
pub(super) fn read<T: serde::de::DeserializeOwned>(members: &Members<'_>, name: &str) -> Result<T, Fault> {
    serde_json::from_slice(&members.document(name)?)
        .map_err(|error| Fault::Malformed { member: name.to_owned(), why: error.to_string() })
}

/// Takes everything that the entries reach.
pub(super) fn import(
    intake: &Intake<'_>,
    members: &Members<'_>,
    entries: Vec<Descriptor>,
) -> Result<Vec<Imported>, Fault> {
    // Entries of other types are somebody's own, and no error (L-06).
    let is_image = |entry: &Descriptor| matches!(entry.media_type.role(), Role::Index | Role::Manifest | Role::Schema1);
    let entries = intake.wanted.among(entries.into_iter().filter(is_image).collect(), label)?;
    let pool = Archived { members, blobs: &intake.destination.blobs };
    let mut reach = Reach::new(&pool);
    for entry in &entries {
        reach.add(entry)?;
    }
    for descriptor in reach.into_found() {
        store(intake, members, &descriptor)?;
    }
    let mut imported: Vec<Imported> = Vec::new();
    for entry in entries {
        let names = entry_names(&entry);
        let image = Imported::of(&mut imported, entry);
        for name in names {
            image.name(name.reference, name.selector);
        }
    }
    Ok(imported)
}

fn label(entry: &Descriptor) -> Label {
    let names = entry_names(entry);
    Label {
        key: entry.digest.to_string(),
        names: names.iter().filter_map(|name| name.reference.clone()).collect(),
        selectors: names.iter().filter_map(|name| name.selector.clone()).collect(),
        digest: Some(entry.digest),
    }
}

/// Whether these are images of layers that are not compressed. No image is, that some registry has: only Docker's old storage has
/// layers so, and makes a manifest when it is asked for an archive.
pub(super) fn is_plain(members: &Members<'_>, entries: &[Descriptor]) -> bool {
    let has_plain = |entry: &Descriptor| {
        let manifest = Manifest::parse(&entry.media_type, &members.document(&blob_name(&entry.digest)).ok()?).ok()?;
        Some(manifest.children().any(|child| child.media_type == MediaType::LAYER))
    };
    !entries.is_empty() && entries.iter().all(|entry| has_plain(entry) == Some(true))
}

fn store(intake: &Intake<'_>, members: &Members<'_>, descriptor: &Descriptor) -> Result<(), Fault> {
    let name = blob_name(&descriptor.digest);
    if intake.destination.blobs.has(descriptor) {
        intake.tell(descriptor, members.fate(&name).unwrap_or(Fate::Present));
        return Ok(());
    }
    check_size(descriptor, members.size(&name)?)?;
    intake.blob(&descriptor.digest, &mut members.open(&name)?)?;
    intake.tell(descriptor, Fate::Copied);
    Ok(())
}

/// The archive's blobs, and those that the store has already (L-04).
struct Archived<'a> {
    members: &'a Members<'a>,
    blobs: &'a BlobDir,
}

impl Pool for Archived<'_> {
    fn has(&self, descriptor: &Descriptor) -> bool {
        self.members.has(&blob_name(&descriptor.digest)) || self.blobs.has(descriptor)
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Fault> {
        let name = blob_name(&descriptor.digest);
        let bytes = match self.members.has(&name) {
            true => self.members.document(&name)?,
            false => stored_manifest(self.blobs, descriptor)?,
        };
        verified(descriptor, bytes)
    }
}

/// A manifest in the store.
pub(super) fn stored_manifest(blobs: &BlobDir, descriptor: &Descriptor) -> Result<Vec<u8>, Fault> {
    let path = blobs.path(&descriptor.digest);
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_MANIFEST_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes, when they are what the descriptor says.
pub(super) fn verified(descriptor: &Descriptor, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    check_size(descriptor, bytes.len() as u64)?;
    let mut hasher = Hasher::new(descriptor.digest.algorithm());
    hasher.update(&bytes);
    let found = hasher.finish();
    match found == descriptor.digest {
        true => Ok(bytes),
        false => Err(Fault::Digest { expected: descriptor.digest, found: Box::new(found) }),
    }
}

/// Compares a size with the descriptor's.
pub(super) fn check_size(descriptor: &Descriptor, found: u64) -> Result<(), Fault> {
    let Descriptor { digest, size: expected, .. } = *descriptor;
    if found == expected { Ok(()) } else { Err(Fault::Size { digest, expected, found }) }
}
