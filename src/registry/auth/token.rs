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

/// A token lives this long when its server does not say, and at least this long whatever it says (A-05).
const MIN_LIFE: Duration = Duration::from_secs(60);

/// And not longer than this: nobody keeps a process for so long, and the clock could not count much further.
const MAX_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// A token is replaced this long before it expires, so that it does not expire on the way to the registry.
const MARGIN: Duration = Duration::from_secs(10);

/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 20;

/// How much of a server's text is repeated.
const MAX_TEXT: usize = 400;

/// What a registry takes as proof. Its text is opaque and never looked into (A-10).
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

    /// Whether it was asked for with these scopes or with wider ones (A-10). The server may have granted less; that only
    /// the registry can tell (A-06).
    pub fn covers(&self, scopes: &ScopeSet) -> bool {
        self.scopes.covers(scopes)
    }

    /// What the server says it granted, when it says so: for a message after the registry's refusal (A-06).
    pub fn granted(&self) -> Option<&ScopeSet> {
        self.granted.as_ref()
    }

    /// The refresh token that came with it: an identity token to be stored after a login (A-09).
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
    // A-08: as containerd does it, with the token in the place of a password that has no name.
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

/// A-02: the realm's own query stays, and each scope is a parameter of its own.
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

/// A-08: here all scopes are one parameter.
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

/// A-05: `token` or `access_token`, either or both.
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
mod tests {
    use super::super::tokens::tests::{Heard, TokenService, client, server_at};
    use super::*;

    const SOON: Duration = Duration::from_secs(30);

    const PASSWORD: &str = "Basic YWxpY2U6czNjcmV0"; // alice:s3cret

