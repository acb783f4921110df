//! What went wrong on the way to a registry, read from what the libraries below make of it; and what would help.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::AlertDescription;

use super::trust::CertificateFault;
use crate::content::Advice;
use crate::image::Host;

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The name has no address.
    #[error("no address is known for this name: {0}")]
    Dns(String),
    /// Nobody could say whether the name has one.
    #[error("the name could not be looked up: {0}")]
    Lookup(String),
    /// The connection ended in the middle.
    #[error("the connection was closed: {0}")]
    Closed(String),
    /// Nothing came in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection is there, and nothing moves on it.
    #[error("nothing moved for {} s", .0.as_secs_f64())]
    Stalled(Duration),
    /// Something moves, but no answer is as long as it takes: it comes byte by byte.
    #[error("the answer was not whole after {} s", .0.as_secs_f64())]
    Dragging(Duration),
    /// The server answered, but not with TLS.
    #[error("the server gave an HTTP response to an HTTPS client")]
    NotTls,
    /// The server answered, but with TLS, or not in HTTP at all.
    #[error("the server does not answer in HTTP; it may want HTTPS")]
    NotHttp,
    /// The certificate is not one to trust.
    #[error("the certificate cannot be trusted: {0}")]
    Certificate(CertificateFault),
    /// The server wants to see a client certificate, or another one.
    #[error("{0}")]
    ClientCertificate(&'static str),
    /// The server does not want to talk.
    #[error("TLS failed: the server says {0}")]
    Alert(String),
    /// The proxy on the way wants an account. Here and below it is called `the proxy http://proxy.example:3128`.
    #[error("{0} wants an account, or does not accept the one that it was given")]
    ProxyAccount(String),
    /// The proxy on the way does not lead there: with what it said, as far as that is known.
    #[error("{0} does not let this connection through{1}")]
    ProxyRefuses(String, String),
    /// The proxy is not there.
    #[error("{0} cannot be reached")]
    ProxyGone(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// Reads the chain of causes.
    pub fn of(error: &reqwest::Error) -> Self {
        let mut deepest: &dyn StdError = error;
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(trouble) = Self::of_cause(inner) {
                return trouble;
            }
            deepest = inner;
            cause = inner.source();
        }
        let text = deepest.to_string();
        if error.is_timeout() {
            return Self::Timeout;
        }
        // hyper has no public kinds for these; the texts are those of its `Error`.
        let ended = ["connection closed", "incomplete", "end of file", "channel closed", "error reading a body"];
        if text.contains("proxy authorization required") {
            return Self::ProxyAccount("the proxy".to_owned());
        }
        if text.contains("tunnel error: unsuccessful") {
            return Self::ProxyRefuses("the proxy".to_owned(), String::new());
        }
        if text.contains("invalid HTTP version") {
            return Self::NotHttp;
        }
        match ended.iter().any(|words| text.contains(words)) {
            true => Self::Closed(text),
            false => Self::Other(text),
        }
    }

    /// What would help on the way to `host`, to which `registry` has sent us if it is not the registry itself.
    pub fn advice(&self, host: &Host, registry: &Host) -> Option<Advice> {
        let advice = self.advice_at(host)?;
        // The port makes no difference: see `Route::client`.
        let is_own = host.name() == registry.name() || (host.is_loopback() && registry.is_loopback());
        Some(if is_own { advice } else { Advice::Elsewhere(Box::new(advice)) })
    }

    fn advice_at(&self, host: &Host) -> Option<Advice> {
        match self {
            Self::NotTls => Some(Advice::UsePlainHttp(host.clone())),
            Self::Certificate(fault) => fault.advice(host),
            Self::ClientCertificate(_) => Some(Advice::ShowCertificate(host.clone())),
            Self::NotHttp => Some(Advice::UseTls(host.clone())),
            Self::Dns(_) | Self::Lookup(_) => Some(Advice::CheckName(host.clone())),
            Self::ProxyAccount(_) => Some(Advice::NameProxyAccount),
            Self::ProxyRefuses(..) => Some(Advice::AskProxy(host.clone())),
            Self::ProxyGone(_) => Some(Advice::CheckProxy(host.clone())),
            Self::Refused => Some(Advice::StartRegistry(host.clone())),
            _ => None,
        }
    }

    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(error));
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            // An I/O error may carry another error that says more, and that is not its source.
            if let Some(trouble) = error.get_ref().and_then(|inner| Self::of_cause(inner)) {
                return Some(trouble);
            }
            return Self::of_io(error);
        }
        let text = cause.to_string();
        text.contains("dns error").then(|| {
            let mut deepest = cause;
            while let Some(inner) = deepest.source() {
                deepest = inner;
            }
            Self::of_lookup(deepest.to_string())
        })
    }

    /// Why a name led nowhere: a name server that is away, or busy, will know later (EAI_AGAIN, which the standard library gives
    /// as the system's words: glibc's and macOS's, musl's, Windows's).
    pub(super) fn of_lookup(words: String) -> Self {
        let is_passing = ["temporary", "try again"].iter().any(|mark| words.to_lowercase().contains(mark));
        if is_passing { Self::Lookup(words) } else { Self::Dns(words) }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => Self::Certificate(CertificateFault::of(reason)),
            rustls::Error::AlertReceived(alert) => Self::of_alert(*alert),
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Other(format!("TLS failed: {other}")),
        }
    }

    /// What a server says of a client certificate. In TLS 1.3 that comes when the connection is made, as the first answer.
    fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as Alert;
        match alert {
            Alert::CertificateRequired => Self::ClientCertificate(CERTIFICATE_WANTED),
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA => Self::ClientCertificate("the registry does not accept the client certificate"),
            other => Self::Alert(format!("{other:?}")),
        }
    }

    /// Why a connection did not come about, or ended.
    pub(super) fn of_connection(error: &io::Error) -> Self {
        Self::of_cause(error).unwrap_or_else(|| Self::Other(error.to_string()))
    }

    fn of_io(error: &io::Error) -> Option<Self> {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, NotConnected, TimedOut, UnexpectedEof,
        };
        match error.kind() {
            ConnectionRefused => Some(Self::Refused),
            TimedOut => Some(Self::Timeout),
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => {
                Some(Self::Closed(error.to_string()))
            }
            _ => None,
        }
    }
}

/// Said of a registry that wants a client certificate.
pub(super) const CERTIFICATE_WANTED: &str = "the registry wants to see a client certificate";
/// Said of one that does not say so itself.
pub(super) const CERTIFICATE_MISSED: &str =
    "the registry asked for a client certificate, got none, and closed the connection";

#[cfg(test)]
mod tests {
    use super::*;

    /// `--insecure` is said of the registry, and no cure for anybody else.
    #[test]
    fn advice_tells_the_registry_from_whom_it_names() {
        let registry: Host = "r.example:5000".parse().expect("a host");
        for (host, elsewhere) in [("r.example:5000", false), ("r.example", false), ("auth.example:5000", true)] {
            let host: Host = host.parse().expect("a host");
            let own = Advice::TrustCertificate(host.clone());
            let expected = if elsewhere { Advice::Elsewhere(Box::new(own)) } else { own };
            let trouble = Trouble::Certificate(CertificateFault::UnknownIssuer);
            assert_eq!(trouble.advice(&host, &registry), Some(expected), "{host}");
        }
    }
}
