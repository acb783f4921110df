//! The way to a registry: HTTP or HTTPS, and through which proxy.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, redirect};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use url::Url;

use super::auth::TokenFile;
use super::certs_d::{self, CertificateDirs, Found};
use super::mirror::Mirror;
use super::note::Notes;
use super::proxy::{ProxyAddress, is_excepted, on_the_way};
use super::trouble::{CERTIFICATE_MISSED, CERTIFICATE_WANTED, Trouble};
use super::trust::{self, ClientFiles, Trust};
use super::tunnel;
use super::verdict::Acquaintance;
use crate::content::{Class, Error};
use crate::image::Host;

/// How a registry may be talked to.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// HTTP without TLS, and nothing else.
    pub plain_http: bool,
    /// TLS without verification, or HTTP where TLS is not spoken.
    pub insecure: bool,
    /// More certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// A certificate to show, before those of the directories.
    pub client: Option<ClientFiles>,
    /// Where Docker and containerd keep the certificates of each registry.
    pub directories: CertificateDirs,
    /// The proxy for everything, in place of those that the environment names.
    pub proxy: Option<ProxyAddress>,
    /// Other hosts to which credentials may go without TLS: token servers.
    pub plain_hosts: Vec<Host>,
    /// What is known of other hosts, to which the registry may send us.
    pub others: Vec<OtherHost>,
    /// As whose mirror it is asked, if it is.
    pub mirror: Option<Mirror>,
    /// Where to tell what will surprise.
    pub notes: Notes,
    /// Where challenges and tokens are remembered from run to run. Nowhere when an account was named for this one command, and
    /// when the question is whether an account is right: a token that was given for another password must not answer it.
    pub tokens: Option<TokenFile>,
}

/// What the user says of a host to which a registry may send us: a token server, a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherHost {
    /// Which.
    pub host: Host,
    /// TLS without verification.
    pub insecure: bool,
    /// More certificates to trust there.
    pub ca_file: Option<PathBuf>,
}

/// A way to one registry, found once and then kept.
pub struct Transport {
    host: Host,
    access: Access,
    route: OnceCell<Route>,
    /// The same way with other connections.
    beside: OnceCell<Route>,
}

/// How safe the connections to a registry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// HTTP without TLS.
    Plain,
    /// TLS, with a certificate that is looked at.
    Verified,
    /// TLS, with whatever certificate.
    Unverified,
}

/// Clients, and the address to give them.
pub struct Route {
    /// `scheme://host:port/`.
    pub base: Url,
    /// How safe it is.
    pub manner: Manner,
    /// Where the API is below the address.
    api: Url,
    /// The registry for which it is to stand.
    namespace: Option<Host>,
    home: Client,
    /// For others, and for others on this machine.
    strangers: [OnceLock<Client>; 2],
    /// For others of which the user has said something.
    others: Vec<(OtherHost, OnceLock<Client>)>,
    /// For what is in HTTPS beside a registry without TLS, where the user said of the registry that its certificate does not matter.
    beside: Option<(OtherHost, OnceLock<Client>)>,
    /// Whom it believes.
    pub(super) trust: Trust,
    proxy: Option<ProxyAddress>,
    /// How long a connection may take to come about.
    patience: Duration,
}

impl Route {
    /// The address of something in the API. A mirror is told whose content is wanted, as containerd does it.
    pub fn address(&self, path: &str) -> Result<Url, url::ParseError> {
        let mut url = self.api.join(path)?;
        if let Some(namespace) = &self.namespace {
            url.query_pairs_mut().append_pair("ns", namespace.as_str());
        }
        Ok(url)
    }

    /// As whom the registry is remembered: what was learnt where anybody could have answered is not told to the one that can
    /// prove who it is.
    pub fn identity(&self) -> String {
        let origin = self.base.origin().ascii_serialization();
        if self.manner == Manner::Unverified { format!("{origin} unverified") } else { origin }
    }

