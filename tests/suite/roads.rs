//! The way to a registry: certificates, proxies, the configuration file, and where secrets do not go.

use std::fs;
use std::sync::{Arc, Mutex};

use hyper::http::request::Parts;

use crate::support::{Certificate, Image, Registry, Sandbox, answer, shows};

const PASSWORD: &str = "s3cr3t-p4ssw0rd";

/// A sandbox with the image `name` in its store.
fn with_image(name: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag app:1 {name}"));
    sandbox
}

fn mkdir(sandbox: &Sandbox, name: &str) {
    fs::create_dir_all(sandbox.path(name)).expect("a directory can be made");
}

#[test]
fn the_certificate_of_dockers_documentation_works_wherever_it_is_configured() {
    let certificate = Certificate::of("localhost", 2100);
    let registry = certificate.registry();
    let (host, name) = (registry.host(), registry.name("app:1"));
    let sandbox = with_image(&name);
    sandbox.file("ca.pem", &certificate.pem);
    sandbox.ok(&format!("push --ca-file ca.pem {name}"));

    mkdir(&sandbox, "home/.config/rpush");
    sandbox.file("home/.config/rpush/ca.pem", &certificate.pem);
    let config = sandbox.file("home/.config/rpush/config.toml", format!("[host.\"{host}\"]\nca-file = \"ca.pem\"\n"));
    sandbox.ok(&format!("push {name}"));
    fs::remove_file(config).expect("it is there");

    let directory = format!("home/.docker/certs.d/{host}");
    mkdir(&sandbox, &directory);
    sandbox.file(&format!("{directory}/ca.crt"), &certificate.pem);
    sandbox.ok(&format!("push {name}"));
}

