//! Bringing one blob to a registry, whatever happens on the way: in one piece or in parts, going on where an earlier try or
//! an earlier run ended, and asking what the registry has before anything is sent twice.

use std::time::Duration;

use reqwest::header::{CONNECTION, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::address;
use super::call::{Answered, Call, Payload, Target};
use super::caller::Caller;
use super::cure::{Cure, cure};
use super::error::Error;
use super::journal;
use super::outflow::Outflow;
use super::repository::{Repository, header, other_digest, stored_as};
use super::trouble::Trouble;
use super::upload::{Session, taken};
use super::verdict::Budget;
use crate::content::{Blob, Meter, Signal, Sink as _};
use crate::image::{Descriptor, Digest};

/// Uploads of less than this are not written down: to send them again costs less.
const WORTH_RESUMING: u64 = 1024 * 1024;

/// How long to wait for a word about a body that is only announced.
const SILENCE: Duration = Duration::from_secs(2);

/// How long a registry has to take in what was on the way when a connection broke, before it is asked again.
const SETTLING: Duration = Duration::from_millis(50);

/// One blob on its way to a registry.
pub(super) struct Delivery<'a> {
    repository: &'a Repository,
    flow: Outflow<'a>,
    budget: Budget,
    session: Option<Session>,
    entry: Option<journal::Entry>,
    /// The part that is under way.
    part: Part,
    /// How many bytes a second went in the last part.
    pace: Option<f64>,
    /// Whether the blob goes in one piece whatever its size, because in parts it did not arrive as it should.
    whole: bool,
    /// Whether it has arrived once with another digest.
    spoilt: bool,
    /// Where a part began that went to an address which the registry did not know.
    strayed: Option<u64>,
}

/// A part of the blob.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    offset: u64,
    length: u64,
    is_last: bool,
}

/// How an upload stands after a request.
enum Standing {
    /// The registry wants more.
    Open,
    /// The registry has the blob.
    Done,
}

impl<'a> Delivery<'a> {
    pub fn new(repository: &'a Repository, blob: &'a Blob, meter: &'a Meter) -> Self {
        Self {
            repository,
            flow: Outflow::new(blob, meter, repository.caller.endurance.throttle.clone()),
            budget: repository.caller.budget(),
            session: None,
            entry: None,
            part: Part::default(),
            pace: None,
            whole: false,
            spoilt: false,
            strayed: None,
        }
    }

    /// Brings the blob there.
    pub async fn run(mut self) -> Result<(), Error> {
        while let Err(error) = self.go_on().await {
            if let Standing::Done = self.recover(error).await? {
                break;
            }
            self.meter().signal(Signal::Moving);
        }
        self.forget();
        Ok(())
    }

