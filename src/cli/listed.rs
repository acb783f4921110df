//! An image with the name it is kept under, and finding one by what was typed.

use std::sync::Arc;

use jiff::Timestamp;

use super::failure::Failure;
use crate::image::{Digest, Reference};
use crate::layout::{self, Named, Summary};

/// One name of an image; an image with three names is listed three times.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The name, when the image has one that is a reference.
    pub reference: Option<Reference>,
    /// The name, when it is anything else: other tools' layouts have names like `1.0`.
    pub selector: Option<String>,
    /// The image: one for all of its names.
    pub summary: Arc<Summary>,
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

impl Named for Listed {
    fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    fn selector(&self) -> Option<&str> {
        self.selector.as_deref()
    }

    fn root(&self) -> Digest {
        self.summary.id
    }

    fn has_id(&self, digits: &str) -> bool {
        let mut ids = [Some(self.summary.id), self.summary.config].into_iter().flatten();
        ids.any(|id| id.hex().starts_with(digits))
    }
}

/// The image that `name` means.
pub fn find<'a>(name: &str, listed: &'a [Listed]) -> Result<&'a Listed, Failure> {
    Ok(layout::find(name, listed)?)
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
        let summary = Arc::new(summary);
        let reference = name.parse().ok().filter(|_| name != "1.0").map(|name: Reference| name.canonical());
        Listed { selector: reference.is_none().then(|| name.to_owned()), reference, summary }
    }

    /// Docker's words and rules: short ids of at least four digits, `ambiguous reference`, `No such image: X`.
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
            ("abcd", "error: ambiguous reference: abcd begins the ids of 2 images"),
            ("abc", "error: No such image: abc:latest"),
            ("nope:1", "error: No such image: nope:1"),
            (&format!("nope@{}", store[0].summary.id), &format!("error: No such image: nope@{}", store[0].summary.id)),
        ] {
            assert_eq!(found(typed).expect_err("nothing").to_string().lines().next(), Some(words), "{typed}");
        }
    }
}
