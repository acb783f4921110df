//! Where the image to push lies: in the store, or in a layout, an archive or a daemon that the user names.
//!
//! What is not a layout yet (an archive, standard input, a daemon's export) is imported into the store first, where its compressed layers stay, so
//! that the next push of it costs nothing.

use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use crate::archive::{self, Compression, Fate, Fault, Imported, Input, MemoDir, Owner, Wanted};
use crate::content::{Meter, Source};
use crate::image::{Descriptor, Role};
use crate::layout::{Layout, Lease};
use crate::transfer::{Event, Observer, Outcome, State};
use crate::ui::progress::Direction;

use super::context::Context;
use super::failure::Failure;
use super::from_daemon;

/// An image, and the place that has it.
#[derive(Clone)]
pub struct Located {
    /// The place.
    pub source: Arc<dyn Source>,
    /// The layout that the place is.
    pub layout: Arc<Layout>,
    /// The root of the image.
    pub root: Descriptor,
    /// Nothing of the image is collected as garbage while this is held, whether it has a name or not.
    pub _lease: Option<Arc<Lease>>,
}

/// What `--from` says: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`, a
/// path, or `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// A layout in a directory.
    Layout(PathBuf, Option<String>),
    /// An archive in a file.
    Archive(PathBuf, Option<String>),
    /// An archive on standard input.
    Stdin,
    /// An image of the Docker daemon, by name or id.
    Daemon(String),
}

impl From {
    /// Reads what `--from` says. A bare path is told by what is there.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let (kind, rest) = match text.split_once(':') {
            Some((kind @ ("oci" | "oci-archive" | "docker-archive"), rest)) => (kind, rest),
            Some(("docker-daemon", name)) => return Ok(Self::Daemon(from_daemon::image_name(name)?)),
            Some((kind @ ("docker" | "containers-storage"), _)) => {
                return Err(Failure::usage(format!("rpush cannot read from `{kind}:`")).hint(
                    "an image of the Docker daemon is `--from docker-daemon:NAME`; from elsewhere, save it first: `podman save IMAGE | rpush push --from - NAME`",
                ));
            }
            _ => ("", text),
        };
        let (path, selector) = split_path(rest);
        if !path.exists() {
            return Err(Failure::not_found(format!("there is nothing at {}", path.display())));
        }
        Ok(match kind {
            "oci" => Self::Layout(path, selector),
            "oci-archive" | "docker-archive" => Self::Archive(path, selector),
            _ if path.is_dir() => Self::Layout(path, selector),
            _ => Self::Archive(path, selector),
        })
    }
}

/// Splits `PATH[:REF]` at the first colon before which something exists; paths and references may both have colons.
fn split_path(text: &str) -> (PathBuf, Option<String>) {
    if Path::new(text).exists() {
        return (text.into(), None);
    }
    let splits = text.match_indices(':').map(|(at, _)| text.split_at(at));
    let mut existing = splits.filter(|(path, _)| Path::new(path).exists());
    match existing.next() {
        Some((path, selector)) => (path.into(), Some(selector[1..].to_owned()).filter(|text| !text.is_empty())),
        None => (text.split(':').next().unwrap_or_default().into(), None),
    }
}

/// What becomes of the blobs that an import brings into the store.
pub enum Arrivals {
    /// They are shown.
    Shown,
    /// Those of the image that are large and new are told of here, as soon as they can be read.
    Told(UnboundedSender<Descriptor>),
}

/// Blobs below this size are there so soon, and away so soon, that they need not go ahead.
const LARGE: u64 = 1024 * 1024;

impl Arrivals {
    /// Takes notice of what happens during an import.
    pub(super) fn take(&self, watcher: &dyn Observer, event: archive::Progress) {
        let archive::Progress::Stored { descriptor, fate, owner } = event else { return };
        match self {
            Self::Shown => show(watcher, *descriptor, fate),
            Self::Told(listener) => {
                let is_new = fate != Fate::Present && owner == Owner::Image;
                if is_new && descriptor.size >= LARGE && descriptor.media_type.role() == Role::Blob {
                    // Nobody listens any more when the push has failed, and then this ends soon.
                    let _ = listener.send(*descriptor);
                }
            }
        }
    }
}

impl Context {
    /// Finds the image that `--from` names.
    pub async fn locate(&self, from: &From, compression: Compression, arrivals: Arrivals) -> Result<Located, Failure> {
        let (input, wanted) = match from {
            From::Layout(path, selector) => {
                let layout = Arc::new(Layout::open(path)?);
                let root = layout.select(selector.as_deref())?;
                return Ok(Located { source: layout.clone(), layout, root, _lease: None });
            }
            From::Archive(path, selector) => {
                (Input::Path(path.clone()), selector.clone().map_or(Wanted::Only, Wanted::Named))
            }
            From::Stdin => (standard_input()?, Wanted::Only),
            From::Daemon(name) => return self.locate_in_daemon(name, compression, arrivals).await,
        };
        let (imported, lease) = self.import(input, wanted, compression, arrivals).await?;
        let root = imported.into_iter().next().expect("an import of no image fails").descriptor;
        Ok(Located { source: self.store.clone(), layout: self.store.clone(), root, _lease: Some(lease) })
    }

