//! A token server, and registries that believe it: as large as the protocol needs, and no larger.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::http::request::Parts;
use rpush::server::Verdict;

use super::registry::{Registry, answer};

/// Gives a token that is good for everything to alice, and one that is good for nothing to whoever gives no name.
pub struct TokenServer {
    server: Registry,
    token: String,
}

impl TokenServer {
    pub fn start(password: &str) -> Self {
        let server = Registry::open();
        let pair = BASE64_STANDARD.encode(format!("alice:{password}"));
        let right = format!("Basic {pair}");
        let token = format!("token-of-{}-letters", password.len());
        let given = token.clone();
        server.on(move |request| Some(give(request, &right, &given)));
        Self { server, token }
    }

    /// Lets a registry take this server's tokens and nothing else.
    pub fn guard(&self, registry: &Registry) {
        let realm = format!("http://{}/token", self.server.host());
        let write = format!("Bearer {}", self.token);
        registry.on(move |request| {
            let sent = request.headers.get("authorization").and_then(|value| value.to_str().ok());
            if sent == Some(&write) {
                return None;
            }
            let challenge = format!("Bearer realm=\"{realm}\",service=\"registry\"");
            let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
            Some(answer(401, &[("www-authenticate", &challenge)], body))
        });
    }

    /// The token that alice gets.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What was asked of the server.
    pub fn journal(&self) -> Vec<String> {
        self.server.journal(&[])
    }
}

fn give(request: &Parts, right: &str, token: &str) -> Verdict {
    let sent = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    match (request.method.as_str(), sent) {
        ("GET", Some(sent)) if sent == right => answer(200, &[], format!(r#"{{"token":"{token}","expires_in":300}}"#)),
        ("GET", None) => answer(200, &[], r#"{"token":"for-nobody"}"#),
        ("GET", Some(_)) => answer(401, &[], r#"{"errors":[{"code":"UNAUTHORIZED","message":"bad credentials"}]}"#),
        _ => answer(405, &[], "{}"),
    }
}
