//! Who may in: the accounts of a file that `htpasswd -B` writes, by HTTP Basic (R-31). Everybody with an account may do
//! everything.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use sha2::{Digest as _, Sha256};

use super::blocking;
use super::error::{Code, Refusal};

/// The cost of a hash that nobody can get hold of.
const QUICK: u32 = 4;

/// Accounts with the hashes of their passwords.
pub struct Accounts {
    hashes: HashMap<String, Arc<str>>,
    /// What was right before: bcrypt is slow on purpose, and a push is many requests. Only a digest is kept in memory.
    verified: Mutex<HashMap<String, [u8; 32]>>,
    /// One verification at a time, so that guessing cannot take all processors.
    turn: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accounts({})", self.hashes.len())
    }
}

/// Why a text is not a file of accounts. Neither names nor hashes are repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAccountsError {
    /// A line without a colon, or with nothing before it.
    #[error("line {0} is not `user:hash`")]
    Malformed(usize),
    /// A hash other than bcrypt, which would be too quick to guess.
    #[error("line {0} is not hashed with bcrypt; write it with `htpasswd -B`")]
    OtherHash(usize),
    /// No account at all: nobody could log in.
    #[error("there is no account in it")]
    Empty,
}

impl Accounts {
    /// Reads the text of an htpasswd file.
    pub fn parse(text: &str) -> Result<Self, ParseAccountsError> {
        let mut hashes = HashMap::new();
        for (number, line) in (1..).zip(text.lines()).map(|(number, line)| (number, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let account = line.split_once(':').filter(|(user, _)| !user.is_empty());
            let (user, hash) = account.ok_or(ParseAccountsError::Malformed(number))?;
            if !is_bcrypt(hash) {
                return Err(ParseAccountsError::OtherHash(number));
            }
            hashes.insert(user.to_owned(), Arc::from(hash));
        }
        match hashes.is_empty() {
            true => Err(ParseAccountsError::Empty),
            false => Ok(Self { hashes, verified: Mutex::default(), turn: tokio::sync::Mutex::default() }),
        }
    }

    /// One account, for a registry that lives as long as its process: the hash is kept in memory only, and so is quick.
    pub fn of(user: &str, password: &str) -> Result<Self, bcrypt::BcryptError> {
        let hashes = HashMap::from([(user.to_owned(), Arc::from(bcrypt::hash(password, QUICK)?))]);
        Ok(Self { hashes, verified: Mutex::default(), turn: tokio::sync::Mutex::default() })
    }

    /// The account that a request is made with.
    pub(super) async fn admit(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let challenge = |message| {
            Refusal::new(Code::Unauthorized, message)
                .with_header(WWW_AUTHENTICATE, r#"Basic realm="rpush", charset="UTF-8""#)
        };
        let (user, password) = credentials(headers).ok_or_else(|| challenge("an account is needed"))?;
        match self.verify(&user, password).await {
            true => Ok(user),
            false => Err(challenge("no such account, or another password")),
        }
    }

    async fn verify(&self, user: &str, password: Vec<u8>) -> bool {
        let fingerprint: [u8; 32] = Sha256::digest(&password).into();
        let is_known = || self.verified().get(user) == Some(&fingerprint);
        if is_known() {
            return true;
        }
        let _turn = self.turn.lock().await;
        // Whoever was before in the queue may have been the same.
        if is_known() {
            return true;
        }
        // A name without an account takes as long as one with it, so that names cannot be told by the clock.
        let is_there = self.hashes.contains_key(user);
        let Some(hash) = self.hashes.get(user).or_else(|| self.hashes.values().next()).cloned() else { return false };
        let is_right = blocking(move || bcrypt::verify(password, &hash).unwrap_or(false)).await && is_there;
        if is_right {
            self.verified().insert(user.to_owned(), fingerprint);
        }
        is_right
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, HashMap<String, [u8; 32]>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `$2y$05$` and 53 characters.
fn is_bcrypt(hash: &str) -> bool {
    let is_version = ["$2a$", "$2b$", "$2y$"].iter().any(|version| hash.starts_with(version));
    is_version && hash.len() == 60 && hash.is_ascii()
}

fn credentials(headers: &HeaderMap) -> Option<(String, Vec<u8>)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let user = String::from_utf8(decoded[..colon].to_vec()).ok()?;
    Some((user, decoded[colon + 1..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `htpasswd -nbB -C 4 alice secret`
    const ALICE: &str = "alice:$2y$04$RNeaMhmB0.a3Z0Ix4o8UJuh9jwOxFGQ4j2umT/KWFOGVIS0r2q/xC";

    fn headers(text: &str) -> HeaderMap {
        let value = format!("Basic {}", STANDARD.encode(text)).parse().expect("a header");
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    #[tokio::test]
    async fn r31_the_right_password_and_no_other() {
        let accounts = Accounts::parse(&format!("# people\n\n{ALICE}\n")).expect("accounts");
        for _ in 0..2 {
            assert_eq!(accounts.admit(&headers("alice:secret")).await.expect("admitted"), "alice");
        }
        for text in ["alice:Secret", "alice:", "bob:secret", "alice", ":", "alice:secret:"] {
            assert!(accounts.admit(&headers(text)).await.is_err(), "{text}");
        }
        let response = accounts.admit(&HeaderMap::new()).await.expect_err("not admitted").into_response();
        assert_eq!(response.status(), 401);
        assert!(response.headers()[WWW_AUTHENTICATE].as_bytes().starts_with(b"Basic realm="));
    }

    #[test]
    fn only_bcrypt_is_taken_and_nothing_secret_is_repeated() {
        for (text, error) in [
            ("", ParseAccountsError::Empty),
            ("# alice", ParseAccountsError::Empty),
            ("alice", ParseAccountsError::Malformed(1)),
            ("\n:x", ParseAccountsError::Malformed(2)),
            ("alice:$apr1$x$secret", ParseAccountsError::OtherHash(1)),
            ("alice:secret", ParseAccountsError::OtherHash(1)),
            ("alice:$2y$05$short", ParseAccountsError::OtherHash(1)),
        ] {
            let found = Accounts::parse(text).expect_err("refused");
            assert!(!found.to_string().contains("secret"));
            assert_eq!(found, error, "{text}");
        }
        assert_eq!(format!("{:?}", Accounts::parse(ALICE).expect("an account")), "Accounts(1)");
    }
}
