//! Failures as words: the one place that turns what went wrong, and the advice that lower floors attach, into an exit code
//! and the lines that a person reads. Only this file knows the names of commands and flags.

use std::error::Error as StdError;
use std::fmt;

use super::pattern::PatternError;
use crate::content::{Advice, Class, Error};
use crate::image::Host;
use crate::registry::Note;
use crate::ui::printable;
use crate::ui::template::TemplateError;

/// The exit codes, which scripts depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed, for a reason without a number of its own.
    Failed = 1,
    /// The words typed make no sense.
    Usage = 2,
    /// Something named is not there.
    NotFound = 3,
    /// The registry does not allow it.
    Denied = 4,
    /// The registry could not be reached or did not answer; worth another try.
    Unreachable = 5,
    /// Content is not what its digest says.
    Damaged = 6,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Denied,
        Self::Unreachable,
        Self::Damaged,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// What it means, for the man page and the README.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed, for a reason without a number of its own",
            Self::Usage => "the words typed make no sense",
            Self::NotFound => "something named is not there",
            Self::Denied => "the registry does not allow it",
            Self::Unreachable => "the registry could not be reached or did not answer; worth another try",
            Self::Damaged => "content is not what its digest says",
            Self::Interrupted => "interrupted (Ctrl-C)",
            Self::Terminated => "terminated (SIGTERM)",
        }
    }
}

/// Why a command did not do what it was told.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    because: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// A failure in words. They are lower case and have no full stop, unless Docker's words are kept for scripts.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), because: None, hint: None }
    }

    /// Words that make no sense.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Something named is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, what)
    }

    /// The same with the cause.
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.because = Some(cause.to_string());
        self
    }

    /// The same with what to type next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with another exit code.
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The deepest cause, or what failed when there is none.
    pub fn cause(&self) -> &str {
        self.because.as_deref().unwrap_or(&self.what)
    }

    /// What failed and why, for a sentence about something else.
    pub fn both(&self) -> String {
        match &self.because {
            Some(because) => format!("{}: {because}", self.what),
            None => self.what.clone(),
        }
    }

    /// What to type next.
    pub fn cure(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    /// The lines for people, without a line end after the last. Text from a registry cannot move the cursor.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", one_line(&self.what))?;
        if let Some(because) = &self.because {
            write!(f, "\nbecause: {}", one_line(because))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n\nhint: {}", one_line(hint))?;
        }
        Ok(())
    }
}

/// The longest line of a failure: no word of ours is longer, and a registry's need not be.
const MAX_LINE: usize = 4000;

/// A text in one line, or a registry could write a hint of its own; and no longer than somebody reads.
fn one_line(text: &str) -> String {
    let (shown, rest) = match text.char_indices().nth(MAX_LINE) {
        Some((end, _)) => text.split_at(end),
        None => (text, ""),
    };
    let more = if rest.is_empty() { String::new() } else { format!("... ({} more bytes)", rest.len()) };
    format!("{}{more}", printable(&shown.replace(['\n', '\r'], " ")))
}

impl Failure {
    /// An error in words.
    pub fn of(error: &Error) -> Self {
        let exit = match error.class() {
            Class::Failed => Exit::Failed,
            Class::NotFound => Exit::NotFound,
            Class::Denied => Exit::Denied,
            Class::Unreachable => Exit::Unreachable,
            Class::Damaged => Exit::Damaged,
        };
        let mut root = error.source();
        while let Some(deeper) = root.and_then(StdError::source) {
            root = Some(deeper);
        }
        Self {
            exit,
            what: error.to_string(),
            because: root.map(ToString::to_string),
            hint: error.advice().and_then(words),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            TemplateError::UnknownField { known, .. } if !known.is_empty() => {
                failure.hint(format!("the fields there are `.{}`", known.join("`, `.")))
            }
            _ => failure,
        }
    }
}

impl From<PatternError> for Failure {
    fn from(error: PatternError) -> Self {
        Self::usage(error.to_string())
            .hint("`*` is anything but `/`, `?` one character, `[a-z]` one of several, and `\\*` the star itself")
    }
}

/// A note in words, with what to type where something helps.
pub fn note_words(note: &Note) -> String {
    match note {
        Note::RateLimit { host, anonymous: true, .. } => {
            format!("{note}; an account may have more: `rpush login {host}`")
        }
        other => other.to_string(),
    }
}

/// What is said where nothing better is known.
pub(super) const AGAIN: &str = "try the same command again";

/// What to type in an examination, which is no time to be sent to the doctor.
pub(super) fn words_of_doctor(advice: &Advice) -> Option<String> {
    match advice {
        Advice::TryAgain(_) | Advice::AskDoctor(_) => None,
        other => words(other).map(|words| words.split(SEE_DOCTOR).next().unwrap_or_default().to_owned()),
    }
}

const SEE_DOCTOR: &str = " What is in the way: `rpush doctor ";

