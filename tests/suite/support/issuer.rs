//! A token server that can change its mind: its tokens are numbered, can be revoked, and may be worth less than was asked for.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::http::request::Parts;
use rpush::server::Verdict;

use super::registry::{Registry, answer};

/// Gives tokens to alice alone.
pub struct Issuer {
    server: Registry,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    given: usize,
    good: HashSet<String>,
    /// What is said to be granted, when something is said.
    grants: Option<String>,
    /// A scope with this text in it is refused.
    refuses: Option<String>,
}

impl Issuer {
    pub fn start(password: &str) -> Self {
        let (server, state) = (Registry::open(), Arc::new(Mutex::new(State::default())));
        let right = format!("Basic {}", BASE64_STANDARD.encode(format!("alice:{password}")));
        let shared = state.clone();
        server.on(move |request| Some(give(request, &right, &mut shared.lock().expect("not poisoned"))));
        Self { server, state }
    }

    /// Lets a registry take this server's tokens and nothing else; after `rule`, which sees every request first.
    pub fn guard(&self, registry: &Registry, rule: impl Fn(&Parts) -> Option<Verdict> + Send + Sync + 'static) {
        let challenge = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", self.server.host());
        let state = self.state.clone();
        registry.on(move |request| {
            if let Some(verdict) = rule(request) {
                return Some(verdict);
            }
            let sent = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let token = sent.strip_prefix("Bearer ").unwrap_or_default();
            if state.lock().expect("not poisoned").good.contains(token) {
                return None;
            }
            let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
            Some(answer(401, &[("www-authenticate", &challenge)], body))
        });
    }

    /// From now on no token is good that was given so far.
    pub fn revoke(&self) -> impl Fn() + Send + Sync + 'static {
        let state = self.state.clone();
        move || state.lock().expect("not poisoned").good.clear()
    }

    /// What the answers say that they grant.
    pub fn grants(&self, scope: &str) {
        self.state.lock().expect("not poisoned").grants = Some(scope.to_owned());
    }

    /// Who asks for something with this text in it gets nothing.
    pub fn refuses(&self, text: &str) {
        self.state.lock().expect("not poisoned").refuses = Some(text.to_owned());
    }

    /// What was asked of the server.
    pub fn journal(&self) -> Vec<String> {
        self.server.journal(&[])
    }
}

fn give(request: &Parts, right: &str, state: &mut State) -> Verdict {
    let sent = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let refused = state.refuses.as_ref().is_some_and(|text| request.uri.to_string().contains(text.as_str()));
    if request.method != "GET" || sent != Some(right) || refused {
        return answer(401, &[], r#"{"errors":[{"code":"UNAUTHORIZED","message":"bad credentials"}]}"#);
    }
    state.given += 1;
    let token = format!("token-number-{}", state.given);
    let scope = state.grants.as_ref().map(|scope| format!(",\"scope\":\"{scope}\"")).unwrap_or_default();
    let body = format!("{{\"token\":\"{token}\",\"expires_in\":300{scope}}}");
    state.good.insert(token);
    answer(200, &[], body)
}
