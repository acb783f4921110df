//! Finding the image that a person means: by name, by digest, or by the beginning of its id, by Docker's rules.

use std::collections::HashMap;

use super::parallel::in_parallel;
use super::{Entry, Index, Layout};
use crate::content::{Class, Error};
use crate::image::{Descriptor, Digest, Kind, Reference, ReferenceError, Role, nearest};

/// An image that was found, and under which of its names.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The root of the image.
    pub descriptor: Descriptor,
    /// The name that was typed; `None`, when the image was found by its id.
    pub name: Option<Reference>,
    /// Every name of the image.
    pub names: Vec<Reference>,
}

/// Why no image was found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// There is none, but perhaps some with names that are like it. Docker's words: scripts look for them.
    #[error("No such image: {0}")]
    None(String, Vec<Reference>),
    /// The beginning of an id that several images share.
    #[error("ambiguous reference: {} begins the ids of {} images", .0, .1.len())]
    Ambiguous(String, Vec<Digest>),
    /// It cannot be the name of anything.
    #[error("{1}")]
    Name(String, ReferenceError),
    /// Several images of a layout, and nothing says which.
    #[error("{place} has {} images, and none was chosen: {}", .choices.len(), .choices.join(", "))]
    Choose {
        /// The layout.
        place: String,
        /// What they are called.
        choices: Vec<String>,
    },
    /// The layout could not be read.
    #[error(transparent)]
    Read(#[from] Error),
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::None(..) => Self::new(Class::NotFound, error),
            LookupError::Ambiguous(..) | LookupError::Choose { .. } | LookupError::Name(..) => {
                Self::new(Class::Failed, error)
            }
            LookupError::Read(error) => error,
        }
    }
}

/// Something with a name and an id that people look for.
pub trait Named {
    /// The full name.
    fn reference(&self) -> Option<&Reference>;

    /// The name that another tool gave it, which is no full name.
    fn selector(&self) -> Option<&str>;

    /// The root of the image.
    fn root(&self) -> Digest;

    /// Whether these digits begin its id: the digest of the root, or that of the config, which Docker's classic store shows.
    fn has_id(&self, digits: &str) -> bool;
}

/// The fewest digits of an id that are taken for one; fewer are a name.
const SHORTEST_ID: usize = 4;

/// Finds what `text` means: a name, a digest, or at least four digits of an id. What looks like an id and is a name counts as
/// the name.
pub fn find<'a, T: Named>(text: &str, among: &'a [T]) -> Result<&'a T, LookupError> {
    match find_named(text, among) {
        Some(found) => Ok(found),
        None => find_by_id(text, among),
    }
}

/// What has this name, or what another tool has given this one.
fn find_named<'a, T: Named>(text: &str, among: &'a [T]) -> Option<&'a T> {
    let by_name = text.parse::<Reference>().ok().and_then(|reference| find_by_name(&reference, among));
    by_name.or_else(|| among.iter().rfind(|one| one.reference().is_none() && one.selector() == Some(text)))
}

/// What has an id that begins like this.
fn find_by_id<'a, T: Named>(text: &str, among: &'a [T]) -> Result<&'a T, LookupError> {
    let parsed = text.parse::<Reference>();
    let id = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    if !is_id(&id) {
        return Err(match parsed {
            Ok(name) => none(&name, among),
            Err(error) => LookupError::Name(text.to_owned(), error),
        });
    }
    let none = || match &parsed {
        Ok(name) => none(name, among),
        Err(_) => LookupError::None(text.to_owned(), Vec::new()),
    };
    let matches: Vec<&T> = among.iter().filter(|one| one.has_id(&id)).collect();
    let mut roots: Vec<_> = matches.iter().map(|one| one.root()).collect();
    roots.sort_unstable();
    roots.dedup();
    match (matches.first(), roots.len()) {
        (None, _) => Err(none()),
        (Some(one), 1) => Ok(one),
        _ => Err(LookupError::Ambiguous(text.to_owned(), roots)),
    }
}

