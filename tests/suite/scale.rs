//! Large numbers: twenty thousand names in the store, an index of five hundred images. There are no limits of time here; what
//! takes an hour when it is quadratic is noticed.

use std::fs;

use serde_json::json;

use crate::support::{Image, Layout, Registry, Sandbox, layer};

/// How many names the store has.
const NAMES: usize = 20_000;
/// How many images have them.
const IMAGES: usize = 200;

fn name(number: usize) -> String {
    format!("localhost:5000/team/app-{}:{number}", number % IMAGES)
}

/// A store with many names for not so many images, as other tools would write it.
fn large_store() -> Sandbox {
    let (sandbox, mut layout) = (Sandbox::new(), Layout::default());
    let image = |number: usize| Image {
        layers: vec![layer("base", "base"), layer("own", &number.to_string())],
        ..Image::with("")
    };
    let roots: Vec<_> = (0..IMAGES).map(|number| layout.image(&image(number))).collect();
    (0..NAMES).for_each(|number| layout.name(&roots[number % IMAGES], &name(number)));
    layout.write(&sandbox.path("store"));
    sandbox
}

fn lines(text: &str) -> usize {
    text.lines().count()
}

#[test]
fn twenty_thousand_names() {
    let sandbox = large_store();
    assert_eq!(lines(&sandbox.ok("images").out), 1 + NAMES);
    assert_eq!(lines(&sandbox.ok("images -q").out), IMAGES);
    assert_eq!(lines(&sandbox.ok("images localhost:5000/team/app-7").out), 1 + NAMES / IMAGES);
    sandbox.ok(&format!("tag {} new:1", name(123)));
    let before = fs::read(sandbox.path("store/index.json")).expect("a list");
    sandbox.ok(&format!("tag {} new:1", name(123)));
    assert_eq!(fs::read(sandbox.path("store/index.json")).expect("a list"), before, "nothing has changed");
    assert_eq!(sandbox.names().len(), NAMES + 1);
    let removed = sandbox.ok("rmi new:1");
    assert_eq!((removed.out.as_str(), removed.err.as_str()), ("Untagged: new:1\n", ""));
    // Every name of an image, and with the last one what only it needs: manifest and layer, and no config, which all share.
    let id = sandbox.stored(&name(5)).digest;
    let removed = sandbox.ok(&format!("rmi -f {}", id.short()));
    assert_eq!((lines(&removed.out), removed.out.ends_with(&format!("Deleted: {id}\n"))), (NAMES / IMAGES + 1, true));
    assert_eq!(lines(&sandbox.ok("images -q").out), IMAGES - 1);
    assert_eq!(sandbox.ok("prune").out, "Total reclaimed space: 0B\n");
    assert_eq!(sandbox.rpush("rmi nothing:1").code, 3);
}

/// All tags of a repository are few transfers, one an image.
#[test]
fn all_tags_of_a_repository_among_many() {
    let (sandbox, registry, mut layout) = (Sandbox::new(), Registry::open(), Layout::default());
    let roots: Vec<_> = (0..4).map(|number| layout.image(&Image::with(&number.to_string()))).collect();
    for number in 0..40 {
        layout.name(&roots[number % 4], &registry.name(&format!("app:{number}")));
    }
    (0..NAMES).for_each(|number| layout.name(&roots[0], &name(number)));
    layout.write(&sandbox.path("store"));
    let pushed = sandbox.ok(&format!("push -q --progress none -a {}", registry.name("app")));
    assert_eq!(lines(&pushed.out), 40);
    let manifests = registry.journal(&[]).iter().filter(|line| line.starts_with("PUT /v2/app/manifests/")).count();
    assert_eq!(manifests, 40);
}

/// Each manifest is asked for once, put once and read once, and each blob costs what it has to.
#[test]
fn an_index_of_five_hundred_manifests() {
    let (sandbox, registry, mut layout) = (Sandbox::new(), Registry::open(), Layout::default());
    let mut entries = Vec::new();
    for number in 0..500 {
        let mut entry = layout.image(&Image::with(&number.to_string()));
        entry["platform"] = json!({ "os": "linux", "architecture": format!("a{number}") });
        entries.push(entry);
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let root = layout.put_json(&json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": entries }));
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    let name = registry.name("app:1");
    let pushed = sandbox.ok(&format!("push --progress none --format json --from oci:layout {name}")).json();
    // A base, and of each image a layer and a config.
    let (blobs, manifests) = (1 + 500 + 500, 500);
    assert_eq!(pushed["totals"]["moved"], blobs + manifests + 1);
    let journal = registry.journal(&[]);
    let count = |what: &str| journal.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!(count("HEAD /v2/app/blobs/"), blobs);
    assert_eq!(count("PUT /v2/app/blobs/uploads/"), blobs);
    assert_eq!(count("PUT /v2/app/manifests/"), manifests + 1);
    let reader = Sandbox::new();
    reader.ok(&format!("pull --progress none --all-platforms {name}"));
    let journal = registry.journal(&[]);
    let count = |what: &str| journal.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!((count("GET /v2/app/blobs/"), count("GET /v2/app/manifests/")), (blobs, manifests + 1));
    assert_eq!(reader.verify_blobs(), blobs + manifests + 1);
    assert_eq!(lines(&reader.ok("images --tree").out), 2 + 500);
}
