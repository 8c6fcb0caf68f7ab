//! What is said of a query that is wrong.

use super::{check, session, session_with, value};
use crate::functions::Knowledge;

#[test]
fn wrong_arguments_name_the_nearest_use() {
    let session = session();
    for (call, parts) in [
        (
            "json_extract_scalar('{}')",
            [
                "takes 2 arguments, not 1",
                "json_extract_scalar(json, path)",
            ],
        ),
        (
            "json_extract_scalar()",
            ["takes 2 arguments, not 0", "hint:"],
        ),
        (
            "split('a')",
            ["takes 2 or 3 arguments", "split(text, delimiter[, limit])"],
        ),
        (
            "principal('a', 'b', 'c', 'd', 'e', 'f')",
            ["takes 1 to 5 arguments", "useridentity[, eventtype"],
        ),
        (
            "json_extract_scalar(1, '$.a')",
            ["takes text as `json`, not Int64", "CAST(… AS VARCHAR)"],
        ),
        (
            "api(named_struct('a', 1), 'x')",
            ["takes text as `eventsource`", "name one of its fields"],
        ),
        (
            "url_decode(['a'])",
            ["takes text as `text`", "name one element"],
        ),
        ("split(now(), '-')", ["takes text as `text`", "to_iso8601"]),
        (
            "date_diff('day', 1700000000, now())",
            ["a point in time as `from`", "from_unixtime"],
        ),
        (
            "from_unixtime(now())",
            ["takes a number as `seconds`", "to_unixtime"],
        ),
        (
            "date_add('day', '1', now())",
            ["a whole number as `count`", "CAST(… AS BIGINT)"],
        ),
        (
            "principal(1)",
            ["a user identity", "the column `useridentity`"],
        ),
        (
            "cidr_contains([1], 'x')",
            ["text or a list of texts", "CAST"],
        ),
        (
            "is_readonly('a', 1)",
            ["takes a boolean as `readonly`", "comparison"],
        ),
        (
            "if(1=1)",
            ["does not take", "if(condition, then[, otherwise])"],
        ),
        ("element_at(1, 2)", ["does not take", "element_at("]),
    ] {
        let error = value(&session, call).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{call}: {error}");
        }
    }
}

#[test]
fn wrong_constants_are_errors_and_wrong_rows_are_null() {
    let session = session();
    for (call, part) in [
        ("json_extract_scalar('{}', 'a.b')", "`$.a.b`"),
        ("json_extract_scalar('{}', '$.a[*]')", "json_values"),
        ("regexp_extract('a', '(')", "no regular expression"),
        ("regexp_extract('a', 'a', 1)", "has no group 1"),
        ("regexp_replace('a', 'a', 'b', 'x')", "no flag"),
        ("date_diff('fortnight', now(), now())", "no unit"),
        (
            "date_add('hour', 1, DATE '2026-01-01')",
            "CAST(… AS TIMESTAMP)",
        ),
        ("date_format(now(), '%D')", "not supported"),
        ("parse_datetime('x', 'yyyy-MM-ddTHH')", "apostrophes"),
        (
            "from_iso8601_timestamp('yesterday')",
            "2026-11-21T19:20:00Z",
        ),
        ("cidr_contains('10.0.0.0/33', '10.0.0.1')", "no network"),
        ("arn_part('arn:aws:s3:::x', 'bucket')", "no part of an ARN"),
        ("split_part('a', ',', 0)", "counts from 1"),
        ("split('a', '')", "one character"),
        ("is_readonly('a', 'perhaps')", "perhaps"),
    ] {
        let error = value(&session, call).unwrap_err();
        assert!(error.contains(part), "{call}: {error}");
    }
    let one =
        |expression: &str| format!("(SELECT {expression} FROM (VALUES ('yesterday')) AS t(x))");
    for expression in [
        "from_iso8601_timestamp(x)",
        "date_parse(x, '%Y')",
        "cidr_contains(x, '10.0.0.1')",
        "json_extract(x, '$.a')",
        "url_extract_host(x)",
        "from_base64('?' || x)",
        "aws_account(x)",
        "json_parse(x)",
        "ip_class(x)",
        "is_readonly('Do', x)",
    ] {
        assert_eq!(
            value(&session, &one(expression)).as_deref(),
            Ok("NULL"),
            "{expression}"
        );
    }
    check(
        &session,
        &[(&one("cidr_contains('10.0.0.0/8', x)"), "false")],
    );
}

#[test]
fn an_unknown_function_names_the_nearest() {
    let session = session_with(Knowledge::default());
    for (call, meant) in [
        ("json_extrac_scalar('{}', '$')", "json_extract_scalar"),
        ("cidr_contain('a', 'b')", "cidr_contains"),
    ] {
        let error = value(&session, call).unwrap_err();
        assert!(error.contains(meant), "{error}");
    }
}
