//! Everything that speaks to AWS.
