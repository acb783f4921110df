//! What a request asks for: a pure function of method, path and query, so that every odd path can be a line in a table.
//!
//! A path is taken apart before its percent-encoding is, so no encoded slash makes another path of it, and its parts
//! become types (`RepositoryName`, `Digest`, `Tag`) that hold nothing that a file system could misunderstand.

use hyper::header::ALLOW;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::error::{Code, Refusal};
use super::page::Page;
use super::target::{Query, digest, pointer, repository, segments};
use crate::image::{Algorithm, Digest, RepositoryName, Tag};

/// A request, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// Is this a registry?
    Ping,
    /// Which repositories are there?
    Catalog(Page),
    /// Which tags has the repository?
    ListTags(RepositoryName, Page),
    /// What is there about a manifest?
    ListReferrers { name: RepositoryName, subject: Digest, artifact_type: Option<String>, page: Page },
    /// A blob's bytes, or only its headers.
    ReadBlob(RepositoryName, Digest),
    /// Remove a blob from the repository.
    DeleteBlob(RepositoryName, Digest),
    /// Bring a blob.
    StartUpload(RepositoryName, Start),
    /// How much of it has come?
    ReadUpload(RepositoryName, SessionId),
    /// The next bytes.
    WriteUpload(RepositoryName, SessionId),
    /// The last bytes, perhaps none, and what all of them hash to.
    FinishUpload(RepositoryName, SessionId, Digest),
    /// The rest will not come.
    CancelUpload(RepositoryName, SessionId),
    /// A manifest, or only its headers.
    ReadManifest(RepositoryName, Pointer),
    /// Bring a manifest, and name it.
    WriteManifest { name: RepositoryName, digest: Option<Digest>, tags: Vec<Tag> },
    /// Remove a tag, or a manifest with all its tags.
    DeleteManifest(RepositoryName, Pointer),
}

/// How a blob is brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// In later requests.
    Session(Algorithm),
    /// In this one.
    Whole(Digest),
    /// Not at all, when another repository has it.
    Mount { digest: Digest, from: Option<RepositoryName> },
}

/// How a manifest is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pointer {
    /// By a tag.
    Tag(Tag),
    /// By its digest.
    Digest(Digest),
}

/// The name of an upload: 32 hexadecimal digits, as random as keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SessionId(String);

impl SessionId {
    const LENGTH: usize = 32;

