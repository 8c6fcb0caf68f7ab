use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::{STAND_IN, stand_in_setup};
use crate::function::{Outcome, Setup};
use crate::runtime::{FUNCTION_ARN, RuntimeApi};
use crate::world::World;

/// A world without AWS: nothing listens there.
async fn nowhere(test: &str) -> World {
    World::at("http://127.0.0.1:9", test).await
}

#[tokio::test]
async fn an_event_goes_in_and_an_answer_comes_out() {
    let world = nowhere("events").await;
    let function = stand_in_setup(&world)
        .memory(256)
        .timeout(Duration::from_secs(20))
        .start();
    assert!(function.ready().await.unwrap() > Duration::ZERO);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let invoked = function.invoke(&json!({"do": "nothing"})).await;
        let Outcome::Answer(answer) = invoked.outcome else {
            panic!("{invoked:?}");
        };
        assert!(invoked.took > Duration::ZERO);
        assert_eq!(answer["arn"], FUNCTION_ARN);
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let left = u128::from(answer["deadline"].as_u64().unwrap()).checked_sub(now);
        assert!((15_000..=20_000).contains(&left.unwrap()), "{left:?}");
        ids.push(answer["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let log = function.log();
    assert_eq!(log.len(), 3, "{log:?}");
    assert_eq!(log[0]["got"], "nothing");
}

#[tokio::test]
async fn errors_late_answers_and_deaths_are_told_apart() {
    let world = nowhere("ends").await;
    let setup = stand_in_setup(&world).timeout(Duration::from_millis(400));
    let function = setup.start();
    let tries = function.deliver(&json!({"do": "fail"})).await;
    assert_eq!(tries.len(), 3);
    for failed in tries {
        let Outcome::Error(error) = failed.outcome else {
            panic!("{failed:?}");
        };
        assert_eq!(error["errorMessage"], "as asked");
    }
    assert_eq!(function.deliver(&json!({"do": "nothing"})).await.len(), 1);
    let late = function.invoke(&json!({"do": "sleep"})).await;
    assert_eq!(late.outcome, Outcome::TimedOut);
    assert!(function.is_dead());
    let dead = function.invoke(&json!({"do": "nothing"})).await;
    assert_eq!(dead.outcome, Outcome::Died);
    let again = setup.start();
    let died = again.invoke(&json!({"do": "exit"})).await;
    assert_eq!(died.outcome, Outcome::Died);
}

#[tokio::test]
async fn a_function_that_cannot_start_says_so_or_dies() {
    let world = nowhere("start").await;
    let silent = stand_in_setup(&world).with(STAND_IN, "dead").start();
    assert_eq!(silent.ready().await, Err(Value::Null));
    let none = Setup::program("/bin/false".into(), &[], &world).start();
    assert_eq!(none.ready().await, Err(Value::Null));
}

#[tokio::test]
async fn memory_is_measured() {
    let world = nowhere("memory").await;
    let function = stand_in_setup(&world).start();
    function.ready().await.unwrap();
    let Some(before) = function.peak_memory() else {
        eprintln!("skipped: the system does not say how much memory a process has");
        return;
    };
    function.invoke(&json!({"do": "eat", "mb": 64})).await;
    let after = function.peak_memory().unwrap();
    assert!(after >= before + (60 << 20), "{before} {after}");
    function.kill();
    assert_eq!(function.peak_memory(), None);
}

/// What a well-behaved client never does.
#[tokio::test]
async fn the_api_refuses_what_lambda_refuses() {
    let api = RuntimeApi::start();
    let post = async |path: &str, body: Vec<u8>| {
        let stream = tokio::net::TcpStream::connect(api.authority()).await;
        let io = TokioIo::new(stream.unwrap());
        let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let request = Request::post(format!("/2018-06-01/runtime/{path}"))
            .header("host", "runtime")
            .body(Full::new(Bytes::from(body)));
        let answer = client.send_request(request.unwrap()).await.unwrap();
        let status = answer.status();
        drop(answer.into_body().collect().await);
        status
    };
    let unknown = post("invocation/never-handed-out/response", b"{}".to_vec()).await;
    assert_eq!(unknown, StatusCode::BAD_REQUEST);
    let large = vec![b' '; (6 << 20) + 1];
    let large = post("invocation/any/response", large).await;
    assert_eq!(large, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post("elsewhere", Vec::new()).await, StatusCode::NOT_FOUND);
    assert_eq!(api.init_error(), None);
    let body = br#"{"errorType": "Config", "errorMessage": "m"}"#.to_vec();
    assert_eq!(post("init/error", body).await, StatusCode::ACCEPTED);
    assert_eq!(api.init_error().unwrap()["errorType"], "Config");
}
