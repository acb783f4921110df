//! A directory of blobs, each in a file named by its digest (image-layout.md): the store's, a foreign layout's, and that of
//! the registry in the box.
//!
//! A blob appears under its name at once and whole, or not at all: it is written to a staging file, hashed on the way,
//! flushed to the disk, and renamed (L-16). Whoever finds a file under a digest may therefore rely on it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tempfile::NamedTempFile;

use super::behind::Behind;
use super::partial::Partial;
use super::reading::stream_file;
use super::record::Record;
use super::{Assurance, Blob, ByteStream, Class, Error, Meter, ranges};
use crate::image::{Algorithm, Descriptor, Digest, Hasher, MAX_MANIFEST_SIZE};

/// How many chunks may wait for the disk.
const QUEUE: usize = 1;

/// How much is written at once. The kernel keeps what a call writes in as large a piece of memory as it finds, and in a virtual
/// machine that gives its free memory back to the host, large pieces are those that it has to fetch first: 120 MB took 0.04 s
/// in calls of 64 KiB, and 0.33 s in calls of 128 KiB or more. Elsewhere the difference is not to be seen.
pub(super) const PIECE: usize = 64 * 1024;

/// A directory of blobs.
#[derive(Debug, Clone)]
pub struct BlobDir {
    blobs: PathBuf,
    staging: PathBuf,
    record: Option<Record>,
}

impl BlobDir {
    /// The blobs of the layout at `root`, with its staging files in `staging` (on the same file system).
    pub fn new(root: &Path, staging: PathBuf) -> Self {
        Self { blobs: root.join("blobs"), staging, record: None }
    }

    /// The same, and what was hashed here is written down in a file, so that it need not be hashed again as long as nobody
    /// has written to it.
    pub fn recording(self, file: PathBuf) -> Self {
        let record = Some(Record::at(file, self.staging.clone()));
        Self { record, ..self }
    }

    /// Hashes everything again in this run, whatever is written down.
    pub fn doubt(&self) {
        self.record.iter().for_each(Record::doubt);
    }

    /// How far a blob may be sent unseen.
    pub fn assurance(&self, digest: &Digest) -> Assurance {
        let Some(record) = &self.record else { return Assurance::None };
        let path = self.path(digest);
        if record.vouches_for(digest, &path) {
            return Assurance::Verified;
        }
        let Some(before) = record.before_reading(&path) else { return Assurance::None };
        let (record, digest) = (record.clone(), *digest);
        Assurance::OnceRead(Box::new(move || record.write_down(&digest, &path, before)))
    }

    /// A blob has turned out damaged.
    pub fn distrust(&self, digest: &Digest) {
        self.record.iter().for_each(|record| record.strike(digest));
    }

    /// Forgets what was written down of blobs that are gone. To be called when nobody else brings anything in.
    pub fn forget_removed(&self) {
        let kept = self.record.as_ref().map(|record| record.keep(|digest| self.size(digest).is_some()));
        if let Some(Err(error)) = kept {
            tracing::debug!("what was hashed cannot be forgotten: {error}");
        }
    }

