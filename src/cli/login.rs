//! `rpush login`: who are you, does the registry agree, and where is the answer kept. Flags, checks and lines are Docker's,
//! for the sake of scripts; what Docker leaves out (where the password went, and whether anybody checked it) is said.

mod cure;

use std::io::{self, Read};

use clap::Args;

use super::failure::{Exit, Failure};
use super::settings::{RegistryArgs, secret};
use crate::content::{self, Advice, Class};
use crate::credentials::{self, Chain, Credential, Found, KeyringError, Origin, Place, Secret, Stored};
use crate::image::Host;
use crate::ui::Person;

/// The longest password or token that is read.
const MAX_PASSWORD: u64 = 1 << 20;

/// Log in to a registry.
///
/// The registry is asked whether it accepts the account before anything is kept. The account is then kept in the keyring of
/// the operating system; or where Docker keeps it, when Docker's `config.json` names a credential helper for the host or
/// has an account for it already. Where no keyring answers, in CI for example, `--store-in` has to say where.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  rpush login localhost:5000
  rpush login -u me --password-stdin registry.example.com < password.txt
  rpush login -u me --password-stdin --store-in file registry.example.com < password.txt")]
pub struct LoginArgs {
    /// The registry; without one, Docker Hub.
    #[arg(value_name = "SERVER", add = super::complete::hosts())]
    server: Option<String>,
    /// The name of the account; asked for when it is not given.
    #[arg(short, long, value_name = "USER")]
    username: Option<String>,
    /// The password, or a token; `-` reads it from standard input. Others see it in the list of processes.
    #[arg(short, long, value_parser = secret, value_name = "PASSWORD")]
    password: Option<Secret>,
    /// Read the password from standard input, up to its end; needs `--username`.
    #[arg(long)]
    password_stdin: bool,
    /// Where to keep the account: `keyring`, `file` (config.json, unencrypted), or a credential helper like `pass`; or else where
    /// the configuration file says.
    #[arg(long, env = "RPUSH_STORE_IN", value_name = "PLACE", hide_env_values = true)]
    store_in: Option<Place>,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// What a registry says to a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// It is right.
    Accepted,
    /// The registry asks nobody for anything; so nobody has looked at the credential.
    NoAuthentication,
    /// It is right, and this refresh token is to be kept in the password's place.
    IdentityToken(Secret),
}

/// Where the password comes from.
#[derive(Debug, PartialEq, Eq)]
enum Password<'a> {
    Flag(&'a Secret),
    Stdin,
    Asked,
}

impl LoginArgs {
    /// The options for talking to the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }

    /// The same, with a place for accounts if none was named.
    pub fn or_store_in(self, place: Option<Place>) -> Self {
        Self { store_in: self.store_in.or(place), ..self }
    }

    /// The registry to log in to.
    pub fn host(&self) -> Result<Host, Failure> {
        host(self.server.as_deref())
    }

    /// Docker's checks, in Docker's order and words.
    fn check(&self) -> Result<Password<'_>, Failure> {
        let dash = self.password.as_ref().is_some_and(|password| password.expose() == "-");
        if self.password.is_some() && self.password_stdin {
            return Err(Failure::usage("conflicting options: cannot specify both --password and --password-stdin")
                .hint("leave out `--password`, which everybody on this machine can read"));
        }
        let stdin = self.password_stdin || dash;
        if stdin && self.username.is_none() {
            return Err(Failure::usage("the --password-stdin option requires --username to be set")
                .hint("say whose it is: `--username NAME --password-stdin`"));
        }
        if self.username.as_deref() == Some("") {
            return Err(no_username());
        }
        match &self.password {
            _ if stdin => Ok(Password::Stdin),
            Some(password) if password.is_empty() => Err(no_password()),
            Some(password) => Ok(Password::Flag(password)),
            None => Ok(Password::Asked),
        }
    }
}

