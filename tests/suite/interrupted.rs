//! Ctrl-C in the middle: the exit code that shells expect, no tag, and a next time that goes on.

use std::sync::mpsc;

use rpush::server::Verdict;

use crate::support::{Image, Layout, Registry, Sandbox, layer, shows};

fn stage(registry: &Registry) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello"));
    let name = registry.name("app:1");
    layout.name(&root, &name);
    sandbox.file("app.tar", layout.archive().bytes());
    (sandbox, name)
}

/// Holds every request that `is_held` picks, for good, and tells of it.
fn hold(registry: &Registry, is_held: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    registry.on(move |request| {
        is_held(request.method.as_str(), request.uri.path()).then(|| {
            // Nobody listens any more after the first one.
            let _ = sender.send(());
            Verdict::Wait(Box::pin(std::future::pending()))
        })
    });
    receiver
}

#[test]
fn a_push_that_is_interrupted_leaves_the_tag_alone() {
    let registry = Registry::open();
    let (sandbox, name) = stage(&registry);
    sandbox.ok("load -i app.tar");
    let held = hold(&registry, |method, path| method == "PUT" && path.contains("/blobs/uploads/"));
    let push = sandbox.start(&format!("push --progress none {name}"));
    held.recv().expect("the push gets as far as the upload");
    push.interrupt();
    shows!(push.wait(), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: interrupted
    !
    ! hint: nothing was tagged; the same command again goes on where this one stopped
    exit code 130
    ");
    let journal = registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.starts_with("PUT /v2/app/manifests/")), "{journal:?}");
    registry.on(|_| None);
    assert_eq!(Sandbox::new().rpush(&format!("pull {name}")).code, 3, "nothing was tagged");
    let pushed = sandbox.ok(&format!("push {name}"));
    assert_eq!(Sandbox::new().ok(&format!("pull {name}")).digest(), pushed.digest());
}

#[test]
fn a_pull_that_is_interrupted_leaves_no_name_and_can_be_repeated() {
    let registry = Registry::open();
    let (elsewhere, name) = stage(&registry);
    elsewhere.ok("load -i app.tar");
    elsewhere.ok(&format!("push {name}"));
    let held = hold(&registry, |method, path| method == "GET" && path.contains("/blobs/"));
    let sandbox = Sandbox::new();
    let pull = sandbox.start(&format!("pull --progress none {name}"));
    held.recv().expect("the pull gets as far as the blobs");
    // A second one waits for nobody, and the garbage collector waits for both.
    assert_eq!(sandbox.rpush("prune").code, 1, "prune while content comes in");
    pull.interrupt();
    assert_eq!(pull.wait().code, 130);
    assert!(sandbox.names().is_empty());
    // The other way to be told to stop has a code of its own.
    let held = hold(&registry, |method, path| method == "GET" && path.contains("/blobs/"));
    let pull = sandbox.start(&format!("pull --progress none {name}"));
    held.recv().expect("the second pull gets as far");
    pull.terminate();
    assert_eq!(pull.wait().code, 143);
    registry.on(|_| None);
    sandbox.ok("prune");
    sandbox.ok(&format!("pull {name}"));
    assert_eq!(sandbox.verify_blobs(), 4);
}

/// Uploads that are too small to be gone on with are given up.
#[test]
fn a_push_that_is_interrupted_leaves_no_small_uploads_behind() {
    let registry = Registry::open();
    let (sandbox, name) = stage(&registry);
    sandbox.ok("load -i app.tar");
    let held = hold(&registry, |method, _| method == "PUT");
    let push = sandbox.start(&format!("push --progress none {name}"));
    for _ in 0..3 {
        held.recv().expect("a config and two layers");
    }
    push.interrupt();
    assert_eq!(push.wait().code, 130);
    let journal = registry.journal(&[]);
    let count = |beginning: &str| journal.iter().filter(|line| line.starts_with(beginning)).count();
    assert_eq!((count("POST"), count("DELETE")), (3, 3), "{journal:?}");
}

