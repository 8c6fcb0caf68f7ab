//! Stream and replay are one detector with a context, too: a simulated
//! organisation with its own context file, object by object, in any order, twice
//! and by two functions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_rules::{RULE_FILES, RuleFile};
use flowtrail_sigma::{Level, RuleSource};
use flowtrail_simulate::{Attack, BESIDE, CONTEXT_KEY, FlowFormat, Plan as Simulated, simulate};

use super::{Kitchen, Mark, Marks, ids, marks, once_each, plan, replay};
use crate::mapping::Mapping;
use crate::parity::{self, Way};
use crate::world::Stored;

/// Objects of one invocation.
const AT_ONCE: usize = 10;

type Logs = BTreeMap<String, Vec<u8>>;

/// A day of a small organisation in which much is tried that its context
/// forbids, and what the organisation knows of itself.
fn simulated(seed: u64, accounts: u32, flow_format: FlowFormat) -> (Logs, String) {
    let plan = Simulated {
        seed,
        hours: 24,
        accounts,
        regions: 2,
        events_per_day: 200,
        flows_per_day: 300,
        flow_format,
        gzip_level: 1,
        attacks: vec![
            Attack::CrossEnvTraffic,
            Attack::ForbiddenTrafficRefused,
            Attack::ForbiddenTrafficBurst,
            Attack::UndeclaredEdge,
            Attack::LedgerSearchTraffic,
            Attack::CrossEnvApiCalls,
            Attack::CrossEnvRoleAssumption,
            Attack::SecretsSweep,
            Attack::StopLogging,
            Attack::BackdoorUser,
        ],
        ..Simulated::default()
    };
    let mut logs = Logs::new();
    simulate(&plan, &mut logs, &mut |_| {}).unwrap();
    let context = String::from_utf8(logs[CONTEXT_KEY].clone()).unwrap();
    logs.retain(|key, _| !BESIDE.contains(&key.as_str()));
    (logs, context)
}

fn shipped() -> Vec<RuleSource> {
    let source = |f: &RuleFile| RuleSource {
        file: f.path.to_owned(),
        text: f.text.to_owned(),
    };
    RULE_FILES.iter().map(source).collect()
}

fn found_in(logs: &Logs, plan: &Arc<Plan>) -> Vec<Finding> {
    let all = logs.iter().map(|(k, v)| (k.as_str(), v.as_slice()));
    replay(plan, all)
}

fn of_rule<'f>(found: &'f [Finding], name: &str) -> &'f Finding {
    let mut all = found.iter();
    let one = all.find(|f| f.rule.name.as_deref() == Some(name));
    one.unwrap_or_else(|| panic!("nothing of {name}"))
}

/// The rule of a window whose first half is hidden.
const HALF: &str = "forbidden_traffic_accepted";

fn middle(of: &Finding) -> EventTime {
    let (first, last) = (of.first.unwrap().secs(), of.last.unwrap().secs());
    assert!(last - first > 60, "it is over at once: {of:?}");
    EventTime::from_secs(first.midpoint(last))
}

/// A seed whose order brings the beginning of the window that is hidden by half
/// before anything that brings it out of hiding: in an earlier invocation.
fn telling_seed(logs: &Logs, context: &str, stored: &[Stored]) -> u64 {
    // With all of its evidence.
    let limits = Limits {
        evidence_values_max: usize::MAX,
        ..Limits::default()
    };
    let plan = plan(&shipped(), Some(context), &limits);
    let found = found_in(logs, &plan);
    let whole = of_rule(&found, HALF);
    let begins = |(key, bytes): &(&String, &Vec<u8>)| {
        let alone = Logs::from([((*key).clone(), (*bytes).clone())]);
        let alone = found_in(&alone, &plan);
        alone.iter().any(|f| f.id == whole.id)
    };
    let early: BTreeSet<&str> = logs.iter().filter(begins).map(|(k, _)| &**k).collect();
    let late = whole.evidence.iter();
    let late = late.filter(|e| e.time > Some(middle(whole)));
    let late: BTreeSet<&str> = late.map(|e| &*e.object).collect();
    assert!(!early.is_empty() && !late.is_empty() && early.is_disjoint(&late));
    let tells = |seed: &u64| {
        let order = parity::deliveries(stored, *seed);
        let round = |keys: &BTreeSet<&str>| {
            let at = order.iter().position(|(_, s)| keys.contains(&*s.key));
            at.unwrap() / (2 * AT_ONCE)
        };
        round(&early) < round(&late)
    };
    (1..1_000).find(tells).unwrap()
}

