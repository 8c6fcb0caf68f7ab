//! The scanner: the bytes of one object to findings and an account of them.

use std::io::Read;
use std::sync::Arc;

use flowtrail_baseline::Memory;
use flowtrail_detect::{Detector, Harvest, Plan, Seen};
use flowtrail_event::{Event, EventTime, Flow, Kind, Note, Sink, Skip};

use crate::objects::{ObjectReader, ObjectReport, Projections, ScanOptions};

/// Scans objects one after the other. Built once for each worker.
pub struct Scanner {
    reader: ObjectReader,
    detector: Detector,
}

impl Scanner {
    /// A scanner for `plan`.
    #[must_use]
    pub fn new(plan: Arc<Plan>, options: ScanOptions) -> Self {
        let wanted = Projections {
            cloudtrail: plan.projection(Kind::CloudTrail).clone(),
            flow: plan.projection(Kind::Flow).clone(),
        };
        Self {
            reader: ObjectReader::new(&wanted, plan.limits(), options),
            detector: Detector::new(plan),
        }
    }

    /// A scanner whose windows are kept elsewhere: what one object contributes
    /// is taken out by [`Scanner::harvest`] before the next is scanned.
    #[must_use]
    pub fn gathering(plan: Arc<Plan>, options: ScanOptions) -> Self {
        Self {
            detector: Detector::gathering(Arc::clone(&plan)),
            ..Self::new(plan, options)
        }
    }

    /// Judges what follows by this memory; see [`Detector::remember`].
    pub fn remember(&mut self, memory: Arc<dyn Memory>) {
        self.detector.remember(memory);
    }

    /// What was seen since the last harvest.
    pub fn harvest(&mut self) -> Harvest {
        self.detector.harvest()
    }

    /// What was seen since the last time, for a detector that takes over what
    /// all workers see.
    pub fn hand_over(&mut self) -> Seen {
        self.detector.hand_over()
    }

    /// Matches from before `bound` in the objects that follow are too late for
    /// windows; see [`Detector::not_before`].
    pub const fn not_before(&mut self, bound: Option<EventTime>) {
        self.detector.not_before(bound);
    }

    /// What was detected so far, for whoever merges workers.
    #[must_use]
    pub fn into_detector(self) -> Detector {
        self.detector
    }

    /// Scans one object, called `name` in findings. Never fails as a whole:
    /// what could not be read stands in the report.
    pub fn scan(&mut self, name: &str, input: impl Read) -> ObjectReport {
        self.detector.begin(name);
        self.reader.read(input, &mut Watched(&mut self.detector))
    }
}

/// A detector as a sink. The report counts skips and notes.
struct Watched<'d>(&'d mut Detector);

impl Sink for Watched<'_> {
    #[inline]
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.0.event(event);
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

#[cfg(test)]
mod tests;
