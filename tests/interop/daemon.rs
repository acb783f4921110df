//! rpush and a real Docker daemon: images out of it by name, without a file in between, and into it.

use rpush::image::Digest;
use serde_json::Value;

use crate::peers::{Docker, DockerRegistry};
use crate::support::{Image, Ran, Sandbox, layer, noise};
use crate::{digest_in, needs, needs_docker};

#[track_caller]
fn ok(sandbox: &Sandbox, docker: &Docker, words: &str) -> Ran {
    let words: Vec<_> = words.split_whitespace().collect();
    let ran = sandbox.run_with(&words, "", &[("DOCKER_HOST", &docker.host())]);
    assert_eq!(ran.code, 0, "{ran}");
    ran
}

/// An image of two layers, of which one is too large to be kept while it goes by.
fn large(text: &str) -> Image {
    let mut image = Image::with(text);
    image.layers.push(layer("app/large", &String::from_utf8_lossy(&noise(6 << 20))));
    image
}

/// How often rpush asked the daemon for an archive.
fn exports(ran: &Ran) -> usize {
    ran.err.lines().filter(|line| line.starts_with("unix://") && line.ends_with("/get")).count()
}

#[test]
fn an_image_of_a_real_daemon_is_pushed_by_its_name() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let (name, other) = (registry.name("built:1"), registry.name("other:1"));
    docker.run_with(&sandbox, "load", &large("out of a daemon").docker_24(&[&name]).bytes());
    let id = docker.id(&sandbox, &name);

    let first = ok(&sandbox, docker, &format!("-vv push {name}"));
    assert_eq!(exports(&first), 1, "{first}");
    assert!(first.err.contains("is not in the store: taking it from the Docker daemon at unix://"), "{first}");
    let second = ok(&sandbox, docker, &format!("-vv push --format json {name}"));
    assert_eq!((exports(&second), second.digest()), (0, first.digest()), "{second}");
    assert_eq!(second.json()["totals"]["requests"], 1, "{second}");
    // By its source, by its id, and from an empty store: always the same bytes.
    let empty = Sandbox::new();
    for (sandbox, words) in [
        (&sandbox, format!("push --from docker-daemon:{name} {other}")),
        (&sandbox, format!("push --from docker-daemon:{id} {other}")),
        (&empty, format!("push {name}")),
    ] {
        assert_eq!(ok(sandbox, docker, &words).digest(), first.digest(), "{words}");
    }

    docker.run(&sandbox, &format!("rmi {name}"));
    let pulled = docker.run(&sandbox, &format!("pull {name}"));
    assert_eq!(digest_in(&pulled.out), first.digest());
    assert_eq!(docker.id(&sandbox, &name), id, "it is the image that was built");
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// `docker build`, and nothing else: the next build costs what has changed.
#[test]
fn what_docker_builds_is_pushed() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let name = registry.name("my-fancy-app:1.0.0");
    std::fs::create_dir(sandbox.path("context")).expect("made");
    let mut seen = Vec::new();
    for text in ["one", "two"] {
        sandbox.file("context/hello.txt", text);
        sandbox.file("context/Dockerfile", "FROM scratch\nCOPY Dockerfile /\nCOPY hello.txt /\nCMD [\"/hello\"]\n");
        let environment = [("DOCKER_BUILDKIT", "0".as_ref())];
        docker.run_among(&sandbox, &format!("build -q -t {name} context"), &environment);
        let id = docker.id(&sandbox, &name);
        let pushed = ok(&sandbox, docker, &format!("push {name}"));
        let reader = Sandbox::new();
        assert_eq!(reader.ok(&format!("pull {name}")).digest(), pushed.digest());
        let manifest = std::fs::read(reader.store().blobs().path(&pushed.digest())).expect("it was pulled");
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["config"]["digest"], id);
        seen.push((pushed.digest(), manifest["layers"][0].clone()));
    }
    assert_ne!(seen[0].0, seen[1].0);
    assert_eq!(seen[0].1, seen[1].1, "the layer that is the same stays the same");
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// A layer that is too large to be kept while it goes by.
fn large_layer(name: &str) -> Vec<u8> {
    layer(name, &format!("{name}{}", String::from_utf8_lossy(&noise(6 << 20))))
}

/// Docker names the layers of an export by ids of its own. Those of all but the topmost layer follow from what it says of the
/// image before, and what was compressed is not compressed again.
#[test]
fn of_what_a_real_daemon_exports_only_what_is_new_is_compressed() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let name = registry.name("grown:1");
    let mut image = Image::with("grown");
    image.layers = ["base", "middle", "top"].map(|text| large_layer(&format!("app/{text}"))).to_vec();
    let mut pushed = Vec::new();
    for (change, known) in [("none", 0), ("more", 3), ("other", 3), ("config", 4)] {
        match change {
            "more" => image.layers.push(large_layer("app/more")),
            "other" => image.layers[1] = large_layer("app/other"),
            "config" => image.labels = serde_json::json!({ "built": "again" }),
            _ => {}
        }
        docker.run_with(&sandbox, "load", &image.docker_24(&[&name]).bytes());
        let ran = ok(&sandbox, docker, &format!("-v push {name}"));
        let found = ran.err.lines().filter(|line| line.ends_with("which was compressed before")).count();
        assert_eq!((exports(&ok(&sandbox, docker, &format!("-vv push {name}"))), found), (0, known), "{change}: {ran}");
        let elsewhere = ok(&Sandbox::new(), docker, &format!("push {name}"));
        assert_eq!(elsewhere.digest(), ran.digest(), "the same image as where nothing is known");
        pushed.push(ran.digest());
    }
    assert_eq!(pushed.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    sandbox.verify_blobs();
    docker.run(&sandbox, &format!("rmi {name}"));
}

#[test]
fn a_real_daemon_is_given_what_was_pulled() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let image = large("into a daemon");
    let name = registry.name("given:1");
    sandbox.file("app.tar", image.docker_24(&[&name]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("push {name}"));
    let reader = Sandbox::new();
    let given = ok(&reader, docker, &format!("pull --to docker-daemon: {name}"));
    assert!(given.err.contains(&format!("{name} is in the Docker daemon at unix://")), "{given}");
    let id = Digest::of(&image.config()).to_string();
    assert_eq!(docker.id(&sandbox, &name), id);
    let again = ok(&reader, docker, &format!("pull --to docker-daemon: {name}"));
    assert!(again.err.trim_end().ends_with("already"), "{again}");
    ok(&reader, docker, &format!("pull --to docker-daemon:renamed:2 {name}"));
    assert_eq!(docker.id(&sandbox, "renamed:2"), id);
    docker.run(&sandbox, &format!("rmi {name} renamed:2"));
}

#[test]
fn what_a_real_daemon_does_not_have() {
    let docker = needs_docker!();
    let sandbox = Sandbox::new();
    let name = "localhost:1/nowhere:1";
    let ran =
        sandbox.run_with(&["push", "--from", "docker-daemon:nowhere:1", name], "", &[("DOCKER_HOST", &docker.host())]);
    assert_eq!(ran.code, 3, "{ran}");
    assert!(ran.err.contains("error: No such image: nowhere:1"), "{ran}");
    let ran = sandbox.run_with(&["push", name], "", &[("DOCKER_HOST", &docker.host())]);
    assert!(ran.code == 3 && ran.err.contains("neither the store nor the Docker daemon"), "{ran}");
}
