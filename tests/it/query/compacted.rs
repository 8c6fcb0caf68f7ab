//! The cases of named queries over compacted logs: the answers are those of the
//! raw logs, without the copies of records that AWS delivers and compaction
//! leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use flowtrail_event::{Event, Flow, Kind, Limits, Note, Sink, Skip};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use flowtrail_table::Source;
use sqllogictest::{DBOutput, DefaultColumnType, Record, parse_file};
use tempfile::TempDir;

use super::database::{Database, Division, Setting, files};
use crate::properties::files_below;
use crate::support::{flowtrail, root};

const DIVISION: Division = Division {
    threads: 2,
    batch_rows: 8192,
};

/// Collects the records of `CloudTrail` that were not met before.
struct New<'s> {
    seen: &'s mut BTreeSet<Vec<u8>>,
    records: Vec<String>,
    trail: bool,
}

impl Sink for New<'_> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.trail |= event.service.kind() == Kind::CloudTrail;
        if self.trail && self.seen.insert(event.json()) {
            let record = String::from_utf8(event.json()).unwrap();
            self.records.push(record);
        }
        Flow::Continue
    }
    fn skip(&mut self, _: Skip) {}
    fn note(&mut self, _: Note) {}
}

/// Logs without copies, and the same compacted.
struct Both {
    folder: TempDir,
}

impl Both {
    fn of(logs: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (wanted, limits) = (Projections::default(), Limits::default());
        let mut reader = ObjectReader::new(&wanted, &limits, ScanOptions::default());
        let mut seen = BTreeSet::new();
        for path in logs.iter().flat_map(|l| files_below(&root().join(l))) {
            let bytes = fs::read(&path).unwrap();
            let mut new = New {
                seen: &mut seen,
                records: Vec::new(),
                trail: false,
            };
            reader.read(bytes.as_slice(), &mut new);
            let bytes = match new.trail {
                true => format!("{{\"Records\":[{}]}}", new.records.join(",")).into_bytes(),
                false => bytes,
            };
            let inside = path.strip_prefix(root()).unwrap();
            let to = folder.path().join("raw").join(inside);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
        let ran = flowtrail(folder.path(), &["compact", "raw", "--to", "to"]);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(
            folder.path().join("to/_flowtrail/manifest").is_dir(),
            "{said}"
        );
        Self { folder }
    }

    fn sources(&self, name: &str) -> Arc<[Source]> {
        Arc::new([Source::Local(self.folder.path().join(name))])
    }
}

/// The rows of an answer in an order of their own: rows that a statement does
/// not put in order come in any.
fn sorted(answer: DBOutput<DefaultColumnType>) -> Vec<Vec<String>> {
    let DBOutput::Rows { mut rows, .. } = answer else {
        panic!("a statement that gives no rows");
    };
    rows.sort();
    rows
}

fn statements(path: &Path) -> Vec<String> {
    let records = parse_file::<DefaultColumnType>(path).unwrap();
    let sql = |record| {
        let Record::Query { sql, .. } = record else {
            return None;
        };
        Some(sql)
    };
    records.into_iter().filter_map(sql).collect()
}

#[test]
fn named_queries_give_the_answers_of_raw_logs() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut made: BTreeMap<Vec<String>, Both> = BTreeMap::new();
    let (mut asked, mut wrong) = (0, Vec::new());
    for path in files("queries") {
        let setting = Setting::of(&fs::read_to_string(&path).unwrap());
        let logs = setting.logs.clone();
        let both = made.entry(logs).or_insert_with_key(|logs| Both::of(logs));
        let raw = Database::over(both.sources("raw"), &setting, DIVISION);
        let compacted = Database::over(both.sources("to"), &setting, DIVISION);
        for sql in statements(&path) {
            let raw = sorted(runtime.block_on(raw.answer(&sql)).unwrap());
            let compacted = sorted(runtime.block_on(compacted.answer(&sql)).unwrap());
            asked += 1;
            if raw != compacted {
                wrong.push(format!(
                    "{sql}\n  raw       {raw:?}\n  compacted {compacted:?}"
                ));
            }
        }
    }
    assert!(
        asked >= 60 && wrong.is_empty(),
        "{asked} asked\n{}",
        wrong.join("\n")
    );
    println!("{asked} statements gave the same answers");
}
