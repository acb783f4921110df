//! Exporting images: one tar that is an OCI layout and has Docker's `manifest.json` as well, so that skopeo, podman, containerd and
//! every Docker since 1.10 read it. The same images always give the same bytes.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use serde::Serialize;

use super::error::{Error, Fault};
use super::intake::CHUNK;
use super::members::blob_name;
use super::oci::{stored_manifest, verified};
use super::reach::{Pool, Reach};
use crate::content::BlobDir;
use crate::image::{Descriptor, Digest, Hasher, Kind, Manifest, MediaType, REF_NAME, Reference, Role};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: MediaType,
    manifests: Vec<Descriptor>,
}

/// One image of `manifest.json`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEntry {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

/// Writes the images, each with its names, into a tar. Each blob goes in once; of an index, what is there.
pub fn export(out: &mut dyn Write, images: &[(Descriptor, Vec<Reference>)], blobs: &BlobDir) -> Result<(), Error> {
    export_selected(out, images, None, blobs)
}

/// The same, where this text selects the first image in the layout: other tools look for exactly what was typed.
pub fn export_selected(
    out: &mut dyn Write,
    images: &[(Descriptor, Vec<Reference>)],
    selector: Option<&str>,
    blobs: &BlobDir,
) -> Result<(), Error> {
    write(out, images, selector, blobs).map_err(|fault| Error::Export(Box::new(fault)))
}

fn write(
    out: &mut dyn Write,
    images: &[(Descriptor, Vec<Reference>)],
    selector: Option<&str>,
    blobs: &BlobDir,
) -> Result<(), Fault> {
    let pool = Stored(blobs);
    let mut reach = Reach::new(&pool);
    for (root, _) in images {
        reach.add(root)?;
    }
    let found: BTreeMap<_, _> = reach.into_found().into_iter().map(|blob| (blob_name(&blob.digest), blob)).collect();
    let docker = docker_entries(images, &pool, &found.values().map(|blob| blob.digest).collect())?;
    let mut tar = tar::Builder::new(BufWriter::with_capacity(CHUNK, out));
    // Whoever reads a stream learns first what it is; everything else is sorted.
    document(&mut tar, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    directories(&mut tar, found.values())?;
    for (name, blob) in &found {
        let file = File::open(blobs.path(&blob.digest))?;
        copy(&mut tar, name, blob, file)?;
    }
    document(&mut tar, "index.json", &json(&index(images, selector)))?;
    document(&mut tar, "manifest.json", &json(&docker))?;
    tar.into_inner()?.flush()?;
    Ok(())
}

fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).expect("plain data is always JSON")
}

/// One entry for each name (L-10), with the name alone: platforms and other annotations make some readers refuse (L-20).
fn index(images: &[(Descriptor, Vec<Reference>)], selector: Option<&str>) -> Index {
    let mut manifests: Vec<Descriptor> = Vec::new();
    for (position, (root, names)) in images.iter().enumerate() {
        let texts: Vec<String> = match selector.filter(|_| position == 0) {
            Some(selector) => vec![selector.to_owned()],
            None => names.iter().map(|name| name.canonical().to_string()).collect(),
        };
        let named = |text| {
            let mut entry = root.bare();
            entry.annotations.insert(REF_NAME.to_owned(), text);
            entry
        };
        let mut entries: Vec<_> = texts.into_iter().map(named).collect();
        if entries.is_empty() {
            entries.push(root.bare());
        }
        for entry in entries {
            if !manifests.contains(&entry) {
                manifests.push(entry);
            }
        }
    }
    Index { schema_version: 2, media_type: MediaType::INDEX, manifests }
}

