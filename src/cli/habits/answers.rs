//! What is typed by habit and rpush does not have: each command of Docker's, and each option of the commands that both have, is
//! answered with what to type instead.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command;
use crate::cli::failure::Failure;
use std::ffi::OsString;

const BUILDS: &str = "build it with `docker build`, `podman build` or `buildah bud`, then `rpush push HOST/NAME:TAG` takes it from there; more layers on a base need no builder: `rpush append`";
const RUNS: &str = "rpush moves images and runs none: `docker run` or `podman run`";
const CONTAINERS: &str = "rpush moves images and knows no containers; for images: `rpush images`, `rpush rmi`";

/// Commands of Docker's and of other clients of registries, and what does their work here.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["build", "builder", "buildx", "bake"], BUILDS),
    (&["run", "create", "start", "exec", "compose"], RUNS),
    (
        &[
            "ps",
            "container",
            "stop",
            "restart",
            "kill",
            "logs",
            "wait",
            "top",
            "stats",
            "port",
            "pause",
            "unpause",
            "cp",
        ],
        CONTAINERS,
    ),
    (&["network", "volume", "swarm", "service", "stack", "node", "secret", "update", "diff", "events"], CONTAINERS),
    (&["rm"], "an image goes with `rpush rmi IMAGE`; on a registry: `rpush rmi --remote HOST/NAME:TAG`"),
    (&["rename"], "give it the new name, and take the old one away: `rpush tag OLD NEW && rpush rmi OLD`"),
    (
        &["manifest", "imagetools"],
        "an image for several platforms: `rpush index create NAME:TAG IMAGE...`; what a registry has: `rpush inspect --remote NAME:TAG`, `rpush index ls --remote NAME:TAG`",
    ),
    (&["history"], "how an image was made is in its config: `rpush inspect IMAGE`"),
    (&["commit"], "to put files on top of an image: `rpush append --base IMAGE --layer DIR NAME:TAG`"),
    (&["export"], "an image as an archive: `rpush save -o FILE IMAGE`"),
    (&["trust", "sign"], "sign with cosign, or attach what you have: `rpush attach IMAGE FILE`"),
    (&["version"], "`rpush --version`"),
    (&["info"], "there is no daemon to ask; of a registry: `rpush doctor HOST`"),
    (&["system"], "space in the store: `rpush prune`; what is in it: `rpush images`"),
    (&["context"], "the daemon in which images are looked for is named by `DOCKER_HOST` or `DOCKER_CONTEXT`"),
    (&["list"], "`rpush images` lists the store, and `rpush ls HOST/REPOSITORY` a registry"),
    (
        &["list-tags", "catalog", "repo", "tags"],
        "`rpush ls HOST` lists repositories, and `rpush ls HOST/REPOSITORY` tags",
    ),
    (&["delete"], "`rpush rmi --remote HOST/NAME:TAG`"),
    (&["digest", "config"], "`rpush inspect --remote HOST/NAME:TAG`"),
    (&["mutate"], "`rpush append --base IMAGE NAME:TAG`"),
    (&["sync", "cp-r"], "`rpush copy SOURCE DESTINATION...`"),
    (&["discover"], "`rpush referrers HOST/NAME:TAG`"),
    (&["auth"], "`rpush login HOST`"),
];

