//! What is said of a context when the function starts, and what happens if it
//! cannot be used.

use serde_json::Value;

use super::{BASE, Kitchen, hand, hiding, lines};
use crate::function::{Function, Outcome, Setup};
use crate::payload;
use crate::proxy::{Fault, Proxy, Rule, Trouble};

/// The words of a start that failed, as AWS shows them.
async fn refused(function: &Function, event: &Value) -> String {
    let Outcome::Error(error) = function.invoke(event).await.outcome else {
        panic!("it started");
    };
    assert_eq!(error["errorType"], "StartFailed", "{error}");
    error["errorMessage"].as_str().unwrap().to_owned()
}

/// A start that fails with all of these words, in the answer and in the log.
/// `spoil` gets the kitchen and gives the function that cannot start.
async fn cannot_start(test: &str, words: &[&str], spoil: impl AsyncFnOnce(&Kitchen) -> Setup) {
    let Some(kitchen) = Kitchen::of(test).await else {
        return;
    };
    let object = kitchen.bake("cookies.json", &[(0, "baker")]).await;
    let event = payload::s3(&[object]);
    let function = spoil(&kitchen).await.start();
    let message = refused(&function, &event).await;
    let log: Vec<Value> = lines(&function, "ERROR");
    let log: Vec<String> = log.iter().map(Value::to_string).collect();
    for word in words {
        assert!(message.contains(word), "{test}: no `{word}` in {message}");
        let said = log.iter().any(|line| line.contains(word));
        assert!(said, "{test}: no `{word}` in {log:#?}");
    }
    let start = "the function cannot start";
    assert!(log.iter().any(|line| line.contains(start)), "{log:#?}");
    // Once before the event, once for it.
    assert_eq!(kitchen.sum("StartsFailed", &[]).await, 2.0, "{test}");
    assert_eq!(kitchen.sum("Objects", &[]).await, 0.0, "{test}");
    assert!(kitchen.found("").await.is_empty(), "{test}");
    // It is not started for nothing, and nobody has to deploy anything.
    assert!(!function.is_dead(), "{test}");
}

/// With what lies in the bucket.
async fn of_bucket(kitchen: &Kitchen, text: impl Into<bytes::Bytes>) -> Setup {
    let place = kitchen.context(text).await;
    kitchen.setup().with("FLOWTRAIL_CONTEXT", &place)
}

#[tokio::test]
async fn a_context_that_is_missing_stops_the_start() {
    let key = async |k: &Kitchen| {
        let place = format!("s3://{}/none.yaml", k.config);
        k.setup().with("FLOWTRAIL_CONTEXT", &place)
    };
    let bucket = async |k: &Kitchen| {
        let place = format!("s3://{}-none/c.yaml", k.config);
        k.setup().with("FLOWTRAIL_CONTEXT", &place)
    };
    let package = async |k: &Kitchen| k.setup().with("FLOWTRAIL_CONTEXT", "etc/none.yaml");
    tokio::join!(
        cannot_start(
            "ctx-key",
            &["FLOWTRAIL_CONTEXT", "/none.yaml", "NoSuchKey"],
            key
        ),
        cannot_start(
            "ctx-bucket",
            &["FLOWTRAIL_CONTEXT", "-none/c.yaml", "NoSuchBucket"],
            bucket
        ),
        cannot_start(
            "ctx-package",
            &["FLOWTRAIL_CONTEXT", "etc/none.yaml", "No such file"],
            package
        ),
    );
}

#[tokio::test]
async fn a_context_with_errors_stops_the_start() {
    let broken = format!("{BASE}segments: {{a: b}}\nx: 1\nregions: [us-east-1]\ny: 2\n");
    let errors = async |k: &Kitchen| of_bucket(k, broken.clone()).await;
    let latin = async |k: &Kitchen| of_bucket(k, b"version: 1 # \xFC\n".as_slice()).await;
    let packed = async |k: &Kitchen| k.packed(k.setup(), b"version: 1 # \xFC\n");
    let empty = async |k: &Kitchen| of_bucket(k, "").await;
    let words = ["FLOWTRAIL_CONTEXT", "context.yaml:6:1", "2 errors"];
    tokio::join!(
        cannot_start("ctx-errors", &words, errors),
        cannot_start("ctx-latin", &["FLOWTRAIL_CONTEXT", "UTF-8"], latin),
        cannot_start("ctx-packed", &["FLOWTRAIL_CONTEXT", "UTF-8"], packed),
        cannot_start(
            "ctx-empty",
            &["FLOWTRAIL_CONTEXT", "context.yaml:1:1", "an error"],
            empty
        ),
    );
}

