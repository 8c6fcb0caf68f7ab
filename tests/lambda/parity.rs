//! Stream and replay are one detector: objects that come one by one, in any
//! order, more than once and by several ways give the findings that one look at
//! all of them gives.

mod corpus;
mod counting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{Limits, ObjectFault, Tally};
use flowtrail_scan::{ScanOptions, Scanner, rule_options};
use flowtrail_sigma::{Level, RuleSource, compile};
use serde_json::Value;

use crate::function::{Function, Outcome, Setup};
use crate::mapping::Mapping;
use crate::payload;
use crate::world::{Queue, Stored, World};
pub(crate) use corpus::{Log, merged, split};

/// Objects of one invocation: calls of moto are what takes time here.
const AT_ONCE: usize = 20;

/// What one look at all objects says.
struct Replayed {
    findings: Vec<Finding>,
    tally: Tally,
    /// Objects of which something is wrong.
    faults: usize,
    /// Keys of those that cannot be read to their end.
    poison: BTreeSet<String>,
}

/// The rules, as the command line prepares them, but for those that a stream
/// sets aside.
fn plan() -> Arc<Plan> {
    let files = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
        file: f.path.to_owned(),
        text: f.text.to_owned(),
    });
    let rules = compile(&files.collect::<Vec<_>>(), &rule_options().in_stream()).rules;
    let plan = Plan::new(Arc::new(rules), &Limits::default(), Level::Low, None);
    Arc::new(plan.unwrap())
}

fn replay(plan: &Arc<Plan>, logs: &[Log]) -> Replayed {
    let mut scanner = Scanner::new(Arc::clone(plan), ScanOptions::default());
    let mut tally = Tally::default();
    let mut faults = 0;
    let mut poison = BTreeSet::new();
    for log in logs {
        let report = scanner.scan(&log.key, log.bytes.as_slice());
        tally.add(&report.tally);
        if let Some(fault) = report.fault {
            faults += 1;
            // What is no log needs nobody's attention.
            if fault.kind != ObjectFault::NotALog {
                poison.insert(log.key.clone());
            }
        }
    }
    let findings = scanner.into_detector().finish().0;
    Replayed {
        findings,
        tally,
        faults,
        poison,
    }
}

impl Replayed {
    /// Ids of findings of single events, and of several.
    fn parts(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (singles, windows): (Vec<_>, Vec<_>) =
            self.findings.iter().partition(|f| f.value.is_none());
        let ids = |all: Vec<&Finding>| all.iter().map(|f| f.id.to_string()).collect();
        (ids(singles), ids(windows))
    }

    fn of(&self, level: Level) -> usize {
        let of_level = self.findings.iter().filter(|f| f.rule.level == level);
        of_level.count()
    }
}

/// Places that the function writes to.
struct Place {
    logs: String,
    findings: String,
    table: String,
    queue: Queue,
    dead: Queue,
    told: Queue,
    topic: String,
}

impl Place {
    async fn of(world: &World) -> Self {
        let (topic, told) = (world.topic("topic").await, world.queue("told").await);
        world.subscribe(&topic, &told, true).await;
        Self {
            told,
            topic,
            logs: world.bucket("logs").await,
            findings: world.bucket("findings").await,
            table: world.table("state").await,
            queue: world.queue("in").await,
            dead: world.queue("dead").await,
        }
    }

    fn setup(&self, world: &World) -> Setup {
        // moto takes one call at a time, and a window is a few of them.
        let seconds = if corpus::is_full() { 900 } else { 30 };
        Setup::bootstrap(world)
            .timeout(Duration::from_secs(seconds))
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{}", self.findings))
            .with("FLOWTRAIL_DEAD_LETTER_QUEUE_URL", &self.dead.url)
            .with("FLOWTRAIL_TOPIC_ARN", &self.topic)
            .with("FLOWTRAIL_NOTIFY_LEVEL", "low")
    }

    async fn store(&self, world: &World, logs: &[Log]) -> Vec<Stored> {
        let mut out = Vec::new();
        for log in logs {
            out.push(world.put(&self.logs, &log.key, log.bytes.clone()).await);
        }
        out
    }

