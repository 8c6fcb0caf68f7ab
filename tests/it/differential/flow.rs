//! Rules for flow logs against the naive evaluator over a map of columns.

use std::collections::BTreeMap;

use flowtrail_event::{Kind, Service};
use flowtrail_flowlog::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT};
use flowtrail_scan::rule_options_knowing_all;
use serde_json::{Map, Value, json};

use super::corpus;
use super::dice::Dice;
use super::ours::{Derive, Hits, Ours};
use super::pools::{COLUMNS, FLOW_FIELDS};
use super::random::{Written, options};
use super::rules::Author;
use super::ruleset::{naive_hits, parsed, shipped};
use super::world::World;

/// A flow log as its text and as the records that stand in it.
struct Log {
    text: String,
    records: Vec<Value>,
}

impl Log {
    /// Takes a text apart as AWS describes it: a header names the columns of the
    /// lines below; without one they are those of a default format.
    fn new(text: String) -> Self {
        let mut columns: Option<Vec<String>> = None;
        let mut records = Vec::new();
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            let cells: Vec<&str> = line.split_whitespace().collect();
            if cells.contains(&"srcaddr") {
                columns = Some(cells.iter().map(|c| c.replace('_', "-")).collect());
                continue;
            }
            let default = match cells.len() {
                14 => DEFAULT_VPC_FORMAT,
                _ => DEFAULT_TGW_FORMAT,
            };
            let default = || default.split(' ').map(str::to_owned).collect();
            let names: Vec<String> = columns.clone().unwrap_or_else(default);
            assert_eq!(names.len(), cells.len(), "{line}");
            let present = names.iter().zip(&cells).filter(|(_, cell)| **cell != "-");
            let record: Map<_, _> = present
                .map(|(name, cell)| (name.clone(), json!(decoded(name, cell))))
                .collect();
            records.push(Value::Object(record));
        }
        Self { text, records }
    }

    /// Its first lines.
    fn beginning(&self) -> Self {
        let lines: Vec<&str> = self.text.lines().take(20).collect();
        Self::new(lines.join("\n"))
    }
}

/// Values of tags are percent-encoded.
fn decoded(name: &str, cell: &str) -> String {
    if !name.contains("-tag") {
        return cell.to_owned();
    }
    let mut out = Vec::new();
    let mut rest = cell.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = rest.get(1..3).and_then(|h| std::str::from_utf8(h).ok());
        let byte = hex.and_then(|h| u8::from_str_radix(h, 16).ok());
        match byte.filter(|_| *first == b'%') {
            Some(byte) => {
                out.push(byte);
                rest = &rest[3..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| cell.to_owned())
}

/// Text files, lines inside another tool's JSON, and simulated logs.
fn logs() -> Vec<Log> {
    let mut out = Vec::new();
    for object in corpus::objects("flowlog/text") {
        let text = String::from_utf8(object.bytes).unwrap();
        if object.name.ends_with(".json") {
            let mut lines = Vec::new();
            raw_lines(&serde_json::from_str(&text).unwrap(), &mut lines);
            out.push(Log::new(lines.join("\n")));
        } else {
            out.push(Log::new(text));
        }
    }
    for seed in [4, 5] {
        let store = corpus::simulated(seed);
        for object in corpus::under(&store, "/vpcflowlogs/") {
            out.push(Log::new(String::from_utf8(object.bytes).unwrap()));
        }
    }
    out
}

fn raw_lines(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| raw_lines(v, out)),
        Value::Object(map) => match map.get("_raw") {
            Some(Value::String(line)) => out.push(line.clone()),
            _ => map.values().for_each(|v| raw_lines(v, out)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn service_of(record: &Value) -> Service {
    let gateway = record["version"] == "6" || record.get("tgw-id").is_some();
    if gateway {
        Service::TgwFlow
    } else {
        Service::VpcFlow
    }
}

#[test]
fn shipped_rules_over_logs() {
    let sources = shipped("vpcflow");
    let rules = parsed(&sources);
    let mut ours = Ours::new(&sources, &rule_options_knowing_all());
    let mut derive = Derive::new(Kind::Flow);
    let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
    let mut judged = 0;
    for log in logs() {
        let derived = derive.lines(log.text.as_bytes());
        let got = ours.lines(log.text.as_bytes());
        assert_eq!(got.len(), log.records.len(), "{}", log.text);
        for ((record, derived), (service, hits)) in log.records.iter().zip(&derived).zip(got) {
            let world = World {
                record,
                derived,
                flow: true,
            };
            let want = naive_hits(&rules, &world);
            // The rules are for the logs of VPCs.
            let vpc = service_of(record) == Service::VpcFlow;
            assert_eq!(hits, if vpc { want } else { Hits::new() }, "{record}");
            assert_eq!(service, service_of(record), "{record}");
            hits.iter()
                .for_each(|h| *matched.entry(*h).or_default() += 1);
            judged += 1;
        }
    }
    println!("{judged} records, matches by rule: {matched:?}");
    assert!(judged > 1000 && matched.len() > 3, "{judged} {matched:?}");
}

/// A log of random columns.
fn log(dice: &mut Dice) -> Log {
    let mut columns: Vec<_> = COLUMNS.iter().filter(|_| !dice.one_in(4)).collect();
    if !columns.iter().any(|(name, _)| *name == "srcaddr") {
        columns.push(&COLUMNS[1]);
    }
    for i in (1..columns.len()).rev() {
        columns.swap(i, dice.below(i + 1));
    }
    // The first column tells a header from other lines, so it is a known one.
    if let Some(at) = columns.iter().position(|(name, _)| *name != "brand-new") {
        columns.swap(0, at);
    }
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = names.join(" ") + "\n";
    for _ in 0..8 {
        let cells: Vec<_> = columns.iter().map(|(_, cells)| dice.pick(cells)).collect();
        text.push_str(&(cells.join(" ") + "\n"));
    }
    Log::new(text)
}

#[test]
fn random_rules_over_random_logs() {
    let mut derive = Derive::new(Kind::Flow);
    let (mut yes, mut no) = (0, 0);
    let at_hand = logs();
    for seed in 0..500 {
        let mut dice = Dice::new(seed);
        let log = match dice.below(3) {
            0 => dice.from(&at_hand).beginning(),
            _ => log(&mut dice),
        };
        let derived = derive.lines(log.text.as_bytes());
        let both = log.records.iter().zip(&derived);
        let world = |(record, derived)| World {
            record,
            derived,
            flow: true,
        };
        let worlds: Vec<_> = both.map(world).collect();
        let service = dice.pick(&["vpcflow", "tgwflow"]);
        let mut author = Author::new(&mut dice, &FLOW_FIELDS, &worlds);
        let rules = Written::several(&mut author, service);
        let sources: Vec<_> = rules.iter().map(|r| r.source.clone()).collect();
        let got = Ours::new(&sources, &options()).lines(log.text.as_bytes());
        assert_eq!(got.len(), log.records.len(), "{}", log.text);
        for (world, (of, hits)) in worlds.iter().zip(got) {
            for (i, rule) in rules.iter().enumerate() {
                let want = of.name() == service && rule.naive.matches(world);
                let (text, record) = (&rule.source.text, world.record);
                assert_eq!(hits.contains(&i), want, "seed {seed}: {text}\n{record}");
                *(if want { &mut yes } else { &mut no }) += 1;
            }
        }
    }
    assert!(yes > 2000 && no > 2000, "{yes} {no}");
}
