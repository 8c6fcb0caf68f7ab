//! A backtest for people.

use std::io::{self, Write};

use flowtrail_detect::Finding;
use flowtrail_output::{Style, sanitize};
use indicatif::HumanCount;

use super::budget::Comparison;
use super::compare::{Difference, Overlap, length};
use super::days::Daily;
use super::report::{Grouping, Limit, Moved, Report, Top, api, group, spread};

/// Columns of the longest bar.
const BAR_MAX: u64 = 40;
/// Days in a row without findings that are drawn one by one; more are one line.
const QUIET_DRAWN_MAX: usize = 3;
/// Records of a finding that are named.
const EVIDENCE_SHOWN: usize = 3;

/// How it is written.
pub(super) struct Text<'o, W> {
    pub(super) out: &'o mut W,
    pub(super) style: Style,
    pub(super) budget: u64,
    pub(super) samples: usize,
}

impl<W: Write> Text<'_, W> {
    /// Writes what is said of one rule.
    ///
    /// # Errors
    /// Those of the output.
    pub(super) fn rule(&mut self, r: &Report<'_>) -> io::Result<()> {
        let (bold, plain) = if self.style.colour {
            ("\u{1b}[1m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        let meta = r.meta;
        writeln!(self.out, "{bold}{}{plain}", sanitize(&meta.title))?;
        let at = format!("{}, {}, {}:{}", meta.level, meta.id, meta.file, meta.line);
        writeln!(self.out, "  {}\n", sanitize(&at))?;
        self.sums(r)?;
        if !r.findings.is_empty() {
            self.histogram(&r.daily)?;
            r.tops.iter().try_for_each(|top| self.top(top))?;
            self.samples("samples", &r.samples)?;
        }
        self.limit(r)?;
        if !r.findings.is_empty() {
            self.overlap(&r.overlap, length(r.findings.len()))?;
        }
        if let Some((id, difference)) = &r.difference {
            self.difference(r, id, difference)?;
        }
        writeln!(self.out)
    }

    fn sums(&mut self, r: &Report<'_>) -> io::Result<()> {
        let days = r.daily.listed().len();
        let daily = &r.daily;
        let logs = r.logs.join(" and ");
        writeln!(
            self.out,
            "  {} in {}: {} a day, {} for each 1,000 of {} records of {logs}",
            counted(length(r.findings.len()), "finding"),
            counted(length(days), "day"),
            short(daily.mean()),
            short(r.per_thousand()),
            HumanCount(r.records),
        )?;
        if let Some((day, most)) = daily.worst() {
            writeln!(
                self.out,
                "  worst day {} ({day}), median day {}, {} without",
                HumanCount(most),
                HumanCount(daily.median()),
                counted(daily.quiet(), "day"),
            )?;
        }
        if r.suppressed > 0 {
            let hidden = counted(r.suppressed, "finding");
            writeln!(self.out, "  of these, suppressions hide {hidden}")?;
        }
        if r.untimed > 0 {
            let untimed = counted(r.untimed, "finding");
            writeln!(self.out, "  {untimed} without a time stand on no day")?;
        }
        Ok(())
    }

    fn histogram(&mut self, daily: &Daily) -> io::Result<()> {
        writeln!(self.out)?;
        let (days, most) = (daily.listed(), daily.most().max(1));
        let mut rest = days.as_slice();
        while let Some(((day, n), behind)) = rest.split_first() {
            let quiet = rest.iter().take_while(|(_, n)| *n == 0).count();
            let last = quiet.checked_sub(1).and_then(|at| rest.get(at));
            if let Some((last, _)) = last
                && quiet > QUIET_DRAWN_MAX
            {
                let days = counted(length(quiet), "day");
                writeln!(self.out, "  {day} … {last}  {days} without")?;
                rest = rest.get(quiet..).unwrap_or_default();
                continue;
            }
            let wide = (n * BAR_MAX).div_ceil(most);
            let bar = "█".repeat(usize::try_from(wide).unwrap_or(0));
            let space = if bar.is_empty() { "" } else { " " };
            writeln!(self.out, "  {day}  {bar}{space}{n}")?;
            rest = behind;
        }
        Ok(())
    }

    fn top(&mut self, top: &Top) -> io::Result<()> {
        writeln!(self.out, "\n  by {}", top.what)?;
        for (name, n) in &top.names {
            writeln!(self.out, "  {n:>7}  {}", sanitize(name))?;
        }
        if top.more > 0 {
            writeln!(self.out, "           and {} more", HumanCount(top.more))?;
        }
        if top.without > 0 {
            writeln!(
                self.out,
                "  {:>7}  (none that all records agree in)",
                top.without
            )?;
        }
        Ok(())
    }

    fn samples(&mut self, what: &str, samples: &[&Finding]) -> io::Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n  {what}")?;
        for f in samples {
            let facts = &f.facts;
            let first = f
                .first
                .map_or_else(|| "no time".to_owned(), |t| t.to_string());
            let mut parts = vec![first];
            parts.extend(f.value.map(|v| format!("{} at its height", short(v))));
            let who = facts
                .actor
                .principal
                .clone()
                .or_else(|| facts.source.clone());
            parts.extend(
                [group(f).or(who), api(f), facts.account.clone()]
                    .into_iter()
                    .flatten(),
            );
            writeln!(self.out, "    {}", sanitize(&parts.join("  ")))?;
            for e in f.evidence.iter().take(EVIDENCE_SHOWN) {
                let id = e.event_id.as_deref().unwrap_or("");
                let line = format!("{} at {}  {id}", e.object, e.location.offset);
                writeln!(self.out, "      {}", sanitize(line.trim_end()))?;
            }
            let more = length(f.evidence.len().saturating_sub(EVIDENCE_SHOWN)) + f.evidence_omitted;
            if more > 0 {
                writeln!(self.out, "      and {} more", counted(more, "record"))?;
            }
        }
        Ok(())
    }

    fn limit(&mut self, r: &Report<'_>) -> io::Result<()> {
        let budget = counted(self.budget, "finding");
        writeln!(self.out, "\n  for {budget} a day")?;
        match &r.limit {
            Limit::Moved(moved) => self.moved(moved),
            Limit::Over(_) if r.daily.most() <= self.budget => {
                writeln!(self.out, "    it is within that as it is")
            }
            Limit::Over(all) => self.groupings(r, all),
        }
    }

    fn moved(&mut self, moved: &Moved) -> io::Result<()> {
        let says = |c: Option<Comparison>| c.map_or_else(|| "any number will do".to_owned(), said);
        writeln!(self.out, "    on the worst day   {}", says(moved.worst))?;
        writeln!(self.out, "    on the median day  {}", says(moved.median))?;
        writeln!(
            self.out,
            "\n    {:<16} {:>9} {:>9} {:>9} {:>9}",
            "condition", "findings", "a day", "median", "worst"
        )?;
        for (c, daily) in &moved.table {
            let own = if *c == moved.own { "  as it is" } else { "" };
            writeln!(
                self.out,
                "    {:<16} {:>9} {:>9} {:>9} {:>9}{own}",
                said(*c),
                daily.total(),
                short(daily.mean()),
                daily.median(),
                daily.most(),
            )?;
        }
        Ok(())
    }

    fn groupings(&mut self, r: &Report<'_>, all: &[Grouping]) -> io::Result<()> {
        writeln!(
            self.out,
            "    a correlation over it would have to ask for\n"
        )?;
        writeln!(
            self.out,
            "    {:<22} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "the same", "within", "at least", "findings", "median", "worst"
        )?;
        for g in all {
            writeln!(
                self.out,
                "    {:<22} {:>8} {:>9} {:>9} {:>9} {:>9}",
                g.field.unwrap_or("(all together)"),
                g.timespan,
                g.least,
                g.daily.total(),
                g.daily.median(),
                g.daily.most(),
            )?;
        }
        let grouped = all.iter().filter(|g| g.field.is_some());
        let Some(g) = grouped.min_by(|a, b| a.least.total_cmp(&b.least)) else {
            return Ok(());
        };
        let name = r.meta.name.as_deref().unwrap_or(&r.meta.id);
        let line = format!(
            "correlation: {{type: event_count, rules: [{name}], group-by: [{}], timespan: {}, \
             condition: {{gte: {}}}}}",
            g.field.unwrap_or_default(),
            g.timespan,
            g.least
        );
        writeln!(self.out, "\n    {}", sanitize(&line))
    }

    fn overlap(&mut self, overlap: &Overlap<'_>, all: u64) -> io::Result<()> {
        writeln!(self.out, "\n  on the same records")?;
        for other in &overlap.others {
            let level = other.rule.level;
            let title = sanitize(&other.rule.title);
            writeln!(self.out, "  {:>7}  {level:<13} {title}", other.shared)?;
        }
        let alone = overlap.alone;
        if alone == all {
            return writeln!(self.out, "    no current rule says anything of any of them");
        }
        writeln!(self.out, "  {alone:>7}  {:<13} no current rule", "")
    }

    fn difference(&mut self, r: &Report<'_>, id: &str, d: &Difference<'_>) -> io::Result<()> {
        let of = if id == r.meta.id {
            "the current rule of this id".to_owned()
        } else {
            format!("the current rule {id}, whose name it has")
        };
        writeln!(self.out, "\n  beside {}", sanitize(&of))?;
        writeln!(
            self.out,
            "    {} added, {} removed, {} unchanged, {} on the same records under another id",
            length(d.added.len()),
            length(d.removed.len()),
            d.unchanged,
            d.regrouped
        )?;
        self.samples("added", &spread(&d.added, self.samples))?;
        self.samples("removed", &spread(&d.removed, self.samples))
    }
}

fn said(c: Comparison) -> String {
    format!("{}: {}", c.word(), c.number)
}

fn counted(n: u64, thing: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {thing}{s}", HumanCount(n))
}

/// A number in as many digits as say something.
fn short(number: f64) -> String {
    let digits = if number >= 100.0 {
        0
    } else if number >= 10.0 {
        1
    } else if number >= 1.0 || number == 0.0 {
        2
    } else {
        // Two digits behind the zeros.
        let zeros = (1..12)
            .find(|z| number * 10_f64.powi(*z) >= 1.0)
            .unwrap_or(12);
        usize::try_from(zeros).unwrap_or(12) + 1
    };
    let text = format!("{number:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_as_long_as_they_say_something() {
        for (number, text) in [
            (0.0, "0"),
            (3.0, "3"),
            (1.256, "1.26"),
            (12.34, "12.3"),
            (1234.5, "1234"),
            (0.012_345, "0.012"),
            (0.5, "0.5"),
            (1e-9, "0.000000001"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
