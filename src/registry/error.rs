//! What can go wrong between rpush and a registry: the registry says no, it cannot be reached, or what it says makes no sense.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::auth::{self, Shortfall};
use super::documents::Shortcoming;
use super::rate_limit::RateLimit;
use super::trouble::Trouble;
use crate::content::{self, Advice, Class};
use crate::image::{Digest, Host, parse_value};

/// A request to a registry that did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry, or something in front of it, said no.
    #[error("cannot {doing}")]
    Refused {
        /// What was being done: `push layer 0123456789ab to localhost:5000/app`.
        doing: String,
        /// Which registry.
        host: Host,
        /// What it said.
        #[source]
        answer: Answer,
    },
    /// There was no answer.
    #[error("cannot {doing}")]
    Unreachable {
        /// What was being done.
        doing: String,
        /// Which registry.
        registry: Host,
        /// Whose address it was: the registry's, or that of somebody to whom it has sent us.
        host: Host,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// The answer breaks the rules.
    #[error("cannot {doing}")]
    Nonsense {
        /// What was being done.
        doing: String,
        /// What is wrong with the answer.
        #[source]
        nonsense: Nonsense,
    },
    /// It sends on to an address that is not gone to.
    #[error("cannot {doing}")]
    Misled {
        /// What was being done.
        doing: String,
        /// Which registry.
        host: Host,
        /// Which address, and why not.
        #[source]
        nonsense: Nonsense,
    },
    /// The token server said no or could not be reached.
    #[error("cannot {doing}")]
    Token {
        /// What was being done.
        doing: String,
        /// What the token server said.
        #[source]
        error: NoToken,
    },
    /// The content to send could not be read.
    #[error(transparent)]
    Content(#[from] content::Error),
}

/// Why there is no token, in one line: who was asked and what it said, because a token server's words are not the registry's.
#[derive(Debug)]
pub struct NoToken(pub Arc<auth::Error>);

impl fmt::Display for NoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        self.0.source().map_or(Ok(()), |said| write!(f, ": {said}"))
    }
}

impl StdError for NoToken {}

/// An answer that breaks the rules.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Nonsense(pub String);

/// A registry's no, in its own words.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// When to come back, if it said so.
    pub retry_after: Option<Duration>,
    /// Each error with code, message and detail; or the text, when it was not the registry that spoke.
    words: Vec<String>,
    /// What a manifest names and the registry does not have; `None` when that is not why it says no.
    pub lacking: Option<Vec<Digest>>,
    /// What the registry cannot do, where that is why.
    pub shortcoming: Option<Shortcoming>,
    /// What the token server had withheld.
    pub shortfall: Option<Shortfall>,
    /// What the registry allows, where that is why.
    pub limit: Option<RateLimit>,
    /// Whether nobody asked, and an account may be allowed more.
    pub anonymous: bool,
}

impl Answer {
    /// Reads the body of an answer. The content type does not matter: olareg and crane's registry send their JSON as
    /// text/plain (C-11), and proxies send pages.
    pub fn read(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let json = parse_value(body).unwrap_or_default();
        let errors = json["errors"].as_array();
        let words = match errors {
            Some(errors) => errors.iter().map(error_words).collect(),
            None => page_words(body),
        };
        let lacking = errors.and_then(|errors| lacking(errors));
        Self { status, retry_after, words, lacking, shortcoming: None, shortfall: None, limit: None, anonymous: false }
    }

    /// Whether its words have these in them.
    pub fn speaks_of(&self, words: &str) -> bool {
        self.words.iter().any(|text| text.contains(words))
    }

    /// The same, explained by `words` when it came without any.
    pub fn or_words(mut self, words: impl FnOnce() -> String) -> Self {
        if self.words.is_empty() {
            self.words.push(words());
        }
        self
    }
}

/// What a manifest names and the registry does not have. The digest is in the detail, by itself or in an object.
fn lacking(errors: &[Value]) -> Option<Vec<Digest>> {
    let is_lack = |error: &&Value| matches!(error["code"].as_str(), Some("MANIFEST_BLOB_UNKNOWN" | "BLOB_UNKNOWN"));
    let lacks: Vec<&Value> = errors.iter().filter(is_lack).collect();
    let digest = |error: &&Value| error["detail"]["digest"].as_str().or(error["detail"].as_str())?.parse().ok();
    (!lacks.is_empty()).then(|| lacks.iter().filter_map(digest).collect())
}

/// `DENIED: requested access to the resource is denied: {"quota": "10 GB"}`
fn error_words(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let detail = match &error["detail"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) if members.is_empty() => None,
        other => Some(other.to_string()),
    };
    let detail = detail.filter(|detail| Some(detail) != text("message").as_ref());
    let parts: Vec<String> = [text("code"), text("message"), detail].into_iter().flatten().collect();
    parts.join(": ")
}

