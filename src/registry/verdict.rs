//! What an outcome means: done, log in first, again, or give up. Policy as pure functions, tested as tables; nothing here waits
//! or sends.

use std::time::{Duration, Instant};

use super::trouble::Trouble;

/// What came of one request.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// An answer with this status, and when it asks to come back.
    Status(u16, Option<Duration>),
    /// None.
    Trouble(&'a Trouble),
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The answer is for the caller to read, whatever it says.
    Done,
    /// Get a token, or a new one, and send the request once more.
    Reauthenticate,
    /// Send it again; not before this time, if the server named one.
    Retry(Option<Duration>),
    /// Send it again a few times: it may be a moment's trouble, but more probably is a mistake that nobody should wait for.
    RetryBriefly,
    /// It will not get better.
    Fail,
}

/// Whether this host has ever answered in this run: a port where nothing listens is a typing error at first, and a restart
/// later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// It has answered before.
    Known,
    /// It has not.
    Unknown,
}

/// What to do about the outcome of a request.
pub fn verdict(outcome: Outcome<'_>, acquaintance: Acquaintance) -> Verdict {
    match outcome {
        Outcome::Status(401, _) => Verdict::Reauthenticate,
        Outcome::Status(408 | 425 | 429 | 500 | 502 | 503 | 504, after) => Verdict::Retry(after),
        Outcome::Status(..) => Verdict::Done,
        Outcome::Trouble(trouble) => match trouble {
            Trouble::Refused | Trouble::Dns(_) | Trouble::Lookup(_) if acquaintance == Acquaintance::Known => {
                Verdict::Retry(None)
            }
            // No network, or a name server that was restarted.
            Trouble::Lookup(_) => Verdict::RetryBriefly,
            Trouble::Refused | Trouble::Dns(_) => Verdict::Fail,
            Trouble::Closed(_) | Trouble::Timeout | Trouble::Stalled(_) | Trouble::Dragging(_) => Verdict::Retry(None),
            Trouble::NotTls
            | Trouble::NotHttp
            | Trouble::Certificate(_)
            | Trouble::ClientCertificate(_)
            | Trouble::Alert(_)
            | Trouble::ProxyAccount(_)
            | Trouble::ProxyRefuses(..)
            | Trouble::ProxyGone(_)
            | Trouble::Other(_) => Verdict::Fail,
        },
    }
}

/// How much trying again one piece may cost. There is one budget a piece, handed down by `&mut`, so that no retry can multiply
/// another.
#[derive(Debug)]
pub struct Budget {
    retries: u32,
    tried: u32,
    patience: Duration,
    since: Instant,
    reached: u64,
}

/// A try that brings a piece this much further was worth it. Less is what a hostile server gives to keep a client for ever.
const PROGRESS: u64 = 64 * 1024;

/// How often something is tried again that is more probably a mistake than a moment's trouble: for half a second or so.
const BRIEFLY: u32 = 3;

/// The longest pause that rpush makes of its own accord.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The first pause is up to this long, each further one up to twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl Budget {
    /// So many tries after the first one, within so much time without progress.
    pub fn new(retries: u32, patience: Duration) -> Self {
        Self { retries, tried: 0, patience, since: Instant::now(), reached: 0 }
    }

    /// Takes one try; how long to wait before it. `None` when the budget is used up, or when the server asks for more patience
    /// than there is.
    pub fn spend(&mut self, after: Option<Duration>) -> Option<Duration> {
        self.spend_with(after, fastrand::f64())
    }

    /// The same for [`Verdict::RetryBriefly`].
    pub fn spend_briefly(&mut self) -> Option<Duration> {
        if self.tried < BRIEFLY { self.spend(None) } else { None }
    }

    /// Full jitter: a pause is anything up to its limit, so that many clients do not come back all at once.
    fn spend_with(&mut self, after: Option<Duration>, chance: f64) -> Option<Duration> {
        let limit = FIRST_PAUSE.saturating_mul(1 << self.tried.min(16)).min(LONGEST_PAUSE);
        let pause = after.unwrap_or_else(|| limit.mul_f64(chance));
        let patience = self.patience.saturating_sub(self.since.elapsed());
        if self.tried == self.retries || pause > patience {
            return None;
        }
        self.tried += 1;
        Some(pause)
    }

    /// Something moved: patience begins anew.
    pub fn moved(&mut self) {
        self.since = Instant::now();
    }

    /// The piece is there up to `position`. Where that is further than it ever was, tries begin anew too: a link that breaks
    /// every few megabytes brings everything in the end.
    pub fn reached(&mut self, position: u64) {
        if position >= self.reached.saturating_add(PROGRESS) {
            self.reached = position;
            self.tried = 0;
            self.moved();
        }
    }
}

