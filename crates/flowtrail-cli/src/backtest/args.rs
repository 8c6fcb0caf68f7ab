//! The arguments of `flowtrail backtest`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use flowtrail_event::EventTime;
use flowtrail_sigma::Level;

use crate::args::{Color, RuleChoice, duration, level, time};
use crate::memory::MemoryChoice;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail backtest my-rule.yml logs                   # would it have fired, and how often?
  flowtrail backtest my-rules --days 30 s3://bucket/AWSLogs
  flowtrail backtest one.yml two.yml --budget 3 logs    # how strict for 3 findings a day?
  flowtrail backtest 'deleted a CloudTrail trail' logs  # a rule that ships
  flowtrail backtest changed.yml --fail-over 5 logs     # in the checks of a change to rules

The first word is a rule: a file or a folder of rules, or the id, the name or a
part of the title of a current rule. More rules may follow, files and names; the
first word that is something else begins the logs; `--` divides them where that
is unclear, as between two folders of rules. Current rules are those that ship
and those of --rules. A given rule with the id or the name of a current one takes
its place, and the difference in findings is shown.

Days are those of the first event of a finding, in UTC. The threshold within the
budget is the lowest from which on no stricter one exceeds it: as a window that
fires all the time is one finding, a lower one may be quiet for the wrong reason.
It is computed from every window, not estimated; suppressions do not count there.

Exit status:
  0  it ran
  1  a rule has more findings on a day than --fail-over allows
  2  a rule could not be used, or not all logs could be read")]
pub(crate) struct Backtest {
    /// Rules, then logs: files, folders, s3://bucket/prefix, or `-`
    #[arg(value_name = "RULE|PATH", required = true)]
    pub(crate) words: Vec<OsString>,
    /// Logs, where it is unclear which words are rules
    #[arg(value_name = "PATH", last = true)]
    pub(crate) after: Vec<OsString>,
    /// Logs, as behind the rules (repeatable)
    #[arg(long = "source", value_name = "PATH")]
    pub(crate) sources: Vec<OsString>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    #[command(flatten)]
    pub(crate) memory: MemoryChoice,
    /// Compare with findings of current rules from this level on
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
    /// Only events of so many days before --until, or before now
    #[arg(long, value_name = "N", conflicts_with = "since")]
    pub(crate) days: Option<NonZeroU32>,
    /// Findings a day that are bearable
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) budget: u64,
    /// Exit with status 1 if a rule has more findings than this on a day
    #[arg(long, value_name = "N")]
    pub(crate) fail_over: Option<u64>,
    /// Sample findings that are shown of each rule and of each difference
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) samples: usize,
    /// Names in each table of who and where
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) top: usize,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: BacktestFormat,
    /// Objects read side by side [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Columns of flow-log lines without a header, as AWS writes them
    /// (`${version} ${account-id} …`)
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// When text is coloured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// How a backtest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BacktestFormat {
    /// For people
    Text,
    /// One JSON object, `flowtrail.backtest.v1`
    Json,
}

/// A rule as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// The rules in a file or folder.
    Path(PathBuf),
    /// A current rule.
    Named(String),
}

impl Backtest {
    /// The rules and the logs that the words name.
    ///
    /// # Errors
    /// If one of both is missing, or a rule's name is no text.
    pub(super) fn apart(&self) -> anyhow::Result<(Vec<Asked>, Vec<OsString>)> {
        let words = self.words.iter().enumerate();
        let begin = words.skip(1).find(|(_, w)| is_logs(w)).map(|(at, _)| at);
        let begin = if self.after.is_empty() {
            begin.unwrap_or(self.words.len())
        } else {
            self.words.len()
        };
        let (rules, logs) = self.words.split_at_checked(begin).unwrap_or_default();
        let all = [&self.after[..], logs, &self.sources[..]];
        let logs: Vec<OsString> = all.into_iter().flatten().cloned().collect();
        if logs.is_empty() {
            bail!(
                "there are no logs to run the rules over\nhint: name files, folders or \
                 s3://bucket/prefix behind the rules; `--` stands before them where a folder \
                 of logs is taken for rules"
            );
        }
        let rules = rules.iter().map(asked).collect::<anyhow::Result<_>>()?;
        Ok((rules, logs))
    }
}

/// Whether a word behind the first one begins the logs.
fn is_logs(word: &OsString) -> bool {
    let path = Path::new(word);
    let is_rule_file = matches!(
        path.extension().and_then(|e| e.to_str()),
        Some("yml" | "yaml")
    );
    let is_place = word == "-" || word.to_str().is_some_and(|w| w.starts_with("s3://"));
    is_place || (path.exists() && !is_rule_file)
}

fn asked(word: &OsString) -> anyhow::Result<Asked> {
    let path = Path::new(word);
    match word.to_str() {
        _ if path.exists() => Ok(Asked::Path(path.to_owned())),
        Some(name) if name.ends_with(".yml") || name.ends_with(".yaml") => {
            // Said by whoever opens it.
            Ok(Asked::Path(path.to_owned()))
        }
        Some(name) => Ok(Asked::Named(name.to_owned())),
        None => bail!("there is no rule file `{}`", crate::console::path(path)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        backtest: Backtest,
    }

    fn apart(words: &[&str]) -> anyhow::Result<(Vec<Asked>, Vec<OsString>)> {
        let words = std::iter::once(&"backtest").chain(words);
        Words::try_parse_from(words).unwrap().backtest.apart()
    }

    #[test]
    fn rules_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (a, b, logs, file) = (
            place("a.yml"),
            place("rules"),
            place("logs"),
            place("x.json"),
        );
        for path in [&a, &file] {
            std::fs::write(path, "").unwrap();
        }
        for path in [&b, &logs] {
            std::fs::create_dir(path).unwrap();
        }
        let path = |p: &str| Asked::Path(p.into());
        let named = |n: &str| Asked::Named(n.to_owned());
        for (words, rules, sources) in [
            (vec![&*a, &logs], vec![path(&a)], vec![&*logs]),
            (
                vec![&b, &a, "root", &logs, &b],
                vec![path(&b), path(&a), named("root")],
                vec![&*logs, &b],
            ),
            (
                vec![&b, &logs, "--", "-"],
                vec![path(&b), path(&logs)],
                vec!["-"],
            ),
            (
                vec!["root", "s3://b/p"],
                vec![named("root")],
                vec!["s3://b/p"],
            ),
            (vec!["root", "-"], vec![named("root")], vec!["-"]),
            (
                vec!["none.yml", &file, "--source", "t"],
                vec![path("none.yml")],
                vec![&*file, "t"],
            ),
        ] {
            let sources: Vec<OsString> = sources.iter().map(Into::into).collect();
            assert_eq!(apart(&words).unwrap(), (rules, sources), "{words:?}");
        }
        let error = apart(&[&logs]).unwrap_err().to_string();
        assert!(
            error.contains("no logs") && error.contains("`--`"),
            "{error}"
        );
    }
}
