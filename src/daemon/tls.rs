//! TLS to a daemon behind a port: its authority and the certificate to show, in the three files that Docker has for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::error::Error;

/// For a socket and for a port without TLS, so that nothing has to be loaded.
pub(super) fn none() -> ClientConfig {
    builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

/// With the files of a directory: `ca.pem`, `cert.pem` and `key.pem`, each of which may be missing. The certificate of the
/// daemon is always looked at: whoever may load images into it is its root.
pub(super) fn of_directory(directory: &Path) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match certificates(&directory.join("ca.pem"))? {
        Some(authorities) => {
            for authority in authorities {
                roots.add(authority).map_err(|error| unusable(directory.join("ca.pem"), error))?;
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let builder = builder().with_root_certificates(roots);
    let (own, key) = (directory.join("cert.pem"), directory.join("key.pem"));
    let Some(chain) = certificates(&own)? else { return Ok(builder.with_no_client_auth()) };
    let pem = fs::read(&key).map_err(|error| unusable(key.clone(), error))?;
    let secret = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| unusable(key, error))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| unusable(own, error))
}

fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
}

/// The certificates of a file, when it is there.
fn certificates(path: &Path) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let pem = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| unusable(path.to_owned(), error))?,
    };
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    certificates.map(Some).map_err(|error| unusable(path.to_owned(), error))
}

fn unusable(path: PathBuf, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Certificates { path, cause: Box::new(cause) }
}
