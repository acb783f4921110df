//! The configuration file: what a person does not want to type each time. Every key is checked, because a misspelt
//! `plain-http` that is silently left out costs an evening.

use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::failure::Failure;
use super::pattern::Pattern;
use super::settings::{ProgressMode, duration};
use super::verify::Verify;
use crate::archive::Coder;
use crate::credentials::Place as AccountPlace;
use crate::image::Host;
use crate::registry::{Mirror, OtherHost, ProxyAddress, Rate};

/// The keys of `[host."..."]`, and what they do; the man page has them from here.
pub const HOST_KEYS: &[(&str, &str)] = &[
    ("plain-http", "true: speak HTTP without TLS."),
    (
        "insecure",
        "true: do not verify the certificate; speak HTTP where TLS is not spoken. Also of a token server or a storage.",
    ),
    ("ca-file", "A PEM file with certificates to trust too. Also of a token server or a storage."),
    ("client-cert", "A PEM file with the certificate to show."),
    ("client-key", "A PEM file with its key, when that is another one."),
    ("proxy", "The proxy for this host: http://USER:PASSWORD@HOST:PORT, or https, socks5, socks5h."),
    (
        "mirrors",
        "A list of registries that pulls from this host ask first, in this order: \"mirror.example:5000\", or \"https://harbor.example/hub\", where hub/ goes before the names of repositories. Each is talked to as its own section says, and with its own account. An empty list: none, whatever Docker and containerd are told.",
    ),
    (
        "immutable-tags",
        "A list of patterns: \"v*\", \"[0-9]*.*\". A tag that matches one and names something is not moved by push, copy and tag --remote, as with --no-clobber, and not removed by rmi --remote without --force. It is asked for before it would be put: that is a check, and no lock.",
    ),
];

/// The keys of `[defaults]`, and what they do.
pub const DEFAULTS_KEYS: &[(&str, &str)] = &[
    ("max-concurrent-uploads", "How many layers are uploaded at the same time; 5 if nothing is said."),
    (
        "max-concurrent-downloads",
        "How many layers, and parts of large ones, are downloaded at the same time; 8 if nothing is said.",
    ),
    ("retry", "How often a piece is tried again; 10 if nothing is said."),
    ("stall-timeout", "How long nothing may move on a connection: 30s if nothing is said."),
    ("deadline", "How long a command may take in all: 10m, 2h; as long as it takes if nothing is said."),
    ("compression", "gzip or zstd; gzip if nothing is said."),
    (
        "verify",
        "true: push and copy ask the registry for every piece afterwards, and push hashes again what it sends; \"deep\": they read it all back, too.",
    ),
    (
        "limit-rate",
        "How much content moves in a second, in both directions together: \"500K\", \"5M\", \"1G\"; without limit if nothing is said.",
    ),
    ("progress", "auto, tty, plain, json or none; auto if nothing is said."),
    ("store", "The directory of the store."),
    ("store-in", "Where login keeps accounts: keyring, file, or a credential helper like pass."),
    ("token-cache", "false: keep no tokens for the next run."),
];

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// In place of rpush's own defaults.
    pub defaults: Defaults,
    hosts: BTreeMap<Host, HostSettings>,
}

/// The section `[defaults]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    /// How many layers are uploaded at the same time.
    pub max_concurrent_uploads: Option<u16>,
    /// How many layers are downloaded at the same time.
    pub max_concurrent_downloads: Option<u16>,
    /// How often a piece is tried again.
    pub retry: Option<u32>,
    /// How long nothing may move on a connection.
    pub stall_timeout: Option<Duration>,
    /// How long a command may take.
    pub deadline: Option<Duration>,
    /// How layers are compressed.
    pub compression: Option<Coder>,
    /// How far a push is believed.
    pub verify: Option<Verify>,
    /// How fast content may move.
    pub limit_rate: Option<Rate>,
    /// How progress is shown.
    pub progress: Option<ProgressMode>,
    /// The directory of the store.
    pub store: Option<PathBuf>,
    /// Where accounts are kept.
    pub store_in: Option<AccountPlace>,
    /// Whether tokens are kept for the next run.
    pub token_cache: Option<bool>,
}

/// A section `[host."..."]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostSettings {
    /// HTTP without TLS.
    pub plain_http: Option<bool>,
    /// TLS without verification, or HTTP.
    pub insecure: Option<bool>,
    /// More certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// The certificate to show.
    pub client_cert: Option<PathBuf>,
    /// Its key.
    pub client_key: Option<PathBuf>,
    /// The proxy.
    pub proxy: Option<ProxyAddress>,
    /// Who is asked first when something is pulled.
    pub mirrors: Option<Vec<Mirror>>,
    /// The tags that nobody moves: patterns.
    pub immutable_tags: Vec<String>,
}

/// What is wrong with the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    line: usize,
    what: String,
    hint: Option<String>,
}

