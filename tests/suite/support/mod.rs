//! What the stories are told with: a place of its own for each run of rpush, images made by hand, and a registry that keeps a
//! journal.

mod certificates;
mod connect;
mod crowd;
mod daemon;
mod fixture;
mod graph;
mod issuer;
mod kinds;
mod large;
mod link;
mod oauth;
mod registry;
mod saboteur;
mod sandbox;
mod shell;
mod tokens;

pub use certificates::{Authority, Certificate, self_made};
pub use connect::ConnectProxy;
#[allow(unused_imports, reason = "the tests of keyrings and with other programs need no crowd")]
pub use crowd::Crowd;
#[allow(unused_imports, reason = "the tests with other programs have a real one")]
pub use daemon::{Engine, StandIn};
pub use fixture::{Archive, Image, Layout, PLATFORMS, layer, noise};
#[allow(unused_imports, reason = "the tests with other programs have a real daemon")]
pub use graph::Graph;
pub use issuer::Issuer;
#[allow(unused_imports, reason = "the tests of keyrings need no odd images")]
pub use kinds::{KINDS, Kind, Made, Strictness, exchange, stored_blobs};
#[allow(unused_imports, reason = "the tests of keyrings need no bad link")]
pub use large::{
    assert_whole, layer_size, percent, pull_over_a_breaking_link, pull_that_is_killed, push_large, push_that_is_killed,
    stage_large,
};
#[allow(unused_imports, reason = "the tests of keyrings need no bad link")]
pub use link::{Fate, Link};
pub use oauth::{ACCESS, IDENTITY, OauthServer};
#[allow(unused_imports, reason = "only the tests with other programs need it")]
pub use registry::accounts;
pub use registry::{Registry, answer};
#[allow(unused_imports, reason = "the tests of keyrings need no harm")]
pub use saboteur::{Asked, Deed, Ending, Saboteur, Said};
pub use sandbox::{Ran, Running, Sandbox, filters};
#[allow(unused_imports, reason = "only the documents are typed into a shell")]
pub use shell::{Shell, lacks};
pub use tokens::TokenServer;

/// Compares what was seen with what stands in the test. What differs from run to run (digests, ports, times) is named instead.
macro_rules! shows {
    ($seen:expr, @$expected:literal) => {
        insta::with_settings!({ filters => $crate::support::filters() }, {
            insta::assert_snapshot!($seen.to_string(), @$expected)
        })
    };
}
pub(crate) use shows;
