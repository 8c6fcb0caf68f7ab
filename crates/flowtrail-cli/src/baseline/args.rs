//! The words of `flowtrail baseline`.

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use flowtrail_baseline::{Calendar, Dimension};

use crate::args::RuleChoice;
use crate::segments::args::Time;

#[derive(Debug, Subcommand)]
pub(crate) enum Baseline {
    /// Gather from logs what is usual, into a file
    Build(Build),
    /// Make one file of several, of different accounts or days
    Merge(Merge),
    /// What one file has and another one has not
    Diff(Diff),
    /// What a file says: all in all, of a dimension, of somebody
    Show(Show),
    /// What is usual for whoever a finding is about, beside what was seen
    Explain(Box<Explain>),
}

/// How a command says what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For a terminal
    Text,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail baseline build logs --output usual.base
  flowtrail baseline build s3://trail/AWSLogs --since 2026-08-01 --until 2026-11-01 -o usual.base
  flowtrail baseline build compacted --forget --output usual.base

The same logs give the same bytes, in whatever order they are read, however they
are divided, and however often a record is among them. While it reads, 16 bytes
of memory are held for each record, and more for each thing that is seen.

Days begin --lateness before midnight (UTC), so that a detector that gets records
so late knows what a replay knows.")]
pub(crate) struct Build {
    /// Log files, folders of them, s3://bucket/prefix, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) time: Time,
    #[command(flatten)]
    pub(crate) days: Days,
    /// Where addresses are, in MaxMind's format (.mmdb): countries of callers are
    /// gathered only with it (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) geo: Vec<PathBuf>,
    /// Leave out what nobody remembers the day after the last
    #[arg(long)]
    pub(crate) forget: bool,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Columns of flow-log lines without a header, as AWS writes them
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// How it is said what was written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
}

/// How days are reckoned with. Files can be merged if they agree in it.
#[derive(Debug, Args, Clone)]
pub(crate) struct Days {
    /// For how many days something is remembered
    #[arg(long, value_name = "DAYS", default_value = "90")]
    memory: NonZeroU16,
    /// For how many days somebody must be known before anything is new to them
    #[arg(long, value_name = "DAYS", default_value = "14")]
    learning: u16,
    /// How many minutes later than a younger record one may be read (not the
    /// --lateness of `replay`, which is about folders)
    #[arg(long, value_name = "MINUTES", default_value = "20", value_parser = clap::value_parser!(i64).range(0..1440))]
    lateness: i64,
}

impl Days {
    pub(crate) fn calendar(&self) -> Calendar {
        Calendar {
            lateness_ms: self.lateness * 60_000,
            memory: self.memory.get(),
            learning: self.learning,
            ..Calendar::default()
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  flowtrail baseline merge usual.base yesterday.base --output usual.base --forget

What comes out is what would have been built of the logs of all of them, but
for numbers of hours that began in one and ended in another. It does not matter
which file is named first. Two files with records of one account and day are an
error: numbers would count twice.")]
pub(crate) struct Merge {
    /// The files
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The file to write; it may be one of them
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Leave out what nobody remembers the day after the last
    #[arg(long)]
    pub(crate) forget: bool,
    /// How it is said what was written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail baseline diff october.base november.base
  flowtrail baseline diff --dimension principal_api --format json october.base november.base")]
pub(crate) struct Diff {
    /// The file that is compared with
    pub(crate) before: PathBuf,
    /// The file that is compared
    pub(crate) after: PathBuf,
    /// Only this dimension (repeatable)
    #[arg(long = "dimension", value_name = "NAME", value_parser = dimension)]
    pub(crate) dimensions: Vec<Dimension>,
    /// Lines for each dimension and side; JSON has all
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: usize,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail baseline show usual.base
  flowtrail baseline show usual.base --key role/deploy
  flowtrail baseline show usual.base --dimension role_assumer --format json | jq .value")]
pub(crate) struct Show {
    /// The file
    pub(crate) file: PathBuf,
    /// What is known in this dimension (repeatable)
    #[arg(long = "dimension", value_name = "NAME", value_parser = dimension)]
    pub(crate) dimensions: Vec<Dimension>,
    /// What is known of keys with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) key: Option<String>,
    /// Lines; JSON has all
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) limit: usize,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail baseline explain finding.json --baseline usual.base
  flowtrail replay --baseline usual.base --format jsonl logs |
      flowtrail baseline explain - --baseline usual.base
  flowtrail baseline explain 4d2f07a91c3e --baseline usual.base logs
  flowtrail baseline explain 4d2f07a91c3e logs      # by the days before it

With logs and no baseline, what is usual is what they show before the day of the
finding.")]
pub(crate) struct Explain {
    /// Findings as JSON lines: a file, or `-` for standard input; or the first
    /// digits of a finding's id, which is then looked for in the logs
    #[arg(value_name = "FINDING")]
    pub(crate) finding: PathBuf,
    /// Logs: files, folders of them, s3://bucket/prefix
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What is usual
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    /// Columns of flow-log lines without a header, as AWS writes them
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Values of each that are listed; JSON has all
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) limit: usize,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Shape,
}

fn dimension(word: &str) -> Result<Dimension, String> {
    let known = || {
        let names = flowtrail_baseline::DIMENSIONS.iter();
        let names = names.filter(|d| !d.is_number()).map(|d| d.name());
        names.collect::<Vec<_>>().join(", ")
    };
    let found = Dimension::of_name(word).filter(|d| !d.is_number());
    found.ok_or_else(|| format!("the dimensions are {}", known()))
}
