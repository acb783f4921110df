//! A request to a registry, before it is sent.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

use super::auth::ScopeSet;
use super::outflow::Outflow;

/// A request that can be sent more than once.
pub(super) struct Call<'a> {
    pub method: Method,
    pub to: Target,
    pub headers: HeaderMap,
    pub body: Payload<'a>,
    pub scopes: ScopeSet,
    pub answer: Answered,
    pub over: Connections,
    /// What it is for, in words that follow "cannot": `push layer 0123456789ab to localhost:5000/app`.
    pub doing: String,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A path in the registry's API, below `/v2/`.
    Path(String),
    /// An address that the registry gave.
    Address(Url),
}

/// What a request carries.
pub(super) enum Payload<'a> {
    Nothing,
    Bytes(Bytes),
    /// So many bytes of a blob, from an offset on.
    Part(&'a Outflow<'a>, u64, u64),
    /// So many bytes that mean nothing.
    Filler(u64),
    /// So many bytes that are announced and never sent: to hear what is said to that alone.
    Announced(u64),
}

/// Which connections a request may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connections {
    /// Any.
    Any,
    /// Others than those over which something came damaged; and no cache on the way is to answer.
    Fresh,
}

/// How long the answer may take, once the request has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// As long as nothing may move.
    Soon,
    /// As long as somebody has patience: the registry looks at everything that a manifest names.
    Patiently,
    /// As long as it takes: the registry moves and hashes the blob.
    Whenever,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, path: String, doing: String) -> Self {
        let (to, headers, body) = (Target::Path(path), HeaderMap::new(), Payload::Nothing);
        Self {
            method,
            to,
            headers,
            body,
            scopes: ScopeSet::default(),
            answer: Answered::Soon,
            over: Connections::Any,
            doing,
        }
    }
}
