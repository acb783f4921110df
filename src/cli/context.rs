//! What every command works with: the settings, the console, the store, and the way to a registry.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use crate::content::Error;
use crate::credentials::{Chain, Credential, Environment, Found, Keyring};
use crate::image::{Host, Reference, ReferenceError, RepositoryName};
use crate::layout::{Layout, LookupError, summarize_all};
use crate::registry::doctor::{Examination, Subject};
use crate::registry::{Endurance, LeftOut, Mirror, Mirrors, Notes, Purpose, Registry, Welcome};
use crate::ui::progress::{Direction, Mode, Progress, Tally};
use crate::ui::{Console, Terminal};

use super::failure::{Exit, Failure, note_words};
use super::images::{self, ImagesArgs};
use super::inspect::{self, InspectArgs};
use super::listed::Listed;
use super::login::{self, LoginArgs, Verified};
use super::logout::{self, LogoutArgs};
use super::settings::{ProgressMode, RegistryArgs, Settings};
use super::suggest;
use super::whoami::{self, WhoamiArgs};

/// How long an examination sends large bodies; a slow connection is not measured further.
const BODY_TIME: Duration = Duration::from_secs(20);

/// What every command works with.
pub struct Context {
    /// The options that every command has.
    pub settings: Settings,
    /// The terminal.
    pub console: Console,
    /// rpush's own store.
    pub store: Arc<Layout>,
    /// What registries have to say beside their answers.
    notes: Notes,
    /// What was said already about the places of accounts.
    warned: Mutex<HashSet<String>>,
    /// The mirrors that are not asked any more.
    left_out: LeftOut,
    /// What is being shown now.
    shown: Mutex<Weak<Progress>>,
    /// The registries that were spoken to.
    registries: Mutex<Vec<Registry>>,
}

impl Context {
    /// For a command with these settings.
    pub fn new(settings: Settings, console: Console) -> Self {
        let store = Arc::new(Layout::store(&settings.store));
        let warned = console.clone();
        let notes = Notes::to(move |note| warned.warn(&note_words(note)));
        let (warned, left_out) = Default::default();
        Self {
            settings,
            console,
            store,
            notes,
            warned,
            left_out,
            shown: Mutex::default(),
            registries: Mutex::default(),
        }
    }

    /// Where credentials are kept.
    fn kept() -> Chain {
        let environment = Environment::of_process();
        let keyring = Keyring::system(&environment);
        Chain::new(environment).with_keyring(keyring)
    }

    /// Where credentials are looked up.
    pub fn chain(&self, args: &RegistryArgs) -> Result<Chain, Failure> {
        let chain = Self::kept();
        match &args.creds {
            None => Ok(chain),
            Some(pair) => {
                let credential = Credential::from_pair(pair.expose()).map_err(|error| {
                    Failure::usage("`--creds` takes a user and a password")
                        .because(error)
                        .hint("write `--creds USER:PASSWORD`")
                })?;
                Ok(chain.with_explicit(credential))
            }
        }
    }

    /// The registry of a repository, with the account that is kept for it.
    pub async fn registry(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        args: &RegistryArgs,
    ) -> Result<Registry, Failure> {
        let found = self.account(self.chain(args)?, host, repository).await;
        let mut access = self.settings.access(host, args, &self.notes)?;
        access.tokens = self.settings.tokens_for(&found.origin);
        let registry = Registry::at(host, access, found.credential, self.settings.endurance(args));
        self.registries.lock().expect("nobody panics while holding it").push(registry.clone());
        Ok(registry)
    }

    /// Whether two repositories of one host have the same account.
    pub async fn is_one_account(&self, a: &Reference, b: &Reference, args: &RegistryArgs) -> Result<bool, Failure> {
        if a.name == b.name {
            return Ok(true);
        }
        let one = self.account(self.chain(args)?, &a.host, Some(&a.name)).await;
        let other = self.account(self.chain(args)?, &b.host, Some(&b.name)).await;
        Ok(one.credential == other.credential)
    }

    /// The account that a chain has for a repository.
    async fn account(&self, chain: Chain, host: &Host, repository: Option<&RepositoryName>) -> Found {
        let (asked_host, asked_repository) = (host.clone(), repository.cloned());
        // A helper may take its time, and may ask a person for something.
        let lookup = move || chain.lookup(&asked_host, asked_repository.as_ref());
        let found = tokio::task::spawn_blocking(lookup).await.expect("looking up does not panic");
        for warning in &found.warnings {
            if self.warned.lock().expect("nobody panics while holding it").insert(warning.clone()) {
                self.console.warn(warning);
            }
        }
        if found.credential != Credential::Anonymous {
            tracing::info!("account for {host} from {}", found.origin);
        }
        found
    }

    /// An examination of a registry, with everything that a push to it would use.
    pub async fn examination(
        &self,
        host: &Host,
        repository: Option<&RepositoryName>,
        max_body: u64,
        args: &RegistryArgs,
    ) -> Result<Examination, Failure> {
        let account = self.account(self.chain(args)?, host, repository).await;
        let access = self.settings.access(host, args, &self.notes)?;
        let (host, repository) = (host.clone(), repository.cloned());
        Ok(Examination::of(Subject { host, repository, account, access, max_body, body_time: BODY_TIME }))
    }

