//! Docker's `config.json` and Podman's `auth.json`: read tolerantly, changed without touching what belongs to others, and
//! replaced whole, so that neither a crash nor a full disk can leave half a file with somebody's passwords.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Serialize as _;
use serde_json::{Map, Value};

use super::{Credential, Error, Origin, Secret, key_host, server_key};
use crate::image::{Host, RepositoryName};

/// No such file is larger; a device in its place would not end.
const MAX_SIZE: u64 = 16 << 20;

/// The members of an entry that make a credential. Others (`email`) are left alone.
const CREDENTIAL_MEMBERS: [&str; 5] = ["auth", "username", "password", "identitytoken", "registrytoken"];

/// Base64 as people write it by hand: with padding or without.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file of credentials, with everything else that is in it.
#[derive(Clone, Default)]
pub struct DockerConfig(Map<String, Value>);

impl DockerConfig {
    /// Reads a file. One that is not there is empty, and so is an empty one.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let fail = |source| Error::Read { path: path.to_owned(), source };
        let file = match File::open(path) {
            Err(error) if is_absent(&error) => return Ok(Self::default()),
            other => other.map_err(fail)?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_SIZE).read_to_end(&mut bytes).map_err(fail)?;
        Self::parse(&bytes, &Origin::File(path.to_owned()))
    }

    /// Reads the content of a file that lies elsewhere, in a variable for example.
    pub fn parse(bytes: &[u8], origin: &Origin) -> Result<Self, Error> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let syntax = |source| Error::Syntax { origin: origin.clone(), source };
        match serde_json::from_slice(bytes).map_err(syntax)? {
            Value::Object(document) => Ok(Self(document)),
            _ => Err(syntax(serde::de::Error::custom("it is JSON of another kind"))),
        }
    }

    /// The hosts that are named here, with an account or with a helper. Neither is looked at.
    pub fn hosts(&self) -> impl Iterator<Item = Host> {
        let members =
            ["auths", "credHelpers"].into_iter().filter_map(|name| self.0.get(name).and_then(Value::as_object));
        members.flat_map(|entries| entries.keys()).filter_map(|key| key_host(key))
    }

    /// The credential helper for a host: its own one, or the one for all hosts.
    pub fn helper(&self, host: &Host) -> Option<&str> {
        let own = self.0.get("credHelpers").and_then(Value::as_object).and_then(|helpers| {
            let exact = helpers.get(server_key(host));
            exact.or_else(|| helpers.iter().find(|(key, _)| key_host(key).as_ref() == Some(host)).map(|(_, name)| name))
        });
        own.or_else(|| self.0.get("credsStore")).and_then(Value::as_str).filter(|name| !name.is_empty())
    }

    /// The credential that the file itself has: for the repository, for the longest of its namespaces (Podman's habit), for
    /// the host as Docker writes it, and last for the host as other tools write it.
    pub fn credential(&self, host: &Host, repository: Option<&RepositoryName>) -> Result<Option<Credential>, Error> {
        let Some(auths) = self.auths() else { return Ok(None) };
        let namespaces = repository.into_iter().flat_map(|name| namespaces(name.as_str()));
        let scoped = namespaces.map(|path| format!("{host}/{path}"));
        let exact = scoped.chain([server_key(host).to_owned(), host.to_string()]);
        let exact = exact.filter_map(|key| auths.get_key_value(&key));
        let similar = auths.iter().filter(|(key, _)| key_host(key).as_ref() == Some(host));
        for (key, entry) in exact.chain(similar) {
            if let Some(credential) = read_entry(key, entry)? {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }

    /// Puts a credential for a host into the file's place for it, in plain text. Returns `false` when the file cannot keep
    /// this kind of credential.
    #[must_use]
    pub fn set(&mut self, host: &Host, username: &str, credential: &Credential) -> bool {
        let pair = |password: &str| Value::from(STANDARD.encode(format!("{username}:{password}")));
        let members = match credential {
            Credential::Anonymous => return false,
            Credential::Basic { password, .. } => vec![("auth", pair(password.expose()))],
            // As Docker writes it: the name, no password, and the token beside them.
            Credential::IdentityToken(token) => {
                let name = if username.is_empty() { self.name_beside_token(host) } else { None };
                vec![("auth", name.unwrap_or_else(|| pair(""))), ("identitytoken", token.expose().into())]
            }
            Credential::RegistryToken(token) => vec![("registrytoken", token.expose().into())],
        };
        let entry = self.clean_entry(server_key(host));
        entry.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
        true
    }

    /// The name that stands without a password beside a token, for a token that takes the place of another one.
    fn name_beside_token(&self, host: &Host) -> Option<Value> {
        let auth = self.auths()?.get(server_key(host))?.get("auth")?;
        let pair = TOLERANT.decode(auth.as_str()?).ok()?;
        pair.ends_with(b":").then(|| auth.clone())
    }

    /// Makes a helper the one for a host, or the file itself (`None`), and returns whether anything is different now. An empty
    /// name takes a host out of what the helper for all hosts keeps, for Docker too.
    pub fn choose_helper(&mut self, host: &Host, name: Option<&str>) -> bool {
        if self.helper(host) == name {
            return false;
        }
        if let Some(helpers) = self.0.get_mut("credHelpers").and_then(Value::as_object_mut) {
            helpers.retain(|key, _| key_host(key).as_ref() != Some(host));
        }
        if self.helper(host) != name {
            object(&mut self.0, "credHelpers").insert(server_key(host).to_owned(), name.unwrap_or_default().into());
        }
        true
    }

    /// Leaves an entry without a credential: Docker's sign that a helper has it. Plain text from former times
    /// goes. Returns whether anything is different now.
    #[must_use]
    pub fn mark(&mut self, host: &Host) -> bool {
        let own = server_key(host);
        let before = self.0.get("auths").cloned();
        if let Some(auths) = self.0.get_mut("auths").and_then(Value::as_object_mut) {
            auths.retain(|key, _| key == own || key_host(key).as_ref() != Some(host));
        }
        self.clean_entry(own);
        before.as_ref() != self.0.get("auths")
    }

    /// Removes everything that stands for the host, and says whether a credential or a sign of one was there. Entries for a
    /// namespace of the host stay: they were made by hand, for a purpose of their own.
    pub fn remove(&mut self, host: &Host) -> Removed {
        let Some(auths) = self.0.get_mut("auths").and_then(Value::as_object_mut) else { return Removed::Nothing };
        let mut removed = Removed::Nothing;
        auths.retain(|key, entry| {
            let is_other = key_host(key).as_ref() != Some(host);
            let has_credential = entry.as_object().is_some_and(|entry| {
                CREDENTIAL_MEMBERS.iter().any(|name| entry.get(*name).is_some_and(|value| value != ""))
            });
            removed = match (is_other, has_credential) {
                (true, _) => removed,
                (false, true) => Removed::Credential,
                (false, false) => removed.max(Removed::Mark),
            };
            is_other
        });
        removed
    }

    /// Replaces the file, behind symbolic links too. Only its owner can read it, even where that was different before.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        self.replace(path).map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let target = behind_links(path)?;
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        create_private(directory)?;
        let mut file = tempfile::Builder::new().prefix(".config.json-").tempfile_in(directory)?;
        file.write_all(&self.to_bytes()?)?;
        keep_owner(&target, file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    }

    /// The text as Docker writes it: indented with tabs, no line end after the last brace.
    fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        self.0.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))?;
        Ok(bytes)
    }

    fn auths(&self) -> Option<&Map<String, Value>> {
        self.0.get("auths")?.as_object()
    }

    /// The entry under a key, made if need be, without a credential.
    fn clean_entry(&mut self, key: &str) -> &mut Map<String, Value> {
        let entry = object(object(&mut self.0, "auths"), key);
        for name in CREDENTIAL_MEMBERS {
            entry.shift_remove(name);
        }
        entry
    }
}

