//! `login` and `logout`: with a password and with tokens, what is kept and what is not.

use crate::support::{ACCESS, IDENTITY, Image, OauthServer, Ran, Registry, Sandbox, TokenServer, shows};

const PASSWORD: &str = "correct horse";

fn login(sandbox: &Sandbox, registry: &Registry, user: &str, password: &str) -> Ran {
    let host = registry.host();
    sandbox.run_with(&["login", "--username", user, "--password-stdin", "--store-in", "file", &host], password, &[])
}

/// A sandbox with an image that has a name in the registry.
fn sandbox_with_image(registry: &Registry) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox.file("app.tar", Image::with("hello").docker_25(&["docker.io/library/app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    let name = registry.name("app:1");
    sandbox.ok(&format!("tag app:1 {name}"));
    (sandbox, name)
}

#[test]
fn with_a_password() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    shows!(sandbox.rpush(&format!("push --progress none {name}")), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    // One line end belongs to the pipe, not to the password.
    shows!(login(&sandbox, &registry, "alice", &format!("{PASSWORD}\n")), @"
    $ rpush login --username alice --password-stdin --store-in file localhost:PORT
    Login Succeeded
    !
    ! WARNING! Your credentials are stored unencrypted in '[SANDBOX]/docker/config.json'.
    ! Configure a credential helper to remove this warning. See
    ! https://docs.docker.com/go/credential-store/
    !
    ");
    let pushed = sandbox.ok(&format!("push {name}"));
    sandbox.ok(&format!("rmi {name}"));
    assert_eq!(sandbox.ok(&format!("pull {name}")).digest(), pushed.digest());
    let journal = registry.journal(&[]);
    assert!(journal.iter().any(|line| line == "GET /v2/ 200"), "verified before it was kept: {journal:?}");

    // Logging in again without a word uses what is kept.
    shows!(sandbox.rpush(&format!("login {}", registry.host())), @"
    $ rpush login localhost:PORT
    Login Succeeded
    ! Authenticating with existing credentials... [Username: alice]
    ! note: they are from [SANDBOX]/docker/config.json
    ");
    shows!(sandbox.rpush(&format!("logout {}", registry.host())), @"
    $ rpush logout localhost:PORT
    Removing login credentials for localhost:PORT
    ! removed from [SANDBOX]/docker/config.json
    ");
    assert!(!sandbox.docker_config().unwrap_or_default().contains(&registry.host()));
    assert_eq!(sandbox.rpush(&format!("pull {name}")).code, 4);
    shows!(sandbox.rpush(&format!("logout {}", registry.host())), @"
    $ rpush logout localhost:PORT
    Removing login credentials for localhost:PORT
    ! error: no credentials are stored for localhost:PORT
    !
    ! hint: which account is used there, and where it is from: `rpush whoami localhost:PORT`
    exit code 3
    ");
}

/// What cannot be kept is not sent.
#[test]
fn a_place_that_is_not_there_is_told_before_anything_is_sent() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, host) = (Sandbox::new(), registry.host());
    let login = |options: &[&str]| {
        let words = [&["login", "-u", "alice", "--password-stdin"], options, &[&host]].concat();
        sandbox.run_with(&words, PASSWORD, &[])
    };
    shows!(login(&["--store-in", "nowhere"]), @"
    $ rpush login -u alice --password-stdin --store-in nowhere localhost:PORT
    ! error: the credential helper `docker-credential-nowhere` is not installed
    !
    ! hint: install it, or take its name out of `credsStore` and `credHelpers` in Docker's `config.json`; to keep an account elsewhere: `--store-in file`
    exit code 1
    ");
    assert_eq!(login(&["--store-in", "keyring"]).code, 1);
    sandbox.file("docker/config.json", r#"{"credsStore":"nowhere"}"#);
    assert_eq!(login(&[]).code, 1);
    sandbox.file("docker/config.json", "{");
    assert_eq!(login(&["--store-in", "file"]).code, 1);
    assert_eq!(registry.journal(&[]), Vec::<String>::new());
}

/// In CI, two jobs of one user.
#[test]
fn of_logins_at_the_same_time_none_is_lost() {
    let registries: Vec<_> = (0..6).map(|_| Registry::with_password("pw")).collect();
    let sandbox = Sandbox::new();
    sandbox.file("docker/config.json", r#"{"proxies":{"default":{}}}"#);
    let login =
        |registry: &Registry| sandbox.start(&format!("login -u alice -p pw --store-in file {}", registry.host()));
    let running: Vec<_> = registries.iter().map(login).collect();
    for run in running {
        let ran = run.wait();
        assert_eq!(ran.code, 0, "{ran}");
    }
    let config = sandbox.docker_config().expect("it is there");
    assert!(registries.iter().all(|registry| config.contains(&registry.host())), "{config}");
    assert!(config.contains("proxies"), "{config}");
}

#[test]
fn the_configuration_says_where_accounts_are_kept_unless_an_option_does() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, host) = (Sandbox::new(), registry.host());
    sandbox.file("config.toml", "[defaults]\nstore-in = \"file\"\n");
    let words = ["--config", "config.toml", "login", "-u", "alice", "--password-stdin"];
    let ran = sandbox.run_with(&[&words[..], &[&host]].concat(), PASSWORD, &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(sandbox.docker_config().is_some_and(|config| config.contains(&host)));
    let ran = sandbox.run_with(&[&words[..], &["--store-in", "nowhere", &host]].concat(), PASSWORD, &[]);
    assert_eq!(ran.code, 1, "{ran}");
    let ran = sandbox.run_with(&[&words[..], &[&host]].concat(), PASSWORD, &[("RPUSH_STORE_IN", "nowhere")]);
    assert_eq!(ran.code, 1, "{ran}");
}

#[test]
fn a_wrong_password_is_not_kept() {
    let registry = Registry::with_password(PASSWORD);
    let sandbox = Sandbox::new();
    shows!(login(&sandbox, &registry, "alice", "wrong"), @"
    $ rpush login --username alice --password-stdin --store-in file localhost:PORT
    ! error: localhost:PORT does not accept this username and password
    ! because: UNAUTHORIZED: no such account, or another password (HTTP 401 Unauthorized)
    !
    ! hint: type them again: `rpush login localhost:PORT`; it may want an access token in the password's place
    exit code 4
    ");
    assert_eq!(sandbox.docker_config(), None);
    // Nor does it replace one that is right.
    login(&sandbox, &registry, "alice", PASSWORD);
    let kept = sandbox.docker_config();
    assert_eq!(login(&sandbox, &registry, "alice", "wrong").code, 4);
    assert_eq!(sandbox.docker_config(), kept);
}

#[test]
fn with_a_token() {
    let (registry, tokens) = (Registry::open(), TokenServer::start(PASSWORD));
    tokens.guard(&registry);
    let (sandbox, name) = sandbox_with_image(&registry);
    shows!(sandbox.rpush(&format!("push --progress none {name}")), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login localhost:PORT`
    exit code 4
    ");
    shows!(login(&sandbox, &registry, "alice", "wrong"), @"
    $ rpush login --username alice --password-stdin --store-in file localhost:PORT
    ! error: localhost:PORT does not accept this username and password
    ! because: the token server localhost:PORT does not let this account in to localhost:PORT: 401 Unauthorized: UNAUTHORIZED: bad credentials
    !
    ! hint: type them again: `rpush login localhost:PORT`; it may want an access token in the password's place
    exit code 4
    ");
    assert_eq!(sandbox.docker_config(), None);
    shows!(login(&sandbox, &registry, "alice", PASSWORD), @"
    $ rpush login --username alice --password-stdin --store-in file localhost:PORT
    Login Succeeded
    !
    ! WARNING! Your credentials are stored unencrypted in '[SANDBOX]/docker/config.json'.
    ! Configure a credential helper to remove this warning. See
    ! https://docs.docker.com/go/credential-store/
    !
    ");
    tokens.journal();
    let pushed = sandbox.ok(&format!("push {name}"));
    let asked = tokens.journal();
    assert_eq!(asked.len(), 1, "one token for a push: {asked:?}");
    assert!(asked[0].contains("service=registry") && asked[0].contains("app"), "{asked:?}");
    sandbox.ok(&format!("rmi {name}"));
    assert_eq!(sandbox.ok(&format!("pull {name}")).digest(), pushed.digest());
}

/// A-08, A-09: the password is shown once; an identity token takes its place, and goes to the token server alone.
#[test]
fn with_an_identity_token() {
    let (registry, tokens) = (Registry::open(), OauthServer::start(PASSWORD));
    tokens.guard(&registry);
    let (sandbox, name) = sandbox_with_image(&registry);
    assert_eq!(login(&sandbox, &registry, "alice", PASSWORD).code, 0);
    assert!(tokens.asked().iter().any(|asked| asked.contains("offline_token=true")));
    let kept: serde_json::Value = serde_json::from_str(&sandbox.docker_config().expect("it is kept")).expect("JSON");
    let entry = &kept["auths"][registry.host()];
    assert_eq!(entry["identitytoken"], IDENTITY, "{kept}");
    let nameless = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, "alice:");
    assert_eq!(entry["auth"], nameless.as_str(), "the password is not kept: {kept}");

    let pushed = sandbox.ok(&format!("push {name}"));
    shows!(tokens.asked().join("\n"), @"POST grant_type=refresh_token&service=registry&client_id=rpush&scope=repository%3Aapp%3Apull%2Cpush&refresh_token=oauth%2Frefresh%2Btoken");
    // The next run needs neither.
    registry.journal(&[]);
    assert_eq!(sandbox.ok(&format!("push {name}")).digest(), pushed.digest());
    assert_eq!((registry.journal(&[]).len(), tokens.asked().len()), (1, 0));
    let cache = std::fs::read_to_string(sandbox.path("home/.cache/rpush/tokens.json")).expect("tokens are kept");
    assert!(cache.contains(ACCESS) && !cache.contains(IDENTITY) && !cache.contains(PASSWORD), "{cache}");

    // Logging in again uses what is kept, and says so when it is no longer good.
    sandbox.ok(&format!("login {}", registry.host()));
    tokens.revoke();
    let ran = sandbox.rpush(&format!("push --progress none {name}"));
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.err.contains("invalid_grant: the token was revoked"), "{ran}");
}

#[test]
fn without_being_kept() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    let pair = format!("alice:{PASSWORD}");
    let push = ["push", "-q", "--creds", &pair, &name];
    assert_eq!(sandbox.run(&push).code, 0);
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &pair);
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"{base64}"}}}}}}"#, registry.host());
    for environment in [
        [("RPUSH_USERNAME", "alice"), ("RPUSH_PASSWORD", PASSWORD)],
        [("DOCKER_AUTH_CONFIG", config.as_str()), ("UNUSED", "")],
        [("RPUSH_CREDS", pair.as_str()), ("UNUSED", "")],
    ] {
        let ran = sandbox.run_with(&["push", "-q", &name], "", &environment);
        assert_eq!(ran.code, 0, "{:?}: {ran}", environment[0].0);
    }
    assert_eq!(sandbox.docker_config(), None);
    assert_eq!(sandbox.rpush(&format!("push {name}")).code, 4);
}

/// Docker's checks of the words typed, before anything is asked of anybody.
#[test]
fn words_that_make_no_sense() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, host) = (Sandbox::new(), registry.host());
    for words in [
        "login -u alice -p x --password-stdin HOST",
        "login --password-stdin HOST",
        "login -u alice HOST",
        "login HOST",
        "login -u alice --password-stdin HOST",
        "login -u alice -p x alice:x@HOST",
    ] {
        let ran = sandbox.rpush(&words.replace("HOST", &host));
        assert_eq!(ran.code, 2, "{ran}");
    }
    shows!(sandbox.rpush(&format!("login -u alice {host}")), @"
    $ rpush login -u alice localhost:PORT
    ! error: cannot perform an interactive login from a non-TTY device
    !
    ! hint: give the name with `--username` and the password with `--password-stdin`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("login -u alice --password-stdin {host}")), @"
    $ rpush login -u alice --password-stdin localhost:PORT
    ! error: password is empty
    !
    ! hint: give a password or an access token; a script on standard input: `--username NAME --password-stdin`
    exit code 2
    ");
    assert!(registry.journal(&[]).is_empty());
    assert_eq!(sandbox.docker_config(), None);
}

/// A registry that asks nobody for anything has not looked at the password, and that is said.
#[test]
fn a_registry_without_accounts() {
    let registry = Registry::open();
    let sandbox = Sandbox::new();
    shows!(login(&sandbox, &registry, "alice", "anything"), @"
    $ rpush login --username alice --password-stdin --store-in file localhost:PORT
    Login Succeeded
    ! note: localhost:PORT asks nobody for a password, so this one was not checked
    !
    ! WARNING! Your credentials are stored unencrypted in '[SANDBOX]/docker/config.json'.
    ! Configure a credential helper to remove this warning. See
    ! https://docs.docker.com/go/credential-store/
    !
    ");
    shows!(sandbox.rpush("login -u alice -p anything --store-in file localhost:1"), @"
    $ rpush login -u alice -p anything --store-in file localhost:PORT
    ! WARNING! Using --password via the CLI is insecure. Use --password-stdin.
    ! error: cannot log in to localhost:PORT
    ! because: connection refused
    !
    ! hint: is the registry running, and is 1 its port? What is in the way: `rpush doctor localhost:PORT`
    exit code 5
    ");
}
