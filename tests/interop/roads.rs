//! Every guard at the end of every road: rpush logs in, pushes and pulls, and gets nowhere without what the road takes or with
//! a wrong password. What is said then in full stands in `twins`.

use std::fs;

use super::support::{Image, Ran, Sandbox};
use super::town::{Guard, PASSWORD, PROXY_ACCOUNT, Road, Town, town};

/// Somebody with an image, and with what a road takes.
pub struct Traveller {
    pub sandbox: Sandbox,
    pub host: String,
    options: String,
    environment: Vec<(String, String)>,
}

impl Traveller {
    /// On the way to `host`, with the town's authority and nothing else.
    pub fn new(town: &Town, host: String) -> Self {
        let sandbox = Sandbox::new();
        sandbox.file("ca.pem", &town.authority);
        let options = "--ca-file ca.pem --retry 0".to_owned();
        Self { sandbox, host, options, environment: Vec::new() }
    }

    /// With all that the road takes.
    pub fn on(town: &Town, guard: Guard, road: Road) -> Self {
        let new = Self::new(town, town.host(guard, road));
        match road {
            Road::Loopback => new.with(""),
            Road::Tls | Road::WrongProto => new,
            Road::ClientCertificate => new.showing(&town.client),
            Road::Proxy => new.under("HTTPS_PROXY", &town.proxy(PROXY_ACCOUNT)),
        }
    }

    /// With these options for the registry and no others.
    pub fn with(mut self, options: &str) -> Self {
        self.options = format!("{options} --retry 0");
        self
    }

    /// With a client certificate.
    pub fn showing(self, (certificate, key): &(String, String)) -> Self {
        self.sandbox.file("client.pem", certificate);
        self.sandbox.file("client.key", key);
        self.with("--ca-file ca.pem --client-cert client.pem --client-key client.key")
    }

    /// With a variable in the environment.
    pub fn under(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }

    /// Runs rpush with these words and the options.
    pub fn rpush(&self, words: &str) -> Ran {
        self.run(words, "")
    }

    pub fn login(&self, user: &str, password: &str) -> Ran {
        self.run(&format!("login -u {user} --password-stdin --store-in file {}", self.host), password)
    }

    /// Pushes an image with two layers.
    pub fn push(&self, name: &str) -> Ran {
        let name = self.name(name);
        self.sandbox.file("app.tar", Image::with(&name).docker_24(&["app:1"]).bytes());
        self.sandbox.ok("load -q -i app.tar");
        self.sandbox.ok(&format!("tag app:1 {name}"));
        self.rpush(&format!("push --progress none {name}"))
    }

    fn run(&self, words: &str, stdin: &str) -> Ran {
        let environment: Vec<_> =
            self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let words = format!("{words} {}", self.options);
        self.sandbox.run_with(&words.split_whitespace().collect::<Vec<_>>(), stdin, &environment)
    }
}

/// Takes a road without what it takes.
fn stray(town: &Town, guard: Guard, road: Road) {
    let traveller = Traveller::new(town, town.host(guard, road));
    let (traveller, code, because, cure) = match road {
        Road::Loopback => return,
        Road::Tls | Road::WrongProto => (traveller.with(""), 5, "its authority is unknown", "`--ca-file FILE`"),
        Road::ClientCertificate => {
            (traveller, 4, "No required SSL certificate was sent", "`--client-cert FILE --client-key FILE`")
        }
        Road::Proxy => {
            let traveller = traveller.under("HTTPS_PROXY", &town.proxy(""));
            (traveller, 5, "wants an account", "`--proxy http://USER:PASSWORD@HOST:PORT`")
        }
    };
    for ran in [traveller.push("stray:1"), traveller.login("alice", PASSWORD)] {
        is_refused(&ran, code, because, cure);
    }
    assert_eq!(traveller.sandbox.docker_config(), None);
}

