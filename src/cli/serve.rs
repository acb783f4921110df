//! `rpush serve`: a registry on this machine, for a first try, for tests, and for rooms without a network.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::failure::{Exit, Failure};
use super::settings::Settings;
use crate::server::{Accounts, BindError, Config, Mode, Observer, Served, Server, Sparse, Tls};

/// Where it listens unless told otherwise: where every tutorial expects a registry, and not reachable from other
/// machines.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);

/// Run a registry on this machine.
///
/// On this machine it is open to everybody. To be reached from others it needs accounts (`--htpasswd`), or your word
/// that everybody may push to it (`--anonymous`).
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  rpush serve
  rpush serve --dir registry
  rpush serve --addr 0.0.0.0:5000 --htpasswd accounts --tls-cert cert.pem --tls-key key.pem")]
pub struct ServeArgs {
    /// Where to listen; port 0 is any free one.
    #[arg(long, value_name = "IP:PORT", default_value_t = ADDRESS, env = "RPUSH_SERVE_ADDR", hide_env_values = true)]
    pub addr: SocketAddr,
    /// Keep the images here, as OCI layouts; without it they go with the process.
    #[arg(long, value_name = "DIR", env = "RPUSH_SERVE_DIR", hide_env_values = true)]
    pub dir: Option<PathBuf>,
    /// Let in only the accounts of this file, which `htpasswd -B` writes.
    #[arg(long, value_name = "FILE", env = "RPUSH_SERVE_HTPASSWD", hide_env_values = true)]
    pub htpasswd: Option<PathBuf>,
    /// Let everybody in, also from other machines.
    #[arg(long, conflicts_with = "htpasswd", env = "RPUSH_SERVE_ANONYMOUS", hide_env_values = true, value_parser = BoolishValueParser::new())]
    pub anonymous: bool,
    /// Speak HTTPS with this certificate: PEM, its chain after it.
    #[arg(long, value_name = "FILE", requires = "tls_key", env = "RPUSH_SERVE_TLS_CERT", hide_env_values = true)]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate: PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "RPUSH_SERVE_TLS_KEY", hide_env_values = true)]
    pub tls_key: Option<PathBuf>,
    /// Give images and take none.
    #[arg(long, env = "RPUSH_SERVE_READ_ONLY", hide_env_values = true, value_parser = BoolishValueParser::new())]
    pub read_only: bool,
    /// Take manifests of which blobs are missing.
    #[arg(long, env = "RPUSH_SERVE_ALLOW_SPARSE", hide_env_values = true, value_parser = BoolishValueParser::new())]
    pub allow_sparse: bool,
}

/// Where the lines for people go.
pub type Talk = Arc<dyn Fn(&str) + Send + Sync>;

/// Serves until Ctrl-C, then finishes what is in flight; a second Ctrl-C does not wait for it.
pub async fn run(args: &ServeArgs, settings: &Settings, talk: Talk) -> Result<(), Failure> {
    let server = Server::bind(config(args, settings, &talk)?)?;
    if !settings.quiet {
        for line in greeting(args, &server) {
            talk(&line);
        }
    }
    let first = async {
        interrupted().await;
        if !settings.quiet {
            talk("finishing what is in flight; Ctrl-C again ends it now");
        }
    };
    let second = async {
        interrupted().await;
        interrupted().await;
    };
    let served = tokio::select! {
        served = server.run(first) => served,
        () = second => Ok(()),
    };
    served.map_err(|error| Failure::new(Exit::Failed, "the registry stopped").because(error))
}

fn config(args: &ServeArgs, settings: &Settings, talk: &Talk) -> Result<Config, Failure> {
    if !args.addr.ip().is_loopback() && args.htpasswd.is_none() && !args.anonymous {
        let what = format!("anybody who can reach {} could push to this registry", args.addr);
        return Err(Failure::usage(what).hint(
            "let in only some with `--htpasswd FILE` (made by `htpasswd -cB FILE USER`), or everybody with `--anonymous`",
        ));
    }
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::from_files(certificate, key).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Failure::new(Exit::Failed, error.to_string()).because(cause)
        })?),
        _ => None,
    };
    let observer: Option<Arc<dyn Observer>> = match settings.verbose {
        0 => None,
        _ => Some(Arc::new(Log(talk.clone()))),
    };
    Ok(Config {
        address: args.addr,
        directory: args.dir.clone(),
        accounts: args.htpasswd.as_deref().map(accounts).transpose()?,
        tls,
        mode: if args.read_only { Mode::ReadOnly } else { Mode::ReadWrite },
        sparse: if args.allow_sparse { Sparse::Accepted } else { Sparse::Refused },
        observer,
        ..Config::default()
    })
}

