//! Refusals: what the registry answers when it does not do what it was asked, always as the specification's JSON
//! so that every client can say why.

use std::fmt;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer::{self, Body, BoxError};
use crate::content;

/// The error codes of the distribution specification, and the one that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    SizeInvalid,
    TooManyRequests,
    Unauthorized,
    Unsupported,
    /// The registry's own fault: a full disk, a damaged file. The table has no code for it; this is Docker's.
    Unknown,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Unsupported => "UNSUPPORTED",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The status that usually goes with the code.
    fn status(self) -> StatusCode {
        match self {
            Self::BlobUnknown | Self::BlobUploadUnknown | Self::ManifestUnknown | Self::NameUnknown => {
                StatusCode::NOT_FOUND
            }
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A request that is not done, and why. Boxed, because it is rare and every result would be as large.
#[derive(Debug)]
pub(super) struct Refusal(Box<Facts>);

#[derive(Debug)]
struct Facts {
    status: StatusCode,
    errors: Vec<Value>,
    headers: HeaderMap,
    /// The registry's own fault in full, for its operator; the client gets only the code.
    cause: Option<content::Error>,
}

impl Refusal {
    /// A refusal with the status that the code usually has.
    pub(super) fn new(code: Code, message: impl fmt::Display) -> Self {
        let facts = Facts { status: code.status(), errors: Vec::new(), headers: HeaderMap::new(), cause: None };
        Self(Box::new(facts)).and(code, message, Value::Null)
    }

    /// The same with another error: a manifest may miss several blobs.
    pub(super) fn and(mut self, code: Code, message: impl fmt::Display, detail: Value) -> Self {
        let error = json!({ "code": code.as_str(), "message": message.to_string() });
        self.0.errors.push(error);
        if detail.is_null() { self } else { self.detail(detail) }
    }

    /// The same with facts about the last error.
    pub(super) fn detail(mut self, detail: Value) -> Self {
        if let Some(error) = self.0.errors.last_mut() {
            error["detail"] = detail;
        }
        self
    }

    /// The same with another status.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// The same with a header.
    pub(super) fn with_header(mut self, name: HeaderName, value: impl fmt::Display) -> Self {
        if let Ok(value) = HeaderValue::try_from(value.to_string()) {
            self.0.headers.insert(name, value);
        }
        self
    }

    /// Whether it is the registry's own fault.
    pub(super) fn is_own_fault(&self) -> bool {
        self.0.cause.is_some()
    }

    /// The answer, and what the operator should know when it is the registry's own fault.
    pub(super) fn into_parts(self) -> (Response<Body>, Option<content::Error>) {
        let mut response = answer::json(self.0.status, &json!({ "errors": self.0.errors }));
        response.headers_mut().extend(self.0.headers);
        (response, self.0.cause)
    }

    /// The answer.
    #[cfg(test)]
    pub(super) fn into_response(self) -> Response<Body> {
        self.into_parts().0
    }
}

impl From<content::Error> for Refusal {
    fn from(cause: content::Error) -> Self {
        let is_full = matches!(cause.advice(), Some(content::Advice::FreeSpace(_)));
        let (status, message) = match is_full {
            true => (StatusCode::INSUFFICIENT_STORAGE, "the registry's disk is full"),
            false => (StatusCode::INTERNAL_SERVER_ERROR, "the registry could not use its disk"),
        };
        let mut refusal = Self::new(Code::Unknown, message).with_status(status);
        refusal.0.cause = Some(cause);
        refusal
    }
}

/// Why a request has no good end.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is answered with an error.
    Refused(Refusal),
    /// There is nobody left to answer: the request broke off within its body.
    Gone(BoxError),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<content::Error> for Fault {
    fn from(error: content::Error) -> Self {
        Refusal::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[test]
    fn the_status_follows_from_the_code() {
        for (code, status) in [
            (Code::BlobUnknown, 404),
            (Code::ManifestUnknown, 404),
            (Code::DigestInvalid, 400),
            (Code::ManifestBlobUnknown, 400),
            (Code::Unauthorized, 401),
        ] {
            assert_eq!(Refusal::new(code, "").into_response().status(), status, "{code:?}");
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_told_from_other_faults_and_no_path_leaves_the_machine() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = content::Error::io("cannot write", std::path::Path::new("/secret"), full);
        let (response, cause) = Refusal::from(error).into_parts();
        assert_eq!(response.status(), StatusCode::INSUFFICIENT_STORAGE);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
        assert!(cause.is_some_and(|cause| cause.to_string().contains("secret")));
    }
}
