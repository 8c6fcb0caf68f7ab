//! The same windows over a stream of objects: what one object contributes is
//! taken out, kept elsewhere with that of others, and decided together.
//!
//! [`Detector::harvest`](crate::Detector::harvest) gives the observations of an
//! object. A [`Partition`] says which of them have to be together: those of one
//! family of correlations (a chain stands or falls together) that agree in the
//! group fields that the whole family shares. [`decide`] judges any set of them
//! and gives the findings that a replay over the same records would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, MemberExpr, MemberOf, Op,
};
use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::plan::Plan;
use crate::report;
use crate::windows::{Observation, WindowLoss, Windows, reach_ms};

/// Correlations that have to be decided together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// A hash over the ids of its rules: the same wherever the same rules are
    /// loaded, whatever else is.
    pub id: String,
    /// Titles of those that raise findings.
    pub titles: Vec<String>,
    /// The longest chain of timespans in milliseconds: how far apart two
    /// observations can be that have a say in one episode's beginning. It covers
    /// windows that lie side by side, too: any two matches in one are less than a
    /// timespan apart.
    pub reach_ms: i64,
    /// Whether a further observation can only ever complete a window, and never
    /// undo one, as long as no value is negative. Then what fires nowhere near an
    /// observation is not changed by it.
    pub only_grows: bool,
    members: BTreeSet<u32>,
    /// Group fields that every member has, under whatever name: which column of
    /// each it is.
    shared: Vec<BTreeMap<u32, usize>>,
}

impl Family {
    /// Whether its observations are kept apart by a group field. Otherwise those
    /// of everybody lie in one place.
    #[must_use]
    pub const fn is_kept_apart(&self) -> bool {
        !self.shared.is_empty()
    }
}

/// Where an observation is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// Index of the family in [`Plan::families`].
    pub family: usize,
    /// The values of the group fields that the family shares, in an order that
    /// its rules decide.
    pub key: Vec<String>,
}

/// The families of a list of correlations.
pub(crate) fn families(correlations: &[Correlation]) -> Vec<Family> {
    let mut sets: Vec<BTreeSet<u32>> = Vec::new();
    for (ix, c) in (0_u32..).zip(correlations) {
        let below = c.members.iter().filter_map(|m| match m.of {
            MemberOf::Correlation(CorrelationIx(below)) => Some(below),
            MemberOf::Rule(_) => None,
        });
        let below: Vec<u32> = below.collect();
        let touched = |s: &BTreeSet<u32>| below.iter().any(|b| s.contains(b));
        let (joined, apart): (Vec<_>, Vec<_>) = sets.into_iter().partition(touched);
        let mut one: BTreeSet<u32> = joined.into_iter().flatten().collect();
        one.insert(ix);
        sets = apart;
        sets.push(one);
    }
    sets.sort();
    sets.into_iter()
        .map(|members| family(correlations, members))
        .collect()
}

fn family(correlations: &[Correlation], members: BTreeSet<u32>) -> Family {
    let all: Vec<&Correlation> = members
        .iter()
        .filter_map(|ix| correlations.get(*ix as usize))
        .collect();
    let mut ids: Vec<&str> = all.iter().map(|c| c.meta.id.as_str()).collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id.as_bytes());
        hash.update([0]);
    }
    let id: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect();
    let raising = all.iter().filter(|c| c.emits);
    let reach = all.iter().map(|c| reach_ms(c));
    Family {
        id,
        titles: raising.map(|c| c.meta.title.clone()).collect(),
        reach_ms: reach.fold(0, i64::saturating_add),
        only_grows: all.iter().all(|c| only_grows(c)),
        shared: shared(correlations, &members),
        members,
    }
}

