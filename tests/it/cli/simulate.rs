//! `flowtrail simulate`: equal options, equal bytes; every attack alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use flowtrail_simulate::{Attack, BESIDE};
use serde_json::Value;

use super::{Ran, at_top, run};
use crate::samples::{FOUND_LOW, WAITING, points_at};

/// Attacks that a rule speaks of below medium with a context: what was refused
/// did no harm, and the ports of Tor alone say little.
const FOUND_LOW_WITH: [&str; 2] = ["forbidden-traffic-refused", "tor-client"];

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build();
    let entries = walk.map(Result::unwrap).filter(|e| e.path().is_file());
    let named = entries.map(|e| {
        let name = e.path().strip_prefix(folder).unwrap();
        (
            name.to_str().unwrap().to_owned(),
            fs::read(e.path()).unwrap(),
        )
    });
    named.collect()
}

fn labels(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn equal_options_give_equal_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for (name, seed) in [("a", 3), ("b", 3), ("c", 4)] {
        let ran = run(
            dir.path(),
            &format!("simulate --size 100KB --seed {seed} {name}"),
        );
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (Some(0), ""),
            "{}",
            ran.said
        );
    }
    let of = |name: &str| files(&dir.path().join(name));
    assert!(of("a") == of("b"), "two runs differ");
    assert!(of("a") != of("c"), "the seed does nothing");
    assert!(of("a").keys().any(|k| k.contains("/CloudTrail/")));
}

#[test]
fn a_run_tells_what_it_wrote_and_what_comes_next() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(
        dir.path(),
        "simulate --size 100KB --attack stop-logging logs",
    );
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
    assert!(ran.said.starts_with("wrote "), "{}", ran.said);
    assert!(ran.said.contains("planted 1 attack:\n"), "{}", ran.said);
    assert!(ran.said.contains("  stop-logging "), "{}", ran.said);
    assert!(
        ran.said
            .ends_with("next: flowtrail replay --context logs/context.yaml logs\n"),
        "{}",
        ran.said
    );
    // What is no log is not read as one, and the context can be used.
    for more in ["", " --context logs/context.yaml"] {
        let ran = run(
            dir.path(),
            &format!("replay logs --no-summary --format jsonl{more}"),
        );
        assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{more}");
    }
    for beside in BESIDE {
        assert!(dir.path().join("logs").join(beside).is_file(), "{beside}");
    }
    let ran = run(dir.path(), "simulate --size 100KB --no-attacks quiet");
    assert!(ran.said.contains("planted no attack\n"), "{}", ran.said);
    assert_eq!(labels(&dir.path().join("quiet")), [] as [Value; 0]);
}

#[test]
fn a_history_has_what_is_unusual_and_no_attack_that_is_known_to_be_bad() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(dir.path(), "simulate --history --size 40MB logs");
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (Some(0), ""),
        "{}",
        ran.said
    );
    assert!(ran.said.contains(" that are unusual "), "{}", ran.said);
    let next = "next: flowtrail replay --learn --context logs/context.yaml logs\n";
    assert!(ran.said.ends_with(next), "{}", ran.said);
    assert!(labels(&dir.path().join("logs")).len() > 40);
    let quiet = "replay logs --learn --no-summary --format jsonl --context logs/context.yaml";
    let ran = run(dir.path(), quiet);
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    run(dir.path(), "simulate --history --attack port-scan more").refused(&["cannot be used with"]);
}

#[test]
fn what_is_there_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("full")).unwrap();
    fs::write(dir.path().join("full/notes.txt"), "mine").unwrap();
    run(dir.path(), "simulate full").refused(&["`full` is not empty", "\nhint: "]);
    run(dir.path(), "simulate full/notes.txt").refused(&["is a file", "\nhint: "]);
    assert_eq!(files(&dir.path().join("full")).len(), 1);
    // An empty folder is as good as a new one.
    fs::create_dir(dir.path().join("empty")).unwrap();
    let ran = run(dir.path(), "simulate --size 20KB --no-attacks empty");
    assert_eq!(ran.status, Some(0), "{}", ran.said);
}

