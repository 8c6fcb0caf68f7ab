//! Which simulated objects are logs, and a sink that only counts, for the benches
//! beside this file.
#![allow(dead_code, reason = "not every bench counts")]

use flowtrail_event::{Event, Flow, Note, Sink, Skip};

/// Whether an object of this key has records: digests have none.
pub(crate) fn are_logs(key: &str) -> bool {
    key.ends_with(".gz") && !key.contains("Digest")
}

/// Whether logs of this key are of flows; otherwise they are of calls.
pub(crate) fn are_flows(key: &str) -> bool {
    key.contains("vpcflowlogs")
}

/// Counts records.
#[derive(Default)]
pub(crate) struct Count(pub(crate) u64);

impl Sink for Count {
    fn event(&mut self, _: &mut Event<'_>) -> Flow {
        self.0 += 1;
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}
