//! Registries that take uploads in their own way, or refuse them in their own words.

use super::{Deed, KIB, MIB, Place, Row, check, limit, no, with_header};
use crate::support::{Asked, Said};

/// The layers of this size go in parts.
const LARGE: u64 = 33 * MIB;

/// Bodies above 256 KiB are refused, so that what is larger goes in parts. A rule that comes first decides before that.
fn in_parts(mut rule: impl FnMut(&Asked) -> Option<Deed> + Send + 'static) -> impl FnMut(&Asked) -> Deed + Send {
    move |asked| rule(asked).or_else(|| limit(asked, 256 * KIB)).unwrap_or(Deed::Pass)
}

/// The same for the requests to one place, so many of them.
fn parts_meet(
    times: usize,
    place: Place,
    deed: impl Fn(&Asked) -> Deed + Send + 'static,
) -> impl FnMut(&Asked) -> Deed + Send {
    let mut left = times;
    in_parts(move |asked| {
        let meets = place.is(asked) && asked.length > 1000 && left > 0;
        left -= usize::from(meets);
        meets.then(|| deed(asked))
    })
}

fn status(status: u16) -> impl Fn(&Asked) -> Deed + Send + Clone + 'static {
    move |_| Deed::Answer(Said::new(status, ""))
}

fn edited(status: u16) -> Deed {
    Deed::Edit(Box::new(move |said| Said { status, ..said }))
}

/// 413: by a proxy, on the whole blob or on parts.
#[test]
fn bodies_that_are_too_large() {
    let largest = |most: u64| move |asked: &Asked| limit(asked, most).unwrap_or(Deed::Pass);
    check([
        Row::push("413 above 256 KiB: in parts that fit").layer(400 * KIB).fault(largest(256 * KIB)).sends_at_most(200),
        Row::push("413 above 100 KiB").layer(MIB).fault(largest(100 * KIB)).sends_at_most(300),
        Row::push("413 above 20 KiB names the limit")
            .layer(400 * KIB)
            .fault(largest(20 * KIB))
            .fails(1, "HTTP 413")
            .says("client_max_body_size"),
        Row::push("413 above 20 KiB for what the registry wants in one piece")
            .layer(400 * KIB)
            .fault(|asked| match Place::of(asked) {
                Place::Post => with_header("oci-chunk-min-length", "1000000"),
                _ => limit(asked, 256 * KIB).unwrap_or(Deed::Pass),
            })
            .fails(1, "HTTP 413"),
        Row::push("413 from the registry on a manifest")
            .always(Place::PutManifest, |_| Deed::Answer(no(413, "MANIFEST_INVALID", "too large")))
            .fails(1, "MANIFEST_INVALID: too large (HTTP 413")
            .asks(Place::PutManifest, 1),
        // ocx-sh/ocx#237
        Row::push("4 MiB a PATCH, and a PUT of any size, as with GitHub")
            .layer(LARGE)
            .fault(|asked| match Place::of(asked) {
                Place::Patch => limit(asked, 4 * MIB).unwrap_or(Deed::Pass),
                _ => Deed::Pass,
            })
            .sends_at_most(130),
        Row::push("4 MiB a body").layer(LARGE).fault(largest(4 * MIB)).sends_at_most(130),
    ]);
}

/// Registries that take no parts say so in many ways, or not at all.
#[test]
fn parts_that_are_not_taken() {
    let refusing = |said: Said| {
        Row::push(format!("no parts: {} {}", said.status, String::from_utf8_lossy(&said.body)))
            .layer(LARGE)
            .always(Place::Patch, move |_| Deed::Answer(said.clone()))
            .sends_at_most(151)
    };
    let mut rows = vec![
        refusing(no(405, "UNSUPPORTED", "no chunks")),
        refusing(no(404, "NOT_FOUND", "no such thing")),
        refusing(no(400, "BLOB_UPLOAD_INVALID", "what?")),
        refusing(Said::new(415, "")),
        refusing(Said::new(501, "")),
    ];
    // aws/containers-roadmap#2831: a part is answered as if it was the last, and later ones are dropped.
    let mut seen = 0;
    let ecr = move |asked: &Asked| {
        seen += usize::from(Place::Patch.is(asked));
        match Place::of(asked) {
            Place::Patch if seen > 1 => Deed::Answer(Said::new(201, "").with("location", &asked.target)),
            Place::Patch => edited(201),
            _ => Deed::Pass,
        }
    };
    rows.push(Row::push("parts are answered with 201 and dropped").layer(LARGE).fault(ecr).sends_at_most(150));
    // The same by one that says 202, with what it would have if it had kept them.
    let mut end = 0;
    let dropping = move |asked: &Asked| match Place::of(asked) {
        Place::Patch => {
            end += asked.length;
            let range = format!("0-{}", end - 1);
            Deed::Answer(Said::new(202, "").with("location", &asked.target).with("range", &range))
        }
        _ => Deed::Pass,
    };
    rows.push(Row::push("parts are answered with 202 and dropped").layer(LARGE).fault(dropping).sends_at_most(230));
    check(rows);
}

