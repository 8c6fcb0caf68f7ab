//! What the state table costs: units of DynamoDB, from what went over the wire.
//!
//! An item is as large as the names and values of its attributes (developer
//! guide, "DynamoDB item sizes and formats"). A write costs a unit for each KB
//! of each item, a consistent read one for each 4 KB of an item or, in a query,
//! of all items together; a part of one is a whole one. A condition that is not
//! met costs the same.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::Value;

use crate::proxy::Call;

/// Dollars for a unit, on demand (AWS, us-east-1).
const WRITE: f64 = 0.625e-6;
const READ: f64 = 0.125e-6;

/// What one operation came to.
#[derive(Debug, Clone, Copy, Default)]
struct Units {
    calls: usize,
    writes: usize,
    reads: usize,
}

impl Units {
    fn dollars(self) -> f64 {
        self.writes as f64 * WRITE + self.reads as f64 * READ
    }
}

/// Prints the units of the table by operation, for these calls, and what they
/// cost for a million events, if they were for so many.
pub(super) fn print(calls: &[Call], events: usize) {
    let mut by_operation: BTreeMap<String, Units> = BTreeMap::new();
    for call in calls.iter().filter(|c| c.service == "dynamodb") {
        let units = by_operation.entry(named(call)).or_default();
        units.calls += 1;
        let asked: Value = serde_json::from_slice(&call.body).unwrap();
        let said = call.answer.as_deref().unwrap_or(b"{}");
        let said: Value = serde_json::from_slice(said).unwrap();
        let (writes, reads) = units_of(&call.operation, &asked, &said);
        units.writes += writes;
        units.reads += reads;
    }
    let million = 1e6 / events as f64;
    let mut all = 0.0;
    for (operation, units) in by_operation {
        let dollars = units.dollars() * million;
        all += dollars;
        println!(
            "  {operation}: {} calls, {} write units x ${WRITE:.9} + {} read units x ${READ:.9}; \
             ${dollars:.4} per million events",
            units.calls, units.writes, units.reads
        );
    }
    println!("  the table: ${all:.4} per million events");
}

/// The operation; updates by what they are for.
fn named(call: &Call) -> String {
    let body = String::from_utf8_lossy(&call.body);
    let sorts = [
        ("if_not_exists", "enter a finding of a window"),
        ("SET #s = :to, claimant", "claim an object"),
        ("SET #o = :o, claimant", "claim a finding of a window"),
        ("SET #o = :o, #e", "own a finding"),
        ("SET told", "told"),
        ("\"done\"", "done"),
    ];
    let sort = sorts.iter().find(|(words, _)| body.contains(words));
    match sort {
        Some((_, sort)) if call.operation == "UpdateItem" => format!("UpdateItem ({sort})"),
        Some(_) | None => call.operation.clone(),
    }
}

/// Units of writing and of reading.
fn units_of(operation: &str, asked: &Value, said: &Value) -> (usize, usize) {
    let consistent = asked["ConsistentRead"] == true;
    let reads = |bytes: usize| {
        let units = bytes.div_ceil(4_096).max(1);
        if consistent { units } else { units.div_ceil(2) }
    };
    match operation {
        "PutItem" => (write_units(&asked["Item"]), 0),
        "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().unwrap().values();
            let puts = tables.flat_map(|t| t.as_array().unwrap());
            (puts.map(|p| write_units(&p["PutRequest"]["Item"])).sum(), 0)
        }
        // The whole item counts; none that is updated or deleted has 1 KB, which
        // `assert_small` checks.
        "UpdateItem" | "DeleteItem" => (1, 0),
        "GetItem" => (0, reads(size(&said["Item"]))),
        "Query" => {
            let items = said["Items"].as_array().into_iter().flatten();
            (0, reads(items.map(size).sum()))
        }
        other => panic!("what does {other} cost?"),
    }
}

fn write_units(item: &Value) -> usize {
    size(item).div_ceil(1_024).max(1)
}

/// Bytes of an item as it goes over the wire.
fn size(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    let bytes = attributes.map(|(name, value)| name.len() + size_of_value(value));
    bytes.sum()
}

fn size_of_value(value: &Value) -> usize {
    let text = |kind: &str| value[kind].as_str();
    if let Some(text) = text("S") {
        text.len()
    } else if let Some(digits) = text("N") {
        digits.len().div_ceil(2) + 1
    } else if let Some(bytes) = text("B") {
        base64::engine::general_purpose::STANDARD
            .decode(bytes)
            .unwrap()
            .len()
    } else {
        panic!("{value}")
    }
}

/// Every item that is updated, and not only put, has less than 1 KB: what calls
/// asked for and were told of them says so.
pub(super) fn assert_small(calls: &[Call]) {
    for call in calls {
        let said = call.answer.as_deref().unwrap_or(b"{}");
        let said: Value = serde_json::from_slice(said).unwrap_or(Value::Null);
        for item in [&said["Item"], &said["Attributes"]] {
            assert!(size(item) < 1_024, "{item}");
        }
    }
}

#[test]
fn items_are_measured_as_dynamodb_does() {
    let item = serde_json::json!({"pk": {"S": "äb"}, "n": {"N": "12345"}, "b": {"B": "AAAA"}});
    assert_eq!(size(&item), 2 + 3 + 1 + 4 + 1 + 3);
    let large = serde_json::json!({"b": {"B": "A".repeat(4 * 1_024)}});
    let batch = serde_json::json!({"RequestItems": {"t": [
        {"PutRequest": {"Item": item}}, {"PutRequest": {"Item": large}}]}});
    assert_eq!(units_of("BatchWriteItem", &batch, &Value::Null), (1 + 4, 0));
    let read = serde_json::json!({"ConsistentRead": true});
    let page = serde_json::json!({"Items": [large, large]});
    assert_eq!(units_of("Query", &read, &page), (0, 2));
    assert_eq!(units_of("GetItem", &read, &Value::Null), (0, 1));
}
