//! A layer that takes long enough to be interrupted.

use super::{Fate, Layout, Link, Ran, Sandbox, noise};

/// How large it is. `RPUSH_TEST_LAYER` makes it larger.
pub fn layer_size() -> u64 {
    std::env::var("RPUSH_TEST_LAYER").ok().and_then(|size| size.parse().ok()).unwrap_or(64 * 1024 * 1024)
}

/// An image with a layer of that size, as the layout `image` in the sandbox.
pub fn stage_large(sandbox: &Sandbox) {
    let size = usize::try_from(layer_size()).expect("it fits into memory");
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(size));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
}

/// So much of the layer, in percent.
pub fn percent(bytes: u64) -> u64 {
    bytes * 100 / layer_size()
}

/// Pushes that image.
pub fn push_large(sandbox: &Sandbox, name: &str) -> Ran {
    sandbox.ok(&format!("push --from oci:image --progress none {name}"))
}

/// A registry gives what was pushed to it as `app:1`, byte for byte.
pub fn assert_whole(host: &str, pushed: &Ran) {
    let sandbox = Sandbox::new();
    let pulled = sandbox.ok(&format!("pull --progress none {host}/app:1"));
    assert_eq!(pulled.digest(), pushed.digest());
    sandbox.verify_blobs();
}

/// The story of a push that is killed when its link stalls at 70 %: the next run sends the rest. Gives where the first one was.
pub fn push_that_is_killed(host: &str, stalls: Fate) -> Sandbox {
    let sandbox = Sandbox::new();
    stage_large(&sandbox);
    // A part of an upload is as long as a link is fast and its answers are slow: on a busy machine a link that is not slow has
    // parts too long to be killed between two of them.
    let link = Link::paced(host, layer_size() / 2, move |_| stalls);
    let name = link.name("app:1");
    let mut first = sandbox.start(&format!("push --from oci:image --progress none {name}"));
    link.wait_for_stall(&mut first);
    first.kill();
    assert_ne!(first.wait().code, 0);
    let sent = link.sent();
    link.becomes(|_| Fate::Fine);
    let pushed = push_large(&sandbox, &name);
    let again = percent(link.sent() - sent);
    assert!(again <= 31, "{again} % of the layer was sent again");
    assert_whole(host, &pushed);
    sandbox
}

/// The story of a pull over a link that breaks every 8 MiB: hardly anything comes twice.
pub fn pull_over_a_breaking_link(host: &str) {
    let sandbox = Sandbox::new();
    stage_large(&sandbox);
    let pushed = push_large(&sandbox, &format!("{host}/app:1"));
    let link = Link::to(host, |_| Fate::BreaksAfterReceiving(8 * 1024 * 1024));
    assert_whole(&link.host(), &pushed);
    assert!(percent(link.received()) <= 110, "{} % of the layer came", percent(link.received()));
}

/// What a pull has in its file without having written down that it is there.
const NOT_NOTED: u64 = 1024 * 1024;

/// The story of a pull that is killed at 70 %: the next run goes on with it, and leaves nothing over.
pub fn pull_that_is_killed(host: &str) {
    let sandbox = Sandbox::new();
    stage_large(&sandbox);
    let pushed = push_large(&sandbox, &format!("{host}/app:1"));
    // So slow that it is killed in time, and comes over several streams.
    let link = Link::paced(host, layer_size() / 8, |_| Fate::Fine);
    let sandbox = Sandbox::new();
    let mut first = sandbox.start(&format!("pull --progress none {}", link.name("app:1")));
    sandbox.wait_for_staged(layer_size() * 7 / 10 + NOT_NOTED, &mut first);
    first.kill();
    assert_ne!(first.wait().code, 0);
    // A link of its own counts what comes to the second run and nothing else.
    let link = Link::to(host, |_| Fate::Fine);
    let pulled = sandbox.ok(&format!("pull --progress none {}", link.name("app:1")));
    let again = percent(link.received());
    assert!(again <= 31, "{again} % of the layer came again");
    assert_eq!(pulled.digest(), pushed.digest());
    sandbox.verify_blobs();
    let staging = sandbox.path("store/rpush/staging");
    assert_eq!(std::fs::read_dir(staging).expect("a directory").count(), 0, "nothing is left over");
}
