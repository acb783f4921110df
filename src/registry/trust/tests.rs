//! A server that wants to see a client certificate, and what comes of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::CertificateDirs;
use super::super::transport::{Access, OtherHost, Transport};
use super::super::trouble::Trouble;
use super::super::verdict::Acquaintance;
use super::{CertificateFault, ClientFiles, provider};
use crate::image::Host;

struct Authority(Issuer<'static, KeyPair>, CertificateDer<'static>);

impl Authority {
    fn named(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec![]).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let certificate = parameters.self_signed(&key).expect("a certificate").der().clone();
        Self(Issuer::new(parameters, key), certificate)
    }

    /// Writes a client certificate of this authority and its key.
    fn sign(&self, certificate: &Path, key: &Path) {
        let pair = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec!["client".to_owned()]).expect("parameters");
        parameters.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        let signed = parameters.signed_by(&pair, &self.0).expect("a certificate");
        fs::write(certificate, signed.pem()).expect("written");
        fs::write(key, pair.serialize_pem()).expect("written");
    }
}

/// How a server ends a connection that it does not want.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With an alert.
    Alert,
    /// With an alert, and on what it has not read, so that the connection is reset.
    Close,
    /// With a reset, and nothing before it.
    Reset,
}

/// A server on this machine that lets in whom `authority` has signed, and its own certificate, for `localhost`.
async fn server(authority: &Authority) -> (Host, String) {
    server_that_ends(authority, End::Alert).await
}

async fn server_that_ends(authority: &Authority, end: End) -> (Host, String) {
    let mut roots = RootCertStore::empty();
    roots.add(authority.1.clone()).expect("an authority");
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().expect("a verifier");
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters").self_signed(&key);
    let own = own.expect("a certificate");
    let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.der().clone()], private)
        .expect("a certificate and its key");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if end == End::Reset {
                stream.set_zero_linger().expect("a socket");
            }
            let mut stream = match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => stream,
                // Read to the end, for a connection that is closed on what was not read is reset, and its answer lost.
                Err(_) if end != End::Alert => continue,
                Err((_, mut stream)) => {
                    tokio::spawn(async move { tokio::io::copy(&mut stream, &mut tokio::io::sink()).await });
                    continue;
                }
            };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.is_ok_and(|n| n > 0) {}
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    (format!("localhost:{port}").parse().expect("a host"), own.pem())
}

async fn ask(host: &Host, access: Access) -> Result<u16, Trouble> {
    let transport = Transport::new(host.clone(), access);
    let route = transport.route().await.expect("a route");
    let client = route.client(&route.base).expect("a client");
    match client.get(route.base.clone()).send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(route.trouble(&error, &route.base, Acquaintance::Unknown).await),
    }
}

#[tokio::test]
async fn of_several_client_certificates_the_one_is_shown_that_the_registry_knows() {
    let (ours, other) = (Authority::named("ours"), Authority::named("other"));
    let (host, _) = server(&ours).await;
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join(host.as_str());
    fs::create_dir(&directory).expect("made");
    other.sign(&directory.join("a.cert"), &directory.join("a.key"));
    let directories = CertificateDirs { docker: vec![root.path().to_owned()], containerd: vec![] };
    let access = Access { directories, ..Access::default() };
    let refused = ask(&host, access.clone()).await.expect_err("it is of another authority");
    assert!(matches!(refused, Trouble::ClientCertificate(_)), "{refused:?}");
    ours.sign(&directory.join("b.cert"), &directory.join("b.key"));
    assert_eq!(ask(&host, access).await, Ok(200));
}

#[tokio::test]
async fn a_registry_that_wants_a_client_certificate_is_told_so() {
    let ours = Authority::named("ours");
    let (host, _) = server(&ours).await;
    let wanted = Trouble::ClientCertificate("the registry wants to see a client certificate");
    assert_eq!(ask(&host, Access::default()).await, Err(wanted));
    let root = tempfile::tempdir().expect("a directory");
    let files = ClientFiles { certificate: root.path().join("c.pem"), key: root.path().join("k.pem") };
    ours.sign(&files.certificate, &files.key);
    assert_eq!(ask(&host, Access { client: Some(files), ..Access::default() }).await, Ok(200));
}

