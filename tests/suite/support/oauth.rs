//! A token server that gives an identity token at a login and takes it in the password's place afterwards (OAuth2). It reads HTTP
//! by hand, because what matters is in the bodies of requests.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::registry::{Registry, answer};

/// The token that it gives in the end.
pub const ACCESS: &str = "oauth-access-token";
/// The token that is kept in the password's place.
pub const IDENTITY: &str = "oauth/refresh+token";

/// Knows alice.
pub struct OauthServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    right: String,
    asked: Mutex<Vec<String>>,
    revoked: AtomicBool,
    over: AtomicBool,
}

impl OauthServer {
    pub fn start(password: &str) -> Self {
        let right = format!("Basic {}", BASE64_STANDARD.encode(format!("alice:{password}")));
        let (asked, revoked, over) = (Mutex::default(), AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { right, asked, revoked, over });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !serving.over.load(Ordering::SeqCst)).flatten() {
                // A client that leaves in the middle is its own affair.
                let _ = serve(stream, &serving);
            }
        });
        Self { address, shared }
    }

    /// Lets a registry take this server's access token and nothing else.
    pub fn guard(&self, registry: &Registry) {
        let challenge = format!("Bearer realm=\"http://{}/token\",service=\"registry\"", self.address);
        registry.on(move |request| {
            let sent = request.headers.get("authorization").and_then(|value| value.to_str().ok());
            let good = sent.is_some_and(|sent| sent.strip_prefix("Bearer ") == Some(ACCESS));
            let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
            (!good).then(|| answer(401, &[("www-authenticate", &challenge)], body))
        });
    }

    /// From now on the identity token is worth nothing.
    pub fn revoke(&self) {
        self.shared.revoked.store(true, Ordering::SeqCst);
    }

    /// Method and parameters of each request, and forgotten with this.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().expect("not poisoned"))
    }
}

impl Drop for OauthServer {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let mut pairs = lines.iter().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let request = lines.first().cloned().unwrap_or_default();
    let query = request.split([' ', '?']).nth(2).unwrap_or_default();
    let parameters = if request.starts_with("POST ") { &body } else { query };
    let method = request.split(' ').next().unwrap_or_default();
    shared.asked.lock().expect("not poisoned").push(format!("{method} {parameters}"));

    let given = format!("refresh_token={}", IDENTITY.replace('/', "%2F").replace('+', "%2B"));
    let is_good = !shared.revoked.load(Ordering::SeqCst) && parameters.split('&').any(|pair| pair == given);
    let (status, text) = match method {
        "GET" if header("authorization").as_ref() != Some(&shared.right) => (401, "{}".to_owned()),
        "GET" if parameters.contains("offline_token=true") => {
            (200, format!(r#"{{"token":"{ACCESS}","refresh_token":"{IDENTITY}"}}"#))
        }
        "GET" => (200, format!(r#"{{"token":"{ACCESS}"}}"#)),
        "POST" if is_good => (200, format!(r#"{{"access_token":"{ACCESS}","expires_in":300}}"#)),
        _ => (400, r#"{"error":"invalid_grant","error_description":"the token was revoked"}"#.to_owned()),
    };
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    reader.into_inner().write_all(format!("{head}{text}").as_bytes())
}
