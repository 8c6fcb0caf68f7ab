//! What one invocation can do, and what becomes of more.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::stage::{Logs, Stage, count, is_answer, is_error, warm};
use crate::function::Setup;
use crate::payload;
use crate::proxy::{Fault, Rule, Trouble};

/// Rules, each for an event of its own.
const RULES: usize = 500;
/// Findings of one object whose table is slow.
const FINDINGS: usize = 300;

/// A record of an event, so many minutes ago.
fn record(name: &str, id: usize, minutes_ago: usize) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let secs = now.unwrap().as_secs() - 60 * u64::try_from(minutes_ago).unwrap();
    let time = flowtrail_event::EventTime::from_secs(secs.try_into().unwrap());
    json!({"eventVersion": "1.08", "eventID": format!("{name}-{id}"),
        "eventTime": time.to_string(), "eventSource": "ec2.amazonaws.com",
        "eventName": name, "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2", "eventType": "AwsApiCall",
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::222233334444:user/{id}")},
        "recipientAccountId": "222233334444"})
}

fn log(key: &str, records: &[Value]) -> Logs {
    let text = json!({"Records": records}).to_string();
    vec![(key.to_owned(), text.into_bytes())]
}

/// The stage's settings with these rules and no others.
async fn ruled(stage: &Stage, rules: &str) -> Setup {
    let bucket = stage.world.bucket("rules").await;
    stage.world.put(&bucket, "r.yml", rules.to_owned()).await;
    let setup = stage.setup();
    let setup = setup.with("FLOWTRAIL_RULES", &format!("s3://{bucket}"));
    setup.with("FLOWTRAIL_NO_SHIPPED_RULES", "true")
}

/// More data than one request holds, of which CloudWatch takes the first request
/// and not the second: what was counted is never counted again for certain.
#[tokio::test]
async fn more_data_than_one_request_holds() {
    let mut rules = String::new();
    for n in 0..RULES {
        write!(
            rules,
            "title: R{n}\nid: 0f0f0f0f-0000-4000-8000-{n:012}\nlevel: medium\n\
             logsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{eventName: E{n}}}, condition: s}}\n---\n"
        )
        .unwrap();
    }
    let rules = rules.trim_end_matches("---\n");
    let records: Vec<Value> = (0..RULES).map(|n| record(&format!("E{n}"), n, n)).collect();
    let run = async |refused: bool| {
        let stage = Stage::with("data", &log("many.json", &records), true).await?;
        let setup = ruled(&stage, rules).await;
        let function = warm(setup.with("FLOWTRAIL_RULE_METRICS", "500").start()).await;
        if refused {
            let denied = Fault::Trouble(Trouble::Denied);
            let rule = Rule::on("cloudwatch:PutMetricData", denied);
            stage.proxy.add(rule.calls(2..=2));
            let invoked = function.invoke(&stage.event()).await;
            assert!(is_error(&invoked), "{invoked:?}");
            stage.proxy.forgive();
        }
        let before = stage.proxy.calls("cloudwatch:PutMetricData").len();
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{invoked:?}");
        let requests = stage.proxy.calls("cloudwatch:PutMetricData").len() - before;
        let sum = async |name: &str, dimension: &[(&str, &str)]| {
            let series = stage.world.metric(name, dimension).await;
            series.map_or(0.0, |s| s.sum)
        };
        let level = [("Level", "medium")];
        Some((
            sum("Findings", &level).await,
            sum("UncertainFindings", &level).await,
            sum("Objects", &[]).await,
            requests,
        ))
    };
    let (whole, half) = tokio::join!(run(false), run(true));
    let all = count(RULES);
    if let (Some(whole), Some(half)) = (whole, half) {
        assert_eq!(whole, (all, 0.0, 1.0, 2));
        // What was in the second request is lost, and said to be uncertain.
        assert_eq!(half, (all, all, 0.0, 1));
    }
}

/// An alarm of a rule's own stands on a metric that is there without any setting,
/// and no other rule has one; a finding that may have been counted is counted there.
#[tokio::test]
async fn a_rule_that_asks_for_an_alarm_has_a_metric() {
    let rule = |n: usize, own: &str| {
        format!(
            "title: R{n}\nid: 0f0f0f0f-0000-4000-8000-{n:012}\nlevel: medium\n\
             logsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{eventName: E{n}}}, condition: s}}\n\
             flowtrail: {{alarm: {{period: 5m{own}}}}}\n"
        )
    };
    let rules = [rule(1, ", own: Because"), rule(2, "")].join("---\n");
    let records = [record("E1", 1, 1), record("E2", 2, 1)];
    let Some(stage) = Stage::with("own", &log("two.json", &records), true).await else {
        return;
    };
    let function = warm(ruled(&stage, &rules).await.start()).await;
    // What the first tells is lost on its way.
    let cut = Rule::on("cloudwatch:PutMetricData", Fault::Refuse);
    stage.proxy.add(cut);
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_error(&invoked), "{invoked:?}");
    stage.proxy.forgive();
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    let sum = async |name: &str, dimension: &[(&str, &str)]| {
        let series = stage.world.metric(name, dimension).await;
        series.map(|s| s.sum)
    };
    let level = [("Level", "medium")];
    assert_eq!(sum("UncertainFindings", &level).await, Some(2.0));
    for (n, of_rule) in [(1, Some(1.0)), (2, None)] {
        let id = format!("0f0f0f0f-0000-4000-8000-{n:012}");
        assert_eq!(
            sum("FindingsByRule", &[("Rule", &id)]).await,
            of_rule,
            "{n}"
        );
    }
}

