//! `rpush tag --remote --from-tag`: the tags of a repository that match a pattern get other names. The list is read to its end
//! first, or names that are given meanwhile would be found in it; of a hundred thousand tags that is two megabytes. Each manifest
//! is fetched once, as long as the same one comes again soon.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::{OnceCell, Semaphore};

use crate::content::{Blob, Error, Source};
use crate::image::{Descriptor, Digest, MAX_MANIFEST_SIZE, Reference, RepositoryName, Tag};
use crate::registry::{Purpose, Registry, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Transfer, execute};

use super::super::context::Context;
use super::super::failure::{AGAIN, Failure};
use super::super::settings::RegistryArgs;
use super::fate::{Deed, Fate, Manner};
use super::renaming::Renaming;

/// How many tags are worked on at the same time.
const AT_ONCE: usize = 32;

/// How many images at the same time get their layers into another repository.
const MOUNTING_AT_ONCE: usize = 4;

/// How many manifests are kept, in case that another tag names the same.
const KEPT: usize = 64;

/// The most room that the matching tags may take. Three million tags of usual length fit in.
const MOST: usize = 64 * 1024 * 1024;

/// Gives the tags of `source` that are meant their new names.
pub async fn run(
    source: &Reference,
    renaming: &Renaming,
    manner: Manner<'_>,
    args: &RegistryArgs,
    context: &Context,
) -> Result<(), Failure> {
    for target in renaming.repositories() {
        super::same_registry(source, target)?;
    }
    let registry = context.registry(&source.host, Some(&source.name), args).await?;
    let writes_at_home = manner.deed == Deed::Done && renaming.repositories().any(|name| name.name == source.name);
    let purpose = if writes_at_home { Purpose::Push } else { Purpose::Pull };
    let home = registry.repository(&source.name, purpose);
    let tags = Tags::listed(&home, renaming, context).await?;
    if tags.count == 0 {
        return Err(Failure::not_found(format!("no tag of {} matches `{}`", source.familiar(), renaming.typed()))
            .hint(format!("its tags: `rpush ls {}`", source.familiar_repository())));
    }
    renaming.check(tags.iter())?;
    let work = Work::new(source, &registry, home, renaming, manner, context);
    let done = work.all(&tags, renaming).await;
    let is_open = |failure: &Failure| failure.cure().is_none_or(|hint| hint.starts_with(AGAIN));
    done.map_err(|failure| match manner.deed {
        Deed::Done if is_open(&failure) => {
            failure.hint("what was named stays; the same command with `--no-clobber` does the rest")
        }
        _ => failure,
    })
}

/// The tags that are meant, in one text: each with a line end.
#[derive(Default)]
struct Tags {
    text: String,
    count: u64,
}

impl Tags {
    async fn listed(home: &Repository, renaming: &Renaming, context: &Context) -> Result<Self, Failure> {
        let tally = context.tally("tags", false);
        let (mut tags, mut seen) = (Self::default(), 0);
        let mut list = pin!(home.tags());
        while let Some(tag) = list.try_next().await? {
            seen += 1;
            tally.at(seen, None);
            if renaming.takes(&tag) {
                tags.text.push_str(tag.as_str());
                tags.text.push('\n');
                tags.count += 1;
            }
            if tags.text.len() > MOST {
                return Err(Failure::usage(format!("more than {} tags match `{}`", tags.count - 1, renaming.typed()))
                    .hint("choose fewer of them at a time, with a longer pattern: `--from-tag 'v1.*'`"));
            }
        }
        Ok(tags)
    }

    fn iter(&self) -> impl Iterator<Item = Tag> {
        self.text.lines().map(|tag| tag.parse().expect("it was a tag before"))
    }
}

/// An image whose tags get other names.
struct Image {
    /// The repository that it is in, which has its manifest at hand.
    at: Arc<Repository>,
    root: Descriptor,
    bytes: bytes::Bytes,
}

/// What all that is done for the tags has in common.
struct Work<'a> {
    source: &'a Reference,
    registry: &'a Registry,
    home: Repository,
    /// The repositories of the targets, once each.
    targets: Vec<(RepositoryName, Repository)>,
    manner: Manner<'a>,
    context: &'a Context,
    images: Recent<Digest, Option<Image>>,
    /// Which images have everything in another repository.
    brought: Recent<(Digest, RepositoryName), ()>,
    mounting: Semaphore,
}

