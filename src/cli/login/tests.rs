//! The conversations of `login` and `logout`, with a person and a registry that are prepared.

use std::cell::RefCell;
use std::fs;

use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::cli::logout::{self, LogoutArgs};
use crate::content::Advice;
use crate::credentials::prepared::{Broken, Memory};
use crate::credentials::{Entries, Environment, Keyring};

#[derive(Debug, Parser)]
struct Login {
    #[command(flatten)]
    args: LoginArgs,
}

#[derive(Debug, Parser)]
struct Logout {
    #[command(flatten)]
    args: LogoutArgs,
}

/// Somebody who gives prepared answers, or nobody when there are none.
#[derive(Default)]
struct Prepared {
    answers: Vec<&'static str>,
    prompts: Vec<String>,
    out: Vec<String>,
    talk: Vec<String>,
}

impl Prepared {
    fn answer(&mut self, prompt: &str) -> io::Result<String> {
        self.prompts.push(prompt.to_owned());
        if self.answers.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.answers.remove(0).to_owned())
    }
}

impl Person for Prepared {
    fn can_answer(&self) -> bool {
        !self.answers.is_empty()
    }
    fn ask(&mut self, prompt: &str) -> io::Result<String> {
        self.answer(prompt)
    }
    fn ask_secretly(&mut self, prompt: &str) -> io::Result<Secret> {
        self.answer(prompt).map(Secret::from)
    }
    fn give(&mut self, line: &str) -> io::Result<()> {
        self.out.push(line.to_owned());
        Ok(())
    }
    fn tell(&mut self, line: &str) -> io::Result<()> {
        self.talk.push(line.to_owned());
        Ok(())
    }
}

/// A registry that gives prepared verdicts, and remembers whom it was asked about.
struct Registry {
    verdicts: RefCell<Vec<Result<Verified, content::Error>>>,
    asked: RefCell<Vec<(String, Credential)>>,
}

impl Registry {
    fn says(verdicts: impl IntoIterator<Item = Result<Verified, content::Error>>) -> Self {
        Self { verdicts: RefCell::new(verdicts.into_iter().collect()), asked: RefCell::default() }
    }

    fn verify(&self, host: &Host, credential: &Credential) -> Result<Verified, content::Error> {
        self.asked.borrow_mut().push((host.to_string(), credential.clone()));
        self.verdicts.borrow_mut().remove(0)
    }
}

fn denied() -> Result<Verified, content::Error> {
    let host = "r.example".parse().expect("a host");
    Err(content::Error::new(Class::Denied, "401 Unauthorized").advise(Advice::LogIn(host)))
}

struct Home {
    directory: TempDir,
    environment: Environment,
    keyring: Keyring,
    /// Words of every login.
    words: &'static [&'static str],
}

impl Home {
    /// One where accounts are kept in the file.
    fn new() -> Self {
        Self { words: &["--store-in", "file"], ..Self::with(Broken::absent()) }
    }

    /// One with a keyring.
    fn with(entries: impl Entries + 'static) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let environment = Environment { home: Some(directory.path().to_owned()), ..Environment::default() };
        Self { directory, environment, keyring: Keyring::of(entries), words: &[] }
    }

    fn chain(&self) -> Chain {
        Chain::new(self.environment.clone()).with_keyring(self.keyring.clone())
    }

    fn file(&self) -> std::path::PathBuf {
        self.directory.path().join(".docker/config.json")
    }

    fn keep(&self, name: &str, credential: &Credential) {
        self.chain().store(&"r.example".parse().expect("a host"), name, credential, &Place::File).expect("stored");
    }

    fn kept(&self) -> Credential {
        self.chain().lookup(&"r.example".parse().expect("a host"), None).credential
    }

    async fn login(
        &self,
        words: &[&str],
        stdin: &str,
        person: &mut Prepared,
        registry: &Registry,
    ) -> Result<(), Failure> {
        let args = Login::parse_from([&["login"], self.words, words].concat()).args;
        let verify = async |host: &Host, credential: &Credential| registry.verify(host, credential);
        run(&args, &self.chain(), person, &mut stdin.as_bytes(), verify).await
    }

