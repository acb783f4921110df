//! The words of the field as types: pure values, no input or output, nothing asynchronous.
//!
//! Each type can only be made by parsing or by hashing, so what a function takes has already been checked. The numbers in
//! brackets in comments and tests (C-60, L-03) name rules of the OCI specifications: C is for clients, L for layouts, T for
//! media types, P for platforms, A for authentication, R for registries. CONTRIBUTING.md lists them.

mod bounded;
mod change;
mod config;
mod descriptor;
mod digest;
mod draft;
mod entry_name;
mod likeness;
mod manifest;
mod media_type;
mod platform;
mod reference;
mod written;

pub use bounded::parse_value;
pub use change::{Change, ChangeError, list, pair};
pub use config::{ContainerConfig, ImageConfig, RootFs};
pub use descriptor::{CONTAINERD_NAME, Descriptor, REF_NAME};
pub use digest::{Algorithm, DiffId, Digest, Hasher, ParseDigestError};
pub use draft::{Deed, Draft, DraftError};
pub use entry_name::{EntryName, entry_names};
pub use likeness::nearest;
pub use manifest::{Kind, MAX_MANIFEST_SIZE, Manifest, ManifestError, NoPlatform};
pub use media_type::{MediaType, Role};
pub use platform::{ParsePlatformError, Platform};
pub use reference::{DOCKER_HUB, Host, Reference, ReferenceError, RepositoryName, Tag};
pub use written::{NewIndex, NewManifest};
