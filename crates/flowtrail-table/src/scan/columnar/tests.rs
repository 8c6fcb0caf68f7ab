//! Compacted files against the raw logs that they were made of.

mod beside;
mod damaged;
mod moving;
mod plans;
mod within;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use flowtrail_event::{Event, Flow, Limits, Note, Sink, Skip};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use tempfile::TempDir;

use crate::compact::Destination;
use crate::engine::sandbox::{compact, engine, over, plan, rows, rows_and_sums, simulated};
use crate::engine::{Engine, EngineOptions};
use crate::scan::Logs;
use crate::schema::{Holds, LogTable};
use crate::store::Source;

/// Logs, and what they were compacted to.
struct Both {
    folder: TempDir,
}

impl Both {
    fn raw(&self) -> PathBuf {
        self.folder.path().join("raw")
    }

    fn to(&self) -> PathBuf {
        self.folder.path().join("to")
    }

    fn dest(&self) -> Destination {
        Destination::folder(&self.to()).unwrap()
    }

    /// The same statement over raw logs, by columns, and row by row.
    async fn all(&self, sql: &str) -> [Vec<String>; 3] {
        let mut answers = Vec::new();
        for engine in [
            over(&[&self.raw()]),
            over(&[&self.to()]),
            by_rows(&self.to()),
        ] {
            answers.push(rows(&engine, sql).await);
        }
        answers.try_into().unwrap()
    }

    async fn same(&self, sql: &str) -> Vec<String> {
        let [raw, columns, rows] = self.all(sql).await;
        assert_eq!(raw, columns, "{sql}");
        assert_eq!(raw, rows, "{sql}");
        raw
    }
}

fn by_rows(folder: &Path) -> Engine {
    engine(EngineOptions {
        logs: Logs {
            sources: vec![Source::Local(folder.to_owned())].into(),
            by_rows: true,
            ..Logs::default()
        },
        ..EngineOptions::default()
    })
}

async fn both(objects: impl IntoIterator<Item = (String, Vec<u8>)>) -> Both {
    let both = Both {
        folder: tempfile::tempdir().unwrap(),
    };
    for (key, bytes) in objects {
        let path = both.raw().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    compact(&both.raw(), &both.dest(), |_| {}).await;
    both
}

/// Simulated logs, without the copies of records that AWS delivers: those are
/// rows of raw logs, and of compacted ones they are none.
fn once() -> BTreeMap<String, Vec<u8>> {
    struct Records<'s> {
        seen: &'s mut BTreeSet<Vec<u8>>,
        new: Vec<String>,
    }
    impl Sink for Records<'_> {
        fn event(&mut self, event: &mut Event<'_>) -> Flow {
            if self.seen.insert(event.json()) {
                self.new.push(String::from_utf8(event.json()).unwrap());
            }
            Flow::Continue
        }
        fn skip(&mut self, _: Skip) {}
        fn note(&mut self, _: Note) {}
    }
    let mut seen = BTreeSet::new();
    let (wanted, limits) = (Projections::default(), Limits::default());
    let mut reader = ObjectReader::new(&wanted, &limits, ScanOptions::default());
    let mut object = |(key, bytes): (String, Vec<u8>)| {
        if !key.contains("/CloudTrail/") {
            return (key, bytes);
        }
        let (seen, new) = (&mut seen, Vec::new());
        let mut records = Records { seen, new };
        reader.read(bytes.as_slice(), &mut records);
        let new: Vec<&str> = records.new.iter().map(String::as_str).collect();
        (key, trail(&new))
    };
    let logs = simulated()
        .into_iter()
        .filter(|(key, _)| key.ends_with(".gz"));
    logs.map(&mut object).collect()
}

