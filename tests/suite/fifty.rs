//! Fifty at once: every other tool that writes layouts loses data when two of its processes write into one (and mostly says
//! that all went well). Here each tag, pull and load that succeeds has to be there in the end.

use crate::support::{Image, Layout, Registry, Sandbox};

#[test]
fn fifty_processes_lose_nothing() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let elsewhere = Sandbox::new();
    let mut base = Layout::default();
    let root = base.image(&Image::with("base"));
    base.name(&root, "docker.io/library/base:1");
    sandbox.file("base.tar", base.archive().bytes());
    sandbox.ok("load -i base.tar");

    let mut expected = vec!["docker.io/library/base:1".to_owned()];
    let mut commands = Vec::new();
    for number in 0..17 {
        commands.push(format!("tag base:1 tagged:{number}"));
        expected.push(format!("docker.io/library/tagged:{number}"));

        let mut layout = Layout::default();
        let root = layout.image(&Image::with(&format!("pulled {number}")));
        layout.name(&root, "1");
        layout.write(&elsewhere.path(&format!("pulled-{number}")));
        let name = registry.name(&format!("pulled:{number}"));
        elsewhere.ok(&format!("push -q --from oci:pulled-{number} {name}"));
        commands.push(format!("pull {name}"));
        expected.push(name);

        // Both formats, so that some have to be compressed and share the memo.
        let image = Image::with(&format!("loaded {number}"));
        let name = format!("docker.io/library/loaded:{number}");
        let archive = if number % 2 == 0 { image.docker_24(&[&name]) } else { image.docker_25(&[&name]) };
        sandbox.file(&format!("loaded-{number}.tar"), archive.bytes());
        commands.push(format!("load -i loaded-{number}.tar"));
        expected.push(name);
    }
    assert!(commands.len() > 50);

    let running: Vec<_> = commands.iter().map(|words| sandbox.start(words)).collect();
    for run in running {
        let ran = run.wait();
        assert_eq!(ran.code, 0, "{ran}");
    }

    expected.sort();
    assert_eq!(sandbox.names().into_keys().collect::<Vec<_>>(), expected);
    assert_eq!(sandbox.ok("images -q").err, "", "nothing is damaged or missing");
    let blobs = sandbox.verify_blobs();
    let store = sandbox.store();
    for entry in store.entries().expect("the store can be read") {
        assert!(store.is_complete(&entry.descriptor), "{:?}", entry.reference);
    }
    sandbox.ok("prune");
    assert_eq!(sandbox.verify_blobs(), blobs, "prune removed something that has a name");
}

/// Removing and bringing in at the same time: what was brought in is whole, whatever was removed meanwhile.
#[test]
fn removing_meanwhile_takes_nothing_that_comes() {
    let sandbox = Sandbox::new();
    let image = |number: usize| Image::with(&format!("image {number}"));
    for number in 0..10 {
        // They share a layer, so that what goes with one is what the next one needs.
        let name = format!("docker.io/library/old:{number}");
        sandbox.file(&format!("old-{number}.tar"), image(number).docker_25(&[&name]).bytes());
        sandbox.ok(&format!("load -i old-{number}.tar"));
        let name = format!("docker.io/library/new:{number}");
        sandbox.file(&format!("new-{number}.tar"), image(number).docker_25(&[&name]).bytes());
    }
    let commands = (0..10)
        .flat_map(|number| [format!("rmi old:{number}"), format!("load -i new-{number}.tar"), "images -q".to_owned()]);
    let running: Vec<_> = commands.map(|words| sandbox.start(&words)).collect();
    for run in running {
        let ran = run.wait();
        assert_eq!(ran.code, 0, "{ran}");
    }
    let store = sandbox.store();
    let entries = store.entries().expect("the store can be read");
    assert_eq!(entries.len(), 10);
    for entry in entries {
        assert!(store.is_complete(&entry.descriptor), "{:?} lost something", entry.reference);
    }
    sandbox.ok("prune");
    assert_eq!(sandbox.verify_blobs(), 10 * 3 + 1);
}

/// Numbers without a pattern, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// Fifty processes, of which every other one is killed somewhere: what succeeded is there, what was there before is there, and
/// nothing is damaged.
#[test]
fn random_kills_leave_a_store_that_is_whole() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("kept.tar", Image::with("kept").docker_25(&["kept:1"]).bytes());
    sandbox.ok("load -i kept.tar");
    let elsewhere = Sandbox::new();
    for number in 0..8 {
        let mut layout = Layout::default();
        let root = layout.image(&Image::with(&format!("pulled {number}")));
        let name = registry.name(&format!("pulled:{number}"));
        layout.name(&root, "1");
        layout.write(&elsewhere.path(&format!("pulled-{number}")));
        elsewhere.ok(&format!("push -q --from oci:pulled-{number} {name}"));
        let image = Image::with(&format!("loaded {number}"));
        let name = format!("docker.io/library/loaded:{number}");
        let archive = if number % 2 == 0 { image.docker_24(&[&name]) } else { image.docker_25(&[&name]) };
        sandbox.file(&format!("loaded-{number}.tar"), archive.bytes());
    }
    let mut dice = Dice(1);
    for round in 0..4 {
        let mut words = Vec::new();
        for number in 0..50 {
            let which = dice.below(8);
            words.push(match number % 7 {
                0 => format!("load -i loaded-{which}.tar"),
                1 => format!("pull {}", registry.name(&format!("pulled:{which}"))),
                2 => format!("tag kept:1 tagged:{round}-{number}"),
                3 => format!("rmi -f loaded:{which}"),
                4 => format!("push --from loaded-{which}.tar {}", registry.name(&format!("pushed:{number}"))),
                5 => "prune".to_owned(),
                _ => "images -q".to_owned(),
            });
        }
        let running: Vec<_> = words.iter().map(|words| sandbox.start(words)).collect();
        // Somewhere: as long as the others need for a part of their work.
        let mut doomed: Vec<usize> = (0..running.len()).filter(|_| dice.below(2) == 0).collect();
        while let Some(victim) = doomed.pop() {
            running[victim].kill();
            for _ in 0..dice.below(2000) {
                std::thread::yield_now();
            }
        }
        let mut tagged = Vec::new();
        for (run, words) in running.into_iter().zip(&words) {
            let ran = run.wait();
            // Killed, done, or kept from collecting garbage by the others.
            assert!([-1, 0].contains(&ran.code) || (words == "prune" && ran.code == 1), "{ran}");
            if let (0, Some(name)) = (ran.code, words.strip_prefix("tag kept:1 ")) {
                tagged.push(format!("docker.io/library/{name}"));
            }
        }
        let names = sandbox.names();
        for name in tagged.iter().map(String::as_str).chain(["docker.io/library/kept:1"]) {
            assert!(names.contains_key(name), "{name} is gone");
        }
        sandbox.verify_blobs();
        let store = sandbox.store();
        for entry in store.entries().expect("the store can be read") {
            assert!(store.is_complete(&entry.descriptor), "{:?}", entry.reference);
        }
        let examined = sandbox.ok("-q fsck --format json").json();
        assert_eq!(examined["damaged"], 0, "{examined}");
    }
    sandbox.ok("prune");
    let examined = sandbox.ok("-q fsck --format json").json();
    assert_eq!(examined["findings"], serde_json::json!([]), "prune leaves something");
}
