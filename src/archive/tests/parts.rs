//! Images that lie in parts.

use std::io::{self, Read};
use std::sync::Arc;

use super::*;
use crate::image::DiffId;

/// The layers that were opened, in that order.
type Opened = Arc<Mutex<Vec<DiffId>>>;

fn config(diff_ids: &[DiffId]) -> Vec<u8> {
    let rootfs = serde_json::json!({ "type": "layers", "diff_ids": diff_ids });
    serde_json::json!({ "architecture": "amd64", "os": "linux", "rootfs": rootfs }).to_string().into_bytes()
}

/// An image of these layers, each of which gives the bytes beside it.
fn parts(layers: &[(&[u8], &[u8])], opened: &Opened) -> Input {
    let diff_ids: Vec<_> = layers.iter().map(|(layer, _)| DiffId(Digest::of(layer))).collect();
    let layers = layers.iter().zip(&diff_ids).map(|((layer, given), diff_id)| {
        let (opened, given, diff_id) = (opened.clone(), given.to_vec(), *diff_id);
        let open = move || -> io::Result<Box<dyn Read + Send>> {
            opened.lock().expect("whole").push(diff_id);
            Ok(Box::new(Cursor::new(given.clone())))
        };
        Part { diff_id, size: layer.len() as u64, open: Box::new(open) }
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
    let largest_first = [&large, &small].map(|layer| DiffId(Digest::of(layer)));
    let opened_now = || opened.lock().expect("whole").clone();
    assert_eq!((images.len(), names(&images[0]).len(), opened_now().as_slice()), (1, 0, &largest_first[..]));
    let stored = |store: &Store| {
        let stored = store.seen().into_iter().filter_map(|progress| match progress {
            Progress::Stored { descriptor, fate, owner: Owner::Image } => Some((descriptor.digest, fate)),
            _ => None,
        });
        stored.collect::<Vec<_>>()
    };
    let first = stored(&store);
    for layer in [&large, &small] {
        assert!(first[..2].contains(&(Digest::of(&gzip(layer)), Fate::Compressed)), "{first:?}");
    }
    assert_eq!(Store::new().file(&archive).expect("imports")[0].descriptor, images[0].descriptor);

    assert_eq!(store.run(parts(&layers, &opened)).expect("imports again"), images);
    assert_eq!(opened_now(), largest_first);
    assert!(stored(&store)[..2].iter().all(|(_, fate)| *fate == Fate::Present));
}

/// Several layers are brought to the disk at once, and some come twice: an image has them in its own order.
#[test]
fn many_layers_keep_their_order() {
    let layers: Vec<_> = (0..30).map(|number| Tar::layer("a", &vec![7; 1000 * (number * 11 % 17)])).collect();
    let (store, opened) = (Store::new(), Opened::default());
    let given: Vec<_> = layers.iter().map(|layer| (layer.as_slice(), layer.as_slice())).collect();
    let images = store.run(parts(&given, &opened)).expect("imports");
    let (_, taken) = layers_of(&store, &images[0]);
    assert!(taken.iter().map(|layer| store.read(layer)).eq(layers.iter().map(|layer| gzip(layer))));
    assert_eq!(opened.lock().expect("whole").len(), 17);
}

/// What cannot be brought to the disk is told of to nobody, and is why there is no image.
#[test]
fn a_layer_without_a_place_is_no_layer() {
    let layers: Vec<_> = (0..9).map(|number| Tar::layer("a", &vec![7; 1000 * number])).collect();
    let (store, opened) = (Store::new(), Opened::default());
    let blob = store.destination.blobs.path(&Digest::of(b""));
    let place = blob.parent().expect("a directory");
    std::fs::create_dir_all(place.parent().expect("the directory of all")).expect("made");
    std::fs::write(place, "no directory").expect("written");
    let given: Vec<_> = layers.iter().map(|layer| (layer.as_slice(), layer.as_slice())).collect();
    let fault = store.run(parts(&given, &opened)).unwrap_err();
    assert!(matches!(fault, Fault::Store(_)), "{fault}");
    assert!(store.seen().iter().all(|progress| matches!(progress, Progress::Read(_))));
    assert!(opened.lock().expect("whole").len() < layers.len(), "the first failure ends it");
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
        assert!(store.seen().iter().all(|progress| matches!(progress, Progress::Read(_))));
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
        let open = || Err(io::Error::other("its file `a` is gone"));
        let layers = vec![Part { diff_id, size: 1, open: Box::new(open) }];
        Input::Parts { place: "parts".to_owned(), config, layers }
    };
    let fault = |input| Store::new().run(input).unwrap_err();
    assert!(matches!(fault(input(config(&[diff_id]))), Fault::Io(error) if error.to_string().contains("is gone")));
    let words = "its member `config` is not as it should be: it has 0 diff_ids for 1 layers";
    assert_eq!(fault(input(config(&[]))).to_string(), words);
    assert!(matches!(fault(input(b"no".to_vec())), Fault::Malformed { .. }));
}
