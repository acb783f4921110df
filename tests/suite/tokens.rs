//! Tokens: asked for once and kept for the next run, renewed when they run out in the middle, and what is said when one is not
//! enough.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, path::PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::http::request::Parts;
use rpush::server::Config;
use serde_json::Value;

use crate::support::{Image, Issuer, Registry, Sandbox, accounts, answer, self_made, shows};

const PASSWORD: &str = "correct horse";

/// A registry, its token server, and a machine with an image on which alice may have logged in.
struct Stage {
    registry: Registry,
    issuer: Issuer,
    sandbox: Sandbox,
}

impl Stage {
    fn new() -> Self {
        let (registry, issuer) = (Registry::open(), Issuer::start(PASSWORD));
        issuer.guard(&registry, |_| None);
        let sandbox = with_image(&registry);
        keep_account(&sandbox, &registry, PASSWORD);
        Self { registry, issuer, sandbox }
    }

    #[track_caller]
    fn push(&self) {
        self.sandbox.ok(&format!("push {}", self.registry.name("app:1")));
    }

    /// What was asked of the registry and of the token server since the last time.
    fn asked(&self) -> (Vec<String>, usize) {
        (self.registry.journal(&[]), self.issuer.journal().len())
    }

    /// The next push needs exactly one request.
    #[track_caller]
    fn knows_everything(&self) {
        self.asked();
        self.push();
        assert_eq!(self.asked(), (vec!["HEAD /v2/app/manifests/1 200".to_owned()], 0));
    }

    /// The next push has to ask who wants what.
    #[track_caller]
    fn knows_nothing(&self) {
        self.asked();
        self.push();
        let (requests, tokens) = self.asked();
        assert_eq!((requests[0].as_str(), tokens), ("HEAD /v2/app/manifests/1 401", 1), "{requests:?}");
    }
}

fn with_image(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag app:1 {}", registry.name("app:1")));
    sandbox
}

