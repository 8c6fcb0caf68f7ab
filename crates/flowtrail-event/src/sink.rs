//! Who receives what a reader reads.

use crate::account::{Note, Skip};
use crate::event::Event;

/// Whether the reader goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Read on.
    Continue,
    /// Stop here: nobody wants more of this object.
    Stop,
}

/// Receives the records of an object, one at a time, and what was not read.
///
/// For every record that a reader meets it calls exactly one of
/// [`Sink::event`] and [`Sink::skip`].
pub trait Sink {
    /// A record.
    fn event(&mut self, event: &mut Event<'_>) -> Flow;
    /// A record, or a stretch of bytes, that could not be read.
    fn skip(&mut self, skip: Skip);
    /// Something odd about a record that was read all the same.
    fn note(&mut self, note: Note);
}
