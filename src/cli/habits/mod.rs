//! Docker's habits: `alias docker=rpush`, `docker rpush push ...`, and scripts that were written for Docker go on working. What is
//! typed in Docker's way is put into rpush's words before clap reads it; what rpush has no word for is answered in [`answers`].

pub mod answers;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::credential_helper;
use super::failure::{Exit, Failure};
use super::plugin;

/// What was typed, in rpush's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Spoken {
    /// The words, with the name of the program.
    pub words: Vec<OsString>,
    /// What Docker has options for and rpush, like every other client of a daemon, variables.
    pub variables: Vec<(&'static str, OsString)>,
}

/// Puts what was typed into rpush's words.
pub fn understand(typed: Vec<OsString>) -> Result<Spoken, Failure> {
    let own_name = typed.first().and_then(|word| Path::new(word).file_stem()).unwrap_or_default().to_owned();
    let mut rest = typed.into_iter().skip(1).peekable();
    let mut spoken = Spoken { words: vec!["rpush".into()], variables: Vec::new() };
    if own_name == credential_helper::PROGRAM {
        spoken.words.push("credential-helper".into());
    }
    let is_plugin = own_name == plugin::PROGRAM;
    if is_plugin && rest.peek().is_some_and(|word| word == plugin::METADATA) {
        spoken.words.extend(["plugin".into(), "metadata".into()]);
        return Ok(spoken);
    }
    while let Some(word) = rest.next_if(|word| word.as_encoded_bytes().starts_with(b"-")) {
        spoken.option(word, &mut rest, is_plugin)?;
    }
    // Docker calls its plugins with their own name first.
    if is_plugin {
        rest.next_if(|word| word == "rpush");
    }
    spoken.words.extend(rest);
    spoken.turn();
    Ok(spoken)
}

impl Spoken {
    /// An option before the command. Docker's are those of its client, of which there are variables.
    fn option(
        &mut self,
        word: OsString,
        rest: &mut impl Iterator<Item = OsString>,
        is_plugin: bool,
    ) -> Result<(), Failure> {
        let Some((name, attached)) = word.to_str().map(split) else {
            self.words.push(word);
            return Ok(());
        };
        let mut value = || attached.map(OsString::from).or_else(|| rest.next());
        match name {
            "-H" | "--host" => self.variables.extend(value().map(|value| ("DOCKER_HOST", value))),
            "-c" | "--context" => self.variables.extend(value().map(|value| ("DOCKER_CONTEXT", value))),
            "--tlsverify" => self.variables.push(("DOCKER_TLS_VERIFY", "1".into())),
            "--tls" | "--tlscacert" | "--tlscert" | "--tlskey" => return Err(answers::certificates(name)),
            "-D" | "--debug" => self.words.push("-vv".into()),
            "-l" | "--log-level" => {
                if value().is_some_and(|level| level == "debug") {
                    self.words.push("-vv".into());
                }
            }
            "--config" => match value() {
                // Docker's is a directory, and rpush's a file.
                Some(value) if is_plugin || Path::new(&value).is_dir() => {
                    self.variables.push(("DOCKER_CONFIG", value));
                }
                value => {
                    self.words.push("--config".into());
                    self.words.extend(value);
                }
            },
            _ => {
                let takes_value = attached.is_none() && takes_value(name);
                self.words.push(word);
                self.words.extend(if takes_value { rest.next() } else { None });
            }
        }
        Ok(())
    }

    /// Spellings of Docker's that are another order of the same words.
    fn turn(&mut self) {
        let is = |at: usize, word: &str| self.words.get(at).is_some_and(|there| there == word);
        // `docker -v` is the version, and `rpush -v` alone is nothing.
        if self.words.len() == 2 && is(1, "-v") {
            self.words[1] = "--version".into();
        } else if is(2, "help") && ["image", "index", "plugin"].iter().any(|group| is(1, group)) {
            self.words.swap(1, 2);
        }
    }

