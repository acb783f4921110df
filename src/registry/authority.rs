//! Who rpush is to one registry: the credential, the challenge once it is known, and the tokens.
//!
//! The first request goes out alone and without credentials, unless an earlier run has learnt what the registry wants. From then
//! on every request carries that, ahead of being asked. What was remembered may be wrong by now: it is never the reason why
//! something fails, because then the registry is asked anew.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use tokio::sync::OnceCell;
use url::Url;

use super::auth::{
    self, Challenge, PlainHosts, ScopeSet, Shortfall, Token, TokenFile, TokenServer, Tokens, Wanted, basic_header,
    bearer_header,
};
use super::memory::{Memory, Since};
use super::transport::Route;
use crate::credentials::{Credential, Secret};
use crate::image::Host;

/// The credentials for one registry.
pub(super) struct Authority {
    host: Host,
    credential: Credential,
    plain: PlainHosts,
    tokens: Tokens,
    challenge: Mutex<Option<Known>>,
    memory: Memory,
    recalled: OnceCell<()>,
    /// What a token server has refused that was only remembered: it is not asked a second time, or an account is locked.
    denied: Mutex<Option<Denied>>,
}

/// What the registry wants, and since when that is known.
#[derive(Clone)]
struct Known {
    wants: Wants,
    since: Since,
}

#[derive(Clone)]
enum Wants {
    Basic,
    Bearer(TokenServer),
}

struct Denied {
    server: TokenServer,
    scopes: ScopeSet,
    error: Arc<auth::Error>,
}

impl Authority {
    pub fn new(
        host: Host,
        credential: Credential,
        plain: PlainHosts,
        file: Option<TokenFile>,
        patience: Duration,
    ) -> Self {
        Self {
            host,
            credential,
            plain,
            tokens: Tokens::within(patience),
            challenge: Mutex::default(),
            memory: Memory::new(file),
            recalled: OnceCell::new(),
            denied: Mutex::default(),
        }
    }

