//! The few facts of a certificate that rustls keeps to itself: until when it is valid, whose it is, and who signed it. A reader of DER as
//! large as that needs (RFC 5280, section 4.1), because certificates come from strangers and a parser of everything is a lot of code.

use std::net::IpAddr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

/// What a certificate says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts<'a> {
    /// The name of who signed it, as DER.
    pub issuer: &'a [u8],
    /// The name of whose it is, as DER.
    pub subject: &'a [u8],
    /// The second from which it is valid, counted as Unix does.
    pub not_before: i64,
    /// The last second at which it is.
    pub not_after: i64,
    /// What follows: its key, and its extensions.
    rest: Der<'a>,
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads a certificate; `None` when it is not one.
pub(super) fn facts(certificate: &[u8]) -> Option<Facts<'_>> {
    let mut certificate = Der(Der(certificate).expect(SEQUENCE)?);
    let mut body = Der(certificate.expect(SEQUENCE)?);
    if body.0.first() == Some(&VERSION) {
        body.element()?;
    }
    let (_serial_number, _signature) = (body.element()?, body.element()?);
    let issuer = body.element()?.whole;
    let mut validity = Der(body.expect(SEQUENCE)?);
    let (not_before, not_after) = (time(&validity.element()?)?, time(&validity.element()?)?);
    let subject = body.element()?.whole;
    Some(Facts { issuer, subject, not_before, not_after, rest: body })
}

/// A certificate as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Portrait {
    /// The names that it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// The second from which it is valid, counted as Unix does.
    pub not_before: i64,
    /// The last second at which it is.
    pub not_after: i64,
}

/// The names of a certificate that are kept, of a hostile one with thousands.
const MAX_NAMES: usize = 20;

/// Reads what a certificate says of itself.
pub(in crate::registry) fn portrait(certificate: &[u8]) -> Option<Portrait> {
    let facts = facts(certificate)?;
    let mut names = alternative_names(facts.rest).unwrap_or_default();
    names.truncate(MAX_NAMES);
    let issuer = match facts.issuer == facts.subject {
        true => "itself".to_owned(),
        false => common_name(facts.issuer).unwrap_or_else(|| "nobody with a name".to_owned()),
    };
    Some(Portrait { names, issuer, not_before: facts.not_before, not_after: facts.not_after })
}

/// The common name in a name, or the organisation's (RFC 5280, section 4.1.2.4).
fn common_name(name: &[u8]) -> Option<String> {
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
    let mut parts = Der(Der(name).expect(SEQUENCE)?);
    let mut found = None;
    while let Some(part) = parts.element() {
        let mut pair = Der(Der(part.content).expect(SEQUENCE)?);
        let (kind, text) = (pair.element()?.content, pair.element()?.content);
        if kind == COMMON_NAME || (kind == ORGANIZATION && found.is_none()) {
            found = Some(String::from_utf8_lossy(text).chars().take(100).collect());
        }
    }
    found
}

/// The names of `subjectAltName` (RFC 5280, section 4.2.1.6): those of hosts, and addresses.
fn alternative_names(mut body: Der<'_>) -> Option<Vec<String>> {
    const EXTENSIONS: u8 = 0xa3;
    const OCTET_STRING: u8 = 0x04;
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    let wrapped = std::iter::from_fn(|| body.element()).find(|element| element.tag == EXTENSIONS)?.content;
    let mut extensions = Der(Der(wrapped).expect(SEQUENCE)?);
    let names = std::iter::from_fn(|| extensions.expect(SEQUENCE)).find_map(|extension| {
        let mut extension = Der(extension);
        let is_wanted = extension.element()?.content == SUBJECT_ALT_NAME;
        let value = std::iter::from_fn(|| extension.element()).find(|element| element.tag == OCTET_STRING)?;
        is_wanted.then(|| Der(value.content).expect(SEQUENCE)).flatten()
    })?;
    let mut names = Der(names);
    Some(std::iter::from_fn(|| names.element()).filter_map(|name| general_name(&name)).collect())
}

fn general_name(name: &Element<'_>) -> Option<String> {
    const DNS_NAME: u8 = 0x82;
    const IP_ADDRESS: u8 = 0x87;
    match name.tag {
        DNS_NAME => Some(String::from_utf8_lossy(name.content).chars().take(253).collect()),
        IP_ADDRESS => <[u8; 4]>::try_from(name.content)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(name.content).map(IpAddr::from))
            .map(|address| address.to_string())
            .ok(),
        _ => None,
    }
}

/// What is left to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Der<'a>(&'a [u8]);

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Der<'a> {
    fn element(&mut self) -> Option<Element<'a>> {
        let all = self.0;
        let (&tag, rest) = all.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // A length of up to four bytes: no certificate is longer.
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content, whole: &all[..all.len() - rest.len()] })
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element().filter(|element| element.tag == tag).map(|element| element.content)
    }
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
fn time(element: &Element<'_>) -> Option<i64> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let (century, text) = match element.tag {
        UTC_TIME if text.len() == 12 => (if text < "50" { "20" } else { "19" }, text),
        GENERALIZED_TIME if text.len() == 14 => text.split_at(2),
        _ => return None,
    };
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| text[at..at + 2].parse::<i8>().ok();
    let year = century.parse::<i16>().ok()? * 100 + i16::from(part(0)?);
    if year == 9999 {
        // "For ever" (RFC 5280, section 4.1.2.5), and more than the clock counts.
        return Some(i64::MAX);
    }
    let moment = DateTime::new(year, part(2)?, part(4)?, part(6)?, part(8)?, part(10)?, 0).ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: u8, text: &str) -> Option<i64> {
        time(&Element { tag, content: text.as_bytes(), whole: &[] })
    }

    #[test]
    fn times_come_in_two_forms() {
        for (tag, text, second) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "490101000000Z", Some(2_493_072_000)),
            (UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(i64::MAX)),
            (UTC_TIME, "701301000000Z", None),
            (UTC_TIME, "700101000000", None),
            (UTC_TIME, "7001010000+0Z", None),
            (GENERALIZED_TIME, "700101000000Z", None),
            (UTC_TIME, "7\u{e4}0101000000Z", None),
            (4, "700101000000Z", None),
        ] {
            assert_eq!(read(tag, text), second, "{text}");
        }
    }

    #[test]
    fn a_certificate_is_read_and_nothing_shorter_is() {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut parameters = rcgen::CertificateParams::new(vec!["r.example".to_owned()]).expect("parameters");
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2060, 1, 1);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let certificate = certificate.der();
        let facts = facts(certificate).expect("a certificate");
        assert_eq!((facts.not_before, facts.not_after), (1_577_836_800, 2_840_140_800));
        assert_eq!(facts.issuer.first(), Some(&SEQUENCE));
        let portrait = super::portrait(certificate).expect("a certificate");
        assert_eq!((portrait.names, portrait.issuer.as_str()), (vec!["r.example".to_owned()], "itself"));
        for length in 0..certificate.len() {
            assert_eq!(super::facts(&certificate[..length]), None, "{length}");
            assert_eq!(super::portrait(&certificate[..length]), None, "{length}");
        }
        for at in 0..certificate.len() {
            let mut bent = certificate.to_vec();
            bent[at] ^= 0xff;
            let _ = super::portrait(&bent);
        }
        // Hostile lengths end in nothing, and not in a panic.
        assert_eq!(super::facts(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(super::facts(&[SEQUENCE, 0x88, 0xff]), None);
    }
}
