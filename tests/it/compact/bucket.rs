//! From a bucket into a bucket, two runs at once.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::rows;

fn begun(endpoint: &str, folder: &Path, line: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(line.split(' '))
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "*")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for it, and it has to go well. Returns what it said.
fn ended(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

fn make_bucket(endpoint: &str, bucket: &str) {
    let host = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    // By its scope the server knows which service is meant; it checks no signature.
    let scope = "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request";
    let ask = format!(
        "PUT /{bucket} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\
         Authorization: {scope}, SignedHeaders=host, Signature=none\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn two_runs_at_once_from_bucket_to_bucket() {
    let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
        eprintln!("skipped, there is no AWS; `cargo xtask test` brings one");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let bucket = format!("compacted-{}", std::process::id());
    make_bucket(&endpoint, &bucket);
    let run = |line: &str| ended(begun(&endpoint, folder.path(), line));
    run(&format!(
        "simulate --size 2MB --seed 9 --to s3://{bucket}/logs"
    ));
    let logs = format!("s3://{bucket}/logs/AWSLogs");
    run(&format!("compact {logs} --to whole"));
    let whole = rows(&folder.path().join("whole"));
    assert!(whole.len() > 500, "{}", whole.len());

    let to = format!("compact {logs} --to s3://{bucket}/lake --round 30KB");
    let both = [0, 1].map(|_| begun(&endpoint, folder.path(), &to));
    for run in both {
        ended(run);
    }
    let said = run(&format!("compact --verify --to s3://{bucket}/lake"));
    assert!(!said.contains("error"), "{said}");
    let again = run(&to);
    assert!(again.contains("took 0 records"), "{again}");
    // What was compacted is compacted again, into a folder: a copy of it.
    run(&format!("compact s3://{bucket}/lake --to copy"));
    assert!(rows(&folder.path().join("copy")) == whole);
}
