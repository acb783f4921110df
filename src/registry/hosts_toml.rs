//! The mirrors that containerd's `hosts.toml` names: whoever has set those up has nothing more to set up.
//!
//! Read as containerd reads them: the hosts in the order of the file, each for what it is capable of, and last the server, which
//! may be another one than the registry itself.

use std::path::Path;

use toml::de::{DeTable, DeValue};
use url::Url;

use super::certs_d::{self, CertificateDirs, Scheme};
use super::mirror::{Mirror, Trusted};
use super::note::{Note, Notes};
use super::trust::TrustError;
use crate::image::{Host, RepositoryName};

/// What a registry's place in the directories says about mirrors.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// In the order in which they are asked.
    pub mirrors: Vec<Mirror>,
    /// Who is asked last in the registry's place.
    pub server: Option<Mirror>,
}

impl Mirrored {
    /// What containerd's directories have for a registry; `None` where they say nothing.
    pub fn of_directories(
        directories: &CertificateDirs,
        host: &Host,
        notes: &Notes,
    ) -> Result<Option<Self>, TrustError> {
        for directory in directories.containerd_of(host) {
            let Some(text) = certs_d::hosts_toml(&directory, notes) else { continue };
            let table = certs_d::parsed(&text, &directory)?;
            let reader = Reader { directory: &directory, host, notes };
            let found = reader.mirrored(table.get_ref());
            return Ok((found != Self::default()).then_some(found));
        }
        Ok(None)
    }
}

/// The keys of a host that are understood.
const KNOWN: [&str; 6] = ["capabilities", "ca", "client", "skip_verify", "override_path", "proxy"];

struct Reader<'a> {
    directory: &'a Path,
    host: &'a Host,
    notes: &'a Notes,
}

impl Reader<'_> {
    fn mirrored(&self, table: &DeTable<'_>) -> Mirrored {
        let hosts = table.get("host").and_then(|hosts| hosts.get_ref().as_table());
        let mut hosts: Vec<_> = hosts.into_iter().flatten().collect();
        // A table has no order of its own, and containerd takes the file's.
        hosts.sort_by_key(|(address, _)| address.span().start);
        let mirrors = hosts.into_iter().filter_map(|(address, settings)| {
            let settings = settings.get_ref().as_table()?;
            capable(settings, "pull").then(|| self.mirror(address.get_ref(), settings))?
        });
        let server = table.get("server").and_then(|server| server.get_ref().as_str());
        Mirrored { mirrors: mirrors.collect(), server: server.and_then(|server| self.mirror(server, table)) }
    }

    /// A host, unless it is the registry itself, which is asked anyway.
    fn mirror(&self, address: &str, settings: &DeTable<'_>) -> Option<Mirror> {
        if certs_d::address_of(address, self.host).is_some() {
            return None;
        }
        let get = |name: &str| settings.get(name).map(toml::Spanned::get_ref);
        let whole = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
        let url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let host = url.as_ref().and_then(|url| url[url::Position::BeforeHost..url::Position::AfterPort].parse().ok());
        let (Some(url), Some(host)) = (url, host) else {
            let why = format!("`{address}` is not the address of a mirror");
            self.notes.tell(Note::Unreadable { path: self.directory.join("hosts.toml"), why });
            return None;
        };
        for (name, _) in settings.iter().filter(|(name, _)| !["server", "host"].contains(&&**name.get_ref())) {
            if !KNOWN.contains(&&**name.get_ref()) {
                tracing::debug!(
                    "{}: `{}` is not supported",
                    self.directory.join("hosts.toml").display(),
                    name.get_ref()
                );
            }
        }
        let (root, prefix) = root(url.path(), get("override_path").and_then(DeValue::as_bool).unwrap_or(false));
        let mut mirror = Mirror { root, prefix, namespace: Some(self.host.clone()), ..Mirror::at(host) };
        mirror.scheme = Some(if url.scheme() == "http" { Scheme::Http } else { Scheme::Https });
        mirror.trusted = if capable(settings, "resolve") { Trusted::WithTags } else { Trusted::WithContent };
        mirror.proxy = get("proxy").and_then(DeValue::as_str).and_then(|proxy| proxy.parse().ok());
        certs_d::add_settings(settings, self.directory, &mut mirror.found);
        Some(mirror)
    }
}

/// Nothing said is everything.
fn capable(settings: &DeTable<'_>, of: &str) -> bool {
    let Some(capabilities) = settings.get("capabilities").and_then(|value| value.get_ref().as_array()) else {
        return true;
    };
    capabilities.iter().any(|capability| capability.get_ref().as_str() == Some(of))
}

