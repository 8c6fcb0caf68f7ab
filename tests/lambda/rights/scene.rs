//! A function with everything that it can have, and events that make it use all.

use serde_json::{Value, json};

use super::need::{self, Names, Need};
use crate::function::{Function, Outcome, Setup};
use crate::payload;
use crate::proxy::Proxy;
use crate::world::{Queue, Stored, World};

/// A finding of a single record, and one of a window.
const RULES: &str = "
title: A door was opened
id: 66666666-6666-4666-8666-666666666666
name: door
logsource: { product: aws, service: cloudtrail }
detection: { open: { eventName: OpenDoor }, condition: open }
level: high
---
title: Many doors were opened
id: 77777777-7777-4777-8777-777777777777
name: doors
correlation: { type: event_count, rules: [door], group-by: [sourceIPAddress], timespan: 1h, condition: { gte: 3 }, generate: true }
level: critical
---
title: Somebody does what he never did
id: 88888888-8888-4888-8888-888888888888
name: unheard
logsource: { product: aws, service: cloudtrail }
detection: { new: { flowtrail.first_seen: principal_api }, condition: new }
level: medium
";
const CONTEXT: &str =
    "version: 1\naccounts: [{id: '111122223333', alias: shop, environment: production}]\n";

pub(super) struct Scene {
    world: World,
    proxy: Proxy,
    function: Function,
    names: Names,
    trail: String,
    flow: String,
    dead: Queue,
}

impl Scene {
    pub(super) async fn of(test: &str) -> Option<Self> {
        let world = World::of(test).await?;
        let mut names = Names::new();
        let trail = world.versioned_bucket("trail").await;
        let flow = world.versioned_bucket("flow").await;
        let findings = world.bucket("found").await;
        let (rules, context) = (world.bucket("rules").await, world.bucket("context").await);
        world.put(&rules, "sigma/doors.yml", RULES).await;
        world.put(&context, "context.yaml", CONTEXT).await;
        let baseline = world.bucket("baseline").await;
        world
            .put(&baseline, "usual.baseline", crate::memory::small())
            .await;
        let geo = world.bucket("geo").await;
        world.put(&geo, "city.mmdb", crate::geo::cities()).await;
        let (table, topic) = (world.table("state").await, world.topic("topic").await);
        let (dead, (bus, _)) = (world.queue("dead").await, world.bus("bus").await);
        let proxy = Proxy::before(&world.endpoint);
        // As the module sets them, with its own names.
        let setup = Setup::bootstrap(&world)
            .with("FLOWTRAIL_NO_SHIPPED_RULES", "true")
            .with("FLOWTRAIL_RULES", &format!("s3://{rules}/sigma/"))
            .with("FLOWTRAIL_CONTEXT", &format!("s3://{context}/context.yaml"))
            .with(
                "FLOWTRAIL_BASELINE",
                &format!("s3://{baseline}/usual.baseline"),
            )
            .with("FLOWTRAIL_GEO", &format!("s3://{geo}/city.mmdb"))
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{findings}"))
            .with("FLOWTRAIL_FINDINGS_OCSF", "true")
            .with("FLOWTRAIL_STATE_TABLE", &table)
            .with("FLOWTRAIL_TOPIC_ARN", &topic)
            .with("FLOWTRAIL_EVENT_BUS", &bus)
            .with("FLOWTRAIL_DEAD_LETTER_QUEUE_URL", &dead.url)
            .through(&proxy);
        let last = |text: &str| text.rsplit([':', '/']).next().unwrap().to_owned();
        names.extend([
            (trail.clone(), "trail-logs"),
            (flow.clone(), "flow-logs"),
            (findings, "flowtrail-findings-111122223333-eu-central-1"),
            (rules, "own-rules"),
            (context, "own-context"),
            (baseline, "own-baseline"),
            (geo, "own-geo"),
            (table, "flowtrail-state"),
            (last(&topic), "flowtrail"),
            (bus, "security"),
            (last(&dead.url), "flowtrail-dead-letters"),
            (world.namespace(), "Security/Flowtrail"),
        ]);
        Some(Self {
            function: setup.start(),
            world,
            proxy,
            names,
            trail,
            flow,
            dead,
        })
    }

    /// Uses everything. What was needed for it, and what no call can show.
    pub(super) async fn everything(&self) -> Vec<Need> {
        // A window, and then the beginning of it: the finding becomes another.
        let late = self
            .put(&self.trail, "AWSLogs/late.json", &[20, 21, 22])
            .await;
        let early = self
            .put(&self.trail, "AWSLogs/early.json", &[10, 11, 12])
            .await;
        for object in [&late, &early] {
            self.done(&payload::s3(std::slice::from_ref(object))).await;
        }
        // Once with a version, once without, from each bucket.
        let flow = self.put(&self.flow, "vpc/AWSLogs/flow.json", &[40]).await;
        self.done(&payload::s3(&[flow])).await;
        for (bucket, key) in [
            (&self.trail, "AWSLogs/x.json"),
            (&self.flow, "vpc/AWSLogs/y.json"),
        ] {
            let mut object = self.put(bucket, key, &[50]).await;
            object.version = None;
            self.done(&payload::s3(&[object])).await;
        }
        // The same again, and one that is gone.
        self.done(&payload::s3(std::slice::from_ref(&late))).await;
        let gone = Stored {
            key: "AWSLogs/gone.json".to_owned(),
            version: None,
            ..late
        };
        self.done(&payload::s3(&[gone])).await;
        assert_eq!(self.world.drain(&self.dead).await.len(), 1);
        let calls = self.proxy.calls("*");
        let seen = calls.iter().flat_map(|c| need::all(c, &self.names));
        let mut needs: Vec<Need> = seen.chain(need::unseen()).collect();
        needs.sort();
        needs.dedup();
        needs
    }

    async fn put(&self, bucket: &str, key: &str, minutes: &[u32]) -> Stored {
        let record = |minute: &u32| {
            json!({"eventVersion": "1.11", "eventID": format!("{key}-{minute}"),
                "eventTime": format!("2026-11-21T10:{minute:02}:00Z"), "eventName": "OpenDoor",
                "eventSource": "house.amazonaws.com", "awsRegion": "us-east-1",
                "sourceIPAddress": "198.51.100.7", "recipientAccountId": "111122223333",
                "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
                    "arn": "arn:aws:iam::111122223333:user/ann"}})
        };
        let records: Vec<Value> = minutes.iter().map(record).collect();
        let text = json!({"Records": records}).to_string();
        self.world.put(bucket, key, text).await
    }

    async fn done(&self, event: &Value) {
        let outcome = self.function.invoke(event).await.outcome;
        assert_eq!(outcome, Outcome::Answer(Value::Null), "{event}");
    }
}
