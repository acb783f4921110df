//! A bad link: bytes go through it to a server and back, until it breaks.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::Running;

/// What happens to one connection.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// Nothing.
    Fine,
    /// It breaks off when so many bytes went to the server.
    BreaksAfterSending(u64),
    /// It breaks off when so many bytes came from the server.
    BreaksAfterReceiving(u64),
    /// After so many bytes to the server nothing more goes there, and nobody is told.
    StallsAfterSending(u64),
    /// After so many bytes to the server the next request that begins like this does not go there, and nobody is told.
    #[allow(dead_code, reason = "only the tests with other programs need it")]
    StallsBefore(&'static str, u64),
    /// After so many bytes from the server nothing more comes, and nobody is told.
    StallsAfterReceiving(u64),
}

/// A link to a server. It ends with this.
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    fate: Mutex<Box<dyn FnMut(u64) -> Fate + Send>>,
    sent: AtomicU64,
    received: AtomicU64,
    stalled: (Mutex<bool>, Condvar),
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    /// How many bytes go in each direction over one connection in a second; any number when it is 0.
    pace: AtomicU64,
}

impl Link {
    /// A link to a server on this machine. `fate` decides about each connection; it is told how many there were before.
    pub fn to(host: &str, fate: impl FnMut(u64) -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let port = host.rsplit_once(':').expect("a host with a port").1;
        let shared = Arc::new(Shared {
            target: format!("127.0.0.1:{port}").parse().expect("an address"),
            fate: Mutex::new(Box::new(fate)),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            stalled: Default::default(),
            ended: AtomicBool::new(false),
            open: Mutex::default(),
            pace: AtomicU64::new(0),
        });
        let accepting = shared.clone();
        thread::spawn(move || accepting.accept(&listener));
        Self { address, shared }
    }

    /// The same, over which so many bytes go in a second, on each connection and in each direction.
    pub fn paced(host: &str, bytes: u64, fate: impl FnMut(u64) -> Fate + Send + 'static) -> Self {
        let link = Self::to(host, fate);
        link.shared.pace.store(bytes, Ordering::SeqCst);
        link
    }

    /// `localhost:PORT`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// A name there.
    pub fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// How many bytes went to the server.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// How many bytes came from it.
    pub fn received(&self) -> u64 {
        self.shared.received.load(Ordering::SeqCst)
    }

    /// From now on this decides.
    pub fn becomes(&self, fate: impl FnMut(u64) -> Fate + Send + 'static) {
        *self.shared.fate.lock().expect("no test panics while holding it") = Box::new(fate);
    }

    /// Waits until a connection has stalled, while something runs.
    pub fn wait_for_stall(&self, while_running: &mut Running<'_>) {
        let (stalled, changed) = &self.shared.stalled;
        let mut guard = stalled.lock().expect("no test panics while holding it");
        while !*guard {
            assert!(!while_running.has_ended(), "it ended before the link stalled");
            guard = changed.wait_timeout(guard, Duration::from_millis(100)).expect("no test panics while holding it").0;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        for stream in self.shared.open.lock().expect("no test panics while holding it").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes who accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for (number, client) in (0..).zip(listener.incoming()) {
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            let Ok(client) = client else { return };
            let fate = (self.fate.lock().expect("no test panics while holding it"))(number);
            let Ok(server) = TcpStream::connect(self.target) else { continue };
            self.open.lock().expect("no test panics while holding it").extend([&client, &server].map(clone));
            let (up, down) = match fate {
                Fate::Fine => (End::Never, End::Never),
                Fate::BreaksAfterSending(bytes) => (End::Break(bytes), End::Never),
                Fate::BreaksAfterReceiving(bytes) => (End::Never, End::Break(bytes)),
                Fate::StallsAfterSending(bytes) => (End::Stall(bytes), End::Never),
                Fate::StallsBefore(beginning, bytes) => (End::StallBefore(beginning, bytes), End::Never),
                Fate::StallsAfterReceiving(bytes) => (End::Never, End::Stall(bytes)),
            };
            for (from, to, end, is_up) in [(&client, &server, up, true), (&server, &client, down, false)] {
                let (shared, from, to) = (self.clone(), clone(from), clone(to));
                thread::spawn(move || {
                    let counter = if is_up { &shared.sent } else { &shared.received };
                    // A connection that fails is a connection that ends.
                    let _ = shared.pump(&from, &to, end, counter);
                });
            }
        }
    }

    fn pump(&self, mut from: &TcpStream, mut to: &TcpStream, end: End, counter: &AtomicU64) -> io::Result<()> {
        let mut left = match end {
            End::Never | End::StallBefore(..) => u64::MAX,
            End::Break(bytes) | End::Stall(bytes) => bytes,
        };
        let all = left;
        let mut buffer = vec![0; 64 * 1024];
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = from.read(&mut buffer[..most])?;
            if read == 0 {
                return to.shutdown(Shutdown::Write);
            }
            // Whoever waits for an answer sends the next request at the beginning of what is read next.
            if matches!(end, End::StallBefore(beginning, bytes)
                if all - left >= bytes && buffer[..read].starts_with(beginning.as_bytes()))
            {
                break;
            }
            counter.fetch_add(read as u64, Ordering::SeqCst);
            to.write_all(&buffer[..read])?;
            left -= read as u64;
            if let Some(time) = (read as u64 * 1_000_000).checked_div(self.pace.load(Ordering::SeqCst)) {
                thread::sleep(Duration::from_micros(time));
            }
        }
        if let End::Stall(_) | End::StallBefore(..) = end {
            // The sockets stay open, in the list.
            *self.stalled.0.lock().expect("no test panics while holding it") = true;
            self.stalled.1.notify_all();
            return Ok(());
        }
        from.shutdown(Shutdown::Both)?;
        to.shutdown(Shutdown::Both)
    }
}

enum End {
    Never,
    Break(u64),
    Stall(u64),
    StallBefore(&'static str, u64),
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a socket can be cloned")
}
