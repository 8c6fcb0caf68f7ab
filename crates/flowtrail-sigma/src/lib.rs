//! Compiles Sigma rules into one ruleset and says which rules an event matches,
//! and why.
//!
//! Parsing and the check of modifiers come from `rsigma-parser` and
//! `rsigma-ir`; what is ours is the back end: from the parsed rule to a flat
//! program over numbered slots with a prefilter. The clauses of the
//! specification that are open are decided in this crate's README.

mod atom;
mod beyond;
mod chance;
mod cidr;
mod condition;
mod correlate;
mod correlation;
mod criterion;
mod document;
mod doubt;
mod expand;
mod explain;
mod expr;
mod expression;
mod filter;
mod glob;
mod inactive;
mod layout;
mod leave_out;
mod load;
mod logsource;
mod lower;
mod meta;
mod names;
mod needles;
mod number;
mod object;
mod problem;
mod program;
mod ruleset;
mod sorted;
mod text;
mod value;
mod wake;
mod yaml;

pub use beyond::CORRELATIONS;
pub use correlation::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Member, MemberExpr, MemberField,
    MemberOf, Op, RuleIx, SILENCE_MS_MAX,
};
pub use explain::Explanation;
pub use inactive::{Availability, Inactive};
pub use load::{Compilation, Options, RuleSource, compile};
pub use logsource::Services;
pub use meta::{Level, RuleMeta};
pub use problem::{Problem, Severity};
pub use ruleset::{Matcher, Rule, RuleSet};
