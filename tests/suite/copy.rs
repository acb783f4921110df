//! `rpush copy`: every kind of place to every other, and the bytes are the same everywhere.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use rpush::image::Digest;
use rpush::server::Config;
use serde_json::{Value, json};

use crate::support::{
    Deed, Ending, Engine, Image, Layout, Ran, Registry, Saboteur, Said, Sandbox, StandIn, answer, noise, shows,
};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn digest(descriptor: &Value) -> Digest {
    descriptor["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

/// What a place has, by digest.
type Blobs = BTreeMap<Digest, Vec<u8>>;

/// The files of an archive.
fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut tar = tar::Archive::new(archive);
    let entries = tar.entries().expect("a tar").map(|entry| {
        let mut entry = entry.expect("a member");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is whole");
        (entry.path().expect("a name").display().to_string(), bytes)
    });
    entries.collect()
}

/// What a layout lists, and what it has.
fn of_files(files: &BTreeMap<String, Vec<u8>>) -> (Value, Blobs) {
    let blobs = files.iter().filter_map(|(name, bytes)| {
        let hex = name.strip_prefix("blobs/sha256/").filter(|hex| !hex.is_empty())?;
        Some((format!("sha256:{hex}").parse().expect("a digest"), bytes.clone()))
    });
    (serde_json::from_slice(&files["index.json"]).expect("JSON"), blobs.collect())
}

fn of_directory(path: &Path) -> (Value, Blobs) {
    let mut found = BTreeMap::new();
    found.insert("index.json".to_owned(), fs::read(path.join("index.json")).expect("a list"));
    for file in fs::read_dir(path.join("blobs/sha256")).expect("blobs").flatten() {
        let name = format!("blobs/sha256/{}", file.file_name().display());
        found.insert(name, fs::read(file.path()).expect("a blob"));
    }
    of_files(&found)
}

/// Holds everything that a root needs to its digest, and gives the ids (the configs) of the images.
#[track_caller]
fn ids(root: Digest, get: &dyn Fn(&Digest) -> Option<Vec<u8>>) -> Vec<Digest> {
    let (mut waiting, mut ids) = (vec![root], Vec::new());
    while let Some(next) = waiting.pop() {
        let bytes = get(&next).unwrap_or_else(|| panic!("{next} is not there"));
        assert_eq!(Digest::of(&bytes), next);
        let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest");
        waiting.extend(manifest["manifests"].as_array().into_iter().flatten().map(digest));
        let blobs = manifest["layers"].as_array().into_iter().flatten().chain(manifest.get("config"));
        for blob in blobs {
            let bytes = get(&digest(blob)).unwrap_or_else(|| panic!("{blob} is not there"));
            assert_eq!(Digest::of(&bytes), digest(blob));
        }
        ids.extend(manifest.get("config").map(digest));
    }
    ids.sort();
    ids
}

fn in_blobs(root: Digest, blobs: &Blobs) -> Vec<Digest> {
    ids(root, &|digest| blobs.get(digest).cloned())
}

fn in_registry(root: Digest, registry: &Registry) -> Vec<Digest> {
    ids(root, &|digest| registry.blob(digest))
}

/// The places of the table, with one image in all that are read.
struct Places {
    sandbox: Sandbox,
    registry: Registry,
    other: Registry,
    daemon: StandIn,
    saved: Vec<u8>,
    /// Its root, and the configs of its platforms.
    index: Digest,
    index_ids: Vec<Digest>,
    /// The id of an image that nobody has compressed, and the digest that it gets.
    plain_id: Digest,
}

impl Places {
    fn new() -> Self {
        let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
        let mut layout = Layout::default();
        let root = layout.index("copied");
        layout.name(&root, "1");
        layout.write(&sandbox.path("there"));
        let saved = layout.archive().bytes();
        sandbox.file("there.tar", &saved);
        let (_, blobs) = of_directory(&sandbox.path("there"));
        let plain = Image::with("plain");
        let plain_id = Digest::of(&plain.config());
        sandbox.file("plain.tar", plain.docker_24(&["plain:1"]).bytes());
        daemon.has("plain:1", plain_id, plain.docker_24(&["plain:1"]).bytes());
        sandbox.ok(&format!("copy -q oci:there:1 {}", registry.name("source/app:1")));
        sandbox.ok("copy -q oci:there store:app:1");
        let index = digest(&root);
        Self {
            index_ids: in_blobs(index, &blobs),
            sandbox,
            registry,
            other: Registry::open(),
            daemon,
            saved,
            index,
            plain_id,
        }
    }

    fn run(&self, source: &str, destination: &str) -> Ran {
        let (stdin, host) = (if source == "-" { self.saved.clone() } else { Vec::new() }, self.daemon.host());
        self.sandbox.run_with(&["copy", "-q", source, destination], stdin, &[("DOCKER_HOST", &host)])
    }

    /// What a destination has got, by means that are not rpush's where there are any: the digest of the image, and its ids.
    #[track_caller]
    fn got(&self, destination: &str, ran: &Ran) -> (Digest, Vec<Digest>) {
        let listed = |(index, blobs): (Value, Blobs)| {
            let entry = index["manifests"].as_array().expect("a list").last().expect("an entry").clone();
            (digest(&entry), in_blobs(digest(&entry), &blobs))
        };
        match destination.split_once(':') {
            None => listed(of_files(&files(&ran.bytes))),
            Some(("oci", _)) => listed(of_directory(&self.sandbox.path("layout"))),
            Some(("oci-archive" | "docker-archive", _)) => {
                listed(of_files(&files(&fs::read(self.sandbox.path("out.tar")).expect("written"))))
            }
            Some(("docker-daemon", _)) => {
                listed(of_files(&files(&self.daemon.loaded().pop().expect("it was given one"))))
            }
            Some(("store", _)) => {
                let (index, blobs) = of_directory(&self.sandbox.path("store"));
                let entries = index["manifests"].as_array().expect("a list");
                let name = "docker.io/library/copied:1";
                let is_it = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
                let root = digest(entries.iter().find(is_it).expect("it has a name"));
                (root, in_blobs(root, &blobs))
            }
            Some(_) => {
                let registry = if destination.contains(&self.other.host()) { &self.other } else { &self.registry };
                let root = registry.tag("copied/app", "2").expect("there is such a tag");
                (root, in_registry(root, registry))
            }
        }
    }
}

/// Every source to every destination. What has a digest keeps it, whole, with all platforms; of what is not compressed yet (Docker's
/// archive, and the daemon's export of one) the id of the image is kept, and the digest is the same wherever it goes.
#[test]
fn everywhere_from_everywhere() {
    let places = Places::new();
    let (here, there) = (places.registry.name("copied/app:2"), places.other.name("copied/app:2"));
    let from = places.registry.name("source/app:1");
    let (spelt, to_spelt) = (format!("docker://{from}"), format!("docker://{here}"));
    let destinations = [
        here.as_str(),
        &there,
        &to_spelt,
        "oci:layout:2",
        "oci-archive:out.tar:2",
        "docker-archive:out.tar:copied:2",
        "docker-daemon:copied:2",
        "store:copied:1",
        "-",
    ];
    let wholes = [from.as_str(), &spelt, "oci:there:1", "oci-archive:there.tar", "there.tar", "store:app:1", "-"];
    let mut combinations = 0;
    let mut plain_digest = None;
    for source in wholes.into_iter().chain(["docker-archive:plain.tar", "docker-daemon:plain:1"]) {
        for destination in destinations {
            let ran = places.run(source, destination);
            assert_eq!(ran.code, 0, "{source} to {destination}: {ran}");
            let (digest, ids) = places.got(destination, &ran);
            if source.contains("plain") {
                assert_eq!(ids, [places.plain_id], "{source} to {destination}");
                assert_eq!(*plain_digest.get_or_insert(digest), digest, "{source} to {destination}");
            } else {
                assert_eq!(digest, places.index, "{source} to {destination}");
                assert_eq!(ids, places.index_ids, "{source} to {destination}: all platforms");
            }
            if destination == "-" {
                assert!(ran.err.is_empty(), "{ran}");
            } else {
                assert_eq!(ran.digest(), digest, "{source} to {destination}: {ran}");
            }
            combinations += 1;
        }
    }
    assert_eq!(combinations, 9 * 9);
    places.sandbox.verify_blobs();
}

/// One reading, several destinations: what the source sends, it sends once.
#[test]
fn several_destinations_are_read_once() {
    let (places, third) = (Places::new(), Registry::open());
    let from = places.registry.name("source/app:1");
    let sandbox = Sandbox::new();
    places.registry.journal(&[]);
    let (one, two, three) = (places.other.name("a:1"), places.other.name("b:1"), third.name("c:1"));
    let ran = sandbox.ok(&format!("copy --progress none {from} {one} {two} {three} oci:layout:x oci-archive:out.tar"));
    assert_eq!(ran.out.lines().count(), 5, "{ran}");
    assert!(ran.out.lines().all(|line| line.contains(&places.index.to_string())), "{ran}");
    let reads: Vec<_> = places.registry.journal(&[]).into_iter().filter(|line| line.contains("/blobs/")).collect();
    let mut once = reads.clone();
    once.sort();
    once.dedup();
    assert_eq!(reads.len(), once.len(), "{reads:?}");
    let sent =
        places.other.journal(&[]).into_iter().filter(|line| line.starts_with("PUT") && line.contains("/b/blobs/"));
    assert_eq!(sent.collect::<Vec<_>>(), Vec::<String>::new(), "the second repository of a host mounts from the first");
    in_registry(places.index, &third);
    assert_eq!(sandbox.names(), BTreeMap::new(), "what goes through the store has no name there");
    let lost = Places::new().sandbox.rpush(&format!("copy oci:there:1 oci:layout {}", "localhost:1/app:1"));
    assert_eq!(
        (lost.code, lost.out.lines().count()),
        (5, 1),
        "one that fails does not keep the others from it: {lost}"
    );
}

/// On one host nothing is moved, and an unchanged tag costs one question at each end.
#[test]
fn from_one_repository_to_another_of_the_registry() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("mounted"));
    layout.name(&root, "1");
    layout.write(&sandbox.path("there"));
    let (from, to) = (registry.name("from:1"), registry.name("to:1"));
    sandbox.ok(&format!("copy -q oci:there:1 {from}"));
    registry.journal(&[]);
    let manifest = layout.json(&root);
    let names = [
        (digest(&root), "image"),
        (digest(&manifest["config"]), "config"),
        (digest(&manifest["layers"][0]), "base"),
        (digest(&manifest["layers"][1]), "app"),
    ];
    let new = Sandbox::new();
    shows!(new.ok(&format!("copy {from} {to}")), @"
    $ rpush copy localhost:PORT/from:1 localhost:PORT/to:1
    1: digest: [DIGEST] size: 554
    ! The copy goes to repository [localhost:PORT/to]
    ! 3 x Mounted from from
    ! 1 x Pushed
    ! 1 uploaded 554 B, 3 mounted; [TIME]
    ");
    insta::assert_snapshot!(registry.sorted_journal(&names), @"
    GET /v2/from/manifests/1 200
    HEAD /v2/to/manifests/1 404
    POST /v2/to/blobs/uploads/?mount=[app]&from=from 201
    POST /v2/to/blobs/uploads/?mount=[base]&from=from 201
    POST /v2/to/blobs/uploads/?mount=[config]&from=from 201
    PUT /v2/to/manifests/1 201
    ");
    shows!(new.ok(&format!("copy {from} {to}")), @"
    $ rpush copy localhost:PORT/from:1 localhost:PORT/to:1
    1: digest: [DIGEST] size: 554
    ");
    insta::assert_snapshot!(registry.sorted_journal(&names), @"
    HEAD /v2/from/manifests/1 200
    HEAD /v2/to/manifests/1 200
    ");
    let two = registry.name("from:2");
    shows!(new.ok(&format!("copy {from} {two}")), @"
    $ rpush copy localhost:PORT/from:1 localhost:PORT/from:2
    2: digest: [DIGEST] size: 554
    ! The copy goes to repository [localhost:PORT/from]
    ");
    insta::assert_snapshot!(registry.sorted_journal(&names), @"
    GET /v2/from/manifests/1 200
    PUT /v2/from/manifests/2 201
    ");
}

/// An image with an SBOM, a signature of the SBOM, and one of cosign's of one platform.
fn signed(sandbox: &Sandbox) -> (Value, [Value; 3]) {
    let mut layout = Layout::default();
    let root = layout.index("signed");
    let empty = layout.put("application/vnd.oci.empty.v1+json", b"{}");
    let bare = |of: &Value| json!({ "mediaType": of["mediaType"], "digest": of["digest"], "size": of["size"] });
    let sbom = layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/spdx+json", "config": empty,
        "layers": [empty], "subject": bare(&root), "annotations": { "of": "everything" },
    }));
    let signature = layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.signature", "config": empty,
        "layers": [empty], "subject": bare(&sbom),
    }));
    let cosign = layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [empty], "annotations": { "by": "cosign" },
    }));
    let platform = digest(&layout.json(&root)["manifests"][1]);
    layout.name(&root, "1");
    layout.name(&sbom, "sbom");
    layout.name(&signature, "signature");
    layout.name(&cosign, &format!("sha256-{}.sig", platform.hex()));
    layout.write(&sandbox.path("signed"));
    (root, [sbom, signature, cosign])
}

