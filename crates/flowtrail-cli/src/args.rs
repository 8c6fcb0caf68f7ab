//! The command line, as clap sees it. Parsing only: what a command does stands
//! in the module of its name.

mod context;
mod drill;
mod simulate;
mod words;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use flowtrail_event::EventTime;
use flowtrail_output::Format;
use flowtrail_sigma::Level;

use crate::alarms::args::Alarms;
use crate::memory::MemoryChoice;
use crate::segments::args::Segments;

pub(crate) use context::{Context, ContextFormat, ContextShow};
pub(crate) use drill::{Drill, DrillFormat};
pub(crate) use simulate::Simulate;
pub(crate) use words::{duration, format, level, size, time};

/// Finds attacks and policy violations in AWS `CloudTrail` and VPC flow logs.
#[derive(Debug, Parser)]
#[command(
    name = "flowtrail",
    version,
    about = "Finds attacks and policy violations in AWS CloudTrail and VPC flow logs",
    propagate_version = true,
    after_help = "Examples:
  flowtrail replay sample-logs       # what happened in these logs?
  flowtrail query --list             # what can be asked?
  flowtrail rules list               # what is looked for?
  flowtrail COMMAND --help           # more about a command

Exit status:
  0  it ran
  1  it ran and found something at or above --fail-on, or a case failed
  2  it could not do what was asked, or not all of it"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the rules over logs: files, folders, buckets, or standard input
    Replay(Replay),
    /// Ask the logs: SQL, queries that have a name, or a shell
    Query(Box<crate::query::args::Query>),
    /// Say what rules would have found, how often, and how strict they would have to be
    Backtest(Box<crate::backtest::args::Backtest>),
    /// List, check, test and explain rules
    #[command(
        subcommand,
        after_help = "Examples:\n  flowtrail rules list\n  flowtrail rules check my-rules && flowtrail rules test my-rules"
    )]
    Rules(Rules),
    /// Write for other engines: statements that make tables of the logs
    #[command(
        subcommand,
        after_help = "Example:\n  flowtrail export ddl --for duckdb compacted"
    )]
    Export(crate::export::args::Export),
    /// What is usual: gather it from logs, compare it, and see why something is not
    #[command(
        subcommand,
        after_help = "Examples:
  flowtrail baseline build logs --output usual.base
  flowtrail replay --baseline usual.base new-logs
  flowtrail replay --baseline usual.base --format jsonl new-logs |
      flowtrail baseline explain --baseline usual.base -"
    )]
    Baseline(crate::baseline::args::Baseline),
    /// Check and show the context file: what is where, and who may talk to whom
    #[command(
        subcommand,
        after_help = "Examples:
  flowtrail context check context.yaml
  flowtrail context show context.yaml --address 10.16.4.7
  flowtrail replay --context context.yaml logs"
    )]
    Context(Context),
    /// Report on the traffic between segments, beside the matrix of a context file
    #[command(
        subcommand,
        after_help = "Example:\n  flowtrail segments report --context context.yaml logs"
    )]
    Segments(Segments),
    /// Turn raw logs into sorted, partitioned Parquet, which everything reads
    Compact(Compact),
    /// Serve queries that ask several machines (`query --cluster`)
    #[cfg(feature = "cluster")]
    #[command(
        subcommand,
        after_help = "Examples:
  flowtrail cluster scheduler
  flowtrail cluster executor --scheduler localhost:50050
  flowtrail query --cluster localhost:50050 \"SELECT count(*) FROM cloudtrail\" logs"
    )]
    Cluster(crate::cluster::args::Cluster),
    /// Alarms in CloudWatch, made from the rules: write, compare, apply
    #[command(
        subcommand,
        after_help = "Examples:
  flowtrail alarms render > alarms.json       # for the Terraform module
  flowtrail alarms plan --name flowtrail      # what is not as it should be?"
    )]
    Alarms(Alarms),
    /// Generate realistic logs, with labelled attacks in them
    Simulate(Simulate),
    /// Let an attack happen that everybody knows of, and wait for the alarm
    Drill(Drill),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  flowtrail completions bash > ~/.local/share/bash-completion/completions/flowtrail"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in roff
    #[command(after_help = "Example:\n  flowtrail man | man -l -")]
    Man,
}

