//! What a log without flags cannot tell, said exactly.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flowtrail_event::Limits;

use super::judging::{name, said};
use crate::support;

const SMALL: &str = "version: 1
networks:
  - {cidr: 10.1.0.0/24, environment: production, segment: application}
  - {cidr: 10.2.0.0/24, environment: production, segment: ledger}
segments: {application: a, ledger: b}
matrix:
  - {forbid: 'production/application -> production/ledger', ports: any}
  - {forbid: 'production/ledger -> production/application', ports: any}
";

/// What is said of lines that are written as `source port target port protocol
/// packets bytes action flags`; a log without flags has `-` there.
fn names(lines: &[&str]) -> BTreeSet<String> {
    let mut text = "version account-id interface-id srcaddr srcport dstaddr dstport protocol \
                    packets bytes action tcp-flags start end log-status\n"
        .to_owned();
    for line in lines {
        writeln!(
            text,
            "5 111122223333 eni-0123456789abcdef0 {line} 1777629600 1777629630 OK"
        )
        .unwrap();
    }
    let plan = support::plan_with(&support::shipped(), &Limits::default(), SMALL);
    let scanned = support::scan(&plan, [("flows.log", text.as_bytes())]);
    let of_matrix = scanned.findings.iter().filter(|f| said(f).is_some());
    of_matrix
        .map(|f| {
            let group = |key| f.group.iter().find(|(k, _)| k == key).map(|g| g.1.as_str());
            let port = group("port").unwrap_or(&f.values[0]);
            let from = group("source_segment").or(group("flowtrail.src.segment"));
            format!("{} {} {port}", name(f), from.unwrap())
        })
        .collect()
}

/// What a log without flags cannot tell, exactly: which of two ports from 32768
/// up is the service's, whether a ping was let in, and whether three packets
/// are a try or the end of a connection.
#[test]
fn what_a_log_without_flags_cannot_tell() {
    let said = |lines: &[&str]| names(lines).into_iter().collect::<Vec<_>>();
    // Below 32768 it tells as much as one with flags.
    let there = "10.1.0.5 40000 10.2.0.7 8443 6 20 4000 ACCEPT";
    for flags in ["-", "3"] {
        let line = format!("{there} {flags}");
        let expected = ["forbidden_traffic_accepted application 8443"];
        assert_eq!(said(&[&line]), expected, "{flags}");
    }
    // From there up, it is found if the client's port is the higher one.
    let high = "10.1.0.5 60000 10.2.0.7 50051 6 20 4000 ACCEPT";
    assert_eq!(
        said(&[&format!("{high} -")]),
        ["forbidden_traffic_accepted application 50051"]
    );
    // If it is not, the finding names the wrong opener, and the port of the client.
    let low = "10.1.0.5 40000 10.2.0.7 50051 6 20 4000 ACCEPT";
    assert_eq!(
        said(&[&format!("{low} 3")]),
        ["forbidden_traffic_accepted application 50051"]
    );
    assert_eq!(
        said(&[&format!("{low} -")]),
        ["forbidden_traffic_accepted ledger 40000"]
    );
    // A refusal of such a connection is taken for a late answer.
    let refused = "10.1.0.5 40000 10.2.0.7 50051 6 1 44 REJECT";
    assert_eq!(
        said(&[&format!("{refused} 2")]),
        ["forbidden_traffic_refused application 50051"]
    );
    assert!(said(&[&format!("{refused} -")]).is_empty());
    // A ping that left, and was let in or not.
    assert!(said(&["10.1.0.5 0 10.2.0.7 0 1 5 420 ACCEPT -"]).is_empty());
    assert_eq!(
        said(&["10.1.0.5 0 10.2.0.7 0 1 5 420 REJECT -"]),
        ["forbidden_traffic_refused application 0"]
    );
    // Three packets.
    let three = "10.1.0.5 40000 10.2.0.7 8443 6 3 156 ACCEPT";
    assert_eq!(
        said(&[&format!("{three} 3")]),
        ["forbidden_traffic_accepted application 8443"]
    );
    assert_eq!(
        said(&[&format!("{three} -")]),
        ["forbidden_traffic_refused application 8443"]
    );
    // Unless the answer is there.
    let answer = "10.2.0.7 8443 10.1.0.5 40000 6 3 180 ACCEPT -";
    let both = said(&[&format!("{three} -"), answer]);
    assert!(both.contains(&"forbidden_traffic_accepted application 8443".to_owned()));
}
