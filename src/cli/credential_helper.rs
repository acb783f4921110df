//! rpush as a credential helper: under the name `docker-credential-rpush` it speaks the protocol of Docker's helpers over the
//! accounts in the keyring, so that Docker and Podman share what `rpush login` keeps.
//!
//! The protocol wants every answer on standard output, complaints too; clients know "nothing is kept" by its exact words.

use std::io::{self, Read};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::failure::{Exit, Failure};
use crate::credentials::{Environment, Keyring, KeyringError, NOT_FOUND, Secret};

/// The name under which rpush is a helper.
pub const PROGRAM: &str = "docker-credential-rpush";

/// No account is longer.
const MAX_INPUT: u64 = 4 << 20;

/// Speak the protocol of Docker's credential helpers.
///
/// The same as this program under the name docker-credential-rpush, for `credsStore` and `credHelpers` in Docker's and Podman's
/// files.
#[derive(Debug, Clone, Args)]
#[command(hide = true)]
#[command(after_help = "\
Examples:
  rpush credential-helper list")]
pub struct CredentialHelperArgs {
    /// What to do.
    #[arg(value_enum, value_name = "ACTION")]
    action: Action,
}

/// What a helper can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Give the account of the server on standard input.
    Get,
    /// Keep the account on standard input.
    Store,
    /// Forget the account of the server on standard input.
    Erase,
    /// Give all servers and their usernames.
    List,
    /// Say which program this is.
    Version,
}

/// An account on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    #[serde(rename = "ServerURL", default)]
    server: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Why a helper says no.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("{NOT_FOUND}")]
    NotFound,
    #[error("no credentials server URL")]
    NoServer,
    #[error("no credentials username")]
    NoUsername,
    /// What came is not shown: there may be a secret in it.
    #[error("the account on standard input makes no sense")]
    Rubbish,
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Runs the command. A refusal is an answer and not a failure to tell about; only its exit code is.
pub fn run(args: &CredentialHelperArgs, context: &Context) -> Result<Exit, Failure> {
    let keyring = Keyring::system(&Environment::of_process());
    let answer = answer(args.action, &keyring, &mut io::stdin())
        .map_err(|error| Failure::new(Exit::Failed, "cannot read standard input").because(error))?;
    let (text, exit) = match answer {
        Ok(text) => (text, Exit::Done),
        Err(refusal) => (Some(refusal.to_string()), Exit::Failed),
    };
    if let Some(text) = text {
        context.console.data(&text);
    }
    Ok(exit)
}

/// One question and its answer.
fn answer(action: Action, keyring: &Keyring, stdin: &mut dyn Read) -> io::Result<Result<Option<String>, Refusal>> {
    let mut input = Secret::from("");
    if matches!(action, Action::Get | Action::Store | Action::Erase) {
        let mut text = String::new();
        stdin.take(MAX_INPUT).read_to_string(&mut text)?;
        input = Secret::from(text);
    }
    let input = input.expose().trim();
    Ok(match action {
        Action::Get => get(keyring, input).map(Some),
        Action::Store => store(keyring, input).map(|()| None),
        Action::Erase => server(input).and_then(|server| Ok(keyring.forget(server)?)).map(|_| None),
        Action::List => list(keyring).map(Some),
        Action::Version => Ok(Some(format!("{PROGRAM} {}", env!("CARGO_PKG_VERSION")))),
    })
}

fn server(input: &str) -> Result<&str, Refusal> {
    if input.is_empty() { Err(Refusal::NoServer) } else { Ok(input) }
}

fn get(keyring: &Keyring, input: &str) -> Result<String, Refusal> {
    let server = server(input)?;
    let (username, secret) = keyring.account(server)?.ok_or(Refusal::NotFound)?;
    let account = Account { server: server.to_owned(), username, secret: secret.expose().to_owned() };
    Ok(serde_json::to_string(&account).expect("because its members are texts"))
}

fn store(keyring: &Keyring, input: &str) -> Result<(), Refusal> {
    // The reader's own words would quote the account.
    let account: Account = serde_json::from_str(input).map_err(|_| Refusal::Rubbish)?;
    let secret = Secret::from(account.secret);
    let server = server(&account.server)?;
    if account.username.is_empty() {
        return Err(Refusal::NoUsername);
    }
    Ok(keyring.keep(server, &account.username, &secret)?)
}

fn list(keyring: &Keyring) -> Result<String, Refusal> {
    Ok(serde_json::to_string(&keyring.list()?).expect("because its keys and values are texts"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::prepared::{Broken, Memory};

    fn ask(keyring: &Keyring, action: Action, input: &str) -> Result<Option<String>, Refusal> {
        answer(action, keyring, &mut input.as_bytes()).expect("memory can be read")
    }

    /// The protocol as Docker speaks it.
    #[test]
    fn speaks_dockers_protocol() {
        let keyring = Keyring::of(Memory::default());
        assert_eq!(ask(&keyring, Action::Get, "localhost:5101"), Err(Refusal::NotFound));
        assert_eq!(Refusal::NotFound.to_string(), "credentials not found in native keychain");
        assert_eq!(ask(&keyring, Action::List, ""), Ok(Some("{}".to_owned())));
        let account = "{\"ServerURL\":\"localhost:5101\",\"Username\":\"alice\",\"Secret\":\"s3\\u003ccret\"}\n";
        assert_eq!(ask(&keyring, Action::Store, account), Ok(None));
        let got = ask(&keyring, Action::Get, "localhost:5101\n").expect("kept").expect("an account");
        assert_eq!(got, r#"{"ServerURL":"localhost:5101","Username":"alice","Secret":"s3<cret"}"#);
        let listed = ask(&keyring, Action::List, "unused").expect("listed");
        assert_eq!(listed.as_deref(), Some(r#"{"localhost:5101":"alice"}"#));
        // Docker erases under four spellings and takes a second success for granted.
        for server in ["https://localhost:5101", "localhost:5101"] {
            assert_eq!(ask(&keyring, Action::Erase, server), Ok(None));
        }
        assert_eq!(ask(&keyring, Action::Get, "localhost:5101"), Err(Refusal::NotFound));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_being_shown() {
        let keyring = Keyring::of(Memory::default());
        for (action, input, words) in [
            (Action::Get, "\n", "no credentials server URL"),
            (Action::Erase, "", "no credentials server URL"),
            (Action::Store, r#"{"Username":"a","Secret":"s3cret"}"#, "no credentials server URL"),
            (Action::Store, r#"{"ServerURL":"r","Secret":"s3cret"}"#, "no credentials username"),
            (Action::Store, r#"{"ServerURL":"r","Secret":"s3cret""#, "the account on standard input makes no sense"),
        ] {
            assert_eq!(ask(&keyring, action, input).expect_err(words).to_string(), words);
        }
    }

    #[test]
    fn no_keyring_is_told() {
        let error = ask(&Keyring::of(Broken::absent()), Action::Get, "r.example").expect_err("no keyring");
        assert_eq!(error.to_string(), "no keyring answers here: no bus");
    }
}
