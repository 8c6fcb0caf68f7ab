//! What the rules that need a context find in simulated organisations: each
//! connection that was planted against the matrix, and nothing else.
//!
//! `cargo test -p flowtrail-cli --test it shipped::segments -- --nocapture`
//! prints the tables; with `FLOWTRAIL_TEST_FULL=1` over more organisations and
//! longer ones.

mod organisation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flowtrail_detect::Finding;
use flowtrail_event::Limits;
use flowtrail_sigma::Level;
use flowtrail_simulate::{Attack, FlowFormat, Label, Plan, Trace, Violation};

use crate::support;
use organisation::{Line, Organisation};

const FORMATS: [FlowFormat; 3] = [FlowFormat::Mixed, FlowFormat::Default, FlowFormat::Custom];

/// From this port on services have ports that clients have, too: in a log
/// without flags nobody can tell which of two such ports is the service's.
const CLIENT_PORTS_FROM: u16 = 32_768;

/// The attacks on the matrix; with several of each there are several places.
const ON_THE_MATRIX: [Attack; 8] = [
    Attack::SshAroundBastion,
    Attack::CrossEnvTraffic,
    Attack::DevReadsProduction,
    Attack::ForbiddenTrafficRefused,
    Attack::ForbiddenTrafficBurst,
    Attack::UndeclaredEdge,
    Attack::GraphDatabaseAccess,
    Attack::LedgerSearchTraffic,
];

const ACROSS_ACCOUNTS: [Attack; 2] = [Attack::CrossEnvApiCalls, Attack::CrossEnvRoleAssumption];

/// What a rule says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Accepted(&'static str),
    Tried(&'static str),
}

/// The rules that decide by the matrix alone.
const SAYS: [(&str, Said); 10] = [
    ("forbidden_traffic_accepted", Said::Accepted("forbidden")),
    ("forbidden_host_reached", Said::Accepted("forbidden")),
    ("forbidden_destination_reached", Said::Accepted("forbidden")),
    ("undeclared_traffic_accepted", Said::Accepted("undeclared")),
    ("undeclared_host_reached", Said::Accepted("undeclared")),
    (
        "undeclared_destination_reached",
        Said::Accepted("undeclared"),
    ),
    ("forbidden_traffic_refused", Said::Tried("forbidden")),
    ("forbidden_attempts_of_host", Said::Tried("forbidden")),
    ("forbidden_traffic_insisted", Said::Tried("forbidden")),
    ("undeclared_traffic_unanswered", Said::Tried("undeclared")),
];

/// Rules on particular ways: what they see was let through.
const PARTICULAR: [&str; 6] = [
    "production_store_reached",
    "production_reached",
    "database_reached_outside_application",
    "graph_database_reached",
    "ssh_around_bastion",
    "isolated_tiers_talk",
];

fn name(finding: &Finding) -> &str {
    finding.rule.name.as_deref().unwrap()
}

fn said(finding: &Finding) -> Option<Said> {
    let of_matrix = SAYS.iter().find(|(rule, _)| *rule == name(finding));
    of_matrix.map(|(_, said)| *said)
}

/// Longer and more of it.
fn full() -> bool {
    std::env::var_os("FLOWTRAIL_TEST_FULL").is_some()
}

fn plan(seed: u64, accounts: u32, flow_format: FlowFormat) -> Plan {
    Plan {
        seed,
        accounts,
        flow_format,
        gzip_level: 1,
        ..Plan::default()
    }
}

/// Seeds, sizes and formats: every size in every format.
fn organisations() -> Vec<(u64, u32, FlowFormat)> {
    let rounds = if full() { 4 } else { 1 };
    let mut all = Vec::new();
    for round in 0..rounds {
        for accounts in [1, 3, 9] {
            for format in FORMATS {
                let seed = u64::try_from(all.len()).unwrap() + 1 + 100 * round;
                all.push((seed, accounts, format));
            }
        }
    }
    all
}

/// Whether the line is one of the violation, in one direction or the other.
fn is_of(line: &Line, v: &Violation) -> bool {
    let opened = |opener: &(String, u16), server: &(String, u16)| {
        opener.0 == v.srcaddr && *server == (v.dstaddr.clone(), v.dstport)
    };
    let ends = opened(&line.source, &line.target) || opened(&line.target, &line.source);
    ends && line.protocol == v.protocol && (v.start..=v.end).contains(&line.start)
}

