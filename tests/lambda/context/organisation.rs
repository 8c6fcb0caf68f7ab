//! Stream and replay are one detector with a context, too: a simulated
//! organisation with its own context file, object by object, in any order and
//! twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use flowtrail_sigma::RuleSource;
use flowtrail_simulate::{Attack, BESIDE, CONTEXT_KEY, FlowFormat, Plan, simulate};

use super::{Kitchen, Mark, Marks, replay};

type Logs = BTreeMap<String, Vec<u8>>;

fn simulated(seed: u64, format: FlowFormat) -> (Logs, String) {
    let plan = Plan {
        seed,
        hours: 24,
        accounts: 3,
        regions: 2,
        events_per_day: 300,
        flows_per_day: 400,
        flow_format: format,
        gzip_level: 1,
        attacks: vec![
            Attack::CrossEnvTraffic,
            Attack::ForbiddenTrafficBurst,
            Attack::ForbiddenTrafficRefused,
            Attack::UndeclaredEdge,
            Attack::LedgerSearchTraffic,
            Attack::CrossEnvApiCalls,
            Attack::CrossEnvRoleAssumption,
            Attack::SecretsSweep,
        ],
        ..Plan::default()
    };
    let mut logs = Logs::new();
    simulate(&plan, &mut logs, &mut |_| {}).unwrap();
    let context = String::from_utf8(logs[CONTEXT_KEY].clone()).unwrap();
    logs.retain(|key, _| !BESIDE.contains(&key.as_str()));
    (logs, context)
}

fn shipped() -> Vec<RuleSource> {
    let files = flowtrail_rules::RULE_FILES.iter();
    let source = |f: &flowtrail_rules::RuleFile| RuleSource {
        file: f.path.to_owned(),
        text: f.text.to_owned(),
    };
    files.map(source).collect()
}

#[tokio::test]
async fn explore() {
    for format in [FlowFormat::Mixed, FlowFormat::Custom] {
        let (logs, context) = simulated(21, format);
        let bytes: usize = logs.values().map(Vec::len).sum();
        println!("{} objects {bytes}", logs.len());
        let all = logs.iter().map(|(k, v)| (k.as_str(), v.as_slice()));
        let marks = replay(&shipped(), Some(&context), all);
        let mut sorts: BTreeMap<(String, bool), usize> = BTreeMap::new();
        for v in crate::context::replay_all(&shipped(), &context, logs.iter().map(|(k, v)| (k.as_str(), v.as_slice()))) {
        println!("{:?} {:?} {:?} {:?} {:?} {:?} {:?} n={} {:?}", v.rule.name, v.rule.level, v.value, v.group, v.first.map(|t| t.to_string()), v.last.map(|t| t.to_string()), v.facts.actor.principal, v.count, v.flow.as_ref().map(|f| (f.src.clone(), f.dst.clone())));
    }
    for m in marks.values() {
            *sorts
                .entry((m.rule.clone(), m.context.is_some()))
                .or_default() += 1;
        }
        println!("{sorts:#?}");
    }
}
