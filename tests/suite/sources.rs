//! `push --from`: every form in which an image may lie about. Content decides, not names; and what has a digest keeps it.

use std::fs;

use rpush::image::Digest;

use crate::support::{Image, Layout, Registry, Sandbox, layer, noise, shows};

fn digest_of(root: &serde_json::Value) -> Digest {
    root["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

/// Pushes from a source and gives the digest, which is checked to be what the registry has under the tag.
fn push_from(sandbox: &Sandbox, registry: &Registry, source: &str) -> Digest {
    let name = registry.name("app:1");
    let digest = sandbox.ok(&format!("push -q --from {source} {name}")).digest();
    let reader = Sandbox::new();
    reader.ok(&format!("pull --all-platforms {name}"));
    assert_eq!(reader.stored(&name).digest, digest, "{source}");
    assert!(reader.verify_blobs() > 0);
    digest
}

#[test]
fn layouts_and_their_archives_keep_their_digests() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello"));
    layout.name(&root, "1.0");
    layout.write(&sandbox.path("layout"));
    sandbox.file("app.tar", layout.archive().bytes());
    sandbox.file("app.tar.gz", layout.archive().gzip());
    // Neither name says what is in it.
    sandbox.file("app.bin", layout.archive().zstd());
    for source in [
        "oci:layout",
        "oci:layout:1.0",
        "layout",
        "oci-archive:app.tar",
        "oci-archive:app.tar:1.0",
        "app.tar",
        "app.tar.gz",
        "app.bin",
        "docker-archive:app.tar",
    ] {
        assert_eq!(push_from(&sandbox, &registry, source), digest_of(&root), "{source}");
    }
    assert!(sandbox.names().is_empty(), "what is pushed from elsewhere gets no name in the store");
}

#[test]
fn docker_archives_of_both_formats() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut image = Image::with("hello");
    // A layer that comes twice is a symbolic link in the old format.
    image.layers.push(layer("etc/base", "base"));
    let old = image.docker_24(&["app:1"]);
    sandbox.file("old.tar", old.bytes());
    sandbox.file("old.tar.gz", image.docker_24(&["app:1"]).gzip());
    sandbox.file("new.tar", image.docker_25(&["docker.io/library/app:1"]).bytes());
    let old = push_from(&sandbox, &registry, "docker-archive:old.tar");
    assert_eq!(push_from(&sandbox, &registry, "old.tar.gz"), old);
    assert_eq!(
        push_from(&Sandbox::new_with(&sandbox, "old.tar"), &registry, "old.tar"),
        old,
        "the same bytes anywhere"
    );
    let mut layout = Layout::default();
    assert_eq!(push_from(&sandbox, &registry, "new.tar"), digest_of(&layout.image(&image)));
    // Both have the same config, so the same image behind them.
    let manifest: serde_json::Value = serde_json::from_slice(&registry.blob(&old).expect("pushed")).expect("JSON");
    assert_eq!(manifest["config"]["digest"], Digest::of(&image.config()).to_string());
    assert_eq!(manifest["layers"][0], manifest["layers"][2]);
}

#[test]
fn standard_input_and_several_names() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let archive = Image::with("hello").docker_24(&["app:1"]).gzip();
    let (first, second) = (registry.name("app:1"), registry.name("app:latest"));
    let pushed = sandbox.run_with(&["push", "--progress", "none", "--from", "-", &first, &second], archive, &[]);
    shows!(pushed, @"
    $ rpush push --progress none --from - localhost:PORT/app:1 localhost:PORT/app:latest
    1: digest: [DIGEST] size: 553
    latest: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ");
}

#[test]
fn an_archive_with_several_images_asks_which() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    for name in ["app:1", "app:2"] {
        let root = layout.image(&Image::with(name));
        layout.name(&root, &format!("docker.io/library/{name}"));
    }
    sandbox.file("both.tar", layout.archive().bytes());
    layout.write(&sandbox.path("both"));
    let name = registry.name("app:1");
    shows!(sandbox.rpush(&format!("push --progress none --from both.tar {name}")), @"
    $ rpush push --progress none --from both.tar localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: the archive has 2 images: app:1, app:2
    !
    ! hint: choose one: `--from docker-archive:FILE:NAME`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("push --progress none --from oci:both {name}")), @"
    $ rpush push --progress none --from oci:both localhost:PORT/app:1
    ! error: both has 2 images, and none was chosen: app:1, app:2
    !
    ! hint: choose one: `--from oci:DIR:NAME`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("push --progress none --from both.tar:app:3 {name}")), @"
    $ rpush push --progress none --from both.tar:app:3 localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: No such image: app:3
    ! because: the archive has app:1, app:2
    exit code 3
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was asked of the registry");
    let chosen = sandbox.ok(&format!("push -q --from both.tar:app:2 {name}")).digest();
    assert_eq!(sandbox.ok(&format!("push -q --from oci:both:app:2 {name}")).digest(), chosen);
}