/// What was removed from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removed {
    /// Nothing was there.
    Nothing,
    /// A sign that a helper has the credential.
    Mark,
    /// A credential.
    Credential,
}

/// The object under a key; anything else in its place makes room.
fn object<'a>(parent: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = parent.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("because it was just made an object")
}

/// A path and the paths above it, the longest first: `a/b/c`, `a/b`, `a`.
pub(super) fn namespaces(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above))
}

fn read_entry(key: &str, entry: &Value) -> Result<Option<Credential>, Error> {
    let broken = |why| Error::Entry { key: key.to_owned(), why };
    let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    if let Some(token) = text("registrytoken") {
        return Ok(Some(Credential::RegistryToken(token.into())));
    }
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Credential::IdentityToken(token.into())));
    }
    let (username, password) = match text("auth") {
        Some(auth) => {
            let pair = TOLERANT.decode(auth.trim()).map_err(|_| broken("`auth` is not base64"))?;
            let pair = String::from_utf8(pair).map(Secret::from).map_err(|_| broken("`auth` is not text"))?;
            let (username, password) =
                pair.expose().split_once(':').ok_or_else(|| broken("`auth` has no colon after the username"))?;
            // Docker strips what the fixed-length fields of old clients were filled with.
            (username.to_owned(), Secret::from(password.trim_matches('\0')))
        }
        None => (text("username").unwrap_or_default().to_owned(), text("password").unwrap_or_default().into()),
    };
    Ok(match (username.as_str(), password) {
        (_, password) if password.is_empty() => None,
        ("<token>", token) => Some(Credential::IdentityToken(token)),
        (_, password) => Some(Credential::Basic { username, password }),
    })
}

/// A file is absent too when something above it is not a directory.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Where a file really is, so that replacing it does not replace a link. The link may point at a file still to be made.
pub(super) fn behind_links(path: &Path) -> io::Result<PathBuf> {
    if let Ok(real) = fs::canonicalize(path) {
        return Ok(real);
    }
    match fs::read_link(path) {
        Ok(target) => Ok(path.parent().unwrap_or(Path::new("")).join(target)),
        Err(_) => Ok(path.to_owned()),
    }
}

pub(super) fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// With `sudo` the file belongs to somebody else, who wants to read it afterwards.
#[cfg(unix)]
pub(super) fn keep_owner(target: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let Ok(before) = fs::metadata(target) else { return Ok(()) };
    let now = file.metadata()?;
    if (before.uid(), before.gid()) == (now.uid(), now.gid()) {
        return Ok(());
    }
    match fchown(file, Some(before.uid()), Some(before.gid())) {
        // Only root can give files away. Whoever else may write here gets a file of their own.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
pub(super) fn keep_owner(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
