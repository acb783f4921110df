//! Client certificates: several may be configured for one registry, and the registry says whose it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;

use super::{ClientFiles, TrustError, certificates, der, provider, read, unusable};

/// The client certificates for one registry, the most wanted first.
#[derive(Debug, Default)]
pub(super) struct Identities {
    certificates: Vec<Arc<CertifiedKey>>,
    /// The registry asked for one, and there was none to show.
    wanting: AtomicBool,
}

impl Identities {
    /// Reads one more.
    pub fn add(&mut self, files: &ClientFiles) -> Result<(), TrustError> {
        let chain = certificates("a client certificate", &files.certificate)?;
        let what = "a private key";
        let pem = read(what, &files.key)?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(what, &files.key, error))?;
        let identity = CertifiedKey::from_der(chain, key, &provider());
        self.certificates.push(Arc::new(identity.map_err(|error| unusable(what, &files.key, error))?));
        Ok(())
    }

    /// Whether the registry has asked for one in vain.
    pub fn are_wanting(&self) -> bool {
        self.wanting.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Identities {
    /// The first that one of the registry's authorities has signed, or else the first of all: a registry need not name its
    /// authorities.
    fn resolve(&self, authorities: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let fits = |identity: &&Arc<CertifiedKey>| {
            let mut issuers = identity.cert.iter().filter_map(|certificate| Some(der::facts(certificate)?.issuer));
            issuers.any(|issuer| authorities.contains(&issuer))
        };
        let shown = self.certificates.iter().find(fits).or(self.certificates.first()).cloned();
        self.wanting.fetch_or(shown.is_none(), Ordering::Relaxed);
        shown
    }

    fn has_certs(&self) -> bool {
        !self.certificates.is_empty()
    }
}
