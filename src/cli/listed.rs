//! An image with the name it is kept under, and finding one by what was typed.

use jiff::Timestamp;

use super::failure::{Exit, Failure};
use crate::image::Reference;
use crate::layout::Summary;

/// The fewest digits of an id that are taken for one; fewer are a name.
const SHORTEST_ID: usize = 4;

/// One name of an image; an image with three names is listed three times.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The name, when the image has one that is a reference.
    pub reference: Option<Reference>,
    /// The name, when it is anything else: other tools' layouts have names like `1.0`.
    pub selector: Option<String>,
    /// The image.
    pub summary: Summary,
}

impl Listed {
    /// Whether nothing names the image.
    pub fn is_dangling(&self) -> bool {
        self.reference.is_none() && self.selector.is_none()
    }

    /// When the image was made, if its config says so in a way that can be read.
    pub fn created(&self) -> Option<Timestamp> {
        self.summary.created.as_deref()?.parse().ok()
    }

    /// The name as people write it.
    pub fn familiar(&self) -> Option<String> {
        self.reference.as_ref().map(Reference::familiar).or_else(|| self.selector.clone())
    }
}

/// The image that `name` means: a reference, another tool's name, an id or the first digits of one.
pub fn find<'a>(name: &str, listed: &'a [Listed]) -> Result<&'a Listed, Failure> {
    let meant = name.parse::<Reference>().ok();
    let is_named = |one: &&Listed| {
        one.selector.as_deref() == Some(name)
            || match (&meant, &one.reference) {
                (Some(meant), Some(reference)) => names(meant, reference, one),
                _ => false,
            }
    };
    if let Some(found) = listed.iter().find(is_named) {
        return Ok(found);
    }
    let missing = || {
        let meant = meant.as_ref().map_or_else(|| name.to_owned(), |meant| meant.or_latest().familiar());
        Failure::not_found(format!("No such image: {meant}"))
    };
    let digits = name.strip_prefix("sha256:").unwrap_or(name);
    if digits.len() < SHORTEST_ID || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(missing());
    }
    let mut found = listed.iter().filter(|one| one.summary.id.hex().starts_with(&digits.to_ascii_lowercase()));
    let first = found.next().ok_or_else(missing)?;
    match found.find(|other| other.summary.id != first.summary.id) {
        None => Ok(first),
        Some(other) => Err(Failure::new(Exit::Usage, format!("ambiguous reference: `{name}` begins more than one id"))
            .because(format!("{} and {}", first.summary.id, other.summary.id))),
    }
}

/// Whether what was meant is this name; a digest counts for every name that its repository has.
fn names(meant: &Reference, reference: &Reference, listed: &Listed) -> bool {
    match meant.digest {
        Some(digest) => (&meant.host, &meant.name) == (&reference.host, &reference.name) && digest == listed.summary.id,
        None => meant.canonical() == reference.canonical(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::image::{Descriptor, MediaType};
    use crate::layout::Subject;

    fn listed(name: &str, first_digits: &str) -> Listed {
        let id = format!("sha256:{first_digits:0<64}").parse().expect("a digest");
        let root = Descriptor::new(MediaType::MANIFEST, id, 1);
        let (config, created, labels, platforms) = (None, None, BTreeMap::new(), Vec::new());
        let summary = Summary { id, root, config, created, size: 1, labels, platforms, subject: Subject::Image };
        let reference = name.parse().ok().filter(|_| name != "1.0").map(|name: Reference| name.canonical());
        Listed { selector: reference.is_none().then(|| name.to_owned()), reference, summary }
    }

    /// docker.md, section 7: short ids of at least four digits, `ambiguous reference`, `No such image: X`.
    #[test]
    fn names_and_ids_find_what_they_mean() {
        let store =
            [listed("app:1", "abcd1"), listed("app:2", "abcd1"), listed("beef", "abcd2"), listed("1.0", "beef")];
        let found = |name: &str| find(name, &store).map(|one| one.familiar().unwrap_or_default());
        for (typed, meant) in [
            ("app:1", "app:1"),
            ("docker.io/library/app:2", "app:2"),
            ("abcd1", "app:1"),
            ("ABCD2", "beef:latest"),
            ("sha256:abcd2", "beef:latest"),
            ("beef", "beef:latest"),
            ("beef0", "1.0"),
            ("1.0", "1.0"),
            (&format!("app@{}", store[0].summary.id), "app:1"),
        ] {
            assert_eq!(found(typed).expect("an image"), meant, "{typed}");
        }
        for (typed, words) in [
            ("abcd", "error: ambiguous reference: `abcd` begins more than one id"),
            ("abc", "error: No such image: abc:latest"),
            ("nope:1", "error: No such image: nope:1"),
            (&format!("nope@{}", store[0].summary.id), &format!("error: No such image: nope@{}", store[0].summary.id)),
        ] {
            assert_eq!(found(typed).expect_err("nothing").to_string().lines().next(), Some(words), "{typed}");
        }
    }
}
