//! A registry with any number of tags in one repository, which it has no need to keep: their names are counted, and they share a
//! few manifests. Pages are as rpush asks for them. What is pushed is kept.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rpush::image::Digest;

/// How many manifests there are.
const MANIFESTS: usize = 20;

/// A registry whose repository is called `app`. It goes with the process.
pub struct Crowd {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    tags: usize,
    manifests: Vec<(Digest, String)>,
    pushed: Mutex<HashMap<String, Digest>>,
    /// How often each kind of request came.
    asked: Mutex<BTreeMap<&'static str, usize>>,
}

impl Crowd {
    /// With tags from `v00.0000` on, ten thousand to a major version.
    pub fn of(tags: usize) -> Self {
        let manifest = |number: usize| {
            let config = Digest::of(&number.to_le_bytes());
            let manifest = format!(
                r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{config}","size":8}},"layers":[]}}"#
            );
            (Digest::of(manifest.as_bytes()), manifest)
        };
        let manifests = (0..MANIFESTS).map(manifest).collect();
        let shared = Arc::new(Shared { tags, manifests, pushed: Mutex::default(), asked: Mutex::default() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                thread::spawn(move || drop(shared.serve(&stream)));
            }
        });
        Self { port, shared }
    }

    /// A name there.
    pub fn name(&self, name: &str) -> String {
        format!("localhost:{}/{name}", self.port)
    }

    /// What was pushed under a tag.
    pub fn pushed(&self, tag: &str) -> Option<Digest> {
        self.shared.pushed.lock().expect("not poisoned").get(tag).copied()
    }

    /// What a tag with this number names.
    pub fn digest(&self, number: usize) -> Digest {
        self.shared.manifests[number % MANIFESTS].0
    }

    /// How often each kind of request came since this was asked last.
    pub fn asked(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.shared.asked.lock().expect("not poisoned"))
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        loop {
            let (mut request, mut line, mut length) = (String::new(), String::new(), 0);
            if reader.read_line(&mut request)? == 0 {
                return Ok(());
            }
            while reader.read_line(&mut line)? > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            let mut words = request.split(' ');
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let (kind, answer) = self.answer(method, target, &body);
            *self.asked.lock().expect("not poisoned").entry(kind).or_default() += 1;
            writer.write_all(answer.as_bytes())?;
        }
    }

    fn answer(&self, method: &str, target: &str, body: &[u8]) -> (&'static str, String) {
        let nothing = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        if let Some(query) = target.strip_prefix("/v2/app/tags/list") {
            return ("list", self.page(query));
        }
        let Some(name) = target.strip_prefix("/v2/app/manifests/") else {
            return ("other", nothing("404 Not Found"));
        };
        let found = match name.parse::<Digest>() {
            Ok(digest) => Some(digest),
            Err(_) => self.tagged(name),
        };
        let found = found.and_then(|digest| self.manifests.iter().find(|(known, _)| *known == digest));
        match (method, found) {
            ("PUT", _) => {
                let digest = Digest::of(body);
                self.pushed.lock().expect("not poisoned").insert(name.to_owned(), digest);
                ("put", nothing("201 Created"))
            }
            (_, None) => ("missing", nothing("404 Not Found")),
            (method, Some((digest, manifest))) => {
                let (length, is_get) = (manifest.len(), method == "GET");
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n\
                     docker-content-digest: {digest}\r\ncontent-length: {length}\r\n\r\n"
                );
                (if is_get { "get" } else { "head" }, if is_get { head + manifest } else { head })
            }
        }
    }

    fn tagged(&self, tag: &str) -> Option<Digest> {
        let pushed = self.pushed.lock().expect("not poisoned").get(tag).copied();
        pushed.or_else(|| {
            let (major, minor) = tag.strip_prefix('v')?.split_once('.')?;
            let number = major.parse::<usize>().ok()? * 10_000 + minor.parse::<usize>().ok()?;
            (number < self.tags).then(|| self.manifests[number % MANIFESTS].0)
        })
    }

    fn page(&self, query: &str) -> String {
        let value = |name: &str| {
            query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let first = value("from").map_or(0, |from| from.parse().expect("a number"));
        let last = (first + value("n").map_or(1000, |n| n.parse().expect("a number"))).min(self.tags);
        let tags: Vec<String> = (first..last).map(|n| format!("\"v{:02}.{:04}\"", n / 10_000, n % 10_000)).collect();
        let body = format!(r#"{{"name":"app","tags":[{}]}}"#, tags.join(","));
        let link = match last < self.tags {
            true => format!("link: </v2/app/tags/list?n=1000&from={last}>; rel=\"next\"\r\n"),
            false => String::new(),
        };
        format!("HTTP/1.1 200 OK\r\n{link}content-length: {}\r\n\r\n{body}", body.len())
    }
}
