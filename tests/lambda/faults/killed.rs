//! The process is killed at each step between reading and answering, and the
//! event comes again.

use super::delivery::adds_up;
use super::stage::{Stage, Sums, count, is_answer};
use crate::function::Outcome;
use crate::proxy::{Fault, Gate, Rule};

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Before AWS does what was asked.
    Before,
    /// When AWS has done it and the function does not know yet.
    After,
}
use Moment::{After, Before};

/// In which metric findings are counted afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Nobody had begun to publish: once, as if nothing had been.
    Once,
    /// Claimed and certainly not published, which the next attempt cannot know.
    Uncertain,
    /// The claim of one object stands, and the others' were never made.
    Partly,
    /// Published, and the next attempt cannot know: in both metrics.
    Both,
}

/// A call, what its body or path contains, when, and what follows.
type Step = (&'static str, &'static str, Moment, Counted);

/// Every call that changes anything, in the order in which they are made.
const STEPS: [Step; 21] = [
    ("dynamodb:GetItem", "", Before, Counted::Once),
    ("s3:GetObject", "", Before, Counted::Once),
    ("s3:GetObject", "", After, Counted::Once),
    ("dynamodb:BatchWriteItem", "", Before, Counted::Once),
    ("dynamodb:BatchWriteItem", "", After, Counted::Once),
    ("dynamodb:PutItem", "", Before, Counted::Once),
    ("dynamodb:PutItem", "", After, Counted::Once),
    ("s3:PutObject", "/objects/", Before, Counted::Once),
    ("s3:PutObject", "/objects/", After, Counted::Once),
    ("dynamodb:Query", "", Before, Counted::Once),
    ("s3:PutObject", "/windows/", Before, Counted::Once),
    ("s3:PutObject", "/windows/", After, Counted::Once),
    ("sns:Publish*", "", Before, Counted::Once),
    ("sns:Publish*", "", After, Counted::Once),
    ("dynamodb:UpdateItem", "told", Before, Counted::Once),
    ("dynamodb:UpdateItem", "claimed", Before, Counted::Once),
    ("dynamodb:UpdateItem", "claimed", After, Counted::Partly),
    ("cloudwatch:PutMetricData", "", Before, Counted::Uncertain),
    ("cloudwatch:PutMetricData", "", After, Counted::Both),
    ("dynamodb:UpdateItem", "\"done\"", Before, Counted::Both),
    ("dynamodb:UpdateItem", "\"done\"", After, Counted::Both),
];

#[tokio::test]
async fn killed_while_it_reads() {
    side_by_side(&STEPS[..9]).await;
}

#[tokio::test]
async fn killed_while_it_looks_at_windows_and_tells() {
    side_by_side(&STEPS[9..15]).await;
}

#[tokio::test]
async fn killed_while_it_counts_and_answers() {
    side_by_side(&STEPS[15..]).await;
}

/// Few at a time: a function is slow to start on a busy machine.
async fn side_by_side(steps: &[Step]) {
    for few in steps.chunks(3) {
        futures_util::future::join_all(few.iter().map(killed_at)).await;
    }
}

async fn killed_at(step: &Step) {
    let (call, containing, moment, counted) = *step;
    let Some(stage) = Stage::of("killed").await else {
        return;
    };
    let function = stage.start().await;
    let gate = Gate::new();
    let hold = match moment {
        Before => Fault::HoldRequest(gate.clone()),
        After => Fault::HoldAnswer(gate.clone()),
    };
    stage.proxy.add(Rule::on(call, hold).containing(containing));
    let event = stage.event();
    let (invoked, ()) = tokio::join!(function.invoke(&event), async {
        gate.reached_by(1).await;
        function.kill();
    });
    assert_eq!(invoked.outcome, Outcome::Died, "{step:?}");
    stage.proxy.forgive();
    let next = stage.start().await;
    let invoked = next.invoke(&event).await;
    assert!(is_answer(&invoked), "{step:?} {invoked:?}");
    check(&stage, step).await;
    // From now on there is nothing to do.
    let before = stage.sums().await;
    assert!(is_answer(&next.invoke(&event).await), "{step:?}");
    let after = stage.sums().await;
    for name in ["Findings", "UncertainFindings", "Records"] {
        assert_eq!(before.of(name), after.of(name), "{step:?} {name}");
    }
    let more = after.of("Duplicates") - before.of("Duplicates");
    assert_eq!(more, count(stage.stored.len()), "{step:?} {counted:?}");
}

async fn check(stage: &Stage, step: &Step) {
    let what = format!("{step:?}");
    let all = count(stage.expected.ids.len());
    let numbers = |sums: &Sums| (sums.of("Findings"), sums.of("UncertainFindings"));
    if step.3 == Counted::Once {
        stage.assert_whole(&what).await;
        return;
    }
    stage.assert_found(&what).await;
    let sums = stage.sums().await;
    adds_up(&sums);
    match step.3 {
        Counted::Once => {}
        Counted::Uncertain => assert_eq!(numbers(&sums), (0.0, all), "{what} {sums:?}"),
        Counted::Partly => {
            let (certain, uncertain) = numbers(&sums);
            assert_eq!(certain + uncertain, all, "{what} {sums:?}");
            assert!(uncertain > 0.0 && uncertain < all, "{what} {sums:?}");
        }
        Counted::Both => {
            let (certain, uncertain) = numbers(&sums);
            assert_eq!(certain, all, "{what} {sums:?}");
            assert!(uncertain > 0.0 && uncertain <= all, "{what} {sums:?}");
        }
    }
}
