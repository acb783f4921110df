//! `--dry-run` of what pushes: what would become of each piece and of each tag, and whether this account may write at all. The
//! lines are the data of such a run; whatever would fail, fails here with the same words and the same exit code.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::context::Context;
use super::failure::Failure;
use super::guard::{Guard, Held};
use super::settings::ResultFormat;
use crate::content::{Class, Error, Sink};
use crate::image::{Descriptor, Digest, Reference, RepositoryName, Tag};
use crate::registry::Repository;
use crate::transfer::{Forecast, Limits, Mounts, Plan, Prospect};
use crate::ui::json as ui_json;
use crate::ui::size;

/// What would become of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Naming {
    /// Nobody has it.
    Put,
    /// It names this now, and would move.
    Move(Digest),
    /// It names the image already.
    Unchanged,
    /// It names something else, and would be left.
    Left(Held),
}

/// How far it is known of the repositories from which blobs could be mounted that they have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// They are asked.
    Asked,
    /// They have them, or will have when it comes to it.
    Certain,
}

/// What would become of an image in a repository.
pub struct Outlook {
    name: Reference,
    root: Descriptor,
    tags: Vec<(Tag, Naming)>,
    forecast: Forecast,
    account: Option<String>,
    /// Why nothing can be written, if that is so.
    refusal: Option<Error>,
    guard: Guard,
}

impl Outlook {
    /// Asks the registry. An upload is begun and given up; nothing else is asked for that would change anything.
    pub async fn of(
        plan: &Plan,
        (name, tags): (&Reference, &[Tag]),
        (repository, guard): (&Repository, Guard),
        (mounts, neighbours): (HashMap<Digest, RepositoryName>, Neighbours),
        limits: Limits,
    ) -> Result<Self, Failure> {
        let names: HashSet<RepositoryName> = match neighbours {
            Neighbours::Asked => mounts.values().cloned().collect(),
            Neighbours::Certain => HashSet::new(),
        };
        let neighbour = |name: RepositoryName| {
            let sink: Arc<dyn Sink> = repository.next_door(&name);
            (name, sink)
        };
        let mounts = Mounts { from: mounts, asked: names.into_iter().map(neighbour).collect() };
        let forecast = Forecast::of(plan, repository, &mounts, limits).await?;
        let root = plan.root.descriptor.bare();
        let (digest, guarding) = (root.digest, &guard);
        let namings = tags.iter().map(|tag| async move {
            let naming = match (repository.named(tag).await?, guarding.reason(tag)) {
                (None, _) => Naming::Put,
                (Some(names), _) if names == digest => Naming::Unchanged,
                (Some(names), Some(reason)) => Naming::Left(Held { tag: tag.clone(), names, reason }),
                (Some(names), None) => Naming::Move(names),
            };
            Ok::<_, Error>((tag.clone(), naming))
        });
        let tags = try_join_all(namings).await?;
        let refusal = match repository.try_writing().await {
            Ok(()) => None,
            // Of a registry that is out of reach now, nothing is known.
            Err(error) if error.class() == Class::Unreachable => return Err(error.into()),
            Err(error) => Some(error),
        };
        Ok(Self { name: name.clone(), root, tags, forecast, account: repository.account(), refusal, guard })
    }

    /// Adds what goes with the image.
    pub fn add(&mut self, other: Forecast) {
        other.pieces.into_iter().for_each(|(piece, prospect)| self.forecast.add(&piece, prospect));
    }

    /// Tells all of it: first the pieces, then the tags, then the sums.
    pub fn tell(&self, format: Option<ResultFormat>, context: &Context) {
        let console = &context.console;
        if format == Some(ResultFormat::Json) {
            let objects = self.tags.iter().enumerate();
            return objects
                .for_each(|(at, (tag, naming))| console.data(&ui_json::line(&self.object(tag, naming, at == 0))));
        }
        piece_lines(&self.forecast, "upload").iter().for_each(|line| console.data(line));
        for (tag, naming) in &self.tags {
            let Descriptor { digest, size, .. } = &self.root;
            console.data(&match naming {
                Naming::Put => format!("{tag}: would be put: digest: {digest} size: {size}"),
                Naming::Move(old) => format!("{tag}: would move from {old}: digest: {digest} size: {size}"),
                Naming::Unchanged => format!("{tag}: unchanged: digest: {digest} size: {size}"),
                Naming::Left(held) => format!("{tag}: would be left, it names {}", held.names),
            });
        }
        let who = match (&self.account, &self.refusal) {
            (Some(account), None) => format!("{account} may"),
            (Some(account), Some(_)) => format!("{account} may not"),
            (None, None) => "anybody may".to_owned(),
            (None, Some(_)) => "nobody without an account may".to_owned(),
        };
        console.data(&format!("{}; {who} push to {}", sums(&self.forecast, "upload"), self.name.familiar_repository()));
    }

