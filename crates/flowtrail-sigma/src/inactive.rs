//! Rules that are sound and cannot run yet, because a field that they ask for
//! needs knowledge that is not there, or because they need the whole history.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use rsigma_parser::{
    ConditionExpr, CorrelationCondition, CorrelationRule, Detection, DetectionItem, Detections,
    Modifier, SigmaRule,
};
use yaml_serde::Value;

use crate::beyond::Beyond;
use crate::document::Document;
use crate::load::Options;
use crate::logsource::Services;
use crate::meta::{RuleMeta, meta_of};
use crate::problem::Reject;
use crate::ruleset::Rule;
use crate::value::plain_text;

/// What rules wait for that are judged in a replay only.
const HISTORY: &str = "history";

/// Whether a derived field can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// There is no such field.
    Unknown,
    /// It is computed.
    Ready,
    /// It exists, and is computed only where the knowledge that is named, such
    /// as `context`, is given.
    Needs(&'static str),
}

/// A rule or correlation that waits for knowledge. It matches nothing.
#[derive(Debug, Clone)]
pub struct Inactive {
    /// Its metadata.
    pub meta: Arc<RuleMeta>,
    /// The logs that it is for.
    pub services: Services,
    /// What it waits for, in order.
    pub needs: BTreeSet<&'static str>,
    /// Whether it is a correlation.
    pub is_correlation: bool,
    /// Whether it would raise findings of its own.
    pub emits: bool,
}

impl Inactive {
    pub(crate) fn of_rule(
        rule: &SigmaRule,
        document: &Document,
        services: Services,
        options: &Options,
    ) -> Result<Option<Self>, Reject> {
        let mut needs = needs_of(&rule.detection, options);
        if is_of_history(&rule.custom_attributes)? && !options.history {
            needs.insert(HISTORY);
        }
        Ok((!needs.is_empty()).then(|| Self {
            meta: Arc::new(meta_of!(rule, document)),
            services,
            needs,
            is_correlation: false,
            emits: true,
        }))
    }

    fn is_called(&self, name: &str) -> bool {
        let meta = &self.meta;
        meta.id == name || meta.name.as_deref() == Some(name) || meta.title == name
    }
}

/// Whether the block `flowtrail:` of a rule says `only: history`.
pub(crate) fn is_of_history(attributes: &HashMap<String, Value>) -> Result<bool, Reject> {
    match attributes
        .get("flowtrail")
        .and_then(|block| block.get("only"))
    {
        None => Ok(false),
        Some(only) if only.as_str() == Some(HISTORY) => Ok(true),
        Some(_) => Err(
            Reject::new("`only` of the block `flowtrail` takes `history`")
                .hint("`only: history` sets a rule aside where records are judged as they come")
                .near("only:"),
        ),
    }
}

/// Takes the correlations out of `sources` that group or count by a field that
/// is not there yet, or refer to a rule that is inactive, and adds them to
/// `inactive`. What only feeds them is silent, as if they ran.
pub(crate) fn correlations<'s>(
    sources: &'s [(CorrelationRule, Rc<Document>)],
    rules: &[Rule],
    options: &Options,
    inactive: &mut Vec<Inactive>,
) -> (Vec<&'s (CorrelationRule, Rc<Document>)>, Vec<String>) {
    let mut left: Vec<_> = sources.iter().collect();
    let mut fed = Vec::new();
    // A chain is followed from its base, whatever the order of its documents.
    loop {
        let before = left.len();
        left.retain(|source| {
            let (rule, document) = *source;
            let mut needs = own_needs(rule, document, options);
            for name in &rule.rules {
                let member = inactive.iter().find(|i| i.is_called(name));
                needs.extend(member.iter().flat_map(|i| &i.needs));
            }
            if needs.is_empty() {
                return true;
            }
            let called = |r: &&Rule, n: &String| r.meta.id == *n || r.meta.name.as_ref() == Some(n);
            let members = rule
                .rules
                .iter()
                .filter_map(|n| rules.iter().find(|r| called(r, n)));
            let mut services: Vec<_> = members.flat_map(|r| r.services.iter()).collect();
            let waiting = inactive
                .iter()
                .filter(|i| rule.rules.iter().any(|n| i.is_called(n)));
            services.extend(waiting.flat_map(|i| i.services.iter()));
            if !rule.generate {
                fed.extend(rule.rules.iter().cloned());
            }
            inactive.push(Inactive {
                meta: Arc::new(meta_of!(rule, document)),
                services: services.into_iter().collect(),
                needs,
                is_correlation: true,
                emits: true,
            });
            false
        });
        if left.len() == before {
            break;
        }
    }
    for i in inactive.iter_mut() {
        if fed.iter().any(|name| i.is_called(name)) {
            i.emits = false;
        }
    }
    (left, fed)
}

