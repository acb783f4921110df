//! Docker's credential helpers: programs named `docker-credential-*` that keep secrets in the system's own store. One
//! program, one action, a line on standard input, an answer on standard output; standard error goes to the person, because
//! that is where a helper asks for a touch of the security key.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use super::{Credential, Environment, HelperError, Secret, key_host, server_key};
use crate::image::Host;

/// What a helper says, with a non-zero exit, when it has nothing for a host. Helpers and clients agree on this text.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// The username that marks a refresh token.
pub(super) const TOKEN_USERNAME: &str = "<token>";

/// No helper has more to say than this.
const MAX_ANSWER: u64 = 4 << 20;

/// How much of a helper's complaint is repeated.
const MAX_COMPLAINT: usize = 400;

/// A credential helper that is installed.
#[derive(Debug, Clone)]
pub struct Helper {
    program: String,
    path: PathBuf,
}

/// A helper's answer to `get`.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Username", default)]
    username: String,
    #[serde(rename = "Secret", default)]
    secret: String,
}

impl Helper {
    /// The helper that a configuration names, without `docker-credential-`.
    pub fn find(name: &str, environment: &Environment) -> Result<Self, HelperError> {
        if !Self::is_name(name) {
            return Err(HelperError::Name { name: name.to_owned() });
        }
        let program = format!("docker-credential-{name}");
        let file = format!("{program}{}", env::consts::EXE_SUFFIX);
        let path = environment.path.as_ref().and_then(|path| {
            env::split_paths(path)
                .filter(|directory| directory.is_absolute())
                .map(|directory| directory.join(&file))
                .find(|candidate| candidate.is_file())
        });
        match path {
            Some(path) => Ok(Self { program, path }),
            None => Err(HelperError::Missing { program }),
        }
    }

    /// Whether this can be the name of a helper: it is part of a file's name and not a way to another directory.
    pub(super) fn is_name(name: &str) -> bool {
        !name.is_empty() && !name.contains(['/', '\\', '\0'])
    }

    /// The name of the program.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The credential that the helper has for a host.
    pub fn get(&self, host: &Host) -> Result<Option<Credential>, HelperError> {
        self.get_by_key(server_key(host))
    }

    fn get_by_key(&self, key: &str) -> Result<Option<Credential>, HelperError> {
        let output = match self.ask("get", key) {
            Err(HelperError::Failed { output, .. }) if output == NOT_FOUND => return Ok(None),
            other => other?,
        };
        // The reader's own words would quote the answer.
        let answer: Answer = serde_json::from_slice(&output).map_err(|_| self.rubbish("get"))?;
        Ok(match (answer.username, Secret::from(answer.secret)) {
            (_, secret) if secret.is_empty() => None,
            (username, secret) if username == TOKEN_USERNAME => Some(Credential::IdentityToken(secret)),
            (username, password) => Some(Credential::Basic { username, password }),
        })
    }

    /// Gives a credential to the helper. Only passwords and refresh tokens fit into the protocol.
    pub(super) fn store(&self, host: &Host, username: &str, secret: &Secret) -> Result<(), HelperError> {
        let record = serde_json::json!({
            "ServerURL": server_key(host), "Username": username, "Secret": secret.expose(),
        });
        let line = Secret::new(format!("{record}\n"));
        self.ask("store", line.expose()).map(drop)
    }

    /// Gives a refresh token to the helper.
    pub(super) fn store_identity(&self, host: &Host, token: &Secret) -> Result<(), HelperError> {
        self.store(host, TOKEN_USERNAME, token)
    }

