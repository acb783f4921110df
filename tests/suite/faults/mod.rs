//! What registries, proxies and links do to a client, as tables: a fault, an operation, and what has to come of it. Each family
//! of faults is one test, which runs all of its rows and shows every one that did not come out as it should.
//!
//! A row is a run of rpush through a [`Saboteur`]. Whatever the fault, some things hold in every row: after a success the other
//! place has the image byte for byte, after a failure it has no name for it; the store never has a blob that is not what its
//! digest says; and a failure says what could not be done and why, without the secrets that are in addresses.

mod authorisation;
mod downloads;
mod locations;
mod manifests;
mod statuses;
mod transport;
mod uploads;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rpush::image::Digest;
use serde_json::Value;

use crate::support::{Asked, Deed, Layout, Ran, Registry, Saboteur, Said, Sandbox, noise};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Rows that run at the same time. They wait more than they work.
const AT_ONCE: usize = 4;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    HeadManifest,
    HeadBlob,
    Post,
    Patch,
    PutBlob,
    /// How far has an upload come?
    Status,
    PutManifest,
    GetManifest,
    GetBlob,
    Token,
    Other,
}

impl Place {
    fn of(asked: &Asked) -> Self {
        let target = asked.target.as_str();
        match asked.method.as_str() {
            _ if target.starts_with("/token") => Self::Token,
            "HEAD" if target.contains("/manifests/") => Self::HeadManifest,
            "HEAD" if target.contains("/blobs/") => Self::HeadBlob,
            "POST" => Self::Post,
            "PATCH" => Self::Patch,
            "PUT" if target.contains("/manifests/") => Self::PutManifest,
            "PUT" => Self::PutBlob,
            "GET" if target.contains("/manifests/") => Self::GetManifest,
            "GET" if target.contains("/blobs/uploads/") => Self::Status,
            "GET" if target.contains("/blobs/") => Self::GetBlob,
            _ => Self::Other,
        }
    }

    fn is(self, asked: &Asked) -> bool {
        Self::of(asked) == self
    }
}

/// What is done while the fault is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Push,
    /// Of an image that the registry has already.
    PushAgain,
    Pull,
}

/// A fault, an operation, and what has to come of it.
struct Row {
    name: String,
    operation: Operation,
    options: String,
    /// How large the layer is.
    layer: u64,
    fault: Box<dyn FnMut(&Asked) -> Deed + Send>,
    code: i32,
    says: Vec<String>,
    hides: Vec<String>,
    most: Option<u64>,
    asks: Vec<(Place, usize)>,
    at_least: Duration,
    /// When the fault is in what the registry has, there is nothing to compare with.
    image_is_there: bool,
    /// It fails, and that must not leave a name.
    leaves_no_name: bool,
}

