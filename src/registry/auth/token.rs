//! Tokens: asking a token server for one, in the two ways that token servers know, and knowing when one is no longer enough.

use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::form_urlencoded;

use super::challenge::host_of;
use super::kept::KeptToken;
use super::{Answer, Error, Scope, ScopeSet, TokenServer, basic_header, bearer_header};
use crate::credentials::{Credential, Secret};
use crate::image::parse_value;
use crate::registry::Trouble;
use crate::registry::verdict::retry_after;

/// What rpush calls itself at token servers.
const CLIENT_ID: &str = "rpush";

/// A token lives this long when its server does not say, and at least this long whatever it says.
const MIN_LIFE: Duration = Duration::from_secs(60);

/// And not longer than this: nobody keeps a process for so long, and the clock could not count much further.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A token is replaced this long before it expires, so that it does not expire on the way to the registry.
const MARGIN: Duration = Duration::from_secs(10);

/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 20;

/// How much of a server's text is repeated.
const MAX_TEXT: usize = 400;

/// What a registry takes as proof. Its text is opaque and never looked into.
#[derive(Debug, Clone)]
pub struct Token {
    value: Secret,
    expires_at: Instant,
    /// When it came, by the clock on the wall.
    issued: SystemTime,
    scopes: ScopeSet,
    granted: Option<ScopeSet>,
    refresh_token: Option<Secret>,
}

impl Token {
    /// The text for the registry.
    pub fn value(&self) -> &Secret {
        &self.value
    }

    /// Whether it will still be good when a request that is sent now arrives.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now + MARGIN < self.expires_at
    }

    /// One that an earlier run was given, and that is good for so long.
    pub(super) fn recalled(kept: &KeptToken, life: Duration) -> Self {
        let expires_at = Instant::now() + life.min(MAX_LIFE);
        Self { expires_at, ..verbatim(kept.value(), &kept.scopes()) }
    }

    /// The same for the next run; nothing when the server has granted less than it was asked for, because that may change.
    pub(in crate::registry) fn to_keep(&self) -> Option<KeptToken> {
        let is_whole = self.granted.as_ref().is_none_or(|granted| granted.covers(&self.scopes));
        let age = SystemTime::now().duration_since(self.issued).unwrap_or_default();
        let life = age + self.expires_at.saturating_duration_since(Instant::now());
        is_whole.then(|| KeptToken::new(&self.scopes, &self.value, self.issued, life))
    }

    /// Whether it was asked for with these scopes or with wider ones. The server may have granted less; that only
    /// the registry can tell.
    pub fn covers(&self, scopes: &ScopeSet) -> bool {
        self.scopes.covers(scopes)
    }

    /// What the server says it granted, when it says so: for a message after the registry's refusal.
    pub fn granted(&self) -> Option<&ScopeSet> {
        self.granted.as_ref()
    }

    /// The refresh token that came with it: an identity token to be stored after a login.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }
}

/// Asks a token server for a token. One request, or two where the server does not know the first way; never a retry. Each
/// answer has to be there within `patience`. The client must not follow redirects: it would carry a refresh token to wherever it is sent.
pub async fn fetch(
    client: &Client,
    server: &TokenServer,
    scopes: &ScopeSet,
    credential: &Credential,
    patience: Duration,
) -> Result<Token, Error> {
    let identity = match credential {
        Credential::IdentityToken(token) => token,
        // It goes to the registry as it is, and to nobody else.
        Credential::RegistryToken(token) => return Ok(verbatim(token, scopes)),
        Credential::Basic { .. } | Credential::Anonymous => {
            return receive(patience, server, scopes, get(client, server, scopes, credential)).await;
        }
    };
    let posted = receive(patience, server, scopes, post(client, server, scopes, identity)).await;
    if !posted.as_ref().is_err_and(is_unknown_way) {
        return posted;
    }
    // as containerd does it, with the token in the place of a password that has no name.
    let nameless = Credential::basic("", identity.clone());
    match receive(patience, server, scopes, get(client, server, scopes, &nameless)).await {
        Ok(token) => Ok(token),
        // A server that knows the first way has said there why it refuses the token.
        Err(_) if matches!(&posted, Err(Error::Denied { .. })) => posted,
        Err(error) => Err(error),
    }
}

fn verbatim(token: &Secret, scopes: &ScopeSet) -> Token {
    Token {
        value: token.clone(),
        expires_at: Instant::now() + MAX_LIFE,
        issued: SystemTime::now(),
        scopes: scopes.clone(),
        granted: None,
        refresh_token: None,
    }
}

/// the realm's own query stays, and each scope is a parameter of its own.
fn get(client: &Client, server: &TokenServer, scopes: &ScopeSet, credential: &Credential) -> RequestBuilder {
    let mut url = server.realm().clone();
    {
        let mut query = url.query_pairs_mut();
        if let Some(service) = server.service() {
            query.append_pair("service", service);
        }
        query.extend_pairs(scopes.iter().map(|scope| ("scope", scope.to_string())));
        query.append_pair("client_id", CLIENT_ID);
        if server.wants_refresh_token() {
            query.append_pair("offline_token", "true");
        }
        if let Some(username) = credential.username().filter(|name| !name.is_empty()) {
            query.append_pair("account", username);
        }
    }
    let request = client.get(url);
    match basic_header(credential) {
        Some(header) => request.header(AUTHORIZATION, header),
        None => request,
    }
}