/// Reads `Retry-After`: seconds, or a date (C-09).
pub fn retry_after(text: &str, now: std::time::SystemTime) -> Option<Duration> {
    match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(text.trim()).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trust::CertificateFault;
    use super::*;

    #[test]
    fn every_outcome_has_its_verdict() {
        use Acquaintance::{Known, Unknown};
        let soon = Some(Duration::from_secs(2));
        let closed = Trouble::Closed("reset".into());
        let nameless = Trouble::of_lookup("Name or service not known".into());
        let lost = Trouble::of_lookup("Temporary failure in name resolution".into());
        for (outcome, acquaintance, expected) in [
            (Outcome::Status(200, None), Known, Verdict::Done),
            (Outcome::Status(401, None), Known, Verdict::Reauthenticate),
            (Outcome::Status(403, None), Known, Verdict::Done),
            (Outcome::Status(404, None), Known, Verdict::Done),
            (Outcome::Status(413, None), Known, Verdict::Done),
            (Outcome::Status(408, None), Known, Verdict::Retry(None)),
            (Outcome::Status(425, None), Known, Verdict::Retry(None)),
            (Outcome::Status(429, soon), Known, Verdict::Retry(soon)),
            (Outcome::Status(500, None), Known, Verdict::Retry(None)),
            (Outcome::Status(501, None), Known, Verdict::Done),
            (Outcome::Status(502, None), Known, Verdict::Retry(None)),
            (Outcome::Status(503, soon), Known, Verdict::Retry(soon)),
            (Outcome::Status(504, None), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&Trouble::Refused), Unknown, Verdict::Fail),
            (Outcome::Trouble(&Trouble::Refused), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&nameless), Unknown, Verdict::Fail),
            (Outcome::Trouble(&nameless), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&lost), Unknown, Verdict::RetryBriefly),
            (Outcome::Trouble(&lost), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&closed), Unknown, Verdict::Retry(None)),
            (Outcome::Trouble(&Trouble::Timeout), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&Trouble::Stalled(Duration::from_secs(30))), Known, Verdict::Retry(None)),
            (Outcome::Trouble(&Trouble::NotTls), Known, Verdict::Fail),
            (Outcome::Trouble(&Trouble::Certificate(CertificateFault::UnknownIssuer)), Known, Verdict::Fail),
        ] {
            assert_eq!(verdict(outcome, acquaintance), expected, "{outcome:?} {acquaintance:?}");
        }
    }

    #[test]
    fn pauses_grow_to_a_limit_and_end() {
        let mut budget = Budget::new(10, Duration::from_secs(300));
        let pauses: Vec<_> = std::iter::from_fn(|| budget.spend_with(None, 1.0)).map(|p| p.as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
        assert_eq!(Budget::new(1, Duration::from_secs(1)).spend_with(None, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn a_few_tries_are_a_part_of_all_tries() {
        let tries = |retries| {
            let mut budget = Budget::new(retries, Duration::from_secs(300));
            std::iter::from_fn(|| budget.spend_briefly()).count()
        };
        assert_eq!((tries(10), tries(2), tries(0)), (3, 2, 0));
    }

    #[test]
    fn tries_begin_anew_with_real_progress_only() {
        let mut budget = Budget::new(1, Duration::from_secs(300));
        let mut tries = |position| {
            budget.reached(position);
            budget.spend(None).is_some()
        };
        assert!(tries(0));
        assert!(!tries(PROGRESS - 1), "too little");
        assert!(tries(PROGRESS));
        assert!(!tries(PROGRESS), "not again for the same");
        assert!(!tries(1), "nor for less");
        assert!(tries(3 * PROGRESS));
    }

    #[test]
    fn who_asks_for_too_much_patience_gets_none() {
        let mut budget = Budget::new(10, Duration::from_secs(300));
        assert_eq!(budget.spend(Some(Duration::from_secs(2))), Some(Duration::from_secs(2)));
        assert_eq!(budget.spend(Some(Duration::from_secs(3600))), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 20:00:00 GMT").expect("a date");
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Fri, 20 Nov 2026 20:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Fri, 20 Nov 2026 19:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
