use std::collections::HashMap;
use std::error::Error as _;
use std::time::{Duration, Instant};

use aws_sdk_cloudwatch::types::MetricDatum;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_s3::error::DisplayErrorContext;
use flowtrail_aws::{Fault as Read, FaultKind};

use super::stand_in_setup;
use crate::function::Outcome;
use crate::proxy::{Fault, Gate, Proxy, Rule, Trouble};
use crate::world::World;

const BODY: &[u8] = &[7; 100_000];

/// The world, a proxy before it, and the same world through the proxy.
async fn worlds(test: &str) -> Option<(World, Proxy, World)> {
    let world = World::of(test).await?;
    let proxy = Proxy::before(&world.endpoint);
    let through = World::at(&proxy.url(), test).await;
    Some((world, proxy, through))
}

/// One call to every service, and what it says if it fails.
async fn one_of_each(world: &World) -> Vec<Result<(), Read>> {
    let get = world.s3.get_object().bucket("none").key("k").send().await;
    let publish = world
        .sns
        .publish()
        .topic_arn("arn:aws:sns:us-east-1:123456789012:none");
    let publish = publish.message("m").send().await;
    let send = world
        .sqs
        .send_message()
        .queue_url(format!("{}/1/none", world.endpoint));
    let send = send.message_body("b").send().await;
    let entry = PutEventsRequestEntry::builder()
        .source("s")
        .detail_type("t")
        .detail("{}");
    let put_events = world
        .events
        .put_events()
        .entries(entry.build())
        .send()
        .await;
    let item = world.dynamodb.get_item().table_name("none");
    let item = item.key("pk", AttributeValue::S("p".into())).send().await;
    let datum = MetricDatum::builder().metric_name("m").value(1.0).build();
    let metric = world
        .cloudwatch
        .put_metric_data()
        .namespace("proxy")
        .metric_data(datum);
    let metric = metric.send().await;
    vec![
        get.map(drop).map_err(|e| Read::of("s3:GetObject", &e)),
        publish.map(drop).map_err(|e| Read::of("sns:Publish", &e)),
        send.map(drop).map_err(|e| Read::of("sqs:SendMessage", &e)),
        put_events
            .map(drop)
            .map_err(|e| Read::of("events:PutEvents", &e)),
        item.map(drop).map_err(|e| Read::of("dynamodb:GetItem", &e)),
        metric
            .map(drop)
            .map_err(|e| Read::of("cloudwatch:PutMetricData", &e)),
    ]
}

fn kinds(results: &[Result<(), Read>]) -> Vec<Option<FaultKind>> {
    let kind = |r: &Result<(), Read>| r.as_ref().err().map(|f| f.kind);
    results.iter().map(kind).collect()
}

#[tokio::test]
async fn calls_are_named_counted_and_kept() {
    let Some((_, proxy, through)) = worlds("named").await else {
        return;
    };
    let none = Some(FaultKind::NotFound);
    let answers = one_of_each(&through).await;
    assert_eq!(
        kinds(&answers),
        [none, none, none, None, none, None],
        "{answers:?}"
    );
    for call in [
        "s3:GetObject",
        "sns:Publish",
        "sqs:SendMessage",
        "events:PutEvents",
        "dynamodb:GetItem",
        "cloudwatch:PutMetricData",
    ] {
        let calls = proxy.calls(call);
        assert_eq!(calls.len(), 1, "{call}");
        assert!(calls[0].status.is_some() && !calls[0].faulty);
        assert_eq!(calls[0].encoding, None);
    }
    let bucket = through.bucket("b").await;
    through.put(&bucket, "a/k", BODY).await;
    assert_eq!(through.objects(&bucket, "").await["a/k"], BODY);
    through.delete(&bucket, "a/k").await;
    for call in ["CreateBucket", "PutObject", "ListObjectsV2", "DeleteObject"] {
        assert_eq!(proxy.calls(&format!("s3:{call}")).len(), 1, "{call}");
    }
    assert!(proxy.calls("s3:Put*")[0].path.contains("/a/k?"));
    assert_eq!(proxy.calls("*").len(), 11);
}

#[tokio::test]
async fn troubles_are_worded_as_each_service_does() {
    let Some((_, proxy, through)) = worlds("worded").await else {
        return;
    };
    let cases = [
        (Trouble::Throttled, FaultKind::Throttled),
        (Trouble::Internal, FaultKind::Service),
        (Trouble::Denied, FaultKind::Denied),
        (Trouble::KeyDenied, FaultKind::KeyDenied),
        (
            Trouble::Other(400, "InvalidParameterValue"),
            FaultKind::Invalid,
        ),
    ];
    for (trouble, kind) in cases {
        proxy.add(Rule::on("*", Fault::Trouble(trouble)));
        let answers = one_of_each(&through).await;
        assert_eq!(kinds(&answers), [Some(kind); 6], "{trouble:?} {answers:?}");
        proxy.forgive();
    }
    assert!(proxy.calls("*").iter().all(|c| c.faulty));
}

#[tokio::test]
async fn a_rule_is_for_the_calls_that_it_names() {
    let Some((_, proxy, through)) = worlds("turns").await else {
        return;
    };
    let bucket = through.bucket("b").await;
    through.put(&bucket, "one", BODY).await;
    let slow = Fault::Trouble(Trouble::Throttled);
    proxy.add(
        Rule::on("s3:GetObject", slow)
            .calls(2..=3)
            .containing("/one"),
    );
    let mut got = Vec::new();
    for key in ["one", "other", "one", "one", "one"] {
        let get = through
            .s3
            .get_object()
            .bucket(&bucket)
            .key(key)
            .send()
            .await;
        got.push(get.err().map(|e| Read::of("GetObject", &e).kind));
    }
    let (slow, none) = (Some(FaultKind::Throttled), Some(FaultKind::NotFound));
    assert_eq!(got, [None, none, slow, slow, None]);
}

