//! The command line, as clap sees it. Parsing only: what a command does stands
//! in the module of its name.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use flowtrail_event::EventTime;
use flowtrail_output::Format;
use flowtrail_sigma::Level;

use crate::bucket::Place;
use crate::segments::args::{Learning, Segments};

/// Days that can be simulated: two years.
const DAYS_MAX: i64 = 732;
/// Accounts that can be simulated.
const ACCOUNTS_MAX: i64 = 32;

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
    /// Run the rules over logs: files, folders, or standard input
    Replay(Replay),
    /// Ask the logs: SQL, queries that have a name, or a shell
    Query(crate::query::args::Query),
    /// List, check, test and explain rules
    #[command(
        subcommand,
        after_help = "Examples:\n  flowtrail rules list\n  flowtrail rules check my-rules && flowtrail rules test my-rules"
    )]
    Rules(Rules),
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
    /// Generate realistic logs, with labelled attacks in them
    Simulate(Simulate),
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
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail replay sample-logs
  flowtrail replay --level medium --since 2026-11-01 logs/AWSLogs
  flowtrail replay --format jsonl logs | jq .title
  flowtrail replay --rules my-rules --no-shipped --fail-on high logs
  flowtrail replay --context context.yaml --suppressed logs
  zcat trail.json.gz | flowtrail replay -

A folder is read whole, in the order of its names. What is no log is named and
left out; a file `.flowtrailignore` in a folder lists names to leave out, in the
syntax of .gitignore.")]
pub(crate) struct Replay {
    /// Log files, folders of them, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    /// Leave out findings below this level: informational, low, medium, high or critical
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = level)]
    pub(crate) level: Level,
    /// Only events at or after this time (2026-11-21, 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EventTime>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EventTime>,
    /// How findings are written: text, jsonl, csv or ocsf
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub(crate) format: Format,
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
        after_help = "Examples:\n  flowtrail rules list\n  flowtrail rules list --json | jq -r .techniques[] | sort | uniq -c"
    )]
    List {
        #[command(flatten)]
        rules: RuleChoice,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Everything about one rule: why it matters, what to do, what it needs, its runbook
    #[command(
        after_help = "Examples:\n  flowtrail rules show 4857cc51\n  flowtrail rules show trail_stopped_or_deleted --yaml"
    )]
    Show {
        /// The rule's id or its first eight characters, its name, or a part of its title
        rule: String,
        #[command(flatten)]
        rules: RuleChoice,
        /// Print the rule's own file instead
        #[arg(long)]
        yaml: bool,
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
        after_help = "Examples:\n  flowtrail rules explain 'access key of root' event.json\n  jq -c '.Records[0]' trail.json | flowtrail rules explain 4857cc51 -"
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

#[derive(Debug, Subcommand)]
pub(crate) enum Context {
    /// Name every problem of a context file with line and hint
    #[command(after_help = "Example:
  flowtrail context check context.yaml

Exit status: 0 the file can be used, 2 it cannot. Warnings do not count; a
suppression that has expired by today is one.")]
    Check {
        /// The context file
        file: PathBuf,
    },
    /// What a context file says: all of it, of one address, of one connection
    Show(ContextShow),
    /// Propose a context file from logs, with the evidence for each line
    Learn(Learning),
    /// Print the JSON schema of context files, for editors
    #[command(after_help = "Example:\n  flowtrail context schema > context.schema.json")]
    Schema,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail context show context.yaml
  flowtrail context show context.yaml --format json | jq .declared.matrix
  flowtrail context show context.yaml --address 10.16.4.7 --vpc vpc-0a1b
  flowtrail context show context.yaml --from 10.17.1.9 --to production/database --port tcp/5432

Ends are addresses or, as in the matrix, `production/database`, `production`,
`*/database`, `internet`, `trusted:NAME`.")]
pub(crate) struct ContextShow {
    /// The context file
    pub(crate) file: PathBuf,
    /// How it is written
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        conflicts_with = "asked"
    )]
    pub(crate) format: ContextFormat,
    /// What this address is, and which entry says so
    #[arg(long, value_name = "ADDRESS", group = "asked")]
    pub(crate) address: Option<std::net::IpAddr>,
    /// What the matrix says of a connection that this end opens
    #[arg(long, value_name = "END", group = "asked", requires_all = ["to", "port"])]
    pub(crate) from: Option<String>,
    /// The end that serves it
    #[arg(long, value_name = "END", requires = "from")]
    pub(crate) to: Option<String>,
    /// What it serves: `tcp/5432`, `udp/53`, `icmp`, `protocol/47`
    #[arg(long, value_name = "PORT", requires = "from", value_parser = port)]
    pub(crate) port: Option<(u8, u16)>,
    /// The VPC in which addresses are seen
    #[arg(long, value_name = "ID", requires = "asked")]
    pub(crate) vpc: Option<String>,
    /// The account in which addresses are seen, by its id
    #[arg(long, value_name = "ID", requires = "asked")]
    pub(crate) account: Option<String>,
    /// The time at which they are seen (2026-11-21, 2026-11-21T10:00, UTC) [default: now]
    #[arg(long, value_name = "TIME", requires = "asked", value_parser = time)]
    pub(crate) at: Option<EventTime>,
}

