//! No password and no token in anything that rpush writes, however much it is asked to say.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::{Image, Registry, Sandbox, TokenServer};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

#[test]
fn nothing_secret_is_said_at_any_volume() {
    let tokens = TokenServer::start(PASSWORD);
    let guarded = Registry::open();
    tokens.guard(&guarded);
    for registry in [Registry::with_password(PASSWORD), guarded] {
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
            &["-vv", "rmi", &name],
            &["-vv", "pull", "--creds", &pair, &name],
            &["-vv", "login", "-u", "alice", "-p", PASSWORD, &format!("{pair}@{host}")],
            &["-vv", "push", "--creds", &pair, "--no-such-option", &name],
            &["-vv", "logout", &host],
        ] {
            let ran = sandbox.run(words);
            codes.push(ran.code);
            said += &ran.out;
            said += &ran.err;
        }
        assert_eq!(codes, [0, 0, 4, 2, 4, 0, 0, 0, 0, 0, 0, 2, 2, 0], "{said}");
        assert!(said.contains("GET http://localhost:"), "requests are shown: {said}");
        let basic = BASE64_STANDARD.encode(&pair);
        for secret in [PASSWORD, &basic, &BASE64_STANDARD.encode(&wrong), tokens.token(), "Bearer t"] {
            assert!(!said.contains(secret), "`{secret}` was said:\n{said}");
        }
    }
}
