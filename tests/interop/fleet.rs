//! A fleet: many machines push to one registry, which is two processes of Docker's with one storage behind nginx, so that the
//! requests of one upload land on either. What a push costs there is counted by nginx; `docs/fleet.md` has the same numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::PASSWORD;
use crate::needs;
use crate::peers::{Daemon, free_port};
use crate::support::{
    Fate, Image, Layout, Link, Ran, Sandbox, assert_whole, layer, layer_size, percent, push_large, push_that_is_killed,
    stage_large,
};
use crate::tokens::{ISSUER, SERVICE, TokenServer};

/// How many layers all images share.
const BASE: usize = 5;

/// Two registries with one storage behind nginx, and a token server if they want tokens.
struct Fleet {
    port: u16,
    log: PathBuf,
    _daemons: [Daemon; 3],
    _root: TempDir,
}

/// A request, as nginx saw it.
#[derive(Debug, Clone)]
struct Request {
    method: String,
    path: String,
    status: u16,
    /// Who answered.
    server: String,
    /// The bytes of its body.
    body: u64,
}

/// What one command cost.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Cost {
    requests: BTreeMap<String, usize>,
    bytes: u64,
    tokens: usize,
}

impl Fleet {
    fn open() -> Self {
        Self::start(None, "0")
    }

