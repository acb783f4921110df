//! Connections that break, stall or are slow, at every request and at every point of one.

use std::time::Duration;

use rpush::server::{Config, Tls};

use super::{Deed, MIB, Place, Row, check};
use crate::support::Ending::{Closed, Reset};
use crate::support::{Asked, Authority, Fate, Link, Registry, Sandbox, percent, stage_large};

/// The requests of a push that have no blob in them.
const SMALL: [Place; 4] = [Place::HeadManifest, Place::HeadBlob, Place::Post, Place::PutManifest];

const SOON: &str = "--stall-timeout 300ms";

/// Of a body, what has arrived is not sent again; at whatever byte the connection ends, and how.
#[test]
fn connections_that_break_in_an_upload() {
    let mut rows = Vec::new();
    for (how, ending) in [("closed", Closed), ("reset", Reset)] {
        for (what, bytes) in [("before the body", 0), ("inside the body", MIB), ("after the body", u64::MAX)] {
            for times in [1, 3] {
                let row = Row::push(format!("{how} {what}, {times} times")).layer(3 * MIB).sends_at_most(110);
                rows.push(row.times(times, Place::PutBlob, move |_| Deed::CutRequest(bytes, ending)));
            }
        }
        let row = Row::push(format!("{how} inside each body after 1 MiB")).layer(4 * MIB).sends_at_most(110);
        rows.push(row.always(Place::PutBlob, move |_| Deed::CutRequest(MIB, ending)));
        let row = Row::push(format!("{how} before each body")).options("--retry 2").layer(3 * MIB).sends_at_most(0);
        let row = row.always(Place::PutBlob, move |_| Deed::CutRequest(0, ending));
        rows.push(row.fails(5, "cannot push").says("the connection was closed"));
        let row = Row::push(format!("{how}, and the answer to the blob is lost with it")).layer(3 * MIB);
        rows.push(row.sends_at_most(100).always(Place::PutBlob, move |_| Deed::LoseAnswer(ending)));
    }
    check(rows);
}

/// A request is sent again; what has been done already, is found.
#[test]
fn connections_that_break_elsewhere() {
    let mut rows = Vec::new();
    for place in SMALL {
        for (how, ending) in [("closed", Closed), ("reset", Reset)] {
            for times in [1, 3] {
                let name = |what: &str| format!("{how} {what} {place:?}, {times} times");
                let row = Row::push(name("before")).times(times, place, move |_| Deed::CutRequest(0, ending));
                rows.push(row.sends_at_most(100));
                let row = Row::push(name("after")).times(times, place, move |_| Deed::LoseAnswer(ending));
                rows.push(row.sends_at_most(100));
            }
        }
        let row = Row::push(format!("reset before each {place:?}")).options("--retry 2");
        let row = row.always(place, |_| Deed::CutRequest(0, Reset)).fails(5, "the connection was closed");
        // One each for two blobs.
        rows.push(if matches!(place, Place::HeadManifest | Place::PutManifest) { row.asks(place, 3) } else { row });
    }
    let mut count = 0;
    rows.push(Row::push("each connection is good for one request").fault(move |asked| {
        count += 1;
        // As a server that restarts: what is kept alive is found dead.
        if count % 2 == 0 && asked.length == 0 { Deed::CutRequest(0, Reset) } else { Deed::Pass }
    }));
    check(rows);
}

/// Nobody is told when a machine on the way goes away: what does not move is made anew.
#[test]
fn connections_that_stall() {
    let mut rows = Vec::new();
    for place in SMALL {
        let row = Row::push(format!("no answer to {place:?}, once")).options(SOON).sends_at_most(100);
        rows.push(row.once(place, |_| Deed::Silence));
    }
    for (times, name) in [(1, "once"), (3, "three times")] {
        let row = Row::push(format!("an upload stalls, {name}")).options(SOON).layer(8 * MIB);
        rows.push(row.times(times, Place::PutBlob, |asked| match asked.length > MIB {
            true => Deed::StallRequest(MIB),
            false => Deed::Pass,
        }));
        let row = Row::pull(format!("a download stalls, {name}")).options(SOON).layer(4 * MIB);
        rows.push(row.times(times, Place::GetBlob, |_| Deed::StallAnswer(MIB)));
    }
    for place in [Place::GetManifest, Place::GetBlob] {
        let row = Row::pull(format!("no answer to {place:?}, once")).options(SOON);
        rows.push(row.once(place, |_| Deed::Silence));
        let row = Row::pull(format!("no answer to {place:?}, ever")).options(format!("{SOON} --retry 1"));
        rows.push(row.always(place, |_| Deed::Silence).fails(5, "nothing moved for 0.3 s"));
    }
    let row = Row::push("no answer to a body that was taken, ever").options(SOON).layer(MIB).sends_at_most(100);
    rows.push(row.always(Place::PutBlob, |_| Deed::Silence));
    let row = Row::push("no answer to a manifest that was taken, ever").options(SOON).sends_at_most(100);
    rows.push(row.always(Place::PutManifest, |_| Deed::Silence));
    let row = Row::push("no answer to HeadManifest, ever").options(format!("{SOON} --retry 1"));
    rows.push(row.always(Place::HeadManifest, |_| Deed::Silence).fails(5, "nothing moved for 0.3 s"));
    check(rows);
}

/// What is slow is not dead.
#[test]
fn connections_that_are_slow() {
    let slow = |_: &Asked| Deed::Late(Duration::from_millis(200), Box::new(Deed::Pass));
    let thinking = |time: Duration| {
        move |_: &Asked| {
            Deed::Edit(Box::new(move |said| {
                std::thread::sleep(time);
                said
            }))
        }
    };
    let second = Duration::from_secs(1);
    check([
        Row::push("200 ms for each request").options("--stall-timeout 2s").fault(slow).sends_at_most(100),
        Row::pull("200 ms for each request").options("--stall-timeout 2s").fault(slow),
        Row::push("a second to commit a blob")
            .options(SOON)
            .always(Place::PutBlob, thinking(second))
            .sends_at_most(100),
        Row::push("a second to commit a manifest").options(SOON).always(Place::PutManifest, thinking(second)),
        Row::push("100 Continue before each answer").fault(|_| Deed::Interim(100)).sends_at_most(100),
        Row::push("103 Early Hints before each answer").fault(|_| Deed::Interim(103)).sends_at_most(100),
        Row::pull("103 Early Hints before each answer").fault(|_| Deed::Interim(103)),
    ]);
}

/// TLS is broken off without a word, in the middle of a body.
#[test]
fn tls_that_is_broken_off() {
    let sandbox = Sandbox::new();
    let tls: Tls = Authority::new(&sandbox, "authority").vouch(&sandbox, "localhost");
    let registry = Registry::start(Config { tls: Some(tls), ..Config::default() });
    stage_large(&sandbox);
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterSending(20 * MIB));
    let pushed = sandbox.ok(&format!("push --from oci:image --ca-file authority.pem {}", link.name("app:1")));
    assert!(percent(link.sent()) <= 110, "{} % of the layer was sent", percent(link.sent()));
    let link = Link::to(&registry.host(), |_| Fate::BreaksAfterReceiving(20 * MIB));
    let pulled = sandbox.ok(&format!("pull --ca-file authority.pem {}", link.name("app:1")));
    assert_eq!(pulled.digest(), pushed.digest());
    assert!(percent(link.received()) <= 110, "{} % of the layer came", percent(link.received()));
    sandbox.verify_blobs();
}
