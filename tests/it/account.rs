//! The account of all data at hand, object by object, beside a count that
//! shares no code with the readers.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use flowtrail_detect::Plan;
use flowtrail_event::{Limits, NoteKind, ObjectFault, SkipReason, Tally};
use flowtrail_scan::{ScanOptions, Scanner};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::Value;

use crate::properties::{files_below, inflated};
use crate::{at_hand, support};

/// What an object holds, by a slow and simple count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Records of `CloudTrail`, wherever they stand.
    events: u64,
    /// Lines or rows of flow logs.
    flows: u64,
    /// Digests.
    digests: u64,
    /// JSON that is none of these.
    others: u64,
}

impl Counted {
    /// Counts what `inflated` bytes hold.
    pub(crate) fn of(inflated: &[u8]) -> Self {
        let mut counted = Self::default();
        if inflated.starts_with(b"PAR1") {
            // The footer says how many rows there are; no row is decoded.
            let bytes = bytes::Bytes::copy_from_slice(inflated);
            let file = SerializedFileReader::new(bytes).unwrap();
            let rows = file.metadata().file_metadata().num_rows();
            counted.flows = u64::try_from(rows).unwrap();
            return counted;
        }
        let text = std::str::from_utf8(inflated).unwrap();
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let documents: Result<Vec<_>, _> = documents.collect();
        match documents {
            Ok(documents) => documents.iter().for_each(|d| counted.document(d)),
            Err(_) if text.lines().any(is_header) => {
                text.lines().for_each(|l| counted.line(l));
            }
            Err(_) => {}
        }
        counted
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.flows += other.flows;
        self.digests += other.digests;
        self.others += other.others;
    }

    /// Everything that a scan has to account for.
    fn records(&self) -> u64 {
        self.events + self.flows + self.digests + self.others
    }

    fn document(&mut self, value: &Value) {
        let before = self.records();
        let mut empty_list = false;
        self.value(value, &mut empty_list);
        if self.records() == before && !empty_list {
            self.others += 1;
        }
    }

