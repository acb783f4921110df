//! A registry, spoken to over HTTP as the OCI distribution specification says, and as registries really do.
//!
//! [`Registry::at`] is the way in; a [`Repository`] is a place in the sense of [`content`]. Below it, each file
//! has one question to answer: `caller` sends, `verdict` says what an outcome means, `transport` finds the way and names what
//! went wrong on it, `authority` has the credentials, `upload` puts a blob.

mod address;
mod answers;
pub mod auth;
mod authority;
mod call;
mod caller;
mod certs_d;
mod cure;
mod custody;
mod delivery;
pub mod doctor;
mod documents;
mod download;
mod endurance;
mod error;
mod glance;
mod hosts_toml;
mod journal;
mod link;
mod listing;
mod memory;
mod mirror;
mod mirrors;
mod naming;
mod note;
mod outflow;
mod pace;
mod past;
mod portions;
mod proxy;
mod rate_limit;
mod referrers;
mod repository;
mod search;
mod sessions;
pub mod surface;
mod throttle;
mod transport;
mod trouble;
mod trust;
mod tunnel;
mod upload;
mod verdict;

use std::sync::Arc;

use reqwest::Method;

use crate::content;
use crate::credentials::Credential;
use crate::image::{Host, RepositoryName};

pub use auth::TokenFile;
pub use caller::Welcome;
pub use certs_d::CertificateDirs;
pub use documents::Shortcoming;
pub use endurance::Endurance;
pub use error::{Answer, Error};
pub use hosts_toml::Mirrored;
pub use journal::Journal;
pub use mirror::{Mirror, ParseMirrorError, Trusted};
pub use mirrors::{LeftOut, Mirrors};
pub use naming::Removal;
pub use note::{Note, Notes};
pub use proxy::{ParseProxyError, ProxyAddress};
pub use rate_limit::RateLimit;
pub use referrers::{entry_of, fallback_tag};
pub use repository::{Purpose, Repository};
pub use search::Hit;
pub use throttle::{Rate, Throttle};
pub use transport::{Access, OtherHost};
pub use trouble::Trouble;
pub use trust::{Anchor as CertificateAnchor, CertificateFault, ClientFiles, TrustError};

use address::Downgrade;
use auth::PlainHosts;
use authority::Authority;
use call::Call;
use caller::Caller;
use transport::Transport;

/// A registry, and the one pool of connections to it.
#[derive(Clone)]
pub struct Registry {
    caller: Arc<Caller>,
}

impl Registry {
    /// The registry at `host`. Nothing is sent yet.
    pub fn at(host: &Host, access: Access, credential: Credential, endurance: Endurance) -> Self {
        let (plain, tokens) = (PlainHosts::new(host, &access.plain_hosts), access.tokens.clone());
        let authority = Authority::new(host.clone(), credential, plain, tokens, endurance.stall);
        let (notes, downgrade) = (access.notes.clone(), Downgrade::of(&access));
        let transport = Transport::new(host.clone(), access);
        let mut caller = Caller::new(transport, authority, host.clone(), endurance);
        (caller.notes, caller.downgrade) = (notes, downgrade);
        Self { caller: Arc::new(caller) }
    }

    /// One of its repositories.
    pub fn repository(&self, name: &RepositoryName, purpose: Purpose) -> Repository {
        Repository::new(self.caller.clone(), name.clone(), purpose)
    }

    /// Whether the files that were named for it can be read: for who may never get to use them. Nothing is sent.
    pub fn check_configuration(&self) -> Result<(), content::Error> {
        self.caller.check_configuration()
    }

    /// Gives up the uploads that nobody will go on with. What fails here does not matter: the registry forgets them in time.
    pub async fn tidy(&self) {
        self.caller.give_up_loose().await;
    }

    /// Whether the registry takes the credential.
    pub async fn verify(&self) -> Result<Welcome, content::Error> {
        let call = Call::new(Method::GET, String::new(), format!("log in to {}", self.caller.host));
        self.caller.expect(&call, &[200]).await?;
        self.caller.identity().await
    }
}
