//! Windows that span objects: where observations belong.

use std::collections::BTreeMap;

use flowtrail_detect::{Observation, Partition, Plan};

/// Observations by the partition that they belong to. Those of a correlation
/// that does not exist, which no plan of ours makes, have none.
#[must_use]
pub fn by_partition(
    plan: &Plan,
    observations: Vec<Observation>,
) -> BTreeMap<Partition, Vec<Observation>> {
    let mut out: BTreeMap<Partition, Vec<Observation>> = BTreeMap::new();
    for seen in observations {
        if let Some(partition) = plan.partition(&seen) {
            out.entry(partition).or_default().push(seen);
        }
    }
    out
}
