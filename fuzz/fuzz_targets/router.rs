//! Any request line is a route or a refusal, and no route leaves the registry's directory.

#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;
use rpush::server::surface;

const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "BREW"];

fuzz_target!(|input: (u8, &str)| {
    let (method, target) = input;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match surface::request(METHODS[usize::from(method) % METHODS.len()], path, query) {
        Ok(directories) => {
            for directory in directories {
                let is_inside = directory.components().all(|part| match part {
                    // What begins otherwise is the registry's own, or worse.
                    Component::Normal(part) => part.as_encoded_bytes().first().is_some_and(u8::is_ascii_alphanumeric),
                    _ => false,
                });
                assert!(is_inside && !directory.to_string_lossy().contains(['\\', '\0']), "{directory:?}");
                assert!(directory.components().count() > 0, "{directory:?}");
            }
        }
        Err(status) => assert!((400..500).contains(&status), "{status}"),
    }
});
