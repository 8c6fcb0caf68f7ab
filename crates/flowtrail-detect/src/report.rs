//! Findings, made from facts and episodes.

use std::sync::Arc;

use flowtrail_event::Service;
use flowtrail_sigma::{Correlation, Member, MemberOf, RuleMeta};

use crate::finding::{Actor, Facts, Finding, FindingId};
use crate::identity::digest;
use crate::plan::Plan;
use crate::suppress::{Basis, settle};
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
fn of_episode(id: FindingId, correlation: &Correlation, episode: Episode) -> Finding {
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

/// Why an episode is no finding.
pub(crate) enum Unraised {
    /// Its correlation only feeds another.
    Silent,
    /// Its level is below the one that was asked for.
    BelowLevel,
}

/// The finding that an episode is.
pub(crate) fn raised(plan: &Plan, episode: Episode) -> Result<Finding, Unraised> {
    let correlations = plan.rules.correlations();
    let c = correlations.get(episode.correlation.0 as usize);
    let c = c.filter(|c| c.emits).ok_or(Unraised::Silent)?;
    if c.meta.level < plan.level {
        return Err(Unraised::BelowLevel);
    }
    let mut parts = vec![
        c.meta.id.as_bytes().to_vec(),
        episode.fired.0.to_be_bytes().to_vec(),
    ];
    parts.extend(episode.group.iter().map(|g| g.as_bytes().to_vec()));
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let id = FindingId(digest(&parts));
    let ix = episode.correlation;
    let agreed = episode.agreed.clone();
    let of_rule = |m: &Member| matches!(m.of, MemberOf::Rule(_));
    let basis = Basis::Episode {
        roles: plan.roles(ix),
        agreed: agreed.as_deref(),
        of_records: c.members.iter().all(of_rule),
    };
    let mut finding = of_episode(id, c, episode);
    finding.baseline = plan.baseline_of(|shaped| shaped.correlation(ix));
    finding.places = plan.places_of(|shaped| shaped.correlation(ix));
    let shaped = plan.shaped.correlation(ix);
    settle(plan.known.as_ref(), &mut finding, shaped, basis);
    Ok(finding)
}

/// The order of findings: time, rule, id.
pub(crate) fn in_order(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (a.first, &a.rule.id, a.id).cmp(&(b.first, &b.rule.id, b.id)));
}
