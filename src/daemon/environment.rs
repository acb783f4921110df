//! What the environment says about the daemon, as a value: read once, so that what depends on it can be tested without
//! changing the environment of a whole process.

use std::env;
use std::path::PathBuf;

/// The variables that Docker's own client reads to find its daemon. An empty variable is one that is not set.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `DOCKER_HOST`: the address, whatever the contexts say.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`: the name of a context.
    pub context: Option<String>,
    /// `DOCKER_TLS_VERIFY` or `DOCKER_TLS`: TLS to the daemon at `DOCKER_HOST`.
    pub tls: bool,
    /// `DOCKER_CERT_PATH`: where `ca.pem`, `cert.pem` and `key.pem` lie for it.
    pub certificates: Option<PathBuf>,
    /// Docker's directory: `DOCKER_CONFIG`, or `.docker` in the person's own.
    pub directory: Option<PathBuf>,
    /// Where sockets lie when nothing is said, the first one first: Docker's, and Podman's.
    pub sockets: Vec<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let raw = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| raw(name).and_then(|value| value.into_string().ok());
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let podman = raw("XDG_RUNTIME_DIR").map(|directory| PathBuf::from(directory).join("podman/podman.sock"));
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            tls: raw("DOCKER_TLS_VERIFY").or_else(|| raw("DOCKER_TLS")).is_some(),
            certificates: raw("DOCKER_CERT_PATH").map(PathBuf::from),
            directory: raw("DOCKER_CONFIG").map(PathBuf::from).or_else(|| Some(home?.join(".docker"))),
            sockets: [PathBuf::from("/var/run/docker.sock")].into_iter().chain(podman).collect(),
        }
    }
}