    fn logout(&self, words: &[&str]) -> (Prepared, Result<(), Failure>) {
        let mut person = Prepared::default();
        let args = Logout::parse_from([&["logout"], words].concat()).args;
        let result = logout::run(&args, &self.chain(), &mut person);
        (person, result)
    }
}

/// What a script's login ends with: the lines, or the failure.
async fn scripted(words: &[&str], stdin: &str) -> (Home, Prepared, Result<(), Failure>) {
    let (home, mut person) = (Home::new(), Prepared::default());
    let result = home.login(words, stdin, &mut person, &Registry::says([Ok(Verified::Accepted)])).await;
    (home, person, result)
}

#[test]
fn the_server_is_the_host_in_it() {
    for (server, meant) in [
        (None, "docker.io"),
        (Some(""), "docker.io"),
        (Some("https://index.docker.io/v1/"), "docker.io"),
        (Some("localhost:5000"), "localhost:5000"),
        (Some("http://localhost:5000"), "localhost:5000"),
        (Some("HTTPS://localhost:5000/v2/"), "localhost:5000"),
        (Some("localhost:5000/foo/bar"), "localhost:5000"),
        (Some("http://[::1]:5000/v2/"), "[::1]:5000"),
    ] {
        assert_eq!(host(server).map(|host| host.to_string()).ok().as_deref(), Some(meant), "{server:?}");
    }
    assert_eq!(
        host(Some("a b")).expect_err("no host").to_string(),
        "error: `a b` is not the address of a registry, like `localhost:5000`"
    );
    let leak = host(Some("https://u:s3cret@r.example")).expect_err("refused").to_string();
    assert!(!leak.contains("s3cret"), "{leak}");
}

/// As with Docker: which fault of several is told first, and in which words.
#[tokio::test]
async fn flags_are_checked_as_docker_checks_them() {
    for (words, stdin, told) in [
        (
            &["-p", "x", "--password-stdin"][..],
            "",
            "conflicting options: cannot specify both --password and --password-stdin",
        ),
        (&["--password-stdin"], "x", "the --password-stdin option requires --username to be set"),
        (&["-p", "-"], "x", "the --password-stdin option requires --username to be set"),
        (&["-u", "", "--password-stdin"], "x", "username is empty"),
        (&["-u", "", "-p", "x"], "", "username is empty"),
        (&["-u", "alice", "--password-stdin"], "\n", "password is empty"),
        (&["-u", "alice", "-p", ""], "", "password is empty"),
        (&["-u", "alice"], "x", "cannot perform an interactive login from a non-TTY device"),
        (&["-p", "x"], "", "cannot perform an interactive login from a non-TTY device"),
        (&[], "", "cannot perform an interactive login from a non-TTY device"),
    ] {
        let (home, _, result) = scripted(words, stdin).await;
        let failure = result.expect_err(told);
        assert_eq!(failure.exit(), Exit::Usage);
        assert_eq!(failure.to_string().lines().next(), Some(format!("error: {told}").as_str()), "{words:?}");
        assert!(!home.file().exists());
    }
}

#[tokio::test]
async fn one_line_end_is_no_part_of_the_password() {
    for (stdin, password) in
        [("p", "p"), ("p\n", "p"), ("p\r\n", "p"), ("p\r", "p"), ("p\n\n", "p\n"), (" p ", " p "), ("a\nb\n", "a\nb")]
    {
        let (home, person, result) = scripted(&["r.example", "-u", "alice", "--password-stdin"], stdin).await;
        result.expect("logged in");
        assert_eq!(home.kept(), Credential::basic("alice", password), "{stdin:?}");
        assert_eq!(person.out, ["Login Succeeded"]);
    }
}

