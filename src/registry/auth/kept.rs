//! What is kept of challenges and tokens from one run to the next, as values: whose they are, how long they count, and what a
//! change leaves of the others. How they come into a file is the business of `token_file`.
//!
//! There is never a password in it, no refresh token, and nothing that a password could be guessed from. A token is worth less:
//! it opens what it was asked for, at one registry, for minutes.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Bearer, ScopeSet};
use crate::credentials::{Credential, Secret};
use crate::image::Host;

/// The form of the file. A file of another form is no file.
const VERSION: u32 = 1;

/// A token from an earlier run counts no longer than this after it was given, whatever its server says: an account whose password
/// was changed elsewhere must not go on for days.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// How long a registry is believed to want what it wanted.
const MAX_CHALLENGE_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A token that expires within this time is not worth keeping: it might expire on its way.
const MARGIN: Duration = Duration::from_secs(15);

/// Registries and accounts that are remembered, and tokens of each: the newest ones.
const MAX_ENTRIES: usize = 50;
const MAX_TOKENS: usize = 20;

/// Longer texts are not kept.
const MAX_TEXT: usize = 8 * 1024;

/// All that is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    version: u32,
    entries: Vec<Entry>,
}

/// Whose challenge and tokens they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The registry's name.
    registry: String,
    /// How it was reached: a registry without TLS, or with a certificate that nobody vouches for, must not have a say in what is
    /// sent to the one that is verified.
    origin: String,
    /// The account; none for nobody.
    account: Option<String>,
}

impl Owner {
    /// Whose they are; `None` for a credential that needs no tokens.
    pub fn new(registry: &Host, origin: &str, credential: &Credential) -> Option<Self> {
        let account = match credential {
            Credential::Anonymous => None,
            Credential::Basic { username, .. } => Some(format!("user:{username}")),
            // It has no name. It is random and long, so nothing can be guessed from a part of its hash.
            Credential::IdentityToken(token) => Some(format!("identity:{}", fingerprint(registry, token))),
            Credential::RegistryToken(_) => return None,
        };
        Some(Self { registry: registry.to_string(), origin: origin.to_owned(), account })
    }
}

fn fingerprint(registry: &Host, token: &Secret) -> String {
    let hash = Sha256::digest(format!("rpush {registry} {}", token.expose()));
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a registry wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "lowercase")]
pub enum Wanted {
    /// A name and a password.
    Basic,
    /// A token.
    Bearer {
        /// The address of the token server.
        realm: String,
        /// The registry's name there.
        service: Option<String>,
    },
}

impl Wanted {
    /// The challenge in the form in which it came, to be judged like any other.
    pub fn bearer(&self) -> Option<Bearer> {
        match self {
            Self::Basic => None,
            Self::Bearer { realm, service } => Bearer::at(realm, service.clone()),
        }
    }

    fn is_short(&self) -> bool {
        match self {
            Self::Basic => true,
            Self::Bearer { realm, service } => realm.len() + service.as_ref().map_or(0, String::len) <= MAX_TEXT,
        }
    }
}

/// A token that was given, and until when it counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptToken {
    scopes: String,
    #[serde(with = "hidden")]
    token: Secret,
    /// Seconds of the wall clock, which is the only one that goes on between runs.
    issued: u64,
    expires: u64,
}

impl KeptToken {
    /// A token that was given at a time for so long.
    pub fn new(scopes: &ScopeSet, token: &Secret, issued: SystemTime, life: Duration) -> Self {
        let issued = seconds(issued);
        let expires = issued.saturating_add(life.min(MAX_AGE).as_secs());
        Self { scopes: scopes.to_string(), token: token.clone(), issued, expires }
    }

    /// Its text.
    pub fn value(&self) -> &Secret {
        &self.token
    }

    /// What it was asked for.
    pub fn scopes(&self) -> ScopeSet {
        self.scopes.parse().unwrap_or_else(|never: std::convert::Infallible| match never {})
    }

    /// How much longer it counts; `None` when it does not. One that comes from the future was written by a clock that has been
    /// put back since: nobody knows how old it is.
    pub fn life(&self, now: SystemTime) -> Option<Duration> {
        let now = seconds(now);
        let expires = self.expires.min(self.issued.saturating_add(MAX_AGE.as_secs()));
        let left = Duration::from_secs(expires.saturating_sub(now));
        (self.issued <= now && left > MARGIN).then_some(left)
    }
}

/// What is kept for one owner.
#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    owner: Owner,
    wanted: Wanted,
    learned: u64,
    tokens: Vec<KeptToken>,
}

impl Entry {
    fn counts(&self, now: SystemTime) -> bool {
        let now = seconds(now);
        self.learned <= now && now - self.learned < MAX_CHALLENGE_AGE.as_secs()
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self { version: VERSION, entries: Vec::new() }
    }
}