/// here all scopes are one parameter.
fn post(client: &Client, server: &TokenServer, scopes: &ScopeSet, identity: &Secret) -> RequestBuilder {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token");
    if let Some(service) = server.service() {
        form.append_pair("service", service);
    }
    form.append_pair("client_id", CLIENT_ID);
    if !scopes.is_empty() {
        form.append_pair("scope", &scopes.to_string());
    }
    form.append_pair("refresh_token", identity.expose());
    client.post(server.realm().clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
}

/// Whether the server may know only the other way to ask.
fn is_unknown_way(error: &Error) -> bool {
    let (Error::Denied { source, .. } | Error::Failed { source, .. }) = error else { return false };
    matches!(source.status.as_u16(), 400 | 401 | 404 | 405)
}

/// Everything else waits for a token: it has to be there within `patience`, from the connection to the last byte.
async fn receive(
    patience: Duration,
    server: &TokenServer,
    scopes: &ScopeSet,
    request: RequestBuilder,
) -> Result<Token, Error> {
    let (registry, realm) = (server.registry().clone(), host_of(server.realm()));
    let exchange = async {
        let response = request.send().await?;
        let (status, retry_after) = (response.status(), when_to_come_back(&response));
        Ok((status, retry_after, read(response).await?))
    };
    let exchange = async {
        match tokio::time::timeout(patience, exchange).await {
            Ok(exchanged) => exchanged.map_err(|error: reqwest::Error| Trouble::of(&error)),
            Err(_) => Err(Trouble::Dragging(patience)),
        }
    };
    let (status, retry_after, body) = match exchange.await {
        Ok(answer) => answer,
        Err(source) => return Err(Error::Unreachable { registry, realm, source }),
    };
    if status.is_success() {
        let body = body.ok_or("it is too long");
        return body.and_then(|body| parse(&body, scopes)).map_err(|why| Error::Malformed { registry, realm, why });
    }
    let source = Answer { status, text: body.map(|body| words(&body)).unwrap_or_default() };
    Err(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Denied { registry, realm, source },
        _ if is_refused_grant(&source) => Error::Denied { registry, realm, source },
        _ => Error::Failed { registry, realm, retry_after, source },
    })
}

fn when_to_come_back(response: &Response) -> Option<Duration> {
    retry_after(response.headers().get(RETRY_AFTER)?.to_str().ok()?, SystemTime::now())
}

/// RFC 6749, 5.2: a refresh token that is wrong or revoked gets a 400.
fn is_refused_grant(answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && answer.text.starts_with("invalid_grant")
}

/// The whole body, or nothing when it is longer than any sensible one.
async fn read(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// `token` or `access_token`, either or both.
fn parse(body: &[u8], scopes: &ScopeSet) -> Result<Token, &'static str> {
    let answer: Value = parse_value(body).map_err(|_| "it is not JSON")?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let value = text("token").or_else(|| text("access_token")).map(Secret::from).ok_or("it has no `token`")?;
    if bearer_header(&value).is_none() {
        return Err("no header can carry its `token`");
    }
    let life = answer.get("expires_in").and_then(seconds).unwrap_or(MIN_LIFE);
    Ok(Token {
        value,
        // From the receipt: the server's clock (`issued_at`) may be any.
        expires_at: Instant::now() + life.clamp(MIN_LIFE, MAX_LIFE),
        issued: SystemTime::now(),
        scopes: scopes.clone(),
        // An empty one says something: nothing.
        granted: answer.get("scope").and_then(Value::as_str).and_then(granted),
        refresh_token: text("refresh_token").map(Secret::from),
    })
}

/// What was granted, unless it is in words of the server's own, with which nothing can be compared.
fn granted(scope: &str) -> Option<ScopeSet> {
    let scopes: ScopeSet = scope.parse().ok()?;
    (scopes.is_empty() || scopes.iter().any(Scope::is_about_something)).then_some(scopes)
}

/// A number, or a number in quotes, as some servers write it.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 { MAX_LIFE } else { MIN_LIFE }))
}

/// The server's own words, out of the forms that errors have: a registry's, OAuth's, Docker Hub's, or just text.
fn words(body: &[u8]) -> String {
    let text = match parse_value(body) {
        Ok(answer) => words_in(&answer),
        Err(_) => Some(String::from_utf8_lossy(body).trim().to_owned()).filter(|text| !text.starts_with('<')),
    };
    text.unwrap_or_default().chars().take(MAX_TEXT).collect()
}

fn words_in(answer: &Value) -> Option<String> {
    let pair = |from: &Value, first: &str, second: &str| {
        let text = |name: &str| from.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text(first), text(second)) {
            (Some(code), Some(message)) => Some(format!("{code}: {message}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    };
    let errors = answer.get("errors").and_then(Value::as_array).and_then(|errors| errors.first());
    errors
        .and_then(|error| pair(error, "code", "message"))
        .or_else(|| pair(answer, "error", "error_description"))
        .or_else(|| pair(answer, "message", "details"))
}

#[cfg(test)]
mod tests;
