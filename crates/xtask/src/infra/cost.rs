//! What it costs: the table of `infra/README.md`, from prices and measured figures.

use std::fmt::Write as _;

/// Prices of us-east-1, dollars for a million of what is named, without free tiers.
/// Those of Lambda (arm64) and CloudWatch are the ones that the project's other
/// figures use; those of SQS, S3, KMS and logs are list prices as they are commonly
/// known. None was looked up on the day: check them before a budget rests on them.
mod price {
    pub(super) const GB_SECONDS: f64 = 13.333_4;
    pub(super) const INVOCATIONS: f64 = 0.20;
    pub(super) const METRIC_CALLS: f64 = 10.0;
    pub(super) const QUEUE_CALLS: f64 = 0.40;
    pub(super) const OBJECTS_READ: f64 = 0.40;
    pub(super) const OBJECTS_WRITTEN: f64 = 5.0;
    pub(super) const KEY_CALLS: f64 = 3.0;
    /// A gigabyte of log, here as a million of kilobytes.
    pub(super) const LOG_KILOBYTES: f64 = 0.50;
    /// A month each, not a million.
    pub(super) const SERIES: f64 = 0.30;
    pub(super) const ALARM: f64 = 0.10;
    pub(super) const DASHBOARD: f64 = 3.0;
    pub(super) const KEY: f64 = 1.0;
}

/// Figures of the README of flowtrail-lambda ("Memory and price"), and of the
/// project's README for flow logs.
mod measured {
    /// GB-seconds of processor for an object of 100 events, with a table.
    pub(super) const GB_SECONDS_OBJECT: f64 = 0.020;
    /// The same without one.
    pub(super) const GB_SECONDS_OBJECT_STATELESS: f64 = 0.002_2;
    /// Dollars for the windows of a million events: written, and read.
    pub(super) const WINDOWS: f64 = 0.160 + 0.039;
    /// Dollars for the markers and claims of a million objects: those of a
    /// million events in objects of 83 are $0.025.
    pub(super) const MARKERS: f64 = 0.025 * 83.0;
    /// Flow records a second and core.
    pub(super) const FLOW_RECORDS: f64 = 1_124_000.0;
}

/// What nobody measured.
mod assumed {
    /// For which a batch waits for AWS, with a table and without.
    pub(super) const WAIT_SECONDS: f64 = 1.0;
    pub(super) const WAIT_SECONDS_STATELESS: f64 = 0.2;
    /// Objects that give findings.
    pub(super) const WITH_FINDINGS: f64 = 0.1;
    /// Kilobytes of log of an invocation.
    pub(super) const LOG_KILOBYTES: f64 = 1.0;
    /// Series that have data all month.
    pub(super) const SERIES: f64 = 30.0;
    /// Lambda asks an empty queue by five connections, every 20 seconds.
    pub(super) const EMPTY_CALLS: f64 = 5.0 * 3.0 * 60.0 * 24.0 * 30.0 / 1e6;
}

/// The function's memory, in GB.
const MEMORY: f64 = 1_769.0 / 1_024.0;
/// Alarms that come with the modules, and of them those of single rules, each with a
/// series of its own.
const ALARMS: f64 = 37.0;
const SERIES_OF_RULES: f64 = 9.0;
/// The most series that there can be.
const SERIES_MAX: f64 = 256.0 + SERIES_OF_RULES;
/// Five minutes in a month: CloudTrail and flow logs deliver about that often.
const SLOTS: f64 = 8_640.0;

/// An organisation; events and records in millions a month.
struct Size {
    name: &'static str,
    accounts: f64,
    regions: f64,
    events: f64,
    vpcs: f64,
    records: f64,
    /// Objects of one invocation: they gather sooner where there are many.
    batch: f64,
}

