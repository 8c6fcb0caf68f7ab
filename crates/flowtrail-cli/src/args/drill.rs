//! The words of `flowtrail drill`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use flowtrail_sigma::Level;
use flowtrail_simulate::{Attack, DrillPlan};

use super::words::{attack, level};
use crate::bucket::Place;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail drill --bucket my-logs --alarm-prefix flowtrail- --findings s3://my-findings
  flowtrail drill --bucket my-logs --alarm-prefix flowtrail- --format json --timeout 30m
  flowtrail drill --bucket my-logs --topic arn:aws:sns:eu-central-1:111122223333:flowtrail
  flowtrail drill --bucket my-logs --findings s3://my-findings --attack stop-logging

`terraform output drill_command` gives the whole of it: findings, topic and alarms.

The on-call is really called: tell them first. The object lies under
PREFIXflowtrail-drill/ID/, its records are of the account 000000000000, and what
is found in them begins with `DRILL: `, has `drill: true`, and keeps its level.
An alarm says nothing of a drill: a metric has no room for it.

Exit status: 0 all arrived; 1 something did not; 2 it could not be carried out,
or was interrupted. What it made, and the findings that it waited for, it takes
away, and says what it could not. A bucket of findings that keeps versions keeps
them until its rules end them; what the state table has of a drill expires there.
After a drill that gave up, or was interrupted, findings, pages and a dead letter
for an object that is gone may still come: they name its ID.

Rights, each only for its option:
  always          s3:PutObject, s3:DeleteObject (s3:DeleteObjectVersion where the
                  bucket keeps versions) on LOGS/PREFIXflowtrail-drill/*; the
                  bucket's key: kms:GenerateDataKey; s3:GetObject there, if an
                  answer is lost
  --findings      s3:GetObject, s3:DeleteObject on FINDINGS/*; kms:Decrypt
  --topic         sns:Subscribe, sns:Unsubscribe; on queues flowtrail-drill-*:
                  sqs:CreateQueue, GetQueueAttributes, GetQueueUrl,
                  ReceiveMessage, DeleteQueue
  --alarm-prefix  cloudwatch:DescribeAlarms")]
pub(crate) struct Drill {
    /// The log bucket that the function is told of
    #[arg(long, value_name = "BUCKET", value_parser = bucket)]
    pub(crate) bucket: String,
    /// What keys have to begin with so that the function is told of them
    #[arg(long, value_name = "PREFIX", default_value = "AWSLogs/", value_parser = prefix)]
    pub(crate) prefix: String,
    /// Wait for the findings here (s3://bucket/prefix)
    #[arg(long, value_name = "PLACE")]
    pub(crate) findings: Option<Place>,
    /// Wait for this topic to tell of them, heard by a queue that is made for it
    #[arg(long, value_name = "ARN", value_parser = topic)]
    pub(crate) topic: Option<String>,
    /// Wait for the alarms on findings whose names begin so
    #[arg(long, value_name = "PREFIX")]
    pub(crate) alarm_prefix: Option<String>,
    /// Carry this attack out (repeatable) instead of the usual ones; it has to
    /// leave traces in CloudTrail
    #[arg(long = "attack", value_name = "NAME", value_parser = drillable)]
    pub(crate) attacks: Vec<Attack>,
    /// Wait for findings from this level on: that from which people are told
    #[arg(long, value_name = "LEVEL", default_value = "high", value_parser = level)]
    pub(crate) level: Level,
    /// Give up after this time (90s, 15m, 1h)
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Encrypt as this trail does, for a role that asks for it
    #[arg(long, value_name = "ARN", requires = "log_key")]
    pub(crate) trail: Option<String>,
    /// The key of the trail's logs
    #[arg(long, value_name = "ARN", requires = "trail")]
    pub(crate) log_key: Option<String>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DrillFormat,
}

/// How a drill is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DrillFormat {
    /// A line for each step, as it happens
    Text,
    /// One JSON object, at the end
    Json,
}

fn bucket(word: &str) -> Result<String, String> {
    if word.is_empty() || word.contains(['/', ':']) {
        return Err("write its name alone".to_owned());
    }
    Ok(word.to_owned())
}

/// A key is made of it and of what is ours, so it has to end where a name ends.
fn prefix(word: &str) -> Result<String, String> {
    if word.is_empty() || (word.ends_with('/') && !word.starts_with('/')) {
        return Ok(word.to_owned());
    }
    Err("write it as AWSLogs/, with a slash at its end and none at its beginning".to_owned())
}

fn topic(word: &str) -> Result<String, String> {
    let parts: Vec<&str> = word.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "sns", region, account, name]
            if ![region, account, name].iter().any(|p| p.is_empty()) =>
        {
            Ok(word.to_owned())
        }
        _ => Err("write it as arn:aws:sns:REGION:ACCOUNT:NAME".to_owned()),
    }
}

fn drillable(word: &str) -> Result<Attack, String> {
    let attack = attack(word)?;
    if DrillPlan::can_show(attack) {
        return Ok(attack);
    }
    Err("it leaves traces in flow logs alone, and a drill writes CloudTrail's".to_owned())
}

fn duration(word: &str) -> Result<Duration, String> {
    let wrong = || "write it as 90s, 15m or 1h".to_owned();
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match word.get(digits.len()..).unwrap_or_default() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match number.checked_mul(unit) {
        Some(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        Some(_) | None => Err("it has to be from 1s to 24h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
        for word in [
            "",
            "15",
            "m",
            "0s",
            "25h",
            "-1s",
            "1d",
            "99999999999999999999s",
        ] {
            assert!(duration(word).is_err(), "{word}");
        }
    }

    #[test]
    fn places_that_can_be_none_are_refused() {
        assert!(prefix("").is_ok() && prefix("vpc/AWSLogs/").is_ok());
        assert!(prefix("AWSLogs").is_err() && prefix("/AWSLogs/").is_err());
        assert!(bucket("logs").is_ok() && bucket("s3://logs").is_err());
        assert!(topic("arn:aws:sns:eu-central-1:111122223333:flowtrail").is_ok());
        assert!(topic("flowtrail").is_err() && topic("arn:aws:sqs:r:1:n").is_err());
    }

    #[test]
    fn what_leaves_no_trace_in_cloudtrail_cannot_be_drilled() {
        assert!(drillable("stop-logging").is_ok());
        assert!(
            drillable("internet-scan")
                .unwrap_err()
                .contains("flow logs")
        );
        assert!(drillable("nothing").is_err());
    }
}
