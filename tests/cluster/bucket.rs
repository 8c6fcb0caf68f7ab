//! Logs in a bucket: listed by who asks, read by executors with credentials of
//! their own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::servers::{Cluster, flowtrail, root, run};

fn make_bucket(endpoint: &str, bucket: &str) {
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let scope = "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request";
    let head = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\
         Authorization: {scope}, SignedHeaders=host, Signature=none\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn executors_read_buckets_with_their_own_credentials() {
    let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
        eprintln!("skipped, there is no AWS; `cargo xtask cluster` brings one");
        return;
    };
    let credentials = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("NO_PROXY", "*"),
    ];
    let bucket = format!("clustered-{}", std::process::id());
    make_bucket(&endpoint, &bucket);
    let to = format!("s3://{bucket}/logs");
    let mut command = flowtrail(
        &root(),
        &["simulate", "--size", "600KB", "--seed", "4", "--to", &to],
    );
    let ran = run({
        command.envs(credentials);
        command
    });
    assert_eq!(ran.status, Some(0), "{}", ran.said);

    let cluster = Cluster::start(&[], &credentials);
    let sql = "SELECT eventname, account, count(*) AS n FROM cloudtrail GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2";
    let mut here = flowtrail(&root(), &["query", "--format", "jsonl", sql, &to]);
    here.envs(credentials);
    let here = run(here);
    let mut there = cluster.asking(&root(), &[sql, &to]);
    there.envs(credentials);
    let there = run(there);
    assert_eq!(
        (there.status, &there.out),
        (Some(0), &here.out),
        "{}",
        there.said
    );
    assert_eq!(there.readers(), 2, "{}", there.said);
    assert!(here.out.lines().count() > 10);
    compacted(&cluster, &bucket, sql, &credentials);
}

/// The same of compacted logs.
fn compacted(cluster: &Cluster, bucket: &str, sql: &str, variables: &[(&str, &str)]) {
    // Few partitions: each is some calls, and this AWS takes its time.
    let (few, lake) = ("tests/cases/queries/logs", format!("s3://{bucket}/lake"));
    let mut command = flowtrail(&root(), &["compact", few, "--to", &lake]);
    command.envs(variables.iter().copied());
    let ran = run(command);
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    let here = run(flowtrail(
        &root(),
        &["query", "--format", "jsonl", sql, few],
    ));
    let mut compacted = cluster.asking(&root(), &[sql, &lake]);
    compacted.envs(variables.iter().copied());
    let compacted = run(compacted);
    assert_eq!(compacted.out, here.out, "{}", compacted.said);
    assert!(here.out.lines().count() > 5);
}
