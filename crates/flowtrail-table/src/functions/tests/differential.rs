//! Functions over columns say what rules say of the records.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, NullArray, RecordBatch, StringArray, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use flowtrail_context::Derivation;
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Sink, Skip, SlotId};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use serde_json::Value;

use super::{query, session, texts};

/// A derived field, and the calls that have to answer the same: over the struct
/// and over JSON text.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "flowtrail.principal",
        &[
            "principal(useridentity, eventtype, eventsource, sourceipaddress, awsregion)",
            "principal(identity_json, eventtype, eventsource, sourceipaddress, awsregion)",
        ],
    ),
    (
        "flowtrail.session",
        &["session(useridentity)", "session(identity_json)"],
    ),
    ("flowtrail.api", &["api(eventsource, eventname)"]),
    (
        "flowtrail.ua_family",
        &["ua_family(useragent, sessioncredentialfromconsole)"],
    ),
    (
        "flowtrail.source.kind",
        &["source_kind(sourceipaddress, vpcendpointid)"],
    ),
    (
        "flowtrail.outcome",
        &["outcome(errorcode, errormessage, responseelements)"],
    ),
];

const COLUMNS: &[&str] = &[
    "eventType",
    "eventSource",
    "eventName",
    "sourceIPAddress",
    "awsRegion",
    "userAgent",
    "sessionCredentialFromConsole",
    "vpcEndpointId",
    "errorCode",
    "errorMessage",
    "responseElements",
];

struct Collect {
    derivation: Derivation,
    slots: Vec<SlotId>,
    records: Vec<(Value, Vec<Option<String>>)>,
}

impl Sink for Collect {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.derivation.apply(event);
        let derived = self
            .slots
            .iter()
            .map(|slot| event.str(*slot).map(str::to_owned));
        let derived = derived.collect();
        self.records
            .push((serde_json::from_slice(&event.json()).unwrap(), derived));
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

fn identity() -> DataType {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let group = |name: &str, fields: Vec<Field>| {
        Field::new(name, DataType::Struct(Fields::from(fields)), true)
    };
    let issuer = ["type", "principalid", "arn", "accountid", "username"]
        .map(text)
        .to_vec();
    let attributes = ["mfaauthenticated", "creationdate"].map(text).to_vec();
    let context = vec![
        group("attributes", attributes),
        group("sessionissuer", issuer),
        text("ec2roledelivery"),
    ];
    let mut fields: Vec<Field> = [
        "type",
        "principalid",
        "arn",
        "accountid",
        "invokedby",
        "accesskeyid",
        "username",
        "identityprovider",
    ]
    .map(text)
    .to_vec();
    fields.push(group("sessioncontext", context));
    fields.push(group(
        "onbehalfof",
        ["userid", "identitystorearn"].map(text).to_vec(),
    ));
    DataType::Struct(Fields::from(fields))
}

fn written(value: &Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    (!value.is_null()).then(|| value.to_string())
}

/// A column of a type, from what the records have there.
fn column(values: &[Option<&Value>], data_type: &DataType) -> ArrayRef {
    let DataType::Struct(fields) = data_type else {
        let texts = values.iter().map(|v| v.and_then(written));
        return Arc::new(texts.collect::<StringArray>());
    };
    let member = |field: &Arc<Field>| {
        let find = |object: &'_ Value| {
            let found = object
                .as_object()?
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(field.name()));
            found.map(|(_, value)| value.clone())
        };
        let members: Vec<Option<Value>> = values.iter().map(|v| v.and_then(find)).collect();
        let members: Vec<Option<&Value>> = members.iter().map(Option::as_ref).collect();
        column(&members, field.data_type())
    };
    let members = fields.iter().map(member).collect();
    let is_there = values.iter().map(|v| v.is_some_and(Value::is_object));
    let nulls: NullBuffer = is_there.collect::<Vec<bool>>().into();
    Arc::new(StructArray::new(fields.clone(), members, Some(nulls)))
}

fn batch(records: &[(Value, Vec<Option<String>>)]) -> RecordBatch {
    let of = |name: &str| {
        records
            .iter()
            .map(|(record, _)| record.get(name))
            .collect::<Vec<_>>()
    };
    let identities = of("userIdentity");
    let json: StringArray = identities.iter().map(|v| v.map(Value::to_string)).collect();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("useridentity".to_owned(), column(&identities, &identity())),
        ("identity_json".to_owned(), Arc::new(json)),
        (
            "nothing".to_owned(),
            Arc::new(NullArray::new(records.len())),
        ),
    ];
    for name in COLUMNS {
        columns.push((
            name.to_ascii_lowercase(),
            column(&of(name), &DataType::Utf8),
        ));
    }
    RecordBatch::try_from_iter(columns).unwrap()
}

fn objects(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            objects(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn records(folder: &str, most: usize) -> Vec<(Value, Vec<Option<String>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = Vec::new();
    objects(&folder, &mut paths);
    let mut wanted = Projections::default();
    let slots = FIELDS
        .iter()
        .map(|(field, _)| wanted.cloudtrail.slot(field))
        .collect();
    let derivation = Derivation::plan(&mut wanted.cloudtrail, Kind::CloudTrail, None).unwrap();
    let mut sink = Collect {
        derivation,
        slots,
        records: Vec::new(),
    };
    let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    for path in paths
        .iter()
        .filter(|path| !path.to_string_lossy().contains("vpcflowlogs"))
    {
        reader.read(File::open(path).unwrap(), &mut sink);
        if sink.records.len() > most {
            break;
        }
    }
    sink.records
}

fn compare(records: &[(Value, Vec<Option<String>>)]) {
    let session = session();
    session.register_batch("t", batch(records)).unwrap();
    for (ix, (field, calls)) in FIELDS.iter().enumerate() {
        for call in *calls {
            let got = texts(&query(&session, &format!("SELECT {call} FROM t")).unwrap());
            assert_eq!(got.len(), records.len());
            for ((record, derived), got) in records.iter().zip(got) {
                let expected = derived[ix].as_deref().unwrap_or("NULL");
                assert_eq!(got, expected, "{field} as {call} of {record}");
            }
        }
    }
}

#[test]
fn columns_are_judged_as_records() {
    let records = records("../../sample-logs/AWSLogs", usize::MAX);
    assert!(records.len() > 100, "{}", records.len());
    compare(&records);
}

#[test]
fn columns_of_real_logs_are_judged_as_records() {
    let data = "../../../shared/data/cloudtrail";
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(data).exists() {
        println!("skipped: there is no {data}");
        return;
    }
    let records = records(data, 60_000);
    assert!(records.len() > 1000, "{}", records.len());
    compare(&records);
}