/// What is said of a name that nothing has.
fn none<T: Named>(name: &Reference, among: &[T]) -> LookupError {
    LookupError::None(
        name.or_latest().familiar(),
        nearest(name, among.iter().filter_map(|one| one.reference().cloned())),
    )
}

fn is_id(digits: &str) -> bool {
    (SHORTEST_ID..=64).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn find_by_name<'a, T: Named>(reference: &Reference, among: &'a [T]) -> Option<&'a T> {
    let wanted = reference.canonical();
    let by_name = || among.iter().rfind(|one| one.reference() == Some(&wanted));
    // `name@digest` finds the digest under any tag of the repository.
    let in_repository = |name: &Reference| (&name.host, &name.name) == (&reference.host, &reference.name);
    let by_digest = || {
        let digest = reference.digest?;
        among.iter().find(|one| one.root() == digest && one.reference().is_some_and(in_repository))
    };
    by_name().or_else(by_digest)
}

/// An entry, with the id that its config gives it.
struct Identified<'a> {
    entry: &'a Entry,
    config: Option<Digest>,
}

impl Named for Identified<'_> {
    fn reference(&self) -> Option<&Reference> {
        self.entry.reference.as_ref()
    }

    fn selector(&self) -> Option<&str> {
        self.entry.selector.as_deref()
    }

    fn root(&self) -> Digest {
        self.entry.descriptor.digest
    }

    fn has_id(&self, digits: &str) -> bool {
        let begins = |digest: &Digest| digest.hex().starts_with(digits);
        begins(&self.entry.descriptor.digest) || self.config.as_ref().is_some_and(begins)
    }
}

impl Layout {
    /// Finds the image that `text` means in the store.
    pub fn find(&self, text: &str) -> Result<Found, LookupError> {
        self.find_in(text, &self.index()?)
    }

    /// The same, in the list that the caller has read (and perhaps locked). A name is looked for where it can stand; only the
    /// beginning of an id may be that of anything.
    pub(super) fn find_in(&self, text: &str, index: &Index) -> Result<Found, LookupError> {
        if let Ok(name) = text.parse::<Reference>() {
            let like = entries(index.entries_like(&name.canonical()));
            let like: Vec<_> = like.iter().map(|entry| Identified { entry, config: None }).collect();
            if let Some(found) = find_by_name(&name, &like) {
                return Ok(found.entry.found(text, index));
            }
        }
        let with = entries(index.entries_with(text));
        let with: Vec<_> = with.iter().map(|entry| Identified { entry, config: None }).collect();
        if let Some(found) = find_named(text, &with) {
            return Ok(found.entry.found(text, index));
        }
        // Anything else is said of all of them, in the same words.
        let all = entries(index.entries());
        let may_be_id = is_id(text.strip_prefix("sha256:").unwrap_or(text));
        let configs = if may_be_id { self.configs(&all) } else { HashMap::new() };
        let identified = |entry| Identified { entry, config: configs.get(&entry.descriptor.digest).copied() };
        let all: Vec<_> = all.iter().map(identified).collect();
        find_by_id(text, &all).map(|found| found.entry.found(text, index))
    }

    /// The config of each image, by the digest of its manifest.
    fn configs(&self, entries: &[Entry]) -> HashMap<Digest, Digest> {
        let mut images: Vec<_> = entries.iter().map(|entry| &entry.descriptor).collect();
        images.retain(|image| image.media_type.role() == Role::Manifest);
        images.sort_unstable_by_key(|image| image.digest);
        images.dedup_by_key(|image| image.digest);
        let configs = in_parallel(&images, |image| match self.manifest(image).ok()?.kind {
            Kind::Image { config, .. } => Some((image.digest, config?.digest)),
            Kind::Index(_) => None,
        });
        configs.into_iter().flatten().collect()
    }

