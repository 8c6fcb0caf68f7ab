//! Logs in memory, a naive twin of the filter of copies, and a look into what
//! was compacted.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use flowtrail_event::{Event, Flow, Limits, Note, Service, Sink, Skip};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

use super::super::{
    CompactError, CompactOptions, CompactProgress, Compacted, Compactor, Destination, Manifest,
    Opened, SourceObject, Sources, Stop, verify,
};

/// Objects by name; none stands for one that cannot be opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Logs(pub(super) BTreeMap<String, Option<Vec<u8>>>);

impl Logs {
    pub(super) fn of(objects: &[(&str, String)]) -> Self {
        let all = objects.iter();
        Self(
            all.map(|(name, text)| ((*name).to_owned(), Some(text.clone().into_bytes())))
                .collect(),
        )
    }

    pub(super) fn listed(&self) -> Vec<SourceObject> {
        let object = |(name, bytes): (&String, &Option<Vec<u8>>)| SourceObject {
            id: format!("mem://{name}"),
            name: name.clone(),
            bytes: bytes.as_ref().map_or(0, |b| b.len() as u64),
            version: format!("{:?}", bytes.as_ref().map(|b| b.len())),
            account: None,
            region: None,
            day: String::new(),
            given: false,
        };
        self.0.iter().map(object).collect()
    }
}

impl Sources for Logs {
    fn open(&self, objects: Vec<SourceObject>) -> Box<dyn Iterator<Item = Opened> + Send + '_> {
        Box::new(objects.into_iter().map(|object| {
            let bytes = self.0.get(&object.name).cloned().flatten();
            let opened = bytes
                .map(|b| Box::new(Cursor::new(b)) as Box<dyn Read + Send>)
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
            (object, opened)
        }))
    }
}

/// A record: what it says, where it lay, and when it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) service: Service,
    pub(super) json: String,
    pub(super) object: String,
    pub(super) offset: u64,
    pub(super) len: u64,
    pub(super) millis: Option<i64>,
}

#[derive(Default)]
struct Collect {
    object: String,
    seen: Vec<Seen>,
}

impl Sink for Collect {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.seen.push(Seen {
            service: event.service,
            json: String::from_utf8(event.json()).unwrap(),
            object: event.origin.unwrap_or(&self.object).to_owned(),
            offset: event.location.offset,
            len: event.location.len,
            millis: event.time.map(|t| t.0),
        });
        Flow::Continue
    }
    fn skip(&mut self, _: Skip) {}
    fn note(&mut self, _: Note) {}
}

/// The records of an object; it must be readable.
pub(super) fn records(name: &str, bytes: &[u8]) -> Vec<Seen> {
    let mut reader = ObjectReader::new(
        &Projections::default(),
        &Limits::default(),
        ScanOptions::default(),
    );
    let mut sink = Collect {
        object: name.to_owned(),
        seen: Vec::new(),
    };
    reader.read(bytes, &mut sink);
    sink.seen
}

/// The rows that are to be there: every record, less the copies.
pub(super) fn expected(logs: &Logs) -> Vec<Seen> {
    let mut of_record: BTreeMap<(bool, String), BTreeMap<(String, u64), Seen>> = BTreeMap::new();
    for (name, bytes) in &logs.0 {
        for seen in records(name, bytes.as_deref().unwrap_or_default()) {
            let flow = matches!(seen.service, Service::VpcFlow | Service::TgwFlow);
            let rows = of_record.entry((flow, seen.json.clone())).or_default();
            rows.insert((seen.object.clone(), seen.offset), seen);
        }
    }
    let mut all = Vec::new();
    for ((flow, json), rows) in of_record {
        let most = if !flow {
            1
        } else if tells_itself(&json) {
            let mut of_object: BTreeMap<&str, usize> = BTreeMap::new();
            for (object, _) in rows.keys() {
                *of_object.entry(object).or_default() += 1;
            }
            of_object.into_values().max().unwrap()
        } else {
            usize::MAX
        };
        all.extend(rows.into_values().take(most));
    }
    all.sort();
    all
}

