//! A shell in a sandbox, for commands as people type them: one after the other, each with what it printed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Sandbox;

/// What ends the output of a command; no program prints it by itself.
const MARK: char = '\u{1e}';

/// A shell that ends with this.
pub struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    /// In the sandbox, where `rpush` is the built one.
    pub fn start(sandbox: &Sandbox, environment: &[(String, String)]) -> Self {
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile"]);
        sandbox.confine(&mut command);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash starts");
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut shell = Self { child, input, output: BufReader::new(output) };
        shell.run("exec 2>&1; set -o pipefail");
        shell
    }

    /// Types a command and waits for its end: its exit code, and what it printed, on both outputs.
    pub fn run(&mut self, command: &str) -> (i32, String) {
        let line = format!("{{ {command}\n}} </dev/null; printf '\\036%s\\n' $?\n");
        self.input.write_all(line.as_bytes()).expect("the shell reads");
        let mut printed = String::new();
        loop {
            let before = printed.len();
            let read = self.output.read_line(&mut printed).expect("the shell prints text");
            assert!(read > 0, "the shell ended with `{command}`: {printed}");
            if let Some(at) = printed[before..].find(MARK) {
                let code = printed[before + at..].trim_matches([MARK, '\n']).parse().expect("an exit code");
                printed.truncate(before + at);
                return (code, printed);
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether one of these programs is not installed, which is said, and is a failure on a machine that has to have them
/// (`RPUSH_REQUIRE_PEERS=1`).
#[track_caller]
pub fn lacks(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |program: &str| std::env::split_paths(&path).any(|directory| directory.join(program).exists());
    let Some(missing) = programs.iter().find(|program| !is_here(program)) else { return false };
    let is_required = std::env::var_os("RPUSH_REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(!is_required, "a peer is required: {missing}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Past the test harness, which would keep it to itself; in one piece, because others write there too.
    let _ = std::io::stderr().write_all(format!("skipped: {test}: {missing} is not installed\n").as_bytes());
    true
}
