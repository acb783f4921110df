//! Where credentials are kept and from where they are removed: the choice of a place, and the work there. Unlike a lookup,
//! none of it forgives trouble: a person would believe something that is not so.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::docker_config::Removed;
use super::file_lock::FileLock;
use super::helper::TOKEN_USERNAME;
use super::{Chain, Credential, DockerConfig, Error, Helper, HelperError, Keyring, KeyringError, Origin, server_key};
use crate::image::Host;

/// Where a credential is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The keyring of the operating system.
    Keyring,
    /// The file that `REGISTRY_AUTH_FILE` names, or Docker's `config.json`; in plain text.
    File,
    /// A credential helper, without `docker-credential-`.
    Helper(String),
}

impl Place {
    /// A helper by its name. One of them is rpush itself, in front of the keyring.
    fn with_helper(name: &str) -> Self {
        if name == OWN_HELPER { Self::Keyring } else { Self::Helper(name.to_owned()) }
    }

    /// The place where a credential was found; `None` when it was given and not kept.
    pub fn of(origin: &Origin) -> Option<Self> {
        match origin {
            Origin::Keyring => Some(Self::Keyring),
            Origin::File(_) => Some(Self::File),
            Origin::Helper(program) => Some(Self::with_helper(program.trim_start_matches(HELPER_PREFIX))),
            Origin::Nowhere | Origin::CommandLine | Origin::Variable(_) => None,
        }
    }
}

impl FromStr for Place {
    type Err = HelperError;

    fn from_str(text: &str) -> Result<Self, HelperError> {
        match text.trim_start_matches(HELPER_PREFIX) {
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            name if Helper::is_name(name) => Ok(Self::with_helper(name)),
            _ => Err(HelperError::Name { name: text.to_owned() }),
        }
    }
}

/// How the programs of helpers begin.
const HELPER_PREFIX: &str = "docker-credential-";

/// The helper that is rpush itself.
pub(super) const OWN_HELPER: &str = "rpush";

/// Where a credential was stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// The place.
    pub origin: Origin,
    /// Whether everybody who can read the place can read the credential.
    pub plain_text: bool,
}

impl Chain {
    /// Where a new credential for a host is kept when nobody says where: where the environment or Docker's file has it already,
    /// or with the helper that Docker's file names, so that Docker finds it too; else in the keyring. An error means that no
    /// keyring answers.
    pub fn place(&self, host: &Host) -> Result<Place, KeyringError> {
        if self.environment.registry_auth_file.is_some() {
            return Ok(Place::File);
        }
        // A file that is broken has nothing to say here; it is in nobody's way.
        let config = self.environment.docker_file().and_then(|path| DockerConfig::read(&path).ok()).unwrap_or_default();
        let helper = config.helper(host).map(Place::with_helper);
        if let Some(helper) = &helper
            && *helper != Place::Keyring
        {
            return Ok(helper.clone());
        }
        if helper.is_none() && !matches!(config.credential(host, None), Ok(None)) {
            return Ok(Place::File);
        }
        self.keyring()?.probe(host).map(|()| Place::Keyring)
    }

    /// Whether an account could be kept in a place, as far as that can be told without keeping one.
    pub fn check(&self, host: &Host, place: &Place) -> Result<(), Error> {
        if *place == Place::Keyring {
            return Ok(self.keyring()?.probe(host)?);
        }
        DockerConfig::read(&self.file().ok_or(Error::NoPlace)?)?;
        if let Place::Helper(name) = place {
            Helper::find(name, &self.environment)?;
        }
        Ok(())
    }

    /// The file that [`Place::File`] stands for.
    pub fn file(&self) -> Option<PathBuf> {
        self.files().next()
    }

    fn keyring(&self) -> Result<&Keyring, KeyringError> {
        self.keyring.as_ref().ok_or_else(|| KeyringError::Absent { why: "none was looked for".to_owned() })
    }

    /// Keeps a credential for a host in a place. An older one in the keyring, which would be found first, goes.
    pub fn store(&self, host: &Host, username: &str, credential: &Credential, place: &Place) -> Result<Stored, Error> {
        if username.contains(':') {
            return Err(Error::ColonInUsername);
        }
        let stored = match place {
            Place::Keyring => return self.store_in_keyring(host, credential),
            Place::File => self.store_in_file(host, username, credential)?,
            Place::Helper(name) => self.store_with_helper(name, host, username, credential)?,
        };
        self.clear_keyring(host)?;
        Ok(stored)
    }

    /// Takes an account out of the keyring when a lookup would find it there. A keyring that does not open is passed over by
    /// lookups too.
    fn clear_keyring(&self, host: &Host) -> Result<(), Error> {
        let Some(keyring) = &self.keyring else { return Ok(()) };
        if !matches!(keyring.account(server_key(host)), Ok(Some(_))) {
            return Ok(());
        }
        keyring.forget(server_key(host)).map(drop).map_err(|error| Error::NotErased {
            host: host.to_string(),
            origin: Origin::Keyring,
            removed: Vec::new(),
            source: Box::new(error.into()),
        })
    }

