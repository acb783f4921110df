//! `rpush logout`: removes what is kept for a registry, and says truthfully what that was and where. Docker's `logout` ends
//! well even when its helper refuses to forget.

use clap::Args;

use super::failure::{Exit, Failure};
use super::login::host;
use crate::credentials::{Chain, Error, Origin};
use crate::image::Host;
use crate::ui::Person;

/// Log out of a registry.
///
/// The account is removed from every file and helper where it would be found, and each is named.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  rpush logout localhost:5000")]
pub struct LogoutArgs {
    /// The registry; without one, Docker Hub.
    #[arg(value_name = "SERVER", add = super::complete::hosts())]
    server: Option<String>,
}

impl LogoutArgs {
    /// The registry to log out of.
    pub fn host(&self) -> Result<Host, Failure> {
        host(self.server.as_deref())
    }
}

/// Logs out.
pub fn run(args: &LogoutArgs, chain: &Chain, person: &mut dyn Person) -> Result<(), Failure> {
    let host = args.host()?;
    let unwritten = |error| Failure::new(Exit::Failed, "cannot write to the terminal").because(error);
    person.give(&format!("Removing login credentials for {host}")).map_err(unwritten)?;
    let erased = chain.erase(&host);
    let removed: &[Origin] = match &erased {
        Ok(removed) | Err(Error::NotErased { removed, .. }) => removed,
        Err(_) => &[],
    };
    for origin in removed {
        person.tell(&format!("removed from {origin}")).map_err(unwritten)?;
    }
    if let Some(origin) = chain.precedence(&host) {
        person.tell(&format!("note: {origin} still has credentials for {host}")).map_err(unwritten)?;
    }
    match erased {
        Ok(removed) if removed.is_empty() => Err(Failure::not_found(format!("no credentials are stored for {host}"))
            .hint(format!("which account is used there, and where it is from: `rpush whoami {host}`"))),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
