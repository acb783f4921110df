//! What goes along with an image, and does not belong to it: what has it, or a part of it, as its subject; what cosign keeps under
//! tags that are made of its digest; and what refers to those.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::freight::{Found, Freight, Item, Reading};
use super::{Context, Failure};
use crate::archive::Imported;
use crate::content::{Class, Error};
use crate::image::{Descriptor, Digest, EntryName, Role, Tag, entry_names};
use crate::layout::Layout;
use crate::registry::{entry_of, fallback_tag};
use crate::transfer::{Choice, Plan};

/// How many there may be. Each costs a transfer.
const MOST: usize = 2_000;

/// How deep they may refer to each other: a signature of an SBOM of an image is two.
const DEPTH: usize = 8;

/// How many manifests are asked about at once.
const AT_ONCE: usize = 8;

/// What cosign adds to the tag that it makes of a digest.
const COSIGN: [&str; 3] = ["sig", "att", "sbom"];

/// Adds what refers to the image, level by level.
pub async fn add_to(freight: &mut Freight, context: &Context) -> Result<(), Failure> {
    let beside = match &freight.found {
        Found::Registry(reading) => Beside::Registry(reading.clone()),
        Found::Layout(layout) => {
            let entries = layout.index()?;
            let entries = entries.entries().map(|entry| (entry.bare(), tags_of(&entry)));
            Beside::Layout(listed(entries, layout))
        }
        Found::Archive(imported) => {
            let entries = imported.iter().map(|image| (image.descriptor.bare(), tags_in(image)));
            Beside::Layout(listed(entries, &context.store))
        }
    };
    let mut seen = HashSet::new();
    let mut level = manifests_of(&freight.items[0], freight).await?;
    level.retain(|digest| seen.insert(*digest));
    for _ in 0..DEPTH {
        let beside = &beside;
        let found: Vec<Vec<Item>> = futures_util::stream::iter(level.clone())
            .map(|digest| beside.of(digest))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut found: Vec<Item> = found.into_iter().flatten().collect();
        found.retain(|item| seen.insert(item.root.digest));
        level.clear();
        if found.is_empty() {
            break;
        }
        if freight.items.len() + found.len() > MOST {
            let words = format!("more than {MOST} manifests refer to {}", freight.root().digest);
            return Err(Error::new(Class::Failed, words).into());
        }
        for item in &found {
            level.extend(manifests_of(item, freight).await?);
        }
        freight.items.extend(found);
    }
    let count = freight.items.len() - 1;
    context.console.talk(&match count {
        1 => "1 referrer goes with it".to_owned(),
        count => format!("{count} referrers go with it"),
    });
    Ok(())
}

/// The manifests of an image, any of which may be a subject.
async fn manifests_of(item: &Item, freight: &Freight) -> Result<Vec<Digest>, Failure> {
    let plan = Plan::read(&item.root, &freight.source, &item.choice).await?;
    let manifests = plan.waves.iter().flatten().chain([&plan.root]);
    Ok(manifests.map(|document| document.descriptor.digest).collect())
}

/// Where referrers are looked for.
enum Beside {
    Registry(Reading),
    /// What a layout lists: by subject, and by tag.
    Layout(Listed),
}

#[derive(Default)]
struct Listed {
    by_subject: HashMap<Digest, Vec<Descriptor>>,
    by_tag: HashMap<String, Descriptor>,
}

impl Beside {
    async fn of(&self, subject: Digest) -> Result<Vec<Item>, Failure> {
        let mut found = match self {
            Self::Registry(reading) => reading.home().referrers(&subject).await?,
            Self::Layout(listed) => listed.by_subject.get(&subject).cloned().unwrap_or_default(),
        };
        found.retain(|referrer| matches!(referrer.media_type.role(), Role::Index | Role::Manifest));
        let mut items: Vec<Item> = found.iter().map(|referrer| item(referrer, None)).collect();
        for tag in COSIGN.map(|kind| cosign_tag(&subject, kind)) {
            let root = match self {
                Self::Registry(reading) => match reading.home().named(&tag).await? {
                    Some(_) => reading.home().resolve(&reading.name().with_tag(tag.clone())).await?,
                    None => None,
                },
                Self::Layout(listed) => listed.by_tag.get(tag.as_str()).cloned(),
            };
            items.extend(root.map(|root| item(&root, Some(tag))));
        }
        Ok(items)
    }
}

fn item(root: &Descriptor, tag: Option<Tag>) -> Item {
    Item { root: root.bare(), choice: Choice::Everything, tag }
}

fn cosign_tag(subject: &Digest, kind: &str) -> Tag {
    format!("{}.{kind}", fallback_tag(subject)).parse().expect("letters, digits, a dash and a dot are a tag")
}

/// The tags that an entry of a layout has, however they are written.
fn tags_of(entry: &Descriptor) -> Vec<String> {
    let tag = |name: EntryName| name.reference.and_then(|name| name.tag).map(|tag| tag.to_string()).or(name.selector);
    entry_names(entry).into_iter().filter_map(tag).collect()
}

/// The tags that an image had in an archive.
fn tags_in(image: &Imported) -> Vec<String> {
    let tags = image.names.iter().filter_map(|name| Some(name.tag.as_ref()?.to_string()));
    tags.chain(image.selectors.iter().cloned()).collect()
}

/// What is listed, by what it refers to.
fn listed(entries: impl Iterator<Item = (Descriptor, Vec<String>)>, layout: &Layout) -> Listed {
    let mut listed = Listed::default();
    for (entry, tags) in entries {
        tags.into_iter().for_each(|tag| drop(listed.by_tag.insert(tag, entry.clone())));
        let Ok(bytes) = layout.blobs().read_small(&entry.digest) else { continue };
        if let Some((subject, _)) = entry_of(&entry, &bytes) {
            let known = listed.by_subject.entry(subject).or_default();
            if !known.iter().any(|other| other.digest == entry.digest) {
                known.push(entry);
            }
        }
    }
    listed
}
