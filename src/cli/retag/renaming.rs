//! What tags become: `v1.*` and `HOST/app:stable-*` make `stable-0` of `v1.0`. Pure values, so that all names are known to be
//! names, and each to be given once, before the first of them is.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::image::{Reference, Tag};

use super::super::context::parse_reference;
use super::super::failure::Failure;
use super::super::pattern::Pattern;

/// Which tags get which names.
#[derive(Debug)]
pub struct Renaming {
    typed: String,
    pattern: Pattern,
    targets: Vec<Target>,
}

/// A target that was typed.
#[derive(Debug)]
struct Target {
    /// The repository.
    repository: Reference,
    /// What stands around the `*` of its tag; without a tag, names are kept.
    around: Option<Vec<String>>,
}

impl Renaming {
    /// Reads a pattern for the tags of `source`, and what they become.
    pub fn parse(pattern: &str, source: &Reference, targets: &[String]) -> Result<Self, Failure> {
        let read = Pattern::parse(pattern)?;
        let targets = targets.iter().map(|text| target(text, source, pattern, &read)).collect::<Result<_, _>>()?;
        Ok(Self { typed: pattern.to_owned(), pattern: read, targets })
    }

    /// The pattern, as it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The repositories of the targets.
    pub fn repositories(&self) -> impl Iterator<Item = &Reference> {
        self.targets.iter().map(|target| &target.repository)
    }

    /// Whether a tag is meant.
    pub fn takes(&self, tag: &Tag) -> bool {
        self.pattern.matches(tag.as_str())
    }

    /// What a tag that is meant becomes, one name a target.
    pub fn names_for(&self, tag: &Tag) -> Result<Vec<Reference>, Failure> {
        let captures = self.pattern.captures(tag.as_str()).unwrap_or_default();
        self.targets.iter().map(|target| target.name_for(tag, &captures)).collect()
    }

    /// Looks through all tags that are meant for names that are none, or that two of them would get. Only a hash is kept of each,
    /// and only where there can be two.
    pub fn check(&self, tags: impl Iterator<Item = Tag>) -> Result<(), Failure> {
        let mut given = HashSet::new();
        let can_meet = self.can_meet();
        for tag in tags {
            for name in self.names_for(&tag)? {
                let mut hasher = DefaultHasher::new();
                name.hash(&mut hasher);
                if can_meet && !given.insert(hasher.finish()) {
                    return Err(Failure::usage(format!("more than one tag would become {}", name.familiar()))
                        .hint("give each `*` something of its own around it, or choose fewer tags"));
                }
            }
        }
        Ok(())
    }

    /// Whether two tags can become the same: what has one `*` can be read back.
    fn can_meet(&self) -> bool {
        let many = self.targets.iter().any(|target| target.around.as_ref().is_some_and(|around| around.len() > 2));
        let is_again = |(at, target): (usize, &Target)| {
            self.targets[..at].iter().any(|earlier| earlier.repository == target.repository)
        };
        many || self.targets.iter().enumerate().any(is_again)
    }
}

fn target(text: &str, source: &Reference, typed: &str, pattern: &Pattern) -> Result<Target, Failure> {
    let after_path = text.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match text[after_path..].split_once(':') {
        Some((name, tag)) => (parse_reference(&text[..after_path + name.len()])?, Some(tag)),
        None => (parse_reference(text)?, None),
    };
    if repository.digest.is_some() || tag.is_some_and(|tag| tag.contains('@')) {
        return Err(Failure::usage("refusing to create a tag with a digest reference")
            .hint(format!("name the repository, or what the tags become: `{}:*`", repository.familiar_repository())));
    }
    let around = tag.map(|tag| tag.split('*').map(str::to_owned).collect::<Vec<_>>());
    match &around {
        None if repository.host == source.host && repository.name == source.name => {
            Err(Failure::usage(format!("the tags of {} have these names already", source.familiar()))
                .hint(format!("say what they become: `{}:stable-*`", repository.familiar())))
        }
        Some(around) if around.len() - 1 != pattern.wildcards() => {
            let what = match around.len() - 1 < pattern.wildcards() {
                true => format!("`{text}` has no place for all that `{typed}` matches: tags would become the same"),
                false => format!("`{text}` has more `*` than `{typed}` has anything to put there"),
            };
            Err(Failure::usage(what)
                .hint("each `*` of the target stands for what the pattern's `*` in its place matched"))
        }
        _ => Ok(Target { repository, around }),
    }
}

