//! Real registries, and every kind of road that leads to them: nginx with TLS from an authority of its own, a proxy that wants
//! an account, a token server. One of each is shared by all tests, and ends with the process.
//!
//! What stands for another machine is `0.0.0.0`: everything here listens on 127.0.0.1 alone, a connection to 0.0.0.0 arrives
//! there without any name being looked up, and to rpush it is a host like any other, to which none of the exceptions for
//! loopback hosts apply.

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::peers::{Daemon, DockerRegistry, are_here, free_port, run};
use super::support::{Authority, Sandbox};
use super::tokens::{ISSUER, SERVICE, TokenServer};

/// Everybody's password.
pub const PASSWORD: &str = "correct-horse";

/// The account that the proxy wants.
pub const PROXY_ACCOUNT: &str = "traveller:toll";

/// Another machine, to rpush.
pub const ELSEWHERE: &str = "0.0.0.0";

/// Who asks for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nobody.
    Open,
    /// The registry, out of a file of accounts.
    Htpasswd,
    /// nginx in front of it, out of a file of accounts.
    Nginx,
    /// The registry, which takes tokens only.
    Tokens,
}

/// How a registry is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// HTTP without TLS, on this machine.
    Loopback,
    /// HTTPS, with a certificate from an authority that has to be named.
    Tls,
    /// The same, and nginx wants to see a certificate too.
    ClientCertificate,
    /// The same as [`Road::Tls`], and the registry believes that it was reached by HTTP.
    WrongProto,
    /// The same as [`Road::Tls`], through a proxy that wants an account.
    Proxy,
}

/// What is wrong with a server: each has a port of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Its certificate is for another name.
    Name,
    /// Its certificate has expired.
    Expired,
    /// There is no TLS.
    NoTls,
    /// The registry gives addresses with the name that it has behind nginx.
    Host,
    /// The same, with HTTPS.
    HostWithTls,
    /// The proxy in front says nothing about who was asked.
    NoHost,
    /// Bodies may be no larger than 1 MiB.
    Limit,
    /// nginx takes next to nothing in one request.
    TightLimit,
    /// The registry behind nginx is not there.
    Gone,
    /// The registry behind nginx takes connections and says nothing, for which nginx does not wait long.
    Mute,
    /// The realm is at a token server without TLS.
    PlainRealm,
    /// The token server is not there.
    NoTokens,
}

/// A certificate and its key, in PEM.
pub type Identity = (String, String);

/// Everything that listens.
pub struct Town {
    roads: Vec<(Guard, Road, u16)>,
    wrongs: Vec<(Wrong, u16)>,
    proxy: u16,
    strict_proxy: u16,
    /// The authority of every server here.
    pub authority: String,
    /// An authority of nobody here.
    pub stranger: String,
    /// What nginx lets in.
    pub client: Identity,
    /// What nginx does not let in.
    pub foreign_client: Identity,
    /// They listen as long as this is.
    _daemons: (Vec<DockerRegistry>, [Daemon; 3], TcpListener),
}

/// The one town of all tests; `None` where a program is missing.
pub fn town() -> Option<&'static Town> {
    static SHARED: OnceLock<Town> = OnceLock::new();
    are_here(&["nginx", "tinyproxy", "docker-registry", "htpasswd"]).then(|| SHARED.get_or_init(Town::start))
}

impl Town {
    /// The registry at the end of a road, as it is called there.
    pub fn host(&self, guard: Guard, road: Road) -> String {
        let is = |known: &&(Guard, Road, u16)| (known.0, known.1) == (guard, road);
        let (_, road, port) = self.roads.iter().find(is).expect("every road is built");
        if *road == Road::Loopback { format!("localhost:{port}") } else { format!("{ELSEWHERE}:{port}") }
    }

    /// A server with something wrong.
    pub fn wrong(&self, wrong: Wrong) -> String {
        let (_, port) = self.wrongs.iter().find(|(known, _)| *known == wrong).expect("every wrong is there");
        format!("{ELSEWHERE}:{port}")
    }

    /// The address of the proxy, with this account.
    pub fn proxy(&self, account: &str) -> String {
        let at = if account.is_empty() { "" } else { "@" };
        format!("http://{account}{at}localhost:{}", self.proxy)
    }

    /// A proxy that lets nobody through to a port like those here.
    pub fn strict_proxy(&self) -> String {
        format!("http://{PROXY_ACCOUNT}@localhost:{}", self.strict_proxy)
    }

