//! `--progress json`: what the program really prints is what `docs/schemas/events.schema.json` says.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::support::{Image, Ran, Registry, Sandbox, answer};

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../../docs/schemas/events.schema.json")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// The events of a run, each of which is as the schema says.
#[track_caller]
fn events(ran: &Ran) -> Vec<Value> {
    let schema = schema();
    let lines = ran.err.lines().filter(|line| line.starts_with('{'));
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("an object")).collect();
    for event in &events {
        schema.validate(event).unwrap_or_else(|error| panic!("{error}: {event}"));
    }
    events
}

/// Begins with `start` and ends with `summary`, which is given.
#[track_caller]
fn one_transfer(ran: &Ran, operation: &str) -> Value {
    let events = events(ran);
    let (Some(first), Some(last)) = (events.first(), events.last()) else { panic!("no events: {ran}") };
    assert_eq!(*first, json!({"event": "start", "version": 1, "operation": operation}), "{ran}");
    assert_eq!((&last["event"], &last["operation"]), (&json!("summary"), &json!(operation)), "{ran}");
    assert_eq!(events.iter().filter(|event| event["event"] == "summary").count(), 1, "{ran}");
    last.clone()
}

fn stage() -> (Sandbox, Registry, String) {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("app.tar", Image::with("hello").docker_24(&["my-fancy-app:1.0.0"]).bytes());
    let name = registry.name("app:1");
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag my-fancy-app:1.0.0 {name}"));
    (sandbox, registry, name)
}

#[test]
fn push_pull_and_copy_print_what_the_schema_says() {
    let (sandbox, registry, name) = stage();
    let first = Sandbox::new_with(&sandbox, "app.tar").ok("load --progress json -i app.tar");
    assert_eq!(one_transfer(&first, "load")["moved"], 4);
    let cold = one_transfer(&sandbox.ok(&format!("push --progress json {name}")), "push");
    assert_eq!((&cold["moved"], &cold["existing"], &cold["unfinished"]), (&json!(4), &json!(0), &json!(0)));
    let again = one_transfer(&sandbox.ok(&format!("push --progress json {name}")), "push");
    assert_eq!((&again["moved"], &again["existing"], &again["bytesMoved"]), (&json!(0), &json!(4), &json!(0)));
    assert_eq!(again["bytesExisting"], cold["bytesMoved"]);

    let other = registry.name("other:1");
    sandbox.ok(&format!("tag {name} {other}"));
    let mounted = one_transfer(&sandbox.ok(&format!("push --progress json {other}")), "push");
    assert_eq!((&mounted["mounted"], &mounted["moved"]), (&json!(3), &json!(1)));

    let pulled = one_transfer(&Sandbox::new().ok(&format!("pull --progress json {name}")), "pull");
    assert_eq!((&pulled["moved"], &pulled["bytesMoved"]), (&json!(4), &cold["bytesMoved"]));

    let elsewhere = Registry::open();
    let copied = Sandbox::new().ok(&format!("copy --progress json {name} {}", elsewhere.name("app:1")));
    assert_eq!(one_transfer(&copied, "push")["moved"], 4);
    let saved = Sandbox::new().ok(&format!("copy --progress json {name} oci:layout"));
    assert_eq!(one_transfer(&saved, "save")["moved"], 4);
}

#[test]
fn retries_and_failures_are_events_too() {
    let (sandbox, registry, name) = stage();
    let left = AtomicU32::new(1);
    registry.on(move |request| {
        let is_upload = request.method == "PUT" && request.uri.path().contains("/blobs/");
        let fails =
            is_upload && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        fails.then(|| answer(502, &[], ""))
    });
    let ran = sandbox.ok(&format!("push --progress json {name}"));
    assert_eq!(one_transfer(&ran, "push")["retries"], 1);
    let retrying: Vec<Value> = events(&ran).into_iter().filter(|event| event["state"] == "retrying").collect();
    assert!(matches!(&retrying[..], [event] if event["retry"] == 1), "{ran}");

    let denied = Registry::open();
    denied.on(|request| (request.method == "PUT").then(|| answer(403, &[], "")));
    sandbox.ok(&format!("tag {name} {}", denied.name("app:1")));
    let ran = sandbox.rpush(&format!("push --progress json {}", denied.name("app:1")));
    assert_eq!(ran.code, 4, "{ran}");
    assert_ne!(one_transfer(&ran, "push")["unfinished"], 0);
}

/// The schema is no sieve.
#[test]
fn what_is_no_event_is_refused() {
    let schema = schema();
    for event in [
        json!({}),
        json!([]),
        json!({"event": "other"}),
        json!({"event": "start", "version": 2, "operation": "push"}),
        json!({"event": "state", "digest": "sha256:0", "state": "other"}),
        json!({"event": "state", "digest": "sha256:0", "state": "retrying"}),
        json!({"event": "state", "digest": "sha256:0", "state": "finished", "outcome": "mounted"}),
        json!({"event": "piece", "digest": "no digest", "mediaType": "a/b", "size": 1}),
        json!({"event": "bytes", "bytes": -1, "total": 0, "bytesPerSecond": 0, "piecesDone": 0, "pieces": 0}),
    ] {
        assert!(!schema.is_valid(&event), "{event}");
    }
}