    /// The proxy that connections to the registry go through.
    pub fn proxy(&self) -> Option<ProxyAddress> {
        let local = self.base.host_str().is_some_and(is_loopback);
        self.proxy.clone().or_else(|| if local { None } else { ProxyAddress::of_environment(&self.base) })
    }

    /// Another client for the registry, which looks at no certificate. Nothing secret is sent with it.
    pub fn unverified(&self) -> Result<Client, Error> {
        client(self.trust.for_anybody(), self.proxy.as_ref(), Proxies::Usual, self.patience)
    }

    /// The client for an address. Only the registry itself sees the client certificate, and only its own certificate may go
    /// unverified: whoever it sends us to is a stranger, whatever the registry says, unless the user says something of it.
    pub fn client(&self, address: &Url) -> Result<&Client, Error> {
        let local = address.host_str().is_some_and(is_loopback);
        let same =
            address.host_str() == self.base.host_str() || (local && self.base.host_str().is_some_and(is_loopback));
        // The client for HTTP has no certificates.
        if same && address.scheme() == self.base.scheme() {
            return Ok(&self.home);
        }
        let host = address[url::Position::BeforeHost..url::Position::AfterPort].parse::<Host>().ok();
        let other = self.others.iter().find(|(other, _)| Some(&other.host) == host.as_ref());
        let other = other.or(self.beside.as_ref().filter(|_| same));
        let (other, kept) = match other {
            Some((other, kept)) => (Some(other), kept),
            None => (None, &self.strangers[usize::from(local)]),
        };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let proxies = if local { Proxies::None } else { Proxies::Usual };
        let config = self.trust.for_stranger(other)?;
        let client = client(config, self.proxy.as_ref(), proxies, self.patience)?;
        Ok(kept.get_or_init(|| client))
    }

    /// Why there was no answer from an address. Where there is a proxy, that is asked too.
    pub async fn trouble(&self, error: &reqwest::Error, address: &Url, acquaintance: Acquaintance) -> Trouble {
        let trouble = Trouble::of(error);
        let trouble = match address.origin() == self.base.origin() {
            true => self.understood(trouble, acquaintance),
            false => trouble,
        };
        match on_the_way(self.proxy.as_ref(), address) {
            Some(proxy) => tunnel::explain(trouble, &proxy, address).await,
            None => trouble,
        }
    }

