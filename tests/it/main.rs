//! What spans crates, in one test binary.

mod at_hand;
mod conformance;
mod layers;
mod support;
