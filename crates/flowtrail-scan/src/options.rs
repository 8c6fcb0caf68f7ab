//! What compiling rules needs to know of fields; see [`flowtrail_sigma::Options`].

use flowtrail_context::{Knowledge, derived_field};
use flowtrail_sigma::{Availability, Options};

/// What rules of numbers of hours need, in the word of rules that say so of
/// themselves.
const HISTORY: &str = "history";

/// How fields are called that hold what somebody has in an hour.
const OF_HOURS: &str = "flowtrail.hour.";

/// Set where records are read once.
const ONE_READING: usize = 1 << Knowledge::ALL.len();

/// What is known: a bit for each sort of knowledge.
const fn bit(knowledge: Knowledge) -> usize {
    match knowledge {
        Knowledge::Context => 1,
        Knowledge::Baseline => 2,
        Knowledge::Countries => 4,
        Knowledge::Systems => 8,
        Knowledge::Places => 16,
    }
}

/// Nothing is known: rules that ask for what a context file, a baseline or files
/// of places tell are inactive.
#[must_use]
pub fn rule_options() -> Options {
    rule_options_knowing(&[])
}

/// There is a context file, and nothing else.
#[must_use]
pub fn rule_options_with_context() -> Options {
    rule_options_knowing(&[Knowledge::Context])
}

/// So much is known: only rules that ask for more are inactive.
#[must_use]
pub fn rule_options_knowing(known: &[Knowledge]) -> Options {
    options(bits(known))
}

/// Every derived field can be had: for whoever gives their values, as the cases
/// of rules do.
#[must_use]
pub fn rule_options_knowing_all() -> Options {
    rule_options_knowing(&Knowledge::ALL)
}

/// So much is known in a stream: rules that take the whole history are inactive
/// too, and those that ask for numbers of hours, because what an hour comes to
/// shows at a second reading only.
#[must_use]
pub fn rule_options_in_stream(known: &[Knowledge]) -> Options {
    options(bits(known) | ONE_READING).in_stream()
}

fn bits(known: &[Knowledge]) -> usize {
    known.iter().fold(0, |bits, k| bits | bit(*k))
}

fn availability<const KNOWN: usize>(name: &str) -> Availability {
    let Some(field) = derived_field(name) else {
        return Availability::Unknown;
    };
    match field.awaits {
        Some(knowledge) if KNOWN & bit(knowledge) == 0 => Availability::Needs(knowledge.name()),
        Some(_) if KNOWN & ONE_READING != 0 && name.starts_with(OF_HOURS) => {
            Availability::Needs(HISTORY)
        }
        Some(_) | None => Availability::Ready,
    }
}

/// A function for each set of what can be known.
macro_rules! by_known {
    ($($known:literal)+) => { [$(availability::<$known>),+] };
}

/// The compiler of rules takes one of them.
const BY_KNOWN: [fn(&str) -> Availability; 2 * ONE_READING] = by_known![
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
    16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47
    48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
];

fn options(known: usize) -> Options {
    Options {
        flow_field: flowtrail_flowlog::flow_field,
        derived_field: BY_KNOWN.get(known).copied().unwrap_or(availability::<0>),
        placeholders: std::collections::BTreeMap::new(),
        history: true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flowtrail_context::{Context, DERIVED, Given};
    use flowtrail_detect::Plan;
    use flowtrail_event::Limits;
    use flowtrail_sigma::{Level, RuleSource, compile};

    use super::*;

    /// What a stream keeps of a family without a common field would lie in one
    /// place for a whole organisation.
    #[test]
    fn no_family_of_the_shipped_rules_is_of_everybody() {
        let sources = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
            file: f.path.to_owned(),
            text: f.text.to_owned(),
        });
        let sources: Vec<RuleSource> = sources.collect();
        let (context, _) = Context::parse("c.yaml", "version: 1\n").unwrap();
        let given = Given {
            context: Some(Arc::new(context)),
            ..Given::default()
        };
        let given = given.with_memory("m");
        let compiled = compile(&sources, &rule_options_in_stream(&given.knowledge()));
        assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
        let rules = Arc::new(compiled.rules);
        let plan = Plan::given(rules, &Limits::default(), Level::Low, &given).unwrap();
        let of_all = plan.families().iter().filter(|f| !f.is_kept_apart());
        let of_all: Vec<&[String]> = of_all.map(|f| &*f.titles).collect();
        assert!(
            plan.families().len() > 50 && of_all.is_empty(),
            "{of_all:#?}"
        );
    }

    #[test]
    fn each_function_is_at_its_place() {
        for known in 0..BY_KNOWN.len() {
            let of: Vec<Knowledge> = Knowledge::ALL
                .into_iter()
                .filter(|k| known & bit(*k) != 0)
                .collect();
            let once = known & ONE_READING != 0;
            let options = if once {
                rule_options_in_stream(&of)
            } else {
                rule_options_knowing(&of)
            };
            assert_eq!(options.history, !once);
            for field in DERIVED {
                let expected = match field.awaits {
                    Some(k) if !of.contains(&k) => Availability::Needs(k.name()),
                    Some(Knowledge::Baseline) if once && field.name.contains(".hour.") => {
                        Availability::Needs("history")
                    }
                    Some(_) | None => Availability::Ready,
                };
                assert_eq!(
                    (options.derived_field)(field.name),
                    expected,
                    "{}",
                    field.name
                );
            }
            assert_eq!(
                (options.derived_field)("flowtrail.nothing"),
                Availability::Unknown
            );
        }
    }
}
