//! Queries as they are written for Athena.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, TimestampMillisecondArray};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;

use super::{check, query, session, texts, value};

#[test]
fn json_as_athena_casts_it() {
    check(
        &session(),
        &[
            (r#"CAST(json_extract('{"a": "x"}', '$.a') AS VARCHAR)"#, "x"),
            (
                r#"CAST(json_extract('{"a": [1]}', '$.a') AS VARCHAR)"#,
                "[1]",
            ),
            (
                r#"CAST(json_extract('{"a": "7"}', '$.a') AS BIGINT) + 1"#,
                "8",
            ),
            (
                r#"CAST(json_extract('{"a": true}', '$.a') AS BOOLEAN)"#,
                "true",
            ),
            (
                r#"TRY_CAST(json_extract('{"a": "x"}', '$.a') AS BIGINT)"#,
                "NULL",
            ),
            (
                r#"CAST(json_extract('{"a": ["x", 2]}', '$.a') AS ARRAY<VARCHAR>)"#,
                "[x, 2]",
            ),
            (r#"CAST(json_parse('["x"]') AS ARRAY<VARCHAR>)"#, "[x]"),
            (r#"CAST(json_array_get('["x"]', 0) AS VARCHAR)"#, "x"),
            (r#"cardinality(json_values('{"a": [1, 2]}', '$.a'))"#, "2"),
            (r#"json_format(json_extract('{"a": "x"}', '$.a'))"#, "\"x\""),
            (
                r#"json_extract(json_extract('{"a": {"b": 1}}', '$.a'), '$.b')"#,
                "1",
            ),
            (r#"CAST('{"a": 1}' AS JSON)"#, "{\"a\": 1}"),
            (r#"json_value('{"a": 1}', 'lax $.a')"#, "1"),
            (r#"'{"a": {"b": "x"}}' -> 'a' ->> 'b'"#, "x"),
            (r#"json_get_int('{"a": 5}', 'a')"#, "5"),
            (r#"json_values('{"a": null}', '$.a')"#, "NULL"),
            (r#"json_values('{"a": []}', '$.a')"#, "[]"),
            (r#"json_values('{"a": "x"}', '$.a')"#, "[x]"),
            (r#"json_extract('{"a": 1}', '$.b[*]')"#, "NULL"),
            (r#"json_array_contains('[1.0, "1", true]', 1)"#, "true"),
            (r#"json_array_contains('["1"]', 1)"#, "false"),
            (r#"json_array_contains('[true]', true)"#, "true"),
            (r#"json_array_contains('{}', true)"#, "NULL"),
        ],
    );
    let rows = query(
        &session(),
        r#"SELECT unnest(json_values('{"items": [{"id": "i-1"}, {"id": "i-2"}]}', '$.items[*].id'))"#,
    );
    assert_eq!(texts(&rows.unwrap()), ["i-1", "i-2"]);
}

#[test]
fn conditions_and_lists() {
    check(
        &session(),
        &[
            ("if(1 = 1, 'a', 'b')", "a"),
            ("if(1 = 2, 'a')", "NULL"),
            ("if(1 = 2, 1, 2.5)", "2.5"),
            ("try(CAST('x' AS BIGINT))", "NULL"),
            ("try(1 / 0)", "NULL"),
            ("try(7 / 2)", "3"),
            ("try(7 % 0)", "NULL"),
            ("contains(['a', 'b'], 'b')", "true"),
            ("contains('abc', 'b')", "true"),
            ("contains('10.0.0.0/8', '10.1.2.3')", "true"),
            (
                "contains('10.0.0.0/8', CAST('11.1.2.3' AS IPADDRESS))",
                "false",
            ),
            ("element_at(['a', 'b'], 2)", "b"),
            ("element_at(['a', 'b'], -1)", "b"),
            ("element_at(['a', 'b'], 3)", "NULL"),
            ("element_at(map(['k'], [7]), 'k')", "7"),
            ("element_at(map(['k'], [7]), 'x')", "NULL"),
            ("cardinality(split('a,b', ','))", "2"),
            ("array_join(split('a,b,c', ',', 2), '|')", "a|b,c"),
            ("split_part('a/b', '/', 3)", "NULL"),
            ("split_part('a/b', '/', -1)", "b"),
        ],
    );
}

#[test]
fn times_as_athena_has_them() {
    check(
        &session(),
        &[
            (
                "from_iso8601_timestamp('2026-11-21T19:20:00Z') > TIMESTAMP '2026-11-21 19:19:59'",
                "true",
            ),
            (
                "from_iso8601_timestamp('2026-11-21T19:20:00Z') = TIMESTAMP '2026-11-21 19:20:00 UTC'",
                "true",
            ),
            (
                "from_iso8601_timestamp('2026-11-21T20:20:00+01:00')",
                "2026-11-21T19:20:00Z",
            ),
            (
                "from_iso8601_timestamp('2026-11-21')",
                "2026-11-21T00:00:00Z",
            ),
            (
                "from_iso8601_timestamp('2026-11-21T19:20Z')",
                "2026-11-21T19:20:00Z",
            ),
            (
                "from_iso8601_timestamp('20131102T010628Z')",
                "2013-11-02T01:06:28Z",
            ),
            (
                "from_iso8601_timestamp('2026-11-21T19:20:00Z') < now() + interval '100' year",
                "true",
            ),
            (
                "date(from_iso8601_timestamp('2026-11-21T19:20:00Z')) = DATE '2026-11-21'",
                "true",
            ),
            (
                "date_trunc('hour', from_unixtime(1700000000))",
                "2023-11-14T22:00:00Z",
            ),
            (
                "date_trunc('day', from_iso8601_timestamp('2026-11-21T19:20:00Z')) - interval '1' day",
                "2026-11-20T00:00:00Z",
            ),
            ("from_unixtime(1700000000.25)", "2023-11-14T22:13:20.250Z"),
            ("from_unixtime(-1)", "1969-12-31T23:59:59Z"),
            ("from_unixtime(1e300)", "NULL"),
            (
                "to_unixtime(from_iso8601_timestamp('2026-01-01')) - to_unixtime('2025-12-31')",
                "86400.0",
            ),
        ],
    );
}

#[test]
fn counting_and_formatting_times() {
    check(
        &session(),
        &[
            (
                "date_diff('day', DATE '2026-01-01', from_iso8601_timestamp('2026-01-03T01:00:00Z'))",
                "2",
            ),
            (
                "date_diff('second', '2026-01-01', DATE '2026-01-02')",
                "86400",
            ),
            ("date_add('day', 7, DATE '2026-01-01')", "2026-01-08"),
            (
                "date_add('hour', -1, from_unixtime(0))",
                "1969-12-31T23:00:00Z",
            ),
            (
                "date_format(from_unixtime(1700000000), '%Y-%m-%d %H:%i:%s')",
                "2023-11-14 22:13:20",
            ),
            ("to_char(TIMESTAMP '2026-01-01 00:00:00', '%Y')", "2026"),
            ("day_of_week(DATE '2026-11-22')", "7"),
            ("year(from_unixtime(0))", "1970"),
            ("to_iso8601(DATE '2026-11-21')", "2026-11-21T00:00:00.000Z"),
        ],
    );
}

#[test]
fn regular_expressions_of_java_and_of_postgresql() {
    check(
        &session(),
        &[
            ("regexp_like('GetObject', '^Get')", "true"),
            ("regexp_replace('a1b2', '[0-9]')", "ab"),
            ("regexp_replace('a1b2', '[0-9]', 'x', 'g')", "axbx"),
            ("regexp_replace('a1b2', '([0-9])', '<\\1>', '')", "a<1>b2"),
            ("regexp_extract('abc', 'x')", "NULL"),
            (
                "regexp_extract_all('k1=a k2=b', '(k[0-9])=([a-z])', 2)",
                "[a, b]",
            ),
        ],
    );
}

/// The filter of a query's plan, in which the comparison is with the column.
fn filter_of(session: &SessionContext, condition: &str) -> String {
    let sql = format!("EXPLAIN SELECT count(*) FROM flows WHERE {condition}");
    let batches = query(session, &sql).unwrap();
    let plan = ArrayFormatter::try_new(batches[0].column(1), &FormatOptions::default()).unwrap();
    let plan = plan.value(0).to_string();
    let filter = plan.lines().find(|line| line.contains("Filter:"));
    filter.unwrap_or(&plan).trim().to_owned()
}

#[test]
fn comparisons_with_times_become_comparisons_with_columns() {
    let session = session();
    let start = Int64Array::from(vec![
        Some(1_700_000_000),
        Some(1_700_000_001),
        Some(-5),
        None,
    ]);
    let time = TimestampMillisecondArray::from(vec![
        Some(1_795_219_199_999),
        Some(1_795_219_200_000),
        Some(1_795_305_600_000),
        None,
    ]);
    let columns: [(&str, ArrayRef); 2] = [
        ("start", Arc::new(start)),
        ("time", Arc::new(time.with_timezone("UTC"))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    session.register_batch("flows", batch).unwrap();
    for (call, constant) in [
        ("from_unixtime(start)", "TIMESTAMP '2023-11-14 22:13:20'"),
        (
            "from_unixtime(start)",
            "from_iso8601_timestamp('2023-11-14T22:13:20Z')",
        ),
        ("date(time)", "DATE '2026-11-21'"),
    ] {
        for op in ["=", "<>", "<", "<=", ">", ">="] {
            let condition = format!("{call} {op} {constant}");
            let filter = filter_of(&session, &condition);
            assert!(!filter.contains("from_"), "{condition}: {filter}");
            // What is computed before it is compared cannot be rewritten.
            let slow = condition.replace(call, &format!("nullif({call}, NULL)"));
            let count = |condition: &str| {
                let sql = format!("SELECT count(*) FROM flows WHERE {condition}");
                texts(&query(&session, &sql).unwrap())
            };
            assert!(filter_of(&session, &slow).contains("from_"), "{slow}");
            assert_eq!(count(&condition), count(&slow), "{condition}");
        }
    }
}

const ROWS: &str =
    "(VALUES ('a', 1, 'x'), ('a', 3, 'y'), ('b', 2, NULL), ('b', NULL, 'z')) AS t(g, n, v)";

fn rows(select: &str) -> String {
    let sql = format!("SELECT {select}");
    texts(&query(&session(), &sql).unwrap_or_else(|e| panic!("{sql}: {e}"))).join(" ")
}

#[test]
fn aggregates() {
    let by_group = |call: &str| {
        rows(&format!(
            "g || '=' || coalesce(CAST({call} AS VARCHAR), '-') AS r FROM {ROWS} GROUP BY g ORDER BY r"
        ))
    };
    assert_eq!(by_group("count_if(n > 1)"), "a=1 b=1");
    assert_eq!(by_group("max_by(v, n)"), "a=y b=-");
    assert_eq!(by_group("min_by(v, n)"), "a=x b=-");
    assert_eq!(by_group("max_by(v, n) FILTER (WHERE n < 3)"), "a=x b=-");
    assert_eq!(by_group("arbitrary(v) FILTER (WHERE g = 'b')"), "a=- b=z");
    assert_eq!(rows(&format!("count_if(v IS NULL) FROM {ROWS}")), "1");
    assert_eq!(
        rows(&format!("approx_percentile(n, 0.5) FROM {ROWS}")),
        "2.0"
    );
    assert_eq!(
        rows(&format!(
            "count_if(n > 1) OVER (PARTITION BY g) FROM {ROWS} ORDER BY g"
        )),
        "1 1 1 1"
    );
    assert_eq!(
        rows(&format!(
            "g FROM {ROWS} GROUP BY g HAVING count_if(n = 3) > 0"
        )),
        "a"
    );
    let error = query(
        &session(),
        &format!("SELECT max_by(v, n) OVER () FROM {ROWS}"),
    )
    .unwrap_err();
    assert!(error.contains("first_value"), "{error}");
    let error = query(&session(), &format!("SELECT count_if(n) FROM {ROWS}")).unwrap_err();
    assert!(error.contains("takes a condition"), "{error}");
}

#[test]
fn a_rewritten_column_keeps_its_name() {
    let session = session();
    let sql = format!("SELECT count_if(n > 1) FROM {ROWS}");
    let batches = query(&session, &sql).unwrap();
    let schema = batches[0].schema();
    assert!(
        schema.field(0).name().starts_with("count_if("),
        "{schema:?}"
    );
}

#[test]
fn addresses_compare_as_addresses() {
    check(
        &session(),
        &[
            (
                "CAST('9.0.0.1' AS IPADDRESS) < CAST('10.0.0.0' AS IPADDRESS)",
                "true",
            ),
            ("CAST('10.0.0.1' AS IPADDRESS) > '9.255.255.255'", "true"),
            (
                "CAST('::ffff:10.0.0.1' AS IPADDRESS) = CAST('10.0.0.1' AS IPADDRESS)",
                "true",
            ),
            (
                "CAST('10.9.0.1' AS IPADDRESS) BETWEEN CAST('10.2.0.0' AS IPADDRESS) AND CAST('10.10.0.0' AS IPADDRESS)",
                "true",
            ),
            (
                "CAST('2001:db8::1' AS IPADDRESS) > CAST('255.255.255.255' AS IPADDRESS)",
                "true",
            ),
            (
                "CAST('s3.amazonaws.com' AS IPADDRESS) > CAST('10.0.0.0' AS IPADDRESS)",
                "NULL",
            ),
            ("CAST('s3.amazonaws.com' AS IPADDRESS)", "NULL"),
            ("TRY_CAST('2001:DB8::0' AS IPADDRESS)", "2001:db8::"),
            (
                "contains('10.0.0.0/8', CAST('10.1.2.3' AS IPADDRESS))",
                "true",
            ),
            (
                "CAST(json_extract('{\"a\": \"10.0.0.1\"}', '$.a') AS IPADDRESS)",
                "10.0.0.1",
            ),
            ("CAST('10.0.0.0/8' AS IPPREFIX)", "10.0.0.0/8"),
        ],
    );
}

#[test]
fn days_compare_with_the_text_of_a_folder() {
    check(
        &session(),
        &[
            ("DATE '2026-03-01' >= '2026/03/01'", "true"),
            ("'2026/02/28' >= DATE '2026-03-01'", "false"),
            (
                "DATE '2026-03-01' BETWEEN '2026/02/01' AND '2026/02/28'",
                "false",
            ),
            ("DATE '2026-03-01' IN ('2026/02/01', '2026/03/01')", "true"),
            ("DATE '2026-03-01' = '2026-03-01'", "true"),
            ("'2026/03/01' = '2026-03-01'", "false"),
        ],
    );
    assert!(value(&session(), "DATE '2026-03-01' > '2026/13/01'").is_err());
}

#[test]
fn bits_of_whole_numbers() {
    check(
        &session(),
        &[
            ("bitwise_and(18, 2)", "2"),
            ("bitwise_or(16, 2)", "18"),
            ("bitwise_xor(18, 2)", "16"),
            ("bitwise_and(NULL, 2)", "NULL"),
        ],
    );
    assert!(value(&session(), "bitwise_and('a', 2)").is_err());
}

#[test]
fn a_part_is_left_out_of_text() {
    check(
        &session(),
        &[
            ("replace('arn:aws:s3:::b/k', 'arn:aws:s3:::')", "b/k"),
            ("replace('aXbX', 'X', '-')", "a-b-"),
            ("replace(NULL, 'X')", "NULL"),
        ],
    );
    let error = value(&session(), "replace('a')").unwrap_err();
    assert!(error.contains("replace(text, part[, with])"), "{error}");
}
