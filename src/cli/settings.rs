//! What the words typed mean: flags, then the environment, then the configuration file, then defaults, resolved once.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use etcetera::{AppStrategy as _, AppStrategyArgs};

use super::config::Config;
use super::docker_daemon;
use super::failure::{Exit, Failure};
use super::verify::Verify;
use crate::archive::Coder;
use crate::content::Error;
use crate::credentials::{Environment, Origin, Place, Secret};
use crate::image::{Host, Platform};
use crate::registry::{
    Access, CertificateDirs, ClientFiles, Endurance, Journal, Mirror, Mirrored, Note, Notes, ProxyAddress, Rate,
    Throttle, TokenFile,
};
use crate::ui::progress::Mode;

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options everywhere")]
pub struct GlobalArgs {
    /// Where the images lie; by default `rpush/store` in the platform's directory for data.
    #[arg(long, global = true, env = "RPUSH_STORE", value_name = "DIR", hide_env_values = true)]
    pub store: Option<PathBuf>,
    /// The configuration file; by default `rpush/config.toml` in the platform's directory for configuration.
    #[arg(long, global = true, env = "RPUSH_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Print only results: no progress, no notes.
    #[arg(short, long, global = true, env = "RPUSH_QUIET", hide_env_values = true, value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// Say more; `-vv` shows requests and answers, without secrets.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, env = "RPUSH_VERBOSE", hide_env_values = true)]
    pub verbose: u8,
    /// How to show progress; `auto` if nothing is said.
    #[arg(long, global = true, env = "RPUSH_PROGRESS", value_enum, hide_env_values = true)]
    pub progress: Option<ProgressMode>,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Bars on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// Bars.
    Tty,
    /// A line for each change.
    Plain,
    /// A JSON object for each event, on standard error.
    Json,
    /// Nothing.
    None,
}

impl From<ProgressMode> for Mode {
    fn from(mode: ProgressMode) -> Self {
        match mode {
            ProgressMode::Auto => Self::Auto,
            ProgressMode::Tty => Self::Tty,
            ProgressMode::Plain => Self::Plain,
            ProgressMode::Json => Self::Json,
            ProgressMode::None => Self::None,
        }
    }
}

/// Options of the commands that talk to a registry.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options for the registry")]
pub struct RegistryArgs {
    /// Speak HTTP without TLS; `--plain-http=false` where the configuration file says so.
    #[arg(long, env = "RPUSH_PLAIN_HTTP", hide_env_values = true, value_name = "BOOL", hide_possible_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub plain_http: Option<bool>,
    /// Do not verify the registry's certificate; speak HTTP when it does not speak TLS.
    #[arg(long, env = "RPUSH_INSECURE", hide_env_values = true, value_name = "BOOL", hide_possible_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub insecure: Option<bool>,
    /// Trust the certificates of this PEM file too.
    #[arg(long, env = "RPUSH_CA_FILE", value_name = "FILE", hide_env_values = true)]
    pub ca_file: Option<PathBuf>,
    /// Show the registry the certificate of this PEM file.
    #[arg(long, env = "RPUSH_CLIENT_CERT", value_name = "FILE", hide_env_values = true)]
    pub client_cert: Option<PathBuf>,
    /// The key of that certificate, when it is in another PEM file.
    #[arg(long, env = "RPUSH_CLIENT_KEY", value_name = "FILE", hide_env_values = true, requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// Go through this proxy: `http://PROXY:3128`, with `USER:PASSWORD@` before the host if it wants an account.
    #[arg(long, env = "RPUSH_PROXY", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub proxy: Option<Secret>,
    /// Use this account and no other. Others see it in the list of processes.
    #[arg(long, env = "RPUSH_CREDS", value_name = "USER:PASSWORD", hide_env_values = true, value_parser = secret)]
    pub creds: Option<Secret>,
    /// How often to try a piece again before giving up; 10 if nothing is said.
    #[arg(long, env = "RPUSH_RETRY", value_name = "N", hide_env_values = true)]
    pub retry: Option<u32>,
    /// How long a connection may go without anything moving on it, before it is made anew; `30s` if nothing is said.
    #[arg(long, env = "RPUSH_STALL_TIMEOUT", value_name = "DURATION", hide_env_values = true, value_parser = duration)]
    pub stall_timeout: Option<Duration>,
    /// Move no more content than this a second, in both directions and over all connections together: `500K`, `5M`, in units of
    /// 1024 bytes; `0` is no limit.
    #[arg(long, env = "RPUSH_LIMIT_RATE", value_name = "RATE", hide_env_values = true)]
    pub limit_rate: Option<Rate>,
    /// Give up after this long, whatever has been done: `90s`, `10m`, `2h`.
    #[arg(long, env = "RPUSH_DEADLINE", value_name = "DURATION", hide_env_values = true, value_parser = duration)]
    pub deadline: Option<Duration>,
}

