//! What the key of an object says about its records.
//!
//! AWS writes its logs into folders by account, region and day, so most of a
//! bucket need not even be listed for most questions. A key is a hint that
//! leaves out, and nothing else: what an object holds is told by its bytes, and
//! a folder that looks like nothing is looked into.
//!
//! Layouts that are known, each with any prefix in front:
//!
//! | who writes it | folders |
//! |---|---|
//! | `CloudTrail` | `AWSLogs/[o-…/]account/CloudTrail[-Insight…]/region/yyyy/MM/dd/` |
//! | flow logs | `AWSLogs/[o-…/]account/vpcflowlogs/region/yyyy/MM/dd/[HH/]` |
//! | flow logs, Hive | `AWSLogs/aws-account-id=…/aws-service=vpcflowlogs/aws-region=…/year=…/month=…/day=…/[hour=…/]` |
//! | `flowtrail compact` | `table=cloudtrail/account=…/region=…/day=yyyy-MM-dd/` |
//! | somebody else | any `key=value`: only its days are heeded, with a day to spare |
//!
//! In the path of a source itself only the layouts that are known count
//! ([`begins`]): the day in the name of a case is not that of its logs. A
//! compacted place is judged by the paths in it, wherever it lies.
//!
//! The file's own name (`account_CloudTrail_region_yyyyMMddTHHmmZ_….json.gz`)
//! says the same once more, with the minute; it counts where the folders do not
//! contradict it.
//!
//! Sources: "Finding your `CloudTrail` log files" and "`CloudTrail` log file
//! name format" in the `CloudTrail` user guide; "Publish flow logs to Amazon
//! S3" in the VPC user guide; "Transit Gateway Flow Logs records in Amazon S3"
//! in the guide to transit gateways.

mod day;
mod facts;
mod kind;
#[cfg(test)]
mod tests;
mod wanted;

use flowtrail_event::EventTime;

pub use day::Day;
pub(crate) use facts::{Facts, begins};
pub use kind::LogKind;
pub use wanted::{AHEAD, LATENESS, REDELIVERY_MAX, Wanted};

/// What a key says. What it does not say, or says in a way that is not known,
/// is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The sort of log.
    pub log: Option<LogKind>,
    /// `o-…`, in the trail of an organisation.
    pub organisation: Option<String>,
    /// Twelve digits: whose trail or flow log it is. The records of `CloudTrail`
    /// have it as `recipientAccountId`; those of flow logs can be about an
    /// interface that belongs to another account of a shared network.
    pub account: Option<String>,
    /// The region, as AWS abbreviates it.
    pub region: Option<String>,
    /// In AWS's layouts the day of the delivery, which is the day of the event
    /// or a later one; in a compacted copy the day of the event.
    pub day: Option<Day>,
    /// 0 to 23, where there are folders by the hour.
    pub hour: Option<u8>,
    /// The minute in the file's name: when a file of `CloudTrail` was delivered,
    /// or when the five minutes of a flow log's file began.
    pub written: Option<EventTime>,
}

impl Place {
    /// Reads the key of an object, or its path with `/` between the names.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        Facts::of_key(key).place()
    }

    /// Reads the path of a folder.
    #[must_use]
    pub fn of_folder(path: &str) -> Self {
        Facts::of_folder(path).place()
    }

    /// Whether a question can leave a folder out by its path alone, so that it
    /// is no place for logs of other days or accounts.
    #[must_use]
    pub fn can_leave_out(path: &str) -> bool {
        !Facts::of_folder(path).leaves_nothing_out()
    }

    /// The same, with what `other` says where this says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        let hour = if self.day.is_some() {
            self.hour
        } else {
            other.hour
        };
        Self {
            log: self.log.or(other.log),
            organisation: self.organisation.or(other.organisation),
            account: self.account.or(other.account),
            region: self.region.or(other.region),
            day: self.day.or(other.day),
            hour,
            written: self.written.or(other.written),
        }
    }
}
