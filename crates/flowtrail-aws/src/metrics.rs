//! What the function tells CloudWatch: a closed list of metrics, added up over
//! an invocation, sent once, within every limit of the service.
//!
//! Alarms stand on metrics at the time of processing, because CloudWatch judges
//! the last minutes and a finding may be about an event of an hour ago. The
//! series at event time has another name and is for charts. How far an alarm on
//! it would have to look back is [`periods_for`].

mod board;
mod catalogue;
mod late;
mod publisher;
mod request;

pub use board::{Board, REASONS};
pub use catalogue::{Dimension, Metric, Unit, table};
pub use late::periods_for;
pub use publisher::{Published, Publisher};