impl RegistryArgs {
    /// What of it counts for a registry that it was not typed for: how much to endure, and neither accounts nor permissions.
    pub fn elsewhere(&self) -> Self {
        let Self { proxy, retry, stall_timeout, limit_rate, deadline, .. } = self.clone();
        Self { proxy, retry, stall_timeout, limit_rate, deadline, ..Self::default() }
    }
}

/// Reads a length of time: `90s`, `10m`, `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    let duration: Option<jiff::SignedDuration> = text.parse().ok();
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or("write it as `30s`, `10m` or `2h`")
}

/// A value that `--help`, errors and `-vv` do not show.
pub fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text))
}

/// The option for one platform of an image.
#[derive(Debug, Clone, Args)]
pub struct PlatformArg {
    /// Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, env = "DOCKER_DEFAULT_PLATFORM", value_name = "OS/ARCH", hide_env_values = true)]
    pub platform: Option<Platform>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResultFormat {
    /// A JSON object for each result.
    Json,
}

/// The options, resolved. Those of single commands are resolved by the functions here that are named after them.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The directory of the local image store.
    pub store: PathBuf,
    /// Only results.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    /// How progress is shown.
    pub progress: ProgressMode,
    /// The configuration file.
    pub config: Config,
    /// Where other programs keep what rpush reads too.
    pub places: Places,
    /// The file of tokens of earlier runs, if there is a place for it.
    pub tokens: Option<TokenFile>,
    /// Whether it is read and written, or only cleared.
    pub keeps_tokens: bool,
    /// What all content of this process passes through, once a command has said how fast.
    pub throttle: Arc<OnceLock<Throttle>>,
}

/// Where other programs keep what rpush reads too.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The certificates of each registry.
    pub certificates: CertificateDirs,
    /// The files of the Docker daemon.
    pub daemon: Vec<PathBuf>,
}

/// Uploads at the same time, when nobody says how many.
const STREAMS: u16 = 5;

/// Downloads at the same time. 24 layers of 4 MiB at 100 ms take a fifth less time over 8 streams than over 5, and hardly less
/// over 12; at no delay there is no difference. Where each connection has its limit 12 are faster still, and they cost memory.
const DOWNLOADS: u16 = 8;

/// How often a mirror is tried again.
const MIRROR_RETRIES: u32 = 1;

impl Settings {
    /// Resolves the options. Store and configuration lie in the platform's directories for them, unless told otherwise.
    pub fn resolve(args: &GlobalArgs) -> Result<Self, Failure> {
        let app = AppStrategyArgs { app_name: "rpush".into(), ..Default::default() };
        let strategy = etcetera::choose_app_strategy(app);
        let usual = strategy.as_ref().ok().map(|strategy| strategy.config_dir().join("config.toml"));
        let tokens = strategy.as_ref().ok().map(|strategy| TokenFile::within(strategy.cache_dir()));
        let config = Config::read(args.config.as_deref(), usual.as_deref())?;
        let store = match (&args.store, &config.defaults.store) {
            (Some(store), _) | (None, Some(store)) => store.clone(),
            (None, None) => {
                let strategy = strategy.map_err(|error| {
                    Failure::new(Exit::Failed, "cannot tell where the image store is")
                        .because(error)
                        .hint("name a directory with `--store DIR` or `RPUSH_STORE`")
                })?;
                strategy.data_dir().join("store")
            }
        };
        let progress = args.progress.or(config.defaults.progress).unwrap_or_default();
        let keeps_tokens = switch("RPUSH_TOKEN_CACHE")?.or(config.defaults.token_cache).unwrap_or(true);
        let (quiet, verbose, places) = (args.quiet, args.verbose, Places::usual());
        let throttle = Arc::default();
        Ok(Self { store, quiet, verbose, progress, config, places, tokens, keeps_tokens, throttle })
    }

    /// `--max-concurrent-uploads`.
    pub fn uploads(&self, flag: Option<u16>) -> usize {
        flag.or(self.config.defaults.max_concurrent_uploads).unwrap_or(STREAMS).into()
    }

