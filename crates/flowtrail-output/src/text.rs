//! A timeline for people.
//!
//! A finding is a headline (time in UTC, level, title) and a few lines under
//! it, each with its label, so that the eye finds the same thing at the same
//! place:
//!
//! ```text
//! 2026-07-31 02:14:09Z  HIGH      A trail was stopped
//!     who   role/Admin (AssumedRole, session alice) called cloudtrail:StopLogging, which succeeded
//!     from  203.0.113.7 (public) in account 123456789012, eu-west-1 with aws-cli/2.15.0
//!     why   Without the trail, what follows leaves no trace.
//!     rule  trail-stopped (T1562.008, stealth), finding 0a0a0a0a0a0a
//!     at    s3://logs/AWSLogs/a.json.gz @ 1234, event 4d2f
//! ```
//!
//! No line of a finding but the headline begins left of column four, whatever
//! the log says, so a finding can not be forged by a user agent.

mod sentence;

use std::io::{self, Write};

use flowtrail_detect::Finding;
use flowtrail_sigma::Level;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use crate::Style;
use crate::phrase;
use crate::sanitize::shown;

/// Columns of a title or of a sentence that explains.
const SENTENCE_COLUMNS_MAX: usize = 300;

/// The word for a level in a timeline; all fit into eight columns.
pub(crate) const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Informational => "INFO",
        Level::Low => "LOW",
        Level::Medium => "MEDIUM",
        Level::High => "HIGH",
        Level::Critical => "CRITICAL",
    }
}

/// The ANSI style of a level.
pub(crate) const fn level_sgr(level: Level) -> &'static str {
    match level {
        Level::Informational => "2",
        Level::Low => "36",
        Level::Medium => "33",
        Level::High => "1;31",
        Level::Critical => "1;97;41",
    }
}

/// Writes one finding and an empty line.
pub(crate) fn write(finding: &Finding, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    headline(finding, style, out)?;
    for (label, line) in sentence::all(finding) {
        if let Some(line) = line {
            let label = format!("{label:<4}");
            write!(out, "    {}  ", style.paint("2", &label))?;
            wrapped(&line, 10, style, out)?;
        }
    }
    writeln!(out)
}

fn headline(finding: &Finding, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let time = phrase::time(finding).map_or_else(|| "time unknown".to_owned(), phrase::instant);
    let level = finding.rule.level;
    let word = level_word(level);
    let gap = " ".repeat(8_usize.saturating_sub(word.len()));
    let painted = style.paint(level_sgr(level), word);
    write!(out, "{time:<20}  {painted}{gap}  ")?;
    let mut title = shown(&finding.title(), SENTENCE_COLUMNS_MAX);
    if finding.suppressed.is_some() {
        title += " (suppressed)";
    }
    wrapped(&title, 32, style, out)
}

/// Writes a line that begins at column `indent`, and breaks it where it must,
/// each further piece at the same column.
fn wrapped(line: &str, indent: usize, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(room) = style.room(indent) else {
        return writeln!(out, "{line}");
    };
    let options = Options::new(room)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    for (i, piece) in textwrap::wrap(line, options).iter().enumerate() {
        let margin = if i == 0 { 0 } else { indent };
        writeln!(out, "{:margin$}{piece}", "")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
