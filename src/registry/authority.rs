//! Who rpush is to one registry: the credential, the challenge once it is known, and the tokens.
//!
//! The first request goes out alone and without credentials, unless the challenge is known. From then on every request carries
//! what the registry wants, ahead of being asked.

use std::sync::{Arc, Mutex, MutexGuard};

use reqwest::header::{HeaderMap, HeaderValue};
use url::Url;

use super::auth::{self, Challenge, PlainHosts, ScopeSet, Token, TokenServer, Tokens, basic_header, bearer_header};
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
}

/// What the registry wants.
#[derive(Clone)]
enum Known {
    Basic,
    Bearer(TokenServer),
}

impl Authority {
    pub fn new(host: Host, credential: Credential, plain: PlainHosts) -> Self {
        Self { host, credential, plain, tokens: Tokens::default(), challenge: Mutex::default() }
    }

    /// The header that a request for these scopes carries, as far as it is known what the registry wants.
    pub async fn header(&self, route: &Route, scopes: &ScopeSet) -> Result<Option<HeaderValue>, Arc<auth::Error>> {
        if let Credential::RegistryToken(token) = &self.credential {
            return Ok(bearer_header(token));
        }
        let known = self.known().clone();
        Ok(match known {
            None => None,
            Some(Known::Basic) => basic_header(&self.credential),
            Some(Known::Bearer(server)) => bearer_header(self.token(route, &server, scopes).await?.value()),
        })
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
        let Some(challenge) = Challenge::preferred(refused.headers) else { return Ok(false) };
        let known = match challenge {
            Challenge::Basic { .. } => Known::Basic,
            Challenge::Bearer(bearer) => {
                let server = TokenServer::of(&bearer, &self.host, refused.asked, &self.plain).map_err(Arc::new)?;
                if refused.sent.is_some() {
                    // What was sent is no longer good; unless somebody else has found that out already.
                    let token = self.token(route, &server, scopes).await?;
                    if bearer_header(token.value()).as_ref() == refused.sent {
                        self.tokens.forget(&token);
                    }
                }
                Known::Bearer(server)
            }
        };
        *self.known() = Some(known);
        Ok(self.header(route, scopes).await?.as_ref() != refused.sent)
    }

    /// What the token server says that it granted when it was asked for these scopes; nothing where it does not say, or where
    /// there are no tokens.
    pub async fn granted(&self, route: &Route, scopes: &ScopeSet) -> Option<ScopeSet> {
        let Some(Known::Bearer(server)) = self.known().clone() else { return None };
        self.token(route, &server, scopes).await.ok()?.granted().cloned()
    }

    /// The identity token that a token server gave at a login, to be kept instead of the password.
    pub async fn identity(&self, route: &Route) -> Option<Secret> {
        let known = self.known().clone();
        let Some(Known::Bearer(server)) = known else { return None };
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
