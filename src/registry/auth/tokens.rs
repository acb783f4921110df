//! The tokens of a run: many requests need the same one at the same moment, and the token server is asked once.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use reqwest::Client;
use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::kept::KeptToken;
use super::{Error, ScopeSet, Shortfall, Token, TokenServer, bearer_header, fetch};
use crate::credentials::Credential;

/// A request under way, which everybody who needs its token waits for. It goes on as long as one of them is there,
/// whoever started it.
type Flight = Shared<BoxFuture<'static, Result<Token, Arc<Error>>>>;

/// The tokens that were given, and those that are being asked for.
pub struct Tokens {
    kept: Mutex<Vec<Kept>>,
    /// How long a token server may take for an answer.
    patience: Duration,
}

struct Kept {
    server: TokenServer,
    credential: Credential,
    scopes: ScopeSet,
    flight: Flight,
}

impl Tokens {
    /// None yet. A token server may take so long for an answer.
    pub fn new(patience: Duration) -> Self {
        Self { kept: Mutex::default(), patience }
    }

    /// A token for these scopes: one that is here, one that is on its way, or a new one. All who wait for a request that
    /// fails get its failure, and only the next one to come asks again.
    pub async fn token(
        &self,
        client: &Client,
        server: &TokenServer,
        scopes: &ScopeSet,
        credential: &Credential,
    ) -> Result<Token, Arc<Error>> {
        self.join(client, server, scopes, credential).await
    }

    /// Drops a token that the registry did not take, so that the next request gets a new one (A-07). When several requests
    /// were refused with the same token, the first one drops it and the others find its successor.
    pub fn forget(&self, refused: &Token) {
        self.lock().retain(|kept| !matches!(kept.flight.peek(), Some(Ok(token)) if token.value() == refused.value()));
    }

    /// Takes a token of an earlier run, so that nobody has to ask for it.
    pub(in crate::registry) fn recall(&self, server: &TokenServer, credential: &Credential, kept: &KeptToken) {
        let Some(life) = kept.life(SystemTime::now()) else { return };
        self.hold(server, credential, kept.scopes(), Token::recalled(kept, life));
    }

    fn hold(&self, server: &TokenServer, credential: &Credential, scopes: ScopeSet, token: Token) {
        let (server, credential) = (server.clone(), credential.clone());
        let flight = futures_util::future::ready(Ok(token)).boxed().shared();
        // A shared future has nothing to show before it is asked.
        let _ = flight.clone().now_or_never();
        self.lock().push(Kept { server, credential, scopes, flight });
    }

    /// The token that a header carries, and whose it is.
    pub(in crate::registry) fn carried(&self, header: &HeaderValue) -> Option<(TokenServer, Token)> {
        self.here().find(|(_, token)| bearer_header(token.value()).as_ref() == Some(header))
    }

    /// What was granted of the first thing for which less was granted than these scopes need, as far as servers said so (A-06).
    pub(in crate::registry) fn shortfall(&self, scopes: &ScopeSet) -> Option<Shortfall> {
        let token = self.here().map(|(_, token)| token).filter(|token| token.covers(scopes)).last()?;
        token.granted()?.shortfall(scopes)
    }

    /// The tokens that are here, in the order in which they were asked for.
    fn here(&self) -> impl Iterator<Item = (TokenServer, Token)> {
        let here = |kept: &Kept| Some((kept.server.clone(), kept.flight.peek()?.as_ref().ok()?.clone()));
        self.lock().iter().filter_map(here).collect::<Vec<_>>().into_iter()
    }

    fn join(
        &self,
        client: &Client,
        server: &TokenServer,
        scopes: &ScopeSet,
        credential: &Credential,
    ) -> impl Future<Output = Result<Token, Arc<Error>>> + use<> {
        let now = Instant::now();
        let mut all = self.lock();
        all.retain(|kept| match kept.flight.peek() {
            None => true,
            Some(Ok(token)) => token.is_fresh(now),
            Some(Err(_)) => false,
        });
        let fitting = all
            .iter()
            .find(|kept| kept.scopes.covers(scopes) && kept.server == *server && kept.credential == *credential);
        if let Some(kept) = fitting {
            return kept.flight.clone();
        }
        let (client, server, scopes, credential) = (client.clone(), server.clone(), scopes.clone(), credential.clone());
        let flight = {
            let (server, scopes, credential) = (server.clone(), scopes.clone(), credential.clone());
            let patience = self.patience;
            async move { fetch(&client, &server, &scopes, &credential, patience).await.map_err(Arc::new) }
                .boxed()
                .shared()
        };
        all.push(Kept { server, credential, scopes, flight: flight.clone() });
        flight
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        // The list is whole at every moment, whatever happened to whoever held it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use futures_util::future::join_all;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use url::Url;

    use super::super::{Bearer, PlainHosts};
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// What a token service heard.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Heard {
        pub line: String,
        pub authorization: Option<String>,
        pub body: String,
    }