#[test]
fn numbers_out_of_range_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    for (args, words) in [
        ("--days 0", "--days"),
        ("--days 733", "1..=732"),
        ("--accounts 0", "--accounts"),
        ("--accounts 33", "1..=32"),
        ("--size 3XB", "KB, MB, GB"),
        ("--size 99999999999GB", "too much"),
        ("--size 3MB --days 2", "cannot be used with"),
        ("--attack nothing", "--list-attacks"),
        ("--attack stop-logging --no-attacks", "cannot be used with"),
        ("--start tomorrow", "write it as"),
        ("--seed seven", "--seed"),
    ] {
        run(dir.path(), &format!("simulate {args} logs")).refused(&[words]);
    }
    run(dir.path(), "simulate").refused(&["<FOLDER>"]);
    assert_eq!(files(dir.path()).len(), 0);
}

#[test]
fn the_list_of_attacks_is_complete() {
    let ran = at_top("simulate --list-attacks");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let listed: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|l| l.split(' ').next())
        .collect();
    let known: Vec<&str> = Attack::ALL.iter().map(|a| a.name()).collect();
    assert_eq!(listed, known);
    for (line, attack) in ran.out.lines().zip(Attack::ALL) {
        assert!(line.ends_with(attack.doc()), "{line}");
    }
}

#[test]
fn every_attack_can_be_planted_alone_and_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (mut missed, mut low) = (Vec::new(), Vec::new());
    let (mut missed_with, mut low_with) = (Vec::new(), Vec::new());
    for attack in Attack::ALL {
        let name = attack.name();
        let ran = run(
            dir.path(),
            &format!("simulate --size 60KB --attack {name} {name}"),
        );
        assert_eq!(ran.status, Some(0), "{name}: {}", ran.said);
        let labels = labels(&dir.path().join(name));
        assert_eq!(labels.len(), 1, "{name}");
        assert_eq!(labels[0]["attack"], name);
        let args = format!("replay {name} --level informational --format jsonl --no-summary");
        let context = format!("{args} --context {name}/context.yaml");
        for (args, missed, low) in [
            (args, &mut missed, &mut low),
            (context, &mut missed_with, &mut low_with),
        ] {
            let ran = run(dir.path(), &args);
            assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{name}");
            let found = ran.json();
            let levels = found.iter().filter(|f| points_at(f, &labels[0]));
            let levels: Vec<_> = levels.map(|f| f["level"].as_str().unwrap()).collect();
            let loud = |l: &&str| ["medium", "high", "critical"].contains(l);
            match levels.iter().any(loud) {
                true => {}
                false
                    if levels.is_empty()
                        || !(FOUND_LOW.contains(&name) || FOUND_LOW_WITH.contains(&name)) =>
                {
                    missed.push(name)
                }
                false => low.push(name),
            }
        }
    }
    assert_eq!((missed, low), (WAITING.to_vec(), FOUND_LOW.to_vec()));
    assert_eq!(missed_with, [""; 0], "with the context");
    assert_eq!(low_with, FOUND_LOW_WITH);
}

/// What a bucket on the loopback answers to a request without a body.
fn asked(endpoint: &str, method: &str, path: &str) -> String {
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    // By its scope the server knows which service is meant; it checks no signature.
    let scope = "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request";
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\n\
         Authorization: {scope}, SignedHeaders=host, Signature=none\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn run_at(endpoint: &str, folder: &Path, args: &str) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(args.split_whitespace())
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    Ran::of(output)
}

