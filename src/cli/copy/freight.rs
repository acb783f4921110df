//! What is copied: an image, what refers to it, and where all of that is read.

use std::sync::Arc;

use super::depots::Depots;
use super::ends::{End, Origin};
use super::{Context, CopyArgs, Failure};
use crate::archive::{Compression, Imported};
use crate::cli::completing::{only, whole};
use crate::cli::locate::{Arrivals, From, Located};
use crate::cli::pull::missing;
use crate::content::{Overlay, Source};
use crate::image::{Descriptor, Reference, Tag};
use crate::layout::{Layout, Lease, Shelf};
use crate::registry::{Mirrors, Purpose, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Report, Transfer, execute};
use crate::ui::progress::Direction;

/// An image on its way, and what refers to it.
pub struct Freight {
    /// Where it is read.
    pub source: Arc<dyn Source>,
    /// The layout in which all of it lies, if it lies in one.
    pub layout: Option<Arc<Layout>>,
    /// What there is, the image first.
    pub items: Vec<Item>,
    /// The name that the image has where it comes from.
    pub name: Option<Reference>,
    /// Where it was found.
    pub found: Found,
    _leases: Vec<Arc<Lease>>,
}

/// One thing that is copied.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its manifest.
    pub root: Descriptor,
    /// What of it.
    pub choice: Choice,
    /// The tag under which it is looked for, of what cosign keeps under one; the image has those of the destinations.
    pub tag: Option<Tag>,
}

/// Where the image was found.
pub enum Found {
    /// In this registry.
    Registry(Reading),
    /// In this layout, of which what is missing comes from elsewhere.
    Layout(Arc<Layout>),
    /// In an archive that had all this, which is in the store now.
    Archive(Vec<Imported>),
}

/// A repository that is read.
#[derive(Clone)]
pub enum Reading {
    /// A registry that is also written to: its mirrors are no help.
    Same(Reference, Arc<Repository>),
    /// Behind its mirrors.
    Other(Reference, Arc<Mirrors>),
}

impl Reading {
    /// Opens the repository of an image. One on a host that is written to is read by the same account, over the same connections.
    pub async fn of(name: &Reference, depots: &Depots, args: &CopyArgs, context: &Context) -> Result<Self, Failure> {
        if args.from.is_silent()
            && let Some((other, registry)) = depots.on_host(&name.host)
        {
            if context.is_one_account(name, other, &args.registry).await? {
                return Ok(Self::Same(name.clone(), Arc::new(registry.repository(&name.name, Purpose::Pull))));
            }
            return Ok(Self::Other(name.clone(), Arc::new(context.mirrored(name, &args.registry).await?)));
        }
        Ok(Self::Other(name.clone(), Arc::new(context.mirrored(name, &args.reading()).await?)))
    }

    /// The name of the image.
    pub fn name(&self) -> &Reference {
        match self {
            Self::Same(name, _) | Self::Other(name, _) => name,
        }
    }

    /// The registry itself.
    pub fn home(&self) -> &Repository {
        match self {
            Self::Same(_, repository) => repository,
            Self::Other(_, mirrors) => mirrors.home(),
        }
    }

    /// As a place to read from.
    pub fn source(&self) -> Arc<dyn Source> {
        match self {
            Self::Same(_, repository) => repository.clone(),
            Self::Other(_, mirrors) => mirrors.clone(),
        }
    }

    async fn resolve(&self) -> Result<Descriptor, Failure> {
        let name = self.name();
        let (found, home) = match self {
            Self::Same(_, repository) => (repository.resolve(name).await?, &**repository),
            Self::Other(_, mirrors) => (mirrors.resolve(name).await?, mirrors.home()),
        };
        match found {
            Some(found) => Ok(found),
            None => Err(missing(name, home).await),
        }
    }
}