    /// Why it would fail, if it would.
    pub fn failures(self) -> Vec<Failure> {
        if let Some(refusal) = self.refusal {
            return vec![refusal.into()];
        }
        let left = self.tags.iter().filter_map(|(_, naming)| match naming {
            Naming::Left(held) => Some(self.guard.failure(&self.name, held)),
            Naming::Put | Naming::Move(_) | Naming::Unchanged => None,
        });
        left.collect()
    }

    /// What is told of a tag in JSON. Only the first of several tags would move anything.
    fn object(&self, tag: &Tag, naming: &Naming, is_first: bool) -> Value {
        let nothing = Forecast { pieces: Vec::new() };
        let forecast = if is_first { &self.forecast } else { &nothing };
        let mut object = object(&self.name.with_tag(tag.clone()).to_string(), &self.root, forecast, "upload");
        let (word, was) = match naming {
            Naming::Put => ("put", None),
            Naming::Move(old) => ("move", Some(old)),
            Naming::Unchanged => ("unchanged", None),
            Naming::Left(held) => ("left", Some(&held.names)),
        };
        object["tag"] = json!(word);
        if let Some(was) = was {
            object["was"] = json!(was);
        }
        object["mayWrite"] = json!(self.refusal.is_none());
        object["account"] = json!(self.account);
        object
    }
}

/// A line a piece. `verb` is what happens to those that move: `upload`, `write`.
pub fn piece_lines(forecast: &Forecast, verb: &str) -> Vec<String> {
    let line = |(piece, prospect): &(Descriptor, Prospect)| {
        let id = piece.digest.short();
        match prospect {
            Prospect::Exists => format!("{id}: exists"),
            Prospect::Mount(from) => format!("{id}: would mount from {from}"),
            Prospect::Move => format!("{id}: would {verb} {}", size::in_list(piece.size)),
        }
    };
    forecast.pieces.iter().map(line).collect()
}

/// `2 to upload (84MB), 1 to mount, 3 there already`.
pub fn sums(forecast: &Forecast, verb: &str) -> String {
    let moved = forecast.sum(|prospect| *prospect == Prospect::Move);
    let mounted = forecast.sum(|prospect| matches!(prospect, Prospect::Mount(_)));
    let existing = forecast.sum(|prospect| *prospect == Prospect::Exists);
    let mut parts = Vec::new();
    parts.extend((moved.count > 0).then(|| format!("{} to {verb} ({})", moved.count, size::in_list(moved.bytes))));
    parts.extend((mounted.count > 0).then(|| format!("{} to mount", mounted.count)));
    parts.extend((existing.count > 0).then(|| format!("{} there already", existing.count)));
    parts.join(", ")
}

/// What is told in JSON of an image that goes somewhere: the object of a push, of what would be.
pub fn object(reference: &str, root: &Descriptor, forecast: &Forecast, verb: &str) -> Value {
    let piece = |(piece, prospect): &(Descriptor, Prospect)| {
        let (outcome, from) = match prospect {
            Prospect::Exists => ("exists", None),
            Prospect::Mount(from) => ("mount", Some(from.to_string())),
            Prospect::Move => (verb, None),
        };
        let mut object = json!({
            "digest": piece.digest,
            "size": piece.size,
            "mediaType": piece.media_type,
            "outcome": outcome,
        });
        if let Some(from) = from {
            object["from"] = from.into();
        }
        object
    };
    let moved = forecast.sum(|prospect| *prospect == Prospect::Move);
    let mounted = forecast.sum(|prospect| matches!(prospect, Prospect::Mount(_)));
    let existing = forecast.sum(|prospect| *prospect == Prospect::Exists);
    json!({
        "reference": reference,
        "digest": root.digest,
        "size": root.size,
        "mediaType": root.media_type,
        "dryRun": true,
        "pieces": forecast.pieces.iter().map(piece).collect::<Vec<_>>(),
        "totals": {
            "toUpload": moved.count,
            "toMount": mounted.count,
            "existing": existing.count,
            "bytesToUpload": moved.bytes,
            "bytesToMount": mounted.bytes,
            "bytesExisting": existing.bytes,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::MediaType;

    fn forecast(prospects: &[(usize, Prospect)]) -> Forecast {
        let piece = |(size, prospect): &(usize, Prospect)| {
            let bytes = vec![u8::try_from(*size).expect("small"); *size];
            (Descriptor::of(MediaType::LAYER_GZIP, &bytes), prospect.clone())
        };
        Forecast { pieces: prospects.iter().map(piece).collect() }
    }

    #[test]
    fn the_sums_say_what_there_is_of_each() {
        let mount = Prospect::Mount("team/base".parse().expect("a name"));
        for (prospects, words) in [
            (
                vec![(1, Prospect::Exists), (2, Prospect::Move), (3, Prospect::Move), (4, mount)],
                "2 to upload (5B), 1 to mount, 1 there already",
            ),
            (vec![(1, Prospect::Exists)], "1 there already"),
            (vec![(200, Prospect::Move), (200, Prospect::Move)], "1 to upload (200B)"),
        ] {
            assert_eq!(sums(&forecast(&prospects), "upload"), words);
        }
    }
}
