//! What documentation says, and what holds for every function.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use super::super::Knowledge;
use super::super::entries;
use super::super::entry::{Argument, Entry, Need};
use super::super::kind::Kind;
use super::mmdb::{Value, text};
use super::places;
use super::{check, query, session, session_with, texts, value};

#[test]
fn every_example_answers_as_it_says() {
    let session = session();
    for entry in entries() {
        let (call, answer) = entry.example;
        assert_eq!(value(&session, call).as_deref(), Ok(answer), "{call}");
        let names = entry.aliases.iter().chain([&entry.name]);
        let own = names
            .into_iter()
            .any(|name| call.contains(&format!("{name}(")));
        assert!(own, "{call} is about `{}`", entry.name);
    }
}

#[test]
fn every_function_is_described_and_listed() {
    let page = include_str!("../mod.rs");
    for entry in entries() {
        assert!(
            entry.doc.ends_with('.') && entry.doc.len() > 6,
            "{}",
            entry.name
        );
        let quoted = format!("`{}`", entry.name);
        let rows = page.lines().filter(|line| line.starts_with("//! | `"));
        let times: usize = rows.map(|row| row.matches(&quoted).count()).sum();
        assert_eq!(times, 1, "`{}` in the table", entry.name);
        let late = entry.arguments.iter().skip_while(|a| !a.optional);
        assert!(late.into_iter().all(|a| a.optional), "{}", entry.name);
    }
    let session = session_with(Knowledge::default());
    let listed = query(&session, "SELECT DISTINCT routine_name FROM information_schema.routines WHERE description IS NOT NULL AND syntax_example IS NOT NULL").unwrap();
    let listed = texts(&listed);
    for name in entries().flat_map(|entry| entry.aliases.iter().chain([&entry.name])) {
        assert!(
            listed.iter().any(|l| l == name),
            "`{name}` in information_schema"
        );
    }
    let shown = query(&session, "SHOW FUNCTIONS").unwrap();
    let shown = texts(&shown);
    for entry in entries() {
        assert!(
            shown.iter().any(|l| l == entry.name),
            "`{}` in SHOW FUNCTIONS",
            entry.name
        );
    }
}

/// A literal that a kind takes.
fn literal(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Texts | Kind::Bytes | Kind::Identity | Kind::Scalar | Kind::Values => {
            "'x'"
        }
        Kind::Integer | Kind::Number => "1",
        Kind::Flag => "true",
        Kind::Moment => "'2026-11-21T19:20:00Z'",
    }
}

#[test]
fn a_null_makes_the_answer_null() {
    let session = session();
    for entry in entries() {
        // These say what a null means.
        if ["is_readonly", "outcome", "field_absent"].contains(&entry.name)
            || entry.name.starts_with("any_")
        {
            continue;
        }
        for at in 0..entry.required() {
            let argument = |(ix, a): (usize, &Argument)| {
                if ix == at { "NULL" } else { literal(a.kind) }
            };
            let arguments = entry.arguments.iter().take(entry.required());
            let arguments: Vec<_> = arguments.enumerate().map(argument).collect();
            let call = format!("{}({})", entry.name, arguments.join(", "));
            assert_eq!(value(&session, &call).as_deref(), Ok("NULL"), "{call}");
        }
    }
    check(
        &session,
        &[
            ("is_readonly(NULL, true)", "true"),
            ("is_readonly(NULL, NULL)", "NULL"),
            ("is_readonly('PutObject')", "false"),
            ("is_readonly('AssumeRole')", "NULL"),
            ("is_readonly('PutObject', 'true')", "true"),
            ("outcome(NULL)", "success"),
            (
                "outcome(NULL, NULL, '{\"ConsoleLogin\": \"Failure\"}')",
                "denied",
            ),
        ],
    );
}

const ROWS: [Option<&str>; 7] = [
    Some("{\"a\": [1, \"arn:aws:iam::111122223333:user/x\"]}"),
    None,
    Some("10.16.4.5"),
    Some("2026-11-21T19:20:00Z"),
    Some("https://h/p?x=y"),
    Some(""),
    Some("GetObject"),
];

