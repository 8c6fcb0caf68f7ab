//! What a baseline of one and ten million sightings costs: to gather, to write,
//! to load, to hold, to ask and to merge.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-baseline --bench baseline
//! cargo bench --profile dist -p flowtrail-baseline --bench baseline -- 100000
//! ```
//! Memory is that of a process of its own, which does nothing but load. Each
//! look is asserted to give what a `HashMap` of the same sightings gives, which
//! is asked beside it, in the same order. Times are those of the processor, the
//! best of some rounds; loading and looks are timed on the clock, because that of
//! the processor goes in steps of milliseconds.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod dice;
mod measure;

use std::collections::HashMap;
use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use flowtrail_baseline::{
    Baseline, Calendar, Day, Dimension, Header, History, KeyId, SightingId, Span,
};
use flowtrail_event::EventTime;

use dice::Dice;
use measure::{best, memory, nanos_each, processor, timed, wall};

/// As the binaries have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Each step is run so often; the best time counts.
const ROUNDS: usize = 5;
/// Sightings that are looked up in a round, and as many that are not there.
const LOOKS: usize = 1_000_000;
/// Rounds of looks, both by turns.
const LOOK_ROUNDS: usize = 25;
/// Values that a key has.
const VALUES_EACH: usize = 25;
/// The day of the first sightings.
const FIRST_DAY: i64 = 20_000;
/// The day as of which is asked: nothing is forgotten yet.
const ASKED: Day = Day(20_080);

type Spans = HashMap<u64, Span, foldhash::fast::FixedState>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.iter().find(|w| !w.starts_with("--")) {
        Some(&"load") => return child(&words),
        Some(number) => of_size(number.parse().unwrap()),
        None => [1_000_000, 10_000_000].into_iter().for_each(of_size),
    }
    merge(1_000_000);
}

/// Who and what in the sighting of this number, and on which day. Half of them
/// are calls, of which there are some thousands; the other half are edges.
fn sighting(n: usize, all: usize) -> (Dimension, String, String, i64) {
    let keys = (all / VALUES_EACH).max(1);
    let (key, which) = (n % keys, n / keys);
    let day = FIRST_DAY + i64::try_from(n % 60).unwrap();
    if key.is_multiple_of(2) {
        let api = (key * 7 + which) % 4000;
        let key = format!("arn:aws:iam::111122223333:role/service-{key}");
        (
            Dimension::PrincipalApi,
            key,
            format!("service:Call{api}"),
            day,
        )
    } else {
        let host = (key * 31 + which) % (all / 40).max(100);
        let (a, b, c) = (key >> 16 & 255, key >> 8 & 255, key & 255);
        let value = format!("10.{}.{}.{}:443", host >> 16, host >> 8 & 255, host & 255);
        (
            Dimension::Edge,
            format!("vpc-0a1b2c3d/10.{a}.{b}.{c}"),
            value,
            day,
        )
    }
}

fn at(day: i64) -> EventTime {
    EventTime(day * 86_400_000 + 43_200_000)
}

/// Every third is seen again.
fn gather(all: usize, words: bool, account: &str) -> History {
    let mut history = History::new(Calendar::default(), words);
    for n in 0..all {
        let (dimension, key, value, day) = sighting(n, all);
        history.see(dimension, &key, &value, at(day));
        if n.is_multiple_of(3) {
            history.see(dimension, &key, &value, at(day + 5));
        }
        history.covers(account, Day::of(at(day)), 1);
    }
    history
}

