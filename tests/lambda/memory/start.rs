//! What is said of a baseline when the function starts, and what happens if it
//! cannot be used.

use serde_json::Value;

use super::{Place, ann, hand, small};
use crate::context::lines;
use crate::function::Outcome;
use crate::payload;
use crate::proxy::{Fault, Proxy, Rule, Trouble};

/// A start that fails with all of these words.
async fn cannot_start(test: &str, bytes: &[u8], words: &[&str]) {
    let Some(place) = Place::of(test, bytes).await else {
        return;
    };
    let function = place.with_table().start();
    let object = place.store(&ann("one", 12, &[(1, "ListBuckets")])).await;
    let event = payload::s3(&[object]);
    let Outcome::Error(error) = function.invoke(&event).await.outcome else {
        panic!("{test}: it started");
    };
    assert_eq!(error["errorType"], "StartFailed", "{error}");
    let message = error["errorMessage"].as_str().unwrap();
    for word in words {
        assert!(message.contains(word), "{test}: no `{word}` in {message}");
    }
}

#[tokio::test]
async fn a_baseline_that_cannot_be_used_stops_the_start() {
    let whole = small();
    let mut damaged = whole.clone();
    let (header, begin) = flowtrail_baseline::Header::read(&whole).unwrap().unwrap();
    damaged[begin + 3] ^= 1;
    let hot = begin + usize::try_from(header.hot_bytes()).unwrap();
    tokio::join!(
        cannot_start(
            "bl-damaged",
            &damaged,
            &["FLOWTRAIL_BASELINE", "damaged", "hint:"]
        ),
        cannot_start("bl-short", &whole[..hot - 1], &["cut off", "hint:"]),
        cannot_start("bl-header", &whole[..40], &["cut off"]),
        cannot_start("bl-none", b"version: 1\n", &["no baseline", "hint:"]),
    );
}

#[tokio::test]
async fn a_baseline_that_may_not_be_read_stops_the_start_until_it_may() {
    let Some(place) = Place::of("bl-denied", &small()).await else {
        return;
    };
    let proxy = Proxy::before(&place.world.endpoint);
    let denied = Fault::Trouble(Trouble::Denied);
    proxy.add(Rule::on("s3:GetObject", denied).containing("usual.baseline"));
    let function = place.with_table().through(&proxy).start();
    let object = place.store(&ann("one", 12, &[(1, "DeleteBucket")])).await;
    let event = payload::s3(std::slice::from_ref(&object));
    let Outcome::Error(error) = function.invoke(&event).await.outcome else {
        panic!("it started");
    };
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("AccessDenied") && message.contains("FLOWTRAIL_BASELINE"));
    proxy.forgive();
    hand(&function, &object).await;
    assert!(!place.found().await.is_empty());
}

#[tokio::test]
async fn what_was_read_is_said() {
    let Some(place) = Place::of("bl-said", &small()).await else {
        return;
    };
    let function = place.setup().start();
    let object = place.store(&ann("one", 12, &[(1, "DeleteBucket")])).await;
    hand(&function, &object).await;
    let told: Vec<Value> = lines(&function, "INFO");
    let baseline = told.iter().find(|l| l["message"] == "baseline").unwrap();
    assert_eq!(baseline["last"], "2026-11-10");
    assert_eq!(baseline["records"], 10);
    let id = baseline["id"].as_str().unwrap();
    for finding in place.found().await.into_values() {
        assert_eq!(finding.baseline, id);
    }
    let warned = lines(&function, "WARN");
    let said = |word: &str| {
        warned
            .iter()
            .any(|l| l["message"].as_str().unwrap().contains(word))
    };
    assert!(said("the baseline is old"), "{warned:#?}");
    assert!(said("new again every day"), "{warned:#?}");
}

/// Without a baseline the rules that need one are inactive, and counted.
#[tokio::test]
async fn without_a_baseline_its_rules_are_inactive() {
    let Some(place) = Place::of("bl-without", &small()).await else {
        return;
    };
    let function = place.with_table().with("FLOWTRAIL_BASELINE", "").start();
    let object = place.store(&ann("one", 12, &[(1, "DeleteBucket")])).await;
    hand(&function, &object).await;
    assert!(place.found().await.is_empty() && place.seen().await.is_empty());
    let inactive = place.world.metric("RulesInactive", &[]).await.unwrap();
    assert!(inactive.sum >= 6.0, "{inactive:?}");
}
