//! Every flow rule fires on an attack that the simulator plants for it.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_event::Kind;
use flowtrail_sigma::{CorrelationKind, MemberOf, RuleSet};
use flowtrail_simulate::{Attack, Plan as Simulation, Trace};

use super::{findings, logs};
use crate::support;

/// Rules for what no attack of a day shows: an application that guesses at its own
/// database. Their cases try them, and histories of the simulator the first.
const BY_CASES: [&str; 2] = ["database_called_in_series", "database_guessed_inside"];

/// Names of the active rules over flow logs that raise findings. Silence is
/// none of them: it needs a day before it, which one day of logs has not; the
/// cases of those rules and the histories of the simulator have it.
fn flow_rules(rules: &RuleSet) -> BTreeSet<String> {
    let is_flow = |of: &MemberOf| match of {
        MemberOf::Rule(ix) => rules
            .rule(*ix)
            .is_some_and(|r| !r.services.of_kind(Kind::Flow).is_empty()),
        // All shipped ones of a chain stand in one file.
        MemberOf::Correlation(_) => false,
    };
    let singles = rules.rules().iter();
    let singles = singles.filter(|r| r.emits && !r.services.of_kind(Kind::Flow).is_empty());
    let in_flow_file = |file: &str| file.starts_with("vpcflow/");
    let windows = rules.correlations().iter().filter(|c| {
        let silence = matches!(c.kind, CorrelationKind::Silence { .. });
        c.emits
            && !silence
            && (in_flow_file(&c.meta.file) || c.members.iter().any(|m| is_flow(&m.of)))
    });
    let all = singles.map(|r| &r.meta).chain(windows.map(|c| &c.meta));
    all.map(|m| m.name.clone().unwrap()).collect()
}

#[test]
fn each_flow_rule_fires_on_a_planted_attack() {
    let rules = support::compiled(&support::shipped()).rules;
    let mut silent = flow_rules(&rules);
    for name in BY_CASES {
        assert!(silent.remove(name), "{name} is no rule");
    }
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for attack in Attack::ALL {
        if attack.trace() == Trace::CloudTrail {
            continue;
        }
        let plan = Simulation {
            attacks: vec![attack],
            hours: 24,
            gzip_level: 1,
            ..Simulation::default()
        };
        let mut logs = logs(&plan);
        logs.retain(|key, _| key.contains("/vpcflowlogs/"));
        for finding in findings(&logs) {
            let name = finding.rule.name.clone().unwrap();
            silent.remove(&name);
            seen.entry(attack.name()).or_default().insert(name);
        }
    }
    for (attack, rules) in &seen {
        println!("{attack}: {rules:?}");
    }
    assert!(silent.is_empty(), "no attack wakes {silent:#?}");
}
