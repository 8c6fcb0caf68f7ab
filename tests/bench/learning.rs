//! What it costs to gather a baseline from long simulated histories, beside only
//! reading them: time of the processor, memory, and how large the file is.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-scan --bench learning            # ten million calls, ten million flows
//! cargo bench --profile dist -p flowtrail-scan --bench learning -- 100000  # as many calls and flows, more or less
//! ```
//! One worker gathers as `flowtrail baseline build` does, without listing and
//! opening objects. The same objects are read with the same projection into a
//! sink that counts; who goes first changes with each batch. The history, what it
//! knows of copies, and the simulator are all that the process holds.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod logs;
mod measure;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use flowtrail_baseline::{Baseline, Calendar};
use flowtrail_event::Limits;
use flowtrail_scan::{Chronicle, Chronicler, ObjectReader, Projections, ScanOptions};
use flowtrail_simulate::{Plan, Store, simulate};

use logs::{Count, are_flows, are_logs};
use measure::{memory, processor, timed};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAYS: u32 = 90;
const SEED: u64 = 7;
const RECORDS: u64 = 10_000_000;
/// Objects of so many bytes are taken together: clocks of processors are coarse.
const BATCH_BYTES: usize = 32 << 20;

/// The objects of one kind since the last batch, and what was measured of them.
#[derive(Default)]
struct OfKind {
    objects: Vec<Vec<u8>>,
    bytes: usize,
    batches: usize,
    records: u64,
    reading: Duration,
    learning: Duration,
}

/// Takes objects from the simulator and gives them to both.
struct Both {
    reader: ObjectReader,
    chronicler: Chronicler,
    calls: OfKind,
    flows: OfKind,
}

impl Store for Both {
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        if !are_logs(key) {
            return Ok(());
        }
        let of = if are_flows(key) {
            &mut self.flows
        } else {
            &mut self.calls
        };
        of.objects.push(bytes.to_vec());
        of.bytes += bytes.len();
        if of.bytes > BATCH_BYTES {
            of.batch(&mut self.reader, &mut self.chronicler);
        }
        Ok(())
    }
}

impl OfKind {
    fn batch(&mut self, reader: &mut ObjectReader, chronicler: &mut Chronicler) {
        let mut count = Count::default();
        let learns_first = self.batches.is_multiple_of(2);
        for is_learning in [learns_first, !learns_first] {
            let (took, ()) = timed(processor, || {
                for object in &self.objects {
                    let report = if is_learning {
                        reader.read(object.as_slice(), chronicler)
                    } else {
                        reader.read(object.as_slice(), &mut count)
                    };
                    assert_eq!(report.fault, None);
                }
            });
            if is_learning {
                self.learning += took;
            } else {
                self.reading += took;
            }
        }
        self.records += count.0;
        self.batches += 1;
        self.bytes = 0;
        self.objects.clear();
    }

    fn show(&self, name: &str) {
        let a_second = |time: Duration| self.records as f64 / time.as_secs_f64();
        let each = |time: Duration| time.as_secs_f64() * 1e9 / self.records as f64;
        println!(
            "| {name} | {} | {:.0} | {:.0} | {:.0} ns | {:.2} | {:.1} s |",
            self.records,
            a_second(self.reading),
            a_second(self.learning),
            each(self.learning.saturating_sub(self.reading)),
            self.learning.as_secs_f64() / self.reading.as_secs_f64(),
            self.learning.as_secs_f64(),
        );
    }
}

fn main() {
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let records = wanted.map_or(RECORDS, |n| n.parse().unwrap());
    let plan = Plan {
        events_per_day: records / u64::from(DAYS),
        flows_per_day: records / u64::from(DAYS),
        ..Plan::history(DAYS, SEED)
    };
    let calendar = Calendar::default();
    let mut wanted = Projections::default();
    let chronicle = Arc::new(Chronicle::for_a_file(&mut wanted, calendar, None));
    let before = memory("VmRSS");
    let mut both = Both {
        reader: ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default()),
        chronicler: Chronicler::new(&chronicle),
        calls: OfKind::default(),
        flows: OfKind::default(),
    };
    simulate(&plan, &mut both, &mut |_| {}).unwrap();
    both.calls.batch(&mut both.reader, &mut both.chronicler);
    both.flows.batch(&mut both.reader, &mut both.chronicler);
    println!("| log | records | read a second | gathered a second | learning | ratio | all |");
    println!("|---|---|---|---|---|---|---|");
    both.calls.show("CloudTrail");
    both.flows.show("flow logs");
    let read = both.calls.records + both.flows.records;
    println!("held: {:.0} MB", memory("VmRSS") - before);
    let history = Chronicler::history([both.chronicler], calendar);
    let (took, bytes) = timed(processor, || history.write().unwrap());
    println!(
        "written in {:.2} s; at most {:.0} MB were held",
        took.as_secs_f64(),
        memory("VmHWM")
    );
    let baseline = Baseline::read(bytes).unwrap();
    let header = baseline.header();
    // A call in several trails is one record.
    assert!(header.records <= read && header.records > read / 2);
    assert_eq!(baseline.entries().unwrap().unwrap().len(), history.len());
    println!(
        "{} records of {} to {}: {} sightings, {} keys, {} hot bytes, {} bytes",
        header.records,
        header.first.unwrap(),
        header.last.unwrap(),
        header.sightings(),
        header.keys.values().sum::<u32>(),
        header.hot_bytes(),
        baseline.bytes()
    );
}
