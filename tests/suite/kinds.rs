//! Fidelity: every odd kind of image goes to the registry in the box, comes back, goes into an archive and out of it again, and
//! is byte for byte what it was. Whatever else is done with it in the store loses nothing.

use rpush::server::{Config, Sparse};

use crate::support::{KINDS, Kind, Made, Registry, Sandbox, Strictness, exchange, stored_blobs};

/// What a push and a pull of a kind need to be told.
fn options(kind: &Kind) -> (&'static str, &'static str) {
    match kind.is_sparse() {
        true => ("--allow-missing", "--platform linux/amd64"),
        false => ("", "--all-platforms"),
    }
}

fn each(check: impl Fn(&Kind, &Made, &Sandbox, &Registry)) {
    let registry = Registry::start(Config { sparse: Sparse::Accepted, ..Config::default() });
    for kind in &KINDS {
        let (made, sandbox) = (kind.make(), Sandbox::new());
        made.layout.write(&sandbox.path("layout"));
        sandbox.file("layout.tar", made.layout.archive().bytes());
        check(kind, &made, &sandbox, &registry);
    }
}

/// The registry has under a tag the root's own bytes, as what they say they are (C-60, C-61).
#[track_caller]
fn is_there(registry: &Registry, made: &Made, target: &str) {
    let (status, media_type, bytes) = exchange(&registry.host(), target);
    assert_eq!((status, media_type), (200, made.media_type()), "{target}");
    assert!(bytes == made.bytes(), "{target}: other bytes");
}

/// The table has 36 rows (the kinds that peers were measured with), of which distribution 2.8 refuses four.
#[test]
fn the_table_is_whole() {
    let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 36);
    assert_eq!(KINDS.iter().filter(|kind| kind.strict == Strictness::Refuses).count(), 4);
    let digests: std::collections::BTreeSet<_> = KINDS.iter().map(|kind| kind.make().digest()).collect();
    assert_eq!(digests.len(), 36, "no two are the same");
}

#[test]
fn every_kind_goes_through_byte_for_byte() {
    each(|kind, made, sandbox, registry| {
        let Kind { name, .. } = kind;
        let (push, pull) = options(kind);
        let digest = made.digest();
        for (source, tag) in [("oci:layout", "1"), ("layout.tar", "2")] {
            let there = registry.name(&format!("{name}:{tag}"));
            let pushed = sandbox.ok(&format!("push {push} --from {source} {there}"));
            assert!(pushed.out.contains(&format!("digest: {digest} ")), "{pushed}");
            is_there(registry, made, &format!("/v2/{name}/manifests/{tag}"));
        }
        is_there(registry, made, &format!("/v2/{name}/manifests/{digest}"));

        let there = registry.name(&format!("{name}:1"));
        let reader = Sandbox::new();
        let pulled = reader.ok(&format!("pull {pull} {there}"));
        assert!(pulled.out.contains(&format!("Digest: {digest}\n")), "{pulled}");
        assert!(stored_blobs(&reader) == made.blobs(), "{name}: pulled something else");

        reader.ok(&format!("save -o saved.tar {there}"));
        let other = Sandbox::new_with(&reader, "saved.tar");
        other.ok("load -i saved.tar");
        assert_eq!(other.stored(&there).digest, digest, "{name}");
        assert!(stored_blobs(&other) == made.blobs(), "{name}: saved something else");

        // By its digest, and out of the store to where it was not before.
        reader.ok(&format!("pull {pull} {}@{digest}", registry.name(name)));
        let elsewhere = registry.name(&format!("elsewhere/{name}:1"));
        other.ok(&format!("tag {there} {elsewhere}"));
        other.ok(&format!("push {push} {elsewhere}"));
        is_there(registry, made, &format!("/v2/elsewhere/{name}/manifests/1"));
    });
}

/// `inspect`, `images`, `tag`, `rmi`, `prune` and `fsck`: none fails, and nothing goes before its last name does.
#[test]
fn every_kind_can_be_handled_in_the_store() {
    each(|kind, made, sandbox, _| {
        let Kind { name, .. } = kind;
        sandbox.ok("load -q -i layout.tar");
        let loaded = sandbox.names();
        let (first, second) = (loaded.keys().next().expect("a name"), format!("localhost:1/{name}:2"));
        let before = stored_blobs(sandbox);
        let is_all = |done: &str| assert!(stored_blobs(sandbox) == before, "{name}: {done} changed something");
        let all: Vec<_> = made.layout.blobs().keys().collect();
        assert_eq!(before.keys().collect::<Vec<_>>(), all, "{name}");

        let inspected = sandbox.ok(&format!("inspect {first}")).json();
        assert_eq!(inspected[0]["Id"], made.digest().to_string(), "{name}");
        assert_eq!(inspected[0]["Descriptor"]["digest"], made.digest().to_string(), "{name}");
        for words in ["images", "images -a --digests --no-trunc", "images --tree", "images --format json"] {
            assert!(!sandbox.ok(words).out.is_empty(), "{name}: {words}");
        }
        sandbox.ok("fsck");
        sandbox.ok(&format!("tag {first} {second}"));
        assert_eq!(sandbox.stored(&second).digest, made.digest(), "{name}");
        sandbox.ok(&format!("rmi {first}"));
        is_all("rmi of one of two names");
        sandbox.ok("prune");
        is_all("prune");
        sandbox.ok(&format!("rmi {second}"));
        assert!(stored_blobs(sandbox).is_empty(), "{name}: something stayed");
    });
}
