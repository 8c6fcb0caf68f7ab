//! A world with logs in it, the function's settings for it, and what the
//! function has to make of those logs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use flowtrail_aws::State;
use flowtrail_context::Given;
use flowtrail_detect::decide;
use flowtrail_event::SkipReason;
use flowtrail_lambda::config::Config;
use flowtrail_lambda::pool::Pool;
use flowtrail_lambda::rules::Rules;
use flowtrail_scan::ScanOptions;
use flowtrail_sigma::Level;
use serde_json::{Value, json};

use crate::function::{Function, Invoked, Outcome, Setup};
use crate::payload;
use crate::proxy::Proxy;
use crate::world::{Queue, Stored, World};

/// Objects of the samples: a burst of failed sign-ins over two objects, each of
/// which fires by itself and which are one finding together; the sign-in that
/// worked in the end; an administrator made in a third.
pub(super) const SAMPLES: [&str; 3] = ["lUi1XYAvmOp06aeL", "GwoHtYe42iatADZY", "CQw1xw9ZpvLHaNT4"];

/// Logs as key and bytes.
pub(super) type Logs = Vec<(String, Vec<u8>)>;

/// The objects of [`SAMPLES`].
pub(super) fn samples() -> Logs {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-logs");
    let mut files = Vec::new();
    list(&root, &mut files);
    let of = |name: &str| {
        let path = files.iter().find(|p| p.to_string_lossy().contains(name));
        let path = path.unwrap();
        let key = path.strip_prefix(&root).unwrap().to_string_lossy();
        (key.into_owned(), std::fs::read(path).unwrap())
    };
    SAMPLES.iter().map(|name| of(name)).collect()
}

/// An object in which there is nothing to find.
pub(super) fn quiet(name: &str) -> (String, Vec<u8>) {
    let record = json!({"eventVersion": "1.08", "eventTime": "2026-03-02T21:00:00Z",
        "eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances",
        "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2", "eventID": name, "readOnly": true,
        "eventType": "AwsApiCall", "recipientAccountId": "222233334444"});
    let text = json!({"Records": [record]}).to_string();
    (format!("{name}.json"), text.into_bytes())
}

fn list(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// What a scan of some logs in one go gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// Findings that are kept.
    pub(super) ids: BTreeSet<String>,
    /// Those of which somebody has to be told, and their rules.
    pub(super) told: BTreeMap<String, String>,
    pub(super) records: u64,
    pub(super) evaluated: u64,
    pub(super) skipped: u64,
}

impl Expected {
    pub(super) fn of(logs: &Logs) -> Self {
        let config = Config::read(Vec::new()).unwrap();
        let plan = Rules::load(&config, Vec::new(), &Given::default())
            .unwrap()
            .plan;
        let pool = Pool::new(Arc::clone(&plan), ScanOptions::default());
        let (mut findings, mut seen) = (Vec::new(), Vec::new());
        let mut out = Self {
            ids: BTreeSet::new(),
            told: BTreeMap::new(),
            records: 0,
            evaluated: 0,
            skipped: 0,
        };
        for (key, bytes) in logs {
            let (report, harvest) = pool.scan(key, bytes.as_slice(), None);
            out.records += report.tally.records;
            out.evaluated += report.tally.evaluated;
            let skipped = SkipReason::ALL.iter().map(|r| report.tally.skipped(*r));
            out.skipped += skipped.sum::<u64>();
            findings.extend(harvest.findings);
            seen.extend(harvest.observations);
        }
        findings.extend(decide(&plan, seen).0);
        for finding in findings {
            if finding.rule.level >= Level::High {
                out.told
                    .insert(finding.id.to_string(), finding.rule.id.clone());
            }
            out.ids.insert(finding.id.to_string());
        }
        out
    }
}

/// A world with logs, and a proxy between it and the function.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) proxy: Proxy,
    pub(super) findings: String,
    pub(super) logs: String,
    pub(super) stored: Vec<Stored>,
    pub(super) expected: Expected,
    told: Queue,
    topic: String,
    dead: Queue,
    pub(super) table: Option<String>,
    /// A bus, and what hears it.
    bus: Option<(String, Queue)>,
}

