//! A place in which the built rpush runs as if nobody had ever used it: its own home, store and Docker configuration, and
//! nothing of the environment of whoever runs the tests.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rpush::image::{Descriptor, Digest};
use rpush::layout::Layout;
use tempfile::TempDir;

/// A place of its own. It goes with everything in it.
pub struct Sandbox(TempDir);

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().expect("a temporary directory"));
        for directory in ["home", "docker"] {
            fs::create_dir(sandbox.path(directory)).expect("a directory can be made");
        }
        sandbox
    }

    /// Another one, with a copy of a file of `other`.
    pub fn new_with(other: &Self, name: &str) -> Self {
        let sandbox = Self::new();
        fs::copy(other.path(name), sandbox.path(name)).expect("a file can be copied");
        sandbox
    }

    /// A path in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into the sandbox and gives its path as text.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a file can be written");
        path.to_str().expect("temporary directories have plain names").to_owned()
    }

    /// Makes a program that is found in the sandbox.
    #[cfg(unix)]
    pub fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::create_dir_all(self.path("bin")).expect("a directory can be made");
        let path = self.file(&format!("bin/{name}"), script);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file can be made a program");
    }

    /// The store of the runs here.
    pub fn store(&self) -> Layout {
        Layout::store(&self.path("store"))
    }

    /// What Docker's configuration file says, if there is one.
    pub fn docker_config(&self) -> Option<String> {
        fs::read_to_string(self.path("docker/config.json")).ok()
    }

    /// A command in the sandbox, with nothing of the environment outside but the way to programs.
    pub fn confine(&self, command: &mut Command) {
        command.env_clear().current_dir(self.0.path());
        for (name, directory) in [("HOME", "home"), ("RPUSH_STORE", "store"), ("DOCKER_CONFIG", "docker")] {
            command.env(name, self.path(directory));
        }
        // Nobody's keyring is asked: without this variable a bus is looked for in the user's run-time directory.
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.path("no-bus").display()));
        // Nor a daemon of the machine: only those that a test names.
        command.env("DOCKER_HOST", format!("unix://{}", self.path("no-daemon.sock").display()));
        let mut path = vec![self.path("bin")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        command.env("PATH", std::env::join_paths(path).expect("directories have plain names"));
        for kept in ["TMPDIR", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rpush"));
        self.confine(&mut command);
        command.args(words);
        command
    }

    /// Runs rpush with these words, which are separated by spaces.
    #[track_caller]
    pub fn rpush(&self, words: &str) -> Ran {
        self.run(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs rpush, and expects it to succeed.
    #[track_caller]
    pub fn ok(&self, words: &str) -> Ran {
        let ran = self.rpush(words);
        assert_eq!(ran.code, 0, "{ran}");
        ran
    }

    #[track_caller]
    pub fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, "", &[])
    }

    /// Runs rpush with something on standard input and more in the environment.
    #[track_caller]
    pub fn run_with(&self, words: &[&str], stdin: impl Into<Vec<u8>>, environment: &[(&str, &str)]) -> Ran {
        let mut command = self.command(words);
        command.envs(environment.iter().copied());
        let output = assert_cmd::Command::from_std(command).write_stdin(stdin).output().expect("rpush runs");
        self.ran(&words.join(" "), &output)
    }

    /// Runs rpush where `HOME` is the directory of nobody.
    pub fn homeless(&self, words: &str) -> Ran {
        let mut command = self.command(&words.split_whitespace().collect::<Vec<_>>());
        command.env("HOME", "/nonexistent").stdin(Stdio::null());
        self.ran(words, &command.output().expect("rpush runs"))
    }

    /// Starts rpush and does not wait for it.
    pub fn start(&self, words: &str) -> Running<'_> {
        self.start_with(words, Stdio::null())
    }

    /// The same, to be fed by `Running::feed`.
    pub fn start_reading(&self, words: &str) -> Running<'_> {
        self.start_with(words, Stdio::piped())
    }

    fn start_with(&self, words: &str, stdin: Stdio) -> Running<'_> {
        let mut command = self.command(&words.split_whitespace().collect::<Vec<_>>());
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("rpush starts");
        Running { sandbox: self, words: words.to_owned(), child }
    }

    fn ran(&self, words: &str, output: &Output) -> Ran {
        let here = self.0.path().to_str().expect("temporary directories have plain names");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(here, "[SANDBOX]");
        Ran {
            words: words.replace(here, "[SANDBOX]"),
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
            bytes: output.stdout.clone(),
        }
    }

    /// The names in the store, and the digest that each stands for.
    pub fn names(&self) -> BTreeMap<String, Digest> {
        let entries = self.store().entries().expect("the store can be read");
        let named = |entry: rpush::layout::Entry| Some((entry.reference?.to_string(), entry.descriptor.digest));
        entries.into_iter().filter_map(named).collect()
    }

    /// What a name in the store stands for.
    #[track_caller]
    pub fn stored(&self, name: &str) -> Descriptor {
        self.store().find(name).expect("the image is in the store").descriptor
    }

    /// Every file in the store with its bytes, but for locks: two of these are equal when nothing has changed.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path("store"), &mut files);
        files
    }

    /// Waits until so many bytes are in files that are not blobs yet, while something runs.
    pub fn wait_for_staged(&self, bytes: u64, while_running: &mut Running<'_>) {
        let staging = self.path("store/rpush/staging");
        let sizes = || fs::read_dir(&staging).into_iter().flatten().flatten().flat_map(|file| file.metadata());
        // Of a file with holes only what is there counts.
        let there = |file: fs::Metadata| file.len().min(file.blocks() * 512);
        while sizes().map(there).sum::<u64>() < bytes {
            assert!(!while_running.has_ended(), "it ended before so much had come");
            std::thread::yield_now();
        }
    }

    /// Every blob in the store hashes to its name. Gives how many there are.
    pub fn verify_blobs(&self) -> usize {
        let store = self.store();
        let digests = store.blobs().list().expect("the blobs can be listed");
        for digest in &digests {
            let bytes = fs::read(store.blobs().path(digest)).expect("a blob can be read");
            assert_eq!(Digest::of(&bytes), *digest, "a damaged blob in the store");
        }
        digests.len()
    }
}

