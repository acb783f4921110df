//! A registry beside whatever else the process does: for `rpush demo`, and for tests, whose own runtime may be
//! blocked or may have stopped its clock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{BindError, Config, Server};

/// A registry on a thread of its own, that ends when this is dropped.
#[derive(Debug)]
pub struct Background {
    address: SocketAddr,
    directory: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts a registry. When this returns, clients can connect.
    pub fn start(config: Config) -> Result<Self, BindError> {
        let server = Server::bind(config)?;
        let (address, directory) = (server.address(), server.directory().to_owned());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| BindError::Address { address, source })?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("registry".into()).spawn(move || {
            // Whoever drops the handle wants the port and the directory back, not the answers that are still on their
            // way.
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    _ = server.run(std::future::pending()) => {}
                }
            });
            // Requests end with the runtime; only then may the directory go.
            drop(runtime);
            drop(server);
        });
        let thread = thread.map_err(|source| BindError::Address { address, source })?;
        Ok(Self { address, directory, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps its content.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A registry that panicked has said so already.
            let _ = thread.join();
        }
    }
}
