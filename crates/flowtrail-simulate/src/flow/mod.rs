//! VPC flow logs: who talks to whom, and how a line of it looks.

mod format;
mod habits;
mod line;
mod log;
mod routine;
mod talk;
mod tap;
mod traffic;

pub(crate) use format::Format;
pub(crate) use line::{Action, Gap, Line, Owner};
pub(crate) use log::{FlowLog, SplicedLine};
pub(crate) use talk::{Extent, ICMP, Side, TCP, Talk, UDP};
pub(crate) use tap::tap;
pub(crate) use traffic::{high_port, intruder_address, outside};