impl Stage {
    /// With [`SAMPLES`] and a state table.
    pub(super) async fn of(test: &str) -> Option<Self> {
        Self::with(test, &samples(), true).await
    }

    pub(super) async fn with(test: &str, logs: &Logs, table: bool) -> Option<Self> {
        let world = World::of(test).await?;
        let bucket = world.bucket("logs").await;
        let mut stored = Vec::new();
        for (key, bytes) in logs {
            stored.push(world.put(&bucket, key, bytes.clone()).await);
        }
        let topic = world.topic("topic").await;
        let told = world.queue("told").await;
        world.subscribe(&topic, &told, true).await;
        let table = if table {
            Some(world.table("state").await)
        } else {
            None
        };
        Some(Self {
            proxy: Proxy::before(&world.endpoint),
            findings: world.bucket("found").await,
            logs: bucket,
            stored,
            expected: Expected::of(logs),
            told,
            topic,
            dead: world.queue("dead").await,
            table,
            bus: None,
            world,
        })
    }

    /// With an event bus beside the topic.
    pub(super) async fn with_bus(mut self) -> Self {
        self.bus = Some(self.world.bus("bus").await);
        self
    }

    pub(super) fn setup(&self) -> Setup {
        let findings = format!("s3://{}/found", self.findings);
        let setup = Setup::bootstrap(&self.world)
            .with("FLOWTRAIL_FINDINGS", &findings)
            .with("FLOWTRAIL_TOPIC_ARN", &self.topic)
            .with("FLOWTRAIL_DEAD_LETTER_QUEUE_URL", &self.dead.url)
            .with("FLOWTRAIL_STALL_SECONDS", "1")
            .through(&self.proxy);
        let setup = match &self.bus {
            Some((bus, _)) => setup.with("FLOWTRAIL_EVENT_BUS", bus),
            None => setup,
        };
        match &self.table {
            Some(table) => setup.with("FLOWTRAIL_STATE_TABLE", table),
            None => setup,
        }
    }

    /// The table, as a function has it.
    pub(super) fn state(&self) -> State {
        let table = self.table.clone().unwrap();
        let client = self.world.dynamodb.clone();
        State::new(client, table, Duration::from_secs(86_400))
    }

