//! Any document is a manifest or a refusal, both for the client and for the registry, and an index that can be read
//! stays one that can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rpush::image::{Descriptor, Manifest, MediaType, Tag};
use rpush::server::surface;

const TYPES: [&str; 6] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.artifact.manifest.v1+json",
    "",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, bytes) = input;
    let stated = TYPES[usize::from(kind) % TYPES.len()];
    let taken = surface::manifest(stated, bytes);
    if let Err(status) = taken {
        assert!((400..500).contains(&status), "{status}");
    }
    match Manifest::parse(&MediaType::new(stated), bytes) {
        Ok(manifest) => {
            let _ = (manifest.choose(None).is_ok(), manifest.children().count());
        }
        // What the registry took, a client that is told the registry's type can read.
        Err(error) => assert!(stated.is_empty() || taken.is_err(), "taken, and then: {error}"),
    }
    let manifest = Descriptor::of(MediaType::MANIFEST, b"manifest");
    if let Some(index) = surface::index(bytes, &manifest, &Tag::latest()) {
        assert!(surface::index(&index, &manifest, &Tag::latest()).is_some(), "{}", String::from_utf8_lossy(&index));
    }
});