    fn scopes(text: &str) -> ScopeSet {
        text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {})
    }

    fn alice() -> Credential {
        Credential::basic("alice", "s3cret")
    }

    /// Asks a service that gives these answers one after the other.
    async fn ask(answers: &[(u16, &str)], credential: &Credential, query: &str) -> (Result<Token, Error>, Vec<Heard>) {
        let service = TokenService::start(answers).await;
        let server = server_at(&service.url(query), Some("r.example"));
        let needed = scopes("repository:app:pull,push repository:base:pull");
        (fetch(&client(), &server, &needed, credential, SOON).await, service.heard())
    }

    #[tokio::test]
    async fn a_02_each_scope_is_a_parameter_and_the_realms_query_stays() {
        let (token, heard) = ask(&[(200, r#"{"token":"t"}"#)], &alice(), "?own=1%2F2").await;
        assert_eq!(token.expect("a token").value().expose(), "t");
        assert_eq!(
            heard,
            [Heard {
                line: "GET /token?own=1%2F2&service=r.example&scope=repository%3Aapp%3Apull%2Cpush\
                       &scope=repository%3Abase%3Apull&client_id=rpush&account=alice HTTP/1.1"
                    .into(),
                authorization: Some(PASSWORD.into()),
                body: String::new(),
            }]
        );
    }

    /// One that takes the request and says nothing, or says it byte by byte, would be waited for in vain.
    #[tokio::test]
    async fn a_token_server_that_never_answers_is_not_waited_for() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = server_at(&format!("http://{}/token", silent.local_addr().expect("an address")), None);
        let (needed, wait) = (scopes("repository:app:pull"), Duration::from_millis(50));
        let request = get(&client(), &server, &needed, &alice());
        let error = receive(wait, &server, &needed, request).await.expect_err("no token");
        assert!(matches!(&error, Error::Unreachable { source: Trouble::Dragging(_), .. }), "{error:?}");
        assert!(error.is_passing(), "it may have been busy");
    }

    #[tokio::test]
    async fn a_02_nobody_asks_without_a_name() {
        let (token, heard) = ask(&[(200, r#"{"token":"t"}"#)], &Credential::Anonymous, "").await;
        assert!(token.is_ok());
        assert_eq!(heard[0].authorization, None);
        assert!(!heard[0].line.contains("account"), "{}", heard[0].line);
    }

    #[tokio::test]
    async fn a_03_a_request_without_service_and_scope_has_neither() {
        let service = TokenService::start(&[(200, r#"{"token":"t"}"#)]).await;
        let server = server_at(&service.url(""), None).for_login();
        fetch(&client(), &server, &ScopeSet::default(), &alice(), SOON).await.expect("a token");
        assert_eq!(service.heard()[0].line, "GET /token?client_id=rpush&offline_token=true&account=alice HTTP/1.1");
    }

    #[tokio::test]
    async fn a_08_a_refresh_token_is_posted_with_all_scopes_in_one() {
        let identity = Credential::IdentityToken("re+fresh".into());
        let answer = r#"{"access_token":"t","refresh_token":"next","scope":"repository:app:pull"}"#;
        let (token, heard) = ask(&[(200, answer)], &identity, "").await;
        let token = token.expect("a token");
        assert_eq!((token.value().expose(), token.refresh_token()), ("t", Some(&"next".into())));
        assert_eq!(token.granted().map(ToString::to_string).as_deref(), Some("repository:app:pull"));
        assert!(token.covers(&scopes("repository:base:pull")));
        assert_eq!(
            heard,
            [Heard {
                line: "POST /token HTTP/1.1".into(),
                authorization: None,
                body: "grant_type=refresh_token&service=r.example&client_id=rpush\
                       &scope=repository%3Aapp%3Apull%2Cpush+repository%3Abase%3Apull&refresh_token=re%2Bfresh"
                    .into(),
            }]
        );
    }

    #[tokio::test]
    async fn a_08_a_server_without_oauth_is_asked_the_other_way() {
        let identity = Credential::IdentityToken("refresh".into());
        for status in [400, 401, 404, 405] {
            let (token, heard) = ask(&[(status, ""), (200, r#"{"token":"t"}"#)], &identity, "").await;
            assert!(token.is_ok(), "{status}");
            assert!(heard[1].line.starts_with("GET /token?service="), "{}", heard[1].line);
            assert_eq!(heard[1].authorization.as_deref(), Some("Basic OnJlZnJlc2g="));
        }
        let (refused, heard) = ask(&[(503, "")], &identity, "").await;
        assert!(refused.is_err() && heard.len() == 1);
    }

    #[tokio::test]
    async fn a_revoked_refresh_token_is_told_in_the_servers_words() {
        let identity = Credential::IdentityToken("refresh".into());
        let revoked = r#"{"error":"invalid_grant","error_description":"token revoked"}"#;
        for status in [400, 401] {
            let (refused, _) = ask(&[(status, revoked), (401, "")], &identity, "").await;
            let Err(Error::Denied { source, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(source.text, "invalid_grant: token revoked");
        }
    }

    #[tokio::test]
    async fn a_registrys_own_token_goes_to_no_token_server() {
        let credential = Credential::RegistryToken("bearer".into());
        let (token, heard) = ask(&[], &credential, "").await;
        assert_eq!(token.expect("a token").value().expose(), "bearer");
        assert_eq!(heard, []);
    }

    #[tokio::test]
    async fn refusals_keep_the_servers_words() {
        for (status, body, words, passing) in [
            (
                401,
                r#"{"errors":[{"code":"UNAUTHORIZED","message":"bad creds"}]}"#,
                "401 Unauthorized: UNAUTHORIZED: bad creds",
                false,
            ),
            (
                401,
                r#"{"details":"incorrect username or password"}"#,
                "401 Unauthorized: incorrect username or password",
                false,
            ),
            (403, "go away\n", "403 Forbidden: go away", false),
            (401, "<html>no</html>", "401 Unauthorized", false),
            (429, "", "429 Too Many Requests", true),
            (503, "[]", "503 Service Unavailable", true),
            (500, &"x".repeat(MAX_ANSWER + 1), "500 Internal Server Error", true),
            (400, "bad", "400 Bad Request: bad", false),
            (307, "", "307 Temporary Redirect", false),
        ] {
            let (refused, heard) = ask(&[(status, body)], &alice(), "").await;
            let error = refused.expect_err("no token");
            assert_eq!(error.is_passing(), passing, "{status}");
            let (Error::Denied { source, .. } | Error::Failed { source, .. }) = error else { panic!("{error:?}") };
            assert_eq!(source.to_string(), words);
            assert_eq!(heard.len(), 1, "one try, or an account is locked");
        }
    }

    #[tokio::test]
    async fn answers_without_a_token_are_told() {
        let long = format!(r#"{{"token":"{}"}}"#, "t".repeat(MAX_ANSWER));
        for (body, words) in [
            ("<html>", "it is not JSON"),
            ("{}", "it has no `token`"),
            (r#"{"token":""}"#, "it has no `token`"),
            (r#"{"token":"a\nb"}"#, "no header can carry its `token`"),
            (&long, "it is too long"),
        ] {
            let (refused, _) = ask(&[(200, body)], &alice(), "").await;
            assert!(matches!(refused, Err(Error::Malformed { why, .. }) if why == words), "{body:.20}");
        }
    }

    #[test]
    fn a_06_what_is_granted_is_known_when_it_is_said_in_the_words_of_registries() {
        for (scope, granted) in [
            (r#","scope":"repository:app:pull""#, Some("repository:app:pull")),
            (r#","scope":"""#, Some("")),
            (r#","scope":"read write""#, None),
            (r#","scope":null"#, None),
            ("", None),
        ] {
            let asked: ScopeSet = scopes("repository:app:pull,push");
            let token = parse(format!(r#"{{"token":"t"{scope}}}"#).as_bytes(), &asked).expect("a token");
            assert_eq!(token.granted().map(ToString::to_string).as_deref(), granted, "{scope}");
            assert_eq!(token.to_keep().is_some(), granted.is_none(), "less than was asked for is not kept: {scope}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_unreachable() {
        let server = server_at(&TokenService::gone().await, None);
        let error = fetch(&client(), &server, &ScopeSet::default(), &alice(), SOON).await.expect_err("nobody");
        assert!(matches!(error, Error::Unreachable { .. }) && error.is_passing());
        assert!(!format!("{error:?}").contains("alice"), "{error:?}");
    }

    #[tokio::test]
    async fn a_05_a_token_lives_a_minute_at_least() {
        for (body, life) in [
            (r#"{"token":"t"}"#, 60),
            (r#"{"token":"","access_token":"t","expires_in":0}"#, 60),
            (r#"{"token":"t","expires_in":-5}"#, 60),
            (r#"{"token":"t","expires_in":300}"#, 300),
            (r#"{"token":"t","expires_in":"300"}"#, 300),
            (r#"{"token":"t","expires_in":1e300}"#, 30 * 24 * 3600),
            (r#"{"token":"t","expires_in":null,"issued_at":"1999-01-01T00:00:00Z"}"#, 60),
        ] {
            let before = Instant::now();
            let token = parse(body.as_bytes(), &ScopeSet::default()).expect("a token");
            let life = Duration::from_secs(life);
            assert!(token.is_fresh(before + life - MARGIN - Duration::from_nanos(1)), "{body}");
            assert!(!token.is_fresh(Instant::now() + life - MARGIN), "{body}");
        }
    }
}
