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
mod scout;
mod sniff;

pub use chronicle::{Chronicle, Chronicler};
pub use judge::TimeSpan;
pub use objects::{Fault, ObjectReader, ObjectReport, Projections, ScanOptions};
pub use scanner::Scanner;
pub use scout::{Question, Questions, Scout};

use flowtrail_context::{Knowledge, derived_field};
use flowtrail_sigma::Availability;

/// What rules of numbers of hours need, in the word of rules that say so of
/// themselves.
const HISTORY: &str = "history";

/// How fields are called that hold what somebody has in an hour.
const OF_HOURS: &str = "flowtrail.hour.";

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

/// The same for a stream, which may have a memory and a context file: rules that
/// take the whole history are inactive, and those that ask for numbers of hours,
/// because what an hour comes to shows at a second reading only.
#[must_use]
pub fn rule_options_in_stream(has_context: bool, has_memory: bool) -> flowtrail_sigma::Options {
    let of_stream = match (has_context, has_memory) {
        (false, false) => rule_options(),
        (true, false) => rule_options_with_context(),
        (false, true) => options(|name| of_one_reading(name, &[Knowledge::Baseline])),
        (true, true) => options(|name| of_one_reading(name, &Knowledge::ALL)),
    };
    of_stream.in_stream()
}

/// What can be had of `known` by whoever reads records once.
fn of_one_reading(name: &str, known: &[Knowledge]) -> Availability {
    let ready = availability(name, known);
    if ready == Availability::Ready && name.starts_with(OF_HOURS) {
        return Availability::Needs(HISTORY);
    }
    ready
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
