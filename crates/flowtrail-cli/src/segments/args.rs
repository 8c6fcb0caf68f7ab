//! The arguments of `flowtrail segments`, and those that it shares with
//! `flowtrail context learn`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use flowtrail_event::EventTime;

use crate::args::{Color, time};

#[derive(Debug, Subcommand)]
pub(crate) enum Segments {
    /// Report on the traffic between segments, and on what was not looked at
    Report(Reporting),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail segments report --context context.yaml logs
  flowtrail segments report --context context.yaml --format html --output report.html logs
  flowtrail segments report --context context.yaml --fail-on violations --since 2026-11-01 logs

Every pair of places is counted from the side of whoever opened the connection.
For each entry of the matrix that forbids there is a sentence: what was seen of
it, or that nothing was seen and what was not looked at.")]
pub(crate) struct Reporting {
    /// Log files, folders of them, s3://bucket/prefix, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The context file: accounts, networks and the matrix
    #[arg(long, value_name = "FILE")]
    pub(crate) context: PathBuf,
    #[command(flatten)]
    pub(crate) time: Time,
    /// How the report is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with status 1 if there is anything of this
    #[arg(long, value_name = "WHAT")]
    pub(crate) fail_on: Option<FailOn>,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Columns of flow-log lines without a header, as AWS writes them
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// When text is coloured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// A span of event time.
#[derive(Debug, Args, Clone, Copy, Default)]
pub(crate) struct Time {
    /// Only events at or after this time (2026-11-21, 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EventTime>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EventTime>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For a terminal
    Text,
    /// One JSON object
    Json,
    /// One file for a browser, with everything inside
    Html,
}

/// What makes a report fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Connections that the matrix does not allow and that were not refused
    Violations,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail context learn logs > context.yaml
  flowtrail context learn --since 2026-11-01 --until 2026-12-01 --output context.yaml logs

It knows more from a month than from a day, and more from a format with flags,
VPCs and subnets than from the default one. What only looks so, and connections
that were rare, are commented out for a person to decide.")]
pub(crate) struct Learning {
    /// Log files, folders of them, s3://bucket/prefix, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) time: Time,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Columns of flow-log lines without a header, as AWS writes them
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
}
