//! From a body to a file: bytes are hashed on the way, and never more than two pieces of them are in memory.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::StatusCode;
use tokio::sync::watch;

use super::answer::Body;
use super::blocking;
use super::error::{Code, Fault, Refusal};
use crate::content::Error;
use crate::image::{Algorithm, Digest, Hasher};

/// The file that an upload grows in.
pub(super) struct Writer {
    pub(super) file: File,
    /// Of everything in the file; `None` when that is not known.
    pub(super) hasher: Option<Hasher>,
    pub(super) size: u64,
}

impl Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.size += bytes.len() as u64;
        Ok(())
    }
}

/// Takes a body into a file. While one piece is written the next one is received, and there are never more than these
/// two in memory. What came before a body broke off is kept: the first result is the file, the second how the body
/// ended.
pub(super) async fn receive(
    mut writer: Writer,
    body: &mut Body,
    turn: &mut watch::Receiver<u64>,
) -> (io::Result<Writer>, Result<(), Fault>) {
    let mut next = next_piece(body, turn).await;
    loop {
        let piece = match next {
            Ok(Some(piece)) => piece,
            Ok(None) => return (Ok(writer), Ok(())),
            Err(fault) => return (Ok(writer), Err(fault)),
        };
        let writing = blocking(move || writer.write(&piece).map(|()| writer));
        let (written, following) = tokio::join!(writing, next_piece(body, turn));
        writer = match written {
            Ok(writer) => writer,
            Err(error) => return (Err(error), Ok(())),
        };
        next = following;
    }
}

/// The next bytes of a body, `None` at its end.
async fn next_piece(body: &mut Body, turn: &mut watch::Receiver<u64>) -> Result<Option<Bytes>, Fault> {
    loop {
        let frame = tokio::select! {
            biased;
            _ = turn.changed() => return Err(superseded().into()),
            frame = body.frame() => frame,
        };
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(Fault::Gone(error)),
            // Trailers are of no interest.
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.into_data().ok().filter(|bytes| !bytes.is_empty()) {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

fn superseded() -> Refusal {
    Refusal::new(Code::BlobUploadInvalid, "another request continued this upload").with_status(StatusCode::CONFLICT)
}

/// The digest of a file that was not hashed while it was written.
pub(super) fn hash_file(path: &Path, algorithm: Algorithm) -> Result<Digest, Error> {
    let hash = || {
        let mut hasher = Hasher::new(algorithm);
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match io::Read::read(&mut file, &mut buffer)? {
                0 => return Ok(hasher.finish()),
                length => hasher.update(&buffer[..length]),
            }
        }
    };
    hash().map_err(|error| Error::io("cannot read", path, error))
}
