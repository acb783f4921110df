//! Requests that no honest client sends: each is refused with the specification's error as JSON (R-26), or, where it is
//! not even HTTP, with a bare status; and the registry goes on. The requests are written byte by byte, because every
//! client library would mend them.

use rpush::image::Digest;
use rpush::server::{Background, Config, Limits};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MANIFEST: &str = "content-type: application/vnd.oci.image.manifest.v1+json\r\n";
const INDEX: &str = "content-type: application/vnd.oci.image.index.v1+json\r\n";
const D: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ID: &str = "0123456789abcdef0123456789abcdef";

fn registry() -> Background {
    Background::start(Config::default()).expect("a registry")
}

/// Everything that comes back for these bytes until the connection ends.
async fn exchange(registry: &Background, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(registry.address()).await.expect("connects");
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    // A registry that has seen enough closes while the rest is still being sent.
    let (_, _) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer));
    answer
}

/// Sends a whole request, and gives status and body.
async fn send(registry: &Background, line: &str, headers: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
    let length = if headers.contains("transfer-encoding") {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    let head = format!("{line} HTTP/1.1\r\nhost: registry\r\nconnection: close\r\n{length}{headers}\r\n");
    let answer = exchange(registry, &[head.as_bytes(), body].concat()).await;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or_else(|| panic!("{line}: no answer"));
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    (status(&answer), head, answer[end + 4..].to_vec())
}

fn status(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
    text.strip_prefix("HTTP/1.1 ").and_then(|text| text.parse().ok()).unwrap_or_default()
}

async fn refused(registry: &Background, line: &str, headers: &str, body: &[u8], status: u16, code: &str) {
    let (found, head, answer) = send(registry, line, headers, body).await;
    let text = String::from_utf8_lossy(&answer);
    let sent = String::from_utf8_lossy(&body[..body.len().min(200)]);
    assert_eq!(found, status, "{line}\n{headers}{sent}\n{text}");
    assert!(head.contains("\r\ncontent-type: application/json"), "{line}: {head}");
    let json: Value = serde_json::from_slice(&answer).unwrap_or_else(|error| panic!("{line}: {error}: {text}"));
    let errors = json["errors"].as_array().unwrap_or_else(|| panic!("{line}: {text}"));
    assert!(!errors.is_empty(), "{line}");
    for error in errors {
        assert_eq!(error["code"], code, "{line}: {text}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{line}: {text}");
    }
}

#[tokio::test]
async fn r26_names_and_paths() {
    let registry = registry();
    let long = format!("/v2/{}/manifests/x", "a".repeat(300));
    for (target, status, code) in [
        ("/v2/../manifests/x", 400, "NAME_INVALID"),
        ("/v2/a/../../../etc/manifests/passwd", 400, "NAME_INVALID"),
        ("/v2/a/./b/manifests/x", 400, "NAME_INVALID"),
        ("/v2/%2e%2e/%2e%2e/manifests/x", 400, "NAME_INVALID"),
        ("/v2/%2E%2E%2Fetc/manifests/x", 400, "NAME_INVALID"),
        ("/v2/%252e%252e/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%2Fb/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%5c..%5cb/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%00b/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%0d%0aset-cookie:x/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%ff/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%c0%ae/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%4/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a%zz/manifests/x", 400, "NAME_INVALID"),
        ("/v2//manifests/x", 400, "NAME_INVALID"),
        ("/v2/a//b/manifests/x", 400, "NAME_INVALID"),
        ("/v2/Upper/manifests/x", 400, "NAME_INVALID"),
        ("/v2/-a/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a-/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a___b/manifests/x", 400, "NAME_INVALID"),
        ("/v2/_links/manifests/x", 400, "NAME_INVALID"),
        ("/v2/a:b/manifests/x", 400, "NAME_INVALID"),
        ("/v2/%C3%BC/manifests/x", 400, "NAME_INVALID"),
        (&long, 400, "NAME_INVALID"),
        ("/v2/a/tags/list/..", 404, "UNSUPPORTED"),
        ("/v2/a/%6danifests%2Fx", 404, "UNSUPPORTED"),
        ("/v2/a", 404, "UNSUPPORTED"),
        ("/v2/../v2/", 404, "UNSUPPORTED"),
        ("/v3/", 404, "UNSUPPORTED"),
        ("//v2/", 404, "UNSUPPORTED"),
        ("http://elsewhere/", 404, "UNSUPPORTED"),
        ("*", 400, "NAME_INVALID"),
        // What is no tag names nothing.
        ("/v2/a/manifests/..", 404, "MANIFEST_UNKNOWN"),
    ] {
        refused(&registry, &format!("GET {target}"), "", b"", status, code).await;
    }
}

#[tokio::test]
async fn r26_digests_tags_and_parameters() {
    let registry = registry();
    let hex = &D[7..];
    for (request, status, code) in [
        ("GET /v2/a/blobs/sha256:".to_owned(), 400, "DIGEST_INVALID"),
        ("GET /v2/a/blobs/sha256:../../../etc/passwd".into(), 404, "UNSUPPORTED"),
        ("GET /v2/a/blobs/sha256:..%2f..%2fetc".into(), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/{hex}"), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/sha256:{}", hex.to_uppercase()), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/sha256:{hex}0"), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/sha512:{hex}"), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/md5:{}", &hex[..32]), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/{D}%00"), 400, "DIGEST_INVALID"),
        (format!("GET /v2/a/blobs/{D}"), 404, "BLOB_UNKNOWN"),
        ("DELETE /v2/a/blobs/x".into(), 400, "DIGEST_INVALID"),
        ("GET /v2/a/referrers/x".into(), 400, "DIGEST_INVALID"),
        ("GET /v2/a/manifests/sha256:x".into(), 400, "DIGEST_INVALID"),
        ("PUT /v2/a/manifests/sha256:x".into(), 400, "DIGEST_INVALID"),
        ("PUT /v2/a/manifests/.x".into(), 400, "MANIFEST_INVALID"),
        (format!("PUT /v2/a/manifests/{}", "x".repeat(129)), 400, "MANIFEST_INVALID"),
        (format!("PUT /v2/a/manifests/{D}?tag=a%2Fb"), 400, "MANIFEST_INVALID"),
        ("POST /v2/a/blobs/uploads/?digest=x".into(), 400, "DIGEST_INVALID"),
        ("POST /v2/a/blobs/uploads/?mount=x&from=b".into(), 400, "DIGEST_INVALID"),
        (format!("POST /v2/a/blobs/uploads/?mount={D}&from=..%2fb"), 400, "NAME_INVALID"),
        ("POST /v2/a/blobs/uploads/?digest-algorithm=md5".into(), 400, "UNSUPPORTED"),
        (format!("PUT /v2/a/blobs/uploads/{ID}"), 400, "DIGEST_INVALID"),
        (format!("PUT /v2/a/blobs/uploads/{ID}?digest={D}"), 404, "BLOB_UPLOAD_UNKNOWN"),
        (format!("PATCH /v2/a/blobs/uploads/{}", ID.to_uppercase()), 404, "BLOB_UPLOAD_UNKNOWN"),
        ("PATCH /v2/a/blobs/uploads/..%2f..%2fx".into(), 404, "BLOB_UPLOAD_UNKNOWN"),
        ("DELETE /v2/a/blobs/uploads/x".into(), 404, "BLOB_UPLOAD_UNKNOWN"),
        ("GET /v2/a/tags/list?n=x".into(), 400, "UNSUPPORTED"),
        ("GET /v2/a/tags/list?n=-1".into(), 400, "UNSUPPORTED"),
        ("GET /v2/_catalog?n=1e9".into(), 400, "UNSUPPORTED"),
        ("GET /v2/a/tags/list?n=99999999999999999999&last=%ff".into(), 404, "NAME_UNKNOWN"),
    ] {
        refused(&registry, &request, "", b"", status, code).await;
    }
}

