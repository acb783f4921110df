//! Certificates for the registries of the tests, and the authorities that vouch for them.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rpush::server::{Config, Tls};

use super::{Registry, Sandbox};

/// Somebody who vouches for registries. Its certificate is in a file of the sandbox.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Where its certificate is.
    pub file: String,
}

impl Authority {
    /// With its certificate in `NAME.pem`.
    pub fn new(sandbox: &Sandbox, name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names are fine");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = sandbox.file(&format!("{name}.pem"), certificate.pem());
        Self { issuer: Issuer::new(params, key), file }
    }

    /// What a registry called `name` shows to clients.
    pub fn vouch(&self, sandbox: &Sandbox, name: &str) -> Tls {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        tls(sandbox, &certificate.pem(), &key)
    }

    /// A certificate for `name`, good until the beginning of a year, and its key, for those who read them in PEM.
    #[allow(dead_code, reason = "only the tests with other programs need it")]
    pub fn issue(&self, name: &str, until: i32) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

/// A certificate for `localhost` that nobody vouches for but itself, and the file it is in.
pub fn self_made(sandbox: &Sandbox) -> (Tls, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let file = sandbox.file("own.pem", own.cert.pem());
    (tls(sandbox, &own.cert.pem(), &own.signing_key), file)
}

fn tls(sandbox: &Sandbox, certificate: &str, key: &KeyPair) -> Tls {
    let (chain, key) = (sandbox.file("registry.pem", certificate), sandbox.file("registry.key", key.serialize_pem()));
    Tls::from_files(chain.as_ref(), key.as_ref()).expect("a certificate and its key")
}

/// A certificate as `openssl req -x509` makes it, which Docker's documentation tells people to use: it has signed itself, and
/// may sign others.
pub struct Certificate {
    /// The certificate's text.
    pub pem: String,
    key: String,
}

impl Certificate {
    /// One for this name, good until the beginning of a year.
    pub fn of(name: &str, until: i32) -> Self {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let pem = parameters.self_signed(&key).expect("a certificate").pem();
        Self { pem, key: key.serialize_pem() }
    }

    /// Its files, and its key's, in a sandbox.
    pub fn files(&self, sandbox: &Sandbox) -> (String, String) {
        (sandbox.file("tls.crt", &self.pem), sandbox.file("tls.key", &self.key))
    }

    /// A registry that shows it.
    pub fn registry(&self) -> Registry {
        let files = Sandbox::new();
        let (certificate, key) = self.files(&files);
        let tls = Tls::from_files(certificate.as_ref(), key.as_ref()).expect("a certificate and its key");
        Registry::start(Config { tls: Some(tls), ..Config::default() })
    }
}