    /// Removes what the helper has for a host, under every key that stands for it; `false` when there was nothing.
    pub(super) fn erase(&self, host: &Host) -> Result<bool, HelperError> {
        // Some helpers cannot list and some list nothing, so the key that is looked up is always asked for.
        let listed = self.list().unwrap_or_default();
        let mut keys: Vec<_> = listed.into_keys().filter(|key| key_host(key).as_ref() == Some(host)).collect();
        let own = server_key(host);
        if !keys.iter().any(|key| key == own) && self.get_by_key(own)?.is_some() {
            keys.push(own.to_owned());
        }
        for key in &keys {
            self.ask("erase", key)?;
        }
        Ok(!keys.is_empty())
    }

    /// The servers that the helper has credentials for, with the usernames.
    pub fn list(&self) -> Result<BTreeMap<String, String>, HelperError> {
        let output = self.ask("list", "unused")?;
        serde_json::from_slice(&output).map_err(|_| self.rubbish("list"))
    }

    /// One conversation: what goes to standard input, and what came from standard output when all went well.
    fn ask(&self, action: &'static str, input: &str) -> Result<Vec<u8>, HelperError> {
        let run = |source| HelperError::Run { program: self.program.clone(), source };
        let mut child =
            Command::new(&self.path).arg(action).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(run)?;
        let heard = converse(&mut child, input.as_bytes());
        if !matches!(&heard, Ok(output) if output.len() as u64 <= MAX_ANSWER) {
            // It may have ended by itself already; then there is nothing to stop.
            child.kill().ok();
        }
        let status = child.wait().map_err(run)?;
        let output = heard.map_err(run)?;
        if output.len() as u64 > MAX_ANSWER {
            return Err(self.rubbish(action));
        }
        if !status.success() {
            let output = complaint(&output);
            return Err(HelperError::Failed { program: self.program.clone(), action, status, output });
        }
        Ok(output)
    }

    fn rubbish(&self, action: &'static str) -> HelperError {
        HelperError::Rubbish { program: self.program.clone(), action }
    }
}

fn converse(child: &mut Child, input: &[u8]) -> io::Result<Vec<u8>> {
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input) {
            // A helper that fails at once does not wait for its input; its own words say more than this.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            other => other?,
        }
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_ANSWER + 1).read_to_end(&mut output)?;
    }
    Ok(output)
}

/// What a failed helper said, short.
fn complaint(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.trim().chars().take(MAX_COMPLAINT).collect()
}

