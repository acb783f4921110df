//! Before and after a push: what it would do, which tags it leaves alone, how fast it goes, and what is there in the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rpush::image::Digest;
use rpush::server::Verdict;
use serde_json::Value;

use crate::support::{Image, Layout, Ran, Registry, Sandbox, answer, noise, shows};

/// A store with `app:1`, an image of two layers, and a registry that asks for an account if there is a password.
struct Stage {
    sandbox: Sandbox,
    registry: Registry,
    names: Vec<(Digest, &'static str)>,
}

fn digest(value: &Value) -> Digest {
    value["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

impl Stage {
    fn new() -> Self {
        Self::at(Registry::open())
    }

    fn at(registry: Registry) -> Self {
        let stage = Self { sandbox: Sandbox::new(), registry, names: Vec::new() };
        let names = stage.load("hello", "app:1");
        Self { names, ..stage }
    }

    /// Loads an image with this text in it under a name of the registry.
    fn load(&self, text: &str, name: &str) -> Vec<(Digest, &'static str)> {
        let mut layout = Layout::default();
        let root = layout.image(&Image::with(text));
        let manifest = layout.json(&root);
        layout.name(&root, &self.registry.name(name));
        self.sandbox.file("app.tar", layout.archive().bytes());
        self.sandbox.ok("load -i app.tar");
        let layers = &manifest["layers"];
        let pieces = [(&root, "manifest"), (&manifest["config"], "config"), (&layers[0], "base"), (&layers[1], "app")];
        pieces.map(|(piece, called)| (digest(piece), called)).into()
    }

    fn run(&self, command: &str, names: &[&str]) -> Ran {
        let names: Vec<String> = names.iter().map(|name| self.registry.name(name)).collect();
        self.sandbox.rpush(&format!("{command} --progress none {}", names.join(" ")))
    }

    fn tag(&self, name: &str) {
        self.sandbox.ok(&format!("tag {} {}", self.registry.name("app:1"), self.registry.name(name)));
    }

    /// A configuration for this registry, and the option that names it.
    fn config(&self, text: &str) -> String {
        let text = format!("[host.\"{}\"]\n{text}\n", self.registry.host());
        format!("--config {}", self.sandbox.file("config.toml", text))
    }

    fn journal(&self) -> String {
        self.registry.sorted_journal(&self.names)
    }
}

#[test]
fn a_dry_run_asks_and_changes_nothing() {
    let stage = Stage::new();
    let before = stage.sandbox.contents();
    shows!(stage.run("push --dry-run", &["app:1"]), @"
    $ rpush push --dry-run --progress none localhost:PORT/app:1
    [ID]: would upload 322B
    [ID]: would upload 92B
    [ID]: would upload 99B
    [ID]: would upload 553B
    1: would be put: digest: [DIGEST] size: 553
    4 to upload (1.07kB); anybody may push to localhost:PORT/app
    ! The push refers to repository [localhost:PORT/app]
    ");
    shows!(stage.journal(), @"
    DELETE /v2/app/blobs/uploads/[session] 204
    HEAD /v2/app/blobs/[app] 404
    HEAD /v2/app/blobs/[base] 404
    HEAD /v2/app/blobs/[config] 404
    HEAD /v2/app/manifests/1 404
    HEAD /v2/app/manifests/[manifest] 404
    POST /v2/app/blobs/uploads/ 202
    ");
    assert_eq!(stage.sandbox.contents(), before, "the store and its journal are as they were");
    assert_eq!(stage.registry.tag("app", "1"), None);
}

/// What is there, what would come from next door, and what a tag names now.
#[test]
fn a_dry_run_knows_what_is_there_and_what_is_next_door() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    stage.tag("team/app:1");
    stage.journal();
    shows!(stage.run("push --dry-run", &["team/app:1"]), @"
    $ rpush push --dry-run --progress none localhost:PORT/team/app:1
    [ID]: would mount from app
    [ID]: would mount from app
    [ID]: would mount from app
    [ID]: would upload 553B
    1: would be put: digest: [DIGEST] size: 553
    1 to upload (553B), 3 to mount; anybody may push to localhost:PORT/team/app
    ! The push refers to repository [localhost:PORT/team/app]
    ");
    let journal = stage.journal();
    assert!(!journal.contains("mount"), "{journal}");
    shows!(stage.run("push --dry-run", &["app:1"]), @"
    $ rpush push --dry-run --progress none localhost:PORT/app:1
    [ID]: exists
    [ID]: exists
    [ID]: exists
    [ID]: exists
    1: unchanged: digest: [DIGEST] size: 553
    4 there already; anybody may push to localhost:PORT/app
    ! The push refers to repository [localhost:PORT/app]
    ");
    stage.load("hello, again", "app:1");
    shows!(stage.run("push --dry-run", &["app:1"]), @"
    $ rpush push --dry-run --progress none localhost:PORT/app:1
    [ID]: would upload 322B
    [ID]: exists
    [ID]: would upload 107B
    [ID]: would upload 554B
    1: would move from [DIGEST]: digest: [DIGEST] size: 554
    3 to upload (983B), 1 there already; anybody may push to localhost:PORT/app
    ! The push refers to repository [localhost:PORT/app]
    ");
}

/// A neighbour that does not have it any more is no help in a push either.
#[test]
fn a_dry_run_does_not_take_the_stores_word_for_a_mount() {
    let stage = Stage::new();
    stage.tag("team/base:1");
    let ran = stage.run("push --dry-run --format json", &["app:1"]);
    let report = ran.json();
    let pieces = report["pieces"].as_array().expect("a list").iter();
    let outcomes: Vec<_> = pieces.map(|piece| piece["outcome"].clone()).collect();
    assert_eq!(outcomes, ["upload"; 4], "{ran}");
}

#[test]
fn a_dry_run_in_json_has_the_object_of_a_push() {
    let stage = Stage::new();
    stage.tag("app:2");
    let ran = stage.run("push --dry-run --format json", &["app:1", "app:2"]);
    let objects: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects.len(), 2);
    shows!(serde_json::to_string_pretty(&objects[0]).expect("JSON"), @r#"
    {
      "reference": "localhost:PORT/app:1",
      "digest": "[DIGEST]",
      "size": 553,
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "dryRun": true,
      "pieces": [
        {
          "digest": "[DIGEST]",
          "size": 322,
          "mediaType": "application/vnd.oci.image.config.v1+json",
          "outcome": "upload"
        },
        {
          "digest": "[DIGEST]",
          "size": 92,
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "outcome": "upload"
        },
        {
          "digest": "[DIGEST]",
          "size": 99,
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "outcome": "upload"
        },
        {
          "digest": "[DIGEST]",
          "size": 553,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "outcome": "upload"
        }
      ],
      "totals": {
        "toUpload": 4,
        "toMount": 0,
        "existing": 0,
        "bytesToUpload": 1066,
        "bytesToMount": 0,
        "bytesExisting": 0
      },
      "tag": "put",
      "mayWrite": true,
      "account": null
    }
    "#);
    assert_eq!(objects[1]["pieces"], serde_json::json!([]), "only the first of several tags would move anything");
}

/// Whoever may not push hears it with the words and the exit code of the push itself.
#[test]
fn a_dry_run_says_who_may_not_push() {
    let stage = Stage::new();
    stage.registry.on(|request| {
        let body = r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#;
        (request.method == "POST").then(|| answer(403, &[], body))
    });
    shows!(stage.run("push --dry-run", &["app:1"]), @"
    $ rpush push --dry-run --progress none localhost:PORT/app:1
    [ID]: would upload 322B
    [ID]: would upload 92B
    [ID]: would upload 99B
    [ID]: would upload 553B
    1: would be put: digest: [DIGEST] size: 553
    4 to upload (1.07kB); nobody without an account may push to localhost:PORT/app
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push to localhost:PORT/app
    ! because: DENIED: requested access to the resource is denied (HTTP 403 Forbidden)
    !
    ! hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    let ran = stage.run("push --dry-run --format json", &["app:1"]);
    assert_eq!((ran.json()["mayWrite"].as_bool(), ran.code), (Some(false), 4), "{ran}");
}

#[test]
fn a_dry_run_names_the_account() {
    let stage = Stage::at(Registry::with_password("s3cr3t"));
    let ran = stage.run("push --dry-run --creds alice:s3cr3t", &["app:1"]);
    let place = stage.registry.name("app");
    assert!(ran.out.ends_with(&format!("; alice may push to {place}\n")), "{ran}");
    let ran = stage.run("push --dry-run --creds alice:wrong", &["app:1"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran}");
}

/// The layers of an archive do not go ahead of a push that is none.
#[test]
fn a_dry_run_of_an_archive_sends_nothing() {
    let stage = Stage::new();
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(1 << 20));
    layout.name(&root, "1");
    stage.sandbox.file("big.tar", layout.archive().bytes());
    let ran = stage.run("push --dry-run --from big.tar", &["big:1"]);
    assert_eq!(ran.code, 0, "{ran}");
    let journal = stage.registry.journal(&[]);
    let changing: Vec<_> = journal.iter().filter(|line| !line.starts_with("HEAD")).collect();
    assert_eq!(changing.len(), 2, "an upload is begun and given up: {journal:?}");
    assert!(!stage.sandbox.names().keys().any(|name| name.contains("big")), "it has no name in the store");
}

#[test]
fn a_copy_tells_what_each_destination_would_get() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    stage.journal();
    let before = stage.sandbox.contents();
    let (app, other) = (stage.registry.name("app:1"), stage.registry.name("released/app:1"));
    shows!(stage.sandbox.rpush(&format!("copy --dry-run {app} {other} oci:backup:1 oci-archive:app.oci.tar store:")), @"
    $ rpush copy --dry-run localhost:PORT/app:1 localhost:PORT/released/app:1 oci:backup:1 oci-archive:app.oci.tar store:
    [ID]: would mount from app
    [ID]: would mount from app
    [ID]: would mount from app
    [ID]: would upload 553B
    1: would be put: digest: [DIGEST] size: 553
    1 to upload (553B), 3 to mount; anybody may push to localhost:PORT/released/app
    [ID]: would write 322B
    [ID]: would write 92B
    [ID]: would write 99B
    [ID]: would write 553B
    oci:backup:1: would be written: digest: [DIGEST] size: 553
    4 to write (1.07kB)
    [ID]: would write 322B
    [ID]: would write 92B
    [ID]: would write 99B
    [ID]: would write 553B
    oci-archive:app.oci.tar: would be written: digest: [DIGEST] size: 553
    4 to write (1.07kB)
    [ID]: exists
    [ID]: exists
    [ID]: exists
    [ID]: exists
    store:: would be written: digest: [DIGEST] size: 553
    4 there already
    ! The copy would go to repository [localhost:PORT/released/app]
    ");
    assert!(!stage.sandbox.path("backup").exists() && !stage.sandbox.path("app.oci.tar").exists());
    assert_eq!((stage.sandbox.contents(), stage.registry.tag("released/app", "1")), (before, None));
    let journal = stage.journal();
    assert!(!journal.contains("PUT") && !journal.contains("mount"), "{journal}");
}

/// A tag that is free is put, one that names the same is fine, and one that names something else stays.
#[test]
fn no_clobber_leaves_what_is_taken_and_goes_on() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    let old = stage.registry.tag("app", "1").expect("pushed");
    stage.load("hello, again", "app:2");
    stage.sandbox.ok(&format!("tag {} {}", stage.registry.name("app:2"), stage.registry.name("app:1")));
    shows!(stage.run("push --no-clobber", &["app:1", "app:2"]), @"
    $ rpush push --no-clobber --progress none localhost:PORT/app:1 localhost:PORT/app:2
    2: digest: [DIGEST] size: 554
    ! The push refers to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:1 names [DIGEST] already, and is left as it is
    ! because: `--no-clobber` moves no tag
    !
    ! hint: choose a tag that is free, of those that `rpush ls localhost:PORT/app` does not list; or let it move: without `--no-clobber`
    exit code 1
    ");
    assert_eq!(stage.registry.tag("app", "1"), Some(old));
    assert!(stage.registry.tag("app", "2").is_some());
    let again = stage.run("push --no-clobber", &["app:2"]);
    assert_eq!(again.code, 0, "{again}");
    shows!(stage.run("push --no-clobber --dry-run", &["app:1"]), @"
    $ rpush push --no-clobber --dry-run --progress none localhost:PORT/app:1
    [ID]: exists
    [ID]: exists
    [ID]: exists
    [ID]: exists
    1: would be left, it names [DIGEST]
    4 there already; anybody may push to localhost:PORT/app
    ! The push refers to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:1 names [DIGEST] already, and is left as it is
    ! because: `--no-clobber` moves no tag
    !
    ! hint: choose a tag that is free, of those that `rpush ls localhost:PORT/app` does not list; or let it move: without `--no-clobber`
    exit code 1
    ");
    let alone = stage.run("push --no-clobber", &["app:1"]);
    assert_eq!((alone.code, alone.out.as_str()), (1, ""), "{alone}");
}

/// Somebody else puts the tag while the layers are on their way: it is asked for once more right before it is put.
#[test]
fn no_clobber_looks_right_before_a_tag_is_put() {
    let stage = Stage::new();
    let other = format!("sha256:{}", "0".repeat(64));
    let under_way = AtomicBool::new(false);
    stage.registry.on(move |request| {
        let is_tag = request.method == "HEAD" && request.uri.path() == "/v2/app/manifests/1";
        under_way.fetch_or(request.method == "PUT", Ordering::SeqCst);
        (is_tag && under_way.load(Ordering::SeqCst)).then(|| answer(200, &[("docker-content-digest", &other)], ""))
    });
    let ran = stage.run("push --no-clobber", &["app:1"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran}");
    assert!(ran.err.contains("already, and is left as it is"), "{ran}");
    assert_eq!(stage.registry.tag("app", "1"), None);
}

#[test]
fn a_copy_leaves_what_is_taken_and_goes_on() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    stage.load("hello, again", "app:2");
    stage.run("push", &["app:2"]);
    let old = stage.registry.tag("app", "1").expect("pushed");
    let names = ["app:2", "app:1", "app:3"].map(|name| stage.registry.name(name)).join(" ");
    shows!(stage.sandbox.rpush(&format!("copy --progress none --no-clobber {names}")), @"
    $ rpush copy --progress none --no-clobber localhost:PORT/app:2 localhost:PORT/app:1 localhost:PORT/app:3
    3: digest: [DIGEST] size: 554
    ! The copy goes to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:1 names [DIGEST] already, and is left as it is
    ! because: `--no-clobber` moves no tag
    !
    ! hint: choose a tag that is free, of those that `rpush ls localhost:PORT/app` does not list; or let it move: without `--no-clobber`
    exit code 1
    ");
    assert_eq!(stage.registry.tag("app", "1"), Some(old));
    let other = ["app:2", "app:1", "team/app:1"].map(|name| stage.registry.name(name)).join(" ");
    let config = stage.config("immutable-tags = ['1']");
    let ran = stage.sandbox.rpush(&format!("copy --progress none {config} {other}"));
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(stage.registry.tag("app", "1"), Some(old));
    assert_eq!(stage.registry.tag("team/app", "1"), stage.registry.tag("app", "2"));
}

/// Tags that the configuration calls immutable: pushed once, and then left by everything that would move them.
#[test]
fn immutable_tags_are_put_once() {
    let stage = Stage::new();
    let config = stage.config("immutable-tags = ['v*', '[0-9]*.*']");
    stage.tag("app:v1");
    assert_eq!(stage.run(&format!("push {config}"), &["app:v1", "app:1"]).code, 0);
    let old = stage.registry.tag("app", "v1");
    stage.load("hello, again", "app:v1");
    stage.sandbox.ok(&format!("tag {} {}", stage.registry.name("app:v1"), stage.registry.name("app:1")));
    shows!(stage.run(&format!("push {config}"), &["app:v1", "app:1"]), @"
    $ rpush push --config [SANDBOX]/config.toml --progress none localhost:PORT/app:v1 localhost:PORT/app:1
    1: digest: [DIGEST] size: 554
    ! The push refers to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:v1 names [DIGEST] already, and is left as it is
    ! because: the configuration has `v*` among the `immutable-tags` of localhost:PORT
    !
    ! hint: choose a tag that is free, of those that `rpush ls localhost:PORT/app` does not list
    exit code 1
    ");
    assert_eq!(stage.registry.tag("app", "v1"), old);
    assert_ne!(stage.registry.tag("app", "1"), old, "`1` matches neither pattern");
    shows!(stage.run(&format!("tag --remote {config}"), &["app:1", "app:v1", "app:2"]), @"
    $ rpush tag --remote --config [SANDBOX]/config.toml --progress none localhost:PORT/app:1 localhost:PORT/app:v1 localhost:PORT/app:2
    localhost:PORT/app:2: digest: [DIGEST] size: 554
    ! error: localhost:PORT/app:v1 names [DIGEST] already, and is left as it is
    ! because: the configuration has `v*` among the `immutable-tags` of localhost:PORT
    !
    ! hint: choose a tag that is free, of those that `rpush ls localhost:PORT/app` does not list
    exit code 1
    ");
    assert_eq!((stage.registry.tag("app", "v1"), stage.registry.tag("app", "2").is_some()), (old, true));
    let told = stage.run(&format!("tag --remote --dry-run {config}"), &["app:1", "app:v1"]);
    assert_eq!(told.code, 1, "{told}");
    assert!(told.out.contains("v1: would be left, it names sha256:"), "{told}");
    let asked_for = stage.run(&format!("tag --remote --no-clobber {config}"), &["app:1", "app:v1"]);
    assert_eq!((asked_for.code, stage.registry.tag("app", "v1")), (0, old), "{asked_for}");
    let app = stage.registry.name("app");
    let many = stage.sandbox.rpush(&format!("tag --remote {config} --progress none --from-tag [12] {app} {app}:v*"));
    assert_eq!(many.code, 1, "{many}");
    assert_eq!((stage.registry.tag("app", "v1"), stage.registry.tag("app", "v2").is_some()), (old, true));
    shows!(stage.run(&format!("rmi --remote {config}"), &["app:v1"]), @"
    $ rpush rmi --remote --config [SANDBOX]/config.toml --progress none localhost:PORT/app:v1
    ! error: localhost:PORT/app:v1 is not removed
    ! because: the configuration has `v*` among the `immutable-tags` of localhost:PORT
    !
    ! hint: if it may go: `rpush rmi --remote --force localhost:PORT/app:v1`
    exit code 1
    ");
    assert_eq!(stage.registry.tag("app", "v1"), old);
    assert_eq!(stage.run(&format!("rmi --remote --force {config}"), &["app:v1"]).code, 0);
    assert_eq!(stage.registry.tag("app", "v1"), None);
}

#[test]
fn verify_asks_for_everything_afterwards() {
    let stage = Stage::new();
    shows!(stage.run("push --verify", &["app:1"]), @"
    $ rpush push --verify --progress none localhost:PORT/app:1
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ! verified: localhost:PORT/app has all 4 pieces (1.07kB), each with its size
    ");
    stage.journal();
    assert_eq!(stage.run("push --verify", &["app:1"]).code, 0);
    shows!(stage.journal(), @"
    HEAD /v2/app/blobs/[app] 200
    HEAD /v2/app/blobs/[base] 200
    HEAD /v2/app/blobs/[config] 200
    HEAD /v2/app/manifests/1 200
    HEAD /v2/app/manifests/1 200
    HEAD /v2/app/manifests/[manifest] 200
    ");
    stage.run("push --verify=deep", &["app:1"]);
    let read = stage.registry.journal(&stage.names).iter().filter(|line| line.starts_with("GET")).count();
    assert_eq!(read, 4, "each piece is read back");
}

/// What a registry says that it took, and has not kept.
#[test]
fn verify_finds_what_is_missing_damaged_or_too_short() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    let layer = stage.names[3].0;
    let bytes = stage.registry.blob(&layer).expect("pushed");
    let mut other = bytes.clone();
    other[20] ^= 1;
    stage.registry.damage(&layer, &other);
    assert_eq!(stage.run("push --verify", &["app:1"]).code, 0, "a head tells nothing of the bytes");
    shows!(stage.run("push --verify=deep", &["app:1"]), @"
    $ rpush push --verify=deep --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: [DIGEST] in localhost:PORT/app is damaged: its bytes hash to [DIGEST]
    !
    ! hint: what is damaged in the store is set aside by `rpush fsck --repair`: then `rpush pull NAME` or `rpush load -i FILE` brings it again; on a registry, its owner has to remove it there first
    exit code 6
    ");
    stage.registry.damage(&layer, &bytes[1..]);
    shows!(stage.run("push --verify", &["app:1"]), @"
    $ rpush push --verify --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: [DIGEST] in localhost:PORT/app is damaged: the registry has 98 bytes of it, and it has 99
    exit code 6
    ");
    let path = format!("/v2/app/blobs/{layer}");
    stage.registry.on(move |request| (request.uri.path() == path).then(|| answer(404, &[], "{}")));
    shows!(stage.run("push --verify", &["app:1"]), @"
    $ rpush push --verify --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: [DIGEST] is not in localhost:PORT/app, although it was brought there
    exit code 3
    ");
}

/// Somebody else moves the tag right after it was put, or takes it away.
#[test]
fn verify_finds_a_tag_that_was_moved() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    stage.tag("app:2");
    for (status, words, code) in [(200, "names sha256:0000", 1), (404, "although it was put there", 3)] {
        let (other, put) = (format!("sha256:{}", "0".repeat(64)), AtomicBool::new(false));
        stage.registry.on(move |request| {
            let is_tag = request.uri.path() == "/v2/app/manifests/2";
            put.fetch_or(is_tag && request.method == "PUT", Ordering::SeqCst);
            let is_late = put.load(Ordering::SeqCst) && is_tag && request.method == "HEAD";
            is_late.then(|| answer(status, &[("docker-content-digest", &other)], ""))
        });
        let ran = stage.run("push --verify", &["app:2"]);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran}");
        assert!(ran.err.contains(words), "{ran}");
        stage.registry.on(|_| None);
        stage.sandbox.ok(&format!("rmi --remote {}", stage.registry.name("app:2")));
        std::fs::remove_dir_all(stage.sandbox.path("store/rpush/journal")).expect("a journal");
    }
}

/// C-62: a registry need not say a digest; then a manifest is read.
#[test]
fn verify_reads_a_manifest_whose_digest_is_not_said() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    stage.journal();
    stage.registry.on(|request| {
        (request.method == "HEAD").then(|| {
            Verdict::alter_response(|mut response| {
                response.headers_mut().remove("docker-content-digest");
                response
            })
        })
    });
    assert_eq!(stage.run("push --verify", &["app:1"]).code, 0);
    let journal = stage.journal();
    assert!(journal.contains("GET /v2/app/manifests/[manifest] 200"), "{journal}");
    assert!(!journal.contains("GET /v2/app/blobs/"), "{journal}");
}

#[test]
fn verify_is_an_option_a_variable_and_a_key() {
    let stage = Stage::new();
    let name = stage.registry.name("app:1");
    let config = stage.sandbox.file("verify.toml", "[defaults]\nverify = 'deep'\n");
    for (words, variable, verified) in [
        (vec!["push", "--config", &config, &name], None, Some("read back")),
        (vec!["push", "--config", &config, "--verify=false", &name], None, None),
        (vec!["push", "--config", &config, &name], Some("true"), Some("has all 4 pieces")),
        (vec!["push", &name], Some("deep"), Some("read back")),
        (vec!["push", "--verify", &name], Some("0"), Some("has all 4 pieces")),
        (vec!["push", &name], None, None),
    ] {
        let variables: Vec<_> = variable.map(|value| ("RPUSH_VERIFY", value)).into_iter().collect();
        let ran = stage.sandbox.run_with(&words, "", &variables);
        let found = ran.err.lines().find(|line| line.starts_with("verified:"));
        assert_eq!((ran.code, found.is_some()), (0, verified.is_some()), "{ran}");
        assert!(found.unwrap_or_default().contains(verified.unwrap_or_default()), "{ran}");
    }
}

#[test]
fn a_copy_is_verified_too() {
    let stage = Stage::new();
    stage.run("push", &["app:1"]);
    let names = ["app:1", "team/app:1"].map(|name| stage.registry.name(name)).join(" ");
    shows!(stage.sandbox.rpush(&format!("copy --progress none --verify=deep {names}")), @"
    $ rpush copy --progress none --verify=deep localhost:PORT/app:1 localhost:PORT/team/app:1
    1: digest: [DIGEST] size: 553
    ! The copy goes to repository [localhost:PORT/team/app]
    ! verified: all 4 pieces (1.07kB) were read back from localhost:PORT/team/app and hashed
    ");
    let layer = stage.names[3].0;
    stage.registry.damage(&layer, b"something else");
    let ran = stage.sandbox.rpush(&format!("copy --progress none --verify {names}"));
    assert_eq!(ran.code, 6, "{ran}");
}

/// It takes as long as the rate says, and a stall timeout that is shorter than a piece's wait does not end it.
#[test]
fn a_limit_holds_in_both_directions() {
    let stage = Stage::new();
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(96 << 10));
    layout.name(&root, "1");
    layout.write(&stage.sandbox.path("layout"));
    let reader = Sandbox::new();
    let name = stage.registry.name("slow:1");
    let timed = |sandbox: &Sandbox, words: String| {
        let begin = Instant::now();
        let ran = sandbox.ok(&words);
        assert!(!ran.err.contains("etry"), "{ran}");
        begin.elapsed()
    };
    let least = Duration::from_millis(1200);
    let limit = "--limit-rate 64K --stall-timeout 1s --progress plain";
    assert!(timed(&stage.sandbox, format!("push {limit} --from oci:layout {name}")) > least);
    let far = Registry::open();
    assert!(timed(&stage.sandbox, format!("copy {limit} {name} {}", far.name("slow:1"))) > least * 2, "there and back");
    // Read by several connections, or by one: they share the limit.
    assert!(timed(&reader, format!("pull {limit} {name}")) > Duration::from_millis(900));
}

#[test]
fn a_rate_that_is_none_is_a_mistake() {
    let stage = Stage::new();
    shows!(stage.run("push --limit-rate 5MB", &["app:1"]), @"
    $ rpush push --limit-rate 5MB --progress none localhost:PORT/app:1
    ! error: invalid value '5MB' for '--limit-rate <RATE>': write it in bytes a second, as `500K`, `5M` or `1G`; `0` is no limit
    !
    ! For more information, try '--help'.
    exit code 2
    ");
}

/// An upload that the registry does not let go is not this account's fault.
#[test]
fn a_registry_that_keeps_uploads_open_is_no_refusal() {
    let stage = Stage::new();
    stage.registry.on(|request| (request.method == "DELETE").then(|| answer(405, &[], "{}")));
    assert_eq!(stage.run("push --dry-run", &["app:1"]).code, 0);
    stage.registry.on(|request| match request.method.as_str() {
        "POST" => Some(Verdict::Cut),
        _ => None,
    });
    let ran = stage.run("push --dry-run --retry 0", &["app:1"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "of a registry that does not answer nothing is said: {ran}");
}
