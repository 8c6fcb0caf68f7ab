//! Small logs, counted and learnt from.

use std::sync::Arc;

use flowtrail_context::Context;
use flowtrail_event::{Flow, Limits, Projection, SkipReason, Tally};
use flowtrail_flowlog::TextReader;
use proptest::prelude::*;

use crate::{Counter, Learner, Lesson, PairReport, Reading, Report, Survey, TextStyle};

const FILE: &str = "version: 1
environments: [production, development]
segments: {application: a, database: b}
accounts: [{id: 111122223333, alias: shop, environment: production}, {id: 111122225555, alias: lab}]
networks:
  - {cidr: 10.16.1.0/24, environment: production, segment: application}
  - {cidr: 10.16.4.0/24, environment: production, segment: database}
  - {cidr: 10.17.1.0/24, environment: development, segment: application}
vpcs: [{id: vpc-1, account: shop}, {id: vpc-2, account: lab, environment: development}]
matrix:
  - {allow: production/application -> production/database, ports: [tcp/5432, tcp/50051]}
  - {allow: production/application -> production/application, ports: tcp/8080}
  - {forbid: development -> production, ports: any}
";

const HEADER: &str = "version account-id interface-id vpc-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags flow-direction\n";

/// A line: `interface vpc src:port>dst:port action flags direction minute`.
fn line(text: &str) -> String {
    let words: Vec<_> = text.split(' ').collect();
    let [interface, vpc, ends, action, flags, way, minute] = words[..] else {
        panic!("{text}");
    };
    let (from, to) = ends.split_once('>').unwrap();
    let ((from, from_port), (to, to_port)) =
        (from.rsplit_once(':').unwrap(), to.rsplit_once(':').unwrap());
    let start = 1_700_000_000 + minute.parse::<i64>().unwrap() * 60;
    let end = start + 59;
    format!(
        "5 111122223333 {interface} {vpc} {from} {to} {from_port} {to_port} 6 3 100 {start} {end} {action} OK {flags} {way}\n"
    )
}

fn gap(interface: &str, status: &str, minute: i64) -> String {
    let start = 1_700_000_000 + minute * 60;
    let end = start + 59;
    format!("5 111122223333 {interface} vpc-1 - - - - - - - {start} {end} - {status} - -\n")
}

fn log(lines: &[&str]) -> String {
    lines.iter().map(|l| line(l)).collect()
}

fn survey() -> (Arc<Survey>, Projection) {
    let context = Arc::new(Context::parse("context.yaml", FILE).unwrap().0);
    let mut projection = Projection::new();
    let survey = Survey::plan(&mut projection, &context).unwrap();
    (Arc::new(survey), projection)
}

fn count(body: &str) -> Counter {
    let (survey, projection) = survey();
    let mut counter = Counter::new(&survey);
    read(body, &projection, &mut counter);
    counter
}

fn read<S: flowtrail_event::Sink>(body: &str, projection: &Projection, sink: &mut S) {
    let mut reader = TextReader::new(projection, &Limits::default(), None);
    assert_eq!(reader.push(HEADER.as_bytes(), sink), Flow::Continue);
    reader.push(body.as_bytes(), sink);
    reader.finish(sink);
}

fn report(body: &str) -> Report {
    count(body).report(&Reading::default())
}

fn pair<'r>(report: &'r Report, from: &str, to: &str, verdict: &str) -> &'r PairReport {
    let mut pairs = report.pairs.iter();
    let found = pairs.find(|p| p.from == from && p.to == to && p.verdict == verdict);
    found.unwrap_or_else(|| panic!("no {from} -> {to} in {:#?}", report.pairs))
}

/// Both ends and both directions of one connection.
fn whole(from: &str, to: &str, minute: i64) -> String {
    log(&[
        &format!("eni-a vpc-1 {from}>{to} ACCEPT 2 egress {minute}"),
        &format!("eni-a vpc-1 {to}>{from} ACCEPT 18 ingress {minute}"),
        &format!("eni-b vpc-1 {from}>{to} ACCEPT 2 ingress {minute}"),
        &format!("eni-b vpc-1 {to}>{from} ACCEPT 18 egress {minute}"),
    ])
}

