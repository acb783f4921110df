//! Tags that are not to be moved: all of them with `--no-clobber`, those that match with `immutable-tags` in the configuration.
//!
//! A registry has no lock, and none is known to take a condition with the PUT of a manifest. So it is asked what a tag names
//! before anything is sent, and once more right before the tag is put: that is a check, and somebody may come between.

use std::sync::Mutex;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join_all};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::pattern::Pattern;
use crate::content::{Blob, Claim, Error, Kept, Meter, Rank, Reply, Sink, Standing};
use crate::image::{Descriptor, Digest, Host, Reference, RepositoryName, Tag};
use crate::registry::Repository;

/// Which tags of a host are not moved.
#[derive(Debug, Clone)]
pub struct Guard {
    host: Host,
    all: bool,
    patterns: Vec<(String, Pattern)>,
}

/// Why a tag is not moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// `--no-clobber`.
    NoClobber,
    /// This pattern of the configuration.
    Immutable(String),
}

/// A tag that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The tag.
    pub tag: Tag,
    /// What it names.
    pub names: Digest,
    /// Why it is left.
    pub reason: Reason,
}

impl Guard {
    /// What the option and the configuration say of a host.
    pub fn of(host: &Host, no_clobber: bool, context: &Context) -> Self {
        let read = |text: String| Pattern::parse(&text).ok().map(|pattern| (text, pattern));
        let patterns = context.settings.config.host(host).immutable_tags.into_iter().filter_map(read).collect();
        Self { host: host.clone(), all: no_clobber, patterns }
    }

    /// Why a tag is not moved; `None` where it may be.
    pub fn reason(&self, tag: &Tag) -> Option<Reason> {
        match self.all {
            true => Some(Reason::NoClobber),
            false => self.immutable(tag).map(|pattern| Reason::Immutable(pattern.to_owned())),
        }
    }

    /// The pattern of the configuration that a tag matches.
    pub fn immutable(&self, tag: &Tag) -> Option<&str> {
        let mut patterns = self.patterns.iter();
        patterns.find(|(_, pattern)| pattern.matches(tag.as_str())).map(|(text, _)| text.as_str())
    }

    /// The tags that may be put on `digest`, and those that name something else and are left. Only tags that are guarded are
    /// asked for.
    pub async fn sort(
        &self,
        repository: &Repository,
        tags: &[Tag],
        digest: &Digest,
    ) -> Result<(Vec<Tag>, Vec<Held>), Error> {
        let asked = tags.iter().map(|tag| async move {
            let Some(reason) = self.reason(tag) else { return Ok::<_, Error>(Ok(tag.clone())) };
            Ok(match repository.named(tag).await? {
                Some(names) if names != *digest => Err(Held { tag: tag.clone(), names, reason }),
                _ => Ok(tag.clone()),
            })
        });
        let (mut free, mut held) = (Vec::new(), Vec::new());
        for found in try_join_all(asked).await? {
            match found {
                Ok(tag) => free.push(tag),
                Err(tag) => held.push(tag),
            }
        }
        Ok((free, held))
    }

    /// The repository with this before it.
    pub fn before<'a>(&'a self, repository: &'a Repository) -> Guarded<'a> {
        Guarded { guard: self, repository, held: Mutex::default() }
    }

    /// The failure for a tag that is left.
    pub fn failure(&self, name: &Reference, held: &Held) -> Failure {
        let full = name.with_tag(held.tag.clone()).familiar();
        let failure = Failure::new(Exit::Failed, format!("{full} names {} already, and is left as it is", held.names));
        let repository = name.familiar_repository();
        match &held.reason {
            Reason::NoClobber => failure.because("`--no-clobber` moves no tag").hint(format!(
                "choose a tag that is free, of those that `rpush ls {repository}` does not list; or let it move: without `--no-clobber`"
            )),
            Reason::Immutable(pattern) => failure.because(self.words(pattern)).hint(format!(
                "choose a tag that is free, of those that `rpush ls {repository}` does not list"
            )),
        }
    }

    /// Where it is said that a tag is immutable.
    pub fn words(&self, pattern: &str) -> String {
        format!("the configuration has `{pattern}` among the `immutable-tags` of {}", self.host)
    }
}

/// A repository in which guarded tags are asked for right before they are put.
pub struct Guarded<'a> {
    guard: &'a Guard,
    repository: &'a Repository,
    held: Mutex<Vec<Held>>,
}

impl Guarded<'_> {
    /// The tags that were left at the last moment.
    pub fn held(self) -> Vec<Held> {
        self.held.into_inner().expect("nobody panics while holding it")
    }

    async fn put_root(&self, descriptor: &Descriptor, bytes: Bytes, tags: &[Tag]) -> Result<Kept, Error> {
        let (free, held) = self.guard.sort(self.repository, tags, &descriptor.digest).await?;
        let is_left = !held.is_empty() && free.is_empty();
        self.held.lock().expect("nobody panics while holding it").extend(held);
        match is_left {
            // Without a name it would be of no use there.
            true => Ok(Kept::Before),
            false => self.repository.put_manifest(descriptor, bytes, Rank::Root(&free)).await,
        }
    }
}

impl Sink for Guarded<'_> {
    fn place(&self) -> &str {
        Sink::place(self.repository)
    }

    fn standing<'a>(&'a self, root: &'a Descriptor, tags: &'a [Tag]) -> Reply<'a, Standing> {
        self.repository.standing(root, tags)
    }

    fn is_new_ground<'a>(&'a self, root: &'a Descriptor) -> BoxFuture<'a, bool> {
        self.repository.is_new_ground(root)
    }

    fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool> {
        self.repository.has(descriptor)
    }

    fn claim<'a>(&'a self, descriptor: &'a Descriptor, from: Option<&'a RepositoryName>) -> Reply<'a, Claim> {
        self.repository.claim(descriptor, from)
    }

    fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()> {
        self.repository.put_blob(blob, meter)
    }

    fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept> {
        match rank {
            Rank::Root(tags) => self.put_root(descriptor, bytes, tags).boxed(),
            Rank::Child => self.repository.put_manifest(descriptor, bytes, rank),
        }
    }
}
