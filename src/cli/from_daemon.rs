//! Images out of the Docker daemon of this machine, or Podman's, and into it.
//!
//! Where its layers can be read as they lie (`from_graph.rs`), the daemon need not export an image. An export goes through the
//! importer of archives while it comes, so that nothing uncompressed ever lies about. What an image became is remembered under
//! its id: as long as the store has all of it, the daemon is asked for the id alone, and an unchanged push from it costs one
//! question to it and one to the registry.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use futures_util::future::join;
use tokio::sync::mpsc;

use crate::archive::{self, Compression, Imported, Input, Wanted};
use crate::content::Error;
use crate::daemon::{self, Daemon, Environment, Export, Image};
use crate::image::{Descriptor, Digest, Kind, Reference};
use crate::layout::{Layout, Lease};

use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::locate::{Arrivals, Located, failed};

/// How many pieces of an archive wait between the daemon and the importer.
const WAITING: usize = 8;

/// An image that a daemon has.
#[derive(Debug)]
pub struct InDaemon {
    pub(super) daemon: Daemon,
    pub(super) image: Image,
    /// By which it was asked for.
    pub(super) name: String,
}

/// Why the daemon gives nothing under a name that nobody said was there.
#[derive(Debug)]
pub enum Nothing {
    /// There is no daemon, which is how most machines are meant to be.
    NoDaemon,
    /// There is one, and it could not be asked.
    NotAsked(Failure),
    /// The daemon at this address does not have it either.
    NotThere(String),
}

impl Nothing {
    /// The failure of somebody who looked in the store, with what is to be said of the daemon.
    pub fn explain(self, missing: Failure) -> Failure {
        match self {
            Self::NoDaemon => missing,
            Self::NotThere(place) => {
                missing.because(format!("neither the store nor the Docker daemon at `{place}` has it"))
            }
            Self::NotAsked(failure) => {
                let hint = failure.cure().map(str::to_owned);
                let missing = missing.because(format!("it is not in the store, and {}", failure.both()));
                hint.into_iter().fold(missing, Failure::hint)
            }
        }
    }
}

/// What `docker-daemon:` is followed by: a name, with `latest` where no tag is, or the first digits of an id.
pub fn image_name(text: &str) -> Result<String, Failure> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_id = hex.len() <= 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_id && (hex.len() == 64 || (hex.len() >= 4 && hex != text)) {
        return Ok(text.to_owned());
    }
    if text.is_empty() {
        return Err(Failure::usage("`docker-daemon:` needs the name of an image")
            .hint("write `--from docker-daemon:my-fancy-app:1.0.0`"));
    }
    Ok(parse_reference(text)?.or_latest().familiar())
}

impl Context {
    /// The image that the daemon has under a name, brought into the store.
    pub async fn locate_in_daemon(
        &self,
        name: &str,
        compression: Compression,
        arrivals: Arrivals,
    ) -> Result<Located, Failure> {
        self.take(&find(name).await?, compression, arrivals).await
    }

    /// Looks for an image in the daemon that is not in the store.
    pub async fn look_in_daemon(&self, name: &Reference) -> Result<InDaemon, Nothing> {
        let name = name.familiar();
        let found = match find(&name).await {
            Ok(found) => found,
            Err(Unfound::Daemon(error)) if error.is_absence() => {
                tracing::info!("{error}");
                return Err(Nothing::NoDaemon);
            }
            Err(Unfound::Daemon(daemon::Error::NoImage { place, .. })) => return Err(Nothing::NotThere(place)),
            Err(other) => return Err(Nothing::NotAsked(other.into())),
        };
        let place = found.daemon.place();
        self.console.talk(&format!("{name} is not in the store: taking it from the Docker daemon at {place}"));
        Ok(found)
    }

    /// Brings an image of the daemon into the store, unless it is there.
    pub async fn take(
        &self,
        found: &InDaemon,
        compression: Compression,
        arrivals: Arrivals,
    ) -> Result<Located, Failure> {
        let InDaemon { image, name, .. } = found;
        // Made before anything is looked for, so that nothing that is found goes away meanwhile.
        let lease = self.store.lease()?.into();
        let memo = self.memo();
        let known = memo.recall_image(&image.id, compression).filter(|root| self.store.is_complete(root));
        let root = match known {
            Some(root) => {
                tracing::info!("{name} is in the store already, as {}", root.digest);
                root
            }
            None => {
                let imported = match self.take_from_graph(found, compression, &arrivals, &lease).await? {
                    Some(imported) => imported,
                    None => self.take_export(found, compression, arrivals, &lease).await?,
                };
                let root = self.meant(&imported, &image.id);
                // What came under another id is of no use to the next run; it may be somebody else's image.
                if self.is_image(&root, &image.id) {
                    memo.remember_image(&image.id, compression, &root);
                }
                root
            }
        };
        let (source, layout, name) = (self.store.clone(), self.store.clone(), name.parse().ok());
        Ok(Located { source, layout, root, name, _lease: Some(lease) })
    }

