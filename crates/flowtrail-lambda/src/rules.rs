//! The rules of the function, compiled once at cold start.

use std::sync::Arc;

use flowtrail_detect::Plan;
use flowtrail_event::Limits;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Problem, RuleSource, Severity, compile};

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
    /// Rules that wait for knowledge that is not there.
    pub inactive: Vec<String>,
    /// Correlations that see one object at a time, because there is no table.
    pub reduced: Vec<String>,
}

impl Rules {
    /// Compiles the shipped rules, if they are wanted, and `further` ones.
    ///
    /// # Errors
    /// Only if no plan can be made, which rules cannot cause: a rule that does
    /// not compile is one of [`Rules::problems`].
    pub fn load(config: &Config, further: Vec<RuleSource>) -> anyhow::Result<Self> {
        let shipped = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
            file: f.path.to_owned(),
            text: f.text.to_owned(),
        });
        let mut sources: Vec<RuleSource> = Vec::new();
        if config.shipped_rules {
            sources.extend(shipped);
        }
        sources.extend(further);
        let compiled = compile(&sources, &rule_options());
        let limits = Limits {
            window_entries_max: OBSERVATIONS_MAX,
            ..Limits::default()
        };
        let plan = Arc::new(Plan::new(Arc::new(compiled.rules), &limits, config.level)?);
        let waiting = compiled.inactive.iter().filter(|i| i.emits);
        let inactive = waiting.map(|i| i.meta.title.clone()).collect();
        let reduced = if config.state_table.is_some() {
            Vec::new()
        } else {
            plan.families()
                .iter()
                .flat_map(|f| f.titles.clone())
                .collect()
        };
        Ok(Self {
            plan,
            problems: compiled.problems,
            inactive,
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

#[cfg(test)]
mod tests {
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
        let rules = Rules::load(&config(&[]), vec![bad]).unwrap();
        assert_eq!(rules.rejected(), 1);
        assert_eq!(rules.problems[0].file, "mine.yml");
        assert!(
            rules.plan.rules().rules().len() > 50,
            "the others are there"
        );
    }

    #[test]
    fn without_a_table_the_reduced_rules_are_named() {
        let without = Rules::load(&config(&[]), Vec::new()).unwrap();
        assert!(without.reduced.iter().any(|t| t.contains("secrets")));
        let with = Rules::load(&config(&[("FLOWTRAIL_STATE_TABLE", "t")]), Vec::new()).unwrap();
        assert!(with.reduced.is_empty());
        let own = config(&[
            ("FLOWTRAIL_NO_SHIPPED_RULES", "true"),
            ("FLOWTRAIL_RULES", "s3://b/p"),
        ]);
        let own = Rules::load(&own, Vec::new()).unwrap();
        assert!(own.plan.rules().rules().is_empty());
    }
}