#[tokio::test]
async fn plain_text_is_warned_of_and_named() {
    let (home, person, result) = scripted(&["http://r.example/v2/", "-u", "alice", "-p", "s3cret"], "").await;
    result.expect("logged in");
    let stored = format!("WARNING! Your credentials are stored unencrypted in '{}'.", home.file().display());
    assert_eq!(
        person.talk,
        [
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.",
            "",
            &stored,
            "Configure a credential helper to remove this warning. See",
            "https://docs.docker.com/go/credential-store/",
            "",
        ]
    );
    assert_eq!((person.out, home.kept()), (vec!["Login Succeeded".to_owned()], Credential::basic("alice", "s3cret")));
}

#[tokio::test]
async fn a_person_is_asked_for_what_is_missing() {
    let (home, registry) = (Home::new(), Registry::says([Ok(Verified::Accepted), Ok(Verified::Accepted)]));
    let mut person = Prepared { answers: vec!["alice ", "s3cret"], ..Prepared::default() };
    home.login(&["r.example"], "", &mut person, &registry).await.expect("logged in");
    assert_eq!(
        (person.prompts, home.kept()),
        (vec!["Username: ".into(), "Password: ".into()], Credential::basic("alice", "s3cret"))
    );
    let mut person = Prepared { answers: vec!["other"], ..Prepared::default() };
    home.login(&["r.example", "-u", "bob"], "", &mut person, &registry).await.expect("logged in");
    assert_eq!((person.prompts, home.kept()), (vec!["Password: ".into()], Credential::basic("bob", "other")));
}

#[tokio::test]
async fn what_is_kept_is_tried_before_asking() {
    let home = Home::new();
    home.keep("alice", &Credential::basic("alice", "old"));
    let before = fs::read(home.file()).expect("kept");
    let mut person = Prepared::default();
    home.login(&["r.example"], "", &mut person, &Registry::says([Ok(Verified::Accepted)])).await.expect("logged in");
    assert_eq!(person.talk[0], "Authenticating with existing credentials... [Username: alice]");
    assert_eq!(fs::read(home.file()).expect("kept"), before);

    let registry = Registry::says([denied(), Ok(Verified::Accepted)]);
    let mut person = Prepared { answers: vec!["", "new"], ..Prepared::default() };
    home.login(&["r.example"], "", &mut person, &registry).await.expect("logged in");
    assert_eq!(person.prompts, ["Username (alice): ", "Password: "]);
    assert_eq!(home.kept(), Credential::basic("alice", "new"));
}