/// Each mistake has its own line, with the place and with what would be right.
#[tokio::test]
async fn each_mistake_has_its_line() {
    let Some(kitchen) = Kitchen::of("ctx-lines").await else {
        return;
    };
    let broken = format!("{BASE}vpcs: [{{id: vpc-0a, environment: prodution}}]\nx: 1\n");
    let function = of_bucket(&kitchen, broken).await.start();
    let object = kitchen.bake("cookies.json", &[(0, "baker")]).await;
    refused(&function, &payload::s3(&[object])).await;
    let errors = lines(&function, "ERROR");
    let of_line = |n: u64| errors.iter().find(|e| e["line"] == n);
    let (one, other) = (of_line(5).unwrap(), of_line(6).unwrap());
    assert!(one["message"].as_str().unwrap().contains("`prodution`"));
    assert!(
        one["hint"].as_str().unwrap().contains("production"),
        "{one}"
    );
    assert!(
        one["file"]
            .as_str()
            .unwrap()
            .ends_with("known/context.yaml")
    );
    assert!(
        other["message"].as_str().unwrap().contains("`x`"),
        "{other}"
    );
}

/// A place that can be none is told by the configuration, before anything runs.
#[tokio::test]
async fn a_place_that_is_none_is_refused_at_once() {
    let Some(kitchen) = Kitchen::of("ctx-place").await else {
        return;
    };
    for place in ["s3://", "s3://bucket", "s3://bucket/", "s3:///key"] {
        let setup = kitchen.setup().with("FLOWTRAIL_CONTEXT", place);
        let function = setup.with("FLOWTRAIL_LEVEL", "loud").start();
        function.ready().await.unwrap_err();
        let log = lines(&function, "ERROR");
        let said = log[0]["error"].as_str().unwrap();
        assert!(said.contains(&format!("`{place}`")), "{said}");
        assert!(said.contains("s3://bucket/key"), "{said}");
        assert!(said.contains("`loud`"), "all that is wrong: {said}");
    }
}

/// What is mended counts for the next event, without anything being deployed.
#[tokio::test]
async fn once_it_is_mended_the_next_event_is_judged() {
    let Some(kitchen) = Kitchen::of("ctx-mended").await else {
        return;
    };
    let place = kitchen.context("version: 2\n").await;
    let proxy = Proxy::before(&kitchen.world.endpoint);
    let setup = kitchen.setup().with("FLOWTRAIL_CONTEXT", &place);
    let function = setup.through(&proxy).start();
    let object = kitchen.bake("cookies.json", &[(0, "baker")]).await;
    let event = payload::s3(std::slice::from_ref(&object));
    refused(&function, &event).await;
    // A role that may not read it.
    kitchen.context(hiding()).await;
    let denied = Fault::Trouble(Trouble::Denied);
    let rule = Rule::on("s3:GetObject", denied).containing("context.yaml");
    proxy.add(rule);
    let message = refused(&function, &event).await;
    assert!(message.contains("AccessDenied"), "{message}");
    assert_eq!(kitchen.sum("StartsFailed", &[]).await, 3.0);
    proxy.forgive();
    hand(&function, &object).await;
    let found = kitchen.found("").await;
    let found: Vec<&Value> = found.values().collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["suppressed"]["id"], "drill");
    assert_eq!(kitchen.sum("StartsFailed", &[]).await, 3.0);
}

/// What was read is said, and what a person should know of it.
#[tokio::test]
async fn what_was_read_is_said() {
    let Some(kitchen) = Kitchen::of("ctx-said").await else {
        return;
    };
    let stale = "id: stale, rules: [cookie], owner: pantry, reason: b, expires: 2026-02-28";
    let context = hiding().replace("suppressions: [", &format!("suppressions: [{{{stale}}}, "));
    let place = kitchen.context(context).await;
    let setup = kitchen.setup().with("FLOWTRAIL_CONTEXT", &place);
    let function = setup.start();
    let object = kitchen.bake("cookies.json", &[(0, "mouse")]).await;
    hand(&function, &object).await;
    let warnings = lines(&function, "WARN");
    let expired: Vec<&Value> = warnings.iter().filter(|w| w["line"].is_u64()).collect();
    assert_eq!(expired.len(), 1, "only one of two: {warnings:#?}");
    let reason = expired[0]["message"].as_str().unwrap();
    assert_eq!(
        reason,
        "suppression `stale` expired at 2026-03-01T00:00:00Z"
    );
    assert_eq!(expired[0]["line"], 5);
    assert_eq!(expired[0]["file"], place.as_str());
    assert!(expired[0]["hint"].as_str().unwrap().contains("new date"));
    // It hides nothing of what happened after its day.
    let found = kitchen.found("").await;
    let cookie = found.values().find(|f| f["rule"]["name"] == "cookie");
    assert_eq!(cookie.unwrap().get("suppressed"), None);
    let told = lines(&function, "INFO");
    let context = told.iter().find(|l| l["message"] == "context").unwrap();
    assert_eq!(context["file"], place.as_str());
    assert_eq!(context["version"].as_str().unwrap().len(), 12);
    assert_eq!(
        (&context["accounts"], &context["suppressions"]),
        (&2.into(), &2.into())
    );
}
