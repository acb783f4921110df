//! The command line: words typed become settings, one operation, an exit code.
//!
//! Each command is a file: an `Args` struct whose comments are its `--help` and its man page, and a `run` that reads as the
//! story of the command. Failures become words in [`failure`] alone.

mod append;
mod attach;
mod base;
mod ci_summary;
mod complete;
mod completing;
mod completions;
mod compressing;
pub mod config;
mod context;
mod copy;
mod credential_helper;
mod demo;
mod digest_file;
mod docker_daemon;
mod doctor;
pub mod failure;
pub mod filter;
mod forecast;
mod from_daemon;
mod from_graph;
mod fsck;
pub mod generate;
mod guard;
mod habits;
pub mod help;
pub mod images;
mod import;
mod index;
pub mod inspect;
pub mod listed;
mod load;
mod locate;
pub mod login;
pub mod logout;
mod ls;
mod making;
pub mod pattern;
mod plugin;
mod prune;
mod pull;
mod push;
mod referrers;
mod retag;
mod rmi;
mod save;
mod search;
mod selection;
pub mod serve;
pub mod settings;
mod suggest;
mod tag;
mod verify;
pub mod whoami;

use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::ui::{Console, Talk};
use context::Context;
use failure::{Exit, Failure};
use settings::{GlobalArgs, RegistryArgs, Settings};

/// Push, pull, tag, list and remove container images, without a Docker daemon.
///
/// Images lie in a store of rpush's own, an OCI image layout. They come into it with `pull` and `load`, or go to a
/// registry directly with `push --from`. Results go to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "rpush", version, arg_required_else_help = true, max_term_width = 100)]
#[command(subcommand_value_name = "COMMAND", disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  rpush demo
  rpush load -i my-fancy-app.tar
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0.0
  rpush login localhost:5000
  rpush push localhost:5000/my-fancy-app:1.0.0")]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    Login(login::LoginArgs),
    Logout(logout::LogoutArgs),
    Whoami(whoami::WhoamiArgs),
    Tag(tag::TagArgs),
    Push(push::PushArgs),
    Pull(pull::PullArgs),
    Copy(copy::CopyArgs),
    Images(images::ImagesArgs),
    Rmi(rmi::RmiArgs),
    Load(load::LoadArgs),
    Save(save::SaveArgs),
    Import(import::ImportArgs),
    Append(append::AppendArgs),
    /// Make an index of images for several platforms, or show what one lists.
    #[command(after_help = "\
Examples:
  rpush index create localhost:5000/my-fancy-app:1.0.0 my-fancy-app:1.0.0-amd64 my-fancy-app:1.0.0-arm64
  rpush index ls localhost:5000/my-fancy-app:1.0.0")]
    Index {
        #[command(subcommand)]
        command: index::IndexCommand,
    },
    Attach(attach::AttachArgs),
    Referrers(referrers::ReferrersArgs),
    Inspect(inspect::InspectArgs),
    Ls(ls::LsArgs),
    Search(search::SearchArgs),
    Prune(prune::PruneArgs),
    Fsck(fsck::FsckArgs),
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Doctor(doctor::DoctorArgs),
    Completions(completions::CompletionsArgs),
    /// Be a plugin of Docker's command line: `docker rpush push`.
    #[command(after_help = "\
Examples:
  rpush plugin install
  docker rpush push localhost:5000/my-fancy-app:1.0.0
  rpush plugin uninstall")]
    Plugin {
        #[command(subcommand)]
        command: plugin::PluginCommand,
    },
    Help(help::HelpArgs),
    CredentialHelper(credential_helper::CredentialHelperArgs),
    /// The same commands under Docker's long names.
    #[command(after_help = "\
Examples:
  rpush image ls
  rpush image rm localhost:5000/my-fancy-app:1.0.0")]
    Image {
        #[command(subcommand)]
        command: ImageCommand,
    },
}

/// The commands under `rpush image`.
#[derive(Debug, Subcommand)]
enum ImageCommand {
    #[command(alias = "list")]
    Ls(images::ImagesArgs),
    #[command(alias = "remove")]
    Rm(rmi::RmiArgs),
    Tag(tag::TagArgs),
    Push(push::PushArgs),
    Pull(pull::PullArgs),
    Load(load::LoadArgs),
    Save(save::SaveArgs),
    Import(import::ImportArgs),
    Inspect(inspect::InspectArgs),
    Prune(prune::PruneArgs),
}

