use std::collections::BTreeMap;

use flowtrail_lambda::trigger::{Trigger, Work};
use serde_json::{Value, json};

use crate::payload;
use crate::world::{Stored, World};

/// What the function's own reader makes of an event.
fn objects(event: &Value) -> Vec<(String, String, Option<String>)> {
    let works = Trigger::read(event).unwrap().items.into_iter();
    let works = works.flat_map(|i| i.works);
    let object = |work| match work {
        Work::Object(o) => Some((o.bucket, o.key, o.version)),
        Work::Inline { .. } | Work::Unread { .. } | Work::Nothing(_) => None,
    };
    works.filter_map(object).collect()
}

fn names(stored: &Stored) -> (String, String, Option<String>) {
    (
        stored.bucket.clone(),
        stored.key.clone(),
        stored.version.clone(),
    )
}

#[tokio::test]
async fn an_object_is_announced_through_topics_and_queues() {
    let Some(world) = World::of("announced").await else {
        return;
    };
    let key = "AWSLogs/1/a b+c=ü.json.gz";
    let (plain, wrapped, raw, event) = (
        world.queue("plain").await,
        world.queue("wrapped").await,
        world.queue("raw").await,
        world.queue("event").await,
    );
    let topic = world.topic("topic").await;
    world.subscribe(&topic, &wrapped, false).await;
    world.subscribe(&topic, &raw, true).await;
    let to_queue = world.bucket("b1").await;
    world.announce_to_queue(&to_queue, &plain).await;
    let to_topic = world.bucket("b2").await;
    world.announce_to_topic(&to_topic, &topic).await;
    let to_bus = world.bucket("b3").await;
    world.announce_as_event(&to_bus, &event).await;
    for bucket in [&to_queue, &to_topic, &to_bus] {
        world.put(bucket, key, "x").await;
    }
    for (queue, bucket, tests) in [
        (&plain, &to_queue, 1),
        (&raw, &to_topic, 1),
        (&event, &to_bus, 0),
    ] {
        let got = world.drain(queue).await;
        let is_test = |m: &&crate::world::Received| m.body["Event"] == "s3:TestEvent";
        assert_eq!(got.iter().filter(is_test).count(), tests, "{got:#?}");
        let real: Vec<_> = got.iter().filter(|m| !is_test(m)).collect();
        assert_eq!(real.len(), 1);
        let found = objects(&real[0].body);
        assert_eq!(found[0].0, *bucket);
        assert_eq!(found[0].1, key);
    }
    let got = world.drain(&wrapped).await;
    let last = &got.last().unwrap().body;
    assert_eq!(last["Type"], "Notification");
    assert_eq!(objects(last)[0].1, key);
}

#[tokio::test]
async fn events_in_the_words_of_aws_name_the_object_that_was_put() {
    let Some(world) = World::of("worded-events").await else {
        return;
    };
    let bucket = world.versioned_bucket("b").await;
    let first = world.put(&bucket, "a b+c=ü/x.gz", "one").await;
    let second = world.put(&bucket, "a b+c=ü/x.gz", "two!").await;
    assert!(first.version.is_some() && first.version != second.version);
    assert!(first.sequencer < second.sequencer);
    assert_ne!(first.etag, second.etag);
    assert_eq!((first.size, second.size), (3, 4));
    let both = [first.clone(), second.clone()];
    let want = [names(&first), names(&second)];
    let notification = payload::s3(&both);
    assert_eq!(objects(&notification), want);
    let key = &notification["Records"][0]["s3"]["object"]["key"];
    assert_eq!(*key, "a+b%2Bc%3D%C3%BC/x.gz");
    assert_eq!(objects(&payload::sns(&notification)), want);
    assert_eq!(objects(&payload::event_bridge(&second)), want[1..]);
}

#[tokio::test]
async fn what_is_published_can_be_read() {
    let Some(world) = World::of("published").await else {
        return;
    };
    let topic = world.topic("topic").await;
    let queue = world.queue("q").await;
    world.subscribe(&topic, &queue, true).await;
    let level = aws_sdk_sns::types::MessageAttributeValue::builder();
    let level = level.data_type("String").string_value("high").build();
    let publish = world.sns.publish().topic_arn(&topic).message("{\"n\": 1}");
    let publish = publish.message_attributes("level", level.unwrap());
    publish.send().await.unwrap();
    let got = world.drain(&queue).await;
    assert_eq!(got[0].body, json!({"n": 1}));
    assert_eq!(got[0].attributes["level"], "high");
    let (bus, events) = world.bus("bus").await;
    let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder();
    let entry = entry.event_bus_name(&bus).source("flowtrail");
    let entry = entry.detail_type("Finding").detail("{\"n\": 2}").build();
    let put = world.events.put_events().entries(entry).send().await;
    assert_eq!(put.unwrap().failed_entry_count(), 0);
    let got = world.drain(&events).await;
    assert_eq!(got[0].body["detail"], json!({"n": 2}));
    let bucket = world.bucket("b").await;
    world.put(&bucket, "f/1.json", "{\"n\": 3}").await;
    world.put(&bucket, "g/1.json", "[]").await;
    let want = BTreeMap::from([("f/1.json".to_owned(), json!({"n": 3}))]);
    assert_eq!(world.documents(&bucket, "f/").await, want);
}
