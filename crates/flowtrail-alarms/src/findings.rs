//! Alarms about findings: of levels, and of single rules.

use flowtrail_aws::metrics::Metric;
use flowtrail_detect::Asking;
use flowtrail_sigma::Level;

use crate::alarm::{Alarm, Comparison, Kind, Rule, Statistic, Watched};
use crate::set::Refused;

/// Characters of a rule's name in that of its alarm.
const NAME_CHARS_MAX: usize = 120;
/// Characters of a dimension's value.
const ID_BYTES_MAX: usize = 1_024;
/// Characters of a tag's value.
const TAG_CHARS_MAX: usize = 256;

/// The alarms of a level.
pub(crate) fn of_level(level: Level) -> [Alarm; 2] {
    let name = level.name();
    let watched = |metric| Watched::Own(metric, Some(name.to_owned()));
    let found = format!(
        "Findings of level {name}. They are in the bucket of findings; while this alarm is up, further ones are told by the topic alone."
    );
    let uncertain = format!(
        "Findings of level {name} that may have been counted, of an invocation that was cut off. Look into the bucket of findings."
    );
    [
        ("findings", found, Metric::Findings),
        ("uncertain", uncertain, Metric::UncertainFindings),
    ]
    .map(|(head, text, metric)| {
        Alarm::over(
            &format!("{head}-{name}"),
            &text,
            watched(metric),
            Rule::EVER,
        )
        .about(Kind::Findings, level)
    })
}

/// The alarm of a rule that asks for one.
///
/// # Errors
/// If the rule's id can be no dimension of a metric.
pub(crate) fn of_rule(asking: &Asking<'_>) -> Result<Alarm, Refused> {
    let (meta, wanted) = (asking.meta, &asking.alarm);
    // As the metric is published, see `request.rs` of flowtrail-aws; and a brace
    // would begin a placeholder.
    let id = meta.id.as_str();
    let plain = !id.trim().is_empty()
        && id.len() <= ID_BYTES_MAX
        && id.bytes().all(|b| (0x20..0x7F).contains(&b))
        && !id.starts_with([':', '{']);
    if !plain {
        return Err(Refused {
            title: meta.title.clone(),
            file: meta.file.clone(),
            line: meta.line,
        });
    }
    let minutes = wanted.period / 60;
    let why = wanted.own.as_deref().unwrap_or_default();
    let text = format!(
        "{}. {why} Goes off at {} within {minutes} min. The bucket of findings has the rest, and the rule what to do.",
        meta.title, wanted.threshold
    );
    let watched = Watched::Own(Metric::FindingsByRule, Some(id.to_owned()));
    let rule = Rule {
        statistic: Statistic::Sum,
        period: wanted.period,
        datapoints: 1,
        threshold: wanted.threshold.get(),
        comparison: Comparison::GreaterOrEqual,
    };
    let name = format!("rule-{}", slug(meta.name.as_deref().unwrap_or(id)));
    let mut alarm = Alarm::over(&name, &text, watched, rule).about(Kind::Rule, meta.level);
    alarm.tags.insert("flowtrail:rule", tag(id));
    Ok(alarm)
}

/// Lower case, digits and hyphens.
fn slug(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    text.chars().take(NAME_CHARS_MAX).map(plain).collect()
}

/// A text of the characters that a tag may have.
fn tag(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c) {
            c
        } else {
            '_'
        }
    };
    text.chars().take(TAG_CHARS_MAX).map(plain).collect()
}
