//! What can never be read goes to the dead letters, whole, and can be sent back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Scene;
use super::payloads::{firehose, gzip, kinesis, queue, task};
use crate::function::Outcome;
use crate::payload;
use crate::proxy::{Fault, Rule};
use crate::world::Stored;

impl Scene {
    /// With a queue for dead letters.
    async fn burying(test: &str) -> Option<Self> {
        Self::with(test, |setup, dead| {
            setup.with("FLOWTRAIL_DEAD_LETTER_QUEUE_URL", dead)
        })
        .await
    }

    /// The letters since this was last asked for, by their name.
    async fn letters(&self) -> Vec<Value> {
        let letters = self.world.drain(&self.dead).await;
        let mut letters: Vec<Value> = letters.into_iter().map(|l| l.body).collect();
        letters.sort_by_key(|l| l["name"].as_str().unwrap().to_owned());
        letters
    }
}

#[tokio::test]
async fn messages_that_cannot_be_read_are_kept_whole() {
    let Some(mut scene) = Scene::burying("letters").await else {
        return;
    };
    let good = payload::s3(&[scene.object().await]);
    let bodies = [json!({"hello": "world"}), good, json!("no \u{ffff} event")];
    let answer = scene.answer(&queue(&bodies)).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let bad = b"\x1f\x8b\x08\x00 and then this".to_vec();
    let answer = scene.answer(&kinesis(std::slice::from_ref(&bad))).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let answer = scene.answer(&firehose(std::slice::from_ref(&bad))).await;
    assert_eq!(answer["records"][0]["result"], "Ok", "somebody has it");
    let letters = scene.letters().await;
    let of = |n: usize| {
        let letter = &letters[n];
        assert_eq!(
            (&letter["kind"], &letter["truncated"]),
            (&json!("payload"), &json!(false))
        );
        (letter["encoding"].as_str().unwrap(), letter["item"].clone())
    };
    let bytes = json!(STANDARD.encode(&bad));
    assert_eq!(letters.len(), 4, "{letters:?}");
    assert_eq!(
        (of(0), of(1)),
        (("base64", bytes.clone()), ("base64", bytes))
    );
    assert_eq!(of(2), ("json", json!({"hello": "world"})));
    assert_eq!(of(3), ("text", bodies[2].clone()));
    assert_eq!(scene.failed("payload").await, 4.0);
    assert_eq!(
        scene.sum("DeadLetters", &[("Reason", "payload")]).await,
        4.0
    );
    scene.check().await;
}

/// Objects that are gone and records that are damaged. Once an object is back,
/// its letter is all that is needed.
#[tokio::test]
async fn a_letter_is_enough_to_try_again() {
    let Some(mut scene) = Scene::burying("redrive").await else {
        return;
    };
    let object = scene.object().await;
    let content = scene.world.objects(&scene.logs, "").await;
    scene.world.delete(&scene.logs, &object.key).await;
    let answer = scene
        .answer(&payload::s3(std::slice::from_ref(&object)))
        .await;
    assert_eq!(answer, Value::Null);
    let mut packed = gzip(b"2 111122223333 eni-1 192.0.2.1 192.0.2.2 1 2 6 1 40 1 2 ACCEPT OK");
    packed.truncate(packed.len() - 9);
    let answer = scene.answer(&kinesis(std::slice::from_ref(&packed))).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let letters = scene.letters().await;
    let item = json!({"bucket": object.bucket, "key": object.key, "version": object.version,
        "etag": object.etag});
    let [records, gone] = letters.as_slice() else {
        panic!("{letters:?}");
    };
    assert_eq!(
        (&gone["encoding"], &gone["item"]),
        (&json!("object"), &item)
    );
    assert_eq!(gone["kind"], "not_found");
    assert_eq!(records["item"], json!(STANDARD.encode(&packed)));
    // It is back.
    let bytes = content.values().next().unwrap().clone();
    scene.world.put(&scene.logs, &object.key, bytes).await;
    let answer = scene.answer(&queue(std::slice::from_ref(gone))).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    // What is damaged stays so: the same letter again.
    let answer = scene.answer(&queue(std::slice::from_ref(records))).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let again = scene.letters().await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0]["item"], records["item"]);
    scene.check().await;
}

/// A job reports what was not judged, whoever has it now.
#[tokio::test]
async fn a_job_is_not_told_that_what_is_buried_was_done() {
    let Some(mut scene) = Scene::burying("jobs-buried").await else {
        return;
    };
    let good = scene.object().await;
    let mut damaged = gzip(json!({"Records": []}).to_string().as_bytes());
    damaged.truncate(damaged.len() - 9);
    let damaged = scene
        .world
        .put(&scene.logs, "damaged.json.gz", damaged)
        .await;
    let missing = Stored {
        key: "missing.json".to_owned(),
        ..good.clone()
    };
    let permanent = "PermanentFailure";
    for (object, code) in [
        (&good, "Succeeded"),
        (&missing, permanent),
        (&damaged, permanent),
    ] {
        // The second answer rests on what the table says.
        for _ in 0..2 {
            let answer = scene.answer(&task("2.0", object)).await;
            let result = &answer["results"][0];
            assert_eq!(result["resultCode"], code, "{answer}");
        }
    }
    let names: Vec<Value> = scene
        .letters()
        .await
        .iter()
        .map(|l| l["item"]["key"].clone())
        .collect();
    let (damaged, missing) = (json!(damaged.key), json!(missing.key));
    assert_eq!(names, [damaged.clone(), damaged, missing.clone(), missing]);
}

/// Letters are written side by side, in the time that there is, and counted with
/// everything else.
#[tokio::test]
async fn many_letters_hold_nobody_up() {
    let slow = Duration::from_secs(30);
    let bodies: Vec<Value> = (0..40).map(|n| json!({"hello": n})).collect();
    let Some(mut scene) = Scene::burying("slow-letters").await else {
        return;
    };
    let delay = Fault::Delay(Duration::from_millis(500));
    scene.proxy.add(Rule::on("sqs:SendMessage", delay));
    let before = scene.proxy.calls("cloudwatch:PutMetricData").len();
    let invoked = scene.function.invoke(&queue(&bodies)).await;
    let done = Outcome::Answer(json!({"batchItemFailures": []}));
    assert_eq!(invoked.outcome, done);
    // One after another would take 20 seconds.
    assert!(invoked.took < Duration::from_secs(15), "{:?}", invoked.took);
    let after = scene.proxy.calls("cloudwatch:PutMetricData").len();
    assert!(
        after - before <= 2,
        "rules are reported once, the works once"
    );
    assert_eq!(scene.letters().await.len(), 40);
    scene.proxy.forgive();
    // If nobody takes letters, the work is done all the same.
    scene
        .proxy
        .add(Rule::on("sqs:SendMessage", Fault::Delay(slow)));
    let mut bodies = bodies;
    bodies.push(payload::s3(&[scene.object().await]));
    let invoked = scene.function.invoke(&queue(&bodies)).await;
    let Outcome::Answer(answer) = invoked.outcome else {
        panic!("{invoked:?}");
    };
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 40);
    scene.check().await;
}
