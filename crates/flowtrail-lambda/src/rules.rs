//! The rules of the function, compiled once at cold start.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_context::Given;
use flowtrail_detect::{Plan, asking};
use flowtrail_event::Limits;
use flowtrail_scan::rule_options_in_stream;
use flowtrail_sigma::{Problem, RuleSet, RuleSource, Severity, compile};

use crate::config::Config;

/// Records of correlated rules held from one object. A function has less memory
/// than a workstation; more matches of correlated rules in one object are a
/// flood that a count describes better.
const OBSERVATIONS_MAX: usize = 100_000;

/// The rules, ready to run, and what is to be said about them.
#[derive(Debug)]
pub struct Rules {
    /// The plan that every scanner shares.
    pub plan: Arc<Plan>,
    /// What is wrong with rules; those with an error are not loaded.
    pub problems: Vec<Problem>,
    /// How many rules wait for knowledge that is not there, or are for replays
    /// only.
    pub inactive: usize,
    /// How many of these wait for what: `baseline`, `context`, `history`, …
    pub awaited: BTreeMap<&'static str, usize>,
    /// Correlations that see one object at a time, because there is no table.
    pub reduced: Vec<String>,
    /// Ids of rules with a metric of their own, those that ask for an alarm of
    /// their own among them: the same in every invocation, so that the caps bound
    /// what is billed.
    pub measured: BTreeSet<String>,
    /// Rules that ask for an alarm and are beyond the most that may have one.
    pub unalarmed: usize,
}

impl Rules {
    /// Compiles the shipped rules, if they are wanted, and `further` ones.
    ///
    /// # Errors
    /// Only if no plan can be made, which rules cannot cause: a rule that does
    /// not compile is one of [`Rules::problems`].
    pub fn load(config: &Config, further: Vec<RuleSource>, given: &Given) -> anyhow::Result<Self> {
        let shipped = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
            file: f.path.to_owned(),
            text: f.text.to_owned(),
        });
        let mut sources: Vec<RuleSource> = Vec::new();
        if config.shipped_rules {
            sources.extend(shipped);
        }
        sources.extend(further);
        // Objects come one by one: what takes the whole history is for replays.
        let options = rule_options_in_stream(&given.knowledge());
        let compiled = compile(&sources, &options);
        let limits = Limits {
            window_entries_max: OBSERVATIONS_MAX,
            ..Limits::default()
        };
        let rules = Arc::new(compiled.rules);
        let plan = Plan::given(rules, &limits, config.level, given)?;
        let plan = Arc::new(plan);
        let waiting = compiled.inactive.iter().filter(|i| i.emits);
        let inactive = waiting.clone().count();
        let mut awaited = BTreeMap::new();
        for need in waiting.flat_map(|i| &i.needs) {
            *awaited.entry(*need).or_default() += 1;
        }
        let reduced = if config.state_table.is_some() {
            Vec::new()
        } else {
            plan.families()
                .iter()
                .flat_map(|f| f.titles.clone())
                .collect()
        };
        let (measured, unalarmed) = measured(plan.rules(), config.rule_metrics);
        Ok(Self {
            measured,
            unalarmed,
            plan,
            problems: compiled.problems,
            inactive,
            awaited,
            reduced,
        })
    }

    /// How many rules did not compile.
    #[must_use]
    pub fn rejected(&self) -> usize {
        let errors = self.problems.iter();
        errors.filter(|p| p.severity == Severity::Error).count()
    }
}

/// Ids of the rules that ask for an alarm of their own, which stands on a metric of
/// their own, and of the gravest `count` others that raise findings; and how many
/// ask in vain.
fn measured(rules: &RuleSet, count: usize) -> (BTreeSet<String>, usize) {
    let (asked, left_out) = asking(rules);
    let mut measured: BTreeSet<String> = asked.iter().map(|a| a.meta.id.clone()).collect();
    let single = rules.rules().iter().filter(|r| r.emits).map(|r| &r.meta);
    let correlations = rules.correlations().iter().filter(|c| c.emits);
    let mut others: Vec<_> = single.chain(correlations.map(|c| &c.meta)).collect();
    others.retain(|m| !measured.contains(&m.id));
    others.sort_by_key(|m| (Reverse(m.level), &m.id));
    measured.extend(others.into_iter().take(count).map(|m| m.id.clone()));
    (measured, left_out)
}

#[cfg(test)]
mod tests {
    use flowtrail_detect::OWN_ALARMS_MAX;

    use super::*;

    fn config(variables: &[(&str, &str)]) -> Config {
        let owned = variables.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Config::read(owned).unwrap()
    }

    #[test]
    fn a_bad_file_costs_its_rule_and_is_told() {
        let bad = RuleSource {
            file: "mine.yml".into(),
            text: "title: x\nlogsource: {product: aws, service: cloudtrail}\n\
                   detection: {s: {a|nothing: 1}, condition: s}\n"
                .into(),
        };
        let rules = Rules::load(&config(&[]), vec![bad], &Given::default()).unwrap();
        assert_eq!(rules.rejected(), 1);
        assert_eq!(rules.problems[0].file, "mine.yml");
        assert!(
            rules.plan.rules().rules().len() > 50,
            "the others are there"
        );
    }

    #[test]
    fn what_rules_wait_for_is_told() {
        let of = |given: &Given| Rules::load(&config(&[]), Vec::new(), given).unwrap();
        let nothing = of(&Given::default());
        for knowledge in ["baseline", "context", "countries", "history"] {
            assert!(nothing.awaited[knowledge] > 0, "{knowledge}");
        }
        let remembers = of(&Given::default().with_memory("a"));
        assert!(!remembers.awaited.contains_key("baseline"));
        assert!(0 < remembers.inactive && remembers.inactive < nothing.inactive);
    }

    #[test]
    fn without_a_table_the_reduced_rules_are_named() {
        let without = Rules::load(&config(&[]), Vec::new(), &Given::default()).unwrap();
        assert!(without.reduced.iter().any(|t| t.contains("secrets")));
        let with = Rules::load(
            &config(&[("FLOWTRAIL_STATE_TABLE", "t")]),
            Vec::new(),
            &Given::default(),
        )
        .unwrap();
        assert!(with.reduced.is_empty());
        let own = config(&[
            ("FLOWTRAIL_NO_SHIPPED_RULES", "true"),
            ("FLOWTRAIL_RULES", "s3://b/p"),
        ]);
        let own = Rules::load(&own, Vec::new(), &Given::default()).unwrap();
        assert!(own.plan.rules().rules().is_empty());
    }

    #[test]
    fn rules_that_alarm_are_measured_and_of_the_others_no_more_than_asked_for() {
        let of = |count| {
            let config = config(&[("FLOWTRAIL_RULE_METRICS", count)]);
            Rules::load(&config, Vec::new(), &Given::default()).unwrap()
        };
        let (none, some, all) = (of("0"), of("5"), of("500"));
        let (asked, _) = asking(none.plan.rules());
        let asked: BTreeSet<String> = asked.iter().map(|a| a.meta.id.clone()).collect();
        assert!(!asked.is_empty() && none.measured == asked, "{asked:?}");
        assert!(asked.len() <= OWN_ALARMS_MAX && none.unalarmed == 0);
        assert_eq!(some.measured.len(), asked.len() + 5);
        assert!(some.measured.is_subset(&all.measured) && all.measured.len() > 50);
        assert_eq!(of("5").measured, some.measured, "the same each time");
    }
}
