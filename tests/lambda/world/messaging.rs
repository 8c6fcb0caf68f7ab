//! Queues, topics, buses, and what leads from buckets into them.

use std::collections::HashMap;

use aws_sdk_eventbridge::types::Target;
use aws_sdk_s3::types::{
    Event, EventBridgeConfiguration, NotificationConfiguration, QueueConfiguration,
    TopicConfiguration,
};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::{Value, json};

use super::World;

/// A queue.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) arn: String,
}

/// A message that was taken out of a queue.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) body: Value,
    /// Message attributes that are texts or numbers.
    pub(crate) attributes: HashMap<String, String>,
}

impl World {
    pub(crate) async fn queue(&self, what: &str) -> Queue {
        let create = self.sqs.create_queue().queue_name(self.named(what));
        let made = create.send().await.unwrap();
        self.queue_at(made.queue_url().unwrap()).await
    }

    /// A queue whose messages go to `dead` when they have been received so often
    /// and come once more.
    pub(crate) async fn queue_before(&self, dead: &Queue, what: &str, receives: u32) -> Queue {
        let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": receives});
        let create = self.sqs.create_queue().queue_name(self.named(what));
        let create = create.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
        let made = create.send().await.unwrap();
        self.queue_at(made.queue_url().unwrap()).await
    }

    async fn queue_at(&self, url: &str) -> Queue {
        let get = self.sqs.get_queue_attributes().queue_url(url);
        let got = get.attribute_names(QueueAttributeName::QueueArn).send();
        let arn = got.await.unwrap().attributes.unwrap();
        Queue {
            url: url.to_owned(),
            arn: arn[&QueueAttributeName::QueueArn].clone(),
        }
    }

    pub(crate) async fn send(&self, queue: &Queue, body: &str) {
        let send = self.sqs.send_message().queue_url(&queue.url);
        send.message_body(body).send().await.unwrap();
    }

    /// Up to ten messages, which stay in the queue, invisible for a while.
    pub(crate) async fn receive(&self, queue: &Queue, most: i32) -> Vec<Message> {
        let receive = self.sqs.receive_message().queue_url(&queue.url);
        let receive = receive
            .max_number_of_messages(most.clamp(1, 10))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All");
        let got = receive.send().await.unwrap();
        got.messages.unwrap_or_default()
    }

    /// Takes everything out of a queue. Bodies that are no JSON are texts.
    pub(crate) async fn drain(&self, queue: &Queue) -> Vec<Received> {
        let mut out = Vec::new();
        loop {
            let messages = self.receive(queue, 10).await;
            if messages.is_empty() {
                return out;
            }
            for message in messages {
                let delete = self.sqs.delete_message().queue_url(&queue.url);
                let delete = delete.receipt_handle(message.receipt_handle().unwrap());
                delete.send().await.unwrap();
                out.push(received(message));
            }
        }
    }

    pub(crate) async fn topic(&self, what: &str) -> String {
        let create = self.sns.create_topic().name(self.named(what));
        create.send().await.unwrap().topic_arn.unwrap()
    }

    /// A queue gets what is published: in an envelope, or `raw`.
    pub(crate) async fn subscribe(&self, topic: &str, queue: &Queue, raw: bool) {
        let subscribe = self.sns.subscribe().topic_arn(topic).protocol("sqs");
        let subscribe = subscribe.endpoint(&queue.arn);
        let subscribe = subscribe.attributes("RawMessageDelivery", raw.to_string());
        subscribe.send().await.unwrap();
    }

    /// A bus, and a queue that gets every event that Flowtrail puts into it.
    /// moto also sends what S3 has to say to it, to every bus there is.
    pub(crate) async fn bus(&self, what: &str) -> (String, Queue) {
        let bus = self.named(what);
        let create = self.events.create_event_bus().name(&bus);
        create.send().await.unwrap();
        let queue = self.queue(&format!("{what}-q")).await;
        let pattern = json!({"source": ["flowtrail"]});
        self.route(&bus, &pattern, &queue).await;
        (bus, queue)
    }

    /// Events of a bus that fit a pattern go to a queue.
    pub(crate) async fn route(&self, bus: &str, pattern: &Value, queue: &Queue) {
        let rule = queue.arn.rsplit(':').next().unwrap();
        let put = self.events.put_rule().name(rule).event_bus_name(bus);
        let put = put.event_pattern(pattern.to_string());
        put.send().await.unwrap();
        let target = Target::builder().id("queue").arn(&queue.arn);
        let put = self.events.put_targets().rule(rule).event_bus_name(bus);
        let put = put.targets(target.build().unwrap());
        let put = put.send().await.unwrap();
        assert_eq!(put.failed_entry_count(), 0);
    }

    /// New objects of a bucket are announced to a queue. A test event comes first.
    pub(crate) async fn announce_to_queue(&self, bucket: &str, queue: &Queue) {
        let to = QueueConfiguration::builder().queue_arn(&queue.arn);
        let to = to.events(Event::S3ObjectCreated).build().unwrap();
        let all = NotificationConfiguration::builder().queue_configurations(to);
        self.announce(bucket, all.build()).await;
    }

    /// New objects of a bucket are announced to a topic. A test event comes first.
    pub(crate) async fn announce_to_topic(&self, bucket: &str, topic: &str) {
        let to = TopicConfiguration::builder().topic_arn(topic);
        let to = to.events(Event::S3ObjectCreated).build().unwrap();
        let all = NotificationConfiguration::builder().topic_configurations(to);
        self.announce(bucket, all.build()).await;
    }

    /// New objects of a bucket are announced through EventBridge to a queue.
    pub(crate) async fn announce_as_event(&self, bucket: &str, queue: &Queue) {
        let on = EventBridgeConfiguration::builder().build();
        let all = NotificationConfiguration::builder().event_bridge_configuration(on);
        self.announce(bucket, all.build()).await;
        let pattern = json!({"source": ["aws.s3"], "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}}});
        self.route("default", &pattern, queue).await;
    }

    async fn announce(&self, bucket: &str, all: NotificationConfiguration) {
        let put = self.s3.put_bucket_notification_configuration();
        let put = put.bucket(bucket).notification_configuration(all);
        put.send().await.unwrap();
    }
}

fn received(message: Message) -> Received {
    let text = message.body.unwrap_or_default();
    let attributes = message.message_attributes.unwrap_or_default();
    let attributes = attributes.into_iter();
    Received {
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        attributes: attributes
            .filter_map(|(k, v)| Some((k, v.string_value?)))
            .collect(),
    }
}
