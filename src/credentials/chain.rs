//! The order in which credentials are looked up, stored and erased. It is part of the contract with people:
//!
//! 1. what was given with the command,
//! 2. `RPUSH_USERNAME` with `RPUSH_PASSWORD`, or `RPUSH_TOKEN`,
//! 3. `DOCKER_AUTH_CONFIG`,
//! 4. the file that `REGISTRY_AUTH_FILE` names,
//! 5. the keyring of the operating system,
//! 6. Docker's `config.json`: the helper for the host, the helper for all hosts, the file itself,
//! 7. Podman's `auth.json`, in the run-time directory and then in the configuration directory.
//!
//! The first that has a credential decides.

use std::path::{Path, PathBuf};

use super::place::OWN_HELPER;
use super::{Credential, DockerConfig, Environment, Error, Helper, HelperError, Keyring, KeyringError, Origin};
use crate::image::{Host, RepositoryName};

/// All the places for credentials.
#[derive(Debug, Clone)]
pub struct Chain {
    explicit: Option<Credential>,
    pub(super) environment: Environment,
    pub(super) keyring: Option<Keyring>,
}

/// What a lookup found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The credential; [`Credential::Anonymous`] when there is none.
    pub credential: Credential,
    /// Where it was.
    pub origin: Origin,
    /// The places that could not be asked, and why, for people.
    pub warnings: Vec<String>,
}

impl Chain {
    /// The places that this environment names.
    pub fn new(environment: Environment) -> Self {
        Self { explicit: None, environment, keyring: None }
    }

    /// The same with a keyring.
    pub fn with_keyring(self, keyring: Keyring) -> Self {
        Self { keyring: Some(keyring), ..self }
    }

    /// The same with a credential that was given with the command, before all others.
    pub fn with_explicit(self, credential: Credential) -> Self {
        Self { explicit: Some(credential), ..self }
    }

    /// The same for hosts that nobody has typed: without what was given for the one that was, with the command or in variables
    /// that name no host.
    pub fn for_other_hosts(mut self) -> Self {
        self.explicit = None;
        (self.environment.username, self.environment.password, self.environment.token) = (None, None, None);
        self
    }

    /// The credential for a host, or for one repository of it. Waits for helpers, which may ask a person for something.
    pub fn lookup(&self, host: &Host, repository: Option<&RepositoryName>) -> Found {
        let mut warnings = Vec::new();
        let (credential, origin) = self
            .given(host, repository, &mut warnings)
            .or_else(|| self.kept(host, repository, &mut warnings))
            .unwrap_or((Credential::Anonymous, Origin::Nowhere));
        Found { credential, origin, warnings }
    }

    /// What decides over a stored credential of the host: something given with the command or in the environment.
    pub fn precedence(&self, host: &Host) -> Option<Origin> {
        self.given(host, None, &mut Vec::new()).map(|(_, origin)| origin)
    }

    fn given(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        warnings: &mut Vec<String>,
    ) -> Option<(Credential, Origin)> {
        if let Some(credential) = &self.explicit {
            return Some((credential.clone(), Origin::CommandLine));
        }
        if let Some(account) = self.account_in_variables(warnings) {
            return Some(account);
        }
        let config = self.environment.docker_auth_config.as_ref()?;
        let origin = Origin::Variable("DOCKER_AUTH_CONFIG");
        let found = DockerConfig::parse(config.expose().as_bytes(), &origin)
            .and_then(|config| config.credential(host, repository));
        match found {
            Ok(credential) => Some((credential?, origin)),
            Err(error) => {
                warnings.push(in_words(&origin, &error));
                None
            }
        }
    }

    fn account_in_variables(&self, warnings: &mut Vec<String>) -> Option<(Credential, Origin)> {
        let Environment { username, password, token, .. } = &self.environment;
        match (username, password, token) {
            (Some(username), Some(password), _) => {
                Some((Credential::basic(username, password.clone()), Origin::Variable("RPUSH_USERNAME")))
            }
            (_, _, Some(token)) => Some((Credential::RegistryToken(token.clone()), Origin::Variable("RPUSH_TOKEN"))),
            (None, None, None) => None,
            _ => {
                warnings.push("one of `RPUSH_USERNAME` and `RPUSH_PASSWORD` is set without the other".to_owned());
                None
            }
        }
    }

    /// The credential that was stored: in the keyring, in one of the files, or with a helper that one of them names.
    fn kept(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        warnings: &mut Vec<String>,
    ) -> Option<(Credential, Origin)> {
        let named = self.environment.registry_auth_file.as_deref();
        named
            .and_then(|path| self.look_into(path, host, repository, warnings))
            .or_else(|| self.ask_keyring(host, repository, warnings))
            .or_else(|| self.usual_files().find_map(|path| self.look_into(&path, host, repository, warnings)))
    }

    /// Every file there is a place for.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.environment.registry_auth_file.clone().into_iter().chain(self.usual_files())
    }

    /// The hosts that the files name. No helper and no keyring is asked, which might ask a person.
    pub fn known_hosts(&self) -> Vec<Host> {
        let configs = self.files().filter_map(|path| DockerConfig::read(&path).ok());
        configs.flat_map(|config| config.hosts().collect::<Vec<_>>()).collect()
    }

    fn usual_files(&self) -> impl Iterator<Item = PathBuf> {
        self.environment.docker_file().into_iter().chain(self.environment.podman_files())
    }

    fn ask_keyring(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        warnings: &mut Vec<String>,
    ) -> Option<(Credential, Origin)> {
        match self.keyring.as_ref()?.get(host, repository) {
            Ok(credential) => Some((credential?, Origin::Keyring)),
            // Most machines of CI have none, and need not be told at every push.
            Err(error @ KeyringError::Absent { .. }) => {
                tracing::debug!("{error}");
                None
            }
            Err(error) => {
                warnings.push(error.to_string());
                None
            }
        }
    }

    fn look_into(
        &self,
        path: &Path,
        host: &Host,
        repository: Option<&RepositoryName>,
        warnings: &mut Vec<String>,
    ) -> Option<(Credential, Origin)> {
        let file = Origin::File(path.to_owned());
        let config = match DockerConfig::read(path) {
            Ok(config) => config,
            Err(error) => {
                warnings.push(in_words(&file, &error));
                return None;
            }
        };
        // rpush's own helper only leads to the keyring, which has its own place in the order.
        if let Some(name) = config.helper(host).filter(|name| *name != OWN_HELPER) {
            match self.ask_helper(name, host) {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {}
                Err(error) => warnings.push(in_words(&file, &error.into())),
            }
        }
        match config.credential(host, repository) {
            Ok(credential) => Some((credential?, file)),
            Err(error) => {
                warnings.push(in_words(&file, &error));
                None
            }
        }
    }

    fn ask_helper(&self, name: &str, host: &Host) -> Result<Option<(Credential, Origin)>, HelperError> {
        let helper = Helper::find(name, &self.environment)?;
        let origin = Origin::Helper(helper.program().to_owned());
        Ok(helper.get(host)?.map(|credential| (credential, origin)))
    }
}

/// A place that could not be asked, in one line. The errors of this module name their file; those of an entry and of a
/// helper do not.
fn in_words(place: &Origin, error: &Error) -> String {
    let mut words = match error {
        Error::Entry { .. } | Error::Helper(_) => format!("{place}: {error}"),
        _ => error.to_string(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}

#[cfg(all(test, unix))]
mod tests;
