//! A proxy that leads names to servers on this machine: so rpush meets a registry under the name that the whole world knows it by.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy that ends with this.
pub struct ConnectProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// `name:port`, and the port on this machine that stands for it.
    names: Mutex<BTreeMap<String, u16>>,
    asked: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl ConnectProxy {
    /// For these names alone.
    pub fn start(names: &[(&str, &str)]) -> Self {
        let names = Mutex::new(names.iter().map(|(name, host)| ((*name).to_owned(), port(host))).collect());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared { names, asked: Mutex::default(), over: AtomicBool::new(false) });
        let serving = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().take_while(|_| !serving.over.load(Ordering::SeqCst)).flatten() {
                let shared = serving.clone();
                thread::spawn(move || serve(client, &shared));
            }
        });
        Self { address, shared }
    }

    /// Leads one more name to a server on this machine.
    #[allow(dead_code, reason = "only the documents start their registries themselves")]
    pub fn lead(&self, name: &str, host: &str) {
        self.shared.names.lock().expect("not poisoned").insert(name.to_owned(), port(host));
    }

    /// What to give to `--proxy`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every name that was asked for, and forgotten with this.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().expect("not poisoned"))
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// The port of `HOST:PORT`.
fn port(host: &str) -> u16 {
    host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
}

fn serve(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    // Byte by byte, so that nothing of what is inside the tunnel is swallowed.
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let name = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned();
    let port = shared.names.lock().expect("not poisoned").get(&name).copied();
    shared.asked.lock().expect("not poisoned").push(name);
    let Some(port) = port else { return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n") };
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(std::net::Shutdown::Both);
    });
    let result = io::copy(&mut client, &mut server).map(drop);
    let _ = server.shutdown(std::net::Shutdown::Both);
    result
}