/// Whatever a command is at, it ends when it is told to, with the code for that, and the same command works afterwards.
#[test]
fn whatever_it_is_at_it_ends_when_told_to() {
    let registry = Registry::open();
    let (source, name) = stage(&registry);
    source.ok("load -i app.tar");
    for (command, method, path, tagged) in [
        ("push", "HEAD", "/manifests/", false),
        ("push", "HEAD", "/blobs/", false),
        ("push", "POST", "/blobs/uploads/", false),
        ("push", "PUT", "/blobs/uploads/", false),
        ("push", "PUT", "/manifests/", false),
        ("pull", "GET", "/manifests/", true),
        ("pull", "GET", "/blobs/", true),
    ] {
        // A terminal that hangs up ends a program by the signal itself.
        for code in [130, 143, -1] {
            let registry = Registry::open();
            let target = registry.name("app:1");
            source.ok(&format!("tag {name} {target}"));
            if tagged {
                source.ok(&format!("push -q {target}"));
            }
            let pulling = Sandbox::new();
            let sandbox = if command == "push" { &source } else { &pulling };
            let held = hold(&registry, move |asked, at| asked == method && at.contains(path));
            let running = sandbox.start(&format!("{command} --progress none {target}"));
            held.recv().expect("it gets as far as that");
            match code {
                130 => running.interrupt(),
                143 => running.terminate(),
                _ => running.hang_up(),
            }
            let ran = running.wait();
            assert_eq!(ran.code, code, "{command} at {method} {path}: {ran}");
            assert!(code == -1 || ran.err.contains("error: interrupted"), "{command} at {method} {path}: {ran}");
            registry.on(|_| None);
            let again = sandbox.rpush(&format!("{command} -q {target}"));
            assert_eq!(again.code, 0, "{command} at {method} {path}: {again}");
        }
    }
}

/// Who reads from standard input, or waits for a credential helper, hears it too.
#[test]
fn who_waits_for_others_ends_when_told_to() {
    let sandbox = Sandbox::new();
    let mut loading = sandbox.start_reading("load");
    // More than a pipe holds: it is being read when this has been written.
    let pipe = loading.feed(&layer("a/file", &"x".repeat(2 << 20))[..1 << 20]);
    loading.interrupt();
    assert_eq!(loading.wait().code, 130);
    drop(pipe);

    let registry = Registry::with_password("s3cr3t");
    let (told, over) = (sandbox.path("asked"), sandbox.path("over"));
    // It outlives who asked it, and so must not hold what that one writes to.
    let helper = format!(
        "#!/bin/sh\nread -r host\n: >{}\nexec >/dev/null 2>&1\nwhile ! [ -e {} ]; do sleep 0.1; done\n",
        told.display(),
        over.display()
    );
    sandbox.program("docker-credential-slow", &helper);
    let config = format!(r#"{{"credHelpers": {{"{}": "slow"}}}}"#, registry.host());
    sandbox.file("docker/config.json", config);
    let asking = sandbox.start(&format!("pull --progress none {}", registry.name("app:1")));
    while !told.exists() {
        std::thread::yield_now();
    }
    asking.interrupt();
    assert_eq!(asking.wait().code, 130);
    std::fs::write(over, "").expect("written");
}

/// What gives up uploads at the end is not waited for, if somebody is in a hurry.
#[test]
fn the_second_time_ends_it_at_once() {
    let registry = Registry::open();
    let (sandbox, name) = stage(&registry);
    sandbox.ok("load -i app.tar");
    let (sender, given_up) = mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let (asked, held) = mpsc::channel();
    let asked = std::sync::Mutex::new(asked);
    registry.on(move |request| {
        let channel = match request.method.as_str() {
            "PUT" => &asked,
            "DELETE" => &sender,
            _ => return None,
        };
        // Nobody listens any more after the first one.
        let _ = channel.lock().expect("no test panics while holding it").send(());
        Some(Verdict::Wait(Box::pin(std::future::pending())))
    });
    let push = sandbox.start(&format!("push --progress none {name}"));
    held.recv().expect("the push gets as far as the upload");
    push.interrupt();
    given_up.recv().expect("uploads are given up");
    push.interrupt();
    assert_eq!(push.wait().code, 130);
}
