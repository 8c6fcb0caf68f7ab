use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::empty::EmptyTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::prelude::SessionContext;

use super::*;

/// The bounds of a `WHERE`, planned and optimised as a query is.
async fn bounds(table: LogTable, condition: &str) -> Bounds {
    let ctx = SessionContext::new();
    let provider = EmptyTable::new(table.schema());
    ctx.register_table("t", Arc::new(provider)).unwrap();
    let sql = format!("SELECT * FROM t WHERE {condition}");
    let plan = ctx.sql(&sql).await.unwrap().into_optimized_plan().unwrap();
    let mut filters = Vec::new();
    plan.apply(|node| {
        if let LogicalPlan::Filter(filter) = node {
            filters.extend(split_conjunction(&filter.predicate).into_iter().cloned());
        }
        if let LogicalPlan::TableScan(scan) = node {
            filters.extend(scan.filters.iter().cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    assert!(!filters.is_empty(), "{condition}: {plan}");
    Bounds::of(table, &filters)
}

async fn times(table: LogTable, condition: &str) -> (Option<String>, Option<String>) {
    let b = bounds(table, condition).await;
    let day = |t: EventTime| t.to_string();
    (b.since.map(day), b.until.map(day))
}

fn some(since: &str, until: &str) -> (Option<String>, Option<String>) {
    let one = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    (one(since), one(until))
}

#[tokio::test]
async fn time_is_bounded_by_comparisons() {
    let t = LogTable::CloudTrail;
    for (condition, since, until) in [
        (
            "time >= TIMESTAMP '2026-03-01T00:00:00Z'",
            "2026-03-01T00:00:00Z",
            "",
        ),
        ("time > '2026-03-01T12:00:00Z'", "2026-03-01T12:00:00Z", ""),
        ("'2026-03-02' > time", "", "2026-03-02T00:00:00.001Z"),
        (
            "time BETWEEN '2026-03-01' AND '2026-03-02'",
            "2026-03-01T00:00:00Z",
            "2026-03-02T00:00:00.001Z",
        ),
        (
            "day = DATE '2026-03-01'",
            "2026-03-01T00:00:00Z",
            "2026-03-02T00:00:00Z",
        ),
        (
            "day = '2026-03-01'",
            "2026-03-01T00:00:00Z",
            "2026-03-02T00:00:00Z",
        ),
        ("day >= '2026-03-01'", "2026-03-01T00:00:00Z", ""),
        (
            "day IN ('2026-03-01', '2026-03-05')",
            "2026-03-01T00:00:00Z",
            "2026-03-06T00:00:00Z",
        ),
        (
            "(day = '2026-03-01' OR day = '2026-03-05') AND time > '2026-03-02'",
            "2026-03-02T00:00:00Z",
            "2026-03-06T00:00:00Z",
        ),
        ("day = '2026-03-01' OR eventname = 'x'", "", ""),
        ("NOT (day = '2026-03-01')", "", ""),
        ("time <> '2026-03-01'", "", ""),
        ("time IS NULL", "", ""),
    ] {
        assert_eq!(times(t, condition).await, some(since, until), "{condition}");
    }
}

#[tokio::test]
async fn the_text_of_a_time_bounds_by_its_day() {
    let t = LogTable::CloudTrail;
    for (condition, since, until) in [
        (
            "eventtime >= '2026-03-01T05:00:00Z'",
            "2026-02-28T00:00:00Z",
            "",
        ),
        ("eventtime < '2026-03-01'", "", "2026-03-03T00:00:00Z"),
        (
            "eventtime LIKE '2026-03-01%'",
            "2026-02-28T00:00:00Z",
            "2026-03-03T00:00:00Z",
        ),
        (
            "eventtime LIKE '2026-03%'",
            "2026-02-28T00:00:00Z",
            "2026-04-02T00:00:00Z",
        ),
        ("eventtime LIKE '%03-01%'", "", ""),
        ("eventtime > 'yesterday'", "", ""),
        (
            "to_timestamp(eventtime) >= '2026-03-01T05:00:00Z'",
            "2026-03-01T05:00:00Z",
            "",
        ),
    ] {
        assert_eq!(times(t, condition).await, some(since, until), "{condition}");
    }
}

#[tokio::test]
async fn seconds_of_flows_bound_them() {
    let t = LogTable::VpcFlow;
    for (condition, since, until) in [
        ("\"end\" >= 1700000000", "2023-11-14T22:13:20Z", ""),
        ("\"end\" < 1700000000", "", "2023-11-14T22:13:21Z"),
        ("start >= 1700000000", "2023-11-14T22:13:20Z", ""),
        ("start <= 1700000000", "", "2023-11-14T23:13:21Z"),
        (
            "to_timestamp(start) >= '2026-03-01'",
            "2026-03-01T00:00:00Z",
            "",
        ),
        (
            "to_timestamp(\"end\") < '2026-03-01'",
            "",
            "2026-03-01T00:00:00.001Z",
        ),
        ("start >= 9223372036854775807", "", ""),
    ] {
        assert_eq!(times(t, condition).await, some(since, until), "{condition}");
    }
}

#[tokio::test]
async fn names_are_collected_and_crossed() {
    let set = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
    for (condition, accounts, regions) in [
        ("account = '1'", set(&["1"]), None),
        (
            "recipientaccountid IN ('1', '2') AND account IN ('2', '3')",
            set(&["2"]),
            None,
        ),
        ("account = '1' OR account = '2'", set(&["1", "2"]), None),
        ("account = '1' OR region = 'eu-west-1'", None, None),
        (
            "awsregion = 'eu-west-1' AND account <> '1'",
            None,
            set(&["eu-west-1"]),
        ),
        ("region LIKE 'eu-%'", None, None),
        ("useridentity.accountid = '1'", None, None),
    ] {
        let b = bounds(LogTable::CloudTrail, condition).await;
        assert_eq!((b.accounts, b.regions), (accounts, regions), "{condition}");
    }
    let flow = bounds(LogTable::VpcFlow, "account_id = '1'").await;
    assert_eq!(flow.accounts, set(&["1"]));
    let flow = bounds(LogTable::VpcFlow, "region = 'eu-west-1'").await;
    assert_eq!(flow.regions, set(&["eu-west-1"]));
}
