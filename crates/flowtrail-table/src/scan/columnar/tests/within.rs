//! Places that lie in folders whose names are those of other days, regions and
//! accounts.

use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path as Location;

use super::*;
use crate::engine::sandbox::over_sources;
use crate::store::Bucket;

const FRONTS: [&str; 6] = [
    "dt=2026-03-05/compacted",
    "year=2020",
    "region=ap-south-1/account=999999999999",
    "AWSLogs/999999999999",
    "AWSLogs/999999999999/CloudTrail/ap-south-1/2020",
    "table=vpcflow/compacted",
];

fn raw(folder: &Path) -> PathBuf {
    let raw = folder.join("raw");
    fs::create_dir_all(&raw).unwrap();
    let event = |id: u32, account: &str, region: &str, day: &str| {
        format!(
            r#"{{"eventVersion":"1.11","eventID":"{id}","eventTime":"{day}T10:00:00Z","eventName":"Get","eventSource":"s3.amazonaws.com","awsRegion":"{region}","recipientAccountId":"{account}"}}"#
        )
    };
    let events = [
        event(1, "111111111111", "eu-west-1", "2026-02-10"),
        event(2, "222222222222", "us-east-1", "2026-02-11"),
    ];
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    fs::write(raw.join("a.json"), trail(&events)).unwrap();
    raw
}

/// Every way to ask for the first event.
async fn assert_found(source: &Source) {
    let columns = over_sources(vec![source.clone()]);
    let by_rows = engine(EngineOptions {
        logs: Logs {
            sources: vec![source.clone()].into(),
            by_rows: true,
            ..Logs::default()
        },
        ..EngineOptions::default()
    });
    for filter in [
        "day = '2026-02-10'",
        "account = '111111111111'",
        "region = 'eu-west-1'",
        "true ORDER BY time LIMIT 1",
    ] {
        let sql = format!("SELECT eventid FROM cloudtrail WHERE {filter}");
        assert_eq!(rows(&columns, &sql).await, ["1"], "{source:?} {filter}");
        assert_eq!(rows(&by_rows, &sql).await, ["1"], "{source:?} {filter}");
    }
    let sql = "SELECT account, region, CAST(day AS VARCHAR) FROM objects";
    let objects = [
        "111111111111|eu-west-1|2026-02-10",
        "222222222222|us-east-1|2026-02-11",
    ];
    assert_eq!(rows(&columns, sql).await, objects, "{source:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_judged_by_its_own_paths_wherever_it_lies() {
    for front in FRONTS {
        let folder = tempfile::tempdir().unwrap();
        let raw = raw(folder.path());
        let to = folder.path().join(front);
        compact(&raw, &Destination::folder(&to).unwrap(), |_| {}).await;
        assert_found(&Source::Local(to.clone())).await;

        let store = Arc::new(InMemory::new());
        let prefix = Location::parse(front).unwrap();
        let name = format!("s3://lake/{front}");
        let dest = Destination::bucket(store.clone(), prefix.clone(), &name);
        compact(&raw, &dest, |_| {}).await;
        assert_found(&Source::Bucket(Bucket::below(store, "lake", prefix))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_logs_beside_compacted_ones_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let raw = raw(folder.path());
    let to = raw.join("compacted");
    compact(&raw, &Destination::folder(&to).unwrap(), |_| {}).await;
    let sql = "SELECT eventid FROM cloudtrail";
    let (both, sums) = rows_and_sums(&over(&[&raw]), sql).await;
    assert_eq!(both, ["1", "1", "2", "2"]);
    let name = raw.display();
    assert_eq!(
        sums.warnings,
        [format!(
            "`{name}` holds compacted logs and another object: records of both count twice"
        )]
    );
    let (once, sums) = rows_and_sums(&over(&[&to]), sql).await;
    assert_eq!(once, ["1", "2"]);
    assert_eq!(sums.warnings, Vec::<String>::new());
}
