//! Rows of the files that are there already, read as every log is read.

use std::io::Cursor;

use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use flowtrail_event::Flow;
use flowtrail_scan::{ObjectReader, ScanOptions};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::CompactError;
use super::intake::{Fields, Intake};
use super::key::Partition;
use super::manifest::Part;
use super::part::Writing;
use super::sort::received;
use crate::ObjectFacts;

/// Files put one behind the other so far as no two in a row overlap in time:
/// each row of such a chain is in order, and one file of it is open at a time.
pub(super) fn chains(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut parts = parts.to_vec();
    parts.sort_by(|a, b| (a.first, a.last, &a.path).cmp(&(b.first, b.last, &b.path)));
    let mut chains: Vec<Vec<Part>> = Vec::new();
    for part in parts {
        let fits = |chain: &&mut Vec<Part>| chain.last().is_none_or(|l| l.last < part.first);
        match chains.iter_mut().find(fits) {
            Some(chain) => chain.push(part),
            None => chains.push(vec![part]),
        }
    }
    chains
}

/// The rows of a chain of files of one partition.
pub(super) fn rows(
    writing: &Writing,
    partition: &Partition,
    chain: Vec<Part>,
) -> SendableRecordBatchStream {
    let (send, rows) = mpsc::channel(2);
    let (writing, partition) = (writing.clone(), partition.clone());
    spawn_blocking(move || {
        let (fields, wanted) = Fields::new();
        let mut intake = Intake::new(fields, true, |batch| match send.blocking_send(Ok(batch)) {
            Ok(()) => Flow::Continue,
            Err(_) => Flow::Stop,
        });
        let mut reader = ObjectReader::new(&wanted, &writing.limits, ScanOptions::default());
        let mut read = || {
            for part in &chain {
                read_part(&writing, &partition, part, &mut reader, &mut intake)?;
            }
            Ok(())
        };
        let fault = match read() {
            Ok(()) => {
                intake.flush();
                intake.fault.take().map(CompactError::from)
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault {
            let fault = DataFusionError::External(Box::new(fault));
            let _ = send.blocking_send(Err(fault));
        }
    });
    received(rows)
}

fn read_part<F>(
    writing: &Writing,
    partition: &Partition,
    part: &Part,
    reader: &mut ObjectReader,
    intake: &mut Intake<F>,
) -> Result<(), CompactError>
where
    F: FnMut(datafusion::arrow::array::RecordBatch) -> Flow,
{
    writing.stop.check()?;
    let dest = &writing.dest;
    let bytes = Handle::current().block_on(async {
        match dest.read(&part.path).await? {
            Some(bytes) => Ok(Some(bytes)),
            None => dest.read(&part.staged()).await,
        }
    })?;
    let bytes = bytes.ok_or_else(|| CompactError::missing(dest, &part.path))?;
    intake.begin(&ObjectFacts {
        name: &part.path,
        account: Some(&partition.account),
        region: Some(&partition.region),
    });
    let report = reader.read(Cursor::new(bytes), intake);
    let complete = report.fault.is_none() && report.tally.evaluated == part.rows;
    if complete {
        return Ok(());
    }
    let what = report.fault.map_or_else(
        || format!("{} of {} rows", report.tally.evaluated, part.rows),
        |fault| fault.message,
    );
    Err(CompactError::damaged(dest, &part.path, &what))
}