    /// Behind a proxy that takes no body larger than this, in nginx's words.
    fn start(tokens: Option<&TokenServer>, largest_body: &str) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let [front, issuer, one, other] = [(); 4].map(|()| free_port());
        let mut auth = String::new();
        if let Some(tokens) = tokens {
            let bundle = root.path().join("tokens.pem");
            fs::write(&bundle, &tokens.certificate).expect("written");
            let realm = format!("http://127.0.0.1:{issuer}/token");
            let _ = writeln!(
                auth,
                "auth: {{token: {{realm: '{realm}', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {}}}}}",
                bundle.display()
            );
        }
        let registries = [one, other].map(|port| {
            let directory = root.path().join(port.to_string());
            fs::create_dir(&directory).expect("made");
            let config = format!(
                "version: 0.1\nlog: {{level: warn}}\nhttp: {{addr: '127.0.0.1:{port}', secret: of-both}}\n\
                 storage: {{filesystem: {{rootdirectory: {}/data}}}}\n{auth}",
                root.path().display()
            );
            let file = directory.join("config.yml");
            fs::write(&file, config).expect("written");
            let daemon = Daemon::start(&directory, "docker-registry", &["serve".as_ref(), file.as_ref()]);
            daemon.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
            daemon
        });
        let directory = root.path().join("nginx");
        fs::create_dir(&directory).expect("made");
        let behind = tokens.map_or(one, |tokens| tokens.port);
        let mut config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr warn;\n\
             events {{ worker_connections 512; }}\n\
             http {{ log_format plain '$request_method $request_uri $status $upstream_addr $content_length .';\n\
             access_log {log} plain; client_max_body_size {largest_body}; proxy_http_version 1.1; proxy_request_buffering off;\n\
             upstream both {{ server 127.0.0.1:{one}; server 127.0.0.1:{other}; }}\n\
             server {{ listen 127.0.0.1:{front}; location / {{ proxy_pass http://both; proxy_set_header Host $http_host; }} }}\n\
             server {{ listen 127.0.0.1:{issuer}; location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}\n",
            log = directory.join("access").display()
        );
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let _ = writeln!(config, "{kind}_temp_path {kind};");
        }
        let file = directory.join("nginx.conf");
        fs::write(&file, config + "}\n").expect("written");
        let arguments =
            ["-e".as_ref(), "stderr".as_ref(), "-p".as_ref(), directory.as_os_str(), "-c".as_ref(), file.as_os_str()];
        let nginx = Daemon::start(&directory, "nginx", &arguments);
        nginx.wait_until(|| TcpStream::connect(("127.0.0.1", front)).is_ok());
        let [first, second] = registries;
        Self { port: front, log: directory.join("access"), _daemons: [nginx, first, second], _root: root }
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// Every request so far.
    fn requests(&self) -> Vec<Request> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let read = |line: &str| {
            let words: Vec<_> = line.split(' ').collect();
            let [method, path, status, server, body, "."] = words[..] else { return None };
            // Who only looked whether anybody listens asked for nothing.
            if method == "-" {
                return None;
            }
            Some(Request {
                method: method.to_owned(),
                path: path.to_owned(),
                status: status.parse().ok()?,
                server: server.to_owned(),
                body: body.parse().unwrap_or_default(),
            })
        };
        text.lines().filter_map(read).collect()
    }

    /// What a push costs. nginx writes a line when it has sent the answer, so the last one may come a little later.
    #[track_caller]
    fn push(&self, machine: &Sandbox, words: &str) -> Cost {
        let before = self.requests().len();
        let pushed = machine.ok(&format!("push --progress none --format json {words}")).json();
        let sent = usize::try_from(pushed["totals"]["requests"].as_u64().expect("a number")).expect("few");
        self._daemons[0]
            .wait_until(|| self.requests().iter().skip(before).filter(|one| !one.is_for_token()).count() >= sent);
        let mut cost = Cost::default();
        for request in self.requests().into_iter().skip(before) {
            if request.is_for_token() {
                cost.tokens += 1;
                continue;
            }
            *cost.requests.entry(format!("{} {}", request.method, request.status)).or_default() += 1;
            cost.bytes += request.body;
        }
        assert_eq!(cost.requests.values().sum::<usize>(), sent, "{:?} {pushed}", cost.requests);
        cost
    }
}

impl Request {
    fn is_for_token(&self) -> bool {
        self.path.starts_with("/token")
    }
}

fn cost(requests: &[(&str, usize)], bytes: u64, tokens: usize) -> Cost {
    Cost { requests: requests.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect(), bytes, tokens }
}

/// A machine whose store has an image of the layers that all share and of one that nobody else has, and the sizes of what only
/// this image has: manifest, config, layer.
fn machine(number: usize, name: &str) -> (Sandbox, u64) {
    let mut layers: Vec<_> = (0..BASE).map(|layer_of_base| layer(&format!("base-{layer_of_base}"), "base")).collect();
    layers.push(layer("own", &format!("of machine {number}")));
    let mut layout = Layout::default();
    let root = layout.image(&Image { layers, ..Image::with("") });
    layout.name(&root, name);
    let manifest = layout.json(&root);
    let size = |descriptor: &serde_json::Value| descriptor["size"].as_u64().expect("a size");
    let own = size(&root) + size(&manifest["config"]) + size(&manifest["layers"][BASE]);
    let sandbox = Sandbox::new();
    sandbox.file("image.tar", layout.archive().bytes());
    sandbox.ok("load -i image.tar");
    (sandbox, own)
}

/// The bytes of the layers that all share.
fn base_bytes(machine: &Sandbox, name: &str) -> u64 {
    let store = machine.store();
    let manifest = store.manifest(&machine.stored(name)).expect("it is here");
    manifest.children().skip(1).take(BASE).map(|layer| layer.size).sum()
}

/// The numbers of `docs/fleet.md`.
#[test]
fn a_push_costs_what_has_changed() {
    needs!("docker-registry", "nginx");
    let fleet = Fleet::open();
    let name = |number: usize| fleet.name(&format!("app:{number}"));
    let (first, own) = machine(0, &name(0));
    let seen = fleet.push(&first, &name(0));
    let blobs = BASE + 2;
    let expected = [("HEAD 404", 1), ("POST 202", blobs), ("PUT 201", blobs + 1)];
    assert_eq!(seen, cost(&expected, own + base_bytes(&first, &name(0)), 0), "cold");

    assert_eq!(fleet.push(&first, &name(0)), cost(&[("HEAD 200", 1)], 0, 0), "unchanged");
    first.ok(&format!("tag {} {}", name(0), name(1000)));
    let manifest = first.stored(&name(0)).size;
    assert_eq!(fleet.push(&first, &name(1000)), cost(&[("HEAD 200", 1), ("PUT 201", 1)], manifest, 0), "a new tag");
    let (same, _) = machine(0, &name(0));
    let seen = fleet.push(&same, &name(0));
    // Where the first answer takes its time, nobody waits for it.
    let slow = cost(&[("HEAD 200", 1), ("POST 201", blobs)], 0, 0);
    assert!(seen == cost(&[("HEAD 200", 1)], 0, 0) || seen == slow, "unchanged, from another machine: {seen:?}");

    // Twenty machines that have nothing in common but the image that they begin with.
    for number in 1..=20 {
        let (machine, own) = machine(number, &name(number));
        let expected = [("HEAD 404", 1), ("POST 201", BASE), ("POST 202", 2), ("PUT 201", 3)];
        assert_eq!(fleet.push(&machine, &name(number)), cost(&expected, own, 0), "one new layer, machine {number}");
    }
    let all = fleet.requests();
    let servers: std::collections::BTreeSet<_> = all.iter().map(|request| &request.server).collect();
    assert_eq!(servers.len(), 2, "both take part");
    let reader = Sandbox::new();
    for number in [0, 1, 20, 1000] {
        reader.ok(&format!("pull --progress none {}", name(number)));
    }
    assert_eq!(reader.verify_blobs(), BASE + 3 * 3);
}

/// A token is fetched once, and kept for the runs that follow.
#[test]
fn a_machine_fetches_a_token_once() {
    needs!("docker-registry", "nginx");
    let tokens = TokenServer::start(PASSWORD);
    let fleet = Fleet::start(Some(&tokens), "0");
    let name = |number: usize| fleet.name(&format!("app:{number}"));
    for number in 0..3 {
        let (machine, _) = machine(number, &name(number));
        let login = ["login", "-u", "alice", "--password-stdin", "--store-in", "file", &fleet.host()];
        assert_eq!(machine.run_with(&login, PASSWORD, &[]).code, 0);
        let first = fleet.push(&machine, &name(number));
        // What the registry wants is learnt by being refused once.
        assert_eq!((first.tokens, first.requests.get("HEAD 401")), (1, Some(&1)), "{first:?}");
        assert_eq!(fleet.push(&machine, &name(number)), cost(&[("HEAD 200", 1)], 0, 0), "unchanged, the next run");
    }
}

/// A large layer goes in parts, each to the registry whose turn it is; what arrives is what was sent, also over a link that breaks.
/// The proxy sees to it that there are many parts: on a busy machine answers take long, and parts would be longer for that.
#[test]
fn an_upload_goes_on_at_either_registry() {
    needs!("docker-registry", "nginx");
    let (fleet, sandbox) = (Fleet::start(None, "6m"), Sandbox::new());
    stage_large(&sandbox);
    let pushed = push_large(&sandbox, &fleet.name("app:1"));
    let patches: Vec<_> = fleet.requests().into_iter().filter(|request| request.method == "PATCH").collect();
    let (taken, refused): (Vec<_>, Vec<_>) = patches.iter().partition(|patch| patch.status == 202);
    assert!(refused.iter().all(|patch| patch.status == 413), "{patches:?}");
    let mut by_server: BTreeMap<&str, usize> = BTreeMap::new();
    taken.iter().for_each(|patch| *by_server.entry(&patch.server).or_default() += 1);
    assert!(by_server.len() == 2 && by_server.values().all(|count| *count >= 2), "{by_server:?}");
    assert_whole(&fleet.host(), &pushed);
    pull_that_breaks(&fleet, &pushed);
}

fn pull_that_breaks(fleet: &Fleet, pushed: &Ran) {
    let link = Link::to(&fleet.host(), |_| Fate::BreaksAfterReceiving(layer_size() / 8));
    assert_whole(&link.host(), pushed);
    assert!(percent(link.received()) <= 110, "{} % of the layer came", percent(link.received()));
}

/// The run that goes on with an upload need not find the registry that has begun it.
#[test]
fn an_upload_that_was_killed_goes_on_in_the_next_run_at_either_registry() {
    needs!("docker-registry", "nginx");
    push_that_is_killed(&Fleet::open().host(), Fate::StallsBefore("PATCH", layer_size() * 7 / 10));
}
