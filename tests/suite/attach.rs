//! What belongs to an image and is none: attached to it on its registry, and found there again, whether the registry keeps a list
//! (C-72) or rpush has to (C-65).

use hyper::Method;
use rpush::server::Verdict;

use crate::support::{Registry, Sandbox, answer, shows};

/// An image on the registry, and a file that says something about it.
fn pushed(registry: &Registry) -> (Sandbox, String) {
    let (sandbox, name) = (Sandbox::new(), registry.name("app:1"));
    std::fs::create_dir(sandbox.path("rootfs")).expect("a directory");
    sandbox.file("rootfs/motd", "hello\n");
    sandbox.ok(&format!("import --platform linux/amd64 rootfs {name}"));
    sandbox.ok(&format!("push {name}"));
    sandbox.file("sbom.json", "{\"spdxVersion\": \"SPDX-2.3\"}\n");
    (sandbox, name)
}

const ATTACH: &str = "attach --artifact-type application/spdx+json";

#[test]
fn a_file_is_attached_and_found_again() {
    let registry = Registry::open();
    let (sandbox, name) = pushed(&registry);
    let attached = sandbox.rpush(&format!("{ATTACH} {name} sbom.json:application/spdx+json"));
    shows!(attached, @"
    $ rpush attach --artifact-type application/spdx+json localhost:PORT/app:1 sbom.json:application/spdx+json
    [DIGEST]
    ! 2 x Pushing
    ! 2 x Committing
    ! 3 x Pushed
    ! 3 uploaded 662 B; [TIME]
    ! Attached to localhost:PORT/app@[DIGEST]
    ");
    let manifest = registry.blob(&attached.digest()).expect("the artifact is there");
    shows!(String::from_utf8(manifest).expect("text"), @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/spdx+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"[DIGEST]","size":2},"layers":[{"mediaType":"application/spdx+json","digest":"[DIGEST]","size":28,"annotations":{"org.opencontainers.image.title":"sbom.json"}}],"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"[DIGEST]","size":400}}"#);
    shows!(sandbox.rpush(&format!("referrers {name}")), @"
    $ rpush referrers localhost:PORT/app:1
    ARTIFACT TYPE           DIGEST                                                                       SIZE
    application/spdx+json   [DIGEST]       632
    ");
    sandbox.file("report.txt", "fine\n");
    let report =
        format!("attach --format json --artifact-type application/x-report --annotation by=me {name} report.txt");
    assert_eq!(sandbox.ok(&report).json()["artifactType"], "application/x-report");
    shows!(sandbox.rpush(&format!("referrers --format json --artifact-type application/x-report {name}")), @r#"
    $ rpush referrers --format json --artifact-type application/x-report localhost:PORT/app:1
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"[DIGEST]","size":660,"annotations":{"by":"me"},"artifactType":"application/x-report"}
    "#);
    let listed = sandbox.ok(&format!("referrers -q {name}"));
    assert_eq!(listed.out.lines().count(), 2);
    // The same again changes nothing.
    assert_eq!(sandbox.ok(&format!("{ATTACH} -q {name} sbom.json:application/spdx+json")).digest(), attached.digest());
    assert_eq!(sandbox.ok(&format!("referrers -q {name}")).out, listed.out);
    assert!(sandbox.names().len() == 1, "the store has no part in it");
}

/// A registry of before 2024: it takes artifacts and keeps no list of them.
fn without_a_list() -> Registry {
    let registry = Registry::open();
    registry.on(|request| {
        let path = request.uri.path();
        match request.method {
            Method::GET if path.contains("/referrers/") => Some(answer(404, &[], "{}")),
            Method::PUT => Some(Verdict::Alter {
                request: Box::new(|request| request),
                response: Box::new(|mut response| {
                    response.headers_mut().remove("oci-subject");
                    response
                }),
            }),
            _ => None,
        }
    });
    registry
}

#[test]
fn where_the_registry_has_no_list_there_is_one_under_a_tag() {
    let registry = without_a_list();
    let (sandbox, name) = pushed(&registry);
    let subject = sandbox.stored(&name).digest;
    let one = sandbox.ok(&format!("{ATTACH} {name} sbom.json")).digest();
    let other = sandbox.ok(&format!("attach --artifact-type application/x-report {name} sbom.json")).digest();
    let listed = sandbox.ok(&format!("referrers -q {name}")).out;
    assert_eq!(listed, format!("{one}\n{other}\n"));
    let tag = format!("{}:sha256-{}", registry.name("app"), subject.hex());
    let listed = sandbox.ok(&format!("index ls --remote {tag}")).out;
    assert!(listed.contains(&one.to_string()) && listed.contains("application/x-report"), "{listed}");
}

#[test]
fn what_cannot_be_attached_is_told_before_anything_is_sent() {
    let registry = Registry::open();
    let (sandbox, name) = pushed(&registry);
    drop(registry.journal(&[]));
    shows!(sandbox.rpush(&format!("attach --artifact-type sbom {name} sbom.json")), @"
    $ rpush attach --artifact-type sbom localhost:PORT/app:1 sbom.json
    ! error: `sbom` is not a media type, like `application/spdx+json`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("{ATTACH} {name} nothing.json")), @"
    $ rpush attach --artifact-type application/spdx+json localhost:PORT/app:1 nothing.json
    ! error: cannot read nothing.json
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    shows!(sandbox.rpush(&format!("{ATTACH} {name} sbom.json sbom.json:text/plain")), @"
    $ rpush attach --artifact-type application/spdx+json localhost:PORT/app:1 sbom.json sbom.json:text/plain
    ! error: two files are called sbom.json
    ! because: whoever fetches them again would get one of them
    exit code 2
    ");
    assert!(registry.journal(&[]).is_empty());
    shows!(sandbox.rpush(&format!("{ATTACH} {} sbom.json", registry.name("app:2"))), @"
    $ rpush attach --artifact-type application/spdx+json localhost:PORT/app:2 sbom.json
    ! error: manifest for localhost:PORT/app:2 not found: manifest unknown
    !
    ! hint: did you mean `rpush attach --artifact-type application/spdx+json localhost:PORT/app:1 sbom.json`?
    exit code 3
    ");
}