    fn start() -> Self {
        // Removed by nginx's watchdog, because what is shared by all tests is dropped by nobody.
        let root = tempfile::Builder::new().prefix("rpush-nginx-").tempdir().expect("a temporary directory").keep();
        let papers = Papers::issue(&root);
        let tokens = TokenServer::start(PASSWORD);
        let realm = free_port();
        let registries = Registries::start(&root, &tokens, realm);
        let mut nginx = Nginx::new(&root);
        nginx.server(realm, "ssl", TLS, tokens.port);
        let mut roads = registries.direct();
        for guard in [Guard::Open, Guard::Htpasswd, Guard::Nginx, Guard::Tokens] {
            let asks = if guard == Guard::Nginx { ASKS } else { "" };
            let mut build = |road, how: &str, more: &str| {
                let port = free_port();
                nginx.server(port, how, &format!("{more} {asks}"), registries.behind(guard));
                roads.push((guard, road, port));
                port
            };
            let tls = build(Road::Tls, "ssl", &format!("{TLS} {TOLD}"));
            build(Road::ClientCertificate, "ssl", &format!("{TLS} {TOLD} {SHOW}"));
            build(Road::WrongProto, "ssl", &format!("{TLS} {MISTOLD}"));
            if guard == Guard::Nginx {
                build(Road::Loopback, "", TOLD);
            }
            roads.push((guard, Road::Proxy, tls));
        }
        let wrongs = nginx.wrongs(&registries);
        let ((nginx, mute), (tinyproxy, proxy)) = (nginx.start(), start_tinyproxy(""));
        let (strict, strict_proxy) = start_tinyproxy("ConnectPort 443\n");
        Self {
            roads,
            wrongs,
            proxy,
            strict_proxy,
            authority: papers.authority,
            stranger: papers.stranger,
            client: papers.client,
            foreign_client: papers.foreign_client,
            _daemons: (
                registries.0.into_iter().map(|(_, registry)| registry).collect(),
                [nginx, tinyproxy, strict],
                mute,
            ),
        }
    }
}

/// Certificates for everybody.
struct Papers {
    authority: String,
    stranger: String,
    client: Identity,
    foreign_client: Identity,
}

impl Papers {
    /// Those of nginx lie in `root`, and the accounts.
    fn issue(root: &Path) -> Self {
        let desk = Sandbox::new();
        let (authority, stranger) = (Authority::new(&desk, "authority"), Authority::new(&desk, "stranger"));
        for (file, name, until) in
            [("good", ELSEWHERE, 2100), ("name", "registry.example", 2100), ("expired", ELSEWHERE, 2021)]
        {
            let (certificate, key) = authority.issue(name, until);
            write(&root.join(format!("{file}.pem")), &certificate);
            write(&root.join(format!("{file}.key")), &key);
        }
        let text = |file: &str| fs::read_to_string(file).expect("it was written");
        write(&root.join("authority.pem"), &text(&authority.file));
        // nginx leaves the hashing to the system, which knows MD5 everywhere.
        write(&root.join("accounts"), &run(&desk, &format!("htpasswd -nbm alice {PASSWORD}")).out);
        Self {
            authority: text(&authority.file),
            stranger: text(&stranger.file),
            client: authority.issue("alice", 2100),
            foreign_client: stranger.issue("alice", 2100),
        }
    }
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("a file can be written");
}

/// What is in front of no registry, and in front of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backend {
    Open,
    Htpasswd,
    Tokens,
    PlainTokens,
    NoTokens,
}

struct Registries(Vec<(Backend, DockerRegistry)>);

impl Registries {
    fn start(root: &Path, tokens: &TokenServer, realm: u16) -> Self {
        let desk = Sandbox::new();
        let accounts = root.join("registry-accounts");
        write(&accounts, &run(&desk, &format!("htpasswd -nbB -C 4 alice {PASSWORD}")).out);
        let accounts = format!("auth: {{htpasswd: {{realm: registry, path: {}}}}}\n", accounts.display());
        let bundle = root.join("tokens.pem");
        write(&bundle, &tokens.certificate);
        let believes = |realm: &str| {
            let bundle = bundle.display();
            format!(
                "auth: {{token: {{realm: '{realm}', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {bundle}}}}}\n"
            )
        };
        let kinds = [
            (Backend::Open, String::new()),
            (Backend::Htpasswd, accounts),
            (Backend::Tokens, believes(&format!("https://{ELSEWHERE}:{realm}/token"))),
            (Backend::PlainTokens, believes(&format!("http://127.0.0.1:{}/token", tokens.port))),
            (Backend::NoTokens, believes(&format!("https://{ELSEWHERE}:{}/token", free_port()))),
        ];
        Self(kinds.map(|(backend, more)| (backend, DockerRegistry::start("", &more))).into())
    }

    fn port(&self, backend: Backend) -> u16 {
        let (_, registry) = self.0.iter().find(|(known, _)| *known == backend).expect("all are started");
        registry.port()
    }

    /// What nginx has behind it.
    fn behind(&self, guard: Guard) -> u16 {
        self.port(match guard {
            Guard::Open | Guard::Nginx => Backend::Open,
            Guard::Htpasswd => Backend::Htpasswd,
            Guard::Tokens => Backend::Tokens,
        })
    }

