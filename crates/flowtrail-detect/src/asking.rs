//! Which rules have an alarm and a metric of their own.

use std::cmp::Reverse;

use flowtrail_sigma::{RuleMeta, RuleSet};

use crate::guidance::{Alarm, Guidance};

/// Rules that may have an alarm of their own: with its metric each costs $0.40 a
/// month, and a hundred things that each wake somebody wake nobody.
pub const OWN_ALARMS_MAX: usize = 100;

/// A rule that asks for an alarm of its own.
#[derive(Debug, Clone)]
pub struct Asking<'r> {
    /// The rule.
    pub meta: &'r RuleMeta,
    /// The alarm.
    pub alarm: Alarm,
}

/// The active rules that raise findings and ask for an alarm of their own, the
/// gravest first, and how many were left out because there are more than
/// [`OWN_ALARMS_MAX`]. Whoever publishes metrics and whoever makes alarms go by
/// this list, so that no alarm waits for a metric that nobody writes.
#[must_use]
pub fn asking(rules: &RuleSet) -> (Vec<Asking<'_>>, usize) {
    let single = rules.rules().iter().filter(|r| r.emits).map(|r| &*r.meta);
    let correlations = rules.correlations().iter();
    let correlations = correlations.filter(|c| c.emits && !c.kind.takes_history());
    let all = single.chain(correlations.map(|c| &*c.meta));
    let mut asking: Vec<Asking<'_>> = all
        .filter_map(|meta| {
            let guidance = Guidance::of(meta).ok()?;
            // Nothing that runs all the time finds what is for replays only.
            let alarm = guidance.alarm.filter(|_| guidance.only.is_none())?;
            alarm.own.is_some().then_some(Asking { meta, alarm })
        })
        .collect();
    asking.sort_by_key(|a| (Reverse(a.meta.level), &a.meta.id));
    let left_out = asking.len().saturating_sub(OWN_ALARMS_MAX);
    asking.truncate(OWN_ALARMS_MAX);
    (asking, left_out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;

    use flowtrail_sigma::{Availability, Options, RuleSource, compile};

    use super::*;

    fn rule(n: usize, level: &str, alarm: &str) -> String {
        let mut text = String::new();
        write!(
            text,
            "title: Rule {n}\nid: {n:08}-1111-4111-8111-111111111111\nlevel: {level}\n\
             logsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{eventName: E{n}}}, condition: s}}\n\
             flowtrail: {{alarm: {{period: 5m{alarm}}}}}\n"
        )
        .unwrap();
        text
    }

    fn compiled(rules: &[String]) -> RuleSet {
        let source = RuleSource {
            file: "x.yml".into(),
            text: rules.join("---\n"),
        };
        let options = Options {
            flow_field: |_| None,
            derived_field: |_| Availability::Unknown,
            placeholders: BTreeMap::new(),
            history: true,
        };
        let compilation = compile(&[source], &options);
        assert!(
            compilation.problems.is_empty(),
            "{:?}",
            compilation.problems
        );
        compilation.rules
    }

    #[test]
    fn those_that_say_why_are_taken_the_gravest_first() {
        let own = ", own: Because";
        let rules = compiled(&[
            rule(1, "low", own),
            rule(2, "high", ""),
            rule(3, "high", own),
        ]);
        let (asking, left_out) = asking(&rules);
        let titles: Vec<_> = asking.iter().map(|a| a.meta.title.as_str()).collect();
        assert_eq!((titles, left_out), (vec!["Rule 3", "Rule 1"], 0));
    }

    #[test]
    fn what_is_for_replays_only_has_none() {
        let only = rule(1, "high", ", own: Because").replace("{alarm:", "{only: history, alarm:");
        let base = "title: base\nname: base\nlogsource: {product: aws, service: cloudtrail}\n\
                    detection: {s: {eventName: A}, condition: s}\n";
        let silence = "title: silence\nlevel: high\ncorrelation: {type: silence, \
                       rules: [base], timespan: 1h}\n\
                       flowtrail: {alarm: {period: 5m, own: Because}}\n";
        let live = rule(2, "low", ", own: Because");
        let rules = compiled(&[only, base.to_owned(), silence.to_owned(), live]);
        assert_eq!(rules.correlations().len(), 1);
        let (asking, left_out) = asking(&rules);
        let titles: Vec<_> = asking.iter().map(|a| a.meta.title.as_str()).collect();
        assert_eq!((titles, left_out), (vec!["Rule 2"], 0));
    }

    #[test]
    fn there_is_a_limit_and_what_is_beyond_it_is_counted() {
        let many: Vec<_> = (0..OWN_ALARMS_MAX + 3)
            .map(|n| rule(n, "low", ", own: Because"))
            .collect();
        let rules = compiled(&many);
        let (asking, left_out) = asking(&rules);
        assert_eq!((asking.len(), left_out), (OWN_ALARMS_MAX, 3));
    }
}