/// What to type, for each fact about what would help.
pub(super) fn words(advice: &Advice) -> Option<String> {
    Some(match advice {
        Advice::LogIn(host) => format!("log in with an account that may: `rpush login {host}`"),
        Advice::LogInFor { host, actions } => {
            format!("log in with an account that may {}: `rpush login {host}`", actions.join(" and "))
        }
        Advice::LogInForMore(host) => format!("wait, or log in, an account may have more: `rpush login {host}`"),
        Advice::UsePlainHttp(host) => {
            format!("{host} speaks HTTP without TLS; if that is meant, add `--plain-http`")
        }
        Advice::TrustCertificate(host) => format!(
            "give the certificate of {host}'s authority with `--ca-file FILE`, or do without verification: `--insecure`"
        ),
        Advice::RenewCertificate(host) => format!(
            "{host} needs a new certificate; is this machine's clock right? Without any verification: `--insecure`"
        ),
        Advice::CheckClock => "is this machine's clock right? `date`".to_owned(),
        Advice::UseNameOfCertificate { host, names } => certificate_name(host, names),
        Advice::ShowCertificate(_) => {
            "give a certificate that the registry knows, and its key: `--client-cert FILE --client-key FILE`".to_owned()
        }
        Advice::Elsewhere(advice) => return elsewhere(advice),
        Advice::NameProxyAccount => {
            "name the account in the proxy's address: `--proxy http://USER:PASSWORD@HOST:PORT`".to_owned()
        }
        Advice::AskProxy(host) => format!(
            "does it allow {host}, and can it reach that? To go without the proxy: `NO_PROXY={}`",
            host.name()
        ),
        Advice::CheckProxy(host) => format!(
            "is that the right address (`--proxy`, `HTTPS_PROXY`, `HTTP_PROXY`)? To go without a proxy: `NO_PROXY={}`",
            host.name()
        ),
        Advice::UseTls(host) => {
            format!("if {host} speaks HTTPS, leave out `--plain-http`, also in the configuration file")
        }
        Advice::CheckName(host) => {
            format!("is the name right, and does this machine know it? `getent hosts {}`", host.name())
        }
        Advice::LookBehindProxy(host) => format!(
            "a proxy in front of {host} answers in its place: is the registry behind it running, and does the proxy wait long enough for it? With nginx: `proxy_read_timeout 900s;`"
        ),
        Advice::TellRegistryItsAddress(host) => format!(
            "if that is meant to be {host} itself, let the reverse proxy in front of it set `Host: {host}` and `X-Forwarded-Proto: https`; if it is a storage that may go without TLS: `--insecure`"
        ),
        Advice::StartTokenServer { realm, registry } => format!(
            "is the token server running at {realm}? If it is elsewhere, {registry} has to name another `realm`"
        ),
        Advice::SecureRealm { realm, allowable: None } => {
            format!("the token server at {realm} has to speak HTTPS, and the registry has to name it with `https://`")
        }
        Advice::SecureRealm { realm, allowable: Some(host) } => format!(
            "the token server at {realm} should speak HTTPS; if it cannot, allow that in the configuration file: `[host.\"{host}\"]` with `plain-http = true`"
        ),
        Advice::StartRegistry(host) => {
            let port = host.port().map_or_else(|| "443".to_owned(), |port| port.to_string());
            format!("is the registry running, and is {port} its port?{SEE_DOCTOR}{host}`")
        }
        Advice::TryAgain(host) => {
            format!("{AGAIN}, which sends nothing twice; what is in the way: `rpush doctor {host}/REPOSITORY`")
        }
        Advice::AskDoctor(host) => format!("what it can, and what it allows: `rpush doctor {host}/REPOSITORY`"),
        Advice::CheckRepository(host) => format!(
            "is the name right? `rpush ls {host}` has those that are there; some registries want a repository to be made on them before the first push"
        ),
        Advice::ChoosePlatform(platforms) => {
            let platform = platforms.first()?;
            format!("choose a platform that is there: `--platform {}`", platform.normalized())
        }
        Advice::CompletePlatforms { name, present } => {
            let complete = format!("fetch the others first: `rpush pull --all-platforms {name}`");
            match present.first() {
                Some(platform) => format!(
                    "{complete}; or only what is here: `--platform {}`; or the list without the others: `--allow-missing`",
                    platform.normalized()
                ),
                None => complete,
            }
        }
        Advice::AllowForeignLayers(host) => format!(
            "the image has layers that lie elsewhere by licence, and {host} seems to take no such image: with Docker's registry, its owner allows their addresses in the configuration: `validation: {{manifests: {{urls: {{allow: ['^https://']}}}}}}`; `rpush serve` takes it as it is"
        ),
        Advice::UseSha256 { host, algorithm } => format!(
            "the manifest is named by its {0} digest, and {host} names manifests by sha256 alone, as Docker's registry does: push to one that knows {0}, as `rpush serve` does, or have the image built with sha256",
            algorithm.name()
        ),
        Advice::PushOnePlatform(host) => format!(
            "{host} takes no index without all the images that it names: push one that is here with `--platform OS/ARCH`, or fetch the others first: `rpush pull --all-platforms NAME`; `rpush serve --allow-sparse` takes it as it is"
        ),
        Advice::UseKnownType { host, media_type } => format!(
            "{host} does not seem to take manifests of the type {media_type}, and changing it would change the digest: push to a registry that knows it, as `rpush serve` does"
        ),
        Advice::RaiseBodyLimit(host) => {
            format!("something in front of {host} limits the size of a request; with nginx: `client_max_body_size 0;`")
        }
        Advice::NameRepository(host) => format!(
            "many registries do not list their repositories, or only for some accounts (`rpush login {host}`); the tags of one that you know: `rpush ls {host}/REPOSITORY`"
        ),
        Advice::AllowDelete(host) => {
            format!("the owner of {host} has to allow it; with Docker's registry: `REGISTRY_STORAGE_DELETE_ENABLED=true`; with `rpush serve`: no `--read-only`")
        }
        Advice::TellProxy { host, header } => format!(
            "let the reverse proxy in front of {host} set `{header}`; with nginx: `proxy_set_header {};`",
            header.replacen(": ", " ", 1)
        ),
        Advice::ComeBackIn(time) => format!("the registry asks to come back in {} s", time.as_secs()),
        Advice::FreeSpace(path) => format!(
            "free some space where {} is, for example with `rpush prune`, or use another store: `--store DIR`",
            path.display()
        ),
        Advice::RaiseFileLimit => "this process may not write a file so large; raise the limit: `ulimit -f unlimited`".to_owned(),
        Advice::GiveFile => {
            "write the archive to a file, and give that: `rpush push --from FILE NAME`, or `rpush load -i FILE`".to_owned()
        }
        Advice::OtherStore => "use a store that this account may write to: `--store DIR`".to_owned(),
        Advice::Examine(root) => format!(
            "see what is left, and make what can be made again: `rpush --store {} fsck --repair`",
            root.display()
        ),
        Advice::FetchAgain => "what is damaged in the store is set aside by `rpush fsck --repair`: then `rpush pull NAME` or `rpush load -i FILE` brings it again; on a registry, its owner has to remove it there first".to_owned(),
        Advice::Type(text) => text.clone(),
    })
}