/// Whether a finding over segments names those of the violation.
fn names_the_ends(finding: &Finding, v: &Violation) -> bool {
    let value = |key: &str| finding.group.iter().find(|(k, _)| k == key).map(|g| &g.1);
    let place = |end: &str, short: &str| {
        let environment = value(&format!("{end}_environment"));
        let environment = environment.or(value(&format!("flowtrail.{short}.env")))?;
        let segment = value(&format!("{end}_segment"));
        let segment = segment.or(value(&format!("flowtrail.{short}.segment")))?;
        Some(format!("{environment}/{segment}"))
    };
    let same = |end, short, label: &str| place(end, short).is_none_or(|p| p == label);
    same("source", "src", &v.source) && same("target", "dst", &v.target)
}

/// What has to be said of a violation: one of these.
fn due(v: &Violation) -> Vec<Said> {
    match v.outcome {
        "accepted" => vec![Said::Accepted(v.policy)],
        "refused" => vec![Said::Tried(v.policy)],
        // Let through to where nobody was: the target's log says that it came
        // in, that of the source only that it was tried.
        "unanswered" => vec![Said::Accepted(v.policy), Said::Tried(v.policy)],
        other => panic!("{other}"),
    }
}

/// How many were planted and how many of them were found, by policy and outcome.
type Counts = BTreeMap<(&'static str, &'static str), (u32, u32)>;

