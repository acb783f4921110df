//! `ls`: what a registry has, page by page.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rpush::server::Verdict;

use crate::support::{Crowd, Image, Registry, Sandbox, TokenServer, answer, shows};

/// A registry with two repositories and some tags.
fn stage() -> (Registry, Sandbox) {
    let (registry, sandbox) = (Registry::open(), Sandbox::new());
    for (text, tags) in
        [("one", ["app:v1.0", "app:v1.1-rc1", "team/app:1"]), ("two", ["app:v2.0", "app:latest", "b:1"])]
    {
        sandbox.file("app.tar", Image::with(text).docker_24(&["app"]).bytes());
        sandbox.ok("load -q -i app.tar");
        let names: Vec<_> = tags.iter().map(|name| registry.name(name)).collect();
        sandbox.ok(&format!("tag app {}", names.join(" ")));
        names.iter().for_each(|name| drop(sandbox.ok(&format!("push -q {name}"))));
    }
    registry.journal(&[]);
    (registry, sandbox)
}

#[test]
fn repositories_and_tags() {
    let (registry, sandbox) = stage();
    shows!(sandbox.rpush(&format!("ls {}", registry.host())), @"
    $ rpush ls localhost:PORT
    app
    b
    team/app
    ");
    shows!(sandbox.rpush(&format!("ls {}", registry.name("app"))), @"
    $ rpush ls localhost:PORT/app
    latest
    v1.0
    v1.1-rc1
    v2.0
    ");
    shows!(registry.journal(&[]).join("\n"), @"
    GET /v2/_catalog?n=1000 200
    GET /v2/app/tags/list?n=1000 200
    ");
    shows!(sandbox.rpush(&format!("ls --include v* --exclude *-rc* {}", registry.name("app"))), @"
    $ rpush ls --include v* --exclude *-rc* localhost:PORT/app
    v1.0
    v2.0
    ");
    shows!(sandbox.rpush(&format!("ls --include */* {}", registry.host())), @"
    $ rpush ls --include */* localhost:PORT
    team/app
    ");
    assert!(sandbox.names().len() > 1, "the store has nothing to do with it");
}

#[test]
fn digests_and_formats() {
    let (registry, sandbox) = stage();
    let app = registry.name("app");
    shows!(sandbox.rpush(&format!("ls --digests --include v* {app}")), @"
    $ rpush ls --digests --include v* localhost:PORT/app
    [DIGEST]	v1.0
    [DIGEST]	v1.1-rc1
    [DIGEST]	v2.0
    ");
    assert!(registry.journal(&[]).iter().all(|line| line.starts_with("HEAD") || line.contains("tags/list")));
    shows!(sandbox.run(&["ls", "--format", "{{.Name}} is {{.Digest}}", "--include", "v2*", &app]), @"
    $ rpush ls --format {{.Name}} is {{.Digest}} --include v2* localhost:PORT/app
    localhost:PORT/app:v2.0 is [DIGEST]
    ");
    shows!(sandbox.rpush(&format!("ls --format json --include v2* {app}")), @r#"
    $ rpush ls --format json --include v2* localhost:PORT/app
    {"Name":"localhost:PORT/app:v2.0","Repository":"localhost:PORT/app","Tag":"v2.0"}
    "#);
    shows!(sandbox.rpush(&format!("ls --format json --digests --include v2* {app}")), @r#"
    $ rpush ls --format json --digests --include v2* localhost:PORT/app
    {"Digest":"[DIGEST]","Name":"localhost:PORT/app:v2.0","Repository":"localhost:PORT/app","Tag":"v2.0"}
    "#);
    shows!(sandbox.run(&["ls", "--format", "{{.Name}}", &registry.host()]), @"
    $ rpush ls --format {{.Name}} localhost:PORT
    localhost:PORT/app
    localhost:PORT/b
    localhost:PORT/team/app
    ");
    shows!(sandbox.run(&["ls", "--format", "table {{.Name}}", &app]), @"
    $ rpush ls --format table {{.Name}} localhost:PORT/app
    ! error: a list that goes out as it comes has no columns to be lined up
    !
    ! hint: `--format json`, or a template: `--format '{{.Name}} {{.Digest}}'`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("ls --digests {}/", registry.host())), @"
    $ rpush ls --digests localhost:PORT/
    ! error: repositories have no digests
    !
    ! hint: name one of them: `rpush ls --digests localhost:PORT/REPOSITORY`
    exit code 2
    ");
}

/// Without the header, a registry's digest is that of what it gives; a tag that goes away meanwhile is no line.
#[test]
fn registries_that_do_not_say_digests() {
    let (registry, sandbox) = stage();
    registry.on(|request| match (request.method.as_str(), request.uri.path()) {
        ("HEAD", "/v2/app/manifests/v1.0") => Some(answer(404, &[], "")),
        ("HEAD", path) if path.contains("/manifests/") => Some(Verdict::alter_response(|mut response| {
            response.headers_mut().remove("docker-content-digest");
            response
        })),
        _ => None,
    });
    let ran = sandbox.ok(&format!("ls --digests {}", registry.name("app")));
    let expected: Vec<_> =
        ["latest", "v1.1-rc1", "v2.0"].map(|tag| format!("{}\t{tag}", registry.tag("app", tag).expect("a tag"))).into();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_registry_that_does_not_list_its_repositories() {
    let (registry, sandbox) = stage();
    registry.on(|request| {
        let body = r#"{"errors":[{"code":"UNSUPPORTED","message":"the catalog is off"}]}"#;
        (request.uri.path() == "/v2/_catalog").then(|| answer(405, &[], body))
    });
    shows!(sandbox.rpush(&format!("ls {}", registry.host())), @"
    $ rpush ls localhost:PORT
    ! error: cannot list the repositories of localhost:PORT
    ! because: UNSUPPORTED: the catalog is off (HTTP 405 Method Not Allowed)
    !
    ! hint: many registries do not list their repositories, or only for some accounts (`rpush login localhost:PORT`); the tags of one that you know: `rpush ls localhost:PORT/REPOSITORY`
    exit code 1
    ");
    registry.on(|request| (request.uri.path() == "/v2/_catalog").then(|| answer(404, &[], "404 page not found")));
    shows!(sandbox.rpush(&format!("ls {}", registry.host())), @"
    $ rpush ls localhost:PORT
    ! error: cannot list the repositories of localhost:PORT
    ! because: 404 page not found (HTTP 404 Not Found)
    !
    ! hint: many registries do not list their repositories, or only for some accounts (`rpush login localhost:PORT`); the tags of one that you know: `rpush ls localhost:PORT/REPOSITORY`
    exit code 3
    ");
    shows!(sandbox.rpush("ls docker.io"), @"
    $ rpush ls docker.io
    ! error: Docker Hub does not list its repositories
    !
    ! hint: search it: `rpush search TERM`; or name a repository: `rpush ls docker.io/library/alpine`
    exit code 2
    ");
    shows!(sandbox.rpush(&format!("ls {}", registry.name("nope"))), @r#"
    $ rpush ls localhost:PORT/nope
    ! error: cannot list the tags of localhost:PORT/nope
    ! because: NAME_UNKNOWN: no such repository: {"name":"nope"} (HTTP 404 Not Found)
    !
    ! hint: is the name right? `rpush ls localhost:PORT` has those that are there; some registries want a repository to be made on them before the first push
    exit code 3
    "#);
    shows!(sandbox.rpush(&format!("ls {}", registry.name("app:v1.0"))), @"
    $ rpush ls localhost:PORT/app:v1.0
    ! error: localhost:PORT/app:v1.0 is one image, and a list is of a repository
    !
    ! hint: leave out the tag: `rpush ls localhost:PORT/app`
    exit code 2
    ");
}

/// A registry may have a smaller largest page than it is asked for, and one that lists without end is not read without end.
#[test]
fn pages_that_are_odd() {
    let (registry, sandbox) = stage();
    registry.on(|request| match (request.uri.path(), request.uri.query()) {
        ("/v2/app/tags/list", Some("n=1000")) => {
            Some(answer(400, &[], r#"{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}"#))
        }
        _ => None,
    });
    assert_eq!(sandbox.ok(&format!("ls {}", registry.name("app"))).out.lines().count(), 4);
    registry.on(|request| {
        let last = request.uri.query().and_then(|query| query.strip_prefix("last=")).unwrap_or("0");
        let next = (last.parse::<u64>().expect("a number") + 1) % 5;
        let link = format!("</v2/app/tags/list?last={next}>; rel=\"next\"");
        Some(answer(200, &[("link", link.as_str())], format!(r#"{{"tags":["t{last}"]}}"#)))
    });
    let ran = sandbox.rpush(&format!("ls {}", registry.name("app")));
    assert!(ran.code == 1 && ran.err.contains("the list of tags goes in a circle"), "{ran}");
    assert!(registry.journal(&[]).len() < 30);
}

/// Lines come while the list goes on, and whoever has read enough ends it.
#[test]
fn the_beginning_of_a_list() {
    let (crowd, sandbox) = (Crowd::of(1_000_000), Sandbox::new());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rpush"));
    sandbox.confine(&mut command);
    command.args(["ls", &crowd.name("app")]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("rpush starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "v00.0000");
    drop(lines);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(crowd.asked()["list"] < 500, "it has not read to the end");
}

/// A token for the list of repositories is not one for a repository, and both are asked for as the registry wants it.
#[test]
fn lists_behind_a_token_server() {
    let (registry, sandbox) = stage();
    let tokens = TokenServer::start("pw");
    tokens.guard(&registry);
    shows!(sandbox.rpush(&format!("ls {}", registry.host())), @"
    $ rpush ls localhost:PORT
    ! error: cannot list the repositories of localhost:PORT
    ! because: UNAUTHORIZED: authentication required (HTTP 401 Unauthorized)
    !
    ! hint: many registries do not list their repositories, or only for some accounts (`rpush login localhost:PORT`); the tags of one that you know: `rpush ls localhost:PORT/REPOSITORY`
    exit code 4
    ");
    tokens.journal();
    assert_eq!(sandbox.ok(&format!("ls --creds alice:pw {}", registry.host())).out, "app\nb\nteam/app\n");
    assert_eq!(sandbox.ok(&format!("ls --creds alice:pw {}", registry.name("b"))).out, "1\n");
    sandbox.ok(&format!("rmi --remote --creds alice:pw {}", registry.name("b:1")));
    shows!(tokens.journal().join("\n"), @"
    GET /token?service=registry&scope=registry%3Acatalog%3A*&client_id=rpush&account=alice 200
    GET /token?service=registry&scope=repository%3Ab%3Apull&client_id=rpush&account=alice 200
    GET /token?service=registry&scope=repository%3Ab%3Adelete%2Cpull%2Cpush&client_id=rpush&account=alice 200
    ");
}