    /// What a trouble with the registry itself is about. Who wants a client certificate says so in many ways, of which some are
    /// lost when the connection is closed on what was not read: but whether it has asked for one is known, and one that has
    /// never answered has no other reason.
    pub(super) fn understood(&self, trouble: Trouble, acquaintance: Acquaintance) -> Trouble {
        match trouble {
            Trouble::Alert(_) | Trouble::ClientCertificate(_) if self.trust.lacks_identity() => {
                Trouble::ClientCertificate(CERTIFICATE_WANTED)
            }
            Trouble::Closed(_) if self.trust.lacks_identity() && acquaintance == Acquaintance::Unknown => {
                Trouble::ClientCertificate(CERTIFICATE_MISSED)
            }
            trouble => trouble,
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.parse::<Host>().is_ok_and(|host| host.is_loopback())
}

/// Which proxies are used when none is named.
enum Proxies {
    /// Those that the environment names.
    Usual,
    /// None, for what is on this machine.
    None,
}

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same where there is somebody else to ask.
const MIRROR_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be silent before the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

fn client(
    config: ClientConfig,
    proxy: Option<&ProxyAddress>,
    otherwise: Proxies,
    patience: Duration,
) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(config)
        .user_agent(concat!("rpush/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(patience)
        // A machine that is gone takes no leave: without this a commit would be waited for without end.
        .tcp_keepalive(KEEPALIVE)
        // Redirects are followed in `caller`, which knows when to leave the credentials behind.
        .redirect(redirect::Policy::none())
        // HTTP/2 puts all streams on one connection, and brings bytes no faster. Measured with curl and nginx, five streams of one
        // blob: with no delay HTTP/1.1 took 0.85 to 0.96 of its time, at 100 ms 0.8, and 0.2 where each connection has its limit,
        // which is where several streams are wanted. (Loss was not measured: there it holds up all streams of a connection.)
        .http1_only();
    let failed = |error| Error::new(Class::Failed, error);
    builder = match (proxy, otherwise) {
        (Some(proxy), _) => builder.proxy(proxy.for_all().map_err(failed)?),
        (None, Proxies::None) => builder.no_proxy(),
        (None, Proxies::Usual) if is_excepted(None) => builder.no_proxy(),
        (None, Proxies::Usual) => builder,
    };
    builder.build().map_err(failed)
}

impl Transport {
    /// The way to `host`, not looked for yet.
    pub fn new(host: Host, access: Access) -> Self {
        Self { host, access, route: OnceCell::new(), beside: OnceCell::new() }
    }

    /// The way, found at the first call.
    pub async fn route(&self) -> Result<&Route, Error> {
        self.route.get_or_try_init(|| self.find()).await
    }

    /// The same way over other connections, for what came damaged over the first ones.
    pub async fn beside(&self) -> Result<&Route, Error> {
        self.beside.get_or_try_init(|| self.find()).await
    }

    /// What was configured for the host. Nothing is sent.
    pub fn trust(&self) -> Result<(Trust, Found), Error> {
        let mut found = certs_d::look(&self.access.directories, &self.host, &self.access.notes)?;
        if let Some(mirror) = &self.access.mirror {
            found.add(&mirror.found);
        }
        let (ca_file, client) = (self.access.ca_file.as_deref(), self.access.client.as_ref());
        let trust = Trust::read(ca_file, client, &found, &self.access.notes)?;
        Ok((trust, found))
    }

    /// A host is talked to in HTTPS with verification. A loopback host may also speak HTTP or have a certificate of its
    /// own making, because what is said to it never leaves this machine; and so may a host of which the user says so.
    async fn find(&self) -> Result<Route, Error> {
        let loopback = self.host.is_loopback();
        let (trust, found) = self.trust()?;
        let plain_http = self.access.plain_http || (found.plain_http && !self.access.insecure);
        let asks = loopback && !self.access.insecure && self.access.proxy.is_none();
        if plain_http || (asks && !self.speaks_tls().await) {
            return self.way(Manner::Plain, trust);
        }
        let unverified = self.access.insecure || found.skip_verify || (loopback && !trust.is_configured());
        let route = self.way(if unverified { Manner::Unverified } else { Manner::Verified }, trust)?;
        if self.access.insecure {
            let ping = route.home.get(route.base.join("v2/").expect("a path")).timeout(route.patience).send().await;
            let unspoken = |error| matches!(Trouble::of(&error), Trouble::NotTls | Trouble::Refused);
            if ping.is_err_and(unspoken) {
                return self.way(Manner::Plain, route.trust);
            }
        }
        Ok(route)
    }

    fn way(&self, manner: Manner, trust: Trust) -> Result<Route, Error> {
        let (scheme, config) = match manner {
            Manner::Plain => ("http", trust::no_tls()),
            Manner::Verified => ("https", trust.verified()),
            Manner::Unverified => ("https", trust.unverified()),
        };
        let direct = self.host.is_loopback() || is_excepted(Some(&self.host));
        let proxies = if direct { Proxies::None } else { Proxies::Usual };
        let proxy = self.access.proxy.clone();
        let own = OtherHost { host: self.host.clone(), insecure: true, ca_file: None };
        let beside = self.access.insecure.then(|| (own, OnceLock::new()));
        let others = self.access.others.iter().map(|other| (other.clone(), OnceLock::new())).collect();
        let patience = if self.access.mirror.is_some() { MIRROR_CONNECT_TIMEOUT } else { CONNECT_TIMEOUT };
        let home = client(config, proxy.as_ref(), proxies, patience)?;
        let base = Url::parse(&format!("{scheme}://{}/", self.host.api())).expect("a host makes an address");
        let mirror = self.access.mirror.as_ref();
        let api = base.join(mirror.map_or("v2/", |mirror| &mirror.root));
        let api = api.map_err(|error| Error::new(Class::Failed, error))?;
        let namespace = mirror.and_then(|mirror| mirror.namespace.clone());
        let strangers = Default::default();
        Ok(Route { base, manner, api, namespace, home, strangers, others, beside, trust, proxy, patience })
    }

    /// Whether something on this loopback host speaks TLS. A host that is not there is taken for HTTP; the first request will
    /// tell.
    async fn speaks_tls(&self) -> bool {
        match TcpStream::connect((self.host.name(), self.host.port().unwrap_or(443))).await {
            Ok(stream) => Self::greeted_in_tls(stream).await,
            Err(_) => false,
        }
    }

    /// Whether the other end of a connection speaks TLS: it is greeted in TLS, and the first byte of the answer tells. An HTTP
    /// server says at once that it did not understand, so that this costs no delay.
    pub(super) async fn greeted_in_tls(mut stream: TcpStream) -> bool {
        let Some(hello) = client_hello() else { return false };
        if stream.write_all(&hello).await.is_err() {
            return false;
        }
        let mut first = [0];
        if let Ok(read) = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut first)).await {
            return read.is_ok_and(|n| n == 1) && is_tls_record(first[0]);
        }
        // Some servers wait for the end of a line before they say what they think.
        let _ = stream.write_all(b"\r\n\r\n").await;
        let read = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut first)).await;
        matches!(read, Ok(Ok(1))) && is_tls_record(first[0])
    }
}

