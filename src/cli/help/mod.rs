//! `rpush help`: of a command what `--help` says of it, and of a topic what belongs to no single command. The pages of topics are
//! written once, and are man pages too; what can be read off the program (exit codes, variables) is not written at all.

pub mod environment;
pub mod page;

use clap::Args;

use self::page::{Page, Part};
use super::failure::{Exit, Failure};
use super::habits::answers;
use crate::ui::Console;

/// Show the help of a command, or of a topic.
///
/// The topics: `environment`, `exit-codes`, `formats`, `references`, `sources` and `stores`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush help push
  rpush help image ls
  rpush help references
  rpush help exit-codes")]
pub struct HelpArgs {
    /// A command, or a topic.
    #[arg(value_name = "COMMAND|TOPIC", add = super::complete::commands_and_topics())]
    pub words: Vec<String>,
}

/// Something to know that belongs to no single command.
pub struct Topic {
    /// What is typed behind `rpush help`.
    pub name: &'static str,
    /// The same in a line.
    pub about: &'static str,
    page: fn() -> Page,
}

impl Topic {
    /// What there is to know.
    pub fn page(&self) -> Page {
        (self.page)()
    }
}

/// All topics, by name.
pub const TOPICS: [Topic; 6] = [
    Topic { name: "environment", about: "the variables that rpush reads", page: environment::page },
    Topic { name: "exit-codes", about: "what the number means with which rpush ends", page: exit_codes },
    Topic { name: "formats", about: "what --format prints", page: || Page::parse(include_str!("formats.md")) },
    Topic { name: "references", about: "how images are named", page: || Page::parse(include_str!("references.md")) },
    Topic {
        name: "sources",
        about: "where images come from, and where they may go",
        page: || Page::parse(include_str!("sources.md")),
    },
    Topic {
        name: "stores",
        about: "where images lie on this machine",
        page: || Page::parse(include_str!("stores.md")),
    },
];

fn exit_codes() -> Page {
    let mut page = Page::parse(include_str!("exit-codes.md"));
    let codes = Exit::ALL.iter().map(|exit| Part::Entry((*exit as u8).to_string(), exit.meaning().to_owned()));
    // Behind what they are.
    page.parts.splice(1..1, codes);
    page
}

/// The words that show the help of a command, `rpush push --help`, when these name one.
pub fn of_command(words: &[String]) -> Option<Vec<String>> {
    let mut command = super::tree();
    for word in words {
        command = command.find_subcommand(word)?.clone();
    }
    let words = words.iter().cloned();
    Some(std::iter::once("rpush".to_owned()).chain(words).chain(["--help".to_owned()]).collect())
}

/// Shows a topic. Commands have been shown already.
pub fn run(args: &HelpArgs, console: &Console) -> Result<Exit, Failure> {
    let name = args.words.join(" ");
    match TOPICS.iter().find(|topic| topic.name == name) {
        Some(topic) => {
            console.data(topic.page().as_text(console.columns()).trim_end());
            Ok(Exit::Done)
        }
        None => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> Failure {
    if let Some(failure) = answers::unknown_command(name) {
        return failure;
    }
    let tree = super::tree();
    let topics = TOPICS.iter().map(|topic| topic.name);
    let commands = tree.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    let nearest = commands
        .chain(topics.clone())
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(apart, known)| *apart <= 3.min(known.len() / 2) || known.starts_with(name))
        .min();
    let hint = match nearest {
        Some((_, known)) => format!("did you mean `rpush help {known}`?"),
        None => {
            format!("`rpush --help` lists the commands; the topics are `{}`", topics.collect::<Vec<_>>().join("`, `"))
        }
    };
    Failure::usage(format!("there is neither a command nor a topic `{name}`")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        for (typed, hint) in [
            ("psuh", "did you mean `rpush help push`?"),
            ("exit", "did you mean `rpush help exit-codes`?"),
            ("environments", "did you mean `rpush help environment`?"),
            (
                "xyzzy",
                "`rpush --help` lists the commands; the topics are `environment`, `exit-codes`, `formats`, `references`, `sources`, `stores`",
            ),
            ("version", "`rpush --version`"),
        ] {
            let failure = unknown(typed);
            assert_eq!((failure.exit(), failure.cure()), (Exit::Usage, Some(hint)), "{typed}");
        }
    }

    /// The help of `help` names them, because a derived help cannot be generated.
    #[test]
    fn the_help_of_help_names_every_topic() {
        let tree = crate::cli::tree();
        let about = tree.find_subcommand("help").and_then(|help| help.get_long_about()).expect("it says more");
        for topic in &TOPICS {
            assert!(about.to_string().contains(&format!("`{}`", topic.name)), "{}", topic.name);
            assert!(tree.find_subcommand(topic.name).is_none(), "{} is a command", topic.name);
        }
    }

    #[test]
    fn every_topic_says_something() {
        for topic in &TOPICS {
            let text = topic.page().as_text(80);
            assert!(text.lines().count() > 8, "{}: {text}", topic.name);
            let wide = text.lines().find(|line| line.chars().count() > 80 && !line.starts_with("    "));
            assert_eq!(wide, None, "{}", topic.name);
        }
    }
}
