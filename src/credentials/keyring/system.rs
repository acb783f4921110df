//! The way to the system's own keyring: Secret Service over D-Bus on Linux, Keychain on macOS, Credential Manager on Windows.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use keyring_core::{Entry, Error};

use super::{Entries, Environment, KeyringError, Secret};

/// The service of rpush's entries.
const SERVICE: &str = "rpush";

/// How long a keyring has where nobody could unlock it.
const ALONE: Duration = Duration::from_secs(5);

/// How long somebody has to find the password of their keyring.
const WITH_A_PERSON: Duration = Duration::from_secs(120);

/// The system's keyring.
#[derive(Debug)]
pub(super) struct System {
    patience: Duration,
}

impl System {
    pub(super) fn new(environment: &Environment) -> Self {
        let patience = if environment.has_display { WITH_A_PERSON } else { ALONE };
        Self { patience }
    }

    /// Asks on a thread of its own, which is left behind when the keyring takes too long.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let (sender, receiver) = mpsc::channel();
        let work = move || {
            let answer = match keyring::Entry::store_status() {
                Ok(()) => question().map_err(|error| KeyringError::Refused { why: in_words(&error) }),
                Err(error) => Err(KeyringError::Absent { why: in_words(error) }),
            };
            // Nobody listens any more when it came too late.
            sender.send(answer).ok();
        };
        let refused = |why: &str| KeyringError::Refused { why: why.to_owned() };
        thread::Builder::new().name("keyring".into()).spawn(work).map_err(|error| refused(&error.to_string()))?;
        match receiver.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(KeyringError::Late { seconds: self.patience.as_secs() }),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(refused("it gave no answer")),
        }
    }
}

impl Entries for System {
    fn read(&self, key: &str) -> Result<Option<Secret>, KeyringError> {
        let key = key.to_owned();
        self.ask(move || match Entry::new(SERVICE, &key)?.get_password() {
            Err(Error::NoEntry) => Ok(None),
            other => other.map(|text| Some(Secret::from(text))),
        })
    }

    fn write(&self, key: &str, secret: Secret) -> Result<(), KeyringError> {
        let key = key.to_owned();
        self.ask(move || Entry::new(SERVICE, &key)?.set_password(secret.expose()))
    }

    fn remove(&self, key: &str) -> Result<bool, KeyringError> {
        let key = key.to_owned();
        self.ask(move || match Entry::new(SERVICE, &key)?.delete_credential() {
            Err(Error::NoEntry) => Ok(false),
            other => other.map(|()| true),
        })
    }

    fn keys(&self) -> Result<Vec<String>, KeyringError> {
        // Windows knows no attributes, only patterns over names.
        let filter = if cfg!(windows) { "pattern" } else { "service" };
        self.ask(move || {
            let entries = Entry::search(&HashMap::from([(filter, SERVICE)]))?;
            let specifiers = entries.iter().filter_map(Entry::get_specifiers);
            Ok(specifiers.filter(|(service, _)| service == SERVICE).map(|(_, user)| user).collect())
        })
    }
}

/// The last cause, which says most; a socket that is not there says it badly. An error that holds an entry's bytes is never shown.
fn in_words(error: &Error) -> String {
    if matches!(error, Error::BadEncoding(_) | Error::BadDataFormat(..)) {
        return "an entry is not text".to_owned();
    }
    let mut cause: &dyn StdError = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    // The D-Bus library shares its causes.
    if cause.downcast_ref::<Arc<io::Error>>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return "there is no D-Bus session".to_owned();
    }
    cause.to_string()
}
