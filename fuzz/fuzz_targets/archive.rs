//! Any archive is imported or refused, as a file or as a stream; whatever comes of it, every blob in the store is what
//! its name says, and nothing is left staged.

#![no_main]

use std::io::{Cursor, Write as _};
use std::sync::atomic::AtomicBool;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use rpush::archive::{Compression, Destination, Input, MemoDir, Wanted, import};
use rpush::content::BlobDir;
use rpush::image::{Digest, MediaType};

/// Names that mean something in an archive.
const NAMES: [&str; 8] =
    ["index.json", "manifest.json", "oci-layout", "c.json", "l.tar", "a/../l.tar", "/l.tar", "./index.json"];
/// Types of members: files, links, directories, devices, headers for the next member.
const KINDS: &[u8] = b"0\0123457SLKxgDV";

#[derive(Debug, Arbitrary)]
enum Member<'a> {
    /// A document or a layer, as its name wants it.
    Named(u8, &'a [u8]),
    /// Content under its own digest, which is what others point at.
    Blob(&'a [u8]),
    /// A layer of one file.
    Layer(u8, &'a [u8]),
    /// A document that points at what came before: image or index.
    Pointing(bool),
    /// Whatever else a tar can say.
    Odd { kind: u8, name: &'a [u8], link: &'a [u8], size: u32, bytes: &'a [u8] },
    /// Bytes between members.
    Raw(&'a [u8]),
}

fn header(kind: u8, name: &[u8], link: &[u8], size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    let old = header.as_old_mut();
    let (name, link) = (&name[..name.len().min(100)], &link[..link.len().min(100)]);
    old.name[..name.len()].copy_from_slice(name);
    old.linkname[..link.len()].copy_from_slice(link);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_cksum();
    header
}

fn add(tar: &mut Vec<u8>, kind: u8, name: &[u8], bytes: &[u8]) {
    tar.extend(header(kind, name, b"", bytes.len() as u64).as_bytes());
    tar.extend(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn blob(tar: &mut Vec<u8>, bytes: &[u8]) {
    add(tar, b'0', format!("blobs/sha256/{}", Digest::of(bytes).hex()).as_bytes(), bytes);
}

fn described(media_type: &MediaType, bytes: &[u8]) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":{}}}"#, Digest::of(bytes), bytes.len())
}

fn written(members: &[Member<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    let mut last: (MediaType, Vec<u8>) = (MediaType::CONFIG, b"{}".to_vec());
    for member in members {
        match member {
            Member::Named(name, bytes) => {
                add(&mut tar, b'0', NAMES[usize::from(*name) % NAMES.len()].as_bytes(), bytes)
            }
            Member::Blob(bytes) => {
                blob(&mut tar, bytes);
                last = (MediaType::LAYER_GZIP, bytes.to_vec());
            }
            Member::Layer(name, bytes) => {
                let mut layer = Vec::new();
                add(&mut layer, b'0', b"file", bytes);
                let config = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(&layer));
                add(&mut tar, b'0', NAMES[usize::from(*name) % NAMES.len()].as_bytes(), &layer);
                add(&mut tar, b'0', b"c.json", config.as_bytes());
            }
            Member::Pointing(to_index) => {
                let (media_type, bytes) = &last;
                let child = described(media_type, bytes);
                let (media_type, text) = match to_index {
                    true => (MediaType::INDEX, format!(r#"{{"schemaVersion":2,"manifests":[{child}]}}"#)),
                    false => {
                        (MediaType::MANIFEST, format!(r#"{{"schemaVersion":2,"config":{child},"layers":[{child}]}}"#))
                    }
                };
                blob(&mut tar, text.as_bytes());
                let entry = described(&media_type, text.as_bytes());
                add(&mut tar, b'0', b"index.json", format!(r#"{{"manifests":[{entry}]}}"#).as_bytes());
                last = (media_type, text.into_bytes());
            }
            Member::Odd { kind, name, link, size, bytes } => {
                let kind = KINDS[usize::from(*kind) % KINDS.len()];
                tar.extend(header(kind, name, link, u64::from(*size)).as_bytes());
                tar.extend(*bytes);
                tar.resize(tar.len().next_multiple_of(512), 0);
            }
            Member::Raw(bytes) => tar.extend(*bytes),
        }
    }
    tar.extend([0; 1024]);
    tar
}

/// Imports into a store of its own; whether that went well.
fn imported(input: Input) -> Result<usize, String> {
    let root = tempfile::tempdir().expect("a temporary directory");
    let blobs = BlobDir::new(root.path(), root.path().join("staging"));
    let memo = MemoDir::new(root.path().join("memo"), root.path().join("staging"));
    let destination = Destination { blobs, memo, compression: Compression::default() };
    let result = import(input, &Wanted::All, &destination, &AtomicBool::new(false), &|_| {});
    for digest in destination.blobs.list().expect("the blobs can be listed") {
        let bytes = std::fs::read(destination.blobs.path(&digest)).expect("a blob can be read");
        let mut hasher = rpush::image::Hasher::new(digest.algorithm());
        hasher.update(&bytes);
        assert_eq!(hasher.finish(), digest);
    }
    let staged = std::fs::read_dir(destination.blobs.staging()).map_or(0, Iterator::count);
    assert_eq!(staged, 0, "left staged");
    result.map(|images| images.len()).map_err(|error| error.to_string())
}

fuzz_target!(|input: (bool, Vec<Member<'_>>)| {
    let (as_file, members) = input;
    let tar = written(&members);
    if as_file {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(&tar).expect("written");
        let _ = imported(Input::Path(file.path().to_owned()));
    } else {
        let _ = imported(Input::Stream { place: "input".to_owned(), reader: Box::new(Cursor::new(tar)) });
    }
});
