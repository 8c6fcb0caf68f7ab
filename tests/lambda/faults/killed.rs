//! The process is killed at each step between reading and answering, and the
//! event comes again.

use serde_json::Value;

use super::delivery::adds_up;
use super::stage::{Stage, count, float, is_answer};
use crate::function::Outcome;
use crate::payload;
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
    /// Each in one of the two: some claims stand, and others were never made.
    Apart,
    /// Published, and the next attempt cannot know: all of them in both.
    Both,
    /// Published, and some are marked as that.
    Some,
}

/// What there is beside the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    Plain,
    /// A finding that becomes another one: the second half of a burst was
    /// handled before.
    Grows,
    /// An object that cannot be had.
    Gone,
    /// An event bus.
    Bus,
}
use Scene::{Bus, Gone, Grows, Plain};

/// A call, what its body or path contains, when, what there is, and what follows.
type Step = (&'static str, &'static str, Moment, Scene, Counted);

/// What only one sort of update says.
const OWN: &str = "SET #o = :o, #e = :e";
const ENTER: &str = "if_not_exists(#o";
const TOLD: &str = "SET told";
const CLAIM: &str = "SET #s = :to, claimant";
const NAME: &str = "SET #o = :o, counted_as";
const DONE: &str = "\"done\"";

/// Every call that changes anything, in the order in which they are made.
const STEPS: [Step; 33] = [
    ("dynamodb:GetItem", "", Before, Plain, Counted::Once),
    ("s3:GetObject", "", Before, Plain, Counted::Once),
    ("s3:GetObject", "", After, Plain, Counted::Once),
    ("sqs:SendMessage", "", Before, Gone, Counted::Once),
    ("sqs:SendMessage", "", After, Gone, Counted::Once),
    ("dynamodb:BatchWriteItem", "", Before, Plain, Counted::Once),
    ("dynamodb:BatchWriteItem", "", After, Plain, Counted::Once),
    ("dynamodb:PutItem", "", Before, Plain, Counted::Once),
    ("dynamodb:PutItem", "", After, Plain, Counted::Once),
    ("s3:PutObject", "/objects/", Before, Plain, Counted::Once),
    ("s3:PutObject", "/objects/", After, Plain, Counted::Once),
    ("dynamodb:Query", "", Before, Plain, Counted::Once),
    ("dynamodb:UpdateItem", ENTER, Before, Plain, Counted::Once),
    ("dynamodb:UpdateItem", ENTER, After, Grows, Counted::Once),
    ("s3:PutObject", "/windows/", Before, Plain, Counted::Once),
    ("s3:PutObject", "/windows/", After, Grows, Counted::Once),
    ("s3:DeleteObject", "", Before, Grows, Counted::Once),
    ("s3:DeleteObject", "", After, Grows, Counted::Once),
    ("dynamodb:DeleteItem", "", Before, Grows, Counted::Once),
    ("dynamodb:DeleteItem", "", After, Grows, Counted::Once),
    ("dynamodb:UpdateItem", OWN, Before, Plain, Counted::Once),
    ("dynamodb:UpdateItem", OWN, After, Plain, Counted::Once),
    ("sns:Publish*", "", Before, Plain, Counted::Once),
    ("sns:Publish*", "", After, Plain, Counted::Once),
    ("events:PutEvents", "", Before, Bus, Counted::Once),
    ("events:PutEvents", "", After, Bus, Counted::Once),
    ("dynamodb:UpdateItem", TOLD, Before, Plain, Counted::Once),
    ("dynamodb:UpdateItem", TOLD, After, Plain, Counted::Once),
    ("dynamodb:UpdateItem", CLAIM, Before, Plain, Counted::Once),
    ("dynamodb:UpdateItem", CLAIM, After, Plain, Counted::Apart),
    ("dynamodb:UpdateItem", NAME, Before, Plain, Counted::Apart),
    ("dynamodb:UpdateItem", NAME, After, Plain, Counted::Apart),
    ("dynamodb:UpdateItem", DONE, After, Plain, Counted::Some),
];

/// The same, where every object has been claimed.
const PUBLISHING: [Step; 3] = [
    (
        "cloudwatch:PutMetricData",
        "",
        Before,
        Plain,
        Counted::Uncertain,
    ),
    ("cloudwatch:PutMetricData", "", After, Plain, Counted::Both),
    ("dynamodb:UpdateItem", DONE, Before, Plain, Counted::Both),
];

#[tokio::test]
async fn killed_while_it_reads() {
    side_by_side(&STEPS[..12]).await;
}

