//! `rpush demo`: the tutorial of every private registry, on this machine, in a few seconds, with nothing else installed.
//!
//! Each command is printed as a person would type it, and then really run: this program once more, in an environment of its
//! own. What is shown can so not differ from what is.

mod image;

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use clap::Args;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::{GOES_ON, interrupted, signalled};
use crate::content::Error;
use crate::server::{Accounts, Background, Config};

/// Show it all on this machine: a registry, an image, there and back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush demo
  rpush demo --keep")]
pub struct DemoArgs {
    /// Leave the registry running and the store in its place, to go on by hand until Ctrl-C.
    #[arg(long)]
    keep: bool,
}

const USER: &str = "demo";
const IMAGE: &str = "my-fancy-app:1.0.0";

/// Runs the command.
pub async fn run(args: &DemoArgs, context: &Context) -> Result<(), Failure> {
    let root = tempfile::Builder::new().prefix("rpush-demo-").tempdir();
    let root = root.map_err(|error| Error::io("cannot make a directory in", &std::env::temp_dir(), error))?;
    let password = format!("{:016x}", fastrand::u64(..));
    let accounts = Accounts::of(USER, &password)
        .map_err(|error| Failure::new(Exit::Failed, "cannot make an account for the demo").because(error))?;
    let config =
        Config { directory: Some(root.path().join("registry")), accounts: Some(accounts), ..Config::default() };
    let registry = Background::start(config)?;
    let stage = Stage { root: root.path().to_owned(), context };
    let host = format!("localhost:{}", registry.address().port());
    stage.say(&format!("A registry of its own listens on {host}; the image is made of rpush itself."));
    image::write(&root.path().join("my-fancy-app.tar"))?;
    tokio::select! {
        told = stage.story(&host, &password) => told?,
        failure = interrupted(Some(GOES_ON)) => return Err(failure),
    }
    if args.keep {
        stage.say(&format!("\nThe registry listens on {host} until Ctrl-C. To go on by hand:\n"));
        stage.say(&format!("  export RPUSH_STORE={}", stage.root.join("store").display()));
        stage.say(&format!("  export DOCKER_CONFIG={}", stage.root.join("config").display()));
        stage.say(&format!("  rpush push {host}/{IMAGE}"));
        signalled().await;
    } else {
        stage.say("\nThat was it. `rpush demo --keep` leaves the registry and the store to play with.");
    }
    drop(registry);
    Ok(())
}

/// Where the demo happens.
struct Stage<'a> {
    root: PathBuf,
    context: &'a Context,
}

impl Stage<'_> {
    async fn story(&self, host: &str, password: &str) -> Result<(), Failure> {
        let name = format!("{host}/{IMAGE}");
        self.say("\n# An archive, as `docker save` writes it, comes into the store.");
        self.rpush(&["load", "-i", "my-fancy-app.tar"]).await?;
        self.say("\n# It gets a name that says where it belongs.");
        self.rpush(&["tag", IMAGE, &name]).await?;
        self.say("\n# The registry wants to know who we are.");
        self.login(host, password).await?;
        self.say("\n# Up it goes; and once more, when there is nothing left to send.");
        self.rpush(&["push", &name]).await?;
        self.rpush(&["push", &name]).await?;
        self.say("\n# Away with it here; then back from the registry.");
        self.rpush(&["rmi", IMAGE, &name]).await?;
        self.rpush(&["images"]).await?;
        self.rpush(&["pull", &name]).await?;
        self.rpush(&["images"]).await
    }

    async fn login(&self, host: &str, password: &str) -> Result<(), Failure> {
        self.say(&format!("$ echo $PASSWORD | rpush login {host} -u {USER} --password-stdin --store-in file"));
        let mut command = self.command(&["login", host, "-u", USER, "--password-stdin", "--store-in", "file"])?;
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(cannot_run)?;
        let mut stdin = child.stdin.take().expect("it was piped");
        stdin.write_all(format!("{password}\n").as_bytes()).await.map_err(cannot_run)?;
        drop(stdin);
        ended(child.wait().await.map_err(cannot_run)?, "login")
    }

    async fn rpush(&self, words: &[&str]) -> Result<(), Failure> {
        self.say(&format!("$ rpush {}", words.join(" ")));
        let status = self.command(words)?.stdin(Stdio::null()).status().await.map_err(cannot_run)?;
        ended(status, words[0])
    }

    /// This program once more, with a store and a configuration of its own.
    fn command(&self, words: &[&str]) -> Result<Command, Failure> {
        let mut command = Command::new(std::env::current_exe().map_err(cannot_run)?);
        let is_ours = |name: &str| name.starts_with("RPUSH_") || name.starts_with("DOCKER_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command
            .args(words)
            .current_dir(&self.root)
            .env_remove("REGISTRY_AUTH_FILE")
            .env("RPUSH_STORE", self.root.join("store"))
            .env("DOCKER_CONFIG", self.root.join("config"))
            .kill_on_drop(true);
        Ok(command)
    }

    fn say(&self, line: &str) {
        self.context.console.data(line);
    }
}

fn cannot_run(error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot run a command of the demo").because(error)
}

fn ended(status: ExitStatus, command: &str) -> Result<(), Failure> {
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new(Exit::Failed, format!("`rpush {command}` failed in the demo ({status})"))),
    }
}
