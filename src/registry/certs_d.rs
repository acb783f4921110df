//! The directories in which Docker and containerd keep the certificates of each registry: whoever has set those up has
//! nothing more to set up.
//!
//! Docker's is `certs.d/HOST:PORT/` with `*.crt` for authorities and `*.cert` beside `*.key` for clients. containerd's may have
//! a `hosts.toml` in it, of which only what concerns the host itself is read here; the mirrors in it are for `hosts_toml`.

use std::io;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use url::Url;

use super::note::{Note, Notes};
use super::trust::{ClientFiles, TrustError};
use crate::image::Host;

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateDirs {
    /// Directories as Docker has them.
    pub docker: Vec<PathBuf>,
    /// Directories as containerd has them.
    pub containerd: Vec<PathBuf>,
}

impl CertificateDirs {
    /// Those of this machine, for a person with these directories.
    pub fn usual(home: Option<&Path>, config_home: Option<&Path>) -> Self {
        let of_person =
            [config_home.map(|path| path.join("docker/certs.d")), home.map(|path| path.join(".docker/certs.d"))];
        let mut docker = vec![PathBuf::from("/etc/docker/certs.d")];
        docker.extend(of_person.into_iter().flatten());
        // The second is where containerd looks that runs as a person.
        let own = config_home.map(|path| path.join("containerd/certs.d"));
        let containerd = [PathBuf::from("/etc/containerd/certs.d")].into_iter().chain(own).collect();
        Self { docker, containerd }
    }

    /// In each of containerd's, the directory that is for a host.
    pub(super) fn containerd_of(&self, host: &Host) -> impl Iterator<Item = PathBuf> {
        let underscored = host.port().map(|port| format!("{}_{port}_", host.name()));
        let names: Vec<_> = underscored.into_iter().chain([host.to_string(), "_default".to_owned()]).collect();
        self.containerd
            .iter()
            .filter_map(move |directory| names.iter().map(|name| directory.join(name)).find(|path| path.is_dir()))
    }
}

/// What the directories have for one host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Files with certificates to trust.
    pub authorities: Vec<PathBuf>,
    /// Client certificates.
    pub identities: Vec<ClientFiles>,
    /// The host's certificate is not to be verified.
    pub skip_verify: bool,
    /// The host speaks HTTP.
    pub plain_http: bool,
}

impl Found {
    /// What was found elsewhere about the same host, too.
    pub fn add(&mut self, other: &Self) {
        self.authorities.extend_from_slice(&other.authorities);
        self.identities.extend_from_slice(&other.identities);
        self.skip_verify |= other.skip_verify;
        self.plain_http |= other.plain_http;
    }
}

/// Looks for a host. A directory that cannot be read is left out with a note: it may be another user's.
pub(super) fn look(directories: &CertificateDirs, host: &Host, notes: &Notes) -> Result<Found, TrustError> {
    let mut found = Found::default();
    for directory in &directories.docker {
        // Windows has no colons in names.
        let name = if cfg!(windows) { host.as_str().replace(':', "") } else { host.to_string() };
        add_docker(&directory.join(name), &mut found, notes)?;
    }
    for directory in directories.containerd_of(host) {
        match hosts_toml(&directory, notes) {
            Some(text) => add_hosts(parsed(&text, &directory)?.get_ref(), &directory, host, &mut found),
            // As with Docker, then.
            None if !directory.join("hosts.toml").exists() => add_docker(&directory, &mut found, notes)?,
            None => {}
        }
    }
    Ok(found)
}

fn add_docker(directory: &Path, found: &mut Found, notes: &Notes) -> Result<(), TrustError> {
    let files = match files(directory) {
        Ok(files) => files,
        Err(error) => {
            if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                notes.tell(Note::Unreadable { path: directory.to_owned(), why: error.to_string() });
            }
            return Ok(());
        }
    };
    for path in &files {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("crt") => found.authorities.push(path.clone()),
            Some("cert") => {
                let key = path.with_extension("key");
                if !files.contains(&key) {
                    let key = key.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    return Err(TrustError::NoKey { certificate: path.clone(), key });
                }
                found.identities.push(ClientFiles { certificate: path.clone(), key });
            }
            _ => {}
        }
    }
    Ok(())
}

fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// The text of a directory's `hosts.toml`, if it has one that can be read.
pub(super) fn hosts_toml(directory: &Path, notes: &Notes) -> Option<String> {
    let path = directory.join("hosts.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                notes.tell(Note::Unreadable { path, why: error.to_string() });
            }
            None
        }
    }
}

/// The same, read.
pub(super) fn parsed<'a>(text: &'a str, directory: &Path) -> Result<toml::Spanned<DeTable<'a>>, TrustError> {
    DeTable::parse(text).map_err(|error| TrustError::Content {
        what: "hosts",
        path: directory.join("hosts.toml"),
        source: error.message().to_owned().into(),
    })
}

/// What a `hosts.toml` in `directory` has for a host.
pub(super) fn read_hosts(text: &str, directory: &Path, host: &Host) -> Result<Found, toml::de::Error> {
    let mut found = Found::default();
    add_hosts(DeTable::parse(text)?.get_ref(), directory, host, &mut found);
    Ok(found)
}

/// The settings at the top are for the server, which is the host itself unless another one is named; and a host may be among
/// its own mirrors, to have settings there.
fn add_hosts(table: &DeTable<'_>, directory: &Path, host: &Host, found: &mut Found) {
    let address = |text: &str| address_of(text, host);
    match table.get("server").and_then(|server| server.get_ref().as_str()) {
        None => add_settings(table, directory, found),
        Some(server) => {
            if let Some(scheme) = address(server) {
                found.plain_http |= scheme == Scheme::Http;
                add_settings(table, directory, found);
            }
        }
    }
    for (name, settings) in table.get("host").and_then(|hosts| hosts.get_ref().as_table()).into_iter().flatten() {
        if let (Some(scheme), Some(settings)) = (address(name.get_ref()), settings.get_ref().as_table()) {
            found.plain_http |= scheme == Scheme::Http;
            add_settings(settings, directory, found);
        }
    }
}

/// How an address speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// How an address speaks, if it is this host's.
pub(super) fn address_of(text: &str, host: &Host) -> Option<Scheme> {
    let (scheme, url) = match Url::parse(text) {
        Ok(url) if url.scheme() == "http" => (Scheme::Http, url),
        Ok(url) if url.scheme() == "https" => (Scheme::Https, url),
        _ => (Scheme::Https, Url::parse(&format!("https://{text}")).ok()?),
    };
    // containerd's own documentation has `server = "https://docker.io"`.
    let mut own =
        [host.api(), host.as_str()].into_iter().filter_map(|own| Url::parse(&format!("{}://{own}", url.scheme())).ok());
    own.any(|own| url.origin() == own.origin()).then_some(scheme)
}

