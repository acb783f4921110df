//! Every fault is found and named, a sound layout has none, and nothing is lost in a repair.

use serde_json::json;

use super::*;
use crate::image::{Descriptor, REF_NAME, Reference};

struct Store {
    root: tempfile::TempDir,
    layout: Layout,
}

impl Store {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        Self { layout: Layout::store(root.path()), root }
    }

    fn put(&self, media_type: MediaType, bytes: &[u8]) -> Descriptor {
        self.layout.blobs.put_bytes(bytes).expect("stored");
        Descriptor::of(media_type, bytes)
    }

    fn manifest(&self, layers: &[&str]) -> Descriptor {
        let layers: Vec<_> = layers.iter().map(|text| self.put(MediaType::LAYER_GZIP, text.as_bytes())).collect();
        let config = self.put(MediaType::CONFIG, b"{}");
        let manifest = json!({ "schemaVersion": 2, "config": config, "layers": layers });
        self.put(MediaType::MANIFEST, manifest.to_string().as_bytes())
    }

    fn name(&self, image: &Descriptor, names: &[&str]) {
        let names: Vec<Reference> = names.iter().map(|name| name.parse().expect("a name")).collect();
        self.layout.name(image, &names).expect("named");
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        fs::write(self.root.path().join(path), bytes).expect("written");
    }

    fn damage(&self, text: &str) {
        fs::write(self.layout.blobs.path(&Digest::of(text.as_bytes())), "damaged").expect("written");
    }

    #[track_caller]
    fn examine(&self, handling: Handling) -> Diagnosis {
        match self.layout.examine(handling, &AtomicBool::new(false), &|_| {}).expect("examined") {
            Examined::Done(diagnosis) => diagnosis,
            other => panic!("{other:?}"),
        }
    }

    /// What is found without a repair, each with the images that it touches.
    #[track_caller]
    fn faults(&self) -> Vec<(&'static str, String)> {
        let found = self.examine(Handling::Look).findings;
        found.into_iter().map(|finding| (finding.fault.name(), finding.images.join(" "))).collect()
    }
}

fn found(name: &'static str, images: &str) -> (&'static str, String) {
    (name, images.to_owned())
}

#[test]
fn a_sound_store_has_nothing() {
    let store = Store::new();
    assert_eq!(store.examine(Handling::Look), Diagnosis::default());
    store.name(&store.manifest(&["base", "own"]), &["app:1", "app:2"]);
    let diagnosis = store.examine(Handling::Look);
    assert_eq!((diagnosis.blobs, diagnosis.images, diagnosis.findings.len()), (4, 1, 0), "{diagnosis:?}");
}

#[test]
fn what_is_damaged_or_missing_is_told_with_the_images_that_need_it() {
    let store = Store::new();
    store.name(&store.manifest(&["base", "own"]), &["app:1", "app:2"]);
    store.name(&store.manifest(&["base", "other"]), &["other:1"]);
    store.damage("base");
    assert_eq!(store.faults(), [found("content", "app:1 app:2 other:1")]);
    store.layout.blobs.remove(&Digest::of(b"own")).expect("removed");
    let mut faults = store.faults();
    faults.sort();
    assert_eq!(faults, [found("content", "app:1 app:2 other:1"), found("missing", "app:1 app:2")]);
}

/// L-04: what a pull of one platform did not bring is not missing; what was set aside is.
#[test]
fn a_sparse_index_is_whole_until_something_of_it_is_set_aside() {
    let store = Store::new();
    let here = [store.manifest(&["amd64"]), store.manifest(&["arm64"])];
    let absent = Descriptor::of(MediaType::MANIFEST, b"absent");
    let index = json!({ "schemaVersion": 2, "manifests": [here[0], here[1], absent] });
    store.name(&store.put(MediaType::INDEX, index.to_string().as_bytes()), &["app:1"]);
    assert_eq!(store.faults(), []);
    fs::write(store.layout.blobs.path(&here[1].digest), "damaged").expect("written");
    assert_eq!(store.examine(Handling::Repair).damaged(), 1);
    let faults = store.faults();
    assert_eq!(faults[0], found("missing", "app:1"), "{faults:?}");
    for manifest in &here {
        store.layout.blobs.remove(&manifest.digest).expect("removed");
    }
    fs::remove_dir_all(store.layout.quarantine_directory()).expect("removed");
    assert_eq!(store.examine(Handling::Look).damaged(), 3, "an index of which nothing is here");
}

#[test]
fn a_repair_sets_aside_and_removes_nothing() {
    let store = Store::new();
    store.name(&store.manifest(&["base"]), &["app:1"]);
    store.damage("base");
    store.put(MediaType::LAYER_GZIP, b"nobody's");
    store.damage("nobody's");
    let diagnosis = store.examine(Handling::Repair);
    assert_eq!(diagnosis.damaged(), 1, "nobody misses the other one: {diagnosis:?}");
    let aside = store.layout.quarantine_directory().join(quarantined("base"));
    assert_eq!(fs::read(aside).expect("it is there"), b"damaged");
    assert_eq!(store.faults()[0], found("missing", "app:1"));
    store.put(MediaType::LAYER_GZIP, b"base");
    assert_eq!(store.faults(), [found("quarantine", "")]);
    // A second one of the same name takes nothing's place.
    store.damage("base");
    store.examine(Handling::Repair);
    assert_eq!(contents(&store.layout.quarantine_directory()).0, 3);
}

fn quarantined(text: &str) -> String {
    format!("sha256-{}", Digest::of(text.as_bytes()).hex())
}