/// The group fields that hang together throughout a family. What a correlation
/// groups by those over it know by the same name or by an alias.
fn shared(correlations: &[Correlation], members: &BTreeSet<u32>) -> Vec<BTreeMap<u32, usize>> {
    let mut sets: Vec<BTreeSet<(u32, usize)>> = Vec::new();
    let of = |ix: u32| correlations.get(ix as usize);
    for (ix, c) in members.iter().filter_map(|ix| Some((*ix, of(*ix)?))) {
        for column in 0..c.group_by.len() {
            let mut one = BTreeSet::from([(ix, column)]);
            one.extend(c.members.iter().filter_map(|member| {
                let MemberOf::Correlation(CorrelationIx(below)) = member.of else {
                    return None;
                };
                let name = &member.group_by.get(column)?.name;
                let at = of(below)?.group_by.iter().position(|n| n == name)?;
                Some((below, at))
            }));
            let (joined, apart): (Vec<_>, Vec<_>) =
                sets.into_iter().partition(|set| !set.is_disjoint(&one));
            one.extend(joined.into_iter().flatten());
            sets = apart;
            sets.push(one);
        }
    }
    // One that a correlation groups by twice says nothing of which of the two.
    sets.retain(|set| {
        let all: BTreeSet<u32> = set.iter().map(|(ix, _)| *ix).collect();
        set.len() == members.len() && all == *members
    });
    let name = |(ix, column): &(u32, usize)| (of(*ix).map(|c| c.meta.id.clone()), *column);
    sets.sort_by_cached_key(|set| set.iter().map(name).min());
    sets.into_iter()
        .map(|set| set.into_iter().collect())
        .collect()
}

/// Whether a window that fires goes on firing, whatever else falls into it.
fn only_grows(c: &Correlation) -> bool {
    fn holds_on(of: &MemberExpr) -> bool {
        match of {
            MemberExpr::Member(_) => true,
            MemberExpr::And(all) | MemberExpr::Or(all) => all.iter().all(holds_on),
            MemberExpr::Not(_) => false,
        }
    }
    let sums = match c.kind {
        CorrelationKind::EventCount
        | CorrelationKind::ValueCount
        | CorrelationKind::Temporal
        | CorrelationKind::TemporalOrdered
        | CorrelationKind::ValueSum
        // Of each name the largest number counts, and none is negative.
        | CorrelationKind::Score { .. } => true,
        CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile(_)
        | CorrelationKind::Ratio { .. }
        // One more journey may be two short ones, one more start uneven, one
        // more contact an answered one, one more match the end of a silence.
        | CorrelationKind::Scan { .. }
        | CorrelationKind::Beacon { .. }
        | CorrelationKind::Silence { .. }
        | CorrelationKind::Travel { .. } => false,
    };
    let condition = match &c.condition {
        Condition::Threshold(all) => all.iter().all(|(op, _)| match op {
            Op::Gt | Op::Gte => true,
            Op::Lt | Op::Lte | Op::Eq | Op::Neq => false,
        }),
        Condition::AllMembers => true,
        Condition::Members(of) => holds_on(of),
    };
    sums && condition
}

impl Plan {
    /// Where an observation belongs. `None` if its correlation does not exist.
    #[must_use]
    pub fn partition(&self, seen: &Observation) -> Option<Partition> {
        let ix = seen.correlation.0;
        let family = self
            .families()
            .iter()
            .position(|f| f.members.contains(&ix))?;
        let shared = &self.families().get(family)?.shared;
        let value = |columns: &BTreeMap<u32, usize>| {
            let value = seen.group.get(*columns.get(&ix)?)?;
            Some(value.to_string())
        };
        let key = shared.iter().map(value).collect::<Option<Vec<_>>>()?;
        Some(Partition { family, key })
    }
}

/// The findings over a set of observations, in order of time, rule and id, and
/// what was beyond the limits of `plan`. Order and repetition do not matter.
#[must_use]
pub fn decide(
    plan: &Arc<Plan>,
    observations: impl IntoIterator<Item = Observation>,
) -> (Vec<Finding>, WindowLoss) {
    let correlations = Arc::clone(plan.rules().correlations());
    let mut windows = Windows::new(correlations, plan.limits());
    for seen in observations {
        windows.observe(seen);
    }
    let episodes = windows.finish();
    let mut findings: Vec<Finding> = episodes
        .into_iter()
        .filter_map(|e| report::raised(plan, e).ok())
        .collect();
    report::in_order(&mut findings);
    (findings, windows.lost())
}

#[cfg(test)]
mod tests {
    use flowtrail_sigma::{Availability, Options, RuleSource, compile};

    use super::*;

    /// The one family of these rules.
    fn only_family(text: String) -> Family {
        let source = RuleSource {
            file: "r.yml".into(),
            text,
        };
        let options = Options {
            flow_field: |_| None,
            derived_field: |_| Availability::Unknown,
            placeholders: BTreeMap::new(),
            history: true,
        };
        let compiled = compile(&[source], &options);
        assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
        let mut families = families(compiled.rules.correlations());
        assert_eq!(families.len(), 1);
        families.remove(0)
    }