/// How a context file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContextFormat {
    /// For a terminal
    Text,
    /// One form for every way of writing it, without comments
    Yaml,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// Ordinary logs to measure the rules on: files, folders, or `-`
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

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail simulate logs                         # two days of a small organisation
  flowtrail simulate --size 2GB --seed 7 logs     # about two gigabytes before compression
  flowtrail simulate --attack stop-logging --attack port-scan logs
  flowtrail simulate --to s3://bucket/drill       # into a bucket, to try the Lambda
  flowtrail simulate --list-attacks

Equal options give equal bytes. What was planted stands in labels.jsonl, what
looks like it and is ordinary in negatives.jsonl, what is where in context.yaml.")]
pub(crate) struct Simulate {
    /// The folder to write into; it must be empty or not exist
    #[arg(value_name = "FOLDER", required_unless_present_any = ["list_attacks", "to"])]
    pub(crate) folder: Option<PathBuf>,
    /// Write into this bucket instead (s3://bucket/prefix)
    #[arg(long, value_name = "PLACE", conflicts_with = "folder")]
    pub(crate) to: Option<Place>,
    /// Write even if there are objects under that prefix
    #[arg(long, requires = "to", conflicts_with = "folder")]
    pub(crate) force: bool,
    /// Seed of everything that is drawn by chance
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// First instant of the logs (2026-11-21, 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) start: Option<EventTime>,
    /// Days of logs
    #[arg(long, value_name = "N", conflicts_with = "size", value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    pub(crate) days: Option<u32>,
    /// Accounts of the organisation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=ACCOUNTS_MAX))]
    pub(crate) accounts: Option<u32>,
    /// About this much log before compression (500KB, 20MB, 3GB)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) size: Option<u64>,
    /// Plant this attack (repeatable) instead of the default ones
    #[arg(long = "attack", value_name = "NAME", value_parser = attack)]
    pub(crate) attacks: Vec<flowtrail_simulate::Attack>,
    /// Plant no attack
    #[arg(long, conflicts_with = "attacks")]
    pub(crate) no_attacks: bool,
    /// List the attacks that can be planted
    #[arg(long)]
    pub(crate) list_attacks: bool,
}

fn level(word: &str) -> Result<Level, String> {
    Level::from_name(word).ok_or_else(|| {
        let known: Vec<&str> = Level::ALL.iter().map(|l| l.name()).collect();
        format!("levels are {}", known.join(", "))
    })
}

fn format(word: &str) -> Result<Format, String> {
    Format::from_name(word).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|f| f.name()).collect();
        format!("formats are {}", known.join(", "))
    })
}

/// A day stands for its first instant, a minute too; all in UTC.
pub(crate) fn time(word: &str) -> Result<EventTime, String> {
    let ends = ["", "Z", ":00Z", "T00:00:00Z"];
    let mut times = ends.iter().map(|end| format!("{word}{end}"));
    times
        .find_map(|t| EventTime::parse(t.as_bytes()))
        .ok_or_else(|| "write it as 2026-11-21 or 2026-11-21T10:00 (UTC)".to_owned())
}

/// A protocol by its IANA number, and the port that serves.
fn port(word: &str) -> Result<(u8, u16), String> {
    let wrong = || "write it as tcp/5432, udp/53, icmp or protocol/47".to_owned();
    if word == "icmp" {
        return Ok((1, 0));
    }
    let (protocol, number) = word.split_once('/').ok_or_else(wrong)?;
    let port = || number.parse().map_err(|_| wrong());
    match protocol {
        "tcp" => Ok((6, port()?)),
        "udp" => Ok((17, port()?)),
        "protocol" => Ok((number.parse().map_err(|_| wrong())?, 0)),
        _ => Err(wrong()),
    }
}

/// Bytes, with a unit.
pub(crate) fn size(word: &str) -> Result<u64, String> {
    let upper = word.to_ascii_uppercase();
    let digits = upper.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match upper.get(digits.len()..).unwrap_or("") {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return Err("units are KB, MB, GB".to_owned()),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "write it as 500KB, 20MB or 3GB".to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "that is too much".to_owned())
}

fn attack(word: &str) -> Result<flowtrail_simulate::Attack, String> {
    flowtrail_simulate::Attack::from_name(word)
        .ok_or_else(|| "`flowtrail simulate --list-attacks` lists them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_can_be_simulated_is_what_the_simulator_takes() {
        use flowtrail_simulate::Plan;
        assert_eq!(i64::try_from(Plan::ACCOUNTS_MAX), Ok(ACCOUNTS_MAX));
        assert_eq!(i64::from(Plan::HOURS_MAX), DAYS_MAX * 24);
    }

    #[test]
    fn words_are_read() {
        assert_eq!(size("20MB"), Ok(20_000_000));
        assert_eq!(size("3g"), Ok(3_000_000_000));
        assert!(size("MB").is_err() && size("3XB").is_err());
        assert_eq!(time("1970-01-02"), Ok(EventTime(86_400_000)));
        for word in [
            "1970-01-02T00:00",
            "1970-01-02T00:00:00",
            "1970-01-02T00:00:00Z",
        ] {
            assert_eq!(time(word), Ok(EventTime(86_400_000)), "{word}");
        }
        assert!(time("yesterday").is_err() && time("1970-01-02T").is_err());
        assert_eq!(port("tcp/5432"), Ok((6, 5432)));
        assert_eq!(port("protocol/47"), Ok((47, 0)));
        for word in ["5432", "tcp", "tcp/", "tcp/65536", "sctp/1", "protocol/256"] {
            assert!(port(word).is_err(), "{word}");
        }
        assert_eq!(level("high"), Ok(Level::High));
        assert!(format("xml").is_err());
    }
}
