//! Fidelity: every odd kind of image goes to the registry in the box, comes back, goes into an archive and out of it again, and
//! is byte for byte what it was. Whatever else is done with it in the store loses nothing.

use rpush::server::{Config, Sparse};

use crate::support::{KINDS, Kind, Made, Registry, Sandbox, Strictness, answer, exchange, shows, stored_blobs};

/// What a push and a pull of a kind need to be told.
fn options(kind: &Kind) -> (&'static str, &'static str) {
    match kind.is_sparse() {
        true => ("--allow-missing", "--platform linux/amd64"),
        false => ("", "--all-platforms"),
    }
}

fn each(check: impl Fn(&Kind, &Made, &Sandbox, &Registry) + Sync) {
    let registry = Registry::start(Config { sparse: Sparse::Accepted, ..Config::default() });
    let check = |kind: &Kind| {
        let (made, sandbox) = (kind.make(), Sandbox::new());
        made.layout.write(&sandbox.path("layout"));
        sandbox.file("layout.tar", made.layout.archive().bytes());
        check(kind, &made, &sandbox, &registry);
    };
    std::thread::scope(|scope| {
        for kinds in KINDS.chunks(9) {
            scope.spawn(|| kinds.iter().for_each(check));
        }
    });
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

/// Makes one of the kinds, as a layout in the sandbox.
fn lay_out(sandbox: &Sandbox, name: &str) -> Made {
    let made = KINDS.iter().find(|kind| kind.name == name).expect("a kind").make();
    made.layout.write(&sandbox.path("layout"));
    made
}

/// A registry may refuse what points at nothing, and then it is said what to do (C-68).
#[test]
fn a_strict_registry_takes_no_sparse_index() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    lay_out(&sandbox, "sparse-index");
    let push = |options: &str| {
        sandbox.rpush(&format!("push --progress none {options} --from oci:layout {}", registry.name("app:1")))
    };
    shows!(push("--allow-missing"), @r#"
    $ rpush push --progress none --allow-missing --from oci:layout localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push manifest 1 to localhost:PORT/app
    ! because: MANIFEST_BLOB_UNKNOWN: the repository lacks what the manifest points at: {"digest":"[DIGEST]"} (HTTP 400 Bad Request)
    !
    ! hint: localhost:PORT takes no index without all the images that it names: push one that is here with `--platform OS/ARCH`, or fetch the others first: `rpush pull --all-platforms NAME`; `rpush serve --allow-sparse` takes it as it is
    exit code 1
    "#);
    assert_eq!(push("--platform linux/amd64").code, 0);
}

/// C-63: the digest goes with the request, and the tags with it; those that the registry does not confirm are put one by one.
#[test]
fn a_digest_of_another_algorithm_is_told_and_tags_that_are_not_confirmed_are_put() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let made = lay_out(&sandbox, "sha512-manifest");
    let names = [registry.name("app:1"), registry.name("app:2")].join(" ");
    sandbox.ok(&format!("push --from oci:layout {names}"));
    let puts = || {
        let journal = registry.journal(&[(made.digest(), "manifest")]);
        journal.into_iter().filter(|line| line.starts_with("PUT") && line.contains("/manifests/")).collect::<Vec<_>>()
    };
    assert_eq!(puts(), ["PUT /v2/app/manifests/[manifest]?tag=1&tag=2 201"]);
    registry.on(|head| {
        head.uri.query().is_some_and(|query| query.starts_with("tag=")).then(|| answer(201, &[("oci-tag", "4, x")], ""))
    });
    let names = [registry.name("other:3"), registry.name("other:4")].join(" ");
    sandbox.ok(&format!("push --from oci:layout {names}"));
    assert_eq!(puts(), ["PUT /v2/other/manifests/[manifest]?tag=3&tag=4 201", "PUT /v2/other/manifests/3 201"]);
}