    /// The family of a correlation of this type, with these rules.
    fn family_of(kind: &str, rules: &str, condition: &str) -> Family {
        let rule = |name: &str| {
            format!(
                "title: {name}\nname: {name}\nlogsource: {{product: aws, service: cloudtrail}}\n\
                 detection: {{s: {{eventName: {name}}}, condition: s}}\n---\n"
            )
        };
        let text = format!(
            "{}{}title: many\nlevel: high\ncorrelation: {{type: {kind}, rules: [{rules}], \
             group-by: [eventSource], timespan: 10m, condition: {condition}}}\n",
            rule("one"),
            rule("two")
        );
        only_family(text)
    }

    /// Whether the windows of a correlation only grow.
    fn grows(kind: &str, condition: &str) -> bool {
        family_of(kind, "one", condition).only_grows
    }

    #[test]
    fn only_windows_that_cannot_be_undone_grow() {
        let value = |op: &str| format!("{{field: eventID, {op}: 3}}");
        assert!(grows("event_count", "{gte: 3}") && grows("event_count", "{gt: 3}"));
        assert!(grows("value_count", &value("gte")) && grows("value_sum", &value("gte")));
        assert!(!grows("event_count", "{lt: 3}") && !grows("event_count", "{eq: 3}"));
        assert!(!grows("event_count", "{gte: 3, lte: 9}"));
        assert!(!grows("value_avg", &value("gte")));
    }

    #[test]
    fn of_the_types_that_are_not_sigma_s_a_score_grows() {
        let score = |op: &str| format!("{{field: eventID, {op}: 3, names: 2}}");
        assert!(grows("score", &score("gte")) && !grows("score", &score("lt")));
        assert!(!grows("beacon", "{gte: 0.9, min: 24}"));
        assert!(!grows("travel", "{field: place, gt: 900, distance: 500}"));
        assert!(!grows("silence", "{min: 1}"));
        let pair = |kind, condition| family_of(kind, "one, two", condition).only_grows;
        assert!(!pair("ratio", "{gte: 0.5, min: 20}"));
        assert!(!pair("scan", "{field: dst, gte: 4.6, min: 10}"));
    }

    /// What a family is kept apart by, as columns of its correlations.
    fn kept_apart_by(correlations: &str) -> Vec<Vec<usize>> {
        let text = format!(
            "title: one\nname: one\nlogsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{eventName: x}}, condition: s}}\n---\n{correlations}"
        );
        let columns = only_family(text).shared.into_iter();
        columns.map(|c| c.into_values().collect()).collect()
    }

    #[test]
    fn a_family_is_kept_apart_by_what_all_of_it_groups_by() {
        let count = |name: &str, of: &str, by: &str| {
            format!(
                "title: {name}\nid: {name}\nname: {name}\ncorrelation: {{type: event_count, \
                 rules: [{of}], group-by: [{by}], timespan: 5m, condition: {{gte: 2}}"
            )
        };
        let family = |by: [&str; 3], aliases: &str| {
            let [inner, left, right] = by;
            let inner = count("inner", "one", inner);
            let left = count("left", "inner", left);
            let right = count("right", "inner", right);
            let text = format!("{inner}}}\n---\n{left}{aliases}}}\n---\n{right}}}\n");
            kept_apart_by(&text)
        };
        // Which column of inner, left and right it is.
        assert_eq!(family(["a, b", "a", "a"], ""), [[0, 0, 0]]);
        assert_eq!(family(["a, b", "b, a", "b"], ""), [[1, 0, 0]]);
        assert!(family(["a, b", "a", "b"], "").is_empty());
        let both = family(["a, b", "a, b", "b, a"], "");
        assert_eq!(both, [[0, 0, 1], [1, 1, 0]]);
        // Whatever it is called: `a` is here what is below called `b`.
        let alias = ", aliases: {a: {inner: b}}";
        assert_eq!(family(["a, b", "a", "b"], alias), [[1, 0, 0]]);
        assert!(family(["a, b", "a", "a"], alias).is_empty());
    }

    #[test]
    fn the_reach_is_as_far_as_one_firing_looks() {
        let reach = |kind, condition| family_of(kind, "one", condition).reach_ms;
        let ten_minutes = 600_000;
        assert_eq!(reach("event_count", "{gte: 3}"), ten_minutes);
        // Two records of one window are less than its length apart.
        assert_eq!(reach("beacon", "{gte: 0.9, min: 24}"), ten_minutes);
        let day = 86_400_000;
        assert_eq!(reach("silence", "{min: 1}"), 91 * day);
    }
}
