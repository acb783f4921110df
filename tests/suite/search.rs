//! `search`: Docker Hub's, of which a stand-in has the name, and a registry's own list.

use rpush::server::Config;

use crate::support::{Authority, ConnectProxy, Image, Ran, Registry, Sandbox, answer, shows};

/// Docker Hub's search, and rpush behind a proxy that leads there.
struct Hub {
    proxy: ConnectProxy,
    sandbox: Sandbox,
    index: Registry,
}

impl Hub {
    fn start() -> Self {
        let sandbox = Sandbox::new();
        let tls = Some(Authority::new(&sandbox, "authority").vouch(&sandbox, "index.docker.io"));
        let index = Registry::start(Config { tls, ..Config::default() });
        index.on(|request| {
            assert_eq!(request.headers.get("authorization"), None, "nobody is asked who they are");
            let found = r#"{"num_pages":1,"num_results":3,"page":1,"page_size":25,"query":"alpine","results":[
                {"name":"alpine","description":"A minimal Docker image based on Alpine Linux with a complete package index","star_count":11000,"is_official":true,"is_automated":false},
                {"name":"alpine/git","description":"A  simple git container","star_count":250,"is_official":false},
                {"name":"evil/alpine","description":"a\u001b[2J\nb","star_count":0}]}"#;
            Some(match request.uri.query() {
                Some(query) if query.contains("q=alpine") => answer(200, &[], found),
                _ => answer(200, &[], r#"{"results":[]}"#),
            })
        });
        let proxy = ConnectProxy::start(&[("index.docker.io:443", index.host().as_str())]);
        index.journal(&[]);
        Self { proxy, sandbox, index }
    }

    fn search(&self, words: &[&str]) -> Ran {
        let proxy = self.proxy.url();
        let options = ["search", "--retry", "0", "--proxy", &proxy, "--ca-file", "authority.pem"];
        let mut ran = self.sandbox.run(&[&options[..], words].concat());
        ran.words = format!("search {}", words.join(" "));
        // What is not official has an empty last cell, and nobody sees the room before it.
        ran.out = ran.out.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        ran
    }
}

#[test]
fn docker_hub_is_searched() {
    let hub = Hub::start();
    // An account is for the registry, and not for the search.
    hub.sandbox.file("docker/config.json", r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YWxpY2U6cHc="}}}"#);
    shows!(hub.search(&["alpine"]), @r#"
    $ rpush search alpine
    NAME          DESCRIPTION                                     STARS     OFFICIAL
    alpine        A minimal Docker image based on Alpine Linux…   11000     [OK]
    alpine/git    A  simple git container                         250
    evil/alpine   a\u{1b}[2J b                                    0
    "#);
    shows!(hub.index.journal(&[]).join("\n"), @"GET /v1/search?q=alpine&n=25 200");
    assert_eq!(hub.proxy.asked(), ["index.docker.io:443"]);
    shows!(hub.search(&["--filter", "is-official=true", "--no-trunc", "--limit", "5", "docker.io/alpine"]), @"
    $ rpush search --filter is-official=true --no-trunc --limit 5 docker.io/alpine
    NAME      DESCRIPTION                                                                  STARS     OFFICIAL
    alpine    A minimal Docker image based on Alpine Linux with a complete package index   11000     [OK]
    ");
    shows!(hub.index.journal(&[]).join("\n"), @"GET /v1/search?q=alpine&n=5 200");
    shows!(hub.search(&["--filter", "stars=100", "--format", "{{.Name}} {{.StarCount}}", "alpine"]), @"
    $ rpush search --filter stars=100 --format {{.Name}} {{.StarCount}} alpine
    alpine 11000
    alpine/git 250
    ");
    shows!(hub.search(&["--format", "json", "--limit", "1", "alpine"]), @r#"
    $ rpush search --format json --limit 1 alpine
    {"Description":"A minimal Docker image based on Alpine Linux…","IsOfficial":"true","Name":"alpine","StarCount":"11000"}
    "#);
    shows!(hub.search(&["nothing of that name"]), @"
    $ rpush search nothing of that name
    NAME      DESCRIPTION   STARS     OFFICIAL
    ");
}

#[test]
fn docker_hub_may_be_busy() {
    let hub = Hub::start();
    hub.index.on(|_| Some(answer(429, &[], "slow down")));
    shows!(hub.search(&["alpine"]), @"
    $ rpush search alpine
    ! error: cannot search Docker Hub for alpine
    ! because: slow down (HTTP 429 Too Many Requests)
    !
    ! hint: try the same command again, which sends nothing twice; what is in the way: `rpush doctor docker.io/REPOSITORY`
    exit code 5
    ");
    hub.index.on(|_| Some(answer(200, &[], "<html>")));
    assert_eq!(hub.search(&["alpine"]).code, 1);
}

#[test]
fn a_registry_is_searched_by_its_list() {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    sandbox.file("app.tar", Image::with("one").docker_24(&["app"]).bytes());
    sandbox.ok("load -q -i app.tar");
    for name in ["fancy", "team/fancy-app", "other"] {
        sandbox.ok(&format!("tag app {}", registry.name(name)));
        sandbox.ok(&format!("push -q {}", registry.name(name)));
    }
    shows!(sandbox.rpush(&format!("search {}", registry.name("FANCY"))), @"
    $ rpush search localhost:PORT/FANCY
    NAME
    localhost:PORT/fancy
    localhost:PORT/team/fancy-app
    ");
    shows!(sandbox.rpush(&format!("search --limit 1 {}", registry.name("fancy"))), @"
    $ rpush search --limit 1 localhost:PORT/fancy
    NAME
    localhost:PORT/fancy
    ! there are more than 1; `--limit` shows more
    ");
    shows!(sandbox.rpush(&format!("search --filter stars=1 {}", registry.name("fancy"))), @"
    $ rpush search --filter stars=1 localhost:PORT/fancy
    ! error: `--filter` is for Docker Hub; the list of localhost:PORT has nothing but names
    !
    ! hint: choose by the name alone: `rpush search localhost:PORT/fancy`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("search {}", registry.host())), @"
    $ rpush search localhost:PORT
    ! error: there is no word to search for at localhost:PORT
    !
    ! hint: all repositories of localhost:PORT: `rpush ls localhost:PORT`
    exit code 2
    ");
    shows!(sandbox.rpush("search --filter is-automated=true alpine"), @"
    $ rpush search --filter is-automated=true alpine
    ! error: invalid filter 'is-automated=true'
    !
    ! hint: the filters are `--filter is-official=true`, `--filter is-official=false` and `--filter stars=N`
    exit code 2
    ");
}
