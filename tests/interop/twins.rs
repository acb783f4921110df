//! The same roads with something wrong: what is said, what is advised, and the exit code. A person reads this at three in the
//! morning, a script the number.

use super::roads::Traveller;
use super::support::{Image, Ran, shows};
use super::town::{Guard, PASSWORD, PROXY_ACCOUNT, Road, Town, Wrong, town};

/// The town, or the end of the test.
macro_rules! town {
    () => {
        match town() {
            Some(town) => town,
            None => return,
        }
    };
}

/// On the way to a server with something wrong.
fn to(town: &Town, wrong: Wrong) -> Traveller {
    Traveller::new(town, town.wrong(wrong))
}

/// On the way through the proxy, with this account.
fn through(town: &Town, proxy: &str) -> Traveller {
    Traveller::new(town, town.host(Guard::Open, Road::Tls)).under("HTTPS_PROXY", proxy)
}

#[test]
fn nobody_named_the_authority() {
    let town = town!();
    let host = town.host(Guard::Open, Road::Tls);
    shows!(Traveller::new(town, host.clone()).with("").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the certificate cannot be trusted: its authority is unknown
    !
    ! hint: give the certificate of 0.0.0.0:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    exit code 5
    ");
    let other = Traveller::new(town, host);
    other.sandbox.file("ca.pem", &town.stranger);
    shows!(other.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the certificate cannot be trusted: its authority is unknown
    !
    ! hint: give the certificate of 0.0.0.0:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    exit code 5
    ");
    shows!(other.rpush(&format!("pull {}", other.name("app:1"))), @"
    $ rpush pull 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! 1: Pulling from app
    ! error: cannot read 0.0.0.0:PORT/app:1
    ! because: the certificate cannot be trusted: its authority is unknown
    !
    ! hint: give the certificate of 0.0.0.0:PORT's authority with `--ca-file FILE`, or do without verification: `--insecure`
    exit code 5
    ");
    assert_eq!(other.with("--insecure").push("insecure:1").code, 0);
}

#[test]
fn the_certificate_is_for_another_name() {
    let town = town!();
    shows!(to(town, Wrong::Name).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the certificate cannot be trusted: it is for registry.example, and not for 0.0.0.0
    !
    ! hint: if it is the same registry, call it by its name, `registry.example:PORT`; or else have a certificate made for `0.0.0.0` (subjectAltName)
    exit code 5
    ");
}

#[test]
fn the_certificate_has_expired() {
    let town = town!();
    shows!(to(town, Wrong::Expired).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the certificate cannot be trusted: it expired on 2021-01-01 at 00:00 UTC
    !
    ! hint: 0.0.0.0:PORT needs a new certificate; is this machine's clock right? Without any verification: `--insecure`
    exit code 5
    ");
}

#[test]
fn no_client_certificate() {
    let town = town!();
    let traveller = Traveller::new(town, town.host(Guard::Htpasswd, Road::ClientCertificate));
    shows!(traveller.login("alice", PASSWORD), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: cannot log in to 0.0.0.0:PORT
    ! because: 400 No required SSL certificate was sent (HTTP 400 Bad Request)
    !
    ! hint: give a certificate that the registry knows, and its key: `--client-cert FILE --client-key FILE`
    exit code 4
    ");
    shows!(traveller.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: 400 No required SSL certificate was sent (HTTP 400 Bad Request)
    !
    ! hint: give a certificate that the registry knows, and its key: `--client-cert FILE --client-key FILE`
    exit code 4
    ");
    shows!(traveller.rpush(&format!("pull {}", traveller.name("app:1"))), @"
    $ rpush pull 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! 1: Pulling from app
    ! error: cannot read 0.0.0.0:PORT/app:1
    ! because: 400 No required SSL certificate was sent (HTTP 400 Bad Request)
    !
    ! hint: give a certificate that the registry knows, and its key: `--client-cert FILE --client-key FILE`
    exit code 4
    ");
}

#[test]
fn a_client_certificate_of_another_authority() {
    let town = town!();
    let traveller = Traveller::new(town, town.host(Guard::Open, Road::ClientCertificate));
    shows!(traveller.showing(&town.foreign_client).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --client-cert client.pem --client-key client.key --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: 400 The SSL certificate error (HTTP 400 Bad Request)
    !
    ! hint: give a certificate that the registry knows, and its key: `--client-cert FILE --client-key FILE`
    exit code 4
    ");
}

#[test]
fn nobody_has_logged_in() {
    let town = town!();
    shows!(Traveller::on(town, Guard::Htpasswd, Road::Tls).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
    shows!(Traveller::on(town, Guard::Nginx, Road::Tls).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
    let tokens = Traveller::on(town, Guard::Tokens, Road::Tls);
    shows!(tokens.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the registry wants an account, and none is known for it (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
    shows!(tokens.push("public/app:1"), @r#"
    $ rpush push --progress none 0.0.0.0:PORT/public/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/public/app]
    ! error: cannot push [ID] to 0.0.0.0:PORT/public/app
    ! because: UNAUTHORIZED: authentication required: [{"Type":"repository","Class":"","Name":"public/app","Action":"pull"},{"Type":"repository","Class":"","Name":"public/app","Action":"push"}] (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    "#);
    shows!(tokens.rpush(&format!("pull {}", tokens.name("private/app:1"))), @r#"
    $ rpush pull 0.0.0.0:PORT/private/app:1 --ca-file ca.pem --retry 0
    ! 1: Pulling from private/app
    ! error: cannot read 0.0.0.0:PORT/private/app:1
    ! because: UNAUTHORIZED: authentication required: [{"Type":"repository","Class":"","Name":"private/app","Action":"pull"}] (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    "#);
}

#[test]
fn the_password_is_wrong() {
    let town = town!();
    let guards = [Guard::Htpasswd, Guard::Nginx, Guard::Tokens];
    let [htpasswd, nginx, tokens] = guards.map(|guard| Traveller::on(town, guard, Road::Tls));
    shows!(htpasswd.login("alice", "wrong"), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: 0.0.0.0:PORT does not accept this username and password
    ! because: UNAUTHORIZED: authentication required (HTTP 401 Unauthorized)
    !
    ! hint: type them again: `rpush login 0.0.0.0:PORT`; it may want an access token in the password's place
    exit code 4
    ");
    shows!(nginx.login("alice", "wrong"), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: 0.0.0.0:PORT does not accept this username and password
    ! because: 401 Authorization Required (HTTP 401 Unauthorized)
    !
    ! hint: type them again: `rpush login 0.0.0.0:PORT`; it may want an access token in the password's place
    exit code 4
    ");
    shows!(tokens.login("alice", "wrong"), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: 0.0.0.0:PORT does not accept this username and password
    ! because: the token server 0.0.0.0:PORT does not let this account in to 0.0.0.0:PORT: 401 Unauthorized: UNAUTHORIZED: incorrect username or password
    !
    ! hint: type them again: `rpush login 0.0.0.0:PORT`; it may want an access token in the password's place
    exit code 4
    ");
    let [htpasswd, nginx, tokens] =
        guards.map(|guard| Traveller::on(town, guard, Road::Tls).with("--ca-file ca.pem --creds alice:wrong"));
    shows!(htpasswd.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --creds alice:wrong --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the registry does not accept the credentials of alice (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
    shows!(nginx.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --creds alice:wrong --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the registry does not accept the credentials of alice (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
    shows!(tokens.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --creds alice:wrong --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the token server 0.0.0.0:PORT does not let this account in to 0.0.0.0:PORT: 401 Unauthorized: UNAUTHORIZED: incorrect username or password
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    ");
}

/// A-06.
#[test]
fn the_account_may_only_pull() {
    let town = town!();
    let alice = Traveller::on(town, Guard::Tokens, Road::Tls);
    assert_eq!(alice.login("alice", PASSWORD).code, 0);
    let pushed = alice.push("alices/app:1");
    let bob = Traveller::on(town, Guard::Tokens, Road::Tls);
    assert_eq!(bob.login("bob", PASSWORD).code, 0);
    let pulled = bob.rpush(&format!("pull {}", bob.name("alices/app:1")));
    assert_eq!((pulled.code, pulled.digest()), (0, pushed.digest()), "{pulled}");
    shows!(bob.push("alices/app:2"), @r#"
    $ rpush push --progress none 0.0.0.0:PORT/alices/app:2 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/alices/app]
    ! error: cannot push [ID] to 0.0.0.0:PORT/alices/app
    ! because: UNAUTHORIZED: authentication required: [{"Type":"repository","Class":"","Name":"alices/app","Action":"pull"},{"Type":"repository","Class":"","Name":"alices/app","Action":"push"}] (HTTP 401 Unauthorized)
    !
    ! hint: log in with an account that may: `rpush login 0.0.0.0:PORT`
    exit code 4
    "#);
}

/// What is below `public/` is everybody's to read.
#[test]
fn nobody_needs_an_account_for_what_is_public() {
    let town = town!();
    let alice = Traveller::on(town, Guard::Tokens, Road::Tls);
    assert_eq!(alice.login("alice", PASSWORD).code, 0);
    let pushed = alice.push("public/theirs:1");
    let anybody = Traveller::on(town, Guard::Tokens, Road::Tls);
    assert_eq!(anybody.rpush(&format!("pull {}", anybody.name("public/theirs:1"))).digest(), pushed.digest());
}

/// A proxy that sets another `Host` than it should, and one that sets none: then the registry names the address behind the proxy,
/// which on the machine of whoever pushes leads to nobody, or to somebody else.
#[test]
fn the_registry_calls_itself_by_the_name_behind_the_proxy() {
    let town = town!();
    shows!(to(town, Wrong::Host).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot push [ID] to 0.0.0.0:PORT/app
    ! because: the registry sends on to `http://backend`, which is without TLS
    !
    ! hint: if that is meant to be 0.0.0.0:PORT itself, let the reverse proxy in front of it set `Host: 0.0.0.0:PORT` and `X-Forwarded-Proto: https`; if it is a storage that may go without TLS: `--insecure`
    exit code 1
    ");
    shows!(to(town, Wrong::NoHost).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot push [ID] to 0.0.0.0:PORT/app
    ! because: the registry sends on to `http://127.0.0.1:PORT`, which is without TLS
    !
    ! hint: if that is meant to be 0.0.0.0:PORT itself, let the reverse proxy in front of it set `Host: 0.0.0.0:PORT` and `X-Forwarded-Proto: https`; if it is a storage that may go without TLS: `--insecure`
    exit code 1
    ");
    let https = to(town, Wrong::HostWithTls).push("app:1");
    assert_eq!(https.code, 5, "{https}");
    assert!(
        https
            .err
            .ends_with("\nhint: is the name right, and does this machine know it? `getent hosts backend.invalid`\n"),
        "{https}"
    );
}

#[test]
fn the_proxy_wants_an_account() {
    let town = town!();
    shows!(through(town, &town.proxy("")).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT wants an account, or does not accept the one that it was given
    !
    ! hint: name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`
    exit code 5
    ");
    shows!(through(town, &town.proxy("traveller:wrong")).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT wants an account, or does not accept the one that it was given
    !
    ! hint: name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`
    exit code 5
    ");
    let named = format!("--ca-file ca.pem --proxy {}", town.proxy(""));
    shows!(Traveller::on(town, Guard::Open, Road::Tls).with(&named).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --proxy http://localhost:PORT --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT wants an account, or does not accept the one that it was given
    !
    ! hint: name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`
    exit code 5
    ");
    let named = format!("--ca-file ca.pem --proxy {}", town.proxy(PROXY_ACCOUNT));
    assert_eq!(Traveller::on(town, Guard::Open, Road::Tls).with(&named).push("proxied:1").code, 0);
    let plain = to(town, Wrong::NoTls).with("--plain-http").under("HTTP_PROXY", &town.proxy(""));
    shows!(plain.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --plain-http --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: HTTP 407 Proxy Authentication Required
    !
    ! hint: name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`
    exit code 5
    ");
}

#[test]
fn the_proxy_is_not_there() {
    let town = town!();
    shows!(through(town, "http://traveller:toll@localhost:1").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT cannot be reached
    !
    ! hint: is that the right address (`--proxy`, `HTTPS_PROXY`, `HTTP_PROXY`)? To go without a proxy: `NO_PROXY=0.0.0.0`
    exit code 5
    ");
    shows!(through(town, "http://traveller:toll@proxy.invalid:3128").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://proxy.invalid:3128 cannot be reached
    !
    ! hint: is that the right address (`--proxy`, `HTTPS_PROXY`, `HTTP_PROXY`)? To go without a proxy: `NO_PROXY=0.0.0.0`
    exit code 5
    ");
    let plain = to(town, Wrong::NoTls).with("--plain-http").under("http_proxy", "http://traveller:toll@localhost:1");
    shows!(plain.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --plain-http --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT cannot be reached
    !
    ! hint: is that the right address (`--proxy`, `HTTPS_PROXY`, `HTTP_PROXY`)? To go without a proxy: `NO_PROXY=0.0.0.0`
    exit code 5
    ");
}

#[test]
fn the_proxy_lets_nobody_through() {
    let town = town!();
    shows!(through(town, &town.strict_proxy()).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT does not let this connection through: 403 Access violation
    !
    ! hint: does it allow 0.0.0.0:PORT, and can it reach that? To go without the proxy: `NO_PROXY=0.0.0.0`
    exit code 5
    ");
    let gone = Traveller::new(town, "0.0.0.0:1".to_owned()).under("HTTPS_PROXY", &town.proxy(PROXY_ACCOUNT));
    shows!(gone.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the proxy http://localhost:PORT does not let this connection through: 500 Unable to connect
    !
    ! hint: does it allow 0.0.0.0:PORT, and can it reach that? To go without the proxy: `NO_PROXY=0.0.0.0`
    exit code 5
    ");
}

#[test]
fn no_proxy_leads_past_the_proxy() {
    let town = town!();
    let host = town.host(Guard::Open, Road::Tls);
    for (exceptions, code) in [("0.0.0.0", 0), ("*", 0), (host.as_str(), 0), ("registry.example", 5), ("", 5)] {
        let ran = through(town, "http://localhost:1").under("NO_PROXY", exceptions).push("past:1");
        assert_eq!(ran.code, code, "{exceptions}: {ran}");
    }
}

#[test]
fn the_registry_speaks_http_only() {
    let town = town!();
    shows!(to(town, Wrong::NoTls).with("").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: the server gave an HTTP response to an HTTPS client
    !
    ! hint: 0.0.0.0:PORT speaks HTTP without TLS; if that is meant, add `--plain-http`
    exit code 5
    ");
    shows!(to(town, Wrong::NoTls).with("").login("alice", PASSWORD), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --retry 0
    ! error: cannot log in to 0.0.0.0:PORT
    ! because: the server gave an HTTP response to an HTTPS client
    !
    ! hint: 0.0.0.0:PORT speaks HTTP without TLS; if that is meant, add `--plain-http`
    exit code 5
    ");
    for option in ["--plain-http", "--insecure"] {
        assert_eq!(to(town, Wrong::NoTls).with(option).push("plain:1").code, 0, "{option}");
    }
    let proxied = to(town, Wrong::NoTls).with("--plain-http").under("HTTP_PROXY", &town.proxy(PROXY_ACCOUNT));
    assert_eq!(proxied.push("plain:1").code, 0);
    shows!(Traveller::new(town, town.host(Guard::Open, Road::Tls)).with("--plain-http").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --plain-http --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: 400 The plain HTTP request was sent to HTTPS port (HTTP 400 Bad Request)
    !
    ! hint: if 0.0.0.0:PORT speaks HTTPS, leave out `--plain-http`, also in the configuration file
    exit code 5
    ");
}

/// A push with one layer that does not fit into 1 MiB, however it is compressed.
fn push_much(traveller: &Traveller, repository: &str) -> Ran {
    let mut state = 1_u64;
    let text: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + u8::try_from((state >> 58) & 63).expect("six bits"))
    })
    .take(2 << 20)
    .collect();
    let name = traveller.name(&format!("{repository}:1"));
    traveller.sandbox.file("much.tar", Image::with(&text).docker_24(&["much:1"]).bytes());
    traveller.sandbox.ok("load -q -i much.tar");
    traveller.sandbox.ok(&format!("tag much:1 {name}"));
    traveller.rpush(&format!("push --progress none {name}"))
}

/// What nginx takes no more than 1 MB of at once goes in parts.
#[test]
fn nginx_limits_the_size_of_a_request() {
    let town = town!();
    let traveller = to(town, Wrong::Limit);
    let pushed = push_much(&traveller, "much");
    assert_eq!(pushed.code, 0, "{pushed}");
    let pulled = traveller.rpush(&format!("pull --progress none {}", traveller.name("much:1")));
    assert_eq!(pulled.digest(), pushed.digest());
}

#[test]
fn nginx_limits_the_size_of_a_request_to_nearly_nothing() {
    let town = town!();
    shows!(push_much(&to(town, Wrong::TightLimit), "more"), @"
    $ rpush push --progress none 0.0.0.0:PORT/more:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/more]
    ! error: cannot push [ID] to 0.0.0.0:PORT/more
    ! because: 413 Request Entity Too Large (HTTP 413 Payload Too Large)
    !
    ! hint: something in front of 0.0.0.0:PORT limits the size of a request; with nginx: `client_max_body_size 0;`
    exit code 1
    ");
}

#[test]
fn there_is_no_registry_behind_nginx() {
    let town = town!();
    shows!(to(town, Wrong::Gone).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: HTTP 502 Bad Gateway
    !
    ! hint: a proxy in front of 0.0.0.0:PORT answers in its place: is the registry behind it running, and does the proxy wait long enough for it? With nginx: `proxy_read_timeout 900s;`
    exit code 5
    ");
    shows!(to(town, Wrong::Mute).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: HTTP 504 Gateway Timeout
    !
    ! hint: a proxy in front of 0.0.0.0:PORT answers in its place: is the registry behind it running, and does the proxy wait long enough for it? With nginx: `proxy_read_timeout 900s;`
    exit code 5
    ");
    shows!(to(town, Wrong::Gone).login("alice", PASSWORD), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: cannot log in to 0.0.0.0:PORT
    ! because: HTTP 502 Bad Gateway
    !
    ! hint: a proxy in front of 0.0.0.0:PORT answers in its place: is the registry behind it running, and does the proxy wait long enough for it? With nginx: `proxy_read_timeout 900s;`
    exit code 5
    ");
}

#[test]
fn nothing_listens_there() {
    let town = town!();
    shows!(Traveller::new(town, "0.0.0.0:1".to_owned()).push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: connection refused
    !
    ! hint: is the registry running, and is 1 its port? What is in the way: `rpush doctor 0.0.0.0:PORT`
    exit code 5
    ");
    // The words of the system differ with how the machine is connected.
    let unknown = Traveller::new(town, "registry.invalid".to_owned()).push("app:1");
    assert_eq!(unknown.code, 5, "{unknown}");
    assert!(unknown.err.contains("\nbecause: no address is known for this name: "), "{unknown}");
    assert!(
        unknown
            .err
            .ends_with("\nhint: is the name right, and does this machine know it? `getent hosts registry.invalid`\n"),
        "{unknown}"
    );
}

/// A-11.
#[test]
fn the_token_server_has_no_tls() {
    let town = town!();
    let traveller = to(town, Wrong::PlainRealm);
    shows!(traveller.login("alice", PASSWORD), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: cannot log in to 0.0.0.0:PORT
    ! because: 0.0.0.0:PORT wants its credentials sent to 127.0.0.1:PORT without TLS, which is refused
    !
    ! hint: the token server at 127.0.0.1:PORT has to speak HTTPS, and the registry has to name it with `https://`
    exit code 1
    ");
    shows!(traveller.with("--ca-file ca.pem --creds alice:correct-horse").push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --creds alice:correct-horse --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: 0.0.0.0:PORT wants its credentials sent to 127.0.0.1:PORT without TLS, which is refused
    !
    ! hint: the token server at 127.0.0.1:PORT has to speak HTTPS, and the registry has to name it with `https://`
    exit code 1
    ");
}

#[test]
fn the_token_server_is_not_there() {
    let town = town!();
    let traveller = to(town, Wrong::NoTokens);
    shows!(traveller.login("alice", PASSWORD), @"
    $ rpush login -u alice --password-stdin --store-in file 0.0.0.0:PORT --ca-file ca.pem --retry 0
    ! error: cannot log in to 0.0.0.0:PORT
    ! because: cannot reach the token server 0.0.0.0:PORT of 0.0.0.0:PORT: connection refused
    !
    ! hint: is the token server running at 0.0.0.0:PORT? If it is elsewhere, 0.0.0.0:PORT has to name another `realm`
    exit code 5
    ");
    shows!(traveller.push("app:1"), @"
    $ rpush push --progress none 0.0.0.0:PORT/app:1 --ca-file ca.pem --retry 0
    ! The push refers to repository [0.0.0.0:PORT/app]
    ! error: cannot look for 1 in 0.0.0.0:PORT/app
    ! because: cannot reach the token server 0.0.0.0:PORT of 0.0.0.0:PORT: connection refused
    !
    ! hint: is the token server running at 0.0.0.0:PORT? If it is elsewhere, 0.0.0.0:PORT has to name another `realm`
    exit code 5
    ");
}
