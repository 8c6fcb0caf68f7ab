//! What each detector costs a record: every type of correlation that Sigma does
//! not have, and every field that a memory fills, one by one on top of the rules
//! that ship, and all together.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-scan --bench detectors
//! ```
//! The logs are the same for all: thirty simulated days in which everything
//! unusual is planted, judged by a memory of these days. Rules are of the sort
//! that ships, and ask as often as can be: a field is asked of every record, and
//! no record is kept out by an address or an API. Each correlation is asserted to
//! fire and each field to have a value, and what the shipped rules find is the
//! same with and without them. Times are those of the processor, the best of some
//! rounds by turns; the end (windows that are closed, findings in order) is apart.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod logs;
mod measure;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use flowtrail_baseline::{Calendar, DIMENSIONS, Memory, Rolling};
use flowtrail_context::Given;
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::{Kind, Limits};
use flowtrail_scan::{
    Chronicle, Chronicler, ObjectReader, Projections, ScanOptions, Scanner, rule_options_knowing,
};
use flowtrail_sigma::{Level, RuleSource, compile};

use logs::{Count, are_flows, are_logs};
use measure::{processor, timed};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Each row is run so often; the best time counts.
const ROUNDS: usize = 5;
const DAYS: u32 = 30;
const EVENTS_PER_DAY: u64 = 5000;
const FLOWS_PER_DAY: u64 = 15_000;

/// How correlations begin that Sigma does not have, and what fields of a memory
/// are called: files with one of these are no part of what all is compared to.
const OURS: [&str; 13] = [
    "type: score",
    "type: ratio",
    "type: silence",
    "type: travel",
    "type: scan",
    "type: beacon",
    "flowtrail.first_seen",
    "flowtrail.novelty",
    "flowtrail.access_key.age_days",
    "flowtrail.access_key.idle_weeks",
    "flowtrail.rare_call.",
    "flowtrail.rare_destination",
    "flowtrail.hour.",
];

/// Places that stand in for those of a database, and what a call in a thousand
/// is made from.
const PLACES: [&str; 4] = [
    "52.52,13.40",
    "52.40,13.07",
    "40.71,-74.00",
    "-33.86,151.20",
];

type Object = Vec<u8>;

/// What is measured: documents of rules on top of those that ship.
struct Row {
    name: &'static str,
    rules: String,
    /// Whether it must find something: a field alone is asked for a value that
    /// it never has, because findings cost as well.
    finds: bool,
}

/// A rule over all records for which the tests hold.
fn rule(name: &str, kind: Kind, tests: &str, level: &str) -> String {
    let service = match kind {
        Kind::CloudTrail => "cloudtrail",
        Kind::Flow => "vpcflow",
    };
    format!(
        "---\ntitle: {name}\nid: {}\nname: {name}\nstatus: test\ndescription: {name}\n\
         logsource: {{product: aws, service: {service}}}\n\
         detection:\n  selection: {{{tests}}}\n  condition: selection\nlevel: {level}\n",
        id(name)
    )
}

/// A correlation; `body` has what stands in it.
fn correlation(name: &str, body: &str) -> String {
    format!(
        "---\ntitle: {name}\nid: {}\nname: {name}\nstatus: test\ndescription: {name}\n\
         correlation: {{{body}}}\nlevel: high\n",
        id(name)
    )
}

/// A name as a UUID.
fn id(name: &str) -> String {
    let sum: u64 = name
        .bytes()
        .fold(7, |h, b| h * 131 % 0xffff_ffff + u64::from(b));
    format!("00000000-0000-4000-8000-{sum:012x}")
}

/// A field of every record, asked for what it never is.
fn field(name: &'static str, kind: Kind, test: &str) -> Row {
    Row {
        name,
        rules: rule("asks", kind, &format!("{name}{test}"), "high"),
        finds: false,
    }
}

fn fires(name: &'static str, rules: &[String], body: &str) -> Row {
    Row {
        name,
        rules: rules.concat() + &correlation("fires", body),
        finds: true,
    }
}

