//! Predicates against `DataFusion`'s own evaluation of the same SQL over the
//! same rows unfiltered.

mod logs;
mod probe;
mod sql;

use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::AsArray;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use self::logs::{flows, trail};
use self::probe::Twins;
use self::sql::{flow_filters, trail_filters};
use super::*;

static TRAIL: LazyLock<Twins> = LazyLock::new(|| Twins::new(LogTable::CloudTrail, trail()));
static FLOWS: LazyLock<Twins> = LazyLock::new(|| Twins::new(LogTable::VpcFlow, flows()));

proptest! {
    #[test]
    fn of_cloudtrail(filter in trail_filters()) {
        TRAIL.check(&filter);
    }

    #[test]
    fn of_flows(filter in flow_filters()) {
        FLOWS.check(&filter);
    }
}

/// Filters that people write are decided wholly while reading.
#[test]
fn what_is_decided_wholly() {
    for (twins, filter) in [
        (&*TRAIL, "eventname = 'ListUsers' AND errorcode IS NULL"),
        (
            &*TRAIL,
            "useridentity.arn LIKE '%Role' OR useridentity.type IN ('Root', 'IAMUser')",
        ),
        (
            &*TRAIL,
            "useridentity.sessioncontext.sessionissuer.arn = 'AssumeRole'",
        ),
        (
            &*TRAIL,
            "time >= '2026-03-01T12:00:00Z' AND time < TIMESTAMP '2026-03-03'",
        ),
        (&*TRAIL, "day BETWEEN '2026-03-01' AND '2026-03-01'"),
        (&*TRAIL, "useridentity.accountid <> recipientaccountid"),
        (&*TRAIL, "readonly = 'false' AND eventname NOT LIKE 'List%'"),
        (&*TRAIL, "eventtime >= '2026-03-01T00:00:00Z'"),
        (&*TRAIL, "requestparameters LIKE '%ListUsers%'"),
        (
            &*FLOWS,
            "action = 'REJECT' AND dstport IN (22, 443) AND bytes > 10",
        ),
        (&*FLOWS, "srcport = dstport AND start <= \"end\""),
        (&*FLOWS, "protocol = 6 AND \"end\" BETWEEN 0 AND 1772409599"),
    ] {
        let rows = twins.check(filter).unwrap();
        assert!(rows > 0, "{filter}");
        let plan = format!("EXPLAIN SELECT count(*) FROM probe WHERE {filter}");
        let batches = twins.runtime.block_on(async {
            twins
                .context
                .sql(&plan)
                .await
                .unwrap()
                .collect()
                .await
                .unwrap()
        });
        let physical = batches[0].column(1).as_string::<i32>().value(1);
        assert!(!physical.contains("FilterExec"), "{filter}: {physical}");
    }
}

/// The comparison above says something: most filters are taken by both, many
/// let some rows pass and others not, and most are decided wholly.
#[test]
fn the_filters_that_are_compared_are_worth_it() {
    for (twins, rows, filters) in [
        (
            Twins::new(LogTable::CloudTrail, trail()),
            120,
            trail_filters(),
        ),
        (Twins::new(LogTable::VpcFlow, flows()), 120, flow_filters()),
    ] {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (mut taken, mut telling) = (0, 0);
        for _ in 0..150 {
            let filter = filters.new_tree(&mut runner).unwrap().current();
            if let Some(passed) = twins.check(&filter) {
                taken += 1;
                telling += u32::from(passed > 0 && passed < rows);
            }
        }
        let seen: Vec<_> = twins
            .seen
            .iter()
            .map(|n| n.load(Ordering::Relaxed))
            .collect();
        println!("{taken} of 150 taken, {telling} telling; exact, inexact, unsupported: {seen:?}");
        assert!(taken > 125 && telling > 60, "{taken} {telling}");
        assert!(seen[0] > 50 && seen[1] > 10 && seen[2] > 5, "{seen:?}");
    }
}