/// The network that the connections of a finding go to, as its context has it.
fn network_of<'c>(context: &'c str, found: &Finding) -> &'c str {
    let of = |name: &str| &found.group.iter().find(|(k, _)| k == name).unwrap().1;
    let (environment, segment) = (of("flowtrail.dst.env"), of("flowtrail.dst.segment"));
    let end = format!(", environment: {environment}, segment: {segment}}}");
    let mut lines = context.lines();
    let cidrs = lines.find_map(|l| l.strip_suffix(&end)?.split_once("cidrs: "));
    cidrs.unwrap().1
}

/// The context with suppressions of every kind: by principal, by network (which
/// is the far end of the store's connections), by account, and two that hold for one half of a window, so that it comes out of
/// hiding when the other half is known.
fn with_suppressions(context: &str, found: &[Finding]) -> String {
    let who = of_rule(found, "admin_policy_attached_to_user");
    let who = who.facts.actor.principal.as_ref().unwrap();
    let insisting = &of_rule(found, "forbidden_traffic_insisted").group[0].1;
    let half = middle(of_rule(found, HALF));
    let other = middle(of_rule(found, "isolated_tiers_talk"));
    let store = network_of(context, of_rule(found, "production_store_reached"));
    let why = "owner: secops, reason: a drill, expires: 2199-12-31";
    format!(
        "{context}suppressions:
  - {{id: person, principals: ['{who}'], {why}}}
  - {{id: burst, rules: ['forbidden_traffic_*'], networks: [{insisting}/32], {why}}}
  - {{id: store, rules: [production_store_reached], networks: {store}, {why}}}
  - {{id: readers, rules: [production_data_read_from_elsewhere], accounts: [prod], {why}}}
  - {{id: half, rules: [{HALF}], until: '{half}', {why}}}
  - {{id: other, rules: [isolated_tiers_talk], from: '{other}', {why}}}
"
    )
}

/// That the marks are worth a comparison: of single records and of windows some
/// are hidden and some are not, with and without the version.
fn is_of_every_sort(found: &[Finding]) {
    let sort = |f: &Finding| {
        let hidden = f.suppressed.is_some();
        (f.value.is_some(), f.context.is_some(), hidden)
    };
    let sorts: BTreeSet<_> = found.iter().map(sort).collect();
    for window in [false, true] {
        for (shaped, hidden) in [(false, false), (true, true)] {
            assert!(sorts.contains(&(window, shaped, hidden)), "{sorts:?}");
        }
    }
    assert!(sorts.contains(&(true, true, false)), "{sorts:?}");
    let by = found.iter().filter_map(|f| f.suppressed.as_ref());
    let by: BTreeSet<&str> = by.map(|s| s.id.as_str()).collect();
    for id in ["burst", "person", "readers", "store"] {
        assert!(by.contains(id), "{by:?}");
    }
}

/// What the table says of findings.
#[derive(Default)]
struct Entered {
    /// Names under which they are counted: of those that are seen.
    seen: BTreeSet<String>,
    /// And of those that are hidden.
    hidden: BTreeSet<String>,
    /// Ids of windows that were the one and then the other.
    came_out: BTreeSet<String>,
}

impl Entered {
    async fn of(kitchen: &Kitchen) -> Self {
        let mut out = Self::default();
        for ((pk, _), item) in kitchen.world.items(&kitchen.table).await {
            if item.contains_key("counts") && item.contains_key("hidden_counts") {
                let id = item["finding"].as_s().unwrap();
                out.came_out.insert(id.clone());
            }
            let counted = pk.strip_prefix("finding#");
            if let Some(name) = counted.filter(|_| item.contains_key("object")) {
                match name.strip_suffix("#hidden") {
                    Some(id) => out.hidden.insert(id.to_owned()),
                    None => out.seen.insert(name.to_owned()),
                };
            }
        }
        out
    }
}

