//! The address of a proxy, which may hold a password.

use std::fmt;
use std::str::FromStr;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::image::Host;

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

/// The proxy that a request to an address goes through: the one that the user named, or what the client takes from the environment
/// of its own accord.
pub(super) fn on_the_way(named: Option<&ProxyAddress>, address: &Url) -> Option<Intercept> {
    let matcher = match named {
        Some(ProxyAddress(proxy)) => Matcher::builder().all(proxy.to_string()).build(),
        None => {
            let host: Host = address[url::Position::BeforeHost..url::Position::AfterPort].parse().ok()?;
            if host.is_loopback() || is_excepted(Some(&host)) {
                return None;
            }
            Matcher::from_system()
        }
    };
    matcher.intercept(&address.as_str().parse().ok()?)
}

/// Whether `NO_PROXY` excepts a host, or everybody, in a way that Go and curl know and the HTTP client does not: `*` also for
/// what has no name, and a name with its port, as Docker's users write it.
pub(super) fn is_excepted(host: Option<&Host>) -> bool {
    let list = ["NO_PROXY", "no_proxy"].iter().find_map(|name| std::env::var(name).ok());
    list.is_some_and(|list| excepts(&list, host))
}

fn excepts(list: &str, host: Option<&Host>) -> bool {
    let is = |host: &Host, part: &str| host.port().is_some() && host.to_string().eq_ignore_ascii_case(part);
    list.split(',').map(str::trim).any(|part| part == "*" || host.is_some_and(|host| is(host, part)))
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
    fn exceptions_that_the_client_does_not_know() {
        let host: Host = "registry.example:5000".parse().expect("a host");
        for (list, excepted) in [
            ("*", true),
            ("other.example, *", true),
            ("registry.example:5000", true),
            ("other.example,Registry.Example:5000", true),
            ("registry.example:443", false),
            ("", false),
        ] {
            assert_eq!(excepts(list, Some(&host)), excepted, "{list}");
        }
        assert!(excepts("*", None));
        assert!(!excepts("registry.example:5000", None));
    }

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