impl Command {
    /// The options for a registry, of a command that talks to one.
    fn registry(&self) -> Option<&RegistryArgs> {
        use ImageCommand as Long;
        match self {
            Self::Login(args) => Some(args.registry()),
            Self::Push(args) | Self::Image { command: Long::Push(args) } => Some(args.registry()),
            Self::Pull(args) | Self::Image { command: Long::Pull(args) } => Some(args.registry()),
            Self::Copy(args) => Some(args.registry()),
            Self::Tag(args) | Self::Image { command: Long::Tag(args) } => Some(args.registry()),
            Self::Rmi(args) | Self::Image { command: Long::Rm(args) } => Some(args.registry()),
            Self::Inspect(args) | Self::Image { command: Long::Inspect(args) } => Some(args.registry()),
            Self::Append(args) => Some(args.registry()),
            Self::Index { command } => Some(command.registry()),
            Self::Attach(args) => Some(args.registry()),
            Self::Referrers(args) => Some(args.registry()),
            Self::Ls(args) => Some(args.registry()),
            Self::Search(args) => Some(args.registry()),
            _ => None,
        }
    }

    /// What is to be said when it is interrupted.
    fn after_interruption(&self) -> Option<&'static str> {
        match self {
            Self::Ls(_) | Self::Search(_) | Self::Referrers(_) | Self::Index { .. } => None,
            Self::Copy(_) => Some("the same command again goes on where this one stopped"),
            Self::Tag(args) | Self::Image { command: ImageCommand::Tag(args) } if args.is_walk() => {
                Some("what was named stays; the same command with `--no-clobber` does the rest")
            }
            Self::Rmi(args) | Self::Image { command: ImageCommand::Rm(args) } if args.is_remote() => {
                Some("what was told of is removed, and nothing else; the same command again does the rest")
            }
            _ => Some(GOES_ON),
        }
    }
}

/// The whole command tree, for completions and man pages.
pub fn tree() -> clap::Command {
    Cli::command()
}

/// What an interrupted transfer has done.
const GOES_ON: &str = "nothing was tagged; the same command again goes on where this one stopped";

/// How long an interrupted command waits for its threads to clean up.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long giving up unfinished uploads may take, at the end.
const TIDYING: Duration = Duration::from_secs(5);

/// Runs rpush with the words typed.
pub fn main() -> ExitCode {
    if let Some(code) = complete::answer() {
        return code;
    }
    let cli = match typed() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let console = Console::standard(if cli.global.quiet { Talk::Quiet } else { Talk::Aloud });
    let exit = match run(cli, &console) {
        Ok(exit) => exit,
        Err(failure) => {
            console.failure(&failure);
            failure.exit()
        }
    };
    match console.close() {
        Ok(()) => ExitCode::from(exit as u8),
        Err(error) => {
            console.failure(&Failure::new(Exit::Failed, "cannot write to standard output").because(error));
            ExitCode::from(Exit::Failed as u8)
        }
    }
}

/// What was typed, understood. Where there is nothing more to do, because it was a question or a mistake, the exit code.
fn typed() -> Result<Cli, ExitCode> {
    let spoken = habits::understand(std::env::args_os().collect()).map_err(|failure| say(&failure))?;
    let words = spoken.with_variables()?;
    let cli = Cli::try_parse_from(&words).and_then(|cli| match &cli.command {
        Command::Help(args) => match help::of_command(&args.words) {
            Some(words) => Cli::try_parse_from(words),
            None => Ok(cli),
        },
        _ => Ok(cli),
    });
    cli.map_err(|error| {
        // Help and version are answers; everything else is a mistake in the words typed.
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            let _ = error.print();
            return ExitCode::from(Exit::Done as u8);
        }
        match habits::answers::answer(&error, &words) {
            Some(failure) => say(&failure),
            None => {
                let _ = error.print();
                ExitCode::from(Exit::Usage as u8)
            }
        }
    })
}

/// Tells of a failure before anything has begun.
fn say(failure: &Failure) -> ExitCode {
    Console::standard(Talk::Aloud).failure(failure);
    ExitCode::from(failure.exit() as u8)
}

