//! Faults in front of a registry that somebody else wrote, as a table: what a client suffers depends on what the registry keeps.
//! The tables of the suite have all the faults, in front of rpush's own registry.

use std::sync::{Arc, Mutex};

use crate::needs;
use crate::peers::DockerRegistry;
use crate::support::Ending::{Closed, Reset};
use crate::support::{Asked, Deed, Layout, Saboteur, Said, Sandbox, noise};

const MIB: u64 = 1024 * 1024;

/// A layer that goes in parts of 8 MiB.
const LARGE: u64 = 33 * MIB;

/// A layer that goes in one piece.
const SMALL: u64 = MIB;

/// A fault, and how much of the layer is sent at most, in percent.
struct Row {
    name: String,
    fault: Box<dyn FnMut(&Asked) -> Deed + Send>,
    most: u64,
}

fn row(name: impl Into<String>, most: u64, fault: impl FnMut(&Asked) -> Deed + Send + 'static) -> Row {
    Row { name: name.into(), fault: Box::new(fault), most }
}

/// Whether a request is of this kind: `PUT /blobs/`.
fn is(asked: &Asked, kind: &str) -> bool {
    let (method, path) = kind.split_once(' ').expect("a method and a part of the path");
    asked.method == method && asked.target.contains(path)
}

/// What becomes of the first requests of a kind, so many of them.
fn times(
    times: usize,
    kind: &'static str,
    deed: impl Fn(&Asked) -> Deed + Send + 'static,
) -> impl FnMut(&Asked) -> Deed + Send + 'static {
    let mut left = times;
    move |asked| {
        let meets = left > 0 && is(asked, kind);
        left -= usize::from(meets);
        if meets { deed(asked) } else { Deed::Pass }
    }
}

/// Pushes an image with a layer of `size` and pulls it through each fault, to a repository of its own; all that went wrong is
/// told together.
fn check(registry: &Mutex<DockerRegistry>, size: u64, rows: impl IntoIterator<Item = Row>) {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(usize::try_from(size).expect("it fits into memory")));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
    let host = registry.lock().expect("not poisoned").host();
    let mut failures = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        let saboteur = Saboteur::before(&host, row.fault);
        let name = saboteur.name(&format!("app{number}:1"));
        let pushed = sandbox.rpush(&format!("push --from oci:image --plain-http --progress none {name}"));
        let percent = saboteur.blob_bytes() * 100 / size;
        let pulling = Sandbox::new();
        let pulled = pulling.rpush(&format!("pull --plain-http --progress none {name}"));
        let is_whole = pulled.code == 0 && pulling.verify_blobs() == 3;
        if pushed.code != 0 || !is_whole || percent > row.most {
            let asked: Vec<String> = saboteur
                .journal()
                .iter()
                .map(|asked| format!("  {} {:.90} [{}]", asked.method, asked.target, asked.length))
                .collect();
            failures.push(format!("{}: {percent} % sent\n{pushed}{pulled}{}\n", row.name, asked.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{} rows failed:\n\n{}", failures.len(), failures.join("\n"));
}

/// It drops an upload that breaks off inside a request, and keeps what came in whole ones.
#[test]
fn uploads_to_docker_registry_that_break() {
    needs!("docker-registry");
    let registry = Mutex::new(DockerRegistry::open());
    let mut rows = Vec::new();
    for (how, ending) in [("closed", Closed), ("reset", Reset)] {
        // The part that broke off, and the others once more when that ended the upload.
        let once = times(1, "PATCH /blobs/", move |_| Deed::CutRequest(4 * MIB, ending));
        rows.push(row(format!("{how} inside a part, once"), 115, once));
        let each = times(usize::MAX, "PATCH /blobs/", move |asked| match asked.length > 2 * MIB {
            true => Deed::CutRequest(2 * MIB, ending),
            false => Deed::Pass,
        });
        rows.push(row(format!("{how} inside each part after 2 MiB"), 125, each));
        let last = times(1, "PUT /blobs/", move |asked| match asked.length > MIB {
            true => Deed::CutRequest(MIB, ending),
            false => Deed::Pass,
        });
        rows.push(row(format!("{how} inside the last part"), 200, last));
        // With the answer to a part its next address is lost, and with it the upload.
        let parts = ("PATCH /blobs/", 126);
        for (kind, most) in [("POST /blobs/", 100), parts, ("PUT /blobs/", 100), ("PUT /manifests/", 100)] {
            let lost = times(1, kind, move |_| Deed::LoseAnswer(ending));
            rows.push(row(format!("{how} before the answer to {kind}"), most, lost));
        }
    }
    check(&registry, LARGE, rows);
}

/// Each request meets a busy registry once, a connection that is dead before it, and one that is dead before its answer.
#[test]
fn one_of_everything_before_docker_registry() {
    needs!("docker-registry");
    let registry = Mutex::new(DockerRegistry::open());
    let kinds = [
        "HEAD /manifests/",
        "HEAD /blobs/",
        "POST /blobs/",
        "PUT /blobs/",
        "PUT /manifests/",
        "GET /manifests/",
        "GET /blobs/",
    ];
    let mut rows = Vec::new();
    for kind in kinds {
        let most = if kind == "PUT /blobs/" { 200 } else { 100 };
        for status in [500, 502, 503] {
            let busy = times(1, kind, move |_| Deed::Answer(Said::new(status, "")));
            rows.push(row(format!("{status} to {kind}"), most, busy));
        }
        rows.push(row(format!("reset before {kind}"), 100, times(1, kind, |_| Deed::CutRequest(0, Reset))));
        rows.push(row(format!("reset after {kind}"), 100, times(1, kind, |_| Deed::LoseAnswer(Reset))));
    }
    check(&registry, SMALL, rows);
}

/// The process ends and comes back while a part, the last part, and the manifest are on their way.
#[test]
fn docker_registry_is_restarted_in_the_middle() {
    needs!("docker-registry");
    let registry = Arc::new(Mutex::new(DockerRegistry::open()));
    let restarting = |kind: &'static str| {
        let registry = registry.clone();
        times(1, kind, move |_| {
            registry.lock().expect("not poisoned").restart();
            // Whoever was connected to it finds out now.
            Deed::Pass
        })
    };
    let kinds = ["POST /blobs/", "PATCH /blobs/", "PUT /blobs/", "PUT /manifests/", "GET /manifests/", "GET /blobs/"];
    check(&registry, LARGE, kinds.map(|kind| row(format!("restarted before {kind}"), 126, restarting(kind))));
}
