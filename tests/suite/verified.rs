//! What the store has hashed is not hashed again, and what becomes of it when the disk has done something to it meanwhile.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rpush::image::Digest;

use crate::support::{Layout, Ran, Registry, Sandbox, noise};

/// A sandbox whose store has an image with a layer that is worth remembering, and the layer.
struct Stage {
    sandbox: Sandbox,
    registry: Registry,
    name: String,
    layer: Digest,
}

impl Stage {
    fn new() -> Self {
        let (sandbox, registry, mut layout) = (Sandbox::new(), Registry::open(), Layout::default());
        let bytes = noise(3 << 20);
        let root = layout.image_of(&bytes);
        let name = registry.name("app:1");
        layout.name(&root, &name);
        layout.write(&sandbox.path("store"));
        fs::create_dir_all(sandbox.path("store/rpush")).expect("made");
        let stage = Self { sandbox, registry, name, layer: Digest::of(&bytes) };
        stage.age();
        stage
    }

    fn blob(&self) -> PathBuf {
        self.sandbox.store().blobs().path(&self.layer)
    }

    fn record(&self) -> String {
        fs::read_to_string(self.sandbox.path("store/rpush/verified")).unwrap_or_default()
    }

    /// The layer was written a minute ago: too young, and nothing is remembered of it.
    fn age(&self) {
        let then = SystemTime::now() - Duration::from_secs(60);
        File::options().write(true).open(self.blob()).and_then(|file| file.set_modified(then)).expect("older");
    }

    /// Changes the layer as a disk does it, which nobody can see.
    fn rot(&self) {
        let mut bytes = fs::read(self.blob()).expect("a layer");
        bytes[1 << 20] ^= 1;
        fs::write(self.blob(), bytes).expect("written");
        self.age();
        let file = fs::metadata(self.blob()).expect("a file");
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        let (modified, changed) =
            (nanoseconds(file.mtime(), file.mtime_nsec()), nanoseconds(file.ctime(), file.ctime_nsec()));
        let line = format!("{} {} {modified} {changed} {} .\n", self.layer, file.len(), file.ino());
        fs::write(self.sandbox.path("store/rpush/verified"), line).expect("written");
    }

    fn push(&self, options: &str) -> Ran {
        self.sandbox.rpush(&format!("push --progress none {options} {}", self.name))
    }

    #[track_caller]
    fn names_the_layer(&self, ran: &Ran) {
        assert_eq!(ran.code, 6, "{ran}");
        let words = format!("{} in the store is damaged: its bytes hash to", self.layer);
        assert!(ran.err.contains(&words), "{ran}");
    }
}

#[test]
fn what_was_hashed_is_remembered() {
    let stage = Stage::new();
    assert_eq!(stage.push("").code, 0);
    let record = stage.record();
    assert!(record.starts_with(&stage.layer.to_string()) && record.lines().count() == 1, "{record}");
    // Another registry, that has nothing: nothing new is remembered, because nothing was hashed.
    let other = Registry::open();
    stage.sandbox.ok(&format!("tag {} {}", stage.name, other.name("app:1")));
    stage.sandbox.ok(&format!("push --progress none {}", other.name("app:1")));
    assert_eq!(stage.record(), record);
    assert_eq!(other.blob(&stage.layer), stage.registry.blob(&stage.layer));
    stage.sandbox.ok(&format!("rmi {} {}", stage.name, other.name("app:1")));
    stage.sandbox.ok("prune");
    assert_eq!(stage.record(), "", "what is gone is forgotten");
}

/// What is written to a blob changes its times, and it is hashed again.
#[test]
fn what_somebody_wrote_to_is_hashed_before_it_is_believed() {
    let stage = Stage::new();
    assert_eq!(stage.push("").code, 0);
    let mut bytes = fs::read(stage.blob()).expect("a layer");
    bytes[0] ^= 1;
    fs::write(stage.blob(), bytes).expect("written");
    let other = Registry::open();
    stage.sandbox.ok(&format!("tag {} {}", stage.name, other.name("app:1")));
    let ran = stage.sandbox.rpush(&format!("push --progress none {}", other.name("app:1")));
    stage.names_the_layer(&ran);
    // It was found here: the registry was never given the end of it.
    assert!(!other.journal(&[]).iter().any(|line| line.ends_with(" 400")), "{ran}");
}

/// A disk may change what it keeps, and nobody sees it. The registry does not take it, and then the layer is named.
#[test]
fn what_the_disk_has_changed_is_refused_and_named() {
    let stage = Stage::new();
    stage.rot();
    let ran = stage.push("");
    stage.names_the_layer(&ran);
    let journal = stage.registry.journal(&[]);
    assert_eq!(journal.iter().filter(|line| line.ends_with(" 400")).count(), 1, "{journal:?}");
    // It is not believed any more: the next push finds it before the registry does.
    stage.names_the_layer(&stage.push(""));
    let journal = stage.registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.ends_with(" 400")), "{journal:?}");
}

#[test]
fn who_wants_to_know_hashes_it_again() {
    for (options, variables, file) in
        [("--verify", vec![], ""), ("", vec![("RPUSH_VERIFY", "1")], ""), ("", vec![], "[defaults]\nverify = true\n")]
    {
        let stage = Stage::new();
        stage.rot();
        stage.sandbox.file("config.toml", file);
        let words = format!("push --config config.toml --progress none {options} {}", stage.name);
        let ran = stage.sandbox.run_with(&words.split_whitespace().collect::<Vec<_>>(), "", &variables);
        stage.names_the_layer(&ran);
        assert!(!stage.registry.journal(&[]).iter().any(|line| line.ends_with(" 400")), "{ran}");
    }
    let stage = Stage::new();
    let ran = stage.sandbox.run_with(&["push", "--verify=false", &stage.name], "", &[("RPUSH_VERIFY", "1")]);
    assert_eq!(ran.code, 0, "{ran}");
}
