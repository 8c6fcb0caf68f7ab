//! What the files say of themselves to others.

use std::sync::Arc;

use datafusion::prelude::{ParquetReadOptions, SessionContext};

use super::super::{Destination, StoredLogs};
use super::support::*;
use crate::{ListSettings, Source, Wanted, list};

#[tokio::test(flavor = "multi_thread")]
async fn another_engine_reads_columns_and_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let dest = Destination::folder(&folder.path().join("out")).unwrap();
    let user = r#","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/eve","accessKeyId":"AKIA1"},"requestParameters":{"bucketName":"b"},"brandNew":{"x":1}"#;
    let logs = Logs::of(&[(
        "a.json",
        trail(&[
            event(1, "2026-03-01T10:00:00Z", user),
            event(2, "2026-03-02T10:00:00Z", ""),
        ]),
    )]);
    compact(&logs, &dest, options()).await.unwrap();
    let ctx = SessionContext::new();
    let table = folder.path().join("out/table=cloudtrail");
    let partitions = ["account", "region", "day"];
    let options = ParquetReadOptions::default().table_partition_cols(
        partitions
            .map(|name| {
                (
                    name.to_owned(),
                    datafusion::arrow::datatypes::DataType::Utf8,
                )
            })
            .to_vec(),
    );
    ctx.register_parquet("cloudtrail", table.to_str().unwrap(), options)
        .await
        .unwrap();
    let sql = "SELECT eventid, useridentity.arn, requestparameters, unknown_fields, account, day,
               log_object, log_offset, record LIKE '%brandNew%' AS whole FROM cloudtrail
               WHERE day = '2026-03-01' AND time >= TIMESTAMP '2026-03-01T00:00:00Z'";
    let rows = ctx.sql(sql).await.unwrap().collect().await.unwrap();
    let shown = datafusion::arrow::util::pretty::pretty_format_batches(&rows)
        .unwrap()
        .to_string();
    for part in [
        "id-1",
        "user/eve",
        r#"{"bucketName":"b"}"#,
        r#"{"brandNew":{"x":1}}"#,
        "111122223333",
        "| a.json",
        "| 12 ",
        "| true",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert_eq!(rows.iter().map(|b| b.num_rows()).sum::<usize>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_compacted_and_its_own_files_are_hidden_from_readers() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("a.json");
    std::fs::write(&logs, trail(&[event(1, "2026-03-01T10:00:00Z", "")])).unwrap();
    let name = logs.to_string_lossy().into_owned();
    let dest = Destination::folder(&folder.path().join("out")).unwrap();
    let sources: Arc<[Source]> = Arc::new([Source::Local(logs)]);
    let listing = list(&sources, &Wanted::default(), &ListSettings::default())
        .await
        .unwrap();
    let runtime = tokio::runtime::Handle::current();
    let (stored, objects) = StoredLogs::new(sources, listing.objects, runtime);
    assert_eq!(objects.len(), 1);
    let compactor = super::super::Compactor {
        dest: dest.clone(),
        sources: Arc::new(stored),
        options: options(),
        stop: super::super::Stop::default(),
        progress: Arc::default(),
    };
    let done = compactor.run(&objects).await;
    assert!(done.ended.is_none(), "{:?}", done.ended);
    let rows = rows(&dest).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].object.as_str(), rows[0].offset),
        (name.as_str(), 12)
    );
    let ignore = std::fs::read_to_string(folder.path().join("out/.flowtrailignore")).unwrap();
    assert_eq!(ignore, "_flowtrail/\n");
    let staged = folder.path().join("out/_flowtrail/staged");
    let left = std::fs::read_dir(staged).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}