const SIZES: [Size; 3] = [
    Size {
        name: "small",
        accounts: 3.0,
        regions: 4.0,
        events: 3.0,
        vpcs: 3.0,
        records: 50.0,
        batch: 1.0,
    },
    Size {
        name: "middle",
        accounts: 50.0,
        regions: 4.0,
        events: 100.0,
        vpcs: 100.0,
        records: 2_000.0,
        batch: 5.0,
    },
    Size {
        name: "large",
        accounts: 500.0,
        regions: 5.0,
        events: 2_000.0,
        vpcs: 1_000.0,
        records: 50_000.0,
        batch: 10.0,
    },
];

/// A row: what it is, the arithmetic in words, and the figure of a size.
type Row = (&'static str, &'static str, fn(&Size) -> f64);

const AMOUNTS: [Row; 7] = [
    ("accounts", "", |s| s.accounts),
    ("active regions of each", "", |s| s.regions),
    ("CloudTrail events, millions a month", "", |s| s.events),
    ("VPCs with flow logs", "", |s| s.vpcs),
    ("flow records, millions", "", |s| s.records),
    (
        "objects, millions",
        "(accounts × regions + VPCs) × 8,640",
        objects,
    ),
    ("invocations, millions", "objects ÷ 1, 5, 10", batches),
];

const COSTS: [Row; 10] = [
    (
        "processor",
        "objects × 0.02 GB-s, records ÷ 1,124,000/s × 1.73 GB; × $13.33",
        |s| (objects(s) * measured::GB_SECONDS_OBJECT + flow(s)) * price::GB_SECONDS,
    ),
    (
        "waiting for AWS",
        "invocations × 1 s × 1.73 GB × $13.33",
        |s| batches(s) * assumed::WAIT_SECONDS * MEMORY * price::GB_SECONDS,
    ),
    (
        "invocations, PutMetricData",
        "invocations × ($0.20 + $10)",
        |s| batches(s) * (price::INVOCATIONS + price::METRIC_CALLS),
    ),
    ("state: windows", "events × ($0.160 + $0.039)", windows),
    ("state: markers", "objects × $2.08", markers),
    (
        "queue",
        "(objects + 2 × invocations + 0.65) × $0.40",
        |s| (objects(s) + 2.0 * batches(s) + assumed::EMPTY_CALLS) * price::QUEUE_CALLS,
    ),
    ("S3", "objects × $0.40, a tenth of them × $5", |s| {
        objects(s) * (price::OBJECTS_READ + assumed::WITH_FINDINGS * price::OBJECTS_WRITTEN)
    }),
    (
        "keys",
        "2 keys × $1, objects read and written × $3 each",
        |s| 2.0 * price::KEY + 2.0 * objects(s) * price::KEY_CALLS,
    ),
    (
        "the function's log",
        "invocations × 1 KB × $0.50 a GB",
        |s| batches(s) * assumed::LOG_KILOBYTES * price::LOG_KILOBYTES,
    ),
    (
        "CloudWatch",
        "30 series × $0.30, 37 alarms × $0.10, a dashboard for $3",
        |_| assumed::SERIES * price::SERIES + ALARMS * price::ALARM + price::DASHBOARD,
    ),
];

/// Millions of objects a month.
fn objects(s: &Size) -> f64 {
    (s.accounts * s.regions + s.vpcs) * SLOTS / 1e6
}

fn batches(s: &Size) -> f64 {
    objects(s) / s.batch
}

fn windows(s: &Size) -> f64 {
    s.events * measured::WINDOWS
}

fn markers(s: &Size) -> f64 {
    objects(s) * measured::MARKERS
}

/// Millions of GB-seconds for flow records.
fn flow(s: &Size) -> f64 {
    s.records / measured::FLOW_RECORDS * MEMORY
}

fn with_table(s: &Size) -> f64 {
    COSTS.iter().map(|(_, _, cost)| cost(s)).sum()
}