/// Without the table, or the bucket for findings, nothing is buried, and nothing
/// is lost once it is there.
#[tokio::test]
async fn what_is_not_there_yet_is_waited_for() {
    for missing in ["table", "bucket"] {
        let Some(mut stage) = Stage::of("missing").await else {
            return;
        };
        let late = stage.world.named("late");
        match missing {
            "table" => stage.table = Some(late.clone()),
            _ => stage.findings = late.clone(),
        }
        let function = stage.start().await;
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_error(&invoked), "{missing} {invoked:?}");
        let sums = stage.sums().await;
        assert_eq!(sums.of("Findings"), 0.0, "{missing} {sums:?}");
        let failed = count(stage.stored.len());
        assert_eq!(
            sums.of("ObjectsFailed/not_found"),
            failed,
            "{missing} {sums:?}"
        );
        assert_eq!(stage.dead().await.len(), 0, "{missing}");
        match missing {
            "table" => drop(stage.world.table("late").await),
            _ => drop(stage.world.bucket("late").await),
        }
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{missing} {invoked:?}");
        stage.assert_whole(missing).await;
    }
}

const MANY: &str = "title: One\nname: one\nlevel: low\n\
    logsource: {product: aws, service: cloudtrail}\n\
    detection: {s: {eventName: A}, condition: s}\n---\n\
    title: Many\nid: 0f0f0f0f-0000-4000-8000-000000000004\nlevel: medium\n\
    correlation: {type: event_count, rules: [one], generate: true, \
    group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 1}}\n";

/// A table that takes a fifth of a second for each call. One after the other the
/// calls for one object would take minutes.
#[tokio::test]
async fn the_table_is_asked_side_by_side() {
    let records: Vec<Value> = (0..FINDINGS).map(|n| record("A", n, 10)).collect();
    let Some(stage) = Stage::with("slow", &log("slow.json", &records), true).await else {
        return;
    };
    let setup = ruled(&stage, MANY).await.timeout(Duration::from_secs(60));
    let function = warm(setup.start()).await;
    let delay = Duration::from_millis(200);
    stage.proxy.add(Rule::on("dynamodb:*", Fault::Delay(delay)));
    let began = Instant::now();
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    let took = began.elapsed();
    let calls = stage.proxy.calls("dynamodb:*").len();
    let alone = delay * u32::try_from(calls).unwrap();
    eprintln!("{calls} calls in {took:.1?}; one after the other {alone:.1?}");
    assert!(calls > 4 * FINDINGS && took < alone / 5, "{calls} {took:?}");
    let sums = stage.sums().await;
    assert_eq!(sums.of("Findings"), count(2 * FINDINGS), "{sums:?}");
}

/// Others never stop adding to the same window: the object is tried again, and
/// not taken for done.
#[tokio::test]
async fn a_window_that_never_rests_comes_again() {
    let Some(stage) = Stage::of("restless").await else {
        return;
    };
    let function = stage.start().await;
    let first = payload::s3(&stage.stored[..1]);
    assert!(is_answer(&function.invoke(&first).await));
    let table = stage.table.clone().unwrap();
    let items = stage.world.items(&table).await;
    let items: Vec<_> = items
        .into_iter()
        .filter(|(_, i)| i.contains_key("entries"))
        .collect();
    assert!(!items.is_empty());
    // Every question takes so long that somebody adds meanwhile.
    let slow = Fault::Delay(Duration::from_millis(300));
    stage.proxy.add(Rule::on("dynamodb:Query", slow));
    let adding = async {
        for n in 0.. {
            for ((pk, sk), item) in &items {
                let time = sk.split('#').next().unwrap();
                let put = stage.world.dynamodb.put_item().table_name(&table);
                let put = put
                    .set_item(Some(item.clone()))
                    .item("pk", AttributeValue::S(pk.clone()))
                    .item("sk", AttributeValue::S(format!("{time}#restless-{n}#0")))
                    .item("object", AttributeValue::S(format!("restless-{n}")));
                put.send().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let event = stage.event();
    let invoked = tokio::select! {
        () = adding => unreachable!(),
        invoked = function.invoke(&event) => invoked,
    };
    assert!(is_error(&invoked), "{invoked:?}");
    assert!(
        format!("{invoked:?}").contains("keep adding"),
        "{invoked:?}"
    );
    let sums = stage.sums().await;
    assert!(sums.of("ObjectsFailed/throttled") >= 1.0, "{sums:?}");
    stage.proxy.forgive();
    assert!(is_answer(&function.invoke(&event).await));
    stage.assert_whole("it rests").await;
}
