//! Every odd kind of image there is, a row each: what some tool writes, what some registry has, and what a program that means
//! well is tempted to make better on the way. Nothing of it may change.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rpush::image::{Algorithm, Digest};
use serde_json::{Value, json};

use super::fixture::{Archive, Image, Layout, descriptor, gzip, layer};
use super::fixture::{INDEX, MANIFEST};
use super::sandbox::Sandbox;

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const TAR: &str = "application/vnd.oci.image.layer.v1.tar";
const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// What a strict registry of before the specification's version 1.1 makes of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// It takes it.
    Takes,
    /// It cannot take it, and rpush says why.
    Refuses,
}

/// A kind of image.
pub struct Kind {
    pub name: &'static str,
    /// Makes it, and gives its root.
    make: fn(&mut Layout) -> Value,
    /// What distribution 2.8 does with it.
    pub strict: Strictness,
}

/// A kind that was made.
pub struct Made {
    pub layout: Layout,
    pub root: Value,
}

const fn taken(name: &'static str, make: fn(&mut Layout) -> Value) -> Kind {
    Kind { name, make, strict: Strictness::Takes }
}

const fn refused(name: &'static str, make: fn(&mut Layout) -> Value) -> Kind {
    Kind { name, make, strict: Strictness::Refuses }
}

/// All of them.
pub const KINDS: [Kind; 36] = [
    taken("gzip", |l| l.image(&Image::with("gzip"))),
    taken("uncompressed", |l| image(l, TAR, &layer("app/hello.txt", "uncompressed"))),
    taken("zstd", |l| {
        image(l, ZSTD, &zstd::encode_all(&layer("app/hello.txt", "zstd")[..], 3).expect("memory can be written"))
    }),
    taken("docker-schema2", |l| docker_image(l, "schema2")),
    taken("docker-list", docker_list),
    taken("index-with-attestation", |l| l.index("attested")),
    taken("nested-index", nested_index),
    taken("empty-index", |l| l.put_json(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }))),
    refused("sparse-index", sparse_index),
    taken("zero-layers", |l| manifest(l, CONFIG, b"{}", Vec::new())),
    taken("duplicate-layers", duplicate_layers),
    taken("empty-layer", |l| image(l, GZIP, b"")),
    taken("estargz", estargz),
    taken("encrypted", encrypted),
    refused("docker-foreign-layer", |l| {
        foreign(l, [DOCKER_MANIFEST, DOCKER_CONFIG, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"])
    }),
    refused("nondistributable-layer", |l| {
        foreign(l, [MANIFEST, CONFIG, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"])
    }),
    taken("sha512-blobs", sha512_blobs),
    refused("sha512-manifest", sha512_manifest),
    taken("data-field", |l| data_field(l, true)),
    taken("data-field-blob-absent", |l| data_field(l, false)),
    taken("artifact-empty-config", artifact),
    taken("helm-chart", helm),
    taken("wasm-module", wasm),
    taken("wasi-image", wasi),
    taken("buildkit-cache-index", buildkit_cache),
    taken("index-unknown-child", unknown_child),
    taken("referrer", referrer),
    taken("referrer-of-nothing-here", referrer_of_nothing),
    taken("cosign-signature", cosign),
    taken("pretty-printed", pretty),
    taken("no-media-type", no_media_type),
    taken("mismatched-descriptor-type", mismatched),
    taken("docker-plugin", plugin),
    taken("zstd-twins", zstd_twins),
    taken("windows-features", windows),
    taken("large-manifest", large),
];

impl Kind {
    pub fn make(&self) -> Made {
        let mut layout = Layout::default();
        let root = (self.make)(&mut layout);
        layout.name(&root, "1");
        Made { layout, root }
    }

    /// Whether it has entries without the manifests that they name.
    pub fn is_sparse(&self) -> bool {
        self.name == "sparse-index"
    }
}

impl Made {
    pub fn digest(&self) -> Digest {
        self.root["digest"].as_str().expect("a descriptor has a digest").parse().expect("a digest")
    }

    /// The root as it was made.
    pub fn bytes(&self) -> &[u8] {
        &self.layout.blobs()[self.root["digest"].as_str().expect("a digest")]
    }

    /// What it has to be sent as: its own word, else that of what names it (C-60).
    pub fn media_type(&self) -> String {
        let own = self.layout.json(&self.root)["mediaType"].as_str().map(str::to_owned);
        own.unwrap_or_else(|| self.root["mediaType"].as_str().expect("a type").to_owned())
    }

    /// Every blob that has to arrive, among them what only a descriptor's `data` has.
    pub fn blobs(&self) -> BTreeMap<String, Vec<u8>> {
        let mut blobs = self.layout.blobs().clone();
        if self.layout.json(&self.root)["config"]["data"] == "e30=" {
            blobs.insert(Digest::of(b"{}").to_string(), b"{}".to_vec());
        }
        blobs
    }
}

fn manifest(layout: &mut Layout, config_type: &str, config: &[u8], layers: Vec<Value>) -> Value {
    let config = layout.put(config_type, config);
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers }))
}