/// The same about a host to which the registry has sent us: options are said of the registry alone, but for `--ca-file`.
fn elsewhere(advice: &Advice) -> Option<String> {
    let section = |host: &Host| format!("in the configuration file: `[host.\"{host}\"]` with `insecure = true`");
    Some(match advice {
        Advice::TrustCertificate(host) => format!(
            "give the certificate of {host}'s authority with `--ca-file FILE`, or do without verification {}",
            section(host)
        ),
        Advice::RenewCertificate(host) => format!(
            "{host} needs a new certificate; is this machine's clock right? Without any verification, {}",
            section(host)
        ),
        Advice::UseNameOfCertificate { host, .. } => format!(
            "have a certificate made for `{}` (subjectAltName), or do without verification {}",
            host.name(),
            section(host)
        ),
        Advice::UsePlainHttp(host) => {
            format!(
                "{host} speaks HTTP without TLS, and the registry names it with `https://`: one of the two is to be corrected"
            )
        }
        Advice::ShowCertificate(host) => {
            format!(
                "{host} wants a client certificate, and those are shown to the registry alone, not to whom it names"
            )
        }
        Advice::StartRegistry(host) => format!("the registry sends to {host}: does it run, and is that its address?"),
        other => return words(other),
    })
}

/// A certificate for other names is not cured by trusting it.
fn certificate_name(host: &Host, names: &[String]) -> String {
    let made = format!("have a certificate made for `{}` (subjectAltName)", host.name());
    match names.iter().find(|name| !name.contains('*')) {
        Some(name) => {
            let name = host.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
            format!("if it is the same registry, call it by its name, `{name}`; or else {made}")
        }
        None => format!("{made}; for whom it is: `rpush doctor {host}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the registry is not said of whom it names: only what works there is a cure.
    #[test]
    fn elsewhere_only_what_works_is_advised() {
        let host: Host = "auth.example:5001".parse().expect("a host");
        let hint = |advice| words(&Advice::Elsewhere(Box::new(advice))).unwrap_or_default();
        for advice in [
            Advice::TrustCertificate(host.clone()),
            Advice::RenewCertificate(host.clone()),
            Advice::UseNameOfCertificate { host: host.clone(), names: vec![] },
        ] {
            let hint = hint(advice);
            assert!(!hint.contains("--insecure"), "{hint}");
            assert!(hint.contains("`[host.\"auth.example:5001\"]` with `insecure = true`"), "{hint}");
        }
        assert!(!hint(Advice::ShowCertificate(host.clone())).contains("--client-cert"));
        assert!(!hint(Advice::UsePlainHttp(host.clone())).contains("--plain-http"));
        assert_eq!(hint(Advice::CheckClock), words(&Advice::CheckClock).unwrap_or_default());
    }
}
