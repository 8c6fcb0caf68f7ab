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
mod scanner;
mod sniff;

pub use chronicle::{Chronicle, Chronicler};
pub use judge::TimeSpan;
pub use objects::{Fault, ObjectReader, ObjectReport, Projections, ScanOptions};
pub use scanner::Scanner;

use flowtrail_context::{Knowledge, derived_field};
use flowtrail_sigma::Availability;

/// What compiling rules needs to know of fields; see [`flowtrail_sigma::Options`].
/// Rules that ask for what a context file or a baseline tells are inactive.
#[must_use]
pub fn rule_options() -> flowtrail_sigma::Options {
    options(|name| availability(name, &[]))
}

/// The same where there is a context file: only rules that ask for what a
/// baseline tells are inactive.
#[must_use]
pub fn rule_options_with_context() -> flowtrail_sigma::Options {
    options(|name| availability(name, &[Knowledge::Context]))
}

/// The same where there is a memory, and maybe a context file.
#[must_use]
pub fn rule_options_with_memory(has_context: bool) -> flowtrail_sigma::Options {
    if has_context {
        return rule_options_knowing_all();
    }
    options(|name| availability(name, &[Knowledge::Baseline]))
}

/// The same where every derived field can be had, also those that await
/// knowledge: for whoever gives their values, as the cases of rules do.
#[must_use]
pub fn rule_options_knowing_all() -> flowtrail_sigma::Options {
    options(|name| availability(name, &Knowledge::ALL))
}

fn availability(name: &str, known: &[Knowledge]) -> Availability {
    match derived_field(name) {
        None => Availability::Unknown,
        Some(field) => match field.awaits {
            Some(knowledge) if !known.contains(&knowledge) => Availability::Needs(knowledge.name()),
            Some(_) | None => Availability::Ready,
        },
    }
}

fn options(derived_field: fn(&str) -> Availability) -> flowtrail_sigma::Options {
    flowtrail_sigma::Options {
        flow_field: flowtrail_flowlog::flow_field,
        derived_field,
        placeholders: std::collections::BTreeMap::new(),
        history: true,
    }
}
