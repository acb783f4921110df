//! Programs that somebody else wrote: started on free ports in temporary directories, and ended with what started them, even
//! when that is killed.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::Sandbox;

/// Daemons lie where only root's `PATH` leads.
const MORE_PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// Whether these programs are installed. On a machine that has to have them (`RPUSH_REQUIRE_PEERS=1`), a missing one is a
/// failure; elsewhere the test says that it was skipped.
pub fn are_here(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| find(program).is_none()).copied().collect();
    missing.is_empty() || skip(&format!("{} not installed", missing.join(" and ")))
}

pub fn skip(why: &str) -> bool {
    assert!(std::env::var_os("RPUSH_REQUIRE_PEERS").is_none_or(|value| value != "1"), "a peer is required: {why}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Past the test harness, which would keep it to itself; in one piece, because others write there too.
    let _ = std::io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes());
    false
}

/// Whether a program is installed that no machine has to have.
pub fn is_here(program: &str) -> bool {
    find(program).is_some()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default() + ":" + MORE_PATH;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// What a program said.
pub struct Said {
    pub out: String,
    pub bytes: Vec<u8>,
}

/// Runs a program in a sandbox, and expects it to succeed.
#[track_caller]
pub fn run(sandbox: &Sandbox, words: &str) -> Said {
    run_with(sandbox, words, b"", &[])
}

#[track_caller]
pub fn run_with(sandbox: &Sandbox, words: &str, stdin: &[u8], environment: &[(&str, &OsStr)]) -> Said {
    let mut words_split = words.split_whitespace();
    let program = words_split.next().expect("a program");
    let mut command = Command::new(find(program).expect("the program is installed"));
    sandbox.confine(&mut command);
    command.args(words_split).envs(environment.iter().copied());
    let output = assert_cmd::Command::from_std(command).write_stdin(stdin).output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "$ {words}\n{}{}", text(&output.stdout), text(&output.stderr));
    Said { out: text(&output.stdout), bytes: output.stdout }
}

/// A daemon that ends with this, or with the process that holds it: a shell waits for the pipe to that process to close.
pub struct Daemon {
    watchdog: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts a program that keeps everything in `directory`, which is removed in the end.
    pub fn start(directory: &Path, program: &str, arguments: &[&OsStr]) -> Self {
        let log = directory.join("log");
        let script = r#"
            directory=$1; shift
            while "$@" >>"$directory/log" 2>&1 & echo $! >"$directory/running"; read -r _; do
                kill $!; wait $!
            done
            kill $!; wait $!; rm -rf "$directory""#;
        let watchdog = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(directory)
            .arg(find(program).expect("the program is installed"))
            .args(arguments)
            .env("PATH", std::env::var("PATH").unwrap_or_default() + ":" + MORE_PATH)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        Self { watchdog, log }
    }

    /// Ends the program and starts it again. The next one has another id.
    pub fn restart(&mut self) {
        let id = || fs::read_to_string(self.log.with_file_name("running")).unwrap_or_default();
        let before = id();
        let watchdog = self.watchdog.stdin.as_mut().expect("it is open until the end");
        watchdog.write_all(b"\n").expect("the watchdog is there");
        while id() == before || id().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether this stands in its log.
    fn has_said(&self, words: &str) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains(words))
    }

    /// Waits until somebody answers. A program of somebody else's cannot be made to tell when it is ready.
    #[track_caller]
    pub fn wait_until(&self, is_ready: impl Fn() -> bool) {
        for _ in 0..1200 {
            if is_ready() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it does not answer:\n{}", fs::read_to_string(&self.log).unwrap_or_default());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Debian's `docker-registry`.
pub struct DockerRegistry {
    port: u16,
    daemon: Daemon,
    directory: TempDir,
}

impl DockerRegistry {
    pub fn open() -> Self {
        Self::start("", "")
    }

    /// One that has what another registry has, and fetches it from there.
    pub fn in_front_of(upstream: &str) -> Self {
        Self::start("", &format!("proxy: {{remoteurl: 'http://{upstream}'}}\n"))
    }

    /// One that wants to see a certificate of the authority in a file, and shows the certificate in others.
    pub fn with_client_certificates(certificate: &str, key: &str, authority: &str) -> Self {
        Self::start(&format!(", tls: {{certificate: {certificate}, key: {key}, clientcas: [{authority}]}}"), "")
    }

    /// One for alice alone, whose password `htpasswd` has hashed.
    pub fn with_password(sandbox: &Sandbox, password: &str) -> Self {
        let accounts = run(sandbox, &format!("htpasswd -nbB -C 4 alice {password}")).bytes;
        let file = sandbox.file("htpasswd", accounts);
        Self::start("", &format!("auth: {{htpasswd: {{realm: registry, path: {file}}}}}\n"))
    }

    /// One as it is when nothing is said about removing: it removes nothing.
    pub fn that_keeps_everything() -> Self {
        Self::configured("", "", "false")
    }

    /// One with `http` in that section of its configuration, and `more` after it.
    pub fn start(http: &str, more: &str) -> Self {
        Self::configured(http, more, "true")
    }

    fn configured(http: &str, more: &str, deletes: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        let root = directory.path().display();
        let config = format!(
            "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: {deletes}}}}}\n\
             http: {{addr: '127.0.0.1:{port}'{http}}}\n{more}"
        );
        let file = directory.path().join("config.yml");
        fs::write(&file, config).expect("a file can be written");
        let daemon = Daemon::start(directory.path(), "docker-registry", &["serve".as_ref(), file.as_ref()]);
        daemon.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, daemon, directory }
    }

    /// Ends it, and starts it again with what it keeps.
    pub fn restart(&mut self) {
        self.daemon.restart();
        self.daemon.wait_until(|| TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// A name there.
    pub fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// Every file that it keeps.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut waiting = vec![self.directory.path().join("data")];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(directory).expect("a directory can be read") {
                let path = entry.expect("an entry can be read").path();
                match path.is_dir() {
                    true => waiting.push(path),
                    false => files.push(path.to_str().expect("plain names").to_owned()),
                }
            }
        }
        files.sort();
        files
    }
}

