//! One call from the bytes of one object to findings; the only place that names
//! all formats.
//!
//! [`Scanner::scan`] sniffs gzip or plain, chooses the reader by the first
//! bytes, hands every record to the detector, and accounts for all of them in
//! an [`ObjectReport`]. [`ObjectReader`] is the part of it before the detector:
//! it hands the records to any [`Sink`](flowtrail_event::Sink).

mod chronicle;
mod compacted;
mod inflate;
mod input;
mod judge;
mod objects;
mod options;
mod scanner;
mod scout;
mod sniff;

pub use chronicle::{Chronicle, Chronicler};
pub use judge::TimeSpan;
pub use objects::{Fault, ObjectReader, ObjectReport, Projections, ScanOptions};
pub use options::{
    rule_options, rule_options_in_stream, rule_options_knowing, rule_options_knowing_all,
    rule_options_with_context,
};
pub use scanner::Scanner;
pub use scout::{Question, Questions, Scout};
