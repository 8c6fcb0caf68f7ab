//! What was seen before: a baseline, and what the state table says of the days
//! since.
//!
//! Of each object it is first looked for what the baseline does not know, which
//! is little; that is asked for, and entered as seen, before the object is
//! judged. So what is new on a day is new whoever comes first on it, and known
//! on the next. Without a table only the baseline is asked: what is new since
//! is new again every day, until a baseline knows it.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use flowtrail_aws::Sight;
use flowtrail_baseline::{Baseline, Calendar, Day, History, Memory, Since};
use flowtrail_detect::Plan;
use flowtrail_scan::{Questions, ScanOptions, Scout};

/// What one object asks for at most: an object that shows more that was never
/// seen is a flood, and each is a read and a write that is paid for. They take
/// about two megabytes and as many seconds.
const QUESTIONS_MAX: usize = 20_000;

/// A baseline, and those who look for what it does not know, kept warm from one
/// object to the next.
pub struct Remembering {
    baseline: Arc<Baseline>,
    plan: Arc<Plan>,
    options: ScanOptions,
    /// The baseline as it is.
    alone: Arc<dyn Memory>,
    /// None: no rule asks what was seen before.
    idle: Option<Mutex<Vec<Scout>>>,
}

impl std::fmt::Debug for Remembering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("Remembering");
        out.field("baseline", &self.baseline.id())
            .finish_non_exhaustive()
    }
}

impl Remembering {
    /// With a baseline, for the rules of a plan that was made with its id.
    #[must_use]
    pub fn new(baseline: Arc<Baseline>, plan: Arc<Plan>, options: ScanOptions) -> Self {
        let nothing = History::new(*baseline.calendar(), false);
        let first = Scout::new(&plan, Arc::clone(&baseline), options.clone(), QUESTIONS_MAX);
        Self {
            alone: Arc::new(Since::new(Arc::clone(&baseline), nothing)),
            idle: first.map(|scout| Mutex::new(vec![scout])),
            baseline,
            plan,
            options,
        }
    }

    /// Whether any rule asks for what was seen before.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        self.idle.is_some()
    }

    /// How instants become days.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        self.baseline.calendar()
    }

    /// What the baseline alone remembers.
    #[must_use]
    pub fn alone(&self) -> Arc<dyn Memory> {
        Arc::clone(&self.alone)
    }

    /// What an object asks for. Blocks for as long as `input` does.
    pub fn scout(&self, input: impl Read) -> Questions {
        let Some(idle) = &self.idle else {
            return Questions::default();
        };
        let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let anew = || {
            let baseline = Arc::clone(&self.baseline);
            Scout::new(&self.plan, baseline, self.options.clone(), QUESTIONS_MAX)
        };
        let Some(mut scout) = waiting.or_else(anew) else {
            return Questions::default();
        };
        let questions = scout.scout(input);
        idle().push(scout);
        questions
    }

    /// The baseline with the days that were answered.
    #[must_use]
    pub fn since(&self, asked: &Questions, first: &BTreeMap<u64, Day>) -> Arc<dyn Memory> {
        let since = asked.answered(*self.calendar(), |id| first.get(&id).copied());
        let since = Since::new(Arc::clone(&self.baseline), since);
        if asked.over_limit > 0 {
            Arc::new(since.in_part())
        } else {
            Arc::new(since)
        }
    }
}

/// What is asked for, as the table wants it.
pub(crate) fn sights(asked: &Questions) -> Vec<Sight> {
    let sight = |q: &flowtrail_scan::Question| Sight {
        id: q.id(),
        seen: q.seen,
    };
    asked.iter().map(sight).collect()
}
