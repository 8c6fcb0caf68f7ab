//! Every way in which AWS announces logs, from the payload to the finding.

mod letters;
mod payloads;
mod sinks;

use std::collections::BTreeSet;
use std::sync::Arc;

use flowtrail_context::Given;
use flowtrail_lambda::config::Config;
use flowtrail_lambda::pool::Pool;
use flowtrail_lambda::rules::Rules;
use flowtrail_scan::ScanOptions;
use serde_json::{Value, json};

use crate::function::{Function, Outcome, Setup};
use crate::payload;
use crate::proxy::{Fault, Proxy, Rule, Trouble};
use crate::world::{Queue, Stored, World};
use payloads::{base64, envelope, firehose, kinesis, queue, subscription, task};

/// A function, logs for it, and what it has to have found so far.
struct Scene {
    world: World,
    proxy: Proxy,
    function: Function,
    logs: String,
    findings: String,
    /// Where dead letters go, if they go anywhere.
    dead: Queue,
    /// Where people are told.
    told: Queue,
    scan: Pool,
    /// Records made so far.
    records: u32,
    /// Ids of the findings that there have to be.
    expected: BTreeSet<String>,
}

impl Scene {
    /// A function that has no queue for dead letters.
    async fn of(test: &str) -> Option<Self> {
        Self::with(test, |setup, _| setup).await
    }

    /// A function whose settings the test completes, with the URL of a queue
    /// for dead letters at hand.
    async fn with(test: &str, further: impl FnOnce(Setup, &str) -> Setup) -> Option<Self> {
        let world = World::of(test).await?;
        let (logs, findings) = (world.bucket("logs").await, world.bucket("found").await);
        let table = world.table("state").await;
        let (dead, told) = (world.queue("dead").await, world.queue("told").await);
        let topic = world.topic("topic").await;
        world.subscribe(&topic, &told, true).await;
        let proxy = Proxy::before(&world.endpoint);
        let setup = Setup::bootstrap(&world)
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{findings}/f"))
            .with("FLOWTRAIL_STATE_TABLE", &table)
            .with("FLOWTRAIL_TOPIC_ARN", &topic)
            .through(&proxy);
        let function = further(setup, &dead.url).start();
        let rules = Rules::load(
            &Config::read(Vec::new()).unwrap(),
            Vec::new(),
            &Given::default(),
        )
        .unwrap();
        Some(Self {
            scan: Pool::new(Arc::clone(&rules.plan), ScanOptions::default()),
            world,
            proxy,
            function,
            logs,
            findings,
            dead,
            told,
            records: 0,
            expected: BTreeSet::new(),
        })
    }