    /// Brings an image into the store as the archive that the daemon exports.
    async fn take_export(
        &self,
        found: &InDaemon,
        compression: Compression,
        arrivals: Arrivals,
        lease: &Arc<Lease>,
    ) -> Result<Vec<Imported>, Failure> {
        let InDaemon { daemon, image, name } = found;
        let mut export = daemon.export(&image.id.to_string()).await.map_err(Error::from)?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let place = format!("{name} from the Docker daemon at {}", daemon.place());
        let reader = Box::new(Received { receiver, piece: Bytes::new() });
        let input = Input::Export { place, reader, layers: image.layers.clone() };
        let importing = self.import_under(lease, input, Wanted::All, compression, arrivals);
        let (sent, imported) = join(forward(&mut export, sender), importing).await;
        sent.map_err(Error::from)?;
        imported.map_err(|error| match export.failure() {
            Some(error) => Error::from(error).into(),
            None => failed(error),
        })
    }

    /// Of what came, the image that was asked for.
    fn meant(&self, imported: &[Imported], id: &Digest) -> Descriptor {
        let meant = imported.iter().find(|image| self.is_image(&image.descriptor, id));
        // An archive without images was refused. Podman makes another config where it writes Docker's archive.
        meant.unwrap_or(&imported[0]).descriptor.bare()
    }

    /// Whether an image of the store is the one that a daemon knows by this id.
    fn is_image(&self, root: &Descriptor, id: &Digest) -> bool {
        is_image(&self.store, root, id)
    }

    /// Gives an image of the store to a daemon, under this name.
    pub async fn give(&self, daemon: &Daemon, root: &Descriptor, name: &Reference) -> Result<(), Failure> {
        self.give_from(&self.store, daemon, root, name).await
    }

    /// Gives an image of a layout to a daemon, under this name.
    pub async fn give_from(
        &self,
        layout: &Layout,
        daemon: &Daemon,
        root: &Descriptor,
        name: &Reference,
    ) -> Result<(), Failure> {
        let place = daemon.place();
        let known = daemon.image(&name.familiar()).await.map_err(Error::from)?;
        if known.is_some_and(|image| is_image(layout, root, &image.id)) {
            self.console.talk(&format!("{} is in the Docker daemon at {place} already", name.familiar()));
            return Ok(());
        }
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let (images, blobs) = ([(root.clone(), vec![name.clone()])], layout.blobs().clone());
        let lease = layout.reading();
        let exporting = tokio::task::spawn_blocking(move || {
            let exported = archive::export(&mut Sending(sender.clone()), &images, &blobs);
            if exported.is_err() {
                // So that half an archive is not taken for a whole one.
                let _ = sender.blocking_send(Err(io::Error::other("the image could not be read")));
            }
            drop(lease);
            exported
        });
        let body = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        let (loaded, exported) = join(daemon.load(body), exporting).await;
        let exported = exported.expect("exporting does not panic");
        match (loaded, exported) {
            (Ok(words), Ok(())) => {
                words.iter().for_each(|line| tracing::info!("{place}: {line}"));
                self.console.talk(&format!("{} is in the Docker daemon at {place} now", name.familiar()));
                Ok(())
            }
            // A connection that breaks off is why the export ended, or the other way round.
            (Err(daemon::Error::Broken { .. }), Err(error)) if !is_broken_pipe(&error) => {
                Err(Error::from(error).into())
            }
            (Err(error), _) => Err(Error::from(error).into()),
            (Ok(_), Err(error)) => Err(Error::from(error).into()),
        }
    }
}

/// The same in any layout.
fn is_image(layout: &Layout, root: &Descriptor, id: &Digest) -> bool {
    root.digest == *id
        || layout.manifest(root).is_ok_and(|manifest| match manifest.kind {
            Kind::Image { config: Some(config), .. } => config.digest == *id,
            _ => false,
        })
}