impl Row {
    fn new(operation: Operation, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            operation,
            options: String::new(),
            layer: 200 * KIB,
            fault: Box::new(|_| Deed::Pass),
            code: 0,
            says: Vec::new(),
            hides: Vec::new(),
            most: None,
            asks: Vec::new(),
            at_least: Duration::ZERO,
            image_is_there: true,
            leaves_no_name: true,
        }
    }

    fn push(name: impl Into<String>) -> Self {
        Self::new(Operation::Push, name)
    }

    fn push_again(name: impl Into<String>) -> Self {
        Self::new(Operation::PushAgain, name)
    }

    fn pull(name: impl Into<String>) -> Self {
        Self::new(Operation::Pull, name)
    }

    /// More words for rpush.
    fn options(mut self, options: impl Into<String>) -> Self {
        self.options = options.into();
        self
    }

    /// How large the layer is.
    fn layer(mut self, size: u64) -> Self {
        self.layer = size;
        self
    }

    /// What becomes of each request.
    fn fault(mut self, fault: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        self.fault = Box::new(fault);
        self
    }

    /// What becomes of the first requests to a place, so many of them; the others pass.
    fn times(self, times: usize, place: Place, mut deed: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        let mut left = times;
        self.fault(move |asked| match place.is(asked) && left > 0 {
            true => {
                left -= 1;
                deed(asked)
            }
            false => Deed::Pass,
        })
    }

    fn once(self, place: Place, deed: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        self.times(1, place, deed)
    }

    fn always(self, place: Place, deed: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        self.times(usize::MAX, place, deed)
    }

    /// It fails, with these words in what it says.
    fn fails(mut self, code: i32, words: &str) -> Self {
        self.code = code;
        self.says(words)
    }

    /// It has these words in what it says.
    fn says(mut self, words: &str) -> Self {
        self.says.push(words.to_owned());
        self
    }

    /// It does not have these words in what it says.
    fn hides(mut self, words: &str) -> Self {
        self.hides.push(words.to_owned());
        self
    }

    /// Of all blobs together no more is sent than so much of their size, in percent.
    fn sends_at_most(mut self, percent: u64) -> Self {
        self.most = Some(percent);
        self
    }

    /// So many requests are made to a place.
    fn asks(mut self, place: Place, times: usize) -> Self {
        self.asks.push((place, times));
        self
    }

    /// It takes so long at least.
    fn takes_at_least(mut self, time: Duration) -> Self {
        self.at_least = time;
        self
    }

    /// What is pulled is made up by the fault.
    fn of_nothing(mut self) -> Self {
        self.image_is_there = false;
        self
    }

    /// It fails when the name has been put already.
    fn too_late(mut self) -> Self {
        self.leaves_no_name = false;
        self
    }

    /// Runs it, and gives everything that is wrong with what came of it.
    fn run(self, stages: &Stages) -> Result<(), String> {
        let Self { operation, fault, .. } = self;
        let (image, registry) = (&stages.images[&self.layer], Registry::open());
        if operation != Operation::Push && self.image_is_there {
            stages.sandbox.ok(&format!("push -q --plain-http --from {} {}", image.source, registry.name("app:1")));
        }
        let (saboteur, sandbox) = (Saboteur::before(&registry.host(), fault), Sandbox::new());
        let verb = match operation {
            Operation::Pull => "pull".to_owned(),
            _ => format!("push --from {}", image.source),
        };
        let words = format!("{verb} --plain-http --progress none {} {}", self.options, saboteur.name("app:1"));
        let begin = Instant::now();
        let ran = sandbox.rpush(&words);
        let took = begin.elapsed();
        let mut wrong = Vec::new();
        let mut expect = |is_so: bool, words: String| {
            if !is_so {
                wrong.push(words);
            }
        };
        expect(ran.code == self.code, format!("exit code {}, not {}", ran.code, self.code));
        for words in &self.says {
            expect(ran.err.contains(words.as_str()), format!("does not say `{words}`"));
        }
        for words in self.hides.iter().map(String::as_str).chain(["panicked", "_state", "s3cr3t"]) {
            expect(!ran.err.contains(words), format!("says `{words}`"));
        }
        if ran.code != 0 {
            expect(
                ran.err.contains("error: cannot ") || ran.err.contains("app"),
                "does not say what it could not do".into(),
            );
        }
        let journal = saboteur.journal();
        for (place, times) in &self.asks {
            let found = journal.iter().filter(|asked| place.is(asked)).count();
            expect(found == *times, format!("asks {place:?} {found} times, not {times}"));
        }
        if let Some(most) = self.most {
            let percent = saboteur.blob_bytes() * 100 / image.size;
            expect(percent <= most, format!("sends {percent} %, not {most} at most"));
        }
        expect(took >= self.at_least, format!("takes {took:?} only"));
        let there = match operation {
            Operation::Pull if self.image_is_there => pulled(&sandbox, image),
            Operation::Pull => Ok(sandbox.verify_blobs() > 0 && !sandbox.names().is_empty()),
            _ => pushed(&registry, image),
        };
        match (self.code, operation, there) {
            (0, _, Ok(true)) | (_, Operation::PushAgain, _) => {}
            (0, _, Ok(false)) => expect(false, "there is no image with the name".into()),
            (_, _, Ok(true)) => expect(!self.leaves_no_name, "there is an image with the name".into()),
            (_, _, Ok(false)) => {}
            (_, _, Err(words)) => expect(false, words),
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(told(&self.name, &wrong, &ran, &journal, took)),
        }
    }
}