    /// Ids of all findings in the bucket: of single events, and of several.
    async fn found(&self, world: &World) -> (BTreeSet<String>, BTreeSet<String>) {
        let id = |finding: &Value| finding["id"].as_str().unwrap().to_owned();
        let (mut singles, mut windows) = (BTreeSet::new(), BTreeSet::new());
        for (key, document) in world.documents(&self.findings, "").await {
            if key.starts_with("windows/") {
                windows.insert(id(&document));
            } else {
                singles.extend(document["findings"].as_array().unwrap().iter().map(id));
            }
        }
        (singles, windows)
    }
}

/// By which way an object is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    Queue,
}

/// Every object twice, in an order that the seed decides.
pub(crate) fn deliveries(stored: &[Stored], seed: u64) -> Vec<(Way, Stored)> {
    let twice = |s: &Stored| [(Way::Direct, s.clone()), (Way::Queue, s.clone())];
    let mut out: Vec<(Way, Stored)> = stored.iter().flat_map(twice).collect();
    let mut state = seed;
    for at in (1..out.len()).rev() {
        // Knuth's linear congruential generator, whose upper bits are good enough.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let to = usize::try_from(state >> 33).unwrap() % (at + 1);
        out.swap(at, to);
    }
    out
}

pub(crate) async fn directly(function: &Function, objects: &[Stored]) {
    for invoked in function.deliver(&payload::s3(objects)).await {
        assert_eq!(invoked.outcome, Outcome::Answer(Value::Null));
    }
}

pub(crate) async fn send(world: &World, queue: &Queue, objects: &[Stored]) {
    for object in objects {
        let body = payload::s3(std::slice::from_ref(object)).to_string();
        world.send(queue, &body).await;
    }
}

pub(crate) fn of(way: Way, deliveries: &[(Way, Stored)]) -> Vec<Stored> {
    let these = deliveries.iter().filter(|(w, _)| *w == way);
    these.map(|(_, object)| object.clone()).collect()
}

async fn sum(world: &World, name: &str, dimensions: &[(&str, &str)]) -> f64 {
    let series = world.metric(name, dimensions).await;
    series.map_or(0.0, |s| s.sum)
}

/// Findings of each level, as far as they are counted.
async fn counted(world: &World) -> BTreeMap<&'static str, f64> {
    let mut out = BTreeMap::new();
    for level in Level::ALL {
        let n = sum(world, "Findings", &[("Level", level.name())]).await;
        out.insert(level.name(), n);
    }
    out
}

async fn accounting(world: &World, want: &Replayed, objects: usize) {
    let number = |n: u64| f64::from(u32::try_from(n).unwrap());
    let tally = &want.tally;
    assert_eq!(sum(world, "Objects", &[]).await, objects as f64);
    assert_eq!(sum(world, "Records", &[]).await, number(tally.records));
    let inflated = sum(world, "InflatedBytes", &[]).await;
    assert_eq!(inflated, number(tally.bytes_inflated));
    let names = ["Evaluated", "Skipped", "ObjectsFailed"];
    let mut sums = BTreeMap::from(names.map(|name| (name, 0.0)));
    for (name, dimensions) in world.series().await {
        if let Some(all) = sums.get_mut(name.as_str()) {
            let pairs: Vec<(&str, &str)> = dimensions
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect();
            *all += sum(world, &name, &pairs).await;
        }
    }
    assert_eq!(sums["Evaluated"], number(tally.evaluated));
    assert_eq!(sums["Evaluated"] + sums["Skipped"], number(tally.records));
    assert_eq!(sums["ObjectsFailed"], want.faults as f64);
}

/// How often each object was given up, by its key.
async fn letters(world: &World, place: &Place) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for letter in world.drain(&place.dead).await {
        let key = letter.body["item"]["key"].as_str().unwrap();
        *out.entry(key.to_owned()).or_default() += 1;
    }
    out
}

fn everything() -> Option<Vec<Log>> {
    let mut logs = corpus::at_hand()?;
    logs.extend(corpus::simulated(11));
    logs.push(corpus::damaged(&logs));
    Some(logs)
}

