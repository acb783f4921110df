//! What one run writes down for the next: uploads that have not ended, what was pushed where, and what a host was found to do.
//! Nothing here is the truth,
//! which the registry has; it only says which question to ask first. Where nothing can be written, nothing is.

mod hosts;
mod pushes;
mod uploads;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(super) use hosts::SelfMount;
pub(super) use pushes::Pushed;
pub(super) use uploads::Entry;

/// A directory for what is worth remembering.
#[derive(Debug, Clone)]
pub struct Journal {
    uploads: PathBuf,
    pushes: PathBuf,
    hosts: PathBuf,
}

impl Journal {
    /// The journal in a directory, without what is too old to be of use.
    pub fn at(directory: &Path) -> Self {
        let [uploads, pushes, hosts] = ["uploads", "pushes", "hosts"].map(|name| directory.join(name));
        let journal = Self { uploads, pushes, hosts };
        if let Err(error) = uploads::expire(&journal.uploads, SystemTime::now()) {
            tracing::debug!("{}: {error}", journal.uploads.display());
        }
        journal
    }
}

/// Options for files that only the user reads.
#[cfg(unix)]
fn private() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::File::options();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> fs::OpenOptions {
    fs::File::options()
}

#[cfg(unix)]
fn create_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
