//! The words of `flowtrail simulate`.

use std::path::PathBuf;

use clap::Args;
use flowtrail_event::EventTime;

use super::words::{attack, size, time};
use crate::bucket::Place;

/// Days that can be simulated: two years.
const DAYS_MAX: i64 = 732;
/// Accounts that can be simulated.
const ACCOUNTS_MAX: i64 = 32;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail simulate logs                         # two days of a small organisation
  flowtrail simulate --size 2GB --seed 7 logs     # about two gigabytes before compression
  flowtrail simulate --attack stop-logging --attack port-scan logs
  flowtrail simulate --to s3://bucket/drill       # into a bucket, to try the Lambda
  flowtrail simulate --history logs               # 90 days, to learn what is usual
  flowtrail simulate --list-attacks

Equal options give equal bytes. What was planted stands in labels.jsonl, what
looks like it and is ordinary in negatives.jsonl, what is where in context.yaml,
and with --history where addresses are in places.mmdb, for `replay --geo`.")]
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
    #[arg(long = "attack", value_name = "NAME", value_parser = attack, conflicts_with = "history")]
    pub(crate) attacks: Vec<flowtrail_simulate::Attack>,
    /// A long history instead (90 days where --days does not say): who does what
    /// is steady enough to be learnt, and what is planted is unusual rather than
    /// known to be bad
    #[arg(long)]
    pub(crate) history: bool,
    /// Plant no attack
    #[arg(long, conflicts_with_all = ["attacks", "history"])]
    pub(crate) no_attacks: bool,
    /// List the attacks that can be planted
    #[arg(long)]
    pub(crate) list_attacks: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_simulated_is_what_the_simulator_takes() {
        use flowtrail_simulate::Plan;
        assert_eq!(i64::try_from(Plan::ACCOUNTS_MAX), Ok(ACCOUNTS_MAX));
        assert_eq!(i64::from(Plan::HOURS_MAX), DAYS_MAX * 24);
    }
}
