//! One piece on its way: whether it is there, its bytes, and what is told of it. What a transfer does with many pieces is built of
//! this.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::report::PieceReport;
use super::{Event, Observer, Outcome, State};
use crate::content::{Blob, Claim, Error, Meter, Signal, Sink, Source, Streams};
use crate::image::{Descriptor, RepositoryName};

/// From where to where, and who watches.
pub(super) struct Carrier<'a> {
    pub(super) source: Arc<dyn Source>,
    pub(super) sink: &'a dyn Sink,
    pub(super) observer: Arc<dyn Observer>,
}

impl Carrier<'_> {
    /// Announces a piece, and gives what counts its bytes.
    pub(super) fn announce(&self, descriptor: &Descriptor) -> Meter {
        let (observer, digest) = (self.observer.clone(), descriptor.digest);
        let meter = Meter::heard_by(move |signal| observer.see(Event::State { digest, state: state_of(signal) }));
        self.observer.see(Event::Piece { descriptor: descriptor.clone(), meter: meter.clone() });
        meter
    }

    /// Is it there, or can it be taken from next door?
    pub(super) async fn probe(
        &self,
        descriptor: &Descriptor,
        from: Option<&RepositoryName>,
        meter: &Meter,
    ) -> Result<Option<PieceReport>, Error> {
        let started = Instant::now();
        let outcome = match (self.sink.claim(descriptor, from).await?, from) {
            (Claim::There, _) => Outcome::Exists,
            (Claim::Mounted, Some(from)) => Outcome::Mounted(from.clone()),
            (Claim::Mounted | Claim::Missing, _) => {
                self.tell(descriptor, State::Waiting);
                return Ok(None);
            }
        };
        Ok(Some(self.finished(descriptor, outcome, meter, started)))
    }

    /// Moves a blob's bytes; in parts, perhaps, over streams that are free.
    pub(super) async fn bring(
        &self,
        descriptor: &Descriptor,
        meter: &Meter,
        streams: Option<&Arc<Streams>>,
    ) -> Result<PieceReport, Error> {
        let started = Instant::now();
        self.tell(descriptor, State::Moving);
        let blob = Blob::new(descriptor.clone(), self.source.clone());
        let blob = streams.into_iter().fold(blob, |blob, streams| blob.among(streams.clone()));
        while let Err(error) = self.sink.put_blob(&blob, meter).await {
            if !blob.is_elsewhere(&error) {
                return Err(error);
            }
            meter.signal(Signal::Retrying { after: Duration::ZERO, cause: error.to_string() });
            meter.reset_to(0);
        }
        Ok(self.finished(descriptor, Outcome::Moved, meter, started))
    }

    /// Tells what became of a piece.
    pub(super) fn finished(
        &self,
        descriptor: &Descriptor,
        outcome: Outcome,
        meter: &Meter,
        started: Instant,
    ) -> PieceReport {
        self.tell(descriptor, State::Finished(outcome.clone()));
        PieceReport {
            descriptor: descriptor.bare(),
            outcome,
            bytes_sent: meter.sent(),
            retries: meter.retries(),
            elapsed: started.elapsed(),
        }
    }

    fn tell(&self, descriptor: &Descriptor, state: State) {
        self.observer.see(Event::State { digest: descriptor.digest, state });
    }
}

fn state_of(signal: Signal) -> State {
    match signal {
        Signal::Moving => State::Moving,
        Signal::Committing => State::Committing,
        Signal::Retrying { after, cause } => State::Retrying { after, cause },
    }
}
