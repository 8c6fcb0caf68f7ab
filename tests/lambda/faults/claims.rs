//! Who counts what, when several are at it, and when some of them die.

use std::collections::BTreeMap;
use std::time::Duration;

use flowtrail_aws::{Claim, Claimant, Counting, Marker, ObjectId, State};
use flowtrail_context::Given;
use flowtrail_lambda::config::Config;
use flowtrail_lambda::rules::Rules;
use serde_json::json;

use super::stage::{Logs, Stage, is_answer, is_error, warm};
use crate::function::{Function, Outcome};
use crate::payload;
use crate::proxy::{Fault, Gate, Proxy, Rule, Trouble};

const NOW: i64 = 1_795_000_000;
const LONG: Duration = Duration::from_secs(60);
/// What only the claim of an object says.
const CLAIM: &str = "SET #s = :to, claimant";

/// An object that is committed.
async fn committed(state: &State, key: &str) -> ObjectId {
    let config = Config::read(Vec::new()).unwrap();
    let plan = Rules::load(&config, Vec::new(), &Given::default())
        .unwrap()
        .plan;
    let object = ObjectId::new("b", key, "c");
    let before = state.commit(&object, &plan, &BTreeMap::new(), NOW).await;
    assert_eq!(before.unwrap(), Marker::New);
    object
}

async fn stage(test: &str) -> Option<Stage> {
    Stage::with(test, &Logs::new(), true).await
}

#[tokio::test]
async fn a_claim_is_taken_over_from_the_dead_alone() {
    let Some(stage) = stage("claims").await else {
        return;
    };
    let state = stage.state();
    let [a, b] = ["a", "b"].map(|name| Claimant::new(name, LONG));
    let object = committed(&state, "k").await;
    let claim = async |who, dead| state.claim(&object, who, dead).await.unwrap();
    let marker = async || state.marker(&object).await.unwrap();
    assert_eq!(claim(&b, true).await, Claim::Busy, "nobody has died");
    assert_eq!(claim(&a, false).await, Claim::Mine);
    assert_eq!(claim(&a, false).await, Claim::Mine, "an answer was lost");
    assert_eq!(claim(&b, false).await, Claim::Busy);
    assert_eq!(claim(&b, true).await, Claim::Busy, "he lives");
    assert_eq!(marker().await, Marker::Busy);
    state.release(&object, &b).await.unwrap();
    state.done(&object, &b, true).await.unwrap();
    assert_eq!(marker().await, Marker::Busy, "it is not his");
    state.release(&object, &a).await.unwrap();
    assert_eq!(marker().await, Marker::Committed);
    // A short life.
    let c = Claimant::new("c", Duration::ZERO);
    assert_eq!(claim(&c, false).await, Claim::Mine);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(marker().await, Marker::Claimed);
    assert_eq!(claim(&b, false).await, Claim::Busy, "c may have published");
    assert_eq!(claim(&b, true).await, Claim::Mine);
    state.done(&object, &c, true).await.unwrap();
    assert_eq!(marker().await, Marker::Busy, "c is late");
    state.abandon(&object, &b).await.unwrap();
    assert_eq!(marker().await, Marker::Claimed, "b says that he is dead");
    assert_eq!(claim(&a, true).await, Claim::Mine);
    state.done(&object, &a, false).await.unwrap();
    assert_eq!(marker().await, Marker::Lost);
    assert_eq!(claim(&b, false).await, Claim::Settled(a.name.clone()));
    // AWS brings an event again under the same name.
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_ne!(Claimant::new("a", LONG).name, a.name);
}