/// What is configured is also held to: without that, a loopback registry's certificate is not looked at.
#[test]
fn every_trouble_with_a_certificate_has_words_and_a_cure_of_its_own() {
    let configured = |shown: &Certificate, configured: &Certificate| {
        let registry = shown.registry();
        let sandbox = with_image(&registry.name("app:1"));
        sandbox.file("ca.pem", &configured.pem);
        let ran = sandbox.rpush(&format!("push --progress none --ca-file ca.pem {}", registry.name("app:1")));
        let port = registry.host().replace("localhost:", "");
        ran.to_string().replace(&port, "PORT")
    };
    let (other_name, expired) = (Certificate::of("registry.example", 2100), Certificate::of("localhost", 2021));
    shows!(configured(&other_name, &other_name), @"
    $ rpush push --progress none --ca-file ca.pem localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the certificate cannot be trusted: it is for registry.example, and not for localhost
    !
    ! hint: if it is the same registry, call it by its name, `registry.example:PORT`; or else have a certificate made for `localhost` (subjectAltName)
    exit code 5
    ");
    shows!(configured(&expired, &expired), @"
    $ rpush push --progress none --ca-file ca.pem localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the certificate cannot be trusted: it expired on 2021-01-01 at 00:00 UTC
    !
    ! hint: localhost:PORT needs a new certificate; is this machine's clock right? Without any verification: `--insecure`
    exit code 5
    ");
    shows!(configured(&Certificate::of("localhost", 2100), &Certificate::of("registry.example", 2100)), @"
    $ rpush push --progress none --ca-file ca.pem localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: the certificate cannot be trusted: it has signed itself, and nobody said that it is to be trusted
    !
    ! hint: give the certificate of localhost:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    exit code 5
    ");
}

#[test]
fn certificates_that_cannot_be_used_are_named() {
    let registry = Certificate::of("localhost", 2100).registry();
    let (host, name) = (registry.host(), registry.name("app:1"));
    let sandbox = with_image(&name);
    sandbox.file("no.pem", "nothing");
    shows!(sandbox.rpush(&format!("push --progress none --ca-file no.pem {name}")), @"
    $ rpush push --progress none --ca-file no.pem localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot read certificates from no.pem
    ! because: there is no PEM certificate in it
    exit code 1
    ");
    shows!(sandbox.rpush(&format!("push --progress none --client-cert none.pem {name}")), @"
    $ rpush push --progress none --client-cert none.pem localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot read a client certificate from none.pem
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    // Also where no TLS is spoken, and the file would make no difference.
    let plain = Registry::open();
    for command in ["push --progress none", "pull --progress none", "login -u alice -p pw --store-in file"] {
        let at = if command.starts_with("login") { plain.host() } else { plain.name("app:1") };
        sandbox.rpush(&format!("tag {name} {}", plain.name("app:1")));
        let ran = sandbox.rpush(&format!("{command} --ca-file nowhere.pem {at}"));
        assert_eq!(ran.code, 3, "{ran}");
        assert!(ran.err.contains("error: cannot read certificates from nowhere.pem"), "{ran}");
    }
    assert_eq!(plain.journal(&[]), Vec::<String>::new());
    // One that cannot be read may be another user's; a certificate without its key is a mistake.
    let directory = format!("home/.docker/certs.d/{host}");
    mkdir(&sandbox, &format!("{directory}/ca.crt"));
    let ran = sandbox.ok(&format!("push --progress none {name}"));
    assert_eq!(ran.err.matches("warning: ").count(), 1, "{ran}");
    assert!(ran.err.contains("ca.crt cannot be read and is left out"), "{ran}");
    sandbox.file(&format!("{directory}/client.cert"), "");
    shows!(sandbox.rpush(&format!("push --progress none {name}")), @"
    $ rpush push --progress none localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: the client certificate [SANDBOX]/home/.docker/certs.d/localhost:PORT/client.cert has no key: there is no client.key beside it
    exit code 1
    ");
}

#[test]
fn the_configuration_is_checked() {
    let sandbox = Sandbox::new();
    sandbox.file("config.toml", "[defaults]\nretry = 0\n\n[host.\"localhost:5000\"]\nplain_http = true\n");
    shows!(sandbox.rpush("--config config.toml images"), @"
    $ rpush --config config.toml images
    ! error: config.toml, line 5: there is no key `plain_http` here
    !
    ! hint: do you mean `plain-http`?
    exit code 2
    ");
    shows!(sandbox.rpush("--config none.toml images"), @"
    $ rpush --config none.toml images
    ! error: cannot read the configuration none.toml
    ! because: No such file or directory (os error 2)
    exit code 3
    ");
    sandbox.file("config.toml", "[defaults]\nstore = \"elsewhere\"\nretry = 0\n");
    sandbox.file("app.tar", Image::with("hello").docker_24(&["app:1"]).bytes());
    let ran = sandbox.run_with(&["load", "-i", "app.tar"], "", &[("RPUSH_CONFIG", "config.toml")]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(sandbox.path("store/index.json").exists(), "the variable comes before the file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rpush"));
    sandbox.confine(&mut command);
    command.env_remove("RPUSH_STORE").args(["--config", "config.toml", "load", "-i", "app.tar"]);
    assert!(command.output().expect("rpush runs").status.success());
    assert!(sandbox.path("elsewhere/index.json").exists(), "a path starts where the file lies");
}

/// Everything that a registry is sent in a header that may hold a secret.
#[derive(Clone, Default)]
struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    fn note(&self, request: &Parts) {
        let mut seen = self.0.lock().expect("no panic");
        for name in ["authorization", "proxy-authorization", "cookie"] {
            let values = request.headers.get_all(name).into_iter();
            seen.extend(values.map(|value| format!("{name}: {}", value.to_str().unwrap_or_default())));
        }
    }

    #[track_caller]
    fn none(&self) {
        assert_eq!(*self.0.lock().expect("no panic"), Vec::<String>::new());
    }
}

/// The same machine under another name, so that it is another origin whatever the port is.
fn elsewhere(registry: &Registry) -> String {
    registry.host().replace("localhost", "127.0.0.1")
}

#[test]
fn a_redirect_takes_no_secret_along() {
    let (home, stranger) = (Registry::with_password(PASSWORD), Registry::open());
    let name = home.name("app:1");
    let sandbox = with_image(&name);
    sandbox.ok(&format!("tag app:1 {}", stranger.name("app:1")));
    sandbox.ok(&format!("push {}", stranger.name("app:1")));
    sandbox.ok(&format!("push --creds alice:{PASSWORD} {name}"));
    let seen = Secrets::default();
    let there = seen.clone();
    stranger.on(move |request| {
        there.note(request);
        None
    });
    let address = elsewhere(&stranger);
    home.on(move |request| {
        let blob = request.uri.path().contains("/blobs/") && request.headers.contains_key("authorization");
        let to = format!("http://{address}{}", request.uri.path());
        blob.then(|| answer(307, &[("location", &to)], ""))
    });
    stranger.journal(&[]);
    let other = Sandbox::new();
    other.ok(&format!("pull --creds alice:{PASSWORD} {name}"));
    assert!(!stranger.journal(&[]).is_empty(), "the redirects were followed");
    seen.none();
}

#[test]
fn an_upload_elsewhere_takes_no_secret_along() {
    let (home, stranger) = (Registry::with_password(PASSWORD), Registry::open());
    let name = home.name("app:1");
    let sandbox = with_image(&name);
    let seen = Secrets::default();
    let there = seen.clone();
    stranger.on(move |request| {
        there.note(request);
        Some(answer(403, &[], "no"))
    });
    let to = format!("http://{}/v2/app/blobs/uploads/1", elsewhere(&stranger));
    home.on(move |request| {
        let asks = request.method == "POST" && request.headers.contains_key("authorization");
        asks.then(|| answer(202, &[("location", &to)], ""))
    });
    let ran = sandbox.rpush(&format!("push --creds alice:{PASSWORD} {name}"));
    assert_eq!(ran.code, 4, "{ran}");
    assert!(!stranger.journal(&[]).is_empty(), "the upload went there");
    seen.none();
}

#[test]
fn a_token_server_without_tls_is_told_nothing_by_a_registry_with_tls() {
    let (home, stranger) = (Certificate::of("localhost", 2100).registry(), Registry::open());
    let name = home.name("app:1");
    let sandbox = with_image(&name);
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", elsewhere(&stranger));
    home.on(move |_| Some(answer(401, &[("www-authenticate", &challenge)], "{}")));
    let ran = sandbox.rpush(&format!("push --progress none --creds alice:{PASSWORD} {name}"));
    shows!(ran, @"
    $ rpush push --progress none --creds alice:s3cr3t-p4ssw0rd localhost:PORT/app:1
    ! The push refers to repository [localhost:PORT/app]
    ! error: cannot look for 1 in localhost:PORT/app
    ! because: localhost:PORT wants its credentials sent to 127.0.0.1:PORT without TLS, which is refused
    !
    ! hint: the token server at 127.0.0.1:PORT has to speak HTTPS, and the registry has to name it with `https://`
    exit code 1
    ");
    assert_eq!(stranger.journal(&[]), Vec::<String>::new());
}

/// C-12: a HEAD has no words. What is said to a GET tells more, for example of a client certificate that nginx misses.
#[test]
fn a_no_without_words_is_asked_for_them() {
    let registry = Registry::open();
    let name = registry.name("app:1");
    let sandbox = with_image(&name);
    let denied = r#"{"errors":[{"code":"DENIED","message":"the quota is used up"}]}"#;
    registry.on(move |request| match request.method.as_str() {
        "HEAD" => Some(answer(403, &[], "")),
        _ => Some(answer(403, &[], denied)),
    });
    let ran = sandbox.rpush(&format!("push --progress none {name}"));
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.err.contains("\nbecause: DENIED: the quota is used up (HTTP 403 Forbidden)\n"), "{ran}");
    let journal = registry.journal(&[]);
    let about_manifests: Vec<_> = journal.iter().filter(|line| line.contains("/manifests/")).collect();
    assert_eq!(about_manifests, ["HEAD /v2/app/manifests/1 403", "GET /v2/app/manifests/1 403"]);
}

/// Registries behind a proxy that does not say how it was reached (distribution#479, #996, #2862).
#[test]
fn an_address_that_a_proxy_has_spoilt_is_repaired_with_one_warning() {
    let registry = Registry::open();
    let name = registry.name("app:1");
    let sandbox = with_image(&name);
    let to = format!("https://{}/v2/app/blobs/uploads/1", registry.host());
    registry.on(move |request| match request.method.as_str() {
        "POST" => Some(answer(202, &[("location", &to)], "")),
        "PUT" if request.uri.path().contains("/uploads/") => Some(answer(201, &[], "")),
        "PUT" => Some(answer(201, &[], "")),
        _ => None,
    });
    let ran = sandbox.ok(&format!("push --progress none {name}"));
    assert_eq!(ran.err.matches("warning: ").count(), 1, "{ran}");
    shows!(ran, @"
    $ rpush push --progress none localhost:PORT/app:1
    1: digest: [DIGEST] size: 553
    ! The push refers to repository [localhost:PORT/app]
    ! warning: localhost:PORT gives addresses at https://localhost:PORT, where it is not; http://localhost:PORT is used in their place. Let the reverse proxy in front of it set `X-Forwarded-Proto: http`
    ");
}

#[test]
fn this_machine_is_reached_without_a_proxy_unless_one_is_named() {
    let (registry, proxy) = (Registry::open(), Registry::open());
    let name = registry.name("app:1");
    let sandbox = with_image(&name);
    let wants = Arc::new(Mutex::new(Vec::new()));
    let heard = wants.clone();
    proxy.on(move |request| {
        let sent = request.headers.get("proxy-authorization").and_then(|value| value.to_str().ok());
        heard.lock().expect("no panic").push(sent.unwrap_or_default().to_owned());
        Some(answer(407, &[("proxy-authenticate", "Basic realm=\"proxy\"")], "who are you?"))
    });
    let address = format!("http://{}", proxy.host());
    let push = ["push", "--progress", "none", &name];
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let ran = sandbox.run_with(&push, "", &[(variable, &address)]);
        assert_eq!(ran.code, 0, "{ran}");
    }
    assert!(wants.lock().expect("no panic").is_empty());
    let named = format!("http://alice:{PASSWORD}@{}", proxy.host());
    let ran = sandbox.run_with(&["-vv", "push", "--plain-http", &name], "", &[("RPUSH_PROXY", &named)]);
    assert_eq!(ran.code, 5, "{ran}");
    assert!(ran.err.contains("--proxy http://USER:PASSWORD@HOST:PORT"), "{ran}");
    let gone = sandbox.rpush(&format!("push --progress none --proxy http://alice:{PASSWORD}@localhost:1 {name}"));
    assert_eq!(gone.code, 5, "{gone}");
    assert!(gone.err.contains("because: the proxy http://localhost:1 cannot be reached"), "{gone}");
    assert!(!gone.err.contains(PASSWORD), "{gone}");
    // `alice:s3cr3t-p4ssw0rd`
    assert!(wants.lock().expect("no panic").iter().all(|sent| sent == "Basic YWxpY2U6czNjcjN0LXA0c3N3MHJk"));
    assert!(!wants.lock().expect("no panic").is_empty());
    for secret in [PASSWORD, "YWxpY2U6"] {
        assert!(!ran.to_string().contains(secret), "{ran}");
    }
}

/// Pages of a list, behind a proxy that ends TLS and does not say so: `Link` leads to HTTP, to the wrong port, or elsewhere.
#[test]
fn a_list_goes_on_where_the_registry_is_and_with_its_account() {
    let files = Sandbox::new();
    let certificate = crate::support::Authority::new(&files, "authority").vouch(&files, "localhost");
    let home = Registry::start(rpush::server::Config {
        tls: Some(certificate),
        accounts: Some(crate::support::accounts("alice", PASSWORD)),
        ..Default::default()
    });
    let stranger = Registry::open();
    let (sandbox, name) = (with_image(&home.name("app:1")), home.name("app"));
    sandbox.ok(&format!("tag {name}:1 {name}:2"));
    sandbox.ok(&format!("push -q --creds alice:{PASSWORD} {name}:1 {name}:2"));
    let heard = Secrets::default();
    let ear = heard.clone();
    stranger.on(move |request| {
        ear.note(request);
        None
    });
    for (at, header) in [
        ("http://localhost".to_owned(), "X-Forwarded-Proto: https"),
        (format!("http://{}", home.host()), "X-Forwarded-Proto: https"),
        (format!("http://{}", stranger.host()), "X-Forwarded-Proto: https"),
        (format!("http://{}", elsewhere(&stranger)), "Host: localhost"),
    ] {
        let link = format!("<{at}/v2/app/tags/list?n=1&last=1>; rel=\"next\"");
        home.on(move |request| {
            let known = request.headers.contains_key("authorization");
            let first = request.uri.path().ends_with("/tags/list") && !request.uri.query()?.contains("last");
            (first && known).then(|| answer(200, &[("link", &link)], r#"{"name":"app","tags":["1"]}"#))
        });
        home.journal(&[]);
        let other = Sandbox::new();
        let ran = other.ok(&format!("pull --progress none -a --creds alice:{PASSWORD} {name}"));
        assert!(home.journal(&[]).iter().any(|line| line == "GET /v2/app/tags/list?n=1&last=1 200"), "{at}: {ran}");
        assert_eq!(other.names().len(), 2, "{at}: {ran}");
        assert_eq!(ran.err.matches("warning: ").count(), 1, "{at}: {ran}");
        assert!(ran.err.contains(header), "{at}: {ran}");
        assert_eq!(stranger.journal(&[]), Vec::<String>::new(), "{at}");
    }
    heard.none();
}
