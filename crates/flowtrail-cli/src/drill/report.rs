//! What is said of a drill.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::exercise::Exercise;
use super::litter::{Left, Litter};
use crate::Outcome;
use crate::args::{Drill, DrillFormat};
use crate::console;

/// A step of the chain, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Findings,
    Notification,
    Alarm,
}

impl Step {
    pub(super) const ALL: [Self; 3] = [Self::Findings, Self::Notification, Self::Alarm];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Notification => "notification",
            Self::Alarm => "alarm",
        }
    }

    /// Where to look if it does not come.
    const fn hint(self) -> &'static str {
        match self {
            Self::Findings => {
                "does the bucket's notification take the prefix? Then the function's log, its \
                 queue and the dead letters; other rules, or a higher level, find other things"
            }
            Self::Notification => {
                "the metric NotificationsFailed and the function's log; does it have this topic, \
                 and a notify level that is as low? Does a suppression hide the findings?"
            }
            Self::Alarm => {
                "the metric Findings in the alarm's namespace: without it the function may not \
                 put metrics, or puts them elsewhere; with it, the alarm's period and dimension"
            }
        }
    }
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nobody asked for it.
    NotAsked,
    Awaited,
    /// It came, so long after the object was written, and what is to be said of it.
    Arrived(Duration, String),
    /// This is not AWS, and cannot show it.
    NotEmulated(String),
    /// It came and is wrong, or cannot be looked at.
    Failed(String),
    /// It did not come in time, and what was missing last.
    Missing(String),
}

/// A drill as it is told.
pub(super) struct Report {
    format: DrillFormat,
    timeout: Duration,
    about: Value,
    headline: String,
    id: String,
    log: String,
    steps: [(Step, State); 3],
    left: Vec<Value>,
    /// The queue that hears the topic.
    pub(super) queue: Option<String>,
    bar: ProgressBar,
}

impl Report {
    pub(super) fn new(args: &Drill, exercise: &Exercise) -> Self {
        let asked = |yes: bool| if yes { State::Awaited } else { State::NotAsked };
        let expected = exercise
            .expected
            .iter()
            .map(|e| json!({"id": e.id, "rule": e.rule, "level": e.level, "title": e.title}));
        Self {
            format: args.format,
            timeout: args.timeout,
            about: json!({
                "schema": "flowtrail.drill.v1",
                "id": exercise.id,
                "object": exercise.log.uri(),
                "attacks": exercise.attacks,
                "records": exercise.records,
                "expected": expected.collect::<Vec<_>>(),
            }),
            headline: format!(
                "drill {}: {} in {}; {} from level {} on have to come",
                exercise.id,
                exercise.attacks.join(", "),
                console::counted(exercise.records, "record"),
                console::counted(exercise.expected.len(), "finding"),
                args.level.name(),
            ),
            id: exercise.id.clone(),
            log: exercise.log.uri(),
            steps: [
                (Step::Findings, asked(args.findings.is_some())),
                (Step::Notification, asked(args.topic.is_some())),
                (Step::Alarm, asked(args.alarm_prefix.is_some())),
            ],
            left: Vec::new(),
            queue: None,
            bar: bar(args.timeout),
        }
    }

    pub(super) fn begin(&self) -> anyhow::Result<()> {
        self.line(&self.headline)
    }

    pub(super) fn written(&self) -> anyhow::Result<()> {
        self.line(&format!("  written        {}", self.log))
    }

    pub(super) fn awaits(&self, step: Step) -> bool {
        self.steps.contains(&(step, State::Awaited))
    }

    pub(super) fn is_complete(&self) -> bool {
        !self.steps.iter().any(|(_, s)| *s == State::Awaited)
    }

    pub(super) fn set(&mut self, step: Step, state: State) -> anyhow::Result<()> {
        let said = self.said(step, &state);
        for (_, old) in self.steps.iter_mut().filter(|(s, _)| *s == step) {
            state.clone_into(old);
        }
        self.line(&said)
    }

    /// Time is up: what has not come is missing, for the reason last seen.
    pub(super) fn give_up(&mut self, missing: &BTreeMap<Step, String>) -> anyhow::Result<()> {
        for step in Step::ALL {
            if self.awaits(step) {
                let why = missing.get(&step).cloned().unwrap_or_default();
                self.set(step, State::Missing(why))?;
            }
        }
        Ok(())
    }

    pub(super) fn progress(&self, missing: &str, elapsed: Duration) {
        self.bar.set_position(elapsed.as_secs());
        self.bar.set_message(console::safe(missing));
    }

