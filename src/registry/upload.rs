//! Putting a blob into a repository: open a session, send the bytes, and if that fails, find out what the registry has before
//! sending them again.

use std::collections::HashMap;
use std::sync::Mutex;

use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Response};
use url::Url;

use super::address::{self, Address};
use super::auth::Scope;
use super::caller::{Call, Payload, Target};
use super::error::Error;
use super::repository::{Repository, header};
use super::verdict::Budget;
use crate::content::{Blob, Meter, Signal, Sink as _};
use crate::image::{Algorithm, Descriptor, Digest, RepositoryName};

/// Upload sessions that a refused mount left open. They are used for the upload that follows (C-50).
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<Digest, Url>>);

impl Sessions {
    fn keep(&self, digest: Digest, session: Url) {
        self.0.lock().expect("nobody panics while holding it").insert(digest, session);
    }

    fn take(&self, digest: &Digest) -> Option<Url> {
        self.0.lock().expect("nobody panics while holding it").remove(digest)
    }
}

impl Repository {
    /// Asks the registry to take a blob from another of its repositories (C-50..C-52). Any refusal only means that the bytes
    /// have to be sent.
    pub(super) async fn mount_blob(&self, descriptor: &Descriptor, from: &RepositoryName) -> Result<bool, Error> {
        let doing = format!("mount {} from {from} into {}", descriptor.digest.short(), self.name);
        let path = format!("blobs/uploads/?mount={}&from={from}", descriptor.digest);
        let mut call = self.call(Method::POST, &path, doing);
        call.scopes.insert(Scope::pull(from));
        let response = match self.caller.send(&call, &mut self.caller.budget(), None).await {
            Ok(response) => response,
            // No token for the other repository, for example.
            Err(Error::Token { .. } | Error::Refused { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        match response.status().as_u16() {
            201 => Ok(true),
            202 => {
                self.sessions.keep(descriptor.digest, self.location(&response, &call).await?);
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    /// Sends a blob. One budget for everything that it takes.
    pub(super) async fn upload(&self, blob: &Blob, meter: &Meter) -> Result<(), Error> {
        let mut budget = self.caller.budget();
        loop {
            let error = match self.upload_once(blob, meter, &mut budget).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            self.caller.pause(error, &mut budget, Some(meter)).await?;
            // The answer may have been lost when everything had arrived.
            if self.has(blob.descriptor()).await? {
                return Ok(());
            }
            meter.signal(Signal::Moving);
        }
    }

    async fn upload_once(&self, blob: &Blob, meter: &Meter, budget: &mut Budget) -> Result<(), Error> {
        let descriptor = blob.descriptor();
        let session = match self.sessions.take(&descriptor.digest) {
            Some(session) => session,
            None => self.open_session(descriptor, budget, meter).await?,
        };
        let mut call = self.call(Method::PUT, "", self.pushing(descriptor));
        call.to = Target::Address(with_digest(session, &descriptor.digest));
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        call.body = Payload::Blob(blob, meter);
        let response = self.caller.send_once(&call).await?;
        match response.status().as_u16() {
            201 => Ok(()),
            // C-42: not what the specification says, so the registry is asked.
            200 | 202 | 204 if self.has(descriptor).await? => Ok(()),
            _ => Err(self.caller.refused(response, &call).await),
        }
    }

    async fn open_session(&self, descriptor: &Descriptor, budget: &mut Budget, meter: &Meter) -> Result<Url, Error> {
        // C-48: what is not SHA-256 is announced.
        let path = match descriptor.digest.algorithm() {
            Algorithm::Sha256 => "blobs/uploads/".to_owned(),
            other => format!("blobs/uploads/?digest-algorithm={}", other.name()),
        };
        let call = self.call(Method::POST, &path, self.pushing(descriptor));
        let response = self.caller.send(&call, budget, Some(meter)).await?;
        match response.status().as_u16() {
            202 => self.location(&response, &call).await,
            _ => Err(self.caller.refused(response, &call).await),
        }
    }

    fn pushing(&self, descriptor: &Descriptor) -> String {
        format!("push {} to {}/{}", descriptor.digest.short(), self.caller.host, self.name)
    }

    async fn location(&self, response: &Response, call: &Call<'_>) -> Result<Url, Error> {
        let address = self.continuation(response, call).await?;
        self.caller.accept(Ok(address), call)
    }

    /// Where a session goes on (C-07, C-08).
    pub(super) async fn continuation(&self, response: &Response, call: &Call<'_>) -> Result<Address, Error> {
        let base = &self.caller.route().await?.base;
        let location = header(response, &LOCATION).filter(|text| !text.is_empty());
        let location = location.ok_or_else(|| self.caller.nonsense(call, "no address to upload to (Location)"))?;
        let address = address::of_continuation(&self.caller.host, base, response.url(), location);
        address.map_err(|error| self.caller.nonsense(call, error))
    }
}

/// Adds the digest, and leaves the rest of the query as it is (C-07).
fn with_digest(mut session: Url, digest: &Digest) -> Url {
    let query = match session.query().filter(|query| !query.is_empty()) {
        Some(query) => format!("{query}&digest={digest}"),
        None => format!("digest={digest}"),
    };
    session.set_query(Some(&query));
    session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_joins_whatever_query_there_is() {
        let digest = Digest::of(b"");
        for (session, expected) in [
            ("http://r/u", format!("http://r/u?digest={digest}")),
            ("http://r/u?", format!("http://r/u?digest={digest}")),
            ("http://r/u?_state=a%2Fb%3D", format!("http://r/u?_state=a%2Fb%3D&digest={digest}")),
        ] {
            let session = Url::parse(session).expect("a URL");
            assert_eq!(with_digest(session, &digest).as_str(), expected);
        }
    }
}
