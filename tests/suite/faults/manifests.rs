//! Manifests that are no good: hostile, broken, or not what they were asked for as. None of them gets a name in the store.

use serde_json::{Value, json};

use super::{Deed, Place, Row, check};
use crate::support::{Asked, Said};

use rpush::image::Digest;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A pull of these bytes, sent as this type whatever is asked for.
fn of(name: &str, media_type: &'static str, body: impl Into<Vec<u8>>) -> Row {
    let body = body.into();
    Row::pull(name).of_nothing().options("--retry 1").fault(move |asked: &Asked| match Place::of(asked) {
        Place::GetManifest => Deed::Answer(Said::new(200, body.clone()).with("content-type", media_type)),
        _ => Deed::Pass,
    })
}

fn pointer(media_type: &str, of: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": Digest::of(of), "size": of.len() })
}

fn image() -> Value {
    let config = pointer("application/vnd.oci.image.config.v1+json", b"{}");
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] })
}

fn index(entries: Vec<Value>) -> Value {
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries })
}

fn with(name: &str, value: Value) -> Value {
    let mut image = image();
    image[name] = value;
    image
}

#[test]
fn documents() {
    let sized = |size: &str| {
        let config = pointer("a/b", b"{}").to_string().replace("\"size\":2", &format!("\"size\":{size}"));
        format!("{{\"schemaVersion\":2,\"mediaType\":\"{MANIFEST}\",\"config\":{config},\"layers\":[]}}")
    };
    let duplicate = image().to_string().replacen('{', "{\"config\":null,", 1);
    let both = with("manifests", json!([pointer(MANIFEST, b"x")]));
    let no_digest =
        with("layers", json!([{ "mediaType": "a/b", "size": 1, "digest": "sha256:../../../../etc/passwd" }]));
    let upper =
        with("layers", json!([{ "mediaType": "a/b", "size": 1, "digest": format!("sha256:{}", "A".repeat(64)) }]));
    let rows = [
        of("an index that is sent as an image", MANIFEST, index(vec![]).to_string()).fails(1, "but was given as"),
        of("an image that is sent as an index", INDEX, image().to_string()).fails(1, "but was given as"),
        of("both kinds in one", MANIFEST, both.to_string()).fails(1, "an image and an index at the same time"),
        of("both kinds, without a type", "application/json", both.to_string()).fails(1, "at the same time"),
        of(
            "schema 1",
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            r#"{"schemaVersion":1,"fsLayers":[]}"#,
        )
        .fails(1, "a schema 1 manifest"),
        of("50 MB", MANIFEST, with("annotations", json!({ "a": "x".repeat(50 << 20) })).to_string())
            .fails(1, "more than the 4 MiB"),
        of("nothing", MANIFEST, "").fails(1, "not a manifest"),
        of("a page", "text/html", "<html><title>Log in</title></html>").fails(1, "not a manifest"),
        of("null", MANIFEST, "null").fails(1, "not a manifest"),
        of("a list", MANIFEST, "[]").fails(1, "not a manifest"),
        of("duplicate keys", MANIFEST, duplicate).fails(1, "duplicate field"),
        of("a size out of range", MANIFEST, sized("99999999999999999999999")).fails(1, "not a manifest"),
        of("a negative size", MANIFEST, sized("-1")).fails(1, "not a manifest"),
        of("a size that is a fraction", MANIFEST, sized("1.5")).fails(1, "not a manifest"),
        of("a size that is a text", MANIFEST, sized("\"2\"")).fails(1, "not a manifest"),
        of("not UTF-8", MANIFEST, [&b"{\"schemaVersion\":2,\"x\":\""[..], &[0xff, 0xfe], b"\"}"].concat())
            .fails(1, "not a manifest"),
        of("trailing data", MANIFEST, format!("{} {{}}", image())).fails(1, "not a manifest"),
        of("a digest that is a path", MANIFEST, no_digest.to_string()).fails(1, "not a manifest"),
        of("a digest in upper case", MANIFEST, upper.to_string()).fails(1, "not a manifest"),
        of("nested 10,000 deep", MANIFEST, format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)))
            .fails(1, "not a manifest"),
    ];
    check(rows.map(|row| row.asks(Place::GetManifest, 1).asks(Place::GetBlob, 0)));
}

/// What is right as a document, and leads to nothing good.
#[test]
fn graphs() {
    // Each is the only entry of the next one.
    let mut nest = vec![image().to_string()];
    for _ in 0..100 {
        let inner = nest.last().expect("it has one").clone();
        let media_type = if nest.len() == 1 { MANIFEST } else { INDEX };
        nest.push(index(vec![pointer(media_type, inner.as_bytes())]).to_string());
    }
    let nested = move |asked: &Asked| {
        let wanted = asked.target.rsplit_once('/').expect("a path").1;
        let named = nest.iter().find(|text| Digest::of(text.as_bytes()).to_string() == wanted);
        let text = named.or(nest.last()).expect("it has one");
        let media_type = if text.contains("manifests") { INDEX } else { MANIFEST };
        Deed::Answer(Said::new(200, text.clone()).with("content-type", media_type))
    };
    let many = |count: usize| {
        let entry =
            |number: usize| json!({ "digest": Digest::of(&number.to_le_bytes()), "size": 1, "mediaType": MANIFEST });
        index((0..count).map(entry).collect()).to_string()
    };
    let cycle = index(vec![pointer(INDEX, b"itself")]).to_string();
    check([
        Row::pull("nested 100 deep").of_nothing().always(Place::GetManifest, nested).fails(1, "more than 16 levels"),
        of("100,000 entries", INDEX, many(100_000)).fails(1, "more than the 4 MiB").asks(Place::GetManifest, 1),
        of("20,000 entries", INDEX, many(20_000)).fails(1, "more than 10000 things").asks(Place::GetManifest, 1),
        // No document can name its own digest; one that is given for every digest is not what it should be.
        of("a circle", INDEX, cycle).fails(6, "damaged"),
        // It is what it is, and may be wanted.
        of("an empty index", INDEX, index(vec![]).to_string()),
    ]);
}

/// A descriptor may carry its content. When that is not what its digest says, nobody takes it.
#[test]
fn embedded_content() {
    use base64::Engine as _;
    let rows = [("right", &b"{}"[..]), ("wrong", b"[]"), ("too long", b"{}{}{}")].map(|(name, data)| {
        let mut document = image();
        document["config"]["data"] = base64::prelude::BASE64_STANDARD.encode(data).into();
        let body = document.to_string();
        Row::pull(format!("data that is {name}")).of_nothing().options("--retry 1").fault(move |asked| match Place::of(
            asked,
        ) {
            Place::GetManifest => Deed::Answer(Said::new(200, body.clone()).with("content-type", MANIFEST)),
            Place::GetBlob => Deed::Answer(Said::new(200, "{}")),
            _ => Deed::Pass,
        })
    });
    check(rows);
}