impl Freight {
    /// Finds the image.
    pub async fn load(
        origin: &Origin,
        ends: &[End],
        depots: &Depots,
        compression: Compression,
        args: &CopyArgs,
        context: &Context,
    ) -> Result<Self, Failure> {
        match origin {
            Origin::Registry(name) => {
                let reading = Reading::of(name, depots, args, context).await?;
                let (root, source) = (reading.resolve().await?, reading.source());
                let root = match &args.platform {
                    Some(platform) => only(platform, &root, &source, &name.familiar()).await?,
                    None => root,
                };
                let (items, name) = (vec![Item { root, choice: Choice::Everything, tag: None }], Some(name.clone()));
                Ok(Self { source, layout: None, items, name, found: Found::Registry(reading), _leases: Vec::new() })
            }
            Origin::Here(from) => {
                let is_archive = matches!(from, From::Archive(_, None) | From::Stdin);
                let (located, beside) = match is_archive || args.include_referrers {
                    true => context.locate_all(from, compression, Arrivals::Shown).await?,
                    false => (context.locate(from, compression, Arrivals::Shown).await?, Vec::new()),
                };
                let freight = Self::of_located(located, ends, args, context).await?;
                Ok(if beside.is_empty() { freight } else { Self { found: Found::Archive(beside), ..freight } })
            }
        }
    }

    /// What lies on this machine, whole: what is not here of an index comes from where that came from.
    async fn of_located(located: Located, ends: &[End], args: &CopyArgs, context: &Context) -> Result<Self, Failure> {
        let Located { source, layout, root, name, _lease: lease } = located;
        let shown = name.as_ref().map_or_else(|| root.digest.to_string(), Reference::familiar);
        let root = match &args.platform {
            Some(platform) => only(platform, &root, &source, &shown).await?,
            None => root.bare(),
        };
        // For the words, and for where things can be mounted.
        let first = ends.iter().find_map(End::registry).or(name.as_ref());
        let unnamed = || "localhost/unnamed".parse().expect("a name");
        let first = first.cloned().unwrap_or_else(unnamed);
        let whole = whole(&root, (&source, &layout), &first, args.missing(), &args.registry, context).await?;
        let is_here = whole.is_here();
        let items = vec![Item { root, choice: whole.choice, tag: None }];
        Ok(Self {
            source: whole.source,
            layout: is_here.then(|| layout.clone()),
            items,
            name,
            found: Found::Layout(layout),
            _leases: lease.into_iter().collect(),
        })
    }

    /// The image.
    pub fn root(&self) -> &Descriptor {
        &self.items[0].root
    }

    /// The repository on this host from which what is copied can be mounted.
    pub fn home_on(&self, host: &crate::image::Host) -> Option<&Reference> {
        match &self.found {
            Found::Registry(reading) if reading.name().host == *host => Some(reading.name()),
            _ => None,
        }
    }

    /// Whether it has to lie in the store first: an archive is made of files, and what several places want is read once. Those on
    /// the host that it comes from read nothing.
    pub fn needs_staging(&self, ends: &[End]) -> bool {
        let reads = |end: &&End| end.registry().is_none_or(|name| self.home_on(&name.host).is_none());
        self.layout.is_none() && (ends.iter().any(End::is_made_of_files) || ends.iter().filter(reads).count() > 1)
    }

    /// The same, brought into the store, where it has no name.
    pub async fn staged(self, args: &CopyArgs, context: &Context) -> Result<Self, Failure> {
        let store = context.store.clone();
        // Made before anything is looked for, so that nothing that is found goes away meanwhile.
        let lease = Arc::new(store.lease()?);
        let shelf = Shelf::unlisted(store.clone())?;
        let has = store.clone();
        let far = self.source.clone();
        let both: Arc<dyn Source> =
            Arc::new(Overlay::new(store.clone(), far, move |piece: &Descriptor| has.blobs().has(piece)));
        let limits = Limits::streams(context.settings.downloads(args.max_concurrent_downloads));
        let progress = context.progress(Direction::Pull);
        for item in &self.items {
            let plan = Plan::read(&item.root, &both, &item.choice).await?;
            let transfer = Transfer {
                plan: &plan,
                source: both.clone(),
                sink: &shelf,
                tags: &[],
                mounts: Default::default(),
                limits,
                observer: progress.clone(),
                ahead: Ahead::nothing(),
            };
            let moved: Result<Report, _> = execute(transfer).await;
            if moved.is_err() {
                progress.finish();
            }
            moved?;
        }
        progress.finish();
        let _leases = self._leases.into_iter().chain([lease]).collect();
        Ok(Self { source: store.clone(), layout: Some(store), _leases, ..self })
    }
}
