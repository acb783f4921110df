//! What layers were compressed to before, so that the next import need not do it again, nor even read them.
//!
//! One tiny file for each layer and way of compressing, named by the diff_id, holding digest and size. It is only a memory: a
//! file that is missing, broken or wrong costs a compression, and the whole directory may be removed at any time.

use std::io::Write as _;
use std::path::PathBuf;

use super::Compression;
use crate::image::{DiffId, Digest};

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
        let path = self.path(layer, compression);
        let write = || {
            let directory = path.parent().unwrap_or(&self.path);
            std::fs::create_dir_all(directory)?;
            std::fs::create_dir_all(&self.staging)?;
            let mut file = tempfile::Builder::new().prefix("memo-").tempfile_in(&self.staging)?;
            writeln!(file, "{digest} {size}")?;
            file.persist(&path).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::debug!(path = %path.display(), %error, "cannot remember what a layer was compressed to");
        }
    }

    fn path(&self, layer: &DiffId, compression: Compression) -> PathBuf {
        self.path.join(compression.key()).join(format!("{}-{}", layer.0.algorithm().name(), layer.0.hex()))
    }
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
    fn a_directory_that_cannot_be_written_costs_nothing() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let memo = MemoDir::new(file.path().join("below-a-file"), file.path().join("staging"));
        memo.remember(&DiffId(Digest::of(b"")), Compression::default(), &Digest::of(b""), 0);
        assert_eq!(memo.recall(&DiffId(Digest::of(b"")), Compression::default()), None);
    }
}