    /// Chooses an image of a layout that anyone may have written: by full name, by the text of its
    /// annotation, by its digest, by its place (`@0`), or the only one.
    pub fn select(&self, wanted: Option<&str>) -> Result<Descriptor, LookupError> {
        let entries = self.entries()?;
        let Some(wanted) = wanted else {
            return self.only(&entries);
        };
        if let Some(position) = wanted.strip_prefix('@') {
            let by_position = || entries.get(position.parse::<usize>().ok()?);
            let by_digest = || {
                let digest = position.parse::<Digest>().ok()?;
                entries.iter().find(|entry| entry.descriptor.digest == digest)
            };
            return by_position()
                .or_else(by_digest)
                .map(|entry| entry.descriptor.clone())
                .ok_or_else(|| LookupError::None(wanted.to_owned(), self.like(wanted)));
        }
        let name = wanted.parse::<Reference>().ok().map(|name| name.canonical());
        let by_text = |entry: &&Entry| entry.selector.as_deref() == Some(wanted);
        let by_name = |entry: &&Entry| name.is_some() && entry.reference == name;
        let by_tag = |entry: &&Entry| {
            entry.reference.as_ref().is_some_and(|name| name.tag.as_ref().is_some_and(|tag| tag.as_str() == wanted))
        };
        if let Some(entry) = entries.iter().rfind(by_text).or_else(|| entries.iter().rfind(by_name)) {
            return Ok(entry.descriptor.clone());
        }
        let tagged: Vec<Entry> = entries.iter().filter(by_tag).cloned().collect();
        match tagged.is_empty() {
            true => Err(LookupError::None(wanted.to_owned(), self.like(wanted))),
            false => self.only(&tagged),
        }
    }

    /// The names here that are like one that is not.
    pub fn like(&self, wanted: &str) -> Vec<Reference> {
        let Ok(name) = wanted.parse::<Reference>() else { return Vec::new() };
        nearest(&name, self.entries().unwrap_or_default().into_iter().filter_map(|entry| entry.reference))
    }

    fn only(&self, entries: &[Entry]) -> Result<Descriptor, LookupError> {
        match entries {
            [] => Err(LookupError::None(self.place.clone(), Vec::new())),
            [first, rest @ ..] if rest.iter().all(|entry| entry.descriptor.digest == first.descriptor.digest) => {
                Ok(first.descriptor.clone())
            }
            _ => Err(LookupError::Choose {
                place: self.place.clone(),
                choices: entries.iter().enumerate().map(|(position, entry)| entry.label(position)).collect(),
            }),
        }
    }
}

/// What entries of an index list.
fn entries(described: impl Iterator<Item = Descriptor>) -> Vec<Entry> {
    described.flat_map(|entry| Entry::of(&entry)).collect()
}

impl Entry {
    /// The entry, found by `text`, with every name that its image has.
    fn found(&self, text: &str, index: &Index) -> Found {
        let digest = self.descriptor.digest;
        let same = entries(index.entries_of(&digest).into_iter());
        let mut names: Vec<_> = same.into_iter().filter_map(|entry| entry.reference).collect();
        names.sort_unstable();
        names.dedup();
        // Found by its id, it was not found under a name.
        let typed = text.parse::<Reference>().ok();
        let name = self.reference.clone().filter(|name| {
            typed.is_some_and(|typed| {
                let in_repository = (&name.host, &name.name) == (&typed.host, &typed.name);
                typed.canonical() == *name || in_repository && typed.digest == Some(digest)
            })
        });
        Found { descriptor: self.descriptor.bare(), name, names }
    }

