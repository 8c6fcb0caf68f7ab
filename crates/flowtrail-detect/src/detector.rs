//! From events to findings: rules, windows, duplicates.

use std::collections::HashMap;
use std::sync::Arc;

use flowtrail_baseline::Memory;
use flowtrail_context::Derivation;
use flowtrail_event::{Event, EventTime, SlotId, Value};
use flowtrail_sigma::{
    CorrelationIx, CorrelationKind, Matcher, Member, MemberField, MemberOf, RuleIx, RuleMeta,
};
use sha2::{Digest as _, Sha256};

use crate::about::About;
use crate::entering::{Entering, enter, first_text};
use crate::facts::FactStore;
use crate::finding::{Evidence, Facts, Finding, FindingId, FirstSeen};
use crate::plan::{Plan, slot_of};
use crate::report;
use crate::seen::{DetectLoss, Findings, Finished, Harvest, Seen};
use crate::suppress::{Basis, settle};
use crate::windows::{Episode, Observation, Windows, value_together};

/// Watches the events of one worker. Several work side by side over one
/// [`Plan`] and are merged; the result does not depend on who saw what.
#[derive(Debug)]
pub struct Detector {
    plan: Arc<Plan>,
    matcher: Matcher,
    windows: Windows,
    /// Observations for whoever keeps the windows elsewhere; `None` where they
    /// are kept here.
    gathered: Option<Vec<Observation>>,
    memory: Option<Arc<dyn Memory>>,
    findings: Findings,
    object: Arc<str>,
    object_findings: usize,
    titles: HashMap<RuleIx, Arc<str>>,
    facts: FactStore,
    hits: Vec<RuleIx>,
    /// The correlations that matches of the current event enter.
    entering: Vec<Entering>,
    /// The fields of the current event that are derived already.
    derived: Vec<SlotId>,
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
            gathered: None,
            memory: None,
            findings: HashMap::default(),
            object: "".into(),
            object_findings: 0,
            titles: HashMap::new(),
            facts: FactStore::default(),
            hits: Vec::new(),
            entering: Vec::new(),
            derived: Vec::new(),
            loss: DetectLoss::default(),
        }
    }

    /// A detector that keeps no windows: what they would see is handed out by
    /// [`Detector::harvest`], for a stream whose windows span many objects.
    #[must_use]
    pub fn gathering(plan: Arc<Plan>) -> Self {
        Self {
            gathered: Some(Vec::new()),
            ..Self::new(plan)
        }
    }

    /// Hands out what was seen since the last call and begins anew.
    pub fn harvest(&mut self) -> Harvest {
        let mut findings: Vec<Finding> = self.findings.drain().map(|(_, f)| f).collect();
        in_order(&mut findings);
        let mut loss = std::mem::take(&mut self.loss);
        loss.windows = self.windows.lost();
        Harvest {
            findings,
            observations: self
                .gathered
                .as_mut()
                .map(std::mem::take)
                .unwrap_or_default(),
            loss,
        }
    }

    /// Judges what follows by this memory. The plan has to be one
    /// [with a memory](Plan::given); without one, fields that rest on it
    /// are absent.
    pub fn remember(&mut self, memory: Arc<dyn Memory>) {
        self.memory = Some(memory);
    }

    /// The events that follow lie in `object`.
    pub fn begin(&mut self, object: &str) {
        self.object = object.into();
        self.object_findings = 0;
    }

    /// Matches from before `bound` that follow are too late for windows; see
    /// [`Windows::not_before`].
    pub const fn not_before(&mut self, bound: Option<EventTime>) {
        self.windows.not_before(bound);
    }

    /// Judges one event.
    pub fn event(&mut self, event: &mut Event<'_>) {
        let kind = self.plan.kind(event.service.kind());
        let memory = self.memory.as_deref();
        self.derived.clear();
        let hits = self.matcher.matches(event, |e, slot| {
            derive(&kind.derivation, e, slot, memory);
            self.derived.push(slot);
        });
        if hits.is_empty() {
            return;
        }
        self.hits.clear();
        self.hits.extend_from_slice(hits);
        self.matched(event);
    }

    /// Off the hot path: at least one rule matched. Matches that come to nothing
    /// are counted and cost nothing more.
    #[cold]
    fn matched(&mut self, event: &mut Event<'_>) {
        let plan = Arc::clone(&self.plan);
        let mut hits = std::mem::take(&mut self.hits);
        let before = hits.len();
        hits.retain(|ix| plan.wants(*ix));
        self.loss.below_level += (before - hits.len()) as u64;
        self.entering.clear();
        // Whoever keeps the windows elsewhere has to be told of all.
        let windows = self.gathered.is_none().then_some(&self.windows);
        enter((&plan, windows), event, &hits, &mut self.entering);
        if !self.entering.is_empty() || hits.iter().any(|ix| plan.raises(*ix)) {
            self.complete(event);
            self.wanted(event, &hits);
        } else {
            let emits = |ix: &&RuleIx| plan.rules.rule(**ix).is_some_and(|r| r.emits);
            self.loss.below_level += hits.iter().filter(emits).count() as u64;
        }
        self.hits = hits;
    }

    /// Fills the derived fields that are told of a match, and those that the
    /// correlations ask for which it enters.
    fn complete(&mut self, event: &mut Event<'_>) {
        let plan = Arc::clone(&self.plan);
        let log = event.service.kind();
        let kind = plan.kind(log);
        let asked = self.entering.iter();
        let asked = asked.flat_map(|entering| plan.derived_for(entering.feed, log));
        for slot in kind.derived.iter().copied().chain(asked) {
            if !self.derived.contains(&slot) {
                derive(&kind.derivation, event, slot, self.memory.as_deref());
                self.derived.push(slot);
            }
        }
    }

    /// Rules matched that raise findings or feed correlations.
    fn wanted(&mut self, event: &mut Event<'_>, hits: &[RuleIx]) {
        let plan = Arc::clone(&self.plan);
        let kind = plan.kind(event.service.kind());
        let event_id = event.str(kind.key.event_id).map(str::to_owned);
        let key = match &event_id {
            Some(id) => digest(&[
                id.as_bytes(),
                event.str(kind.key.account).unwrap_or("").as_bytes(),
            ]),
            None => digest(&[&event.json()]),
        };
        let plain = self.facts.read(event, &kind.facts);
        let with_news = self.news(event, hits, &plain);
        let object = event
            .origin
            .map_or_else(|| Arc::clone(&self.object), Arc::from);
        let mut about = None;
        let entering = std::mem::take(&mut self.entering);
        for ix in hits {
            let Some(rule) = plan.rules.rule(*ix) else {
                continue;
            };
            let facts = with_news.as_ref().filter(|_| plan.recalls(*ix));
            let facts = facts.unwrap_or(&plain);
            let evidence = Evidence {
                time: event.time,
                object: Arc::clone(&object),
                location: event.location,
                event_id: event_id.clone(),
                rule: None,
                facts: None,
            };
            for entering in entering.iter().filter(|e| e.rule == *ix) {
                let evidence = Evidence {
                    rule: Some(self.title(*ix, &rule.meta.title)),
                    facts: Some(Arc::clone(facts)),
                    ..evidence.clone()
                };
                self.feed(event, entering, key, evidence);
            }
            if rule.emits && rule.meta.level >= plan.level {
                let id = FindingId(digest(&[rule.meta.id.as_bytes(), &key]));
                let about = about.get_or_insert_with(|| About::read(event));
                self.single(id, (*ix, &rule.meta), (facts, about), evidence);
            } else if rule.emits {
                self.loss.below_level += 1;
            }
        }
        self.entering = entering;
    }

    /// The facts with what is new in the record, if a rule asks a memory and its
    /// match is told of.
    fn news(
        &self,
        event: &mut Event<'_>,
        hits: &[RuleIx],
        facts: &Arc<Facts>,
    ) -> Option<Arc<Facts>> {
        let memory = self.memory.as_deref()?;
        let is_told = |ix: RuleIx| {
            self.plan.raises(ix) || self.entering.iter().any(|entering| entering.rule == ix)
        };
        hits.iter()
            .find(|ix| self.plan.recalls(**ix) && is_told(**ix))?;
        let kind = self.plan.kind(event.service.kind());
        let mut facts = Facts::clone(facts);
        kind.derivation
            .news(event, memory, &mut |dimension, key, value| {
                facts.first_seen.push(FirstSeen {
                    dimension,
                    key: key.to_owned(),
                    value: value.to_owned(),
                });
            });
        Some(Arc::new(facts))
    }

    fn single(
        &mut self,
        id: FindingId,
        (ix, rule): (RuleIx, &Arc<RuleMeta>),
        (facts, about): (&Arc<Facts>, &About),
        evidence: Evidence,
    ) {
        let plan = Arc::clone(&self.plan);
        let limits = &plan.limits;
        match self.findings.get(&id) {
            Some(known) if known.evidence.first() <= Some(&evidence) => return,
            // Copies of one record need not say the same.
            Some(_) => {}
            None if self.object_findings >= limits.findings_per_object_max
                || self.findings.len() >= limits.findings_max =>
            {
                self.loss.findings_over_limit += 1;
                return;
            }
            None => self.object_findings += 1,
        }
        let mut finding = report::with_facts(id, rule, Arc::clone(facts));
        finding.first = evidence.time;
        finding.last = evidence.time;
        finding.resources = about.resources(limits.evidence_values_max);
        finding.flow = about.flow();
        finding.fields = about.shown(&rule.fields);
        finding.evidence.push(evidence);
        finding.first_seen.clone_from(&facts.first_seen);
        finding.baseline = plan.baseline_of(|shaped| shaped.rule(ix));
        let basis = Basis::Record {
            resources_max: limits.evidence_values_max,
            facts,
        };
        let shaped = plan.shaped.rule(ix);
        settle(plan.known.as_ref(), &mut finding, shaped, basis);
        self.findings.insert(id, finding);
    }

    fn title(&mut self, ix: RuleIx, title: &str) -> Arc<str> {
        Arc::clone(self.titles.entry(ix).or_insert_with(|| title.into()))
    }

    /// Hands a match to a correlation.
    fn feed(&mut self, event: &Event<'_>, entering: &Entering, key: [u8; 16], evidence: Evidence) {
        let feed = entering.feed;
        let Some(time) = event.time else {
            self.loss.no_time += 1;
            return;
        };
        let plan = Arc::clone(&self.plan);
        let correlation = plan.rules.correlations().get(feed.correlation.0 as usize);
        let Some(member) = correlation.and_then(|c| c.members.get(feed.member as usize)) else {
            return;
        };
        let Some(group) = texts(event, &member.group_by) else {
            self.loss.no_group += 1;
            return;
        };
        let values = match correlation.map(|c| c.kind) {
            // What a record has several of, such as the ways in which it is new.
            Some(CorrelationKind::Score { .. }) => all_texts(event, &member.value),
            Some(_) | None => texts(event, &member.value).unwrap_or_default(),
        };
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let value = value_together(&values);
        let seen = Observation {
            correlation: feed.correlation,
            member: feed.member,
            time,
            key: u128::from_be_bytes(key),
            group: group.into_iter().map(String::into_boxed_str).collect(),
            value,
            evidence,
        };
        match &mut self.gathered {
            None => match &entering.name {
                Some(name) => self.windows.observe_named(seen, name),
                None => self.windows.observe(seen),
            },
            Some(all) if all.len() < plan.limits.window_entries_max => all.push(seen),
            Some(_) => self.loss.observations_over_limit += 1,
        }
    }

    /// Takes over what another worker saw.
    pub fn merge(&mut self, mut other: Self) {
        self.take_over(other.hand_over());
    }

    /// Hands out what was seen so far, for a detector that takes over what all
    /// workers see, and begins anew.
    pub fn hand_over(&mut self) -> Seen {
        let fresh = self.windows.fresh();
        Seen {
            windows: std::mem::replace(&mut self.windows, fresh),
            findings: std::mem::take(&mut self.findings),
            loss: std::mem::take(&mut self.loss),
        }
    }

    /// Takes over what another worker saw.
    pub fn take_over(&mut self, seen: Seen) {
        let findings_max = self.plan.limits.findings_max;
        self.windows.merge(seen.windows);
        self.loss.add(&seen.loss);
        for (id, finding) in seen.findings {
            if let Some(known) = self.findings.get_mut(&id) {
                keep_first(known, finding);
            } else if self.findings.len() >= findings_max {
                self.loss.findings_over_limit += 1;
            } else {
                self.findings.insert(id, finding);
            }
        }
    }

    /// Decides every window up to `watermark` less the allowed lateness, and
    /// keeps memory bounded in a long run.
    pub fn advance(&mut self, watermark: EventTime) {
        let episodes = self.windows.advance(watermark);
        self.episodes(episodes);
    }

    /// Decides every window up to `until`: nothing from before that comes any
    /// more.
    pub fn settle(&mut self, until: EventTime) {
        let episodes = self.windows.settle(until);
        self.episodes(episodes);
    }

    /// The end of the input: every finding, ordered by time, rule and id.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Finding>, DetectLoss) {
        let episodes = self.windows.finish();
        self.episodes(episodes);
        self.loss.windows = self.windows.lost();
        let mut all: Vec<Finding> = self.findings.into_values().collect();
        in_order(&mut all);
        (all, self.loss)
    }

    /// The same, and how often the correlations that are `wanted` would have
    /// fired with other thresholds. Only where [`Detector::advance`] was not
    /// called.
    #[must_use]
    pub fn finish_with_rises(mut self, wanted: impl Fn(CorrelationIx) -> bool) -> Finished {
        let (episodes, rises) = self.windows.finish_with_rises(wanted);
        self.episodes(episodes);
        let (findings, loss) = self.finish();
        Finished {
            findings,
            loss,
            rises,
        }
    }

    /// Rules evaluated so far: what the prefilter let through.
    #[must_use]
    pub const fn evaluations(&self) -> u64 {
        self.matcher.evaluations()
    }

    fn episodes(&mut self, episodes: Vec<Episode>) {
        let plan = Arc::clone(&self.plan);
        for episode in episodes {
            match finding(&plan, episode) {
                Ok(f) => {
                    self.findings.insert(f.id, f);
                }
                Err(Unraised::BelowLevel) => self.loss.below_level += 1,
                Err(Unraised::Silent) => {}
            }
        }
    }
}