/// A registry, with a list of referrers or behind a proxy that takes it away.
struct Depot {
    registry: Registry,
    proxy: Option<Saboteur>,
}

impl Depot {
    fn with_list() -> Self {
        Self { registry: Registry::start(Config::default()), proxy: None }
    }

    fn without_list() -> Self {
        let registry = Registry::open();
        let proxy = Saboteur::before(&registry.host(), |asked| match asked.target.contains("/referrers/") {
            true => Deed::Answer(Said::new(404, "page not found")),
            false => Deed::Edit(Box::new(|said| said.with("oci-subject", ""))),
        });
        Self { registry, proxy: Some(proxy) }
    }

    fn name(&self, name: &str) -> String {
        self.proxy.as_ref().map_or_else(|| self.registry.name(name), |proxy| proxy.name(name))
    }

    /// What stands under the tag that is made of a digest.
    fn fallback(&self, subject: &Value) -> Option<Value> {
        let root = self.registry.tag("app", &format!("sha256-{}", digest(subject).hex()))?;
        Some(serde_json::from_slice(&self.registry.blob(&root)?).expect("JSON"))
    }
}

/// C-65, C-72: referrers go along, however the registries at both ends keep them; those of platforms and those of referrers too.
#[test]
fn c_65_c_72_referrers_go_along_with_and_without_a_list() {
    let sandbox = Sandbox::new();
    let (root, [sbom, signature, cosign]) = signed(&sandbox);
    let copy = |case: &str, from: &str, to: &str| {
        let ran = sandbox.ok(&format!("copy --include-referrers --progress none {from} {to}"));
        assert!(ran.err.contains("3 referrers go with it"), "{case}: {ran}");
        assert_eq!(ran.digest(), digest(&root), "{case}");
    };
    for (case, first, second) in [
        ("both", Depot::with_list(), Depot::with_list()),
        ("neither", Depot::without_list(), Depot::without_list()),
        ("one", Depot::with_list(), Depot::without_list()),
        ("other", Depot::without_list(), Depot::with_list()),
    ] {
        let (one, two) = (first.name("app:1"), second.name("app:1"));
        copy(case, "oci:signed:1", &one);
        copy(case, &one, &two);
        assert_eq!(second.fallback(&root).is_some(), second.proxy.is_some(), "{case}");
        let tag = format!("sha256-{}.sig", digest(&second_platform(&second.registry, &root)).hex());
        assert_eq!(second.registry.tag("app", &tag), Some(digest(&cosign)), "{case}");
        let archive = format!("{case}.tar");
        copy(case, &two, &format!("oci-archive:{archive}"));
        let (index, blobs) = of_files(&files(&fs::read(sandbox.path(&archive)).expect("written")));
        assert_eq!(index["manifests"].as_array().map(Vec::len), Some(4), "{case}: {index}");
        for referrer in [&sbom, &signature, &cosign] {
            in_blobs(digest(referrer), &blobs);
            in_registry(digest(referrer), &second.registry);
        }
        // And out of the archive again, and out of a layout.
        copy(case, &format!("oci-archive:{archive}"), &format!("oci:{case}:1"));
        copy(case, &format!("oci:{case}:1"), &Depot::without_list().name("app:1"));
    }
    let without = Registry::open();
    sandbox.ok(&format!("copy -q oci:signed:1 {}", without.name("app:1")));
    assert_eq!(without.blob(&digest(&sbom)), None, "who did not ask for them does not get them");
}