#[tokio::test]
async fn a_finding_is_counted_for_certain_at_most_once() {
    let Some(stage) = stage("counts").await else {
        return;
    };
    let state = stage.state();
    let [a, b, c] = ["a", "b", "c"].map(|name| Claimant::new(name, LONG));
    let [x, y] = ["x", "y"].map(|key| ObjectId::new("b", key, "c"));
    let count = async |name: &str, object, who| {
        let counting = state.count((name, name), object, (who, None), NOW).await;
        counting.unwrap()
    };
    // Given back, it can be had again.
    assert_eq!(count("f", &x, &a).await, Counting::Certain);
    assert_eq!(count("f", &x, &a).await, Counting::Certain);
    assert_eq!(count("f", &x, &b).await, Counting::Other);
    state.uncount("f", &b).await.unwrap();
    assert_eq!(count("f", &x, &b).await, Counting::Other, "it is a's");
    state.uncount("f", &a).await.unwrap();
    assert_eq!(count("f", &x, &b).await, Counting::Certain);
    // Once somebody may have counted it, nothing is certain any more.
    state.abandon_count("f", &b).await.unwrap();
    assert_eq!(count("f", &y, &c).await, Counting::Other, "it is x's");
    assert_eq!(count("f", &x, &c).await, Counting::Uncertain);
    assert_eq!(count("f", &x, &b).await, Counting::Other);
    state.counted("f", &c).await.unwrap();
    state.abandon_count("f", &c).await.unwrap();
    assert_eq!(count("f", &x, &a).await, Counting::Other);
    // What the one claimed who published the rest is counted.
    assert_eq!(count("g", &x, &a).await, Counting::Certain);
    state.abandon_count("g", &a).await.unwrap();
    let after = state.count(("g", "g"), &x, (&b, Some(&a.name)), NOW).await;
    assert_eq!(after.unwrap(), Counting::Other);
    assert_eq!(count("g", &x, &b).await, Counting::Uncertain);
    // Telling of it does not count it.
    state.remember_told("h", NOW).await.unwrap();
    assert_eq!(count("h", &x, &b).await, Counting::Certain);
    assert!(state.told("h").await.unwrap());
}

#[tokio::test]
async fn what_is_done_is_looked_at_again_as_long_as_it_owes() {
    let Some(stage) = stage("owing").await else {
        return;
    };
    let state = stage.state();
    let [a, b, c] = ["a", "b", "c"].map(|name| Claimant::new(name, LONG));
    let object = committed(&state, "k").await;
    let marker = async || state.marker(&object).await.unwrap();
    assert_eq!(state.claim(&object, &a, false).await.unwrap(), Claim::Mine);
    assert_eq!(state.owe(&object, &b).await.unwrap(), None, "a is at it");
    state.done(&object, &a, true).await.unwrap();
    assert_eq!(marker().await, Marker::Owing);
    let settled = state.owe(&object, &c).await.unwrap();
    assert_eq!(settled, Some(a.name.clone()));
    state.paid(&object, &b).await.unwrap();
    assert_eq!(marker().await, Marker::Owing, "it is c who owes");
    state.paid(&object, &c).await.unwrap();
    assert_eq!(marker().await, Marker::Done);
    let never = ObjectId::new("b", "never", "c");
    assert!(state.owe(&never, &a).await.is_err());
}

const RULES: &str = "title: One\nname: one\nlogsource: {product: aws, service: cloudtrail}\n\
    detection: {s: {eventName: CreateUser}, condition: s}\n---\n\
    title: Two\nid: 0f0f0f0f-0000-4000-8000-000000000002\nlevel: high\n\
    correlation: {type: event_count, rules: [one], group-by: [recipientAccountId], \
    timespan: 10m, condition: {gte: 2}}\n";

/// Two objects of one event each; only both together are a finding.
fn halves() -> Logs {
    let half = |n: u32| {
        let record = json!({"eventVersion": "1.08", "eventID": format!("half-{n}"),
            "eventTime": format!("2026-11-20T10:0{n}:00Z"), "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser", "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
            "eventType": "AwsApiCall", "recipientAccountId": "222233334444"});
        let text = json!({"Records": [record]}).to_string();
        (format!("half-{n}.json"), text.into_bytes())
    };
    vec![half(1), half(2)]
}

/// Three functions, each behind a proxy of its own, and their rules.
struct Trio {
    stage: Stage,
    functions: Vec<(Function, Proxy)>,
}

impl Trio {
    async fn of(test: &str) -> Option<Self> {
        let stage = Stage::with(test, &halves(), true).await?;
        let rules = stage.world.bucket("rules").await;
        stage.world.put(&rules, "two.yml", RULES).await;
        let mut functions = Vec::new();
        for _ in 0..3 {
            let proxy = Proxy::before(&stage.world.endpoint);
            let setup = stage.setup().through(&proxy);
            let setup = setup
                .with("FLOWTRAIL_RULES", &format!("s3://{rules}"))
                .with("FLOWTRAIL_NO_SHIPPED_RULES", "true");
            functions.push((warm(setup.start()).await, proxy));
        }
        Some(Self { stage, functions })
    }

