//! The queries that ship, and how their heads are read.

use std::collections::BTreeSet;

use super::*;
use crate::statement::Statement;

fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn every_file_ships_and_its_head_is_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut there: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        there.push(file.strip_suffix(".sql").unwrap().to_owned());
    }
    there.sort();
    let shipped: Vec<&str> = files::FILES.iter().map(|(name, _)| *name).collect();
    assert_eq!(there, shipped);
    for (name, text) in files::FILES {
        NamedQuery::parse(name, text).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    assert_eq!(NamedQuery::all().len(), files::FILES.len());
}

#[test]
fn every_query_says_what_it_is_for_and_takes_what_it_says() {
    for q in NamedQuery::all() {
        let name = &q.name;
        assert!(
            !q.title.is_empty() && q.title.len() <= 80,
            "{name}: {}",
            q.title
        );
        assert!(!q.title.ends_with('.'), "{name}");
        assert!(q.parameters.iter().all(|p| !p.doc.is_empty()), "{name}");
        for t in &q.techniques {
            let digits = t.strip_prefix('T').unwrap_or("");
            assert!(
                digits.len() >= 4 && digits.chars().all(|c| c.is_ascii_digit() || c == '.'),
                "{t}"
            );
        }
        let statements = Statement::parse(&q.text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(statements.len(), 1, "{name}");
        let told: BTreeSet<String> = q.parameters.iter().map(|p| p.name.clone()).collect();
        assert_eq!(told.len(), q.parameters.len(), "{name} names one twice");
        assert_eq!(statements[0].parameters(), told, "{name}");
    }
}

#[test]
fn a_query_for_athena_uses_what_athena_has() {
    let ours = ["time", "account", "region", "day"];
    let functions = [
        "principal(",
        "api(",
        "session(",
        "ua_family(",
        "ip_class(",
        "is_readonly(",
    ];
    let athena: Vec<_> = NamedQuery::all().iter().filter(|q| q.athena).collect();
    assert!(athena.len() >= 3);
    for q in athena {
        let words = q.text.lines().filter(|l| !l.starts_with("--"));
        let sql: String = words.collect::<Vec<_>>().join(" ");
        let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert!(words.all(|w| !ours.contains(&w)), "{}", q.name);
        assert!(functions.iter().all(|f| !sql.contains(f)), "{}", q.name);
    }
}

#[test]
fn heads_are_read() {
    let text = "-- A title\n-- in two lines\n--\n-- One.\n--\n-- Two\n-- lines.\n-- @param a text; what\n\
                -- @param b integer = 3; how many; at most\n--@param c list optional; which\n\
                -- @attack T1 T2.3\n-- @athena yes\nSELECT $a, $b, $c -- @param no text; no\n";
    let q = NamedQuery::parse("x", text).unwrap();
    assert_eq!(q.title, "A title in two lines");
    assert_eq!(q.description, "One.\n\nTwo lines.");
    assert_eq!(q.techniques, ["T1", "T2.3"]);
    assert!(q.athena);
    let told: Vec<_> = q
        .parameters
        .iter()
        .map(|p| (p.name.as_str(), p.kind, &p.default, p.doc.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "a",
                ParameterKind::Text,
                &ParameterDefault::Required,
                "what"
            ),
            (
                "b",
                ParameterKind::Integer,
                &ParameterDefault::Is("3".into()),
                "how many; at most"
            ),
            ("c", ParameterKind::List, &ParameterDefault::Null, "which"),
        ]
    );
    let bare = NamedQuery::parse("y", "SELECT 1").unwrap();
    assert_eq!((bare.title.as_str(), bare.parameters.len()), ("", 0));
}

#[test]
fn what_is_wrong_with_a_head_is_said() {
    for (line, words) in [
        ("-- @parm a text; x", "`@parm` is none of"),
        ("-- @param a; x", "write `@param NAME KIND"),
        ("-- @param a text x", "write `@param NAME KIND"),
        ("-- @param a string; x", "`string` is none of text, integer"),
        (
            "-- @param a integer = x; y",
            "the default `x` is no integer: write",
        ),
        ("-- @athena maybe", "write `@athena yes`"),
    ] {
        let error = NamedQuery::parse("x", &format!("-- T\n{line}\nSELECT 1")).unwrap_err();
        assert_eq!(error.line, 2);
        assert!(error.message.contains(words), "{error}");
    }
}

#[test]
fn values_are_those_given_or_the_defaults() {
    let q = NamedQuery::find("around").unwrap();
    let values = q
        .values(&given(&[("at", "2026-03-03"), ("within", "1h")]))
        .unwrap();
    assert_eq!(values["within"], ParameterValue::Duration(3600));
    assert_eq!(values["principal"], ParameterValue::Null);
    let values = q.values(&given(&[
        ("at", "2026-03-03"),
        ("within", "1h"),
        ("within", "2m"),
    ]));
    assert_eq!(values.unwrap()["within"], ParameterValue::Duration(120));
    let error = q.values(&[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`around` needs a value for `at`: the middle"
    );
    assert_eq!(error.hint().as_deref(), Some("give --param at=…"));
    let error = q.values(&given(&[("a", "x")])).unwrap_err();
    assert_eq!(
        error.hint().as_deref(),
        Some("it takes `at`, `within`, `principal`")
    );
    let error = q.values(&given(&[("at", "noon")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`noon` is no time for `at`: write it as 2026-11-21 or 2026-11-21T10:00 (UTC)"
    );
}

#[test]
fn a_wrong_name_finds_the_right_one() {
    let hint = |name| NamedQuery::find(name).unwrap_err().hint().unwrap();
    assert_eq!(hint("root-used"), "did you mean `root-use`?");
    assert!(hint("denied").contains("`access-denied-apis`, `access-denied-by-principal`"));
    assert_eq!(hint("weather"), "`flowtrail query --list` lists them");
    assert_eq!(hint(""), "`flowtrail query --list` lists them");
    assert_eq!(
        hint(&"x".repeat(100_000)),
        "`flowtrail query --list` lists them"
    );
    let denied: Vec<_> = NamedQuery::all()
        .iter()
        .filter(|q| q.is_about("Denied calls"))
        .collect();
    assert_eq!(denied.len(), 2);
}
