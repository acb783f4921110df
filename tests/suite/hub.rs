//! Docker Hub: names without a host, an account under a name from the time of its first protocol, an API and a token server on
//! hosts of their own, and a limit. A stand-in has the real names, behind a proxy that leads there.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use rpush::server::{Config, Verdict};

use crate::support::{Authority, ConnectProxy, Image, Ran, Registry, Sandbox, answer, shows};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

/// Docker Hub with one image.
struct Hub {
    proxy: ConnectProxy,
    sandbox: Sandbox,
    tokens: Registry,
    /// The credentials that each of its hosts saw.
    seen: Arc<Mutex<Vec<(&'static str, String)>>>,
    _registry: Registry,
}

impl Hub {
    /// What is left of a hundred pulls.
    fn with(remaining: u32) -> Self {
        let sandbox = Sandbox::new();
        let authority = Authority::new(&sandbox, "authority");
        let start = |name| {
            let tls = Some(authority.vouch(&sandbox, name));
            Registry::start(Config { tls, ..Config::default() })
        };
        let (registry, tokens) = (start("registry-1.docker.io"), start("auth.docker.io"));
        let stocker = Sandbox::new();
        stocker.file("app.tar", Image::with("hello").docker_24(&["alpine"]).bytes());
        stocker.ok("load -i app.tar");
        let name = registry.name("library/alpine:latest");
        stocker.ok(&format!("tag alpine {name}"));
        stocker.ok(&format!("push {name}"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = seen.clone();
        registry.on(move |request| Some(serve(request, &shared, remaining)));
        let shared = seen.clone();
        tokens.on(move |request| Some(give(request, &shared)));
        let hosts = [("registry-1.docker.io:443", registry.host()), ("auth.docker.io:443", tokens.host())];
        let proxy = ConnectProxy::start(&hosts.each_ref().map(|(name, host)| (*name, host.as_str())));
        tokens.journal(&[]);
        Self { proxy, sandbox, tokens, seen, _registry: registry }
    }

    fn pull(&self) -> Ran {
        let words =
            format!("pull --retry 0 --progress none --proxy {} --ca-file authority.pem alpine", self.proxy.url());
        let mut ran = self.sandbox.rpush(&words);
        ran.words = "pull alpine".into();
        ran
    }

    fn seen(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut *self.seen.lock().expect("not poisoned"))
    }
}

type Seen = Mutex<Vec<(&'static str, String)>>;

fn authorization(request: &Parts) -> String {
    let value = request.headers.get("authorization").map(|value| value.to_str().expect("text").to_owned());
    value.unwrap_or_else(|| "nothing".into())
}

/// registry-1.docker.io
fn serve(request: &Parts, seen: &Seen, remaining: u32) -> Verdict {
    let sent = authorization(request);
    seen.lock().expect("not poisoned").push(("registry-1", sent.clone()));
    if !sent.starts_with("Bearer hub-token") {
        let challenge = concat!(
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io","#,
            r#"scope="repository:library/alpine:pull""#
        );
        let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[]}]}"#;
        return answer(401, &[("www-authenticate", challenge)], body);
    }
    let left = format!("{remaining};w=21600");
    let limits = [("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", left.as_str())];
    if remaining == 0 {
        let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit"}]}"#;
        return answer(429, &limits, body);
    }
    Verdict::alter_response(move |mut response| {
        response.headers_mut().insert("ratelimit-limit", HeaderValue::from_static("100;w=21600"));
        response.headers_mut().insert("ratelimit-remaining", left.parse().expect("a header"));
        response
    })
}

/// auth.docker.io
fn give(request: &Parts, seen: &Seen) -> Verdict {
    let sent = authorization(request);
    seen.lock().expect("not poisoned").push(("auth", sent.clone()));
    let right = format!("Basic {}", BASE64_STANDARD.encode(format!("alice:{PASSWORD}")));
    match sent == "nothing" || sent == right {
        true => answer(200, &[], r#"{"token":"hub-token","access_token":"hub-token","expires_in":300}"#),
        false => answer(401, &[], r#"{"details":"incorrect username or password"}"#),
    }
}

#[test]
fn a_pull_with_an_account_shows_the_password_to_the_token_server_alone() {
    let hub = Hub::with(76);
    let basic = BASE64_STANDARD.encode(format!("alice:{PASSWORD}"));
    hub.sandbox
        .file("docker/config.json", format!(r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{basic}"}}}}}}"#));
    shows!(hub.pull(), @"
    $ rpush pull alpine
    Digest: [DIGEST]
    Status: Downloaded newer image for alpine:latest
    alpine:latest
    ! Using default tag: latest
    ! latest: Pulling from library/alpine
    ");
    let mut asked = hub.proxy.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["auth.docker.io:443", "registry-1.docker.io:443"]);
    shows!(hub.tokens.journal(&[]).join("\n"), @"GET /token?service=registry.docker.io&scope=repository%3Alibrary%2Falpine%3Apull&client_id=rpush&account=alice 200");
    let seen = hub.seen();
    let (first, rest) = seen.split_at(2);
    assert_eq!(first, [("registry-1", "nothing".to_owned()), ("auth", format!("Basic {basic}"))]);
    assert!(
        !rest.is_empty()
            && rest.iter().all(|(host, sent)| (*host, sent.as_str()) == ("registry-1", "Bearer hub-token"))
    );

    // The next run knows what Docker Hub wants, and has the token.
    assert_eq!(hub.pull().code, 0);
    assert_eq!(hub.proxy.asked(), ["registry-1.docker.io:443"]);
    assert_eq!(hub.seen(), [("registry-1", "Bearer hub-token".to_owned())]);
}

#[test]
fn nobody_is_told_in_time_that_little_is_left() {
    let hub = Hub::with(3);
    shows!(hub.pull(), @"
    $ rpush pull alpine
    Digest: [DIGEST]
    Status: Downloaded newer image for alpine:latest
    alpine:latest
    ! Using default tag: latest
    ! latest: Pulling from library/alpine
    ! warning: docker.io allows 3 more pulls of 100 in 6 hours; an account may have more: `rpush login docker.io`
    ");
    assert!(hub.seen().iter().all(|(_, sent)| !sent.starts_with("Basic")));
    let hub = Hub::with(76);
    assert!(!hub.pull().err.contains("more"));
}

#[test]
fn the_limit_is_named_when_it_is_reached() {
    shows!(Hub::with(0).pull(), @"
    $ rpush pull alpine
    ! Using default tag: latest
    ! latest: Pulling from library/alpine
    ! error: cannot read docker.io/library/alpine:latest
    ! because: TOOMANYREQUESTS: You have reached your pull rate limit (HTTP 429 Too Many Requests); the limit is 100 in 6 hours
    !
    ! hint: wait, or log in, an account may have more: `rpush login docker.io`
    exit code 5
    ");
}