fn of_calls() -> Vec<Row> {
    let of = |name, tests| rule(name, Kind::CloudTrail, tests, "informational");
    let call = of("call", "recipientAccountId|exists: true");
    let denied = of("denied", "errorCode|exists: true");
    let weighed = of("weighed", "weight|exists: true");
    let placed = of("placed", "place|exists: true");
    let novel = of("novel", "flowtrail.novelty: '*'");
    vec![
        fires(
            "ratio, denied of all calls",
            &[denied, call.clone()],
            "type: ratio, rules: [denied, call], group-by: [userIdentity.arn], timespan: 10m, \
             condition: {gte: 0.5, min: 5}",
        ),
        fires(
            "silence, of all calls",
            &[call],
            "type: silence, rules: [call], group-by: [recipientAccountId, awsRegion], timespan: 15m",
        ),
        fires(
            "score, of every call",
            &[weighed],
            "type: score, rules: [weighed], group-by: [userIdentity.accessKeyId], timespan: 1h, \
             condition: {field: weight, gte: 6, names: 2}",
        ),
        fires(
            "travel, of every call",
            &[placed],
            "type: travel, rules: [placed], group-by: [userIdentity.arn], timespan: 1d, \
             condition: {field: place, gt: 900, distance: 500}",
        ),
        field("flowtrail.first_seen", Kind::CloudTrail, ": never"),
        field("flowtrail.novelty", Kind::CloudTrail, ": never"),
        field(
            "flowtrail.access_key.age_days",
            Kind::CloudTrail,
            "|gte: 9999",
        ),
        field(
            "flowtrail.access_key.idle_weeks",
            Kind::CloudTrail,
            "|gte: 9999",
        ),
        field(
            "flowtrail.rare_call.age_days",
            Kind::CloudTrail,
            "|gte: 9999",
        ),
        field("flowtrail.hour.calls", Kind::CloudTrail, "|gte: 999999999"),
        field(
            "flowtrail.hour.calls_peak",
            Kind::CloudTrail,
            "|gte: 999999999",
        ),
        field(
            "flowtrail.hour.calls_sigma",
            Kind::CloudTrail,
            "|gte: 999999999",
        ),
        fires(
            "novelty and score of sessions",
            &[novel],
            "type: score, rules: [novel], group-by: [flowtrail.session], timespan: 1h, \
             condition: {field: flowtrail.novelty, gte: 10, names: 2}",
        ),
    ]
}

fn of_flows() -> Vec<Row> {
    let of = |name, tests| rule(name, Kind::Flow, tests, "informational");
    let opened = "action: ACCEPT, protocol: 6, tcp-flags: [2, 3, 7], packets|gte: 4";
    let failed = of("failed", "action: REJECT, dstport|lt: 32768");
    let answered = of(
        "answered",
        "action: ACCEPT, srcport|gte: 1024, dstport|lt: 32768",
    );
    let beacon = "type: beacon, rules: [opened], group-by: [srcaddr, dstaddr, dstport], \
                  timespan: 1d, condition: {field: bytes, gte: 0.8, min: 24}";
    vec![
        fires(
            "scan, of all contacts",
            &[failed, answered],
            "type: scan, rules: [failed, answered], group-by: [srcaddr], timespan: 1d, \
             condition: {field: dstaddr, gte: 4.6, min: 10}",
        ),
        fires(
            "beacon, of all connections",
            &[of("opened", opened)],
            beacon,
        ),
        fires(
            "silence, of all flows",
            &[of("flow", "account-id|exists: true")],
            "type: silence, rules: [flow], group-by: [interface-id], timespan: 1h",
        ),
        field("flowtrail.first_seen", Kind::Flow, ": never"),
        field("flowtrail.novelty", Kind::Flow, ": never"),
        field("flowtrail.rare_destination", Kind::Flow, ": never"),
        field(
            "flowtrail.hour.bytes_out",
            Kind::Flow,
            "|gte: 99999999999999",
        ),
        field(
            "flowtrail.hour.bytes_out_sigma",
            Kind::Flow,
            "|gte: 999999999",
        ),
        field(
            "flowtrail.hour.rejects_sigma",
            Kind::Flow,
            "|gte: 999999999",
        ),
        fires(
            "beacon, to rare destinations",
            &[of(
                "opened",
                &format!("{opened}, flowtrail.rare_destination: 'true'"),
            )],
            beacon,
        ),
    ]
}