fn own_needs(
    rule: &CorrelationRule,
    document: &Document,
    options: &Options,
) -> BTreeSet<&'static str> {
    let aliased = rule.aliases.iter().flat_map(|a| a.mapping.values());
    let counted = match &rule.condition {
        CorrelationCondition::Threshold { field, .. } => field.clone().unwrap_or_default(),
        CorrelationCondition::Extended(ConditionExpr::Identifier(_) | _) => Vec::new(),
    };
    let fields = rule.group_by.iter().chain(aliased).chain(&counted);
    let mut needs: BTreeSet<_> = fields.filter_map(|f| needed(f, options)).collect();
    let mut written = document.sections(&rule.title, "correlation");
    // No stream looks back as far as a silence may last.
    let is_silence = written.next().and_then(Beyond::of) == Some(Beyond::Silence);
    // What says something else is told of where it is resolved.
    let says_so = is_of_history(&rule.custom_attributes) == Ok(true);
    if !options.history && (says_so || is_silence) {
        needs.insert(HISTORY);
    }
    needs
}

fn needs_of(detections: &Detections, options: &Options) -> BTreeSet<&'static str> {
    let mut fields = Vec::new();
    for detection in detections.named.values() {
        collect(detection, &mut fields);
    }
    fields.iter().filter_map(|f| needed(f, options)).collect()
}

fn needed(field: &str, options: &Options) -> Option<&'static str> {
    if !field.starts_with("flowtrail.") {
        return None;
    }
    match (options.derived_field)(field) {
        Availability::Needs(what) => Some(what),
        Availability::Unknown | Availability::Ready => None,
    }
}

/// The fields that a part of a rule names, those in `fieldref` values included.
fn collect(detection: &Detection, out: &mut Vec<String>) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(|i| item(i, out)),
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|p| collect(p, out));
        }
        // Searched everywhere, or rejected when it is lowered.
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {}
    }
}

