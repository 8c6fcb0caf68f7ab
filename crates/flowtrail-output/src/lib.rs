//! Writes findings and tallies for people and machines: text, JSON lines, CSV, OCSF.
//!
//! Every [`Format`] is one file of this crate, and a finding is written without
//! regard to the ones before it: same finding, same bytes. Nothing here reads a
//! clock, an environment or a terminal; what the terminal can do comes in as a
//! [`Style`].
//!
//! Most of what is written was chosen by whoever is being watched. On a
//! terminal it passes through [`sanitize`], in a CSV it can not become a
//! formula, and in JSON whatever a terminal would act upon is escaped.

mod csv;
mod json;
mod jsonl;
mod ocsf;
mod phrase;
#[cfg(test)]
mod sample;
mod sanitize;
mod summary;
mod text;

use std::io::{self, Write};

use flowtrail_detect::Finding;

pub use csv::text_cell as csv_text;
pub use json::write_line as write_json_line;
pub use sanitize::{sanitize, shown};
pub use summary::{ContextFile, Expired, PlacesFile, Summary, Waiting};

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A timeline for people, in UTC.
    Text,
    /// One JSON object a line, with the project's own field names; the schema
    /// stands at the top of `jsonl.rs`.
    Jsonl,
    /// One row a finding, for spreadsheets.
    Csv,
    /// One OCSF 1.8.0 Detection Finding a line.
    Ocsf,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Jsonl, Self::Csv, Self::Ocsf];

    /// The word that a user writes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Ocsf => "ocsf",
        }
    }

    /// The format that a word names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// Writes what stands before the first finding: the header row of a CSV,
    /// and nothing for the others.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv => csv::header(out),
            Self::Text | Self::Jsonl | Self::Ocsf => Ok(()),
        }
    }

    /// Writes one finding. Only [`Format::Text`] regards the style.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, finding: &Finding, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(finding, style, out),
            Self::Jsonl => jsonl::write(finding, out),
            Self::Csv => csv::write(finding, out),
            Self::Ocsf => ocsf::write(finding, out),
        }
    }

    /// Writes findings as a whole document, in the order given.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_all<'a>(
        self,
        findings: impl IntoIterator<Item = &'a Finding>,
        style: &Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.begin(out)?;
        for finding in findings {
            self.write(finding, style, out)?;
        }
        Ok(())
    }
}

/// What the place that text is written to can show. The default is a plain
/// file: no colour, no wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colours by ANSI escape sequences.
    pub colour: bool,
    /// Columns to wrap at, at least 40; `None` leaves every line whole.
    pub width: Option<usize>,
    /// Draws the histogram of the summary in ASCII instead of Unicode blocks.
    pub ascii: bool,
}

impl Style {
    /// Text in an ANSI style (`1;31`), where there are colours.
    fn paint(self, sgr: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{sgr}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Columns that remain behind `used`; never so few that words fall apart.
    fn room(self, used: usize) -> Option<usize> {
        const WIDTH_MIN: usize = 40;
        self.width
            .map(|w| w.max(WIDTH_MIN).saturating_sub(used).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for f in Format::ALL {
            assert_eq!(Format::from_name(f.name()), Some(f));
        }
        assert_eq!(Format::from_name("xml"), None);
    }

    #[test]
    fn the_same_finding_gives_the_same_bytes_wherever_it_stands() {
        let (a, b) = (sample::cloudtrail(), sample::correlation());
        for f in Format::ALL {
            let bytes = |findings: &[&Finding]| {
                let mut out = Vec::new();
                for finding in findings {
                    f.write(finding, &Style::default(), &mut out).unwrap();
                }
                out
            };
            let mut apart = bytes(&[&a]);
            apart.extend(bytes(&[&b]));
            assert_eq!(bytes(&[&a, &b]), apart, "{}", f.name());
        }
    }

    #[test]
    fn nothing_that_a_terminal_acts_upon_is_written() {
        for f in Format::ALL {
            let mut out = Vec::new();
            f.write_all([&sample::hostile()], &Style::default(), &mut out)
                .unwrap();
            let written = String::from_utf8(out).unwrap();
            let bad = written
                .chars()
                .find(|&c| c != '\n' && sanitize::is_unsafe(c));
            assert_eq!(bad, None, "{}: {written}", f.name());
        }
    }

    #[test]
    fn the_errors_of_the_writer_are_passed_on() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for f in Format::ALL {
            let error = f
                .write(&sample::flow(), &Style::default(), &mut Full)
                .unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{}", f.name());
        }
    }
}