/// With this exit code, for this reason, and with this to type.
#[track_caller]
fn is_refused(ran: &Ran, code: i32, because: &str, cure: &str) {
    assert_eq!(ran.code, code, "{ran}");
    let line = |start: &str| ran.err.lines().find(|line| line.starts_with(start)).unwrap_or_default();
    assert!(line("error: ").len() > "error: ".len(), "{ran}");
    assert!(line("because: ").contains(because) && line("hint: ").contains(cure), "{ran}");
}

/// Is let in by the right password alone.
fn log_in(traveller: &Traveller, name: &str) {
    let login = format!("`rpush login {}`", traveller.host);
    is_refused(&traveller.push(name), 4, "none is known for it", &login);
    is_refused(&traveller.login("alice", "wrong"), 4, "401", &login);
    assert_eq!(traveller.sandbox.docker_config(), None);
    let ran = traveller.login("alice", PASSWORD);
    assert_eq!((ran.code, ran.out.as_str()), (0, "Login Succeeded\n"), "{ran}");
}

/// Logs in where that is asked for, pushes, removes and pulls.
fn travel(guard: Guard, road: Road) {
    let Some(town) = town() else { return };
    stray(town, guard, road);
    let traveller = Traveller::on(town, guard, road);
    let (sandbox, repository) = (&traveller.sandbox, format!("{guard:?}/{road:?}").to_lowercase());
    let name = traveller.name(&format!("{repository}:1"));
    if guard != Guard::Open {
        log_in(&traveller, &format!("{repository}:1"));
    }
    let pushed = traveller.push(&format!("{repository}:1"));
    assert_eq!(pushed.code, 0, "{pushed}");
    let warnings = if road == Road::WrongProto { 1 } else { 0 };
    assert_eq!(pushed.err.matches("warning: ").count(), warnings, "{pushed}");
    assert_eq!(pushed.err.matches("set `X-Forwarded-Proto: https`").count(), warnings, "{pushed}");

    assert!(sandbox.ok("images").out.contains(&traveller.name(&repository)));
    sandbox.ok(&format!("rmi {name} app:1"));
    assert!(sandbox.names().is_empty());
    fs::remove_dir_all(sandbox.path("store")).expect("the store can be removed");
    let pulled = traveller.rpush(&format!("pull --progress none {name}"));
    assert_eq!((pulled.code, pulled.err.matches("warning: ").count()), (0, 0), "{pulled}");
    assert_eq!(pulled.digest(), pushed.digest());
    assert_eq!(sandbox.verify_blobs(), 4);
    let again = traveller.rpush(&format!("push --progress none {name}"));
    assert_eq!((again.code, again.err.matches("warning: ").count()), (0, 0), "{again}");
}

macro_rules! rows {
    ($($row:ident: $guard:ident, $road:ident;)+) => {
        $(#[test]
        fn $row() {
            travel(Guard::$guard, Road::$road);
        })+
    };
}

rows! {
    open_over_loopback: Open, Loopback;
    open_over_tls: Open, Tls;
    open_with_a_client_certificate: Open, ClientCertificate;
    open_behind_a_wrong_forwarded_proto: Open, WrongProto;
    open_through_a_proxy: Open, Proxy;
    htpasswd_over_loopback: Htpasswd, Loopback;
    htpasswd_over_tls: Htpasswd, Tls;
    htpasswd_with_a_client_certificate: Htpasswd, ClientCertificate;
    htpasswd_behind_a_wrong_forwarded_proto: Htpasswd, WrongProto;
    htpasswd_through_a_proxy: Htpasswd, Proxy;
    nginx_asks_over_loopback: Nginx, Loopback;
    nginx_asks_over_tls: Nginx, Tls;
    nginx_asks_with_a_client_certificate: Nginx, ClientCertificate;
    nginx_asks_behind_a_wrong_forwarded_proto: Nginx, WrongProto;
    nginx_asks_through_a_proxy: Nginx, Proxy;
    tokens_over_loopback: Tokens, Loopback;
    tokens_over_tls: Tokens, Tls;
    tokens_with_a_client_certificate: Tokens, ClientCertificate;
    tokens_behind_a_wrong_forwarded_proto: Tokens, WrongProto;
    tokens_through_a_proxy: Tokens, Proxy;
}