/// Which rules are loaded.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct RuleChoice {
    /// Also load the rules in this file or folder (repeatable)
    #[arg(long = "rules", value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Do not load the rules that ship with Flowtrail
    #[arg(long)]
    pub(crate) no_shipped: bool,
    /// What is where, and who may talk to whom (`flowtrail context`); rules
    /// that ask for it are active only with it
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
    /// Where addresses are, in MaxMind's format (.mmdb): countries, cities,
    /// autonomous systems; rules that ask for it are active only with it
    /// (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) geo: Vec<PathBuf>,
}

impl RuleChoice {
    /// The files that are no logs, wherever they are met.
    pub(crate) fn aside(&self) -> Vec<PathBuf> {
        self.context.iter().chain(&self.geo).cloned().collect()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail replay sample-logs
  flowtrail replay --level medium --since 2026-11-01 logs/AWSLogs
  flowtrail replay --format jsonl logs | jq .title
  flowtrail replay --rules my-rules --no-shipped --fail-on high logs
  flowtrail replay --context context.yaml --suppressed logs
  flowtrail replay --learn --since 2026-11-21 logs
  flowtrail replay --learn --geo GeoLite2-City.mmdb --geo GeoLite2-ASN.mmdb logs
  flowtrail replay --where \"principal LIKE '%support%' AND source_kind = 'public'\" logs
  flowtrail replay --order-by 'severity DESC, time' --limit 10 s3://bucket/AWSLogs
  zcat trail.json.gz | flowtrail replay -

A folder is read whole, but for days that --since and --until rule out where
names tell them; a day behind --until is read for what was delivered late, and
--lateness reads further. What is no log is named and left out; a file `.flowtrailignore`
in a folder lists names to leave out, in the syntax of .gitignore. Compacted logs
are read as the raw ones are.

--where, --order-by and --limit choose what is printed; the summary and --fail-on
are about all findings. Their columns are those of the table `findings`
(`flowtrail query --tables findings`), their functions those of `flowtrail query`.")]
pub(crate) struct Replay {
    /// Log files, folders of them, s3://bucket/prefix, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    #[command(flatten)]
    pub(crate) memory: MemoryChoice,
    /// Leave out findings below this level: informational, low, medium, high or critical
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = level)]
    pub(crate) level: Level,
    /// Only events at or after this time (2026-11-21, 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EventTime>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EventTime>,
    /// How long after an event its object may have been delivered (36h, 7d):
    /// folders of days that lie further behind --until are not looked into
    /// [default: 1d]
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    pub(crate) lateness: Option<Duration>,
    /// How findings are written: text, jsonl, csv or ocsf
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(crate) format: Format,
    /// Print only findings for which this holds: SQL over the columns of
    /// `findings` (`level = 'critical'`, `cidr_contains('10.0.0.0/8', source)`)
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) condition: Option<String>,
    /// Print findings in this order: columns or expressions, each with DESC or
    /// not [default: by time]
    #[arg(long, value_name = "SQL")]
    pub(crate) order_by: Option<String>,
    /// Print so many findings at most, the first in that order
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Exit with status 1 if there is a finding of at least this level that no
    /// suppression hides
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub(crate) fail_on: Option<Level>,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Columns of flow-log lines without a header, as AWS writes them
    /// (`${version} ${account-id} …`)
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// Print suppressed findings too, marked; the other formats always have them
    #[arg(long)]
    pub(crate) suppressed: bool,
    /// Only the findings, no summary
    #[arg(long)]
    pub(crate) no_summary: bool,
    /// Write the summary as one JSON object to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) summary_json: Option<PathBuf>,
    /// When text is coloured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail compact logs --to compacted
  flowtrail compact logs --to compacted            # later: only what is new
  flowtrail compact s3://trail/AWSLogs --to s3://lake/logs --since 2026-01-01
  flowtrail compact logs --to compacted --dry-run
  flowtrail compact --verify --to compacted
  flowtrail replay compacted

A run may be stopped at any time and run again: what it had committed stays, and
nothing is there twice. What is no log is left aside.

Read either the raw logs or what they were compacted to: a query over a folder
that holds both counts records twice. Best is a place outside of the logs.

