//! Filters: which of them can be used, and for which rules.

use std::rc::Rc;

use flowtrail_event::Kind;
use rsigma_parser::{FilterRule, FilterRuleTarget, SigmaRule};

use crate::document::Document;
use crate::load::{Options, detections, kinds};
use crate::logsource::{covers, services};
use crate::lower::Lower;
use crate::problem::{Problem, Reject, Severity};
use crate::ruleset::KindSet;
use crate::yaml;

/// A parsed filter and where it stands.
pub(crate) type Source = (FilterRule, Rc<Document>);

/// The filters that can be used. The others are named among the problems, and
/// the rules that they are for stay as they are: too many findings can be
/// looked at, missing ones cannot.
pub(crate) fn usable(
    filters: Vec<Source>,
    rules: &[(SigmaRule, Rc<Document>)],
    options: &Options,
    problems: &mut Vec<Problem>,
) -> Vec<Source> {
    let mut out = Vec::new();
    for (filter, document) in filters {
        match check(&filter, &document, options) {
            Err(reject) => {
                problems.push(document.problem(Severity::Error, &filter.title, reject));
            }
            Ok(()) => {
                for name in unknown(&filter, rules) {
                    let reason = format!("the filter names rule `{name}`, which is not loaded");
                    let reject = Reject::new(reason).near(name.as_str());
                    problems.push(document.problem(Severity::Warning, &filter.title, reject));
                }
                out.push((filter, document));
            }
        }
    }
    out
}

/// Whether `filter` applies to `rule`.
pub(crate) fn targets(filter: &FilterRule, rule: &SigmaRule) -> bool {
    let Some(source) = &filter.logsource else {
        return false;
    };
    if !covers(source, &rule.logsource) {
        return false;
    }
    match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(names) => names.iter().any(|n| is_called(rule, n)),
    }
}

fn is_called(rule: &SigmaRule, name: &String) -> bool {
    rule.id.as_ref() == Some(name) || rule.name.as_ref() == Some(name)
}

fn unknown<'f>(
    filter: &'f FilterRule,
    rules: &[(SigmaRule, Rc<Document>)],
) -> impl Iterator<Item = &'f String> {
    let names: &[String] = match &filter.rules {
        FilterRuleTarget::Any => &[],
        FilterRuleTarget::Specific(names) => names,
    };
    let known = |name: &String| rules.iter().any(|(r, _)| is_called(r, name));
    names.iter().filter(move |n| !known(n))
}

/// Whether `filter.rules` is there, and names. The parser takes what it does not
/// understand, such as a number or nothing, for `any`.
fn names_rules(filter: &FilterRule, document: &Document) -> bool {
    let mut written = document.sections(&filter.title, "filter");
    let rules = written.find_map(|f| f.get("rules"));
    rules.is_some_and(yaml::is_names)
}

fn check(filter: &FilterRule, document: &Document, options: &Options) -> Result<(), Reject> {
    let Some(source) = &filter.logsource else {
        return Err(Reject::new("the filter has no `logsource`")
            .hint("give the logsource of the rules that it is for"));
    };
    if !names_rules(filter, document) {
        return Err(
            Reject::new("the filter does not say for which `rules` it is")
                .hint("list ids or names under `filter.rules`, or write `rules: any`")
                .near("filter:"),
        );
    }
    // A filter that no rule needs is checked as well.
    let kind = kinds(services(source)).next().unwrap_or(Kind::CloudTrail);
    let mut set = KindSet::new();
    let mut lower = Lower::new(kind, &mut set, options);
    detections(&mut lower, &filter.detection).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::load::{RuleSource, compile};

    const RULE: &str = "title: rule\nname: mine\nlogsource: {product: aws, service: cloudtrail}\n\
                        detection: {s: {f: x}, condition: s}\n---\n";

    /// The problems, and how many rules are left.
    fn problems(filter: &str) -> (Vec<(Severity, String)>, usize) {
        let options = Options {
            flow_field: |_| None,
            derived_field: |_| crate::inactive::Availability::Ready,
            placeholders: BTreeMap::new(),
            history: true,
        };
        let source = RuleSource {
            file: "x.yml".into(),
            text: format!("{RULE}title: filter\n{filter}"),
        };
        let done = compile(&[source], &options);
        let problems = done.problems.into_iter();
        let problems = problems.map(|p| (p.severity, p.reason)).collect();
        (problems, done.rules.rules().len())
    }

    #[test]
    fn a_broken_filter_is_named_and_takes_no_rule_with_it() {
        for (filter, reason) in [
            (
                "logsource: {product: aws}\nfilter: {rules: any, s: {u|re: '('}, condition: not s}",
                "regular expression",
            ),
            (
                "logsource: {product: aws}\nfilter: {rules: any, s: {u: x}, condition: not t}",
                "`t`",
            ),
            (
                "filter: {rules: any, s: {u: x}, condition: not s}",
                "logsource",
            ),
            (
                "logsource: {product: aws}\nfilter: {rules: [7], s: {u: x}, condition: not s}",
                "which `rules`",
            ),
            (
                "logsource: {product: aws}\nfilter: {rules: , s: {u: x}, condition: not s}",
                "which `rules`",
            ),
        ] {
            let (problems, rules) = problems(filter);
            assert_eq!(rules, 1, "{filter}");
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].0, Severity::Error);
            assert!(problems[0].1.contains(reason), "{problems:?}");
        }
    }

    #[test]
    fn a_filter_for_a_rule_that_is_not_loaded_is_a_warning() {
        let body = |rules: &str| {
            format!(
                "logsource: {{product: AWS}}\nfilter:\n  rules: [{rules}]\n  s: {{u: x}}\n  \
                 condition: not s"
            )
        };
        assert_eq!(problems(&body("mine")), (vec![], 1));
        let (problems, _) = problems(&body("mine, other"));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].0, Severity::Warning);
    }
}
