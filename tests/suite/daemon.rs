//! Images of the Docker daemon: pushed out of it by name, asked for once, and given back to it.

use rpush::image::Digest;
use rpush::server::Config;

use crate::support::{Engine, Image, Layout, Ran, Registry, Sandbox, StandIn, answer, self_made, shows};

/// Runs rpush where the daemon is the stand-in.
#[track_caller]
fn run(sandbox: &Sandbox, daemon: &StandIn, words: &str) -> Ran {
    let words: Vec<_> = words.split_whitespace().collect();
    let mut ran = sandbox.run_with(&words, "", &[("DOCKER_HOST", &daemon.host())]);
    ran.err = ran.err.replace(&daemon.host(), "unix://[DAEMON]");
    ran
}

/// Gives the daemon an image as Docker 20.10 has it: its id is the digest of its config.
fn give(daemon: &StandIn, name: &str, image: &Image) -> Digest {
    let id = Digest::of(&image.config());
    daemon.has(name, id, image.docker_24(&[name]).bytes());
    id
}

#[test]
fn a_name_that_is_not_in_the_store_is_taken_from_the_daemon() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("my-fancy-app:1.0.0");
    let id = give(&daemon, &name, &Image::with("built"));
    let pushed = run(&sandbox, &daemon, &format!("push {name}"));
    shows!(pushed, @"
    $ rpush push localhost:PORT/my-fancy-app:1.0.0
    1.0.0: digest: [DIGEST] size: 553
    ! localhost:PORT/my-fancy-app:1.0.0 is not in the store: taking it from the Docker daemon at unix://[DAEMON]
    ! The push refers to repository [localhost:PORT/my-fancy-app]
    ! 3 x Pushing
    ! 3 x Committing
    ! 4 x Pushed
    ! 4 uploaded 1 kB; [TIME]
    ");
    assert_eq!(daemon.journal().len(), 2);
    let manifest: serde_json::Value =
        serde_json::from_slice(&registry.blob(&pushed.digest()).expect("it is there")).expect("JSON");
    assert_eq!(manifest["config"]["digest"], id.to_string(), "it is the image that the daemon has");
    assert!(sandbox.names().is_empty(), "what is pushed from elsewhere gets no name in the store");

    // Unchanged, it costs one question to the daemon and one to the registry.
    registry.journal(&[]);
    let again = run(&sandbox, &daemon, &format!("push -q {name}"));
    assert_eq!((again.code, again.digest()), (0, pushed.digest()), "{again}");
    assert_eq!(daemon.journal(), [format!("GET /images/{name}/json")]);
    assert_eq!(registry.journal(&[]).len(), 1);

    // From another machine it is the same image, byte for byte.
    let other = run(&Sandbox::new(), &daemon, &format!("push -q {name}"));
    assert_eq!(other.digest(), pushed.digest());

    // Built anew, it is exported anew.
    give(&daemon, &name, &Image::with("built anew"));
    daemon.journal();
    let anew = run(&sandbox, &daemon, &format!("push -q {name}"));
    assert_ne!(anew.digest(), pushed.digest());
    assert_eq!(daemon.journal(), [format!("GET /images/{name}/json"), "GET /images/[id]/get".to_owned()]);
    sandbox.verify_blobs();
}

#[test]
fn the_daemon_may_be_named_as_the_source() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let id = give(&daemon, "app:latest", &Image::with("named"));
    let name = registry.name("app:1");
    let pushed = run(&sandbox, &daemon, &format!("push -q --from docker-daemon:app {name}"));
    assert_eq!(pushed.code, 0, "{pushed}");
    assert_eq!(daemon.journal(), ["GET /images/app:latest/json", "GET /images/[id]/get"]);
    let by_id = run(&sandbox, &daemon, &format!("push -q --from docker-daemon:{id} {name}"));
    assert_eq!(by_id.digest(), pushed.digest());
    assert_eq!(daemon.journal(), ["GET /images/[id]/json"]);
    // Compressed otherwise, it is another image for the registry, and remembered as that.
    let zstd = |sandbox: &Sandbox| {
        run(sandbox, &daemon, &format!("push -q --compression zstd --from docker-daemon:app {name}"))
    };
    assert_ne!(zstd(&sandbox).digest(), pushed.digest());
    assert_eq!((zstd(&sandbox).code, daemon.journal().len()), (0, 3));
}

