//! From events to findings: rules, windows, duplicates.

use std::collections::HashMap;
use std::sync::Arc;

use flowtrail_event::{Event, EventTime};
use flowtrail_sigma::{Matcher, RuleIx, RuleMeta};
use sha2::{Digest as _, Sha256};

use crate::facts;
use crate::finding::{Actor, Evidence, Finding, FindingId};
use crate::plan::{Feed, Plan};
use crate::windows::{Episode, Observation, WindowLoss, Windows, value_together};

/// What was counted and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DetectLoss {
    /// Findings beyond a limit.
    pub findings_over_limit: u64,
    /// Matches below the level that was asked for.
    pub below_level: u64,
    /// Matches of correlated rules whose record has no time.
    pub no_time: u64,
    /// Matches of correlated rules whose record lacks a group field.
    pub no_group: u64,
    /// What the windows did not take.
    pub windows: WindowLoss,
}

impl DetectLoss {
    fn add(&mut self, other: &Self) {
        self.findings_over_limit += other.findings_over_limit;
        self.below_level += other.below_level;
        self.no_time += other.no_time;
        self.no_group += other.no_group;
        self.windows.add(&other.windows);
    }
}

/// Watches the events of one worker. Several work side by side over one
/// [`Plan`] and are merged; the result does not depend on who saw what.
#[derive(Debug)]
pub struct Detector {
    plan: Arc<Plan>,
    matcher: Matcher,
    windows: Windows,
    findings: HashMap<FindingId, Finding>,
    object: Arc<str>,
    object_findings: usize,
    titles: HashMap<RuleIx, Arc<str>>,
    hits: Vec<RuleIx>,
    loss: DetectLoss,
}

