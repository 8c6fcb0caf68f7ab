//! What the examples do not say.

use super::{check, session};

#[test]
fn names_lead_where_rules_look() {
    check(
        &session(),
        &[
            (
                r#"field_values('{"a": [[1, {"b": 2}], [], null]}', 'a')"#,
                "[1, NULL]",
            ),
            (
                r#"field_values('{"a": {"b.c": {"d": 1}}, "a.b": {"c.d": 2}}', 'a.b.c.d')"#,
                "[1, 2]",
            ),
            (r#"field_values('{"a": 1, "a": "x"}', 'a')"#, "[1, x]"),
            (r#"field_values('{"a": {"b": {}}}', 'a.b')"#, "[]"),
            (r#"field_values('{"a": []}', 'a')"#, "[]"),
            (r#"field_values('{"a": "b"}', 'a.b')"#, "NULL"),
            (r#"field_values('{"a": null}', 'a.b')"#, "NULL"),
            (r#"field_values('{"a": 1}', 'A')"#, "NULL"),
            (r#"field_values('{"a": "\u00e9\n1.50"}', 'a')"#, "[é\n1.50]"),
            (
                r#"field_values('[{"a": 1}, {"a": 1.50}]', 'a')"#,
                "[1, 1.50]",
            ),
            (r#"field_values('{"a": 1, "b": ', 'a')"#, "[1]"),
            ("field_values('no json', 'a')", "NULL"),
            (r#"field_values('"text"')"#, "[text]"),
            (
                r#"field_texts('{"a": [{"b": "{\"c\": 1}"}, 2]}', 'a')"#,
                r#"[{"b":"{"c": 1}"}, 2]"#,
            ),
            (r#"field_texts('{ "a" : 1 }')"#, r#"[{"a":1}]"#),
            (
                r#"leaf_values('{"a": null, "b": [], "c": [[["x"]]]}')"#,
                "[x]",
            ),
        ],
    );
}

#[test]
fn one_value_has_to_pass() {
    check(
        &session(),
        &[
            ("any_equals(NULL, 'x')", "false"),
            ("any_equals('x', NULL)", "false"),
            ("any_equals(['a', NULL, 'É'], ['é'])", "true"),
            ("any_equals('ΟΔΟΣ', 'οδος')", "true"),
            ("any_equals(7, '7')", "true"),
            ("any_contains('abc', '')", "true"),
            ("any_ends_with('', '')", "true"),
            ("any_starts_with('abc', ['b', 'AB'])", "true"),
            ("any_like('a\nb', 'A%B')", "true"),
            (r"any_like('100%', '100\%')", "true"),
            (r"any_like('100x', '100\%')", "false"),
            (r"any_like('a\b', 'a\\b')", "true"),
            (r"any_like('a.c', 'a.c')", "true"),
            ("any_like('abc', 'a.c')", "false"),
            ("any_like('éa', '_A')", "true"),
            ("any_regexp(['B'], 'b')", "false"),
            ("any_regexp(['B'], '(?i)b')", "true"),
            ("any_number('1.0', '=', 1)", "true"),
            ("any_number('1e3', '>', 999)", "true"),
            ("any_number(['inf', 'NaN', ' 5', ''], '>', 0)", "false"),
            ("any_number('-1', '<', 0.5)", "true"),
        ],
    );
}
