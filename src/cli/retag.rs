//! `rpush tag --remote`: more names for an image on its registry, without moving a layer. In its own repository that is one
//! request a name; in another one of the same registry, layers are mounted.

use std::sync::Arc;

use crate::content::{Blob, Kept, Rank, Sink as _, Source};
use crate::image::{Descriptor, MAX_MANIFEST_SIZE, Reference, RepositoryName, Tag};
use crate::registry::{Purpose, Registry, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Transfer, execute};
use crate::ui::progress::Direction;

use super::context::Context;
use super::failure::Failure;
use super::settings::RegistryArgs;

/// Gives the image that `source` names on its registry these names there too.
pub async fn run(
    source: &Reference,
    targets: &[Reference],
    args: &RegistryArgs,
    context: &Context,
) -> Result<(), Failure> {
    if let Some(elsewhere) = targets.iter().find(|target| target.host != source.host) {
        let (from, to) = (source.familiar(), elsewhere.familiar());
        return Err(Failure::usage(format!("{to} is on another registry than {from}, and no layer moves here"))
            .hint(format!("bring it there: `rpush pull {from}`, `rpush tag {from} {to}`, `rpush push {to}`")));
    }
    let registry = context.registry(&source.host, Some(&source.name), args).await?;
    let at_home = targets.iter().any(|target| target.name == source.name);
    let purpose = if at_home { Purpose::Push } else { Purpose::Pull };
    let home = Arc::new(registry.repository(&source.name, purpose));
    let root = home.resolve(source).await?;
    let root = root.ok_or_else(|| super::pull::not_found(source))?;
    for (name, tags) in by_repository(targets) {
        match name == source.name {
            true => name_at_home(&root, &home, &tags).await?,
            false => name_elsewhere(&root, &home, source, &name, &tags, (&registry, context)).await?,
        }
        for tag in &tags {
            let name =
                Reference { host: source.host.clone(), name: name.clone(), tag: Some(tag.clone()), digest: None };
            context.console.data(&match context.settings.quiet {
                true => format!("{}@{}", name.familiar(), root.digest),
                false => format!("{}: digest: {} size: {}", name.familiar(), root.digest, root.size),
            });
        }
    }
    Ok(())
}

/// The tags for each repository, in the order in which they were typed.
fn by_repository(targets: &[Reference]) -> Vec<(RepositoryName, Vec<Tag>)> {
    let mut repositories: Vec<(RepositoryName, Vec<Tag>)> = Vec::new();
    for target in targets {
        let tag = target.tag.clone().unwrap_or_else(Tag::latest);
        match repositories.iter_mut().find(|(name, _)| *name == target.name) {
            Some((_, tags)) if tags.contains(&tag) => {}
            Some((_, tags)) => tags.push(tag),
            None => repositories.push((target.name.clone(), vec![tag])),
        }
    }
    repositories
}

/// The manifest is put under each name; all that it names is there.
async fn name_at_home(root: &Descriptor, home: &Arc<Repository>, tags: &[Tag]) -> Result<(), Failure> {
    let source: Arc<dyn Source> = home.clone();
    let bytes = Blob::new(root.clone(), source).read_all(MAX_MANIFEST_SIZE).await?;
    match home.put_manifest(root, bytes, Rank::Root(tags)).await? {
        Kept::New | Kept::Before => Ok(()),
        Kept::Lacking { error, .. } => Err(error.into()),
    }
}

/// A repository of the same registry takes the layers from the image's own; one that may not sends them through here.
async fn name_elsewhere(
    root: &Descriptor,
    home: &Arc<Repository>,
    source: &Reference,
    name: &RepositoryName,
    tags: &[Tag],
    (registry, context): (&Registry, &Context),
) -> Result<(), Failure> {
    let place: Arc<dyn Source> = home.clone();
    let plan = Plan::read(root, &place, &Choice::Everything).await?;
    let progress = context.progress(Direction::Push);
    let transfer = Transfer {
        plan: &plan,
        source: place,
        sink: &registry.repository(name, Purpose::Push),
        tags,
        mounts: plan.blobs.iter().map(|blob| (blob.digest, source.name.clone())).collect(),
        limits: Limits::streams(context.settings.uploads(None)),
        observer: progress.clone(),
        ahead: Ahead::nothing(),
    };
    let report = execute(transfer).await;
    progress.finish();
    report?;
    Ok(())
}
