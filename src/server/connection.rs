//! One connection: requests come off it, answers go onto it, and whoever watches is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::{self, Body, BoxError};
use super::dispatch::{Answered, Registry};
use super::hook::{Hook, Verdict};
use crate::content::Error;

/// How much of a body is buffered for each connection. hyper's own choice is three times that, and connections are
/// many.
const BUFFER: usize = 128 * 1024;

/// A request that was answered, or not.
#[derive(Debug)]
pub struct Served {
    /// The method.
    pub method: Method,
    /// Path and query as they came.
    pub target: String,
    /// The account, when the registry has accounts.
    pub user: Option<String>,
    /// The status of the answer; `None` when the request broke off.
    pub status: Option<StatusCode>,
    /// How long the answer took, without the time for its body.
    pub took: Duration,
    /// The registry's own fault, when it was that.
    pub fault: Option<Error>,
}

/// Is told of every request.
pub trait Observer: Send + Sync {
    /// Takes note of a request. Called between requests, so it must be quick.
    fn served(&self, request: &Served);
}

/// Everything that connections share.
pub(super) struct Shared {
    pub(super) registry: Registry,
    /// How long a connection may take until it has sent the head of its next request.
    pub(super) next_request: Duration,
    pub(super) observer: Option<Arc<dyn Observer>>,
    pub(super) hook: Option<Arc<dyn Hook>>,
}

type Service = BoxFuture<'static, Result<Response<Body>, BoxError>>;

/// A connection that can be told to finish what it does and close.
pub(super) fn connection<S>(
    stream: S,
    shared: Arc<Shared>,
) -> http1::Connection<TokioIo<S>, impl HttpService<Incoming, ResBody = Body, Error = BoxError, Future = Service>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let next_request = shared.next_request;
    let service = service_fn(move |request: Request<Incoming>| -> Service {
        let shared = shared.clone();
        let request = request.map(|body| body.map_err(BoxError::from).boxed_unsync());
        // In a task of its own, because a connection that ends drops what it waits for, and nothing may end half-way
        // between two writes to the disk.
        let answer = tokio::spawn(async move { shared.serve(request).await });
        Box::pin(async move { answer.await? })
    });
    http1::Builder::new()
        .max_buf_size(BUFFER)
        .timer(TokioTimer::new())
        // hyper's clock runs from the end of the answer before, so that this bounds idleness too.
        .header_read_timeout(next_request)
        .serve_connection(TokioIo::new(stream), service)
}

impl Shared {
    async fn serve(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let started = Instant::now();
        let method = request.method().clone();
        let target = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let answered = self.judge(request).await;
        let (result, status, user, fault) = match answered {
            Ok(Answered { response, user, fault }) => {
                let status = response.status();
                (Ok(response), Some(status), user, fault)
            }
            Err(error) => (Err(error), None, None, None),
        };
        if let Some(observer) = &self.observer {
            observer.served(&Served { method, target, user, status, took: started.elapsed(), fault });
        }
        result.map(|mut response| {
            let version = HeaderName::from_static("docker-distribution-api-version");
            response.headers_mut().insert(version, HeaderValue::from_static("registry/2.0"));
            response
        })
    }

    async fn judge(&self, request: Request<Body>) -> Result<Answered, BoxError> {
        let (head, body) = request.into_parts();
        let mut verdict = self.hook.as_ref().map_or(Verdict::Continue, |hook| hook.before(&head));
        while let Verdict::Wait(later) = verdict {
            verdict = later.await;
        }
        let request = Request::from_parts(head, body);
        match verdict {
            Verdict::Continue | Verdict::Wait(_) => self.answer(request).await,
            Verdict::Cut => Err("cut by the hook".into()),
            Verdict::Answer(response) => {
                let response = response.map(|bytes: Bytes| answer::body(bytes));
                Ok(Answered { response, user: None, fault: None })
            }
            Verdict::Alter { request: alter, response } => {
                let answered = self.answer(alter(request)).await?;
                Ok(Answered { response: response(answered.response), ..answered })
            }
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<Answered, BoxError> {
        let (head, mut body) = request.into_parts();
        self.registry.answer(&head, &mut body).await
    }
}
