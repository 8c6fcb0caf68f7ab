//! CloudWatch, SNS and DynamoDB on their bad days.

use super::delivery::adds_up;
use super::stage::{Stage, Sums, count, is_answer, is_error};
use crate::function::Outcome;
use crate::proxy::{Fault, Gate, Rule, Trouble};

/// One event while calls fail, and once more when they work again.
async fn failed_once(name: &str, call: &str, fault: Fault) -> Option<(Stage, String)> {
    let stage = Stage::of(name).await?;
    let what = format!("{call} {fault:?}");
    let function = stage.start().await;
    stage.proxy.add(Rule::on(call, fault));
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_error(&invoked), "{what} {invoked:?}");
    stage.proxy.forgive();
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{what} {invoked:?}");
    Some((stage, what))
}

/// A fault that passes within one event: nobody needs to come again.
async fn passed(call: &'static str, fault: Fault) {
    let Some(stage) = Stage::of("passed").await else {
        return;
    };
    let what = format!("{call} {fault:?}");
    let function = stage.start().await;
    stage.proxy.add(Rule::on(call, fault).calls(1..=1));
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{what} {invoked:?}");
    stage.assert_whole(&what).await;
}

/// Findings that are counted for certain, and those that may be counted twice.
fn numbers(sums: &Sums) -> (f64, f64) {
    (sums.of("Findings"), sums.of("UncertainFindings"))
}

/// Refused for certain: the claim is taken back, and the next attempt counts.
#[tokio::test]
async fn cloudwatch_refuses() {
    let refuse = async |trouble| {
        let fault = Fault::Trouble(trouble);
        let failed = failed_once("cw-no", "cloudwatch:PutMetricData", fault).await;
        if let Some((stage, what)) = failed {
            stage.assert_whole(&what).await;
        }
    };
    let once = Fault::Trouble(Trouble::Throttled);
    tokio::join!(
        refuse(Trouble::Throttled),
        refuse(Trouble::Denied),
        passed("cloudwatch:PutMetricData", once),
    );
}

/// Nobody knows whether it was counted: the next attempt says so, in a metric of
/// its own, and `Findings` never counts twice.
#[tokio::test]
async fn cloudwatch_leaves_it_open() {
    let open = async |fault: Fault, counted: bool| {
        let failed = failed_once("cw-open", "cloudwatch:PutMetricData", fault).await;
        let Some((stage, what)) = failed else { return };
        stage.assert_found(&what).await;
        let sums = stage.sums().await;
        adds_up(&sums);
        let all = count(stage.expected.ids.len());
        let certain = if counted { all } else { 0.0 };
        assert_eq!(numbers(&sums), (certain, all), "{what} {sums:?}");
    };
    tokio::join!(
        open(Fault::Trouble(Trouble::Internal), false),
        open(Fault::Refuse, false),
        open(Fault::LoseAnswer, true),
        open(Fault::Silence, false),
    );
}

/// A claim that a dead process left behind is not taken back by the next one,
/// whose metrics are refused: the dead one may have published.
#[tokio::test]
async fn the_claim_of_the_dead_stands() {
    let Some(stage) = Stage::of("cw-dead").await else {
        return;
    };
    let function = stage.start().await;
    let gate = Gate::new();
    let hold = Fault::HoldAnswer(gate.clone());
    stage.proxy.add(Rule::on("cloudwatch:PutMetricData", hold));
    let event = stage.event();
    let (invoked, ()) = tokio::join!(function.invoke(&event), async {
        gate.reached_by(1).await;
        function.kill();
    });
    assert_eq!(invoked.outcome, Outcome::Died);
    stage.proxy.forgive();
    stage.time_passes().await;
    let next = stage.start().await;
    let denied = Fault::Trouble(Trouble::Denied);
    stage
        .proxy
        .add(Rule::on("cloudwatch:PutMetricData", denied));
    assert!(is_error(&next.invoke(&event).await));
    stage.proxy.forgive();
    assert!(is_answer(&next.invoke(&event).await));
    stage.assert_found("twice unlucky").await;
    let all = count(stage.expected.ids.len());
    let sums = stage.sums().await;
    assert_eq!(numbers(&sums), (all, all), "{sums:?}");
}