#[cfg(all(test, unix))]
pub(super) mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A helper in the form of a shell script that keeps one file a server in `directory/kept`. A child process writes the
    /// script: a file that this process has open for writing could be inherited by another test's child,
    /// and then it could not be run ("text file busy").
    pub(in crate::credentials) fn install(directory: &Path, name: &str, script: &str) -> Environment {
        let file = directory.join(format!("docker-credential-{name}"));
        let mut child = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod 700 \"$0\""])
            .arg(&file)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let text = format!("#!/bin/sh\nkept='{}'\n{script}\n", directory.join("kept").display());
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("the script is written");
        assert!(child.wait().expect("it ends").success());
        fs::create_dir_all(directory.join("kept")).expect("a directory");
        Environment { path: Some(directory.into()), home: Some(directory.into()), ..Environment::default() }
    }

    /// Does what a good helper does; a server's file is its name without slashes.
    pub(in crate::credentials) const GOOD: &str = r#"
        input=$(cat)
        file() { printf '%s' "$1" | tr -d '/'; }
        case "$1" in
        get) cat "$kept/$(file "$input")" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
        store) server=$(printf '%s' "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
               printf '%s\n' "$input" > "$kept/$(file "$server")" ;;
        erase) rm "$kept/$(file "$input")" ;;
        list) echo '{}' ;;
        esac"#;

    fn host(text: &str) -> Host {
        text.parse().expect("a host")
    }

    fn helper(directory: &Path, script: &str) -> Helper {
        Helper::find("x", &install(directory, "x", script)).expect("an installed helper")
    }

    #[test]
    fn keeps_gives_and_erases() {
        let directory = tempfile::tempdir().expect("a directory");
        let helper = helper(directory.path(), GOOD);
        let host = host("localhost:5101");
        assert_eq!(helper.get(&host).expect("an answer"), None);
        helper.store(&host, "alice", &"s3\"cret".into()).expect("stored");
        let kept = fs::read_to_string(directory.path().join("kept/localhost:5101")).expect("kept");
        assert_eq!(kept, "{\"ServerURL\":\"localhost:5101\",\"Username\":\"alice\",\"Secret\":\"s3\\\"cret\"}\n");
        assert_eq!(helper.get(&host).expect("an answer"), Some(Credential::basic("alice", "s3\"cret")));
        assert!(helper.erase(&host).expect("erased"));
        assert_eq!(helper.get(&host).expect("an answer"), None);
        assert!(!helper.erase(&host).expect("nothing to erase"));
    }

    #[test]
    fn the_input_is_the_servers_key_without_a_line_end() {
        let directory = tempfile::tempdir().expect("a directory");
        let helper = helper(
            directory.path(),
            r#"cat > "$kept/input"; printf '%s' "$1" > "$kept/action"; echo '{"Username":"u","Secret":"s"}'"#,
        );
        helper.get(&Host::docker_hub()).expect("an answer");
        let heard = |name: &str| fs::read_to_string(directory.path().join("kept").join(name)).expect("heard");
        assert_eq!((heard("action"), heard("input")), ("get".into(), "https://index.docker.io/v1/".into()));
        helper.list().expect("an answer");
        assert_eq!((heard("action"), heard("input")), ("list".into(), "unused".into()));
    }

    #[test]
    fn a_09_the_token_user_means_a_refresh_token() {
        let directory = tempfile::tempdir().expect("a directory");
        let helper = helper(directory.path(), GOOD);
        helper.store_identity(&host("r.example"), &"refresh".into()).expect("stored");
        let credential = helper.get(&host("r.example")).expect("an answer");
        assert_eq!(credential, Some(Credential::IdentityToken("refresh".into())));
    }

    #[test]
    fn erases_every_key_that_stands_for_the_host() {
        let directory = tempfile::tempdir().expect("a directory");
        let script = r#"input=$(cat); case "$1" in
            list) echo '{"https://r.example/v1/":"a","r.example":"b","r.example:1":"c"}' ;;
            erase) echo "$input" >> "$kept/erased" ;;
            *) exit 9 ;; esac"#;
        assert!(helper(directory.path(), script).erase(&host("r.example")).expect("erased"));
        let erased = fs::read_to_string(directory.path().join("kept/erased")).expect("erased");
        assert_eq!(erased, "https://r.example/v1/\nr.example\n");
    }

    #[test]
    fn trouble_is_told_without_the_answer() {
        let get = |script: &str| {
            let directory = tempfile::tempdir().expect("a directory");
            helper(directory.path(), script).get(&host("r.example")).expect_err("a failure").to_string()
        };
        assert_eq!(
            get("cat >/dev/null; echo 'keychain is locked'; exit 1"),
            "the credential helper `docker-credential-x get` failed (exit status: 1): keychain is locked"
        );
        assert_eq!(get("exit 3"), "the credential helper `docker-credential-x get` failed (exit status: 3)");
        for rubbish in ["echo s3cret", "echo '\"s3cret\"'", "echo '{\"Secret\":[\"s3cret\"]}'", "true", "yes"] {
            let words = get(&format!("cat >/dev/null; {rubbish}"));
            assert_eq!(words, "the credential helper `docker-credential-x get` gave an answer that makes no sense");
        }
    }

    #[test]
    fn a_missing_helper_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = Environment { path: Some(directory.path().into()), ..Environment::default() };
        let error = |name: &str| Helper::find(name, &environment).expect_err("not there").to_string();
        assert_eq!(error("pass"), "the credential helper `docker-credential-pass` is not installed");
        assert_eq!(error("../evil"), "`../evil` cannot be the name of a credential helper");
    }
}
