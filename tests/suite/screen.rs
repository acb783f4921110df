//! A push on a real terminal: tmux shows what a person would see. Where there is no tmux, that is told and skipped.

use std::process::{Command, Output};
use std::sync::Arc;

use rpush::server::Verdict;
use tokio::sync::Semaphore;

use crate::support::{Image, Registry, Sandbox, answer, filters};

const SKIPPED: &str = "skipped: there is no tmux";

/// A terminal of this size, which ends with this.
struct Terminal<'a>(&'a Sandbox);

impl<'a> Terminal<'a> {
    /// Runs rpush in it. `None` where there is no tmux.
    fn run(sandbox: &'a Sandbox, size: (u16, u16), variables: &str, words: &str) -> Option<Self> {
        let terminal = Self(sandbox);
        let (width, height) = (size.0.to_string(), size.1.to_string());
        let rpush = env!("CARGO_BIN_EXE_rpush");
        // It stays when rpush has ended.
        let line = format!("env {variables} {rpush} {words}; cat");
        let words = ["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, &line];
        match terminal.tmux(&words) {
            Some(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
            None => return None,
        }
        Some(terminal)
    }

    fn tmux(&self, words: &[&str]) -> Option<Output> {
        let mut command = Command::new("tmux");
        self.0.confine(&mut command);
        command.arg("-S").arg(self.0.path("tmux.sock")).args(words).output().ok()
    }

    /// What it shows as soon as that has this in it, without what changes all the time.
    #[track_caller]
    fn once(&self, wanted: &str) -> String {
        loop {
            let shown = self.tmux(&["capture-pane", "-p", "-e"]).expect("it was there before");
            let shown = String::from_utf8(shown.stdout).expect("text");
            if shown.contains(wanted) {
                return shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

macro_rules! looks {
    ($seen:expr, @$expected:literal) => {
        let mut filters = filters();
        filters.push((r"(?m)^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ", "* "));
        filters.push((r"(?m)^[|/\\-] ", "+ "));
        filters.insert(0, (r"sha256:([0-9a-f]+)\n([0-9a-f]+) size", "sha256:$1$2 size"));
        filters.push((r"(Committing \d+ B), \d+ s", "$1"));
        filters.push((r"(in) \d+ s", "$1 N s"));
        insta::with_settings!({ filters => filters }, { insta::assert_snapshot!($seen, @$expected) });
    };
}

fn stage() -> (Sandbox, Registry, String) {
    let (sandbox, registry) = (Sandbox::new(), Registry::open());
    let name = registry.name("app:1");
    sandbox.file("app.tar", Image::with("hello").docker_24(&[&name]).bytes());
    sandbox.ok("load -i app.tar");
    (sandbox, registry, name)
}

#[test]
fn a_person_sees_what_the_registry_does() {
    let (sandbox, registry, name) = stage();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    registry.on(move |request| {
        let held = held.clone();
        let is_upload = request.method == "PUT" && request.uri.path().contains("/blobs/");
        is_upload.then(|| {
            Verdict::Wait(Box::pin(async move {
                let _ = held.acquire().await;
                Verdict::Continue
            }))
        })
    });
    let Some(terminal) = Terminal::run(&sandbox, (80, 24), "LANG=C.UTF-8", &format!("push {name}")) else {
        return println!("{SKIPPED}");
    };
    looks!(terminal.once("in 3 pieces"), @"
    The push refers to repository [localhost:PORT/app]
    [ID]: Committing 322 B
    [ID]: Committing 81 B
    [ID]: Committing 88 B
    [ID]: Waiting
    * total: 491 B/1 kB, 0/4 done, registry is committing 491 B in 3 pieces
    ");
    gate.close();
    looks!(terminal.once("size: "), @"
    The push refers to repository [localhost:PORT/app]
    [ID]: Pushed
    [ID]: Pushed
    [ID]: Pushed
    [ID]: Pushed
    4 uploaded 1 kB; [TIME]
    1: digest: [DIGEST] size: 553
    ");
}

#[test]
fn a_person_sees_retries_and_where_it_stopped() {
    let (sandbox, registry, name) = stage();
    registry.on(|request| {
        let is_upload = request.method == "PUT" && request.uri.path().contains("/blobs/");
        is_upload.then(|| answer(503, &[("retry-after", "20")], ""))
    });
    let variables = "LANG=C NO_COLOR=1";
    let words = format!("push --retry 1 {name}");
    let Some(terminal) = Terminal::run(&sandbox, (200, 50), variables, &words) else {
        return println!("{SKIPPED}");
    };
    looks!(terminal.once("next try"), @"
    The push refers to repository [localhost:PORT/app]
    [ID]: Retrying in N s: HTTP 503 Service Unavailable
    [ID]: Retrying in N s: HTTP 503 Service Unavailable
    [ID]: Retrying in N s: HTTP 503 Service Unavailable
    [ID]: Waiting
    + total: 491 B/1 kB, 0/4 done, next try in N s
    ");
    let Some(_) = terminal.tmux(&["send-keys", "C-c"]) else { panic!("it was there before") };
    looks!(terminal.once("goes on where"), @"
    The push refers to repository [localhost:PORT/app]
    [ID]: Stopped at 322 B/322 B: HTTP 503 Service Unavailable
    [ID]: Stopped at 81 B/81 B: HTTP 503 Service Unavailable
    [ID]: Stopped at 88 B/88 B: HTTP 503 Service Unavailable
    [ID]: Not begun
    4 not done (491 B taken), 3 retries; [TIME]
    error: interrupted

    hint: nothing was tagged; the same command again goes on where this one stopped
    ");
}