#[tokio::test]
async fn sns_fails() {
    let fail = async |trouble| {
        let failed = failed_once("sns", "sns:Publish*", Fault::Trouble(trouble)).await;
        let Some((stage, what)) = failed else { return };
        let sums = stage.assert_whole(&what).await;
        let told = count(stage.expected.told.len());
        assert_eq!(sums.of("NotificationsFailed"), told, "{what} {sums:?}");
    };
    tokio::join!(
        fail(Trouble::Throttled),
        fail(Trouble::Internal),
        fail(Trouble::Denied),
        fail(Trouble::KeyDenied),
        passed("sns:Publish*", Fault::Trouble(Trouble::Throttled)),
        passed("sns:Publish*", Fault::Silence),
    );
}

/// Nobody is told twice of what was heard.
#[tokio::test]
async fn a_redelivery_tells_nobody_again() {
    let failed = failed_once(
        "told",
        "cloudwatch:PutMetricData",
        Fault::Trouble(Trouble::Denied),
    )
    .await;
    let Some((stage, what)) = failed else { return };
    let heard = stage.heard().await;
    assert_eq!(heard.len(), stage.expected.told.len(), "{what}");
    assert!(heard.values().all(|n| *n == 1), "{heard:?}");
}

/// Every call of the table fails for one attempt, whatever was written before.
#[tokio::test]
async fn dynamodb_fails() {
    let fail = async |call, trouble, reason: &str| {
        let failed = failed_once("ddb", call, Fault::Trouble(trouble)).await;
        let Some((stage, what)) = failed else { return };
        let sums = stage.assert_whole(&what).await;
        let failed = sums.of(&format!("ObjectsFailed/{reason}"));
        assert!(failed >= 1.0, "{what} {sums:?}");
    };
    tokio::join!(
        fail("dynamodb:*", Trouble::Denied, "denied"),
        fail("dynamodb:GetItem", Trouble::Throttled, "throttled"),
        fail("dynamodb:BatchWriteItem", Trouble::Throttled, "throttled"),
        fail("dynamodb:BatchWriteItem", Trouble::Unprocessed, "throttled"),
        fail("dynamodb:PutItem", Trouble::Internal, "service"),
    );
    tokio::join!(
        fail("dynamodb:Query", Trouble::Internal, "service"),
        fail("dynamodb:UpdateItem", Trouble::Throttled, "throttled"),
        passed(
            "dynamodb:BatchWriteItem",
            Fault::Trouble(Trouble::Unprocessed)
        ),
        passed("dynamodb:UpdateItem", Fault::Trouble(Trouble::Throttled)),
    );
}

/// Only claiming fails, when everything else is out.
#[tokio::test]
async fn dynamodb_fails_at_the_claim() {
    let Some(stage) = Stage::of("ddb-claim").await else {
        return;
    };
    let function = stage.start().await;
    let fault = Fault::Trouble(Trouble::Denied);
    let rule = Rule::on("dynamodb:UpdateItem", fault);
    stage.proxy.add(rule.containing("claimed"));
    assert!(is_error(&function.invoke(&stage.event()).await));
    stage.proxy.forgive();
    assert!(is_answer(&function.invoke(&stage.event()).await));
    let sums = stage.assert_whole("claim").await;
    let failed = sums.of("ObjectsFailed/denied");
    assert_eq!(failed, count(stage.stored.len()), "{sums:?}");
}

/// Answers that are lost after the work was done, and calls that take too long:
/// what is written is written again, and says the same.
#[tokio::test]
async fn answers_of_dynamodb_are_lost() {
    tokio::join!(
        passed("dynamodb:BatchWriteItem", Fault::LoseAnswer),
        passed("dynamodb:PutItem", Fault::LoseAnswer),
        passed("dynamodb:UpdateItem", Fault::LoseAnswer),
        lost_claim(),
        passed("dynamodb:BatchWriteItem", Fault::Silence),
        passed("dynamodb:Query", Fault::Silence),
    );
}

async fn lost_claim() {
    let Some(stage) = Stage::of("ddb-lost").await else {
        return;
    };
    let function = stage.start().await;
    let rule = Rule::on("dynamodb:UpdateItem", Fault::LoseAnswer).containing("claimed");
    stage.proxy.add(rule.calls(1..=1));
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    stage.assert_whole("a claim whose answer is lost").await;
}