    /// What selects the entry.
    fn label(&self, position: usize) -> String {
        match (&self.reference, &self.selector) {
            (Some(name), _) => name.familiar(),
            (None, Some(selector)) => selector.clone(),
            (None, None) => format!("@{position}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;

    fn store() -> (tempfile::TempDir, Layout) {
        let root = tempfile::tempdir().expect("a temporary directory");
        let layout = Layout::store(root.path());
        (root, layout)
    }

    fn manifest_of(config: &str) -> String {
        let config = Descriptor::of(MediaType::CONFIG, config.as_bytes());
        serde_json::json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string()
    }

    fn add(layout: &Layout, config: &str, names: &[&str]) -> Descriptor {
        let manifest = manifest_of(config);
        layout.blobs().put_bytes(manifest.as_bytes()).expect("stored");
        let descriptor = Descriptor::of(MediaType::MANIFEST, manifest.as_bytes());
        let names: Vec<Reference> = names.iter().map(|name| name.parse().expect("a name")).collect();
        layout.name(&descriptor, &names).expect("named");
        descriptor
    }

    #[test]
    fn finds_by_name_digest_and_the_beginning_of_an_id() {
        let (_root, layout) = store();
        let image = add(&layout, "a", &["localhost:5000/app:1", "app"]);
        let config = Digest::of(b"a");
        let hex = image.digest.hex();
        for text in [
            "localhost:5000/app:1",
            "app",
            "app:latest",
            "docker.io/library/app",
            &hex,
            &hex[..4],
            &format!("sha256:{}", &hex[..8]),
            &config.hex()[..12],
            &format!("localhost:5000/app@{}", image.digest),
        ] {
            assert_eq!(layout.find(text).expect(text).descriptor, image, "{text}");
        }
        assert_eq!(layout.find(&hex[..4]).expect("found").names.len(), 2);
    }

    #[test]
    fn says_in_dockers_words_what_is_not_there() {
        let (_root, layout) = store();
        let image = add(&layout, "a", &["app:1"]);
        for (text, words) in [
            ("nope:1", "No such image: nope:1"),
            ("nope", "No such image: nope:latest"),
            (&image.digest.hex()[..3], &format!("No such image: {}:latest", &image.digest.hex()[..3])),
            (&format!("other@{}", image.digest), &format!("No such image: other@{}", image.digest)),
        ] {
            assert_eq!(layout.find(text).unwrap_err().to_string(), words);
        }
    }

    #[test]
    fn an_id_that_several_images_share_is_ambiguous_and_a_name_wins() {
        let (_root, layout) = store();
        let mut by_prefix: std::collections::BTreeMap<String, u32> = Default::default();
        // Two of many ids begin alike; they are looked for before anything is written.
        let (prefix, one, other) = (0..)
            .find_map(|number: u32| {
                let prefix = Digest::of(manifest_of(&number.to_string()).as_bytes()).hex()[..4].to_owned();
                by_prefix.insert(prefix.clone(), number).map(|earlier| (prefix, earlier, number))
            })
            .expect("there are only 65,536 beginnings");
        for number in [one, other] {
            add(&layout, &number.to_string(), &[&format!("app:{number}")]);
        }
        assert!(matches!(layout.find(&prefix), Err(LookupError::Ambiguous(..))));
        let named = add(&layout, "named", &[&prefix]);
        assert_eq!(layout.find(&prefix).expect("found").descriptor, named);
    }

    /// The styles in which other tools name what they write.
    #[test]
    fn selects_from_layouts_of_other_tools() {
        let (_root, layout) = store();
        assert!(matches!(layout.select(None), Err(LookupError::None(..))));
        let one = add(&layout, "one", &["localhost:5000/app:1.0.0"]);
        assert_eq!(layout.select(None).expect("the only one").digest, one.digest);
        let two = add(&layout, "two", &["localhost:5000/other:2"]);
        let error = layout.select(None).unwrap_err().to_string();
        assert_eq!(
            error,
            "the store has 2 images, and none was chosen: localhost:5000/app:1.0.0, localhost:5000/other:2"
        );
        for (text, image) in
            [("localhost:5000/app:1.0.0", &one), ("1.0.0", &one), ("@1", &two), (&format!("@{}", two.digest), &two)]
        {
            assert_eq!(layout.select(Some(text)).expect(text).digest, image.digest, "{text}");
        }
        assert!(layout.select(Some("@2")).is_err() && layout.select(Some("3")).is_err());
        let entry = Entry { descriptor: one, reference: None, selector: Some("x".into()) };
        assert_eq!(entry.label(0), "x");
    }
}
