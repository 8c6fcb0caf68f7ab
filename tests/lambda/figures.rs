//! What the function needs, measured: memory for large objects, time for small
//! ones. Nothing is asserted by the clock.
//!
//! ```sh
//! cargo build --profile dist -p flowtrail-lambda
//! FLOWTRAIL_TEST_BOOTSTRAP=target/dist/bootstrap cargo xtask with-aws \
//!     cargo test -p flowtrail-lambda --test lambda figures -- --ignored --nocapture
//! ```

mod units;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flowtrail_simulate::{Plan, simulate};
use serde_json::Value;

use crate::function::{Function, Outcome, Setup};
use crate::payload;
use crate::proxy::Proxy;
use crate::world::{Stored, World};

/// Dollars for a GB-second (AWS, us-east-1, x86_64 and arm64) and for a request.
const GB_SECOND: [(&str, f64); 2] = [("x86_64", 0.000_016_666_7), ("arm64", 0.000_013_333_4)];
const REQUEST: f64 = 0.000_000_2;
/// Dollars for a call of PutMetricData: one for each invocation.
const METRICS_CALL: f64 = 0.000_01;
/// Megabytes at which Lambda gives one processor, as these runs have one.
const ONE_PROCESSOR_MB: u32 = 1_769;
/// A typical object of CloudTrail.
const EVENTS: usize = 100;
/// Objects that are timed; more take long in moto's tables.
const OBJECTS: usize = 300;

/// The optimised program, if it is named; the figures of another say nothing.
fn setup(world: &World) -> Setup {
    let setup = match std::env::var_os("FLOWTRAIL_TEST_BOOTSTRAP") {
        Some(program) => {
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
            let program = root.join(program);
            Setup::program(program, &[], world).with("FLOWTRAIL_NAMESPACE", &world.namespace())
        }
        None => {
            eprintln!("FLOWTRAIL_TEST_BOOTSTRAP is not set: these are figures of a debug build");
            Setup::bootstrap(world)
        }
    };
    setup.timeout(Duration::from_secs(900))
}

/// Records as they lie in simulated objects, without their envelopes.
fn records(bytes: u64) -> Vec<String> {
    let plan = Plan {
        flows_per_day: 0,
        ..Plan::sized(bytes)
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.retain(|key, _| key.contains("/CloudTrail/"));
    let mut out = Vec::new();
    for object in store.into_values() {
        let all: Value = serde_json::from_reader(GzDecoder::new(object.as_slice())).unwrap();
        out.extend(
            all["Records"]
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string),
        );
    }
    out
}

