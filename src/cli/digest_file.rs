//! `--digest-file`: what was brought somewhere, a digest a line, for scripts.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::content::Error;
use crate::image::Digest;

/// The file, if one was named, and what is to be in it.
pub struct DigestFile<'a> {
    path: Option<&'a Path>,
    lines: Mutex<String>,
}

impl<'a> DigestFile<'a> {
    /// Makes sure that it can be written, before anything is moved. What is in it stays until the end.
    pub fn open(path: Option<&'a Path>) -> Result<Self, Error> {
        if let Some(path) = path {
            let opened = fs::File::options().create(true).append(true).open(path);
            opened.map_err(|error| Error::io("cannot write", path, error))?;
        }
        Ok(Self { path, lines: Mutex::default() })
    }

    /// This is there now.
    pub fn add(&self, digest: &Digest) {
        *self.lines.lock().expect("nobody panics while holding it") += &format!("{digest}\n");
    }

    /// Writes it.
    pub fn write(self) -> Result<(), Error> {
        let lines = self.lines.into_inner().expect("nobody panicked");
        self.path.map_or(Ok(()), |path| fs::write(path, lines).map_err(|error| Error::io("cannot write", path, error)))
    }
}
