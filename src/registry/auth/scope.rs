//! Scopes: what a token allows, in the words of the token specification: `repository:team/app:pull,push`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::image::RepositoryName;

/// One thing and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    kind: String,
    name: String,
    actions: BTreeSet<String>,
}

impl Scope {
    /// To read a repository.
    pub fn pull(name: &RepositoryName) -> Self {
        Self::repository(name, &["pull"])
    }

    /// To read and to write a repository.
    pub fn push(name: &RepositoryName) -> Self {
        Self::repository(name, &["pull", "push"])
    }

    /// To delete in a repository. Registries disagree on what that takes, so reading and writing come with it.
    pub fn delete(name: &RepositoryName) -> Self {
        Self::repository(name, &["pull", "push", "delete"])
    }

    /// To list the repositories of a registry.
    pub fn catalog() -> Self {
        Self { kind: "registry".into(), name: "catalog".into(), actions: ["*".to_owned()].into() }
    }

    fn repository(name: &RepositoryName, actions: &[&str]) -> Self {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        Self { kind: "repository".into(), name: name.to_string(), actions }
    }

    /// Whether it is the same thing. `repository(plugin)` is a `repository`.
    fn is_about(&self, other: &Self) -> bool {
        let kind = |scope: &Self| scope.kind.split('(').next().unwrap_or_default().to_owned();
        self.name == other.name && kind(self) == kind(other)
    }

    /// Whether it has the form of the specification, and is no word of some server's own.
    pub(super) fn is_about_something(&self) -> bool {
        !self.name.is_empty()
    }

    /// Whether whoever has this may do everything that `other` needs.
    fn contains(&self, other: &Self) -> bool {
        self.is_about(other) && (self.actions.contains("*") || self.actions.is_superset(&other.actions))
    }
}

impl FromStr for Scope {
    type Err = Infallible;

    /// the type ends at the first colon and the actions begin after the last one, because a name may have a colon of
    /// its own (`hostname:port/app`). A text without colons is some registry's own word and is kept as it is.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let parts = text.split_once(':').and_then(|(kind, rest)| Some((kind, rest.rsplit_once(':')?)));
        Ok(match parts {
            Some((kind, (name, actions))) => {
                let actions = actions.split(',').filter(|action| !action.is_empty()).map(str::to_owned).collect();
                Self { kind: kind.to_owned(), name: name.to_owned(), actions }
            }
            None => Self { kind: text.to_owned(), name: String::new(), actions: BTreeSet::new() },
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if self.name.is_empty() && self.actions.is_empty() {
            return Ok(());
        }
        let actions: Vec<_> = self.actions.iter().map(String::as_str).collect();
        write!(f, ":{}:{}", self.name, actions.join(","))
    }
}

/// Everything that one token has to allow. A thing is in it once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// Adds what a scope allows.
    pub fn insert(&mut self, scope: Scope) {
        match self.0.iter_mut().find(|known| known.is_about(&scope)) {
            Some(known) => known.actions.extend(scope.actions),
            None => self.0.push(scope),
        }
    }

    /// Whether a token for this serves a request that needs `other`.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|needed| self.0.iter().any(|scope| scope.contains(needed)))
    }

    /// What is missing here for the first of the things that `needed` names and that this is not enough for.
    pub fn shortfall(&self, needed: &Self) -> Option<Shortfall> {
        let lacking = needed.0.iter().find(|needed| !self.0.iter().any(|scope| scope.contains(needed)))?;
        let about = self.0.iter().filter(|scope| scope.is_about(lacking));
        let granted: BTreeSet<String> = about.flat_map(|scope| scope.actions.iter().cloned()).collect();
        let missing = lacking.actions.difference(&granted).cloned().collect();
        Some(Shortfall { granted: granted.into_iter().collect(), missing })
    }

    /// Whether nothing in particular is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

