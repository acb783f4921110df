//! `rpush whoami`: which account a registry would be shown, and where it comes from; never the secret. With seven places to
//! look in, "denied" is often the answer to another account than the one somebody has in mind.

use clap::Args;

use super::failure::{Exit, Failure};
use super::login::host;
use crate::credentials::{Chain, Credential};
use crate::image::RepositoryName;
use crate::ui::Person;

/// Tell which account is used for a registry.
///
/// The name of the account goes to standard output, where it comes from to standard error; the registry is not asked
/// whether it accepts it.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  rpush whoami localhost:5000
  rpush whoami registry.example.com/team/app")]
pub struct WhoamiArgs {
    /// The registry, or a repository of it that may have an account of its own; without one, Docker Hub.
    #[arg(value_name = "HOST[/REPOSITORY]", add = super::complete::repositories())]
    server: Option<String>,
}

/// Runs the command.
pub fn run(args: &WhoamiArgs, chain: &Chain, person: &mut dyn Person) -> Result<(), Failure> {
    let host = host(args.server.as_deref())?;
    let repository = args.server.as_deref().and_then(repository);
    let found = chain.lookup(&host, repository.as_ref());
    let unwritten = |error| Failure::new(Exit::Failed, "cannot write to the terminal").because(error);
    for warning in &found.warnings {
        person.tell(&format!("warning: {warning}")).map_err(unwritten)?;
    }
    let (name, what) = match &found.credential {
        Credential::Anonymous => {
            return Err(Failure::not_found(format!("no account is known for {host}"))
                .hint(format!("log in with one: `rpush login {host}`")));
        }
        Credential::Basic { username, .. } => (username.as_str(), "a password"),
        Credential::IdentityToken(_) => ("<token>", "a refresh token"),
        Credential::RegistryToken(_) => ("<token>", "a token"),
    };
    person.tell(&format!("{what} from {}", found.origin)).map_err(unwritten)?;
    person.give(name).map_err(unwritten)
}

/// The repository behind the host, where there is one. Behind a scheme there never is: `https://index.docker.io/v1/`.
fn repository(server: &str) -> Option<RepositoryName> {
    let (_, path) = server.trim().split_once('/')?;
    path.trim_end_matches('/').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn what_follows_the_host_is_a_repository() {
        for (server, path) in [
            ("r.example/team/app", Some("team/app")),
            ("r.example/team/", Some("team")),
            ("r.example", None),
            ("r.example/", None),
            ("https://r.example", None),
            ("https://index.docker.io/v1/", None),
        ] {
            assert_eq!(repository(server).map(|name| name.to_string()).as_deref(), path, "{server}");
        }
    }
}
