//! Long histories, and what findings are worth beside their labels.
//!
//! ```text
//! cargo run -p flowtrail-simulate --example history -- make logs 90 7
//! flowtrail replay --learn --context logs/context.yaml --geo logs/places.mmdb --level low --format jsonl logs > findings.jsonl
//! cargo run -p flowtrail-simulate --example history -- evaluate 90 logs 7 findings.jsonl
//! ```
//!
//! `make FOLDER DAYS SEED [EVENTS-A-DAY FLOWS-A-DAY]` writes logs; without the
//! last two about a million and a half CloudTrail records and ten million
//! flow-log lines in ninety days. `plant FOLDER DAYS SEED TIMES KIND…` makes one
//! in which only these kinds of attacks are planted, each so many times, and of
//! CloudTrail hardly anything.
//!
//! Any command may begin with `--accounts N`: an organisation of so many accounts
//! and not of three, with as many flows for each host. Findings are measured with
//! the accounts that the logs were made with.
//!
//! What measures adds up histories of so many days; days and seeds are those of
//! `make`. Two detectors have commands of their own:
//!
//! ```text
//! … history -- evaluate DAYS FOLDER SEED FINDINGS [FOLDER SEED FINDINGS …]
//! … history -- scans DAYS FOLDER SEED FINDINGS [FOLDER SEED FINDINGS …]
//! … history -- beacons DAYS FOLDER SEED FINDINGS [FOLDER SEED FINDINGS …]
//! ```
//!
//! Kinds of attacks are those of `labels.jsonl`: scans are `port-scan-fast`,
//! `port-scan-slow`, `host-scan-fast` and `host-scan-slow`, implants
//! `steady-beacon`, `jittery-beacon` and `slow-beacon`.
//!
//! The findings of `scans` are those of the shipped rules at `--level low`.
//! Those of `beacons` are of `--no-shipped --rules examples/beacons.yml --level
//! informational`.

use flowtrail_simulate::evaluation::{
    Beacons, Evaluation, EvaluationError, Scans, Yardstick, beacons, evaluate, scans,
};
use flowtrail_simulate::{Anomaly, History, Plan, Store as _, simulate};
use flowtrail_simulate::{BESIDE, FolderStore, LABELS_KEY, NEGATIVES_KEY, PLACES_KEY};
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
        ["--accounts", accounts, words @ ..] => run(words, accounts.parse()?),
        words => run(words, Plan::default().accounts),
    }
}

/// A long history of an organisation of so many accounts. Two accounts more are
/// another team's, with the hosts and flows of the first one's.
fn history(days: &str, seed: &str, accounts: u32) -> Result<Plan, Box<dyn Error>> {
    let usual = Plan::history(days.parse()?, seed.parse()?);
    let flows = usual.flows_per_day * u64::from(accounts) / u64::from(usual.accounts);
    Ok(Plan {
        accounts,
        flows_per_day: flows,
        ..usual
    })
}

fn run(words: &[&str], accounts: u32) -> Result<(), Box<dyn Error>> {
    match words {
        ["make", folder, days, seed] => make(folder, &history(days, seed, accounts)?),
        ["make", folder, days, seed, events, flows] => {
            let plan = Plan {
                events_per_day: events.parse()?,
                flows_per_day: flows.parse()?,
                ..history(days, seed, accounts)?
            };
            make(folder, &plan)
        }
        ["plant", folder, days, seed, times, kinds @ ..] if !kinds.is_empty() => {
            let plan = Plan {
                events_per_day: 300,
                history: Some(only(kinds, times.parse()?)?),
                ..history(days, seed, accounts)?
            };
            make(folder, &plan)
        }
        ["evaluate", days, histories @ ..] if is_triples(histories) => {
            let mut all: Option<Evaluation> = None;
            for (beside, plan) in each(days, histories, accounts)? {
                let [labels, negatives, findings] = beside.open()?;
                let one = evaluate(labels, negatives, findings, &Yardstick::of(&plan))?;
                match &mut all {
                    Some(all) => all.merge(one),
                    None => all = Some(one),
                }
            }
            let all = all.ok_or(HINT)?;
            Ok(write!(io::stdout().lock(), "{all}")?)
        }
        ["scans", days, histories @ ..] if is_triples(histories) => {
            let mut all = Scans::default();
            for (beside, plan) in each(days, histories, accounts)? {
                let [labels, negatives, findings] = beside.open()?;
                all.merge(scans(labels, negatives, findings, &plan)?);
            }
            Ok(write!(io::stdout().lock(), "{all}")?)
        }
        ["beacons", days, histories @ ..] if is_triples(histories) => {
            let mut all = Beacons::default();
            for (beside, _) in each(days, histories, accounts)? {
                let [labels, negatives, findings] = beside.open()?;
                all.merge(beacons(labels, negatives, findings)?);
            }
            Ok(write!(io::stdout().lock(), "{all}")?)
        }
        _ => Err(HINT.into()),
    }
}

const HINT: &str = "no such command
hint: [--accounts N] make FOLDER DAYS SEED [EVENTS-A-DAY FLOWS-A-DAY], plant FOLDER DAYS SEED TIMES KIND…, \
evaluate DAYS FOLDER SEED FINDINGS…, scans DAYS FOLDER SEED FINDINGS…, or \
beacons DAYS FOLDER SEED FINDINGS…";

/// Only these kinds, each so many times.
fn only(kinds: &[&str], times: usize) -> Result<History, Box<dyn Error>> {
    let mut anomalies = Vec::new();
    for name in kinds {
        let kind = Anomaly::from_name(name);
        let kind = kind.ok_or_else(|| format!("no kind of attack is called `{name}`"))?;
        anomalies.extend(std::iter::repeat_n(kind, times));
    }
    Ok(History { anomalies })
}

fn is_triples(words: &[&str]) -> bool {
    !words.is_empty() && words.len().is_multiple_of(3)
}

/// A folder of logs and findings over them.
struct Beside<'w> {
    folder: &'w Path,
    findings: &'w Path,
}

impl Beside<'_> {
    /// Labels, negatives and findings.
    fn open(&self) -> Result<[BufReader<File>; 3], EvaluationError> {
        let open = |what, path: &Path| {
            let file = File::open(path).map(BufReader::new);
            file.map_err(|source| EvaluationError::Read { what, source })
        };
        Ok([
            open("labels", &self.folder.join(LABELS_KEY))?,
            open("negatives", &self.folder.join(NEGATIVES_KEY))?,
            open("findings", self.findings)?,
        ])
    }
}

fn each<'w>(
    days: &str,
    histories: &'w [&'w str],
    accounts: u32,
) -> Result<Vec<(Beside<'w>, Plan)>, Box<dyn Error>> {
    let mut all = Vec::new();
    for one in histories.chunks_exact(3) {
        if let [folder, seed, findings] = one {
            let beside = Beside {
                folder: Path::new(folder),
                findings: Path::new(findings),
            };
            all.push((beside, history(days, seed, accounts)?));
        }
    }
    Ok(all)
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
