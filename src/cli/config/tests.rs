//! What the configuration file may say, and what is said of its mistakes.

use super::*;

fn parse(text: &str) -> Result<Config, Mistake> {
    Config::parse(text, Path::new("/etc/rpush"))
}

#[test]
fn every_key_is_read() {
    let config = parse(
        r#"
        [defaults]
        max-concurrent-uploads = 2
        max-concurrent-downloads = 0x10
        retry = 0
        stall-timeout = "5s"
        deadline = "2h"
        compression = "zstd"
        verify = "deep"
        limit-rate = "5M"
        progress = "plain"
        store = "images"
        store-in = "pass"
        token-cache = false

        [host."registry.example:5000"]
        plain-http = false
        insecure = true
        ca-file = "ca.pem"
        client-cert = "/c.pem"
        client-key = "/k.pem"
        proxy = "http://alice:s3cr3t@proxy.example:3128"
        mirrors = ["m.example:5000", "https://m.example/hub"]
        immutable-tags = ["v*", "[0-9]*.*"]
        "#,
    );
    let config = config.expect("all is well");
    assert!(!format!("{config:?}").contains("s3cr3t"));
    let defaults = Defaults {
        max_concurrent_uploads: Some(2),
        max_concurrent_downloads: Some(16),
        retry: Some(0),
        stall_timeout: Some(Duration::from_secs(5)),
        deadline: Some(Duration::from_secs(7200)),
        compression: "zstd".parse().ok(),
        verify: Some(Verify::Deep),
        limit_rate: "5M".parse().ok(),
        progress: Some(ProgressMode::Plain),
        store: Some("/etc/rpush/images".into()),
        store_in: "pass".parse().ok(),
        token_cache: Some(false),
    };
    assert_eq!(config.defaults, defaults);
    let settings = HostSettings {
        plain_http: Some(false),
        insecure: Some(true),
        ca_file: Some("/etc/rpush/ca.pem".into()),
        client_cert: Some("/c.pem".into()),
        client_key: Some("/k.pem".into()),
        proxy: "http://alice:s3cr3t@proxy.example:3128".parse().ok(),
        mirrors: Some(["m.example:5000", "https://m.example/hub"].map(|mirror| mirror.parse().expect("one")).into()),
        immutable_tags: ["v*", "[0-9]*.*"].map(str::to_owned).into(),
    };
    let host: Host = "registry.example:5000".parse().expect("a host");
    assert_eq!(config.host(&host), settings);
    assert_eq!(config.host(&"registry.example".parse().expect("a host")), HostSettings::default());
    assert_eq!(config.plain_hosts(), [host]);
}

#[test]
fn the_keys_of_the_man_page_are_the_keys_there_are() {
    for (section, keys) in [("defaults", DEFAULTS_KEYS), ("host.\"r.example\"", HOST_KEYS)] {
        for (key, _) in keys {
            let mistake = parse(&format!("[{section}]\n{key} = {{}}")).expect_err("no key takes a table");
            assert!(mistake.what.starts_with(&format!("`{key}` takes ")), "{mistake:?}");
        }
    }
}

#[test]
fn a_mistake_is_told_with_its_line_and_the_nearest_name() {
    let host = "\n[host.\"r.example\"]\n";
    for (text, line, what, hint) in [
        (format!("{host}plain_http = true"), 3, "there is no key `plain_http` here", Some("do you mean `plain-http`?")),
        (format!("{host}\ncafile = ''"), 4, "there is no key `cafile` here", Some("do you mean `ca-file`?")),
        ("[default]".into(), 1, "there is no key `default` here", Some("do you mean `defaults`?")),
        ("\n\n[zzz]".into(), 3, "there is no key `zzz` here", Some("the keys here are `defaults`, `host`")),
        (format!("{host}insecure = 'yes'"), 3, "`insecure` takes true or false", None),
        ("[defaults]\nretry = -1".into(), 2, "`retry` takes a number from 0 to 4294967295", None),
        (
            "[defaults]\nmax-concurrent-uploads = 1000".into(),
            2,
            "`max-concurrent-uploads` takes a number from 1 to 256",
            None,
        ),
        ("[defaults]\nverify = 'all'".into(), 2, "`verify` takes true, false or \"deep\"", None),
        (
            "[defaults]\nlimit-rate = '5MB'".into(),
            2,
            "`limit-rate` takes bytes a second: \"500K\", \"5M\", \"1G\", or \"0\"",
            None,
        ),
        (
            format!("{host}immutable-tags = ['[']"),
            3,
            "`immutable-tags` takes a list of patterns for tags, like [\"v*\", \"[0-9]*.*\"]",
            None,
        ),
        ("[defaults]\ncompression = 'xz'".into(), 2, "`compression` takes gzip or zstd", None),
        (
            "[defaults]\nstore-in = 'a/b'".into(),
            2,
            "`store-in` takes keyring, file, or the name of a credential helper",
            None,
        ),
        (
            format!("{host}mirrors = 'm.example'"),
            3,
            "`mirrors` takes a list of mirrors, like [\"mirror.example:5000\", \"https://mirror.example/prefix\"]",
            None,
        ),
        (
            format!("{host}\nmirrors = ['http://localhost:1', 'http://m.example:5000']"),
            4,
            "the mirror m.example:5000 is without TLS",
            Some("if that is meant, allow it: `[host.\"m.example:5000\"]` with `plain-http = true`"),
        ),
        ("host = 1".into(), 1, "`host` takes settings of its own", None),
        (
            "[host.'https://r.example']".into(),
            1,
            "`https://r.example` is not the address of a registry",
            Some("write the host as in the names of images: `[host.\"registry.example:5000\"]`"),
        ),
    ] {
        let expected = Mistake { line, what: what.to_owned(), hint: hint.map(str::to_owned) };
        assert_eq!(parse(&text), Err(expected), "{text}");
    }
    assert_eq!(parse("[defaults]\nretry = ").expect_err("no value").line, 2);
    let allowed = format!("{host}mirrors = ['http://m.example:5000']\n[host.'m.example:5000']\nplain-http = true");
    assert!(parse(&allowed).is_ok());
}
