//! What a run needs to know before the first record: the rules, the fields to
//! read, and what feeds which correlation.

use std::sync::Arc;

use flowtrail_baseline::Dimension;
use flowtrail_context::{Context, Derivation, Given, Knowledge, Places, derived_field};
use flowtrail_event::{Kind, Limits, Projection, SlotId};
use flowtrail_sigma::{Correlation, CorrelationIx, Level, MemberField, MemberOf, RuleIx, RuleSet};

use crate::facts::FactSlots;
use crate::stream::{self, Family};

/// A place at which a rule's matches enter a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feed {
    pub(crate) correlation: CorrelationIx,
    pub(crate) member: u32,
}

/// Fields that tell a record from its duplicates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySlots {
    pub(crate) event_id: SlotId,
    pub(crate) account: SlotId,
}

/// A context file and its version.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) context: Arc<Context>,
    pub(crate) version: Arc<str>,
}

impl Known {
    fn hides_by_network(&self) -> bool {
        let all = &self.context.declared().suppressions;
        all.iter().any(|s| !s.networks.is_empty())
    }
}

/// What a field is to a suppression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Principal,
    Address,
    Account,
    Resource,
}

/// What is remembered, by name, and who asks for it.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub(crate) name: Arc<str>,
    pub(crate) shaped: Shaped,
}

/// Which rules and correlations ask for some sort of knowledge, themselves or
/// through what they rest on.
#[derive(Debug, Default)]
pub(crate) struct Shaped {
    rules: Vec<bool>,
    correlations: Vec<bool>,
}

impl Shaped {
    fn of(rules: &RuleSet, by: Knowledge) -> Self {
        let asks = |ix: RuleIx| {
            let kinds = [Kind::CloudTrail, Kind::Flow].into_iter();
            let mut fields = kinds.flat_map(|kind| rules.fields_of(ix, kind));
            fields.any(|f| is_of(f, by))
        };
        let count = u32::try_from(rules.rules().len()).unwrap_or(u32::MAX);
        let mut shaped = Self {
            rules: (0..count).map(|ix| asks(RuleIx(ix))).collect(),
            correlations: Vec::new(),
        };
        // A correlation refers only to earlier ones.
        for correlation in rules.correlations().iter() {
            let is = shaped.rests_on(correlation, by);
            shaped.correlations.push(is);
        }
        shaped
    }

    fn rests_on(&self, correlation: &Correlation, by: Knowledge) -> bool {
        correlation.members.iter().any(|m| {
            let mut fields = m.group_by.iter().chain(&m.value);
            fields.any(|f| is_of(&f.name, by))
                || match m.of {
                    MemberOf::Rule(ix) => self.rule(ix),
                    MemberOf::Correlation(ix) => self.correlation(ix),
                }
        })
    }

    pub(crate) fn rule(&self, ix: RuleIx) -> bool {
        self.rules.get(ix.0 as usize).is_some_and(|is| *is)
    }

    pub(crate) fn correlation(&self, ix: CorrelationIx) -> bool {
        self.correlations.get(ix.0 as usize).is_some_and(|is| *is)
    }
}

fn is_of(field: &str, knowledge: Knowledge) -> bool {
    derived_field(field).is_some_and(|f| f.awaits == Some(knowledge))
}

/// Where the records of `kind` have a field.
pub(crate) const fn slot_of(field: &MemberField, kind: Kind) -> Option<SlotId> {
    match kind {
        Kind::CloudTrail => field.cloudtrail,
        Kind::Flow => field.flow,
    }
}

/// What each group field of each correlation is, if it is the same in all of
/// its members.
fn roles(rules: &RuleSet) -> Vec<Vec<Option<Role>>> {
    let mut known: Vec<Vec<Option<Role>>> = Vec::new();
    for correlation in rules.correlations().iter() {
        let role = |at: usize| {
            let mut of_members = correlation.members.iter().map(|m| {
                let field = m.group_by.get(at)?;
                match m.of {
                    MemberOf::Rule(_) => role_in_logs(rules, field),
                    MemberOf::Correlation(ix) => {
                        let below = rules.correlations().get(ix.0 as usize)?;
                        let at = below.group_by.iter().position(|n| *n == field.name)?;
                        known.get(ix.0 as usize)?.get(at).copied()?
                    }
                }
            });
            let first = of_members.next()??;
            of_members.all(|r| r == Some(first)).then_some(first)
        };
        let of_fields = (0..correlation.group_by.len()).map(role).collect();
        known.push(of_fields);
    }
    known
}