impl Config {
    /// Reads a file. One that nobody has named need not be there.
    pub fn read(named: Option<&Path>, usual: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = named.or(usual) else { return Ok(Self::default()) };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(crate::content::Error::io("cannot read the configuration", path, error).into()),
        };
        Self::parse(&text, path.parent().unwrap_or(Path::new(""))).map_err(|mistake| {
            let failure = Failure::usage(format!("{}, line {}: {}", path.display(), mistake.line, mistake.what));
            match mistake.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    }

    /// Reads the text of a file that lies in `directory`, from where its relative paths start.
    pub fn parse(text: &str, directory: &Path) -> Result<Self, Mistake> {
        let document = DeTable::parse(text).map_err(|error| {
            let line = line_at(text, error.span().map_or(0, |span| span.start));
            Mistake { line, what: error.message().to_owned(), hint: None }
        })?;
        let place = Place { text, directory };
        let mut config = Self::default();
        for entry in place.entries(document.get_ref()) {
            match entry.key {
                "defaults" => config.defaults = defaults(entry.table()?, place)?,
                "host" => {
                    for host in place.entries(entry.table()?) {
                        let name = host.key.parse().map_err(|_| {
                            let hint = "write the host as in the names of images: `[host.\"registry.example:5000\"]`";
                            host.mistake(format!("`{}` is not the address of a registry", host.key), Some(hint.into()))
                        })?;
                        config.hosts.insert(name, host_settings(host.table()?, place)?);
                    }
                }
                _ => return Err(entry.unknown(&[("defaults", ""), ("host", "")])),
            }
        }
        config.check_mirrors(document.get_ref(), place)?;
        Ok(config)
    }

    /// A mirror without TLS is a mistake, unless its own section says that it may be.
    fn check_mirrors(&self, document: &DeTable<'_>, place: Place<'_>) -> Result<(), Mistake> {
        let plain = self.plain_hosts();
        let hosts = document.get("host").and_then(|hosts| hosts.get_ref().as_table());
        for host in hosts.into_iter().flat_map(|hosts| place.entries(hosts)) {
            for entry in place.entries(host.table()?).into_iter().filter(|entry| entry.key == "mirrors") {
                let mirrors = entry.mirrors()?.into_iter();
                let mut open = mirrors.filter(|mirror| mirror.is_open_to_eavesdroppers());
                if let Some(mirror) = open.find(|mirror| !plain.contains(mirror.host())) {
                    let hint =
                        format!("if that is meant, allow it: `[host.\"{}\"]` with `plain-http = true`", mirror.host());
                    return Err(entry.mistake(format!("the mirror {mirror} is without TLS"), Some(hint)));
                }
            }
        }
        Ok(())
    }

    /// What is said about a host.
    pub fn host(&self, host: &Host) -> HostSettings {
        self.hosts.get(host).cloned().unwrap_or_default()
    }

    /// The hosts about which something is said.
    pub fn known_hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.keys()
    }

    /// What is said of hosts to which a registry may send us.
    pub fn others(&self) -> Vec<OtherHost> {
        let other = |(host, settings): (&Host, &HostSettings)| OtherHost {
            host: host.clone(),
            insecure: settings.insecure == Some(true),
            ca_file: settings.ca_file.clone(),
        };
        self.hosts.iter().map(other).filter(|other| other.insecure || other.ca_file.is_some()).collect()
    }

    /// The hosts that may be talked to without TLS.
    pub fn plain_hosts(&self) -> Vec<Host> {
        let plain = |settings: &HostSettings| settings.plain_http == Some(true) || settings.insecure == Some(true);
        self.hosts.iter().filter(|(_, settings)| plain(settings)).map(|(host, _)| host.clone()).collect()
    }
}

fn defaults(table: &DeTable<'_>, place: Place<'_>) -> Result<Defaults, Mistake> {
    let mut defaults = Defaults::default();
    for entry in place.entries(table) {
        match entry.key {
            "max-concurrent-uploads" => defaults.max_concurrent_uploads = Some(entry.number(1..=256)?),
            "max-concurrent-downloads" => defaults.max_concurrent_downloads = Some(entry.number(1..=256)?),
            "retry" => defaults.retry = Some(entry.number(0..=u32::MAX)?),
            "stall-timeout" => defaults.stall_timeout = Some(entry.duration()?),
            "deadline" => defaults.deadline = Some(entry.duration()?),
            "compression" => {
                defaults.compression = Some(entry.text("gzip or zstd", |text| text.parse().ok())?);
            }
            "verify" => defaults.verify = Some(entry.verify()?),
            "limit-rate" => {
                let what = "bytes a second: \"500K\", \"5M\", \"1G\", or \"0\"";
                defaults.limit_rate = Some(entry.text(what, |text| text.parse().ok())?);
            }
            "progress" => {
                let parse = |text: &str| ProgressMode::from_str(text, false).ok();
                defaults.progress = Some(entry.text("auto, tty, plain, json or none", parse)?);
            }
            "store" => defaults.store = Some(entry.path()?),
            "store-in" => {
                let what = "keyring, file, or the name of a credential helper";
                defaults.store_in = Some(entry.text(what, |text| text.parse().ok())?);
            }
            "token-cache" => defaults.token_cache = Some(entry.flag()?),
            _ => return Err(entry.unknown(DEFAULTS_KEYS)),
        }
    }
    Ok(defaults)
}

