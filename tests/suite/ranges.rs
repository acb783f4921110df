//! Large layers over connections that are slow, each for itself: they come over several at once, and whatever happens to one of
//! those costs little more than what was under way on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{
    Asked, Deed, Ending, Fate, Link, Ran, Registry, Saboteur, Said, Sandbox, assert_whole, layer_size, percent,
    push_large, stage_large,
};

/// One connection alone would take so many seconds.
const SECONDS: u64 = 6;

/// A registry with a large layer, and the slow way there.
struct Stage {
    registry: Registry,
    pushed: Ran,
    saboteur: Saboteur,
    link: Link,
    parts: Arc<AtomicUsize>,
}

fn is_part(asked: &Asked) -> bool {
    // The rest of something ends with the line.
    asked.method == "GET" && asked.header("range").is_some_and(|range| !range.ends_with('-'))
}

/// What becomes of the parts that are asked for; each has its number.
fn stage(mut part: impl FnMut(usize) -> Deed + Send + 'static) -> Stage {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    stage_large(&sandbox);
    let pushed = push_large(&sandbox, &registry.name("app:1"));
    let parts = Arc::new(AtomicUsize::new(0));
    let count = parts.clone();
    let saboteur = Saboteur::before(&registry.host(), move |asked| match is_part(asked) {
        true => part(count.fetch_add(1, Ordering::SeqCst)),
        false => Deed::Pass,
    });
    let link = Link::paced(&saboteur.host(), layer_size() / SECONDS, |_| Fate::Fine);
    Stage { registry, pushed, saboteur, link, parts }
}

impl Stage {
    fn pull(&self, sandbox: &Sandbox, options: &str) -> Ran {
        sandbox.rpush(&format!("pull --plain-http --progress none {options} {}", self.link.name("app:1")))
    }

    /// It comes whole, and not much of it twice; how many parts were asked for.
    #[track_caller]
    fn comes_whole(&self, most: u64) -> usize {
        let sandbox = Sandbox::new();
        let ran = self.pull(&sandbox, "");
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(ran.digest(), self.pushed.digest());
        assert_eq!(sandbox.verify_blobs(), 3);
        let staging = sandbox.path("store/rpush/staging");
        assert_eq!(std::fs::read_dir(staging).expect("a directory").count(), 0, "nothing is left over");
        assert!(percent(self.link.received()) <= most, "{} % of the layer came", percent(self.link.received()));
        self.parts.load(Ordering::SeqCst)
    }
}

#[test]
fn they_come_over_several_connections() {
    let stage = stage(|_| Deed::Pass);
    assert!(stage.comes_whole(115) > 0, "parts were asked for");
    assert_whole(&stage.registry.host(), &stage.pushed);
}

#[test]
fn one_stream_is_one_stream() {
    let stage = stage(|_| Deed::Pass);
    let ran = stage.pull(&Sandbox::new(), "--max-concurrent-downloads 1");
    assert_eq!((ran.code, stage.parts.load(Ordering::SeqCst)), (0, 0), "{ran}");
}

/// Who does not say that it gives parts is not asked for any.
#[test]
fn a_registry_without_parts_is_not_asked_for_them() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    stage_large(&sandbox);
    let pushed = push_large(&sandbox, &registry.name("app:1"));
    let saboteur = Saboteur::before(&registry.host(), |asked| match asked.target.contains("/blobs/") {
        true => Deed::Edit(Box::new(|said: Said| said.with("accept-ranges", ""))),
        false => Deed::Pass,
    });
    let link = Link::paced(&saboteur.host(), layer_size() / SECONDS, |_| Fate::Fine);
    assert_whole(&link.host(), &pushed);
    assert!(saboteur.journal().iter().all(|asked| asked.header("range").is_none()));
}

#[test]
fn parts_that_are_cut() {
    let stage = stage(|number| if number < 3 { Deed::CutAnswer(1024 * 1024, Ending::Reset) } else { Deed::Pass });
    assert!(stage.comes_whole(115) > 3);
}

/// C-26: then it is one stream, as it would have been.
#[test]
fn the_whole_in_place_of_a_part() {
    let stage = stage(|_| Deed::Without("range"));
    assert_eq!(stage.comes_whole(115), 1, "it is not asked twice");
}

#[test]
fn parts_that_are_refused() {
    let stage = stage(|_| Deed::Answer(Said::new(416, "")));
    assert_eq!(stage.comes_whole(110), 1, "it is not asked twice");
}

#[test]
fn other_parts_than_were_asked_for() {
    let range = |said: Said| said.with("content-range", "bytes 60000000-60000009/67108864");
    let stage = stage(move |_| Deed::Edit(Box::new(range)));
    assert_eq!(stage.comes_whole(115), 1, "it is not asked twice");
}

#[test]
fn parts_that_are_too_much() {
    let busy = || Deed::Answer(Said::new(429, "").with("retry-after", "1"));
    let stage = stage(move |number| if number == 0 { busy() } else { Deed::Pass });
    stage.comes_whole(115);
}

fn flipped() -> Deed {
    Deed::Edit(Box::new(|mut said| {
        let middle = said.body.len() / 2;
        said.body[middle] ^= 1;
        said
    }))
}

#[test]
fn a_part_that_is_damaged_once() {
    let stage = stage(|number| if number == 0 { flipped() } else { Deed::Pass });
    stage.comes_whole(230);
    assert!(stage.saboteur.journal().iter().any(|asked| asked.header("cache-control") == Some("no-cache")));
}

#[test]
fn parts_that_are_always_damaged() {
    let stage = stage(|_| flipped());
    let sandbox = Sandbox::new();
    let ran = stage.pull(&sandbox, "");
    assert_eq!(ran.code, 6, "{ran}");
    assert!(ran.err.contains("is damaged") && sandbox.names().is_empty(), "{ran}");
}

#[test]
fn what_was_killed_while_parts_came_goes_on_in_the_next_run() {
    let stage = stage(|_| Deed::Pass);
    let (sandbox, name) = (Sandbox::new(), stage.link.name("app:1"));
    let mut first = sandbox.start(&format!("pull --plain-http --progress none {name}"));
    while stage.link.received() < layer_size() * 7 / 10 {
        assert!(!first.has_ended(), "it ended before it was killed");
        std::thread::yield_now();
    }
    first.kill();
    assert_ne!(first.wait().code, 0);
    assert!(stage.parts.load(Ordering::SeqCst) > 0, "parts were under way");
    let received = stage.link.received();
    let ran = sandbox.ok(&format!("pull --plain-http --progress none {name}"));
    let again = percent(stage.link.received() - received);
    assert!(again <= 40, "{again} % of the layer came after it was killed");
    assert_eq!(ran.digest(), stage.pushed.digest());
    sandbox.verify_blobs();
}
