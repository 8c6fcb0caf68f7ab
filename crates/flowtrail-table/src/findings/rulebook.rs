//! The rules of a session, compiled when a statement first asks for them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion::common::Result;
use datafusion::error::DataFusionError;
use flowtrail_baseline::Memory;
use flowtrail_detect::Plan;

use crate::engine::QueryError;
use crate::rules::RuleRow;

/// Rules, ready to be run and to be listed.
#[derive(Debug, Clone)]
pub struct Ruling {
    /// How they are run.
    pub plan: Arc<Plan>,
    /// Those that raise findings, active or not.
    pub rows: Arc<[RuleRow]>,
    /// What was seen before, for a plan with a memory.
    pub memory: Option<Arc<dyn Memory>>,
}

type Made = Result<Arc<Ruling>, QueryError>;

/// The rules behind the tables `findings` and `rules`. Compiling takes a good
/// part of a second, and most statements ask for neither.
pub struct Rulebook {
    make: Box<dyn Fn() -> Result<Ruling, QueryError> + Send + Sync>,
    made: OnceLock<Made>,
}

impl Rulebook {
    /// Rules that `make` makes when they are first asked for.
    #[must_use]
    pub fn new(make: impl Fn() -> Result<Ruling, QueryError> + Send + Sync + 'static) -> Self {
        Self {
            make: Box::new(make),
            made: OnceLock::new(),
        }
    }

    /// Rules that are made already.
    #[must_use]
    pub fn of(ruling: Ruling) -> Self {
        Self::new(move || Ok(ruling.clone()))
    }

    /// The rules.
    ///
    /// # Errors
    /// Why they could not be made; the same whenever it is asked.
    pub fn get(&self) -> Result<Arc<Ruling>, QueryError> {
        let make = || (self.make)().map(Arc::new);
        self.made.get_or_init(make).clone()
    }

    /// The rules, for a task: it lets others work meanwhile.
    pub(crate) async fn ready(self: &Arc<Self>) -> Result<Arc<Ruling>> {
        let book = Arc::clone(self);
        let ruling = tokio::task::spawn_blocking(move || book.get()).await;
        let ruling = ruling.unwrap_or_else(|broken| Err(QueryError::new(broken.to_string())));
        ruling.map_err(|e| DataFusionError::External(Box::new(e)))
    }
}

impl fmt::Debug for Rulebook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rulebook")
            .field("made", &self.made.get().is_some())
            .finish_non_exhaustive()
    }
}