#[test]
fn a_repair_waits_for_nobody_and_disturbs_nobody() {
    let store = Store::new();
    let lease = store.layout.lease().expect("leased");
    let examine = |handling| store.layout.examine(handling, &AtomicBool::new(false), &|_| {}).expect("examined");
    assert_eq!(examine(Handling::Repair), Examined::InUse);
    assert_eq!(examine(Handling::Look), Examined::Done(Diagnosis::default()));
    drop(lease);
    assert_eq!(examine(Handling::Repair), Examined::Done(Diagnosis::default()));
}

/// Nothing is made where one only looks.
#[test]
fn looking_changes_nothing() {
    let store = Store::new();
    store.manifest(&["own"]);
    let files = || {
        let mut files: Vec<_> = fs::read_dir(store.root.path()).expect("listed").flatten().map(|f| f.path()).collect();
        files.sort();
        files
    };
    let before = files();
    store.faults();
    assert_eq!(files(), before);
}

#[test]
fn a_broken_index_is_kept_and_made_anew_of_what_is_left() {
    for (text, expected) in [
        (None, vec!["localhost/unnamed@", "localhost/unnamed@"]),
        (Some(String::new()), vec!["localhost/unnamed@", "localhost/unnamed@"]),
        (Some("cut".to_owned()), vec!["docker.io/library/app:1", "localhost/unnamed@"]),
    ] {
        let store = Store::new();
        store.name(&store.manifest(&["one"]), &["app:1"]);
        store.name(&store.manifest(&["two"]), &["app:2"]);
        let index = store.root.path().join("index.json");
        let text = text.map(|text| match text.as_str() {
            "cut" => fs::read(&index).expect("reads")[..400].to_vec(),
            _ => Vec::new(),
        });
        match &text {
            Some(bytes) => store.write("index.json", bytes),
            None => fs::remove_file(&index).expect("removed"),
        }
        assert!(store.layout.collect_garbage().is_err(), "all images would be garbage");
        assert_eq!(store.examine(Handling::Look).damaged(), 1);
        let repaired = store.examine(Handling::Repair);
        assert_eq!(repaired.damaged(), 0, "{repaired:?}");
        let names: Vec<_> = store.layout.entries().expect("reads").into_iter().map(|entry| label(&entry)).collect();
        let short: Vec<_> = names.iter().map(|name| name.split_inclusive('@').next().expect("a part")).collect();
        let expected: Vec<_> = expected.into_iter().map(|name| name.trim_start_matches("docker.io/library/")).collect();
        assert_eq!(short, expected);
        let aside = fs::read(store.root.path().join("index.json.damaged-1")).ok();
        assert_eq!(aside, text);
        assert_eq!(store.faults(), []);
    }
}

/// L-01, L-05, L-06: what makes a layout, what is somebody else's.
#[test]
fn the_rest_of_a_layout_is_looked_at_too() {
    let store = Store::new();
    store.name(&store.manifest(&["own"]), &["app:1"]);
    store.write("blobs/sha256/README", b"hello");
    store.write("rpush/staging/blob-x", b"left");
    store.put(MediaType::LAYER_GZIP, b"unneeded");
    store.manifest(&["unnamed"]);
    assert_eq!(
        store.faults(),
        [found("no-blob", ""), found("unnamed", ""), found("unneeded", ""), found("leftovers", "")]
    );
    for marker in ["", "{}", r#"{"imageLayoutVersion":"1.1.0"}"#] {
        store.write("oci-layout", marker.as_bytes());
        assert_eq!(store.faults()[0], found("marker", ""), "{marker}");
        assert_eq!(store.examine(Handling::Repair).damaged(), 0);
        assert_eq!(store.examine(Handling::Look).damaged(), 0);
    }
    let index = fs::read_to_string(store.root.path().join("index.json")).expect("reads");
    store.write("index.json", index.replace("[{", "[1,{").as_bytes());
    assert!(store.faults().contains(&found("entry", "")));
}

#[test]
fn manifests_that_are_none_and_sizes_that_are_wrong_are_found() {
    let store = Store::new();
    let rubbish = store.put(MediaType::MANIFEST, b"rubbish");
    store.name(&rubbish, &["rubbish:1"]);
    let mut image = store.manifest(&["own"]);
    image.size += 1;
    store.name(&image, &["long:1"]);
    let mut faults = store.faults();
    faults.sort();
    assert_eq!(faults, [found("manifest", "rubbish:1"), found("size", "long:1")]);
    assert_eq!(store.examine(Handling::Repair).damaged(), 2, "nobody can repair that here");
}

/// L-09, L-10: an image with several names counts once; a name that is no reference is shown as it is.
#[test]
fn names_are_those_that_a_person_would_type() {
    let store = Store::new();
    let mut image = store.manifest(&["own"]);
    image.annotations.insert(REF_NAME.into(), "1.0.0".into());
    let text = json!({ "schemaVersion": 2, "manifests": [image] }).to_string();
    store.layout.lease().expect("made");
    store.write("index.json", text.as_bytes());
    store.damage("own");
    assert_eq!(store.faults(), [found("content", "1.0.0")]);
}

#[test]
fn nobody_wants_to_know_any_more() {
    let store = Store::new();
    store.name(&store.manifest(&["own"]), &["app:1"]);
    let examined = store.layout.examine(Handling::Look, &AtomicBool::new(true), &|_| {}).expect("examined");
    assert_eq!(examined, Examined::Cancelled);
}
