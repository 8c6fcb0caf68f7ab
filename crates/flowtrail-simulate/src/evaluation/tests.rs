use super::*;

mod figures;

const LABELS: &str = r#"
{"attack":"stolen-session","detectors":["C2","C5"],"account":"111","actor":"arn:aws:sts::111:assumed-role/R/noor@example.com","first_time":"2026-03-20T10:00:00Z","last_time":"2026-03-20T10:30:00Z","event_ids":["e1","e2"],"flows":[]}
{"attack":"steady-beacon","detectors":["F5"],"account":"111","actor":"i-1","first_time":"2026-03-21T00:00:00Z","last_time":"2026-03-22T00:00:00Z","event_ids":[],"flows":[{"account":"111","interface":"eni-1","srcaddr":"10.0.0.5","dstaddr":"242.1.2.3","dstport":443,"action":"ACCEPT","start":1774051200,"end":1774137600,"lines":9,"bytes":9}]}
{"attack":"trail-silence","detectors":["C13"],"account":"222","actor":"222","first_time":"2026-03-25T08:00:00Z","last_time":"2026-03-25T14:00:00Z","event_ids":[],"flows":[]}
{"attack":"delete-rate","detectors":["C9"],"account":"111","actor":"arn:aws:sts::111:assumed-role/W/task","first_time":"2026-03-26T08:00:00Z","last_time":"2026-03-26T09:00:00Z","event_ids":["d1"],"flows":[]}
"#;

const LURES: &str = r#"
{"negative":"business-trip","detectors":["C6"],"account":"111","actor":"arn:aws:sts::111:assumed-role/R/noor@example.com","first_time":"2026-03-28T10:00:00Z","last_time":"2026-03-28T10:30:00Z","event_ids":["n1"],"flows":[]}
{"negative":"old-kind","description":"no events","first_time":"2026-03-02T10:00:00Z","last_time":"2026-03-02T10:01:00Z","flows":[{"interface":"eni-9","srcaddr":"10.0.0.9","dstaddr":"10.0.0.8","start":1,"end":2,"lines":1}]}
"#;

fn yardstick() -> Yardstick {
    Yardstick {
        start: EventTime::parse(b"2026-03-02T00:00:00Z").unwrap(),
        days: 34,
        accounts: 2,
        learning_days: 14,
        level: "medium".to_owned(),
    }
}

/// A finding; `more` are further keys.
fn finding(id: &str, (level, rule): (&str, &str), times: [&str; 2], more: &str) -> String {
    format!(
        r#"{{"schema":"flowtrail.finding.v1","id":"{id}","time":"{1}","first":"{0}","last":"{1}","level":"{level}","title":"t","rule":{{"id":"r","title":"{rule}","tags":["attack.t1078","flowtrail.{rule}"]}},"account":"111"{more}}}"#,
        times[0], times[1]
    )
}

fn run(findings: &[String]) -> Evaluation {
    let text = findings.join("\n");
    evaluate(
        LABELS.as_bytes(),
        LURES.as_bytes(),
        text.as_bytes(),
        &yardstick(),
    )
    .unwrap()
}

fn kind<'e>(evaluation: &'e Evaluation, name: &str) -> &'e KindRow {
    evaluation.kinds.iter().find(|k| k.attack == name).unwrap()
}

const DAY_20: [&str; 2] = ["2026-03-20T10:00:00Z", "2026-03-20T10:10:00Z"];

#[test]
fn nothing_found_is_all_missed() {
    let none = run(&[]);
    assert_eq!((none.planted, none.found, none.missed.len()), (4, 0, 4));
    assert_eq!((none.findings, none.account_days), (0, 40));
    assert_eq!(none.centi_per_account_day(), 0);
    let names: Vec<_> = none.detectors.iter().map(|d| d.detector.as_str()).collect();
    assert_eq!(names, ["C2", "C5", "C9", "C13", "F5"]);
}

#[test]
fn records_are_found_by_their_ids() {
    let evidence = r#","evidence":[{"event_id":"x"},{"event_id":"e2"}]"#;
    let found = run(&[finding("1", ("high", "c5"), DAY_20, evidence)]);
    assert_eq!((found.found, found.right, found.findings), (1, 1, 1));
    assert_eq!(kind(&found, "stolen-session").rules, ["c5"]);
    let own: Vec<_> = found
        .detectors
        .iter()
        .map(|d| (d.found, d.found_by_its_rules))
        .collect();
    assert_eq!(own, [(1, 0), (1, 1), (0, 0), (0, 0), (0, 0)]);
}

#[test]
fn two_histories_are_added_up() {
    let evidence = r#","evidence":[{"event_id":"e2"}]"#;
    let mut all = run(&[finding("1", ("high", "c5"), DAY_20, evidence)]);
    let noise = |id| finding(id, ("medium", "c2"), DAY_20, "");
    all.merge(run(&[noise("1"), noise("2")]));
    assert_eq!((all.histories, all.planted, all.found), (2, 8, 1));
    assert_eq!((all.findings, all.right), (3, 1));
    assert_eq!((all.account_days, all.busiest_account_day), (80, 2));
    let rows: Vec<_> = all
        .detectors
        .iter()
        .map(|d| (d.detector.as_str(), d.planted, d.findings, d.right))
        .collect();
    let want = [
        ("C2", 2, 2, 0),
        ("C5", 2, 1, 1),
        ("C9", 2, 0, 0),
        ("C13", 2, 0, 0),
        ("F5", 2, 0, 0),
    ];
    assert_eq!(rows, want);
    assert_eq!(kind(&all, "stolen-session").planted, 2);
    assert_eq!((all.kinds.len(), all.rules.len()), (4, 2));
    assert_eq!((all.lures.len(), all.missed.len()), (2, 7));
}

