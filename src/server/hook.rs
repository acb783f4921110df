//! Where tests reach into the registry: to see every request, and to have it answered, altered or broken off. The
//! faults themselves are built by the tests; nothing here makes one.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hyper::http::request::Parts;
use hyper::{Request, Response};

use super::answer::Body;

/// Sees every request before the registry does, authentication included.
pub trait Hook: Send + Sync {
    /// What is to become of a request. Called within the connection's task, so it must be quick; a verdict may wait.
    fn before(&self, request: &Parts) -> Verdict;
}

/// What becomes of a request.
pub enum Verdict {
    /// The registry answers.
    Continue,
    /// This is the answer; the body of the request stays unread.
    Answer(Response<Bytes>),
    /// The connection ends without an answer.
    Cut,
    /// The registry gets another request, or the client another answer. A body that fails ends the connection there.
    Alter {
        /// What the registry gets.
        request: Box<dyn FnOnce(Request<Body>) -> Request<Body> + Send>,
        /// What the client gets.
        response: Box<dyn FnOnce(Response<Body>) -> Response<Body> + Send>,
    },
    /// What becomes of it shows later.
    Wait(BoxFuture<'static, Verdict>),
}

impl Verdict {
    /// The registry answers, and the client gets what `response` makes of it.
    pub fn alter_response(response: impl FnOnce(Response<Body>) -> Response<Body> + Send + 'static) -> Self {
        Self::Alter { request: Box::new(|request| request), response: Box::new(response) }
    }

    /// The registry gets what `request` makes of the client's request.
    pub fn alter_request(request: impl FnOnce(Request<Body>) -> Request<Body> + Send + 'static) -> Self {
        Self::Alter { request: Box::new(request), response: Box::new(|response| response) }
    }
}
