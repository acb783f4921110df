//! Texts of registries, archives and manifests that would like to be more than texts: sequences that clear the screen, set
//! titles, turn the direction of writing, or pretend to be another line of rpush's (the class of kubectl's CVE-2021-25743).
//! Whatever place they are put in, and whatever command shows it, they stay texts.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::Response;
use hyper::http::request::Parts;
use rpush::image::Digest;
use rpush::server::Verdict;
use serde_json::{Value, json};

use crate::support::{Archive, Image, Layout, Ran, Registry, Sandbox, answer, layer};

/// Everything at once: a title, a cleared screen, an eight-bit sequence, a carriage return, a change of direction, and a line
/// in rpush's own form.
const EVIL: &str = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{8}\r\u{202e}\u{200b}\nerror: forged\nhint: `forged`";

/// Nothing in what was written does anything to a terminal, and no line is a registry's own.
#[track_caller]
fn assert_harmless(ran: &Ran) {
    for (stream, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
        let harmful = text.chars().find(|c| {
            let stays = matches!(c, '\n') || (*c == '\t' && stream == "standard output");
            (c.is_control() && !stays) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
        });
        assert_eq!(harmful, None, "on {stream}: {:?}", ran);
    }
    let is_forged = |line: &str| line.starts_with("error: forged") || line.starts_with("hint: `forged`");
    assert!(!ran.err.lines().any(is_forged), "a forged line: {ran}");
}

/// Every way of telling what happens.
const VOICES: [&[&str]; 4] = [&[], &["-vv"], &["--progress", "json"], &["--progress", "tty"]];

fn hear(sandbox: &Sandbox, words: &[&str]) -> Vec<Ran> {
    let voices = VOICES.iter().map(|voice| sandbox.run(&[*voice, words].concat()));
    voices.inspect(assert_harmless).collect()
}

fn errors(code: &str, message: &str, detail: Value) -> String {
    json!({ "errors": [{ "code": code, "message": message, "detail": detail }, { "message": EVIL }] }).to_string()
}

/// The bodies of a no: as the specification wants them, as a page, as a text, as nonsense.
fn noes() -> Vec<String> {
    vec![
        errors(EVIL, EVIL, EVIL.into()),
        errors("DENIED", "", json!({ EVIL: [EVIL, { "a": EVIL }] })),
        format!("<html><title>{EVIL}</title>"),
        EVIL.to_owned(),
        format!("{{\"errors\":[{{\"message\":\"{EVIL}\"}}]}}"),
        "\u{1b}".repeat(100_000),
    ]
}

/// What a registry says to any request, in every status that has words of its own.
#[test]
fn refusals() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    let said: Arc<Mutex<(u16, String)>> = Arc::default();
    let saying = said.clone();
    registry.on(move |_| {
        let (status, body) = saying.lock().expect("no panic").clone();
        Some(answer(status, &[("www-authenticate", "Basic realm=\"\u{fc}\u{9b}\"")], body))
    });
    let (host, name) = (registry.host(), registry.name("app:1"));
    for status in [400, 401, 403, 404, 413, 429, 500, 200] {
        for body in noes() {
            *said.lock().expect("no panic") = (status, body);
            for words in [
                &["push", "--retry", "0", "--from", "app.tar", &name][..],
                &["pull", "--retry", "0", &name],
                &["doctor", "--retry", "0", &name],
                &["login", "--retry", "0", "-u", "alice", "-p", "s", "--store-in", "file", &host],
                &["whoami", "--retry", "0", &host],
            ] {
                let ran = sandbox.run(words);
                assert_harmless(&ran);
                assert!(ran.err.len() + ran.out.len() < 30_000, "nobody reads that: {ran}");
            }
        }
    }
    *said.lock().expect("no panic") = (400, errors(EVIL, EVIL, EVIL.into()));
    for ran in hear(&sandbox, &["push", "--from", "app.tar", &name]) {
        assert!(ran.err.contains("owned"), "the words are shown: {ran}");
    }
}

