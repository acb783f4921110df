//! Where the image to push lies: in the store, or in a layout, an archive or a daemon that the user names.
//!
//! What is not a layout yet (an archive, standard input, a daemon's export) is imported into the store first, where its compressed layers stay, so
//! that the next push of it costs nothing.

use std::collections::HashSet;
use std::io::{IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::archive::{self, Compression, Fate, Fault, Imported, Input, MemoDir, Owner, Wanted};
use crate::content::{Meter, Source};
use crate::image::{Descriptor, Digest, Manifest, Reference, Role, entry_names};
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
    /// The name that it has there.
    pub name: Option<Reference>,
    /// Nothing of the image is collected as garbage while this is held, whether it has a name or not.
    pub _lease: Option<Arc<Lease>>,
}

/// What `--from` says: `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`, `docker-daemon:NAME[:TAG]`,
/// `store:NAME`, a path, or `-`.
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
    /// An image of the store, by name or the first digits of its id.
    Store(String),
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
            Some(("store", name)) => return Ok(Self::Store(name.to_owned())),
            Some(("docker", name)) if name.starts_with("//") => {
                let name = name.trim_start_matches('/');
                return Err(Failure::usage("rpush pushes what is on this machine")
                    .hint(format!("from one registry to another, copy: `rpush copy {name} HOST/NAME:TAG`")));
            }
            Some((kind @ ("docker" | "containers-storage"), _)) => {
                return Err(Failure::usage(format!("rpush cannot read from `{kind}:`")).hint(
                    "an image of the Docker daemon is `--from docker-daemon:NAME`; from elsewhere, save it first: `podman save IMAGE | rpush push --from - NAME`",
                ));
            }
            _ => ("", text),
        };
        let (path, selector) = split_path(rest);
        if !path.exists() {
            return Err(Failure::not_found(format!("there is nothing at {}", path.display())).hint(format!(
                "is the path right? `ls {}`; an image of the store needs no `--from`",
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).display()
            )));
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
pub fn split_path(text: &str) -> (PathBuf, Option<String>) {
    if Path::new(text).exists() {
        return (text.into(), None);
    }
    let splits = text.match_indices(':').map(|(at, _)| text.split_at(at));
    let mut existing = splits.filter(|(path, _)| Path::new(path).exists());
    // Where nothing exists yet, a path that is to be made has no colon.
    let (path, selector) = existing.next().unwrap_or_else(|| text.split_at(text.find(':').unwrap_or(text.len())));
    (path.into(), selector.get(1..).filter(|text| !text.is_empty()).map(str::to_owned))
}

/// What becomes of the blobs that an import brings into the store.
#[derive(Clone)]
pub enum Arrivals {
    /// They are shown.
    Shown,
    /// Those of the image that are new are told of here, as soon as they can be read.
    Told(Herald),
}

/// Tells of new blobs, from the first large one on. An image of small ones is there so soon, and away so soon, that none of them
/// need go ahead; of one that has a large new layer, every other is one round trip less to wait for in the end. An import that is
/// begun anew in another way has the same herald: nothing is told of twice.
#[derive(Clone)]
pub struct Herald {
    listener: UnboundedSender<Descriptor>,
    told: Arc<Mutex<HashSet<Digest>>>,
}

/// From which size on a blob is large.
const LARGE: u64 = 1024 * 1024;

impl Arrivals {
    /// Takes notice of what happens during an import.
    pub(super) fn take(&self, watcher: &dyn Observer, event: archive::Progress) {
        let archive::Progress::Stored { descriptor, fate, owner } = event else { return };
        match self {
            Self::Shown => show(watcher, *descriptor, fate),
            Self::Told(herald) => {
                if fate != Fate::Present && owner == Owner::Image && descriptor.media_type.role() == Role::Blob {
                    herald.tell(*descriptor);
                }
            }
        }
    }
}

impl Herald {
    /// Who listens is told.
    pub fn to(listener: UnboundedSender<Descriptor>) -> Self {
        Self { listener, told: Arc::default() }
    }