#[tokio::test]
async fn one_by_one_in_any_order_and_twice_is_as_all_at_once() {
    let Some(world) = World::of("parity").await else {
        return;
    };
    let Some(logs) = everything() else {
        return;
    };
    let want = replay(&plan(), &logs);
    let place = Place::of(&world).await;
    let stored = place.store(&world, &logs).await;
    let setup = place.setup(&world);
    let function = setup.with("FLOWTRAIL_STATE_TABLE", &place.table).start();
    for some in deliveries(&stored, 1).chunks(2 * AT_ONCE) {
        directly(&function, &of(Way::Direct, some)).await;
        send(&world, &place.queue, &of(Way::Queue, some)).await;
        let mapping = Mapping::new(&world, &place.queue, AT_ONCE);
        while let Some(batch) = mapping.poll(&function).await {
            assert!(batch.again.is_empty(), "{batch:#?}");
        }
    }
    let found = place.found(&world).await;
    assert_eq!(found, want.parts());
    assert!(found.1.len() > 15, "{found:?}");
    let counted = counted(&world).await;
    for level in Level::ALL {
        let got = counted[level.name()];
        assert_eq!(got, want.of(level) as f64, "{}", level.name());
    }
    counting::check(&world, &place, &want).await;
    // A letter for each announcement: whether the first arrived nobody knows.
    assert_eq!(want.poison.len(), 1);
    let twice = want.poison.iter().map(|key| (key.clone(), 2)).collect();
    assert_eq!(letters(&world, &place).await, twice);
    let again = sum(&world, "Duplicates", &[]).await;
    assert_eq!(again, logs.len() as f64);
    accounting(&world, &want, logs.len()).await;
}

/// The same records in so small objects that most windows span several.
fn crumbs() -> Option<Vec<Log>> {
    let logs = corpus::at_hand()?;
    let real = |l: &&Log| l.key.contains("/stratus/");
    let mut out: Vec<Log> = logs.iter().filter(real).flat_map(corpus::split).collect();
    let is_trail = |l: &&Log| l.key.contains("/CloudTrail/");
    let simulated = corpus::simulated(12);
    out.extend(simulated.iter().filter(is_trail).flat_map(corpus::split));
    Some(out)
}

/// Two functions, each with several objects side by side, get every object at
/// about the same time: one directly, the other from a queue.
#[tokio::test]
async fn side_by_side_is_as_all_at_once() {
    let Some(world) = World::of("beside").await else {
        return;
    };
    let Some(logs) = crumbs() else {
        return;
    };
    let want = replay(&plan(), &logs);
    let place = Place::of(&world).await;
    let stored = place.store(&world, &logs).await;
    let setup = place.setup(&world);
    let setup = setup.with("FLOWTRAIL_STATE_TABLE", &place.table);
    let setup = setup.with("FLOWTRAIL_CONCURRENCY", "8");
    let (one, other) = (setup.start(), setup.start());
    let deliveries = deliveries(&stored, 3);
    send(&world, &place.queue, &of(Way::Queue, &deliveries)).await;
    let mapping = Mapping::new(&world, &place.queue, AT_ONCE);
    let direct = async {
        for some in of(Way::Direct, &deliveries).chunks(AT_ONCE) {
            // An error means that the other one is at it.
            one.deliver(&payload::s3(some)).await;
        }
    };
    tokio::join!(direct, mapping.run(&other));
    assert!(!one.is_dead() && !other.is_dead());
    let found = place.found(&world).await;
    assert_eq!(found, want.parts());
    assert!(found.1.len() > 10, "{found:?}");
    counting::check(&world, &place, &want).await;
    assert_eq!(letters(&world, &place).await, BTreeMap::new());
    assert_eq!(want.faults, 0);
    accounting(&world, &want, logs.len()).await;
}

#[tokio::test]
async fn without_a_table_windows_see_one_object() {
    let Some(world) = World::of("tableless").await else {
        return;
    };
    let Some(logs) = everything() else {
        return;
    };
    let plan = plan();
    let (singles, all) = replay(&plan, &logs).parts();
    let each = logs
        .iter()
        .map(|l| replay(&plan, std::slice::from_ref(l)).parts().1);
    let windows: BTreeSet<String> = each.flatten().collect();
    assert!(windows.len() > 5 && windows != all, "{windows:?}");
    let place = Place::of(&world).await;
    let stored = place.store(&world, &logs).await;
    let function = place.setup(&world).start();
    for some in deliveries(&stored, 2).chunks(AT_ONCE) {
        let objects: Vec<Stored> = some.iter().map(|(_, o)| o.clone()).collect();
        directly(&function, &objects).await;
    }
    assert_eq!(place.found(&world).await, (singles, windows));
    assert!(world.items(&place.table).await.is_empty());
    let reduced = sum(&world, "RulesReduced", &[]).await;
    let families = plan.families().iter().map(|f| f.titles.len());
    assert_eq!(reduced, families.sum::<usize>() as f64);
}