fn collect(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            files.insert(path.clone(), fs::read(&path).expect("a file can be read"));
        }
    }
}

/// A run of rpush that is over.
#[derive(Debug, Clone)]
pub struct Ran {
    pub words: String,
    pub code: i32,
    pub out: String,
    pub err: String,
    /// Standard output as it came.
    pub bytes: Vec<u8>,
}

impl Ran {
    /// The digest in the line that a push ends with, or in what `-q` prints.
    #[track_caller]
    pub fn digest(&self) -> Digest {
        let at = self.out.find("sha256:").unwrap_or_else(|| panic!("no digest: {self}"));
        self.out[at..at + 71].parse().expect("a digest")
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON: {error}: {self}"))
    }
}

impl fmt::Display for Ran {
    /// As in a terminal, with what went to standard error marked. Layers go at the same time and in no order, so of their lines
    /// only the number is told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ rpush {}", self.words)?;
        f.write_str(&self.out)?;
        let mut lines: Vec<(&str, usize)> = Vec::new();
        for line in self.err.lines() {
            let state = layer_state(line).unwrap_or(line);
            match lines.iter_mut().find(|(known, _)| layer_state(line).is_some() && *known == state) {
                Some((_, count)) => *count += 1,
                None => lines.push((state, usize::from(layer_state(line).is_some()))),
            }
        }
        for (line, count) in lines {
            let line = if count > 0 { format!("! {count} x {line}") } else { format!("! {line}") };
            writeln!(f, "{}", line.trim_end())?;
        }
        if self.code != 0 {
            writeln!(f, "exit code {}", self.code)?;
        }
        Ok(())
    }
}

/// `0123456789ab: Pushed` is the state of a layer.
fn layer_state(line: &str) -> Option<&str> {
    let (id, state) = line.split_once(": ")?;
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(state)
}

/// A run of rpush that is under way, and ends at the latest when this does.
pub struct Running<'a> {
    sandbox: &'a Sandbox,
    words: String,
    child: Child,
}

impl Running<'_> {
    /// Gives it something to read. There may be more to come, as long as the pipe is held.
    pub fn feed(&mut self, bytes: &[u8]) -> std::process::ChildStdin {
        use std::io::Write as _;
        let mut pipe = self.child.stdin.take().expect("it was started to read");
        pipe.write_all(bytes).expect("it reads");
        pipe
    }

    /// What Ctrl-C sends.
    pub fn interrupt(&self) {
        self.send(rustix::process::Signal::INT);
    }

    /// What systems send to end a service.
    pub fn terminate(&self) {
        self.send(rustix::process::Signal::TERM);
    }

    /// What a terminal sends that goes away.
    pub fn hang_up(&self) {
        self.send(rustix::process::Signal::HUP);
    }

    /// What nobody can catch.
    pub fn kill(&self) {
        self.send(rustix::process::Signal::KILL);
    }

    /// Whether it has come to its end by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    fn send(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.expect("a process has an id");
        rustix::process::kill_process(id, signal).expect("a signal can be sent");
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Ran {
        let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                pipe.expect("a pipe").read_to_end(&mut bytes).expect("output can be read");
                bytes
            })
        };
        let stdout = read(self.child.stdout.take().map(|pipe| Box::new(pipe) as _));
        let stderr = read(self.child.stderr.take().map(|pipe| Box::new(pipe) as _));
        let status = self.child.wait().expect("a child can be waited for");
        let (stdout, stderr) = (stdout.join().expect("read"), stderr.join().expect("read"));
        self.sandbox.ran(&self.words, &Output { status, stdout, stderr })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What differs from run to run, and the name that stands for it.
pub fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"sha256:[0-9a-f]{64}", "[DIGEST]"),
        (r"\b[0-9a-f]{64}\b", "[HEX]"),
        (r"\b[0-9a-f]{12}\b", "[ID]"),
        (r"\b(localhost|127\.0\.0\.1|0\.0\.0\.0|registry\.example):\d+", "$1:PORT"),
        (r"\b\d+ years ago", "N years ago"),
        (r"(?m); (\d+\.\d s|\d+ min \d+ s)(, [0-9.]+ [kMG]?B/s)?( \|)?$", "; [TIME]$3"),
        (r#""seconds":( ?)[0-9.e-]+"#, r#""seconds":$1[SECONDS]"#),
    ]
}
