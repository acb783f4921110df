//! What a registry knows of uploads: mount a blob, begin an upload, ask how far it has come. `delivery` puts these together.

use reqwest::header::{HeaderName, LOCATION, RANGE};
use reqwest::{Method, Response};
use url::Url;

use super::address::{self, Address};
use super::auth::Scope;
use super::call::{Call, Target};
use super::delivery::Delivery;
use super::error::Error;
use super::journal::SelfMount;
use super::repository::{Repository, header};
use super::verdict::Budget;
use crate::content::{Blob, Claim, Meter};
use crate::image::{Algorithm, Descriptor, RepositoryName};

const MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// An upload that is open at the registry.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// Where it goes on.
    pub location: Url,
    /// How many bytes the registry has.
    pub taken: u64,
    /// The smallest part that the registry takes, the last one aside (C-45).
    pub least: u64,
}

/// What a registry says to a mount.
enum Mount {
    /// The blob is there.
    Done,
    /// It is not; an upload was begun instead.
    Opened(Session),
    /// Neither.
    Refused,
}

impl Session {
    /// The uploads of distribution, and of the registries that are made of it, carry their state. These tell by a mount whether
    /// a blob is there, also from the repository itself.
    /// And it takes nothing under a digest that it has not got.
    pub fn is_of_distribution(&self) -> bool {
        self.location.query_pairs().any(|(name, _)| name == "_state")
    }
}

impl Repository {
    /// Whether the registry has a blob or takes it from another of its repositories (C-40, C-50..C-52). The question is the
    /// beginning of an upload, which is open then if the answer is no; unless the registry is known to begin one in any case.
    pub(super) async fn ask_for(&self, blob: &Descriptor, from: Option<&RepositoryName>) -> Result<Claim, Error> {
        if let Some(from) = from {
            return Ok(match self.mount(blob, from).await? {
                Mount::Done => Claim::Mounted,
                Mount::Opened(_) | Mount::Refused if self.head(blob).await? => Claim::There,
                Mount::Opened(_) | Mount::Refused => Claim::Missing,
            });
        }
        if self.caller.self_mount() != Some(SelfMount::IsSilent) && blob.digest.algorithm() == Algorithm::Sha256 {
            match self.mount(blob, &self.name).await? {
                Mount::Done => return Ok(Claim::There),
                Mount::Opened(session) if session.is_of_distribution() => {
                    self.caller.note_self_mount(SelfMount::Tells);
                    return Ok(Claim::Missing);
                }
                Mount::Opened(_) | Mount::Refused => self.caller.note_self_mount(SelfMount::IsSilent),
            }
        }
        Ok(if self.head(blob).await? { Claim::There } else { Claim::Missing })
    }

    /// Asks the registry to take a blob from one of its repositories. Any refusal only means that the bytes have to be sent.
    async fn mount(&self, descriptor: &Descriptor, from: &RepositoryName) -> Result<Mount, Error> {
        let doing = match *from == self.name {
            true => format!("look for {} in {}", descriptor.digest.short(), self.name),
            false => format!("mount {} from {from} into {}", descriptor.digest.short(), self.name),
        };
        let path = format!("blobs/uploads/?mount={}&from={from}", descriptor.digest);
        let mut call = self.call(Method::POST, &path, doing);
        call.scopes.insert(Scope::pull(from));
        let response = match self.caller.send(&call, &mut self.caller.budget(), None).await {
            Ok(response) => response,
            // No token for the other repository, for example.
            Err(Error::Token { .. } | Error::Refused { .. }) => return Ok(Mount::Refused),
            Err(error) => return Err(error),
        };
        match response.status().as_u16() {
            201 => Ok(Mount::Done),
            202 => {
                let session = self.begun(&response, &call).await?;
                self.caller.loose.insert(&session.location, &self.name);
                self.spare.keep(descriptor.digest, session.clone());
                Ok(Mount::Opened(session))
            }
            _ => Ok(Mount::Refused),
        }
    }

    /// Sends a blob. One budget for everything that it takes.
    pub(super) async fn upload(&self, blob: &Blob, meter: &Meter) -> Result<(), Error> {
        Delivery::new(self, blob, meter).run().await
    }

    /// Begins an upload.
    pub(super) async fn open_session(
        &self,
        descriptor: &Descriptor,
        budget: &mut Budget,
        meter: &Meter,
    ) -> Result<Session, Error> {
        // C-48: what is not SHA-256 is announced.
        let path = match descriptor.digest.algorithm() {
            Algorithm::Sha256 => "blobs/uploads/".to_owned(),
            other => format!("blobs/uploads/?digest-algorithm={}", other.name()),
        };
        let call = self.call(Method::POST, &path, self.pushing(descriptor));
        let response = self.caller.send(&call, budget, Some(meter)).await?;
        match response.status().as_u16() {
            202 => {
                let session = self.begun(&response, &call).await?;
                if session.is_of_distribution() {
                    self.caller.note_self_mount(SelfMount::Tells);
                }
                Ok(session)
            }
            _ => Err(self.caller.refused(response, &call).await),
        }
    }

    /// The upload that an answer says was begun.
    async fn begun(&self, response: &Response, call: &Call<'_>) -> Result<Session, Error> {
        let location = self.location(response, call).await?;
        let least = header(response, &MIN_LENGTH).and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        Ok(Session { location, taken: 0, least })
    }

    /// How far an upload has come (C-46); `None` when the registry does not know it, or does not say.
    pub(super) async fn status(
        &self,
        descriptor: &Descriptor,
        location: Url,
        budget: &mut Budget,
        meter: &Meter,
    ) -> Result<Option<Session>, Error> {
        let mut call = self.call(Method::GET, "", self.pushing(descriptor));
        call.to = Target::Address(location.clone());
        let response = self.caller.send(&call, budget, Some(meter)).await?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let Some(taken) = taken(&response).filter(|taken| *taken <= descriptor.size) else { return Ok(None) };
        let location = match header(&response, &LOCATION) {
            Some(_) => self.location(&response, &call).await?,
            None => location,
        };
        Ok(Some(Session { location, taken, least: 0 }))
    }

    pub(super) fn pushing(&self, descriptor: &Descriptor) -> String {
        format!("push {} to {}/{}", descriptor.digest.short(), self.caller.host, self.name)
    }

    pub(super) async fn location(&self, response: &Response, call: &Call<'_>) -> Result<Url, Error> {
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

/// The bytes that an upload has, by the header `Range: 0-99`. One byte and none are written alike, and none is safe (C-46).
pub(super) fn taken(response: &Response) -> Option<u64> {
    end_of_range(header(response, &RANGE)?)
}

/// The same of the header's text.
pub(super) fn end_of_range(text: &str) -> Option<u64> {
    let end: u64 = text.strip_prefix("bytes=").unwrap_or(text).strip_prefix("0-")?.trim().parse().ok()?;
    if end == 0 { Some(0) } else { end.checked_add(1) }
}
