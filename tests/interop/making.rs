//! Images that rpush has made, in the hands of others: what is unpacked of them is what went in, Docker makes containers of them,
//! and registries and their readers take indexes and attachments for what they are.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use rpush::image::Digest;
use serde_json::Value;

use crate::peers::{DockerRegistry, run};
use crate::support::Sandbox;
use crate::{needs, needs_docker};

/// A root file system with everything that is odd.
fn fill(root: &Path) {
    let write = |name: &[u8], text: &str, mode: u32| {
        let path = root.join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    write(b"bin/app", "#!/bin/sh\necho hello\n", 0o755);
    write(b"etc/secret", "s", 0o640);
    write(b"usr/bin/su", "x", 0o4755);
    write(format!("deep/{}/{}", "d".repeat(120), "n".repeat(200)).as_bytes(), "long", 0o644);
    write("umlaut/\u{fc}".as_bytes(), "text", 0o644);
    write(b"bytes/\xff", "no text", 0o644);
    write(b"gone", "not for long", 0o644);
    symlink("../bin/app", root.join("etc/link")).expect("a link");
    symlink("t".repeat(150), root.join("etc/far")).expect("a link");
    fs::hard_link(root.join("bin/app"), root.join("bin/second")).expect("a second name");
    fs::create_dir(root.join("tmp")).expect("made");
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).expect("a mode");
}

/// Everything below a directory: name, mode, and content or target.
fn listed(root: &Path) -> Vec<(Vec<u8>, u32, Vec<u8>)> {
    let (mut found, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let facts = fs::symlink_metadata(&path).expect("facts");
            let content = match facts.file_type() {
                kind if kind.is_dir() => {
                    waiting.push(path.clone());
                    Vec::new()
                }
                kind if kind.is_symlink() => fs::read_link(&path).expect("a link").as_os_str().as_bytes().to_vec(),
                _ => fs::read(&path).expect("a file"),
            };
            let name = path.strip_prefix(root).expect("below").as_os_str().as_bytes().to_vec();
            // Not of links, whose modes nobody looks at.
            let mode = if facts.is_symlink() { 0 } else { facts.mode() & 0o7777 };
            found.push((name, mode, content));
        }
    }
    found.sort();
    found
}

#[test]
fn umoci_unpacks_what_went_in() {
    needs!("umoci");
    let sandbox = Sandbox::new();
    let root = sandbox.path("rootfs");
    fill(&root);
    sandbox.ok("import rootfs made:1");
    run(&sandbox, "umoci --log=error unpack --rootless --image store:docker.io/library/made:1 bundle");
    assert_eq!(listed(&sandbox.path("bundle/rootfs")), listed(&root));
    let inode = |name: &str| fs::metadata(sandbox.path("bundle/rootfs").join(name)).expect("a file").ino();
    assert_eq!(inode("bin/app"), inode("bin/second"), "one file with two names");

    // Another layer, which takes something away.
    fs::create_dir_all(sandbox.path("more/bin")).expect("made");
    sandbox.file("more/bin/more", "more");
    sandbox.file("more/.wh.gone", "");
    sandbox.ok("append --base made:1 --layer more --layer more/bin=/srv/bin made:2");
    run(&sandbox, "umoci --log=error unpack --rootless --image store:docker.io/library/made:2 second");
    let text = |name: &str| fs::read_to_string(sandbox.path("second/rootfs").join(name));
    assert_eq!(
        (text("bin/more").expect("a file"), text("srv/bin/more").expect("a file")),
        ("more".into(), "more".into())
    );
    assert!(text("gone").is_err() && text("bin/app").is_ok());
}

