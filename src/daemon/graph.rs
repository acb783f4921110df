//! What lies where in the directory of a Docker daemon that stores its images with the driver `overlay2`, as all of them did
//! from 1.10 on until containerd began to keep images.
//!
//! Before a daemon sends the first byte of an export, it writes all layers into files of its own. On the same machine, whoever may
//! (root, or the account of a daemon without root) can read them where they lie. Nothing is written there, nothing of it is
//! believed, and whoever cannot use it asks for an export: this is only a shorter way.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::client::Image;
use super::layer_files::open;
use super::tar_split::TarSplit;
use crate::image::{Algorithm, DiffId, Digest, ImageConfig};

/// The largest config that is read: of a larger document no registry would take the manifest either.
const MAX_CONFIG: u64 = 4 << 20;
/// The largest of the small files, which hold a number or a name.
const MAX_NOTE: u64 = 256;
/// More layers has no image of this driver.
const MAX_LAYERS: usize = 1024;

/// Why an image cannot be read where its daemon keeps it.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file is not what the daemon would have there.
    #[error("{} is not what the daemon has there", .0.display())]
    Stranger(PathBuf),
}

/// An image in the storage of its daemon.
#[derive(Debug)]
pub struct Graph {
    /// The directory that has everything of the daemon.
    pub root: PathBuf,
    /// The config: the bytes that hash to the image's id.
    pub config: Vec<u8>,
    /// The layers, base first.
    pub layers: Vec<StoredLayer>,
}

/// A layer in the storage of a daemon.
#[derive(Debug)]
pub struct StoredLayer {
    /// What its tar hashes to, unless somebody has written there.
    pub diff_id: DiffId,
    /// How large its files are together.
    pub size: u64,
    entries: PathBuf,
    files: PathBuf,
}

impl StoredLayer {
    /// The tar that it came as. It is right only if it hashes to the diff_id.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(TarSplit::open(&self.entries, &self.files)?))
    }
}

impl Image {
    /// The image where the daemon keeps it, when that may be on this machine, in a way that is known here.
    pub fn graph(&self) -> Option<Result<Graph, GraphError>> {
        let top = self.top.as_deref().filter(|top| top.is_absolute())?;
        let store =
            top.parent().and_then(Path::parent).filter(|store| store.ends_with(DRIVER) && top.ends_with("diff"))?;
        Some(Graph::read(store.parent()?, &self.id))
    }
}

const DRIVER: &str = "overlay2";

impl Graph {
    /// Finds the image in the directory of its daemon. The path is the daemon's word, and may mean another directory here than
    /// where the daemon is: the config, which has the hash that is its id, tells.
    fn read(root: &Path, id: &Digest) -> Result<Self, GraphError> {
        let documents = root.join("image").join(DRIVER);
        let path = documents.join("imagedb/content").join(path_of(id));
        let config = read(&path, MAX_CONFIG)?;
        let stranger = || GraphError::Stranger(path.clone());
        if Digest::of(&config) != *id {
            return Err(stranger());
        }
        let parsed = ImageConfig::parse(&config).ok_or_else(stranger)?;
        let diff_ids = parsed.diff_ids();
        if diff_ids.len() > MAX_LAYERS || diff_ids.iter().any(|layer| layer.0.algorithm() != Algorithm::Sha256) {
            return Err(stranger());
        }
        let layers = diff_ids.iter().zip(DiffId::chains(diff_ids));
        let layers = layers.map(|(layer, chain)| {
            StoredLayer::find(*layer, &documents.join("layerdb").join(path_of(&chain)), &root.join(DRIVER))
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Self { root: root.to_owned(), config, layers })
    }
}

impl StoredLayer {
    /// Finds a layer by what the daemon has written down of it in `notes`; its files are in a directory of `store`.
    fn find(diff_id: DiffId, notes: &Path, store: &Path) -> Result<Self, GraphError> {
        let note = |name: &str| {
            let path = notes.join(name);
            let text = String::from_utf8(read(&path, MAX_NOTE)?);
            text.map(|text| text.trim_end().to_owned()).map_err(|_| GraphError::Stranger(path))
        };
        let stranger = |name: &str| GraphError::Stranger(notes.join(name));
        if note("diff")? != diff_id.to_string() {
            return Err(stranger("diff"));
        }
        let size = note("size")?.parse().map_err(|_| stranger("size"))?;
        let cache_id = note("cache-id")?;
        if cache_id.is_empty() || !cache_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(stranger("cache-id"));
        }
        let files = store.join(cache_id).join("diff");
        Ok(Self { diff_id, size, entries: notes.join("tar-split.json.gz"), files })
    }
}

/// Where something with this name lies among others of its kind.
fn path_of(digest: &Digest) -> PathBuf {
    Path::new(digest.algorithm().name()).join(digest.hex())
}