    fn tell(&self, blob: Descriptor) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if (blob.size >= LARGE || !told.is_empty()) && told.insert(blob.digest) {
            // Nobody listens any more when the push has failed, and then this ends soon.
            let _ = self.listener.send(blob);
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
                let name = entry_names(&root).into_iter().find_map(|name| name.reference);
                let lease = layout.reading().map(Arc::new);
                return Ok(Located { source: layout.clone(), layout, root, name, _lease: lease });
            }
            From::Store(name) => {
                let lease = self.store.reading().map(Arc::new);
                let found = self.store.find(name)?;
                let (source, layout, root) = (self.store.clone(), self.store.clone(), found.descriptor);
                return Ok(Located { source, layout, root, name: found.name, _lease: lease });
            }
            From::Archive(path, selector) => {
                (Input::Path(path.clone()), selector.clone().map_or(Wanted::Only, Wanted::Named))
            }
            From::Stdin => (standard_input()?, Wanted::Only),
            From::Daemon(name) => return self.locate_in_daemon(name, compression, arrivals).await,
        };
        let (imported, lease) = self.import(input, wanted, compression, arrivals).await?;
        let (store, lease) = (self.store.clone(), Some(lease));
        let Imported { descriptor: root, names, .. } =
            imported.into_iter().next().expect("an import of no image fails");
        let name = names.into_iter().next();
        Ok(Located { source: store.clone(), layout: store, root, name, _lease: lease })
    }

    /// The same with everything else that is beside the image: signatures and the like, which an archive lists too. The image is what
    /// refers to nothing. Of what is no archive, nothing else is said here.
    pub async fn locate_all(
        &self,
        from: &From,
        compression: Compression,
        arrivals: Arrivals,
    ) -> Result<(Located, Vec<Imported>), Failure> {
        let (input, selector) = match from {
            From::Archive(path, selector) => (Input::Path(path.clone()), selector.as_deref()),
            From::Stdin => (standard_input()?, None),
            _ => return Ok((self.locate(from, compression, arrivals).await?, Vec::new())),
        };
        let (imported, lease) = self.import(input, Wanted::All, compression, arrivals).await?;
        let is_meant = |image: &&Imported| match selector {
            Some(wanted) => {
                let name = wanted.parse::<Reference>().ok().map(|name| name.canonical());
                image.selectors.iter().any(|text| text == wanted)
                    || name.is_some_and(|name| image.names.contains(&name))
            }
            None => {
                let has_subject = |manifest: Manifest| manifest.subject.is_some();
                !is_by_cosign(image) && !self.store.manifest(&image.descriptor).is_ok_and(has_subject)
            }
        };
        let meant: Vec<&Imported> = imported.iter().filter(is_meant).collect();
        let [image] = only_one(&meant, selector)?;
        let (root, name) = (image.descriptor.clone(), image.names.first().cloned());
        let (store, lease) = (self.store.clone(), Some(lease));
        let located = Located { source: store.clone(), layout: store, root, name, _lease: lease };
        Ok((located, imported))
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
        let imported = self.import_under(&lease, input, wanted, compression, arrivals).await;
        Ok((imported.map_err(failed)?, lease))
    }

    /// The same under a lease that is held already; the error is the archive's own.
    pub(super) async fn import_under(
        &self,
        lease: &Arc<Lease>,
        input: Input,
        wanted: Wanted,
        compression: Compression,
        arrivals: Arrivals,
    ) -> Result<Vec<Imported>, archive::Error> {
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
        imported
    }
}

/// Whether every name of it is one that cosign makes of the digest of something else.
fn is_by_cosign(image: &Imported) -> bool {
    let is_made = |name: &Reference| {
        let tag = name.tag.as_ref().map(ToString::to_string).unwrap_or_default();
        tag.strip_prefix("sha256-").is_some_and(|rest| [".sig", ".att", ".sbom"].iter().any(|end| rest.ends_with(end)))
    };
    !image.names.is_empty() && image.names.iter().all(is_made)
}

fn only_one<'a>(meant: &[&'a Imported], selector: Option<&str>) -> Result<[&'a Imported; 1], Failure> {
    match (meant, selector) {
        ([image], _) => Ok([image]),
        ([], Some(wanted)) => Err(Failure::not_found(format!("No such image: {wanted}")).hint(
            "leave out the name, and the archive's only image is meant, or all of them are listed: `--from FILE`",
        )),
        (several, _) => Err(Failure::usage(format!("the archive has {} images", several.len()))
            .hint("choose one: `oci-archive:FILE:NAME`")),
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
pub(super) fn failed(error: archive::Error) -> Failure {
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
    use crate::image::MediaType;

    /// What is small is told of only when the image has something large that goes up anyway, and everything once, also when
    /// the import is begun anew.
    #[test]
    fn small_blobs_follow_a_large_one() {
        let (listener, mut told) = tokio::sync::mpsc::unbounded_channel();
        let herald = Arrivals::Told(Herald::to(listener));
        for (size, fate, media_type) in [
            (173, Fate::Compressed, MediaType::LAYER_GZIP),
            (LARGE, Fate::Present, MediaType::LAYER_GZIP),
            (LARGE, Fate::Compressed, MediaType::LAYER_GZIP),
            (174, Fate::Compressed, MediaType::LAYER_GZIP),
            (175, Fate::Copied, MediaType::CONFIG),
            (176, Fate::Copied, MediaType::MANIFEST),
            (177, Fate::Present, MediaType::LAYER_GZIP),
            (174, Fate::Compressed, MediaType::LAYER_GZIP),
        ] {
            let descriptor = Box::new(Descriptor::new(media_type, Digest::of(&size.to_le_bytes()), size));
            herald.clone().take(&(), archive::Progress::Stored { descriptor, fate, owner: Owner::Image });
        }
        drop(herald);
        let sizes = std::iter::from_fn(|| told.try_recv().ok()).map(|blob| blob.size);
        assert_eq!(sizes.collect::<Vec<_>>(), [LARGE, 174, 175]);
    }

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
