//! The keyring of the operating system: a place for accounts that other people's eyes do not reach.
//!
//! An entry's service is `rpush`, and its user is the key under which Docker and Podman keep the same account: the host,
//! Docker Hub's own key, or `host/namespace` for one of several accounts on a host, of which the longest that fits decides.
//! Its secret is a small JSON object, `{"username": …, "secret": …}`, where the username `<token>` marks a refresh token,
//! as in the protocol of Docker's credential helpers; rpush serves that protocol over these same entries.
//!
//! Often nobody answers: in a container, over SSH, in CI. Then there is no bus, or a bus without a keyring, or a keyring that
//! waits for somebody to unlock it. None of that may hang, and whether a keyring is there is found out by reading from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::docker_config::namespaces;
use super::helper::TOKEN_USERNAME;
use super::{Credential, Environment, Secret, key_host, server_key};
use crate::image::{Host, RepositoryName};

#[cfg(feature = "keyring")]
mod system;

/// Why a keyring did not do what it was asked. No message has a secret in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none here.
    #[error("no keyring answers here: {why}")]
    Absent {
        /// In the system's words.
        why: String,
    },
    /// There is one, and it refuses.
    #[error("the keyring does not open: {why}")]
    Refused {
        /// In its own words.
        why: String,
    },
    /// There is one, and it takes too long. Perhaps it waits for somebody to unlock it.
    #[error("the keyring has not answered for {seconds} s")]
    Late {
        /// How long it had.
        seconds: u64,
    },
    /// The entry is not one that rpush wrote. It is not shown: there may be a secret in it.
    #[error("the keyring's entry for `{key}` makes no sense")]
    Rubbish {
        /// The entry's key.
        key: String,
    },
}

/// What keeps secrets under keys: the system's keyring, or one that a test prepares.
pub trait Entries: fmt::Debug + Send + Sync {
    /// The secret under a key.
    fn read(&self, key: &str) -> Result<Option<Secret>, KeyringError>;
    /// Puts a secret under a key, in the place of another one.
    fn write(&self, key: &str, secret: Secret) -> Result<(), KeyringError>;
    /// Removes the secret under a key; `false` when there was none.
    fn remove(&self, key: &str) -> Result<bool, KeyringError>;
    /// All keys.
    fn keys(&self) -> Result<Vec<String>, KeyringError>;
}

/// The accounts in a keyring.
#[derive(Debug, Clone)]
pub struct Keyring(Arc<dyn Entries>);

/// An account as it lies in the keyring.
#[derive(Serialize, Deserialize)]
struct Record {
    username: String,
    secret: String,
}

impl Keyring {
    /// The keyring of this system; whether there is one, the first question to it will tell.
    #[cfg(feature = "keyring")]
    pub fn system(environment: &Environment) -> Self {
        Self::of(system::System::new(environment))
    }

    /// The keyring of this system, which this build does without.
    #[cfg(not(feature = "keyring"))]
    pub fn system(_: &Environment) -> Self {
        Self::of(NotBuilt)
    }

    /// A keyring over these entries.
    pub fn of(entries: impl Entries + 'static) -> Self {
        Self(Arc::new(entries))
    }

    /// The credential for a host, or for one repository of it: that of the longest namespace decides.
    pub(super) fn get(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
    ) -> Result<Option<Credential>, KeyringError> {
        let paths = repository.into_iter().flat_map(|name| namespaces(name.as_str()));
        let keys = paths.map(|path| format!("{host}/{path}")).chain([server_key(host).to_owned()]);
        for key in keys {
            let Some((username, secret)) = self.account(&key)? else { continue };
            return Ok(Some(match username.as_str() {
                TOKEN_USERNAME => Credential::IdentityToken(secret),
                _ => Credential::Basic { username, password: secret },
            }));
        }
        Ok(None)
    }

    /// The username and the secret that are kept for a server.
    pub fn account(&self, server: &str) -> Result<Option<(String, Secret)>, KeyringError> {
        let key = canonical(server);
        let Some(text) = self.0.read(&key)? else { return Ok(None) };
        // The reader's own words would quote the entry.
        let record: Record = serde_json::from_str(text.expose()).map_err(|_| KeyringError::Rubbish { key })?;
        let secret = Secret::from(record.secret);
        Ok((!secret.is_empty()).then_some((record.username, secret)))
    }

    /// Keeps a username and a secret for a server.
    pub fn keep(&self, server: &str, username: &str, secret: &Secret) -> Result<(), KeyringError> {
        let record = Record { username: username.to_owned(), secret: secret.expose().to_owned() };
        let text = serde_json::to_string(&record).expect("because both members are texts");
        self.0.write(&canonical(server), text.into())
    }

    /// Removes what is kept for a server; `false` when there was nothing.
    pub fn forget(&self, server: &str) -> Result<bool, KeyringError> {
        self.0.remove(&canonical(server))
    }

    /// The servers that there are accounts for, with the usernames.
    pub fn list(&self) -> Result<BTreeMap<String, String>, KeyringError> {
        let mut servers = BTreeMap::new();
        for key in self.0.keys()? {
            if let Some((username, _)) = self.account(&key)? {
                servers.insert(key, username);
            }
        }
        Ok(servers)
    }

    /// Whether a keyring answers: a real read, because a bus alone is no keyring.
    pub(super) fn probe(&self, host: &Host) -> Result<(), KeyringError> {
        self.0.read(server_key(host)).map(drop)
    }
}

