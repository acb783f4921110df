//! Media types: what a blob or a manifest says it is.
//!
//! Unknown types are ordinary (Helm charts, Wasm, caches): nothing here refuses a type, it only tells the ones that
//! rpush has to look into from those that travel as they are (T-01..T-19).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A media type, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaType(Cow<'static, str>);

/// What a descriptor's media type says about how to move the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A list of manifests.
    Index,
    /// A manifest with a config, layers or blobs.
    Manifest,
    /// The manifest of Docker before 1.10, whose bytes cannot be verified; refused (T-09).
    Schema1,
    /// A layer that lies somewhere else by licence, and is not pushed (T-04, T-06).
    Foreign,
    /// Bytes: a layer, a config, anything.
    Blob,
}

impl MediaType {
    /// An OCI image index.
    pub const INDEX: Self = Self::known("application/vnd.oci.image.index.v1+json");
    /// An OCI image manifest.
    pub const MANIFEST: Self = Self::known("application/vnd.oci.image.manifest.v1+json");
    /// An OCI image config.
    pub const CONFIG: Self = Self::known("application/vnd.oci.image.config.v1+json");
    /// An OCI layer, not compressed.
    pub const LAYER: Self = Self::known("application/vnd.oci.image.layer.v1.tar");
    /// An OCI layer, compressed with gzip.
    pub const LAYER_GZIP: Self = Self::known("application/vnd.oci.image.layer.v1.tar+gzip");
    /// An OCI layer, compressed with zstd.
    pub const LAYER_ZSTD: Self = Self::known("application/vnd.oci.image.layer.v1.tar+zstd");
    /// Docker's manifest list.
    pub const DOCKER_LIST: Self = Self::known("application/vnd.docker.distribution.manifest.list.v2+json");
    /// Docker's manifest, version 2, schema 2.
    pub const DOCKER_MANIFEST: Self = Self::known("application/vnd.docker.distribution.manifest.v2+json");
    /// Docker's image config.
    pub const DOCKER_CONFIG: Self = Self::known("application/vnd.docker.container.image.v1+json");
    /// Bytes without a type.
    pub const OCTET_STREAM: Self = Self::known("application/octet-stream");

    /// Every kind of manifest that rpush asks a registry for, the best first (C-20).
    pub const MANIFESTS: [Self; 4] = [Self::INDEX, Self::MANIFEST, Self::DOCKER_LIST, Self::DOCKER_MANIFEST];

    const fn known(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// A media type from a header or a JSON member; parameters (`; charset=utf-8`) are cut off (C-21).
    pub fn new(text: &str) -> Self {
        let bare = text.split(';').next().unwrap_or_default().trim();
        Self(Cow::Owned(bare.to_owned()))
    }

    /// The type as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How a thing of this type is moved.
    pub fn role(&self) -> Role {
        match self.as_str() {
            "application/vnd.oci.image.index.v1+json" | "application/vnd.docker.distribution.manifest.list.v2+json" => {
                Role::Index
            }
            "application/vnd.oci.image.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v2+json"
            | "application/vnd.oci.artifact.manifest.v1+json"
            | "application/vnd.cncf.oras.artifact.manifest.v1+json" => Role::Manifest,
            "application/vnd.docker.distribution.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v1+prettyjws" => Role::Schema1,
            text if is_foreign_layer(text) => Role::Foreign,
            _ => Role::Blob,
        }
    }

    /// Whether this is the config of a container image, which says platform, creation time and layers; any other config is
    /// opaque (C-29).
    pub fn is_image_config(&self) -> bool {
        *self == Self::CONFIG || *self == Self::DOCKER_CONFIG
    }
}

fn is_foreign_layer(text: &str) -> bool {
    text.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar")
        || text.starts_with("application/vnd.docker.image.rootfs.foreign.diff.tar")
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_not_part_of_a_type() {
        assert_eq!(MediaType::new("application/vnd.oci.image.index.v1+json; charset=utf-8"), MediaType::INDEX);
    }

    #[test]
    fn each_type_has_its_role() {
        for (text, role) in [
            ("application/vnd.oci.image.index.v1+json", Role::Index),
            ("application/vnd.docker.distribution.manifest.list.v2+json", Role::Index),
            ("application/vnd.docker.distribution.manifest.v2+json", Role::Manifest),
            ("application/vnd.docker.distribution.manifest.v1+prettyjws", Role::Schema1),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Role::Foreign),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", Role::Foreign),
            ("application/vnd.oci.image.layer.v1.tar+gzip", Role::Blob),
            ("application/vnd.buildkit.cacheconfig.v0", Role::Blob),
            ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", Role::Blob),
            ("", Role::Blob),
        ] {
            assert_eq!(MediaType::new(text).role(), role, "{text}");
        }
    }
}