#[test]
fn a_bucket_takes_what_a_folder_would() {
    let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
        eprintln!("skipped, there is no AWS; `cargo xtask test` brings one");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let bucket = format!("simulated-{}", std::process::id());
    let made = asked(&endpoint, "PUT", &format!("/{bucket}"));
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let what = "simulate --size 300KB --seed 9 --attack stop-logging";
    let to = format!("{what} --to s3://{bucket}/drill");
    let ran = run_at(&endpoint, dir.path(), &to);
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let place = format!("to s3://{bucket}/drill/:");
    assert!(ran.said.contains(&place), "{}", ran.said);
    assert!(!ran.said.contains("next:"), "{}", ran.said);

    run(dir.path(), &format!("{what} folder"));
    let wanted: Vec<String> = files(&dir.path().join("folder")).into_keys().collect();
    assert!(wanted.len() > 20, "more than go side by side");
    let list = format!("/{bucket}?list-type=2&max-keys=1000");
    let listed = asked(&endpoint, "GET", &list);
    let keys = listed
        .split("<Key>")
        .skip(1)
        .map(|k| k.split('<').next().unwrap());
    let keys: BTreeSet<String> = keys.map(str::to_owned).collect();
    let wanted: BTreeSet<String> = wanted.iter().map(|k| format!("drill/{k}")).collect();
    assert_eq!(keys, wanted);
    let label = asked(&endpoint, "GET", &format!("/{bucket}/drill/labels.jsonl"));
    assert!(label.contains("stop-logging"), "{label}");

    every_reader_reads_buckets(&endpoint, dir.path(), &bucket);

    let again = run_at(&endpoint, dir.path(), &to);
    again.refused(&["is not empty", "--force", "\nhint: "]);
    let forced = run_at(&endpoint, dir.path(), &format!("{to} --force"));
    assert_eq!(forced.status, Some(0), "{}", forced.said);
    let nowhere = format!("{what} --to s3://{bucket}-none/x");
    run_at(&endpoint, dir.path(), &nowhere).refused(&["cannot write into", "\nhint: the bucket"]);
}

/// What was written into the bucket is read there as it is in the folder.
fn every_reader_reads_buckets(endpoint: &str, dir: &Path, bucket: &str) {
    for what in [
        "rules coverage --level medium",
        "segments report --context folder/context.yaml --format json",
        "context learn",
    ] {
        let there = run_at(
            endpoint,
            dir,
            &format!("{what} s3://{bucket}/drill/AWSLogs"),
        );
        let here = run(dir, &format!("{what} folder/AWSLogs"));
        assert_eq!(
            (there.status, &there.out),
            (Some(0), &here.out),
            "{there:?}"
        );
        assert!(here.out.len() > 100, "{what}: {here:?}");
    }
    let replay = "replay --format jsonl --no-summary";
    let there = run_at(
        endpoint,
        dir,
        &format!("{replay} s3://{bucket}/drill/AWSLogs"),
    );
    let here = run(dir, &format!("{replay} folder/AWSLogs"));
    let ids = |ran: &Ran| {
        let all = ran.json();
        all.iter().map(|f| f["id"].to_string()).collect::<Vec<_>>()
    };
    assert!(ids(&here).len() > 1, "{here:?}");
    assert_eq!((there.status, ids(&there)), (Some(0), ids(&here)));
    let object = there.json()[0]["evidence"][0]["object"].to_string();
    let begins = format!("\"s3://{bucket}/drill/AWSLogs/");
    assert!(object.starts_with(&begins), "{object}");
    let nowhere = run_at(endpoint, dir, &format!("replay s3://{bucket}-none/x"));
    nowhere.refused(&["cannot open `s3://", "\nhint: "]);
}

#[test]
fn a_place_that_is_none_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "simulate --to bucket/x").refused(&["s3://bucket/prefix"]);
    run(dir.path(), "simulate --to s3://b/x folder").refused(&["cannot be used with"]);
    run(dir.path(), "simulate --force folder").refused(&["cannot be used with"]);
    run(dir.path(), "simulate --force --list-attacks").refused(&["--to"]);
    assert_eq!(files(dir.path()).len(), 0);
}
