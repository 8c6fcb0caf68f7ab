//! The report on segments beside what the simulator knows and what a slow and
//! simple count says; context files that are learnt from logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use flowtrail_context::{Context, Place, Scope};
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use flowtrail_segments::{Counter, Learner, Lesson, Reading, Report, Survey};
use flowtrail_simulate::{Attack, FlowFormat, Plan, simulate};
use serde_json::Value;

use crate::support::flowtrail;

/// The attacks that are connections between segments.
const ATTACKS: [Attack; 8] = [
    Attack::DevReadsProduction,
    Attack::ForbiddenTrafficRefused,
    Attack::ForbiddenTrafficBurst,
    Attack::UndeclaredEdge,
    Attack::LedgerSearchTraffic,
    Attack::GraphDatabaseAccess,
    Attack::SshAroundBastion,
    Attack::CrossEnvTraffic,
];

type Store = BTreeMap<String, Vec<u8>>;

fn organisation(seed: u64, accounts: u32, format: FlowFormat, attacks: &[Attack]) -> Store {
    let plan = Plan {
        seed,
        accounts,
        hours: 72,
        events_per_day: 600,
        flows_per_day: 2500 * u64::from(accounts),
        flow_format: format,
        attacks: attacks.to_vec(),
        ..Plan::default()
    };
    let mut store = Store::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store
}

fn text<'s>(store: &'s Store, key: &str) -> &'s str {
    std::str::from_utf8(&store[key]).unwrap()
}

fn logs(store: &Store) -> impl Iterator<Item = (&String, &Vec<u8>)> {
    store.iter().filter(|(key, _)| key.ends_with(".gz"))
}

fn context_of(store: &Store) -> Arc<Context> {
    let text = text(store, "context.yaml");
    Arc::new(Context::parse("context.yaml", text).unwrap().0)
}

/// The report of `workers` that take objects in turn, in order or backwards.
fn report(store: &Store, context: &Arc<Context>, workers: usize, backwards: bool) -> Report {
    let mut wanted = Projections::default();
    let survey = Arc::new(Survey::plan(&mut wanted.flow, context).unwrap());
    let reader = || ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    let mut all: Vec<_> = (0..workers)
        .map(|_| (reader(), Counter::new(&survey)))
        .collect();
    let mut objects: Vec<_> = logs(store).collect();
    if backwards {
        objects.reverse();
    }
    let mut reading = Reading::default();
    for (n, (_, bytes)) in objects.into_iter().enumerate() {
        let (reader, counter) = &mut all[n % workers];
        reading
            .tally
            .add(&reader.read(bytes.as_slice(), counter).tally);
    }
    let mut whole = Counter::new(&survey);
    if backwards {
        all.reverse();
    }
    all.into_iter()
        .for_each(|(_, counter)| whole.merge(counter));
    whole.report(&reading)
}

/// Connections by verdict and places: let through, refused.
type Violations = BTreeMap<(String, String, String), (u64, u64)>;

/// What was planted: for each label the different ports of its clients, since a
/// port that was drawn twice is one connection to whoever reads a log.
fn planted(store: &Store) -> Violations {
    let lines = lines(store);
    let mut planted = Violations::new();
    for label in text(store, "labels.jsonl").lines() {
        let label: Value = serde_json::from_str(label).unwrap();
        for v in label["violations"].as_array().into_iter().flatten() {
            let of = |key: &str| v[key].as_str().unwrap().to_owned();
            let times = v["start"].as_i64().unwrap()..=v["end"].as_i64().unwrap();
            let is_of = |l: &&BTreeMap<String, String>| {
                let says = |key: &str, value: &Value| l.get(key) == Some(&value.to_string());
                l.get("srcaddr") == Some(&of("srcaddr"))
                    && l.get("dstaddr") == Some(&of("dstaddr"))
                    && says("dstport", &v["dstport"])
                    && l["start"].parse().is_ok_and(|at| times.contains(&at))
            };
            let ports: BTreeSet<&String> =
                lines.iter().filter(is_of).map(|l| &l["srcport"]).collect();
            let (n, named) = (ports.len() as u64, v["connections"].as_u64().unwrap());
            assert!(n <= named && named - n <= 3, "{n} of {named}");
            let sum = planted.entry((of("policy"), of("source"), of("target")));
            let sum = sum.or_default();
            match v["outcome"].as_str().unwrap() {
                "refused" => sum.1 += n,
                _ => sum.0 += n,
            }
        }
    }
    planted
}