/// Headers: a challenge, an address, a type, a note.
#[test]
fn headers() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    let name = registry.name("app:1");
    // What is neither visible nor a control character may stand in a header: C1 controls and whatever else is above.
    let evil = "x\u{9b}31m\u{202e}y";
    for (status, header, value) in [
        (
            401,
            "www-authenticate",
            format!("Bearer realm=\"https://{evil}/{evil}\",service=\"{evil}\",scope=\"{evil}\""),
        ),
        (401, "www-authenticate", format!("Bearer realm=\"http://127.0.0.1:1/{evil}\",error=\"{evil}\"")),
        (401, "www-authenticate", format!("Basic realm=\"{evil}\"")),
        (202, "location", evil.to_owned()),
        (202, "location", format!("http://{evil}/")),
        (307, "location", format!("ftp://127.0.0.1/{evil}")),
        (307, "location", format!("http://127.0.0.1:1/{evil}")),
        (200, "content-type", evil.to_owned()),
        (200, "docker-content-digest", evil.to_owned()),
        (429, "retry-after", evil.to_owned()),
        (200, "warning", format!("299 - \"{evil}\"")),
        (200, "link", format!("<{evil}>; rel=next")),
    ] {
        registry.on(move |_| Some(answer(status, &[(header, &value)], "{}")));
        for words in [
            &["-vv", "push", "--retry", "0", "--from", "app.tar", &name][..],
            &["-vv", "pull", "--retry", "0", &name],
            &["-vv", "pull", "-a", "--retry", "0", &registry.name("app")],
            &["doctor", "--retry", "0", &name],
        ] {
            assert_harmless(&sandbox.run(words));
        }
    }
}

/// What a token server says.
#[test]
fn token_servers() {
    for body in noes() {
        for status in [200, 400, 401, 403, 503] {
            let (registry, tokens, sandbox) = (Registry::open(), Registry::open(), Sandbox::new());
            let body = body.clone();
            tokens.on(move |_| Some(answer(status, &[], body.clone())));
            let challenge = format!("Bearer realm=\"http://{}/token\",service=\"r\"", tokens.host());
            registry.on(move |_| Some(answer(401, &[("www-authenticate", &challenge)], "")));
            for words in [&["-vv", "pull", "--retry", "0"][..], &["doctor", "--retry", "0"]] {
                assert_harmless(&sandbox.run(&[words, &[&registry.name("app:1")]].concat()));
            }
        }
    }
}

/// Manifests and indexes, each member in turn.
#[test]
fn manifests() {
    let digest = Digest::of(b"x");
    let child = |media_type: &str, digest: &str| json!({ "mediaType": media_type, "digest": digest, "size": 1 });
    let image = "application/vnd.oci.image.manifest.v1+json";
    let index = "application/vnd.oci.image.index.v1+json";
    let layer = "application/vnd.oci.image.layer.v1.tar+gzip";
    let mut for_nobody = child(image, &digest.to_string());
    for_nobody["platform"] = json!({ "os": EVIL, "architecture": EVIL, "variant": EVIL, "os.version": EVIL });
    let mut annotated = child(image, &digest.to_string());
    annotated["annotations"] = json!({ EVIL: EVIL, "vnd.docker.reference.type": EVIL });
    for (media_type, document) in [
        (image, json!({ "schemaVersion": EVIL })),
        (image, json!({ "schemaVersion": 2, "mediaType": EVIL, "config": child(EVIL, &digest.to_string()) })),
        (image, json!({ "schemaVersion": 2, "config": child(layer, EVIL) })),
        (image, json!({ "schemaVersion": 2, "layers": EVIL })),
        (image, json!({ "schemaVersion": 2, "layers": [child(EVIL, &digest.to_string())], "artifactType": EVIL })),
        (image, json!({ "schemaVersion": 2, "mediaType": index, EVIL: EVIL, "manifests": [] })),
        (index, json!({ "schemaVersion": 2, "manifests": [for_nobody] })),
        (index, json!({ "schemaVersion": 2, "manifests": [annotated] })),
        (index, json!({ "schemaVersion": 2, "manifests": [child(EVIL, &digest.to_string())] })),
        (EVIL, json!({ "schemaVersion": 2, "mediaType": format!("{EVIL}{}", "a".repeat(100_000)), "manifests": [] })),
    ] {
        let (registry, sandbox) = (Registry::open(), Sandbox::new());
        let stated = media_type.lines().next().unwrap_or_default().replace(|c: char| c.is_control(), "");
        registry.on(move |request: &Parts| {
            let document = Bytes::from(document.to_string());
            let response = Response::builder().header("content-type", stated.as_bytes()).body(document);
            request.uri.path().contains("/manifests/").then(|| Verdict::Answer(response.expect("an answer")))
        });
        for ran in hear(&sandbox, &["pull", "--retry", "0", &registry.name("app:1")]) {
            assert!(ran.err.len() < 20_000, "nobody reads that: {ran}");
        }
    }
}

