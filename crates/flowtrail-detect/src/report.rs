//! Findings, made from facts and episodes.

use std::sync::Arc;

use flowtrail_event::Service;
use flowtrail_sigma::{Correlation, RuleMeta};

use crate::finding::{Actor, Facts, Finding, FindingId};
use crate::windows::Episode;

/// A finding over what one record says.
pub(crate) fn with_facts(id: FindingId, rule: &Arc<RuleMeta>, facts: Arc<Facts>) -> Finding {
    Finding {
        id,
        rule: Arc::clone(rule),
        facts,
        first: None,
        last: None,
        count: 1,
        resources: Vec::new(),
        flow: None,
        group: Vec::new(),
        value: None,
        values: Vec::new(),
        values_omitted: 0,
        fields: Vec::new(),
        evidence: Vec::new(),
        evidence_omitted: 0,
        context: None,
        baseline: None,
        places: None,
        first_seen: Vec::new(),
        suppressed: None,
    }
}

/// A finding over an episode. It shows the facts in which its records agree.
pub(crate) fn of_episode(id: FindingId, correlation: &Correlation, episode: Episode) -> Finding {
    let facts = Arc::new(agreed(&episode));
    let mut finding = with_facts(id, &correlation.meta, facts);
    finding.first = Some(episode.first);
    finding.last = Some(episode.last);
    finding.count = episode.count;
    finding.group = correlation
        .group_by
        .iter()
        .cloned()
        .zip(episode.group)
        .collect();
    finding.value = Some(episode.value);
    finding.values = episode.values;
    finding.values_omitted = episode.values_omitted;
    let facts = episode.evidence.iter().filter_map(|e| e.facts.as_deref());
    finding.first_seen = facts.flat_map(|f| &f.first_seen).cloned().collect();
    finding.first_seen.sort_unstable();
    finding.first_seen.dedup();
    finding.evidence = episode.evidence;
    finding.evidence_omitted = episode.evidence_omitted;
    finding
}

fn agreed(episode: &Episode) -> Facts {
    let mut all = episode.evidence.iter().filter_map(|e| e.facts.as_deref());
    let Some(mut facts) = all.next().cloned() else {
        return nothing();
    };
    for other in all {
        facts.keep_common(other);
    }
    facts
}

/// For an episode whose records were not kept.
fn nothing() -> Facts {
    Facts {
        service: Service::CloudTrail,
        account: None,
        region: None,
        actor: Actor::default(),
        event_source: None,
        event_name: None,
        error_code: None,
        source: None,
        destination: None,
        source_kind: None,
        user_agent: None,
        first_seen: Vec::new(),
    }
}
