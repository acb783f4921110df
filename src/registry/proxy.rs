//! The address of a proxy, which may hold a password.

use std::fmt;
use std::str::FromStr;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The address of a proxy that the user named. It is shown without the account in it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

/// Why a text is not the address of a proxy. The text is not in it, because of the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not the address of a proxy, like `http://proxy.example:3128` or `socks5h://127.0.0.1:1080`")]
pub struct ParseProxyError;

impl FromStr for ProxyAddress {
    type Err = ParseProxyError;

    /// As with curl, an address without a scheme is an HTTP proxy's.
    fn from_str(text: &str) -> Result<Self, ParseProxyError> {
        let address = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&address).map_err(|_| ParseProxyError)?;
        let known = matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h");
        if known && url.has_host() { Ok(Self(url)) } else { Err(ParseProxyError) }
    }
}

impl ProxyAddress {
    /// The proxy that the environment names for an address.
    pub(super) fn of_environment(address: &Url) -> Option<Self> {
        let address = address.as_str().parse().ok()?;
        let found = Matcher::from_system().intercept(&address)?;
        found.uri().to_string().parse().ok()
    }

    /// Its host and port.
    pub(super) fn host_and_port(&self) -> (&str, u16) {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let usual = if self.0.scheme().starts_with("socks") { 1080 } else { 80 };
        (host, self.0.port_or_known_default().unwrap_or(usual))
    }

    /// The proxy for every address.
    pub(super) fn for_all(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.0.clone())
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        write!(f, "{}://{host}", self.0.scheme())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_account() {
        for (text, shown) in [
            ("http://proxy.example:3128", Some("http://proxy.example:3128")),
            ("http://alice:s3cr3t@proxy.example:3128/", Some("http://proxy.example:3128")),
            ("alice:s3cr3t@proxy.example:3128", Some("http://proxy.example:3128")),
            ("socks5h://[::1]:1080", Some("socks5h://[::1]:1080")),
            ("ftp://proxy.example", None),
            ("http://", None),
            ("", None),
        ] {
            let proxy = text.parse::<ProxyAddress>();
            assert_eq!(proxy.as_ref().ok().map(ToString::to_string).as_deref(), shown, "{text}");
            assert!(!format!("{proxy:?}").contains("s3cr3t"));
        }
    }
}