fn main() {
    let (calls, flows) = simulated();
    let memory = learned(&calls, &flows);
    let bench = |name, kind, objects: &[Object], rows: Vec<Row>| {
        let bench = Bench {
            kind,
            objects,
            memory: &memory,
        };
        bench.table(name, rows);
    };
    bench("CloudTrail", Kind::CloudTrail, &calls, of_calls());
    bench("flow logs", Kind::Flow, &flows, of_flows());
}

fn shipped(with_ours: bool) -> Vec<RuleSource> {
    let is_ours = |text: &str| OURS.iter().any(|mark| text.contains(mark));
    let files = flowtrail_rules::RULE_FILES.iter();
    files
        .filter(|f| with_ours || !is_ours(f.text))
        .map(|f| RuleSource {
            file: f.path.to_owned(),
            text: f.text.to_owned(),
        })
        .collect()
}

fn plan(more: &str, with_ours: bool) -> Arc<Plan> {
    let mut sources = shipped(with_ours);
    if !more.is_empty() {
        sources.push(RuleSource {
            file: "bench.yml".to_owned(),
            text: more.trim_start_matches("---\n").to_owned(),
        });
    }
    let given = Given::default().with_memory("bench");
    let compiled = compile(&sources, &rule_options_knowing(&given.knowledge()));
    let ours = compiled.problems.iter().find(|p| p.file == "bench.yml");
    assert!(ours.is_none(), "{ours:?}");
    let rules = Arc::new(compiled.rules);
    let plan = Plan::given(rules, &Limits::default(), Level::Medium, &given);
    Arc::new(plan.unwrap())
}

/// What a row of the table came to.
struct Timed {
    name: String,
    plan: Arc<Plan>,
    scan: Duration,
    end: Duration,
    /// Findings of rules that ship, and of those that are measured.
    found: Option<(usize, usize)>,
}

struct Bench<'b> {
    kind: Kind,
    objects: &'b [Object],
    memory: &'b Arc<dyn Memory>,
}

impl Bench<'_> {
    fn table(&self, name: &str, rows: Vec<Row>) {
        let timed = |name: &str, plan| Timed {
            name: name.to_owned(),
            plan,
            scan: Duration::MAX,
            end: Duration::MAX,
            found: None,
        };
        let mut all = vec![timed("rules that ask for none of these", plan("", false))];
        all.extend(rows.iter().map(|r| timed(r.name, plan(&r.rules, false))));
        all.push(timed("all that ship", plan("", true)));
        let (mut reading, mut records) = (Duration::MAX, 0);
        for round in 0..ROUNDS {
            let (took, count) = self.read(&all);
            (reading, records) = (reading.min(took), count);
            let shift = round * 5 % all.len();
            all.rotate_left(shift);
            for row in &mut all {
                self.scan(row, records);
            }
            all.rotate_right(shift);
        }
        self.check(&all, &rows);
        println!("\n{name}: {records} records");
        println!("\n| step | ns a record | more | more of all | end, ns a record |");
        println!("|---|---|---|---|---|");
        let each = |time: Duration| time.as_secs_f64() * 1e9 / records as f64;
        println!("| inflate and read | {:.0} | – | – | – |", each(reading));
        let base = all.first().map(|r| each(r.scan)).unwrap();
        for row in &all {
            let (scan, end) = (each(row.scan), each(row.end));
            let more = scan - base;
            println!(
                "| {} | {scan:.0} | {more:+.0} | {:+.1} % | {end:.0} |",
                row.name,
                more * 100.0 / base
            );
        }
    }

    /// Only reads, for the rules that ask for nothing.
    fn read(&self, rows: &[Timed]) -> (Duration, u64) {
        let plan = &rows.first().unwrap().plan;
        let wanted = Projections {
            cloudtrail: plan.projection(Kind::CloudTrail).clone(),
            flow: plan.projection(Kind::Flow).clone(),
        };
        let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
        timed(processor, || {
            let mut count = Count::default();
            for object in self.objects {
                reader.read(object.as_slice(), &mut count);
            }
            count.0
        })
    }

    fn scan(&self, row: &mut Timed, records: u64) {
        let mut scanner = Scanner::new(Arc::clone(&row.plan), ScanOptions::default());
        scanner.remember(Arc::clone(self.memory));
        let (scan, seen) = timed(processor, || {
            let mut seen = 0;
            for object in self.objects {
                let report = scanner.scan("object", object.as_slice());
                assert!(report.tally.adds_up());
                seen += report.tally.evaluated;
            }
            seen
        });
        let (end, (findings, _)) = timed(processor, || {
            let mut detector = Detector::new(Arc::clone(&row.plan));
            detector.merge(scanner.into_detector());
            detector.finish()
        });
        (row.scan, row.end) = (row.scan.min(scan), row.end.min(end));
        assert_eq!(seen, records);
        let (ours, shipped): (Vec<_>, Vec<_>) = findings
            .iter()
            .partition(|f| ["fires", "asks"].contains(&f.rule.title.as_str()));
        let found = (shipped.len(), ours.len());
        assert_eq!(*row.found.get_or_insert(found), found, "{}", row.name);
    }

    /// Rules that ship find the same in all rows, and those on top of them what
    /// they should.
    fn check(&self, all: &[Timed], rows: &[Row]) {
        let (shipped, _) = all.first().and_then(|r| r.found).unwrap();
        for (row, timed) in rows.iter().zip(all.iter().skip(1)) {
            let (same, ours) = timed.found.unwrap();
            assert_eq!(same, shipped, "{}", row.name);
            assert_eq!(ours > 0, row.finds, "{}: {ours} findings", row.name);
            if !row.finds {
                // Asked for any value, it has one.
                let rules = rule("fires", self.kind, &format!("{}: '*'", row.name), "high");
                let mut any = Timed {
                    name: row.name.to_owned(),
                    plan: plan(&rules, false),
                    scan: Duration::MAX,
                    end: Duration::MAX,
                    found: None,
                };
                let records = self.read(all).1;
                self.scan(&mut any, records);
                assert!(any.found.unwrap().1 > 0, "{} has no value", row.name);
            }
        }
    }
}

