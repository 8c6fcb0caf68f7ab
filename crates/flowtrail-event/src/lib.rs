//! What a log record is once read: typed values in the fields that somebody
//! asked for, a time, and where its bytes came from.
//!
//! This is the vocabulary of the project and depends on nothing. A reader is
//! built with a [`Projection`] (the fields that rules or a query will ever look
//! at), fills a reused [`Record`] and pushes one [`Event`] at a time into a
//! [`Sink`]. What it cannot read it pushes as a [`Skip`], so that for every
//! object `records = evaluated + skipped`, which [`Tally`] keeps.

mod account;
pub mod compacted;
mod event;
mod limits;
mod projection;
mod record;
mod service;
mod sink;
mod time;
mod value;

pub use account::{Note, NoteKind, ObjectFault, Skip, SkipReason, Tally};
pub use event::{Event, Location, RawRecord};
pub use limits::Limits;
pub use projection::{Projection, SlotId};
pub use record::{Record, Values};
pub use service::{Kind, Service};
pub use sink::{Flow, Sink};
pub use time::{CivilTime, EventTime};
pub use value::{Span, Value};