/// What a field is in each log that has it.
fn role_in_logs(rules: &RuleSet, field: &MemberField) -> Option<Role> {
    let kinds = [Kind::CloudTrail, Kind::Flow].into_iter();
    let mut of_kinds = kinds.filter_map(|kind| {
        let name = rules.projection(kind).name(slot_of(field, kind)?);
        Some(name.and_then(|name| Role::of(kind, name)))
    });
    let first = of_kinds.next()??;
    of_kinds.all(|r| r == Some(first)).then_some(first)
}

#[derive(Debug)]
pub(crate) struct KindPlan {
    pub(crate) projection: Projection,
    pub(crate) derivation: Derivation,
    pub(crate) facts: FactSlots,
    /// Derived fields that every match needs, whatever its rule looked at.
    pub(crate) derived: Vec<SlotId>,
    pub(crate) key: KeySlots,
}

impl KindPlan {
    fn new(
        rules: &RuleSet,
        kind: Kind,
        known: Option<&Known>,
        given: &Given,
    ) -> Result<Self, PlanError> {
        let mut projection = rules.projection(kind).clone();
        let destinations = known.is_some_and(Known::hides_by_network);
        let facts = FactSlots::of(&mut projection, kind, destinations);
        let (id, account) = match kind {
            Kind::CloudTrail => ("eventID", "recipientAccountId"),
            Kind::Flow => ("flow-id", "account-id"),
        };
        let key = KeySlots {
            event_id: projection.slot(id),
            account: projection.slot(account),
        };
        let mut derived: Vec<SlotId> = facts.slots().collect();
        derived.retain(|slot| projection.is_derived(*slot));
        let derivation = Derivation::plan_given(&mut projection, kind, given);
        let derivation = derivation.map_err(|e| PlanError(e.to_string()))?;
        Ok(Self {
            projection,
            derivation,
            facts,
            derived,
            key,
        })
    }
}

/// A rule asks for a derived field that does not exist. Rules that were compiled
/// with the right [`Options`](flowtrail_sigma::Options) cannot cause it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError(String);

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

/// The plan of a run, shared by all its workers.
#[derive(Debug)]
pub struct Plan {
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) cloudtrail: KindPlan,
    pub(crate) flow: KindPlan,
    feeds: Vec<Vec<Feed>>,
    families: Vec<Family>,
    pub(crate) limits: Limits,
    pub(crate) level: Level,
    pub(crate) known: Option<Known>,
    pub(crate) shaped: Shaped,
    pub(crate) memory: Option<Remembered>,
    places: Option<Arc<Places>>,
    /// What the group fields of each correlation are.
    roles: Vec<Vec<Option<Role>>>,
}

impl Plan {
    /// A plan that keeps findings of at least `level`; matches below it are
    /// counted, and correlations see them all the same. With a context, fields
    /// that await one are filled, and its suppressions mark findings.
    ///
    /// # Errors
    /// [`PlanError`] if a rule asks for a derived field that does not exist.
    pub fn new(
        rules: Arc<RuleSet>,
        limits: &Limits,
        level: Level,
        context: Option<Arc<Context>>,
    ) -> Result<Self, PlanError> {
        Self::given(rules, limits, level, &Given::context(context))
    }