/// A small file.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, GraphError> {
    let unreadable = |cause| GraphError::Unreadable { path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    let (file, _) = open(path).map_err(unreadable)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > limit {
        true => Err(GraphError::Stranger(path.to_owned())),
        false => Ok(bytes),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use tempfile::TempDir;

    use super::super::layer_files::tests::pipe;
    use super::super::tar_split::tests::split;
    use super::*;

    /// The directory of a daemon that has one image of two layers.
    struct Kept {
        root: TempDir,
        image: Image,
        layers: Vec<Vec<u8>>,
    }

    fn layer(name: &str, text: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).expect("appended");
        tar.into_inner().expect("finished")
    }

    fn write(path: PathBuf, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, bytes).expect("written");
    }

    impl Kept {
        fn new() -> Self {
            let root = tempfile::tempdir().expect("a temporary directory");
            let layers = vec![layer("etc/base", "base"), layer("app/hello.txt", "hello")];
            let diff_ids: Vec<_> = layers.iter().map(|layer| DiffId(Digest::of(layer))).collect();
            let rootfs = serde_json::json!({ "type": "layers", "diff_ids": diff_ids });
            let config = serde_json::json!({ "architecture": "amd64", "os": "linux", "rootfs": rootfs }).to_string();
            let top = root.path().join("overlay2/cache-1/diff");
            let kept = Self {
                root,
                image: Image { id: Digest::of(config.as_bytes()), layers: diff_ids, top: Some(top) },
                layers,
            };
            write(kept.config(), &config);
            for (number, tar) in kept.layers.iter().enumerate() {
                let files = kept.root.path().join(format!("overlay2/cache-{number}/diff"));
                write(kept.note(number, "diff"), kept.image.layers[number].to_string());
                write(kept.note(number, "size"), (number + 4).to_string());
                write(kept.note(number, "cache-id"), format!("cache-{number}"));
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(split(tar, &files).as_bytes()).expect("memory can be written");
                write(kept.note(number, "tar-split.json.gz"), packed.finish().expect("finished"));
            }
            kept
        }

        fn config(&self) -> PathBuf {
            self.root.path().join("image/overlay2/imagedb/content/sha256").join(self.image.id.hex())
        }

        /// Of the lower layer, the name is its diff_id; of the other one, the hash of both.
        fn note(&self, number: usize, name: &str) -> PathBuf {
            let [lower, upper] = [self.image.layers[0].0, self.image.layers[1].0];
            let chain = if number == 0 { lower } else { Digest::of(format!("{lower} {upper}").as_bytes()) };
            self.root.path().join("image/overlay2/layerdb/sha256").join(chain.hex()).join(name)
        }

        fn words(&self) -> String {
            let error = self.image.graph().expect("a directory").expect_err("not the image");
            error.to_string().replace(self.root.path().to_str().expect("a plain name"), "")
        }
    }

    fn bytes(layer: &StoredLayer) -> Vec<u8> {
        let mut bytes = Vec::new();
        layer.open().expect("opened").read_to_end(&mut bytes).expect("read");
        bytes
    }

    #[test]
    fn an_image_is_found_where_its_daemon_keeps_it() {
        let kept = Kept::new();
        let graph = kept.image.graph().expect("a directory").expect("the image");
        assert_eq!((graph.root.as_path(), Digest::of(&graph.config)), (kept.root.path(), kept.image.id));
        let facts: Vec<_> = graph.layers.iter().map(|layer| (layer.diff_id, layer.size)).collect();
        assert_eq!(facts, [(kept.image.layers[0], 4), (kept.image.layers[1], 5)]);
        assert!(graph.layers.iter().map(bytes).eq(kept.layers.iter().cloned()));
        // What somebody has changed is another layer.
        fs::write(kept.root.path().join("overlay2/cache-1/diff/app/hello.txt"), "jello").expect("written");
        assert_ne!(DiffId(Digest::of(&bytes(&graph.layers[1]))), graph.layers[1].diff_id);
    }

    /// Where somebody else keeps something, or the same path means something else, there is no image.
    #[test]
    fn a_directory_that_is_not_the_daemons_is_told_by_the_config() {
        let kept = Kept::new();
        let name = kept.config().strip_prefix(kept.root.path()).expect("below").display().to_string();
        fs::write(kept.config(), r#"{"rootfs":{"diff_ids":[]}}"#).expect("written");
        assert_eq!(kept.words(), format!("/{name} is not what the daemon has there"));
        fs::write(kept.config(), vec![b' '; MAX_CONFIG as usize + 1]).expect("written");
        assert_eq!(kept.words(), format!("/{name} is not what the daemon has there"));
        fs::remove_file(kept.config()).expect("removed");
        assert_eq!(kept.words(), format!("cannot read /{name}"));
        pipe(&kept.config());
        assert_eq!(kept.words(), format!("cannot read /{name}"));
        let top = |top: Option<&str>| Image { top: top.map(PathBuf::from), ..kept.image.clone() };
        for nowhere in [
            None,
            Some(""),
            Some("diff"),
            Some("/d/overlay2/a/merged"),
            Some("/d/vfs/a/diff"),
            Some("overlay2/a/diff"),
            Some("/diff"),
        ] {
            assert!(top(nowhere).graph().is_none(), "{nowhere:?}");
        }
    }

    #[test]
    fn notes_that_make_no_sense_are_no_layer() {
        for (name, text) in [
            ("diff", "sha256:0"),
            ("size", "-4"),
            ("size", ""),
            ("cache-id", ""),
            ("cache-id", "../cache-1"),
            ("cache-id", "/etc"),
            ("cache-id", "\u{e9}"),
        ] {
            let kept = Kept::new();
            fs::write(kept.note(1, name), text).expect("written");
            let words = kept.words();
            assert!(words.ends_with(&format!("/{name} is not what the daemon has there")), "{text}: {words}");
            fs::write(kept.note(1, name), "0".repeat(300)).expect("written");
            assert!(kept.words().contains(name));
            fs::remove_file(kept.note(1, name)).expect("removed");
            assert!(kept.words().starts_with("cannot read "), "{name}");
        }
        let kept = Kept::new();
        fs::remove_file(kept.note(0, "tar-split.json.gz")).expect("removed");
        let graph = kept.image.graph().expect("a directory").expect("the image");
        assert!(graph.layers[0].open().is_err(), "a layer without entries cannot be opened");
    }
}
