//! One call from the bytes of one object to findings; the only place that names
//! all formats.
//!
//! [`Scanner::scan`] sniffs gzip or plain, chooses the reader by the first
//! bytes, hands every record to the detector, and accounts for all of them in
//! an [`ObjectReport`].

mod inflate;
mod input;
mod judge;
mod scanner;
mod sniff;

pub use judge::TimeSpan;
pub use scanner::{Fault, ObjectReport, ScanOptions, Scanner};

/// What compiling rules needs to know of fields; see [`flowtrail_sigma::Options`].
#[must_use]
pub fn rule_options() -> flowtrail_sigma::Options {
    flowtrail_sigma::Options {
        flow_field: flowtrail_flowlog::flow_field,
        derived_field: |name| flowtrail_context::derived_field(name).is_some(),
        placeholders: std::collections::BTreeMap::new(),
    }
}
