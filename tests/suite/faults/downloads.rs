//! Downloads that end early, lie, or lead elsewhere. What came is not fetched again where the registry gives the rest alone, and
//! nothing is stored that is not what its digest says.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use super::{Deed, KIB, MIB, Place, Row, check};
use crate::support::Ending::{Closed, Reset};
use crate::support::{Asked, Saboteur, Said};

const SIZE: u64 = 3 * MIB;

/// Downloads are cut after 1 MiB, so many times; what becomes of those that ask for the rest is decided by a rule.
fn cut(times: usize, mut rest: impl FnMut(&Asked) -> Deed + Send + 'static) -> impl FnMut(&Asked) -> Deed + Send {
    let mut left = times;
    move |asked| {
        let is_layer = Place::GetBlob.is(asked);
        if is_layer && asked.header("range").is_some() {
            return rest(asked);
        }
        let is_cut = is_layer && left > 0;
        left -= usize::from(is_cut);
        if is_cut { Deed::CutAnswer(MIB, Closed) } else { Deed::Pass }
    }
}

#[test]
fn cuts() {
    let mut rows = Vec::new();
    for (how, ending) in [("closed", Closed), ("reset", Reset)] {
        for times in [1, 3, usize::MAX] {
            let row = Row::pull(format!("{how} after 1 MiB, {times} times")).layer(SIZE);
            rows.push(row.times(times, Place::GetBlob, move |_| Deed::CutAnswer(MIB, ending)));
        }
        let row = Row::pull(format!("{how} before the first byte, for ever")).options("--retry 2");
        let row = row.always(Place::GetBlob, move |_| Deed::CutAnswer(0, ending));
        rows.push(row.fails(5, "the connection was closed"));
        let row = Row::pull(format!("{how} inside the manifest, once"));
        rows.push(row.once(Place::GetManifest, move |_| Deed::CutAnswer(100, ending)));
    }
    check(rows);
}