async fn over_levels(kitchen: &Kitchen, metric: &str) -> f64 {
    let mut sum = 0.0;
    for level in Level::ALL {
        sum += kitchen.sum(metric, &[("Level", level.name())]).await;
    }
    sum
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}

/// Every object once directly to a function that has the context from the bucket,
/// and once from a queue to one that has it in its package.
async fn streamed(kitchen: &Kitchen, order: &[(Way, Stored)], context: &str) {
    let world = &kitchen.world;
    let setup = kitchen.knowing(context).await;
    let setup = setup
        .timeout(Duration::from_secs(60))
        .with("FLOWTRAIL_NO_SHIPPED_RULES", "false")
        .with("FLOWTRAIL_RULES", "")
        .with("FLOWTRAIL_NOTIFY_LEVEL", "low");
    let one = setup.start();
    let other = kitchen.packed(setup, context).start();
    let queue = world.queue("in").await;
    let mapping = Mapping::new(world, &queue, AT_ONCE);
    for some in order.chunks(2 * AT_ONCE) {
        parity::directly(&one, &parity::of(Way::Direct, some)).await;
        parity::send(world, &queue, &parity::of(Way::Queue, some)).await;
        while let Some(batch) = mapping.poll(&other).await {
            assert!(batch.again.is_empty(), "{batch:#?}");
        }
    }
}

async fn agrees(seed: u64, accounts: u32, format: FlowFormat) {
    let Some(kitchen) = Kitchen::of("ctx-parity").await else {
        return;
    };
    let (logs, context) = simulated(seed, accounts, format);
    let found = |context: &str| {
        let plan = plan(&shipped(), Some(context), &Limits::default());
        found_in(&logs, &plan)
    };
    let context = with_suppressions(&context, &found(&context));
    let replayed = found(&context);
    is_of_every_sort(&replayed);
    let mut stored = Vec::new();
    for (key, bytes) in &logs {
        let put = kitchen.world.put(&kitchen.logs, key, bytes.clone());
        stored.push(put.await);
    }
    let order = telling_seed(&logs, &context, &stored);
    let order = parity::deliveries(&stored, order);
    streamed(&kitchen, &order, &context).await;
    let found = kitchen.found("").await;
    let mark = |f: &Finding| (f.id.to_string(), Mark::of(f));
    let want: Marks = replayed.iter().map(mark).collect();
    assert_eq!(marks(&found), want);
    // People hear once of each that nothing hides in the end, whatever was hidden
    // on the way, and of no other.
    let (hidden, seen) = (ids(&found, true), ids(&found, false));
    assert_eq!(kitchen.told(&found).await, once_each(&seen));
    // What is counted is counted once, as what it was then. Single records have
    // one name, whatever they are.
    let entered = Entered::of(&kitchen).await;
    let is_single = |id: &&String| found.get(*id).is_some_and(|f| f["value"].is_null());
    let (singles, windows): (Vec<_>, Vec<_>) = hidden.iter().partition(is_single);
    let counted = over_levels(&kitchen, "Findings").await;
    assert_eq!(counted, count(entered.seen.len() - singles.len()));
    let counted = over_levels(&kitchen, "FindingsSuppressed").await;
    assert_eq!(counted, count(entered.hidden.len() + singles.len()));
    // A window only ever comes out of hiding, and some did.
    assert!(windows.iter().all(|id| !entered.seen.contains(*id)));
    assert!(!entered.came_out.is_empty());
    assert!(entered.came_out.is_subset(&seen), "{:?}", entered.came_out);
    let objects = kitchen.sum("Objects", &[]).await;
    let again = kitchen.sum("Duplicates", &[]).await;
    assert_eq!((objects, again), (count(logs.len()), count(logs.len())));
}

#[tokio::test]
async fn the_mixed_organisation_streams_as_it_replays() {
    agrees(21, 2, FlowFormat::Mixed).await;
}

/// Without flags, VPCs and packet addresses in its flow logs.
#[tokio::test]
async fn the_plain_organisation_streams_as_it_replays() {
    agrees(22, 3, FlowFormat::Default).await;
}