    /// `--max-concurrent-downloads`.
    pub fn downloads(&self, flag: Option<u16>) -> usize {
        flag.or(self.config.defaults.max_concurrent_downloads).unwrap_or(DOWNLOADS).into()
    }

    /// `--compression`.
    pub fn coder(&self, flag: Option<Coder>) -> Coder {
        flag.or(self.config.defaults.compression).unwrap_or(Coder::Gzip)
    }

    /// `--verify`.
    pub fn verify(&self, flag: Option<Verify>) -> Verify {
        flag.or(self.config.defaults.verify).unwrap_or_default()
    }

    /// `--limit-rate`: one for the whole process.
    fn throttle(&self, args: &RegistryArgs) -> Throttle {
        let rate = args.limit_rate.or(self.config.defaults.limit_rate);
        self.throttle.get_or_init(|| rate.map(Throttle::at).unwrap_or_default()).clone()
    }

    /// `--retry`, `--stall-timeout` and `--limit-rate`. Unfinished uploads are written down in the store.
    pub fn endurance(&self, args: &RegistryArgs) -> Endurance {
        let (usual, file) = (Endurance::default(), &self.config.defaults);
        Endurance {
            retries: args.retry.or(file.retry).unwrap_or(usual.retries),
            stall: args.stall_timeout.or(file.stall_timeout).unwrap_or(usual.stall),
            throttle: self.throttle(args),
            journal: Some(Journal::at(&self.store.join("rpush/journal"))),
            ..usual
        }
    }

    /// The same for a mirror, which is tried once more at most, and not after it has said nothing for too long: there is
    /// somebody else to ask. Nothing is uploaded there.
    pub fn mirror_endurance(&self, args: &RegistryArgs) -> Endurance {
        let usual = self.endurance(args);
        Endurance { retries: MIRROR_RETRIES, patience: usual.stall, journal: None, ..usual }
    }

    /// `--deadline`.
    pub fn deadline(&self, args: &RegistryArgs) -> Option<Duration> {
        args.deadline.or(self.config.defaults.deadline)
    }

    /// How a registry may be talked to.
    pub fn access(&self, host: &Host, args: &RegistryArgs, notes: &Notes) -> Result<Access, Failure> {
        let file = self.config.host(host);
        let insecure = args.insecure.or(file.insecure);
        let client = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| {
            let certificate = certificate.clone()?;
            let key = key.clone().unwrap_or_else(|| certificate.clone());
            Some(ClientFiles { certificate, key })
        };
        let named = args.proxy.as_ref().map(proxy).transpose()?;
        Ok(Access {
            // Who types `--insecure` does not want what the file says of the same thing.
            plain_http: args.plain_http.unwrap_or(args.insecure != Some(true) && file.plain_http == Some(true)),
            insecure: insecure.unwrap_or_else(|| docker_daemon::is_insecure(&self.places.daemon, host)),
            ca_file: args.ca_file.clone().or(file.ca_file),
            client: client(&args.client_cert, &args.client_key).or(client(&file.client_cert, &file.client_key)),
            directories: self.places.certificates.clone(),
            proxy: named.or(file.proxy),
            plain_hosts: self.config.plain_hosts(),
            others: self.config.others(),
            mirror: None,
            notes: notes.clone(),
            tokens: None,
        })
    }

    /// Who is asked before a registry when something is pulled: as the configuration says, or else containerd's directories, or
    /// else, for Docker Hub, the Docker daemon.
    pub fn mirrored(&self, host: &Host, notes: &Notes) -> Result<Mirrored, Failure> {
        if let Some(mirrors) = self.config.host(host).mirrors {
            return Ok(Mirrored { mirrors, server: None });
        }
        let found = Mirrored::of_directories(&self.places.certificates, host, notes).map_err(Error::from)?;
        Ok(match found {
            Some(found) => found,
            None if host.is_docker_hub() => Mirrored { mirrors: self.dockers_mirrors(notes), server: None },
            None => Mirrored::default(),
        })
    }

    /// Those without TLS only where their hosts may be.
    fn dockers_mirrors(&self, notes: &Notes) -> Vec<Mirror> {
        let daemon = &self.places.daemon;
        let mut mirrors = docker_daemon::mirrors(daemon);
        let plain = self.config.plain_hosts();
        mirrors.retain(|mirror| {
            let host = mirror.host();
            let fit =
                !mirror.is_open_to_eavesdroppers() || plain.contains(host) || docker_daemon::is_insecure(daemon, host);
            if !fit {
                let why = format!(
                    "it is without TLS; the configuration may allow that: `[host.\"{host}\"]` with `plain-http = true`"
                );
                notes.tell(Note::MirrorLeftOut { mirror: mirror.to_string(), why });
            }
            fit
        });
        mirrors
    }

