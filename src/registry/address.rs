//! The addresses that a registry gives: where an upload goes on, where a blob lies. They are taken as they are where that is
//! safe, repaired where a reverse proxy has spoilt them, and refused where they would leave TLS.

use url::Url;

use super::note::Note;
use super::transport::Access;
use crate::image::Host;

/// Why an address is not used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressError {
    /// It is none.
    #[error("the registry gives an address that is none: `{0}`")]
    None(String),
    /// Neither HTTP nor HTTPS.
    #[error("the registry gives an address that is not HTTP: `{0}`")]
    Scheme(String),
    /// From HTTPS to HTTP, where everybody on the way could read along.
    #[error("the registry sends on to `{0}`, which is without TLS")]
    Downgrade(String),
}

/// What an address may do that the registry itself is not allowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Downgrade {
    /// It may not leave TLS.
    Refused,
    /// The user said that connections need not be safe.
    Allowed,
}

impl Downgrade {
    pub fn of(access: &Access) -> Self {
        if access.insecure { Self::Allowed } else { Self::Refused }
    }
}

/// An address, and whether it had to be repaired.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub url: Url,
    /// What to tell about it.
    pub note: Option<Note>,
}

/// Where an upload or a list goes on (C-07, C-08). Behind a reverse proxy that does not say how it was reached, registries answer with the
/// wrong scheme or port of their own name (distribution#479, #996, #2862): then the address that did reach it is used.
pub(super) fn of_continuation(host: &Host, base: &Url, asked: &Url, text: &str) -> Result<Address, AddressError> {
    let url = asked.join(text).map_err(|_| AddressError::None(text.to_owned()))?;
    match url.host() == base.host() && url.origin() != base.origin() {
        true => repaired(host, base, url),
        false => Ok(Address { url: without_fragment(url), note: None }),
    }
}

/// Where a list goes on (C-70): always on the registry itself, whatever host it calls itself by, because a list that ends early
/// looks like a whole one.
pub(super) fn of_page(host: &Host, base: &Url, asked: &Url, text: &str) -> Result<Address, AddressError> {
    let url = asked.join(text).map_err(|_| AddressError::None(text.to_owned()))?;
    if url.origin() == base.origin() {
        return Ok(Address { url: without_fragment(url), note: None });
    }
    let mut own = base.clone();
    own.set_path(url.path());
    own.set_query(url.query());
    Ok(Address { url: own, note: Some(note(host, base, &url)) })
}

/// Where something else is. Here another port or HTTPS may well be meant; only a step down from HTTPS on the registry's own name
/// is not.
pub(super) fn of_redirect(host: &Host, base: &Url, asked: &Url, text: &str) -> Result<Address, AddressError> {
    let url = asked.join(text).map_err(|_| AddressError::None(text.to_owned()))?;
    match url.host() == base.host() && base.scheme() == "https" && url.scheme() == "http" {
        true => repaired(host, base, url),
        false => Ok(Address { url: without_fragment(url), note: None }),
    }
}

