//! The function with files that say where addresses are, and what happens if
//! they cannot be used.

use serde_json::{Value, json};

use crate::context::lines;
use crate::function::{Outcome, Setup};
use crate::mmdb::{Mmdb, city, system};
use crate::payload;
use crate::world::{Stored, World};

const RULES: &str = "\
title: Somebody calls from Germany
name: from_germany
id: 5b7a1f0c-6f0d-4c39-8d0a-6f3f6a1f8c01
logsource: { product: aws, service: cloudtrail }
detection: { s: { flowtrail.country: DE, flowtrail.asn: '64500' }, condition: s }
level: high
";

/// Where the addresses of the tests are.
pub(crate) fn cities() -> Vec<u8> {
    let mut file = Mmdb::new();
    file.say("198.51.100.0/24", &city("DE", 50.11, 8.68, 20));
    file.say("203.0.113.0/24", &city("FR", 48.86, 2.34, 20));
    file.finish("GeoLite2-City")
}

fn systems() -> Vec<u8> {
    let mut file = Mmdb::of_v4();
    file.say("198.51.0.0/16", &system(64_500, "Example Net"));
    file.finish("GeoLite2-ASN")
}

struct Place {
    world: World,
    logs: String,
    findings: String,
    config: String,
}

impl Place {
    /// `None` without an AWS.
    async fn of(test: &str, cities: Vec<u8>) -> Option<Self> {
        let world = World::of(test).await?;
        let place = Self {
            logs: world.bucket("logs").await,
            findings: world.bucket("findings").await,
            config: world.bucket("known").await,
            world,
        };
        let world = &place.world;
        world.put(&place.config, "rules/geo.yml", RULES).await;
        world.put(&place.config, "city.mmdb", cities).await;
        world.put(&place.config, "asn.mmdb", systems()).await;
        Some(place)
    }

    fn setup(&self) -> Setup {
        let config = &self.config;
        Setup::bootstrap(&self.world)
            .with("FLOWTRAIL_NO_SHIPPED_RULES", "true")
            .with("FLOWTRAIL_RULES", &format!("s3://{config}/rules/"))
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{}", self.findings))
            .with(
                "FLOWTRAIL_GEO",
                &format!("s3://{config}/city.mmdb, s3://{config}/asn.mmdb"),
            )
    }

    /// One call from each of these addresses.
    async fn calls(&self, sources: &[&str]) -> Stored {
        let record = |source: &&str| {
            json!({"eventVersion": "1.11", "eventID": source, "eventTime": "2026-11-12T10:00:00Z",
                "eventName": "ListBuckets", "eventSource": "s3.amazonaws.com",
                "awsRegion": "eu-central-1", "sourceIPAddress": source,
                "recipientAccountId": "111122223333", "userIdentity": {"type": "IAMUser",
                    "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333"}})
        };
        let records: Vec<Value> = sources.iter().map(record).collect();
        let bytes = json!({"Records": records}).to_string().into_bytes();
        self.world.put(&self.logs, "calls.json", bytes).await
    }

    async fn found(&self) -> usize {
        let documents = self.world.documents(&self.findings, "").await;
        let count = |d: &Value| d["findings"].as_array().unwrap().len();
        documents.values().map(count).sum()
    }
}

#[tokio::test]
async fn rules_that_ask_where_a_call_came_from_are_answered() {
    let Some(place) = Place::of("geo-found", cities()).await else {
        return;
    };
    let function = place.setup().start();
    let object = place
        .calls(&["198.51.100.7", "203.0.113.7", "198.51.7.7", "10.0.0.1"])
        .await;
    let outcome = function.invoke(&payload::s3(&[object])).await.outcome;
    assert_eq!(outcome, Outcome::Answer(Value::Null));
    assert_eq!(place.found().await, 1);
    let told: Vec<Value> = lines(&function, "INFO");
    let told: Vec<&Value> = told.iter().filter(|l| l["message"] == "places").collect();
    let databases: Vec<&str> = told
        .iter()
        .map(|l| l["database"].as_str().unwrap())
        .collect();
    assert_eq!(databases, ["GeoLite2-City", "GeoLite2-ASN"]);
    assert_eq!(told[0]["built"], "2026-11-02T00:00:00Z");
}

#[tokio::test]
async fn without_files_such_rules_are_inactive_and_counted() {
    let Some(place) = Place::of("geo-without", cities()).await else {
        return;
    };
    let function = place.setup().with("FLOWTRAIL_GEO", "").start();
    let object = place.calls(&["198.51.100.7"]).await;
    let outcome = function.invoke(&payload::s3(&[object])).await.outcome;
    assert_eq!(outcome, Outcome::Answer(Value::Null));
    assert_eq!(place.found().await, 0);
    let inactive = place.world.metric("RulesInactive", &[]).await.unwrap();
    assert!(inactive.sum >= 1.0, "{inactive:?}");
}

/// A start that fails with all of these words.
async fn cannot_start(test: &str, cities: Vec<u8>, words: &[&str]) {
    let Some(place) = Place::of(test, cities).await else {
        return;
    };
    let function = place.setup().start();
    let object = place.calls(&["198.51.100.7"]).await;
    let Outcome::Error(error) = function.invoke(&payload::s3(&[object])).await.outcome else {
        panic!("{test}: it started");
    };
    assert_eq!(error["errorType"], "StartFailed", "{error}");
    let message = error["errorMessage"].as_str().unwrap();
    for word in words {
        assert!(message.contains(word), "{test}: no `{word}` in {message}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_stops_the_start() {
    let mut short = cities();
    short.truncate(short.len() / 2);
    let words = ["FLOWTRAIL_GEO", "city.mmdb", "hint:", "cut off"];
    cannot_start("geo-short", short, &words).await;
    cannot_start("geo-none", b"cidr,country\n".to_vec(), &words[..3]).await;
}