#[tokio::test]
async fn r26_methods() {
    let registry = registry();
    let upload = format!("POST /v2/a/blobs/uploads/{ID}");
    for request in [
        "POST /v2/",
        "BREW /v2/",
        "TRACE /v2/_catalog",
        "OPTIONS /v2/a/tags/list",
        "PUT /v2/a/blobs/uploads/",
        "PATCH /v2/a/manifests/x",
        "get /v2/",
        &upload,
    ] {
        refused(&registry, request, "", b"", 405, "UNSUPPORTED").await;
    }
}

#[tokio::test]
async fn r26_ranges_and_sizes() {
    let registry = registry();
    let blob = format!("POST /v2/a/blobs/uploads/?digest={}", Digest::of(b"abc"));
    assert_eq!(send(&registry, &blob, "", b"abc").await.0, 201);
    let blob = format!("GET /v2/a/blobs/{}", Digest::of(b"abc"));
    for (range, status) in [
        ("bytes=3-", 416),
        ("bytes=2-1", 416),
        ("bytes=-0", 416),
        ("bytes=99-100", 416),
        ("bytes=a-b", 200),
        ("bytes=0-1,2-2", 200),
        ("bytes=18446744073709551616-", 200),
        ("bytes", 200),
        ("bytes=1-1", 206),
    ] {
        let header = format!("range: {range}\r\n");
        match status {
            416 => refused(&registry, &blob, &header, b"", 416, "SIZE_INVALID").await,
            _ => assert_eq!(send(&registry, &blob, &header, b"").await.0, status, "{range}"),
        }
    }
    let (_, head, _) = send(&registry, "POST /v2/a/blobs/uploads/", "", b"").await;
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).expect("a location").to_owned();
    for (range, status, code) in [
        ("", 400, "BLOB_UPLOAD_INVALID"),
        ("x", 400, "BLOB_UPLOAD_INVALID"),
        ("0-", 400, "BLOB_UPLOAD_INVALID"),
        ("2-0", 400, "BLOB_UPLOAD_INVALID"),
        ("-1-2", 400, "BLOB_UPLOAD_INVALID"),
        ("0-18446744073709551615", 400, "BLOB_UPLOAD_INVALID"),
        ("0-99999999999999999999", 400, "BLOB_UPLOAD_INVALID"),
        ("1-3", 416, "BLOB_UPLOAD_INVALID"),
        ("0-5", 400, "SIZE_INVALID"),
        ("0-1", 400, "SIZE_INVALID"),
    ] {
        let header = format!("content-range: {range}\r\n");
        refused(&registry, &format!("PATCH {location}"), &header, b"abc", status, code).await;
    }
    let (status, head, _) = send(&registry, &format!("GET {location}"), "", b"").await;
    assert!(status == 204 && head.contains("range: 0-0"), "nothing of all that was taken: {head}");
    // A chunked body says its length nowhere but in the range, and is held to it.
    let chunked = "content-range: 0-5\r\ntransfer-encoding: chunked\r\n";
    refused(&registry, &format!("PATCH {location}"), chunked, b"3\r\nabc\r\n0\r\n\r\n", 400, "SIZE_INVALID").await;
}