    /// The same with all that is known. With a memory, detectors have to
    /// [remember](crate::Detector::remember): fields that await one are filled,
    /// and findings that rest on them name it.
    ///
    /// # Errors
    /// See [`Plan::new`].
    pub fn given(
        rules: Arc<RuleSet>,
        limits: &Limits,
        level: Level,
        given: &Given,
    ) -> Result<Self, PlanError> {
        let memory = given.memory.as_ref().map(|name| Remembered {
            name: Arc::clone(name),
            shaped: Shaped::of(&rules, Knowledge::Baseline),
        });
        let known = given.context.as_ref().map(|context| Known {
            version: context.version().into(),
            context: Arc::clone(context),
        });
        let kind = |kind| KindPlan::new(&rules, kind, known.as_ref(), given);
        let cloudtrail = kind(Kind::CloudTrail)?;
        let flow = kind(Kind::Flow)?;
        let mut feeds = vec![Vec::new(); rules.rules().len()];
        for (c, correlation) in (0..).zip(rules.correlations().iter()) {
            for (m, member) in (0..).zip(&correlation.members) {
                if let MemberOf::Rule(RuleIx(ix)) = member.of
                    && let Some(feeds) = feeds.get_mut(ix as usize)
                {
                    feeds.push(Feed {
                        correlation: CorrelationIx(c),
                        member: m,
                    });
                }
            }
        }
        let families = stream::families(rules.correlations());
        Ok(Self {
            shaped: known
                .as_ref()
                .map_or_else(Shaped::default, |_| Shaped::of(&rules, Knowledge::Context)),
            roles: known.as_ref().map_or_else(Vec::new, |_| roles(&rules)),
            rules,
            cloudtrail,
            flow,
            feeds,
            families,
            limits: limits.clone(),
            level,
            known,
            memory,
            places: given.places.clone(),
        })
    }

    /// The fields that readers of `kind` have to fill.
    #[must_use]
    pub const fn projection(&self, kind: Kind) -> &Projection {
        &self.kind(kind).projection
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// The correlations by what has to be decided together.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The context file that is heeded.
    #[must_use]
    pub fn context(&self) -> Option<&Arc<Context>> {
        self.known.as_ref().map(|k| &k.context)
    }

    /// The files that tell where addresses are.
    #[must_use]
    pub const fn places(&self) -> Option<&Arc<Places>> {
        self.places.as_ref()
    }

    /// What a memory has to remember of logs of this kind for the rules.
    #[must_use]
    pub fn dimensions(&self, kind: Kind) -> &[Dimension] {
        self.kind(kind).derivation.dimensions()
    }

    /// Records so far of which an end could not be told; see
    /// [`Derivation::ambiguous`].
    #[must_use]
    pub fn ambiguous(&self) -> u64 {
        self.cloudtrail.derivation.ambiguous() + self.flow.derivation.ambiguous()
    }

    /// Whether a rule asks a memory.
    pub(crate) fn recalls(&self, rule: RuleIx) -> bool {
        self.memory.as_ref().is_some_and(|m| m.shaped.rule(rule))
    }

    /// What is remembered, by name, if whoever is asked for asks for it.
    pub(crate) fn baseline_of(&self, asks: impl Fn(&Shaped) -> bool) -> Option<Arc<str>> {
        let memory = self.memory.as_ref().filter(|m| asks(&m.shaped))?;
        Some(Arc::clone(&memory.name))
    }

    /// What the group fields of a correlation are. Empty without a context.
    pub(crate) fn roles(&self, of: CorrelationIx) -> &[Option<Role>] {
        self.roles.get(of.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The derived fields by which a correlation groups what enters it, and what it
    /// counts of it.
    pub(crate) fn derived_for(&self, feed: Feed, kind: Kind) -> impl Iterator<Item = SlotId> {
        let correlation = self.rules.correlations().get(feed.correlation.0 as usize);
        let member = correlation.and_then(|c| c.members.get(feed.member as usize));
        let fields = member
            .into_iter()
            .flat_map(|m| m.group_by.iter().chain(&m.value));
        let slots = fields.filter_map(move |f| slot_of(f, kind));
        slots.filter(move |slot| self.projection(kind).is_derived(*slot))
    }

    /// The correlations that matches of `rule` enter.
    pub(crate) fn feeds(&self, rule: RuleIx) -> &[Feed] {
        self.feeds.get(rule.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a match of `rule` comes to anything.
    pub(crate) fn wants(&self, rule: RuleIx) -> bool {
        !self.feeds(rule).is_empty() || self.raises(rule)
    }

    /// Whether a match of `rule` is a finding.
    pub(crate) fn raises(&self, rule: RuleIx) -> bool {
        let rule = self.rules.rule(rule);
        rule.is_some_and(|r| r.emits && r.meta.level >= self.level)
    }

    pub(crate) const fn kind(&self, kind: Kind) -> &KindPlan {
        match kind {
            Kind::CloudTrail => &self.cloudtrail,
            Kind::Flow => &self.flow,
        }
    }
}