/// Whether a request may go to an address: nothing that began with TLS goes on without it, except within this machine.
pub(super) fn check(base: &Url, url: &Url, downgrade: Downgrade) -> Result<(), AddressError> {
    match url.scheme() {
        "https" => Ok(()),
        "http" => {
            // This machine may only be meant by who is on it. A registry elsewhere that names it does not know its own address,
            // or would like to see what listens here.
            let safe = base.scheme() == "http" || (is_loopback(base) && is_loopback(url));
            if safe || downgrade == Downgrade::Allowed { Ok(()) } else { Err(AddressError::Downgrade(beginning(url))) }
        }
        other => Err(AddressError::Scheme(other.to_owned())),
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().and_then(|host| host.parse::<Host>().ok()).is_some_and(|host| host.is_loopback())
}

fn note(host: &Host, base: &Url, url: &Url) -> Note {
    let header = match url.scheme() == base.scheme() || url.host() != base.host() {
        true => format!("Host: {}", host.api()),
        false => format!("X-Forwarded-Proto: {}", base.scheme()),
    };
    Note::WrongAddress { host: host.clone(), given: beginning(url), used: beginning(base), header }
}

fn repaired(host: &Host, base: &Url, mut url: Url) -> Result<Address, AddressError> {
    let note = note(host, base, &url);
    let spoilt = AddressError::Scheme(url.scheme().to_owned());
    match url.set_scheme(base.scheme()).and_then(|()| url.set_port(base.port())) {
        Ok(()) => Ok(Address { url: without_fragment(url), note: Some(note) }),
        Err(()) => Err(spoilt),
    }
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// Scheme, host and port: what may be shown of an address, because the rest may hold a signature that opens a storage.
pub(super) fn beginning(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> (Host, Url, Url) {
        let base = Url::parse("https://r.example:5000/").expect("a URL");
        let asked = base.join("v2/app/blobs/uploads/").expect("a URL");
        ("r.example:5000".parse().expect("a host"), base, asked)
    }

    /// C-07, and the reverse proxies of reliability's section D.
    #[test]
    fn sessions_go_on_where_the_registry_says() {
        let (host, base, asked) = setting();
        for (location, address) in [
            ("/v2/app/blobs/uploads/1?_state=a%3D", Some("https://r.example:5000/v2/app/blobs/uploads/1?_state=a%3D")),
            ("1", Some("https://r.example:5000/v2/app/blobs/uploads/1")),
            ("https://other.example/u#x", Some("https://other.example/u")),
            ("http://r.example/v2/u?a", Some("https://r.example:5000/v2/u?a")),
            ("http://r.example:5000/v2/u", Some("https://r.example:5000/v2/u")),
            ("//other.example/u", Some("https://other.example/u")),
            ("ftp://other.example/u", None),
            ("http://", None),
        ] {
            let found = of_continuation(&host, &base, &asked, location).ok().map(|address| address.url);
            let found = found.filter(|url| check(&base, url, Downgrade::Refused).is_ok());
            assert_eq!(found.as_ref().map(Url::as_str), address, "{location}");
        }
    }

    #[test]
    fn a_repaired_address_names_the_header_to_set() {
        let (host, base, asked) = setting();
        for (location, header) in [
            ("http://r.example/v2/u", Some("X-Forwarded-Proto: https")),
            ("https://r.example/v2/u", Some("Host: r.example:5000")),
            ("https://r.example:5000/v2/u", None),
            ("https://other.example/v2/u", None),
        ] {
            let note = of_continuation(&host, &base, &asked, location).expect("an address").note;
            let text = note.map(|note| note.to_string()).unwrap_or_default();
            assert_eq!(header.is_some(), !text.is_empty(), "{location}");
            assert!(text.contains(header.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn lists_stay_on_the_registry() {
        let (host, base, asked) = setting();
        for (link, header) in [
            ("/v2/app/tags/list?last=b", None),
            ("http://r.example/v2/app/tags/list?last=b", Some("X-Forwarded-Proto: https")),
            ("https://r.example/v2/app/tags/list?last=b#x", Some("Host: r.example:5000")),
            ("http://10.0.0.7:5000/v2/app/tags/list?last=b", Some("Host: r.example:5000")),
            ("file:///v2/app/tags/list?last=b", Some("Host: r.example:5000")),
        ] {
            let found = of_page(&host, &base, &asked, link).expect("an address");
            assert_eq!(found.url.as_str(), "https://r.example:5000/v2/app/tags/list?last=b", "{link}");
            let text = found.note.map(|note| note.to_string()).unwrap_or_default();
            assert!(header.map_or(text.is_empty(), |header| text.contains(header)), "{link}: {text}");
        }
    }

    /// A redirect to HTTPS, or to another port, is meant: repairing it would go round in circles.
    #[test]
    fn of_redirects_only_a_step_down_is_repaired() {
        let (host, base, asked) = setting();
        let plain = Url::parse("http://r.example:5000/").expect("a URL");
        for (base, location, address) in [
            (&base, "http://r.example:5000/b", "https://r.example:5000/b"),
            (&base, "https://r.example:6000/b", "https://r.example:6000/b"),
            (&plain, "https://r.example/b", "https://r.example/b"),
            (&plain, "http://r.example/b", "http://r.example/b"),
        ] {
            let found = of_redirect(&host, base, &asked, location).expect("an address");
            assert_eq!(found.url.as_str(), address, "{base} {location}");
        }
    }

    #[test]
    fn what_began_with_tls_does_not_go_on_without_it() {
        use Downgrade::{Allowed, Refused};
        for (base, url, downgrade, fit) in [
            ("https://r.example", "https://s.example/b", Refused, true),
            ("https://r.example", "http://s.example/b?signature=s3cr3t", Refused, false),
            ("https://r.example", "http://s.example/b", Allowed, true),
            ("https://r.example", "http://127.0.0.1:9000/b", Refused, false),
            ("https://localhost:5000", "http://127.0.0.1:9000/b", Refused, true),
            ("http://r.example", "http://s.example/b", Refused, true),
            ("http://r.example", "file:///etc/passwd", Allowed, false),
        ] {
            let parse = |text| Url::parse(text).expect("a URL");
            let checked = check(&parse(base), &parse(url), downgrade);
            assert_eq!(checked.is_ok(), fit, "{base} {url}");
            assert!(!format!("{checked:?}").contains("s3cr3t"));
        }
    }
}