#[test]
fn ranges() {
    let range = |value: &'static str| {
        move |_: &Asked| Deed::Edit(Box::new(move |said: Said| said.with("content-range", value)))
    };
    let status = |status: u16| move |_: &Asked| Deed::Answer(Said::new(status, ""));
    check([
        // The config is cut after its last byte, and needs no rest.
        Row::pull("cut, and the rest is given").layer(SIZE).fault(cut(2, |_| Deed::Pass)).asks(Place::GetBlob, 3),
        Row::pull("cut, and Range is ignored").layer(SIZE).fault(cut(2, |_| Deed::Without("range"))),
        Row::pull("cut, and Range is refused with 416").layer(SIZE).fault(cut(2, status(416))),
        Row::pull("cut, and the rest begins too late")
            .layer(SIZE)
            .fault(cut(2, range("bytes 2000000-3145727/3145728"))),
        Row::pull("cut, and nobody says which rest it is").layer(SIZE).fault(cut(2, range(""))),
        Row::pull("cut, and the rest is garbage").layer(SIZE).fault(cut(2, range("some"))),
        Row::pull("cut, and the rest is refused with 403").layer(SIZE).fault(cut(2, status(403))).fails(4, "HTTP 403"),
        Row::pull("cut, and the rest is busy once").layer(SIZE).fault({
            let mut left = 1;
            cut(2, move |_| {
                let is_busy = left > 0;
                left = 0;
                if is_busy { Deed::Answer(Said::new(503, "")) } else { Deed::Pass }
            })
        }),
        Row::pull("cut, and the rest is said to begin earlier than it does")
            .layer(SIZE)
            .fault(cut(2, range("bytes 1000000-3145727/3145728"))),
    ]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

fn compressed() -> Deed {
    Deed::Edit(Box::new(|said| Said { body: gzip(&said.body), ..said }.with("content-encoding", "gzip")))
}

#[test]
fn lies() {
    let edit = |change: fn(Said) -> Said| move |_: &Asked| Deed::Edit(Box::new(change));
    let shorter = |said: Said| Said { length: Some(said.body.len() as u64 / 2), ..said };
    let longer = |said: Said| Said { length: Some(said.body.len() as u64 + 1000), ..said };
    let truncated = |said: Said| Said { body: said.body[..said.body.len() / 2].to_vec(), ..said };
    let flipped = |mut said: Said| {
        let middle = said.body.len() / 2;
        said.body[middle] ^= 1;
        said
    };
    let more = |mut said: Said| {
        said.body.extend_from_slice(b"and more");
        said
    };
    check([
        Row::pull("Content-Length is too short, once").once(Place::GetBlob, edit(shorter)),
        Row::pull("Content-Length is too short, three times").layer(MIB).times(3, Place::GetBlob, edit(shorter)),
        Row::pull("Content-Length is too long, once").once(Place::GetBlob, edit(longer)),
        Row::pull("Content-Length is too long, for ever").options("--retry 2").always(Place::GetBlob, edit(longer)),
        Row::pull("a short body, once").once(Place::GetBlob, edit(truncated)),
        Row::pull("a flipped byte, for ever").always(Place::GetBlob, edit(flipped)).fails(6, "is damaged"),
        Row::pull("a flipped byte in the manifest").always(Place::GetManifest, edit(flipped)).fails(6, "is damaged"),
        Row::pull("more than there is, for ever").always(Place::GetBlob, edit(more)).fails(6, "is damaged"),
        Row::pull("nothing, for ever")
            .options("--retry 1")
            .always(Place::GetBlob, edit(|said| Said { body: Vec::new(), ..said }))
            .fails(5, "the content ended early"),
        Row::pull("compressed by a proxy where that may be").always(Place::GetBlob, |asked| {
            match asked.header("accept-encoding") == Some("identity") {
                true => Deed::Pass,
                false => compressed(),
            }
        }),
        Row::pull("compressed by a proxy in spite of everything")
            .always(Place::GetBlob, |_| compressed())
            .fails(6, "is damaged"),
        // Some storages say so of what they were given compressed.
        Row::pull("said to be compressed, and the bytes are right")
            .always(Place::GetBlob, |_| Deed::Edit(Box::new(|said| said.with("content-encoding", "gzip")))),
        Row::pull("404 for a blob that the manifest names")
            .always(Place::GetBlob, |_| Deed::Answer(Said::new(404, "")))
            .fails(3, "HTTP 404"),
    ]);
}

fn redirected(location: String) -> Deed {
    Deed::Answer(Said::new(307, "").with("location", &location))
}

#[test]
fn redirects() {
    let hops = |count: usize| {
        move |asked: &Asked| match asked.target.split_once("?hop=") {
            _ if !Place::GetBlob.is(asked) => Deed::Pass,
            Some((_, hop)) if hop.parse().is_ok_and(|hop: usize| hop >= count) => Deed::Pass,
            Some((path, hop)) => redirected(format!("{path}?hop={}", hop.parse::<usize>().expect("a number") + 1)),
            None => redirected(format!("{}?hop=1", asked.target)),
        }
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let storage = {
        let heard = heard.clone();
        Saboteur::before("localhost:1", move |asked| {
            heard.lock().expect("not poisoned").push(asked.clone());
            let challenge = format!("Bearer realm=\"http://{}/token\",service=\"storage\"", asked.host());
            Deed::Answer(Said::new(401, "<Error>expired</Error>").with("www-authenticate", &challenge))
        })
    };
    let there = format!("http://127.0.0.1:{}", storage.host().rsplit_once(':').expect("a port").1);
    let guarded = |location: String| {
        move |asked: &Asked| match (asked.header("authorization"), Place::of(asked)) {
            (None, _) => Deed::Answer(Said::new(401, "").with("www-authenticate", "Basic realm=\"r\"")),
            (_, Place::GetBlob) => redirected(location.clone()),
            _ => Deed::Pass,
        }
    };
    let account = "--creds alice:s3cr3t-word";
    check([
        Row::pull("a chain of 5").fault(hops(5)).layer(200 * KIB),
        Row::pull("a chain of 10").fault(hops(10)),
        Row::pull("a chain of 11").fault(hops(11)).fails(1, "more than 10 redirects"),
        Row::pull("a loop").always(Place::GetBlob, |asked| redirected(asked.target.clone())).fails(1, "redirects"),
        Row::pull("to nowhere").always(Place::GetBlob, |_| Deed::Answer(Said::new(307, ""))).fails(1, "HTTP 307"),
        Row::pull("to what is no address").always(Place::GetBlob, |_| redirected("http://".into())).fails(1, "none"),
        Row::pull("to a file").always(Place::GetBlob, |_| redirected("file:///etc/passwd".into())).fails(1, "not HTTP"),
        Row::pull("to where nobody listens")
            .options("--retry 1")
            .always(Place::GetBlob, |_| redirected("http://127.0.0.1:1/blob?signature=s3cr3t".into()))
            .fails(5, "connection refused"),
        Row::pull("to a place that wants an account")
            .options(account)
            .fault(guarded(format!("{there}/blob?signature=s3cr3t")))
            .fails(4, "HTTP 401"),
    ]);
    let heard = heard.lock().expect("not poisoned");
    assert!(heard.iter().all(|asked| asked.header("authorization").is_none()), "{heard:?}");
    assert!(!heard.is_empty() && !heard.iter().any(|asked| Place::Token.is(asked)), "{heard:?}");
}