/// Alice's account as Docker keeps it.
fn keep_account(sandbox: &Sandbox, registry: &Registry, password: &str) {
    let pair = BASE64_STANDARD.encode(format!("alice:{password}"));
    sandbox.file("docker/config.json", format!(r#"{{"auths":{{"{}":{{"auth":"{pair}"}}}}}}"#, registry.host()));
}

fn file(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/.cache/rpush/tokens.json")
}

fn text(sandbox: &Sandbox) -> String {
    fs::read_to_string(file(sandbox)).expect("there is a file of tokens")
}

/// Changes the entries of the file, and nothing else about it.
fn change(sandbox: &Sandbox, change: impl FnOnce(&mut Value)) {
    let mut kept: Value = serde_json::from_str(&text(sandbox)).expect("JSON");
    change(&mut kept["entries"][0]);
    fs::write(file(sandbox), kept.to_string()).expect("it can be written");
}

#[test]
fn an_unchanged_push_is_one_request_with_a_token() {
    let stage = Stage::new();
    stage.push();
    let (requests, tokens) = stage.asked();
    assert_eq!(tokens, 1, "one token for a push: {requests:?}");
    stage.knows_everything();
    stage.knows_everything();
    let kept = text(&stage.sandbox);
    assert!(kept.contains("token-number-1") && !kept.contains(PASSWORD), "{kept}");
    assert_eq!(fs::metadata(file(&stage.sandbox)).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_unchanged_push_is_one_request_with_a_password() {
    let registry = Registry::with_password(PASSWORD);
    let sandbox = with_image(&registry);
    keep_account(&sandbox, &registry, PASSWORD);
    let push = format!("push {}", registry.name("app:1"));
    for expected in
        [&["HEAD /v2/app/manifests/1 401", "HEAD /v2/app/manifests/1 404"][..], &["HEAD /v2/app/manifests/1 200"]]
    {
        sandbox.ok(&push);
        assert!(registry.journal(&[]).iter().zip(expected).all(|(found, expected)| found == expected));
    }
    sandbox.ok(&push);
    assert_eq!(registry.journal(&[]), ["HEAD /v2/app/manifests/1 200"]);
    let kept = text(&sandbox);
    assert!(kept.contains("basic") && !kept.contains(PASSWORD), "{kept}");

    // A password that is no longer right is tried once, and the registry is asked first from then on.
    keep_account(&sandbox, &registry, "wrong");
    for expected in [&["HEAD /v2/app/manifests/1 401"][..], &["HEAD /v2/app/manifests/1 401"; 2]] {
        assert_eq!(sandbox.rpush(&push).code, 4);
        assert_eq!(registry.journal(&[]), expected);
    }
}

/// A-07: what the registry does not take is dropped, here and in the file.
#[test]
fn a_kept_token_that_is_refused_is_replaced() {
    let stage = Stage::new();
    stage.push();
    stage.issuer.revoke()();
    stage.asked();
    stage.push();
    let head = |status| format!("HEAD /v2/app/manifests/1 {status}");
    assert_eq!(stage.asked(), (vec![head(401), head(200)], 1));
    let kept = text(&stage.sandbox);
    assert!(kept.contains("token-number-2") && !kept.contains("token-number-1"), "{kept}");
    stage.knows_everything();
}

/// Some registries say 403 to a token from before the account was allowed to push.
#[test]
fn a_kept_token_that_is_not_enough_is_replaced() {
    let stage = Stage::new();
    stage.push();
    stage.issuer.guard(&stage.registry, |request| {
        let sent = request.headers.get("authorization")?.to_str().ok()?;
        (sent == "Bearer token-number-1").then(|| answer(403, &[], r#"{"errors":[{"code":"DENIED"}]}"#))
    });
    stage.asked();
    stage.push();
    assert_eq!(stage.asked().1, 1);
    stage.knows_everything();
}

#[test]
fn whoever_logs_in_or_out_leaves_no_token_behind() {
    let stage = Stage::new();
    let host = stage.registry.host();
    stage.push();
    stage.sandbox.ok(&format!("login {host}"));
    assert!(!text(&stage.sandbox).contains("token-number"));
    stage.knows_nothing();
    stage.sandbox.ok(&format!("logout {host}"));
    assert!(!text(&stage.sandbox).contains("token-number"));
    assert_eq!(stage.sandbox.rpush(&format!("push {}", stage.registry.name("app:1"))).code, 4);
}

/// Who names an account for one command wants to know whether that one may.
#[test]
fn an_account_for_one_command_does_not_use_kept_tokens_and_leaves_none() {
    let stage = Stage::new();
    let (name, wrong) = (stage.registry.name("app:1"), "alice:wrong");
    stage.push();
    let kept = text(&stage.sandbox);
    let base64 = BASE64_STANDARD.encode(wrong);
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"{base64}"}}}}}}"#, stage.registry.host());
    for environment in [
        &[("RPUSH_CREDS", wrong)][..],
        &[("RPUSH_USERNAME", "alice"), ("RPUSH_PASSWORD", "wrong")],
        &[("RPUSH_TOKEN", "wrong")],
        &[("DOCKER_AUTH_CONFIG", &config)],
    ] {
        let ran = stage.sandbox.run_with(&["push", &name], "", environment);
        assert_eq!(ran.code, 4, "{environment:?}: {ran}");
    }
    assert_eq!(stage.sandbox.run(&["push", "--creds", wrong, &name]).code, 4);
    assert_eq!(stage.sandbox.run(&["push", "--creds", &format!("alice:{PASSWORD}"), &name]).code, 0);
    assert_eq!(text(&stage.sandbox), kept);
}

