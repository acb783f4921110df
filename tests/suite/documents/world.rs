//! The world that the pages speak of: a directory with an image in it, a registry at `localhost:5000`, registries with the names
//! that everybody knows (each a stand-in with TLS, behind a proxy that leads there), and stand-ins for programs that would reach
//! outside.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use rpush::image::Digest;
use rpush::server::{Accounts, Config};

use crate::support::{Authority, ConnectProxy, Engine, Image, Registry, Sandbox, Shell, StandIn};

/// Everybody's password.
pub const PASSWORD: &str = "s3cr3t-p4ssw0rd";

/// Everybody.
const USERS: [&str; 5] = ["alice", "AWS", "ci", "gitlab-ci-token", "deploy"];

/// Registries by the names in the pages, and where rpush dials for them.
const HOSTS: [(&str, &str); 7] = [
    ("docker.io", "registry-1.docker.io"),
    ("ghcr.io", "ghcr.io"),
    ("registry.gitlab.com", "registry.gitlab.com"),
    ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
    ("registry.example", "registry.example"),
    ("behind-cloudflare.example", "behind-cloudflare.example"),
    ("mirror.example", "mirror.example"),
];

/// Programs that would reach outside, and what stands for them.
const PROGRAMS: [(&str, &str); 3] = [
    (
        "docker",
        "case \"$1\" in save) cat my-fancy-app.tar ;; build) echo sha256:0 ;; *) echo \"docker $1?\" >&2; exit 1 ;; esac",
    ),
    ("aws", "[ \"$1 $2\" = 'ecr get-login-password' ] && echo s3cr3t-p4ssw0rd"),
    ("ssh", "shift; exec \"$@\""),
];

/// A world that ends with this.
pub struct World {
    shell: Shell,
    served: Vec<Child>,
    /// The port of what the pages call `localhost:5000`.
    port: u16,
    environment: Vec<(String, String)>,
    proxy: ConnectProxy,
    pub sandbox: Sandbox,
    _registries: Vec<Registry>,
    _daemon: StandIn,
}

impl World {
    /// With what these commands speak of.
    pub fn of(commands: &str) -> Self {
        let sandbox = Sandbox::new();
        furnish(&sandbox);
        let authority = Authority::new(&sandbox, "authority");
        let proxy = ConnectProxy::start(&[]);
        let mut registries = Vec::new();
        for (name, dialed) in HOSTS {
            if commands.contains(name) || (name == "docker.io" && commands.contains("alpine")) {
                let registry = stand_in(&sandbox, &authority, dialed);
                proxy.lead(&format!("{dialed}:443"), &registry.host());
                registries.push(registry);
            }
        }
        let local = (!commands.contains("rpush serve")).then(Registry::open);
        let port = local.as_ref().map_or(5000, |registry| port(&registry.host()));
        registries.extend(local);
        let daemon = StandIn::start(Engine::Well);
        let archive = Image::with("hello").docker_24(&["my-fancy-app:1.0.0"]).bytes();
        for name in ["my-fancy-app:1.0.0".to_owned(), format!("localhost:{port}/my-fancy-app:1.0.0")] {
            daemon.has(&name, Digest::of(b"an id"), archive.clone());
        }
        let environment = environment(&sandbox, &proxy, &daemon);
        let shell = Shell::start(&sandbox, &environment);
        Self { shell, served: Vec::new(), port, environment, proxy, sandbox, _registries: registries, _daemon: daemon }
    }

