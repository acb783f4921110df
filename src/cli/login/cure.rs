//! What to type when accounts cannot be read or kept: with helpers, keyrings and three programs' files in play, the message
//! alone does not say whose turn it is.

use crate::cli::failure::{Exit, Failure};
use crate::credentials::{Error, HelperError, KeyringError};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error {
            Error::NotAPair | Error::ColonInUsername => Exit::Usage,
            _ => Exit::Failed,
        };
        let mut cause = std::error::Error::source(&error);
        while let Some(deeper) = cause.and_then(std::error::Error::source) {
            cause = Some(deeper);
        }
        let failure = Self::new(exit, error.to_string()).hint(cure(&error));
        match cause {
            Some(cause) => failure.because(cause),
            None => failure,
        }
    }
}

/// What to type.
fn cure(error: &Error) -> String {
    match error {
        Error::Read { path, .. } | Error::Write { path, .. } => {
            format!("whose is it? `ls -l {}`; to use another: `DOCKER_CONFIG=DIR`", path.display())
        }
        Error::Syntax { origin, .. } => {
            format!("correct {origin}, or move it away and log in again: `rpush login`")
        }
        Error::Entry { key, .. } => format!("write it anew: `rpush login {key}`"),
        Error::Helper(error) => helper(error),
        Error::Keyring(error) => keyring(error),
        Error::NoPlace => "say where: `DOCKER_CONFIG=DIR`".to_owned(),
        Error::ColonInUsername => "give name and password by themselves: `--username NAME --password-stdin`".to_owned(),
        Error::Unstorable { .. } => "keep it in Docker's `config.json`, unencrypted: `--store-in file`".to_owned(),
        Error::NotAPair => "write `--creds USER:PASSWORD`".to_owned(),
        Error::NotErased { source, .. } => cure(source),
    }
}

fn helper(error: &HelperError) -> String {
    match error {
        HelperError::Missing { .. } => {
            "install it, or take its name out of `credsStore` and `credHelpers` in Docker's `config.json`; to keep an account elsewhere: `--store-in file`"
                .to_owned()
        }
        HelperError::Name { .. } => {
            "correct `credsStore` and `credHelpers` in Docker's `config.json`, or name one: `--store-in pass`".to_owned()
        }
        HelperError::Run { program, .. } | HelperError::Failed { program, .. } | HelperError::Rubbish { program, .. } => {
            format!("does it work by itself? `{program} list`; to keep an account elsewhere: `--store-in file`")
        }
    }
}

fn keyring(error: &KeyringError) -> String {
    match error {
        KeyringError::Absent { .. } | KeyringError::Refused { .. } | KeyringError::Late { .. } => {
            "unlock it, or keep the account elsewhere: `--store-in file` (Docker's `config.json`, unencrypted), or `--store-in HELPER`"
                .to_owned()
        }
        KeyringError::Rubbish { key } => format!("remove it, and log in again: `rpush logout {key}`, `rpush login {key}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_cannot_keep_an_account_is_told_where_else() {
        let late = || Error::Keyring(KeyringError::Late { seconds: 30 });
        let failure = Failure::from(late());
        assert_eq!(failure.exit(), Exit::Failed);
        assert!(failure.cure().is_some_and(|hint| hint.contains("`--store-in file`")), "{failure}");
        // What could not be erased has the cure of what stood in the way.
        let erased = Error::NotErased {
            host: "r.example".to_owned(),
            origin: crate::credentials::Origin::Keyring,
            removed: Vec::new(),
            source: Box::new(late()),
        };
        assert_eq!(Failure::from(erased).cure(), failure.cure());
        assert_eq!(Failure::from(Error::NotAPair).exit(), Exit::Usage);
    }
}
