use serde_json::{Value, json};

use super::stand_in_setup;
use crate::function::Outcome;
use crate::mapping::{Mapping, failed};
use crate::world::World;

#[tokio::test]
async fn what_failed_comes_again_until_it_is_a_dead_letter() {
    let Some(world) = World::of("mapping").await else {
        return;
    };
    let dead = world.queue("dead").await;
    let queue = world.queue_before(&dead, "in", 3).await;
    for n in 0..12 {
        let body = if n == 5 { "bad" } else { "good" };
        world.send(&queue, body).await;
    }
    let function = stand_in_setup(&world).start();
    let batches = Mapping::new(&world, &queue, 100).run(&function).await;
    let done: usize = batches.iter().map(|b| b.done.len()).sum();
    let again: usize = batches.iter().map(|b| b.again.len()).sum();
    assert_eq!((done, again), (11, 3));
    let counts: Vec<&str> = batches
        .iter()
        .flat_map(|b| b.event["Records"].as_array().unwrap())
        .filter(|r| r["body"] == "bad")
        .map(|r| r["attributes"]["ApproximateReceiveCount"].as_str().unwrap())
        .collect();
    assert_eq!(counts, ["1", "2", "3"]);
    let answers = batches.iter().map(|b| &b.invoked.outcome);
    assert!(answers.into_iter().all(|o| matches!(o, Outcome::Answer(_))));
    let first = &batches[0].event["Records"][0];
    assert_eq!(first["eventSource"], "aws:sqs");
    assert_eq!(first["eventSourceARN"], queue.arn);
    assert!(!first["attributes"]["SentTimestamp"].is_null());
    let letters = world.drain(&dead).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].body, "bad");
}

/// Answers as Lambda takes them: nothing, what cannot be understood, an unknown id.
#[test]
fn an_answer_that_is_wrong_fails_the_batch() {
    let failing = |outcome| failed(&outcome, &["a", "b"].into()).len();
    let answer = |answer: Value| failing(Outcome::Answer(answer));
    assert_eq!(answer(Value::Null), 0);
    assert_eq!(answer(json!({"batchItemFailures": []})), 0);
    assert_eq!(answer(json!({"batchItemFailures": null})), 0);
    let naming = |key: &str, id: &str| answer(json!({"batchItemFailures": [{key: id}]}));
    assert_eq!(naming("itemIdentifier", "a"), 1);
    assert_eq!(naming("itemIdentifier", "x"), 2);
    assert_eq!(naming("itemIdentifier", ""), 2);
    assert_eq!(naming("id", "a"), 2);
    assert_eq!(answer(json!({"batchItemFailures": "a"})), 2);
    assert_eq!(failing(Outcome::Died), 2);
    assert_eq!(failing(Outcome::TimedOut), 2);
    assert_eq!(failing(Outcome::Error(Value::Null)), 2);
}