/// `docker login` writes what is in `DOCKER_AUTH_CONFIG` to the disk.
#[tokio::test]
async fn what_is_in_a_variable_is_not_written_to_the_disk() {
    let mut home = Home::new();
    home.environment.docker_auth_config = Some(r#"{"auths":{"r.example":{"auth":"YWxpY2U6cA=="}}}"#.into());
    let mut person = Prepared::default();
    home.login(&["r.example"], "", &mut person, &Registry::says([Ok(Verified::Accepted)])).await.expect("logged in");
    assert!(!home.file().exists());
    assert!(person.talk.contains(&"note: nothing was stored, the variable DOCKER_AUTH_CONFIG is used as it is".into()));

    let words = ["r.example", "-u", "bob", "--password-stdin"];
    home.login(&words, "p", &mut person, &Registry::says([Ok(Verified::Accepted)])).await.expect("logged in");
    let last = person.talk.last().expect("a note");
    assert_eq!(last, "note: the variable DOCKER_AUTH_CONFIG takes precedence over what was stored");
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_not_kept() {
    let (home, mut person, registry) = (Home::new(), Prepared::default(), Registry::says([denied()]));
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    let failure = home.login(&words, "s3cret", &mut person, &registry).await.expect_err("denied");
    assert_eq!(failure.exit(), Exit::Denied);
    assert_eq!(
        failure.to_string(),
        "error: r.example does not accept this username and password\nbecause: 401 Unauthorized\n\nhint: type them again: `rpush login r.example`; it may want an access token in the password's place"
    );
    assert_eq!(registry.asked.borrow().len(), 1);
    assert!(!home.file().exists() && person.out.is_empty());
}

#[tokio::test]
async fn a_09_a_refresh_token_is_kept_in_the_passwords_place() {
    let (home, mut person) = (Home::new(), Prepared::default());
    let token = |text: &str| Ok(Verified::IdentityToken(text.into()));
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    home.login(&words, "s3cret", &mut person, &Registry::says([token("first")])).await.expect("logged in");
    assert_eq!(home.kept(), Credential::IdentityToken("first".into()));
    home.login(&["r.example"], "", &mut person, &Registry::says([token("second")])).await.expect("logged in");
    assert_eq!(home.kept(), Credential::IdentityToken("second".into()));
    assert!(fs::read_to_string(home.file()).expect("kept").contains("\"auth\": \"YWxpY2U6\""), "the name stays");
}

/// `docker login` says nothing when a registry takes any password.
#[tokio::test]
async fn a_registry_that_asks_nobody_is_told() {
    let (home, mut person) = (Home::new(), Prepared::default());
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    home.login(&words, "p", &mut person, &Registry::says([Ok(Verified::NoAuthentication)])).await.expect("logged in");
    assert_eq!(person.talk[0], "note: r.example asks nobody for a password, so this one was not checked");
}

#[tokio::test]
async fn what_cannot_be_kept_is_no_success() {
    let (home, mut person) = (Home::new(), Prepared::default());
    fs::create_dir_all(home.file().parent().expect("a directory")).expect("made");
    fs::write(home.file(), "{").expect("written");
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    let result = home.login(&words, "p", &mut person, &Registry::says([Ok(Verified::Accepted)])).await;
    assert_eq!(result.expect_err("not stored").exit(), Exit::Failed);
    assert_eq!(person.out, Vec::<String>::new());
}

#[tokio::test]
async fn the_keyring_is_where_an_account_is_kept() {
    let (home, mut person) = (Home::with(Memory::default()), Prepared::default());
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    home.login(&words, "s3cret", &mut person, &Registry::says([Ok(Verified::Accepted)])).await.expect("logged in");
    assert_eq!(
        (person.talk, person.out),
        (vec!["stored in the keyring".to_owned()], vec!["Login Succeeded".to_owned()])
    );
    assert_eq!(home.kept(), Credential::basic("alice", "s3cret"));
    assert!(!home.file().exists());

    // A refresh token that was renewed is kept where the old one was.
    let token = |text: &str| Registry::says([Ok(Verified::IdentityToken(text.into()))]);
    let mut person = Prepared::default();
    home.login(&words, "s3cret", &mut person, &token("first")).await.expect("logged in");
    home.login(&["r.example"], "", &mut person, &token("second")).await.expect("logged in");
    assert_eq!(home.kept(), Credential::IdentityToken("second".into()));
    assert!(!home.file().exists());

    let (person, result) = home.logout(&["r.example"]);
    result.expect("logged out");
    assert_eq!(person.talk, ["removed from the keyring"]);
    assert_eq!(home.kept(), Credential::Anonymous);
}

/// An account that is used as it is stays where it is; one that is typed is kept where it is wanted.
#[tokio::test]
async fn what_is_kept_is_not_moved_without_a_word() {
    let home = Home::with(Memory::default());
    home.keep("alice", &Credential::basic("alice", "old"));
    let accepted = || Registry::says([Ok(Verified::Accepted)]);
    let mut person = Prepared::default();
    home.login(&["r.example", "--store-in", "keyring"], "", &mut person, &accepted()).await.expect("logged in");
    let last = person.talk.last().map(String::as_str);
    assert_eq!(last, Some("note: they stay there; to keep them elsewhere, give the name with `--username`"));
    assert!(home.keyring.list().expect("a list").is_empty());

    let words = ["r.example", "--store-in", "keyring", "-u", "alice", "--password-stdin"];
    home.login(&words, "new", &mut person, &accepted()).await.expect("logged in");
    assert_eq!(home.kept(), Credential::basic("alice", "new"));
}

/// Before anything is sent, because nobody can be asked afterwards.
#[tokio::test]
async fn without_a_keyring_a_script_says_where() {
    let (home, mut person, registry) = (Home::with(Broken::absent()), Prepared::default(), Registry::says([]));
    let words = ["r.example", "-u", "alice", "--password-stdin"];
    let failure = home.login(&words, "s3cret", &mut person, &registry).await.expect_err("no place");
    assert_eq!(failure.exit(), Exit::Failed);
    let told = failure.to_string();
    let start = "error: there is no keyring to keep the account in\nbecause: no keyring answers here: no bus\n\nhint: ";
    assert!(told.starts_with(start) && told.contains("`--store-in file`"), "{told}");
    assert!(registry.asked.borrow().is_empty() && !home.file().exists());

    let mut person = Prepared::default();
    let registry = Registry::says([Ok(Verified::Accepted)]);
    home.login(&[&words[..], &["--store-in", "file"]].concat(), "s3cret", &mut person, &registry).await.expect("kept");
    // Docker's file now has an account for the host, and another one goes there without a word.
    let registry = Registry::says([Ok(Verified::Accepted)]);
    home.login(&words, "new", &mut person, &registry).await.expect("logged in");
    assert_eq!(home.kept(), Credential::basic("alice", "new"));
}

#[tokio::test]
async fn without_a_keyring_a_person_is_asked() {
    // Some keyrings can be read and not written.
    let unwritable = || Broken { read: Ok(()), ..Broken::locked() };
    for keyring in [Broken::absent, unwritable] {
        for (answer, kept) in [("y", Credential::basic("alice", "s3cret")), ("", Credential::Anonymous)] {
            let home = Home::with(keyring());
            let mut person = Prepared { answers: vec!["s3cret", answer], ..Prepared::default() };
            let registry = Registry::says([Ok(Verified::Accepted)]);
            let result = home.login(&["r.example", "-u", "alice"], "", &mut person, &registry).await;
            let question = format!("Keep the account unencrypted in {}? [y/N] ", home.file().display());
            assert_eq!(person.prompts, ["Password: ", &question]);
            assert_eq!((result.is_ok(), home.kept()), (answer == "y", kept));
        }
    }
}

#[test]
fn a_14_no_password_is_in_the_printed_arguments() {
    let args = Login::parse_from(["login", "-u", "alice", "-p", "s3cret"]);
    assert!(!format!("{args:?}").contains("s3cret"));
}

#[test]
fn logout_says_what_was_removed_and_from_where() {
    let mut home = Home::new();
    home.keep("alice", &Credential::basic("alice", "p"));
    home.environment.token = Some("token".into());
    let (person, result) = home.logout(&["https://r.example/v2/"]);
    result.expect("logged out");
    assert_eq!(person.out, ["Removing login credentials for r.example"]);
    let removed = format!("removed from {}", home.file().display());
    assert_eq!(person.talk, [removed.as_str(), "note: the variable RPUSH_TOKEN still has credentials for r.example"]);

    let (_, result) = home.logout(&["r.example"]);
    let failure = result.expect_err("nothing to remove");
    assert_eq!(failure.exit(), Exit::NotFound);
    assert_eq!(
        failure.to_string(),
        "error: no credentials are stored for r.example\n\n\
         hint: which account is used there, and where it is from: `rpush whoami r.example`"
    );
}

/// Docker's logout ends well when its helper is missing.
#[test]
fn logout_fails_when_something_is_still_there() {
    let home = Home::new();
    fs::create_dir_all(home.file().parent().expect("a directory")).expect("made");
    let config = r#"{"credsStore":"gone","auths":{"r.example":{"auth":"YTpi"}}}"#;
    fs::write(home.file(), config).expect("written");
    let (person, result) = home.logout(&["r.example"]);
    assert_eq!(person.talk, [format!("removed from {}", home.file().display())]);
    assert_eq!(
        result.expect_err("the helper is missing").to_string(),
        "error: cannot remove the credentials of r.example from the helper docker-credential-gone\n\
         because: the credential helper `docker-credential-gone` is not installed\n\n\
         hint: install it, or take its name out of `credsStore` and `credHelpers` in Docker's `config.json`; to keep an account \
         elsewhere: `--store-in file`"
    );
}