impl Detector {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            matcher: Matcher::new(Arc::clone(&plan.rules)),
            windows: Windows::new(Arc::clone(plan.rules.correlations()), &plan.limits),
            plan,
            findings: HashMap::new(),
            object: "".into(),
            object_findings: 0,
            titles: HashMap::new(),
            hits: Vec::new(),
            loss: DetectLoss::default(),
        }
    }

    /// The events that follow lie in `object`.
    pub fn begin(&mut self, object: &str) {
        self.object = object.into();
        self.object_findings = 0;
    }

    /// Judges one event.
    pub fn event(&mut self, event: &mut Event<'_>) {
        let kind = self.plan.kind(event.service.kind());
        let hits = self.matcher.matches(event, |e| kind.derivation.apply(e));
        if hits.is_empty() {
            return;
        }
        self.hits.clear();
        self.hits.extend_from_slice(hits);
        self.matched(event);
    }

    /// Off the hot path: at least one rule matched.
    #[cold]
    fn matched(&mut self, event: &Event<'_>) {
        let plan = Arc::clone(&self.plan);
        let kind = plan.kind(event.service.kind());
        let event_id = event.str(kind.key.event_id).map(str::to_owned);
        let key = match &event_id {
            Some(id) => digest(&[id.as_bytes(), event.str(kind.key.account).unwrap_or("").as_bytes()]),
            None => digest(&[&event.json()]),
        };
        for ix in std::mem::take(&mut self.hits) {
            let Some(rule) = plan.rules.rule(ix) else {
                continue;
            };
            let evidence = Evidence {
                time: event.time,
                object: Arc::clone(&self.object),
                location: event.location,
                event_id: event_id.clone(),
                rule: None,
            };
            for feed in plan.feeds.get(ix.0 as usize).into_iter().flatten() {
                self.feed(event, *feed, key, (ix, &evidence));
            }
            if !rule.emits {
                continue;
            }
            if rule.meta.level < plan.level {
                self.loss.below_level += 1;
                continue;
            }
            let id = FindingId(digest(&[rule.meta.id.as_bytes(), &key]));
            self.single(event, id, &rule.meta, evidence);
        }
    }

    fn single(&mut self, event: &Event<'_>, id: FindingId, rule: &Arc<RuleMeta>, evidence: Evidence) {
        if let Some(known) = self.findings.get_mut(&id) {
            keep_first(known, evidence);
            return;
        }
        let limits = &self.plan.limits;
        if self.object_findings >= limits.findings_per_object_max || self.findings.len() >= limits.findings_max {
            self.loss.findings_over_limit += 1;
            return;
        }
        self.object_findings += 1;
        let kind = self.plan.kind(event.service.kind());
        let mut finding = empty(id, rule, event);
        finding.evidence.push(evidence);
        facts::fill(&mut finding, event, kind, limits.evidence_values_max);
        self.findings.insert(id, finding);
    }

    /// Hands a match to a correlation.
    fn feed(&mut self, event: &Event<'_>, feed: Feed, key: [u8; 16], (ix, evidence): (RuleIx, &Evidence)) {
        let Some(time) = event.time else {
            self.loss.no_time += 1;
            return;
        };
        let plan = Arc::clone(&self.plan);
        let correlation = plan.rules.correlations().get(feed.correlation.0 as usize);
        let Some(member) = correlation.and_then(|c| c.members.get(feed.member as usize)) else {
            return;
        };
        let value_of = |f: &flowtrail_sigma::MemberField| {
            let slot = match event.service.kind() {
                flowtrail_event::Kind::CloudTrail => f.cloudtrail,
                flowtrail_event::Kind::Flow => f.flow,
            };
            slot.and_then(|s| event.values(s).find_map(|v| v.text()))
                .map(String::from_utf8_lossy)
        };
        let group: Option<Box<[Box<str>]>> = member.group_by.iter().map(|f| value_of(f).map(Into::into)).collect();
        let Some(group) = group else {
            self.loss.no_group += 1;
            return;
        };
        let values: Option<Vec<_>> = member.value.iter().map(value_of).collect();
        let value = match values.as_deref() {
            None | Some([]) => None,
            Some([one]) => Some(one.as_ref().into()),
            Some(several) => Some(value_together(several.iter().map(AsRef::as_ref))),
        };
        let title = self.titles.entry(ix).or_insert_with(|| {
            let rule = plan.rules.rule(ix);
            rule.map_or("", |r| r.meta.title.as_str()).into()
        });
        let evidence = Evidence {
            rule: Some(Arc::clone(title)),
            ..evidence.clone()
        };
        self.windows.observe(Observation {
            correlation: feed.correlation,
            member: feed.member,
            time,
            key: u128::from_be_bytes(key),
            group,
            value,
            evidence,
        });
    }

    /// Takes over what another worker saw.
    pub fn merge(&mut self, other: Self) {
        self.windows.merge(other.windows);
        self.loss.add(&other.loss);
        for (id, finding) in other.findings {
            match self.findings.get_mut(&id) {
                Some(known) => finding.evidence.into_iter().for_each(|e| keep_first(known, e)),
                None if self.findings.len() >= self.plan.limits.findings_max => {
                    self.loss.findings_over_limit += 1;
                }
                None => {
                    self.findings.insert(id, finding);
                }
            }
        }
    }

    /// Decides every window up to `watermark` less the allowed lateness, and
    /// keeps memory bounded in a long run.
    pub fn advance(&mut self, watermark: EventTime) {
        let episodes = self.windows.advance(watermark);
        self.episodes(episodes);
    }

    /// The end of the input: every finding, ordered by time, rule and id.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Finding>, DetectLoss) {
        let episodes = self.windows.finish();
        self.episodes(episodes);
        self.loss.windows = self.windows.lost();
        let mut all: Vec<Finding> = self.findings.into_values().collect();
        all.sort_by(|a, b| (a.first, &a.rule.id, a.id).cmp(&(b.first, &b.rule.id, b.id)));
        (all, self.loss)
    }

    /// Rules evaluated so far: what the prefilter let through.
    #[must_use]
    pub const fn evaluations(&self) -> u64 {
        self.matcher.evaluations()
    }

    fn episodes(&mut self, episodes: Vec<Episode>) {
        let plan = Arc::clone(&self.plan);
        for episode in episodes {
            let Some(c) = plan.rules.correlations().get(episode.correlation.0 as usize) else {
                continue;
            };
            if c.meta.level < plan.level {
                self.loss.below_level += 1;
                continue;
            }
            let mut parts = vec![c.meta.id.as_bytes().to_vec(), episode.first.0.to_be_bytes().to_vec()];
            parts.extend(episode.group.iter().map(|g| g.as_bytes().to_vec()));
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let id = FindingId(digest(&parts));
            let finding = of_episode(id, c, episode);
            self.findings.insert(id, finding);
        }
    }
}

/// Of the copies of one record the place that sorts first is kept, so that it
/// does not matter which copy was read when.
fn keep_first(finding: &mut Finding, other: Evidence) {
    if let Some(first) = finding.evidence.first_mut()
        && other < *first
    {
        *first = other;
    }
}

fn empty(id: FindingId, rule: &Arc<RuleMeta>, event: &Event<'_>) -> Finding {
    Finding {
        id,
        rule: Arc::clone(rule),
        service: event.service,
        first: event.time,
        last: event.time,
        count: 1,
        account: None,
        region: None,
        actor: Actor::default(),
        event_source: None,
        event_name: None,
        error_code: None,
        resources: Vec::new(),
        source: None,
        source_kind: None,
        user_agent: None,
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

/// A hash over parts, each with its length, so that no two lists meet.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let full: [u8; 32] = hash.finalize().into();
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(full) {
        *to = from;
    }
    out
}
