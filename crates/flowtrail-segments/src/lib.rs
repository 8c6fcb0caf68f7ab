//! Counts who opened connections to whom, beside the matrix of a context file,
//! and states what was not looked at; proposes a context file from logs.
//!
//! A [`Survey`] is planned once over a projection; each worker feeds a
//! [`Counter`], which is a [`Sink`](flowtrail_event::Sink); merged they give a
//! [`Report`], as text, JSON or HTML. What is counted is counted exactly and in
//! bounded memory: where there are too many ports or addresses, they are counted
//! in groups. Neither the order of records nor their division among workers
//! changes anything.

mod cell;
mod coarse;
mod counter;
mod distinct;
mod flows;
mod interfaces;
mod learn;
mod report;
#[cfg(test)]
mod tests;
mod words;

pub use counter::{Counter, Survey};
pub use learn::{Learner, Lesson};
pub use report::{
    Connections, ContextName, Coverage, EntryName, EntryUse, GapReport, InterfaceReport,
    LossReport, NetworkReport, Objects, OddAddress, OddAddresses, OpenerReport, PairReport,
    PortReport, Reading, Records, Report, SkipCount, SourceReport, Span, Statement, SumReport,
    TalkerReport, TextStyle, UnreadObject,
};