#[tokio::test]
async fn r26_documents() {
    let registry = registry();
    let deep = "[".repeat(100_000);
    let deep_member = format!(r#"{{"schemaVersion":2,"x":{}"#, r#"{"x":"#.repeat(100_000));
    let child = |member: &str| format!(r#"{{"schemaVersion":2,"config":{{"mediaType":"a/b",{member}}},"layers":[]}}"#);
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{}{}",
        "{\"schemaVersion\":2,}",
        "{\"layers\":[],\"layers\":[]}",
        "{\"schemaVersion\":1}",
        "{\"schemaVersion\":\"2\"}",
        "{\"schemaVersion\":2,\"layers\":{}}",
        "{\"schemaVersion\":2,\"layers\":[],\"manifests\":[]}",
        "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"}",
        "\u{feff}{}",
        "{\"a\u{0}\":1}",
        &deep,
        &deep_member,
        &child(r#""digest":"x","size":1"#),
        &child(r#""digest":"sha256:../../x","size":1"#),
        &child(&format!(r#""digest":"{D}","size":-1"#)),
        &child(&format!(r#""digest":"{D}","size":1.5"#)),
        &child(&format!(r#""digest":"{D}","size":1e400"#)),
        &child(&format!(r#""digest":"{D}","size":99999999999999999999"#)),
        &child(&format!(r#""digest":"{D}""#)),
    ] {
        refused(&registry, "PUT /v2/a/manifests/x", MANIFEST, body.as_bytes(), 400, "MANIFEST_INVALID").await;
    }
    refused(&registry, "PUT /v2/a/manifests/x", MANIFEST, b"{\"a\":\"\xff\xfe\"}", 400, "MANIFEST_INVALID").await;
    let missing = child(&format!(r#""digest":"{D}","size":0"#));
    refused(&registry, "PUT /v2/a/manifests/x", MANIFEST, missing.as_bytes(), 400, "MANIFEST_BLOB_UNKNOWN").await;
    let empty = b"{\"schemaVersion\":2,\"manifests\":[]}";
    for headers in ["", "content-type: \r\n", "content-type: text/html\r\n", "content-type: \u{fc}\r\n", MANIFEST] {
        refused(&registry, "PUT /v2/a/manifests/x", headers, empty, 400, "MANIFEST_INVALID").await;
    }
    refused(&registry, &format!("PUT /v2/a/manifests/{D}"), INDEX, empty, 400, "DIGEST_INVALID").await;
    let large = vec![b' '; (4 << 20) + 1];
    refused(&registry, "PUT /v2/a/manifests/x", INDEX, &large, 413, "SIZE_INVALID").await;
    refused(&registry, "GET /v2/a/tags/list", "", b"", 404, "NAME_UNKNOWN").await;
}

/// What is not HTTP gets no more than a status, or nothing; the registry does not mind.
#[tokio::test]
async fn what_is_not_http_ends_the_connection() {
    let registry = registry();
    let huge = format!("GET /v2/ HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET /v2/ HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(500));
    for (request, expected) in [
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\r\n\r\n", 400),
        ("GET\r\n\r\n", 400),
        ("GET /v2/ a HTTP/1.1\r\n\r\n", 400),
        ("GET /v2/ HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GET /v2/ HTTP/1.1\r\nx\u{0}: y\r\n\r\n", 400),
        ("G\u{7}T /v2/ HTTP/1.1\r\n\r\n", 400),
        ("POST /v2/a/blobs/uploads/ HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
        ("POST /v2/a/blobs/uploads/ HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        ("POST /v2/a/blobs/uploads/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: x\r\n\r\n", 400),
        (&huge, 431),
        (&many, 431),
    ] {
        let answer = exchange(&registry, request.as_bytes()).await;
        let shown = &request[..request.len().min(80)];
        assert_eq!(status(&answer), expected, "{shown:?}: {:?}", String::from_utf8_lossy(&answer));
    }
    let digest = Digest::of(b"abc");
    let head =
        format!("POST /v2/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n");
    assert_eq!(status(&exchange(&registry, format!("{head}\r\nxyz\r\nabc").as_bytes()).await), 0, "cut");
    refused(&registry, &format!("GET /v2/a/blobs/{digest}"), "", b"", 404, "BLOB_UNKNOWN").await;
    assert_eq!(send(&registry, "GET /v2/", "", b"").await.0, 200);
}

fn impatient() -> Background {
    let limits = Limits { next_request: Duration::from_millis(50), ..Limits::default() };
    Background::start(Config { limits, ..Config::default() }).expect("a registry")
}

/// A client that sends its request letter by letter, or never, does not keep a connection.
#[tokio::test]
async fn a_connection_that_sends_no_request_is_closed() {
    let registry = impatient();
    for beginning in ["", "GET /v2/ HTTP/1.1\r\nhost: x\r\nx: "] {
        // Ends only because the registry ends it.
        assert_eq!(exchange(&registry, beginning.as_bytes()).await, b"", "{beginning}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let registry = impatient();
    let mut answer = Vec::new();
    // On a machine that stalls, the registry may lose its patience before the request is there.
    while answer.is_empty() {
        answer = exchange(&registry, b"GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n").await;
    }
    assert_eq!(status(&answer), 200);
}

/// One client cannot fill the disk with beginnings.
#[tokio::test]
async fn a_repository_has_a_limit_of_open_uploads() {
    let limits = Limits { open_uploads: 2, ..Limits::default() };
    let registry = Background::start(Config { limits, ..Config::default() }).expect("a registry");
    let start = "POST /v2/a/blobs/uploads/";
    for _ in 0..2 {
        assert_eq!(send(&registry, start, "", b"").await.0, 202);
    }
    refused(&registry, start, "", b"", 429, "TOOMANYREQUESTS").await;
    assert_eq!(send(&registry, "POST /v2/b/blobs/uploads/", "", b"").await.0, 202);
}
