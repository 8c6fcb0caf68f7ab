//! The words of `flowtrail context`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use flowtrail_event::EventTime;

use super::words::{port, time};
use crate::segments::args::Learning;

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
