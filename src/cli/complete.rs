//! What a shell is answered when somebody presses the key for it: commands, options and values out of the command tree, and the
//! names of images and hosts that are known here. It has to be there before the finger is up again, so no network is asked, and
//! neither a keyring nor a helper.
//!
//! `clap_complete` has an engine for this. The scripts call rpush with [`VARIABLE`] set and the words so far behind `--`. Those for
//! bash and zsh are our own: bash takes `localhost:5000/my-fancy-app:1.0.0` for five words, and zsh's has to complete already when it
//! is loaded on demand.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::Parser;
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Elvish, EnvCompleter, Fish, Powershell};

use super::failure::Exit;
use super::help::TOPICS;
use super::settings::{GlobalArgs, Settings};
use crate::credentials::{Chain, Environment};
use crate::image::{Host, Reference};
use crate::layout::Layout;

/// The variable with which a script says that this is no run, and for which shell the answer is.
const VARIABLE: &str = "RPUSH_COMPLETE";

/// How many names are offered one by one. Of more, only the repositories are.
const MOST: usize = 200;

/// Answers a shell. `None`: this is a run like any other.
pub fn answer() -> Option<ExitCode> {
    let here = std::env::current_dir().ok();
    let tree = CompleteEnv::with_factory(super::tree).var(VARIABLE).bin("rpush").completer("rpush");
    match tree.try_complete(std::env::args_os(), here.as_deref()) {
        Ok(false) => None,
        Ok(true) => Some(ExitCode::SUCCESS),
        // A shell has no use for what is wrong.
        Err(_) => Some(ExitCode::from(Exit::Failed as u8)),
    }
}

/// The script of a shell.
pub fn script(shell: Shell) -> String {
    let registered = |registration: &dyn EnvCompleter| {
        let mut script = Vec::new();
        registration.write_registration(VARIABLE, "rpush", "rpush", "rpush", &mut script).expect("memory takes all");
        String::from_utf8(script).expect("made of texts").trim().to_owned() + "\n"
    };
    match shell {
        Shell::Bash => include_str!("complete/rpush.bash").to_owned(),
        Shell::Zsh => include_str!("complete/rpush.zsh").to_owned(),
        Shell::Elvish => registered(&Elvish),
        Shell::Fish => registered(&Fish),
        _ => registered(&Powershell),
    }
}

/// Names of images in the store.
pub fn stored() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(typed, |known| known.names()))
}

/// Names of images: those of the store, and the hosts with which others begin.
pub fn anywhere() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        candidates(typed, |known| {
            let mut names = known.names();
            names.extend(known.hosts().iter().map(|host| format!("{host}/")));
            names
        })
    })
}

/// Hosts, alone or before a repository that is known.
pub fn hosts() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        candidates(typed, |known| known.hosts().iter().map(ToString::to_string).collect())
    })
}

/// Hosts, and the repositories of which the store has images.
pub fn repositories() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        candidates(typed, |known| {
            let mut names: BTreeSet<_> = known.hosts().iter().map(ToString::to_string).collect();
            names.extend(known.references.iter().map(Reference::familiar_repository));
            names
        })
    })
}

/// What `rpush help` knows of.
pub fn commands_and_topics() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let tree = super::tree();
        let commands = tree.get_subcommands().filter(|command| !command.is_hide_set());
        let commands = commands.map(|command| (command.get_name().to_owned(), command.get_about().cloned()));
        let topics = TOPICS.iter().map(|topic| (topic.name.to_owned(), Some(topic.about.into())));
        let typed = typed.to_string_lossy();
        let fitting = commands.chain(topics).filter(|(name, _)| name.starts_with(&*typed));
        fitting.map(|(name, about)| CompletionCandidate::new(name).help(about)).collect()
    })
}

/// What is known on this machine.
struct Known {
    settings: Settings,
    references: Vec<Reference>,
}

impl Known {
    /// Reads it. What cannot be read is not known.
    fn here() -> Self {
        let settings = Settings::resolve(&global(std::env::args_os().collect())).unwrap_or_default();
        let entries = Layout::store(&settings.store).entries().unwrap_or_default();
        let references = entries.into_iter().filter_map(|entry| entry.reference).collect();
        Self { settings, references }
    }

    fn names(&self) -> BTreeSet<String> {
        self.references.iter().map(Reference::familiar).collect()
    }

    fn hosts(&self) -> BTreeSet<Host> {
        let stored = self.references.iter().map(|name| name.host.clone());
        let configured = self.settings.config.known_hosts().cloned();
        stored.chain(configured).chain(Chain::new(Environment::of_process()).known_hosts()).collect()
    }
}

/// The candidates that begin with what is typed.
fn candidates(typed: &OsStr, known: impl FnOnce(&Known) -> BTreeSet<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let mut names = known(&Known::here());
    names.retain(|name| name.starts_with(&*typed));
    if names.len() > MOST {
        names = names.iter().map(|name| whole_repository(name, typed.len())).collect();
    }
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// A name up to its tag, unless the tag is being typed.
fn whole_repository(name: &str, typed: usize) -> String {
    match name.rfind(':').filter(|at| *at >= typed && !name[*at..].contains('/')) {
        Some(at) => name[..=at].to_owned(),
        None => name.to_owned(),
    }
}

/// Which store and which configuration file the words speak of.
#[derive(Debug, Parser)]
#[command(ignore_errors = true, disable_help_flag = true)]
struct Places {
    #[command(flatten)]
    global: GlobalArgs,
    #[arg(trailing_var_arg = false, allow_hyphen_values = true)]
    _rest: Vec<OsString>,
}

fn global(words: Vec<OsString>) -> GlobalArgs {
    let mut meant = vec![OsString::from("rpush")];
    let mut words = words.into_iter().skip_while(|word| word != "--").skip(2).peekable();
    while let Some(word) = words.next() {
        let is_option = |name: &str| word.to_str().is_some_and(|word| word == name);
        if is_option("--store") || is_option("--config") {
            meant.extend([word].into_iter().chain(words.next()));
        } else if word.to_str().is_some_and(|word| word.starts_with("--store=") || word.starts_with("--config=")) {
            meant.push(word);
        }
    }
    Places::try_parse_from(meant)
        .or_else(|_| Places::try_parse_from(["rpush"]))
        .expect("no word has to be there")
        .global
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_that_is_typed_is_the_one_that_is_read() {
        for (typed, store) in [
            ("rpush -- rpush --store s push a", Some("s")),
            ("rpush -- rpush push --store=s ", Some("s")),
            ("rpush -- rpush push --store", None),
            ("rpush --store other -- rpush push a", None),
        ] {
            let words = typed.split_whitespace().map(OsString::from).collect();
            let expected = store.map(Into::into).or_else(|| std::env::var_os("RPUSH_STORE").map(Into::into));
            assert_eq!(global(words).store, expected, "{typed}");
        }
    }

    #[test]
    fn of_very_many_names_the_repositories_are_offered() {
        for (name, typed, offered) in [
            ("localhost:5000/app:1", "loc", "localhost:5000/app:"),
            ("localhost:5000/app:1", "localhost:5000/app:", "localhost:5000/app:1"),
            ("localhost:5000/", "loc", "localhost:5000/"),
            ("app:1", "", "app:"),
        ] {
            assert_eq!(whole_repository(name, typed.len()), offered, "{name}");
        }
    }
}
