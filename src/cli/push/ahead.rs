//! The beginning of a push: what it needs before the image is known as a whole, so that new layers of an archive or of a daemon's
//! export go ahead of it, while the next ones are being compressed.

use std::sync::Arc;

use futures_util::future;
use futures_util::{TryFutureExt as _, stream};
use tokio::sync::mpsc::unbounded_channel;

use crate::archive::Compression;
use crate::content::Source;
use crate::image::Reference;
use crate::layout::Index;
use crate::registry::{Purpose, Registry, Repository};
use crate::transfer::{Ahead, Limits, go_ahead};
use crate::ui::progress::{Direction, Progress};

use super::jobs::{or_latest, untagged};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::from_daemon::{InDaemon, find};
use crate::cli::locate::{Arrivals, From, Herald, Located};

/// Where an image lies that is to be pushed.
pub enum Origin {
    /// In the store, if anywhere.
    Store(Index),
    /// Where `--from` says.
    From(From),
    /// In the daemon, which has it.
    Daemon(InDaemon),
}

impl Origin {
    /// Where `--from` says; else in the store. A single name that the store lacks is looked for in the daemon.
    pub async fn find(
        from: Option<&str>,
        all_tags: bool,
        names: &[Reference],
        context: &Context,
    ) -> Result<Self, Failure> {
        if let Some(from) = from {
            return Ok(match From::parse(from)? {
                From::Daemon(name) => Self::Daemon(find(&name).await?),
                from => Self::From(from),
            });
        }
        let index = context.store.index()?;
        match names {
            [name] if !all_tags && index.named(&name.or_latest()).is_none() => {
                let name = or_latest(name, context);
                let found = context.look_in_daemon(&name).await;
                Ok(Self::Daemon(found.map_err(|reason| reason.explain(untagged(&name, context)))?))
            }
            _ => Ok(Self::Store(index)),
        }
    }

    /// Whether it is clear, before the image is known as a whole, which layers are its own, and that all of these names are in
    /// one repository.
    pub fn goes_ahead(&self, names: &[Reference]) -> bool {
        let is_clear = match self {
            Self::From(From::Archive(..)) | Self::Daemon(_) => true,
            Self::From(From::Layout(..) | From::Stdin | From::Daemon(_) | From::Store(_)) | Self::Store(_) => false,
        };
        let repository = |name: &Reference| (name.host.clone(), name.name.clone());
        is_clear && names.iter().all(|name| repository(name) == repository(&names[0]))
    }
}

/// A push that has begun: layers may have gone ahead.
pub struct Begun {
    /// Where it goes.
    pub repository: Repository,
    /// How many requests the registry had been sent before.
    pub requests_before: u64,
    /// Who shows it.
    pub progress: Arc<Progress>,
    /// What has gone ahead.
    pub ahead: Ahead,
}

impl Begun {
    /// Nothing is sent yet.
    pub fn of(name: &Reference, registry: &Registry, verify: bool, context: &Context) -> Self {
        context.console.talk(&format!("The push refers to repository [{}]", name.familiar_repository()));
        let repository = registry.repository(&name.name, Purpose::Push);
        let repository = if verify { repository.hashing_all() } else { repository };
        let (requests_before, progress) = (repository.requests_sent(), context.progress(Direction::Push));
        Self { repository, requests_before, progress, ahead: Ahead::nothing() }
    }

    /// Brings the image into the store, and its new layers to the registry as they come. Whichever fails ends the other.
    pub async fn with_layers_ahead(
        mut self,
        origin: &Origin,
        compression: Compression,
        limits: Limits,
        context: &Context,
    ) -> Result<(Located, Self), Failure> {
        let (listener, mut arrivals) = unbounded_channel();
        let arriving = stream::poll_fn(move |task| arrivals.poll_recv(task));
        let source: Arc<dyn Source> = context.store.clone();
        let going = go_ahead(arriving, source, &self.repository, limits, self.progress.clone());
        let arrivals = Arrivals::Told(Herald::to(listener));
        let locating = async {
            match origin {
                Origin::From(from) => context.locate(from, compression, arrivals).await,
                Origin::Daemon(found) => context.take(found, compression, arrivals).await,
                Origin::Store(_) => unreachable!("what is in the store need not go ahead"),
            }
        };
        let (located, ahead) = future::try_join(locating, going.map_err(Failure::from)).await?;
        self.ahead = ahead;
        Ok((located, self))
    }
}