    /// The header that a request for these scopes carries, as far as it is known what the registry wants.
    pub async fn header(&self, route: &Route, scopes: &ScopeSet) -> Result<Option<HeaderValue>, Arc<auth::Error>> {
        if let Credential::RegistryToken(token) = &self.credential {
            return Ok(bearer_header(token));
        }
        self.recalled.get_or_init(|| self.recall(route)).await;
        let Some(Known { wants, since }) = self.known().clone() else { return Ok(None) };
        let server = match wants {
            Wants::Basic => return Ok(basic_header(&self.credential)),
            Wants::Bearer(server) => server,
        };
        match self.token(route, &server, scopes).await {
            Ok(token) => Ok(bearer_header(token.value())),
            Err(error) if since == Since::EarlierRun => {
                self.doubt(server, scopes, error).await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes over what earlier runs have learnt. A challenge is judged again, as if it had just come: what the user
    /// allows may have changed. Nor does a password go where there is no TLS because of it: without TLS the registry is only
    /// reached if the user allows that now.
    async fn recall(&self, route: &Route) {
        let recalled = self.memory.recall(&self.host, &route.identity(), &self.credential).await;
        let Some((wanted, tokens)) = recalled else { return };
        let wants = match wanted.bearer() {
            None if wanted == Wanted::Basic => Wants::Basic,
            None => return,
            Some(bearer) => {
                let server = TokenServer::of(&bearer, &self.host, &route.base, &self.plain);
                let Ok(server) = server else { return };
                tokens.iter().for_each(|token| self.tokens.recall(&server, &self.credential, token));
                Wants::Bearer(server)
            }
        };
        *self.known() = Some(Known { wants, since: Since::EarlierRun });
    }

    /// The token server that was remembered gives no token. Perhaps it is another one by now: the registry is to say.
    async fn doubt(&self, server: TokenServer, scopes: &ScopeSet, error: Arc<auth::Error>) {
        tracing::debug!("{error}; the registry is asked anew");
        {
            let mut known = self.known();
            if known.as_ref().is_some_and(|known| known.since == Since::EarlierRun) {
                *known = None;
            }
        }
        if matches!(*error, auth::Error::Denied { .. }) {
            *self.denied() = Some(Denied { server, scopes: scopes.clone(), error });
        }
        self.memory.unlearn_all().await;
    }

    async fn token(&self, route: &Route, server: &TokenServer, scopes: &ScopeSet) -> Result<Token, Arc<auth::Error>> {
        let client = route.client(server.realm()).map_err(|error| Arc::new(auth::Error::NoWay(error)))?;
        self.tokens.token(client, server, scopes, &self.credential).await
    }

    /// Learns from a 401 what the registry wants. Whether another try makes sense: only when there is something else to send
    /// than what was sent.
    pub async fn answer(
        &self,
        route: &Route,
        refused: Refused<'_>,
        scopes: &ScopeSet,
    ) -> Result<bool, Arc<auth::Error>> {
        if let Some(sent) = refused.sent {
            self.memory.unlearn(sent).await;
        }
        let Some(challenge) = Challenge::preferred(refused.headers) else { return Ok(false) };
        let wants = match challenge {
            Challenge::Basic { .. } => Wants::Basic,
            Challenge::Bearer(bearer) => {
                let server = TokenServer::of(&bearer, &self.host, refused.asked, &self.plain).map_err(Arc::new)?;
                if let Some(denied) = &*self.denied()
                    && denied.server == server
                    && denied.scopes == *scopes
                {
                    return Err(denied.error.clone());
                }
                if refused.sent.is_some() {
                    // What was sent is no longer good; unless somebody else has found that out already.
                    let token = self.token(route, &server, scopes).await?;
                    if bearer_header(token.value()).as_ref() == refused.sent {
                        self.tokens.forget(&token);
                    }
                }
                Wants::Bearer(server)
            }
        };
        *self.known() = Some(Known { wants, since: Since::ThisRun });
        Ok(self.header(route, scopes).await?.as_ref() != refused.sent)
    }

    /// The registry took what was sent: that is remembered for the next run.
    pub async fn accepted(&self, sent: &HeaderValue) {
        if let Some(known) = &mut *self.known() {
            known.since = Since::ThisRun;
        }
        if self.memory.since(sent).is_some() {
            return;
        }
        let (wanted, token) = match self.tokens.carried(sent) {
            Some((server, token)) => (server.to_keep(), token.to_keep()),
            None if basic_header(&self.credential).as_ref() == Some(sent) => (Wanted::Basic, None),
            None => return,
        };
        self.memory.learn(sent, wanted, token).await;
    }

    /// The registry knows the token and does not allow something (403). One that an earlier run was given may lack what the
    /// account may do by now: it is dropped, and another try makes sense.
    pub async fn renews(&self, sent: &HeaderValue) -> bool {
        let since = self.memory.since(sent);
        let Some((_, token)) = self.tokens.carried(sent) else { return false };
        self.memory.unlearn(sent).await;
        if since == Some(Since::EarlierRun) {
            self.tokens.forget(&token);
        }
        since == Some(Since::EarlierRun)
    }

    /// What the token server has withheld of what these scopes need.
    pub fn shortfall(&self, scopes: &ScopeSet) -> Option<Shortfall> {
        self.tokens.shortfall(scopes)
    }

    /// What the token server says that it granted when it was asked for these scopes; nothing where it does not say, or where
    /// there are no tokens.
    pub async fn granted(&self, route: &Route, scopes: &ScopeSet) -> Option<ScopeSet> {
        let Some(Known { wants: Wants::Bearer(server), .. }) = self.known().clone() else { return None };
        self.token(route, &server, scopes).await.ok()?.granted().cloned()
    }

    /// The identity token that a token server gave at a login, to be kept instead of the password.
    pub async fn identity(&self, route: &Route) -> Option<Secret> {
        let Some(Known { wants: Wants::Bearer(server), .. }) = self.known().clone() else { return None };
        let token = self.token(route, &server.for_login(), &ScopeSet::default()).await.ok()?;
        token.refresh_token().cloned()
    }

    /// Whose credentials they are.
    pub fn account(&self) -> Option<&str> {
        match &self.credential {
            Credential::Anonymous => None,
            credential => Some(credential.username().unwrap_or("the token")),
        }
    }

    /// Whether the registry has asked for credentials.
    pub fn was_challenged(&self) -> bool {
        self.known().is_some()
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.challenge.lock().expect("nobody panics while holding it")
    }

    fn denied(&self) -> MutexGuard<'_, Option<Denied>> {
        self.denied.lock().expect("nobody panics while holding it")
    }
}

/// A request that got a 401.
pub(super) struct Refused<'a> {
    /// Its address.
    pub asked: &'a Url,
    /// The credentials that it had.
    pub sent: Option<&'a HeaderValue>,
    /// The headers of the answer.
    pub headers: &'a HeaderMap,
}
