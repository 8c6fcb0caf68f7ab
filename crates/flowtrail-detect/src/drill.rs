//! The mark of a fire drill: findings that somebody of the house has made.
//!
//! A drill writes its own log object and waits for what the deployment makes of
//! it. Its findings must be told from real ones, and a real one must never pass
//! for a drill. So the mark is not taken from what a record says of itself, which
//! is chosen by whoever is being watched, but from two things at once:
//!
//! - the name of the object, `…/flowtrail-drill/<id>/<file>.json.gz`. AWS delivers
//!   no log there: whatever prefix somebody gives to a trail or to flow logs, AWS
//!   puts an account, a service, a region and a day behind it;
//! - the account, which is none: AWS writes an account's own number into its logs.
//!
//! And every record behind the finding has to be such a one, also those that are not
//! kept as evidence: then the group has to name that account as the caller's, in a
//! field that AWS fills in. The mark changes a
//! title and adds a word. It changes no level, no count and no way of a finding:
//! whoever could forge it would have hidden nothing.

use std::borrow::Cow;

use crate::finding::Finding;

/// The account that records of a drill are of. There is none of this number.
pub const DRILL_ACCOUNT: &str = "000000000000";
/// The folder in a log bucket in which each drill has a folder of its own.
pub const DRILL_FOLDER: &str = "flowtrail-drill";
/// What titles of findings of a drill begin with.
const DRILL_TITLE: &str = "DRILL: ";

impl Finding {
    /// Whether all that it stands on was written by a drill.
    #[must_use]
    pub fn is_drill(&self) -> bool {
        let of_drill = |name: &str| is_drill_object(name);
        self.facts.account.as_deref() == Some(DRILL_ACCOUNT)
            && (self.evidence_omitted == 0 || self.group.iter().any(is_of_nobody))
            && !self.evidence.is_empty()
            && self.evidence.iter().all(|e| of_drill(&e.object))
    }

    /// The rule's title, as people are shown it: that of a drill says so first.
    #[must_use]
    pub fn title(&self) -> Cow<'_, str> {
        if self.is_drill() {
            Cow::Owned(format!("{DRILL_TITLE}{}", self.rule.title))
        } else {
            Cow::Borrowed(&self.rule.title)
        }
    }
}

/// Whether a group field, which all records of the group share, says that the caller
/// is of no account. Who calls chooses names, and not the account in his own ARN.
fn is_of_nobody((field, value): &(String, String)) -> bool {
    match field.as_str() {
        "userIdentity.arn" => value.split(':').nth(4) == Some(DRILL_ACCOUNT),
        "userIdentity.accountId" | "recipientAccountId" => value == DRILL_ACCOUNT,
        _ => false,
    }
}

/// Whether a name ends in `flowtrail-drill/<id>/<file>.json.gz`.
fn is_drill_object(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut parts = name.rsplit('/');
    let (file, id, folder) = (parts.next(), parts.next(), parts.next());
    let word = |text: Option<&str>| text.is_some_and(|t| !t.is_empty() && t.chars().all(plain));
    word(file.and_then(|f| f.strip_suffix(".json.gz"))) && word(id) && folder == Some(DRILL_FOLDER)
}

#[cfg(test)]
mod tests {
    use super::{is_drill_object, is_of_nobody};

    #[test]
    fn a_drill_is_known_by_its_object() {
        for name in [
            "s3://logs/AWSLogs/flowtrail-drill/20261122T093000Z-1a2b/drill.json.gz",
            "s3://logs/vpc/AWSLogs/flowtrail-drill/x/y.json.gz",
            "AWSLogs/flowtrail-drill/x/y.json.gz",
        ] {
            assert!(is_drill_object(name), "{name}");
        }
    }

    #[test]
    fn a_group_is_a_drills_by_what_aws_says_of_the_caller() {
        let of = |field: &str, value: &str| is_of_nobody(&(field.to_owned(), value.to_owned()));
        let arn = "arn:aws:sts::000000000000:assumed-role/admin/eva";
        assert!(of("userIdentity.arn", arn) && of("recipientAccountId", "000000000000"));
        let real = "arn:aws:sts::111122223333:assumed-role/000000000000/arn:aws:iam::000000000000:";
        assert!(!of("userIdentity.arn", real));
        // Whoever asks chooses these.
        assert!(!of("requestParameters.bucketName", "000000000000"));
        assert!(
            !of("flowtrail.principal", arn),
            "also of names that others give out"
        );
        assert!(!of("userAgent", arn));
    }

    /// What AWS delivers where somebody named a prefix, a bucket, a log group or a
    /// stream after a drill.
    #[test]
    fn nothing_that_aws_delivers_passes_for_one() {
        for name in [
            "s3://logs/AWSLogs/flowtrail-drill/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/22/111122223333_CloudTrail_us-east-1_20261122T0930Z_abc.json.gz",
            "s3://logs/flowtrail-drill/x/AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/22/a.log.gz",
            "s3://flowtrail-drill/x/2026/11/22/a.json.gz",
            "cloudwatch-logs/flowtrail-drill/x/y.json.gz#3719",
            "s3://logs/flowtrail-drill/x/y.log.gz",
            "s3://logs/flowtrail-drill/x/.json.gz",
            "s3://logs/flowtrail-drill//y.json.gz",
            "s3://logs/flowtrail-drill/x%2Fz/y.json.gz",
            "s3://logs/a-flowtrail-drill/x/y.json.gz",
            "y.json.gz",
            "",
        ] {
            assert!(!is_drill_object(name), "{name}");
        }
    }
}