#[test]
fn four_records_are_one_connection_of_its_opener() {
    let report = report(&whole("10.16.1.5:40000", "10.16.4.5:5432", 0));
    assert_eq!(report.pairs.len(), 1);
    let pair = pair(
        &report,
        "production/application",
        "production/database",
        "allowed",
    );
    assert_eq!((pair.passed.connections, pair.refused.connections), (1, 0));
    assert_eq!(
        (pair.accepted.records, pair.accepted.bytes_from_opener),
        (4, 200)
    );
    assert_eq!(pair.ports[0].port, "tcp/5432");
    assert_eq!(
        (&*pair.talkers[0].from, &*pair.talkers[0].to),
        ("10.16.1.5", "10.16.4.5")
    );
    assert_eq!(report.coverage.openers.by_flags, 4);
    assert_eq!(report.violations().count(), 0);
    assert!(
        report
            .entries
            .iter()
            .any(|e| e.unused && e.entry.name.contains("application"))
    );
}

#[test]
fn a_late_packet_of_a_service_with_the_higher_port_is_no_connection_of_the_server() {
    let late = "eni-b vpc-1 10.16.4.5:50051>10.16.1.5:40000 ACCEPT 0 egress 5";
    let report = report(&log(&[late]));
    let pair = pair(
        &report,
        "production/application",
        "production/database",
        "allowed",
    );
    assert_eq!(
        (pair.opener_by_ports, &*pair.ports[0].port),
        (1, "tcp/50051")
    );
}

#[test]
fn what_one_end_lets_pass_the_other_may_refuse() {
    let refused = log(&[
        "eni-c vpc-2 10.17.1.5:40000>10.16.4.5:5432 ACCEPT 2 egress 0",
        "eni-b vpc-1 10.17.1.5:40000>10.16.4.5:5432 REJECT 2 ingress 0",
    ]);
    let one = report(&refused);
    let pair_of = |r: &Report| {
        let p = pair(
            r,
            "development/application",
            "production/database",
            "forbidden",
        );
        (p.passed.connections, p.refused.connections)
    };
    assert_eq!(pair_of(&one), (0, 1));
    assert_eq!((one.violations().count(), one.attempts().count()), (0, 1));
    // The same ports again, and now there is an answer.
    let answer = "eni-b vpc-1 10.16.4.5:5432>10.17.1.5:40000 ACCEPT 18 egress 9";
    let both = report(&(refused.clone() + &log(&[answer])));
    assert_eq!(pair_of(&both), (1, 0));
    assert_eq!(both.violations().count(), 1);
    assert_eq!(both.statements[0].outcome, "seen");
    assert!(
        both.statements[0]
            .sentence
            .starts_with("1 connection development \u{2192} production went through")
    );
    // Only the opener's side is logged: nothing says that it was refused.
    let alone = report(&log(&[
        "eni-c vpc-2 10.17.1.5:40000>10.16.4.5:5432 ACCEPT 2 egress 0",
    ]));
    assert_eq!(pair_of(&alone), (1, 0));
}

/// Every network reports, nothing is missing.
fn calm() -> String {
    let mut log = whole("10.16.1.5:40000", "10.16.4.5:5432", 0);
    log += &line("eni-c vpc-2 10.17.1.5:40000>10.17.1.6:80 ACCEPT 2 egress 0");
    log += &line("eni-d vpc-2 10.17.1.5:40000>10.17.1.6:80 ACCEPT 2 ingress 0");
    log
}

#[test]
fn nothing_was_seen_is_said_only_where_everything_was_looked_at() {
    let report = report(&calm());
    let statement = &report.statements[0];
    assert_eq!(
        (statement.outcome, &*statement.not_looked_at),
        ("not_seen", &[][..])
    );
    assert_eq!(
        statement.sentence,
        "0 accepted development \u{2192} production connections in 59 seconds; 6 records; SKIPDATA 0 %."
    );
}