/// An image of one layer, which goes as it is.
fn image(layout: &mut Layout, layer_type: &str, bytes: &[u8]) -> Value {
    let layer = layout.put(layer_type, bytes);
    manifest(layout, CONFIG, &Image::with("one layer").config(), vec![layer])
}

fn docker_image(layout: &mut Layout, text: &str) -> Value {
    let config = layout.put(DOCKER_CONFIG, &Image::with(text).config());
    let layer = layout.put(DOCKER_GZIP, &gzip(&layer("app/hello.txt", text)));
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": [layer] }))
}

fn on(platform: &str, mut entry: Value) -> Value {
    let (os, architecture) = platform.split_once('/').expect("a platform has two parts");
    entry["platform"] = json!({ "os": os, "architecture": architecture });
    entry
}

fn index(layout: &mut Layout, entries: Vec<Value>) -> Value {
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }))
}

fn docker_list(layout: &mut Layout) -> Value {
    let entries = ["linux/amd64", "linux/arm64"].map(|platform| on(platform, docker_image(layout, platform)));
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": entries }))
}

fn nested_index(layout: &mut Layout) -> Value {
    let inner = layout.index("nested");
    let other = layout.image(&Image::with("beside it"));
    index(layout, vec![inner, other])
}

/// One platform of two is here, as Docker saves what it has pulled of an index.
fn sparse_index(layout: &mut Layout) -> Value {
    let [here, absent] = ["linux/amd64", "linux/s390x"].map(|platform| on(platform, docker_image(layout, platform)));
    let manifest = layout.json(&absent);
    for gone in [&absent, &manifest["config"], &manifest["layers"][0]] {
        layout.take_out(gone);
    }
    index(layout, vec![here, absent])
}

fn duplicate_layers(layout: &mut Layout) -> Value {
    let mut image = Image::with("twice");
    image.layers.extend(image.layers.clone());
    layout.image(&image)
}

/// A gzip member a file, and a table of contents: compressed anew, it could not be mounted lazily any more.
fn estargz(layout: &mut Layout) -> Value {
    let mut bytes = gzip(&layer("app/hello.txt", "eStargz"));
    bytes.extend(gzip(br#"{"version":1,"entries":[]}"#));
    let mut layer = layout.put(GZIP, &bytes);
    layer["annotations"] = json!({
        "containerd.io/snapshot/stargz/toc.digest": Digest::of(b"toc"), "io.containers.estargz.uncompressed-size": "2048",
    });
    manifest(layout, CONFIG, &Image::with("eStargz").config(), vec![layer])
}

fn encrypted(layout: &mut Layout) -> Value {
    let mut layer = layout.put(&format!("{GZIP}+encrypted"), &super::noise(4000));
    layer["annotations"] = json!({ "org.opencontainers.image.enc.keys.jwe": "e30=" });
    manifest(layout, CONFIG, &Image::with("encrypted").config(), vec![layer])
}

/// A layer that lies elsewhere by licence, as in Windows's base images.
fn foreign(layout: &mut Layout, [manifest, config, layer_type]: [&str; 3]) -> Value {
    let mut elsewhere = descriptor(layer_type, b"not to be distributed");
    elsewhere["urls"] = json!(["https://layers.example/base.tar.gz"]);
    let own = layout.put(GZIP, &gzip(&layer("app/hello.txt", "on top of it")));
    let config = layout.put(config, &Image::with("on top").config());
    layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": manifest, "config": config, "layers": [elsewhere, own],
    }))
}

