//! What a transfer would do, found out by questions alone: nothing is put, mounted or begun.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};

use super::Limits;
use super::plan::Plan;
use crate::content::{Error, Sink};
use crate::image::{Descriptor, Digest, RepositoryName};

/// What would become of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prospect {
    /// It is there.
    Exists,
    /// The other side would take it from this repository of its own.
    Mount(RepositoryName),
    /// Its bytes would be moved.
    Move,
}

/// What would become of each piece of an image, in the order of the plan: blobs, manifests, the root.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The pieces.
    pub pieces: Vec<(Descriptor, Prospect)>,
}

/// How many pieces there are of each prospect, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// From where blobs could be mounted.
#[derive(Default)]
pub struct Mounts {
    /// For each blob, the repository that may have it.
    pub from: HashMap<Digest, RepositoryName>,
    /// The repositories of which that is not certain, to be asked.
    pub asked: HashMap<RepositoryName, Arc<dyn Sink>>,
}

impl Forecast {
    /// What a transfer to `sink` would do. An image that stands there has everything.
    pub async fn of(plan: &Plan, sink: &dyn Sink, mounts: &Mounts, limits: Limits) -> Result<Self, Error> {
        if sink.has(&plan.root.descriptor).await? {
            let there = plan.pieces().map(|piece| (piece.bare(), Prospect::Exists));
            return Ok(Self { pieces: there.collect() });
        }
        let root = plan.root.descriptor.digest;
        let asked = futures_util::stream::iter(plan.pieces()).map(|piece| async move {
            let is_there = piece.digest != root && sink.has(piece).await?;
            let prospect = match is_there {
                true => Prospect::Exists,
                false => mounts.prospect(piece).await,
            };
            Ok::<_, Error>((piece.bare(), prospect))
        });
        Ok(Self { pieces: asked.buffered(limits.requests).try_collect().await? })
    }

    /// Adds a piece, unless it is among the others.
    pub fn add(&mut self, piece: &Descriptor, prospect: Prospect) {
        if self.pieces.iter().all(|(known, _)| known.digest != piece.digest) {
            self.pieces.push((piece.bare(), prospect));
        }
    }

    /// The pieces with a prospect that is meant, once each.
    pub fn sum(&self, is_meant: impl Fn(&Prospect) -> bool) -> Sum {
        let mut seen = HashSet::new();
        let meant = self.pieces.iter().filter(|(piece, prospect)| is_meant(prospect) && seen.insert(piece.digest));
        meant.fold(Sum::default(), |sum, (piece, _)| Sum { count: sum.count + 1, bytes: sum.bytes + piece.size })
    }
}

impl Mounts {
    /// What becomes of a piece that is missing. A repository that does not answer is no help in a transfer either.
    async fn prospect(&self, piece: &Descriptor) -> Prospect {
        let Some(from) = self.from.get(&piece.digest) else { return Prospect::Move };
        let has = match self.asked.get(from) {
            Some(neighbour) => neighbour.has(piece).await.unwrap_or_else(|error| {
                tracing::debug!("{error}");
                false
            }),
            None => true,
        };
        if has { Prospect::Mount(from.clone()) } else { Prospect::Move }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Memory, Source};
    use crate::image::MediaType;
    use crate::transfer::Choice;

    const LIMITS: Limits = Limits { streams: 2, requests: 2 };

    struct Image {
        plan: Plan,
        layers: Vec<Descriptor>,
    }

    async fn image() -> Image {
        let here = Arc::new(Memory::new("here"));
        let layers: Vec<_> =
            ["one", "two", "three"].map(|text| here.insert(MediaType::LAYER_GZIP, text)).into_iter().collect();
        let config = here.insert(MediaType::CONFIG, "{}");
        let manifest = serde_json::json!({ "config": config, "layers": layers }).to_string();
        let root = here.insert(MediaType::MANIFEST, manifest);
        let source: Arc<dyn Source> = here;
        Image { plan: Plan::read(&root, &source, &Choice::Everything).await.expect("a plan"), layers }
    }

    fn name(text: &str) -> RepositoryName {
        text.parse().expect("a name")
    }

    /// Three layers: one is there, one is next door, one might have been.
    #[tokio::test]
    async fn each_piece_has_its_prospect_and_nothing_changes() {
        let (Image { plan, layers }, sink) = (image().await, Memory::new("there"));
        let (near, far) = (Memory::new("near"), Memory::new("far"));
        sink.insert(MediaType::LAYER_GZIP, "one");
        near.insert(MediaType::LAYER_GZIP, "two");
        let from = [(layers[0].digest, "near"), (layers[1].digest, "near"), (layers[2].digest, "far")];
        let asked = [("near", near), ("far", far)];
        let mounts = Mounts {
            from: from.into_iter().map(|(digest, from)| (digest, name(from))).collect(),
            asked: asked.into_iter().map(|(from, place)| (name(from), Arc::new(place) as Arc<dyn Sink>)).collect(),
        };
        let forecast = Forecast::of(&plan, &sink, &mounts, LIMITS).await.expect("foretold");
        let prospects: Vec<_> = layers
            .iter()
            .map(|layer| {
                forecast.pieces.iter().find(|(piece, _)| piece.digest == layer.digest).expect("there").1.clone()
            })
            .collect();
        assert_eq!(prospects, [Prospect::Exists, Prospect::Mount(name("near")), Prospect::Move]);
        let sum = forecast.sum(|prospect| *prospect == Prospect::Move);
        let manifest = plan.root.descriptor.size;
        assert_eq!((sum.count, sum.bytes), (3, 5 + 2 + manifest), "a layer, the config, the manifest");
        assert!(sink.journal().iter().all(|line| line.starts_with("has ")), "{:?}", sink.journal());
    }

    /// What this very run brings to a neighbour is there when it is asked for.
    #[tokio::test]
    async fn a_neighbour_that_is_certain_is_not_asked() {
        let (Image { plan, layers }, sink) = (image().await, Memory::new("there"));
        let from = plan.blobs.iter().map(|blob| (blob.digest, name("base"))).collect();
        let forecast = Forecast::of(&plan, &sink, &Mounts { from, ..Mounts::default() }, LIMITS).await;
        let forecast = forecast.expect("foretold");
        assert_eq!(forecast.sum(|prospect| matches!(prospect, Prospect::Mount(_))).count, layers.len() + 1);
    }

    #[tokio::test]
    async fn what_stands_is_one_question() {
        let (Image { plan, .. }, sink) = (image().await, Memory::new("there"));
        sink.insert(MediaType::MANIFEST, plan.root.bytes.clone());
        let forecast = Forecast::of(&plan, &sink, &Mounts::default(), LIMITS).await.expect("foretold");
        assert_eq!(forecast.sum(|prospect| *prospect == Prospect::Exists).count, 5);
        assert_eq!(sink.journal().len(), 1);
    }
}
