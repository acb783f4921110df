//! How a client proves to a registry who it is: the registry's challenge, the scope that a request needs, and the token that
//! a token server gives for it.
//!
//! Only functions and values live here. When to ask again, and when to give up, is decided by whoever sends the request.
//! Where credentials may go is decided here, by types: a [`TokenServer`] can only be made from a challenge whose
//! address is fit to receive a password, and [`fetch`] takes nothing else.

mod challenge;
mod error;
mod kept;
mod scope;
mod token;
mod token_file;
mod tokens;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;

pub use challenge::{Bearer, Challenge, PlainHosts, TokenServer};
pub use error::{Answer, Error};
pub(in crate::registry) use kept::{KeptToken, Owner, Wanted};
pub use scope::{Scope, ScopeSet, Shortfall};
pub use token::{Token, fetch, fetch_within};
pub use token_file::TokenFile;
pub use tokens::Tokens;

use crate::credentials::{Credential, Secret};

/// The header for a registry that asked for a name and a password. A refresh token never goes to a registry, so
/// there is no header for it.
pub fn basic_header(credential: &Credential) -> Option<HeaderValue> {
    let Credential::Basic { username, password } = credential else { return None };
    let pair = Secret::new(format!("{username}:{}", password.expose()));
    let value = Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())));
    sensitive(&value)
}

/// The header for a token. There is none for a text that does not fit into a header.
pub fn bearer_header(token: &Secret) -> Option<HeaderValue> {
    sensitive(&Secret::new(format!("Bearer {}", token.expose())))
}

/// A header that the HTTP library does not print.
fn sensitive(value: &Secret) -> Option<HeaderValue> {
    let mut header = HeaderValue::from_str(value.expose()).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_09_a_refresh_token_has_no_header_for_a_registry() {
        assert_eq!(basic_header(&Credential::IdentityToken("refresh".into())), None);
        assert_eq!(basic_header(&Credential::Anonymous), None);
    }

    #[test]
    fn a_14_headers_do_not_print_their_secret() {
        let basic = basic_header(&Credential::basic("alice", "a:b")).expect("a header");
        assert_eq!(basic, "Basic YWxpY2U6YTpi");
        let bearer = bearer_header(&"token".into()).expect("a header");
        assert_eq!(bearer, "Bearer token");
        assert_eq!(format!("{basic:?} {bearer:?}"), "Sensitive Sensitive");
        assert_eq!(bearer_header(&"a\nb".into()), None);
    }
}