    /// One attempt at the first half publishes and does not know the second;
    /// another attempt at it, which does, comes to claim only after that. `then`
    /// is what happens to it; whether it answers.
    async fn one_sees_more(&self, then: Option<Fault>) -> Outcome {
        let hold = |at: usize, call: &str, containing: &str| {
            let gate = Gate::new();
            let rule = Rule::on(call, Fault::HoldRequest(gate.clone()));
            self.functions[at].1.add(rule.containing(containing));
            gate
        };
        let gates = [
            hold(0, "dynamodb:UpdateItem", CLAIM),
            hold(1, "dynamodb:UpdateItem", CLAIM),
            hold(2, "dynamodb:Query", ""),
        ];
        if let Some(fault) = then {
            let rule = Rule::on("cloudwatch:PutMetricData", fault);
            self.functions[1].1.add(rule);
        }
        let [x, y] = [0, 1].map(|n| payload::s3(&self.stage.stored[n..=n]));
        let (first, second, third) = tokio::join!(
            self.functions[0].0.invoke(&x),
            async {
                gates[2].reached_by(1).await;
                let invoked = self.functions[1].0.invoke(&x).await;
                // Only now the other half looks around.
                gates[2].open();
                invoked
            },
            async {
                gates[0].reached_by(1).await;
                let (third, ()) = tokio::join!(self.functions[2].0.invoke(&y), async {
                    gates[1].reached_by(1).await;
                    gates[0].open();
                    self.is_done(0).await;
                    gates[1].open();
                });
                third
            },
        );
        assert!(
            is_answer(&first) && is_answer(&third),
            "{first:?} {third:?}"
        );
        second.outcome
    }

