//! Challenges: what a registry wants to see before it answers, and whether the token server it names may be told who we are.

use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use url::Url;

use super::{Error, ScopeSet, Wanted};
use crate::image::Host;

/// What a registry wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// A name and a password, from nobody but this registry (A-12).
    Basic {
        /// What the registry calls the accounts that it knows.
        realm: String,
    },
    /// A token.
    Bearer(Bearer),
}

/// Where tokens come from and what a token has to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The address of the token server, with a query of its own, perhaps.
    pub realm: Url,
    /// The registry's name at the token server.
    pub service: Option<String>,
    /// What the request needs; empty when the registry does not say (A-03).
    pub scopes: ScopeSet,
    /// Why the token that was sent is not good enough: `insufficient_scope`.
    pub error: Option<String>,
}

impl Challenge {
    /// The challenge to answer, out of all that an answer has: a token is better than a password (A-01).
    pub fn preferred(headers: &HeaderMap) -> Option<Self> {
        let mut all = Self::all(headers);
        let bearer = all.iter().position(|challenge| matches!(challenge, Self::Bearer(_)));
        (!all.is_empty()).then(|| all.swap_remove(bearer.unwrap_or(0)))
    }

    /// All challenges that can be understood, from all headers (A-01). What cannot be understood is left out, for an
    /// unknown scheme may be followed by a known one.
    pub fn all(headers: &HeaderMap) -> Vec<Self> {
        parsed(headers)
            .filter_map(|challenge| {
                let parameter = |name: &str| {
                    let (_, value) = challenge.params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
                    Some(value.to_unescaped()).filter(|value| !value.is_empty())
                };
                match challenge.scheme.to_ascii_lowercase().as_str() {
                    "basic" => Some(Self::Basic { realm: parameter("realm").unwrap_or_default() }),
                    "bearer" => Bearer::new(parameter).map(Self::Bearer),
                    _ => None,
                }
            })
            .collect()
    }

    /// The schemes of an answer that has challenges, when none of them can be understood.
    pub fn strange(headers: &HeaderMap) -> Option<String> {
        let schemes: Vec<&str> = parsed(headers).map(|challenge| challenge.scheme).collect();
        (!schemes.is_empty() && Self::all(headers).is_empty()).then(|| schemes.join(", "))
    }
}

fn parsed(headers: &HeaderMap) -> impl Iterator<Item = ChallengeRef<'_>> {
    let texts = headers.get_all(WWW_AUTHENTICATE).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| ChallengeParser::new(text).map_while(Result::ok))
}

impl Bearer {
    fn new(parameter: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let bearer = Self::at(&parameter("realm")?, parameter("service"))?;
        let scopes = parameter("scope").and_then(|scope| scope.parse().ok()).unwrap_or_default();
        Some(Self { scopes, error: parameter("error"), ..bearer })
    }

    /// A token server at an address; `None` when it is no address of one.
    pub(super) fn at(realm: &str, service: Option<String>) -> Option<Self> {
        let mut realm = Url::parse(realm.trim()).ok()?;
        if !matches!(realm.scheme(), "http" | "https") {
            return None;
        }
        // A name in the address would be sent in place of ours. Neither call can fail: the address has a host.
        realm.set_username("").and_then(|()| realm.set_password(None)).ok()?;
        realm.set_fragment(None);
        Some(Self { realm, service, scopes: ScopeSet::default(), error: None })
    }
}

/// The hosts that may be told who we are without TLS: that a registry may be is no permission for the token server that it
/// names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHosts(Vec<String>);

impl PlainHosts {
    /// The registry itself, which is asked without TLS only where the user allows that, and others of which the user says so.
    /// The port does not matter: a token server is often beside its registry.
    pub fn new(registry: &Host, others: &[Host]) -> Self {
        Self([registry].into_iter().chain(others).map(|host| host.name().to_ascii_lowercase()).collect())
    }

    fn have(&self, address: &Url) -> bool {
        let host = address.host_str().and_then(|host| host.parse::<Host>().ok());
        host.is_some_and(|host| host.is_loopback() || self.0.iter().any(|name| *name == host.name()))
    }
}

/// A token server that may be told who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenServer {
    registry: Host,
    realm: Url,
    service: Option<String>,
    offline: bool,
}

impl TokenServer {
    /// The token server of a challenge (A-11). Credentials go there only because the registry said so, and so not over a
    /// worse connection than the one to the registry: `asked` is the address that gave the challenge.
    pub fn of(bearer: &Bearer, registry: &Host, asked: &Url, plain: &PlainHosts) -> Result<Self, Error> {
        let realm = &bearer.realm;
        if realm.scheme() == "http" && (asked.scheme() == "https" || !plain.have(realm)) {
            let name = host_of(realm);
            let allowable = if asked.scheme() == "http" { name.parse().ok() } else { None };
            return Err(Error::UnsafeRealm { registry: registry.clone(), realm: name, allowable });
        }
        Ok(Self { registry: registry.clone(), realm: realm.clone(), service: bearer.service.clone(), offline: false })
    }

