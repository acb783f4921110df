//! Why does a push fail? Each trouble that `rpush doctor` knows, its line, its cure and its exit code; and after each of them the
//! registry is as it was before.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use hyper::http::request::Parts;
use rpush::credentials::{Credential, Found, Origin};
use rpush::registry::Access;
use rpush::registry::doctor::{Check, Ended, Examination, Fact, Outcome, Subject};
use rpush::server::{Config, Verdict};

use crate::support::{Authority, Certificate, Layout, Ran, Registry, Sandbox, answer, self_made, shows};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

/// Examines a registry with these options. What differs from machine to machine has a name.
fn doctor(sandbox: &Sandbox, options: &str, name: &str) -> String {
    let size = if options.contains("--max-body") { "" } else { "--max-body 1m" };
    readable(&sandbox.rpush(&format!("doctor {size} {options} {name}")))
}

fn readable(ran: &Ran) -> String {
    let line = |line: &str| match line {
        line if line.starts_with("ok    name ") => "ok    name        [ADDRESSES]".to_owned(),
        line if line.starts_with("ok    connection ") => "ok    connection  [ADDRESSES]".to_owned(),
        line => line.replace("0.0.0.0:", "127.0.0.1:"),
    };
    ran.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The lines of an examination that are no mere praise.
fn troubles(text: &str) -> String {
    let is_trouble = |line: &&str| !line.starts_with("ok ") && !line.starts_with("skip ");
    text.lines().filter(is_trouble).collect::<Vec<_>>().join("\n")
}

/// Every upload that was begun has been cancelled, and nothing was finished or put.
#[track_caller]
fn is_untouched(registry: &Registry) {
    let journal = registry.journal(&[]);
    let count = |method: &str, status: &str| {
        let is_such = |line: &&String| line.starts_with(method) && line.contains("/uploads/") && line.ends_with(status);
        journal.iter().filter(is_such).count()
    };
    assert_eq!(count("POST", " 202"), count("DELETE", " 204"), "{journal:#?}");
    assert!(!journal.iter().any(|line| line.starts_with("PUT")), "{journal:#?}");
    // What is deleted does not exist.
    assert!(!journal.iter().any(|line| line.contains("/manifests/sha256:") && line.ends_with(" 202")), "{journal:#?}");
}

/// A registry that listens where a name that is not this machine's leads.
fn abroad(config: Config) -> (Registry, String) {
    let registry = Registry::start(Config { address: (Ipv4Addr::UNSPECIFIED, 0).into(), ..config });
    let host = registry.host().replace("localhost", "0.0.0.0");
    (registry, host)
}

#[test]
fn a_registry_without_accounts_is_well() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    shows!(doctor(&sandbox, "", &registry.name("team/app")), @"
    $ rpush doctor --max-body 1m localhost:PORT/team/app
    ok    name        [ADDRESSES]
    ok    connection  [ADDRESSES]
    skip  tls         not asked: HTTP without TLS, on this machine
    ok    api         /v2/ answers with HTTP 200, registry/2.0
    ok    clock       the same here as there
    skip  scheme      none: the registry asks nobody for an account
    ok    account     none is needed
    ok    pull        allowed; nothing is there yet
    ok    lookup      what is not there is told as such
    skip  range       not asked: the repository has no image to try it with
    ok    referrers   the registry lists them
    ok    push        allowed
    ok    location    uploads go on at a path of the registry
    ok    chunk       a piece of 64 KiB is taken
    ok    resume      the registry has 65536 of 65536 bytes
    ok    order       a piece at the wrong place is refused (HTTP 416)
    ok    body        1 MiB is taken; more was not tried
    ok    mount       understood; whether it is done shows with the first image
    ok    cleanup     all 3 uploads are cancelled; nothing is left behind
    ok    delete      allowed, as far as can be told without deleting something
    ok    rate        no limit is told
    ");
    is_untouched(&registry);
}

#[test]
fn a_repository_with_an_image_tells_more() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let mut layout = Layout::default();
    let root = layout.index("doctor");
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
    sandbox.ok(&format!("push --from oci:image {}", registry.name("app:1")));
    registry.journal(&[]);
    let seen = doctor(&sandbox, "", &registry.name("app:1"));
    let told: Vec<_> = seen.lines().filter(|line| line.contains(" range ") || line.contains(" mount ")).collect();
    shows!(told.join("\n"), @"
    ok    range       a download goes on where it broke off
    ok    mount       layers are taken from other repositories
    ");
    is_untouched(&registry);
    assert_eq!(sandbox.ok(&format!("pull --all-platforms {}", registry.name("app:1"))).code, 0);
}

#[test]
fn without_a_repository_nothing_is_written() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    shows!(doctor(&sandbox, "", &registry.host()), @"
    $ rpush doctor --max-body 1m localhost:PORT
    ok    name        [ADDRESSES]
    ok    connection  [ADDRESSES]
    skip  tls         not asked: HTTP without TLS, on this machine
    ok    api         /v2/ answers with HTTP 200, registry/2.0
    ok    clock       the same here as there
    skip  scheme      none: the registry asks nobody for an account
    ok    account     none is needed
    skip  pull        not asked: no repository was named; nor the 13 checks after it
    ");
    assert!(registry.journal(&[]).iter().all(|line| line.starts_with("GET /v2/ ")));
}

#[test]
fn each_account_has_its_line() {
    let (sandbox, registry) = (Sandbox::new(), Registry::with_password(PASSWORD));
    let name = registry.name("app");
    shows!(doctor(&sandbox, "", &name), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    ok    name        [ADDRESSES]
    ok    connection  [ADDRESSES]
    skip  tls         not asked: HTTP without TLS, on this machine
    ok    api         /v2/ answers with HTTP 401, registry/2.0
    ok    clock       the same here as there
    ok    scheme      Basic
    fail  account     nobody: UNAUTHORIZED: an account is needed (HTTP 401 Unauthorized)
                      hint: log in with an account that may: `rpush login localhost:PORT`
    skip  pull        not asked: account failed; nor the 13 checks after it
    exit code 4
    ");
    shows!(troubles(&doctor(&sandbox, "--creds alice:wrong", &name)), @"
    $ rpush doctor --max-body 1m --creds alice:wrong localhost:PORT/app
    fail  account     alice, with a password from the command line: UNAUTHORIZED: no such account, or another password (HTTP 401 Unauthorized)
                      hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    let right = doctor(&sandbox, &format!("--creds alice:{PASSWORD}"), &name).replace(PASSWORD, "[PASSWORD]");
    assert_eq!(right.matches("[PASSWORD]").count(), 1, "only in the words typed: {right}");
    let told: Vec<_> = right.lines().filter(|line| line.contains(" scheme ") || line.contains(" account ")).collect();
    shows!(told.join("\n"), @"
    ok    scheme      Basic
    ok    account     alice, with a password from the command line, accepted
    ");
    is_untouched(&registry);
}

/// A token server that grants everybody `pull`, and a registry that believes it.
fn grants_only_pull() -> (Registry, Registry) {
    let (tokens, registry) = (Registry::open(), Registry::open());
    let granted = r#"{"token":"for-pull","scope":"repository:app:pull","expires_in":300}"#;
    tokens.on(move |_| Some(answer(200, &[], granted)));
    let challenge = format!(r#"Bearer realm="http://{}/token",service="registry""#, tokens.host());
    registry.on(move |request| {
        let sent = request.headers.get("authorization").is_some_and(|value| value == "Bearer for-pull");
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        match (sent, reads) {
            (true, true) => None,
            (true, false) => Some(answer(403, &[], r#"{"errors":[{"code":"DENIED","message":"no push for you"}]}"#)),
            (false, _) => Some(answer(401, &[("www-authenticate", &challenge)], "{}")),
        }
    });
    (tokens, registry)
}

/// A-06: that a token server grants less than was asked for is no error of its own, and the registry's no says nothing of it.
#[test]
fn a_06_a_token_for_less_is_told_as_such() {
    let sandbox = Sandbox::new();
    let (_tokens, registry) = grants_only_pull();
    shows!(doctor(&sandbox, "", &registry.name("app")), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    ok    name        [ADDRESSES]
    ok    connection  [ADDRESSES]
    skip  tls         not asked: HTTP without TLS, on this machine
    ok    api         /v2/ answers with HTTP 401, registry/2.0
    ok    clock       the same here as there
    ok    scheme      Bearer: tokens from http://localhost:PORT/token for registry
    ok    account     nobody; the registry lets everybody in so far
    ok    pull        allowed; nothing is there yet, with `repository:app:pull`
    ok    lookup      what is not there is told as such
    skip  range       not asked: the repository has no image to try it with
    ok    referrers   the registry lists them
    fail  push        the token server granted only pull: DENIED: no push for you (HTTP 403 Forbidden)
                      hint: log in with an account that may push: `rpush login localhost:PORT`
    skip  location    not asked: push failed; nor chunk, resume, order, body, mount, cleanup
    warn  delete      not allowed to this account
                      hint: log in with an account that may: `rpush login localhost:PORT`
    ok    rate        no limit is told
    exit code 4
    ");
    is_untouched(&registry);
}

#[test]
fn certificates_are_shown_and_judged() {
    let sandbox = Sandbox::new();
    let authority = Authority::new(&sandbox, "authority");
    let tls = authority.vouch(&sandbox, "localhost");
    let registry = Registry::start(Config { tls: Some(tls), ..Config::default() });
    let of_tls = |options: &str| {
        let seen = doctor(&sandbox, options, &registry.host());
        seen.lines().filter(|line| line.contains(" tls ") || line.contains("hint:")).collect::<Vec<_>>().join("\n")
    };
    shows!(of_tls("--ca-file authority.pem"), @"ok    tls         TLS 1.3, certificate for localhost by authority, good for ever, trusted as configured");
    shows!(of_tls(""), @"ok    tls         TLS 1.3, certificate for localhost by authority, good for ever, not verified (its authority is unknown)");
    let (_, other) = self_made(&sandbox);
    shows!(of_tls(&format!("--ca-file {other}")), @"
    fail  tls         TLS 1.3, certificate for localhost by authority: the certificate cannot be trusted: its authority is unknown
                      hint: give the certificate of localhost:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    skip  api         not asked: tls failed; nor the 17 checks after it
    ");
}

#[test]
fn files_of_certificates_are_named() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    sandbox.file("empty.pem", "");
    shows!(troubles(&doctor(&sandbox, "--ca-file empty.pem", &registry.host())), @"
    $ rpush doctor --max-body 1m --ca-file empty.pem localhost:PORT
    fail  tls         cannot read certificates from empty.pem: there is no PEM certificate in it
    exit code 1
    ");
    shows!(troubles(&doctor(&sandbox, "--client-cert none.pem", &registry.host())), @"
    $ rpush doctor --max-body 1m --client-cert none.pem localhost:PORT
    fail  tls         cannot read a client certificate from none.pem: No such file or directory (os error 2)
    exit code 3
    ");
}

#[test]
fn an_unknown_authority_ends_it() {
    let sandbox = Sandbox::new();
    let authority = Authority::new(&sandbox, "authority");
    let (registry, host) = abroad(Config { tls: Some(authority.vouch(&sandbox, "0.0.0.0")), ..Config::default() });
    shows!(doctor(&sandbox, "", &host), @"
    $ rpush doctor --max-body 1m 127.0.0.1:PORT
    ok    name        [ADDRESSES]
    ok    connection  [ADDRESSES]
    fail  tls         TLS 1.3, certificate for 0.0.0.0 by authority: the certificate cannot be trusted: its authority is unknown
                      hint: give the certificate of 127.0.0.1:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    skip  api         not asked: tls failed; nor the 17 checks after it
    exit code 5
    ");
    assert!(registry.journal(&[]).is_empty());
    assert_eq!(sandbox.rpush(&format!("doctor --ca-file authority.pem {host}")).code, 0);
    shows!(troubles(&doctor(&sandbox, "--plain-http", &host)), @"
    $ rpush doctor --max-body 1m --plain-http 127.0.0.1:PORT
    fail  tls         the registry speaks TLS, and HTTP was asked for
                      hint: if 127.0.0.1:PORT speaks HTTPS, leave out `--plain-http`, also in the configuration file
    exit code 5
    ");
}

#[test]
fn http_where_https_is_spoken_and_the_other_way_round() {
    let sandbox = Sandbox::new();
    let (_registry, host) = abroad(Config::default());
    shows!(troubles(&doctor(&sandbox, "", &host)), @"
    $ rpush doctor --max-body 1m 127.0.0.1:PORT
    fail  tls         the server gave an HTTP response to an HTTPS client
                      hint: 127.0.0.1:PORT speaks HTTP without TLS; if that is meant, add `--plain-http`
    exit code 5
    ");
    shows!(troubles(&doctor(&sandbox, "--plain-http", &host)), @"
    $ rpush doctor --max-body 1m --plain-http 127.0.0.1:PORT
    warn  tls         HTTP without TLS: everybody on the way can read along, passwords too
    ");
}

/// RFC 6761: `.invalid` has no addresses, wherever this runs.
#[test]
fn names_and_ports_that_lead_nowhere() {
    let sandbox = Sandbox::new();
    let nowhere = doctor(&sandbox, "", "registry.invalid/app");
    let hint = nowhere.lines().find(|line| line.contains("hint:")).unwrap_or_default();
    shows!(hint.trim(), @"hint: is the name right, and does this machine know it? `getent hosts registry.invalid`");
    assert!(nowhere.contains("fail  name ") && nowhere.ends_with("exit code 5"), "{nowhere}");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    shows!(doctor(&sandbox, "", &format!("127.0.0.1:{port}/app")).replace(&port.to_string(), "PORT"), @"
    $ rpush doctor --max-body 1m 127.0.0.1:PORT/app
    ok    name        [ADDRESSES]
    fail  connection  127.0.0.1:PORT: connection refused
                      hint: is the registry running, and is PORT its port?
    skip  tls         not asked: connection failed; nor the 18 checks after it
    exit code 5
    ");
}

/// Behind a proxy, it is the proxy's name that has to have an address.
#[test]
fn proxies_are_examined_in_the_place_of_the_registry() {
    let (sandbox, proxy) = (Sandbox::new(), Registry::open());
    proxy.on(|_| Some(answer(407, &[("proxy-authenticate", "Basic realm=\"proxy\"")], "who are you?")));
    let words = ["doctor", "--plain-http", "registry.invalid/app"];
    let address = format!("http://alice:{PASSWORD}@{}", proxy.host());
    let seen = ["HTTP_PROXY", "RPUSH_PROXY"].map(|variable| {
        let gone = sandbox.run_with(&words, "", &[(variable, "http://localhost:1")]);
        let line = gone.out.lines().find(|line| line.starts_with("fail ")).unwrap_or_default();
        assert!(line.ends_with("the proxy http://localhost:1 cannot be reached"), "{gone}");
        let ran = sandbox.run_with(&words, "", &[(variable, &address)]);
        assert!(ran.out.contains(&format!(", the proxy http://{}", proxy.host())), "{ran}");
        assert!(!ran.to_string().contains(PASSWORD), "{ran}");
        troubles(&readable(&ran))
    });
    assert_eq!(seen[0], seen[1]);
    shows!(seen[0], @"
    $ rpush doctor --plain-http registry.invalid/app
    warn  tls         HTTP without TLS: everybody on the way can read along, passwords too
    fail  api         who are you? (HTTP 407 Proxy Authentication Required)
                      hint: name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`
    exit code 5
    ");
}

fn is_upload(request: &Parts, method: &str) -> bool {
    request.method == method && request.uri.path().contains("/blobs/uploads/")
}

#[test]
fn a_limit_on_bodies_is_found_with_who_has_it() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| {
        let length = request.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let is_large = length.is_some_and(|length| length > 4 * 1024 * 1024);
        is_large.then(|| answer(413, &[("server", "nginx")], "<title>413 Request Entity Too Large</title>"))
    });
    shows!(troubles(&doctor(&sandbox, "--max-body 8m", &registry.name("app"))), @"
    $ rpush doctor --max-body 8m localhost:PORT/app
    fail  body        1 MiB is taken, 8 MiB is refused by nginx: 413 Request Entity Too Large (HTTP 413 Payload Too Large)
                      hint: something in front of localhost:PORT limits the size of a request; with nginx: `client_max_body_size 0;`
    exit code 1
    ");
    is_untouched(&registry);
}

/// Something on the way hangs up without a word: smaller bodies went through, and so it is the size.
#[test]
fn a_limit_without_words_is_found_too() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| {
        let length = request.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        length.is_some_and(|length| length > 4 * 1024 * 1024).then_some(Verdict::Cut)
    });
    let seen = doctor(&sandbox, "--max-body 8m", &registry.name("app"));
    let seen = troubles(&seen);
    assert!(seen.contains("fail  body        1 MiB is taken, 8 MiB is refused: the connection was closed"), "{seen}");
    assert!(seen.contains("client_max_body_size") && seen.ends_with("exit code 5"), "{seen}");
    is_untouched(&registry);
}

#[test]
fn the_smallest_piece_is_respected() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| {
        is_upload(request, "POST").then(|| {
            Verdict::alter_response(|mut response| {
                response.headers_mut().insert("oci-chunk-min-length", "131072".parse().expect("a header"));
                response
            })
        })
    });
    let seen = doctor(&sandbox, "", &registry.name("app"));
    let told: Vec<_> = seen.lines().filter(|line| line.contains(" push ") || line.contains(" chunk ")).collect();
    shows!(told.join("\n"), @"
    ok    push        allowed, in pieces of at least 128 KiB
    ok    chunk       a piece of 128 KiB is taken
    ");
    is_untouched(&registry);
}

/// distribution#479 and its like: a reverse proxy does not tell the registry how it was reached.
#[test]
fn addresses_with_the_wrong_port_name_the_header() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| {
        is_upload(request, "POST").then(|| {
            Verdict::alter_response(|mut response| {
                let path = response.headers()["location"].to_str().expect("text").to_owned();
                response
                    .headers_mut()
                    .insert("location", format!("https://localhost{path}").parse().expect("a header"));
                response
            })
        })
    });
    shows!(troubles(&doctor(&sandbox, "", &registry.name("app"))), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    warn  location    uploads are sent to https://localhost, which is not the registry; the right address is used
                      hint: let the reverse proxy in front of localhost:PORT set `X-Forwarded-Proto: http`; with nginx: `proxy_set_header X-Forwarded-Proto http;`
    ");
    is_untouched(&registry);
}

/// A reverse proxy that passes on its own name makes the registry send uploads to a host that nobody else knows. They are
/// cancelled all the same.
#[test]
fn uploads_that_go_on_nowhere_name_the_header_and_are_cancelled() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| {
        is_upload(request, "POST").then(|| {
            Verdict::alter_response(|mut response| {
                let path = response.headers()["location"].to_str().expect("text").to_owned();
                let address = format!("http://alice:s3cr3t@upstream.invalid:8080{path}");
                response.headers_mut().insert("location", address.parse().expect("a header"));
                response
            })
        })
    });
    let seen = doctor(&sandbox, "", &registry.name("app"));
    let is_told = |line: &&str| [" location ", "Host: ", " cleanup "].iter().any(|words| line.contains(words));
    shows!(seen.lines().filter(is_told).collect::<Vec<_>>().join("\n"), @"
    ok    location    uploads go on at http://upstream.invalid:8080
                      hint: let the reverse proxy in front of localhost:PORT set `Host: localhost:PORT`; with nginx: `proxy_set_header Host localhost:PORT;`
    ok    cleanup     all 2 uploads are cancelled; nothing is left behind
    ");
    assert!(seen.contains("fail  chunk ") && !seen.contains("s3cr3t"), "{seen}");
    is_untouched(&registry);
}

/// Registries that forget an upload, take every piece, send every byte again, delete nothing, and know no mount: a push goes
/// through, and so nothing fails.
#[test]
fn what_a_registry_lacks_is_a_warning() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| match request.method.as_str() {
        "GET" if is_upload(request, "GET") => Some(answer(400, &[], "{}")),
        "PATCH" if request.headers.get("content-range").is_some_and(|range| range == "131072-196607") => {
            Some(answer(202, &[], ""))
        }
        "POST" if request.uri.query().is_some_and(|query| query.contains("mount=")) => Some(answer(404, &[], "{}")),
        "DELETE" if request.uri.path().contains("/manifests/") => Some(answer(405, &[], "{}")),
        "HEAD" if request.uri.path().contains("/manifests/") => {
            Some(answer(404, &[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "3;w=21600")], ""))
        }
        _ => None,
    });
    shows!(troubles(&doctor(&sandbox, "", &registry.name("app"))), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    warn  resume      the state of an upload gets HTTP 400: one that breaks off begins anew
    warn  order       a piece at the wrong place is taken (HTTP 202): resumed uploads cannot be trusted
    warn  mount       refused (HTTP 404): layers of other repositories are sent again
    warn  delete      switched off
                      hint: the owner of localhost:PORT has to allow it; with Docker's registry: `REGISTRY_STORAGE_DELETE_ENABLED=true`; with `rpush serve`: no `--read-only`
    warn  rate        3 of 100 requests are left within 21600 s
                      hint: log in with an account that may: `rpush login localhost:PORT`
    ");
    is_untouched(&registry);
}

#[test]
fn a_registry_that_takes_no_pieces_may_still_take_layers() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| is_upload(request, "PATCH").then(|| answer(405, &[], "{}")));
    shows!(troubles(&doctor(&sandbox, "", &registry.name("app"))), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    warn  chunk       a piece of 64 KiB gets HTTP 405: layers go in one request each
    ");
    is_untouched(&registry);
}

/// A blob that a registry claims to have is not sent: then the image has none.
#[test]
fn a_registry_that_has_everything_fails() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| (request.method == "HEAD").then(|| answer(200, &[], "")));
    shows!(troubles(&doctor(&sandbox, "", &registry.name("app"))), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    fail  lookup      the registry claims to have a blob that does not exist
    exit code 1
    ");
}

#[test]
fn uploads_that_cannot_be_cancelled_are_told() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|request| is_upload(request, "DELETE").then(|| answer(403, &[], "{}")));
    shows!(troubles(&doctor(&sandbox, "", &registry.name("app"))), @"
    $ rpush doctor --max-body 1m localhost:PORT/app
    warn  cleanup     uploads that could not be cancelled: 3; the registry drops them in time
    ");
}

/// What a registry says of itself cannot move the cursor, and is short.
#[test]
fn a_hostile_registry_gets_one_line() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    registry.on(|_| {
        let words = "\\u001b[2J".repeat(1000);
        Some(answer(
            403,
            &[],
            format!(r#"{{"errors":[{{"code":"DENIED","message":"\nok    push        fine{words}"}}]}}"#),
        ))
    });
    let ran = sandbox.rpush(&format!("doctor {}", registry.name("app")));
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains("\nok    push"), "{ran}");
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.out.lines().all(|line| line.len() < 5000), "{ran}");
}

/// A registry whose clock differs, by the header `Date` of its answers.
fn at(registry: &Registry, date: &'static str) {
    registry.on(move |_| {
        Some(Verdict::alter_response(move |mut response| {
            response.headers_mut().insert("date", date.parse().expect("a header"));
            response
        }))
    });
}

/// The lines about time, without the seconds, which grow.
fn of_time(text: &str) -> String {
    let is_of_time = |line: &&str| line.contains(" tls ") || line.contains(" clock ") || line.contains("hint:");
    let line = |line: &str| match line.split_once(" machine is ").and_then(|(_, rest)| rest.split_once(" s ")) {
        Some((seconds, _)) => line.replace(seconds, "[SECONDS]"),
        None => line.to_owned(),
    };
    text.lines().filter(is_of_time).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_clock_that_differs_is_told() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    at(&registry, "Mon, 01 Jun 2020 12:00:00 GMT");
    shows!(of_time(&doctor(&sandbox, "", &registry.host())), @"
    skip  tls         not asked: HTTP without TLS, on this machine
    warn  clock       this machine is [SECONDS] s ahead of the registry
                      hint: is this machine's clock right? `date`
    ");
}

/// A certificate that has expired here and is good there: it is the clock. One that is good nowhere is to be renewed.
#[test]
fn an_expired_certificate_and_a_wrong_clock_are_told_apart() {
    let sandbox = Sandbox::new();
    let certificate = Certificate::of("localhost", 2021);
    sandbox.file("ca.pem", &certificate.pem);
    let registry = certificate.registry();
    shows!(of_time(&doctor(&sandbox, "--ca-file ca.pem", &registry.host())), @"
    fail  tls         TLS 1.3, certificate for localhost by itself: the certificate cannot be trusted: it expired on 2021-01-01 at 00:00 UTC
                      hint: localhost:PORT needs a new certificate; is this machine's clock right? Without any verification: `--insecure`
    ok    clock       the same here as there
    skip  api         not asked: tls failed; nor the 16 checks after it
    ");
    at(&registry, "Mon, 01 Jun 2020 12:00:00 GMT");
    let ran = sandbox.rpush(&format!("doctor --ca-file ca.pem {}", registry.host()));
    shows!(of_time(&readable(&ran)), @"
    fail  tls         TLS 1.3, certificate for localhost by itself: the certificate cannot be trusted: it expired on 2021-01-01 at 00:00 UTC
                      hint: localhost:PORT needs a new certificate; is this machine's clock right? Without any verification: `--insecure`
    fail  clock       this machine is [SECONDS] s ahead of the registry: this machine's clock is wrong, and the certificate is good
                      hint: is this machine's clock right? `date`
    skip  api         not asked: tls failed; nor the 16 checks after it
    ");
    assert_eq!(ran.code, 5);
}

/// On a slow connection the largest body is not waited for.
#[tokio::test]
async fn bodies_have_a_time_to_take() {
    let registry = Registry::open();
    let account = Found { credential: Credential::Anonymous, origin: Origin::Nowhere, warnings: Vec::new() };
    let subject = Subject {
        host: registry.host().parse().expect("a host"),
        repository: Some("app".parse().expect("a name")),
        account,
        access: Access::default(),
        max_body: 1 << 30,
        body_time: Duration::ZERO,
    };
    let mut found = None;
    let examination = Examination::of(subject);
    examination
        .run(&mut |finding| {
            if finding.check == Check::Body {
                found = Some(finding)
            }
        })
        .await;
    let finding = found.expect("it was looked at");
    assert!(matches!(finding.outcome, Outcome::Warning(None)), "{finding:?}");
    assert_eq!(finding.fact, Some(Fact::Body { taken: None, refused: None, server: None, ended: Ended::Time }));
    is_untouched(&registry);
}

#[test]
fn json_is_one_object() {
    let (sandbox, registry) = (Sandbox::new(), Registry::with_password(PASSWORD));
    let ran = sandbox.rpush(&format!("doctor --format json {}", registry.name("app")));
    let seen = ran.json();
    assert_eq!((ran.code, &seen["exitCode"]), (4, &4.into()));
    assert_eq!((&seen["host"], &seen["repository"]), (&registry.host().into(), &"app".into()));
    let checks = seen["checks"].as_array().expect("a list");
    let of = |name: &str| checks.iter().find(|check| check["check"] == name).expect("every check is there");
    assert_eq!(checks.len(), 21);
    assert_eq!(of("account")["outcome"], "fail");
    assert_eq!(of("account")["facts"]["examined"], true);
    assert!(of("account")["hint"].as_str().expect("a cure").contains("rpush login"));
    assert_eq!(of("push")["outcome"], "skip");
    assert!(of("scheme")["facts"]["schemes"][0] == "Basic");
}

/// Ctrl-C in the middle of a large body: the upload is cancelled before the end.
#[cfg(unix)]
#[test]
fn an_interrupted_examination_tidies_up() {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let (reached, wait) = std::sync::mpsc::channel();
    let reached = std::sync::Mutex::new(reached);
    registry.on(move |request| {
        is_upload(request, "PATCH").then(|| {
            reached.lock().expect("not poisoned").send(()).expect("somebody waits");
            Verdict::Wait(Box::pin(std::future::pending()))
        })
    });
    let running = sandbox.start(&format!("doctor {}", registry.name("app")));
    wait.recv().expect("it gets there");
    running.interrupt();
    let ran = running.wait();
    assert_eq!(ran.code, 130, "{ran}");
    is_untouched(&registry);
}

#[test]
fn words_that_are_no_registry_are_refused() {
    let sandbox = Sandbox::new();
    shows!(sandbox.rpush("doctor localhost:5000/UPPER"), @"
    $ rpush doctor localhost:PORT/UPPER
    ! error: invalid reference format: repository name (UPPER) must be lowercase
    !
    ! hint: write it in lower case: `upper`
    exit code 2
    ");
    assert_eq!(sandbox.rpush("doctor --max-body 0 localhost:5000").code, 2);
}
