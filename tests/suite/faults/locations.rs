//! Where a registry says that an upload goes on. It is taken at its word where that is safe, repaired where a reverse proxy has
//! spoilt it, and told where it makes no sense.

use std::sync::{Arc, Mutex};

use super::{Deed, Place, Row, check, with_header};
use crate::support::{Asked, Saboteur, Said};

/// The registry's answer with another address in it.
fn elsewhere(change: impl Fn(&str, &str) -> String + Send + Clone + 'static) -> impl FnMut(&Asked) -> Deed + Send {
    move |asked| {
        let (change, host) = (change.clone(), asked.host().to_owned());
        Deed::Edit(Box::new(move |said| {
            let old = said.header("location").expect("an upload goes on somewhere").to_owned();
            // Without the host, whatever the registry writes.
            let path = old.find("/v2/").map_or(old.as_str(), |at| &old[at..]).to_owned();
            said.with("location", &change(&host, &path))
        }))
    }
}

fn row(name: &str, change: impl Fn(&str, &str) -> String + Send + Clone + 'static) -> Row {
    Row::push(format!("Location {name}")).always(Place::Post, elsewhere(change))
}

#[test]
fn forms() {
    check([
        row("with a path", |_, path| path.to_owned()).sends_at_most(100),
        row("whole", |host, path| format!("http://{host}{path}")).sends_at_most(100),
        row("relative", |_, path| format!("../../../..{path}")).sends_at_most(100),
        row("with a query", |_, path| format!("{path}?_state=a%2Fb%3D&x")).sends_at_most(100),
        row("with an empty query", |_, path| format!("{path}?")).sends_at_most(100),
        row("with a fragment", |_, path| format!("{path}#x")).sends_at_most(100),
        row("without a scheme", |host, path| format!("//{host}{path}")).sends_at_most(100),
        row("with the port of another server", |_, path| format!("http://localhost:1{path}"))
            .sends_at_most(100)
            .says("set `Host: localhost:"),
        row("without a port", |_, path| format!("http://localhost{path}")).sends_at_most(100),
        row("with https where it is http", |host, path| format!("https://{host}{path}"))
            .sends_at_most(100)
            .says("X-Forwarded-Proto"),
        row("missing", |_, _| String::new()).fails(1, "no address to upload to (Location)"),
        row("empty", |_, _| " ".to_owned()).fails(1, "(Location)"),
        row("that is none", |_, _| "http://".to_owned()).fails(1, "an address that is none"),
        row("for another program", |_, _| "file:///etc/passwd".to_owned()).fails(1, "not HTTP"),
        row("to nobody", |_, path| format!("http://nobody.invalid{path}"))
            .options("--retry 1")
            .fails(5, "nobody.invalid"),
        row("of an upload that is none", |_, path| format!("{path}x"))
            .options("--retry 1")
            .fails(3, "BLOB_UPLOAD_UNKNOWN"),
    ]);
}

/// Another server takes the bytes, and hears of no credentials.
#[test]
fn another_host() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let storage = {
        let heard = heard.clone();
        Saboteur::before("localhost:1", move |asked| {
            heard.lock().expect("not poisoned").push(asked.clone());
            Deed::Answer(Said::new(403, "<Error>no signature</Error>"))
        })
    };
    let there = storage.host().replace("localhost", "127.0.0.1");
    let rule = move |asked: &Asked| match (asked.header("authorization"), Place::of(asked)) {
        (None, _) => Deed::Answer(Said::new(401, "").with("www-authenticate", "Basic realm=\"r\"")),
        (_, Place::Post) => {
            let location = format!("http://{there}/bucket/upload?signature=s3cr3t");
            Deed::Answer(Said::new(202, "").with("location", &location).with("set-cookie", "a=s3cr3t; Path=/"))
        }
        _ => Deed::Pass,
    };
    let row = Row::push("Location on another host").options("--creds alice:s3cr3t-word").fault(rule);
    check([row.fails(4, "HTTP 403").hides("signature=")]);
    let heard = heard.lock().expect("not poisoned");
    assert!(!heard.is_empty());
    for asked in heard.iter() {
        assert_eq!((asked.header("authorization"), asked.header("cookie")), (None, None), "{asked:?}");
    }
}

/// The address may change with every part, and need not be given again.
#[test]
fn from_part_to_part() {
    let parts = |name: &str, change: fn(&str, &str) -> String| {
        let mut elsewhere = elsewhere(change);
        Row::push(format!("after a part, Location {name}")).layer(400 * super::KIB).sends_at_most(200).fault(
            move |asked| match Place::of(asked) {
                Place::Patch => elsewhere(asked),
                _ => super::limit(asked, 256 * super::KIB).unwrap_or(Deed::Pass),
            },
        )
    };
    check([
        parts("with a query", |_, path| format!("{path}?part=2")),
        parts("whole", |host, path| format!("http://{host}{path}")),
        parts("missing", |_, _| String::new()),
        parts("with https where it is http", |host, path| format!("https://{host}{path}")),
        Row::push("without an id").always(Place::Post, |_| with_header("docker-upload-uuid", "")),
    ]);
}
