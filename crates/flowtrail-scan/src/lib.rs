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

use flowtrail_sigma::Availability;

/// What compiling rules needs to know of fields; see [`flowtrail_sigma::Options`].
#[must_use]
pub fn rule_options() -> flowtrail_sigma::Options {
    options(|name| match flowtrail_context::derived_field(name) {
        None => Availability::Unknown,
        Some(field) => field
            .awaits
            .map_or(Availability::Ready, |k| Availability::Needs(k.name())),
    })
}

/// The same where every derived field can be had, also those that await
/// knowledge: for whoever gives their values, as the cases of rules do.
#[must_use]
pub fn rule_options_knowing_all() -> flowtrail_sigma::Options {
    options(|name| match flowtrail_context::derived_field(name) {
        None => Availability::Unknown,
        Some(_) => Availability::Ready,
    })
}

fn options(derived_field: fn(&str) -> Availability) -> flowtrail_sigma::Options {
    flowtrail_sigma::Options {
        flow_field: flowtrail_flowlog::flow_field,
        derived_field,
        placeholders: std::collections::BTreeMap::new(),
    }
}