fn of_size(all: usize) {
    println!("\n{all} sightings");
    let folder = tempfile::tempdir().unwrap();
    let before = memory("VmRSS");
    let (took, history) = timed(processor, || gather(all, false, "111122223333"));
    assert_eq!(history.len(), all);
    let held = (memory("VmRSS") - before) * 1e6 / all as f64;
    row("gather, without words", took, all);
    println!("  held while it is gathered: {held:.0} bytes a sighting");
    let (took, bytes) = best(processor, 3, || history.write().unwrap());
    row("write, without words", took, all);
    drop((history, bytes));

    let (took, history) = timed(processor, || gather(all, true, "111122223333"));
    row("gather, with words", took, all);
    let held = (memory("VmRSS") - before) * 1e6 / all as f64;
    println!("  held while it is gathered: {held:.0} bytes a sighting");
    let (took, bytes) = timed(processor, || history.write().unwrap());
    row("write, with words", took, all);
    drop(history);

    sizes(&bytes, all);
    let path = folder.path().join("baseline");
    std::fs::write(&path, &bytes).unwrap();
    for what in ["hot", "whole", "map"] {
        load(what, &path, all);
    }
    looks(bytes, all);
}

fn sizes(bytes: &[u8], all: usize) {
    let (header, begin) = Header::read(bytes).unwrap().unwrap();
    assert_eq!(header.sightings(), all as u64);
    let each = |n: u64| n as f64 / all as f64;
    let sightings = 12.0;
    let hot = each(header.hot_bytes());
    println!(
        "  file: {:.2} bytes a sighting ({sightings} and {:.2} for keys and values); \
         with words {:.2}; header {begin} bytes",
        hot,
        hot - sightings,
        each(header.all_bytes())
    );
}

/// Loads the file in a process of its own.
fn load(what: &str, path: &Path, all: usize) {
    let mut best: Option<(f64, f64, f64)> = None;
    for _ in 0..ROUNDS {
        let out = Command::new(std::env::current_exe().unwrap())
            .args(["load", what])
            .arg(path)
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        let [ms, steady, peak] = numbers.try_into().unwrap();
        best = best
            .filter(|(known, _, _)| *known <= ms)
            .or(Some((ms, steady, peak)));
    }
    let (ms, steady, peak) = best.unwrap();
    let each = |mb: f64| mb * 1e6 / all as f64;
    println!(
        "  load {what:6} {ms:8.1} ms; holds {steady:.1} MB ({:.1} bytes a sighting), at most {peak:.1} MB ({:.1})",
        each(steady),
        each(peak)
    );
}

/// The other process: loads, and prints milliseconds and megabytes that were
/// not held before, at the end and at most.
fn child(words: &[&str]) {
    let at = words.iter().position(|w| *w == "load").unwrap();
    let (what, path) = (words.get(at + 1).unwrap(), words.get(at + 2).unwrap());
    let mut file = File::open(path).unwrap();
    let mut beginning = vec![0; 1 << 16];
    let len = file.read(&mut beginning).unwrap();
    let (header, begin) = Header::read(beginning.get(..len).unwrap())
        .unwrap()
        .unwrap();
    let before = memory("VmRSS");
    let some = if *what == "whole" {
        header.all_bytes()
    } else {
        header.hot_bytes()
    };
    let mut bytes = vec![0; begin + usize::try_from(some).unwrap()];
    let mut file = File::open(path).unwrap();
    file.read_exact(&mut bytes).unwrap();
    let all = usize::try_from(header.sightings()).unwrap();
    let (took, held) = timed(wall, || -> Box<dyn std::any::Any> {
        if *what == "map" {
            let hashes = bytes.get(begin..).unwrap();
            let map = map(hashes, all);
            assert_eq!(map.len(), all);
            drop(bytes);
            Box::new(map)
        } else {
            let baseline = Baseline::read(bytes).unwrap();
            assert_eq!(baseline.header().sightings(), header.sightings());
            Box::new(baseline)
        }
    });
    let (steady, peak) = (memory("VmRSS") - before, memory("VmHWM") - before);
    println!("{} {steady} {peak}", took.as_secs_f64() * 1e3);
    drop(black_box(held));
}

/// The same sightings in a `HashMap`.
fn map(hot: &[u8], all: usize) -> Spans {
    let (hashes, days) = hot.split_at(all * 8);
    let mut map = Spans::default();
    map.reserve(all);
    for n in 0..all {
        let hash = u64::from_le_bytes(hashes.get(n * 8..n * 8 + 8).unwrap().try_into().unwrap());
        map.insert(hash, span(days, n));
    }
    map
}

