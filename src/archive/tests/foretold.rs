//! Layers of a daemon's export that are known before they come by: by their names, or by their parents'.

use super::*;
use crate::archive::foretold::{Foretold, legacy_id};
use crate::image::DiffId;

fn diff_ids(layers: &[&[u8]]) -> Vec<DiffId> {
    layers.iter().map(|layer| DiffId(Digest::of(layer))).collect()
}

/// The layers of an export: each with the id that Docker gives its directory, and its bytes.
type Members<'a> = &'a [(&'a str, &'a [u8])];

/// An export as Docker 20.10 writes it, of an image of these layers.
fn export(members: Members<'_>, diff_ids: &[DiffId]) -> Vec<u8> {
    let (mut tar, mut names, mut parent) = (Tar::new(), Vec::new(), None);
    for (id, bytes) in members {
        let name = format!("{id}/layer.tar");
        let mut legacy = serde_json::json!({ "id": id, "created": "1970-01-01T00:00:00Z", "os": "linux" });
        if let Some(parent) = parent.replace(id) {
            legacy["parent"] = serde_json::json!(parent);
        }
        tar = tar.file(&format!("{id}/json"), legacy.to_string()).file(&name, bytes);
        names.push(name);
    }
    finished(tar, &names, diff_ids)
}

fn finished(tar: Tar, names: &[String], diff_ids: &[DiffId]) -> Vec<u8> {
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let manifest = serde_json::json!([{ "Config": "c.json", "RepoTags": ["app:1"], "Layers": names }]);
    tar.file("c.json", config.to_string()).file("manifest.json", manifest.to_string()).done()
}

/// Imports an export of a daemon that has said that the image has these layers.
fn run(store: &Store, archive: Vec<u8>, layers: &[DiffId]) -> Result<Vec<Imported>, Fault> {
    let (reader, layers) = (Box::new(Cursor::new(archive)), layers.to_vec());
    store.run(Input::Export { place: "a daemon".to_owned(), reader, layers })
}

fn fates(store: &Store) -> Vec<Fate> {
    store.fates(&MediaType::LAYER_GZIP).0
}

/// More than is kept of a stream.
fn large(name: &str) -> Vec<u8> {
    Tar::layer(name, &name.as_bytes().repeat(6 << 20))
}

/// The id of a first layer, and of one upon it.
fn ids(layers: &[DiffId]) -> [String; 2] {
    let first = legacy_id(&layers[0].0, None);
    let chain = Digest::of(format!("{} {}", layers[0], layers[1]).as_bytes());
    [first.hex(), legacy_id(&chain, Some(&first)).hex()]
}

/// The layers of an image, and the ids that Docker 20.10.24 gave them (`docker save`, in UTC).
const SEEN: [(&str, &str); 4] = [
    (
        "sha256:78b5d83e65b2018f6e0d95ac211f27fb343d1a756b2842a62b2c6d803c1fc2af",
        "f07ed155e6afcb3a13150dad85be4927914ed265398fa5a45c3406c75eced264",
    ),
    (
        "sha256:f9256e8dbd62ce7d68b7a77ffe3bb493e9cba61d9ea15f45922e02354a2aefe3",
        "aae02e50c998369ae4701d411b59596d46b983b4b20076c1ac5a9f6a8db1d94c",
    ),
    (
        "sha256:3d3689c0e78107cfee745c2c31c075fa1d509a3c286231bae668d0ac14b6e8e1",
        "1be74b0da241d732366ed6844bc3e33d2ac931e5d1131a0def1853470392efd2",
    ),
    (
        "sha256:e5f4f2bc300702e010af83673b80f06dd07327e53c62c954929470f1f9a401bc",
        "442f9bfc60fa248eca1f10354b4a128064e38ae10e93adada92a59786598afd0",
    ),
];