    /// A name from random bytes.
    pub(super) fn new(random: [u8; Self::LENGTH / 2]) -> Self {
        Self(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == Self::LENGTH && is_hex).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Understands a request. `path` and `query` are as they came, still encoded.
pub(super) fn route(method: &Method, path: &str, query: &str) -> Result<Route, Refusal> {
    let segments = segments(path)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = Query::parse(query);
    // From the end: a repository may be called `blobs/uploads` or `tags/list`, the end is never ambiguous.
    match segments[..] {
        ["v2"] | ["v2", ""] => read_only(method, || Ok(Route::Ping)),
        ["v2", "_catalog"] => read_only(method, || Ok(Route::Catalog(query.page()?))),
        ["v2", ref name @ .., "tags", "list"] if !name.is_empty() => {
            read_only(method, || Ok(Route::ListTags(repository(name)?, query.page()?)))
        }
        ["v2", ref name @ .., "referrers", subject] if !name.is_empty() => read_only(method, || {
            let name = repository(name)?;
            let (subject, page) = (digest(subject)?, query.page()?);
            Ok(Route::ListReferrers { name, subject, artifact_type: query.artifact_type(), page })
        }),
        ["v2", ref name @ .., "blobs", "uploads"] | ["v2", ref name @ .., "blobs", "uploads", ""]
            if !name.is_empty() =>
        {
            match *method {
                Method::POST => Ok(Route::StartUpload(repository(name)?, query.start()?)),
                _ => Err(not_allowed(method, "POST")),
            }
        }
        ["v2", ref name @ .., "blobs", "uploads", id] if !name.is_empty() => {
            upload(method, repository(name)?, id, &query)
        }
        ["v2", ref name @ .., "blobs", text] if !name.is_empty() => {
            let name = repository(name)?;
            match *method {
                Method::GET | Method::HEAD => Ok(Route::ReadBlob(name, digest(text)?)),
                Method::DELETE => Ok(Route::DeleteBlob(name, digest(text)?)),
                _ => Err(not_allowed(method, "GET, HEAD, DELETE")),
            }
        }
        ["v2", ref name @ .., "manifests", text] if !name.is_empty() => {
            manifest(method, repository(name)?, text, &query)
        }
        _ => Err(Refusal::new(Code::Unsupported, "no such endpoint").with_status(StatusCode::NOT_FOUND)),
    }
}

fn upload(method: &Method, name: RepositoryName, id: &str, query: &Query) -> Result<Route, Refusal> {
    if ![Method::GET, Method::HEAD, Method::PATCH, Method::PUT, Method::DELETE].contains(method) {
        return Err(not_allowed(method, "GET, HEAD, PATCH, PUT, DELETE"));
    }
    let unknown = || Refusal::new(Code::BlobUploadUnknown, "no such upload").detail(json!({ "upload": id }));
    let id = SessionId::parse(id).ok_or_else(unknown)?;
    Ok(match *method {
        Method::PATCH => Route::WriteUpload(name, id),
        Method::PUT => {
            let missing = || Refusal::new(Code::DigestInvalid, "the parameter `digest` is missing");
            Route::FinishUpload(name, id, digest(query.get("digest").ok_or_else(missing)?)?)
        }
        Method::DELETE => Route::CancelUpload(name, id),
        _ => Route::ReadUpload(name, id),
    })
}

fn manifest(method: &Method, name: RepositoryName, text: &str, query: &Query) -> Result<Route, Refusal> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::ReadManifest(name, pointer(text)?)),
        Method::DELETE => Ok(Route::DeleteManifest(name, pointer(text)?)),
        Method::PUT => {
            let (digest, first) = match text.contains(':') {
                true => (Some(digest(text)?), None),
                false => (None, Some(text)),
            };
            let invalid =
                |text: &str| Refusal::new(Code::ManifestInvalid, "not a valid tag").detail(json!({ "tag": text }));
            let tags = first.into_iter().chain(query.all("tag"));
            let tags = tags.map(|text| text.parse().map_err(|_| invalid(text))).collect::<Result<Vec<Tag>, _>>()?;
            Ok(Route::WriteManifest { name, digest, tags })
        }
        _ => Err(not_allowed(method, "GET, HEAD, PUT, DELETE")),
    }
}

fn read_only(method: &Method, route: impl FnOnce() -> Result<Route, Refusal>) -> Result<Route, Refusal> {
    match *method {
        Method::GET | Method::HEAD => route(),
        _ => Err(not_allowed(method, "GET, HEAD")),
    }
}

