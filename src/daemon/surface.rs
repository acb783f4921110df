//! What the bytes of strangers meet in the storage of a daemon, as a pure function: the fuzz targets are another crate, and see
//! nothing else of it.

use std::io::{self, Read as _};
use std::path::Path;

use super::tar_split::TarSplit;

/// The tar that comes of these entries, one a line, and of the files in a directory; its first bytes, up to a limit.
pub fn tar_split(entries: &[u8], files: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    TarSplit::of(entries, files)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