fn second_platform(registry: &Registry, root: &Value) -> Value {
    let index: Value = serde_json::from_slice(&registry.blob(&digest(root)).expect("it is there")).expect("JSON");
    index["manifests"][1].clone()
}

/// C-65: the entry says what the referrer is, with all its annotations; what was in the list stays there, and what is put twice is
/// in it once. Something else under the tag is left alone.
#[test]
fn c_65_the_list_under_a_tag_is_added_to() {
    let sandbox = Sandbox::new();
    let (root, [sbom, ..]) = signed(&sandbox);
    let depot = Depot::without_list();
    let tag = format!("sha256-{}", digest(&root).hex());
    let mut layout = Layout::default();
    let known = layout.artifact();
    let empty = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [known],
                        "annotations": { "kept": "yes" } });
    let list = layout.put_json(&empty);
    layout.name(&list, "list");
    let thing = layout.image(&Image::with("something else"));
    layout.name(&thing, "thing");
    layout.write(&sandbox.path("lists"));
    sandbox.ok(&format!("copy -q oci:lists:list {}", depot.name(&format!("app:{tag}"))));
    for _ in 0..2 {
        sandbox.ok(&format!("copy -q --include-referrers oci:signed:1 {}", depot.name("app:1")));
        let found = depot.fallback(&root).expect("a list");
        let entries = found["manifests"].as_array().expect("entries");
        assert_eq!((entries.len(), &entries[0]["digest"]), (2, &known["digest"]), "{found}");
        let size = sbom["size"].clone();
        assert_eq!(
            entries[1],
            json!({
                "mediaType": MANIFEST, "digest": sbom["digest"], "size": size, "annotations": { "of": "everything" },
                "artifactType": "application/spdx+json",
            })
        );
        assert_eq!(found["annotations"]["kept"], "yes");
    }
    sandbox.ok(&format!("copy -q oci:lists:thing {}", depot.name(&format!("app:{tag}"))));
    let ran = sandbox.rpush(&format!("copy -q --include-referrers oci:signed:1 {}", depot.name("app:1")));
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.err.contains("cannot be added to: what is there is no index"), "{ran}");
    assert_eq!(depot.registry.tag("app", &tag), Some(digest(&thing)));
}