/// The arguments of a call behind the first one.
fn rest_of(entry: &Entry) -> String {
    let rest = entry.arguments.iter().take(entry.required()).skip(1);
    let value = |name: &str, kind| match name {
        "path" => "'$.a[1]'",
        "pattern" => "'a'",
        "part" => "'name'",
        "operator" => "'<='",
        _ => literal(kind),
    };
    rest.map(|a| format!(", {}", value(a.name, a.kind)))
        .collect()
}

#[test]
fn every_width_of_text_is_the_same() {
    let session = session();
    let view: ArrayRef = Arc::new(StringViewArray::from(ROWS.to_vec()));
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let types = [
        DataType::Utf8View,
        DataType::Utf8,
        DataType::LargeUtf8,
        dictionary,
    ];
    for (ix, data_type) in types.iter().enumerate() {
        let batch = RecordBatch::try_from_iter([("t", cast(&view, data_type).unwrap())]).unwrap();
        session.register_batch(format!("t{ix}"), batch).unwrap();
    }
    for entry in entries() {
        let (name, rest) = (entry.name, rest_of(entry));
        let of_unit = entry.arguments[0].name == "unit";
        if of_unit || !entry.arguments[0].kind.fits(&DataType::Utf8View) {
            continue;
        }
        let over = |ix| {
            let sql = format!("SELECT {name}(t{rest}) FROM t{ix}");
            texts(&query(&session, &sql).unwrap())
        };
        let answers: Vec<_> = (0..types.len()).map(over).collect();
        assert_eq!(answers[0].len(), ROWS.len(), "{name}");
        assert!(
            answers.iter().all(|a| *a == answers[0]),
            "{name}: {answers:?}"
        );
        // A constant is answered as the same value in a row.
        for (row, expected) in ROWS.iter().zip(&answers[0]).filter(|_| is_lenient(entry)) {
            let Some(row) = row else { continue };
            let call = format!("{name}('{row}'{rest})");
            assert_eq!(value(&session, &call).as_ref(), Ok(expected), "{call}");
        }
    }
}

/// A constant that is wrong is an error where time or a network is read.
fn is_lenient(entry: &Entry) -> bool {
    entry.arguments[0].kind != Kind::Moment && entry.name != "cidr_contains"
}

#[test]
fn places_of_addresses_and_accounts() {
    check(
        &session(),
        &[
            ("segment('10.16.4.5')", "database"),
            ("segment('10.16.5.5')", "NULL"),
            ("environment('10.16.5.5')", "production"),
            (
                "environment('10.30.0.5', '2026-05-31T23:59:59Z')",
                "development",
            ),
            (
                "environment('10.30.0.5', TIMESTAMP '2026-06-01 00:00:00')",
                "production",
            ),
            (
                "environment('10.30.0.5', from_unixtime(1780271999))",
                "development",
            ),
            ("environment('111122225555')", "development"),
            ("environment('999999999999')", "NULL"),
            ("environment('config.amazonaws.com')", "NULL"),
            ("account_alias('111122225555')", "shop-dev"),
            ("segment('::ffff:10.16.4.5')", "database"),
        ],
    );
}

#[test]
fn files_of_other_makers() {
    let flat = Value::Map(vec![
        ("country_code", text("FR")),
        ("asn", text("AS64501")),
        ("name", text("N")),
    ]);
    let session = session_with(Knowledge {
        context: None,
        places: Some(places(&[flat])),
    });
    check(
        &session,
        &[
            ("country('203.0.113.255')", "FR"),
            ("country('203.0.114.0')", "NULL"),
            ("country('2001:db8::1')", "NULL"),
            ("country('::ffff:203.0.113.1')", "FR"),
            ("country('config.amazonaws.com')", "NULL"),
            ("asn('203.0.113.0')", "64501"),
            ("as_name('203.0.113.0')", "N"),
        ],
    );
}

#[test]
fn functions_that_need_knowledge_say_how_to_give_it() {
    let session = session_with(Knowledge::default());
    for entry in entries() {
        let answer = value(&session, entry.example.0);
        let flag = match entry.needs {
            Some(Need::Field) | None => {
                assert_eq!(answer.as_deref(), Ok(entry.example.1), "{}", entry.name);
                continue;
            }
            Some(Need::Context) => "--context FILE",
            Some(Need::Countries | Need::Systems) => "--geo FILE",
        };
        let error = answer.unwrap_err();
        assert!(
            error.contains(flag) && error.contains(entry.name),
            "{error}"
        );
    }
}
