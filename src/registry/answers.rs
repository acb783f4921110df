//! What is made of a registry's answers: their bodies, and errors for those that are a no or make no sense.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use reqwest::header::RETRY_AFTER;
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::address::{Address, AddressError};
use super::auth::{self, Challenge};
use super::call::{Answered, Call, Payload};
use super::caller::Caller;
use super::error::{Answer, Error, NoToken, Nonsense};
use super::rate_limit::RateLimit;
use super::trouble::Trouble;
use super::verdict::retry_after;

/// The most that is read of an answer that is not content.
const MAX_ANSWER: usize = 1024 * 1024;

impl Caller {
    /// The error for an answer that is a no.
    pub async fn refused(&self, response: Response, call: &Call<'_>) -> Error {
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|text| retry_after(text, SystemTime::now()));
        let limit = RateLimit::of(response.headers());
        let strange = Challenge::strange(response.headers());
        let body = match call.method == Method::HEAD && says_more_to_get(status) {
            true => self.words(call, status).await,
            false => self.read(response, MAX_ANSWER, &call.doing).await.unwrap_or_default(),
        };
        let mut answer = Answer::read(status, after, &body);
        if status == StatusCode::TOO_MANY_REQUESTS {
            (answer.limit, answer.anonymous) = (limit, self.authority.account().is_none());
        }
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            answer.shortfall = self.authority.shortfall(&call.scopes);
        }
        if status == StatusCode::UNAUTHORIZED && answer.shortfall.is_none() {
            // C-12: a HEAD has no words.
            answer = answer.or_words(|| match (strange, self.authority.account()) {
                (Some(schemes), _) => {
                    format!("the registry wants a login of a kind that rpush does not know: {schemes}")
                }
                (None, Some(account)) => format!("the registry does not accept the credentials of {account}"),
                (None, None) => "the registry wants an account, and none is known for it".to_owned(),
            });
        }
        Error::Refused { doing: call.doing.clone(), host: self.host.clone(), answer }
    }

    /// The words of a no to a HEAD, which comes without (C-12): the same is asked with a GET.
    async fn words(&self, call: &Call<'_>, status: StatusCode) -> Bytes {
        let get = Call {
            method: Method::GET,
            to: call.to.clone(),
            headers: call.headers.clone(),
            body: Payload::Nothing,
            scopes: call.scopes.clone(),
            answer: Answered::Soon,
            over: call.over,
            doing: call.doing.clone(),
        };
        match self.follow(&get).await {
            Ok((response, _)) if response.status() == status => {
                self.read(response, MAX_ANSWER, &call.doing).await.unwrap_or_default()
            }
            _ => Bytes::new(),
        }
    }

    pub fn no_token(&self, call: &Call<'_>, error: Arc<auth::Error>) -> Error {
        Error::Token { doing: call.doing.clone(), error: NoToken(error) }
    }

    /// An address that the registry gave, with a note when it was not quite right.
    pub fn accept(&self, address: Result<Address, AddressError>, call: &Call<'_>) -> Result<Url, Error> {
        let Address { url, note } = address.map_err(|error| self.nonsense(call, error))?;
        if let Some(note) = note {
            self.notes.tell(note);
        }
        Ok(url)
    }

    /// The error for an answer that breaks the rules.
    pub fn nonsense(&self, call: &Call<'_>, what: impl ToString) -> Error {
        Error::Nonsense { doing: call.doing.clone(), nonsense: Nonsense(what.to_string()) }
    }

    /// The error for an address that is not gone to.
    pub fn misled(&self, call: &Call<'_>, error: AddressError) -> Error {
        match error {
            AddressError::Downgrade(_) => Error::Misled {
                doing: call.doing.clone(),
                host: self.host.clone(),
                nonsense: Nonsense(error.to_string()),
            },
            other => self.nonsense(call, other),
        }
    }

    /// The body of an answer that is no content, up to a limit; the rest is not read. It has as long as anybody has patience,
    /// because one that comes byte by byte never stalls.
    pub async fn read(&self, response: Response, limit: usize, doing: &str) -> Result<Bytes, Error> {
        let patience = self.endurance.patience;
        match tokio::time::timeout(patience, self.read_up_to(response, limit, doing)).await {
            Ok(read) => read,
            Err(_) => Err(self.broken(Trouble::Dragging(patience), doing)),
        }
    }

    async fn read_up_to(&self, response: Response, limit: usize, doing: &str) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = self.next_chunk(&mut stream, doing).await? {
            let room = limit - all.len();
            all.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if all.len() == limit {
                break;
            }
        }
        Ok(all.freeze())
    }

    /// What comes next of an answer. A connection on which nothing comes is as bad as one that has ended.
    pub async fn next_chunk(
        &self,
        stream: &mut (impl Stream<Item = reqwest::Result<Bytes>> + Unpin),
        doing: &str,
    ) -> Result<Option<Bytes>, Error> {
        match tokio::time::timeout(self.endurance.stall, stream.next()).await {
            Ok(chunk) => chunk.transpose().map_err(|error| self.broken(Trouble::of(&error), doing)),
            Err(_) => Err(self.broken(Trouble::Stalled(self.endurance.stall), doing)),
        }
    }

    /// The error for a connection that broke while an answer was read.
    pub fn broken(&self, trouble: Trouble, doing: &str) -> Error {
        let (registry, host) = (self.host.clone(), self.host.clone());
        Error::Unreachable { doing: doing.to_owned(), registry, host, trouble }
    }
}

/// Whether a no is worth another question. A 401 and a 404 say enough, and who says that it is too much is not asked again.
fn says_more_to_get(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status.as_u16(), 401 | 404 | 407 | 408 | 425 | 429)
}
