//! Correlation rules, resolved against the rules that they name.

use std::sync::Arc;

use flowtrail_event::{Kind, Projection};
use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType,
    WindowMode,
};

use crate::correlation::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Member, MemberExpr, MemberField,
    MemberOf, Op, RuleIx,
};
use crate::load::{Document, Options, custom, kinds, level};
use crate::logsource::Services;
use crate::meta::{Level, RuleMeta};
use crate::problem::{Problem, Reject, Severity};
use crate::ruleset::Rule;

/// Percentile that is meant where a `value_percentile` names none.
const MEDIAN: f64 = 50.0;

type Source = (CorrelationRule, Document);

/// Resolves correlations, children before parents, and makes silent the rules
/// that only feed them.
pub(crate) fn resolve(
    sources: &[Source],
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
    for (i, (rule, document)) in sources.iter().enumerate() {
        if let Err(reject) = resolver.visit(i) {
            problems.push(document.problem(Severity::Error, &rule.title, reject));
        }
    }
    for (at, reject) in resolver.warnings {
        if let Some((rule, document)) = sources.get(at) {
            problems.push(document.problem(Severity::Warning, &rule.title, reject));
        }
    }
    let out = resolver.out;
    silence(rules, &out);
    (out, problems)
}

/// A rule that is named only by correlations without `generate` raises no
/// findings of its own (specification, "generate").
fn silence(rules: &mut [Rule], correlations: &[Correlation]) {
    let members = |generate: bool| {
        correlations
            .iter()
            .filter(move |c| c.generate == generate)
            .flat_map(|c| &c.members)
    };
    for (i, rule) in rules.iter_mut().enumerate() {
        let is = |m: &Member| matches!(m.of, MemberOf::Rule(ix) if ix.0 as usize == i);
        rule.emits = members(true).any(is) || !members(false).any(is);
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
    sources: &'a [Source],
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
        let Some((rule, document)) = self.sources.get(at) else {
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
        let kind = kind_of(rule)?;
        let value_fields = value_fields(rule, kind)?;
        let mut members = Vec::new();
        for name in &rule.rules {
            members.push(self.member(at, rule, name, &value_fields)?);
        }
        let timespan_ms = i64::try_from(rule.timespan.seconds)
            .ok()
            .and_then(|s| s.checked_mul(1000))
            .filter(|ms| *ms > 0);
        Ok(Correlation {
            meta: Arc::new(meta_of(rule, document)),
            kind,
            condition: condition(rule, document, kind)?,
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
        })
    }

    fn member(
        &mut self,
        at: usize,
        rule: &CorrelationRule,
        name: &str,
        value: &[String],
    ) -> Result<Member, Reject> {
        let (of, services) = match self.find(at, name)? {
            Referred::Rule(i) => {
                let ix = RuleIx(u32::try_from(i).unwrap_or(u32::MAX));
                let services = self.rules.get(i).map_or(Services::NONE, |r| r.services);
                (MemberOf::Rule(ix), services)
            }
            Referred::Correlation(i) => (MemberOf::Correlation(self.visit(i)?), Services::NONE),
        };
        let group_by = rule
            .group_by
            .iter()
            .map(|f| self.field(rule, name, f, services))
            .collect();
        let value = value
            .iter()
            .map(|f| self.field(rule, name, f, services))
            .collect();
        Ok(Member {
            of,
            group_by,
            value,
        })
    }

    /// A field as this member's events name it, after aliases.
    fn field(
        &mut self,
        rule: &CorrelationRule,
        member: &str,
        field: &str,
        services: Services,
    ) -> MemberField {
        let alias = rule.aliases.iter().find(|a| a.alias == field);
        let name = alias
            .and_then(|a| a.mapping.get(member))
            .map_or(field, |n| n);
        let mut out = MemberField {
            name: name.to_owned(),
            cloudtrail: None,
            flow: None,
        };
        for kind in kinds(services) {
            match kind {
                Kind::CloudTrail => out.cloudtrail = Some(self.cloudtrail.slot(name)),
                Kind::Flow => {
                    let mapped = (self.options.flow_field)(name).unwrap_or(name);
                    out.flow = Some(self.flow.slot(mapped));
                }
            }
        }
        out
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

fn kind_of(rule: &CorrelationRule) -> Result<CorrelationKind, Reject> {
    let percentile = match &rule.condition {
        CorrelationCondition::Threshold { percentile, .. } => *percentile,
        CorrelationCondition::Extended(_) => None,
    };
    Ok(match rule.correlation_type {
        CorrelationType::EventCount => CorrelationKind::EventCount,
        CorrelationType::ValueCount => CorrelationKind::ValueCount,
        CorrelationType::Temporal => CorrelationKind::Temporal,
        CorrelationType::TemporalOrdered => CorrelationKind::TemporalOrdered,
        CorrelationType::ValueSum => CorrelationKind::ValueSum,
        CorrelationType::ValueAvg => CorrelationKind::ValueAvg,
        CorrelationType::ValueMedian => CorrelationKind::ValuePercentile(MEDIAN),
        CorrelationType::ValuePercentile => match percentile {
            None => CorrelationKind::ValuePercentile(MEDIAN),
            Some(p) => {
                let p = u8::try_from(p).ok().filter(|p| *p <= 100);
                let p = p.ok_or_else(|| {
                    Reject::new("`percentile` goes from 0 to 100").near("percentile")
                })?;
                CorrelationKind::ValuePercentile(p.into())
            }
        },
    })
}

fn value_fields(rule: &CorrelationRule, kind: CorrelationKind) -> Result<Vec<String>, Reject> {
    let needs = match kind {
        CorrelationKind::EventCount
        | CorrelationKind::Temporal
        | CorrelationKind::TemporalOrdered => false,
        CorrelationKind::ValueCount
        | CorrelationKind::ValueSum
        | CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile(_) => true,
    };
    let given = match &rule.condition {
        CorrelationCondition::Threshold { field, .. } => field.clone().unwrap_or_default(),
        CorrelationCondition::Extended(_) => Vec::new(),
    };
    if needs && given.is_empty() {
        let kind = rule.correlation_type.as_str();
        return Err(
            Reject::new(format!("`{kind}` needs a `field` in its condition"))
                .hint("name the field whose values are counted or summed")
                .near("condition"),
        );
    }
    Ok(if needs { given } else { Vec::new() })
}

fn condition(
    rule: &CorrelationRule,
    document: &Document,
    kind: CorrelationKind,
) -> Result<Condition, Reject> {
    let temporal = matches!(
        kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    match &rule.condition {
        // The parser cannot tell a condition that is missing from `gte: 1`.
        CorrelationCondition::Threshold { .. }
            if temporal && !has_condition(&document.text, &rule.title) =>
        {
            Ok(Condition::AllMembers)
        }
        CorrelationCondition::Threshold { predicates, .. } => {
            #[expect(clippy::cast_precision_loss, reason = "thresholds are far below 2^52")]
            let all = predicates
                .iter()
                .map(|(o, n)| (op(*o), *n as f64))
                .collect();
            Ok(Condition::Threshold(all))
        }
        CorrelationCondition::Extended(expr) if temporal => {
            Ok(Condition::Members(members(expr, &rule.rules)?))
        }
        CorrelationCondition::Extended(_) => Err(Reject::new(
            "this kind of correlation needs a comparison as its condition",
        )
        .hint("for example `gte: 10`")
        .near("condition")),
    }
}

/// Whether the correlation of that title in `text` has a condition.
fn has_condition(text: &str, title: &str) -> bool {
    use serde::Deserialize as _;
    yaml_serde::Deserializer::from_str(text)
        .filter_map(|d| yaml_serde::Value::deserialize(d).ok())
        .filter(|v| v.get("title").and_then(yaml_serde::Value::as_str) == Some(title))
        .filter_map(|v| v.get("correlation").cloned())
        .any(|c| c.get("condition").is_some())
}

fn members(expr: &ConditionExpr, rules: &[String]) -> Result<MemberExpr, Reject> {
    let all = |list: &[ConditionExpr]| {
        list.iter()
            .map(|e| members(e, rules))
            .collect::<Result<Vec<_>, _>>()
    };
    match expr {
        ConditionExpr::And(list) => Ok(MemberExpr::And(all(list)?)),
        ConditionExpr::Or(list) => Ok(MemberExpr::Or(all(list)?)),
        ConditionExpr::Not(inner) => Ok(MemberExpr::Not(Box::new(members(inner, rules)?))),
        ConditionExpr::Identifier(name) => rules
            .iter()
            .position(|r| r == name)
            .map(MemberExpr::Member)
            .ok_or_else(|| {
                Reject::new(format!(
                    "the condition names `{name}`, which is not among the `rules`"
                ))
                .near("condition")
            }),
        ConditionExpr::Selector { .. } => Err(Reject::new(
            "selectors are not part of a correlation's condition",
        )
        .near("condition")),
    }
}

const fn op(op: ConditionOperator) -> Op {
    match op {
        ConditionOperator::Lt => Op::Lt,
        ConditionOperator::Lte => Op::Lte,
        ConditionOperator::Gt => Op::Gt,
        ConditionOperator::Gte => Op::Gte,
        ConditionOperator::Eq => Op::Eq,
        ConditionOperator::Neq => Op::Neq,
    }
}

fn meta_of(rule: &CorrelationRule, document: &Document) -> RuleMeta {
    let id = rule
        .id
        .as_ref()
        .or(rule.name.as_ref())
        .unwrap_or(&rule.title);
    RuleMeta {
        id: id.clone(),
        name: rule.name.clone(),
        title: rule.title.clone(),
        level: rule.level.map_or(Level::Medium, level),
        description: rule.description.clone().unwrap_or_default(),
        status: rule.status.map(|s| format!("{s:?}").to_lowercase()),
        tags: rule.tags.clone(),
        falsepositives: rule.falsepositives.clone(),
        references: rule.references.clone(),
        fields: rule.fields.clone(),
        custom: custom(&rule.custom_attributes),
        file: document.file.clone(),
        line: document.line,
    }
}