    fn store_in_keyring(&self, host: &Host, credential: &Credential) -> Result<Stored, Error> {
        let origin = Origin::Keyring;
        let (username, secret) = match credential {
            Credential::Basic { username, password } => (username.as_str(), password),
            Credential::IdentityToken(token) => (TOKEN_USERNAME, token),
            Credential::Anonymous | Credential::RegistryToken(_) => return Err(Error::Unstorable { origin }),
        };
        self.keyring()?.keep(server_key(host), username, secret)?;
        Ok(Stored { origin, plain_text: false })
    }

    fn store_in_file(&self, host: &Host, username: &str, credential: &Credential) -> Result<Stored, Error> {
        let path = self.file().ok_or(Error::NoPlace)?;
        let _lock = FileLock::on(&path)?;
        let mut config = DockerConfig::read(&path)?;
        let origin = Origin::File(path.clone());
        if !config.set(host, username, credential) {
            return Err(Error::Unstorable { origin });
        }
        config.choose_helper(host, None);
        config.write(&path)?;
        Ok(Stored { origin, plain_text: true })
    }

    /// Keeps a credential with a helper, and lets the file name that helper.
    fn store_with_helper(
        &self,
        name: &str,
        host: &Host,
        username: &str,
        credential: &Credential,
    ) -> Result<Stored, Error> {
        let path = self.file().ok_or(Error::NoPlace)?;
        // A broken file is told before the helper is given anything.
        DockerConfig::read(&path)?;
        let helper = Helper::find(name, &self.environment)?;
        let origin = Origin::Helper(helper.program().to_owned());
        match credential {
            Credential::Basic { password, .. } => helper.store(host, username, password)?,
            Credential::IdentityToken(token) => helper.store_identity(host, token)?,
            Credential::Anonymous | Credential::RegistryToken(_) => return Err(Error::Unstorable { origin }),
        }
        // Not before: a helper may wait for a person.
        let _lock = FileLock::on(&path)?;
        let mut config = DockerConfig::read(&path)?;
        let is_new = config.choose_helper(host, Some(name));
        if config.mark(host) || is_new {
            config.write(&path)?;
        }
        Ok(Stored { origin, plain_text: false })
    }

    /// Removes what is kept for a host from every place where a lookup would find it, and names the places; none means
    /// that there was nothing. One place that fails does not keep the others from being cleared.
    pub fn erase(&self, host: &Host) -> Result<Vec<Origin>, Error> {
        let mut removed = Vec::new();
        let mut failure = None;
        match self.erase_keyring(host) {
            Ok(true) => removed.push(Origin::Keyring),
            Ok(false) => {}
            Err(error) => failure = Some((Origin::Keyring, error.into())),
        }
        for path in self.files() {
            if let Err((origin, error)) = self.erase_helper(&path, host, &mut removed) {
                failure.get_or_insert((origin, error));
            }
            if let Err(error) = erase_file(&path, host, &mut removed) {
                failure.get_or_insert((Origin::File(path), error));
            }
        }
        match failure {
            None => Ok(removed),
            Some((origin, error)) => {
                Err(Error::NotErased { host: host.to_string(), origin, removed, source: Box::new(error) })
            }
        }
    }

    /// Where there is no keyring, there is nothing in it.
    fn erase_keyring(&self, host: &Host) -> Result<bool, KeyringError> {
        let Some(keyring) = &self.keyring else { return Ok(false) };
        match keyring.forget(server_key(host)) {
            Err(KeyringError::Absent { .. }) => Ok(false),
            other => other,
        }
    }

    fn erase_helper(&self, path: &Path, host: &Host, removed: &mut Vec<Origin>) -> Result<(), (Origin, Error)> {
        let config = DockerConfig::read(path).map_err(|error| (Origin::File(path.to_owned()), error))?;
        let Some(name) = config.helper(host).filter(|name| *name != OWN_HELPER) else { return Ok(()) };
        let named = Origin::Helper(format!("{HELPER_PREFIX}{name}"));
        let erased = Helper::find(name, &self.environment).and_then(|helper| helper.erase(host));
        match erased {
            Ok(true) => removed.push(named),
            Ok(false) => {}
            Err(error) => return Err((named, error.into())),
        }
        Ok(())
    }
}

fn erase_file(path: &Path, host: &Host, removed: &mut Vec<Origin>) -> Result<(), Error> {
    // Most files have nothing of the host, and where there is none, none is made.
    if DockerConfig::read(path)?.remove(host) == Removed::Nothing {
        return Ok(());
    }
    let _lock = FileLock::on(path)?;
    let mut config = DockerConfig::read(path)?;
    let what = config.remove(host);
    if what == Removed::Nothing {
        return Ok(());
    }
    config.write(path)?;
    if what == Removed::Credential {
        removed.push(Origin::File(path.to_owned()));
    }
    Ok(())
}
