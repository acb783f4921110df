//! What an entry of a layout's `index.json` is called. Every tool writes it in another way (oci.md section 9); reading them
//! all alike is done here.

use super::{CONTAINERD_NAME, Descriptor, REF_NAME, Reference};

/// The names of one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryName {
    /// The full name, when the entry has one.
    pub reference: Option<Reference>,
    /// The text that selects the entry in its layout: whatever the annotation says.
    pub selector: Option<String>,
}

/// Reads the name of an entry.
pub fn entry_name(entry: &Descriptor) -> EntryName {
    let selector = entry.annotations.get(REF_NAME).cloned();
    let full = |text: &str| text.contains(['/', ':', '@']).then(|| text.parse::<Reference>().ok()).flatten();
    let reference = match selector.as_deref() {
        Some(text) if full(text).is_some() => full(text),
        other => entry
            .annotations
            .get(CONTAINERD_NAME)
            .and_then(|name| name.parse::<Reference>().ok())
            .filter(|name| other.is_none_or(|tag| name.or_latest().tag.is_some_and(|t| t.as_str() == tag))),
    };
    EntryName { reference: reference.map(|name| name.canonical()), selector }
}
