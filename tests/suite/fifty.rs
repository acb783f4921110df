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
