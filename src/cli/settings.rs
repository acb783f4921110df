//! What the words typed mean: flags, then the environment, then defaults, resolved once.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use etcetera::{AppStrategy as _, AppStrategyArgs};

use super::failure::{Exit, Failure};
use crate::archive::Coder;
use crate::credentials::Secret;
use crate::image::Platform;
use crate::ui::progress::Mode;

/// Options that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options everywhere")]
pub struct GlobalArgs {
    /// Where the images lie; by default `rpush/store` in the platform's directory for data.
    #[arg(long, global = true, env = "RPUSH_STORE", value_name = "DIR", hide_env_values = true)]
    pub store: Option<PathBuf>,
    /// Print only results: no progress, no notes.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; `-vv` shows requests and answers, without secrets.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How to show progress.
    #[arg(long, global = true, env = "RPUSH_PROGRESS", value_enum, default_value_t = ProgressMode::Auto, hide_env_values = true)]
    pub progress: ProgressMode,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Bars on a terminal, lines elsewhere.
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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for the registry")]
pub struct RegistryArgs {
    /// Speak HTTP without TLS.
    #[arg(long, env = "RPUSH_PLAIN_HTTP", hide_env_values = true)]
    pub plain_http: bool,
    /// Do not verify the registry's certificate; speak HTTP when it does not speak TLS.
    #[arg(long, env = "RPUSH_INSECURE", hide_env_values = true)]
    pub insecure: bool,
    /// Trust the certificates of this PEM file too.
    #[arg(long, env = "RPUSH_CA_FILE", value_name = "FILE", hide_env_values = true)]
    pub ca_file: Option<PathBuf>,
    /// Use this account and no other. Others see it in the list of processes.
    #[arg(long, env = "RPUSH_CREDS", value_name = "USER:PASSWORD", hide_env_values = true, value_parser = secret)]
    pub creds: Option<Secret>,
    /// How often to try a piece again before giving up.
    #[arg(long, env = "RPUSH_RETRY", value_name = "N", default_value_t = 10, hide_env_values = true)]
    pub retry: u32,
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

/// Reads how to compress.
pub fn coders() -> impl TypedValueParser<Value = Coder> {
    PossibleValuesParser::new(["gzip", "zstd"]).try_map(|name| name.parse::<Coder>())
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResultFormat {
    /// A JSON object for each result.
    Json,
}

/// The options that every command has, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The directory of the local image store.
    pub store: PathBuf,
    /// Only results.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    /// How progress is shown.
    pub progress: ProgressMode,
}

impl Settings {
    /// Resolves the options. The store lies in the platform's directory for data, unless told otherwise.
    pub fn resolve(args: &GlobalArgs) -> Result<Self, Failure> {
        let store = match &args.store {
            Some(store) => store.clone(),
            None => {
                let app = AppStrategyArgs { app_name: "rpush".into(), ..Default::default() };
                let strategy = etcetera::choose_app_strategy(app).map_err(|error| {
                    Failure::new(Exit::Failed, "cannot tell where the image store is")
                        .because(error)
                        .hint("name a directory with `--store DIR` or `RPUSH_STORE`")
                })?;
                strategy.data_dir().join("store")
            }
        };
        Ok(Self { store, quiet: args.quiet, verbose: args.verbose, progress: args.progress })
    }
}
