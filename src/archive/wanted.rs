//! Which images of an archive are meant: known before anything of it is taken, so that nothing else is.

use super::error::Fault;
use crate::image::{Digest, Reference};

/// Which images of an archive are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// The one that it has; it may have several names.
    Only,
    /// The one with this name, this tag, or this digest: `@sha256:...`.
    Named(String),
}

/// By what an image can be asked for, and told from the others.
pub(super) struct Label {
    /// The same for all entries of one image.
    pub(super) key: String,
    /// Full names, in canonical spelling.
    pub(super) names: Vec<Reference>,
    /// The texts by which the archive knows it.
    pub(super) selectors: Vec<String>,
    /// Its digest, where that is known already.
    pub(super) digest: Option<Digest>,
}

impl Label {
    fn text(&self) -> String {
        match (self.names.first(), self.selectors.first()) {
            (Some(name), _) => name.familiar(),
            (None, Some(selector)) => selector.clone(),
            (None, None) => self.digest.map_or_else(|| self.key.clone(), |digest| digest.to_string()),
        }
    }

    /// Whether this text means it; `None` when that is not known yet.
    fn is_meant_by(&self, wanted: &str) -> Option<bool> {
        let name = wanted.parse::<Reference>().ok().map(|name| name.canonical());
        let is_named = self.selectors.iter().any(|selector| selector == wanted)
            || name.as_ref().is_some_and(|name| self.names.contains(name));
        match (wanted.strip_prefix('@'), self.digest) {
            (Some(_), None) => None,
            (Some(wanted), Some(digest)) => Some(is_named || digest.to_string() == wanted),
            (None, _) => Some(is_named),
        }
    }
}

impl Wanted {
    /// The entries that are meant; all that may be, where that shows later.
    pub(super) fn among<T>(&self, entries: Vec<T>, label: impl Fn(&T) -> Label) -> Result<Vec<T>, Fault> {
        let labels: Vec<Label> = entries.iter().map(label).collect();
        let meant = match self {
            Self::All => return Ok(entries),
            Self::Only => labels.first(),
            Self::Named(text) => {
                let verdicts: Vec<_> = labels.iter().map(|label| label.is_meant_by(text)).collect();
                if verdicts.contains(&None) {
                    return Ok(entries);
                }
                let position = verdicts.iter().position(|verdict| *verdict == Some(true));
                let offered = || labels.iter().map(Label::text).collect();
                let position =
                    position.ok_or_else(|| Fault::NoSuchImage { wanted: text.clone(), offered: offered() })?;
                Some(&labels[position])
            }
        };
        let Some(meant) = meant else { return Ok(entries) };
        if *self == Self::Only && labels.iter().any(|label| label.key != meant.key) {
            return Err(Fault::Several(labels.iter().map(Label::text).collect()));
        }
        Ok(entries
            .into_iter()
            .zip(&labels)
            .filter(|(_, label)| label.key == meant.key)
            .map(|(entry, _)| entry)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with the image `a` under two names, `b` under a tag alone, and `c` without any.
    fn choose(wanted: &Wanted) -> Result<Vec<&'static str>, String> {
        let entries = vec![("a", "x:1"), ("b", "7"), ("a", "x:2"), ("c", "")];
        let label = |(key, selector): &(&'static str, &'static str)| Label {
            key: (*key).to_owned(),
            names: Vec::from_iter(
                selector.contains(':').then(|| selector.parse::<Reference>().expect("a name").canonical()),
            ),
            selectors: Vec::from_iter((!selector.is_empty()).then(|| (*selector).to_owned())),
            digest: Some(Digest::of(key.as_bytes())),
        };
        let chosen = wanted.among(entries, label).map_err(|fault| fault.to_string())?;
        Ok(chosen.into_iter().map(|(_, selector)| selector).collect())
    }

    #[test]
    fn an_image_is_meant_by_any_of_its_names_and_comes_with_all() {
        let named = |text: &str| choose(&Wanted::Named(text.to_owned()));
        assert_eq!(choose(&Wanted::All), Ok(vec!["x:1", "7", "x:2", ""]));
        for text in ["x:1", "x:2", "docker.io/library/x:2"] {
            assert_eq!(named(text), Ok(vec!["x:1", "x:2"]), "{text}");
        }
        assert_eq!(named("7"), Ok(vec!["7"]));
        assert_eq!(named(&format!("@{}", Digest::of(b"c"))), Ok(vec![""]));
        let offered = format!("the archive has x:1, 7, x:2, {}", Digest::of(b"c"));
        assert_eq!(named("y"), Err(offered));
        assert!(choose(&Wanted::Only).expect_err("there are three").starts_with("it has several images: x:1, 7, "));
    }

    #[test]
    fn what_is_not_known_yet_is_left_in() {
        let label = |key: &&str| Label { key: (*key).to_owned(), names: vec![], selectors: vec![], digest: None };
        let wanted = Wanted::Named(format!("@{}", Digest::of(b"")));
        assert_eq!(wanted.among(vec!["a", "b"], label).expect("both may be"), ["a", "b"]);
        assert_eq!(Wanted::Only.among(vec!["a", "a"], label).expect("one image"), ["a", "a"]);
        assert_eq!(Wanted::Only.among(Vec::<&str>::new(), label).expect("nothing"), Vec::<&str>::new());
    }
}
