//! Bad links to a registry that drops an upload which breaks off inside a request: distribution 2.8 keeps what came in whole
//! requests.

use crate::needs;
use crate::peers::DockerRegistry;
use crate::support::{
    Fate, Link, Sandbox, assert_whole, layer_size, percent, pull_over_a_breaking_link, pull_that_is_killed, push_large,
    push_that_is_killed, stage_large,
};

#[test]
fn a_push_to_docker_registry_that_is_killed_goes_on_in_the_next_run() {
    needs!("docker-registry");
    push_that_is_killed(&DockerRegistry::open().host(), Fate::StallsBefore("PATCH", layer_size() * 7 / 10));
}

#[test]
fn a_push_to_docker_registry_over_a_link_that_breaks_all_the_time() {
    needs!("docker-registry");
    let (registry, sandbox) = (DockerRegistry::open(), Sandbox::new());
    stage_large(&sandbox);
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterSending(layer_size() / 128));
    let pushed = push_large(&sandbox, &link.name("app:1"));
    assert!(percent(link.sent()) <= 110, "{} % of the layer was sent", percent(link.sent()));
    assert_whole(&registry.host(), &pushed);
}

#[test]
fn a_pull_from_docker_registry_over_a_link_that_breaks_all_the_time() {
    needs!("docker-registry");
    pull_over_a_breaking_link(&DockerRegistry::open().host());
}

#[test]
fn a_pull_from_docker_registry_that_is_killed_goes_on_in_the_next_run() {
    needs!("docker-registry");
    pull_that_is_killed(&DockerRegistry::open().host());
}