/// Objects as CloudTrail delivers them for an account in which a hundred events
/// happen in five minutes: key, bytes, and how many events are in it.
fn typical() -> Vec<(String, Vec<u8>, usize)> {
    let plan = Plan {
        hours: 3 * 24,
        accounts: 1,
        regions: 2,
        events_per_day: 24 * 12 * EVENTS as u64,
        flows_per_day: 0,
        attacks: Vec::new(),
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.retain(|key, _| key.contains("/CloudTrail/"));
    let counted = store.into_iter().map(|(key, bytes)| {
        let all: Value = serde_json::from_reader(GzDecoder::new(bytes.as_slice())).unwrap();
        let events = all["Records"].as_array().unwrap().len();
        (key, bytes, events)
    });
    let near = EVENTS / 2..=EVENTS * 2;
    let typical: Vec<_> = counted.filter(|(.., n)| near.contains(n)).collect();
    assert!(typical.len() >= OBJECTS, "{}", typical.len());
    typical.into_iter().take(OBJECTS).collect()
}

/// An object of the records, over and over, until it is large enough.
fn large(
    records: &[String],
    level: u32,
    enough: impl Fn(usize, usize) -> bool,
) -> (Vec<u8>, usize) {
    let mut out = GzEncoder::new(Vec::new(), Compression::new(level));
    let mut inflated = 0;
    let mut put = |out: &mut GzEncoder<Vec<u8>>, text: &str| {
        out.write_all(text.as_bytes()).unwrap();
        inflated += text.len();
        inflated
    };
    put(&mut out, "{\"Records\":[");
    let mut separator = "";
    for (n, record) in records.iter().cycle().enumerate() {
        put(&mut out, separator);
        // No two records are the same: repetition would be compressed away.
        let id = format!("\"eventID\":\"{n:08x}-{}\",\"was\":\"", noise(n));
        let inflated = put(&mut out, &record.replacen("\"eventID\":\"", &id, 1));
        separator = ",";
        if enough(out.get_ref().len(), inflated) {
            break;
        }
    }
    let inflated = put(&mut out, "]}");
    (out.finish().unwrap(), inflated)
}

/// Digits that nobody can guess, as those of real ids.
fn noise(n: usize) -> String {
    let mut state = n as u64;
    let mut next = || {
        // splitmix64, by Sebastiano Vigna.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    format!("{:016x}-{:016x}", next() ^ 0x5555, next())
}

async fn invoke(function: &Function, objects: &[Stored]) -> Duration {
    let invoked = function.invoke(&payload::s3(objects)).await;
    assert_eq!(invoked.outcome, Outcome::Answer(Value::Null));
    invoked.took
}

fn megabytes(function: &Function) -> f64 {
    function.peak_memory().unwrap() as f64 / f64::from(1 << 20)
}

#[tokio::test]
#[ignore = "takes minutes and asserts little; see the head of the file"]
async fn memory_for_large_objects() {
    let Some(world) = World::of("figures").await else {
        return;
    };
    let records = records(40_000_000);
    let sizes = [
        (
            "50 MB compressed",
            large(&records, 6, |stored, _| stored >= 50 << 20),
        ),
        (
            "inflates to 1 GB",
            large(&records[..2_000], 6, |_, inflated| inflated >= 1 << 30),
        ),
    ];
    let (logs, found) = (world.bucket("logs").await, world.bucket("found").await);
    let table = world.table("state").await;
    for (name, (bytes, inflated)) in sizes {
        let function = setup(&world)
            .memory(256)
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{found}"))
            .with("FLOWTRAIL_STATE_TABLE", &table)
            .start();
        function.ready().await.unwrap();
        let idle = megabytes(&function);
        let (stored, key) = (bytes.len(), format!("{inflated}.json.gz"));
        let object = world.put(&logs, &key, bytes).await;
        let took = invoke(&function, &[object]).await;
        let log = function.log();
        let line = log.iter().find(|l| l["message"] == "scanned").unwrap();
        println!(
            "{name}: {stored} bytes stored, {inflated} inflated, {} records, {} findings: \
             {:.0} MB at most ({idle:.0} MB before), {took:.1?}",
            line["records"],
            line["findings"],
            megabytes(&function)
        );
    }
}

#[tokio::test]
#[ignore = "measures; see the head of the file"]
async fn time_for_typical_objects() {
    let Some(world) = World::of("figures").await else {
        return;
    };
    let logs = world.bucket("logs").await;
    let (mut stored, mut events) = (Vec::new(), 0);
    for (key, bytes, inside) in typical() {
        events += inside;
        stored.push(world.put(&logs, &key, bytes).await);
    }
    let bytes: usize = stored.iter().map(|s| s.size).sum();
    println!(
        "{} objects of {} events, {bytes} bytes stored",
        stored.len(),
        events / stored.len()
    );
    let found = world.bucket("found").await;
    for table in [false, true] {
        let mut setup = setup(&world).memory(ONE_PROCESSOR_MB);
        setup = setup.with("FLOWTRAIL_FINDINGS", &format!("s3://{found}"));
        if table {
            setup = setup.with("FLOWTRAIL_STATE_TABLE", &world.table("state").await);
        }
        let proxy = Proxy::before(&world.endpoint);
        let function = setup.through(&proxy).start();
        function.ready().await.unwrap();
        let began = (Instant::now(), cpu(&function));
        for batch in stored.chunks(10) {
            invoke(&function, batch).await;
        }
        let (wall, cpu) = (began.0.elapsed(), cpu(&function) - began.1);
        let with = if table { "with" } else { "without" };
        println!(
            "{with} a state table: {wall:.1?} with moto, {cpu:.2?} of processor time in the function"
        );
        price(cpu, events);
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for call in proxy.calls("*") {
            *calls
                .entry(format!("{}:{}", call.service, call.operation))
                .or_default() += 1;
        }
        let log = function.log();
        let found = |l: &Value| Some(l["findings"].as_f64()? + l["spanning"].as_f64()?);
        let found: f64 = log.iter().filter_map(found).sum();
        println!("  {found} findings; calls: {calls:?}");
        let calls = proxy.calls("dynamodb:*");
        units::assert_small(&calls);
        units::print(&calls, events);
    }
}

/// The arithmetic of the price, at the memory that gives one processor, for as
/// long as the processor was busy; waiting for AWS is not in it, nor is the table,
/// whose price is in [`units`].
fn price(cpu: Duration, events: usize) {
    let thousands = (events / EVENTS) as f64 / 1_000.0;
    let seconds = cpu.as_secs_f64() / thousands;
    let gb = f64::from(ONE_PROCESSOR_MB) / 1_024.0;
    println!(
        "  {:.0} ms and {:.2} GB-s per 1,000 objects of {EVENTS} events",
        seconds * 1e3,
        seconds * gb
    );
    // Ten objects a batch of the queue, a hundred events an object.
    let batches = 1_000.0;
    for (machine, price) in GB_SECOND {
        let work = seconds * 10.0 * gb * price;
        let calls = batches * (REQUEST + METRICS_CALL);
        println!(
            "  {machine}: per million events {seconds:.3} s x 10 x {gb:.3} GB x ${price} \
             + {batches} x (${REQUEST} + ${METRICS_CALL}) = ${:.4}; \
             each 0.1 s that a batch waits for AWS: ${:.4}",
            work + calls,
            batches * 0.1 * gb * price
        );
    }
}

/// Processor time of the process so far (proc(5): utime and stime, in hundredths).
fn cpu(function: &Function) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", function.id())).unwrap();
    let after = stat.rsplit(") ").next().unwrap();
    let fields: Vec<&str> = after.split(' ').collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|f| f.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}