#[test]
fn nothing_is_kept_where_that_is_not_wanted() {
    let stage = Stage::new();
    let name = stage.registry.name("app:1");
    let off = stage.sandbox.file("off.toml", "[defaults]\ntoken-cache = false\n");
    stage.sandbox.ok(&format!("push --config {off} {name}"));
    assert_eq!(stage.sandbox.run_with(&["push", &name], "", &[("RPUSH_TOKEN_CACHE", "0")]).code, 0);
    assert!(!file(&stage.sandbox).exists());
    assert_eq!(stage.sandbox.run_with(&["push", &name], "", &[("RPUSH_TOKEN_CACHE", "perhaps")]).code, 2);
    // Nor is what is there used.
    stage.push();
    stage.asked();
    stage.sandbox.ok(&format!("push --config {off} {name}"));
    assert_eq!(stage.asked().1, 1);
    // Another place for what need not last.
    let caches = stage.sandbox.path("caches");
    let caches = caches.to_str().expect("a plain name");
    assert_eq!(stage.sandbox.run_with(&["push", &name], "", &[("XDG_CACHE_HOME", caches)]).code, 0);
    assert!(stage.sandbox.path("caches/rpush/tokens.json").exists());
}

#[test]
fn a_file_that_is_not_to_be_believed_is_replaced_without_a_word() {
    let spoil: [fn(&Sandbox); 4] = [
        |sandbox| fs::write(file(sandbox), "{").expect("written"),
        |sandbox| fs::set_permissions(file(sandbox), fs::Permissions::from_mode(0o640)).expect("a mode can be set"),
        // Written by a clock that was put back since, and one that has run out.
        |sandbox| change(sandbox, |entry| entry["learned"] = 99_999_999_999_u64.into()),
        |sandbox| change(sandbox, |entry| entry["learned"] = 0.into()),
    ];
    let stage = Stage::new();
    stage.push();
    for spoil in spoil {
        spoil(&stage.sandbox);
        stage.knows_nothing();
        stage.knows_everything();
    }
}

/// A-11: a challenge is judged as if it had just come, however it came into the file.
#[test]
fn a_kept_challenge_sends_no_password_where_a_new_one_would_not() {
    let stage = Stage::new();
    stage.push();
    for realm in ["http://auth.example/token", "ftp://localhost/token", "file:///etc/passwd", "nonsense"] {
        change(&stage.sandbox, |entry| entry["wanted"]["realm"] = realm.into());
        stage.knows_nothing();
    }
    stage.knows_everything();
    // What was learnt in one way of reaching a registry does not count in another.
    change(&stage.sandbox, |entry| {
        let origin = entry["origin"].as_str().expect("text").replace("http:", "https:");
        entry["origin"] = origin.into();
    });
    stage.knows_nothing();
}

/// Whoever answers for a registry without a certificate to trust has no say in what is sent to the one that has one.
#[test]
fn what_was_learnt_without_verification_does_not_count_with_it() {
    let sandbox = Sandbox::new();
    let (tls, ca_file) = self_made(&sandbox);
    let accounts = Some(accounts("alice", PASSWORD));
    let registry = Registry::start(Config { tls: Some(tls), accounts, ..Config::default() });
    let name = registry.name("app:1");
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag app:1 {name}"));
    keep_account(&sandbox, &registry, PASSWORD);
    let first_answer = |options: &str| {
        sandbox.ok(&format!("push {options} {name}"));
        registry.journal(&[]).remove(0)
    };
    let head = |status| format!("HEAD /v2/app/manifests/1 {status}");
    let verified = format!("--ca-file {ca_file}");
    for (options, status) in [("", 401), ("", 200), (&verified, 401), (&verified, 200), ("", 200)] {
        assert_eq!(first_answer(options), head(status), "{options}");
    }
}

/// The registry has another token server by now: what is remembered is never why a push fails.
#[test]
fn a_token_server_that_has_moved_is_found_again() {
    let stage = Stage::new();
    stage.push();
    for realm in ["http://localhost:1/token".to_owned(), format!("http://{}/v2/", stage.registry.host())] {
        change(&stage.sandbox, |entry| {
            entry["wanted"]["realm"] = realm.into();
            entry["tokens"] = Value::Array(Vec::new());
        });
        stage.push();
        stage.knows_everything();
    }
}

