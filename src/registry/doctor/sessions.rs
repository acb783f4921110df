//! Uploads that are begun only to see how it goes. Every one of them is on a list until it is cancelled, so that nothing is
//! left behind, not even by an examination that is interrupted.

use reqwest::{Method, Response};
use url::Url;

use super::super::Repository;
use super::super::address::Address;
use super::super::call::{Call, Target};
use super::super::error::Error;
use super::super::repository::header;
use super::{Examination, Fact};

/// The uploads of an examination.
#[derive(Default)]
pub(super) struct Sessions {
    open: Vec<(usize, Url)>,
    begun: usize,
    cancelled: usize,
    /// Those that the registry did not let go.
    left: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session(usize);

impl Examination {
    /// Begins an upload. Gives the answer and where it goes on.
    pub(super) async fn begin(&self, writer: &Repository) -> Result<(Session, Response, Address), Error> {
        let call = writer.call(Method::POST, "blobs/uploads/", format!("upload to {}/{}", self.host, writer.name));
        let response = self.send(&call).await?;
        if response.status() != 202 {
            return Err(self.caller.refused(response, &call).await);
        }
        let session = self.keep(writer, &response, &call).await;
        session.map(|(session, address)| (session, response, address))
    }

    /// Remembers an upload that an answer has opened.
    pub(super) async fn keep(
        &self,
        writer: &Repository,
        response: &Response,
        call: &Call<'_>,
    ) -> Result<(Session, Address), Error> {
        let address = writer.continuation(response, call).await;
        let mut sessions = self.list();
        sessions.begun += 1;
        match address {
            Ok(address) => {
                let session = Session(sessions.begun);
                sessions.open.push((session.0, address.url.clone()));
                Ok((session, address))
            }
            Err(error) => {
                sessions.left += 1;
                Err(error)
            }
        }
    }

    /// A request to an upload.
    pub(super) fn call_to<'a>(&self, writer: &Repository, session: Session, method: Method) -> Call<'a> {
        let mut call = writer.call(method, "", format!("upload to {}/{}", self.host, writer.name));
        let url = self.list().open.iter().find(|(id, _)| *id == session.0).map(|(_, url)| url.clone());
        call.to = Target::Address(url.expect("because it is open until it is cancelled"));
        call
    }

    /// Follows an upload to where an answer says that it goes on.
    pub(super) async fn follow(&self, writer: &Repository, session: Session, response: &Response, call: &Call<'_>) {
        if header(response, &reqwest::header::LOCATION).is_none() {
            return;
        }
        if let Ok(address) = writer.continuation(response, call).await {
            let mut sessions = self.list();
            sessions.open.iter_mut().filter(|(id, _)| *id == session.0).for_each(|(_, url)| *url = address.url.clone());
        }
    }

    /// Whether an upload goes on at another host than the registry's.
    pub(super) async fn is_elsewhere(&self, session: Session) -> bool {
        let Ok(route) = self.caller.route().await else { return false };
        self.list().open.iter().any(|(id, url)| *id == session.0 && url.host() != route.base.host())
    }

    /// Cancels an upload (C-49). Where it goes on may be a place that does not exist, and then the registry itself is asked.
    pub(super) async fn cancel(&self, writer: &Repository, session: Session) {
        let mut call = self.call_to(writer, session, Method::DELETE);
        let mut answered = self.send(&call).await;
        if let (Err(Error::Unreachable { .. } | Error::Nonsense { .. }), Target::Address(url), Ok(route)) =
            (&answered, &call.to, self.caller.route().await)
            && let Some(home) = route.base.join(&url[url::Position::BeforePath..]).ok().filter(|home| home != url)
        {
            call.to = Target::Address(home);
            answered = self.send(&call).await;
        }
        // One that is not there any more is gone.
        let gone = answered.is_ok_and(|response| response.status().is_success() || response.status() == 404);
        let mut sessions = self.list();
        sessions.open.retain(|(id, _)| *id != session.0);
        match gone {
            true => sessions.cancelled += 1,
            false => sessions.left += 1,
        }
    }

    pub(super) async fn cancel_all(&self, writer: &Repository) {
        let open: Vec<_> = self.list().open.iter().map(|(id, _)| Session(*id)).collect();
        for session in open {
            self.cancel(writer, session).await;
        }
    }

    /// What became of them.
    pub(super) fn cleanup(&self) -> (usize, Fact) {
        let sessions = self.list();
        (sessions.left, Fact::Cleanup { cancelled: sessions.cancelled, left: sessions.left })
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Sessions> {
        self.sessions.lock().expect("nobody panics while holding it")
    }
}