/// The record types of TLS: alert and handshake (RFC 8446, section 5.1).
fn is_tls_record(byte: u8) -> bool {
    matches!(byte, 21 | 22)
}

/// The first bytes of a TLS connection.
fn client_hello() -> Option<Vec<u8>> {
    let name = ServerName::try_from("localhost").ok()?;
    let mut connection = rustls::ClientConnection::new(Arc::new(trust::no_tls()), name).ok()?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).ok()?;
    Some(hello)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers when it has read `until`, or when it has read anything.
    async fn server(until: Option<&'static [u8]>, answer: &'static [u8]) -> Host {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string().parse().expect("a host");
        let is_enough = move |read: &[u8]| match until {
            Some(until) => read.windows(until.len()).any(|window| window == until),
            None => !read.is_empty(),
        };
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut read = Vec::new();
            while !is_enough(&read) && stream.read_buf(&mut read).await.expect("reads") > 0 {}
            stream.write_all(answer).await.expect("writes");
            // The client closes, when it has seen enough.
            while stream.read_buf(&mut read).await.is_ok_and(|n| n > 0) {}
        });
        host
    }

    #[tokio::test]
    async fn a_loopback_server_is_asked_whether_it_speaks_tls() {
        for (until, answer, tls) in [
            (None, &b"HTTP/1.0 400 Bad Request\r\n\r\n"[..], false),
            (Some(&b"\r\n\r\n"[..]), b"HTTP/1.0 400 Bad Request\r\n\r\n", false),
            (None, &[22, 3, 3], true),
            (None, &[21, 3, 3], true),
        ] {
            let host = server(until, answer).await;
            assert_eq!(Transport::new(host, Access::default()).speaks_tls().await, tls, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn what_does_not_listen_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let transport = Transport::new(address.to_string().parse().expect("a host"), Access::default());
        let route = transport.route().await.expect("a route");
        let error = route.home.get(route.base.clone()).send().await.unwrap_err();
        assert_eq!(Trouble::of(&error), Trouble::Refused);
    }

    #[tokio::test]
    async fn http_on_a_host_that_should_speak_https_is_named() {
        let host = server(None, b"HTTP/1.0 400 Bad Request\r\n\r\n").await;
        let transport = Transport::new(host, Access::default());
        let trust = Trust::read(None, None, &Default::default(), &Notes::default()).expect("nothing to read");
        let route = transport.way(Manner::Verified, trust).expect("a client");
        let error = route.home.get(route.base.clone()).send().await.unwrap_err();
        assert_eq!(Trouble::of(&error), Trouble::NotTls);
    }
}
