//! Images of the Docker daemon that are read where it keeps them, past its export; and all that makes rpush ask for one.

use std::fs;
use std::path::Path;
use std::process::Command;

use rpush::image::Digest;

use crate::support::{Engine, Graph, Image, Ran, Registry, Sandbox, StandIn, layer, noise};

/// A daemon that has an image, in its storage and for an export.
fn daemon_with(graph: &Graph, name: &str, image: &Image) -> StandIn {
    let daemon = StandIn::start(Engine::Well);
    let id = Digest::of(&image.config());
    daemon.has(name, id, image.docker_24(&[name]).bytes());
    daemon.stores(id, graph.keep(image));
    daemon
}

fn run(sandbox: &Sandbox, daemon: &StandIn, words: &str) -> Ran {
    let words: Vec<_> = words.split_whitespace().collect();
    sandbox.run_with(&words, "", &[("DOCKER_HOST", &daemon.host())])
}

/// What the daemon was asked: what it has under the name, and for exports.
fn asked(daemon: &StandIn) -> (usize, usize) {
    let journal = daemon.journal();
    let count = |end: &str| journal.iter().filter(|asked| asked.ends_with(end)).count();
    let (names, exports) = (count("/json"), count("/get"));
    assert_eq!(journal.len(), names + exports, "{journal:?}");
    (names, exports)
}

/// An image with a layer that goes ahead.
fn large(text: &str) -> Image {
    let mut image = Image::with(text);
    image.layers.insert(0, layer("app/large", &String::from_utf8_lossy(&noise(2 << 20))));
    image
}

#[test]
fn layers_are_read_where_the_daemon_keeps_them() {
    let (sandbox, registry, graph) = (Sandbox::new(), Registry::open(), Graph::new());
    let (name, mut image) = (registry.name("app:1"), large("read"));
    let daemon = daemon_with(&graph, &name, &image);
    let pushed = run(&sandbox, &daemon, &format!("push -v {name}"));
    assert_eq!((pushed.code, asked(&daemon)), (0, (1, 0)), "{pushed}");
    assert!(pushed.err.contains(&format!("reading its layers in {}", graph.path().display())), "{pushed}");
    sandbox.verify_blobs();

    // It is the image of the export, byte for byte.
    let plain = StandIn::start(Engine::Well);
    plain.has(&name, Digest::of(&image.config()), image.docker_24(&[&name]).bytes());
    assert_eq!(run(&Sandbox::new(), &plain, &format!("push -q {name}")).digest(), pushed.digest());
    assert_eq!(asked(&plain), (1, 1));

    // Unchanged, it is not looked for; changed, only what is new is read.
    assert_eq!(run(&sandbox, &daemon, &format!("push -q {name}")).digest(), pushed.digest());
    assert_eq!(asked(&daemon), (1, 0));
    fs::remove_dir_all(graph.files(&image, 0)).expect("removed");
    image.layers.push(layer("app/more", "more"));
    let id = Digest::of(&image.config());
    daemon.has(&name, id, Vec::new());
    let top = graph.keep(&image);
    fs::remove_dir_all(graph.files(&image, 0)).expect("removed");
    daemon.stores(id, top);
    let more = run(&sandbox, &daemon, &format!("push -v {name}"));
    assert_eq!((more.code, asked(&daemon)), (0, (1, 0)), "{more}");
    assert_ne!(more.digest(), pushed.digest());
}