/// Where the API is, and what goes before the names of repositories there. A path leads to the API's `v2`, which is left out
/// at its end; where it replaces that, what follows `v2` is a part of the names: so Harbor's proxies are written, and the token
/// has to be asked for under the whole name.
fn root(path: &str, replaces: bool) -> (String, Option<RepositoryName>) {
    let path = path.trim_matches('/');
    if replaces {
        let name = path.strip_prefix("v2/").and_then(|name| name.parse().ok());
        return match (name, path) {
            (Some(name), _) => ("v2/".to_owned(), Some(name)),
            (None, "") => (String::new(), None),
            (None, path) => (format!("{path}/"), None),
        };
    }
    match path {
        "" | "v2" => ("v2/".to_owned(), None),
        path if path.ends_with("/v2") => (format!("{path}/"), None),
        path => (format!("{path}/v2/"), None),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(host: &str, name: &str, text: &str) -> (Option<Mirrored>, std::path::PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let directory = root.path().join(name);
        fs::create_dir_all(&directory).expect("made");
        fs::write(directory.join("hosts.toml"), text).expect("written");
        let directories = CertificateDirs { docker: Vec::new(), containerd: vec![root.path().to_owned()] };
        let host = host.parse().expect("a host");
        let found = Mirrored::of_directories(&directories, &host, &Notes::default()).expect("nothing is wrong");
        (found, directory)
    }

    #[test]
    fn hosts_are_mirrors_in_the_order_of_the_file_and_for_what_they_are_capable_of() {
        let (found, directory) = read(
            "docker.io",
            "docker.io",
            "server = 'https://registry-1.docker.io'\n\
             [host.'https://z.example']\ncapabilities = ['pull']\nca = 'z.crt'\nskip_verify = true\nheader = {x = 'y'}\n\
             [host.'http://a.example:5000']\ncapabilities = ['pull', 'resolve']\n\
             [host.'https://push.example']\ncapabilities = ['push', 'resolve']\n\
             [host.'https://registry-1.docker.io']\n\
             [host.'ftp://b.example']\n\
             [host.'c.example']\nproxy = 'http://proxy.example:3128'\n",
        );
        let found = found.expect("there are mirrors");
        assert_eq!(found.server, None, "it is the registry itself");
        let shown: Vec<_> = found.mirrors.iter().map(|m| (m.to_string(), m.scheme.clone(), m.trusted)).collect();
        assert_eq!(
            shown,
            [
                ("z.example".to_owned(), Some(Scheme::Https), Trusted::WithContent),
                ("a.example:5000".to_owned(), Some(Scheme::Http), Trusted::WithTags),
                ("c.example".to_owned(), Some(Scheme::Https), Trusted::WithTags),
            ]
        );
        let z = &found.mirrors[0];
        assert_eq!((z.found.authorities.as_slice(), z.found.skip_verify), (&[directory.join("z.crt")][..], true));
        assert_eq!(z.namespace, Some(Host::docker_hub()));
        assert!(found.mirrors[2].proxy.is_some());
    }

    #[test]
    fn another_server_takes_the_registrys_place() {
        let (found, _) = read("r.example", "_default", "server = 'https://mirror.example/base'\nskip_verify = true");
        let server = found.and_then(|found| found.server).expect("a server");
        assert_eq!((server.to_string().as_str(), server.root.as_str()), ("mirror.example/base", "base/v2/"));
        assert!(server.found.skip_verify);
        assert_eq!(read("docker.io", "docker.io", "server = 'https://docker.io'").0, None);
        for text in ["", "server = 'https://r.example'", "ca = 'a.crt'"] {
            assert_eq!(read("r.example", "r.example", text).0, None, "{text}");
        }
    }

    /// As containerd makes addresses of paths.
    #[test]
    fn paths_lead_to_the_api() {
        for (path, replaces, expected, prefix) in [
            ("", false, "v2/", None),
            ("/v2", false, "v2/", None),
            ("/base/", false, "base/v2/", None),
            ("/base/v2", false, "base/v2/", None),
            ("/v2/hub", false, "v2/hub/v2/", None),
            ("/v2/hub", true, "v2/", Some("hub")),
            ("/api/hub", true, "api/hub/", None),
            ("", true, "", None),
        ] {
            let (root, name) = root(path, replaces);
            assert_eq!((root.as_str(), name.as_ref().map(RepositoryName::as_str)), (expected, prefix), "{path}");
        }
    }
}
