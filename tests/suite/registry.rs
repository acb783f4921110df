//! The registry in the box, rule by rule of the distribution specification (R-01..R-32), over a real connection. The
//! client here is bare HTTP on purpose: rpush's own client and server must not agree with each other about something
//! wrong.

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rpush::image::{Algorithm, Digest, Hasher};
use rpush::server::{Accounts, Background, Body, Config, Mode, Sparse, Verdict};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

struct Registry(Background);

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Registry {
    fn start(config: Config) -> Self {
        Self(Background::start(config).expect("a registry"))
    }

    fn open() -> Self {
        Self::start(Config::default())
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.0.address()).await.expect("connects")
    }

    async fn send(&self, request: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let (method, target) = request.split_once(' ').expect("a method and a path");
        let stream = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.expect("speaks HTTP");
        let connection = tokio::spawn(connection);
        let method: Method = method.parse().expect("a method");
        let mut builder = Request::builder().method(method).uri(target).header("host", "registry");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(Full::new(body.into())).expect("a request");
        let response = sender.send_request(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        connection.abort();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn get(&self, target: &str) -> Answer {
        self.send(&format!("GET {target}"), &[], "").await
    }

    async fn blob(&self, name: &str, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let answer = self.send(&format!("POST /v2/{name}/blobs/uploads/?digest={digest}"), &[], bytes.to_vec()).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        digest
    }

    async fn manifest(&self, name: &str, reference: &str, manifest: &Value) -> Answer {
        let request = format!("PUT /v2/{name}/manifests/{reference}");
        let media_type = manifest["mediaType"].as_str().expect("a type");
        self.send(&request, &[("content-type", media_type)], manifest.to_string()).await
    }

    /// An image of a config and a layer, tagged.
    async fn image(&self, name: &str, tag: &str, content: &str) -> (Digest, Value) {
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", b"{}"),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", content.as_bytes())],
        });
        self.blob(name, b"{}").await;
        self.blob(name, content.as_bytes()).await;
        assert_eq!(self.manifest(name, tag, &manifest).await.status, 201);
        (Digest::of(manifest.to_string().as_bytes()), manifest)
    }

    async fn upload(&self, name: &str) -> String {
        let answer = self.send(&format!("POST /v2/{name}/blobs/uploads/"), &[("content-length", "0")], "").await;
        assert_eq!(answer.status, 202);
        answer.header("location").to_owned()
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// R-26: every error is the specification's JSON.
    #[track_caller]
    fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!(self.status, status, "{:?}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.json()["errors"][0]["code"], code);
        self
    }
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(bytes), "size": bytes.len() })
}

fn sha512(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(Algorithm::Sha512);
    hasher.update(bytes);
    hasher.finish()
}

#[tokio::test]
async fn r01_r26_ping_and_unknown_places() {
    let registry = Registry::open();
    for target in ["/v2/", "/v2"] {
        assert_eq!(registry.get(target).await.status, 200);
    }
    registry.get("/").await.refused(404, "UNSUPPORTED");
    registry.get("/v2/nope/tags/list").await.refused(404, "NAME_UNKNOWN");
    registry.get("/v2/nope/manifests/x").await.refused(404, "NAME_UNKNOWN");
    registry.get(&format!("/v2/nope/blobs/{}", Digest::of(b""))).await.refused(404, "BLOB_UNKNOWN");
    registry.get("/v2/a/%2e%2e/%2e%2e/manifests/x").await.refused(400, "NAME_INVALID");
    let answer = registry.send("PATCH /v2/a/manifests/x", &[], "").await;
    assert_eq!(answer.refused(405, "UNSUPPORTED").header("allow"), "GET, HEAD, PUT, DELETE");
}

#[tokio::test]
async fn r02_r03_a_blob_whole_and_in_parts() {
    let registry = Registry::open();
    let bytes: Vec<u8> = (0..400_000_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
    let digest = registry.blob("a/b", &bytes).await;
    let target = format!("/v2/a/b/blobs/{digest}");
    let head = registry.send(&format!("HEAD {target}"), &[], "").await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "400000", 0));
    assert_eq!(head.header("docker-content-digest"), digest.to_string());
    assert_eq!(registry.get(&target).await.body, bytes);
    for (range, expected) in
        [("bytes=100-299999", 100..300_000), ("bytes=399999-", 399_999..400_000), ("bytes=-5", 399_995..400_000)]
    {
        let answer = registry.send(&format!("GET {target}"), &[("range", range)], "").await;
        assert_eq!((answer.status, &answer.body[..]), (206, &bytes[expected.clone()]), "{range}");
        let content_range = format!("bytes {}-{}/400000", expected.start, expected.end - 1);
        assert_eq!(answer.header("content-range"), content_range);
    }
    for range in ["bytes=500-0", "bytes=400000-"] {
        let answer = registry.send(&format!("GET {target}"), &[("range", range)], "").await;
        assert_eq!(answer.refused(416, "SIZE_INVALID").header("content-range"), "bytes */400000");
    }
    let stale = [("range", "bytes=0-1"), ("if-range", "\"sha256:other\"")];
    assert_eq!(registry.send(&format!("GET {target}"), &stale, "").await.status, 200);
}

