//! What layers were compressed to before, so that the next import need not do it again, nor even read them; and which
//! manifest a daemon's image became, so that it need not even be asked for it.
//!
//! One tiny file for each layer and way of compressing, named by the diff_id, holding digest and size; and one for each image,
//! named by its id, holding a descriptor. It is only a memory: a file that is missing, broken or wrong costs a compression or
//! an export, and the whole directory may be removed at any time.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Compression;
use crate::image::{Descriptor, DiffId, Digest};

/// A directory of memories.
#[derive(Debug, Clone)]
pub struct MemoDir {
    path: PathBuf,
    staging: PathBuf,
}

impl MemoDir {
    /// The memories in `path`, which need not exist yet; they are written in `staging`, on the same file system, where what an
    /// interrupted run leaves is found.
    pub fn new(path: PathBuf, staging: PathBuf) -> Self {
        Self { path, staging }
    }

    /// What the layer was compressed to.
    pub fn recall(&self, layer: &DiffId, compression: Compression) -> Option<(Digest, u64)> {
        let text = std::fs::read_to_string(self.path(layer, compression)).ok()?;
        let (digest, size) = text.trim_end().split_once(' ')?;
        Some((digest.parse().ok()?, size.parse().ok()?))
    }

    /// Remembers what the layer was compressed to, as well as it can: without the memory everything works too.
    pub fn remember(&self, layer: &DiffId, compression: Compression, digest: &Digest, size: u64) {
        self.write(&self.path(layer, compression), &format!("{digest} {size}"));
    }

    /// The manifest or index that the image with this id became. Whether all of it is still there, is not known here.
    pub fn recall_image(&self, id: &Digest, compression: Compression) -> Option<Descriptor> {
        serde_json::from_slice(&std::fs::read(self.image_path(id, compression)).ok()?).ok()
    }

    /// Remembers what the image became, as well as it can.
    pub fn remember_image(&self, id: &Digest, compression: Compression, root: &Descriptor) {
        let text = serde_json::to_string(root).expect("a descriptor is plain JSON");
        self.write(&self.image_path(id, compression), &text);
    }

    fn write(&self, path: &Path, text: &str) {
        let write = || {
            let directory = path.parent().unwrap_or(&self.path);
            std::fs::create_dir_all(directory)?;
            std::fs::create_dir_all(&self.staging)?;
            let mut file = tempfile::Builder::new().prefix("memo-").tempfile_in(&self.staging)?;
            writeln!(file, "{text}")?;
            file.persist(path).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::debug!(path = %path.display(), %error, "cannot remember what something became");
        }
    }

    fn path(&self, layer: &DiffId, compression: Compression) -> PathBuf {
        self.path.join(compression.key()).join(file_name(&layer.0))
    }

    fn image_path(&self, id: &Digest, compression: Compression) -> PathBuf {
        self.path.join("images").join(compression.key()).join(file_name(id))
    }
}

fn file_name(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm().name(), digest.hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Coder;

    #[test]
    fn remembers_for_each_layer_and_compression() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let memo = MemoDir::new(root.path().join("memo"), root.path().join("staging"));
        let (layer, digest) = (DiffId(Digest::of(b"plain")), Digest::of(b"packed"));
        let (gzip, zstd) = (Compression::default(), Compression::new(Coder::Zstd, None).expect("zstd"));
        assert_eq!(memo.recall(&layer, gzip), None);
        memo.remember(&layer, gzip, &digest, 6);
        assert_eq!((memo.recall(&layer, gzip), memo.recall(&layer, zstd)), (Some((digest, 6)), None));
        std::fs::write(memo.path(&layer, gzip), "sha256:../../x 6").expect("writes");
        assert_eq!(memo.recall(&layer, gzip), None);
    }

    #[test]
    fn remembers_what_an_image_became() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let memo = MemoDir::new(root.path().join("memo"), root.path().join("staging"));
        let (id, gzip) = (Digest::of(b"config"), Compression::default());
        let manifest = Descriptor::of(crate::image::MediaType::MANIFEST, b"manifest");
        assert_eq!(memo.recall_image(&id, gzip), None);
        memo.remember_image(&id, gzip, &manifest);
        assert_eq!(memo.recall_image(&id, gzip), Some(manifest));
        assert_eq!(memo.recall_image(&id, Compression::new(Coder::Zstd, None).expect("zstd")), None);
        assert_eq!(memo.recall(&DiffId(id), gzip), None);
        std::fs::write(memo.image_path(&id, gzip), "{}").expect("writes");
        assert_eq!(memo.recall_image(&id, gzip), None);
    }

    #[test]
    fn a_directory_that_cannot_be_written_costs_nothing() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let memo = MemoDir::new(file.path().join("below-a-file"), file.path().join("staging"));
        memo.remember(&DiffId(Digest::of(b"")), Compression::default(), &Digest::of(b""), 0);
        assert_eq!(memo.recall(&DiffId(Digest::of(b"")), Compression::default()), None);
    }
}