/// A memory of all that the logs show.
fn learned(calls: &[Object], flows: &[Object]) -> Arc<dyn Memory> {
    let calendar = Calendar::default();
    let mut wanted = Projections::default();
    let chronicle = Chronicle::for_a_detector(&mut wanted, calendar, DIMENSIONS, None);
    let mut worker = Chronicler::new(&Arc::new(chronicle));
    let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    for object in calls.iter().chain(flows) {
        reader.read(object.as_slice(), &mut worker);
    }
    Arc::new(Rolling::new(Chronicler::history([worker], calendar)))
}

/// Objects with calls, and those with flows.
fn simulated() -> (Vec<Object>, Vec<Object>) {
    let plan = flowtrail_simulate::Plan {
        events_per_day: EVENTS_PER_DAY,
        flows_per_day: FLOWS_PER_DAY,
        ..flowtrail_simulate::Plan::history(DAYS, 7)
    };
    let mut store: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    flowtrail_simulate::simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.retain(|key, _| are_logs(key));
    let (flows, calls): (Vec<_>, Vec<_>) = store.into_iter().partition(|(key, _)| are_flows(key));
    let bytes = |objects: Vec<(String, Object)>| objects.into_iter().map(|(_, bytes)| bytes);
    let mut n = 0;
    let calls = bytes(calls).map(|object| placed(&object, &mut n)).collect();
    (calls, bytes(flows).collect())
}

/// The object with a place and weights in every record, which rules can ask for.
fn placed(object: &[u8], n: &mut usize) -> Object {
    let mut text = String::new();
    let mut inflate = flate2::bufread::GzDecoder::new(object);
    inflate.read_to_string(&mut text).unwrap();
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let begin = "{\"eventVersion\"";
    for (at, record) in text.split(begin).enumerate() {
        if at > 0 {
            *n += 1;
            let place = PLACES.get(*n / 1000 % PLACES.len()).unwrap();
            let (sort, weight) = (*n % 5, *n % 7);
            write!(
                out,
                "{{\"place\":\"{place}\",\"weight\":\"sort{sort}={weight}.5\",\"eventVersion\""
            )
            .unwrap();
        }
        out.write_all(record.as_bytes()).unwrap();
    }
    out.finish().unwrap()
}