/// Whatever somebody did to the directory: it is the image that the daemon exports, and nothing else reaches the registry.
#[test]
fn what_cannot_be_read_there_is_exported() {
    let image = large("exported");
    let evil = |path: &Path| fs::write(path, "evil bytes").expect("written");
    type Harm<'a> = (&'a str, &'a dyn Fn(&Graph));
    let harms: [Harm<'_>; 8] = [
        ("it unpacks to", &|graph| {
            let file = graph.files(&image, 2).join("app/hello.txt");
            fs::write(file, "imported").expect("written");
        }),
        ("is not the one that was stored", &|graph| evil(&graph.files(&image, 2).join("app/hello.txt"))),
        ("cannot be read: No such file", &|graph| {
            fs::remove_dir_all(graph.files(&image, 1).join("etc")).expect("removed");
        }),
        ("`app/hello.txt` cannot be read: No such file", &|graph| {
            let (app, elsewhere) = (graph.files(&image, 2).join("app"), graph.path().join("elsewhere"));
            fs::rename(&app, &elsewhere).expect("moved");
            std::os::unix::fs::symlink(&elsewhere, &app).expect("made");
        }),
        ("is not what the daemon has there", &|graph| evil(&graph.config(&image))),
        ("cannot read", &|graph| fs::remove_file(graph.config(&image)).expect("removed")),
        ("is not what the daemon has there", &|graph| evil(&graph.notes(&image, 0).join("diff"))),
        ("reading or writing failed", &|graph| evil(&graph.notes(&image, 1).join("tar-split.json.gz"))),
    ];
    let registry = Registry::open();
    let name = registry.name("exported:1");
    let plain = StandIn::start(Engine::Well);
    plain.has(&name, Digest::of(&image.config()), image.docker_24(&[&name]).bytes());
    let expected = run(&Sandbox::new(), &plain, &format!("push -q {name}")).digest();
    for (words, harm) in harms {
        let (sandbox, registry, graph) = (Sandbox::new(), Registry::open(), Graph::new());
        let name = registry.name("exported:1");
        let daemon = daemon_with(&graph, &name, &image);
        harm(&graph);
        let pushed = run(&sandbox, &daemon, &format!("push -v --format json {name}"));
        assert_eq!((pushed.code, asked(&daemon)), (0, (1, 1)), "{words}: {pushed}");
        let reason = pushed.err.lines().find(|line| line.contains("taking its export")).unwrap_or_default();
        assert!(reason.contains(words), "{words}: {pushed}");
        assert_eq!(pushed.digest(), expected, "{words}");
        // What went ahead before it failed counts once.
        let totals = &pushed.json()["totals"];
        assert_eq!(
            (&totals["moved"], pushed.json()["pieces"].as_array().map(Vec::len)),
            (&5.into(), Some(5)),
            "{pushed}"
        );
        sandbox.verify_blobs();
        // Nothing is said of it where nobody asks.
        let quiet = run(&Sandbox::new(), &daemon, &format!("push {name}"));
        assert!(quiet.code == 0 && !quiet.err.contains("its export"), "{quiet}");
    }
}

/// Where an export fails as well, its failure is what is told.
#[test]
fn what_neither_way_gives_is_not_pushed() {
    let (sandbox, registry, graph) = (Sandbox::new(), Registry::open(), Graph::new());
    let (name, image) = (registry.name("app:1"), Image::with("broken"));
    let daemon = StandIn::start(Engine::BreaksOff);
    let id = Digest::of(&image.config());
    daemon.has(&name, id, image.docker_24(&[&name]).bytes());
    daemon.stores(id, graph.keep(&image));
    fs::write(graph.files(&image, 1).join("app/hello.txt"), "BROKEN").expect("written");
    let ran = run(&sandbox, &daemon, &format!("push {name}"));
    assert!(ran.code == 5 && ran.err.contains("broke off"), "{ran}");
    assert!(registry.journal(&[]).is_empty());
}

/// What the store cannot take out of the storage, it cannot take out of an export either: nothing is asked for once more.
#[test]
fn a_store_that_takes_nothing_is_no_reason_for_an_export() {
    let (sandbox, registry, graph) = (Sandbox::new(), Registry::open(), Graph::new());
    let (name, image) = (registry.name("app:1"), large("full"));
    let daemon = daemon_with(&graph, &name, &image);
    let mut limited = Command::new("sh");
    sandbox.confine(&mut limited);
    limited.env("DOCKER_HOST", daemon.host());
    limited.args(["-c", "ulimit -f 100; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_rpush"), "push", "-v", &name]);
    let output = limited.output().expect("a shell runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), asked(&daemon)), (Some(1), (1, 0)), "{said}");
    assert!(said.contains("File too large") && said.contains("reading its layers in"), "{said}");
    assert!(registry.journal(&[]).iter().all(|request| !request.starts_with("PUT")), "{said}");
}
