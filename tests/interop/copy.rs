//! `rpush copy` among programs that somebody else wrote: what rpush copies they read, and what they write rpush copies, with the
//! same digest.

use std::fs;

use rpush::image::Digest;

use crate::peers::{DockerRegistry, is_here, run};
use crate::support::{Image, Layout, Sandbox};
use crate::{digest, digest_in, needs};

/// Reads the raw manifest of a place with skopeo.
fn skopeo_sees(sandbox: &Sandbox, place: &str) -> Digest {
    let inspect = "skopeo --insecure-policy inspect --raw";
    let tls = if place.starts_with("docker://") { "--tls-verify=false" } else { "" };
    Digest::of(&run(sandbox, &format!("{inspect} {tls} {place}")).bytes)
}

#[test]
fn skopeo_reads_what_rpush_copied_and_rpush_copies_what_skopeo_wrote() {
    needs!("docker-registry", "skopeo");
    let (one, two, sandbox) = (DockerRegistry::open(), DockerRegistry::open(), Sandbox::new());
    let mut layout = Layout::default();
    let root = layout.index("copied");
    layout.name(&root, "1");
    layout.write(&sandbox.path("there"));
    let (first, second, third) = (one.name("app:1"), two.name("team/app:1"), two.name("mounted/app:2"));
    for (from, to, seen) in [
        ("oci:there:1".to_owned(), first.clone(), format!("docker://{first}")),
        (first.clone(), second.clone(), format!("docker://{second}")),
        (second.clone(), third.clone(), format!("docker://{third}")),
        (third.clone(), "oci:layout:v1".to_owned(), "oci:layout:v1".to_owned()),
        (third, "oci-archive:image.tar:v1".to_owned(), "oci-archive:image.tar:v1".to_owned()),
    ] {
        assert_eq!(sandbox.ok(&format!("copy -q {from} {to}")).digest(), digest(&root), "{from} to {to}");
        assert_eq!(skopeo_sees(&sandbox, &seen), digest(&root), "{from} to {to}");
    }
    // All of it: skopeo goes through every platform.
    let copy = "skopeo --insecure-policy copy -q --all --dest-tls-verify=false";
    let back = two.name("by-skopeo:1");
    run(&sandbox, &format!("{copy} oci:layout:v1 docker://{back}"));
    run(&sandbox, &format!("{copy} oci-archive:image.tar:v1 docker://{back}"));
    run(&sandbox, &format!("{copy} oci-archive:image.tar:v1 oci:by-skopeo:v2"));
    run(&sandbox, &format!("{copy} oci-archive:image.tar:v1 oci-archive:by-skopeo.tar:v2"));
    let again = one.name("again:1");
    for from in [back.as_str(), "oci:by-skopeo:v2", "oci-archive:by-skopeo.tar:v2", "oci-archive:by-skopeo.tar"] {
        assert_eq!(sandbox.ok(&format!("copy -q {from} {again}")).digest(), digest(&root), "{from}");
    }
}

/// Docker's archive has no digests: the image is the same by its id, in both directions.
#[test]
fn skopeo_and_rpush_give_each_other_dockers_archive() {
    needs!("docker-registry", "skopeo");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let image = Image::with("an archive");
    sandbox.file("saved.tar", image.docker_24(&["app:1"]).bytes());
    let (name, id) = (registry.name("app:1"), Digest::of(&image.config()));
    let id_at = |place: &str| {
        let tls = if place.starts_with("docker://") { "--tls-verify=false" } else { "" };
        Digest::of(&run(&sandbox, &format!("skopeo --insecure-policy inspect --config --raw {tls} {place}")).bytes)
    };
    sandbox.ok(&format!("copy -q docker-archive:saved.tar {name}"));
    assert_eq!(id_at(&format!("docker://{name}")), id);
    sandbox.ok(&format!("copy -q {name} docker-archive:copied.tar:app:2"));
    assert_eq!(id_at("docker-archive:copied.tar:app:2"), id);
    let copy = "skopeo --insecure-policy copy -q --src-tls-verify=false";
    run(&sandbox, &format!("{copy} docker://{name} docker-archive:by-skopeo.tar:app:3"));
    sandbox.ok(&format!("copy -q docker-archive:by-skopeo.tar:app:3 {}", registry.name("again:3")));
    assert_eq!(id_at(&format!("docker://{}", registry.name("again:3"))), id);
}

