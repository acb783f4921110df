//! Manifests and indexes that are made here, with their members in the order of the specification, so that the same content
//! gives the same bytes always.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Descriptor, MediaType};

/// A manifest to be written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewManifest {
    schema_version: u8,
    media_type: MediaType,
    /// What it is, when it is no container image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<MediaType>,
    /// The config.
    pub config: Descriptor,
    /// The layers, base first; for artifacts, the blobs.
    pub layers: Vec<Descriptor>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Notes, text to text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl NewManifest {
    /// An image of these layers.
    pub fn of(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        let (artifact_type, subject, annotations) = Default::default();
        Self { schema_version: 2, media_type: MediaType::MANIFEST, artifact_type, config, layers, subject, annotations }
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest is plain JSON")
    }
}

/// An index to be written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewIndex {
    schema_version: u8,
    media_type: MediaType,
    /// What it lists.
    pub manifests: Vec<Descriptor>,
    /// Notes, text to text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl NewIndex {
    /// An index of these manifests.
    pub fn of(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: MediaType::INDEX, manifests, annotations: BTreeMap::new() }
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an index is plain JSON")
    }
}