    /// A token server that gives prepared answers, one a connection. It reads HTTP by hand: sharing a library with the
    /// client would let both be wrong in the same way.
    pub struct TokenService {
        address: std::net::SocketAddr,
        heard: Arc<Mutex<Vec<Heard>>>,
        task: tokio::task::JoinHandle<()>,
    }

    impl TokenService {
        pub async fn start(answers: &[(u16, &str)]) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let heard = Arc::new(Mutex::new(Vec::new()));
            let answers: Vec<_> = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
            let task = tokio::spawn({
                let heard = Arc::clone(&heard);
                async move {
                    for (status, body) in answers {
                        let (mut stream, _) = listener.accept().await.expect("a connection");
                        let request = hear(&mut stream).await;
                        heard.lock().expect("not poisoned").push(request);
                        let head = format!(
                            "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nlocation: /elsewhere\r\nconnection: close\r\n\r\n",
                            body.len()
                        );
                        stream.write_all(head.as_bytes()).await.expect("the head is sent");
                        // A client that has read enough hangs up.
                        stream.write_all(body.as_bytes()).await.ok();
                    }
                }
            });
            Self { address, heard, task }
        }

        /// The address of a service that has gone.
        pub async fn gone() -> String {
            let service = Self::start(&[]).await;
            let url = service.url("");
            let mut service = service;
            (&mut service.task).await.expect("it ends");
            url
        }

        pub fn url(&self, query: &str) -> String {
            format!("http://{}/token{query}", self.address)
        }

