//! A backtest as one JSON object, `flowtrail.backtest.v1`.

use flowtrail_detect::Finding;
use serde_json::{Map, Value, json};

use super::budget::Comparison;
use super::compare::{Difference, Overlap, length};
use super::report::{Grouping, Limit, Moved, Ran, Report, Top, api, spread};

/// The whole of it.
pub(super) fn document(reports: &[Report<'_>], ran: &Ran, partial: bool, samples: usize) -> Value {
    let services = flowtrail_event::Service::ALL.into_iter();
    let records: Map<String, Value> = services
        .filter_map(|s| Some((s.name().to_owned(), (*ran.records.get(s.index())?).into())))
        .collect();
    let rules: Vec<Value> = reports.iter().map(|r| rule(r, samples)).collect();
    json!({
        "schema": "flowtrail.backtest.v1",
        "first_day": ran.span.first.to_string(),
        "last_day": ran.span.last.to_string(),
        "days": ran.span.days(),
        "records": records,
        "partial": partial,
        "findings_over_limit": ran.over_limit,
        "rules": rules,
    })
}

fn rule(r: &Report<'_>, samples: usize) -> Value {
    let meta = r.meta;
    let difference = r
        .difference
        .as_ref()
        .map(|(id, d)| difference(id, d, samples));
    json!({
        "id": meta.id, "name": meta.name, "title": meta.title, "level": meta.level,
        "file": meta.file, "line": meta.line,
        "looks_at": if r.correlation.is_some() { "window" } else { "event" },
        "logs": r.logs, "findings": length(r.findings.len()), "suppressed": r.suppressed,
        "untimed": r.untimed, "records": r.records, "per_thousand": r.per_thousand(),
        "daily": r.daily.json(),
        "top": r.tops.iter().map(top).collect::<Map<_, _>>(),
        "samples": r.samples.iter().map(|f| finding(f)).collect::<Vec<_>>(),
        "budget": limit(&r.limit),
        "current_rules": overlap(&r.overlap),
        "difference": difference,
    })
}

fn top(top: &Top) -> (String, Value) {
    let name = |(name, n): &(String, u64)| json!({"name": name, "findings": n});
    let names: Vec<Value> = top.names.iter().map(name).collect();
    let value = json!({"names": names, "more": top.more, "without": top.without});
    (top.what.to_owned(), value)
}

fn finding(f: &Finding) -> Value {
    let evidence = f.evidence.iter().map(|e| {
        json!({
            "time": e.time.map(|t| t.to_string()), "object": e.object.as_ref(),
            "offset": e.location.offset, "length": e.location.len, "event_id": e.event_id,
        })
    });
    let group: Map<String, Value> = f
        .group
        .iter()
        .map(|(k, v)| (k.clone(), v.clone().into()))
        .collect();
    json!({
        "id": f.id.to_string(), "first": f.first.map(|t| t.to_string()),
        "last": f.last.map(|t| t.to_string()), "principal": f.facts.actor.principal,
        "account": f.facts.account, "region": f.facts.region, "source": f.facts.source,
        "api": api(f), "error_code": f.facts.error_code, "group": group, "value": f.value,
        "count": f.count, "evidence": evidence.collect::<Vec<_>>(),
        "evidence_omitted": f.evidence_omitted,
    })
}

fn comparison(c: Option<Comparison>) -> Value {
    c.map_or(Value::Null, |c| {
        let mut one = Map::new();
        one.insert(c.word().to_owned(), plain(c.number));
        Value::Object(one)
    })
}

fn limit(limit: &Limit) -> Value {
    match limit {
        Limit::Moved(Moved {
            own,
            worst,
            median,
            table,
        }) => {
            let row = |(c, daily): &(Comparison, super::days::Daily)| json!({"condition": comparison(Some(*c)), "found": daily.sums()});
            json!({
                "condition": comparison(Some(*own)),
                "worst_day": comparison(*worst), "median_day": comparison(*median),
                "table": table.iter().map(row).collect::<Vec<_>>(),
            })
        }
        Limit::Over(groupings) => {
            let row = |g: &Grouping| {
                json!({
                    "group_by": g.field, "timespan": g.timespan, "gte": plain(g.least),
                    "found": g.daily.sums(),
                })
            };
            json!({"correlations": groupings.iter().map(row).collect::<Vec<_>>()})
        }
    }
}

fn overlap(overlap: &Overlap<'_>) -> Value {
    let other = |o: &super::compare::Other<'_>| json!({"id": o.rule.id, "title": o.rule.title, "level": o.rule.level, "shared": o.shared});
    json!({
        "rules": overlap.others.iter().map(other).collect::<Vec<_>>(),
        "findings_of_no_current_rule": overlap.alone,
    })
}

fn difference(id: &str, d: &Difference<'_>, samples: usize) -> Value {
    let some = |all: &[&Finding]| -> Vec<Value> {
        spread(all, samples).iter().map(|f| finding(f)).collect()
    };
    json!({
        "rule": id, "added": length(d.added.len()), "removed": length(d.removed.len()),
        "unchanged": d.unchanged, "regrouped": d.regrouped,
        "samples_added": some(&d.added), "samples_removed": some(&d.removed),
    })
}

/// A whole number without a point.
fn plain(number: f64) -> Value {
    let whole = number.to_string().parse::<i64>();
    whole.map_or_else(|_| number.into(), Into::into)
}
