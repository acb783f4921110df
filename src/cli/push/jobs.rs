//! What a push brings where: one job for each image and repository, under all the tags that were typed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::archive::Compression;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::locate::{Arrivals, Located};
use crate::cli::suggest;
use crate::content::Source;
use crate::image::{Descriptor, Digest, Host, Reference, RepositoryName, Tag};
use crate::layout::Index;

/// One manifest to one repository, under one or several tags.
pub struct Job {
    /// Where it is.
    pub located: Located,
    /// The repository's name; the tags are beside it.
    pub name: Reference,
    /// The tags.
    pub tags: Vec<Tag>,
}

impl Job {
    /// Where it goes.
    pub fn repository(&self) -> (Host, RepositoryName) {
        (self.name.host.clone(), self.name.name.clone())
    }
}

/// The jobs, in the order of what was typed.
#[derive(Default)]
struct Jobs {
    list: Vec<Job>,
    /// Where in the list the job is that pushes a manifest to a repository. There may be thousands.
    places: HashMap<(Digest, Host, RepositoryName), usize>,
    tags: HashSet<(usize, Tag)>,
}

impl Jobs {
    /// Adds a name to the job that pushes the same manifest to the same repository, or makes a new one.
    fn add(&mut self, name: &Reference, located: Located) {
        let key = (located.root.digest, name.host.clone(), name.name.clone());
        let place = *self.places.entry(key).or_insert(self.list.len());
        if place == self.list.len() {
            self.list.push(Job { located, name: name.clone(), tags: Vec::new() });
        }
        let tag = name.tag.clone().unwrap_or_else(Tag::latest);
        if self.tags.insert((place, tag.clone())) {
            self.list[place].tags.push(tag);
        }
    }
}

/// One image under several names: the names in one repository share one transfer.
pub fn of_one(located: &Located, names: &[Reference]) -> Vec<Job> {
    let mut jobs = Jobs::default();
    for name in names {
        jobs.add(name, located.clone());
    }
    jobs.list
}

/// The images that the store has under these names. One that it has not is taken from the daemon.
pub async fn of_store(
    index: &Index,
    names: &[Reference],
    all_tags: bool,
    compression: Compression,
    context: &Context,
) -> Result<Vec<Job>, Failure> {
    let lease = context.store.reading().map(Arc::new);
    let stored = |root: Descriptor| Located {
        source: context.store.clone() as Arc<dyn Source>,
        layout: context.store.clone(),
        root: root.bare(),
        name: None,
        _lease: lease.clone(),
    };
    let mut jobs = Jobs::default();
    for name in names {
        if all_tags {
            let tagged = index.tagged(name);
            if tagged.is_empty() {
                let words = "An image does not exist locally with the tag";
                return Err(missing(words, &name.familiar_repository(), context));
            }
            tagged.into_iter().for_each(|(name, root)| jobs.add(&name, stored(root)));
            continue;
        }
        let name = or_latest(name, context);
        let located = match index.named(&name) {
            Some(root) => stored(root),
            None => {
                let found = context.look_in_daemon(&name).await;
                let found = found.map_err(|reason| reason.explain(untagged(&name, context)))?;
                context.take(&found, compression, Arrivals::Shown).await?
            }
        };
        jobs.add(&name, located);
    }
    Ok(jobs.list)
}

/// The name with a tag; who has typed none is told which.
pub fn or_latest(name: &Reference, context: &Context) -> Reference {
    if name.tag.is_none() {
        context.console.talk("Using default tag: latest");
    }
    name.or_latest()
}

/// A name that nobody has.
pub fn untagged(name: &Reference, context: &Context) -> Failure {
    missing("tag does not exist", &name.familiar(), context)
}

/// Docker's words: scripts look for them.
fn missing(words: &str, name: &str, context: &Context) -> Failure {
    let untagged = name.rsplit('/').next().unwrap_or(name);
    let candidate = context.store.find(untagged).ok().and_then(|found| found.name);
    let failure = Failure::not_found(format!("{words}: {name}"));
    match candidate {
        Some(other) => failure.hint(format!(
            "the store has `{other}`: `rpush tag {} {name}`",
            other.familiar(),
            other = other.familiar()
        )),
        None => {
            let failure =
                failure.hint("`rpush images` lists what there is; `--from FILE` pushes what is not in the store");
            suggest::with_nearest(failure, name, &context.store.like(name))
        }
    }
}
