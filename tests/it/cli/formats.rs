//! What is written where: formats, summary, colour.

use std::fs;
use std::process::Command;

use flowtrail_sigma::Level;
use serde_json::Value;

use super::{at_top, run};
use crate::support::root;

/// Findings of the sample at the level that is shown by default.
pub(super) fn expected() -> Vec<Value> {
    let text = fs::read_to_string(root().join("sample-logs/expected.jsonl")).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

/// The first line of a summary over findings.
pub(super) fn first_line(findings: &[Value]) -> String {
    let of = |level: &str| findings.iter().filter(|f| f["level"] == level).count();
    let levels = ["critical", "high", "medium", "low"].map(|l| (of(l), l.to_uppercase()));
    let parts: Vec<_> = levels
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, l)| format!("{n} {l}"))
        .collect();
    format!("{} findings: {}", findings.len(), parts.join(", "))
}

/// How many records the sample has, counted by the lines and the records of
/// its files and not by any reader of ours.
fn sample_records() -> usize {
    let walk = ignore::WalkBuilder::new(root().join("sample-logs/AWSLogs"))
        .standard_filters(false)
        .build();
    let mut records = 0;
    for entry in walk.map(Result::unwrap).filter(|e| e.path().is_file()) {
        let mut text = String::new();
        let file = fs::File::open(entry.path()).unwrap();
        let mut gz = flate2::read::MultiGzDecoder::new(file);
        std::io::Read::read_to_string(&mut gz, &mut text).unwrap();
        let path = entry.path().to_string_lossy().into_owned();
        if path.contains("/vpcflowlogs/") {
            records += text.lines().filter(|l| !l.starts_with("version ")).count();
        } else {
            let json: Value = serde_json::from_str(&text).unwrap();
            // A digest is one record that is no event.
            records += json
                .get("Records")
                .map_or(1, |r| r.as_array().unwrap().len());
        }
    }
    records
}

/// A number as people read it.
fn grouped(n: usize) -> String {
    if n < 1000 {
        n.to_string()
    } else {
        format!("{},{:03}", n / 1000, n % 1000)
    }
}

#[test]
fn machines_get_findings_on_one_stream_and_people_the_summary_on_the_other() {
    for format in ["jsonl", "csv", "ocsf"] {
        let ran = at_top(&format!("replay sample-logs --format {format}"));
        assert_eq!(ran.status, Some(0));
        assert!(
            ran.said.starts_with(&first_line(&expected())),
            "{}",
            ran.said
        );
        let total = format!("{} in = ", grouped(sample_records()));
        assert!(ran.said.contains(&total), "{total} in {}", ran.said);
        let quiet = at_top(&format!(
            "replay sample-logs --no-summary --format {format}"
        ));
        assert_eq!((quiet.said.as_str(), &quiet.out), ("", &ran.out));
    }
    let text = at_top("replay sample-logs --format text");
    assert_eq!(text.said, "");
    assert!(text.out.contains(" evaluated + "));
    let quiet = at_top("replay sample-logs --no-summary");
    assert!(text.out.starts_with(&quiet.out) && !quiet.out.contains("evaluated"));
}

#[test]
fn every_format_is_what_it_says_and_tells_the_same_findings() {
    let jsonl = at_top("replay sample-logs --no-summary --format jsonl").json();
    let ids: Vec<&str> = jsonl.iter().map(|f| f["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), expected().len());

    let csv = at_top("replay sample-logs --no-summary --format csv");
    // The reader is strict: every row is as long as the header.
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let id = headers.iter().position(|h| h == "finding_id").unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|r| &r[id]).collect::<Vec<_>>(), ids);

    let ocsf = at_top("replay sample-logs --no-summary --format ocsf").json();
    let uids = ocsf
        .iter()
        .map(|f| f["finding_info"]["uid"].as_str().unwrap());
    assert_eq!(uids.collect::<Vec<_>>(), ids);
    assert!(
        ocsf.iter()
            .all(|f| f["class_uid"] == 2004 && f["metadata"]["version"] == "1.8.0")
    );

    let text = at_top("replay sample-logs --no-summary").out;
    for id in ids {
        assert!(
            text.contains(&format!(", finding {}\n", id.get(..12).unwrap())),
            "{id}"
        );
    }
}

#[test]
fn the_summary_for_machines_adds_up() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("summary.json");
    let args = format!(
        "replay sample-logs --level low --summary-json {}",
        file.display()
    );
    let ran = at_top(&args);
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let summary: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let account = &summary["accounting"];
    let n = |v: &Value| v.as_u64().unwrap();
    assert_eq!(account["adds_up"], true);
    let records = &account["records"];
    assert_eq!(
        n(&records["in"]),
        n(&records["evaluated"]) + n(&records["skipped"])
    );
    assert_eq!(n(&records["in"]), sample_records() as u64);
    let reasons = account["skipped"].as_object().unwrap().values();
    assert_eq!(reasons.map(n).sum::<u64>(), n(&records["skipped"]));
    let objects = &account["objects"];
    assert_eq!(
        n(&objects["begun"]),
        n(&objects["read"]) + n(&objects["failed"])
    );
    let found = &summary["findings"];
    let levels = found["by_level"].as_object().unwrap();
    assert_eq!(levels.len(), Level::ALL.len());
    assert_eq!(levels.values().map(n).sum::<u64>(), n(&found["total"]));
    let rules = found["rules"]["listed"].as_array().unwrap();
    assert_eq!(
        rules.iter().map(|r| n(&r["count"])).sum::<u64>(),
        n(&found["total"])
    );

    // Where it cannot be written, what was asked could not be done.
    let ran = run(
        &root(),
        "replay sample-logs --summary-json no/such/folder.json",
    );
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.said
            .contains("error: cannot write `no/such/folder.json`: no such"),
        "{}",
        ran.said
    );
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let coloured = |args: &str, no_color: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowtrail"));
        let words = args.split(' ');
        command
            .args(words)
            .current_dir(root())
            .env_remove("NO_COLOR");
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        let out = command.output().unwrap();
        assert_eq!(out.status.code(), Some(0));
        // Neither colour nor a progress bar on standard error, ever.
        assert!(!out.stderr.contains(&0x1B) && !out.stderr.contains(&b'\r'));
        out.stdout.contains(&0x1B)
    };
    assert!(!coloured("replay sample-logs", None));
    assert!(!coloured("replay sample-logs --color auto", None));
    assert!(!coloured("replay sample-logs --color never", None));
    assert!(!coloured("replay sample-logs", Some("1")));
    assert!(coloured("replay sample-logs --color always", None));
    // Who asks for it by name gets it: an option is nearer than the environment.
    assert!(coloured("replay sample-logs --color always", Some("1")));
    // Colour is for text only.
    assert!(!coloured(
        "replay sample-logs --color always --format jsonl",
        None
    ));
    assert!(!coloured("rules list", None));
}