/// What Docker before 25 reads: one image for each manifest. Artifacts and names by digest mean nothing to it.
fn docker_entries(
    images: &[(Descriptor, Vec<Reference>)],
    pool: &Stored<'_>,
    present: &HashSet<Digest>,
) -> Result<Vec<DockerEntry>, Fault> {
    let mut entries: Vec<(Digest, DockerEntry)> = Vec::new();
    for (root, names) in images {
        let Some((digest, config, layers)) = single_image(root, pool, present)? else { continue };
        let position = entries.iter().position(|(known, _)| *known == digest).unwrap_or(entries.len());
        if position == entries.len() {
            entries.push((digest, DockerEntry { config, repo_tags: Vec::new(), layers }));
        }
        let tags = &mut entries[position].1.repo_tags;
        for name in names.iter().map(Reference::canonical).filter(|name| name.tag.is_some()) {
            let name = name.to_string();
            if !tags.contains(&name) {
                tags.push(name);
            }
        }
    }
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

/// The container image behind a root, as digest, config's member and layers' members.
fn single_image(
    root: &Descriptor,
    pool: &Stored<'_>,
    present: &HashSet<Digest>,
) -> Result<Option<(Digest, String, Vec<String>)>, Fault> {
    let manifest = |descriptor: &Descriptor| {
        let bytes = pool.manifest(descriptor)?;
        Manifest::parse(&descriptor.media_type, &bytes)
            .map_err(|fault| Fault::Manifest { digest: descriptor.digest, fault: Box::new(fault) })
    };
    let mut chosen = root.clone();
    let mut image = manifest(root)?;
    if let Kind::Index(entries) = &image.kind {
        // An index may name what is no manifest (C-69).
        let is_manifest = |entry: &Descriptor| matches!(entry.media_type.role(), Role::Index | Role::Manifest);
        let is_here =
            |entry: &&Descriptor| present.contains(&entry.digest) && is_manifest(entry) && !entry.is_attestation();
        let Some(entry) = image.choose(None).ok().filter(is_here).or_else(|| entries.iter().find(is_here)) else {
            return Ok(None);
        };
        chosen = entry.clone();
        image = manifest(&chosen)?;
    }
    Ok(match image.kind {
        Kind::Image { config: Some(config), layers }
            if config.media_type.is_image_config() && layers.iter().all(|layer| present.contains(&layer.digest)) =>
        {
            let layers = layers.iter().map(|layer| blob_name(&layer.digest)).collect();
            Some((chosen.digest, blob_name(&config.digest), layers))
        }
        _ => None,
    })
}

/// A header without time and owner: the same images give the same bytes.
fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn document(tar: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(tar::EntryType::Regular, 0o644, bytes.len() as u64), name, bytes)
}

fn directories<'a>(tar: &mut tar::Builder<impl Write>, blobs: impl Iterator<Item = &'a Descriptor>) -> io::Result<()> {
    let mut names: Vec<_> = blobs.map(|blob| format!("blobs/{}/", blob.digest.algorithm().name())).collect();
    names.push("blobs/".to_owned());
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .try_for_each(|name| tar.append_data(&mut header(tar::EntryType::Directory, 0o755, 0), name, io::empty()))
}

/// Copies a blob, and fails when the file is not what its name says: nobody should learn that from the copy.
fn copy(tar: &mut tar::Builder<impl Write>, name: &str, blob: &Descriptor, file: File) -> Result<(), Fault> {
    let mut reader = Hashed {
        input: BufReader::with_capacity(CHUNK, file.take(blob.size)),
        hasher: Hasher::new(blob.digest.algorithm()),
    };
    tar.append_data(&mut header(tar::EntryType::Regular, 0o644, blob.size), name, &mut reader)?;
    let found = reader.hasher.finish();
    if found == blob.digest { Ok(()) } else { Err(Fault::Digest { expected: blob.digest, found: Box::new(found) }) }
}

struct Hashed<R> {
    input: R,
    hasher: Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

/// The blobs of the store.
struct Stored<'a>(&'a BlobDir);

impl Pool for Stored<'_> {
    fn has(&self, descriptor: &Descriptor) -> bool {
        self.0.has(descriptor)
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Fault> {
        verified(descriptor, stored_manifest(self.0, descriptor)?)
    }
}
