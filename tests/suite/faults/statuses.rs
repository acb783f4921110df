//! Answers that ask for patience, on every request there is: once, three times, and for ever.

use std::time::{Duration, SystemTime};

use super::{Deed, KIB, Place, Row, Said, check, limit, no};
use crate::support::Asked;

/// Those that ask to come back.
const PASSING: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];

/// Every request of a push and of a pull.
const PLACES: [Place; 9] = [
    Place::HeadManifest,
    Place::HeadBlob,
    Place::Post,
    Place::Patch,
    Place::PutBlob,
    Place::PutManifest,
    Place::GetManifest,
    Place::GetBlob,
    Place::Token,
];

/// A row for a place: the operation that makes this request, through something that makes it necessary.
fn row(place: Place, name: String, times: usize, deed: impl Fn(&Asked) -> Deed + Send + 'static) -> Row {
    let row = match place {
        Place::GetManifest | Place::GetBlob => Row::pull(name),
        _ => Row::push(name).layer(400 * KIB),
    };
    let mut left = times;
    row.fault(move |asked| {
        if place.is(asked) && left > 0 {
            left -= 1;
            return deed(asked);
        }
        match place {
            // In parts, because no whole one gets through.
            Place::Patch => limit(asked, 256 * KIB).unwrap_or(Deed::Pass),
            Place::Token => with_tokens(asked).unwrap_or(Deed::Pass),
            _ => Deed::Pass,
        }
    })
}

/// A registry that gives nothing without a token, and gives everybody one.
fn with_tokens(asked: &Asked) -> Option<Deed> {
    match (Place::of(asked), asked.header("authorization")) {
        (Place::Token, _) => Some(Deed::Answer(Said::new(200, r#"{"token":"t","expires_in":300}"#))),
        (_, None) => {
            let challenge = format!("Bearer realm=\"http://{}/token\",service=\"r\"", asked.host());
            Some(Deed::Answer(no(401, "UNAUTHORIZED", "who is it?").with("www-authenticate", &challenge)))
        }
        _ => None,
    }
}

fn busy(status: u16) -> Said {
    no(status, "BUSY", "not just now")
}

/// Once and three times, and everything goes well; no byte goes twice but those of the request that was refused.
#[test]
fn passing_statuses() {
    let rows = PASSING.iter().flat_map(|status| PLACES.map(|place| (*status, place)));
    let rows = rows.flat_map(|(status, place)| [1, 3].map(|times| (status, place, times)));
    check(rows.map(|(status, place, times)| {
        let name = format!("{status} on {place:?}, {times} times");
        let most = match place {
            Place::PutBlob => 100 * (times as u64 + 1),
            // What was too large, and half of it for each refusal.
            Place::Patch => 200 + 50 * times as u64,
            _ => 100,
        };
        row(place, name, times, move |_| Deed::Answer(busy(status))).sends_at_most(most)
    }));
}

/// For ever: a bounded number of tries, code 5, and the registry's own words. A HEAD has none.
#[test]
fn statuses_that_do_not_pass() {
    let rows = PASSING.iter().flat_map(|status| PLACES.map(|place| (*status, place)));
    check(rows.map(|(status, place)| {
        let row =
            row(place, format!("{status} on {place:?} for ever"), usize::MAX, move |_| Deed::Answer(busy(status)));
        let row = match place {
            Place::HeadManifest | Place::HeadBlob => row.fails(5, &format!("HTTP {status}")),
            Place::Token => row.fails(5, "BUSY: not just now").says(&format!("failed: {status}")),
            _ => row.fails(5, "BUSY: not just now").says(&format!("(HTTP {status}")),
        };
        let row = match place {
            // Of two blobs at the same time.
            Place::HeadBlob | Place::Post | Place::PutBlob | Place::Patch | Place::GetBlob => row,
            // For two blobs and the manifest at the same time.
            Place::Token => row,
            _ => row.asks(place, 3),
        };
        row.options("--retry 2")
    }));
}

/// When to come back is respected, as seconds and as a date; too long is said at once.
#[test]
fn times_to_come_back() {
    let mut rows = Vec::new();
    for status in [429, 503] {
        for place in PLACES {
            let name = |when: &str| format!("{status} on {place:?}, to come back {when}");
            let after = |when: &'static str| move |_: &Asked| Deed::Answer(busy(status).with("retry-after", when));
            rows.push(row(place, name("in a second"), 1, after("1")).takes_at_least(Duration::from_secs(1)));
            rows.push(row(place, name("in no time"), 3, after("0")));
            rows.push(row(place, name("some time"), 1, after("soon")));
            let row = row(place, name("in an hour"), usize::MAX, after("3600"));
            rows.push(row.fails(5, &status.to_string()).says("come back in 3600 s"));
        }
        // In whole seconds: the second after the next one is one second away at least.
        let date = move |_: &Asked| {
            let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
            Deed::Answer(busy(status).with("retry-after", &date))
        };
        let name = format!("{status} on PutManifest, to come back at a time");
        rows.push(row(Place::PutManifest, name, 1, date).takes_at_least(Duration::from_secs(1)));
        let past = move |_: &Asked| Deed::Answer(busy(status).with("retry-after", "Fri, 20 Nov 2015 20:00:00 GMT"));
        rows.push(row(Place::Post, format!("{status} on Post, to come back at a time that is past"), 1, past));
    }
    check(rows);
}