    /// What is remembered of earlier imports.
    pub fn memo(&self) -> MemoDir {
        MemoDir::new(self.store.memo(), self.store.blobs().staging().to_owned())
    }

    /// Brings images of an archive into the store. What came has no names yet, and is nobody's garbage while the lease is held.
    pub async fn import(
        &self,
        input: Input,
        wanted: Wanted,
        compression: Compression,
        arrivals: Arrivals,
    ) -> Result<(Vec<Imported>, Arc<Lease>), Failure> {
        let lease = Arc::new(self.store.lease()?);
        let progress = match arrivals {
            Arrivals::Shown => Some(self.progress(Direction::Load)),
            Arrivals::Told(_) => None,
        };
        let destination = archive::Destination { blobs: self.store.blobs().clone(), memo: self.memo(), compression };
        let cancel = CancelOnDrop::default();
        let (cancelled, watcher, held) = (cancel.0.clone(), progress.clone(), lease.clone());
        let importing = tokio::task::spawn_blocking(move || {
            let watcher: &dyn Observer = watcher.as_deref().map_or(&(), |shown| shown);
            let observer = |event: archive::Progress| arrivals.take(watcher, event);
            let imported = archive::import(input, &wanted, &destination, &cancelled, &observer);
            drop(held);
            imported
        });
        let imported = importing.await.expect("importing does not panic");
        progress.iter().for_each(|progress| progress.finish());
        Ok((imported.map_err(failed)?, lease))
    }
}

/// Standard input, when an archive comes there.
pub fn standard_input() -> Result<Input, Failure> {
    if std::io::stdin().is_terminal() {
        return Err(Failure::usage("requested load from stdin, but stdin is empty")
            .hint("pipe an archive in (`docker save IMAGE | rpush load`), or name a file: `-i FILE`"));
    }
    let reader: Box<dyn Read + Send> = Box::new(std::io::stdin());
    Ok(Input::Stream { place: "standard input".to_owned(), reader })
}

/// Tells the watcher what an import does, as if each blob were a piece of a transfer.
fn show(watcher: &dyn Observer, descriptor: Descriptor, fate: Fate) {
    let (digest, meter) = (descriptor.digest, Meter::default());
    meter.add(descriptor.size);
    watcher.see(Event::Piece { descriptor, meter });
    let outcome = match fate {
        Fate::Present => Outcome::Exists,
        Fate::Copied | Fate::Compressed => Outcome::Moved,
    };
    watcher.see(Event::State { digest, state: State::Finished(outcome) });
}

/// Tells the thread that imports to stop when nobody waits for it any more.
#[derive(Default)]
pub(super) struct CancelOnDrop(pub(super) Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An import that failed; because nobody said which image is meant, perhaps.
fn failed(error: archive::Error) -> Failure {
    if let archive::Error::Import { fault, .. } = &error {
        match &**fault {
            Fault::Several(offered) => {
                return Failure::usage(format!("the archive has {} images: {}", offered.len(), offered.join(", ")))
                    .hint("choose one: `--from docker-archive:FILE:NAME`");
            }
            Fault::NoSuchImage { wanted, .. } => {
                return Failure::not_found(format!("No such image: {wanted}")).because(fault.to_string());
            }
            _ => {}
        }
    }
    crate::content::Error::from(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_references_may_both_have_colons() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let layout = directory.path().join("a:b");
        std::fs::create_dir(&layout).expect("made");
        let file = directory.path().join("x.tar");
        std::fs::write(&file, "").expect("written");
        let (layout_text, file_text) = (layout.display(), file.display());
        for (text, expected) in [
            (format!("oci:{layout_text}"), From::Layout(layout.clone(), None)),
            (format!("oci:{layout_text}:1.0"), From::Layout(layout.clone(), Some("1.0".into()))),
            (
                format!("oci:{layout_text}:localhost:5000/app:1"),
                From::Layout(layout.clone(), Some("localhost:5000/app:1".into())),
            ),
            (format!("{layout_text}"), From::Layout(layout.clone(), None)),
            (format!("{file_text}"), From::Archive(file.clone(), None)),
            (format!("docker-archive:{file_text}:app:1"), From::Archive(file.clone(), Some("app:1".into()))),
            ("-".to_owned(), From::Stdin),
            ("docker-daemon:app".to_owned(), From::Daemon("app:latest".into())),
        ] {
            assert_eq!(From::parse(&text).expect("parses"), expected, "{text}");
        }
        assert!(From::parse("oci:/nowhere:1").is_err() && From::parse("docker:x").is_err());
    }
}
