//! What is usual: files of it, and rules that judge by it.

mod files;
mod judged;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

use flowtrail_event::EventTime;
use flowtrail_simulate::{Attack, Plan, simulate};
use serde_json::Value;
use tempfile::TempDir;

/// Rules that ask a memory for each of its fields, over single records and over
/// windows.
const RULES: &str = include_str!("baseline/rules.yml");

/// The first day of the logs, and how many there are: enough to learn, and some.
const FIRST: &str = "2026-03-01";
const DAYS: u32 = 20;

/// Records of one log, each with its day.
type Records = BTreeMap<String, Vec<String>>;

/// Logs of an organisation, by day.
struct Organisation {
    calls: Records,
    flows: Records,
    header: String,
}

static LOGS: LazyLock<Organisation> = LazyLock::new(|| {
    let plan = Plan {
        seed: 8,
        start: EventTime::parse(format!("{FIRST}T00:00:00Z").as_bytes()).unwrap(),
        hours: DAYS * 24,
        accounts: 1,
        events_per_day: 300,
        flows_per_day: 600,
        attacks: vec![
            Attack::KeyReuse,
            Attack::EnumerationBurst,
            Attack::PortScan,
            Attack::Exfiltration,
        ],
        ..Plan::default()
    };
    let mut store: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    let mut all = Organisation {
        calls: Records::new(),
        flows: Records::new(),
        header: String::new(),
    };
    for (key, bytes) in store.iter().filter(|(key, _)| key.ends_with(".gz")) {
        let mut text = String::new();
        let mut inflate = flate2::read::MultiGzDecoder::new(bytes.as_slice());
        inflate.read_to_string(&mut text).unwrap();
        if key.ends_with(".json.gz") {
            all.add_calls(&text);
        } else {
            all.add_flows(&text);
        }
    }
    all
});

fn date(time: &str) -> String {
    time.chars().take(10).collect()
}

impl Organisation {
    fn add_calls(&mut self, text: &str) {
        let object: Value = serde_json::from_str(text).unwrap();
        for record in object["Records"].as_array().into_iter().flatten() {
            let day = date(record["eventTime"].as_str().unwrap());
            self.calls.entry(day).or_default().push(record.to_string());
        }
    }

    fn add_flows(&mut self, text: &str) {
        let mut lines = text.lines();
        let header = lines.next().unwrap();
        header.clone_into(&mut self.header);
        let end = header.split(' ').position(|f| f == "end").unwrap();
        for line in lines {
            let Some(Ok(end)) = line.split(' ').nth(end).map(str::parse::<i64>) else {
                continue;
            };
            let day = date(&EventTime(end * 1000).to_string());
            self.flows.entry(day).or_default().push(line.to_owned());
        }
    }

    /// Two objects for each of the days.
    fn by_day(&self, folder: &Path, wanted: impl Fn(&str) -> bool) {
        fs::create_dir_all(folder).unwrap();
        for (day, records) in self.calls.iter().filter(|(day, _)| wanted(day)) {
            self.write_calls(&folder.join(format!("{day}.json")), records);
        }
        for (day, lines) in self.flows.iter().filter(|(day, _)| wanted(day)) {
            self.write_flows(&folder.join(format!("{day}.log")), lines);
        }
    }

    /// The same records in objects that have nothing to do with days, in another
    /// order, each record twice or three times.
    fn shuffled(&self, folder: &Path) {
        const OBJECTS: usize = 7;
        fs::create_dir_all(folder).unwrap();
        let deal = |all: &Records| {
            let mut dealt = vec![Vec::new(); OBJECTS];
            for (n, record) in all.values().flatten().rev().enumerate() {
                for copy in 0..2 + n % 2 {
                    dealt[(n * 5 + copy * 3) % OBJECTS].push(record.clone());
                }
            }
            dealt
        };
        for (n, records) in deal(&self.calls).iter().enumerate() {
            self.write_calls(&folder.join(format!("{}.json", 9 - n)), records);
        }
        for (n, lines) in deal(&self.flows).iter().enumerate() {
            self.write_flows(&folder.join(format!("{n}.log")), lines);
        }
    }

    fn write_calls(&self, path: &Path, records: &[String]) {
        fs::write(path, format!("{{\"Records\":[{}]}}", records.join(","))).unwrap();
    }

    fn write_flows(&self, path: &Path, lines: &[String]) {
        let mut text = self.header.clone();
        for line in lines {
            write!(text, "\n{line}").unwrap();
        }
        fs::write(path, text + "\n").unwrap();
    }
}

/// A folder with the rules, the logs by day, and the same in another way.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rules.yml"), RULES).unwrap();
    LOGS.by_day(&folder.path().join("logs"), |_| true);
    folder
}
