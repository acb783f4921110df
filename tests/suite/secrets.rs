//! No password and no token in anything that rpush writes, however much it is asked to say.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::{ACCESS, IDENTITY, Image, OauthServer, Registry, Sandbox, TokenServer};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

#[test]
fn nothing_secret_is_said_at_any_volume() {
    let tokens = TokenServer::start(PASSWORD);
    let guarded = Registry::open();
    tokens.guard(&guarded);
    let (oauth, with_identity) = (OauthServer::start(PASSWORD), Registry::open());
    oauth.guard(&with_identity);
    for registry in [Registry::with_password(PASSWORD), guarded, with_identity] {
        let sandbox = Sandbox::new();
        sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
        let (host, name) = (registry.host(), registry.name("app:1"));
        let pair = format!("alice:{PASSWORD}");
        let wrong = format!("alice:{PASSWORD}-that-is-wrong");
        let mut said = String::new();
        let mut codes = Vec::new();
        for words in [
            &["-vv", "load", "-i", "app.tar"][..],
            &["-vv", "tag", "app:1", &name],
            &["-vv", "push", "--creds", &wrong, &name],
            &["-vv", "push", "--creds", PASSWORD, &name],
            &["-vv", "login", "-u", "alice", "-p", &wrong, "--store-in", "file", &host],
            &["-vv", "login", "-u", "alice", "-p", PASSWORD, "--store-in", "file", &host],
            &["-vv", "login", &host],
            &["-vv", "whoami", &host],
            &["-vv", "push", &name],
            // With what the first one has left for it.
            &["-vv", "push", &name],
            &["-vv", "rmi", &name],
            &["-vv", "pull", &name],
            &["-vv", "rmi", &name],
            &["-vv", "pull", "--creds", &pair, &name],
            &["-vv", "login", "-u", "alice", "-p", PASSWORD, &format!("{pair}@{host}")],
            &["-vv", "push", "--creds", &pair, "--no-such-option", &name],
            &["-vv", "logout", &host],
        ] {
            let ran = sandbox.run(words);
            codes.push(ran.code);
            only_tokens_are_kept(&sandbox);
            said += &ran.out;
            said += &ran.err;
        }
        assert_eq!(codes, [0, 0, 4, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0], "{said}");
        assert!(said.contains("GET http://localhost:"), "requests are shown: {said}");
        let basic = BASE64_STANDARD.encode(&pair);
        let nameless = BASE64_STANDARD.encode(format!(":{IDENTITY}"));
        let others = [&nameless, tokens.token(), "Bearer t", ACCESS, IDENTITY, "oauth%2Frefresh%2Btoken"];
        for secret in [PASSWORD, &basic, &BASE64_STANDARD.encode(&wrong)].into_iter().chain(others) {
            assert!(!said.contains(secret), "`{secret}` was said:\n{said}");
        }
    }
}

/// What waits for the next run is a token at most, and for nobody else to read.
fn only_tokens_are_kept(sandbox: &Sandbox) {
    let path = sandbox.path("home/.cache/rpush/tokens.json");
    let Ok(kept) = fs::read_to_string(&path) else { return };
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a directory"))), (0o600, 0o700));
    for secret in [PASSWORD, IDENTITY, &BASE64_STANDARD.encode(format!("alice:{PASSWORD}"))] {
        assert!(!kept.contains(secret), "`{secret}` is kept: {kept}");
    }
}
