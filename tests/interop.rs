//! rpush among programs that somebody else wrote. Its own client against its own server proves little; here a registry, Docker,
//! skopeo and umoci read what rpush wrote and write what rpush reads, and the digests are equal at every step.
//!
//! A program that is not installed is a test that is skipped, and says so; with `RPUSH_REQUIRE_PEERS=1` it is a failure.

#![cfg(unix)]

#[path = "interop/catalogue.rs"]
mod catalogue;
#[path = "interop/copy.rs"]
mod copy;
#[path = "interop/daemon.rs"]
mod daemon;
#[path = "interop/endurance.rs"]
mod endurance;
#[path = "interop/faults.rs"]
mod faults;
#[path = "interop/fleet.rs"]
mod fleet;
#[path = "interop/kinds.rs"]
mod kinds;
#[path = "interop/making.rs"]
mod making;
#[path = "interop/names.rs"]
mod names;
#[path = "interop/peers.rs"]
mod peers;
#[path = "interop/remote.rs"]
mod remote;
#[path = "interop/roads.rs"]
mod roads;
#[path = "suite/support/mod.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "the suite uses the rest")]
mod support;
#[path = "interop/tokens.rs"]
mod tokens;
#[path = "interop/town.rs"]
mod town;
#[path = "interop/twins.rs"]
mod twins;

use std::fs;

use rpush::image::Digest;
use serde_json::Value;

use peers::{DockerRegistry, run};
use rpush::server::Config;
use support::{Authority, Image, Layout, Registry, Sandbox, accounts, layer};

/// Ends the test when one of these programs is not there.
macro_rules! needs {
    ($($program:literal),+) => {
        if !crate::peers::are_here(&[$($program),+]) {
            return;
        }
    };
}

/// The Docker daemon, or the end of the test.
macro_rules! needs_docker {
    () => {
        match crate::peers::docker() {
            Some(docker) => docker,
            None => return,
        }
    };
}

/// The Docker daemon whose images can be read where they lie, or no test.
macro_rules! needs_overlay {
    () => {
        match crate::peers::overlay() {
            Some(docker) => docker,
            None => return,
        }
    };
}

pub(crate) use {needs, needs_docker, needs_overlay};

const PASSWORD: &str = "correct-horse";