    /// Where the tokens of an account are kept from run to run. One that was given for a single run, on the command line or in a
    /// variable, is to be proved in that run, and its tokens are nobody else's.
    pub fn tokens_for(&self, origin: &Origin) -> Option<TokenFile> {
        let is_kept = *origin == Origin::Nowhere || Place::of(origin).is_some();
        self.tokens.clone().filter(|_| self.keeps_tokens && is_kept)
    }
}

/// A variable that turns something on or off, and has no option: that is a matter of the machine, not of a command.
fn switch(name: &str) -> Result<Option<bool>, Failure> {
    let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    match value.to_ascii_lowercase().to_str() {
        Some("1" | "true" | "yes" | "on") => Ok(Some(true)),
        Some("0" | "false" | "no" | "off") => Ok(Some(false)),
        _ => Err(Failure::usage(format!("`{name}` is neither true nor false"))
            .hint(format!("write `{name}=0` or `{name}=1`"))),
    }
}

/// The address of a proxy. A wrong one is not shown, because there may be a password in it.
fn proxy(address: &Secret) -> Result<ProxyAddress, Failure> {
    address.expose().parse().map_err(|error| Failure::usage("`--proxy` takes an address").because(error))
}

impl Places {
    fn usual() -> Self {
        let environment = Environment::of_process();
        let home = environment.home;
        let config_home = environment.config_home.or(home.as_ref().map(|home| home.join(".config")));
        Self {
            certificates: CertificateDirs::usual(home.as_deref(), config_home.as_deref()),
            daemon: docker_daemon::files(config_home.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        registry: RegistryArgs,
    }

    fn access(words: &str, config: &str, daemon: &str) -> Access {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("daemon.json");
        std::fs::write(&file, daemon).expect("written");
        let places = Places { daemon: vec![file], ..Places::default() };
        let config = Config::parse(config, std::path::Path::new("/etc")).expect("a configuration");
        let settings = Settings { config, places, ..Settings::default() };
        let words = Words::parse_from(["rpush"].into_iter().chain(words.split_whitespace()));
        let host = "r.example".parse().expect("a host");
        settings.access(&host, &words.registry, &Notes::default()).expect("resolved")
    }

    #[test]
    fn flags_come_before_the_file_and_the_file_before_docker() {
        let plain = "[host.'r.example']\nplain-http = true";
        let daemon = r#"{"insecure-registries":["r.example"]}"#;
        for (words, config, daemon, plain_http, insecure) in [
            ("", "", "{}", false, false),
            ("", plain, "{}", true, false),
            ("--plain-http=false", plain, "{}", false, false),
            ("--insecure", plain, "{}", false, true),
            ("--plain-http", "", "{}", true, false),
            ("", "[host.'other.example']\nplain-http = true", "{}", false, false),
            ("", "", daemon, false, true),
            ("", "[host.'r.example']\ninsecure = false", daemon, false, false),
            ("--insecure=false", "", daemon, false, false),
        ] {
            let access = access(words, config, daemon);
            assert_eq!((access.plain_http, access.insecure), (plain_http, insecure), "{words} {config} {daemon}");
        }
    }

    #[test]
    fn a_client_certificate_may_have_its_key_in_it() {
        let config = "[host.'r.example']\nclient-cert = '/f.pem'\nclient-key = '/f.key'";
        for (words, certificate, key) in [
            ("", "/f.pem", "/f.key"),
            ("--client-cert a.pem", "a.pem", "a.pem"),
            ("--client-cert a.pem --client-key a.key", "a.pem", "a.key"),
        ] {
            let files = ClientFiles { certificate: certificate.into(), key: key.into() };
            assert_eq!(access(words, config, "{}").client, Some(files), "{words}");
        }
    }

    #[test]
    fn a_length_of_time_has_a_unit() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h 30m", 5400), ("2h", 7200)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "30", "0s", "-1s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_proxy_is_not_shown() {
        let words = Words::parse_from(["rpush", "--proxy", "ftp://alice:s3cr3t@p.example"]);
        let host = "r.example".parse().expect("a host");
        let failure = Settings::default().access(&host, &words.registry, &Notes::default()).expect_err("it is none");
        assert!(!format!("{failure} {:?}", words.registry).contains("s3cr3t"));
    }
}
