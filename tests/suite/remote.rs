//! What is done with names on a registry: other names by a pattern, names and images that go, a look at what is there.

use rpush::image::Digest;
use rpush::server::{Config, Mode};

use crate::support::{Image, Layout, Registry, Sandbox, answer, shows};

/// A registry with three releases of `app`, the last of which has two names.
fn stage() -> (Registry, Sandbox) {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    let mut layout = Layout::default();
    for (text, tags) in [("one", &["v1.0"][..]), ("two", &["v1.1"]), ("three", &["v2.0", "latest"])] {
        let root = layout.index(text);
        tags.iter().for_each(|tag| layout.name(&root, tag));
    }
    layout.write(&sandbox.path("layout"));
    for tag in ["v1.0", "v1.1", "v2.0", "latest"] {
        sandbox.ok(&format!("push -q --from oci:layout:{tag} {}", registry.name(&format!("app:{tag}"))));
    }
    registry.journal(&[]);
    (registry, sandbox)
}

fn digest(registry: &Registry, name: &str) -> Option<Digest> {
    let (repository, tag) = name.split_once(':').expect("a name with a tag");
    registry.tag(repository, tag)
}

#[test]
fn tags_that_match_get_other_names() {
    let (registry, sandbox) = stage();
    let (app, target) = (registry.name("app"), registry.name("app:stable-*"));
    let retag =
        |options: &str| sandbox.rpush(&format!("tag --remote {options}--progress none --from-tag v1.* {app} {target}"));
    shows!(retag("--dry-run "), @"
    $ rpush tag --remote --dry-run --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    localhost:PORT/app:stable-0: would name [DIGEST]
    localhost:PORT/app:stable-1: would name [DIGEST]
    ! 2 would be named
    ");
    assert!(registry.journal(&[]).iter().all(|line| line.starts_with("HEAD") || line.starts_with("GET")));
    shows!(retag(""), @"
    $ rpush tag --remote --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    localhost:PORT/app:stable-0: digest: [DIGEST] size: 1070
    localhost:PORT/app:stable-1: digest: [DIGEST] size: 1070
    ! 2 named
    ");
    shows!(registry.sorted_journal(&[]), @"
    GET /v2/app/manifests/[DIGEST] 200
    GET /v2/app/manifests/[DIGEST] 200
    GET /v2/app/tags/list?n=1000 200
    HEAD /v2/app/manifests/v1.0 200
    HEAD /v2/app/manifests/v1.1 200
    PUT /v2/app/manifests/stable-0 201
    PUT /v2/app/manifests/stable-1 201
    ");
    assert_eq!(digest(&registry, "app:stable-0"), digest(&registry, "app:v1.0"));

    // What stands for something else is left with `--no-clobber`, and told.
    sandbox.ok(&format!("tag --remote {app}:v2.0 {app}:stable-0"));
    shows!(retag("--no-clobber --dry-run "), @"
    $ rpush tag --remote --no-clobber --dry-run --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    localhost:PORT/app:stable-0: would be left, it names [DIGEST]
    localhost:PORT/app:stable-1: names [DIGEST] already
    ! 0 would be named, 1 there already, 1 left as they are
    ");
    shows!(retag("--no-clobber "), @"
    $ rpush tag --remote --no-clobber --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    ! localhost:PORT/app:stable-0: left as it is, it names [DIGEST]
    ! 0 named, 1 there already, 1 left as they are
    ");
    assert_eq!(digest(&registry, "app:stable-0"), digest(&registry, "app:v2.0"));
    shows!(retag("--dry-run "), @"
    $ rpush tag --remote --dry-run --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    localhost:PORT/app:stable-0: would move to [DIGEST] from [DIGEST]
    localhost:PORT/app:stable-1: names [DIGEST] already
    ! 1 would be named, 1 there already
    ");
    shows!(retag("-q "), @"
    $ rpush tag --remote -q --progress none --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable-*
    localhost:PORT/app:stable-0@[DIGEST]
    localhost:PORT/app:stable-1@[DIGEST]
    ");
}

/// Names that are given while the list is read are not found in it.
#[test]
fn names_that_match_themselves() {
    let (registry, sandbox) = stage();
    let (app, target) = (registry.name("app"), registry.name("app:x*"));
    let ran = sandbox.ok(&format!("tag --remote --from-tag * {app} {target}"));
    assert_eq!(ran.out.lines().count(), 4, "{ran}");
    assert_eq!(sandbox.ok(&format!("ls {app}")).out.lines().count(), 8);
}

#[test]
fn another_repository_of_the_registry() {
    let (registry, sandbox) = stage();
    let (app, other) = (registry.name("app"), registry.name("released"));
    let ran = sandbox.ok(&format!("tag --remote --from-tag * {app} {other} {other}:*-too"));
    assert_eq!(ran.out.lines().count(), 8, "{ran}");
    let journal = registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.contains("/blobs/") && line.starts_with("GET")), "{journal:?}");
    assert!(!journal.iter().any(|line| line.contains("/blobs/") && line.starts_with("PUT")), "{journal:?}");
    let roots = journal.iter().filter(|line| line.starts_with("GET /v2/app/manifests/")).count();
    assert_eq!(roots, 3 + 3 * 4, "each index and each of its manifests once: {journal:?}");
    for tag in ["v1.0", "v2.0", "latest", "latest-too"] {
        let from = digest(&registry, &format!("app:{}", tag.trim_end_matches("-too")));
        assert!(from.is_some() && digest(&registry, &format!("released:{tag}")) == from, "{tag}");
    }
    Sandbox::new().ok(&format!("pull --all-platforms {other}:v1.1"));
    let again = sandbox.ok(&format!("tag --remote --no-clobber --from-tag * {app} {other}"));
    assert!(again.out.is_empty() && again.err.contains("0 named, 4 there already"), "{again}");
}

#[test]
fn one_image_with_care() {
    let (registry, sandbox) = stage();
    let name = |name: &str| registry.name(name);
    let words = format!("{} {} {} {}", name("app:v1.0"), name("app:new"), name("app:latest"), name("other:v1.0"));
    shows!(sandbox.rpush(&format!("tag --remote --dry-run {words}")), @"
    $ rpush tag --remote --dry-run localhost:PORT/app:v1.0 localhost:PORT/app:new localhost:PORT/app:latest localhost:PORT/other:v1.0
    localhost:PORT/app:new: would name [DIGEST]
    localhost:PORT/app:latest: would move to [DIGEST] from [DIGEST]
    localhost:PORT/other:v1.0: would name [DIGEST]
    ");
    assert!(registry.journal(&[]).iter().all(|line| line.starts_with("HEAD") || line.starts_with("GET")));
    shows!(sandbox.rpush(&format!("tag --remote --no-clobber --progress none {words}")), @"
    $ rpush tag --remote --no-clobber --progress none localhost:PORT/app:v1.0 localhost:PORT/app:new localhost:PORT/app:latest localhost:PORT/other:v1.0
    localhost:PORT/app:new: digest: [DIGEST] size: 1070
    localhost:PORT/other:v1.0: digest: [DIGEST] size: 1070
    ! localhost:PORT/app:latest: left as it is, it names [DIGEST]
    ");
    assert_eq!(digest(&registry, "app:latest"), digest(&registry, "app:v2.0"));
    assert_eq!(digest(&registry, "other:v1.0"), digest(&registry, "app:v1.0"));
}

#[test]
fn patterns_that_make_no_sense() {
    let (registry, sandbox) = stage();
    let app = registry.name("app");
    let retag =
        |pattern: &str, target: &str| sandbox.rpush(&format!("tag --remote --from-tag {pattern} {app} {target}"));
    shows!(retag("v9.*", &registry.name("app:s-*")), @"
    $ rpush tag --remote --from-tag v9.* localhost:PORT/app localhost:PORT/app:s-*
    ! error: no tag of localhost:PORT/app matches `v9.*`
    !
    ! hint: its tags: `rpush ls localhost:PORT/app`
    exit code 3
    ");
    shows!(retag("v1.*", &app), @"
    $ rpush tag --remote --from-tag v1.* localhost:PORT/app localhost:PORT/app
    ! error: the tags of localhost:PORT/app have these names already
    !
    ! hint: say what they become: `localhost:PORT/app:stable-*`
    exit code 2
    ");
    shows!(retag("v1.*", &registry.name("app:stable")), @"
    $ rpush tag --remote --from-tag v1.* localhost:PORT/app localhost:PORT/app:stable
    ! error: `localhost:PORT/app:stable` has no place for all that `v1.*` matches: tags would become the same
    !
    ! hint: each `*` of the target stands for what the pattern's `*` in its place matched
    exit code 2
    ");
    shows!(retag("v1.*", "localhost:1/app"), @"
    $ rpush tag --remote --from-tag v1.* localhost:PORT/app localhost:PORT/app
    ! error: localhost:PORT/app is on another registry than localhost:PORT/app, and no layer moves here
    !
    ! hint: bring it there: `rpush pull localhost:PORT/app`, `rpush tag localhost:PORT/app localhost:PORT/app`, `rpush push localhost:PORT/app`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("tag --remote --from-tag v1.* {app}:v1.0 {app}:x*")), @"
    $ rpush tag --remote --from-tag v1.* localhost:PORT/app:v1.0 localhost:PORT/app:x*
    ! error: localhost:PORT/app:v1.0 is one image, and `--from-tag` chooses from a repository
    !
    ! hint: leave out the tag: `localhost:PORT/app`
    exit code 2
    ");
    let ran = sandbox.rpush(&format!("tag --from-tag v1.* {app} {app}:x*"));
    assert!(ran.code == 2 && ran.err.contains("--remote"), "{ran}");
}

/// What fails in the middle is told with the way to go on.
#[test]
fn a_pattern_that_fails_in_the_middle() {
    let (registry, sandbox) = stage();
    registry.on(|request| {
        let denied = request.method == "PUT" && request.uri.path().ends_with("/s-1.1");
        denied.then(|| answer(400, &[], r#"{"errors":[{"code":"DENIED","message":"s-1.1 is protected"}]}"#))
    });
    let app = registry.name("app");
    let ran = sandbox.rpush(&format!("tag --remote --progress none --from-tag v* {app} {app}:s-*"));
    shows!(ran, @"
    $ rpush tag --remote --progress none --from-tag v* localhost:PORT/app localhost:PORT/app:s-*
    localhost:PORT/app:s-1.0: digest: [DIGEST] size: 1070
    ! error: cannot push manifest s-1.1 to localhost:PORT/app
    ! because: DENIED: s-1.1 is protected (HTTP 400 Bad Request)
    !
    ! hint: what it can, and what it allows: `rpush doctor localhost:PORT/REPOSITORY`
    exit code 1
    ");
}

#[test]
fn a_tag_goes_alone() {
    let (registry, sandbox) = stage();
    let name = |name: &str| registry.name(name);
    shows!(sandbox.rpush(&format!("rmi --remote {} {}", name("app:latest"), name("app:v1.0"))), @"
    $ rpush rmi --remote localhost:PORT/app:latest localhost:PORT/app:v1.0
    Untagged: localhost:PORT/app:latest
    Untagged: localhost:PORT/app:v1.0
    ");
    shows!(registry.journal(&[]).join("\n"), @"
    DELETE /v2/app/manifests/latest 202
    DELETE /v2/app/manifests/v1.0 202
    ");
    assert!(digest(&registry, "app:v2.0").is_some() && digest(&registry, "app:latest").is_none());
    shows!(sandbox.rpush(&format!("rmi --remote {} {}", name("app:latest"), name("app:v1.1"))), @"
    $ rpush rmi --remote localhost:PORT/app:latest localhost:PORT/app:v1.1
    Untagged: localhost:PORT/app:v1.1
    ! error: manifest for localhost:PORT/app:latest not found: manifest unknown
    !
    ! hint: is the tag right, and does the registry let this account see it? `rpush login localhost:PORT`
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("rmi --remote -f {}", name("app:latest"))), @"
    $ rpush rmi --remote -f localhost:PORT/app:latest
    ! warning: localhost:PORT/app:latest is not there
    ");
    shows!(sandbox.rpush(&format!("rmi --remote {}", name("app"))), @"
    $ rpush rmi --remote localhost:PORT/app
    ! error: localhost:PORT/app is a repository, and not one image of it
    !
    ! hint: say which: `rpush rmi --remote localhost:PORT/app:latest`
    exit code 2
    ");
}

/// C-73: what goes along is said first, and goes only when that is asked for.
#[test]
fn c_73_an_image_goes_with_its_names() {
    let (registry, sandbox) = stage();
    let digest = digest(&registry, "app:latest").expect("it is there");
    let name = registry.name(&format!("app@{digest}"));
    shows!(sandbox.rpush(&format!("rmi --remote {name}")), @"
    $ rpush rmi --remote localhost:PORT/app@[DIGEST]
    ! error: localhost:PORT/app@[DIGEST] has names, which would go with it: `latest`, `v2.0`
    !
    ! hint: if they may go: `rpush rmi --remote --force localhost:PORT/app@[DIGEST]`
    exit code 1
    ");
    assert!(registry.journal(&[]).iter().all(|line| !line.starts_with("DELETE")));
    shows!(sandbox.rpush(&format!("rmi --remote --force {name}")), @"
    $ rpush rmi --remote --force localhost:PORT/app@[DIGEST]
    Untagged: localhost:PORT/app:latest
    Untagged: localhost:PORT/app:v2.0
    Deleted: [DIGEST]
    ");
    assert_eq!(sandbox.rpush(&format!("rmi --remote {name}")).code, 3);
    let (one, digest) = (registry.name("app:v1.0"), registry.tag("app", "v1.0").expect("it is there"));
    sandbox.ok(&format!("rmi --remote {one}"));
    // Without a name left nobody is asked.
    shows!(sandbox.rpush(&format!("rmi --remote {}", registry.name(&format!("app@{digest}")))), @"
    $ rpush rmi --remote localhost:PORT/app@[DIGEST]
    Deleted: [DIGEST]
    ");
}

/// C-73: a registry that removes no tags, as Docker's before version 3.
#[test]
fn c_73_a_registry_that_removes_by_digest_alone() {
    let (registry, sandbox) = stage();
    registry.on(|request| {
        let by_tag = request.method == "DELETE" && !request.uri.path().contains("sha256:");
        let body =
            r#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}"#;
        by_tag.then(|| answer(400, &[], body))
    });
    shows!(sandbox.rpush(&format!("rmi --remote {}", registry.name("app:latest"))), @"
    $ rpush rmi --remote localhost:PORT/app:latest
    ! error: localhost:PORT/app:latest cannot go alone: this registry removes images by digest, and no tags
    ! because: DIGEST_INVALID: provided digest did not match uploaded content (HTTP 400 Bad Request)
    !
    ! hint: `rpush rmi --remote --force localhost:PORT/app:latest@[DIGEST]` removes the image, and with it `v2.0`
    exit code 1
    ");
    shows!(sandbox.rpush(&format!("rmi --remote {}", registry.name("app:v1.0"))), @"
    $ rpush rmi --remote localhost:PORT/app:v1.0
    ! error: localhost:PORT/app:v1.0 cannot go alone: this registry removes images by digest, and no tags
    ! because: DIGEST_INVALID: provided digest did not match uploaded content (HTTP 400 Bad Request)
    !
    ! hint: no other tag names the image, which can go as a whole: `rpush rmi --remote localhost:PORT/app:v1.0@[DIGEST]`
    exit code 1
    ");
    assert_eq!(sandbox.rpush(&format!("rmi --remote {}", registry.name("app:nope"))).code, 3);
    let digest = digest(&registry, "app:v1.1").expect("it is there");
    let ran = sandbox.rpush(&format!("rmi --remote {}", registry.name(&format!("app:v1.0@{digest}"))));
    assert!(ran.code == 1 && ran.err.contains("would go with it: `v1.1`"), "another tag was typed: {ran}");
    let ran = sandbox.ok(&format!("rmi --remote {}", registry.name(&format!("app:v1.1@{digest}"))));
    assert_eq!(ran.out.lines().count(), 2, "{ran}");
    assert_eq!(sandbox.ok(&format!("ls {}", registry.name("app"))).out.lines().count(), 3);
}

#[test]
fn a_registry_that_removes_nothing() {
    let (registry, sandbox) = stage();
    registry.on(|request| {
        let body = r#"{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}"#;
        (request.method == "DELETE").then(|| answer(405, &[], body))
    });
    shows!(sandbox.rpush(&format!("rmi --remote {}", registry.name("app:v1.0"))), @"
    $ rpush rmi --remote localhost:PORT/app:v1.0
    ! error: cannot remove v1.0 from localhost:PORT/app
    ! because: UNSUPPORTED: The operation is unsupported. (HTTP 405 Method Not Allowed)
    !
    ! hint: the owner of localhost:PORT has to allow it; with Docker's registry: `REGISTRY_STORAGE_DELETE_ENABLED=true`; with `rpush serve`: no `--read-only`
    exit code 1
    ");
    let digest = digest(&registry, "app:v1.0").expect("it is there");
    let ran = sandbox.rpush(&format!("rmi --remote --force {}", registry.name(&format!("app@{digest}"))));
    assert!(ran.code == 1 && ran.err.contains("REGISTRY_STORAGE_DELETE_ENABLED=true"), "{ran}");
    let read_only = Registry::start(Config { mode: Mode::ReadOnly, ..Config::default() });
    shows!(sandbox.rpush(&format!("rmi --remote {}", read_only.name("app:v1.0"))), @"
    $ rpush rmi --remote localhost:PORT/app:v1.0
    ! error: cannot remove v1.0 from localhost:PORT/app
    ! because: UNSUPPORTED: this registry is read-only (HTTP 405 Method Not Allowed)
    !
    ! hint: the owner of localhost:PORT has to allow it; with Docker's registry: `REGISTRY_STORAGE_DELETE_ENABLED=true`; with `rpush serve`: no `--read-only`
    exit code 1
    ");
}

#[test]
fn a_look_at_what_is_there() {
    let (registry, sandbox) = stage();
    let name = registry.name("app:v1.0");
    let before = sandbox.contents();
    shows!(sandbox.rpush(&format!("inspect --remote --platform linux/arm64 {name}")), @r#"
    $ rpush inspect --remote --platform linux/arm64 localhost:PORT/app:v1.0
    [
        {
            "Id": "[DIGEST]",
            "RepoTags": [
                "localhost:PORT/app:v1.0"
            ],
            "RepoDigests": [
                "localhost:PORT/app@[DIGEST]"
            ],
            "Created": "2001-09-09T01:46:40Z",
            "Author": "",
            "Architecture": "arm64",
            "Variant": "",
            "Os": "linux",
            "OsVersion": "",
            "Size": 2154,
            "Config": {
                "Cmd": [
                    "/bin/hello"
                ],
                "Labels": {
                    "maintainer": "alice"
                }
            },
            "RootFS": {
                "Type": "layers",
                "Layers": [
                    "[DIGEST]",
                    "[DIGEST]"
                ]
            },
            "Descriptor": {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": "[DIGEST]",
                "size": 1070
            },
            "Platforms": [
                {
                    "Platform": "linux/amd64",
                    "Present": true,
                    "Digest": "[DIGEST]",
                    "Size": null
                },
                {
                    "Platform": "linux/arm64",
                    "Present": true,
                    "Digest": "[DIGEST]",
                    "Size": 1084
                },
                {
                    "Platform": "linux/s390x",
                    "Present": true,
                    "Digest": "[DIGEST]",
                    "Size": null
                }
            ],
            "Manifest": {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "manifests": [
                    {
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "digest": "[DIGEST]",
                        "size": 554,
                        "platform": {
                            "os": "linux",
                            "architecture": "amd64"
                        }
                    },
                    {
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "digest": "[DIGEST]",
                        "size": 554,
                        "platform": {
                            "os": "linux",
                            "architecture": "arm64"
                        }
                    },
                    {
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "digest": "[DIGEST]",
                        "size": 554,
                        "platform": {
                            "os": "linux",
                            "architecture": "s390x"
                        }
                    },
                    {
                        "mediaType": "application/vnd.oci.image.manifest.v1+json",
                        "digest": "[DIGEST]",
                        "size": 384,
                        "platform": {
                            "os": "unknown",
                            "architecture": "unknown"
                        },
                        "annotations": {
                            "vnd.docker.reference.digest": "[DIGEST]",
                            "vnd.docker.reference.type": "attestation-manifest"
                        }
                    }
                ]
            }
        }
    ]
    "#);
    let journal = registry.journal(&[]);
    assert!(journal.len() == 3 && journal.iter().all(|line| line.starts_with("GET")), "{journal:?}");
    assert!(sandbox.contents() == before, "nothing is stored");
    shows!(sandbox.run(&["inspect", "--remote", "--format", "{{.Os}} {{len .RootFS.Layers}} {{.Id}}", &name]), @"
    $ rpush inspect --remote --format {{.Os}} {{len .RootFS.Layers}} {{.Id}} localhost:PORT/app:v1.0
    linux 2 [DIGEST]
    ");
    shows!(sandbox.rpush(&format!("inspect --remote --platform windows/amd64 {name}")), @"
    $ rpush inspect --remote --platform windows/amd64 localhost:PORT/app:v1.0
    []
    ! error: localhost:PORT/app: no image for windows/amd64, only for linux/amd64, linux/arm64, linux/s390x
    !
    ! hint: choose a platform that is there: `--platform linux/amd64`
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("inspect --remote {}", registry.name("app:nope"))), @"
    $ rpush inspect --remote localhost:PORT/app:nope
    []
    ! error: manifest for localhost:PORT/app:nope not found: manifest unknown
    !
    ! hint: did you mean `rpush inspect --remote localhost:PORT/app:v2.0`? There is also `localhost:PORT/app:v1.1` and `localhost:PORT/app:v1.0`
    exit code 3
    ");
}

/// The same members as of an image in the store, with the same values where the image is for one platform.
#[test]
fn what_is_there_looks_like_what_is_here() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    sandbox.file("app.tar", Image::with("one").docker_24(&["app"]).bytes());
    sandbox.ok("load -q -i app.tar");
    let name = registry.name("app:1");
    sandbox.ok(&format!("tag app {name}"));
    sandbox.ok("rmi app");
    sandbox.ok(&format!("push -q {name}"));
    let here = sandbox.ok(&format!("inspect {name}")).json();
    let mut there = sandbox.ok(&format!("inspect --remote {name}")).json();
    assert_eq!(there[0]["Manifest"]["schemaVersion"], 2);
    there[0].as_object_mut().expect("an object").remove("Manifest");
    assert_eq!(here, there);
}