#[tokio::test]
async fn r04_r05_an_upload_in_pieces_and_out_of_order() {
    let registry = Registry::open();
    let location = registry.upload("a").await;
    let patch = format!("PATCH {location}");
    let answer = registry.send(&patch, &[("content-range", "0-2")], "abc").await;
    assert_eq!((answer.status, answer.header("range"), answer.header("location")), (202, "0-2", location.as_str()));
    // Sent a second time, and with a gap: refused with the place to go on from.
    for range in ["0-2", "4-6"] {
        let answer = registry.send(&patch, &[("content-range", range)], "abc").await;
        assert_eq!(answer.refused(416, "BLOB_UPLOAD_INVALID").header("range"), "0-2");
    }
    let digest = Digest::of(b"abcdefgh");
    let put = format!("PUT {location}?digest={digest}");
    registry.send(&put, &[("content-range", "9-10")], "gh").await.refused(416, "BLOB_UPLOAD_INVALID");
    registry.send(&patch, &[("content-range", "3-9")], "def").await.refused(400, "SIZE_INVALID");
    registry.send(&patch, &[("content-range", "x")], "def").await.refused(400, "BLOB_UPLOAD_INVALID");
    assert_eq!(registry.send(&patch, &[], "def").await.status, 202);
    let status = registry.get(&location).await;
    assert_eq!((status.status, status.header("range")), (204, "0-5"));
    let done = registry.send(&put, &[("content-range", "6-7")], "gh").await;
    assert_eq!((done.status, done.header("location")), (201, format!("/v2/a/blobs/{digest}").as_str()));
    assert_eq!(registry.get(done.header("location")).await.body, "abcdefgh");
    registry.get(&location).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn r06_r08_every_algorithm_and_the_smallest_blobs() {
    let registry = Registry::open();
    for bytes in [&b""[..], b"{}", b"abc"] {
        for digest in [Digest::of(bytes), sha512(bytes)] {
            // Neither the beginning of the upload says the algorithm, nor does it say another one.
            for query in ["", "?digest-algorithm=sha512"] {
                let start = registry.send(&format!("POST /v2/a/blobs/uploads/{query}"), &[], "").await;
                let put = format!("PUT {}?digest={digest}", start.header("location"));
                assert_eq!(registry.send(&put, &[], bytes.to_vec()).await.status, 201);
                let answer = registry.get(&format!("/v2/a/blobs/{digest}")).await;
                assert_eq!((&answer.body[..], answer.header("docker-content-digest")), (bytes, &*digest.to_string()));
            }
        }
    }
}

#[tokio::test]
async fn r07_a_wrong_digest_leaves_nothing() {
    let registry = Registry::open();
    let digest = Digest::of(b"other");
    let whole = format!("POST /v2/a/blobs/uploads/?digest={digest}");
    registry.send(&whole, &[], "abc").await.refused(400, "DIGEST_INVALID");
    let location = registry.upload("a").await;
    registry.send(&format!("PUT {location}?digest={digest}"), &[], "abc").await.refused(400, "DIGEST_INVALID");
    registry.get(&location).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    registry.get(&format!("/v2/a/blobs/{digest}")).await.refused(404, "BLOB_UNKNOWN");
    let location = registry.upload("a").await;
    registry.send(&format!("PUT {location}"), &[], "abc").await.refused(400, "DIGEST_INVALID");
    let elsewhere = location.replace("/v2/a/", "/v2/b/");
    registry.get(&elsewhere).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn r09_mounts_from_one_repository_and_from_any() {
    let registry = Registry::open();
    let digest = registry.blob("a", b"abc").await;
    let mount = |query: &str| format!("POST /v2/b/blobs/uploads/?mount={digest}{query}");
    let answer = registry.send(&mount("&from=c"), &[], "").await;
    assert_eq!(answer.status, 202, "not there, so an upload begins");
    assert_eq!(
        registry.send(&format!("PUT {}?digest={digest}", answer.header("location")), &[], "abc").await.status,
        201
    );
    assert_eq!(registry.send(&format!("DELETE /v2/b/blobs/{digest}"), &[], "").await.status, 202);
    for query in ["&from=a", ""] {
        let answer = registry.send(&mount(query), &[], "").await;
        assert_eq!((answer.status, answer.header("location")), (201, format!("/v2/b/blobs/{digest}").as_str()));
        assert_eq!(registry.get(answer.header("location")).await.body, "abc");
        assert_eq!(registry.send(&format!("DELETE /v2/b/blobs/{digest}"), &[], "").await.status, 202);
        registry.get(&format!("/v2/b/blobs/{digest}")).await.refused(404, "BLOB_UNKNOWN");
    }
    let missing = format!("POST /v2/b/blobs/uploads/?mount={}", Digest::of(b"missing"));
    assert_eq!(registry.send(&missing, &[], "").await.status, 202);
}

#[tokio::test]
async fn r10_a_cancelled_upload_is_gone() {
    let registry = Registry::open();
    let location = registry.upload("a").await;
    assert_eq!(registry.send(&format!("DELETE {location}"), &[], "").await.status, 204);
    for method in ["DELETE", "PATCH", "GET"] {
        registry.send(&format!("{method} {location}"), &[], "").await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    }
}

/// R-05: what a broken request brought is kept, and the client goes on from there.
#[tokio::test]
async fn r05_a_cut_chunk_is_kept_as_far_as_it_came() {
    let registry = Registry::open();
    let location = registry.upload("a").await;
    let mut stream = registry.connect().await;
    let head = format!("PATCH {location} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(b"abcdef").await.expect("sent");
    stream.shutdown().await.expect("cut");
    // The registry closes when it has noticed, and by then it has kept the bytes.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(registry.get(&location).await.header("range"), "0-5");
    let digest = Digest::of(b"abcdefgh");
    let put = format!("PUT {location}?digest={digest}");
    assert_eq!(registry.send(&put, &[("content-range", "6-7")], "gh").await.status, 201);
}

#[tokio::test]
async fn r11_r21_manifests_come_back_as_they_were_and_go() {
    let registry = Registry::open();
    let (digest, manifest) = registry.image("a/b", "one", "layer").await;
    let two = registry.manifest("a/b", "two", &manifest).await;
    assert_eq!((two.status, two.header("location")), (201, "/v2/a/b/manifests/two"));
    assert_eq!(two.header("docker-content-digest"), digest.to_string());
    let by_digest = format!("/v2/a/b/manifests/{digest}");
    for target in ["/v2/a/b/manifests/one", "/v2/a/b/manifests/two", &by_digest] {
        let answer = registry.get(target).await;
        assert_eq!((&answer.body[..], answer.header("content-type")), (manifest.to_string().as_bytes(), MANIFEST));
        let head = registry.send(&format!("HEAD {target}"), &[], "").await;
        assert_eq!(head.header("content-length"), manifest.to_string().len().to_string());
    }
    assert_eq!(registry.send("DELETE /v2/a/b/manifests/one", &[], "").await.status, 202);
    registry.send("DELETE /v2/a/b/manifests/one", &[], "").await.refused(404, "MANIFEST_UNKNOWN");
    assert_eq!(registry.get(&by_digest).await.status, 200);
    assert_eq!(registry.get("/v2/a/b/tags/list").await.json(), json!({ "name": "a/b", "tags": ["two"] }));
    assert_eq!(registry.send(&format!("DELETE {by_digest}"), &[], "").await.status, 202);
    for target in ["/v2/a/b/manifests/two", &by_digest] {
        registry.get(target).await.refused(404, "MANIFEST_UNKNOWN");
    }
    registry.get("/v2/a/b/manifests/sha256:baddigeststring").await.refused(400, "DIGEST_INVALID");
}

#[tokio::test]
async fn r12_r13_pushes_by_digest_with_tags() {
    let registry = Registry::open();
    let (_, manifest) = registry.image("a", "x", "layer").await;
    let text = manifest.to_string();
    for digest in [Digest::of(text.as_bytes()), sha512(text.as_bytes())] {
        let tags: Vec<_> = (0..12).map(|number| format!("{}-{number}", digest.algorithm().name())).collect();
        let query: Vec<_> = tags.iter().map(|tag| format!("tag={tag}")).collect();
        let answer = registry.manifest("a", &format!("{digest}?{}", query.join("&")), &manifest).await;
        let said: Vec<_> = answer.headers.get_all("oci-tag").iter().filter_map(|tag| tag.to_str().ok()).collect();
        assert_eq!((answer.status, said), (201, tags.iter().map(String::as_str).collect()));
        for tag in &tags {
            let head = registry.send(&format!("HEAD /v2/a/manifests/{tag}"), &[], "").await;
            assert_eq!(head.header("docker-content-digest"), digest.to_string());
        }
    }
    let other = Digest::of(b"other").to_string();
    registry.manifest("a", &other, &manifest).await.refused(400, "DIGEST_INVALID");
    registry.manifest("a", "sha256:baddigeststring", &manifest).await.refused(400, "DIGEST_INVALID");
    registry.manifest("a", ".x", &manifest).await.refused(400, "MANIFEST_INVALID");
}

/// R-14, CVE-2017-11468.
#[tokio::test]
async fn cve_2017_11468_a_manifest_has_a_limit() {
    let registry = Registry::open();
    let of_size = |size: usize| {
        let mut manifest =
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": { "x": "" } });
        let padding = size - manifest.to_string().len();
        manifest["annotations"]["x"] = "x".repeat(padding).into();
        manifest
    };
    assert_eq!(registry.manifest("a", "x", &of_size(4 << 20)).await.status, 201);
    registry.manifest("a", "x", &of_size((4 << 20) + 1)).await.refused(413, "SIZE_INVALID");
    // The client is still sending when the answer is known, and gets it nevertheless.
    registry.manifest("a", "x", &of_size(10 << 20)).await.refused(413, "SIZE_INVALID");
}

#[tokio::test]
async fn r15_r18_referrers() {
    let registry = Registry::open();
    let (subject, manifest) = registry.image("a", "x", "layer").await;
    let list = format!("/v2/a/referrers/{subject}");
    let empty = registry.get(&list).await;
    assert_eq!(
        (empty.status, empty.header("content-type"), empty.json()["manifests"].clone()),
        (200, INDEX, json!([]))
    );
    let about = descriptor(MANIFEST, manifest.to_string().as_bytes());
    let signature = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "a/signature", "subject": about,
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"), "layers": [], "annotations": { "by": "me" },
    });
    let plain = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "subject": about, "config": descriptor("a/config", b"{}"), "layers": [],
    });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "subject": about, "manifests": [] });
    for referrer in [&signature, &plain, &index] {
        let digest = Digest::of(referrer.to_string().as_bytes()).to_string();
        assert_eq!(registry.manifest("a", &digest, referrer).await.header("oci-subject"), subject.to_string());
    }
    let found = registry.get(&list).await.json();
    let of = |document: &Value| {
        let digest = json!(Digest::of(document.to_string().as_bytes()));
        found["manifests"].as_array().expect("a list").iter().find(|entry| entry["digest"] == digest).cloned()
    };
    let entry = of(&signature).expect("listed");
    assert_eq!((&entry["artifactType"], &entry["annotations"]["by"]), (&json!("a/signature"), &json!("me")));
    assert_eq!(of(&plain).expect("listed")["artifactType"], "a/config");
    assert_eq!(of(&index).expect("listed").get("artifactType"), None);
    let filtered = registry.get(&format!("{list}?artifactType=a/signature")).await;
    assert_eq!(filtered.header("oci-filters-applied"), "artifactType");
    assert_eq!(filtered.json()["manifests"].as_array().map(Vec::len), Some(1));
    // Page by page it is the same list.
    let (mut target, mut pages) = (format!("{list}?n=2"), Vec::new());
    while !target.is_empty() {
        let page = registry.get(&target).await;
        pages.extend(page.json()["manifests"].as_array().expect("a list").clone());
        let link = page.header("link");
        target = link.split_once('>').map(|(target, _)| target[1..].to_owned()).unwrap_or_default();
    }
    assert_eq!(json!(pages), found["manifests"]);
    let gone = Digest::of(plain.to_string().as_bytes());
    assert_eq!(registry.send(&format!("DELETE /v2/a/manifests/{gone}"), &[], "").await.status, 202);
    assert_eq!(registry.get(&list).await.json()["manifests"].as_array().map(Vec::len), Some(2));
    registry.get("/v2/a/referrers/sha256:x").await.refused(400, "DIGEST_INVALID"); // R-17
}