/// containerd's images are known by the digest of their manifest, and their layers are compressed: nothing is made anew.
#[test]
fn an_image_that_containerd_keeps_keeps_its_digest() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let image = Image::with("kept");
    let root =
        Layout::default().image(&image)["digest"].as_str().expect("a digest").parse::<Digest>().expect("a digest");
    let name = registry.name("app:1");
    daemon.has(&name, root, image.docker_25(&[&name]).bytes());
    assert_eq!(run(&sandbox, &daemon, &format!("push -q {name}")).digest(), root);
    daemon.journal();
    assert_eq!(run(&sandbox, &daemon, &format!("push -q {name}")).digest(), root);
    assert_eq!(daemon.journal(), [format!("GET /images/{name}/json")]);
}

/// A memory of an image of which something is gone is none.
#[test]
fn what_the_store_has_lost_is_exported_again() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("app:1");
    give(&daemon, &name, &Image::with("lost"));
    let pushed = run(&sandbox, &daemon, &format!("push -q {name}"));
    sandbox.ok("prune");
    daemon.journal();
    assert_eq!(run(&sandbox, &daemon, &format!("push -q {name}")).digest(), pushed.digest());
    assert_eq!(daemon.journal().len(), 2);
}

#[test]
fn the_store_comes_first() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("app:1");
    sandbox.file("app.tar", Image::with("stored").docker_24(&[&name]).bytes());
    sandbox.ok("load -i app.tar");
    give(&daemon, &name, &Image::with("in the daemon"));
    let pushed = run(&sandbox, &daemon, &format!("push -q {name}"));
    assert_eq!(pushed.digest(), sandbox.stored(&name).digest);
    assert!(daemon.journal().is_empty());
}

#[test]
fn what_nobody_has() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("app:1");
    shows!(run(&sandbox, &daemon, &format!("push {name}")), @"
    $ rpush push localhost:PORT/app:1
    ! error: tag does not exist: localhost:PORT/app:1
    ! because: neither the store nor the Docker daemon at `unix://[DAEMON]` has it
    !
    ! hint: `rpush images` lists what there is; `--from FILE` pushes what is not in the store
    exit code 3
    ");
    shows!(run(&sandbox, &daemon, &format!("push --from docker-daemon:nope {name}")), @"
    $ rpush push --from docker-daemon:nope localhost:PORT/app:1
    ! error: No such image: nope:latest
    !
    ! hint: see what it has: `DOCKER_HOST=unix://[DAEMON] docker images`
    exit code 3
    ");
    // Where there is no daemon, nothing is said of one; unless it was asked for.
    shows!(sandbox.rpush(&format!("push {name}")), @"
    $ rpush push localhost:PORT/app:1
    ! error: tag does not exist: localhost:PORT/app:1
    !
    ! hint: `rpush images` lists what there is; `--from FILE` pushes what is not in the store
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("push --from docker-daemon:nope {name}")), @"
    $ rpush push --from docker-daemon:nope localhost:PORT/app:1
    ! error: there is no Docker daemon at `unix://[SANDBOX]/no-daemon.sock`
    ! because: No such file or directory (os error 2)
    !
    ! hint: start it (`sudo systemctl start docker`), or say where it is: `DOCKER_HOST=unix:///PATH`
    exit code 5
    ");
    let remote = |host| sandbox.run_with(&["push", &name], "", &[("DOCKER_HOST", host)]);
    shows!(remote("ssh://me@build.example"), @"
    $ rpush push localhost:PORT/app:1
    ! error: tag does not exist: localhost:PORT/app:1
    ! because: it is not in the store, and `DOCKER_HOST` says `ssh://me@build.example`, and rpush does not speak `ssh://` to a Docker daemon
    !
    ! hint: forward its socket, `ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST`, and name that: `DOCKER_HOST=unix:///tmp/docker.sock`
    exit code 3
    ");
    shows!(remote("tcp://127.0.0.1:1"), @"
    $ rpush push localhost:PORT/app:1
    ! error: tag does not exist: localhost:PORT/app:1
    !
    ! hint: `rpush images` lists what there is; `--from FILE` pushes what is not in the store
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("push --from docker-daemon: {name}")), @"
    $ rpush push --from docker-daemon: localhost:PORT/app:1
    ! error: `docker-daemon:` needs the name of an image
    !
    ! hint: write `--from docker-daemon:my-fancy-app:1.0.0`
    exit code 2
    ");
}

#[test]
fn an_export_that_breaks_off_pushes_nothing() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::BreaksOff));
    let name = registry.name("app:1");
    give(&daemon, &name, &Image::with("broken"));
    shows!(run(&sandbox, &daemon, &format!("push --progress none {name}")), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! localhost:PORT/app:1 is not in the store: taking it from the Docker daemon at unix://[DAEMON]
    ! The push refers to repository [localhost:PORT/app]
    ! error: the connection to the Docker daemon at `unix://[DAEMON]` broke off
    ! because: unexpected EOF during chunk size line
    !
    ! hint: its log says why: `journalctl -u docker`
    exit code 5
    ");
    assert!(registry.journal(&[]).is_empty());
}

