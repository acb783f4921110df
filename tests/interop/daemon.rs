//! rpush and a real Docker daemon: images out of it by name, without a file in between, and into it.

use rpush::image::Digest;
use serde_json::Value;

use crate::peers::{Docker, DockerRegistry};
use crate::support::{Image, Ran, Sandbox, layer, noise};
use crate::{digest_in, needs, needs_docker, needs_overlay};

#[track_caller]
fn ok(sandbox: &Sandbox, docker: &Docker, words: &str) -> Ran {
    let ran = at(sandbox, &docker.host(), words);
    assert_eq!(ran.code, 0, "{ran}");
    ran
}

/// Runs rpush where the daemon has this address.
fn at(sandbox: &Sandbox, host: &str, words: &str) -> Ran {
    let words: Vec<_> = words.split_whitespace().collect();
    sandbox.run_with(&words, "", &[("DOCKER_HOST", host)])
}

/// An image of two layers, of which one is too large to be kept while it goes by.
fn large(text: &str) -> Image {
    let mut image = Image::with(text);
    image.layers.push(layer("app/large", &String::from_utf8_lossy(&noise(6 << 20))));
    image
}

/// How often rpush asked the daemon for an archive.
fn exports(ran: &Ran) -> usize {
    let is_address = |line: &str| line.starts_with("unix://") || line.starts_with("tcp://");
    ran.err.lines().filter(|line| is_address(line) && line.ends_with("/get")).count()
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

/// A layer with everything that tars have, as `docker import` keeps it: second names, links to directories and files behind them,
/// long names, names that are no texts, files without content, and bytes behind the end.
fn odd_layer(large: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |kind, name: &[u8], link: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_mode(0o755);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, bytes).expect("memory can be written");
    };
    use tar::EntryType::{Directory, Fifo, Link, Regular, Symlink};
    add(Directory, b"./", "", b"");
    add(Directory, b"./usr/lib/", "", b"");
    add(Regular, b"./usr/lib/large", "", large);
    add(Regular, b"usr/lib/empty", "", b"");
    add(Link, b"usr/lib/second", "usr/lib/large", b"");
    add(Symlink, b"lib", "usr/lib", b"");
    add(Symlink, b"etc", "/usr/lib", b"");
    add(Regular, b"lib/behind", "", b"a link");
    add(Regular, b"usr/caf\xe9<&>", "", b"no text");
    add(Fifo, b"usr/pipe", "", b"");
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    tar.append_data(&mut header, "long/".repeat(40) + "name", &b"long"[..]).expect("memory can be written");
    let mut tar = tar.into_inner().expect("memory can be written");
    tar.extend([0; 9000]);
    tar
}

/// Docker's layers, where Docker itself has put them: the image of an export, without one.
#[test]
fn layers_of_a_real_daemon_are_read_where_they_lie() {
    needs!("docker-registry");
    let docker = needs_overlay!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let [odd, built] = ["odd:1", "built:1"].map(|name| registry.name(name));
    docker.run_with(&sandbox, &format!("import - {odd}"), &odd_layer(&noise(3 << 20)));
    std::fs::create_dir(sandbox.path("context")).expect("made");
    sandbox.file("context/hello.txt", "hello");
    sandbox.file("context/Dockerfile", format!("FROM {odd}\nCOPY hello.txt /usr/lib/\nCOPY hello.txt /lib/\n"));
    docker.run_among(&sandbox, &format!("build -q -t {built} context"), &[("DOCKER_BUILDKIT", "0".as_ref())]);
    for name in [&odd, &built] {
        let read = ok(&sandbox, docker, &format!("-vv push {name}"));
        assert_eq!(exports(&read), 0, "{read}");
        let words = format!("reading its layers in {}", docker.data().display());
        assert!(read.err.contains(&words), "{read}");
        let exported = at(&Sandbox::new(), &docker.remote_host(), &format!("-vv push {name}"));
        assert_eq!((exported.code, exports(&exported)), (0, 1), "{exported}");
        assert_eq!(exported.digest(), read.digest(), "{name}");
        let reader = Sandbox::new();
        assert_eq!(reader.ok(&format!("pull {name}")).digest(), read.digest());
        reader.verify_blobs();
    }
    sandbox.verify_blobs();
    docker.run(&sandbox, &format!("rmi {built} {odd}"));
}

/// The top of the directories of a layer that has this file.
fn layer_with(docker: &Docker, file: &str) -> std::path::PathBuf {
    let layers = std::fs::read_dir(docker.data().join("overlay2")).expect("it can be read");
    let mut found = layers.map(|layer| layer.expect("a layer").path().join("diff").join(file));
    found.find(|path| path.exists()).expect("it is there")
}

/// What the daemon has written down of a layer.
fn layer_note(docker: &Docker, layer: &[u8]) -> std::path::PathBuf {
    let notes = std::fs::read_dir(docker.data().join("image/overlay2/layerdb/sha256")).expect("it can be read");
    let diff_id = Digest::of(layer).to_string();
    let mut notes = notes.map(|note| note.expect("notes of a layer").path());
    notes
        .find(|notes| std::fs::read_to_string(notes.join("diff")).is_ok_and(|text| text == diff_id))
        .expect("it is there")
}

/// What is not as it was: the daemon has the last word.
#[test]
fn what_is_damaged_in_a_real_daemons_storage_is_exported() {
    needs!("docker-registry");
    let docker = needs_overlay!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let name = registry.name("damaged:1");
    let image = large("damaged");
    docker.run_with(&sandbox, "load", &image.docker_24(&[&name]).bytes());
    let good = ok(&Sandbox::new(), docker, &format!("push -v {name}"));
    assert!(good.err.contains("reading its layers in"), "{good}");

    // A note that the daemon has read when it started.
    let note = layer_note(docker, &image.layers[2]).join("size");
    std::fs::write(&note, "much").expect("written");
    let ran = ok(&Sandbox::new(), docker, &format!("-vv push {name}"));
    assert!(ran.err.contains("size is not what the daemon has there"), "{ran}");
    assert_eq!((exports(&ran), ran.digest()), (1, good.digest()), "{ran}");
    std::fs::write(&note, "7").expect("written");

    // A file, of which Docker keeps a checksum.
    let file = layer_with(docker, "app/hello.txt");
    std::fs::write(&file, "DAMAGED").expect("written");
    let ran = at(&Sandbox::new(), &docker.host(), &format!("-vv push {name}"));
    assert_eq!(exports(&ran), 1, "{ran}");
    assert!(ran.err.contains("taking its export, because its layers cannot be read in its storage"), "{ran}");
    assert_ne!(ran.code, 0, "{ran}");
    std::fs::write(&file, "damaged").expect("written");
    assert_eq!(ok(&Sandbox::new(), docker, &format!("push {name}")).digest(), good.digest());
    docker.run(&sandbox, &format!("rmi {name}"));
}
