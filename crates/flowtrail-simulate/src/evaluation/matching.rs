//! Which of the things planted a finding tells of.

use super::input::{Finding, Wanted, WantedFlow};
use std::collections::{BTreeSet, HashMap};

/// Seconds by which a window may be wider than what is in it: windows are hours
/// and days, and flows are written at the end of theirs.
const SLACK_SECS: i64 = 660;

/// Finds what a finding tells of.
pub(super) struct Index<'l> {
    labels: &'l [Wanted],
    by_event: HashMap<&'l str, Vec<usize>>,
    /// By each address and interface of a flow.
    by_end: HashMap<&'l str, Vec<(usize, &'l WantedFlow)>>,
    /// Those that stand on what is not there.
    silences: Vec<usize>,
}

impl<'l> Index<'l> {
    pub(super) fn new(labels: &'l [Wanted]) -> Self {
        let mut index = Self {
            labels,
            by_event: HashMap::new(),
            by_end: HashMap::new(),
            silences: Vec::new(),
        };
        for (at, label) in labels.iter().enumerate() {
            for id in &label.event_ids {
                index.by_event.entry(id).or_default().push(at);
            }
            for flow in &label.flows {
                for end in [&flow.interface, &flow.srcaddr, &flow.dstaddr] {
                    index.by_end.entry(end).or_default().push((at, flow));
                }
            }
            let silence = |d: &String| ["C13", "F11"].contains(&d.as_str());
            if !label.detectors.is_empty() && label.detectors.iter().all(silence) {
                index.silences.push(at);
            }
        }
        index
    }

    /// The places of the labels that a finding tells of.
    pub(super) fn of(&self, finding: &Finding) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let ids = finding
            .evidence
            .iter()
            .filter_map(|e| e.event_id.as_deref());
        for id in ids {
            found.extend(self.by_event.get(id).into_iter().flatten());
        }
        if finding.evidence_omitted > 0 && found.is_empty() {
            found.extend(self.by_principal(finding));
        }
        found.extend(self.by_flow(finding));
        if found.is_empty() {
            found.extend(self.by_silence(finding));
        }
        found
    }

    /// Where the records that would tell were left out.
    fn by_principal(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let told = finding.actor.principal.as_deref().zip(finding.span());
        let session = finding.actor.session.as_deref();
        let all = self.labels.iter().enumerate();
        all.filter(move |(_, label)| {
            let (Some((principal, span)), Some(own)) = (told, label.span()) else {
                return false;
            };
            let same = is_principal(&label.actor, principal, session);
            same && !label.event_ids.is_empty() && overlap(span, own)
        })
        .map(|(at, _)| at)
    }

    /// A finding that is grouped by other things than hosts, and counted hosts,
    /// tells of each of them.
    fn by_flow(&self, finding: &Finding) -> BTreeSet<usize> {
        let Some(span) = finding.span() else {
            return BTreeSet::new();
        };
        let ends = finding.ends();
        if !ends.is_empty() {
            return self.between(&ends, span);
        }
        let counted = finding.counted();
        counted.flat_map(|end| self.between(&[end], span)).collect()
    }

    /// Those with a flow in that time which has all of the ends.
    fn between(&self, ends: &[&str], span: (i64, i64)) -> BTreeSet<usize> {
        let near = ends.first().and_then(|first| self.by_end.get(first));
        let all = near.into_iter().flatten().filter(|(_, flow)| {
            let own = [&flow.interface, &flow.srcaddr, &flow.dstaddr];
            let names = |end: &&str| own.iter().any(|o| o.as_str() == *end);
            ends.iter().all(names) && overlap(span, (flow.start, flow.end))
        });
        all.map(|(at, _)| *at).collect()
    }

    fn by_silence(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let told = finding.account.as_deref().zip(finding.span());
        self.silences.iter().copied().filter(move |at| {
            let label = self.labels.get(*at);
            let own = label.and_then(|l| Some((l.account.as_str(), l.span()?)));
            let (Some((account, span)), Some((own_account, own))) = (told, own) else {
                return false;
            };
            account == own_account && is_about(span, own)
        })
    }
}

fn overlap(a: (i64, i64), b: (i64, i64)) -> bool {
    a.0 <= b.1 + SLACK_SECS && b.0 <= a.1 + SLACK_SECS
}

/// Whether a span covers most of another one, and not much else.
fn is_about(span: (i64, i64), own: (i64, i64)) -> bool {
    let common = span.1.min(own.1) - span.0.max(own.0);
    let long = own.1 - own.0;
    common * 5 >= long * 4 && span.1 - span.0 <= long + 2 * 3600
}

/// Whether the ARN of a caller (`…:assumed-role/role/session`) is one of a
/// principal's (`…:role/path/role`, for people with the session behind it).
fn is_principal(actor: &str, principal: &str, session: Option<&str>) -> bool {
    if actor == principal {
        return true;
    }
    let mut parts = actor.splitn(6, ':');
    let account = parts.nth(4).unwrap_or("");
    let Some(("assumed-role", rest)) = parts.next().and_then(|r| r.split_once('/')) else {
        return false;
    };
    let Some((role, own_session)) = rest.split_once('/') else {
        return false;
    };
    let in_account = principal.split(':').nth(4) == Some(account);
    let named = principal.split('/').any(|p| p == role);
    let other = session.is_some_and(|s| !s.is_empty() && s != own_session && s.contains('@'));
    in_account && named && !other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_compared_with_callers() {
        let actor = "arn:aws:sts::1:assumed-role/AWSReservedSSO_A_1/noor@example.com";
        let role = "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu/AWSReservedSSO_A_1/noor@example.com";
        assert!(is_principal(actor, role, Some("noor@example.com")));
        assert!(!is_principal(actor, role, Some("emil@example.com")));
        assert!(!is_principal(
            actor,
            "arn:aws:iam::2:role/AWSReservedSSO_A_1",
            None
        ));
        assert!(!is_principal(actor, "arn:aws:iam::1:role/other", None));
        assert!(is_principal(
            "arn:aws:iam::1:user/a",
            "arn:aws:iam::1:user/a",
            None
        ));
    }

    #[test]
    fn a_silence_is_neither_longer_nor_shorter() {
        let own = (10_000, 30_000);
        assert!(is_about((9_800, 30_400), own));
        assert!(!is_about((9_800, 12_000), own));
        assert!(!is_about((0, 300_000), own));
    }
}
