//! What was seen before: who used what, from where, and how much of it.
//!
//! # What is new
//!
//! A record is not judged against what happened to be read before it, because
//! then the answer would depend on the order in which objects come. It is judged
//! against what was seen *before its day*: a value is new to a key on a day if
//! nothing of the days before shows it. So everything of one day is judged
//! alike, and whatever it is judged against can be read beforehand, once, in any
//! order.
//!
//! A record of the day `D` (in UTC) knows the sightings of before `D − L`, where
//! `L` is the [lateness](Calendar::lateness_ms) that is allowed. If of two
//! records of which one is more than `L` older the older one is always read
//! first, then every sighting that a record of `D` may know was read before it:
//! the record's time is not before `D`, and the sighting's is before `D − L`.
//! What comes later than that may be taken for new once more, never for known.
//!
//! # Days, not numbers
//!
//! Of a sighting its day is kept, shifted by `L` ([`Calendar::seen_on`]). Days
//! are sets and sets are united: in any order, any split, with any copy, the
//! same comes out. There is no counter that a copy could turn.
//!
//! What was not seen for [`Calendar::memory`] days is forgotten. Sightings that
//! are no further apart are one [span](Spans), of which the first and the last
//! day suffice, which is 12 bytes with the [hash](SightingId) of who and what.
//! A value is known on `D` if a span begins before `D` and ends no more than the
//! memory before it: inside a span the last sighting before `D` is never further
//! away than that.
//!
//! # Three places
//!
//! [`History`] is in memory and grows. [`Baseline`] is a file that was made of
//! it and never changes. [`Memory`] is the question to both.

mod calendar;
mod dimension;
mod file;
mod hash;
mod history;
mod hours;
mod memory;
mod peers;
mod profile;
mod records;
mod spans;
mod texts;

pub use calendar::{Calendar, Day};
pub use dimension::{DIMENSIONS, Dimension};
pub use file::{Baseline, Entry, FileError, Header};
pub use hash::{KeyId, SightingId, ValueId};
pub use history::{FirstDays, History};
pub use hours::Hour;
pub use memory::{Memory, Rolling, Since};
pub use peers::Peers;
pub use profile::Profile;
pub use records::Records;
pub use spans::{Span, Spans};
