//! What the rules that need a context find in simulated organisations: each
//! connection that was planted against the matrix, and nothing else.
//!
//! `cargo test -p flowtrail-cli --test it shipped::segments -- --nocapture`
//! prints the tables; with `FLOWTRAIL_TEST_FULL=1` over more organisations and
//! longer ones.

mod flagless;
mod judging;
mod organisation;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flowtrail_sigma::Level;
use flowtrail_simulate::{Attack, FlowFormat, Plan, Trace};

use judging::{PARTICULAR, has_reason, name, negatives_hit, said, search};
use organisation::Organisation;

const FORMATS: [FlowFormat; 3] = [FlowFormat::Mixed, FlowFormat::Default, FlowFormat::Custom];

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
        let found = label
            .traces
            .event_ids
            .iter()
            .any(|id| ids.contains(&(rule, id)));
        assert!(found, "{label:?}");
    }
    for (rule, id) in ids {
        let planted = labels
            .iter()
            .any(|l| l.traces.event_ids.iter().any(|i| i == id));
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
        // Nothing is found where nobody looked.
        let blind = search(labels, &[], flags);
        assert!(blind.missed.len() > 100, "{:?}", blind.counts);
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

/// Attacks on what the context declares, and the rule that is about each.
const ON_THE_CONTEXT: [(Attack, &str); 10] = [
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
        for (attack, rule) in ON_THE_CONTEXT {
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
