//! Predicates against `DataFusion`'s own evaluation of the same SQL over the
//! same rows unfiltered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use datafusion::arrow::array::{AsArray, Int64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;

use super::*;

/// A table over one object that trusts its predicates.
#[derive(Debug)]
struct Probe {
    table: LogTable,
    object: Arc<Vec<u8>>,
    /// Filters seen, by how much of them was decided.
    seen: Arc<[AtomicU64; 3]>,
}

#[async_trait]
impl TableProvider for Probe {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let (_, exactness) = Predicate::compile(self.table, filters.iter().copied());
        Ok(exactness
            .into_iter()
            .map(|e| {
                let (index, answer) = match e {
                    Exactness::Exact => (0, TableProviderFilterPushDown::Exact),
                    Exactness::Inexact => (1, TableProviderFilterPushDown::Inexact),
                    Exactness::Unsupported => (2, TableProviderFilterPushDown::Unsupported),
                };
                self.seen[index].fetch_add(1, Ordering::Relaxed);
                answer
            })
            .collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = all_columns(self.table);
        let columns: Vec<_> = match projection {
            Some(wanted) => wanted.iter().map(|i| all[*i].clone()).collect(),
            None => all,
        };
        let (predicate, _) = Predicate::compile(self.table, filters);
        let plan = RowPlan::new(self.table, &columns, predicate).unwrap();
        let batches = read(&plan, 7, &[("the object", &self.object)]);
        Ok(MemorySourceConfig::try_new_exec(
            &[batches],
            plan.schema(),
            None,
        )?)
    }
}

/// Both ways to the same rows.
struct Twins {
    context: SessionContext,
    seen: Arc<[AtomicU64; 3]>,
    runtime: tokio::runtime::Runtime,
}

impl Twins {
    fn new(table: LogTable, object: String) -> Self {
        let context = SessionContext::new();
        let plan = RowPlan::new(table, &all_columns(table), None).unwrap();
        let batches = read(&plan, 7, &[("the object", object.as_bytes())]);
        let memory = MemTable::try_new(table.schema(), vec![batches]).unwrap();
        context.register_table("memory", Arc::new(memory)).unwrap();
        let object = Arc::new(object.into_bytes());
        let seen = Arc::<[AtomicU64; 3]>::default();
        let probe = Probe {
            table,
            object,
            seen: Arc::clone(&seen),
        };
        context.register_table("probe", Arc::new(probe)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            context,
            seen,
            runtime: runtime.unwrap(),
        }
    }

    fn rows(&self, table: &str, filter: &str) -> Result<Vec<i64>> {
        let sql = format!("SELECT log_offset FROM {table} WHERE {filter} ORDER BY log_offset");
        let batches = self
            .runtime
            .block_on(async { self.context.sql(&sql).await?.collect().await })?;
        let mut rows = Vec::new();
        for batch in &batches {
            let offsets = batch
                .column(0)
                .as_any()
                .downcast_ref::<Int64Array>()
                .unwrap();
            rows.extend(offsets.values());
        }
        Ok(rows)
    }

    /// The number of rows, if `DataFusion` takes the filter at all.
    fn check(&self, filter: &str) -> Option<usize> {
        let memory = self.rows("memory", filter);
        let Ok(memory) = memory else { return None };
        let probe = self
            .rows("probe", filter)
            .unwrap_or_else(|e| panic!("{filter}: {e}"));
        assert_eq!(probe, memory, "{filter}");
        Some(probe.len())
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        from[usize::try_from(self.0 >> 33).unwrap() % from.len()]
    }
}

const NAMES: [&str; 9] = [
    r#""ListUsers""#,
    r#""AssumeRole""#,
    r#""assumerole""#,
    r#""""#,
    "null",
    "7",
    r#""a_b%c\\d""#,
    r#""é\u212a""#,
    r#"["x"]"#,
];
const TIMES: [&str; 6] = [
    r#""2026-03-01T00:00:00Z""#,
    r#""2026-03-01T23:59:59.999Z""#,
    r#""2026-03-02T00:00:00Z""#,
    r#""1969-12-31T23:59:59.5Z""#,
    r#""yesterday""#,
    "null",
];

