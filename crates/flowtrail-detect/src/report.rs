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
        let keep = |mine: &mut Option<String>, other: &Option<String>| {
            if mine != other {
                *mine = None;
            }
        };
        let (a, b) = (&mut facts, other);
        keep(&mut a.account, &b.account);
        keep(&mut a.region, &b.region);
        keep(&mut a.event_source, &b.event_source);
        keep(&mut a.event_name, &b.event_name);
        keep(&mut a.error_code, &b.error_code);
        keep(&mut a.source, &b.source);
        keep(&mut a.source_kind, &b.source_kind);
        keep(&mut a.user_agent, &b.user_agent);
        keep(&mut a.actor.principal, &b.actor.principal);
        keep(&mut a.actor.identity_type, &b.actor.identity_type);
        keep(&mut a.actor.class, &b.actor.class);
        keep(&mut a.actor.session, &b.actor.session);
        keep(&mut a.actor.access_key_id, &b.actor.access_key_id);
        keep(&mut a.actor.account, &b.actor.account);
        keep(&mut a.actor.mfa, &b.actor.mfa);
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
        source_kind: None,
        user_agent: None,
    }
}
