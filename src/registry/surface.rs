//! What a hostile registry's bytes meet first, as pure functions: the fuzz targets are another crate, and see nothing else of
//! how a registry is spoken to.

use std::path::Path;
use std::time::SystemTime;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use url::Url;

use super::address::{self, Downgrade};
use super::auth::Challenge;
use super::error::Answer;
use super::rate_limit::RateLimit;
use super::{certs_d, download, link, upload, verdict};
use crate::image::Host;

/// The challenges in a `WWW-Authenticate` header; the address of each token server among them.
pub fn challenges(header: &[u8]) -> Vec<Url> {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_bytes(header).ok().map(|value| (WWW_AUTHENTICATE, value)));
    let realm = |challenge| match challenge {
        Challenge::Bearer(bearer) => Some(bearer.realm),
        Challenge::Basic { .. } => None,
    };
    Challenge::all(&headers).into_iter().filter_map(realm).collect()
}

/// Where a registry at `base` sends on to with a `Location` header: for an upload and for a redirect, where either is gone to.
pub fn locations(host: &Host, base: &Url, text: &str) -> [Option<Url>; 2] {
    let asked = base.join("v2/app/blobs/uploads/").unwrap_or_else(|_| base.clone());
    [address::of_continuation, address::of_redirect].map(|of| {
        let url = of(host, base, &asked, text).ok()?.url;
        address::check(base, &url, Downgrade::Refused).is_ok().then_some(url)
    })
}

/// The next page in a `Link` header.
pub fn next_page(header: &str) -> Option<&str> {
    link::next_of(header)
}

/// How many bytes an upload has, by its `Range` header, and where a part begins, by its `Content-Range` header.
pub fn ranges(header: &str) -> [Option<u64>; 2] {
    [upload::end_of_range(header), download::start_of_range(header)]
}

/// The words for an answer with this status, these values for each header that tells of waiting, and this body.
pub fn answer(status: u16, header: &str, body: &[u8]) -> String {
    let mut headers = HeaderMap::new();
    for name in ["ratelimit-limit", "ratelimit-remaining"] {
        headers.extend(HeaderValue::from_str(header).ok().map(|value| (HeaderName::from_static(name), value)));
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = Answer::read(status, verdict::retry_after(header, SystemTime::UNIX_EPOCH), body);
    answer.limit = RateLimit::of(&headers);
    answer.to_string()
}

/// Whether a `hosts.toml` of containerd's can be read, and has something for the host.
pub fn hosts(text: &str, host: &Host) -> Option<bool> {
    certs_d::read_hosts(text, Path::new("/etc/containerd/certs.d/host"), host)
        .ok()
        .map(|found| found != certs_d::Found::default())
}
