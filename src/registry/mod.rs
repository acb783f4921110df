//! A registry, spoken to over HTTP as the OCI distribution specification says, and as registries really do.
//!
//! [`Registry::at`] is the way in; a [`Repository`] is a place in the sense of [`content`]. Below it, each file
//! has one question to answer: `caller` sends, `verdict` says what an outcome means, `transport` finds the way and names what
//! went wrong on it, `authority` has the credentials, `upload` puts a blob.

pub mod auth;
mod authority;
mod caller;
mod error;
mod link;
mod repository;
mod transport;
mod upload;
mod verdict;

use std::sync::Arc;

use reqwest::Method;

use crate::content;
use crate::credentials::Credential;
use crate::image::{Host, RepositoryName};

pub use caller::Welcome;
pub use error::{Answer, Error};
pub use repository::{Purpose, Repository};
pub use transport::{Access, Trouble};

use auth::PlainRealm;
use authority::Authority;
use caller::{Call, Caller};
use transport::Transport;

/// A registry, and the one pool of connections to it.
#[derive(Clone)]
pub struct Registry {
    caller: Arc<Caller>,
}

impl Registry {
    /// The registry at `host`. Nothing is sent yet.
    pub fn at(host: &Host, access: Access, credential: Credential, retries: u32) -> Self {
        let plain = if access.plain_http || access.insecure { PlainRealm::Allowed } else { PlainRealm::Refused };
        let transport = Transport::new(host.clone(), access);
        let authority = Authority::new(host.clone(), credential, plain);
        Self { caller: Arc::new(Caller::new(transport, authority, host.clone(), retries)) }
    }

    /// One of its repositories.
    pub fn repository(&self, name: &RepositoryName, purpose: Purpose) -> Repository {
        Repository::new(self.caller.clone(), name.clone(), purpose)
    }

    /// Whether the registry takes the credential.
    pub async fn verify(&self) -> Result<Welcome, content::Error> {
        let call = Call::new(Method::GET, String::new(), format!("log in to {}", self.caller.host));
        self.caller.expect(&call, &[200]).await?;
        self.caller.identity().await
    }
}
