//! `flowtrail baseline diff`: what one file has and another one has not.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::Write;

use flowtrail_baseline::{Dimension, Entry};
use flowtrail_output::write_json_line;
use serde_json::json;

use super::args::{Diff, Shape};
use super::build::summary;
use super::show::{line, told};
use super::{days, entries};
use crate::Outcome;
use crate::console;
use crate::memory::load;

/// What two files have of a dimension.
#[derive(Default)]
struct Both<'e> {
    gone: Vec<&'e Entry>,
    new: Vec<&'e Entry>,
    same: usize,
}

/// Compares two files.
///
/// # Errors
/// If one is none, and those of standard output.
pub(super) fn run(args: &Diff) -> anyhow::Result<Outcome> {
    let (before, after) = (load(&args.before)?, load(&args.after)?);
    let old = entries(&before, &args.before)?;
    let new = entries(&after, &args.after)?;
    let mut all = compare(&old, &new);
    all.retain(|d, _| args.dimensions.is_empty() || args.dimensions.contains(d));
    let mut out = console::stdout();
    match args.format {
        Shape::Json => {
            let of = all.iter().map(|(dimension, both)| {
                let told = |side: &[&Entry]| side.iter().map(|e| told(e)).collect::<Vec<_>>();
                json!({"dimension": dimension.name(), "new": told(&both.new),
                       "gone": told(&both.gone), "in_both": both.same})
            });
            let whole = json!({
                "before": summary(&before, &args.before),
                "after": summary(&after, &args.after),
                "dimensions": of.collect::<Vec<_>>(),
            });
            write_json_line(&whole, &mut out)?;
        }
        Shape::Text => {
            for (baseline, path) in [(&before, &args.before), (&after, &args.after)] {
                let (file, days) = (console::path(path), days(baseline));
                writeln!(out, "{file}: baseline {}, {days}", baseline.id())?;
            }
            all.iter()
                .try_for_each(|(d, both)| text(*d, both, args.limit, &mut out))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

/// Walks both lists, which are in order.
fn compare<'e>(old: &'e [Entry], new: &'e [Entry]) -> BTreeMap<Dimension, Both<'e>> {
    let mut all: BTreeMap<Dimension, Both<'e>> = BTreeMap::new();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return all,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => {
                let name = |e: &&'e Entry| (e.dimension, e.key.as_str(), e.value.as_str());
                name(a).cmp(&name(b))
            }
        };
        let of_old = if order.is_le() { old.next() } else { None };
        let of_new = if order.is_ge() { new.next() } else { None };
        match (of_old, of_new) {
            (Some(a), None) => all.entry(a.dimension).or_default().gone.push(a),
            (None, Some(b)) => all.entry(b.dimension).or_default().new.push(b),
            (Some(a), Some(_)) => all.entry(a.dimension).or_default().same += 1,
            (None, None) => {}
        }
    }
}

fn text(
    dimension: Dimension,
    both: &Both<'_>,
    limit: usize,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (new, gone) = (both.new.len(), both.gone.len());
    let (name, same) = (dimension.name(), both.same);
    writeln!(out, "\n{name}: {new} new, {gone} gone, {same} in both")?;
    for (sign, side) in [('+', &both.new), ('-', &both.gone)] {
        for entry in side.iter().take(limit) {
            let called = format!("{} {}", entry.key, entry.value);
            writeln!(out, "  {sign} {}", line(entry, &called))?;
        }
        if side.len() > limit {
            writeln!(out, "  {sign} and {} more", side.len() - limit)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> Entry {
        Entry {
            dimension: Dimension::PrincipalApi,
            key: key.to_owned(),
            value: value.to_owned(),
            spans: Vec::new(),
            records: 1,
        }
    }

    #[test]
    fn what_is_in_one_only() {
        let old = [entry("a", "1"), entry("a", "2"), entry("c", "1")];
        let new = [
            entry("a", "2"),
            entry("b", "1"),
            entry("c", "1"),
            entry("d", "1"),
        ];
        let all = compare(&old, &new);
        let both = &all[&Dimension::PrincipalApi];
        let names = |side: &[&Entry]| {
            side.iter()
                .map(|e| format!("{}{}", e.key, e.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&both.new), ["b1", "d1"]);
        assert_eq!(names(&both.gone), ["a1"]);
        assert_eq!(both.same, 2);
        assert!(compare(&[], &[]).is_empty());
    }
}
