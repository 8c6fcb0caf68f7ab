//! The test world itself: what it imitates is compared with what it should do.

mod function;
mod mapping;
mod metrics;
mod proxy;
mod whole;
mod world;

use std::time::Duration;

use aws_config::BehaviorVersion;
use flowtrail_aws::Fault;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::function::Setup;
use crate::world::World;

/// Set in the process that is to be a function.
const STAND_IN: &str = "STAND_IN";

/// A function that does what its events say: this very program, in which only
/// [`stand_in`] runs.
fn stand_in_setup(world: &World) -> Setup {
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "harness::stand_in", "--nocapture"];
    Setup::program(program, &args, world).with(STAND_IN, "1")
}

/// No test, but the function's process.
#[tokio::test]
async fn stand_in() {
    match std::env::var(STAND_IN).as_deref() {
        Ok("1") => lambda_runtime::run(service_fn(work)).await.unwrap(),
        Ok(_) => std::process::exit(1),
        Err(_) => {}
    }
}

async fn work(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let LambdaEvent { payload, context } = event;
    println!("{}", json!({"level": "INFO", "got": payload["do"]}));
    let text = |key: &str| payload[key].as_str().unwrap_or_default();
    match text("do") {
        "fail" => return Err("as asked".into()),
        "exit" => std::process::exit(3),
        "sleep" => tokio::time::sleep(Duration::from_secs(60)).await,
        "eat" => {
            let megabytes = usize::try_from(payload["mb"].as_u64().unwrap()).unwrap();
            let eaten = vec![1_u8; megabytes << 20];
            assert_eq!(eaten.last(), Some(&1));
        }
        "put" => {
            let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
            let put = aws_sdk_s3::Client::new(&config).put_object();
            let put = put.bucket(text("bucket")).key("k");
            let put = put.body(bytes::Bytes::from_static(b"x").into()).send();
            put.await.map_err(|e| Fault::of("PutObject", &e))?;
        }
        _ => {}
    }
    if payload["Records"].is_array() {
        return Ok(bad_ones(&payload));
    }
    Ok(
        json!({"id": context.request_id, "deadline": context.deadline,
        "arn": context.invoked_function_arn}),
    )
}

/// Messages whose body is `bad` fail.
fn bad_ones(event: &Value) -> Value {
    let records = event["Records"].as_array().unwrap().iter();
    let failed: Vec<Value> = records
        .filter(|r| r["body"] == "bad")
        .map(|r| json!({"itemIdentifier": r["messageId"]}))
        .collect();
    json!({"batchItemFailures": failed})
}
