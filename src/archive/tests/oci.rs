//! OCI layouts in a tar.

use super::*;
use crate::image::CONTAINERD_NAME;
use crate::image::REF_NAME;

const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0","x":1}"#;

/// An image with one layer: manifest and all of its blobs.
struct Image {
    manifest: Vec<u8>,
    blobs: Vec<Vec<u8>>,
}

impl Image {
    /// Of a layer that is not compressed, in a manifest that nobody would write again in the same way.
    fn of(layer: &[u8]) -> Self {
        let config = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(layer)).into_bytes();
        let manifest = serde_json::json!({
            "x-unknown": 1, "schemaVersion": 2,
            "layers": [Descriptor::of(MediaType::LAYER, layer)],
            "config": Descriptor::of(MediaType::CONFIG, &config),
        });
        let manifest = serde_json::to_vec_pretty(&manifest).expect("JSON");
        Self { manifest, blobs: vec![config, layer.to_vec()] }
    }

    fn descriptor(&self) -> Descriptor {
        Descriptor::of(MediaType::MANIFEST, &self.manifest)
    }

    fn put(&self, tar: Tar) -> Tar {
        self.blobs.iter().fold(tar.blob(&self.manifest), |tar, blob| tar.blob(blob))
    }
}

fn named(mut descriptor: Descriptor, annotations: &[(&str, &str)]) -> Descriptor {
    descriptor.annotations.extend(annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    descriptor
}

fn index(entries: &[Descriptor]) -> String {
    serde_json::json!({ "schemaVersion": 2, "manifests": entries }).to_string()
}

#[test]
fn blobs_and_manifests_go_in_as_they_are() {
    let image = Image::of(&Tar::layer("a", b"b"));
    let entries = [
        named(image.descriptor(), &[(REF_NAME, "1.0.0"), (CONTAINERD_NAME, "docker.io/library/app:1.0.0")]),
        named(image.descriptor(), &[(REF_NAME, "r.example/app:2,latest")]),
    ];
    let tar = Tar::new().file("index.json", index(&entries)).file("oci-layout", LAYOUT);
    let (store, images) = every_way(&image.put(tar).done());
    let images = images.expect("imports");
    assert_eq!((images.len(), &images[0].descriptor), (1, &entries[0]));
    assert_eq!(names(&images[0]), ["docker.io/library/app:1.0.0", "r.example/app:2"]);
    assert_eq!(images[0].selectors, ["1.0.0", "r.example/app:2", "latest"]);
    assert_eq!((store.read(&image.descriptor()), store.blobs()), (image.manifest.clone(), 3));
}

/// L-17: any order, `./`, no directories, links between blobs; and blobs too large to be kept of a stream.
#[test]
fn l_17_layouts_may_be_written_in_many_ways() {
    let image = Image::of(&vec![7; 5 * 1024 * 1024]);
    let name = |blob: &[u8]| format!("blobs/sha256/{}", Digest::of(blob).hex());
    let tar = Tar::new()
        .file("elsewhere/manifest", &image.manifest)
        .symlink(&name(&image.manifest), "../../elsewhere/manifest")
        .file(&format!("./{}", name(&image.blobs[1])), &image.blobs[1])
        .file("./index.json", index(&[image.descriptor()]))
        .file("config", &image.blobs[0])
        .odd(tar::EntryType::Link, &name(&image.blobs[0]), "./config", b"")
        .done();
    let (store, images) = every_way(&tar);
    assert_eq!((images.expect("imports").len(), store.blobs()), (1, 3));
}

/// L-18: Docker since 25 writes both documents; only `index.json` has the digests.
#[test]
fn l_18_index_json_counts_unless_it_has_no_entries() {
    let image = Image::of(&Tar::layer("a", b"b"));
    let name = |blob: &[u8]| format!("blobs/sha256/{}", Digest::of(blob).hex());
    let manifest = format!(
        r#"[{{"Config":"{}","RepoTags":["app:1"],"Layers":["{}"]}}]"#,
        name(&image.blobs[0]),
        name(&image.blobs[1])
    );
    let archive = |index: &str| {
        let tar = Tar::new().file("index.json", index).file("oci-layout", LAYOUT);
        image.put(tar).file("manifest.json", &manifest).done()
    };
    let (_, images) = every_way(&archive(&index(&[image.descriptor()])));
    assert_eq!(images.expect("imports")[0].descriptor, image.descriptor());
    // Docker 25.0.0 (moby#47210).
    let (store, images) = every_way(&archive(r#"{"schemaVersion":2,"manifests":null}"#));
    let images = images.expect("imports");
    assert_ne!(images[0].descriptor.digest, image.descriptor().digest);
    assert_eq!(names(&images[0]), ["docker.io/library/app:1"]);
    assert_eq!(store.fates(&MediaType::LAYER_GZIP).0, [Fate::Compressed]);
}

/// CVE-2014-8178: nothing is believed because of its name.
#[test]
fn cve_2014_8178_blobs_that_are_not_what_their_names_say_are_damaged() {
    let image = Image::of(&Tar::layer("a", b"b"));
    for broken in [&image.manifest, &image.blobs[0], &image.blobs[1]] {
        let name = format!("blobs/sha256/{}", Digest::of(broken).hex());
        for evil in [vec![b' '; broken.len()], b"{}".to_vec()] {
            let mut tar = Tar::new().file("index.json", index(&[image.descriptor()])).file(&name, &evil);
            for blob in [&image.manifest, &image.blobs[0], &image.blobs[1]] {
                tar = if blob == broken { tar } else { tar.blob(blob) };
            }
            let (store, result) = every_way(&tar.done());
            let digest = Digest::of(broken);
            assert!(result.unwrap_err().starts_with(&format!("{digest} is damaged")));
            assert_eq!(store.destination.blobs.size(&digest), None);
        }
    }
    let large = Image::of(&vec![7; 5 * 1024 * 1024]);
    let name = format!("blobs/sha256/{}", Digest::of(&large.blobs[1]).hex());
    let tar = Tar::new().file(&name, vec![8; 5 * 1024 * 1024]).file("index.json", index(&[large.descriptor()]));
    let result = every_way(&tar.blob(&large.manifest).blob(&large.blobs[0]).done()).1;
    assert!(result.unwrap_err().contains("is damaged: its bytes hash to"));
}

/// Docker 29 saves an index with the one platform that it has.
#[test]
fn an_index_may_lack_other_platforms_but_an_image_nothing() {
    let (here, there) = (Image::of(b"here"), Image::of(b"there"));
    let list = index(&[here.descriptor(), there.descriptor()]).into_bytes();
    let root = Descriptor::of(MediaType::INDEX, &list);
    let start = || Tar::new().file("index.json", index(std::slice::from_ref(&root))).blob(&list);
    let (store, images) = every_way(&here.put(start()).done());
    assert_eq!((images.expect("imports")[0].descriptor.digest, store.blobs()), (root.digest, 4));
    // The other image's manifest alone is nothing to keep.
    let (store, images) = every_way(&here.put(start()).blob(&there.manifest).done());
    assert_eq!((images.expect("imports").len(), store.blobs()), (1, 4));
    let error = every_way(&start().blob(&here.manifest).blob(&here.blobs[0]).done()).1.unwrap_err();
    let missing = Digest::of(&here.blobs[1]);
    let words = format!("the image {} is incomplete: its blob {missing} is missing, and 1 more", root.digest);
    assert_eq!(error, words);
    let lone = Tar::new().file("index.json", index(&[here.descriptor()])).blob(&here.manifest).blob(b"here");
    let words = format!(
        "the image {} is incomplete: its blob {} is missing",
        here.descriptor().digest,
        Digest::of(&here.blobs[0])
    );
    assert_eq!(every_way(&lone.done()).1.unwrap_err(), words);
}

/// L-04: what the store has already need not be in the archive.
#[test]
fn l_04_blobs_may_come_from_the_store() {
    let image = Image::of(b"layer");
    let store = Store::new();
    store.destination.blobs.put_bytes(b"layer").expect("stores");
    let tar = Tar::new().file("index.json", index(&[image.descriptor()])).blob(&image.manifest).blob(&image.blobs[0]);
    assert_eq!(store.file(&tar.done()).expect("imports").len(), 1);
    assert_eq!(store.fates(&MediaType::LAYER).0, [Fate::Present]);
}

#[test]
fn entries_that_are_no_images_and_other_versions() {
    let other = Descriptor::of(MediaType::new("application/xml"), b"<a/>");
    // L-06: an unknown type is no error by itself.
    assert_eq!(every_way(&Tar::new().file("index.json", index(&[other])).done()).1.unwrap_err(), "it has no images");
    let tar = Tar::new().file("index.json", index(&[])).file("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#);
    let words = "its member `oci-layout` is not as it should be: a layout of version `2.0.0`, only 1.0.0 is known";
    assert_eq!(every_way(&tar.done()).1.unwrap_err(), words);
    let schema1 = Descriptor::of(MediaType::MANIFEST, br#"{"schemaVersion":1}"#);
    let tar = Tar::new().file("index.json", index(&[schema1])).blob(br#"{"schemaVersion":1}"#);
    assert!(every_way(&tar.done()).1.unwrap_err().contains("a schema 1 manifest"));
}

/// Since 25, Docker's own storage exports layouts of layers that are not compressed, with a `manifest.json`. Out of a daemon, such
/// layers are compressed while they come by, and not at all where that is remembered; out of a file they stay what they are.
#[test]
fn plain_layers_of_a_daemon_are_compressed_on_the_way() {
    // One is so large that it is not kept while it goes by.
    let layers = [Tar::layer("a", b"small"), Tar::layer("b", &vec![7; 5 << 20])];
    let diff_ids: Vec<_> = layers.iter().map(|layer| Digest::of(layer).to_string()).collect();
    let config = serde_json::json!({ "rootfs": { "type": "layers", "diff_ids": diff_ids } }).to_string();
    let manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": MediaType::MANIFEST,
        "config": Descriptor::of(MediaType::CONFIG, config.as_bytes()),
        "layers": layers.each_ref().map(|layer| Descriptor::of(MediaType::LAYER, layer)),
    });
    let manifest = manifest.to_string();
    let path = |bytes: &[u8]| format!("blobs/sha256/{}", Digest::of(bytes).hex());
    let docker = serde_json::json!([{
        "Config": path(config.as_bytes()), "RepoTags": null, "Layers": layers.each_ref().map(|layer| path(layer)),
    }]);
    let root = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
    let tar = Tar::new().blob(&layers[0]).blob(&layers[1]).blob(config.as_bytes()).blob(manifest.as_bytes());
    let tar = tar.file("index.json", index(std::slice::from_ref(&root))).file("manifest.json", docker.to_string());
    let tar = tar.file("oci-layout", LAYOUT).done();
    let export = |store: &Store| {
        let reader = Box::new(std::io::Cursor::new(tar.clone()));
        let images =
            store.run(Input::Export { place: "a daemon".to_owned(), reader, layers: Vec::new() }).expect("imports");
        assert_eq!(images.len(), 1);
        images[0].descriptor.clone()
    };
    let store = Store::new();
    let packed = export(&store);
    let made = String::from_utf8(store.read(&packed)).expect("JSON");
    assert_eq!((made.matches("tar+gzip").count(), made.matches(&diff_ids[1]).count()), (2, 0), "{made}");
    assert!(made.contains(&Digest::of(config.as_bytes()).to_string()), "the image is the same: {made}");
    assert_eq!(store.fates(&MediaType::LAYER_GZIP).0, [Fate::Compressed; 2]);
    assert_eq!(store.blobs(), 4, "nothing that is not compressed lies about");
    assert_eq!(export(&store), packed);
    assert_eq!(store.fates(&MediaType::LAYER_GZIP).0, [Fate::Present; 2]);
    assert_eq!(store.file(&tar).expect("imports")[0].descriptor, root, "somebody may know the manifest of a file");
}

/// What an export says of a plain layer is held to its name, as everything else is.
#[test]
fn a_plain_layer_of_a_daemon_that_is_another_is_refused() {
    let (layer, other) = (Tar::layer("a", &vec![7; 5 << 20]), Tar::layer("a", &vec![8; 5 << 20]));
    let tar = Tar::new().file(&format!("blobs/sha256/{}", Digest::of(&layer).hex()), other).done();
    let reader = Box::new(std::io::Cursor::new(tar));
    let fault = Store::new().run(Input::Export { place: "a daemon".to_owned(), reader, layers: Vec::new() });
    assert!(matches!(fault, Err(Fault::Digest { expected, .. }) if expected == Digest::of(&layer)));
}
