//! What is to be said of one object.

use flowtrail_event::{ObjectFault, Skip, SkipReason};
use flowtrail_scan::ObjectReport;

/// Skips of an object that are named one by one; the rest is counted.
const SKIPS_NAMED: usize = 3;

/// Something about an object, or a folder, that a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The object, or the folder that could not be listed.
    pub name: String,
    /// The kind of fault. A folder that could not be listed could not be opened.
    /// `None` where nothing was wrong with the whole: records of it were
    /// skipped, or a link leads back to where one has been.
    pub fault: Option<ObjectFault>,
    /// What happened, for a person.
    pub message: String,
}

/// Whether an answer over an object lacks something: it was not read to its
/// end, or ends inside a record, or the user named it and it is no log. A
/// foreign file in a folder lacks nothing.
pub(crate) fn is_lacking(given: bool, report: &ObjectReport) -> bool {
    match report.fault.as_ref().map(|f| f.kind) {
        None => report.tally.skipped(SkipReason::Truncated) > 0,
        Some(ObjectFault::NotALog) => given,
        Some(
            ObjectFault::Open
            | ObjectFault::Read
            | ObjectFault::Corrupt
            | ObjectFault::CutOff
            | ObjectFault::TooLarge,
        ) => true,
    }
}

/// What is to be said of an object: its fault and where, and the first records
/// that were skipped though they should not be. `None` if all is as it should
/// be.
pub(crate) fn words(report: &ObjectReport) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(fault) = &report.fault {
        parts.push(match fault.offset {
            0 => fault.message.clone(),
            at => format!("{} (at byte {at})", fault.message),
        });
    }
    let unexpected = |s: &&Skip| !s.reason.is_expected();
    let skips: Vec<_> = report.skips.iter().filter(unexpected).collect();
    parts.extend(skips.iter().take(SKIPS_NAMED).map(|s| {
        let reason = s.reason.name();
        format!("skipped {} bytes at {}: {reason}", s.len, s.offset)
    }));
    if skips.len() > SKIPS_NAMED {
        parts.push(format!("and {} more skips", skips.len() - SKIPS_NAMED));
    }
    if parts.is_empty() && report.tally.skipped(SkipReason::Truncated) > 0 {
        // Behind so many others that it is not listed.
        parts.push("ends inside a record".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
