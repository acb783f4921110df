//! Images of a Docker daemon of this machine out of its storage, past its export, which comes late. Whatever is not as it should be
//! there is why the export is asked for, and never why a push fails.

use std::sync::Arc;

use crate::archive::{self, Compression, Fault, Imported, Input, Part, Wanted};
use crate::content::Error;
use crate::daemon::{Graph, Image};
use crate::layout::Lease;

use super::context::Context;
use super::failure::Failure;
use super::from_daemon::InDaemon;
use super::locate::{Arrivals, failed};

impl Context {
    /// Brings an image into the store out of the daemon's storage; `None` when that cannot be read.
    pub(super) async fn take_from_graph(
        &self,
        found: &InDaemon,
        compression: Compression,
        arrivals: &Arrivals,
        lease: &Arc<Lease>,
    ) -> Result<Option<Vec<Imported>>, Failure> {
        let Some(graph) = find(found.image.clone()).await else { return Ok(None) };
        let root = graph.root.display().to_string();
        tracing::info!("reading its layers in {root}");
        let layers = graph.layers.into_iter().map(|layer| Part {
            diff_id: layer.diff_id,
            size: layer.size,
            open: Box::new(move || layer.open()),
        });
        let place = format!("{} from {root}", found.name);
        let input = Input::Parts { place, config: graph.config, layers: layers.collect() };
        match self.import_under(lease, input, Wanted::All, compression, arrivals.clone()).await {
            Ok(imported) => Ok(Some(imported)),
            Err(error) if is_about_the_store(&error) => Err(failed(error)),
            Err(error) => {
                instead(&Error::from(error));
                Ok(None)
            }
        }
    }
}

/// The image in the storage of its daemon, if it is found there.
async fn find(image: Image) -> Option<Graph> {
    let found = tokio::task::spawn_blocking(move || image.graph()).await.expect("looking for files does not panic");
    found?.map_err(|error| instead(&error)).ok()
}

/// Says why the daemon is asked all the same.
fn instead(error: &dyn std::error::Error) {
    let reasons = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    let reasons: Vec<_> = reasons.collect();
    tracing::info!("taking its export, because its layers cannot be read in its storage: {}", reasons.join(": "));
}

/// Whether an import failed for what an export would not cure: the store, or that nobody waits for it any more.
fn is_about_the_store(error: &archive::Error) -> bool {
    let archive::Error::Import { fault, .. } = error else { return true };
    matches!(**fault, Fault::Store(_) | Fault::Cancelled)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::content::Class;

    /// A full disk is as full for an export.
    #[test]
    fn only_what_an_export_cures_is_a_reason_for_one() {
        let failed = |fault| archive::Error::Import { place: "app".to_owned(), fault: Box::new(fault) };
        let full = Error::io("cannot write to", "/store".as_ref(), io::ErrorKind::StorageFull.into());
        assert_eq!(full.class(), Class::Failed);
        assert!(is_about_the_store(&failed(Fault::Store(full))));
        assert!(is_about_the_store(&failed(Fault::Cancelled)));
        for fault in [Fault::Truncated, Fault::Io(io::ErrorKind::NotFound.into()), Fault::Missing("layer".to_owned())] {
            assert!(!is_about_the_store(&failed(fault)));
        }
    }
}
