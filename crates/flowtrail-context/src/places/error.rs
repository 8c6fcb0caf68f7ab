//! Why a file of places cannot be used.

use std::fmt;

/// A file that cannot be used, why, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacesError {
    /// The name under which it was handed in.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do.
    pub hint: &'static str,
}

impl fmt::Display for PlacesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, reason, hint } = self;
        write!(f, "cannot use `{file}`: {reason}\nhint: {hint}")
    }
}

impl std::error::Error for PlacesError {}