/// R-15: the subject may come later. R-18: lists that were kept under a tag count too.
#[tokio::test]
async fn r18_missing_subjects_and_fallback_tags() {
    let registry = Registry::open();
    registry.blob("a", b"{}").await;
    let subject = Digest::of(b"not here");
    let referrer = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "a/b", "layers": [],
        "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"), "subject": descriptor(MANIFEST, b"not here"),
    });
    assert_eq!(registry.manifest("a", "sig", &referrer).await.header("oci-subject"), subject.to_string());
    let other = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] });
    assert_eq!(registry.manifest("a", "other", &other).await.status, 201);
    let fallback = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [
        descriptor(INDEX, other.to_string().as_bytes()),
        descriptor(MANIFEST, referrer.to_string().as_bytes()),
    ] });
    assert_eq!(registry.manifest("a", &format!("sha256-{}", subject.hex()), &fallback).await.status, 201);
    let found = registry.get(&format!("/v2/a/referrers/{subject}")).await.json();
    assert_eq!(found["manifests"].as_array().map(Vec::len), Some(2), "each once: {found}");
}

#[tokio::test]
async fn r19_r20_lists_in_pages() {
    let registry = Registry::open();
    let (_, manifest) = registry.image("a", "b", "layer").await;
    for tag in ["c", "a", "B"] {
        registry.manifest("a", tag, &manifest).await;
    }
    let tags = async |query: &str| {
        let answer = registry.get(&format!("/v2/a/tags/list{query}")).await;
        (answer.json()["tags"].clone(), answer.header("link").to_owned())
    };
    let next = |query: &str| format!("</v2/a/tags/list?{query}>; rel=\"next\"");
    assert_eq!(tags("").await, (json!(["B", "a", "b", "c"]), String::new()));
    assert_eq!(tags("?n=2").await, (json!(["B", "a"]), next("n=2&last=a")));
    assert_eq!(tags("?n=2&last=a").await, (json!(["b", "c"]), String::new()));
    assert_eq!(tags("?n=4").await, (json!(["B", "a", "b", "c"]), String::new()));
    assert_eq!(tags("?n=0").await, (json!([]), String::new()));
    assert_eq!(tags("?last=aa").await, (json!(["b", "c"]), String::new()));
    assert_eq!(tags("?n=99999999999999999999").await, (json!(["B", "a", "b", "c"]), String::new()));
    for n in ["-1", "x", ""] {
        registry.get(&format!("/v2/a/tags/list?n={n}")).await.refused(400, "UNSUPPORTED");
    }
    registry.image("a/b", "x", "layer").await;
    registry.image("a-b", "x", "layer").await;
    let answer = registry.get("/v2/_catalog?n=2").await;
    assert_eq!(answer.json(), json!({ "repositories": ["a", "a-b"] }));
    assert_eq!(answer.header("link"), "</v2/_catalog?n=2&last=a-b>; rel=\"next\"");
    assert_eq!(registry.get("/v2/_catalog?n=2&last=a-b").await.json(), json!({ "repositories": ["a/b"] }));
}

