//! `flowtrail rules list`: the rules that raise findings.

use std::io::Write as _;

use flowtrail_detect::Guidance;
use flowtrail_event::Service;
use flowtrail_output::{sanitize, write_json_line};
use flowtrail_sigma::{Compilation, Correlation, MemberOf, RuleMeta, RuleSet, Services};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::RuleChoice;
use crate::console;
use crate::context;
use crate::sources;

/// A rule as it is listed.
pub(super) struct Row<'r> {
    pub(super) meta: &'r RuleMeta,
    pub(super) logs: String,
    pub(super) looks_at: &'static str,
    /// Knowledge without which it is not active.
    pub(super) needs: Vec<&'static str>,
    pub(super) guidance: Guidance,
}

impl<'r> Row<'r> {
    fn new(meta: &'r RuleMeta, services: Services, is_window: bool) -> Self {
        Row {
            meta,
            logs: names(services),
            looks_at: if is_window { "window" } else { "event" },
            needs: Vec::new(),
            // What is wrong with it is reported as a problem of its file.
            guidance: Guidance::of(meta).unwrap_or_default(),
        }
    }

    /// What has to be there for the rule to see anything, in words; empty if
    /// ordinary logs are enough.
    pub(super) fn conditions(&self) -> String {
        let mut parts = Vec::new();
        if !self.needs.is_empty() {
            parts.push(format!(
                "not active: needs a {}",
                self.needs.join(" and a ")
            ));
        }
        if !self.guidance.data_events.is_empty() {
            let types = self.guidance.data_events.join(", ");
            parts.push(format!("data events of {types}"));
        }
        parts.join("; ")
    }

    fn json(&self) -> Value {
        let (meta, guidance) = (self.meta, &self.guidance);
        json!({
            "id": meta.id, "name": meta.name, "title": meta.title, "level": meta.level,
            "level_reason": guidance.level_reason, "logs": self.logs,
            "looks_at": self.looks_at, "active": self.needs.is_empty(), "needs": self.needs,
            "data_events": guidance.data_events, "tags": meta.tags,
            "techniques": meta.techniques(), "cis": guidance.cis,
            "group_by": guidance.group_by, "alarm": guidance.alarm,
            "falsepositives": meta.falsepositives, "response": guidance.response,
            "runbook": guidance.runbook, "file": meta.file,
        })
    }
}

/// Lists the rules of a choice, gravest first.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(choice: &RuleChoice, as_json: bool) -> anyhow::Result<Outcome> {
    let context = context::load(choice.context.as_deref())?;
    let compilation = sources::chosen(choice, context.as_ref())?;
    sources::report_problems(&compilation);
    let rows = rows(&compilation);
    let mut out = console::stdout();
    if as_json {
        for row in &rows {
            write_json_line(&row.json(), &mut out)?;
        }
    } else {
        for line in lines(&rows) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(if sources::has_errors(&compilation) {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

/// The rules and correlations that raise findings, or will, gravest first.
pub(super) fn rows(compilation: &Compilation) -> Vec<Row<'_>> {
    let rules = &compilation.rules;
    let events = rules.rules().iter().filter(|r| r.emits);
    let events = events.map(|r| Row::new(&r.meta, r.services, false));
    let windows = rules.correlations().iter().filter(|c| c.emits);
    let windows = windows.map(|c| Row::new(&c.meta, services_of(rules, c), true));
    let waiting = compilation.inactive.iter().filter(|i| i.emits);
    let waiting = waiting.map(|i| Row {
        needs: i.needs.iter().copied().collect(),
        ..Row::new(&i.meta, i.services, i.is_correlation)
    });
    let mut rows: Vec<Row<'_>> = events.chain(windows).chain(waiting).collect();
    rows.sort_by(|a, b| {
        let grave = b.meta.level.cmp(&a.meta.level);
        grave.then_with(|| (&a.logs, &a.meta.title).cmp(&(&b.logs, &b.meta.title)))
    });
    rows
}

/// The logs that a correlation draws from, through the correlations below it.
pub(crate) fn services_of(rules: &RuleSet, correlation: &Correlation) -> Services {
    let of = |m: &MemberOf| match *m {
        MemberOf::Rule(ix) => rules.rule(ix).map(|r| r.services),
        MemberOf::Correlation(ix) => {
            let below = rules.correlations().get(ix.0 as usize);
            below.map(|c| services_of(rules, c))
        }
    };
    let members = correlation.members.iter().filter_map(|m| of(&m.of));
    members.flat_map(|s| s.iter().collect::<Vec<_>>()).collect()
}

/// One line for each rule, in columns as wide as they have to be. The short id
/// is enough for `rules explain`.
fn lines(rows: &[Row<'_>]) -> Vec<String> {
    let widest = |column: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let level = widest(&|r| r.meta.level.name().len());
    let logs = widest(&|r| r.logs.len());
    let line = |r: &Row<'_>| {
        let id: String = r.meta.id.chars().take(8).collect();
        let techniques = r.meta.techniques();
        let attack = if techniques.is_empty() {
            String::new()
        } else {
            format!(" ({})", techniques.join(", "))
        };
        let conditions = match r.conditions() {
            none if none.is_empty() => none,
            some => format!(" [{some}]"),
        };
        let line = format!(
            "{:level$}  {:logs$}  {:6}  {id:8}  {}{attack}{conditions}",
            r.meta.level.name(),
            r.logs,
            r.looks_at,
            r.meta.title
        );
        sanitize(&line).into_owned()
    };
    rows.iter().map(line).collect()
}

/// The logs of a rule in a word or two.
fn names(services: Services) -> String {
    if services.iter().count() == Service::ALL.len() {
        return "all".to_owned();
    }
    let all: Vec<&str> = services.iter().map(Service::name).collect();
    all.join(",")
}
