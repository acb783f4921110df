//! Conditional requests: an entity's tag is its digest, so "has it changed" costs no bytes, and a tag is only moved
//! by those who know what it names.

use hyper::StatusCode;
use hyper::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};

use super::error::{Code, Refusal};
use crate::image::Digest;

/// Whether the client has this content already.
pub(super) fn is_unchanged(headers: &HeaderMap, digest: &Digest) -> bool {
    names(headers, &IF_NONE_MATCH, Some(digest)).unwrap_or(false)
}

/// Whether a range still belongs to the content that the client has the rest of.
pub(super) fn allows_range(if_range: Option<&HeaderValue>, digest: &Digest) -> bool {
    if_range.is_none_or(|value| value.to_str().is_ok_and(|text| is_tag_of(text, digest)))
}

/// The conditions of a write: what has to be there (`If-Match`), and what may not (`If-None-Match: *`: nothing).
pub(super) fn check(headers: &HeaderMap, present: Option<&Digest>) -> Result<(), Refusal> {
    let holds =
        names(headers, &IF_MATCH, present).unwrap_or(true) && !names(headers, &IF_NONE_MATCH, present).unwrap_or(false);
    if holds {
        return Ok(());
    }
    let refusal = Refusal::new(Code::ManifestInvalid, "the tag does not name what the request expects");
    let refusal = refusal.with_status(StatusCode::PRECONDITION_FAILED);
    Err(match present {
        Some(digest) => refusal.with_header(ETAG, format!("\"{digest}\"")),
        None => refusal,
    })
}

/// Whether a header names what is there; `None` without the header.
fn names(headers: &HeaderMap, header: &HeaderName, present: Option<&Digest>) -> Option<bool> {
    let values: Vec<_> = headers.get_all(header).iter().filter_map(|value| value.to_str().ok()).collect();
    if !headers.contains_key(header) {
        return None;
    }
    let named = |digest| values.iter().flat_map(|value| value.split(',')).any(|text| is_tag_of(text, digest));
    Some(present.is_some_and(named))
}

/// Digests hold no commas and no quotes, so nothing has to be unescaped. Tags without quotes are written by some
/// clients.
fn is_tag_of(text: &str, digest: &Digest) -> bool {
    let text = text.trim();
    let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    text == "*" || text.parse() == Ok(*digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().expect("a header"))])
    }

    #[test]
    fn r30_what_the_client_has_is_not_sent_again() {
        let digest = Digest::of(b"");
        for (value, unchanged) in [
            (format!("\"{digest}\""), true),
            (format!("\"x\", W/\"{digest}\""), true),
            (digest.to_string(), true),
            ("*".into(), true),
            ("\"x\"".into(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_unchanged(&headers(IF_NONE_MATCH, &value), &digest), unchanged, "{value}");
        }
        assert!(!is_unchanged(&HeaderMap::new(), &digest));
    }

    #[test]
    fn r30_a_write_may_depend_on_what_is_there() {
        let (digest, other) = (Digest::of(b""), Digest::of(b"x"));
        let tag = format!("\"{digest}\"");
        for (name, value, present, holds) in [
            (IF_MATCH, tag.as_str(), Some(&digest), true),
            (IF_MATCH, &tag, Some(&other), false),
            (IF_MATCH, &tag, None, false),
            (IF_MATCH, "*", Some(&other), true),
            (IF_MATCH, "*", None, false),
            (IF_NONE_MATCH, "*", None, true),
            (IF_NONE_MATCH, "*", Some(&digest), false),
            (IF_NONE_MATCH, &tag, Some(&other), true),
        ] {
            assert_eq!(check(&headers(name, value), present).is_ok(), holds, "{value} {present:?}");
        }
        assert!(check(&HeaderMap::new(), None).is_ok());
    }
}
