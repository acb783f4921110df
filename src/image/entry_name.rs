//! What an entry of a layout's `index.json` is called.
//!
//! Every tool writes the name in its own way (a full name, only a tag, both in two annotations, several with commas between
//! them); this is the one place that knows them all.

use super::{CONTAINERD_NAME, Descriptor, Digest, REF_NAME, Reference, Tag};

/// One name of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryName {
    /// The full name in its canonical spelling, when the annotations amount to one.
    pub reference: Option<Reference>,
    /// The text in `org.opencontainers.image.ref.name`, by which the entry can be asked for whatever it means.
    pub selector: Option<String>,
}

/// The names of an entry of an `index.json`; none when nothing names it.
///
/// A full name in `ref.name` counts as it is. One without host or repository (`1.0.0`) names nothing by itself: together
/// with `io.containerd.image.name`, whose tag it repeats, it does. A containerd name that `ref.name` contradicts is what a
/// tool left behind that moved the other one, and counts for nothing.
pub fn entry_names(entry: &Descriptor) -> Vec<EntryName> {
    let full = entry.annotations.get(CONTAINERD_NAME).and_then(|name| full_name(name));
    let written = entry.annotations.get(REF_NAME).map_or("", String::as_str);
    let parts: Vec<&str> = written.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return full.map(|name| EntryName { reference: Some(name), selector: None }).into_iter().collect();
    }
    let named = |part: &str| EntryName {
        reference: match is_bare(part) {
            true => full.clone().filter(|full| full.tag.as_ref().is_some_and(|tag| tag.as_str() == part)),
            false => full_name(part),
        },
        selector: Some(part.to_owned()),
    };
    parts.into_iter().map(named).collect()
}

/// Only a tag, or only a digest (whose text would pass for a repository and a tag).
fn is_bare(text: &str) -> bool {
    text.parse::<Tag>().is_ok() || text.parse::<Digest>().is_ok()
}

fn full_name(text: &str) -> Option<Reference> {
    text.parse::<Reference>().ok().map(|name| name.canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;

    /// The names of an entry with these annotations, as `reference|selector`.
    fn names(ref_name: Option<&str>, containerd: Option<&str>) -> Vec<String> {
        let mut entry = Descriptor::of(MediaType::MANIFEST, b"{}");
        entry.annotations.extend(ref_name.map(|name| (REF_NAME.to_owned(), name.to_owned())));
        entry.annotations.extend(containerd.map(|name| (CONTAINERD_NAME.to_owned(), name.to_owned())));
        let text = |name: EntryName| {
            let reference = name.reference.map_or("-".to_owned(), |reference| reference.to_string());
            format!("{reference}|{}", name.selector.as_deref().unwrap_or("-"))
        };
        entry_names(&entry).into_iter().map(text).collect()
    }

    /// The styles of the tools that write layouts.
    #[test]
    fn each_tools_way_of_naming_is_understood() {
        let full = "localhost:5000/my-fancy-app:1.0.0";
        assert!(names(None, None).is_empty());
        assert_eq!(names(Some("1.0.0"), None), ["-|1.0.0"]);
        assert_eq!(names(Some(full), None), [format!("{full}|{full}")]);
        assert_eq!(names(Some("1.0.0"), Some(full)), [format!("{full}|1.0.0")]);
        assert_eq!(names(Some(full), Some(full)), [format!("{full}|{full}")]);
        assert_eq!(names(None, Some(full)), [format!("{full}|-")]);
        assert_eq!(names(Some("app:1"), None), ["docker.io/library/app:1|app:1"]);
        assert_eq!(names(Some("latest"), Some("r.example/app")), ["r.example/app:latest|latest"]);
    }

    /// Tools that move or copy an entry leave a stale containerd name in it.
    #[test]
    fn a_contradicted_containerd_name_counts_for_nothing() {
        let stale = "localhost:5000/my-fancy-app:1.0.0";
        assert_eq!(names(Some("v9"), Some(stale)), ["-|v9"]);
        assert_eq!(names(Some("r.example/app:v9"), Some(stale)), ["r.example/app:v9|r.example/app:v9"]);
    }

    /// L-10: old versions of buildx wrote lists with commas.
    #[test]
    fn l_10_lists_with_commas_are_split() {
        assert_eq!(
            names(Some("r.example/a:1, r.example/a:2,"), None),
            ["r.example/a:1|r.example/a:1", "r.example/a:2|r.example/a:2"]
        );
    }

    #[test]
    fn digests_and_words_that_name_nothing_are_only_selectors() {
        let digest = Digest::of(b"x").to_string();
        assert_eq!(names(Some(&digest), None), [format!("-|{digest}")]);
        assert_eq!(names(Some("r.example/App:1"), Some("NOT/a..name")), ["-|r.example/App:1"]);
        let by_digest = format!("r.example/app@{digest}");
        assert_eq!(names(Some(&by_digest), None), [format!("{by_digest}|{by_digest}")]);
    }
}
