//! `tag --remote`: other names on the registry, and no layer moves.

use crate::support::{Image, Layout, Registry, Sandbox, shows};

/// A registry with `app:1.0.0`, an image for several platforms or for one.
fn stage(make: impl FnOnce(&mut Layout) -> serde_json::Value) -> (Registry, Sandbox) {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    let mut layout = Layout::default();
    let root = make(&mut layout);
    layout.name(&root, "1");
    layout.write(&sandbox.path("layout"));
    sandbox.ok(&format!("push -q --from oci:layout {}", registry.name("app:1.0.0")));
    registry.journal(&[]);
    (registry, sandbox)
}

fn tag(sandbox: &Sandbox, registry: &Registry, source: &str, targets: &[&str]) -> crate::support::Ran {
    let targets: Vec<String> = targets.iter().map(|name| registry.name(name)).collect();
    sandbox.rpush(&format!("tag --progress none --remote {} {}", registry.name(source), targets.join(" ")))
}

#[test]
fn in_its_own_repository_a_name_is_one_request() {
    let (registry, sandbox) = stage(|layout| layout.index("hello"));
    shows!(tag(&sandbox, &registry, "app:1.0.0", &["app:1.0", "app:1", "app"]), @"
    $ rpush tag --progress none --remote localhost:PORT/app:1.0.0 localhost:PORT/app:1.0 localhost:PORT/app:1 localhost:PORT/app
    localhost:PORT/app:1.0: digest: [DIGEST] size: 1070
    localhost:PORT/app:1: digest: [DIGEST] size: 1070
    localhost:PORT/app:latest: digest: [DIGEST] size: 1070
    ");
    shows!(registry.sorted_journal(&[]), @"
    GET /v2/app/manifests/1.0.0 200
    PUT /v2/app/manifests/1 201
    PUT /v2/app/manifests/1.0 201
    PUT /v2/app/manifests/latest 201
    ");
    let digests = ["1.0.0", "1.0", "latest"].map(|tag| {
        Sandbox::new().ok(&format!("pull -q {}", registry.name(&format!("app:{tag}"))));
        Sandbox::new().ok(&format!("pull {}", registry.name(&format!("app:{tag}")))).digest()
    });
    assert!(digests.iter().all(|digest| *digest == digests[0]));
}

#[test]
fn in_another_repository_layers_are_mounted() {
    let (registry, sandbox) = stage(|layout| layout.index("hello"));
    let ran = tag(&sandbox, &registry, "app:1.0.0", &["team/released:1.0.0"]);
    assert_eq!(ran.code, 0, "{ran}");
    let journal = registry.journal(&[]);
    assert!(!journal.iter().any(|line| line.starts_with("GET") && line.contains("/blobs/")), "{journal:?}");
    assert!(!journal.iter().any(|line| line.starts_with("PUT") && line.contains("/blobs/")), "{journal:?}");
    let pulled = Sandbox::new().ok(&format!("pull --all-platforms {}", registry.name("team/released:1.0.0")));
    assert_eq!(pulled.digest(), ran.digest());
}

#[test]
fn by_digest_and_by_its_old_name() {
    let (registry, sandbox) = stage(|layout| layout.image(&Image::with("hello")));
    let digest = tag(&sandbox, &registry, "app:1.0.0", &["app:a"]).digest();
    let ran = tag(&sandbox, &registry, &format!("app@{digest}"), &["app:b", "app:b"]);
    assert_eq!(ran.digest(), digest);
    assert_eq!(registry.journal(&[]).iter().filter(|line| line.starts_with("PUT")).count(), 2, "each name once");
}

#[test]
fn what_is_not_there_and_what_is_elsewhere() {
    let (registry, sandbox) = stage(|layout| layout.image(&Image::with("hello")));
    shows!(tag(&sandbox, &registry, "app:2", &["app:3"]), @"
    $ rpush tag --progress none --remote localhost:PORT/app:2 localhost:PORT/app:3
    ! error: manifest for localhost:PORT/app:2 not found: manifest unknown
    !
    ! hint: did you mean `rpush tag --progress none --remote localhost:PORT/app:1.0.0 localhost:PORT/app:3`?
    exit code 3
    ");
    shows!(sandbox.rpush("tag --remote localhost:1/app:2 registry.example:2/app:2"), @"
    $ rpush tag --remote localhost:PORT/app:2 registry.example:PORT/app:2
    ! error: registry.example:PORT/app:2 is on another registry than localhost:PORT/app:2, and no layer moves here
    !
    ! hint: bring it there: `rpush pull localhost:PORT/app:2`, `rpush tag localhost:PORT/app:2 registry.example:PORT/app:2`, `rpush push registry.example:PORT/app:2`
    exit code 2
    ");
}
