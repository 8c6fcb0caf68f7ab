//! `flowtrail baseline explain`: what is usual, beside what was seen.

use std::io::{self, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use flate2::bufread::MultiGzDecoder;
use flowtrail_baseline::{Baseline, Calendar, Day};
use flowtrail_context::Given;
use flowtrail_detect::Plan;
use flowtrail_event::{EventTime, Limits};
use flowtrail_output::{Format, Style, sanitize, write_json_line};
use flowtrail_sigma::Level;
use flowtrail_table::{Pick, RuleRow, Ruling};
use serde::Deserialize as _;
use serde_json::{Deserializer, Value, json};

use super::args::{Explain, Shape};
use super::build::read;
use super::show::line;
use super::usual::{Finding, Known, Numbers, Usual};
use super::{days, entries};
use crate::Outcome;
use crate::console;
use crate::given;
use crate::judge::Judge;
use crate::logs::{self, Reading};
use crate::memory::{Basis, in_file, load};
use crate::segments::args::Time;
use crate::segments::gather::What;
use crate::sources;
use crate::threads;

/// Digits of an id that are enough to look for it.
const ID_MIN: usize = 6;

/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Explains findings.
///
/// # Errors
/// If there is no such finding, if nothing says what is usual, and those of
/// files, logs and standard output.
pub(super) fn run(args: &Explain) -> anyhow::Result<Outcome> {
    let basis = match &args.baseline {
        Some(path) => Basis::File(Arc::new(load(path)?)),
        None if args.paths.is_empty() => bail!(
            "nothing says what is usual\nhint: give `--baseline FILE`, or the logs behind the \
             finding"
        ),
        None => Basis::Logs,
    };
    let given = given::load(&args.rules)?;
    let findings = findings(args, &basis, &given)?;
    let mut out = console::stdout();
    let mut outcome = Outcome::Ran;
    if let (Basis::File(baseline), Some(path)) = (&basis, &args.baseline) {
        let all = entries(baseline, path)?;
        let known = Known::new(baseline, &all);
        findings
            .iter()
            .try_for_each(|f| explain(f, &known, args, &mut out))?;
    } else {
        for finding in &findings {
            let (baseline, partial) = before(finding, args, &given)?;
            let all = entries(&baseline, &args.finding)?;
            explain(finding, &Known::new(&baseline, &all), args, &mut out)?;
            if partial {
                outcome = Outcome::Incomplete;
            }
        }
    }
    out.flush()?;
    Ok(outcome)
}

/// The findings that were named.
fn findings(args: &Explain, basis: &Basis, given: &Given) -> anyhow::Result<Vec<Finding>> {
    let path = args.finding.as_path();
    if path == Path::new("-") {
        return told(io::stdin().lock(), path);
    }
    match std::fs::File::open(path) {
        Ok(file) => told(BufReader::new(file), path),
        Err(e) => {
            let word = path.to_str().unwrap_or_default();
            let is_id = word.len() >= ID_MIN && word.bytes().all(|b| b.is_ascii_hexdigit());
            match (is_id, args.paths.is_empty()) {
                (true, false) => find(&word.to_ascii_lowercase(), args, basis, given),
                (true, true) => bail!(
                    "there is no file `{word}`\nhint: to look for a finding of this id, name \
                     the logs behind it"
                ),
                (false, _) => Err(console::cannot("open", path, &e)),
            }
        }
    }
}

/// The findings of a file, compressed or not, in which JSON follows JSON: findings,
/// as lines or laid out for reading, and documents of the function that hold those
/// of an object.
fn told(mut input: impl io::BufRead, path: &Path) -> anyhow::Result<Vec<Finding>> {
    let start = input.fill_buf();
    let start = start.map_err(|e| console::cannot("read", path, &e))?;
    if start.starts_with(&GZIP) {
        values(BufReader::new(MultiGzDecoder::new(input)), path)
    } else {
        values(input, path)
    }
}

fn values(input: impl io::Read, path: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut all = Vec::new();
    for (n, value) in (1..).zip(Deserializer::from_reader(input).into_iter::<Value>()) {
        let found = value.and_then(|mut value| match value.get_mut("findings") {
            Some(of_object) => Vec::<Finding>::deserialize(of_object.take()),
            None => Finding::deserialize(value).map(|finding| vec![finding]),
        });
        all.extend(found.map_err(|e| {
            anyhow!(
                "{}: number {n} is no finding: {}\nhint: `--format jsonl` writes findings that \
                 can be read here, and so does the function",
                console::path(path),
                sanitize(&e.to_string())
            )
        })?);
    }
    Ok(all)
}

/// The finding of an id, of the rules over the logs.
fn find(id: &str, args: &Explain, basis: &Basis, given: &Given) -> anyhow::Result<Vec<Finding>> {
    let given = basis.given(given.clone());
    let compilation = sources::chosen(&args.rules, &given)?;
    sources::report_problems(&compilation);
    let rows = RuleRow::all(&compilation).into();
    let (rules, level) = (Arc::new(compilation.rules), Level::Informational);
    let plan = Plan::given(rules, &Limits::default(), level, &given);
    let plan = Arc::new(plan.context("cannot prepare the rules")?);
    let judged = threads::with(|runtime| {
        let reading = Reading {
            flow_format: args.flow_format.as_deref(),
            aside: args
                .rules
                .aside()
                .into_iter()
                .chain(args.baseline.clone())
                .collect(),
            ..Reading::default()
        };
        let logs = logs::open(&args.paths, reading, runtime)?;
        let learned = basis.learn(&[Arc::clone(&plan)], &logs, args.jobs, runtime)?;
        let memory = learned.context("interrupted before all was read")?.memory;
        let judge = Judge {
            rules: Ruling { plan, rows, memory },
            logs,
            context: given.context,
            places: given.places,
            jobs: args.jobs,
            pick: Pick::default(),
        };
        let judged = judge.run(runtime)?;
        threads::end_at_interrupt(runtime);
        judged.context("interrupted before all was read")
    })?;
    let all = judged.found.findings.iter();
    let found: Vec<_> = all.filter(|f| f.id.to_string().starts_with(id)).collect();
    if found.is_empty() {
        bail!(
            "there is no finding {id} in these logs\nhint: the rules and the baseline have to be \
             those that it was found with"
        );
    }
    let mut text = Vec::new();
    Format::Jsonl.write_all(found, &Style::default(), &mut text)?;
    told(&*text, &args.finding)
}

/// What logs show before the day of a finding.
fn before(finding: &Finding, args: &Explain, given: &Given) -> anyhow::Result<(Baseline, bool)> {
    let day = day_of(finding).context("the finding has no time, so no day is before it")?;
    let what = What {
        paths: &args.paths,
        time: Time {
            since: None,
            until: Some(day.begins()),
        },
        flow_format: args.flow_format.as_deref(),
        jobs: args.jobs,
    };
    let (history, partial) = read(&what, Calendar::default(), given.places.as_ref())?;
    let bytes = history.write().map_err(|e| in_file(&args.finding, &e))?;
    let baseline = Baseline::read(bytes).map_err(|e| in_file(&args.finding, &e))?;
    Ok((baseline, partial))
}

fn day_of(finding: &Finding) -> Option<Day> {
    EventTime::parse(finding.first.as_ref()?.as_bytes()).map(Day::of)
}

fn explain(
    finding: &Finding,
    known: &Known<'_>,
    args: &Explain,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let usual = known.usual(finding, day_of(finding));
    let numbers = known.numbers(finding);
    let baseline = known.baseline;
    if args.format == Shape::Json {
        let header = baseline.header();
        let whole = json!({
            "finding": finding.id, "title": finding.title, "first": finding.first,
            "found_with": finding.baseline,
            "baseline": {
                "id": baseline.id(),
                "first": header.first.map(|d| d.to_string()),
                "last": header.last.map(|d| d.to_string()),
            },
            "first_seen": usual.iter().map(Usual::to_json).collect::<Vec<_>>(),
            "hours": numbers.iter().map(Numbers::to_json).collect::<Vec<_>>(),
        });
        write_json_line(&whole, out)?;
        return Ok(());
    }
    let time = finding.first.as_deref().unwrap_or("time unknown");
    let (time, title, id) = (
        sanitize(time),
        sanitize(&finding.title),
        sanitize(&finding.id),
    );
    writeln!(out, "{time}  {title}, finding {id}")?;
    writeln!(out, "baseline {}, {}", baseline.id(), days(baseline))?;
    if let Some(with) = finding.baseline.as_deref().filter(|w| *w != baseline.id()) {
        writeln!(out, "found with another one: {}", sanitize(with))?;
    }
    for of in &usual {
        dimension(of, args.limit, out)?;
    }
    if !numbers.is_empty() {
        writeln!(out, "\nin an hour")?;
    }
    for of in &numbers {
        let (name, key) = (of.dimension.name(), sanitize(&of.key));
        writeln!(out, "  {name} of {key}")?;
        writeln!(
            out,
            "    {} of {} hours with something; mean {:.1}, deviation {:.1}, median {}, 99 of 100 \
             up to {}, all up to {}",
            of.hours.0, of.hours.1, of.mean, of.deviation, of.median, of.p99, of.max
        )?;
    }
    if usual.is_empty() && numbers.is_empty() {
        writeln!(out, "\nit names nobody of whom anything is known")?;
    }
    writeln!(out)?;
    Ok(())
}

/// What is known of one dimension.
fn dimension(of: &Usual<'_>, limit: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let (name, key) = (of.dimension.name(), sanitize(&of.key));
    match &of.value {
        Some(value) => writeln!(out, "\n{name}: {} is new to {key}", sanitize(value))?,
        None => writeln!(out, "\n{name} of {key}")?,
    }
    match (of.since, of.has_learned) {
        (None, _) => writeln!(out, "  never seen before: judged by what others have")?,
        (Some(since), false) => {
            writeln!(
                out,
                "  seen since {since}, which is too short: judged by what others have"
            )?;
        }
        (Some(since), true) => writeln!(out, "  seen since {since}; usual are")?,
    }
    list(&of.has, |e| &e.value, limit, out)?;
    if of.value.is_some() {
        let (having, all) = of.peers;
        // Themselves included, if the file has seen it of them since.
        writeln!(out, "  {having} of {all} have it")?;
        list(&of.others, |e| &e.key, limit, out)?;
    }
    Ok(())
}

fn list(
    all: &[&flowtrail_baseline::Entry],
    called: impl Fn(&flowtrail_baseline::Entry) -> &String,
    limit: usize,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for entry in all.iter().take(limit) {
        writeln!(out, "    {}", line(entry, called(entry)))?;
    }
    if all.len() > limit {
        writeln!(out, "    and {} more", all.len() - limit)?;
    }
    Ok(())
}