#[tokio::test]
async fn r22_r24_r27_what_a_manifest_points_at_is_there() {
    let config = descriptor("a/config", b"{}");
    let image =
        |layers: Value| json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
    let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    let sparse =
        image(json!([descriptor("a/b", b"one"), descriptor(foreign, b"elsewhere"), descriptor("a/b", b"two")]));
    let registry = Registry::open();
    registry.blob("a", b"{}").await;
    let answer = registry.manifest("a", "x", &sparse).await;
    let errors = answer.refused(400, "MANIFEST_BLOB_UNKNOWN").json()["errors"].clone();
    let missing: Vec<_> = errors.as_array().expect("a list").iter().map(|error| &error["detail"]["digest"]).collect();
    assert_eq!(missing, [&json!(Digest::of(b"one")), &json!(Digest::of(b"two"))]);
    registry.get("/v2/a/tags/list").await.refused(404, "NAME_UNKNOWN");
    assert_eq!(registry.manifest("a", "x", &image(json!([descriptor(foreign, b"elsewhere")]))).await.status, 201);
    let mut lying = descriptor("a/b", b"{}");
    lying["size"] = 3.into();
    registry.manifest("a", "x", &image(json!([lying]))).await.refused(400, "SIZE_INVALID");
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(MANIFEST, b"child")] });
    registry.manifest("a", "x", &index).await.refused(400, "MANIFEST_BLOB_UNKNOWN");

    let registry = Registry::start(Config { sparse: Sparse::Accepted, ..Config::default() });
    for manifest in [&sparse, &index] {
        assert_eq!(registry.manifest("a", "x", manifest).await.status, 201);
    }
}