/// The title of a page, or the first line of a text.
fn page_words(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").zip(lower.find("</title>")).and_then(|(begin, end)| text.get(begin + 7..end));
    let line = match title {
        Some(title) => title,
        None if lower.trim_start().starts_with('<') => "",
        None => text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default(),
    };
    let line: String = line.trim().chars().take(200).collect();
    if line.is_empty() { Vec::new() } else { vec![line] }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status.canonical_reason() {
            Some(reason) => format!("HTTP {} {reason}", self.status.as_u16()),
            None => format!("HTTP {}", self.status.as_u16()),
        };
        match (&self.shortfall, self.words.as_slice()) {
            (None, []) => f.write_str(&status)?,
            // nginx's page for a status says no more than the status.
            (None, [words]) if status.strip_prefix("HTTP ") == Some(words) => f.write_str(&status)?,
            (None, words) => write!(f, "{} ({status})", words.join("; "))?,
            (Some(shortfall), []) => write!(f, "{shortfall} ({status})")?,
            (Some(shortfall), words) => write!(f, "{shortfall}: {} ({status})", words.join("; "))?,
        }
        match &self.limit {
            Some(limit) => write!(f, "; the limit is {limit}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Answer {}

impl From<Error> for content::Error {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Content(error) => return error,
            other => other,
        };
        let (class, advice) = match &error {
            Error::Content(error) => (error.class(), error.advice().cloned()),
            Error::Refused { answer: Answer { shortcoming: Some(shortcoming), .. }, host, .. } => {
                (Class::Failed, Some(do_without(host, shortcoming)))
            }
            Error::Refused { answer, host, .. } => match answer.status.as_u16() {
                407 => (Class::Unreachable, Some(Advice::NameProxyAccount)),
                // nginx's words, and its own numbers for the same.
                400 | 495 | 496 if answer.speaks_of("SSL certificate") => {
                    (Class::Denied, Some(Advice::ShowCertificate(host.clone())))
                }
                // nginx's words, and those of Go's servers.
                400 if answer.speaks_of("HTTPS port") || answer.speaks_of("to an HTTPS server") => {
                    (Class::Unreachable, Some(Advice::UseTls(host.clone())))
                }
                401 | 403 => (Class::Denied, Some(log_in(host, answer))),
                404 if answer.speaks_of("NAME_UNKNOWN") => {
                    (Class::NotFound, Some(Advice::CheckRepository(host.clone())))
                }
                // What is pushed names something that the registry has lost meanwhile.
                404 if answer.speaks_of("BLOB_UNKNOWN") => (Class::NotFound, Some(Advice::TryAgain(host.clone()))),
                404 => (Class::NotFound, None),
                413 => (Class::Failed, Some(Advice::RaiseBodyLimit(host.clone()))),
                429 if answer.limit.is_some() && answer.anonymous && answer.retry_after.is_none() => {
                    (Class::Unreachable, Some(Advice::LogInForMore(host.clone())))
                }
                502 | 504 if answer.retry_after.is_none() => {
                    (Class::Unreachable, Some(Advice::LookBehindProxy(host.clone())))
                }
                408 | 425 | 429 | 500.. => {
                    let later = answer.retry_after.map(Advice::ComeBackIn);
                    (Class::Unreachable, Some(later.unwrap_or_else(|| Advice::TryAgain(host.clone()))))
                }
                _ => (Class::Failed, Some(Advice::AskDoctor(host.clone()))),
            },
            Error::Unreachable { trouble, host, registry, .. } => {
                // It has answered, and the same would be its answer to every other try.
                let is_no = matches!(trouble, Trouble::ClientCertificate(_));
                let advice = trouble.advice(host, registry).unwrap_or_else(|| Advice::TryAgain(registry.clone()));
                (if is_no { Class::Denied } else { Class::Unreachable }, Some(advice))
            }
            Error::Nonsense { .. } => (Class::Failed, None),
            Error::Misled { host, .. } => (Class::Failed, Some(Advice::TellRegistryItsAddress(host.clone()))),
            Error::Token { error, .. } => (error.0.class(), error.0.advice()),
        };
        let error = Self::new(class, error);
        advice.into_iter().fold(error, Self::advise)
    }
}

/// What to do about something that a registry cannot do.
fn do_without(host: &Host, shortcoming: &Shortcoming) -> Advice {
    let host = host.clone();
    match shortcoming {
        Shortcoming::ForeignLayers => Advice::AllowForeignLayers(host),
        Shortcoming::Algorithm(algorithm) => Advice::UseSha256 { host, algorithm: *algorithm },
        Shortcoming::SparseIndex => Advice::PushOnePlatform(host),
        Shortcoming::Type(media_type) => Advice::UseKnownType { host, media_type: media_type.clone() },
    }
}

/// With an account that may do what this one may not, where that is known.
fn log_in(host: &Host, answer: &Answer) -> Advice {
    match &answer.shortfall {
        Some(shortfall) => Advice::LogInFor { host: host.clone(), actions: shortfall.missing.clone() },
        None => Advice::LogIn(host.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(status: u16, body: &str) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        Answer::read(status, None, body.as_bytes()).to_string()
    }

    /// What a proxy or nginx says instead of the registry has cures of its own.
    #[test]
    fn statuses_have_their_advice() {
        let host: Host = "r.example".parse().expect("a host");
        let nginx = "<html><head><title>400 No required SSL certificate was sent</title></head>";
        for (status, body, class, advice) in [
            (400, nginx, Class::Denied, Some(Advice::ShowCertificate(host.clone()))),
            (400, "bad request", Class::Failed, Some(Advice::AskDoctor(host.clone()))),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.",
                Class::Unreachable,
                Some(Advice::UseTls(host.clone())),
            ),
            (401, "", Class::Denied, Some(Advice::LogIn(host.clone()))),
            (407, "", Class::Unreachable, Some(Advice::NameProxyAccount)),
            (413, "", Class::Failed, Some(Advice::RaiseBodyLimit(host.clone()))),
            (404, "", Class::NotFound, None),
            (404, "NAME_UNKNOWN", Class::NotFound, Some(Advice::CheckRepository(host.clone()))),
            (404, "MANIFEST_BLOB_UNKNOWN", Class::NotFound, Some(Advice::TryAgain(host.clone()))),
            (500, "", Class::Unreachable, Some(Advice::TryAgain(host.clone()))),
            (502, "", Class::Unreachable, Some(Advice::LookBehindProxy(host.clone()))),
        ] {
            let answer = Answer::read(StatusCode::from_u16(status).expect("a status"), None, body.as_bytes());
            let error = content::Error::from(Error::Refused { doing: "look".into(), host: host.clone(), answer });
            assert_eq!((error.class(), error.advice()), (class, advice.as_ref()), "{status} {body}");
        }
    }

    /// A-06: the token server's part in it is said first, and what to log in for.
    #[test]
    fn what_was_withheld_and_what_is_allowed_are_said() {
        let host: Host = "r.example".parse().expect("a host");
        let shortfall = Shortfall { granted: vec!["pull".into()], missing: vec!["push".into()] };
        for (body, words) in [
            ("", "the token server granted only pull (HTTP 403 Forbidden)"),
            (r#"{"errors":[{"code":"DENIED"}]}"#, "the token server granted only pull: DENIED (HTTP 403 Forbidden)"),
        ] {
            let mut answer = Answer::read(StatusCode::FORBIDDEN, None, body.as_bytes());
            answer.shortfall = Some(shortfall.clone());
            assert_eq!(answer.to_string(), words);
            let error = content::Error::from(Error::Refused { doing: "look".into(), host: host.clone(), answer });
            let advice = Advice::LogInFor { host: host.clone(), actions: vec!["push".into()] };
            assert_eq!((error.class(), error.advice()), (Class::Denied, Some(&advice)));
        }
        let mut answer = Answer::read(StatusCode::TOO_MANY_REQUESTS, None, b"toomany");
        answer.limit = Some(RateLimit { limit: 100, remaining: Some(0), window: Some(Duration::from_secs(21600)) });
        assert_eq!(answer.to_string(), "toomany (HTTP 429 Too Many Requests); the limit is 100 in 6 hours");
    }

    #[test]
    fn what_a_registry_lacks_is_read() {
        let digest = Digest::of(b"x");
        let of = |body: String| Answer::read(StatusCode::BAD_REQUEST, None, body.as_bytes()).lacking;
        let one = |code: &str, detail: String| of(format!(r#"{{"errors":[{{"code":"{code}","detail":{detail}}}]}}"#));
        assert_eq!(one("MANIFEST_BLOB_UNKNOWN", format!(r#"{{"digest":"{digest}"}}"#)), Some(vec![digest]));
        assert_eq!(one("BLOB_UNKNOWN", format!("\"{digest}\"")), Some(vec![digest]));
        assert_eq!(one("MANIFEST_BLOB_UNKNOWN", "{}".into()), Some(vec![]));
        assert_eq!(one("MANIFEST_INVALID", format!(r#"{{"digest":"{digest}"}}"#)), None);
        assert_eq!(of("no JSON".into()), None);
    }

    /// C-11: code, message and detail are all shown, whatever the detail is.
    #[test]
    fn a_registrys_no_is_shown_whole() {
        for (body, shown) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied","detail":"quota exceeded"}]}"#,
                "DENIED: requested access to the resource is denied: quota exceeded (HTTP 403 Forbidden)",
            ),
            (r#"{"errors":[{"code":"A","detail":{"n":1}},{"message":"b"}]}"#, "A: {\"n\":1}; b (HTTP 403 Forbidden)"),
            (r#"{"errors":[{"code":"A","message":"x","detail":[]}]}"#, "A: x (HTTP 403 Forbidden)"),
            ("<html><head><TITLE>403 Forbidden by proxy</TITLE>", "403 Forbidden by proxy (HTTP 403 Forbidden)"),
            ("<html>", "HTTP 403 Forbidden"),
            ("<title>403 Forbidden</title>", "HTTP 403 Forbidden"),
            ("404 page not found\nmore", "404 page not found (HTTP 403 Forbidden)"),
            ("", "HTTP 403 Forbidden"),
            (r#"{"other":1}"#, "{\"other\":1} (HTTP 403 Forbidden)"),
        ] {
            assert_eq!(words(403, body), shown);
        }
    }
}