/// The registry that an argument means. As with Docker, a scheme and a path are allowed and say nothing.
pub fn host(server: Option<&str>) -> Result<Host, Failure> {
    let Some(server) = server.map(str::trim).filter(|server| !server.is_empty()) else {
        return Ok(Host::docker_hub());
    };
    let lower = server.to_ascii_lowercase();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme)).map_or(0, str::len);
    let address = server[scheme..].split(['/', '?', '#']).next().unwrap_or_default();
    if address.contains('@') {
        // Not shown: there may be a password in it.
        return Err(Failure::usage("the address of a registry has no account in it")
            .hint("give the name with `--username` and the password with `--password-stdin`"));
    }
    address
        .parse()
        .map_err(|_| Failure::usage(format!("`{server}` is not the address of a registry, like `localhost:5000`")))
}

fn no_username() -> Failure {
    Failure::usage("username is empty").hint("name the account: `--username NAME`")
}

fn no_password() -> Failure {
    Failure::usage("password is empty")
        .hint("give a password or an access token; a script on standard input: `--username NAME --password-stdin`")
}

/// Logs in: finds a credential, has it verified, and keeps it. `verify` asks the registry; `stdin` is read only when the
/// flags say so.
pub async fn run(
    args: &LoginArgs,
    chain: &Chain,
    person: &mut dyn Person,
    stdin: &mut dyn Read,
    verify: impl AsyncFn(&Host, &Credential) -> Result<Verified, content::Error>,
) -> Result<(), Failure> {
    let source = args.check()?;
    let host = args.host()?;
    if let Password::Flag(_) = source {
        person.tell("WARNING! Using --password via the CLI is insecure. Use --password-stdin.").map_err(unwritten)?;
    }
    let known = match (&source, &args.username) {
        (Password::Asked, None) => Some(waiting(chain, &host, |chain, host| chain.lookup(host, None)).await),
        _ => None,
    };
    if let Some(known) = &known
        && reuse(known, &host, chain, person, &verify).await?
    {
        tell_that_it_stays(known, args.store_in.as_ref(), person).map_err(unwritten)?;
        return succeed(person);
    }
    let default = known.as_ref().and_then(|known| known.credential.username());
    let (username, password) = account(args, source, default, person, stdin)?;
    let place = place(args.store_in.clone(), chain, &host).await?;
    if let Err(error) = &place
        && !person.can_answer()
    {
        return Err(no_keyring(error));
    }
    let credential = Credential::Basic { username: username.clone(), password };
    let verified = verify(&host, &credential).await.map_err(|error| not_accepted(&host, error))?;
    if verified == Verified::NoAuthentication {
        let note = format!("note: {host} asks nobody for a password, so this one was not checked");
        person.tell(&note).map_err(unwritten)?;
    }
    let kept = match verified {
        Verified::IdentityToken(token) => Credential::IdentityToken(token),
        Verified::Accepted | Verified::NoAuthentication => credential,
    };
    let stored = keep(chain, &host, &username, &kept, place, person).await?;
    tell_where(&stored, chain.precedence(&host), person).map_err(unwritten)?;
    succeed(person)
}

