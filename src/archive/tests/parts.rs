//! Images that lie in parts.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::image::DiffId;

/// How often layers were opened.
type Opened = Arc<AtomicUsize>;

fn config(diff_ids: &[DiffId]) -> Vec<u8> {
    let rootfs = serde_json::json!({ "type": "layers", "diff_ids": diff_ids });
    serde_json::json!({ "architecture": "amd64", "os": "linux", "rootfs": rootfs }).to_string().into_bytes()
}

/// An image of these layers, each of which gives the bytes beside it.
fn parts(layers: &[(&[u8], &[u8])], opened: &Opened) -> Input {
    let diff_ids: Vec<_> = layers.iter().map(|(layer, _)| DiffId(Digest::of(layer))).collect();
    let layers = layers.iter().zip(&diff_ids).map(|((layer, given), diff_id)| {
        let (opened, given) = (opened.clone(), given.to_vec());
        let open = move || -> io::Result<Box<dyn Read + Send>> {
            opened.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Cursor::new(given.clone())))
        };
        Part { diff_id: *diff_id, size: layer.len() as u64, open: Box::new(open) }
    });
    Input::Parts { place: "parts".to_owned(), config: config(&diff_ids), layers: layers.collect() }
}

/// The same image as the archive of it; each layer is opened once, the largest one first, and later none is.
#[test]
fn an_image_in_parts_is_the_image_of_its_archive() {
    let (small, large) = (Tar::layer("a", b"small"), Tar::layer("b", &[7; 9000]));
    let config = config(&[&small, &large, &small].map(|layer| DiffId(Digest::of(layer))));
    let archive = Tar::new()
        .file("manifest.json", r#"[{"Config":"c.json","Layers":["s.tar","l.tar","s.tar"]}]"#)
        .file("c.json", &config)
        .file("s.tar", &small)
        .file("l.tar", &large)
        .done();
    let (store, opened) = (Store::new(), Opened::default());
    let layers = [&small, &large, &small].map(|layer| (layer.as_slice(), layer.as_slice()));
    let images = store.run(parts(&layers, &opened)).expect("imports");
    assert_eq!((images.len(), names(&images[0]).len(), opened.load(Ordering::Relaxed)), (1, 0, 2));
    let stored = |store: &Store| {
        let stored = store.seen.take().into_iter().filter_map(|progress| match progress {
            Progress::Stored { descriptor, fate, owner: Owner::Image } => Some((descriptor.digest, fate)),
            _ => None,
        });
        stored.collect::<Vec<_>>()
    };
    let first = stored(&store);
    assert_eq!(first[0], (Digest::of(&gzip(&large)), Fate::Compressed));
    assert_eq!(first[1], (Digest::of(&gzip(&small)), Fate::Compressed));
    assert_eq!(Store::new().file(&archive).expect("imports")[0].descriptor, images[0].descriptor);

    assert_eq!(store.run(parts(&layers, &opened)).expect("imports again"), images);
    assert_eq!(opened.load(Ordering::Relaxed), 2);
    assert!(stored(&store)[..2].iter().all(|(_, fate)| *fate == Fate::Present));
}

/// Nobody is told of a layer that is another one, nothing is remembered of it, and nothing of it stays: it would be sent.
#[test]
fn a_part_that_is_another_layer_is_nobodys() {
    let (good, bad) = (Tar::layer("a", b"good"), Tar::layer("a", b"evil"));
    let packed = gzip(&bad);
    for given in [&bad, &packed, &Vec::new()] {
        let (store, opened) = (Store::new(), Opened::default());
        let fault = store.run(parts(&[(&good, given)], &opened)).unwrap_err();
        assert!(matches!(fault, Fault::Layer { .. }), "{fault}");
        assert!(store.seen.take().iter().all(|progress| matches!(progress, Progress::Read(_))));
        let memo = &store.destination.memo;
        for layer in [&good, &bad] {
            assert_eq!(memo.recall(&DiffId(Digest::of(layer)), Compression::default()), None);
        }
        assert_eq!(store.blobs(), 0);
        assert_eq!(store.run(parts(&[(&good, &good)], &opened)).expect("imports").len(), 1);
    }
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    let layer = Tar::layer("a", b"b");
    let diff_id = DiffId(Digest::of(&layer));
    let input = |config: Vec<u8>| {
        let open = || Err(io::Error::other("its file `a` leads out of the layer"));
        let layers = vec![Part { diff_id, size: 1, open: Box::new(open) }];
        Input::Parts { place: "parts".to_owned(), config, layers }
    };
    let fault = |input| Store::new().run(input).unwrap_err();
    assert!(matches!(fault(input(config(&[diff_id]))), Fault::Io(error) if error.to_string().contains("leads out")));
    let words = "its member `config` is not as it should be: it has 0 diff_ids for 1 layers";
    assert_eq!(fault(input(config(&[]))).to_string(), words);
    assert!(matches!(fault(input(b"no".to_vec())), Fault::Malformed { .. }));
}