fn run(cli: Cli, console: &Console) -> Result<Exit, Failure> {
    // Before the settings: who asks how the configuration file is written may have one that is wrong.
    if let Command::Help(args) = &cli.command {
        return help::run(args, console);
    }
    let settings = Settings::resolve(&cli.global)?;
    start_logging(settings.verbose, console);
    let context = Context::new(settings, console.clone());
    // One thread for everything that waits; files, compression and helpers have their own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, "cannot start").because(error))?;
    // What runs a registry ends it in order when it is told to stop, and what examines one tidies up; so they listen for that
    // themselves.
    let stops_itself = matches!(cli.command, Command::Serve(_) | Command::Demo(_) | Command::Doctor(_));
    let after_interruption = cli.command.after_interruption();
    let deadline = cli.command.registry().and_then(|args| context.settings.deadline(args));
    let result = runtime.block_on(async {
        let _limits = hear_of_limits();
        let result = tokio::select! {
            result = dispatch(cli.command, &context) => result,
            failure = interrupted(after_interruption), if !stops_itself => Err(failure),
            failure = late(deadline) => Err(failure),
        };
        tokio::select! {
            () = context.tidy() => {}
            _ = signalled(), if !stops_itself => {}
            () = tokio::time::sleep(TIDYING) => {}
        }
        result
    });
    context.end_progress();
    // Threads that work see that nobody waits for them and clean up; one that waits for a helper or for standard input must not
    // keep an interrupted command from ending.
    runtime.shutdown_timeout(PATIENCE);
    if let Some(peak) = peak_memory() {
        tracing::debug!("at most {peak} of memory");
    }
    result
}

/// The most memory that this process had at once, where the system tells: what a registry or an archive made it cost.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned())
}

async fn dispatch(command: Command, context: &Context) -> Result<Exit, Failure> {
    use ImageCommand as Long;
    let done = match command {
        Command::CredentialHelper(args) => return credential_helper::run(&args, context),
        Command::Fsck(args) => return fsck::run(&args, context).await,
        Command::Doctor(args) => return doctor::run(&args, context).await,
        Command::Completions(args) => completions::run(&args, context),
        Command::Plugin { command } => plugin::run(&command, context),
        Command::Help(args) => return help::run(&args, &context.console),
        Command::Serve(args) => serve::run(&args, &context.settings, context.talker()).await,
        Command::Demo(args) => demo::run(&args, context).await,
        Command::Login(args) => context.login(args).await,
        Command::Logout(args) => context.logout(args).await,
        Command::Whoami(args) => context.whoami(args).await,
        Command::Tag(args) | Command::Image { command: Long::Tag(args) } => tag::run(&args, context).await,
        Command::Push(args) | Command::Image { command: Long::Push(args) } => push::run(&args, context).await,
        Command::Pull(args) | Command::Image { command: Long::Pull(args) } => pull::run(&args, context).await,
        Command::Copy(args) => copy::run(&args, context).await,
        Command::Images(args) | Command::Image { command: Long::Ls(args) } => context.images(&args),
        Command::Rmi(args) | Command::Image { command: Long::Rm(args) } => rmi::run(&args, context).await,
        Command::Load(args) | Command::Image { command: Long::Load(args) } => load::run(&args, context).await,
        Command::Save(args) | Command::Image { command: Long::Save(args) } => save::run(&args, context).await,
        Command::Inspect(args) | Command::Image { command: Long::Inspect(args) } => inspect::run(&args, context).await,
        Command::Import(args) | Command::Image { command: Long::Import(args) } => import::run(&args, context).await,
        Command::Append(args) => append::run(&args, context).await,
        Command::Index { command } => index::run(&command, context).await,
        Command::Attach(args) => attach::run(&args, context).await,
        Command::Referrers(args) => referrers::run(&args, context).await,
        Command::Ls(args) => ls::run(&args, context).await,
        Command::Search(args) => search::run(&args, context).await,
        Command::Prune(args) | Command::Image { command: Long::Prune(args) } => prune::run(&args, context).await,
    };
    done.map(|()| Exit::Done)
}

fn start_logging(verbose: u8, console: &Console) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(console.log_writer());
    let lines = lines.without_time().with_target(false).with_level(false).with_ansi(false);
    // What the HTTP library says about its pool helps nobody who uses rpush.
    let ours = Targets::new().with_target("rpush", level);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}

/// Waits until the command has taken as long as it may.
async fn late(deadline: Option<Duration>) -> Failure {
    let Some(deadline) = deadline else { return std::future::pending().await };
    tokio::time::sleep(deadline).await;
    let words = format!("not done within {:#}", jiff::SignedDuration::try_from(deadline).unwrap_or_default());
    Failure::new(Exit::Unreachable, words).hint("the same command again goes on where this one stopped")
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted(hint: Option<&str>) -> Failure {
    let failure = Failure::new(signalled().await, "interrupted");
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// A limit on the size of files (`ulimit -f`) comes as a signal that ends the process. Where the signal is heard, the write
/// fails, and is told of like a full disk.
#[cfg(unix)]
fn hear_of_limits() -> impl Sized {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))
}

#[cfg(not(unix))]
fn hear_of_limits() {}

#[cfg(unix)]
async fn signalled() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

#[cfg(not(unix))]
async fn signalled() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
