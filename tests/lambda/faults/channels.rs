//! Topic, event bus and dead-letter queue on their bad days. Nobody's neighbour
//! waits for them, and what they did not take comes again.

use std::time::{Duration, Instant};

use super::delivery::{again, batch};
use super::stage::{Logs, Stage, count, is_answer, is_error, quiet, samples, warm};
use crate::payload;
use crate::proxy::{Fault, Rule, Trouble};

/// The samples, and an object in which there is nothing to find.
fn logs() -> Logs {
    let mut logs = samples();
    logs.push(quiet("quiet"));
    logs
}

/// A channel that never says anything again: the function tells what it can,
/// publishes, and answers.
async fn silent_for_good(call: &'static str) {
    let Some(stage) = Stage::with("silent", &logs(), true).await else {
        return;
    };
    let stage = stage.with_bus().await;
    let limit = Duration::from_secs(8);
    let function = warm(stage.setup().timeout(limit).start()).await;
    stage.proxy.add(Rule::on(call, Fault::Silence));
    let event = batch(&stage.stored);
    let began = Instant::now();
    let invoked = function.invoke(&event).await;
    assert!(began.elapsed() < limit, "{call} {invoked:?}");
    let failed = again(&invoked.outcome);
    let sums = stage.sums().await;
    let told = count(stage.expected.told.len());
    assert_eq!(sums.of("NotificationsFailed"), told, "{call} {sums:?}");
    // Whoever has nothing to tell is done.
    let done = stage.stored.len() - failed.len();
    assert!(done > 0 && !failed.is_empty(), "{call} {failed:?}");
    assert_eq!(sums.of("Objects"), count(done), "{call} {sums:?}");
    stage.proxy.forgive();
    assert_eq!(again(&function.invoke(&event).await.outcome), [""; 0]);
    stage.assert_whole(call).await;
    heard_on_the_bus(&stage, call).await;
}

async fn heard_on_the_bus(stage: &Stage, what: &str) {
    let events = stage.events().await;
    for id in stage.expected.told.keys() {
        let heard = events.iter().any(|e| e.contains(id.as_str()));
        assert!(heard, "{what}: {events:?}");
    }
}

#[tokio::test]
async fn a_channel_that_hangs_makes_nothing_else_invisible() {
    tokio::join!(
        silent_for_good("sns:Publish*"),
        silent_for_good("events:PutEvents"),
    );
}

/// Who was told long ago does not wait for a channel that fails today.
#[tokio::test]
async fn what_was_told_before_is_done_whatever_the_channel_says() {
    let Some(stage) = Stage::of("long-ago").await else {
        return;
    };
    // One object after the other: side by side, the first may be the one that
    // sees what all of them have together, and that is news.
    let setup = stage.setup().with("FLOWTRAIL_CONCURRENCY", "1");
    let function = warm(setup.start()).await;
    let fails = |call| Rule::on(call, Fault::Trouble(Trouble::Denied));
    // The first is told of, and comes again for another reason.
    stage.proxy.add(fails("cloudwatch:PutMetricData"));
    let first = batch(&stage.stored[2..]);
    assert_eq!(again(&function.invoke(&first).await.outcome), ["m0"]);
    assert!(!stage.said().await.is_empty(), "it has something to tell");
    stage.proxy.forgive();
    stage.proxy.add(fails("sns:Publish*"));
    let mut all = stage.stored.clone();
    all.reverse();
    let all = batch(&all);
    let failed = again(&function.invoke(&all).await.outcome);
    assert!(!failed.is_empty(), "others have news");
    assert!(!failed.contains(&"m0".to_owned()), "{failed:?}");
    stage.proxy.forgive();
    assert_eq!(again(&function.invoke(&all).await.outcome), [""; 0]);
    stage.assert_counted("told long ago").await;
}

#[tokio::test]
async fn eventbridge_fails() {
    let fail = async |trouble: Trouble| {
        let Some(stage) = Stage::of("bus").await else {
            return;
        };
        let stage = stage.with_bus().await;
        let what = format!("{trouble:?}");
        let function = stage.start().await;
        let fault = Fault::Trouble(trouble);
        stage.proxy.add(Rule::on("events:PutEvents", fault));
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_error(&invoked), "{what} {invoked:?}");
        stage.proxy.forgive();
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{what} {invoked:?}");
        let sums = stage.assert_whole(&what).await;
        let told = count(stage.expected.told.len());
        assert_eq!(sums.of("NotificationsFailed"), told, "{what} {sums:?}");
        heard_on_the_bus(&stage, &what).await;
    };
    let passes = async |fault: Fault| {
        let Some(stage) = Stage::of("bus-once").await else {
            return;
        };
        let stage = stage.with_bus().await;
        let what = format!("{fault:?}");
        let function = stage.start().await;
        let rule = Rule::on("events:PutEvents", fault);
        stage.proxy.add(rule.calls(1..=1));
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{what} {invoked:?}");
        let sums = stage.assert_whole(&what).await;
        assert_eq!(sums.of("NotificationsFailed"), 0.0, "{what} {sums:?}");
        heard_on_the_bus(&stage, &what).await;
    };
    tokio::join!(
        fail(Trouble::Throttled),
        fail(Trouble::Internal),
        fail(Trouble::Denied),
        passes(Fault::Trouble(Trouble::Throttled)),
        passes(Fault::LoseAnswer),
    );
}

/// What can never be read waits until its letter is taken; its neighbours do not.
#[tokio::test]
async fn the_dead_letter_queue_fails() {
    let fail = async |fault: Fault| {
        let Some(stage) = Stage::of("dead").await else {
            return;
        };
        let what = format!("{fault:?}");
        let limit = Duration::from_secs(8);
        let function = warm(stage.setup().timeout(limit).start()).await;
        let gone = stage.world.put(&stage.logs, "gone.json.gz", "x").await;
        stage.world.delete(&stage.logs, &gone.key).await;
        let mut all = stage.stored.clone();
        all.push(gone);
        stage.proxy.add(Rule::on("sqs:SendMessage", fault));
        let invoked = function.invoke(&batch(&all)).await;
        assert_eq!(again(&invoked.outcome), ["m3"], "{what}");
        let sums = stage.assert_whole(&what).await;
        assert!(sums.of("ObjectsFailed") >= 1.0, "{what} {sums:?}");
        assert_eq!(sums.of("DeadLetters"), 0.0, "{what} {sums:?}");
        stage.proxy.forgive();
        let invoked = function.invoke(&payload::s3(&all[3..])).await;
        assert!(is_answer(&invoked), "{what} {invoked:?}");
        let dead = stage.dead().await;
        let of_it = dead.iter().filter(|l| l.to_string().contains("gone"));
        assert_eq!(of_it.count(), 1, "{what} {dead:?}");
        assert_eq!(stage.sums().await.of("DeadLetters/not_found"), 1.0);
    };
    tokio::join!(
        fail(Fault::Trouble(Trouble::Throttled)),
        fail(Fault::Trouble(Trouble::Internal)),
        fail(Fault::Trouble(Trouble::Denied)),
        fail(Fault::Silence),
    );
}
