//! Docker's own form of archive.

use super::*;

fn config(layers: &[&[u8]]) -> String {
    let diff_ids: Vec<_> = layers.iter().map(|layer| Digest::of(layer)).collect();
    let diff_ids = serde_json::to_string(&diff_ids).expect("digests are JSON");
    format!(r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":{diff_ids}}}}}"#)
}

/// L-19: links between layers, two images, `RepoTags: null`, members that mean nothing to rpush.
#[test]
fn l_19_images_of_docker_20_10_are_taken() {
    let (base, top) = (Tar::layer("etc/os-release", b"base"), Tar::layer("app", b"top"));
    let (both, alone) = (config(&[&base, &top, &base]), config(&[&base]));
    let manifest = r#"[
        {"Config":"both.json","RepoTags":["app:1.0.0","localhost:5000/app","app:1.0.0","<none>:<none>"],
         "Layers":["a/layer.tar","b/layer.tar","c/layer.tar"],"Parent":"x","LayerSources":{}},
        {"Config":"alone.json","RepoTags":null,"Layers":["a/layer.tar"]}]"#;
    let archive = Tar::new()
        .odd(tar::EntryType::Directory, "a/", "", b"")
        .file("a/VERSION", "1.0")
        .file("a/layer.tar", &base)
        .file("b/layer.tar", &top)
        .symlink("c/layer.tar", "../a/layer.tar")
        .file("both.json", &both)
        .file("alone.json", &alone)
        .file("manifest.json", manifest)
        .file("repositories", "{}")
        .done();
    let (store, images) = every_way(&archive);
    let images = images.expect("imports");
    assert_eq!(names(&images[0]), ["docker.io/library/app:1.0.0", "localhost:5000/app:latest"]);
    assert_eq!(images[0].selectors, ["app:1.0.0", "localhost:5000/app", "<none>:<none>"]);
    assert_eq!((names(&images[1]).len(), images.len()), (0, 2));
    let (config, layers) = layers_of(&store, &images[0]);
    assert_eq!((store.read(&config), &config.media_type), (both.into_bytes(), &MediaType::CONFIG));
    assert_eq!((layers.len(), &layers[0]), (3, &layers[2]));
    assert_eq!(layers[0].media_type, MediaType::LAYER_GZIP);
    assert_eq!((store.read(&layers[0]), store.read(&layers[1])), (gzip(&base), gzip(&top)));
    assert_eq!(store.fates(&MediaType::LAYER_GZIP).0, [Fate::Compressed; 2]);
}