    /// What a pull reads from: the repository behind its registry's mirrors.
    pub async fn mirrored(&self, name: &Reference, args: &RegistryArgs) -> Result<Mirrors, Failure> {
        let mirrored = self.settings.mirrored(&name.host, &self.notes)?;
        let mut mirrors = Vec::new();
        for mirror in mirrored.mirrors {
            if let Some(there) = mirror.repository(&name.name) {
                let registry = self.other_registry(&mirror, &there, self.settings.mirror_endurance(args)).await?;
                mirrors.push((mirror, registry.repository(&there, Purpose::Pull)));
            }
        }
        let server = mirrored.server.and_then(|server| Some((server.repository(&name.name)?, server)));
        let (home, there) = match server {
            Some((there, server)) => {
                (self.other_registry(&server, &there, self.settings.endurance(args)).await?, there)
            }
            None => (self.registry(&name.host, Some(&name.name), args).await?, name.name.clone()),
        };
        // It may be that the mirrors have everything; a file that is not there is a mistake all the same.
        home.check_configuration()?;
        let home = home.repository(&there, Purpose::Pull);
        Ok(Mirrors::of(home, mirrors, self.left_out.clone(), self.notes.clone()))
    }

    /// A registry of which nobody has typed the name. What was typed, and what is in variables that name no host, is for the one
    /// that was typed: neither accounts nor permissions of that one hold here, but only what is kept for this very host.
    async fn other_registry(
        &self,
        mirror: &Mirror,
        repository: &RepositoryName,
        endurance: Endurance,
    ) -> Result<Registry, Failure> {
        let host = mirror.host();
        let found = self.account(Self::kept().for_other_hosts(), host, Some(repository)).await;
        let mut access = self.settings.access(host, &RegistryArgs::default(), &self.notes)?;
        access.tokens = self.settings.tokens_for(&found.origin);
        Ok(Registry::at(host, mirror.access(access), found.credential, endurance))
    }

    /// Leaves nothing behind at the registries that is of no use to anybody.
    pub async fn tidy(&self) {
        let registries = std::mem::take(&mut *self.registries.lock().expect("nobody panics while holding it"));
        futures_util::future::join_all(registries.iter().map(Registry::tidy)).await;
    }

    /// A voice for what runs on threads of its own.
    pub fn talker(&self) -> Arc<dyn Fn(&str) + Send + Sync> {
        let console = self.console.clone();
        Arc::new(move |line| console.talk(line))
    }

    /// Shows the progress of a transfer.
    pub fn progress(&self, direction: Direction) -> Arc<Progress> {
        let progress = Arc::new(Progress::start(&self.console, self.progress_mode(), direction));
        *self.shown.lock().expect("nobody panics while holding it") = Arc::downgrade(&progress);
        progress
    }

    /// Shows how far a long walk through names is. A list that scrolls by on the same terminal shows that itself.
    pub fn tally(&self, what: &'static str, scrolls: bool) -> Tally {
        let mode = match scrolls && self.console.gives_to_terminal() {
            true => Mode::None,
            false => self.progress_mode(),
        };
        Tally::start(&self.console, mode, what)
    }

    fn progress_mode(&self) -> Mode {
        match self.settings.progress {
            ProgressMode::Auto => Mode::Auto,
            ProgressMode::Tty => Mode::Tty,
            ProgressMode::Plain => Mode::Plain,
            ProgressMode::Json => Mode::Json,
            ProgressMode::None => Mode::None,
        }
    }

    /// Ends what is being shown, whoever still holds it: what an interrupted command says comes after its bars.
    pub fn end_progress(&self) {
        if let Some(progress) = self.shown.lock().expect("nobody panics while holding it").upgrade() {
            progress.finish();
        }
    }
}

/// Runs what may wait for a helper or a keyring, so that Ctrl-C is heard meanwhile.
async fn waiting(work: impl FnOnce() -> Result<(), Failure> + Send + 'static) -> Result<(), Failure> {
    tokio::task::spawn_blocking(work).await.expect("looking for accounts does not panic")
}

/// Reads a reference that a person typed.
pub fn parse_reference(text: &str) -> Result<Reference, Failure> {
    text.parse().map_err(|error| not_a_reference(text, &error))
}

/// What is wrong with a name, and what it should look like.
fn not_a_reference(text: &str, error: &ReferenceError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        ReferenceError::Scheme(_) => failure.hint("leave out the scheme: `localhost:5000/my-fancy-app:1.0.0`"),
        ReferenceError::Uppercase(name) => {
            failure.hint(format!("write it in lower case: `{}`", name.to_ascii_lowercase()))
        }
        _ => failure.because(format!("`{text}` is not the name of an image, like `localhost:5000/my-fancy-app:1.0.0`")),
    }
}