fn item(item: &DetectionItem, out: &mut Vec<String>) {
    out.extend(item.field.name.clone());
    if item.field.modifiers.contains(&Modifier::FieldRef) {
        out.extend(item.values.iter().filter_map(plain_text));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::load::{Compilation, RuleSource, compile};

    use super::*;

    fn compiled(text: &str) -> Compilation {
        compiled_where(text, true)
    }

    fn compiled_where(text: &str, history: bool) -> Compilation {
        let source = RuleSource {
            file: "x.yml".into(),
            text: text.into(),
        };
        let options = Options {
            flow_field: |_| None,
            derived_field: |name| match name {
                "flowtrail.src.env" => Availability::Needs("context"),
                "flowtrail.novelty" => Availability::Needs("baseline"),
                "flowtrail.api" => Availability::Ready,
                _ => Availability::Unknown,
            },
            placeholders: BTreeMap::new(),
            history,
        };
        compile(&[source], &options)
    }

    fn rule(name: &str, selection: &str) -> String {
        format!(
            "title: rule {name}\nid: id-{name}\nname: {name}\n\
             logsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{{selection}}}, condition: not s}}\n---\n"
        )
    }

    fn names(done: &Compilation) -> Vec<(&str, Vec<&str>, bool)> {
        let one = |i: &'_ Inactive| {
            let needs = i.needs.iter().copied().collect();
            (i.meta.name.clone().unwrap_or_default(), needs, i.emits)
        };
        let all: Vec<(String, Vec<&str>, bool)> = done.inactive.iter().map(one).collect();
        all.into_iter()
            .map(|(n, needs, e)| (&*Box::leak(n.into_boxed_str()), needs, e))
            .collect()
    }

    #[test]
    fn a_rule_waits_for_what_its_fields_need() {
        let text = rule("a", "flowtrail.src.env: dev, flowtrail.novelty|gte: 3")
            + &rule("b", "flowtrail.api: x")
            + &rule("c", "userName|fieldref: flowtrail.src.env");
        let done = compiled(&text);
        assert!(done.problems.is_empty(), "{:?}", done.problems);
        let expected = [
            ("a", vec!["baseline", "context"], true),
            ("c", vec!["context"], true),
        ];
        assert_eq!(names(&done), expected);
        // `not s` would hold for every record if it ran without the field.
        assert_eq!(done.rules.rules().len(), 1);
    }

    #[test]
    fn a_field_that_nobody_derives_is_an_error_all_the_same() {
        let done = compiled(&rule("a", "flowtrail.nothing: 1"));
        assert!(done.inactive.is_empty());
        assert!(done.problems[0].reason.contains("no derived field"));
    }

    #[test]
    fn a_correlation_over_what_waits_waits_and_its_base_is_silent() {
        let count = "type: event_count, timespan: 5m, condition: {gte: 2}";
        let text = rule("plain", "f: x")
            + &rule("base", "flowtrail.src.env: dev")
            + &format!(
                "title: outer\nname: outer\ncorrelation: {{rules: [inner, plain], {count}}}\n---\n\
                 title: inner\nname: inner\ncorrelation: {{rules: [base], {count}}}\n---\n\
                 title: grouped\nname: grouped\ncorrelation: {{rules: [plain], \
                 group-by: [flowtrail.novelty], {count}}}\n"
            );
        let done = compiled(&text);
        assert!(done.problems.is_empty(), "{:?}", done.problems);
        let expected = [
            ("base", vec!["context"], false),
            ("inner", vec!["context"], false),
            ("grouped", vec!["baseline"], true),
            ("outer", vec!["context"], true),
        ];
        assert_eq!(names(&done), expected);
        assert!(done.rules.correlations().is_empty());
        assert!(!done.rules.rules()[0].emits, "it feeds what waits");
    }

    #[test]
    fn what_needs_the_whole_history_waits_in_a_stream() {
        let only = "flowtrail: {only: history}";
        let rule = rule("a", "f: x");
        let count = "type: event_count, timespan: 5m, condition: {gte: 2}";
        let text = format!(
            "{}{only}\n---\n{rule}title: over\nname: over\n{only}\ncorrelation: \
             {{rules: [a], {count}}}\n---\ntitle: outer\nname: outer\ncorrelation: \
             {{rules: [single], {count}}}\n",
            self::rule("single", "f: y").trim_end_matches("---\n"),
        );
        let whole = compiled_where(&text, true);
        assert!(whole.problems.is_empty(), "{:?}", whole.problems);
        assert_eq!(
            (names(&whole), whole.rules.correlations().len()),
            (vec![], 2)
        );
        let stream = compiled_where(&text, false);
        assert!(stream.problems.is_empty(), "{:?}", stream.problems);
        let expected = [
            ("single", vec!["history"], false),
            ("over", vec!["history"], true),
            ("outer", vec!["history"], true),
        ];
        assert_eq!(names(&stream), expected);
        assert_eq!(stream.rules.rules().len(), 1);
        assert!(!stream.rules.rules()[0].emits, "it feeds what waits");
    }

    #[test]
    fn a_silence_waits_in_a_stream_by_itself() {
        let silence = "title: s\nname: s\ncorrelation: {type: silence, rules: [a], timespan: 1h}\n";
        let text = rule("a", "f: x") + silence;
        assert_eq!(compiled_where(&text, true).rules.correlations().len(), 1);
        assert_eq!(
            names(&compiled_where(&text, false)),
            [("s", vec!["history"], true)]
        );
    }

    #[test]
    fn only_takes_nothing_but_history() {
        let single = rule("a", "f: x").replace("---\n", "flowtrail: {only: histroy}\n---\n");
        let count = "rules: [b], type: event_count, timespan: 5m, condition: {gte: 2}";
        let over = format!("title: c\nflowtrail: {{only: [history]}}\ncorrelation: {{{count}}}\n");
        let text = single + &rule("b", "f: y") + &over;
        for history in [true, false] {
            let done = compiled_where(&text, history);
            let of = |p: &crate::problem::Problem| (p.line, p.hint.is_some());
            assert_eq!(
                done.problems.iter().map(of).collect::<Vec<_>>(),
                [(6, true), (15, true)]
            );
            assert!(
                done.problems
                    .iter()
                    .all(|p| p.reason.contains("takes `history`"))
            );
            assert!(done.inactive.is_empty());
            assert!(done.rules.correlations().is_empty());
        }
    }
}
