use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::types::PutEventsResultEntry;
use aws_sdk_sns::operation::publish_batch::PublishBatchOutput;
use aws_sdk_sns::types::PublishBatchResultEntry;
use aws_smithy_mocks::mock;

use super::super::sample;
use super::*;
use crate::fault::FaultKind;

fn topic() -> Topic {
    let rule = mock!(aws_sdk_sns::Client::publish_batch).then_compute_output(|r| {
        let entries = r.publish_batch_request_entries().iter();
        let entries = entries.map(|e| PublishBatchResultEntry::builder().id(e.id()).build());
        PublishBatchOutput::builder()
            .set_successful(Some(entries.collect()))
            .build()
    });
    Topic::new(sample::mocked!(aws_sdk_sns, &rule), "arn:t")
}

/// A bus that never takes an event of rule `bad`.
fn bus() -> Bus {
    let rule = mock!(aws_sdk_eventbridge::Client::put_events).then_compute_output(|r| {
        let result = |detail: &str| match detail {
            d if d.contains(r#""rule":"bad""#) => PutEventsResultEntry::builder()
                .error_code("InvalidArgument")
                .build(),
            _ => PutEventsResultEntry::builder().event_id("e").build(),
        };
        let entries = r.entries().iter().map(|e| result(e.detail().unwrap()));
        PutEventsOutput::builder()
            .set_entries(Some(entries.collect()))
            .build()
    });
    Bus::new(sample::mocked!(aws_sdk_eventbridge, &rule), "bus")
}

#[tokio::test]
async fn told_is_what_every_channel_has_taken() {
    let findings = [
        sample::rendered(1, "good", "eva", 10),
        sample::rendered(2, "bad", "eva", 10),
        sample::rendered(3, "bad", "eva", 10),
        sample::rendered(1, "good", "eva", 10),
    ];
    let notices: Vec<Notice<'_>> = findings
        .iter()
        .map(|finding| Notice {
            finding,
            whole: None,
        })
        .collect();
    let good = BTreeSet::from([findings[0].id.clone()]);
    let all: BTreeSet<String> = findings.iter().map(|f| f.id.clone()).collect();

    let told = Notifier::new(Some(topic()), None)
        .tell(&notices, sample::later())
        .await;
    assert_eq!((told.told, told.messages), (all, 2));
    assert_eq!(told.failed, []);

    let told = Notifier::new(Some(topic()), Some(bus()))
        .tell(&notices, sample::later())
        .await;
    assert_eq!((told.told, told.messages), (good, 3));
    assert_eq!(told.failed.len(), 1);
    let failed = &told.failed[0];
    assert_eq!(failed.channel, "eventbridge");
    assert_eq!(failed.ids, [findings[1].id.clone(), findings[2].id.clone()]);
    assert_eq!(failed.fault.kind, FaultKind::Invalid);

    let nobody = Notifier::default();
    assert!(nobody.is_empty());
    assert_eq!(
        nobody.tell(&notices, sample::later()).await,
        Told::default()
    );
}