#[test]
fn networks_and_vpcs_without_records_are_named() {
    let report = report(&whole("10.16.1.5:40000", "10.16.4.5:5432", 0));
    let c = &report.coverage;
    let status = |id: &str| c.vpcs.iter().find(|v| v.id == id).unwrap().status;
    assert_eq!((status("vpc-1"), status("vpc-2")), ("reports", "silent"));
    let silent = c.accounts.iter().find(|a| a.status == "silent").unwrap();
    assert_eq!(silent.alias.as_deref(), Some("lab"));
    assert_eq!(c.networks[2].status, "not_seen");
    assert!(
        c.doubts.iter().any(|d| d.contains("vpc-2")),
        "{:?}",
        c.doubts
    );
    // One end reports everything, so the silence of the other hides nothing.
    assert_eq!(report.statements[0].outcome, "not_seen");
    let blind = count("").report(&Reading::default());
    let statement = &blind.statements[0];
    assert_eq!(statement.outcome, "not_seen_and_not_all_looked_at");
    assert!(
        statement
            .sentence
            .starts_with("Nothing accepted was seen of"),
        "{}",
        statement.sentence
    );
    assert!(statement.sentence.contains("there was no record of a flow"));
    assert!(statement.sentence.contains("where no interface reports"));
}

#[test]
fn lost_records_gaps_and_unread_objects_make_absence_doubtful() {
    let lost: String = ["eni-a", "eni-c"]
        .iter()
        .map(|i| gap(i, "SKIPDATA", 1))
        .collect();
    let one = report(&(calm() + &lost + &gap("eni-b", "NODATA", 2)));
    let r = &one.coverage.records;
    assert_eq!((r.skipdata, r.nodata, r.flows), (2, 1, 6));
    assert_eq!(
        one.statements[0].not_looked_at,
        ["2 intervals of which AWS lost records"]
    );
    assert!(one.statements[0].sentence.contains("SKIPDATA 22 %"));

    let late: String = [("eni-a", "10.16.1.5"), ("eni-c", "10.17.1.5")]
        .iter()
        .map(|(i, _)| gap(i, "NODATA", 600))
        .collect();
    let silent = report(&(calm() + &late));
    assert_eq!(silent.coverage.interfaces.with_gaps, 2);
    let gaps = &silent.coverage.interfaces.gaps[0];
    assert_eq!((gaps.gaps, gaps.longest_secs / 3600), (1, 9));
    assert_eq!(
        silent.statements[0].not_looked_at,
        ["gaps in the logs of 2 interfaces"]
    );

    let mut tally = Tally::of_object();
    tally.count_skip(SkipReason::Malformed);
    let reading = Reading {
        tally,
        unread: vec![("logs/a.gz".into(), "it ends too early".into())],
        unread_total: 1,
        since: Some(flowtrail_event::EventTime::from_secs(1_699_000_000)),
        until: None,
    };
    let cut = count(&calm()).report(&reading);
    let not = &cut.statements[0].not_looked_at;
    assert_eq!(not.len(), 3, "{not:?}");
    assert!(not[0].contains("1 object") && not[1].contains("1 record"));
    assert!(not[2].starts_with("the time from 2023-11-03"));
}