/// Options that Docker's commands have, and what does their work here.
const OPTIONS: &[(&str, &[&str], &str)] = &[
    ("save", &["--platform"], "`rpush copy --platform OS/ARCH NAME oci-archive:FILE` writes one platform"),
    (
        "load",
        &["--platform"],
        "`rpush load` takes what is in the archive; choose when it goes on: `rpush push --platform OS/ARCH NAME`",
    ),
    ("rmi", &["--platform"], "an image goes as a whole: `rpush rmi IMAGE`"),
    (
        "prune",
        &["-a", "--all"],
        "every image is in use as long as it has a name; all of them go with `rpush rmi -f $(rpush images -q)`",
    ),
    ("prune", &["--filter"], "choose with the list: `rpush rmi $(rpush images -q --filter FILTER)`"),
    ("tag", &["-f", "--force"], "leave it out: a name that another image has moves to this one"),
    ("login", &["-e", "--email"], "leave it out: no registry asks for it"),
    ("search", &["-s", "--stars"], "`rpush search --filter stars=N TERM`"),
    ("search", &["--automated"], "leave it out: Docker Hub marks no image so any more"),
    ("push", &["--tls-verify", "--dest-tls-verify"], "certificates are verified unless you say `--insecure`"),
    ("pull", &["--tls-verify"], "certificates are verified unless you say `--insecure`"),
    (
        "copy",
        &["--dest-tls-verify", "--src-tls-verify"],
        "certificates are verified unless you say `--insecure`, or `--src-insecure`",
    ),
    ("copy", &["--all", "-a"], "leave it out: all platforms are copied unless you say `--platform`"),
];

/// What to say to somebody who has typed this out of habit; `None` when clap says it better.
pub fn answer(error: &clap::Error, words: &[OsString]) -> Option<Failure> {
    match (error.kind(), error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(name)), _) => unknown_command(name),
        (ErrorKind::UnknownArgument, _, Some(ContextValue::String(option))) => unknown_option(option, words),
        _ => None,
    }
}

/// A command that others have.
pub fn unknown_command(name: &str) -> Option<Failure> {
    let (_, instead) = COMMANDS.iter().find(|(names, _)| names.contains(&name))?;
    Some(Failure::usage(format!("rpush has no command `{name}`")).hint(*instead))
}

fn unknown_option(option: &str, words: &[OsString]) -> Option<Failure> {
    let option = option.split(['=', ' ']).next().unwrap_or_default();
    let mut words = command(words).filter_map(|word| word.to_str());
    let command = match words.next()? {
        "image" => match words.next()? {
            "rm" | "remove" => "rmi",
            other => other,
        },
        other => other,
    };
    let (.., instead) = OPTIONS.iter().find(|(of, names, _)| *of == command && names.contains(&option))?;
    Some(Failure::usage(format!("`rpush {command}` has no `{option}`")).hint(*instead))
}

/// The certificates for a daemon are files of one directory.
pub fn certificates(option: &str) -> Failure {
    Failure::usage(format!("rpush has no `{option}` before a command")).hint(
        "a daemon's certificates are ca.pem, cert.pem and key.pem of one directory: `DOCKER_CERT_PATH=DIR`; a registry's: `--ca-file FILE`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer is of no use when it says something that there is not, or for a command that there is.
    #[test]
    fn no_command_that_there_is_is_answered() {
        let tree = crate::cli::tree();
        for (names, instead) in COMMANDS {
            for name in *names {
                assert!(tree.find_subcommand(name).is_none(), "rpush has {name}");
            }
            assert!(instead.contains('`'), "{instead}");
        }
        for (command, options, _) in OPTIONS {
            let command = tree.find_subcommand(command).expect("a command");
            for option in *options {
                let has = |argument: &clap::Arg| {
                    argument.get_long().is_some_and(|long| format!("--{long}") == *option)
                        || argument.get_short().is_some_and(|short| format!("-{short}") == *option)
                };
                assert!(!command.get_arguments().any(has), "{} has {option}", command.get_name());
            }
        }
    }

    /// `rpush NAME` in an answer is a command.
    #[test]
    fn answers_name_commands_that_there_are() {
        let tree = crate::cli::tree();
        let texts = COMMANDS.iter().map(|(_, text)| text).chain(OPTIONS.iter().map(|(.., text)| text));
        for text in texts {
            for span in text.split("rpush ").skip(1) {
                let name = span.split([' ', '`', ')']).next().unwrap_or_default();
                let is_one = name.starts_with("--") || tree.find_subcommand(name).is_some();
                assert!(is_one || text.contains("rpush moves"), "{name} in {text}");
            }
        }
    }
}
