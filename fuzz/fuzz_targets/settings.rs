//! Any file of settings is read or refused: Docker's `config.json`, rpush's `config.toml`, containerd's `hosts.toml`. What is
//! taken out of Docker's is gone, and what was put in is found, for this host alone.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use rpush::cli::config::Config;
use rpush::credentials::{Credential, DockerConfig, Origin};
use rpush::image::Host;
use rpush::registry::surface;

fuzz_target!(|bytes: &[u8]| {
    let host: Host = "registry.example:5000".parse().expect("a host");
    let other: Host = "registry.example:5001".parse().expect("a host");
    let origin = Origin::File("config.json".into());
    if let Ok(mut config) = DockerConfig::parse(bytes, &origin) {
        let others = config.credential(&other, None).ok();
        let _ = (config.helper(&host), config.credential(&host, None).is_ok());
        let _ = config.remove(&host);
        assert!(matches!(config.credential(&host, None), Ok(None)));
        let credential = Credential::basic("alice", "secret");
        assert!(config.set(&host, "alice", &credential));
        assert_eq!(config.credential(&host, None).ok().flatten(), Some(credential));
        assert_eq!(config.credential(&other, None).ok(), others);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = Config::parse(text, Path::new("/etc/rpush")) {
        let _ = (config.host(&host), config.plain_hosts());
    }
    let _ = surface::hosts(text, &host);
});
