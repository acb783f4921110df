//! What the Docker daemon of this machine is told about registries: `insecure-registries` and `registry-mirrors`, which whoever
//! comes from Docker has set up already.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde_json::Value;

use crate::image::Host;
use crate::registry::Mirror;

/// Where the daemon's file lies: the system's, and that of a person who runs a daemon of their own.
pub fn files(config_home: Option<&Path>) -> Vec<PathBuf> {
    let own = config_home.map(|path| path.join("docker/daemon.json"));
    [PathBuf::from("/etc/docker/daemon.json")].into_iter().chain(own).collect()
}

/// Whether one of the files names the host as insecure. A file that cannot be read says nothing: it is for the daemon, and
/// often root's.
pub fn is_insecure(files: &[PathBuf], host: &Host) -> bool {
    daemons(files).any(|daemon| names(&daemon, host))
}

/// The mirrors of Docker Hub, which are the only ones that Docker knows.
pub fn mirrors(files: &[PathBuf]) -> Vec<Mirror> {
    let listed = |daemon: &Value| daemon["registry-mirrors"].as_array().cloned().unwrap_or_default();
    let entries: Vec<Value> =
        daemons(files).map(|daemon| listed(&daemon)).find(|list| !list.is_empty()).unwrap_or_default();
    let mirror = |entry: &Value| {
        let text = entry.as_str()?;
        let mirror = text.parse().ok();
        if mirror.is_none() {
            tracing::debug!("`{text}` in Docker's registry-mirrors is not the address of a mirror");
        }
        mirror
    };
    entries.iter().filter_map(mirror).collect()
}

fn daemons(files: &[PathBuf]) -> impl Iterator<Item = Value> {
    let texts = files.iter().filter_map(|path| std::fs::read(path).ok());
    texts.filter_map(|text| serde_json::from_slice(&text).ok())
}

/// Hosts are named exactly, with their port. A network is compared with the address only where the host is one: which
/// address a name has today is no reason to trust it less.
fn names(daemon: &Value, host: &Host) -> bool {
    let entries = daemon["insecure-registries"].as_array().into_iter().flatten().filter_map(Value::as_str);
    entries.into_iter().any(|entry| {
        let bare = entry.strip_prefix("http://").or(entry.strip_prefix("https://")).unwrap_or(entry);
        let network = bare.parse::<IpNet>().ok().zip(host.name().parse::<IpAddr>().ok());
        bare == host.as_str() || network.is_some_and(|(network, address)| network.contains(&address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_exactly_or_by_their_network() {
        let daemon = serde_json::json!({
            "insecure-registries": ["r.example:5000", "http://old.example", "10.0.0.0/8", "fd00::/8", 1],
        });
        for (host, insecure) in [
            ("r.example:5000", true),
            ("r.example", false),
            ("old.example", true),
            ("10.1.2.3:5000", true),
            ("11.1.2.3:5000", false),
            ("[fd00::1]:5000", true),
            ("ten.example", false),
        ] {
            assert_eq!(names(&daemon, &host.parse().expect("a host")), insecure, "{host}");
        }
        assert!(!names(&serde_json::json!([]), &"r.example".parse().expect("a host")));
    }

    #[test]
    fn mirrors_are_those_of_the_first_file_that_has_some() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let none = file("none.json", r#"{"registry-mirrors":[]}"#);
        let some = file("some.json", r#"{"registry-mirrors":["https://m.example/", 1, "m.example:5000?x"]}"#);
        let more = file("more.json", r#"{"registry-mirrors":["https://other.example"]}"#);
        let found: Vec<_> = mirrors(&[none.clone(), some, more]).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["m.example"]);
        assert_eq!(mirrors(&[none]), []);
    }

    #[test]
    fn files_that_say_nothing_say_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let (broken, good) = (directory.path().join("broken.json"), directory.path().join("good.json"));
        std::fs::write(&broken, "{").expect("written");
        std::fs::write(&good, r#"{"insecure-registries":["r.example"]}"#).expect("written");
        let (host, missing) = ("r.example".parse().expect("a host"), directory.path().join("missing.json"));
        assert!(!is_insecure(&[broken.clone(), missing.clone()], &host));
        assert!(is_insecure(&[broken, missing, good], &host));
    }
}
