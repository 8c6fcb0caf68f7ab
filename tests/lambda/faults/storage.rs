//! S3 on its bad days, and objects that are not what was announced.

use std::fmt::Write as _;

use super::delivery::{adds_up, again, batch};
use super::stage::{Logs, Stage, count, is_answer, is_error, samples};
use crate::payload;
use crate::proxy::{Fault, Rule, Trouble};

/// Everything fails, then everything works: whatever was wrong, the next attempt
/// finds all, and the wrong is in a metric under its reason.
async fn mended(fault: Fault, reason: &str) {
    let Some(stage) = Stage::of("s3").await else {
        return;
    };
    let what = format!("{fault:?}");
    let function = stage.start().await;
    stage.proxy.add(Rule::on("s3:GetObject", fault));
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_error(&invoked), "{what} {invoked:?}");
    assert_eq!(stage.found().await.len(), 0, "{what}");
    stage.proxy.forgive();
    assert!(is_answer(&function.invoke(&stage.event()).await), "{what}");
    let sums = stage.assert_whole(&what).await;
    let failed = sums.of(&format!("ObjectsFailed/{reason}"));
    assert_eq!(failed, count(stage.stored.len()), "{what} {sums:?}");
    assert_eq!(stage.dead().await.len(), 0, "{what}: it can still succeed");
}

#[tokio::test]
async fn s3_says_no() {
    let say = |trouble, reason| mended(Fault::Trouble(trouble), reason);
    tokio::join!(
        say(Trouble::Denied, "denied"),
        say(Trouble::KeyDenied, "key_denied"),
        say(Trouble::Throttled, "throttled"),
        say(Trouble::Internal, "service"),
    );
}

#[tokio::test]
async fn bodies_never_arrive() {
    tokio::join!(
        mended(Fault::Refuse, "network"),
        mended(Fault::Reset { after: 100 }, "network"),
        mended(Fault::Cut { after: 100 }, "network"),
        mended(Fault::Stall { after: 100 }, "timeout"),
    );
}

/// What breaks once is taken up where it broke.
#[tokio::test]
async fn a_broken_body_is_taken_up_again() {
    let breaks = [
        Fault::Reset { after: 700 },
        Fault::Cut { after: 700 },
        Fault::Stall { after: 700 },
        Fault::Refuse,
        Fault::Trouble(Trouble::Internal),
        Fault::Trouble(Trouble::Throttled),
    ];
    let broken = breaks.map(|fault| async move {
        let Some(stage) = Stage::of("s3-once").await else {
            return;
        };
        let what = format!("{fault:?}");
        let function = stage.start().await;
        stage
            .proxy
            .add(Rule::on("s3:GetObject", fault).calls(1..=1));
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{what} {invoked:?}");
        let sums = stage.assert_whole(&what).await;
        assert_eq!(sums.of("ObjectsFailed"), 0.0, "{what} {sums:?}");
    });
    futures_util::future::join_all(broken).await;
}

/// A log too large to be fetched whole, which is scanned as it comes, with
/// something to find at both ends.
fn large() -> Logs {
    let (key, bytes) = samples().swap_remove(2);
    let mut text = String::new();
    let mut found = flate2::read::GzDecoder::new(bytes.as_slice());
    std::io::Read::read_to_string(&mut found, &mut text).unwrap();
    let found = text
        .strip_prefix("{\"Records\":[")
        .and_then(|t| t.trim_end().strip_suffix("]}"))
        .unwrap();
    let mut all = format!("{{\"Records\":[{found}");
    for n in 0..12_000 {
        write!(
            all,
            ",{{\"eventVersion\":\"1.08\",\"eventTime\":\"2026-03-02T22:00:00Z\",\
             \"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"DescribeInstances\",\
             \"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"192.0.2.7\",\
             \"userAgent\":\"aws-cli/2\",\"eventID\":\"padding-{n:08}\",\
             \"eventType\":\"AwsApiCall\",\"recipientAccountId\":\"222233334444\",\
             \"readOnly\":true,\"requestParameters\":{{\"note\":\"{}\"}}}}",
            "x".repeat(120)
        )
        .unwrap();
    }
    write!(all, ",{found}]}}").unwrap();
    assert!(all.len() > 5 << 20, "{}", all.len());
    vec![(key.replace(".gz", ""), all.into_bytes())]
}

