//! A link to a registry that is as long and as narrow as wanted, and counts what goes over it.
//!
//! Bytes take half the round trip in each direction, and go on coming meanwhile: the link holds as much as is under way, so
//! that the delay does not limit how much passes. A connection costs one round trip before its first byte leaves. What is
//! not modelled: that real links begin slowly and lose packets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// What may be under way on one connection in one direction: 16 MiB at 50 ms are 2.7 Gbit/s.
const WINDOW: usize = 16 << 20;
/// The largest piece that is read at once, and the largest where the rate is limited: the smaller, the smoother.
const CHUNK: usize = 256 * 1024;
const SMALL_CHUNK: usize = 16 * 1024;
/// How much time a connection that was late may catch up, because timers are a millisecond late.
const BURST: Duration = Duration::from_millis(5);

/// How long and how narrow a link is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Shape {
    /// Milliseconds there and back.
    pub round_trip: u64,
    /// Megabits a second, for each connection in each direction.
    pub megabits: Option<u64>,
}

impl Shape {
    /// Nothing between the two.
    pub const DIRECT: Self = Self { round_trip: 0, megabits: None };

    /// So many milliseconds there and back.
    pub const fn of(round_trip: u64) -> Self {
        Self { round_trip, megabits: None }
    }

    /// So many megabits a second for each connection, with the round trip of a country.
    pub const fn narrow(megabits: u64) -> Self {
        Self { round_trip: 20, megabits: Some(megabits) }
    }

    /// The words for a table.
    pub fn name(self) -> String {
        match self.megabits {
            Some(megabits) => format!("{megabits} Mbit/s, {} ms", self.round_trip),
            None => format!("{} ms", self.round_trip),
        }
    }
}

/// What went over a link.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Connections.
    pub connections: u64,
    /// Bytes to the registry.
    pub up: u64,
    /// Bytes from it.
    pub down: u64,
}

/// The link; its end is the end of its connections.
pub struct Link {
    port: u16,
    shared: Arc<Shared>,
    _end: oneshot::Sender<()>,
}

struct Shared {
    target: SocketAddr,
    shape: Mutex<Shape>,
    connections: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

impl Link {
    /// A link to a port of this machine, at first without any length.
    pub fn to(port: u16) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let own = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            target: (Ipv4Addr::LOCALHOST, port).into(),
            shape: Mutex::default(),
            connections: AtomicU64::default(),
            up: AtomicU64::default(),
            down: AtomicU64::default(),
        });
        let (end, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let accepting = shared.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = ended => {}
                    _ = accept(listener, accepting) => {}
                }
            });
        });
        Ok(Self { port: own, shared, _end: end })
    }

    /// The port on this machine where it begins.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From the next connection on it is like this.
    pub fn becomes(&self, shape: Shape) {
        *self.shared.shape.lock().unwrap_or_else(PoisonError::into_inner) = shape;
    }

    /// What went over it so far.
    pub fn traffic(&self) -> Traffic {
        let Shared { connections, up, down, .. } = &*self.shared;
        let [connections, up, down] = [connections, up, down].map(|counter| counter.load(Ordering::SeqCst));
        Traffic { connections, up, down }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let shape = *shared.shape.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = shared.clone();
        tokio::spawn(async move {
            // A connection that breaks is a connection that ends.
            let _ = connect(client, &shared, shape).await;
        });
    }
}

async fn connect(client: TcpStream, shared: &Shared, shape: Shape) -> io::Result<()> {
    let begin = Instant::now();
    let half = Duration::from_millis(shape.round_trip) / 2;
    // The other side hears of the connection now, and the client would hear of that after as long again.
    pause_until(begin + half, half).await;
    let server = TcpStream::connect(shared.target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let up = carry(from_client, to_server, shape, &shared.up, begin + half * 2);
    let down = carry(from_server, to_client, shape, &shared.down, begin);
    tokio::try_join!(up, down).map(drop)
}

/// One direction of a connection, from a moment on.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shape: Shape,
    counter: &AtomicU64,
    begin: Instant,
) -> io::Result<()> {
    let half = Duration::from_millis(shape.round_trip) / 2;
    let (sender, mut under_way) = mpsc::unbounded_channel::<(Instant, Bytes)>();
    let room = Semaphore::new(WINDOW);
    let reading = async {
        pause_until(begin, half).await;
        let mut pace = Pace::of(shape);
        let chunk = if shape.megabits.is_some() { SMALL_CHUNK } else { CHUNK };
        loop {
            let mut buffer = BytesMut::with_capacity(chunk);
            let read = from.read_buf(&mut buffer).await?;
            if read == 0 {
                drop(sender);
                return Ok(());
            }
            counter.fetch_add(read as u64, Ordering::SeqCst);
            if let Ok(permits) = room.acquire_many(u32::try_from(read).unwrap_or(u32::MAX)).await {
                permits.forget();
            }
            pace.wait(read).await;
            // Nobody hears it when the other half has failed, and then this one ends with it.
            let _ = sender.send((Instant::now() + half, buffer.freeze()));
        }
    };
    let writing = async {
        while let Some((due, bytes)) = under_way.recv().await {
            pause_until(due, half).await;
            to.write_all(&bytes).await?;
            room.add_permits(bytes.len());
        }
        to.shutdown().await
    };
    tokio::try_join!(reading, writing).map(drop)
}

/// Without a delay not even the timer is asked.
async fn pause_until(moment: Instant, delay: Duration) {
    if !delay.is_zero() {
        sleep_until(moment).await;
    }
}

/// How fast one direction of a connection may send.
struct Pace {
    bytes_a_second: Option<f64>,
    free: Instant,
}

impl Pace {
    fn of(shape: Shape) -> Self {
        let bytes_a_second = shape.megabits.map(|megabits| megabits as f64 * 1e6 / 8.0);
        Self { bytes_a_second, free: Instant::now() }
    }

    async fn wait(&mut self, bytes: usize) {
        if let Some(rate) = self.bytes_a_second {
            let earliest = Instant::now().checked_sub(BURST).unwrap_or(self.free);
            self.free = self.free.max(earliest) + Duration::from_secs_f64(bytes as f64 / rate);
            sleep_until(self.free).await;
        }
    }
}