/// Without a table there are no windows and markers, less is done, and less waited for.
fn without_table(s: &Size) -> f64 {
    let spared = measured::GB_SECONDS_OBJECT - measured::GB_SECONDS_OBJECT_STATELESS;
    let waits = assumed::WAIT_SECONDS - assumed::WAIT_SECONDS_STATELESS;
    let compute = objects(s) * spared + batches(s) * waits * MEMORY;
    with_table(s) - windows(s) - markers(s) - compute * price::GB_SECONDS
}

/// The table, in Markdown.
pub(super) fn table() -> String {
    let mut text = String::from("| a month | arithmetic |");
    SIZES.iter().for_each(|s| add(&mut text, s.name));
    text.push_str("\n|---|---|---|---|---|\n");
    for (name, how, amount) in AMOUNTS {
        line(&mut text, name, how, &|s| plain(amount(s)));
    }
    for (name, how, cost) in COSTS {
        line(&mut text, name, how, &|s| dollars(cost(s)));
    }
    line(&mut text, "**together**", "", &|s| {
        format!("**{}**", dollars(with_table(s)))
    });
    let how = "less windows, markers, nine tenths of the processor's time for objects, four fifths of the waiting";
    line(&mut text, "without a state table", how, &|s| {
        dollars(without_table(s))
    });
    line(
        &mut text,
        "series at most",
        "(256 + 9 of rules) × $0.30 instead of 30",
        &|_| dollars(SERIES_MAX * price::SERIES),
    );
    text
}

fn line(text: &mut String, name: &str, how: &str, of: &dyn Fn(&Size) -> String) {
    // Writing to a string cannot fail.
    let _ = write!(text, "| {name} | {how} |");
    SIZES.iter().for_each(|s| add(text, &of(s)));
    text.push('\n');
}

fn add(text: &mut String, cell: &str) {
    let _ = write!(text, " {cell} |");
}

fn dollars(amount: f64) -> String {
    if amount < 10.0 {
        format!("${amount:.2}")
    } else {
        format!("${amount:.0}")
    }
}

fn plain(amount: f64) -> String {
    if amount < 10.0 && amount.fract() > 0.0 {
        format!("{amount:.2}")
    } else {
        format!("{amount:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A month of the small organisation, by hand.
    #[test]
    fn the_small_one_by_hand() {
        let [small, _, large] = &SIZES;
        assert!((objects(small) - 0.1296).abs() < 1e-9);
        // 0.1296 x 20,000 GB-s and 50 M records in 44.5 s of 1.73 GB, at $13.33 a million.
        let processor = (0.1296 * 0.02 + 50.0 / 1_124_000.0 * 1.727_539) * 13.333_4;
        let (_, _, cost) = COSTS[0];
        assert!((cost(small) - processor).abs() < 1e-6);
        assert!((windows(large) - 398.0).abs() < 1e-9);
        assert!(without_table(large) < with_table(large) - windows(large));
    }

    /// The alarms are those that come with the module.
    #[test]
    fn the_alarms_are_counted() {
        let file = crate::root().join("infra/modules/alarms/alarms.json");
        let text = std::fs::read_to_string(file).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        let alarms = file["alarms"].as_array().unwrap();
        let rules = alarms.iter().filter(|a| a["kind"] == "rule").count();
        let close =
            |n: usize, figure: f64| (f64::from(u32::try_from(n).unwrap()) - figure).abs() < 0.1;
        assert!(close(alarms.len(), ALARMS), "{}", alarms.len());
        assert!(close(rules, SERIES_OF_RULES), "{rules}");
        let (_, words, _) = COSTS[9];
        assert!(words.contains(&format!("{} alarms", alarms.len())));
    }

    /// The words beside the figures use the same numbers.
    #[test]
    fn the_words_are_those_numbers() {
        assert!((measured::MARKERS - 2.08).abs() < 0.01);
        assert!((MEMORY - 1.73).abs() < 0.01);
        assert!((assumed::EMPTY_CALLS - 0.65).abs() < 0.01);
        let sum = measured::WINDOWS;
        assert!((sum - 0.199).abs() < 1e-9);
    }
}
