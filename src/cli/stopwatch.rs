//! How long ingesting spends on what: reading, committing, and everything else that is not waiting.

use crate::ingest::Phase;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Measures phases; while none is entered, nothing.
#[derive(Default)]
pub(super) struct Stopwatch {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What is done now, and since when.
    now: Option<(Phase, Instant)>,
    spent: Spent,
}

/// What was spent on what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// Reading lines, making records and columns of them, and writing these out.
    pub(super) reading: Duration,
    /// Completing and syncing files, and the log's entry.
    pub(super) committing: Duration,
    /// Reading the log and comparing sources with it, and whatever else is no waiting.
    pub(super) planning: Duration,
}

impl Spent {
    /// All of it.
    pub(super) fn total(self) -> Duration {
        self.reading + self.committing + self.planning
    }
}

impl Stopwatch {
    /// One that runs.
    pub(super) fn started() -> Self {
        let watch = Self::default();
        watch.enter(Some(Phase::Planning));
        watch
    }

    /// Ends the phase before and begins another; `None` for waiting.
    pub(super) fn enter(&self, phase: Option<Phase>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some((before, since)) = state.now {
            let spent = match before {
                Phase::Reading => &mut state.spent.reading,
                Phase::Committing => &mut state.spent.committing,
                Phase::Planning => &mut state.spent.planning,
            };
            *spent += now - since;
        }
        state.now = phase.map(|phase| (phase, now));
    }

    /// What was spent so far; the phase goes on.
    pub(super) fn spent(&self) -> Spent {
        let phase = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.now.map(|(phase, _)| phase)
        };
        self.enter(phase);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_given_to_the_phase_that_it_passed_in() {
        let watch = Stopwatch::default();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(watch.spent().total(), Duration::ZERO);
        watch.enter(Some(Phase::Reading));
        std::thread::sleep(Duration::from_millis(2));
        let first = watch.spent();
        assert!(first.reading >= Duration::from_millis(2), "{first:?}");
        assert_eq!(first.total(), first.reading);
        watch.enter(Some(Phase::Committing));
        watch.enter(None);
        let second = watch.spent();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(watch.spent().total(), second.total());
        assert_eq!(second.planning, Duration::ZERO);
    }
}
