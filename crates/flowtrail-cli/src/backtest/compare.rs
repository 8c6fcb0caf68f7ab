//! The findings of a given rule beside those of the current ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use flowtrail_detect::{Evidence, Finding};
use flowtrail_sigma::RuleMeta;

/// A record, by the place that it is known by.
type Record<'f> = (&'f str, u64);

fn record(evidence: &Evidence) -> Record<'_> {
    (&evidence.object, evidence.location.offset)
}

/// The findings of current rules, by the records that they stand on.
pub(super) struct Known<'f> {
    by_record: HashMap<Record<'f>, Vec<&'f Arc<RuleMeta>>>,
}

/// Another rule that speaks of the same records.
pub(super) struct Other<'f> {
    pub(super) rule: &'f RuleMeta,
    /// Findings of the given rule that share a record with one of its findings.
    pub(super) shared: u64,
}

/// What of a rule's findings the current rules know.
pub(super) struct Overlap<'f> {
    /// Current rules, those that share most first.
    pub(super) others: Vec<Other<'f>>,
    /// Findings of which no current rule says anything.
    pub(super) alone: u64,
}

impl<'f> Known<'f> {
    pub(super) fn new(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut by_record: HashMap<Record<'f>, Vec<&'f Arc<RuleMeta>>> = HashMap::new();
        for finding in findings {
            for evidence in &finding.evidence {
                let rules = by_record.entry(record(evidence)).or_default();
                if !rules.iter().any(|r| r.id == finding.rule.id) {
                    rules.push(&finding.rule);
                }
            }
        }
        Self { by_record }
    }

    /// What is known of `findings`, by rules but for those that are `same`.
    pub(super) fn overlap(&self, findings: &[&Finding], same: &[&str]) -> Overlap<'f> {
        let mut shared: BTreeMap<&str, Other<'f>> = BTreeMap::new();
        let mut alone = 0;
        for finding in findings {
            let records = finding.evidence.iter().map(record);
            let rules = records.filter_map(|r| self.by_record.get(&r));
            let rules = rules.flatten().copied();
            let rules: BTreeMap<&str, &'f RuleMeta> = rules
                .filter(|r| !same.contains(&r.id.as_str()))
                .map(|r| (r.id.as_str(), r.as_ref()))
                .collect();
            alone += u64::from(rules.is_empty());
            for (id, rule) in rules {
                let new = || Other { rule, shared: 0 };
                shared.entry(id).or_insert_with(new).shared += 1;
            }
        }
        let mut others: Vec<_> = shared.into_values().collect();
        others.sort_by(|a, b| (b.shared, &a.rule.title).cmp(&(a.shared, &b.rule.title)));
        Overlap { others, alone }
    }
}

/// What a change of a rule does to its findings.
pub(super) struct Difference<'f> {
    /// Findings of the new rule that the old one does not have in any form.
    pub(super) added: Vec<&'f Finding>,
    /// Findings of the old rule that are gone.
    pub(super) removed: Vec<&'f Finding>,
    /// Findings that both have, by their ids.
    pub(super) unchanged: u64,
    /// Findings of the new rule that stand on records on which a finding of the
    /// old one stands, under another id.
    pub(super) regrouped: u64,
}

impl<'f> Difference<'f> {
    /// By the ids of findings; where these differ, by the records that they
    /// stand on, as far as those are kept as evidence.
    pub(super) fn new(before: &[&'f Finding], after: &[&'f Finding]) -> Self {
        let ids = |all: &[&Finding]| all.iter().map(|f| f.id).collect::<BTreeSet<_>>();
        let (old, new) = (ids(before), ids(after));
        let gone: Vec<&Finding> = before
            .iter()
            .filter(|f| !new.contains(&f.id))
            .copied()
            .collect();
        let come: Vec<&Finding> = after
            .iter()
            .filter(|f| !old.contains(&f.id))
            .copied()
            .collect();
        let records = |all: &[&'f Finding]| -> BTreeSet<Record<'f>> {
            all.iter()
                .flat_map(|f| f.evidence.iter().map(record))
                .collect()
        };
        let (of_gone, of_come) = (records(&gone), records(&come));
        let shares = |f: &Finding, with: &BTreeSet<Record<'_>>| {
            f.evidence.iter().any(|e| with.contains(&record(e)))
        };
        let (regrouped, added): (Vec<_>, Vec<_>) =
            come.into_iter().partition(|f| shares(f, &of_gone));
        Self {
            added,
            removed: gone.into_iter().filter(|f| !shares(f, &of_come)).collect(),
            unchanged: length(new.intersection(&old).count()),
            regrouped: length(regrouped.len()),
        }
    }
}

pub(super) fn length(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