    /// The same, to be asked for a refresh token too, as a login does (A-09).
    pub fn for_login(self) -> Self {
        Self { offline: true, ..self }
    }

    /// The registry whose tokens it gives.
    pub fn registry(&self) -> &Host {
        &self.registry
    }

    pub(in crate::registry) fn realm(&self) -> &Url {
        &self.realm
    }

    pub(super) fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The same for the next run, which judges it anew.
    pub(in crate::registry) fn to_keep(&self) -> Wanted {
        Wanted::Bearer { realm: self.realm.to_string(), service: self.service.clone() }
    }

    pub(super) fn wants_refresh_token(&self) -> bool {
        self.offline
    }
}

/// Host and port of an address, for people.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |text: &&str| (WWW_AUTHENTICATE, HeaderValue::from_bytes(text.as_bytes()).expect("a header"));
        values.iter().map(value).collect()
    }

    fn bearer(values: &[&str]) -> Bearer {
        match Challenge::preferred(&headers(values)) {
            Some(Challenge::Bearer(bearer)) => bearer,
            other => panic!("{values:?}: {other:?}"),
        }
    }

    #[test]
    fn a_01_all_headers_and_all_challenges_are_read() {
        let token = r#"Bearer realm="https://auth.example/token",service="r.example",scope="repository:app:pull,push""#;
        for values in [
            &[token][..],
            &[r#"Basic realm="r""#, token],
            &[&format!(r#"Basic realm="a, b", {token}"#)],
            &[&format!(r#"{token}, Basic realm="r""#)],
            &["Negotiate", r#"Digest realm="x", nonce="y=""#, token],
            &["Negotiate", "Negotiate YWJj==", token],
            &["\u{fc}nknown", "", token],
            &[r#"bEARER Realm="https://auth.example/token" , SERVICE=r.example, scope="repository:app:pull,push""#],
        ] {
            let bearer = bearer(values);
            assert_eq!(bearer.realm.as_str(), "https://auth.example/token");
            assert_eq!(bearer.service.as_deref(), Some("r.example"));
            assert_eq!(bearer.scopes.to_string(), "repository:app:pull,push");
            assert_eq!(bearer.error, None);
        }
    }

    #[test]
    fn basic_is_answered_when_there_is_no_usable_bearer() {
        for values in [
            &[r#"Basic realm="Registry Realm""#][..],
            &["Bearer", r#"Basic realm="Registry Realm""#],
            &[r#"Bearer realm="/token""#, r#"BASIC realm="Registry Realm""#],
            &[r#"Bearer realm="file:///etc/passwd""#, r#"Basic realm="Registry Realm""#],
        ] {
            let realm = "Registry Realm".to_owned();
            assert_eq!(Challenge::preferred(&headers(values)), Some(Challenge::Basic { realm }), "{values:?}");
        }
        assert_eq!(Challenge::preferred(&headers(&[])), None);
        assert_eq!(Challenge::preferred(&headers(&["Negotiate"])), None);
    }

    #[test]
    fn a_03_service_and_scope_may_be_missing() {
        let bearer = bearer(&[r#"Bearer realm="https://u:p@auth.example/t?a=b",scope="",error="insufficient_scope""#]);
        assert_eq!((bearer.realm.as_str(), bearer.service), ("https://auth.example/t?a=b", None));
        assert!(bearer.scopes.is_empty());
        assert_eq!(bearer.error.as_deref(), Some("insufficient_scope"));
    }

    #[test]
    fn a_11_credentials_do_not_leave_over_a_worse_connection() {
        let registry: Host = "r.example".parse().expect("a host");
        let other: Host = "auth.example".parse().expect("a host");
        let (refused, allowed) = (&PlainHosts::new(&registry, &[]), &PlainHosts::new(&registry, &[other]));
        for (asked, realm, plain, fit) in [
            ("https://r.example/v2/", "https://auth.example/t", refused, true),
            ("https://r.example/v2/", "http://auth.example/t", refused, false),
            ("https://r.example/v2/", "http://auth.example/t", allowed, false),
            ("https://r.example/v2/", "http://127.0.0.1/t", allowed, false),
            ("http://r.example/v2/", "http://auth.example/t", refused, false),
            ("http://r.example/v2/", "http://auth.example/t", allowed, true),
            ("http://r.example/v2/", "http://other.example/t", allowed, false),
            ("http://r.example/v2/", "http://r.example:5001/t", refused, true),
            ("https://r.example/v2/", "http://r.example:5001/t", allowed, false),
            ("http://r.example/v2/", "http://localhost.evil.example/t", refused, false),
            ("http://localhost:5000/v2/", "http://localhost:5001/t", refused, true),
            ("http://[::1]:5000/v2/", "http://[::1]:5001/t", refused, true),
            ("http://localhost:5000/v2/", "https://auth.example/t", refused, true),
        ] {
            let bearer = bearer(&[&format!(r#"Bearer realm="{realm}""#)]);
            let asked = Url::parse(asked).expect("an address");
            let server = TokenServer::of(&bearer, &registry, &asked, plain);
            assert_eq!(server.is_ok(), fit, "{asked} {realm} {plain:?}");
        }
    }
}