    /// Where a blob lies, or would lie.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(digest.algorithm().name()).join(digest.hex())
    }

    /// The directory for files that are not whole yet.
    pub fn staging(&self) -> &Path {
        &self.staging
    }

    /// Whether the blob is there with the right size. Its bytes were verified when they came.
    pub fn has(&self, descriptor: &Descriptor) -> bool {
        self.size(&descriptor.digest) == Some(descriptor.size)
    }

    /// The size of a blob, when it is there.
    pub fn size(&self, digest: &Digest) -> Option<u64> {
        fs::metadata(self.path(digest)).ok().filter(fs::Metadata::is_file).map(|file| file.len())
    }

    /// The bytes of a blob from an offset on. Not verified: that is [`Blob`]'s.
    pub async fn read(&self, digest: &Digest, offset: u64) -> Result<ByteStream, Error> {
        stream_file(&self.path(digest), offset).await
    }

    /// A small blob in memory, as it lies on the disk: a manifest, or a config. What is larger than any of those is refused,
    /// whoever put it there.
    pub fn read_small(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        let path = self.path(digest);
        let failed = |error| Error::io("cannot read", &path, error);
        let file = File::open(&path).map_err(failed)?;
        // Room for all of it, so that it comes in one piece. A size may lie, of a device for example.
        let size = file.metadata().map_err(failed)?.len().min(MAX_MANIFEST_SIZE);
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
        file.take(MAX_MANIFEST_SIZE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_MANIFEST_SIZE {
            let words =
                format!("{} is larger than the {MAX_MANIFEST_SIZE} bytes that are read at once", path.display());
            return Err(Error::new(Class::Failed, words));
        }
        Ok(bytes)
    }

    /// Stores a blob from another place, verified. The disk and the network wait for each other through a short queue, so
    /// memory stays at a few chunks whatever the size. What an earlier try left of a large blob is gone on with.
    pub async fn put(&self, blob: &Blob, meter: &Meter) -> Result<(), Error> {
        let descriptor = blob.descriptor();
        if self.has(descriptor) {
            return Ok(());
        }
        let (this, wanted) = (self.clone(), descriptor.bare());
        match blocking(move || this.receive(&wanted)).await? {
            Incoming::Temporary(file) => {
                let file = self.fill(file, blob.open().await?, meter).await?;
                let (this, digest) = (self.clone(), descriptor.digest);
                blocking(move || this.publish(file, &digest)).await
            }
            Incoming::Partial(partial) => self.complete(partial, blob, meter).await,
        }
    }

    async fn complete(&self, partial: Partial, blob: &Blob, meter: &Meter) -> Result<(), Error> {
        let digest = blob.descriptor().digest;
        let path = self.path(&digest);
        let partial = match ranges::fetch(blob, partial, meter).await {
            Ok(partial) => partial,
            Err((error, partial)) => {
                // What came of something damaged is not worth going on with; nor is what fills the disk.
                if matches!(error.class(), Class::Damaged | Class::Failed) {
                    partial.discard();
                }
                return Err(error);
            }
        };
        let this = self.clone();
        blocking(move || {
            let named =
                partial.finish().and_then(|(file, from)| name_file(&file, &path, |path| fs::rename(from, path)));
            named.map_err(|error| Error::io("cannot write", &path, error))?;
            this.was_written(&digest, &path);
            Ok(())
        })
        .await
    }

    fn receive(&self, wanted: &Descriptor) -> Result<Incoming, Error> {
        match Partial::open(&self.staging, wanted) {
            Ok(Some(partial)) => Ok(Incoming::Partial(partial)),
            // Where files cannot be locked, for example.
            Err(error) => {
                tracing::debug!("{}: {error}", self.staging.display());
                self.stage().map(Incoming::Temporary)
            }
            Ok(None) => self.stage().map(Incoming::Temporary),
        }
    }

    /// Writes what comes.
    async fn fill(&self, file: NamedTempFile, mut stream: ByteStream, meter: &Meter) -> Result<NamedTempFile, Error> {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(QUEUE);
        let (mut file, counted) = (file, meter.clone());
        counted.reset_to(0);
        let writing = tokio::task::spawn_blocking(move || -> io::Result<NamedTempFile> {
            while let Some(chunk) = receiver.blocking_recv() {
                chunk.chunks(PIECE).try_for_each(|piece| file.write_all(piece))?;
                counted.add(chunk.len() as u64);
            }
            Ok(file)
        });
        let streamed = loop {
            match stream.try_next().await {
                // A closed queue means that writing failed; the writer tells why.
                Ok(Some(chunk)) => {
                    if sender.send(chunk).await.is_err() {
                        break Ok(());
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        drop(sender);
        let written = writing.await.expect("the writer does not panic");
        let written = written.map_err(|error| Error::io("cannot write to", &self.staging, error));
        streamed.and(written)
    }

    /// Stores bytes that are in memory already, under their SHA-256 digest.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, Error> {
        let digest = Digest::of(bytes);
        self.put_verified(&digest, bytes)?;
        Ok(digest)
    }

    /// Stores bytes that are known to hash to `digest`.
    pub fn put_verified(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
        if self.size(digest) == Some(bytes.len() as u64) {
            return Ok(());
        }
        let mut file = self.stage()?;
        file.write_all(bytes).map_err(|error| Error::io("cannot write to", &self.staging, error))?;
        self.publish(file, digest)
    }

    /// A blob whose digest is known only when it has been written.
    pub fn create(&self, algorithm: Algorithm) -> Result<BlobWriter, Error> {
        let (file, hasher, behind) = (self.stage()?, Hasher::new(algorithm), Behind::default());
        Ok(BlobWriter { dir: self.clone(), file, hasher, size: 0, behind })
    }

    /// Removes a blob; one that is not there is fine. Gives the bytes that became free.
    pub fn remove(&self, digest: &Digest) -> Result<u64, Error> {
        let size = self.size(digest).unwrap_or_default();
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("cannot remove", &path, error)),
            _ => Ok(size),
        }
    }

    /// Every blob that is there. Files whose names are no digests are somebody else's (L-05).
    pub fn list(&self) -> Result<Vec<Digest>, Error> {
        let mut digests = Vec::new();
        for algorithm in Algorithm::ALL {
            let path = self.blobs.join(algorithm.name());
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(|error| Error::io("cannot list", &path, error))?,
            };
            for entry in entries {
                let name = entry.map_err(|error| Error::io("cannot list", &path, error))?.file_name();
                let text = name.to_str().map(|name| format!("{}:{name}", algorithm.name()));
                digests.extend(text.and_then(|text| text.parse::<Digest>().ok()));
            }
        }
        Ok(digests)
    }

    fn stage(&self) -> Result<NamedTempFile, Error> {
        let stage = || {
            fs::create_dir_all(&self.staging)?;
            tempfile::Builder::new().prefix("blob-").tempfile_in(&self.staging)
        };
        stage().map_err(|error| Error::io("cannot write to", &self.staging, error))
    }

    /// Takes a file on the same file system that is whole and was hashed to `digest` while it was written: the registry's
    /// uploads, which outlive the requests that bring them.
    pub fn adopt(&self, file: &Path, digest: &Digest) -> Result<(), Error> {
        let open = || Ok((File::options().write(true).open(file)?, fs::metadata(file)?.len()));
        let (opened, size) = open().map_err(|error| Error::io("cannot read", file, error))?;
        if self.size(digest) == Some(size) {
            return fs::remove_file(file).map_err(|error| Error::io("cannot remove", file, error));
        }
        let path = self.path(digest);
        let named = name_file(&opened, &path, |path| fs::rename(file, path));
        named.map_err(|error| Error::io("cannot write", &path, error))
    }

    fn publish(&self, file: NamedTempFile, digest: &Digest) -> Result<(), Error> {
        let path = self.path(digest);
        publish_file(file, &path).map_err(|error| Error::io("cannot write", &path, error))?;
        self.was_written(digest, &path);
        Ok(())
    }

    fn was_written(&self, digest: &Digest, path: &Path) {
        self.record.iter().for_each(|record| record.was_written(digest, path));
    }
}

