//! Docker's messages that have sent people to a search engine, and what rpush says where Docker would: each from a run against a
//! registry, a proxy or a machine that does just that. They stand in `docs/errors.md`, which
//! `RPUSH_REWRITE=1 cargo test --test suite docker_words` writes anew.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;

use hyper::Response;
use rpush::server::{Config, Mode, Verdict};

use crate::support::{Authority, Image, Layout, Ran, Registry, Sandbox, answer};

/// A message of Docker's, when it says so, what rpush says then, and with which exit code.
struct Row {
    docker: &'static str,
    when: &'static str,
    ran: Ran,
}

#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    fn add(&mut self, docker: &'static str, when: &'static str, ran: Ran) {
        assert_ne!(ran.code, 0, "{ran}");
        self.0.push(Row { docker, when, ran });
    }

    fn page(&self) -> String {
        let mut page = String::new();
        for Row { docker, when, ran } in &self.0 {
            let said: Vec<&str> = ran.err.lines().skip_while(|line| !line.starts_with("error: ")).collect();
            let said = without_what_differs(&said.join("\n"));
            let code = ran.code;
            write!(page, "### `{docker}`\n\n{when}. Exit code {code}.\n\n```text\n{said}\n```\n\n")
                .expect("a text grows");
        }
        page
    }
}

/// A sandbox with one image for each registry, and whatever is to be pushed from it.
fn stage() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello"));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
    sandbox
}

fn push(sandbox: &Sandbox, name: &str, options: &str) -> Ran {
    sandbox.rpush(&format!("push --progress none --retry 0 --from oci:image {options} {name}"))
}

