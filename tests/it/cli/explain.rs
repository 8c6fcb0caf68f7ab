//! `flowtrail rules explain`.

use std::fs;

use serde_json::json;

use super::rules::{TRAIL_STOPPED, begin};
use super::{Ran, fed, folder};

fn words(dir: &std::path::Path, args: &[&str]) -> Ran {
    fed(dir, args, b"")
}

fn event_files() -> tempfile::TempDir {
    let stop = json!({"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"});
    let start = json!({"eventSource": "cloudtrail.amazonaws.com", "eventName": "StartLogging"});
    let flow = json!({"srcaddr": "203.0.113.9", "dstaddr": "10.0.1.5", "srcport": 51514, "dstport": 22,
                      "protocol": 6, "packets": 40, "bytes": 6000, "action": "ACCEPT"});
    folder(&[
        ("stop.json", &stop.to_string()),
        ("start.json", &start.to_string()),
        ("flow.json", &flow.to_string()),
        (
            "refused.json",
            &flow.to_string().replace("ACCEPT", "REJECT"),
        ),
        ("whole.json", &json!({"Records": [stop]}).to_string()),
        ("list.json", "[]"),
        ("text.json", "no json"),
    ])
}

#[test]
fn explain_says_what_held() {
    let dir = event_files();
    let ran = words(
        dir.path(),
        &["rules", "explain", TRAIL_STOPPED, "stop.json"],
    );
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    assert!(
        ran.out
            .starts_with("One trail was stopped or deleted: matches\n")
    );
    assert!(
        ran.out.lines().skip(1).all(|l| l.starts_with("yes ")),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("(is StopLogging)") && ran.out.contains("(absent)"),
        "{}",
        ran.out
    );
    // By the beginning of its id, by its name, by a part of its title, from a pipe.
    let stop = fs::read(dir.path().join("stop.json")).unwrap();
    for name in [
        begin(TRAIL_STOPPED),
        "trail_stopped_or_deleted",
        "DELETED A CLOUDTRAIL TRAIL",
    ] {
        let piped = fed(dir.path(), &["rules", "explain", name, "-"], &stop);
        assert_eq!(
            (piped.status, &piped.out),
            (Some(0), &ran.out),
            "{name}: {}",
            piped.said
        );
    }
    let ran = words(
        dir.path(),
        &["rules", "explain", TRAIL_STOPPED, "start.json"],
    );
    assert_eq!(ran.status, Some(0));
    assert!(ran.out.contains(": does not match\n"), "{}", ran.out);
    let no: Vec<_> = ran
        .out
        .lines()
        .filter(|l| l.starts_with("no  ") && l.contains("(is "))
        .collect();
    assert!(
        matches!(no.as_slice(), [one] if one.contains("eventName")),
        "{}",
        ran.out
    );
}

#[test]
fn explain_reads_flow_records() {
    let dir = event_files();
    let of = |file| {
        words(
            dir.path(),
            &["rules", "explain", "to a remote administration port", file],
        )
    };
    let ran = of("flow.json");
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    assert!(
        ran.out.contains(": matches\n") && ran.out.contains("(is 22)"),
        "{}",
        ran.out
    );
    let ran = of("refused.json");
    assert!(ran.out.contains(": does not match\n"), "{}", ran.out);
    assert!(
        ran.out.contains("no  ") && ran.out.contains("(is REJECT)"),
        "{}",
        ran.out
    );
}

#[test]
fn explain_says_what_it_cannot_do() {
    let dir = event_files();
    let of = |rule: &str, file: &str| words(dir.path(), &["rules", "explain", rule, file]);
    of("no such rule", "stop.json").refused(&["`no such rule`", "\nhint: ", "rules list"]);
    of("principal", "stop.json").refused(&["`principal` fits", "  and ", "\nhint: "]);
    of("burst of failures", "stop.json").refused(&["a window of events", "\nhint: explain one of"]);
    of(TRAIL_STOPPED, "flow.json").refused(&["is for cloudtrail", "a flow-log record", "\nhint: "]);
    of("to a remote administration port", "stop.json")
        .refused(&["is for vpcflow", "a CloudTrail record"]);
    of(TRAIL_STOPPED, "whole.json").refused(&["a whole log file", "\nhint: ", ".Records[0]"]);
    of(TRAIL_STOPPED, "list.json").refused(&["not a JSON object", "\nhint: "]);
    of(TRAIL_STOPPED, "text.json").refused(&["is not JSON", "\nhint: "]);
    of(TRAIL_STOPPED, "nowhere.json").refused(&["cannot read `nowhere.json`: no such file"]);
}