#[test]
fn what_a_log_says_becomes_neither_markup_nor_a_control_character() {
    let hostile = line("<script>x</script> \u{1b}[2J 10.17.1.5:1>10.16.4.5:5432 ACCEPT 2 egress 0");
    let hostile = hostile.replace('\u{1b}', "&#27;") + &gap("<b>\"'&", "SKIPDATA", 3);
    let report = report(
        &(hostile.clone()
            + &hostile.replace("3 100 1700000000 1700000059", "3 100 1700090000 1700090059")),
    );
    let html = report.to_html();
    for bad in ["<script", "<b>\"", "&#27;"] {
        assert!(!html.contains(bad), "{bad}");
    }
    assert!(
        html.contains("forbidden") && html.contains("scope=\"row\"") && html.contains("<caption>")
    );
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link"] {
        assert!(!html.contains(outside), "nothing is loaded: {outside}");
    }
    let text = report.to_text(TextStyle::default());
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    let coloured = report.to_text(TextStyle {
        colour: true,
        width: Some(40),
    });
    assert!(coloured.contains("\u{1b}[1;31m") && !coloured.contains("\u{1b}[2J"));
    assert!(!report.to_json().contains('\u{1b}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn neither_order_nor_workers_matter(
        flows in prop::collection::vec((0u8..4, 0u8..4, 0u8..3, 0i64..4000), 1..40),
        cut in 0usize..40,
        turn in 0usize..40,
    ) {
        let network = |n: u8| ["10.16.1", "10.16.4", "10.17.1", "10.99.1"][usize::from(n)];
        let lines: Vec<String> = flows.iter().map(|(from, to, what, minute)| {
            let action = if *what == 0 { "REJECT" } else { "ACCEPT" };
            let flags = [2, 18, 0][usize::from(*what)];
            let port = 30_000 + minute % 7;
            let (from, to) = (network(*from), network(*to));
            line(&format!("eni-{from} vpc-1 {from}.5:{port}>{to}.6:5432 {action} {flags} egress {minute}"))
        }).collect();
        let cut = cut.min(lines.len());
        let text = |c: &Counter| c.report(&Reading::default()).to_json();
        let expected = text(&count(&lines.concat()));
        let mut turned = lines.clone();
        turned.rotate_left(turn.min(lines.len()));
        prop_assert_eq!(&text(&count(&turned.concat())), &expected);
        let (survey, projection) = survey();
        let mut merged = Counter::new(&survey);
        for part in [&lines[cut..], &lines[..cut], &[]] {
            let mut counter = Counter::new(&survey);
            read(&part.concat(), &projection, &mut counter);
            merged.merge(counter);
        }
        prop_assert_eq!(&text(&merged), &expected);
        let value: serde_json::Value = serde_json::from_str(&expected).unwrap();
        let records: u64 = value["pairs"].as_array().unwrap().iter().map(|p| {
            ["accepted", "rejected", "unstated"].iter().map(|k| p[k]["records"].as_u64().unwrap()).sum::<u64>()
        }).sum();
        prop_assert_eq!(records, lines.len() as u64);
    }
}

#[test]
fn a_proposal_is_a_context_file_and_rare_edges_are_left_to_decide() {
    let (mut cloudtrail, mut flow) = (Projection::new(), Projection::new());
    let lesson = Arc::new(Lesson::plan(&mut cloudtrail, &mut flow).unwrap());
    let mut learner = Learner::new(&lesson);
    let usual: String = (0..40)
        .map(|n| {
            whole(
                &format!("10.16.1.{}:4{n:04}", n % 4 + 5),
                "10.16.4.5:5432",
                n * 200,
            )
        })
        .collect();
    let rare = whole("10.16.1.5:45000", "10.16.4.5:22", 7000);
    let rare = rare
        .replace("eni-a", "eni-10.16.1.5")
        .replace("eni-b", "eni-10.16.4.5");
    read(&(usual + &rare), &flow, &mut learner);
    let proposal = learner.proposal();
    let (context, warnings) = Context::parse("proposal", &proposal).expect(&proposal);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(context.declared().matrix.len(), 1, "{proposal}");
    let entry = &context.declared().matrix[0];
    assert!(
        context.entry_name(entry).ends_with("/database"),
        "{proposal}"
    );
    assert!(
        proposal.contains("ports: [tcp/5432]} # 40 connections from 4 hosts to 1"),
        "{proposal}"
    );
    let decide = proposal.lines().find(|l| l.contains("tcp/22"));
    assert!(decide.unwrap().starts_with("#  - {allow"), "{proposal}");
    assert!(
        decide.unwrap().contains("for the first time late"),
        "{proposal}"
    );
}

#[test]
fn nothing_learnt_is_still_a_context_file() {
    let lesson = Lesson::plan(&mut Projection::new(), &mut Projection::new()).unwrap();
    let proposal = Learner::new(&Arc::new(lesson)).proposal();
    assert!(Context::parse("proposal", &proposal).is_ok(), "{proposal}");
}