/// C-68: an index of which one platform was pulled is completed from where it came from.
#[test]
fn c_68_an_index_is_completed_from_where_it_came_from() {
    let (sandbox, registry, other) = (Sandbox::new(), Registry::open(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.index("sparse");
    layout.name(&root, "1");
    layout.write(&sandbox.path("there"));
    let from = registry.name("team/app:1");
    sandbox.ok(&format!("copy -q oci:there:1 {from}"));
    let new = Sandbox::new();
    let late = Sandbox::new();
    for sandbox in [&new, &late] {
        sandbox.ok(&format!("pull -q --platform linux/s390x {from}"));
    }
    // To the same registry, another repository: nothing is moved.
    let mounted = registry.name("mounted:1");
    new.ok(&format!("tag {from} {mounted}"));
    registry.journal(&[]);
    let pushed = new.ok(&format!("push --progress none {mounted}"));
    shows!(pushed, @"
    $ rpush push --progress none localhost:PORT/mounted:1
    1: digest: [DIGEST] size: 1070
    ! The push refers to repository [localhost:PORT/mounted]
    ! 2 of 3 platforms are not here: they are taken from localhost:PORT/team/app
    ");
    assert_eq!(pushed.digest(), digest(&root));
    let journal = registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.starts_with("PUT") && line.contains("/blobs/")), "{journal:#?}");
    // To another registry, and into an archive: the rest comes from the first.
    let far = other.name("app:1");
    new.ok(&format!("tag {from} {far}"));
    assert_eq!(new.ok(&format!("push -q {far}")).digest(), digest(&root));
    in_registry(digest(&root), &other);
    assert_eq!(new.ok(&format!("copy -q store:{far} oci-archive:whole.tar")).digest(), digest(&root));
    let (_, blobs) = of_files(&files(&fs::read(new.path("whole.tar")).expect("written")));
    assert_eq!(in_blobs(digest(&root), &blobs).len(), 4, "three platforms and an attestation");
    // Where that is gone, a person says what is to be done.
    drop(registry);
    let again = other.name("again:1");
    late.ok(&format!("tag {from} {again}"));
    let refused = late.rpush(&format!("push --retry 0 --progress none {again}"));
    shows!(refused, @"
    $ rpush push --retry 0 --progress none localhost:PORT/again:1
    ! The push refers to repository [localhost:PORT/again]
    ! error: localhost:PORT/again:1 has 3 platforms, and 1 of them are in the store
    ! because: cannot read localhost:PORT/team/app@[DIGEST]: connection refused
    !
    ! hint: fetch the others first: `rpush pull --all-platforms localhost:PORT/team/app@[DIGEST]`; or only what is here: `--platform linux/s390x`; or the list without the others: `--allow-missing`
    exit code 1
    ");
    let copied = late.rpush(&format!("copy -q --retry 0 store:{again} oci:half:1"));
    assert_eq!((copied.code, late.path("half").exists()), (1, false), "{copied}");
    let allowed = late.ok(&format!("copy -q --allow-missing store:{again} oci:half:1"));
    assert_eq!(allowed.digest(), digest(&root));
    let one = digest(&layout.json(&root)["manifests"][2]);
    assert_eq!(late.ok(&format!("copy -q --platform linux/s390x oci:half:1 {again}")).digest(), one);
    let in_words = late.rpush(&format!("push --allow-missing --progress none {}", other.name("new:1")));
    assert_eq!(in_words.code, 3, "{in_words}");
    let third = Registry::open();
    let strict = third.name("strict:1");
    late.ok(&format!("tag {from} {strict}"));
    shows!(late.rpush(&format!("push --allow-missing --progress none {strict}")), @r#"
    $ rpush push --allow-missing --progress none localhost:PORT/strict:1
    ! The push refers to repository [localhost:PORT/strict]
    ! error: cannot push manifest 1 to localhost:PORT/strict
    ! because: MANIFEST_BLOB_UNKNOWN: the repository lacks what the manifest points at: {"digest":"[DIGEST]"}; MANIFEST_BLOB_UNKNOWN: the repository lacks what the manifest points at: {"digest":"[DIGEST]"}; MANIFEST_BLOB_UNKNOWN: the repository lacks what the manifest points at: {"digest":"[DIGEST]"} (HTTP 400 Bad Request)
    !
    ! hint: localhost:PORT takes no index without all the images that it names: push one that is here with `--platform OS/ARCH`, or fetch the others first: `rpush pull --all-platforms NAME`; `rpush serve --allow-sparse` takes it as it is
    exit code 1
    "#);
}

/// What breaks off while it goes through is gone on with, at the byte where it broke off.
#[test]
fn a_source_that_breaks_off_is_gone_on_with() {
    let (sandbox, registry, other) = (Sandbox::new(), Registry::open(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(6 << 20));
    layout.name(&root, "1");
    layout.write(&sandbox.path("there"));
    sandbox.ok(&format!("copy -q oci:there:1 {}", registry.name("app:1")));
    let (mut cuts, layer) = (2, digest(&layout.json(&root)["layers"][0]).to_string());
    let bad = Saboteur::before(&registry.host(), move |asked| {
        let is_cut = asked.target.ends_with(&layer) && cuts > 0;
        cuts -= i32::from(is_cut);
        if is_cut { Deed::CutAnswer(1 << 20, Ending::Reset) } else { Deed::Pass }
    });
    let copied = sandbox.ok(&format!("copy -q {} {}", bad.name("app:1"), other.name("app:1")));
    assert_eq!(copied.digest(), digest(&root));
    in_registry(digest(&root), &other);
    let ranges = bad.journal().iter().filter(|asked| asked.header("range").is_some()).count();
    assert_eq!(ranges, 2, "it was not read again from the beginning");
}

/// The accounts of both ends are different ones, and neither is told to the other.
#[test]
fn each_end_has_its_own_account() {
    let (sandbox, registry, other) = (Sandbox::new(), Registry::with_password("one"), Registry::with_password("two"));
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("guarded"));
    layout.name(&root, "1");
    layout.write(&sandbox.path("there"));
    let (from, to) = (registry.name("app:1"), other.name("app:1"));
    sandbox.ok(&format!("copy -q --creds alice:one oci:there:1 {from}"));
    let copied = sandbox.ok(&format!("copy -q --src-creds alice:one --creds alice:two {from} {to}"));
    assert_eq!(copied.digest(), digest(&root));
    assert_eq!(sandbox.rpush(&format!("copy -q --creds alice:two {from} {to}")).code, 4, "that is for the other");
}

/// A hostile list of referrers ends.
#[test]
fn c_72_a_list_of_referrers_in_a_circle_is_an_error() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    signed(&sandbox);
    let name = registry.name("app:1");
    sandbox.ok(&format!("copy -q oci:signed:1 {name}"));
    registry.on(|request| {
        let path = request.uri.path().to_owned();
        let next = format!("<{path}?last=1>; rel=\"next\"");
        let page = r#"{"schemaVersion":2,"manifests":[]}"#;
        path.contains("/referrers/").then(|| answer(200, &[("link", next.as_str())], page))
    });
    let ran = sandbox.rpush(&format!("copy --include-referrers {name} oci:layout:1"));
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.err.contains("goes in a circle"), "{ran}");
}
