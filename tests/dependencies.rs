//! What rpush is built of: licences that let everybody use it, one registry that it comes from, one TLS library, each large crate
//! once, and no crate that wants a newer Rust than rpush says.
//!
//! `cargo deny check licenses bans sources` would look at the same. It is not part of CI because building it takes longer than
//! everything else there, and its fourth check, of advisories, needs a database from another host; that one is worth a run by
//! hand before a release: `cargo deny check advisories`.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What everybody may use, as long as the text of the licence is kept.
const PERMISSIVE: [&str; 11] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
    // Mozilla's list of authorities, which is data and no code.
    "CDLA-Permissive-2.0",
];

/// Crates of which a second one would mean a second pool of connections, a second idea of trust, or a second runtime.
const ONCE: [&str; 11] = [
    "reqwest",
    "hyper",
    "hyper-util",
    "http",
    "rustls",
    "rustls-webpki",
    "aws-lc-rs",
    "tokio",
    "clap",
    "serde_json",
    "zstd",
];

/// Crates that must not come in by a back door: other TLS libraries, and what builds against the system's.
const NEVER: [&str; 7] = ["openssl", "openssl-sys", "native-tls", "libz-sys", "libssh2-sys", "libgit2-sys", "curl-sys"];

type Package = HashMap<String, String>;

/// The packages of `Cargo.lock`, each with its texts.
fn locked() -> Vec<Package> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = std::fs::read_to_string(path).expect("Cargo.lock");
    let member = |line: &str| {
        let (key, value) = line.split_once(" = ")?;
        Some((key.to_owned(), value.trim_matches('"').to_owned()))
    };
    lock.split("[[package]]").skip(1).map(|package| package.lines().filter_map(member).collect()).collect()
}

fn text<'a>(package: &'a Package, key: &str) -> &'a str {
    package.get(key).map(String::as_str).unwrap_or_default()
}

#[test]
fn everything_comes_from_crates_io_with_its_checksum() {
    for package in locked().iter().filter(|package| text(package, "name") != "rpush") {
        assert_eq!(text(package, "source"), "registry+https://github.com/rust-lang/crates.io-index", "{package:?}");
        assert_eq!(text(package, "checksum").len(), 64, "{package:?}");
    }
}

#[test]
fn large_crates_come_once_and_some_never() {
    let packages = locked();
    let versions = |name: &str| -> Vec<String> {
        let named = packages.iter().filter(|package| text(package, "name") == name);
        named.map(|package| text(package, "version").to_owned()).collect()
    };
    for name in ONCE {
        assert_eq!(versions(name).len(), 1, "{name}: {:?}", versions(name));
    }
    for name in NEVER {
        assert_eq!(versions(name), [""; 0], "{name}");
    }
}

/// Asks cargo, which needs the network only when the crates of other systems were never fetched.
fn metadata() -> Value {
    for more in [&["--offline"][..], &[]] {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["metadata", "--locked", "--format-version", "1"]).args(more);
        let output = command.output().expect("cargo runs");
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).expect("JSON");
        }
    }
    panic!("cargo metadata fails");
}

#[test]
fn every_licence_is_permissive() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "all of them");
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(permits(licence), "{} {}: `{licence}`", package["name"], package["version"]);
    }
}

/// `rust-version` in Cargo.toml is what people are told that they need. Clippy (`incompatible_msrv`) holds the standard library's
/// part of it; this is the part of the dependencies.
#[test]
fn no_dependency_wants_a_newer_rust() {
    fn version(text: &str) -> Vec<u32> {
        text.split('.').map(|part| part.parse().expect("a number")).chain([0, 0]).take(3).collect()
    }
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let own = packages.iter().find(|package| package["name"] == "rpush").expect("rpush is among them");
    let own = own["rust_version"].as_str().expect("Cargo.toml has a rust-version");
    for package in packages {
        let wanted = package["rust_version"].as_str().unwrap_or("1.0");
        assert!(version(wanted) <= version(own), "{} {} wants Rust {wanted}", package["name"], package["version"]);
    }
    let readers = ["CONTRIBUTING.md", "docs/install.md"].map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join(page));
    for page in readers {
        let text = std::fs::read_to_string(&page).expect("a page");
        assert!(text.contains(&format!("Rust {own} or newer")), "{} does not say Rust {own}", page.display());
    }
}

/// Whether an SPDX expression can be met with permissive licences alone: `(MIT OR GPL-3.0) AND Unicode-3.0`.
fn permits(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some(parts) = split(expression, &[" OR ", "/"]) {
        return parts.iter().any(|part| permits(part));
    }
    if let Some(parts) = split(expression, &[" AND "]) {
        return parts.iter().all(|part| permits(part));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => permits(inner),
        None => PERMISSIVE.contains(&expression),
    }
}

/// The parts between operators that stand in no brackets, if there are several.
fn split<'a>(text: &'a str, operators: &[&str]) -> Option<Vec<&'a str>> {
    let (mut parts, mut begin, mut depth, mut at) = (Vec::new(), 0, 0_i32, 0);
    while at < text.len() {
        let rest = &text[at..];
        depth += i32::from(rest.starts_with('(')) - i32::from(rest.starts_with(')'));
        match operators.iter().find(|operator| depth == 0 && rest.starts_with(**operator)) {
            Some(operator) => {
                parts.push(&text[begin..at]);
                at += operator.len();
                begin = at;
            }
            None => at += 1,
        }
    }
    parts.push(&text[begin..]);
    (parts.len() > 1).then_some(parts)
}

#[test]
fn expressions_of_licences_are_understood() {
    for (expression, permitted) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND Unicode-3.0", true),
        ("(GPL-3.0 AND MIT) OR LGPL-2.1", false),
        ("MIT OR Apache-2.0 AND GPL-3.0", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("", false),
    ] {
        assert_eq!(permits(expression), permitted, "{expression}");
    }
}
