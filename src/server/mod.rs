//! The registry in the box: the OCI Distribution Specification 1.1 over a directory of OCI layouts.
//!
//! It makes the first minute work for a new user, and it is what the client is tested against; so it reads the
//! specification on its own: of the client it shares what content is (`image`, `content`), never how HTTP is spoken.
//! From the outside in: [`Server`] takes connections, `connection` takes requests off them, `dispatch` asks `auth`
//! who it is and `route` what is wanted, one file a resource does it, and `storage` keeps it.

mod answer;
mod auth;
mod background;
mod blobs;
mod conditions;
mod connection;
mod dispatch;
mod error;
mod expiry;
mod hook;
mod index;
mod index_cache;
mod intake;
mod manifests;
mod page;
mod range;
mod referrers;
mod route;
mod storage;
#[doc(hidden)]
pub mod surface;
mod tags;
mod target;
mod tls;
mod uploads;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tempfile::TempDir;
use tokio::net::TcpStream;

pub use answer::{Body, BoxError, body};
pub use auth::{Accounts, ParseAccountsError};
pub use background::Background;
pub use connection::{Observer, Served};
pub use hook::{Hook, Verdict};
pub use tls::{Tls, TlsError};

use connection::Shared;
use dispatch::Registry;
use storage::{OpenError, Storage};
use uploads::Uploads;

/// How often forgotten uploads are looked for.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// How long to wait when the system has no more connections to give.
const BREATH: Duration = Duration::from_millis(100);

/// What a registry is to be like.
pub struct Config {
    /// Where it listens; with port 0 the system chooses one.
    pub address: SocketAddr,
    /// Where it keeps its content; without one, in a temporary directory that goes with it.
    pub directory: Option<PathBuf>,
    /// Who may in; without accounts, everybody.
    pub accounts: Option<Accounts>,
    /// Its certificate; without one it speaks HTTP.
    pub tls: Option<Tls>,
    /// Whether it takes content.
    pub mode: Mode,
    /// Whether it takes manifests whose content it lacks.
    pub sparse: Sparse,
    /// How much one client may take of it.
    pub limits: Limits,
    /// Is told of every request.
    pub observer: Option<Arc<dyn Observer>>,
    /// For tests.
    pub hook: Option<Arc<dyn Hook>>,
}

impl Default for Config {
    /// Open, on a free port of this machine, with nothing in it.
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            directory: None,
            accounts: None,
            tls: None,
            mode: Mode::default(),
            sparse: Sparse::default(),
            limits: Limits::default(),
            observer: None,
            hook: None,
        }
    }
}

/// Whether a registry takes content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It does.
    #[default]
    ReadWrite,
    /// It only gives.
    ReadOnly,
}

/// Whether a registry takes manifests that point at what it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sparse {
    /// It refuses them, and says what is missing.
    #[default]
    Refused,
    /// It takes them.
    Accepted,
}

/// How much one client may take of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take until it has sent the head of its next request: the first one, and, idle, each
    /// after that.
    pub next_request: Duration,
    /// How many uploads a repository may have that are not finished.
    pub open_uploads: usize,
}

impl Default for Limits {
    /// Longer than Docker and containerd keep a connection idle (90 s in Go), so that it is they who close it; and more
    /// uploads than any push has layers.
    fn default() -> Self {
        Self { next_request: Duration::from_secs(120), open_uploads: 1000 }
    }
}

/// Why a registry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error("port {} of {} is taken", .0.port(), .0.ip())]
    PortTaken(SocketAddr),
    /// The address is not one of this machine, or may not be used.
    #[error("cannot listen on {address}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Another registry uses the directory.
    #[error("another registry uses {}", .0.display())]
    DirectoryInUse(PathBuf),
    /// The directory cannot be used.
    #[error("cannot use {}", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A registry that listens, and answers once it is run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    tls: Option<Tls>,
    directory: PathBuf,
    /// After everything that uses the directory.
    _temporary: Option<TempDir>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Takes the address and the directory. From here on clients can connect; they are answered by [`run`](Self::run).
    pub fn bind(config: Config) -> Result<Self, BindError> {
        let address = config.address;
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::PortTaken(address),
            _ => BindError::Address { address, source },
        };
        let listener = TcpListener::bind(address).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let unusable = |directory: PathBuf| move |source| BindError::Directory { directory, source };
        let temporary = match config.directory {
            Some(_) => None,
            None => {
                let made = tempfile::Builder::new().prefix("rpush-registry-").tempdir();
                Some(made.map_err(unusable(std::env::temp_dir()))?)
            }
        };
        let directory = config.directory.or_else(|| temporary.as_ref().map(|made| made.path().to_owned()));
        let directory = directory.expect("without a directory a temporary one was made");
        let storage = Storage::open(&directory).map_err(|error| match error {
            OpenError::InUse => BindError::DirectoryInUse(directory.clone()),
            OpenError::Disk(error) => unusable(directory.clone())(error),
        })?;
        let storage = Arc::new(storage);
        let registry = Registry {
            uploads: Uploads::new(storage.clone(), config.limits.open_uploads),
            storage,
            accounts: config.accounts,
            mode: config.mode,
            sparse: config.sparse,
        };
        let shared = Arc::new(Shared {
            registry,
            next_request: config.limits.next_request,
            observer: config.observer,
            hook: config.hook,
        });
        Ok(Self { listener, address, shared, tls: config.tls, directory, _temporary: temporary })
    }

    /// Where it listens, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps its content.
    pub fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// Answers until `shutdown`, then finishes what is in flight. Dropped before that, it breaks everything off, and
    /// nothing is half-written.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let graceful = GracefulShutdown::new();
        let mut connections = tokio::task::JoinSet::new();
        let mut sweep = tokio::time::interval(SWEEP);
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(self.converse(stream, graceful.watcher()))),
                    // Out of descriptors, most likely; connections that end make room.
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
                // Keeps the set from growing.
                Some(_) = connections.join_next() => {}
                _ = sweep.tick() => self.shared.registry.uploads.expire().await,
            }
        }
        drop(listener);
        graceful.shutdown().await;
        Ok(())
    }

    /// One connection, from its first byte to its last. What goes wrong with it is the client's to notice.
    fn converse(
        &self,
        stream: TcpStream,
        watcher: hyper_util::server::graceful::Watcher,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (shared, tls) = (self.shared.clone(), self.tls.clone());
        async move {
            // Answers are written at once; waiting to fill a packet would only cost time.
            let _ = stream.set_nodelay(true);
            let _ = match tls {
                None => watcher.watch(connection::connection(stream, shared)).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => watcher.watch(connection::connection(stream, shared)).await,
                    Err(_) => return,
                },
            };
        }
    }
}

/// Does what blocks on the disk or the processor in a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that is going away cancels such work, and then nobody waits for it.
            Err(_) => std::future::pending().await,
        },
    }
}