/// A daemon that answers, to give something to.
pub async fn reach() -> Result<Daemon, Failure> {
    let mut first = None;
    for found in endpoints()? {
        let daemon = Daemon::at(&found.endpoint).map_err(Error::from)?;
        match daemon.ping().await {
            Ok(()) => return Ok(daemon),
            Err(error) => first = worse(first, error),
        }
    }
    Err(Unfound::of(first).into())
}

/// Why a daemon has nothing.
pub enum Unfound {
    Endpoint(daemon::EndpointError),
    Daemon(daemon::Error),
}

impl Unfound {
    fn of(first: Option<daemon::Error>) -> Self {
        Self::Daemon(first.expect("there is always a place where a daemon may be"))
    }
}

impl From<daemon::EndpointError> for Unfound {
    fn from(error: daemon::EndpointError) -> Self {
        Self::Endpoint(error)
    }
}

impl From<Unfound> for Failure {
    fn from(unfound: Unfound) -> Self {
        match unfound {
            Unfound::Endpoint(error) => Error::from(error).into(),
            Unfound::Daemon(error) => Error::from(error).into(),
        }
    }
}

fn endpoints() -> Result<Vec<daemon::Found>, Unfound> {
    Ok(daemon::find(&Environment::of_process())?)
}

/// The daemon that has an image under this name, or id.
pub async fn find(name: &str) -> Result<InDaemon, Unfound> {
    let mut first = None;
    for found in endpoints()? {
        let daemon = Daemon::at(&found.endpoint).map_err(Unfound::Daemon)?;
        let error = match daemon.image(name).await {
            Ok(Some(image)) => return Ok(InDaemon { daemon, image, name: name.to_owned() }),
            Ok(None) => daemon::Error::NoImage { name: name.to_owned(), place: daemon.place().to_owned() },
            Err(error) => error,
        };
        first = worse(first, error);
    }
    Err(Unfound::of(first))
}

/// The one of two errors that says more: that somebody is not there says least.
fn worse(first: Option<daemon::Error>, second: daemon::Error) -> Option<daemon::Error> {
    Some(first.filter(|first| !first.is_absence() || second.is_absence()).unwrap_or(second))
}

/// Hands an export on to the thread that imports it, until one of both ends.
async fn forward(export: &mut Export, sender: mpsc::Sender<io::Result<Bytes>>) -> Result<(), daemon::Error> {
    loop {
        match export.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(bytes)) => {
                if sender.send(Ok(bytes)).await.is_err() {
                    // The importer has said why it takes no more.
                    return Ok(());
                }
            }
            Err(error) => {
                let _ = sender.send(Err(io::ErrorKind::ConnectionAborted.into())).await;
                return Err(error);
            }
        }
    }
}

/// What is forwarded, as the importer reads it.
struct Received {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Received {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// What is exported, as the daemon's connection takes it.
struct Sending(mpsc::Sender<io::Result<Bytes>>);

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether an export only ended because nobody took it any more.
fn is_broken_pipe(error: &archive::Error) -> bool {
    let archive::Error::Export(fault) = error else { return false };
    matches!(&**fault, archive::Fault::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_a_tag_and_ids_stay() {
        let id = "0123456789ab".repeat(6)[..64].to_owned();
        let full = format!("sha256:{id}");
        for (text, expected) in [
            ("app", "app:latest"),
            ("docker.io/library/app:1", "app:1"),
            ("localhost:5000/team/app", "localhost:5000/team/app:latest"),
            ("sha256:0123456789ab", "sha256:0123456789ab"),
            (id.as_str(), id.as_str()),
            (full.as_str(), full.as_str()),
            // A name, as long as it is not a whole id: an id of so few digits says `sha256:`.
            ("cafe", "cafe:latest"),
        ] {
            assert_eq!(image_name(text).expect(text), expected);
        }
        for text in ["", "App", "a/../b", "app?all=1", "app/json#", "sha256:"] {
            assert!(image_name(text).is_err(), "{text}");
        }
    }

    /// Nobody there says least, wherever it stands.
    #[test]
    fn of_several_daemons_the_one_that_says_most_is_heard() {
        let absent = || daemon::Error::Absent { place: "a".into(), cause: "gone".into() };
        let silent = || daemon::Error::Silent { place: "b".into() };
        for (first, second) in [(absent(), silent()), (silent(), absent())] {
            let told = worse(worse(None, first), second).expect("one of both");
            assert!(matches!(told, daemon::Error::Silent { .. }), "{told}");
        }
        assert!(worse(worse(None, absent()), absent()).is_some_and(|error| error.is_absence()));
    }
}