/// What came of one tag: each of its new names, and what that has become of.
type Outcome = Option<(Digest, Option<u64>, Vec<(Reference, Fate)>)>;

impl<'a> Work<'a> {
    fn new(
        source: &'a Reference,
        registry: &'a Registry,
        home: Repository,
        renaming: &Renaming,
        manner: Manner<'a>,
        context: &'a Context,
    ) -> Self {
        let purpose = if manner.deed == Deed::Done { Purpose::Push } else { Purpose::Pull };
        let mut targets: Vec<(RepositoryName, Repository)> = Vec::new();
        for target in renaming.repositories() {
            if !targets.iter().any(|(name, _)| *name == target.name) {
                targets.push((target.name.clone(), registry.repository(&target.name, purpose)));
            }
        }
        let (images, brought, mounting) = (Recent::default(), Recent::default(), Semaphore::new(MOUNTING_AT_ONCE));
        Self { source, registry, home, targets, manner, context, images, brought, mounting }
    }

    /// Works on all tags and tells of each, in the order of the list.
    async fn all(&self, tags: &Tags, renaming: &Renaming) -> Result<(), Failure> {
        let tally = self.context.tally("tags", true);
        let mut sums = Sums::default();
        let outcomes = futures_util::stream::iter(tags.iter())
            .map(|tag| async move { Ok::<_, Failure>((self.one(&tag, renaming.names_for(&tag)?).await?, tag)) });
        let mut outcomes = pin!(outcomes.buffered(AT_ONCE));
        let mut done = 0;
        while let Some((outcome, tag)) = outcomes.try_next().await? {
            done += 1;
            tally.at(done, Some(tags.count));
            match outcome {
                Some((digest, size, fates)) => {
                    fates.into_iter().for_each(|(name, fate)| {
                        sums.count(fate);
                        sums.first_fixed = sums.first_fixed.take().or_else(|| self.manner.failure(&name, fate));
                        self.tell(&name, &digest, size, fate);
                    });
                }
                None => self.context.console.talk(&format!("{}: is gone", self.source.with_tag(tag).familiar())),
            }
        }
        drop(tally);
        self.context.console.talk(&sums.words(self.manner.deed));
        match sums.first_fixed {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Gives what a tag names its new names; `None` when the tag is gone.
    async fn one(&self, tag: &Tag, names: Vec<Reference>) -> Result<Outcome, Error> {
        let Some(digest) = self.home.named(tag).await? else { return Ok(None) };
        let (mut size, mut fates) = (None, Vec::with_capacity(names.len()));
        for name in names {
            let (Some((_, target)), Some(new)) =
                (self.targets.iter().find(|(there, _)| *there == name.name), &name.tag)
            else {
                continue;
            };
            let fate = self.manner.fate(target, new, &digest).await?;
            if self.manner.deed == Deed::Done && matches!(fate, Fate::Given | Fate::Moved(_)) {
                let image = self.images.get(digest, || self.image(digest)).await?;
                let Some(image) = image.get().and_then(Option::as_ref) else { return Ok(None) };
                if name.name != self.source.name {
                    let key = (digest, name.name.clone());
                    self.brought.get(key, || self.bring(image, target)).await?;
                }
                target.name(&image.root, image.bytes.clone(), new).await?;
                size = Some(image.root.size);
            }
            fates.push((name, fate));
        }
        Ok(Some((digest, size, fates)))
    }

    /// An image with its manifest, out of a repository of its own, so that the manifest goes when the image is forgotten.
    async fn image(&self, digest: Digest) -> Result<Option<Image>, Error> {
        let at = Arc::new(self.registry.repository(&self.source.name, Purpose::Pull));
        let Some(root) = at.resolve(&self.source.with_digest(digest)).await? else { return Ok(None) };
        let place: Arc<dyn Source> = at.clone();
        let bytes = Blob::new(root.clone(), place).read_all(MAX_MANIFEST_SIZE).await?;
        Ok(Some(Image { at, root, bytes }))
    }

    /// Another repository of the registry takes the layers from the image's own.
    async fn bring(&self, image: &Image, target: &Repository) -> Result<(), Error> {
        let _turn = self.mounting.acquire().await.expect("nobody closes it");
        let place: Arc<dyn Source> = image.at.clone();
        let plan = Plan::read(&image.root, &place, &Choice::Everything).await?;
        let transfer = Transfer {
            plan: &plan,
            source: place,
            sink: target,
            tags: &[],
            mounts: plan.blobs.iter().map(|blob| (blob.digest, self.source.name.clone())).collect(),
            limits: Limits::streams(self.context.settings.uploads(None)),
            observer: Arc::new(()),
            ahead: Ahead::nothing(),
        };
        execute(transfer).await.map(drop)
    }

    fn tell(&self, name: &Reference, digest: &Digest, size: Option<u64>, fate: Fate) {
        self.manner.tell(name, digest, fate, &self.context.console);
        if let (Deed::Done, Fate::Fixed(old)) = (self.manner.deed, fate) {
            self.context.console.talk(&format!("{}: left as it is, it names {old}", name.familiar()));
        }
        if self.manner.deed == Deed::Done
            && let Fate::Given | Fate::Moved(_) = fate
        {
            let root = (digest, size.unwrap_or_default());
            self.context.console.data(&super::result_line(name, root, self.context));
        }
    }
}

/// How many names have become what.
#[derive(Default)]
struct Sums {
    given: u64,
    same: u64,
    left: u64,
    /// Of those that the configuration fixes, the first one's failure stands for all.
    first_fixed: Option<Failure>,
}

impl Sums {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Given | Fate::Moved(_) => self.given += 1,
            Fate::Same => self.same += 1,
            Fate::Left(_) | Fate::Fixed(_) => self.left += 1,
        }
    }