#[tokio::test]
async fn killed_while_it_looks_at_windows() {
    side_by_side(&STEPS[12..22]).await;
}

#[tokio::test]
async fn killed_while_it_tells_and_claims() {
    side_by_side(&STEPS[22..]).await;
}

#[tokio::test]
async fn killed_while_it_publishes() {
    side_by_side(&PUBLISHING).await;
}

/// Few at a time: a function is slow to start on a busy machine.
async fn side_by_side(steps: &[Step]) {
    for few in steps.chunks(3) {
        futures_util::future::join_all(few.iter().map(killed_at)).await;
    }
}

/// The stage of a step, and what is announced in it.
async fn staged(scene: Scene) -> Option<(Stage, Value)> {
    let mut stage = Stage::of("killed").await?;
    let mut event = stage.event();
    match scene {
        Plain => {}
        Bus => stage = stage.with_bus().await,
        Gone => {
            let gone = "AWSLogs/gone.json.gz";
            let gone = stage.world.put(&stage.logs, gone, "x").await;
            stage.world.delete(&stage.logs, &gone.key).await;
            let mut all = stage.stored.clone();
            all.push(gone);
            event = payload::s3(&all);
        }
        Grows => {
            let second = payload::s3(&stage.stored[1..=1]);
            assert!(is_answer(&stage.start().await.invoke(&second).await));
            event = payload::s3(&[stage.stored[0].clone(), stage.stored[2].clone()]);
        }
    }
    Some((stage, event))
}

async fn killed_at(step: &Step) {
    let (call, containing, moment, scene, counted) = *step;
    let Some((stage, event)) = staged(scene).await else {
        return;
    };
    let function = stage.start().await;
    let gate = Gate::new();
    let hold = match moment {
        Before => Fault::HoldRequest(gate.clone()),
        After => Fault::HoldAnswer(gate.clone()),
    };
    stage.proxy.add(Rule::on(call, hold).containing(containing));
    let (invoked, ()) = tokio::join!(function.invoke(&event), async {
        gate.reached_by(1).await;
        function.kill();
    });
    assert_eq!(invoked.outcome, Outcome::Died, "{step:?}");
    stage.proxy.forgive();
    stage.time_passes().await;
    let next = stage.start().await;
    let invoked = next.invoke(&event).await;
    assert!(is_answer(&invoked), "{step:?} {invoked:?}");
    check(&stage, step).await;
    // From now on there is nothing to do.
    let before = stage.sums().await;
    assert!(is_answer(&next.invoke(&stage.event()).await), "{step:?}");
    let after = stage.sums().await;
    for name in ["Findings", "UncertainFindings", "Records", "Objects"] {
        assert_eq!(before.of(name), after.of(name), "{step:?} {name}");
    }
    let more = after.of("Duplicates") - before.of("Duplicates");
    assert_eq!(more, count(stage.stored.len()), "{step:?} {counted:?}");
}

async fn check(stage: &Stage, step: &Step) {
    let what = format!("{step:?}");
    let all = count(stage.expected.ids.len());
    match step.3 {
        Plain | Grows => {}
        Bus => {
            let events = stage.events().await;
            for id in stage.expected.told.keys() {
                assert!(events.iter().any(|e| e.contains(id)), "{what} {events:?}");
            }
        }
        Gone => {
            let dead = stage.dead().await;
            assert!(dead.iter().any(|l| l.to_string().contains("gone.json.gz")));
        }
    }
    if step.4 == Counted::Once {
        stage.assert_whole(&what).await;
        return;
    }
    stage.assert_found(&what).await;
    let sums = stage.sums().await;
    adds_up(&sums);
    let (certain, uncertain) = (sums.of("Findings"), sums.of("UncertainFindings"));
    match step.4 {
        Counted::Once => {}
        Counted::Uncertain => assert_eq!((certain, uncertain), (0.0, all), "{what} {sums:?}"),
        Counted::Apart => assert_eq!(certain + uncertain, all, "{what} {sums:?}"),
        Counted::Both => assert_eq!((certain, uncertain), (all, all), "{what} {sums:?}"),
        Counted::Some => {
            assert_eq!(certain, all, "{what} {sums:?}");
            assert!(uncertain < all, "{what} {sums:?}");
        }
    }
    let published = matches!(step.4, Counted::Both | Counted::Some);
    if published {
        let records = sums.of("Records");
        assert_eq!(records, float(stage.expected.records), "{what} {sums:?}");
        let objects = sums.of("Objects");
        assert_eq!(objects, count(stage.stored.len()), "{what} {sums:?}");
    }
}