    /// Sends parts until all are there, or until something fails.
    async fn go_on(&mut self) -> Result<(), Error> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.begin().await?,
        };
        self.session = Some(session);
        while let Standing::Open = self.send_part().await? {}
        Ok(())
    }

    /// The session that an earlier run left, the one that a refused mount left, or a new one.
    async fn begin(&mut self) -> Result<Session, Error> {
        let (repository, descriptor) = (self.repository, self.descriptor());
        if let Some(session) = self.begun_before().await? {
            tracing::info!("{}: going on after {} of {} bytes", descriptor.digest, session.taken, descriptor.size);
            return Ok(session);
        }
        let session = match repository.spare.take(&descriptor.digest) {
            Some(session) => session,
            None => repository.open_session(descriptor, &mut self.budget, self.flow.meter()).await?,
        };
        self.caller().loose.insert(&session.location, &repository.name);
        self.write_down(&session.location);
        Ok(session)
    }

    /// Looks into the journal, once.
    async fn begun_before(&mut self) -> Result<Option<Session>, Error> {
        let (repository, descriptor) = (self.repository, self.descriptor());
        let Some(journal) = self.caller().endurance.journal.as_ref().filter(|_| descriptor.size >= WORTH_RESUMING)
        else {
            return Ok(None);
        };
        if self.entry.is_some() {
            return Ok(None);
        }
        let opened = journal.open(&self.caller().host, &repository.name, &descriptor.digest);
        let Some((entry, location)) = opened else { return Ok(None) };
        self.entry = Some(entry);
        let base = &self.caller().route().await?.base;
        let location = location.and_then(|text| address::of_continuation(&self.caller().host, base, base, &text).ok());
        let Some(address) = location else { return Ok(None) };
        let session = repository.status(descriptor, address.url, &mut self.budget, self.flow.meter()).await?;
        match &session {
            Some(session) => {
                self.write_down(&session.location);
                self.budget.reached(session.taken);
            }
            None => self.entry.iter_mut().for_each(journal::Entry::clear),
        }
        Ok(session)
    }

    /// Sends the next part; with the last one the registry is told the digest (C-44, C-46).
    async fn send_part(&mut self) -> Result<Standing, Error> {
        let (caller, descriptor) = (self.caller(), self.descriptor());
        let session = self.session.as_ref().expect("a session was begun");
        let (offset, location) = (session.taken, session.location.clone());
        let length = match self.whole {
            true => descriptor.size - offset,
            false => caller.portions.next_part(descriptor.size, offset, session.least, self.pace),
        };
        if session.is_of_distribution() && !self.repository.hashes_all {
            self.flow.is_proven();
        }
        let is_last = offset + length == descriptor.size;
        self.part = Part { offset, length, is_last };
        let call = self.part_call(&location);
        if length == 0 {
            self.meter().reset_to(offset);
            self.meter().signal(Signal::Committing);
        }
        if self.entry.is_some() {
            // From now on it is worth something to the next run.
            caller.loose.remove(&location);
        }
        let begun = Instant::now();
        let Some(response) = self.answer(&call, is_last).await? else { return Ok(Standing::Done) };
        let other = is_last.then(|| other_digest(&response, descriptor)).flatten();
        match (is_last, response.status().as_u16(), other) {
            (true, 201, None) => Ok(Standing::Done),
            // C-42: not what the specification says, so the registry is asked.
            (true, 200..=202 | 204, _) if self.repository.has(descriptor).await? => Ok(Standing::Done),
            (true, 201, Some(stored)) => Err(caller.nonsense(&call, stored_as(&stored, descriptor))),
            (false, 202, _) => {
                let session = self.acknowledged(&response, &call).await?;
                drop(call);
                self.learn_pace(begun, length);
                self.follow(&location, session);
                Ok(Standing::Open)
            }
            _ => Err(caller.refused(response, &call).await),
        }
    }

    /// A part has arrived that was begun then: how quickly its bytes went, but for the round trip.
    fn learn_pace(&mut self, begun: Instant, length: u64) {
        let time = begun.elapsed().saturating_sub(self.caller().portions.round_trip());
        self.pace = Some(length as f64 / time.as_secs_f64().max(0.001));
    }

    /// The request for the part that is under way.
    fn part_call(&self, location: &Url) -> Call<'_> {
        let (descriptor, Part { offset, length, is_last }) = (self.descriptor(), self.part);
        let mut call = self.repository.call(Method::PATCH, "", self.repository.pushing(descriptor));
        call.to = Target::Address(location.clone());
        if is_last {
            call.method = Method::PUT;
            call.to = Target::Address(with_digest(location.clone(), &descriptor.digest));
            call.answer = Answered::Whenever;
        }
        if length > 0 && !(is_last && offset == 0) {
            let range = format!("{offset}-{}", offset + length - 1);
            call.headers.insert(CONTENT_RANGE, HeaderValue::from_str(&range).expect("digits make a header"));
        }
        if self.caller().portions.breaks() {
            call.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        call.body = Payload::Part(&self.flow, offset, length);
        call
    }

    /// The answer; `None` when there was none, and the registry has the blob. A registry may take its time to commit one, and
    /// its answer may have been lost on the way.
    async fn answer(&self, call: &Call<'_>, is_last: bool) -> Result<Option<Response>, Error> {
        let descriptor = self.descriptor();
        let mut sending = std::pin::pin!(self.caller().send_once(call));
        loop {
            tokio::select! {
                answer = &mut sending => return answer.map(Some),
                () = tokio::time::sleep(self.caller().endurance.stall), if is_last => {}
            }
            if self.meter().bytes() == descriptor.size && self.repository.stands(descriptor).await {
                return Ok(None);
            }
        }
    }

    /// Where the upload goes on after a part, and how much the registry has of it by its own words.
    async fn acknowledged(&self, response: &Response, call: &Call<'_>) -> Result<Session, Error> {
        let old = self.session.as_ref().expect("a part belongs to a session");
        let end = self.part.offset + self.part.length;
        let location = match header(response, &LOCATION) {
            Some(_) => self.repository.location(response, call).await?,
            None => old.location.clone(),
        };
        let is_possible = |taken: &u64| *taken > self.part.offset && *taken <= end;
        let said = taken(response).unwrap_or(end);
        if is_possible(&said) {
            return Ok(Session { location, taken: said, least: old.least });
        }
        // A word that cannot be true is not worth giving up parts for, when the registry knows better on being asked.
        let (budget, meter) = (&mut self.caller().budget(), self.flow.meter());
        let found = self.repository.status(self.descriptor(), location, budget, meter).await?;
        let found = found.filter(|session| is_possible(&session.taken));
        let found = found.map(|session| Session { least: old.least, ..session });
        found.ok_or_else(|| self.caller().nonsense(call, format!("{said} bytes taken, when {end} had been sent")))
    }

    /// Does what helps after a failure, or gives the failure back. `Done` when the blob has arrived all the same.
    async fn recover(&mut self, error: Error) -> Result<Standing, Error> {
        let sent = self.meter().bytes().saturating_sub(self.part.offset);
        let (error, synced) = self.unheard(error, sent).await?;
        if sent > 0 {
            self.budget.moved();
        }
        match self.cure(&error) {
            Cure::None => return Err(error),
            Cure::Patience => return self.try_again(error, sent, synced).await,
            Cure::Less => {
                let least = self.session.as_ref().map_or(0, |session| session.least);
                if !self.caller().body_was_too_large(self.part.length, least) {
                    return Err(error);
                }
                self.again_after(&error, Duration::ZERO);
                if synced.is_none() {
                    self.resync(sent).await?;
                }
            }
            Cure::Resume => {
                let Some(after) = self.budget.spend(None) else { return Err(error) };
                self.strayed = Some(self.part.offset);
                self.again_after(&error, after);
                tokio::time::sleep(after).await;
                if !self.resync(sent).await? && self.has_become_blob().await? {
                    return Ok(Standing::Done);
                }
            }
            Cure::Verify => {
                self.flow.blob().verify().await?;
                if std::mem::replace(&mut self.spoilt, true) {
                    return Err(error);
                }
                self.begin_whole(&error);
            }
            Cure::Whole => self.begin_whole(&error),
        }
        Ok(Standing::Open)
    }

    /// Waits, and looks how far the upload has come, unless that has been asked already.
    async fn try_again(&mut self, error: Error, sent: u64, synced: Option<bool>) -> Result<Standing, Error> {
        let (caller, part) = (self.caller(), self.part);
        let is_break = matches!(error, Error::Unreachable { .. });
        caller.pause(error, &mut self.budget, Some(self.flow.meter())).await?;
        // The answer may have been lost when everything had arrived.
        if part.is_last && sent == part.length && self.repository.has(self.descriptor()).await? {
            return Ok(Standing::Done);
        }
        let still_open = match synced {
            Some(still_open) => still_open,
            None => self.resync(sent).await?,
        };
        if still_open {
            return Ok(Standing::Open);
        }
        if self.has_become_blob().await? {
            return Ok(Standing::Done);
        }
        if is_break {
            caller.portions.broke_after(sent);
        }
        Ok(Standing::Open)
    }

    /// Why a connection was closed, where that was said and could not be heard: who refuses a body by its length (413) says so at
    /// once and hangs up, and who is still sending learns only that nobody listens. So the length is announced once more, and
    /// nothing sent. Not where anything has come through; and whether the upload still exists, if that was asked.
    async fn unheard(&mut self, error: Error, sent: u64) -> Result<(Error, Option<bool>), Error> {
        let is_closed = matches!(error, Error::Unreachable { trouble: Trouble::Closed(_), .. });
        if !is_closed || self.part.length <= self.caller().portions.largest_taken() {
            return Ok((error, None));
        }
        let synced = Some(self.resync(sent).await?);
        let Some(session) = self.session.as_ref().filter(|session| session.taken == self.part.offset) else {
            return Ok((error, synced));
        };
        let mut call = self.repository.call(Method::PATCH, "", self.repository.pushing(self.descriptor()));
        call.to = Target::Address(session.location.clone());
        call.body = Payload::Announced(self.part.length);
        let error = match tokio::time::timeout(SILENCE, self.caller().send_once(&call)).await {
            Ok(Ok(response)) if response.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                self.caller().refused(response, &call).await
            }
            _ => error,
        };
        Ok((error, synced))
    }

    fn cure(&self, error: &Error) -> Cure {
        let in_parts = self.is_in_parts();
        match error {
            // The upload itself is known, so it is its parts that are not.
            Error::Refused { answer, .. }
                if answer.status.as_u16() == 404
                    && !answer.speaks_of("BLOB_UPLOAD_UNKNOWN")
                    && !self.part.is_last
                    && self.strayed == Some(self.part.offset) =>
            {
                Cure::Whole
            }
            Error::Refused { answer, .. } if self.session.is_some() => {
                cure(answer.status.as_u16(), answer.speaks_of("DIGEST_INVALID"), in_parts)
            }
            Error::Nonsense { .. } if in_parts && !self.part.is_last && self.session.is_some() => Cure::Whole,
            Error::Refused { .. } | Error::Unreachable { .. } | Error::Token { .. } => Cure::Patience,
            _ => Cure::None,
        }
    }

    fn is_in_parts(&self) -> bool {
        !self.part.is_last || self.part.offset > 0
    }

    /// Whether an upload that is gone is gone because its last part has arrived after all.
    async fn has_become_blob(&self) -> Result<bool, Error> {
        Ok(self.part.is_last && self.repository.has(self.descriptor()).await?)
    }

    /// Asks how far the upload has come. Whether it still exists.
    async fn resync(&mut self, sent: u64) -> Result<bool, Error> {
        let Some(session) = self.session.take() else { return Ok(true) };
        let (descriptor, meter) = (self.descriptor(), self.flow.meter());
        let (mut location, mut before) = (session.location.clone(), None);
        let found = loop {
            let found = self.repository.status(descriptor, location.clone(), &mut self.budget, meter).await?;
            let Some(found) = found else {
                self.drop_session(&session);
                return Ok(false);
            };
            // The registry may still be taking in what was on the way when the connection broke. It has come to rest when it
            // says the same twice.
            if found.taken >= self.part.offset + sent || before == Some(found.taken) {
                break found;
            }
            location.clone_from(&found.location);
            before = Some(found.taken);
            tokio::time::sleep(SETTLING).await;
        };
        self.follow(&session.location, Session { least: session.least, ..found });
        Ok(true)
    }

    /// The upload goes on elsewhere.
    fn follow(&mut self, old: &Url, session: Session) {
        self.caller().portions.taken(session.taken.saturating_sub(self.part.offset));
        self.budget.reached(session.taken);
        self.caller().loose.moved(old, &session.location);
        self.write_down(&session.location);
        self.session = Some(session);
    }

    fn begin_whole(&mut self, error: &Error) {
        self.again_after(error, Duration::ZERO);
        if self.is_in_parts() {
            self.caller().portions.takes_no_parts();
        }
        self.whole = true;
        if let Some(session) = self.session.take() {
            self.drop_session(&session);
            // What the registry has of it is worth nothing.
            self.caller().loose.insert(&session.location, &self.repository.name);
        }
    }

    fn again_after(&self, error: &Error, after: Duration) {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        tracing::debug!("{cause}; trying again in {after:?}");
        self.meter().signal(Signal::Retrying { after, cause });
    }

    fn drop_session(&mut self, session: &Session) {
        self.caller().loose.remove(&session.location);
        self.entry.iter_mut().for_each(journal::Entry::clear);
    }

    fn write_down(&mut self, location: &Url) {
        let (host, name, digest) = (&self.repository.caller.host, &self.repository.name, self.descriptor().digest);
        if let Some(entry) = &mut self.entry {
            entry.write(host, name, &digest, location.as_str());
        }
    }

    /// The upload has ended.
    fn forget(mut self) {
        if let Some(session) = self.session.take() {
            self.caller().loose.remove(&session.location);
        }
        if let Some(entry) = self.entry.take() {
            entry.remove();
        }
    }

    fn caller(&self) -> &'a Caller {
        &self.repository.caller
    }

    fn descriptor(&self) -> &'a Descriptor {
        self.flow.blob().descriptor()
    }

    fn meter(&self) -> &'a Meter {
        self.flow.meter()
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