fn digest(value: &Value) -> Digest {
    value["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
}

/// The first digest in a text.
#[track_caller]
fn digest_in(text: &str) -> Digest {
    let at = text.find("sha256:").unwrap_or_else(|| panic!("no digest in {text}"));
    text[at..at + 71].parse().expect("a digest")
}

/// A sandbox whose store has an image under these names.
fn sandbox_with(text: &str, names: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("app.tar", Image::with(text).docker_24(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag app:1 {}", names.join(" ")));
    sandbox
}

#[test]
fn a_real_registry_takes_and_gives() {
    needs!("docker-registry");
    let registry = DockerRegistry::open();
    let (name, other) = (registry.name("app:1"), registry.name("team/other:1"));
    let sandbox = sandbox_with("real", &[&name, &other]);
    let pushed = sandbox.ok(&format!("push {name}"));
    assert_eq!(pushed.digest(), sandbox.stored(&name).digest);

    let again = sandbox.ok(&format!("push --format json {name}")).json();
    assert_eq!((&again["totals"]["requests"], &again["totals"]["bytesSent"]), (&1.into(), &0.into()), "{again}");
    let mounted = sandbox.ok(&format!("push --format json {other}")).json();
    assert_eq!(mounted["totals"]["mounted"], 3, "{mounted}");

    let reader = Sandbox::new();
    for name in [&name, &other, &format!("{}@{}", registry.name("app"), pushed.digest())] {
        assert_eq!(reader.ok(&format!("pull {name}")).digest(), pushed.digest());
    }
    assert_eq!(reader.verify_blobs(), 4);
    sandbox.ok(&format!("tag app:1 {}", registry.name("app:2")));
    sandbox.ok(&format!("push -a {}", registry.name("app")));
    let all = Sandbox::new();
    all.ok(&format!("pull -a {}", registry.name("app")));
    assert_eq!(all.names().len(), 2);
    assert_eq!(reader.rpush(&format!("pull {}", registry.name("app:nope"))).code, 3);
    assert_eq!(reader.rpush(&format!("pull -a {}", registry.name("nope"))).code, 3);
}

#[test]
fn a_real_registry_takes_indexes_and_artifacts_as_they_are() {
    needs!("docker-registry");
    let (registry, sandbox, reader) = (DockerRegistry::open(), Sandbox::new(), Sandbox::new());
    for name in ["index", "artifact"] {
        let mut layout = Layout::default();
        let root = if name == "index" { layout.index("real") } else { layout.artifact() };
        layout.name(&root, "1");
        layout.write(&sandbox.path(name));
        let there = registry.name(&format!("{name}:1"));
        assert_eq!(sandbox.ok(&format!("push --from oci:{name} {there}")).digest(), digest(&root));
        assert_eq!(reader.ok(&format!("pull --all-platforms {there}")).digest(), digest(&root));
    }
    reader.verify_blobs();
}

/// Docker's registry takes pieces at any place, and keeps no upload that was cancelled.
#[test]
fn a_real_registry_is_examined_and_left_as_it_was() {
    needs!("docker-registry");
    let registry = DockerRegistry::open();
    let name = registry.name("app:1");
    let sandbox = sandbox_with("examined", &[&name]);
    sandbox.ok(&format!("push {name}"));
    let before = registry.files();
    let seen = sandbox.ok(&format!("doctor --max-body 2m --format json {name}")).json();
    let outcome = |check: &str| {
        let mut checks = seen["checks"].as_array().expect("a list").iter();
        checks.find(|found| found["check"] == check).expect("every check is there")["outcome"].clone()
    };
    for check in ["name", "connection", "api", "clock", "account", "pull", "lookup", "range", "referrers", "push"] {
        assert_eq!(outcome(check), "ok", "{check}: {seen}");
    }
    for check in ["location", "chunk", "resume", "body", "mount", "cleanup", "rate"] {
        assert_eq!(outcome(check), "ok", "{check}: {seen}");
    }
    assert_eq!((outcome("delete"), outcome("order")), ("ok".into(), "warn".into()), "{seen}");
    // 2.8 writes the state of its hashes once more after an upload is gone.
    let mut after = registry.files();
    after.retain(|path| !path.contains("/hashstates/"));
    assert_eq!(before, after);
}

#[test]
fn a_real_registry_behind_a_password() {
    needs!("docker-registry", "htpasswd");
    let helper = Sandbox::new();
    let registry = DockerRegistry::with_password(&helper, PASSWORD);
    let (host, name) = (registry.host(), registry.name("app:1"));
    let sandbox = sandbox_with("secret", &[&name]);
    assert_eq!(sandbox.rpush(&format!("push {name}")).code, 4);
    let login = |password: &str| {
        sandbox.run_with(&["login", "-u", "alice", "--password-stdin", "--store-in", "file", &host], password, &[])
    };
    assert_eq!(login("wrong").code, 4);
    assert_eq!(sandbox.docker_config(), None);
    assert_eq!(login(PASSWORD).code, 0);
    let pushed = sandbox.ok(&format!("push {name}"));
    sandbox.ok(&format!("rmi {name}"));
    assert_eq!(sandbox.ok(&format!("pull {name}")).digest(), pushed.digest());
    sandbox.ok(&format!("logout {host}"));
    assert_eq!(sandbox.rpush(&format!("pull {name}")).code, 4);
}

/// A registry that fetches what it is asked for from another one, which is what most mirrors are.
#[test]
fn a_real_registry_is_a_mirror() {
    needs!("docker-registry");
    let upstream = Registry::open();
    let mirror = DockerRegistry::in_front_of(&upstream.host());
    let (name, host) = (upstream.name("team/app:1"), mirror.host());
    let pushed = sandbox_with("mirrored", &[&name]).ok(&format!("push {name}"));
    let reader = Sandbox::new();
    reader.file("config.toml", format!("[host.\"{}\"]\nmirrors = [\"{host}\"]\n", upstream.host()));
    let first = reader.ok(&format!("--config config.toml -v pull {name}"));
    assert_eq!((first.digest(), first.err.contains("warning")), (pushed.digest(), false), "{first}");
    assert_eq!(first.err.matches(&format!("from mirror {host}")).count(), 5, "{first}");
    reader.verify_blobs();
}

/// Go says of a certificate that is missing that it is bad.
#[test]
fn a_real_registry_that_wants_a_client_certificate_is_understood() {
    needs!("docker-registry");
    let files = Sandbox::new();
    let own = support::Certificate::of("localhost", 2100);
    let (certificate, key) = own.files(&files);
    let registry = DockerRegistry::with_client_certificates(&certificate, &key, &certificate);
    let sandbox = sandbox_with("certified", &[&registry.name("app:1")]);
    let (push, login) = (format!("push --progress none {}", registry.name("app:1")), registry.host());
    let login = format!("login -u alice -p pw --store-in file {login}");
    for words in [&push, &push, &push, &login] {
        let ran = sandbox.rpush(words);
        assert_eq!(ran.code, 4, "{ran}");
        assert!(ran.err.contains("because: the registry wants to see a client certificate"), "{ran}");
        assert!(ran.err.contains("--client-cert FILE"), "{ran}");
    }
}

#[test]
fn skopeo_reads_the_store() {
    needs!("skopeo");
    let names = ["localhost:5000/my-fancy-app:1.0.0", "localhost:5000/my-fancy-app:latest"];
    let sandbox = sandbox_with("stored", &names);
    for name in names {
        let raw = run(&sandbox, &format!("skopeo --insecure-policy inspect --raw oci:store:{name}")).bytes;
        assert_eq!(Digest::of(&raw), sandbox.stored(name).digest);
        run(&sandbox, &format!("skopeo --insecure-policy copy -q oci:store:{name} dir:out"));
        let manifest = fs::read(sandbox.path("out/manifest.json")).expect("skopeo wrote it");
        assert_eq!(Digest::of(&manifest), sandbox.stored(name).digest);
    }
}

#[test]
fn umoci_reads_the_store() {
    needs!("umoci");
    let names = ["localhost:5000/my-fancy-app:1.0.0", "localhost:5000/my-fancy-app:latest"];
    let sandbox = sandbox_with("stored", &names);
    let listed = run(&sandbox, "umoci ls --layout store").out;
    for name in names {
        assert!(listed.lines().any(|line| line == name), "{listed}");
        run(&sandbox, &format!("umoci stat --json --image store:{name}"));
        run(&sandbox, &format!("umoci --log=error unpack --rootless --image store:{name} bundle"));
        let unpacked = fs::read_to_string(sandbox.path("bundle/rootfs/app/hello.txt")).expect("umoci unpacked it");
        assert_eq!(unpacked, "stored");
        fs::remove_dir_all(sandbox.path("bundle")).expect("removed");
    }
}

#[test]
fn skopeo_reads_what_rpush_pushed() {
    needs!("docker-registry", "skopeo");
    let registry = DockerRegistry::open();
    let name = registry.name("my-fancy-app:1.0.0");
    let sandbox = sandbox_with("pushed", &[&name]);
    let pushed = sandbox.ok(&format!("push {name}")).digest();
    let inspected = run(&sandbox, &format!("skopeo --insecure-policy inspect --tls-verify=false docker://{name}")).out;
    let inspected: Value = serde_json::from_str(&inspected).expect("JSON");
    assert_eq!(inspected["Digest"], pushed.to_string());
    run(
        &sandbox,
        &format!("skopeo --insecure-policy copy -q --src-tls-verify=false docker://{name} oci:copied:{name}"),
    );
    assert_eq!(sandbox.ok(&format!("push -q --from oci:copied:{name} {name}")).digest(), pushed);

    let mut layout = Layout::default();
    let root = layout.index("pushed");
    layout.name(&root, "1");
    layout.write(&sandbox.path("index"));
    let name = registry.name("index:1");
    sandbox.ok(&format!("push --from oci:index {name}"));
    let copy = "skopeo --insecure-policy copy -q --all --src-tls-verify=false";
    run(&sandbox, &format!("{copy} docker://{name} dir:all"));
    let manifest = fs::read(sandbox.path("all/manifest.json")).expect("skopeo wrote it");
    assert_eq!(Digest::of(&manifest), digest(&root));
}

#[test]
fn rpush_reads_what_skopeo_wrote() {
    needs!("skopeo", "docker-registry");
    let registry = DockerRegistry::open();
    let sandbox = Sandbox::new();
    sandbox.file("app.tar", Image::with("by skopeo").docker_24(&["app:1"]).bytes());
    let name = registry.name("app:1");
    let copy = "skopeo --insecure-policy copy -q --dest-tls-verify=false docker-archive:app.tar:app:1";
    for (to, from) in [
        ("oci:layout:app-1", "oci:layout:app-1"),
        ("oci:layout:other", "oci:layout:app-1"),
        ("oci-archive:oci.tar:app:1", "oci-archive:oci.tar"),
        ("docker-archive:docker.tar:app:1", "docker-archive:docker.tar:app:1"),
    ] {
        run(&sandbox, &format!("{copy} {to}"));
        let pushed = sandbox.ok(&format!("push -q --from {from} {name}")).digest();
        if to.starts_with("oci:") {
            let index = fs::read_to_string(sandbox.path("layout/index.json")).expect("skopeo wrote it");
            assert_eq!(pushed, digest_in(&index), "{to}");
        }
        let raw = run(&sandbox, &format!("skopeo --insecure-policy inspect --tls-verify=false --raw docker://{name}"));
        assert_eq!(Digest::of(&raw.bytes), pushed, "{to}");
    }
    run(&sandbox, &format!("{copy} docker://{}", registry.name("by-skopeo:1")));
    let raw = "skopeo --insecure-policy inspect --tls-verify=false --raw";
    let raw = run(&sandbox, &format!("{raw} docker://{}", registry.name("by-skopeo:1"))).bytes;
    let pulled = sandbox.ok(&format!("pull {}", registry.name("by-skopeo:1"))).digest();
    assert_eq!(pulled, Digest::of(&raw));
}

/// skopeo and rpush write into one store, one after the other, and neither loses what the other wrote.
#[test]
fn skopeo_writes_into_the_store() {
    needs!("skopeo");
    let sandbox = sandbox_with("ours", &["localhost:5000/ours:1"]);
    let copy = "skopeo --insecure-policy copy -q docker-archive:app.tar:app:1";
    run(&sandbox, &format!("{copy} oci:store:localhost:5000/theirs:1"));
    sandbox.ok("tag localhost:5000/theirs:1 localhost:5000/both:1");
    assert_eq!(sandbox.names().len(), 4);
    sandbox.ok("prune");
    for name in sandbox.names().keys() {
        assert!(sandbox.store().is_complete(&sandbox.stored(name)), "{name}");
        run(&sandbox, &format!("skopeo --insecure-policy inspect --raw oci:store:{name}"));
    }
}

#[test]
fn rpush_reads_what_umoci_wrote() {
    needs!("umoci");
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    run(&sandbox, "umoci init --layout layout");
    run(&sandbox, "umoci new --image layout:1.0");
    run(&sandbox, "umoci config --image layout:1.0 --config.cmd /bin/hello --config.label made-by=umoci");
    sandbox.file("hello.txt", "hello");
    run(&sandbox, "umoci insert --rootless --image layout:1.0 hello.txt /hello.txt");
    let name = registry.name("app:1");
    let pushed = sandbox.ok(&format!("push --from oci:layout:1.0 {name}")).digest();
    let index = fs::read_to_string(sandbox.path("layout/index.json")).expect("umoci wrote it");
    assert_eq!(pushed, digest_in(&index));
    sandbox.ok(&format!("pull {name}"));
    let label = sandbox.run(&["inspect", "-f", "{{index .Config.Labels \"made-by\"}}", &name]);
    assert_eq!(label.out, "umoci\n", "{label}");
}

/// `docker save`, rpush to a registry, `docker pull`: the digest that Docker prints is the one that rpush printed.
#[test]
fn docker_pulls_what_rpush_pushed() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    docker.run_with(&sandbox, "import - pulls:1", &layer("app/hello.txt", "docker pulls"));
    let id = docker.id(&sandbox, "pulls:1");
    docker.run(&sandbox, "save -o saved.tar pulls:1");
    docker.run(&sandbox, "rmi pulls:1");

    assert_eq!(sandbox.ok("load -i saved.tar").out, "Loaded image: pulls:1\n");
    let name = registry.name("pulls:1.0.0");
    sandbox.ok(&format!("tag pulls:1 {name}"));
    let pushed = sandbox.ok(&format!("push {name}"));
    let pulled = docker.run(&sandbox, &format!("pull {name}"));
    assert_eq!(digest_in(&pulled.out), pushed.digest(), "{}", pulled.out);
    assert_eq!(docker.id(&sandbox, &name), id, "and the image is the one that Docker saved");
    docker.run(&sandbox, &format!("rmi {name}"));

    // From a pipe, without the store.
    let other = registry.name("piped:1");
    let archive = fs::read(sandbox.path("saved.tar")).expect("Docker wrote it");
    let piped = sandbox.run_with(&["push", "-q", "--from", "-", &other], archive, &[]);
    assert_eq!(piped.digest(), pushed.digest(), "the same bytes every time");
}

/// `docker push`, rpush to an archive, `docker load`: and the image is the one that Docker pushed.
#[test]
fn docker_loads_what_rpush_saved() {
    needs!("docker-registry");
    let docker = needs_docker!();
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let name = registry.name("loads:1");
    docker.run_with(&sandbox, &format!("import - {name}"), &layer("app/hello.txt", "docker loads"));
    let id = docker.id(&sandbox, &name);
    let pushed = docker.run(&sandbox, &format!("push {name}"));
    docker.run(&sandbox, &format!("rmi {name}"));

    let pulled = sandbox.ok(&format!("pull {name}"));
    assert_eq!(pulled.digest(), digest_in(&pushed.out));
    let second = registry.name("loads:second");
    sandbox.ok(&format!("tag {name} {second}"));
    sandbox.ok(&format!("save -o saved.tar {name} {second}"));
    let loaded = docker.run(&sandbox, "load -i saved.tar").out;
    for name in [&name, &second] {
        assert!(loaded.contains(&format!("Loaded image: {name}")), "{loaded}");
        assert_eq!(docker.id(&sandbox, name), id);
    }
    docker.run(&sandbox, &format!("rmi {name} {second}"));

    // And through a pipe.
    let piped = sandbox.ok(&format!("save {name}")).bytes;
    docker.run_with(&sandbox, "load", &piped);
    assert_eq!(docker.id(&sandbox, &name), id);
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// Docker speaks to the registry in the box.
#[test]
fn docker_and_the_registry_in_the_box() {
    let docker = needs_docker!();
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    let name = registry.name("boxed:1");
    docker.run_with(&sandbox, &format!("import - {name}"), &layer("app/hello.txt", "boxed"));
    let pushed = docker.run(&sandbox, &format!("push {name}"));
    docker.run(&sandbox, &format!("rmi {name}"));
    let pulled = docker.run(&sandbox, &format!("pull {name}"));
    assert_eq!(digest_in(&pulled.out), digest_in(&pushed.out));
    assert_eq!(sandbox.ok(&format!("pull {name}")).digest(), digest_in(&pushed.out));
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// The registry in the box with an account and a certificate, as it is told to serve a network.
fn guarded(sandbox: &Sandbox) -> Registry {
    let tls = Authority::new(sandbox, "authority").vouch(sandbox, "localhost");
    Registry::start(Config { tls: Some(tls), accounts: Some(accounts("alice", PASSWORD)), ..Config::default() })
}

#[test]
fn docker_and_the_registry_in_the_box_over_tls_with_a_password() {
    let docker = needs_docker!();
    let sandbox = Sandbox::new();
    let registry = guarded(&sandbox);
    let name = registry.name("guarded:1");
    docker.run_with(&sandbox, &format!("import - {name}"), &layer("app/hello.txt", "guarded"));
    docker.run_with(&sandbox, &format!("login -u alice --password-stdin {}", registry.host()), PASSWORD.as_bytes());
    let pushed = docker.run(&sandbox, &format!("push {name}"));
    docker.run(&sandbox, &format!("rmi {name}"));
    let pulled = docker.run(&sandbox, &format!("pull {name}"));
    assert_eq!(digest_in(&pulled.out), digest_in(&pushed.out));
    assert_eq!(sandbox.ok(&format!("pull --ca-file authority.pem {name}")).digest(), digest_in(&pushed.out));
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// All images of an index in and out, the list of tags, and deletion; open, and guarded.
#[test]
fn skopeo_and_the_registry_in_the_box() {
    needs!("skopeo");
    let sandbox = Sandbox::new();
    let mut layout = support::Layout::default();
    let index = layout.index("for skopeo");
    layout.name(&index, "1");
    layout.write(&sandbox.path("there"));
    std::fs::create_dir(sandbox.path("certs")).expect("made");
    for (case, registry, tls, account) in [
        ("open", Registry::open(), "--tls-verify=false", String::new()),
        ("guarded", guarded(&sandbox), "--cert-dir certs", format!("alice:{PASSWORD}")),
    ] {
        if !account.is_empty() {
            std::fs::copy(sandbox.path("authority.pem"), sandbox.path("certs/ca.crt")).expect("copied");
        }
        let name = registry.name("boxed");
        // skopeo writes the options of a copy with the side they are for.
        let options = |side: &str| {
            let tls = tls.replace("--", &format!("--{side}"));
            if account.is_empty() { tls } else { format!("{tls} --{side}creds {account}") }
        };
        run(&sandbox, &format!("skopeo copy --all {} oci:there:1 docker://{name}:1", options("dest-")));
        run(&sandbox, &format!("skopeo copy --all {} docker://{name}:1 oci:{case}:1", options("src-")));
        let entries = rpush::layout::Layout::open(&sandbox.path(case)).expect("a layout").entries().expect("readable");
        assert_eq!(entries[0].descriptor.digest, digest(&index));
        let options = options("");
        run(&sandbox, &format!("skopeo copy --all {} docker://{name}:1 docker://{name}:2", both(&options)));
        let tags = run(&sandbox, &format!("skopeo list-tags {options} docker://{name}"));
        assert_eq!(json(&tags.out)["Tags"], serde_json::json!(["1", "2"]));
        run(&sandbox, &format!("skopeo delete {options} docker://{name}:1"));
        let tags = run(&sandbox, &format!("skopeo list-tags {options} docker://{name}"));
        assert_eq!(json(&tags.out)["Tags"], serde_json::json!([]), "skopeo deletes by digest, and with it every tag");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The same options for both sides of a copy.
fn both(options: &str) -> String {
    ["src-", "dest-"].map(|side| options.replace("--", &format!("--{side}"))).join(" ")
}

/// What `docker login` keeps, rpush uses, and the other way round.
#[test]
fn docker_and_rpush_share_what_login_keeps() {
    needs!("docker-registry", "htpasswd");
    let docker = needs_docker!();
    let helper = Sandbox::new();
    let registry = DockerRegistry::with_password(&helper, PASSWORD);
    let (host, name) = (registry.host(), registry.name("shared:1"));
    let sandbox = sandbox_with("shared", &[&name]);
    docker.run_with(&sandbox, &format!("login -u alice --password-stdin {host}"), PASSWORD.as_bytes());
    let pushed = sandbox.ok(&format!("push {name}"));
    sandbox.ok(&format!("logout {host}"));
    assert_eq!(sandbox.rpush(&format!("push {name}")).code, 4);
    let login =
        sandbox.run_with(&["login", "-u", "alice", "--password-stdin", "--store-in", "file", &host], PASSWORD, &[]);
    assert_eq!(login.code, 0, "{login}");
    let pulled = docker.run(&sandbox, &format!("pull {name}"));
    assert_eq!(digest_in(&pulled.out), pushed.digest());
    docker.run(&sandbox, &format!("rmi {name}"));
}

/// Of distribution it is learnt at the first push that it tells by a mount whether it has a blob: from then on the question for
/// a blob is the beginning of its upload.
#[test]
fn docker_registry_is_asked_no_more_than_it_takes() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    for (text, tag) in [("one", "1"), ("two", "2")] {
        let file = format!("{tag}.tar");
        sandbox.file(&file, Image::with(text).docker_24(&["app:1"]).bytes());
        sandbox.ok(&format!("load -q -i {file}"));
        sandbox.ok(&format!("tag app:1 {}", registry.name(&format!("app:{tag}"))));
    }
    sandbox.ok(&format!("tag {} {}", registry.name("app:2"), registry.name("app:3")));
    let requests = |tag: &str| {
        let ran = sandbox.ok(&format!("push --format json {}", registry.name(&format!("app:{tag}"))));
        ran.json()["totals"]["requests"].as_u64().expect("a number")
    };
    assert_eq!(requests("1"), 1 + 3 + 3 + 1, "the tag, three blobs claimed and sent, and the manifest");
    assert_eq!(requests("1"), 1, "unchanged");
    assert_eq!(requests("2"), 3 + 2 + 1, "three blobs claimed, two of which are not there, and the manifest");
    assert_eq!(requests("3"), 2, "another name for what is there");
    let pulled = Sandbox::new().ok(&format!("pull -q {}", registry.name("app:3")));
    assert!(pulled.err.is_empty(), "{pulled}");
}

/// Docker's registry is known to hash what it takes, so nobody does it twice; what it refuses is hashed here, and named. Who wants
/// to know before has it hashed here.
#[test]
fn what_is_damaged_is_named_whoever_finds_it() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let (mut layout, bytes) = (Layout::default(), support::noise(3 << 20));
    let root = layout.image_of(&bytes);
    layout.name(&root, "app:1");
    layout.write(&sandbox.path("layout"));
    let blob = sandbox.path("layout/blobs/sha256").join(Digest::of(&bytes).hex());
    let mut damaged = bytes.clone();
    damaged[1 << 20] ^= 1;
    fs::write(blob, damaged).expect("written");
    for (option, finder) in [("", "the registry"), ("--verify", "rpush")] {
        let ran =
            sandbox.rpush(&format!("-vv push --progress none {option} --from oci:layout {}", registry.name("app:1")));
        assert_eq!(ran.code, 6, "{ran}");
        assert!(ran.err.contains(&format!("{} in layout is damaged: its bytes hash to", Digest::of(&bytes))), "{ran}");
        assert_eq!(ran.err.contains("< 400 Bad Request"), finder == "the registry", "{finder}: {ran}");
    }
}
