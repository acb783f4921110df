//! Judges of a registry's certificate.
//!
//! webpki refuses the certificate that Docker's documentation tells people to make (`openssl req -x509`), even where it is
//! configured as trusted: it may sign others, and so must not be a server's (reqwest#1554, reqwest#2041). Go and OpenSSL
//! accept it, and so does [`Verifier`] when it is that very certificate.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::{der, fault, provider};

/// Decides about a registry's certificate.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

/// What is trusted.
#[derive(Debug)]
enum Trust {
    /// Every certificate.
    Everything,
    /// What the roots have signed, and a configured certificate itself.
    Authorities {
        /// There is none without roots.
        webpki: Option<Arc<WebPkiServerVerifier>>,
        configured: Vec<CertificateDer<'static>>,
    },
}

impl Verifier {
    /// Trusts what the roots have signed, and a configured certificate itself.
    pub fn new(roots: Arc<RootCertStore>, configured: Vec<CertificateDer<'static>>) -> Self {
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, provider()).build().ok();
        Self { trust: Trust::Authorities { webpki, configured }, provider: provider() }
    }

    /// Trusts every certificate, where the user said so or where it does not matter.
    pub fn of_nothing() -> Self {
        Self { trust: Trust::Everything, provider: provider() }
    }

    /// What webpki would have looked at, of a certificate that needs no signature because it is known byte for byte.
    fn judge_known(certificate: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        let facts = der::facts(certificate).ok_or(CertificateError::BadEncoding)?;
        let moment = |second: i64| {
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(second).unwrap_or_default()))
        };
        let (not_before, not_after) = (moment(facts.not_before), moment(facts.not_after));
        if now < not_before {
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        if now > not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Authorities { webpki, configured } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let judged = match webpki {
            Some(webpki) => webpki.verify_server_cert(certificate, between, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        match judged {
            Err(Error::InvalidCertificate(reason))
                if fault::is_authority_as_server(&reason) && configured.contains(certificate) =>
            {
                Self::judge_known(certificate, name, now)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    use super::super::CertificateFault;
    use super::*;

    /// 2030-01-01.
    const NOW: u64 = 1_893_456_000;

    /// What `openssl req -x509 -addext subjectAltName=...` makes: it may sign others, and serves.
    fn as_docker_says(name: &str, until: i32) -> CertificateDer<'static> {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        parameters.self_signed(&key).expect("a certificate").der().clone()
    }

    fn judge(
        configured: &[CertificateDer<'static>],
        shown: &CertificateDer<'_>,
        name: &str,
    ) -> Result<(), CertificateFault> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(configured.iter().cloned());
        let verifier = Verifier::new(Arc::new(roots), configured.to_vec());
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW));
        match verifier.verify_server_cert(shown, &[], &name, &[], now) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(reason)) => Err(CertificateFault::of(&reason)),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_certificate_of_dockers_documentation_is_good_when_it_is_configured() {
        let certificate = as_docker_says("r.example", 2040);
        let configured = [certificate.clone()];
        assert_eq!(judge(&configured, &certificate, "r.example"), Ok(()));
        let other = CertificateFault::WrongName { asked: "other.example".into(), names: vec!["r.example".into()] };
        assert_eq!(judge(&configured, &certificate, "other.example"), Err(other));
    }

    #[test]
    fn an_expired_one_is_not_good_for_being_configured() {
        let certificate = as_docker_says("r.example", 2025);
        let expired = CertificateFault::Expired(Some(1_735_689_600));
        assert_eq!(judge(std::slice::from_ref(&certificate), &certificate, "r.example"), Err(expired));
    }

    /// The same name and the same authority do not help: it has to be the same certificate.
    #[test]
    fn another_one_is_not_good() {
        let configured = [as_docker_says("r.example", 2040)];
        let shown = as_docker_says("r.example", 2040);
        let fault = judge(&configured, &shown, "r.example").expect_err("it is not the configured one");
        assert!(matches!(fault, CertificateFault::SelfSigned | CertificateFault::UnknownIssuer), "{fault:?}");
        assert_eq!(judge(&[], &shown, "r.example"), Err(CertificateFault::UnknownIssuer));
    }

    #[test]
    fn what_an_authority_signed_is_good_and_another_authority_itself_is_not() {
        let authority_key = KeyPair::generate().expect("a key");
        let mut authority = CertificateParams::new(vec![]).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).expect("a certificate").der().clone();
        let issuer = Issuer::new(authority, authority_key);
        let sign = |is_ca| {
            let mut parameters = CertificateParams::new(vec!["r.example".to_owned()]).expect("parameters");
            parameters.is_ca = is_ca;
            let key = KeyPair::generate().expect("a key");
            parameters.signed_by(&key, &issuer).expect("a certificate").der().clone()
        };
        assert_eq!(judge(std::slice::from_ref(&root), &sign(IsCa::NoCa), "r.example"), Ok(()));
        let authority = sign(IsCa::Ca(BasicConstraints::Unconstrained));
        assert_eq!(judge(&[root], &authority, "r.example"), Err(CertificateFault::SelfSigned));
    }
}