    fn value(&mut self, value: &Value, empty_list: &mut bool) {
        match value {
            Value::Object(o) => {
                let has = |key: &str| o.contains_key(key);
                if has("digestS3Object") {
                    self.digests += 1;
                } else if has("eventVersion") || (has("eventTime") && has("eventName")) {
                    self.events += 1;
                } else if let Some(Value::String(line)) = o.get("message").or(o.get("_raw")) {
                    *empty_list = true; // A header is none, and no loss.
                    self.line(line);
                } else {
                    *empty_list |= o.get("Records").is_some_and(|r| r == &Value::Array(vec![]));
                    o.values().for_each(|v| self.value(v, empty_list));
                }
            }
            Value::Array(a) => a.iter().for_each(|v| self.value(v, empty_list)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn line(&mut self, line: &str) {
        self.flows += u64::from(!is_header(line) && !line.trim().is_empty());
    }
}

/// Whether this is the line of a flow log that names its columns.
fn is_header(line: &str) -> bool {
    line.split(' ').any(|word| word == "srcaddr")
}

/// Whether `tally` accounts for everything that was counted, or why not.
pub(crate) fn accounted(tally: &Tally, counted: &Counted) -> Result<(), String> {
    if !tally.adds_up() {
        return Err(format!(
            "evaluated and skipped are not all records: {tally:?}"
        ));
    }
    if tally.records != counted.records() {
        return Err(format!(
            "{} records in, but there are {}: {counted:?}",
            tally.records,
            counted.records()
        ));
    }
    let digests = tally.skipped(SkipReason::Digest);
    if digests != counted.digests {
        return Err(format!(
            "{digests} digests, but there are {}",
            counted.digests
        ));
    }
    Ok(())
}

/// What is expected of one set of objects.
struct Row {
    set: &'static str,
    objects: u64,
    records: u64,
    skipped: &'static [(SkipReason, u64)],
    notes: &'static [(NoteKind, u64)],
    faults: &'static [ObjectFault],
}

impl Row {
    /// A set in which nothing is skipped or odd.
    const fn sound(set: &'static str, objects: u64, records: u64) -> Self {
        Self {
            set,
            objects,
            records,
            skipped: &[],
            notes: &[],
            faults: &[],
        }
    }
}

const TABLE: [Row; 11] = [
    Row::sound("cloudtrail/benign-boogy", 1, 1679),
    Row::sound("cloudtrail/benign-opensearch", 2, 841),
    Row {
        // `LICENSE` is a text beside the logs.
        faults: &[ObjectFault::NotALog],
        ..Row::sound("cloudtrail/event-versions", 17, 21)
    },
    // One of them holds an empty list of records.
    Row::sound("cloudtrail/organization-trail", 5, 185),
    Row {
        // Two digest files: the chain of signatures, no events.
        skipped: &[(SkipReason::Digest, 2)],
        ..Row::sound("cloudtrail/shapes", 5, 5)
    },
    Row::sound("cloudtrail/stratus", 35, 310),
    Row {
        // A table of techniques and API names for those who test: JSON, and no log.
        skipped: &[(SkipReason::NotARecord, 1)],
        ..Row::sound("cloudtrail/stratus-key-events.json", 1, 1)
    },
    Row::sound("cloudtrail/synthetic-bulk", 4, 136_621),
    Row::sound("cloudtrail/traildiscover", 1, 314),
    Row {
        // Flow records without traffic.
        notes: &[(NoteKind::NoData, 3)],
        ..Row::sound("flowlog/parquet", 5, 7)
    },
    Row {
        // Two lines of four columns in a CloudWatch envelope: a custom format
        // that nothing in the object names. With it they are read, see below.
        skipped: &[(SkipReason::UnknownFormat, 2)],
        notes: &[(NoteKind::NoData, 1)],
        ..Row::sound("flowlog/text", 6, 107)
    },
];

static PLAN: LazyLock<Arc<Plan>> =
    LazyLock::new(|| support::plan(&support::shipped(), &Limits::default()));

/// What became of a set.
#[derive(Default)]
struct Sum {
    tally: Tally,
    counted: Counted,
    faults: Vec<ObjectFault>,
}

fn sum_of(path: &Path) -> Sum {
    let mut sum = Sum::default();
    let mut scanner = Scanner::new(Arc::clone(&PLAN), ScanOptions::default());
    for file in files_below(path) {
        let name = file.display().to_string();
        let bytes = fs::read(&file).unwrap();
        let report = scanner.scan(&name, bytes.as_slice());
        let counted = Counted::of(&inflated(&bytes));
        accounted(&report.tally, &counted).unwrap_or_else(|e| panic!("{name}: {e}"));
        // Every skip of the tally is listed with its place.
        assert_eq!(
            report.skips.len() as u64,
            report.tally.skipped_total(),
            "{name}"
        );
        sum.tally.add(&report.tally);
        sum.counted.add(&counted);
        sum.faults.extend(report.fault.map(|f| f.kind));
    }
    sum
}

fn skipped(tally: &Tally) -> Vec<(SkipReason, u64)> {
    let all = SkipReason::ALL.into_iter().map(|r| (r, tally.skipped(r)));
    all.filter(|(_, n)| *n > 0).collect()
}

fn notes(tally: &Tally) -> Vec<(NoteKind, u64)> {
    let all = NoteKind::ALL.into_iter().map(|k| (k, tally.notes(k)));
    all.filter(|(_, n)| *n > 0).collect()
}

fn show(set: &str, tally: &Tally) {
    let list = |all: Vec<(&str, u64)>| {
        let all: Vec<_> = all.iter().map(|(name, n)| format!("{n} {name}")).collect();
        all.join(", ")
    };
    let skips = skipped(tally).iter().map(|(r, n)| (r.name(), *n)).collect();
    let notes = notes(tally).iter().map(|(k, n)| (k.name(), *n)).collect();
    println!(
        "{set:36} {:>7} {:>8} {:>9}  {:24} {}",
        tally.objects,
        tally.records,
        tally.evaluated,
        list(skips),
        list(notes)
    );
}

#[test]
fn all_data_at_hand_is_accounted_for() {
    let mut total = Tally::default();
    println!(
        "set                                  objects  records evaluated  skipped                  noted"
    );
    for row in &TABLE {
        let Some(path) = at_hand::folder(row.set) else {
            continue;
        };
        let sum = sum_of(&path);
        show(row.set, &sum.tally);
        accounted(&sum.tally, &sum.counted).unwrap();
        let tally = &sum.tally;
        assert_eq!(
            (tally.objects, tally.records),
            (row.objects, row.records),
            "{}",
            row.set
        );
        assert_eq!(skipped(tally), row.skipped, "{}", row.set);
        assert_eq!(notes(tally), row.notes, "{}", row.set);
        assert_eq!(sum.faults, row.faults, "{}", row.set);
        total.add(tally);
    }
    show("in total", &total);
    // No set is forgotten.
    for kind in ["cloudtrail", "flowlog"] {
        let Some(folder) = at_hand::folder(kind) else {
            continue;
        };
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name();
            let set = format!("{kind}/{}", name.to_string_lossy());
            assert!(
                TABLE.iter().any(|row| row.set == set),
                "{set} is not in the table"
            );
        }
    }
}

/// `flowtrail replay` over all of it says the same.
#[test]
fn the_binary_gives_the_same_account() {
    let folders = [at_hand::folder("cloudtrail"), at_hand::folder("flowlog")];
    let [Some(cloudtrail), Some(flowlog)] = folders else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (cloudtrail, flowlog) = (
        cloudtrail.canonicalize().unwrap(),
        flowlog.canonicalize().unwrap(),
    );
    let options = "replay --no-summary --format jsonl --summary-json summary.json";
    let mut args: Vec<&str> = options.split(' ').collect();
    args.extend([cloudtrail.to_str().unwrap(), flowlog.to_str().unwrap()]);
    let output = support::flowtrail(dir.path(), &args);
    let said = String::from_utf8(output.stderr).unwrap();
    // What is no log in a folder does not make the answer incomplete.
    assert_eq!(output.status.code(), Some(0), "{said}");
    for name in [
        "LICENSE: neither",
        "stratus-key-events.json: skipped",
        "cw_custom.json: skipped",
    ] {
        assert!(said.contains(name), "no word of {name} in {said}");
    }
    assert_eq!(said.lines().count(), 3, "{said}");
    let summary = fs::read_to_string(dir.path().join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let account = &summary["accounting"];
    let sum = |of: fn(&Row) -> u64| TABLE.iter().map(of).sum::<u64>();
    assert_eq!(account["records"]["in"], sum(|r| r.records));
    assert_eq!(account["objects"]["begun"], sum(|r| r.objects));
    assert_eq!(
        account["records"]["skipped"],
        sum(|r| r.skipped.iter().map(|(_, n)| n).sum())
    );
    assert_eq!(account["adds_up"], true);
}

/// The only records that a missing format costs are read with it.
#[test]
fn a_given_format_reads_the_lines_that_have_no_header() {
    let Some(folder) = at_hand::folder("flowlog/text") else {
        return;
    };
    let bytes = fs::read(folder.join("valid_vpc_flow_cw_custom.json")).unwrap();
    let format = "${version} ${interface-id} ${srcaddr} ${dstaddr}";
    let options = ScanOptions {
        flow_format: Some(flowtrail_flowlog::Format::parse(format).unwrap()),
        ..ScanOptions::default()
    };
    let report = Scanner::new(Arc::clone(&PLAN), options).scan("custom", bytes.as_slice());
    assert_eq!((report.tally.records, report.tally.evaluated), (2, 2));
}
