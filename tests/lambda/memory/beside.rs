//! What is new, object by object: on one day and the next, to two at a time,
//! again, too late, and without a table.

use std::collections::BTreeSet;

use super::{Place, ann, hand, november, replay, small};
use crate::proxy::{Fault, Gate, Proxy, Rule, Trouble};

/// Names of rules in what was found.
fn rules(found: &std::collections::BTreeMap<String, super::Told>) -> Vec<&str> {
    let mut rules: Vec<&str> = found.values().map(|t| t.rule.as_str()).collect();
    rules.sort_unstable();
    rules
}

#[tokio::test]
async fn what_is_new_is_new_for_a_day() {
    let Some(place) = Place::of("new", &small()).await else {
        return;
    };
    let function = place.with_table().start();
    let usual = place.store(&ann("usual", 12, &[(60, "ListBuckets")])).await;
    hand(&function, &usual).await;
    assert!(place.found().await.is_empty() && place.seen().await.is_empty());
    let logs = [
        ann("one", 12, &[(120, "DeleteBucket")]),
        ann("two", 12, &[(60, "DeleteBucket")]),
        ann("next", 13, &[(60, "DeleteBucket")]),
    ];
    for log in &logs {
        let object = place.store(log).await;
        hand(&function, &object).await;
        // Whoever is told twice says the same.
        hand(&function, &object).await;
    }
    let found = place.found().await;
    assert_eq!(found, replay(&small(), &logs, true));
    assert_eq!(rules(&found).iter().filter(|r| **r == "api").count(), 2);
    // By Ann, by anybody of the account, and where changes are made.
    let seen = place.seen().await;
    assert!(seen.len() >= 2 && seen.values().all(|d| *d == november(12)));
    // Another instance, which has nothing warm, knows it as well.
    let other = place.with_table().start();
    let later = ann("later", 14, &[(60, "DeleteBucket")]);
    hand(&other, &place.store(&later).await).await;
    assert_eq!(place.found().await, found);
    assert_eq!(place.seen().await, seen);
}

/// Two invocations meet the same for the first time: both ask before either has
/// written, and it is one finding, and one item.
#[tokio::test]
async fn a_race_of_two_gives_one_finding() {
    let Some(place) = Place::of("race", &small()).await else {
        return;
    };
    let log = ann("one", 12, &[(120, "DeleteBucket")]);
    let copy = ann("copy", 12, &[(120, "DeleteBucket")]);
    let (proxy, gate) = (Proxy::before(&place.world.endpoint), Gate::new());
    proxy.add(Rule::on(
        "dynamodb:BatchGetItem",
        Fault::HoldAnswer(gate.clone()),
    ));
    let (one, other) = (
        place.with_table().through(&proxy).start(),
        place.with_table().through(&proxy).start(),
    );
    let (a, b) = (place.store(&log).await, place.store(&copy).await);
    let both = async {
        gate.reached_by(2).await;
        gate.open();
    };
    tokio::join!(hand(&one, &a), hand(&other, &b), both);
    let found = place.found().await;
    assert_eq!(found, replay(&small(), &[log], true));
    assert_eq!(rules(&found).iter().filter(|r| **r == "api").count(), 1);
    assert!(place.seen().await.values().all(|d| *d == november(12)));
}

/// What comes late lowers the day, and never raises it.
#[tokio::test]
async fn the_first_day_only_falls() {
    let Some(place) = Place::of("falls", &small()).await else {
        return;
    };
    let function = place.with_table().start();
    let days = async |function: &crate::function::Function, key: &str, day| {
        let log = ann(key, day, &[(120, "DeleteBucket")]);
        hand(function, &place.store(&log).await).await;
        let seen = place.seen().await;
        seen.values().copied().collect::<BTreeSet<u16>>()
    };
    assert_eq!(days(&function, "a", 14).await, [november(14)].into());
    assert_eq!(days(&function, "b", 12).await, [november(12)].into());
    assert_eq!(days(&function, "c", 13).await, [november(12)].into());
    // One that has nothing warm.
    let other = place.with_table().start();
    assert_eq!(days(&other, "d", 11).await, [november(11)].into());
    assert_eq!(days(&other, "e", 15).await, [november(11)].into());
}

/// Cut off after the days were written and before the object was marked, it is
/// judged as the first time.
#[tokio::test]
async fn a_retry_does_no_harm() {
    let Some(place) = Place::of("retry", &small()).await else {
        return;
    };
    let log = ann("one", 12, &[(120, "DeleteBucket")]);
    let proxy = Proxy::before(&place.world.endpoint);
    let marker = Rule::on("dynamodb:PutItem", Fault::Trouble(Trouble::Denied));
    proxy.add(marker.containing("\"committed\""));
    let function = place.with_table().through(&proxy).start();
    let object = place.store(&log).await;
    let event = crate::payload::s3(std::slice::from_ref(&object));
    let failed = function.invoke(&event).await.outcome;
    assert!(matches!(failed, crate::function::Outcome::Error(_)));
    assert!(!place.seen().await.is_empty() && place.found().await.is_empty());
    proxy.forgive();
    hand(&function, &object).await;
    assert_eq!(place.found().await, replay(&small(), &[log], true));
}

/// An object that is not held whole is fetched twice, and judged no otherwise.
#[tokio::test]
async fn what_is_read_as_it_comes_is_read_twice() {
    let Some(place) = Place::of("large", &small()).await else {
        return;
    };
    let mut log = ann(
        "big.json",
        12,
        &[(60, "ListBuckets"), (120, "DeleteBucket")],
    );
    let at = "{\"Records\":[".len();
    log.bytes.splice(at..at, vec![b' '; 5 << 20]);
    let proxy = Proxy::before(&place.world.endpoint);
    let function = place.with_table().through(&proxy).start();
    let object = place.store(&log).await;
    hand(&function, &object).await;
    let found = place.found().await;
    assert_eq!(found, replay(&small(), &[log], true));
    assert!(!found.is_empty() && !place.seen().await.is_empty());
    let reads = proxy.calls("s3:GetObject");
    let reads = reads.iter().filter(|c| c.path.contains("/big.json"));
    assert_eq!(reads.count(), 2);
}

/// Without a table the baseline is all there is: on each day it is new again.
#[tokio::test]
async fn without_a_table_it_is_new_again() {
    let Some(place) = Place::of("alone", &small()).await else {
        return;
    };
    let function = place.setup().start();
    let logs = [
        ann("one", 12, &[(120, "DeleteBucket")]),
        ann("two", 13, &[(60, "ListBuckets"), (70, "DeleteBucket")]),
    ];
    for log in &logs {
        hand(&function, &place.store(log).await).await;
    }
    let found = place.found().await;
    assert_eq!(rules(&found).iter().filter(|r| **r == "api").count(), 2);
    let want = replay(&small(), &logs, false);
    let singles = |all: std::collections::BTreeMap<String, super::Told>| {
        let singles = all.into_iter().filter(|(_, t)| t.rule != "session");
        singles.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(singles(found), singles(want));
    assert!(place.world.items(&place.table).await.is_empty());
}
