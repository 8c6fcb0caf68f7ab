//! `flowtrail baseline show`: what a file says.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::anyhow;
use flowtrail_baseline::{Baseline, DIMENSIONS, Day, Dimension, Entry};
use flowtrail_output::{sanitize, write_json_line};
use serde_json::{Value, json};

use super::args::{Shape, Show};
use super::build::summary;
use super::{days, entries};
use crate::Outcome;
use crate::console;
use crate::memory::{in_file, load};

/// Shows a file.
///
/// # Errors
/// If it is none, and those of standard output.
pub(super) fn run(args: &Show) -> anyhow::Result<Outcome> {
    let baseline = load(&args.file)?;
    let all = entries(&baseline, &args.file)?;
    let mut out = console::stdout();
    if args.dimensions.is_empty() && args.key.is_none() {
        whole(&baseline, &all, args, &mut out)?;
    } else {
        let asked = |e: &&Entry| {
            let of_key = args.key.as_ref().is_none_or(|key| e.key.contains(key));
            of_key && (args.dimensions.is_empty() || args.dimensions.contains(&e.dimension))
        };
        some(all.iter().filter(asked), args, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

/// Days and records of an account.
type OfAccount = (Day, Day, usize, u64);

fn whole(
    baseline: &Baseline,
    all: &[Entry],
    args: &Show,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let covered = baseline.coverage().map_err(|e| in_file(&args.file, &e))?;
    let mut accounts: BTreeMap<String, OfAccount> = BTreeMap::new();
    for (account, day, records) in covered {
        let of = accounts.entry(account).or_insert((day, day, 0, 0));
        let all = of.3.saturating_add(records);
        *of = (of.0.min(day), of.1.max(day), of.2 + 1, all);
    }
    let mut seen: BTreeMap<Dimension, usize> = BTreeMap::new();
    all.iter()
        .for_each(|e| *seen.entry(e.dimension).or_default() += 1);
    if args.format == Shape::Json {
        let mut value = summary(baseline, &args.file);
        let object = value.as_object_mut().ok_or_else(|| anyhow!("no object"))?;
        let seen = seen.iter().map(|(d, n)| (d.name().to_owned(), json!(n)));
        object.insert("seen".to_owned(), Value::Object(seen.collect()));
        let accounts = accounts
            .iter()
            .map(|(account, (first, last, days, records))| {
                json!({"account": account, "first": first.to_string(), "last": last.to_string(),
                   "days": days, "records": records})
            });
        object.insert("accounts".to_owned(), accounts.collect());
        write_json_line(&value, &mut *out)?;
        return Ok(());
    }
    let header = baseline.header();
    let file = console::path(&args.file);
    writeln!(
        out,
        "{file}: baseline {}, {}",
        baseline.id(),
        days(baseline)
    )?;
    writeln!(out, "{}", header.calendar)?;
    writeln!(out, "\naccounts")?;
    for (account, (first, last, days, records)) in &accounts {
        let account = sanitize(account);
        writeln!(
            out,
            "  {account:12}  {first} to {last}, {days} days, {records} records"
        )?;
    }
    writeln!(out, "\nwhat is known")?;
    for dimension in DIMENSIONS {
        let keys = header.keys.get(dimension.name()).copied().unwrap_or(0);
        if keys == 0 {
            continue;
        }
        let values = match seen.get(dimension) {
            Some(values) => format!(", {values} times {}", dimension.value()),
            None => String::new(),
        };
        let (name, key) = (dimension.name(), dimension.key());
        writeln!(out, "  {name:19}  {keys} times {key}{values}")?;
    }
    Ok(())
}

fn some<'e>(
    entries: impl Iterator<Item = &'e Entry>,
    args: &Show,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut head = None;
    let (mut shown, mut left) = (0, 0);
    for entry in entries {
        if args.format == Shape::Json {
            write_json_line(&told(entry), &mut *out)?;
            continue;
        }
        if shown == args.limit {
            left += 1;
            continue;
        }
        shown += 1;
        let (dimension, key) = (entry.dimension, entry.key.as_str());
        if head != Some((dimension, key)) {
            writeln!(out, "{} of {}", dimension.name(), sanitize(key))?;
            head = Some((dimension, key));
        }
        writeln!(out, "  {}", line(entry, &entry.value))?;
    }
    if left > 0 {
        writeln!(out, "and {left} more; `--limit N` shows more")?;
    }
    if shown == 0 && args.format == Shape::Text {
        console::say("note: there is nothing of that in this baseline");
    }
    Ok(())
}

/// Days and records of an entry, behind what it is called.
pub(super) fn line(entry: &Entry, called: &str) -> String {
    let days = match entry.days() {
        Some((first, last)) if first == last => format!("{first}"),
        Some((first, last)) => format!("{first} to {last}"),
        None => String::new(),
    };
    let records = entry.records;
    let called = sanitize(called);
    format!("{called:40}  {days}, {records} records")
}

/// An entry as JSON.
pub(super) fn told(entry: &Entry) -> Value {
    let days = entry.days();
    json!({
        "dimension": entry.dimension.name(), "key": entry.key, "value": entry.value,
        "first": days.map(|(first, _)| first.to_string()),
        "last": days.map(|(_, last)| last.to_string()), "records": entry.records,
    })
}
