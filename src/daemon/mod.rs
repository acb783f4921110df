//! A container engine on this machine or another: Docker's daemon, or Podman, which speaks the same API over the same kind of
//! socket. An image is asked for, streamed out of it, and streamed into it; nothing of it is kept here.
//!
//! The engine is not a [`Source`](crate::content::Source): it gives an image whole or not at all, as an archive that goes by
//! once. What the archive is and where it goes, floors above decide. Where its storage can be read from here, there is a way past
//! that ([`Graph`]).

mod answer;
mod client;
mod endpoint;
mod environment;
mod error;
mod graph;
#[cfg_attr(not(target_os = "linux"), path = "no_layer_files.rs")]
mod layer_files;
pub mod surface;
mod tar_split;
#[cfg(all(test, unix))]
mod tests;
mod tls;

pub use client::{Daemon, Export, Image};
pub use endpoint::{Endpoint, Found, find};
pub use environment::Environment;
pub use error::{EndpointError, Error};
pub use graph::{Graph, GraphError, StoredLayer};
