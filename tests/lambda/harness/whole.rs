//! Everything together, with the real function.

use std::path::Path;

use serde_json::Value;

use crate::function::{Outcome, Setup};
use crate::mapping::Mapping;
use crate::proxy::Proxy;
use crate::world::World;

/// A finding of the samples that somebody is told of, and the one object that it
/// rests on: its id, the object's key and bytes.
fn sample() -> (String, String, Vec<u8>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let expected = std::fs::read_to_string(root.join("sample-logs/expected.jsonl")).unwrap();
    let findings = expected.lines().map(|l| serde_json::from_str(l).unwrap());
    let mut findings = findings.filter(|f: &Value| f["level"] == "high" && f["count"] == 1);
    let finding = findings.next().unwrap();
    let object = finding["evidence"][0]["object"].as_str().unwrap();
    let bytes = std::fs::read(root.join(object)).unwrap();
    let key = object.strip_prefix("sample-logs/").unwrap();
    let id = finding["id"].as_str().unwrap();
    (id.to_owned(), key.to_owned(), bytes)
}

/// From a put to the metric, the finding and the notification, through an S3
/// notification, a queue and a proxy that does nothing.
#[tokio::test]
async fn an_object_comes_in_and_its_finding_goes_out() {
    let Some(world) = World::of("whole").await else {
        return;
    };
    let (id, key, bytes) = sample();
    let proxy = Proxy::before(&world.endpoint);
    let logs = world.bucket("logs").await;
    let queue = world.queue("in").await;
    world.announce_to_queue(&logs, &queue).await;
    let findings = world.bucket("findings").await;
    let topic = world.topic("topic").await;
    let told = world.queue("told").await;
    world.subscribe(&topic, &told, true).await;
    let (bus, heard) = world.bus("bus").await;
    let table = world.table("state").await;
    let function = Setup::bootstrap(&world)
        .with("FLOWTRAIL_FINDINGS", &format!("s3://{findings}/found"))
        .with("FLOWTRAIL_TOPIC_ARN", &topic)
        .with("FLOWTRAIL_EVENT_BUS", &bus)
        .with("FLOWTRAIL_STATE_TABLE", &table)
        .through(&proxy)
        .start();
    world.put(&logs, &key, bytes).await;
    let batches = Mapping::new(&world, &queue, 10).run(&function).await;
    for batch in &batches {
        let fine = matches!(batch.invoked.outcome, Outcome::Answer(_));
        assert!(fine && batch.again.is_empty(), "{batch:?}");
    }
    let documents = world.documents(&findings, "found/").await;
    let written = documents.values().any(|d| d.to_string().contains(&id));
    assert!(written, "{:?}", documents.keys());
    let high = world.metric("Findings", &[("Level", "high")]).await;
    assert!(high.unwrap().sum >= 1.0);
    let said = |messages: Vec<crate::world::Received>| {
        let mut texts = messages.into_iter().map(|m| m.body.to_string());
        texts.any(|t| t.contains(&id))
    };
    assert!(said(world.drain(&told).await));
    assert!(said(world.drain(&heard).await));
    assert_eq!(proxy.calls("s3:GetObject").len(), 1);
    assert!(!world.items(&table).await.is_empty());
    assert_eq!(world.objects(&logs, "").await.len(), 1);
}
