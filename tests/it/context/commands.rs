//! `flowtrail context`: check, show, schema.

use std::fs;

use serde_json::Value;

use super::BASE;
use crate::cli::{Ran, folder, run};
use crate::support::root;

const FILE: &str = "version: 1
environments: [production, staging, unused]
segments: {application: The shop's servers, database: Orders}
accounts: [{id: '111122223333', alias: shop, environment: production, owner: shop}]
networks:
  - {cidr: 10.0.0.0/8, environment: staging}
  - {cidr: 10.16.0.0/16, environment: production}
  - {cidr: 10.16.4.0/24, segment: database}
  - {cidr: 10.20.0.0/16, environment: production, segment: application, vpc: vpc-0a}
  - {cidr: 10.20.0.0/16, environment: staging, segment: database, vpc: vpc-0b}
  - {cidr: 10.30.0.0/24, segment: database, until: '2026-06-01T00:00:00Z'}
  - {cidr: 10.30.0.0/24, segment: application, from: '2026-06-01T00:00:00Z'}
vpcs: [{id: vpc-0a, account: shop, environment: production}]
trusted: [{name: office, cidrs: [198.51.100.0/24]}]
matrix:
  - {allow: production/application -> production/database, ports: [tcp/5432, 8000-8010], why: orders}
  - {forbid: staging -> production, ports: any, why: customers' data stays}
  - {allow: 'trusted:office -> */application', ports: tcp}
suppressions:
  - {id: old, rules: [port_scan], owner: secops, reason: done, expires: 2020-01-01}
";

fn show(args: &str) -> Ran {
    let dir = folder(&[("c.yaml", FILE)]);
    run(dir.path(), &format!("context show c.yaml {args}"))
}

/// The lines of an answer, without the margins.
fn answer(args: &str) -> Vec<String> {
    let ran = show(args);
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{args}");
    ran.out.lines().map(|l| l.trim().to_owned()).collect()
}

#[test]
fn an_address_is_explained_entry_by_entry() {
    for (args, lines) in [
        (
            "10.16.4.7",
            vec![
                "10.16.4.7 is production/database",
                "10.16.4.0/24 (line 8) says the segment",
                "10.16.0.0/16 (line 7) says the environment",
                "10.0.0.0/8 (line 6) adds nothing",
            ],
        ),
        (
            "10.20.0.1",
            vec![
                "10.20.0.1 is ambiguous",
                "10.20.0.0/16 (line 9) may be meant: production/application",
                "10.20.0.0/16 (line 10) may be meant: staging/database",
            ],
        ),
        (
            "10.20.0.1 --vpc vpc-0b",
            vec![
                "10.20.0.1 is staging/database",
                "10.20.0.0/16 (line 9) holds in vpc-0a only",
                "10.20.0.0/16 (line 10) says the environment and the segment",
            ],
        ),
        (
            "10.30.0.9 --at 2026-05-31",
            vec![
                "10.30.0.9 is staging/database",
                "10.30.0.0/24 (line 11) says the segment",
                "10.30.0.0/24 (line 12) does not hold at 2026-05-31T00:00:00Z",
            ],
        ),
        (
            "198.51.100.9",
            vec![
                "198.51.100.9 is trusted:office",
                "198.51.100.0/24 is trusted as office",
            ],
        ),
        (
            "172.16.0.1",
            vec!["172.16.0.1 is private", "hint: no entry"],
        ),
        (
            "172.16.0.1 --vpc vpc-0a",
            vec![
                "172.16.0.1 is production",
                "account shop",
                "its VPC or its account",
            ],
        ),
        ("8.8.8.8", vec!["8.8.8.8 is internet"]),
    ] {
        let said = answer(&format!("--address {args}"));
        for line in lines {
            assert!(
                said.iter().any(|l| l.starts_with(line)),
                "{args}: {line} in {said:?}"
            );
        }
    }
}

#[test]
fn a_connection_is_explained_by_the_entry_that_decides() {
    for (args, lines) in [
        (
            "--from production/application --to 10.16.4.7 --port tcp/5432",
            vec![
                "production/application -> 10.16.4.7 (production/database): allowed",
                "entry 1 (line 16) decides: allow: production/application -> production/database",
                "why: orders",
            ],
        ),
        (
            "--from 10.1.2.3 --to production --port udp/53",
            vec![
                "10.1.2.3 (staging) -> production: forbidden",
                "entry 2 (line 17) decides: forbid: staging -> production",
                "why: customers' data stays",
            ],
        ),
        (
            "--from trusted:office --to */application --port tcp/22",
            vec![
                "trusted:office -> */application: allowed",
                "entry 3 (line 18) decides",
            ],
        ),
        (
            "--from production/database --to production/application --port icmp",
            vec![
                "production/database -> production/application: undeclared",
                "no entry of the matrix fits",
            ],
        ),
        (
            "--from unused --to production --port protocol/47",
            vec!["unused -> production: undeclared"],
        ),
        (
            "--from internet --to production --port tcp/443",
            vec![
                "internet -> production: the matrix does not speak of it",
                "hint: no entry speaks",
            ],
        ),
        (
            "--from 172.16.0.1 --to production --port tcp/443",
            vec![
                "172.16.0.1 (private) -> production: the matrix does not speak",
                "hint: an address is private",
            ],
        ),
        (
            "--from 10.20.0.1 --to production --port tcp/443",
            vec![
                "10.20.0.1 (ambiguous) -> production: the matrix does not speak",
                "hint: several networks",
            ],
        ),
    ] {
        let said = answer(args);
        for line in lines {
            assert!(
                said.iter().any(|l| l.starts_with(line)),
                "{args}: {line} in {said:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (args, words) in [
        (
            "--from nowhere --to production --port tcp/1",
            "the file has production, staging",
        ),
        (
            "--from production/x --to production --port tcp/1",
            "the file has application, database",
        ),
        (
            "--from trusted:home --to production --port tcp/1",
            "the file has office",
        ),
        ("--from production --to production", "--port"),
        ("--from production --port tcp/1", "--to"),
        (
            "--from production --to production --port 5432",
            "write it as tcp/5432",
        ),
        ("--address 10.0.0.0/8", "--address"),
        ("--address 10.0.0.1 --format json", "cannot be used with"),
        (
            "--address 10.0.0.1 --from internet --to staging --port tcp/1",
            "cannot be used with",
        ),
        ("--vpc vpc-1", "--address"),
        ("--at 2026-01-01", "--address"),
    ] {
        show(args).refused(&[words]);
    }
}

#[test]
fn the_whole_file_is_shown_in_three_ways() {
    let text = show("").out;
    assert!(text.starts_with("c.yaml, version "), "{text}");
    let first = text.lines().next().unwrap();
    assert!(
        first.contains(
            ": 1 account, 7 CIDRs, 2 VPCs, 1 trusted network, 3 matrix lines, 1 suppression"
        ),
        "{first}"
    );
    for line in [
        "  10.16.4.0/24                database",
        "  1  allow   production/application -> production/database  tcp/5432, 8000-8010  orders",
        "  2  forbid  staging -> production",
        "  application  The shop's servers",
    ] {
        let shown: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with(line.trim_end()))
            .collect();
        let words = |l: &str| l.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let same = text.lines().any(|l| words(l).starts_with(&words(line)));
        assert!(same, "{line}: {shown:?} in {text}");
    }
    let json = show("--format json").json();
    assert_eq!(json.len(), 1);
    assert_eq!(
        json[0]["declared"]["matrix"][1]["forbid"],
        "staging -> production"
    );
    assert_eq!(json[0]["version"].as_str().unwrap().len(), 12);
    // What is shown can be read again, and shown says the same.
    let yaml = show("--format yaml").out;
    let dir = folder(&[("again.yaml", &yaml)]);
    let again = run(dir.path(), "context show again.yaml --format yaml");
    assert_eq!((again.status, again.out), (Some(0), yaml));
}

#[test]
fn the_schema_is_json_and_the_example_passes() {
    let dir = folder(&[]);
    let ran = run(dir.path(), "context schema");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let example = "crates/flowtrail-context/examples/context.yaml";
    let ran = run(&root(), &format!("context check {example}"));
    assert_eq!(ran.status, Some(0), "{}", ran.out);
    assert!(ran.out.ends_with("; 0 errors, 0 warnings\n"), "{}", ran.out);
}

#[test]
fn warnings_do_not_refuse_a_file() {
    let late = BASE.to_owned()
        + "suppressions: [{id: old, rules: [x], owner: secops, reason: done, expires: 2020-01-01}]\n";
    let dir = folder(&[("c.yaml", &late)]);
    let ran = run(dir.path(), "context check c.yaml");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let said = "warning: c.yaml:7:";
    assert!(ran.out.starts_with(said), "{}", ran.out);
    assert!(
        ran.out
            .contains("suppression `old` expired at 2020-01-02T00:00:00Z\n  hint: "),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with("; 0 errors, 1 warning\n"), "{}", ran.out);
    run(dir.path(), "context check none.yaml").refused(&["cannot open `none.yaml`: no such file"]);
    run(dir.path(), "context check .").refused(&["cannot read `.`"]);
    fs::write(dir.path().join("latin.yaml"), b"version: 1 # \xFC\n").unwrap();
    run(dir.path(), "context check latin.yaml").refused(&["is not UTF-8", "\nhint: "]);
}
