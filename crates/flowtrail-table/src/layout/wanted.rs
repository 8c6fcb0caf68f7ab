//! Which objects a question needs.

use std::collections::BTreeSet;
use std::time::Duration;

use flowtrail_event::EventTime;

use super::day::DAY_MS;
use super::facts::Scheme;
use super::{Facts, LogKind};

/// How long after an event its object is still looked for: a day.
///
/// `CloudTrail` delivers within about 5 minutes and flow logs within about 10,
/// both without a promise; a day outlasts the disturbances of an ordinary year
/// and costs a question about one day at most a second one. What a bucket has
/// refused arrives as much as [`REDELIVERY_MAX`] later; whoever looks into such
/// a time sets [`Wanted::lateness`] to that.
pub const LATENESS: Duration = Duration::from_secs(86_400);

/// For so long `CloudTrail` tries again to deliver what a bucket refused: 30
/// days ("How `CloudTrail` works" in its user guide).
pub const REDELIVERY_MAX: Duration = Duration::from_secs(30 * 86_400);

/// How far an event may lie behind the time that its object is named by: five
/// minutes. A flow log's file is named by the beginning of the five minutes that
/// its records end in ("Publish flow logs to Amazon S3"), and the clock of a
/// service is not the clock of the delivery.
pub const AHEAD: Duration = Duration::from_secs(300);

/// Until 22 November 2021 a trail of one region could hold the events of global
/// services, which happen in another ("About global service events" in the
/// `CloudTrail` user guide).
const GLOBAL_SINCE_MS: i64 = 1_637_539_200_000;

/// Which records a question is about, as far as names of objects can tell. The
/// default asks for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Events before it are not asked for.
    pub since: Option<EventTime>,
    /// Events at or after it are not asked for.
    pub until: Option<EventTime>,
    /// Accounts, twelve digits each; those of the records, not of folders.
    pub accounts: Option<BTreeSet<String>>,
    /// Regions of the records.
    pub regions: Option<BTreeSet<String>>,
    /// Sorts of logs.
    pub logs: Option<BTreeSet<LogKind>>,
    /// How long after an event its object may have been delivered. See
    /// [`LATENESS`].
    pub lateness: Duration,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            accounts: None,
            regions: None,
            logs: None,
            lateness: LATENESS,
        }
    }
}

impl Wanted {
    /// Whether anything wanted may lie below a folder: its whole path or key,
    /// whatever stands in front, with or without a slash at the end.
    ///
    /// If this denies a folder, [`Wanted::admits`] denies every key below it.
    #[must_use]
    pub fn may_hold(&self, folder: &str) -> bool {
        self.meets(&Facts::of_folder(folder))
    }

    /// Whether the object of this key may hold something wanted.
    #[must_use]
    pub fn admits(&self, key: &str) -> bool {
        let (folder, file) = key.rsplit_once('/').unwrap_or(("", key));
        let facts = Facts::of_folder(folder);
        self.meets(&facts) && self.meets(&facts.with_file(file))
    }

    pub(crate) fn meets(&self, facts: &Facts<'_>) -> bool {
        self.meets_log(facts)
            && self.meets_account(facts)
            && self.meets_time(facts)
            && self.meets_region(facts)
    }

    /// Whether a folder, given by its path, would be looked into if `until` did
    /// not end the time in which what lies there can have been delivered.
    pub(crate) fn is_too_late(&self, facts: &Facts<'_>) -> bool {
        let begins = || self.events_of(facts).map(|(from, _)| EventTime(from));
        self.until
            .is_some_and(|until| begins().is_some_and(|b| until <= b))
            && facts.scheme != Scheme::Compacted
            && self.meets_log(facts)
            && self.meets_account(facts)
            && self.meets_region(facts)
    }

    fn meets_log(&self, facts: &Facts<'_>) -> bool {
        match (&self.logs, facts.log) {
            (Some(wanted), Some(log)) => wanted.iter().any(|w| log.may_hold(*w)),
            (Some(_) | None, _) => true,
        }
    }

    /// An account in a folder is that of the records, but for flow logs as AWS
    /// lays them down: the owner of a shared network logs other people's
    /// interfaces under its own account.
    fn meets_account(&self, facts: &Facts<'_>) -> bool {
        let (Some(wanted), Some(account)) = (&self.accounts, facts.account) else {
            return true;
        };
        let decides = match (facts.scheme, facts.log) {
            (Scheme::Unknown, _) => false,
            (Scheme::Compacted, _) => true,
            (Scheme::Aws, Some(log)) => !log.is_flow(),
            (Scheme::Aws, None) => {
                let logs = self.logs.as_ref();
                logs.is_some_and(|l| !l.iter().any(|l| l.is_flow()))
            }
        };
        !decides || wanted.contains(account)
    }

    fn meets_time(&self, facts: &Facts<'_>) -> bool {
        let Some((from, to)) = self.events_of(facts) else {
            return true;
        };
        self.since.is_none_or(|s| s.0 < to) && self.until.is_none_or(|u| u.0 > from)
    }

    /// The times that events may have, in milliseconds: from, and before what.
    fn events_of(&self, facts: &Facts<'_>) -> Option<(i64, i64)> {
        let late = i64::try_from(self.lateness.as_millis()).unwrap_or(i64::MAX);
        let ahead = i64::try_from(AHEAD.as_millis()).unwrap_or(i64::MAX);
        if let Some(written) = facts.written {
            let to = written.0.saturating_add(ahead + 60_000);
            return Some((written.0.saturating_sub(late), to));
        }
        let (from, to) = facts.span()?;
        Some(match facts.scheme {
            Scheme::Compacted => (from.0, to.0),
            Scheme::Aws => (from.0.saturating_sub(late), to.0.saturating_add(ahead)),
            // Whoever made it may have counted days in a zone of their own.
            Scheme::Unknown => (
                from.0.saturating_sub(late).saturating_sub(DAY_MS),
                to.0.saturating_add(DAY_MS),
            ),
        })
    }

    fn meets_region(&self, facts: &Facts<'_>) -> bool {
        let (Some(wanted), Some(region)) = (&self.regions, facts.region) else {
            return true;
        };
        if facts.scheme == Scheme::Unknown || wanted.contains(region) {
            return true;
        }
        let is_flow = facts.log.is_some_and(LogKind::is_flow);
        if facts.scheme == Scheme::Compacted || is_flow || !wanted.contains(home(region)) {
            return false;
        }
        let from = self.events_of(facts).map_or(i64::MIN, |span| span.0);
        from < GLOBAL_SINCE_MS && self.since.is_none_or(|s| s.0 < GLOBAL_SINCE_MS)
    }
}

/// Where the global services of a partition log.
fn home(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "cn-north-1"
    } else if region.starts_with("us-gov-") {
        "us-gov-west-1"
    } else {
        "us-east-1"
    }
}
