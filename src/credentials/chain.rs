//! The order in which credentials are looked up, stored and erased. It is part of the contract with people:
//!
//! 1. what was given with the command,
//! 2. `RPUSH_USERNAME` with `RPUSH_PASSWORD`, or `RPUSH_TOKEN`,
//! 3. `DOCKER_AUTH_CONFIG`,
//! 4. the file that `REGISTRY_AUTH_FILE` names,
//! 5. Docker's `config.json`: the helper for the host, the helper for all hosts, the file itself,
//! 6. Podman's `auth.json`, in the run-time directory and then in the configuration directory.
//!
//! The first that has a credential decides.

use std::path::{Path, PathBuf};

use super::docker_config::Removed;
use super::{Credential, DockerConfig, Environment, Error, Helper, HelperError, Origin};
use crate::image::{Host, RepositoryName};

/// All the places for credentials.
#[derive(Debug, Clone)]
pub struct Chain {
    explicit: Option<Credential>,
    environment: Environment,
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

/// Where a credential was stored.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// The place.
    pub origin: Origin,
    /// Whether everybody who can read the place can read the credential.
    pub plain_text: bool,
}

impl Chain {
    /// The places that this environment names.
    pub fn new(environment: Environment) -> Self {
        Self { explicit: None, environment }
    }

