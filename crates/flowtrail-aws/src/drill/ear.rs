//! A queue that hears what a topic tells of drills.
//!
//! A queue of its own takes nothing away from anybody who listens to the topic;
//! reading somebody's queue would, and a metric of the topic cannot tell a drill
//! from other messages. The subscription lets only messages pass that carry the
//! mark, so no real finding ever lies in that queue.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use super::Drill;
use crate::fault::{Fault, FaultKind};

/// Seconds after which a queue that was left behind is empty.
const KEPT_SECONDS: &str = "3600";
/// Seconds that a look waits for a message.
const WAIT_SECONDS: i32 = 1;

/// The queue and its subscription, as far as they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ear {
    /// The queue's URL.
    pub queue: Option<String>,
    /// The subscription's ARN.
    pub subscription: Option<String>,
}

impl Drill {
    /// Makes a queue that only `topic` may send to, and subscribes it. What was
    /// made stands in `ear` even if the rest fails.
    ///
    /// # Errors
    /// Those of `CreateQueue`, `GetQueueAttributes` and `Subscribe`.
    pub async fn listen(&self, topic: &str, name: &str, ear: &mut Ear) -> Result<(), Fault> {
        // In the policy of a queue `*` is that queue.
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }]});
        let made = self
            .sqs
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::Policy, policy.to_string())
            .attributes(QueueAttributeName::MessageRetentionPeriod, KEPT_SECONDS)
            .send()
            .await
            .map_err(|e| Fault::of("CreateQueue", &e))?;
        let url = made.queue_url().unwrap_or_default();
        ear.queue = Some(url.to_owned());
        let about = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(|e| Fault::of("GetQueueAttributes", &e))?;
        let arn = about
            .attributes()
            .and_then(|a| a.get(&QueueAttributeName::QueueArn));
        let unsaid = || Fault::new("GetQueueAttributes", FaultKind::Service, "no ARN");
        let made = self
            .sns
            .subscribe()
            .topic_arn(topic)
            .protocol("sqs")
            .endpoint(arn.ok_or_else(unsaid)?)
            .attributes("RawMessageDelivery", "true")
            .attributes("FilterPolicy", json!({"drill": ["true"]}).to_string())
            .return_subscription_arn(true)
            .send()
            .await
            .map_err(|e| Fault::of("Subscribe", &e))?;
        ear.subscription = made.subscription_arn().map(str::to_owned);
        Ok(())
    }

    /// Bodies that have come since the last look; each is heard once.
    ///
    /// # Errors
    /// Those of `ReceiveMessage`.
    pub async fn hear(&self, queue: &str) -> Result<Vec<String>, Fault> {
        const FOR_GOOD: i32 = 3_600;
        let got = self
            .sqs
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .wait_time_seconds(WAIT_SECONDS)
            .visibility_timeout(FOR_GOOD)
            .send()
            .await
            .map_err(|e| Fault::of("ReceiveMessage", &e))?;
        let bodies = got.messages().iter().filter_map(|m| m.body());
        Ok(bodies.map(str::to_owned).collect())
    }

    /// Takes a subscription away.
    ///
    /// # Errors
    /// Those of `Unsubscribe`.
    pub async fn unsubscribe(&self, subscription: &str) -> Result<(), Fault> {
        let call = self.sns.unsubscribe().subscription_arn(subscription);
        let done = call.send().await;
        done.map_err(|e| Fault::of("Unsubscribe", &e)).map(drop)
    }

    /// Takes a queue of that name away.
    ///
    /// # Errors
    /// Those of `GetQueueUrl` and `DeleteQueue`; `NotFound` if there is none.
    pub async fn delete_queue(&self, name: &str) -> Result<(), Fault> {
        let found = self.sqs.get_queue_url().queue_name(name).send().await;
        let found = found.map_err(|e| Fault::of("GetQueueUrl", &e))?;
        let url = found.queue_url().unwrap_or_default();
        let done = self.sqs.delete_queue().queue_url(url).send().await;
        done.map_err(|e| Fault::of("DeleteQueue", &e)).map(drop)
    }
}
