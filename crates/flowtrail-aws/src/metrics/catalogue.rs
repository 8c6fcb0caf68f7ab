//! The closed table of metrics: what is published, and nothing else.

/// Which dimension a metric has. There is no other: each value of a dimension
/// is a metric that is paid for, and an account or an address has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// None.
    None,
    /// `Level`: the five levels of Sigma.
    Level,
    /// `LogSource`: the five services.
    LogSource,
    /// `Reason`: words from closed lists of ours.
    Reason,
    /// `Rule`: ids of rules, opt-in and capped.
    Rule,
}

impl Dimension {
    /// Its name in CloudWatch; `None` for no dimension.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Level => Some("Level"),
            Self::LogSource => Some("LogSource"),
            Self::Reason => Some("Reason"),
            Self::Rule => Some("Rule"),
        }
    }
}

/// What a metric's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Findings, when they were found: what alarms stand on.
    Findings,
    /// Findings of one rule, when they were found.
    FindingsByRule,
    /// Findings, at the time of their events: for charts, never for alarms.
    FindingsByEventTime,
    /// Findings of an invocation that was cut off while publishing: they may
    /// have been counted before.
    UncertainFindings,
    /// Findings that a suppression hides.
    FindingsSuppressed,
    /// Log objects that were handled.
    Objects,
    /// Log objects that could not be read, or not to their end.
    ObjectsFailed,
    /// Objects and inline batches that had been handled before.
    Duplicates,
    /// Items handed to the dead-letter queue.
    DeadLetters,
    /// Records read.
    Records,
    /// Records judged.
    Evaluated,
    /// Records not judged.
    Skipped,
    /// Bytes after inflating.
    InflatedBytes,
    /// Seconds from the last event of an object to its being handled.
    IngestLag,
    /// Seconds since the oldest event of an object.
    OldestEventAge,
    /// Cold starts that failed.
    StartsFailed,
    /// Rules that did not compile.
    RulesRejected,
    /// Rules that wait for knowledge that is not there.
    RulesInactive,
    /// Correlations that see single objects only, for lack of a table.
    RulesReduced,
    /// Matches below the level, and what was not kept or windows could not take.
    StateReduced,
    /// Notifications that could not be sent.
    NotificationsFailed,
    /// Data of metrics that CloudWatch would refuse, left out.
    MetricsRejected,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 22] = [
        Self::Findings,
        Self::FindingsByRule,
        Self::FindingsByEventTime,
        Self::UncertainFindings,
        Self::FindingsSuppressed,
        Self::Objects,
        Self::ObjectsFailed,
        Self::Duplicates,
        Self::DeadLetters,
        Self::Records,
        Self::Evaluated,
        Self::Skipped,
        Self::InflatedBytes,
        Self::IngestLag,
        Self::OldestEventAge,
        Self::StartsFailed,
        Self::RulesRejected,
        Self::RulesInactive,
        Self::RulesReduced,
        Self::StateReduced,
        Self::NotificationsFailed,
        Self::MetricsRejected,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Findings => "Findings",
            Self::FindingsByRule => "FindingsByRule",
            Self::FindingsByEventTime => "FindingsByEventTime",
            Self::UncertainFindings => "UncertainFindings",
            Self::FindingsSuppressed => "FindingsSuppressed",
            Self::Objects => "Objects",
            Self::ObjectsFailed => "ObjectsFailed",
            Self::Duplicates => "Duplicates",
            Self::DeadLetters => "DeadLetters",
            Self::Records => "Records",
            Self::Evaluated => "Evaluated",
            Self::Skipped => "Skipped",
            Self::InflatedBytes => "InflatedBytes",
            Self::IngestLag => "IngestLagSeconds",
            Self::OldestEventAge => "OldestEventAgeSeconds",
            Self::StartsFailed => "StartsFailed",
            Self::RulesRejected => "RulesRejected",
            Self::RulesInactive => "RulesInactive",
            Self::RulesReduced => "RulesReduced",
            Self::StateReduced => "StateReduced",
            Self::NotificationsFailed => "NotificationsFailed",
            Self::MetricsRejected => "MetricsRejected",
        }
    }

    /// Its dimension.
    #[must_use]
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Findings
            | Self::FindingsByEventTime
            | Self::UncertainFindings
            | Self::FindingsSuppressed => Dimension::Level,
            Self::FindingsByRule => Dimension::Rule,
            Self::Evaluated => Dimension::LogSource,
            Self::ObjectsFailed
            | Self::DeadLetters
            | Self::Skipped
            | Self::StateReduced
            | Self::MetricsRejected => Dimension::Reason,
            Self::Objects
            | Self::Duplicates
            | Self::Records
            | Self::InflatedBytes
            | Self::IngestLag
            | Self::OldestEventAge
            | Self::StartsFailed
            | Self::RulesRejected
            | Self::RulesInactive
            | Self::RulesReduced
            | Self::NotificationsFailed => Dimension::None,
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::InflatedBytes => Unit::Bytes,
            Self::IngestLag | Self::OldestEventAge => Unit::Seconds,
            Self::Findings
            | Self::FindingsByRule
            | Self::FindingsByEventTime
            | Self::UncertainFindings
            | Self::FindingsSuppressed
            | Self::Objects
            | Self::ObjectsFailed
            | Self::Duplicates
            | Self::DeadLetters
            | Self::Records
            | Self::Evaluated
            | Self::Skipped
            | Self::StartsFailed
            | Self::RulesRejected
            | Self::RulesInactive
            | Self::RulesReduced
            | Self::StateReduced
            | Self::NotificationsFailed
            | Self::MetricsRejected => Unit::Count,
        }
    }

    /// Whether its values are kept apart, as a distribution, instead of summed.
    #[must_use]
    pub const fn is_distribution(self) -> bool {
        match self.unit() {
            Unit::Seconds => true,
            Unit::Count | Unit::Bytes => false,
        }
    }

    /// What it counts, in a sentence without its full stop.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Findings => "findings, at the time of processing: alarms stand on it",
            Self::FindingsByRule => {
                "the same for single rules, and those of UncertainFindings: of rules that ask for an alarm of their own, and up to FLOWTRAIL_RULE_METRICS others"
            }
            Self::FindingsByEventTime => {
                "findings, at the time of their events: for charts; late ones are missed by alarms"
            }
            Self::UncertainFindings => {
                "findings of an invocation that was cut off while publishing, counted here because they may be in Findings already"
            }
            Self::FindingsSuppressed => {
                "findings that a suppression of the context file hides from notification and from Findings"
            }
            Self::Objects => "log objects handled, inline batches included",
            Self::ObjectsFailed => "log objects that could not be read, or not to their end",
            Self::Duplicates => "objects announced again after they had been handled",
            Self::DeadLetters => "items handed to the dead-letter queue",
            Self::Records => "records read",
            Self::Evaluated => "records judged",
            Self::Skipped => "records not judged",
            Self::InflatedBytes => "bytes of log after inflating",
            Self::IngestLag => "from the last event of an object to its being handled",
            Self::OldestEventAge => "from the oldest event of an object to its being handled",
            Self::StartsFailed => "cold starts that failed: rules or settings cannot be used",
            Self::RulesRejected => "rules that did not compile, once for each cold start",
            Self::RulesInactive => {
                "rules that wait for knowledge that is not there, or are for replays only, once for each cold start"
            }
            Self::RulesReduced => {
                "correlations that see one object at a time for lack of a state table, once for each cold start"
            }
            Self::StateReduced => {
                "matches below the level, and matches and observations that were not kept or that windows could not take"
            }
            Self::NotificationsFailed => "notifications that could not be sent",
            Self::MetricsRejected => {
                "data that CloudWatch would refuse, or that would need another request, left out so that the rest is taken"
            }
        }
    }
}

/// The table of metrics, in Markdown, as it stands in the README.
#[must_use]
pub fn table() -> String {
    let line = |m: Metric| {
        let unit = match m.unit() {
            Unit::Count => "count",
            Unit::Bytes => "bytes",
            Unit::Seconds => "seconds",
        };
        let dimension = m.dimension().name().unwrap_or("");
        format!("| `{}` | {dimension} | {unit} | {} |\n", m.name(), m.doc())
    };
    let lines: String = Metric::ALL.into_iter().map(line).collect();
    format!("| metric | dimension | unit | what it is |\n|---|---|---|---|\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_different_and_fit() {
        let mut names: Vec<_> = Metric::ALL.into_iter().map(Metric::name).collect();
        assert!(names.iter().all(|n| n.len() <= 255 && n.is_ascii()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
        assert_eq!(table().lines().count(), Metric::ALL.len() + 2);
    }
}
