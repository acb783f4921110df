//! rpush's own registry, with a journal of every request, and a hook for what a test wants to happen.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::Response;
use hyper::http::request::Parts;
use rpush::image::Digest;
use rpush::server::{Accounts, Background, Config, Hook, Observer, Served, Verdict};

type Rule = Box<dyn Fn(&Parts) -> Option<Verdict> + Send + Sync>;

/// A registry that ends with this.
pub struct Registry {
    background: Background,
    notes: Arc<Notes>,
}

#[derive(Default)]
struct Notes {
    served: Mutex<Vec<String>>,
    rule: Mutex<Option<Rule>>,
}

impl Observer for Notes {
    fn served(&self, request: &Served) {
        let status = request.status.map_or_else(|| "cut".to_owned(), |status| status.as_u16().to_string());
        let line = format!("{} {} {status}", request.method, request.target);
        self.served.lock().expect("no test panics while holding it").push(line);
    }
}

impl Hook for Notes {
    fn before(&self, request: &Parts) -> Verdict {
        let rule = self.rule.lock().expect("no test panics while holding it");
        rule.as_ref().and_then(|rule| rule(request)).unwrap_or(Verdict::Continue)
    }
}

impl Registry {
    /// One that is open to everybody.
    pub fn open() -> Self {
        Self::start(Config::default())
    }

    /// One for alice alone, whose password is given.
    pub fn with_password(password: &str) -> Self {
        Self::start(Config { accounts: Some(accounts("alice", password)), ..Config::default() })
    }

    pub fn start(config: Config) -> Self {
        let notes = Arc::new(Notes::default());
        let config = Config { observer: Some(notes.clone()), hook: Some(notes.clone()), ..config };
        Self { background: Background::start(config).expect("a registry starts"), notes }
    }

    /// `localhost:PORT`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.background.address().port())
    }

    /// A name there.
    pub fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// From now on this decides about every request for which it gives a verdict.
    pub fn on(&self, rule: impl Fn(&Parts) -> Option<Verdict> + Send + Sync + 'static) {
        *self.notes.rule.lock().expect("no test panics while holding it") = Some(Box::new(rule));
    }

    /// Every request so far, in the order of the answers, and forgotten with this. Digests are called by name where `names` has
    /// one, and sessions have no ids.
    pub fn journal(&self, names: &[(Digest, &str)]) -> Vec<String> {
        let served = std::mem::take(&mut *self.notes.served.lock().expect("no test panics while holding it"));
        served.into_iter().map(|line| readable(line, names)).collect()
    }

    /// The same in the order of the alphabet, as one text: for what goes on at the same time.
    pub fn sorted_journal(&self, names: &[(Digest, &str)]) -> String {
        let mut lines = self.journal(names);
        lines.sort();
        lines.join("\n")
    }

    /// What the registry keeps under a digest.
    pub fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        std::fs::read(self.background.directory().join("blobs/sha256").join(digest.hex())).ok()
    }

    /// What a tag stands for.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        let path = self.background.directory().join("repositories").join(repository).join("index.json");
        let index: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).expect("an index is JSON");
        let mut entries = index["manifests"].as_array().expect("an index has entries").iter();
        let entry = entries.find(|entry| entry["annotations"]["org.opencontainers.image.ref.name"] == tag)?;
        Some(entry["digest"].as_str().expect("a digest").parse().expect("a digest"))
    }

    /// Puts other bytes in the place of a blob.
    pub fn damage(&self, digest: &Digest, bytes: &[u8]) {
        let path = self.background.directory().join("blobs/sha256").join(digest.hex());
        assert!(path.exists(), "there is nothing to damage");
        std::fs::write(path, bytes).expect("a blob can be written");
    }
}

/// A file of accounts with one in it.
pub fn accounts(user: &str, password: &str) -> Accounts {
    let hash = bcrypt::hash(password, 4).expect("bcrypt hashes");
    Accounts::parse(&format!("{user}:{hash}")).expect("an account")
}

fn readable(line: String, names: &[(Digest, &str)]) -> String {
    let line = names.iter().fold(line, |line, (digest, name)| line.replace(&digest.to_string(), &format!("[{name}]")));
    // The id of an upload is the last part of its path.
    match line.split_once("/blobs/uploads/") {
        Some((before, after)) if !after.starts_with(['?', ' ']) => {
            let rest = after.find(['?', ' ']).map_or("", |at| &after[at..]);
            format!("{before}/blobs/uploads/[session]{rest}")
        }
        _ => line,
    }
}

/// An answer with a body of JSON.
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Verdict {
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Verdict::Answer(response.body(body.into()).expect("an answer"))
}
