//! What the workers of one execution share: the objects that are left, and what
//! was detected so far.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flowtrail_detect::{DetectLoss, Detector, Finding, Plan};

use crate::store::{LogObject, share};

/// Parts of the list of objects for each worker. They differ in bytes by less
/// than an object, but a byte of one log costs more than one of another; with
/// so many parts the last workers end within a few per cent of each other.
const PARTS_FOR_EACH: usize = 16;

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
pub struct Kept(Mutex<Option<Found>>);

impl Kept {
    /// What was found by the last execution that ran to its end.
    #[must_use]
    pub fn take(&self) -> Option<Found> {
        lock(&self.0).take()
    }

    pub(super) fn put(&self, found: Found) {
        *lock(&self.0) = Some(found);
    }
}

/// The work of one execution.
pub(super) struct Gathering {
    plan: Arc<Plan>,
    parts: Vec<Arc<[LogObject]>>,
    workers: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Parts that were taken.
    taken: usize,
    /// Workers that are done.
    done: usize,
    all: Option<Detector>,
}

impl Gathering {
    pub(super) fn new(plan: Arc<Plan>, objects: Vec<LogObject>, workers: usize) -> Self {
        let parts = share(objects, workers * PARTS_FOR_EACH);
        let parts = parts.into_iter().filter(|p| !p.is_empty());
        Self {
            plan,
            parts: parts.map(Into::into).collect(),
            workers,
            state: Mutex::default(),
        }
    }

    pub(super) const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    pub(super) const fn workers(&self) -> usize {
        self.workers
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &LogObject> {
        self.parts.iter().flat_map(|p| p.iter())
    }

    /// The next part of the objects, if any is left.
    pub(super) fn next(&self) -> Option<Arc<[LogObject]>> {
        let mut state = lock(&self.state);
        let part = self.parts.get(state.taken)?;
        state.taken += 1;
        Some(Arc::clone(part))
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
        drop(state);
        let (findings, loss) = all.finish();
        Some(Found { findings, loss })
    }
}

impl fmt::Debug for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering")
            .field("parts", &self.parts.len())
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// A thread that panicked while it held the lock fails the query by itself.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