impl Kept {
    /// Reads what a file has. What is no such file has nothing.
    pub fn parse(bytes: &[u8]) -> Self {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(kept) if kept.version == VERSION => kept,
            _ => Self::default(),
        }
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("there are text keys only")
    }

    /// What counts for an owner now.
    pub fn recall(&self, owner: &Owner, now: SystemTime) -> Option<(Wanted, Vec<KeptToken>)> {
        let entry = self.entries.iter().find(|entry| entry.owner == *owner && entry.counts(now))?;
        let tokens = entry.tokens.iter().filter(|token| token.life(now).is_some()).cloned().collect();
        Some((entry.wanted.clone(), tokens))
    }

    /// Takes in what was learnt. Tokens of another token server than the one of today go.
    pub fn learn(&mut self, owner: &Owner, wanted: Wanted, token: Option<KeptToken>, now: SystemTime) {
        let place = self.entries.iter().position(|entry| entry.owner == *owner);
        let known = place.map(|place| self.entries.remove(place));
        let mut tokens = known.filter(|entry| entry.wanted == wanted).map(|entry| entry.tokens).unwrap_or_default();
        if let Some(token) = token.filter(|token| token.value().expose().len() + token.scopes.len() <= MAX_TEXT) {
            tokens.retain(|old| old.scopes != token.scopes);
            tokens.push(token);
        }
        if wanted.is_short() {
            self.entries.push(Entry { owner: owner.clone(), wanted, learned: seconds(now), tokens });
        }
        self.prune(now);
    }

    /// Drops what a registry did not take: the token with this text, or all of its owner when it was no token.
    pub fn unlearn(&mut self, owner: &Owner, token: Option<&Secret>, now: SystemTime) {
        match token {
            None => self.entries.retain(|entry| entry.owner != *owner),
            Some(token) => {
                let entries = self.entries.iter_mut().filter(|entry| entry.owner == *owner);
                entries.for_each(|entry| entry.tokens.retain(|kept| kept.value() != token));
            }
        }
        self.prune(now);
    }

    /// Drops all of a registry.
    pub fn forget(&mut self, registry: &Host, now: SystemTime) {
        self.entries.retain(|entry| entry.owner.registry != registry.as_str());
        self.prune(now);
    }

    /// Drops what no longer counts, and the oldest of what is too much.
    fn prune(&mut self, now: SystemTime) {
        self.entries.retain(|entry| entry.counts(now));
        let surplus = self.entries.len().saturating_sub(MAX_ENTRIES);
        self.entries.drain(..surplus);
        for entry in &mut self.entries {
            entry.tokens.retain(|token| token.life(now).is_some());
            let surplus = entry.tokens.len().saturating_sub(MAX_TOKENS);
            entry.tokens.drain(..surplus);
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A secret in the file, which is the one place where it is written out.
mod hidden {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::credentials::Secret;

    pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn host(text: &str) -> Host {
        text.parse().expect("a host")
    }

    fn owner(registry: &str, credential: &Credential) -> Owner {
        Owner::new(&host(registry), &format!("https://{registry}"), credential).expect("it needs tokens")
    }

    fn wanted(realm: &str) -> Wanted {
        Wanted::Bearer { realm: realm.to_owned(), service: Some("s".into()) }
    }

    fn token(scopes: &str, text: &str, issued: u64, life: u64) -> KeptToken {
        let scopes: ScopeSet = scopes.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
        KeptToken::new(&scopes, &text.into(), at(issued), Duration::from_secs(life))
    }

    /// The texts of the tokens that count for an owner.
    fn recalled(kept: &Kept, owner: &Owner, now: u64) -> Option<Vec<String>> {
        let (_, tokens) = kept.recall(owner, at(now))?;
        Some(tokens.iter().map(|token| token.value().expose().to_owned()).collect())
    }

    #[test]
    fn a_10_what_is_kept_belongs_to_registry_origin_and_account() {
        let alice = Credential::basic("alice", "p");
        let mine = owner("r.example", &alice);
        let mut kept = Kept::default();
        kept.learn(&mine, wanted("https://a/"), Some(token("repository:app:pull", "t", 1000, 300)), at(1000));
        let kept = Kept::parse(&kept.to_bytes());
        assert_eq!(recalled(&kept, &mine, 1000), Some(vec!["t".into()]));
        for other in [
            owner("r.example", &Credential::Anonymous),
            owner("r.example", &Credential::basic("bob", "p")),
            owner("r.example", &Credential::IdentityToken("alice".into())),
            owner("r.example:5000", &alice),
            Owner::new(&host("r.example"), "http://r.example", &alice).expect("it needs tokens"),
        ] {
            assert_eq!(recalled(&kept, &other, 1000), None, "{other:?}");
        }
        assert_eq!(Owner::new(&host("r"), "https://r", &Credential::RegistryToken("t".into())), None);
    }

    #[test]
    fn no_password_and_no_identity_token_is_kept() {
        let mut kept = Kept::default();
        for credential in [Credential::basic("alice", "s3cr3t"), Credential::IdentityToken("s3cr3t-refresh".into())] {
            kept.learn(&owner("r.example", &credential), wanted("https://a/"), None, at(1000));
        }
        let text = String::from_utf8(kept.to_bytes()).expect("text");
        assert!(text.contains("user:alice") && text.contains("identity:") && !text.contains("s3cr3t"), "{text}");
        let identity = |text: &str| owner("r.example", &Credential::IdentityToken(text.into()));
        assert_ne!(identity("one"), identity("other"));
    }

    /// A-05; and clocks that are put back or forward.
    #[test]
    fn tokens_count_from_their_issue_to_their_end() {
        let mine = owner("r.example", &Credential::Anonymous);
        for (issued, life, now, counts) in [
            (1000, 300, 1000, true),
            (1000, 300, 1284, true),
            (1000, 300, 1285, false),
            (1000, 300, 999, false),
            (1000, 300, 99_999, false),
            (1000, 30 * 24 * 3600, 1000 + 3500, true),
            (1000, 30 * 24 * 3600, 1000 + 3600, false),
        ] {
            let mut kept = Kept::default();
            kept.learn(&mine, wanted("https://a/"), Some(token("aws", "t", issued, life)), at(issued));
            let tokens = recalled(&kept, &mine, now).unwrap_or_default();
            assert_eq!(!tokens.is_empty(), counts, "{issued} {life} {now}");
        }
        // Whoever changes the file cannot make a token live longer.
        let forged = r#"{"scopes":"aws","token":"t","issued":1000,"expires":18446744073709551615}"#;
        let forged: KeptToken = serde_json::from_str(forged).expect("a token");
        assert_eq!(forged.life(at(1000)), Some(MAX_AGE));
    }

    #[test]
    fn every_change_drops_what_has_expired() {
        let (mine, other) = (owner("r.example", &Credential::Anonymous), owner("o.example", &Credential::Anonymous));
        let mut kept = Kept::default();
        kept.learn(&mine, wanted("https://a/"), Some(token("repository:a:pull", "old", 1000, 60)), at(1000));
        kept.learn(&mine, wanted("https://a/"), Some(token("repository:b:pull", "b", 1000, 600)), at(1000));
        kept.learn(&other, Wanted::Basic, None, at(1100));
        let text = String::from_utf8(kept.to_bytes()).expect("text");
        assert!(!text.contains("old") && text.contains(r#""b""#), "{text}");
        kept.forget(&host("o.example"), at(1000 + MAX_CHALLENGE_AGE.as_secs()));
        assert!(kept.entries.is_empty(), "a challenge does not count for ever");
    }

    #[test]
    fn a_token_takes_the_place_of_the_one_for_the_same_and_of_another_servers() {
        let mine = owner("r.example", &Credential::Anonymous);
        let mut kept = Kept::default();
        for (realm, scopes, text) in [
            ("https://a/", "repository:a:pull", "1"),
            ("https://a/", "repository:b:pull", "2"),
            ("https://a/", "repository:a:pull", "3"),
        ] {
            kept.learn(&mine, wanted(realm), Some(token(scopes, text, 1000, 60)), at(1000));
        }
        assert_eq!(recalled(&kept, &mine, 1000), Some(vec!["2".into(), "3".into()]));
        kept.unlearn(&mine, Some(&"2".into()), at(1000));
        assert_eq!(recalled(&kept, &mine, 1000), Some(vec!["3".into()]));
        kept.learn(&mine, wanted("https://b/"), None, at(1000));
        assert_eq!(recalled(&kept, &mine, 1000), Some(vec![]));
        kept.unlearn(&mine, None, at(1000));
        assert_eq!(recalled(&kept, &mine, 1000), None);
    }

    #[test]
    fn the_file_stays_small() {
        let mut kept = Kept::default();
        for number in 0..200 {
            let mine = owner(&format!("r{number}.example"), &Credential::Anonymous);
            kept.learn(&mine, Wanted::Basic, None, at(1000));
        }
        let mine = owner("r.example", &Credential::Anonymous);
        for number in 0..200 {
            let token = token(&format!("repository:a{number}:pull"), &"x".repeat(8000), 1000, 60);
            kept.learn(&mine, wanted("https://a/"), Some(token), at(1000));
        }
        kept.learn(&mine, wanted("https://a/"), Some(token("aws", &"x".repeat(9000), 1000, 60)), at(1000));
        assert_eq!((kept.entries.len(), recalled(&kept, &mine, 1000).map(|all| all.len())), (50, Some(20)));
    }

    #[test]
    fn what_is_no_such_file_has_nothing() {
        for bytes in [
            &b""[..],
            b"{",
            b"[]",
            b"\xff\xfe",
            br#"{"version":2,"entries":[]}"#,
            br#"{"version":1,"entries":[{"registry":"r"}]}"#,
            br#"{"version":1,"entries":{}}"#,
        ] {
            assert!(Kept::parse(bytes).entries.is_empty());
        }
    }
}
