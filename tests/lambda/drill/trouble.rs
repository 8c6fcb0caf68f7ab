//! Alarms that stay down, calls that are refused, answers that are lost.

use std::time::Duration;

use aws_sdk_cloudwatch::types::StateValue;
use serde_json::Value;

use super::{Ground, LEVELS, json, step};
use crate::proxy::{Fault, Rule, Trouble};

/// A CloudWatch that is not on this machine, as far as an address tells, and alarms
/// that the test sends up.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_alarm_is_awaited_where_cloudwatch_is_no_emulation() {
    let Some(ground) = Ground::of("drill-alarm").await else {
        return;
    };
    let name = |level: &str| ground.world.named(&format!("findings-{level}"));
    // Any address of this machine, in words that are not known for it.
    let address = ground.proxy.url().replace("127.0.0.1", "0.0.0.0");
    for (up, status) in [(&LEVELS[..], 0), (&LEVELS[..1], 1)] {
        let drill = ground
            .command("json", &["--timeout", "8s"])
            .env("AWS_ENDPOINT_URL_CLOUDWATCH", &address)
            .spawn()
            .unwrap();
        while ground.world.objects(&ground.logs, "").await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for level in up {
            ground.set(&name(level), StateValue::Alarm).await;
        }
        let report = json(&drill.wait_with_output().unwrap());
        let step = step(&report, "alarm");
        let said = step["detail"].as_str().unwrap();
        if status == 0 {
            assert_eq!(step["state"], "arrived", "{report:#}");
            assert!(said.ends_with(" went up"), "{said}");
        } else {
            assert_eq!(step["state"], "missing", "{report:#}");
            assert_eq!(said, format!("not up: {}", name("high")));
        }
        for level in LEVELS {
            ground.set(&name(level), StateValue::Ok).await;
        }
    }
}

/// Whoever may write and not delete, or whose bucket is locked.
#[tokio::test]
async fn what_cannot_be_taken_away_is_named() {
    let Some(ground) = Ground::of("drill-left").await else {
        return;
    };
    for which in ["s3:DeleteObject", "sqs:DeleteQueue"] {
        let denied = Fault::Trouble(Trouble::Denied);
        ground.proxy.add(Rule::on(which, denied));
    }
    let drill = ground.drill(&["--timeout", "2s"]);
    let out = drill.wait_with_output().unwrap();
    let report = json(&out);
    let left = report["left_behind"].as_array().unwrap();
    let names: Vec<&str> = left.iter().map(|l| l["name"].as_str().unwrap()).collect();
    let (id, object) = (report["id"].as_str().unwrap(), &report["object"]);
    assert_eq!(names.len(), 2, "{report:#}");
    assert!(names[0].starts_with(object.as_str().unwrap()), "{names:?}");
    assert!(names[0].contains("(version "), "{names:?}");
    assert_eq!(names[1], format!("flowtrail-drill-{id}"));
    for left in left {
        assert!(left["why"].as_str().unwrap().contains("denied"), "{left}");
    }
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("could not be removed"), "{said}");
    assert_eq!(ground.queues(id).await.len(), 1);
    let logs = ground.world.objects(&ground.logs, "").await;
    assert_eq!(logs.len(), 1);
}

/// What is made by a call whose answer never comes is taken away as well; and one
/// object is written, however often it is tried.
#[tokio::test]
async fn what_a_lost_answer_made_is_taken_away() {
    let Some(ground) = Ground::of("drill-lost").await else {
        return;
    };
    let lost = |which| Rule::on(which, Fault::LoseAnswer);
    ground.proxy.add(lost("sqs:CreateQueue"));
    let drill = ground.drill(&["--timeout", "2s"]);
    let out = drill.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot listen to the topic"), "{said}");
    let asked = ground.proxy.calls("sqs:CreateQueue").remove(0).body;
    let asked: Value = serde_json::from_slice(&asked).unwrap();
    let name = asked["QueueName"].as_str().unwrap();
    let id = name.strip_prefix("flowtrail-drill-").unwrap();
    assert_eq!(ground.queues(id).await, Vec::<String>::new());
    ground.proxy.forgive();
    ground.proxy.add(lost("s3:PutObject").calls(1..=1));
    let drill = ground.drill(&["--timeout", "2s"]);
    let out = drill.wait_with_output().unwrap();
    assert_eq!(ground.proxy.calls("s3:PutObject").len(), 2);
    ground.is_clean(Some(&json(&out))).await;
}