The list of objects is held in memory, about 1 GB for a million; --since and
--until, or folders of single accounts, make it shorter.")]
pub(crate) struct Compact {
    /// Log files, folders of them, or `s3://bucket/prefix`
    #[arg(required_unless_present = "verify", value_name = "SOURCE")]
    pub(crate) sources: Vec<std::ffi::OsString>,
    /// The folder, or `s3://bucket/prefix`, to write into
    #[arg(long, value_name = "PLACE")]
    pub(crate) to: std::ffi::OsString,
    /// Only events at or after this time (2026-11-21, 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EventTime>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EventTime>,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Memory for sorting (500MB, 2GB); the rest is sorted on disk [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Where to sort what does not fit into memory [default: the system's temporary folder]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spill: Option<PathBuf>,
    /// Stored bytes of logs that are taken in at a time, each with a state of its
    /// own; three times as much is needed on disk [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) round: Option<u64>,
    /// Columns of flow-log lines without a header, as AWS writes them
    /// (`${version} ${account-id} …`)
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// Only say what would be taken in
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only compare what is there with the account of what was taken in
    #[arg(long, conflicts_with_all = ["sources", "dry_run"])]
    pub(crate) verify: bool,
}

/// When to write colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Wherever it goes
    Always,
    /// Not at all
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// One line for each rule: level, log, single event or window, id, title
    #[command(
        after_help = "Examples:\n  flowtrail rules list\n  flowtrail rules list --learn     # as `replay --learn` has them\n  flowtrail rules list --json | jq -r .techniques[] | sort | uniq -c"
    )]
    List {
        #[command(flatten)]
        rules: RuleChoice,
        #[command(flatten)]
        memory: MemoryChoice,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Everything about one rule: why it matters, what to do, what it needs, its runbook
    #[command(
        after_help = "Examples:\n  flowtrail rules show 4857cc51\n  flowtrail rules show trail_stopped_or_deleted --yaml\n  flowtrail rules show root_console_login --sql | flowtrail query --file - sample-logs"
    )]
    Show {
        /// The rule's id or its first eight characters, its name, or a part of its title
        rule: String,
        #[command(flatten)]
        rules: RuleChoice,
        /// Print the rule's own file instead
        #[arg(long)]
        yaml: bool,
        /// Print the rule as a statement for `flowtrail query` instead
        #[arg(long, conflicts_with = "yaml")]
        sql: bool,
    },
    /// Techniques that the rules look for, and how often they speak up in ordinary logs
    #[command(after_help = "Examples:
  flowtrail rules coverage                                # techniques and their rules
  flowtrail rules coverage --format navigator > layer.json  # for the ATT&CK Navigator
  flowtrail rules coverage --level medium logs/ordinary   # findings per 1,000 events and per day

Rates are over management events of CloudTrail; where a folder has none, over all records.")]
    Coverage(Coverage),
    /// Compile rules and name every problem with file, line and hint
    #[command(
        after_help = "Examples:\n  flowtrail rules check my-rules\n  flowtrail rules check        # the shipped ones"
    )]
    Check {
        /// Files or folders of rules [default: the shipped rules]
        paths: Vec<PathBuf>,
        /// The context file that the rules will be run with
        #[arg(long, value_name = "FILE")]
        context: Option<PathBuf>,
        /// The files of places that the rules will be run with (repeatable)
        #[arg(long, value_name = "FILE")]
        geo: Vec<PathBuf>,
    },
    /// Run the cases that stand beside each rule (`NAME.cases.yml`)
    #[command(
        after_help = "Examples:\n  flowtrail rules test my-rules\n  flowtrail rules test        # the shipped ones"
    )]
    Test {
        /// Files or folders of rules [default: the shipped rules]
        paths: Vec<PathBuf>,
        /// Name every case, not only those that fail
        #[arg(long, short)]
        verbose: bool,
    },
    /// Say which part of a rule holds for an event, and which does not
    #[command(
        after_help = "Examples:\n  flowtrail rules explain 'Root called AWS with an access key' event.json\n  jq -c '.Records[0]' trail.json | flowtrail rules explain 4857cc51 -"
    )]
    Explain {
        /// The rule's id or its first eight characters, its name, or a part of its title
        rule: String,
        /// A file with one record as JSON (flow-log fields as a JSON object), or `-`
        event: PathBuf,
        #[command(flatten)]
        rules: RuleChoice,
    },
    /// The fields, derived fields and modifiers that a rule can use
    #[command(after_help = "Example:\n  flowtrail rules schema | grep flowtrail")]
    Schema {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Ordinary logs to measure the rules on: files, folders, s3://bucket/prefix, or `-`
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    /// Leave out findings below this level
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = level)]
    pub(crate) level: Level,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: CoverageFormat,
}

/// How coverage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// For a terminal
    Text,
    /// Tables for a document: every rule, every technique
    Markdown,
    /// A table of how many rules there are for each log and level
    MarkdownSums,
    /// One JSON object
    Json,
    /// A layer for the ATT&CK Navigator
    Navigator,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
