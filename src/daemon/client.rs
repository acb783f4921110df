//! The requests to a daemon: what is this name, give it, take this.
//!
//! They go through reqwest, which rpush speaks to registries with: since 0.13 it connects to Unix sockets as well, so that
//! sockets and ports are one client here, and nothing is built by hand on hyper. Paths have no version of the API in them:
//! the daemon then takes its newest, and these three requests have been the same since Docker 1.10, and with Podman.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use reqwest::{Body, Client, RequestBuilder, Response, StatusCode, redirect};

use super::answer::{Inspected, Lines, MAX_ANSWER, failure_at_end, refusal, wants_tls};
use super::endpoint::Endpoint;
use super::error::{Error, Words};
use super::tls;
use crate::image::{DiffId, Digest};

/// How long a connection may take to come about: the daemon is on this machine, or near.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the answer to a question may take. An export is no question: Docker may prepare it for minutes.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be silent before the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// How much of the end of an export is looked at for words.
const TAIL: usize = 4 << 10;

/// A daemon.
#[derive(Debug, Clone)]
pub struct Daemon {
    client: Client,
    base: String,
    place: String,
    reach: Reach,
}

/// Where a daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// On this machine, where its paths may be ours.
    Here,
    /// Perhaps on another one.
    Anywhere,
}

/// An image that a daemon has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The digest of its config; of its manifest or index, where images are kept by containerd.
    pub id: Digest,
    /// Its layers, base first; none where the daemon does not tell them all.
    pub layers: Vec<DiffId>,
    /// Where its topmost layer lies, if that may be a path of this machine.
    pub(super) top: Option<PathBuf>,
}