/// What a token may not do although it was asked for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// What may be done.
    pub granted: Vec<String>,
    /// What may not.
    pub missing: Vec<String>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.granted.as_slice() {
            [] => f.write_str("the token server granted nothing"),
            granted => write!(f, "the token server granted only {}", granted.join(", ")),
        }
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::default();
        set.extend(scopes);
        set
    }
}

impl Extend<Scope> for ScopeSet {
    fn extend<I: IntoIterator<Item = Scope>>(&mut self, scopes: I) {
        scopes.into_iter().for_each(|scope| self.insert(scope));
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = std::vec::IntoIter<Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self(vec![scope])
    }
}

impl FromStr for ScopeSet {
    type Err = Infallible;

    /// one text may have several scopes, with spaces between them.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        text.split_ascii_whitespace().map(Scope::from_str).collect()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            scope.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        text.parse().unwrap_or_else(|never: Infallible| match never {})
    }

    #[test]
    fn a_04_names_may_have_a_colon() {
        let scope = set("repository:r.example:5000/app:push,pull").0.remove(0);
        assert_eq!((scope.kind.as_str(), scope.name.as_str()), ("repository", "r.example:5000/app"));
        assert_eq!(scope.to_string(), "repository:r.example:5000/app:pull,push");
        for text in ["registry:catalog:*", "repository(plugin):app:pull", "aws", "repository:app:"] {
            assert_eq!(set(text).to_string(), text);
        }
    }

    #[test]
    fn a_thing_is_asked_for_once() {
        let merged = set("repository:app:pull repository:base:pull  repository:app:push repository(plugin):app:delete");
        assert_eq!(merged.to_string(), "repository:app:delete,pull,push repository:base:pull");
    }

    #[test]
    fn a_10_a_wider_token_serves_a_narrower_request() {
        for (have, need, covered) in [
            ("repository:app:pull,push", "repository:app:pull", true),
            ("repository:app:pull", "repository:app:pull,push", false),
            ("repository:app:*", "repository:app:delete", true),
            ("repository:app:pull", "repository:app:*", false),
            ("repository:app:pull repository:base:pull", "repository:base:pull", true),
            ("repository:app:pull", "repository:app:pull repository:base:pull", false),
            ("repository:app:pull", "repository:app/x:pull", false),
            ("repository(plugin):app:pull", "repository:app:pull", true),
            ("repository:app:pull", "", true),
            ("", "repository:app:pull", false),
            ("aws", "aws", true),
        ] {
            assert_eq!(set(have).covers(&set(need)), covered, "{have:?} for {need:?}");
        }
    }

    #[test]
    fn a_06_what_was_not_granted_is_said() {
        for (granted, needed, words, missing) in [
            ("repository:app:pull", "repository:app:pull,push", "the token server granted only pull", "push"),
            ("repository:app:pull,push", "repository:app:*", "the token server granted only pull, push", "*"),
            ("repository:app:", "repository:app:pull,push", "the token server granted nothing", "pull push"),
            ("", "repository:app:pull", "the token server granted nothing", "pull"),
            ("repository:app:*", "repository:app:pull repository:b:pull", "the token server granted nothing", "pull"),
        ] {
            let shortfall = set(granted).shortfall(&set(needed)).expect("it is less");
            assert_eq!((shortfall.to_string().as_str(), shortfall.missing.join(" ").as_str()), (words, missing));
        }
        assert_eq!(set("repository:app:*").shortfall(&set("repository:app:pull,push")), None);
        assert_eq!(set("").shortfall(&set("")), None);
    }

    #[test]
    fn requests_name_what_they_need() {
        let name: RepositoryName = "team/app".parse().expect("a name");
        let scopes: ScopeSet = [Scope::pull(&name), Scope::push(&name), Scope::catalog()].into_iter().collect();
        assert_eq!(scopes.to_string(), "repository:team/app:pull,push registry:catalog:*");
        assert_eq!(Scope::delete(&name).to_string(), "repository:team/app:delete,pull,push");
    }
}