#[tokio::test]
async fn r23_the_type_is_what_header_and_document_agree_on() {
    let registry = Registry::open();
    let typed = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }).to_string();
    let untyped = json!({ "schemaVersion": 2, "manifests": [], "x": 1.5 }).to_string();
    let put = async |content_type: &str, body: &str| {
        let headers = [("content-type", content_type)];
        let headers = if content_type.is_empty() { &[][..] } else { &headers[..] };
        registry.send("PUT /v2/a/manifests/x", headers, body.to_owned()).await
    };
    for (content_type, body) in
        [(INDEX, &typed), ("", &typed), (INDEX, &untyped), (&*format!("{INDEX}; charset=utf-8"), &typed)]
    {
        assert_eq!(put(content_type, body).await.status, 201, "{content_type} {body}");
        let answer = registry.get("/v2/a/manifests/x").await;
        assert_eq!((answer.header("content-type"), &answer.body[..]), (INDEX, body.as_bytes()));
    }
    for (content_type, body) in [
        (MANIFEST, &*typed),
        ("application/vnd.docker.distribution.manifest.list.v2+json", &typed),
        ("application/json", &typed),
        ("text/plain", &untyped),
        ("", &untyped),
        (MANIFEST, "{"),
        (MANIFEST, ""),
        (MANIFEST, "[]"),
        (INDEX, r#"{"manifests":[],"layers":[]}"#),
        (MANIFEST, r#"{"schemaVersion":1}"#),
        (MANIFEST, r#"{"config":{"mediaType":"a/b","digest":"sha256:../../x","size":1}}"#),
        (MANIFEST, r#"{"config":{"mediaType":"a/b","digest":"x","size":-1}}"#),
    ] {
        put(content_type, body).await.refused(400, "MANIFEST_INVALID");
    }
}

/// R-28: both are told that it is there, and it is there once.
#[tokio::test]
async fn r28_two_uploads_of_one_blob_end_as_one() {
    let registry = Registry::open();
    let bytes = vec![7; 1 << 20];
    let uploads = (0..8).map(|number| {
        let (registry, bytes) = (&registry, &bytes);
        async move { registry.blob(if number % 2 == 0 { "a" } else { "b" }, bytes).await }
    });
    let digests = futures_util::future::join_all(uploads).await;
    let files = std::fs::read_dir(registry.0.directory().join("blobs/sha256")).expect("a directory");
    assert_eq!(files.count(), 1);
    assert_eq!(registry.get(&format!("/v2/b/blobs/{}", digests[0])).await.body, bytes);
    let left = std::fs::read_dir(registry.0.directory().join("uploads/a")).expect("a directory");
    assert_eq!(left.count(), 0);
}

/// The index of a repository has many writers, and each of them is heard.
#[tokio::test]
async fn r28_many_pushes_at_once_lose_no_tag() {
    let registry = Registry::open();
    let (_, manifest) = registry.image("a", "t0", "layer").await;
    let tags: Vec<_> = (1..40).map(|number| format!("t{number}")).collect();
    let pushes = tags.iter().map(|tag| registry.manifest("a", tag, &manifest));
    let answers = futures_util::future::join_all(pushes).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    assert_eq!(registry.get("/v2/a/tags/list").await.json()["tags"].as_array().map(Vec::len), Some(40));
}

#[tokio::test]
async fn r30_conditional_requests() {
    let registry = Registry::open();
    let (digest, manifest) = registry.image("a", "x", "layer").await;
    let tag = registry.get("/v2/a/manifests/x").await.header("etag").to_owned();
    for target in ["/v2/a/manifests/x".to_owned(), format!("/v2/a/blobs/{}", Digest::of(b"layer"))] {
        let etag = registry.get(&target).await.header("etag").to_owned();
        let answer = registry.send(&format!("GET {target}"), &[("if-none-match", &etag)], "").await;
        assert_eq!((answer.status, answer.body.len(), answer.header("etag")), (304, 0, &*etag));
    }
    let other = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] });
    let put = async |header: (&str, &str)| {
        registry.send("PUT /v2/a/manifests/x", &[("content-type", INDEX), header], other.to_string()).await
    };
    put(("if-match", "\"sha256:x\"")).await.refused(412, "MANIFEST_INVALID");
    put(("if-none-match", "*")).await.refused(412, "MANIFEST_INVALID");
    assert_eq!(registry.get("/v2/a/manifests/x").await.header("docker-content-digest"), digest.to_string());
    assert_eq!(put(("if-match", &tag)).await.status, 201);
    put(("if-match", &tag)).await.refused(412, "MANIFEST_INVALID");
    assert_eq!(registry.manifest("a", "x", &manifest).await.status, 201);
}