/// Whether the registry has the image under its name; what is wrong when it has only half of it.
fn pushed(registry: &Registry, image: &Staged) -> Result<bool, String> {
    match registry.blob(&image.root) {
        None => Ok(false),
        Some(bytes) => {
            let manifest: Value = serde_json::from_slice(&bytes).expect("a manifest is JSON");
            let pieces = [&manifest["config"], &manifest["layers"][0]].map(|piece| {
                let digest: Digest = piece["digest"].as_str().expect("a digest").parse().expect("a digest");
                registry.blob(&digest).is_some_and(|bytes| Digest::of(&bytes) == digest)
            });
            if pieces.contains(&false) {
                return Err("the registry has a manifest without what it names".to_owned());
            }
            Ok(registry.tag("app", "1") == Some(image.root))
        }
    }
}

/// The same of the store.
fn pulled(sandbox: &Sandbox, image: &Staged) -> Result<bool, String> {
    let blobs = sandbox.verify_blobs();
    match sandbox.names().values().next() {
        None => Ok(false),
        Some(root) if *root == image.root && blobs == 3 => Ok(true),
        Some(root) => Err(format!("{root} with {blobs} blobs is in the store")),
    }
}

fn told(name: &str, wrong: &[String], ran: &Ran, journal: &[Asked], took: Duration) -> String {
    let mut text = format!("{name}: {} ({took:?})\n{ran}", wrong.join("; "));
    for asked in journal.iter().take(40) {
        let range = asked.header("content-range").or(asked.header("range")).unwrap_or_default();
        let _ = writeln!(text, "  {} {} [{}] {range}", asked.method, asked.target, asked.length);
    }
    text
}

/// The images of a family, made once.
struct Stages {
    sandbox: Sandbox,
    images: BTreeMap<u64, Staged>,
}

/// An image that lies in a layout.
struct Staged {
    source: String,
    root: Digest,
    /// The size of its blobs.
    size: u64,
}

impl Stages {
    fn with(sizes: impl Iterator<Item = u64>) -> Self {
        let (sandbox, mut images) = (Sandbox::new(), BTreeMap::new());
        for size in sizes {
            images.entry(size).or_insert_with(|| {
                let mut layout = Layout::default();
                let root = layout.image_of(&noise(usize::try_from(size).expect("it fits into memory")));
                layout.name(&root, "1");
                let path = sandbox.path(&format!("of-{size}"));
                layout.write(&path);
                let root = root["digest"].as_str().expect("a digest").parse().expect("a digest");
                Staged { source: format!("oci:{}", path.display()), root, size }
            });
        }
        Self { sandbox, images }
    }
}

/// Runs all rows, and shows every one that did not come out as it should.
#[track_caller]
fn check(rows: impl IntoIterator<Item = Row>) {
    let rows: Vec<Row> = rows.into_iter().collect();
    let (count, stages) = (rows.len(), Stages::with(rows.iter().map(|row| row.layer)));
    let (queue, failures) = (Mutex::new(rows.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let work = || {
            loop {
                let row = queue.lock().expect("nobody panics while holding it").next();
                let Some(row) = row else { return };
                if let Err(words) = row.run(&stages) {
                    failures.lock().expect("nobody panics while holding it").push(words);
                }
            }
        };
        (0..AT_ONCE).for_each(|_| drop(scope.spawn(work)));
    });
    let failures = failures.into_inner().expect("nobody panicked");
    assert!(failures.is_empty(), "{} of {count} rows failed:\n\n{}", failures.len(), failures.join("\n"));
}

/// A no in the form of the specification.
fn no(status: u16, code: &str, message: &str) -> Said {
    let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
    Said::new(status, body.to_string()).with("content-type", "application/json")
}

/// The registry's answer with a header in place of its own; without it when the value is empty.
fn with_header(name: &'static str, value: impl Into<String>) -> Deed {
    let value = value.into();
    Deed::Edit(Box::new(move |said| said.with(name, &value)))
}

/// A proxy that takes no bodies above `limit`.
fn limit(asked: &Asked, limit: u64) -> Option<Deed> {
    let page = "<html><head><title>413 Request Entity Too Large</title></head></html>";
    (asked.length > limit).then(|| Deed::AnswerEarly(Said::new(413, page).with("content-type", "text/html")))
}
