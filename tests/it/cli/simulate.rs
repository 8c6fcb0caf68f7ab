//! `flowtrail simulate`: equal options, equal bytes; every attack alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flowtrail_simulate::{Attack, BESIDE};
use serde_json::Value;

use super::{at_top, run};
use crate::samples::{FOUND_LOW, WAITING, points_at};

/// Attacks that a rule speaks of below medium with a context: what was refused
/// did no harm, and the ports of Tor alone say little.
const FOUND_LOW_WITH: [&str; 2] = ["forbidden-traffic-refused", "tor-client"];

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build();
    let entries = walk.map(Result::unwrap).filter(|e| e.path().is_file());
    let named = entries.map(|e| {
        let name = e.path().strip_prefix(folder).unwrap();
        (
            name.to_str().unwrap().to_owned(),
            fs::read(e.path()).unwrap(),
        )
    });
    named.collect()
}

fn labels(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn equal_options_give_equal_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for (name, seed) in [("a", 3), ("b", 3), ("c", 4)] {
        let ran = run(
            dir.path(),
            &format!("simulate --size 100KB --seed {seed} {name}"),
        );
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (Some(0), ""),
            "{}",
            ran.said
        );
    }
    let of = |name: &str| files(&dir.path().join(name));
    assert!(of("a") == of("b"), "two runs differ");
    assert!(of("a") != of("c"), "the seed does nothing");
    assert!(of("a").keys().any(|k| k.contains("/CloudTrail/")));
}

#[test]
fn a_run_tells_what_it_wrote_and_what_comes_next() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(
        dir.path(),
        "simulate --size 100KB --attack stop-logging logs",
    );
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
    assert!(ran.said.starts_with("wrote "), "{}", ran.said);
    assert!(ran.said.contains("planted 1 attack:\n"), "{}", ran.said);
    assert!(ran.said.contains("  stop-logging "), "{}", ran.said);
    assert!(
        ran.said
            .ends_with("next: flowtrail replay --context logs/context.yaml logs\n"),
        "{}",
        ran.said
    );
    // What is no log is not read as one, and the context can be used.
    for more in ["", " --context logs/context.yaml"] {
        let ran = run(
            dir.path(),
            &format!("replay logs --no-summary --format jsonl{more}"),
        );
        assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{more}");
    }
    for beside in BESIDE {
        assert!(dir.path().join("logs").join(beside).is_file(), "{beside}");
    }
    let ran = run(dir.path(), "simulate --size 100KB --no-attacks quiet");
    assert!(ran.said.contains("planted no attack\n"), "{}", ran.said);
    assert_eq!(labels(&dir.path().join("quiet")), [] as [Value; 0]);
}

#[test]
fn what_is_there_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("full")).unwrap();
    fs::write(dir.path().join("full/notes.txt"), "mine").unwrap();
    run(dir.path(), "simulate full").refused(&["`full` is not empty", "\nhint: "]);
    run(dir.path(), "simulate full/notes.txt").refused(&["is a file", "\nhint: "]);
    assert_eq!(files(&dir.path().join("full")).len(), 1);
    // An empty folder is as good as a new one.
    fs::create_dir(dir.path().join("empty")).unwrap();
    let ran = run(dir.path(), "simulate --size 20KB --no-attacks empty");
    assert_eq!(ran.status, Some(0), "{}", ran.said);
}

#[test]
fn numbers_out_of_range_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    for (args, words) in [
        ("--days 0", "--days"),
        ("--days 733", "1..=732"),
        ("--accounts 0", "--accounts"),
        ("--accounts 33", "1..=32"),
        ("--size 3XB", "KB, MB, GB"),
        ("--size 99999999999GB", "too much"),
        ("--size 3MB --days 2", "cannot be used with"),
        ("--attack nothing", "--list-attacks"),
        ("--attack stop-logging --no-attacks", "cannot be used with"),
        ("--start tomorrow", "write it as"),
        ("--seed seven", "--seed"),
    ] {
        run(dir.path(), &format!("simulate {args} logs")).refused(&[words]);
    }
    run(dir.path(), "simulate").refused(&["<FOLDER>"]);
    assert_eq!(files(dir.path()).len(), 0);
}

#[test]
fn the_list_of_attacks_is_complete() {
    let ran = at_top("simulate --list-attacks");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let listed: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|l| l.split(' ').next())
        .collect();
    let known: Vec<&str> = Attack::ALL.iter().map(|a| a.name()).collect();
    assert_eq!(listed, known);
    for (line, attack) in ran.out.lines().zip(Attack::ALL) {
        assert!(line.ends_with(attack.doc()), "{line}");
    }
}

#[test]
fn every_attack_can_be_planted_alone_and_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (mut missed, mut low) = (Vec::new(), Vec::new());
    let (mut missed_with, mut low_with) = (Vec::new(), Vec::new());
    for attack in Attack::ALL {
        let name = attack.name();
        let ran = run(
            dir.path(),
            &format!("simulate --size 60KB --attack {name} {name}"),
        );
        assert_eq!(ran.status, Some(0), "{name}: {}", ran.said);
        let labels = labels(&dir.path().join(name));
        assert_eq!(labels.len(), 1, "{name}");
        assert_eq!(labels[0]["attack"], name);
        let args = format!("replay {name} --level informational --format jsonl --no-summary");
        let context = format!("{args} --context {name}/context.yaml");
        for (args, missed, low) in [
            (args, &mut missed, &mut low),
            (context, &mut missed_with, &mut low_with),
        ] {
            let ran = run(dir.path(), &args);
            assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{name}");
            let found = ran.json();
            let levels = found.iter().filter(|f| points_at(f, &labels[0]));
            let levels: Vec<_> = levels.map(|f| f["level"].as_str().unwrap()).collect();
            let loud = |l: &&str| ["medium", "high", "critical"].contains(l);
            match levels.iter().any(loud) {
                true => {}
                false
                    if levels.is_empty()
                        || !(FOUND_LOW.contains(&name) || FOUND_LOW_WITH.contains(&name)) =>
                {
                    missed.push(name)
                }
                false => low.push(name),
            }
        }
    }
    assert_eq!((missed, low), (WAITING.to_vec(), FOUND_LOW.to_vec()));
    assert_eq!(missed_with, [""; 0], "with the context");
    assert_eq!(low_with, FOUND_LOW_WITH);
}