/// Whoever waits for a daemon that says nothing more can stop waiting.
#[test]
fn an_export_that_has_no_end_can_be_interrupted() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::GoesSilent));
    let name = registry.name("app:1");
    give(&daemon, &name, &Image::with("endless"));
    // Where the sandbox says that the daemon is.
    std::os::unix::fs::symlink(daemon.socket(), sandbox.path("no-daemon.sock")).expect("a link");
    let running = sandbox.start(&format!("push {name}"));
    while !daemon.journal().iter().any(|asked| asked.ends_with("/get")) {
        std::thread::yield_now();
    }
    running.interrupt();
    let ran = running.wait();
    assert_eq!((ran.code, registry.journal(&[]).len()), (130, 0), "{ran}");
}

/// A context is found as Docker finds it: by its name in `config.json`, under the hash of that.
#[test]
fn the_context_in_use_is_asked() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("app:1");
    give(&daemon, &name, &Image::with("in a context"));
    let meta = sandbox.path("docker/contexts/meta").join(Digest::of(b"mine").hex());
    std::fs::create_dir_all(&meta).expect("made");
    let text = format!(r#"{{"Name":"mine","Endpoints":{{"docker":{{"Host":"{}"}}}}}}"#, daemon.host());
    std::fs::write(meta.join("meta.json"), text).expect("written");
    sandbox.file("docker/config.json", r#"{"currentContext":"mine"}"#);
    let ran = sandbox.run_with(&["push", "-q", &name], "", &[("DOCKER_HOST", "")]);
    assert_eq!(ran.code, 0, "{ran}");
    let ran = sandbox.run_with(&["push", "-q", &name], "", &[("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "other")]);
    assert!(ran.code == 3 && ran.err.contains("there is no Docker context `other`"), "{ran}");
}

/// A daemon at a port, behind TLS, as `DOCKER_CERT_PATH` and contexts have its authority: no other one is believed.
#[test]
fn a_daemon_behind_tls_is_verified() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let (tls, file) = self_made(&sandbox);
    let daemon = Registry::start(Config { tls: Some(tls), ..Config::default() });
    let image = Image::with("behind TLS");
    let (id, archive) = (Digest::of(&image.config()), image.docker_24(&["app:1"]).bytes());
    daemon.on(move |request| match request.uri.path() {
        path if path.ends_with("/json") => Some(answer(200, &[], format!(r#"{{"Id":"{id}"}}"#))),
        _ => Some(answer(200, &[], archive.clone())),
    });
    std::fs::create_dir(sandbox.path("certs")).expect("made");
    let (host, name) = (format!("tcp://{}", daemon.host()), registry.name("app:1"));
    let push = |more: &[(&str, &str)]| {
        let environment: Vec<_> = more.iter().copied().chain([("DOCKER_HOST", &*host)]).collect();
        sandbox.run_with(&["push", "--progress", "none", "--from", "docker-daemon:app:1", &name], "", &environment)
    };
    let certs = sandbox.path("certs");
    let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", certs.to_str().expect("a plain name"))];
    let unknown = push(&tls);
    assert!(unknown.code == 5 && unknown.err.contains("invalid peer certificate: UnknownIssuer"), "{unknown}");
    std::fs::copy(file, certs.join("ca.pem")).expect("copied");
    assert_eq!(push(&tls).code, 0);
    assert_ne!(push(&[]).code, 0, "without TLS it does not answer");
}

#[test]
fn a_pull_is_given_to_the_daemon() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::Well));
    let name = registry.name("app:1");
    sandbox.file("app.tar", Image::with("given").docker_24(&[&name]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("push {name}"));
    let reader = Sandbox::new();
    shows!(run(&reader, &daemon, &format!("pull --to docker-daemon: {name}")), @"
    $ rpush pull --to docker-daemon: localhost:PORT/app:1
    Digest: [DIGEST]
    Status: Downloaded newer image for localhost:PORT/app:1
    localhost:PORT/app:1
    ! 1: Pulling from app
    ! 3 x Downloading
    ! 4 x Pull complete
    ! 4 downloaded 1 kB; [TIME]
    ! localhost:PORT/app:1 is in the Docker daemon at unix://[DAEMON] now
    ");
    let [archive] = &daemon.loaded()[..] else { panic!("one archive is given") };
    assert_eq!(*archive, reader.ok(&format!("save {name}")).bytes, "the same that `save` writes");
    assert_eq!(
        daemon.journal(),
        ["GET /_ping".to_owned(), format!("GET /images/{name}/json"), "POST /images/load?quiet=1".to_owned()]
    );

    // What the daemon has is not given again.
    give(&daemon, &name, &Image::with("given"));
    run(&reader, &daemon, &format!("pull --to docker-daemon: {name}"));
    assert!(daemon.loaded().is_empty());

    let other = run(&reader, &daemon, &format!("pull -q --to docker-daemon:team/other {name}"));
    assert_eq!(other.code, 0, "{other}");
    let archive = daemon.loaded().remove(0);
    reader.file("given.tar", archive);
    assert_eq!(reader.ok("load -i given.tar").out, "Loaded image: team/other:latest\n");
}

#[test]
fn a_pull_that_the_daemon_does_not_take() {
    let (sandbox, registry, daemon) = (Sandbox::new(), Registry::open(), StandIn::start(Engine::IsFull));
    let name = registry.name("app:1");
    sandbox.file("app.tar", Image::with("refused").docker_24(&[&name]).bytes());
    sandbox.ok("load -i app.tar");
    let digest = sandbox.ok(&format!("push -q {name}")).digest();
    shows!(run(&sandbox, &daemon, &format!("pull --progress none --to docker-daemon: {name}")), @"
    $ rpush pull --progress none --to docker-daemon: localhost:PORT/app:1
    ! 1: Pulling from app
    ! error: the Docker daemon at `unix://[DAEMON]` cannot load the image
    ! because: write /layer: no space left on device
    exit code 1
    ");
    let nobody = Sandbox::new();
    let ran = nobody.rpush(&format!("pull --to docker-daemon: {name}"));
    assert_eq!((ran.code, nobody.names().len()), (5, 0), "found out before anything is pulled: {ran}");
    for words in [
        format!("pull --to docker-daemon:x {name} {name}"),
        format!("pull -a --to docker-daemon:x {}", registry.name("app")),
        format!("pull --to docker-daemon: {}@{digest}", registry.name("app")),
        format!("pull --to oci:x {name}"),
    ] {
        let ran = run(&sandbox, &daemon, &words);
        assert!(ran.code == 2 && ran.err.contains("hint: "), "{ran}");
    }
}
