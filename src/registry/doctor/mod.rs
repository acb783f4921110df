//! Why does a push fail? Everything that a push needs is tried here one by one, from the name of the host to the largest body
//! that is taken, so that what fails is found by itself and not as the last of ten retries.
//!
//! A registry is left as it was: uploads are begun and cancelled, nothing is finished, and what is deleted does not exist.

mod finding;
mod identity;
mod reading;
mod removal;
mod road;
mod sessions;
mod writing;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Response;
use reqwest::header::HeaderMap;

use super::call::Call;
use super::caller::Caller;
use super::error::Error;
use super::note::{Note, Notes};
use super::transport::Access;
use super::trouble::Trouble;
use super::{Endurance, Purpose, Registry, Repository};
use crate::credentials::Found;
use crate::image::{Descriptor, Digest, Host, RepositoryName};

pub use finding::{Attempt, Check, Ended, Fact, Finding, Form, Outcome, Reason};

use finding::Chart;
use sessions::Sessions;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate that ends in fewer days than this is due.
pub const DUE: i64 = 14;

/// What is examined.
pub struct Subject {
    /// The registry.
    pub host: Host,
    /// A repository of it; without one, nothing is written.
    pub repository: Option<RepositoryName>,
    /// The account, and where it was found.
    pub account: Found,
    /// How the registry may be talked to.
    pub access: Access,
    /// The largest body that is tried.
    pub max_body: u64,
    /// How long bodies may take, all together.
    pub body_time: Duration,
}

/// An examination of a registry.
pub struct Examination {
    host: Host,
    account: Found,
    access: Access,
    max_body: u64,
    body_time: Duration,
    caller: Arc<Caller>,
    /// The repository to read from and to write to.
    repositories: Option<(Arc<Repository>, Repository)>,
    sessions: Mutex<Sessions>,
    rate: Mutex<Option<Fact>>,
}

impl Examination {
    /// Of this registry; nothing is sent yet.
    pub fn of(subject: Subject) -> Self {
        let Subject { host, repository, account, mut access, max_body, body_time } = subject;
        // What is told of addresses on the way is a finding here.
        let notes = access.notes.clone();
        access.notes = Notes::to(move |note| {
            if !matches!(note, Note::WrongAddress { .. } | Note::RateLimit { .. }) {
                notes.tell(note.clone());
            }
        });
        let registry = Registry::at(&host, access.clone(), account.credential.clone(), Endurance::retries(0));
        let open =
            |name| (Arc::new(registry.repository(name, Purpose::Pull)), registry.repository(name, Purpose::Push));
        let repositories = repository.as_ref().map(open);
        let (sessions, rate) = (Mutex::default(), Mutex::default());
        Self { host, account, access, max_body, body_time, caller: registry.caller, repositories, sessions, rate }
    }

    /// Makes every check, and tells each finding as soon as it is there.
    pub async fn run(&self, tell: &mut dyn FnMut(Finding)) {
        let mut chart = Chart::new(tell);
        if let Err(reason) = self.make(&mut chart).await {
            chart.skip_rest(reason);
        }
    }

    async fn make(&self, chart: &mut Chart<'_>) -> Result<(), Reason> {
        let hello = road::examine(self, chart).await?;
        identity::examine(self, chart, hello).await?;
        let (reader, writer) = self.repositories.as_ref().ok_or(Reason::NoRepository)?;
        let known = reading::examine(self, chart, reader).await;
        writing::examine(self, chart, writer, known.as_ref()).await;
        removal::examine(self, chart, writer).await;
        Ok(())
    }

    /// Cancels the uploads that an interrupted examination has left open.
    pub async fn tidy(&self) {
        let Some((_, writer)) = &self.repositories else { return };
        let _ = tokio::time::timeout(PATIENCE, self.cancel_all(writer)).await;
    }

    /// One request; once more when the connection was lost, which may have been one that nobody used for a while.
    async fn send(&self, call: &Call<'_>) -> Result<Response, Error> {
        match self.within(PATIENCE, call).await {
            Err(Error::Unreachable { trouble: Trouble::Closed(_), .. }) => self.within(PATIENCE, call).await,
            answered => answered,
        }
    }

    async fn within(&self, patience: Duration, call: &Call<'_>) -> Result<Response, Error> {
        let response = self.in_time(patience, call, self.caller.send_once(call)).await?;
        if let Some(rate) = rate_in(response.headers()) {
            *self.rate.lock().expect("nobody panics while holding it") = Some(rate);
        }
        Ok(response)
    }

    async fn in_time<T>(
        &self,
        patience: Duration,
        call: &Call<'_>,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(patience, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(self.unreachable(&call.doing, Trouble::Timeout)),
        }
    }

    fn unreachable(&self, doing: &str, trouble: Trouble) -> Error {
        let (registry, host) = (self.host.clone(), self.host.clone());
        Error::Unreachable { doing: doing.to_owned(), registry, host, trouble }
    }

    /// What the token server says that it granted.
    async fn granted(&self, call: &Call<'_>) -> Option<String> {
        self.caller.granted(&call.scopes).await.map(|scopes| short(&scopes.to_string()))
    }
}

/// Something of the repository that can be used to try things.
type Known = Option<Descriptor>;

/// A digest of nothing that anybody has.
fn nothing() -> Digest {
    let random: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
    Digest::of(&random)
}

/// A header as text, of a length that can be shown.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    Some(short(value)).filter(|text| !text.is_empty())
}

/// As much of a stranger's text as can be shown.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// `RateLimit-Limit: 100;w=21600`, as Docker Hub writes it, or `X-RateLimit-Limit`.
fn rate_in(headers: &HeaderMap) -> Option<Fact> {
    let find =
        |what: &str| text(headers, &format!("ratelimit-{what}")).or(text(headers, &format!("x-ratelimit-{what}")));
    match (find("limit"), find("remaining")) {
        (None, None) => None,
        (limit, remaining) => Some(Fact::Rate { limit, remaining }),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_rate_is_read_in_both_spellings() {
        for (names, found) in [
            (["ratelimit-limit", "ratelimit-remaining"], true),
            (["x-ratelimit-limit", "x-ratelimit-remaining"], true),
            (["limit", "remaining"], false),
        ] {
            let header = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let headers: HeaderMap = names.into_iter().zip(["100;w=21600", "7"]).map(header).collect();
            let fact = Fact::Rate { limit: Some("100;w=21600".into()), remaining: Some("7".into()) };
            assert_eq!(rate_in(&headers), found.then_some(fact), "{names:?}");
        }
    }

    #[test]
    fn every_check_has_its_own_name_and_place() {
        for (place, check) in Check::ALL.into_iter().enumerate() {
            let first = Check::ALL.iter().position(|other| other.name() == check.name());
            assert_eq!(first, Some(place), "{}", check.name());
            assert_eq!(serde_json::to_value(check).expect("JSON"), check.name());
        }
    }
}