/// Whether a flow record cannot be another that says the same.
fn tells_itself(json: &str) -> bool {
    let record: serde_json::Value = serde_json::from_str(json).unwrap();
    let has = |names: &[&str]| names.iter().all(|n| record.get(n).is_some());
    let at = ["interface-id", "resource-id", "tgw-attachment-id"];
    let no_flow = record
        .get("log-status")
        .is_some_and(|s| s == "NODATA" || s == "SKIPDATA");
    at.iter().any(|n| has(&[n]))
        && has(&["start", "end"])
        && (no_flow || has(&["srcaddr", "dstaddr", "srcport", "dstport", "protocol"]))
}

pub(super) fn options() -> CompactOptions {
    CompactOptions {
        jobs: NonZeroUsize::new(2).unwrap(),
        memory_bytes: 256 << 20,
        leftovers_after: Duration::ZERO,
        ..CompactOptions::default()
    }
}

pub(super) fn in_memory() -> Destination {
    over(Arc::new(InMemory::new()))
}

pub(super) fn over(store: Arc<dyn ObjectStore>) -> Destination {
    Destination::bucket(store, Path::from("out"), "mem://out")
}

pub(super) async fn compact(
    logs: &Logs,
    dest: &Destination,
    options: CompactOptions,
) -> Result<Compacted, CompactError> {
    let compactor = Compactor {
        dest: dest.clone(),
        sources: Arc::new(logs.clone()),
        options,
        stop: Stop::default(),
        progress: Arc::new(CompactProgress::default()),
    };
    let done = compactor.run(&logs.listed()).await;
    match done.ended {
        Some(error) => Err(error),
        None => Ok(done),
    }
}

/// The rows of the state that holds, by the manifest. Every file has to hold
/// what its path and the manifest say of it, in the order of time.
pub(super) async fn rows(dest: &Destination) -> Vec<Seen> {
    let manifest = Manifest::load(dest).await.unwrap();
    let mut all = Vec::new();
    for part in &manifest.parts {
        let bytes = match dest.read(&part.path).await.unwrap() {
            Some(bytes) => bytes,
            None => dest.read(&part.staged()).await.unwrap().unwrap(),
        };
        let seen = records(&part.path, &bytes);
        assert_eq!(seen.len() as u64, part.rows, "{}", part.path);
        assert!(seen.is_sorted_by_key(|s| s.millis), "{}", part.path);
        let days = seen
            .iter()
            .map(|s| s.millis.map(|m| m.div_euclid(86_400_000)));
        assert!(days.into_iter().all(|d| d == part.day.map(i64::from)));
        let first = seen.first().unwrap();
        assert_eq!(
            (first.millis, seen.last().unwrap().millis),
            (part.first, part.last)
        );
        assert!(
            part.path
                .starts_with(&part.partition().unwrap().to_string())
        );
        all.extend(seen);
    }
    all.sort();
    all
}

/// What an engine sees that lists files.
pub(super) async fn foreign_rows(dest: &Destination) -> Vec<Seen> {
    let mut all = Vec::new();
    for (path, _) in dest.list("").await.unwrap() {
        if path.starts_with("table=") && path.ends_with(".parquet") {
            let bytes = dest.read(&path).await.unwrap().unwrap();
            all.extend(records(&path, &bytes));
        }
    }
    all.sort();
    all
}

/// That everything is there, once, and that the account says so.
pub(super) async fn assert_holds(dest: &Destination, logs: &Logs) {
    let (rows, expected) = (rows(dest).await, expected(logs));
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(row, expected);
    }
    assert_eq!(foreign_rows(dest).await, rows);
    let verified = verify(dest).await.unwrap();
    assert_eq!(verified.problems, Vec::<String>::new());
    assert_eq!(verified.rows, rows.len() as u64);
}

pub(super) fn event(id: u32, time: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventID":"id-{id}","eventTime":"{time}","eventName":"Get","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"{more}}}"#
    )
}

pub(super) fn trail(events: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, events.join(","))
}