impl From<LookupError> for Failure {
    /// What was typed may be no name at all, or say too little: a matter of the words, not of the store.
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Name(text, error) => not_a_reference(&text, &error),
            LookupError::Choose { .. } => Self::usage(error.to_string()).hint("choose one: `--from oci:DIR:NAME`"),
            LookupError::Ambiguous(..) => Self::from(Error::from(error))
                .hint("type more digits of the id, or a name: `rpush images --no-trunc` shows both"),
            LookupError::None(name, near) => {
                let failure = Self::not_found(LookupError::None(name.clone(), Vec::new()).to_string());
                let failure = failure.hint("what there is: `rpush images`; from a registry: `rpush pull NAME`");
                suggest::with_nearest(failure, &name, &near)
            }
            other => Self::from(Error::from(other)),
        }
    }
}

/// Runs something for each name and goes on after a failure. Several failures are told one by one; the exit code is the first
/// one's.
pub async fn for_each<T, F>(names: &[T], console: &Console, mut run: impl FnMut(usize) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let mut last: Option<Failure> = None;
    let mut exit: Option<Exit> = None;
    for index in 0..names.len() {
        let Err(failure) = run(index).await else { continue };
        exit.get_or_insert(failure.exit());
        if let Some(earlier) = last.replace(failure) {
            console.failure(&earlier);
        }
    }
    match (last, exit) {
        (Some(failure), Some(exit)) => Err(failure.with_exit(exit)),
        _ => Ok(()),
    }
}

/// Several failures as one: all but the last are told, and the exit code is the first one's.
pub fn all(failures: Vec<Failure>, console: &Console) -> Result<(), Failure> {
    let Some(exit) = failures.first().map(Failure::exit) else { return Ok(()) };
    let mut failures = failures;
    let last = failures.pop();
    failures.iter().for_each(|earlier| console.failure(earlier));
    last.map_or(Ok(()), |failure| Err(failure.with_exit(exit)))
}

impl Context {
    /// `rpush login`.
    pub async fn login(&self, args: LoginArgs) -> Result<(), Failure> {
        let args = args.or_store_in(self.settings.config.defaults.store_in.clone());
        let chain = self.chain(args.registry())?;
        let options = args.registry();
        let access = self.settings.access(&args.host()?, options, &self.notes)?;
        self.forget_tokens(&args.host()?);
        let mut person = Terminal { quiet: self.settings.quiet };
        let verify = async |host: &Host, credential: &Credential| {
            let registry = Registry::at(host, access.clone(), credential.clone(), self.settings.endurance(options));
            Ok(match registry.verify().await? {
                Welcome::Open => Verified::NoAuthentication,
                Welcome::Account(None) => Verified::Accepted,
                Welcome::Account(Some(token)) => Verified::IdentityToken(token),
            })
        };
        login::run(&args, &chain, &mut person, &mut std::io::stdin(), verify).await
    }

    /// Forgets the tokens of a registry: those of another account, or of the same one with another password, must not be
    /// used any more.
    fn forget_tokens(&self, host: &Host) {
        let Some(file) = &self.settings.tokens else { return };
        if let Err(error) = file.forget(host) {
            let path = file.path();
            self.console.warn(&format!("the tokens of {host} cannot be removed from {}: {error}", path.display()));
        }
    }

    /// `rpush logout`.
    pub async fn logout(&self, args: LogoutArgs) -> Result<(), Failure> {
        self.forget_tokens(&args.host()?);
        let mut person = Terminal { quiet: self.settings.quiet };
        waiting(move || logout::run(&args, &Self::kept(), &mut person)).await
    }

    /// `rpush whoami`.
    pub async fn whoami(&self, args: WhoamiArgs) -> Result<(), Failure> {
        let mut person = Terminal { quiet: self.settings.quiet };
        waiting(move || whoami::run(&args, &Self::kept(), &mut person)).await
    }

    /// `rpush images`.
    pub fn images(&self, args: &ImagesArgs) -> Result<(), Failure> {
        images::show(args, &self.listed()?, jiff::Timestamp::now(), &self.console)
    }

    /// `rpush inspect`.
    pub fn inspect(&self, args: &InspectArgs) -> Result<(), Failure> {
        inspect::show(args, &self.listed()?, self.store.blobs(), &self.console)
    }

    /// Every image of the store under each of its names. One that cannot be read is a warning: the others are listed.
    fn listed(&self) -> Result<Vec<Listed>, Failure> {
        let entries = self.store.entries()?;
        let mut summaries = HashMap::new();
        for (image, summary) in summarize_all(&entries, self.store.blobs()) {
            match summary {
                Ok(summary) => drop(summaries.insert(image, Arc::new(summary))),
                Err(error) => self.console.warn(&error.to_string()),
            }
        }
        let listed = entries.into_iter().filter_map(|entry| {
            let summary = summaries.get(&entry.descriptor.digest)?.clone();
            Some(Listed { reference: entry.reference, selector: entry.selector, summary })
        });
        Ok(listed.collect())
    }
}
