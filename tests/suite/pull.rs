//! `pull`: what it fetches, what it leaves alone, and what it does not believe.

use rpush::image::{Digest, Platform};
use serde_json::Value;

use crate::support::{Image, Layout, PLATFORMS, Registry, Sandbox, answer, shows};

fn digest(value: &Value) -> Digest {
    value["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

/// A registry with something in it, and a sandbox with nothing.
struct Stage {
    sandbox: Sandbox,
    registry: Registry,
    layout: Layout,
    root: Value,
}

impl Stage {
    fn with(make: impl FnOnce(&mut Layout) -> Value) -> Self {
        let (registry, mut layout) = (Registry::open(), Layout::default());
        let root = make(&mut layout);
        layout.name(&root, "1");
        let other = Sandbox::new();
        layout.write(&other.path("layout"));
        other.ok(&format!("push -q --from oci:layout {0}:1 {0}:2", registry.name("app")));
        registry.journal(&[]);
        Self { sandbox: Sandbox::new(), registry, layout, root }
    }

    fn image() -> Self {
        Self::with(|layout| layout.image(&Image::with("hello")))
    }

    fn index() -> Self {
        Self::with(|layout| layout.index("hello"))
    }

    fn pull(&self, options: &str, name: &str) -> crate::support::Ran {
        self.sandbox.rpush(&format!("pull --progress none {options} {}", self.registry.name(name)))
    }

    fn names(&self) -> Vec<(Digest, &'static str)> {
        let manifest = self.layout.json(&self.root);
        let layers = &manifest["layers"];
        vec![
            (digest(&self.root), "manifest"),
            (digest(&manifest["config"]), "config"),
            (digest(&layers[0]), "base"),
            (digest(&layers[1]), "app"),
        ]
    }
}

#[test]
fn by_tag_and_by_digest() {
    let stage = Stage::image();
    shows!(stage.pull("", "app:1"), @"
    $ rpush pull --progress none localhost:PORT/app:1
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app:1
    localhost:PORT/app:1
    ! 1: Pulling from app
    ");
    shows!(stage.registry.sorted_journal(&stage.names()), @"
    GET /v2/app/blobs/[app] 200
    GET /v2/app/blobs/[base] 200
    GET /v2/app/blobs/[config] 200
    GET /v2/app/manifests/1 200
    ");
    let by_digest = format!("app@{}", digest(&stage.root));
    shows!(stage.pull("", &by_digest), @"
    $ rpush pull --progress none localhost:PORT/app@[DIGEST]
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app@[DIGEST]
    localhost:PORT/app@[DIGEST]
    ! localhost:PORT/app@[DIGEST]: Pulling from app
    ");
    shows!(stage.registry.sorted_journal(&stage.names()), @"GET /v2/app/manifests/[manifest] 200");
    assert_eq!(stage.sandbox.stored(&stage.registry.name(&by_digest)).digest, digest(&stage.root));
    shows!(stage.pull("-q", "app:1"), @"
    $ rpush pull --progress none -q localhost:PORT/app:1
    localhost:PORT/app:1
    ");
    shows!(stage.pull("--format json", "app:2"), @r#"
    $ rpush pull --progress none --format json localhost:PORT/app:2
    {"reference":"localhost:PORT/app:2","digest":"[DIGEST]","size":553,"mediaType":"application/vnd.oci.image.manifest.v1+json","status":"downloaded","bytesReceived":0,"retries":0,"seconds":[SECONDS]}
    ! 2: Pulling from app
    "#);
    assert_eq!(stage.sandbox.verify_blobs(), 4);
}

#[test]
fn an_unchanged_pull_is_one_request() {
    let stage = Stage::image();
    stage.pull("", "app:1");
    stage.registry.journal(&[]);
    shows!(stage.pull("", "app:1"), @"
    $ rpush pull --progress none localhost:PORT/app:1
    Digest: [DIGEST]
    Status: Image is up to date for localhost:PORT/app:1
    localhost:PORT/app:1
    ! 1: Pulling from app
    ");
    shows!(stage.registry.sorted_journal(&[]), @"GET /v2/app/manifests/1 200");
}

/// Nor is an index asked for piece by piece; of its manifests only the one that is wanted is read, and only once.
#[test]
fn an_index_costs_what_is_new() {
    let stage = Stage::index();
    let requests = |options: &str| {
        let ran = stage.pull(options, "app:1");
        assert_eq!(ran.code, 0, "{ran}");
        let journal = stage.registry.journal(&[]);
        let manifests = journal.iter().filter(|line| line.contains("/manifests/")).count();
        (manifests, journal.len() - manifests)
    };
    assert_eq!(requests("--platform linux/s390x"), (2, 3), "the index, the image, its config and layers");
    assert_eq!(requests("--platform linux/s390x"), (1, 0));
    // The other two and the attestation; a config and a layer each, and the attestation's config and statement.
    assert_eq!(requests("--all-platforms"), (1 + 3, 2 * 2 + 2));
    assert_eq!(requests("--all-platforms"), (1, 0));
}

/// What is in the store already, whatever brought it there, is not fetched.
#[test]
fn only_what_is_missing_is_fetched() {
    let stage = Stage::image();
    let mut other = Layout::default();
    let root = other.image(&Image::with("something else"));
    other.name(&root, "docker.io/library/other:1");
    stage.sandbox.file("other.tar", other.archive().bytes());
    stage.sandbox.ok("load -i other.tar");
    stage.pull("", "app:1");
    shows!(stage.registry.sorted_journal(&stage.names()), @"
    GET /v2/app/blobs/[app] 200
    GET /v2/app/blobs/[config] 200
    GET /v2/app/manifests/1 200
    ");
}

#[test]
fn all_tags() {
    let stage = Stage::image();
    shows!(stage.pull("-a", "app"), @"
    $ rpush pull --progress none -a localhost:PORT/app
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app:1
    localhost:PORT/app:1
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app:2
    localhost:PORT/app:2
    ! 1: Pulling from app
    ! 2: Pulling from app
    ");
    assert_eq!(stage.sandbox.names().len(), 2);
    let journal = stage.registry.journal(&stage.names());
    let blobs = journal.iter().filter(|line| line.contains("/blobs/")).count();
    assert_eq!(blobs, 3, "no blob twice: {journal:#?}");
}

/// P-01, and the index itself is kept byte for byte.
#[test]
fn this_machines_image_out_of_an_index() {
    let stage = Stage::index();
    let pulled = stage.pull("", "app:1");
    assert_eq!((pulled.code, pulled.digest()), (0, digest(&stage.root)), "{pulled}");
    let stored = stage.sandbox.store().blobs().read_small(&digest(&stage.root)).expect("the index is in the store");
    assert_eq!(Some(stored), stage.registry.blob(&digest(&stage.root)));
    let present = present_platforms(&stage);
    assert_eq!(present, [Platform::of_this_machine().normalized().to_string()]);
}

fn present_platforms(stage: &Stage) -> Vec<String> {
    let inspected = stage.sandbox.ok(&format!("inspect {}", stage.registry.name("app:1"))).json();
    let platforms = inspected[0]["Platforms"].as_array().expect("a list").clone();
    let present = platforms.iter().filter(|platform| platform["Present"] == true);
    present.map(|platform| platform["Platform"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn the_platforms_that_are_asked_for() {
    let stage = Stage::index();
    stage.pull("--platform linux/s390x", "app:1");
    assert_eq!(present_platforms(&stage), ["linux/s390x"]);
    shows!(stage.pull("--platform linux/riscv64", "app:1"), @"
    $ rpush pull --progress none --platform linux/riscv64 localhost:PORT/app:1
    ! 1: Pulling from app
    ! error: localhost:PORT/app: no image for linux/riscv64, only for linux/amd64, linux/arm64, linux/s390x
    !
    ! hint: choose a platform that is there: `--platform linux/amd64`
    exit code 3
    ");
    let all = stage.pull("--all-platforms", "app:1");
    assert_eq!((all.code, all.digest()), (0, digest(&stage.root)), "{all}");
    assert_eq!(present_platforms(&stage), PLATFORMS);
    // Three platforms have three configs, three layers of their own and one that they share; the attestation has two blobs.
    assert_eq!(stage.sandbox.verify_blobs(), 1 + 4 + 3 + 3 + 1 + 2);
}

/// P-09: an image for another platform comes, with a word about it.
#[test]
fn an_image_for_another_platform_comes_with_a_warning() {
    let stage = Stage::image();
    let ran = stage.pull("--platform linux/s390x", "app:1");
    shows!(ran.to_string().replace("arm64", "amd64"), @"
    $ rpush pull --progress none --platform linux/s390x localhost:PORT/app:1
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app:1
    localhost:PORT/app:1
    ! 1: Pulling from app
    ! warning: localhost:PORT/app:1: the image is for linux/amd64, not for linux/s390x
    ");
}

/// Whatever the registry sends, nothing gets into the store that is not what its digest says.
#[test]
fn damaged_content_is_refused_and_not_kept() {
    for (damaged, bytes) in [("config", &b"{}"[..]), ("base", b"another layer"), ("app", b"")] {
        let stage = Stage::image();
        let (name, _) = stage.names().into_iter().find(|(_, name)| *name == damaged).expect("a name");
        let length = stage.registry.blob(&name).expect("a blob").len();
        // Of the same length: nobody can say that the size gave it away.
        let mut other = bytes.to_vec();
        other.resize(length, b'x');
        stage.registry.damage(&name, &other);
        let ran = stage.pull("", "app:1");
        assert_eq!(ran.code, 6, "{ran}");
        assert!(stage.sandbox.names().is_empty(), "no name for half an image");
        assert!(stage.sandbox.store().blobs().size(&name).is_none(), "the damaged blob was kept");
        stage.sandbox.verify_blobs();
    }
}

/// Something on the way may have spoilt it: it is asked for once more, over another connection, and no cache is to answer.
#[test]
fn what_came_damaged_once_is_fetched_once_more() {
    for spoilt in ["manifest", "config", "base"] {
        let stage = Stage::image();
        let (digest, _) = stage.names().into_iter().find(|(_, name)| *name == spoilt).expect("a name");
        let mut bytes = stage.registry.blob(&digest).expect("a blob");
        bytes[0] ^= 1;
        stage.registry.on(move |request| {
            let is_asked = request.method == "GET" && request.uri.path().ends_with(&digest.to_string());
            let is_cached = is_asked && request.headers.get("cache-control").is_none_or(|value| value != "no-cache");
            is_cached.then(|| answer(200, &[], bytes.clone()))
        });
        let name = stage.registry.name(&format!("app@{}", stage.names()[0].0));
        stage.sandbox.ok(&format!("pull --progress none {name}"));
        assert_eq!(stage.sandbox.verify_blobs(), 4);
        let journal = stage.registry.journal(&stage.names());
        let asked = journal.iter().filter(|line| line.starts_with("GET") && line.contains(spoilt)).count();
        assert_eq!(asked, 2, "{journal:?}");
    }
}

/// Content of another length than the manifest says, which the registry gives with a length of its own: no retry helps.
#[test]
fn content_of_another_length_is_refused() {
    let stage = Stage::image();
    let (layer, _) = stage.names()[2];
    let whole = stage.registry.blob(&layer).expect("a blob");
    stage.registry.damage(&layer, &[&whole[..], b"and more"].concat());
    let ran = stage.pull("", "app:1");
    assert_eq!(ran.code, 6, "{ran}");
    stage.registry.damage(&layer, b"short");
    shows!(stage.pull("", "app:1"), @"
    $ rpush pull --progress none localhost:PORT/app:1
    ! 1: Pulling from app
    ! error: cannot read [ID] from localhost:PORT/app: its content ends after 5 of 92 bytes
    !
    ! hint: what is damaged in the store is set aside by `rpush fsck --repair`: then `rpush pull NAME` or `rpush load -i FILE` brings it again; on a registry, its owner has to remove it there first
    exit code 6
    ");
}

/// CVE-2025-24882: the manifest of a digest hashes to it, whatever the headers say.
#[test]
fn cve_2025_24882_a_manifest_that_is_another_is_refused() {
    let stage = Stage::image();
    let root = digest(&stage.root);
    let mut manifest = stage.layout.json(&stage.root);
    manifest["annotations"] = serde_json::json!({ "from": "somebody else" });
    let body = manifest.to_string();
    stage.registry.on(move |request| {
        request.uri.path().contains("/manifests/").then(|| {
            let claimed = root.to_string();
            let headers = [("docker-content-digest", claimed.as_str())];
            answer(200, &headers, body.clone())
        })
    });
    for name in ["app:1".to_owned(), format!("app@{root}")] {
        let ran = stage.pull("", &name);
        assert_eq!(ran.code, 6, "{ran}");
        assert_eq!(stage.sandbox.verify_blobs(), 0);
    }
    shows!(stage.pull("", "app:1"), @"
    $ rpush pull --progress none localhost:PORT/app:1
    ! 1: Pulling from app
    ! error: [DIGEST] in localhost:PORT/app is damaged: its bytes hash to [DIGEST]
    !
    ! hint: what is damaged in the store is set aside by `rpush fsck --repair`: then `rpush pull NAME` or `rpush load -i FILE` brings it again; on a registry, its owner has to remove it there first
    exit code 6
    ");
}

#[test]
fn what_is_not_there() {
    let stage = Stage::image();
    shows!(stage.pull("", "app:9"), @"
    $ rpush pull --progress none localhost:PORT/app:9
    ! 9: Pulling from app
    ! error: manifest for localhost:PORT/app:9 not found: manifest unknown
    !
    ! hint: did you mean `rpush pull --progress none localhost:PORT/app:2`? There is also `localhost:PORT/app:1`
    exit code 3
    ");
    shows!(stage.pull("", "nope"), @"
    $ rpush pull --progress none localhost:PORT/nope
    ! Using default tag: latest
    ! latest: Pulling from nope
    ! error: manifest for localhost:PORT/nope:latest not found: manifest unknown
    !
    ! hint: is the tag right, and does the registry let this account see it? `rpush login localhost:PORT`
    exit code 3
    ");
    shows!(stage.pull("-a", "nope"), @r#"
    $ rpush pull --progress none -a localhost:PORT/nope
    ! error: cannot list the tags of localhost:PORT/nope
    ! because: NAME_UNKNOWN: no such repository: {"name":"nope"} (HTTP 404 Not Found)
    !
    ! hint: is the name right? `rpush ls localhost:PORT` has those that are there; some registries want a repository to be made on them before the first push
    exit code 3
    "#);
    assert!(stage.sandbox.names().is_empty());
    // The others come all the same.
    let (missing, there) = (stage.registry.name("app:9"), stage.registry.name("app:1"));
    let ran = stage.sandbox.rpush(&format!("pull {missing} {there}"));
    assert_eq!((ran.code, stage.sandbox.names().len()), (3, 1), "{ran}");
}
