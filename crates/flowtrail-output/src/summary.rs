//! What a run found and whether it looked at everything.
//!
//! A [`Summary`] is fed while the run goes on and rendered at its end, as text
//! or as JSON. Whatever the order in which findings, tallies and problems come
//! in, the same ones give the same summary; only the elapsed time is not the
//! input's.
//!
//! Its memory grows with the distinct names in the findings, whose number
//! [`Limits::findings_max`](flowtrail_event::Limits::findings_max) bounds.

mod accounting;
mod context;
mod histogram;
mod render;
mod top;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use flowtrail_detect::Finding;
use flowtrail_event::{ObjectFault, Tally};
use flowtrail_sigma::Level;
use serde_json::{Map, Value, json};

use crate::{Style, json as line, phrase};
use context::Hidden;
use histogram::Histogram;
use top::Top;

pub use context::{ContextFile, Expired, PlacesFile, Waiting};

/// Problems that are listed one by one; all are counted. More than this nobody
/// reads, and a broken prefix has millions.
const PROBLEMS_LISTED_MAX: usize = 100;
/// Names in a table of the text.
const TOP_TEXT: usize = 10;
/// Names in a table of the JSON.
const TOP_JSON: usize = 100;
/// Bars of the histogram in the JSON.
const BARS_JSON_MAX: usize = 240;

/// An object that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    object: String,
    fault: ObjectFault,
    detail: String,
}

/// The sums of a run: findings by what they are about, and the accounting of
/// every record.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    findings: u64,
    by_level: [u64; Level::ALL.len()],
    /// Of these, findings that a suppression hides.
    hidden_by_level: [u64; Level::ALL.len()],
    hidden: Hidden,
    rules: Top<(Level, String, String)>,
    principals: Top<String>,
    sources: Top<String>,
    accounts: Top<String>,
    times: Histogram,
    tally: Tally,
    problems: BTreeSet<Problem>,
    problems_total: u64,
    /// Findings that are shown, where that is not for everyone to see.
    shown: Option<u64>,
    elapsed: Option<Duration>,
    /// Rules that ran, and rules that wait for knowledge.
    rules_loaded: Option<(usize, Waiting)>,
    context: Option<ContextFile>,
    places: Vec<PlacesFile>,
    /// What unusual things were judged by: its name in findings, and what it is.
    baseline: Option<(String, String)>,
}

