//! A registry that nobody has seen before: `docker-registry` with its own directory, port and access log.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a registry may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate for this machine, and its key.
pub struct Certificate {
    /// A directory that has it as `ca.crt`, for programs that want a directory.
    pub directory: PathBuf,
    /// The certificate.
    pub file: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// Makes one in `directory`.
    pub fn make(directory: &Path) -> Result<Self, String> {
        let words = |error: &dyn std::fmt::Display| format!("cannot make a certificate: {error}");
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).map_err(|error| words(&error))?;
        let (file, key) = (directory.join("ca.crt"), directory.join("registry-key.pem"));
        fs::create_dir_all(directory).map_err(|error| words(&error))?;
        fs::write(&file, made.cert.pem()).map_err(|error| words(&error))?;
        fs::write(&key, made.signing_key.serialize_pem()).map_err(|error| words(&error))?;
        Ok(Self { directory: directory.to_owned(), file, key })
    }
}

/// A running registry. It ends with this, and its images with it.
pub struct Registry {
    process: Child,
    root: tempfile::TempDir,
    port: u16,
    before: usize,
}

impl Registry {
    /// Starts one below `work`, with TLS when it has a certificate.
    pub fn start(work: &Path, certificate: Option<&Certificate>) -> Result<Self, String> {
        let started =
            Self::spawn(work, certificate).map_err(|error| format!("cannot start docker-registry: {error}"))?;
        let begin = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, started.port)).is_err() {
            if begin.elapsed() > PATIENCE {
                return Err(format!("docker-registry does not start: {}", started.log()));
            }
            sleep(Duration::from_millis(5));
        }
        Ok(started)
    }

    fn spawn(work: &Path, certificate: Option<&Certificate>) -> io::Result<Self> {
        let root = tempfile::Builder::new().prefix("registry-").tempdir_in(work)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let tls = match certificate {
            Some(made) => format!(", tls: {{certificate: {:?}, key: {:?}}}", made.file, made.key),
            None => String::new(),
        };
        let configuration = format!(
            "version: 0.1\n\
             log: {{level: error, accesslog: {{disabled: false}}}}\n\
             storage: {{filesystem: {{rootdirectory: {:?}}}}}\n\
             http: {{addr: \"127.0.0.1:{port}\"{tls}}}\n",
            root.path().join("data")
        );
        let file = root.path().join("registry.yml");
        fs::write(&file, configuration)?;
        let log = File::create(root.path().join("log"))?;
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = command.spawn()?;
        Ok(Self { process, root, port, before: 0 })
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From here on requests are counted.
    pub fn count_from_here(&mut self) {
        self.before = self.answered();
    }

    /// How many requests it has answered since then.
    pub fn requests(&self) -> usize {
        self.answered() - self.before
    }

    /// It writes a line for each answer, a little after the answer.
    fn answered(&self) -> usize {
        let count = || {
            let log = self.log();
            log.lines().filter(|line| line.contains(" HTTP/1.1\" ") || line.contains(" HTTP/2.0\" ")).count()
        };
        let mut counted = count();
        loop {
            sleep(Duration::from_millis(30));
            let again = count();
            if again == counted {
                return counted;
            }
            counted = again;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.root.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
