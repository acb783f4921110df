//! The directory of a Docker daemon that stores images with the driver `overlay2`, made by hand.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rpush::image::Digest;
use serde_json::json;
use tempfile::TempDir;

use super::fixture::{Image, gzip};

/// A directory that goes with everything in it.
pub struct Graph(TempDir);

impl Graph {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts an image there; where its topmost layer lies.
    pub fn keep(&self, image: &Image) -> PathBuf {
        let config = image.config();
        write(&self.config(image), &config);
        for (number, layer) in image.layers.iter().enumerate() {
            let notes = self.notes(image, number);
            let files = self.files(image, number);
            write(&notes.join("diff"), Digest::of(layer).to_string().as_bytes());
            write(&notes.join("size"), layer.len().to_string().as_bytes());
            write(&notes.join("cache-id"), Digest::of(layer).hex().as_bytes());
            write(&notes.join("tar-split.json.gz"), &gzip(split(layer, &files).as_bytes()));
        }
        self.files(image, image.layers.len() - 1)
    }

    /// Its config.
    pub fn config(&self, image: &Image) -> PathBuf {
        self.path().join("image/overlay2/imagedb/content/sha256").join(Digest::of(&image.config()).hex())
    }

    /// What is written down of a layer, in the directory named by the chain of layers up to it.
    pub fn notes(&self, image: &Image, number: usize) -> PathBuf {
        let below = image.layers[..=number].iter().map(|layer| Digest::of(layer));
        let chain = below.reduce(|chain, layer| Digest::of(format!("{chain} {layer}").as_bytes())).expect("a layer");
        self.path().join("image/overlay2/layerdb/sha256").join(chain.hex())
    }

    /// The files of a layer.
    pub fn files(&self, image: &Image, number: usize) -> PathBuf {
        self.path().join("overlay2").join(Digest::of(&image.layers[number]).hex()).join("diff")
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// The entries of a tar of files, which are put below a directory.
fn split(tar: &[u8], files: &Path) -> String {
    let (mut entries, mut done) = (Vec::new(), 0);
    for member in tar::Archive::new(tar).entries().expect("a tar") {
        let member = member.expect("a member");
        let start = usize::try_from(member.raw_file_position()).expect("small");
        let content = &tar[start..start + usize::try_from(member.size()).expect("small")];
        let name = member.path().expect("a name").into_owned();
        entries.push(json!({ "type": 2, "payload": STANDARD.encode(&tar[done..start]) }));
        entries.push(json!({ "type": 1, "name": name, "size": content.len(), "payload": "AAAAAAAAAAA=" }));
        write(&files.join(name), content);
        done = start + content.len();
    }
    entries.push(json!({ "type": 2, "payload": STANDARD.encode(&tar[done..]) }));
    entries.iter().map(|entry| format!("{entry}\n")).collect()
}
