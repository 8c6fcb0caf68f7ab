//! The summary for people.

use std::io::{self, Write};

use flowtrail_sigma::Level;

use super::top::Top;
use super::{Summary, TOP_TEXT, accounting};
use crate::sanitize::shown;
use crate::text::{level_sgr, level_word};
use crate::{Style, phrase};

/// Columns for which the summary is laid out where no width is given.
const WIDTH_DEFAULT: usize = 100;
/// Columns before a name in a table: margin, count, gap.
const NAME_COLUMN: usize = 16;
/// Columns of a rule's level and the gaps around it.
const LEVEL_COLUMNS: usize = 10;
/// Columns of the beginning of a rule's id, by which `rules explain` knows it.
const ID_COLUMNS: usize = 8;
/// Columns of a hint, which may name a file.
const HINT_COLUMNS_MAX: usize = 4096;
/// Problems that the text lists.
const PROBLEMS_TEXT: usize = 10;

pub(super) fn write(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    levels(s, style, out)?;
    if s.findings > 0 {
        rules(s, style, out)?;
        names("Principals", &s.principals, style, out)?;
        names("Source addresses", &s.sources, style, out)?;
        names("Accounts", &s.accounts, style, out)?;
        timeline(s, style, out)?;
    }
    suppressions(s, style, out)?;
    records(s, style, out)?;
    waiting(s, out)?;
    problems(s, style, out)?;
    for sentence in s.discrepancies() {
        writeln!(
            out,
            "\n{}",
            style.paint("1;31", &format!("warning: {sentence}"))
        )?;
    }
    Ok(())
}

/// Which rules did not look, and what they would need.
fn waiting(s: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let loaded = s.rules_loaded.as_ref();
    let Some((ran, waiting)) = loaded.filter(|(_, waiting)| waiting.rules > 0) else {
        return Ok(());
    };
    let rules = phrase::count(waiting.rules as u64);
    let needs = waiting.needs.iter().map(|need| match need.as_str() {
        "countries" | "places" => need.clone(),
        "systems" => "autonomous systems".to_owned(),
        _ => format!("a {need}"),
    });
    let needs = needs.collect::<Vec<_>>().join(" or ");
    let ran = phrase::count(*ran as u64);
    writeln!(
        out,
        "\n{ran} rules looked; {rules} could not for lack of {needs} (flowtrail rules list)"
    )?;
    match &waiting.hint {
        Some(hint) => writeln!(out, "hint: {}", shown(hint, HINT_COLUMNS_MAX)),
        None => Ok(()),
    }
}

/// Who hid how many findings, and who does so no longer.
fn suppressions(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let expired = s.context.as_ref().map_or(&[][..], |c| &c.expired);
    if s.suppressed() == 0 && expired.is_empty() {
        return Ok(());
    }
    title("Suppressed", style, out)?;
    for (by, n) in s.hidden.iter() {
        let until = phrase::instant(by.expires);
        let text = format!("{} of {} until {until}: {}", by.id, by.owner, by.reason);
        row(
            &phrase::count(n),
            &shown(&text, room(style, NAME_COLUMN)),
            out,
        )?;
    }
    for gone in expired {
        let text = format!(
            "{} of {} at {}: it hides nothing",
            gone.id,
            gone.owner,
            phrase::instant(gone.expires)
        );
        row("expired", &shown(&text, room(style, NAME_COLUMN)), out)?;
    }
    Ok(())
}

/// Columns for a name behind `used` others.
fn room(style: &Style, used: usize) -> usize {
    let fallback = WIDTH_DEFAULT.saturating_sub(used);
    style.room(used).unwrap_or(fallback)
}

fn title(text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint("1", text))
}

fn levels(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = Vec::new();
    for (level, n) in Level::ALL.into_iter().zip(s.by_level).rev() {
        if n > 0 {
            let word = style.paint(level_sgr(level), level_word(level));
            parts.push(format!("{} {word}", phrase::count(n)));
        }
    }
    let total = phrase::plural(s.findings, "finding");
    let hidden = match s.suppressed() {
        0 => String::new(),
        n => format!("; {} suppressed", phrase::count(n)),
    };
    let shown = match s.shown {
        None => String::new(),
        Some(n) => format!("; {} shown", phrase::count(n)),
    };
    match parts.is_empty() {
        true => writeln!(out, "{}", style.paint("1", &total)),
        false => writeln!(
            out,
            "{}: {}{hidden}{shown}",
            style.paint("1", &total),
            parts.join(", ")
        ),
    }
}

fn rules(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    title("Rules", style, out)?;
    for ((level, name, id), n) in s.rules.first(TOP_TEXT) {
        let word = level_word(*level);
        let gap = " ".repeat(8_usize.saturating_sub(word.len()));
        let word = style.paint(level_sgr(*level), word);
        let short: String = id.chars().take(ID_COLUMNS).collect();
        let used = NAME_COLUMN + LEVEL_COLUMNS + ID_COLUMNS + 2;
        let text = shown(name, room(style, used));
        let short = shown(&short, ID_COLUMNS);
        writeln!(
            out,
            "  {:>12}  {word}{gap}  {short:ID_COLUMNS$}  {text}",
            phrase::count(n)
        )?;
    }
    more(s.rules.len(), out)
}