#[tokio::test]
async fn r31_accounts() {
    // `htpasswd -nbB -C 4 alice secret`
    let accounts =
        Accounts::parse("alice:$2y$04$RNeaMhmB0.a3Z0Ix4o8UJuh9jwOxFGQ4j2umT/KWFOGVIS0r2q/xC").expect("accounts");
    let registry = Registry::start(Config { accounts: Some(accounts), ..Config::default() });
    for target in ["/v2/", "/v2/a/tags/list", "/nowhere"] {
        let answer = registry.get(target).await;
        assert!(answer.refused(401, "UNAUTHORIZED").header("www-authenticate").starts_with("Basic realm="));
    }
    let wrong = [("authorization", "Basic YWxpY2U6d3Jvbmc=")];
    registry.send("GET /v2/", &wrong, "").await.refused(401, "UNAUTHORIZED");
    let right = [("authorization", "Basic YWxpY2U6c2VjcmV0")];
    assert_eq!(registry.send("GET /v2/", &right, "").await.status, 200);
}

#[tokio::test]
async fn a_read_only_registry_only_gives() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = || Config { directory: Some(directory.path().into()), ..Config::default() };
    let registry = Registry::start(config());
    let (digest, manifest) = registry.image("a", "x", "layer").await;
    drop(registry);
    let registry = Registry::start(Config { mode: Mode::ReadOnly, ..config() });
    assert_eq!(registry.get("/v2/a/manifests/x").await.header("docker-content-digest"), digest.to_string());
    let answer = registry.manifest("a", "y", &manifest).await;
    assert_eq!(answer.refused(405, "UNSUPPORTED").header("allow"), "GET, HEAD");
    for request in ["POST /v2/a/blobs/uploads/", "DELETE /v2/a/manifests/x"] {
        registry.send(request, &[], "").await.refused(405, "UNSUPPORTED");
    }
}