fn host_settings(table: &DeTable<'_>, place: Place<'_>) -> Result<HostSettings, Mistake> {
    let mut settings = HostSettings::default();
    for entry in place.entries(table) {
        match entry.key {
            "plain-http" => settings.plain_http = Some(entry.flag()?),
            "insecure" => settings.insecure = Some(entry.flag()?),
            "ca-file" => settings.ca_file = Some(entry.path()?),
            "client-cert" => settings.client_cert = Some(entry.path()?),
            "client-key" => settings.client_key = Some(entry.path()?),
            "proxy" => {
                let what = "the address of a proxy, like \"http://proxy.example:3128\"";
                settings.proxy = Some(entry.text(what, |text| text.parse().ok())?);
            }
            "mirrors" => settings.mirrors = Some(entry.mirrors()?),
            "immutable-tags" => settings.immutable_tags = entry.patterns()?,
            _ => return Err(entry.unknown(HOST_KEYS)),
        }
    }
    Ok(settings)
}

/// The text, for the numbers of lines, and where it lies.
#[derive(Clone, Copy)]
struct Place<'a> {
    text: &'a str,
    directory: &'a Path,
}

impl<'a> Place<'a> {
    /// In the order of the file, so that the first mistake is told first.
    fn entries(self, table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
        let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| Entry {
            key: AsRef::<str>::as_ref(Spanned::<std::borrow::Cow<'a, str>>::get_ref(key)),
            start: key.span().start,
            value: value.get_ref(),
            place: self,
        };
        let mut entries: Vec<_> = table.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.start);
        entries
    }
}

/// A key with its value.
struct Entry<'a> {
    key: &'a str,
    start: usize,
    value: &'a DeValue<'a>,
    place: Place<'a>,
}

impl<'a> Entry<'a> {
    fn table(&self) -> Result<&'a DeTable<'a>, Mistake> {
        self.value.as_table().ok_or_else(|| self.takes("settings of its own"))
    }

    fn flag(&self) -> Result<bool, Mistake> {
        self.value.as_bool().ok_or_else(|| self.takes("true or false"))
    }

    fn text<T>(&self, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Mistake> {
        self.value.as_str().and_then(parse).ok_or_else(|| self.takes(what))
    }

    /// A path; `~` is the home directory, and a relative one starts where the file lies.
    fn path(&self) -> Result<PathBuf, Mistake> {
        let whole = |text: &str| match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ if text.is_empty() => None,
            _ => Some(self.place.directory.join(text)),
        };
        self.text("a path", whole)
    }

    fn mirrors(&self) -> Result<Vec<Mirror>, Mistake> {
        let takes =
            || self.takes("a list of mirrors, like [\"mirror.example:5000\", \"https://mirror.example/prefix\"]");
        let mirror = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str()?.parse().ok();
        self.value.as_array().and_then(|items| items.iter().map(mirror).collect()).ok_or_else(takes)
    }

    fn patterns(&self) -> Result<Vec<String>, Mistake> {
        let takes = || self.takes("a list of patterns for tags, like [\"v*\", \"[0-9]*.*\"]");
        let pattern = |item: &Spanned<DeValue<'_>>| {
            let text = item.get_ref().as_str()?;
            Pattern::parse(text).ok().map(|_| text.to_owned())
        };
        self.value.as_array().and_then(|items| items.iter().map(pattern).collect()).ok_or_else(takes)
    }

    fn verify(&self) -> Result<Verify, Mistake> {
        match (self.value.as_bool(), self.value.as_str()) {
            (Some(true), _) => Ok(Verify::Asked),
            (Some(false), _) => Ok(Verify::No),
            (None, Some("deep")) => Ok(Verify::Deep),
            _ => Err(self.takes("true, false or \"deep\"")),
        }
    }

    fn duration(&self) -> Result<Duration, Mistake> {
        self.text("a length of time: \"30s\", \"10m\", \"2h\"", |text| duration(text).ok())
    }

    fn number<T: TryFrom<u32>>(&self, range: RangeInclusive<u32>) -> Result<T, Mistake> {
        let number =
            self.value.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.takes(&format!("a number from {} to {}", range.start(), range.end())))
    }

    fn takes(&self, what: &str) -> Mistake {
        self.mistake(format!("`{}` takes {what}", self.key), None)
    }

    fn unknown(&self, known: &[(&str, &str)]) -> Mistake {
        let likeness = |name: &str| strsim::jaro_winkler(name, &self.key.to_lowercase().replace('_', "-"));
        let nearest = known.iter().map(|(name, _)| *name).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let hint = match nearest.filter(|name| likeness(name) > 0.7) {
            Some(name) => format!("do you mean `{name}`?"),
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                format!("the keys here are `{}`", names.join("`, `"))
            }
        };
        self.mistake(format!("there is no key `{}` here", self.key), Some(hint))
    }

    fn mistake(&self, what: String, hint: Option<String>) -> Mistake {
        Mistake { line: line_at(self.place.text, self.start), what, hint }
    }
}

fn line_at(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
