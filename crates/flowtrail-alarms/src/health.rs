//! Alarms about the detector itself.

use flowtrail_aws::FaultKind;
use flowtrail_aws::metrics::Metric;
use flowtrail_event::{ObjectFault, Service, SkipReason};

use crate::alarm::{Alarm, Comparison, Rule, Statistic, Watched, dead_letters};
use crate::names::QUEUE;

const HOUR: u32 = 3_600;
/// A source may rest for as long; a quiet account does at night.
const SOURCE_RESTS_MAX: u32 = 3 * HOUR;

/// Reasons for which an object fails that somebody has to mend.
const FAULTS: [&str; 5] = [
    ObjectFault::Corrupt.name(),
    ObjectFault::CutOff.name(),
    FaultKind::Denied.name(),
    FaultKind::KeyDenied.name(),
    FaultKind::NotFound.name(),
];
/// Reasons for which records are skipped that are no matter of course: of all, so
/// that a new one has its alarm. What is no record at all has none: configurations
/// and reports of others lie beside logs in many a bucket.
fn skips() -> impl Iterator<Item = SkipReason> {
    let all = SkipReason::ALL.into_iter();
    all.filter(|r| !r.is_expected() && *r != SkipReason::NotARecord)
}

/// All of them, for a deployment to which `sources` send logs.
pub(crate) fn alarms(sources: &[Service]) -> Vec<Alarm> {
    let mut all = vec![Alarm::silence(
        "silence",
        "No log was handled for an hour. No logs come, the function does not run, or it may not write metrics.",
        Watched::Own(Metric::Objects, None),
        HOUR,
    )];
    all.extend(sources.iter().map(|s| silence_of(*s)));
    all.extend(broken());
    let failed = "Logs could not be read, or not to their end";
    all.extend(FAULTS.map(|r| of_reason("objects-failed", failed, Metric::ObjectsFailed, r)));
    let skipped = "Records were not judged";
    all.extend(skips().map(|r| of_reason("skipped", skipped, Metric::Skipped, r.name())));
    all.extend(slow());
    all
}

fn silence_of(source: Service) -> Alarm {
    let source = source.name();
    Alarm::silence(
        &format!("silence-{source}"),
        &format!(
            "No record of {source} was judged for three hours: its logs are switched off, go elsewhere, or cannot be read."
        ),
        Watched::Own(Metric::Evaluated, Some(source.to_owned())),
        SOURCE_RESTS_MAX,
    )
}

/// What should never be counted.
fn broken() -> [Alarm; 3] {
    [
        (
            "starts-failed",
            "The function cannot start: rules, context or settings cannot be used. Its log says why. Nothing is judged.",
            Metric::StartsFailed,
        ),
        (
            "rules-rejected",
            "A rule does not compile and is left out. The function's log has file, line and hint.",
            Metric::RulesRejected,
        ),
        (
            "notifications-failed",
            "Findings could not be told to anybody.",
            Metric::NotificationsFailed,
        ),
    ]
    .map(|(name, text, metric)| Alarm::over(name, text, Watched::Own(metric, None), Rule::EVER))
}

/// CloudWatch adds no series up, so each reason has its own.
fn of_reason(head: &str, text: &str, metric: Metric, reason: &str) -> Alarm {
    let watched = Watched::Own(metric, Some(reason.to_owned()));
    let name = format!("{head}-{}", reason.replace('_', "-"));
    Alarm::over(&name, &format!("{text} ({reason})."), watched, Rule::EVER)
}

/// What takes too long, or fails again and again.
fn slow() -> [Alarm; 5] {
    let rule = |statistic, datapoints, threshold| Rule {
        statistic,
        period: 300,
        datapoints,
        threshold,
        comparison: Comparison::Greater,
    };
    [
        Alarm::over(
            "lag",
            "For half an hour, one object in ten was handled more than an hour after its last event.",
            Watched::Own(Metric::IngestLag, None),
            rule(Statistic::P90, 6, HOUR),
        )
        .of_state(),
        Alarm::over(
            "errors",
            "The function failed in two spans of five minutes within half an hour. Its log says why; messages come again.",
            Watched::Function("Errors"),
            rule(Statistic::Sum, 2, 0),
        ),
        Alarm::over(
            "throttles",
            "The function was not let run: its concurrency, or the account's, is used up.",
            Watched::Function("Throttles"),
            rule(Statistic::Sum, 3, 0),
        ),
        Alarm::over(
            "dead-letters",
            "Something was given up: look into the dead-letter queue, mend the cause, and send the bodies to the ingest queue.",
            dead_letters(),
            rule(Statistic::Maximum, 1, 0),
        )
        .of_state(),
        Alarm::over(
            "oldest-message",
            "A log has waited for half an hour: the function is too slow, or fails.",
            Watched::Queue("ApproximateAgeOfOldestMessage", QUEUE),
            rule(Statistic::Maximum, 2, HOUR / 2),
        )
        .of_state(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted is over after some minutes, whether it is mended or not.
    #[test]
    fn only_states_tell_that_they_are_over() {
        let all = alarms(&[Service::CloudTrail]);
        let told = all.iter().filter(|a| a.tells_recovery);
        let told: Vec<&str> = told.map(|a| a.name.as_str()).collect();
        let states = [
            "silence",
            "silence-cloudtrail",
            "lag",
            "dead-letters",
            "oldest-message",
        ];
        assert_eq!(told, states);
    }

    #[test]
    fn every_skip_that_is_no_matter_of_course_has_an_alarm() {
        let all = alarms(&[]);
        let watched = |reason: SkipReason| {
            all.iter().any(|a| {
                a.metric == Metric::Skipped.name()
                    && a.dimensions.values().eq([reason.name()].iter())
            })
        };
        for reason in SkipReason::ALL {
            let wanted = !reason.is_expected() && reason != SkipReason::NotARecord;
            assert_eq!(watched(reason), wanted, "{reason:?}");
        }
        for reason in ["too_deep", "too_large", "truncated", "bad_number"] {
            assert!(watched(
                SkipReason::ALL
                    .into_iter()
                    .find(|r| r.name() == reason)
                    .unwrap()
            ));
        }
    }
}
