//! Correlation rules, resolved against the rules that they name.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use flowtrail_event::{Kind, Projection};
use rsigma_parser::{CorrelationRule, WindowMode};

use crate::correlation::{Correlation, CorrelationIx, Member, MemberField, MemberOf, RuleIx};
use crate::criterion::Criterion;
use crate::document::Document;
use crate::inactive::is_of_history;
use crate::load::{Options, kinds};
use crate::logsource::Services;
use crate::meta::meta_of;
use crate::names::{is_derived, no_flow_field};
use crate::problem::{Problem, Reject, Severity};
use crate::ruleset::Rule;

type Source = (CorrelationRule, Rc<Document>);

/// Resolves correlations, children before parents, and makes silent the rules
/// that only feed them.
pub(crate) fn resolve(
    sources: &[&Source],
    rules: &mut [Rule],
    [cloudtrail, flow]: [&mut Projection; 2],
    options: &Options,
) -> (Vec<Correlation>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut resolver = Resolver {
        sources,
        rules,
        cloudtrail,
        flow,
        options,
        done: vec![State::New; sources.len()],
        out: Vec::new(),
        warnings: Vec::new(),
    };
    for (i, (rule, document)) in sources.iter().copied().enumerate() {
        if let Err(reject) = resolver.visit(i) {
            problems.push(document.problem(Severity::Error, &rule.title, reject));
        }
    }
    for (at, reject) in resolver.warnings {
        if let Some((rule, document)) = sources.get(at).copied() {
            problems.push(document.problem(Severity::Warning, &rule.title, reject));
        }
    }
    let mut out = resolver.out;
    silence(rules, &mut out);
    (out, problems)
}

/// A rule or correlation that is named only by correlations without `generate`
/// raises no findings of its own (specification, "generate").
fn silence(rules: &mut [Rule], correlations: &mut [Correlation]) {
    let members = |generate: bool| -> HashSet<MemberOf> {
        let those = correlations.iter().filter(|c| c.generate == generate);
        those.flat_map(|c| &c.members).map(|m| m.of).collect()
    };
    let (loud, silent) = (members(true), members(false));
    let emits = |of: MemberOf| loud.contains(&of) || !silent.contains(&of);
    for (ix, rule) in (0..).map(RuleIx).zip(rules) {
        rule.emits = emits(MemberOf::Rule(ix));
    }
    for (ix, correlation) in (0..).map(CorrelationIx).zip(correlations) {
        correlation.emits = emits(MemberOf::Correlation(ix));
    }
}

/// Rules that feed correlations which are not run for now, and nothing that
/// asks them to speak, raise no findings either.
pub(crate) fn silence_fed(fed: &[String], rules: &mut [Rule], correlations: &[Correlation]) {
    let loud = |ix| {
        let mut generating = correlations.iter().filter(|c| c.generate);
        generating.any(|c| c.members.iter().any(|m| m.of == MemberOf::Rule(ix)))
    };
    for (ix, rule) in (0..).map(RuleIx).zip(rules) {
        let meta = &rule.meta;
        let named = |n: &String| meta.id == *n || meta.name.as_ref() == Some(n);
        if fed.iter().any(named) && !loud(ix) {
            rule.emits = false;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Failed,
    Done(CorrelationIx),
}

struct Resolver<'a> {
    sources: &'a [&'a Source],
    rules: &'a [Rule],
    cloudtrail: &'a mut Projection,
    flow: &'a mut Projection,
    options: &'a Options,
    done: Vec<State>,
    out: Vec<Correlation>,
    warnings: Vec<(usize, Reject)>,
}

/// Either kind of thing that a reference can meet.
enum Referred {
    Rule(usize),
    Correlation(usize),
}

