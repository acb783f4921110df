//! Images out of directories and tars, without a daemon and without a build: what CI needs between `make` and `rpush push`.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::{Archive, Image, Registry, Sandbox, layer, shows};

/// A root file system in the sandbox.
fn rootfs(sandbox: &Sandbox, name: &str) {
    fs::create_dir_all(sandbox.path(name).join("etc")).expect("a directory");
    sandbox.file(&format!("{name}/etc/motd"), "hello\n");
    symlink("motd", sandbox.path(name).join("etc/issue")).expect("a link");
}

/// What an image's config says.
fn config(sandbox: &Sandbox, name: &str) -> Value {
    sandbox.ok(&format!("inspect --format json {name}")).json()
}

#[test]
fn a_directory_becomes_an_image_that_is_pushed() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let name = registry.name("base:1.0");
    rootfs(&sandbox, "rootfs");
    let made = sandbox.run(&["import", "--platform", "linux/amd64", "--change", "CMD [\"/bin/sh\"]", "rootfs", &name]);
    shows!(made, @r#"
    $ rpush import --platform linux/amd64 --change CMD ["/bin/sh"] rootfs localhost:PORT/base:1.0
    [DIGEST]
    ! 1 x Loaded
    ! Made localhost:PORT/base:1.0: 1 layer
    "#);
    shows!(sandbox.rpush(&format!("push {name}")), @"
    $ rpush push localhost:PORT/base:1.0
    1.0: digest: [DIGEST] size: 401
    ! The push refers to repository [localhost:PORT/base]
    ! 2 x Pushing
    ! 2 x Committing
    ! 3 x Pushed
    ! 3 uploaded 834 B; [TIME]
    ");
    let reader = Sandbox::new();
    reader.ok(&format!("pull --platform linux/amd64 {name}"));
    assert_eq!(reader.stored(&name).digest, made.digest());
    let seen = config(&reader, &name);
    assert_eq!((&seen["Config"], &seen["Created"]), (&json!({"Cmd": ["/bin/sh"]}), &json!("1970-01-01T00:00:00Z")));
}

#[test]
fn the_same_content_is_the_same_image_on_every_machine() {
    let (one, other) = (Sandbox::new(), Sandbox::new());
    rootfs(&one, "rootfs");
    rootfs(&other, "somewhere");
    let words = "import --platform linux/arm64 --change USER=1";
    assert_eq!(one.rpush(&format!("{words} rootfs app:1")).code, 2, "no instruction");
    let first = one.ok("import --platform linux/arm64 rootfs app:1").digest();
    assert_eq!(other.ok("import --platform linux/arm64 somewhere other:2").digest(), first);
    // With a time that both agree on.
    let at = |sandbox: &Sandbox, directory: &str| {
        let words = ["import", "--platform", "linux/arm64", directory, "app:2"];
        sandbox.run_with(&words, "", &[("SOURCE_DATE_EPOCH", "1700000000")])
    };
    let second = at(&one, "rootfs").digest();
    assert_eq!(at(&other, "somewhere").digest(), second);
    assert_ne!(second, first);
    assert_eq!(config(&one, "app:2")["Created"], "2023-11-14T22:13:20Z");
    let wrong = one.run_with(&["import", "rootfs", "app:3"], "", &[("SOURCE_DATE_EPOCH", "yesterday")]);
    shows!(wrong, @"
    $ rpush import rootfs app:3
    ! error: SOURCE_DATE_EPOCH is `yesterday`, which is not a number of seconds since 1970
    !
    ! hint: the time of the last commit: `SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`
    exit code 2
    ");
}

#[test]
fn a_tar_keeps_its_bytes() {
    let sandbox = Sandbox::new();
    let tar = Archive::default().file("etc/motd", "hello\n");
    sandbox.file("rootfs.tar.gz", tar.gzip());
    let made = sandbox.ok("import --format json rootfs.tar.gz base:1").json();
    let digest: rpush::image::Digest = made["layers"][0]["digest"].as_str().expect("a digest").parse().expect("one");
    assert_eq!(
        sandbox.store().blobs().read_small(&digest).expect("a blob"),
        fs::read(sandbox.path("rootfs.tar.gz")).expect("the file")
    );
    // From standard input, and without a name.
    let tar = Archive::default().file("etc/motd", "hello\n").bytes();
    let streamed = sandbox.run_with(&["import", "-q", "-"], tar, &[]);
    assert_eq!((streamed.code, streamed.err.as_str()), (0, ""));
    assert_eq!(streamed.out.trim(), streamed.digest().to_string());
    assert!(sandbox.names().contains_key(&format!("localhost/unnamed@{}", streamed.digest())));
}

#[test]
fn what_would_be_no_good_layer_is_refused_in_words() {
    let sandbox = Sandbox::new();
    let wrong = |name: &str, bytes: Vec<u8>| {
        sandbox.file(name, bytes);
        sandbox.rpush(&format!("import {name} base:1"))
    };
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..11].copy_from_slice(b"/etc/passwd");
    header.set_size(0);
    header.set_cksum();
    shows!(wrong("absolute.tar", [header.as_bytes().as_slice(), &[0; 1024]].concat()), @"
    $ rpush import absolute.tar base:1
    ! error: cannot make a layer of absolute.tar
    ! because: its member `/etc/passwd` is a name that leads out of the archive, which no image archive has
    exit code 1
    ");
    shows!(wrong("text.tar", b"#!/bin/sh\n".repeat(100)), @"
    $ rpush import text.tar base:1
    ! error: cannot make a layer of text.tar
    ! because: it is not a tar archive, nor one compressed with gzip or zstd
    exit code 1
    ");
    shows!(wrong("empty.tar", Vec::new()), @"
    $ rpush import empty.tar base:1
    ! error: cannot make a layer of empty.tar
    ! because: it is empty
    exit code 1
    ");
    shows!(sandbox.rpush("import nowhere base:1"), @"
    $ rpush import nowhere base:1
    ! error: cannot read nowhere
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    fs::create_dir(sandbox.path("run")).expect("a directory");
    let _socket = std::os::unix::net::UnixListener::bind(sandbox.path("run/s")).expect("a socket");
    shows!(sandbox.rpush("import run base:1"), @"
    $ rpush import run base:1
    ! error: cannot make a layer of run
    ! because: `run/s` is a device, a pipe or a socket, which is no content for a layer
    !
    ! hint: remove it, or leave it out of a tar: `tar -cf layer.tar --exclude=FILE -C DIR .`
    exit code 1
    ");
    assert!(sandbox.names().is_empty());
    assert_eq!(sandbox.verify_blobs(), 0, "and nothing is left of it");
}

#[test]
fn layers_go_on_top_of_an_image_of_the_store() {
    let sandbox = Sandbox::new();
    rootfs(&sandbox, "dist");
    let base = Image::with("hello");
    sandbox.file("base.tar", base.docker_24(&["base:1"]).bytes());
    sandbox.file("more.tar", layer("srv/more", "more"));
    sandbox.ok("load -i base.tar");
    let made = sandbox.run(&[
        "append",
        "--base",
        "base:1",
        "--layer",
        "dist=/srv/app",
        "--layer",
        "more.tar",
        "--env",
        "MODE=production",
        "--label",
        "version=2",
        "--user",
        "1000:1000",
        "--workdir",
        "/srv/app",
        "--entrypoint",
        "/srv/app/serve",
        "--cmd",
        "[\"--port\", \"80\"]",
        "--annotation",
        "org.example.note=yes",
        "--message",
        "for the test",
        "app:1",
    ]);
    shows!(made, @r#"
    $ rpush append --base base:1 --layer dist=/srv/app --layer more.tar --env MODE=production --label version=2 --user 1000:1000 --workdir /srv/app --entrypoint /srv/app/serve --cmd ["--port", "80"] --annotation org.example.note=yes --message for the test app:1
    [DIGEST]
    ! 2 x Loaded
    ! Made app:1: 4 layers
    "#);
    let (before, after) = (config(&sandbox, "base:1"), config(&sandbox, "app:1"));
    let layers = |seen: &Value| seen["RootFS"]["Layers"].as_array().expect("layers").clone();
    assert_eq!(layers(&after)[..layers(&before).len()], layers(&before)[..], "the base is below");
    assert_eq!(layers(&after).len(), layers(&before).len() + 2);
    assert_eq!(after["Config"]["Entrypoint"], json!(["/srv/app/serve"]));
    assert_eq!(after["Config"]["Cmd"], json!(["--port", "80"]));
    assert_eq!(after["Config"]["User"], "1000:1000");
    assert_eq!(after["Config"]["Labels"]["version"], "2");
    let manifest: Value =
        serde_json::from_slice(&sandbox.store().blobs().read_small(&made.digest()).expect("a manifest")).expect("JSON");
    assert_eq!(manifest["annotations"], json!({"org.example.note": "yes"}));
    // Nothing was said of time, so the same again is the same.
    let again = sandbox.ok("append -q --base app:1 --label version=3 app:2");
    assert_eq!(sandbox.ok("append -q --base app:1 --label version=3 app:3").digest(), again.digest());
}

#[test]
fn an_image_of_nothing_is_made_of_its_layers() {
    let sandbox = Sandbox::new();
    rootfs(&sandbox, "dist");
    let one = sandbox.ok("append --platform linux/amd64 --layer dist=/srv/app app:1").digest();
    assert_eq!(sandbox.ok("append --base scratch --platform linux/amd64 --layer dist=/srv/app app:2").digest(), one);
    shows!(sandbox.run(&["append", "--entrypoint", "npm start", "app:3"]), @r#"
    $ rpush append --entrypoint npm start app:3
    ! error: `npm start` is more than one word, and no shell reads it
    !
    ! hint: write a list: `'["npm","start"]'`
    exit code 2
    "#);
    shows!(sandbox.rpush("append --layer dist=../.. app:3"), @"
    $ rpush append --layer dist=../.. app:3
    ! error: `../..` leads out of the image
    !
    ! hint: write a place without `..`: `DIR=/srv/app`
    exit code 2
    ");
    shows!(sandbox.rpush("append --env MODE app:3"), @"
    $ rpush append --env MODE app:3
    ! error: `MODE` is not a name and a value, like `NAME=VALUE`
    exit code 2
    ");
    shows!(sandbox.rpush("append --owner root --layer dist app:3"), @"
    $ rpush append --owner root --layer dist app:3
    ! error: `root` is not a user and a group in numbers, like `1000:1000`
    exit code 2
    ");
}

/// A push of the new image needs the layers of the base, so they are pulled; and moving them on to another repository of the
/// same registry costs no byte.
#[test]
fn a_base_on_a_registry_is_pulled_first() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let (base, name) = (registry.name("base:1"), registry.name("app:1"));
    let builder = Sandbox::new();
    rootfs(&builder, "dist");
    builder.ok(&format!("import --platform linux/amd64 dist {base}"));
    builder.ok(&format!("push {base}"));
    rootfs(&sandbox, "dist");
    shows!(sandbox.rpush(&format!("append --platform linux/amd64 --base {base} --layer dist {name}")), @"
    $ rpush append --platform linux/amd64 --base localhost:PORT/base:1 --layer dist localhost:PORT/app:1
    [DIGEST]
    ! localhost:PORT/base:1 is not in the store: pulling it
    ! 2 x Downloading
    ! 3 x Pull complete
    ! 3 downloaded 817 B; [TIME]
    ! 1 x Loaded
    ! Made localhost:PORT/app:1: 2 layers
    ");
    shows!(sandbox.rpush(&format!("push {name}")), @"
    $ rpush push localhost:PORT/app:1
    1: digest: [DIGEST] size: 555
    ! The push refers to repository [localhost:PORT/app]
    ! 1 x Mounted from base
    ! 1 x Pushing
    ! 1 x Committing
    ! 2 x Pushed
    ! 2 uploaded 963 B, 1 mounted; [TIME]
    ");
    let missing = registry.name("nothing:1");
    shows!(sandbox.rpush(&format!("append --base {missing} --layer dist {name}")), @"
    $ rpush append --base localhost:PORT/nothing:1 --layer dist localhost:PORT/app:1
    ! localhost:PORT/nothing:1 is not in the store: pulling it
    ! error: manifest for localhost:PORT/nothing:1 not found: manifest unknown
    !
    ! hint: is the tag right, and does the registry let this account see it? `rpush login localhost:PORT`
    exit code 3
    ");
}