    /// What became of what was made.
    pub(super) fn clean(&mut self, litter: &Litter, left: &[Left]) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        let removed = litter.len() - left.len();
        if removed > 0 {
            let things = console::counted(removed, "thing");
            self.line(&format!("  removed        {things}"))?;
        }
        for Left { name, why, hint } in left {
            console::say(&format!(
                "warning: `{name}` could not be removed: {why}\nhint: {hint}"
            ));
            self.left.push(json!({"name": name, "why": why}));
        }
        Ok(())
    }

    pub(super) fn end(&self, interrupted: bool) -> anyhow::Result<Outcome> {
        let came = |s: &State| {
            matches!(
                s,
                State::Arrived(..) | State::NotEmulated(_) | State::NotAsked
            )
        };
        let arrived = self.steps.iter().all(|(_, s)| came(s));
        if self.format == DrillFormat::Json {
            let mut about = self.about.clone();
            if let Some(fields) = about.as_object_mut() {
                let steps: Vec<Value> = self.steps.iter().map(|(n, s)| step(*n, s)).collect();
                fields.insert("steps".to_owned(), json!(steps));
                fields.insert("left_behind".to_owned(), json!(self.left));
                fields.insert("interrupted".to_owned(), json!(interrupted));
                fields.insert("arrived".to_owned(), json!(arrived));
            }
            let mut out = console::stdout();
            flowtrail_output::write_json_line(&about, &mut out)?;
            out.flush()?;
        }
        if interrupted && !arrived {
            console::say("interrupted: what was made is removed");
            self.warn_of_what_is_on_its_way();
            return Ok(Outcome::Incomplete);
        }
        for (step, state) in &self.steps {
            if !came(state) {
                console::say(&format!(
                    "{} did not come\nhint: {}",
                    step.name(),
                    step.hint()
                ));
            }
        }
        if !arrived {
            self.warn_of_what_is_on_its_way();
        }
        let shown = |(_, s): &(Step, State)| !matches!(s, State::NotEmulated(_));
        self.line(match (arrived, self.steps.iter().all(shown)) {
            (true, true) => "all arrived",
            (true, false) => "all arrived that can be shown here",
            (false, _) => "not all arrived",
        })?;
        Ok(if arrived {
            Outcome::Ran
        } else {
            Outcome::Found
        })
    }

    /// The log is gone, and whoever was told of it may look for it yet.
    fn warn_of_what_is_on_its_way(&self) {
        console::say(&format!(
            "note: what is on its way may still come: findings that begin with `DRILL: `, \
             a page, or a dead letter that names {}, which is gone\n\
             hint: throw such a letter away; findings of it have {} in their keys",
            self.log, self.id,
        ));
    }

    fn said(&self, step: Step, state: &State) -> String {
        let name = step.name();
        match state {
            State::Arrived(after, detail) => {
                format!("  {name:<13}  after {:.1} s: {detail}", after.as_secs_f64())
            }
            State::NotEmulated(detail) => format!("  {name:<13}  {detail}"),
            State::Failed(detail) => format!("  {name:<13}  FAILED: {detail}"),
            State::Missing(why) => {
                let after = self.timeout.as_secs();
                let why = if why.is_empty() {
                    ""
                } else {
                    &format!(": {why}")
                };
                format!("  {name:<13}  MISSING after {after} s{why}")
            }
            State::NotAsked | State::Awaited => format!("  {name:<13}"),
        }
    }

    /// A line of the text, as it happens.
    fn line(&self, text: &str) -> anyhow::Result<()> {
        if self.format == DrillFormat::Text {
            let mut out = console::stdout();
            self.bar.suspend(|| {
                writeln!(out, "{}", console::safe(text))?;
                out.flush()
            })?;
        }
        Ok(())
    }
}

fn step(step: Step, state: &State) -> Value {
    let (word, after, detail) = match state {
        State::NotAsked => ("not_asked", None, ""),
        State::Awaited => ("awaited", None, ""),
        State::Arrived(after, detail) => ("arrived", Some(after.as_secs_f64()), detail.as_str()),
        State::NotEmulated(detail) => ("not_emulated", None, detail.as_str()),
        State::Failed(detail) => ("failed", None, detail.as_str()),
        State::Missing(why) => ("missing", None, why.as_str()),
    };
    let hint = matches!(state, State::Missing(_) | State::Failed(_)).then(|| step.hint());
    json!({"step": step.name(), "state": word, "seconds": after, "detail": detail, "hint": hint})
}

fn bar(timeout: Duration) -> ProgressBar {
    if !console::shows_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(timeout.as_secs());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} s: {msg}") {
        bar.set_style(style);
    }
    bar
}