/// Where the account will be kept, so that what cannot be kept is not sent either. Of a keyring that does not answer, the
/// person may still say what to do.
async fn place(wanted: Option<Place>, chain: &Chain, host: &Host) -> Result<Result<Place, KeyringError>, Failure> {
    let found = waiting(chain, host, move |chain, host| {
        let place = match wanted {
            Some(place) => place,
            None => match chain.place(host)? {
                Place::Keyring => return Ok(Place::Keyring),
                place => place,
            },
        };
        chain.check(host, &place).map(|()| place)
    });
    match found.await {
        Ok(place) => Ok(Ok(place)),
        Err(credentials::Error::Keyring(error)) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// Asks the chain on a thread that may wait: a helper or a keyring may want something from the person, and Ctrl-C has to end
/// that too.
async fn waiting<T: Send + 'static>(
    chain: &Chain,
    host: &Host,
    question: impl FnOnce(&Chain, &Host) -> T + Send + 'static,
) -> T {
    let (chain, host) = (chain.clone(), host.clone());
    tokio::task::spawn_blocking(move || question(&chain, &host)).await.expect("asking for accounts does not panic")
}

/// Keeps the account in its place. Where no keyring takes it, the person decides about the file.
async fn keep(
    chain: &Chain,
    host: &Host,
    username: &str,
    credential: &Credential,
    place: Result<Place, KeyringError>,
    person: &mut dyn Person,
) -> Result<Stored, Failure> {
    let store = async |place: Place| {
        let (username, credential) = (username.to_owned(), credential.clone());
        waiting(chain, host, move |chain, host| chain.store(host, &username, &credential, &place)).await
    };
    let error = match place {
        Err(error) => error,
        Ok(place) => match store(place).await {
            // It can be read and not written: it is locked, or there is no collection to write to.
            Err(credentials::Error::Keyring(error)) => error,
            other => return other.map_err(Failure::from),
        },
    };
    let Some(file) = chain.file().filter(|_| person.can_answer()) else { return Err(no_keyring(&error)) };
    person.tell(&format!("note: {error}")).map_err(unwritten)?;
    let question = format!("Keep the account unencrypted in {}? [y/N] ", file.display());
    match person.ask(&question).map_err(unread)?.trim() {
        "y" | "Y" | "yes" => store(Place::File).await.map_err(Failure::from),
        _ => Err(no_keyring(&error)),
    }
}

/// The account has no place: said before anything is sent, where nobody can be asked.
fn no_keyring(error: &KeyringError) -> Failure {
    Failure::new(Exit::Failed, "there is no keyring to keep the account in").because(error).hint(
        "say where: `--store-in file` (Docker's config.json, unencrypted) or `--store-in HELPER`; once for all with \
         `RPUSH_STORE_IN` or `store-in` in the configuration file",
    )
}

/// Tries what is kept already, as Docker does when no name is given. `false` means that the person has to be asked.
async fn reuse(
    known: &Found,
    host: &Host,
    chain: &Chain,
    person: &mut dyn Person,
    verify: &impl AsyncFn(&Host, &Credential) -> Result<Verified, content::Error>,
) -> Result<bool, Failure> {
    for warning in &known.warnings {
        person.tell(&format!("warning: {warning}")).map_err(unwritten)?;
    }
    if known.credential == Credential::Anonymous {
        return Ok(false);
    }
    let name = known.credential.username().map(|name| format!(" [Username: {name}]")).unwrap_or_default();
    person.tell(&format!("Authenticating with existing credentials...{name}")).map_err(unwritten)?;
    person.tell(&format!("note: they are from {}", known.origin)).map_err(unwritten)?;
    match verify(host, &known.credential).await {
        // What came from a flag or a variable was not given to be kept, and a password that is kept stays as it is. Only a
        // refresh token may have been replaced by a new one.
        Ok(verified) => {
            match (Place::of(&known.origin), &known.credential, verified) {
                (None, ..) => person
                    .tell(&format!("note: nothing was stored, {} is used as it is", known.origin))
                    .map_err(unwritten)?,
                (Some(place), Credential::IdentityToken(_), Verified::IdentityToken(token)) => {
                    let token = Credential::IdentityToken(token);
                    let stored = waiting(chain, host, move |chain, host| chain.store(host, "", &token, &place)).await;
                    stored.map_err(Failure::from)?;
                }
                _ => {}
            }
            Ok(true)
        }
        Err(error) if error.class() == Class::Denied && person.can_answer() => {
            person.tell(&format!("note: {host} no longer accepts them")).map_err(unwritten)?;
            Ok(false)
        }
        Err(error) => Err(not_accepted(host, error)),
    }
}

/// An account that is used as it is also stays where it is, whatever `--store-in` says.
fn tell_that_it_stays(known: &Found, wanted: Option<&Place>, person: &mut dyn Person) -> io::Result<()> {
    match (Place::of(&known.origin), wanted) {
        (Some(place), Some(wanted)) if place != *wanted => {
            person.tell("note: they stay there; to keep them elsewhere, give the name with `--username`")
        }
        _ => Ok(()),
    }
}

/// The name and the password: from the flags, from standard input, from the person.
fn account(
    args: &LoginArgs,
    source: Password<'_>,
    default: Option<&str>,
    person: &mut dyn Person,
    stdin: &mut dyn Read,
) -> Result<(String, Secret), Failure> {
    let typed = args.username.clone();
    if source != Password::Stdin && (typed.is_none() || source == Password::Asked) && !person.can_answer() {
        return Err(Failure::usage("cannot perform an interactive login from a non-TTY device")
            .hint("give the name with `--username` and the password with `--password-stdin`"));
    }
    let username = match typed {
        Some(username) => username,
        None => ask_username(default, person)?,
    };
    let password = match source {
        Password::Flag(password) => password.clone(),
        Password::Stdin => read_password(stdin)?,
        Password::Asked => person.ask_secretly("Password: ").map_err(unread)?,
    };
    match password.is_empty() {
        true => Err(no_password()),
        false => Ok((username, password)),
    }
}

fn ask_username(default: Option<&str>, person: &mut dyn Person) -> Result<String, Failure> {
    let prompt = default.map_or_else(|| "Username: ".to_owned(), |name| format!("Username ({name}): "));
    let typed = person.ask(&prompt).map_err(unread)?;
    match (typed.trim(), default) {
        ("", None) => Err(no_username()),
        ("", Some(default)) => Ok(default.to_owned()),
        (typed, _) => Ok(typed.to_owned()),
    }
}

/// All of standard input, without one line end: a password may have others.
fn read_password(stdin: &mut dyn Read) -> Result<Secret, Failure> {
    let mut text = String::new();
    stdin.take(MAX_PASSWORD).read_to_string(&mut text).map_err(unread)?;
    let password = Secret::from(text);
    let text = password.expose();
    let trimmed = ["\r\n", "\n", "\r"].into_iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    Ok(Secret::from(trimmed))
}

fn tell_where(stored: &Stored, precedence: Option<Origin>, person: &mut dyn Person) -> io::Result<()> {
    let origin = &stored.origin;
    if stored.plain_text {
        person.tell("")?;
        person.tell(&format!("WARNING! Your credentials are stored unencrypted in '{origin}'."))?;
        person.tell("Configure a credential helper to remove this warning. See")?;
        person.tell("https://docs.docker.com/go/credential-store/")?;
        person.tell("")?;
    } else {
        let with = if *origin == Origin::Keyring { "in" } else { "with" };
        person.tell(&format!("stored {with} {origin}"))?;
    }
    match precedence {
        Some(other) => person.tell(&format!("note: {other} takes precedence over what was stored")),
        None => Ok(()),
    }
}

fn succeed(person: &mut dyn Person) -> Result<(), Failure> {
    person.give("Login Succeeded").map_err(unwritten)
}

/// The registry's answer. Who wants a certificate has not looked at the password.
fn not_accepted(host: &Host, error: content::Error) -> Failure {
    match error.class() {
        _ if matches!(error.advice(), Some(Advice::ShowCertificate(_))) => Failure::from(error),
        Class::Denied => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            Failure::new(Exit::Denied, format!("{host} does not accept this username and password"))
                .because(cause)
                .hint(format!(
                    "type them again: `rpush login {host}`; it may want an access token in the password's place"
                ))
        }
        _ => Failure::from(error),
    }
}

fn unread(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot read the username and the password").because(error)
}

fn unwritten(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot write to the terminal").because(error)
}

#[cfg(test)]
mod tests;