#[test]
fn a_low_finding_does_not_count_but_is_mentioned() {
    let evidence = r#","evidence":[{"event_id":"e2"}]"#;
    let found = run(&[finding("1", ("low", "c5"), DAY_20, evidence)]);
    assert_eq!(
        (found.found, found.found_at_any_level, found.findings),
        (0, 1, 0)
    );
    let missed = found.missed.iter().find(|m| m.attack == "stolen-session");
    assert!(missed.unwrap().told_below);
}

#[test]
fn the_same_finding_twice_is_one() {
    let evidence = r#","evidence":[{"event_id":"e2"}]"#;
    let one = finding("1", ("high", "c5"), DAY_20, evidence);
    assert_eq!(run(&[one.clone(), one]).findings, 1);
}

#[test]
fn flows_are_found_by_all_that_is_named() {
    let times = ["2026-03-21T00:00:00Z", "2026-03-21T23:00:00Z"];
    let flow = |src: &str, dst: &str| {
        let more = format!(
            r#","flow":{{"src":"{src}","dst":{dst},"interface":null}},"group":{{"interface-id":"eni-1"}}"#
        );
        run(&[finding("1", ("medium", "f5"), times, &more)]).found
    };
    assert_eq!(flow("10.0.0.5", r#""242.1.2.3""#), 1);
    assert_eq!(flow("10.0.0.5", "null"), 1);
    assert_eq!(flow("10.0.0.6", r#""242.1.2.3""#), 0);
    assert_eq!(flow("10.0.0.5", r#""242.1.2.4""#), 0);
    let later = ["2026-03-24T00:00:00Z", "2026-03-24T23:00:00Z"];
    let more = r#","group":{"srcaddr":"10.0.0.5"}"#;
    let late = run(&[finding("1", ("medium", "f5"), later, more)]);
    assert_eq!((late.found, late.findings, late.right), (0, 1, 0));
}

#[test]
fn a_finding_about_a_way_tells_of_the_hosts_that_it_counted() {
    let times = ["2026-03-21T00:00:00Z", "2026-03-21T23:00:00Z"];
    let told = |values: &str, group: &str| {
        let more = format!(r#","values":[{values}],"group":{{{group}}}"#);
        run(&[finding("1", ("medium", "f1"), times, &more)]).found
    };
    let way = r#""source_segment":"application""#;
    assert_eq!(told(r#""10.0.0.7","10.0.0.5""#, way), 1);
    assert_eq!(told(r#""10.0.0.7""#, way), 0);
    assert_eq!(told(r#""443""#, way), 0);
    // What it names goes before what it counted.
    assert_eq!(told(r#""10.0.0.5""#, r#""srcaddr":"10.0.0.7""#), 0);
}

#[test]
fn a_silence_is_found_by_its_span() {
    let silence = |account: &str, from: &str, to: &str| {
        let text = finding("1", ("medium", "c13"), [from, to], "");
        run(&[text.replace("\"account\":\"111\"", &format!("\"account\":\"{account}\""))]).found
    };
    assert_eq!(
        silence("222", "2026-03-25T07:58:00Z", "2026-03-25T14:03:00Z"),
        1
    );
    assert_eq!(
        silence("111", "2026-03-25T07:58:00Z", "2026-03-25T14:03:00Z"),
        0
    );
    assert_eq!(
        silence("222", "2026-03-25T07:58:00Z", "2026-03-25T09:00:00Z"),
        0
    );
}

#[test]
fn evidence_that_was_left_out_is_found_by_its_principal() {
    let times = ["2026-03-26T08:00:00Z", "2026-03-26T08:59:00Z"];
    let more = r#","actor":{"principal":"arn:aws:iam::111:role/W","session":null},"evidence":[{"event_id":"x"}],"evidence_omitted":OMIT"#;
    let with = |omitted: &str| {
        run(&[finding(
            "1",
            ("medium", "c9"),
            times,
            &more.replace("OMIT", omitted),
        )])
        .found
    };
    assert_eq!((with("300"), with("0")), (1, 0));
}

#[test]
fn lures_noise_and_days_are_counted() {
    let evidence = r#","evidence":[{"event_id":"n1"}]"#;
    let all = run(&[
        finding("1", ("medium", "c6"), ["2026-03-28T10:00:00Z"; 2], evidence),
        finding("2", ("medium", "c6"), ["2026-03-28T11:00:00Z"; 2], ""),
        // While it is learnt.
        finding("3", ("high", "c6"), ["2026-03-10T11:00:00Z"; 2], ""),
    ]);
    assert_eq!((all.findings, all.right, all.lured), (2, 0, 1));
    assert_eq!(
        (all.busiest_account_day, all.centi_per_account_day()),
        (2, 5)
    );
    let trip = all
        .lures
        .iter()
        .find(|l| l.negative == "business-trip")
        .unwrap();
    assert_eq!((trip.met, trip.told), (1, 1));
    let text = all.to_string();
    assert!(text.contains("| c6 | 2 | 0 | 1 | 1 |"), "{text}");
    assert!(
        text.contains("| attacks found | 0 of 4 (0.0 %) |"),
        "{text}"
    );
}

#[test]
fn a_bad_line_is_named() {
    let error = evaluate(
        LABELS.as_bytes(),
        "{}\n\nx\n".as_bytes(),
        &b""[..],
        &yardstick(),
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("line 1 of the negatives")
    );
}