#[tokio::test]
async fn a_table_can_leave_items_out() {
    let Some((_, proxy, through)) = worlds("leave").await else {
        return;
    };
    proxy.add(Rule::on(
        "dynamodb:BatchWriteItem",
        Fault::Trouble(Trouble::Unprocessed),
    ));
    let put = PutRequest::builder().item("pk", AttributeValue::S("p".into()));
    let write = WriteRequest::builder().put_request(put.build().unwrap());
    let write = vec![write.build()];
    let sent = through
        .dynamodb
        .batch_write_item()
        .request_items("t", write.clone())
        .send()
        .await
        .unwrap();
    let left = sent.unprocessed_items.unwrap();
    assert_eq!(left, HashMap::from([("t".to_owned(), write)]));
}

/// What the client got of the body, and how it went wrong.
async fn broken(world: &World, bucket: &str) -> (usize, String) {
    let mut got = world
        .s3
        .get_object()
        .bucket(bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_length(), Some(BODY.len().try_into().unwrap()));
    let mut bytes = 0;
    loop {
        match tokio::time::timeout(Duration::from_secs(1), got.body.next()).await {
            Err(_) => return (bytes, "nothing comes".to_owned()),
            Ok(None) => return (bytes, "complete".to_owned()),
            Ok(Some(Ok(part))) => bytes += part.len(),
            Ok(Some(Err(e))) => {
                let cause = e.source().map(ToString::to_string);
                return (bytes, format!("{e} {cause:?} {}", DisplayErrorContext(&e)));
            }
        }
    }
}

#[tokio::test]
async fn bodies_break_off_in_three_ways() {
    let Some((_, proxy, through)) = worlds("break").await else {
        return;
    };
    let bucket = through.bucket("b").await;
    through.put(&bucket, "k", BODY).await;
    let after = 60_000;
    proxy.add(Rule::on("s3:GetObject", Fault::Reset { after }).calls(1..=1));
    proxy.add(Rule::on("s3:GetObject", Fault::Cut { after }).calls(2..=2));
    proxy.add(Rule::on("s3:GetObject", Fault::Stall { after }).calls(3..=3));
    let (bytes, error) = broken(&through, &bucket).await;
    assert!(error.contains("reset"), "{error}");
    assert_eq!(bytes, after);
    let (bytes, error) = broken(&through, &bucket).await;
    assert!(!error.contains("reset") && error != "complete", "{error}");
    assert_eq!(bytes, after);
    let (bytes, error) = broken(&through, &bucket).await;
    assert_eq!((bytes, error.as_str()), (after, "nothing comes"));
    let (bytes, error) = broken(&through, &bucket).await;
    assert_eq!((bytes, error.as_str()), (BODY.len(), "complete"));
}

#[tokio::test]
async fn calls_are_lost_late_or_never_answered() {
    let Some((world, proxy, through)) = worlds("lost").await else {
        return;
    };
    let queue = world.queue("q").await;
    let send = async || {
        let send = through.sqs.send_message().queue_url(&queue.url);
        let sent = send.message_body("m").send().await;
        sent.map(drop).map_err(|e| Read::of("SendMessage", &e).kind)
    };
    proxy.add(Rule::on("sqs:SendMessage", Fault::Refuse));
    assert_eq!(send().await, Err(FaultKind::Network));
    assert_eq!(world.drain(&queue).await.len(), 0);
    proxy.forgive();
    proxy.add(Rule::on("sqs:SendMessage", Fault::LoseAnswer));
    assert_eq!(send().await, Err(FaultKind::Network));
    assert_eq!(world.drain(&queue).await.len(), 1);
    proxy.forgive();
    let late = Duration::from_millis(300);
    proxy.add(Rule::on("sqs:SendMessage", Fault::Delay(late)));
    let start = Instant::now();
    assert_eq!(send().await, Ok(()));
    assert!(start.elapsed() >= late);
    assert_eq!(world.drain(&queue).await.len(), 1);
    proxy.forgive();
    proxy.add(Rule::on("sqs:SendMessage", Fault::Silence));
    assert!(tokio::time::timeout(late, send()).await.is_err());
    assert_eq!(world.drain(&queue).await.len(), 0);
}

/// The process dies after it has sent a request: before it is carried out, and
/// after it was, but before it is answered.
#[tokio::test]
async fn a_process_is_killed_at_a_call() {
    let Some((world, proxy, _)) = worlds("killed").await else {
        return;
    };
    let bucket = world.bucket("b").await;
    let put = serde_json::json!({"do": "put", "bucket": bucket});
    let setup = stand_in_setup(&world).through(&proxy);
    let holding: [fn(Gate) -> Fault; 2] = [Fault::HoldRequest, Fault::HoldAnswer];
    for (n, hold) in holding.into_iter().enumerate() {
        let function = setup.start();
        let gate = Gate::new();
        proxy.add(Rule::on("s3:PutObject", hold(gate.clone())));
        let (invoked, ()) = tokio::join!(function.invoke(&put), async {
            gate.reached_by(1).await;
            function.kill();
        });
        assert_eq!(invoked.outcome, Outcome::Died);
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.open();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(world.objects(&bucket, "").await.len(), n);
        proxy.forgive();
    }
    // An open gate lets pass.
    let gate = Gate::new();
    gate.open();
    proxy.add(Rule::on("s3:*", Fault::HoldRequest(gate)));
    let function = setup.start();
    let invoked = function.invoke(&put).await;
    assert!(matches!(invoked.outcome, Outcome::Answer(_)), "{invoked:?}");
}
