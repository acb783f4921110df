//! Indexes: of images that were built for one platform each, one name for all of them.

use crate::support::{Registry, Sandbox, shows};

/// Two images for two platforms in the store.
fn builder() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("motd", "hello\n");
    std::fs::create_dir(sandbox.path("rootfs")).expect("a directory");
    sandbox.file("rootfs/motd", "hello\n");
    for platform in ["linux/amd64", "linux/arm/v7"] {
        let tag = platform.replace('/', "-");
        sandbox.ok(&format!("import --platform {platform} rootfs app:{tag}"));
    }
    sandbox
}

#[test]
fn one_name_for_all_platforms() {
    let (sandbox, registry) = (builder(), Registry::open());
    let name = registry.name("app:1");
    let made = sandbox.rpush(&format!("index create {name} app:linux-amd64 app:linux-arm-v7"));
    shows!(made, @"
    $ rpush index create localhost:PORT/app:1 app:linux-amd64 app:linux-arm-v7
    [DIGEST]
    ! Made localhost:PORT/app:1: linux/amd64, linux/arm/v7
    ");
    shows!(sandbox.rpush(&format!("index ls {name}")), @"
    $ rpush index ls localhost:PORT/app:1
    PLATFORM       DIGEST                                                                       SIZE   TYPE
    linux/amd64    [DIGEST]       400   image
    linux/arm/v7   [DIGEST]       400   image
    ");
    sandbox.ok(&format!("push {name}"));
    let reader = Sandbox::new();
    shows!(reader.rpush(&format!("index ls --remote --format json {name}")), @r#"
    $ rpush index ls --remote --format json localhost:PORT/app:1
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"[DIGEST]","size":400,"platform":{"architecture":"amd64","os":"linux"}}
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"[DIGEST]","size":400,"platform":{"architecture":"arm","os":"linux","variant":"v7"}}
    "#);
    reader.ok(&format!("pull --platform linux/arm/v7 {name}"));
    assert_eq!(reader.stored(&name).digest, made.digest());
    // In the order in which they were typed, and the same every time.
    let other = sandbox.ok(&format!("index create -q {name} app:linux-arm-v7 app:linux-amd64")).digest();
    assert_ne!(other, made.digest());
    assert_eq!(sandbox.ok("index create -q x:1 app:linux-amd64 app:linux-arm-v7").digest(), made.digest());
}

#[test]
fn images_on_a_registry_come_into_the_store_first() {
    let (sandbox, registry) = (builder(), Registry::open());
    let mut sources = Vec::new();
    for tag in ["linux-amd64", "linux-arm-v7"] {
        let name = registry.name(&format!("app:{tag}"));
        sandbox.ok(&format!("tag app:{tag} {name}"));
        sandbox.ok(&format!("push {name}"));
        sources.push(name);
    }
    let (runner, name) = (Sandbox::new(), registry.name("app:1"));
    let made = runner.ok(&format!("index create {name} {}", sources.join(" "))).digest();
    assert_eq!(runner.ok(&format!("push -q {name}")).digest(), made);
    // What an index lists comes in its place.
    let again = runner.ok(&format!("index create y:1 {name}")).digest();
    assert_eq!(again, made);
    shows!(runner.rpush(&format!("index create y:1 {name} {}", sources[1])), @"
    $ rpush index create y:1 localhost:PORT/app:1 localhost:PORT/app:linux-arm-v7
    ! error: localhost:PORT/app:1 and localhost:PORT/app:linux-arm-v7 are both for linux/arm/v7
    !
    ! hint: an index has one image for each platform: leave out `localhost:PORT/app:1` or `localhost:PORT/app:linux-arm-v7`
    exit code 2
    ");
}

#[test]
fn what_is_no_index_and_fits_into_none() {
    let sandbox = builder();
    shows!(sandbox.rpush("index create x:1 app:linux-amd64 app:linux-amd64"), @"
    $ rpush index create x:1 app:linux-amd64 app:linux-amd64
    ! error: app:linux-amd64 and app:linux-amd64 are both for linux/amd64
    !
    ! hint: an index has one image for each platform: leave out `app:linux-amd64` or `app:linux-amd64`
    exit code 2
    ");
    shows!(sandbox.rpush("index ls app:linux-amd64"), @"
    $ rpush index ls app:linux-amd64
    ! error: app:linux-amd64 is one image and no index
    !
    ! hint: `rpush inspect app:linux-amd64`
    exit code 1
    ");
    shows!(sandbox.rpush("index ls nothing:1"), @"
    $ rpush index ls nothing:1
    ! error: No such image: nothing:1
    !
    ! hint: what there is: `rpush images`; from a registry: `rpush pull NAME`
    exit code 3
    ");
    assert!(!sandbox.names().contains_key("docker.io/library/x:1"));
}
