//! The command line: words typed become settings, one operation, an exit code.

pub mod failure;
pub mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{Exit, Failure};
use settings::{GlobalArgs, Settings};

/// Push, pull, tag, list and remove container images, without a Docker daemon.
#[derive(Debug, Parser)]
#[command(name = "rpush", version, propagate_version = true, arg_required_else_help = true, infer_subcommands = false)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {}

/// Runs rpush with the words typed.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match run(&cli) {
        Ok(()) => Exit::Done,
        Err(failure) => failure.exit(),
    };
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let _settings = Settings::resolve(&cli.global)?;
    match cli.command {}
}