fn accounts(path: &Path) -> Result<Accounts, Failure> {
    let what = || format!("cannot read accounts from {}", path.display());
    let text = fs::read_to_string(path).map_err(|error| Failure::new(Exit::Failed, what()).because(error))?;
    Accounts::parse(&text).map_err(|error| {
        let hint = format!("`htpasswd -B {} USER`", path.display());
        Failure::new(Exit::Failed, what()).because(error).hint(hint)
    })
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        let failure = Self::new(Exit::Failed, error.to_string());
        let failure = match std::error::Error::source(&error) {
            Some(cause) => failure.because(cause),
            None => failure,
        };
        match error {
            BindError::PortTaken(address) => {
                let free = SocketAddr::new(address.ip(), 0).to_string();
                let other = free.trim_end_matches('0');
                failure.hint(format!("choose another with `--addr {other}PORT`, or a free one with `--addr {free}`"))
            }
            BindError::DirectoryInUse(_) => {
                failure.hint("end the other one, or choose another directory with `--dir DIR`")
            }
            BindError::Directory { .. } => failure.hint("choose another directory with `--dir DIR`"),
            BindError::Address { .. } => failure.hint(format!("this machine alone is `--addr {ADDRESS}`")),
        }
    }
}

fn greeting(args: &ServeArgs, server: &Server) -> Vec<String> {
    let scheme = if args.tls_cert.is_some() { "https" } else { "http" };
    let address = match server.address() {
        address if address.ip() == Ipv4Addr::LOCALHOST => format!("localhost:{}", address.port()),
        address => address.to_string(),
    };
    let mut lines = vec![format!("registry at {scheme}://{address}")];
    lines.push(match &args.dir {
        Some(directory) => format!("images stay in {}", directory.display()),
        None => "images go with the process; keep them with `--dir DIR`".into(),
    });
    if args.anonymous && !args.addr.ip().is_loopback() {
        lines.push("everybody who can reach it may push and remove images".into());
    }
    if args.htpasswd.is_some() && args.tls_cert.is_none() && !args.addr.ip().is_loopback() {
        lines.push(
            "passwords travel unencrypted; add `--tls-cert` and `--tls-key`, or put a proxy with TLS before it".into(),
        );
    }
    lines.push("end it with Ctrl-C".into());
    lines
}

/// A line a request.
struct Log(Talk);

impl Observer for Log {
    fn served(&self, request: &Served) {
        let status = request.status.map_or_else(|| "cut".to_owned(), |status| status.as_u16().to_string());
        let user = request.user.as_deref().map(|user| format!(" {user}")).unwrap_or_default();
        let milliseconds = request.took.as_secs_f64() * 1000.0;
        (self.0)(&format!("{status} {} {} {milliseconds:.1} ms{user}", request.method, request.target));
        if let Some(fault) = &request.fault {
            let cause = std::error::Error::source(fault).map(|cause| format!(": {cause}")).unwrap_or_default();
            (self.0)(&format!("    {fault}{cause}"));
        }
    }
}

/// Ctrl-C, or what systems send to end a service.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::ProgressMode;

    fn args() -> ServeArgs {
        ServeArgs {
            addr: ADDRESS,
            dir: None,
            htpasswd: None,
            anonymous: false,
            tls_cert: None,
            tls_key: None,
            read_only: false,
            allow_sparse: false,
        }
    }

    fn settings() -> Settings {
        Settings { progress: ProgressMode::None, ..Settings::default() }
    }

    #[test]
    fn other_machines_are_let_in_only_when_that_is_said() {
        let talk: Talk = Arc::new(|_| {});
        let open = ServeArgs { addr: "0.0.0.0:5000".parse().expect("an address"), ..args() };
        let failure = config(&open, &settings(), &talk).err().expect("refused");
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.to_string().contains("`--htpasswd FILE`") && failure.to_string().contains("`--anonymous`"));
        assert!(config(&ServeArgs { anonymous: true, ..open }, &settings(), &talk).is_ok());
        for addr in ["127.0.0.1:5000", "127.8.8.8:1", "[::1]:5000"] {
            let args = ServeArgs { addr: addr.parse().expect("an address"), ..args() };
            assert!(config(&args, &settings(), &talk).is_ok(), "{addr}");
        }
    }

    #[test]
    fn a_taken_port_is_named_with_the_flag_that_changes_it() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = taken.local_addr().expect("an address");
        let error = Server::bind(Config { address, ..Config::default() }).expect_err("taken");
        let text = Failure::from(error).to_string();
        assert!(text.contains(&format!("port {} of 127.0.0.1 is taken", address.port())), "{text}");
        assert!(text.contains("`--addr 127.0.0.1:PORT`"), "{text}");
    }
}
