//! Filters as SQL.

use proptest::prelude::*;
use proptest::sample::select;

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

pub(super) fn trail_filters() -> BoxedStrategy<String> {
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

pub(super) fn flow_filters() -> BoxedStrategy<String> {
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
            1 => select(vec!["dstport % 2 = 0", "bytes / packets > 4", "srcport = dstport", "start < \"end\"", "srcport <> protocol"]).prop_map(str::to_owned),
        ]
        .boxed(),
    )
}
