//! `flowtrail backtest`: what rules would have found, and how often.

pub(crate) mod args;
mod budget;
mod compare;
mod days;
mod json;
mod report;
mod rules;
mod text;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow, bail};
use flowtrail_context::Given;
use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_output::write_json_line;
use flowtrail_scan::{TimeSpan, rule_options_knowing};
use flowtrail_sigma::{CorrelationIx, Level, RuleSet};
use flowtrail_table::{Detected, Logs, Run, detect};
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::console;
use crate::given;
use crate::judge::over_limit;
use crate::logs::{self, Reading};
use crate::memory::Basis;
use crate::progress::Bar;
use crate::query::ask::report as report_objects;
use crate::threads;
use args::{Backtest, BacktestFormat};
use compare::Known;
use days::Span;
use report::{Ran, Report, Wishes};
use rules::Sets;
use text::Text;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Does what was asked.
///
/// # Errors
/// If the rules, the logs or the context can not be used.
pub(crate) fn run(args: &Backtest) -> anyhow::Result<Outcome> {
    let (asked, words) = args.apart()?;
    let span = span(args)?;
    let basis = Basis::load(&args.memory)?;
    let given = basis.given(given::load(&args.rules)?);
    let options = rule_options_knowing(&given.knowledge());
    let mut sets = Sets::new(&asked, &args.rules, &options)?;
    let plans = plans(&mut sets, args.level, &given)?;
    let runtime = threads::start()?;
    let logs = open(args, span, &words, &runtime)?;
    let Some(learned) = basis.learn(&plans, &logs, args.jobs, &runtime)? else {
        bail!("interrupted before all was read");
    };
    let account = Arc::new(Run::default());
    let jobs = args
        .jobs
        .map_or_else(|| threads::cores().get(), std::num::NonZeroUsize::get);
    let detected = runtime.block_on(async {
        let _bar = Bar::new(&account);
        detect(&logs, &plans, jobs, &account, learned.memory.as_ref()).await
    });
    let detected = detected.map_err(|e| anyhow!("{e}"))?;
    let partial = report_objects(&account);
    let times = account.account().sums().times;
    let Some(ran) = finish(detected, &sets, times, args.level) else {
        bail!(
            "there are no records with a time in these logs{}",
            if span == TimeSpan::default() {
                ""
            } else {
                " and this span of time"
            }
        );
    };
    if ran.over_limit > 0 {
        console::say(&format!(
            "warning: {} findings beyond the limit are missing below",
            ran.over_limit
        ));
    }
    let most = write(args, &sets, &ran, partial)?;
    let over = args.fail_over.is_some_and(|max| most > max);
    Ok(
        if partial || learned.partial || sets.incomplete || ran.over_limit > 0 {
            Outcome::Incomplete
        } else if over {
            Outcome::Found
        } else {
            Outcome::Ran
        },
    )
}

/// The span of time that was asked for.
fn span(args: &Backtest) -> anyhow::Result<TimeSpan> {
    let mut span = TimeSpan {
        since: args.since,
        until: args.until,
    };
    if let Some(days) = args.days {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let until = args.until.map_or(now, |t| t.0);
        let back = i64::from(days.get()).saturating_mul(DAY_MS);
        span.since = Some(EventTime(until.saturating_sub(back)));
    }
    logs::span(span.since, span.until)
}

fn open(
    args: &Backtest,
    span: TimeSpan,
    words: &[OsString],
    runtime: &Runtime,
) -> anyhow::Result<Arc<Logs>> {
    let reading = Reading {
        since: span.since,
        until: span.until,
        lateness: args.lateness,
        flow_format: args.flow_format.as_deref(),
        aside: args.rules.aside(),
    };
    Ok(Arc::new(Logs {
        limits: limits(),
        ..logs::open(words, reading, runtime)?
    }))
}

/// Every finding is counted; this is no place to cut.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.findings_per_object_max = limits.findings_max;
    limits
}

/// The plan of the given rules, and where they change current ones that of the
/// current rules. The given ones are heard whatever their level.
fn plans(sets: &mut Sets, level: Level, given: &Given) -> anyhow::Result<Vec<Arc<Plan>>> {
    let lowest = sets.metas().map(|m| m.level).min().unwrap_or(level);
    let replaced = sets.replaced_metas().map(|m| m.level);
    let replaced = replaced.min().unwrap_or(level);
    let plan = |rules: &RuleSet, level| {
        let rules = Arc::new(rules.clone());
        let made = Plan::given(rules, &limits(), level, given);
        made.map(Arc::new).context("cannot prepare the rules")
    };
    if sets.one_run {
        return Ok(vec![plan(&sets.tested.rules, lowest.min(level))?]);
    }
    Ok(vec![
        plan(&sets.tested.rules, lowest)?,
        plan(&sets.current.rules, level.min(replaced))?,
    ])
}

/// What the workers found, apart. None if no record had a time.
fn finish(
    detected: Detected,
    sets: &Sets,
    times: Option<(EventTime, EventTime)>,
    level: Level,
) -> Option<Ran> {
    let span = Span::of(times?);
    let wanted: BTreeSet<CorrelationIx> = sets.correlations();
    let mut detectors = detected.detectors.into_iter();
    let tested = detectors
        .next()?
        .finish_with_rises(|ix| wanted.contains(&ix));
    let mut beyond = over_limit(&tested.loss);
    let is_given = |id: &str| sets.ids.contains(id);
    let (mut given, mut current) = (Vec::new(), Vec::new());
    for finding in tested.findings {
        let known = sets.one_run && finding.rule.level >= level;
        if is_given(&finding.rule.id) {
            given.push(finding);
        } else if known {
            current.push(finding);
        }
    }
    if let Some(detector) = detectors.next() {
        let (findings, loss) = detector.finish();
        beyond += over_limit(&loss);
        // Those that are replaced are heard whatever their level, as the given ones.
        let is_replaced = |id: &str| sets.replaced.iter().any(|(_, now)| now == id);
        let heard = |f: &Finding| f.rule.level >= level || is_replaced(&f.rule.id);
        current = findings.into_iter().filter(heard).collect();
    }
    Some(Ran {
        tested: given,
        current,
        rises: tested.rises.into_iter().collect(),
        records: detected.records,
        span,
        over_limit: beyond,
    })
}

/// Writes what is to be said of each rule. The most findings that one of them
/// has on a day.
fn write(args: &Backtest, sets: &Sets, ran: &Ran, partial: bool) -> anyhow::Result<u64> {
    let known = Known::new(ran.current.iter());
    let wishes = Wishes {
        budget: args.budget,
        samples: args.samples,
        top: args.top,
    };
    let mut reports = Vec::new();
    for meta in sets.metas() {
        let rules = (&sets.tested.rules, sets.before(&meta.id));
        reports.push(Report::new(meta, rules, ran, &known, &wishes));
    }
    let mut out = console::stdout();
    match args.format {
        BacktestFormat::Text => {
            let mut text = Text {
                out: &mut out,
                style: console::style(args.color),
                budget: args.budget,
                samples: args.samples,
            };
            reports.iter().try_for_each(|r| text.rule(r))?;
        }
        BacktestFormat::Json => {
            let document = json::document(&reports, ran, partial, args.samples);
            write_json_line(&document, &mut out)?;
        }
    }
    out.flush()?;
    Ok(reports.iter().map(|r| r.daily.most()).max().unwrap_or(0))
}
