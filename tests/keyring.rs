//! The system's keyring for real: GNOME Keyring on a D-Bus session of the test's own; one that nobody unlocks; and none.
//!
//! A program that is not installed is a test that is skipped, and says so; with `RPUSH_REQUIRE_PEERS=1` it is a failure.

#![cfg(target_os = "linux")]

#[path = "interop/peers.rs"]
#[allow(dead_code, reason = "the other programs are for the other tests")]
mod peers;
#[path = "suite/support/mod.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "the suite uses the rest")]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};

use support::{Image, Ran, Registry, Sandbox, shows};

const PASSWORD: &str = "correct-horse";

/// Ends the test when one of these programs is not there.
macro_rules! needs {
    ($($program:literal),+) => {
        if !peers::are_here(&[$($program),+]) {
            return;
        }
    };
}

/// A D-Bus session with a keyring, which lies in the sandbox's home. It ends with this, or with the process that holds it.
struct Session<'a> {
    sandbox: &'a Sandbox,
    address: String,
    bus: Child,
}

impl<'a> Session<'a> {
    /// One whose keyring is open.
    fn unlocked(sandbox: &'a Sandbox) -> Self {
        Self::start(sandbox, "printf keys | gnome-keyring-daemon --unlock --components=secrets >/dev/null")
    }

    /// One whose keyring waits for a password, with no display to ask for it.
    fn locked(sandbox: &'a Sandbox) -> Self {
        Self::start(sandbox, "gnome-keyring-daemon --start --components=secrets >/dev/null")
    }

    fn start(sandbox: &'a Sandbox, keyring: &str) -> Self {
        let runtime = sandbox.path("run");
        fs::create_dir_all(&runtime).expect("a directory can be made");
        let script = format!("{keyring}; echo \"$DBUS_SESSION_BUS_ADDRESS\"; read -r _");
        let mut command = Command::new("dbus-run-session");
        sandbox.confine(&mut command);
        command.args(["--", "sh", "-c", &script]).env("XDG_RUNTIME_DIR", runtime);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bus = command.spawn().expect("a session starts");
        let mut address = String::new();
        let mut said = BufReader::new(bus.stdout.take().expect("it was piped"));
        said.read_line(&mut address).expect("the session says where it is");
        Self { sandbox, address: address.trim().to_owned(), bus }
    }

    fn rpush(&self, words: &str) -> Ran {
        self.rpush_with(words, "")
    }

    fn rpush_with(&self, words: &str, stdin: &str) -> Ran {
        let words: Vec<_> = words.split_whitespace().collect();
        self.sandbox.run_with(&words, stdin, &[("DBUS_SESSION_BUS_ADDRESS", &self.address)])
    }

    /// Logs in to a registry as alice, as a script does.
    fn login(&self, registry: &Registry) -> Ran {
        self.rpush_with(&format!("login -u alice --password-stdin {}", registry.host()), PASSWORD)
    }

    /// Runs another program here, with rpush under the name of a helper in its `PATH`: exit code and standard output.
    fn run(&self, words: &[&str], stdin: &str) -> (i32, String) {
        let helper = self.sandbox.path("docker-credential-rpush");
        if !helper.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rpush"), &helper).expect("a link can be made");
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.sandbox.path("").display());
        let program = if words[0] == "docker-credential-rpush" { helper.as_os_str() } else { words[0].as_ref() };
        let mut command = Command::new(program);
        self.sandbox.confine(&mut command);
        command.args(&words[1..]).env("PATH", path).env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        let output = assert_cmd::Command::from_std(command).write_stdin(stdin).output().expect("the program runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        drop(self.bus.stdin.take());
        let _ = self.bus.wait();
    }
}

/// A sandbox with an image that has a name in the registry.
fn sandbox_with_image(registry: &Registry) -> (Sandbox, String) {
    let (sandbox, name) = (Sandbox::new(), registry.name("app:1"));
    sandbox.file("app.tar", Image::with("keys").docker_24(&["app:1"]).bytes());
    sandbox.ok("load -i app.tar");
    sandbox.ok(&format!("tag app:1 {name}"));
    (sandbox, name)
}