    /// Whatever was claimed was claimed long ago; also what a dead function had
    /// asked for, which may still be on its way.
    pub(super) async fn time_passes(&self) {
        while self.age_claims().await > 0 {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Returns how many claims were not old.
    async fn age_claims(&self) -> usize {
        let long_ago = AttributeValue::N("1".to_owned());
        let table = self.table.as_ref().unwrap();
        let world = &self.world;
        let mut aged = 0;
        for ((pk, sk), item) in world.items(table).await {
            let until = item.get("held_until");
            if until.is_none_or(|until| *until == long_ago) {
                continue;
            }
            let update = world.dynamodb.update_item().table_name(table);
            let update = update
                .key("pk", AttributeValue::S(pk))
                .key("sk", AttributeValue::S(sk))
                .update_expression("SET held_until = :long_ago")
                .expression_attribute_values(":long_ago", long_ago.clone());
            update.send().await.unwrap();
            aged += 1;
        }
        aged
    }

    /// A function whose cold start is over: what it calls from now on belongs to
    /// an event.
    pub(super) async fn start(&self) -> Function {
        warm(self.setup().start()).await
    }

    /// S3's notification of everything.
    pub(super) fn event(&self) -> Value {
        payload::s3(&self.stored)
    }

    /// Ids of all findings in the bucket.
    pub(super) async fn found(&self) -> BTreeSet<String> {
        let documents = self.world.documents(&self.findings, "found/").await;
        let id = |f: &Value| f["id"].as_str().unwrap().to_owned();
        let ids = |d: &Value| match d["findings"].as_array() {
            Some(findings) => findings.iter().map(id).collect(),
            None => vec![id(d)],
        };
        documents.values().flat_map(ids).collect()
    }

    /// Sums of all series: `Name`, and `Name/value` for each value of a dimension.
    pub(super) async fn sums(&self) -> Sums {
        let mut sums = BTreeMap::new();
        // moto lists a series as often as it was published.
        let series: BTreeSet<_> = self.world.series().await.into_iter().collect();
        for (name, dimensions) in series {
            let pairs: Vec<(&str, &str)> = dimensions
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            let Some(series) = self.world.metric(&name, &pairs).await else {
                continue;
            };
            for (_, value) in &pairs {
                *sums.entry(format!("{name}/{value}")).or_default() += series.sum;
            }
            *sums.entry(name).or_default() += series.sum;
        }
        Sums(sums)
    }

    /// Events of the bus since this was last asked for.
    pub(super) async fn events(&self) -> Vec<String> {
        let (_, queue) = self.bus.as_ref().unwrap();
        let messages = self.world.drain(queue).await;
        messages.iter().map(|m| m.body.to_string()).collect()
    }

    /// How often each finding was told of.
    pub(super) async fn heard(&self) -> BTreeMap<String, usize> {
        let texts = self.said().await;
        let times = |id: &String| texts.iter().filter(|t| t.contains(id.as_str())).count();
        let ids = self.expected.ids.iter();
        let heard = ids.map(|id| (id.clone(), times(id)));
        heard.filter(|(_, n)| *n > 0).collect()
    }

    /// What was said since this was last asked for.
    pub(super) async fn said(&self) -> Vec<String> {
        let messages = self.world.drain(&self.told).await;
        messages.iter().map(|m| m.body.to_string()).collect()
    }

    /// Bodies of dead letters.
    pub(super) async fn dead(&self) -> Vec<Value> {
        let letters = self.world.drain(&self.dead).await;
        letters.into_iter().map(|m| m.body).collect()
    }

    /// Nothing is lost: every finding is in the bucket, and no other, and
    /// somebody was told of each that matters.
    pub(super) async fn assert_found(&self, what: &str) {
        assert_eq!(self.found().await, self.expected.ids, "{what}");
        let heard = self.heard().await;
        let mut told = self.expected.told.keys();
        assert!(told.all(|id| heard.contains_key(id)), "{what}: {heard:?}");
    }

    /// Nothing is lost, and everything is counted once.
    pub(super) async fn assert_whole(&self, what: &str) -> Sums {
        self.assert_found(what).await;
        self.assert_counted(what).await
    }

    /// Everything is counted once.
    pub(super) async fn assert_counted(&self, what: &str) -> Sums {
        let sums = self.sums().await;
        let expected = &self.expected;
        assert_eq!(
            sums.of("Findings"),
            count(expected.ids.len()),
            "{what}: {sums:?}"
        );
        assert_eq!(sums.of("UncertainFindings"), 0.0, "{what}: {sums:?}");
        assert_eq!(
            sums.of("Records"),
            float(expected.records),
            "{what}: {sums:?}"
        );
        assert_eq!(
            sums.of("Evaluated"),
            float(expected.evaluated),
            "{what}: {sums:?}"
        );
        assert_eq!(
            sums.of("Skipped"),
            float(expected.skipped),
            "{what}: {sums:?}"
        );
        assert_eq!(
            sums.of("Objects"),
            count(self.stored.len()),
            "{what}: {sums:?}"
        );
        sums
    }
}

/// Sums of metrics.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums(BTreeMap<String, f64>);

impl Sums {
    /// Zero for what was never published.
    pub(super) fn of(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or(0.0)
    }
}

pub(super) async fn warm(function: Function) -> Function {
    let nothing = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b",
        "Time": "2026-11-21T10:00:00.000Z", "RequestId": "r", "HostId": "h"});
    let invoked = function.invoke(&nothing).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    function
}

pub(super) const fn is_answer(invoked: &Invoked) -> bool {
    matches!(invoked.outcome, Outcome::Answer(_))
}

pub(super) const fn is_error(invoked: &Invoked) -> bool {
    matches!(invoked.outcome, Outcome::Error(_))
}

pub(super) fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}

pub(super) fn float(n: u64) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}
