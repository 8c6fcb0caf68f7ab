//! What the workers of one execution share: the objects that are left, and what
//! was detected so far.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flowtrail_detect::{DetectLoss, Detector, Finding, Plan, Seen};
use flowtrail_event::EventTime;
use flowtrail_scan::{ScanOptions, Scanner};

use super::rulebook::Ruling;
use crate::store::{LogObject, Part, Parts};

/// What the rules found.
#[derive(Debug, Default)]
pub struct Found {
    /// The findings in the order of `finding_no`.
    pub findings: Vec<Finding>,
    /// Matches that were counted and not kept.
    pub loss: DetectLoss,
}

/// A place in which the findings of a run stay, for whoever wants them as they
/// are and not as rows.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Arc<Found>>>);

impl Kept {
    /// What was found by the last execution that ran to its end.
    #[must_use]
    pub fn take(&self) -> Option<Arc<Found>> {
        lock(&self.0).take()
    }

    pub(super) fn put(&self, found: Arc<Found>) {
        *lock(&self.0) = Some(found);
    }
}

/// The work of one execution.
pub(super) struct Gathering {
    rules: Arc<Ruling>,
    parts: Parts,
    workers: usize,
    lateness_ms: i64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Workers that are done.
    done: usize,
    all: Option<Detector>,
    /// Parts that were read to their end while one before them was not.
    ahead: BTreeSet<usize>,
    /// The first part that was not read to its end.
    front: usize,
}

impl Gathering {
    /// `lateness` is how long after an event its object may have been delivered.
    pub(super) fn new(
        rules: Arc<Ruling>,
        objects: Vec<LogObject>,
        workers: usize,
        lateness: Duration,
    ) -> Self {
        Self {
            parts: Parts::for_windows(objects, workers, rules.plan.limits().whole_bytes_max),
            rules,
            workers,
            lateness_ms: i64::try_from(lateness.as_millis()).unwrap_or(i64::MAX),
            state: Mutex::default(),
        }
    }

    pub(super) fn plan(&self) -> &Arc<Plan> {
        &self.rules.plan
    }

    /// A scanner for one worker.
    pub(super) fn scanner(&self, options: ScanOptions) -> Scanner {
        let mut scanner = Scanner::new(Arc::clone(&self.rules.plan), options);
        if let Some(memory) = &self.rules.memory {
            scanner.remember(Arc::clone(memory));
        }
        scanner
    }

    pub(super) const fn workers(&self) -> usize {
        self.workers
    }

    /// The objects, by parts that workers take.
    pub(super) const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Matches from before this are too late for windows, by when the object in
    /// which they stand was delivered. It does not matter who reads it when.
    pub(super) fn not_before(&self, part: &Part, object: &LogObject) -> Option<EventTime> {
        part.since?;
        let delivered = object.delivered()?;
        Some(EventTime(delivered.0.saturating_sub(self.lateness_ms)))
    }

    /// Adds what a worker saw in a part. Where parts have an order, windows are
    /// decided up to the first part that somebody still reads, so that they
    /// hold days and not months.
    pub(super) fn read(&self, part: &Part, seen: Seen) {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let all = state
            .all
            .get_or_insert_with(|| Detector::new(Arc::clone(&self.rules.plan)));
        all.take_over(seen);
        state.ahead.insert(part.number);
        while state.ahead.remove(&state.front) {
            state.front += 1;
        }
        if let Some(since) = self.parts.at(state.front).and_then(|part| part.since) {
            all.settle(EventTime(since.0.saturating_sub(self.lateness_ms)));
        }
    }

    /// A worker found no part that is left. The last one gets what all found,
    /// and the work could begin anew.
    pub(super) fn end(&self) -> Option<Found> {
        let mut state = lock(&self.state);
        state.done += 1;
        if state.done < self.workers {
            return None;
        }
        let all = std::mem::take(&mut *state).all;
        let all = all.unwrap_or_else(|| Detector::new(Arc::clone(&self.rules.plan)));
        self.parts.begin_anew();
        drop(state);
        let (findings, loss) = all.finish();
        Some(Found { findings, loss })
    }
}

impl fmt::Debug for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering")
            .field("parts", &self.parts)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// A thread that panicked while it held the lock fails the query by itself.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
