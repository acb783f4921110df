//! Names on a registry that somebody else wrote: Docker's, before version 3. It knows no pages of tags, lists them in no order,
//! and removes images by digest alone.

use crate::needs;
use crate::peers::{DockerRegistry, run};
use crate::support::{Layout, Sandbox};

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn stage(registry: &DockerRegistry) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    for (text, tags) in [("one", &["v1.0"][..]), ("two", &["v1.1"]), ("three", &["v2.0", "latest"])] {
        let root = layout.index(text);
        tags.iter().for_each(|tag| layout.name(&root, tag));
    }
    layout.write(&sandbox.path("layout"));
    for tag in ["v1.0", "v1.1", "v2.0", "latest"] {
        sandbox.ok(&format!("push -q --from oci:layout:{tag} {}", registry.name(&format!("team/app:{tag}"))));
    }
    sandbox
}

#[test]
fn names_on_docker_registry() {
    needs!("docker-registry", "skopeo");
    let registry = DockerRegistry::open();
    let (sandbox, app, other) = (stage(&registry), registry.name("team/app"), registry.name("released"));
    assert_eq!(sandbox.ok(&format!("ls {}", registry.host())).out, "team/app\n");
    assert_eq!(sorted(&sandbox.ok(&format!("ls {app}")).out), ["latest", "v1.0", "v1.1", "v2.0"]);
    assert_eq!(sandbox.ok(&format!("search {}", registry.name("APP"))).out.lines().last(), Some(app.as_str()));
    assert_eq!(sandbox.rpush(&format!("ls {}", registry.name("nope"))).code, 3);

    // Other names for what is there, read by somebody else.
    let retag = format!("tag --remote --progress none --from-tag v1.* {app} {app}:stable-* {other}");
    let told = sandbox.ok(&retag.replace("--remote", "--remote --dry-run"));
    assert_eq!(told.out.lines().filter(|line| line.contains(": would name sha256:")).count(), 4, "{told}");
    assert_eq!(sandbox.ok(&retag).out.lines().count(), 4);
    let again = sandbox.ok(&retag.replace("--remote", "--remote --no-clobber"));
    assert!(again.out.is_empty() && again.err.contains("0 named, 4 there already"), "{again}");
    let raw = |name: &str| run(&sandbox, &format!("skopeo inspect --tls-verify=false --raw docker://{name}")).bytes;
    assert_eq!(raw(&format!("{other}:v1.0")), raw(&format!("{app}:v1.0")));
    assert_eq!(raw(&format!("{app}:stable-1")), raw(&format!("{app}:v1.1")));
    let digests = sandbox.ok(&format!("ls --digests --include *1 {app}")).out;
    let digest = digests.split('\t').next().expect("a digest").to_owned();
    assert_eq!(digests.matches(&digest).count(), 2, "{digests}");
    Sandbox::new().ok(&format!("pull --all-platforms {other}:v1.1"));

    // A tag does not go alone here, and what would go with it is named.
    let ran = sandbox.rpush(&format!("rmi --remote {app}:v1.1"));
    assert_eq!(ran.code, 1, "{ran}");
    assert!(ran.err.contains("this registry removes images by digest, and no tags"), "{ran}");
    assert!(ran.err.contains(&format!("`rpush rmi --remote --force {app}:v1.1@{digest}`")), "{ran}");
    assert!(ran.err.contains("and with it `stable-1`"), "{ran}");
    assert_eq!(sandbox.rpush(&format!("rmi --remote {app}@{digest}")).code, 1);
    let ran = sandbox.ok(&format!("rmi --remote --force {app}@{digest}"));
    assert_eq!(ran.out.lines().count(), 3, "{ran}");
    assert_eq!(sorted(&sandbox.ok(&format!("ls {app}")).out), ["latest", "stable-0", "v1.0", "v2.0"]);

    let there = sandbox.ok(&format!("inspect --remote --platform linux/arm64 {app}:v2.0")).json();
    assert_eq!((&there[0]["Architecture"], &there[0]["Os"]), (&"arm64".into(), &"linux".into()));
}

/// As it is when nobody has allowed it.
#[test]
fn docker_registry_that_removes_nothing() {
    needs!("docker-registry");
    let registry = DockerRegistry::that_keeps_everything();
    let (sandbox, app) = (stage(&registry), registry.name("team/app"));
    let digest = sandbox.ok(&format!("ls --digests --include v1.0 {app}")).out[..71].to_owned();
    for name in [format!("{app}:v1.0"), format!("{app}:v1.0@{digest}")] {
        let ran = sandbox.rpush(&format!("rmi --remote {name}"));
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.err.contains("`REGISTRY_STORAGE_DELETE_ENABLED=true`"), "{ran}");
    }
    assert_eq!(sandbox.ok(&format!("ls {app}")).out.lines().count(), 4);
}