/// What comes of answers in the middle of an upload.
#[test]
fn uploads_that_go_astray() {
    let lost = || move |_: &Asked| Deed::Answer(no(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"));
    let mut rows = Vec::new();
    for (place, most) in [(Place::Patch, 250), (Place::PutBlob, 300)] {
        // The registry has what it has, and says so.
        rows.push(
            Row::push(format!("416 on {place:?}, once"))
                .layer(400 * KIB)
                .fault(parts_meet(1, place, status(416)))
                .sends_at_most(most),
        );
        rows.push(
            Row::push(format!("the session is lost on {place:?}, once"))
                .layer(400 * KIB)
                .fault(parts_meet(1, place, lost()))
                .sends_at_most(most),
        );
        rows.push(
            Row::push(format!("the session is lost on {place:?}, for ever"))
                .layer(400 * KIB)
                .options("--retry 2")
                .fault(parts_meet(usize::MAX, place, lost()))
                .fails(3, "BLOB_UPLOAD_UNKNOWN: blob upload unknown to registry (HTTP 404"),
        );
        rows.push(
            Row::push(format!("416 on {place:?}, for ever"))
                .layer(400 * KIB)
                .options("--retry 2")
                .fault(parts_meet(usize::MAX, place, status(416)))
                .fails(1, "HTTP 416"),
        );
    }
    // The session is gone indeed: what was sent is lost with it.
    let mut gone = false;
    rows.push(Row::push("the session is lost, and its status too").layer(400 * KIB).sends_at_most(300).fault(
        in_parts(move |asked| match Place::of(asked) {
            Place::PutBlob if asked.length == 200 * KIB && !gone => {
                gone = true;
                Some(Deed::Answer(no(404, "BLOB_UPLOAD_UNKNOWN", "gone")))
            }
            Place::Status => Some(Deed::Answer(no(404, "BLOB_UPLOAD_UNKNOWN", "gone"))),
            _ => None,
        }),
    ));
    for status in [200, 202, 204] {
        rows.push(Row::push(format!("{status} for 201 on a blob")).always(Place::PutBlob, move |_| edited(status)));
        rows.push(
            Row::push(format!("{status} for 201 on a manifest")).always(Place::PutManifest, move |_| edited(status)),
        );
        rows.push(
            Row::push(format!("{status} for 201 on a blob that is not there"))
                .options("--retry 2")
                .always(Place::PutBlob, move |_| Deed::Answer(Said::new(status, "")))
                .fails(1, &format!("HTTP {status}")),
        );
    }
    let other = || with_header("docker-content-digest", format!("sha256:{}", "0".repeat(64)));
    rows.push(
        Row::push("201 with another digest on a blob that is there all the same")
            .always(Place::PutBlob, move |_| other()),
    );
    rows.push(
        Row::push("201 with another digest on a blob that is not there")
            .always(Place::PutBlob, |_| {
                let digest = format!("sha256:{}", "0".repeat(64));
                Deed::Answer(Said::new(201, "").with("docker-content-digest", &digest))
            })
            .fails(1, "the registry stored it as sha256:0000"),
    );
    rows.push(
        Row::push("201 with another digest on a manifest")
            .always(Place::PutManifest, move |_| other())
            .fails(1, "the registry stored it as sha256:0000")
            .too_late(),
    );
    check(rows);
}

/// What a registry says of how far an upload has come.
#[test]
fn ranges() {
    let range = |value: &'static str| move |_: &Asked| with_header("range", value);
    let mut rows = Vec::new();
    for (name, value, most) in [
        ("missing", "", 200),
        ("with a unit", "bytes=0-204799", 200),
        // What the registry says that it lacks is sent again, in one piece.
        ("0-0", "0-0", 300),
        ("before the beginning of the part", "0-99", 300),
        ("beyond what was sent", "0-999999", 300),
        ("beyond all numbers", "0-99999999999999999999999", 200),
        ("garbage", "some", 200),
    ] {
        let row = Row::push(format!("Range {name}")).layer(400 * KIB);
        rows.push(row.fault(parts_meet(usize::MAX, Place::Patch, range(value))).sends_at_most(most));
    }
    for (least, most) in [("1", 100), ("300000", 100), ("nonsense", 100), ("99999999999", 100)] {
        let row = Row::push(format!("OCI-Chunk-Min-Length: {least}")).sends_at_most(most);
        rows.push(row.always(Place::Post, move |_| with_header("oci-chunk-min-length", least)));
    }
    check(rows);
}

/// A no comes in many forms, and each is shown as far as it says something.
#[test]
fn refusals() {
    let html = "<html><head><title>Access denied by the company</title></head><body>x</body></html>";
    let quota = r#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied",
        "detail":"adding 1 GiB of storage would exceed the quota of 10 GiB"}]}"#;
    let huge = || "x".repeat(10 * 1024 * 1024);
    let mut rows = Vec::new();
    for place in [Place::HeadBlob, Place::Post, Place::PutBlob, Place::PutManifest] {
        // A HEAD has no words, so a GET asks for them.
        let row = Row::push(format!("403 with a page on {place:?}")).fault(move |asked| {
            let is_it = place.is(asked) || (place == Place::HeadBlob && Place::GetBlob.is(asked));
            match is_it {
                true => Deed::Answer(Said::new(403, html).with("content-type", "text/html")),
                false => Deed::Pass,
            }
        });
        let row = row.fails(4, "Access denied by the company (HTTP 403").says("rpush login");
        rows.push(if place == Place::PutManifest { row.asks(place, 1) } else { row });
    }
    for place in [Place::Post, Place::PutManifest] {
        let row =
            Row::push(format!("a quota on {place:?}")).always(place, move |_| Deed::Answer(Said::new(403, quota)));
        rows.push(row.fails(4, "DENIED").says("denied: adding 1 GiB of storage would exceed the quota of 10 GiB"));
    }
    for (name, body, words) in [
        ("text", b"no room left\nat all".to_vec(), "no room left (HTTP 507"),
        ("nothing", Vec::new(), "HTTP 507"),
        ("10 MB", huge().into_bytes(), "xxxxxxxx"),
        ("10 MB of JSON", format!(r#"{{"errors":[{{"message":"{}"}}]}}"#, huge()).into_bytes(), "HTTP 507"),
        ("what is no text", vec![0xff, 0x1b, b'[', b'2', b'J'], "HTTP 507"),
        ("other JSON", b"[1]".to_vec(), "[1] (HTTP 507"),
        ("errors that are none", br#"{"errors":["x",1,null,{}]}"#.to_vec(), "HTTP 507"),
    ] {
        let row = Row::push(format!("507 with {name}")).options("--retry 1");
        let row = row.always(Place::PutManifest, move |_| Deed::Answer(Said::new(507, body.clone())));
        rows.push(row.fails(5, words).hides("\u{1b}").asks(Place::PutManifest, 1));
    }
    for place in [Place::HeadManifest, Place::HeadBlob] {
        // It exists, and the registry only has no HEAD: what is there is found by other means, or sent.
        rows.push(
            Row::push_again(format!("404 on {place:?} of what is there"))
                .always(place, |_| Deed::Answer(Said::new(404, ""))),
        );
        rows.push(
            Row::push_again(format!("405 on {place:?} of what is there"))
                .always(place, |_| Deed::Answer(Said::new(405, ""))),
        );
        rows.push(
            Row::push(format!("405 on {place:?} of what is not there"))
                .always(place, |_| Deed::Answer(Said::new(405, ""))),
        );
    }
    rows.push(Row::push_again("of what is there nothing is sent").sends_at_most(0).asks(Place::HeadManifest, 1));
    check(rows);
}
