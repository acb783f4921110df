//! Certificates for the registries of the tests, and the authorities that vouch for them.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rpush::server::Tls;

use super::Sandbox;

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
