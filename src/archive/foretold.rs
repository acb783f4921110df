//! What a daemon's export will call the layers of an image, known before it begins.
//!
//! Docker before 25 names layers not by their diff_ids, as later exports do, but by ids of its first format. These are hashes
//! of no more than the chain of layers up to each, except for the topmost one, whose id has the image's config in it as the
//! daemon keeps it; that one is known by its parent, which a document beside it names. So of an image whose diff_ids are known,
//! a stream's members are known before they come by, and what was compressed before is neither hashed nor compressed again.

use std::collections::HashMap;

use serde::Deserialize;

use crate::image::{DiffId, Digest};

/// Of more layers nothing is foretold; no storage of Docker's takes as many.
const MAX_LAYERS: usize = 1024;

/// An empty `container_config`, as Go writes it.
const NO_CONFIG: &str = concat!(
    r#"{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"#,
    r#""Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"#,
    r#""WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null}"#
);

/// Which members of an export hold which layers, as far as that is known.
#[derive(Debug, Default)]
pub(super) struct Foretold {
    names: HashMap<String, DiffId>,
    top: Option<Top>,
}

/// The topmost layer: the one whose parent is the layer below it.
#[derive(Debug)]
struct Top {
    parent: Option<String>,
    layer: DiffId,
}

/// What is read of the document beside a layer.
#[derive(Deserialize)]
struct Legacy {
    id: String,
    parent: Option<String>,
}

impl Foretold {
    /// What is known of an export by the layers of its image, base first: they are in `ID/layer.tar` with Docker, and in
    /// `DIFF_ID.tar` with Podman. Docker writes the epoch in its own time zone; where that is not UTC, no id is right but
    /// that of an only layer, and the layers are read as any others.
    pub(super) fn of(layers: &[DiffId]) -> Self {
        let Some((top, below)) = layers.split_last().filter(|_| layers.len() <= MAX_LAYERS) else {
            return Self::default();
        };
        let mut names: HashMap<_, _> = layers.iter().map(|layer| (format!("{}.tar", layer.0.hex()), *layer)).collect();
        let mut parent: Option<Digest> = None;
        for (layer, chain) in below.iter().zip(DiffId::chains(below)) {
            let id = legacy_id(&chain, parent.as_ref());
            names.insert(format!("{}/layer.tar", id.hex()), *layer);
            parent = Some(id);
        }
        let parent = parent.map(|id| id.hex());
        Self { names, top: Some(Top { parent, layer: *top }) }
    }

    /// The layer in the member `name`; `read` gives a document that has come by before.
    pub(super) fn layer(&self, name: &str, read: impl FnOnce(&str) -> Option<Vec<u8>>) -> Option<DiffId> {
        self.names.get(name).copied().or_else(|| {
            let (top, id) = (self.top.as_ref()?, name.strip_suffix("/layer.tar")?);
            let legacy: Legacy = serde_json::from_slice(&read(&format!("{id}/json"))?).ok()?;
            (legacy.id == id && legacy.parent == top.parent).then_some(top.layer)
        })
    }
}

/// The id of a layer without an image, by the chain of diff_ids up to it (moby's `v1.CreateID` of an empty `V1Image`).
pub(super) fn legacy_id(chain: &Digest, parent: Option<&Digest>) -> Digest {
    let parent = parent.map(|id| format!(r#","parent":"{id}""#)).unwrap_or_default();
    let document =
        format!(r#"{{"container_config":{NO_CONFIG},"created":"1970-01-01T00:00:00Z","layer_id":"{chain}"{parent}}}"#);
    Digest::of(document.as_bytes())
}