    /// Runs rpush again where variables have to be set: a process must not change its own when it has begun.
    pub fn with_variables(self) -> Result<Vec<OsString>, ExitCode> {
        if self.variables.is_empty() {
            return Ok(self.words);
        }
        let again = std::env::current_exe().and_then(|program| {
            let mut again = std::process::Command::new(program);
            again.args(&self.words[1..]);
            // Who names a context does not mean the host of a variable.
            if self.variables.iter().any(|(name, _)| *name == "DOCKER_CONTEXT") {
                again.env_remove("DOCKER_HOST");
            }
            again.envs(self.variables);
            run(again)
        });
        Err(again.unwrap_or(ExitCode::from(Exit::Failed as u8)))
    }
}

#[cfg(unix)]
fn run(mut again: std::process::Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(again.arg0("rpush").exec())
}

#[cfg(not(unix))]
fn run(mut again: std::process::Command) -> std::io::Result<ExitCode> {
    let code = again.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(Exit::Failed as u8)))
}

/// An option and the value that is attached to it: `--host=X`, `-HX`.
fn split(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ => match word.get(..2) {
            Some(name @ ("-H" | "-c" | "-l")) if word.len() > 2 => (name, Some(&word[2..])),
            _ => (word, None),
        },
    }
}

/// Whether an option of rpush has a value behind it.
fn takes_value(name: &str) -> bool {
    let tree = super::tree();
    let named = |argument: &&clap::Arg| argument.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long));
    tree.get_arguments().find(named).is_some_and(|argument| argument.get_action().takes_values())
}

/// The first word that is no option, and the next one.
pub fn command(words: &[OsString]) -> impl Iterator<Item = &OsStr> {
    let is_option = |word: &&OsString| word.as_encoded_bytes().starts_with(b"-");
    words.iter().skip(1).filter(move |word| !is_option(word)).map(OsString::as_os_str)
}

/// What `docker push` and `docker pull` take and do nothing with any more.
#[derive(Debug, Clone, Args)]
pub struct ContentTrust {
    /// Without any effect, as in Docker since version 29.
    #[arg(long = "disable-content-trust", hide = true, num_args = 0..=1, require_equals = true, value_name = "BOOL",
          default_missing_value = "true", value_parser = clap::builder::BoolishValueParser::new())]
    _disable_content_trust: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn dockers_own_options_become_its_variables() {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path().to_str().expect("a plain name");
        for (typed, meant, variables) in [
            ("rpush push a", "rpush push a", ""),
            ("rpush -q --store s push -H", "rpush -q --store s push -H", ""),
            ("rpush -H unix:///d.sock images", "rpush images", "DOCKER_HOST=unix:///d.sock"),
            ("docker --host=tcp://h:1 images", "rpush images", "DOCKER_HOST=tcp://h:1"),
            ("docker -Htcp://h:1 --tlsverify images", "rpush images", "DOCKER_HOST=tcp://h:1 DOCKER_TLS_VERIFY=1"),
            ("docker --context away -D push a", "rpush -vv push a", "DOCKER_CONTEXT=away"),
            ("docker -l debug -c away push a", "rpush -vv push a", "DOCKER_CONTEXT=away"),
            ("docker -l info pull a", "rpush pull a", ""),
            ("rpush --config file.toml push a", "rpush --config file.toml push a", ""),
            (&format!("docker --config {directory} push a"), "rpush push a", &format!("DOCKER_CONFIG={directory}")),
            ("docker-rpush rpush push a", "rpush push a", ""),
            ("docker-rpush --config c rpush push rpush", "rpush push rpush", "DOCKER_CONFIG=c"),
            ("docker-rpush push a", "rpush push a", ""),
            ("/p/docker-rpush docker-cli-plugin-metadata", "rpush plugin metadata", ""),
            ("/p/docker-credential-rpush get", "rpush credential-helper get", ""),
            ("docker -v", "rpush --version", ""),
            ("docker -v images", "rpush -v images", ""),
            ("docker image help push", "rpush help image push", ""),
        ] {
            let spoken = understand(words(typed)).expect("understood");
            let set = spoken.variables.iter().map(|(name, value)| format!("{name}={}", value.display()));
            assert_eq!(spoken.words, words(meant), "{typed}");
            assert_eq!(set.collect::<Vec<_>>().join(" "), variables, "{typed}");
        }
        assert_eq!(understand(words("docker --tlscert c.pem push a")).expect_err("no").exit(), Exit::Usage);
    }
}