impl Summary {
    /// An empty summary.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        self.findings += 1;
        let rule = &finding.rule;
        count_level(&mut self.by_level, rule.level);
        if let Some(by) = &finding.suppressed {
            count_level(&mut self.hidden_by_level, rule.level);
            self.hidden.add(by);
        }
        self.rules
            .add((rule.level, rule.title.clone(), rule.id.clone()));
        self.principals
            .add_some(finding.facts.actor.principal.as_ref());
        self.sources.add_some(finding.facts.source.as_ref());
        self.accounts.add_some(finding.facts.account.as_ref());
        self.times.add(phrase::time(finding));
    }

    /// Adds the tally of an object, or of a whole run.
    pub fn add_tally(&mut self, tally: &Tally) {
        self.tally.add(tally);
    }

    /// Notes an object that could not be read to its end. `detail` is what the
    /// reader said, and may be empty. [`Tally::objects_failed`] is counted by
    /// whoever keeps the tally, not here.
    pub fn add_problem(&mut self, object: &str, fault: ObjectFault, detail: &str) {
        self.problems_total += 1;
        let (object, detail) = (object.to_owned(), detail.to_owned());
        self.problems.insert(Problem {
            object,
            fault,
            detail,
        });
        if self.problems.len() > PROBLEMS_LISTED_MAX {
            self.problems.pop_last(); // by name, so the order of arrival does not matter
        }
    }

    /// Counts problems that nobody listed, because there are too many.
    pub const fn count_problems(&mut self, n: u64) {
        self.problems_total += n;
    }

    /// Sets how many of the findings are shown, where some were picked.
    pub const fn set_shown(&mut self, n: u64) {
        self.shown = Some(n);
    }

    /// Sets how long the run took, for the rates.
    pub const fn set_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = Some(elapsed);
    }

    /// Sets how many rules ran, and how many could not for lack of knowledge:
    /// what nobody looked for has to be said.
    pub fn set_rules(&mut self, ran: usize, waiting: Waiting) {
        self.rules_loaded = Some((ran, waiting));
    }

    /// Sets what unusual things were judged by: its name in findings, and what
    /// it is.
    pub fn set_baseline(&mut self, id: &str, about: &str) {
        self.baseline = Some((id.to_owned(), about.to_owned()));
    }

    /// Sets the files that told where addresses are.
    pub fn set_places(&mut self, files: Vec<PlacesFile>) {
        self.places = files;
    }

    /// Sets the context file that was heeded.
    pub fn set_context(&mut self, context: ContextFile) {
        self.context = Some(context);
    }

    /// How many findings there were, suppressed ones included.
    #[must_use]
    pub const fn findings(&self) -> u64 {
        self.findings
    }

    /// How many findings at a level or above it there were that no suppression
    /// hides: those that somebody is to be notified of.
    #[must_use]
    pub fn findings_from(&self, level: Level) -> u64 {
        let shown = self.by_level.iter().zip(self.hidden_by_level);
        let shown = shown.map(|(all, hidden)| all.saturating_sub(hidden));
        let levels = Level::ALL.into_iter().zip(shown);
        levels.filter(|(l, _)| *l >= level).map(|(_, n)| n).sum()
    }

    /// How many findings a suppression hides.
    #[must_use]
    pub fn suppressed(&self) -> u64 {
        self.hidden_by_level.iter().sum()
    }

    /// The sums of the tallies added so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What does not add up, in plain sentences; empty where all does.
    #[must_use]
    pub fn discrepancies(&self) -> Vec<String> {
        accounting::discrepancies(&self.tally)
    }

    /// Writes the summary for people.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        render::write(self, style, out)
    }

    /// Writes [`Summary::to_json`] as one line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        line::write_line(&self.to_json(), out)
    }

    /// The summary for machines: `schema`, `rules` (how many ran, how many were
    /// not active), `findings` (`total`, `by_level`, the
    /// tables `rules`, `principals`, `sources`, `accounts` with at most 100
    /// names each and how many were left out, `timeline`), `accounting` and
    /// `problems`. Where some of the findings were picked, `findings` has how
    /// many are `shown`. Where a context file was heeded there is `context` too: its
    /// `file` and `version`, records with `ambiguous` ends, the
    /// `suppressions` that hid findings and those that are `expired`; where
    /// there was a memory, `baseline` with its `id` and what it is `about`. With files of
    /// places, `places` with the `file`, the `database` and when it was `built` of each.
    /// Times are ISO 8601 in UTC, sizes bytes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let levels = Level::ALL.into_iter().zip(self.by_level);
        let by_level: Map<String, Value> = levels
            .map(|(l, n)| (l.name().to_owned(), n.into()))
            .collect();
        let rule = |(level, title, id): &(Level, String, String)| json!({"id": id, "title": title, "level": level.name()});
        let name = |name: &String| json!({"name": name});
        let problem =
            |p: &Problem| json!({"object": p.object, "fault": p.fault.name(), "detail": p.detail});
        let mut whole = json!({
            "schema": "flowtrail.summary.v1",
            "rules": self.rules_loaded.as_ref().map(|(ran, waiting)| json!({
                "ran": ran, "not_active": waiting.rules,
            })),
            "findings": {
                "total": self.findings,
                "by_level": by_level,
                "rules": self.rules.to_json(TOP_JSON, rule),
                "principals": self.principals.to_json(TOP_JSON, name),
                "sources": self.sources.to_json(TOP_JSON, name),
                "accounts": self.accounts.to_json(TOP_JSON, name),
                "timeline": self.times.to_json(BARS_JSON_MAX),
            },
            "accounting": accounting::to_json(&self.tally, self.elapsed),
            "problems": {
                "total": self.problems_total,
                "listed": self.problems.iter().map(problem).collect::<Vec<_>>(),
            },
        });
        // Without them the summary is what it always was.
        let findings = whole.get_mut("findings").and_then(Value::as_object_mut);
        if let (Some(shown), Some(findings)) = (self.shown, findings) {
            findings.insert("shown".to_owned(), shown.into());
        }
        if let (Some(context), Some(object)) = (&self.context, whole.as_object_mut()) {
            let context = context.to_json(self.suppressed(), &self.hidden);
            object.insert("context".to_owned(), context);
        }
        if let (false, Some(object)) = (self.places.is_empty(), whole.as_object_mut()) {
            let places: Vec<Value> = self.places.iter().map(PlacesFile::to_json).collect();
            object.insert("places".to_owned(), places.into());
        }
        if let (Some((id, about)), Some(object)) = (&self.baseline, whole.as_object_mut()) {
            let baseline = json!({"id": id, "about": about});
            object.insert("baseline".to_owned(), baseline);
        }
        whole
    }
}

fn count_level(counts: &mut [u64; Level::ALL.len()], level: Level) {
    for (l, n) in Level::ALL.into_iter().zip(counts) {
        *n += u64::from(l == level);
    }
}

#[cfg(test)]
mod tests;
