//! Bad links to a registry that drops an upload which breaks off inside a request: distribution 2.8 keeps what came in whole
//! requests.

use crate::needs;
use crate::peers::DockerRegistry;
use crate::support::{Fate, Link, Ran, Sandbox, layer_size, percent, stage_large};

fn push(sandbox: &Sandbox, name: &str) -> Ran {
    sandbox.ok(&format!("push --from oci:image --progress none {name}"))
}

fn assert_whole(registry: &DockerRegistry, pushed: &Ran) {
    let sandbox = Sandbox::new();
    let pulled = sandbox.ok(&format!("pull --progress none {}", registry.name("app:1")));
    assert_eq!(pulled.digest(), pushed.digest());
    sandbox.verify_blobs();
}

#[test]
fn a_push_to_docker_registry_that_is_killed_goes_on_in_the_next_run() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    stage_large(&sandbox);
    let part = (layer_size() / 100).max(8 * 1024 * 1024);
    let parts = (layer_size() * 7 / 10).div_ceil(part);
    let link = Link::to(&registry.host(), move |_| Fate::StallsBefore("PATCH", parts));
    let name = link.name("app:1");
    let mut first = sandbox.start(&format!("push --from oci:image --progress none {name}"));
    link.wait_for_stall(&mut first);
    first.kill();
    assert_ne!(first.wait().code, 0);
    let sent = link.sent();
    link.becomes(|_| Fate::Fine);
    let pushed = push(&sandbox, &name);
    let again = percent(link.sent() - sent);
    assert!(again <= 31, "{again} % of the layer was sent again");
    assert_whole(&registry, &pushed);
}

#[test]
fn a_push_to_docker_registry_over_a_link_that_breaks_all_the_time() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    stage_large(&sandbox);
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterSending(layer_size() / 128));
    let pushed = push(&sandbox, &link.name("app:1"));
    assert!(percent(link.sent()) <= 110, "{} % of the layer was sent", percent(link.sent()));
    assert_whole(&registry, &pushed);
}

#[test]
fn a_pull_from_docker_registry_over_a_link_that_breaks_all_the_time() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    stage_large(&sandbox);
    let pushed = push(&sandbox, &registry.name("app:1"));
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterReceiving(8 * 1024 * 1024));
    let sandbox = Sandbox::new();
    let pulled = sandbox.ok(&format!("pull --progress none {}", link.name("app:1")));
    assert_eq!(pulled.digest(), pushed.digest());
    sandbox.verify_blobs();
    assert!(percent(link.received()) <= 110, "{} % of the layer came", percent(link.received()));
}

#[test]
fn a_pull_from_docker_registry_that_is_killed_goes_on_in_the_next_run() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    stage_large(&sandbox);
    let pushed = push(&sandbox, &registry.name("app:1"));
    let link = Link::to(&registry.host(), |_| Fate::StallsAfterReceiving(layer_size() * 7 / 10));
    let (sandbox, name) = (Sandbox::new(), link.name("app:1"));
    let mut first = sandbox.start(&format!("pull --progress none {name}"));
    link.wait_for_stall(&mut first);
    sandbox.wait_for_staged(link.received());
    first.kill();
    assert_ne!(first.wait().code, 0);
    let received = link.received();
    link.becomes(|_| Fate::Fine);
    let pulled = sandbox.ok(&format!("pull --progress none {name}"));
    let again = percent(link.received() - received);
    assert!(again <= 31, "{again} % of the layer came again");
    assert_eq!(pulled.digest(), pushed.digest());
    sandbox.verify_blobs();
}