fn sha512_blobs(layout: &mut Layout) -> Value {
    let layer = layout.put_under(Algorithm::Sha512, GZIP, &gzip(&layer("app/hello.txt", "sha512")));
    let config = layout.put_under(Algorithm::Sha512, CONFIG, &Image::with("sha512").config());
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] }))
}

fn sha512_manifest(layout: &mut Layout) -> Value {
    let layer = layout.put(GZIP, &gzip(&layer("app/hello.txt", "named by sha512")));
    let config = layout.put(CONFIG, &Image::with("named by sha512").config());
    let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
    layout.put_under(Algorithm::Sha512, MANIFEST, manifest.to_string().as_bytes())
}

/// A config that its descriptor has in itself; `stored` says whether it is a blob as well (C-33).
fn data_field(layout: &mut Layout, stored: bool) -> Value {
    let mut config = layout.put(EMPTY, b"{}");
    if !stored {
        layout.take_out(&config);
    }
    config["data"] = json!("e30=");
    let content = if stored { "beside its data" } else { "instead of it" };
    let content = layout.put("application/vnd.example.content", content.as_bytes());
    layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.thing",
        "config": config, "layers": [content],
    }))
}

/// C-66.
fn artifact(layout: &mut Layout) -> Value {
    let empty = layout.put(EMPTY, b"{}");
    layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.thing",
        "config": empty, "layers": [empty], "annotations": { "of": "no known kind" },
    }))
}

/// T-12.
fn helm(layout: &mut Layout) -> Value {
    let chart = layout
        .put("application/vnd.cncf.helm.chart.content.v1.tar+gzip", &gzip(&layer("chart/Chart.yaml", "name: chart")));
    let provenance = layout.put("application/vnd.cncf.helm.chart.provenance.v1.prov", b"-----BEGIN PGP-----");
    let config = br#"{"name":"chart","version":"1.0.0+1","apiVersion":"v2"}"#;
    manifest(layout, "application/vnd.cncf.helm.config.v1+json", config, vec![chart, provenance])
}

/// T-13.
fn wasm(layout: &mut Layout) -> Value {
    let module = layout.put("application/wasm", b"\0asm\x01\0\0\0");
    let config = br#"{"architecture":"wasm","os":"wasip2","layerDigests":[]}"#;
    manifest(layout, "application/vnd.wasm.config.v0+json", config, vec![module])
}

fn wasi(layout: &mut Layout) -> Value {
    let layer = layout.put(GZIP, &gzip(&Archive::default().file("app.wasm", b"\0asm\x01\0\0\0").bytes()));
    let mut image = Image::with("wasi");
    image.platform = "wasi/wasm";
    let image = manifest(layout, CONFIG, &image.config(), vec![layer]);
    index(layout, vec![on("wasi/wasm", image)])
}

/// C-69: an index of layers, and of a config that is no manifest.
fn buildkit_cache(layout: &mut Layout) -> Value {
    let layer = layout.put(GZIP, &gzip(&layer("cache/hello.txt", "cached")));
    let config = br#"{"layers":[{"blob":"sha256:0"}],"records":[]}"#;
    let config = layout.put("application/vnd.buildkit.cacheconfig.v0", config);
    index(layout, vec![layer, config])
}

fn unknown_child(layout: &mut Layout) -> Value {
    let image = on("linux/amd64", layout.image(&Image::with("known")));
    let unknown = layout.put("application/xml", b"<known-to-nobody/>");
    index(layout, vec![image, unknown])
}

fn signature_of(layout: &mut Layout, subject: Value) -> Value {
    let empty = layout.put(EMPTY, b"{}");
    let bundle = layout.put("application/vnd.dev.sigstore.bundle.v0.3+json", br#"{"bundle":"of a signature"}"#);
    layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": empty, "layers": [bundle], "subject": subject, "annotations": { "org.example.predicate": "signed" },
    }))
}

/// A signature that travels in one index with what it signs.
fn referrer(layout: &mut Layout) -> Value {
    let image = layout.image(&Image::with("signed"));
    let signature = signature_of(layout, image.clone());
    index(layout, vec![image, signature])
}

fn referrer_of_nothing(layout: &mut Layout) -> Value {
    signature_of(layout, descriptor(MANIFEST, b"an image that is not here"))
}

