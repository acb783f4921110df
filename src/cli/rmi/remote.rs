//! `rpush rmi --remote`: names and images off a registry. A tag goes alone, where the registry can do that; where it cannot, only
//! words go, because what it can do takes the other tags along (C-73). An image goes by its digest, and with tags that nobody
//! has named only when that is asked for.

use crate::content::Error;
use crate::image::{Digest, Reference, Tag};
use crate::registry::{Purpose, Removal, Repository};

use super::super::context::{Context, for_each, parse_reference};
use super::super::failure::{Exit, Failure};
use super::super::guard::Guard;
use super::super::ls::tags_of;
use super::super::pull;
use super::RmiArgs;

/// How many tags are told when an image goes.
const MOST: usize = 1000;

/// How many tags a message names.
const NAMED: usize = 8;

/// Removes what was typed, one after the other.
pub async fn run(args: &RmiArgs, context: &Context) -> Result<(), Failure> {
    let names = args.images.iter().map(|text| checked(text)).collect::<Result<Vec<_>, _>>()?;
    let mut repositories: Vec<(&Reference, Repository)> = Vec::new();
    for name in &names {
        // One way to each, however many names go there.
        if !repositories.iter().any(|(known, _)| is_same(known, name)) {
            let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
            repositories.push((name, registry.repository(&name.name, Purpose::Push)));
        }
    }
    for_each(&names, &context.console, |index| {
        let name = &names[index];
        let repository = repositories.iter().find(|(known, _)| is_same(known, name));
        async move {
            let (_, repository) = repository.expect("each name has one");
            remove(name, repository, args, context).await
        }
    })
    .await
}

fn is_same(one: &Reference, other: &Reference) -> bool {
    (&one.host, &one.name) == (&other.host, &other.name)
}

/// Here nothing is meant that was not typed: `latest` least of all.
fn checked(text: &str) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    match name.tag.is_none() && name.digest.is_none() {
        true => Err(Failure::usage(format!("{} is a repository, and not one image of it", name.familiar()))
            .hint(format!("say which: `rpush rmi --remote {}`", name.with_tag(Tag::latest()).familiar()))),
        false => Ok(name),
    }
}

async fn remove(name: &Reference, repository: &Repository, args: &RmiArgs, context: &Context) -> Result<(), Failure> {
    let guard = Guard::of(&name.host, false, context);
    if let Some((tag, pattern)) = name.tag.as_ref().and_then(|tag| Some((tag, guard.immutable(tag)?)))
        && !args.force
    {
        return Err(Failure::new(Exit::Failed, format!("{} is not removed", name.with_tag(tag.clone()).familiar()))
            .because(guard.words(pattern))
            .hint(format!("if it may go: `rpush rmi --remote --force {}`", name.familiar())));
    }
    let was_there = match (&name.digest, &name.tag) {
        (Some(digest), _) => remove_image(name, digest, repository, args, context).await?,
        (None, Some(tag)) => match repository.remove_tag(tag).await? {
            Removal::Removed => {
                context.console.data(&format!("Untagged: {}", name.familiar()));
                true
            }
            Removal::Absent => false,
            Removal::OnlyByDigest(refused) => only_by_digest(name, tag, refused, repository, context).await?,
        },
        (None, None) => false,
    };
    match was_there {
        true => Ok(()),
        false if args.force => {
            context.console.warn(&format!("{} is not there", name.familiar()));
            Ok(())
        }
        // No other name is proposed: on a registry, what is removed by mistake is gone.
        false => Err(pull::not_found(name)),
    }
}

/// Removes an image with all its tags; says whether it was there. A tag that was typed beside the digest may go with it.
async fn remove_image(
    name: &Reference,
    digest: &Digest,
    repository: &Repository,
    args: &RmiArgs,
    context: &Context,
) -> Result<bool, Failure> {
    if repository.document(name).await?.is_none() {
        return Ok(false);
    }
    let (tags, more) = tags_of(digest, repository, MOST, context).await?;
    let unnamed: Vec<_> = tags.iter().filter(|tag| name.tag.as_ref() != Some(tag)).cloned().collect();
    if !unnamed.is_empty() && !args.force {
        return Err(Failure::new(
            Exit::Failed,
            format!("{} has names, which would go with it: {}", name.familiar(), listed(&unnamed, more)),
        )
        .hint(format!("if they may go: `rpush rmi --remote --force {}`", name.familiar())));
    }
    if !repository.remove_manifest(digest).await? {
        return Ok(false);
    }
    for tag in tags {
        context.console.data(&format!("Untagged: {}", name.with_tag(tag).familiar()));
    }
    if more {
        context.console.talk("and more names than are told here");
    }
    context.console.data(&format!("Deleted: {digest}"));
    Ok(true)
}

/// What to do about a tag that does not go alone, and what would go with it; `false` when it is not there anyway.
async fn only_by_digest(
    name: &Reference,
    tag: &Tag,
    refused: Error,
    repository: &Repository,
    context: &Context,
) -> Result<bool, Failure> {
    let Some(digest) = repository.named(tag).await? else { return Ok(false) };
    let (mut tags, more) = tags_of(&digest, repository, MOST, context).await?;
    tags.retain(|other| other != tag);
    let whole = Reference { digest: Some(digest), ..name.clone() }.familiar();
    let hint = match tags.is_empty() {
        true => format!("no other tag names the image, which can go as a whole: `rpush rmi --remote {whole}`"),
        false => format!("`rpush rmi --remote --force {whole}` removes the image, and with it {}", listed(&tags, more)),
    };
    let what = format!("{} cannot go alone: this registry removes images by digest, and no tags", name.familiar());
    Err(Failure::new(Exit::Failed, what).because(Failure::from(refused).cause()).hint(hint))
}

/// The first of some tags, and how many more there are.
fn listed(tags: &[Tag], more: bool) -> String {
    let shown: Vec<_> = tags.iter().take(NAMED).map(|tag| format!("`{tag}`")).collect();
    let rest = tags.len() - shown.len();
    match (rest, more) {
        (0, _) => shown.join(", "),
        (rest, false) => format!("{} and {rest} more", shown.join(", ")),
        (rest, true) => format!("{} and more than {rest} others", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let tags = |count: usize| (0..count).map(|n| format!("v{n}").parse().expect("a tag")).collect::<Vec<Tag>>();
        assert_eq!(listed(&tags(2), false), "`v0`, `v1`");
        assert!(listed(&tags(9), false).ends_with("`v7` and 1 more"));
        assert!(listed(&tags(9), true).ends_with("`v7` and more than 1 others"));
    }

    #[test]
    fn a_repository_is_no_image() {
        assert!(checked("localhost:5000/app").expect_err("which?").to_string().contains("say which"));
        assert!(checked("localhost:5000/app:1").is_ok());
    }
}
