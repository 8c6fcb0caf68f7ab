//! `flowtrail export ddl`: what the statements say. Whether other engines take
//! them `tests/engines` shows.

use crate::cli::{Ran, at_top, folder, run};

/// The sample, compacted once for all.
fn compacted() -> &'static str {
    static FOLDER: std::sync::OnceLock<(tempfile::TempDir, String)> = std::sync::OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder
            .path()
            .join("it's compacted")
            .to_str()
            .unwrap()
            .to_owned();
        let args = ["compact", "sample-logs", "--to", &dest];
        let ran = crate::support::flowtrail(&crate::support::root(), &args);
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        (folder, dest)
    };
    &FOLDER.get_or_init(make).1
}

fn ddl(args: &[&str]) -> Ran {
    let mut words = vec!["export", "ddl", "--for"];
    words.extend(args);
    words.push(compacted());
    Ran::of(crate::support::flowtrail(&crate::support::root(), &words))
}

#[test]
fn athena_computes_its_partitions() {
    let ran = ddl(&[
        "athena",
        "--location",
        "s3://bucket/logs/",
        "--database",
        "security",
    ]);
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    for part in [
        "CREATE EXTERNAL TABLE IF NOT EXISTS `security`.`cloudtrail` (\n  `eventversion` string COMMENT '",
        "`useridentity` struct<type:string,",
        "`resources` array<struct<arn:string,",
        "`record` string",
        "PARTITIONED BY (`account` string, `region` string, `day` string)\nSTORED AS PARQUET\n",
        "LOCATION 's3://bucket/logs/table=cloudtrail/'",
        "'projection.account.type' = 'enum'",
        "'projection.day.format' = 'yyyy-MM-dd'",
        "'storage.location.template' = 's3://bucket/logs/table=cloudtrail/account=${account}/region=${region}/day=${day}'",
        "CREATE OR REPLACE VIEW \"security\".\"vpcflow_plain\" AS",
        "  \"end\" AS end_time,",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let accounts: Vec<_> = std::fs::read_dir(compacted().to_owned() + "/table=cloudtrail")
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for account in accounts {
        let account = account.strip_prefix("account=").unwrap();
        assert!(ran.out.contains(account), "{account}");
    }
    assert!(!ran.out.contains("2013-11-13,NOW"), "{}", ran.out);
    let ran = ddl(&[
        "athena",
        "--location",
        "s3://b",
        "--inject-accounts",
        "--table",
        "cloudtrail",
    ]);
    assert!(
        ran.out.contains("'projection.account.type' = 'injected'"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("vpcflow"), "{}", ran.out);
}

#[test]
fn duckdb_reads_from_wherever_it_is_started() {
    let ran = ddl(&["duckdb"]);
    assert_eq!(ran.status, Some(0));
    let files = format!(
        "{}/table=vpcflow/*/*/*/*.parquet'",
        compacted().replace('\'', "''")
    );
    assert!(ran.out.contains(&files), "{files} in\n{}", ran.out);
    assert!(ran.out.contains("'account': VARCHAR"), "{}", ran.out);
    assert!(!ran.out.contains("httpfs"));
    let ran = ddl(&["duckdb", "--location", "s3://bucket/x"]);
    assert!(ran.out.starts_with("INSTALL httpfs;"), "{}", ran.out);
}

#[test]
fn spark_is_told_to_look_for_partitions() {
    let ran = ddl(&["spark", "--location", "s3://bucket/x", "--table", "vpcflow"]);
    for part in [
        "USING PARQUET\nPARTITIONED BY (`account`, `region`, `day`)\nLOCATION 's3a://bucket/x/table=vpcflow'",
        "  `day` date\n",
        "MSCK REPAIR TABLE `vpcflow`;",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    // A flow's region stands in the path and once in the table.
    assert_eq!(ran.out.matches("  `region` ").count(), 1);
}

#[test]
fn what_is_said_need_not_be_looked_for() {
    let said = "export ddl --for athena --table cloudtrail --account 111122223333 --region eu-west-1 \
                --first-day 2026-02-03 s3://no-such-bucket/x";
    let ran = at_top(said);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ran.out
            .contains("'projection.day.range' = '2026-02-03,NOW'"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("'projection.account.values' = '111122223333'"),
        "{}",
        ran.out
    );
}

#[test]
fn raw_logs_have_the_forms_of_aws() {
    let raw = "export ddl --for athena --raw --account 111122223333 --region eu-west-1 \
               --first-day 2026-02-03 s3://bucket/AWSLogs";
    let ran = at_top(raw);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    for part in [
        "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
        "org.apache.hive.hcatalog.data.JsonSerDe",
        "'s3://bucket/AWSLogs/${log_account}/CloudTrail/${log_region}/${log_day}'",
        "'projection.log_day.range' = '2026/02/03,NOW'",
        "'skip.header.line.count' = '1'",
        "  `srcaddr` string",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let args = [
        "export",
        "ddl",
        "--for",
        "athena",
        "--raw",
        "--table",
        "vpcflow",
        "--account",
        "1",
        "--region",
        "x",
        "--first-day",
        "2026-01-01",
        "--flow-format",
        "${end} ${flow-direction}",
        "s3://b/AWSLogs",
    ];
    let ran = Ran::of(crate::support::flowtrail(&crate::support::root(), &args));
    let end = ran.out.find("`end` bigint").unwrap();
    assert!(
        end < ran.out.find("`flow_direction` string").unwrap(),
        "{}",
        ran.out
    );
    at_top("export ddl --for spark --raw s3://b/x").refused(&["--raw", "hint: "]);
    at_top("export ddl --for athena --raw s3://b/x").refused(&["--first-day", "hint: "]);
}

#[test]
fn what_can_not_be_made_is_refused() {
    let empty = folder(&[("a.txt", "")]);
    run(empty.path(), "export ddl --for duckdb .").refused(&["nothing was compacted", "hint: "]);
    run(empty.path(), "export ddl --for athena .").refused(&["--location", "hint: "]);
    at_top("export ddl --for athena --raw --first-day 2026-01-01 s3://b/x")
        .refused(&["--account", "--inject-accounts"]);
}
