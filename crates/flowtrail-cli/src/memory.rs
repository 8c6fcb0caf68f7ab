//! What was seen before, for commands that judge: a baseline, or the logs
//! themselves, which are then read twice.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::Args;
use flowtrail_baseline::{Baseline, Calendar, Memory, Rolling, Since};
use flowtrail_context::Given;
use flowtrail_detect::Plan;
use flowtrail_event::{EventTime, Kind};
use flowtrail_output::sanitize;
use flowtrail_scan::{Chronicle, Chronicler, Projections};
use flowtrail_table::{Logs, Run, Source, gather};
use tokio::runtime::Runtime;

use crate::console;
use crate::progress::Bar;
use crate::threads::cores;

/// How findings name a memory that is no file.
const HISTORY: &str = "history";

/// What unusual things are judged by.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct MemoryChoice {
    /// Judge what is unusual by this baseline (`flowtrail baseline build`), and
    /// by what the logs show since it ends, before --since included; they are
    /// read twice
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Judge what is unusual by the logs themselves: each day by the days
    /// before it, those before --since included; they are read twice
    #[arg(long, conflicts_with = "baseline")]
    pub(crate) learn: bool,
}

/// What there is to judge by.
pub(crate) enum Basis {
    Nothing,
    File(Arc<Baseline>),
    Logs,
}

/// A memory of the logs that are judged.
pub(crate) struct Learned {
    /// None if no rule asks for one.
    pub(crate) memory: Option<Arc<dyn Memory>>,
    /// Objects that it should rest on could not be read.
    pub(crate) partial: bool,
}

impl Basis {
    /// What was chosen.
    ///
    /// # Errors
    /// If the file cannot be read, or is no baseline.
    pub(crate) fn load(choice: &MemoryChoice) -> anyhow::Result<Self> {
        Ok(match &choice.baseline {
            Some(path) => Self::File(Arc::new(load(path)?)),
            None if choice.learn => Self::Logs,
            None => Self::Nothing,
        })
    }

    pub(crate) const fn is_some(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// How findings name it.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::File(baseline) => Some(baseline.id()),
            Self::Logs => Some(HISTORY),
        }
    }

    /// What it is, for a summary.
    pub(crate) fn about(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Logs => Some("these logs, each day by the days before it".to_owned()),
            Self::File(baseline) => {
                let header = baseline.header();
                let days = header.first.zip(header.last);
                let days = days.map_or_else(
                    || "no records".to_owned(),
                    |(first, last)| format!("records of {first} to {last}"),
                );
                Some(format!("{}, {days}", baseline.id()))
            }
        }
    }

    /// With it what is known is this.
    pub(crate) fn given(&self, given: Given) -> Given {
        match self.name() {
            None => given,
            Some(name) => given.with_memory(name),
        }
    }

    fn calendar(&self) -> Calendar {
        match self {
            Self::File(baseline) => *baseline.calendar(),
            Self::Nothing | Self::Logs => Calendar::default(),
        }
    }

    /// From when on logs say what was seen before those of a span that begins so:
    /// all of them, or those that a file cannot know. Its last day need not be
    /// whole.
    fn learnt_from(&self, since: Option<EventTime>) -> Option<EventTime> {
        match self {
            Self::Nothing => since,
            Self::Logs => None,
            Self::File(baseline) => {
                let last = baseline.header().last?;
                since.map(|since| since.min(last.begins()))
            }
        }
    }

    /// Reads the logs for what the plans want remembered. `None` if the user had
    /// seen enough.
    ///
    /// # Errors
    /// If the logs can be read once only, or a source cannot be looked into at
    /// all.
    pub(crate) fn learn(
        &self,
        plans: &[Arc<Plan>],
        logs: &Logs,
        jobs: Option<NonZeroUsize>,
        runtime: &Runtime,
    ) -> anyhow::Result<Option<Learned>> {
        let kinds = [Kind::CloudTrail, Kind::Flow];
        let wanted = plans
            .iter()
            .flat_map(|plan| kinds.map(|k| plan.dimensions(k)));
        let wanted: BTreeSet<_> = wanted.flatten().copied().collect();
        if wanted.is_empty() || !self.is_some() {
            let (memory, partial) = (None, false);
            return Ok(Some(Learned { memory, partial }));
        }
        if logs.sources.iter().any(|s| matches!(s, Source::Stdin)) {
            bail!(
                "standard input can be read once, and what is unusual shows at the second \
                 reading\nhint: write it to a file first"
            );
        }
        let mut logs = logs.clone();
        logs.span.since = self.learnt_from(logs.span.since);
        let places = plans.iter().find_map(|p| p.places());
        let mut fields = Projections::default();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let chronicle = Chronicle::for_a_detector(&mut fields, self.calendar(), &wanted, places);
        let chronicle = Arc::new(chronicle);
        let workers = (0..jobs.unwrap_or_else(cores).get()).map(|_| Chronicler::new(&chronicle));
        let logs = Arc::new(logs);
        let (run, workers) = (Arc::new(Run::default()), workers.collect());
        let read = runtime.block_on(async {
            let _bar = Bar::new(&run);
            tokio::select! {
                workers = gather(&logs, &run, &fields, workers) => workers.map(Some),
                _ = tokio::signal::ctrl_c() => Ok(None),
            }
        })?;
        let Some(workers) = read else {
            return Ok(None);
        };
        let history = Chronicler::history(workers, self.calendar());
        let memory: Arc<dyn Memory> = match self {
            Self::File(baseline) => Arc::new(Since::new(Arc::clone(baseline), history)),
            Self::Nothing | Self::Logs => Arc::new(Rolling::new(history)),
        };
        let sums = run.account().sums();
        let partial = sums.is_partial();
        if partial {
            let lacking = sums.lacking + sums.not_listed;
            console::say(&format!(
                "warning: {lacking} objects could not be read for what was seen before, so that \
                 something may look new which is not"
            ));
        }
        Ok(Some(Learned {
            memory: Some(memory),
            partial,
        }))
    }
}

/// The baseline in a file.
///
/// # Errors
/// If it cannot be read, or is none.
pub(crate) fn load(path: &Path) -> anyhow::Result<Baseline> {
    let bytes = fs::read(path).map_err(|e| console::cannot("read", path, &e))?;
    Baseline::read(bytes).map_err(|e| in_file(path, &e))
}

/// What is wrong with a file.
pub(crate) fn in_file(path: &Path, error: &flowtrail_baseline::FileError) -> anyhow::Error {
    anyhow!("{}: {error}", sanitize(&console::path(path)))
}