/// What the report says, without what scanners of the internet tried in vain.
fn reported(report: &Report) -> Violations {
    let mut reported = Violations::new();
    for pair in report.violations().chain(report.attempts()) {
        if pair.from == "internet" && pair.passed.connections == 0 {
            continue;
        }
        assert!(pair.passed.exact && pair.refused.exact);
        let key = (pair.verdict.to_owned(), pair.from.clone(), pair.to.clone());
        let sum = reported.entry(key).or_default();
        sum.0 += pair.passed.connections;
        sum.1 += pair.refused.connections;
    }
    reported
}

/// Lines of flow logs, each as its fields by name.
fn lines(store: &Store) -> Vec<BTreeMap<String, String>> {
    let mut all = Vec::new();
    for (_, bytes) in logs(store).filter(|(key, _)| key.contains("vpcflowlogs")) {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(' ').collect();
        for line in lines {
            let fields = header.iter().zip(line.split(' '));
            let fields = fields.filter(|(_, v)| *v != "-");
            all.push(
                fields
                    .map(|(n, v)| ((*n).to_owned(), v.to_owned()))
                    .collect(),
            );
        }
    }
    all
}

/// A network of the file, read without the parser.
struct Net {
    first: u128,
    len: u32,
    place: String,
    vpc: Option<String>,
    /// The account of the VPC, for records that name none.
    account: Option<String>,
    from: i64,
    until: i64,
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => 0xffff_0000_0000 | u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn nets(file: &Value) -> Vec<Net> {
    let mut nets = Vec::new();
    for network in file["networks"].as_array().unwrap() {
        let of = |key: &str| network[key].as_str().map(str::to_owned);
        let entry = |list: &str, key: &str, value: &Value| {
            let all = file[list].as_array().unwrap();
            all.iter().find(|e| e[key] == *value).cloned()
        };
        let vpc = entry("vpcs", "id", &network["vpc"]);
        let account = vpc.and_then(|v| entry("accounts", "alias", &v["account"]));
        let account = account.map(|a| a["id"].as_str().unwrap().to_owned());
        let secs = |key| of(key).map(|t| EventTime::parse(t.as_bytes()).unwrap().secs());
        for cidr in network["cidrs"].as_array().unwrap() {
            let (address, len) = cidr.as_str().unwrap().split_once('/').unwrap();
            let address: IpAddr = address.parse().unwrap();
            let len: u32 = len.parse().unwrap();
            nets.push(Net {
                first: number(address),
                len: if address.is_ipv4() { len + 96 } else { len },
                place: format!("{}/{}", of("environment").unwrap(), of("segment").unwrap()),
                vpc: of("vpc"),
                account: account.clone(),
                from: secs("from").unwrap_or(i64::MIN),
                until: secs("until").unwrap_or(i64::MAX),
            });
        }
    }
    nets
}

/// The place of an address, net after net; nothing where none has it.
fn place(nets: &[Net], address: &str, line: &BTreeMap<String, String>, at: i64) -> Option<String> {
    let address = number(address.parse().unwrap());
    let fits = |n: &&Net| {
        (n.first ^ address).leading_zeros() >= n.len
            && match line.get("vpc-id") {
                Some(vpc) => n.vpc.as_ref().is_none_or(|v| v == vpc),
                None => n.account.as_ref().is_none_or(|a| *a == line["account-id"]),
            }
            && (n.from..n.until).contains(&at)
    };
    let best = nets.iter().filter(fits).max_by_key(|n| n.len);
    best.map(|n| n.place.clone())
}

/// Records, accepted and rejected, by both places.
type Pairs = BTreeMap<(String, String), (u64, u64)>;

/// Records by both places, in the order of their names, and by action.
fn naive(store: &Store) -> (Pairs, u64, u64) {
    let file: Value = yaml_serde::from_str(text(store, "context.yaml")).unwrap();
    let nets = nets(&file);
    let mut pairs = Pairs::new();
    let (mut flows, mut lost) = (0, 0);
    for line in lines(store) {
        match line["log-status"].as_str() {
            "OK" => flows += 1,
            "SKIPDATA" => lost += 1,
            _ => {}
        }
        let end = |packet: &str, own: &str| {
            let address = line.get(packet).or(line.get(own))?;
            let at = line["start"].parse().unwrap();
            place(&nets, address, &line, at)
        };
        let (Some(a), Some(b)) = (end("pkt-srcaddr", "srcaddr"), end("pkt-dstaddr", "dstaddr"))
        else {
            continue;
        };
        let key = if a < b { (a, b) } else { (b, a) };
        let sum = pairs.entry(key).or_default();
        match line["action"].as_str() {
            "ACCEPT" => sum.0 += 1,
            "REJECT" => sum.1 += 1,
            other => panic!("{other}"),
        }
    }
    (pairs, flows, lost)
}

#[test]
fn counts_are_those_of_the_simulator_and_of_a_simple_reading() {
    for (seed, accounts, format) in [
        (1, 1, FlowFormat::Mixed),
        (2, 3, FlowFormat::Mixed),
        (3, 3, FlowFormat::Default),
        (4, 7, FlowFormat::Custom),
    ] {
        let store = organisation(seed, accounts, format, &ATTACKS);
        let report = report(&store, &context_of(&store), 1, false);
        assert_eq!(reported(&report), planted(&store), "seed {seed}");

        let (pairs, flows, lost) = naive(&store);
        let r = &report.coverage.records;
        assert_eq!((r.flows, r.skipdata), (flows, lost), "seed {seed}");
        let mut counted = Pairs::new();
        for p in report
            .pairs
            .iter()
            .filter(|p| p.from.contains('/') && p.to.contains('/'))
        {
            let (a, b) = (p.from.clone(), p.to.clone());
            let sum = counted
                .entry(if a < b { (a, b) } else { (b, a) })
                .or_default();
            sum.0 += p.accepted.records;
            sum.1 += p.rejected.records;
        }
        assert_eq!(counted, pairs, "seed {seed}");
        // The sums of the parts are the whole.
        let of_pairs: u64 = report.pairs.iter().map(|p| p.records()).sum();
        assert_eq!(of_pairs + r.without_ends, flows);
        let o = &report.coverage.openers;
        let told = o.by_flags + o.by_ports_without_flags + o.by_ports_without_syn + o.by_neither;
        assert_eq!(told, of_pairs);
        let flagless = |l: &&BTreeMap<String, String>| {
            let tcp = l["log-status"] == "OK" && l["protocol"] == "6";
            tcp && !l.contains_key("tcp-flags") && l["srcport"] != l["dstport"]
        };
        let flagless = lines(&store).iter().filter(flagless).count() as u64;
        assert_eq!(o.by_ports_without_flags, flagless, "seed {seed}");
    }
}

#[test]
fn neither_order_nor_workers_matter() {
    let store = organisation(5, 3, FlowFormat::Mixed, &ATTACKS);
    let context = context_of(&store);
    let expected = report(&store, &context, 1, false).to_json();
    for (workers, backwards) in [(1, true), (2, false), (5, true)] {
        assert_eq!(
            report(&store, &context, workers, backwards).to_json(),
            expected
        );
    }
}

#[test]
fn a_vpc_without_logs_is_named_and_makes_statements_careful() {
    let store = organisation(6, 3, FlowFormat::Custom, &[]);
    let context = context_of(&store);
    let whole = report(&store, &context, 1, false);
    let silent = |r: &Report| -> Vec<String> {
        let all = r.coverage.vpcs.iter().filter(|v| v.status == "silent");
        all.map(|v| v.environment.clone().unwrap()).collect()
    };
    assert_eq!(silent(&whole), Vec::<String>::new());
    assert_eq!(whole.violations().count(), 0);
    // The logs of production's account are taken away, but not its calls.
    let account = &context
        .declared()
        .accounts
        .iter()
        .find(|a| a.alias == "prod")
        .unwrap()
        .id;
    let mut store = store;
    store.retain(|key, _| !key.contains(&format!("/{account}/vpcflowlogs")));
    let cut = report(&store, &context, 1, false);
    assert_eq!(silent(&cut), ["production"]);
    assert!(
        cut.coverage
            .doubts
            .iter()
            .any(|d| d.starts_with("VPCs without any record"))
    );
    let within = cut
        .statements
        .iter()
        .find(|s| s.entry.name == "*/ledger -> */search")
        .unwrap();
    assert_eq!(within.outcome, "not_seen_and_not_all_looked_at");
    assert!(
        within.sentence.contains("where no interface reports"),
        "{}",
        within.sentence
    );
    for statement in &cut.statements {
        assert_eq!(
            statement.outcome == "not_seen",
            statement.not_looked_at.is_empty()
        );
    }
}

fn write(store: &Store, folder: &Path) {
    for (key, bytes) in store {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn the_command_writes_every_form_and_exits_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = organisation(7, 3, FlowFormat::Mixed, &ATTACKS);
    write(&store, folder.path());
    let run = |more: &str| {
        let args = format!("segments report --context context.yaml {more} AWSLogs");
        flowtrail(folder.path(), &args.split_whitespace().collect::<Vec<_>>())
    };
    let text = run("");
    assert_eq!(text.status.code(), Some(0));
    let text = String::from_utf8(text.stdout).unwrap();
    for part in [
        "Who opened connections to whom",
        "Not allowed and not refused: ",
        "What the matrix forbids",
        "What was not looked at",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(run("--fail-on violations").status.code(), Some(1));
    let json = run("--format json --jobs 3").stdout;
    let value: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(value["format"], 1);
    assert_eq!(value["coverage"]["objects"]["unread"], 0);
    assert_eq!(run("--format json --jobs 1").stdout, json);
    assert_eq!(run("--format html --output report.html").stdout, b"");
    let html = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));

    // An object that is cut off is named, and the answer is not complete.
    let (key, bytes) = logs(&store)
        .find(|(k, _)| k.contains("vpcflowlogs"))
        .unwrap();
    fs::write(folder.path().join(key), &bytes[..bytes.len() / 2]).unwrap();
    let cut = run("--format json");
    assert_eq!(cut.status.code(), Some(2));
    let value: Value = serde_json::from_slice(&cut.stdout).unwrap();
    let named = value["coverage"]["objects"]["named"][0]["object"]
        .as_str()
        .unwrap();
    assert!(key.ends_with(named.rsplit('/').next().unwrap()), "{named}");
    let statements = value["statements"].as_array().unwrap();
    let careful = |s: &&Value| {
        s["sentence"]
            .as_str()
            .unwrap()
            .contains("1 object that could not be read")
    };
    assert_eq!(statements.iter().filter(careful).count(), statements.len());

    assert_eq!(
        run("--since 2026-03-03 --until 2026-03-02").status.code(),
        Some(2)
    );
    let missing = flowtrail(
        folder.path(),
        &["segments", "report", "--context", "no.yaml", "AWSLogs"],
    );
    assert_eq!(missing.status.code(), Some(2));
}

/// The proposal for logs.
fn learn(store: &Store, workers: usize) -> String {
    let mut wanted = Projections::default();
    let lesson = Lesson::plan(&mut wanted.cloudtrail, &mut wanted.flow).unwrap();
    let lesson = Arc::new(lesson);
    let reader = || ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    let mut all: Vec<_> = (0..workers)
        .map(|_| (reader(), Learner::new(&lesson)))
        .collect();
    for (n, (_, bytes)) in logs(store).enumerate() {
        let (reader, learner) = &mut all[n % workers];
        reader.read(bytes.as_slice(), learner);
    }
    let mut whole = Learner::new(&lesson);
    all.into_iter()
        .rev()
        .for_each(|(_, learner)| whole.merge(learner));
    whole.proposal()
}

/// The same with everything decided that was rare: it may be.
fn decided(proposal: &str) -> String {
    let mut rare = false;
    let mut lines: Vec<String> = Vec::new();
    for line in proposal.lines() {
        rare = line.starts_with("# Rare") || (rare && line.starts_with("#  - "));
        let entry = line
            .strip_prefix('#')
            .filter(|l| rare && l.starts_with("  - "));
        lines.push(entry.unwrap_or(line).to_owned());
    }
    lines.join("\n") + "\n"
}

fn parsed(proposal: &str) -> Arc<Context> {
    let (context, warnings) = Context::parse("learnt.yaml", proposal).expect(proposal);
    assert!(warnings.is_empty(), "{warnings:?}");
    Arc::new(context)
}

#[test]
fn what_was_learnt_from_ordinary_traffic_allows_it() {
    for (seed, accounts) in [(11, 1), (12, 3)] {
        let store = organisation(seed, accounts, FlowFormat::Mixed, &[]);
        let proposal = learn(&store, 1);
        assert_eq!(learn(&store, 4), proposal, "workers do not matter");
        // Once it is decided that rare connections are ordinary, nothing is left.
        let decided = parsed(&decided(&proposal));
        let all = report(&store, &decided, 1, false);
        let left: Vec<_> = all.violations().collect();
        assert!(left.is_empty(), "seed {seed}: {left:#?}");
        // Before, hardly anything is in doubt.
        let before = report(&store, &parsed(&proposal), 1, false);
        let sum = |r: &Report| r.pairs.iter().map(|p| p.passed.connections).sum::<u64>();
        let doubtful: u64 = before.violations().map(|p| p.passed.connections).sum();
        assert!(
            doubtful * 20 < sum(&before),
            "{doubtful} of {}",
            sum(&before)
        );
    }
}

#[test]
fn what_was_planted_is_left_to_decide() {
    let store = organisation(13, 3, FlowFormat::Mixed, &ATTACKS);
    let proposal = learn(&store, 2);
    let learnt = parsed(&proposal);
    let all = report(&store, &learnt, 1, false);
    let mut looked_at = 0;
    for label in text(&store, "labels.jsonl").lines() {
        let label: Value = serde_json::from_str(label).unwrap();
        for v in label["violations"].as_array().into_iter().flatten() {
            if v["outcome"] == "refused" {
                continue;
            }
            looked_at += 1;
            let at = EventTime::from_secs(v["start"].as_i64().unwrap());
            let end = |key: &str| -> Place {
                let address = v[key].as_str().unwrap().parse().unwrap();
                learnt.endpoint(address, Scope::default(), false, Some(at))
            };
            let (from, to) = (end("srcaddr"), end("dstaddr"));
            let (from, to) = (learnt.place_name(&from), learnt.place_name(&to));
            let port = format!("tcp/{}", v["dstport"]);
            let seen = all.violations().any(|p| {
                (&p.from, &p.to) == (&from, &to) && p.ports.iter().any(|x| x.port == port)
            });
            assert!(seen, "{from} -> {to} {port} is allowed by {proposal}");
            let line = proposal.lines().find(|l| {
                l.starts_with("#  - {allow")
                    && l.contains(&format!("{from} -> {to}"))
                    && l.contains(&port)
            });
            assert!(line.is_some(), "{from} -> {to} {port} is not proposed");
        }
    }
    assert!(looked_at >= 6, "{looked_at}");
}

#[test]
fn the_command_proposes_a_file_that_the_check_takes() {
    let folder = tempfile::tempdir().unwrap();
    write(&organisation(14, 3, FlowFormat::Mixed, &[]), folder.path());
    let run = |args: &str| flowtrail(folder.path(), &args.split(' ').collect::<Vec<_>>());
    let learnt = run("context learn --output learnt.yaml AWSLogs");
    assert_eq!(learnt.status.code(), Some(0), "{:?}", learnt);
    assert_eq!(run("context check learnt.yaml").status.code(), Some(0));
    let text = fs::read_to_string(folder.path().join("learnt.yaml")).unwrap();
    assert_eq!(run("context learn AWSLogs").stdout, text.as_bytes());
    for part in [
        "accounts:",
        "networks:",
        "vpcs:",
        "matrix:",
        "regions:",
        "# callers",
    ] {
        assert!(text.contains(part), "{part}");
    }
    // Every line of a list has its evidence beside it.
    let bare = text
        .lines()
        .find(|l| l.trim_start_matches('#').starts_with("  - ") && !l.contains(" # "));
    assert_eq!(bare, None);
}