    /// A record like no other, that has to be found by itself: an account leaves its organisation.
    fn record(&mut self) -> Value {
        self.records += 1;
        let id = format!("10163ed2-2253-469d-a5ee-{:012}", self.records);
        let record = json!({
            "eventVersion": "1.10", "eventSource": "organizations.amazonaws.com",
            "eventName": "LeaveOrganization", "eventTime": "2026-11-21T10:00:00Z",
            "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli",
            "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:user/eva", "userName": "eva"},
            "requestParameters": null, "responseElements": null,
            "eventID": id, "eventType": "AwsApiCall", "readOnly": false,
            "managementEvent": true, "recipientAccountId": "111122223333",
        });
        let text = json!({"Records": [record]}).to_string();
        let found = self.scan.scan("o", text.as_bytes(), None).1.findings;
        assert_eq!(found.len(), 1);
        self.expected.insert(found[0].id.to_string());
        record
    }

    /// An object with such a record, whose key has to be read exactly.
    async fn object(&mut self) -> Stored {
        let text = json!({"Records": [self.record()]}).to_string();
        let key = format!("AWSLogs/111122223333/a b+c=ü%20/{}.json", self.records);
        self.world.put(&self.logs, &key, text).await
    }

    /// What the function answers.
    async fn answer(&self, payload: &Value) -> Value {
        let outcome = self.function.invoke(payload).await.outcome;
        let Outcome::Answer(answer) = outcome else {
            panic!("{outcome:?} to {payload}");
        };
        answer
    }

    /// The message of the error that the function answers with.
    async fn error(&self, payload: &Value) -> String {
        let outcome = self.function.invoke(payload).await.outcome;
        let Outcome::Error(error) = outcome else {
            panic!("{outcome:?} to {payload}");
        };
        error["errorMessage"].as_str().unwrap().to_owned()
    }

    /// Compares the bucket and the metrics with what had to be found.
    async fn check(&self) {
        let mut found = BTreeSet::new();
        for document in self.world.documents(&self.findings, "f/").await.values() {
            for finding in document["findings"].as_array().unwrap() {
                assert!(found.insert(finding["id"].as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(found, self.expected);
        let told = self.world.drain(&self.told).await;
        let told: Vec<String> = told.iter().map(|m| m.body.to_string()).collect();
        for id in &self.expected {
            let times = told.iter().filter(|t| t.contains(id.as_str())).count();
            assert_eq!(times, 1, "{id} in {told:?}");
        }
        let count = f64::from(self.records);
        assert_eq!(self.sum("Findings", &[("Level", "high")]).await, count);
        assert_eq!(self.sum("Objects", &[]).await, count);
        assert_eq!(self.sum("Records", &[]).await, count);
        let source = [("LogSource", "cloudtrail")];
        assert_eq!(self.sum("Evaluated", &source).await, count);
    }

    async fn sum(&self, name: &str, dimensions: &[(&str, &str)]) -> f64 {
        let series = self.world.metric(name, dimensions).await;
        series.map_or(0.0, |s| s.sum)
    }

    async fn failed(&self, reason: &str) -> f64 {
        self.sum("ObjectsFailed", &[("Reason", reason)]).await
    }
}

#[tokio::test]
async fn objects_are_announced_in_many_ways() {
    let Some(mut scene) = Scene::of("announced").await else {
        return;
    };
    let s3 = |o: &Stored| payload::s3(std::slice::from_ref(o));
    let object = scene.object().await;
    assert_eq!(scene.answer(&s3(&object)).await, Value::Null);
    let object = scene.object().await;
    let sns = payload::sns(&s3(&object));
    assert_eq!(scene.answer(&sns).await, Value::Null);
    let object = scene.object().await;
    let event = payload::event_bridge(&object);
    assert_eq!(scene.answer(&event).await, Value::Null);
    let (one, other) = (scene.object().await, scene.object().await);
    let trail = json!({"s3Bucket": scene.logs, "s3ObjectKey": [one.key, other.key]});
    assert_eq!(scene.answer(&payload::sns(&trail)).await, Value::Null);
    // All that may stand in a queue, in one batch, with bad neighbours.
    let bodies = [
        s3(&scene.object().await),
        envelope(&s3(&scene.object().await)),
        payload::event_bridge(&scene.object().await),
        envelope(&json!({"s3Bucket": scene.logs, "s3ObjectKey": [scene.object().await.key]})),
        envelope(&payload::event_bridge(&scene.object().await)),
        json!({"Event": "s3:TestEvent", "Bucket": scene.logs}),
        envelope(&json!({"Event": "s3:TestEvent", "Bucket": scene.logs})),
        json!({"hello": "world"}),
        json!("no event"),
    ];
    let failed = json!([{"itemIdentifier": "m7"}, {"itemIdentifier": "m8"}]);
    let answer = scene.answer(&queue(&bodies)).await;
    assert_eq!(answer, json!({"batchItemFailures": failed}));
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"});
    assert_eq!(scene.answer(&test).await, Value::Null);
    scene.check().await;
    assert_eq!(scene.failed("payload").await, 2.0);
}

#[tokio::test]
async fn a_job_of_batch_operations_is_told_what_to_try_again() {
    let Some(mut scene) = Scene::of("jobs").await else {
        return;
    };
    let denied = scene.world.put(&scene.logs, "denied.json", "{}").await;
    let rule = Rule::on("s3:GetObject", Fault::Trouble(Trouble::Denied));
    scene.proxy.add(rule.containing("denied.json"));
    for schema in ["1.0", "2.0"] {
        let object = scene.object().await;
        let missing = Stored {
            key: "missing.json".to_owned(),
            ..denied.clone()
        };
        let codes = [
            (&object, "Succeeded"),
            (&missing, "PermanentFailure"),
            (&denied, "TemporaryFailure"),
        ];
        for (object, code) in codes {
            let answer = scene.answer(&task(schema, object)).await;
            let result = &answer["results"][0];
            assert_eq!(result["resultCode"], code, "{answer}");
            assert_eq!(result["taskId"], "task");
            assert!(!result["resultString"].as_str().unwrap().is_empty());
            assert_eq!(answer["invocationSchemaVersion"], schema);
            assert_eq!(answer["invocationId"], "invocation");
            assert_eq!(answer["treatMissingKeysAs"], "PermanentFailure");
        }
    }
    scene.check().await;
    assert_eq!(scene.failed("not_found").await, 2.0);
    assert_eq!(scene.failed("denied").await, 2.0);
}

#[tokio::test]
async fn records_come_inside_events() {
    let Some(mut scene) = Scene::of("inline").await else {
        return;
    };
    // Two batches of one log group, each with its own findings.
    for _ in 0..2 {
        let logs = json!({"awslogs": {"data": base64(&subscription(&[scene.record()]))}});
        assert_eq!(scene.answer(&logs).await, Value::Null);
    }
    let control = json!({"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs",
        "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE"}]});
    let control = payloads::gzip(control.to_string().as_bytes());
    let logs = json!({"awslogs": {"data": base64(&control)}});
    assert_eq!(scene.answer(&logs).await, Value::Null);
    // The header of gzip, and nothing that could be inflated.
    let bad = b"\x1f\x8b\x08\x00 and then this".to_vec();
    let data = [
        subscription(&[scene.record()]),
        bad.clone(),
        control.clone(),
        subscription(&[scene.record()]),
    ];
    let answer = scene.answer(&kinesis(&data)).await;
    let failed = json!([{"itemIdentifier": "n1"}]);
    assert_eq!(answer, json!({"batchItemFailures": failed}));
    let data = [subscription(&[scene.record()]), bad, control];
    let answer = scene.answer(&firehose(&data)).await;
    let result = |n: usize, result: &str| {
        json!({"recordId": format!("r{n}"),
        "result": result, "data": base64(&data[n])})
    };
    let results = json!([
        result(0, "Ok"),
        result(1, "ProcessingFailed"),
        result(2, "Ok")
    ]);
    assert_eq!(answer, json!({"records": results}));
    // What may succeed later comes again only if all of it does.
    let denied = Fault::Trouble(Trouble::Denied);
    scene.proxy.add(Rule::on("dynamodb:PutItem", denied));
    let payload = firehose(&[subscription(&[scene.record()])]);
    let error = scene.error(&payload).await;
    assert!(
        error.starts_with("1 of 1 could not be done: PutItem"),
        "{error}"
    );
    scene.proxy.forgive();
    let answer = scene.answer(&payload).await;
    assert_eq!(answer["records"][0]["result"], "Ok", "{answer}");
    let event = json!({"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cloudtrail", "account": "111122223333", "region": "us-east-1",
        "time": "2026-11-21T10:00:00Z", "resources": [], "detail": scene.record()});
    assert_eq!(scene.answer(&event).await, Value::Null);
    scene.check().await;
    assert_eq!(scene.failed("payload").await, 2.0);
}

#[tokio::test]
async fn an_unknown_event_is_an_error_that_shows_its_shape() {
    let Some(scene) = Scene::of("unknown").await else {
        return;
    };
    let payload = json!({"user": {"password": "secret"}, "n": [1, 2]});
    let error = scene.error(&payload).await;
    assert!(
        error.contains("{user: {password: text}, n: [number; 2]}"),
        "{error}"
    );
    for payload in [json!(null), json!([]), json!("text"), json!({}), json!(7)] {
        scene.error(&payload).await;
    }
    assert!(!scene.function.is_dead());
    let log: Vec<String> = scene.function.log().iter().map(Value::to_string).collect();
    assert!(!log.iter().any(|line| line.contains("secret")), "{log:?}");
    assert!(
        log.iter().any(|line| line.contains("unknown event")),
        "{log:?}"
    );
    assert_eq!(scene.failed("payload").await, 6.0);
    scene.check().await;
}

/// Payloads of others, which name objects that there are not.
#[tokio::test]
async fn payloads_at_hand_do_not_harm() {
    let Some(events) = payloads::at_hand() else {
        return;
    };
    let Some(scene) = Scene::of("at-hand").await else {
        return;
    };
    let count = events.len();
    for (name, payload) in events {
        let want = match name.as_str() {
            // A line of flow log that stands for no one's records.
            "s3-test-event.json" | "cloudwatch-logs-event.json" => Ok(Value::Null),
            "sqs-event.json" => {
                Ok(json!({"batchItemFailures": [{"itemIdentifier": "MessageID_1"}]}))
            }
            // A greeting, which is no log, and nothing that could be tried again.
            "kinesis-event.json" => Ok(json!({"batchItemFailures": []})),
            // Its topic carries a greeting.
            "sns-event.json" => Err(("UnknownPayload", "is of no known kind")),
            "s3-event.json" | "s3-event-generated-tags.json" | "eventbridge-s3-event.json" => {
                Err((
                    "ObjectsFailed",
                    "1 of 1 could not be done: GetObject: NoSuchBucket",
                ))
            }
            _ => panic!("{name} is new"),
        };
        match (scene.function.invoke(&payload).await.outcome, want) {
            (Outcome::Answer(answer), Ok(want)) => assert_eq!(answer, want, "{name}"),
            (Outcome::Error(error), Err((kind, message))) => {
                assert_eq!(error["errorType"], kind, "{name}");
                let said = error["errorMessage"].as_str().unwrap();
                assert!(said.contains(message), "{name}: {said}");
            }
            (outcome, want) => panic!("{name}: {outcome:?} and not {want:?}"),
        }
    }
    assert_eq!(count, 8);
    assert!(!scene.function.is_dead());
}
