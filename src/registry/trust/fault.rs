//! What is wrong with a certificate, as facts: an authority that nobody knows, a wrong name and a wrong date have nothing in
//! common but that the connection is refused, and each has a cure of its own.

use std::fmt;

use jiff::Timestamp;
use rustls::CertificateError as Reason;
use rustls::pki_types::UnixTime;

use crate::content::Advice;
use crate::image::Host;

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// Nobody that is trusted has signed it.
    UnknownIssuer,
    /// It has signed itself, and was not configured as trusted.
    SelfSigned,
    /// It was valid until then; in seconds, as Unix counts them.
    Expired(Option<u64>),
    /// It will be valid from then on.
    NotValidYet(Option<u64>),
    /// It is for other names.
    WrongName {
        /// The name in the address.
        asked: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// Anything else, in the words of the TLS library.
    Other(String),
}

impl CertificateFault {
    /// Reads what the TLS library says.
    pub(in crate::registry) fn of(reason: &Reason) -> Self {
        let seconds = |time: &UnixTime| Some(time.as_secs());
        match reason {
            Reason::UnknownIssuer => Self::UnknownIssuer,
            Reason::Expired => Self::Expired(None),
            Reason::ExpiredContext { not_after, .. } => Self::Expired(seconds(not_after)),
            Reason::NotValidYet => Self::NotValidYet(None),
            Reason::NotValidYetContext { not_before, .. } => Self::NotValidYet(seconds(not_before)),
            Reason::NotValidForNameContext { expected, presented } => Self::WrongName {
                asked: expected.to_str().into_owned(),
                names: presented.iter().map(|name| bare(name)).collect(),
            },
            reason if is_authority_as_server(reason) => Self::SelfSigned,
            other => Self::Other(other.to_string()),
        }
    }

    /// What would help on the way to `host`: each fault has a cure of its own.
    pub(in crate::registry) fn advice(&self, host: &Host) -> Option<Advice> {
        match self {
            Self::UnknownIssuer | Self::SelfSigned => Some(Advice::TrustCertificate(host.clone())),
            Self::Expired(_) => Some(Advice::RenewCertificate(host.clone())),
            Self::NotValidYet(_) => Some(Advice::CheckClock),
            Self::WrongName { names, .. } => {
                Some(Advice::UseNameOfCertificate { host: host.clone(), names: names.clone() })
            }
            Self::Other(_) => None,
        }
    }
}

/// Whether a certificate that is allowed to sign others is used by a server: what `openssl req -x509` makes.
pub(super) fn is_authority_as_server(reason: &Reason) -> bool {
    let Reason::Other(other) = reason else { return false };
    matches!(other.0.downcast_ref::<webpki::Error>(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// The name in `DnsName("r.example")` or `IpAddress(10.0.0.1)`, as webpki writes them.
fn bare(presented: &str) -> String {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(presented, |inner| inner.trim_matches('"')).to_owned()
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |second: &Option<u64>| {
            let moment = Timestamp::from_second(i64::try_from((*second)?).ok()?).ok()?;
            Some(moment.strftime("on %Y-%m-%d at %H:%M UTC").to_string())
        };
        match self {
            Self::UnknownIssuer => f.write_str("its authority is unknown"),
            Self::SelfSigned => f.write_str("it has signed itself, and nobody said that it is to be trusted"),
            Self::Expired(second) => match on(second) {
                Some(on) => write!(f, "it expired {on}"),
                None => f.write_str("it has expired"),
            },
            Self::NotValidYet(second) => match on(second) {
                Some(on) => write!(f, "it becomes valid only {on}"),
                None => f.write_str("it is not valid yet"),
            },
            Self::WrongName { asked, names } if names.is_empty() => {
                write!(f, "it has no names at all (subjectAltName), and so is not for {asked}")
            }
            Self::WrongName { asked, names } => write!(f, "it is for {}, and not for {asked}", names.join(", ")),
            Self::Other(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_says_what_it_is() {
        let name = |names: &[&str]| CertificateFault::WrongName {
            asked: "r.example".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (fault, words) in [
            (CertificateFault::Expired(Some(1_577_836_800)), "it expired on 2020-01-01 at 00:00 UTC"),
            (CertificateFault::Expired(Some(u64::MAX)), "it has expired"),
            (CertificateFault::NotValidYet(Some(1_577_836_800)), "it becomes valid only on 2020-01-01 at 00:00 UTC"),
            (name(&["a.example", "10.0.0.1"]), "it is for a.example, 10.0.0.1, and not for r.example"),
            (name(&[]), "it has no names at all (subjectAltName), and so is not for r.example"),
        ] {
            assert_eq!(fault.to_string(), words);
        }
    }

    #[test]
    fn names_are_told_without_their_kind() {
        for (presented, shown) in
            [(r#"DnsName("r.example")"#, "r.example"), ("IpAddress(10.0.0.1)", "10.0.0.1"), ("other", "other")]
        {
            assert_eq!(bare(presented), shown);
        }
    }
}