#[test]
fn skopeo_reads_and_copies_what_was_made() {
    needs!("skopeo");
    let sandbox = Sandbox::new();
    fill(&sandbox.path("rootfs"));
    let words = ["import", "--platform", "linux/arm64", "--change", "CMD [\"/bin/app\"]", "rootfs", "localhost/made:1"];
    let made = sandbox.run(&words).digest();
    let inspected = run(&sandbox, "skopeo --insecure-policy inspect oci:store:localhost/made:1").out;
    let inspected: Value = serde_json::from_str(&inspected).expect("JSON");
    assert_eq!((&inspected["Architecture"], &inspected["Created"]), (&"arm64".into(), &"1970-01-01T00:00:00Z".into()));
    run(&sandbox, "skopeo --insecure-policy copy -q oci:store:localhost/made:1 dir:out");
    assert_eq!(Digest::of(&fs::read(sandbox.path("out/manifest.json")).expect("a manifest")), made);
}

#[test]
fn docker_makes_containers_of_what_was_made() {
    let docker = needs_docker!();
    let sandbox = Sandbox::new();
    fill(&sandbox.path("rootfs"));
    fs::remove_dir_all(sandbox.path("rootfs/bytes")).expect("removed");
    sandbox.ok("import rootfs made-base:1");
    sandbox.file("notes", "notes");
    fs::create_dir(sandbox.path("more")).expect("made");
    sandbox.file("more/file", "appended");
    sandbox.ok("append --base made-base:1 --layer more=/srv --entrypoint /bin/app --env A=1 --user 7 made-app:1");
    sandbox.ok("save -o made.tar made-app:1");
    docker.run(&sandbox, "load -i made.tar");
    let seen = docker.run(&sandbox, "inspect made-app:1").out;
    let seen: Value = serde_json::from_str(&seen).expect("JSON");
    let config = &seen[0]["Config"];
    assert_eq!((&config["User"], &config["Env"][0]), (&"7".into(), &"A=1".into()), "{config}");
    let container = docker.run(&sandbox, "create made-app:1").out.trim().to_owned();
    docker.run(&sandbox, &format!("cp {container}:/srv/file taken"));
    assert_eq!(fs::read_to_string(sandbox.path("taken")).expect("a file"), "appended");
    docker.run(&sandbox, &format!("cp {container}:/bin/second program"));
    assert!(fs::read_to_string(sandbox.path("program")).expect("a file").starts_with("#!/bin/sh"));
    docker.run(&sandbox, &format!("rm {container}"));
    docker.run(&sandbox, "rmi made-app:1");
}

/// A registry of 2022 takes the index, and has no list of referrers: the one under a tag is there for every reader.
#[test]
fn a_real_registry_takes_indexes_and_attachments() {
    needs!("docker-registry", "skopeo");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    let name = registry.name("made:1");
    fill(&sandbox.path("rootfs"));
    sandbox.ok("import --platform linux/amd64 rootfs made:amd64");
    sandbox.ok("import --platform linux/arm64 rootfs made:arm64");
    let made = sandbox.ok(&format!("index create {name} made:amd64 made:arm64")).digest();
    assert_eq!(sandbox.ok(&format!("push {name}")).digest(), made);
    let raw = |name: &str| {
        let words = format!("skopeo --insecure-policy inspect --raw --tls-verify=false docker://{name}");
        run(&sandbox, &words).bytes
    };
    assert_eq!(Digest::of(&raw(&name)), made);
    let chosen = "skopeo --insecure-policy --override-arch arm64 inspect --tls-verify=false";
    let chosen: Value = serde_json::from_str(&run(&sandbox, &format!("{chosen} docker://{name}")).out).expect("JSON");
    assert_eq!(chosen["Architecture"], "arm64");

    sandbox.file("sbom.json", "{}\n");
    let attached = sandbox.ok(&format!("attach --artifact-type application/spdx+json {name} sbom.json")).digest();
    let report = format!("attach --artifact-type application/x-report {name} sbom.json");
    let second = sandbox.ok(&report).digest();
    assert_eq!(sandbox.ok(&report).digest(), second, "and once more changes nothing");
    let listed = sandbox.ok(&format!("referrers -q {name}")).out;
    assert_eq!(listed, format!("{attached}\n{second}\n"));
    let tag = registry.name(&format!("made:sha256-{}", made.hex()));
    let index: Value = serde_json::from_slice(&raw(&tag)).expect("JSON");
    assert_eq!(index["manifests"][0]["artifactType"], "application/spdx+json");
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(2));
}
