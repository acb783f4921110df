//! How a registry takes blobs: in one piece, or in parts of which size. It begins with what is known of a few hosts, and goes
//! on with what is learnt on the way: from a proxy that refuses large bodies, from a link that breaks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::image::Host;

/// Blobs below this size go in one piece: to send one again costs less than the round trips between parts.
const WHOLE_BELOW: u64 = 32 * MIB;

/// A part has this much at least, unless something on the way takes no more than less.
const USUAL_PART: u64 = 8 * MIB;

/// And so much of its blob, so that the largest blob costs no more round trips than a hundred.
const SHARE: u64 = 100;

/// The registry says of each part that it has it, and that takes a round trip. Where it is a long one, a part goes for so many
/// times as long, or most of the time nothing would move.
const ROUND_TRIPS: f64 = 10.0;

/// A round trip that is not worth longer parts.
const SHORT: Duration = Duration::from_millis(20);

/// A part is never longer than this, or than an eighth of its blob: it is what a break may cost.
const LONGEST_PART: u64 = 64 * MIB;

/// What has to be sent as a body smaller than this cannot be sent.
const SMALLEST_PART: u64 = 64 * 1024;

const MIB: u64 = 1024 * 1024;

/// What is known of the way to a registry, for all uploads of a run.
#[derive(Debug)]
pub(super) struct Portions {
    takes_parts: AtomicBool,
    largest_body: AtomicU64,
    largest_taken: AtomicU64,
    breaks: AtomicBool,
    /// How many questions were answered, and the quickest answer in microseconds: that is the round trip, whatever else took its
    /// time. What has a body tells less, because much of it may still be on its way when the last byte was handed out.
    answers: AtomicU64,
    quickest: AtomicU64,
}

impl Portions {
    /// What is known of a host before anything is sent there: with `limit`, how large a body an earlier run got through.
    pub fn of(host: &Host, limit: Option<u64>) -> Self {
        Self {
            takes_parts: AtomicBool::new(!is_known_to_take_no_parts(host.name())),
            largest_body: AtomicU64::new(limit.map_or(u64::MAX, |limit| limit.max(SMALLEST_PART))),
            largest_taken: AtomicU64::new(0),
            breaks: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            quickest: AtomicU64::new(u64::MAX),
        }
    }

    /// How much of a blob of `size` bytes the next request brings, when the first `offset` bytes are there and the registry
    /// wants parts of `least` bytes (C-45). `pace` is how many bytes a second went in the part before.
    pub fn next_part(&self, size: u64, offset: u64, least: u64, pace: Option<f64>) -> u64 {
        let remaining = size.saturating_sub(offset);
        let usual = match size < WHOLE_BELOW || !self.takes_parts() {
            true => remaining,
            false => USUAL_PART.max(size / SHARE).max(least).max(self.long_part(size, pace)),
        };
        let part = usual.min(self.largest_body()).max(least).min(remaining);
        // What would remain for the last request is taken along, when that is little.
        let with_rest = remaining - part <= part / 4 && remaining <= self.largest_body();
        if with_rest { remaining } else { part }
    }

    /// How long a part has to be for its round trip to be little beside it; nothing where the round trip is short.
    fn long_part(&self, size: u64, pace: Option<f64>) -> u64 {
        let round_trip = self.round_trip();
        match pace {
            Some(pace) if round_trip >= SHORT => {
                let bytes = pace * round_trip.as_secs_f64() * ROUND_TRIPS;
                (bytes as u64).min(LONGEST_PART.max(size / 8))
            }
            _ => 0,
        }
    }

    /// How long the registry takes to answer at least, as far as that is known: one answer alone may have been late for any
    /// reason.
    pub fn round_trip(&self) -> Duration {
        match self.answers.load(Ordering::Relaxed) {
            0 | 1 => Duration::ZERO,
            _ => Duration::from_micros(self.quickest.load(Ordering::Relaxed)),
        }
    }

