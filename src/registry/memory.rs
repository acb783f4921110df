//! What rpush remembers of a registry from one run to the next: what it wanted, and the tokens that it took. The first request
//! of a run is then the one that does the work.
//!
//! Nothing is remembered that was not taken: a challenge and a token are kept once the registry has answered what was sent
//! with them. And whoever names an account for one command gets its answer from the token server, not from here:
//! `--creds alice:wrong` must not succeed because alice has pushed a minute ago.

use std::sync::{Mutex, MutexGuard};

use reqwest::header::HeaderValue;
use tokio::sync::OnceCell;

use super::auth::{KeptToken, Owner, TokenFile, Wanted, basic_header, bearer_header};
use crate::credentials::{Credential, Secret};
use crate::image::Host;

/// The memory of one registry and one account.
#[derive(Default)]
pub(super) struct Memory {
    file: Option<TokenFile>,
    owner: OnceCell<Owner>,
    /// The credentials that are in the file, so that it is written once for each.
    kept: Mutex<Vec<(HeaderValue, Since)>>,
}

/// Since when something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// It may have changed meanwhile.
    EarlierRun,
    /// The registry itself has just said so.
    ThisRun,
}

impl Memory {
    /// In this file; without one, nothing is remembered.
    pub fn new(file: Option<TokenFile>) -> Self {
        Self { file, ..Self::default() }
    }

    /// What earlier runs have learnt. `origin` is how the registry is reached in this one.
    pub async fn recall(&self, host: &Host, origin: &str, account: &Credential) -> Option<(Wanted, Vec<KeptToken>)> {
        self.file.as_ref()?;
        let owner = Owner::new(host, origin, account)?;
        let _ = self.owner.set(owner);
        let (wanted, tokens) = self.ask(|file, owner| file.recall(owner)).await.flatten()?;
        let headers = match &wanted {
            Wanted::Basic => basic_header(account).into_iter().collect(),
            Wanted::Bearer { .. } => tokens.iter().filter_map(|token| bearer_header(token.value())).collect::<Vec<_>>(),
        };
        self.kept().extend(headers.into_iter().map(|header| (header, Since::EarlierRun)));
        Some((wanted, tokens))
    }

    /// Since when these credentials are in the file.
    pub fn since(&self, sent: &HeaderValue) -> Option<Since> {
        self.kept().iter().find(|(header, _)| header == sent).map(|(_, since)| *since)
    }

    /// Keeps what the registry took.
    pub async fn learn(&self, sent: &HeaderValue, wanted: Wanted, token: Option<KeptToken>) {
        self.kept().push((sent.clone(), Since::ThisRun));
        self.ask(move |file, owner| file.learn(owner, wanted, token)).await;
    }

    /// Drops what the registry did not take: the token, or with a password the whole entry.
    pub async fn unlearn(&self, sent: &HeaderValue) {
        if self.since(sent).is_none() {
            return;
        }
        self.kept().retain(|(header, _)| header != sent);
        let token = sent.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).map(Secret::from);
        self.ask(move |file, owner| file.unlearn(owner, token.as_ref())).await;
    }

    /// Drops everything, because the token server that was remembered gives no tokens.
    pub async fn unlearn_all(&self) {
        self.kept().clear();
        self.ask(|file, owner| file.unlearn(owner, None)).await;
    }

    /// Files wait for disks, and for each other.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&TokenFile, &Owner) -> T + Send + 'static,
    ) -> Option<T> {
        let (file, owner) = (self.file.clone()?, self.owner.get()?.clone());
        tokio::task::spawn_blocking(move || question(&file, &owner)).await.ok()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(HeaderValue, Since)>> {
        self.kept.lock().expect("nobody panics while holding it")
    }
}
