//! VPC flow logs: who talks to whom, and how a line of it looks.

mod format;
mod line;
mod log;
mod talk;
mod traffic;

pub(crate) use line::{Action, Line, Owner};
pub(crate) use log::{FlowLog, SplicedLine};
pub(crate) use talk::{Side, TCP, Talk};
pub(crate) use traffic::intruder_address;