/// One key for a host, however it is written. Docker asks for `https://index.docker.io/v1/` and Podman for `docker.io`; a
/// namespace of a host has a key of its own.
fn canonical(server: &str) -> String {
    key_host(server).map_or_else(|| server.to_owned(), |host| server_key(&host).to_owned())
}

/// In place of the keyring that was not built in.
#[cfg(not(feature = "keyring"))]
#[derive(Debug)]
struct NotBuilt;

#[cfg(not(feature = "keyring"))]
impl NotBuilt {
    fn absent<T>() -> Result<T, KeyringError> {
        Err(KeyringError::Absent { why: "this rpush was built without the feature `keyring`".to_owned() })
    }
}

#[cfg(not(feature = "keyring"))]
impl Entries for NotBuilt {
    fn read(&self, _: &str) -> Result<Option<Secret>, KeyringError> {
        Self::absent()
    }
    fn write(&self, _: &str, _: Secret) -> Result<(), KeyringError> {
        Self::absent()
    }
    fn remove(&self, _: &str) -> Result<bool, KeyringError> {
        Self::absent()
    }
    fn keys(&self) -> Result<Vec<String>, KeyringError> {
        Self::absent()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A keyring in memory.
    #[derive(Debug, Default)]
    pub(crate) struct Memory(Mutex<BTreeMap<String, Secret>>);

    impl Entries for Memory {
        fn read(&self, key: &str) -> Result<Option<Secret>, KeyringError> {
            Ok(self.0.lock().expect("whole").get(key).cloned())
        }
        fn write(&self, key: &str, secret: Secret) -> Result<(), KeyringError> {
            self.0.lock().expect("whole").insert(key.to_owned(), secret);
            Ok(())
        }
        fn remove(&self, key: &str) -> Result<bool, KeyringError> {
            Ok(self.0.lock().expect("whole").remove(key).is_some())
        }
        fn keys(&self) -> Result<Vec<String>, KeyringError> {
            Ok(self.0.lock().expect("whole").keys().cloned().collect())
        }
    }

    /// A keyring that gives the same answer to every question but `read`, which may be another one.
    #[derive(Debug)]
    pub(crate) struct Broken {
        pub(crate) read: Result<(), KeyringError>,
        pub(crate) rest: KeyringError,
    }

    impl Broken {
        /// As in CI.
        pub(crate) fn absent() -> Self {
            let error = KeyringError::Absent { why: "no bus".into() };
            Self { read: Err(error.clone()), rest: error }
        }

        /// Somebody has to unlock it.
        pub(crate) fn locked() -> Self {
            let error = KeyringError::Refused { why: "locked".into() };
            Self { read: Err(error.clone()), rest: error }
        }
    }

    impl Entries for Broken {
        fn read(&self, _: &str) -> Result<Option<Secret>, KeyringError> {
            self.read.clone().map(|()| None)
        }
        fn write(&self, _: &str, _: Secret) -> Result<(), KeyringError> {
            Err(self.rest.clone())
        }
        fn remove(&self, _: &str) -> Result<bool, KeyringError> {
            Err(self.rest.clone())
        }
        fn keys(&self) -> Result<Vec<String>, KeyringError> {
            Err(self.rest.clone())
        }
    }

    fn host(text: &str) -> Host {
        text.parse().expect("a host")
    }

    #[test]
    fn a_server_has_one_entry_however_it_is_written() {
        let keyring = Keyring::of(Memory::default());
        keyring.keep("https://r.example/v1/", "alice", &"old".into()).expect("kept");
        keyring.keep("r.example", "alice", &"s3cret".into()).expect("kept");
        keyring.keep("docker.io", "<token>", &"refresh".into()).expect("kept");
        let servers = [("https://index.docker.io/v1/".into(), "<token>".into()), ("r.example".into(), "alice".into())];
        assert_eq!(keyring.list().expect("a list"), servers.into());
        let account = keyring.account("http://r.example").expect("an answer");
        assert_eq!(account, Some(("alice".into(), "s3cret".into())));
        let hub = keyring.get(&Host::docker_hub(), None).expect("an answer");
        assert_eq!(hub, Some(Credential::IdentityToken("refresh".into())));
        assert!(keyring.forget("https://r.example").expect("an answer"));
        assert!(!keyring.forget("r.example").expect("an answer"));
        assert_eq!(keyring.get(&host("r.example"), None).expect("an answer"), None);
    }

    #[test]
    fn accounts_on_one_host_have_namespaces() {
        let keyring = Keyring::of(Memory::default());
        for (server, name) in [("r.example", "host"), ("r.example/team", "team"), ("r.example/team/app", "app")] {
            keyring.keep(server, name, &"p".into()).expect("kept");
        }
        for (repository, name) in [
            (None, "host"),
            (Some("other/app"), "host"),
            (Some("teammate/app"), "host"),
            (Some("team/lib"), "team"),
            (Some("team/app/part"), "app"),
        ] {
            let repository = repository.map(|name| name.parse::<RepositoryName>().expect("a name"));
            let found = keyring.get(&host("r.example"), repository.as_ref()).expect("an answer").expect("an account");
            assert_eq!(found.username(), Some(name), "{repository:?}");
        }
        assert_eq!(keyring.get(&host("r.example:443"), None).expect("an answer"), None);
    }

    #[test]
    fn an_entry_of_somebody_else_is_not_shown() {
        let entries = Memory::default();
        entries.write("r.example", "s3cret".into()).expect("written");
        let error = Keyring::of(entries).account("r.example").expect_err("rubbish");
        assert_eq!(error.to_string(), "the keyring's entry for `r.example` makes no sense");
    }
}