    /// A question was answered after this time.
    pub fn answered_after(&self, time: Duration) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.quickest.fetch_min(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A body of this length was too large (413). What can be tried now, if anything can: not less than what the registry wants in
    /// one part.
    pub fn too_large(&self, length: u64, least: u64) -> Option<u64> {
        let half = length / 2;
        if half < SMALLEST_PART || half < least || !self.takes_parts() {
            return None;
        }
        Some(self.largest_body.fetch_min(half, Ordering::Relaxed).min(half))
    }

    /// A body of this length has come through.
    pub fn taken(&self, length: u64) {
        self.largest_taken.fetch_max(length, Ordering::Relaxed);
    }

    /// The longest body that has come through.
    pub fn largest_taken(&self) -> u64 {
        self.largest_taken.load(Ordering::Relaxed)
    }

    /// A connection broke after about so many bytes of a request, and the registry kept nothing: what comes next goes in parts
    /// that get through, each over a connection of its own. distribution 2.8 drops an upload that breaks off inside a request.
    pub fn broke_after(&self, bytes: u64) {
        if self.takes_parts() && bytes > 0 {
            self.largest_body.fetch_min((bytes / 2).max(4 * SMALLEST_PART), Ordering::Relaxed);
            self.breaks.store(true, Ordering::Relaxed);
        }
    }

    /// The registry does not take blobs in parts.
    pub fn takes_no_parts(&self) {
        self.takes_parts.store(false, Ordering::Relaxed);
    }

    /// Whether it takes them, as far as is known.
    pub fn takes_parts(&self) -> bool {
        self.takes_parts.load(Ordering::Relaxed)
    }

    /// Whether connections break, so that each part should have its own.
    pub fn breaks(&self) -> bool {
        self.breaks.load(Ordering::Relaxed)
    }

    fn largest_body(&self) -> u64 {
        self.largest_body.load(Ordering::Relaxed)
    }
}

/// - GitHub's registry takes no part above 4 MiB, and one body of any size (ocx-sh/ocx#237).
/// - Google's Artifact Registry takes no parts (dotnet/sdk-container-builds#287).
/// - Amazon's ECR answers a second part as if it had taken it, and drops it (aws/containers-roadmap#2831).
fn is_known_to_take_no_parts(host: &str) -> bool {
    let is_amazon =
        host.contains(".dkr.ecr.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
    host == "ghcr.io" || host == "gcr.io" || host.ends_with(".gcr.io") || host.ends_with("-docker.pkg.dev") || is_amazon
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portions(host: &str) -> Portions {
        Portions::of(&host.parse().expect("a host"), None)
    }

    /// The lengths of all requests for a blob.
    fn parts(portions: &Portions, size: u64, least: u64) -> Vec<u64> {
        let mut offset = 0;
        let next = || {
            let part = portions.next_part(size, offset, least, None);
            offset += part;
            (part > 0).then_some(part)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn large_blobs_go_in_parts() {
        let portions = portions("r.example");
        assert_eq!(parts(&portions, 31 * MIB, 0), [31 * MIB]);
        assert_eq!(parts(&portions, 33 * MIB, 0), [8 * MIB, 8 * MIB, 8 * MIB, 9 * MIB]);
        assert_eq!(parts(&portions, 33 * MIB, 16 * MIB), [16 * MIB, 17 * MIB]);
        let huge = parts(&portions, 100 * 1024 * MIB, 0);
        assert_eq!((huge.len(), huge[0]), (100, 1024 * MIB));
        assert!(parts(&portions, 0, 0).is_empty());
    }

    #[test]
    fn some_hosts_take_no_parts() {
        for (host, parts) in [
            ("ghcr.io", false),
            ("europe-west3-docker.pkg.dev", false),
            ("eu.gcr.io", false),
            ("1234.dkr.ecr.eu-west-1.amazonaws.com", false),
            ("evil-gcr.io", true),
            ("localhost:5000", true),
        ] {
            assert_eq!(portions(host).takes_parts(), parts, "{host}");
        }
    }

    #[test]
    fn a_body_that_is_too_large_is_halved_to_an_end() {
        let portions = portions("r.example");
        assert_eq!(portions.too_large(3 * MIB, 0), Some(3 * MIB / 2));
        assert_eq!(parts(&portions, 3 * MIB, 0), [3 * MIB / 2, 3 * MIB / 2]);
        assert_eq!(portions.too_large(3 * MIB / 2, MIB), None, "the registry wants no less");
        assert_eq!(portions.too_large(SMALLEST_PART, 0), None);
        portions.takes_no_parts();
        assert_eq!(portions.too_large(3 * MIB, 0), None);
    }

    #[test]
    fn after_a_break_parts_are_half_of_what_came_through() {
        let portions = portions("r.example");
        portions.broke_after(8 * MIB);
        assert_eq!((portions.next_part(1024 * MIB, 0, 0, None), portions.breaks()), (4 * MIB, true));
        portions.broke_after(1000);
        assert_eq!(portions.next_part(1024 * MIB, 0, 0, None), 4 * SMALLEST_PART);
    }

    /// At a hundred milliseconds and a hundred megabytes a second, ten round trips are a hundred megabytes.
    #[test]
    fn far_away_parts_are_longer() {
        let portions = portions("r.example");
        let (size, pace) = (1024 * MIB, Some(1e8));
        let usual = portions.next_part(size, 0, 0, pace);
        portions.answered_after(Duration::from_millis(100));
        assert_eq!(portions.next_part(size, 0, 0, pace), usual, "one answer says nothing");
        portions.answered_after(Duration::from_millis(150));
        assert_eq!(portions.next_part(size, 0, 0, pace), 100_000_000);
        assert_eq!(portions.next_part(size, 0, 0, Some(1e6)), usual, "a slow link needs no longer ones");
        assert_eq!(portions.next_part(size, 0, 0, Some(1e9)), size / 8, "a break would cost too much");
        assert_eq!(portions.next_part(size, 0, 0, None), usual);
        portions.too_large(4 * MIB, 0);
        assert_eq!(portions.next_part(size, 0, 0, pace), 2 * MIB, "what is too large stays too large");
        portions.answered_after(Duration::from_millis(2));
        let near = super::Portions { largest_body: AtomicU64::new(u64::MAX), ..portions };
        assert_eq!(near.next_part(size, 0, 0, pace), usual, "it was not the round trip that took so long");
    }
}
