//! What can go wrong with credentials, and where one came from or went to. No message has a secret in it: neither a file's
//! content nor what a helper printed in place of an answer.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::KeyringError;

/// Where a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: there is none.
    Nowhere,
    /// It was given with the command.
    CommandLine,
    /// In this variable of the environment.
    Variable(&'static str),
    /// In this file.
    File(PathBuf),
    /// With this helper, named by its program.
    Helper(String),
    /// In the keyring of the operating system.
    Keyring,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("nowhere"),
            Self::CommandLine => f.write_str("the command line"),
            Self::Variable(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Helper(program) => write!(f, "the helper {program}"),
            Self::Keyring => f.write_str("the keyring"),
        }
    }
}

/// Why a credential could not be read, stored or erased.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written; it is as it was.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not the JSON object that it should be.
    #[error("{origin} is not a JSON object")]
    Syntax {
        /// The file or variable.
        origin: Origin,
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// There is an entry for the host, and no credential can be read from it.
    #[error("the entry for `{key}` is broken: {why}")]
    Entry {
        /// The entry's key.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A helper did not do what it was asked.
    #[error(transparent)]
    Helper(#[from] HelperError),
    /// The system's keyring did not do what it was asked.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// There is no place for credentials.
    #[error("cannot tell where credentials are kept: neither `HOME` nor `DOCKER_CONFIG` is set")]
    NoPlace,
    /// A name with a colon cannot be told from the password that follows.
    #[error("a username cannot have a colon in it")]
    ColonInUsername,
    /// It is not a kind of credential that this place can keep.
    #[error("{origin} cannot keep this kind of credential")]
    Unstorable {
        /// The place.
        origin: Origin,
    },
    /// What should be `USER:PASSWORD` is something else.
    #[error("an account has the form `USER:PASSWORD`")]
    NotAPair,
    /// A credential is still there.
    #[error("cannot remove the credentials of {host} from {origin}")]
    NotErased {
        /// Whose credentials.
        host: String,
        /// Where they still are.
        origin: Origin,
        /// From where they were removed all the same.
        removed: Vec<Origin>,
        /// Why.
        source: Box<Error>,
    },
}

/// Why a credential helper did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HelperError {
    /// Nothing with that name is in `PATH`.
    #[error("the credential helper `{program}` is not installed")]
    Missing {
        /// The program.
        program: String,
    },
    /// The name in the file would reach outside `PATH`.
    #[error("`{name}` cannot be the name of a credential helper")]
    Name {
        /// The name in the file.
        name: String,
    },
    /// It could not be run.
    #[error("cannot run the credential helper `{program}`")]
    Run {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// It ran and said that it failed.
    #[error("the credential helper `{program} {action}` failed ({status}){}{output}", if output.is_empty() { "" } else { ": " })]
    Failed {
        /// The program.
        program: String,
        /// What it was asked.
        action: &'static str,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it said.
        output: String,
    },
    /// It ended well and its answer makes no sense. The answer is not shown: there may be a secret in it.
    #[error("the credential helper `{program} {action}` gave an answer that makes no sense")]
    Rubbish {
        /// The program.
        program: String,
        /// What it was asked.
        action: &'static str,
    },
}