/// Half of a large object is no object: nothing of it may be taken for all.
#[tokio::test]
async fn a_large_object_that_breaks_off_is_read_again() {
    let logs = large();
    let half = logs[0].1.len() / 2;
    for fault in [Fault::Reset { after: half }, Fault::Stall { after: half }] {
        let Some(stage) = Stage::with("s3-large", &logs, true).await else {
            return;
        };
        let what = format!("{fault:?}");
        let function = stage.start().await;
        // The body, and each attempt to take it up again.
        stage
            .proxy
            .add(Rule::on("s3:GetObject", fault).calls(1..=1));
        let denied = Fault::Trouble(Trouble::Denied);
        stage
            .proxy
            .add(Rule::on("s3:GetObject", denied).calls(2..=9));
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_error(&invoked), "{what} {invoked:?}");
        assert_eq!(stage.found().await.len(), 0, "{what}");
        stage.proxy.forgive();
        // Once more it breaks, and is taken up.
        let again = Fault::Cut { after: half };
        stage
            .proxy
            .add(Rule::on("s3:GetObject", again).calls(1..=1));
        assert!(is_answer(&function.invoke(&stage.event()).await), "{what}");
        let sums = stage.assert_whole(&what).await;
        assert_eq!(sums.of("ObjectsFailed"), 1.0, "{what} {sums:?}");
    }
}

/// One object that cannot be had does not keep its neighbours.
#[tokio::test]
async fn one_message_fails_and_its_neighbours_do_not() {
    let Some(stage) = Stage::of("s3-one").await else {
        return;
    };
    let function = stage.start().await;
    let denied = Rule::on("s3:GetObject", Fault::Trouble(Trouble::Denied));
    let name = super::stage::SAMPLES[1];
    stage.proxy.add(denied.containing(name));
    let event = batch(&stage.stored);
    let invoked = function.invoke(&event).await;
    assert_eq!(again(&invoked.outcome), ["m1"]);
    let sums = stage.sums().await;
    assert_eq!(
        (sums.of("Objects"), sums.of("ObjectsFailed/denied")),
        (2.0, 1.0)
    );
    assert!(stage.found().await.len() >= 5);
    stage.proxy.forgive();
    let invoked = function.invoke(&event).await;
    assert_eq!(again(&invoked.outcome), [""; 0]);
    stage.assert_whole("denied").await;
}

#[tokio::test]
async fn a_deleted_object_goes_to_the_dead_letters() {
    let Some(stage) = Stage::of("s3-gone").await else {
        return;
    };
    let function = stage.start().await;
    let gone = stage
        .world
        .put(&stage.logs, "AWSLogs/gone.json.gz", "x")
        .await;
    stage.world.delete(&stage.logs, &gone.key).await;
    let mut all = stage.stored.clone();
    all.insert(0, gone);
    let invoked = function.invoke(&payload::s3(&all)).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    let sums = stage.assert_whole("deleted").await;
    assert_eq!(sums.of("ObjectsFailed/not_found"), 1.0, "{sums:?}");
    assert_eq!(sums.of("DeadLetters/not_found"), 1.0, "{sums:?}");
    let dead = stage.dead().await;
    assert_eq!(dead.len(), 1);
    assert!(dead[0].to_string().contains("gone.json.gz"), "{dead:?}");
}

/// The notification of the first content finds the second: it is read as it is
/// now, and the notification of the second has nothing left to do.
#[tokio::test]
async fn a_replaced_object_is_read_as_it_is_now() {
    let logs = samples();
    let Some(stage) = Stage::with("s3-replaced", &logs, true).await else {
        return;
    };
    let function = stage.start().await;
    let (key, bytes) = &logs[2];
    let mut old = stage.stored.clone();
    old[2] = stage.world.put(&stage.logs, key, "not yet").await;
    let new = stage.world.put(&stage.logs, key, bytes.clone()).await;
    assert_ne!(old[2].etag, new.etag);
    assert!(is_answer(&function.invoke(&payload::s3(&old)).await));
    assert!(is_answer(&function.invoke(&payload::s3(&[new])).await));
    let sums = stage.assert_whole("replaced").await;
    assert_eq!(sums.of("Duplicates"), 1.0, "{sums:?}");
}

/// What cannot be read to its end gives what it has, and its end is told.
#[tokio::test]
async fn a_damaged_object_is_told_and_does_not_block() {
    let mut logs = samples();
    let whole = logs[2].1.len();
    logs[2].1.truncate(whole - 40);
    let Some(stage) = Stage::with("s3-damaged", &logs, true).await else {
        return;
    };
    let function = stage.start().await;
    for _ in 0..2 {
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{invoked:?}");
    }
    stage.assert_found("damaged").await;
    let sums = stage.sums().await;
    adds_up(&sums);
    assert_eq!(
        sums.of("Findings"),
        count(stage.expected.ids.len()),
        "{sums:?}"
    );
    assert_eq!(sums.of("ObjectsFailed"), 1.0, "{sums:?}");
    assert!(sums.of("DeadLetters") >= 1.0, "{sums:?}");
}