/// What is said about certificates.
pub(super) fn add_settings(settings: &DeTable<'_>, directory: &Path, found: &mut Found) {
    let get = |name: &str| settings.get(name).map(toml::Spanned::get_ref);
    found.skip_verify |= get("skip_verify").and_then(DeValue::as_bool).unwrap_or(false);
    let paths = |value: &DeValue<'_>| match value {
        DeValue::String(path) => vec![directory.join(&**path)],
        DeValue::Array(items) => {
            items.iter().filter_map(|item| item.get_ref().as_str()).map(|path| directory.join(path)).collect()
        }
        _ => Vec::new(),
    };
    found.authorities.extend(get("ca").map(paths).unwrap_or_default());
    let Some(client) = get("client") else { return };
    // Either files that hold both, or pairs of files.
    found.identities.extend(paths(client).into_iter().map(|both| ClientFiles { certificate: both.clone(), key: both }));
    for pair in client.as_array().into_iter().flatten().filter_map(|item| item.get_ref().as_array()) {
        let files: Vec<_> = pair.iter().filter_map(|item| item.get_ref().as_str()).collect();
        match files[..] {
            [both] | [both, ""] => {
                let both = directory.join(both);
                found.identities.push(ClientFiles { certificate: both.clone(), key: both });
            }
            [certificate, key, ..] => {
                found
                    .identities
                    .push(ClientFiles { certificate: directory.join(certificate), key: directory.join(key) });
            }
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::{Arc, Mutex};

    use super::*;

    fn host() -> Host {
        "r.example:5000".parse().expect("a host")
    }

    /// Directories with these files in them, each for Docker and for containerd.
    fn with(docker: &[&str], containerd: &[(&str, &str)]) -> (tempfile::TempDir, CertificateDirs) {
        let root = tempfile::tempdir().expect("a directory");
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, text).expect("written");
        };
        for name in docker {
            write(root.path().join("docker").join(name), "");
        }
        for (name, text) in containerd {
            write(root.path().join("containerd").join(name), text);
        }
        let directories = CertificateDirs {
            docker: vec![root.path().join("docker")],
            containerd: vec![root.path().join("containerd")],
        };
        (root, directories)
    }

    fn found(docker: &[&str], containerd: &[(&str, &str)]) -> (Found, PathBuf) {
        let (root, directories) = with(docker, containerd);
        let found = look(&directories, &host(), &Notes::default()).expect("nothing is wrong");
        (found, root.path().to_owned())
    }

    #[test]
    fn dockers_files_are_told_apart_by_their_ends() {
        let (found, root) = found(
            &[
                "r.example:5000/ca.crt",
                "r.example:5000/client.cert",
                "r.example:5000/client.key",
                "r.example/other.crt",
            ],
            &[],
        );
        let directory = root.join("docker/r.example:5000");
        assert_eq!(found.authorities, [directory.join("ca.crt")]);
        let client = ClientFiles { certificate: directory.join("client.cert"), key: directory.join("client.key") };
        assert_eq!(found.identities, [client]);
    }

    #[test]
    fn a_client_certificate_without_its_key_is_named() {
        let (_root, directories) = with(&["r.example:5000/client.cert"], &[]);
        let error = look(&directories, &host(), &Notes::default()).expect_err("the key is missing").to_string();
        assert!(error.ends_with("r.example:5000/client.cert has no key: there is no client.key beside it"), "{error}");
    }

    #[test]
    fn containerds_settings_for_the_host_itself_are_taken() {
        let own = "ca = 'own.crt'\nskip_verify = true\nclient = [['c.cert', 'c.key'], ['both.pem', '']]";
        let mirror = "[host.'https://mirror.example']\nca = '/m.crt'\nskip_verify = true";
        for (text, authorities, skip_verify, plain_http) in [
            (own.to_owned(), 1, true, false),
            (format!("server = 'https://r.example:5000'\n{own}"), 1, true, false),
            (format!("server = 'https://other.example'\n{own}"), 0, false, false),
            (format!("[host.'https://r.example:5000']\n{own}\n{mirror}"), 1, true, false),
            ("server = 'http://r.example:5000'".to_owned(), 0, false, true),
            (mirror.to_owned(), 0, false, false),
            ("ca = ['a.crt', '/b.crt']".to_owned(), 2, false, false),
        ] {
            for name in ["r.example:5000", "r.example_5000_", "_default"] {
                let (found, root) = found(&[], &[(&format!("{name}/hosts.toml"), &text)]);
                assert_eq!(found.authorities.len(), authorities, "{text}");
                assert_eq!((found.skip_verify, found.plain_http), (skip_verify, plain_http), "{text}");
                if let [pair, both] = &found.identities[..] {
                    assert_eq!(pair.key, root.join("containerd").join(name).join("c.key"));
                    assert_eq!(both.key, both.certificate);
                }
            }
        }
    }

    #[test]
    fn without_hosts_toml_containerd_reads_as_docker_does() {
        let (found, _root) = found(&[], &[("r.example:5000/ca.crt", "")]);
        assert_eq!(found.authorities.len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_note_and_one_that_is_no_toml_an_error() {
        let (root, directories) = with(&[], &[]);
        fs::create_dir_all(root.path().join("containerd/r.example:5000/hosts.toml")).expect("made");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hear = heard.clone();
        let notes = Notes::to(move |note| hear.lock().expect("no panic").push(note.to_string()));
        for _ in 0..2 {
            assert_eq!(look(&directories, &host(), &notes).expect("it goes on"), Found::default());
        }
        let heard = heard.lock().expect("no panic");
        assert!(matches!(&heard[..], [note] if note.contains("hosts.toml cannot be read")), "{heard:?}");
        let (_root, directories) = with(&[], &[("r.example:5000/hosts.toml", "server =")]);
        assert!(look(&directories, &host(), &Notes::default()).is_err());
    }
}
