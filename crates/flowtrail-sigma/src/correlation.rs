//! Correlations, checked and resolved, ready for windows to watch.

use std::sync::Arc;

use flowtrail_event::SlotId;

use crate::meta::RuleMeta;

/// The number of a detection rule in its [`RuleSet`](crate::RuleSet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleIx(pub u32);

/// The number of a correlation in its [`RuleSet`](crate::RuleSet). A
/// correlation refers only to correlations with a smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CorrelationIx(pub u32);

/// What a correlation computes over its window. Those that are not Sigma's are
/// defined in the README of this crate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CorrelationKind {
    /// Number of matches of any member.
    EventCount,
    /// Number of distinct values of the member's `value` field.
    ValueCount,
    /// Which members matched, in any order.
    Temporal,
    /// Which members matched, in the order of `members`.
    TemporalOrdered,
    /// Sum of the numeric values.
    ValueSum,
    /// Mean of the numeric values.
    ValueAvg,
    /// This percentile (0 to 100, nearest rank) of the numeric values.
    ValuePercentile(f64),
    /// Of the values `name=number` the sum of each name's largest number.
    Score {
        /// Fewest different names in a window that fires.
        names: u32,
    },
    /// Matches of the first member divided by those of the second.
    Ratio {
        /// Fewest matches of the second in a window that fires; at least 1.
        min: u32,
    },
    /// Whether first contacts fail as those of a scanner do: matches of the first
    /// member failed, those of the second were answered. Windows lie side by side.
    Scan {
        /// Fewest different destinations in a window that fires.
        min: u32,
    },
    /// How regular connections are, from 0 to 1. Windows lie side by side.
    Beacon {
        /// Fewest start times in a window that fires.
        min: u32,
    },
    /// Minutes without a match, if they are more than the timespan, between two
    /// matches.
    Silence {
        /// In how many quarters of the timespan, counted from the epoch, something
        /// must have matched within the day before, or the timespan if that is
        /// longer.
        min: u32,
    },
    /// Highest speed, in km/h, from one place to the next.
    Travel {
        /// Fewest kilometres between two places.
        km_min: f64,
    },
}

impl CorrelationKind {
    /// Whether it looks back further than a stream can, so that it is judged in
    /// replays only; see [`Options::history`](crate::Options::history).
    #[must_use]
    pub const fn takes_history(self) -> bool {
        matches!(self, Self::Silence { .. })
    }
}

/// The longest silence that is one, in milliseconds: 90 days. What is heard again
/// after that begins anew.
pub const SILENCE_MS_MAX: i64 = 90 * 86_400_000;

/// A comparison in a correlation's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Less than.
    Lt,
    /// At most.
    Lte,
    /// More than.
    Gt,
    /// At least.
    Gte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

impl Op {
    /// Whether `value OP limit` holds.
    #[must_use]
    #[expect(
        clippy::float_cmp,
        reason = "a rule that writes `eq` means exactly that number"
    )]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Lt => value < limit,
            Self::Lte => value <= limit,
            Self::Gt => value > limit,
            Self::Gte => value >= limit,
            Self::Eq => value == limit,
            Self::Neq => value != limit,
        }
    }
}

/// When a window fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Every comparison holds for the computed number; for `temporal` kinds the
    /// number is that of different members that matched.
    Threshold(Vec<(Op, f64)>),
    /// Every member matched (`temporal` without a condition).
    AllMembers,
    /// A boolean expression over which members matched.
    Members(MemberExpr),
}

/// A boolean expression over members, by their index in [`Correlation::members`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberExpr {
    /// This member matched in the window.
    Member(usize),
    /// All hold.
    And(Vec<MemberExpr>),
    /// One holds.
    Or(Vec<MemberExpr>),
    /// It does not hold.
    Not(Box<MemberExpr>),
}

/// What a member of a correlation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberOf {
    /// A detection rule.
    Rule(RuleIx),
    /// Another correlation, by its firing.
    Correlation(CorrelationIx),
}

/// A field as a correlation needs it of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberField {
    /// The name in that member's events, after aliases.
    pub name: String,
    /// Its slot in the projection of `CloudTrail` records.
    pub cloudtrail: Option<SlotId>,
    /// Its slot in the projection of flow records.
    pub flow: Option<SlotId>,
}

/// One rule that a correlation refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The rule.
    pub of: MemberOf,
    /// The fields to group by, in the order of [`Correlation::group_by`].
    pub group_by: Vec<MemberField>,
    /// The fields whose values are counted, summed or compared; several are
    /// taken together as one value. Empty for kinds that look at none.
    pub value: Vec<MemberField>,
}

/// A correlation rule, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// Its metadata.
    pub meta: Arc<RuleMeta>,
    /// What it computes.
    pub kind: CorrelationKind,
    /// The rules that it refers to, in order.
    pub members: Vec<Member>,
    /// The names of the group fields, as the rule writes them (aliases).
    pub group_by: Vec<String>,
    /// Length of a window in milliseconds.
    pub timespan_ms: i64,
    /// When it fires. That of a silence has no comparison.
    pub condition: Condition,
    /// Whether its member rules also raise findings of their own.
    pub generate: bool,
    /// Whether a firing is a finding of its own. A correlation that only feeds
    /// others is silent.
    pub emits: bool,
}
