//! `rpush tag --remote`: more names for an image on its registry, without moving a layer. In its own repository that is one
//! request a name; in another one of the same registry, layers are mounted.

pub(super) mod fate;
pub(super) mod many;
pub(super) mod renaming;

use std::sync::Arc;

use crate::content::{Blob, Kept, Rank, Sink as _, Source};
use crate::image::{Descriptor, Digest, MAX_MANIFEST_SIZE, Reference, RepositoryName, Tag};
use crate::registry::{Purpose, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Transfer, execute};
use crate::ui::progress::Direction;

use super::context::{Context, all};
use super::failure::Failure;
use super::settings::RegistryArgs;
use fate::{Deed, Fate, Manner};

/// Gives the image that `source` names on its registry these names there too.
pub async fn run(
    source: &Reference,
    targets: &[Reference],
    manner: Manner<'_>,
    args: &RegistryArgs,
    context: &Context,
) -> Result<(), Failure> {
    targets.iter().try_for_each(|target| same_registry(source, target))?;
    let registry = context.registry(&source.host, Some(&source.name), args).await?;
    let at_home = targets.iter().any(|target| target.name == source.name);
    let purpose = if manner.deed == Deed::Done { Purpose::Push } else { Purpose::Pull };
    let home = Arc::new(registry.repository(&source.name, if at_home { purpose } else { Purpose::Pull }));
    let Some(root) = home.resolve(source).await? else { return Err(super::pull::missing(source, &home).await) };
    let mut failures = Vec::new();
    for (name, tags) in by_repository(targets) {
        let there = match name == source.name {
            true => home.clone(),
            false => Arc::new(registry.repository(&name, purpose)),
        };
        let full = |tag: &Tag| Reference { name: name.clone(), ..source.with_tag(tag.clone()) };
        let (given, named) = sorted_out(&tags, &root.digest, &there, manner, |tag, fate| {
            manner.tell(&full(tag), &root.digest, fate, &context.console);
            failures.extend(manner.failure(&full(tag), fate));
        })
        .await?;
        match name == source.name {
            _ if given.is_empty() => {}
            true => name_at_home(&root, &home, &given).await?,
            false => name_elsewhere(&root, &home, source, &there, &given, context).await?,
        }
        for tag in &named {
            context.console.data(&result_line(&full(tag), (&root.digest, root.size), context));
        }
    }
    all(failures, &context.console)
}

/// The tags that have to be put, and those that name the image in the end; none where nothing is done.
async fn sorted_out(
    tags: &[Tag],
    digest: &Digest,
    there: &Repository,
    manner: Manner<'_>,
    mut tell: impl FnMut(&Tag, Fate),
) -> Result<(Vec<Tag>, Vec<Tag>), Failure> {
    let (mut given, mut named) = (Vec::new(), Vec::new());
    for tag in tags {
        let fate = manner.fate(there, tag, digest).await?;
        tell(tag, fate);
        match (manner.deed, fate) {
            (Deed::Told, _) | (Deed::Done, Fate::Left(_) | Fate::Fixed(_)) => {}
            (Deed::Done, Fate::Same) => named.push(tag.clone()),
            (Deed::Done, Fate::Given | Fate::Moved(_)) => {
                given.push(tag.clone());
                named.push(tag.clone());
            }
        }
    }
    Ok((given, named))
}

/// No layer moves between registries here.
fn same_registry(source: &Reference, target: &Reference) -> Result<(), Failure> {
    if target.host == source.host {
        return Ok(());
    }
    let (from, to) = (source.familiar(), target.familiar());
    Err(Failure::usage(format!("{to} is on another registry than {from}, and no layer moves here"))
        .hint(format!("bring it there: `rpush pull {from}`, `rpush tag {from} {to}`, `rpush push {to}`")))
}

/// What is printed of a name that was given.
fn result_line(name: &Reference, (digest, size): (&Digest, u64), context: &Context) -> String {
    match context.settings.quiet {
        true => format!("{}@{digest}", name.familiar()),
        false => format!("{}: digest: {digest} size: {size}", name.familiar()),
    }
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
    there: &Repository,
    tags: &[Tag],
    context: &Context,
) -> Result<(), Failure> {
    let place: Arc<dyn Source> = home.clone();
    let plan = Plan::read(root, &place, &Choice::Everything).await?;
    let progress = context.progress(Direction::Push);
    let transfer = Transfer {
        plan: &plan,
        source: place,
        sink: there,
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
