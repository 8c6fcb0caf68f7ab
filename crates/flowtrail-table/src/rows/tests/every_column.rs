//! Every column of every table against `serde_json`'s reading of the record.

use std::fs;

use datafusion::arrow::array::{Array, StringViewArray};
use flowtrail_event::Service;

use super::naive::{check, expected};
use super::*;
use crate::schema::{Column, Holds, Origin};

/// Rows of one object that are compared: the bulk is more of the same.
const ROWS_MAX: usize = 4000;

/// The leaves of structs, as columns of their own.
fn leaves(table: LogTable) -> Vec<(ColumnPath, &'static Column)> {
    fn below(
        path: &[String],
        columns: &'static [Column],
        out: &mut Vec<(ColumnPath, &'static Column)>,
    ) {
        for column in columns {
            let mut names = path.to_vec();
            names.push(column.name.to_string());
            if let Holds::Struct(fields) = &column.holds {
                below(&names, fields, out);
            }
            if !path.is_empty() {
                out.push((ColumnPath::new(names), column));
            }
        }
    }
    let mut out = Vec::new();
    below(&[], table.columns(), &mut out);
    out
}

/// Compares all rows of `bytes` in `table` and gives their number.
fn compare(table: LogTable, bytes: &[u8]) -> u64 {
    let tops = table
        .columns()
        .iter()
        .filter(|c| c.origin != Origin::ObjectOffset);
    let mut columns: Vec<_> = tops
        .map(|c| (ColumnPath::from(c.name.as_ref()), c))
        .collect();
    columns.extend(leaves(table));
    let paths: Vec<_> = columns.iter().map(|(path, _)| path.clone()).collect();
    let plan = RowPlan::new(table, &paths, None).unwrap();
    let (batches, reports) = read_and_report(&plan, 777, &[("the object", bytes)]);
    let mut rows = 0;
    for batch in &batches {
        let record = batch.column_by_name("record").unwrap();
        let record = record.as_any().downcast_ref::<StringViewArray>().unwrap();
        for row in 0..batch.num_rows() {
            rows += 1;
            if rows > ROWS_MAX {
                continue;
            }
            let tree: serde_json::Value = serde_json::from_str(record.value(row)).unwrap();
            for ((path, column), array) in columns.iter().zip(batch.columns()) {
                let want = expected(table, column, &tree);
                check(
                    array,
                    row,
                    &want,
                    &format!("{path} of {}", record.value(row)),
                );
            }
        }
    }
    let of_table = |s: &Service| LogTable::of(*s) == table;
    let known: u64 = Service::ALL
        .iter()
        .filter(|s| of_table(s))
        .map(|s| reports[0].by_service[s.index()])
        .sum();
    assert_eq!(rows as u64, known);
    known
}

#[test]
fn real_logs() {
    let mut rows = [0; LogTable::ALL.len()];
    for folder in ["cloudtrail", "flowlog", "lambda-events"] {
        let Some(folder) = data(folder) else { return };
        let mut bulk = 0;
        for path in files_below(&folder) {
            let is_bulk = path.components().any(|c| c.as_os_str() == "synthetic-bulk");
            bulk += u32::from(is_bulk);
            if bulk > 1 && is_bulk {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            for (table, rows) in LogTable::ALL.into_iter().zip(&mut rows) {
                *rows += compare(table, &bytes);
            }
        }
    }
    println!("rows compared or counted: {rows:?}");
    assert!(rows[0] > 30_000 && rows[2] > 100, "{rows:?}");
    assert!(rows[1] > 0 && rows[3] > 0, "{rows:?}");
}

/// What AWS does not write, and an attacker cannot: it must show all the same.
#[test]
fn values_of_the_wrong_kind() {
    let head = r#""eventVersion":"1.11","eventTime":"2026-03-01T23:59:59.250Z""#;
    let odd = [
        r#""eventName":["A",{"b":null}],"errorCode":{"a": 1},"readOnly":false,"userAgent":12.5"#,
        r#""userIdentity":"somebody","tlsDetails":[],"addendum":7,"resources":{"ARN":"x"}"#,
        r#""userIdentity":{"arn":null,"type":{"x":[]},"sessionContext":true,"inScopeOf":"é\n\"\u00e9"}"#,
        r#""requestParameters":"text \"quoted\" \u2028 \\","responseElements":[1, [2] ],"additionalEventData":-7e2"#,
        r#""resources":[{"ARN":"a\u0041","accountId":1,"type":null},null,{"type":[1],"new":2},{}],"eventSource":"""#,
        r#""resources":[],"requestParameters":{},"responseElements":[],"errorMessage":null,"recipientAccountId":null"#,
        r#""resources":[[{"ARN":"x"}],"y"],"userIdentity":{},"brand":{"new":[1,2]},"eventContext":false"#,
        r#""userIdentity":{"onBehalfOf":{"userId":"u","x":1},"sessionContext":{"attributes":{"mfaAuthenticated":true}}}"#,
    ];
    let records: Vec<_> = odd.iter().map(|o| format!("{{{head},{o}}}")).collect();
    let log = format!("{{\"Records\":[{}]}}", records.join(","));
    assert_eq!(
        compare(LogTable::CloudTrail, log.as_bytes()),
        odd.len() as u64
    );

    let insight = |details: &str| {
        format!(
            r#"{{"eventVersion":"1.07","eventTime":"2026-03-01T00:00:00Z","eventType":"AwsCloudTrailInsight","eventCategory":"Insight","insightDetails":{details}}}"#
        )
    };
    let log: Vec<_> = [
        r#"{"insightContext":{"statistics":{"baseline":{"average":0.25},"insight":{"average":"many"},"insightDuration":7,"baselineDuration":1.5},"attributions":[{"a":1}]}}"#,
        r#"{"insightContext":{"statistics":{"insightDuration":"9","baselineDuration":99999999999999999999},"attributions":null}}"#,
        r#"{"insightContext":{"statistics":{"insightDuration":-9,"baselineDuration":9223372036854775807},"attributions":{}}}"#,
        "[]",
    ]
    .into_iter()
    .map(insight)
    .collect();
    assert_eq!(
        compare(LogTable::CloudTrailInsights, log.join("\n").as_bytes()),
        4
    );
}

#[test]
fn flows_of_every_kind() {
    let vpc = "version account-id srcaddr srcport dstport bytes start end action region brand-new instance-tag\n\
        2 123456789012 10.0.0.1 22 65535 9223372036854775807 1 1700000000 ACCEPT us-east-1 x a%20b\n\
        2 unknown - - - 18446744073709551615 1700000000 - - - - -\n\
        2 - 10.0.0.1 99999999999 0022 5 - - - - - -\n";
    assert_eq!(compare_flow(LogTable::VpcFlow, vpc), (3, 2));
    let fields = flowtrail_flowlog::DEFAULT_TGW_FORMAT
        .split(' ')
        .map(|f| match f {
            "version" => "6",
            "resource-type" => "TransitGateway",
            "end" => "1700000000",
            "region" => "-",
            other if flowtrail_flowlog::field(other).unwrap().form.is_number() => "7",
            _ => "text",
        });
    let line: Vec<_> = fields.collect();
    assert_eq!(compare_flow(LogTable::TgwFlow, &line.join(" ")), (1, 0));
}

/// As [`compare`], with the number of values that do not fit their columns.
fn compare_flow(table: LogTable, text: &str) -> (u64, u64) {
    let rows = compare(table, text.as_bytes());
    let plan = RowPlan::new(table, &all_columns(table), None).unwrap();
    let mut reader = ObjectReader::new(
        plan.projections(),
        &Limits::default(),
        ScanOptions::default(),
    );
    let mut sink = RowSink::new(&plan, 10, |_| Flow::Continue);
    reader.read(text.as_bytes(), &mut sink);
    (rows, sink.unfit())
}
