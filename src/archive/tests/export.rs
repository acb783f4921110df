//! Images out, and in again.

use super::*;
use crate::image::{Algorithm, REF_NAME, Reference};

fn image(store: &Store, layer: &[u8]) -> Descriptor {
    let put = |media_type: MediaType, bytes: &[u8]| {
        store.destination.blobs.put_bytes(bytes).expect("stores");
        Descriptor::of(media_type, bytes)
    };
    let layer = put(MediaType::LAYER_GZIP, &gzip(layer));
    let config = put(MediaType::CONFIG, br#"{"os":"linux"}"#);
    let manifest = serde_json::json!({ "schemaVersion": 2, "config": config, "layers": [layer] });
    put(MediaType::MANIFEST, manifest.to_string().as_bytes())
}

fn named(names: &[&str]) -> Vec<Reference> {
    names.iter().map(|name| name.parse().expect("a reference")).collect()
}

fn exported(store: &Store, images: &[(Descriptor, Vec<Reference>)]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match super::super::export(&mut out, images, &store.destination.blobs) {
        Ok(()) => Ok(out),
        Err(Error::Import { fault, .. } | Error::Layer { fault, .. } | Error::Export(fault)) => Err(fault.to_string()),
    }
}

fn listing(bytes: &[u8]) -> Vec<(String, u64, u64, u64)> {
    let mut tar = tar::Archive::new(bytes);
    let entries = tar.entries().expect("a tar").map(|entry| {
        let entry = entry.expect("an entry");
        let header = entry.header();
        let name = String::from_utf8(entry.path_bytes().into_owned()).expect("text");
        let number = |number: std::io::Result<u64>| number.expect("a number");
        (name, number(header.mtime()), number(header.uid()), number(header.gid()))
    });
    entries.collect()
}

fn document(bytes: &[u8], name: &str) -> serde_json::Value {
    let mut tar = tar::Archive::new(bytes);
    let mut entries = tar.entries().expect("a tar").map(|entry| entry.expect("an entry"));
    let entry = entries.find(|entry| *entry.path_bytes() == *name.as_bytes()).expect("the document");
    serde_json::from_reader(entry).expect("JSON")
}

#[test]
fn what_goes_out_comes_in_again() {
    let store = Store::new();
    let (one, two) = (image(&store, b"one"), image(&store, b"two"));
    let images =
        [(one.clone(), named(&["localhost:5000/app:1", "app"])), (two.clone(), Vec::new()), (one, named(&["app"]))];
    let bytes = exported(&store, &images).expect("exports");
    let (copy, imported) = every_way(&bytes);
    let imported = imported.expect("imports");
    assert_eq!((imported.len(), copy.blobs()), (2, store.blobs()));
    assert_eq!(names(&imported[0]), ["localhost:5000/app:1", "docker.io/library/app:latest"]);
    assert_eq!((&imported[1].descriptor, names(&imported[1]).len()), (&two, 0));
}

/// What every loader takes: `oci-layout` first, sorted, nobody's, of no time, without `./`, each blob once.
#[test]
fn the_tar_is_the_same_wherever_and_whenever_it_is_made() {
    let store = Store::new();
    let images = [(image(&store, b"one"), named(&["app:1"])), (image(&store, b"two"), named(&["app:2"]))];
    let bytes = exported(&store, &images).expect("exports");
    assert_eq!(exported(&store, &images).as_ref(), Ok(&bytes));
    let entries = listing(&bytes);
    let members: Vec<_> = entries.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(members[..3], ["oci-layout", "blobs/", "blobs/sha256/"]);
    assert_eq!(members[members.len() - 2..], ["index.json", "manifest.json"]);
    assert!(members[1..].is_sorted() && members.len() == 5 + store.blobs());
    assert!(entries.iter().all(|(_, mtime, uid, gid)| (*mtime, *uid, *gid) == (0, 0, 0)));
}

#[test]
fn docker_before_25_finds_its_manifest_json() {
    let store = Store::new();
    let root = image(&store, b"one");
    let by_digest = format!("r.example/app@{}", root.digest);
    let images = [(root.clone(), named(&["r.example/app:1", &by_digest, "app:2"]))];
    let bytes = exported(&store, &images).expect("exports");
    let docker = document(&bytes, "manifest.json");
    assert_eq!(docker[0]["RepoTags"], serde_json::json!(["r.example/app:1", "docker.io/library/app:2"]));
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", Digest::of(bytes).hex());
    assert_eq!(docker[0]["Config"], blob(br#"{"os":"linux"}"#));
    assert_eq!(docker[0]["Layers"], serde_json::json!([blob(&gzip(b"one"))]));
    let index = document(&bytes, "index.json");
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(3));
    assert_eq!(index["manifests"][1]["annotations"], serde_json::json!({ (REF_NAME): by_digest }));
}

#[test]
fn of_an_index_goes_out_what_is_there() {
    let (store, elsewhere) = (Store::new(), Store::new());
    let (mut here, mut there) = (image(&store, b"here"), image(&elsewhere, b"there"));
    here.platform = Some("linux/s390x".parse().expect("a platform"));
    there.platform = Some("linux/amd64".parse().expect("a platform"));
    let list = serde_json::json!({ "schemaVersion": 2, "manifests": [there, here] }).to_string();
    store.destination.blobs.put_bytes(list.as_bytes()).expect("stores");
    let root = Descriptor::of(MediaType::INDEX, list.as_bytes());
    let bytes = exported(&store, &[(root.clone(), named(&["app:1"]))]).expect("exports");
    let docker = document(&bytes, "manifest.json");
    assert_eq!(docker[0]["Layers"][0], format!("blobs/sha256/{}", Digest::of(&gzip(b"here")).hex()));
    assert_eq!(every_way(&bytes).1.expect("imports")[0].descriptor.digest, root.digest);
    store.destination.blobs.remove(&here.digest).expect("removes");
    let words = format!("the image {} is incomplete: its blob {} is missing, and 1 more", root.digest, there.digest);
    assert_eq!(exported(&store, &[(root, Vec::new())]), Err(words));
}

/// Their names are longer than a tar's header has room for.
#[test]
fn blobs_with_long_digests_go_out_too() {
    let store = Store::new();
    let mut writer = store.destination.blobs.create(Algorithm::Sha512).expect("stages");
    writer.write_all(b"layer").expect("writes");
    let (digest, size) = writer.finish().expect("finishes");
    let layer = Descriptor::new(MediaType::LAYER, digest, size);
    let manifest = serde_json::json!({ "schemaVersion": 2, "layers": [layer] }).to_string();
    store.destination.blobs.put_bytes(manifest.as_bytes()).expect("stores");
    let root = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
    let (copy, imported) = every_way(&exported(&store, &[(root, Vec::new())]).expect("exports"));
    assert_eq!((imported.expect("imports").len(), copy.destination.blobs.size(&digest)), (1, Some(5)));
}

#[test]
fn artifacts_go_out_without_an_entry_for_docker() {
    let store = Store::new();
    let config = Descriptor::of(MediaType::new("application/vnd.cncf.helm.config.v1+json"), b"{}");
    store.destination.blobs.put_bytes(b"{}").expect("stores");
    let manifest = serde_json::json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string();
    store.destination.blobs.put_bytes(manifest.as_bytes()).expect("stores");
    let root = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
    let bytes = exported(&store, &[(root, named(&["r.example/chart:1"]))]).expect("exports");
    assert_eq!(document(&bytes, "manifest.json"), serde_json::json!([]));
    assert_eq!(every_way(&bytes).1.expect("imports").len(), 1);
}

#[test]
fn damage_in_the_store_does_not_travel_unnoticed() {
    let store = Store::new();
    let root = image(&store, b"one");
    let layer = Digest::of(&gzip(b"one"));
    let path = store.destination.blobs.path(&layer);
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes[12] ^= 1;
    let found = Digest::of(&bytes);
    std::fs::write(&path, bytes).expect("writes");
    assert_eq!(exported(&store, &[(root, Vec::new())]), Err(format!("{layer} is damaged: its bytes hash to {found}")));
}