    /// The roads without nginx. Without TLS, a token server without TLS will do.
    fn direct(&self) -> Vec<(Guard, Road, u16)> {
        let kinds =
            [(Guard::Open, Backend::Open), (Guard::Htpasswd, Backend::Htpasswd), (Guard::Tokens, Backend::PlainTokens)];
        kinds.map(|(guard, backend)| (guard, Road::Loopback, self.port(backend))).into()
    }
}

const TLS: &str = "ssl_certificate good.pem; ssl_certificate_key good.key;";
const SHOW: &str = "ssl_client_certificate authority.pem; ssl_verify_client on;";
const ASKS: &str = "auth_basic registry; auth_basic_user_file accounts;";
const TOLD: &str = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;";
const MISTOLD: &str = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto http;";

/// nginx, before it starts.
struct Nginx {
    root: PathBuf,
    config: String,
    last: u16,
    mute: TcpListener,
}

impl Nginx {
    fn new(root: &Path) -> Self {
        let mut config = "daemon off; master_process off; pid nginx.pid; error_log stderr warn;\n\
             events { worker_connections 512; }\n\
             http {\n  access_log off; client_max_body_size 0; proxy_http_version 1.1; proxy_request_buffering off;\n"
            .to_owned();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let _ = writeln!(config, "  {kind}_temp_path {kind};");
        }
        let mute = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        Self { root: root.to_owned(), config, last: 0, mute }
    }

    fn server(&mut self, port: u16, how: &str, more: &str, behind: u16) {
        let _ = writeln!(
            self.config,
            "  server {{ listen 127.0.0.1:{port} {how}; {more} location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}"
        );
        self.last = port;
    }

    /// The servers with something wrong.
    fn wrongs(&mut self, registries: &Registries) -> Vec<(Wrong, u16)> {
        let name = "ssl_certificate name.pem; ssl_certificate_key name.key;";
        let expired = "ssl_certificate expired.pem; ssl_certificate_key expired.key;";
        let host = format!("{TLS} proxy_set_header Host backend;");
        let host_with_tls =
            format!("{TLS} proxy_set_header Host backend.invalid; proxy_set_header X-Forwarded-Proto $scheme;");
        // nginx repairs what the registry says then; other proxies do not.
        let no_host = format!("{TLS} proxy_redirect off;");
        let told = format!("{TLS} {TOLD}");
        let limit = format!("{told} client_max_body_size 1m;");
        let tight_limit = format!("{told} client_max_body_size 16k;");
        let impatient = format!("{told} proxy_read_timeout 100ms;");
        let open = registries.port(Backend::Open);
        let wrongs = [
            (Wrong::Name, "ssl", name, open),
            (Wrong::Expired, "ssl", expired, open),
            (Wrong::NoTls, "", TOLD, open),
            (Wrong::Host, "ssl", &host, open),
            (Wrong::HostWithTls, "ssl", &host_with_tls, open),
            (Wrong::NoHost, "ssl", &no_host, open),
            (Wrong::Limit, "ssl", &limit, open),
            (Wrong::TightLimit, "ssl", &tight_limit, open),
            (Wrong::Gone, "ssl", &told, free_port()),
            (Wrong::Mute, "ssl", &impatient, self.mute.local_addr().expect("an address").port()),
            (Wrong::PlainRealm, "ssl", &told, registries.port(Backend::PlainTokens)),
            (Wrong::NoTokens, "ssl", &told, registries.port(Backend::NoTokens)),
        ];
        wrongs
            .map(|(wrong, how, more, behind)| {
                let port = free_port();
                self.server(port, how, more, behind);
                (wrong, port)
            })
            .into()
    }

    fn start(mut self) -> (Daemon, TcpListener) {
        self.config.push_str("}\n");
        let file = self.root.join("nginx.conf");
        write(&file, &self.config);
        let arguments =
            ["-e".as_ref(), "stderr".as_ref(), "-p".as_ref(), self.root.as_os_str(), "-c".as_ref(), file.as_os_str()];
        let daemon = Daemon::start(&self.root, "nginx", &arguments);
        daemon.wait_until(|| TcpStream::connect(("127.0.0.1", self.last)).is_ok());
        (daemon, self.mute)
    }
}

fn start_tinyproxy(more: &str) -> (Daemon, u16) {
    let root = tempfile::Builder::new().prefix("rpush-tinyproxy-").tempdir().expect("a temporary directory").keep();
    let (port, file) = (free_port(), root.join("tinyproxy.conf"));
    let account = PROXY_ACCOUNT.replace(':', " ");
    write(&file, &format!("Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\nBasicAuth {account}\n{more}"));
    let daemon = Daemon::start(&root, "tinyproxy", &["-d".as_ref(), "-c".as_ref(), file.as_os_str()]);
    daemon.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    (daemon, port)
}