#[test]
fn umoci_reads_what_rpush_copied_and_rpush_copies_what_umoci_wrote() {
    needs!("docker-registry", "umoci");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    sandbox.file("saved.tar", Image::with("for umoci").docker_24(&["app:1"]).bytes());
    let name = registry.name("app:1");
    sandbox.ok(&format!("copy -q docker-archive:saved.tar {name}"));
    sandbox.ok(&format!("copy -q {name} oci:layout:1.0"));
    run(&sandbox, "umoci --log=error unpack --rootless --image layout:1.0 bundle");
    assert_eq!(fs::read_to_string(sandbox.path("bundle/rootfs/app/hello.txt")).expect("unpacked"), "for umoci");
    // umoci writes into the layout that rpush made, and rpush reads and writes there again.
    run(&sandbox, "umoci config --image layout:1.0 --tag 2.0 --config.cmd /bin/other");
    let copied = sandbox.ok(&format!("copy -q oci:layout:2.0 {}", registry.name("app:2"))).digest();
    sandbox.ok(&format!("copy -q {} oci:layout:3.0", registry.name("app:2")));
    let listed = run(&sandbox, "umoci ls --layout layout").out;
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>(), ["1.0", "2.0", "3.0"]);
    let index = fs::read_to_string(sandbox.path("layout/index.json")).expect("a list");
    assert!(index.contains(&copied.to_string()) && digest_in(&index) != copied, "{index}");
}

/// Where Debian's Podman is installed, which is too heavy to be asked for.
#[test]
fn podman_loads_what_rpush_copied() {
    if !is_here("podman") {
        return;
    }
    let sandbox = Sandbox::new();
    let image = Image::with("for podman");
    sandbox.file("saved.tar", image.docker_24(&["localhost/app:1"]).bytes());
    // Podman wants the file where `DOCKER_CONFIG` leads to.
    sandbox.file("docker/config.json", "{}");
    for kind in ["oci-archive", "docker-archive"] {
        sandbox.ok(&format!("copy -q docker-archive:saved.tar {kind}:copied.tar:localhost/app:2"));
        run(&sandbox, &format!("podman --root pod --runroot run --storage-driver vfs pull -q {kind}:copied.tar"));
        let id = run(&sandbox, "podman --root pod --runroot run --storage-driver vfs images -q --no-trunc").out;
        assert_eq!(id.trim(), Digest::of(&image.config()).to_string(), "{kind}");
    }
}

/// Docker's registry has no list of referrers: the index under the tag is kept by rpush, and read by it.
#[test]
fn referrers_go_through_a_registry_without_a_list() {
    needs!("docker-registry", "skopeo");
    let (one, two, sandbox) = (DockerRegistry::open(), DockerRegistry::open(), Sandbox::new());
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("signed"));
    let empty = layout.put("application/vnd.oci.empty.v1+json", b"{}");
    let signature = layout.put_json(&serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": empty, "layers": [empty],
        "artifactType": "application/vnd.example.signature", "subject": root,
    }));
    layout.name(&root, "1");
    layout.name(&signature, "signature");
    layout.write(&sandbox.path("there"));
    for (from, to) in [("oci:there:1".to_owned(), one.name("app:1")), (one.name("app:1"), two.name("app:1"))] {
        sandbox.ok(&format!("copy -q --include-referrers {from} {to}"));
    }
    let list = two.name(&format!("app:sha256-{}", digest(&root).hex()));
    let raw = run(&sandbox, &format!("skopeo --insecure-policy inspect --raw --tls-verify=false docker://{list}")).out;
    assert_eq!(digest_in(&raw), digest(&signature), "{raw}");
    let name = two.name(&format!("app@{}", digest(&signature)));
    assert_eq!(skopeo_sees(&sandbox, &format!("docker://{name}")), digest(&signature));
}