/// Types that nobody here knows, and whole indexes with attestations, arrive byte for byte.
#[test]
fn indexes_and_artifacts_pass_unchanged() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    for (name, make) in [("index", index as fn(&mut Layout) -> serde_json::Value), ("artifact", Layout::artifact)] {
        let mut layout = Layout::default();
        let root = make(&mut layout);
        layout.name(&root, "1");
        layout.write(&sandbox.path(name));
        sandbox.file(&format!("{name}.tar"), layout.archive().bytes());
        let bytes = fs::read(sandbox.path(name).join("blobs/sha256").join(digest_of(&root).hex())).expect("a blob");
        for source in [format!("oci:{name}"), format!("{name}.tar")] {
            assert_eq!(push_from(&sandbox, &registry, &source), digest_of(&root), "{source}");
            assert_eq!(registry.blob(&digest_of(&root)), Some(bytes.clone()), "{source}");
        }
    }
}

fn index(layout: &mut Layout) -> serde_json::Value {
    layout.index("hello")
}

#[test]
fn sources_that_are_none() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("garbage.tar", [7; 4096]);
    sandbox.file("empty.tar", "");
    fs::create_dir(sandbox.path("directory")).expect("made");
    let whole = Image::with("hello").docker_24(&["app:1"]).bytes();
    sandbox.file("cut.tar", &whole[..whole.len() / 2]);
    let name = registry.name("app:1");
    for source in ["nowhere.tar", "oci:nowhere:1", "garbage.tar", "empty.tar", "cut.tar", "directory"] {
        let ran = sandbox.rpush(&format!("push --progress none --from {source} {name}"));
        assert_ne!(ran.code, 0, "{ran}");
    }
    shows!(sandbox.rpush(&format!("push --progress none --from nowhere.tar {name}")), @"
    $ rpush push --progress none --from nowhere.tar localhost:PORT/app:1
    ! error: there is nothing at nowhere.tar
    !
    ! hint: is the path right? `ls .`; an image of the store needs no `--from`
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("push --progress none --from garbage.tar {name}")), @"
    $ rpush push --progress none --from garbage.tar localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot import garbage.tar
    ! because: it is not a tar archive, nor one compressed with gzip or zstd
    exit code 1
    ");
    shows!(sandbox.rpush(&format!("push --progress none --from cut.tar {name}")), @"
    $ rpush push --progress none --from cut.tar localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot import cut.tar
    ! because: it is cut off: it ends in the middle of its content
    exit code 6
    ");
    shows!(sandbox.rpush(&format!("push --progress none --from directory {name}")), @"
    $ rpush push --progress none --from directory localhost:PORT/app:1
    ! error: not an OCI layout, because there is no directory/oci-layout
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    assert!(registry.journal(&[]).is_empty(), "nothing was asked of the registry");
    assert!(sandbox.names().is_empty());
}

/// Large layers go ahead while others are still being compressed: each is asked for once and sent once, and nothing of other
/// images in the archive is.
#[test]
fn layers_that_go_ahead_are_sent_once_and_only_those_of_the_image() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let [wanted, other] = [3_000_000, 2_000_000].map(|size| layout.image_of(&noise(size)));
    layout.name(&wanted, "docker.io/library/app:1");
    layout.name(&other, "docker.io/library/app:2");
    let others = layout.json(&other)["layers"][0]["digest"].as_str().expect("a digest").to_owned();
    sandbox.file("both.tar", layout.archive().bytes());
    let name = registry.name("app:1");
    let pushed = sandbox.ok(&format!("push --format json --from both.tar:app:1 {name}")).json();
    assert_eq!(pushed["totals"]["requests"], 2 * 3 + 1, "the registry in the box is asked by HEAD as well");
    assert_eq!(pushed["totals"]["moved"], 3, "{pushed}");
    assert_eq!(pushed["pieces"].as_array().map(Vec::len), Some(3), "{pushed}");
    let journal = registry.journal(&[]);
    assert!(journal.iter().all(|line| !line.contains(&others)), "{journal:#?}");
    assert!(journal.last().is_some_and(|line| line.starts_with("PUT /v2/app/manifests/1")), "{journal:#?}");
    let again = sandbox.ok(&format!("push --format json --from both.tar:app:1 {name}")).json();
    assert_eq!(again["totals"]["requests"], 1, "unchanged");
}

/// Who may not push hears it before everything has been compressed.
#[test]
fn a_refusal_ends_the_compressing() {
    let (sandbox, registry) = (Sandbox::new(), Registry::with_password("correct-horse"));
    let mut layout = Layout::default();
    let image = layout.image_of(&noise(3_000_000));
    layout.name(&image, "docker.io/library/app:1");
    sandbox.file("app.tar", layout.archive().bytes());
    let ran = sandbox.rpush(&format!("push --progress none --from app.tar {}", registry.name("app:1")));
    shows!(ran, @"
    $ rpush push --progress none --from app.tar localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for [ID] in localhost:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    assert!(sandbox.names().is_empty());
}