/// Fills a derived field, out of the record or out of the memory.
fn derive(
    derivation: &Derivation,
    event: &mut Event<'_>,
    slot: SlotId,
    memory: Option<&dyn Memory>,
) {
    derivation.apply_to(event, slot);
    if let Some(memory) = memory {
        derivation.recall(event, slot, memory);
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
pub(crate) fn finding(plan: &Plan, episode: Episode) -> Result<Finding, Unraised> {
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
    let mut finding = report::of_episode(id, c, episode);
    finding.baseline = plan.baseline_of(|shaped| shaped.correlation(ix));
    let shaped = plan.shaped.correlation(ix);
    settle(plan.known.as_ref(), &mut finding, shaped, basis);
    Ok(finding)
}

/// The order of findings: time, rule, id.
pub(crate) fn in_order(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (a.first, &a.rule.id, a.id).cmp(&(b.first, &b.rule.id, b.id)));
}

/// The first value of each field, as text; `None` if one is absent.
fn texts(event: &Event<'_>, fields: &[MemberField]) -> Option<Vec<String>> {
    let text = |f: &MemberField| {
        let slot = slot_of(f, event.service.kind())?;
        let value = first_text(event, slot)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    fields.iter().map(text).collect()
}

/// All values of the fields, as text.
fn all_texts(event: &Event<'_>, fields: &[MemberField]) -> Vec<String> {
    let kind = event.service.kind();
    let slots = fields.iter().filter_map(|f| slot_of(f, kind));
    let texts = slots.flat_map(|slot| event.values(slot).filter_map(Value::text));
    texts
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect()
}

/// Of the copies of one record the one whose place sorts first is told, so that
/// it does not matter which copy was read when.
fn keep_first(known: &mut Finding, other: Finding) {
    if other.evidence.first() < known.evidence.first() {
        *known = other;
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