impl Daemon {
    /// The daemon at this address. Nothing is sent yet.
    pub fn at(endpoint: &Endpoint) -> Result<Self, Error> {
        let place = endpoint.to_string();
        let builder = Client::builder()
            .user_agent(concat!("rpush/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            .redirect(redirect::Policy::none())
            // Daemons are in no proxy's reach, and proxies are for registries.
            .no_proxy()
            .http1_only();
        let reach = match endpoint {
            Endpoint::Socket(_) => Reach::Here,
            Endpoint::Tcp { .. } => Reach::Anywhere,
        };
        let (builder, base) = match endpoint {
            #[cfg(unix)]
            Endpoint::Socket(path) => (
                builder.unix_socket(path.as_path()).tls_backend_preconfigured(tls::none()),
                "http://localhost".to_owned(),
            ),
            #[cfg(not(unix))]
            Endpoint::Socket(_) => {
                let cause = io::Error::from(io::ErrorKind::Unsupported);
                return Err(Error::Unreached { place, cause: Box::new(cause) });
            }
            Endpoint::Tcp { authority, certificates: Some(directory) } => {
                (builder.tls_backend_preconfigured(tls::of_directory(directory)?), format!("https://{authority}"))
            }
            Endpoint::Tcp { authority, certificates: None } => {
                (builder.tls_backend_preconfigured(tls::none()), format!("http://{authority}"))
            }
        };
        match builder.build() {
            Ok(client) => Ok(Self { client, base, place, reach }),
            Err(cause) => Err(Error::Unreached { place, cause: Box::new(cause) }),
        }
    }

    /// The daemon's address, as Docker writes it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it is there and answers.
    pub async fn ping(&self) -> Result<(), Error> {
        let answer = self.send(self.client.get(format!("{}/_ping", self.base)).timeout(ANSWER_TIMEOUT)).await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(self.refused("reach", answer).await),
        }
    }

    /// What it has under a name, or under an id; `None` when that is nothing.
    pub async fn image(&self, name: &str) -> Result<Option<Image>, Error> {
        let request = self.client.get(format!("{}/images/{name}/json", self.base)).timeout(ANSWER_TIMEOUT);
        let answer = self.send(request).await?;
        let version = answer.headers().get("api-version").and_then(|value| value.to_str().ok()).map(str::to_owned);
        if !answer.status().is_success() {
            let is_absent = answer.status() == StatusCode::NOT_FOUND;
            return match self.refused("show", answer).await {
                Error::Refused { .. } if is_absent => Ok(None),
                error => Err(error),
            };
        }
        let body = self.body(answer).await?;
        let stranger = |_| Error::Stranger { place: self.place.clone() };
        let inspected: Inspected = serde_json::from_slice(&body).map_err(stranger)?;
        // Older Podmans leave out the algorithm. So did Docker, as long as ids were no digests.
        let is_old = version
            .as_deref()
            .and_then(|version| version.strip_prefix("1.")?.parse().ok())
            .is_some_and(|n: u32| n < 22);
        let layers = inspected.layers();
        let top = inspected.top().filter(|_| self.reach == Reach::Here);
        let id = inspected.id.parse().ok();
        let id = id.or_else(|| format!("sha256:{}", inspected.id).parse().ok().filter(|_| !is_old));
        id.map(|id| Some(Image { id, layers, top })).ok_or_else(|| Error::TooOld { place: self.place.clone(), version })
    }

    /// An image as an archive, by its name or id.
    pub async fn export(&self, name: &str) -> Result<Export, Error> {
        let answer = self.send(self.client.get(format!("{}/images/{name}/get", self.base))).await?;
        match answer.status() {
            status if status.is_success() => {
                Ok(Export { place: self.place.clone(), answer, tail: Vec::with_capacity(2 * TAIL) })
            }
            StatusCode::NOT_FOUND => match self.refused("export", answer).await {
                Error::Refused { .. } => Err(Error::NoImage { name: name.to_owned(), place: self.place.clone() }),
                error => Err(error),
            },
            _ => Err(self.refused("export", answer).await),
        }
    }

    /// Gives it an archive of images to keep, and what it says to that.
    pub async fn load(
        &self,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Vec<String>, Error> {
        let request = self.client.post(format!("{}/images/load?quiet=1", self.base));
        let request = request.header("content-type", "application/x-tar").body(Body::wrap_stream(archive));
        let mut answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(self.refused("load", answer).await);
        }
        let mut lines = Lines::default();
        while let Some(bytes) = answer.chunk().await.map_err(|error| self.failed(error))? {
            lines.take(&bytes);
        }
        lines.finish().map_err(|words| self.says("load", words))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let answer = request.send().await.map_err(|error| self.failed(error))?;
        tracing::debug!("{} answers {} to {}", self.place, answer.status(), answer.url().path());
        Ok(answer)
    }

    /// The body of an answer, as far as it is bearable.
    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(bytes) = answer.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + bytes.len() > MAX_ANSWER {
                return Err(Error::Stranger { place: self.place.clone() });
            }
            body.extend_from_slice(&bytes);
        }
        Ok(body)
    }

    /// Why a daemon said no. What does not say so in its way is none.
    async fn refused(&self, what: &'static str, answer: Response) -> Error {
        let body = match self.body(answer).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        let place = self.place.clone();
        match refusal(&body) {
            Some(words) => self.says(what, words),
            None if wants_tls(&body) => Error::WantsTls { place },
            None => Error::Stranger { place },
        }
    }

    fn says(&self, what: &'static str, words: String) -> Error {
        Error::Refused { place: self.place.clone(), what, words: Words(words) }
    }

    fn failed(&self, error: reqwest::Error) -> Error {
        trouble(&self.place, error)
    }
}

/// An archive that comes out of a daemon.
pub struct Export {
    place: String,
    answer: Response,
    tail: Vec<u8>,
}

impl Export {
    /// The next bytes, `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let bytes = self.answer.chunk().await.map_err(|error| trouble(&self.place, error))?;
        if let Some(bytes) = &bytes {
            self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        }
        Ok(bytes)
    }

    /// What the daemon wrote behind the archive, when it could not go on: it has begun to answer then, and has no status left to
    /// say so.
    pub fn failure(&self) -> Option<Error> {
        let words = Words(failure_at_end(&self.tail)?);
        Some(Error::Refused { place: self.place.clone(), what: "export", words })
    }
}

/// What it means that there was no answer, or no end of one.
fn trouble(place: &str, error: reqwest::Error) -> Error {
    let place = place.to_owned();
    let kind = io_kind(&error);
    let (is_timeout, is_connect) = (error.is_timeout(), error.is_connect());
    let cause = Box::new(error);
    match kind {
        Some(io::ErrorKind::PermissionDenied) if is_connect => Error::Denied { place, cause },
        Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) if is_connect => {
            Error::Absent { place, cause }
        }
        _ if is_timeout => Error::Silent { place },
        _ if is_connect => Error::Unreached { place, cause },
        _ => Error::Broken { place, cause },
    }
}

/// The kind of the first cause that is the system's.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}