impl Target {
    fn name_for(&self, tag: &Tag, captures: &[String]) -> Result<Reference, Failure> {
        let Some([first, rest @ ..]) = self.around.as_deref() else {
            return Ok(self.repository.with_tag(tag.clone()));
        };
        let mut text = first.clone();
        for (capture, literal) in captures.iter().zip(rest) {
            text.push_str(capture);
            text.push_str(literal);
        }
        let invalid = |_| {
            Failure::usage(format!("{tag} would become `{text}`, which is no tag")).because(
                "a tag has at most 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two",
            )
        };
        Ok(self.repository.with_tag(text.parse().map_err(invalid)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renaming(pattern: &str, targets: &[&str]) -> Result<Renaming, Failure> {
        let source = "localhost:5000/app".parse().expect("a name");
        let targets: Vec<_> = targets.iter().map(ToString::to_string).collect();
        Renaming::parse(pattern, &source, &targets)
    }

    fn tag(text: &str) -> Tag {
        text.parse().expect("a tag")
    }

    #[test]
    fn stars_stand_for_what_was_matched() {
        for (pattern, target, from, to) in [
            ("v1.*", "localhost:5000/app:stable-*", "v1.2.3", Some("localhost:5000/app:stable-2.3")),
            ("v1.*", "localhost:5000/app:*", "v1.2.3", Some("localhost:5000/app:2.3")),
            ("v1.*", "localhost:5000/other", "v1.2.3", Some("localhost:5000/other:v1.2.3")),
            ("v?.*", "localhost:5000/app:*-*-x", "v1.2", Some("localhost:5000/app:1-2-x")),
            ("v[12].0", "localhost:5000/app:r*", "v2.0", Some("localhost:5000/app:r2")),
            ("latest", "localhost:5000/app:stable", "latest", Some("localhost:5000/app:stable")),
            ("v1.*", "localhost:5000/app:stable-*", "v2.0", None),
            ("*", "team/app", "v2.0", Some("team/app:v2.0")),
        ] {
            let renaming = renaming(pattern, &[target]).expect("it can be done");
            let names = renaming.takes(&tag(from)).then(|| renaming.names_for(&tag(from)).expect("names"));
            let name = names.map(|names| names[0].familiar());
            assert_eq!(name.as_deref(), to, "{pattern} {target} {from}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (pattern, target, words) in [
            ("v1.*", "localhost:5000/app", "have these names already"),
            ("v1.*", "localhost:5000/app:stable", "has no place for all that `v1.*` matches"),
            ("latest", "localhost:5000/app:s-*", "has more `*` than `latest`"),
            ("[", "localhost:5000/app:*", "syntax error in pattern"),
            ("v1.*", "localhost:5000/*:a", "invalid reference format"),
            ("v1.*", "localhost:5000/app:*@sha256:0", "digest reference"),
        ] {
            let failure = renaming(pattern, &[target]).expect_err("no sense").to_string();
            assert!(failure.contains(words), "{pattern} {target}: {failure}");
        }
    }

    #[test]
    fn names_that_are_none_and_names_that_two_would_get() {
        for (pattern, targets, tags, words) in [
            ("v*", &["localhost:5000/app:*"][..], &["v1", "v"][..], Some("v would become ``, which is no tag")),
            ("v*", &["localhost:5000/app:*"], &["v1", "v-1"], Some("v-1 would become `-1`, which is no tag")),
            (
                "*-*",
                &["localhost:5000/app:*.*"],
                &["1-2.3", "1.2-3"],
                Some("more than one tag would become localhost:5000/app:1.2.3"),
            ),
            (
                "v*",
                &["localhost:5000/app:a*", "localhost:5000/app:*"],
                &["v1", "va1"],
                Some("more than one tag would become"),
            ),
            ("v*", &["localhost:5000/app:a*", "localhost:5000/b"], &["v1", "va1"], None),
        ] {
            let renaming = renaming(pattern, targets).expect("it can be done");
            let tags: Vec<_> = tags.iter().map(|text| tag(text)).collect();
            let failure = renaming.check(tags.into_iter()).err().map(|failure| failure.to_string());
            assert_eq!(failure.is_some(), words.is_some(), "{pattern} {targets:?}: {failure:?}");
            assert!(failure.unwrap_or_default().contains(words.unwrap_or_default()), "{pattern} {targets:?}");
        }
    }
}
