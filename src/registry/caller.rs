//! Sending requests: with the right credentials, to the right place, again where that helps.
//!
//! Redirects are followed here and not by the HTTP client, because the credentials must stay behind when the origin changes
//! (C-06).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, HeaderValue, LOCATION};
use reqwest::{Body, Method, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use super::address::{self, Downgrade};
use super::auth::ScopeSet;
use super::authority::{Authority, Refused};
use super::call::{Answered, Call, Connections, Payload, Target};
use super::endurance::Endurance;
use super::error::Error;
use super::note::{Note, Notes};
use super::outflow::{Outflow, Pulse};
use super::pace::{Pace, Turn};
use super::portions::Portions;
use super::rate_limit::RateLimit;
use super::sessions::Loose;
use super::transport::{Route, Transport};
use super::trouble::Trouble;
use super::verdict::{Acquaintance, Budget, Outcome, Verdict, verdict};
use crate::content::{self, Meter, Signal};
use crate::credentials::Secret;
use crate::image::Host;

/// Requests to one registry that may be under way at once, bodies of blobs aside: those have their own limit, in the engine.
const CONCURRENT_REQUESTS: usize = 32;

/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 10;

/// What a request holds while it is under way.
enum Held<'a> {
    Nothing,
    Permit(#[expect(dead_code, reason = "it is given back when it is dropped")] SemaphorePermit<'a>),
    Turn(#[expect(dead_code, reason = "it ends when it is dropped")] Turn),
}

/// What a registry says to a credential that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// It asks nobody for anything, and has not looked at the credential.
    Open,
    /// The account is right; perhaps with a token to keep in the password's place.
    Account(Option<Secret>),
}

/// Sends requests to one registry.
pub(super) struct Caller {
    pub host: Host,
    transport: Transport,
    pub authority: Authority,
    requests: Semaphore,
    /// Where to tell what will surprise.
    pub notes: Notes,
    /// Whether the registry may send us where there is no TLS.
    pub downgrade: Downgrade,
    /// How the registry takes blobs.
    pub portions: Portions,
    /// How fast it may be asked.
    pub pace: Arc<Pace>,
    /// The same for what it sends: how many bodies may come at the same time, when it says that it is too much.
    pub intake: Arc<Pace>,
    /// Uploads that nobody will go on with.
    pub loose: Loose,
    pub endurance: Endurance,
    known: AtomicBool,
    count: AtomicU64,
}

impl Caller {
    pub fn new(transport: Transport, authority: Authority, host: Host, endurance: Endurance) -> Self {
        let limit = endurance.journal.as_ref().and_then(|journal| journal.largest_body(&host));
        Self {
            portions: Portions::of(&host, limit),
            pace: Arc::default(),
            intake: Arc::default(),
            loose: Loose::default(),
            host,
            transport,
            authority,
            requests: Semaphore::new(CONCURRENT_REQUESTS),
            notes: Notes::default(),
            downgrade: Downgrade::Refused,
            endurance,
            known: AtomicBool::new(false),
            count: AtomicU64::new(0),
        }
    }

    /// A new budget for one piece.
    pub fn budget(&self) -> Budget {
        Budget::new(self.endurance.retries, self.endurance.patience)
    }

    /// How many requests were sent to the registry so far.
    pub fn requests_sent(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether all that was configured for the way can be read.
    pub fn check_configuration(&self) -> Result<(), content::Error> {
        self.transport.trust().map(drop)
    }

    pub async fn route(&self) -> Result<&Route, content::Error> {
        self.transport.route().await
    }

    /// Sends a request until there is an answer to read, and gives it whatever its status is.
    pub async fn send(&self, call: &Call<'_>, budget: &mut Budget, meter: Option<&Meter>) -> Result<Response, Error> {
        loop {
            match self.send_once(call).await {
                Ok(response) => return Ok(response),
                Err(error) => self.pause(error, budget, meter).await?,
            }
        }
    }

    /// The same, for a status that has to be one of these.
    pub async fn expect(&self, call: &Call<'_>, statuses: &[u16]) -> Result<Response, Error> {
        let response = self.send(call, &mut self.budget(), None).await?;
        match statuses.contains(&response.status().as_u16()) {
            true => Ok(response),
            false => Err(self.refused(response, call).await),
        }
    }

    /// Waits before another try, or gives the error back when there is none.
    pub async fn pause(&self, error: Error, budget: &mut Budget, meter: Option<&Meter>) -> Result<(), Error> {
        let (outcome, cause) = match &error {
            Error::Refused { answer, .. } => {
                (Outcome::Status(answer.status.as_u16(), answer.retry_after), answer.to_string())
            }
            Error::Unreachable { trouble, .. } => (Outcome::Trouble(trouble), trouble.to_string()),
            Error::Token { error: cause, .. } if cause.0.is_passing() => {
                (Outcome::Status(503, cause.0.retry_after()), cause.to_string())
            }
            _ => return Err(error),
        };
        let verdict = verdict(outcome, self.acquaintance());
        if let (Verdict::Retry(after), Error::Refused { answer, .. }) = (verdict, &error)
            && matches!(answer.status.as_u16(), 429 | 503)
        {
            self.pace.too_much(after.filter(|after| *after <= self.endurance.patience));
            self.intake.too_much(None);
        }
        let pause = match verdict {
            Verdict::Retry(after) => budget.spend(after),
            Verdict::RetryBriefly => budget.spend_briefly(),
            Verdict::Done | Verdict::Reauthenticate | Verdict::Fail => None,
        };
        let Some(after) = pause else { return Err(error) };
        tracing::debug!("{cause}; trying again in {after:?}");
        if let Some(meter) = meter {
            meter.signal(Signal::Retrying { after, cause });
        }
        tokio::time::sleep(after).await;
        Ok(())
    }

    /// Sends a request with the credentials that are known by now, and gives the first answer: a challenge, perhaps.
    pub async fn ask(&self, call: &Call<'_>) -> Result<Response, Error> {
        self.follow(call).await.map(|(response, _)| response)
    }

    /// Whether requests need not wait for the first one's answer, which says what the registry wants to know of who asks: there is
    /// nothing to say, or it is known what.
    pub async fn may_speak_freely(&self, scopes: &ScopeSet) -> bool {
        self.authority.account().is_none() || {
            let Ok(route) = self.route().await else { return false };
            matches!(self.authority.header(route, scopes).await, Ok(Some(_)))
        }
    }

    /// What the token server says that it granted, of the token for these scopes.
    pub async fn granted(&self, scopes: &ScopeSet) -> Option<ScopeSet> {
        self.authority.granted(self.route().await.ok()?, scopes).await
    }

    /// Sends a request once; once more when credentials were missing or have expired. An answer that asks to come back later is
    /// an error here, every other one is an answer.
    pub async fn send_once(&self, call: &Call<'_>) -> Result<Response, Error> {
        let (mut response, mut sent) = self.follow(call).await?;
        let route = self.route().await?;
        // Only the registry itself may ask for credentials, not a place that it sent us to (CVE-2020-15157).
        let is_home = response.url().origin() == route.base.origin();
        if is_home && self.verdict_of(&response) == Verdict::Reauthenticate {
            let refused = Refused { asked: response.url(), sent: sent.as_ref(), headers: response.headers() };
            let answered = self.authority.answer(route, refused, &call.scopes).await;
            if answered.map_err(|error| self.no_token(call, error))? {
                (response, sent) = self.follow(call).await?;
            }
        }
        if response.status() == StatusCode::FORBIDDEN
            && let Some(refused) = &sent
            && self.authority.renews(refused).await
        {
            (response, sent) = self.follow(call).await?;
        }
        let status = response.status();
        if let Some(taken) = sent.filter(|_| status.is_success() || status == StatusCode::NOT_FOUND) {
            self.authority.accepted(&taken).await;
        }
        match self.verdict_of(&response) {
            Verdict::Retry(_) => Err(self.refused(response, call).await),
            _ => Ok(response),
        }
    }

    fn verdict_of(&self, response: &Response) -> Verdict {
        verdict(Outcome::Status(response.status().as_u16(), None), self.acquaintance())
    }

    fn acquaintance(&self) -> Acquaintance {
        if self.known.load(Ordering::Relaxed) { Acquaintance::Known } else { Acquaintance::Unknown }
    }

    /// Sends a request and follows redirects of what only reads.
    pub async fn follow(&self, call: &Call<'_>) -> Result<(Response, Option<HeaderValue>), Error> {
        let route = match call.over {
            Connections::Any => self.route().await?,
            Connections::Fresh => self.transport.beside().await?,
        };
        let mut url = match &call.to {
            Target::Path(path) => route.address(path).map_err(|error| self.nonsense(call, error))?,
            Target::Address(url) => url.clone(),
        };
        for _ in 0..=MAX_REDIRECTS {
            let (response, sent) = self.hop(call, route, &url).await?;
            let redirects = response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match location {
                Some(location) if redirects && matches!(call.method, Method::GET | Method::HEAD) => {
                    let address = address::of_redirect(&self.host, &route.base, &url, location);
                    url = self.accept(address, call)?;
                }
                _ => return Ok((response, sent)),
            }
        }
        Err(self.nonsense(call, format!("more than {MAX_REDIRECTS} redirects")))
    }

    /// One request on the wire.
    async fn hop(&self, call: &Call<'_>, route: &Route, url: &Url) -> Result<(Response, Option<HeaderValue>), Error> {
        address::check(&route.base, url, self.downgrade).map_err(|error| self.misled(call, error))?;
        self.pace.ready().await;
        let (request, sent) = self.with_headers(call, route, url).await?;
        let pulse = Pulse::new();
        let (request, held) = self.with_body(request, call, &pulse).await?;
        self.count.fetch_add(1, Ordering::Relaxed);
        let shown = format!("{} {}://{}{}", call.method, url.scheme(), url.authority(), url.path());
        tracing::debug!("> {shown}");
        let Endurance { stall, patience, .. } = self.endurance;
        let answer = match call.answer {
            Answered::Soon => Some(stall),
            Answered::Patiently => Some(patience),
            Answered::Whenever => None,
        };
        let sending = async {
            tokio::select! {
                answered = request.send() => answered.map_err(Some),
                () = pulse.stopped(stall, answer) => Err(None),
            }
        };
        let begun = Instant::now();
        match sending.await {
            Ok(response) => {
                self.known.store(true, Ordering::Relaxed);
                if matches!(call.body, Payload::Nothing) {
                    self.portions.answered_after(begun.elapsed());
                }
                tracing::debug!("< {} {shown}", response.status());
                if url.origin() == route.base.origin() {
                    self.watch_limit(&response);
                }
                if matches!(held, Held::Turn(_)) && response.status().is_success() {
                    self.pace.came_through();
                }
                Ok((response, sent))
            }
            Err(error) => {
                let trouble = match &error {
                    Some(error) => route.trouble(error, url, self.acquaintance()).await,
                    None => Trouble::Stalled(stall),
                };
                tracing::debug!("< {trouble} {shown}");
                // A failure to read what is sent is no failure of the network.
                Err(match error.and_then(|error| content_error(&error)) {
                    Some(error) => Error::Content(error),
                    None => self.unreachable(call, self.host_at(route, url), trouble),
                })
            }
        }
    }

    fn unreachable(&self, call: &Call<'_>, host: Host, trouble: Trouble) -> Error {
        Error::Unreachable { doing: call.doing.clone(), registry: self.host.clone(), host, trouble }
    }

    /// The request with its headers, and the credentials among them, which only the registry itself gets.
    async fn with_headers(
        &self,
        call: &Call<'_>,
        route: &Route,
        url: &Url,
    ) -> Result<(reqwest::RequestBuilder, Option<HeaderValue>), Error> {
        let mut request = route.client(url)?.request(call.method.clone(), url.clone()).headers(call.headers.clone());
        let mut sent = None;
        if url.origin() == route.base.origin() {
            let header = self.authority.header(route, &call.scopes).await;
            sent = header.map_err(|error| self.no_token(call, error))?;
        }
        if let Some(value) = &sent {
            request = request.header(AUTHORIZATION, value);
        }
        if call.over == Connections::Fresh {
            request = request.header(CACHE_CONTROL, "no-cache");
        }
        Ok((request, sent))
    }

    /// Tells in time when the registry will soon allow no more.
    fn watch_limit(&self, response: &Response) {
        let Some(limit) = RateLimit::of(response.headers()).filter(RateLimit::is_low) else { return };
        let anonymous = self.authority.account().is_none();
        // What is used up is said by the refusal itself.
        if response.status() != StatusCode::TOO_MANY_REQUESTS {
            self.notes.tell(Note::RateLimit { host: self.host.clone(), limit, anonymous });
        }
    }

    /// The request with its body, and what it holds while it is under way.
    async fn with_body(
        &self,
        request: reqwest::RequestBuilder,
        call: &Call<'_>,
        pulse: &Pulse,
    ) -> Result<(reqwest::RequestBuilder, Held<'_>), Error> {
        let permit = async || self.requests.acquire().await.expect("nobody closes it");
        Ok(match &call.body {
            Payload::Part(flow, offset, length) => {
                let turn = self.pace.turn().await;
                (with_part(request, flow, *offset, *length, pulse).await?, Held::Turn(turn))
            }
            Payload::Filler(size) => (request.header(CONTENT_LENGTH, *size).body(filler(*size)), Held::Nothing),
            Payload::Announced(size) => {
                let never = futures_util::stream::pending::<Result<Bytes, std::convert::Infallible>>();
                (request.header(CONTENT_LENGTH, *size).body(Body::wrap_stream(never)), Held::Nothing)
            }
            Payload::Bytes(bytes) => {
                let request = request.header(CONTENT_LENGTH, bytes.len()).body(bytes.clone());
                (request, Held::Permit(permit().await))
            }
            Payload::Nothing => {
                let request = match call.method {
                    Method::POST | Method::PUT => request.header(CONTENT_LENGTH, 0),
                    _ => request,
                };
                (request, Held::Permit(permit().await))
            }
        })
    }

    /// Whose address it is: a storage's trouble is not the registry's.
    fn host_at(&self, route: &Route, url: &Url) -> Host {
        let other = || url[url::Position::BeforeHost..url::Position::AfterPort].parse().ok();
        if url.origin() == route.base.origin() { None } else { other() }.unwrap_or_else(|| self.host.clone())
    }

    /// What the registry wants of an account, once it has answered.
    pub async fn identity(&self) -> Result<Welcome, content::Error> {
        match self.authority.was_challenged() {
            false => Ok(Welcome::Open),
            true => Ok(Welcome::Account(self.authority.identity(self.route().await?).await)),
        }
    }
}

async fn with_part(
    request: reqwest::RequestBuilder,
    flow: &Outflow<'_>,
    offset: u64,
    length: u64,
    pulse: &Pulse,
) -> Result<reqwest::RequestBuilder, Error> {
    // A body of no bytes is no body: a stream would be sent in chunks.
    let body = match length {
        0 => Body::from(Bytes::new()),
        _ => Body::wrap_stream(flow.part(offset, length, pulse).await?),
    };
    Ok(request.header(CONTENT_LENGTH, length).body(body))
}

/// Finds the failure to read what was sent, when that is why sending failed.
fn content_error(error: &reqwest::Error) -> Option<content::Error> {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(found) = inner.downcast_ref::<content::Error>() {
            let copy = content::Error::new(found.class(), found.to_string());
            return Some(match found.advice() {
                Some(advice) => copy.advise(advice.clone()),
                None => copy,
            });
        }
        cause = inner.source();
    }
    None
}

/// So many bytes, of which only one piece is in memory.
fn filler(size: u64) -> Body {
    static PIECE: [u8; 64 * 1024] = [0; 64 * 1024];
    let pieces = futures_util::stream::unfold(size, |left| async move {
        let length = usize::try_from(left).unwrap_or(PIECE.len()).min(PIECE.len());
        let piece = Ok::<_, std::convert::Infallible>(Bytes::from_static(&PIECE[..length]));
        (length > 0).then_some((piece, left - length as u64))
    });
    Body::wrap_stream(pieces)
}
