//! What a run needs to know before the first record: the rules, the fields to
//! read, and what feeds which correlation.

use std::sync::Arc;

use flowtrail_context::Derivation;
use flowtrail_event::{Kind, Limits, Projection, SlotId};
use flowtrail_sigma::{CorrelationIx, Level, MemberOf, RuleIx, RuleSet};

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
    fn new(rules: &RuleSet, kind: Kind) -> Result<Self, PlanError> {
        let mut projection = rules.projection(kind).clone();
        let facts = FactSlots::of(&mut projection, kind);
        let (id, account) = match kind {
            Kind::CloudTrail => ("eventID", "recipientAccountId"),
            Kind::Flow => ("flow-id", "account-id"),
        };
        let key = KeySlots {
            event_id: projection.slot(id),
            account: projection.slot(account),
        };
        let grouped = rules.correlations().iter().flat_map(|c| &c.members);
        let grouped = grouped.flat_map(|m| m.group_by.iter().chain(&m.value));
        let grouped = grouped.filter_map(|f| match kind {
            Kind::CloudTrail => f.cloudtrail,
            Kind::Flow => f.flow,
        });
        let mut derived: Vec<SlotId> = facts.slots().chain(grouped).collect();
        derived.retain(|slot| projection.is_derived(*slot));
        derived.sort_unstable();
        derived.dedup();
        let derivation =
            Derivation::plan(&mut projection, kind).map_err(|e| PlanError(e.to_string()))?;
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
}

impl Plan {
    /// A plan that keeps findings of at least `level`; matches below it are
    /// counted, and correlations see them all the same.
    ///
    /// # Errors
    /// [`PlanError`] if a rule asks for a derived field that does not exist.
    pub fn new(rules: Arc<RuleSet>, limits: &Limits, level: Level) -> Result<Self, PlanError> {
        let cloudtrail = KindPlan::new(&rules, Kind::CloudTrail)?;
        let flow = KindPlan::new(&rules, Kind::Flow)?;
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
            rules,
            cloudtrail,
            flow,
            feeds,
            families,
            limits: limits.clone(),
            level,
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

    /// The correlations that matches of `rule` enter.
    pub(crate) fn feeds(&self, rule: RuleIx) -> &[Feed] {
        self.feeds.get(rule.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a match of `rule` comes to anything.
    pub(crate) fn wants(&self, rule: RuleIx) -> bool {
        let raises = |r: &flowtrail_sigma::Rule| r.emits && r.meta.level >= self.level;
        !self.feeds(rule).is_empty() || self.rules.rule(rule).is_some_and(raises)
    }

    pub(crate) const fn kind(&self, kind: Kind) -> &KindPlan {
        match kind {
            Kind::CloudTrail => &self.cloudtrail,
            Kind::Flow => &self.flow,
        }
    }
}