    /// Sets a variable for what is typed from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        let (code, printed) = self.type_in(&format!("export {name}='{value}'"));
        assert_eq!(code, 0, "{printed}");
    }

    /// Types a command: its exit code, and what it printed. A registry goes on in another terminal.
    pub fn type_in(&mut self, command: &str) -> (i32, String) {
        if command.starts_with("rpush serve") {
            return (0, self.serve(command));
        }
        self.shell.run(&self.here(command))
    }

    /// A text with the true port.
    fn here(&self, text: &str) -> String {
        let port = self.port;
        text.replace("localhost:5000", &format!("localhost:{port}"))
            .replace("127.0.0.1:5000", &format!("127.0.0.1:{port}"))
    }

    /// Starts a registry on any free port, and gives what it says when it is there.
    fn serve(&mut self, command: &str) -> String {
        let command = match command.contains("--addr") {
            true => command.replace(":5000", ":0"),
            false => format!("{command} --addr 127.0.0.1:0"),
        };
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &format!("exec {command} 2>&1")]);
        self.sandbox.confine(&mut bash);
        bash.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = bash.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("bash starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        self.served.push(child);
        let mut said = String::new();
        while !said.contains("end it with") {
            assert!(output.read_line(&mut said).expect("text") > 0, "`{command}` ended: {said}");
        }
        let address = said.split_once("://").and_then(|(_, rest)| rest.lines().next()).expect("an address");
        self.port = port(address);
        self.proxy.lead("registry.example:5000", address);
        // What it says later has a reader, as long as it runs.
        std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
        said
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in &mut self.served {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn port(host: &str) -> u16 {
    host.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
}

/// The files that the pages begin with, and programs.
fn furnish(sandbox: &Sandbox) {
    let link = |target: &str, path: &str| {
        std::os::unix::fs::symlink(target, sandbox.path(path)).expect("a link can be made");
    };
    for directory in ["bin", "dist", "home/.local/bin", "home/.local/share/rpush", "home/.config/rpush", "store"] {
        fs::create_dir_all(sandbox.path(directory)).expect("a directory can be made");
    }
    link(env!("CARGO_BIN_EXE_rpush"), "bin/rpush");
    link("../../../../store", "home/.local/share/rpush/store");
    link("../docker", "home/.docker");
    fs::remove_dir(sandbox.path("store")).expect("rpush makes its store itself");
    for (name, script) in PROGRAMS {
        sandbox.program(name, &format!("#!/bin/sh\n{script}\n"));
    }
    sandbox.file("my-fancy-app.tar", Image::with("hello").docker_24(&["my-fancy-app:1.0.0"]).bytes());
    sandbox.file("dist/serve", "#!/bin/sh\necho served\n");
    sandbox.file("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#);
    sandbox.file("password.txt", PASSWORD);
}

fn environment(sandbox: &Sandbox, proxy: &ConnectProxy, daemon: &StandIn) -> Vec<(String, String)> {
    let path = |name: &str| sandbox.path(name).to_str().expect("plain names").to_owned();
    let programs = std::env::var("PATH").unwrap_or_default();
    let mut variables = vec![
        ("PATH".to_owned(), format!("{}:{}:{programs}", path("bin"), path("home/.local/bin"))),
        ("HTTPS_PROXY".to_owned(), proxy.url()),
        ("SSL_CERT_FILE".to_owned(), path("authority.pem")),
        ("RPUSH_STORE_IN".to_owned(), "file".to_owned()),
        ("DOCKER_HOST".to_owned(), daemon.host()),
    ];
    for name in ["GITHUB_TOKEN", "HUB_TOKEN", "DEPLOY_TOKEN", "CI_REGISTRY_PASSWORD", "REGISTRY_PASSWORD"] {
        variables.push((name.to_owned(), PASSWORD.to_owned()));
    }
    variables
}

/// A registry with TLS under this name. All but Docker Hub and mirrors want to know who pushes.
fn stand_in(sandbox: &Sandbox, authority: &Authority, name: &str) -> Registry {
    let is_open = name == "registry-1.docker.io" || name == "mirror.example";
    let hash = bcrypt::hash(PASSWORD, 4).expect("bcrypt hashes");
    let lines: Vec<_> = USERS.iter().map(|user| format!("{user}:{hash}")).collect();
    let accounts = (!is_open).then(|| Accounts::parse(&lines.join("\n")).expect("accounts"));
    let registry = Registry::start(Config { tls: Some(authority.vouch(sandbox, name)), accounts, ..Config::default() });
    if is_open {
        let stocker = Sandbox::new();
        stocker.file("app.tar", Image::with("alpine").docker_24(&["alpine:3"]).bytes());
        stocker.ok("load -i app.tar");
        for there in ["library/alpine:3", "library/alpine:latest", "hub/library/alpine:3"] {
            let there = registry.name(there);
            stocker.ok(&format!("tag alpine:3 {there}"));
            stocker.ok(&format!("push {there}"));
        }
    }
    registry
}
