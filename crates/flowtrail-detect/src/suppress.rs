//! Whether somebody is to be notified of a finding, and which context shaped
//! it. A suppressed finding is a finding all the same: it is counted, stands in
//! its place, and correlations see its records.

use std::net::IpAddr;
use std::sync::Arc;

use flowtrail_context::{Context, Subject, Trace};

use crate::finding::{Facts, Finding, Suppressed};
use crate::plan::Known;
use crate::roles::Role;

/// What every record of a finding has in common, and what is known of each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Basis<'b> {
    /// One record, which the finding tells whole.
    Record {
        /// Resources that a finding names at most; if it names so many, some
        /// may be missing.
        resources_max: usize,
        facts: &'b Facts,
    },
    /// An episode.
    Episode {
        /// What the group fields are.
        roles: &'b [Option<Role>],
        /// The facts in which all records agree, those that were left out
        /// included.
        agreed: Option<&'b Facts>,
        /// Whether each match stands for one record. A firing of another
        /// correlation stands for many, of which it shows one.
        of_records: bool,
    },
}

/// Decides at the time of the finding's last event, whatever a clock says: a
/// replay and a stream have to agree. `shaped` says that the rule, or one that
/// it rests on, asks for what the context tells.
pub(crate) fn settle(known: Option<&Known>, finding: &mut Finding, shaped: bool, basis: Basis<'_>) {
    let Some(known) = known else { return };
    finding.suppressed = suppressed(&known.context, finding, basis);
    if shaped || finding.suppressed.is_some() {
        finding.context = Some(Arc::clone(&known.version));
    }
}

fn suppressed(context: &Context, finding: &Finding, basis: Basis<'_>) -> Option<Suppressed> {
    if context.declared().suppressions.is_empty() {
        return None;
    }
    let (common, records) = match basis {
        Basis::Record {
            resources_max,
            facts,
        } => (of_finding(finding, facts, resources_max), None),
        Basis::Episode {
            roles,
            agreed,
            of_records,
        } => {
            let agreed = agreed.filter(|_| of_records);
            let whole = of_records && finding.evidence_omitted == 0;
            let records = whole.then(|| of_evidence(finding));
            (of_group(finding, roles, agreed), records)
        }
    };
    let subject = Subject {
        rule_id: &finding.rule.id,
        rule_name: finding.rule.name.as_deref(),
        title: &finding.rule.title,
        common: &common,
        records: records.as_deref(),
        first: finding.first,
        last: finding.last,
    };
    let found = context.suppression(&subject, finding.last?)?;
    Some(Suppressed {
        id: found.id.clone(),
        owner: found.owner.clone(),
        reason: found.reason.clone(),
        expires: found.expires,
    })
}

/// The one record of a finding, with what it was done to.
fn of_finding<'f>(finding: &'f Finding, facts: &'f Facts, resources_max: usize) -> Trace<'f> {
    let mut trace = of_facts(facts);
    if let Some(flow) = &finding.flow {
        trace.addresses.clear();
        for end in [&flow.src, &flow.dst].into_iter().flatten() {
            trace.addresses.extend(address(end));
        }
    }
    if finding.resources.len() < resources_max {
        let names = finding.resources.iter().map(String::as_str);
        trace.resources.extend(names);
    }
    trace
}

/// Who, where and from where. Facts do not tell what a call was about.
fn of_facts(facts: &Facts) -> Trace<'_> {
    let ends = [&facts.source, &facts.destination];
    let addresses = ends.into_iter().flatten().filter_map(|end| address(end));
    Trace {
        principal: facts.actor.principal.as_deref(),
        addresses: addresses.collect(),
        resources: Vec::new(),
        account: facts.account.as_deref(),
    }
}

fn of_evidence(finding: &Finding) -> Vec<Trace<'_>> {
    let facts = finding.evidence.iter().map(|e| e.facts.as_deref());
    facts
        .map(|facts| facts.map_or_else(Trace::default, of_facts))
        .collect()
}

/// The group fields are the same in every record, and so are agreed facts.
fn of_group<'f>(
    finding: &'f Finding,
    roles: &[Option<Role>],
    agreed: Option<&'f Facts>,
) -> Trace<'f> {
    let mut trace = agreed.map_or_else(Trace::default, of_facts);
    for (role, (_, value)) in roles.iter().zip(&finding.group) {
        match role {
            Some(Role::Principal) => trace.principal = Some(value),
            Some(Role::Address) => trace.addresses.extend(address(value)),
            Some(Role::Account) => trace.account = Some(value),
            Some(Role::Resource) => trace.resources.push(value),
            None => {}
        }
    }
    trace
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}