/// What an interrupted process leaves is a registry: every repository is a layout that verifies, and uploads go on.
#[tokio::test]
async fn a_registry_goes_on_where_it_was() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = || Config { directory: Some(directory.path().into()), ..Config::default() };
    let registry = Registry::start(config());
    registry.image("a/b", "x", "layer").await;
    let location = registry.upload("a/b").await;
    registry.send(&format!("PATCH {location}"), &[], "abc").await;
    drop(registry);
    std::fs::create_dir_all(directory.path().join("staging")).expect("made");
    std::fs::write(directory.path().join("staging/blob-half"), "half").expect("written");
    let registry = Registry::start(config());
    assert!(!directory.path().join("staging/blob-half").exists());
    assert_eq!(registry.get("/v2/a/b/manifests/x").await.status, 200);
    let digest = Digest::of(b"abcdef");
    let put = format!("PUT {location}?digest={digest}");
    assert_eq!(registry.send(&put, &[("content-range", "3-5")], "def").await.status, 201);
    let layout = directory.path().join("repositories/a/b");
    let index: Value = serde_json::from_slice(&std::fs::read(layout.join("index.json")).expect("read")).expect("JSON");
    let entry = &index["manifests"][0];
    assert_eq!(entry["annotations"]["org.opencontainers.image.ref.name"], "x");
    let file = entry["digest"].as_str().expect("a digest").replace(':', "/");
    let bytes = std::fs::read(layout.join("blobs").join(file)).expect("the layout has its blobs");
    assert_eq!(json!(Digest::of(&bytes)), entry["digest"]);
}

/// Files that are no certificate are named.
#[test]
fn what_is_no_certificate_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let (certificate, key) = (directory.path().join("cert.pem"), directory.path().join("key.pem"));
    let missing = rpush::server::Tls::from_files(&certificate, &key).expect_err("no files");
    assert!(missing.to_string().contains("cert.pem"), "{missing}");
    std::fs::write(&certificate, "nothing").expect("written");
    let empty = rpush::server::Tls::from_files(&certificate, &key).expect_err("no certificate");
    assert!(empty.to_string().starts_with("cannot read a certificate"), "{empty}");
}