/// T-14.
fn cosign(layout: &mut Layout) -> Value {
    let mut layer = layout.put("application/vnd.dev.cosign.simplesigning.v1+json", br#"{"critical":{}}"#);
    layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": "MEUCIQ==" });
    manifest(layout, CONFIG, br#"{"architecture":"","os":"","rootfs":{"type":"layers","diff_ids":[]}}"#, vec![layer])
}

/// C-61: spaces, escapes, unknown members, members in no order, and a line end after it all.
fn pretty(layout: &mut Layout) -> Value {
    let config = layout.put(CONFIG, &Image::with("pretty").config());
    let layer = layout.put(GZIP, &gzip(&layer("app/hello.txt", "pretty")));
    let document = json!({
        "x-unknown": [1, 2.50, null, { "a": "b" }], "schemaVersion": 2, "mediaType": MANIFEST,
        "layers": [layer], "config": config, "annotations": { "html": "ESCAPED" },
    });
    let text = serde_json::to_string_pretty(&document).expect("JSON").replace("ESCAPED", r"\u003cb\u003e\u00e4\/");
    layout.put(MANIFEST, format!("\n{text}\n\n").as_bytes())
}

/// A manifest may leave out what it is.
fn no_media_type(layout: &mut Layout) -> Value {
    let config = layout.put(CONFIG, &Image::with("untyped").config());
    let layer = layout.put(GZIP, &gzip(&layer("app/hello.txt", "untyped")));
    layout.put(MANIFEST, json!({ "schemaVersion": 2, "config": config, "layers": [layer] }).to_string().as_bytes())
}

/// C-60: the descriptor has one type, the document says another one of the same kind.
fn mismatched(layout: &mut Layout) -> Value {
    let mut image = docker_image(layout, "mismatched");
    image["mediaType"] = json!(MANIFEST);
    let mut list = layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": [on("linux/amd64", image)],
    }));
    list["mediaType"] = json!(INDEX);
    list
}

/// T-07.
fn plugin(layout: &mut Layout) -> Value {
    let config = layout.put("application/vnd.docker.plugin.v1+json", br#"{"description":"a plugin","rootfs":{}}"#);
    let layer = layout.put(DOCKER_GZIP, &gzip(&layer("plugin", "of Docker's")));
    layout.put_json(&json!({ "schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": [layer] }))
}

/// T-17: the same image twice for one platform.
fn zstd_twins(layout: &mut Layout) -> Value {
    let plain = on("linux/amd64", layout.image(&Image::with("twins")));
    let tar = layer("app/hello.txt", "twins");
    let twin = image(layout, ZSTD, &zstd::encode_all(&tar[..], 3).expect("memory can be written"));
    let mut twin = on("linux/amd64", twin);
    twin["annotations"] = json!({ "io.github.containers.compression.zstd": "true" });
    index(layout, vec![plain, twin])
}

fn windows(layout: &mut Layout) -> Value {
    let mut image = Image::with("windows");
    image.platform = "windows/amd64";
    let mut entry = on("windows/amd64", layout.image(&image));
    entry["platform"]["os.version"] = json!("10.0.20348.2227");
    entry["platform"]["os.features"] = json!(["win32k"]);
    entry["platform"]["features"] = json!(["sse4"]);
    index(layout, vec![entry])
}

/// C-64: almost as large as a registry has to take.
fn large(layout: &mut Layout) -> Value {
    let config = layout.put(CONFIG, &Image::with("large").config());
    let layer = layout.put(GZIP, &gzip(&layer("app/hello.txt", "large")));
    layout.put_json(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        "annotations": { "note": "x".repeat(3_900_000) },
    }))
}

/// Every blob in a store.
pub fn stored_blobs(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let store = sandbox.store();
    let digests = store.blobs().list().expect("the blobs can be listed");
    digests
        .into_iter()
        .map(|digest| (digest.to_string(), std::fs::read(store.blobs().path(&digest)).expect("a blob can be read")))
        .collect()
}

/// Asks a registry for something in plain HTTP, not with the client under test. Gives status, content type and body.
pub fn exchange(host: &str, target: &str) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(host).expect("the registry listens");
    let accept = [INDEX, MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ");
    let request = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let kind = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    (status, kind.map(|(_, value)| value.to_owned()).unwrap_or_default(), answer.split_off(end + 4))
}
