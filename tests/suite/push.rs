//! `push`: exactly which requests it makes, in which order, and what it says about them.

use std::fs;
use std::sync::Arc;

use rpush::image::Digest;
use rpush::server::Verdict;
use serde_json::Value;
use tokio::sync::Barrier;

use crate::support::{Image, Layout, PLATFORMS, Registry, Sandbox, answer, layer, shows};

/// A store with an image of two layers in it.
struct Stage {
    sandbox: Sandbox,
    registry: Registry,
    /// What the journal calls each digest.
    names: Vec<(Digest, &'static str)>,
}

fn digest(value: &Value) -> Digest {
    value["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

impl Stage {
    fn new() -> Self {
        let (sandbox, registry) = (Sandbox::new(), Registry::open());
        let mut layout = Layout::default();
        let root = layout.image(&Image::with("hello"));
        let manifest = layout.json(&root);
        layout.name(&root, &registry.name("app:1"));
        sandbox.file("app.tar", layout.archive().bytes());
        sandbox.ok("load -i app.tar");
        let names = vec![
            (digest(&root), "manifest"),
            (digest(&manifest["config"]), "config"),
            (digest(&manifest["layers"][0]), "base"),
            (digest(&manifest["layers"][1]), "app"),
        ];
        Self { sandbox, registry, names }
    }

    fn push(&self, options: &str, names: &[&str]) -> crate::support::Ran {
        let names: Vec<String> = names.iter().map(|name| self.registry.name(name)).collect();
        self.sandbox.rpush(&format!("push --progress none {options} {}", names.join(" ")))
    }

    fn tag(&self, name: &str) {
        self.sandbox.ok(&format!("tag {} {}", self.registry.name("app:1"), self.registry.name(name)));
    }

    fn sorted_journal(&self) -> String {
        self.registry.sorted_journal(&self.names)
    }
}

#[test]
fn a_cold_push_asks_once_and_sends_each_blob_once() {
    let stage = Stage::new();
    shows!(stage.push("", &["app:1"]), @"
    $ rpush push --progress none localhost:PORT/app:1
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
    let journal = stage.registry.journal(&stage.names);
    // The root is named last, when everything below it has arrived.
    assert_eq!(journal.last().map(String::as_str), Some("PUT /v2/app/manifests/1 201"));
    let mut sorted = journal.clone();
    sorted.sort();
    shows!(sorted.join("\n"), @"
    HEAD /v2/app/blobs/[app] 404
    HEAD /v2/app/blobs/[base] 404
    HEAD /v2/app/blobs/[config] 404
    HEAD /v2/app/manifests/1 404
    POST /v2/app/blobs/uploads/?mount=[app]&from=app 202
    POST /v2/app/blobs/uploads/?mount=[base]&from=app 202
    POST /v2/app/blobs/uploads/?mount=[config]&from=app 202
    PUT /v2/app/blobs/uploads/[session]?digest=[app] 201
    PUT /v2/app/blobs/uploads/[session]?digest=[base] 201
    PUT /v2/app/blobs/uploads/[session]?digest=[config] 201
    PUT /v2/app/manifests/1 201
    ");
    let first_upload = journal.iter().position(|line| line.starts_with("PUT")).expect("an upload");
    assert!(journal[first_upload..].iter().all(|line| !line.starts_with("HEAD")), "questions come first: {journal:?}");
}

/// The image and its three blobs are asked for in one flight, and the blobs sent in another: no answer comes before all of the
/// flight are on the way.
#[test]
fn a_cold_push_is_three_flights_of_requests() {
    let stage = Stage::new();
    let (questions, bodies) = (Arc::new(Barrier::new(1 + 3)), Arc::new(Barrier::new(3)));
    stage.registry.on(move |request| {
        let path = request.uri.path();
        let flight = match request.method.as_str() {
            "HEAD" if path.contains("/manifests/") => &questions,
            "POST" => &questions,
            "PUT" if path.contains("/blobs/") => &bodies,
            _ => return None,
        };
        let flight = flight.clone();
        Some(Verdict::Wait(Box::pin(async move {
            flight.wait().await;
            Verdict::Continue
        })))
    });
    assert_eq!(stage.push("--stall-timeout 20s", &["app:1"]).code, 0);
}

#[test]
fn an_unchanged_push_is_one_request_and_a_new_tag_two() {
    let stage = Stage::new();
    stage.push("", &["app:1"]);
    stage.sorted_journal();
    shows!(stage.push("", &["app:1"]), @"
    $ rpush push --progress none localhost:PORT/app:1
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
    shows!(stage.sorted_journal(), @"HEAD /v2/app/manifests/1 200");
    stage.tag("app:2");
    shows!(stage.push("", &["app:2"]), @"
    $ rpush push --progress none localhost:PORT/app:2
    2: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
    shows!(stage.registry.journal(&stage.names).join("\n"), @"
    HEAD /v2/app/manifests/[manifest] 200
    PUT /v2/app/manifests/2 201
    ");
}

/// A blob that a registry has got is not sent, whoever sent it before.
#[test]
fn what_is_there_is_skipped() {
    let stage = Stage::new();
    stage.push("", &["app:1"]);
    stage.sorted_journal();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello, again"));
    layout.name(&root, "2");
    layout.write(&stage.sandbox.path("layout"));
    let ran = stage.push("--format json --from oci:layout", &["app:2"]);
    let report = ran.json();
    let outcomes: Vec<(Digest, &str)> = report["pieces"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|piece| (digest(piece), piece["outcome"].as_str().expect("text")))
        .collect();
    let manifest = layout.json(&root);
    assert!(outcomes.contains(&(digest(&manifest["layers"][0]), "exists")), "{outcomes:?}");
    assert!(outcomes.contains(&(digest(&manifest["layers"][1]), "uploaded")), "{outcomes:?}");
    assert_eq!(report["totals"]["existing"], 1);
    assert_eq!(report["totals"]["requests"], stage.registry.journal(&[]).len(), "the report counts what was asked");
}

#[test]
fn several_names_share_what_they_share() {
    let stage = Stage::new();
    for name in ["app:2", "app:3", "team/other:1"] {
        stage.tag(name);
    }
    shows!(stage.push("", &["app:1", "app:2", "team/other:1"]), @"
    $ rpush push --progress none localhost:PORT/app:1 localhost:PORT/app:2 localhost:PORT/team/other:1
    1: digest: [DIGEST] size: 553
    2: digest: [DIGEST] size: 553
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ! The push refers to repository [localhost:PORT/team/other]
    ");
    let journal = stage.registry.journal(&stage.names);
    let count = |text: &str| journal.iter().filter(|line| line.starts_with(text)).count();
    assert_eq!(count("PUT /v2/app/blobs/uploads/"), 3, "no blob is sent twice: {journal:#?}");
    assert_eq!(count("PUT /v2/team/other/blobs/uploads/"), 0, "what is next door is mounted: {journal:#?}");
    shows!(journal.iter().filter(|line| line.contains("mount")).count(), @"6");

    shows!(stage.push("-a", &["app"]), @"
    $ rpush push --progress none -a localhost:PORT/app
    1: digest: [DIGEST] size: 553
    2: digest: [DIGEST] size: 553
    3: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
    shows!(stage.sorted_journal(), @"
    HEAD /v2/app/manifests/1 200
    HEAD /v2/app/manifests/2 200
    PUT /v2/app/manifests/3 201
    ");
}

#[test]
fn a_mount_that_is_refused_becomes_an_upload_in_its_session() {
    let stage = Stage::new();
    stage.push("", &["app:1"]);
    stage.sorted_journal();
    stage.tag("other:1");
    // As a registry that knows nothing of mounts: it opens a session.
    stage.registry.on(|request| {
        let target = request.uri.to_string();
        target.contains("mount=").then(|| {
            rpush::server::Verdict::alter_request(|mut request| {
                let path = request.uri().path().to_owned();
                *request.uri_mut() = path.parse().expect("a path");
                request
            })
        })
    });
    let ran = stage.push("--format json", &["other:1"]);
    assert_eq!(ran.json()["totals"]["mounted"], 0, "{ran}");
    shows!(stage.sorted_journal(), @"
    HEAD /v2/other/blobs/[app] 404
    HEAD /v2/other/blobs/[base] 404
    HEAD /v2/other/blobs/[config] 404
    HEAD /v2/other/manifests/1 404
    POST /v2/other/blobs/uploads/?mount=[app]&from=app 202
    POST /v2/other/blobs/uploads/?mount=[base]&from=app 202
    POST /v2/other/blobs/uploads/?mount=[config]&from=app 202
    PUT /v2/other/blobs/uploads/[session]?digest=[app] 201
    PUT /v2/other/blobs/uploads/[session]?digest=[base] 201
    PUT /v2/other/blobs/uploads/[session]?digest=[config] 201
    PUT /v2/other/manifests/1 201
    ");
}

#[test]
fn for_programs() {
    let stage = Stage::new();
    shows!(stage.push("-q", &["app:1"]), @"
    $ rpush push --progress none -q localhost:PORT/app:1
    localhost:PORT/app:1@[DIGEST]
    ");
    stage.tag("app:2");
    shows!(stage.push("-q -a", &["app"]), @"
    $ rpush push --progress none -q -a localhost:PORT/app
    localhost:PORT/app:1@[DIGEST]
    localhost:PORT/app:2@[DIGEST]
    ");
    let ran = stage.push("--format json --digest-file digests.txt", &["other:1", "app:1"]);
    assert_eq!(ran.code, 3, "{ran}");
    stage.tag("other:1");
    let ran = stage.push("--format json --digest-file digests.txt", &["other:1", "app:1"]);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert_eq!(lines.len(), 2);
    let mut report = lines[0].clone();
    // Pieces are told in the order in which they end.
    report["pieces"].as_array_mut().expect("a list").sort_by_key(|piece| piece["size"].as_u64());
    shows!(serde_json::to_string_pretty(&report).expect("JSON"), @r#"
    {
      "reference": "localhost:PORT/other:1",
      "digest": "[DIGEST]",
      "size": 553,
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "pieces": [
        {
          "digest": "[DIGEST]",
          "size": 92,
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "outcome": "mounted",
          "bytesSent": 0,
          "retries": 0,
          "seconds": [SECONDS],
          "from": "app"
        },
        {
          "digest": "[DIGEST]",
          "size": 99,
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "outcome": "mounted",
          "bytesSent": 0,
          "retries": 0,
          "seconds": [SECONDS],
          "from": "app"
        },
        {
          "digest": "[DIGEST]",
          "size": 322,
          "mediaType": "application/vnd.oci.image.config.v1+json",
          "outcome": "mounted",
          "bytesSent": 0,
          "retries": 0,
          "seconds": [SECONDS],
          "from": "app"
        },
        {
          "digest": "[DIGEST]",
          "size": 553,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "outcome": "uploaded",
          "bytesSent": 553,
          "retries": 0,
          "seconds": [SECONDS]
        }
      ],
      "totals": {
        "moved": 1,
        "existing": 0,
        "mounted": 3,
        "bytesSent": 553,
        "bytesExisting": 0,
        "bytesMounted": 513,
        "retries": 0,
        "requests": 5,
        "seconds": [SECONDS]
      }
    }
    "#);
    let digests = std::fs::read_to_string(stage.sandbox.path("digests.txt")).expect("written");
    let root = stage.names[0].0;
    assert_eq!(digests, format!("{root}\n{root}\n"));
}

#[test]
fn children_go_before_their_parents() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.index("hello");
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    sandbox.ok(&format!("push --from oci:layout {}", registry.name("app:1")));
    let names: Vec<(Digest, &str)> = layout.json(&root)["manifests"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(["amd64", "arm64", "s390x", "attestation"])
        .map(|(entry, name)| (digest(entry), name))
        .collect();
    let journal = registry.journal(&names);
    let last_blob = journal.iter().rposition(|line| line.contains("/blobs/")).expect("blobs");
    let mut children: Vec<&String> = journal[last_blob + 1..journal.len() - 1].iter().collect();
    children.sort();
    assert_eq!(children.len(), PLATFORMS.len() + 1);
    shows!(children.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n"), @"
    PUT /v2/app/manifests/[amd64] 201
    PUT /v2/app/manifests/[arm64] 201
    PUT /v2/app/manifests/[attestation] 201
    PUT /v2/app/manifests/[s390x] 201
    ");
    assert_eq!(journal.last().map(String::as_str), Some("PUT /v2/app/manifests/1 201"));
}

#[test]
fn one_platform_of_an_index() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.index("hello");
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    let name = registry.name("app:1");
    let s390x = digest(&layout.json(&root)["manifests"][2]);
    let pushed = sandbox.ok(&format!("push -q --from oci:layout --platform linux/s390x {name}"));
    assert_eq!(pushed.digest(), s390x);
    shows!(sandbox.rpush(&format!("push --from oci:layout --platform linux/riscv64 {name}")), @"
    $ rpush push --from oci:layout --platform linux/riscv64 localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:1: no image for linux/riscv64, only for linux/amd64, linux/arm64, linux/s390x
    !
    ! hint: choose a platform that is there: `--platform linux/amd64`
    exit code 3
    ");
}

/// Half an index is not pushed as if it were the whole.
#[test]
fn an_incomplete_index_is_refused_with_what_to_type() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.index("hello");
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    let (there, here) = (registry.name("app:1"), registry.name("other:1"));
    sandbox.ok(&format!("push --from oci:layout {there}"));
    sandbox.ok(&format!("pull --platform linux/s390x {there}"));
    assert_eq!(sandbox.stored(&there).digest, digest(&root), "the index is kept as it is");
    sandbox.ok(&format!("tag {there} {here}"));
    registry.journal(&[]);
    // Nobody knows any more where it came from.
    fs::remove_file(sandbox.path("store/rpush/origins")).expect("it was written down");
    shows!(sandbox.rpush(&format!("push --progress none {here}")), @"
    $ rpush push --progress none localhost:PORT/other:1
    ! The push refers to repository [localhost:PORT/other]
    ! error: localhost:PORT/other:1 has 3 platforms, and 1 of them are in the store
    !
    ! hint: fetch the others first: `rpush pull --all-platforms localhost:PORT/other:1`; or only what is here: `--platform linux/s390x`; or the list without the others: `--allow-missing`
    exit code 1
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was asked of the registry");
    let pushed = sandbox.ok(&format!("push -q --platform linux/s390x {here}"));
    assert_eq!(pushed.digest(), digest(&layout.json(&root)["manifests"][2]));
}

/// A registry that stops working half-way is told as it is, and the tag stays what it was.
#[test]
fn a_refusal_leaves_the_tag_alone() {
    let stage = Stage::new();
    stage.registry.on(|request| {
        let is_blob = request.method == "PUT" && request.uri.path().contains("/blobs/");
        is_blob.then(|| {
            let body = r#"{"errors":[{"code":"DENIED","message":"quota exceeded","detail":"1 GB of 1 GB"}]}"#;
            crate::support::answer(403, &[], body)
        })
    });
    shows!(stage.push("", &["app:1"]), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push [ID] to localhost:PORT/app
    ! because: DENIED: quota exceeded: 1 GB of 1 GB (HTTP 403 Forbidden)
    !
    ! hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    let journal = stage.registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.starts_with("PUT /v2/app/manifests/")), "{journal:?}");
}

/// What is damaged on this side is not sent on under its digest, and nothing is tagged.
#[test]
fn damaged_content_in_the_store_is_not_pushed() {
    let stage = Stage::new();
    let (layer, _) = stage.names[3];
    let path = stage.sandbox.store().blobs().path(&layer);
    let mut bytes = std::fs::read(&path).expect("the layer is in the store");
    *bytes.last_mut().expect("it has bytes") ^= 1;
    std::fs::write(&path, bytes).expect("the layer can be damaged");
    shows!(stage.push("", &["app:1"]), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: [DIGEST] in the store is damaged: its bytes hash to [DIGEST]
    !
    ! hint: what is damaged in the store is set aside by `rpush fsck --repair`: then `rpush pull NAME` or `rpush load -i FILE` brings it again; on a registry, its owner has to remove it there first
    exit code 6
    ");
    assert!(stage.registry.blob(&layer).is_none());
    let journal = stage.registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.starts_with("PUT /v2/app/manifests/")), "{journal:?}");
}

/// A connection that breaks once, and a registry that is busy once, are no reason to give up; and what is lost is only the time.
#[test]
fn passing_troubles_are_tried_again() {
    let stage = Stage::new();
    let troubles = std::sync::atomic::AtomicUsize::new(0);
    stage.registry.on(move |request| {
        let is_upload = request.method == "PUT" && request.uri.path().contains("/blobs/");
        match is_upload.then(|| troubles.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            Some(0) => Some(rpush::server::Verdict::Cut),
            Some(1) => Some(crate::support::answer(503, &[("retry-after", "0")], "{}")),
            _ => None,
        }
    });
    let report = stage.push("--format json", &["app:1"]).json();
    assert_eq!(report["totals"]["retries"], 2, "{report}");
    assert_eq!(Sandbox::new().ok(&format!("pull {}", stage.registry.name("app:1"))).digest(), stage.names[0].0);
}

/// A registry may have lost what it said it had: a garbage collection came between, or a cache speaks for its storage.
#[test]
fn what_the_registry_has_lost_is_sent_again() {
    let stage = Stage::new();
    assert_eq!(stage.push("", &["app:1"]).code, 0);
    stage.tag("app:2");
    stage.registry.journal(&[]);
    let base = stage.names[2].0;
    let mut left = 1;
    let left = std::sync::Mutex::new(move || std::mem::replace(&mut left, 0));
    stage.registry.on(move |request| {
        let is_manifest = request.method == "PUT" && request.uri.path().contains("/manifests/");
        let lost = is_manifest && left.lock().expect("no test panics while holding it")() > 0;
        let body = format!(r#"{{"errors":[{{"code":"MANIFEST_BLOB_UNKNOWN","detail":{{"digest":"{base}"}}}}]}}"#);
        lost.then(|| answer(400, &[], body))
    });
    shows!(stage.push("", &["app:2"]), @"
    $ rpush push --progress none localhost:PORT/app:2
    2: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
    shows!(stage.registry.journal(&stage.names).join("\n"), @"
    HEAD /v2/app/manifests/[manifest] 200
    PUT /v2/app/manifests/2 400
    POST /v2/app/blobs/uploads/ 202
    PUT /v2/app/blobs/uploads/[session]?digest=[base] 201
    PUT /v2/app/manifests/2 201
    ");
}

/// An image of two thousand layers goes there and comes back, and each layer costs what it has to.
#[test]
fn two_thousand_layers() {
    let (sandbox, registry, mut layout) = (Sandbox::new(), Registry::open(), Layout::default());
    let layers = (0..2000).map(|number| layer(&format!("file-{number}"), "")).collect();
    let root = layout.image(&Image { layers, ..Image::with("") });
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    let name = registry.name("app:1");
    let pushed = sandbox.ok(&format!("push --progress none --format json --from oci:layout {name}"));
    assert_eq!(pushed.json()["totals"]["requests"], 1 + 3 * 2001 + 1);
    let pulled = Sandbox::new();
    assert_eq!(pulled.ok(&format!("pull --progress none {name}")).digest(), digest(&root));
    assert_eq!(pulled.verify_blobs(), 2002);
}