/// Several wrong tries lock an account.
#[test]
fn a_wrong_password_is_tried_once_although_the_token_server_was_remembered() {
    let stage = Stage::new();
    stage.push();
    change(&stage.sandbox, |entry| entry["tokens"] = Value::Array(Vec::new()));
    keep_account(&stage.sandbox, &stage.registry, "wrong");
    stage.asked();
    assert_eq!(stage.sandbox.rpush(&format!("push {}", stage.registry.name("app:1"))).code, 4);
    assert_eq!(stage.asked().1, 1);
}

/// The token runs out before one of the steps, and everything goes on with a new one.
#[test]
fn a_token_that_runs_out_in_the_middle_is_renewed() {
    for (method, part) in [
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/"),
        ("GET", "/manifests/"),
        ("GET", "/blobs/"),
    ] {
        let stage = Stage::new();
        let (once, revoke) = (AtomicBool::new(false), stage.issuer.revoke());
        let is_it = move |request: &Parts| request.method == method && request.uri.path().contains(part);
        stage.issuer.guard(&stage.registry, move |request| {
            if is_it(request) && !once.swap(true, Ordering::Relaxed) {
                revoke();
            }
            None
        });
        let name = stage.registry.name("app:1");
        let pushed = stage.sandbox.ok(&format!("push {name}")).digest();
        stage.sandbox.ok(&format!("rmi {name}"));
        stage.sandbox.ok("rmi app:1");
        assert_eq!(stage.sandbox.ok(&format!("pull {name}")).digest(), pushed, "{method} {part}");
        let (requests, tokens) = stage.asked();
        let refused = requests.iter().filter(|line| line.ends_with(" 401")).count();
        // One for pushing, one for pulling unless the wider one was kept, and one more.
        assert!(tokens <= 3, "{method} {part}: {tokens} tokens");
        assert!((2..=4).contains(&refused), "{method} {part}: {requests:#?}");
    }
}

/// A-13: both repositories in one request for a token; and without the other one when that is refused.
#[test]
fn a_mount_asks_for_both_repositories_and_does_without() {
    for refused in [None, Some("repository%3Aapp%3A")] {
        let stage = Stage::new();
        stage.push();
        let other = stage.registry.name("other:1");
        stage.sandbox.ok(&format!("tag app:1 {other}"));
        if let Some(text) = refused {
            stage.issuer.refuses(text);
        }
        stage.issuer.journal();
        let report = stage.sandbox.ok(&format!("push --format json {other}")).json();
        let asked = stage.issuer.journal();
        let both = |line: &&String| line.contains("repository%3Aother%3A") && line.contains("repository%3Aapp%3A");
        assert!(asked.iter().any(|line| both(&line)), "{asked:?}");
        let mounted = report["totals"]["mounted"].as_u64().expect("a number");
        assert_eq!(mounted > 0, refused.is_none(), "{report:#}");
    }
}

/// A-06: the token server says how much it granted, and the registry that it is not enough.
#[test]
fn what_the_token_server_withheld_is_said() {
    let stage = Stage::new();
    stage.issuer.grants("repository:app:pull");
    stage.issuer.guard(&stage.registry, |request| {
        let is_write = !matches!(request.method.as_str(), "GET" | "HEAD");
        is_write.then(|| answer(403, &[], r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#))
    });
    let name = stage.registry.name("app:1");
    let push = format!("push --progress none {name}");
    let ran = stage.sandbox.rpush(&push);
    assert_eq!(ran.code, 4);
    assert!(
        ran.err.contains("because: the token server granted only pull: DENIED: requested access is denied"),
        "{ran}"
    );
    let hint = format!("hint: log in with an account that may push: `rpush login {}`", stage.registry.host());
    assert!(ran.err.contains(&hint), "{ran}");
    // It may be allowed the next time: less than was asked for is not kept.
    assert!(!text(&stage.sandbox).contains("token-number"));

    stage.issuer.grants("");
    stage.issuer.guard(&stage.registry, |_| Some(answer(401, &[], "")));
    shows!(stage.sandbox.rpush(&push), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the token server granted nothing (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may pull and push: `rpush login localhost:PORT`
    exit code 4
    ");
}
