//! The report for a terminal: the matrix as a grid, then what it does not allow,
//! then what was looked at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Connections, PairReport, Report, SumReport};
use crate::words::{bytes, counted, duration, list, number, short};

/// Columns of one cell of the grid.
const CELL: usize = 7;
/// Columns where nobody says how wide the terminal is.
const WIDTH: usize = 100;
/// Pairs that are shown with all about them.
const PAIRS_MAX: usize = 50;
/// Entries of the matrix and networks that are named.
const NAMED_MAX: usize = 20;

/// How text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// Colours by ANSI escape sequences.
    pub colour: bool,
    /// Columns of the terminal; `None` for a file.
    pub width: Option<usize>,
}

impl TextStyle {
    fn paint(self, sgr: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{sgr}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn head(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// What one cell of the grid shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Square {
    pub(super) passed: u64,
    pub(super) rejected: u64,
    pub(super) forbidden: bool,
    pub(super) undeclared: bool,
    pub(super) unspoken: bool,
}

/// The grid: pairs of places with everything that was seen of them.
pub(super) fn grid(report: &Report) -> BTreeMap<(&str, &str), Square> {
    let mut grid: BTreeMap<(&str, &str), Square> = BTreeMap::new();
    for pair in &report.pairs {
        let square = grid.entry((&pair.from, &pair.to)).or_default();
        square.passed += pair.passed.connections;
        square.rejected += pair.refused.connections;
        square.forbidden |= pair.verdict == "forbidden";
        square.undeclared |= pair.verdict == "undeclared";
        square.unspoken |= pair.verdict == "unspoken";
    }
    grid
}

impl Report {
    /// The report as text. Writing to a text cannot fail.
    #[must_use]
    pub fn to_text(&self, style: TextStyle) -> String {
        let mut out = String::new();
        self.title(&mut out, style);
        self.matrix(&mut out, style);
        self.breaches(&mut out, style);
        self.unused(&mut out, style);
        self.sentences(&mut out, style);
        self.covered(&mut out, style);
        out
    }

    fn title(&self, out: &mut String, style: TextStyle) {
        let records = &self.coverage.records;
        let span = self.span.as_ref().map_or_else(
            || "no records".to_owned(),
            |s| format!("{} to {} ({})", s.first, s.last, duration(s.secs)),
        );
        let _ = writeln!(
            out,
            "{} by {} (version {})\n{}, {span}\n",
            style.head("Segments"),
            self.context.file,
            self.context.version,
            counted(records.flows, "flow record"),
        );
    }

    fn matrix(&self, out: &mut String, style: TextStyle) {
        let grid = grid(self);
        let opens = |p: &&String| grid.keys().any(|(from, _)| from == p);
        let serves = |p: &&(usize, &String)| grid.keys().any(|(_, to)| to == p.1);
        let rows: Vec<&String> = self.places.iter().filter(opens).collect();
        let columns: Vec<(usize, &String)> = (1..).zip(&self.places).collect();
        let columns: Vec<(usize, &String)> = columns.iter().filter(serves).copied().collect();
        let _ = writeln!(out, "{}", style.head("Who opened connections to whom"));
        let _ = writeln!(
            out,
            "connections that were let through; ! forbidden  ? undeclared  x refused  ~ not in the matrix\n"
        );
        let label = self.places.iter().map(|p| p.chars().count()).max();
        let label = label.unwrap_or(0) + 5;
        let room = style.width.unwrap_or(WIDTH).saturating_sub(label) / CELL;
        for block in columns.chunks(room.max(1)) {
            let heads = block.iter().map(|(n, _)| format!("{n:>CELL$}"));
            let _ = writeln!(out, "{:label$}{}", "", heads.collect::<String>());
            let met = |row: &&&String| {
                block
                    .iter()
                    .any(|(_, to)| grid.contains_key(&(row.as_str(), to.as_str())))
            };
            for row in rows.iter().filter(met) {
                let n = self.places.iter().position(|p| p == *row).unwrap_or(0) + 1;
                let cells = block.iter();
                let cells =
                    cells.map(|(_, to)| cell(grid.get(&(row.as_str(), to.as_str())), style));
                let name = format!("{n:>3} {row}");
                let _ = writeln!(out, "{name:label$}{}", cells.collect::<String>());
            }
            let _ = writeln!(out);
        }
        let silent = self.places.len() - columns.len();
        if silent > 0 {
            let places: Vec<String> = (1..)
                .zip(&self.places)
                .filter(|(n, _)| !columns.iter().any(|(c, _)| c == n))
                .map(|(n, p)| format!("{n} {p}"))
                .collect();
            let _ = writeln!(out, "nothing was opened to {}", list(&places, NAMED_MAX));
        }
        let _ = writeln!(
            out,
            "{} of declared places with nothing seen\n",
            counted(self.pairs_unseen, "pair")
        );
    }

    fn breaches(&self, out: &mut String, style: TextStyle) {
        let violations: Vec<_> = self.violations().collect();
        let head = format!("Not allowed and not refused: {}", violations.len());
        let _ = writeln!(out, "{}", style.head(&head));
        for pair in violations.iter().take(PAIRS_MAX) {
            breach(pair, out, style);
        }
        more(violations.len(), out);
        let attempts: Vec<_> = self.attempts().collect();
        let head = format!("Not allowed, and refused: {}", attempts.len());
        let _ = writeln!(out, "\n{}", style.head(&head));
        for pair in attempts.iter().take(PAIRS_MAX) {
            attempt(pair, out, style);
        }
        more(attempts.len(), out);
        let _ = writeln!(out);
    }

    fn unused(&self, out: &mut String, style: TextStyle) {
        let idle = |e: &&super::EntryUse| e.unused && e.entry.verdict == "allow";
        let unused: Vec<_> = self.entries.iter().filter(idle).collect();
        if unused.is_empty() {
            return;
        }
        let head = format!("Allowed and never used: {}", unused.len());
        let _ = writeln!(out, "{}", style.head(&head));
        for used in unused.iter().take(NAMED_MAX) {
            let e = &used.entry;
            let _ = writeln!(
                out,
                "  line {:>4}  {} ({})",
                e.line,
                e.name,
                list(&e.ports, 5)
            );
        }
        if unused.len() > NAMED_MAX {
            let _ = writeln!(out, "  and {} more", unused.len() - NAMED_MAX);
        }
        let _ = writeln!(out);
    }

    fn sentences(&self, out: &mut String, style: TextStyle) {
        if self.statements.is_empty() {
            return;
        }
        let _ = writeln!(out, "{}", style.head("What the matrix forbids"));
        for s in &self.statements {
            let (mark, sgr) = match s.outcome {
                "seen" => ("!", "1;31"),
                "not_seen" => ("=", "32"),
                _ => ("?", "33"),
            };
            let _ = writeln!(out, "  {} {}", style.paint(sgr, mark), s.sentence);
        }
        let _ = writeln!(out);
    }
}

fn more(n: usize, out: &mut String) {
    if n > PAIRS_MAX {
        let _ = writeln!(
            out,
            "  and {} more pairs; `--format json` has all",
            n - PAIRS_MAX
        );
    }
}

fn cell(square: Option<&Square>, style: TextStyle) -> String {
    let Some(s) = square else {
        return style.paint("2", &format!("{:>CELL$}", "\u{b7}"));
    };
    let passed = s.passed > 0;
    let (text, sgr) = match (passed, s.forbidden, s.undeclared) {
        (true, true, _) => (format!("{}!", short(s.passed)), "1;31"),
        (true, false, true) => (format!("{}?", short(s.passed)), "33"),
        (false, true, _) => (format!("{}x!", short(s.rejected)), "31"),
        (false, false, true) => (format!("{}x?", short(s.rejected)), "33"),
        (true, false, false) if s.unspoken => (format!("{}~", short(s.passed)), "2"),
        (false, false, false) if s.unspoken => (format!("{}x~", short(s.rejected)), "2"),
        (true, false, false) => (format!("{} ", short(s.passed)), "0"),
        (false, false, false) => (format!("{}x", short(s.rejected)), "0"),
    };
    style.paint(sgr, &format!("{text:>CELL$}"))
}

/// A number of connections in words.
pub(super) fn connection_words(of: Connections) -> String {
    let about = if of.exact { "" } else { "about " };
    format!("{about}{}", counted(of.connections, "connection"))
}

/// The records of a sum in words.
pub(super) fn sum_words(sum: &SumReport) -> String {
    let times = sum.first.as_deref().zip(sum.last.as_deref());
    let times = times.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    format!(
        "{}, {} from the opener and {} to it{times}",
        counted(sum.records, "record"),
        bytes(sum.bytes_from_opener),
        bytes(sum.bytes_to_opener),
    )
}

fn talkers(pair: &PairReport) -> String {
    let what = if pair.talkers_grouped {
        "networks"
    } else {
        "addresses"
    };
    match pair.talkers_seen {
        1 => format!("one pair of {what}"),
        n => format!("{} pairs of {what}", number(n)),
    }
}

/// A pair of which everything was refused, in one line.
fn attempt(pair: &PairReport, out: &mut String, style: TextStyle) {
    let verdict = style.paint("33", &format!("{:<11}", pair.verdict));
    let ports: Vec<String> = pair.ports.iter().map(|p| p.port.clone()).collect();
    let _ = writeln!(
        out,
        "  {verdict}{} \u{2192} {}: {} to {}, by {}",
        pair.from,
        pair.to,
        connection_words(pair.refused),
        list(&ports, 3),
        talkers(pair)
    );
}

fn breach(pair: &PairReport, out: &mut String, style: TextStyle) {
    let sgr = if pair.verdict == "forbidden" {
        "1;31"
    } else {
        "33"
    };
    let verdict = format!("{:<11}", pair.verdict);
    let verdict = style.paint(sgr, &verdict);
    let _ = writeln!(out, "  {verdict}{} \u{2192} {}", pair.from, pair.to);
    let mut line = |text: String| {
        let _ = writeln!(out, "             {text}");
    };
    if let Some(e) = &pair.entry {
        line(format!("by line {}: {} {}", e.line, e.verdict, e.name));
    }
    let mut seen = format!("{} let through", connection_words(pair.passed));
    if pair.refused.connections > 0 {
        let refused = connection_words(pair.refused);
        let _ = write!(seen, ", {refused} refused");
    }
    line(seen);
    for (word, sum) in [
        ("ACCEPT", &pair.accepted),
        ("REJECT", &pair.rejected),
        ("no action", &pair.unstated),
    ] {
        if sum.records > 0 {
            line(format!("{word}: {}", sum_words(sum)));
        }
    }
    let ports: Vec<String> = pair.ports.iter().map(|p| p.port.clone()).collect();
    line(format!("to {}", list(&ports, 8)));
    for t in pair.talkers.iter().take(3) {
        let records = counted(t.accepted + t.rejected + t.unstated, "record");
        line(format!("{} \u{2192} {} ({records})", t.from, t.to));
    }
    if pair.talkers_seen > 3 {
        line(format!("and {} more", number(pair.talkers_seen - 3)));
    }
    if pair.opener_by_ports > 0 {
        line(format!(
            "in {} only the ports told who opened",
            counted(pair.opener_by_ports, "record")
        ));
    }
}
