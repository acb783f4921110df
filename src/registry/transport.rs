//! The way to a registry: HTTP or HTTPS, with which certificates, and what went wrong on the way.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use url::Url;

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
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The name has no address.
    #[error("{0}")]
    Dns(String),
    /// The connection ended in the middle.
    #[error("the connection was closed: {0}")]
    Closed(String),
    /// Nothing came in time.
    #[error("no answer in time")]
    Timeout,
    /// The server answered, but not with TLS.
    #[error("the server gave an HTTP response to an HTTPS client")]
    NotTls,
    /// The certificate is not one to trust.
    #[error("the certificate cannot be trusted: {0}")]
    Certificate(String),
    /// The certificate is for other names.
    #[error("the certificate is not for `{wanted}`{}", only_for(names))]
    WrongName {
        /// The name that the registry was called by.
        wanted: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
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
        if text.contains("invalid HTTP version") {
            return Self::Other("the server does not answer in HTTP; it may want HTTPS".to_owned());
        }
        match ended.iter().any(|words| text.contains(words)) {
            true => Self::Closed(text),
            false => Self::Other(text),
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
        text.contains("dns error").then(|| Self::Dns(cause.source().map_or(text, ToString::to_string)))
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForNameContext {
                expected,
                presented,
            }) => {
                // webpki shows names as `DnsName("registry.example")`.
                let bare = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
                Self::WrongName { wanted: expected.to_str().into_owned(), names: presented.iter().map(bare).collect() }
            }
            rustls::Error::InvalidCertificate(reason) => Self::Certificate(certificate_words(reason)),
            rustls::Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Other(format!("TLS failed: {other}")),
        }
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

fn only_for(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", only for `{}`", names.join("`, `")) }
}

fn certificate_words(reason: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Reason;
    match reason {
        Reason::UnknownIssuer => "its authority is unknown".to_owned(),
        Reason::Expired | Reason::ExpiredContext { .. } => "it has expired".to_owned(),
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        other => other.to_string(),
    }
}

/// A way to one registry, found once and then kept.
pub struct Transport {
    host: Host,
    access: Access,
    route: OnceCell<Route>,
}

/// A client, and the address to give it.
#[derive(Debug, Clone)]
pub struct Route {
    /// Talks HTTP.
    pub client: Client,
    /// `scheme://host:port/`.
    pub base: Url,
}

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

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
        if self.access.plain_http || (loopback && !self.access.insecure && !self.speaks_tls().await) {
            return self.plain();
        }
        let verify =
            if self.access.insecure || (loopback && self.access.ca_file.is_none()) { Verify::No } else { Verify::Yes };
        let route = self.tls(verify)?;
        if self.access.insecure {
            let ping = route.client.get(route.base.join("v2/").expect("a path")).send().await;
            let unspoken = |error| matches!(Trouble::of(&error), Trouble::NotTls | Trouble::Refused);
            if ping.is_err_and(unspoken) {
                return self.plain();
            }
        }
        Ok(route)
    }

    fn plain(&self) -> Result<Route, Error> {
        // No connection of this client uses TLS, so it needs no certificates, which take milliseconds to load.
        let roots = RootCertStore::empty();
        self.build(
            "http",
            ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()
                .expect("the provider has the default versions")
                .with_root_certificates(roots)
                .with_no_client_auth(),
        )
    }

    fn tls(&self, verify: Verify) -> Result<Route, Error> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has the default versions");
        let config = match verify {
            Verify::Yes => builder.with_root_certificates(self.roots()?).with_no_client_auth(),
            Verify::No => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(unverified::Unverified::new()))
                .with_no_client_auth(),
        };
        self.build("https", config)
    }

    fn build(&self, scheme: &str, config: ClientConfig) -> Result<Route, Error> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(concat!("rpush/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            // Redirects are followed in `caller`, which knows when to leave the credentials behind.
            .redirect(redirect::Policy::none())
            .http1_only();
        if self.host.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| Error::new(Class::Failed, error))?;
        let base = Url::parse(&format!("{scheme}://{}/", self.host.api())).expect("a host makes an address");
        Ok(Route { client, base })
    }

    /// The system's roots, and those of `--ca-file`. No roots at all is no error here: the certificate will then not be
    /// trusted, and that is said.
    fn roots(&self) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &self.access.ca_file {
            let failed = |error: Box<dyn StdError + Send + Sync>| {
                Error::io("cannot read certificates from", path, io::Error::new(io::ErrorKind::InvalidData, error))
            };
            let pem = std::fs::read(path).map_err(|error| Error::io("cannot read certificates from", path, error))?;
            let certificates: Vec<_> =
                CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| failed(error.into()))?;
            if certificates.is_empty() {
                return Err(failed("there is no PEM certificate in it".into()));
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|error| failed(error.into()))?;
            }
        }
        Ok(roots)
    }

    /// Whether something on this loopback host speaks TLS: it is greeted in TLS, and the first byte of the answer tells. An
    /// HTTP server says at once that it did not understand, so that this costs no delay. A host that is not there is taken
    /// for HTTP; the first request will tell.
    async fn speaks_tls(&self) -> bool {
        let port = self.host.port().unwrap_or(443);
        let Ok(mut stream) = TcpStream::connect((self.host.name(), port)).await else { return false };
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

enum Verify {
    Yes,
    No,
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The record types of TLS: alert and handshake (RFC 8446, section 5.1).
fn is_tls_record(byte: u8) -> bool {
    matches!(byte, 21 | 22)
}

/// The first bytes of a TLS connection.
fn client_hello() -> Option<Vec<u8>> {
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().ok()?;
    let config = config.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let name = ServerName::try_from("localhost").ok()?;
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name).ok()?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).ok()?;
    Some(hello)
}

/// Trusts every certificate, where the user said so or where it does not matter.
mod unverified {
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    #[derive(Debug)]
    pub(super) struct Unverified(std::sync::Arc<CryptoProvider>);

    impl Unverified {
        pub(super) fn new() -> Self {
            Self(super::provider())
        }
    }

    impl ServerCertVerifier for Unverified {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
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
        let error = route.client.get(route.base.clone()).send().await.unwrap_err();
        assert_eq!(Trouble::of(&error), Trouble::Refused);
    }

    #[tokio::test]
    async fn http_on_a_host_that_should_speak_https_is_named() {
        let host = server(None, b"HTTP/1.0 400 Bad Request\r\n\r\n").await;
        let transport = Transport::new(host, Access::default());
        let route = transport.tls(Verify::Yes).expect("a client");
        let error = route.client.get(route.base.clone()).send().await.unwrap_err();
        assert_eq!(Trouble::of(&error), Trouble::NotTls);
    }
}