fn trail(records: &[&str]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// Records that are all there is to a column: values of every shape, none, and
/// accounts and regions that are no names of folders.
async fn shapes() -> Both {
    let aws = "AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/01/a.json";
    let calls = trail(&[
        r#"{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventName":"A","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","eventID":"1","recipientAccountId":"111111111111","userIdentity":{"type":"AssumedRole","arn":"arn:1","accountId":"999999999999","sessionContext":{"attributes":{"mfaAuthenticated":"true","creationDate":"x"},"sessionIssuer":{"type":"Role","arn":"r"}}},"requestParameters":{"bucketName":"b","n":1.50},"responseElements":null,"resources":[{"ARN":"x","accountId":"1","type":"T"},{"ARN":"y"},null],"readOnly":true,"managementEvent":false,"brandNew":{"x":[1, 2]},"tlsDetails":{"tlsVersion":"TLSv1.3"}}"#,
        r#"{"eventVersion":"1.02","eventTime":"2026-03-01T11:00:00Z","eventName":"B","userIdentity":{},"resources":[],"errorCode":"","errorMessage":"Müll \u00e9 \n","sourceIPAddress":"10.0.0.1"}"#,
        r#"{"eventVersion":"1.02","eventName":"C","userIdentity":null,"recipientAccountId":"","awsRegion":"../x"}"#,
        r#"{"eventVersion":"1.02","eventTime":"2026-03-02T11:00:00Z","eventName":"D","recipientAccountId":"unknown","awsRegion":"unknown","userIdentity":{"accountId":"222222222222"}}"#,
        r#"{"eventVersion":"1.02","eventTime":"2026-03-02T11:00:00Z","eventName":"E","recipientAccountId":333333333333,"userIdentity":"somebody","requestParameters":"text"}"#,
        r#"{"eventVersion":"1.02","eventTime":"nonsense","eventName":"F","userIdentity":{"accountId":"444444444444","type":7,"new":1}}"#,
    ]);
    let bare = trail(&[
        r#"{"eventVersion":"1.02","eventTime":"2026-03-01T10:00:00Z","eventName":"G","userIdentity":{"accountId":"444444444444"}}"#,
        r#"{"eventVersion":"1.02","eventTime":"2026-03-01T10:00:00.123Z","eventName":"H"}"#,
    ]);
    let insight = trail(&[
        r#"{"eventVersion":"1.09","eventTime":"2026-03-01T10:00:00Z","awsRegion":"eu-west-1","eventID":"i","eventType":"AwsCloudTrailInsight","recipientAccountId":"111111111111","sharedEventID":"s","insightDetails":{"state":"Start","eventSource":"s3.amazonaws.com","eventName":"A","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":1.5},"insight":{"average":20},"insightDuration":7,"baselineDuration":9},"attributions":[{"attribute":"userAgent"}]}},"eventCategory":"Insight"}"#,
    ]);
    let flows = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status region vpc-id\n\
        2 111111111111 eni-1 10.0.0.1 10.0.0.2 40000 443 6 10 840 1772323200 1772323260 ACCEPT OK eu-west-1 vpc-1\n\
        2 unknown eni-2 10.0.0.1 10.0.0.2 40000 443 6 10 9223372036854775807 1772323200 1772323260 REJECT OK - -\n\
        2 222222222222 eni-3 - - - - - - - 1772323200 1772409660 - NODATA us-east-1 vpc-1\n";
    let few = "srcaddr dstaddr end brand-new\n10.0.0.1 10.0.0.2 1772323260 x\n";
    both([
        (aws.to_owned(), calls),
        ("bare.json".to_owned(), bare),
        ("insight.json".to_owned(), insight),
        (
            "AWSLogs/111111111111/vpcflowlogs/eu-central-1/2026/03/01/flows.log".to_owned(),
            flows.into(),
        ),
        ("few.log".to_owned(), few.into()),
    ])
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_has_the_values_of_the_raw_logs() {
    let both = shapes().await;
    for table in LogTable::ALL {
        both.same(&format!("SELECT * FROM {table}")).await;
        let count = both.same(&format!("SELECT count(*) FROM {table}")).await;
        println!("{table}: {count:?}");
        for column in table.columns() {
            let name = format!("\"{}\"", column.name);
            both.same(&format!("SELECT {name} FROM {table}")).await;
            if !matches!(column.holds, Holds::Struct(_) | Holds::List(_)) {
                let sql = format!("SELECT {name}, count(*) FROM {table} GROUP BY 1");
                both.same(&sql).await;
            }
            for filter in ["IS NULL", "IS NOT NULL"] {
                let sql =
                    format!("SELECT log_offset, log_object FROM {table} WHERE {name} {filter}");
                both.same(&sql).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_fields_of_structs_and_texts() {
    let both = shapes().await;
    let mut met = 0;
    for condition in [
        "eventname = 'A'",
        "eventname IN ('A', 'B', 'Z') AND errorcode IS NULL",
        "errorcode = ''",
        "eventname LIKE '%' AND useridentity.arn LIKE 'arn%'",
        "useridentity.sessioncontext.sessionissuer.type = 'Role'",
        "useridentity.sessioncontext.attributes.mfaauthenticated = 'true' OR eventname > 'F'",
        "useridentity.type = '7'",
        "time >= '2026-03-02' AND day < '2030-01-01'",
        "time < TIMESTAMP '2026-03-01T10:00:00.123Z'",
        "day = '2026-03-01'",
        "account = '111111111111'",
        "account = 'unknown'",
        "account IS NULL OR region IS NULL",
        "region LIKE '../%'",
        "region IN ('eu-west-1', 'unknown')",
        "readonly = 'true'",
        "requestparameters LIKE '%bucketName%'",
        "record LIKE '%brandNew%'",
        "unknown_fields IS NOT NULL AND unknown_fields LIKE '%brandNew%'",
        "cardinality(resources) = 3 AND resources[1]['arn'] = 'x'",
        "CASE WHEN eventname = 'B' THEN 1 ELSE 0 END = 1",
        "NOT (eventname = 'A') AND log_offset >= 0",
        "log_object LIKE '%bare.json'",
        "length(errormessage) > 3",
    ] {
        let select =
            "SELECT eventname, useridentity.arn AS who, upper(useridentity.type), resources[1]['arn'],
             account, region, day, time, record, unknown_fields FROM cloudtrail WHERE";
        met += usize::from(!both.same(&format!("{select} {condition}")).await.is_empty());
        both.same(&format!(
            "SELECT count(*) FROM cloudtrail WHERE {condition}"
        ))
        .await;
    }
    assert_eq!(met, 23, "`unknown` is no account; all others are met");
    for condition in [
        "bytes > 1000",
        "dstport = 443 AND action = 'ACCEPT'",
        "account = '111111111111' AND region = 'eu-central-1'",
        "region LIKE 'us-%' AND log_status = 'NODATA'",
        "time >= '2026-03-02'",
        "record LIKE '%brand-new%'",
        "unknown_fields IS NOT NULL",
        "starts_with(srcaddr, '10.')",
    ] {
        let select =
            "SELECT interface_id, account, region, bytes, \"end\", time FROM vpcflow WHERE";
        let found = both.same(&format!("{select} {condition}")).await;
        assert!(!found.is_empty(), "{condition}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_of_time_bounds_compacted_files_as_it_does_raw_ones() {
    let both = shapes().await;
    let within = |folder: PathBuf, rows: bool| {
        let time = |t: &str| flowtrail_event::EventTime::parse(t.as_bytes());
        engine(EngineOptions {
            logs: Logs {
                sources: vec![Source::Local(folder)].into(),
                span: flowtrail_scan::TimeSpan {
                    since: time("2026-03-01T10:00:00.123Z"),
                    until: time("2026-03-02T11:00:00Z"),
                },
                by_rows: rows,
                ..Logs::default()
            },
            ..EngineOptions::default()
        })
    };
    for sql in [
        "SELECT eventname FROM cloudtrail",
        "SELECT count(*) FROM cloudtrail",
        "SELECT eventname FROM cloudtrail WHERE time IS NOT NULL ORDER BY 1 LIMIT 1",
        "SELECT interface_id FROM vpcflow",
    ] {
        let raw = rows(&within(both.raw(), false), sql).await;
        assert!(!raw.is_empty());
        for by_rows in [true, false] {
            assert_eq!(rows(&within(both.to(), by_rows), sql).await, raw, "{sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_logs_in_many_small_files() {
    let both = both(once()).await;
    for sql in [
        "SELECT count(*), count(DISTINCT eventid), min(time), max(time) FROM cloudtrail",
        "SELECT eventsource, eventname, count(*) FROM cloudtrail GROUP BY 1, 2",
        "SELECT account, region, day, count(*) FROM cloudtrail GROUP BY 1, 2, 3",
        "SELECT useridentity.arn, count(DISTINCT sourceipaddress) FROM cloudtrail WHERE errorcode IS NOT NULL GROUP BY 1",
        "SELECT eventid, eventname, time FROM cloudtrail ORDER BY time DESC, eventid LIMIT 20",
        "SELECT eventid, record FROM cloudtrail WHERE eventname = 'ConsoleLogin'",
        "SELECT srcaddr, dstaddr, sum(bytes) FROM vpcflow WHERE action = 'REJECT' GROUP BY 1, 2",
        "SELECT f.dstaddr, c.eventname, count(*) FROM vpcflow f JOIN cloudtrail c ON f.dstaddr = c.sourceipaddress GROUP BY 1, 2",
        "SELECT a.eventname, count(*) FROM cloudtrail a JOIN cloudtrail b ON a.eventid = b.eventid WHERE b.readonly = 'false' GROUP BY 1",
        "SELECT eventname FROM cloudtrail WHERE eventid IN (SELECT eventid FROM cloudtrail ORDER BY time, eventid LIMIT 3)",
    ] {
        both.same(sql).await;
    }
    let engine = over(&[&both.to()]);
    let (answer, sums) = rows_and_sums(&engine, "SELECT count(*) FROM cloudtrail").await;
    let objects = rows(
        &engine,
        "SELECT count(*), sum(rows), count(fault) FROM objects WHERE log = 'cloudtrail'",
    );
    let expected = format!("{}|{}|0", sums.tally.objects, answer[0]);
    assert_eq!(objects.await, [expected]);
    assert_eq!(sums.tally.evaluated.to_string(), answer[0]);
    assert!(!sums.is_partial() && sums.tally.bytes_stored > 0);
}
