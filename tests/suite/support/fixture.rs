//! Small images made by hand, in every form in which images lie about: what a test says about an image must not come from the
//! code under test.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use rpush::image::{Algorithm, Digest, Hasher};
use serde_json::{Value, json};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The platforms of the indexes made here. The machine that the tests run on is one of the first two.
pub const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "linux/s390x"];

/// What points at some bytes.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

/// The tar of one file.
pub fn layer(name: &str, text: &str) -> Vec<u8> {
    Archive::default().file(name, text).bytes()
}

/// Bytes that no compression makes shorter, the same in each run.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&next());
    }
    bytes.truncate(length);
    bytes
}

/// Bytes compressed with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// A tar that is being made.
#[derive(Default)]
pub struct Archive(Vec<(String, Member)>);

enum Member {
    File(Vec<u8>),
    Symlink(String),
}

impl Archive {
    pub fn file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.0.push((name.to_owned(), Member::File(bytes.as_ref().to_vec())));
        self
    }

    pub fn symlink(mut self, name: &str, target: &str) -> Self {
        self.0.push((name.to_owned(), Member::Symlink(target.to_owned())));
        self
    }

    pub fn bytes(self) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, member) in self.0 {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            match member {
                Member::File(bytes) => {
                    header.set_size(bytes.len() as u64);
                    tar.append_data(&mut header, name, &bytes[..]).expect("memory can be written");
                }
                Member::Symlink(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    tar.append_link(&mut header, name, target).expect("memory can be written");
                }
            }
        }
        tar.into_inner().expect("memory can be written")
    }

    pub fn gzip(self) -> Vec<u8> {
        gzip(&self.bytes())
    }

    pub fn zstd(self) -> Vec<u8> {
        zstd::encode_all(&self.bytes()[..], 1).expect("memory can be written")
    }
}

/// A container image: a config and layers as tars.
#[derive(Clone)]
pub struct Image {
    pub platform: &'static str,
    pub layers: Vec<Vec<u8>>,
    pub created: &'static str,
    pub labels: Value,
}

impl Image {
    /// An image with two layers, of which the first is the same in all images.
    pub fn with(text: &str) -> Self {
        let platform = if cfg!(target_arch = "aarch64") { "linux/arm64" } else { "linux/amd64" };
        let layers = vec![layer("etc/base", "base"), layer("app/hello.txt", text)];
        Self { platform, layers, created: "2001-09-09T01:46:40Z", labels: json!({ "maintainer": "alice" }) }
    }

    /// The config's bytes.
    pub fn config(&self) -> Vec<u8> {
        let (os, architecture) = self.platform.split_once('/').expect("a platform has two parts");
        let diff_ids: Vec<Digest> = self.layers.iter().map(|layer| Digest::of(layer)).collect();
        let config = json!({
            "architecture": architecture, "os": os, "created": self.created,
            "config": { "Cmd": ["/bin/hello"], "Labels": self.labels },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        config.to_string().into_bytes()
    }

    /// What `docker save` wrote before Docker 25: a directory for each layer, uncompressed, and a layer that comes twice is a
    /// symbolic link the second time.
    pub fn docker_24(&self, tags: &[&str]) -> Archive {
        let config = self.config();
        let config_name = format!("{}.json", Digest::of(&config).hex());
        let mut archive = Archive::default();
        let mut seen: BTreeMap<Digest, String> = BTreeMap::new();
        let mut layers = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            // Docker's own ids of layers are no digests of theirs.
            let id = Digest::of(format!("{config_name}{number}").as_bytes()).hex().to_owned();
            let name = format!("{id}/layer.tar");
            archive = archive.file(&format!("{id}/VERSION"), "1.0").file(&format!("{id}/json"), "{}");
            archive = match seen.insert(Digest::of(layer), name.clone()) {
                None => archive.file(&name, layer),
                Some(first) => archive.symlink(&name, &format!("../{first}")),
            };
            layers.push(name);
        }
        let manifest = json!([{ "Config": config_name, "RepoTags": tags, "Layers": layers }]);
        archive.file(&config_name, config).file("manifest.json", manifest.to_string()).file("repositories", "{}")
    }

    /// What `docker save` writes since Docker 25: an OCI layout with a `manifest.json` beside it.
    pub fn docker_25(&self, tags: &[&str]) -> Archive {
        let mut layout = Layout::default();
        let root = layout.image(self);
        for tag in tags {
            let (_, short) = tag.rsplit_once(':').expect("a tag has a colon");
            let mut entry = root.clone();
            entry["annotations"] = json!({
                "io.containerd.image.name": tag, "org.opencontainers.image.ref.name": short,
            });
            layout.entries.push(entry);
        }
        let path = |digest: &str| format!("blobs/{}", digest.replace(':', "/"));
        let manifest = layout.json(&root);
        let layers: Vec<String> = manifest["layers"]
            .as_array()
            .expect("an image has layers")
            .iter()
            .map(|layer| path(layer["digest"].as_str().expect("a digest")))
            .collect();
        let config = path(manifest["config"]["digest"].as_str().expect("a digest"));
        let docker = json!([{ "Config": config, "RepoTags": tags, "Layers": layers }]);
        layout.archive().file("manifest.json", docker.to_string())
    }
}

/// An OCI layout that is being made.
#[derive(Default)]
pub struct Layout {
    blobs: BTreeMap<String, Vec<u8>>,
    entries: Vec<Value>,
}

impl Layout {
    pub fn put(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        self.blobs.insert(Digest::of(bytes).to_string(), bytes.to_vec());
        descriptor(media_type, bytes)
    }

