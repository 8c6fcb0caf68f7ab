//! Reads the bytes of a `CloudTrail` object into events and materialises only
//! the projected fields.
//!
//! [`Reader`] is a push parser without a document tree. It takes bytes at any
//! split, finds the records of every shape in which AWS hands them out
//! (`{"Records":[…]}`, a bare array, one record a line, one bare record, an
//! `EventBridge` envelope, `LookupEvents` output, `CloudWatch` Logs envelopes and
//! export lines), and pushes each one into a [`RecordSink`]. Shapes are told
//! apart by content. Formats: the `CloudTrail` user guide, "`CloudTrail` record
//! contents" and "Finding your `CloudTrail` log files".

mod cursor;
mod inside;
mod reader;
mod record;
mod resync;
mod unescape;
mod wanted;
mod window;

#[cfg(test)]
mod tests;

pub use reader::{Reader, RecordSink};
