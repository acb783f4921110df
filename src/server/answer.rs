//! Answers: the few shapes that every response of the registry has.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// Whatever a body may fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The body of a request or a response.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// The header that says the digest of what is answered.
pub(super) const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A body of bytes that are in memory.
pub fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(body(Bytes::new()));
    *response.status_mut() = status;
    // 204 has no length by definition (RFC 9110, 8.6).
    if status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    response
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    typed(status, "application/json", serde_json::to_vec(value).expect("maps with text keys are valid JSON"))
}

/// An answer of bytes with their type.
pub(super) fn typed(status: StatusCode, media_type: impl fmt::Display, bytes: impl Into<Bytes>) -> Response<Body> {
    let bytes = bytes.into();
    let length = bytes.len();
    let mut response = Response::new(body(bytes));
    *response.status_mut() = status;
    response.with(CONTENT_TYPE, media_type).with(CONTENT_LENGTH, length)
}

/// Headers added in one expression.
pub(super) trait With {
    /// The same with a header. A value that cannot be one is left out.
    fn with(self, name: HeaderName, value: impl fmt::Display) -> Self;
}

impl With for Response<Body> {
    fn with(mut self, name: HeaderName, value: impl fmt::Display) -> Self {
        if let Ok(value) = HeaderValue::try_from(value.to_string()) {
            self.headers_mut().append(name, value);
        }
        self
    }
}
