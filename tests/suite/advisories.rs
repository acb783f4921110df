//! Advisories against other clients, told as stories of the built program: a registry that means harm, and what it gets.
//! SECURITY.md has the whole list, with the tests that stand elsewhere.

use std::sync::{Arc, Mutex};

use hyper::http::request::Parts;
use rpush::image::Digest;
use rpush::server::Verdict;
use serde_json::json;

use crate::support::{Image, Layout, Registry, Sandbox, answer};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

/// A place elsewhere that answers everything with a challenge of its own, and remembers what it was told of secrets.
struct Elsewhere {
    registry: Registry,
    told: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    fn new() -> Self {
        let (registry, told) = (Registry::open(), Arc::new(Mutex::new(Vec::new())));
        let (remembered, realm) =
            (told.clone(), format!("http://{}/token", registry.host().replace("localhost", "127.0.0.1")));
        registry.on(move |request| {
            let secrets = ["authorization", "cookie", "proxy-authorization"];
            let said = secrets.iter().filter_map(|name| request.headers.get(*name));
            let mut told = remembered.lock().expect("no panic");
            told.extend(said.map(|value| format!("{value:?}")));
            if request.uri.path() == "/token" {
                told.push(format!("a token was asked for: {}", request.uri));
            }
            let challenge = format!("Bearer realm=\"{realm}\",service=\"registry\", Basic realm=\"registry\"");
            Some(answer(401, &[("www-authenticate", &challenge)], ""))
        });
        Self { registry, told }
    }

    /// Its host: the same machine under another name, so that nobody takes it for the registry behind a proxy.
    fn host(&self) -> String {
        self.registry.host().replace("localhost", "127.0.0.1")
    }

    /// Somebody came, and said nothing.
    #[track_caller]
    fn was_told_nothing(&self) {
        assert!(!self.registry.journal(&[]).is_empty(), "nobody came");
        assert_eq!(*self.told.lock().expect("no panic"), [""; 0]);
    }
}

fn home() -> (Registry, Sandbox) {
    let (registry, sandbox) = (Registry::with_password(PASSWORD), Sandbox::new());
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    sandbox.ok(&format!("login -u alice -p {PASSWORD} --store-in file {}", registry.host()));
    (registry, sandbox)
}

/// CVE-2020-15157, "ContainerDrip": a place that a registry sends us to asks for credentials, and gets those of the registry.
#[test]
fn cve_2020_15157_a_place_elsewhere_gets_no_credentials() {
    let (registry, sandbox) = home();
    let name = registry.name("app:1");
    sandbox.ok(&format!("push --from app.tar {name}"));
    // By a redirect of a blob that is read,
    let elsewhere = Elsewhere::new();
    let away = format!("http://{}/blob", elsewhere.host());
    let target = away.clone();
    registry.on(move |request: &Parts| {
        let is_blob = request.method == "GET" && request.uri.path().contains("/blobs/sha256:");
        is_blob.then(|| answer(307, &[("location", &target)], ""))
    });
    sandbox.rpush("prune");
    let reader = Sandbox::new();
    reader.ok(&format!("login -u alice -p {PASSWORD} --store-in file {}", registry.host()));
    assert_eq!(reader.rpush(&format!("pull --retry 0 {name}")).code, 4);
    elsewhere.was_told_nothing();
    // and by the address of an upload.
    let target = away.clone();
    registry.on(move |request: &Parts| (request.method == "POST").then(|| answer(202, &[("location", &target)], "")));
    sandbox.file("other.tar", Image::with("other").docker_24(&["app:2"]).bytes());
    let ran = sandbox.rpush(&format!("push --retry 0 --from other.tar {}", registry.name("app:2")));
    assert_eq!(ran.code, 4, "{ran}");
    elsewhere.was_told_nothing();
    assert!(!ran.to_string().contains(PASSWORD));
}

/// The same by a layer's own `urls`: they are not gone to at all, whoever wrote them.
#[test]
fn cve_2020_15157_addresses_in_manifests_are_not_gone_to() {
    let (registry, sandbox) = home();
    let elsewhere = Elsewhere::new();
    let url = format!("http://{}/layer", elsewhere.host());
    let mut layout = Layout::default();
    let config = layout.put("application/vnd.oci.image.config.v1+json", &Image::with("hello").config());
    let layer = json!({
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "digest": Digest::of(b"layer"), "size": 5, "urls": [url],
    });
    let root = layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [layer],
    }));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
    let name = registry.name("app:1");
    sandbox.rpush(&format!("push --from oci:image:1 {name}"));
    sandbox.rpush(&format!("pull {name}"));
    assert_eq!(elsewhere.registry.journal(&[]), [""; 0]);
}

/// CVE-2024-3727: what is not a digest reaches paths and addresses. It is refused at every door: in a manifest, in an index, in
/// a header, on the command line, in a layout.
#[test]
fn cve_2024_3727_what_is_no_digest_comes_through_no_door() {
    let upper = format!("sha256:{}", "A".repeat(64));
    let long = format!("sha256:{}", "a".repeat(65));
    for digest in ["", "sha256:", "sha256:../../../../etc/passwd", "../x", "sha256:%2e%2e%2f", &upper, &long, "md5:0"] {
        let (registry, sandbox) = (Registry::open(), Sandbox::new());
        let child = json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": 1 });
        for (kind, member) in [("image.manifest", "layers"), ("image.index", "manifests")] {
            let media_type = format!("application/vnd.oci.{kind}.v1+json");
            let body = json!({ "schemaVersion": 2, member: [child] }).to_string();
            registry.on(move |_| {
                let Verdict::Answer(mut response) = answer(200, &[], body.clone()) else { return None };
                response.headers_mut().insert("content-type", media_type.parse().expect("a header"));
                Some(Verdict::Answer(response))
            });
            let ran = sandbox.rpush(&format!("pull --retry 0 --all-platforms {}", registry.name("app:1")));
            assert_eq!(ran.code, 1, "{ran}");
            assert_eq!(registry.journal(&[]).len(), 1, "what it names was asked for");
        }
        // A header that names another digest than a digest is no digest, and the content counts.
        let image = Image::with("hello").docker_24(&["app:1"]).bytes();
        let (claimed, home) = (digest.to_owned(), Registry::open());
        sandbox.file("app.tar", image);
        home.on(move |_| {
            let claimed = claimed.clone();
            Some(Verdict::alter_response(move |mut response| {
                if let Ok(value) = claimed.parse() {
                    response.headers_mut().insert("docker-content-digest", value);
                }
                response
            }))
        });
        let pushed = sandbox.ok(&format!("push -q --from app.tar {}", home.name("app:1")));
        let pulled = sandbox.ok(&format!("pull {}", home.name("app:1")));
        assert_eq!(pulled.digest(), pushed.digest());
        let journal = home.journal(&[]).join("\n");
        assert!(!journal.contains("..") && !journal.contains("%2e"), "{journal}");
        // On the command line.
        if !digest.is_empty() {
            for words in ["pull", "push", "rmi", "inspect"] {
                let ran = sandbox.rpush(&format!("{words} {}@{digest}", home.name("app")));
                assert!(matches!(ran.code, 2 | 3), "{ran}");
            }
        }
        // In a layout.
        let mut entry = child.clone();
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": "1" });
        Layout::default().write(&sandbox.path("image"));
        sandbox.file("image/index.json", json!({ "schemaVersion": 2, "manifests": [entry] }).to_string());
        let ran = sandbox.rpush(&format!("push --from oci:image:1 {}", home.name("app:2")));
        assert_ne!(ran.code, 0, "{ran}");
        sandbox.verify_blobs();
    }
}