/// What came of the search.
#[derive(Default)]
struct Search {
    counts: Counts,
    /// Planted, not found, and not to be told apart from its answer.
    untold: BTreeSet<(&'static str, u16)>,
    missed: Vec<String>,
}

fn search(labels: &[Label], evidence: &[(&Finding, Line)], flags: bool) -> Search {
    let mut result = Search::default();
    for label in labels {
        for v in &label.violations {
            let due = due(v);
            let found = evidence.iter().any(|(finding, line)| {
                let right = said(finding).is_some_and(|s| due.contains(&s));
                let refused = v.outcome != "refused" || line.action == "REJECT";
                right && refused && is_of(line, v) && names_the_ends(finding, v)
            });
            let count = result.counts.entry((v.policy, v.outcome)).or_default();
            count.0 += 1;
            if found {
                count.1 += 1;
            } else if !flags && v.dstport >= CLIENT_PORTS_FROM {
                result.untold.insert((label.attack.name(), v.dstport));
            } else {
                result.missed.push(format!("{}: {v:?}", label.attack));
            }
        }
    }
    result
}

/// Whether the line is one of an attack.
fn is_planted(line: &Line, labels: &[Label]) -> bool {
    let mut flows = labels.iter().flat_map(|l| &l.flows);
    let (source, target) = &line.logged;
    flows.any(|f| {
        let ends = (&f.srcaddr, &f.dstaddr) == (source, target);
        ends && f.interface == line.interface && (f.start..=f.end).contains(&line.start)
    })
}

/// Whether a line of a finding is there for a reason: what is said to have been
/// let through was, and what is said to have been tried was not answered.
fn has_reason(finding: &Finding, line: &Line, labels: &[Label], flags: bool) -> bool {
    let violations = labels.iter().flat_map(|l| &l.violations);
    let mut of_line = violations.filter(|v| is_of(line, v));
    match said(finding) {
        Some(Said::Accepted(policy)) => {
            of_line.any(|v| v.policy == policy && v.outcome != "refused")
                // In the network that AWS makes the file knows the account alone.
                || (policy == "undeclared" && line.is_in_default_network() && is_planted(line, labels))
        }
        // What the matrix leaves undeclared and a filter refused is no
        // violation; the log of its source shows a try all the same.
        Some(Said::Tried("undeclared")) => is_planted(line, labels),
        // Without flags a short piece of a connection looks like a try.
        Some(Said::Tried(policy)) => {
            of_line.any(|v| v.policy == policy && (v.outcome != "accepted" || !flags))
        }
        None => of_line.any(|v| v.outcome == "accepted"),
    }
}

/// Lines that findings have and a negative has, too. A negative has no ports, so
/// that the lines of a violation between the same two at that time are let off.
fn negatives_hit(organisation: &Organisation, evidence: &[(&Finding, Line)]) -> Vec<String> {
    let negatives = organisation.summary.negatives.iter();
    let flows = negatives.flat_map(|n| n.flows.iter().map(move |f| (n.negative, f)));
    let flows: Vec<_> = flows.collect();
    assert!(flows.len() > 20);
    let labels = &organisation.summary.labels;
    let mut hit = Vec::new();
    for (finding, line) in evidence {
        let mut violations = labels.iter().flat_map(|l| &l.violations);
        if violations.any(|v| is_of(line, v)) {
            continue;
        }
        for (negative, f) in &flows {
            let ends = (&f.srcaddr, &f.dstaddr) == (&line.logged.0, &line.logged.1);
            let time = (f.start..=f.end).contains(&line.start);
            if ends && time && f.interface == line.interface {
                hit.push(format!("{negative}: {} {line:?}", name(finding)));
            }
        }
    }
    hit
}

/// The burst of each label is one that a host insists on.
fn bursts_are_found(organisation: &Organisation) {
    for label in &organisation.summary.labels {
        if label.attack != Attack::ForbiddenTrafficBurst {
            continue;
        }
        let v = &label.violations[0];
        let insisted = organisation.findings.iter().any(|f| {
            let group = ("srcaddr".to_owned(), v.srcaddr.clone());
            name(f) == "forbidden_traffic_insisted"
                && f.group == [group]
                && f.first.is_some_and(|t| t.secs() >= v.start)
                && f.first.is_some_and(|t| t.secs() <= v.end)
        });
        assert!(insisted, "{v:?}");
    }
}

/// Calls from one environment into another are found, and no others.
fn calls_are_found(organisation: &Organisation) -> usize {
    let rules = [
        "production_data_read_from_elsewhere",
        "production_role_assumed_from_elsewhere",
        "production_called_from_elsewhere",
        "production_refused_elsewhere",
        "environment_crossed",
    ];
    let findings = organisation.findings.iter();
    let findings = findings.filter(|f| rules.contains(&name(f)));
    let ids: BTreeSet<(&str, &str)> = findings
        .flat_map(|f| f.evidence.iter().map(move |e| (name(f), e)))
        .filter_map(|(rule, e)| Some((rule, e.event_id.as_deref()?)))
        .collect();
    let labels = organisation.summary.labels.iter();
    let labels: Vec<_> = labels
        .filter(|l| ACROSS_ACCOUNTS.contains(&l.attack))
        .collect();
    for label in &labels {
        let rule = if label.attack == Attack::CrossEnvApiCalls {
            rules[0]
        } else {
            rules[1]
        };
        let found = label.event_ids.iter().any(|id| ids.contains(&(rule, id)));
        assert!(found, "{label:?}");
    }
    for (rule, id) in ids {
        let planted = labels.iter().any(|l| l.event_ids.iter().any(|i| i == id));
        assert!(planted, "{rule}: {id}");
    }
    labels.len()
}

#[test]
fn every_planted_violation_is_found_and_nothing_else() {
    let mut table = format!(
        "{:>4} {:>8} {:<8} {:>7} {:>9} {:>9} {:>10} {:>9} {:>10} {:>6} {:>6} {:>8}\n",
        "seed",
        "accounts",
        "format",
        "lines",
        "forbidden",
        "refused",
        "unanswered",
        "undecl.",
        "unanswered",
        "calls",
        "untold",
        "findings",
    );
    let mut untold = BTreeSet::new();
    for (seed, accounts, format) in organisations() {
        let flow_attacks = Attack::ALL.iter().copied();
        let flow_attacks = flow_attacks.filter(|a| a.trace() != Trace::CloudTrail);
        let mut attacks: Vec<_> = flow_attacks.chain(ACROSS_ACCOUNTS).collect();
        attacks.extend(ON_THE_MATRIX);
        let plan = Plan {
            attacks,
            hours: if full() { 96 } else { 48 },
            events_per_day: 600,
            flows_per_day: 1000 * u64::from(accounts),
            ..plan(seed, accounts, format)
        };
        let flags = format == FlowFormat::Custom;
        let organisation = Organisation::new(&plan);
        let evidence = organisation.evidence();
        let labels = &organisation.summary.labels;
        let result = search(labels, &evidence, flags);
        assert!(result.missed.is_empty(), "{:#?}", result.missed);
        for (finding, line) in &evidence {
            let known = said(finding).is_some() || PARTICULAR.contains(&name(finding));
            let reason = !known || has_reason(finding, line, labels, flags);
            assert!(reason, "{seed} {format:?}: {} {line:?}", name(finding));
        }
        let hit = negatives_hit(&organisation, &evidence);
        assert!(hit.is_empty(), "{hit:#?}");
        bursts_are_found(&organisation);
        let calls = calls_are_found(&organisation);
        let share = |policy, outcome| {
            let (planted, found) = result.counts.get(&(policy, outcome)).unwrap_or(&(0, 0));
            format!("{found}/{planted}")
        };
        writeln!(
            table,
            "{seed:>4} {accounts:>8} {:<8} {:>7} {:>9} {:>9} {:>10} {:>9} {:>10} {calls:>4}/{calls} {:>6} {:>8}",
            format!("{format:?}"),
            organisation.lines,
            share("forbidden", "accepted"),
            share("forbidden", "refused"),
            share("forbidden", "unanswered"),
            share("undeclared", "accepted"),
            share("undeclared", "unanswered"),
            result.untold.len(),
            organisation.findings.len(),
        )
        .unwrap();
        untold.extend(result.untold);
    }
    println!("{table}cannot be told without flags: {untold:?}");
}

/// An organisation of one account has its developers in what its file calls
/// production, and they change functions there by hand now and then: that is
/// what this rule is about, whoever finds it ordinary.
const IN_ONE_ACCOUNT: &str = "production_function_changed_past_pipeline";

/// An ordinary month: none of the rules that need a context has a finding of
/// level low or above, and none at any level rests on a hard negative.
#[test]
fn ordinary_months_are_quiet() {
    let mut sizes = vec![(11, 3, FlowFormat::Mixed, 30)];
    let days = if full() { 30 } else { 6 };
    for (n, (_, accounts, format)) in (12..).zip(organisations()) {
        sizes.push((n, accounts, format, days));
    }
    let mut table = format!(
        "{:>4} {:>8} {:<8} {:>5} {:>7} {:>9}\n",
        "seed", "accounts", "format", "days", "lines", "findings"
    );
    let mut loud = Vec::new();
    for (seed, accounts, format, days) in sizes {
        let plan = Plan {
            attacks: Vec::new(),
            hours: days * 24,
            events_per_day: 300 + 300 * u64::from(accounts),
            ..plan(seed, accounts, format)
        };
        let organisation = Organisation::new(&plan);
        for f in &organisation.findings {
            let known = accounts == 1 && name(f) == IN_ONE_ACCOUNT;
            if f.rule.level >= Level::Low && !known {
                let who = (&f.facts.actor.principal, &f.facts.event_name);
                loud.push((
                    seed,
                    accounts,
                    name(f).to_owned(),
                    format!("{who:?} {:?}", f.group),
                ));
            }
        }
        let hit = negatives_hit(&organisation, &organisation.evidence());
        assert!(hit.is_empty(), "{hit:#?}");
        writeln!(
            table,
            "{seed:>4} {accounts:>8} {:<8} {days:>5} {:>7} {:>9}",
            format!("{format:?}"),
            organisation.lines,
            organisation.findings.len()
        )
        .unwrap();
    }
    println!("{table}");
    assert!(loud.is_empty(), "{loud:#?}");
}

/// Attacks that are found with a context only, and the rule that is about each.
const ONLY_WITH_A_CONTEXT: [(Attack, &str); 10] = [
    (Attack::CrossEnvTraffic, "production_store_reached"),
    (Attack::DevReadsProduction, "production_store_reached"),
    (Attack::SshAroundBastion, "ssh_around_bastion"),
    (Attack::GraphDatabaseAccess, "graph_database_reached"),
    (Attack::LedgerSearchTraffic, "isolated_tiers_talk"),
    (Attack::ForbiddenTrafficRefused, "forbidden_traffic_refused"),
    (Attack::ForbiddenTrafficBurst, "forbidden_traffic_insisted"),
    (Attack::UndeclaredEdge, "undeclared_traffic_accepted"),
    (
        Attack::CrossEnvApiCalls,
        "production_data_read_from_elsewhere",
    ),
    (
        Attack::CrossEnvRoleAssumption,
        "production_role_assumed_from_elsewhere",
    ),
];

#[test]
fn each_attack_on_the_context_has_its_rule() {
    for format in FORMATS {
        for (attack, rule) in ONLY_WITH_A_CONTEXT {
            let plan = Plan {
                attacks: vec![attack],
                hours: 24,
                events_per_day: 300,
                flows_per_day: 500,
                ..plan(5, 3, format)
            };
            let organisation = Organisation::new(&plan);
            let found: BTreeSet<_> = organisation.findings.iter().map(name).collect();
            assert!(found.contains(rule), "{attack} {format:?}: {found:?}");
            let level = organisation.findings.iter().map(|f| f.rule.level).max();
            let high = rule.starts_with("production") || rule == "isolated_tiers_talk";
            assert!(!high || level == Some(Level::High), "{attack}: {level:?}");
        }
    }
}

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
fn said_of(lines: &[&str]) -> BTreeSet<String> {
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
    let said = |lines: &[&str]| said_of(lines).into_iter().collect::<Vec<_>>();
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
