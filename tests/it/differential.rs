//! The engine against slow and against independent evaluators: same rules, same
//! records, same verdicts.
//!
//! `naive` is an evaluator that follows the conformance checklist item by item.
//! The second twin is `rsigma-eval`; where it differs, a table says why, and
//! `naive` decides.

mod condition;
mod corpus;
mod dice;
mod differences;
mod events;
mod flow;
mod mutate;
mod naive;
mod number;
mod ours;
mod pattern;
mod pools;
mod prefilter;
mod random;
mod rules;
mod ruleset;
mod time;
mod twin;
mod values;
mod world;