impl Resolver<'_> {
    fn visit(&mut self, at: usize) -> Result<CorrelationIx, Reject> {
        match self.done.get(at) {
            Some(State::Done(ix)) => return Ok(*ix),
            Some(State::Open) => {
                return Err(Reject::new("the correlation refers to itself").near("rules"));
            }
            Some(State::Failed) => {
                return Err(
                    Reject::new("the correlation refers to one that cannot be used").near("rules"),
                );
            }
            Some(State::New) | None => {}
        }
        self.set(at, State::Open);
        match self.resolve(at) {
            Ok(correlation) => {
                let ix = CorrelationIx(u32::try_from(self.out.len()).unwrap_or(u32::MAX));
                self.out.push(correlation);
                self.set(at, State::Done(ix));
                Ok(ix)
            }
            Err(reject) => {
                self.set(at, State::Failed);
                Err(reject)
            }
        }
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(s) = self.done.get_mut(at) {
            *s = state;
        }
    }

    fn resolve(&mut self, at: usize) -> Result<Correlation, Reject> {
        let Some((rule, document)) = self.sources.get(at).copied() else {
            return Err(Reject::new("no such correlation"));
        };
        if rule.rules.is_empty() {
            return Err(Reject::new("the correlation names no `rules`").near("correlation"));
        }
        if rule.window != WindowMode::Sliding {
            return Err(
                Reject::new(format!("`window: {}` is not Sigma", rule.window.as_str()))
                    .hint("windows slide over event time; leave `window` away")
                    .near("window"),
            );
        }
        is_of_history(&rule.custom_attributes)?;
        let criterion = Criterion::read(rule, document)?;
        for key in criterion.unknown_keys {
            let reject = Reject::new(format!("a correlation has no `{key}`"))
                .hint("its parts are type, rules, group-by, timespan, condition and aliases")
                .near(format!("{key}:"));
            self.warnings.push((at, reject));
        }
        let mut members = Vec::new();
        for name in &rule.rules {
            members.push(self.member(at, rule, name, &criterion.fields)?);
        }
        let timespan_ms = i64::try_from(rule.timespan.seconds)
            .ok()
            .and_then(|s| s.checked_mul(1000))
            .filter(|ms| *ms > 0);
        Ok(Correlation {
            meta: Arc::new(meta_of!(rule, document)),
            kind: criterion.kind,
            condition: criterion.condition,
            members,
            group_by: rule.group_by.clone(),
            timespan_ms: timespan_ms.ok_or_else(|| {
                Reject::new(format!(
                    "timespan `{}` is out of range",
                    rule.timespan.original
                ))
                .near("timespan")
            })?,
            generate: rule.generate,
            emits: true,
        })
    }

    fn member(
        &mut self,
        at: usize,
        rule: &CorrelationRule,
        name: &str,
        value: &[String],
    ) -> Result<Member, Reject> {
        let found = self.find(at, name)?;
        let names = self.names(&found, name);
        let (of, services) = match found {
            Referred::Rule(i) => {
                let ix = RuleIx(u32::try_from(i).unwrap_or(u32::MAX));
                let services = self.rules.get(i).map_or(Services::NONE, |r| r.services);
                (MemberOf::Rule(ix), services)
            }
            Referred::Correlation(i) => (MemberOf::Correlation(self.visit(i)?), Services::NONE),
        };
        let mut fields = |of: &[String]| -> Result<Vec<MemberField>, Reject> {
            let fields = of.iter();
            fields
                .map(|f| self.field((at, rule), &names, f, services))
                .collect()
        };
        let (group_by, value) = (fields(&rule.group_by)?, fields(value)?);
        if let MemberOf::Correlation(CorrelationIx(ix)) = of
            && let Some(below) = self.out.get(ix as usize)
        {
            // A correlation that fires says in whose group, and nothing else.
            let says = |f: &&MemberField| !below.group_by.contains(&f.name);
            if let Some(field) = group_by.iter().chain(&value).find(says) {
                let (field, title) = (&field.name, &below.meta.title);
                let reason = format!("`{title}` does not group by `{field}`");
                return Err(Reject::new(reason)
                    .hint("of a correlation others see only what it groups by; aliases give it other names")
                    .near(field));
            }
        }
        Ok(Member {
            of,
            group_by,
            value,
        })
    }

    /// A field as this member's events name it, after aliases.
    fn field(
        &mut self,
        (at, rule): (usize, &CorrelationRule),
        names: &[String],
        field: &str,
        services: Services,
    ) -> Result<MemberField, Reject> {
        let alias = rule.aliases.iter().find(|a| a.alias == field);
        let name = alias
            .and_then(|a| names.iter().find_map(|n| a.mapping.get(n)))
            .map_or(field, |n| n);
        let mut out = MemberField {
            name: name.to_owned(),
            cloudtrail: None,
            flow: None,
        };
        if kinds(services).next().is_some() {
            self.options.derived(name)?;
        }
        for kind in kinds(services) {
            match kind {
                Kind::CloudTrail => out.cloudtrail = Some(self.cloudtrail.slot(name)),
                Kind::Flow => {
                    let mapped = (self.options.flow_field)(name);
                    if mapped.is_none() && !is_derived(name) && kinds(services).count() == 1 {
                        self.warnings.push((at, no_flow_field(name)));
                    }
                    out.flow = Some(self.flow.slot(mapped.unwrap_or(name)));
                }
            }
        }
        Ok(out)
    }

    /// What a rule may be called in an alias: as it is in `rules`, by its name or id.
    fn names(&self, found: &Referred, written: &str) -> Vec<String> {
        let (id, name) = match found {
            Referred::Rule(i) => {
                let meta = self.rules.get(*i).map(|r| &r.meta);
                (
                    meta.map(|m| m.id.clone()),
                    meta.and_then(|m| m.name.clone()),
                )
            }
            Referred::Correlation(i) => {
                let rule = self.sources.get(*i).map(|(c, _)| c);
                (
                    rule.and_then(|c| c.id.clone()),
                    rule.and_then(|c| c.name.clone()),
                )
            }
        };
        [Some(written.to_owned()), name, id]
            .into_iter()
            .flatten()
            .collect()
    }

    /// By id, by name, or, with a warning, by title.
    fn find(&mut self, at: usize, name: &str) -> Result<Referred, Reject> {
        let by_id = |r: &Rule| r.meta.id == name || r.meta.name.as_deref() == Some(name);
        if let Some(i) = self.rules.iter().position(by_id) {
            return Ok(Referred::Rule(i));
        }
        let is =
            |c: &CorrelationRule| c.id.as_deref() == Some(name) || c.name.as_deref() == Some(name);
        if let Some(i) = self.sources.iter().position(|(c, _)| is(c)) {
            return Ok(Referred::Correlation(i));
        }
        let titled = self
            .rules
            .iter()
            .position(|r| r.meta.title == name)
            .map(Referred::Rule);
        let titled = titled.or_else(|| {
            let i = self.sources.iter().position(|(c, _)| c.title == name);
            i.map(Referred::Correlation)
        });
        let Some(found) = titled else {
            return Err(Reject::new(format!(
                "the correlation refers to rule `{name}`, which is not loaded"
            ))
            .hint("refer to a rule by its `id` or `name`, and load its file, too")
            .near(name));
        };
        let warning = Reject::new(format!(
            "the correlation refers to rule `{name}` by its title"
        ))
        .hint("refer to it by `id` or `name`; titles may change")
        .near(name);
        self.warnings.push((at, warning));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::inactive::Availability;
    use crate::load::{Compilation, RuleSource, compile};

    fn compiled(correlations: &str) -> Compilation {
        compiled_with(correlations, "cloudtrail", |_| Availability::Ready)
    }

    fn compiled_with(
        correlations: &str,
        service: &str,
        derived_field: fn(&str) -> Availability,
    ) -> Compilation {
        let rule = |name: &str| {
            format!(
                "title: rule {name}\nid: id-{name}\nname: {name}\n\
                 logsource: {{product: aws, service: {service}}}\n\
                 detection: {{s: {{f: {name}}}, condition: s}}\n---\n"
            )
        };
        let source = RuleSource {
            file: "x.yml".into(),
            text: format!("{}{}{correlations}", rule("a"), rule("b")),
        };
        let options = Options {
            flow_field: |name| (name == "f").then_some("f"),
            derived_field,
            placeholders: BTreeMap::new(),
            history: true,
        };
        compile(&[source], &options)
    }

    /// One rule with a slip costs that rule, and not all that are planned with it.
    #[test]
    fn a_field_that_nobody_derives_is_a_problem_of_the_correlation() {
        let unknown: fn(&str) -> Availability = |name| match name {
            "flowtrail.session" => Availability::Ready,
            _ => Availability::Unknown,
        };
        let count = |field: &str, more: &str| {
            format!("title: c\ncorrelation: {{rules: [a], group-by: [{field}], {COUNT}{more}}}")
        };
        for (text, problem) in [
            (count("flowtrail.session", ""), None),
            (count("flowtrail.sesion", ""), Some("flowtrail.sesion")),
            (
                count("who", ", aliases: {who: {a: flowtrail.nobody}}"),
                Some("flowtrail.nobody"),
            ),
            (
                "title: c\ncorrelation: {rules: [a], type: value_count, timespan: 5m, \
                 condition: {field: flowtrail.x, gte: 2}}"
                    .to_owned(),
                Some("flowtrail.x"),
            ),
        ] {
            let done = compiled_with(&text, "cloudtrail", unknown);
            let reasons: Vec<&str> = done.problems.iter().map(|p| &*p.reason).collect();
            match problem {
                None => assert!(reasons.is_empty(), "{reasons:?}"),
                Some(name) => assert_eq!(reasons, [format!("there is no derived field `{name}`")]),
            }
            assert_eq!(done.rules.correlations().is_empty(), problem.is_some());
            let projection = done.rules.projection(Kind::CloudTrail);
            assert!(projection.find("flowtrail.sesion").is_none());
        }
    }

    #[test]
    fn a_field_that_flow_logs_do_not_have_is_told() {
        let text =
            format!("title: c\ncorrelation: {{rules: [a], group-by: [f, src_addr], {COUNT}}}");
        let done = compiled_with(&text, "vpcflow", |_| Availability::Ready);
        let reasons: Vec<&str> = done.problems.iter().map(|p| &*p.reason).collect();
        assert_eq!(reasons, ["flow logs have no field `src_addr`"]);
        assert_eq!(done.rules.correlations().len(), 1);
    }

    #[test]
    fn of_a_correlation_only_its_group_is_seen() {
        let of = |outer: &str| {
            compiled(&format!(
                "title: inner\nname: inner\ncorrelation: {{rules: [a], group-by: [host, user], \
                 {COUNT}}}\n---\ntitle: outer\ncorrelation: {{rules: [inner], timespan: 5m, {outer}}}"
            ))
        };
        let many = "type: value_count, condition: {field: user, gte: 2}";
        let sees = of(&format!("group-by: [host], {many}"));
        assert!(sees.problems.is_empty(), "{:?}", sees.problems);
        for outer in [
            format!("group-by: [port], {many}"),
            "group-by: [host], type: value_count, condition: {field: port, gte: 2}".to_owned(),
        ] {
            let done = of(&outer);
            assert_eq!(done.problems[0].reason, "`inner` does not group by `port`");
            assert_eq!(done.rules.correlations().len(), 1);
        }
    }

    const COUNT: &str = "type: event_count, timespan: 5m, condition: {gte: 2}";

    #[test]
    fn what_only_feeds_a_correlation_is_silent() {
        let of = |generate: bool| {
            let done = compiled(&format!(
                "title: inner\nname: inner\ncorrelation: {{rules: [a], {COUNT}}}\n---\n\
                 title: outer\ngenerate: {generate}\ncorrelation: {{rules: [inner], {COUNT}}}"
            ));
            assert!(done.problems.is_empty(), "{:?}", done.problems);
            let rules = done
                .rules
                .rules()
                .iter()
                .map(|r| r.emits)
                .collect::<Vec<_>>();
            let correlations = done.rules.correlations().iter().map(|c| c.emits);
            (rules, correlations.collect::<Vec<_>>())
        };
        assert_eq!(of(false), (vec![false, true], vec![false, true]));
        assert_eq!(of(true), (vec![false, true], vec![true, true]));
    }

    #[test]
    fn an_alias_knows_a_rule_by_each_of_its_names() {
        for name in ["a", "id-a"] {
            for reference in ["a", "id-a", "rule a"] {
                let done = compiled(&format!(
                    "title: c\ncorrelation:\n  type: temporal\n  rules: [{reference}, b]\n  \
                     group-by: [host]\n  timespan: 5m\n  aliases: {{host: {{{name}: src}}}}"
                ));
                let members = &done.rules.correlations()[0].members;
                let fields: Vec<&str> = members.iter().map(|m| &*m.group_by[0].name).collect();
                assert_eq!(fields, ["src", "host"], "{name} for {reference}");
            }
        }
    }

    #[test]
    fn a_misspelt_part_is_a_warning() {
        let done = compiled(&format!(
            "title: c\ncorrelation: {{rules: [a], {COUNT}, group_by: [x]}}"
        ));
        assert_eq!(done.problems.len(), 1, "{:?}", done.problems);
        assert_eq!(done.problems[0].severity, Severity::Warning);
        assert!(done.problems[0].reason.contains("`group_by`"));
        assert_eq!(done.rules.correlations().len(), 1);
    }
}
