//! A store in which something has gone wrong: what `rpush fsck` says, and how it becomes whole again.

use std::fs;

use rpush::image::Digest;

use crate::support::{Image, Layout, Registry, Sandbox, shows};

/// A store with an image that is also on a registry, and its name.
fn stage(registry: &Registry) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello"));
    let name = registry.name("app:1");
    layout.name(&root, &name);
    sandbox.file("app.tar", layout.archive().bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("push {name}"));
    (sandbox, name)
}

/// The layer that is this image's alone.
fn own_layer(sandbox: &Sandbox, name: &str) -> Digest {
    let manifest = sandbox.store().manifest(&sandbox.stored(name)).expect("a manifest");
    manifest.children().last().expect("a layer").digest
}

#[test]
fn a_sound_store_is_told_so() {
    let sandbox = Sandbox::new();
    shows!(sandbox.rpush("fsck"), @"
    $ rpush fsck
    Total: 0 images, 0B in 0 blobs: nothing is damaged
    ");
    sandbox.file("app.tar", Image::with("hello").docker_25(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    shows!(sandbox.rpush("fsck"), @"
    $ rpush fsck
    Total: 1 image, 1.07kB in 4 blobs: nothing is damaged
    ! 4 x Reading
    ! 4 x Read
    ");
    shows!(sandbox.rpush("-q fsck --format json"), @r#"
    $ rpush -q fsck --format json
    {"blobs":4,"bytes":1066,"images":1,"damaged":0,"exitCode":0,"findings":[]}
    "#);
}

#[test]
fn what_is_damaged_is_set_aside_and_pulled_again() {
    let registry = Registry::open();
    let (sandbox, name) = stage(&registry);
    let layer = own_layer(&sandbox, &name);
    let size = sandbox.store().blobs().size(&layer).expect("it is there");
    // As long as it was: only reading it tells.
    fs::write(sandbox.store().blobs().path(&layer), vec![7; usize::try_from(size).expect("small")]).expect("written");
    shows!(sandbox.rpush("--progress none fsck"), @"
    $ rpush --progress none fsck
    damage [DIGEST]: its bytes hash to [DIGEST]; needed by localhost:PORT/app:1
    Total: 1 image, 1.07kB in 4 blobs: 1 damaged or missing
    ! error: the store is damaged
    !
    ! hint: set aside what is damaged: `rpush fsck --repair`, then bring it anew: `rpush pull localhost:PORT/app:1`, or `rpush load` for what did not come from a registry
    exit code 6
    ");
    shows!(sandbox.rpush("--progress none fsck --repair"), @"
    $ rpush --progress none fsck --repair
    damage [DIGEST]: its bytes hash to [DIGEST]; it is in rpush/quarantine/sha256-[HEX] now; needed by localhost:PORT/app:1
    note   99B in 1 file that a repair set aside in rpush/quarantine; they can be removed
    Total: 1 image, 1.07kB in 4 blobs: 1 damaged or missing
    ! error: the store is damaged
    !
    ! hint: bring it anew: `rpush pull localhost:PORT/app:1`, or `rpush load` for what did not come from a registry
    exit code 6
    ");
    shows!(sandbox.rpush("--progress none fsck --format json"), @r#"
    $ rpush --progress none fsck --format json
    {"blobs":3,"bytes":967,"images":1,"damaged":1,"exitCode":6,"findings":[{"kind":"missing","damage":true,"summary":"[DIGEST]: it is missing (99B)","digest":"[DIGEST]","images":["localhost:PORT/app:1"],"cure":null},{"kind":"quarantine","damage":false,"summary":"99B in 1 file that a repair set aside in rpush/quarantine; they can be removed","digest":null,"images":[],"cure":null}]}
    ! error: the store is damaged
    !
    ! hint: bring it anew: `rpush pull localhost:PORT/app:1`, or `rpush load` for what did not come from a registry
    exit code 6
    "#);
    sandbox.ok(&format!("pull {name}"));
    shows!(sandbox.rpush("--progress none fsck"), @"
    $ rpush --progress none fsck
    note   99B in 1 file that a repair set aside in rpush/quarantine; they can be removed
    Total: 1 image, 1.07kB in 4 blobs: nothing is damaged
    ");
    sandbox.verify_blobs();
}

/// An empty `index.json` is what a power failure leaves of programs that just write it.
#[test]
fn a_lost_list_is_made_anew() {
    let registry = Registry::open();
    let (sandbox, name) = stage(&registry);
    fs::write(sandbox.path("store/index.json"), "").expect("written");
    shows!(sandbox.rpush("images"), @"
    $ rpush images
    ! error: cannot understand [SANDBOX]/store/index.json
    ! because: EOF while parsing a value at line 1 column 0
    !
    ! hint: see what is left, and make what can be made again: `rpush --store [SANDBOX]/store fsck --repair`
    exit code 6
    ");
    assert_eq!(sandbox.rpush("prune").code, 6, "everything would be garbage");
    shows!(sandbox.rpush("--progress none fsck"), @"
    $ rpush --progress none fsck
    damage index.json: it cannot be understood: it is empty
    Total: 1 image, 1.07kB in 4 blobs: 1 damaged or missing
    ! error: the store is damaged
    !
    ! hint: set aside what is damaged: `rpush fsck --repair`
    exit code 6
    ");
    shows!(sandbox.rpush("--progress none fsck --repair"), @"
    $ rpush --progress none fsck --repair
    cured  index.json: it cannot be understood: it is empty; a new one lists 1 image, the old one is index.json.damaged-1 now
    Total: 1 image, 1.07kB in 4 blobs: nothing is damaged
    ");
    shows!(sandbox.ok("images"), @"
    $ rpush images
    REPOSITORY          TAG                                                                                         IMAGE ID       CREATED        SIZE
    localhost/unnamed   localhost/unnamed@[DIGEST]   [ID]   N years ago   1.07kB
    ");
    fs::remove_file(sandbox.path("store/index.json")).expect("removed");
    shows!(sandbox.rpush(&format!("tag {name} app:2")), @"
    $ rpush tag localhost:PORT/app:1 app:2
    ! error: [SANDBOX]/store/index.json is missing
    !
    ! hint: see what is left, and make what can be made again: `rpush --store [SANDBOX]/store fsck --repair`
    exit code 6
    ");
    sandbox.ok("fsck --repair");
    sandbox.ok(&format!("pull {name}"));
    sandbox.verify_blobs();
}

#[test]
fn a_repair_waits_until_the_store_is_free() {
    let registry = Registry::open();
    let (sandbox, _) = stage(&registry);
    let lease = sandbox.store().lease().expect("leased");
    shows!(sandbox.rpush("--progress none fsck --repair"), @"
    $ rpush --progress none fsck --repair
    ! error: the store is in use
    ! because: another rpush is bringing content in, or reading it
    !
    ! hint: wait for it, then `rpush fsck --repair` again
    exit code 1
    ");
    sandbox.ok("fsck");
    drop(lease);
    sandbox.ok("fsck --repair");
}
