//! The way to a registry: HTTP or HTTPS, through which proxy, and what went wrong on the way.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, redirect};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use url::Url;

use super::auth::TokenFile;
use super::certs_d::{self, CertificateDirs};
use super::note::Notes;
use super::proxy::{ProxyAddress, is_excepted, on_the_way};
use super::trust::{self, CertificateFault, ClientFiles, Trust};
use super::tunnel;
use crate::content::{Advice, Class, Error};
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
    /// Where to tell what will surprise.
    pub notes: Notes,
    /// Where challenges and tokens are remembered from run to run. Nowhere when an account was named for this one command, and
    /// when the question is whether an account is right: a token that was given for another password must not answer it.
    pub tokens: Option<TokenFile>,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The name has no address.
    #[error("no address is known for this name: {0}")]
    Dns(String),
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

    /// What would help on the way to `host`.
    pub fn advice(&self, host: &Host) -> Option<Advice> {
        match self {
            Self::NotTls => Some(Advice::UsePlainHttp(host.clone())),
            Self::Certificate(fault) => fault.advice(host),
            Self::ClientCertificate(_) => Some(Advice::ShowCertificate(host.clone())),
            Self::NotHttp => Some(Advice::UseTls(host.clone())),
            Self::Dns(_) => Some(Advice::CheckName(host.clone())),
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
            Self::Dns(deepest.to_string())
        })
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
            Alert::CertificateRequired => Self::ClientCertificate("the registry wants to see a client certificate"),
            Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA => Self::ClientCertificate("the registry does not accept the client certificate"),
            other => Self::Other(format!("TLS failed: the server says {other:?}")),
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

/// A way to one registry, found once and then kept.
pub struct Transport {
    host: Host,
    access: Access,
    route: OnceCell<Route>,
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
    home: Client,
    /// For others, and for others on this machine.
    strangers: [OnceLock<Client>; 2],
    /// Whom it believes.
    pub(super) trust: Trust,
    proxy: Option<ProxyAddress>,
}

impl Route {
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
        client(self.trust.for_anybody(), self.proxy.as_ref(), Proxies::Usual)
    }

    /// The client for an address. Only the registry itself sees the client certificate, and only its own certificate may go
    /// unverified: whoever it sends us to is a stranger, whatever the registry says.
    pub fn client(&self, address: &Url) -> Result<&Client, Error> {
        let local = address.host_str().is_some_and(is_loopback);
        let same =
            address.host_str() == self.base.host_str() || (local && self.base.host_str().is_some_and(is_loopback));
        // The client for HTTP has no certificates.
        if same && address.scheme() == self.base.scheme() {
            return Ok(&self.home);
        }
        let kept = &self.strangers[usize::from(local)];
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let proxies = if local { Proxies::None } else { Proxies::Usual };
        let client = client(self.trust.for_strangers(), self.proxy.as_ref(), proxies)?;
        Ok(kept.get_or_init(|| client))
    }

    /// Why there was no answer. Where there is a proxy, that is asked too.
    pub async fn trouble(&self, error: &reqwest::Error) -> Trouble {
        let trouble = Trouble::of(error);
        let Some(address) = error.url() else { return trouble };
        match on_the_way(self.proxy.as_ref(), address) {
            Some(proxy) => tunnel::explain(trouble, &proxy, address).await,
            None => trouble,
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

/// How long a connection may be silent before the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

fn client(config: ClientConfig, proxy: Option<&ProxyAddress>, otherwise: Proxies) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(config)
        .user_agent(concat!("rpush/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        // A machine that is gone takes no leave: without this a commit would be waited for without end.
        .tcp_keepalive(KEEPALIVE)
        // Redirects are followed in `caller`, which knows when to leave the credentials behind.
        .redirect(redirect::Policy::none())
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
        Self { host, access, route: OnceCell::new() }
    }

    /// The way, found at the first call.
    pub async fn route(&self) -> Result<&Route, Error> {
        self.route.get_or_try_init(|| self.find()).await
    }

    /// A host is talked to in HTTPS with verification. A loopback host may also speak HTTP or have a certificate of its
    /// own making, because what is said to it never leaves this machine; and so may a host of which the user says so.
    async fn find(&self) -> Result<Route, Error> {
        let loopback = self.host.is_loopback();
        let found = certs_d::look(&self.access.directories, &self.host, &self.access.notes)?;
        let (ca_file, client) = (self.access.ca_file.as_deref(), self.access.client.as_ref());
        let trust = Trust::read(ca_file, client, &found, &self.access.notes)?;
        let plain_http = self.access.plain_http || (found.plain_http && !self.access.insecure);
        let asks = loopback && !self.access.insecure && self.access.proxy.is_none();
        if plain_http || (asks && !self.speaks_tls().await) {
            return self.way(Manner::Plain, trust);
        }
        let unverified = self.access.insecure || found.skip_verify || (loopback && !trust.is_configured());
        let route = self.way(if unverified { Manner::Unverified } else { Manner::Verified }, trust)?;
        if self.access.insecure {
            let ping = route.home.get(route.base.join("v2/").expect("a path")).send().await;
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
        let home = client(config, proxy.as_ref(), proxies)?;
        let base = Url::parse(&format!("{scheme}://{}/", self.host.api())).expect("a host makes an address");
        Ok(Route { base, manner, home, strangers: Default::default(), trust, proxy })
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