fn names(heading: &str, top: &Top<String>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if top.len() == 0 {
        return Ok(());
    }
    title(heading, style, out)?;
    for (name, n) in top.first(TOP_TEXT) {
        writeln!(
            out,
            "  {:>12}  {}",
            phrase::count(n),
            shown(name, room(style, NAME_COLUMN))
        )?;
    }
    more(top.len(), out)
}

/// How many names a table left out.
fn more(names: usize, out: &mut dyn Write) -> io::Result<()> {
    match names.saturating_sub(TOP_TEXT) {
        0 => Ok(()),
        left => writeln!(out, "  {:>12}  {left} more", ""),
    }
}

fn timeline(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    title("Over time (UTC)", style, out)?;
    if let Some(bars) = s.times.bars(room(style, 4)) {
        let width = phrase::span(
            u64::try_from(bars.minutes)
                .unwrap_or(0)
                .saturating_mul(60_000),
        );
        writeln!(out, "  {}", bars.sparkline(style.ascii))?;
        let (first, last) = (bars.start, bars.last_start());
        let begin = phrase::instant(first);
        match bars.counts.len() {
            1 => writeln!(out, "  {begin}, one bar of {width}")?,
            n => {
                writeln!(out, "  {begin} to {}", phrase::instant(last))?;
                writeln!(
                    out,
                    "  {n} bars of {width}, at most {} in one",
                    phrase::count(bars.peak())
                )?;
            }
        }
    }
    match s.times.untimed() {
        0 => Ok(()),
        n => writeln!(out, "  {} without a time", phrase::plural(n, "finding")),
    }
}

fn records(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let t = &s.tally;
    title("Read", style, out)?;
    let read = t.objects.saturating_sub(t.objects_failed);
    row(
        "objects",
        &format!(
            "{} read, {} failed",
            phrase::count(read),
            phrase::count(t.objects_failed)
        ),
        out,
    )?;
    let skipped = u64::try_from(accounting::skipped(t)).unwrap_or(u64::MAX);
    let sum = if s.discrepancies().is_empty() {
        "="
    } else {
        "is not"
    };
    let sum = format!(
        "{} in {sum} {} evaluated + {} skipped",
        phrase::count(t.records),
        phrase::count(t.evaluated),
        phrase::count(skipped)
    );
    row("records", &sum, out)?;
    for (reason, n) in accounting::skips(t) {
        let expected = if reason.is_expected() {
            " (as expected)"
        } else {
            ""
        };
        row(
            "skipped",
            &format!("{} {}{expected}", phrase::count(n), reason.name()),
            out,
        )?;
    }
    for (kind, n) in accounting::notes(t) {
        row(
            "noted",
            &format!("{} {}", phrase::count(n), kind.name()),
            out,
        )?;
    }
    let bytes = format!(
        "{} stored, {} inflated",
        phrase::bytes(t.bytes_stored),
        phrase::bytes(t.bytes_inflated)
    );
    row("bytes", &bytes, out)?;
    context(s, style, out)?;
    let Some(elapsed) = s.elapsed else {
        return Ok(());
    };
    let mut took = format!(
        "{}.{:03} s",
        phrase::count(elapsed.as_secs()),
        elapsed.subsec_millis()
    );
    let records = accounting::per_sec(t.records, elapsed);
    if let (Some(records), Some(bytes)) = (records, accounting::per_sec(t.bytes_inflated, elapsed))
    {
        took += &format!(
            ": {} records/s, {}/s",
            phrase::count(records),
            phrase::bytes(bytes)
        );
    }
    row("took", &took, out)
}

/// The baseline, the files of places, the context file, and the records that this could not help
/// with.
fn context(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if let Some((_, about)) = &s.baseline {
        row("baseline", &shown(about, room(style, NAME_COLUMN)), out)?;
    }
    for places in &s.places {
        let text = shown(&places.text(), room(style, NAME_COLUMN));
        row("places", &text, out)?;
    }
    let Some(context) = &s.context else {
        return Ok(());
    };
    let file = shown(&context.file, room(style, NAME_COLUMN));
    row(
        "context",
        &format!("{file}, version {}", context.version),
        out,
    )?;
    if context.ambiguous == 0 {
        return Ok(());
    }
    let records = phrase::plural(context.ambiguous, "record");
    let text = format!("{records} with an address that several networks have");
    row("ambiguous", &text, out)
}

fn row(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {label:>12}  {text}")
}

fn problems(s: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if s.problems_total == 0 {
        return Ok(());
    }
    title("Not read to the end", style, out)?;
    for p in s.problems.iter().take(PROBLEMS_TEXT) {
        let detail = if p.detail.is_empty() {
            String::new()
        } else {
            format!(": {}", p.detail)
        };
        let text = shown(&format!("{}{detail}", p.object), room(style, NAME_COLUMN));
        writeln!(out, "  {:>12}  {text}", p.fault.name())?;
    }
    let listed = u64::try_from(s.problems.len().min(PROBLEMS_TEXT)).unwrap_or(u64::MAX);
    match s.problems_total.saturating_sub(listed) {
        0 => Ok(()),
        left => writeln!(out, "  {:>12}  {} more", "", phrase::count(left)),
    }
}
