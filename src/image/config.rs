//! What rpush reads of an image config: whom the image is for, when it was made, what its layers unpack to.
//!
//! Configs that came are never written again (new ones are [`Draft`](super::Draft)s), so only what is shown or checked is read, and what is missing is simply empty.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{DiffId, Platform};

/// The config of a container image (image-spec config.md).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ImageConfig {
    /// When the image was made, RFC 3339.
    pub created: Option<String>,
    /// The processor.
    #[serde(default)]
    pub architecture: String,
    /// The operating system.
    #[serde(default)]
    pub os: String,
    /// The version of the operating system.
    #[serde(rename = "os.version")]
    pub os_version: Option<String>,
    /// The version of the processor.
    pub variant: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// How containers of it are run.
    pub config: Option<ContainerConfig>,
    /// The layers, by what they unpack to.
    pub rootfs: Option<RootFs>,
}

/// How a container of the image is run.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ContainerConfig {
    /// Labels, text to text.
    #[serde(rename = "Labels")]
    pub labels: Option<BTreeMap<String, String>>,
}

/// The layers of an image, base first.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RootFs {
    /// The digests of the uncompressed layers.
    #[serde(default)]
    pub diff_ids: Vec<DiffId>,
}

impl ImageConfig {
    /// Reads a config; `None` when the bytes are no image config at all (C-29: never an error).
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The platform, when the config says one (P-06).
    pub fn platform(&self) -> Option<Platform> {
        if self.os.is_empty() || self.architecture.is_empty() {
            return None;
        }
        let platform = Platform::new(&self.os, &self.architecture, self.variant.as_deref());
        Some(Platform { os_version: self.os_version.clone(), ..platform })
    }

    /// The labels, none when there are none.
    pub fn labels(&self) -> BTreeMap<String, String> {
        self.config.as_ref().and_then(|config| config.labels.clone()).unwrap_or_default()
    }

    /// The diff_ids, none when there are none.
    pub fn diff_ids(&self) -> &[DiffId] {
        self.rootfs.as_ref().map(|rootfs| rootfs.diff_ids.as_slice()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_docker_writes_and_is_silent_about_the_rest() {
        let config = ImageConfig::parse(
            br#"{"architecture":"arm64","os":"linux","variant":"v8","config":{"Labels":null,"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[]}}"#,
        )
        .expect("a config");
        assert_eq!(config.platform().expect("a platform").to_string(), "linux/arm64");
        assert!(config.labels().is_empty() && config.diff_ids().is_empty());
        assert!(ImageConfig::parse(b"\x00asm").is_none());
        assert!(ImageConfig::parse(b"{}").expect("empty is a config").platform().is_none());
    }
}
