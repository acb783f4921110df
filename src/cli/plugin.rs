//! rpush as a plugin of Docker's command line: under the name `docker-rpush`, where Docker looks for plugins, `docker rpush push`
//! is `rpush push`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use super::failure::{Exit, Failure};
use crate::content::Error;
use crate::credentials::Environment;

/// The name under which rpush is a plugin.
pub const PROGRAM: &str = "docker-rpush";

/// The word with which Docker asks a plugin who it is.
pub const METADATA: &str = "docker-cli-plugin-metadata";

/// What can be done about the plugin.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Let `docker rpush` be rpush.
    ///
    /// A link to this program, or a copy where there are no links, is put where Docker looks for plugins.
    #[command(after_help = "\
Examples:
  rpush plugin install
  rpush plugin install --dir /usr/local/lib/docker/cli-plugins")]
    Install(PluginArgs),
    /// Take `docker rpush` away again.
    #[command(after_help = "\
Examples:
  rpush plugin uninstall")]
    Uninstall(PluginArgs),
    /// Say who this is, as Docker asks.
    #[command(
        hide = true,
        after_help = "\
Examples:
  rpush plugin metadata"
    )]
    Metadata,
}

/// Where the plugin is.
#[derive(Debug, Args)]
pub struct PluginArgs {
    /// The directory; without one, `cli-plugins` where Docker has its `config.json`.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl PluginArgs {
    fn path(&self) -> Result<PathBuf, Failure> {
        let environment = Environment::of_process();
        let usual = || Some(environment.docker_config.or(Some(environment.home?.join(".docker")))?.join("cli-plugins"));
        let directory = self.dir.clone().or_else(usual).ok_or_else(|| {
            Failure::new(Exit::Failed, "cannot tell where Docker looks for plugins").hint("name it: `--dir DIR`")
        })?;
        Ok(directory.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)))
    }
}

/// Runs the command.
pub fn run(command: &PluginCommand, context: &Context) -> Result<(), Failure> {
    match command {
        PluginCommand::Metadata => {
            context.console.data(&metadata().to_string());
            Ok(())
        }
        PluginCommand::Install(args) => install(&args.path()?, context),
        PluginCommand::Uninstall(args) => uninstall(&args.path()?, context),
    }
}

/// Who this is, in the form that Docker's client knows.
fn metadata() -> serde_json::Value {
    let mut metadata = json!({
        "SchemaVersion": "0.1.0",
        "Vendor": "rpush",
        "Version": env!("CARGO_PKG_VERSION"),
        "ShortDescription": env!("CARGO_PKG_DESCRIPTION"),
    });
    let address = env!("CARGO_PKG_REPOSITORY");
    if !address.is_empty() {
        metadata["URL"] = address.into();
    }
    metadata
}

fn install(path: &Path, context: &Context) -> Result<(), Failure> {
    let program = own_program()?;
    let failed = |error| Error::io("cannot write", path, error);
    match owner(path, &program) {
        Owner::Somebody => return Err(somebody(path)),
        Owner::Us => fs::remove_file(path).map_err(failed)?,
        Owner::Nobody => {}
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    link(&program, path).map_err(failed)?;
    context.console.data(&path.display().to_string());
    context.console.talk("`docker rpush push` is `rpush push` now; `rpush plugin uninstall` takes it away again");
    Ok(())
}

fn uninstall(path: &Path, context: &Context) -> Result<(), Failure> {
    match owner(path, &own_program()?) {
        Owner::Somebody => Err(somebody(path)),
        Owner::Nobody => Err(Failure::not_found(format!("there is no plugin at {}", path.display()))
            .hint("if it is elsewhere, name the directory: `--dir DIR`")),
        Owner::Us => {
            fs::remove_file(path).map_err(|error| Error::io("cannot remove", path, error))?;
            context.console.talk(&format!("removed {}", path.display()));
            Ok(())
        }
    }
}

fn own_program() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::new(Exit::Failed, "cannot tell where this program is").because(error))
}

/// Whose a file is.
#[derive(Debug, PartialEq, Eq)]
enum Owner {
    Nobody,
    Us,
    Somebody,
}

/// Only a link to an rpush, or a copy of this one, is ours to replace or to remove.
fn owner(path: &Path, program: &Path) -> Owner {
    let Ok(kind) = fs::symlink_metadata(path) else { return Owner::Nobody };
    let is_ours = match fs::read_link(path) {
        Ok(target) => target == program || target.file_stem().is_some_and(|name| name == "rpush"),
        Err(_) => {
            kind.is_file()
                && fs::metadata(program).is_ok_and(|own| own.len() == kind.len())
                && fs::read(program).ok() == fs::read(path).ok()
        }
    };
    if is_ours { Owner::Us } else { Owner::Somebody }
}

fn somebody(path: &Path) -> Failure {
    Failure::new(Exit::Failed, format!("{} is not this program", path.display()))
        .hint(format!("if it may go: `rm {}`", path.display()))
}

#[cfg(unix)]
fn link(program: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, path)
}

#[cfg(not(unix))]
fn link(program: &Path, path: &Path) -> io::Result<()> {
    fs::copy(program, path).map(drop)
}
