//! Rows against independent readings of the same records.

mod batches;
mod every_column;
mod filters;
mod naive;
mod speed;

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::record_batch::RecordBatch;
use flowtrail_event::{Flow, Limits};
use flowtrail_scan::{ObjectReader, ObjectReport, ScanOptions};

use super::*;
use crate::schema::LogTable;

/// The folder of real logs, if it is there.
fn data(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let found = root.join(folder);
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("skipped: no {}", found.display());
    None
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every top-level column of a table.
fn all_columns(table: LogTable) -> Vec<ColumnPath> {
    let names = table.columns().iter();
    names.map(|c| ColumnPath::from(c.name.as_ref())).collect()
}

fn facts(name: &str) -> ObjectFacts<'_> {
    ObjectFacts {
        name,
        account: Some("999999999999"),
        region: Some("eu-somewhere-1"),
    }
}

/// Reads `objects` one after the other into batches.
fn read(plan: &RowPlan, batch_rows: usize, objects: &[(&str, &[u8])]) -> Vec<RecordBatch> {
    read_and_report(plan, batch_rows, objects).0
}

fn read_and_report(
    plan: &RowPlan,
    batch_rows: usize,
    objects: &[(&str, &[u8])],
) -> (Vec<RecordBatch>, Vec<ObjectReport>) {
    let mut batches = Vec::new();
    let mut reports = Vec::new();
    let mut reader = ObjectReader::new(
        plan.projections(),
        &Limits::default(),
        ScanOptions::default(),
    );
    let mut sink = RowSink::new(plan, batch_rows, |batch| {
        batches.push(batch);
        Flow::Continue
    });
    for (name, bytes) in objects {
        sink.begin_object(&facts(name));
        reports.push(reader.read(*bytes, &mut sink));
    }
    assert_eq!(sink.finish().unwrap(), Flow::Continue);
    let rows = sink.rows();
    drop(sink);
    let held: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, held as u64);
    (batches, reports)
}