/// A blob on its way in.
enum Incoming {
    /// It goes when this does.
    Temporary(NamedTempFile),
    /// It stays for the next try.
    Partial(Partial),
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("work on files does not panic")
}

/// Puts a temporary file in its place: at once for everybody, and durably.
pub fn publish_file(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let (opened, staged) = file.into_parts();
    name_file(&opened, path, |path| staged.persist(path).map_err(|error| error.error))
}

/// The same where nothing is in that place yet, and else an error.
pub fn publish_new_file(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let (opened, staged) = file.into_parts();
    name_file(&opened, path, |path| staged.persist_noclobber(path).map_err(|error| error.error))
}

/// Gives a file its name, durably: its bytes first, then the name.
fn name_file(file: &File, path: &Path, rename: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let directory = path.parent().expect("a file lies in a directory");
    share(file)?;
    file.sync_all()?;
    fs::create_dir_all(directory)?;
    rename(path)?;
    sync_directory(directory)
}

/// Temporary files are private; blobs are as readable as other files, so that other tools and accounts can read a layout.
#[cfg(unix)]
fn share(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &File) -> io::Result<()> {
    Ok(())
}

/// Makes a rename within a directory durable. Only Unix has directories that can be flushed.
#[cfg(unix)]
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a rename within a directory durable. Only Unix has directories that can be flushed.
#[cfg(not(unix))]
pub fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A blob that is being written; dropped unfinished, it leaves nothing.
pub struct BlobWriter {
    dir: BlobDir,
    file: NamedTempFile,
    hasher: Hasher,
    size: u64,
    behind: Behind,
}

impl BlobWriter {
    /// Gives the blob its name. Returns digest and size.
    pub fn finish(self) -> Result<(Digest, u64), Error> {
        let digest = self.hasher.finish();
        if self.dir.size(&digest) != Some(self.size) {
            self.behind.finish().map_err(|error| Error::io("cannot write to", self.dir.staging(), error))?;
            self.dir.publish(self.file, &digest)?;
        }
        Ok((digest, self.size))
    }

    /// Gives the blob its name, when that is `expected`.
    pub fn finish_as(self, expected: &Digest) -> Result<u64, Error> {
        let found = self.hasher.clone().finish();
        if found != *expected {
            return Err(Error::new(Class::Damaged, format!("{expected} is damaged: its bytes hash to {found}")));
        }
        self.finish().map(|(_, size)| size)
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(&bytes[..bytes.len().min(PIECE)])?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        self.behind.wrote(written, self.file.as_file());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests;
