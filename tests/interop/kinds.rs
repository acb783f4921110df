//! Fidelity, to a registry that somebody else wrote: `docker-registry` 2.8 takes all odd kinds of images but four, byte for
//! byte, and of those four it is said why not and what to do.

use crate::peers::DockerRegistry;
use crate::support::{KINDS, Kind, Layout, Ran, Registry, Sandbox, Strictness, exchange, shows, stored_blobs};
use crate::{digest, needs};

#[test]
fn docker_registry_takes_every_kind_that_it_can_byte_for_byte() {
    needs!("docker-registry");
    let registry = DockerRegistry::open();
    let mut taken = 0;
    for kind in KINDS.iter().filter(|kind| kind.strict == Strictness::Takes) {
        let (made, sandbox, reader) = (kind.make(), Sandbox::new(), Sandbox::new());
        made.layout.write(&sandbox.path("layout"));
        let (name, digest) = (kind.name, made.digest());
        let there = registry.name(&format!("{name}:1"));
        let pushed = sandbox.ok(&format!("push --from oci:layout {there}"));
        assert!(pushed.out.contains(&format!("digest: {digest} ")), "{pushed}");
        let (status, media_type, bytes) = exchange(&registry.host(), &format!("/v2/{name}/manifests/1"));
        assert_eq!((status, media_type), (200, made.media_type()), "{name}");
        assert!(bytes == made.bytes(), "{name}: other bytes");
        let pulled = reader.ok(&format!("pull --all-platforms {there}"));
        assert!(pulled.out.contains(&format!("Digest: {digest}\n")), "{pulled}");
        assert!(stored_blobs(&reader) == made.blobs(), "{name}: pulled something else");
        taken += 1;
    }
    assert_eq!((taken, KINDS.len()), (32, 36));
}

/// Pushes one of the kinds from a layout in `sandbox`.
fn push(sandbox: &Sandbox, registry: &DockerRegistry, name: &str, options: &str) -> Ran {
    let kind: &Kind = KINDS.iter().find(|kind| kind.name == name).expect("a kind");
    assert_eq!(kind.strict, Strictness::Refuses, "{name}");
    kind.make().layout.write(&sandbox.path(name));
    sandbox.rpush(&format!("push --progress none {options} --from oci:{name} {}", registry.name("app:1")))
}

#[test]
fn what_docker_registry_cannot_take_is_explained() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let push = |name: &str, options: &str| {
        let ran = push(&sandbox, &registry, name, options);
        assert_eq!(
            exchange(&registry.host(), "/v2/app/manifests/1").0,
            404,
            "{name}: something is there under the tag"
        );
        ran
    };
    shows!(push("sha512-manifest", ""), @"
    $ rpush push --progress none --from oci:sha512-manifest localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push manifest [ID] to localhost:PORT/app
    ! because: DIGEST_INVALID: provided digest did not match uploaded content (HTTP 400 Bad Request)
    !
    ! hint: the manifest is named by its sha512 digest, and localhost:PORT names manifests by sha256 alone, as Docker's registry does: push to one that knows sha512, as `rpush serve` does, or have the image built with sha256
    exit code 1
    ");
    shows!(push("docker-foreign-layer", ""), @"
    $ rpush push --progress none --from oci:docker-foreign-layer localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! warning: layer [ID] may not be distributed and is not pushed
    ! error: cannot push manifest 1 to localhost:PORT/app
    ! because: UNKNOWN: unknown error; UNKNOWN: unknown error; MANIFEST_BLOB_UNKNOWN: blob unknown to registry: [DIGEST] (HTTP 500 Internal Server Error)
    !
    ! hint: the image has layers that lie elsewhere by licence, and localhost:PORT seems to take no such image: with Docker's registry, its owner allows their addresses in the configuration: `validation: {manifests: {urls: {allow: ['^https://']}}}`; `rpush serve` takes it as it is
    exit code 1
    ");
    shows!(push("nondistributable-layer", ""), @"
    $ rpush push --progress none --from oci:nondistributable-layer localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! warning: layer [ID] may not be distributed and is not pushed
    ! error: cannot push manifest 1 to localhost:PORT/app
    ! because: UNKNOWN: unknown error; UNKNOWN: unknown error; MANIFEST_BLOB_UNKNOWN: blob unknown to registry: [DIGEST] (HTTP 500 Internal Server Error)
    !
    ! hint: the image has layers that lie elsewhere by licence, and localhost:PORT seems to take no such image: with Docker's registry, its owner allows their addresses in the configuration: `validation: {manifests: {urls: {allow: ['^https://']}}}`; `rpush serve` takes it as it is
    exit code 1
    ");
    shows!(push("sparse-index", ""), @"
    $ rpush push --progress none --from oci:sparse-index localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: localhost:PORT/app:1 has 2 platforms, and 1 of them are in the store
    !
    ! hint: fetch the others first: `rpush pull --all-platforms localhost:PORT/app:1`; or only what is here: `--platform linux/amd64`; or the list without the others: `--allow-missing`
    exit code 1
    ");
    shows!(push("sparse-index", "--allow-missing"), @"
    $ rpush push --progress none --allow-missing --from oci:sparse-index localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push manifest 1 to localhost:PORT/app
    ! because: MANIFEST_BLOB_UNKNOWN: blob unknown to registry: [DIGEST] (HTTP 400 Bad Request)
    !
    ! hint: localhost:PORT takes no index without all the images that it names: push one that is here with `--platform OS/ARCH`, or fetch the others first: `rpush pull --all-platforms NAME`; `rpush serve --allow-sparse` takes it as it is
    exit code 1
    ");
}

/// A type of manifest that was given up before the specification's version 1.1 and is still about (T-16): the registry in the
/// box takes it.
#[test]
fn a_type_that_docker_registry_does_not_know_is_explained() {
    needs!("docker-registry");
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let content = layout.put("application/vnd.example.content", b"an artifact of 2022");
    let root = layout.put_json(&serde_json::json!({
        "mediaType": "application/vnd.oci.artifact.manifest.v1+json", "artifactType": "a/b", "blobs": [content],
    }));
    layout.name(&root, "1");
    layout.write(&sandbox.path("artifact"));
    let (registry, in_the_box) = (DockerRegistry::open(), Registry::open());
    let push = |name: String| sandbox.rpush(&format!("push --progress none --from oci:artifact {name}"));
    shows!(push(registry.name("app:1")), @"
    $ rpush push --progress none --from oci:artifact localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot push manifest 1 to localhost:PORT/app
    ! because: MANIFEST_INVALID: manifest invalid (HTTP 400 Bad Request)
    !
    ! hint: localhost:PORT does not seem to take manifests of the type application/vnd.oci.artifact.manifest.v1+json, and changing it would change the digest: push to a registry that knows it, as `rpush serve` does
    exit code 1
    ");
    assert_eq!(push(in_the_box.name("app:1")).digest(), digest(&root));
}

/// What the words above say helps.
#[test]
fn docker_registry_takes_foreign_layers_when_its_owner_allows_them() {
    needs!("docker-registry");
    let sandbox = Sandbox::new();
    let registry = DockerRegistry::start("", "validation: {manifests: {urls: {allow: ['^https://']}}}\n");
    for name in ["docker-foreign-layer", "nondistributable-layer"] {
        let pushed = push(&sandbox, &registry, name, "");
        assert_eq!(pushed.code, 0, "{pushed}");
    }
    let pushed = push(&sandbox, &registry, "sparse-index", "--platform linux/amd64");
    assert_eq!(pushed.code, 0, "{pushed}");
}
