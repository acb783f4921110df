//! Upload sessions beside the uploads: those that a refused mount left open, and those that are worth nothing to anybody when
//! the run ends.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use futures_util::future::join_all;
use reqwest::Method;
use url::Url;

use super::auth::Scope;
use super::call::{Call, Target};
use super::caller::Caller;
use super::upload::Session;
use crate::image::{Digest, RepositoryName};

/// Upload sessions that a refused mount left open. They are used for the upload that follows (C-50).
#[derive(Default)]
pub(super) struct Spare(Mutex<HashMap<Digest, Session>>);

impl Spare {
    pub fn keep(&self, digest: Digest, session: Session) {
        self.0.lock().expect("nobody panics while holding it").insert(digest, session);
    }

    pub fn take(&self, digest: &Digest) -> Option<Session> {
        self.0.lock().expect("nobody panics while holding it").remove(digest)
    }
}

/// Sessions to be given up when the run ends: nothing has been sent to them, or nobody would find them again (C-49).
#[derive(Default)]
pub(super) struct Loose(Mutex<HashMap<Url, RepositoryName>>);

impl Loose {
    pub fn insert(&self, session: &Url, name: &RepositoryName) {
        self.sessions().insert(session.clone(), name.clone());
    }

    pub fn remove(&self, session: &Url) {
        self.sessions().remove(session);
    }

    /// The session has another address now.
    pub fn moved(&self, old: &Url, new: &Url) {
        let mut sessions = self.sessions();
        if let Some(name) = sessions.remove(old) {
            sessions.insert(new.clone(), name);
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Url, RepositoryName>> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

impl Caller {
    /// Gives up all loose sessions, each with one request.
    pub async fn give_up_loose(&self) {
        let loose = std::mem::take(&mut *self.loose.sessions());
        join_all(loose.into_iter().map(|(session, name)| self.give_up(session, name))).await;
    }

    async fn give_up(&self, session: Url, name: RepositoryName) {
        let mut call = Call::new(Method::DELETE, String::new(), format!("give up an upload to {}/{name}", self.host));
        call.to = Target::Address(session);
        call.scopes = Scope::push(&name).into();
        if let Err(error) = self.send_once(&call).await {
            tracing::debug!("{error}");
        }
    }
}