    /// Waits until the object is done.
    async fn is_done(&self, at: usize) {
        let stored = &self.stage.stored[at];
        let id = ObjectId::new(&stored.bucket, &stored.key, &stored.etag);
        let state = self.stage.state();
        while state.marker(&id).await.unwrap() != Marker::Done {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// `Findings`, `UncertainFindings`, `Objects`, after one more try.
    async fn after_another_try(&self) -> (f64, f64, f64) {
        for (_, proxy) in &self.functions {
            proxy.forgive();
        }
        self.stage.time_passes().await;
        for _ in 0..2 {
            let invoked = self.functions[0].0.invoke(&self.stage.event()).await;
            assert!(is_answer(&invoked), "{invoked:?}");
        }
        assert_eq!(self.stage.found().await.len(), 1);
        let sums = self.stage.sums().await;
        (
            sums.of("Findings"),
            sums.of("UncertainFindings"),
            sums.of("Objects"),
        )
    }
}

/// An attempt that did not get the claim has seen more than the one that did.
#[tokio::test]
async fn what_only_one_of_two_attempts_saw_is_counted_once() {
    let Some(trio) = Trio::of("sees-more").await else {
        return;
    };
    let second = trio.one_sees_more(None).await;
    assert!(matches!(second, Outcome::Answer(_)), "{second:?}");
    assert_eq!(trio.stage.sums().await.of("Findings"), 1.0);
    assert_eq!(trio.after_another_try().await, (1.0, 0.0, 2.0));
}

#[tokio::test]
async fn what_only_one_of_two_attempts_saw_survives_a_refusal() {
    let Some(trio) = Trio::of("sees-denied").await else {
        return;
    };
    let denied = Fault::Trouble(Trouble::Denied);
    let second = trio.one_sees_more(Some(denied)).await;
    assert!(matches!(second, Outcome::Error(_)), "{second:?}");
    assert_eq!(trio.stage.sums().await.of("Findings"), 0.0);
    assert_eq!(trio.after_another_try().await, (1.0, 0.0, 2.0));
}

#[tokio::test]
async fn what_only_one_of_two_attempts_saw_survives_what_nobody_knows() {
    let Some(trio) = Trio::of("sees-open").await else {
        return;
    };
    let second = trio.one_sees_more(Some(Fault::LoseAnswer)).await;
    assert!(matches!(second, Outcome::Error(_)), "{second:?}");
    assert_eq!(trio.after_another_try().await, (1.0, 1.0, 2.0));
}

/// Whoever is publishing is not taken for dead. If he is refused, he counts
/// everything himself when he comes again.
#[tokio::test]
async fn a_living_claimant_is_left_alone() {
    let Some(stage) = Stage::of("lives").await else {
        return;
    };
    let (one, two) = (stage.start().await, stage.start().await);
    let gate = Gate::new();
    let hold = Rule::on("dynamodb:UpdateItem", Fault::HoldAnswer(gate.clone()));
    stage.proxy.add(hold.containing(CLAIM));
    let denied = Fault::Trouble(Trouble::Denied);
    stage
        .proxy
        .add(Rule::on("cloudwatch:PutMetricData", denied));
    let event = stage.event();
    let (first, second) = tokio::join!(one.invoke(&event), async {
        gate.reached_by(stage.stored.len()).await;
        let before = stage.proxy.calls("s3:GetObject").len();
        let second = two.invoke(&event).await;
        let after = stage.proxy.calls("s3:GetObject").len();
        assert_eq!(before, after, "it does not even look");
        gate.open();
        second
    });
    assert!(
        is_error(&first) && is_error(&second),
        "{first:?} {second:?}"
    );
    assert!(format!("{second:?}").contains("another invocation is at it"));
    stage.proxy.forgive();
    assert!(is_answer(&two.invoke(&event).await));
    stage.assert_whole("a living claimant").await;
}

/// By the clock: a claim is dead when its invocation must be.
#[tokio::test]
async fn a_dead_claimant_is_dead_when_his_time_is_over() {
    let Some(stage) = Stage::of("dies").await else {
        return;
    };
    let limit = Duration::from_secs(5);
    let function = warm(stage.setup().timeout(limit).start()).await;
    let gate = Gate::new();
    let hold = Fault::HoldRequest(gate.clone());
    stage.proxy.add(Rule::on("cloudwatch:PutMetricData", hold));
    let event = stage.event();
    let (invoked, ()) = tokio::join!(function.invoke(&event), async {
        gate.reached_by(1).await;
        function.kill();
    });
    assert_eq!(invoked.outcome, Outcome::Died);
    stage.proxy.forgive();
    let next = stage.start().await;
    let invoked = next.invoke(&event).await;
    assert!(is_error(&invoked), "he may live: {invoked:?}");
    tokio::time::sleep(limit + Duration::from_secs(1)).await;
    let invoked = next.invoke(&event).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    let sums = stage.sums().await;
    assert_eq!(sums.of("Findings"), 0.0, "{sums:?}");
    let all = super::stage::count(stage.expected.ids.len());
    assert_eq!(sums.of("UncertainFindings"), all, "{sums:?}");
}

/// A finding grows, and gets another id, between two attempts at its owner, of
/// which the first may have counted it: it is the same one.
#[tokio::test]
async fn a_finding_that_grew_after_it_was_claimed_is_no_new_one() {
    let Some(stage) = Stage::of("grew").await else {
        return;
    };
    let function = stage.start().await;
    let of = |n: usize| payload::s3(&stage.stored[n..=n]);
    let lost = Rule::on("cloudwatch:PutMetricData", Fault::LoseAnswer);
    stage.proxy.add(lost);
    assert!(is_error(&function.invoke(&of(1)).await));
    let first = stage.found().await;
    stage.proxy.forgive();
    assert!(is_answer(&function.invoke(&of(0)).await));
    let second = stage.found().await;
    assert!(!second.is_superset(&first), "one has another id now");
    for n in [1, 2, 0] {
        assert!(is_answer(&function.invoke(&of(n)).await));
    }
    stage.assert_found("grown").await;
    let sums = stage.sums().await;
    let all = super::stage::count(stage.expected.ids.len());
    assert_eq!(sums.of("Findings"), all, "{sums:?}");
    let uncertain = super::stage::count(first.len());
    assert_eq!(sums.of("UncertainFindings"), uncertain, "{sums:?}");
}
