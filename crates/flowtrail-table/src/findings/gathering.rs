//! What the workers of one execution share: the objects that are left, and what
//! was detected so far.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowtrail_detect::{DetectLoss, Detector, Finding, Plan};
use flowtrail_scan::{ScanOptions, Scanner};

use super::rulebook::Ruling;
use crate::store::{LogObject, Parts};

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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Workers that are done.
    done: usize,
    all: Option<Detector>,
}

impl Gathering {
    pub(super) fn new(rules: Arc<Ruling>, objects: Vec<LogObject>, workers: usize) -> Self {
        Self {
            rules,
            parts: Parts::new(objects, workers),
            workers,
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

    /// Adds what a worker detected. The last one gets what all found, and the
    /// work could begin anew.
    pub(super) fn add(&self, detector: Detector) -> Option<Found> {
        let mut state = lock(&self.state);
        match &mut state.all {
            Some(all) => all.merge(detector),
            none => *none = Some(detector),
        }
        state.done += 1;
        if state.done < self.workers {
            return None;
        }
        let all = std::mem::take(&mut *state).all?;
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