#[test]
fn an_account_goes_into_the_keyring_and_out_of_it() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    let (session, host) = (Session::unlocked(&sandbox), registry.host());
    shows!(session.rpush(&format!("whoami {host}")), @"
    $ rpush whoami localhost:PORT
    ! error: no account is known for localhost:PORT
    !
    ! hint: log in with one: `rpush login localhost:PORT`
    exit code 3
    ");
    shows!(session.login(&registry), @"
    $ rpush login -u alice --password-stdin localhost:PORT
    Login Succeeded
    ! stored in the keyring
    ");
    shows!(session.rpush(&format!("whoami {host}")), @"
    $ rpush whoami localhost:PORT
    alice
    ! a password from the keyring
    ");
    shows!(session.rpush(&format!("login {host}")), @"
    $ rpush login localhost:PORT
    Login Succeeded
    ! Authenticating with existing credentials... [Username: alice]
    ! note: they are from the keyring
    ");
    assert_eq!(session.rpush(&format!("push {name}")).code, 0);
    assert_eq!(sandbox.docker_config(), None);

    // Kept elsewhere, it is not in the keyring any more, where it would be found first.
    let moved = session.rpush_with(&format!("login -u alice --password-stdin --store-in file {host}"), PASSWORD);
    assert_eq!(moved.code, 0, "{moved}");
    shows!(session.rpush(&format!("whoami {host}")), @"
    $ rpush whoami localhost:PORT
    alice
    ! a password from [SANDBOX]/docker/config.json
    ");
    let back = session.rpush_with(&format!("login -u alice --password-stdin --store-in keyring {host}"), PASSWORD);
    assert_eq!(back.code, 0, "{back}");
    shows!(session.rpush(&format!("logout {host}")), @"
    $ rpush logout localhost:PORT
    Removing login credentials for localhost:PORT
    ! removed from the keyring
    ! removed from [SANDBOX]/docker/config.json
    ");
    assert_eq!(session.rpush(&format!("whoami {host}")).code, 3);
    assert_eq!(session.rpush(&format!("push {name}")).code, 4);
}

/// The protocol, over the same entries that `login` writes.
#[test]
fn the_keyring_is_shared_by_a_helper() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, host) = (Sandbox::new(), registry.host());
    let session = Session::unlocked(&sandbox);
    let helper = |action: &str, stdin: &str| session.run(&["docker-credential-rpush", action], stdin);
    let nothing = (1, "credentials not found in native keychain\n".to_owned());
    assert_eq!(helper("list", ""), (0, "{}\n".to_owned()));
    assert_eq!(helper("get", &host), nothing);
    session.login(&registry);
    let account = format!("{{\"ServerURL\":\"{host}\",\"Username\":\"alice\",\"Secret\":\"{PASSWORD}\"}}\n");
    assert_eq!(helper("get", &host), (0, account.clone()));
    assert_eq!(helper("list", "unused"), (0, format!("{{\"{host}\":\"alice\"}}\n")));
    assert_eq!(helper("erase", &host), (0, String::new()));
    assert_eq!(helper("get", &host), nothing);
    assert_eq!(session.rpush(&format!("whoami {host}")).code, 3);
    assert_eq!(helper("store", &account), (0, String::new()));
    assert_eq!(session.rpush(&format!("whoami {host}")).out, "alice\n");
    // Docker's file names the helper that is rpush itself.
    sandbox.file("docker/config.json", r#"{"credsStore":"rpush"}"#);
    assert_eq!(session.rpush(&format!("logout {host}")).code, 0);
    let login = session.login(&registry);
    assert!(login.err.contains("stored in the keyring"), "{login}");
    assert_eq!(helper("no-such-action", "").0, 2);
}

/// A program that somebody else wrote finds in the keyring what `rpush login` kept.
#[test]
fn skopeo_asks_rpush_for_the_account() {
    needs!("dbus-run-session", "gnome-keyring-daemon", "skopeo");
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    let session = Session::unlocked(&sandbox);
    session.login(&registry);
    assert_eq!(session.rpush(&format!("push {name}")).code, 0);
    let file = sandbox.file("auth.json", format!(r#"{{"credHelpers":{{"{}":"rpush"}}}}"#, registry.host()));
    let at = format!("docker://{name}");
    let inspect = ["skopeo", "inspect", "--raw", "--tls-verify=false", "--authfile", &file, &at];
    let (code, manifest) = session.run(&inspect, "");
    assert_eq!((code, manifest.contains("schemaVersion")), (0, true), "{manifest}");
    session.rpush(&format!("logout {}", registry.host()));
    assert_ne!(session.run(&inspect, "").0, 0);
}

/// Over SSH nobody can type a keyring's password into a window. That is told at once, and other places go on working.
#[test]
fn a_keyring_that_stays_locked_holds_nobody_up() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    let unlocked = Session::unlocked(&sandbox);
    assert_eq!(unlocked.login(&registry).code, 0);
    drop(unlocked);
    let session = Session::locked(&sandbox);
    let whoami = session.rpush(&format!("whoami {}", registry.host()));
    assert_eq!(whoami.code, 3, "{whoami}");
    assert!(whoami.err.starts_with("warning: the keyring does not open: "), "{whoami}");
    let pair = format!("alice:{PASSWORD}");
    assert_eq!(session.rpush(&format!("push --creds {pair} {name}")).code, 0);
    registry.journal(&[]);
    let login = session.login(&registry);
    assert_eq!(login.code, 1, "{login}");
    assert!(
        login.err.contains("because: the keyring does not open: ") && login.err.contains("--store-in file"),
        "{login}"
    );
    assert_eq!(registry.journal(&[]), [""; 0], "nothing was sent");
}

/// In CI and in containers there is no bus: a lookup says nothing of it, and `login` says what it needs.
#[test]
fn without_a_keyring_a_script_says_where() {
    let registry = Registry::with_password(PASSWORD);
    let (sandbox, name) = sandbox_with_image(&registry);
    let host = registry.host();
    let login = |words: &[&str]| {
        sandbox.run_with(&[&["login", "-u", "alice", "--password-stdin", &host], words].concat(), PASSWORD, &[])
    };
    let refused = login(&[]);
    assert_eq!(refused.code, 1, "{refused}");
    shows!(refused, @"
    $ rpush login -u alice --password-stdin localhost:PORT
    ! error: there is no keyring to keep the account in
    ! because: no keyring answers here: there is no D-Bus session
    !
    ! hint: say where: `--store-in file` (Docker's config.json, unencrypted) or `--store-in HELPER`; once for all with `RPUSH_STORE_IN` or `store-in` in the configuration file
    exit code 1
    ");
    assert_eq!(registry.journal(&[]), [""; 0], "nothing was sent");
    let whoami = sandbox.rpush(&format!("whoami {host}"));
    assert!(whoami.code == 3 && whoami.err.starts_with("error: no account"), "{whoami}");
    assert_eq!(login(&["--store-in", "keyring"]).code, 1);
    assert_eq!(login(&["--store-in", "no-such-helper"]).code, 1);
    assert_eq!(login(&["--store-in", "../evil"]).code, 2);
    assert_eq!(sandbox.docker_config(), None);

    let words = ["login", "-u", "alice", "--password-stdin", &host];
    assert_eq!(sandbox.run_with(&words, PASSWORD, &[("RPUSH_STORE_IN", "file")]).code, 0);
    assert_eq!(login(&[]).code, 0, "the file has an account for the host, and another one goes there too");
    sandbox.ok(&format!("push {name}"));
    sandbox.ok(&format!("logout {host}"));
}

/// A bus on which nobody ever says a word.
#[test]
fn a_bus_that_says_nothing_is_given_up() {
    let sandbox = Sandbox::new();
    let _listener = UnixListener::bind(sandbox.path("no-bus")).expect("a socket can be made");
    shows!(sandbox.rpush("whoami r.example"), @"
    $ rpush whoami r.example
    ! warning: the keyring has not answered for 5 s
    ! error: no account is known for r.example
    !
    ! hint: log in with one: `rpush login r.example`
    exit code 3
    ");
}