fn trail() -> String {
    let mut dice = Dice(1);
    let record = |dice: &mut Dice| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":{},"eventName":{},"errorCode":{},"readOnly":{},"recipientAccountId":{},"awsRegion":{},"requestParameters":{},"resources":{},"userIdentity":{}}}"#,
            dice.pick(&TIMES),
            dice.pick(&NAMES),
            dice.pick(&["null", r#""AccessDenied""#, r#""Client.UnauthorizedOperation""#, r#"{"a":1}"#]),
            dice.pick(&["true", "false", "null"]),
            dice.pick(&["null", r#""123456789012""#, r#""111111111111""#]),
            dice.pick(&["null", r#""us-east-1""#, r#""eu-west-1""#]),
            dice.pick(&["null", "{}", r#"{"userName":"ListUsers"}"#, r#""ListUsers""#, "[]"]),
            dice.pick(&["null", "[]", r#"[{"ARN":"ListUsers"}]"#, "{}"]),
            dice.pick(&[
                "null", "{}", r#""x""#, r#"{"type":"Root","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"}"#,
                r#"{"type":"AssumedRole","arn":"ListUsers","accountId":"111111111111","sessionContext":{"sessionIssuer":{"arn":"AssumeRole"}}}"#,
                r#"{"arn":"AssumeRole","accountId":"111111111111","sessionContext":{}}"#,
            ]),
        )
    };
    let records: Vec<_> = (0..120).map(|_| record(&mut dice)).collect();
    records.join("\n")
}

fn flows() -> String {
    let mut dice = Dice(2);
    let mut text = "version account-id srcaddr dstaddr srcport dstport protocol packets bytes start end action region\n".to_owned();
    for _ in 0..120 {
        let line = [
            "2",
            dice.pick(&["123456789012", "unknown", "-"]),
            dice.pick(&["10.0.0.1", "10.0.0.2", "-"]),
            dice.pick(&["10.0.0.1", "10.0.0.9", "-"]),
            dice.pick(&["22", "443", "50000", "-", "99999999999"]),
            dice.pick(&["22", "443", "0022", "-"]),
            dice.pick(&["6", "17", "1", "-"]),
            dice.pick(&["1", "10", "-"]),
            dice.pick(&[
                "0",
                "40",
                "18446744073709551615",
                "9223372036854775807",
                "-",
            ]),
            dice.pick(&["1772323200", "0", "-"]),
            dice.pick(&["1772323200", "1772409599", "-", "0"]),
            dice.pick(&["ACCEPT", "REJECT", "-"]),
            dice.pick(&["us-east-1", "eu-west-1", "-"]),
        ];
        text.push_str(&line.join(" "));
        text.push('\n');
    }
    text
}

static TRAIL: LazyLock<Twins> = LazyLock::new(|| Twins::new(LogTable::CloudTrail, trail()));
static FLOWS: LazyLock<Twins> = LazyLock::new(|| Twins::new(LogTable::VpcFlow, flows()));

const TEXT_LITERALS: [&str; 14] = [
    "'ListUsers'",
    "'AssumeRole'",
    "''",
    "'7'",
    "'123456789012'",
    "'us-east-1'",
    "'eu-somewhere-1'",
    "'true'",
    "'AccessDenied'",
    "'{}'",
    "NULL",
    "'é\u{212a}'",
    "'a_b%c\\d'",
    "'ACCEPT'",
];
const PATTERNS: [&str; 14] = [
    "'%'",
    "''",
    "'List%'",
    "'%Role'",
    "'%Us%'",
    "'_istUsers'",
    "'a\\_b\\%c\\\\d'",
    "'%\\%%'",
    "'%denied'",
    "'assume_ole'",
    "'%é_'",
    "'%{%'",
    "NULL",
    "'%K'",
];
const OPS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

fn text_tests(columns: &'static [&'static str]) -> BoxedStrategy<String> {
    let column = || select(columns);
    let literal = || select(&TEXT_LITERALS[..]);
    prop_oneof![
        3 => (column(), select(&OPS[..]), literal()).prop_map(|(c, o, l)| format!("{c} {o} {l}")),
        1 => (literal(), select(&OPS[..]), column()).prop_map(|(l, o, c)| format!("{l} {o} {c}")),
        2 => (column(), select(vec!["IN", "NOT IN"]), prop::collection::vec(literal(), 1..6))
            .prop_map(|(c, i, l)| format!("{c} {i} ({})", l.join(", "))),
        3 => (column(), select(vec!["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]), select(&PATTERNS[..]))
            .prop_map(|(c, l, p)| format!("{c} {l} {p}")),
        2 => (column(), select(vec!["IS NULL", "IS NOT NULL"])).prop_map(|(c, n)| format!("{c} {n}")),
        1 => (column(), select(vec!["BETWEEN", "NOT BETWEEN"]), literal(), literal())
            .prop_map(|(c, b, l, h)| format!("{c} {b} {l} AND {h}")),
        1 => (column(), select(&OPS[..]), column()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        1 => (column(), select(vec!["IS DISTINCT FROM", "IS NOT DISTINCT FROM"]), literal())
            .prop_map(|(c, d, l)| format!("{c} {d} {l}")),
        1 => (column(), literal()).prop_map(|(c, l)| format!("coalesce({c}, 'x') = {l}")),
        1 => column().prop_map(|c| format!("length({c}) > 5")),
    ]
    .boxed()
}

fn value_tests(
    columns: &'static [&'static str],
    literals: &'static [&'static str],
) -> BoxedStrategy<String> {
    let column = || select(columns);
    let literal = || select(literals);
    prop_oneof![
        4 => (column(), select(&OPS[..]), literal()).prop_map(|(c, o, l)| format!("{c} {o} {l}")),
        1 => (literal(), select(&OPS[..]), column()).prop_map(|(l, o, c)| format!("{l} {o} {c}")),
        1 => (column(), select(vec!["IN", "NOT IN"]), prop::collection::vec(literal(), 1..6))
            .prop_map(|(c, i, l)| format!("{c} {i} ({})", l.join(", "))),
        1 => (column(), select(vec!["BETWEEN", "NOT BETWEEN"]), literal(), literal())
            .prop_map(|(c, b, l, h)| format!("{c} {b} {l} AND {h}")),
        1 => (column(), select(vec!["IS NULL", "IS NOT NULL"])).prop_map(|(c, n)| format!("{c} {n}")),
    ]
    .boxed()
}

const INSTANTS: [&str; 9] = [
    "TIMESTAMP '2026-03-01T00:00:00Z'",
    "'2026-03-02T00:00:00Z'",
    "'2026-03-01'",
    "TIMESTAMP '2026-03-01 23:59:59.999'",
    "TIMESTAMP '1969-12-31T23:59:59.500'",
    "NULL",
    "TIMESTAMP '2026-03-01T02:00:00+02:00'",
    "DATE '2026-03-02'",
    "to_timestamp_micros(1772323200000001)",
];
const DAYS: [&str; 6] = [
    "DATE '2026-03-01'",
    "'2026-03-02'",
    "'1969-12-31'",
    "NULL",
    "TIMESTAMP '2026-03-01T12:00:00'",
    "CAST('2026-03-01' AS DATE)",
];

fn trees(leaves: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaves
        .prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
                3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
                2 => inner.clone().prop_map(|a| format!("(NOT {a})")),
                1 => (inner, select(vec!["TRUE", "FALSE", "UNKNOWN", "NOT TRUE", "NOT FALSE", "NOT UNKNOWN"]))
                    .prop_map(|(a, is)| format!("(({a}) IS {is})")),
            ]
        })
        .boxed()
}

fn trail_filters() -> BoxedStrategy<String> {
    trees(
        prop_oneof![
            8 => text_tests(&[
                "eventname", "errorcode", "readonly", "recipientaccountid", "awsregion", "eventtime",
                "requestparameters", "account", "region", "useridentity.arn", "useridentity['type']",
                "useridentity.accountid", "useridentity.sessioncontext.sessionissuer.arn", "record",
                "unknown_fields", "log_object",
            ]),
            1 => select(vec![
                "useridentity IS NULL", "useridentity.sessioncontext IS NOT NULL", "resources IS NULL",
                "resources IS NOT NULL", "resources[1].arn = 'ListUsers'",
            ]).prop_map(str::to_owned),
            2 => value_tests(&["time", "CAST(time AS TIMESTAMP)"], &INSTANTS),
            1 => value_tests(&["day"], &DAYS),
            1 => value_tests(&["log_offset"], &["500", "0", "10000", "5000.5", "NULL"]),
        ]
        .boxed(),
    )
}

fn flow_filters() -> BoxedStrategy<String> {
    trees(
        prop_oneof![
            3 => text_tests(&["account_id", "account", "srcaddr", "dstaddr", "action", "region"]),
            4 => value_tests(
                &["version", "srcport", "dstport", "protocol", "bytes", "packets", "start", "\"end\"",
                  "CAST(dstport AS BIGINT)"],
                &["22", "443", "6", "0", "40", "-1", "1772323200", "9223372036854775807", "NULL", "22.5", "'22'"],
            ),
            1 => value_tests(&["time"], &INSTANTS),
            1 => value_tests(&["day"], &DAYS),
            1 => select(vec!["dstport % 2 = 0", "bytes / packets > 4", "srcport = dstport"]).prop_map(str::to_owned),
        ]
        .boxed(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

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
        for _ in 0..300 {
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
        println!("{taken} of 300 taken, {telling} telling; exact, inexact, unsupported: {seen:?}");
        assert!(taken > 250 && telling > 120, "{taken} {telling}");
        assert!(seen[0] > 100 && seen[1] > 20 && seen[2] > 10, "{seen:?}");
    }
}