/// A push to a registry that answers to requests of this method, on paths with this in them, in its own way.
fn answered(method: &'static str, path: &'static str, status: u16, code: &str, message: &str, detail: &str) -> Ran {
    let detail = if detail.is_empty() { String::new() } else { format!(r#","detail":"{detail}""#) };
    let body = format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"{detail}}}]}}"#);
    let registry = Registry::open();
    registry.on(move |request| {
        let is_meant = request.method == method && request.uri.path().contains(path);
        is_meant.then(|| answer(status, &[], body.clone()))
    });
    push(&stage(), &registry.name("team/app:1"), "")
}

/// The same with a page for a browser, as proxies send it.
fn page(method: &'static str, status: u16, title: &'static str) -> Ran {
    let registry = Registry::open();
    registry.on(move |request| {
        (request.method == method && request.uri.path().contains("/uploads/")).then(|| {
            let text = format!("<html><head><title>{title}</title></head><body><center>nginx</center></body></html>");
            let response =
                Response::builder().status(status).header("content-type", "text/html").header("server", "nginx");
            Verdict::Answer(response.body(text.into()).expect("an answer"))
        })
    });
    push(&stage(), &registry.name("team/app:1"), "")
}

/// Who one is, and what one may do.
fn rights(table: &mut Table) {
    table.add(
        "denied: requested access to the resource is denied",
        "A bare name, which means Docker Hub's own images",
        stage().rpush("push my-fancy-app:1.0.0"),
    );
    table.add(
        "denied: requested access to the resource is denied (the detail dropped)",
        "The registry refuses, and says why in the detail",
        answered("POST", "/uploads/", 403, "DENIED", "requested access to the resource is denied", "quota exceeded"),
    );
    let registry = Registry::with_password("secret");
    table.add("no basic auth credentials", "Nobody has logged in", push(&stage(), &registry.name("team/app:1"), ""));
    table.add(
        "unauthorized: authentication required",
        "The account is the wrong one",
        push(&stage(), &registry.name("team/app:1"), "--creds alice:wrong"),
    );
    let sandbox = stage();
    sandbox.file("docker/config.json", r#"{"credsStore":"broken"}"#);
    sandbox.program("docker-credential-broken", "#!/bin/sh\necho 'pass not initialized' >&2\nexit 1\n");
    let words = format!("login -u alice -p secret {}", registry.host());
    table.add(
        "Error saving credentials: error storing credentials - err: exit status 1, out: '...'",
        "The credential helper that Docker's `config.json` names does not work",
        sandbox.rpush(&words),
    );
}

/// The way to the registry.
fn roads(table: &mut Table) {
    let push_to = |name: &str, options: &str| push(&stage(), name, options);
    table.add(
        "dial tcp 127.0.0.1:1: connect: connection refused",
        "Nothing listens there",
        push_to("localhost:1/team/app:1", ""),
    );
    table.add(
        "dial tcp: lookup registry.invalid: no such host",
        "The name has no address",
        push_to("registry.invalid/team/app:1", ""),
    );
    let abroad = |config: Config| {
        let registry = Registry::start(Config { address: (Ipv4Addr::UNSPECIFIED, 0).into(), ..config });
        let name = registry.name("team/app:1").replace("localhost", "0.0.0.0");
        (registry, name)
    };
    let (_plain, name) = abroad(Config::default());
    table.add("http: server gave HTTP response to HTTPS client", "The registry has no TLS", push_to(&name, ""));
    let sandbox = stage();
    let authority = Authority::new(&sandbox, "authority");
    let (_unknown, name) = abroad(Config { tls: Some(authority.vouch(&sandbox, "0.0.0.0")), ..Config::default() });
    table.add(
        "x509: certificate signed by unknown authority",
        "Its authority is the company's own",
        push_to(&name, ""),
    );
    let (_other, name) = abroad(Config { tls: Some(authority.vouch(&sandbox, "r.example")), ..Config::default() });
    table.add(
        "x509: certificate is valid for r.example, not 0.0.0.0",
        "The registry is called by another name than its certificate's",
        push(&sandbox, &name, "--ca-file authority.pem"),
    );
    table.add(
        "error parsing HTTP 413 response body: invalid character '<' looking for beginning of value",
        "A proxy in front of the registry limits how large a request may be",
        page("PUT", 413, "413 Request Entity Too Large"),
    );
    table.add(
        "received unexpected HTTP status: 502 Bad Gateway",
        "A proxy in front of the registry answers in its place",
        page("POST", 502, "502 Bad Gateway"),
    );
    let registry = Registry::open();
    registry.on(|request| (request.method == "POST").then_some(Verdict::Cut));
    table.add("EOF", "The connection ends before the answer, every time", push_to(&registry.name("team/app:1"), ""));
}

/// What the registry thinks of the content.
fn refusals(table: &mut Table) {
    table.add(
        "unknown blob",
        "The registry has lost a layer between its upload and the manifest's",
        answered("PUT", "/manifests/", 404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", ""),
    );
    table.add(
        "name unknown: repository name not known to registry",
        "The registry makes no repository of itself: it has to be made there first",
        answered("POST", "/uploads/", 404, "NAME_UNKNOWN", "repository name not known to registry", ""),
    );
    table.add(
        "manifest invalid: manifest invalid",
        "The registry does not take the manifest, and says why in the detail",
        answered("PUT", "/manifests/", 400, "MANIFEST_INVALID", "manifest invalid", "unknown media type"),
    );
    table.add(
        "digest invalid: provided digest did not match uploaded content",
        "What came there is not what was sent",
        answered("PUT", "/uploads/", 400, "DIGEST_INVALID", "provided digest did not match uploaded content", ""),
    );
    table.add(
        "toomanyrequests: You have reached your pull rate limit.",
        "The registry has heard enough for now",
        answered("HEAD", "/", 429, "TOOMANYREQUESTS", "You have reached your pull rate limit.", ""),
    );
    let registry = Registry::start(Config { mode: Mode::ReadOnly, ..Config::default() });
    table.add(
        "unsupported: The operation is unsupported.",
        "The registry's owner has not allowed that anything is removed",
        stage().rpush(&format!("rmi --remote {}", registry.name("team/app:1"))),
    );
}

/// What is not there, or not as it should be.
fn absences(table: &mut Table) {
    let (sandbox, registry) = (stage(), Registry::open());
    let name = registry.name("team/app:1");
    table.add(
        "An image does not exist locally with the tag: localhost:5000/team/app",
        "It is not in the store",
        sandbox.rpush(&format!("push {name}")),
    );
    table.add(
        "manifest for localhost:5000/team/app:1 not found: manifest unknown",
        "It is not on the registry",
        sandbox.rpush(&format!("pull {name}")),
    );
    let mut layout = Layout::default();
    let root = layout.index("many");
    layout.name(&root, "1");
    layout.write(&sandbox.path("many"));
    sandbox.ok(&format!("push --from oci:many {name}"));
    table.add(
        "no matching manifest for linux/riscv64 in the manifest list entries",
        "The image is for other platforms",
        sandbox.rpush(&format!("pull --platform linux/riscv64 {name}")),
    );
    let pushed = sandbox.ok(&format!("push --progress none --from oci:image {name}"));
    let root = pushed.digest();
    let size = registry.blob(&root).expect("it is there").len();
    registry.damage(&root, &vec![b' '; size]);
    table.add(
        "filesystem layer verification failed for digest sha256:...",
        "What comes is not what its digest says",
        sandbox.rpush(&format!("pull --retry 0 {name}")),
    );
    table.add(
        "invalid reference format: repository name (team/App) must be lowercase",
        "Names of images have no capitals",
        sandbox.rpush("push localhost:5000/team/App:1"),
    );
    table.add(
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "The image is wanted from a daemon that is not there",
        sandbox.rpush("push --from docker-daemon:app:1 localhost:5000/team/app:1"),
    );
}

#[test]
fn what_docker_says_darkly_is_said_with_a_cure() {
    let mut table = Table::default();
    rights(&mut table);
    roads(&mut table);
    refusals(&mut table);
    absences(&mut table);
    for Row { docker, ran, .. } in &table.0 {
        assert!(ran.err.contains("\nhint: "), "`{docker}` has no cure: {ran}");
        assert!(ran.err.contains('`'), "`{docker}` has nothing to type: {ran}");
    }
    hold(&table.page());
}

/// Compares the part of the page with what was seen, or makes it so.
fn hold(expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let (begin, end) = ("<!-- docker: written by a test -->\n", "<!-- end of docker -->\n");
    let page = std::fs::read_to_string(&path).expect("docs/errors.md");
    let (before, rest) = page.split_once(begin).expect("the page has the part");
    let (found, after) = rest.split_once(end).expect("the part has an end");
    let expected = format!("\n{expected}");
    if std::env::var_os("RPUSH_REWRITE").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).expect("written");
    } else {
        assert!(found == expected, "docs/errors.md; `RPUSH_REWRITE=1` writes it anew. Now it is:\n{expected}");
    }
}

/// Ports and digests differ from run to run.
fn without_what_differs(text: &str) -> String {
    let mut shown = String::new();
    for (position, part) in text.split("sha256:").enumerate() {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        match position {
            0 => shown.push_str(part),
            _ => write!(shown, "sha256:{}{}", if digits < 64 { &part[..digits] } else { "..." }, &part[digits..])
                .expect("a text grows"),
        }
    }
    // Each system has its own words for a name that is not known.
    // Of several pieces that fail, one is told.
    let is_id = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let end_of_words = |line: &str| {
        let line = line.split(": failed to lookup").next().unwrap_or_default();
        line.split(' ').map(|word| if is_id(word) { "0123456789ab" } else { word }).collect::<Vec<_>>().join(" ")
    };
    let mut text = shown.lines().map(end_of_words).collect::<Vec<_>>().join("\n");
    for host in ["localhost:", "0.0.0.0:", "127.0.0.1:", "r.example:"] {
        let parts: Vec<&str> = text.split(host).collect();
        let rest = parts[1..].iter().map(|part| {
            let after = part.trim_start_matches(|c: char| c.is_ascii_digit());
            match &part[..part.len() - after.len()] {
                port @ ("" | "1") => format!("{host}{port}{after}"),
                _ => format!("{host}5000{after}"),
            }
        });
        text = std::iter::once(parts[0].to_owned()).chain(rest).collect();
    }
    text
}