        pub fn heard(&self) -> Vec<Heard> {
            self.heard.lock().expect("not poisoned").clone()
        }
    }

    impl Drop for TokenService {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    async fn hear(stream: &mut TcpStream) -> Heard {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            assert_ne!(stream.read_buf(&mut bytes).await.expect("a request"), 0, "a whole request");
        };
        let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
        let header = |name: &str| {
            let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
            lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().expect("a number"));
        let mut body = bytes.split_off(end + 4);
        while body.len() < length {
            assert_ne!(stream.read_buf(&mut body).await.expect("a body"), 0, "a whole body");
        }
        Heard {
            line: head.lines().next().unwrap_or_default().to_owned(),
            authorization: header("authorization"),
            body: String::from_utf8(body).expect("text"),
        }
    }

    pub fn client() -> Client {
        let builder = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        builder.tls_certs_only([]).build().expect("a client")
    }

    pub fn server_at(realm: &str, service: Option<&str>) -> TokenServer {
        let realm = Url::parse(realm).expect("an address");
        let bearer = Bearer {
            realm: realm.clone(),
            service: service.map(str::to_owned),
            scopes: ScopeSet::default(),
            error: None,
        };
        let host = "r.example".parse().expect("a host");
        TokenServer::of(&bearer, &host, &realm, &PlainHosts::new(&host, &[])).expect("a fit server")
    }

    fn scopes(text: &str) -> ScopeSet {
        text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {})
    }

    /// A service with these answers, and what asks it.
    async fn setting(answers: &[(u16, &str)]) -> (TokenService, TokenServer, Client, Tokens) {
        let service = TokenService::start(answers).await;
        let server = server_at(&service.url(""), None);
        (service, server, client(), Tokens::new(PATIENCE))
    }

    #[tokio::test]
    async fn many_who_need_a_token_ask_once() {
        let (service, server, client, tokens) = setting(&[(200, r#"{"token":"a"}"#), (200, r#"{"token":"b"}"#)]).await;
        let (wide, narrow) = (scopes("repository:app:pull,push"), scopes("repository:app:pull"));
        let needs = [&wide, &narrow, &wide, &narrow];
        let asked = needs.map(|scopes| tokens.token(&client, &server, scopes, &Credential::Anonymous));
        for token in join_all(asked).await {
            assert_eq!(token.expect("a token").value().expose(), "a");
        }
        tokens.token(&client, &server, &narrow, &Credential::Anonymous).await.expect("the one that is there");
        assert_eq!(service.heard().len(), 1);
    }

    #[tokio::test]
    async fn a_10_tokens_are_kept_by_server_scope_and_credential() {
        let (service, server, client, tokens) =
            setting(&[(200, r#"{"token":"a"}"#), (200, r#"{"token":"b"}"#), (200, r#"{"token":"c"}"#)]).await;
        let alice = Credential::basic("alice", "p");
        for (scope, credential, value) in [
            ("repository:app:pull", &Credential::Anonymous, "a"),
            ("repository:app:pull,push", &Credential::Anonymous, "b"),
            ("repository:app:pull", &alice, "c"),
            ("repository:app:pull,push", &Credential::Anonymous, "b"),
        ] {
            let token = tokens.token(&client, &server, &scopes(scope), credential).await.expect("a token");
            assert_eq!(token.value().expose(), value, "{scope}");
        }
        assert_eq!(service.heard().len(), 3);
    }

    #[tokio::test]
    async fn a_07_a_refused_token_is_replaced_once_for_all() {
        let (service, server, client, tokens) = setting(&[(200, r#"{"token":"a"}"#), (200, r#"{"token":"b"}"#)]).await;
        let needed = scopes("repository:app:pull");
        let ask = || tokens.token(&client, &server, &needed, &Credential::Anonymous);
        let refused = ask().await.expect("a token");
        for _ in 0..3 {
            tokens.forget(&refused);
            assert_eq!(ask().await.expect("a token").value().expose(), "b");
        }
        assert_eq!(service.heard().len(), 2);
    }

    /// A token of an earlier run serves like one of this run; one that would run out on its way is replaced before.
    #[tokio::test]
    async fn a_05_a_token_is_replaced_before_it_runs_out() {
        let (service, server, client, tokens) = setting(&[(200, r#"{"token":"b"}"#)]).await;
        let needed = scopes("repository:app:pull");
        let kept = KeptToken::new(&needed, &"a".into(), SystemTime::now(), Duration::from_secs(300));
        for (life, value) in [(300, "a"), (9, "b")] {
            *tokens.lock() = Vec::new();
            let token = Token::recalled(&kept, Duration::from_secs(life));
            tokens.hold(&server, &Credential::Anonymous, needed.clone(), token);
            let token = tokens.token(&client, &server, &needed, &Credential::Anonymous).await.expect("a token");
            assert_eq!(token.value().expose(), value, "{life}");
        }
        assert_eq!(service.heard().len(), 1);
    }

    #[tokio::test]
    async fn tokens_of_an_earlier_run_serve_whoever_they_were_given_to() {
        let (service, server, client, tokens) = setting(&[(200, r#"{"token":"b"}"#)]).await;
        let (wide, narrow) = (scopes("repository:app:pull,push"), scopes("repository:app:pull"));
        let kept = KeptToken::new(&wide, &"a".into(), SystemTime::now(), Duration::from_secs(300));
        tokens.recall(&server, &Credential::Anonymous, &kept);
        let header = bearer_header(&"a".into()).expect("a header");
        assert!(tokens.carried(&header).is_some_and(|(found, _)| found == server));
        let alice = Credential::basic("alice", "p");
        for (credential, value) in [(&Credential::Anonymous, "a"), (&alice, "b")] {
            let token = tokens.token(&client, &server, &narrow, credential).await.expect("a token");
            assert_eq!(token.value().expose(), value);
        }
        assert_eq!(service.heard().len(), 1);
    }

    /// Docker repeats a failed request for a token once a layer.
    #[tokio::test]
    async fn a_failure_is_shared_and_not_kept() {
        let (service, server, client, tokens) = setting(&[(503, "busy"), (200, r#"{"token":"a"}"#)]).await;
        let needed = scopes("repository:app:pull");
        let ask = || tokens.token(&client, &server, &needed, &Credential::Anonymous);
        for refused in join_all([ask(), ask(), ask()]).await {
            assert!(refused.expect_err("a failure").is_passing());
        }
        assert_eq!(service.heard().len(), 1);
        assert!(ask().await.is_ok());
    }

    #[tokio::test]
    async fn whoever_started_a_request_may_leave() {
        let (service, server, client, tokens) = setting(&[(200, r#"{"token":"a"}"#)]).await;
        let needed = scopes("repository:app:pull");
        let ask = || tokens.token(&client, &server, &needed, &Credential::Anonymous);
        let mut first = Box::pin(ask());
        assert!((&mut first).now_or_never().is_none(), "it is under way");
        let second = ask();
        drop(first);
        assert_eq!(second.await.expect("a token").value().expose(), "a");
        assert_eq!(service.heard().len(), 1);
    }
}
