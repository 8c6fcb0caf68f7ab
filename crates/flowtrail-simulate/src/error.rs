//! Why nothing, or not everything, was generated.

use flowtrail_event::EventTime;

/// Why a simulation stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A number of the plan is out of its range.
    #[error("`{what}` is {value}, but has to be from {min} to {max}")]
    Plan {
        /// The field of the plan.
        what: &'static str,
        /// What it is.
        value: u64,
        /// The smallest that is possible.
        min: u64,
        /// The largest that is possible.
        max: u64,
    },
    /// The plan begins outside of the years 1970 to 9891.
    #[error("`start` is not a time that a log can have ({} ms since 1970)", .start.0)]
    Start {
        /// What it is.
        start: EventTime,
    },
    /// The store did not take an object.
    #[error("cannot write `{key}`: {source}")]
    Store {
        /// The object's key.
        key: String,
        /// What the store said.
        source: std::io::Error,
    },
    /// The labels could not be written as JSON.
    #[error("cannot write the labels as JSON: {0}")]
    Labels(#[from] serde_json::Error),
}
