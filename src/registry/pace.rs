//! How fast a registry may be asked. When it says that it is too much (429, 503), all requests wait and not only the one that
//! was told; and fewer bodies go at the same time, until it has taken some again.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The pace at one registry.
#[derive(Default)]
pub(super) struct Pace {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    rest_until: Option<Instant>,
    /// How many bodies may be under way; any number when nothing is said.
    limit: Option<usize>,
    under_way: usize,
    /// Bodies that came through since the limit changed.
    come_through: usize,
}

/// A body under way.
pub(super) struct Turn(Arc<Pace>);

impl Pace {
    /// Waits until the registry wants to be asked again.
    pub async fn ready(&self) {
        loop {
            let until = self.state().rest_until;
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// Waits until there is room for another body.
    pub async fn turn(self: &Arc<Self>) -> Turn {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Heard from now on, so that nothing is missed between looking and waiting.
            changed.as_mut().enable();
            if let Some(turn) = self.try_turn() {
                return turn;
            }
            changed.await;
        }
    }

    fn try_turn(self: &Arc<Self>) -> Option<Turn> {
        let mut state = self.state();
        if state.limit.is_some_and(|limit| state.under_way >= limit) {
            return None;
        }
        state.under_way += 1;
        Some(Turn(self.clone()))
    }

    /// It was too much: half as many bodies from now on, and no request for a while if the registry named one.
    pub fn too_much(&self, rest: Option<Duration>) {
        let mut state = self.state();
        let under_way = state.under_way.min(state.limit.unwrap_or(usize::MAX));
        state.limit = Some((under_way / 2).max(1));
        state.come_through = 0;
        if let Some(rest) = rest {
            state.rest_until = state.rest_until.max(Some(Instant::now() + rest));
        }
    }

    /// A body came through: one more may go when a full round of them did.
    pub fn came_through(&self) {
        let mut state = self.state();
        let Some(limit) = state.limit else { return };
        state.come_through += 1;
        if state.come_through >= limit {
            (state.limit, state.come_through) = (Some(limit + 1), 0);
            self.changed.notify_waiters();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.state().under_way -= 1;
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everybody_rests() {
        let (pace, begin) = (Pace::default(), Instant::now());
        pace.ready().await;
        pace.too_much(Some(Duration::from_secs(2)));
        pace.too_much(Some(Duration::from_secs(1)));
        pace.ready().await;
        assert_eq!(begin.elapsed().as_secs(), 2, "the longer one counts");
    }

    #[tokio::test]
    async fn half_as_many_go_until_they_come_through() {
        let pace = Arc::new(Pace::default());
        let mut turns = Vec::new();
        for _ in 0..4 {
            turns.push(pace.turn().await);
        }
        pace.too_much(None);
        turns.truncate(2);
        assert!(pace.turn().now_or_never().is_none(), "two are enough");
        turns.truncate(1);
        turns.push(pace.turn().await);
        pace.came_through();
        assert!(pace.turn().now_or_never().is_none());
        pace.came_through();
        turns.push(pace.turn().now_or_never().expect("a third one"));
    }

    #[tokio::test]
    async fn one_goes_always_and_who_waits_is_woken() {
        let pace = Arc::new(Pace::default());
        pace.too_much(None);
        pace.too_much(None);
        let first = pace.turn().await;
        let (second, ()) = tokio::join!(pace.turn(), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        drop(second);
    }
}
