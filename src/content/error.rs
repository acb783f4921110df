//! The error that crosses the seam: what went wrong in the words of the floor that knows, and two facts for the floors above:
//! which class of failure it is, and what would help.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::image::{Algorithm, Host, MediaType, Platform};

/// What sort of failure it is; the command line makes its exit codes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It failed, and nothing more can be said in a number.
    Failed,
    /// What was named is not there.
    NotFound,
    /// The account may not do it.
    Denied,
    /// The other side could not be reached or did not answer; worth another try.
    Unreachable,
    /// Content is not what its digest or its size says.
    Damaged,
}

/// A fact about what would help. Which command or flag that is, only the command line knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// An account is needed, or another one.
    LogIn(Host),
    /// An account is needed that may do this.
    LogInFor {
        /// The registry.
        host: Host,
        /// What has to be allowed: `push`.
        actions: Vec<String>,
    },
    /// The registry allows no more to nobody in particular; an account may have more.
    LogInForMore(Host),
    /// The registry speaks HTTP without TLS.
    UsePlainHttp(Host),
    /// The registry's certificate is not trusted.
    TrustCertificate(Host),
    /// The registry's certificate has expired: nobody but its owner can do something about that.
    RenewCertificate(Host),
    /// The registry's certificate is not valid yet: more likely than not, this machine's clock is wrong.
    CheckClock,
    /// The registry's certificate is for other names than the one that was asked for.
    UseNameOfCertificate {
        /// The registry as it was asked for.
        host: Host,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The registry wants to see a client certificate, or another one.
    ShowCertificate(Host),
    /// The same about a host that the registry sends us to: a token server, a storage. What is typed for the registry is not
    /// said of that host.
    Elsewhere(Box<Advice>),
    /// The proxy wants an account.
    NameProxyAccount,
    /// The proxy does not let a connection through to this host.
    AskProxy(Host),
    /// The proxy on the way to this host is not there.
    CheckProxy(Host),
    /// The host speaks HTTPS and was asked in HTTP.
    UseTls(Host),
    /// The name of the host has no address.
    CheckName(Host),
    /// A proxy in front of the registry answers, and the registry behind it does not.
    LookBehindProxy(Host),
    /// The registry sends on to an address without TLS, probably because it does not know its own.
    TellRegistryItsAddress(Host),
    /// The token server is not there.
    StartTokenServer {
        /// Where it should be.
        realm: String,
        /// The registry that says so.
        registry: Host,
    },
    /// The token server has no TLS.
    SecureRealm {
        /// Its address.
        realm: String,
        /// Its host, where credentials may go there all the same if the user says so.
        allowable: Option<Host>,
    },
    /// Nothing listens there: is the registry running, is the port right?
    StartRegistry(Host),
    /// It broke off or did not answer: it may be well again, or something is in the way that can be found out.
    TryAgain(Host),
    /// The registry says no, and nobody here knows why.
    AskDoctor(Host),
    /// The registry does not know this repository, and perhaps wants it made before anything is pushed there.
    CheckRepository(Host),
    /// The index has images for other platforms.
    ChoosePlatform(Vec<Platform>),
    /// Some platforms of the index are not in the store.
    CompletePlatforms {
        /// The name to pull.
        name: String,
        /// The platforms that are here.
        present: Vec<Platform>,
    },
    /// The registry takes no manifest of layers that lie elsewhere, until its owner allows that.
    AllowForeignLayers(Host),
    /// The registry names manifests by SHA-256 alone.
    UseSha256 {
        /// The registry.
        host: Host,
        /// What the manifest is named by.
        algorithm: Algorithm,
    },
    /// The registry takes no index without all of its images.
    PushOnePlatform(Host),
    /// The registry does not know this type of manifest.
    UseKnownType {
        /// The registry.
        host: Host,
        /// The type.
        media_type: MediaType,
    },
    /// Something between here and the registry limits the size of a request.
    RaiseBodyLimit(Host),
    /// This registry does not list its repositories, at least not for this account; one that is named can be looked into.
    NameRepository(Host),
    /// The registry deletes nothing until its owner allows that.
    AllowDelete(Host),
    /// The reverse proxy in front of the registry does not say how it was reached.
    TellProxy {
        /// The registry.
        host: Host,
        /// The header that is missing: `X-Forwarded-Proto: https`.
        header: String,
    },
    /// The registry refused for now and said when to come back.
    ComeBackIn(std::time::Duration),
    /// There is no room left where this path is.
    FreeSpace(PathBuf),
    /// The process may not write files as large as this.
    RaiseFileLimit,
    /// A stream cannot be read twice, and a file can.
    GiveFile,
    /// The store cannot be written to.
    OtherStore,
    /// What is left of the layout at this path has to be found out.
    Examine(PathBuf),
    /// A file of the store is damaged and has to be fetched again.
    FetchAgain,
    /// The text for people is ready: a command to type.
    Type(String),
}

/// A failure on the way between two places.
#[derive(Debug)]
pub struct Error {
    class: Class,
    advice: Option<Advice>,
    cause: Box<dyn StdError + Send + Sync>,
}

impl Error {
    /// A failure whose words are `cause`.
    pub fn new(class: Class, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { class, advice: None, cause: cause.into() }
    }

    /// A failure of the file system at `path`; `what` says what was being done: `cannot write`.
    pub fn io(what: &'static str, path: &Path, cause: std::io::Error) -> Self {
        let advice = match cause.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Some(Advice::FreeSpace(path.to_owned()))
            }
            std::io::ErrorKind::FileTooLarge => Some(Advice::RaiseFileLimit),
            _ => None,
        };
        let class = match cause.kind() {
            std::io::ErrorKind::NotFound => Class::NotFound,
            _ => Class::Failed,
        };
        Self { advice, ..Self::new(class, FileError { what, path: path.to_owned(), cause }) }
    }

    /// The same failure with a fact about what would help.
    pub fn advise(mut self, advice: Advice) -> Self {
        self.advice = Some(advice);
        self
    }

    /// What sort of failure it is.
    pub fn class(&self) -> Class {
        self.class
    }

    /// What would help, when that is known.
    pub fn advice(&self) -> Option<&Advice> {
        self.advice.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}

#[derive(Debug)]
struct FileError {
    what: &'static str,
    path: PathBuf,
    cause: std::io::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.path.display())
    }
}

impl StdError for FileError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.cause)
    }
}