    /// The same under another algorithm's digest.
    pub fn put_under(&mut self, algorithm: Algorithm, media_type: &str, bytes: &[u8]) -> Value {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        let digest = hasher.finish();
        self.blobs.insert(digest.to_string(), bytes.to_vec());
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    /// Takes a blob out, so that what names it is all that is left.
    pub fn take_out(&mut self, descriptor: &Value) {
        let digest = descriptor["digest"].as_str().expect("a descriptor has a digest");
        self.blobs.remove(digest).expect("the blob was there");
    }

    /// Every blob with its digest.
    pub fn blobs(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.blobs
    }

    pub fn put_json(&mut self, value: &Value) -> Value {
        let media_type = value["mediaType"].as_str().expect("a document has a type").to_owned();
        self.put(&media_type, value.to_string().as_bytes())
    }

    /// An image whose layers are compressed already.
    pub fn image(&mut self, image: &Image) -> Value {
        let layers: Vec<Value> = image.layers.iter().map(|layer| self.put(LAYER_GZIP, &gzip(layer))).collect();
        let config = self.put(CONFIG, &image.config());
        self.put_json(&json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers }))
    }

    /// An image whose one layer is these bytes, whatever they are.
    pub fn image_of(&mut self, layer: &[u8]) -> Value {
        let config = self.put(CONFIG, &Image::with("").config());
        let layer = self.put(LAYER_GZIP, layer);
        self.put_json(&json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] }))
    }

    /// An index of an image for each platform, and an attestation of the first, as BuildKit makes it.
    pub fn index(&mut self, text: &str) -> Value {
        let mut entries = Vec::new();
        for platform in PLATFORMS {
            let mut image = Image::with(&format!("{text} on {platform}"));
            image.platform = platform;
            let mut entry = self.image(&image);
            let (os, architecture) = platform.split_once('/').expect("a platform has two parts");
            entry["platform"] = json!({ "os": os, "architecture": architecture });
            entries.push(entry);
        }
        let statement = self.put("application/vnd.in-toto+json", format!("{{\"of\":\"{text}\"}}").as_bytes());
        let config = self.put(CONFIG, br#"{"architecture":"unknown","os":"unknown"}"#);
        let attestation = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement],
        });
        let mut attestation = self.put_json(&attestation);
        attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        attestation["annotations"] = json!({
            "vnd.docker.reference.digest": entries[0]["digest"], "vnd.docker.reference.type": "attestation-manifest",
        });
        entries.push(attestation);
        self.put_json(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }))
    }

    /// Something that is no image: types that no program here knows.
    pub fn artifact(&mut self) -> Value {
        let config = self.put("application/vnd.example.config+toml", b"a = 1");
        let content = self.put("application/vnd.example.content", b"neither tar nor gzip");
        self.put_json(&json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.thing",
            "config": config, "layers": [content], "annotations": { "of": "no known kind" }, "unknown": [1, 2],
        }))
    }

    /// Gives a root a name, as skopeo writes it.
    pub fn name(&mut self, root: &Value, name: &str) {
        let mut entry = root.clone();
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
        self.entries.push(entry);
    }

    /// A document of the layout.
    pub fn json(&self, descriptor: &Value) -> Value {
        let digest = descriptor["digest"].as_str().expect("a descriptor has a digest");
        serde_json::from_slice(&self.blobs[digest]).expect("a document is JSON")
    }

    fn index_json(&self) -> String {
        json!({ "schemaVersion": 2, "manifests": self.entries }).to_string()
    }

    pub fn write(&self, directory: &Path) {
        fs::create_dir_all(directory.join("blobs/sha256")).expect("a directory can be made");
        fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("written");
        fs::write(directory.join("index.json"), self.index_json()).expect("written");
        for (digest, bytes) in &self.blobs {
            let path = directory.join("blobs").join(digest.replace(':', "/"));
            fs::create_dir_all(path.parent().expect("a directory of its algorithm")).expect("a directory can be made");
            fs::write(path, bytes).expect("written");
        }
    }

    pub fn archive(&self) -> Archive {
        let mut archive = Archive::default().file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
        for (digest, bytes) in &self.blobs {
            archive = archive.file(&format!("blobs/{}", digest.replace(':', "/")), bytes);
        }
        archive.file("index.json", self.index_json())
    }
}
