//! A stand-in for the Docker daemon at a socket: it has the images that it is given, and keeps a journal of what it is asked. It
//! reads HTTP by hand, because rpush's own way of speaking it must not be what it is judged by.

#![cfg(unix)]

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use rpush::image::Digest;
use serde_json::json;
use tempfile::TempDir;

/// A daemon that ends with the test.
pub struct StandIn {
    directory: TempDir,
    state: Arc<Mutex<State>>,
}

/// What a daemon does, beside answering well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Engine {
    /// Everything.
    #[default]
    Well,
    /// It breaks off in the middle of an export.
    BreaksOff,
    /// It goes silent in the middle of an export.
    GoesSilent,
    /// It takes no archive, and says so while it has begun to answer.
    IsFull,
}

#[derive(Default)]
struct State {
    engine: Engine,
    images: Vec<(String, Digest, Vec<u8>)>,
    /// Where it says that the topmost layer of an image lies.
    tops: Vec<(Digest, PathBuf)>,
    loaded: Vec<Vec<u8>>,
    journal: Vec<String>,
    /// Connections on which nothing more is said.
    silent: Vec<UnixStream>,
}

impl StandIn {
    pub fn start(engine: Engine) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let listener = UnixListener::bind(directory.path().join("docker.sock")).expect("a socket");
        let state = Arc::new(Mutex::new(State { engine, ..State::default() }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that leaves in the middle is its own affair.
                let _ = serve(&stream, &shared);
            }
        });
        Self { directory, state }
    }

    /// What `DOCKER_HOST` says to find it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// Gives it an image: the name that it is asked for, its id, and what it exports.
    pub fn has(&self, name: &str, id: Digest, archive: Vec<u8>) {
        let mut state = self.state.lock().expect("not poisoned");
        state.images.retain(|(known, ..)| known != name);
        state.images.push((name.to_owned(), id, archive));
    }

    /// Says of an image that its files are stored with `overlay2`, the topmost ones in this directory.
    pub fn stores(&self, id: Digest, top: PathBuf) {
        self.state.lock().expect("not poisoned").tops.push((id, top));
    }

    /// What it was asked since the last time, without what differs from run to run.
    pub fn journal(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("not poisoned").journal)
    }

    /// The archives that it was given.
    pub fn loaded(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.state.lock().expect("not poisoned").loaded)
    }
}

fn serve(stream: &UnixStream, state: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let asked = head.lines().next().and_then(|line| line.strip_suffix(" HTTP/1.1")).unwrap_or_default().to_owned();
    let body =
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") { chunks(&mut reader)? } else { vec![] };
    let mut state = state.lock().expect("not poisoned");
    let readable = state.images.iter().fold(asked.clone(), |line, (_, id, _)| line.replace(&id.to_string(), "[id]"));
    state.journal.push(readable);
    let mut out = stream;
    let known =
        |name: &str| state.images.iter().find(|(known, id, _)| name == known || name == id.to_string()).cloned();
    let image = asked.strip_prefix("GET /images/");
    if let Some(name) = image.and_then(|rest| rest.strip_suffix("/json")) {
        return match known(name) {
            Some((_, id, _)) => {
                let top = state.tops.iter().rev().find(|(stored, _)| *stored == id).map(|(_, top)| top);
                let driver = top.map(|top| json!({ "Name": "overlay2", "Data": { "UpperDir": top } }));
                let described = json!({ "Id": id, "RepoTags": [name], "GraphDriver": driver });
                answer(out, "200 OK", &described.to_string())
            }
            None => answer(out, "404 Not Found", &format!(r#"{{"message":"No such image: {name}"}}"#)),
        };
    }
    if let Some((_, _, archive)) = image.and_then(|rest| rest.strip_suffix("/get")).and_then(known) {
        write!(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")?;
        let whole = !matches!(state.engine, Engine::BreaksOff | Engine::GoesSilent);
        let archive = if whole { &archive[..] } else { &archive[..archive.len() / 2] };
        for piece in archive.chunks(50_000) {
            write!(out, "{:x}\r\n", piece.len())?;
            out.write_all(piece)?;
            out.write_all(b"\r\n")?;
        }
        if state.engine == Engine::GoesSilent {
            state.silent.push(stream.try_clone()?);
        }
        return if whole { out.write_all(b"0\r\n\r\n") } else { Ok(()) };
    }
    if asked.starts_with("POST /images/load") {
        state.loaded.push(body);
        let full = r#"{"errorDetail":{"message":"write /layer: no space left on device"},"error":"x"}"#;
        let good = r#"{"stream":"Loaded image\n"}"#;
        return answer(out, "200 OK", if state.engine == Engine::IsFull { full } else { good });
    }
    answer(out, "200 OK", "OK")
}

fn answer(mut out: &UnixStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(out, "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// A body that comes in chunks.
fn chunks(reader: &mut impl io::BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            return Ok(body);
        }
    }
}