/// the method is wrong, and these would be right.
fn not_allowed(method: &Method, allowed: &str) -> Refusal {
    Refusal::new(Code::Unsupported, format!("{method} is not for this endpoint"))
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_header(ALLOW, allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const ID: &str = "0123456789abcdef0123456789abcdef";

    fn at(method: &str, target: &str) -> Result<Route, u16> {
        let method = method.parse().expect("a method");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        route(&method, path, query).map_err(|refusal| refusal.into_response().status().as_u16())
    }

    fn name(text: &str) -> RepositoryName {
        text.parse().expect("a name")
    }

    #[test]
    fn r01_ping_with_and_without_a_slash() {
        for target in ["/v2", "/v2/", "/v2/?x=y"] {
            assert_eq!(at("GET", target), Ok(Route::Ping), "{target}");
        }
    }

    #[test]
    fn the_end_of_a_path_decides_whatever_the_repository_is_called() {
        let digest: Digest = D.parse().expect("a digest");
        let id = SessionId::parse(ID).expect("an id");
        let tag = || Pointer::Tag(Tag::latest());
        for (target, expected) in [
            (format!("/v2/a/b/c/blobs/{D}"), Route::ReadBlob(name("a/b/c"), digest)),
            (format!("/v2/blobs/uploads/blobs/{D}"), Route::ReadBlob(name("blobs/uploads"), digest)),
            (format!("/v2/a/blobs/uploads/blobs/uploads/{ID}"), Route::ReadUpload(name("a/blobs/uploads"), id.clone())),
            (format!("/v2/manifests/blobs/uploads/{ID}"), Route::ReadUpload(name("manifests"), id)),
            ("/v2/tags/list/manifests/latest".into(), Route::ReadManifest(name("tags/list"), tag())),
            ("/v2/manifests/manifests/latest".into(), Route::ReadManifest(name("manifests"), tag())),
            ("/v2/a/blobs/uploads/manifests/latest".into(), Route::ReadManifest(name("a/blobs/uploads"), tag())),
            ("/v2/tags/list/tags/list".into(), Route::ListTags(name("tags/list"), Page::default())),
            ("/v2/v2/tags/list".into(), Route::ListTags(name("v2"), Page::default())),
            (format!("/v2/a/blobs/{}", D.replace(':', "%3A")), Route::ReadBlob(name("a"), digest)),
            ("/v2/_catalog".into(), Route::Catalog(Page::default())),
        ] {
            assert_eq!(at("GET", &target), Ok(expected), "{target}");
        }
    }

    #[test]
    fn r26_what_is_no_endpoint_name_or_digest_is_refused() {
        for (target, status) in [
            ("/", 404),
            ("*", 400),
            ("", 400),
            ("/v1/search", 404),
            ("/v2/a", 404),
            ("/v2/manifests/latest", 404),
            ("/v2//manifests/latest", 400),
            ("/v2/../manifests/latest", 400),
            ("/v2/a/../../etc/manifests/latest", 400),
            ("/v2/a/%2e%2e/manifests/latest", 400),
            ("/v2/a%2Fb/manifests/latest", 400),
            ("/v2/a%00/manifests/latest", 400),
            ("/v2/a%ff/manifests/latest", 400),
            ("/v2/a%4/manifests/latest", 400),
            ("/v2/a%+1/manifests/latest", 400),
            ("/v2/Upper/manifests/latest", 400),
            ("/v2/a/manifests/..%2f..%2fx", 404),
            ("/v2/a/manifests/.dot", 404),
            ("/v2/a/manifests/", 404),
            ("/v2/a/manifests/sha256:baddigeststring", 400),
            ("/v2/a/blobs/sha256:..%2f..%2fetc", 400),
            ("/v2/a/blobs/latest", 400),
            ("/v2/a/referrers/sha256:x", 400),
            ("/v2/a/blobs/uploads/../../x", 404),
            ("/v2/a/blobs/uploads/ABC", 404),
            ("/v2/a/tags/list?n=x", 400),
            ("/v2/a/tags/list/", 404),
        ] {
            assert_eq!(at("GET", target), Err(status), "{target}");
        }
    }

    #[test]
    fn r26_a_wrong_method_is_told_the_right_ones() {
        for (method, target, allowed) in [
            ("DELETE", "/v2/".to_owned(), "GET, HEAD"),
            ("POST", "/v2/a/tags/list".into(), "GET, HEAD"),
            ("GET", "/v2/a/blobs/uploads/".into(), "POST"),
            ("PUT", format!("/v2/a/blobs/{D}"), "GET, HEAD, DELETE"),
            ("POST", "/v2/a/manifests/x".into(), "GET, HEAD, PUT, DELETE"),
            ("POST", format!("/v2/a/blobs/uploads/{ID}"), "GET, HEAD, PATCH, PUT, DELETE"),
            ("PUT", format!("/v2/a/referrers/{D}"), "GET, HEAD"),
            ("BREW", "/v2/_catalog".into(), "GET, HEAD"),
        ] {
            let refusal = route(&method.parse().expect("a method"), &target, "").expect_err("refused").into_response();
            assert_eq!(
                (refusal.status(), &refusal.headers()[ALLOW]),
                (StatusCode::METHOD_NOT_ALLOWED, &allowed.parse::<hyper::header::HeaderValue>().expect("a header")),
                "{target}"
            );
        }
    }

    #[test]
    fn the_four_ways_to_bring_a_blob() {
        let digest: Digest = D.parse().expect("a digest");
        for (query, start) in [
            (String::new(), Start::Session(Algorithm::Sha256)),
            ("?digest-algorithm=sha512".into(), Start::Session(Algorithm::Sha512)),
            (format!("?digest={D}"), Start::Whole(digest)),
            (format!("?mount={D}&from=b/c"), Start::Mount { digest, from: Some(name("b/c")) }),
            (format!("?from=&mount={D}"), Start::Mount { digest, from: None }),
        ] {
            for path in ["/v2/a/blobs/uploads", "/v2/a/blobs/uploads/"] {
                assert_eq!(at("POST", &format!("{path}{query}")), Ok(Route::StartUpload(name("a"), start.clone())));
            }
        }
        for query in ["digest=x", "mount=x", "digest-algorithm=md5", &format!("mount={D}&from=../b")] {
            assert_eq!(at("POST", &format!("/v2/a/blobs/uploads/?{query}")), Err(400), "{query}");
        }
    }

    #[test]
    fn r12_tags_come_in_the_path_and_as_parameters() {
        let route = at("PUT", &format!("/v2/a/manifests/{D}?tag=b&tag=c"));
        let tags = vec!["b".parse().expect("a tag"), "c".parse().expect("a tag")];
        assert_eq!(route, Ok(Route::WriteManifest { name: name("a"), digest: D.parse().ok(), tags }));
        for target in ["/v2/a/manifests/.x", "/v2/a/manifests/x?tag=", "/v2/a/manifests/sha256:x"] {
            assert_eq!(at("PUT", target), Err(400), "{target}");
        }
    }

    #[test]
    fn r16_a_plus_in_a_filter_survives_sloppy_encoding() {
        for query in ["artifactType=a/b+json", "artifactType=a%2Fb%2Bjson"] {
            let route = at("GET", &format!("/v2/a/referrers/{D}?{query}"));
            assert!(matches!(route, Ok(Route::ListReferrers { artifact_type: Some(text), .. }) if text == "a/b+json"));
        }
    }

    /// Random walks through what paths are made of: every one is a route or a refusal, and no route leaves its
    /// directory.
    #[test]
    fn no_path_panics_or_escapes() {
        let pieces = [
            "/",
            "/v2/",
            "a",
            "B",
            "..",
            ".",
            "%",
            "%2e",
            "%2F",
            "%00",
            "%ff",
            "blobs",
            "/uploads/",
            "manifests/",
            "/tags/list",
            "referrers/",
            "_catalog",
            D,
            ID,
            ":",
            "sha256:",
            "sha512:",
            "ü",
            "\\",
            "-",
            "_",
            "//",
        ];
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            // Knuth's generator; the same walks in every run.
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).expect("31 bits") % below
        };
        let methods = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];
        for _ in 0..100_000 {
            let path: String = (0..random(9)).map(|_| pieces[random(pieces.len())]).collect();
            let path = if random(2) == 0 { format!("/v2/{path}") } else { path };
            if let Ok(Route::ReadManifest(name, _) | Route::ListTags(name, _)) =
                route(&methods[random(5)], &path, &path)
            {
                assert!(name.as_str().split('/').all(|part| !part.starts_with('.') && !part.is_empty()), "{path}");
            }
        }
    }
}
