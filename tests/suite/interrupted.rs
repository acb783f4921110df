//! Ctrl-C in the middle: the exit code that shells expect, no tag, and a next time that goes on.

use std::sync::mpsc;

use rpush::server::Verdict;

use crate::support::{Image, Layout, Registry, Sandbox, shows};

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