#[test]
fn the_names_are_those_that_docker_gives() {
    let layers = SEEN.map(|(diff_id, _)| DiffId(diff_id.parse().expect("a digest")));
    let foretold = Foretold::of(&layers);
    for (layer, (_, id)) in layers.iter().zip(SEEN).take(3) {
        assert_eq!(foretold.layer(&format!("{id}/layer.tar"), |_| None), Some(*layer));
    }
    let (top, below) = (SEEN[3].1, SEEN[2].1);
    let by_document = |document: String| foretold.layer(&format!("{top}/layer.tar"), |_| Some(document.into_bytes()));
    assert_eq!(by_document(format!(r#"{{"id":"{top}","parent":"{below}"}}"#)), Some(layers[3]));
    for other in [
        format!(r#"{{"id":"{below}","parent":"{below}"}}"#),
        format!(r#"{{"id":"{top}","parent":"{}"}}"#, SEEN[1].1),
        format!(r#"{{"id":"{top}"}}"#),
        "{}".to_owned(),
    ] {
        assert_eq!(by_document(other.clone()), None, "{other}");
    }
    assert_eq!(foretold.layer(&format!("{top}/layer.tar"), |_| None), None);
    let name = format!("{}.tar", layers[0].0.hex());
    for (layers, known) in [(&layers[..1], Some(layers[0])), (&[], None), (&vec![layers[0]; 2000], None)] {
        assert_eq!(Foretold::of(layers).layer(&name, |_| None), known, "{} layers", layers.len());
    }
}

#[test]
fn only_what_is_new_is_compressed() {
    let (base, middle, top, other) = (large("a"), large("b"), large("c"), large("d"));
    let store = Store::new();
    let before = diff_ids(&[&base, &middle]);
    let [first, second] = ids(&before);
    run(&store, export(&[(&first, &base), ("x", &middle)], &before), &before).expect("imports");
    assert_eq!(fates(&store), [Fate::Compressed; 2]);

    let now = diff_ids(&[&base, &middle, &top]);
    let archive = export(&[(&first, &base), (&second, &middle), ("y", &top)], &now);
    let images = run(&store, archive.clone(), &now).expect("imports");
    assert_eq!(fates(&store), [Fate::Present, Fate::Present, Fate::Compressed]);
    // The topmost one is known by its parent, also when what is below has changed.
    let changed = diff_ids(&[&base, &other, &top]);
    let [first, second] = ids(&changed);
    let archive_changed = export(&[(&first, &base), (&second, &other), ("z", &top)], &changed);
    run(&store, archive_changed, &changed).expect("imports");
    assert_eq!(fates(&store), [Fate::Present, Fate::Compressed, Fate::Present]);

    let knows_nothing = Store::new();
    assert_eq!(run(&knows_nothing, archive, &[]).expect("imports"), images, "the same image");
    assert_eq!(fates(&knows_nothing), [Fate::Compressed; 3]);
}

/// Podman calls a layer by its diff_id.
#[test]
fn layers_of_podman_are_known_too() {
    let (base, top) = (large("a"), large("b"));
    let layers = diff_ids(&[&base, &top]);
    let names: Vec<_> = layers.iter().map(|layer| format!("{}.tar", layer.0.hex())).collect();
    let archive = finished(Tar::new().file(&names[0], &base).file(&names[1], &top), &names, &layers);
    let store = Store::new();
    let images = run(&store, archive.clone(), &layers).expect("imports");
    assert_eq!(fates(&store), [Fate::Compressed; 2]);
    assert_eq!(run(&store, archive, &layers).expect("imports"), images);
    assert_eq!(fates(&store), [Fate::Present; 2]);
}

/// What the store has lost is compressed again, and what is compressed keeps its bytes, whatever it is called.
#[test]
fn what_is_not_there_or_is_compressed_is_read() {
    let (base, top) = (large("a"), large("b"));
    let layers = diff_ids(&[&base, &top]);
    let [first, _] = ids(&layers);
    let store = Store::new();
    let archive = export(&[(&first, &base), ("x", &top)], &layers);
    run(&store, archive.clone(), &layers).expect("imports");
    for digest in store.destination.blobs.list().expect("lists") {
        store.destination.blobs.remove(&digest).expect("removed");
    }
    fates(&store);
    run(&store, archive, &layers).expect("imports");
    assert_eq!(fates(&store), [Fate::Compressed; 2]);
    let mut packed = zstd(&base);
    // A frame that decoders skip: so it is more than is kept in memory.
    packed.extend_from_slice(&[0x50, 0x2a, 0x4d, 0x18]);
    packed.extend_from_slice(&(5_u32 << 20).to_le_bytes());
    packed.resize(packed.len() + (5 << 20), 0);
    run(&store, export(&[(&first, &packed), ("x", &top)], &layers), &layers).expect("imports");
    assert_eq!(store.fates(&MediaType::LAYER_ZSTD).0, [Fate::Copied]);
}

/// A daemon that lists one layer and sends another one gets what its config names, and nothing is remembered of what came; one
/// whose config names another than it has listed is refused.
#[test]
fn a_daemon_that_lies_hurts_nobody() {
    let (base, top, other) = (large("a"), large("b"), large("c"));
    let layers = diff_ids(&[&base, &top]);
    let [first, _] = ids(&layers);
    let store = Store::new();
    let honest = run(&store, export(&[(&first, &base), ("x", &top)], &layers), &layers).expect("imports");
    let blobs = store.blobs();
    let lie = run(&store, export(&[(&first, &other), ("x", &top)], &layers), &layers);
    assert_eq!((lie.expect("imports"), store.blobs()), (honest, blobs));
    let of_other = store.destination.memo.recall(&DiffId(Digest::of(&other)), store.destination.compression);
    assert_eq!(of_other, None);
    let archive = export(&[(&first, &other), ("x", &top)], &diff_ids(&[&other, &top]));
    assert!(matches!(run(&store, archive, &layers), Err(Fault::Layer { .. })));
}