    fn words(&self, deed: Deed) -> String {
        let Self { given, same, left, .. } = self;
        let mut parts = vec![match deed {
            Deed::Done => format!("{given} named"),
            Deed::Told => format!("{given} would be named"),
        }];
        parts.extend((*same > 0).then(|| format!("{same} there already")));
        parts.extend((*left > 0).then(|| format!("{left} left as they are")));
        parts.join(", ")
    }
}

/// What was found out last, each once however many ask for it at the same time.
struct Recent<K, V>(Mutex<VecDeque<(K, Arc<OnceCell<V>>)>>);

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: PartialEq, V> Recent<K, V> {
    async fn get<F>(&self, key: K, find: impl FnOnce() -> F) -> Result<Arc<OnceCell<V>>, Error>
    where
        F: Future<Output = Result<V, Error>>,
    {
        let cell = self.cell(key);
        cell.get_or_try_init(find).await?;
        Ok(cell)
    }

    fn cell(&self, key: K) -> Arc<OnceCell<V>> {
        let mut kept = self.0.lock().expect("nobody panics while holding it");
        let entry = match kept.iter().position(|(known, _)| *known == key) {
            Some(at) => kept.remove(at).expect("it was found there"),
            None => (key, Arc::default()),
        };
        let cell = entry.1.clone();
        kept.push_front(entry);
        kept.truncate(KEPT);
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digest that many tags name is asked for once; what was not asked for lately is forgotten.
    #[tokio::test]
    async fn what_was_found_out_last_is_kept() {
        let recent = Recent::default();
        let count = std::cell::Cell::new(0);
        let find = async || {
            tokio::task::yield_now().await;
            count.set(count.get() + 1);
            Ok(count.get())
        };
        let both = futures_util::future::try_join(recent.get(0, find), recent.get(0, find)).await.expect("found");
        assert_eq!((both.0.get(), both.1.get(), count.get()), (Some(&1), Some(&1), 1));
        for key in 1..=KEPT {
            recent.get(key, find).await.expect("found");
        }
        assert_eq!(recent.0.lock().expect("not poisoned").len(), KEPT);
        assert_eq!(recent.get(0, find).await.expect("found").get(), Some(&(KEPT + 2)), "forgotten, and asked for anew");
        let failed = recent.get(1000, async || Err(Error::new(crate::content::Class::Failed, "no"))).await;
        assert!(failed.is_err() && recent.get(1000, find).await.is_ok(), "a failure is not kept");
    }
}
