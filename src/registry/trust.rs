//! Whom rpush believes on the way to a registry, and as whom it shows itself: the configuration of TLS, made of the system's
//! roots, of what was configured, and of what Docker's and containerd's directories have for the host.

mod der;
mod fault;
mod identity;
mod verifier;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;

use super::certs_d::Found;
use super::note::{Note, Notes};
use super::transport::OtherHost;
use crate::content::{self, Class};
use identity::Identities;
use verifier::Verifier;

pub(super) use der::{Portrait, portrait};
pub use fault::CertificateFault;

/// A client certificate and its key, which may be in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFiles {
    /// The certificate, and those between it and its authority: PEM.
    pub certificate: PathBuf,
    /// Its private key: PEM.
    pub key: PathBuf,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file cannot be read.
    #[error("cannot read {what} from {}", path.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("cannot read {what} from {}", path.display())]
    Content {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it is not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Docker's rule: a certificate `x.cert` has its key beside it in `x.key`.
    #[error("the client certificate {} has no key: there is no {key} beside it", certificate.display())]
    NoKey {
        /// The certificate.
        certificate: PathBuf,
        /// The name of the file that should be there.
        key: String,
    },
}

impl From<TrustError> for content::Error {
    fn from(error: TrustError) -> Self {
        let class = match &error {
            TrustError::File { source, .. } if source.kind() == io::ErrorKind::NotFound => Class::NotFound,
            _ => Class::Failed,
        };
        Self::new(class, error)
    }
}

/// Where the authority is known from that vouches for a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// It is one of the system's.
    System,
    /// It was configured: `--ca-file`, the configuration file, or a directory of certificates.
    Configured,
}

/// The certificates for one registry.
pub(super) struct Trust {
    /// Those configured for it, besides the system's.
    configured: Vec<CertificateDer<'static>>,
    identities: Arc<Identities>,
    /// The system's and the configured ones; loading them takes milliseconds.
    roots: OnceLock<Arc<RootCertStore>>,
}

impl Trust {
    /// Reads what was configured. A file that the user named has to be good; one of Docker's or containerd's that cannot be read
    /// may be another user's, and is left out with a note.
    pub fn read(
        ca_file: Option<&Path>,
        client: Option<&ClientFiles>,
        found: &Found,
        notes: &Notes,
    ) -> Result<Self, TrustError> {
        let mut configured = ca_file.map(authorities).transpose()?.unwrap_or_default();
        for path in &found.authorities {
            configured.extend(readable(authorities(path), notes)?.unwrap_or_default());
        }
        let mut identities = Identities::default();
        if let Some(files) = client {
            identities.add(files)?;
        }
        for files in &found.identities {
            readable(identities.add(files), notes)?;
        }
        Ok(Self { configured, identities: Arc::new(identities), roots: OnceLock::new() })
    }

    /// Whether a certificate was configured as trusted for this registry.
    pub fn is_configured(&self) -> bool {
        !self.configured.is_empty()
    }

    /// For the registry itself: verified, and with the client certificate.
    pub fn verified(&self) -> ClientConfig {
        let verifier = Verifier::new(self.roots(), self.configured.clone());
        self.identified(Arc::new(verifier))
    }

    /// For the registry itself where verification makes no difference, or is not wanted.
    pub fn unverified(&self) -> ClientConfig {
        self.identified(Arc::new(Verifier::of_nothing()))
    }

    /// For whoever answers, to see what that is: without verification, and without the client certificate.
    pub fn for_anybody(&self) -> ClientConfig {
        builder().dangerous().with_custom_certificate_verifier(Arc::new(Verifier::of_nothing())).with_no_client_auth()
    }

    /// Who vouches for the certificates that a registry of this name shows.
    pub fn judge(&self, chain: &[CertificateDer<'_>], name: &ServerName<'_>) -> Result<Anchor, CertificateFault> {
        let (leaf, between) = chain.split_first().ok_or(CertificateFault::UnknownIssuer)?;
        let mut own = RootCertStore::empty();
        own.add_parsable_certificates(self.configured.iter().cloned());
        let judge = |roots: Arc<RootCertStore>| {
            let verifier = Verifier::new(roots, self.configured.clone());
            verifier.verify_server_cert(leaf, between, name, &[], UnixTime::now())
        };
        if judge(Arc::new(own)).is_ok() {
            return Ok(Anchor::Configured);
        }
        match judge(self.roots()) {
            Ok(_) => Ok(Anchor::System),
            Err(rustls::Error::InvalidCertificate(reason)) => Err(CertificateFault::of(&reason)),
            Err(other) => Err(CertificateFault::Other(other.to_string())),
        }
    }

    /// For everybody else, such as a token server or a storage: without the client certificate, which is for the registry alone,
    /// and verified, unless the user says otherwise of this very host.
    pub fn for_stranger(&self, known: Option<&OtherHost>) -> Result<ClientConfig, TrustError> {
        let more = known.and_then(|known| known.ca_file.as_deref()).map(authorities).transpose()?.unwrap_or_default();
        let verifier = match known {
            Some(known) if known.insecure => Verifier::of_nothing(),
            _ if more.is_empty() => Verifier::new(self.roots(), self.configured.clone()),
            _ => {
                let mut roots = RootCertStore::clone(&self.roots());
                roots.add_parsable_certificates(more.iter().cloned());
                Verifier::new(Arc::new(roots), self.configured.iter().chain(&more).cloned().collect())
            }
        };
        Ok(builder().dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
    }

    /// Also without any certificate to show, so that it is known whether the registry has asked for one.
    fn identified(&self, verifier: Arc<dyn rustls::client::danger::ServerCertVerifier>) -> ClientConfig {
        let builder = builder().dangerous().with_custom_certificate_verifier(verifier);
        builder.with_client_cert_resolver(self.identities.clone())
    }

    /// Whether the registry has asked for a client certificate, and none was there to show.
    pub fn lacks_identity(&self) -> bool {
        self.identities.are_wanting()
    }

    /// No roots at all is no error here: the certificate will then not be trusted, and that is said.
    fn roots(&self) -> Arc<RootCertStore> {
        let load = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.configured.iter().cloned());
            Arc::new(roots)
        };
        self.roots.get_or_init(load).clone()
    }
}

/// For connections that use no TLS, so that nothing has to be loaded.
pub(super) fn no_tls() -> ClientConfig {
    builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The certificates of a PEM file, each good enough to be trusted.
fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let certificates = certificates("certificates", path)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| unusable("certificates", path, error))?;
    }
    Ok(certificates)
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let pem = read(what, path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, pem::Error>>();
    let certificates = certificates.map_err(|error| unusable(what, path, error))?;
    match certificates.is_empty() {
        true => Err(unusable(what, path, "there is no PEM certificate in it")),
        false => Ok(certificates),
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TrustError> {
    std::fs::read(path).map_err(|source| TrustError::File { what, path: path.to_owned(), source })
}

fn unusable(
    what: &'static str,
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> TrustError {
    TrustError::Content { what, path: path.to_owned(), source: source.into() }
}

/// Turns a file that cannot be read into a note.
fn readable<T>(result: Result<T, TrustError>, notes: &Notes) -> Result<Option<T>, TrustError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(TrustError::File { path, source, .. }) => {
            notes.tell(Note::Unreadable { path, why: source.to_string() });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
