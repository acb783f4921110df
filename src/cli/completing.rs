//! An index is never reduced without a word: what is not here of one comes from where it was pulled from, or a person says what is
//! to be done.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::content::{Advice, Class, Error, Overlay, Source};
use crate::image::{Descriptor, Digest, Host, Kind, Manifest, Platform, Reference, RepositoryName, Role};
use crate::layout::{Layout, summarize};
use crate::registry::Mirrors;
use crate::transfer::{Choice, Plan, read_manifest};

use super::context::Context;
use super::failure::Failure;
use super::settings::RegistryArgs;

/// What becomes of an index that is not all here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The rest is read from where it came from; where nobody knows that, it is refused.
    Completed,
    /// It goes as it is, with what is here.
    Allowed,
}

/// An image, and where all of it is read.
pub struct Whole {
    /// Where.
    pub source: Arc<dyn Source>,
    /// What of it.
    pub choice: Choice,
    /// The repository that has what is not here, and what is here.
    elsewhere: Option<(Host, RepositoryName, Arc<Layout>)>,
}

impl Whole {
    /// What can be mounted, in a push to this name, from where the rest of the image is.
    pub fn mounts(&self, plan: &Plan, to: &Reference) -> HashMap<Digest, RepositoryName> {
        let Some((host, name, here)) = &self.elsewhere else { return HashMap::new() };
        let is_next_door = *host == to.host && *name != to.name;
        let missing = plan.blobs.iter().filter(|blob| is_next_door && !here.blobs().has(blob));
        missing.map(|blob| (blob.digest, name.clone())).collect()
    }

    /// Whether all that is meant lies in the layout.
    pub fn is_here(&self) -> bool {
        self.elsewhere.is_none()
    }
}

/// Of an index, the image for a platform alone.
pub async fn only(
    platform: &Platform,
    root: &Descriptor,
    source: &Arc<dyn Source>,
    name: &str,
) -> Result<Descriptor, Failure> {
    let (_, manifest) = read_manifest(root, source).await?;
    if matches!(manifest.kind, Kind::Image { .. }) {
        return Ok(root.clone());
    }
    let chosen = manifest.choose(Some(platform)).map_err(|error| {
        let advice = Advice::ChoosePlatform(error.offered.clone());
        Error::new(Class::NotFound, format!("{name}: {error}")).advise(advice)
    })?;
    Ok(chosen.bare())
}

/// Finds all of an image of a layout, which is to go to `to`.
pub async fn whole(
    root: &Descriptor,
    (source, layout): (&Arc<dyn Source>, &Arc<Layout>),
    to: &Reference,
    missing: Missing,
    args: &RegistryArgs,
    context: &Context,
) -> Result<Whole, Failure> {
    let here = |choice| Whole { source: source.clone(), choice, elsewhere: None };
    if root.media_type.role() != Role::Index || layout.is_complete(root) {
        return Ok(here(Choice::Everything));
    }
    if missing == Missing::Allowed {
        let mut present = HashSet::new();
        gather_present(root, layout, &mut present);
        return Ok(here(Choice::Among(present)));
    }
    let (mut why, mut complete) = (None, to.clone());
    for origin in context.store.origins(&root.digest) {
        let typed = if origin.host == to.host { args.clone() } else { args.elsewhere() };
        let repository = context.mirrored(&origin, &typed).await?;
        match repository.resolve(&origin.with_digest(root.digest)).await {
            Ok(Some(_)) => return Ok(completed(root, (source, layout), &origin, repository, context)),
            Ok(None) => drop(why.get_or_insert(format!("{} does not have it any more", origin.familiar_repository()))),
            Err(error) => drop(why.get_or_insert(Failure::from(error).both())),
        }
        complete = origin.with_digest(root.digest);
    }
    let refused = refused(root, layout, to, &complete)?;
    Err(why.into_iter().fold(refused, Failure::because))
}

fn completed(
    root: &Descriptor,
    (source, layout): (&Arc<dyn Source>, &Arc<Layout>),
    origin: &Reference,
    repository: Mirrors,
    context: &Context,
) -> Whole {
    let count = summarize(root, layout.blobs()).map(|summary| {
        let lacking = summary.platforms.iter().filter(|platform| !platform.present).count();
        format!("{lacking} of {} platforms are not here: they are taken from", summary.platforms.len())
    });
    let what = count.unwrap_or_else(|_| "what is not here is taken from".to_owned());
    context.console.talk(&format!("{what} {}", origin.familiar_repository()));
    let blobs = layout.clone();
    let both = Overlay::new(source.clone(), Arc::new(repository), move |piece: &Descriptor| blobs.blobs().has(piece));
    let elsewhere = Some((origin.host.clone(), origin.name.clone(), layout.clone()));
    Whole { source: Arc::new(both), choice: Choice::Everything, elsewhere }
}

/// What of an index is here whole, and the indexes in it that are here.
fn gather_present(index: &Descriptor, layout: &Layout, present: &mut HashSet<Digest>) {
    let Ok(Manifest { kind: Kind::Index(children), .. }) = layout.manifest(index) else { return };
    for child in &children {
        let is_index = child.media_type.role() == Role::Index && layout.blobs().has(child);
        let is_new = (is_index || layout.is_complete(child)) && present.insert(child.digest);
        if is_new {
            gather_present(child, layout, present);
        }
    }
}

/// Half an index is not taken for the whole: whoever pulled one platform has to say so.
fn refused(root: &Descriptor, layout: &Layout, to: &Reference, complete: &Reference) -> Result<Failure, Failure> {
    let platforms = summarize(root, layout.blobs())?.platforms;
    let present: Vec<_> =
        platforms.iter().filter(|platform| platform.present).filter_map(|platform| platform.platform.clone()).collect();
    let (name, all, some) = (to.familiar(), platforms.len(), present.len());
    let words = format!("{name} has {all} platforms, and {some} of them are in the store");
    let name = complete.familiar();
    Ok(Error::new(Class::Failed, words).advise(Advice::CompletePlatforms { name, present }).into())
}
