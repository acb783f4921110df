//! Where the daemon is: as Docker's own client finds it, in the same order, so that both mean the same one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::environment::Environment;
use super::error::EndpointError;
use crate::image::Digest;

/// No such file is larger; a device in its place would not end.
const MAX_FILE: u64 = 1 << 20;

/// The address of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket of this machine.
    Socket(PathBuf),
    /// A port, of this machine or another.
    Tcp {
        /// `host:port`.
        authority: String,
        /// Where `ca.pem`, `cert.pem` and `key.pem` lie, when TLS is spoken there.
        certificates: Option<PathBuf>,
    },
}

/// A daemon that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub endpoint: Endpoint,
    /// Whether somebody said so, or it is only where daemons usually are.
    pub chosen: bool,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { authority, .. } => write!(f, "tcp://{authority}"),
        }
    }
}

impl Endpoint {
    /// Reads an address as Docker writes it: `unix:///var/run/docker.sock`, `tcp://host:2376`.
    fn parse(text: &str, origin: &str, certificates: Option<PathBuf>) -> Result<Self, EndpointError> {
        let origin = origin.to_owned();
        let address = without_password(text);
        let malformed = || EndpointError::Malformed { address: address.clone(), origin: origin.clone() };
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Socket(rest.into())),
            "tcp" => {
                // A scheme without a default port, so that every port that was written is seen.
                let url = Url::parse(&format!("tcp://{rest}")).map_err(|_| malformed())?;
                let is_bare = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
                let host = url.host_str().filter(|host| is_bare && !host.is_empty()).ok_or_else(malformed)?;
                let port = url.port().unwrap_or(if certificates.is_some() { 2376 } else { 2375 });
                Ok(Self::Tcp { authority: format!("{host}:{port}"), certificates })
            }
            "ssh" | "npipe" | "fd" => Err(EndpointError::Scheme { scheme: scheme.to_owned(), origin, address }),
            _ => Err(malformed()),
        }
    }
}

/// An address as it may be shown. No daemon has a password in it, but somebody may have written one.
fn without_password(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    match rest.rsplit_once('@') {
        Some((account, host)) if account.contains(':') => format!("{scheme}://***@{host}"),
        _ => address.to_owned(),
    }
}

/// The daemons that are meant, the first one first: the one that was chosen, or else those that usually are there.
pub fn find(environment: &Environment) -> Result<Vec<Found>, EndpointError> {
    let chosen = |endpoint| Ok(vec![Found { endpoint, chosen: true }]);
    if let Some(host) = &environment.host {
        let directory = environment.certificates.clone().or_else(|| environment.directory.clone());
        return chosen(Endpoint::parse(host, "`DOCKER_HOST`", directory.filter(|_| environment.tls))?);
    }
    let context = match &environment.context {
        Some(name) => Some((name.clone(), "`DOCKER_CONTEXT`".to_owned())),
        None => current_context(environment)?,
    };
    match context {
        Some((name, origin)) if name != "default" => chosen(of_context(&name, &origin, environment)?),
        _ => {
            let usual = |path: &PathBuf| Found { endpoint: Endpoint::Socket(path.clone()), chosen: false };
            Ok(environment.sockets.iter().map(usual).collect())
        }
    }
}

/// What `docker context use` has written down, and where.
fn current_context(environment: &Environment) -> Result<Option<(String, String)>, EndpointError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Config {
        current_context: String,
    }
    let Some(path) = environment.directory.as_ref().map(|directory| directory.join("config.json")) else {
        return Ok(None);
    };
    // Accounts are read from this file elsewhere, where it is told when it makes no sense.
    let config: Config = match read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => return Ok(None),
    };
    Ok((!config.current_context.is_empty()).then(|| (config.current_context, format!("{}", path.display()))))
}

/// The daemon of a context, which Docker keeps under the hash of its name.
fn of_context(name: &str, origin: &str, environment: &Environment) -> Result<Endpoint, EndpointError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Meta {
        endpoints: Endpoints,
    }
    #[derive(Deserialize)]
    struct Endpoints {
        docker: Docker,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Docker {
        host: String,
    }
    let absent = || EndpointError::NoContext { name: name.to_owned(), origin: origin.to_owned() };
    let contexts = environment.directory.as_ref().ok_or_else(absent)?.join("contexts");
    let id = Digest::of(name.as_bytes()).hex();
    let path = contexts.join("meta").join(&id).join("meta.json");
    let bytes = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(absent()),
        Err(cause) => return Err(EndpointError::Unreadable { path, cause }),
        Ok(bytes) => bytes,
    };
    let meta: Meta = serde_json::from_slice(&bytes).map_err(|cause| EndpointError::Syntax { path, cause })?;
    let certificates = contexts.join("tls").join(&id).join("docker");
    let origin = format!("the context `{name}`");
    Endpoint::parse(&meta.endpoints.docker.host, &origin, Some(certificates).filter(|path| path.is_dir()))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}
