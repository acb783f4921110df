//! Blobs: reading them, whole or in part, bringing them (R-04..R-10) and taking them out of a repository
//!

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::path::Path;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, IF_RANGE, LOCATION, RANGE,
};
use hyper::{Response, StatusCode};
use serde_json::json;

use super::answer::{self, Body, BoxError, DOCKER_CONTENT_DIGEST, With as _};
use super::error::{Code, Fault, Refusal};
use super::range::{self, Wanted};
use super::route::Start;
use super::uploads::{Chunk, Upload, taken};
use super::{Registry, blocking, conditions};
use crate::content::Error;
use crate::image::{Digest, RepositoryName};

/// How much of a file is read at once. A reader has two pieces in memory, and there may be many readers.
const PIECE: u64 = 128 * 1024;

type Answer = Result<Response<Body>, Fault>;

/// GET and HEAD of a blob.
pub(super) async fn read(
    registry: &Registry,
    name: RepositoryName,
    digest: Digest,
    headers: &HeaderMap,
    is_head: bool,
) -> Answer {
    let storage = registry.storage.clone();
    let found = blocking(move || (storage.blob_size(&name, &digest), storage.blob_path(&digest))).await;
    let (Some(size), path) = found else { return Err(unknown(&digest).into()) };
    let tagged = |response: Response<Body>| {
        response.with(DOCKER_CONTENT_DIGEST, digest).with(ETAG, format!("\"{digest}\"")).with(ACCEPT_RANGES, "bytes")
    };
    if conditions::is_unchanged(headers, &digest) {
        return Ok(tagged(answer::empty(StatusCode::NOT_MODIFIED)));
    }
    let range = match is_head {
        true => None,
        false => part(headers, &digest, size)?,
    };
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let (start, length) = range.as_ref().map_or((0, size), |range| (*range.start(), range.end() - range.start() + 1));
    let body = match is_head {
        true => answer::body(Bytes::new()),
        // Removed since it was looked for, or a fault of the disk.
        false => open(&path, start, length).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Fault::from(unknown(&digest)),
            _ => Error::io("cannot read", &path, error).into(),
        })?,
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let response = tagged(response).with(CONTENT_TYPE, "application/octet-stream").with(CONTENT_LENGTH, length);
    Ok(match range {
        Some(range) => response.with(CONTENT_RANGE, content_range(&range, size)),
        None => response,
    })
}

/// The part of a blob that a request wants, `None` for all of it.
fn part(headers: &HeaderMap, digest: &Digest, size: u64) -> Result<Option<RangeInclusive<u64>>, Refusal> {
    let header = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let Some(header) = header.filter(|_| conditions::allows_range(headers.get(IF_RANGE), digest)) else {
        return Ok(None);
    };
    match range::wanted(header, size) {
        Wanted::Whole => Ok(None),
        Wanted::Part(range) => Ok(Some(range)),
        Wanted::Unsatisfiable => Err(Refusal::new(Code::SizeInvalid, "the blob has no such range")
            .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
            .with_header(CONTENT_RANGE, format!("bytes */{size}"))),
    }
}

/// DELETE of a blob.
pub(super) async fn delete(registry: &Registry, name: RepositoryName, digest: Digest) -> Answer {
    let storage = registry.storage.clone();
    match blocking(move || storage.unlink(&name, &digest)).await? {
        true => Ok(answer::empty(StatusCode::ACCEPTED)),
        false => Err(unknown(&digest).into()),
    }
}

/// POST: the beginning of an upload, or all of it, or a mount instead of it.
pub(super) async fn start(
    registry: &Registry,
    name: RepositoryName,
    start: Start,
    chunk: Chunk,
    body: &mut Body,
) -> Answer {
    let algorithm = match start {
        Start::Session(algorithm) => algorithm,
        Start::Whole(digest) => {
            let upload = registry.uploads.start(&name, digest.algorithm()).await?;
            let finished = registry.uploads.finish(&upload, &chunk, body, digest).await;
            if finished.is_err() {
                // Nobody knows the name of this upload, so nobody can go on with it.
                let _ = registry.uploads.cancel(&upload).await;
            }
            return finished.map(|()| created(&name, &digest));
        }
        Start::Mount { digest, from } => {
            let (storage, target) = (registry.storage.clone(), name.clone());
            if blocking(move || storage.mount(&target, &digest, from.as_ref())).await? {
                return Ok(created(&name, &digest));
            }
            digest.algorithm()
        }
    };
    let upload = registry.uploads.start(&name, algorithm).await?;
    Ok(progress(StatusCode::ACCEPTED, &upload, 0))
}

/// GET of an upload.
pub(super) async fn status(registry: &Registry, upload: Upload) -> Answer {
    let size = registry.uploads.size(&upload).await?;
    Ok(progress(StatusCode::NO_CONTENT, &upload, size))
}

/// PATCH: the next bytes.
pub(super) async fn write(registry: &Registry, upload: Upload, chunk: Chunk, body: &mut Body) -> Answer {
    let size = registry.uploads.write(&upload, &chunk, body).await?;
    Ok(progress(StatusCode::ACCEPTED, &upload, size))
}

/// PUT: the last bytes and the digest.
pub(super) async fn finish(
    registry: &Registry,
    upload: Upload,
    chunk: Chunk,
    body: &mut Body,
    digest: Digest,
) -> Answer {
    registry.uploads.finish(&upload, &chunk, body, digest).await?;
    Ok(created(&upload.name, &digest))
}

/// DELETE of an upload.
pub(super) async fn cancel(registry: &Registry, upload: Upload) -> Answer {
    registry.uploads.cancel(&upload).await?;
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

fn progress(status: StatusCode, upload: &Upload, size: u64) -> Response<Body> {
    let response = answer::empty(status).with(LOCATION, upload.location()).with(RANGE, taken(size));
    response.with(hyper::header::HeaderName::from_static("docker-upload-uuid"), upload.id.as_str())
}

fn created(name: &RepositoryName, digest: &Digest) -> Response<Body> {
    let response = answer::empty(StatusCode::CREATED).with(LOCATION, format!("/v2/{name}/blobs/{digest}"));
    response.with(DOCKER_CONTENT_DIGEST, digest)
}

fn unknown(digest: &Digest) -> Refusal {
    Refusal::new(Code::BlobUnknown, "the repository has no such blob").detail(json!({ "digest": digest }))
}

fn content_range(range: &RangeInclusive<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start(), range.end())
}

/// A part of a file as a body. The next piece is read when the one before it has been taken.
async fn open(path: &Path, start: u64, length: u64) -> io::Result<Body> {
    let path = path.to_owned();
    let file = blocking(move || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        Ok::<_, io::Error>(file)
    })
    .await?;
    let pieces = stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        blocking(move || {
            let mut piece = vec![0; usize::try_from(left.min(PIECE)).expect("a piece fits into memory")];
            file.read_exact(&mut piece)?;
            let left = left - piece.len() as u64;
            Ok(Some((Frame::data(Bytes::from(piece)), (file, left))))
        })
        .await
        .map_err(|error: io::Error| BoxError::from(error))
    });
    Ok(StreamBody::new(pieces).boxed_unsync())
}