fn span(days: &[u8], n: usize) -> Span {
    let day = |at: usize| {
        let two = days.get(at * 2..at * 2 + 2).unwrap();
        Day(u16::from_le_bytes(two.try_into().unwrap()))
    };
    Span::of(day(2 * n), day(2 * n + 1))
}

fn looks(bytes: Vec<u8>, all: usize) {
    let (_, begin) = Header::read(&bytes).unwrap().unwrap();
    let map = map(bytes.get(begin..).unwrap(), all);
    let baseline = Baseline::read(bytes).unwrap();
    let memory = baseline.calendar().memory;
    let dice = &mut Dice(7);
    let id = |n: usize, value_more: &str| {
        let (dimension, key, value, _) = sighting(n, all);
        KeyId::new(dimension, &key).sighting(&(value + value_more))
    };
    let there: Vec<SightingId> = (0..LOOKS).map(|_| id(dice.below(all), "")).collect();
    let not: Vec<SightingId> = (0..LOOKS).map(|_| id(dice.below(all), "!")).collect();
    for (name, ids, count) in [("there", &there, LOOKS), ("not there", &not, 0)] {
        let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
        for _ in 0..LOOK_ROUNDS {
            let known = |id: &&SightingId| baseline.since(**id, ASKED).is_some();
            let (took, found) = timed(wall, || black_box(ids).iter().filter(known).count());
            ours = ours.min(took);
            let known =
                |id: &&SightingId| map.get(&id.0).is_some_and(|s| s.is_known(ASKED, memory));
            let (took, same) = timed(wall, || black_box(ids).iter().filter(known).count());
            theirs = theirs.min(took);
            assert_eq!((found, same), (count, count));
        }
        for id in ids {
            let first = map.get(&id.0).map(|s| s.first);
            assert_eq!(baseline.since(*id, ASKED), first);
        }
        let [ours, theirs] = [ours, theirs].map(|time| nanos_each(time, LOOKS));
        println!(
            "  looks, {name:9} {ours:6.1} ns ({:.1} million a second); HashMap {theirs:6.1} ns; ratio {:.2}",
            1e3 / ours,
            ours / theirs
        );
    }
}

/// Two baselines of this size that have half of their sightings in common, as
/// `flowtrail baseline merge` puts them together.
fn merge(all: usize) {
    println!("\ntwo of {all} merged");
    let file = |from: usize, account: &str| {
        let mut history = History::new(Calendar::default(), true);
        for n in from..from + all {
            let (dimension, key, value, day) = sighting(n, all * 3 / 2);
            history.see(dimension, &key, &value, at(day));
            history.covers(account, Day::of(at(day)), 1);
        }
        Baseline::read(history.write().unwrap()).unwrap()
    };
    let (one, two) = (file(0, "111122223333"), file(all / 2, "444455556666"));
    let merged = |a: &Baseline, b: &Baseline| {
        let (read, mut sum) = timed(processor, || a.history().unwrap().unwrap());
        let other = b.history().unwrap().unwrap();
        let (united, ()) = timed(processor, || sum.unite(other).unwrap());
        assert_eq!(sum.len(), all * 3 / 2);
        let (write, bytes) = timed(processor, || sum.write().unwrap());
        (bytes, [read * 2, united, write])
    };
    let (bytes, times) = merged(&one, &two);
    let (other, again) = merged(&two, &one);
    assert!(bytes == other, "it does not matter which is first");
    for (n, what) in ["read both with words", "unite", "write with words"]
        .into_iter()
        .enumerate()
    {
        let best = times.get(n).unwrap().min(again.get(n).unwrap());
        println!("  {what:22} {:8.2} s", best.as_secs_f64());
    }
}

fn row(name: &str, time: Duration, all: usize) {
    let (secs, each) = (time.as_secs_f64(), nanos_each(time, all));
    println!("  {name:24} {secs:7.2} s, {each:.0} ns a sighting");
}