/// Of a file, the largest layer is taken first, so that its upload does not begin last; the manifest has them in their order.
#[test]
fn the_largest_layer_is_taken_first() {
    let [small, large] = [Tar::layer("a", b"small"), Tar::layer("b", &[7; 9000])];
    let archive = Tar::new()
        .file("manifest.json", r#"[{"Config":"c.json","Layers":["small.tar","large.tar"]}]"#)
        .file("c.json", config(&[&small, &large]))
        .file("small.tar", &small)
        .file("large.tar", &large)
        .done();
    let store = Store::new();
    let images = store.file(&archive).expect("imports");
    let (_, layers) = layers_of(&store, &images[0]);
    assert_eq!((store.read(&layers[0]), store.read(&layers[1])), (gzip(&small), gzip(&large)));
    let read = store.seen().into_iter().filter_map(|progress| match progress {
        Progress::Read(bytes) if bytes > 512 => Some(bytes),
        _ => None,
    });
    // Their first headers were looked at before.
    let behind_the_header = |layer: &[u8]| layer.len() as u64 - 512;
    assert_eq!(read.collect::<Vec<_>>(), [behind_the_header(&large), behind_the_header(&small)]);
}

/// The manifest is what a registry knows the image by, so it may never come out differently.
#[test]
fn the_manifest_that_is_made_is_always_the_same() {
    let layer = Tar::layer("a", b"b");
    let archive = Tar::new()
        .file("manifest.json", r#"[{"Config":"c.json","Layers":["l.tar"]}]"#)
        .file("c.json", config(&[&layer]))
        .file("l.tar", &layer)
        .done();
    let (store, images) = every_way(&archive);
    let image = &images.expect("imports")[0];
    let text = String::from_utf8(store.read(&image.descriptor)).expect("text");
    let (config, layers) = layers_of(&store, image);
    let expected = format!(
        concat!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","#,
            r#""config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},"#,
            r#""layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{}","size":{}}}]}}"#
        ),
        config.digest, config.size, layers[0].digest, layers[0].size
    );
    assert_eq!(text, expected);
}

fn one_layer(layer: &[u8], diff_id_of: &[u8]) -> Vec<u8> {
    Tar::new()
        .file("layer.tar", layer)
        .file("config.json", config(&[diff_id_of]))
        .file("manifest.json", r#"[{"Config":"config.json","RepoTags":["app:1"],"Layers":["layer.tar"]}]"#)
        .done()
}

/// More than is kept of a stream, so that it is taken while it goes by, before anything says that it is a layer.
fn large_layer() -> Vec<u8> {
    let bytes: Vec<u8> =
        (0..1_400_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    Tar::layer("usr/lib/large.so", &bytes)
}

#[test]
fn layers_that_are_compressed_already_keep_their_bytes() {
    let small = Tar::layer("a", b"b");
    for plain in [small, large_layer()] {
        for (packed, media_type) in [(gzip(&plain), MediaType::LAYER_GZIP), (zstd(&plain), MediaType::LAYER_ZSTD)] {
            let (store, images) = every_way(&one_layer(&packed, &plain));
            let (_, layers) = layers_of(&store, &images.expect("imports")[0]);
            assert_eq!(layers[0].media_type, media_type);
            assert!(store.read(&layers[0]) == packed);
        }
    }
}

#[test]
fn large_layers_go_by_once() {
    let layer = large_layer();
    let (store, images) = every_way(&one_layer(&layer, &layer));
    let (_, layers) = layers_of(&store, &images.expect("imports")[0]);
    assert!(store.read(&layers[0]) == gzip(&layer));
}

#[test]
fn what_was_compressed_before_is_not_even_read() {
    let layer = large_layer();
    let archive = one_layer(&layer, &layer);
    let store = Store::new();
    let first = store.file(&archive).expect("imports");
    let (fates, read) = store.fates(&MediaType::LAYER_GZIP);
    assert!(fates == [Fate::Compressed] && read > layer.len() as u64);
    assert_eq!(store.file(&archive).expect("imports again"), first);
    let (fates, read) = store.fates(&MediaType::LAYER_GZIP);
    assert!(fates == [Fate::Present] && read < 10_000, "{fates:?}, {read} bytes");
    // A memory of something that is gone is no memory.
    let (_, layers) = layers_of(&store, &first[0]);
    store.destination.blobs.remove(&layers[0].digest).expect("removes");
    assert_eq!(store.file(&archive).expect("imports once more"), first);
    assert_eq!(store.fates(&MediaType::LAYER_GZIP).0, [Fate::Compressed]);
}

#[test]
fn a_layer_that_is_not_what_the_config_says_is_damaged() {
    let (layer, other) = (Tar::layer("a", b"b"), Tar::layer("a", b"c"));
    let error = every_way(&one_layer(&layer, &other)).1.unwrap_err();
    let (found, expected) = (Digest::of(&layer), Digest::of(&other));
    let words =
        format!("the layer `layer.tar` is damaged: it unpacks to {found}, and the image's config says {expected}");
    assert_eq!(error, words);
    let error = every_way(&one_layer(&gzip(&layer), &other)).1.unwrap_err();
    assert_eq!(error, words);
    let mut cut = gzip(&layer);
    cut.truncate(cut.len() - 9);
    assert_eq!(
        every_way(&one_layer(&cut, &layer)).1.unwrap_err(),
        "the layer `layer.tar` is damaged: it does not unpack"
    );
    let fault = Store::new().file(&one_layer(&layer, &other)).unwrap_err();
    let error = crate::content::Error::from(Error::Import { place: "a.tar".to_owned(), fault: Box::new(fault) });
    assert_eq!(error.class(), crate::content::Class::Damaged);
}

#[test]
fn what_is_missing_or_makes_no_sense_is_named() {
    let layer = Tar::layer("a", b"b");
    let archive = |manifest: &str, config: &str| {
        let tar = Tar::new().file("manifest.json", manifest).file("c.json", config).file("l.tar", &layer);
        every_way(&tar.done()).1.unwrap_err()
    };
    let good = config(&[&layer]);
    let named = r#"[{"Config":"c.json","RepoTags":null,"Layers":["l.tar"]}]"#;
    assert_eq!(archive("[]", &good), "it has no images");
    assert_eq!(archive("null", &good), "it has no images");
    assert_eq!(archive(&named.replace("l.tar", "x.tar"), &good), "`x.tar` is missing in it");
    assert_eq!(archive(&named.replace("c.json", "x.json"), &good), "`x.json` is missing in it");
    assert_eq!(archive(&named.replace("l.tar", "../../etc/shadow"), &good), "`../../etc/shadow` is missing in it");
    assert_eq!(archive(named, "{}"), "its member `c.json` is not as it should be: it has 0 diff_ids for 1 layers");
    assert_eq!(archive(named, "no"), "its member `c.json` is not as it should be: it is no image config");
    assert!(archive("[", &good).starts_with("its member `manifest.json` is not as it should be: EOF"));
}
