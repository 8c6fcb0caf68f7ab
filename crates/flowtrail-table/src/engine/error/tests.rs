use std::sync::Arc;

use datafusion::datasource::empty::EmptyTable;

use super::*;

async fn error(sql: &str) -> String {
    let ctx = SessionContext::new();
    for table in LogTable::ALL {
        let provider = EmptyTable::new(table.schema());
        ctx.register_table(table.name(), Arc::new(provider))
            .unwrap();
    }
    let error = match ctx.sql(sql).await {
        Ok(frame) => frame.into_optimized_plan().unwrap_err(),
        Err(error) => error,
    };
    QueryError::explain(&error, &Names::of(&ctx)).to_string()
}

#[tokio::test]
async fn a_wrong_column_names_the_nearest() {
    for (sql, expected) in [
        (
            "SELECT event_name FROM cloudtrail",
            "no column `event_name`\nhint: did you mean `eventname`? `DESCRIBE cloudtrail` lists the columns",
        ),
        (
            "SELECT t.evntname FROM cloudtrail t",
            "no column `evntname` in `t`\nhint: did you mean `eventname`?",
        ),
        (
            "SELECT accesskeyid FROM cloudtrail",
            "no column `accesskeyid`\nhint: did you mean `useridentity.accesskeyid`?",
        ),
        (
            "SELECT \"eventName\" FROM cloudtrail",
            "no column `eventName`\nhint: did you mean `eventname`?",
        ),
        (
            "SELECT dst_port FROM vpcflow",
            "no column `dst_port`\nhint: did you mean `dstport`?",
        ),
        (
            "SELECT sourceaddress FROM vpcflow",
            "no column `sourceaddress`\nhint: did you mean `srcaddr`?",
        ),
        (
            "SELECT 1 FROM cloudtrail WHERE timestamp >= '2026/03/01'",
            "no column `timestamp`\nhint: did you mean `day`?",
        ),
        (
            "SELECT r.arn FROM cloudtrail CROSS JOIN UNNEST(resorces) AS t(r)",
            "no column `resorces`\nhint: did you mean `resources`?",
        ),
        (
            "SELECT max(eventtme) FROM cloudtrail",
            "no column `eventtme`\nhint: did you mean `eventtime`",
        ),
        (
            "SELECT 1 FROM cloudtrail WHERE useridentity.sessioncontext.atributes.mfaauthenticated = 'x'",
            "no field `atributes` in this struct\nhint: did you mean `attributes`?",
        ),
        (
            "SELECT resources[1]['arnn'] FROM cloudtrail",
            "no field `arnn` in this struct\nhint: did you mean `arn`?",
        ),
        (
            "SELECT cloudtrial.eventname FROM cloudtrail",
            "no table `cloudtrial` in this `FROM`\nhint: did you mean `cloudtrail`? it has `cloudtrail`",
        ),
        (
            "SELECT x.eventname FROM cloudtrail t JOIN vpcflow f ON t.account = f.account_id",
            "no table `x` in this `FROM`\nhint: it has `t`, `f`",
        ),
        (
            "SELECT xyzzy FROM vpcflow",
            "no column `xyzzy`\nhint: `DESCRIBE vpcflow` lists the columns",
        ),
        (
            "SELECT useridentity.arnn FROM cloudtrail",
            "no field `arnn` in this struct\nhint: did you mean `arn`?",
        ),
    ] {
        let is = error(sql).await;
        assert!(is.starts_with(expected), "{sql}: {is}");
    }
}

#[tokio::test]
async fn a_wrong_table_names_the_nearest_and_all() {
    assert_eq!(
        error("SELECT 1 FROM cloudtrial").await,
        "no table `cloudtrial`\nhint: did you mean `cloudtrail`? the tables are \
         `cloudtrail`, `cloudtrail_insights`, `tgwflow`, `vpcflow`"
    );
    assert!(
        error("SELECT 1 FROM zzz")
            .await
            .contains("hint: the tables are")
    );
}

#[tokio::test]
async fn a_wrong_function_names_the_nearest() {
    let is = error("SELECT regexp_lik(eventname, 'x') FROM cloudtrail").await;
    assert!(
        is.starts_with("no function `regexp_lik`\nhint: did you mean `regexp_like`?"),
        "{is}"
    );
    let is = error("SELECT qqqqqqqq(1)").await;
    assert_eq!(
        is,
        "no function `qqqqqqqq`\nhint: `SHOW FUNCTIONS` lists the functions"
    );
}

#[tokio::test]
async fn functions_of_every_sort_are_known() {
    for (sql, expected) in [
        (
            "SELECT rnk() OVER (ORDER BY time) FROM cloudtrail",
            "no function `rnk`\nhint: did you mean `rank`?",
        ),
        (
            "SELECT approx_distnct(eventname) FROM cloudtrail",
            "no function `approx_distnct`\nhint: did you mean `approx_distinct`?",
        ),
        (
            "SELECT * FROM unnst(make_array(1))",
            "no function `unnst` that makes a table\nhint: did you mean `unnest`?",
        ),
        (
            "SELECT 1 FROM information_schema.tabels",
            "no table `information_schema.tabels`\nhint: did you mean `tables`?",
        ),
    ] {
        let is = error(sql).await;
        assert!(is.starts_with(expected), "{sql}: {is}");
    }
}

#[tokio::test]
async fn a_day_that_is_none_says_how_to_write_one() {
    assert_eq!(
        error("SELECT 1 FROM vpcflow WHERE day >= '2021-99-01'").await,
        "cannot cast string '2021-99-01' to value of Date32 type\nhint: write a day as '2026-03-01'"
    );
}

#[tokio::test]
async fn other_errors_are_sentences_of_ours() {
    let is = error("SELEC 1").await;
    assert!(
        is.starts_with("Expected") || is.starts_with("expected"),
        "{is}"
    );
    assert!(
        !is.contains("sql parser error") && !is.contains("backtrace"),
        "{is}"
    );
    assert_eq!(
        tidy("Error during planning: Something odd."),
        "something odd"
    );
    assert_eq!(tidy("SELECT is not all."), "SELECT is not all");
    assert_eq!(tidy("  "), "the query failed");
}

#[test]
fn near_is_not_just_anything() {
    let names = ["srcaddr", "dstaddr", "srcport"].map(String::from);
    assert_eq!(nearest(&names, "src_addr"), ["srcaddr"]);
    assert_eq!(nearest(&names, "SRCPORT"), ["srcport"]);
    assert_eq!(nearest(&names, "addr"), ["dstaddr", "srcaddr"]);
    assert!(nearest(&names, "eventname").is_empty());
    assert!(nearest(&names, "").is_empty());
}