/// An image whose every text is evil goes all ways that an image goes, and every command that shows it is harmless.
#[test]
fn images() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    let mut image = Image::with("hello");
    image.labels = json!({ EVIL: EVIL, "maintainer": EVIL });
    image.created = EVIL;
    let mut layout = Layout::default();
    let mut root = layout.image(&image);
    root["annotations"] = json!({ EVIL: EVIL, "org.opencontainers.image.ref.name": EVIL });
    root["artifactType"] = EVIL.into();
    root["platform"] = json!({ "os": EVIL, "architecture": "amd64" });
    layout.name(&root, "evil:1");
    let config = layout.put(EVIL, b"{}");
    let artifact = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": EVIL,
        "config": config, "layers": [], "annotations": { EVIL: EVIL },
    });
    let artifact = layout.put_json(&artifact);
    layout.name(&artifact, "artifact:1");
    sandbox.file("evil.tar", layout.archive().bytes());
    let mut shown = hear(&sandbox, &["load", "-i", "evil.tar"]);
    for (words, code) in [
        (&["images"][..], 0),
        (&["images", "-a", "--digests", "--no-trunc"], 0),
        (&["images", "--tree"], 2),
        (&["images", "--format", "json"], 0),
        (&["images", "--format", "{{.Repository}} {{.CreatedAt}} {{.CreatedSince}} {{json .}}"], 0),
        (&["inspect", "evil:1", "artifact:1"], 0),
        (&["inspect", "--format", "json", "evil:1"], 0),
        (&["inspect", "--format", "{{.Created}} {{json .Config}} {{.Config}}", "evil:1"], 0),
        (&["save", "-o", "again.tar", "evil:1"], 0),
        (&["tag", "evil:1", &registry.name("evil:1")], 0),
        (&["push", &registry.name("evil:1")], 0),
        (&["push", "--format", "json", &registry.name("evil:1")], 0),
        (&["rmi", &registry.name("evil:1")], 0),
        (&["pull", &registry.name("evil:1")], 0),
        (&["pull", "--format", "json", &registry.name("evil:1")], 0),
        (&["rmi", "evil:1"], 0),
    ] {
        let ran = sandbox.run(words);
        assert_harmless(&ran);
        assert!(code == 2 || ran.code == code, "{ran}");
        if ran.out.starts_with(['{', '[']) && !words.contains(&"{{.Created}} {{json .Config}} {{.Config}}") {
            let mut lines = serde_json::Deserializer::from_str(&ran.out).into_iter::<Value>();
            assert!(lines.all(|line| line.is_ok()), "JSON stays JSON: {ran}");
        }
        shown.push(ran);
    }
    assert!(shown.iter().any(|ran| ran.out.contains("owned")), "some of it is shown");
}

/// Names of members, of links, of tags, of versions.
#[test]
fn archives() {
    let sandbox = Sandbox::new();
    let image = Image::with("hello");
    let evil_name = EVIL.replace(['\n', '/'], "");
    let manifest = |config: &str, tags: &[&str], layers: &[&str]| {
        json!([{ "Config": config, "RepoTags": tags, "Layers": layers }]).to_string()
    };
    let with = |name: &str, text: String| image.docker_24(&[]).file(name, text).bytes();
    let only = |name: &str, text: String| Archive::default().file(name, text).bytes();
    let renamed = |tags: &[&str]| image.docker_24(tags).bytes();
    for bytes in [
        renamed(&[EVIL]),
        only("manifest.json", manifest(EVIL, &[], &[])),
        only("manifest.json", manifest("manifest.json", &[EVIL], &[EVIL])),
        only("manifest.json", format!("[{{\"Config\":\"{EVIL}\"")),
        only("index.json", json!({ "manifests": [{ "mediaType": EVIL, "digest": EVIL, "size": 1 }] }).to_string()),
        only("oci-layout", json!({ "imageLayoutVersion": EVIL }).to_string()),
        Archive::default()
            .file("oci-layout", json!({ "imageLayoutVersion": EVIL }).to_string())
            .file("index.json", "{}")
            .bytes(),
        with(&evil_name, "one".to_owned()).into_iter().chain(with(&evil_name, "two".to_owned())).collect(),
        Archive::default().file(&evil_name, "one").file(&evil_name, "two").bytes(),
        Archive::default().symlink("manifest.json", &evil_name).bytes(),
        Archive::default()
            .file(&evil_name, layer("a", "b"))
            .file("c.json", json!({ "rootfs": { "diff_ids": [Digest::of(b"other")] } }).to_string())
            .file("manifest.json", manifest("c.json", &[], &[&evil_name]))
            .bytes(),
    ] {
        sandbox.file("evil.tar", bytes);
        for words in [
            &["load", "-i", "evil.tar"][..],
            &["push", "--from", "evil.tar", "localhost:1/app:1"],
            &["push", "--from", "docker-archive:evil.tar:nope", "localhost:1/app:1"],
        ] {
            let ran = sandbox.run(words);
            assert_harmless(&ran);
            assert!(ran.err.len() < 20_000, "nobody reads that: {ran}");
        }
    }
    assert_harmless(&sandbox.rpush("images"));
}