/// Go's registries say that a certificate is bad when there is none, OpenSSL with TLS 1.2 that the handshake failed, and some
/// close the connection on what they have not read, so that nothing is heard of what they say.
#[tokio::test]
async fn a_registry_that_says_it_otherwise_is_understood() {
    let ours = Authority::named("ours");
    let root = tempfile::tempdir().expect("a directory");
    let files = ClientFiles { certificate: root.path().join("c.pem"), key: root.path().join("k.pem") };
    Authority::named("other").sign(&files.certificate, &files.key);
    for end in [End::Reset, End::Close] {
        let (host, _) = server_that_ends(&ours, end).await;
        let wanted = ask(&host, Access::default()).await.expect_err("there is none to show");
        assert!(
            matches!(wanted, Trouble::ClientCertificate(words) if words.contains("client certificate")),
            "{wanted:?}"
        );
        // Whoever has shown one is not told that there was none.
        let shown = ask(&host, Access { client: Some(files.clone()), ..Access::default() }).await;
        let shown = shown.expect_err("it is another's").to_string();
        assert!(!shown.contains("got none") && !shown.contains("wants to see"), "{shown}");
    }
}

/// The client certificate is for the registry: whoever it sends us to does not learn who we are, and is verified.
#[tokio::test]
async fn a_stranger_is_verified_and_does_not_see_the_client_certificate() {
    let ours = Authority::named("ours");
    let (stranger, certificate) = server(&ours).await;
    let root = tempfile::tempdir().expect("a directory");
    let path = |name: &str| root.path().join(name);
    let files = ClientFiles { certificate: path("c.pem"), key: path("k.pem") };
    ours.sign(&files.certificate, &files.key);
    fs::write(path("ca.pem"), certificate).expect("written");
    let unknown = Trouble::Certificate(CertificateFault::UnknownIssuer);
    let wanted = Trouble::ClientCertificate("the registry wants to see a client certificate");
    for (ca_file, trouble) in [(None, unknown), (Some(path("ca.pem")), wanted)] {
        let access = Access { client: Some(files.clone()), ca_file, ..Access::default() };
        let transport = Transport::new("registry.example".parse().expect("a host"), access);
        let route = transport.route().await.expect("a route");
        let address = format!("https://{stranger}/").parse().expect("an address");
        let error = route.client(&address).expect("a client").get(address).send().await.expect_err("it is not let in");
        assert_eq!(Trouble::of(&error), trouble);
    }
}

/// Unless the user says something of that very host.
#[tokio::test]
async fn a_stranger_has_settings_of_its_own() {
    let ours = Authority::named("ours");
    let (stranger, certificate) = server(&ours).await;
    let root = tempfile::tempdir().expect("a directory");
    let path = |name: &str| root.path().join(name);
    fs::write(path("ca.pem"), certificate).expect("written");
    let other = |host: &str, insecure, ca_file| OtherHost { host: host.parse().expect("a host"), insecure, ca_file };
    let trusted = Trouble::ClientCertificate("the registry wants to see a client certificate");
    let unknown = Trouble::Certificate(CertificateFault::UnknownIssuer);
    for (other, trouble) in [
        (other(stranger.as_str(), true, None), &trusted),
        (other(stranger.as_str(), false, Some(path("ca.pem"))), &trusted),
        (other("localhost", true, None), &unknown),
        (other("registry.example", true, None), &unknown),
    ] {
        let access = Access { others: vec![other.clone()], ..Access::default() };
        let transport = Transport::new("registry.example".parse().expect("a host"), access);
        let route = transport.route().await.expect("a route");
        let address = format!("https://{stranger}/").parse().expect("an address");
        let error = route.client(&address).expect("a client").get(address).send().await.expect_err("it is not let in");
        assert_eq!(Trouble::of(&error), *trouble, "{other:?}");
    }
}

/// The client for HTTP has no certificates, so what a registry without TLS names in HTTPS on its own host needs another.
#[tokio::test]
async fn https_beside_a_registry_without_tls_is_verified() {
    let ours = Authority::named("ours");
    let (beside, _) = server(&ours).await;
    let access = Access { plain_http: true, ..Access::default() };
    let transport = Transport::new("localhost:1".parse().expect("a host"), access);
    let route = transport.route().await.expect("a route");
    let address = format!("https://{beside}/").parse().expect("an address");
    let error = route.client(&address).expect("a client").get(address).send().await.expect_err("nobody has signed it");
    assert_eq!(Trouble::of(&error), Trouble::Certificate(CertificateFault::UnknownIssuer));
    // Where the user says of this registry that certificates do not matter, that is one of them.
    let access = Access { plain_http: true, insecure: true, ..Access::default() };
    let transport = Transport::new("localhost:1".parse().expect("a host"), access);
    let route = transport.route().await.expect("a route");
    let address = format!("https://{beside}/").parse().expect("an address");
    let error = route.client(&address).expect("a client").get(address).send().await.expect_err("it is not let in");
    assert!(matches!(Trouble::of(&error), Trouble::ClientCertificate(_)), "{error:?}");
}