/// The hook of the tests: a journal, an answer, a cut, another request.
#[tokio::test]
async fn a_hook_sees_and_alters() {
    use std::sync::{Arc, Mutex};
    #[derive(Default)]
    struct Journal(Mutex<Vec<String>>);
    impl rpush::server::Hook for Journal {
        fn before(&self, request: &hyper::http::request::Parts) -> Verdict {
            self.0.lock().expect("a journal").push(format!("{} {}", request.method, request.uri));
            match request.uri.path() {
                "/v2/answer" => {
                    let answer = hyper::Response::builder().status(StatusCode::SERVICE_UNAVAILABLE);
                    Verdict::Answer(answer.body(Bytes::from_static(b"busy")).expect("an answer"))
                }
                "/v2/cut" => Verdict::Cut,
                "/v2/alter" => Verdict::alter_response(|mut response| {
                    *response.status_mut() = StatusCode::IM_A_TEAPOT;
                    response
                }),
                _ => Verdict::Wait(Box::pin(async { Verdict::Continue })),
            }
        }
    }
    let journal = Arc::new(Journal::default());
    let registry = Registry::start(Config { hook: Some(journal.clone()), ..Config::default() });
    assert_eq!(registry.get("/v2/?x=y").await.status, 200);
    assert_eq!(registry.get("/v2/answer").await.body, "busy");
    assert_eq!(registry.get("/v2/alter").await.status, 418);
    let mut stream = registry.connect().await;
    stream.write_all(b"GET /v2/cut HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("closed");
    assert!(answer.is_empty());
    assert_eq!(
        *journal.0.lock().expect("a journal"),
        ["GET /v2/?x=y", "GET /v2/answer", "GET /v2/alter", "GET /v2/cut"]
    );
}

/// How tests break bodies off: the registry keeps what came, and a client gets half an answer.
#[tokio::test]
async fn a_hook_breaks_bodies_off() {
    use std::sync::Arc;
    struct Cutting;
    fn first_bytes(body: Body, count: usize) -> Body {
        let kept = body.into_data_stream().scan(count, |left, piece| {
            let kept = piece.map(|piece| piece.slice(..piece.len().min(*left)));
            *left -= kept.as_ref().map_or(0, Bytes::len);
            std::future::ready(kept.as_ref().map_or(true, |kept| !kept.is_empty()).then(|| kept.map(Frame::data)))
        });
        let cut = stream::once(async {
            // What came before is on its way when the connection ends.
            tokio::task::yield_now().await;
            Err("cut".into())
        });
        StreamBody::new(kept.chain(cut)).boxed_unsync()
    }
    impl rpush::server::Hook for Cutting {
        fn before(&self, request: &hyper::http::request::Parts) -> Verdict {
            match request.method {
                Method::PATCH => Verdict::alter_request(|request| request.map(|body| first_bytes(body, 3))),
                Method::GET if request.uri.path().contains("sha256") => {
                    Verdict::alter_response(|response| response.map(|body| first_bytes(body, 4)))
                }
                _ => Verdict::Continue,
            }
        }
    }
    let registry = Registry::start(Config { hook: Some(Arc::new(Cutting)), ..Config::default() });
    let location = registry.upload("a").await;
    let answer = async |request: String| {
        let mut stream = registry.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        // However the connection ends, what counts is what came before.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    let cut = answer(format!("PATCH {location} HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nabcdef")).await;
    assert_eq!(cut, "", "no answer");
    assert_eq!(registry.get(&location).await.header("range"), "0-2");
    let digest = registry.blob("a", b"abcdef").await;
    let cut = answer(format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    assert!(cut.contains("content-length: 6") && cut.ends_with("abcd"), "{cut}");
}

/// Ctrl-C: what is in flight is finished, and idle connections are closed.
#[tokio::test]
async fn a_shutdown_finishes_what_is_in_flight() {
    let server = rpush::server::Server::bind(Config::default()).expect("binds");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let address = server.address();
    let client = async {
        let mut idle = TcpStream::connect(address).await.expect("connects");
        let mut busy = TcpStream::connect(address).await.expect("connects");
        let mut buffer = [0; 1024];
        idle.write_all(b"GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
        assert!(idle.read(&mut buffer).await.expect("answered") > 0);
        let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"abcdef"));
        let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 6\r\n\r\n");
        busy.write_all(head.as_bytes()).await.expect("sent");
        let length = busy.read(&mut buffer).await.expect("answered");
        assert!(buffer[..length].starts_with(b"HTTP/1.1 100"), "the registry waits for the body");
        stop.send(()).expect("runs");
        assert_eq!(idle.read(&mut buffer).await.expect("closed"), 0);
        busy.write_all(b"abcdef").await.expect("sent");
        let mut answer = String::new();
        busy.read_to_string(&mut answer).await.expect("answered and closed");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    };
    let stopped = async { stopped.await.expect("told to stop") };
    let (ran, ()) = tokio::join!(server.run(stopped), client);
    ran.expect("ran");
    let files = std::fs::read_dir(server.directory().join("blobs/sha256")).expect("a directory");
    assert_eq!(files.count(), 1);
}
