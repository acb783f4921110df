//! Names that cannot be looked up for a moment, by the system's own resolver: rpush runs where `/etc/resolv.conf` names a server
//! of these tests, which fails as often as it is told.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::peers::{are_here, skip};
use crate::support::{Image, Registry, Sandbox};

const NAME: &str = "registry.test";

/// What the name server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// SERVFAIL: it does not know at the moment.
    Failure,
    /// NXDOMAIN: there is no such name.
    Nothing,
    /// This machine.
    Here,
}

impl Says {
    /// The response code (RFC 1035, section 4.1.1).
    fn code(self) -> u8 {
        match self {
            Self::Here => 0,
            Self::Failure => 2,
            Self::Nothing => 3,
        }
    }
}

/// A name server, on an address of its own of this machine's many.
struct NameServer {
    address: SocketAddr,
    lookups: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl NameServer {
    /// One that says this to the lookups, the first one being number 1. `None` where nobody may listen on port 53.
    fn start(says: impl Fn(usize) -> Says + Send + 'static) -> Option<Self> {
        let socket = (1..=50).find_map(|_| {
            let [a, b, c] = [fastrand::u8(1..=250), fastrand::u8(..), fastrand::u8(1..=250)];
            UdpSocket::bind((Ipv4Addr::new(127, a, b, c), 53)).ok()
        })?;
        let address = socket.local_addr().expect("it is bound");
        let (lookups, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, over) = (lookups.clone(), is_over.clone());
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Some(question) = Question::read(&query[..length]) else { continue };
                // Every lookup asks for both kinds of addresses; the old kind counts.
                let number = match question.is_for_v4 {
                    true => counted.fetch_add(1, Ordering::Relaxed) + 1,
                    false => counted.load(Ordering::Relaxed).max(1),
                };
                let said = if question.name == NAME { says(number) } else { Says::Nothing };
                let _ = socket.send_to(&question.answer(said), from);
            }
        });
        Some(Self { address, lookups, is_over })
    }

    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::Relaxed)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Its thread waits for a query, and any will do.
        let _ = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.send_to(&[], self.address));
    }
}

/// A question as it came (RFC 1035, section 4).
struct Question<'a> {
    id: &'a [u8],
    /// The name, the type and the class, as they are repeated in the answer.
    section: &'a [u8],
    name: String,
    is_for_v4: bool,
}

impl<'a> Question<'a> {
    fn read(query: &'a [u8]) -> Option<Self> {
        let (id, rest) = (query.get(..2)?, query.get(12..)?);
        let (mut at, mut labels) = (0, Vec::new());
        while let length @ 1.. = usize::from(*rest.get(at)?) {
            labels.push(String::from_utf8_lossy(rest.get(at + 1..=at + length)?).into_owned());
            at += length + 1;
        }
        let is_for_v4 = rest.get(at + 1..at + 3)? == [0, 1];
        Some(Self { id, section: rest.get(..at + 5)?, name: labels.join("."), is_for_v4 })
    }

    fn answer(&self, says: Says) -> Vec<u8> {
        let is_answered = says == Says::Here && self.is_for_v4;
        // A response to a query that may be recursive; one question, perhaps one answer.
        let mut answer = [self.id, &[0x81, 0x80 | says.code(), 0, 1, 0, u8::from(is_answered), 0, 0, 0, 0]].concat();
        answer.extend_from_slice(self.section);
        if is_answered {
            // The name of the question, an address of the Internet, to be forgotten at once.
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
        }
        answer
    }
}

/// Runs rpush where only this server knows names: its exit code, and what it says.
fn run(sandbox: &Sandbox, server: &NameServer, words: &str) -> (i32, String) {
    let resolver = sandbox.file("resolv.conf", format!("nameserver {}\noptions attempts:1\n", server.address.ip()));
    let services = sandbox.file("nsswitch.conf", "hosts: files dns\n");
    let script = format!(
        "mount --bind {resolver} /etc/resolv.conf && mount --bind {services} /etc/nsswitch.conf && exec {} {words}",
        env!("CARGO_BIN_EXE_rpush")
    );
    let mut command = Command::new("unshare");
    sandbox.confine(&mut command);
    let output = command.args(["--mount", "sh", "-c", &script]).output().expect("unshare runs");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether the machine lets tests have their own names.
fn may_name() -> bool {
    are_here(&["unshare"]) && {
        let script = "mount --bind /etc/hostname /etc/resolv.conf && test -e /etc/nsswitch.conf";
        let tried = Command::new("unshare").args(["--mount", "sh", "-c", script]).output();
        tried.is_ok_and(|tried| tried.status.success()) || skip("no mounts of one's own are allowed here")
    }
}

struct Row {
    fault: &'static str,
    says: fn(usize) -> Says,
    operation: &'static str,
    code: i32,
    /// Some of what is said.
    words: &'static str,
    lookups: std::ops::RangeInclusive<usize>,
}

/// Names that fail: at the first contact a moment's trouble is tried again for a moment, later for as long as everything else; a
/// name that does not exist is a mistake.
#[test]
fn a_name_that_fails_once_is_looked_up_again() {
    if !may_name() {
        return;
    }
    let first_fails = |number| if number == 1 { Says::Failure } else { Says::Here };
    let second_fails = |number| if number == 2 { Says::Failure } else { Says::Here };
    let row = |fault, says, operation, code, words, lookups| Row { fault, says, operation, code, words, lookups };
    let rows = [
        row("first contact fails once", first_fails as fn(usize) -> Says, "push", 0, "", 2..=20),
        row("first contact fails once", first_fails, "pull", 0, "", 2..=20),
        row("first contact fails once", first_fails, "tag --remote", 0, "", 2..=20),
        row("a later connection fails once", second_fails, "push", 0, "", 2..=20),
        row("a later connection fails once", second_fails, "pull", 0, "", 1..=20),
        row("it fails for ever", |_| Says::Failure, "push", 5, "because: the name could not be looked up: ", 4..=16),
        row(
            "there is no such name",
            |_| Says::Nothing,
            "push",
            5,
            "because: no address is known for this name: ",
            1..=4,
        ),
    ];
    for Row { fault, says, operation, code, words, lookups } in rows {
        let Some(server) = NameServer::start(says) else {
            skip("nobody may listen on port 53 here");
            return;
        };
        let registry = Registry::open();
        let sandbox = Sandbox::new();
        sandbox.file("app.tar", Image::with("looked up").docker_25(&["app:1"]).bytes());
        let host = registry.host().replace("localhost", NAME);
        let name = format!("{host}/app:1");
        sandbox.ok("load -i app.tar");
        sandbox.ok(&format!("tag app:1 {name}"));
        if operation != "push" {
            // As this machine knows the registry.
            sandbox.ok(&format!("tag app:1 {}", registry.name("app:1")));
            sandbox.ok(&format!("push {}", registry.name("app:1")));
            fs::remove_dir_all(sandbox.path("store")).expect("the store goes");
        }
        let more = if operation.starts_with("tag") { format!(" {host}/app:2") } else { String::new() };
        let (ended, said) = run(&sandbox, &server, &format!("{operation} --plain-http {name}{more}"));
        let asked = server.lookups();
        let shown = format!("{fault}, {operation}: exit code {ended}, {asked} lookups\n{said}");
        assert_eq!(ended, code, "{shown}");
        assert!(said.contains(words), "{shown}");
        assert!(lookups.contains(&asked), "{shown}");
    }
}