    /// The same with a credential that was given with the command, before all others.
    pub fn with_explicit(self, credential: Credential) -> Self {
        Self { explicit: Some(credential), ..self }
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

    /// The credential that was stored, in one of the files or with a helper that one of them names.
    fn kept(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        warnings: &mut Vec<String>,
    ) -> Option<(Credential, Origin)> {
        self.files().find_map(|path| self.look_into(&path, host, repository, warnings))
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let named = self.environment.registry_auth_file.clone();
        named.into_iter().chain(self.environment.docker_file()).chain(self.environment.podman_files())
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
        if let Some(name) = config.helper(host) {
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

    /// Keeps a credential for a host: with the helper that the file names, or else in the file itself, in plain text.
    pub fn store(&self, host: &Host, username: &str, credential: &Credential) -> Result<Stored, Error> {
        if username.contains(':') {
            return Err(Error::ColonInUsername);
        }
        let path = self.files().next().ok_or(Error::NoPlace)?;
        let mut config = DockerConfig::read(&path)?;
        let Some(name) = config.helper(host) else {
            let origin = Origin::File(path.clone());
            if !config.set(host, username, credential) {
                return Err(Error::Unstorable { origin });
            }
            config.write(&path)?;
            return Ok(Stored { origin, plain_text: true });
        };
        let helper = Helper::find(name, &self.environment)?;
        let origin = Origin::Helper(helper.program().to_owned());
        match credential {
            Credential::Basic { password, .. } => helper.store(host, username, password)?,
            Credential::IdentityToken(token) => helper.store_identity(host, token)?,
            Credential::Anonymous | Credential::RegistryToken(_) => return Err(Error::Unstorable { origin }),
        }
        if config.mark(host) {
            config.write(&path)?;
        }
        Ok(Stored { origin, plain_text: false })
    }

    /// Removes what is kept for a host from every place where a lookup would find it, and names the places; none means
    /// that there was nothing. One place that fails does not keep the others from being cleared.
    pub fn erase(&self, host: &Host) -> Result<Vec<Origin>, Error> {
        let mut removed = Vec::new();
        let mut failure = None;
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

    fn erase_helper(&self, path: &Path, host: &Host, removed: &mut Vec<Origin>) -> Result<(), (Origin, Error)> {
        let config = DockerConfig::read(path).map_err(|error| (Origin::File(path.to_owned()), error))?;
        let Some(name) = config.helper(host) else { return Ok(()) };
        let named = Origin::Helper(format!("docker-credential-{name}"));
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
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::helper::tests::{GOOD, install};
    use super::*;

    fn host(text: &str) -> Host {
        text.parse().expect("a host")
    }

    /// A home with a Docker configuration and one helper named `x`.
    fn home(config: &str, script: &str) -> (TempDir, Environment) {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = install(directory.path(), "x", script);
        let file = directory.path().join(".docker/config.json");
        fs::create_dir_all(file.parent().expect("a directory")).expect("made");
        fs::write(file, config).expect("written");
        (directory, environment)
    }

    fn entry(name: &str) -> String {
        use base64::Engine as _;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{name}:p"));
        format!(r#"{{"auths":{{"r.example":{{"auth":"{auth}"}}}}}}"#)
    }

    /// Each place is taken away in turn, and the next one decides.
    #[test]
    fn places_are_asked_in_the_documented_order() {
        let (directory, mut environment) = home(&entry("docker"), GOOD);
        let at = |name: &str| directory.path().join(name);
        for (path, name) in
            [("named.json", "named"), ("run/containers/auth.json", "run"), ("conf/containers/auth.json", "conf")]
        {
            fs::create_dir_all(at(path).parent().expect("a directory")).expect("made");
            fs::write(at(path), entry(name)).expect("written");
        }
        environment.username = Some("variable".into());
        environment.password = Some("p".into());
        environment.token = Some("token".into());
        environment.docker_auth_config = Some(entry("value").into());
        environment.registry_auth_file = Some(at("named.json"));
        environment.runtime_dir = Some(at("run"));
        environment.config_home = Some(at("conf"));

        let found = |chain: &Chain| {
            let found = chain.lookup(&host("r.example"), None);
            assert_eq!(found.warnings, Vec::<String>::new());
            (found.credential.username().unwrap_or("-").to_owned(), found.origin)
        };
        let explicit = Chain::new(environment.clone()).with_explicit(Credential::basic("explicit", "p"));
        assert_eq!(found(&explicit), ("explicit".into(), Origin::CommandLine));
        assert_eq!(found(&Chain::new(environment.clone())), ("variable".into(), Origin::Variable("RPUSH_USERNAME")));
        (environment.username, environment.password) = (None, None);
        assert_eq!(found(&Chain::new(environment.clone())), ("-".into(), Origin::Variable("RPUSH_TOKEN")));
        environment.token = None;
        let chain = Chain::new(environment.clone());
        assert_eq!(found(&chain), ("value".into(), Origin::Variable("DOCKER_AUTH_CONFIG")));
        assert_eq!(chain.precedence(&host("r.example")), Some(Origin::Variable("DOCKER_AUTH_CONFIG")));
        assert_eq!(chain.precedence(&host("other.example")), None);
        environment.docker_auth_config = None;
        let chain = Chain::new(environment);
        for (name, path) in [
            ("named", "named.json"),
            ("docker", ".docker/config.json"),
            ("run", "run/containers/auth.json"),
            ("conf", "conf/containers/auth.json"),
        ] {
            assert_eq!(found(&chain), (name.into(), Origin::File(at(path))));
            fs::remove_file(at(path)).expect("removed");
        }
        assert_eq!(found(&chain), ("-".into(), Origin::Nowhere));
    }

    /// docker-credential-helpers#60: one broken helper kills even what needs no account.
    #[test]
    fn a_broken_place_is_a_warning_and_the_next_is_asked() {
        for (config, script, start) in [
            (
                r#"{"credsStore":"x"}"#,
                "cat >/dev/null; echo locked; exit 1",
                "the credential helper `docker-credential-x get` failed",
            ),
            (
                r#"{"credsStore":"x"}"#,
                "cat >/dev/null; echo rubbish",
                "the credential helper `docker-credential-x get` gave",
            ),
            (r#"{"credsStore":"y"}"#, GOOD, "the credential helper `docker-credential-y` is not installed"),
            ("{", GOOD, " is not a JSON object: EOF"),
            (r#"{"auths":{"r.example":{"auth":"?"}}}"#, GOOD, "the entry for `r.example` is broken"),
        ] {
            let (directory, mut environment) = home(config, script);
            let anonymous = Chain::new(environment.clone()).lookup(&host("r.example"), None);
            assert_eq!((anonymous.credential, anonymous.origin), (Credential::Anonymous, Origin::Nowhere));
            let [warning] = &anonymous.warnings[..] else { panic!("one warning: {:?}", anonymous.warnings) };
            let file = directory.path().join(".docker/config.json").display().to_string();
            assert!(warning.starts_with(&file) && warning.contains(start), "{warning}");

            environment.runtime_dir = Some(directory.path().to_owned());
            fs::create_dir_all(directory.path().join("containers")).expect("made");
            fs::write(directory.path().join("containers/auth.json"), entry("podman")).expect("written");
            let next = Chain::new(environment).lookup(&host("r.example"), None);
            assert_eq!((next.credential.username(), next.warnings.len()), (Some("podman"), 1));
        }
    }

    /// Docker's CVE-2021-41092: what is kept for one host is not sent to another one.
    #[test]
    fn cve_2021_41092_a_credential_belongs_to_one_host() {
        let (_directory, environment) = home(&entry("alice"), GOOD);
        let chain = Chain::new(environment);
        for other in ["docker.io", "r.example:5000", "sub.r.example", "r.example.evil"] {
            assert_eq!(chain.lookup(&host(other), None).credential, Credential::Anonymous, "{other}");
        }
    }

    #[test]
    fn half_an_account_in_variables_is_told() {
        let environment = Environment { username: Some("alice".into()), ..Environment::default() };
        let found = Chain::new(environment).lookup(&host("r.example"), None);
        assert_eq!(found.warnings, ["one of `RPUSH_USERNAME` and `RPUSH_PASSWORD` is set without the other"]);
    }

    #[test]
    fn what_is_stored_is_found_and_erased() {
        let secrets = [Credential::basic("alice", "p"), Credential::IdentityToken("refresh".into())];
        for (config, plain_text) in
            [("{}", true), (r#"{"credsStore":"x"}"#, false), (r#"{"credHelpers":{"r.example":"x"}}"#, false)]
        {
            for credential in &secrets {
                let (_directory, environment) = home(config, GOOD);
                let chain = Chain::new(environment);
                let stored = chain.store(&host("r.example"), "alice", credential).expect("stored");
                assert_eq!(stored.plain_text, plain_text);
                let found = chain.lookup(&host("r.example"), None);
                assert_eq!((&found.credential, &found.origin), (credential, &stored.origin));
                assert_eq!(chain.erase(&host("r.example")).expect("erased"), [stored.origin]);
                assert_eq!(chain.lookup(&host("r.example"), None).credential, Credential::Anonymous);
                assert_eq!(chain.erase(&host("r.example")).expect("nothing to erase"), []);
            }
        }
    }

    #[test]
    fn a_helper_takes_the_place_of_plain_text() {
        let config = entry("old").replacen('{', r#"{"credsStore":"x","#, 1);
        let (directory, environment) = home(&config, GOOD);
        Chain::new(environment).store(&host("r.example"), "alice", &Credential::basic("alice", "new")).expect("stored");
        let text = fs::read_to_string(directory.path().join(".docker/config.json")).expect("there");
        assert_eq!(text, "{\n\t\"credsStore\": \"x\",\n\t\"auths\": {\n\t\t\"r.example\": {}\n\t}\n}");
    }

    #[test]
    fn storing_fails_rather_than_pretends() {
        let store = |config: &str, script: &str, credential: &Credential, username: &str| {
            let (directory, environment) = home(config, script);
            let result = Chain::new(environment).store(&host("r.example"), username, credential);
            let text = fs::read_to_string(directory.path().join(".docker/config.json")).expect("there");
            assert_eq!(text, config, "untouched");
            result.expect_err("not stored").to_string()
        };
        let basic = Credential::basic("alice", "p");
        assert!(store("{", GOOD, &basic, "alice").ends_with("is not a JSON object"));
        assert!(store(r#"{"credsStore":"y"}"#, GOOD, &basic, "alice").ends_with("is not installed"));
        assert!(
            store(r#"{"credsStore":"x"}"#, "cat >/dev/null; echo full; exit 1", &basic, "alice").ends_with(": full")
        );
        assert_eq!(store("{}", GOOD, &basic, "al:ice"), "a username cannot have a colon in it");
        assert!(store("{}", GOOD, &Credential::Anonymous, "").ends_with("cannot keep this kind of credential"));
        let nowhere = Chain::new(Environment::default()).store(&host("r.example"), "alice", &basic);
        assert!(matches!(nowhere, Err(Error::NoPlace)));
    }

    /// `docker logout` succeeds while its helper fails.
    #[test]
    fn an_erasure_that_fails_is_an_error_and_the_others_happen() {
        let config = entry("old").replacen('{', r#"{"credsStore":"x","#, 1);
        let (directory, environment) = home(&config, "cat >/dev/null; echo locked; exit 1");
        let error = Chain::new(environment).erase(&host("r.example")).expect_err("not erased");
        assert_eq!(error.to_string(), "cannot remove the credentials of r.example from the helper docker-credential-x");
        let file = directory.path().join(".docker/config.json");
        assert!(matches!(error, Error::NotErased { removed, .. } if removed == [Origin::File(file.clone())]));
        assert!(fs::read_to_string(file).expect("there").contains("\"auths\": {}"));
    }
}
