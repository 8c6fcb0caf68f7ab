//! What is written, and what has to be found in it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use flowtrail_aws::ObjectRef;
use flowtrail_context::Given;
use flowtrail_detect::{DRILL_ACCOUNT, DRILL_FOLDER, Finding, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::{ScanOptions, Scanner};
use flowtrail_sigma::Level;
use flowtrail_simulate::{Attack, DrillPlan};

use crate::args::{Drill, RuleChoice};
use crate::sources;

/// What one record says and what only several do, what is high and, with a note
/// that asks for ransom, what is critical.
const ATTACKS: [Attack; 4] = [
    Attack::ConsoleBruteForce,
    Attack::StopLogging,
    Attack::S3BatchDelete,
    Attack::LeaveOrganization,
];

/// A drill, before anybody knows of it.
#[derive(Debug)]
pub(super) struct Exercise {
    /// Its time and a number, which no other drill has.
    pub(super) id: String,
    pub(super) attacks: Vec<&'static str>,
    pub(super) records: usize,
    /// Where it will lie.
    pub(super) log: ObjectRef,
    pub(super) bytes: Vec<u8>,
    pub(super) expected: Vec<Expected>,
    /// Less grave ones, which the function may keep as well.
    pub(super) beside: Vec<Expected>,
}

/// A finding that has to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) level: &'static str,
    /// Whether it can be told from a real one: all its records are shown.
    pub(super) marked: bool,
}

impl Exercise {
    /// Simulates the attacks and asks the rules that ship what they find.
    ///
    /// # Errors
    /// If nothing would be found.
    pub(super) fn prepare(args: &Drill) -> anyhow::Result<Self> {
        let now = now();
        let (id, seed) = named(now);
        let attacks = if args.attacks.is_empty() {
            ATTACKS.to_vec()
        } else {
            args.attacks.clone()
        };
        let plan = DrillPlan {
            attacks: attacks.clone(),
            seed,
            // Whole seconds, as CloudTrail has them.
            end: EventTime::from_secs(now.secs()),
            account: DRILL_ACCOUNT.to_owned(),
            mark: format!("{DRILL_FOLDER}/{id}"),
        };
        let object = plan.carry_out().context("cannot simulate that")?;
        let key = format!("{}{DRILL_FOLDER}/{id}/drill.json.gz", args.prefix);
        let log = ObjectRef::named(&args.bucket, key);
        let found = found(&log.uri(), &object.bytes)?;
        let found = found
            .iter()
            .map(|f| (f.rule.level >= args.level, Expected::of(f)));
        let (expected, beside): (Vec<_>, Vec<_>) = found.partition(|(awaited, _)| *awaited);
        if expected.is_empty() {
            bail!(
                "no rule finds anything of level {} or above in that\n\
                 hint: `--level medium` waits for less grave findings, too",
                args.level.name()
            );
        }
        Ok(Self {
            id,
            attacks: attacks.iter().map(|a| a.name()).collect(),
            records: object.records,
            log,
            bytes: object.bytes,
            expected: expected.into_iter().map(|(_, e)| e).collect(),
            beside: beside.into_iter().map(|(_, e)| e).collect(),
        })
    }

    /// The levels of what has to be found.
    pub(super) fn levels(&self) -> BTreeSet<&'static str> {
        self.expected.iter().map(|e| e.level).collect()
    }
}

impl Expected {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id.to_string(),
            rule: finding.rule.id.clone(),
            title: finding.title().into_owned(),
            level: finding.rule.level.name(),
            marked: finding.is_drill(),
        }
    }
}

/// What the function has to find: the same rules, over the same bytes.
fn found(name: &str, bytes: &[u8]) -> anyhow::Result<Vec<Finding>> {
    let compilation = sources::chosen(&RuleChoice::default(), &Given::default())?;
    let rules = Arc::new(compilation.rules);
    let plan = Plan::new(rules, &Limits::default(), Level::Informational, None);
    let plan = plan.context("cannot prepare the rules")?;
    let mut scanner = Scanner::new(Arc::new(plan), ScanOptions::default());
    scanner.scan(name, bytes);
    Ok(scanner.into_detector().finish().0)
}

fn now() -> EventTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    EventTime(i64::try_from(since.as_millis()).unwrap_or_default())
}

/// `20261122T093000Z-1a2b3c4d`, and a seed that is as much its own.
fn named(now: EventTime) -> (String, u64) {
    let nanos = SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .subsec_nanos();
    let seed = now.0.unsigned_abs().rotate_left(20) ^ u64::from(nanos);
    let seed = seed ^ u64::from(std::process::id()).rotate_left(40);
    let time = EventTime::from_secs(now.secs()).to_string();
    let time: String = time.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    (format!("{time}-{nanos:08x}"), seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn args(further: &[&str]) -> Drill {
        let words = [
            "flowtrail",
            "drill",
            "--bucket",
            "logs",
            "--alarm-prefix",
            "f-",
        ];
        let words = words.iter().chain(further);
        let parsed = crate::args::Cli::parse_from(words).command;
        let crate::args::Command::Drill(args) = parsed else {
            panic!("{parsed:?}");
        };
        args
    }

    #[test]
    fn what_is_usual_rouses_every_grave_level_and_is_marked() {
        let exercise = Exercise::prepare(&args(&[])).unwrap();
        assert_eq!(exercise.levels(), BTreeSet::from(["critical", "high"]));
        let unmarked: Vec<_> = exercise.expected.iter().filter(|e| !e.marked).collect();
        assert!(unmarked.is_empty(), "{unmarked:?}");
        assert!(
            exercise
                .expected
                .iter()
                .all(|e| e.title.starts_with("DRILL: "))
        );
        assert!(exercise.log.key.starts_with("AWSLogs/flowtrail-drill/2"));
        let other = Exercise::prepare(&args(&[])).unwrap();
        assert_ne!(exercise.id, other.id);
        let ids = |e: &Exercise| {
            e.expected
                .iter()
                .map(|f| f.id.clone())
                .collect::<BTreeSet<_>>()
        };
        assert!(ids(&exercise).is_disjoint(&ids(&other)), "told of anew");
    }

    #[test]
    fn what_nobody_would_find_is_not_written() {
        let words = ["--attack", "leave-organization", "--level", "critical"];
        let refused = Exercise::prepare(&args(&words));
        let said = refused.unwrap_err().to_string();
        assert!(
            said.contains("level critical") && said.contains("hint: "),
            "{said}"
        );
    }
}
