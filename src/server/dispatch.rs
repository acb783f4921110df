//! From a request to its answer: who is it, what is asked, who does it.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_RANGE, EXPECT, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use super::answer::{self, Body, BoxError};
use super::auth::Accounts;
use super::error::{Code, Fault, Refusal};
use super::manifests::Incoming;
use super::route::{Route, route};
use super::storage::Storage;
use super::uploads::{Chunk, Upload, Uploads};
use super::{Mode, Sparse, blobs, manifests, referrers, tags};
use crate::content::Error;

/// How much of a body is read only to throw it away: a client that is still sending does not see an answer that comes
/// with a closed connection.
const DRAINED: u64 = 16 * 1024 * 1024;

/// A registry, without its network.
pub(super) struct Registry {
    pub(super) storage: Arc<Storage>,
    pub(super) uploads: Uploads,
    pub(super) accounts: Option<Accounts>,
    pub(super) mode: Mode,
    pub(super) sparse: Sparse,
}

/// An answer, and what its operator should know.
pub(super) struct Answered {
    pub(super) response: Response<Body>,
    pub(super) user: Option<String>,
    pub(super) fault: Option<Error>,
}

impl Registry {
    /// Answers a request; fails when it broke off and nobody waits for an answer.
    pub(super) async fn answer(&self, head: &Parts, body: &mut Body) -> Result<Answered, BoxError> {
        let user = match &self.accounts {
            None => Ok(None),
            Some(accounts) => accounts.admit(&head.headers).await.map(Some),
        };
        let (result, user) = match user {
            Ok(user) => (self.perform(head, body).await, user),
            Err(refusal) => (Err(refusal.into()), None),
        };
        match result {
            Ok(response) => Ok(Answered { response, user, fault: None }),
            Err(Fault::Gone(error)) => Err(error),
            Err(Fault::Refused(refusal)) => {
                drain(head, body).await?;
                let (response, fault) = refusal.into_parts();
                Ok(Answered { response, user, fault })
            }
        }
    }

    async fn perform(&self, head: &Parts, body: &mut Body) -> Result<Response<Body>, Fault> {
        let (method, headers) = (&head.method, &head.headers);
        let is_head = method == Method::HEAD;
        if self.mode == Mode::ReadOnly && !is_head && method != Method::GET {
            let refusal = Refusal::new(Code::Unsupported, "this registry is read-only").with_header(ALLOW, "GET, HEAD");
            return Err(refusal.with_status(StatusCode::METHOD_NOT_ALLOWED).into());
        }
        match route(method, head.uri.path(), head.uri.query().unwrap_or_default())? {
            Route::Ping => Ok(answer::json(StatusCode::OK, &json!({}))),
            Route::Catalog(page) => tags::catalog(self, page).await,
            Route::ListTags(name, page) => tags::list(self, name, page).await,
            Route::ListReferrers { name, subject, artifact_type, page } => {
                referrers::list(self, name, subject, artifact_type, page).await
            }
            Route::ReadBlob(name, digest) => blobs::read(self, name, digest, headers, is_head).await,
            Route::DeleteBlob(name, digest) => blobs::delete(self, name, digest).await,
            Route::StartUpload(name, start) => blobs::start(self, name, start, chunk(headers), body).await,
            Route::ReadUpload(name, id) => blobs::status(self, Upload { name, id }).await,
            Route::WriteUpload(name, id) => blobs::write(self, Upload { name, id }, chunk(headers), body).await,
            Route::FinishUpload(name, id, digest) => {
                blobs::finish(self, Upload { name, id }, chunk(headers), body, digest).await
            }
            Route::CancelUpload(name, id) => blobs::cancel(self, Upload { name, id }).await,
            Route::ReadManifest(name, pointer) => manifests::read(self, name, pointer, headers, is_head).await,
            Route::WriteManifest { name, digest, tags } => {
                manifests::write(self, Incoming { name, digest, tags }, headers, body).await
            }
            Route::DeleteManifest(name, pointer) => manifests::delete(self, name, pointer).await,
        }
    }
}

fn chunk(headers: &HeaderMap) -> Chunk {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Chunk { range: text(CONTENT_RANGE), length: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()) }
}

/// Reads what is left of a body that nobody wants, as far as that is sensible. Who asked before sending is simply
/// told no.
async fn drain(head: &Parts, body: &mut Body) -> Result<(), BoxError> {
    let mut drained = 0;
    while drained < DRAINED && !head.headers.contains_key(EXPECT) {
        match body.frame().await.transpose()? {
            Some(frame) => drained += frame.data_ref().map_or(0, |data| data.len() as u64),
            None => break,
        }
    }
    Ok(())
}
