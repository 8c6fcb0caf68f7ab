//! The arguments of `flowtrail cluster`.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::size;

/// The servers of a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum Cluster {
    /// Divide queries among executors, until it is ended
    Scheduler(Scheduler),
    /// Read logs for a scheduler, until it is ended
    Executor(Box<Executor>),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  flowtrail cluster scheduler --bind 10.16.4.7:50050

Whoever reaches its port can have executors read whatever they can read: there is
no password. Bind an address of a network that you trust.")]
pub(crate) struct Scheduler {
    /// Where it listens; port 0 is some free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50050")]
    pub(crate) bind: SocketAddr,
    /// Say what is done, not only what goes wrong
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail cluster executor --scheduler 10.16.4.7:50050 --bind 10.16.4.8:50051
  flowtrail cluster executor --scheduler localhost:50050 --bind 127.0.0.1:0

It opens folders at the paths that the query names, and buckets with its own
credentials. A query that rests on a context file or on files of addresses wants
executors that have the same.")]
pub(crate) struct Executor {
    /// The scheduler that it works for
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) scheduler: String,
    /// Where whoever asks fetches rows; port 0 is some free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50051")]
    pub(crate) bind: SocketAddr,
    /// The host by which others reach it [default: the address of --bind]
    #[arg(long, value_name = "HOST")]
    pub(crate) advertise: Option<String>,
    /// What is where, for the functions that ask for it
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
    /// Where addresses are, in MaxMind's format (.mmdb), for the functions that
    /// ask for it (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) geo: Vec<PathBuf>,
    /// Memory for sorting, grouping and joining, before they go to disk (500MB,
    /// 8GB) [default: 2GB, or half of a small machine]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// The folder for rows on their way, and for what goes to disk [default: that
    /// for temporary files]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spill: Option<PathBuf>,
    /// Threads that work at a time [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Say what is done, not only what goes wrong
    #[arg(long, short)]
    pub(crate) verbose: bool,
}
