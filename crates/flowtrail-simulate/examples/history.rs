//! Long histories, and what findings are worth beside their labels.
//!
//! ```text
//! cargo run -p flowtrail-simulate --example history -- make logs 90 7
//! flowtrail replay --learn 90 --format jsonl logs > findings.jsonl
//! cargo run -p flowtrail-simulate --example history -- evaluate logs 90 7 findings.jsonl
//! ```
//!
//! `make FOLDER DAYS SEED [EVENTS-A-DAY FLOWS-A-DAY]` writes logs; without the
//! last two about a million and a half CloudTrail records and ten million
//! flow-log lines in ninety days. `evaluate FOLDER DAYS SEED FINDINGS` prints
//! tables; the days and the seed are those of `make`.

use flowtrail_simulate::evaluation::{Yardstick, evaluate};
use flowtrail_simulate::{BESIDE, FolderStore, LABELS_KEY, NEGATIVES_KEY, PLACES_KEY, Plan};
use flowtrail_simulate::{Store as _, simulate};
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::Path;

/// What `flowtrail replay` leaves out of a folder.
const IGNORE_FILE: &str = ".flowtrailignore";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", folder, days, seed] => make(folder, &Plan::history(days.parse()?, seed.parse()?)),
        ["make", folder, days, seed, events, flows] => {
            let plan = Plan {
                events_per_day: events.parse()?,
                flows_per_day: flows.parse()?,
                ..Plan::history(days.parse()?, seed.parse()?)
            };
            make(folder, &plan)
        }
        ["evaluate", folder, days, seed, findings] => {
            let plan = Plan::history(days.parse()?, seed.parse()?);
            measure(Path::new(folder), findings, &plan)
        }
        _ => Err("hint: make FOLDER DAYS SEED [EVENTS-A-DAY FLOWS-A-DAY], or evaluate FOLDER DAYS SEED FINDINGS".into()),
    }
}

fn make(folder: &str, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let mut store = FolderStore::new(Path::new(folder))?;
    let mut talk = io::stderr().lock();
    let mut shown = 0;
    let summary = simulate(plan, &mut store, &mut |p| {
        let percent = p.slots * 100 / p.slots_total.max(1);
        if percent > shown {
            shown = percent;
            // Nothing is lost if nobody can see it.
            let _ = write!(talk, "\r{percent} %, {} records", p.events + p.flows);
        }
    })?;
    let names = BESIDE.join("\n");
    store.put(IGNORE_FILE, format!("{names}\n{PLACES_KEY}\n").as_bytes())?;
    let done = summary.totals;
    writeln!(
        talk,
        "\r{} CloudTrail records, {} flow-log lines, {} objects, {} bytes stored; {} attacks, {} hard negatives",
        done.events,
        done.flows,
        done.objects,
        done.bytes_stored,
        summary.anomalies.len(),
        summary.lures.len() + summary.negatives.len()
    )?;
    Ok(())
}

fn measure(folder: &Path, findings: &str, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let open = |path: &Path| File::open(path).map(BufReader::new);
    let found = evaluate(
        open(&folder.join(LABELS_KEY))?,
        open(&folder.join(NEGATIVES_KEY))?,
        open(Path::new(findings))?,
        &Yardstick::of(plan),
    )?;
    write!(io::stdout().lock(), "{found}")?;
    Ok(())
}
