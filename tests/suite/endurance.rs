//! Bad links: what breaks off goes on where it broke off, in the same run and in the next one, and is not sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{
    Fate, Layout, Link, Registry, Sandbox, answer, assert_whole, layer_size, noise, percent, pull_over_a_breaking_link,
    pull_that_is_killed, push_large, push_that_is_killed, shows, stage_large,
};

#[test]
fn a_push_over_a_link_that_breaks_all_the_time() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    stage_large(&sandbox);
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterSending(8 * 1024 * 1024));
    let pushed = push_large(&sandbox, &link.name("app:1"));
    assert!(percent(link.sent()) <= 110, "{} % of the layer was sent", percent(link.sent()));
    assert_whole(&registry.host(), &pushed);
}

#[test]
fn a_pull_over_a_link_that_breaks_all_the_time() {
    pull_over_a_breaking_link(&Registry::open().host());
}

#[test]
fn a_push_that_is_killed_goes_on_in_the_next_run() {
    let fate = Fate::StallsAfterSending(layer_size() * 7 / 10);
    let sandbox = push_that_is_killed(&Registry::open().host(), fate);
    let journal = sandbox.path("store/rpush/journal/uploads");
    assert_eq!(std::fs::read_dir(journal).expect("a journal").count(), 0, "nothing is left to go on with");
}

#[test]
fn a_pull_that_is_killed_goes_on_in_the_next_run() {
    pull_that_is_killed(&Registry::open().host());
}

/// Nobody is told when a machine on the way goes away: what does not move is made anew.
#[test]
fn a_link_that_stalls_is_left_for_another_one() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    stage_large(&sandbox);
    let once = |fate: Fate| {
        let mut left = Some(fate);
        // The first connection asks whether TLS is spoken.
        move |number| if number == 0 { Fate::Fine } else { left.take().unwrap_or(Fate::Fine) }
    };
    let link = Link::to(&registry.host(), once(Fate::StallsAfterSending(layer_size() / 2)));
    let name = link.name("app:1");
    let pushed = sandbox.ok(&format!("push --from oci:image --stall-timeout 500ms --progress none {name}"));
    assert_whole(&registry.host(), &pushed);
    let link = Link::to(&registry.host(), once(Fate::StallsAfterReceiving(layer_size() / 2)));
    let pulling = Sandbox::new();
    pulling.ok(&format!("pull --stall-timeout 500ms --progress none {}", link.name("app:1")));
    assert_eq!(pulling.verify_blobs(), 3);
    assert!(percent(link.received()) <= 110, "{} % of the layer came", percent(link.received()));
}

#[test]
fn a_deadline_ends_everything() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    stage_large(&sandbox);
    let link = Link::to(&registry.host(), |_| Fate::StallsAfterSending(layer_size() / 2));
    let words = format!("push --from oci:image --deadline 1s --progress none {}", link.name("app:1"));
    shows!(sandbox.rpush(&words), @"
    $ rpush push --from oci:image --deadline 1s --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: not done within 1s
    !
    ! hint: the same command again goes on where this one stopped
    exit code 5
    ");
}

/// What a proxy on the way refuses is found out by one push, and not by each that follows.
#[test]
fn how_large_a_body_may_be_is_known_to_the_next_run() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = refused.clone();
    registry.on(move |request| {
        let length = request.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let is_large = length.is_some_and(|length| length > 256 * 1024);
        is_large.then(|| {
            counted.fetch_add(1, Ordering::SeqCst);
            answer(413, &[], "too large")
        })
    });
    let mut layout = Layout::default();
    let roots = [1024, 1025].map(|kib| layout.image_of(&noise(kib * 1024)));
    layout.name(&roots[0], "first");
    layout.name(&roots[1], "second");
    layout.write(&sandbox.path("image"));
    sandbox.ok(&format!("push --from oci:image:first {}", registry.name("app:1")));
    assert!(refused.swap(0, Ordering::SeqCst) > 0, "the first one has to find out");
    sandbox.ok(&format!("push --from oci:image:second {}", registry.name("other:1")));
    assert_eq!(refused.load(Ordering::SeqCst), 0, "the second one knows");
}