/// A port that is free and stays so until somebody listens there: no test gets one twice, and it is below those that systems
/// give to outgoing connections.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let process = u16::try_from(std::process::id() % 90).expect("small") * 100;
        let port = 20_000 + (process + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A Docker daemon of this process's own.
pub struct Docker {
    root: PathBuf,
    socket: PathBuf,
    port: u16,
    _daemon: Daemon,
}

/// The one Docker daemon of all tests, which gives images by exports alone; `None` where there can be none.
pub fn docker() -> Option<&'static Docker> {
    static SHARED: OnceLock<Option<Docker>> = OnceLock::new();
    if !can_be() {
        return None;
    }
    SHARED.get_or_init(|| Docker::start("vfs")).as_ref()
}

/// Another one, whose images can be read where they lie, as most are: on file systems that `overlay2` works on.
pub fn overlay() -> Option<&'static Docker> {
    static SHARED: OnceLock<Option<Docker>> = OnceLock::new();
    if !can_be() {
        return None;
    }
    let docker = SHARED.get_or_init(|| Docker::start("overlay2")).as_ref();
    if docker.is_none() {
        skip("overlay2 does not work in the temporary directory");
    }
    docker
}

fn can_be() -> bool {
    are_here(&["dockerd", "docker"]) && (rustix::process::geteuid().is_root() || skip("dockerd runs as root only"))
}

impl Docker {
    /// Starts one with this driver; none where the driver is not supported.
    fn start(driver: &str) -> Option<Self> {
        // Removed by the watchdog, because what is shared by all tests is dropped by nobody.
        let root = tempfile::Builder::new().prefix("rpush-dockerd-").tempdir().expect("a temporary directory").keep();
        let text = |name: &str| root.join(name).into_os_string();
        let socket = root.join("socket");
        let mut host = std::ffi::OsString::from("unix://");
        host.push(&socket);
        let port = free_port();
        let arguments = [
            "--iptables=false".into(),
            "--bridge=none".into(),
            "--ip-forward=false".into(),
            format!("--storage-driver={driver}").into(),
            "--data-root".into(),
            text("data"),
            "--exec-root".into(),
            text("exec"),
            "--pidfile".into(),
            text("pid"),
            "-H".into(),
            host,
            "-H".into(),
            format!("tcp://127.0.0.1:{port}").into(),
        ];
        let daemon = Daemon::start(&root, "dockerd", &arguments.each_ref().map(|argument| argument.as_os_str()));
        let is_there = || UnixStream::connect(&socket).is_ok();
        daemon.wait_until(|| is_there() || daemon.has_said("driver not supported"));
        is_there().then(|| Self { root, socket, port, _daemon: daemon })
    }

    /// The directory that it keeps everything in.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// What `DOCKER_HOST` says to find it as if it were on another machine.
    pub fn remote_host(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// What `DOCKER_HOST` says to find it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Runs `docker`, and expects it to succeed.
    #[track_caller]
    pub fn run(&self, sandbox: &Sandbox, words: &str) -> Said {
        self.run_with(sandbox, words, b"")
    }

    #[track_caller]
    pub fn run_with(&self, sandbox: &Sandbox, words: &str, stdin: &[u8]) -> Said {
        run_with(sandbox, &format!("docker {words}"), stdin, &[("DOCKER_HOST", self.host().as_ref())])
    }

    /// The same with more in the environment.
    #[track_caller]
    pub fn run_among(&self, sandbox: &Sandbox, words: &str, environment: &[(&str, &OsStr)]) -> Said {
        let host = self.host();
        let environment: Vec<_> = environment.iter().copied().chain([("DOCKER_HOST", host.as_ref())]).collect();
        run_with(sandbox, &format!("docker {words}"), b"", &environment)
    }

    /// The id of an image: its config's digest.
    #[track_caller]
    pub fn id(&self, sandbox: &Sandbox, name: &str) -> String {
        self.run(sandbox, &format!("images -q --no-trunc {name}")).out.trim().to_owned()
    }
}
