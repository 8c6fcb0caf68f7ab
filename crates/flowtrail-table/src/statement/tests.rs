//! What statements are taken for, and what their parameters become.

use super::*;

fn one(text: &str) -> Statement {
    let mut all = Statement::parse(text).unwrap();
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn values(pairs: &[(&str, ParameterValue)]) -> ParameterValues {
    pairs
        .iter()
        .map(|(n, v)| ((*n).to_owned(), v.clone()))
        .collect()
}

#[test]
fn a_text_is_taken_apart() {
    let all = Statement::parse("SELECT ';' -- ;\n; SELECT 2;; ").unwrap();
    assert_eq!(all.len(), 2);
    assert!(Statement::parse("").unwrap().is_empty());
    assert!(Statement::parse("-- nothing\n;").unwrap().is_empty());
}

#[test]
fn nothing_is_run_of_a_text_that_breaks_off() {
    let error = Statement::parse("SELECT 1; SELEC 2").unwrap_err();
    let said = error.to_string();
    assert!(said.contains("SELEC"), "{said}");
    assert!(!said.contains("ParserError"), "{said}");
    let error = Statement::parse("SELECT 'a").unwrap_err().to_string();
    assert!(error.contains("Unterminated"), "{error}");
    let deep = format!("SELECT {}1{}", "(".repeat(9000), ")".repeat(9000));
    assert!(Statement::parse(&deep).is_err());
}

#[test]
fn a_shell_knows_when_to_ask_for_more() {
    for text in [
        "SELECT 1;",
        "SELECT ';' ; -- more",
        "SELECT 1; /* x */ \n",
        "SELECT \u{1};",
    ] {
        assert!(Statement::is_complete(text), "{text}");
    }
    for text in [
        "SELECT 1",
        "SELECT ';",
        "SELECT 1 /* ;",
        "SELECT \"a;",
        "SELECT 1 -- ;",
        "",
    ] {
        assert!(!Statement::is_complete(text), "{text}");
    }
}

#[test]
fn parameters_are_found_wherever_they_stand() {
    let text = "WITH t AS (SELECT $a AS x) SELECT f($b, x) FROM t JOIN u ON u.x = $c \
                WHERE x IN ($d, '$no') GROUP BY x HAVING count(*) > $e ORDER BY $f LIMIT $g";
    let asked: Vec<String> = one(text).parameters().into_iter().collect();
    assert_eq!(asked, ["a", "b", "c", "d", "e", "f", "g"]);
    let asked = one("EXPLAIN ANALYZE SELECT $a").parameters();
    assert!(asked.contains("a"));
    let copy = one("COPY (SELECT $a) TO 'x.csv'");
    assert!(copy.parameters().contains("a"));
    let bound = copy
        .bind(&values(&[("a", ParameterValue::Integer(1))]))
        .unwrap();
    assert!(bound.parameters().is_empty());
}

#[test]
fn a_value_can_not_become_sql() {
    let evil = ParameterValue::Text("' OR '1'='1'; DROP TABLE x; -- $b".to_owned());
    let bound = one("SELECT * FROM t WHERE x = $a AND y = $b");
    let bound = bound
        .bind(&values(&[("a", evil), ("b", ParameterValue::Null)]))
        .unwrap();
    assert_eq!(
        bound.into_parsed().to_string(),
        "SELECT * FROM t WHERE x = ''' OR ''1''=''1''; DROP TABLE x; -- $b' AND y = NULL"
    );
}

#[test]
fn what_has_no_value_is_named() {
    let error = one("SELECT $a, $b, $a").bind(&values(&[("c", ParameterValue::Null)]));
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "there is no value for `$a`, `$b`");
    assert_eq!(error.hint().unwrap(), "give --param a=… --param b=…");
}

#[test]
fn what_a_statement_is() {
    assert!(one("EXPLAIN SELECT 1").is_explain());
    assert!(one("EXPLAIN FORMAT TREE SELECT 1").is_explain());
    assert!(!one("SELECT 1").is_explain());
    let tables = one("SELECT * FROM cloudtrail JOIN (SELECT 1 FROM vpcflow) AS v").relations();
    assert_eq!(
        tables.into_iter().collect::<Vec<_>>(),
        ["cloudtrail", "vpcflow"]
    );
}
